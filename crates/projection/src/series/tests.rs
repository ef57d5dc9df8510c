//! Series against theorems, and against what the rows of all steps give together.

use ndarray::{Array2, s};
use parallax_embedding::random;

use super::*;
use crate::{Pca, PcaConfig, TsneConfig, UmapConfig, project};

const ROWS: usize = 120;

/// Two groups of points in `dims` dimensions, the first half of the rows and the second.
fn groups(dims: usize, seed: u64) -> Array2<f32> {
    Array2::from_shape_fn((ROWS, dims), |(row, dim)| {
        let group = if row < ROWS / 2 { 0.0 } else { 6.0 };
        let noise = random::unit(seed * 1_000_003 + (row * dims + dim) as u64) - 0.5;
        (if dim == 0 { group } else { 0.0 }) + noise * (1.0 + dim as f32 / dims as f32)
    })
}

/// The same, a little elsewhere in each step.
fn drifting(dims: usize, step: usize) -> Array2<f32> {
    let (first, other) = (groups(dims, 1), groups(dims, 2));
    first + other * (0.05 * step as f32)
}

fn space(values: &Array2<f32>) -> Arc<Space> {
    let vectors = Vectors::from_array(values.clone());
    let left_out = vectors.non_finite_rows(&Progress::default()).unwrap();
    Arc::new(Space::new(vectors, left_out))
}

fn tsne() -> Recipe {
    let config = TsneConfig { dims: 2, perplexity: Some(10.0), iterations: 400, ..TsneConfig::recommended() };
    How::Tsne { config, labels: None }.into()
}

fn umap() -> Recipe {
    let config = UmapConfig { dims: 2, neighbors: Some(10), epochs: Some(150), ..UmapConfig::recommended() };
    How::Umap { config, labels: None }.into()
}

fn pca() -> Recipe {
    How::Pca { whiten: false }.into()
}

type Found = Vec<Result<StepLayout, ProjectionError>>;

fn laid_out(recipe: &Recipe, together: Together, steps: &[Array2<f32>]) -> Result<Found, ProjectionError> {
    let (mut found, of) = (Vec::new(), StepsOf { count: steps.len(), rows: ROWS, dims: steps[0].ncols(), shown: 2 });
    let take = |_, _: &Space, layout| {
        found.push(layout);
        Ok(())
    };
    let read = |place: usize, _: &Progress| Ok::<_, ProjectionError>(Some(space(&steps[place])));
    series(recipe, together, of, read, take, &Progress::default())?;
    Ok(found)
}

fn layouts(recipe: &Recipe, together: Together, steps: &[Array2<f32>]) -> Vec<StepLayout> {
    laid_out(recipe, together, steps).unwrap().into_iter().map(Result::unwrap).collect()
}

/// The greatest difference between coordinates.
fn apart(a: &Layout, b: &Layout) -> f32 {
    let pairs = a.values().iter().zip(b.values());
    pairs
        .map(|(a, b)| if a.is_nan() && b.is_nan() { 0.0 } else { (a - b).abs() })
        .fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
}

/// A layout of turned and mirrored copies, aligned, is that of the first.
#[test]
fn turned_copies_stay_where_they_are() {
    let plane = groups(2, 5);
    let turned = |step: usize, scale: f32| {
        let (sin, cos) = (step as f32 * 1.1).sin_cos();
        let mirror = if step % 2 == 1 { -1.0 } else { 1.0 };
        let map = ndarray::array![[cos, sin], [-sin * mirror, cos * mirror]];
        plane.dot(&map) * scale + step as f32
    };
    let copies: Vec<_> = (0..5).map(|step| turned(step, 1.0)).collect();
    let scaled: Vec<_> = (0..5).map(|step| turned(step, 1.0 + step as f32)).collect();
    for (align, steps) in [(Alignment::Rotation, &copies), (Alignment::Scale, &copies), (Alignment::Scale, &scaled)] {
        for recipe in [pca(), How::Identity.into()] {
            let found = layouts(&recipe, Together { basis: Basis::Each, align }, steps);
            for (place, step) in found.iter().enumerate().skip(1) {
                let aligned = step.aligned.unwrap();
                assert!(apart(&step.projected.layout, &found[0].projected.layout) < 1e-4, "{align:?} {place}");
                assert!(aligned.residual < 1e-9 && aligned.to == place - 1 && aligned.rows == ROWS);
            }
        }
    }
    let loose = layouts(&pca(), Together { basis: Basis::Each, align: Alignment::Rotation }, &scaled);
    assert!(loose[4].aligned.unwrap().residual > 0.01, "without scale they differ");
    let still = layouts(&How::Identity.into(), Together { basis: Basis::Each, align: Alignment::Nothing }, &copies);
    assert!(still[1].aligned.is_none() && apart(&still[1].projected.layout, &still[0].projected.layout) > 1.0);
}

