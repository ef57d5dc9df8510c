//! Searches against brute force, against figures of the TensorBoard projector, and on degenerate
//! input.

use std::{path::Path, sync::Arc};

use parallax_embedding::{Bytes, Dtype};
use proptest::prelude::*;

use super::*;
use crate::NeighborGraph;

fn find(vectors: &Vectors, query: u32, k: usize, metric: Metric) -> Result<Vec<Neighbor>, NeighborsError> {
    nearest(vectors, query, k, metric, &RowSet::EMPTY, &Progress::default())
}

fn vectors<const D: usize>(rows: &[[f32; D]]) -> Vectors {
    Vectors::from_f32(rows.len(), D, rows.concat()).unwrap()
}

fn iris() -> Vectors {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/iris/iris_tensors.bytes");
    let bytes = std::fs::read(path).unwrap();
    let values = bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    Vectors::from_f32(150, 4, values).unwrap()
}

/// The first neighbors of `query` and their distances, to `digits` decimal places.
#[track_caller]
fn check(vectors: &Vectors, query: u32, metric: Metric, expected: &[(u32, f64)], digits: i32) {
    let found = find(vectors, query, expected.len(), metric).unwrap();
    let rows: Vec<u32> = found.iter().map(|neighbor| neighbor.row).collect();
    assert_eq!(rows, expected.iter().map(|&(row, _)| row).collect::<Vec<_>>(), "{metric} of {query}: {found:?}");
    for (found, (_, distance)) in found.iter().zip(expected) {
        assert!((found.distance - distance).abs() < 0.51 * 10_f64.powi(-digits), "{found:?}, expected {distance}");
    }
}

/// What the TensorBoard projector 2.21 computes on its own Iris tensor. It orders rows at equal
/// distances by arrival.
#[test]
fn iris_neighbors_match_the_tensorboard_projector() {
    let euclidean = [(17, 0.1), (4, 0.141_421), (27, 0.141_421), (28, 0.141_421), (39, 0.141_421)];
    let found = find(&iris(), 0, 8, Metric::Euclidean).unwrap();
    let mut first: Vec<u32> = found[..5].iter().map(|neighbor| neighbor.row).collect();
    first.sort_unstable();
    assert_eq!(first, [4, 17, 27, 28, 39]);
    for (found, (_, distance)) in found.iter().zip(euclidean) {
        assert!((found.distance - distance).abs() < 1e-6, "{found:?}");
    }
    assert_eq!((found[0].row, found[7].row), (17, 49));
    assert!((found[7].distance - 0.223_607).abs() < 1e-6, "{found:?}");
    let cosine = [(10, 0.000_005), (2, 0.000_013), (48, 0.000_046), (27, 0.000_114), (17, 0.000_124)];
    check(&iris(), 0, Metric::Cosine, &cosine, 6);
    let angle = cosine.map(|(row, distance)| (row, (1.0_f64 - distance).acos().to_degrees()));
    check(&iris(), 0, Metric::Angle, &angle, 1);
}

/// The cases of the TensorBoard projector's own test of its neighbor search.
#[test]
fn small_cases_match_the_tensorboard_projector() {
    let a = [
        [1.0, 2.0, 0.0],
        [1.0, 1.0, 3.0],
        [100.0, 30.0, 0.0],
        [95.0, 23.0, 3.0],
        [100.0, 10.0, 0.0],
        [95.0, 23.0, 100.0],
    ];
    let expected: [[(u32, f64); 4]; 6] = [
        [(2, 0.314_635), (3, 0.355_182), (4, 0.466_007), (5, 0.549_063)],
        [(5, 0.098_715), (0, 0.595_480), (3, 0.608_429), (2, 0.624_566)],
        [(3, 0.001_923), (4, 0.018_335), (5, 0.302_020), (0, 0.314_635)],
        [(2, 0.001_923), (4, 0.009_955), (5, 0.279_394), (0, 0.355_182)],
        [(3, 0.009_955), (2, 0.018_335), (5, 0.307_636), (0, 0.466_007)],
        [(1, 0.098_715), (3, 0.279_394), (2, 0.302_020), (4, 0.307_636)],
    ];
    for (query, expected) in (0..).zip(expected) {
        check(&vectors(&a), query, Metric::Cosine, &expected, 6);
    }
    let two = vectors(&a[..2]);
    assert_eq!(find(&two, 0, 4, Metric::Cosine).unwrap().len(), 1, "fewer rows than asked for are no error");
    check(&two, 1, Metric::Cosine, &[(0, 0.595_480)], 6);
}

