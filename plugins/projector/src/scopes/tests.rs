//! Any sequence of events, as the frames of the window bring them.

use parallax_embedding::Vectors;
use parallax_projection::{Frame, Layout, Method};
use parallax_session::{Dims, Projection, Steer, Steps};
use proptest::prelude::*;

use super::*;
use crate::{
    kept::{Phase, Picture, State},
    live::Live,
    slot::SlotState,
};

/// Something that happens in a frame.
#[derive(Debug, Clone)]
enum Act {
    /// Isolates rows. `None` for all.
    Isolate(Option<u32>),
    Project(Method),
    Flatten(Dims),
    /// Other settings, of all methods.
    Configure(u64),
    /// The settings cannot be computed, or can again.
    Spoil(bool),
    Steer(Steer),
    Cancel,
    /// The run takes a step of ten.
    Step(usize),
    /// The job ends well, or fails.
    End(bool),
    /// Shows a bookmark of a layout of these rows.
    Bookmark(Option<u32>, bool),
}

fn act() -> impl Strategy<Value = Act> {
    let rows = || prop::option::of(0..12_u32);
    let methods = [Method::Pca, Method::Tsne, Method::Umap];
    let steers = [Steer::Pause, Steer::Resume, Steer::Restart, Steer::RestartHere, Steer::Perturb];
    prop_oneof![
        rows().prop_map(Act::Isolate),
        prop::sample::select(methods.to_vec()).prop_map(Act::Project),
        prop::sample::select(vec![Dims::Two, Dims::Three]).prop_map(Act::Flatten),
        (0..3_u64).prop_map(Act::Configure),
        any::<bool>().prop_map(Act::Spoil),
        prop::sample::select(steers.to_vec()).prop_map(Act::Steer),
        Just(Act::Cancel),
        (1..=10_usize).prop_map(Act::Step),
        any::<bool>().prop_map(Act::End),
        (rows(), any::<bool>()).prop_map(|(rows, of_more)| Act::Bookmark(rows, of_more)),
    ]
}

fn isolated(row: Option<u32>) -> Option<RowSet> {
    row.map(|row| vec![row, row + 1, row + 2].into())
}

fn picture(steps: Option<usize>) -> Picture {
    let layout = Arc::new(Layout::from(ndarray::Array2::zeros((2, 3))));
    let taken = |iteration| Steps { iteration, iterations: 10, running: iteration < 10, ..Steps::default() };
    Picture { layout, frame: Frame::default(), explained_variance: Arc::new([]), steps: steps.map(taken) }
}

/// What a job computes: rows, method, recipe, run.
type Request = (Option<RowSet>, LayoutKey, Arc<Recipe>, Option<*const Live>);

/// A window without an engine.
struct Window {
    scopes: Scopes,
    slot: SlotState<Request, ()>,
    isolated: Option<RowSet>,
    projection: Projection,
    spoiled: bool,
}

impl Window {
    fn new() -> Self {
        let vectors = Vectors::from_f32(16, 2, vec![0.0; 32]).unwrap();
        let scopes = Scopes::new(Arc::new(Space::new(vectors, RowSet::EMPTY)));
        Self { scopes, slot: SlotState::Idle, isolated: None, projection: Projection::default(), spoiled: false }
    }

    fn key(&self) -> LayoutKey {
        (self.projection.method, self.projection.dims)
    }

    fn tell(&mut self, event: Event) {
        let (key, projection) = (self.key(), self.projection.clone());
        let recipe = Arc::new(projection.recipe(&Metadata::default(), None).unwrap());
        let wanted = Wanted { recipe: &recipe, projection: &projection };
        let (recipe, live) = match self.scopes.tell(key, Some(wanted).filter(|_| !self.spoiled), event) {
            Effect::Rest => {
                self.slot = SlotState::Idle;
                return;
            }
            Effect::Compute(recipe) => (recipe, None),
            Effect::Run(recipe, live, _) => (recipe, Some(Arc::as_ptr(&live))),
        };
        self.slot.want((self.scopes.rows().cloned(), key, recipe, live), || ());
    }

