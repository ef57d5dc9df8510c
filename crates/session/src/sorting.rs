//! Rows in the order of a column.
//!
//! Only values that the rows have are sorted, on all cores: numbers by their bits, texts by the
//! first bytes in which they differ, in lower case, and by the whole text if these are equal.
//! Nothing is kept from one sort to the next.

use std::cmp::Ordering;

use parallax_embedding::{Column, RowSet, Values};
use rayon::prelude::*;

/// Returns `rows` sorted by their value in `column`: numbers by size, dates by time, categories in
/// the order that their file declares, texts alphabetically without regard to case; rows without a
/// value come last. Rows with equal values keep their order in
/// either direction.
#[must_use]
pub fn sorted(column: &Column, rows: &RowSet, descending: bool) -> Vec<u32> {
    let places = places(column, rows);
    let key = |&row: &u32| {
        let place = column.code(row as usize).map(|code| places[code as usize]);
        let place = place.map_or(u32::MAX, |place| if descending { u32::MAX - 1 - place } else { place });
        u64::from(place) << 32 | u64::from(row)
    };
    let mut keyed: Vec<u64> = rows.as_slice().par_iter().map(key).collect();
    keyed.par_sort_unstable();
    keyed.into_iter().map(|key| key as u32).collect()
}

/// Returns the rank of each of the values of the column that `rows` have. Equal values have the
/// same rank.
fn places(column: &Column, rows: &RowSet) -> Vec<u32> {
    let mut places = vec![0; column.values().len()];
    let mut seen = vec![false; places.len()];
    let codes = rows.iter().filter_map(|row| column.code(row as usize));
    let codes: Vec<u32> = codes.filter(|&code| !std::mem::replace(&mut seen[code as usize], true)).collect();
    match column.measures() {
        _ if column.is_declared() => codes.iter().for_each(|&code| places[code as usize] = code),
        Some(numbers) => by_size(numbers, &codes, &mut places),
        None => by_letters(column.values(), &codes, &mut places),
    }
    places
}

fn by_size(numbers: &[f64], codes: &[u32], places: &mut [u32]) {
    let keyed = codes.par_iter().map(|&code| (ordered(numbers[code as usize]), code));
    let mut keyed: Vec<(u64, u32)> = keyed.collect();
    keyed.par_sort_unstable();
    for (place, equal) in keyed.chunk_by(|a, b| a.0 == b.0).enumerate() {
        equal.iter().for_each(|&(_, code)| places[code as usize] = place as u32);
    }
}

/// Returns bits that sort as the numbers do: all bits of a negative number are flipped, and the
/// sign bit of others is set.
fn ordered(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits(); // the negative nought is nought
    if number < 0.0 { !bits } else { bits | 1 << 63 }
}

fn by_letters(values: &Values, codes: &[u32], places: &mut [u32]) {
    let lower = Lower::of(values, codes);
    let same = lower.shared_prefix();
    let head = |index: u32| (head(&lower.get(index)[same..]), index);
    let mut keyed: Vec<([u64; 2], u32)> = (0..codes.len() as u32).into_par_iter().map(head).collect();
    let compare = |a: &([u64; 2], u32), b: &([u64; 2], u32)| -> Ordering {
        let whole = || lower.get(a.1).cmp(lower.get(b.1));
        let original = || values[codes[a.1 as usize] as usize].cmp(&values[codes[b.1 as usize] as usize]);
        a.0.cmp(&b.0).then_with(whole).then_with(original)
    };
    keyed.par_sort_unstable_by(compare);
    for (place, (_, index)) in keyed.into_iter().enumerate() {
        places[codes[index as usize] as usize] = place as u32;
    }
}

/// The first 16 bytes as numbers that sort as the bytes do, padded with zeros.
fn head(text: &[u8]) -> [u64; 2] {
    let mut bytes = [0; 16];
    let length = text.len().min(16);
    bytes[..length].copy_from_slice(&text[..length]);
    let number = u128::from_be_bytes(bytes);
    [(number >> 64) as u64, number as u64]
}

/// Texts in lower case, one after the other.
struct Lower {
    letters: Vec<u8>,
    ends: Vec<usize>,
}

/// The number of texts that one thread converts to lower case.
const CHUNK: usize = 1 << 14;

