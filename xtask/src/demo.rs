//! `cargo xtask demo`: builds and shows the demo on a machine with just Rust, or draws it if there
//! is no display.

use std::process::{Command, ExitStatus};

use parallax_machine::Use;

use crate::{
    Failure,
    display::names_display,
    packages,
    workspace::{Workspace, shown, status, succeed},
};

/// The exit code of the program for bad input or a missing display.
const BAD_INPUT: i32 = 2;

/// Installs what is missing, builds and shows the demo.
///
/// # Errors
/// Returns an error if packages are missing and cannot be installed, or the build or the program
/// fails.
pub(crate) fn demo(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let windows = [("DISPLAY", Use::X11), ("WAYLAND_DISPLAY", Use::Wayland)];
    let windows: Vec<Use> =
        windows.into_iter().filter(|(name, _)| names_display(name)).map(|(_, window)| window).collect();
    packages::provide(&[&[Use::Draw], windows.as_slice()].concat())?;

    let target = workspace.target()?;
    let program = Workspace::program(&target, "debug");
    if !program.exists() {
        println!(
            "Building. Only the first time takes so long, about a quarter of an hour on two cores; later builds take seconds."
        );
    }
    succeed(&mut workspace.cargo(&["build", "--package", "parallax", "--bin", "parallax"]))?;

    if !windows.is_empty() {
        let mut window = Command::new(&program);
        let status = status(window.arg("demo").args(arguments).current_dir(workspace.root()))?;
        if status.code() != Some(BAD_INPUT) {
            return ended(&window, status);
        }
    }
    let picture = target.join("demo.png");
    println!("No window can be opened here: drawing the demo to a picture.");
    let mut render = Command::new(&program);
    render.arg("render").arg("--out").arg(&picture).args(["--size", "1440x900", "--panels"]);
    let status = status(render.args(for_picture(arguments)).current_dir(workspace.root()))?;
    ended(&render, status)?;
    println!("The picture is {}.", picture.display());
    Ok(())
}

/// Turns the status of the demo into that of this program.
fn ended(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Failure { sentence: format!("`{}` failed ({status})", shown(command)), code })
}

/// Translates arguments of `parallax demo` to those of `parallax render`, which draws the digits by
/// default.
fn for_picture(arguments: &[String]) -> Vec<&str> {
    let words: &[&str] = &["assets/words.npy", "--metadata", "assets/words.tsv"];
    let mut translated = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "digits" => {}
            "words" => translated.extend_from_slice(words),
            other => translated.push(other),
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_arguments_translate_to_render() {
        let check = |arguments: &[&str], expected: &[&str]| {
            let arguments: Vec<String> = arguments.iter().copied().map(Into::into).collect();
            assert_eq!(for_picture(&arguments), expected);
        };
        check(&[], &[]);
        check(&["digits", "--threads", "2"], &["--threads", "2"]);
        check(&["words"], &["assets/words.npy", "--metadata", "assets/words.tsv"]);
    }
}