    /// Lets a frame pass in which `act` happens.
    fn frame(&mut self, act: &Act) {
        match act {
            Act::Isolate(rows) => self.isolated = isolated(*rows),
            Act::Project(method) => self.projection.method = *method,
            Act::Flatten(dims) => self.projection.dims = *dims,
            Act::Configure(seed) => (self.projection.seed, self.projection.whiten) = (*seed, *seed == 1),
            Act::Spoil(spoiled) => self.spoiled = *spoiled,
            Act::Bookmark(rows, of_more) => self.restore(*rows, *of_more),
            Act::Steer(_) | Act::Cancel | Act::Step(_) | Act::End(_) => {}
        }
        self.scopes.enter(self.isolated.clone().as_ref());
        match act {
            Act::Steer(steer) => self.tell(Event::Steer(*steer)),
            Act::Cancel => self.tell(Event::Cancel),
            _ => {}
        }
        self.tell(Event::Compare);
        match (act, self.slot.busy()) {
            (Act::Step(iteration), Some((.., Some(_)))) => self.tell(Event::Stepped(picture(Some(*iteration)))),
            (Act::End(true), Some((.., None))) => self.tell(Event::Made(picture(None))),
            (Act::End(true), Some((.., Some(_)))) => {
                self.tell(Event::Done);
                self.tell(Event::Stepped(picture(Some(10))));
            }
            (Act::End(false), Some(_)) => self.tell(Event::Failed),
            _ => {}
        }
    }

    fn restore(&mut self, rows: Option<u32>, of_more: bool) {
        let (method, dims) = self.key();
        let Picture { layout, explained_variance, .. } = picture(None);
        let projection = Arc::new(self.projection.clone());
        let rows = isolated(rows);
        let brought = KeptLayout { method, dims, rows, of_more, projection, layout, explained_variance, steps: None };
        self.scopes.restore(&[Arc::new(brought)], &Metadata::default(), None);
    }
}

/// Returns whether the layout is being computed.
fn is_running(kept: Option<&Kept>) -> bool {
    kept.is_some_and(|kept| matches!(kept.state, State::Computed { phase: Phase::Running, .. }))
}

proptest! {
    #[test]
    fn job_runs_for_the_current_layout_exactly_while_it_is_being_computed(
        acts in prop::collection::vec(act(), 0..60)
    ) {
        let mut window = Window::new();
        for act in &acts {
            window.frame(act);
            let (key, rows) = (window.key(), window.scopes.rows().cloned());
            prop_assert_eq!(&rows, &window.isolated);
            let kept = window.scopes.kept(key);
            let busy = window.slot.busy().map(|(rows, key, recipe, live)| (rows.clone(), *key, recipe.clone(), *live));
            let needed = kept.filter(|kept| is_running(Some(kept))).map(|kept| {
                (rows, key, kept.recipe.clone(), kept.live().map(Arc::as_ptr))
            });
            prop_assert_eq!(busy, needed);
        }
    }

    #[test]
    fn layouts_that_are_kept_are_as_their_states_say(acts in prop::collection::vec(act(), 0..60)) {
        let mut window = Window::new();
        for act in &acts {
            window.frame(act);
            let kept = window.scopes.list.iter().flat_map(|scope| &scope.kept);
            for ((method, _), kept) in kept {
                let has_steps = matches!(method, Method::Tsne | Method::Umap);
                if let State::Computed { phase, picture, live } = &kept.state {
                    prop_assert_eq!(live.is_some(), has_steps);
                    prop_assert!(*phase != Phase::Finished || picture.is_some());
                }
                let goes_on = kept.picture().and_then(|picture| picture.steps.as_ref()).is_some_and(|steps| steps.running);
                prop_assert!(!goes_on || is_running(Some(kept)));
            }
            // A bookmark may add one before the next scope is entered.
            let bookmarks = acts.iter().filter(|act| matches!(act, Act::Bookmark(..))).count();
            prop_assert!(window.scopes.list.len() <= SCOPES + 1 + bookmarks);
        }
    }

    /// Whatever has happened, a person can start the current method, and see its layout.
    #[test]
    fn current_method_can_always_be_computed(acts in prop::collection::vec(act(), 0..60)) {
        let mut window = Window::new();
        acts.iter().for_each(|act| window.frame(act));
        for act in [Act::Spoil(false), Act::Steer(Steer::Restart), Act::End(true)] {
            window.frame(&act);
        }
        let kept = window.scopes.kept(window.key()).unwrap();
        prop_assert!(kept.picture().is_some());
    }
}

