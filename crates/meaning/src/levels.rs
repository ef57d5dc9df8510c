//! Clusters and the parts within them, coarse to fine, as a picture names them.

use std::{ops::Deref, sync::Arc};

use ndarray::ArrayView2;
use parallax_embedding::{Cancelled, Column, Progress, RowSet};

use crate::{Branch, ClusterError, ClusterSettings, Clusters, Linkage, Way, name_groups};

/// The most parts besides the clusters.
pub const MOST_PARTS: usize = 10_000;

/// The least rows of a part, as a share of those of a cluster and as a number.
const FINER: usize = 4;
const LEAST: usize = 5;

/// A part has at most this share of the rows of what it is a part of: more would be the same again.
const SMALLER: f64 = 0.6;

/// The clusters of a layout, and what lies within them.
///
/// Parts are branches of the same tree, cut for a quarter of the size. Above the clusters there is
/// nothing to name: what the largest branches have in common is that nothing was split off yet.
#[derive(Debug, Clone)]
pub struct Levels {
    coarse: Clusters,
    fine: Clusters,
    parts: Vec<Part>,
}

/// A cluster, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The index of the part that it is within. `None` for clusters.
    pub within: Option<u32>,
    /// Its row nearest to the mean of its places.
    pub anchor: u32,
    /// The root of the mean square of the distances from that mean, in units of the layout.
    pub radius: f32,
    /// The number of its rows.
    pub size: usize,
    /// The distance at which it separates from the rest.
    pub birth: f64,
    /// The branch of its tree.
    branch: u32,
}

impl Levels {
    /// Finds the clusters of a layout of rows x 2 or 3 coordinates, and their parts. Rows with a
    /// coordinate that is not finite have no place.
    ///
    /// # Errors
    /// As [`cluster`](crate::cluster).
    pub fn new(
        layout: ArrayView2<'_, f32>,
        settings: &ClusterSettings,
        progress: &Progress,
    ) -> Result<Self, ClusterError> {
        let linkage = Linkage::new(layout, settings.min_samples, progress)?;
        let coarse = linkage.clusters(settings.min_size, progress)?;
        let size = (coarse.min_size / FINER).max(LEAST).min(coarse.min_size);
        let fine = linkage.clusters(Some(size), progress)?;
        let mut levels = Self { coarse, fine, parts: Vec::new() };
        levels.find_parts(layout, progress)?;
        Ok(levels)
    }

    /// The clusters.
    #[must_use]
    pub fn clusters(&self) -> &Clusters {
        &self.coarse
    }

    /// The clusters in their order, and then their parts, each after what it is within.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The rows of a part.
    #[must_use]
    pub fn rows(&self, part: usize) -> RowSet {
        self.slice(part).iter().copied().collect()
    }

    fn slice(&self, part: usize) -> &[u32] {
        let Some(found) = self.parts.get(part) else { return &[] };
        let of = if found.within.is_some() { &self.fine } else { &self.coarse };
        of.branches().get(found.branch as usize).map_or(&[], |branch| of.rows_of(branch))
    }

    fn find_parts(&mut self, layout: ArrayView2<'_, f32>, progress: &Progress) -> Result<(), Cancelled> {
        let place = |row: u32, axis: usize| layout.get([row as usize, axis]).copied().unwrap_or(0.0);
        let anchor = |of: &Clusters, branch: &Branch| {
            let away =
                |row: u32| (0..layout.ncols()).map(|axis| (place(row, axis) - branch.center[axis]).powi(2)).sum();
            let nearest = |a: (f32, u32), b: (f32, u32)| if b < a { b } else { a };
            of.rows_of(branch).iter().map(|&row| (away(row), row)).reduce(nearest).map_or(branch.peak, |(_, row)| row)
        };
        let part = |of: &Clusters, index: usize, within: Option<u32>| {
            let branch = &of.branches()[index];
            let (size, birth, radius) = (branch.size(), branch.birth, branch.radius);
            Part { within, anchor: anchor(of, branch), radius, size, birth, branch: index as u32 }
        };
        let clusters = self.coarse.branches().iter().enumerate();
        let mut chosen: Vec<(u32, usize)> =
            clusters.filter_map(|(index, branch)| Some((branch.cluster?, index))).collect();
        chosen.sort_unstable();
        let mut parts: Vec<Part> = chosen.iter().map(|&(_, index)| part(&self.coarse, index, None)).collect();
        let finer = self.fine.branches();
        // For each branch the part that it is, or is within.
        let mut of_branch: Vec<Option<u32>> = vec![None; finer.len()];
        for (index, branch) in finer.iter().enumerate().skip(1) {
            if index % 256 == 0 {
                progress.check()?;
            }
            let above = branch.parent.and_then(|parent| of_branch[parent as usize]);
            // What is joined at a distance contains all that was joined at less around the same row.
            let cluster = || {
                let cluster = self.coarse.label(branch.peak as usize)?;
                (branch.birth <= parts[cluster as usize].birth).then_some(cluster)
            };
            let Some(within) = above.or_else(cluster) else { continue };
            let is_smaller = branch.size() as f64 <= SMALLER * parts[within as usize].size as f64;
            if !is_smaller || parts.len() >= self.coarse.len() + MOST_PARTS {
                of_branch[index] = Some(within);
                continue;
            }
            of_branch[index] = Some(parts.len() as u32);
            parts.push(part(&self.fine, index, Some(within)));
        }
        self.parts = parts;
        Ok(())
    }

