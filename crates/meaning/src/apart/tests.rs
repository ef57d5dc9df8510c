use ndarray::Array2;
use parallax_embedding::ColumnBuilder;

use super::{check::auc, *};
use crate::chance;

/// A random number between -3 and 3 with the mean 0, near a normal one.
fn noise(place: u64) -> f32 {
    (0..6).map(|part| random::unit(6 * place + part) - 0.5).sum::<f32>() * std::f32::consts::SQRT_2
}

fn found(vectors: &Vectors, sets: [&RowSet; 2]) -> Apart {
    apart(vectors, &Metadata::default(), &RowSet::EMPTY, sets, 42, &Progress::default()).unwrap()
}

/// Two sets of 60 rows of noise, whose dimension 1 is `step` apart.
fn halves_apart(dims: usize, step: f32) -> (Vectors, [RowSet; 2]) {
    let number =
        |(row, dim): (usize, usize)| noise((row * dims + dim) as u64) + if dim == 1 && row < 60 { step } else { 0.0 };
    (Vectors::from_array(Array2::from_shape_fn((120, dims), number)), [(0..60).collect(), (60..120).collect()])
}

/// `tests/data/apart.py` computed the cases with scikit-learn.
#[test]
fn directions_and_checks_are_those_of_scikit_learn() {
    let (data, cases) = include_str!("../../tests/data/apart.csv").split_once("\n\n").unwrap();
    let numbers = |line: &str| -> Vec<f64> { line.split(',').map(|number| number.parse().unwrap()).collect() };
    let rows: Vec<Vec<f64>> = data.lines().map(numbers).collect();
    let vectors =
        Vectors::from_f64(rows.len(), 64, rows.iter().flat_map(|row| row[1..].iter().copied()).collect()).unwrap();
    let of = |digit: f64| (0..).zip(&rows).filter(|(_, row)| row[0] == digit).map(|(row, _)| row).collect::<Vec<u32>>();
    let sets = [of(3.0), of(8.0)];
    let all = sets.concat();
    let mut compared = 0;
    for line in cases.lines() {
        let (name, rest) = line.split_once(',').unwrap();
        let expected = numbers(rest);
        let [first, second] = [0, 1].map(|set| sets[set].split_at(expected[set] as usize));
        let progress = Progress::default();
        let (fit, alone) = fit::fit(&vectors, [first.0, second.0], &all, &progress).unwrap().unwrap();
        let found = check::check(&vectors, [first.1, second.1], &fit, &alone, &progress).unwrap();
        let near = |found: f64, place: usize, what: &str| {
            assert!((found - expected[place]).abs() < 1e-7, "{name}, {what}: {found}, {}", expected[place]);
        };
        near(fit.shrinkage, 2, "shrinkage");
        near(found.check.balanced_accuracy(), 3, "balanced accuracy");
        near(found.check.auc, 4, "area");
        near(found.check.standard_error, 5, "standard error");
        near(found.check.cohens_d.unwrap(), 6, "Cohen's d");
        for (place, single) in found.alone.iter().enumerate() {
            near(single.dim as f64, 7 + 2 * place, "dimension alone");
            near(single.auc, 8 + 2 * place, "its area");
        }
        let length = fit.weights.iter().map(|x| x * x).sum::<f64>().sqrt();
        fit.weights.iter().enumerate().for_each(|(dim, weight)| near(weight / length, 13 + dim, "direction"));
        compared += 1;
    }
    assert_eq!(compared, 3);
}

#[test]
fn area_counts_pairs_and_half_of_ties() {
    let first = [1.0, 2.0, 2.0, -0.0];
    let second = [2.0, 0.0, 3.0];
    let pairs = first.iter().flat_map(|a| second.iter().map(move |b| if a > b { 2.0 } else { f64::from(a == b) }));
    assert_eq!(auc(&[first.to_vec(), second.to_vec()]), pairs.sum::<f64>() / 24.0);
}

