//! Figures of SciPy and scikit-learn, and theorems.

use parallax_embedding::{ColumnBuilder, Dtype, RowSet};
use parallax_neighbors::Metric;
use proptest::prelude::*;

use super::*;
use crate::{Layout, random::Random};

/// Values between -0.5 and 0.5 that any program can make.
fn values(count: u64) -> Vec<f32> {
    let value = |i: u64| ((i * i * 7919 + i * 104_729) % 10_007) as f64 / 10_007.0 - 0.5;
    (1..=count).map(|i| value(i) as f32).collect()
}

fn of(dims: usize, values: Vec<f32>) -> Vectors {
    Vectors::from_f32(values.len() / dims, dims, values).unwrap()
}

/// 60 x 4 of each: the second is 240 other values, plus 0.7 times the first.
fn alike() -> [Vectors; 2] {
    let all = values(360);
    let first = all[..240].to_vec();
    let second = all[120..].iter().zip(&first).map(|(b, a)| (f64::from(*b) + f64::from(*a) * 0.7) as f32);
    [of(4, first.clone()), of(4, second.collect())]
}

fn fit(vectors: [&Vectors; 2], reflection: bool, scale: bool) -> Procrustes {
    let partners = Partners::by_order([vectors[0].rows(), vectors[1].rows()]);
    Procrustes::fit(vectors, &partners, Freedom { reflection, scale }, &Progress::default()).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// SciPy 1.17, `linalg.orthogonal_procrustes` of the rows about their means, and
/// `spatial.procrustes`.
#[test]
fn procrustes_matches_scipy() {
    let [a, b] = &alike();
    let rigid = fit([a, b], true, false);
    let expected = [0.933_904_647_593, 0.290_901_906_224, -0.177_514_331_201, 0.108_105_746_401, -0.308_027_910_415];
    let found: Vec<f64> = (0..5).map(|at| rigid.map()[(at / 4, at % 4)]).collect();
    found.iter().zip(expected).for_each(|(found, expected)| close(*found, expected));
    close(rigid.residual(), 0.683_741_434_332_079_5);
    assert!(!rigid.reflects());
    let scaled = fit([a, b], true, true);
    close(scaled.residual(), 0.640_184_194_339_714_2);
    close(scaled.scale(), 0.741_879_089_507_964_3);
    let partners = Partners::by_order([60, 60]);
    let distances = rigid.distances([a, b], &partners, &Progress::default()).unwrap();
    for (found, expected) in distances.iter().zip([0.157_297_693_9, 0.771_108_248_1, 0.680_086_666_7, 0.625_206_050_2])
    {
        assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
    }
}

/// NumPy: the best rotation of determinant 1 onto a mirrored copy.
#[test]
fn procrustes_mirrors_only_if_it_may() {
    let [a, _] = &alike();
    let mirrored = a.as_f32().unwrap().iter().enumerate().map(|(at, x)| if at % 4 == 0 { -x } else { *x }).collect();
    let mirrored = of(4, mirrored);
    let may = fit([a, &mirrored], true, false);
    assert!(may.reflects() && may.residual() < 1e-12, "{may:?}");
    let may_not = fit([a, &mirrored], false, false);
    assert!(!may_not.reflects());
    close(may_not.residual(), 0.522_415_999_923_094_8);
}

/// Two that fit badly: the best scale is small, and the other one gives the image the spread of the
/// target, as summed here.
#[test]
fn image_can_be_as_large_as_its_target() {
    let [a, b] = &alike();
    let found = fit([a, b], true, true);
    let large = found.as_large();
    let mut layout = Layout::unplaced(60, 4);
    layout.view_mut().iter_mut().zip(a.as_f32().unwrap()).for_each(|(to, from)| *to = *from);
    let spread = |values: &[f32]| {
        let rows = values.len() / 4;
        let mean = |axis: usize| values.iter().skip(axis).step_by(4).map(|x| f64::from(*x)).sum::<f64>() / rows as f64;
        let means = [0, 1, 2, 3].map(mean);
        values.iter().enumerate().map(|(at, x)| (f64::from(*x) - means[at % 4]).powi(2)).sum::<f64>()
    };
    let target = spread(b.as_f32().unwrap());
    assert!((spread(large.apply(&layout).values()) / target - 1.0).abs() < 1e-5);
    assert!(spread(found.apply(&layout).values()) < 0.5 * target);
    assert_eq!(large.residual(), found.residual());
    let exact = fit([a, a], true, true);
    close(exact.as_large().scale(), 1.0);
}

/// NumPy, by the kernels of all rows.
#[test]
fn linear_cka_matches_numpy() {
    let [a, b] = &alike();
    let half = of(3, values(180).iter().map(|x| x * 0.5).collect());
    let cka =
        |other: &Vectors| linear_cka([a, other], &Partners::by_order([60, 60]), &Progress::default()).unwrap().unwrap();
    close(cka(b), 0.344_875_299_934_45);
    close(cka(&half), 0.013_798_067_212_645_268);
    let flat = of(4, vec![3.0; 240]);
    let none = linear_cka([a, &flat], &Partners::by_order([60, 60]), &Progress::default()).unwrap();
    assert_eq!(none, None);
    // Each row is as far from all others, or is one of two kinds, the second of one row alone.
    let unit = |row: usize, axis: usize| if row == axis { 1.0 } else { 0.0 };
    let apart = of(60, (0..3600).map(|at| unit(at / 60, at % 60) * 0.1).collect());
    let lone = of(3, (0..180).map(|at| if at < 3 { 0.1 } else { 0.7 }).collect());
    for other in [&apart, &lone] {
        let none = linear_cka([a, other], &Partners::by_order([60, 60]), &Progress::default()).unwrap();
        assert_eq!(none, None);
    }
}

/// Points of a grid, each as far from several others, in another order.
#[test]
fn copy_in_another_order_has_the_same_neighbors() {
    let order: Vec<u32> = (0..100).map(|row| row * 37 % 100).collect();
    let grid = of(2, (0..100).flat_map(|row| [row % 10 + 1, row / 10 + 1]).map(|x| x as f32).collect());
    let key = |rows: &mut dyn Iterator<Item = u32>| {
        let mut column = ColumnBuilder::new("key");
        rows.for_each(|row| column.push(Some(&row.to_string())));
        column.finish()
    };
    let partners = Partners::by_key(&key(&mut (0..100)), &key(&mut order.iter().copied()));
    let copy = grid.in_order(&order);
    for metric in [Metric::Euclidean, Metric::Cosine] {
        let found = Overlap::measure([&grid, &copy], &partners, 6, metric, 42, &Progress::default()).unwrap();
        assert_eq!(found.mean(), 1.0, "{metric:?}");
    }
}

/// The sums of products of columns and of rows are the same.
#[test]
fn linear_cka_of_wide_vectors_is_that_of_narrow_ones() {
    let [a, b] = &alike();
    // 60 rows of 4 in a space of 5,000, and 300 rows for several tiles.
    let wide = |vectors: &Vectors| {
        let mut values = vec![0.0; 60 * 5000];
        for row in 0..60 {
            let at = (0..4).map(|axis| row * 5000 + axis * 1237);
            at.zip(vectors.row(row, &mut Vec::new())).for_each(|(at, &value)| values[at] = value);
        }
        of(5000, values)
    };
    let found = linear_cka([&wide(a), &wide(b)], &Partners::by_order([60, 60]), &Progress::default()).unwrap();
    close(found.unwrap(), 0.344_875_299_934_45);
    let [c, d] = [0, 900].map(|start| of(3, values(1800)[start..start + 900].to_vec()));
    let partners = Partners::by_order([300, 300]);
    let narrow = linear_cka([&c, &d], &partners, &Progress::default()).unwrap();
    close(wide_cka([&c, &d], &partners, &Progress::default()).unwrap().unwrap(), narrow.unwrap());
    let refused =
        Procrustes::fit([&wide(a), &wide(b)], &Partners::by_order([60, 60]), Freedom::default(), &Progress::default());
    assert_eq!(refused, Err(ProjectionError::TooWide { dims: 5000, limit: MOST_ALIGNED }));
    let settings = ResemblanceSettings { k: 5, metric: Metric::Euclidean, align: Alignment::Scale, seed: 0 };
    let partners = Partners::by_order([60, 60]);
    let both = [wide(a), wide(b)];
    let found =
        Resemblance::measure(both.each_ref(), [&RowSet::EMPTY; 2], &partners, settings, &Progress::default()).unwrap();
    assert!(found.why_not_moved(["A", "B"]).is_some_and(|why| why.contains("5,000 dimensions")), "{found:?}");
    close(found.cka.unwrap(), 0.344_875_299_934_45);
}

/// Whichever of two that differ in size alone is the target, as much is left: the square of the
/// difference, as a part of the larger.
#[test]
fn residual_is_the_same_in_both_directions() {
    let [a, _] = &alike();
    for (factor, expected) in [(3.0, 4.0 / 9.0), (1e6, 1.0), (1.0, 0.0)] {
        let larger = of(4, a.as_f32().unwrap().iter().map(|x| x * factor).collect());
        for both in [[a, &larger], [&larger, a]] {
            let found = fit(both, true, false).residual();
            assert!((found - expected).abs() < 1e-5, "{factor}: {found}");
        }
    }
}

/// The mean of equal numbers is not always one of them, so that the rows seem to have directions.
#[test]
fn what_is_not_defined_says_why() {
    let [a, _] = &alike();
    let row = [0.1_f32, -0.7, 1.0 / 3.0, 5e-3];
    let same = of(4, row.repeat(60));
    let small = |vectors: &Vectors| of(4, vectors.as_f32().unwrap()[..12].to_vec());
    let non_finite = RowSet::from(vec![7]);
    for metric in [Metric::Euclidean, Metric::Cosine] {
        let settings = ResemblanceSettings { k: 5, metric, align: Alignment::Scale, seed: 0 };
        let compare = |both: [&Vectors; 2], non_finite: [&RowSet; 2]| {
            let partners = Partners::by_order(both.map(Vectors::rows));
            Resemblance::measure(both, non_finite, &partners, settings, &Progress::default()).unwrap()
        };
        let found = compare([a, &same], [&RowSet::EMPTY, &non_finite]);
        assert_eq!((found.all_same, found.distances, found.cka), ([false, true], None, None));
        let why = Some("all rows of B are the same".to_owned());
        let names = ["A", "B"];
        let said = [found.why_no_distances(names), found.why_no_cka(names), found.why_not_moved(names)];
        assert_eq!((found.moved, said), (None, [(); 3].map(|()| why.clone())));
        assert_eq!((found.partners.len(), found.partners.left_out()), (59, 1));
        let found = compare([&small(a), &small(a)], [&RowSet::EMPTY; 2]);
        assert_eq!((found.all_same, found.why_no_distances(["A", "B"])), ([false; 2], None));
        let why = found.why_no_cka(["A", "B"]);
        assert_eq!(why.as_deref(), Some("it takes four pairs of rows, and there are 3"));
    }
}

/// Fewer rows than dimensions, of which the plain estimator finds 0.8.
#[test]
fn unrelated_vectors_are_not_alike() {
    let random = |stream: u64| {
        let random = Random::new(stream, 0);
        of(768, (0..200 * 768).map(|at| random.signed(at) as f32).collect())
    };
    let partners = Partners::by_order([200, 200]);
    let [a, b] = [random(11), random(12)];
    let cka = linear_cka([&a, &b], &partners, &Progress::default()).unwrap().unwrap();
    assert!(cka.abs() < 0.05, "{cka}");
    let overlap = Overlap::measure([&a, &b], &partners, 15, Metric::Euclidean, 0, &Progress::default()).unwrap();
    assert!((overlap.mean() - overlap.by_chance()).abs() < 0.01, "{} {}", overlap.mean(), overlap.by_chance());
    let few = Partners::by_order([16, 16]);
    let overlap = Overlap::measure([&a, &b], &few, 15, Metric::Euclidean, 0, &Progress::default()).unwrap();
    assert_eq!(overlap.k(), 7, "with 15 of 15 all would be common");
}

/// scikit-learn's `NearestNeighbors`, 5 of each.
#[test]
fn overlap_matches_scikit_learn() {
    let [a, b] = &alike();
    let partners = Partners::by_order([60, 60]);
    let overlap = Overlap::measure([a, b], &partners, 5, Metric::Euclidean, 0, &Progress::default()).unwrap();
    assert_eq!(overlap.counts(), [16, 30, 12, 1, 1, 0]);
    assert_eq!(overlap.common()[..10], [4, 1, 0, 1, 2, 1, 3, 1, 2, 0]);
    // Shares of k are narrowed to f32.
    assert!((overlap.mean() - 0.123_809_523_809_523_79).abs() < 1e-7, "{}", overlap.mean());
}

/// SciPy 1.17's `spearmanr` of `pdist` of both: all 1770 pairs.
#[test]
fn distances_agree_as_scipy_finds() {
    let [a, b] = &alike();
    let partners = Partners::by_order([60, 60]);
    let check = |metric, expected: f64| {
        let found = DistanceAgreement::measure([a, b], &partners, metric, &Progress::default()).unwrap().unwrap();
        assert!((found.spearman - expected).abs() < 1e-6, "{metric}: {found:?}");
        assert_eq!((found.pairs, found.interval), (1770, None));
    };
    check(Metric::Euclidean, 0.264_513_058_006_419_7);
    check(Metric::Cosine, 0.245_313_181_286_400_62);
}

/// 100,000 of half a million pairs; the interval holds what all pairs give.
#[test]
fn sampled_distances_have_an_interval() {
    let points = 1000_u64;
    let from = values(points * 3);
    let to: Vec<f32> =
        from.iter().enumerate().map(|(at, x)| x + 0.3 * Random::new(5, 0).signed(at as u64) as f32).collect();
    let (from, to) = (of(3, from), of(3, to));
    let partners = Partners::by_order([1000, 1000]);
    let found = DistanceAgreement::measure([&from, &to], &partners, Metric::Euclidean, &Progress::default());
    let found = found.unwrap().unwrap();
    let [low, high] = found.interval.unwrap();
    let rows = |vectors: &Vectors| vectors.as_f32().unwrap().chunks_exact(3).map(<[f32]>::to_vec).collect::<Vec<_>>();
    let all = |rows: &[Vec<f32>]| {
        let square = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        (0..rows.len()).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| square(&rows[a], &rows[b])).collect()
    };
    let (one, other): (Vec<f64>, Vec<f64>) = (all(&rows(&from)), all(&rows(&to)));
    let whole = crate::quality::spearman(&one, &other).unwrap();
    assert_eq!(found.pairs, 100_000);
    assert!(low < whole && whole < high && high - low < 0.02, "{found:?} {whole}");
}