/// The rows of all steps below each other, and their principal components.
fn stacked(steps: &[Array2<f32>]) -> Pca {
    let views: Vec<_> = steps.iter().map(|step| step.view()).collect();
    let all = Vectors::from_array(ndarray::concatenate(ndarray::Axis(0), &views).unwrap());
    let left_out = all.non_finite_rows(&Progress::default()).unwrap();
    let mut pca = Pca::new(all, &left_out, PcaConfig::recommended()).unwrap();
    pca.run(&Progress::default()).unwrap();
    pca
}

#[test]
fn one_basis_is_that_of_all_rows_together() {
    for (dims, offset) in [(7, 0.0), (40, 1000.0)] {
        let mut steps: Vec<_> = (0..4).map(|step| drifting(dims, step * 10) + offset + step as f32).collect();
        steps[2][[5, 3]] = f32::NAN;
        let truth = stacked(&steps);
        for whiten in [false, true] {
            let together = Together { basis: Basis::All, align: Alignment::Nothing };
            let found = layouts(&How::Pca { whiten }.into(), together, &steps);
            for (place, step) in found.iter().enumerate() {
                let ratios = step.projected.explained_variance_ratio.iter().zip(truth.explained_variance_ratio());
                assert!(ratios.clone().all(|(a, b)| (a - b).abs() < 1e-6), "{dims}");
                // The last components of noise are near each other.
                let mut expected = truth.layout().view().slice(s![place * ROWS..(place + 1) * ROWS, ..2]).to_owned();
                if whiten {
                    for (mut column, variance) in expected.columns_mut().into_iter().zip(truth.explained_variance()) {
                        column.mapv_inplace(|x| x / variance.sqrt() as f32);
                    }
                }
                let far = apart(&step.projected.layout.first(2), &expected.into());
                assert!(far < 2e-3, "{dims} {place} {whiten}: {far}");
            }
            let missing = found[2].projected.layout.row(5).unwrap();
            assert!(missing.iter().all(|x| x.is_nan()));
        }
    }
}

/// The step whose components are the basis lies as if it were alone, and another one along them.
#[test]
fn the_basis_of_one_step_is_its_own() {
    let steps: Vec<_> = (0..3).map(|step| drifting(6, step * 8)).collect();
    let found = layouts(&pca(), Together { basis: Basis::Step(1), align: Alignment::Nothing }, &steps);
    let alone = project(&pca(), &space(&steps[1]), &Progress::default()).unwrap();
    assert!(apart(&found[1].projected.layout, &alone.layout) < 1e-4);
    let components = space(&steps[1]).components(false, &Progress::default()).unwrap();
    let mean = steps[1].mean_axis(ndarray::Axis(0)).unwrap();
    for row in 0..ROWS {
        let along: f64 =
            (0..6).map(|dim| f64::from(steps[2][[row, dim]] - mean[dim]) * components.directions[dim]).sum();
        assert!((along - f64::from(found[2].projected.layout.row(row).unwrap()[0])).abs() < 1e-4, "{row}");
    }
    let each = layouts(&pca(), Together { basis: Basis::Each, align: Alignment::Nothing }, &steps);
    let alone = project(&pca(), &space(&steps[2]), &Progress::default()).unwrap();
    assert_eq!(each[2].projected.layout, alone.layout);
    assert_eq!(alone.layout.dims(), 6);
}