/// Without an effect, all orders of the checked rows are equally likely.
#[test]
fn checks_by_chance_are_clear_in_one_of_a_thousand() {
    for rows in chance::small_sets() {
        let is_clear = |pairs: usize| {
            let auc = pairs as f64 / (rows[0] * rows[1]) as f64;
            Check { rows, told: rows, auc, standard_error: 0.0, cohens_d: None }.is_clear()
        };
        let chance = chance::of_orders(rows, is_clear);
        assert!(chance <= 0.001, "{rows:?}: {chance}");
        if rows[0] == rows[1] {
            assert_eq!(is_clear(rows[0] * rows[1]), 2 * rows[0] >= 14, "{rows:?}: all in order");
        }
    }
}

#[test]
fn sets_that_are_apart_have_a_direction_toward_the_first() {
    // With more dimensions than rows, too.
    for dims in [5, 200] {
        let (vectors, [a, b]) = halves_apart(dims, 6.0);
        let found = found(&vectors, [&a, &b]);
        let separation = found.direction.unwrap();
        let Separation { check, weights, alone, .. } = &separation;
        assert_eq!((found.rows, found.shared, separation.fitted, check.rows), ([60, 60], 0, [30, 30], [30, 30]));
        assert!(check.is_clear() && check.balanced_accuracy() > 0.9, "{check:?}");
        assert!(weights[0].0 == 1 && weights[0].1 > 0.5 && alone[0].dim == 1, "{separation:?}");
        assert_eq!(separation.mistaken.len(), 60 - check.told.iter().sum::<usize>());
        let length: f32 = separation.unit.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5 && separation.unit[1] > 0.5);
    }
}

/// However well the fitted half is separated in 200 dimensions, chance is chance in the other one.
#[test]
fn sets_by_chance_are_not_apart() {
    for seed in 0..20 {
        let (vectors, [a, b]) = halves_apart(200, 0.0);
        let found =
            apart(&vectors, &Metadata::default(), &RowSet::EMPTY, [&a, &b], seed, &Progress::default()).unwrap();
        let check = found.direction.unwrap().check;
        assert!(!check.is_clear() && (check.auc - 0.5).abs() < 0.25, "{seed}: {check:?}");
    }
}

#[test]
fn rows_of_both_sets_and_rows_without_a_vector_do_not_count() {
    let (vectors, _) = halves_apart(5, 6.0);
    let [a, b]: [RowSet; 2] = [(0..65).collect(), (55..120).collect()];
    let non_finite = (0..20).collect();
    let found = apart(&vectors, &Metadata::default(), &non_finite, [&a, &b], 42, &Progress::default()).unwrap();
    assert_eq!((found.rows, found.shared), ([55, 55], 10));
    let separation = found.direction.unwrap();
    assert_eq!((separation.fitted, separation.check.rows), ([17, 27], [18, 28]));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (vectors, [a, b]) = halves_apart(5, 6.0);
    let compare = |a: &RowSet, b: &RowSet| {
        apart(&vectors, &Metadata::default(), &RowSet::EMPTY, [a, b], 42, &Progress::default())
    };
    for (a, b, shared) in [(&a, &a, 60), (&a, &RowSet::EMPTY, 0), (&RowSet::EMPTY, &b, 0), (&RowSet::all(120), &b, 60)]
    {
        assert_eq!(compare(a, b), Err(ApartError::Empty { shared }));
    }
    let one = RowSet::from(vec![3]);
    assert_eq!(compare(&one, &b).unwrap().direction, Err(Unseparated::TooFew([1, 60])));
    let equal = Vectors::from_array(Array2::from_elem((120, 3), 0.1_f64));
    assert_eq!(found(&equal, [&a, &b]).direction, Err(Unseparated::SameMean));
    let progress = Progress::default();
    progress.cancel();
    let canceled = apart(&vectors, &Metadata::default(), &RowSet::EMPTY, [&a, &b], 42, &progress);
    assert_eq!(canceled, Err(ApartError::Cancelled));
}

