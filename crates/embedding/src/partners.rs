//! Which rows of two embeddings stand for the same thing.

use std::collections::HashMap;

use crate::{Column, RowSet};

/// The rows of two embeddings that stand for the same thing, and how many rows have no partner.
///
/// ```
/// use parallax_embedding::{ColumnBuilder, Partners};
///
/// let column = |words: &[&str]| {
///     let mut column = ColumnBuilder::new("word");
///     words.iter().for_each(|word| column.push(Some(word)));
///     column.finish()
/// };
/// let partners = Partners::by_key(&column(&["cat", "dog", "cow", "cow"]), &column(&["cow", "dog", "elk"]));
/// assert_eq!(partners.rows(), [&[1], &[1]], "the two dogs");
/// assert_eq!(partners.alone(), [&[0], &[2]], "the cat, and the elk");
/// assert_eq!(partners.unclear(), [2, 1], "a cow is one of two");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partners {
    rows: [Vec<u32>; 2],
    alone: [Vec<u32>; 2],
    unclear: [usize; 2],
    left_out: usize,
}

/// How often a key occurs in each of two columns.
type Occurrences = [u32; 2];

impl Partners {
    /// Row 0 with row 0 and so on. Rows beyond the shorter embedding have no partner.
    #[must_use]
    pub fn by_order(rows: [usize; 2]) -> Self {
        let common = rows[0].min(rows[1]);
        let number = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let all: Vec<u32> = (0..number(common)).collect();
        let alone = rows.map(|rows| (number(common)..number(rows)).collect());
        Self { rows: [all.clone(), all], alone, unclear: [0; 2], left_out: 0 }
    }

    /// Rows that have the same text in a column of each, where no other row of either has it.
    #[must_use]
    pub fn by_key(first: &Column, second: &Column) -> Self {
        let columns = [first, second];
        let mut occurrences: HashMap<&str, Occurrences> = HashMap::new();
        for (side, column) in columns.into_iter().enumerate() {
            for text in (0..column.len()).filter_map(|row| key(column, row)) {
                occurrences.entry(text).or_default()[side] += 1;
            }
        }
        let of_second: HashMap<&str, u32> = (0..second.len())
            .filter_map(|row| key(second, row).map(|text| (text, row as u32)))
            .filter(|(text, _)| occurrences[text] == [1, 1])
            .collect();
        let pairs = (0..first.len()).filter_map(|row| {
            let partner = of_second.get(key(first, row)?)?;
            Some((row as u32, *partner))
        });
        let (rows, partners): (Vec<u32>, Vec<u32>) = pairs.unzip();
        // Rows without a key have nothing of their kind.
        let is_alone =
            |side: usize, row: usize| key(columns[side], row).is_none_or(|text| occurrences[text][1 - side] == 0);
        let alone = [0, 1]
            .map(|side| (0..columns[side].len()).filter(|&row| is_alone(side, row)).map(|row| row as u32).collect());
        let mut unclear = [0; 2];
        for [in_first, in_second] in occurrences.into_values() {
            if in_first > 0 && in_second > 0 && in_first + in_second > 2 {
                unclear[0] += in_first as usize;
                unclear[1] += in_second as usize;
            }
        }
        Self { rows: [rows, partners], alone, unclear, left_out: 0 }
    }

    /// Without the pairs of which either row is in `left_out`: a set for each embedding, such as
    /// its rows that are not finite.
    #[must_use]
    pub fn without(&self, left_out: [&RowSet; 2]) -> Self {
        let [first, second] = &self.rows;
        let kept = first.iter().zip(second).filter(|(a, b)| !left_out[0].contains(**a) && !left_out[1].contains(**b));
        let (rows, partners): (Vec<u32>, Vec<u32>) = kept.unzip();
        let left_out = self.left_out + self.len() - rows.len();
        Self { rows: [rows, partners], left_out, ..self.clone() }
    }

    /// The number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows[0].len()
    }

    /// Returns `true` if there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of each embedding, pair by pair. Those of the first ascend.
    #[must_use]
    pub fn rows(&self) -> [&[u32]; 2] {
        [&self.rows[0], &self.rows[1]]
    }

    /// The rows of each embedding that have nothing of their kind in the other, or no key. They ascend.
    #[must_use]
    pub fn alone(&self) -> [&[u32]; 2] {
        [&self.alone[0], &self.alone[1]]
    }

    /// How many rows of each embedding have no partner because several rows of one of the two have
    /// their key.
    #[must_use]
    pub fn unclear(&self) -> [usize; 2] {
        self.unclear
    }

    /// The number of pairs that were [left out](Partners::without).
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

/// The text of a cell that has a value.
fn key(column: &Column, row: usize) -> Option<&str> {
    column.code(row).and_then(|_| column.text(row))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ColumnBuilder;

    fn column(cells: &[Option<u8>]) -> Column {
        let mut column = ColumnBuilder::new("key");
        cells.iter().for_each(|cell| column.push(cell.map(|cell| cell.to_string()).as_deref()));
        column.finish()
    }

    #[test]
    fn rows_in_order_meet_up_to_the_shorter_end() {
        let partners = Partners::by_order([3, 5]);
        assert_eq!((partners.rows(), partners.alone()), ([&[0, 1, 2][..], &[0, 1, 2]], [&[][..], &[3, 4]]));
    }

    #[test]
    fn pairs_with_a_row_that_is_left_out_are_counted() {
        let partners = Partners::by_order([4, 4]).without([&vec![0].into(), &vec![2, 3].into()]);
        assert_eq!((partners.rows(), partners.left_out()), ([&[1][..], &[1]], 3));
    }

    proptest! {
        /// Found by comparing each row with each.
        #[test]
        fn keys_meet_as_in_brute_force(
            a in prop::collection::vec(prop::option::of(0_u8..12), 0..20),
            b in prop::collection::vec(prop::option::of(0_u8..12), 0..20),
        ) {
            let partners = Partners::by_key(&column(&a), &column(&b));
            let count = |side: &[Option<u8>], key: Option<u8>| side.iter().filter(|cell| **cell == key).count();
            let is_clear = |key: Option<u8>| key.is_some() && count(&a, key) == 1 && count(&b, key) == 1;
            let mut expected = Vec::new();
            for (row, key) in a.iter().enumerate() {
                for (partner, other) in b.iter().enumerate() {
                    if key == other && is_clear(*key) {
                        expected.push((row as u32, partner as u32));
                    }
                }
            }
            let [first, second] = partners.rows();
            prop_assert_eq!(first.iter().copied().zip(second.iter().copied()).collect::<Vec<_>>(), expected);
            let unclear = |own: &[Option<u8>], other: &[Option<u8>]| own.iter()
                .filter(|key| key.is_some() && count(other, **key) > 0 && !is_clear(**key)).count();
            prop_assert_eq!(partners.unclear(), [unclear(&a, &b), unclear(&b, &a)]);
            for (side, [cells, others]) in [[&a, &b], [&b, &a]].into_iter().enumerate() {
                let is_alone = |cell: Option<u8>| cell.is_none() || count(others, cell) == 0;
                let alone: Vec<u32> = (0..cells.len()).filter(|&row| is_alone(cells[row])).map(|row| row as u32).collect();
                prop_assert_eq!(partners.alone()[side], &alone[..]);
                prop_assert_eq!(partners.len() + alone.len() + partners.unclear()[side], cells.len());
            }
        }
    }
}
