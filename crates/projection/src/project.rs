//! Any method, from the space of the vectors to a layout in one call.

use std::{sync::Arc, time::Instant};

use parallax_embedding::Progress;
use parallax_neighbors::NeighborGraph;

use crate::{
    Coordinates, Frame, How, Layout, Lowered, Method, Nearness, Projected, ProjectionError, Quality, Run, Space,
    methods::Started,
    run::{Beginning, Start},
};

/// Everything that a layout of given vectors depends on. Equal recipes give equal layouts.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The space in which neighbors are found; for methods without neighbors only whether it is
    /// sphereized counts.
    pub near: Nearness,
    /// The method and its settings.
    pub how: How,
}

impl From<How> for Recipe {
    /// With the vectors as they are, and Euclidean neighbors.
    fn from(how: How) -> Self {
        Self { near: Nearness::default(), how }
    }
}

impl Recipe {
    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.how.method()
    }

    /// Returns the same with another seed.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self { near: self.near, how: self.how.with_seed(seed) }
    }

    /// Returns whether a run of it would start like one of `other`: they are equal, apart from
    /// settings that can change during a run.
    #[must_use]
    pub fn starts_like(&self, other: &Self) -> bool {
        self.near == other.near && self.how.starts_like(&other.how)
    }

    /// Prepares a projection that runs in steps, from `start` or else from the principal
    /// components. Returns `None` if the method does not run in steps.
    ///
    /// # Errors
    /// Those of the method.
    pub fn begin(
        &self,
        space: &Space,
        start: Option<&Layout>,
        progress: &Progress,
    ) -> Result<Option<Run>, ProjectionError> {
        if !self.method().about().has_steps {
            return Ok(None);
        }
        let start = start.map_or(Start::Components, Start::Layout);
        let started = self.how.start(&Beginning { space, near: self.near, start, progress });
        space.check()?;
        Ok(if let Started::Steps(run) = started? { Some(run) } else { None })
    }

    /// Returns the lowered default if the method has one that is too large for `points` of vectors
    /// of `dims`.
    #[must_use]
    pub fn lowered(&self, points: usize, dims: usize) -> Option<Lowered> {
        self.how.lowered(points, dims)
    }

    /// Returns what there is to know about its layout of `points` of vectors of `dims`, of which
    /// `wanted` coordinates are used: a default that was lowered, dimensions that are not used, and
    /// what the coordinates stand for. Each is a sentence without a full stop.
    #[must_use]
    pub fn notes(&self, frame: &Frame, points: usize, dims: usize, wanted: usize) -> Vec<String> {
        let lowered = self.lowered(points, dims);
        let coordinates = self.method().about().coordinates;
        let lowered = lowered.filter(|lowered| coordinates != Coordinates::Components || lowered.used < wanted);
        let is_cut = coordinates == Coordinates::Dimensions && dims > wanted;
        let cut = is_cut.then(|| format!("identity shows the first {wanted} of {dims} dimensions"));
        lowered.map(|lowered| lowered.to_string()).into_iter().chain(cut).chain(frame.note(wanted)).collect()
    }
}

/// Projects the vectors of `space`. Its rows that are left out get no place.
///
/// # Errors
/// Those of the method; [`ProjectionError::Damaged`] if rows are lost.
pub fn project(recipe: &Recipe, space: &Space, progress: &Progress) -> Result<Projected, ProjectionError> {
    project_from(recipe, space, Start::Components, progress)
}

/// Projects the vectors of `space`; a method that runs in steps starts at `start`.
///
/// # Errors
/// See [`project`].
pub(crate) fn project_from(
    recipe: &Recipe,
    space: &Space,
    start: Start<'_>,
    progress: &Progress,
) -> Result<Projected, ProjectionError> {
    let started = Instant::now();
    let begun = recipe.how.start(&Beginning { space, near: recipe.near, start, progress });
    // Steps no longer read the vectors.
    space.check()?;
    let mut run = match begun? {
        Started::Whole(projected) => return Ok(projected),
        Started::Steps(run) => run,
    };
    let seconds_before = started.elapsed().as_secs_f64();
    run.finish(progress)?;
    Ok(Projected {
        iterations: Some(run.iteration()),
        kl: run.kl(),
        graph: Some(run.graph().clone()),
        seconds_before,
        ..Projected::whole((run.layout(), Frame::default()))
    })
}

