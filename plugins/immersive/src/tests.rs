//! What hands do with the cloud, without a runtime: a script says where they are.

use std::{f32::consts::FRAC_PI_2, sync::Arc, time::Duration};

use bevy::{prelude::*, time::TimeUpdateStrategy, window::RequestRedraw};
use bevy_egui::input::EguiInputEvent;
use parallax_camera::fit;
use parallax_cloud::{Cloud, CloudPlugin, RoomLook, StagePalette};
use parallax_embedding::{Embedding, Progress, Vectors};
use parallax_overlay::RoomLabels;
use parallax_picking::{HandPointed, PointTree};
use parallax_projection::Layout;
use parallax_session::{Dims, Edit, Look, Method, Origin, Pose, Projection, Rgb, View, row_name};
use parallax_state::{CameraPose, CurrentLayout, CurrentView, Do, Hovered, Motion, Opened, ScreenArea, StatePlugin};

use crate::{Hand, Hands, HandsPlugin, Immersion, Person, Room, Standpoint, labels::Arranged};

const LEFT: usize = 0;
const RIGHT: usize = 1;

/// The points, of which the last one has no place.
const ROWS: [[f32; 3]; 6] =
    [[-1.0, 0.0, 0.0], [0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [f32::NAN; 3]];

const FRAME: Duration = Duration::from_millis(11);

/// A fade takes less than this many frames.
const FADE: usize = 50;

/// Labels are chosen anew within this many frames.
const LABELS: usize = 15;

/// A person with a head and two hands, before points.
struct Played {
    app: App,
    hands: Hands,
}

impl Played {
    /// Puts on the headset.
    fn new(dims: Dims, pose: Option<Pose>) -> Self {
        let mut app = App::new();
        let projection = Projection { method: Method::Identity, dims, ..Projection::default() };
        let view = View { origin: Origin::Memory, projection, pose, ..View::default() };
        app.insert_resource(CurrentView::new(view))
            .insert_resource(Motion::Reduced)
            .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
            .insert_resource(CameraPose(fit(dims, &ScreenArea::default())))
            .init_resource::<HandPointed>()
            .init_resource::<PointTree>()
            .init_resource::<RoomLabels>()
            .init_resource::<Assets<Image>>()
            .add_message::<RequestRedraw>()
            .add_message::<EguiInputEvent>()
            .add_plugins((MinimalPlugins, StatePlugin, CloudPlugin, HandsPlugin));
        app.insert_resource(Immersion { is_shown: true, knows_floor: true });
        put_points(app.world_mut());
        let at = |x: f32| Some(Isometry3d::from_translation(Vec3::new(x, 1.2, -0.3)));
        let hand = |x: f32| Hand { grip: at(x), ..Hand::default() };
        let head = Some(Isometry3d::from_translation(Vec3::new(0.0, 1.6, 0.0)));
        let mut played = Self { app, hands: Hands { head, hands: [hand(-0.5), hand(0.4)] } };
        played.frames(3);
        played
    }

    fn frames(&mut self, count: usize) {
        for _ in 0..count {
            self.app.insert_resource(self.hands);
            self.app.update();
        }
    }

    /// Does something with a hand, and waits for two frames.
    fn hand(&mut self, side: usize, change: impl FnOnce(&mut Hand)) {
        change(&mut self.hands.hands[side]);
        self.frames(2);
    }

    fn trigger(&mut self, side: usize, is_pulled: bool) {
        self.hand(side, |hand| hand.trigger = is_pulled);
    }

    /// Moves a hand, and points with it as it did.
    fn move_hand(&mut self, side: usize, by: Vec3) {
        self.hand(side, |hand| {
            hand.grip = hand.grip.map(|grip| Isometry3d::new(Vec3::from(grip.translation) + by, grip.rotation));
        });
    }

    /// Points at a row with a hand, or at nothing.
    fn point(&mut self, side: usize, row: Option<u32>) {
        let target = row.map_or(Vec3::new(0.0, 30.0, 1.0), |row| self.place(row));
        self.hand(side, |hand| {
            let from = Transform::from_translation(hand.grip.unwrap().translation.into());
            let toward = from.looking_at(target, Vec3::Y);
            hand.aim = Some(Isometry3d::new(toward.translation, toward.rotation));
        });
    }

    /// Returns where the point of a row is in the room.
    fn place(&self, row: u32) -> Vec3 {
        self.room().local(self.app.world().resource::<Cloud>().place(row).unwrap())
    }

    fn room(&self) -> Room {
        *self.app.world().resource::<Person>().room().unwrap()
    }

    fn faded(&self) -> f32 {
        self.app.world().resource::<Person>().faded()
    }

    fn view(&self) -> &View {
        self.app.world().resource::<CurrentView>()
    }

    fn selection(&self) -> &[u32] {
        self.view().selection.as_slice()
    }

    fn ask(&mut self, edit: Edit) {
        self.app.world_mut().write_message(Do::person(edit));
    }

    /// Returns the room in which the head sees the cloud as the window does.
    fn seen_as_in_the_window(&self) -> Room {
        let dims = self.view().projection.dims;
        let pose = self.view().pose.unwrap();
        let standpoint = Standpoint::of(&pose, dims, &ScreenArea::default());
        Room::seen_from(&standpoint, &self.hands.head.unwrap())
    }
}

/// Opens the rows, and lays them out as they are.
fn put_points(world: &mut World) {
    let rows = ROWS.map(|row| row.map(|x| if x.is_nan() { 0.0 } else { x }));
    let vectors = Vectors::from_f32(ROWS.len(), 3, rows.concat()).unwrap();
    let mut opened = world.resource_mut::<Opened>();
    opened.put(Embedding::new("rows", vectors, &Progress::default()).unwrap(), Vec::new());
    let epoch = opened.epoch;
    let mut layout = Layout::unplaced(ROWS.len(), 3);
    for (row, place) in ROWS.iter().enumerate() {
        (0..3).for_each(|axis| layout.view_mut()[[row, axis]] = place[axis]);
    }
    let (layout, method) = (Some(Arc::new(layout)), Some(Method::Identity));
    world.insert_resource(CurrentLayout {
        layout,
        method,
        epoch,
        rows_epoch: epoch,
        revision: 1,
        ..CurrentLayout::default()
    });
}

#[track_caller]
fn assert_same(a: &Room, b: &Room) {
    for place in [Vec3::ZERO, Vec3::new(0.3, 1.7, -1.4)] {
        assert!(a.world(place).distance(b.world(place)) < 1e-3, "{a:?} and {b:?}");
    }
}

#[test]
fn trigger_clicks_when_it_is_released() {
    let mut played = Played::new(Dims::Three, None);
    played.point(RIGHT, Some(1));
    played.trigger(RIGHT, true);
    assert!(played.selection().is_empty());
    // The pull has moved the hand.
    played.point(RIGHT, None);
    played.trigger(RIGHT, false);
    assert_eq!(played.selection(), [1]);
    played.trigger(RIGHT, true);
    assert_eq!(played.selection(), [1]);
    played.trigger(RIGHT, false);
    assert!(played.selection().is_empty(), "there was nothing");
}

#[test]
fn trigger_that_is_held_first_adds_and_does_not_click() {
    let mut played = Played::new(Dims::Three, None);
    let click = |played: &mut Played, row: u32| {
        played.point(RIGHT, Some(row));
        played.trigger(RIGHT, true);
        played.trigger(RIGHT, false);
    };
    played.point(LEFT, None);
    click(&mut played, 1);
    played.trigger(LEFT, true);
    click(&mut played, 2);
    assert_eq!(played.selection(), [1, 2]);
    click(&mut played, 0);
    click(&mut played, 1);
    assert_eq!(played.selection(), [0, 2], "another one is added, and one is removed");
    // The one that adds is released first.
    played.point(RIGHT, Some(3));
    played.trigger(RIGHT, true);
    played.trigger(LEFT, false);
    assert_eq!(played.selection(), [0, 2]);
    played.trigger(RIGHT, false);
    assert_eq!(played.selection(), [0, 2, 3]);
    // Now it clicks by itself.
    played.trigger(LEFT, true);
    played.trigger(LEFT, false);
    assert!(played.selection().is_empty());
}

#[test]
fn sphere_adds_what_is_in_it_if_a_trigger_is_held() {
    let mut played = Played::new(Dims::Three, None);
    played.point(LEFT, None);
    let grow = |played: &mut Played, row: u32| {
        let place = played.place(row);
        played.hand(RIGHT, |hand| (hand.grip, hand.sphere) = (Some(Isometry3d::from_translation(place)), true));
        played.move_hand(RIGHT, Vec3::Y * 0.2);
        played.hand(RIGHT, |hand| hand.sphere = false);
    };
    grow(&mut played, 0);
    assert_eq!(played.selection(), [0]);
    played.trigger(LEFT, true);
    grow(&mut played, 2);
    assert_eq!(played.selection(), [0, 2]);
    played.trigger(LEFT, false);
    assert_eq!(played.selection(), [0, 2], "that was no click");
    grow(&mut played, 3);
    assert_eq!(played.selection(), [3]);
}

/// What fits the window is a meter and a half across. Whatever hands do with it, the window still
/// sees the plane from its front.
#[test]
fn plane_fits_the_room_and_stays_one_in_the_window() {
    let fitting = fit(Dims::Two, &ScreenArea::default());
    let mut played = Played::new(Dims::Two, Some(fitting));
    let room = played.room();
    assert!((2.0 / room.scale() - 1.5).abs() < 1e-4, "{room:?}");
    played.hand(RIGHT, |hand| hand.squeeze = true);
    played.move_hand(RIGHT, Vec3::new(0.2, 0.1, 0.3));
    played.hand(RIGHT, |hand| hand.squeeze = false);
    let pose = played.view().pose.unwrap();
    assert!((pose.radius / fitting.radius - 1.0).abs() < 1e-4, "{pose:?}");
    // The cloud has gone 0.2 m to the right, and the camera to the left of its middle.
    let by = [0, 1].map(|axis| pose.focus[axis] * 1.5 / 2.0);
    assert!((by[0] + 0.2).abs() < 1e-3 && (by[1] + 0.1).abs() < 1e-3, "{by:?}");
    played.hand(LEFT, |hand| hand.stick.x = 1.0);
    let turned = played.view().pose.unwrap();
    assert_ne!(turned, pose);
    assert_eq!((turned.yaw, turned.pitch, turned.focus[2]), (0.0, 0.0, 0.0));
}

/// From the side, a plane would be a line.
#[test]
fn cloud_that_becomes_a_plane_is_seen_from_its_front() {
    let mut played = Played::new(Dims::Three, Some(Pose { focus: [0.0; 3], yaw: FRAC_PI_2, pitch: 0.0, radius: 4.0 }));
    let yaw = |played: &Played| played.room().standpoint(&played.hands.head.unwrap()).yaw;
    assert!((yaw(&played) - FRAC_PI_2).abs() < 1e-4);
    played.ask(Edit::SetDims(Dims::Two));
    played.frames(FADE);
    assert!(yaw(&played).abs() < 1e-4, "{}", yaw(&played));
}

/// A hand that holds the cloud during a fade, and a stick that is pushed, change nothing. After it,
/// the hand holds what it has got.
#[test]
fn fade_is_not_disturbed_by_hands() {
    let mut played = Played::new(Dims::Three, None);
    let home = played.room();
    played.hand(RIGHT, |hand| hand.squeeze = true);
    played.move_hand(RIGHT, Vec3::new(0.3, 0.2, 0.1));
    played.hand(RIGHT, |hand| hand.squeeze = false);
    assert!(played.view().pose.is_some() && played.room() != home);
    played.hand(RIGHT, |hand| hand.squeeze = true);
    played.ask(Edit::FitView);
    let (mut faded, mut rooms) = (Vec::new(), Vec::new());
    for frame in 0..FADE {
        if frame == 5 {
            played.hands.hands[LEFT].stick.x = -1.0;
        }
        let grip = played.hands.hands[RIGHT].grip.unwrap();
        played.hands.hands[RIGHT].grip =
            Some(Isometry3d::from_translation(Vec3::from(grip.translation) + Vec3::X * 0.01));
        played.frames(1);
        if played.faded() > 0.0 {
            assert_eq!(played.view().pose, None, "the window shows all of it");
            faded.push(played.faded());
            rooms.push(played.room());
        }
    }
    assert!(faded.contains(&1.0) && played.faded() == 0.0, "{faded:?}");
    let of_home = rooms.iter().filter(|room| **room != rooms[0]).inspect(|room| assert_same(room, &home)).count();
    assert!(of_home > 10 && rooms.len() - of_home > 10);
    // The hand still holds the cloud, from where it was after the fade.
    let before = played.room();
    played.move_hand(RIGHT, Vec3::Y * 0.2);
    let moved = played.room().local(Vec3::ZERO) - before.local(Vec3::ZERO);
    assert!(moved.distance(Vec3::Y * 0.2) < 1e-4, "{moved}");
    assert_eq!(played.view().pose, None);
    played.hand(RIGHT, |hand| hand.squeeze = false);
    assert_same(&played.room(), &played.seen_as_in_the_window());
}

/// A click that began before a fade, or a grab, is none.
#[test]
fn trigger_that_is_released_while_the_cloud_is_held_does_not_click() {
    let mut played = Played::new(Dims::Three, None);
    played.ask(Edit::Select(vec![3].into()));
    played.point(RIGHT, Some(1));
    played.trigger(RIGHT, true);
    played.hand(LEFT, |hand| hand.squeeze = true);
    played.trigger(RIGHT, false);
    assert_eq!(played.selection(), [3]);
    played.hand(LEFT, |hand| hand.squeeze = false);
    played.point(RIGHT, Some(1));
    played.trigger(RIGHT, true);
    played.ask(Edit::FitView);
    played.frames(3);
    played.trigger(RIGHT, false);
    played.frames(FADE);
    assert_eq!(played.selection(), [3]);
}

/// Where the person stands is taken from the view when the headset is put on again. A hand that is
/// still closed holds what is there then.
#[test]
fn headset_that_is_put_on_again_shows_what_the_window_shows() {
    let mut played = Played::new(Dims::Three, None);
    played.hand(RIGHT, |hand| hand.squeeze = true);
    played.move_hand(RIGHT, Vec3::X * 0.1);
    let worn = std::mem::take(&mut played.hands);
    played.frames(3);
    assert!(played.app.world().resource::<Person>().room().is_none());
    let pose = Pose { focus: [0.2, 0.1, -0.3], yaw: 1.2, pitch: 0.4, radius: 2.0 };
    played.ask(Edit::MoveCamera(pose));
    played.frames(2);
    played.hands = worn;
    played.hands.hands[RIGHT].grip = Some(Isometry3d::from_translation(Vec3::new(0.1, 1.0, -0.5)));
    played.hands.hands[LEFT].trigger = true;
    played.frames(3);
    let room = played.room();
    assert_same(&room, &played.seen_as_in_the_window());
    played.move_hand(RIGHT, Vec3::Z * 0.1);
    assert!((played.room().local(Vec3::ZERO) - room.local(Vec3::ZERO)).distance(Vec3::Z * 0.1) < 1e-4);
    played.ask(Edit::Select(vec![3].into()));
    played.hand(RIGHT, |hand| hand.squeeze = false);
    played.trigger(LEFT, false);
    assert_eq!(played.selection(), [3], "a trigger that was held before is no click");
}

/// The last row has no place.
#[test]
fn rows_that_are_not_shown_have_no_label() {
    let mut played = Played::new(Dims::Three, None);
    let labels = |played: &mut Played, pointed: Option<u32>, selected: Vec<u32>| {
        played.app.insert_resource(Hovered(pointed));
        played.ask(Edit::Select(selected.into()));
        played.frames(LABELS);
        let texts = &played.app.world().resource::<RoomLabels>().texts;
        [1, 5].map(|row| texts.iter().any(|label| label.text == row_name(row)))
    };
    assert_eq!(labels(&mut played, Some(1), vec![]), [true, false]);
    assert_eq!(labels(&mut played, Some(5), vec![]), [false, false]);
    assert_eq!(labels(&mut played, None, vec![1, 5]), [true, false]);
}

/// They are not drawn by the cloud's shader, which does this for everything else.
#[test]
fn labels_and_axes_are_gone_when_the_cloud_has_faded() {
    let mut played = Played::new(Dims::Three, None);
    played.app.insert_resource(Hovered(Some(1)));
    played.ask(Edit::Select(vec![0, 2].into()));
    played.ask(Edit::SetLook(Look { grid: true, ..Look::default() }));
    played.frames(LABELS);
    let axes = played.app.world().resource::<Arranged>().lines.len();
    let mut labels = played.app.world_mut().resource_mut::<RoomLabels>();
    labels.parts = vec![URect::new(0, 0, 100, 48); labels.texts.len()];
    let count = labels.parts.len();
    played.frames(1);
    let look = |played: &Played| played.app.world().resource::<RoomLook>().clone();
    let before = look(&played);
    assert!(before.plates.len() == count && count > 1 && axes > 2, "{count} labels, {axes} lines");
    let stage = played.app.world().resource::<StagePalette>().stage[0];
    let from_stage = |[r, g, b]: Rgb| [r, g, b].iter().zip(stage).map(|(a, b)| a.abs_diff(b)).max().unwrap();
    let full = from_stage(before.lines.last().unwrap().1);
    played.ask(Edit::FitView);
    let mut faded = Vec::new();
    for _ in 0..FADE {
        played.frames(1);
        let look = look(&played);
        let share = played.faded();
        if share > 0.0 {
            assert!(look.plates.is_empty());
            faded.push(share);
        }
        if share == 1.0 {
            assert_eq!(look.lines.len(), before.lines.len() - axes, "the floor and the hands stay");
        } else {
            let expected = f32::from(full) * (1.0 - share);
            assert!((f32::from(from_stage(look.lines.last().unwrap().1)) - expected).abs() < 1.5, "{share}");
        }
    }
    assert!(faded.contains(&1.0) && faded.len() > 10, "{faded:?}");
    assert!(look(&played).plates.len() > 1, "the cloud is there again");
}
