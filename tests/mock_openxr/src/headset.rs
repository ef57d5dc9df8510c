//! The side of the tests.

use serde_json::{Value, json};
use std::env::{consts, current_exe};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A headset that follows a script, for one run of a program.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// # let (folder, patience) = (std::path::Path::new("."), std::time::Duration::from_secs(60));
/// use mock_openxr::Headset;
///
/// let headset = Headset::new(folder, r#"{"head": {"position": [0, 1.7, 0]}}"#)?;
/// let mut program = std::process::Command::new("program").envs(headset.environment()).spawn()?;
/// headset.wait_for(patience, |line| line["state"] == "FOCUSED")?;
/// headset.tell(r#"{"after": 5, "picture": "focused"}"#)?;
/// headset.wait_for(patience, |line| line["what"] == "picture" && line["eye"] == "right")?;
/// headset.tell(r#"{"event": "exit"}"#)?;
/// program.wait()?;
/// assert!(headset.report()?.iter().all(|line| line["what"] != "misuse"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Headset {
    folder: PathBuf,
}

impl Headset {
    /// Writes what the runtime needs into a folder: `runtime.json`, its manifest, and
    /// `script.jsonl`. The report and pictures will be there, too.
    ///
    /// # Errors
    ///
    /// If the files cannot be written, or if the library of the runtime is not where cargo has
    /// built the test that calls this, or in the folder above.
    pub fn new(folder: &Path, script: &str) -> io::Result<Self> {
        let headset = Self { folder: folder.canonicalize()? };
        let library = json!({"name": "Mock OpenXR", "library_path": library()?});
        let manifest = json!({"file_format_version": "1.0.0", "runtime": library});
        fs::write(headset.folder.join(MANIFEST), manifest.to_string())?;
        fs::write(headset.folder.join(SCRIPT), format!("{script}\n"))?;
        Ok(headset)
    }

    /// Returns the variables of the environment that the program is started with.
    pub fn environment(&self) -> [(&'static str, PathBuf); 3] {
        [("XR_RUNTIME_JSON", MANIFEST), ("MOCK_OPENXR_SCRIPT", SCRIPT), ("MOCK_OPENXR_REPORT", REPORT)]
            .map(|(name, file)| (name, self.folder.join(file)))
    }

    /// Adds lines to the script, while the program runs.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn tell(&self, lines: &str) -> io::Result<()> {
        File::options().append(true).open(self.folder.join(SCRIPT))?.write_all(format!("{lines}\n").as_bytes())
    }

    /// Returns the report as it is by now.
    ///
    /// # Errors
    ///
    /// If the file cannot be read; that it does not yet exist is an empty report.
    pub fn report(&self) -> io::Result<Vec<Value>> {
        let mut report = Report::default();
        report.read(&self.folder)?;
        Ok(report.lines)
    }

    /// Waits for a line of the report, and returns the first that is `wanted`.
    ///
    /// # Errors
    ///
    /// If the report cannot be read, or no such line is there within the time.
    pub fn wait_for(&self, patience: Duration, wanted: impl Fn(&Value) -> bool) -> io::Result<Value> {
        let since = Instant::now();
        let mut report = Report::default();
        loop {
            let seen = report.lines.len();
            report.read(&self.folder)?;
            if let Some(line) = report.lines[seen..].iter().find(|line| wanted(line)) {
                return Ok(line.clone());
            }
            if since.elapsed() > patience {
                let last = report.lines.last().map_or_else(|| "nothing".into(), Value::to_string);
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("the report ends with {last}")));
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Returns where the picture `name` of an eye is, which is `left`, `right`, or `mono`, or of a
    /// `quad`.
    pub fn picture(&self, name: &str, eye: &str) -> PathBuf {
        self.folder.join(format!("{name}-{eye}.png"))
    }
}

/// The report, up to where it has been read.
#[derive(Default)]
struct Report {
    file: Option<BufReader<File>>,
    unfinished: String,
    lines: Vec<Value>,
}

impl Report {
    /// Reads what has been added.
    fn read(&mut self, folder: &Path) -> io::Result<()> {
        if self.file.is_none() {
            match File::open(folder.join(REPORT)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                file => self.file = Some(BufReader::new(file?)),
            }
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        while file.read_line(&mut self.unfinished)? > 0 && self.unfinished.ends_with('\n') {
            self.lines.push(serde_json::from_str(&self.unfinished)?);
            self.unfinished.clear();
        }
        Ok(())
    }
}

const MANIFEST: &str = "runtime.json";
const SCRIPT: &str = "script.jsonl";
const REPORT: &str = "report.jsonl";

fn library() -> io::Result<PathBuf> {
    let name = format!("{}mock_openxr{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let program = current_exe()?;
    let places = program.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    places
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{name} is not beside {}", program.display())))
}
