//! The layout that the view asks for.
//!
//! [`project_view`] reads the view and the actions, tells the current layout what happens, gives it the
//! job that it needs, and publishes what it shows. The rules are those of [`kept`](crate::kept).
//! Each method keeps its last layout in 2D and in 3D, and isolated rows have layouts of their own
//! ([`scopes`](crate::scopes)). Each step of a training has layouts of its own, and may have one that was
//! computed together with those of the others ([`chain`](crate::chain)), which goes before them.
//!
//! ```text
//!     projecting ──> scopes ──> kept ──> live ──> quality
//!         ├──> chain ──> kept, job
//!         ├──> stepping ──> live
//!         └──> job ──> slot      measuring ──> projecting, quality, job
//! ```

use std::{sync::Arc, time::Duration};

use bevy::prelude::*;
use parallax_embedding::{Embedding, RowSet};
use parallax_formats::{Moves, Problem};
use parallax_projection::{Coordinates, Frame, Layout, Method, Projected, ProjectionError, Recipe, Space, project};
use parallax_session::{
    Action, AxisEnd, AxisError, Edit, JobKind, Past, Pick, Projection, Steer, ToastAction, Training,
};
use parallax_state::{
    CurrentLayout, CurrentView, KeptLayouts, LayoutQuality, MORPH, Opened, Routed, Seen, Tempo, Topic, Unmeasured,
};
use parallax_tour::KeptLayout;

use crate::{
    Failed, Wake,
    chain::{Chain, Linked, Material, alike},
    job::{Jobs, Slot, Work, whole},
    kept::{Effect, Event, Kept, LayoutKey, Picture, Wanted, in_effect},
    live::{Latest, Live},
    scopes::Scopes,
    stepping::run,
    training::{OpenSeries, empty_step, unread_step},
};

/// The layouts of a bookmark, to be shown for the open embedding.
pub(crate) struct Restored {
    pub(crate) layouts: Vec<Arc<KeptLayout>>,
    /// The one that the bookmark shows.
    pub(crate) shown: LayoutKey,
}

#[derive(Resource, Default)]
pub(crate) struct Projecting {
    /// `None` until an embedding is open.
    layouts: Option<Layouts>,
    /// The layouts of other steps of the training, those that were left last at the end.
    others: Vec<Layouts>,
    /// The layouts of a bookmark that are not taken over yet.
    pub(crate) restored: Option<Restored>,
}

/// The most bytes of vectors that the layouts of other steps hold.
const OTHERS: usize = 1 << 30;

impl Projecting {
    /// Makes the layouts of what is open the current ones. Those of a step that was left wait for its
    /// return.
    fn enter(&mut self, opened: &Opened, embedding: &Embedding, measures: bool) -> &mut Layouts {
        if let Some(mut left) = self.layouts.take_if(|layouts| layouts.epoch != opened.epoch) {
            if left.rows_epoch == opened.rows_epoch {
                left.slot.clear();
                self.others.push(left);
            } else {
                self.others.clear();
            }
            let most = OTHERS / (embedding.rows() * embedding.vectors.dims() * size_of::<f32>()).max(1);
            self.others.drain(..self.others.len().saturating_sub(most));
            if let Some(known) = self.others.iter().position(|layouts| layouts.place == opened.place) {
                self.layouts = Some(Layouts { epoch: opened.epoch, ..self.others.remove(known) });
            }
        }
        self.layouts.get_or_insert_with(|| Layouts::new(opened, embedding, measures))
    }

    /// Takes another listing of the run. Layouts of other steps are dropped if their files have changed.
    pub(crate) fn relist(&mut self, moves: &Moves) {
        if let Some(layouts) = &mut self.layouts {
            layouts.place = moves.now(layouts.place).unwrap_or(layouts.place);
        }
        self.others.retain_mut(|layouts| {
            let now = moves.unchanged(layouts.place);
            layouts.place = now.unwrap_or(layouts.place);
            now.is_some()
        });
    }

