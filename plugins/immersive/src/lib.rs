//! The cloud in a headset, by OpenXR.
//!
//! The cloud stands in the room, about a meter and a half across. Hands move, turn and scale it,
//! point at points and select them, and the person turns in steps; all of it becomes the same
//! actions as in the window, which shows the same view. The cloud, its buffers, and the picking are
//! the ones of the window: the eyes are two more cameras.
//!
//! Without the engine, and tested without a runtime:
//! - `room`: where the room lies in the world of the cloud, and standpoints.
//! - `person`: where a person stands, and the one thing that they do: nothing, holding the cloud
//!   (`grab`), growing a sphere, or fading to another standpoint (`comfort`, which has the turns in
//!   steps too).
//! - `hands`: what the hands do in a frame. `status`: what people are told.
//!
//! With the engine:
//! - `act`: what a person asks for. It reads [`Hands`] and does not know where they come from.
//! - `scene`: the floor, the hands, and the ray. `panel`: the panel beside the left hand.
//!   `labels`: the names of what is pointed at and selected. `eyes`: the two cameras.
//!
//! With a runtime:
//! - `runtime`: the connection to OpenXR. `link` begins and ends its frames.
//!
//! The runtime chooses the device, so the program looks for it before it starts the engine
//! ([`Headset::find`]). If there is none, the window opens as usual.

mod act;
mod comfort;
mod eyes;
mod grab;
mod hands;
mod labels;
mod link;
mod panel;
mod person;
mod room;
mod runtime;
mod scene;
mod status;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use bevy::{prelude::*, render::settings::RenderCreation};
use parallax_picking::keep_tree;
use parallax_state::FrameSystems;

pub use comfort::{Fade, SnapTurn};
pub use eyes::{Eye, EyeCamera, eye_camera, put_eye};
pub use grab::Grab;
pub use hands::{Hand, Hands};
pub use person::Person;
pub use room::{Room, Standpoint};
pub use runtime::{Headset, Posture};
pub use status::{End, Unavailable};

/// Shows the cloud in a headset.
pub struct ImmersivePlugin {
    connection: Mutex<Option<(runtime::Runtime, runtime::Session)>>,
}

impl std::fmt::Debug for ImmersivePlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImmersivePlugin").finish_non_exhaustive()
    }
}

/// Whether the cloud is shown in a headset.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Immersion {
    /// Whether the headset is worn and shows it now: not if a menu of the runtime hides it.
    pub is_shown: bool,
    /// Whether the runtime knows where the floor is.
    pub knows_floor: bool,
}

impl ImmersivePlugin {
    /// Returns the plugin for a headset, and how the engine must draw: on the device of the
    /// headset.
    #[must_use]
    pub fn new(headset: Headset) -> (Self, RenderCreation) {
        let (render, connection) = headset.into_parts();
        (Self { connection: Mutex::new(Some(connection)) }, render)
    }
}

impl Plugin for ImmersivePlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(HandsPlugin);
        if let Some((runtime, session)) = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take() {
            link::plugin(app, runtime, session);
        }
    }
}

/// What hands do with the cloud, whoever fills [`Hands`].
#[derive(Debug, Default, Clone, Copy)]
pub struct HandsPlugin;

impl Plugin for HandsPlugin {
    fn build(&self, app: &mut App) {
        let is_shown = |immersion: Res<Immersion>| immersion.is_shown;
        app.init_resource::<Hands>()
            .init_resource::<Immersion>()
            .add_systems(Update, keep_tree.after(FrameSystems::Follow).run_if(is_shown))
            .add_plugins((act::plugin, panel::plugin, labels::plugin, scene::plugin));
    }
}
