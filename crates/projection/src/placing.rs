//! Where a vector that is not a row lies in a layout.

use parallax_embedding::{Progress, RowSet, Vectors};
use rayon::prelude::*;

use crate::{Frame, Layout, Procrustes, ProjectionError, Recipe, Space};

/// Rows that are placed at a time.
const CHUNK: usize = 512;

/// The number of rows whose places are computed again to see whether the layout is what the recipe
/// makes.
const CHECKED: usize = 8;

/// The largest error at those rows, as a part of how far they lie from each other.
const TOLERANCE: f64 = 1e-3;

impl Recipe {
    /// Returns the place of `vector` in `layout`, which this recipe has made of the rows of `space`.
    /// `beside` is a row with a place, best one that is near the vector: only the difference from it
    /// is projected.
    ///
    /// Returns `None` if the method has no place for other vectors, as t-SNE and UMAP, if the vectors
    /// are sphereized, or if the recipe does not give rows the places that they have, as after a
    /// change of its settings.
    ///
    /// # Errors
    /// Those of the method; [`ProjectionError::Cancelled`] if `progress` was canceled.
    pub fn place(
        &self,
        vector: &[f64],
        beside: u32,
        (layout, frame): (&Layout, &Frame),
        space: &Space,
        progress: &Progress,
    ) -> Result<Option<Vec<f32>>, ProjectionError> {
        let vectors = space.vectors(false, progress)?;
        if vector.len() != vectors.dims() || beside as usize >= vectors.rows() {
            return Ok(None);
        }
        let map = self.map(&vectors, beside, (layout, frame), space, progress)?;
        let place = map.and_then(|map| map.place(vector, beside as usize));
        Ok(place.filter(|place| place.iter().all(|x| x.is_finite())))
    }

    /// Returns where the rows of `others`, another embedding with as many rows and dimensions, lie in
    /// `layout`, which this recipe has made of the rows of `space`. `onto` brings them onto those rows
    /// first. Those of `left_out` get no place.
    ///
    /// Returns `None` where [`Recipe::place`] does.
    ///
    /// # Errors
    /// As [`Recipe::place`].
    pub fn place_all(
        &self,
        (others, left_out): (&Vectors, &RowSet),
        onto: Option<&Procrustes>,
        (layout, frame): (&Layout, &Frame),
        space: &Space,
        progress: &Progress,
    ) -> Result<Option<Layout>, ProjectionError> {
        let vectors = space.vectors(false, progress)?;
        let beside = layout.places().position(|place| place.iter().all(|x| x.is_finite()));
        let Some(beside) = beside.filter(|_| others.dims() == vectors.dims()) else { return Ok(None) };
        let map = self.map(&vectors, beside as u32, (layout, frame), space, progress)?;
        let Some(map) = map.filter(|map| layout.dims() <= map.directions.len()) else { return Ok(None) };
        let through = Through::new(&map, beside, onto);
        progress.begin("Placing");
        let dims = layout.dims();
        let mut placed = Layout::unplaced(others.rows(), dims);
        let mut coordinates = placed.view_mut();
        let chunks = coordinates.as_slice_mut().unwrap_or_default().par_chunks_mut((CHUNK * dims).max(1));
        chunks.enumerate().try_for_each(|(chunk, places)| {
            progress.check()?;
            let mut buffer = Vec::new();
            for (row, place) in (chunk * CHUNK..).zip(places.chunks_exact_mut(dims)) {
                if !left_out.contains(row as u32) {
                    through.place(others.row_as::<f64>(row, &mut buffer), place);
                }
            }
            Ok::<_, ProjectionError>(())
        })?;
        others.check()?;
        Ok(Some(placed))
    }

    /// Returns what maps `vectors`, those of `space`, to the places of `layout`, seen from the row
    /// `beside`. Returns `None` where [`Recipe::place`] does.
    fn map<'a>(
        &self,
        vectors: &'a Vectors,
        beside: u32,
        (layout, frame): (&'a Layout, &Frame),
        space: &Space,
        progress: &Progress,
    ) -> Result<Option<Map<'a>>, ProjectionError> {
        if self.near.sphereize {
            return Ok(None);
        }
        let Some(directions) = self.how.directions(space, progress)? else { return Ok(None) };
        let map = Map { vectors, layout, scale: frame.scale, directions };
        let is_of_recipe = map.is_right(beside);
        space.check()?;
        Ok(is_of_recipe.then_some(map))
    }
}

/// A map of the rows of another embedding into a layout.
struct Through {
    /// What rows are seen from.
    about: Vec<f64>,
    /// For each coordinate the direction, and what `about` has.
    lines: Vec<(Vec<f64>, f64)>,
    scale: f64,
}

