//! What the columns of a table hold, judging by the first lines.

use csv::StringRecord;
use parallax_embedding::{Notation, is_missing};

use super::cell::{self, Look};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// All are missing.
    Empty,
    Text,
    /// Numbers, but for a few faults.
    Numbers(Notation),
    /// Numbers, and other values in more than a tenth of the cells.
    Mixed(Notation),
    /// Numbers whose separators may mean two things, and the first such row of the sample.
    Ambiguous(usize),
    /// Vectors whose commas may separate numbers or be decimal ones, and the first such row.
    Unclear(usize),
    /// Vectors of this many numbers.
    Vectors(usize),
    /// Vectors of different lengths: the first, and one that differs at a row of the sample.
    Ragged {
        dims: usize,
        other: usize,
        row: usize,
    },
    /// Vectors with an ellipsis in the middle.
    CutShort,
}

impl Content {
    /// Whether the column may be part of a run of columns whose names count.
    pub(super) fn is_numeric(self) -> bool {
        matches!(self, Self::Numbers(_) | Self::Mixed(_) | Self::Ambiguous(_) | Self::Empty)
    }

    pub(crate) fn is_numbers(self) -> bool {
        matches!(self, Self::Numbers(_))
    }

    /// The notation of its numbers.
    pub(super) fn notation(self) -> Notation {
        match self {
            Self::Numbers(notation) | Self::Mixed(notation) => notation,
            _ => Notation::PLAIN,
        }
    }
}

/// The first lines of a table.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) rows: &'a [StringRecord],
}

