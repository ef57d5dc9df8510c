use std::collections::HashMap;

use ndarray::Array2;
use parallax_embedding::random;
use parallax_neighbors::square;
use proptest::prelude::*;

use super::*;

/// Points, the label and the probability of each, and the sizes, as `tests/data/make.py` wrote them.
struct Truth {
    layout: Array2<f32>,
    labels: Vec<Option<u32>>,
    probabilities: Vec<f32>,
    settings: ClusterSettings,
}

fn truth(csv: &str) -> Truth {
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let sizes: Vec<usize> = lines.next().unwrap().iter().map(|size| size.parse().unwrap()).collect();
    let rows: Vec<Vec<&str>> = lines.collect();
    let dims = rows[0].len() - 2;
    Truth {
        layout: Array2::from_shape_fn((rows.len(), dims), |(row, axis)| rows[row][axis].parse().unwrap()),
        labels: rows.iter().map(|row| row[dims].parse::<i32>().unwrap().try_into().ok()).collect(),
        probabilities: rows.iter().map(|row| row[dims + 1].parse().unwrap()).collect(),
        settings: ClusterSettings { min_size: Some(sizes[0]), min_samples: Some(sizes[1]) },
    }
}

fn found(layout: &Array2<f32>, min_size: usize, min_samples: usize) -> Clusters {
    let settings = ClusterSettings { min_size: Some(min_size), min_samples: Some(min_samples) };
    cluster(layout.view(), &settings, &Progress::default()).unwrap()
}

/// How often each key is there.
fn counts<K: Eq + std::hash::Hash>(keys: impl Iterator<Item = K>) -> Vec<usize> {
    let mut counts: HashMap<K, usize> = HashMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts.into_values().collect()
}

/// The adjusted Rand index (Hubert, Arabie 1985); noise is a group of its own.
fn adjusted_rand(a: &[Option<u32>], b: &[Option<u32>]) -> f64 {
    let pairs = |counts: Vec<usize>| counts.iter().map(|&n| (n * n.saturating_sub(1) / 2) as f64).sum::<f64>();
    let both = pairs(counts(a.iter().zip(b)));
    let [in_a, in_b] = [a, b].map(|labels| pairs(counts(labels.iter())));
    let expected = in_a * in_b / pairs(vec![a.len()]);
    (both - expected) / (f64::midpoint(in_a, in_b) - expected)
}

#[test]
fn clusters_are_those_of_scikit_learn() {
    let check = |name: &str, csv: &str| {
        let truth = truth(csv);
        let clusters = cluster(truth.layout.view(), &truth.settings, &Progress::default()).unwrap();
        let labels: Vec<_> = (0..truth.labels.len()).map(|row| clusters.label(row)).collect();
        let noise = |labels: &[Option<u32>]| labels.iter().filter(|label| label.is_none()).count();
        let rand = adjusted_rand(&labels, &truth.labels);
        assert!(rand >= 0.98, "{name}: adjusted Rand index {rand}");
        let (own, theirs) = (noise(&labels), noise(&truth.labels));
        assert!(own.abs_diff(theirs) * 100 <= labels.len(), "{name}: {own} rows of noise instead of {theirs}");
        assert_eq!((own, clusters.placed()), (clusters.noise(), labels.len()));
        let apart = truth.probabilities.iter().enumerate();
        let apart = apart.filter(|(row, theirs)| (clusters.probability(*row) - **theirs).abs() > 1e-3).count();
        assert!(apart * 50 <= labels.len(), "{name}: {apart} probabilities differ");
    };
    check("moons", include_str!("../../tests/data/moons.csv"));
    check("blobs", include_str!("../../tests/data/blobs.csv"));
    check("digits", include_str!("../../tests/data/digits.csv"));
    check("digits_3d", include_str!("../../tests/data/digits_3d.csv"));
    check("spiral", include_str!("../../tests/data/spiral.csv"));
}

/// Places on a grid, with many equal ones and equal distances, or anywhere.
fn places() -> impl Strategy<Value = Vec<Place<3>>> {
    let whole = (-3_i8..4, -3_i8..4, -1_i8..2).prop_map(|(x, y, z)| [f32::from(x), f32::from(y), f32::from(z)]);
    prop_oneof![
        prop::collection::vec(whole, 1..200),
        prop::collection::vec(prop::array::uniform3(-1.0_f32..1.0), 1..200)
    ]
}

/// The squares of the mutual reachability distances.
fn reachability(places: &[Place<3>], min_samples: usize) -> Vec<Vec<f32>> {
    let squares: Vec<Vec<f32>> = places.iter().map(|&a| places.iter().map(|&b| square(a, b)).collect()).collect();
    let core = |squares: &Vec<f32>| {
        let mut sorted = squares.clone();
        sorted.sort_by(f32::total_cmp);
        sorted[min_samples - 1]
    };
    let core: Vec<f32> = squares.iter().map(core).collect();
    let greatest = |(a, row): (usize, &Vec<f32>)| row.iter().zip(&core).map(|(d, c)| d.max(*c).max(core[a])).collect();
    squares.iter().enumerate().map(greatest).collect()
}

