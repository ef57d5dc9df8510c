//! Numbers separated by spaces, and words before them: text of `GloVe`, word2vec and fastText, and
//! of NumPy's `savetxt`.
//!
//! A line is split from the right: the last numbers are the vector, and the text before them is the
//! word, which may hold spaces itself (`. . .`). word2vec and fastText first write a line with the
//! number of words and of dimensions.

use std::{borrow::Cow, collections::HashSet};

use parallax_embedding::{Cancelled, Notation, is_missing};

use super::{
    Block, Fault, FaultKind, Text, commented,
    layout::{SAMPLE_BYTES, SAMPLE_LINES},
    lines,
};
use crate::{Problem, error::counted};

/// How the lines are read.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// The number of values at the end of each line.
    pub(super) dims: usize,
    /// Whether there are words before them.
    pub(super) labeled: bool,
    /// Lines above the first vector.
    pub(super) skipped: usize,
    /// The rows and dimensions that the first line gives.
    announced: Option<(u64, u64)>,
}

impl Words {
    /// How the text is read if most of its lines end in equally many numbers. Returns `None` if
    /// they do not, or if they hold tabs and no line of two counts shows that they are word
    /// vectors.
    pub(super) fn guess(text: &Text<'_>) -> Option<Self> {
        let lines: Vec<Line<'_>> = sample(text);
        let (first, below) = lines.split_first()?;
        let announced = first.counts().filter(|_| !below.is_empty());
        if let Some((_, dims)) = announced {
            let words = Self::announced(below, dims)
                .or_else(|| Self::of(below, dims.min(2) as usize).filter(|words| words.labeled));
            if let Some(words) = words {
                return Some(Self { skipped: 1, announced, ..words });
            }
        }
        let tabbed = lines.iter().filter(|line| line.0.contains(&b'\t')).count();
        if 2 * tabbed > lines.len() {
            return None;
        }
        // Comments and names of columns hold no number at the end.
        let above = lines.iter().take_while(|line| line.tail() == 0).count();
        if above > 0 && above < lines.len() && lines[..above].iter().all(|line| line.0.starts_with(b"#")) {
            return Self::of(&lines[above..], 2)
                .filter(|words| !words.labeled)
                .map(|words| Self { skipped: above, ..words });
        }
        if above == 1
            && let Some(words) = Self::of(below, 2)
        {
            let names = first.fields();
            if (words.dims..=words.dims + usize::from(words.labeled)).contains(&names) {
                return Some(Self { skipped: 1, ..words });
            }
            // R writes no name above the names of rows, which may be numbers.
            if !words.labeled && names + 1 == words.dims && names > 1 {
                return Some(Self { skipped: 1, labeled: true, dims: names, ..words });
            }
        }
        Self::of(&lines, 2)
    }

