//! Graphs against brute force and against each other, and on degenerate input.

use proptest::prelude::*;

use super::*;

const NONE: RowSet = RowSet::EMPTY;

fn all(vectors: &Vectors) -> RowSet {
    (0..vectors.rows() as u32).collect()
}

fn exact(vectors: &Vectors, k: usize, metric: Metric) -> NeighborGraph {
    NeighborGraph::exact(vectors, &all(vectors), &NONE, k, metric, &Progress::default()).unwrap()
}

/// All distances in `f64`, sorted. A power of two takes those into the range of `f32` that are
/// outside of it.
fn brute_force(vectors: &Vectors, among: &RowSet, non_finite: &RowSet, k: usize, metric: Metric) -> NeighborGraph {
    let scale = if metric == Metric::Euclidean { vectors.relative().scale() } else { 1.0 };
    let row = |row: u32| vectors.row_as::<f64>(row as usize, &mut Vec::new()).to_vec();
    let takes_part = |&row: &u32| {
        let zero = vec![0.0; vectors.dims()];
        let values = vectors.row_as::<f64>(row as usize, &mut Vec::new()).to_vec();
        !non_finite.contains(row) && (metric == Metric::Euclidean || values != zero)
    };
    let rows: Vec<u32> = among.below(vectors.rows()).iter().filter(takes_part).collect();
    let values: Vec<Vec<f64>> = rows.iter().map(|&point| row(point)).collect();
    let k = k.min(rows.len().saturating_sub(1));
    let (mut indices, mut distances) = (Vec::new(), Vec::new());
    for (point, a) in values.iter().enumerate() {
        let others = (0_u32..).zip(&values).filter(|&(other, _)| other as usize != point);
        let mut near: Vec<(f32, u32)> =
            others.map(|(other, b)| ((metric.distance(a, b).unwrap() * scale) as f32, other)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        indices.extend(near[..k].iter().map(|&(_, other)| other));
        distances.extend(near[..k].iter().map(|&(distance, _)| distance));
    }
    NeighborGraph::from_lists(rows, k, indices, distances)
}

#[track_caller]
fn check(name: &str, rows: usize, dims: usize, values: Vec<f32>) {
    let vectors = Vectors::from_f32(rows, dims, values).unwrap();
    for metric in Metric::ALL {
        let expected = brute_force(&vectors, &all(&vectors), &NONE, 20, metric);
        assert!(exact(&vectors, 20, metric) == expected, "{name} under {metric}");
        // This few rows are all in one leaf.
        let approximate =
            NeighborGraph::approximate(&vectors, &all(&vectors), &NONE, 20, metric, 1, &Progress::default()).unwrap();
        assert!(approximate.k() == expected.k() && approximate.len() == expected.len(), "{name} under {metric}");
    }
}

/// A hash of a place, from 0 to 1.
fn hash(place: usize) -> f32 {
    parallax_embedding::random::unit(place as u64)
}

/// Clusters of standard normal points around centers that are `apart` times that from each other.
fn mixture(rows: usize, dims: usize, clusters: usize, apart: f32) -> Vec<f32> {
    let normal = |place: usize| {
        let (radius, angle) =
            ((-2.0 * (1.0 - hash(2 * place)).ln()).sqrt(), std::f32::consts::TAU * hash(2 * place + 1));
        radius * angle.cos()
    };
    let center = |cluster: usize, dim: usize| apart * normal((1 << 40) + cluster * dims + dim);
    let value = |place: usize| normal(place) + center(place / dims % clusters, place % dims);
    (0..rows * dims).map(value).collect()
}

/// Rows that ranks in `f32` cannot tell apart: equal distances by the hundred, clusters far away
/// from each other and from the origin, values whose squares or distances overflow or vanish,
/// multiples, copies.
#[test]
fn exact_lists_match_brute_force() {
    const ROWS: usize = 400;
    let make = |dims: usize, value: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
        (0..ROWS * dims).map(|place| value(place / dims, place % dims)).collect()
    };
    let uniform = |row: usize, dim: usize| hash(row * 1000 + dim);
    check("ordinary values", ROWS, 30, make(30, &uniform));
    check("corners of a cube", ROWS, 14, make(14, &|row, dim| uniform(row, dim).round()));
    check("a lattice", ROWS, 3, make(3, &|row, dim| (uniform(row, dim) * 8.0).round()));
    check("one column", ROWS, 1, make(1, &uniform));
    check("far from the origin", ROWS, 10, make(10, &|row, dim| 1e6 + uniform(row, dim)));
    check("far clusters", ROWS, 10, make(10, &|row, dim| 1e5 * (row % 3) as f32 + uniform(row, dim)));
    check("great values", ROWS, 10, make(10, &|row, dim| 1e30 * uniform(row, dim)));
    check("the greatest values", ROWS, 2, make(2, &|row, dim| f32::MAX * (2.0 * uniform(row, dim) - 1.0)));
    check("small values", ROWS, 10, make(10, &|row, dim| 1e-30 * uniform(row, dim)));
    check("the least values", ROWS, 3, make(3, &|row, dim| f32::from_bits((uniform(row, dim) * 50.0) as u32)));
    check("one outlier", ROWS, 5, make(5, &|row, dim| if row == 9 { 1e30 } else { uniform(row, dim) }));
    check("multiples", ROWS, 3, make(3, &|row, dim| (row + 1) as f32 * (dim + 1) as f32));
    check("opposites", ROWS, 2, make(2, &|row, dim| (1.0 + uniform(row, 0)) * [-1.0, 1.0][row % 2] * (dim + 1) as f32));
    check("a narrow cone", ROWS, 8, make(8, &|row, dim| 1.0 + 1e-5 * uniform(row, dim)));
    check("copies", ROWS, 6, make(6, &|row, dim| uniform(row % 5, dim)));
    check("some copies", ROWS, 6, make(6, &|row, dim| uniform(row.max(200), dim)));
    check("all equal", ROWS, 6, vec![0.5; ROWS * 6]);
    check("signed zeros", ROWS, 2, make(2, &|row, dim| if uniform(row, dim) < 0.5 { 0.0 } else { -0.0 }));
}