    /// Names clusters and parts by a column. A part that would have the name of what it is within
    /// has none.
    ///
    /// # Errors
    /// Returns an error if `progress` was canceled.
    pub fn name(
        self: Arc<Self>,
        column: &Column,
        layout: ArrayView2<'_, f32>,
        progress: &Progress,
    ) -> Result<NamedLevels, Cancelled> {
        let groups: Vec<&[u32]> = (0..self.parts.len()).map(|part| self.slice(part)).collect();
        let (clusters, parts) = groups.split_at(self.coarse.len());
        // Each level by itself: words that set a part apart must not count against its cluster.
        let coarse = name_groups(column, clusters, layout, progress)?;
        let fine = name_groups(column, parts, layout, progress)?;
        let mut names: Vec<String> = coarse.names.into_iter().chain(fine.names).map(|name| name.text).collect();
        for (index, part) in self.parts.iter().enumerate() {
            let above = std::iter::successors(part.within, |&at| self.parts.get(at as usize)?.within);
            if above.into_iter().any(|above| names[above as usize] == names[index]) {
                names[index].clear();
            }
        }
        let (way, notes) = (Some(coarse.way), coarse.notes);
        Ok(NamedLevels { levels: self.clone(), found: names.clone(), names, way, notes })
    }
}

/// Clusters and parts with names.
#[derive(Debug, Clone)]
pub struct NamedLevels {
    /// What is named.
    pub levels: Arc<Levels>,
    /// The name of each part. Empty if it has none.
    pub names: Vec<String>,
    /// The names before [`NamedLevels::give`].
    pub found: Vec<String>,
    /// How they were made. `None` without a column.
    pub way: Option<Way>,
    /// Sentences about what was left out or could not be named, without a full stop.
    pub notes: Vec<String>,
}

impl NamedLevels {
    /// Clusters without names.
    #[must_use]
    pub fn unnamed(levels: Arc<Levels>) -> Self {
        let names = vec![String::new(); levels.parts.len()];
        Self { levels, found: names.clone(), names, way: None, notes: Vec::new() }
    }

    /// Replaces names by others that were given to sets of rows: each to the part that has most in
    /// common with them, if that is at least half of all that either has. An empty name hides.
    pub fn give<'a>(&mut self, given: impl IntoIterator<Item = (&'a RowSet, &'a str)>) {
        for (rows, name) in given {
            let known = |part: &usize| self.levels.parts[*part].size;
            let shares = [&self.levels.coarse, &self.levels.fine].map(|of| of.shared(rows));
            let common = |part: &usize| {
                let of = &self.levels.parts[*part];
                shares[usize::from(of.within.is_some())][of.branch as usize]
            };
            let share = |part: &usize| common(part) as f64 / (known(part) + rows.len() - common(part)).max(1) as f64;
            let best = (0..self.names.len()).max_by(|a, b| share(a).total_cmp(&share(b)).then(b.cmp(a)));
            if let Some(part) = best.filter(|part| share(part) >= 0.5) {
                name.clone_into(&mut self.names[part]);
            }
        }
    }
}

impl Deref for NamedLevels {
    type Target = Levels;

    fn deref(&self) -> &Levels {
        &self.levels
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use parallax_embedding::ColumnBuilder;

    use super::*;

    /// Four heaps of 20 rows: two near each other, two far from them and from each other.
    fn heaps() -> Array2<f32> {
        let corner = [[0.0, 0.0], [9.0, 0.0], [200.0, 0.0], [0.0, 300.0]];
        Array2::from_shape_fn((80, 2), |(row, axis)| {
            let within = row % 20;
            corner[row / 20][axis] + if axis == 0 { (within % 5) as f32 } else { (within / 5) as f32 }
        })
    }

    fn levels() -> Arc<Levels> {
        let settings = ClusterSettings { min_size: Some(20), min_samples: Some(3) };
        Arc::new(Levels::new(heaps().view(), &settings, &Progress::default()).unwrap())
    }

    #[test]
    fn parts_lie_within_their_clusters() {
        let levels = levels();
        let clusters = levels.clusters().len();
        assert!(clusters >= 3, "{clusters}");
        for (index, part) in levels.parts().iter().enumerate() {
            let rows = levels.rows(index);
            assert_eq!(rows.len(), part.size);
            assert!(rows.contains(part.anchor));
            assert_eq!(part.within.is_none(), index < clusters);
            if let Some(above) = part.within {
                assert!((above as usize) < index);
                assert!(rows.difference(&levels.rows(above as usize)).is_empty());
                assert!(part.size < levels.parts()[above as usize].size);
            }
        }
    }

    #[test]
    fn names_given_by_hand_stay_with_most_of_their_rows() {
        let levels = levels();
        let mut column = ColumnBuilder::new("kind");
        (0..80).for_each(|row| column.push(Some(["ant", "bee", "cat", "dog"][row / 20])));
        let mut named = levels.clone().name(&column.finish(), heaps().view(), &Progress::default()).unwrap();
        let place = named.names.iter().position(|name| name == "dog").unwrap();
        // Fifteen of its twenty rows, and two of others.
        let most: RowSet = (65..80).chain([0, 1]).collect();
        let few: RowSet = (20..25).collect();
        named.give([(&most, "hound"), (&few, "nobody")]);
        assert_eq!((&*named.names[place], &*named.found[place]), ("hound", "dog"));
        assert!(!named.names.iter().any(|name| name == "nobody"));
        named.give([(&most, "")]);
        assert!(named.names[place].is_empty());
    }

    #[test]
    fn layouts_without_clusters_have_no_parts() {
        for layout in [Array2::zeros((0, 2)), Array2::zeros((1, 3)), Array2::zeros((500, 2)), {
            Array2::from_elem((50, 3), f32::NAN)
        }] {
            let levels = Levels::new(layout.view(), &ClusterSettings::default(), &Progress::default()).unwrap();
            assert!(levels.parts().is_empty() && levels.clusters().why_none().is_some(), "{:?}", layout.dim());
        }
    }
}
