//! The programs that measure: how each is built and run, and its results.
//!
//! Each runs once, when the first claim needs it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use parallax_machine::System;

use super::{
    halves,
    measure::{Measurement, PARTS, Rendered, lines, median},
};
use crate::{
    display::{VirtualDisplay, names_display},
    workspace::{Workspace, shown},
};

/// A program that measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Program {
    /// PCA of the digits of MNIST.
    Pca,
    /// The same by scikit-learn.
    PcaPeer,
    /// Digits of MNIST as `u8`, `f16`, `f32`, and `f64`.
    Values,
    /// The same by NumPy and scikit-learn, as `f64`.
    ValuesPeer,
    /// Neighbors among a million rows.
    Neighbors,
    /// A million points in the engine.
    Cloud,
    /// Drawing a million points part by part, and ten thousand at once.
    Scale,
    /// Ten million points in the engine.
    CloudLarge,
    /// Drawing ten million points.
    ScaleLarge,
    /// A million points in a headset.
    Headset,
    /// A window of the engine with nothing in it.
    BareWindow,
    /// `parallax render`, one picture.
    FirstPicture,
    /// `parallax render`, the camera turning around sprites.
    Sprites,
    /// `parallax render`, the camera turning around spheres.
    Spheres,
    /// `parallax inspect` of a large file.
    Inspect,
    /// Graph, t-SNE and UMAP of the digits of MNIST.
    Projections,
    /// The same by scikit-learn, openTSNE, bhtsne and umap-learn.
    ProjectionsPeer,
    /// Search, sorting, tags and undo among a million labels.
    Explorer,
    /// Files of bookmarks.
    Tours,
    /// Files of vectors.
    Formats,
    /// Their principal components.
    FormatsComponents,
    /// The same by pyarrow, pandas, NumPy and gensim.
    FormatsPeer,
    /// Layouts of the steps of a training, and comparison of two embeddings.
    Time,
    /// Clusters of layouts, and their names.
    Meaning,
    /// The placing of names in the cloud.
    Names,
    /// The clusters by scikit-learn.
    MeaningPeer,
}

/// The number of points of a large cloud.
const LARGE: &str = "10000000";

/// What the user has chosen.
#[derive(Debug)]
pub(super) struct Setup<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) target: PathBuf,
    /// The folder with the MNIST files.
    pub(super) data: PathBuf,
    pub(super) python: String,
    pub(super) is_release: bool,
}

/// The programs, and what those that have run have measured.
#[derive(Debug)]
pub(super) struct Programs<'a> {
    setup: Setup<'a>,
    measured: BTreeMap<Program, Result<Vec<Measurement>, String>>,
    /// The path of the program `parallax`, once built.
    parallax: Option<Result<PathBuf, String>>,
    notes: Vec<String>,
}

const MNIST: &str = "mnist_10000x784_u8.npz";
const SPRITES: &str = "mnist_10k_sprite.png";
/// How often programs run whose start is part of the measurement.
const RUNS: usize = 5;

impl<'a> Programs<'a> {
    pub(super) fn new(setup: Setup<'a>) -> Self {
        Self { setup, measured: BTreeMap::new(), parallax: None, notes: Vec::new() }
    }

    /// What a program has measured under a name.
    ///
    /// # Errors
    /// The reason why there is no such measurement.
    pub(super) fn value(&mut self, program: Program, name: &str) -> Result<f64, String> {
        if !self.measured.contains_key(&program) {
            let measured = self.run(program);
            self.measured.insert(program, measured);
        }
        let measured = self.measured[&program].as_ref().map_err(Clone::clone)?;
        let found = measured.iter().find(|measurement| measurement.name == name);
        found.map(|measurement| measurement.value).ok_or_else(|| format!("its program prints no measurement {name}"))
    }

