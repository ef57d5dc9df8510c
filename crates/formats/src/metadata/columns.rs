//! Collects rows of cells into columns, and what was wrong with them.

use std::{borrow::Cow, collections::HashSet, path::Path};

use parallax_embedding::{Column, ColumnBuilder, Doubt, Metadata, Notation};

use crate::Problem;

/// Columns being collected.
pub(super) struct Columns<'a> {
    file: &'a Path,
    /// The most columns that the size of the file allows: without a limit, ragged rows could take
    /// width times length.
    limit: usize,
    builders: Vec<ColumnBuilder>,
    unnamed: Vec<bool>,
    rows: usize,
    declared: usize,
    short: Count,
    long: Count,
    replaced: usize,
    problems: Vec<Problem>,
}

/// How often something was found, and where first.
#[derive(Default)]
struct Count {
    count: usize,
    first: usize,
}

impl Count {
    fn add(&mut self, line: usize) {
        self.first = if self.count == 0 { line } else { self.first };
        self.count += 1;
    }
}

/// Cells per byte of the file: a short row under a wide header is normal.
const CELLS_A_BYTE: usize = 16;

impl<'a> Columns<'a> {
    pub(super) fn new(file: &'a Path, bytes: usize, rows: usize) -> Self {
        let limit = (bytes * CELLS_A_BYTE / rows.max(1)).max(1);
        Self {
            file,
            limit,
            builders: Vec::new(),
            unnamed: Vec::new(),
            rows: 0,
            declared: 0,
            short: Count::default(),
            long: Count::default(),
            replaced: 0,
            problems: Vec::new(),
        }
    }

    /// Takes the cells of a header as the columns' names.
    pub(super) fn name(&mut self, cells: &mut dyn Iterator<Item = &[u8]>) {
        let names: Vec<String> = cells.map(|cell| self.text(cell).into_owned()).collect();
        self.begin(names);
    }

    /// Names the columns of a table without a header: `label`, or `column 1` and so on.
    pub(super) fn number(&mut self, columns: usize, was_header: bool) {
        if columns == 1 && !was_header {
            self.begin(vec!["label".into()]);
        } else {
            self.begin(vec![String::new(); columns]);
            self.unnamed.fill(false);
        }
    }

    fn begin(&mut self, mut names: Vec<String>) {
        self.declared = names.len();
        if names.len() > self.limit {
            let what =
                format!("the first {} of {} columns are read: most rows have fewer cells", self.limit, names.len());
            self.problems
                .push(Problem::warning(self.file, what).way_out("Give each row as many cells as the header has"));
            names.truncate(self.limit);
        }
        self.unnamed = names.iter().map(String::is_empty).collect();
        let (names, repeated) = unique_names(names);
        if let Some(first) = repeated.first() {
            let columns = if repeated.len() == 1 { "column shares" } else { "columns share" };
            let what = format!(
                "{} {columns} a name with another, as {first:?} does; a number sets them apart",
                repeated.len()
            );
            self.problems
                .push(Problem::warning(self.file, what).at("line 1").way_out("Give each column a name of its own"));
        }
        self.builders = names.into_iter().map(ColumnBuilder::new).collect();
    }

    /// A row without values.
    pub(super) fn skip_row(&mut self) {
        self.rows += 1;
        self.builders.iter_mut().for_each(|builder| builder.push(None));
    }

    pub(super) fn push(&mut self, line: usize, mut cells: &mut dyn Iterator<Item = &[u8]>) {
        self.rows += 1;
        let mut builders = std::mem::take(&mut self.builders);
        let mut filled = 0;
        for (builder, cell) in builders.iter_mut().zip(&mut *cells) {
            builder.push(Some(&self.text(cell)));
            filled += 1;
        }
        builders[filled..].iter_mut().for_each(|builder| builder.push(None));
        self.builders = builders;
        let cut = self.declared > self.builders.len();
        if filled < self.builders.len() {
            self.short.add(line);
        } else if !cut && Iterator::any(&mut cells, |cell| !cell.is_empty()) {
            self.long.add(line);
        }
    }

