//! `cargo xtask demo`: from a machine with just Rust to the demo on screen, or in a picture where there is no screen.

use std::process::{Command, ExitStatus};

use crate::{
    Failure,
    display::names_display,
    packages::{self, Use},
    workspace::{Workspace, shown, status, succeed},
};

/// How the program ends when its input or the system (here: the display) is not as it must be.
const BAD_INPUT: i32 = 2;

/// Installs what is missing, builds and shows the demo.
///
/// # Errors
/// If packages are missing and cannot be installed, or the build or the program fails.
pub(crate) fn demo(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let windows = [("DISPLAY", Use::X11), ("WAYLAND_DISPLAY", Use::Wayland)];
    let windows: Vec<Use> =
        windows.into_iter().filter(|(name, _)| names_display(name)).map(|(_, window)| window).collect();
    packages::provide(&[&[Use::Draw], windows.as_slice()].concat())?;

    let target = workspace.target()?;
    let program = Workspace::program(&target, "debug");
    if !program.exists() {
        println!("Building. The first time takes about a quarter of an hour; later builds take seconds.");
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
    println!("No window can be opened here: drawing the demo into a picture.");
    let mut render = Command::new(&program);
    render.arg("render").arg("--out").arg(&picture).args(["--size", "1440x900", "--panels"]);
    let status = status(render.args(for_picture(arguments)).current_dir(workspace.root()))?;
    ended(&render, status)?;
    println!("The picture is {}.", picture.display());
    Ok(())
}

/// How this program ends when the one that it has shown ended so.
fn ended(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Failure { sentence: format!("`{}` failed ({status})", shown(command)), code })
}

/// The arguments of `parallax demo` as those of `parallax render`, which draws the digits unless told otherwise.
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
    fn both_demos_can_be_drawn_into_pictures() {
        let check = |arguments: &[&str], expected: &[&str]| {
            let arguments: Vec<String> = arguments.iter().copied().map(Into::into).collect();
            assert_eq!(for_picture(&arguments), expected);
        };
        check(&[], &[]);
        check(&["digits", "--threads", "2"], &["--threads", "2"]);
        check(&["words"], &["assets/words.npy", "--metadata", "assets/words.tsv"]);
    }
}
