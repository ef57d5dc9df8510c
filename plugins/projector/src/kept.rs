//! A layout that is kept, and the rules by which it changes.
//!
//! [`next`] has all rules. It computes nothing and waits for nothing: the effect that it returns
//! says which job the layout needs.
//!
//! A layout is [`Computed`](State::Computed) here, or was put there: it is from a bookmark
//! ([`Restored`](State::Restored)) or from a scope of more rows ([`OfMore`](State::OfMore)). What is
//! computed is in one of four phases:
//!
//! ```text
//!                   ┌──> Finished ──┐
//!     ──> Running ──┼──> Failed   ──┼──> Running
//!                   └──> Stopped  ──┘
//! ```
//!
//! - **Methods without steps** are computed again when their settings change. If canceled, they are
//!   tried again when the view comes back to them. If they fail, a person can
//!   restart them.
//! - **Methods with steps** take their settings at the next start. Only the learning rate and the
//!   supervision reach a run. A run that has shown nothing and does not go on starts over with other
//!   settings. To cancel a run is to pause it. To continue a run that is finished adds as many
//!   steps again.
//! - **Layouts from a bookmark** rest. The bookmark does not keep the state of a run, so to continue
//!   one, or to perturb it, restarts it from its layout. Those of methods without steps are computed
//!   again if they lack a component that the view shows.
//! - **Layouts of more rows** rest until a person starts the method for the rows of the scope.
//! - **Custom axes without a direction** are not computed: [`in_effect`] shows PCA in their place, so
//!   that the stage is not empty. Axes that have been shown stay while the user types others.

use std::{borrow::Cow, sync::Arc};

use parallax_embedding::{Metadata, RowSet};
use parallax_projection::{Frame, Layout, Method, Recipe, Steering};
use parallax_session::{Dims, Past, Projection, Steer, Steps};
use parallax_tour::KeptLayout;

use crate::live::Live;

#[cfg(test)]
mod tests;

/// What the layouts of a scope are kept by.
pub(crate) type LayoutKey = (Method, Dims);

/// A layout that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) recipe: Arc<Recipe>,
    /// The settings of the recipe.
    pub(crate) projection: Arc<Projection>,
    pub(crate) state: State,
    /// What else has made it what it is.
    pub(crate) past: Past,
}

/// How a layout comes about, and what it is doing.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// From a bookmark.
    Restored(Picture),
    /// From a scope of more rows.
    OfMore(Picture),
    Computed {
        phase: Phase,
        /// What is on screen. `None` until there is something.
        picture: Option<Picture>,
        /// The run of a method with steps.
        live: Option<Arc<Live>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    /// Paused or canceled.
    Stopped,
    Finished,
    Failed,
}

/// The part of a layout that is on screen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(crate) layout: Arc<Layout>,
    /// What its coordinates stand for, as far as it is known.
    pub(crate) frame: Frame,
    pub(crate) explained_variance: Arc<[f64]>,
    pub(crate) steps: Option<Steps>,
}

/// What the view asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) recipe: &'a Arc<Recipe>,
    /// The settings of the recipe.
    pub(crate) projection: &'a Projection,
}

/// What happens to the current layout: the one that the view asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// It becomes the current one.
    Enter,
    /// In each frame: the view may ask for other settings.
    Compare,
    Steer(Steer),
    Cancel,
    /// The job of a method without steps has ended well.
    Made(Picture),
    /// The run has taken a step.
    Stepped(Picture),
    /// The run has taken all steps.
    Done,
    /// The job has failed.
    Failed,
}

/// The job that the current layout needs.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// None: a job that is running ends.
    Rest,
    /// One that computes it at once.
    Compute(Arc<Recipe>),
    /// One that takes its steps, the next of them with what is new.
    Run(Arc<Recipe>, Arc<Live>, Steering),
}

/// Returns the projection that is computed: `projection`, or PCA instead of custom axes that have no
/// direction and have not been shown. `kept` is the layout of `projection`.
pub(crate) fn in_effect<'a>(
    kept: Option<&Kept>,
    projection: &'a Projection,
    recipe: Option<Arc<Recipe>>,
    metadata: &Metadata,
) -> (Cow<'a, Projection>, Option<Arc<Recipe>>) {
    let is_shown = kept.is_some_and(|kept| kept.picture().is_some());
    let is_in_vain = recipe.as_ref().is_none_or(|recipe| kept.is_some_and(|kept| kept.failed_by(recipe)));
    if projection.method != Method::Custom || is_shown || !is_in_vain {
        return (Cow::Borrowed(projection), recipe);
    }
    let pca = Projection { method: Method::Pca, ..projection.clone() };
    let recipe = pca.recipe(metadata, None).ok().map(Arc::new);
    (Cow::Owned(pca), recipe)
}

