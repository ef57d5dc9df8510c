//! Figures of scikit-learn, theorems, and sampling against the whole.

use parallax_embedding::RowSet;

use super::*;

/// Values between -0.5 and 0.5 that any program can make.
fn values(count: u64) -> Vec<f32> {
    let value = |i: u64| ((i * i * 7919 + i * 104_729) % 10_007) as f64 / 10_007.0 - 0.5;
    (1..=count).map(|i| value(i) as f32).collect()
}

fn reference(values: &[f32], dims: usize, metric: Metric, k: usize) -> Reference {
    let vectors = Vectors::from_f32(values.len() / dims, dims, values.to_vec()).unwrap();
    let all: RowSet = (0..vectors.rows() as u32).collect();
    let graph = NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, k, metric, &Progress::default()).unwrap();
    Reference::new(&graph, &vectors, metric, &Progress::default()).unwrap()
}

/// The first two of six columns as a layout of 60 points; figures of scikit-learn's
/// `trustworthiness`, for continuity with its arguments exchanged, and of its `NearestNeighbors`.
#[test]
fn quality_matches_scikit_learn() {
    let values = values(360);
    let layout: Vec<f32> = values.chunks_exact(6).flat_map(|row| &row[..2]).copied().collect();
    let check = |metric, k, trustworthiness: f64, continuity: Option<f64>| {
        for factor in [1.0, 1e-30, 1e30] {
            let scaled: Vec<f32> = layout.iter().map(|x| x * factor).collect();
            let quality = reference(&values, 6, metric, k).measure(&scaled, 2, &Progress::default()).unwrap();
            assert_eq!((quality.k, quality.sample), (k, 60));
            let name = format!("{metric} {k} {factor}");
            assert!((quality.trustworthiness - trustworthiness).abs() < 1e-9, "{name}: {}", quality.trustworthiness);
            assert!(continuity.is_none_or(|continuity| (quality.continuity - continuity).abs() < 1e-9), "{name}");
            assert!(k < 15 || metric.is_directional() || (quality.recall - 0.433_333_333).abs() < 1e-6, "{name}");
        }
    };
    check(Metric::Euclidean, 5, 0.759_102_564_102_564_2, Some(0.872_371_794_871_794_8));
    check(Metric::Euclidean, 15, 0.718_078_078_078_078_1, Some(0.769_759_759_759_759_7));
    check(Metric::Cosine, 5, 0.748_974_358_974_358_9, None);
    check(Metric::Cosine, 15, 0.692_942_942_942_943, None);
}

/// An offset that `f64` adds almost without rounding changes no figure.
#[test]
fn quality_of_wide_vectors_does_not_depend_on_the_offset() {
    let values = values(360);
    let layout: Vec<f32> = values.chunks_exact(6).flat_map(|row| &row[..2]).copied().collect();
    for offset in [0.0, 1e7, -1e9] {
        let vectors = Vectors::from_f64(60, 6, values.iter().map(|&x| offset + f64::from(x)).collect()).unwrap();
        let all: RowSet = (0..60).collect();
        let progress = Progress::default();
        let graph = NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, 15, Metric::Euclidean, &progress).unwrap();
        let quality = Reference::new(&graph, &vectors, Metric::Euclidean, &progress).unwrap().measure(
            &layout,
            2,
            &Progress::default(),
        );
        let quality = quality.unwrap();
        assert!((quality.trustworthiness - 0.718_078_078_078_078_1).abs() < 1e-9, "{offset}: {quality:?}");
        assert!((quality.continuity - 0.769_759_759_759_759_7).abs() < 1e-9, "{offset}: {quality:?}");
    }
}

#[test]
fn vectors_score_one_and_random_layouts_half() {
    let points = 2000;
    let values = values(points * 3);
    let reference = reference(&values, 3, Metric::Euclidean, 15);
    let perfect = reference.measure(&values, 3, &Progress::default()).unwrap();
    assert_eq!((perfect.recall, perfect.trustworthiness, perfect.continuity), (1.0, 1.0, 1.0));
    assert!(perfect.kept.iter().all(|&share| share == 1.0) && perfect.kept.len() == points as usize);
    // Any other 15 of 1999 hold 15 * 15 / 1999 of them in the mean. Ranks are uniform, so that half
    // of the greatest penalty is due.
    let lot: Vec<f32> = (0..points * 3).map(|i| Random::new(1, 0).signed(i) as f32).collect();
    let lot = reference.measure(&lot, 3, &Progress::default()).unwrap();
    assert!((lot.recall - 15.0 / 1999.0).abs() < 0.002, "{}", lot.recall);
    assert!((lot.trustworthiness - 0.5).abs() < 0.02 && (lot.continuity - 0.5).abs() < 0.02, "{lot:?}");
}

