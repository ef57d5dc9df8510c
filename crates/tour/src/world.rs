//! The projector's world compared with ours, for its camera.
//!
//! The projector stretches each axis of a layout by itself, to the cube from -1 to 1; here all axes
//! are scaled alike, to the sphere of radius 1. So no pose gives the same picture. What can be kept
//! is kept: the focus, and the line of sight through it, since stretching leaves lines straight;
//! and the height of what is visible there, by the mean of the three stretches. In both worlds y
//! points up, and the origin is the middle of the layout's box.

use parallax_formats::tensorboard::bookmarks::CameraDef;

use super::KeptLayout;
use parallax_session::{CloudUnits, Dims, Pose, View};

/// The position of the projector's cube in our world.
#[derive(Debug)]
pub(super) struct World {
    /// For each axis the length of one of the cube's units.
    units: [f64; 3],
    dims: Dims,
}

/// The projector's field of view, in degrees.
const THEIR_VIEW: f64 = 70.0;
/// What the projector shows of a plane, from its middle to the nearer edge, at a zoom of 1.
const THEIR_PLANE: f64 = 1.2;
/// The initial position of the projector's camera in space.
const THEIR_START: [f64; 3] = [0.45, 0.9, 1.6];

impl World {
    /// Creates the conversion for what `view` shows of `kept`.
    pub(super) fn of(kept: &KeptLayout, view: &View) -> Self {
        let seen = view.projection.seen(Some(kept.method), kept.layout.dims());
        let place = |row: usize| kept.layout.seen(row, seen);
        let mut low = [f32::INFINITY; 3];
        let mut high = [f32::NEG_INFINITY; 3];
        for place in (0..kept.layout.rows()).filter_map(place) {
            for axis in 0..3 {
                (low[axis], high[axis]) = (low[axis].min(place[axis]), high[axis].max(place[axis]));
            }
        }
        let reach = f64::from(CloudUnits::of(kept.layout.rows(), place).reach);
        let half = |axis: usize| (f64::from(high[axis]) - f64::from(low[axis])) / 2.0;
        let unit = |axis: usize| Some(half(axis) / reach).filter(|unit| *unit > 0.0);
        // An axis without extent is treated as one along which all do.
        Self { units: std::array::from_fn(|axis| unit(axis).unwrap_or(1.0)), dims: view.projection.dims }
    }

    /// Returns the pose of the projector's camera, or `None` if it has no position.
    pub(super) fn pose(&self, camera: &CameraDef) -> Option<Pose> {
        let focus: [f64; 3] = std::array::from_fn(|axis| camera.target[axis] * self.units[axis]);
        let away = minus(&camera.position, &camera.target);
        let (yaw, pitch, radius) = match self.dims {
            Dims::Two => (0.0, 0.0, THEIR_PLANE / camera.zoom * self.plane()),
            Dims::Three => {
                let way: [f64; 3] = std::array::from_fn(|axis| away[axis] * self.units[axis]);
                let pitch = (way[1] / length(way)).asin();
                (way[0].atan2(way[2]), pitch, length(away) * self.space())
            }
        };
        let numbers = [focus[0], focus[1], focus[2], yaw, pitch, radius];
        let is_somewhere = numbers.iter().all(|x| x.is_finite()) && radius > 0.0;
        let focus = focus.map(|x| x as f32);
        is_somewhere.then_some(Pose { focus, yaw: yaw as f32, pitch: pitch as f32, radius: radius as f32 })
    }

    /// Returns the projector's camera for that of `view`. If that shows everything, it is the
    /// projector's initial one.
    pub(super) fn camera(&self, view: &View) -> CameraDef {
        let orthographic = self.dims == Dims::Two;
        let Some(pose) = view.pose else {
            let position = if orthographic { [0.0, 0.0, 4.0] } else { THEIR_START };
            return CameraDef { orthographic, position, target: [0.0; 3], zoom: 1.0 };
        };
        let target: [f64; 3] = std::array::from_fn(|axis| f64::from(pose.focus[axis]) / self.units[axis]);
        let radius = f64::from(pose.radius);
        if orthographic {
            let position = [target[0], target[1], 4.0];
            return CameraDef { orthographic, position, target, zoom: THEIR_PLANE * self.plane() / radius };
        }
        let (yaw, pitch) = (f64::from(pose.yaw), f64::from(pose.pitch));
        let way = [yaw.sin() * pitch.cos(), pitch.sin(), yaw.cos() * pitch.cos()];
        let way: [f64; 3] = std::array::from_fn(|axis| way[axis] / self.units[axis]);
        let distance = radius / self.space() / length(way);
        let position = std::array::from_fn(|axis| target[axis] + way[axis] * distance);
        CameraDef { orthographic, position, target, zoom: 1.0 }
    }

