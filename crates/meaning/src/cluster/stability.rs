//! How far clusters are found again in other layouts of the same rows.

use super::{Clusters, NO_PLACE};

/// How often two rows of each cluster stay together in other layouts.
///
/// In another layout, that is the share of the pairs of a cluster's rows whose two rows are in one
/// cluster there; noise, and rows without a place, are apart from all. Of several layouts it is the
/// mean of their shares. All pairs count, from the numbers of rows that a cluster has in common with
/// the clusters of the other layout. A cluster that another one swallows is together: it asks whether
/// its rows belong together, not whether others belong to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// For each cluster the sum of its shares.
    sums: Vec<f64>,
    layouts: usize,
}

impl Stability {
    /// Of clusters that have not been compared yet.
    #[must_use]
    pub fn new(clusters: &Clusters) -> Self {
        Self { sums: vec![0.0; clusters.len()], layouts: 0 }
    }

    /// Compares `clusters`, those that it was made of, with those of another layout.
    pub fn compare(&mut self, clusters: &Clusters, other: &Clusters) {
        let mut counts = vec![0_u64; other.len()];
        for (sum, branch) in self.sums.iter_mut().zip(clusters.iter()) {
            let rows = clusters.rows_of(branch);
            let labels =
                || rows.iter().filter_map(|&row| other.labels.get(row as usize)).filter(|&&label| label < NO_PLACE);
            labels().for_each(|&label| counts[label as usize] += 1);
            // Each label is counted where it comes first.
            let together: u64 = labels().map(|&label| pairs(std::mem::take(&mut counts[label as usize]))).sum();
            *sum += together as f64 / pairs(rows.len() as u64).max(1) as f64;
        }
        self.layouts += 1;
    }

    /// How often two rows of a cluster are together, from 0 to 1. Returns `None` without another
    /// layout.
    #[must_use]
    pub fn share(&self, cluster: usize) -> Option<f64> {
        self.sums.get(cluster).filter(|_| self.layouts > 0).map(|sum| sum / self.layouts as f64)
    }

    /// The number of other layouts.
    #[must_use]
    pub fn layouts(&self) -> usize {
        self.layouts
    }

    /// Whether two rows of a cluster are apart more often than together.
    #[must_use]
    pub fn is_unstable(&self, cluster: usize) -> bool {
        self.share(cluster).is_some_and(|share| share < 0.5)
    }
}

fn pairs(rows: u64) -> u64 {
    rows * rows.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use parallax_embedding::Progress;

    use super::*;
    use crate::{ClusterSettings, cluster};

    /// Clumps of places that differ from layout to layout, with a few rows between them and a few
    /// without a place.
    fn clusters(seed: u32) -> Clusters {
        let number = |of: u32| {
            let mixed = (of ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
            f64::from((mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35) >> 8) / f64::from(1 << 24)
        };
        let layout = Array2::from_shape_fn((300, 2), |(row, axis)| {
            let (row, axis) = (row as u32, axis as u32);
            // Most rows of a clump stay, some move to another in each layout.
            let clump = if number(row) < 0.2 { (number(row + 1000) * 6.0) as u32 } else { row % 6 };
            let middle = [clump % 3, clump / 3][axis as usize];
            let spread = if number(row + 2000) < 0.1 { 30.0 } else { 2.0 };
            if row % 97 == 5 {
                f32::NAN
            } else {
                (f64::from(middle) * 12.0 + spread * number(2 * row + axis + 5000)) as f32
            }
        });
        let settings = ClusterSettings { min_size: Some(8), min_samples: Some(4) };
        cluster(layout.view(), &settings, &Progress::default()).unwrap()
    }

    #[test]
    fn shares_are_those_of_all_pairs() {
        let all: Vec<Clusters> = (0..4).map(clusters).collect();
        let mut stability = Stability::new(&all[0]);
        assert_eq!(stability.share(0), None);
        all[1..].iter().for_each(|other| stability.compare(&all[0], other));
        assert!(all[0].len() >= 4 && stability.layouts() == 3);
        let mut shares = Vec::new();
        for cluster in 0..all[0].len() {
            let rows: Vec<usize> = (0..300).filter(|&row| all[0].label(row) == Some(cluster as u32)).collect();
            let share = |other: &Clusters| {
                let (mut together, mut pairs) = (0_u32, 0_u32);
                for (place, &a) in rows.iter().enumerate() {
                    for &b in &rows[..place] {
                        pairs += 1;
                        together += u32::from(other.label(a).is_some() && other.label(a) == other.label(b));
                    }
                }
                f64::from(together) / f64::from(pairs)
            };
            let expected = all[1..].iter().map(share).sum::<f64>() / 3.0;
            let found = stability.share(cluster).unwrap();
            assert!((found - expected).abs() < 1e-12, "{cluster}: {found} {expected}");
            assert_eq!(stability.is_unstable(cluster), expected < 0.5);
            shares.push(found);
        }
        assert!(shares.iter().any(|share| (0.1..0.9).contains(share)), "{shares:?}");
    }

    #[test]
    fn same_clusters_are_stable_and_noise_is_apart() {
        let clusters = clusters(0);
        let mut stability = Stability::new(&clusters);
        stability.compare(&clusters, &clusters);
        assert!((0..clusters.len()).all(|cluster| stability.share(cluster) == Some(1.0)));
        let nowhere = Array2::zeros((300, 2));
        let none = cluster(nowhere.view(), &ClusterSettings::default(), &Progress::default()).unwrap();
        let mut stability = Stability::new(&clusters);
        stability.compare(&clusters, &none);
        assert!((0..clusters.len()).all(|cluster| stability.share(cluster) == Some(0.0)));
    }
}