/// Rows of one are at other places in the other, and some have no partner.
#[test]
fn shuffled_copies_are_the_same() {
    let [a, _] = &alike();
    let dims = a.dims();
    let order: Vec<usize> = (0..60).map(|at| at * 7 % 60).collect();
    let rotated = |row: &[f32]| [row[1] * 3.0 + 5.0, -row[0] * 3.0, row[3] * 3.0, row[2] * 3.0 - 9.0];
    let rows: Vec<&[f32]> = a.as_f32().unwrap().chunks_exact(dims).collect();
    let shuffled = of(dims, order.iter().flat_map(|&row| rotated(rows[row])).collect());
    let key = |names: &mut dyn Iterator<Item = usize>| {
        let mut column = parallax_embedding::ColumnBuilder::new("name");
        names.for_each(|name| column.push(Some(&format!("row {name}"))));
        column.finish()
    };
    // The last three of the first are not in the second.
    let partners = Partners::by_key(&key(&mut (0..60)), &key(&mut order[..57].iter().copied()));
    assert_eq!((partners.len(), partners.alone().map(<[u32]>::len)), (57, [3, 0]));
    let found =
        Procrustes::fit([a, &shuffled], &partners, Freedom { reflection: true, scale: true }, &Progress::default());
    let found = found.unwrap();
    assert!(found.residual() < 1e-12, "{found:?}");
    assert!((found.scale() - 3.0).abs() < 1e-6);
    let overlap = Overlap::measure([a, &shuffled], &partners, 5, Metric::Euclidean, 0, &Progress::default()).unwrap();
    assert_eq!(overlap.counts(), [0, 0, 0, 0, 0, 57]);
    let cka = linear_cka([a, &shuffled], &partners, &Progress::default()).unwrap().unwrap();
    assert!((cka - 1.0).abs() < 1e-9, "{cka}");
}

