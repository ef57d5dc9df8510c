//! How the cloud's camera sees: with one eye, or with two that have a picture each.
//!
//! Two embeddings side by side are two pictures as well, of one eye that sees the first places of the
//! rows on the left and the second ones on the right ([`Cloud::side`](crate::Cloud::side)). The right
//! picture may have a camera of its own, which stands elsewhere ([`Eyes::own`]).
//!
//! With two eyes, the camera marked [`CloudCamera`](crate::CloudCamera) is the middle between them:
//! whatever asks where a point is on screen (labels, axes, picking) asks it, and shifts the answer
//! for each eye by the point's parallax ([`Optics::parallax`]). Cameras of their own draw the
//! pictures of the eyes into images, which the middle one puts on the screen (`pair`).

use bevy::{
    ecs::query::QueryData,
    prelude::*,
    render::{extract_component::ExtractComponent, sync_component::SyncComponent},
};
use parallax_session::Eye;

use crate::optics::Optics;

/// The two eyes of the cloud's camera. Without them, the camera itself is the only eye.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct Eyes {
    /// The size of a picture in logical pixels.
    pub size: Vec2,
    /// The matrices from the camera's view space to the clip space of the left eye, the middle, and
    /// the right eye. Those of the right eye's own camera are from its view space.
    pub lenses: [Mat4; 3],
    /// Where the pictures of the left and the right eye are in the window, in logical pixels. They
    /// are in the same place if they are told apart by color.
    pub pictures: [Rect; 2],
    /// The pictures.
    pub images: [Handle<Image>; 2],
    /// The distance between the eyes, in the units of the cloud.
    pub apart: f32,
    /// The distance from the eyes of what appears at the screen, in the units of the cloud.
    pub convergence: f32,
    /// Where the camera of the right picture is, if that has one of its own.
    pub own: Option<GlobalTransform>,
    /// Whether the pictures are drawn. The first ones are drawn a frame or two after the eyes open.
    pub are_open: bool,
}

/// Marks the camera that draws the picture of an eye.
#[derive(Component, ExtractComponent, Debug, Clone, Copy, PartialEq, Eq)]
pub struct EyeCamera(pub Eye);

/// Marks a camera that draws what an eye sees into a picture of its own, such as a thumbnail, without a
/// canvas, labels, or a budget.
#[derive(Component, ExtractComponent, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureOf(pub Eye);

/// The cloud's camera, and its eyes.
#[derive(QueryData, Debug)]
#[query_data(derive(Debug))]
pub struct Sight {
    camera: &'static Camera,
    transform: &'static GlobalTransform,
    eyes: Option<&'static Eyes>,
}