/// Returns what becomes of the current layout, and which job it needs. `wanted` is `None` if the
/// settings of the view cannot be computed.
pub(crate) fn next(kept: Option<Kept>, wanted: Option<Wanted<'_>>, event: Event) -> (Option<Kept>, Effect) {
    let mut news = Steering::default();
    let next = match (kept, event) {
        (None, Event::Compare) => Kept::begin(wanted, None),
        (None, _) => None,
        (Some(kept), Event::Compare) => kept.compare(wanted, &mut news),
        (Some(kept), Event::Steer(steer)) => kept.steer(steer, wanted, &mut news),
        (Some(kept), Event::Stepped(picture)) => Some(kept.stepped(picture)),
        (Some(kept), event) => Some(kept.turn(event)),
    };
    let Some(mut kept) = next else { return (None, Effect::Rest) };
    kept.mark(wanted);
    let effect = match &kept.state {
        State::Computed { phase: Phase::Running, live, .. } => match live {
            Some(live) => Effect::Run(kept.recipe.clone(), live.clone(), news),
            None => Effect::Compute(kept.recipe.clone()),
        },
        _ => Effect::Rest,
    };
    (Some(kept), effect)
}

impl Kept {
    /// Starts what is wanted. A run starts from the layout `from`, or else from the principal
    /// components.
    fn begin(wanted: Option<Wanted<'_>>, from: Option<Arc<Layout>>) -> Option<Self> {
        let wanted = wanted?;
        let past = if from.is_some() { Past::Layout } else { Past::Settings };
        let live = wanted.has_steps().then(|| Arc::new(Live::new(from)));
        let state = State::Computed { phase: Phase::Running, picture: None, live };
        Some(Self { recipe: wanted.recipe.clone(), projection: Arc::new(wanted.projection.clone()), state, past })
    }

    /// Compares it with what is wanted.
    fn compare(mut self, wanted: Option<Wanted<'_>>, news: &mut Steering) -> Option<Self> {
        let Some(new) = wanted else { return Some(self) };
        let is_other = !Arc::ptr_eq(&self.recipe, new.recipe) && self.recipe != *new.recipe;
        let is_wrong = !new.has_steps() && (is_other || self.lacks(new.projection));
        match &mut self.state {
            State::Computed { phase: Phase::Running, live: Some(_), .. } => {
                let is_steered = adjust(&mut self.recipe, new.recipe, news);
                self.past = if is_steered { Past::Steered } else { self.past };
            }
            State::Computed { picture: None, live: Some(_), .. } if is_other => return Self::begin(wanted, None),
            _ if is_wrong => {
                let before = self.into_picture();
                let mut again = Self::begin(wanted, None)?;
                if let State::Computed { picture, .. } = &mut again.state {
                    *picture = before;
                }
                return Some(again);
            }
            _ => {}
        }
        Some(self)
    }

    fn steer(mut self, steer: Steer, wanted: Option<Wanted<'_>>, news: &mut Steering) -> Option<Self> {
        match (steer, &mut self.state) {
            // What a method without steps shows changes with its settings alone.
            (Steer::Restart | Steer::RestartHere, State::Computed { picture: Some(_), live: None, .. }) => {}
            (Steer::Restart, _) => return Self::begin(wanted, None),
            (Steer::RestartHere, _) => {
                return Self::begin(wanted, self.picture().map(|picture| picture.layout.clone()));
            }
            (Steer::Resume | Steer::Perturb, State::Restored(picture)) => {
                return Self::begin(wanted, Some(picture.layout.clone()));
            }
            (Steer::Resume | Steer::Perturb, State::Computed { phase, picture, live: Some(_) }) => {
                let steps = picture.as_ref().and_then(|picture| picture.steps.as_ref());
                news.perturb = steer == Steer::Perturb;
                if news.perturb {
                    self.past = Past::Perturbed;
                }
                news.extend = steps.is_some_and(|steps| steps.iteration >= steps.iterations);
                *phase = Phase::Running;
            }
            (Steer::Pause, State::Computed { live: Some(_), .. }) => return Some(self.turn(Event::Cancel)),
            _ => {}
        }
        Some(self)
    }

    fn stepped(mut self, taken: Picture) -> Self {
        if let State::Computed { picture, live: Some(_), .. } = &mut self.state {
            *picture = Some(taken);
        }
        self
    }

    /// Turns from one phase to another.
    fn turn(mut self, event: Event) -> Self {
        if let State::Computed { phase, picture, live } = &mut self.state {
            match (*phase, event) {
                (Phase::Running, Event::Cancel) => *phase = Phase::Stopped,
                (Phase::Running, Event::Failed) => *phase = Phase::Failed,
                (Phase::Running, Event::Done) => *phase = Phase::Finished,
                (Phase::Running, Event::Made(made)) => (*phase, *picture) = (Phase::Finished, Some(made)),
                (Phase::Stopped, Event::Enter) if live.is_none() => *phase = Phase::Running,
                _ => {}
            }
        }
        self
    }