/// Points far from the origin lose nothing, whatever their type is.
#[test]
fn procrustes_does_not_depend_on_the_offset() {
    let far = |vectors: &Vectors| {
        let numbers = vectors.as_f32().unwrap().iter().map(|&x| 1e9 + f64::from(x)).collect();
        Vectors::from_f64(60, 4, numbers).unwrap()
    };
    let [a, b] = &alike();
    let [far_a, far_b] = [far(a), far(b)];
    assert_eq!(far_a.dtype(), Dtype::F64);
    let found = fit([&far_a, &far_b], true, true);
    assert!((found.residual() - 0.640_184_194_339_714_2).abs() < 1e-6, "{}", found.residual());
}

#[test]
fn layouts_move_as_what_was_fitted() {
    let place = |at: u64| Random::new(3, 0).signed(at) as f32;
    let mut layout = Layout::unplaced(50, 3);
    layout.view_mut().iter_mut().enumerate().for_each(|(at, x)| *x = place(at as u64));
    layout.view_mut().row_mut(7).fill(f32::NAN);
    let turned: Vec<f32> = layout.places().flat_map(|place| [place[1] + 1.0, -place[0], place[2] - 4.0]).collect();
    let vectors = [layout.values().to_vec(), turned.clone()].map(|values| of(3, values));
    let without: RowSet = vec![7].into();
    let partners = Partners::by_order([50, 50]).without([&without, &without]);
    let [from, to] = &vectors;
    let found = Procrustes::fit([from, to], &partners, Freedom::default(), &Progress::default()).unwrap();
    let moved = found.apply(&layout);
    for (row, (found, expected)) in moved.places().zip(turned.chunks_exact(3)).enumerate() {
        let is_close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert_eq!(is_close, row != 7, "{row}: {found:?} {expected:?}");
    }
    assert!(moved.row(7).unwrap().iter().all(|x| x.is_nan()));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let [a, _] = &alike();
    let narrow = of(3, values(180));
    let freedom = Freedom::default();
    let progress = Progress::default();
    let error = Procrustes::fit([a, &narrow], &Partners::by_order([60, 60]), freedom, &progress).unwrap_err();
    assert_eq!(error, ProjectionError::OtherDimensions { first: 4, second: 3 });
    let error = Procrustes::fit([a, a], &Partners::by_order([60, 0]), freedom, &progress).unwrap_err();
    assert_eq!(error, ProjectionError::NoPartners { unclear: [0, 0] });
    let one = Partners::by_order([60, 1]);
    assert!(Overlap::measure([a, a], &one, 5, Metric::Cosine, 0, &progress).is_err());
    progress.cancel();
    let canceled = Procrustes::fit([a, a], &Partners::by_order([60, 60]), freedom, &progress).unwrap_err();
    assert!(matches!(canceled, ProjectionError::Cancelled(_)), "{canceled}");
}