    /// Returns the space of the current scope.
    pub(crate) fn space(&self) -> Option<&Arc<Space>> {
        self.layouts.as_ref().map(|layouts| layouts.scopes.space())
    }

    /// Returns the space of all rows of the embedding of this [`Opened::epoch`].
    pub(crate) fn whole_space(&self, epoch: u64) -> Option<&Arc<Space>> {
        self.layouts.as_ref().filter(|layouts| layouts.epoch == epoch).map(|layouts| layouts.scopes.whole())
    }
}

/// The layouts of an embedding, and the job that computes one.
struct Layouts {
    /// The embedding, by [`Opened::epoch`].
    epoch: u64,
    /// Its rows, by [`Opened::rows_epoch`].
    rows_epoch: u64,
    /// Its place, as [`Opened::place`].
    place: (usize, usize),
    /// The layout that the bookmark shows that was restored last.
    brought: Option<LayoutKey>,
    /// No layouts, with which one that has a scale of its own shares it.
    alone: Arc<[Arc<Layout>]>,
    /// Whether runs are measured on their way.
    measures: bool,
    scopes: Scopes,
    /// The recipe of the view's projection, `None` if an axis has no direction, and what it depends
    /// on.
    recipe: Option<(Depends, Option<Arc<Recipe>>)>,
    /// Whether the labels of a recipe have changed since, and the revision of the metadata.
    relabeled: Option<(Arc<Recipe>, u64, bool)>,
    slot: Slot<Request, Result<Made, ProjectionError>>,
}

/// What the recipe of a projection depends on.
type Depends = (Projection, Pick, u64);

/// What a job computes: a layout of the rows of a scope.
#[derive(Clone)]
struct Request {
    scope: Arc<Space>,
    key: LayoutKey,
    recipe: Arc<Recipe>,
    live: Option<Arc<Live>>,
}

/// The result of a job.
enum Made {
    Whole(Projected),
    /// All steps are done. Their layouts were published one by one.
    Steps,
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.scope, &other.scope)
            && self.live.as_ref().map(Arc::as_ptr) == other.live.as_ref().map(Arc::as_ptr)
            && (self.key, &self.recipe) == (other.key, &other.recipe)
    }
}

impl Layouts {
    /// Starts without a layout.
    fn new(opened: &Opened, embedding: &Embedding, measures: bool) -> Self {
        let space = Arc::new(Space::new(embedding.vectors.clone(), embedding.non_finite.clone()));
        Self {
            epoch: opened.epoch,
            rows_epoch: opened.rows_epoch,
            place: opened.place,
            brought: None,
            alone: Arc::default(),
            measures,
            scopes: Scopes::new(space),
            recipe: None,
            relabeled: None,
            slot: Slot::default(),
        }
    }

    /// Returns the recipe of the view's projection, and writes the ends of custom axes to `ends`.
    fn recipe(
        &mut self,
        view: &CurrentView,
        embedding: &Embedding,
        metadata_revision: u64,
        ends: &mut Vec<Result<usize, String>>,
    ) -> Option<Arc<Recipe>> {
        if let Some(((projection, label_by, revision), recipe)) = &self.recipe
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
        let has_ends = projection.method.about().coordinates == Coordinates::Axes;
        *ends = if has_ends { (0..6).map(end).collect() } else { Vec::new() };
        let recipe = projection.recipe(metadata, label).ok().map(Arc::new);
        let recipe = match (&self.recipe, recipe) {
            // The recipe may be the same with other metadata.
            (Some((_, Some(known))), Some(new)) if *known == new => Some(known.clone()),
            (_, recipe) => recipe,
        };
        self.recipe = Some(((projection.clone(), view.label_by.clone(), metadata_revision), recipe.clone()));
        recipe
    }

