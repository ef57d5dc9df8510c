//! What can go wrong with a file, described so that the user can correct it.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use parallax_embedding::{Cancelled, Damaged, Vectors};

/// Why a file could not be read or written.
///
/// Its text is the sentence that the user sees: `FILE: POSITION: WHAT. WAY OUT.`
#[derive(Debug)]
#[non_exhaustive]
pub enum FormatError {
    /// The operating system refused.
    Io {
        /// The file.
        file: PathBuf,
        /// What was being done, as in "cannot read".
        doing: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// The file's content is not what it should be.
    Data(Box<Problem>),
    /// What was asked for does not exist; the file is not at fault.
    NotFound(Box<Problem>),
    /// The caller canceled.
    Cancelled,
}

/// Something wrong with a file, the rest of which can still be used; also the body of a
/// [`FormatError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: PathBuf,
    /// Where in the file, as in `line 3, column 5`, `byte 48` or `tensor "w"`.
    pub position: Option<String>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it, as a sentence without a full stop.
    pub way_out: Option<String>,
    /// What it is about, if something depends on that.
    pub kind: Option<ProblemKind>,
}

/// What a [`Problem`] is about, for what does more than show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A configuration names a file outside of its folder, which [`OpenOptions::allow_outside`]
    /// allows.
    ///
    /// [`OpenOptions::allow_outside`]: crate::OpenOptions::allow_outside
    OutsideFolder,
    /// Metadata have more or fewer rows than the vectors.
    RowCounts,
    /// A file is of no format that is read.
    UnknownFormat,
    /// Why an embedding is shown first of several.
    ShownFirst,
}

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A choice: how a file is read if it can be read in several ways. Not a fault.
    Note,
    /// Something was left out or guessed.
    Warning,
    /// Something asked for could not be read.
    Error,
}

impl Problem {
    /// An error in `file`.
    pub fn error(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into(),
            position: None,
            message: message.into(),
            way_out: None,
            kind: None,
        }
    }

    /// A warning about `file`.
    pub fn warning(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, message) }
    }

    /// A note about `file`.
    pub fn note(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(file, message) }
    }

    /// The warning that a mapped file was written to since it was opened. Returns `None` if it was not.
    #[must_use]
    pub fn rewritten(vectors: &Vectors) -> Option<Self> {
        let file = vectors.mapped_from().filter(|_| vectors.is_rewritten())?;
        let what = "it was written to while it was used, so old and new values may be mixed";
        Some(Self::warning(file, what).way_out("Do this again once it is complete"))
    }

    /// Whether `other` says the same of the same place, however bad it is.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.file, &self.position, &self.message) == (&other.file, &other.position, &other.message)
    }

    /// Adds where in the file it is.
    #[must_use]
    pub fn at(mut self, position: impl Into<String>) -> Self {
        self.position = Some(position.into());
        self
    }

    /// Adds what it is about.
    #[must_use]
    pub fn kind(mut self, kind: ProblemKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn way_out(mut self, way_out: impl Into<String>) -> Self {
        self.way_out = Some(way_out.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if let Some(position) = &self.position {
            write!(f, "{position}: ")?;
        }
        write!(f, "{}.", self.message)?;
        self.way_out.as_ref().map_or(Ok(()), |way_out| write!(f, " {way_out}."))
    }
}

impl FormatError {
    /// For `map_err` after reading `file`.
    pub fn read(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_path_buf();
        move |source| Self::Io { file, doing: "cannot read", source }
    }

    /// For `map_err` after writing `file`.
    pub fn write(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_path_buf();
        move |source| Self::Io { file, doing: "cannot write", source }
    }

    /// The same error with another problem, if it is about one.
    pub(crate) fn map(self, change: impl FnOnce(Problem) -> Problem) -> Self {
        match self {
            Self::Data(problem) => Self::Data(Box::new(change(*problem))),
            Self::NotFound(problem) => Self::NotFound(Box::new(change(*problem))),
            error => error,
        }
    }

    /// The error as a problem that can be listed with others. Returns `None` if the caller
    /// canceled.
    #[must_use]
    pub fn into_problem(self) -> Option<Problem> {
        match self {
            Self::Io { file, doing, source } => Some(io_problem(file, doing, &source)),
            Self::Data(problem) | Self::NotFound(problem) => Some(*problem),
            Self::Cancelled => None,
        }
    }
}

fn io_problem(file: PathBuf, doing: &str, source: &io::Error) -> Problem {
    let (what, way_out) = match source.kind() {
        io::ErrorKind::NotFound => ("there is no such file or folder".to_owned(), "Check the path"),
        io::ErrorKind::PermissionDenied => ("permission denied".to_owned(), "Check the file's access rights"),
        io::ErrorKind::StorageFull => ("the disk is full".to_owned(), "Make room, or write elsewhere"),
        io::ErrorKind::QuotaExceeded => ("your share of the disk is full".to_owned(), "Make room, or write elsewhere"),
        io::ErrorKind::FileTooLarge => ("the file would be larger than it may be".to_owned(), "Write elsewhere"),
        io::ErrorKind::ReadOnlyFilesystem => ("the disk can only be read".to_owned(), "Write elsewhere"),
        _ => (source.to_string(), "Check the disk and try again"),
    };
    Problem::error(file, format!("{doing}: {what}")).way_out(way_out)
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { file, doing, source } => io_problem(file.clone(), doing, source).fmt(f),
            Self::Data(problem) | Self::NotFound(problem) => problem.fmt(f),
            Self::Cancelled => f.write_str("canceled"),
        }
    }
}

impl std::error::Error for FormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<Problem> for FormatError {
    fn from(problem: Problem) -> Self {
        Self::Data(Box::new(problem))
    }
}

impl From<Damaged> for Problem {
    fn from(damaged: Damaged) -> Self {
        Self::error(&damaged.file, damaged.what()).way_out(Damaged::WAY_OUT)
    }
}

impl From<Damaged> for FormatError {
    fn from(damaged: Damaged) -> Self {
        Problem::from(damaged).into()
    }
}

impl From<Cancelled> for FormatError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// A count and its noun, for a message: `1 cell`, or `3 cells`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_text_names_file_position_fault_and_way_out() {
        let problem = Problem::error("a.tsv", "7 cells where row 1 has 5").at("line 3").way_out("Correct the row");
        assert_eq!(
            FormatError::from(problem).to_string(),
            "a.tsv: line 3: 7 cells where row 1 has 5. Correct the row."
        );
        let missing = FormatError::read(Path::new("x.npy"))(io::ErrorKind::NotFound.into());
        assert_eq!(missing.to_string(), "x.npy: cannot read: there is no such file or folder. Check the path.");
    }
}
