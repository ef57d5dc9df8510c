//! `parallax doctor` without a path: describes this machine, for a report of a fault.

use std::{collections::BTreeMap, env, iter, path::Path};

use parallax_desktop::{Settings, fonts, home, settings_path};
use parallax_machine::{Answer, Distribution, Need, System, Thing, Use, displays, facts, missing};
use serde::Serialize;

use super::{
    CliError, output,
    table::{count, counted},
};
use crate::app::{self, Graphics};

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    /// The features of the build, and whether it has them.
    features: BTreeMap<&'static str, bool>,
    build: &'static str,
    system: String,
    kernel: Option<String>,
    architecture: &'static str,
    cores: Option<usize>,
    memory_bytes: Option<u64>,
    /// What draws; `null` if nothing does.
    graphics: Option<Graphics>,
    /// Why nothing draws.
    no_graphics: Option<String>,
    displays: Vec<Shown>,
    fonts: Fonts,
    settings: Option<Kept>,
    /// Variables that change what the program, the drivers, or the display do.
    environment: BTreeMap<String, String>,
    missing: Vec<Lack>,
}

/// A display that the environment names.
#[derive(Debug, Serialize)]
struct Shown {
    variable: &'static str,
    value: String,
    /// `null` if it is on another machine.
    answers: Option<bool>,
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct Fonts {
    installed: usize,
    /// Scripts that no font of the system has.
    without: Vec<Script>,
}

/// A script that the program's own font lacks.
#[derive(Debug, Clone, Copy, Serialize)]
struct Script {
    name: &'static str,
    /// A package with a font for it.
    package: &'static str,
    #[serde(skip)]
    sample: char,
}

/// The settings file.
#[derive(Debug, Serialize)]
struct Kept {
    path: String,
    state: String,
    /// Whether it can be written.
    writable: bool,
}

/// Something that the machine lacks.
#[derive(Debug, Serialize)]
struct Lack {
    name: &'static str,
    needed_for: &'static str,
    package: &'static str,
}

const SCRIPTS: [Script; 8] = [
    script("Arabic", "fonts-noto-core", 'ع'),
    script("Chinese", "fonts-noto-cjk", '语'),
    script("Devanagari", "fonts-noto-core", 'अ'),
    script("Hebrew", "fonts-noto-core", 'א'),
    script("Japanese", "fonts-noto-cjk", 'あ'),
    script("Korean", "fonts-noto-cjk", '한'),
    script("Tamil", "fonts-noto-core", 'அ'),
    script("Thai", "fonts-noto-core", 'ก'),
];

const fn script(name: &'static str, package: &'static str, sample: char) -> Script {
    Script { name, package, sample }
}

/// Variables of the environment that matter, or how their names begin.
const VARIABLES: [&str; 18] = [
    "DRI_PRIME",
    "GALLIUM_",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LIBGL_",
    "LP_",
    "MESA_",
    "RAYON_",
    "RUST_",
    "VK_",
    "WGPU_",
    "WINIT_",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
    "XR_",
    "__NV_",
];

/// Those that choose among devices and their drivers.
const CHOOSING: [&str; 6] = [
    "VK_DRIVER_FILES",
    "VK_ICD_FILENAMES",
    "VK_LOADER_DRIVERS_DISABLE",
    "VK_LOADER_DRIVERS_SELECT",
    "WGPU_ADAPTER_NAME",
    "WGPU_BACKEND",
];

/// Describes the machine.
pub(super) fn run(json: bool) -> Result<(), CliError> {
    let report = look();
    if json { output::json(&report) } else { output::write(&page(&report)) }
}

fn look() -> Report {
    let (graphics, no_graphics) = match app::graphics() {
        Ok(graphics) => (Some(graphics), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let displays = displays();
    let mut uses: Vec<Use> = displays.iter().map(|display| display.windows).collect();
    uses.extend(graphics.is_none().then_some(Use::Draw));
    uses.extend(cfg!(feature = "xr").then_some(Use::Headset));
    let facts = facts();
    Report {
        version: env!("CARGO_PKG_VERSION"),
        features: features(),
        build: if cfg!(debug_assertions) { "development" } else { "release" },
        system: facts.system,
        kernel: facts.kernel,
        architecture: facts.architecture,
        cores: facts.cores,
        memory_bytes: facts.memory,
        graphics,
        no_graphics,
        displays: displays.into_iter().map(shown).collect(),
        fonts: fonts_of_system(),
        settings: settings_path().map(|path| kept(&path)),
        environment: environment(env::vars_os().filter_map(|(name, value)| {
            // What is not text matters to nobody here.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        })),
        missing: lacks(&uses),
    }
}

fn features() -> BTreeMap<&'static str, bool> {
    BTreeMap::from([
        ("hdf5", cfg!(feature = "hdf5")),
        ("parquet", cfg!(feature = "parquet")),
        ("xr", cfg!(feature = "xr")),
        ("zstd", cfg!(feature = "zstd")),
    ])
}

fn shown(display: parallax_machine::Display) -> Shown {
    let (answers, why) = match display.answer {
        Answer::Yes => (Some(true), None),
        Answer::No(why) => (Some(false), Some(why)),
        Answer::Elsewhere => (None, None),
    };
    Shown { variable: display.variable, value: display.value, answers, why }
}

fn fonts_of_system() -> Fonts {
    let found = fonts::covering(&SCRIPTS.map(|script| script.sample));
    let has = |script: &Script| found.iter().any(|font| font.characters.contains(&script.sample));
    Fonts { installed: fonts::installed(), without: SCRIPTS.into_iter().filter(|script| !has(script)).collect() }
}

fn kept(path: &Path) -> Kept {
    let writing = Settings::try_writing(path);
    let read = match Settings::read(path) {
        Ok(Some(_)) => "read".to_owned(),
        Ok(None) => "not there, so all is as by default".to_owned(),
        Err(why) => format!("cannot be read: {why}"),
    };
    let written = match &writing {
        Ok(()) => "can be written".to_owned(),
        Err(error) => format!("cannot be written: {error}"),
    };
    Kept {
        path: without_home(&path.display().to_string()),
        state: format!("{read}; {written}"),
        writable: writing.is_ok(),
    }
}

fn environment(variables: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let matters = |name: &str| {
        VARIABLES.iter().any(|known| if known.ends_with('_') { name.starts_with(known) } else { name == *known })
    };
    variables.filter(|(name, _)| matters(name)).map(|(name, value)| (name, without_home(&value))).collect()
}

/// Leaves out the home folder, which often has a person's name.
fn without_home(text: &str) -> String {
    match home() {
        Some(home) if home.parent().is_some() => text.replace(&home.display().to_string(), "~"),
        _ => text.to_owned(),
    }
}

fn lacks(uses: &[Use]) -> Vec<Lack> {
    if !cfg!(target_os = "linux") {
        return Vec::new(); // other systems have all of it
    }
    let system = System::inspect();
    // Drivers that the environment names are none of a package.
    let counts = |need: &&Need| need.thing != Thing::VulkanDriver || !system.are_drivers_chosen();
    let lack = |used: &Use| {
        let needed_for = match used {
            Use::Draw => "drawing",
            Use::X11 => "windows of X11",
            Use::Wayland => "windows of Wayland",
            Use::Headset => "headsets",
            Use::Tests => "tests",
        };
        let lacks = missing(&system, &[*used]).into_iter().filter(counts);
        lacks.map(move |need| Lack { name: need.thing.name(), needed_for, package: need.package }).collect::<Vec<_>>()
    };
    uses.iter().flat_map(lack).collect()
}

/// The report for people.
fn page(report: &Report) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    let has: Vec<String> = report
        .features
        .iter()
        .map(|(feature, has)| if *has { (*feature).to_owned() } else { format!("no {feature}") })
        .collect();
    let build = report.build;
    lines.push(("Parallax", format!("{}, a {build} build with the features {}", report.version, has.join(", "))));
    lines.push(("System", system(report)));
    lines.extend(drawing(report));
    lines.extend(report.displays.iter().map(|display| ("Display", answered(display))));
    if report.displays.is_empty() && cfg!(target_os = "linux") {
        let what =
            "none is named by DISPLAY or WAYLAND_DISPLAY, so no window can open; parallax render draws without one";
        lines.push(("Display", what.to_owned()));
    }
    lines.push(("Fonts", fonts_said(&report.fonts)));
    lines.push(match &report.settings {
        Some(Kept { path, state, .. }) => ("Settings", format!("{path}: {state}")),
        None => ("Settings", "this machine has no place for them; they are not remembered".to_owned()),
    });
    let variables = report.environment.iter().map(|(name, value)| ("Environment", format!("{name}={value}")));
    lines.extend(variables);
    lines.extend(missing_said(report));
    let width = lines.iter().map(|(head, _)| head.len()).max().unwrap_or_default() + 2;
    let mut before = "";
    let line = |(head, text): &(&'static str, String)| {
        let shown = if std::mem::replace(&mut before, head) == *head { "" } else { head };
        format!("{shown:<width$}{text}\n")
    };
    lines.iter().map(line).collect()
}

fn system(report: &Report) -> String {
    let mut parts = vec![report.system.clone()];
    parts.extend(report.kernel.as_ref().map(|kernel| format!("kernel {kernel}")));
    parts.push(report.architecture.to_owned());
    parts.extend(report.cores.map(|cores| counted(cores, "core")));
    parts.extend(report.memory_bytes.map(|bytes| format!("{:.1} GiB of memory", bytes as f64 / f64::from(1 << 30))));
    parts.join(", ")
}

fn drawing(report: &Report) -> Vec<(&'static str, String)> {
    let Some(graphics) = &report.graphics else {
        let why = format!("impossible: {}", report.no_graphics.as_deref().unwrap_or_default());
        let limits = report.environment.keys().filter(|name| CHOOSING.contains(&name.as_str()));
        let try_without = limits.map(|name| format!("{name} says which devices may be used: try without it"));
        return iter::once(why).chain(try_without).map(|line| ("Drawing", line)).collect();
    };
    let adapter = |adapter: &app::Adapter| {
        let driver = if adapter.driver.is_empty() { String::new() } else { format!(", driver {}", adapter.driver) };
        format!("{}: {}, by {}{driver}", adapter.name, adapter.kind, adapter.interface)
    };
    let mebibytes = |bytes: u64| format!("{} MiB", count((bytes >> 20) as usize));
    let side = count(graphics.most_pixels as usize);
    let limits = format!(
        "pictures of up to {side} x {side} pixels, buffers of up to {}, of which shaders read {}",
        mebibytes(graphics.buffer_bytes),
        mebibytes(graphics.binding_bytes)
    );
    let mut lines = vec![("Drawing", adapter(&graphics.used)), ("Drawing", limits)];
    let others = graphics.all.iter().filter(|other| **other != graphics.used);
    lines.extend(others.map(|other| ("Not used", adapter(other))));
    lines
}

fn answered(display: &Shown) -> String {
    let Shown { variable, value, answers, why } = display;
    match (answers, why) {
        (Some(true), _) => format!("{variable}={value} answers"),
        (Some(false), Some(why)) => format!("{variable}={value} does not answer: {why}"),
        _ => format!("{variable}={value} is on another machine, and was not asked"),
    }
}

fn fonts_said(fonts: &Fonts) -> String {
    let installed = format!("{} of the system beside the program's own", count(fonts.installed));
    if fonts.without.is_empty() {
        return format!("{installed}, with all scripts that are looked for");
    }
    let names: Vec<&str> = fonts.without.iter().map(|script| script.name).collect();
    format!("{installed}, none for {} (packages: {})", names.join(", "), packages_of_scripts(fonts).join(", "))
}

fn packages_of_scripts(fonts: &Fonts) -> Vec<&'static str> {
    let mut packages: Vec<&str> = fonts.without.iter().map(|script| script.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn missing_said(report: &Report) -> Vec<(&'static str, String)> {
    if report.missing.is_empty() {
        return vec![("Missing", "nothing that a package brings".to_owned())];
    }
    let named = |lack: &Lack| format!("{}, for {}: package {}", lack.name, lack.needed_for, lack.package);
    let mut lines: Vec<(&str, String)> = report.missing.iter().map(|lack| ("Missing", named(lack))).collect();
    let mut packages: Vec<&str> = report.missing.iter().map(|lack| lack.package).collect();
    packages.sort_unstable();
    packages.dedup();
    let packages = packages.join(" ");
    lines.push(match Distribution::of_this_system() {
        Distribution::Debian => ("Missing", format!("sudo apt-get install {packages}")),
        Distribution::Other(name) => {
            ("Missing", format!("these are names of Debian's packages; those of {name} may be others"))
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_matter_are_listed() {
        let variables = ["VK_ICD_FILENAMES", "PATH", "LANG", "LANGUAGE", "WGPU_BACKEND", "SECRET_TOKEN"];
        let listed = environment(variables.into_iter().map(|name| (name.to_owned(), "x".to_owned())));
        assert_eq!(listed.into_keys().collect::<Vec<_>>(), ["LANG", "VK_ICD_FILENAMES", "WGPU_BACKEND"]);
    }

    #[test]
    fn packages_of_fonts_are_named_once() {
        let without =
            SCRIPTS.into_iter().filter(|script| ["Thai", "Arabic", "Korean"].contains(&script.name)).collect();
        let said = fonts_said(&Fonts { installed: 3, without });
        let expected = "3 of the system beside the program's own, none for Arabic, Korean, Thai (packages: \
                        fonts-noto-cjk, fonts-noto-core)";
        assert_eq!(said, expected);
    }
}
