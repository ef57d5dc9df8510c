//! The order in which points are drawn: any whole number of levels from the first on is a fair sample
//! of all rows.
//!
//! Rows are cut into blocks of [`BLOCK`], each of which has a random order of its own. A level has the
//! next [`PIECE`] rows of each block, so that the sample is spread evenly over the file whatever its
//! order, and consists of the same rows each time. The instances in the device's buffers lie in this
//! order, level by level: a sample is one draw of a range. Everything else counts in rows.
//!
//! A permutation that keeps neighbors together (Morton order of the layout, computed in a job) can
//! take the place of the order of the file before rows are cut into blocks: [`Shuffle::row`] and
//! [`Shuffle::slot`] are the only places that would know.

use std::ops::Range;

use parallax_embedding::random;

/// Clouds of no more rows are drawn whole and in the order of their rows.
pub(crate) const DRAWN_WHOLE: usize = 20_000;

/// The number of rows of a block.
const BLOCK: usize = 1 << 12;
/// The number of rows of each block in a level.
const PIECE: usize = 1 << 4;
const LEVELS: usize = BLOCK / PIECE;

/// A permutation of rows: a *slot* is a place in the order of drawing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shuffle {
    /// The number of whole blocks.
    blocks: usize,
    /// The first slot of each level, and the end of the last.
    starts: Vec<usize>,
    whole: Order,
    /// The order of the rows after the whole blocks.
    rest: Order,
}

/// An order of numbers from 0 on, and the place of each in it.
#[derive(Debug, Clone, Default)]
struct Order {
    numbers: Vec<u16>,
    places: Vec<u16>,
}

impl Order {
    fn of(numbers: Vec<u16>) -> Self {
        let mut places = vec![0; numbers.len()];
        numbers.iter().enumerate().for_each(|(place, &number)| places[usize::from(number)] = place as u16);
        Self { numbers, places }
    }

    /// Returns a random order of `count` numbers.
    fn random(count: usize, seed: u64) -> Self {
        let mut numbers: Vec<u16> = (0..count as u16).collect();
        numbers.sort_by_key(|&number| random::at(seed + u64::from(number)));
        Self::of(numbers)
    }
}