impl Lower {
    fn of(values: &Values, codes: &[u32]) -> Self {
        let chunks = codes.par_chunks(CHUNK).map(|codes| {
            let (mut letters, mut ends) = (Vec::new(), Vec::with_capacity(codes.len()));
            for &code in codes {
                let value = &values[code as usize];
                if value.is_ascii() {
                    letters.extend(value.bytes().map(|byte| byte.to_ascii_lowercase()));
                } else {
                    letters.extend(value.to_lowercase().bytes());
                }
                ends.push(letters.len());
            }
            (letters, ends)
        });
        let chunks: Vec<(Vec<u8>, Vec<usize>)> = chunks.collect();
        let mut all = Self { letters: Vec::new(), ends: Vec::with_capacity(codes.len()) };
        for (letters, ends) in chunks {
            let before = all.letters.len();
            all.letters.extend(letters);
            all.ends.extend(ends.into_iter().map(|end| before + end));
        }
        all
    }

    fn get(&self, index: u32) -> &[u8] {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.letters[start..self.ends[index]]
    }

    /// The length of the common prefix in bytes.
    fn shared_prefix(&self) -> usize {
        if self.ends.is_empty() {
            return 0;
        }
        let first = self.get(0);
        (1..self.ends.len() as u32).fold(first.len(), |same, index| {
            let shared = first[..same].iter().zip(self.get(index)).take_while(|(a, b)| a == b);
            shared.count()
        })
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(cells: &[&str], descending: bool, expected: &[u32]) {
        let mut builder = ColumnBuilder::new("c");
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        assert_eq!(sorted(&builder.finish(), &RowSet::all(cells.len()), descending), expected, "{cells:?}");
    }

    #[test]
    fn sorting_puts_missing_values_last() {
        check(&["10", "9", "", "-1", "9"], false, &[3, 1, 4, 0, 2]);
        check(&["10", "9", "", "-1", "9"], true, &[0, 1, 4, 3, 2]);
        check(&["b", "Zebra", "a", "", "B", "10"], false, &[5, 2, 4, 0, 1, 3]);
        check(&["b", "Zebra", "a", "", "B", "10"], true, &[1, 0, 4, 2, 5, 3]);
        check(&[], true, &[]);
    }

    #[test]
    fn sorting_treats_equal_numbers_alike() {
        check(&["1", "2", "1.0", "-0", "0"], false, &[3, 4, 0, 2, 1]);
        check(&["1", "2", "1.0", "-0", "0"], true, &[1, 0, 2, 3, 4]);
    }

    #[test]
    fn dates_are_sorted_by_time() {
        check(&["2024-01", "2023-12-31T23:00:00", "", "-0044-03-15", "2024-01-01T00:00:00"], false, &[3, 1, 0, 4, 2]);
        check(&["2024-01-01T12:00:00+02:00", "2024-01-01T11:00:00Z", "NaT"], false, &[0, 1, 2]);
    }

    proptest! {
        /// The expected order is that of the stable sort of the standard library.
        #[test]
        fn sorting_matches_the_stable_sort(
            cells in prop::collection::vec(prop_oneof!["(Item 00)?[aAbB\u{e9}\u{c9}\u{3a3}\u{0}]{0,18}", "item 0000[0-9]{1,12}"], 0..80),
            from in 0_u32..20,
            descending: bool,
            numbers: bool,
        ) {
            let cells: Vec<String> = if numbers { cells.iter().map(|cell| (cell.len() as f64 - 8.5).to_string()).collect() } else { cells };
            let mut builder = ColumnBuilder::new("c");
            cells.iter().for_each(|cell| builder.push(Some(cell)));
            let rows: RowSet = (from..cells.len() as u32).collect();
            let mut expected: Vec<u32> = rows.iter().collect();
            expected.sort_by(|&a, &b| {
                let (a, b) = (&cells[a as usize], &cells[b as usize]);
                let order = if numbers {
                    a.parse::<f64>().unwrap().total_cmp(&b.parse().unwrap())
                } else {
                    (a.to_lowercase(), a).cmp(&(b.to_lowercase(), b))
                };
                let order = if descending { order.reverse() } else { order };
                a.is_empty().cmp(&b.is_empty()).then(order)
            });
            prop_assert_eq!(sorted(&builder.finish(), &rows, descending), expected);
        }
    }
}
