//! Labels in the room: those of the window, the numbers of the axes, and the name of what is pointed
//! at.
//!
//! They face the person and are equally large at any distance: the text is about a degree high.
//! Which ones have room is decided some times a second, in a picture in front of the person, with
//! the head held level; between, each stays beside its point. The axes and the grid are where this
//! person sees them best.

use std::{collections::HashMap, time::Duration};

use bevy::{camera::RenderTarget, ecs::system::SystemParam, prelude::*};
use parallax_camera::picture_target;
use parallax_cloud::{
    AxesOf, Cloud, Labeling, PlacedAxis, Plate, RoomLook, Side, Spread,
    optics::{Drawing, Optics, Rings, SPRITE_SCALE},
};
use parallax_overlay::{ROOM_SHEET_PIXELS, RoomLabels, RoomSheet, RoomText, RoomTextLook, room_labels};
use parallax_session::{LabelRank, LabelSide, PointStyle, Rgb, row_name};
use parallax_state::{CurrentView, FrameSystems, Hovered, Opened};

use crate::{Hands, Immersion, Person, Room, act::PersonSystems, panel::facing};

/// The height of a label as a share of its distance. Half of it is the text.
const HEIGHT: f32 = 0.032;

/// Labels are spread over a picture up to this tangent to each side, in which one is so many pixels
/// high, and about so wide for each character.
const REACH: f32 = 0.75;
const PIXELS: f32 = 13.0;
const CHARACTER: f32 = 4.6;
const PADDING: f32 = 10.0;

/// A pixel of this picture as a share of the distance.
const PIXEL: f32 = HEIGHT / PIXELS;

/// How far a number or a name is from its axis, and the name of what is pointed at from the point.
const BESIDE: f32 = 6.0;
const ABOVE: f32 = 14.0;

/// How long labels keep their sides.
const EVERY: Duration = Duration::from_millis(120);

/// The most points that are considered each time.
const CANDIDATES: usize = 5000;

/// The labels and axes of the room.
#[derive(Resource, Debug, Default)]
pub(crate) struct Arranged {
    /// Where the labels are, in the order of their texts.
    texts: Vec<Place>,
    /// The lines of axes and grid.
    pub(crate) lines: Vec<([Vec3; 2], Rgb)>,
    kept: HashMap<u32, LabelSide>,
    next: Duration,
}

/// Where a label is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    anchor: Anchor,
    /// From there to the right and up, in pixels.
    offset: Vec2,
    /// What of the label is there: its left edge at -1, its right edge at 1.
    pivot: f32,
}

/// What a label is beside.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Anchor {
    Row(u32),
    /// A place of the world.
    Place(Vec3),
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Arranged>()
        .add_systems(Update, (keep_sheet, arrange).chain().after(FrameSystems::Follow).after(PersonSystems::Go))
        .add_systems(Last, place);
}

/// Draws the sheet of labels while the cloud is in a headset.
fn keep_sheet(
    immersion: Res<Immersion>,
    mut sheets: Query<&mut Camera, With<RoomSheet>>,
    (mut images, mut look, mut commands): (ResMut<Assets<Image>>, ResMut<RoomLook>, Commands),
) {
    for mut camera in &mut sheets {
        if camera.is_active != immersion.is_shown {
            camera.is_active = immersion.is_shown;
        }
    }
    if immersion.is_shown && sheets.is_empty() {
        let image = images.add(picture_target(ROOM_SHEET_PIXELS));
        look.sheet = Some(image.clone());
        commands.spawn(room_labels(RenderTarget::Image(image.into())));
    }
}

/// What there is to label.
#[derive(SystemParam)]
pub(crate) struct Named<'w> {
    view: Res<'w, CurrentView>,
    opened: Res<'w, Opened>,
    hovered: Res<'w, Hovered>,
    cloud: Res<'w, Cloud>,
    rings: Res<'w, Rings>,
}

impl Named<'_> {
    /// Returns where a row is seen. `None` if it is not shown.
    fn place(&self, row: u32) -> Option<Vec3> {
        self.cloud.shown(row)?;
        self.cloud.seen_at(Side::First, row as usize)
    }

    fn name(&self, row: u32) -> String {
        let embedding = self.opened.embedding.as_ref();
        let column = embedding.and_then(|embedding| self.view.label_column(&embedding.metadata));
        column.and_then(|column| column.text(row as usize)).map_or_else(|| row_name(row), Into::into)
    }
}

