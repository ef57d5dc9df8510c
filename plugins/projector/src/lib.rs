//! Background work: loading, projections, neighbors, searches, and exports.
//!
//! Each kind follows the view. If the view differs from the results, a `job::Job` starts on a task
//! pool; if the view changes in the meantime, the job is canceled and its result dropped. Results
//! become the resources of `parallax_state`. The main thread never waits, and a job that fails or
//! is canceled leaves the last data and layout in place.

mod exporting;
mod job;
mod kept;
mod loading;
mod measuring;
mod neighboring;
mod placing;
mod projecting;
mod quality;
mod restoring;
mod scopes;
mod searching;
mod showing;
mod stepping;
mod tagging;
mod touring;
mod turn;

use std::{fmt, sync::Arc};

use bevy::prelude::*;
use parallax_state::{Cancel, FrameSystems, JobKind, Routed, Running};

pub use loading::{LoadError, Provided, load};

/// Adds the background work.
#[derive(Debug, Default)]
pub struct ProjectorPlugin;

/// Wakes the main loop from another thread while it waits for events.
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
                placing::plugin,
                neighboring::plugin,
                searching::plugin,
                showing::plugin,
                tagging::plugin,
                touring::plugin,
            ))
            .configure_sets(
                Update,
                (
                    JobSystems::Clear,
                    JobSystems::Load,
                    JobSystems::Restore,
                    FrameSystems::Settle,
                    JobSystems::Tag,
                    JobSystems::Derive,
                )
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

/// The order of background work within a frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum JobSystems {
    /// Clears the list of running jobs, to which each kind of work adds its own.
    Clear,
    /// Loads embeddings and files of bookmarks.
    Load,
    /// Restores bookmarks.
    Restore,
    /// Applies tags to the metadata.
    Tag,
    /// Computes what depends on the embedding.
    Derive,
}

fn clear(mut running: ResMut<Running>) {
    running.bypass_change_detection().0.clear();
}

/// Returns whether a job of this kind is to end.
fn cancelled(mut cancels: MessageReader<Routed<Cancel>>, kind: JobKind) -> bool {
    // All are read, so that none of them counts in a later frame.
    cancels.read().filter(|cancel| cancel.0.ends(kind)).count() > 0
}
