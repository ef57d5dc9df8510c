//! Why a text cannot be read as vectors, and where.

use parallax_embedding::Notation;

use super::Text;
use crate::{Problem, error::counted};

/// The reason why the text cannot be read as vectors.
pub(super) struct Fault {
    /// The start of its record, or the byte that is not UTF-8.
    pub(super) byte: usize,
    pub(super) kind: FaultKind,
}

pub(super) enum FaultKind {
    Ragged { cells: usize },
    FewNumbers { numbers: usize },
    NoNumber { column: usize, notation: Notation, cell: String },
    NoVector { column: usize, cell: String, dims: usize },
    CutShort { column: usize },
    Json { column: Option<usize>, what: String },
    NotUtf8,
}

impl Text<'_> {
    pub(super) fn problem(&self, fault: &Fault, layout_width: usize) -> Problem {
        let line = || self.line(fault.byte);
        match &fault.kind {
            FaultKind::Ragged { cells } => Problem::error(
                self.file,
                format!("{} where the first line has {layout_width}", counted(*cells, "cell")),
            )
            .at(format!("line {}", line()))
            .way_out("Give each row as many cells"),
            FaultKind::FewNumbers { numbers } => Problem::error(
                self.file,
                format!("the line ends in {} where others end in {layout_width}", counted(*numbers, "number")),
            )
            .at(format!("line {}", line()))
            .way_out("Complete the line, or delete it"),
            FaultKind::NoNumber { column, notation, cell } => {
                let with = if *notation == Notation::PLAIN { String::new() } else { format!(", read with {notation}") };
                Problem::error(self.file, format!("{cell:?} is not a number{with}"))
                    .at(format!("line {}, column {column}", line()))
                    .way_out(
                        "Correct the cell, leave it empty where the value is missing, or choose other columns with \
                         --vectors",
                    )
            }
            FaultKind::NoVector { column, cell, dims } => {
                Problem::error(self.file, format!("{cell:?} is not a vector of {dims} numbers"))
                    .at(format!("line {}, column {column}", line()))
                    .way_out("Correct the cell, or leave it empty where the vector is missing")
            }
            FaultKind::CutShort { column } => Problem::error(
                self.file,
                "the vector is cut short: \"...\" stands for numbers that were not written",
            )
            .at(format!("line {}, column {column}", line()))
            .way_out(
                "Write whole vectors: numpy.set_printoptions(threshold=sys.maxsize), or save them with numpy.save",
            ),
            FaultKind::Json { column, what } => {
                let column = column.map(|column| format!(", column {column}")).unwrap_or_default();
                let place = format!("line {}{column}", line());
                Problem::error(self.file, what)
                    .at(place)
                    .way_out("Write a whole object or array on each line, or all of them as the elements of one array")
            }
            FaultKind::NotUtf8 => Problem::error(self.file, "this is not UTF-8 text")
                .at(format!("byte {}", self.before + fault.byte))
                .way_out("Save the file as UTF-8; a file of raw numbers opens with --raw-dims"),
        }
    }
}
