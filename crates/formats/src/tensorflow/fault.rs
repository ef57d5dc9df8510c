//! Errors of the parsers of this module. They have positions, but not files: the code that opens a
//! file adds its name.

use std::path::Path;

use parallax_embedding::Cancelled;

use crate::{FormatError, Problem};

/// The advice for damage: a checkpoint cannot be repaired by hand.
pub(super) const COPY_AGAIN: &str = "Copy the checkpoint again from where it was written, or save it again";

/// Why bytes could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They are invalid.
    Data {
        /// The position, as in `byte 48` or `tensor "w"`.
        at: String,
        /// What is wrong, without a full stop.
        what: String,
        /// What to do about it.
        way_out: &'static str,
    },
    /// The caller canceled.
    Cancelled,
}

impl Fault {
    /// Damage: the bytes at `at` are not what was written.
    pub(super) fn damage(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Data { at: at.into(), what: what.into(), way_out: COPY_AGAIN }
    }

    /// For `map_err` on the bytes of `file`.
    pub(super) fn of(file: &Path) -> impl FnOnce(Self) -> FormatError {
        move |fault| match fault {
            Self::Data { at, what, way_out } => Problem::error(file, what).at(at).way_out(way_out).into(),
            Self::Cancelled => FormatError::Cancelled,
        }
    }
}

impl From<Cancelled> for Fault {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}