/// Chooses the labels that have room, and their sides.
pub(crate) fn arrange(
    (time, immersion): (Res<Time<Real>>, Res<Immersion>),
    (hands, person): (Res<Hands>, Res<Person>),
    (named, labeling, axes): (Named, Labeling, AxesOf),
    (mut arranged, mut labels): (ResMut<Arranged>, ResMut<RoomLabels>),
) {
    let (Some(head), Some(room), true) = (hands.head, person.room(), immersion.is_shown) else {
        if !arranged.texts.is_empty() || !arranged.lines.is_empty() {
            *arranged = Arranged::default();
            labels.texts.clear();
        }
        return;
    };
    if time.elapsed() < arranged.next && !named.hovered.is_changed() && !named.view.is_changed() {
        return;
    }
    let has_thumbnails = named.view.points == PointStyle::Sprites;
    let radius = named.cloud.radius * if has_thumbnails { SPRITE_SCALE } else { 1.0 };
    let optics = level(room, &head, radius);
    let (placed, lines) = axes.seen_by(&optics);
    let mut texts = Texts { optics: &optics, all: Vec::new(), taken: Vec::new() };
    let hovered = named.hovered.0;
    if let Some((row, at)) = hovered.and_then(|row| Some((row, named.place(row)?))) {
        let offset = Vec2::Y * (ABOVE + optics.project(at).map_or(0.0, |seen| seen.radius));
        texts.add(Anchor::Row(row), at, offset, RoomText { text: named.name(row), look: RoomTextLook::Strong });
    }
    placed.iter().for_each(|axis| texts.add_axis(axis));
    let Texts { mut all, taken, .. } = texts;
    let drawing = Drawing { rings: *named.rings, thumbnails: None };
    let free = Rect { min: Vec2::ZERO, max: optics.viewport() };
    let spread = Spread {
        optics: &optics,
        side: Side::First,
        drawing,
        free,
        taken: &taken,
        words: false,
        candidates: CANDIDATES,
        only_marked: false,
    };
    let spread = labeling.spread(&spread, &arranged.kept);
    for label in spread.iter().filter(|label| Some(label.row) != hovered).take(RoomLabels::MOST - all.len()) {
        let Some(seen) = named.place(label.row).and_then(|at| optics.project(at)) else { continue };
        let area = Rect { min: label.area[0].into(), max: label.area[1].into() };
        let (x, pivot) = match label.side {
            LabelSide::Right => (area.min.x, -1.0),
            LabelSide::Left => (area.max.x, 1.0),
            LabelSide::Above | LabelSide::Below | LabelSide::Middle => (area.center().x, 0.0),
        };
        let offset = (Vec2::new(x, area.center().y) - seen.center) * Vec2::new(1.0, -1.0);
        let look = if label.rank == LabelRank::Selected { RoomTextLook::Strong } else { RoomTextLook::Plain };
        let text = RoomText { text: named.name(label.row), look };
        all.push((Place { anchor: Anchor::Row(label.row), offset, pivot }, text));
    }
    // The first matter most, so they are drawn last.
    all.reverse();
    let (places, new): (Vec<Place>, Vec<RoomText>) = all.into_iter().unzip();
    let kept = spread.iter().map(|label| (label.row, label.side)).collect();
    *arranged = Arranged { texts: places, lines, kept, next: time.elapsed() + EVERY };
    if labels.texts != new {
        labels.texts = new;
    }
}

/// Returns how a person sees who holds the head level, in pixels of labels.
fn level(room: &Room, head: &Isometry3d, radius: f32) -> Optics {
    let ahead = head.rotation * Vec3::NEG_Z;
    let eye = room.pose(&Isometry3d::new(head.translation, facing(Vec3::ZERO, -ahead)));
    let near = 0.05 * room.scale();
    let lens = Mat4::perspective_infinite_reverse_rh(2.0 * REACH.atan(), 1.0, near);
    Optics::new(
        lens,
        Transform::from_isometry(eye).to_matrix().inverse(),
        Vec2::splat(2.0 * REACH / PIXEL),
        1.0,
        radius,
    )
}