/// Copies are found at once, without comparing all pairs.
#[test]
fn equal_rows_are_ordered_by_number() {
    let vectors =
        Vectors::from_f32(50_000, 4, [[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]].concat().repeat(25_000)).unwrap();
    for metric in Metric::ALL {
        let graph = exact(&vectors, 3, metric);
        assert_eq!(graph.neighbors(0), (&[2, 4, 6][..], &[0.0; 3][..]), "{metric}");
        assert_eq!(graph.neighbors(4), (&[0, 2, 6][..], &[0.0; 3][..]), "{metric}");
        assert_eq!(graph.neighbors(49_999), (&[1, 3, 5][..], &[0.0; 3][..]), "{metric}");
    }
}

#[test]
fn graphs_of_degenerate_sets_are_built() {
    let build = |vectors: &Vectors, k, metric| {
        NeighborGraph::build(vectors, &all(vectors), &NONE, k, metric, 0, &Progress::default()).unwrap()
    };
    for metric in Metric::ALL {
        for rows in 0..=10 {
            let vectors = Vectors::from_f32(rows, 2, (0..rows * 2).map(hash).collect()).unwrap();
            for k in [0, 1, 3, 9, 100] {
                assert_eq!(build(&vectors, k, metric), brute_force(&vectors, &all(&vectors), &NONE, k, metric));
            }
        }
        let zeros = build(&Vectors::from_f32(3, 2, vec![0.0; 6]).unwrap(), 2, metric);
        assert_eq!(zeros.len(), if metric.is_directional() { 0 } else { 3 }, "{metric}");
        let none = build(&Vectors::from_u8(3, 0, Vec::new()).unwrap(), 2, metric);
        assert_eq!(none.len(), if metric.is_directional() { 0 } else { 3 }, "{metric}: rows without columns");
    }
}

