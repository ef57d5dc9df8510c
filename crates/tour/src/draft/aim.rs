//! Where the camera stands to show some rows, in the units of the cloud: the layout is scaled to a
//! sphere of radius 1.

use std::sync::Arc;

use parallax_embedding::RowSet;
use parallax_projection::Layout;
use parallax_session::{CloudUnits, Dims, Pose};

/// A layout as it is seen in the cloud.
#[derive(Debug)]
pub(super) struct Aim {
    layout: Arc<Layout>,
    dims: Dims,
    axes: [Option<usize>; 3],
    units: CloudUnits,
}

/// The share of the picture that is filled.
const FILLED: f32 = 0.7;

/// Beyond this share of the rows they are outside of the picture.
const SHOWN: f64 = 0.9;

impl Aim {
    /// `axes` are the coordinates on screen, and `alone` the rows whose places fill the cloud, or all.
    pub(super) fn new(layout: Arc<Layout>, (dims, axes): (Dims, [Option<usize>; 3]), alone: Option<&RowSet>) -> Self {
        let row = |at: usize| alone.map_or(at, |rows| rows.as_slice()[at] as usize);
        let count = alone.map_or(layout.rows(), RowSet::len);
        let units = CloudUnits::of(count, |at| layout.seen(row(at), axes));
        Self { layout, dims, axes, units }
    }

    /// Returns the place of a row in the layout, or `None` if it has none.
    pub(super) fn place(&self, row: u32) -> Option<[f32; 3]> {
        self.layout.seen(row as usize, self.axes)
    }

    /// Returns the pose in which `rows` fill the picture, seen from outside the cloud: nothing but what
    /// lies beyond them is behind. `None` if none has a place.
    pub(super) fn at(&self, rows: &[u32]) -> Option<Pose> {
        let found: Vec<[f32; 3]> =
            rows.iter().filter_map(|&row| self.place(row)).map(|at| self.units.place(at)).collect();
        let middle = (!found.is_empty()).then(|| std::array::from_fn(|axis| median(&found, axis)))?;
        let mut away: Vec<f32> = found.iter().map(|&at| length(minus(at, middle))).collect();
        let rank = ((away.len() - 1) as f64 * SHOWN).ceil() as usize;
        let radius = away.select_nth_unstable_by(rank, f32::total_cmp).1.max(Pose::LEAST_REACH);
        let (yaw, pitch, radius) = match self.dims {
            Dims::Two => (0.0, 0.0, radius / FILLED),
            Dims::Three => {
                let [x, y, z] = middle;
                let out = length(middle);
                let [yaw, pitch] = Pose::DIRECTION;
                let (yaw, pitch) =
                    if out > 0.1 { (x.atan2(z), (y / out).asin().clamp(-1.2, 1.2)) } else { (yaw, pitch) };
                (yaw, pitch, radius / ((Pose::FIELD_OF_VIEW / 2.0).tan() * FILLED).atan().sin())
            }
        };
        Some(Pose { focus: middle, yaw, pitch, radius }).filter(Pose::is_possible)
    }
}

fn median(places: &[[f32; 3]], axis: usize) -> f32 {
    let mut values: Vec<f32> = places.iter().map(|at| at[axis]).collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn length(x: [f32; 3]) -> f32 {
    x.iter().map(|x| x * x).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// Two heaps along an axis, 20 apart.
    fn heaps(dims: usize) -> Array2<f32> {
        Array2::from_shape_fn((40, dims), |(row, axis)| {
            let side = if row < 20 { -10.0 } else { 10.0 };
            if axis == 0 { side + (row % 5) as f32 * 0.1 } else { (row % 4) as f32 * 0.1 }
        })
    }

    fn aim(places: Array2<f32>, alone: Option<&RowSet>) -> Aim {
        let seen = match places.ncols() {
            2 => (Dims::Two, [Some(0), Some(1), None]),
            _ => (Dims::Three, [Some(0), Some(1), Some(2)]),
        };
        Aim::new(Arc::new(places.into()), seen, alone)
    }

    #[test]
    fn camera_looks_at_the_rows_from_outside() {
        let aim = aim(heaps(3), None);
        let rows: Vec<u32> = (20..40).collect();
        let pose = aim.at(&rows).unwrap();
        assert!((pose.focus[0] - 1.0).abs() < 0.1 && pose.focus[1].abs() < 0.1, "{pose:?}");
        assert!((pose.yaw - std::f32::consts::FRAC_PI_2).abs() < 0.1 && pose.radius < 0.6, "{pose:?}");
        assert!(aim.at(&(0..40).collect::<Vec<_>>()).unwrap().radius > 1.5, "all of it");
        assert_eq!((aim.at(&[]), aim.at(&[77])), (None, None));
    }

    #[test]
    fn planes_are_seen_from_the_front() {
        let aim = aim(heaps(2), Some(&(0..5).collect()));
        let pose = aim.at(&[0, 4]).unwrap();
        assert_eq!((pose.yaw, pose.pitch), (0.0, 0.0));
        assert!((0.5..2.5).contains(&pose.radius), "the rows that count fill the cloud: {pose:?}");
    }

    #[test]
    fn rows_without_a_place_are_left_out() {
        let mut places = heaps(3);
        places[[0, 1]] = f32::NAN;
        assert_eq!((aim(places, None).place(0), aim(heaps(2), None).place(1).map(|at| at[2])), (None, Some(0.0)));
        assert!(aim(Array2::from_elem((3, 3), f32::NAN), None).at(&[0]).is_none());
    }
}
