//! Custom axes: how far each row lies along directions that are given, found between two groups of
//! rows, or drawn at random.
//!
//! The coordinate of a vector v along a direction d is v . d / |d|. Nothing is centered: a vector
//! of zeros lies at 0 on each axis. Axes need not be at right angles. Sums run in `f64`.

use ndarray::Array2;
use parallax_embedding::{Number, Progress, RowSet, Vectors};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::about::{About, Coordinates};
use crate::{
    Frame, Layout, Projected, ProjectionError, Space,
    narrow::{Offset, narrow},
    random::Random,
    run::Beginning,
};

pub(super) const ABOUT: About = About {
    caption: "Custom",
    command: Some("Project onto custom axes"),
    coordinates: Coordinates::Axes,
    ..About::new("custom", "custom axes", "Axes that you choose: from some rows to others")
};

/// The direction of an axis.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// All rows lie at 0.
    #[default]
    Off,
    /// From the centroid of the rows of `left` to that of the rows of `right`.
    Between {
        /// Rows that lie to the left.
        left: RowSet,
        /// Rows that lie to the right.
        right: RowSet,
    },
    /// This direction, such as a component of a PCA: one value for each dimension of the vectors,
    /// of any length.
    Direction(Vec<f32>),
    /// Drawn at random, evenly over all directions.
    Random {
        /// Different seeds give different directions.
        seed: u64,
    },
}

/// What an axis runs along.
#[derive(Debug, Clone, PartialEq)]
pub enum Along {
    /// A direction that needs nothing else.
    Axis(Axis),
    /// A principal component, from 0.
    Component(usize),
}

/// Lays all rows out along `axes`.
pub(super) fn whole(with: &Beginning<'_>, axes: &[Along]) -> Result<Projected, ProjectionError> {
    let (space, sphereize, progress) = (with.space, with.near.sphereize, with.progress);
    let axes = axes.iter().map(|along| along.axis(space, sphereize, progress)).collect::<Result<Vec<_>, _>>()?;
    let vectors = space.vectors(sphereize, progress)?;
    custom(&vectors, space.left_out(), space.non_finite(), &axes, progress).map(Projected::whole)
}

/// What each dimension adds to each coordinate.
pub(super) fn directions(space: &Space, axes: &[Along], progress: &Progress) -> Result<Vec<Vec<f64>>, ProjectionError> {
    let axes = axes.iter().map(|along| along.axis(space, false, progress)).collect::<Result<Vec<_>, _>>()?;
    let vectors = space.vectors(false, progress)?.relative();
    let units = units::<f64>(&vectors, space.non_finite(), &axes)?;
    Ok(units.into_iter().map(|unit| unit.unwrap_or_else(|| vec![0.0; vectors.dims()])).collect())
}

impl Along {
    fn axis(&self, space: &Space, sphereize: bool, progress: &Progress) -> Result<Axis, ProjectionError> {
        let component = match self {
            Self::Axis(axis) => return Ok(axis.clone()),
            Self::Component(component) => *component,
        };
        let dims = space.vectors(sphereize, progress)?.dims();
        let components = space.components(sphereize, progress)?;
        let mut directions = components.directions.chunks_exact(dims.max(1));
        let direction = directions.nth(component).map(|direction| direction.iter().map(|&x| x as f32).collect());
        direction
            .map(Axis::Direction)
            .ok_or(ProjectionError::NoSuchComponent { component: component + 1, components: components.layout.dims() })
    }
}