#[test]
fn rows_without_a_distance_are_not_points() {
    let rows = [[f32::NAN, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [f32::INFINITY, 1.0], [-1.0, 0.0]];
    let vectors = Vectors::from_f32(6, 2, rows.concat()).unwrap();
    let non_finite = RowSet::from(vec![0, 4]);
    let graph = |among: &RowSet, metric| {
        NeighborGraph::build(&vectors, among, &non_finite, 9, metric, 0, &Progress::default()).unwrap()
    };
    let cosine = graph(&all(&vectors), Metric::Cosine);
    assert_eq!(cosine.rows(), [2, 3, 5]);
    assert_eq!(cosine.neighbors(1), (&[0, 2][..], &[1.0, 1.0][..]));
    assert_eq!(graph(&all(&vectors), Metric::Euclidean).rows(), [1, 2, 3, 5]);
    assert_eq!(graph(&RowSet::from(vec![3, 4, 5, 99]), Metric::Angle).rows(), [3, 5]);
}

#[test]
fn graph_truncates_to_fewer_neighbors() {
    let vectors = Vectors::from_f32(60, 3, (0..180).map(hash).collect()).unwrap();
    let graph = exact(&vectors, 20, Metric::Angle);
    assert_eq!(graph.truncated(7), exact(&vectors, 7, Metric::Angle));
    assert_eq!(graph.truncated(99), graph);
    assert_eq!(graph.truncated(0).neighbors(3), (&[][..], &[][..]));
}

#[test]
fn canceled_search_returns_no_graph() {
    let vectors = Vectors::from_f32(2000, 3, (0..6000).map(hash).collect()).unwrap();
    let progress = Progress::default();
    progress.cancel();
    assert_eq!(
        NeighborGraph::exact(&vectors, &all(&vectors), &NONE, 5, Metric::Cosine, &progress),
        Err(NeighborsError::Cancelled(Cancelled))
    );
    assert_eq!(
        NeighborGraph::approximate(&vectors, &all(&vectors), &NONE, 5, Metric::Cosine, 0, &progress),
        Err(NeighborsError::Cancelled(Cancelled))
    );
}

/// Bytes and halves have the neighbors of the numbers that they stand for.
#[test]
fn graph_does_not_depend_on_the_stored_type() {
    let bytes: Vec<u8> = (0..500 * 9).map(|place| (hash(place) * 6.0) as u8).collect();
    let halves = bytes.iter().map(|&byte| half::f16::from(byte)).collect();
    let expected = Vectors::from_f32(500, 9, bytes.iter().copied().map(f32::from).collect()).unwrap();
    for vectors in [Vectors::from_u8(500, 9, bytes).unwrap(), Vectors::from_f16(500, 9, halves).unwrap()] {
        for metric in Metric::ALL {
            assert_eq!(exact(&vectors, 12, metric), exact(&expected, 12, metric), "{vectors:?} {metric}");
        }
    }
}

#[test]
fn graphs_do_not_depend_on_the_number_of_threads() {
    let values = mixture(3000, 40, 1, 0.0);
    let wide = values.iter().map(|&x| 1e7 + f64::from(x)).collect();
    let narrow = (Vectors::from_f32(3000, 40, values).unwrap(), [Metric::Cosine, Metric::Euclidean].as_slice());
    let wide = (Vectors::from_f64(3000, 40, wide).unwrap(), [Metric::Euclidean].as_slice());
    for (vectors, metric) in
        [narrow, wide].iter().flat_map(|(vectors, metrics)| metrics.iter().map(move |&metric| (vectors, metric)))
    {
        let of_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let approximate = |seed| {
                NeighborGraph::approximate(vectors, &all(vectors), &NONE, 15, metric, seed, &Progress::default())
            };
            pool.install(|| (exact(vectors, 15, metric), approximate(1).unwrap(), approximate(2).unwrap()))
        };
        let one = of_threads(1);
        assert!(one.0 == brute_force(vectors, &all(vectors), &NONE, 15, metric), "{metric}");
        assert!(one.1 != one.2, "{metric}: another seed makes another graph");
        for threads in [2, 5] {
            assert!(of_threads(threads) == one, "{metric}, {threads} threads");
        }
    }
}

/// The reported recall is close to that of all points, and high.
#[test]
fn approximate_graph_reports_its_recall() {
    let vectors = Vectors::from_f32(6000, 24, mixture(6000, 24, 3, 2.0)).unwrap();
    let exact = exact(&vectors, 15, Metric::Euclidean);
    let graph =
        NeighborGraph::approximate(&vectors, &all(&vectors), &NONE, 15, Metric::Euclidean, 7, &Progress::default());
    let graph = graph.unwrap();
    let GraphSearch::Approximate { recall, sample } = graph.search() else { panic!("it is approximate") };
    let right = |point: usize| {
        let farthest = exact.neighbors(point).1[14];
        graph.neighbors(point).1.iter().filter(|&&distance| distance <= farthest).count()
    };
    let of_all = (0..6000).map(right).sum::<usize>() as f32 / (6000.0 * 15.0);
    assert!(of_all > 0.95 && (recall - of_all).abs() < 0.02 && sample == 300, "{recall} told, {of_all} true");
    for point in 0..6000 {
        let (others, distances) = graph.neighbors(point);
        let (a, mut distances) = (vectors.row(point, &mut Vec::new()).to_vec(), distances.iter());
        assert!(distances.as_slice().is_sorted());
        for &other in others {
            let distance = Metric::Euclidean.distance(&a, vectors.row(other as usize, &mut Vec::new())).unwrap();
            assert_eq!(distances.next(), Some(&(distance as f32)), "{point} to {other}");
        }
    }
}

