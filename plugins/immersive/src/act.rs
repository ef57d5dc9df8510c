//! What a person does becomes actions.
//!
//! Hands grab the cloud, and the trigger and the buttons become the same actions as the mouse and
//! the keys. A standpoint that comes from elsewhere (a bookmark, "fit to view") is faded to.

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_picking::{HandPointed, PointsInSpace};
use parallax_session::{Combine, Dims, Edit, Half, Step, TourAction, View};
use parallax_state::{
    CameraPose, CurrentTour, CurrentView, Do, FitAll, FlyTo, FrameSystems, Routed, ScreenArea, Settled,
};

use crate::{Hands, Person, Standpoint};

/// The number of points that are looked at in a frame, on average, for the one that a hand points at:
/// a frame has 11 ms. Among more points that move, the search is not made in each frame, but always
/// for a click.
const SEARCHED: usize = 250_000;

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

/// Moves the room. The window follows, and so do bookmarks and the log, once the person stands still
/// again.
fn stand(
    time: Res<Time<Real>>,
    hands: Res<Hands>,
    (view, area): (Res<CurrentView>, Res<ScreenArea>),
    mut person: ResMut<Person>,
    mut requests: MessageWriter<Do>,
) {
    let Some(head) = hands.head else {
        // What has happened meanwhile is in the view.
        person.leave();
        return;
    };
    if person.room().is_none() {
        person.enter(&standpoint(&view, &area), &hands, &head);
    }
    if person.stand(&hands, &head, time.delta())
        && let Some(room) = person.room()
    {
        let pose = room.standpoint(&head).pose(view.projection.dims, &area);
        requests.write(Do::person(Edit::MoveCamera(pose)));
    }
}

/// Returns the standpoint of the view.
fn standpoint(view: &View, area: &ScreenArea) -> Standpoint {
    let dims = view.projection.dims;
    view.pose.map_or_else(|| Standpoint::whole(dims), |pose| Standpoint::of(&pose, dims, area))
}

/// Finds the point that a hand points at.
fn point(
    hands: Res<Hands>,
    points: PointsInSpace,
    mut person: ResMut<Person>,
    mut pointed: ResMut<HandPointed>,
    mut frames: Local<usize>,
) {
    let ray = person.aim(&hands);
    *frames += 1;
    let is_pulled = person.pressed(&hands, |hand| hand.trigger).next().is_some();
    let is_due = points.is_quick() || *frames >= points.count().div_ceil(SEARCHED);
    // What will be clicked stays, though the hand moves while the trigger is pulled.
    if ray.is_none() || is_pulled || (is_due && !person.is_clicking()) {
        person.set_hit(ray.and_then(|ray| points.along(ray)));
        *frames = 0;
    }
    let is_pointing = person.ray(&hands).is_some();
    pointed.set_if_neq(HandPointed(is_pointing.then_some(person.hit().map(|hit| hit.row))));
}

/// Selects the point that is clicked, or clears the selection. With the other trigger held, the
/// point is added or removed.
fn click(hands: Res<Hands>, view: Res<CurrentView>, mut person: ResMut<Person>, mut requests: MessageWriter<Do>) {
    let Some(click) = person.click(&hands) else { return };
    let mut rows = if click.more { view.selection.clone() } else { RowSet::EMPTY };
    click.row.into_iter().for_each(|row| rows.toggle(row));
    if rows != view.selection {
        requests.write(Do::person(Edit::Select(rows)));
    }
}

/// Selects the points in a sphere, or adds them.
fn grow(
    hands: Res<Hands>,
    (view, points): (Res<CurrentView>, PointsInSpace),
    mut person: ResMut<Person>,
    mut requests: MessageWriter<Do>,
) {
    let Some((ball, more)) = person.grow(&hands) else { return };
    let combine = if more { Combine::Add } else { Combine::Replace };
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
    person.remember(&hands);
}

/// Fades to the standpoint of a bookmark, to what the camera of the window flies to, and to the front
/// of what has become a plane or is one no longer: from the side, a plane is a line.
fn go(
    (hands, view, pose, area): (Res<Hands>, Res<CurrentView>, Res<CameraPose>, Res<ScreenArea>),
    mut settled: MessageReader<Settled>,
    (mut fits, mut flights): (MessageReader<Routed<FitAll>>, MessageReader<Routed<FlyTo>>),
    mut dims: Local<Option<Dims>>,
    mut person: ResMut<Person>,
) {
    let restored = settled.read().filter(|outcome| matches!(outcome, Settled::Restored(_))).count() > 0;
    // The headset shows the first places.
    let fits = fits.read().filter(|Routed(FitAll(half))| *half == Half::First).count() > 0;
    let flights = flights.read().filter(|Routed(FlyTo(half, _))| *half == Half::First).count() > 0;
    let now = view.projection.dims;
    let turned_flat = dims.replace(now).is_some_and(|before| before != now);
    let Some(head) = hands.head else { return };
    if flights {
        person.go_to(&Standpoint::of(&pose.0, now, &area), &head);
    } else if restored || fits || turned_flat {
        person.go_to(&standpoint(&view, &area), &head);
    }
}