/// A copy that is turned and three times as large agrees, and is equal only if that is not counted. What is
/// not aligned has moved by what subtraction says.
#[test]
fn copies_agree_and_are_equal_as_far_as_the_alignment_allows() {
    let [a, _] = &alike();
    let values: Vec<f32> =
        a.as_f32().unwrap().chunks_exact(4).flat_map(|row| [row[1], -row[0], row[2], row[3]]).collect();
    let copy = of(4, values.iter().map(|x| 3.0 * x + 1.0).collect());
    let compare = |align| {
        let settings = ResemblanceSettings { k: 5, metric: Metric::Euclidean, align, seed: 0 };
        let partners = Partners::by_order([60, 60]);
        Resemblance::measure([a, &copy], [&RowSet::EMPTY; 2], &partners, settings, &Progress::default()).unwrap()
    };
    let found = Alignment::ALL.map(|align| (align, compare(align)));
    for (align, found) in &found {
        assert!(found.agree(), "{align:?}");
        assert_eq!(found.are_equal(), *align == Alignment::Scale, "{align:?}");
    }
    let (align, found) = &found[0];
    let (onto, moved) = found.moved.as_ref().unwrap();
    assert_eq!((*align, onto.scale(), onto.reflects()), (Alignment::Nothing, 1.0, false));
    let (one, other) = (a.as_f32().unwrap(), copy.as_f32().unwrap());
    let squares = one
        .chunks_exact(4)
        .zip(other.chunks_exact(4))
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>());
    let squares: Vec<f64> = squares.collect();
    for (moved, square) in moved.iter().zip(&squares) {
        assert!((f64::from(*moved) - square.sqrt()).abs() < 1e-5 * square.sqrt(), "{moved} {square}");
    }
    let mean = |at: usize| other.chunks_exact(4).map(|row| f64::from(row[at])).sum::<f64>() / 60.0;
    let means: Vec<f64> = (0..4).map(mean).collect();
    let spread: f64 = other
        .chunks_exact(4)
        .flat_map(|row| row.iter().zip(&means).map(|(x, mean)| (f64::from(*x) - mean).powi(2)))
        .sum();
    let expected = squares.iter().sum::<f64>() / spread;
    assert!((onto.residual() - expected).abs() < 1e-9 * expected, "{} {expected}", onto.residual());
}