/// The weights of a spanning tree by Prim's algorithm, ascending.
fn by_prim(weights: &[Vec<f32>]) -> Vec<f32> {
    let mut outside: Vec<usize> = (1..weights.len()).collect();
    let mut least = weights[0].clone();
    let mut tree = Vec::new();
    while let Some(at) = (0..outside.len()).min_by(|&a, &b| least[outside[a]].total_cmp(&least[outside[b]])) {
        let next = outside.swap_remove(at);
        tree.push(least[next]);
        least.iter_mut().zip(&weights[next]).for_each(|(least, weight)| *least = least.min(*weight));
    }
    tree.sort_by(f32::total_cmp);
    tree
}

proptest! {
    #[test]
    fn spanning_tree_weighs_what_that_of_prim_does(places in places(), min_samples in 1_usize..8) {
        let min_samples = min_samples.min(places.len());
        let (_, edges) = joined(&places, min_samples, &Progress::default()).unwrap();
        let mut weights: Vec<f32> = edges.iter().map(|edge| edge.square).collect();
        weights.sort_by(f32::total_cmp);
        prop_assert_eq!(weights, by_prim(&reachability(&places, min_samples)));
        let mut groups = groups::Groups::new(places.len());
        prop_assert!(edges.iter().all(|edge| groups.join(edge.ends)), "a cycle");
    }

    /// Rows of a branch lie in their parent's, siblings share none, and sizes are kept.
    #[test]
    fn branches_nest(places in places(), min_size in 2_usize..20) {
        let layout = Array2::from_shape_fn((places.len(), 3), |(row, axis)| places[row][axis]);
        let clusters = found(&layout, min_size, 1);
        for (index, branch) in clusters.branches().iter().enumerate() {
            let rows = clusters.row_set(branch);
            prop_assert_eq!(rows.len(), branch.size());
            prop_assert!(rows.contains(branch.peak) && branch.death <= branch.birth);
            let Some(parent) = branch.parent else { continue };
            prop_assert!(branch.size() >= min_size && (parent as usize) < index);
            let above = &clusters.branches()[parent as usize];
            prop_assert_eq!(rows.intersection(&clusters.row_set(above)).len(), rows.len());
            prop_assert_eq!(branch.birth, above.death);
        }
        let in_clusters: usize = clusters.iter().map(Branch::size).sum();
        prop_assert_eq!(in_clusters + clusters.noise(), places.len());
        for (cluster, branch) in clusters.iter().enumerate() {
            let rows = clusters.rows_of(branch);
            prop_assert!(rows.iter().all(|&row| clusters.label(row as usize) == Some(cluster as u32)));
            prop_assert!(rows.iter().any(|&row| clusters.probability(row as usize) == 1.0));
        }
    }
}

/// On a grid, most edges have equal weights, and which are taken depends on the threads.
#[test]
fn clusters_are_the_same_for_any_number_of_threads() {
    let place = |row: usize| [(row * 7919 % 113) as f32, (row * 104_729 % 127) as f32, (row % 3) as f32];
    let layout = Array2::from_shape_fn((20_000, 3), |(row, axis)| place(row)[axis]);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let clusters = pool.install(|| found(&layout, 5, 4));
        (clusters.labels.clone(), clusters.probabilities.clone(), clusters.branches.clone(), clusters.order)
    };
    let one = with(1);
    assert!([2, 5, 5].into_iter().all(|threads| with(threads) == one));
}

#[test]
fn rows_without_place_are_left_out() {
    let mut layout =
        Array2::from_shape_fn((60, 2), |(row, axis)| if axis == 0 { (row / 20 * 100) as f32 } else { row as f32 });
    layout[[0, 1]] = f32::NAN;
    layout[[39, 0]] = f32::INFINITY;
    let clusters = found(&layout, 5, 2);
    assert_eq!((clusters.len(), clusters.placed(), clusters.rows()), (3, 58, 60));
    assert_eq!((clusters.label(0), clusters.label(39), clusters.label(60)), (None, None, None));
    assert_eq!(clusters.iter().map(Branch::size).collect::<Vec<_>>(), [20, 19, 19]);
}

#[test]
fn degenerate_layouts_have_no_clusters() {
    let check = |layout: Array2<f32>, noise: usize, why: &str| {
        let clusters = cluster(layout.view(), &ClusterSettings::default(), &Progress::default()).unwrap();
        assert_eq!((clusters.len(), clusters.noise()), (0, noise), "{:?}", layout.dim());
        assert!(clusters.why_none().unwrap().contains(why), "{:?}", clusters.why_none());
        clusters
    };
    check(Array2::zeros((0, 3)), 0, "no row has a place");
    check(Array2::zeros((1, 2)), 1, "need 10 rows, and 1 has a place");
    check(Array2::from_elem((7, 3), f32::NAN), 0, "no row has a place");
    check(Array2::from_elem((100_000, 3), 0.25), 100_000, "at one place");
    let line = Array2::from_shape_fn((500, 2), |(row, axis)| if axis == 0 { row as f32 } else { 0.0 });
    check(line, 500, "no two parts of at least 11 rows");
    let branches = check(Array2::from_elem((100, 2), -3.0), 100, "at one place").branches;
    assert_eq!((branches.len(), branches[0].center, branches[0].radius), (1, [-3.0, -3.0, 0.0], 0.0));
}

