//! Why a command failed.

use std::{fmt, io};

use parallax_formats::{FormatError, Problem};

use crate::app::AppError;

/// Why a command failed. Its text is the sentence that is shown.
#[derive(Debug)]
#[non_exhaustive]
pub enum CliError {
    /// The arguments make no sense. The text has no full stop.
    Usage(String),
    /// A file cannot be used.
    Format(FormatError),
    /// The data does not have what was asked for.
    NoMatch(Box<Problem>),
    /// The window cannot open or the picture cannot be drawn.
    App(AppError),
    /// The result cannot be written to standard output.
    Output(io::Error),
    /// The user canceled.
    Cancelled,
}

impl CliError {
    /// Returns the exit code: 1 for no match, 2 for bad input or usage, 130 for canceled.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoMatch(_) => 1,
            Self::Usage(_) | Self::Format(_) | Self::App(_) | Self::Output(_) => 2,
            Self::Cancelled => 130,
        }
    }

    /// Returns `true` if standard output is closed.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(f, "{what}."),
            Self::Format(error) => error.fmt(f),
            Self::NoMatch(problem) => problem.fmt(f),
            Self::App(error) => error.fmt(f),
            Self::Output(error) => write!(f, "standard output: cannot write: {error}. Send it somewhere else."),
            Self::Cancelled => f.write_str("canceled."),
        }
    }
}

impl std::error::Error for CliError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Format(error) => Some(error),
            Self::App(error) => Some(error),
            Self::Output(error) => Some(error),
            Self::Usage(_) | Self::NoMatch(_) | Self::Cancelled => None,
        }
    }
}

impl From<FormatError> for CliError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Cancelled => Self::Cancelled,
            error => Self::Format(error),
        }
    }
}

impl From<Problem> for CliError {
    fn from(problem: Problem) -> Self {
        Self::Format(problem.into())
    }
}

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Cancelled => Self::Cancelled,
            AppError::Format(error) => error.into(),
            error => Self::App(error),
        }
    }
}