impl<'w> SightItem<'w, '_> {
    /// Returns the projection of `eye` for points of `radius` world units. Returns `None` if there
    /// is no picture.
    #[must_use]
    pub fn optics(&self, eye: Eye, radius: f32) -> Option<Optics> {
        let Some(eyes) = self.eyes() else { return Optics::of(self.camera, self.transform, radius) };
        let view_from_world = self.stand(eye).to_matrix().inverse();
        let scale = self.camera.target_scaling_factor().unwrap_or(1.0);
        let through = |lens: Mat4| Optics::new(lens, view_from_world, eyes.size, scale, radius);
        let [left, middle, right] = eyes.lenses;
        Some(match eye {
            Eye::Left => through(left),
            Eye::Middle if eyes.own.is_some() => through(middle),
            Eye::Middle => through(middle).beside(&through(right)),
            Eye::Right => through(right),
        })
    }

    /// Returns the eye whose picture is at a place in the window, and the place in that picture.
    /// Where both pictures are, it is the middle. Returns `None` if no picture is there.
    #[must_use]
    pub fn at(&self, place: Vec2) -> Option<(Eye, Vec2)> {
        let Some(eyes) = self.eyes() else {
            let area = self.camera.logical_viewport_rect()?;
            return area.contains(place).then(|| (Eye::Middle, place - area.min));
        };
        let [left, right] = eyes.pictures;
        let found = if left == right {
            Some((Eye::Middle, left)).filter(|_| left.contains(place))
        } else {
            [(Eye::Left, left), (Eye::Right, right)].into_iter().find(|(_, picture)| picture.contains(place))
        };
        found.map(|(eye, picture)| (eye, place - picture.min))
    }

    /// Returns a place in the window as a place in the picture of `eye`, which may be outside of it.
    #[must_use]
    pub fn in_picture(&self, eye: Eye, place: Vec2) -> Vec2 {
        let corner = match (self.eyes(), eye) {
            (None, _) => self.camera.logical_viewport_rect().map(|area| area.min),
            (Some(eyes), Eye::Left | Eye::Middle) => Some(eyes.pictures[0].min),
            (Some(eyes), Eye::Right) => Some(eyes.pictures[1].min),
        };
        place - corner.unwrap_or_default()
    }

    /// Returns the size of a picture in logical pixels.
    #[must_use]
    pub fn size(&self) -> Option<Vec2> {
        self.eyes().map(|eyes| eyes.size).or_else(|| self.camera.logical_viewport_size())
    }

    /// Returns the length in logical pixels that the field of view spans: the height of the
    /// picture, or with two eyes its shorter side.
    #[must_use]
    pub fn spanned(&self) -> Option<f32> {
        self.size().map(|size| if self.eyes().is_some() { size.min_element() } else { size.y })
    }

    /// Returns the eyes, if there are two and they are open.
    #[must_use]
    pub fn eyes(&self) -> Option<&'w Eyes> {
        self.eyes.filter(|eyes| eyes.are_open)
    }

    /// Returns where the camera is of the picture of `eye`.
    #[must_use]
    pub fn place(&self, eye: Eye) -> Vec3 {
        self.stand(eye).translation()
    }

    /// Returns the direction in which the camera looks of the picture of `eye`.
    #[must_use]
    pub fn forward(&self, eye: Eye) -> Vec3 {
        *self.stand(eye).forward()
    }

    fn stand(&self, eye: Eye) -> &GlobalTransform {
        let own = self.eyes().and_then(|eyes| eyes.own.as_ref()).filter(|_| eye == Eye::Right);
        own.unwrap_or(self.transform)
    }
}

impl SyncComponent for Eyes {
    type Target = Self;
}

impl ExtractComponent for Eyes {
    type QueryData = &'static Self;
    type QueryFilter = ();
    type Out = Self;