/// Steps that follow each other are as good as layouts from nothing, with a fifth of the steps, and
/// move less.
#[test]
fn layouts_follow_the_step_before() {
    let steps: Vec<_> = (0..3).map(|step| drifting(8, step)).collect();
    for recipe in [tsne(), umap()] {
        let found = layouts(&recipe, Together::of(recipe.method()), &steps);
        let alone = project(&recipe, &space(&steps[2]), &Progress::default()).unwrap();
        let all = alone.iterations.unwrap();
        let counts: Vec<_> = found.iter().map(|step| (step.after, step.projected.iterations.unwrap())).collect();
        let few = (all / 5).max(50);
        assert_eq!(counts, [(None, all), (Some(0), few), (Some(1), few)]);
        let residual = found[2].aligned.unwrap().residual;
        assert!(residual < 0.1, "{} {residual}", recipe.method());
        if let (Some(kl), Some(from_nothing)) = (found[2].projected.kl, alone.kl) {
            assert!(kl < 1.1 * from_nothing, "{kl} {from_nothing}");
        }
        let measured =
            |layout: &Layout| crate::measure(layout, recipe.near, &space(&steps[2]), &Progress::default()).unwrap().1;
        let (chained, alone) = (measured(&found[2].projected.layout), measured(&alone.layout));
        assert!(chained.trustworthiness > alone.trustworthiness - 0.02, "{}", recipe.method());
    }
}

#[test]
fn series_are_the_same_for_any_number_of_threads() {
    let steps: Vec<_> = (0..3).map(|step| drifting(5, step)).collect();
    for recipe in [pca(), tsne(), umap()] {
        let of = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| layouts(&recipe, Together::of(recipe.method()), &steps));
            let bits =
                |step: &StepLayout| step.projected.layout.values().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            found.iter().map(bits).collect::<Vec<_>>()
        };
        assert_eq!(of(1), of(3), "{}", recipe.method());
    }
}

/// Steps that came later have the layouts that they would have had.
#[test]
fn chain_goes_on_after_the_layouts_that_are_there() {
    let steps: Vec<_> = (0..4).map(|step| drifting(5, step)).collect();
    let of = StepsOf { count: 4, rows: ROWS, dims: 5, shown: 2 };
    for (recipe, basis) in [(pca(), Basis::Step(1)), (tsne(), Basis::Each), (umap(), Basis::Each)] {
        let together = Together { basis, align: Alignment::Rotation };
        let whole = layouts(&recipe, together, &steps);
        let after = Some((1, whole[1].projected.layout.clone()));
        let mut rest = Vec::new();
        let take = |place, _: &Space, layout: Result<StepLayout, ProjectionError>| {
            let layout = layout?;
            rest.push((place, layout.projected.layout, layout.aligned));
            Ok::<_, ProjectionError>(())
        };
        let read = |place: usize, _: &Progress| Ok(Some(space(&steps[place])));
        let begin = Begin { at: 2, after };
        series_from(&recipe, together, (of, begin), read, take, &Progress::default()).unwrap();
        let expected = [2, 3].map(|place: usize| (place, whole[place].projected.layout.clone(), whole[place].aligned));
        assert_eq!(rest, expected, "{:?}", recipe.method());
    }
}

#[test]
fn series_can_be_canceled_between_steps_and_keep_those_done() {
    let steps: Vec<_> = (0..4).map(|step| drifting(5, step)).collect();
    for recipe in [pca(), tsne()] {
        let (progress, mut done) = (Progress::default(), 0);
        let of = StepsOf { count: 4, rows: ROWS, dims: 5, shown: 2 };
        let take = |place, _: &Space, layout: Result<StepLayout, ProjectionError>| {
            layout?;
            done += 1;
            if place == 1 {
                progress.cancel();
            }
            Ok(())
        };
        let together = Together::of(recipe.method());
        let ended = series(&recipe, together, of, |place, _| Ok(Some(space(&steps[place]))), take, &progress);
        assert!(matches!(ended, Err(ProjectionError::Cancelled(_))), "{ended:?}");
        assert_eq!(done, 2);
    }
    let progress = Progress::default();
    progress.cancel();
    let of = StepsOf { count: 1, rows: ROWS, dims: 5, shown: 2 };
    let take = |_, _: &Space, layout: Result<StepLayout, ProjectionError>| layout.map(drop);
    let ended = series(&pca(), Together::of(Method::Pca), of, |_, _| Ok(Some(space(&steps[0]))), take, &progress);
    assert!(matches!(ended, Err(ProjectionError::Cancelled(_))), "{ended:?}");
}

