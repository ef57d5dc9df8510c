//! Arithmetic with rows: `king - man + woman`.
//!
//! A [`Query`] is a sum of labels with weights, or a vector given as numbers. [`Query::resolve`] looks
//! the labels up in a column and adds the vectors of their rows, as they are stored. A label of
//! several rows stands for their mean.

mod parse;
mod spelling;
#[cfg(test)]
mod tests;

use std::{fmt, ops::Range};

use parallax_embedding::{Cancelled, Column, Progress, RowSet, Vectors};

pub use parse::{Malformed, ParseError};

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// A weighted sum of rows.
    Sum(Vec<Term>),
    /// A vector.
    Vector(Vec<f64>),
}

/// An operand and its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The weight, which is negative after a minus.
    pub weight: f64,
    /// What is added.
    pub operand: Operand,
    /// Where the operand is in the text, in bytes.
    pub span: Range<usize>,
}

/// What is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// The mean of the rows with this label.
    Label(String),
    /// A row by its number.
    Row(u32),
}

/// The vector that a query stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The vector.
    pub vector: Vec<f64>,
    /// The rows that are terms themselves, not parts of a mean: its neighbors are the others.
    pub rows: RowSet,
    /// What each term stands for, in order. Empty for a vector.
    pub terms: Vec<Meant>,
}

/// What a term stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Meant {
    /// The weight.
    pub weight: f64,
    /// The label as the column has it, or the number of the row.
    pub name: String,
    /// The rows whose mean is added.
    pub rows: RowSet,
}

/// Why a query stands for no vector.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// The text is no query.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// No row has this label.
    #[error("{unknown}")]
    Unknown {
        /// The label, and what is spelled like it.
        unknown: Unknown,
    },
    /// There is no column to look labels up in.
    #[error("there are no labels to look for “{word}” in. Name rows by their numbers, as in #0 - #1")]
    NoLabels {
        /// The label.
        word: String,
    },
    /// There is no such row.
    #[error("there is no row {row}: the vectors have {rows} rows, counted from 0. Choose one of them")]
    NoSuchRow {
        /// Its number.
        row: u32,
        /// The number of rows.
        rows: usize,
    },
    /// All rows of a term hold a NaN or an infinity.
    #[error("“{name}” has no finite vector: its values are NaN, infinite, or beyond 3.4e38. Choose another row")]
    NotFinite {
        /// The term.
        name: String,
    },
    /// The numbers do not have the length of the rows.
    #[error(
        "the query has {found} numbers, and the vectors have {expected} dimensions. Give one number for each dimension; \
         labels that are numbers are written in quotes"
    )]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The work was canceled.
    #[error("canceled")]
    Cancelled,
}

/// A label that no row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The label.
    pub word: String,
    /// Where it is in the text, in bytes.
    pub span: Range<usize>,
    /// The column that was searched.
    pub column: String,
    /// What may have been meant, the most similar first, as it is written in a query.
    pub near: Vec<String>,
}

impl Unknown {
    /// Returns the text of the query with this written in place of the label.
    #[must_use]
    pub fn corrected(&self, text: &str, by: &str) -> String {
        let (Some(before), Some(after)) = (text.get(..self.span.start), text.get(self.span.end..)) else {
            return text.to_owned();
        };
        format!("{before}{by}{after}")
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no row is labeled “{}” in column “{}”", self.word, self.column)?;
        match &self.near[..] {
            [] => Ok(()),
            [one] => write!(f, ". Did you mean {one}?"),
            [others @ .., last] => write!(f, ". Did you mean {} or {last}?", others.join(", ")),
        }
    }
}

impl Query {
    /// Returns the vector that the query stands for. Labels are looked up in `labels` as they are
    /// written, and if there is no such label, in any case.
    ///
    /// # Errors
    /// Returns an error if a label or a row is not there or has no finite vector, if a vector does
    /// not have the length of the rows, or if `progress` was canceled.
    pub fn resolve(
        &self,
        vectors: &Vectors,
        non_finite: &RowSet,
        labels: Option<&Column>,
        progress: &Progress,
    ) -> Result<Resolved, QueryError> {
        let terms = match self {
            Self::Vector(vector) if vector.len() == vectors.dims() => {
                return Ok(Resolved { vector: vector.clone(), rows: RowSet::EMPTY, terms: Vec::new() });
            }
            Self::Vector(vector) => {
                return Err(QueryError::Length { found: vector.len(), expected: vectors.dims() });
            }
            Self::Sum(terms) => terms,
        };
        let (mut vector, mut rows, mut meant) = (vec![0.0; vectors.dims()], RowSet::EMPTY, Vec::new());
        for term in terms {
            let (name, of_term) = term.find(vectors.rows(), labels, progress)?;
            let finite = of_term.difference(non_finite);
            let mean = mean(vectors, &finite, progress)?.ok_or_else(|| QueryError::NotFinite { name: name.clone() })?;
            vector.iter_mut().zip(mean).for_each(|(sum, x)| *sum += term.weight * x);
            if of_term.len() == 1 {
                rows = rows.union(&of_term);
            }
            meant.push(Meant { weight: term.weight, name, rows: finite });
        }
        Ok(Resolved { vector, rows, terms: meant })
    }
}

impl Term {
    /// Returns the name and the rows that the term stands for.
    fn find(&self, rows: usize, labels: Option<&Column>, progress: &Progress) -> Result<(String, RowSet), QueryError> {
        let word = match &self.operand {
            &Operand::Row(row) if (row as usize) < rows => return Ok((format!("#{row}"), vec![row].into())),
            &Operand::Row(row) => return Err(QueryError::NoSuchRow { row, rows }),
            Operand::Label(word) => word,
        };
        let Some(column) = labels else { return Err(QueryError::NoLabels { word: word.clone() }) };
        let is_exact = column.values().position(word).is_some();
        let lower = word.to_lowercase();
        let is_meant = |value: &str| if is_exact { value == word } else { value.to_lowercase() == lower };
        let codes: Vec<bool> = column.values().iter().map(is_meant).collect();
        progress.check()?;
        let is_labeled = |&row: &usize| column.code(row).is_some_and(|code| codes[code as usize]);
        let found: RowSet = (0..rows.min(column.len())).filter(is_labeled).map(|row| row as u32).collect();
        if let Some(name) = found.as_slice().first().and_then(|&row| column.text(row as usize)) {
            return Ok((name.to_owned(), found));
        }
        let near = spelling::near(word, column, progress)?;
        let unknown = Unknown { word: word.clone(), span: self.span.clone(), column: column.name().into(), near };
        Err(QueryError::Unknown { unknown })
    }
}

/// Returns the mean of `rows`, or `None` if there are none.
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn mean(vectors: &Vectors, rows: &RowSet, progress: &Progress) -> Result<Option<Vec<f64>>, Cancelled> {
    /// The rows between two checks for cancellation.
    const CHUNK: usize = 1024;
    let (mut sums, mut buffer) = (vec![0.0; vectors.dims()], Vec::<f64>::new());
    for chunk in rows.as_slice().chunks(CHUNK) {
        progress.check()?;
        for &row in chunk {
            let values = vectors.row_as(row as usize, &mut buffer);
            sums.iter_mut().zip(values).for_each(|(sum, x)| *sum += x);
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= rows.len() as f64);
    Ok((!rows.is_empty()).then_some(sums))
}

impl From<Cancelled> for QueryError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}