/// Copies and multiples: all at the same distance, so in the order of their numbers.
#[test]
fn rows_at_the_same_distance_are_ordered_by_number() {
    let copies = vectors(&[[1.0, 1.0, 1.0]; 261]);
    for metric in Metric::ALL {
        for query in 0..261 {
            check(&copies, query, metric, &[(u32::from(query == 0), 0.0)], 9);
        }
    }
    let multiples: Vec<[f32; 2]> = (1_u16..=261).map(|i| [f32::from(i); 2]).collect();
    check(&vectors(&multiples), 100, Metric::Cosine, &[(0, 0.0), (1, 0.0), (2, 0.0)], 9);
}

#[test]
fn rows_without_a_distance_are_left_out() {
    let rows = [[f32::NAN, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [f32::INFINITY, 1.0], [-1.0, 0.0]];
    let bad = RowSet::from(vec![0, 4]);
    let find = |metric| nearest(&vectors(&rows), 2, 9, metric, &bad, &Progress::default()).unwrap();
    let rows = |found: Vec<Neighbor>| found.iter().map(|neighbor| neighbor.row).collect::<Vec<_>>();
    assert_eq!(rows(find(Metric::Cosine)), [3, 5], "zeros have no direction");
    assert_eq!(rows(find(Metric::Euclidean)), [1, 3, 5]);
}

#[test]
fn queries_without_an_answer_are_refused() {
    #[track_caller]
    fn check(query: u32, metric: Metric, message: &str) {
        let data = vectors(&[[0.0, 0.0], [1.0, f32::NAN], [1.0, 2.0]]);
        assert_eq!(find(&data, query, 1, metric).unwrap_err().to_string(), message);
    }
    check(3, Metric::Cosine, "there is no row 3: the vectors have 3 rows, counted from 0. Choose one of them");
    check(
        1,
        Metric::Cosine,
        "row 1 holds a NaN, an infinity or a number beyond 3.4e38, and has no distance to others. Choose another row",
    );
    check(
        0,
        Metric::Angle,
        "angle compares directions, and a vector of zeros has none. Choose another row, or the metric euclidean",
    );
    let (data, progress) = (vectors(&[[1.0, 2.0]]), Progress::default());
    let to = |query: &[f64]| nearest_to(&data, query, 1, Metric::Euclidean, &RowSet::EMPTY, &progress);
    assert_eq!(to(&[1.0]), Err(NeighborsError::Length { found: 1, expected: 2 }));
    assert_eq!(to(&[1.0, f64::INFINITY]), Err(NeighborsError::NonFiniteQuery));
    assert_eq!(to(&[4.0, 6.0]), Ok(vec![Neighbor { row: 0, distance: 5.0 }]));
    assert_eq!(find(&vectors(&[[1.0], [2.0]]), 0, 0, Metric::Cosine), Ok(vec![]));
    assert_eq!(find(&vectors(&[[1.0]]), 0, 5, Metric::Cosine), Ok(vec![]), "a lone row has no neighbor");
    progress.cancel();
    assert_eq!(to(&[1.0, 1.0]), Err(NeighborsError::Cancelled(Cancelled)));
}

/// All distances in `f64`, sorted.
fn brute_force(values: &[f32], dims: usize, query: u32, metric: Metric, left_out: &RowSet) -> Vec<Neighbor> {
    let row = |row: u32| &values[row as usize * dims..][..dims];
    let rows = (0..(values.len() / dims) as u32).filter(|&other| other != query && !left_out.contains(other));
    let mut all: Vec<Neighbor> = rows
        .filter_map(|other| {
            let distance = metric.distance(row(query), row(other))? as f32;
            Some(Neighbor { row: other, distance: distance.into() })
        })
        .collect();
    all.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.row.cmp(&b.row)));
    all
}

