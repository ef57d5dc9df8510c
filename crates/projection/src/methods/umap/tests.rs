//! The whole of UMAP, and its fuzzy graph.

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_neighbors::Metric;

use super::*;
use crate::random::Random;

/// `count` values between -0.5 and 0.5.
fn values(count: usize) -> Vec<f32> {
    (0..count as u64).map(|i| (Random::new(7, 0).signed(i) / 2.0) as f32).collect()
}

/// Three groups of `size` points of 5 dimensions, ten times as far apart as they are wide.
fn groups(size: usize) -> Vec<f32> {
    let mut values = values(3 * size * 5);
    for (point, row) in values.chunks_exact_mut(5).enumerate() {
        row[point / size] += 10.0;
    }
    values
}

fn graph(values: &[f32], dims: usize, k: usize) -> NeighborGraph {
    let vectors = Vectors::from_f32(values.len() / dims, dims, values.to_vec()).unwrap();
    let all: RowSet = (0..vectors.rows() as u32).collect();
    NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, k, Metric::Euclidean, &Progress::default()).unwrap()
}

fn run(mut umap: Umap) -> Vec<f32> {
    while !umap.is_finished() {
        umap.step().unwrap();
    }
    umap.layout().to_vec()
}

fn square(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// Seen from each point of each group, all others of it are nearer than any point of another.
fn are_apart(layout: &[f32], dims: usize, size: usize) -> bool {
    let rows: Vec<&[f32]> = layout.chunks_exact(dims).collect();
    (0..rows.len()).all(|i| {
        let of_group = |own: bool| {
            let others = (0..rows.len()).filter(move |j| (j / size == i / size) == own);
            others.map(|j| square(rows[i], rows[j])).collect::<Vec<_>>()
        };
        let (own, other) = (of_group(true), of_group(false));
        own.into_iter().fold(0.0, f32::max) < other.into_iter().fold(f32::INFINITY, f32::min)
    })
}

#[test]
fn mixed_groups_are_separated() {
    let graph = graph(&groups(40), 5, 14);
    for dims in [2, 3] {
        let layout =
            run(Umap::new(&graph, &values(120 * dims), UmapConfig { dims, ..UmapConfig::recommended() }).unwrap());
        assert!(are_apart(&layout, dims, 40), "{dims}");
    }
}

#[test]
fn umap_depends_on_the_seed_but_not_on_threads() {
    let graph = graph(&groups(200), 5, 14);
    let layout = |threads, seed| {
        let config = UmapConfig { epochs: Some(20), seed, ..UmapConfig::recommended() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(Umap::new(&graph, &values(1800), config).unwrap()))
    };
    assert_eq!(layout(1, 1), layout(2, 1));
    assert_ne!(layout(1, 1), layout(1, 2));
}

/// Unlike points of one place, told apart by their categories alone.
#[test]
fn categories_separate_overlapping_points() {
    let values = values(120 * 5);
    let graph = graph(&values, 5, 14);
    let categories: Vec<Option<u32>> = (0..120).map(|point| Some(point / 60)).collect();
    let start = &values[..360];
    let supervision = Supervision { categories: &categories, weight: 1.0 };
    let parted = |umap: Umap| {
        let layout = run(umap);
        let rows: Vec<&[f32]> = layout.chunks_exact(3).collect();
        let nearest = |i: usize| {
            (0..120).filter(|&j| j != i).min_by(|&a, &b| square(rows[i], rows[a]).total_cmp(&square(rows[i], rows[b])))
        };
        (0..120).filter(|&i| nearest(i).is_some_and(|j| j / 60 == i / 60)).count()
    };
    let config = UmapConfig::recommended();
    let with = parted(Umap::supervised(&graph, start, supervision, config.clone()).unwrap());
    let without = parted(Umap::new(&graph, start, config.clone()).unwrap());
    assert!(with > 114 && without < 100, "{with} with, {without} without");
    let short = Supervision { categories: &categories[..5], weight: 0.5 };
    let error = Umap::supervised(&graph, start, short, config).unwrap_err();
    assert_eq!(error.to_string(), "there are 5 categories for 120 points. Give one for each point");
}

/// Each point's memberships, before pairs are united, sum to log2 of its neighborhood; here all are
/// one distance apart but one pair, whose union is known: distances 1, 2 and 3 with sigma from
/// exp(-1/s) + exp(-2/s) = 1, the golden ratio's.
#[test]
fn memberships_sum_to_the_logarithm() {
    let lists = vec![1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2];
    let graph = NeighborGraph::from_lists(vec![0, 1, 2, 3], 3, lists, [1.0, 2.0, 3.0].repeat(4));
    let fuzzy = FuzzyGraph::new(&graph, 3);
    let golden = f64::midpoint(5.0_f64.sqrt(), -1.0);
    // As each of the others sees the pair: 0 is first of 1, first of 2 and first of 3; 1 is first
    // of 0.
    let unite = |p: f64, q: f64| p + q - p * q;
    let expected = [1.0, unite(golden, 1.0), unite(golden * golden, 1.0)];
    for ((other, weight), expected) in fuzzy.row(0).zip(expected) {
        assert!((f64::from(weight) - expected).abs() < 1e-4, "{other}: {weight}");
    }
    let found: Vec<f32> = fuzzy.row(3).map(|(_, weight)| weight).collect();
    let expected = [1.0, unite(golden * golden, golden), unite(golden * golden, golden * golden)];
    assert!(
        found
            .iter()
            .zip([1.0, unite(golden, golden * golden), expected[2]])
            .all(|(x, y)| (f64::from(*x) - y).abs() < 1e-4),
        "{found:?}"
    );
}

#[test]
fn tiny_and_equal_data_have_finite_layouts() {
    for points in 2..12 {
        for values in [values(points * 2), vec![0.0; points * 2], vec![1e30; points * 2]] {
            let graph = graph(&values, 2, points - 1);
            let config = UmapConfig { neighbors: None, dims: 2, ..UmapConfig::recommended() };
            let layout = run(Umap::new(&graph, &values, config).unwrap());
            assert!(layout.iter().all(|x| x.is_finite()), "{points}");
            assert!(layout[0] != layout[2] || layout[1] != layout[3], "equal points part");
        }
    }
}

#[test]
fn thousands_of_equal_points_are_laid_out() {
    let count = 3000_u32;
    let lists = (0..count).flat_map(|point| (0..15).filter(move |&other| other != point).take(14)).collect();
    let graph = NeighborGraph::from_lists((0..count).collect(), 14, lists, vec![0.0; 14 * count as usize]);
    let config = UmapConfig { epochs: Some(50), ..UmapConfig::recommended() };
    let layout = run(Umap::new(&graph, &vec![0.0; 3 * count as usize], config).unwrap());
    assert!(layout.iter().all(|x| x.is_finite() && x.abs() < 1000.0));
}

#[test]
fn input_that_cannot_be_laid_out_is_refused() {
    let graph = graph(&values(20), 2, 4);
    let good = UmapConfig { neighbors: Some(5), dims: 2, ..UmapConfig::recommended() };
    let check = |start: &[f32], config: UmapConfig, expected: &str| {
        assert_eq!(Umap::new(&graph, start, config).unwrap_err().to_string(), expected);
    };
    check(
        &values(20),
        UmapConfig { neighbors: Some(15), ..good.clone() },
        "15 neighbors, the row itself included, are too many for 10 rows; the largest possible is 5. \
         Choose 5 or fewer",
    );
    check(&values(19), good.clone(), "there are 9 places to start from for 10 points. Give one for each point");
    check(&[f32::NAN; 20], good.clone(), "the coordinates of point 0 are not all finite. Give each point a place");
    let nan = UmapConfig { min_dist: f64::NAN, ..good.clone() };
    check(&values(20), nan, "the min_dist cannot be NaN. Choose a number from 0 to spread");
    check(&values(20), UmapConfig { dims: 4, ..good.clone() }, "the number of dimensions cannot be 4. Choose 2 or 3");
    let none = NeighborGraph::from_lists(Vec::new(), 0, Vec::new(), Vec::new());
    assert_eq!(Umap::new(&none, &[], good).unwrap_err(), crate::ProjectionError::NoRows);
}