impl Shuffle {
    /// Returns the order of so many rows.
    pub(crate) fn of(rows: usize) -> Self {
        if rows <= DRAWN_WHOLE {
            return Self { starts: vec![0, rows], rest: Order::of((0..rows as u16).collect()), ..Self::default() };
        }
        let (blocks, rest) = (rows / BLOCK, rows % BLOCK);
        let starts = (0..=LEVELS).map(|level| level * blocks * PIECE + level * rest / LEVELS).collect();
        Self { blocks, starts, whole: Order::random(BLOCK, 0), rest: Order::random(rest, BLOCK as u64) }
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Returns the number of rows of the largest sample of at most so many.
    pub(crate) fn fitting(&self, most: usize) -> usize {
        let level = self.starts.partition_point(|&start| start <= most).saturating_sub(1);
        self.starts.get(level).copied().unwrap_or(0)
    }

    /// Returns the end of the sample that begins at slot `from` and has about `count` points more:
    /// whole levels, at least one.
    pub(crate) fn end(&self, from: usize, count: usize) -> usize {
        let level = self.starts.partition_point(|&start| start <= from.saturating_add(count)).saturating_sub(1);
        let next = self.starts.partition_point(|&start| start <= from);
        self.starts.get(level.max(next)).copied().unwrap_or(self.rows())
    }

    /// Returns the slot of a row.
    pub(crate) fn slot(&self, row: usize) -> usize {
        let (block, within) = (row / BLOCK, row % BLOCK);
        if block < self.blocks {
            let place = usize::from(self.whole.places[within]).wrapping_sub(turn(block)) % BLOCK;
            return self.starts[place / PIECE] + block * PIECE + place % PIECE;
        }
        let count = self.rest.places.len();
        let Some(&place) = self.rest.places.get(row - self.blocks * BLOCK) else { return row };
        let levels = self.starts.len() - 1;
        let level = ((usize::from(place) + 1) * levels - 1) / count;
        self.starts[level] + self.blocks * PIECE + usize::from(place) - level * count / levels
    }

    /// Returns the row of a slot.
    pub(crate) fn row(&self, slot: usize) -> usize {
        let level = self.starts.partition_point(|&start| start <= slot).saturating_sub(1);
        let at = slot - self.starts.get(level).copied().unwrap_or(0);
        if at < self.blocks * PIECE {
            let (block, place) = (at / PIECE, level * PIECE + at % PIECE);
            return block * BLOCK + usize::from(self.whole.numbers[(place + turn(block)) % BLOCK]);
        }
        let levels = self.starts.len().saturating_sub(1).max(1);
        let before = level * self.rest.numbers.len() / levels;
        let within = self.rest.numbers.get(before + at - self.blocks * PIECE);
        within.map_or(slot, |&within| self.blocks * BLOCK + usize::from(within))
    }

    /// Calls `put` with what the rows of these slots have, in pieces, and with where each piece begins, counted
    /// from the first slot. It goes from block to block: what a block has is read once, while it is in the
    /// processor's cache, and a piece is written in one go. The more slots at once, the fewer times each block
    /// is read.
    pub(crate) fn arrange<T: Copy + Default>(
        &self,
        slots: Range<usize>,
        of: impl Fn(usize) -> T,
        put: &mut dyn FnMut(usize, &[T]),
    ) {
        let levels = self.starts.partition_point(|&start| start <= slots.start).saturating_sub(1)
            ..self.starts.partition_point(|&start| start < slots.end).min(self.starts.len().saturating_sub(1));
        // The order of a block begins anywhere, and goes on at the start.
        let orders = self.whole.numbers.repeat(2);
        let mut piece = [T::default(); PIECE];
        for block in 0..self.blocks {
            let turn = turn(block);
            for level in levels.clone() {
                let first = self.starts[level] + block * PIECE;
                let [from, to] = [first, first + PIECE].map(|slot| slot.clamp(slots.start, slots.end));
                let within = &orders[level * PIECE + turn + from.clamp(first, first + PIECE) - first..];
                let piece = &mut piece[..to - from];
                for (place, &within) in piece.iter_mut().zip(within) {
                    *place = of(block * BLOCK + usize::from(within));
                }
                put(from - slots.start, piece);
            }
        }
        for level in levels {
            let first = self.starts[level] + self.blocks * PIECE;
            for slot in first.max(slots.start)..self.starts[level + 1].min(slots.end) {
                put(slot - slots.start, &[of(self.row(slot))]);
            }
        }
    }
}

/// Returns where the order of a block begins, so that blocks differ.
fn turn(block: usize) -> usize {
    random::at(block as u64) as usize % BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(shuffle: &Shuffle, slots: Range<usize>) -> Vec<usize> {
        let mut rows = vec![usize::MAX; slots.len()];
        shuffle.arrange(slots, |row| row, &mut |at, piece| rows[at..at + piece.len()].copy_from_slice(piece));
        rows
    }

    const COUNTS: [usize; 9] = [0, 1, 4095, DRAWN_WHOLE, DRAWN_WHOLE + 1, 20_480, 65_537, 100_003, 1_000_000];

    #[test]
    fn slots_and_rows_are_each_others_inverse() {
        for rows in COUNTS {
            let shuffle = Shuffle::of(rows);
            let mut seen = vec![false; rows];
            let order = arranged(&shuffle, 0..rows);
            assert_eq!(order.len(), rows);
            let parts = (0..rows).step_by(777).map(|start| start..(start + 777).min(rows));
            assert!(parts.flat_map(|part| arranged(&shuffle, part)).eq(order.iter().copied()));
            for (slot, &row) in order.iter().enumerate() {
                assert!(!std::mem::replace(&mut seen[row], true), "row {row} of {rows} twice");
                assert_eq!(shuffle.slot(row), slot, "row {row} of {rows}");
            }
            for slot in (0..rows).step_by(997) {
                assert_eq!(shuffle.row(slot), order[slot]);
            }
        }
    }

    #[test]
    fn small_clouds_keep_their_order() {
        let shuffle = Shuffle::of(DRAWN_WHOLE);
        assert!((0..DRAWN_WHOLE).all(|row| shuffle.slot(row) == row));
        assert_eq!(shuffle.end(0, 10), DRAWN_WHOLE);
    }

    /// Of each class its share within two percent, whatever the order of the file: sorted by class,
    /// classes in turn of any period, or at random, and with a class that is rare.
    #[test]
    fn each_sample_has_the_share_of_each_class() {
        for rows in [65_537, 1_000_000] {
            let shuffle = Shuffle::of(rows);
            let orders: [(&str, &dyn Fn(usize) -> usize); 7] = [
                ("sorted", &|row| row * 10 / rows),
                ("sorted, unequal", &|row| usize::from(row * 100 / rows > 6) + usize::from(row * 2 > rows)),
                ("every second", &|row| row % 2),
                ("by sevens", &|row| row % 7),
                ("halves of blocks", &|row| row % BLOCK * 2 / BLOCK),
                ("sixteens", &|row| row / PIECE % 4),
                ("random", &|row| random::at(row as u64) as usize % 5),
            ];
            let order = arranged(&shuffle, 0..rows);
            for (name, class) in orders {
                let shares = |rows: &[usize]| {
                    let mut counts = [0.0; 10];
                    rows.iter().for_each(|&row| counts[class(row)] += 1.0 / rows.len() as f64);
                    counts
                };
                let all = shares(&order);
                let mut end = 0;
                while end < rows {
                    end = shuffle.end(end, 0);
                    if end < 4000 {
                        continue;
                    }
                    for (class, (share, all)) in shares(&order[..end]).into_iter().zip(all).enumerate() {
                        assert!((share - all).abs() < 0.02, "{name}: {share} of {class} in {end} of {rows}, not {all}");
                    }
                    end = end * 3 / 2;
                    end = shuffle.end(end, 0).min(rows);
                }
            }
        }
    }

    #[test]
    fn sample_ends_with_a_level() {
        let shuffle = Shuffle::of(1_000_000);
        let level = shuffle.end(0, 0);
        assert!((3800..4000).contains(&level), "{level}");
        assert_eq!(shuffle.end(level, 1), shuffle.end(0, 2 * level + level / 2));
        let about = shuffle.end(0, 60_000);
        assert!((56_000..=60_000).contains(&about), "{about}");
        assert_eq!((shuffle.fitting(about), shuffle.fitting(about - 1) < about), (about, true));
        assert_eq!(shuffle.fitting(usize::MAX), 1_000_000);
        assert_eq!([shuffle.end(0, 2_000_000), shuffle.end(999_999, 0)], [1_000_000; 2]);
    }
}