#[test]
fn small_sets_get_an_exact_graph() {
    assert!(exact_seconds(10_000, 784) < PATIENCE && exact_seconds(1_000_000, 128) > PATIENCE);
    let vectors = Vectors::from_f32(60, 3, (0..180).map(hash).collect()).unwrap();
    let graph =
        NeighborGraph::build(&vectors, &all(&vectors), &NONE, 5, Metric::Angle, 0, &Progress::default()).unwrap();
    assert_eq!(graph.search(), GraphSearch::Exact);
}

/// Rows of few distinct values (so with ties and copies), in a narrow cone, or of any size.
fn any_rows() -> impl Strategy<Value = (usize, Vec<f32>)> {
    let scales = prop_oneof![Just([0.0, 1.0]), Just([1000.0, 1e-3]), Just([0.0, 1e-25]), Just([0.0, 1e30])];
    (1_usize..20, 1_usize..120, scales).prop_flat_map(|(dims, rows, [offset, step])| {
        let value = (-2_i8..3).prop_map(move |x| offset + step * f32::from(x));
        prop::collection::vec(value, dims * rows).prop_map(move |values| (dims, values))
    })
}

proptest! {
    #[test]
    fn exact_graph_matches_brute_force(
        (dims, values) in any_rows(), k in 0_usize..40,
        among in prop_oneof![Just(None), prop::collection::vec(0_u32..120, 0..100).prop_map(Some)],
        non_finite in prop::collection::vec(0_u32..120, 0..4), is_wide in any::<bool>(),
        offset in prop_oneof![Just(0.0), Just(1e7), Just(1e15)]
    ) {
        let rows = values.len() / dims;
        let values = values.into_iter().map(f64::from);
        let vectors = if is_wide {
            Vectors::from_f64(rows, dims, values.map(|x| offset + x).collect()).unwrap()
        } else {
            Vectors::from_f32(rows, dims, values.map(|x| x as f32).collect()).unwrap()
        };
        let (among, non_finite) = (among.map_or_else(|| all(&vectors), RowSet::from), RowSet::from(non_finite));
        for metric in Metric::ALL {
            let found = NeighborGraph::build(&vectors, &among, &non_finite, k, metric, 0, &Progress::default()).unwrap();
            prop_assert_eq!(found, brute_force(&vectors, &among, &non_finite, k, metric), "{}", metric);
        }
    }

    /// The property that the exact graph relies on: a place that is measured as near is within the
    /// other's upper bound.
    #[test]
    fn squared_distances_stay_within_the_bounds((dims, values) in any_rows(), shift in -3.0_f32..3.0, is_wide in any::<bool>()) {
        let rows = values.len() / dims;
        let values: Vec<f32> =
            values.into_iter().enumerate().map(|(place, value)| value * (1.0 + shift * hash(place))).collect();
        let (wide, progress) = (values.iter().map(|&x| 1e7 + f64::from(x)).collect(), Progress::default());
        let narrow = Vectors::from_f32(rows, dims, values).unwrap();
        let vectors = if is_wide { Vectors::from_f64(rows, dims, wide).unwrap() } else { narrow };
        for metric in Metric::ALL {
            let points = Points::new(&vectors, &all(&vectors), &NONE, metric, &progress).unwrap();
            let space = space::Space::new(&points, &progress).unwrap();
            let (count, mut scratch) = (points.places(), points::Scratch::default());
            let mut products = vec![0.0; count * count];
            space::products(space.coordinates(0..count), space.coordinates(0..count), space.stride(), &mut products);
            for a in 0..count {
                let lower = |b: usize| space.lower()[a] + space.lower()[b] - 2.0 * products[a * count + b];
                points.measure(a as u32, (0..count as u32).filter(|&b| b as usize != a), &mut scratch);
                for pair in scratch.measured.windows(2) {
                    let [near, far] = [pair[0].1 as usize, pair[1].1 as usize];
                    let upper = lower(far) + space.width()[a] + space.width()[far];
                    prop_assert!(lower(near) <= space.reach(upper), "{metric}: {pair:?} from {a}");
                }
            }
        }
    }
}