/// Lays the rows of `vectors` out along `axes`, with as many coordinates. Rows of `left_out` get no
/// place; those of `non_finite`, which are among them, also belong to no group.
///
/// Returns the layout, and what its coordinates stand for. Numbers are only subtracted from
/// dimensions of [wide](Vectors::is_wide) vectors that are too far from zero for the `f32` of a
/// layout; for the scale see [`Vectors::relative`].
///
/// # Errors
/// Returns an error if there is no row or no dimension; if a group has no row, the centroids of two
/// groups are equal, or a direction does not have the length of the rows, is zero or not finite;
/// and [`ProjectionError::Cancelled`] if `progress` was canceled.
pub fn custom(
    vectors: &Vectors,
    left_out: &RowSet,
    non_finite: &RowSet,
    axes: &[Axis],
    progress: &Progress,
) -> Result<(Layout, Frame), ProjectionError> {
    match () {
        () if vectors.rows() == 0 => return Err(ProjectionError::NoRows),
        () if vectors.dims() == 0 => return Err(ProjectionError::NoDimensions),
        () => {}
    }
    progress.begin("Custom axes");
    let vectors = &vectors.relative();
    if vectors.is_wide() {
        let units = units::<f64>(vectors, non_finite, axes)?;
        let coordinates = products::<f64, f64>(vectors, left_out, &units, f64::NAN, progress)?;
        let (layout, narrowed) = narrow(&coordinates);
        let integers: Vec<f64> = vectors.origin().unwrap_or_default().iter().map(|&origin| origin as f64).collect();
        let along = |unit: &Option<Vec<f64>>| unit.as_ref().map_or(0.0, |unit| product(&integers, unit));
        let offset = |(narrowed, unit): (f64, _)| Offset::new(0, along(unit) + narrowed / vectors.scale());
        let origin = narrowed.into_iter().zip(&units).map(offset).collect();
        return Ok((layout, Frame::new(vectors.scale(), origin)));
    }
    let units = units::<f32>(vectors, non_finite, axes)?;
    let coordinates = products::<f32, f32>(vectors, left_out, &units, f32::NAN, progress)?;
    Ok((coordinates.into(), Frame { scale: vectors.scale(), ..Frame::default() }))
}

/// The direction of each axis, of length 1; none for an axis that is off.
fn units<T: Number>(
    vectors: &Vectors,
    non_finite: &RowSet,
    axes: &[Axis],
) -> Result<Vec<Option<Vec<f64>>>, ProjectionError> {
    axes.iter().enumerate().map(|(number, axis)| axis.unit::<T>(number + 1, vectors, non_finite)).collect()
}

/// The rows, read as `T`, along each direction; `nan` for rows that are left out.
fn products<T: Number, Out: Number>(
    vectors: &Vectors,
    left_out: &RowSet,
    units: &[Option<Vec<f64>>],
    nan: Out,
    progress: &Progress,
) -> Result<Array2<Out>, ProjectionError> {
    let mut coordinates = Array2::from_elem((vectors.rows(), units.len()), nan);
    let blocks = vectors.blocks();
    let step = blocks.first().map_or(1, ExactSizeIterator::len);
    let parts = coordinates.axis_chunks_iter_mut(ndarray::Axis(0), step).into_par_iter().zip(blocks);
    parts.try_for_each_init(Vec::<T>::new, |buffer, (mut part, range)| {
        progress.check()?;
        let rows = vectors.each_row(range.clone(), buffer);
        for ((row, values), mut out) in range.zip(rows).zip(part.rows_mut()) {
            if !left_out.contains(row as u32) {
                let along = |unit: &Option<Vec<f64>>| unit.as_ref().map_or(0.0, |unit| product(values, unit));
                out.iter_mut().zip(units).for_each(|(out, unit)| *out = Out::from_f64(along(unit)));
            }
        }
        Ok::<(), ProjectionError>(())
    })?;
    Ok(coordinates)
}

