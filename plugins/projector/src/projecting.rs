//! The layout that the view asks for.
//!
//! Methods without steps are computed again when their settings change. The settings of methods
//! with steps take effect at the next start, except for those that can change during a run. Each
//! method keeps its last layout in 2D and in 3D, which is shown again without computing it.
//!
//! Custom axes without a direction show PCA, so that the stage is not empty. Axes that have been
//! shown stay while the user types others.
//!
//! Isolated rows have layouts of their own. Until the user starts a method with steps for them,
//! they stay in their places among all rows, because isolating should not start a run of minutes.

use std::{borrow::Cow, collections::HashMap, sync::Arc, time::Duration};

use bevy::prelude::*;
use parallax_embedding::{Column, Embedding, Metadata, RowSet};
use parallax_projection::{
    Categories, How, Layout, Method, Projected, ProjectionError, Recipe, Space, TsneConfig, UmapConfig,
    largest_perplexity, project,
};
use parallax_session::{Action, AxisEnd, AxisError, KeptLayout, Pick, Projection, Steer, Steps};
use parallax_state::{
    CurrentLayout, CurrentView, Do, JobKind, KeptLayouts, LayoutQuality, MORPH, Opened, Running, Tempo, ToastAction,
    Toasts, Topic,
};

use crate::{
    JobSystems, Wake, cancels,
    job::{Slot, Work, whole},
    scopes::{Kept, Key, Scope, Shown, is_same},
    stepping::{LearningRate, Live},
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Projecting>().add_systems(Update, (follow, list).chain().in_set(JobSystems::Derive));
}

/// The layouts of a bookmark, to be shown for the open embedding.
pub(crate) type Restored = Vec<Arc<KeptLayout>>;

/// The layouts, and the job that computes one.
#[derive(Resource, Default)]
pub(crate) struct Projecting {
    /// The embedding of the layouts, by [`Opened::epoch`].
    epoch: u64,
    /// The scope of all rows, then those of isolated rows, the newest last.
    scopes: Vec<Scope>,
    /// The recipe of the view's projection, `None` if an axis has no direction, and what it depends
    /// on.
    wanted: Option<(Wanted, Option<Arc<Recipe>>)>,
    slot: Slot<Request, Result<Made, ProjectionError>>,
    /// The layouts of a bookmark that are not taken over yet.
    pub(crate) restored: Option<Restored>,
    /// The index of the current scope.
    at: usize,
    /// The layout that the next run starts from.
    from: Option<(Key, Arc<Layout>)>,
    /// The number of starts so far.
    starts: u64,
}

/// What the recipe of a projection depends on.
type Wanted = (Projection, Pick, u64);

/// The number of scopes that are kept besides that of all rows.
const SCOPES: usize = 8;

#[derive(Debug, Clone, PartialEq)]
struct Request {
    epoch: u64,
    rows: Option<RowSet>,
    key: Key,
    recipe: Arc<Recipe>,
    start: u64,
}

/// The result of a job.
enum Made {
    Whole(Projected),
    /// All steps are done. Their layouts were published one by one.
    Steps,
}

impl Projecting {
    /// Returns the space of the current scope.
    pub(crate) fn space(&self) -> Option<&Arc<Space>> {
        self.scopes.get(self.at).map(|scope| &scope.space)
    }

    /// Starts over with another embedding. A layout that came with it counts as computed.
    fn open(&mut self, opened: &Opened, embedding: &Embedding, current: &CurrentLayout, projection: &Projection) {
        let restored = self.restored.take();
        *self = Self { epoch: opened.epoch, starts: self.starts, restored, ..Self::default() };
        let space = Arc::new(Space::new(embedding.vectors.clone(), embedding.non_finite.clone()));
        let mut kept = HashMap::new();
        let recipe = projection.recipe(&embedding.metadata, None).ok().map(Arc::new);
        if let (Some(layout), Some(method), Some(recipe)) = (current.of(opened), current.method, recipe) {
            let explained_variance = current.explained_variance.clone();
            let shown = Some(Shown { layout: layout.clone(), explained_variance, steps: current.steps.clone() });
            let key = (method, projection.dims);
            let made_by = Arc::new(projection.clone());
            kept.insert(key, Kept { shown, rests: true, start: self.starts, ..Kept::of(recipe, made_by) });
        }
        self.scopes.push(Scope { rows: None, space, kept });
    }

