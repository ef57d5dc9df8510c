//! Text in UTF-16, as spreadsheets write it.

use parallax_embedding::{Cancelled, Progress};

/// Bytes that are examined.
const SNIFFED: usize = 1 << 12;

/// Whether bytes are text in UTF-16, whose units `unit` makes from two bytes: if all of its first
/// characters are such that text has, and there is a byte order mark, or most of them are ASCII.
pub(super) fn is_text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let units: Vec<u16> = bytes.get(..SNIFFED).unwrap_or(bytes).as_chunks().0.iter().copied().map(unit).collect();
    let is_cut = bytes.len() > SNIFFED;
    let has_mark = units.first() == Some(&MARK);
    let ascii = units.iter().filter(|&&unit| unit < 0x80).count();
    let is_plain = |c: char| !c.is_control() && c != '\u{FFFE}' || matches!(c, '\t' | '\r' | '\n');
    let mut left = units.len();
    // The last character may be cut in two.
    let is_whole = char::decode_utf16(units.iter().copied()).all(|read| {
        left = left.saturating_sub(1);
        read.map_or(is_cut && left <= 1, is_plain)
    });
    is_whole && (has_mark && units.len() > 1 || units.len() >= LEAST && 4 * ascii > 3 * units.len())
}

/// The byte order mark.
const MARK: u16 = 0xFEFF;

/// Without a mark, so many characters are examined at least.
const LEAST: usize = 8;

/// The text as UTF-8, without the byte order mark. What is not UTF-16 becomes U+FFFD; half of a unit
/// at the end is left out.
pub(super) fn decode(bytes: &[u8], unit: fn([u8; 2]) -> u16, progress: &Progress) -> Result<Vec<u8>, Cancelled> {
    let (pairs, _) = bytes.as_chunks();
    let units = pairs.iter().copied().map(unit);
    let units = units.skip(usize::from(pairs.first().is_some_and(|&first| unit(first) == MARK)));
    let mut text = String::with_capacity(bytes.len() / 2);
    for (place, read) in char::decode_utf16(units).enumerate() {
        if place % STEP == 0 {
            progress.advance(2 * place, bytes.len())?;
        }
        text.push(read.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Ok(text.into_bytes())
}

/// Characters between two checks for cancellation.
const STEP: usize = 1 << 20;