    /// Returns what has made the layout `key` what it is, given the metadata as they are now.
    fn past(&mut self, key: LayoutKey, embedding: &Embedding, metadata_revision: u64) -> Option<Past> {
        let kept = self.scopes.kept(key)?;
        // Only then is the recipe that of the settings, and can it be told that the labels were others.
        if kept.past != Past::Settings || !kept.projection.is_supervised() {
            return Some(kept.past);
        }
        let known = self
            .relabeled
            .as_ref()
            .filter(|(recipe, revision, _)| Arc::ptr_eq(recipe, &kept.recipe) && *revision == metadata_revision);
        let is_other = || kept.projection.recipe(&embedding.metadata, None).is_ok_and(|recipe| recipe != *kept.recipe);
        let is_relabeled = known.map_or_else(is_other, |known| known.2);
        self.relabeled = Some((kept.recipe.clone(), metadata_revision, is_relabeled));
        Some(if is_relabeled { Past::Relabeled } else { kept.past })
    }

    /// Tells the layout `key` what happens, and gives it the job that it needs.
    fn tell(&mut self, (key, wanted): (LayoutKey, Option<Wanted<'_>>), event: Event, wake: &Wake) {
        let (recipe, live) = match self.scopes.tell(key, wanted, event) {
            Effect::Rest => {
                self.slot.clear();
                return;
            }
            Effect::Compute(recipe) => (recipe, None),
            Effect::Run(recipe, live, news) => {
                live.tell(news);
                (recipe, Some(live))
            }
        };
        let (scope, waking) = (self.scopes.space().clone(), wake.clone());
        let measures = self.measures;
        let request = Request { scope: scope.clone(), key, recipe: recipe.clone(), live: live.clone() };
        let work = || -> Work<Result<Made, ProjectionError>> {
            match live {
                Some(live) => Box::new(move |progress| {
                    Box::pin(async move {
                        run(&live, &recipe, &scope, (waking, measures), progress).await.map(|()| Made::Steps)
                    })
                }),
                None => whole(move |progress| project(&recipe, &scope, progress).map(Made::Whole)),
            }
        };
        self.slot.want(request, (JobKind::Project, format!("Computing {}", key.0.about().noun)), wake, work);
    }

    /// Returns how the job has ended, and shows messages about it.
    fn ended(&mut self, view: &CurrentView, opened: &Opened, jobs: &mut Jobs, failed: &mut Failed) -> Option<Event> {
        let (request, made) = self.slot.poll(jobs)?;
        let (projection, toasts) = (&view.projection, &mut jobs.toasts);
        failed.0 = None;
        let method = request.key.0;
        let title = method.about().noun;
        Some(match made {
            Ok(Made::Whole(projected)) => {
                if let Some(note) = projected.frame.note(projection.dims.count()) {
                    let text = format!("{title}: {note}.");
                    toasts.about(Topic::Data, |toasts| _ = toasts.warning(text, None));
                }
                let explained_variance = projected.explained_variance_ratio.into();
                let frame = projected.frame;
                Event::Made(Picture { layout: projected.layout, frame, explained_variance, steps: None })
            }
            Ok(Made::Steps) => Event::Done,
            Err(ProjectionError::Cancelled(_)) => Event::Cancel,
            Err(error) => {
                let text = format!("{title}: {error}.");
                let action = largest_possible(&error, method, projection);
                toasts.about(Topic::Data, |toasts| _ = toasts.failed(text, action));
                failed.0 = match error {
                    ProjectionError::Damaged(damaged) => Some(damaged.into()),
                    error => opened.source.as_ref().map(|source| Problem::error(&source.path, error.to_string())),
                };
                Event::Failed
            }
        })
    }

    /// Returns the result of the last step of the layout `key`, if there is a new one.
    fn latest(&self, key: LayoutKey) -> Option<Latest> {
        self.scopes.kept(key)?.live()?.take()
    }
}

pub(crate) fn project_view(
    (view, opened): (Res<CurrentView>, Res<Opened>),
    mut projecting: ResMut<Projecting>,
    (mut current, mut quality): (ResMut<CurrentLayout>, ResMut<LayoutQuality>),
    (tempo, unmeasured): (Res<Tempo>, Option<Res<Unmeasured>>),
    (mut jobs, mut failed): (Jobs, ResMut<Failed>),
    (mut found, mut chain): (ResMut<OpenSeries>, ResMut<Chain>),
    mut steers: MessageReader<Routed<Steer>>,
) {
    let Some(embedding) = &opened.embedding else { return };
    let restored = projecting.restored.take();
    let layouts = projecting.enter(&opened, embedding, unmeasured.is_none());
    if let Some(restored) = restored {
        layouts.scopes.restore(&restored.layouts, &embedding.metadata, view.label_column(&embedding.metadata));
        layouts.brought = Some(restored.shown);
    }
    layouts.scopes.enter(view.isolated());
    let ends = &mut current.bypass_change_detection().ends;
    let recipe = layouts.recipe(&view, embedding, opened.metadata_revision, ends);
    let asked = layouts.scopes.kept((view.projection.method, view.projection.dims));
    let (projection, recipe) = in_effect(asked, &view.projection, recipe, &embedding.metadata);
    let key = (projection.method, projection.dims);
    let now = (key, recipe.as_ref().map(|recipe| Wanted { recipe, projection: &projection }));
    let cancels = jobs.take_cancels();
    let steered: Vec<Steer> = steers.read().map(|Routed(steer)| *steer).collect();
    chain.go_on(&mut jobs, cancels.include(JobKind::Training));
    mark_steps(&chain, &mut found, &mut jobs);
    if jobs.take_retries(JobKind::Training) {
        chain.clear();
    }
    let glides = if view.training.playing { tempo.0.min(view.training.speed.stay()) } else { tempo.0 };
    let linking = Linking { view: &view, opened: &opened, found: &found, glide: glides };
    if linking.shows(&mut chain, layouts, now, &steered, (&mut current, &mut jobs)) {
        // What runs for this step alone waits until it is shown.
        layouts.slot.clear();
        return;
    }
    steered.iter().for_each(|steer| layouts.tell(now, Event::Steer(*steer), &jobs.wake));
    if cancels.include(JobKind::Project) {
        layouts.tell(now, Event::Cancel, &jobs.wake);
    }
    layouts.tell(now, Event::Compare, &jobs.wake);
    if let Some(event) = layouts.ended(&view, &opened, &mut jobs, &mut failed) {
        layouts.tell(now, event, &jobs.wake);
    }
    let (mut glides, mut measured) = (glides, None);
    if let Some(latest) = layouts.latest(key) {
        (glides, measured) = (glide(latest.took), latest.quality);
        let (layout, steps) = (Arc::new(latest.layout), Some(latest.steps));
        let picture = Picture { layout, frame: Frame::default(), explained_variance: Arc::new([]), steps };
        layouts.tell(now, Event::Stepped(picture), &jobs.wake);
    }
    let past = layouts.past(key, embedding, opened.metadata_revision);
    if let Some((kept, past)) = layouts.scopes.kept(key).zip(past)
        && let Some(picture) = kept.picture()
    {
        let (made_by, of_more) = (&kept.projection, kept.is_of_more());
        let showing = Showing { picture, made_by, past, of_more, scaled_with: &layouts.alone };
        showing.publish(&mut current, key.0, &opened, glides);
    }
    if let Some(measured) = measured {
        quality.put((opened.epoch, current.revision), measured.figures, measured.kept, measured.errors);
    }
}

/// Marks the steps that the chain could not read or lay out. Each is said once.
fn mark_steps(chain: &Chain, found: &mut ResMut<OpenSeries>, jobs: &mut Jobs) {
    let new: Vec<(usize, &str)> = chain.unread().filter(|(place, _)| !found.is_unread(*place)).collect();
    for (place, why) in new {
        if let Some(number) = found.mark(place, why) {
            jobs.toasts.warning(unread_step(number, why), None);
        }
    }
    let new: Vec<usize> = chain.empty().filter(|place| !found.is_marked(*place)).collect();
    for place in new {
        if let Some(number) = found.mark_empty(place) {
            jobs.toasts.warning(empty_step(number), None);
        }
    }
}

/// What decides whether the layout of a chain is shown.
struct Linking<'a> {
    view: &'a CurrentView,
    opened: &'a Opened,
    found: &'a OpenSeries,
    glide: Duration,
}

