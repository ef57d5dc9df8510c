//! Which columns of a table are vectors, and which are metadata.
//!
//! Each column of lists of numbers is an embedding. Without one, or beside far shorter lists, the
//! columns of numbers are, chosen by the rules for tables of text. Lists of whole numbers beside
//! lists of fractions may be tokens or places, so they are left out. Lists of different lengths are
//! no vectors.

use arrow_schema::DataType;
use csv::StringRecord;
use parallax_embedding::{Dtype, Notation};

use super::{
    nested::{self, Items},
    table::{Table, index_columns},
    text::{self, Cells},
    vectors::{Plan, common, dtype},
};
use crate::{
    FormatError, Problem,
    delimited::{self, Held},
    metadata::unique_names,
    source::Content,
};

/// An embedding in a table.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) plan: Plan,
    /// The columns that describe its rows.
    pub(super) metadata: Vec<(usize, String)>,
}

/// Rows that are examined, if they have few columns.
const ROWS: usize = 1000;
/// Cells that are examined, of ten rows at least.
const CELLS: usize = 200_000;

/// Rows in which the first list of a column is looked for.
const LISTS: usize = 1 << 22;

/// A table, and what its first rows hold.
struct Columns<'a> {
    table: &'a Table,
    content: &'a Content,
    /// Of all columns, also those that folders name.
    names: Vec<String>,
    held: Vec<Held>,
    /// Those that can be metadata.
    shown: Vec<(usize, String)>,
    rows: Vec<StringRecord>,
    /// The number of rows that were looked at.
    seen: usize,
    problems: Vec<Problem>,
}

/// The embeddings of a table, with the columns that `choice` names as vectors, and what was chosen.
///
/// # Errors
/// Returns an error if it is not clear which columns are vectors.
pub(super) fn candidates(
    table: &Table,
    content: &Content,
    choice: Option<&str>,
) -> Result<(Vec<Candidate>, Vec<Problem>), FormatError> {
    let mut columns = Columns::look(table, content)?;
    let found = if choice.is_some() {
        let (chosen, notes) = columns.choose(choice)?;
        columns.problems.extend(notes);
        vec![columns.candidate(content.stem(), &chosen)]
    } else {
        let lists = columns.lists();
        match columns.choose(None) {
            Ok((chosen, notes)) if !chosen.iter().any(|column| columns.is_vector(*column)) => {
                columns.problems.extend(notes);
                [vec![columns.candidate(content.stem(), &chosen)], columns.each(&lists)].concat()
            }
            Ok((chosen, notes)) if chosen == lists => {
                columns.problems.extend(notes);
                columns.each(&lists)
            }
            Err(error) if lists.is_empty() => return Err(columns.unread().unwrap_or(error)),
            _ => columns.each(&lists),
        }
    };
    let names: Vec<&str> = found.iter().map(|candidate| candidate.name.as_str()).collect();
    if names.len() > 1 {
        let message = format!("each of these is an embedding: {}", names.join(", "));
        columns.problems.push(Problem::note(content.path(), message).way_out("Join some with --vectors"));
    }
    let left_out = columns.left_out(&found);
    columns.problems.extend(left_out);
    Ok((found, columns.problems))
}

/// The names of a table's columns, made unique.
pub(super) fn names(table: &Table) -> Vec<String> {
    let is_unnamed = |name: &str| name.starts_with("__index_level_") && name.ends_with("__");
    let fields = table.schema.fields().iter().map(|field| field.name().as_str());
    let name = |(at, name): (usize, &str)| match name {
        "" => format!("column {}", at + 1),
        name if is_unnamed(name) => "index".to_owned(),
        name => name.to_owned(),
    };
    unique_names(fields.chain(table.keys.iter().map(String::as_str)).enumerate().map(name).collect()).0
}

/// All columns of a table that have a text for each row.
pub(super) fn shown(table: &Table) -> Vec<(usize, String)> {
    let is_shown =
        |column: usize| table.schema.fields().get(column).is_none_or(|field| text::are_shown(field.data_type()));
    names(table).into_iter().enumerate().filter(|(column, _)| is_shown(*column)).collect()
}

