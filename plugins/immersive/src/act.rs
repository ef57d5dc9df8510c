//! What a person does with the hands, and where they stand.
//!
//! Hands grab the cloud, and the trigger and the buttons become the same actions as the mouse and
//! the keys. A standpoint that comes from elsewhere (a bookmark, "fit to view") is faded to.

use bevy::prelude::*;
use parallax_camera::fit;
use parallax_embedding::RowSet;
use parallax_picking::{HandPointed, Hit, PointsInSpace};
use parallax_session::{Combine, Dims, Edit, Step, TourAction};
use parallax_state::{
    CameraPose, CurrentTour, CurrentView, Do, FitAll, FlyTo, FrameSystems, Routed, ScreenArea, Settled,
};

use crate::{Fade, Grab, Hand, Hands, Room, SnapTurn, Standpoint, panel};

/// Where the person stands and what the hands are doing.
#[derive(Resource, Debug, Default)]
pub struct Person {
    room: Option<Room>,
    grab: Grab,
    turns: [SnapTurn; 2],
    fade: Fade,
    /// How far the cloud has faded.
    faded: f32,
    /// The hand that points: the one that clicked last.
    pointing: Side,
    hit: Option<Hit>,
    /// Where the panel beside the left hand is, in the room.
    panel: Option<Isometry3d>,
    /// Where the ray meets it, as shares of its size, and how far away.
    panel_hit: Option<(Vec2, f32)>,
    ball: Option<Ball>,
    before: Hands,
}

/// The left or the right hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Side {
    Left,
    #[default]
    Right,
}

/// A sphere that grows in a hand. In world units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ball {
    side: Side,
    pub(crate) center: Vec3,
    pub(crate) radius: f32,
}

/// The number of points that are looked at in a frame, on average, for the one that a hand points at:
/// a frame has 11 ms. Among more points that move, the search is not made in each frame, but always
/// for a click.
const SEARCHED: usize = 250_000;

/// The least radius of a sphere that selects, in meters.
const LEAST_BALL: f32 = 0.01;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Person>()
        .add_systems(
            Update,
            (stand, point, click, grow, step).chain().in_set(PersonSystems::Act).before(FrameSystems::Act),
        )
        .add_systems(Update, go.in_set(PersonSystems::Go).after(FrameSystems::Follow));
}

/// What a person does, and where they go because of something else.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PersonSystems {
    /// Before actions are applied.
    Act,
    /// After all that follows from them.
    Go,
}

impl Person {
    /// Returns where the room is. `None` until the head is known.
    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// Returns how far the cloud has faded, from 0 to 1.
    pub(crate) fn faded(&self) -> f32 {
        self.faded
    }

    /// Returns where the panel is in the room.
    pub(crate) fn panel(&self) -> Option<Isometry3d> {
        self.panel
    }

    /// Returns where the ray meets the panel, and how far away in meters.
    pub(crate) fn panel_hit(&self) -> Option<(Vec2, f32)> {
        self.panel_hit
    }

    /// Returns the hand that points.
    pub(crate) fn pointing_hand<'a>(&self, hands: &'a Hands) -> &'a Hand {
        &hands.hands[self.pointing as usize]
    }

    pub(crate) fn ball(&self) -> Option<&Ball> {
        self.ball.as_ref()
    }

    /// Returns the ray of the hand that points, in the world, and the point that it hits.
    pub(crate) fn ray(&self, hands: &Hands) -> Option<(Ray3d, Option<Hit>)> {
        let aim = hands.hands[self.pointing as usize].aim?;
        let pose = self.room?.pose(&aim);
        let direction = Dir3::new(pose.rotation * Vec3::NEG_Z).ok()?;
        Some((Ray3d::new(pose.translation.into(), direction), self.hit))
    }

    /// Returns the hands in which a control was not pressed before and is now.
    fn pressed(&self, hands: &Hands, control: impl Fn(&Hand) -> bool) -> impl Iterator<Item = Side> {
        let is = [0, 1].map(|side| control(&hands.hands[side]) && !control(&self.before.hands[side]));
        [Side::Left, Side::Right].into_iter().zip(is).filter(|(_, is)| *is).map(|(side, _)| side)
    }
}