impl Linking<'_> {
    /// Asks for the layouts of all steps if they are laid out together, and shows that of the open one.
    /// Returns whether it is shown, or will be and nothing else is: then the step before stays on
    /// screen.
    fn shows(
        &self,
        chain: &mut Chain,
        layouts: &Layouts,
        (key, wanted): (LayoutKey, Option<Wanted<'_>>),
        steered: &[Steer],
        (current, jobs): (&mut ResMut<CurrentLayout>, &mut Jobs),
    ) -> bool {
        let Self { view, opened, found, glide } = self;
        let (Some(series), Some(source), Some(embedding), Some(true)) =
            (&found.series, &opened.source, &opened.embedding, view.training.together)
        else {
            return false;
        };
        if embedding.rows() != series.shape().0 {
            // It is the odd one, whatever is open.
            return false;
        }
        let own = layouts.scopes.kept(key);
        let isolated = view.isolated();
        let restarts = steered.contains(&Steer::Restart) && chain.is_of(series, key, chain.rows());
        // As for a single embedding, a method that runs in steps shows the layout of more rows until a
        // person starts it for those that are isolated.
        let rows = isolated.filter(|rows| !key.0.about().has_steps || restarts || chain.has(series, key, rows));
        // A bookmark has its layout, and shows it until a person goes to another step. It is the same if
        // it was made here; its layouts by other methods are not what it shows.
        let rests = own.filter(|_| layouts.brought == Some(key)).and_then(Kept::picture);
        let is_its_own = |picture: &Picture| !chain.has_made(&picture.layout, (series, key, rows), opened.place.1);
        if let Some(Wanted { recipe, projection }) = wanted
            && (chain.is_of(series, key, rows) || !rests.is_some_and(is_its_own))
        {
            let numbers: Vec<u64> = alike(series).iter().map(|(number, _)| *number).collect();
            let together = view.training.together(key.0, &numbers);
            let material = Material { source, open: (opened.place.1, embedding) };
            chain.want((series, together), (key, recipe, projection), (rows, restarts), &material, &jobs.wake);
        }
        if !chain.is_of(series, key, rows) {
            return false;
        }
        let place = opened.place.1;
        chain.outdate(place, wanted.map(|wanted| wanted.recipe));
        let Some(Linked { picture, made_by, scaled_with }) = chain.layout(place) else {
            let comes = chain.is_busy() && chain.trouble(place).is_none();
            return comes && key.0.about().has_steps && own.is_none_or(|own| own.picture().is_none());
        };
        if steered.iter().any(|steer| *steer != Steer::Restart) {
            let text = "The layouts of the steps belong together. To steer one, let each step have its own.";
            let training = Training { together: Some(false), ..view.training };
            let action = Action::Edit(Edit::SetTraining(training));
            jobs.toasts.warning(text, Some(ToastAction { caption: "Each its own".into(), action }));
        }
        let of_more = isolated.is_some() && rows.is_none();
        let scaled_with = if view.training.fills { &layouts.alone } else { scaled_with };
        let showing = Showing { picture, made_by, past: Past::Training, of_more, scaled_with };
        showing.publish(current, key.0, opened, *glide);
        true
    }
}