    /// How `lines` are read if nearly all of them end in `dims` numbers, as the first line says:
    /// with words, which may be numbers too, if there is something before them.
    fn announced(lines: &[Line<'_>], dims: u64) -> Option<Self> {
        let dims = usize::try_from(dims).ok().filter(|&dims| dims > 0)?;
        let nearly = |count: usize| 10 * count >= 9 * lines.len();
        if !nearly(lines.iter().filter(|line| line.tail() >= dims).count()) {
            return None;
        }
        let fields: Vec<usize> = lines.iter().map(Line::fields).collect();
        // If the other lines have two fields as well, the first may be a row like them.
        let is_many = lines.len() > 2 || lines.iter().any(|line| line.tail() == dims);
        let labeled = dims != 1 && is_many && nearly(fields.iter().filter(|&&fields| fields > dims).count());
        let is_bare = dims != 2 && nearly(fields.iter().filter(|&&fields| fields == dims).count());
        (labeled || is_bare).then_some(Self { dims, labeled, skipped: 0, announced: None })
    }

    /// How `lines` are read if nearly all of them end in equally many numbers, at least `least`.
    fn of(lines: &[Line<'_>], least: usize) -> Option<Self> {
        let fields: Vec<usize> = lines.iter().map(Line::fields).collect();
        let numbers: Vec<usize> = lines.iter().map(Line::tail).collect();
        let values: Vec<usize> = lines.iter().map(Line::values).collect();
        // A word may be a number, as years are, and a first value may be missing.
        let worded = fields.iter().zip(&values).filter(|(fields, values)| fields > values).count();
        let labeled = 10 * worded > lines.len()
            || (worded > 0 && most_frequent(&numbers) < most_frequent(&fields))
            || begin_with_ids(lines);
        let tails = if labeled { numbers } else { values };
        // Most words have no space; if many have, the numbers at the ends decide.
        let shorter = most_frequent(&fields)?.saturating_sub(usize::from(labeled));
        let candidates = [shorter, most_frequent(&tails)?, tenth(&tails)];
        let fits = |dims: usize| {
            let misfits = tails.iter().filter(|&&tail| tail < dims).count();
            dims >= least && (10 * misfits <= lines.len() || (misfits == 1 && lines.len() > 3))
        };
        let dims = candidates.into_iter().find(|&dims| fits(dims))?;
        Some(Self { dims, labeled, skipped: 0, announced: None })
    }

    /// Whether a line of two counts shows that the text is word vectors.
    pub(super) fn is_announced(&self) -> bool {
        self.announced.is_some()
    }

    /// The notes about what was decided.
    pub(super) fn notes(&self, text: &Text<'_>) -> Vec<Problem> {
        let mut notes = Vec::new();
        let what = match (self.announced, self.skipped) {
            (Some(_), _) => "line 1 is read as the number of rows and of dimensions",
            (None, 1) => "line 1 is read as a header",
            (None, 2..) => "the first lines are read as comments",
            (None, 0) => "",
        };
        if !what.is_empty() {
            notes.push(Problem::note(text.file, what));
        }
        let words = if self.labeled { "; metadata: the words before them" } else { "" };
        notes.extend(commented(text.comments).map(|what| Problem::note(text.file, what)));
        notes.push(Problem::note(
            text.file,
            format!("vectors: the last {} of each line{words}", counted(self.dims, "number")),
        ));
        if end_with_ids(&sample(text)) {
            let what = "the last number of each line is another large whole number, as identifiers are, and part of the vectors";
            let way_out = "Write it before the other numbers to have it as metadata";
            notes.push(Problem::warning(text.file, what).way_out(way_out));
        }
        notes
    }

    /// A warning if the first line gives other counts than the file holds.
    pub(super) fn mismatch(&self, text: &Text<'_>, rows: usize) -> Option<Problem> {
        let (said_rows, said_dims) = self.announced?;
        let dims = self.dims;
        if (said_rows, said_dims) == (rows as u64, dims as u64) {
            return None;
        }
        let said = if said_rows == 1 { "1 row".to_owned() } else { format!("{said_rows} rows") };
        let numbers = if said_dims == 1 { "number" } else { "numbers" };
        let message = format!("the file should have {said} of {said_dims} {numbers}; it has {rows} of {dims}");
        Some(Problem::warning(text.file, message).at("line 1").way_out("Check that the file is complete"))
    }

    /// Reads one line into `block`; `at` is its place in the file.
    pub(super) fn push(&self, line: &[u8], at: usize, block: &mut Block) -> Result<(), FaultKind> {
        let start = block.values.len();
        block.values.resize(start + self.dims, 0.0);
        let (mut rest, mut has_missing) = (Line(line), false);
        for place in (0..self.dims).rev() {
            let Some((before, token)) = rest.split_last() else {
                return Err(FaultKind::FewNumbers { numbers: self.dims - 1 - place });
            };
            let value = match number(token) {
                Some(value) => value,
                None if std::str::from_utf8(token).is_ok_and(is_missing) => {
                    has_missing = true;
                    block.missing.add(at, place + 1);
                    f64::NAN
                }
                None => return Err(FaultKind::FewNumbers { numbers: self.dims - 1 - place }),
            };
            block.note_loss(value, std::str::from_utf8(token).unwrap_or_default(), '.', (at, place + 1));
            block.values[start + place] = value;
            rest = Line(before);
        }
        let word = rest.0;
        if !self.labeled {
            let extra = rest.fields();
            return if extra == 0 { Ok(()) } else { Err(FaultKind::Ragged { cells: self.dims + extra }) };
        }
        // The word of a line with one number too few: a dash, or a number such as `2008`. A line whose
        // word is empty begins with a space.
        if word.is_empty() && (has_missing || !line.first().is_some_and(|&byte| is_space(byte))) {
            return Err(FaultKind::FewNumbers { numbers: self.dims - 1 });
        }
        let word = String::from_utf8_lossy(word);
        if matches!(word, Cow::Owned(_)) {
            block.replaced.add(at, 1);
        }
        block.labels.push_field(&word);
        Ok(())
    }
}

/// Whether each of many lines begins with another whole number, and fractions follow: nodes of a
/// graph, or numbers of rows.
fn begin_with_ids(lines: &[Line<'_>]) -> bool {
    let first = |line: &Line<'_>| -> Option<u64> { std::str::from_utf8(line.tokens().next()?).ok()?.parse().ok() };
    let has_fraction = |line: &&Line<'_>| line.tokens().skip(1).any(|token| token.contains(&b'.'));
    let ids: Option<HashSet<u64>> = lines.iter().map(first).collect();
    lines.len() >= MANY_IDS
        && ids.is_some_and(|ids| ids.len() == lines.len())
        && 10 * lines.iter().filter(has_fraction).count() >= 9 * lines.len()
}

/// Whether each of many lines ends with another whole number, far beyond the numbers before it.
fn end_with_ids(lines: &[Line<'_>]) -> bool {
    let split = |line: &Line<'_>| {
        let (before, last) = line.split_last()?;
        let last: u64 = std::str::from_utf8(last).ok()?.parse().ok()?;
        let others = Line(before).tokens().filter_map(number);
        Some((last, others.fold(0.0, |most: f64, number| most.max(number.abs()))))
    };
    let split: Option<Vec<(u64, f64)>> = lines.iter().map(split).collect();
    split.is_some_and(|split| {
        let ids: HashSet<u64> = split.iter().map(|(last, _)| *last).collect();
        let most = split.iter().map(|(_, others)| *others).fold(0.0, f64::max);
        let is_beyond = ids.iter().max().is_some_and(|&id| id as f64 > 100.0 * most);
        ids.len() >= MANY_IDS && ids.len() == lines.len() && is_beyond
    })
}

/// As many different whole numbers are no chance.
const MANY_IDS: usize = 10;

/// The most frequent of `numbers`; in a tie, the least.
fn most_frequent(numbers: &[usize]) -> Option<usize> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).rev().max_by_key(|equal| equal.len()).map(|equal| equal[0])
}

/// The number that nine tenths of `numbers` reach.
fn tenth(numbers: &[usize]) -> usize {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 10).copied().unwrap_or(0)
}

