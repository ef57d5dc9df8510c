//! Metadata of rows: TSV as TensorBoard reads it, and CSV.
//!
//! TSV has no quotes. Its first line is a header if it holds a TAB; otherwise there is one column,
//! `label`, and no header. CSV has quotes and always a header. [`Table::parse`] finds the rows;
//! [`Table::reconcile`] compares them with the number of vectors, in case the header rule or blank
//! lines misled it, and reports what it decided. If TSV fits only with quotes as in CSV, or has
//! all cells of a column in quotes, it is read with them. Cells keep their exact text; a blank line inside is a row without values, not one row
//! less.

mod columns;
mod rows;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

use parallax_embedding::{Metadata, Progress};

use crate::{
    FormatError, Problem, ProblemKind, coded,
    delimited::{CR_ALONE, Hints, QUOTED, UNCLOSED, UNNAMED, commented},
    error::counted,
    source::{Content, MetadataOrigin, MetadataReader},
};
use columns::Columns;
pub(crate) use columns::{readings, unique_names};
use rows::Rows;

/// The table in `content`, a file of its own, as metadata that is `shown` as this path.
pub(crate) fn text_beside(content: Content, shown: String) -> MetadataOrigin {
    MetadataOrigin::new(&content.clone(), Arc::new(Reader(content)), shown)
}

#[derive(Debug)]
struct Reader(Content);

impl MetadataReader for Reader {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let inside = coded::decoded(self.0.clone(), progress)?;
        let bytes = inside.content.kept_bytes(progress)?;
        let (metadata, problems) =
            Table::of_bytes((*bytes).as_ref(), inside.content.path(), &Hints::default(), progress).reconcile(rows);
        progress.check()?;
        Ok((metadata, [inside.problems, problems].concat()))
    }
}

/// The rows of a metadata file, found but not yet read.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    file: &'a Path,
    rows: Rows<'a>,
    layout: Layout,
    /// Rows with a value, and blank ones before the last of these, including the header.
    content: usize,
    /// Blank ones after the header and before the last row with a value.
    blank: usize,
    /// Blank ones after that row.
    trailing: usize,
    /// Cells of the first row with a value.
    columns: usize,
    /// Whether a blank row comes before that one.
    starts_blank: bool,
    /// Whether that row is a header without a name for the first column: all others have one cell
    /// more.
    lacks_name: bool,
    /// Whether there is a header, if a person says so.
    header: Option<bool>,
}

/// How rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    header: bool,
    skip_blank: bool,
    /// Missing rows at the end, for blank lines there.
    extra: usize,
}

/// A table that was read.
struct Read {
    metadata: Metadata,
    problems: Vec<Problem>,
    /// Whether all rows have as many cells.
    is_even: bool,
    /// Whether there are more or fewer rows than vectors.
    misfits: bool,
    lacks_name: bool,
}

/// Reads the metadata file at `path` for `rows` vectors, as [`Table::reconcile`] does.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub fn open(path: &Path, rows: usize) -> Result<(Metadata, Vec<Problem>), FormatError> {
    Reader(Content::at(path)).read_metadata(rows, &Progress::default())
}

/// The warning that a file has another number of rows than the vectors.
pub(crate) fn misfit(file: &Path, found: usize, rows: usize) -> Problem {
    let consequence = if found < rows {
        format!("the vectors from row {found} on have none")
    } else {
        format!("the last {} are left out", found - rows)
    };
    let [found, rows] = [found, rows].map(|count| counted(count, "row"));
    let what = format!("{found} of metadata for {rows} of vectors; {consequence}");
    Problem::warning(file, what)
        .kind(ProblemKind::RowCounts)
        .way_out("Check that both files were written from the same rows")
}

impl<'a> Table<'a> {
    /// Finds the rows in `bytes`; as CSV if `file` ends in `.csv`, otherwise as TSV.
    #[must_use]
    pub fn parse(bytes: &'a [u8], file: &'a Path) -> Self {
        Self::of(Rows::of(bytes, file, &Hints::default()), file, None)
    }

    /// The same as [`Table::parse`], with the delimiter and the header that a person names. Reading
    /// reports to `progress`, and ends early if it is canceled.
    pub(crate) fn of_bytes(bytes: &'a [u8], file: &'a Path, hints: &Hints, progress: &'a Progress) -> Self {
        Self::of(Rows::of(bytes, file, hints).with_progress(progress), file, hints.header)
    }

    fn of(rows: Rows<'a>, file: &'a Path, header: Option<bool>) -> Self {
        let (mut content, mut pending, mut blank, mut columns, mut tabbed, mut starts_blank) =
            (0, 0, 0, 0, false, false);
        let (mut lacks_name, mut has_last) = (true, false);
        rows.for_each(|row| {
            if row.is_blank {
                pending += 1;
                return;
            }
            if columns == 0 {
                columns = row.cells.count();
                tabbed = columns > 1;
                // Lines above a header are not rows of the table.
                pending = if tabbed || rows.is_csv() { 0 } else { pending };
                starts_blank = pending > 0;
            } else if lacks_name {
                let (cells, is_last_filled) =
                    row.cells.fold((0, false), |(count, _), cell| (count + 1, !cell.trim_ascii().is_empty()));
                lacks_name = cells == columns + 1;
                has_last |= is_last_filled;
            }
            blank += pending;
            content += pending + 1;
            pending = 0;
        });
        let layout = Layout { header: (tabbed || rows.is_csv()) && content > 0, skip_blank: false, extra: 0 };
        let lacks_name = lacks_name && has_last && !starts_blank && (columns > 1 || !rows.is_csv());
        let lacks_name = lacks_name && header != Some(false);
        let layout = Layout { header: header.unwrap_or(layout.header || lacks_name), ..layout };
        Self { file, rows, layout, content, blank, trailing: pending, columns, starts_blank, lacks_name, header }
    }