    /// Enters the scope of `rows`. Until it has layouts of its own, methods with steps show that of
    /// more rows.
    fn enter(&mut self, rows: Option<&RowSet>) {
        if self.scopes[self.at].rows.as_ref() == rows {
            return;
        }
        let known = self.scopes.iter().position(|scope| scope.rows.as_ref() == rows);
        self.at = known.unwrap_or_else(|| {
            let kept = self.scopes[self.at].handed_down();
            self.add_scope(rows, kept)
        });
        while self.scopes.len() > SCOPES + 1 {
            let oldest = if self.at == 1 { 2 } else { 1 };
            self.scopes.remove(oldest);
            self.at -= usize::from(self.at > oldest);
        }
    }

    /// Adds a scope. Returns its index.
    fn add_scope(&mut self, rows: Option<&RowSet>, kept: HashMap<Key, Kept>) -> usize {
        let all = &self.scopes[0].space;
        let space = rows.map_or_else(|| all.clone(), |rows| Arc::new(Space::within(all, rows)));
        self.scopes.push(Scope { rows: rows.cloned(), space, kept });
        self.scopes.len() - 1
    }

    /// Takes over the layouts of a bookmark.
    fn take_over(&mut self, embedding: &Embedding, label: Option<&Column>) {
        for brought in self.restored.take().into_iter().flatten() {
            let known = self.scopes.iter().position(|scope| scope.rows == brought.rows);
            let place = known.unwrap_or_else(|| self.add_scope(brought.rows.as_ref(), HashMap::new()));
            let key = (brought.method, brought.dims);
            if self.scopes[place].kept.get(&key).is_some_and(|kept| kept.shows(&brought.layout)) {
                continue;
            }
            // Axes without a direction in these data cannot be computed, but their layout can be
            // shown.
            let nothing = || Recipe { near: brought.projection.near(), how: How::Identity };
            let recipe = brought.projection.recipe(&embedding.metadata, label).unwrap_or_else(|_| nothing());
            let shown = Shown {
                layout: brought.layout.clone(),
                explained_variance: brought.explained_variance.clone(),
                steps: brought.steps.clone(),
            };
            self.starts += 1;
            let kept = Kept {
                shown: Some(shown),
                is_restored: true,
                rests: true,
                start: self.starts,
                of_more: brought.of_more,
                ..Kept::of(Arc::new(recipe), brought.projection.clone())
            };
            self.scopes[place].kept.insert(key, kept);
        }
    }

    /// Returns the layouts of all rows and of the isolated ones, as a bookmark keeps them.
    fn list(&self) -> Vec<Arc<KeptLayout>> {
        let scopes = [0, self.at].into_iter().take(if self.at == 0 { 1 } else { 2 });
        let mut list: Vec<Arc<KeptLayout>> = scopes
            .filter_map(|place| self.scopes.get(place))
            .flat_map(|scope| scope.kept.iter().filter_map(|(key, kept)| kept.keep(*key, scope.rows.as_ref())))
            .collect();
        list.sort_by_key(|kept| (kept.rows.is_some(), kept.method.name(), kept.dims.count()));
        list
    }

    fn kept(&mut self, key: Key) -> Option<&mut Kept> {
        self.scopes.get_mut(self.at)?.kept.get_mut(&key)
    }

    /// Returns the recipe of the view's projection, and writes the ends of custom axes to `ends`.
    fn recipe(
        &mut self,
        view: &CurrentView,
        embedding: &Embedding,
        metadata_revision: u64,
        ends: &mut Vec<Result<usize, String>>,
    ) -> Option<Arc<Recipe>> {
        if let Some(((projection, label_by, revision), recipe)) = &self.wanted
            && (projection, label_by, *revision) == (&view.projection, &view.label_by, metadata_revision)
        {
            return recipe.clone();
        }
        let (projection, metadata) = (&view.projection, &embedding.metadata);
        let label = view.label_column(metadata);
        let end = |place: usize| {
            let end = AxisEnd { axis: place / 2, right: place % 2 == 1 };
            projection.end(end, metadata, label).map(|rows| rows.len()).map_err(|error| reason(&error))
        };
        *ends = if projection.method == Method::Custom { (0..6).map(end).collect() } else { Vec::new() };
        let recipe = projection.recipe(metadata, label).ok().map(Arc::new);
        let recipe = match (&self.wanted, recipe) {
            // The recipe may be the same with other metadata.
            (Some((_, Some(known))), Some(new)) if *known == new => Some(known.clone()),
            (_, recipe) => recipe,
        };
        self.wanted = Some(((projection.clone(), view.label_by.clone(), metadata_revision), recipe.clone()));
        recipe
    }

