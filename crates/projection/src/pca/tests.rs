//! PCA against scikit-learn's figures, against theorems, and on degenerate input.

use std::{path::Path, sync::Arc};

use half::f16;
use parallax_embedding::Dtype;
use proptest::prelude::*;

use super::*;

fn run(vectors: &Vectors) -> Pca {
    run_without(vectors, &RowSet::EMPTY)
}

fn run_without(vectors: &Vectors, left_out: &RowSet) -> Pca {
    let mut pca = Pca::new(vectors.clone(), left_out, PcaConfig::recommended()).unwrap();
    pca.run(&Progress::default()).unwrap();
    pca
}

fn f32s(rows: usize, dims: usize, values: &[f32]) -> Vectors {
    Vectors::from_f32(rows, dims, values.to_vec()).unwrap()
}

/// A file of the crate, or of the project.
fn file(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn iris() -> Vectors {
    let bytes = file("../../tests/data/iris/iris_tensors.bytes");
    f32s(150, 4, &bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect::<Vec<_>>())
}

/// Numbers between -0.5 and 0.5 by a linear congruential generator (Knuth's MMIX).
fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    std::iter::repeat_with(next).take(count).collect()
}

#[track_caller]
fn assert_near(what: &str, found: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance * largest, "{what} {i}: {found}, expected {expected}");
    }
}

fn coordinates(pca: &Pca) -> impl Iterator<Item = f64> {
    pca.layout().values().iter().map(|&x| f64::from(x))
}

/// All figures agree with scikit-learn's, of the same sign, coordinates to `tolerance` of the
/// largest.
#[track_caller]
fn check(vectors: &Vectors, name: &str, tolerance: f64) {
    let pca = run(vectors);
    let bytes = file(&format!("tests/data/{name}.pca.bin"));
    let figures: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
    let (rows, dims) = (vectors.rows(), vectors.dims());
    let count = 10.min(dims).min(rows - 1);
    let (mean, rest) = figures.split_at(dims);
    let (components, rest) = rest.split_at(count * dims);
    let (variance, rest) = rest.split_at(count);
    let (ratio, expected) = rest.split_at(count);
    assert_near("mean", pca.mean().iter().copied(), mean, 1e-12);
    assert_near("variance", pca.explained_variance().iter().copied(), variance, 1e-6);
    assert_near("ratio", pca.explained_variance_ratio().iter().copied(), ratio, 1e-6);
    assert_near("coordinate", coordinates(&pca), expected, tolerance);
    assert_near("component", pca.components().iter().copied(), components, 10.0 * tolerance);
}

#[test]
fn pca_matches_scikit_learn() {
    check(&iris(), "iris", 1e-5);
    check(&Vectors::from_u8(1797, 64, file("tests/data/digits_1797x64_u8.bin")).unwrap(), "digits_1797x64_u8", 1e-5);
    check(&Vectors::from_u8(40, 2000, file("tests/data/wide_40x2000_u8.bin")).unwrap(), "wide_40x2000_u8", 1e-5);
    let words = file("tests/data/words_300x384_f16.bin");
    let words = words.as_chunks::<2>().0.iter().map(|&bytes| f16::from_le_bytes(bytes)).collect();
    check(&Vectors::from_f16(300, 384, words).unwrap(), "words_300x384_f16", 1e-5);
    let offset = file("tests/data/offset_500x20_f32.bin");
    let offset: Vec<f32> = offset.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    check(&f32s(500, 20, &offset), "offset_500x20_f32", 1e-5);
}

/// `f64` rows far from the origin. Each variance has its own digits, however small it is compared
/// with the first.
#[test]
fn pca_of_wide_vectors_matches_scikit_learn() {
    let far = file("../../tests/data/values/far_from_origin_f64.npy")[128..].to_vec();
    let seconds = file("tests/data/seconds_300x4_f64.bin");
    for (name, rows, dims, bytes) in [("far_from_origin_f64", 200, 3, far), ("seconds_300x4_f64", 300, 4, seconds)] {
        let vectors = Vectors::from_bytes(rows, dims, Dtype::F64, Arc::new(bytes), 0).unwrap();
        check(&vectors, name, 1e-6);
        let pca = run(&vectors);
        let figures = file(&format!("tests/data/{name}.pca.bin"));
        let figures: Vec<f64> = figures.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        let variances = &figures[dims + dims * dims..][..dims];
        let places = &figures[2 * dims + dims + dims * dims..];
        for (component, expected) in variances.iter().enumerate() {
            assert_near(name, [pca.explained_variance()[component]], &[*expected], 1e-6);
            let of = |all: &[f64]| all.iter().skip(component).step_by(dims).copied().collect::<Vec<f64>>();
            assert_near(name, of(&coordinates(&pca).collect::<Vec<_>>()), &of(places), 1e-6);
        }
    }
}