/// The errors of each point, by ranks that are counted among all.
fn errors_by_brute_force(values: &[f32], dims: usize, layout: &[f32], k: usize) -> Vec<[f64; 2]> {
    let points = values.len() / dims;
    let ranked = |values: &[f32], dims: usize, point: usize| {
        let square = |other: usize| -> f32 {
            let [a, b] = [point, other].map(|point| &values[point * dims..][..dims]);
            a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let mut others: Vec<usize> = (0..points).filter(|&other| other != point).collect();
        others.sort_by(|&a, &b| square(a).total_cmp(&square(b)).then(a.cmp(&b)));
        others
    };
    let (n, k_f) = (points as f64, k as f64);
    let error = |from: &[usize], to: &[usize]| {
        let rank = |other: &usize| to.iter().position(|o| o == other).unwrap() + 1;
        let excess: usize = from[..k].iter().map(|other| rank(other).saturating_sub(k)).sum();
        excess as f64 / (k_f * (2.0 * n - 3.0 * k_f - 1.0) / 2.0)
    };
    let of_point = |point: usize| {
        let (known, found) = (ranked(values, dims, point), ranked(layout, layout.len() / points, point));
        [error(&found, &known), error(&known, &found)]
    };
    (0..points).map(of_point).collect()
}

#[test]
fn errors_of_each_point_match_brute_force() {
    for (points, dims, k) in [(60, 6, 5), (60, 6, 15), (200, 3, 15), (7, 2, 3), (31, 9, 15)] {
        let values = values(points * dims as u64);
        let layout: Vec<f32> = values.chunks_exact(dims).flat_map(|row| &row[..2]).copied().collect();
        let layout: Vec<f32> = layout.iter().enumerate().map(|(at, x)| x + (at % 3) as f32 * 0.1).collect();
        let quality = reference(&values, dims, Metric::Euclidean, k).measure(&layout, 2, &Progress::default()).unwrap();
        let expected = errors_by_brute_force(&values, dims, &layout, k);
        for (point, (found, expected)) in quality.errors.iter().zip(&expected).enumerate() {
            let is_near =
                found.iter().zip(expected).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-6);
            assert!(is_near, "{points} {k} {point}: {found:?}, {expected:?}");
        }
        for (of, figure) in [quality.trustworthiness, quality.continuity].into_iter().enumerate() {
            let mean = expected.iter().map(|errors| errors[of]).sum::<f64>() / points as f64;
            assert!((1.0 - mean - figure).abs() < 1e-9, "{points} {k} {of}");
        }
    }
}

/// By a sample of 1000 of 5000 points, the errors of each are near the exact ones, and their means
/// are nearer.
#[test]
fn sampled_quality_is_close_to_the_full_one() {
    let points = 5000;
    let values = values(points * 3);
    let sampled = reference(&values, 3, Metric::Euclidean, 15);
    let sample: Vec<u32> = (0..points as u32).collect();
    let squares = Some(sampled.source.squares_of_all(&sample, &Progress::default()).unwrap());
    let whole = Reference { sample, squares, ..sampled.clone() };
    let layout: Vec<f32> = values.chunks_exact(3).flat_map(|row| &row[..2]).copied().collect();
    let (sampled, whole) = (
        sampled.measure(&layout, 2, &Progress::default()).unwrap(),
        whole.measure(&layout, 2, &Progress::default()).unwrap(),
    );
    assert_eq!((sampled.sample, whole.sample), (1000, 5000));
    assert_eq!(sampled.kept, whole.kept);
    assert!((sampled.trustworthiness - whole.trustworthiness).abs() < 0.002, "{sampled:?}");
    assert!((sampled.continuity - whole.continuity).abs() < 0.002);
    for (found, expected) in sampled.errors.iter().zip(&whole.errors) {
        // Five standard errors of a share of 1000, in units of the most, which is about the share itself.
        let is_near = |(found, expected): (&f32, &f32)| {
            let share = expected.min(0.5);
            (found - expected).abs() < 0.01 + 5.0 * (share * (1.0 - share) / 1000.0).sqrt()
        };
        assert!(found.iter().zip(expected).all(is_near), "{found:?}, {expected:?}");
    }
    let expected = errors_by_brute_force(&values[..900], 3, &layout[..600], 15);
    assert!(expected.iter().flatten().any(|error| *error > 0.05), "the layout has errors");
}