/// Returns the standpoint that shows the whole cloud.
fn home() -> Standpoint {
    let pose = fit(Dims::Three, &ScreenArea::default());
    Standpoint { focus: Vec3::ZERO, yaw: pose.yaw, reach: 1.0 }
}

/// Moves the room by the hands, by turns, and by a fade.
fn stand(
    time: Res<Time<Real>>,
    hands: Res<Hands>,
    view: Res<CurrentView>,
    mut person: ResMut<Person>,
    mut requests: MessageWriter<Do>,
) {
    let Some(head) = hands.head else { return };
    let person = &mut *person;
    let room = person.room.get_or_insert_with(|| Room::seen_from(&standpoint(view.pose.as_ref()), &head));
    let before = *room;
    let held = person.grab.is_on();
    person.grab.follow(room, hands.hands.map(|hand| hand.holding_at()));
    for (turn, hand) in person.turns.iter_mut().zip(&hands.hands) {
        // A stick that scrolls the panel does not turn.
        let x = if hand.stick.y.abs() > hand.stick.x.abs() { 0.0 } else { hand.stick.x };
        if let Some(angle) = turn.follow(x) {
            *room = room.turned(head.translation.into(), angle);
        }
    }
    let has_turned = !person.grab.is_on() && !held && *room != before;
    person.faded = person.fade.follow(room, time.delta());
    // The window follows, and so do bookmarks and the log, once the person stands still again.
    if (held && !person.grab.is_on()) || has_turned {
        requests.write(Do::person(Edit::MoveCamera(room.standpoint(&head).pose())));
    }
}

/// Returns the standpoint of a camera's pose, or the one that shows the whole cloud.
fn standpoint(pose: Option<&parallax_session::Pose>) -> Standpoint {
    pose.map_or_else(home, Standpoint::of)
}

/// Finds the point that a hand points at.
fn point(
    hands: Res<Hands>,
    points: PointsInSpace,
    mut person: ResMut<Person>,
    mut pointed: ResMut<HandPointed>,
    mut frames: Local<usize>,
) {
    let pulled = person.pressed(&hands, |hand| hand.trigger).last();
    let tracked = |side: Side| hands.hands[side as usize].aim.is_some();
    let other = if person.pointing == Side::Left { Side::Right } else { Side::Left };
    let instead = (!tracked(person.pointing) && tracked(other)).then_some(other);
    if let Some(side) = pulled.or(instead) {
        person.pointing = side;
    }
    let left = hands.hands[Side::Left as usize].grip.filter(|_| person.room.is_some());
    person.panel = left.zip(hands.head).map(|(grip, head)| panel::beside(&grip, &head));
    // The hand that holds the panel does not touch it.
    let aim = person.pointing_hand(&hands).aim.filter(|_| person.pointing == Side::Right);
    person.panel_hit = aim.zip(person.panel).and_then(|(aim, panel)| {
        let direction = Dir3::new(aim.rotation * Vec3::NEG_Z).ok()?;
        panel::met_by(Ray3d::new(aim.translation.into(), direction), &panel)
    });
    let busy = person.grab.is_on() || person.ball.is_some() || person.faded > 0.0 || person.panel_hit.is_some();
    let ray = person.ray(&hands).map(|(ray, _)| ray).filter(|_| !busy);
    *frames += 1;
    let is_due = points.is_quick() || *frames >= points.count().div_ceil(SEARCHED);
    if ray.is_none() || pulled.is_some() || is_due {
        person.hit = ray.and_then(|ray| points.along(ray));
        *frames = 0;
    }
    let is_pointing = person.ray(&hands).is_some();
    pointed.set_if_neq(HandPointed(is_pointing.then_some(person.hit.map(|hit| hit.row))));
}