/// Rows and their partners, compared by their order.
fn compared(both: [&Vectors; 2], align: Alignment) -> Resemblance {
    let settings = ResemblanceSettings { k: 5, metric: Metric::Euclidean, align, seed: 0 };
    let partners = Partners::by_order(both.map(Vectors::rows));
    Resemblance::measure(both, [&RowSet::EMPTY; 2], &partners, settings, &Progress::default()).unwrap()
}

/// `numpy.median` and `numpy.quantile(…, 0.9)` of the distances: of an even number, the median is the mean
/// of the two in the middle.
#[test]
fn usual_distances_are_those_of_numpy() {
    let [a, _] = &alike();
    // Row by row along the first axis: 0, 1, 4, 9, and so on.
    let moved = a.as_f32().unwrap().iter().enumerate();
    let moved = moved.map(|(at, x)| x + if at % 4 == 0 { (at / 4 * (at / 4)) as f32 } else { 0.0 }).collect();
    let [half, most] = compared([a, &of(4, moved)], Alignment::Nothing).usually_moved().unwrap();
    assert!((half - 870.5).abs() < 1e-2 && (most - 2_819.7).abs() < 1e-2, "{half} {most}");
}

/// Only pairs that differ are listed as unlike, and only those that moved as moved.
#[test]
fn what_agrees_is_not_listed() {
    let line = |swapped: bool| {
        let place = |row: usize| if swapped && row < 2 { 1 - row } else { row };
        of(2, (0..40).flat_map(|row| [(place(row) * place(row)) as f32, 1.0]).collect())
    };
    let found = compared([&line(false), &line(true)], Alignment::Nothing);
    let agrees = |pair: &usize| found.overlap.common()[*pair] == 5;
    let least = found.least_alike();
    assert!(!least.is_empty() && !least.iter().any(agrees), "{least:?}");
    assert_eq!(least.len(), (0..40).filter(|pair| !agrees(pair)).count());
    assert_eq!(found.most_moved(), [0, 1]);
    let same = compared([&line(false), &line(false)], Alignment::Scale);
    assert_eq!((same.least_alike(), same.most_moved()), (Vec::new(), Vec::new()));
}

