//! The positions of a layout's points: the chosen components, centered and scaled uniformly to a
//! sphere of radius 1.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_projection::Layout;
use parallax_session::CloudUnits;
use parallax_state::MANY;
use rayon::prelude::*;

/// The chosen components of a layout, centered and uniformly scaled.
#[derive(Debug, Default)]
pub(crate) struct Places {
    layout: Arc<Layout>,
    /// The component of x, y and z, with a factor of 1, or 0 if there is none.
    components: [(usize, f32); 3],
    center: Vec3,
    scale: f32,
    /// The smallest and largest coordinates in world units.
    box_of_all: [Vec3; 2],
}

/// The distance from the middle from which on points are far outside of the picture that shows the
/// sphere of radius 1.
const FAR: f32 = 2.0;

/// The units that several layouts share, which are found again when the layouts or the components change.
#[derive(Debug, Default)]
pub(crate) struct SharedUnits {
    layouts: Arc<[Arc<Layout>]>,
    seen: [Option<usize>; 3],
    units: Option<CloudUnits>,
}

/// The bounding box of the points, and how to convert world units to the layout's units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Bounds {
    /// In world units.
    pub(crate) low: Vec3,
    pub(crate) high: Vec3,
    /// A world coordinate is the layout's coordinate minus `center`, times `scale`.
    pub(crate) center: Vec3,
    pub(crate) scale: f32,
}

impl SharedUnits {
    /// Returns the units in which the places of all `layouts` are within the sphere. `None` without layouts.
    pub(crate) fn of(&mut self, layouts: &Arc<[Arc<Layout>]>, seen: [Option<usize>; 3]) -> Option<CloudUnits> {
        let is_known = Arc::ptr_eq(&self.layouts, layouts) && self.seen == seen;
        if !is_known {
            let rows = layouts.first().map_or(0, |layout| layout.rows());
            let place = |at: usize| {
                let coordinates = layouts.get(at / rows)?.row(at % rows)?;
                let place =
                    seen.map(|component| component.map_or(0.0, |at| coordinates.get(at).copied().unwrap_or(0.0)));
                place.iter().all(|x| x.is_finite()).then_some(place)
            };
            let count = rows * layouts.len();
            *self = Self { layouts: layouts.clone(), seen, units: (count > 0).then(|| CloudUnits::of(count, place)) };
        }
        self.units
    }
}

impl Places {
    /// Creates the places from the components `seen` as x, y and z. Center and scale are `units` if given,
    /// and are computed from the rows `alone` if given, or else from all rows.
    pub(crate) fn of(
        layout: &Arc<Layout>,
        seen: [Option<usize>; 3],
        alone: Option<&RowSet>,
        units: Option<CloudUnits>,
    ) -> Self {
        let components = seen.map(|component| component.map_or((0, 0.0), |component| (component, 1.0)));
        let mut places =
            Self { layout: layout.clone(), components, center: Vec3::ZERO, scale: 1.0, box_of_all: [Vec3::ZERO; 2] };
        let count = alone.map_or(places.rows(), RowSet::len);
        let row = |place: usize| alone.map_or(place, |rows| rows.as_slice()[place] as usize);
        let units = units.unwrap_or_else(|| CloudUnits::of(count, |place| places.raw(row(place)).map(Vec3::into)));
        (places.center, places.scale) = (units.center.into(), units.reach.recip());
        // Outliers are outside of the sphere.
        places.box_of_all = units
            .bounds
            .map(|corner| ((Vec3::from(corner) - places.center) * places.scale).clamp(Vec3::NEG_ONE, Vec3::ONE));
        places
    }

    /// Returns the places of a layout in the same units, whose coordinates are those on screen.
    pub(crate) fn beside(&self, layout: &Arc<Layout>) -> Self {
        let component = |at: usize| if at < layout.dims() { (at, 1.0) } else { (0, 0.0) };
        let (center, scale, box_of_all) = (self.center, self.scale, self.box_of_all);
        Self { layout: layout.clone(), components: [0, 1, 2].map(component), center, scale, box_of_all }
    }