/// Labels that are placed one after the other, where none is yet.
struct Texts<'a> {
    optics: &'a Optics,
    all: Vec<(Place, RoomText)>,
    taken: Vec<Rect>,
}

impl Texts<'_> {
    /// Adds a label at `offset` from a place of the world, in pixels to the right and up, unless
    /// another is there.
    fn add(&mut self, anchor: Anchor, at: Vec3, offset: Vec2, text: RoomText) {
        let Some(seen) = self.optics.project(at) else { return };
        let middle = seen.center + offset * Vec2::new(1.0, -1.0);
        let area = Rect::from_center_size(middle, size_of_text(&text.text));
        let is_free = !self.taken.iter().any(|taken| !taken.intersect(area).is_empty());
        let is_inside = Rect { min: Vec2::ZERO, max: self.optics.viewport() }.contains(seen.center);
        if is_free && is_inside && self.all.len() < RoomLabels::MOST {
            self.taken.push(area);
            self.all.push((Place { anchor, offset, pivot: 0.0 }, text));
        }
    }

    /// Adds the names and the numbers of an axis.
    fn add_axis(&mut self, axis: &PlacedAxis) {
        let outward = axis.outward * Vec2::new(1.0, -1.0);
        let beside = |way: Vec2, text: &str| way * (BESIDE + reach(size_of_text(text), way));
        for (end, name) in axis.names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let seen = [end, 1 - end].map(|end| self.optics.project(axis.ends[end]).map(|seen| seen.center));
            let [Some(at), Some(other)] = seen else { continue };
            let way = ((at - other) * Vec2::new(1.0, -1.0)).normalize_or(Vec2::X);
            let text = RoomText { text: name.clone(), look: RoomTextLook::Plain };
            self.add(Anchor::Place(axis.ends[end]), axis.ends[end], beside(way, name), text);
        }
        for (at, number) in &axis.ticks {
            let text = RoomText { text: number.clone(), look: RoomTextLook::Number };
            self.add(Anchor::Place(*at), *at, beside(outward, number), text);
        }
    }
}

/// Returns about how large a label is, in pixels.
fn size_of_text(text: &str) -> Vec2 {
    Vec2::new(CHARACTER * text.chars().count() as f32 + PADDING, PIXELS)
}

/// Returns how far something of this size reaches from its middle.
fn reach(size: Vec2, way: Vec2) -> f32 {
    (size.x / 2.0 * way.x.abs()).max(size.y / 2.0 * way.y.abs())
}

/// Places the labels beside their points as they are in this frame.
fn place(
    (hands, person): (Res<Hands>, Res<Person>),
    (named, arranged, labels): (Named, Res<Arranged>, Res<RoomLabels>),
    mut look: ResMut<RoomLook>,
) {
    let mut plates = Vec::new();
    if let (Some(head), Some(room), true) = (hands.head, person.room(), person.faded() == 0.0) {
        let eyes = Vec3::from(head.translation);
        let plate = |(place, part): (&Place, &URect)| {
            let at = match place.anchor {
                Anchor::Row(row) => named.place(row)?,
                Anchor::Place(at) => at,
            };
            (part.width() > 0).then(|| beside(room, room.local(at), eyes, place, *part))
        };
        plates.extend(arranged.texts.iter().zip(&labels.parts).filter_map(plate));
    }
    if look.plates != plates {
        look.plates = plates;
    }
}