    /// Notes on how it was measured.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    fn run(&mut self, program: Program) -> Result<Vec<Measurement>, String> {
        match program {
            Program::Pca => {
                let file = self.data(MNIST)?;
                let mut command = self.example("parallax_projection", "bench_pca");
                printed(command.arg("--").arg(file).env("RAYON_NUM_THREADS", "2")).map(|text| lines(&text))
            }
            Program::PcaPeer => self.scikit_learn("pca_sklearn.py", &self.data(MNIST)?),
            Program::Values => {
                let file = self.data(MNIST)?;
                let mut command = self.example("parallax_projection", "bench_values");
                printed(command.arg("--").arg(file).env("RAYON_NUM_THREADS", "2")).map(|text| lines(&text))
            }
            Program::ValuesPeer => self.scikit_learn("values_sklearn.py", &self.data(MNIST)?),
            Program::Neighbors => self.on_two_threads("parallax_neighbors", "bench_neighbors"),
            Program::Cloud => self.in_display("bench_cloud"),
            Program::CloudLarge => {
                let mut command = self.example("parallax", "bench_cloud");
                let text = printed(draw_on_processor(command.args(["--", LARGE]))?)?;
                Ok(lines(&text).into_iter().map(|measured| measured.within("scale_large")).collect())
            }
            Program::Scale => {
                printed(draw_on_processor(&mut self.example("parallax", "bench_scale"))?).map(|text| lines(&text))
            }
            Program::ScaleLarge => {
                let mut command = self.example("parallax", "bench_scale");
                printed(draw_on_processor(command.args(["--", LARGE]))?).map(|text| lines(&text))
            }
            Program::Headset => printed(draw_on_processor(&mut self.headset())?).map(|text| lines(&text)),
            Program::BareWindow => self.in_display("bare_window"),
            Program::FirstPicture => self.first_picture(),
            Program::Sprites => self.orbit("sprites"),
            Program::Spheres => self.orbit("spheres"),
            Program::Inspect => self.inspect(),
            Program::Projections => self.projections(&[]),
            Program::ProjectionsPeer => self.projections_elsewhere(),
            Program::Explorer => self.on_two_threads("parallax_session", "bench_explorer"),
            Program::Tours => self.on_two_threads("parallax_tour", "bench_tours"),
            Program::Formats => {
                let files = self.formats("make")?;
                let mut command = self.example("parallax_formats", "bench_formats");
                printed(command.arg("--").arg(files).env("RAYON_NUM_THREADS", "2")).map(|text| lines(&text))
            }
            Program::FormatsComponents => {
                let files = self.formats("make")?;
                let mut command = self.example("parallax_projection", "bench_open");
                printed(command.arg("--").arg(files).env("RAYON_NUM_THREADS", "2")).map(|text| lines(&text))
            }
            Program::FormatsPeer => self.formats("time").map(|text| lines(&text)),
            Program::Time => {
                let file = self.data(MNIST)?;
                let mut command = self.example("parallax_projection", "bench_time");
                printed(command.arg("--").arg(file).env("RAYON_NUM_THREADS", "2")).map(|text| lines(&text))
            }
            Program::Meaning => self.on_two_threads("parallax_meaning", "bench_meaning"),
            Program::Names => self.on_two_threads("parallax", "bench_names"),
            Program::MeaningPeer => {
                let layout = self.setup.target.join("bench/meaning_100k.f32");
                fs::create_dir_all(self.setup.target.join("bench"))
                    .map_err(|error| format!("{} cannot be written: {error}", layout.display()))?;
                printed(self.example("parallax_meaning", "bench_meaning").arg("--").arg(&layout))?;
                self.scikit_learn("meaning_sklearn.py", &layout)
            }
        }
    }

    fn on_two_threads(&self, package: &str, example: &str) -> Result<Vec<Measurement>, String> {
        let mut command = self.example(package, example);
        printed(command.env("RAYON_NUM_THREADS", "2")).map(|text| lines(&text))
    }

    /// Runs a script of `xtask/peers` on a file.
    fn scikit_learn(&self, script: &str, file: &Path) -> Result<Vec<Measurement>, String> {
        let python = &self.setup.python;
        let check = Command::new(python).args(["-c", "import numpy, sklearn"]).output();
        if !check.is_ok_and(|output| output.status.success()) {
            return Err(format!(
                "{python} has no scikit-learn; `{python} -m pip install numpy scikit-learn`, or give a Python that has it \
                 by --python"
            ));
        }
        let script = self.setup.workspace.root().join("xtask/peers").join(script);
        printed(Command::new(python).arg(script).arg(file).arg("2")).map(|text| lines(&text))
    }

    /// Makes the files that are read unless they are there, or times how others read them. Returns
    /// what is printed: the files' folder, or the measurements.
    fn formats(&self, job: &str) -> Result<String, String> {
        let python = &self.setup.python;
        let check = Command::new(python).args(["-c", "import numpy, pyarrow"]).output();
        if !check.is_ok_and(|output| output.status.success()) {
            return Err(format!(
                "{python} has no pyarrow; `{python} -m pip install pyarrow pandas gensim`, or give a Python that has \
                 them by --python"
            ));
        }
        let script = self.setup.workspace.root().join("xtask/peers/formats.py");
        let folder = self.setup.target.join("bench/formats");
        let text = printed(Command::new(python).arg(script).arg(job).arg(folder))?;
        Ok(text.trim_end().to_owned())
    }

    fn projections(&self, arguments: &[&OsStr]) -> Result<Vec<Measurement>, String> {
        let mut command = self.example("parallax_projection", "bench_projections");
        command.arg("--").arg(self.data(MNIST)?).args(arguments).env("RAYON_NUM_THREADS", "2");
        printed(&mut command).map(|text| lines(&text))
    }

    /// Runs the peers, and measures their layouts as it does ours.
    fn projections_elsewhere(&self) -> Result<Vec<Measurement>, String> {
        let python = &self.setup.python;
        let check = Command::new(python).args(["-c", "import numpy, sklearn"]).output();
        if !check.is_ok_and(|output| output.status.success()) {
            return Err(format!(
                "{python} has no scikit-learn; `{python} -m pip install scikit-learn openTSNE umap-learn`, or give a \
                 Python that has them by --python"
            ));
        }
        let layouts = self.setup.target.join("bench/layouts");
        fs::create_dir_all(&layouts).map_err(|error| format!("{} cannot be made: {error}", layouts.display()))?;
        let script = self.setup.workspace.root().join("xtask/peers/projections.py");
        let timed = printed(Command::new(python).arg(script).arg(self.data(MNIST)?).arg(&layouts).arg("2"))?;
        let space = printed(&mut self.bhtsne(&layouts))?;
        let files = ["opentsne_2d", "bhtsne_3d", "sklearn_3d", "umap_learn_3d"]
            .map(|name| layouts.join(name).with_extension("npy"));
        let present = files.iter().filter(|file| file.is_file()).map(|file| file.as_os_str());
        let arguments: Vec<&OsStr> = [OsStr::new("judge")].into_iter().chain(present).collect();
        Ok([lines(&timed), lines(&space), self.projections(&arguments)?].concat())
    }

    /// The crate `bhtsne`, a program of its own beside the workspace.
    fn bhtsne(&self, layouts: &Path) -> Command {
        let manifest = self.setup.workspace.root().join("xtask/peers/bhtsne/Cargo.toml");
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--release", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
        command.arg("--target-dir").arg(self.setup.target.join("bench/bhtsne")).arg("--");
        command.arg(layouts.join("rows.f32")).arg("784").arg(layouts.join("bhtsne_3d.npy"));
        command.env("RAYON_NUM_THREADS", "2");
        command
    }

    /// An example of the root package that opens a window, on a virtual display if there is no
    /// other.
    fn in_display(&self, example: &str) -> Result<Vec<Measurement>, String> {
        let mut command = self.example("parallax", example);
        let has_display = names_display("DISPLAY") || names_display("WAYLAND_DISPLAY");
        let display = if has_display { None } else { Some(VirtualDisplay::start()?) };
        if let Some(display) = &display {
            command.env("DISPLAY", display.name());
        }
        printed(draw_on_processor(&mut command)?).map(|text| lines(&text))
    }

    fn first_picture(&mut self) -> Result<Vec<Measurement>, String> {
        let mut seconds: [Vec<f64>; PARTS.len()] = Default::default();
        for _ in 0..RUNS {
            let rendered = self.render("sprites", &[])?;
            for (seconds, second) in seconds.iter_mut().zip(rendered.seconds) {
                seconds.push(second);
            }
        }
        let medians: Vec<f64> = seconds.into_iter().filter_map(median).collect();
        let parts = PARTS.iter().zip(&medians).skip(1).map(|(part, second)| format!("{part} {second:.2} s"));
        self.notes.push(format!("render_first_picture_s is made up of {}.", parts.collect::<Vec<_>>().join(", ")));
        Ok(vec![Measurement::new("render_first_picture_s", medians[0])])
    }

    fn orbit(&mut self, points: &str) -> Result<Vec<Measurement>, String> {
        let rendered = self.render(points, &["--frames", "120"])?;
        let frame = rendered.frame_ms.ok_or("`parallax render --frames` says no number `frame_ms_median`")?;
        self.notes.push(format!("{points} were drawn by {}.", rendered.adapter));
        Ok(vec![
            Measurement::new(format!("render_{points}_fps"), 1e3 / frame),
            Measurement::new(format!("render_{points}_peak_bytes"), rendered.peak_bytes),
        ])
    }

    /// Draws MNIST as large as the projector's canvas.
    fn render(&mut self, points: &str, more: &[&str]) -> Result<Rendered, String> {
        let (vectors, sprites) = (self.data(MNIST)?, self.data(SPRITES)?);
        let mut command = Command::new(self.parallax()?);
        command.arg("render").arg(vectors).arg("--sprite").arg(sprites).args(["--thumbnail", "28x28"]);
        command.arg("--out").arg(self.setup.target.join(format!("bench_{points}.png")));
        command.args(["--size", "826x775", "--points", points, "--json"]).args(more);
        let text = printed(draw_on_processor(&mut command)?)?;
        Rendered::parse(&text).map_err(|lack| format!("`parallax render --json` says {lack}"))
    }

    fn inspect(&mut self) -> Result<Vec<Measurement>, String> {
        let parallax = self.parallax()?;
        let file = self.setup.target.join("bench/halves_1000000x384.npy");
        halves::write_npy(&file, 1_000_000, 384)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        let mut seconds = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            printed(Command::new(&parallax).arg("inspect").arg(&file))?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        Ok(median(seconds).map(|median| Measurement::new("inspect_1m_x_384_f16_s", median)).into_iter().collect())
    }

    /// The program `parallax`, built when it is first needed.
    fn parallax(&mut self) -> Result<PathBuf, String> {
        if self.parallax.is_none() {
            let folder = if self.setup.is_release { "release" } else { "debug" };
            let mut build = self.cargo("build", &["--package", "parallax", "--bin", "parallax"]);
            self.parallax = Some(printed(&mut build).map(|_| Workspace::program(&self.setup.target, folder)));
        }
        self.parallax.clone().unwrap_or_else(|| Err("it was not built".into()))
    }

    fn example(&self, package: &str, example: &str) -> Command {
        self.cargo("run", &["--package", package, "--example", example])
    }

    fn headset(&self) -> Command {
        self.cargo("run", &["--package", "parallax", "--features", "xr", "--example", "bench_xr"])
    }

    fn cargo(&self, command: &str, arguments: &[&str]) -> Command {
        let profile: &[&str] = if self.setup.is_release { &["--release"] } else { &[] };
        self.setup.workspace.cargo(&[&[command], profile, arguments].concat())
    }

    fn data(&self, file: &str) -> Result<PathBuf, String> {
        let folder = &self.setup.data;
        let path = folder.join(file);
        let absence = || format!("{} has no file {file}; give the folder that has it by --data", folder.display());
        path.is_file().then_some(path).ok_or_else(absence)
    }
}

/// Makes Vulkan's loader use the driver that draws on the CPU, as the peer does.
fn draw_on_processor(command: &mut Command) -> Result<&mut Command, String> {
    let system = System::inspect();
    let driver =
        system.software_driver().ok_or("no driver here draws on the processor: apt-get install mesa-vulkan-drivers")?;
    Ok(command.env("VK_DRIVER_FILES", driver).env("VK_ICD_FILENAMES", driver)) // the latter for older loaders
}

/// Runs a program and returns its output; its errors go to the terminal.
fn printed(command: &mut Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{}` cannot be started: {error}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("`{}` failed ({})", shown(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