impl Axis {
    /// The direction, of length 1; `None` if the axis is off.
    fn unit<T: Number>(
        &self,
        axis: usize,
        vectors: &Vectors,
        non_finite: &RowSet,
    ) -> Result<Option<Vec<f64>>, ProjectionError> {
        let dims = vectors.dims();
        let direction = match self {
            Self::Off => return Ok(None),
            Self::Between { left, right } => {
                let centroid = |rows: &RowSet, side| {
                    centroid::<T>(vectors, rows, non_finite).ok_or(ProjectionError::EmptySide { axis, side })
                };
                let (left, right) = (centroid(left, "left")?, centroid(right, "right")?);
                left.iter().zip(&right).map(|(left, right)| right - left).collect()
            }
            Self::Direction(values) if values.len() == dims => values.iter().copied().map(f64::from).collect(),
            Self::Direction(values) => {
                return Err(ProjectionError::DirectionLength { axis, found: values.len(), expected: dims });
            }
            Self::Random { seed } => {
                let random = Random::new(*seed, 0);
                (0..dims as u64).map(|dim| f64::from(random.normal(dim))).collect::<Vec<f64>>()
            }
        };
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > 0.0 && length.is_finite() {
            return Ok(Some(direction.iter().map(|x| x / length).collect()));
        }
        Err(match self {
            Self::Between { .. } => ProjectionError::EqualCentroids { axis },
            _ => ProjectionError::NoDirection { axis },
        })
    }
}

/// The mean of `rows`; `None` if there are none.
fn centroid<T: Number>(vectors: &Vectors, rows: &RowSet, non_finite: &RowSet) -> Option<Vec<f64>> {
    let (mut sums, mut count, mut buffer) = (vec![0.0; vectors.dims()], 0_usize, Vec::<T>::new());
    for row in rows.below(vectors.rows()).iter().filter(|&row| !non_finite.contains(row)) {
        let values = vectors.row_as(row as usize, &mut buffer);
        sums.iter_mut().zip(values).for_each(|(sum, &x)| *sum += x.into());
        count += 1;
    }
    sums.iter_mut().for_each(|sum| *sum /= count as f64);
    (count > 0).then_some(sums)
}