/// The shares of scikit-learn's `svd_solver="full"`, and of NumPy's `eigvalsh(cov(rows - 1e7))`.
/// The solver `covariance_eigh` finds 0.9116, 0.0508 and 0.0376, since it squares before it
/// centers.
#[test]
fn variance_ratios_far_from_the_origin_match_numpy() {
    let far = file("../../tests/data/values/far_from_origin_f64.npy")[128..].to_vec();
    let pca = run(&Vectors::from_bytes(200, 3, Dtype::F64, Arc::new(far), 0).unwrap());
    let found: Vec<String> = pca.explained_variance_ratio().iter().map(|ratio| format!("{ratio:.4}")).collect();
    assert_eq!(found, ["0.9093", "0.0522", "0.0384"]);
}

/// Moving all rows by a vector that `f64` adds without rounding changes no coordinate.
#[test]
fn coordinates_of_wide_vectors_do_not_depend_on_the_offset() {
    for (rows, dims) in [(60, 5), (6, 40)] {
        let values: Vec<f64> = random(rows * dims, 3).into_iter().map(f64::from).collect();
        let moved = values.iter().map(|x| x + f64::from(1 << 28)).collect();
        let [near, far] = [values, moved].map(|values| run(&Vectors::from_f64(rows, dims, values).unwrap()));
        assert_near("coordinate", coordinates(&far), &coordinates(&near).collect::<Vec<_>>(), 1e-6);
    }
}

/// The textbook's shares of the variance of Iris. Its rows 34 and 37 are as Fisher printed them;
/// the file, like the UCI repository, has three of their values wrong.
#[test]
fn iris_ratios_match_the_textbook() {
    let mut values = iris().as_f32().unwrap().to_vec();
    values[34 * 4..35 * 4].copy_from_slice(&[4.9, 3.1, 1.5, 0.2]);
    values[37 * 4..38 * 4].copy_from_slice(&[4.9, 3.6, 1.4, 0.1]);
    let ratios = [0.924_619, 0.053_066, 0.017_103, 0.005_212];
    for (found, expected) in run(&f32s(150, 4, &values)).explained_variance_ratio().iter().zip(ratios) {
        assert!((found - expected).abs() < 5.1e-7, "{found}, expected {expected}");
    }
}

/// Rows of very different sizes: squares that overflow or vanish do no harm, and scaling changes no
/// direction.
#[test]
fn values_of_any_size_have_the_same_components() {
    let values = random(60 * 5, 7);
    let expected = run(&f32s(60, 5, &values));
    for exponent in [-120, -60, 60, 120] {
        let scale = 2.0_f32.powi(exponent);
        let found = run(&f32s(60, 5, &values.iter().map(|x| x * scale).collect::<Vec<_>>()));
        assert_near("component", found.components().iter().copied(), expected.components(), 1e-6);
        let back: Vec<f64> = coordinates(&found).map(|x| x / f64::from(scale)).collect();
        assert_near("coordinate", back, &coordinates(&expected).collect::<Vec<_>>(), 1e-6);
    }
}

/// A constant column takes nothing from the others, however much greater it is.
#[test]
fn large_constant_column_changes_nothing() {
    let values = random(60 * 4, 7);
    for (constant, scale) in [(1e30, 1.0), (1.0, 1e-30), (1e38, 1e-35), (-3e38, 1e30)] {
        let scaled: Vec<f32> = values.iter().map(|x| x * scale).collect();
        let with_constant: Vec<f32> = scaled.chunks_exact(4).flat_map(|row| [&[constant], row].concat()).collect();
        let (expected, found) = (run(&f32s(60, 4, &scaled)), run(&f32s(60, 5, &with_constant)));
        let varying = coordinates(&found).enumerate().filter(|(at, _)| at % 5 < 4).map(|(_, x)| x);
        assert_near("coordinate", varying, &coordinates(&expected).collect::<Vec<_>>(), 1e-6);
    }
}

