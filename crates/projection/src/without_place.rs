//! Which rows have no place in a layout, and why.

use std::fmt;

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_neighbors::zero_rows;

use crate::Layout;

/// The rows without a place in a layout, by the reason.
///
/// Its text is as in `4 without a place (2 with NaN, infinity, or a number beyond 3.4e38, 2 of zeros,
/// which have no direction)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WithoutPlace {
    /// Rows that hold NaN, infinity, or a number beyond the range of `f32`.
    pub not_finite: RowSet,
    /// Rows of zeros, which have no direction, in a layout by cosine or angle.
    pub zero: RowSet,
    /// Rows that the layout was not made of.
    pub other: RowSet,
}

impl WithoutPlace {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.not_finite.len() + self.zero.len() + self.other.len()
    }

    /// Returns `true` if each row has a place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the rows of each reason that applies, and the reason as in `2 with NaN, infinity, or a number beyond 3.4e38`.
    pub fn by_reason(&self) -> impl Iterator<Item = (&RowSet, &'static str)> {
        let reasons = [
            (&self.not_finite, "with NaN, infinity, or a number beyond 3.4e38"),
            (&self.zero, "of zeros, which have no direction"),
            (&self.other, "not part of the layout"),
        ];
        reasons.into_iter().filter(|(rows, _)| !rows.is_empty())
    }
}

impl fmt::Display for WithoutPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> = self.by_reason().map(|(rows, reason)| format!("{} {reason}", rows.len())).collect();
        write!(f, "{} without a place", self.len())?;
        if reasons.is_empty() { Ok(()) } else { write!(f, " ({})", reasons.join(", ")) }
    }
}

impl Layout {
    /// Returns the rows of `among` (`None` is all) that have no place here. The layout is one of
    /// `vectors`, whose rows `non_finite` are those of [`Vectors::non_finite_rows`].
    #[must_use]
    pub fn without_place(&self, among: Option<&RowSet>, vectors: &Vectors, non_finite: &RowSet) -> WithoutPlace {
        let is_placed = |row: u32| self.row(row as usize).is_some_and(|place| place.iter().all(|x| x.is_finite()));
        let missing: RowSet = match among {
            Some(among) => among.below(self.rows()).iter().filter(|&row| !is_placed(row)).collect(),
            None => (0..self.rows() as u32).filter(|&row| !is_placed(row)).collect(),
        };
        let not_finite = missing.intersection(non_finite);
        let rest = missing.difference(non_finite);
        // Nobody can cancel this.
        let zero = zero_rows(vectors, &rest, &Progress::default()).unwrap_or_default();
        WithoutPlace { other: rest.difference(&zero), not_finite, zero }
    }
}

#[cfg(test)]
mod tests {
    use parallax_neighbors::Metric;

    use super::*;
    use crate::{How, Nearness, Recipe, Space, TsneConfig, UmapConfig, project};

    /// Rows 1 and 4 are zeros, row 3 holds a NaN.
    fn vectors() -> Vectors {
        let mut values: Vec<f32> = (0..24).map(|i| (i % 7) as f32 + 1.0).collect();
        values[2..4].fill(0.0);
        values[8..10].fill(0.0);
        values[7] = f32::NAN;
        Vectors::from_f32(12, 2, values).unwrap()
    }

    #[test]
    fn rows_without_a_place_have_a_reason() {
        let (vectors, non_finite) = (vectors(), RowSet::from(vec![3]));
        let space = Space::new(vectors.clone(), non_finite.clone());
        let tsne = How::Tsne { config: TsneConfig { iterations: 5, ..TsneConfig::recommended() }, labels: None };
        let umap = How::Umap { config: UmapConfig { epochs: Some(5), ..UmapConfig::recommended() }, labels: None };
        for how in [How::Pca { whiten: false }, tsne, umap] {
            for metric in Metric::ALL {
                let recipe = Recipe { near: Nearness { metric, ..Nearness::default() }, how: how.clone() };
                let layout = project(&recipe, &space, &Progress::default()).unwrap().layout;
                let found = layout.without_place(None, &vectors, &non_finite);
                let by_direction = metric.is_directional() && !matches!(how, How::Pca { .. });
                let zero = if by_direction { vec![1, 4] } else { Vec::new() };
                let expected = WithoutPlace { not_finite: vec![3].into(), zero: zero.into(), other: RowSet::EMPTY };
                assert_eq!(found, expected, "{} {metric}", recipe.method());
                let some = layout.without_place(Some(&vec![4, 5, 99].into()), &vectors, &non_finite);
                assert_eq!(some.len(), usize::from(by_direction));
            }
        }
    }

    #[test]
    fn tiny_rows_are_not_rows_of_zeros() {
        let vectors = Vectors::from_f64(3, 1, vec![1e-60, 0.0, 1.0]).unwrap();
        let layout = Layout::unplaced(3, 1);
        let found = layout.without_place(None, &vectors, &RowSet::EMPTY);
        assert_eq!((found.zero, found.other), (vec![1].into(), vec![0, 2].into()));
    }

    #[test]
    fn rows_without_a_place_are_said_with_the_reasons() {
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let all = WithoutPlace { not_finite: rows(&[1]), zero: rows(&[2, 3]), other: rows(&[9]) };
        let expected = "4 without a place (1 with NaN, infinity, or a number beyond 3.4e38, 2 of zeros, which have no direction, \
                        1 not part of the layout)";
        assert_eq!(all.to_string(), expected);
        let zero = WithoutPlace { zero: rows(&[2, 3]), ..WithoutPlace::default() };
        assert_eq!(zero.to_string(), "2 without a place (2 of zeros, which have no direction)");
        assert_eq!(WithoutPlace::default().to_string(), "0 without a place");
    }
}