/// A layout to be shown.
struct Showing<'a> {
    picture: &'a Picture,
    made_by: &'a Arc<Projection>,
    past: Past,
    of_more: bool,
    scaled_with: &'a Arc<[Arc<Layout>]>,
}

impl Showing<'_> {
    /// Publishes what has changed of it.
    fn publish(&self, current: &mut ResMut<CurrentLayout>, method: Method, opened: &Opened, glide: Duration) {
        let Self { picture, made_by, past, of_more, scaled_with } = *self;
        let is_there = (current.epoch, current.method, current.of_more) == (opened.epoch, Some(method), of_more)
            && current.layout.as_ref().is_some_and(|layout| Arc::ptr_eq(layout, &picture.layout))
            && (Arc::ptr_eq(&current.scaled_with, scaled_with) || current.scaled_with.len() + scaled_with.len() == 0);
        if !is_there {
            current.made_by = made_by.clone();
            current.past = past;
            current.of_more = of_more;
            current.layout = Some(picture.layout.clone());
            current.scaled_with = scaled_with.clone();
            current.frame = picture.frame.clone();
            current.explained_variance = picture.explained_variance.clone();
            current.steps.clone_from(&picture.steps);
            current.method = Some(method);
            current.glide = glide;
            current.epoch = opened.epoch;
            current.rows_epoch = opened.rows_epoch;
            current.embedding = opened.info().map(|info| info.name.clone());
            current.revision += 1;
        } else if current.steps != picture.steps || current.past != past {
            current.steps.clone_from(&picture.steps);
            current.past = past;
        }
    }
}

