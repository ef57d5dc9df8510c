//! A set of rows as short text: ranges, or, if these would be long, bytes in letters and digits.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de};

use super::RowSet;

/// Longer ranges are packed.
const MOST_RANGES: usize = 2000;

/// The most rows of a text. No table has more, and a list of them would fill the memory.
const MOST_ROWS: u64 = 100_000_000;

/// What packed rows begin with.
const PACKED: char = '~';

/// Why a text is no set of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// A part is neither a number nor a range.
    #[error("rows are numbers and ranges, as in 0,7,20-29")]
    Range,
    /// The packed form is damaged.
    #[error("the packed rows are damaged; copy them whole")]
    Packed,
    /// There are too many.
    #[error("at most {MOST_ROWS} rows can be listed")]
    TooMany,
}

impl RowSet {
    /// Returns the rows as short text, which [`RowSet::from_str`] reads: as ranges such as
    /// `0,7,20-29`, or packed if these would be longer than a screen.
    ///
    /// ```
    /// use parallax_embedding::RowSet;
    ///
    /// let rows: RowSet = [0, 7, 20, 21, 22].into_iter().collect();
    /// assert_eq!(rows.to_text(), "0,7,20-22");
    /// let every_other: RowSet = (0..2000).map(|row| 2 * row).collect();
    /// assert_eq!(every_other.to_text().len(), 2668);
    /// assert_eq!(every_other.to_text().parse(), Ok(every_other));
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let ranges = || self.as_slice().chunk_by(|a, b| a + 1 == *b).map(|range| (range[0], range[range.len() - 1]));
        let mut text = String::new();
        for (first, last) in ranges() {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(&first.to_string());
            if last > first {
                text.push('-');
                text.push_str(&last.to_string());
            }
            if text.len() > MOST_RANGES {
                return packed(ranges());
            }
        }
        text
    }
}

/// For each range twice the gap before it, and one more if it has several rows: then their number
/// without two follows. Numbers have 7 bits per byte, the lowest first, the last without the
/// highest bit.
fn packed(ranges: impl Iterator<Item = (u32, u32)>) -> String {
    let (mut bytes, mut next) = (Vec::new(), 0);
    let mut push = |mut number: u64| {
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    };
    for (first, last) in ranges {
        push((u64::from(first) - next) << 1 | u64::from(last > first));
        if last > first {
            push(u64::from(last - first) - 1);
        }
        next = u64::from(last) + 1;
    }
    PACKED.to_string() + &BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl FromStr for RowSet {
    type Err = RowsError;

    fn from_str(text: &str) -> Result<Self, RowsError> {
        match text.strip_prefix(PACKED) {
            Some(packed) => unpacked(packed),
            None => in_ranges(text),
        }
    }
}

fn in_ranges(text: &str) -> Result<RowSet, RowsError> {
    let mut rows = Rows::default();
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_error| RowsError::Range);
    for range in text.split(',').filter(|_| !text.trim().is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        rows.push(number(first)?.into(), number(last)?.into())?;
    }
    Ok(rows.rows.into())
}

fn unpacked(text: &str) -> Result<RowSet, RowsError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_error| RowsError::Packed)?;
    let (mut rest, mut next, mut rows) = (&bytes[..], 0_u64, Rows::default());
    while !rest.is_empty() {
        let number = pull(&mut rest)?;
        let first = next.saturating_add(number >> 1);
        let last = if number & 1 == 1 { first.saturating_add(pull(&mut rest)?).saturating_add(1) } else { first };
        rows.push(first, last).map_err(|error| if error == RowsError::Range { RowsError::Packed } else { error })?;
        next = last + 1;
    }
    Ok(rows.rows.into())
}

fn pull(bytes: &mut &[u8]) -> Result<u64, RowsError> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(RowsError::Packed)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(RowsError::Packed)
}

/// The rows so far.
#[derive(Default)]
struct Rows {
    rows: Vec<u32>,
}

impl Rows {
    /// Adds the rows from `first` to `last`.
    fn push(&mut self, first: u64, last: u64) -> Result<(), RowsError> {
        if first > last || last > u64::from(u32::MAX) {
            return Err(RowsError::Range);
        }
        if self.rows.len() as u64 + (last - first) >= MOST_ROWS {
            return Err(RowsError::TooMany);
        }
        self.rows.extend(first as u32..=last as u32);
        Ok(())
    }
}

/// Reads a list of numbers, or what [`RowSet::to_text`] writes.
impl<'de> Deserialize<'de> for RowSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrText)
    }
}

struct ListOrText;

impl<'de> de::Visitor<'de> for ListOrText {
    type Value = RowSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows: a list of numbers, or ranges such as \"0,7,20-29\"")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<RowSet, A::Error> {
        let mut rows = Vec::with_capacity(list.size_hint().unwrap_or_default().min(1 << 16));
        while let Some(row) = list.next_element::<u32>()? {
            rows.push(row);
        }
        Ok(rows.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RowSet, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_of_rows_reads_as_the_same_rows(
            ranges in prop::collection::vec((0_u32..3_000_000, 0_u32..40), 0..900)
        ) {
            let rows: RowSet = ranges.iter().flat_map(|&(first, more)| first..=first + more).collect();
            let text = rows.to_text();
            prop_assert!(text.len() < 4500 && text.is_ascii());
            prop_assert_eq!(text.parse(), Ok(rows));
        }
    }

    #[test]
    fn what_is_no_set_of_rows_is_refused() {
        let parsed = |text: &str| text.parse::<RowSet>();
        assert_eq!(parsed(" "), Ok(RowSet::EMPTY));
        assert_eq!(parsed("7, 0,3-4"), Ok([0, 3, 4, 7].into_iter().collect()));
        for text in ["5-3", "-1", "1,,2", "a", "4294967296", "1.5"] {
            assert_eq!(parsed(text), Err(RowsError::Range), "{text}");
        }
        for text in ["~!", "~g", "~gA", "~/////////////////w", "~__________________"] {
            assert_eq!(parsed(text), Err(RowsError::Packed), "{text}");
        }
        assert_eq!(parsed("0-4294967295"), Err(RowsError::TooMany));
    }
}