impl<'a> Columns<'a> {
    /// Reads the first rows.
    fn look(table: &'a Table, content: &'a Content) -> Result<Self, FormatError> {
        let (names, fields) = (names(table), table.schema.fields());
        let indices = index_columns(&table.schema);
        let mut held = vec![Held::Text; names.len()];
        for (column, field) in fields.iter().enumerate() {
            let is_number = |data: &DataType| nested::number(data).is_some() && *data != DataType::Boolean;
            if table.types(column).all(is_number) && !indices.contains(field.name()) {
                held[column] = Held::Numbers(Notation::PLAIN);
            } else if nested::listed(field.data_type()).is_some() {
                held[column] = Held::Vectors(0);
            }
        }
        let numbers: Vec<usize> = (0..names.len()).filter(|column| held[*column] != Held::Text).collect();
        let shown = shown(table);
        let mut columns = Self { table, content, names, held, shown, rows: Vec::new(), seen: 0, problems: Vec::new() };
        if !numbers.is_empty() {
            columns.sample(&numbers)?;
        }
        Ok(columns)
    }

    /// Reads the first rows of `columns`, and on until each column of lists has one.
    fn sample(&mut self, columns: &[usize]) -> Result<(), FormatError> {
        let most = (CELLS / columns.len().max(1)).clamp(10, ROWS);
        for part in self.table.parts(None) {
            let here: Vec<usize> = columns.iter().copied().filter(|&column| self.table.has(&part, column)).collect();
            self.table.for_each(&part, columns, most, |_, batch| {
                let count = batch.num_rows().min(most - self.rows.len().min(most));
                let mut rows = vec![vec![String::new(); self.names.len()]; count];
                for (&column, array) in here.iter().zip(batch.columns()) {
                    if self.held[column].is_numbers() {
                        let cells = Cells::of(array);
                        rows.iter_mut().enumerate().for_each(|(row, cells_of)| {
                            cells.write(row, &mut cells_of[column]);
                        });
                    } else {
                        self.measure(column, &Items::of(array), count);
                    }
                }
                self.rows.extend(rows.into_iter().map(StringRecord::from));
                self.seen += batch.num_rows();
                Ok(!self.is_enough(most))
            })?;
            if self.is_enough(most) {
                break;
            }
        }
        Ok(())
    }

    fn is_enough(&self, rows: usize) -> bool {
        let has_lists = !self.held.contains(&Held::Vectors(0)) || self.seen >= LISTS;
        self.rows.len() >= rows && has_lists
    }

    /// Finds out how long lists are, by the first `count` of them or the first that is not empty.
    fn measure(&mut self, column: usize, items: &Items, count: usize) {
        for (row, place) in items.rows.iter().enumerate() {
            let Some(length) = place.map(|(from, to)| to.saturating_sub(from)) else { continue };
            match self.held[column] {
                Held::Vectors(0) if length > 0 => self.held[column] = Held::Vectors(length),
                Held::Vectors(dims) if dims != length && row < count => {
                    self.held[column] = Held::Ragged { dims, other: length, row };
                }
                _ => {}
            }
        }
    }

    fn is_vector(&self, column: usize) -> bool {
        matches!(self.held[column], Held::Vectors(dims) if dims > 0)
    }