/// Equal rows are as dense as can be.
#[test]
fn equal_places_are_clusters() {
    let layout = Array2::from_shape_fn((300, 3), |(row, axis)| if axis == 0 { (row / 100) as f32 } else { 1e30 });
    let clusters = found(&layout, 10, 5);
    assert_eq!((clusters.len(), clusters.noise()), (0, 300), "1 is nothing beside 1e30");
    let layout = layout.mapv(|x| x.min(7.0));
    let clusters = found(&layout, 10, 5);
    assert_eq!((clusters.len(), clusters.noise()), (3, 0));
    assert!((0..300).all(|row| clusters.label(row) == Some(row as u32 / 100) && clusters.probability(row) == 1.0));
}

#[test]
fn huge_and_tiny_layouts_are_clustered_alike() {
    let Truth { layout, settings, .. } = truth(include_str!("../../tests/data/moons.csv"));
    let of = |factor: f32| {
        let layout = layout.mapv(|x| x * factor);
        cluster(layout.view(), &settings, &Progress::default()).unwrap()
    };
    let plain = of(1.0);
    for exponent in [-100, 100] {
        let scaled = of(2.0_f32.powi(exponent));
        assert_eq!(scaled.labels, plain.labels);
        let factor = 2.0_f64.powi(exponent);
        assert!(scaled.branches.iter().zip(&plain.branches).all(|(a, b)| a.death == b.death * factor));
    }
}

#[test]
fn branches_become_finer_as_the_distance_shrinks() {
    // Two pairs of heaps: 10 apart within a pair, 100 between pairs.
    let x = |row: usize| (row / 20 % 2 * 10 + row / 40 * 100) as f32 + (row % 20) as f32 / 8.0;
    let layout = Array2::from_shape_fn((80, 2), |(row, axis)| if axis == 0 { x(row) } else { 0.0 });
    let clusters = found(&layout, 5, 2);
    let count = |distance: f64| clusters.at_distance(distance).count();
    assert_eq!([f64::INFINITY, 50.0, 5.0, 0.001].map(count), [1, 2, 4, 4]);
}

/// Two heaps of heaps, one of which has 9 of 10 rows: with a size that is given they are two, as with
/// scikit-learn; otherwise what is within the larger one counts.
#[test]
fn one_cluster_of_nearly_all_rows_gives_way() {
    let x = |row: usize| if row < 900 { (row / 100) as f32 * 3.5 } else { 5000.0 };
    let within = |row: usize| random::unit(row as u64) * 3.0;
    let layout =
        Array2::from_shape_fn((1000, 2), |(row, axis)| within(2 * row + axis) + if axis == 0 { x(row) } else { 0.0 });
    let linkage = Linkage::new(layout.view(), None, &Progress::default()).unwrap();
    let of = |min_size| linkage.clusters(min_size, &Progress::default()).unwrap();
    let given = of(Some(50));
    assert_eq!(given.iter().map(Branch::size).collect::<Vec<_>>(), [900, 100]);
    assert!(of(None).len() > 8, "{}", of(None).len());
}

#[test]
fn automatic_size_keeps_clusters_few() {
    let x = |row: usize| (row / 40 * 100) as f32 + random::unit(row as u64);
    let layout = Array2::from_shape_fn((40_000, 2), |(row, axis)| if axis == 0 { x(row) } else { 0.0 });
    let clusters = cluster(layout.view(), &ClusterSettings::default(), &Progress::default()).unwrap();
    assert!(clusters.len() <= MOST_CLUSTERS && clusters.min_size > 100, "{} {}", clusters.len(), clusters.min_size);
}

#[test]
fn bad_sizes_are_refused() {
    let layout = Array2::<f32>::zeros((4, 2));
    let check = |layout: &Array2<f32>, min_size, min_samples, expected| {
        let settings = ClusterSettings { min_size, min_samples };
        assert_eq!(cluster(layout.view(), &settings, &Progress::default()).unwrap_err(), expected);
    };
    check(&layout, Some(1), None, ClusterError::MinSize { min_size: 1 });
    check(&layout, None, Some(5), ClusterError::MinSamples { min_samples: 5, points: 4 });
    check(&layout, None, Some(0), ClusterError::MinSamples { min_samples: 0, points: 4 });
    check(&Array2::zeros((4, 4)), None, None, ClusterError::Dims { dims: 4 });
    let progress = Progress::default();
    progress.cancel();
    assert_eq!(cluster(layout.view(), &ClusterSettings::default(), &progress).unwrap_err(), Cancelled.into());
}