/// A line without its line end.
#[derive(Debug, Clone, Copy)]
struct Line<'a>(&'a [u8]);

impl<'a> Line<'a> {
    /// The text before the last token, and that token.
    fn split_last(self) -> Option<(&'a [u8], &'a [u8])> {
        let line = trim_end(self.0);
        let start = line.iter().rposition(|&byte| is_space(byte)).map_or(0, |at| at + 1);
        let (before, token) = line.split_at(start);
        (!token.is_empty()).then(|| (trim_end(before), token))
    }

    fn tokens(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.split(|&byte| is_space(byte)).filter(|token| !token.is_empty())
    }

    fn fields(&self) -> usize {
        self.tokens().count()
    }

    /// For each value that it ends in, the last first, whether it is a number or else a spelling of a
    /// missing one.
    fn values_from_end(self) -> impl Iterator<Item = bool> {
        let tokens = self.0.rsplit(|&byte| is_space(byte)).filter(|token| !token.is_empty());
        tokens.map_while(|token| match number(token) {
            Some(_) => Some(true),
            None => is_missing_token(token).then_some(false),
        })
    }

    /// How many values it ends in.
    fn values(&self) -> usize {
        self.values_from_end().count()
    }

    /// How many values it ends in, of which the first is a number.
    fn tail(&self) -> usize {
        self.values_from_end().enumerate().filter(|(_, is_number)| *is_number).last().map_or(0, |(at, _)| at + 1)
    }

    /// Its two whole numbers, if it consists of two.
    fn counts(&self) -> Option<(u64, u64)> {
        let mut tokens = self.tokens();
        let mut next = || std::str::from_utf8(tokens.next()?).ok()?.parse().ok();
        let counts = (next()?, next()?);
        tokens.next().is_none().then_some(counts)
    }
}

/// Reads the lines in `range` of the text, but not those above the first vector.
pub(super) fn read(
    text: &Text<'_>,
    words: &Words,
    range: std::ops::Range<usize>,
    tick: &impl Fn(usize) -> Result<(), Cancelled>,
) -> Result<Result<Block, Fault>, Cancelled> {
    let mut block = Block::default();
    let (start, bytes) = (range.start, &text.bytes[range]);
    let mut skipped = if start == 0 { words.skipped } else { 0 };
    for (place, line) in lines(bytes).map(|(at, line)| (start + at, line)) {
        if is_blank(line) {
            continue;
        }
        if skipped > 0 {
            skipped -= 1;
            continue;
        }
        if let Err(kind) = words.push(trim_end(line), place, &mut block) {
            return Ok(Err(Fault { byte: place, kind }));
        }
    }
    tick(bytes.len())?;
    Ok(Ok(block))
}

/// The number of lines that are not blank.
pub(super) fn count(bytes: &[u8]) -> usize {
    lines(bytes).filter(|(_, line)| !is_blank(line)).count()
}

fn sample<'a>(text: &Text<'a>) -> Vec<Line<'a>> {
    let bytes = text.bytes.get(..SAMPLE_BYTES).unwrap_or(text.bytes);
    let is_cut = bytes.len() < text.bytes.len();
    let lines = lines(bytes).filter(|(_, line)| !is_blank(line)).take(SAMPLE_LINES + 1);
    let mut lines: Vec<Line<'_>> = lines.map(|(_, line)| Line(trim_end(line))).collect();
    // The last line may be incomplete.
    if is_cut || lines.len() > SAMPLE_LINES {
        lines.pop();
    }
    lines
}

/// The number in a token.
fn number(token: &[u8]) -> Option<f64> {
    // Most words are recognized by their first byte.
    matches!(token.first()?, b'0'..=b'9' | b'+' | b'-' | b'.' | b'n' | b'N' | b'i' | b'I')
        .then(|| std::str::from_utf8(token).ok().and_then(|token| Notation::PLAIN.parse(token)))
        .flatten()
}

/// Whether a token is a spelling of a missing value.
fn is_missing_token(token: &[u8]) -> bool {
    token.len() <= 10 && std::str::from_utf8(token).is_ok_and(is_missing)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| !is_space(byte) && byte != b'\r').map_or(0, |last| last + 1);
    &line[..end]
}