    /// The cell's text; invalid UTF-8 in it is replaced and counted.
    fn text<'c>(&mut self, cell: &'c [u8]) -> Cow<'c, str> {
        let text = String::from_utf8_lossy(cell);
        self.replaced += usize::from(matches!(text, Cow::Owned(_)));
        text
    }

    /// Whether no row has more or fewer cells than the first.
    pub(super) fn is_even(&self) -> bool {
        self.short.count + self.long.count == 0
    }

    /// The table of the rows collected from `bytes`.
    pub(super) fn finish(mut self, bytes: &[u8]) -> (Metadata, Vec<Problem>) {
        self.report(bytes);
        let Self { file, builders, unnamed, rows, mut problems, .. } = self;
        let columns = builders.into_iter().map(ColumnBuilder::finish).zip(unnamed);
        // A TAB after the last name accidentally makes an empty column.
        let columns = columns.filter(|(column, unnamed)| !unnamed || column.missing() < rows).map(|(column, _)| column);
        let columns: Vec<Column> = columns.collect();
        problems.extend(readings(&columns, file));
        let metadata = Metadata::new(columns).unwrap_or_else(|error| {
            problems.push(Problem::error(file, error.to_string()));
            Metadata::default()
        });
        (metadata, problems)
    }

    fn report(&mut self, bytes: &[u8]) {
        let columns = self.declared;
        let mut warn = |count: &Count, what: &str, consequence: &str| {
            if count.count > 0 {
                let rows = if count.count == 1 { "row has" } else { "rows have" };
                let what = format!("{} {rows} {what} cells than the {columns} of line 1; {consequence}", count.count);
                self.problems.push(Problem::warning(self.file, what).at(format!("line {}", count.first)));
            }
        };
        warn(&self.short, "fewer", "those missing are empty");
        warn(&self.long, "more", "those beyond are ignored");
        if self.replaced > 0 {
            let byte = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
            let cells = if self.replaced == 1 { "cell is" } else { "cells are" };
            let what = format!("{} {cells} not UTF-8 text; what cannot be read shows as \u{FFFD}", self.replaced);
            let problem = Problem::warning(self.file, what).at(format!("byte {byte}"));
            self.problems.push(problem.way_out("Save the file as UTF-8"));
        }
    }
}

/// Columns that are named in one message.
const LISTED: usize = 5;

/// Notes on how the numbers in `columns` are read, unless in the plain notation, and which columns
/// stay text although they look like numbers.
pub(crate) fn readings(columns: &[Column], file: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |severity: fn(&Path, String) -> Problem, found: Vec<String>, what: &str, way_out: Option<&str>| {
        if found.is_empty() {
            return;
        }
        let more = if found.len() > LISTED { format!(" and {} more", found.len() - LISTED) } else { String::new() };
        let listed = found.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let problem = severity(file, format!("{what}: {listed}{more}"));
        problems.push(way_out.into_iter().fold(problem, Problem::way_out));
    };
    let example =
        |column: &Column, code: u32| format!("{:?} (as {:?})", column.name(), &column.values()[code as usize]);
    let ambiguous = columns.iter().filter_map(|column| match column.doubt()? {
        Doubt::Ambiguous { code } => Some(example(column, code)),
        Doubt::Mixed { .. } => None,
    });
    let way_out = "Write the numbers with decimal points and no thousands separators";
    say(
        |file, what| Problem::warning(file, what),
        ambiguous.collect(),
        "the commas in these columns may be decimal commas or thousands separators, so they are left as text",
        Some(way_out),
    );
    let mixed = columns.iter().filter_map(|column| match column.doubt()? {
        Doubt::Mixed { code } => Some(example(column, code)),
        Doubt::Ambiguous { .. } => None,
    });
    let way_out = "Write all numbers of a column in the same way, and leave cells empty where they are missing";
    say(
        |file, what| Problem::note(file, what),
        mixed.collect(),
        "most cells of these columns are numbers, but not all, so they are left as text",
        Some(way_out),
    );
    let notations = columns.iter().filter(|column| column.notation() != Notation::PLAIN);
    let notations = notations.map(|column| format!("{:?} ({})", column.name(), column.notation()));
    say(|file, what| Problem::note(file, what), notations.collect(), "numbers are read with", None);
    let spelled = columns.iter().filter_map(|column| {
        let visible = column.spellings().iter().filter(|text| !text.trim().is_empty());
        let texts: Vec<String> = visible.take(LISTED).map(|text| format!("{text:?}")).collect();
        (!texts.is_empty()).then(|| format!("{:?} ({})", column.name(), texts.join(", ")))
    });
    say(|file, what| Problem::note(file, what), spelled.collect(), "cells that are read as missing numbers", None);
    let infinite = columns.iter().map(|column| (column, column.not_finite())).filter(|(_, count)| *count > 0);
    let infinite = infinite.map(|(column, count)| format!("{:?} ({count})", column.name()));
    say(|file, what| Problem::note(file, what), infinite.collect(), "numbers that are infinite", None);
    problems
}

/// The names, none empty and all unique, and those that had to be changed because they were taken.
pub(crate) fn unique_names(names: Vec<String>) -> (Vec<String>, Vec<String>) {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let (mut seen, mut repeated, mut unique) = (HashSet::new(), Vec::new(), Vec::with_capacity(names.len()));
    // The search for a free number continues after the last one found, so that equal names take
    // linear time.
    let mut next = std::collections::HashMap::new();
    for (index, name) in names.into_iter().enumerate() {
        let name = if name.is_empty() { format!("column {}", index + 1) } else { name };
        if seen.insert(name.clone()) {
            taken.insert(name.clone());
            unique.push(name);
            continue;
        }
        let number = next.entry(name.clone()).or_insert(2_usize);
        let mut other = format!("{name} ({number})");
        while !taken.insert(other.clone()) {
            *number += 1;
            other = format!("{name} ({number})");
        }
        seen.insert(other.clone());
        repeated.push(name);
        unique.push(other);
    }
    (unique, repeated)
}