/// A dimension that is one number in one set and another in the other tells all rows apart.
#[test]
fn dimension_without_spread_separates() {
    let number = |(row, dim): (usize, usize)| if dim == 0 { 0.1 + (row / 20) as f64 } else { 0.7 };
    let vectors = Vectors::from_array(Array2::from_shape_fn((40, 2), number));
    let found = found(&vectors, [&(0..20).collect(), &(20..40).collect()]);
    let separation = found.direction.unwrap();
    assert_eq!((separation.unit, separation.dims), (vec![-1.0, 0.0], [2, 1]));
    assert_eq!((separation.check.told, separation.check.auc, separation.check.cohens_d), ([10, 10], 1.0, None));
}

/// Dimensions in other units, far from zero, or stored as long integers give the same check.
#[test]
fn units_do_not_count() {
    let (vectors, [a, b]) = halves_apart(5, 1.0);
    let check = |number: &dyn Fn(usize, f64) -> f64| {
        let mut buffer = Vec::new();
        let values = (0..120).flat_map(|row| {
            let values = vectors.row_as::<f64>(row, &mut buffer);
            values.iter().enumerate().map(|(dim, &x)| number(dim, x)).collect::<Vec<_>>()
        });
        let vectors = Vectors::from_f64(120, 5, values.collect()).unwrap();
        found(&vectors, [&a, &b]).direction.unwrap().check
    };
    let plain = check(&|_, x| x);
    let scaled = check(&|dim, x| x * 10_f64.powi(3 * dim as i32) + 1e6);
    assert_eq!(plain.told, scaled.told);
    assert!((plain.auc - scaled.auc).abs() < 1e-9);
}

#[test]
fn number_of_threads_does_not_matter() {
    let (vectors, [a, b]) = halves_apart(200, 0.7);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| found(&vectors, [&a, &b]))
    };
    let one = with(1);
    assert_eq!(one, with(3));
    let bits = |apart: &Apart| apart.direction.clone().unwrap().unit.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&one), bits(&with(5)));
}

#[test]
fn only_columns_that_differ_clearly_are_listed() {
    let (vectors, [a, b]) = halves_apart(5, 0.0);
    let column = |name: &str, cell: &dyn Fn(u32) -> u32| {
        let mut builder = ColumnBuilder::new(name);
        (0..120).for_each(|row| builder.push(Some(["x", "y", "z"][cell(row) as usize])));
        builder.finish()
    };
    let columns = vec![column("any", &|row| row % 3), column("half", &|row| row / 60)];
    let metadata = Metadata::new(columns).unwrap();
    let found = apart(&vectors, &metadata, &RowSet::EMPTY, [&a, &b], 42, &Progress::default()).unwrap();
    assert_eq!(found.columns.iter().map(|column| column.column).collect::<Vec<_>>(), [1]);
}

/// Large sets are fitted on a part, within a limit of numbers.
#[test]
fn large_sets_are_sampled() {
    assert_eq!(fitted([20, 1_000_000], 784), [10, 10_000]);
    assert_eq!(fitted([1_000_000, 1_000_000], 784), [10_000, 10_000]);
    assert_eq!(fitted([1_000_000, 1_000_000], 1 << 12), [2048, 2048]);
    assert_eq!(fitted([200, 1_000_000], 1 << 12), [100, 3996]);
    assert_eq!(fitted([1000, 1000], 1 << 30), [5, 5]);
    let [fitting, checking] = self::halves(&RowSet::all(200_000), 10_000, 42);
    assert_eq!((fitting.len(), checking.len()), (10_000, CHECKED));
    let both: RowSet = fitting.iter().chain(&checking).copied().collect();
    assert_eq!(both.len(), 10_000 + CHECKED);
}