impl Through {
    fn new(map: &Map<'_>, beside: usize, onto: Option<&Procrustes>) -> Self {
        let mut buffer = Vec::new();
        let row = map.vectors.row_as::<f64>(beside, &mut buffer);
        let from = map.layout.row(beside).unwrap_or_default();
        let line = |(direction, &x): (&Vec<f64>, &f32)| {
            let Some(onto) = onto else { return (direction.clone(), f64::from(x)) };
            let [_, to] = onto.means();
            let away: f64 = direction.iter().zip(to).zip(row).map(|((d, to), row)| d * (to - row)).sum();
            (onto.before(direction), f64::from(x) + away * map.scale)
        };
        let lines = map.directions.iter().zip(from).map(line).collect();
        Self { lines, about: onto.map_or(row, |onto| onto.means()[0]).to_vec(), scale: map.scale }
    }

    fn place(&self, vector: &[f64], place: &mut [f32]) {
        for ((direction, at), x) in self.lines.iter().zip(place) {
            let away = direction.iter().zip(vector).zip(&self.about).map(|((d, x), about)| d * (x - about));
            *x = (at + away.sum::<f64>() * self.scale) as f32;
        }
    }
}

/// A layout whose coordinates are linear in the vectors, but for a constant.
struct Map<'a> {
    vectors: &'a Vectors,
    layout: &'a Layout,
    scale: f64,
    /// For each coordinate what each dimension adds to it, before it is scaled.
    directions: Vec<Vec<f64>>,
}

