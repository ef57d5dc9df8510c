//! What is under the pointer: a backend in Bevy's picking, hover and click.
//!
//! Every point is tested where and as large as it is drawn, with the same computation as in the
//! vertex shader. Hits are exact for spheres and thumbnails, and the point nearest to the eye wins.
//! Panels are above the cloud: they are hits of their own. What is hit is searched only if the
//! pointer, the camera or the points have moved.
//!
//! - `batches`: points that are near each other, so that few of many are looked at.
//! - `tools`: selection with a sphere, box or lasso; `outline` finds what is inside, `surface` what
//!   is covered.
//! - `space`: points along a ray and within a sphere, for hands in a headset.

mod backend;
mod batches;
mod outline;
mod space;
mod surface;
mod tools;

use backend::{PointTarget, Under};
use bevy::{
    picking::{PickingSystems, hover::HoverMap, pointer::PointerId},
    prelude::*,
};
use bevy_egui::EguiPreUpdateSet;
use parallax_embedding::RowSet;
use parallax_session::{Combine, Edit};
use parallax_state::{ClusterNames, CurrentView, Do, Hovered, Opened, Pointed, PointerRests, Presenting};
pub use space::{HandPointed, Hit, PointTree, PointsInSpace, keep_tree};

/// Adds the backend, [`Hovered`] and selection by click.
#[derive(Debug, Default)]
pub struct PointPickingPlugin;

/// A press and a release farther apart than this, in logical pixels, are a drag.
const CLICK_SLACK: f32 = 4.0;

impl Plugin for PointPickingPlugin {
    fn build(&self, app: &mut App) {
        let target = app.world_mut().spawn_empty().id();
        app.insert_resource(PointTarget(target))
            .init_resource::<Under>()
            .init_resource::<Pressed>()
            .init_resource::<HandPointed>()
            .init_resource::<PointTree>()
            .init_resource::<batches::Resting>()
            .add_systems(
                PreUpdate,
                (backend::find_panels, backend::find_point)
                    .in_set(PickingSystems::Backend)
                    .after(EguiPreUpdateSet::ProcessInput)
                    .before(EguiPreUpdateSet::BeginPass),
            )
            .add_systems(PreUpdate, hover.in_set(PickingSystems::PostHover))
            .add_plugins(tools::plugin)
            .add_observer(press)
            .add_observer(click);
    }
}

/// Where the pointer was last pressed, and the row that was clicked, while the pointer stays on it.
#[derive(Resource, Debug, Default)]
struct Pressed {
    at: Vec2,
    clicked: Option<u32>,
}

fn hover(
    map: Option<Res<HoverMap>>,
    (target, under, pointed, by_hand): (Res<PointTarget>, Res<Under>, Res<Pointed>, Res<HandPointed>),
    (drag, rests): (Res<tools::Drag>, Res<PointerRests>),
    (mut pressed, mut hovered): (ResMut<Pressed>, ResMut<Hovered>),
) {
    // A panel above the cloud removes the points from the map.
    let reached = map.is_some_and(|map| map.get(&PointerId::Mouse).is_some_and(|hits| hits.contains_key(&target.0)));
    let under = under.row.filter(|_| reached && !rests.0 && !drag.is_under_way());
    // After a click the inspector shows the point, and its card would be in the way.
    if pressed.clicked.is_some() && pressed.clicked != under {
        pressed.clicked = None;
    }
    let under = under.filter(|_| pressed.clicked.is_none());
    hovered.set_if_neq(Hovered(by_hand.0.unwrap_or(under).or(pointed.0)));
}

fn press(event: On<Pointer<Press>>, mut pressed: ResMut<Pressed>) {
    pressed.at = event.pointer_location.position;
}

/// Selects the point that was clicked, or the rows of the cluster whose name was, or clears the
/// selection. Shift or Ctrl adds them; a point that is selected is removed.
fn click(
    mut event: On<Pointer<Click>>,
    (mut pressed, drag, presenting): (ResMut<Pressed>, Res<tools::Drag>, Res<Presenting>),
    (target, under): (Res<PointTarget>, Res<Under>),
    windows: Query<(), With<bevy::window::PrimaryWindow>>,
    keys: Option<Res<ButtonInput<KeyCode>>>,
    (view, opened, names): (Res<CurrentView>, Res<Opened>, Res<ClusterNames>),
    mut requests: MessageWriter<Do>,
) {
    let dragged = event.pointer_location.position.distance(pressed.at) > CLICK_SLACK;
    // In a presentation a click shows the next bookmark.
    if event.button != PointerButton::Primary || dragged || drag.is_under_way() || presenting.0.on {
        return;
    }
    let more = keys.is_some_and(|keys| {
        keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight, KeyCode::ControlLeft, KeyCode::ControlRight])
    });
    let named = under.part.filter(|_| event.entity == target.0).zip(names.of(&opened));
    let selection = if let Some((part, names)) = named {
        pressed.clicked = None;
        Combine::of(more, false).apply(&view.selection, &names.rows(part as usize))
    } else if let Some(row) = under.row.filter(|_| event.entity == target.0) {
        let mut rows = if more { view.selection.clone() } else { RowSet::EMPTY };
        rows.toggle(row);
        pressed.clicked = Some(row);
        rows
    } else if windows.contains(event.original_event_target()) && !more {
        // A click that bubbles up to the window from a panel is not a click on the background.
        RowSet::EMPTY
    } else {
        return;
    };
    event.propagate(false);
    if selection != view.selection {
        requests.write(Do::person(Edit::Select(selection)));
    }
}
