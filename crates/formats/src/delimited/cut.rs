//! How the lines of a text are split into cells: by which separator, and whether quotes hold cells
//! together.
//!
//! The separator is the one that the file's name suggests, commas in `.csv` and tabs elsewhere,
//! unless another one splits all lines into equally many cells, of which more are numbers. Text
//! without separators is words and numbers with spaces between them.

use std::path::Path;

use csv::{ByteRecord, StringRecord};
use memchr::memchr;
use parallax_embedding::{is_missing, is_number};
use rayon::prelude::*;

use super::{
    Fault, Form, Hints, Text,
    cell::{self, Look},
    commented,
    json::{self, Fields},
    layout::{self, Layout},
    line_ends,
    words::Words,
};
use crate::{FormatError, Problem};

/// How the text in `bytes` is read.
pub(super) fn form<'a>(bytes: &'a [u8], file: &'a Path, hints: &Hints) -> Result<(Text<'a>, Form), FormatError> {
    let (mut plain, choice) = (Text::of(bytes, file), hints.vectors.as_deref());
    plain.named = hints.separator().or(plain.named);
    let by_name = if plain.is_csv() { b',' } else { b'\t' };
    let spaced = Text { delimiter: b' ', ..plain };
    if hints.delimiter.is_none() && json::is_rows(bytes, Some(file)) {
        return Ok((spaced, Form::Json(Fields::guess(&spaced, choice)?)));
    }
    let by_spaces = plain.named == Some(b' ');
    let words = if plain.named.is_some() && !by_spaces { None } else { Words::guess(&spaced) };
    if let Some(words) = words.as_ref().filter(|words| words.is_announced() || by_spaces) {
        return Ok(spaced.with_words(words.clone(), choice)?);
    }
    let has_quotes = memchr(b'"', bytes).is_some();
    let cut = |delimiter| Cut::of(plain, delimiter, has_quotes);
    let order = plain.named.map_or_else(|| order(by_name).to_vec(), |named| vec![named]);
    let cuts: Vec<Cut<'_>> = order.into_iter().map(cut).collect();
    let best = cuts.iter().filter(|cut| cut.is_even && cut.numbers > 0).rev();
    let best = best.max_by_key(|cut| (cut.numbers_in_a_thousand(), cut.width > 1, cut.missing_names == 0));
    let own = &cuts[0];
    let chosen = match best {
        Some(best) if best.width > 1 || best.numbers_in_a_thousand() > own.numbers_in_a_thousand() => best,
        // A single column with decimal commas.
        Some(best) if by_name == b',' && !own.is_even && best.numbers_in_a_thousand() == 1000 => best,
        _ if own.has_cells || own.numbers > 0 => own,
        _ => match words {
            Some(words) => return Ok(spaced.with_words(words, choice)?),
            None => own,
        },
    };
    let text = chosen.text;
    if let Some(fault) = &chosen.fault {
        return Err(text.problem(fault, 0).into());
    }
    if chosen.cuts_brackets {
        return Err(cut_brackets(&text).into());
    }
    if text.quoted
        && let Some(byte) = unclosed(text.bytes, text.delimiter)
    {
        let problem = Problem::error(text.file, UNCLOSED).at(format!("line {}", text.line(byte)));
        return Err(problem.way_out("Close it, or write it twice if it is part of the cell").into());
    }
    let mut layout = Layout::guess(&text, choice, hints.header)?;
    layout.notes.splice(0..0, notes(&text, hints.separator().unwrap_or(by_name)));
    Ok((text, Form::Table(layout)))
}

fn notes(text: &Text<'_>, by_name: u8) -> Vec<Problem> {
    let comments = commented(text.comments).map(|what| Problem::note(text.file, what));
    let mut notes: Vec<Problem> = comments.into_iter().collect();
    if text.delimiter != by_name {
        notes.push(Problem::note(text.file, format!("cells are separated by {}", text.separator())));
    }
    if text.quoted && by_name == b'\t' {
        notes.push(Problem::note(text.file, QUOTED));
    }
    if text.line_end == b'\r' {
        notes.push(Problem::note(text.file, CR_ALONE));
    }
    notes
}