    /// Returns the projection that is computed: `projection`, or PCA instead of custom axes that
    /// have no direction and have not been shown.
    fn in_effect<'a>(
        &self,
        projection: &'a Projection,
        recipe: Option<Arc<Recipe>>,
        metadata: &Metadata,
    ) -> (Cow<'a, Projection>, Option<Arc<Recipe>>) {
        let key = (projection.method, projection.dims);
        let kept = self.scopes.get(self.at).and_then(|scope| scope.kept.get(&key));
        let is_shown = kept.is_some_and(|kept| kept.shown.is_some());
        let came_to_nothing = kept.is_some_and(|kept| kept.rests && recipe.as_ref() == Some(&kept.recipe));
        if projection.method != Method::Custom || is_shown || recipe.is_some() && !came_to_nothing {
            return (Cow::Borrowed(projection), recipe);
        }
        let pca = Projection { method: Method::Pca, ..projection.clone() };
        let recipe = pca.recipe(metadata, None).ok().map(Arc::new);
        (Cow::Owned(pca), recipe)
    }

    /// Applies an action to the layout `key`.
    fn steer(&mut self, key: Key, action: &Action) {
        let Some(scope) = self.scopes.get_mut(self.at) else { return };
        let kept = scope.kept.get_mut(&key);
        // A bookmark does not keep the state of a run, so the run restarts from its layout.
        let begins = matches!(action, Action::Steer(Steer::Resume | Steer::Perturb))
            && kept.as_ref().is_some_and(|kept| kept.is_restored);
        let action = if begins { &Action::Steer(Steer::RestartHere) } else { action };
        match (action, kept) {
            (action, Some(kept))
                if kept.live.is_some()
                    && (cancels(action, JobKind::Project) || *action == Action::Steer(Steer::Pause)) =>
            {
                kept.rests = true;
                self.slot.clear();
            }
            (action, _) if cancels(action, JobKind::Project) => self.slot.cancel(),
            (Action::Steer(steer @ (Steer::Restart | Steer::RestartHere)), Some(kept)) if kept.restarts() => {
                let from = kept.shown.as_ref().filter(|_| *steer == Steer::RestartHere);
                self.from = from.map(|shown| (key, shown.layout.clone()));
                scope.kept.remove(&key);
                self.slot.clear();
            }
            (Action::Steer(steer @ (Steer::Resume | Steer::Perturb)), Some(kept)) => {
                let Some(live) = &kept.live else { return };
                let finished = kept.shown.as_ref().and_then(|shown| shown.steps.as_ref());
                let mut steering = live.steering();
                steering.perturb |= *steer == Steer::Perturb;
                steering.extend |= finished.is_some_and(|steps| steps.iteration >= steps.iterations);
                drop(steering);
                if kept.rests {
                    self.starts += 1;
                    (kept.rests, kept.start) = (false, self.starts);
                }
            }
            _ => {}
        }
    }

    /// Starts to compute the layout by `recipe`, which comes from `projection`, unless it is there.
    fn want(&mut self, projection: &Projection, recipe: &Arc<Recipe>, wake: &Wake) {
        let key = (projection.method, projection.dims);
        let stepping = matches!(recipe.how, How::Tsne { .. } | How::Umap { .. });
        let Some(Scope { rows, space, kept }) = self.scopes.get_mut(self.at) else { return };
        let other = |kept: &Kept| !Arc::ptr_eq(&kept.recipe, recipe) && kept.recipe != *recipe;
        match kept.get_mut(&key) {
            Some(kept) if !stepping && (other(kept) || kept.lacks(projection)) => {
                (kept.recipe, kept.rests, kept.is_restored) = (recipe.clone(), false, false);
                kept.projection = Arc::new(projection.clone());
            }
            // What failed is tried again with other settings.
            Some(known) if known.shown.is_none() && known.rests && other(known) => drop(kept.remove(&key)),
            _ => {}
        }
        let (starts, from) = (&mut self.starts, &mut self.from);
        let kept = kept.entry(key).or_insert_with(|| {
            *starts += 1;
            let from = from.take().filter(|(of, _)| *of == key).map(|(_, layout)| layout);
            let made_by = Arc::new(projection.clone());
            Kept { live: stepping.then(Arc::default), start: *starts, from, ..Kept::of(recipe.clone(), made_by) }
        });
        if kept.rests {
            self.slot.clear();
            return;
        }
        let (space, rows) = (space.clone(), rows.clone());
        let (recipe, live, waking) = (kept.recipe.clone(), kept.live.clone(), wake.clone());
        let from = kept.from.clone();
        let request = Request { epoch: self.epoch, rows, key, recipe: recipe.clone(), start: kept.start };
        let work = || -> Work<Result<Made, ProjectionError>> {
            match live {
                Some(live) => Box::new(move |progress| {
                    Box::pin(async move { live.go(recipe, space, from, waking, progress).await.map(|()| Made::Steps) })
                }),
                None => whole(move |progress| project(&recipe, &space, progress).map(Made::Whole)),
            }
        };
        self.slot.want(request, (JobKind::Project, format!("Computing {}", title(key.0))), wake, work);
    }

    /// Takes over the result of the job.
    fn collect(&mut self, projection: &Projection, running: &mut Running, toasts: &mut Toasts) {
        let Some((request, made)) = self.slot.poll(running) else { return };
        let scope = self.scopes.iter_mut().find(|scope| scope.rows == request.rows);
        let Some(kept) = scope.and_then(|scope| scope.kept.get_mut(&request.key)) else { return };
        kept.rests = true;
        match made {
            Ok(Made::Whole(projected)) => {
                if let Some(note) = projected.frame.note(projection.dims.count()) {
                    let text = format!("{}: {note}.", title(request.key.0));
                    toasts.about(Topic::Data, |toasts| _ = toasts.warning(text, None));
                }
                let explained_variance = projected.explained_variance_ratio.into();
                kept.shown = Some(Shown { layout: Arc::new(projected.layout), explained_variance, steps: None });
            }
            Ok(Made::Steps) | Err(ProjectionError::Cancelled(_)) => {}
            Err(error) => {
                let text = format!("{}: {error}.", title(request.key.0));
                let way_out = largest_possible(&error, projection);
                toasts.about(Topic::Data, |toasts| toasts.failed(text, way_out));
            }
        }
    }
}