/// Copies that were turned, in `f32` and in `f64`, near the origin and far from it: nothing moved. What did
/// by a ten-thousandth of the length of a row has.
#[test]
fn rounding_is_no_movement() {
    let random = Random::new(21, 0);
    let (rows, dims) = (200, 32);
    for offset in [0.0, 100.0] {
        let exact: Vec<f64> = (0..rows * dims).map(|at| random.signed(at) + offset).collect();
        // Pairs of axes turn by an angle, and axes change places.
        let (sin, cos) = 0.7_f64.sin_cos();
        let turned = |row: &[f64]| -> Vec<f64> {
            let pairs = row
                .chunks_exact(2)
                .flat_map(|pair| [3.0 * (pair[0] * cos - pair[1] * sin), 3.0 * (pair[0] * sin + pair[1] * cos) + 1.0]);
            pairs.rev().collect()
        };
        let copy: Vec<f64> = exact.chunks_exact(dims as usize).flat_map(turned).collect();
        let narrow = |values: &[f64]| of(dims as usize, values.iter().map(|x| *x as f32).collect());
        let wide = |values: &[f64]| Vectors::from_f64(rows as usize, dims as usize, values.to_vec()).unwrap();
        let mut shifted = copy.clone();
        let length = copy[..dims as usize].iter().map(|x| x * x).sum::<f64>().sqrt();
        shifted[5] += 1e-4 * length;
        for (first, second, other) in
            [(narrow(&exact), narrow(&copy), narrow(&shifted)), (wide(&exact), wide(&copy), wide(&shifted))]
        {
            let found = compared([&first, &second], Alignment::Scale);
            let (onto, moved) = found.moved.as_ref().unwrap();
            assert!(moved.iter().all(|&distance| distance == 0.0), "{offset}: {:?}", found.usually_moved());
            assert_eq!((onto.residual(), found.are_equal()), (0.0, true), "{offset}");
            let found = compared([&first, &other], Alignment::Scale);
            let moved = f64::from(found.moved.as_ref().unwrap().1[0]) / (1e-4 * length);
            // The alignment takes up a part of it.
            assert!((0.8..1.01).contains(&moved), "{offset}: {moved}");
        }
    }
}