    /// The columns that are vectors by the rules for text, and what was chosen.
    fn choose(&self, choice: Option<&str>) -> Result<(Vec<usize>, Vec<Problem>), FormatError> {
        let places: Vec<usize> = (0..self.names.len())
            .filter(|&column| self.held[column] != Held::Text || self.shown.iter().any(|(own, _)| *own == column))
            .collect();
        let names: Vec<String> = places.iter().map(|&column| self.names[column].clone()).collect();
        let held = |&column: &usize| match self.held[column] {
            // Reading them reports the row.
            Held::Ragged { dims, .. } if choice.is_some() => Held::Vectors(dims),
            Held::Vectors(0) | Held::Ragged { .. } => Held::Text,
            held => held,
        };
        let held: Vec<Held> = places.iter().map(held).collect();
        let of = |row: &StringRecord| places.iter().map(|&column| row.get(column).unwrap_or_default()).collect();
        let rows: Vec<StringRecord> = self.rows.iter().map(of).collect();
        let (chosen, notes) = delimited::choose(self.content.path(), &names, &held, &rows, choice)?;
        Ok((chosen.into_iter().map(|at| places[at]).collect(), notes))
    }

    /// The columns of lists that are embeddings.
    fn lists(&self) -> Vec<usize> {
        let all: Vec<usize> = (0..self.names.len()).filter(|&column| self.is_vector(column)).collect();
        let has_fractions = |column: &usize| self.table.types(*column).filter_map(nested::listed).any(Dtype::is_float);
        let floats: Vec<usize> = all.iter().copied().filter(has_fractions).collect();
        if floats.is_empty() { all } else { floats }
    }

    fn each(&self, lists: &[usize]) -> Vec<Candidate> {
        lists.iter().map(|&column| self.candidate(self.names[column].clone(), &[column])).collect()
    }

    fn candidate(&self, name: String, columns: &[usize]) -> Candidate {
        let dtype = common(columns.iter().filter_map(|&column| dtype(self.table, column)));
        let dims = |column: usize| match self.held[column] {
            Held::Vectors(dims) | Held::Ragged { dims, .. } => dims,
            _ => 1,
        };
        let plan = Plan {
            columns: columns.iter().map(|&column| (column, dims(column))).collect(),
            dtype: dtype.unwrap_or(Dtype::F32),
        };
        let metadata = self.shown.iter().filter(|(column, _)| !columns.contains(column)).cloned().collect();
        Candidate { name, plan, metadata }
    }

    /// The reason why there are no vectors, if no column of numbers can be one.
    fn unread(&self) -> Option<FormatError> {
        let ragged = self.names.iter().zip(&self.held).find_map(|(name, held)| match held {
            Held::Ragged { dims, other, .. } => Some((name, dims, other)),
            _ => None,
        });
        if let Some((name, dims, other)) = ragged {
            let what = format!("{name:?} holds lists of {dims}, {other}, and other lengths, so they are no vectors");
            let problem = Problem::error(self.content.path(), what);
            return Some(problem.way_out("Give each row as many numbers, or choose columns with --vectors").into());
        }
        if self.held.iter().any(|held| held.is_numbers()) {
            return None;
        }
        let what = match self.table.rows {
            0 => "the table has no row".to_owned(),
            _ => format!("no column holds numbers or lists of numbers; there are: {}", self.names.join(", ")),
        };
        Some(Problem::error(self.content.path(), what).way_out("Write the vectors as a column of lists").into())
    }

    /// A note on columns that are neither vectors nor metadata.
    fn left_out(&self, found: &[Candidate]) -> Option<Problem> {
        let is_used = |column: usize| {
            found.iter().any(|candidate| {
                candidate.plan.columns.iter().any(|(own, _)| *own == column)
                    || candidate.metadata.iter().any(|(own, _)| *own == column)
            })
        };
        let fields = self.table.schema.fields().iter().enumerate().filter(|(column, _)| !is_used(*column));
        let words: Vec<String> = fields
            .map(|(column, field)| format!("{:?} ({})", self.names[column], nested::words(field.data_type())))
            .collect();
        let (count, shown) = (words.len(), words.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "));
        let more = if count > SHOWN { format!(" and {} more", count - SHOWN) } else { String::new() };
        let are = if count == 1 { "1 column is".to_owned() } else { format!("{count} columns are") };
        (count > 0).then(|| Problem::note(self.content.path(), format!("{are} left out: {shown}{more}")))
    }
}

/// Columns that a note names.
const SHOWN: usize = 5;
