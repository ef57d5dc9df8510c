//! `cargo xtask soak`: uses the program at random for a while, and checks it after each action.

use std::process::Command;

use parallax_machine::Use;

use crate::{
    Failure, packages,
    workspace::{Workspace, succeed},
};

/// How long, and which actions.
#[derive(Debug, PartialEq)]
struct Options {
    minutes: f64,
    seed: u64,
}

/// Builds the walk and runs it: `--minutes N`, 2 unless given, and `--seed N`, 1 unless given.
///
/// # Errors
/// Returns an error if the arguments are not these, packages are missing, or the walk finds a fault.
pub(crate) fn soak(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let Options { minutes, seed } = options(arguments)?;
    packages::provide(&[Use::Draw])?;
    succeed(&mut workspace.cargo(&["build", "--workspace", "--bins", "--example", "soak"]))?;
    let program = workspace.target()?.join("debug/examples/soak");
    let seconds = (minutes * 60.0).round() as u64;
    succeed(Command::new(program).args([seconds, seed].map(|number| number.to_string())).current_dir(workspace.root()))
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options { minutes: 2.0, seed: 1 };
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        let number = arguments.next().map(String::as_str).unwrap_or_default();
        let wrong = |_| Failure::input(format!("{name} needs a number, not {number:?}"));
        match name.as_str() {
            "--minutes" => options.minutes = number.parse::<f64>().map_err(|error| wrong(error.to_string()))?,
            "--seed" => options.seed = number.parse::<u64>().map_err(|error| wrong(error.to_string()))?,
            other => return Err(Failure::input(format!("`soak` takes --minutes and --seed, not {other:?}"))),
        }
    }
    let is_possible = options.minutes > 0.0 && options.minutes.is_finite();
    is_possible.then_some(options).ok_or_else(|| Failure::input("--minutes must be more than 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_minutes_and_seed() {
        let check = |arguments: &[&str]| options(&arguments.iter().copied().map(Into::into).collect::<Vec<_>>()).ok();
        assert_eq!(check(&[]), Some(Options { minutes: 2.0, seed: 1 }));
        assert_eq!(check(&["--seed", "7", "--minutes", "0.5"]), Some(Options { minutes: 0.5, seed: 7 }));
        for wrong in [&["--minutes"][..], &["--minutes", "0"], &["--minutes", "inf"], &["--seed", "-1"], &["5"]] {
            assert_eq!(check(wrong), None, "{wrong:?}");
        }
    }
}
