//! Where the camera stands to show some rows, in the units of the cloud: the layout is scaled to a
//! sphere of radius 1.

use ndarray::Array2;
use parallax_neighbors::Place;
use parallax_session::{Dims, Pose};

/// The places of a layout in the cloud.
#[derive(Debug)]
pub(super) struct Aim {
    dims: Dims,
    center: Place<3>,
    /// The distance from the center that becomes 1.
    reach: f32,
}

/// The field of view in radians, the share of the picture that is filled, and the smallest radius.
const VIEW: f32 = 0.7;
const FILLED: f32 = 0.7;
const LEAST: f32 = 0.08;

/// The direction from which the cloud is seen if nothing else is meant.
const YAW: f32 = 0.55;
const PITCH: f32 = 0.32;

/// Beyond this share of the rows they are outside of the picture.
const SHOWN: f64 = 0.9;

/// So many points are looked at for the center and the reach, as in the cloud.
const SAMPLE: usize = 1 << 14;

impl Aim {
    /// `places` are rows x 2 or 3 coordinates on screen, of which `alone` count, or all.
    pub(super) fn new(places: &Array2<f32>, dims: Dims, alone: Option<&[u32]>) -> Self {
        let count = alone.map_or(places.nrows(), <[u32]>::len);
        let row = |at: usize| alone.map_or(at, |rows| rows[at] as usize);
        let sampled = (0..count).step_by((count / SAMPLE).max(1));
        let sample: Vec<Place<3>> = sampled.filter_map(|at| place(places, row(at))).collect();
        let (mut low, mut high) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
        for at in &sample {
            for axis in 0..3 {
                (low[axis], high[axis]) = (low[axis].min(at[axis]), high[axis].max(at[axis]));
            }
        }
        if sample.is_empty() {
            return Self { dims, center: [0.0; 3], reach: 1.0 };
        }
        let center: Place<3> = std::array::from_fn(|axis| f32::midpoint(low[axis], high[axis]));
        let mut distances: Vec<f32> = sample.iter().map(|at| length(minus(*at, center))).collect();
        let farthest = distances.iter().copied().fold(0.0, f32::max);
        let rank = (distances.len() - 1) * 98 / 100;
        let most = *distances.select_nth_unstable_by(rank, f32::total_cmp).1;
        let reach = if most > 0.0 { farthest.min(most * 2.5) } else { farthest };
        Self { dims, center, reach: if reach > 0.0 && reach.is_finite() { reach } else { 1.0 } }
    }

    /// Returns the pose in which `rows` fill the picture, seen from outside the cloud: nothing but what
    /// lies beyond them is behind. `None` if none has a place.
    pub(super) fn at(&self, rows: &[u32], places: &Array2<f32>) -> Option<Pose> {
        let found: Vec<Place<3>> = rows.iter().filter_map(|&row| place(places, row as usize)).collect();
        let in_cloud = |at: Place<3>| minus(at, self.center).map(|x| x / self.reach);
        let found: Vec<Place<3>> = found.into_iter().map(in_cloud).collect();
        let middle = (!found.is_empty()).then(|| std::array::from_fn(|axis| median(&found, axis)))?;
        let mut away: Vec<f32> = found.iter().map(|&at| length(minus(at, middle))).collect();
        let rank = ((away.len() - 1) as f64 * SHOWN).ceil() as usize;
        let radius = away.select_nth_unstable_by(rank, f32::total_cmp).1.max(LEAST);
        let (yaw, pitch, radius) = match self.dims {
            Dims::Two => (0.0, 0.0, radius / FILLED),
            Dims::Three => {
                let [x, y, z] = middle;
                let out = length(middle);
                let (yaw, pitch) =
                    if out > 0.1 { (x.atan2(z), (y / out).asin().clamp(-1.2, 1.2)) } else { (YAW, PITCH) };
                (yaw, pitch, radius / ((VIEW / 2.0).tan() * FILLED).atan().sin())
            }
        };
        Some(Pose { focus: middle, yaw, pitch, radius }).filter(Pose::is_possible)
    }
}

/// Returns the place of a row, or `None` if it has none.
pub(super) fn place(places: &Array2<f32>, row: usize) -> Option<Place<3>> {
    let at = std::array::from_fn(|axis| match places.get([row, axis]) {
        Some(x) => *x,
        None if axis < places.ncols() || row >= places.nrows() => f32::NAN,
        None => 0.0,
    });
    at.iter().all(|x: &f32| x.is_finite()).then_some(at)
}

fn median(places: &[Place<3>], axis: usize) -> f32 {
    let mut values: Vec<f32> = places.iter().map(|at| at[axis]).collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

fn minus(a: Place<3>, b: Place<3>) -> Place<3> {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn length(x: Place<3>) -> f32 {
    x.iter().map(|x| x * x).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two heaps along an axis, 20 apart.
    fn heaps(dims: usize) -> Array2<f32> {
        Array2::from_shape_fn((40, dims), |(row, axis)| {
            let side = if row < 20 { -10.0 } else { 10.0 };
            if axis == 0 { side + (row % 5) as f32 * 0.1 } else { (row % 4) as f32 * 0.1 }
        })
    }

    #[test]
    fn camera_looks_at_the_rows_from_outside() {
        let places = heaps(3);
        let aim = Aim::new(&places, Dims::Three, None);
        let rows: Vec<u32> = (20..40).collect();
        let pose = aim.at(&rows, &places).unwrap();
        assert!((pose.focus[0] - 1.0).abs() < 0.1 && pose.focus[1].abs() < 0.1, "{pose:?}");
        assert!((pose.yaw - std::f32::consts::FRAC_PI_2).abs() < 0.1 && pose.radius < 0.6, "{pose:?}");
        assert!(aim.at(&(0..40).collect::<Vec<_>>(), &places).unwrap().radius > 1.5, "all of it");
        assert_eq!(aim.at(&[], &places), None);
        assert_eq!(aim.at(&[77], &places), None);
    }

    #[test]
    fn planes_are_seen_from_the_front() {
        let places = heaps(2);
        let aim = Aim::new(&places, Dims::Two, Some(&[0, 1, 2, 3, 4]));
        let pose = aim.at(&[0, 4], &places).unwrap();
        assert_eq!((pose.yaw, pose.pitch), (0.0, 0.0));
        assert!((0.5..2.5).contains(&pose.radius), "the rows that count fill the cloud: {pose:?}");
    }

    #[test]
    fn rows_without_a_place_are_left_out() {
        let mut places = heaps(3);
        places[[0, 1]] = f32::NAN;
        assert_eq!((place(&places, 0), place(&heaps(2), 1).map(|at| at[2])), (None, Some(0.0)));
        assert!(Aim::new(&Array2::from_elem((3, 3), f32::NAN), Dims::Three, None).at(&[0], &places).is_none());
    }
}