    /// The number of rows, the header not counted.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.count(self.layout)
    }

    fn count(&self, layout: Layout) -> usize {
        let blank = if layout.skip_blank { self.blank } else { 0 };
        self.content - usize::from(layout.header) - blank + layout.extra
    }

    /// The table by the header rule, and what was wrong with it.
    #[must_use]
    pub fn read(&self) -> (Metadata, Vec<Problem>) {
        let read = self.read_as(self.layout);
        (read.metadata, read.problems)
    }

    /// The table for `rows` vectors, and what was wrong with it.
    ///
    /// If the count does not fit but would with the first line read the other way (as the header of
    /// a single column, or as a row instead of a header), or without blank lines, it is read that
    /// way, and the problems report it. Otherwise a warning has both numbers. TSV whose rows or
    /// cells do not fit without quotes, or that has all cells of a column in quotes, is read with
    /// quotes as in CSV if it fits then.
    #[must_use]
    pub fn reconcile(&self, rows: usize) -> (Metadata, Vec<Problem>) {
        let plain = self.attempt(rows);
        let fits = |read: &Read| read.is_even && !read.misfits;
        let quoted = || Some(Self::of(self.rows.with_quotes()?, self.file, self.header).attempt(rows)).filter(fits);
        let is_plain = fits(&plain) && !self.rows.is_wrapped();
        let (mut read, note) = match if is_plain { None } else { quoted() } {
            Some(quoted) => (quoted, Some(QUOTED)),
            None => (plain, None),
        };
        let comments = commented(self.rows.comments);
        let separated = self.rows.separator().map(|separator| format!("cells are separated by {separator}"));
        read.problems.extend(comments.into_iter().chain(separated).map(|note| Problem::note(self.file, note)));
        let unnamed = read.lacks_name.then_some(UNNAMED);
        let notes = [note, unnamed, self.rows.ends_with_cr().then_some(CR_ALONE)].into_iter().flatten();
        read.problems.extend(notes.map(|note| Problem::note(self.file, note)));
        if let Some(line) = self.rows.unclosed() {
            let problem = Problem::warning(self.file, UNCLOSED).at(format!("line {line}"));
            read.problems.push(problem.way_out("Close it, or write it twice if it is part of the cell"));
        }
        (read.metadata, read.problems)
    }

    fn attempt(&self, rows: usize) -> Read {
        let missing = rows.saturating_sub(self.rows());
        if missing <= self.trailing {
            let filled = Layout { extra: missing, ..self.layout };
            if self.count(filled) == rows {
                return self.read_as(filled);
            }
        }
        let flipped = Layout { header: !self.layout.header, ..self.layout };
        let dropped = |layout| Layout { skip_blank: true, ..layout };
        // Blank lines first: TensorBoard drops them all, so a file made for it fits this way.
        let candidates = [dropped(self.layout), flipped, dropped(flipped)];
        let allowed = |layout: &Layout| self.may_flip() || layout.header == self.layout.header;
        let fits =
            candidates.into_iter().filter(allowed).find(|&layout| self.content > 0 && self.count(layout) == rows);
        let Some(layout) = fits else {
            let mut read = Read { misfits: true, ..self.read_as(self.layout) };
            read.problems.insert(0, misfit(self.file, self.rows(), rows));
            return read;
        };
        let mut read = self.read_as(layout);
        read.problems.splice(0..0, self.decisions(layout, rows));
        read
    }

    /// A single column may have had a header, several may have none. A single line without a TAB is
    /// not a header of several columns.
    fn may_flip(&self) -> bool {
        self.header.is_none() && (self.layout.header || self.columns == 1 && !self.starts_blank)
    }

    /// What reading by `layout` instead of the rule means, in sentences.
    fn decisions(&self, layout: Layout, rows: usize) -> Vec<Problem> {
        let fit = format!("so that both have {}", counted(rows, "row"));
        let mut problems = Vec::new();
        match (self.layout.header, layout.header) {
            (false, true) => problems.push(format!("line 1 is read as the column's name, {fit}")),
            (true, false) => problems.push(format!("line 1 is read as a row and not as a header, {fit}")),
            _ => {}
        }
        if layout.skip_blank {
            let lines = if self.blank == 1 { "blank line is" } else { "blank lines are" };
            problems.push(format!("{} {lines} left out, {fit}", self.blank));
        }
        problems.into_iter().map(|what| Problem::warning(self.file, what)).collect()
    }

    fn read_as(&self, layout: Layout) -> Read {
        let mut columns = Columns::new(self.file, self.rows.bytes().len(), self.count(layout));
        let (mut first, mut left) = (true, self.content);
        let leads = self.rows.is_csv() || self.layout.header;
        self.rows.for_each(|row| {
            // Blank lines above the header are not among the rows that are counted.
            let above = first && leads && row.is_blank;
            if above || left == 0 {
                return;
            }
            left -= 1;
            if first {
                first = false;
                if layout.header && self.lacks_name {
                    return columns.name(&mut std::iter::once(&b""[..]).chain(row.cells));
                }
                if layout.header {
                    return columns.name(row.cells);
                }
                columns.number(self.columns, layout.header != self.layout.header);
            }
            match row.is_blank {
                true if layout.skip_blank => {}
                true => columns.skip_row(),
                false => columns.push(row.line, row.cells),
            }
        });
        (0..layout.extra).for_each(|_| columns.skip_row());
        let is_even = columns.is_even();
        let (metadata, problems) = columns.finish(self.rows.bytes());
        Read { metadata, problems, is_even, misfits: false, lacks_name: layout.header && self.lacks_name }
    }
}