impl Map<'_> {
    /// Returns the place of `vector`, seen from the place of the row `beside`.
    fn place(&self, vector: &[f64], beside: usize) -> Option<Vec<f32>> {
        let mut buffer = Vec::new();
        let row = self.vectors.row_as::<f64>(beside, &mut buffer);
        let along = |direction: &Vec<f64>| {
            direction.iter().zip(vector).zip(row).map(|((d, x), row)| d * (x - row)).sum::<f64>() * self.scale
        };
        let from = self.layout.row(beside)?;
        (from.len() <= self.directions.len())
            .then(|| from.iter().zip(&self.directions).map(|(&x, of)| (f64::from(x) + along(of)) as f32).collect())
    }

    /// Returns whether some rows have the places that the map gives them, seen from `beside`.
    fn is_right(&self, beside: u32) -> bool {
        let rows = self.layout.rows().min(self.vectors.rows());
        let is_placed = |row: &usize| self.layout.row(*row).is_some_and(|place| place.iter().all(|x| x.is_finite()));
        let checked: Vec<usize> = (0..CHECKED).map(|part| part * rows / CHECKED).filter(is_placed).collect();
        let (mut error, mut reach, mut buffer) = (0.0_f64, 0.0_f64, Vec::new());
        for row in checked {
            let values = self.vectors.row_as::<f64>(row, &mut buffer).to_vec();
            let (Some(found), Some(known), Some(from)) =
                (self.place(&values, beside as usize), self.layout.row(row), self.layout.row(beside as usize))
            else {
                return false;
            };
            for ((found, known), from) in found.iter().zip(known).zip(from) {
                error = error.max(f64::from((found - known).abs()));
                reach = reach.max(f64::from((known - from).abs()));
            }
        }
        error <= TOLERANCE * reach
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::Partners;

    use super::*;
    use crate::{Along, Axis, Freedom, How, Nearness, Projected, TsneConfig, UmapConfig, project};

    const ROWS: usize = 40;
    const DIMS: usize = 5;

    fn values(factor: f64) -> Vec<f64> {
        (0..(ROWS * DIMS) as u64).map(|i| ((i * i * 7919 + i * 104_729) % 1009) as f64 * factor).collect()
    }

    fn made(how: How, space: &Space) -> (Recipe, Projected) {
        let recipe = Recipe::from(how);
        let projected = project(&recipe, space, &Progress::default()).unwrap();
        (recipe, projected)
    }

    fn linear() -> Vec<How> {
        let between = Axis::Between { left: RowSet::from(vec![0, 1]), right: RowSet::from(vec![2, 3, 4]) };
        let axes = vec![Along::Axis(between), Along::Axis(Axis::Off), Along::Component(0)];
        vec![How::Pca { whiten: false }, How::Pca { whiten: true }, How::Custom { axes }, How::Identity]
    }

    /// The last row is not in the layout of the others: its place is that in a layout of all, if
    /// that has the same directions, as with fixed axes; and with PCA it is linear.
    #[test]
    fn place_of_a_row_is_that_of_the_layout() {
        for factor in [1.0, 1e-30, 1e30] {
            let values = values(factor);
            let space = Space::new(Vectors::from_f64(ROWS, DIMS, values.clone()).unwrap(), RowSet::EMPTY);
            for how in linear() {
                let (recipe, Projected { layout, frame, .. }) = made(how, &space);
                let reach = layout.values().iter().fold(0.0_f32, |reach, x| reach.max(x.abs()));
                for (row, beside) in [(0, 1), (7, 39), (39, 0)] {
                    let vector = &values[row * DIMS..][..DIMS];
                    let progress = Progress::default();
                    let place = recipe.place(vector, beside, (&layout, &frame), &space, &progress).unwrap().unwrap();
                    let away = place.iter().zip(layout.row(row).unwrap()).map(|(a, b)| (a - b).abs());
                    let away = away.fold(0.0, f32::max);
                    assert!(away <= 1e-4 * reach, "{} {factor} {row}: {away} of {reach}", recipe.method());
                }
            }
        }
    }

    /// What is a - b + c in the vectors is so in the picture, since the weights sum to 1.
    #[test]
    fn place_of_a_sum_is_the_sum_of_places() {
        let values = values(1.0);
        let space = Space::new(Vectors::from_f64(ROWS, DIMS, values.clone()).unwrap(), RowSet::EMPTY);
        let sum: Vec<f64> =
            (0..DIMS).map(|d| values[3 * DIMS + d] - values[8 * DIMS + d] + values[20 * DIMS + d]).collect();
        for how in linear() {
            let (recipe, Projected { layout, frame, .. }) = made(how, &space);
            let found = recipe.place(&sum, 3, (&layout, &frame), &space, &Progress::default()).unwrap().unwrap();
            let place = |row: usize, at: usize| layout.row(row).unwrap()[at];
            for (at, x) in found.iter().enumerate() {
                let expected = place(3, at) - place(8, at) + place(20, at);
                assert!((x - expected).abs() <= 1e-2 * expected.abs().max(1.0), "{} {x} {expected}", recipe.method());
            }
        }
    }

    /// A copy that is turned, mirrored, moved, and scaled comes to lie on the rows themselves; without
    /// an alignment, the rows themselves do.
    #[test]
    fn rows_of_an_aligned_copy_are_placed_on_the_rows() {
        let values = values(1.0);
        let vectors = Vectors::from_f64(ROWS, DIMS, values.clone()).unwrap();
        let turned = values.chunks_exact(DIMS).flat_map(|row| {
            [
                3.0 - 2.0 * row[1],
                2.0 * row[0],
                7.0 + 1.2 * row[2] + 1.6 * row[3],
                1.6 * row[2] - 1.2 * row[3],
                2.0 * row[4],
            ]
        });
        let turned = Vectors::from_f64(ROWS, DIMS, turned.collect()).unwrap();
        let space = Space::new(vectors.clone(), RowSet::EMPTY);
        let partners = Partners::by_order([ROWS, ROWS]);
        let (progress, freedom) = (Progress::default(), Freedom { reflection: true, scale: true });
        let onto = Procrustes::fit([&turned, &vectors], &partners, freedom, &progress).unwrap();
        let without = RowSet::from(vec![5]);
        for how in linear() {
            let (recipe, Projected { layout, frame, .. }) = made(how, &space);
            let reach = layout.values().iter().fold(0.0_f32, |reach, x| reach.max(x.abs()));
            for (others, onto) in [(&turned, Some(&onto)), (&vectors, None)] {
                let placed = recipe.place_all((others, &without), onto, (&layout, &frame), &space, &progress);
                let placed = placed.unwrap().unwrap();
                for (row, (found, expected)) in placed.places().zip(layout.places()).enumerate() {
                    let is_there = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-4 * reach);
                    assert_eq!(is_there, row != 5, "{} {row}: {found:?} {expected:?}", recipe.method());
                }
                assert!(placed.row(5).unwrap().iter().all(|x| x.is_nan()));
            }
        }
        let (recipe, Projected { layout, frame, .. }) = made(How::Pca { whiten: false }, &space);
        let narrow = Vectors::from_f64(ROWS, 1, vec![0.0; ROWS]).unwrap();
        let placed = recipe.place_all((&narrow, &without), None, (&layout, &frame), &space, &progress);
        assert_eq!(placed.unwrap(), None);
    }

    #[test]
    fn layouts_without_a_map_have_no_place() {
        let values = values(1.0);
        let space = Space::new(Vectors::from_f64(ROWS, DIMS, values.clone()).unwrap(), RowSet::EMPTY);
        let tsne = TsneConfig { dims: 2, perplexity: Some(3.0), iterations: 10, ..TsneConfig::recommended() };
        let umap = UmapConfig { dims: 2, neighbors: Some(5), epochs: Some(5), ..UmapConfig::recommended() };
        let progress = Progress::default();
        let place = |recipe: &Recipe, of: &Projected| {
            recipe.place(&values[..DIMS], 1, (&of.layout, &of.frame), &space, &progress).unwrap()
        };
        for how in [How::Tsne { config: tsne, labels: None }, How::Umap { config: umap, labels: None }] {
            let (recipe, projected) = made(how, &space);
            assert_eq!(place(&recipe, &projected), None);
        }
        let sphereized =
            Recipe { near: Nearness { sphereize: true, ..Nearness::default() }, how: How::Pca { whiten: false } };
        let projected = project(&sphereized, &space, &progress).unwrap();
        assert_eq!(place(&sphereized, &projected), None);
        // A layout of other settings.
        let (_, projected) = made(How::Pca { whiten: true }, &space);
        assert_eq!(place(&Recipe::from(How::Pca { whiten: false }), &projected), None);
    }
}
