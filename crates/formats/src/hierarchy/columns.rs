//! Reads 1-D arrays as columns of metadata.

use std::{
    ops::Range,
    path::Path,
    sync::{Mutex, PoisonError},
};

use parallax_embedding::{Column, ColumnBuilder, Dtype, Metadata, MetadataError, Progress};

use super::{Array, Element, Opener, Store, fault};
use crate::{FormatError, Problem, npy::write_number, source::MetadataReader};

/// Values that are read between two checks for cancellation.
const WINDOW: usize = 1 << 16;

/// The columns of a table. Each reading gives the same, so the first is kept for the other
/// embeddings of the file.
#[derive(Debug)]
pub(super) struct Columns {
    opener: Opener,
    sources: Vec<Source>,
    kept: Mutex<Option<(Metadata, Vec<Problem>)>>,
}

/// A column and where it is.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) array: Array,
    /// The number of the member, in an array of records.
    pub(super) member: Option<usize>,
    pub(super) meaning: Meaning,
}

/// What the values of an array stand for.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    Values,
    /// Places in the list at this path; others than those are missing.
    Places {
        path: String,
        array: Array,
    },
    /// Values, but where the array at this path is true they are missing.
    Masked {
        path: String,
        array: Array,
    },
}

impl Source {
    /// The values of a 1-D array, or each member of its records. Returns nothing if they are
    /// neither numbers nor texts.
    pub(super) fn all(name: &str, path: &str, array: &Array) -> Vec<Self> {
        let source = |name: &str, member| Self {
            name: name.to_owned(),
            path: path.to_owned(),
            array: array.clone(),
            member,
            meaning: Meaning::Values,
        };
        match &array.element {
            Element::Number { .. } | Element::Text | Element::Named { .. } => vec![source(name, None)],
            Element::Record { members, .. } => {
                let known =
                    members.iter().enumerate().filter(|(_, member)| !matches!(member.element, Element::Other(_)));
                known.map(|(index, member)| source(&member.name, Some(index))).collect()
            }
            Element::Other(_) => Vec::new(),
        }
    }
}

impl Columns {
    pub(super) fn new(opener: Opener, sources: Vec<Source>) -> Self {
        Self { opener, sources, kept: Mutex::default() }
    }

    fn read(&self, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let store = self.opener.open()?;
        let reading = Reading { store: &*store, file: self.opener.file(), progress };
        let (mut columns, mut problems) = (Vec::new(), Vec::new());
        for (index, source) in self.sources.iter().enumerate() {
            progress.advance(index, self.sources.len())?;
            match source.read(&reading) {
                Ok(column) => columns.push(column),
                Err(FormatError::Cancelled) => return Err(FormatError::Cancelled),
                Err(error) => problems.extend(error.into_problem()),
            }
        }
        let refused = |error: MetadataError| Problem::error(self.opener.file(), error.to_string());
        Ok((Metadata::new(columns).map_err(refused)?, problems))
    }
}

impl MetadataReader for Columns {
    fn read_metadata(&self, _rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept {
            return Ok(kept.clone());
        }
        let read = self.read(progress)?;
        *kept = Some(read.clone());
        Ok(read)
    }
}

/// An open store and what is being done with it.
struct Reading<'a> {
    store: &'a dyn Store,
    file: &'a Path,
    progress: &'a Progress,
}

impl Source {
    fn read(&self, reading: &Reading<'_>) -> Result<Column, FormatError> {
        let mut builder = ColumnBuilder::new(self.name.clone());
        let mut push = |text: Option<&str>| builder.push(text);
        match &self.meaning {
            Meaning::Values => reading.each(&self.path, &self.array, self.member, push)?,
            Meaning::Places { path, array } => self.categories(reading, (path, array), &mut builder)?,
            Meaning::Masked { path, array } => {
                let mut missing = Vec::new();
                reading.each(path, array, None, |text| missing.push(text == Some("True")))?;
                let mut missing = missing.into_iter();
                reading.each(&self.path, &self.array, self.member, |text| {
                    push(text.filter(|_| missing.next() != Some(true)));
                })?;
            }
        }
        Ok(builder.finish())
    }

