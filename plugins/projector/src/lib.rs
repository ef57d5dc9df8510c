//! Loading, projections, neighbors and searches, in the background.
//!
//! Each follows the view: when what it says differs from what is there, a `job::Job` begins on the
//! async compute pool; when the view has moved on meanwhile, the job is cancelled and its result dropped.
//! Results become the resources of `parallax_state`. Nothing on the main thread waits, and what failed or was cancelled leaves the last
//! good data and layout in place.

mod exporting;
mod job;
mod loading;
mod measuring;
mod neighboring;
mod projecting;
mod restoring;
mod scopes;
mod searching;
mod showing;
mod stepping;
mod tagging;
mod touring;

use std::{fmt, sync::Arc};

use bevy::prelude::*;
use parallax_session::Action;
use parallax_state::{Do, FrameSystems, JobKind, Running};

pub use loading::{LoadError, Provided, load};

/// Adds the background work.
#[derive(Debug, Default)]
pub struct ProjectorPlugin;

/// Wakes the main loop from another thread, when it rests until something happens.
#[derive(Resource, Clone)]
pub struct Wake(pub Arc<dyn Fn() + Send + Sync>);

impl Plugin for ProjectorPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Wake>()
            .add_plugins((
                exporting::plugin,
                loading::plugin,
                projecting::plugin,
                restoring::plugin,
                measuring::plugin,
                neighboring::plugin,
                searching::plugin,
                showing::plugin,
                tagging::plugin,
                touring::plugin,
            ))
            .configure_sets(
                Update,
                (JobSystems::Clear, JobSystems::Load, JobSystems::Restore, JobSystems::Tag, JobSystems::Derive)
                    .chain()
                    .in_set(FrameSystems::Compute),
            )
            .add_systems(Update, clear.in_set(JobSystems::Clear));
    }
}

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(|| {}))
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wake")
    }
}

/// The order of background work in a frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum JobSystems {
    /// The list of what is running is emptied; each kind of work enters its own.
    Clear,
    /// The embedding, and the files of bookmarks.
    Load,
    /// Bookmarks are put in place.
    Restore,
    /// Its metadata.
    Tag,
    /// What is derived from it.
    Derive,
}

fn clear(mut running: ResMut<Running>) {
    running.bypass_change_detection().0.clear();
}

/// Whether a person has asked to cancel the job that makes this.
fn cancelled(mut requests: MessageReader<Do>, kind: JobKind) -> bool {
    // All are read, lest one of them count in a later frame.
    requests.read().filter(|Do(action)| cancels(action, kind)).count() > 0
}

/// Whether the action cancels the job that makes this.
fn cancels(action: &Action, kind: JobKind) -> bool {
    matches!(action, Action::Cancel) || *action == Action::CancelJob(kind)
}