/// With more points than the distances of which are kept, the sample is as large, and what is measured
/// anew is what would have been kept.
#[test]
fn quality_of_many_points_is_as_exact() {
    for points in [4097, 20_000, 1_000_000] {
        let sample = sample(points);
        assert_eq!((sample.len(), sample.is_sorted()), (SAMPLE, true), "{points}");
        assert!(sample.iter().all(|&point| (point as usize) < points));
    }
    let values = values(4200 * 3);
    let kept = reference(&values, 3, Metric::Euclidean, 15);
    assert_eq!(kept.squares.as_ref().map(Vec::len), Some(4200 * SAMPLE));
    let layout: Vec<f32> = values.chunks_exact(3).flat_map(|row| &row[..2]).copied().collect();
    let anew = Reference { squares: None, ..kept.clone() };
    let [kept, anew] = [kept, anew].map(|reference| reference.measure(&layout, 2, &Progress::default()).unwrap());
    assert_eq!(kept, anew);
    let progress = Progress::default();
    progress.cancel();
    let canceled = reference(&values[..900], 3, Metric::Euclidean, 15).measure(&layout[..600], 2, &progress);
    assert!(matches!(canceled, Err(ProjectionError::Cancelled(_))));
}

/// Pairs are as far apart whether they are measured alone or side by side.
#[test]
fn distances_of_a_pair_are_those_of_all() {
    for metric in [Metric::Euclidean, Metric::Cosine] {
        for dims in [1, 3, 16, 33] {
            let values = values(40 * dims as u64);
            let source = reference(&values, dims, metric, 5).source;
            let others: Vec<u32> = (0..40).collect();
            let all = source.squares_of_all(&others, &Progress::default()).unwrap();
            for point in 0..40 {
                assert_eq!(
                    source.squares_to(point, &others),
                    all[point as usize * 40..][..40],
                    "{metric} {dims} {point}"
                );
            }
        }
    }
}

#[test]
fn quality_does_not_depend_on_the_number_of_threads() {
    let values = values(9000);
    let measure = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            reference(&values, 6, Metric::Cosine, 15).measure(&values[..3000], 2, &Progress::default()).unwrap()
        })
    };
    assert_eq!(measure(1), measure(2));
}

#[test]
fn few_and_equal_points_are_measured_or_refused() {
    for points in 3..12_usize {
        for values in [values(points as u64 * 2), vec![1.0; points * 2]] {
            let quality =
                reference(&values, 2, Metric::Euclidean, points - 1).measure(&values, 2, &Progress::default()).unwrap();
            assert_eq!((quality.k, quality.recall), ((points - 1) / 2, 1.0), "{points}");
            assert_eq!((quality.trustworthiness, quality.continuity), (1.0, 1.0), "{points}");
        }
    }
    let vectors = Vectors::from_f32(2, 1, vec![0.0, 1.0]).unwrap();
    let graph = NeighborGraph::from_lists(vec![0, 1], 1, vec![1, 0], vec![1.0; 2]);
    let error = Reference::new(&graph, &vectors, Metric::Euclidean, &Progress::default()).unwrap_err();
    assert_eq!(error.to_string(), "quality needs at least 3 points, and 2 have a place. Include more rows");
    let reference = reference(&values(20), 2, Metric::Euclidean, 9);
    let error = reference.measure(&[f32::INFINITY; 20], 2, &Progress::default()).unwrap_err();
    assert_eq!(error, ProjectionError::NonFinitePlace { point: 0 });
}

/// All coordinates count: vectors of up to ten dimensions as their own layout keep all neighbors, and
/// their first three coordinates do not.
#[test]
fn quality_counts_all_coordinates() {
    for dims in [4, 5, 10] {
        let values = values(60 * dims as u64);
        let reference = reference(&values, dims, Metric::Euclidean, 15);
        let quality = reference.measure(&values, dims, &Progress::default()).unwrap();
        assert_eq!((quality.recall, quality.trustworthiness, quality.continuity), (1.0, 1.0, 1.0), "{dims}");
        let first: Vec<f32> = values.chunks_exact(dims).flat_map(|row| &row[..3]).copied().collect();
        assert!(reference.measure(&first, 3, &Progress::default()).unwrap().recall < 0.95, "{dims}");
    }
}