    /// Values that are places in a list, whose order the column keeps.
    fn categories(
        &self,
        reading: &Reading<'_>,
        (path, array): (&str, &Array),
        builder: &mut ColumnBuilder,
    ) -> Result<(), FormatError> {
        let mut names: Vec<Option<String>> = Vec::new();
        reading.each(path, array, None, |name| names.push(name.map(str::to_owned)))?;
        let mut places: Vec<Option<usize>> = Vec::new();
        reading.each(&self.path, &self.array, self.member, |code| {
            let place = code.and_then(|code| code.parse().ok());
            places.push(place.filter(|&place| place < names.len()));
        })?;
        let mut is_used = vec![false; names.len()];
        places.iter().flatten().for_each(|&place| is_used[place] = true);
        let used = names.iter().zip(is_used).filter(|(_, is_used)| *is_used);
        builder.declare(used.filter_map(|(name, _)| name.as_deref()));
        places.into_iter().for_each(|place| builder.push(place.and_then(|place| names[place].as_deref())));
        Ok(())
    }
}

impl Reading<'_> {
    /// Calls `take` with the text of each value of an array, or of a member of its records.
    fn each(
        &self,
        path: &str,
        array: &Array,
        member: Option<usize>,
        mut take: impl FnMut(Option<&str>),
    ) -> Result<(), FormatError> {
        let stored = self.store.array(path)?;
        let rows = array.shape.first().copied().unwrap_or(0);
        let window = WINDOW.next_multiple_of(stored.rows_together().clamp(1, rows.max(1)));
        let (stride, place, element) = array.value(member);
        let mut text = String::new();
        for first in (0..rows).step_by(window) {
            self.progress.check()?;
            let range = first..(first + window).min(rows);
            let short = || FormatError::from(fault(self.file, path, "it has fewer values than its shape"));
            if array.element == Element::Text {
                let texts = stored.texts(range.clone())?;
                if texts.len() != range.len() {
                    return Err(short());
                }
                texts.iter().for_each(|text| take(Some(text)));
                continue;
            }
            let read = stored.read(range.clone())?;
            if read.len() / stride < range.len() {
                return Err(short());
            }
            for value in read.chunks_exact(stride).take(range.len()) {
                text.clear();
                write(element, value.get(place.clone()).unwrap_or_default(), &mut text);
                take(Some(&text));
            }
        }
        Ok(())
    }
}

impl Array {
    /// From one value to the next, the bytes of it that count, and what they are.
    fn value(&self, member: Option<usize>) -> (usize, Range<usize>, &Element) {
        match &self.element {
            Element::Record { size, members } => {
                let member = member.and_then(|member| members.get(member));
                let place = member.map_or(0..0, |member| member.offset..member.offset + member.size);
                ((*size).max(1), place, member.map_or(&self.element, |member| &member.element))
            }
            Element::Number { dtype, .. } | Element::Named { dtype, .. } => {
                (dtype.size(), 0..dtype.size(), &self.element)
            }
            Element::Text | Element::Other(_) => (1, 0..0, &self.element),
        }
    }
}

/// The value as text; nothing if it is missing.
fn write(element: &Element, value: &[u8], out: &mut String) {
    match element {
        Element::Number { dtype, big_endian } => write_number(*dtype, *big_endian, value, out),
        Element::Named { dtype, big_endian, names } => {
            let number = integer(*dtype, *big_endian, value);
            let name = names.iter().find(|(code, _)| Some(i128::from(*code)) == number);
            out.push_str(name.map_or("", |(_, name)| name));
        }
        Element::Text => {
            let end = value.iter().position(|&byte| byte == 0).unwrap_or(value.len());
            out.push_str(String::from_utf8_lossy(&value[..end]).trim_end_matches(' '));
        }
        Element::Record { .. } | Element::Other(_) => {}
    }
}

/// A whole number. Returns `None` for floats.
pub(super) fn integer(dtype: Dtype, big_endian: bool, value: &[u8]) -> Option<i128> {
    let is_signed = match dtype {
        Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => true,
        Dtype::Bool | Dtype::U8 | Dtype::U16 | Dtype::U32 | Dtype::U64 => false,
        Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::F64 => return None,
    };
    let mut bytes = [0_u8; 16];
    bytes.get_mut(..value.len())?.copy_from_slice(value);
    if big_endian {
        bytes[..value.len()].reverse();
    }
    let is_negative = is_signed && value.len().checked_sub(1).is_some_and(|last| bytes[last] & 0x80 != 0);
    if is_negative {
        bytes[value.len()..].fill(0xFF);
    }
    Some(i128::from_le_bytes(bytes))
}
