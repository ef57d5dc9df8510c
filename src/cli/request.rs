//! Parses the command line. A usage error becomes one sentence.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
};

use clap::{Parser as _, ValueEnum as _, error::ErrorKind};

use super::{
    CliError,
    args::{Cli, Posture, WindowArgs},
};

/// What the command line asks for.
pub(super) enum Request {
    /// Run a command.
    Do(Box<Cli>),
    /// Show this text: help or the version.
    Show(String),
}

/// Parses the command line.
pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, CliError> {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            let text = error.render();
            let is_colored = io::stdout().is_terminal();
            return Ok(Request::Show(if is_colored { text.ansi().to_string() } else { text.to_string() }));
        }
        Err(error) => {
            let posture = || args.windows(2).filter(|pair| pair[0] == "--xr").find_map(|pair| pair[1].to_str());
            let posture = posture().filter(|word| Posture::from_str(word, true).is_ok());
            let said =
                posture.map(|posture| format!("--xr takes its value after an equals sign. Write --xr={posture}"));
            return Err(CliError::Usage(said.unwrap_or_else(|| sentence(&error.render().to_string()))));
        }
    };
    if cli.command.is_some() && cli.window != WindowArgs::default() {
        let what = "a path or an option of the window is before a command";
        return Err(CliError::Usage(format!("{what}. Put the arguments of a command after it")));
    }
    Ok(Request::Do(Box::new(cli)))
}

/// Turns a message of clap, which has several paragraphs, into one sentence and what to do.
fn sentence(message: &str) -> String {
    let paragraphs: Vec<String> =
        message.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let after = |start: &str| paragraphs.iter().find_map(|text| text.strip_prefix(start));
    let what = after("error: ").unwrap_or(message).trim_end_matches('.');
    if let Some(tip) = after("tip: ") {
        return format!("{what} ({tip})");
    }
    let usage = after("Usage: ").unwrap_or("parallax").split(' ');
    let command: Vec<&str> = usage.take_while(|word| word.chars().all(char::is_alphanumeric)).collect();
    format!("{what}. See {} --help", command.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_errors_are_sentences() {
        let check = |line: &str, expected: &str| {
            let said = match parse(line.split(' ').map(OsString::from)) {
                Err(error) => error.to_string(),
                Ok(_) => "accepted".to_owned(),
            };
            assert_eq!(said, expected, "{line}");
        };
        check(
            "parallax convert x.npy",
            "the following required arguments were not provided: --out <FILE>. See parallax convert --help.",
        );
        check("parallax inspect x --jsn", "unexpected argument '--jsn' found (a similar argument exists: '--json').");
        check(
            "parallax render --out x.png --theme red",
            "invalid value 'red' for '--theme <dark|light>': choose one of dark, light. See parallax --help.",
        );
        check(
            "parallax x.npy inspect y.npy",
            "a path or an option of the window is before a command. Put the arguments of a command after it.",
        );
        check("parallax --threads 2 inspect y.npy --threads 3", "accepted");
        check("parallax --xr seated x.npy", "--xr takes its value after an equals sign. Write --xr=seated.");
        check("parallax demo --stereo anaglyph tour", "accepted");
    }
}