/// How far a row moved does not depend on another that is far away, or large. A single one that moved has.
#[test]
fn movement_is_that_of_the_row() {
    let random = Random::new(22, 0);
    let mut first: Vec<f32> = (0..400 * 64).map(|at| (random.signed(at) / 8.0) as f32).collect();
    first[..64].iter_mut().for_each(|x| *x *= 1e8);
    let second: Vec<f32> = first.iter().enumerate().map(|(at, x)| if at < 64 { *x } else { x + 0.02 }).collect();
    let found = compared([&of(64, first.clone()), &of(64, second)], Alignment::Nothing);
    let [half, most] = found.usually_moved().unwrap();
    assert!([half, most].iter().all(|moved| (moved - 0.16).abs() < 1e-4), "{half} {most}");
    assert_eq!(found.most_moved().len(), 399);
    let mut one = first.clone();
    one[7 * 64] += 0.01;
    let found = compared([&of(64, first), &of(64, one)], Alignment::Nothing);
    assert_eq!((found.most_moved(), found.are_equal()), (vec![7], false));
    // The same of places.
    let place =
        |row: usize, moved: f32| if row == 0 { [1e9, 0.0, 0.0] } else { [row as f32 / 400.0 + moved, 0.3, 0.0] };
    let layout = |moved: f32| -> crate::Layout {
        ndarray::Array2::from_shape_fn((400, 3), |(row, axis)| place(row, moved)[axis]).into()
    };
    let moved = layout(0.0).distances_to(&layout(0.45), [[Some(0), Some(1), Some(2)]; 2]);
    assert!(moved[0] == 0.0 && moved[1..].iter().all(|moved| (moved - 0.45).abs() < 1e-4), "{moved:?}");
}