    /// Notes in the steps whether they go on, and whether other settings are wanted.
    fn mark(&mut self, wanted: Option<Wanted<'_>>) {
        let is_running = self.is_running();
        let is_outdated = wanted.is_some_and(|wanted| !self.recipe.starts_like(wanted.recipe));
        let (State::Restored(picture) | State::OfMore(picture) | State::Computed { picture: Some(picture), .. }) =
            &mut self.state
        else {
            return;
        };
        if let Some(steps) = &mut picture.steps {
            steps.running &= is_running;
            steps.outdated = is_outdated;
        }
    }

    /// Returns whether `projection` shows a component that exists but that the bookmark did not
    /// keep.
    fn lacks(&self, projection: &Projection) -> bool {
        let State::Restored(picture) = &self.state else { return false };
        let most = projection.components[..projection.dims.count()].iter().max().copied().unwrap_or(0);
        (picture.layout.dims()..picture.explained_variance.len()).contains(&most)
    }

    fn is_running(&self) -> bool {
        matches!(self.state, State::Computed { phase: Phase::Running, .. })
    }

    /// Returns whether it comes from a scope of more rows.
    pub(crate) fn is_of_more(&self) -> bool {
        matches!(self.state, State::OfMore(_))
    }

    /// Returns whether it has failed with this recipe.
    fn failed_by(&self, recipe: &Arc<Recipe>) -> bool {
        matches!(self.state, State::Computed { phase: Phase::Failed, .. }) && self.recipe == *recipe
    }

    /// Returns its run, if the method has steps.
    pub(crate) fn live(&self) -> Option<&Arc<Live>> {
        match &self.state {
            State::Computed { live, .. } => live.as_ref(),
            State::Restored(_) | State::OfMore(_) => None,
        }
    }

    pub(crate) fn picture(&self) -> Option<&Picture> {
        match &self.state {
            State::Restored(picture) | State::OfMore(picture) => Some(picture),
            State::Computed { picture, .. } => picture.as_ref(),
        }
    }

    fn into_picture(self) -> Option<Picture> {
        match self.state {
            State::Restored(picture) | State::OfMore(picture) => Some(picture),
            State::Computed { picture, .. } => picture,
        }
    }

    /// Returns what a scope of fewer rows shows until a person starts the method for it. `None` for
    /// methods without steps, which are computed at once.
    pub(crate) fn hand_down(&self, (method, _): LayoutKey) -> Option<Self> {
        let picture = self.picture().filter(|_| method.about().has_steps)?;
        let state = State::OfMore(Picture { steps: None, ..picture.clone() });
        let past = Past::MoreRows;
        Some(Self { recipe: self.recipe.clone(), projection: self.projection.clone(), state, past })
    }

    /// Takes over a layout of a bookmark.
    pub(crate) fn restore(brought: &KeptLayout, recipe: Recipe) -> Self {
        let picture = Picture {
            layout: brought.layout.clone(),
            frame: Frame::default(),
            explained_variance: brought.explained_variance.clone(),
            steps: brought.steps.clone(),
        };
        let state = if brought.of_more { State::OfMore(picture) } else { State::Restored(picture) };
        Self { recipe: Arc::new(recipe), projection: brought.projection.clone(), state, past: Past::Bookmark }
    }

    /// Returns it as a bookmark keeps it. `None` until there is a layout.
    pub(crate) fn keep(&self, (method, dims): LayoutKey, rows: Option<&RowSet>) -> Option<Arc<KeptLayout>> {
        let picture = self.picture()?;
        Some(Arc::new(KeptLayout {
            method,
            dims,
            rows: rows.cloned(),
            of_more: self.is_of_more(),
            projection: self.projection.clone(),
            layout: picture.layout.clone(),
            explained_variance: picture.explained_variance.clone(),
            steps: picture.steps.as_ref().map(|steps| Steps { running: false, ..steps.clone() }),
        }))
    }
}

impl Wanted<'_> {
    fn has_steps(&self) -> bool {
        self.recipe.method().about().has_steps
    }
}

/// Takes over the settings that can change during a run, and adds them to `news`. Returns whether there
/// are any.
fn adjust(recipe: &mut Arc<Recipe>, wanted: &Arc<Recipe>, news: &mut Steering) -> bool {
    let mut how = recipe.how.clone();
    let changes = how.adjust(&wanted.how);
    let is_changed = changes != Steering::default();
    if is_changed {
        Arc::make_mut(recipe).how = how;
        *news = changes;
    }
    is_changed
}
