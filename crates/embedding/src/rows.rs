//! A set of rows, such as a selection, the matches of a search, or isolated rows.

mod text;

use std::sync::Arc;

use serde::Serialize;

pub use text::RowsError;

/// A set of row numbers, sorted and without repetition. Cloning is cheap: the rows are shared.
///
/// It is a sorted list rather than a bit set: most sets have a few rows among millions, the list is
/// what files hold, and all readers iterate over it in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "Vec<u32>")]
pub struct RowSet(
    /// `None` for no rows, so that equal sets compare equal.
    Option<Arc<[u32]>>,
);

impl RowSet {
    /// The empty set.
    pub const EMPTY: Self = Self(None);

    /// The rows from 0 up to `rows`.
    #[must_use]
    pub fn all(rows: usize) -> Self {
        Self::from_sorted((0..u32::try_from(rows).unwrap_or(u32::MAX)).collect())
    }

    /// A set of `rows`, which must ascend without repetition.
    fn from_sorted(rows: Vec<u32>) -> Self {
        Self((!rows.is_empty()).then(|| rows.into()))
    }

    /// The rows, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        self.0.as_deref().unwrap_or_default()
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.as_slice().iter().copied()
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether `row` is in the set.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        self.as_slice().binary_search(&row).is_ok()
    }

    /// Adds `row` if it is not in the set, and removes it otherwise.
    pub fn toggle(&mut self, row: u32) {
        let mut rows = self.as_slice().to_vec();
        match rows.binary_search(&row) {
            Ok(at) => drop(rows.remove(at)),
            Err(at) => rows.insert(at, row),
        }
        *self = Self::from_sorted(rows);
    }

    /// The rows of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        let (a, b) = (self.as_slice(), other.as_slice());
        let mut rows = Vec::with_capacity(a.len() + b.len());
        let (mut i, mut j) = (0, 0);
        while let (Some(&x), Some(&y)) = (a.get(i), b.get(j)) {
            rows.push(x.min(y));
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        rows.extend_from_slice(&a[i..]);
        rows.extend_from_slice(&b[j..]);
        Self::from_sorted(rows)
    }

    /// The rows of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.kept(other, true)
    }

    /// The rows of this set that `other` does not have.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.kept(other, false)
    }

    /// The rows up to `rows` that the set does not have.
    #[must_use]
    pub fn complement(&self, rows: usize) -> Self {
        Self::all(rows).difference(self)
    }

    /// The rows that are in `other`, or those that are not.
    fn kept(&self, other: &Self, had: bool) -> Self {
        let mut rest = other.iter().peekable();
        let keeps = |&row: &u32| {
            while rest.next_if(|&other| other < row).is_some() {}
            (rest.peek() == Some(&row)) == had
        };
        Self::from_sorted(self.iter().filter(keeps).collect())
    }

    /// The set without the rows from `rows` on, which a tensor of `rows` rows does not have.
    #[must_use]
    pub fn below(&self, rows: usize) -> Self {
        let all = self.as_slice();
        match all.partition_point(|&row| (row as usize) < rows) {
            within if within == all.len() => self.clone(),
            within => Self::from_sorted(all[..within].to_vec()),
        }
    }
}

impl From<Vec<u32>> for RowSet {
    fn from(mut rows: Vec<u32>) -> Self {
        if !rows.is_sorted() {
            rows.sort_unstable();
        }
        rows.dedup();
        Self::from_sorted(rows)
    }
}

impl From<RowSet> for Vec<u32> {
    fn from(set: RowSet) -> Self {
        set.as_slice().to_vec()
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
        fn row_set_matches_the_standard_set(a in prop::collection::vec(0_u32..40, 0..60), b in prop::collection::vec(0_u32..40, 0..60)) {
            let (mut ours, other): (RowSet, RowSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            let mut theirs: BTreeSet<u32> = a.into_iter().collect();
            let union: Vec<u32> = theirs.union(&b.iter().copied().collect()).copied().collect();
            let both = ours.union(&other);
            prop_assert_eq!(both.as_slice(), &union[..]);
            let set = |rows: &RowSet| rows.iter().collect::<BTreeSet<u32>>();
            prop_assert_eq!(set(&ours.intersection(&other)), &theirs & &set(&other));
            prop_assert_eq!(set(&ours.difference(&other)), &theirs - &set(&other));
            prop_assert_eq!(set(&ours.complement(40)), &(0..40).collect() - &theirs);
            prop_assert_eq!(ours.difference(&ours), RowSet::EMPTY);
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