/// Columns of very different sizes: the components of small columns are right relative to their own
/// size.
#[test]
fn small_columns_are_not_lost_beside_large_ones() {
    let (rows, sizes) = (200, [1e6_f32, 1.0, 1e-6]);
    let values: Vec<f32> = random(rows * 3, 3).iter().zip(sizes.iter().cycle()).map(|(x, size)| x * size).collect();
    let vectors = f32s(rows, 3, &values);
    let variance = |column: usize| {
        let column: Vec<f64> = values.iter().skip(column).step_by(3).map(|&x| f64::from(x)).collect();
        let mean = column.iter().sum::<f64>() / rows as f64;
        column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (rows - 1) as f64
    };
    for (column, found) in run(&vectors).explained_variance().iter().enumerate().take(2) {
        assert!((found / variance(column) - 1.0).abs() < 0.05, "{column}: {found}, column's own {}", variance(column));
    }
}

#[test]
fn degenerate_rows_are_placed() {
    #[track_caller]
    fn check(rows: usize, dims: usize, values: &[f32], expected: &[f32], ratios: &[f64]) {
        let pca = run(&f32s(rows, dims, values));
        assert_near("coordinate", coordinates(&pca), &expected.iter().map(|&x| f64::from(x)).collect::<Vec<_>>(), 1e-6);
        assert_near("ratio", pca.explained_variance_ratio().iter().copied(), ratios, 1e-6);
        assert_orthonormal(pca.components(), dims);
    }
    check(1, 3, &[1.0, 2.0, 3.0], &[0.0], &[0.0]);
    check(2, 3, &[0.0, 0.0, 5.0, 4.0, 0.0, 2.0], &[-2.5, 2.5], &[1.0]);
    check(3, 1, &[1e6, 1e6 + 1.0, 1e6 + 2.0], &[-1.0, 0.0, 1.0], &[1.0]);
    check(3, 2, &[7.0; 6], &[0.0; 6], &[0.0, 0.0]);
    check(4, 2, &[1.0, 5.0, 2.0, 5.0, 3.0, 5.0, 4.0, 5.0], &[-1.5, 0.0, -0.5, 0.0, 0.5, 0.0, 1.5, 0.0], &[1.0, 0.0]);
    check(2, 300, &[3.0; 600], &[0.0; 2], &[0.0]);
    check(30, 300, &vec![3.0; 9000], &[0.0; 300], &[0.0; 10]);
    check(300, 300, &vec![3.0; 90_000], &[0.0; 3000], &[0.0; 10]);
}

#[test]
fn rows_left_out_have_no_place_and_no_weight() {
    for dims in [3, 40] {
        let values = random(20 * dims, 11);
        let mut spoilt = values.clone();
        spoilt.splice(5 * dims..5 * dims, (0..dims).map(|_| f32::NAN));
        spoilt.extend((0..dims).map(|_| f32::INFINITY));
        let (expected, found) =
            (run(&f32s(20, dims, &values)), { run_without(&f32s(22, dims, &spoilt), &RowSet::from(vec![5, 21, 99])) });
        assert!([5, 21].iter().all(|&row| found.layout().row(row).unwrap().iter().all(|x| x.is_nan())));
        let kept = coordinates(&found).filter(|x| x.is_finite());
        assert_near("coordinate", kept, &coordinates(&expected).collect::<Vec<_>>(), 1e-6);
        assert_near("variance", found.explained_variance().iter().copied(), expected.explained_variance(), 1e-6);
    }
}

#[test]
fn input_without_a_projection_is_refused() {
    #[track_caller]
    fn check(rows: usize, dims: usize, value: f32, left_out: &[u32], components: usize, message: &str) {
        let vectors = f32s(rows, dims, &vec![value; rows * dims]);
        let pca = Pca::new(vectors, &left_out.to_vec().into(), PcaConfig { components });
        let error = pca.and_then(|mut pca| pca.run(&Progress::default())).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    check(0, 3, 0.0, &[], 10, "there is no row to project. Open vectors that have rows");
    check(2, 0, 0.0, &[], 10, "the vectors have no dimensions. Open a tensor with columns");
    check(2, 2, 0.0, &[], 0, "no component was asked for. Ask for 1 or more");
    let all = "no row is finite: each of 2 holds NaN, infinity, or a number beyond 3.4e38. Correct the values";
    check(2, 2, f32::NAN, &[0, 1], 10, all);
    let left = "none of the rows to be laid out is finite: they hold NaN, infinity, or a number beyond 3.4e38, or are not \
                among the data. Isolate others";
    check(2, 2, 1.0, &[0, 1], 10, left);
    check(3, 2, f32::NAN, &[0], 10, "row 1 holds NaN or infinity that is not among the rows left out. Leave it out");
    let large = "PCA of 20000 rows and 20000 dimensions needs a matrix of 20000 x 20000 numbers, 3.0 GiB, and the limit \
                 is 16384 x 16384. Leave out rows or columns until one of the two is at most 16384";
    let error = ProjectionError::TooLarge { rows: 20_000, dims: 20_000, smaller: 20_000, limit: PCA_LIMIT };
    assert_eq!(error.to_string(), large);
}

#[test]
fn steps_advance_and_can_be_canceled() {
    let vectors = f32s(6000, 200, &random(6000 * 200, 5));
    let mut pca = Pca::new(vectors, &RowSet::EMPTY, PcaConfig { components: 2 }).unwrap();
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(pca.run(&progress), Err(ProjectionError::Cancelled(_))));
    let mut fractions = vec![pca.fraction()];
    while !pca.is_finished() {
        pca.step().unwrap();
        fractions.push(pca.fraction());
    }
    assert!(fractions.is_sorted() && fractions.len() > 8, "{fractions:?}");
    assert_eq!((fractions[0], fractions.last(), pca.layout().dims()), (0.0, Some(&1.0), 2));
}