/// A row of the first group is not finite in the second step, and one of the second group not in the
/// first two.
#[test]
fn rows_without_a_place_come_back_among_their_neighbors() {
    let mut steps: Vec<_> = (0..3).map(|step| drifting(8, step)).collect();
    steps[1][[3, 2]] = f32::NAN;
    steps[0][[100, 0]] = f32::INFINITY;
    steps[1][[100, 7]] = f32::NAN;
    for recipe in [tsne(), umap()] {
        let found = layouts(&recipe, Together::of(recipe.method()), &steps);
        let is_placed = |step: usize, row: usize| !found[step].projected.layout.row(row).unwrap()[0].is_nan();
        assert_eq!([0, 1, 2].map(|step| is_placed(step, 3)), [true, false, true]);
        assert_eq!([0, 1, 2].map(|step| is_placed(step, 100)), [false, false, true]);
        assert_eq!([1, 2].map(|step| found[step].aligned.unwrap().rows), [ROWS - 2, ROWS - 2]);
        let layout = &found[2].projected.layout;
        let to = |row: usize, group: std::ops::Range<usize>| {
            let own = layout.row(row).unwrap();
            let distances = group.filter(|&other| other != row).map(|other| {
                let other = layout.row(other).unwrap();
                (own[0] - other[0]).hypot(own[1] - other[1])
            });
            distances.sum::<f32>()
        };
        assert!(to(3, 0..60) < to(3, 60..120) && to(100, 60..120) < to(100, 0..60), "{}", recipe.method());
    }
}

#[test]
fn steps_of_another_shape_are_refused_and_the_rest_goes_on() {
    let steps = [
        drifting(5, 0),
        drifting(5, 1).slice(s![..ROWS - 1, ..]).to_owned(),
        drifting(4, 2),
        Array2::from_elem((ROWS, 5), f32::NAN),
        drifting(5, 4),
    ];
    let rows = Err(ProjectionError::StepRows { rows: ROWS - 1, expected: ROWS });
    let found = laid_out(&pca(), Together::of(Method::Pca), &steps).unwrap();
    let errors: Vec<_> =
        found.iter().map(|layout| layout.as_ref().map(|layout| layout.after).map_err(Clone::clone)).collect();
    let dims = Err(ProjectionError::StepDimensions { dims: 4, expected: 5 });
    let nothing = Err(ProjectionError::NoFiniteRows { rows: ROWS });
    assert_eq!(errors, [Ok(None), rows.clone(), dims, nothing.clone(), Ok(None)]);

    let found = laid_out(&tsne(), Together::of(Method::Tsne), &steps).unwrap();
    let after: Vec<_> =
        found.iter().map(|layout| layout.as_ref().map(|layout| layout.after).map_err(Clone::clone)).collect();
    assert_eq!(after, [Ok(None), rows, Ok(Some(0)), nothing.clone(), Ok(Some(2))]);
    // If no step has a finite row, that is why there are no components.
    let all = [steps[3].clone(), steps[3].clone()];
    let none = laid_out(&pca(), Together::of(Method::Pca), &all).map(drop);
    assert_eq!(none, Err(ProjectionError::NoFiniteRows { rows: ROWS }));
    let basis = laid_out(&pca(), Together { basis: Basis::Step(1), align: Alignment::Nothing }, &steps);
    assert!(matches!(basis, Err(ProjectionError::StepRows { .. })));
}

/// A step that cannot be read is left out, and the next follows the one before it.
#[test]
fn steps_that_cannot_be_read_are_left_out() {
    let steps: Vec<_> = (0..3).map(|step| drifting(5, step)).collect();
    let of = StepsOf { count: 3, rows: ROWS, dims: 5, shown: 2 };
    for recipe in [pca(), tsne()] {
        let mut found = Vec::new();
        let take = |place, _: &Space, layout: Result<StepLayout, ProjectionError>| {
            found.push((place, layout?.after));
            Ok(())
        };
        let read = |place: usize, _: &Progress| Ok::<_, ProjectionError>((place != 1).then(|| space(&steps[place])));
        series(&recipe, Together::of(recipe.method()), of, read, take, &Progress::default()).unwrap();
        let after = recipe.method().about().has_steps.then_some(0);
        assert_eq!(found, [(0, None), (2, after)]);
    }
}