/// Offers the largest possible perplexity or number of neighbors, if the one that was asked for is
/// too large.
fn largest_possible(error: &ProjectionError, projection: &Projection) -> Option<ToastAction> {
    let (caption, projection) = match error {
        ProjectionError::PerplexityTooLarge { points, .. } => {
            let perplexity = largest_perplexity(*points).floor();
            let tsne = TsneConfig { perplexity: Some(perplexity), ..projection.tsne.clone() };
            (format!("Use a perplexity of {perplexity}"), Projection { tsne, ..projection.clone() })
        }
        ProjectionError::TooManyNeighbors { largest, .. } => {
            let umap = UmapConfig { neighbors: Some(*largest), ..projection.umap.clone() };
            (format!("Use {largest} neighbors"), Projection { umap, ..projection.clone() })
        }
        _ => return None,
    };
    Some(ToastAction { caption, action: Action::Configure(Box::new(projection)) })
}

/// Publishes the newest layouts, as bookmarks would keep them.
fn list(
    projecting: Res<Projecting>,
    current: Res<CurrentLayout>,
    mut list: ResMut<KeptLayouts>,
    mut seen: Local<(u64, u64, usize)>,
) {
    let now = (current.epoch, current.revision, projecting.at);
    if std::mem::replace(&mut *seen, now) != now {
        let before = std::mem::take(&mut list.0);
        list.0 = projecting.list();
        // Bookmarks share a layout that has not changed.
        for kept in &mut list.0 {
            if let Some(same) = before.iter().find(|before| is_same(before, kept)) {
                *kept = same.clone();
            }
        }
    }
}

