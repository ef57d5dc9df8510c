//! What plugins share: the engine side of the session.
//!
//! Panels, pointer and keys write [`Do`] messages. One system (`actions`) logs them and routes each
//! to what serves it: the view, the tour, the presentation, or background work ([`Routed`]). Other
//! plugins compute what follows from the view and publish it here as resources (`data`): the
//! current data, the layout, neighbors, matches, running jobs and [`Toasts`]. No plugin needs to
//! know another one for this.
//!
//! This crate neither computes nor draws.

mod actions;
mod data;
mod pending;
mod region;
mod seen;
mod toasts;
mod tour;
mod unsaved;

use bevy::prelude::*;

pub use actions::{
    ActionLog, Cancel, Chosen, CurrentView, Do, DraftTour, EnterHeadset, FitAll, FlyTo, MeasureStability, Propose,
    Reload, Replay, Requester, Requests, Retry, Routed, Settled, TourFile,
};
pub use data::{
    CameraPose, ClusterNames, ClusterStability, CurrentApart, CurrentCharts, CurrentCompared, CurrentHeadset,
    CurrentLayout, CurrentMovement, CurrentSteps, CurrentSuspects, Hovered, LayoutComparison, LayoutQuality, MORPH,
    Matches, Motion, MovedCamera, MovedCameras, Neighborhood, Opened, Pointed, PointedHalf, Running, ScreenArea,
    SecondPose, Shown, StepLayouts, TableOrder, Took, Torn, Unmeasured, Unplaced, Watching,
};
pub use pending::{MANY, Pending, Wake};
pub use region::Region;
pub use seen::Seen;
pub use toasts::{Toasts, Topic};
pub use tour::{CurrentTour, KeptLayouts, Leaving, PointerRests, Presenting, TakenUp, Tempo, Work, eased};
pub use unsaved::SavedTags;

/// The order of a frame, in [`Update`].
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameSystems {
    /// Actions change the view.
    Act,
    /// Jobs start and finish.
    Compute,
    /// The view takes over the results of actions: within [`FrameSystems::Compute`], after loading
    /// and before what depends on the view and the data.
    Settle,
    /// Points and camera follow.
    Follow,
}

/// Adds the shared state and the system that applies actions.
#[derive(Debug, Default)]
pub struct StatePlugin;

impl Plugin for StatePlugin {
    fn build(&self, app: &mut App) {
        app.configure_sets(Update, (FrameSystems::Act, FrameSystems::Compute, FrameSystems::Follow).chain())
            .configure_sets(Update, FrameSystems::Settle.in_set(FrameSystems::Compute))
            .add_plugins((
                actions::plugin,
                data::plugin,
                pending::plugin,
                region::plugin,
                toasts::plugin,
                tour::plugin,
                unsaved::plugin,
            ));
    }
}
