//! `cargo xtask package`: what people install, in `target/package`.
//!
//! One [tree] of files has all that a desktop needs. The Debian package, which cargo-deb makes by
//! the table in Cargo.toml, and the archive are two envelopes of it. What the program contains of
//! others is beside it: their licenses by cargo-about, and a list of all parts by cargo-cyclonedx.

mod tree;
mod trial;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use parallax_machine::System;

use crate::{
    Failure,
    workspace::{Workspace, shown, succeed},
};
use tree::{Parts, Tree};

/// What the program of a package can do beyond the features by default.
const FEATURES: &str = "xr";

/// The programs that make packages, and how to get them. The last is used by cargo-deb.
const TOOLS: [(&str, &str); 4] = [
    ("cargo-deb", "cargo install cargo-deb"),
    ("cargo-about", "cargo install cargo-about --features cli"),
    ("cargo-cyclonedx", "cargo install cargo-cyclonedx"),
    ("dpkg-shlibdeps", "apt-get install dpkg-dev"),
];

/// Builds the program and packs it; with `--test`, tries the package in a bare Debian.
///
/// # Errors
/// Returns an error if a tool is missing, or a step fails.
pub(crate) fn package(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    if !cfg!(target_os = "linux") {
        return Err(Failure::input(
            "packages are made on Linux only; elsewhere, use `cargo build --release --workspace`",
        ));
    }
    let mut tools = TOOLS.to_vec();
    tools.extend(options.is_tried.then_some(trial::TOOL));
    require(&System::inspect(), &tools)?;

    let folder = workspace.root().join("target/package");
    let profile = options.profile.as_str();
    let built = workspace.target()?.join(if profile == "dev" { "debug" } else { profile });
    let build = ["build", "--workspace", "--features", FEATURES, "--profile", profile];
    succeed(&mut workspace.cargo(&[&build[..], &["--bin", "parallax", "--example", "manual"]].concat()))?;

    remake(&folder)?;
    let manual = folder.join("manual");
    succeed(Command::new(built.join("examples/manual")).arg(&manual))?;
    let notices = notices(workspace, &folder)?;
    let parts = parts(workspace, &folder)?;
    let tree = Tree::new(&Parts {
        assets: &workspace.root().join("assets"),
        root: workspace.root(),
        program: &built.join("parallax"),
        manual: &manual,
        notices: &notices,
    })?;
    tree.write(&folder.join("tree"))?;

    let archive = archive(workspace, &folder)?;
    let package = debian(workspace, &folder)?;
    for file in [&package, &archive, &notices, &parts] {
        println!("{} ({})", file.display(), size(file));
    }
    if profile != "release" {
        println!("Built by the profile {profile}: for a trial, not for people.");
    }
    if options.is_tried { trial::run(workspace, &folder, &package) } else { Ok(()) }
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    profile: String,
    is_tried: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self { profile: "release".into(), is_tried: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--test" => options.is_tried = true,
                "--profile" => {
                    let value = arguments.next().ok_or_else(|| Failure::input("--profile takes a value"))?;
                    options.profile.clone_from(value);
                }
                other => {
                    let what = format!("`package` takes no {other:?}; `cargo xtask --help` lists what it takes");
                    return Err(Failure::input(what));
                }
            }
        }
        Ok(options)
    }
}

