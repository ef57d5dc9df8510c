//! A set of rows, as selections, matches and isolations are.

use serde::{Deserialize, Serialize};

/// A set of row numbers, kept sorted and without repetition.
///
/// A sorted list rather than a bit set: sets of a few rows among millions are the rule, the list is what goes into
/// files, and walking it in order is what every reader does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub struct RowSet(Vec<u32>);

impl RowSet {
    /// The set without rows.
    pub const EMPTY: Self = Self(Vec::new());

    /// The rows, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `row` is in the set.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        self.0.binary_search(&row).is_ok()
    }

    /// Puts `row` in where it was not, takes it out where it was.
    pub fn toggle(&mut self, row: u32) {
        match self.0.binary_search(&row) {
            Ok(at) => drop(self.0.remove(at)),
            Err(at) => self.0.insert(at, row),
        }
    }

    /// The rows of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// The set without the rows from `rows` on, which a tensor of that many rows does not have.
    #[must_use]
    pub fn below(&self, rows: usize) -> Self {
        Self(self.0[..self.0.partition_point(|&row| (row as usize) < rows)].to_vec())
    }
}

impl From<Vec<u32>> for RowSet {
    fn from(mut rows: Vec<u32>) -> Self {
        rows.sort_unstable();
        rows.dedup();
        Self(rows)
    }
}

impl From<RowSet> for Vec<u32> {
    fn from(set: RowSet) -> Self {
        set.0
    }
}

impl FromIterator<u32> for RowSet {
    fn from_iter<I: IntoIterator<Item = u32>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_the_standard_set(a in prop::collection::vec(0_u32..40, 0..60), b in prop::collection::vec(0_u32..40, 0..60)) {
            let (mut ours, other): (RowSet, RowSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            let mut theirs: BTreeSet<u32> = a.into_iter().collect();
            let union: Vec<u32> = theirs.union(&b.iter().copied().collect()).copied().collect();
            let both = ours.union(&other);
            prop_assert_eq!(both.as_slice(), &union[..]);
            for row in b {
                if !theirs.remove(&row) {
                    theirs.insert(row);
                }
                ours.toggle(row);
                prop_assert_eq!(ours.contains(row), theirs.contains(&row));
            }
            prop_assert_eq!(ours.as_slice(), &theirs.iter().copied().collect::<Vec<_>>()[..]);
            prop_assert_eq!(ours.below(20).len(), theirs.range(..20).count());
        }
    }
}