pub(crate) const QUOTED: &str = "quotes are read as in CSV (RFC 4180), and those around cells are removed";
pub(crate) const UNNAMED: &str =
    "the header has one name fewer than each row has cells, so the first column has no name";
pub(crate) const CR_ALONE: &str = "lines end with CR alone";

/// The separators, beginning with the one that the name suggests.
fn order(by_name: u8) -> [u8; 4] {
    if by_name == b',' { [b',', b';', b'\t', b'|'] } else { [b'\t', b',', b';', b'|'] }
}

/// The first lines of a text as one separator splits them.
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
struct Cut<'a> {
    text: Text<'a>,
    /// The number of cells in the first line.
    width: usize,
    /// Whether most lines have several cells.
    has_cells: bool,
    /// Whether all lines have equally many cells.
    is_even: bool,
    cells: usize,
    /// How many of the cells are numbers or vectors.
    numbers: usize,
    /// How many cells less than the others the first line has: 0 or 1.
    missing_names: usize,
    /// Whether most lines have a bracket that opens in one cell and closes in another.
    cuts_brackets: bool,
    /// Whether all cells of some column are in quotes that were not read as such.
    is_wrapped: bool,
    fault: Option<Fault>,
}

impl<'a> Cut<'a> {
    fn of(plain: Text<'a>, delimiter: u8, has_quotes: bool) -> Self {
        let text = Text { delimiter, quoted: delimiter != b'\t' && has_quotes, ..plain };
        let cut = Self::measured(text);
        if delimiter != b'\t' || !has_quotes || (!cut.is_wrapped && cut.is_even && text.is_even(cut.width)) {
            return cut;
        }
        let quoted = Self::measured(Text { quoted: true, ..text });
        if quoted.is_even && quoted.text.is_even(quoted.width) { quoted } else { cut }
    }

    fn empty(text: Text<'a>) -> Self {
        Self {
            text,
            width: 0,
            has_cells: false,
            is_even: false,
            cells: 0,
            numbers: 0,
            missing_names: 0,
            cuts_brackets: false,
            is_wrapped: false,
            fault: None,
        }
    }

    fn measured(text: Text<'a>) -> Self {
        let mut cut = Self::empty(text);
        let sample = match layout::sample(&text) {
            Ok(sample) => sample,
            Err(fault) => return Self { fault: Some(fault), ..cut },
        };
        let Some((first, below)) = sample.split_first() else { return cut };
        cut.width = layout::width(first, below);
        cut.has_cells = 2 * sample.iter().filter(|row| row.len() > 1).count() > sample.len();
        let is_trailing = |cell: Option<&str>| cell.is_some_and(|cell| cell.trim().is_empty());
        let fits = |row: &StringRecord| {
            row.len() == cut.width || row.len() == cut.width + 1 && is_trailing(row.get(cut.width))
        };
        // A header is not counted.
        let rows = if below.is_empty() { &sample[..] } else { below };
        cut.missing_names = cut.width.saturating_sub(first.len());
        cut.is_even = below.iter().all(fits) && (fits(first) || cut.missing_names == 1);
        cut.is_wrapped =
            !text.quoted && (0..cut.width).any(|column| is_wrapped(sample.iter().filter_map(|row| row.get(column))));
        let opens = |cell: &str| cell.contains('[') && !cell.contains(']');
        cut.cuts_brackets = 2 * rows.iter().filter(|row| row.iter().any(opens)).count() > rows.len();
        for cell in rows.iter().flat_map(|row| row.iter()) {
            cut.cells += 1;
            cut.numbers += usize::from(counts_as_number(cell));
        }
        cut
    }

    fn numbers_in_a_thousand(&self) -> usize {
        1000 * self.numbers / self.cells.max(1)
    }
}

/// The error of a text whose vectors in brackets are cut apart.
fn cut_brackets(text: &Text<'_>) -> Problem {
    Problem::error(text.file, format!("the vectors in brackets are cut apart by {}", text.separator()))
        .way_out("Put each vector in quotes, or separate the columns by tabs")
}