/// Selects the point that is clicked, or clears the selection. With the other trigger held, the
/// point is added or removed.
fn click(hands: Res<Hands>, view: Res<CurrentView>, person: Res<Person>, mut requests: MessageWriter<Do>) {
    let Some(side) = person.pressed(&hands, |hand| hand.trigger).last() else { return };
    let is_on_panel = person.panel_hit.is_some() && side == person.pointing;
    if person.grab.is_on() || person.ball.is_some() || is_on_panel || hands.hands[side as usize].aim.is_none() {
        return;
    }
    let more = hands.hands[1 - side as usize].trigger;
    let rows = match person.hit {
        Some(hit) => {
            let mut rows = if more { view.selection.clone() } else { RowSet::EMPTY };
            rows.toggle(hit.row);
            rows
        }
        None if more => return,
        None => RowSet::EMPTY,
    };
    if rows != view.selection {
        requests.write(Do::person(Edit::Select(rows)));
    }
}

/// Grows a sphere from where its button was pressed to where the hand is, and selects the points in
/// it when the button is released. The other trigger adds them.
fn grow(
    hands: Res<Hands>,
    (view, points): (Res<CurrentView>, PointsInSpace),
    mut person: ResMut<Person>,
    mut requests: MessageWriter<Do>,
) {
    let Some(room) = person.room else { return };
    let place = |side: Side| hands.hands[side as usize].grip.map(|grip| room.world(grip.translation.into()));
    if person.ball.is_none()
        && let Some(side) = person.pressed(&hands, |hand| hand.sphere).last()
        && let Some(center) = place(side)
    {
        person.ball = Some(Ball { side, center, radius: 0.0 });
    }
    let Some(mut ball) = person.ball else { return };
    // A hand that is lost keeps the sphere as it is.
    if let Some(to) = place(ball.side) {
        ball.radius = ball.center.distance(to);
    }
    if hands.hands[ball.side as usize].sphere {
        person.ball = Some(ball);
        return;
    }
    person.ball = None;
    if ball.radius < LEAST_BALL * room.scale() {
        return;
    }
    let other = hands.hands[1 - ball.side as usize].trigger;
    let combine = if other { Combine::Add } else { Combine::Replace };
    let rows = combine.apply(&view.selection, &points.within(ball.center, ball.radius));
    if rows != view.selection {
        requests.write(Do::person(Edit::Select(rows)));
    }
}

/// Goes to the next bookmark, and remembers what the hands did.
fn step(hands: Res<Hands>, tour: Res<CurrentTour>, mut person: ResMut<Person>, mut requests: MessageWriter<Do>) {
    let is_next = person.pressed(&hands, |hand| hand.next).next().is_some();
    if is_next && !tour.tour().bookmarks.is_empty() {
        requests.write(Do::person(TourAction::Step(Step::Next)));
    }
    person.before = *hands;
}

/// Fades to the standpoint of a bookmark, and to what the camera of the window flies to.
fn go(
    (hands, view, pose): (Res<Hands>, Res<CurrentView>, Res<CameraPose>),
    mut settled: MessageReader<Settled>,
    (mut fits, mut flights): (MessageReader<Routed<FitAll>>, MessageReader<Routed<FlyTo>>),
    mut person: ResMut<Person>,
) {
    let restored = settled.read().filter(|outcome| matches!(outcome, Settled::Restored(_))).count() > 0;
    let (fits, flights) = (fits.read().count() > 0, flights.read().count() > 0);
    let goal = match (flights, restored || fits) {
        (true, _) => Standpoint::of(&pose.0),
        (false, true) => standpoint(view.pose.as_ref()),
        (false, false) => return,
    };
    if let (Some(head), Some(_)) = (hands.head, person.room) {
        person.fade.start(Room::seen_from(&goal, &head));
    }
}