/// How far `layout` can be trusted, by the neighbors that `near` finds. What it reports for points
/// applies to the rows of the graph.
///
/// # Errors
/// See [`Space::reference`].
pub fn measure(
    layout: &Layout,
    near: Nearness,
    space: &Space,
    progress: &Progress,
) -> Result<(Arc<NeighborGraph>, Quality), ProjectionError> {
    let (graph, reference) = space.reference(near.sphereize, near.metric, progress)?;
    let of_row = |&row: &u32| layout.row(row as usize).unwrap_or_default().iter().copied();
    let places: Vec<f32> = graph.rows().iter().flat_map(of_row).collect();
    let quality = reference.measure(&places, layout.dims(), progress)?;
    // Strangers are looked up among the vectors.
    space.check()?;
    Ok((graph, quality))
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{Bytes, Damaged, Dtype, RowSet, Vectors};
    use parallax_neighbors::Metric;

    use super::*;
    use crate::{Along, Axis, TsneConfig, UmapConfig};

    const NEAR: Nearness = Nearness { sphereize: false, metric: Metric::Euclidean };

    fn each_method() -> Vec<Recipe> {
        let axes = vec![Along::Axis(Axis::Direction(vec![1.0, 0.0])), Along::Component(1)];
        let tsne = TsneConfig { dims: 2, perplexity: Some(2.0), iterations: 30, ..TsneConfig::recommended() };
        let umap = UmapConfig { dims: 2, neighbors: Some(4), epochs: Some(20), ..UmapConfig::recommended() };
        let all = [
            How::Pca { whiten: false },
            How::Tsne { config: tsne, labels: None },
            How::Umap { config: umap, labels: None },
            How::Custom { axes },
            How::Identity,
        ];
        all.map(|how| Recipe { near: NEAR, how }).into()
    }

    /// A line of points in the plane; one row holds a NaN.
    fn line() -> Space {
        let mut values: Vec<f32> =
            (0..12_u8).flat_map(|i| [f32::from(i) * (2.0 + 0.05 * f32::from(i)), f32::from(i % 3)]).collect();
        values[7] = f32::NAN;
        Space::new(Vectors::from_f32(12, 2, values).unwrap(), RowSet::from(vec![3]))
    }

    #[test]
    fn each_method_places_all_rows_but_those_left_out() {
        let space = line();
        for recipe in each_method() {
            let projected = project(&recipe, &space, &Progress::default()).unwrap();
            let layout = &projected.layout;
            for row in 0..12 {
                let place = layout.row(row).unwrap();
                assert_eq!(place.iter().all(|x| x.is_finite()), row != 3, "{} {row}", recipe.method());
            }
            let (graph, quality) = measure(layout, NEAR, &space, &Progress::default()).unwrap();
            assert_eq!((graph.len(), quality.kept.len()), (11, 11));
            assert!(quality.recall > 0.5, "{}: {}", recipe.method(), quality.recall);
        }
    }

    /// Rows are laid out the same whether there are others or not; an axis may begin at a row that
    /// is not among them.
    #[test]
    fn isolated_rows_are_laid_out_as_if_alone() {
        let whole = Arc::new(line());
        let rows = RowSet::from(vec![0, 1, 2, 3, 5, 6, 8, 9, 10]);
        let within = Space::within(&whole, &rows);
        let placed: Vec<u32> = rows.iter().filter(|&row| row != 3).collect();
        let progress = Progress::default();
        let vectors = whole.vectors(false, &progress).unwrap();
        let mut buffer = Vec::new();
        let values = placed.iter().flat_map(|&row| vectors.row(row as usize, &mut buffer).to_vec()).collect();
        let alone = Space::new(Vectors::from_f32(placed.len(), 2, values).unwrap(), RowSet::EMPTY);
        for recipe in each_method() {
            let (found, expected) =
                [&within, &alone].map(|space| project(&recipe, space, &progress).unwrap().layout).into();
            for row in 0..12 {
                let place = placed.iter().position(|&other| other == row);
                let expected =
                    place.map_or(vec![f32::NAN; found.dims()], |place| expected.row(place).unwrap().to_vec());
                let found = found.row(row as usize).unwrap();
                let equal =
                    found.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
                assert!(equal, "{} {row}: {found:?}, {expected:?}", recipe.method());
            }
        }
        let axes = vec![Along::Axis(Axis::Between { left: vec![4].into(), right: vec![7].into() })];
        let recipe = Recipe { near: NEAR, how: How::Custom { axes } };
        let [all, some] = [&*whole, &within].map(|space| project(&recipe, space, &progress).unwrap().layout);
        assert!(placed.iter().all(|&row| all.row(row as usize) == some.row(row as usize)));
        let spheres = |space: &Space| space.vectors(true, &progress).unwrap().row(5, &mut Vec::new()).to_vec();
        assert_eq!(spheres(&whole), spheres(&within), "sphereized about the mean of all");
    }

    #[test]
    fn methods_that_keep_distances_keep_all_neighbors() {
        let space = line();
        for how in [How::Pca { whiten: false }, How::Identity] {
            let projected = project(&Recipe { near: NEAR, how }, &space, &Progress::default()).unwrap();
            let (_, quality) = measure(&projected.layout, NEAR, &space, &Progress::default()).unwrap();
            assert!(quality.trustworthiness > 0.999 && quality.continuity > 0.999, "{quality:?}");
        }
    }

    #[test]
    fn origins_are_reported() {
        let vectors = Vectors::from_f64(2, 3, vec![1e7, 0.5, -2e9, 1e7 + 1.0, 0.0, -2e9 - 1.0]).unwrap();
        let space = Space::new(vectors, RowSet::EMPTY);
        let note = |how: How| project(&how.into(), &space, &Progress::default()).unwrap().frame.note(3);
        let expected = "coordinates are relative to 10000001 on axis 1, -2000000001 on axis 3, since f32 loses digits that far from zero";
        assert_eq!(note(How::Identity).as_deref(), Some(expected));
        assert_eq!(note(How::Pca { whiten: false }), None);
    }

    /// A power of two changes no digit: whatever the size of the vectors, the coordinates and the
    /// quality are the same up to that scale.
    #[test]
    fn vectors_of_any_size_are_laid_out_alike() {
        let values: Vec<f64> = (0..240_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 16)).collect();
        let progress = Progress::default();
        let made = |scale: f64, how: How| {
            let values = values.iter().map(|x| x * scale).collect();
            let space = Space::new(Vectors::from_f64(80, 3, values).unwrap(), RowSet::EMPTY);
            let projected = project(&Recipe { near: NEAR, how }, &space, &progress).unwrap();
            let quality = measure(&projected.layout, NEAR, &space, &progress).unwrap().1;
            (projected, quality)
        };
        let sides = || Axis::Between { left: vec![0, 1].into(), right: vec![2].into() };
        let custom = || How::Custom { axes: vec![Along::Axis(sides()), Along::Component(1)] };
        let umap = UmapConfig { epochs: Some(20), ..UmapConfig::recommended() };
        let all: [&dyn Fn() -> How; 4] = [&|| How::Pca { whiten: false }, &|| How::Identity, &custom, &|| How::Umap {
            config: umap.clone(),
            labels: None,
        }];
        for how in all {
            let (expected, quality) = made(1.0, how());
            for exponent in [-900, -170, -130, 108] {
                let (found, found_quality) = made(2_f64.powi(exponent), how());
                assert_eq!(found_quality, quality, "{exponent}");
                let unit = if found.iterations.is_some() { 0 } else { exponent };
                let scale = found.frame.scale * 2_f64.powi(unit);
                let near = |(&x, &y): (&f32, &f32)| (f64::from(x) / scale - f64::from(y)).abs() < 1e-2;
                assert!(found.layout.values().iter().zip(expected.layout.values()).all(near), "{exponent}");
                assert_eq!(found.frame.note(3).is_some(), unit != 0);
            }
        }
        let note = made(2_f64.powi(-170), How::Identity).0.frame.note(3).unwrap();
        assert!(note.starts_with("coordinates are multiplied by 2^154 (2.284e46), since"), "{note}");
    }

    #[test]
    fn whitened_components_have_variance_one() {
        let space = line();
        let recipe = Recipe { near: NEAR, how: How::Pca { whiten: true } };
        let layout = project(&recipe, &space, &Progress::default()).unwrap().layout;
        for dim in 0..2 {
            let of_row = |row: usize| f64::from(layout.view()[[row, dim]]);
            let squares: f64 = (0..12).filter(|&row| row != 3).map(|row| of_row(row).powi(2)).sum();
            assert!((squares / 10.0 - 1.0).abs() < 1e-4, "{squares}");
        }
    }

    /// Bytes of which the second half is lost.
    struct Cut(Vec<u8>);

    impl AsRef<[u8]> for Cut {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl Bytes for Cut {
        fn check(&self) -> Result<(), Damaged> {
            Err(Damaged { file: "a.npy".into(), from: self.0.len() / 2, short: None, rows: None })
        }
    }

    #[test]
    fn vectors_with_lost_rows_have_no_layout_and_no_quality() {
        let bytes: Vec<u8> = (0..24_u8).flat_map(|i| (f32::from(i % 7) + f32::from(i)).to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(12, 2, Dtype::F32, Arc::new(Cut(bytes)), 0).unwrap();
        let (space, progress) = (Space::new(vectors, RowSet::EMPTY), Progress::default());
        let is_damaged =
            |error: ProjectionError| matches!(error, ProjectionError::Damaged(Damaged { rows: Some(6), .. }));
        for recipe in each_method() {
            assert!(is_damaged(project(&recipe, &space, &progress).unwrap_err()), "{}", recipe.method());
            if recipe.method().about().has_steps {
                assert!(is_damaged(recipe.begin(&space, None, &progress).unwrap_err()));
            }
        }
        let whole = project(&How::Identity.into(), &line(), &progress).unwrap().layout;
        assert!(is_damaged(measure(&whole, NEAR, &space, &progress).unwrap_err()));
        assert!(is_damaged(space.vectors(true, &progress).unwrap_err()));
    }

    #[test]
    fn canceled_projection_returns_no_layout() {
        let progress = Progress::default();
        progress.cancel();
        for recipe in each_method() {
            let result = project(&recipe, &line(), &progress);
            assert!(matches!(result, Err(ProjectionError::Cancelled(_))), "{}: {result:?}", recipe.method());
        }
    }
}