/// Rows of few distinct values (so with ties), in a narrow cone (so with tiny angles), or of any
/// size.
fn any_rows() -> impl Strategy<Value = (usize, Vec<f32>)> {
    let scales = prop_oneof![Just([0.0, 1.0]), Just([1000.0, 1e-3]), Just([0.0, 1e-25]), Just([0.0, 1e30])];
    (1_usize..40, 1_usize..200, scales).prop_flat_map(|(dims, rows, [offset, step])| {
        let value = (-3_i8..4).prop_map(move |x| offset + step * f32::from(x));
        prop::collection::vec(value, dims * rows).prop_map(move |values| (dims, values))
    })
}

proptest! {
    #[test]
    fn nearest_matches_brute_force(
        (dims, values) in any_rows(), k in 0_usize..60, query in any::<prop::sample::Index>(), left_out in 0_u32..200
    ) {
        let rows = values.len() / dims;
        let query = query.index(rows) as u32;
        let left_out: RowSet = [left_out].into_iter().filter(|&row| row != query).collect();
        let vectors = Vectors::from_f32(rows, dims, values.clone()).unwrap();
        for metric in Metric::ALL {
            let found = nearest(&vectors, query, k, metric, &left_out, &Progress::default());
            if metric.distance(&values[query as usize * dims..][..dims], &vec![1.0; dims]).is_none() {
                prop_assert_eq!(found, Err(NeighborsError::ZeroQuery { metric }));
                continue;
            }
            let mut expected = brute_force(&values, dims, query, metric, &left_out);
            expected.truncate(k);
            prop_assert_eq!(found, Ok(expected), "{}", metric);
        }
    }
}

/// A file of `f64` among the project's test data.
fn far_from_origin() -> Vectors {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/values/far_from_origin_f64.npy");
    Vectors::from_bytes(200, 3, Dtype::F64, Arc::new(std::fs::read(path).unwrap()), 128).unwrap()
}

/// What NumPy computes in `float64`, and by cosine in its `longdouble`.
#[test]
fn neighbors_far_from_the_origin_match_numpy() {
    let expected = [(41, 0.797_546_3), (94, 0.955_965_7), (64, 1.066_663_2), (15, 1.090_075), (87, 1.223_889_6)];
    check(&far_from_origin(), 0, Metric::Euclidean, &expected, 6);
    let found = find(&far_from_origin(), 0, 6, Metric::Cosine).unwrap();
    let expected = [
        (101, 9.048_670_1e-17_f64),
        (50, 2.359_729_0e-16),
        (193, 4.105_055_9e-16),
        (167, 4.493_924_2e-16),
        (151, 4.702_171_4e-16),
        (62, 4.992_233_1e-16),
    ];
    for (found, (row, distance)) in found.iter().zip(expected) {
        assert!(found.row == row && (found.distance / distance - 1.0).abs() < 1e-6, "{found:?}, expected {row}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/values/int64_big.npy");
    let integers = Vectors::from_bytes(20, 4, Dtype::I64, Arc::new(std::fs::read(path).unwrap()), 128).unwrap();
    let found = find(&integers, 0, 3, Metric::Euclidean).unwrap();
    for (found, (row, distance)) in found.iter().zip([(6, 8.362_111_7e17_f64), (5, 8.373_483e17), (17, 9.947_578_4e17)])
    {
        assert!(found.row == row && (found.distance / distance - 1.0).abs() < 1e-7, "{found:?}, expected {row}");
    }
}

/// A column of Unix seconds next to small numbers: rows differ by milliseconds.
#[test]
fn seconds_beside_small_columns_keep_their_digits() {
    let rows = [[1.7e9, 0.5], [1.7e9 + 0.001, 0.5], [1.7e9, 0.502], [1.7e9 - 0.004, 0.5], [1.7e9 + 60.0, 0.5]];
    let vectors = Vectors::from_f64(5, 2, rows.concat()).unwrap();
    // The numbers nearest to those seconds are 2^-22 apart.
    let expected = [(1, 0.001_000_2), (2, 0.002), (3, 0.004_000_0), (4, 60.0)];
    check(&vectors, 0, Metric::Euclidean, &expected, 6);
    let to = nearest_to(&vectors, &[1.7e9, 0.5], 1, Metric::Euclidean, &RowSet::EMPTY, &Progress::default());
    assert_eq!(to.unwrap()[0].row, 0);
}

/// A scale by a power of two scales distances and changes no neighbor.
#[test]
fn neighbors_of_any_size_are_those_of_scaled_rows() {
    let values: Vec<f64> = (0..300_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 16)).collect();
    let near = |scale: f64, metric: Metric| {
        let vectors = Vectors::from_f64(100, 3, values.iter().map(|x| x * scale).collect()).unwrap();
        let found = find(&vectors, 7, 20, metric).unwrap();
        let graph = crate::NeighborGraph::exact(
            &vectors,
            &(0..100).collect(),
            &RowSet::EMPTY,
            20,
            metric,
            &Progress::default(),
        );
        (found, graph.unwrap().neighbors(7).0.to_vec())
    };
    for metric in Metric::ALL {
        let (expected, graph) = near(1.0, metric);
        for exponent in [-1000, -500, -170, -120, 100] {
            let scale = 2_f64.powi(exponent);
            let (found, scaled) = near(scale, metric);
            assert_eq!(scaled, graph, "{metric} {exponent}");
            let unit = if metric == Metric::Euclidean { scale } else { 1.0 };
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found.row, expected.row, "{metric} {exponent}");
                assert!((found.distance / (expected.distance * unit) - 1.0).abs() < 1e-7, "{metric} {exponent}");
            }
        }
    }
}