/// What a quote without an end does.
pub(crate) const UNCLOSED: &str = "a quote is not closed, and the rest of the text would be one cell";

/// The byte of a quote that begins a cell and that nothing closes.
pub(crate) fn unclosed(bytes: &[u8], delimiter: u8) -> Option<usize> {
    quoted(bytes, delimiter).find_map(|(begin, end)| end.is_none().then_some(begin))
}

/// The parts of a text that are in quotes: where each begins and, unless nothing closes it, ends. A
/// quote begins one at the beginning of a cell only. Within quotes, two of them are one character.
pub(super) fn quoted(bytes: &[u8], delimiter: u8) -> impl Iterator<Item = (usize, Option<usize>)> {
    let next_quote = move |from: usize| Some(from + memchr(b'"', bytes.get(from..)?)?);
    let begins = move |at: usize| at == 0 || [delimiter, b'\n', b'\r'].contains(&bytes[at - 1]);
    let is_doubled = move |at: usize| bytes.get(at + 1) == Some(&b'"');
    let mut next = 0;
    std::iter::from_fn(move || {
        let mut begin = next_quote(next)?;
        while !begins(begin) {
            begin = next_quote(begin + 1)?;
        }
        let mut end = next_quote(begin + 1);
        while let Some(at) = end.filter(|&at| is_doubled(at)) {
            end = next_quote(at + 2);
        }
        next = end.map_or(bytes.len(), |at| at + 1);
        Some((begin, end.map(|at| at + 1)))
    })
}

/// Whether all cells that are not missing are in quotes, as programs write them that quote every
/// text. Quotes inside are doubled then.
pub(crate) fn is_wrapped<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let mut filled = cells.map(str::trim).filter(|cell| !is_missing(cell)).peekable();
    let is_quoted = |cell: &str| {
        let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
        inner.is_some_and(|inner| !inner.replace("\"\"", "").contains('"'))
    };
    filled.peek().is_some() && filled.all(is_quoted)
}

/// Whether a cell is a number or a vector. Numbers with spaces between them are not one number.
fn counts_as_number(cell: &str) -> bool {
    let has_space = || cell.trim().trim_end_matches('%').trim_end().contains(' ');
    is_number(cell) && !has_space() || (cell.trim_end().ends_with([']', ')', '}']) && cell::look(cell) != Look::Other)
}

impl Text<'_> {
    /// Whether all rows of the text below the first have `width` cells.
    fn is_even(&self, width: usize) -> bool {
        let fits = |cells: usize, is_last_empty: bool| cells == width || cells == width + 1 && is_last_empty;
        if self.quoted {
            let is_even = |row: &ByteRecord| {
                self.is_blank(row, width) || fits(row.len(), row.iter().next_back().is_some_and(<[u8]>::is_empty))
            };
            return self.blocks().into_par_iter().all(|block| {
                let records = self.records(&self.bytes[block.clone()]).into_byte_records().filter_map(Result::ok);
                records.skip(usize::from(block.start == 0)).all(|row| is_even(&row))
            });
        }
        let is_even = |line: &[u8]| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let tabs = line_ends(line, self.delimiter);
            line.iter().all(u8::is_ascii_whitespace) || fits(tabs + 1, line.ends_with(&[self.delimiter]))
        };
        let lines = |start: usize, block: &[u8]| {
            block.split(|&byte| byte == self.line_end).skip(usize::from(start == 0)).all(is_even)
        };
        self.blocks().into_par_iter().all(|block| lines(block.start, &self.bytes[block]))
    }
}

impl Text<'_> {
    /// The text as words and numbers. Columns cannot be chosen in it.
    fn with_words(self, words: Words, choice: Option<&str>) -> Result<(Self, Form), Problem> {
        if choice.is_some() {
            let problem = Problem::error(
                self.file,
                "--vectors names columns, and this text is words and numbers separated by spaces",
            );
            return Err(problem.way_out("Leave --vectors out, or separate the columns by tabs"));
        }
        Ok((self, Form::Words(words)))
    }
}