    /// Half a height here for half a height of 1 there, in the plane.
    fn plane(&self) -> f64 {
        self.units[0].max(self.units[1])
    }

    /// A distance here for a distance of 1 there, in space.
    fn space(&self) -> f64 {
        let halves = (THEIR_VIEW.to_radians() / 2.0).tan() / f64::from(Pose::FIELD_OF_VIEW / 2.0).tan();
        self.units.iter().sum::<f64>() / 3.0 * halves
    }
}

fn minus(a: &[f64; 3], b: &[f64; 3]) -> [f64; 3] {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn length(x: [f64; 3]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use parallax_session::{Method, Projection};

    fn world(dims: Dims, coordinates: &[f32]) -> (World, View) {
        let projection = Projection { dims, ..Projection::default() };
        let kept = KeptLayout {
            method: Method::Pca,
            dims,
            rows: None,
            of_more: false,
            projection: Arc::new(projection.clone()),
            layout: Arc::new(
                ndarray::Array2::from_shape_vec((coordinates.len() / 3, 3), coordinates.to_vec()).unwrap().into(),
            ),
            explained_variance: Arc::default(),
            steps: None,
        };
        let view = View { projection, ..View::default() };
        (World::of(&kept, &view), view)
    }

    /// A box of 6 x 4 x 12 has corners 7 away from its middle.
    const BOX: [f32; 6] = [-3.0, -2.0, -6.0, 3.0, 2.0, 6.0];

    #[test]
    fn cameras_look_along_the_same_line() {
        let (world, _) = world(Dims::Three, &BOX);
        let camera =
            CameraDef { position: [1.0, 0.5, 2.0], target: [0.5, 0.5, 0.0], zoom: 1.0, ..CameraDef::default() };
        let pose = world.pose(&camera).unwrap();
        assert!((pose.focus[0] - 1.5 / 7.0).abs() < 1e-6 && (pose.focus[1] - 1.0 / 7.0).abs() < 1e-6);
        // From the focus to the camera: 0.5 and 2 of its units, 3/7 and 6/7 of ours.
        assert!((f64::from(pose.yaw) - (1.5_f64 / 12.0).atan()).abs() < 1e-6 && pose.pitch.abs() < 1e-6);
        let far = (0.25_f64 + 4.0).sqrt() * (11.0 / 21.0) * 35_f64.to_radians().tan() / 0.35_f64.tan();
        assert!((f64::from(pose.radius) - far).abs() < 1e-5, "{pose:?}, {far}");
    }

    #[test]
    fn camera_survives_conversion_and_back() {
        for (dims, camera) in [
            (
                Dims::Three,
                CameraDef { position: [-0.3, 0.9, -1.1], target: [0.1, -0.2, 0.3], zoom: 1.0, orthographic: false },
            ),
            (
                Dims::Two,
                CameraDef { position: [0.1, -0.2, 4.0], target: [0.1, -0.2, 0.0], zoom: 1.0526, orthographic: true },
            ),
        ] {
            let (world, view) = world(dims, &BOX);
            let back = world.camera(&View { pose: world.pose(&camera), ..view });
            let numbers = |camera: &CameraDef| [camera.position, camera.target, [camera.zoom; 3]].concat();
            let far = numbers(&camera).iter().zip(numbers(&back)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(far < 1e-5 && back.orthographic == camera.orthographic, "{back:?}");
        }
    }

    #[test]
    fn camera_without_a_place_has_no_pose() {
        let (space, _) = world(Dims::Three, &BOX);
        assert_eq!(space.pose(&CameraDef::default()), None);
        let (plane, view) = world(Dims::Two, &[]);
        assert_eq!(plane.pose(&CameraDef::default()), None);
        assert_eq!(plane.camera(&view).position, [0.0, 0.0, 4.0]);
    }
}