/// Returns a label beside `at`, a place of the room: the part of the sheet, facing the eyes.
fn beside(room: &Room, at: Vec3, eyes: Vec3, place: &Place, part: URect) -> Plate {
    let (rotation, distance) = (facing(at, eyes), at.distance(eyes));
    let height = distance * HEIGHT;
    let half = Vec2::new(part.width() as f32 / part.height() as f32, 1.0) * height / 2.0;
    let offset = place.offset * PIXEL * distance - Vec2::X * place.pivot * half.x;
    let sheet = UVec2::from(ROOM_SHEET_PIXELS).as_vec2();
    let [low, high] = [part.min.as_vec2() + 0.5, part.max.as_vec2() - 0.5].map(|corner| corner / sheet);
    let along = |axis: Vec3, length: f32| room.direction(rotation * axis) * (length * room.scale());
    Plate {
        middle: room.world(at + rotation * offset.extend(0.0)),
        right: along(Vec3::X, half.x),
        up: along(Vec3::Y, half.y),
        part: Vec4::from((low, high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::tests::Numbers;

    /// Seen from the eyes, a label is as high and as far from its point at any distance, level, and
    /// at a right angle to the way there.
    #[test]
    fn label_faces_the_person_and_is_as_large_at_any_distance() {
        let (eyes, mut numbers) = (Vec3::new(0.2, 1.6, 0.1), Numbers(7));
        let part = URect::new(480, 48, 480 + 120, 96);
        for away in [0.3, 1.0, 4.0] {
            let room = numbers.room();
            let at = eyes + Vec3::new(0.3, -0.2, -1.0).normalize() * away;
            let check = |pivot: f32| {
                let place = Place { anchor: Anchor::Row(0), offset: Vec2::new(0.0, 20.0), pivot };
                let plate = beside(&room, at, eyes, &place, part);
                let [right, up] =
                    [plate.right, plate.up].map(|way| room.local(plate.middle + way) - room.local(plate.middle));
                assert!((2.0 * up.length() / away - HEIGHT).abs() < 1e-5 && right.dot(up).abs() < 1e-6);
                assert!((right.length() / up.length() - 120.0 / 48.0).abs() < 1e-3);
                let middle = room.local(plate.middle);
                let toward = (eyes - at).normalize();
                let level = room.local(plate.middle + plate.right).y - middle.y;
                assert!(level.abs() < 1e-5, "level");
                assert!(((middle - at).dot(toward)).abs() < 1e-5, "as far away as its point");
                assert!(room.local(plate.middle + plate.up).y > middle.y, "upright");
                let across = (middle - at).dot(right.normalize()) / right.length();
                assert!((across + pivot).abs() < 1e-3, "{across} {pivot}");
                assert!(((middle - at).dot(up.normalize()) / away - 20.0 * PIXEL).abs() < 1e-4);
            };
            [-1.0, 0.0, 1.0].into_iter().for_each(check);
        }
    }

    /// What a tilted head sees in the middle is in the middle of the picture, and a vertical line is
    /// vertical in it.
    #[test]
    fn labels_are_spread_over_a_level_picture() {
        let mut numbers = Numbers(3);
        for roll in [-0.6, 0.0, 0.9] {
            let room = numbers.room();
            let rotation = Quat::from_rotation_y(0.7) * Quat::from_rotation_x(-0.2) * Quat::from_rotation_z(roll);
            let head = Isometry3d::new(Vec3::new(0.1, 1.6, 0.3), rotation);
            let optics = level(&room, &head, 0.01);
            let ahead = Vec3::from(head.translation) + head.rotation * Vec3::NEG_Z * 2.0;
            let seen = |place: Vec3| optics.project(room.world(place)).unwrap().center;
            assert!(seen(ahead).distance(optics.viewport() / 2.0) < 0.1);
            let above = seen(ahead + Vec3::Y * 0.2) - seen(ahead);
            assert!(above.x.abs() < 0.1 && above.y < -10.0, "{above}");
        }
    }

    #[test]
    fn labels_of_axes_do_not_overlap() {
        let head = Isometry3d::from_translation(Vec3::new(0.0, 1.6, 0.0));
        let optics = level(&Room::default(), &head, 0.01);
        let mut texts = Texts { optics: &optics, all: Vec::new(), taken: Vec::new() };
        let at = |x: f32| Room::default().world(Vec3::new(x, 1.4, -1.5));
        let ticks = (0..40).map(|tick| (at(tick as f32 * 0.02 - 0.4), format!("{}", tick * 100))).collect();
        let axis = PlacedAxis {
            ends: [at(-0.4), at(0.4)],
            names: [String::new(), "Component 1".into()],
            ticks,
            outward: Vec2::Y,
        };
        texts.add_axis(&axis);
        assert!(texts.all.len() > 5 && texts.all.len() < 30, "{} labels", texts.all.len());
        for (place, a) in texts.taken.iter().enumerate() {
            assert!(texts.taken[..place].iter().all(|b| a.intersect(*b).is_empty()), "{a:?}");
        }
        assert!(texts.all.iter().skip(1).all(|(place, _)| place.offset.y < 0.0), "numbers are below the axis");
    }
}