proptest! {
    /// Wherever the rows are: the neighbors by the differences, which `f64` holds exactly.
    #[test]
    fn neighbors_of_wide_rows_match_brute_force(
        (dims, values) in any_rows(), k in 0_usize..60, offset in prop_oneof![Just(0.0), Just(1e7), Just(3.0)],
        scale in prop_oneof![Just(1.0), Just(1e-9)]
    ) {
        let rows = values.len() / dims;
        let values: Vec<f64> = values.iter().map(|&x| offset + f64::from(x) * scale).collect();
        let vectors = Vectors::from_f64(rows, dims, values.clone()).unwrap();
        let row = |row: u32| &values[row as usize * dims..][..dims];
        for metric in Metric::ALL {
            let Ok(found) = find(&vectors, 0, k, metric) else { continue };
            let mut expected: Vec<Neighbor> = (1..rows as u32)
                .filter_map(|other| metric.distance(row(0), row(other)).map(|distance| (other, distance as f32)))
                .map(|(row, distance)| Neighbor { row, distance: distance.into() })
                .collect();
            expected.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.row.cmp(&b.row)));
            expected.truncate(k);
            prop_assert_eq!(found, expected, "{}", metric);
        }
    }
}

/// Rows that have to be converted have the neighbors of the numbers they stand for.
#[test]
fn neighbors_do_not_depend_on_the_stored_type() {
    const HALVES: [u16; 4] = [0x0000, 0x3C00, 0x4000, 0x4200]; // 0, 1, 2, 3 in binary16
    let bytes: Vec<u8> = (0_u32..3000 * 7).map(|i| (i.wrapping_mul(2_654_435_761) >> 30) as u8).collect();
    let halves: Vec<u8> = bytes.iter().flat_map(|&byte| HALVES[usize::from(byte)].to_le_bytes()).collect();
    let numbers = bytes.iter().map(|&byte| f32::from(byte)).collect();
    let expected = Vectors::from_f32(3000, 7, numbers).unwrap();
    let halves = Vectors::from_bytes(3000, 7, Dtype::F16, Arc::new(halves), 0).unwrap();
    for vectors in [Vectors::from_u8(3000, 7, bytes).unwrap(), halves] {
        for metric in Metric::ALL {
            assert_eq!(find(&vectors, 1234, 50, metric), find(&expected, 1234, 50, metric), "{vectors:?} {metric}");
        }
    }
}

/// Rows without columns are all at the same place, and have no direction.
#[test]
fn rows_without_columns_are_at_distance_zero() {
    let none = Vectors::from_u8(3, 0, Vec::new()).unwrap();
    let at_query = |row| Neighbor { row, distance: 0.0 };
    assert_eq!(find(&none, 1, 9, Metric::Euclidean), Ok(vec![at_query(0), at_query(2)]));
    assert_eq!(find(&none, 1, 9, Metric::Cosine), Err(NeighborsError::ZeroQuery { metric: Metric::Cosine }));
}

