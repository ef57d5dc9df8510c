//! The workspace: its folder, its target folder, and how programs run in it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use crate::Failure;

/// The workspace that this program belongs to.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    cargo: OsString,
}

impl Workspace {
    /// Finds the workspace by the variables that `cargo run` sets.
    ///
    /// # Errors
    /// Returns an error if the program was not started by cargo.
    pub(crate) fn find() -> Result<Self, Failure> {
        // At run time, since a program in a shared target folder may be from another checkout.
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = package.as_deref().and_then(Path::parent).map(Path::to_owned);
        let root = root.ok_or_else(|| Failure::input("start this program as `cargo xtask`, within the workspace"))?;
        Ok(Self { root, cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()) })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a cargo command that runs in the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Returns the target folder.
    ///
    /// # Errors
    /// Returns an error if cargo does not name it.
    pub(crate) fn target(&self) -> Result<PathBuf, Failure> {
        let folder = self.metadata()?["target_directory"].as_str().map(PathBuf::from);
        folder.ok_or_else(|| Failure::step("`cargo metadata` does not name the target folder"))
    }

    fn metadata(&self) -> Result<serde_json::Value, Failure> {
        let mut command = self.cargo(&["metadata", "--no-deps", "--format-version", "1"]);
        let output = command.output().map_err(|error| cannot_start(&command, &error))?;
        serde_json::from_slice(&output.stdout).map_err(|error| {
            let said = String::from_utf8_lossy(&output.stderr);
            Failure::step(format!("`{}` does not describe the workspace ({error}): {}", shown(&command), said.trim()))
        })
    }

    /// Returns the folders of the packages of the workspace.
    ///
    /// # Errors
    /// Returns an error if cargo does not list them.
    pub(crate) fn members(&self) -> Result<Vec<PathBuf>, Failure> {
        let listed = self.metadata()?;
        let manifests = listed["packages"].as_array().into_iter().flatten();
        let manifests = manifests.filter_map(|package| package["manifest_path"].as_str());
        Ok(manifests.filter_map(|manifest| Some(Path::new(manifest).parent()?.to_owned())).collect())
    }

    /// Returns the path of the program of the package `parallax`.
    pub(crate) fn program(target: &Path, folder: &str) -> PathBuf {
        target.join(folder).join(format!("parallax{}", env::consts::EXE_SUFFIX))
    }
}

/// Runs a command. Its output goes to the terminal.
///
/// # Errors
/// Returns an error if it cannot be started.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command.status().map_err(|error| cannot_start(command, &error))
}

/// Runs a command that must succeed.
///
/// # Errors
/// Returns an error if it cannot be started or fails.
pub(crate) fn succeed(command: &mut Command) -> Result<(), Failure> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::step(format!("`{}` failed ({status})", shown(command))))
}

/// Returns the command as typed in a shell.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::step(format!("`{}` cannot be started: {error}", shown(command)))
}