/// Isolates one set of rows after another, and comes back to the first.
#[test]
fn oldest_scope_is_dropped_but_never_that_of_all_rows_or_the_current_one() {
    let mut window = Window::new();
    for act in [Act::Project(Method::Tsne), Act::Step(3)] {
        window.frame(&act);
    }
    let all = window.scopes.space().clone();
    let mut spaces = Vec::new();
    for row in 0..=SCOPES as u32 {
        window.frame(&Act::Isolate(Some(row)));
        spaces.push(window.scopes.space().clone());
    }
    window.frame(&Act::Isolate(None));
    assert!(Arc::ptr_eq(window.scopes.space(), &all));
    window.frame(&Act::Isolate(Some(1)));
    assert!(Arc::ptr_eq(window.scopes.space(), &spaces[1]), "the second is kept");
    window.frame(&Act::Isolate(Some(0)));
    assert!(!Arc::ptr_eq(window.scopes.space(), &spaces[0]), "the oldest was dropped");
}

#[test]
fn run_goes_on_when_the_view_comes_back_to_it() {
    let mut window = Window::new();
    for act in [Act::Project(Method::Tsne), Act::Step(3)] {
        window.frame(&act);
    }
    let before = window.slot.busy().cloned();
    window.frame(&Act::Project(Method::Pca));
    assert!(matches!(window.slot.busy(), Some((None, (Method::Pca, _), _, None))));
    window.frame(&Act::Project(Method::Tsne));
    assert!(before.is_some() && window.slot.busy() == before.as_ref());
}

#[test]
fn canceled_method_is_tried_again_when_the_view_comes_back_to_it() {
    let elsewhere = [
        (Act::Project(Method::Tsne), Act::Project(Method::Pca)),
        (Act::Flatten(Dims::Two), Act::Flatten(Dims::Three)),
        (Act::Isolate(Some(1)), Act::Isolate(None)),
    ];
    for (there, back) in elsewhere {
        let mut window = Window::new();
        window.frame(&Act::Project(Method::Pca));
        let job = window.slot.busy().cloned();
        window.frame(&Act::Cancel);
        window.frame(&Act::Project(Method::Pca));
        assert_eq!((job.is_some(), window.slot.busy()), (true, None), "it stays canceled while it is current");
        window.frame(&there);
        window.frame(&back);
        assert!(window.slot.busy() == job.as_ref(), "{back:?}");
    }
}

/// As it happens when a person presents: one bookmark after the other has the same layout.
#[test]
fn layout_of_a_bookmark_takes_the_place_of_others_but_not_of_itself() {
    let bring = |window: &mut Window, layout: &Arc<Layout>| {
        let brought = KeptLayout {
            method: Method::Tsne,
            dims: Dims::Three,
            rows: None,
            of_more: false,
            projection: Arc::new(window.projection.clone()),
            layout: layout.clone(),
            explained_variance: Arc::new([]),
            steps: None,
        };
        window.scopes.restore(&[Arc::new(brought)], &Metadata::default(), None);
        window.frame(&Act::Project(Method::Tsne));
    };
    let shows = |window: &Window, layout: &Arc<Layout>| {
        let kept = window.scopes.kept(window.key()).and_then(Kept::picture);
        kept.is_some_and(|picture| Arc::ptr_eq(&picture.layout, layout))
    };
    let (of_run, other) = (picture(Some(3)), picture(None).layout);
    let mut window = Window::new();
    bring(&mut window, &other);
    assert!(shows(&window, &other) && window.slot.busy().is_none(), "nothing was there, and nothing is computed");
    let mut window = Window::new();
    window.frame(&Act::Project(Method::Tsne));
    window.tell(Event::Stepped(of_run.clone()));
    bring(&mut window, &of_run.layout);
    assert!(shows(&window, &of_run.layout) && window.slot.busy().is_some(), "the run that has made it goes on");
    bring(&mut window, &other);
    assert!(shows(&window, &other) && window.slot.busy().is_none(), "the run ends");
}