    /// Returns the bounding box of the points, and how to convert world units to the layout's
    /// units.
    pub(crate) fn bounds(&self) -> Bounds {
        let [low, high] = self.box_of_all;
        Bounds { low, high, center: self.center, scale: self.scale }
    }

    /// Returns how far another layout reaches in the same units: 1 if it fills the sphere.
    pub(crate) fn reach_of(&self, layout: &Layout) -> f32 {
        let bounds = self.box_of_all.map(Vec3::into);
        let units = CloudUnits { center: self.center.into(), reach: self.scale.recip(), bounds };
        units.reach_of(layout.rows(), |row| self.seen(layout.row(row)?).map(Vec3::into))
    }

    /// Returns the layout.
    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn rows(&self) -> usize {
        self.layout.rows()
    }

    #[inline]
    fn raw(&self, row: usize) -> Option<Vec3> {
        self.seen(self.layout.row(row)?)
    }

    /// Returns the chosen ones of the coordinates.
    #[inline]
    fn seen(&self, coordinates: &[f32]) -> Option<Vec3> {
        let coordinate = |(component, shown): (usize, f32)| coordinates.get(component).map_or(0.0, |x| x * shown);
        let position = Vec3::from(self.components.map(coordinate));
        position.is_finite().then_some(position)
    }

    /// Returns the place of `row`, or `None` if the layout has none.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<Vec3> {
        self.raw(row).map(|position| (position - self.center) * self.scale)
    }

    /// Returns the places of the rows from `first` on.
    pub(crate) fn from(&self, first: usize) -> impl Iterator<Item = Option<Vec3>> + '_ {
        let dims = self.layout.dims().max(1);
        let values = self.layout.values().get(first * dims..).unwrap_or_default();
        values.chunks_exact(dims).map(|coordinates| self.at(coordinates))
    }

    /// Returns the place of these coordinates of the layout, or `None` if they are none.
    #[inline]
    pub(crate) fn at(&self, coordinates: &[f32]) -> Option<Vec3> {
        self.seen(coordinates).map(|position| (position - self.center) * self.scale)
    }

    /// Counts so many rows.
    pub(crate) fn counts(&self, rows: usize) -> RowCounts {
        let count = |row: usize| {
            let place = self.get(row);
            let is_far = |place: Vec3| place.length_squared() > FAR * FAR;
            RowCounts {
                placed: usize::from(place.is_some()),
                far: usize::from(place.is_some_and(is_far)),
                whole: usize::from(self.layout.row(row).is_some_and(is_whole)),
            }
        };
        if rows < MANY {
            return (0..rows).map(count).fold(RowCounts::default(), RowCounts::add);
        }
        (0..rows).into_par_iter().map(count).reduce(RowCounts::default, RowCounts::add)
    }
}

/// Returns whether a row of a layout has all of its coordinates.
#[inline]
pub(crate) fn is_whole(coordinates: &[f32]) -> bool {
    coordinates.iter().all(|x| x.is_finite())
}

/// Numbers of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RowCounts {
    /// Those that have a place.
    pub(crate) placed: usize,
    /// Those of them that are [`FAR`] away.
    pub(crate) far: usize,
    /// Those that have all coordinates of the layout, also those that are not shown.
    pub(crate) whole: usize,
}

