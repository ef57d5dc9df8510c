//! `cargo xtask test` and `cargo xtask ci`: all checks of the workspace.

use std::{
    cell::RefCell,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use parallax_machine::{System, Use};

use crate::{
    Failure, dependencies, packages,
    soak::soak,
    workspace::{Workspace, shown, succeed},
};

/// The tests of the program with a headset that follows a script, and of the order of its systems:
/// the same dependencies, and another program.
const HEADSET: [&str; 8] = ["test", "--workspace", "--features", "xr", "--test", "window", "--test", "schedules"];

/// The fuzzer's workspace.
const FUZZER: &str = "fuzz/Cargo.toml";

/// Installs what the tests need and runs them.
///
/// # Errors
/// Returns an error if packages are missing and cannot be installed, or a test fails.
pub(crate) fn test(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    packages::provide(&[Use::Draw, Use::X11, Use::Tests])?;
    for mut command in test_commands(workspace, arguments, System::inspect().has_program("cargo-nextest")) {
        println!("{}", shown(&command));
        succeed(&mut command)?;
    }
    Ok(())
}

/// Runs the steps of CI, cheap ones first. Lints and documentation share the metadata of the
/// dependencies; only the tests need their code.
///
/// # Errors
/// Returns an error that names the step that failed.
pub(crate) fn ci(workspace: &Workspace) -> Result<(), Failure> {
    let mut steps: Vec<(&str, Duration)> = Vec::new();
    let mut step = |name, work: &dyn Fn() -> Result<(), Failure>| {
        println!("ci: {name}");
        let start = Instant::now();
        let result = work();
        steps.push((name, start.elapsed()));
        println!("ci: {name} took {}", seconds(start.elapsed()));
        result.map_err(|failure| Failure::step(format!("ci stopped at {name}: {failure}")))
    };
    step("format", &|| {
        succeed(&mut workspace.cargo(&["fmt", "--all", "--check"]))?;
        // The fuzzer is a workspace of its own, which is not built here.
        succeed(&mut workspace.cargo(&["fmt", "--manifest-path", FUZZER, "--check"]))?;
        has_lock(workspace)
    })?;
    step("lints", &|| {
        let arguments = ["clippy", "--workspace", "--all-targets", "--features", "xr", "--", "--deny", "warnings"];
        succeed(&mut workspace.cargo(&arguments))
    })?;
    step("documentation", &|| {
        succeed(workspace.cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings"))
    })?;
    let skipped = RefCell::default();
    step("dependencies", &|| dependencies::check(workspace).map(|what| *skipped.borrow_mut() = what))?;
    step("tests", &|| test(workspace, &[]))?;
    step("headset", &|| succeed(&mut workspace.cargo(&HEADSET)))?;
    step("soak", &|| soak(workspace, &[]))?;
    let parts: Vec<String> = steps.iter().map(|(name, took)| format!("{name} {}", seconds(*took))).collect();
    if let Some(what) = skipped.take() {
        println!("ci: NOT CHECKED: {what}");
    }
    println!("ci: passed ({})", parts.join(", "));
    Ok(())
}

/// Checks that the fuzzer's lock file has the dependencies of the libraries that it uses. Whether those of the
/// fuzzer alone are there does not matter.
fn has_lock(workspace: &Workspace) -> Result<(), Failure> {
    let mut command = workspace.cargo(&["metadata", "--manifest-path", FUZZER, "--locked", "--offline"]);
    let output = command.stdout(Stdio::null()).output();
    let output = output.map_err(|error| Failure::step(format!("`cargo metadata` cannot be run: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && said.contains("lock file") {
        return Err(Failure::step(format!(
            "fuzz/Cargo.lock is older than the manifests; `cargo metadata \
            --manifest-path {FUZZER}` writes it: {said}"
        )));
    }
    Ok(())
}

/// Returns the commands that run the tests. cargo-nextest does not run those in the documentation.
fn test_commands(workspace: &Workspace, arguments: &[String], nextest: bool) -> Vec<Command> {
    let mut commands =
        vec![workspace.cargo(if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace"] })];
    commands[0].args(arguments);
    if nextest && arguments.is_empty() {
        commands.push(workspace.cargo(&["test", "--workspace", "--doc"]));
    }
    commands
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_commands_run_each_test_once() {
        let workspace = Workspace::find().unwrap();
        let check = |arguments: &[&str], nextest, expected: &[&str]| {
            let arguments: Vec<String> = arguments.iter().copied().map(Into::into).collect();
            let commands = test_commands(&workspace, &arguments, nextest);
            assert_eq!(commands.iter().map(shown).collect::<Vec<_>>(), expected);
        };
        check(&[], true, &["cargo nextest run --workspace", "cargo test --workspace --doc"]);
        check(&["hover"], true, &["cargo nextest run --workspace hover"]);
        check(&[], false, &["cargo test --workspace"]); // also runs those in the documentation
        check(&["hover"], false, &["cargo test --workspace hover"]);
    }
}