/// Whose fault it is, and the way out.
#[test]
fn pairs_that_say_nothing_are_refused_with_the_reason() {
    let [a, _] = &alike();
    let compare = |second: f32, metric, partners: &Partners| {
        let second = of(4, vec![second; 240]);
        let non_finite = if second.row(0, &mut Vec::new())[0].is_nan() { (0..60).collect() } else { RowSet::default() };
        let settings = ResemblanceSettings { k: 5, metric, align: Alignment::Scale, seed: 0 };
        let non_finite = [&RowSet::default(), &non_finite];
        Resemblance::measure([a, &second], non_finite, partners, settings, &Progress::default()).map(drop)
    };
    let all = Partners::by_order([60, 60]);
    let of_second = [false, true];
    assert_eq!(compare(0.0, Metric::Cosine, &all), Err(ProjectionError::NoDirectedPairs { none: of_second }));
    assert_eq!(compare(0.0, Metric::Euclidean, &all), Ok(()));
    let error = compare(f32::NAN, Metric::Euclidean, &all).unwrap_err();
    assert_eq!(error, ProjectionError::NoFinitePairs { none: of_second });
    assert_eq!(error.of_pair(["a", "b"]), "of the rows that belong together, none of b is finite. Correct the values");
    // Each embedding has finite rows, but in other pairs.
    let [none, some]: [RowSet; 2] = [RowSet::default(), (0..30).collect()];
    let others: RowSet = (30..60).collect();
    for (sets, none) in [([&some, &others], [false, false]), ([&(0..60).collect(), &none], [true, false])] {
        assert_eq!(crate::finite_pairs(&all, sets), Err(ProjectionError::NoFinitePairs { none }));
    }
    assert_eq!(crate::finite_pairs(&all, [&some, &none]).map(|pairs| pairs.len()), Ok(30));
    let mut keys = parallax_embedding::ColumnBuilder::new("key");
    (0..60).for_each(|row| keys.push(Some(if row < 30 { "a" } else { "b" })));
    let keys = keys.finish();
    let error = compare(1.0, Metric::Euclidean, &Partners::by_key(&keys, &keys)).unwrap_err();
    assert_eq!(error, ProjectionError::NoPartners { unclear: [60, 60] });
    assert!(error.to_string().contains("keys are not unique, and 60 rows of one could belong to 60 of"), "{error}");
}

proptest! {
    /// Each row turned by the same angles and moved comes back, in any number of dimensions, and any
    /// number of threads finds the same bits.
    #[test]
    fn rotations_are_found(dims in 1_usize..9, rows in 1_usize..700, seed in 0_u64..1000) {
        let random = Random::new(seed, 0);
        let from: Vec<f32> = (0..rows * dims).map(|at| random.signed(at as u64) as f32).collect();
        let mut to = from.clone();
        for row in to.chunks_exact_mut(dims) {
            for axis in 1..dims {
                let (sin, cos) = (seed as f64 + axis as f64).sin_cos();
                let (x, y) = (f64::from(row[axis - 1]), f64::from(row[axis]));
                row[axis - 1] = (cos * x - sin * y) as f32;
                row[axis] = (sin * x + cos * y) as f32;
            }
        }
        let (from, to) = (of(dims, from), of(dims, to));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let found = fit([&from, &to], false, false);
        prop_assert!(found.residual() < 1e-9, "{}", found.residual());
        prop_assert_eq!(pool.install(|| fit([&from, &to], false, false)), found);
    }
}
