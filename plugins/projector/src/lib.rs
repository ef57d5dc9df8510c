//! Background work: loading, projections, neighbors, searches, and exports.
//!
//! Each kind follows the view. If the view differs from the results, a `job::Job` starts on a task
//! pool; if the view changes in the meantime, the job is canceled and its result dropped. Results
//! become the resources of `parallax_state`. The main thread never waits, and a job that fails or
//! is canceled leaves the last data and layout in place.

mod apart;
mod chain;
mod charting;
mod checking;
mod comparing;
mod drafting;
mod exporting;
mod job;
mod kept;
mod live;
mod loading;
mod measuring;
mod moving;
mod naming;
mod neighboring;
mod placing;
mod projecting;
mod quality;
mod remembered;
mod restoring;
mod scopes;
mod searching;
mod second;
mod showing;
mod slot;
mod stabilizing;
mod stepping;
mod tagging;
mod tearing;
mod touring;
mod training;
mod watching;

use bevy::prelude::*;
use parallax_state::{FrameSystems, Running, Unmeasured, Wake};

pub use loading::{Failed, load};
pub use stabilizing::{StabilityError, other_seeds, stability};
pub use training::{OnlySteps, laid_out};
pub use watching::WatchFiles;

/// Adds the background work.
#[derive(Debug, Default)]
pub struct ProjectorPlugin;

impl Plugin for ProjectorPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<apart::Telling>()
            .init_resource::<chain::Chain>()
            .init_resource::<moving::Moving>()
            .init_resource::<training::OpenSeries>()
            .init_resource::<charting::Charting>()
            .init_resource::<comparing::Comparing>()
            .init_resource::<checking::Checking>()
            .init_resource::<drafting::Drafting>()
            .init_resource::<exporting::Exporting>()
            .init_resource::<projecting::Projecting>()
            .init_resource::<restoring::Restoring>()
            .init_resource::<measuring::Measuring>()
            .init_resource::<naming::Namer>()
            .init_resource::<stabilizing::Stabilizing>()
            .init_resource::<placing::Placing>()
            .init_resource::<neighboring::Neighboring>()
            .init_resource::<searching::Searching>()
            .init_resource::<second::Comparer>()
            .init_resource::<showing::Showing>()
            .init_resource::<showing::Sorting>()
            .init_resource::<tagging::Tagging>()
            .init_resource::<tearing::Tearing>()
            .init_resource::<touring::Touring>()
            .init_resource::<watching::Watching>()
            .add_plugins(loading::plugin);
        // One after the other: each lists its jobs, and shows messages.
        let data = (
            clear,
            loading::load_data,
            watching::watch_open.run_if(resource_exists::<WatchFiles>),
            touring::read_and_write_tours,
            restoring::restore_bookmark,
        );
        let layouts = (
            training::find_series,
            projecting::project_view,
            projecting::list_layouts,
            training::list_steps,
            training::play_steps,
            moving::measure_movement,
            measuring::measure_layout,
            comparing::compare_layout.run_if(not(resource_exists::<Unmeasured>)),
            placing::find_unplaced,
            second::compare_embeddings,
        );
        let rows = (
            neighboring::find_neighbors,
            tearing::find_torn,
            searching::find_matches,
            showing::find_shown,
            showing::sort_table,
            charting::count_rows,
            apart::tell_apart,
            checking::check_labels,
            naming::name_clusters,
            drafting::draft_tour,
            stabilizing::measure_stability,
            exporting::write_exports,
        );
        app.add_systems(
            Update,
            (
                data.chain().before(FrameSystems::Settle),
                (tagging::apply_tags, layouts.chain(), rows.chain()).chain().after(FrameSystems::Settle),
            )
                .in_set(FrameSystems::Compute),
        );
    }
}

/// Clears the list of running jobs, to which each kind of work adds its own.
fn clear(mut running: ResMut<Running>) {
    running.bypass_change_detection().0.clear();
}