/// The same bits on one thread and on several: through the covariance, the Gram matrix, and both
/// eigensolvers.
#[test]
fn pca_does_not_depend_on_the_number_of_threads() {
    for (rows, dims) in [(5000, 300), (3000, 30), (200, 3000), (400, 500)] {
        let vectors = f32s(rows, dims, &random(rows * dims, 9));
        let of_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&vectors))
        };
        let expected = of_threads(1);
        for found in [of_threads(2), of_threads(5)] {
            assert_eq!(found.layout(), expected.layout(), "{rows} x {dims}");
            assert_eq!(found.components(), expected.components());
            assert_eq!(found.explained_variance(), expected.explained_variance());
        }
    }
}

/// Rows that span no more dimensions than there are components keep their distances, as in any
/// orthonormal basis.
#[track_caller]
fn assert_distances_kept(rows: usize, dims: usize, values: &[f32]) {
    let pca = run(&f32s(rows, dims, values));
    let distance = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum::<f64>().sqrt()
    };
    let row = |row: usize| &values[row * dims..][..dims];
    let place = |row: usize| pca.layout().row(row).unwrap();
    let pairs = || (0..rows).flat_map(|a| (0..a).map(move |b| (a, b)));
    let found = pairs().map(|(a, b)| distance(place(a), place(b)));
    assert_near("distance", found, &pairs().map(|(a, b)| distance(row(a), row(b))).collect::<Vec<_>>(), 2e-6);
}

#[test]
fn very_long_rows_keep_their_distances() {
    assert_distances_kept(4, 3_000_000, &random(12_000_000, 17)); // a row is longer than what is read at a time
    assert_distances_kept(11, 50_000, &random(550_000, 23));
}

/// The greatest residual |Cv - av|, divided by the greatest eigenvalue, C being the covariance by
/// its definition.
fn residual(pca: &Pca, rows: usize, dims: usize, values: &[f32]) -> f64 {
    let row = |row: usize| values[row * dims..][..dims].iter().map(|&x| f64::from(x));
    let mean: Vec<f64> =
        (0..dims).map(|i| (0..rows).map(|r| f64::from(values[r * dims + i])).sum::<f64>() / rows as f64).collect();
    let deviations: Vec<Vec<f64>> = (0..rows).map(|r| row(r).zip(&mean).map(|(x, mean)| x - mean).collect()).collect();
    let mut greatest = 0.0_f64;
    for (v, variance) in pca.components().chunks_exact(dims).zip(pca.explained_variance()) {
        let mut rest: Vec<f64> = v.iter().map(|v| -variance * v).collect();
        for deviation in &deviations {
            let along = deviation.iter().zip(v).map(|(x, v)| x * v).sum::<f64>() / (rows - 1) as f64;
            rest.iter_mut().zip(deviation).for_each(|(rest, x)| *rest += along * x);
        }
        greatest = greatest.max(rest.iter().map(|x| x * x).sum::<f64>().sqrt());
    }
    greatest / pca.explained_variance()[0]
}

#[track_caller]
fn assert_orthonormal(components: &[f64], dims: usize) {
    for (i, a) in components.chunks_exact(dims).enumerate() {
        for (j, b) in components.chunks_exact(dims).enumerate() {
            let product: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
            assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12, "{i} and {j}: {product}");
        }
    }
}