/// Names all tools that are missing at once.
fn require(system: &System, tools: &[(&str, &str)]) -> Result<(), Failure> {
    let missing: Vec<_> = tools.iter().filter(|(tool, _)| !system.has_program(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (names, ways): (Vec<_>, Vec<_>) = missing.into_iter().copied().unzip();
    Err(Failure::input(format!("missing on this system: {}; install with: {}", names.join(", "), ways.join(" && "))))
}

/// Empties the folder, except for the bare system that trials keep.
fn remake(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(failed(folder))?;
    for entry in fs::read_dir(folder).map_err(failed(folder))?.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        } else if !path.ends_with(trial::BARE) {
            fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// Writes the licenses of all crates that the program contains, with their texts.
fn notices(workspace: &Workspace, folder: &Path) -> Result<PathBuf, Failure> {
    let file = folder.join("third-party.html");
    // The texts in the crates are enough; without this, it looks for more on the network.
    let mut command = workspace.cargo(&["about", "generate", "--fail", "--offline", "--features", FEATURES]);
    succeed(command.arg("--output-file").arg(&file).arg("assets/package/third-party.hbs"))?;
    Ok(file)
}

/// Writes the list of all crates that the program contains, in the form of `CycloneDX`.
///
/// cargo-cyclonedx writes a list for each crate of the workspace, beside its manifest; all but that
/// of the program are removed.
fn parts(workspace: &Workspace, folder: &Path) -> Result<PathBuf, Failure> {
    const NAME: &str = "parallax.cdx";
    let target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let mut command = workspace.cargo(&["cyclonedx", "--format", "json", "--features", FEATURES]);
    succeed(command.args(["--target", &target, "--override-filename", NAME]))?;
    let name = format!("{NAME}.json");
    let file = folder.join(&name);
    let made = workspace.root().join(&name);
    fs::rename(&made, &file).map_err(failed(&made))?;
    for member in workspace.members()? {
        // Not all have one.
        fs::remove_file(member.join(&name)).ok();
    }
    Ok(file)
}

/// Packs the tree as an archive with one folder, which is unpacked to a prefix such as `~/.local`.
fn archive(workspace: &Workspace, folder: &Path) -> Result<PathBuf, Failure> {
    let name = format!("parallax-{}-{}-linux", env!("CARGO_PKG_VERSION"), env::consts::ARCH);
    let file = folder.join(format!("{name}.tar.gz"));
    let mut command = Command::new("tar");
    // The same tree makes the same archive.
    command.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime"]).arg(date(workspace));
    command.args(["--transform", &format!("s,^tree,{name},"), "--gzip", "--directory"]).arg(folder);
    succeed(command.arg("--create").arg("--file").arg(&file).arg("tree"))?;
    Ok(file)
}

/// Returns the time of what is checked out, for files that are made.
fn date(workspace: &Workspace) -> String {
    let output = Command::new("git").args(["log", "-1", "--format=@%ct"]).current_dir(workspace.root()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "@0".to_owned() } else { text }
}

/// Makes the Debian package of the tree. Cargo.toml has its description and where files go.
fn debian(workspace: &Workspace, folder: &Path) -> Result<PathBuf, Failure> {
    let mut command = workspace.cargo(&["deb", "--package", "parallax", "--no-build", "--no-strip", "--output"]);
    succeed(command.arg(folder).env("SOURCE_DATE_EPOCH", date(workspace).trim_start_matches('@')))?;
    let is_package = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "deb");
    let mut entries = fs::read_dir(folder).map_err(failed(folder))?.filter_map(Result::ok).map(|entry| entry.path());
    entries.find(is_package).ok_or_else(|| Failure::step(format!("`{}` made no package", shown(&command))))
}

fn size(file: &Path) -> String {
    let bytes = fs::metadata(file).map_or(0, |metadata| metadata.len());
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Returns a failure of the file system at `path`.
fn failed(path: &Path) -> impl Fn(std::io::Error) -> Failure + use<'_> {
    move |error| Failure::step(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use parallax_machine::{NEEDS, Thing, Use};

    use super::*;

    #[test]
    fn options_are_parsed() {
        let parse = |line: &str| Options::parse(&line.split_whitespace().map(Into::into).collect::<Vec<_>>());
        assert_eq!(parse("").unwrap(), Options { profile: "release".into(), is_tried: false });
        assert_eq!(parse("--test --profile dev").unwrap(), Options { profile: "dev".into(), is_tried: true });
        for bad in ["--profile", "x", "--fast"] {
            assert_eq!(parse(bad).unwrap_err().code, 2, "{bad}");
        }
    }

    #[test]
    fn missing_tools_are_named_at_once() {
        let said = require(&System::default(), &TOOLS[..2]).unwrap_err().sentence;
        assert!(said.contains("cargo-deb, cargo-about; install with: cargo install cargo-deb && cargo"), "{said}");
    }

    /// The package depends on what is loaded when the program runs, which no tool sees.
    #[test]
    fn package_depends_on_what_is_loaded() {
        let manifest = include_str!("../../../Cargo.toml");
        let named = |field: &str| {
            let start = manifest.find(&format!("\n{field} = ")).expect(field);
            let text = &manifest[start..];
            text[..text[2..].find("\n]").map_or(text.len(), |end| end + 2)].to_owned()
        };
        let (depends, recommends, suggests) = (named("depends"), named("recommends"), named("suggests"));
        for need in &NEEDS {
            let has = |text: &str| text.split(['"', ',', '|', ' ']).any(|word| word == need.package);
            let field = match (need.thing, need.uses) {
                (Thing::Program(_), _) => continue,
                (Thing::VulkanDriver, _) => &recommends,
                (_, uses) if uses.contains(&Use::Headset) => &suggests,
                _ => &depends,
            };
            assert!(has(field), "{}", need.package);
        }
    }

    /// Who may be depended on, and whose license goes beside the program, are the same.
    #[test]
    fn licenses_that_are_accepted_are_those_that_are_noted() {
        let listed = |text: &str, field: &str| {
            let start = text.find(&format!("\n{field} = [")).expect(field);
            let list = &text[start..][..text[start..].find(']').expect(field)];
            let mut licenses: Vec<String> =
                list.lines().filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect();
            licenses.sort();
            licenses
        };
        let (denied, noted) = (include_str!("../../../deny.toml"), include_str!("../../../about.toml"));
        assert!(!listed(denied, "allow").is_empty());
        assert_eq!(listed(denied, "allow"), listed(noted, "accepted"));
    }
}