    fn extract_component(eyes: &Self) -> Option<Self> {
        eyes.are_open.then(|| eyes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eyes(pictures: [Rect; 2]) -> Eyes {
        // The right eye sees what is far two units of clip space farther right.
        let lens = |side: f32| {
            let mut lens = Mat4::perspective_infinite_reverse_rh(1.0, 1.0, 0.1);
            lens.z_axis.x -= side * 0.25;
            lens.w_axis.x -= side * 0.5;
            lens
        };
        Eyes {
            size: pictures[0].size(),
            lenses: [-1.0, 0.0, 1.0].map(lens),
            pictures,
            images: [Handle::default(), Handle::default()],
            apart: 0.1,
            convergence: 2.0,
            own: None,
            are_open: true,
        }
    }

    #[test]
    fn place_in_the_window_belongs_to_the_picture_there() {
        let (left, right) = (Rect::new(10.0, 0.0, 110.0, 100.0), Rect::new(110.0, 0.0, 210.0, 100.0));
        let check = |pictures: [Rect; 2], at: [f32; 2], expected: Option<(Eye, [f32; 2])>| {
            let mut world = World::new();
            world.spawn((Camera::default(), GlobalTransform::IDENTITY, eyes(pictures)));
            let mut sights = world.query::<Sight>();
            let sight = sights.single(&world).unwrap();
            assert_eq!(sight.at(at.into()), expected.map(|(eye, at)| (eye, at.into())), "{at:?}");
        };
        check([left, right], [15.0, 50.0], Some((Eye::Left, [5.0, 50.0])));
        check([left, right], [115.0, 50.0], Some((Eye::Right, [5.0, 50.0])));
        check([right, left], [115.0, 50.0], Some((Eye::Left, [5.0, 50.0])));
        check([left, right], [5.0, 50.0], None);
        check([left, left], [15.0, 50.0], Some((Eye::Middle, [5.0, 50.0])));
    }

    /// The camera of the right picture stands elsewhere; that of the left one does not move.
    #[test]
    fn right_picture_is_seen_by_its_own_camera() {
        let picture = Rect::new(0.0, 0.0, 300.0, 200.0);
        let lens = Mat4::perspective_infinite_reverse_rh(0.7, 1.5, 0.005);
        let stand =
            |from: Vec3| GlobalTransform::from(Transform::from_translation(from).looking_at(Vec3::ZERO, Vec3::Y));
        let [first, second] = [Vec3::new(0.0, 0.0, 4.0), Vec3::new(3.0, 1.0, -2.0)].map(stand);
        let eyes = Eyes { lenses: [lens; 3], own: Some(second), ..eyes([picture, picture]) };
        let mut world = World::new();
        world.spawn((Camera::default(), first, eyes));
        let mut sights = world.query::<Sight>();
        let sight = sights.single(&world).unwrap();
        for (eye, stand) in [(Eye::Left, first), (Eye::Middle, first), (Eye::Right, second)] {
            let optics = sight.optics(eye, 0.01).unwrap();
            for place in [Vec3::ZERO, Vec3::new(0.3, -0.2, 0.5)] {
                let clip = lens * stand.to_matrix().inverse() * place.extend(1.0);
                let expected = Vec2::new(1.0 + clip.x / clip.w, 1.0 - clip.y / clip.w) * Vec2::new(150.0, 100.0);
                let found = optics.project(place).unwrap().center;
                assert!(found.distance(expected) < 1e-2, "{eye:?} {place}: {found} {expected}");
                assert_eq!(optics.parallax(place), 0.0, "{eye:?}");
            }
            assert_eq!((sight.place(eye), sight.forward(eye)), (stand.translation(), *stand.forward()), "{eye:?}");
        }
    }

    /// What the middle says about an eye is where that eye sees the point.
    #[test]
    fn parallax_leads_from_the_middle_to_each_eye() {
        let picture = Rect::new(0.0, 0.0, 300.0, 200.0);
        let mut world = World::new();
        world.spawn((Camera::default(), GlobalTransform::IDENTITY, eyes([picture, picture])));
        let mut sights = world.query::<Sight>();
        let sight = sights.single(&world).unwrap();
        let middle = sight.optics(Eye::Middle, 0.01).unwrap();
        for place in [Vec3::new(0.1, 0.2, -1.0), Vec3::new(-0.3, 0.1, -2.0), Vec3::new(0.0, 0.0, -7.0)] {
            let at = middle.project(place).unwrap();
            for eye in Eye::BOTH {
                let seen = sight.optics(eye, 0.01).unwrap().project(place).unwrap();
                let shifted = at.center + Vec2::X * eye.side() * middle.parallax(place);
                assert!(seen.center.distance(shifted) < 1e-3, "{eye:?}: {} {shifted}", seen.center);
                assert_eq!((seen.radius, seen.depth), (at.radius, at.depth), "{eye:?}");
            }
        }
        assert!(middle.parallax(Vec3::new(0.5, 0.0, -2.0)).abs() < 1e-4, "at the screen");
        assert!(middle.parallax(Vec3::new(0.5, 0.0, -1.0)) < 0.0 && middle.parallax(Vec3::NEG_Z * 5.0) > 0.0);
    }
}
