//! How far the clusters are found again in layouts of other seeds, when a person asks for it.

use std::sync::Arc;

use bevy::prelude::*;
use ndarray::Array2;
use parallax_embedding::Progress;
use parallax_meaning::{ClusterError, ClusterSettings, Clusters, Levels, Stability, cluster};
use parallax_projection::{Layout, ProjectionError, Recipe, Space};
use parallax_session::{JobKind, LaidOut};
use parallax_state::{
    ClusterNames, ClusterStability, CurrentLayout, CurrentView, MeasureStability, Opened, Routed, Shown, Topic,
};

use crate::{
    job::{Jobs, Slot, whole},
    projecting::Projecting,
};

/// Why the stability of clusters is not known.
#[derive(Debug, thiserror::Error)]
pub enum StabilityError {
    /// A layout of another seed cannot be computed.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// Its clusters cannot be found.
    #[error(transparent)]
    Clusters(#[from] ClusterError),
}

impl StabilityError {
    /// Whether the work was canceled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Projection(ProjectionError::Cancelled(_)) | Self::Clusters(ClusterError::Cancelled(_)))
    }
}

/// The share of the progress of a layout and its clusters that is for the layout.
const LAYING_OUT: f32 = 0.9;

/// Lays the rows of `space` out by `recipe` with each of `seeds`, finds the clusters there with the
/// same `settings`, and compares `clusters` with them. `places` returns the coordinates of a layout
/// that clusters are found in. A method without steps has one layout, and nothing is compared.
///
/// # Errors
/// Those of the method and of the clusters.
pub fn stability(
    (clusters, settings): (&Clusters, &ClusterSettings),
    (recipe, space): (&Recipe, &Space),
    seeds: &[u64],
    places: impl Fn(&Layout) -> Array2<f32>,
    progress: &Progress,
) -> Result<Stability, StabilityError> {
    let mut stability = Stability::new(clusters);
    for (number, &seed) in seeds.iter().enumerate() {
        progress.begin(format!("Layout {} of {}", number + 2, seeds.len() + 1));
        let at = |share: f32| (number as f32 + share) / seeds.len() as f32;
        let (start, laid_out) = (at(0.0), at(LAYING_OUT));
        let begun = recipe.with_seed(seed).begin(space, None, &progress.within(start..start))?;
        let Some(mut run) = begun else { break };
        run.finish(&progress.within(start..laid_out))?;
        let found = cluster(places(&run.layout()).view(), settings, &progress.within(laid_out..laid_out))?;
        stability.compare(clusters, &found);
    }
    Ok(stability)
}

/// The seeds besides that of the layout at hand.
#[must_use]
pub fn other_seeds(seed: u64, seeds: usize) -> Vec<u64> {
    (1..seeds as u64).map(|step| seed.wrapping_add(step)).collect()
}

/// Clusters, and the number of seeds.
#[derive(Clone)]
struct Request {
    levels: Arc<Levels>,
    seeds: usize,
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.levels, &other.levels) && self.seeds == other.seeds
    }
}

#[derive(Resource, Default)]
pub(crate) struct Stabilizing {
    slot: Slot<Request, Result<Stability, StabilityError>>,
    /// The number of seeds that was asked for, and for which data. Clusters may still be looked for.
    asked: Option<(usize, u64)>,
}

/// The most seeds. Each is a layout.
const MOST_SEEDS: usize = 100;

pub(crate) fn measure_stability(
    (view, opened, current, shown): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>, Res<Shown>),
    (names, projecting): (Res<ClusterNames>, Res<Projecting>),
    (mut stabilizing, mut found): (ResMut<Stabilizing>, ResMut<ClusterStability>),
    mut requests: MessageReader<Routed<MeasureStability>>,
    mut jobs: Jobs,
) {
    let Stabilizing { slot, asked } = &mut *stabilizing;
    if let Some(Routed(MeasureStability(seeds))) = requests.read().last() {
        *asked = Some(((*seeds).clamp(2, MOST_SEEDS), opened.epoch));
    }
    if jobs.take_cancels().include(JobKind::Stability) {
        slot.clear();
        *asked = None;
    }
    let levels = names.of(&opened).filter(|_| view.naming.shown).map(|names| &names.levels);
    // Other clusters have another stability.
    if slot.busy().is_some_and(|busy| levels.is_none_or(|levels| !Arc::ptr_eq(levels, &busy.levels))) {
        slot.clear();
    }
    asked.take_if(|(_, epoch)| *epoch != opened.epoch || !view.naming.shown);
    let runs = current.steps.as_ref().is_some_and(|steps| steps.running);
    let (Some((seeds, _)), Some(levels), false) = (*asked, levels, runs) else {
        publish(slot, &mut found, &mut jobs);
        return;
    };
    *asked = None;
    let parts = current.of(&opened).zip(opened.embedding.as_ref()).zip(projecting.space());
    let Some(((layout, embedding), space)) = parts else { return };
    let why = match current.method {
        Some(method) if !method.about().is_random => {
            Some(format!("{} gives the same layout for every seed, and so the same clusters.", method.about().noun))
        }
        _ if current.of_more => Some("Compute the layout of the isolated points first.".to_owned()),
        _ if levels.clusters().is_empty() => Some("There are no clusters to find again.".to_owned()),
        _ => None,
    };
    // Layouts of other seeds are whole runs: what else has happened to this one is not in them.
    let laid_out = LaidOut { by: &current.made_by, steps: current.steps.as_ref(), past: current.past };
    let label = view.label_column(&embedding.metadata);
    let made = why.map_or_else(
        || {
            let made_by = laid_out.settings(&view.projection).map_err(|error| error.to_string());
            let made = made_by.and_then(|made_by| {
                let recipe = made_by.recipe(&embedding.metadata, label).map_err(|error| error.to_string())?;
                Ok((made_by, recipe))
            });
            made.map_err(|why| format!("Layouts of other seeds cannot be compared with this one: {why}."))
        },
        Err,
    );
    let (made_by, recipe) = match made {
        Ok(made) => made,
        Err(why) => {
            jobs.toasts.replace(Topic::Stability, |toasts| _ = toasts.warning(why, None));
            return;
        }
    };
    let settings = view.naming.cluster_settings(layout.rows());
    let seen = view.projection.seen(current.method, layout.dims());
    let (space, shown) = (space.clone(), shown.rows.clone());
    let request = Request { levels: levels.clone(), seeds };
    let work = || {
        let levels = levels.clone();
        whole(move |progress| {
            let places = |layout: &Layout| layout.on_screen(seen, shown.as_ref());
            let others = other_seeds(made_by.seed, seeds);
            stability((levels.clusters(), &settings), (&recipe, &space), &others, places, progress)
        })
    };
    // What was measured may be measured again.
    slot.clear();
    slot.want(request, (JobKind::Stability, format!("Comparing {seeds} layouts")), &jobs.wake, work);
    publish(slot, &mut found, &mut jobs);
}

fn publish(slot: &mut Slot<Request, Result<Stability, StabilityError>>, found: &mut ClusterStability, jobs: &mut Jobs) {
    match slot.poll(jobs) {
        Some((request, Ok(stability))) => {
            jobs.toasts.end(Topic::Stability);
            found.0 = Some((request.levels, stability));
        }
        Some((_, Err(error))) if !error.is_cancelled() => {
            let text = format!("The stability of the clusters is not known: {error}.");
            jobs.toasts.replace(Topic::Stability, |toasts| _ = toasts.failed(text, None));
        }
        _ => {}
    }
}