/// Publishes the newest layouts, as bookmarks would keep them.
pub(crate) fn list_layouts(
    (projecting, chain): (Res<Projecting>, Res<Chain>),
    current: Res<CurrentLayout>,
    mut list: ResMut<KeptLayouts>,
    mut seen: Local<Seen<(u64, u64, usize)>>,
) {
    let Some(Layouts { scopes, .. }) = &projecting.layouts else { return };
    if seen.changed((current.epoch, current.revision, scopes.at())) {
        let before = std::mem::take(&mut list.0);
        list.0 = scopes.layouts();
        if let Some(linked) = linked(&current, chain.rows()) {
            let key = (linked.method, linked.dims, &linked.rows);
            list.0.retain(|kept| (kept.method, kept.dims, &kept.rows) != key);
            list.0.push(linked);
        }
        // Bookmarks share a layout that has not changed.
        for kept in &mut list.0 {
            if let Some(same) = before.iter().find(|before| is_same(before, kept)) {
                *kept = same.clone();
            }
        }
    }
}

/// Returns the layout that was computed together with those of other steps as a bookmark keeps it, if it
/// is on screen. It goes before that of the step alone.
fn linked(current: &CurrentLayout, rows: Option<&RowSet>) -> Option<Arc<KeptLayout>> {
    let (method, layout) = current.method.zip(current.layout.as_ref()).filter(|_| current.past == Past::Training)?;
    Some(Arc::new(KeptLayout {
        method,
        dims: current.made_by.dims,
        rows: rows.cloned(),
        of_more: false,
        projection: current.made_by.clone(),
        layout: layout.clone(),
        explained_variance: current.explained_variance.clone(),
        steps: current.steps.clone(),
    }))
}

/// Returns whether two kept layouts are the same.
fn is_same(a: &KeptLayout, b: &KeptLayout) -> bool {
    Arc::ptr_eq(&a.layout, &b.layout)
        && (a.method, a.dims, &a.rows, a.of_more) == (b.method, b.dims, &b.rows, b.of_more)
        && (&a.projection, &a.steps) == (&b.projection, &b.steps)
}

/// Offers the largest possible value of a setting, if the one that was asked for is too large.
fn largest_possible(error: &ProjectionError, method: Method, projection: &Projection) -> Option<ToastAction> {
    let (name, largest) = error.largest_possible()?;
    let setting = method.about().setting(name)?;
    let caption = format!("Use {}", setting.amount(largest));
    let mut projection = projection.clone();
    projection.set(setting, Some(largest as f64));
    Some(ToastAction { caption, action: Action::Edit(Edit::Configure(Box::new(projection))) })
}

/// Returns how long points move from one step to the next: as long as a step takes, or not at all
/// if that is a frame or two.
fn glide(step: Duration) -> Duration {
    if step < Duration::from_millis(40) { Duration::ZERO } else { step.min(MORPH) }
}

/// Returns what is wrong with an end of an axis, without naming the end.
fn reason(error: &AxisError) -> String {
    match error {
        AxisError::Empty(_) => String::new(),
        AxisError::NoMatch(_) => "No match".into(),
        AxisError::Search(_, error) => error.to_string(),
    }
}