/// Checks them for numbers at a distance of `offset` from zero.
fn theorems_hold(rows: usize, dims: usize, seed: u64, offset: i16) -> Result<(), TestCaseError> {
    let values: Vec<f32> = random(rows * dims, seed).iter().map(|x| x + f32::from(offset)).collect();
    let pca = run(&f32s(rows, dims, &values));
    assert_orthonormal(pca.components(), dims);
    prop_assert!(pca.explained_variance().iter().rev().is_sorted());
    let count = pca.layout().dims();
    let sum: f64 = pca.explained_variance_ratio().iter().sum();
    // Products and their sums are of f32, and those of n terms have an error of n units of rounding (N. J.
    // Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1): the error of the matrix
    // is at most that share of its trace, and so is that of each eigenvalue (H. Weyl, 1912). One that is
    // negative counts as 0, and the others then have more than the whole. Rows are moved to their mean
    // before, so that the offset makes no difference.
    let terms = rows.max(dims) + 2;
    let rounding = (count * terms) as f64 * f64::from(f32::EPSILON) / 2.0;
    prop_assert!(sum < 1.0 + rounding, "{} {}", sum, rounding);
    if dims.min(rows - 1) <= 10 {
        prop_assert!((sum - 1.0).abs() < 1e-4, "{}", sum);
    }
    let column = |i: usize| coordinates(&pca).skip(i).step_by(count);
    for i in 0..count {
        prop_assert!((column(i).sum::<f64>() / rows as f64).abs() < 1e-5);
        for j in 0..count {
            let moment = column(i).zip(column(j)).map(|(x, y)| x * y).sum::<f64>() / (rows - 1) as f64;
            let expected = if i == j { pca.explained_variance()[i] } else { 0.0 };
            prop_assert!(
                (moment - expected).abs() < 1e-5 * pca.explained_variance()[0] + 1e-9,
                "{} {}",
                moment,
                expected
            );
        }
    }
    Ok(())
}

/// The least eigenvalue of three rows is 0, and by rounding less.
#[test]
fn pca_theorems_hold_where_an_eigenvalue_is_zero() {
    for offset in [0, 5, 99] {
        theorems_hold(3, 3, 3_372_297_175_110_135_204, offset).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is true of any PCA: orthonormal components, descending variances that sum up to the
    /// whole if there are as many components as dimensions, uncorrelated centered coordinates with
    /// those variances.
    #[test]
    fn pca_theorems_hold(rows in 2_usize..120, dims in 1_usize..120, seed: u64, offset in -100_i16..100) {
        theorems_hold(rows, dims, seed, offset)?;
    }

    /// Components and variances are eigenvectors and eigenvalues of the covariance, through either
    /// matrix and either solver.
    #[test]
    fn components_are_eigenvectors(rows in 2_usize..400, dims in 1_usize..400, seed: u64, fall in 0.0_f32..0.2, offset in -1000_i16..1000) {
        let sizes: Vec<f32> = (0..dims).map(|i| (-fall * i as f32).exp()).collect();
        let noise = random(rows * dims, seed);
        let values: Vec<f32> = noise.iter().zip(sizes.iter().cycle()).map(|(x, size)| x * size + f32::from(offset)).collect();
        let pca = run(&f32s(rows, dims, &values));
        assert_orthonormal(pca.components(), dims);
        let residual = residual(&pca, rows, dims, &values);
        prop_assert!(residual < 1e-6, "{}", residual);
    }

    #[test]
    fn few_rows_keep_their_distances(rows in 2_usize..12, dims in 1_usize..3000, seed: u64) {
        if rows.min(dims) <= 10 || rows == 11 {
            assert_distances_kept(rows, dims, &random(rows * dims, seed));
        }
    }

    /// Moving the origin by what `f32` holds exactly and reordering the rows change no distance
    /// between coordinates.
    #[test]
    fn translation_and_order_change_no_distance(rows in 3_usize..60, dims in 1_usize..80, seed: u64, shift in -64_i8..64) {
        let values: Vec<f32> = random(rows * dims, seed).iter().map(|x| (x * 256.0).round()).collect();
        let moved: Vec<f32> = values.chunks_exact(dims).rev().flatten().map(|x| x + f32::from(shift)).collect();
        let (a, b) = (run(&f32s(rows, dims, &values)), run(&f32s(rows, dims, &moved)));
        let greatest = a.explained_variance()[0];
        for (x, y) in a.explained_variance().iter().zip(b.explained_variance()) {
            prop_assert!((x - y).abs() <= 1e-5 * greatest);
        }
        let (first, last) = (a.layout().row(0).unwrap(), b.layout().row(rows - 1).unwrap());
        let distinct = a.explained_variance().windows(2).next().is_none_or(|pair| pair[0] > 1.2 * pair[1]);
        if distinct {
            prop_assert!((first[0] - last[0]).abs() < 1e-3 * greatest.sqrt() as f32, "{} {}", first[0], last[0]);
        }
    }
}