impl<'a> Sample<'a> {
    pub(super) fn cells(&self, column: usize) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    /// The cell at a row of the sample; empty if there is none.
    pub(super) fn cell(&self, row: usize, column: usize) -> &'a str {
        self.rows.get(row).and_then(|row| row.get(column)).unwrap_or_default()
    }

    /// The contents of `width` columns under a header, or of a table without one.
    ///
    /// A column of which two notations give different numbers (`1,234`) is read with the decimal
    /// separator that other columns clearly have.
    pub(super) fn contents(&self, width: usize, has_header: bool) -> Vec<Content> {
        let mut contents: Vec<Content> = (0..width).map(|column| self.content(column, has_header)).collect();
        let clear = |contents: &[Content], decimal: char| {
            (0..width).any(|column| match contents[column] {
                Content::Numbers(notation) if notation.decimal == decimal => {
                    notation.thousands.is_some_and(|separator| ",.".contains(separator))
                        || self.cells(column).any(|cell| cell.contains(decimal) && !may_be_thousands(cell))
                }
                _ => false,
            })
        };
        let decimals: Vec<char> = [',', '.'].into_iter().filter(|&decimal| clear(&contents, decimal)).collect();
        for (column, content) in contents.iter_mut().enumerate() {
            match (*content, &decimals[..]) {
                (Content::Ambiguous(_), &[decimal]) => {
                    let (count, _) = self.best(column);
                    let fits = |own: &Notation| {
                        own.decimal == decimal && self.count(column, *own) == count && own.is_sure(self.cells(column))
                    };
                    *content = Notation::all().find(fits).map_or(*content, Content::Numbers);
                }
                (Content::Numbers(Notation::PLAIN), [',']) => {
                    let dotted = || self.cells(column).enumerate().filter(|(_, cell)| cell.contains('.'));
                    if let Some((row, _)) = dotted().next().filter(|_| dotted().all(|(_, cell)| may_be_thousands(cell)))
                    {
                        *content = Content::Ambiguous(row);
                    }
                }
                _ => {}
            }
        }
        contents
    }

    fn content(&self, column: usize, has_header: bool) -> Content {
        let (mut filled, mut plain, mut vectors, mut equal, mut cut_short, mut unclear) = (0, 0, 0, 0, 0, 0);
        let (mut dims, mut ragged, mut first_unclear) = (None, None, 0);
        for (row, cell) in self.cells(column).enumerate() {
            if Notation::PLAIN.reads(cell) {
                (filled, plain) = (filled + 1, plain + 1);
                continue;
            }
            if is_missing(cell) {
                continue;
            }
            filled += 1;
            match cell::look(cell) {
                Look::Vector(count) => {
                    vectors += 1;
                    let dims = *dims.get_or_insert(count);
                    equal += usize::from(dims == count);
                    ragged = ragged.or((dims != count).then_some(Content::Ragged { dims, other: count, row }));
                }
                Look::CutShort => cut_short += 1,
                Look::Unclear => {
                    first_unclear = if unclear == 0 { row } else { first_unclear };
                    unclear += 1;
                }
                Look::Other => {}
            }
        }
        if filled == 0 {
            // Under a header this is a column that nobody filled.
            return if has_header { Content::Empty } else { Content::Numbers(Notation::PLAIN) };
        }
        if plain == filled {
            return Content::Numbers(Notation::PLAIN);
        }
        let (numbers, notation) = self.best(column);
        if 2 * numbers >= filled {
            if let Some(row) = self.rival(column, numbers, notation) {
                return Content::Ambiguous(row);
            }
            let others = filled - numbers;
            return if 10 * others <= filled || others == 1 && filled > 2 {
                Content::Numbers(notation)
            } else {
                Content::Mixed(notation)
            };
        }
        match (dims, ragged) {
            (Some(dims), ragged) if 10 * (vectors + cut_short) >= 9 * filled => match ragged {
                // A few that differ are faults of the file.
                Some(ragged) if 10 * (equal + cut_short) < 9 * filled => ragged,
                _ => Content::Vectors(dims),
            },
            _ if 2 * cut_short > filled => Content::CutShort,
            _ if 10 * unclear >= 9 * filled => Content::Unclear(first_unclear),
            _ => Content::Text,
        }
    }

    /// How many cells of a column are numbers in a notation, and not missing.
    fn count(&self, column: usize, notation: Notation) -> usize {
        self.cells(column).filter(|cell| notation.reads(cell)).count()
    }

    /// The notation that reads most cells of a column, and their number. In a tie, the one with the
    /// fewest features.
    fn best(&self, column: usize) -> (usize, Notation) {
        let counts = Notation::all().map(|notation| (self.count(column, notation), notation));
        counts.reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap_or((0, Notation::PLAIN))
    }

    /// The first row for which another notation that reads `count` cells gives another number than
    /// `notation`, or whose separators may not be those between thousands. The plain notation has
    /// no rival.
    fn rival(&self, column: usize, count: usize, notation: Notation) -> Option<usize> {
        if notation == Notation::PLAIN {
            return None;
        }
        if !notation.is_sure(self.cells(column)) {
            return self.cells(column).position(|cell| notation.parse(cell).is_some());
        }
        let rivals = Notation::all().filter(|rival| *rival != notation && self.count(column, *rival) == count);
        rivals
            .filter_map(|rival| self.cells(column).position(|cell| differ(rival.parse(cell), notation.parse(cell))))
            .min()
    }

    /// The numbers of a column. Returns `None` if it holds no numbers.
    pub(super) fn numbers(&self, column: usize, content: Content) -> Option<Vec<f64>> {
        let Content::Numbers(notation) = content else { return None };
        Some(self.cells(column).filter_map(|cell| notation.parse(cell)).filter(|number| !number.is_nan()).collect())
    }
}

fn differ(a: Option<f64>, b: Option<f64>) -> bool {
    a != b && !a.zip(b).is_some_and(|(a, b)| a.is_nan() && b.is_nan())
}

/// Whether the only separator in a number, a point or a comma, may also stand between thousands.
fn may_be_thousands(cell: &str) -> bool {
    let unsigned = cell.trim().trim_start_matches(['+', '-', '−']);
    let mut parts = unsigned.split(['.', ',']);
    let (Some(whole), Some(fraction), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
        && is_digits(whole)
        && fraction.len() == 3
        && is_digits(fraction)
}