/// Many blocks and any number of threads: the same bits, which are those of brute force.
#[test]
fn nearest_does_not_depend_on_the_number_of_threads() {
    let dims = 64;
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    let values: Vec<f32> = (0..20_000 * dims).map(|_| random()).collect();
    let vectors = Vectors::from_f32(20_000, dims, values.clone()).unwrap();
    assert!(vectors.blocks().len() > 4);
    for metric in Metric::ALL {
        let mut expected = brute_force(&values, dims, 12_345, metric, &RowSet::EMPTY);
        expected.truncate(100);
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(
                pool.install(|| find(&vectors, 12_345, 100, metric)),
                Ok(expected.clone()),
                "{metric}, {threads}"
            );
        }
    }
}

/// Distances of integers around 2^57, with the sums of squares taken in `i128`.
#[test]
fn long_integers_have_exact_distances() {
    let offset = |at: i64| (at * at * 7919 + at * 104_729) % 101;
    let values: Vec<i64> = (0..120).map(|at| (1 << 57) + 3 + offset(at)).collect();
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let rows: Vec<&[i64]> = values.chunks_exact(3).collect();
    let square =
        |a: &[i64], b: &[i64]| -> i128 { a.iter().zip(b).map(|(&a, &b)| (i128::from(a) - i128::from(b)).pow(2)).sum() };
    for dtype in [Dtype::I64, Dtype::U64] {
        let vectors = Vectors::from_bytes(40, 3, dtype, Arc::new(bytes.clone()), 0).unwrap();
        let all: RowSet = (0..40).collect();
        let progress = Progress::default();
        let graph = crate::NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, 6, Metric::Euclidean, &progress);
        let graph = graph.unwrap();
        for query in 0..40 {
            let others = (0..40).filter(|&other| other != query);
            let mut near: Vec<(i128, usize)> = others.map(|other| (square(rows[query], rows[other]), other)).collect();
            near.sort_unstable();
            let expected: Vec<(u32, f32)> =
                near[..6].iter().map(|&(square, row)| (row as u32, (square as f64).sqrt() as f32)).collect();
            let found = find(&vectors, query as u32, 6, Metric::Euclidean).unwrap();
            assert_eq!(found.iter().map(|found| (found.row, found.distance as f32)).collect::<Vec<_>>(), expected);
            let (rows, distances) = graph.neighbors(query);
            assert_eq!(rows.iter().copied().zip(distances.iter().copied()).collect::<Vec<_>>(), expected);
        }
    }
}

/// Bytes that are lost.
struct Lost;

impl AsRef<[u8]> for Lost {
    fn as_ref(&self) -> &[u8] {
        &[0; 64]
    }
}

impl Bytes for Lost {
    fn check(&self) -> Result<(), Damaged> {
        Err(Damaged { file: "a.npy".into(), from: 0, short: Some(0), rows: None })
    }
}

#[test]
fn lost_rows_have_no_neighbors() {
    let vectors = Vectors::from_bytes(4, 4, Dtype::F32, Arc::new(Lost), 0).unwrap();
    for metric in [Metric::Euclidean, Metric::Cosine] {
        let found = [
            find(&vectors, 1, 2, metric),
            nearest_to(&vectors, &[1.0; 4], 2, metric, &RowSet::EMPTY, &Progress::default()),
        ];
        for found in found {
            assert!(matches!(found, Err(NeighborsError::Damaged(Damaged { rows: Some(4), .. }))), "{found:?}");
        }
        let (all, none, progress) = (RowSet::all(4), RowSet::EMPTY, Progress::default());
        let graphs = [
            NeighborGraph::build(&vectors, &all, &none, 2, metric, 0, &progress),
            NeighborGraph::exact(&vectors, &all, &none, 2, metric, &progress),
            NeighborGraph::approximate(&vectors, &all, &none, 2, metric, 0, &progress),
        ];
        for graph in graphs {
            assert!(matches!(graph, Err(NeighborsError::Damaged(Damaged { rows: Some(4), .. }))), "{graph:?}");
        }
    }
}