fn product<T: Number>(values: &[T], unit: &[f64]) -> f64 {
    values.iter().zip(unit).map(|(&x, &y)| x.into() * y).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parallax_embedding::Dtype;

    use super::*;

    fn square() -> Vectors {
        Vectors::from_f32(5, 2, vec![0.0, 0.0, 4.0, 0.0, 0.0, 3.0, 4.0, 3.0, f32::NAN, 1.0]).unwrap()
    }

    #[test]
    fn rows_lie_between_the_centroids_and_along_directions() {
        let between =
            |left: &[u32], right: &[u32]| Axis::Between { left: left.to_vec().into(), right: right.to_vec().into() };
        // From (2, 0) to (2, 3); then from (0, 0) to (4, 3), which is 5 long. Rows that are left
        // out or do not exist are in no group.
        let axes = [between(&[0, 1], &[2, 3, 4, 99]), between(&[0], &[3]), Axis::Direction(vec![-2.0, 0.0]), Axis::Off];
        let (layout, _) =
            custom(&square(), &RowSet::from(vec![4]), &RowSet::from(vec![4]), &axes, &Progress::default()).unwrap();
        let expected = [[0.0, 0.0, 0.0, 0.0], [0.0, 3.2, -4.0, 0.0], [3.0, 1.8, 0.0, 0.0], [3.0, 5.0, -4.0, 0.0]];
        for (row, expected) in expected.iter().enumerate() {
            let found = layout.row(row).unwrap();
            assert!(found.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-6), "{row}: {found:?}");
        }
        assert!(layout.row(4).unwrap().iter().all(|x| x.is_nan()));
    }

    /// The squared coordinate of a unit vector along an even draw of directions is 1 / dims in the
    /// mean.
    #[test]
    fn random_axes_are_uniform_unit_vectors() {
        let vectors = Vectors::from_f32(4, 4, (0..16).map(|i| f32::from(u8::from(i % 5 == 0))).collect()).unwrap();
        let axes: Vec<Axis> = (0..2000).map(|seed| Axis::Random { seed }).collect();
        let (layout, _) = custom(&vectors, &RowSet::EMPTY, &RowSet::EMPTY, &axes, &Progress::default()).unwrap();
        for axis in 0..axes.len() {
            let length: f32 = (0..4).map(|row| layout.row(row).unwrap()[axis].powi(2)).sum();
            assert!((length - 1.0).abs() < 1e-5);
        }
        for row in 0..4 {
            let coordinates = layout.row(row).unwrap();
            let mean = coordinates.iter().map(|x| x * x).sum::<f32>() / 2000.0;
            assert!((mean - 0.25).abs() < 0.03, "{mean}");
            assert!((coordinates.iter().sum::<f32>() / 2000.0).abs() < 0.06);
        }
    }

    /// Rows 2.5 apart, ten million away from zero, at right angles to the first axis.
    #[test]
    fn wide_rows_far_from_zero_keep_their_digits() {
        let far = 1e7;
        let vectors = Vectors::from_f64(2, 2, vec![far + 1.5, far, far + 3.0, far + 2.0]).unwrap();
        let axes = [Axis::Between { left: vec![0].into(), right: vec![1].into() }, Axis::Direction(vec![1.0, 0.0])];
        let (layout, Frame { origin, .. }) =
            custom(&vectors, &RowSet::EMPTY, &RowSet::EMPTY, &axes, &Progress::default()).unwrap();
        let [a, b] = [0, 1].map(|row| layout.row(row).unwrap());
        assert!((b[0] - a[0] - 2.5).abs() < 1e-6 && (b[1] - a[1] - 1.5).abs() < 1e-6, "{a:?} {b:?}");
        assert_eq!(f64::from(a[1]) + origin[1].value(), far + 1.5);
        assert!((f64::from(a[0]) + origin[0].value() - (0.6 * 1.5 + 1.4 * far)).abs() < 1e-6);
    }

    /// Integers around 2^60, whose differences `f64` would round to multiples of 256: the same
    /// coordinates as those of the differences.
    #[test]
    fn long_integers_keep_their_differences() {
        let (far, near) = (1_i64 << 60, [0_i64, 0, 3, 4, 6, 8, 100, -7]);
        let bytes: Vec<u8> = near.iter().flat_map(|x| (far + x).to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(4, 2, Dtype::I64, Arc::new(bytes), 0).unwrap();
        let axes = [Axis::Between { left: vec![0].into(), right: vec![1].into() }, Axis::Direction(vec![0.0, 2.0])];
        let (layout, frame) = custom(&vectors, &RowSet::EMPTY, &RowSet::EMPTY, &axes, &Progress::default()).unwrap();
        for (row, values) in near.chunks_exact(2).enumerate() {
            let (x, y) = (values[0] as f32, values[1] as f32);
            let found = [0, 1].map(|axis| layout.view()[[row, axis]] - layout.view()[[0, axis]]);
            assert!((found[0] - (0.6 * x + 0.8 * y)).abs() < 1e-4 && (found[1] - y).abs() < 1e-4, "{found:?}");
        }
        let expected = [1.4 * far as f64, far as f64];
        assert!(frame.origin.iter().zip(expected).all(|(x, y)| (x.value() - y).abs() < 1e3), "{frame:?}");
    }

    #[test]
    fn axes_without_a_direction_are_refused() {
        #[track_caller]
        fn check(axis: Axis, expected: &str) {
            let error = custom(&square(), &RowSet::EMPTY, &RowSet::EMPTY, &[Axis::Off, axis], &Progress::default())
                .unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        check(
            Axis::Between { left: rows(&[0]), right: rows(&[77]) },
            "no row with finite values is on the right side of axis 2. Choose rows for it",
        );
        check(
            Axis::Between { left: rows(&[0, 3]), right: rows(&[1, 2]) },
            "both sides of axis 2 have the same centroid, so there is no direction between them. Choose other rows",
        );
        check(
            Axis::Direction(vec![1.0]),
            "the direction of axis 2 has 1 value, and the vectors have 2 dimensions. Give one value for each",
        );
        check(
            Axis::Direction(vec![0.0, 0.0]),
            "the direction of axis 2 is zero or not finite. Give one that points somewhere",
        );
    }
}