impl RowCounts {
    fn add(self, other: Self) -> Self {
        let Self { placed, far, whole } = other;
        Self { placed: self.placed + placed, far: self.far + far, whole: self.whole + whole }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn places(dims: usize, coordinates: Vec<f32>, components: [usize; 3]) -> Places {
        let seen = components.map(|component| (component < dims).then_some(component));
        let layout =
            Array2::from_shape_vec((coordinates.len().checked_div(dims).unwrap_or(0), dims), coordinates).unwrap();
        Places::of(&Arc::new(layout.into()), seen, None, None)
    }

    fn counts(places: &Places, rows: usize) -> [usize; 3] {
        let RowCounts { placed, far, whole } = places.counts(rows);
        [placed, far, whole]
    }

    #[test]
    fn places_share_one_scale_and_reach_one() {
        let places = places(3, vec![-10.0, 0.0, 0.0, 10.0, 2.0, 0.0, 0.0, 1.0, 0.0], [0, 1, 2]);
        let (a, b) = (places.get(0).unwrap(), places.get(1).unwrap());
        assert!((a.length() - 1.0).abs() < 1e-6 && (b.length() - 1.0).abs() < 1e-6);
        assert!(((b - a).x / (b - a).y - 10.0).abs() < 1e-4, "the shape stays as it is");
        let bounds = places.bounds();
        assert_eq!([bounds.low.x, bounds.high.x].map(|x| (x / bounds.scale + bounds.center.x).round()), [-10.0, 10.0]);
    }

    #[test]
    fn isolated_rows_fill_the_sphere() {
        let layout = Arc::new(Layout::from(Array2::from_shape_fn((40_000, 1), |(row, _)| row as f32)));
        let alone = RowSet::from(vec![7, 9]);
        let places = Places::of(&layout, [Some(0), None, None], Some(&alone), None);
        assert_eq!([7, 8, 9].map(|row| places.get(row).unwrap().x), [-1.0, 0.0, 1.0]);
    }

    /// What a training does to the whole is seen: a layout of half the size has half the size.
    #[test]
    fn layouts_that_share_units_keep_their_sizes() {
        let layout = |size: f32| Arc::new(Layout::from(Array2::from_shape_fn((3, 1), |(row, _)| row as f32 * size)));
        let layouts: Arc<[Arc<Layout>]> = [layout(1.0), layout(2.0)].into();
        let (seen, mut shared) = ([Some(0), None, None], SharedUnits::default());
        let units = shared.of(&layouts, seen);
        let [small, large] = [0, 1].map(|at| Places::of(&layouts[at], seen, None, units));
        let ends = |places: &Places| [0, 2].map(|row| places.get(row).unwrap().x);
        assert_eq!((ends(&small), ends(&large)), ([-1.0, 0.0], [-1.0, 1.0]));
        assert_eq!([&layouts[1], &layout(2.5)].map(|layout| small.reach_of(layout)), [1.0, 1.5]);
        assert_eq!(shared.of(&Arc::default(), seen), None);
    }

    #[test]
    fn outliers_do_not_shrink_the_rest() {
        let mut coordinates: Vec<f32> = (0..300).map(|i| (i % 20) as f32 - 9.5).collect();
        coordinates[0] = 1e6;
        let places = places(1, coordinates, [0, 1, 2]);
        assert!(places.scale > 1.0 / 1e7);
        let scaled: Vec<f32> = (1..300).filter_map(|row| places.get(row)).map(|p| p.x).collect();
        assert!(scaled.iter().all(|x| x.is_finite()));
        assert_eq!(counts(&places, 300), [300, 1, 300]);
        for rows in [7, MANY + 7] {
            let coordinates = (0..rows).map(|row| if row == 4 { 1e30 } else { (row % 3) as f32 }).collect();
            let places = super::tests::places(1, coordinates, [0, 1, 2]);
            let [low, middle, high] = [0, 1, 2].map(|row| places.get(row).unwrap().x);
            assert_eq!((middle, low), (0.0, -high));
            assert!((0.4..=1.0).contains(&high), "{high}");
            assert_eq!(counts(&places, rows), [rows, 1, rows], "the outlier is there");
        }
    }

    #[test]
    fn places_handle_missing_rows_and_components() {
        let nan = f32::NAN;
        let places = places(2, vec![1.0, 2.0, nan, 0.0, 3.0, 4.0], [1, 0, 7]);
        assert_eq!((counts(&places, 3), places.get(1)), ([2, 0, 2], None));
        assert!(places.get(0).unwrap().z == 0.0 && places.get(2).unwrap().x > 0.0);
        for (dims, coordinates) in [(0, vec![]), (2, vec![]), (2, vec![5.0, 5.0, 5.0, 5.0]), (3, vec![nan; 3])] {
            let places = super::tests::places(dims, coordinates, [0, 1, 2]);
            assert!((0..3).filter_map(|row| places.get(row)).all(|at| at == Vec3::ZERO));
        }
    }
}