pub(crate) fn follow(
    (view, opened): (Res<CurrentView>, Res<Opened>),
    mut projecting: ResMut<Projecting>,
    (mut current, mut quality): (ResMut<CurrentLayout>, ResMut<LayoutQuality>),
    tempo: Res<Tempo>,
    (mut running, mut toasts): (ResMut<Running>, ResMut<Toasts>),
    wake: Res<Wake>,
    mut requests: MessageReader<Do>,
) {
    let projecting = &mut *projecting;
    let Some(embedding) = &opened.embedding else { return };
    if projecting.epoch != opened.epoch {
        projecting.open(&opened, embedding, &current, &view.projection);
    }
    if projecting.restored.is_some() {
        projecting.take_over(embedding, view.label_column(&embedding.metadata));
    }
    projecting.enter(view.isolated());
    let ends = &mut current.bypass_change_detection().ends;
    let recipe = projecting.recipe(&view, embedding, opened.metadata_revision, ends);
    let (projection, recipe) = projecting.in_effect(&view.projection, recipe, &embedding.metadata);
    let key = (projection.method, projection.dims);
    requests.read().for_each(|Do(action)| projecting.steer(key, action));
    if let Some(recipe) = &recipe {
        projecting.want(&projection, recipe, &wake);
    }
    projecting.collect(&view.projection, &mut running, &mut toasts);
    let Some(kept) = projecting.kept(key) else { return };
    let of_more = kept.of_more;
    let outdated = kept.has_start() && recipe.as_ref().is_some_and(|recipe| !same_start(&kept.recipe, recipe));
    if let Some((live, recipe)) = kept.live.clone().zip(recipe) {
        adjust(&live, &mut kept.recipe, &recipe);
        if let Some(latest) = live.take() {
            let steps = Some(Steps { running: !kept.rests && latest.steps.running, outdated, ..latest.steps });
            let shown = Shown { layout: Arc::new(latest.layout), explained_variance: Arc::new([]), steps };
            show(&mut current, kept, (key, opened.epoch), shown.clone(), glide(latest.took));
            kept.shown = Some(shown);
            if let Some(measured) = latest.quality {
                measured.publish((opened.epoch, current.revision), &mut quality);
            }
        }
    }
    let Some(shown) = &mut kept.shown else { return };
    if let Some(steps) = &mut shown.steps {
        (steps.running, steps.outdated) = (steps.running && !kept.rests, outdated);
    }
    let elsewhere = current.epoch != opened.epoch || current.method != Some(key.0);
    if elsewhere
        || current.of_more != of_more
        || current.layout.as_ref().is_none_or(|layout| !Arc::ptr_eq(layout, &shown.layout))
    {
        let shown = shown.clone();
        show(&mut current, kept, (key, opened.epoch), shown, tempo.0);
    } else if current.steps != shown.steps {
        current.steps.clone_from(&shown.steps);
    }
}

/// Passes on the settings that can change during a run.
fn adjust(live: &Live, kept: &mut Arc<Recipe>, wanted: &Arc<Recipe>) {
    let (How::Tsne { config, labels }, How::Tsne { config: new, labels: new_labels }) = (&kept.how, &wanted.how) else {
        return;
    };
    let mut steering = live.steering();
    let mut changed = false;
    if config.learning_rate != new.learning_rate {
        steering.learning_rate = Some(LearningRate(new.learning_rate));
        changed = true;
    }
    if labels != new_labels || config.supervise != new.supervise {
        let none: Categories = Arc::from([]);
        steering.supervision = Some((new_labels.clone().unwrap_or(none), new.supervise));
        changed = true;
    }
    drop(steering);
    if changed {
        let mut recipe = (**kept).clone();
        if let How::Tsne { config, labels } = &mut recipe.how {
            (config.learning_rate, config.supervise) = (new.learning_rate, new.supervise);
            labels.clone_from(new_labels);
        }
        *kept = Arc::new(recipe);
    }
}

/// Returns whether two recipes are equal, apart from settings that can change during a run.
fn same_start(a: &Recipe, b: &Recipe) -> bool {
    let (How::Tsne { config, .. }, How::Tsne { config: other, .. }) = (&a.how, &b.how) else { return a == b };
    let other = TsneConfig { learning_rate: config.learning_rate, supervise: config.supervise, ..other.clone() };
    a.near == b.near && *config == other
}

/// Returns how long points move from one step to the next: as long as a step takes, or not at all
/// if that is a frame or two.
fn glide(step: Duration) -> Duration {
    if step < Duration::from_millis(40) { Duration::ZERO } else { step.min(MORPH) }
}

fn show(current: &mut CurrentLayout, kept: &Kept, ((method, _), epoch): (Key, u64), shown: Shown, glide: Duration) {
    current.made_by = kept.projection.clone();
    current.of_more = kept.of_more;
    current.layout = Some(shown.layout);
    current.explained_variance = shown.explained_variance;
    current.steps = shown.steps;
    current.method = Some(method);
    current.glide = glide;
    current.epoch = epoch;
    current.revision += 1;
}

/// Returns what is wrong with an end of an axis, without naming the end.
fn reason(error: &AxisError) -> String {
    match error {
        AxisError::Empty(_) => String::new(),
        AxisError::NoMatch(_) => "No match".into(),
        AxisError::Search(_, error) => error.to_string(),
    }
}

fn title(method: Method) -> &'static str {
    match method {
        Method::Pca => "PCA",
        Method::Tsne => "t-SNE",
        Method::Umap => "UMAP",
        Method::Custom => "custom axes",
        Method::Identity => "the vectors as they are",
    }
}
