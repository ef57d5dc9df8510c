//! Undo and redo of all edits.

use parallax_embedding::RowSet;

use crate::{
    Against, ColorScale, Compared, Edit, Filter, HistoryAction, LabelCheck, Naming, OwnCamera, Pick, Projection,
    SavedSelection, Tag, View,
};

/// The steps that can be undone, for one embedding.
///
/// A step is the work before an edit, and which step of the training was open: its rows are the same.
/// Cameras, stereo, panels, and search are not part of the work: undo does not change them. A
/// comparison that undo brings back has the camera that it had.
#[derive(Debug, Clone, Default)]
pub struct History {
    past: Vec<Step>,
    future: Vec<Step>,
    /// The view before other data was chosen, until that data is loaded.
    left: Option<Box<(View, Self)>>,
}

#[derive(Debug, Clone)]
struct Step {
    name: &'static str,
    work: Work,
    /// The camera of the second picture.
    camera: Option<OwnCamera>,
    /// What further edits belong to the same step, as [`Edit::series`] names it, and whether steps of the
    /// training are played.
    open: Option<(String, bool)>,
}

/// The part of a view that undo restores.
#[derive(Debug, Clone, PartialEq)]
struct Work {
    /// The name of the embedding: of a step of the tensor that is open.
    step: Option<String>,
    /// But for the camera.
    compared: Option<Compared>,
    projection: Projection,
    color_by: Pick,
    label_by: Pick,
    scale: ColorScale,
    selection: RowSet,
    apart: Option<Against>,
    trail: Vec<u32>,
    saved_selections: Vec<SavedSelection>,
    isolation: Vec<RowSet>,
    filter: Filter,
    tags: Vec<Tag>,
    checks: Vec<LabelCheck>,
    /// But for whether names are shown.
    naming: Naming,
}

/// The number of steps that are kept.
const STEPS: usize = 200;

impl History {
    /// Makes the change in `view`, as a step that can be undone.
    pub fn apply(&mut self, view: &mut View, edit: &Edit) {
        if edit.chooses_data() {
            self.leave(view);
            view.apply(edit);
        } else {
            self.change(view, (edit.name(), edit.series()), |view| view.apply(edit));
        }
    }

    /// Undoes or redoes a step, if there is one.
    pub fn go(&mut self, view: &mut View, way: HistoryAction) {
        match way {
            HistoryAction::Undo => Self::step(view, &mut self.past, &mut self.future),
            HistoryAction::Redo => Self::step(view, &mut self.future, &mut self.past),
        }
    }

    /// Replaces `view` by `restored`, as one step if both show the same data. A bookmark is of one step
    /// of its tensor: newer ones are not followed.
    pub fn restore(&mut self, view: &mut View, restored: View) {
        let restored = View { follow: false, ..restored };
        if (&view.origin, &view.run, &view.embedding) == (&restored.origin, &restored.run, &restored.embedding) {
            self.change(view, ("bookmark", None), |view| *view = restored);
        } else {
            self.leave(view);
            *view = restored;
        }
    }

    /// Starts with other data. Until it is loaded, the choice can be taken back.
    fn leave(&mut self, view: &View) {
        let left = self.left.take().unwrap_or_else(|| Box::new((view.clone(), std::mem::take(self))));
        *self = Self { left: Some(left), ..Self::default() };
    }

    /// Marks the chosen data as loaded: the choice can no longer be taken back.
    pub fn arrived(&mut self) {
        self.left = None;
    }

    /// Returns `true` if the chosen data is not loaded yet.
    #[must_use]
    pub fn can_stay(&self) -> bool {
        self.left.is_some()
    }

    /// Takes back the choice of other data, if they are not loaded yet. Preferences stay.
    pub fn stay(&mut self, view: &mut View) {
        if let Some(left) = self.left.take() {
            let (before, history) = *left;
            let View { theme, panels, stereo, .. } = std::mem::replace(view, before);
            (view.theme, view.panels, view.stereo) = (theme, panels, stereo);
            *self = history;
        }
    }

    /// Returns the name of the step that undo would undo.
    #[must_use]
    pub fn undoes(&self) -> Option<&'static str> {
        self.past.last().map(|step| step.name)
    }

    /// Returns the name of the step that redo would redo.
    #[must_use]
    pub fn redoes(&self) -> Option<&'static str> {
        self.future.last().map(|step| step.name)
    }

    /// Embeddings have other names now. `names` has their names before; `None` is the usual one of the run.
    pub fn rename(&mut self, names: &[(Option<String>, String)]) {
        self.works().for_each(|work| rename(&mut work.step, names));
    }

    /// The same for those that embeddings of this run, which is open in `view`, are compared with.
    pub fn rename_compared(&mut self, view: &mut View, names: &[(Option<String>, String)]) {
        let View { origin, run, compared, .. } = view;
        let shown = self.works().map(|work| &mut work.compared).chain([compared]).flatten();
        let of_run = shown.filter(|compared| (&compared.origin, &compared.run) == (&*origin, &*run));
        of_run.for_each(|compared| rename(&mut compared.embedding, names));
    }

    fn works(&mut self) -> impl Iterator<Item = &mut Work> {
        self.past.iter_mut().chain(&mut self.future).map(|step| &mut step.work)
    }

    /// Drops the last step if nothing has come of it, because what it went to cannot be shown.
    pub fn drop_vain(&mut self, view: &View) {
        self.past.pop_if(|step| step.work == Work::of(view));
    }

    fn change(
        &mut self,
        view: &mut View,
        (name, series): (&'static str, Option<String>),
        change: impl FnOnce(&mut View),
    ) {
        let (before, camera, played) = (Work::of(view), camera_of(view), view.training.playing);
        let series = series.map(|series| (series, played));
        change(view);
        // A run of playing is a step of its own, and so is what a person goes through before and after it.
        if view.training.playing != played
            && let Some(last) = self.past.last_mut()
        {
            last.open = None;
        }
        if Work::of(view) == before {
            return;
        }
        self.future.clear();
        if !self.past.last().is_some_and(|last| last.open.is_some() && last.open == series) {
            self.past.push(Step { name, work: before, camera, open: series });
            self.past.drain(..self.past.len().saturating_sub(STEPS));
        }
    }

    fn step(view: &mut View, from: &mut Vec<Step>, to: &mut Vec<Step>) {
        if let Some(step) = from.pop() {
            to.push(Step { name: step.name, work: Work::of(view), camera: camera_of(view), open: None });
            step.put(view);
        }
    }
}

/// Returns the camera of the second picture, if it has one.
fn camera_of(view: &View) -> Option<OwnCamera> {
    view.compared.as_ref().and_then(|compared| compared.camera)
}

fn rename(name: &mut Option<String>, names: &[(Option<String>, String)]) {
    if let Some((_, now)) = names.iter().find(|(before, _)| before == name) {
        *name = Some(now.clone());
    }
}

impl Step {
    fn put(mut self, view: &mut View) {
        if let Some(compared) = &mut self.work.compared {
            let is_there = view.compared.as_ref().is_some_and(|shown| shown.is_of(compared));
            compared.camera = if is_there { camera_of(view) } else { self.camera };
        }
        self.work.put(view);
    }
}

impl Work {
    fn of(view: &View) -> Self {
        Self {
            step: view.embedding.clone(),
            compared: view.compared.clone().map(|compared| Compared { camera: None, ..compared }),
            projection: view.projection.clone(),
            color_by: view.color_by.clone(),
            label_by: view.label_by.clone(),
            scale: view.scale,
            selection: view.selection.clone(),
            apart: view.apart.clone(),
            trail: view.trail.clone(),
            saved_selections: view.saved_selections.clone(),
            isolation: view.isolation.clone(),
            filter: view.filter.clone(),
            tags: view.tags.clone(),
            checks: view.doctor.checks.clone(),
            naming: Naming { shown: false, ..view.naming.clone() },
        }
    }

    fn put(self, view: &mut View) {
        if view.embedding != self.step {
            (view.embedding, view.follow, view.training.playing) = (self.step, false, false);
        }
        let changes_dims = self.projection.dims != view.projection.dims;
        view.compared = self.compared;
        if changes_dims {
            // A pose in space means nothing in the plane.
            view.fit();
        }
        view.projection = self.projection;
        view.color_by = self.color_by;
        view.label_by = self.label_by;
        view.scale = self.scale;
        view.selection = self.selection;
        view.apart = self.apart;
        view.trail = self.trail;
        view.saved_selections = self.saved_selections;
        view.isolation = self.isolation;
        view.filter = self.filter;
        view.tags = self.tags;
        view.doctor.checks = self.checks;
        view.naming = Naming { shown: view.naming.shown, ..self.naming };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Demo, Dims, Method, Origin, Theme};

    fn rows(rows: &[u32]) -> RowSet {
        rows.to_vec().into()
    }

    #[test]
    fn undo_restores_the_work_but_not_the_camera() {
        let (mut history, mut view) = (History::default(), View::default());
        for edit in [
            Edit::Select(rows(&[1, 2])),
            Edit::SetTheme(Theme::Light),
            Edit::Isolate(rows(&[1, 2, 3])),
            Edit::Tag { column: "mine".into(), value: "x".into() },
        ] {
            history.apply(&mut view, &edit);
        }
        let done = view.clone();
        assert_eq!(history.undoes(), Some("tag"));
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!((view.tags.len(), view.isolation.len(), history.undoes()), (0, 1, Some("isolate")));
        history.go(&mut view, HistoryAction::Undo);
        history.go(&mut view, HistoryAction::Undo);
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!(view, View { theme: Theme::Light, ..View::default() });
        (0..4).for_each(|_| history.go(&mut view, HistoryAction::Redo));
        assert_eq!(view, done);
    }

    #[test]
    fn undo_takes_a_slider_as_one_step() {
        let (mut history, mut view) = (History::default(), View::default());
        for seed in 0..5 {
            let projection = Projection { seed, ..view.projection.clone() };
            history.apply(&mut view, &Edit::Configure(Box::new(projection)));
        }
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!((view.projection.seed, history.undoes()), (42, None));
        history.apply(&mut view, &Edit::SetDims(Dims::Two));
        history.apply(&mut view, &Edit::Open(Origin::Demo(Demo::Digits)));
        assert_eq!(history.undoes(), None);
    }

    /// A range that is dragged is one step for its column; values are a step each.
    #[test]
    fn undo_takes_a_dragged_range_as_one_step() {
        use crate::Brush;
        let (mut history, mut view) = (History::default(), View::default());
        let mut brush = |view: &mut View, brush: Brush| history.apply(view, &Edit::Filter(view.filter.with(brush)));
        (1..5).for_each(|to| brush(&mut view, Brush::range("age", [0.0, f64::from(to)])));
        (1..5).for_each(|to| brush(&mut view, Brush::range("fare", [0.0, f64::from(to)])));
        (1..3).for_each(|value| brush(&mut view, Brush::only("class", vec![Some(value.to_string())])));
        let counts = [2, 3, 2, 1, 0].map(|_: i32| {
            let brushes = view.filter.brushes().len();
            history.go(&mut view, HistoryAction::Undo);
            brushes
        });
        assert_eq!(counts, [3, 3, 2, 1, 0]);
    }

    /// A jump is a step of undo. Steps that are gone through one after the other are one.
    #[test]
    fn undo_returns_to_the_step_before_a_jump() {
        let (mut history, mut view) = (History::default(), View::default());
        let go = |name: &str| Edit::GoToStep(name.into());
        let pass = |name: &str| Edit::PassStep(name.into());
        for edit in [go("e:0"), pass("e:1"), pass("e:2"), pass("e:3"), go("e:9"), Edit::Select(rows(&[1])), go("e:5")] {
            history.apply(&mut view, &edit);
        }
        view.follow = true;
        let seen = [0; 5].map(|_| {
            history.go(&mut view, HistoryAction::Undo);
            (view.embedding.clone(), view.selection.len())
        });
        let expected = [(Some("e:9"), 1), (Some("e:9"), 0), (Some("e:3"), 0), (Some("e:0"), 0), (None, 0)];
        assert_eq!(seen, expected.map(|(name, selected)| (name.map(str::to_owned), selected)));
        assert!(!view.follow, "another step was chosen");
        history.go(&mut view, HistoryAction::Redo);
        history.go(&mut view, HistoryAction::Redo);
        assert_eq!(view.embedding.as_deref(), Some("e:3"));
    }

    /// Keys, playing, and keys again are three steps of undo.
    #[test]
    fn undo_takes_a_run_of_playing_as_one_step() {
        let (mut history, mut view) = (History::default(), View::default());
        let play = |view: &View, playing: bool| Edit::SetTraining(crate::Training { playing, ..view.training });
        let go = |history: &mut History, view: &mut View, steps: std::ops::Range<u32>| {
            steps.for_each(|step| history.apply(view, &Edit::PassStep(format!("e:{step}"))));
        };
        history.apply(&mut view, &Edit::GoToStep("e:0".into()));
        go(&mut history, &mut view, 1..3);
        let playing = play(&view, true);
        history.apply(&mut view, &playing);
        go(&mut history, &mut view, 3..6);
        // Another speed does not end it.
        let faster = Edit::SetTraining(crate::Training { speed: crate::StepSpeed::Four, ..view.training });
        history.apply(&mut view, &faster);
        go(&mut history, &mut view, 6..8);
        let paused = play(&view, false);
        history.apply(&mut view, &paused);
        go(&mut history, &mut view, 8..10);
        let back = |history: &mut History, view: &mut View, way: HistoryAction| {
            history.go(view, way);
            view.embedding.clone().unwrap_or_default()
        };
        let undone = [0; 4].map(|_| back(&mut history, &mut view, HistoryAction::Undo));
        assert_eq!(undone, ["e:7", "e:2", "e:0", ""]);
        let redone = [0; 4].map(|_| back(&mut history, &mut view, HistoryAction::Redo));
        assert_eq!(redone, ["e:0", "e:2", "e:7", "e:9"]);
    }

    /// The newest step has the name of the tensor, until there is a newer one.
    #[test]
    fn undo_returns_to_the_same_step_under_another_name() {
        let (mut history, mut view) = (History::default(), View::default());
        history.apply(&mut view, &Edit::GoToStep("t".into()));
        history.apply(&mut view, &Edit::GoToStep("t:1".into()));
        history.rename(&[(None, "t:0".into()), (Some("t".into()), "t:2".into())]);
        let seen = [0; 2].map(|_| {
            history.go(&mut view, HistoryAction::Undo);
            view.embedding.clone()
        });
        assert_eq!(seen, [Some("t:2".to_owned()), Some("t:0".to_owned())]);
        // What is compared with is the same embedding, too; that of another run has its own names.
        let with = |run: Option<&str>, name: &str| {
            Some(Compared::with(view.origin.clone(), run.map(str::to_owned), Some(name.to_owned())))
        };
        let (here, now, elsewhere) = (with(None, "t"), with(None, "t:2"), with(Some("other"), "t"));
        let names = [(Some("t".to_owned()), "t:2".to_owned())];
        let mut compared = View { compared: here, ..view.clone() };
        let mut history = History::default();
        history.apply(&mut compared, &Edit::CompareWith(elsewhere.clone().map(Box::new)));
        history.rename_compared(&mut compared, &names);
        assert_eq!(compared.compared, elsewhere);
        history.go(&mut compared, HistoryAction::Undo);
        assert_eq!(compared.compared, now);
        history.rename_compared(&mut compared, &[(Some("t:2".to_owned()), "t:3".to_owned())]);
        assert_eq!(compared.compared, with(None, "t:3"));
        // What comes to nothing is none.
        let mut history = History::default();
        history.apply(&mut view, &Edit::GoToStep("broken".into()));
        view.embedding = Some("t:0".into());
        history.drop_vain(&view);
        assert_eq!(history.undoes(), None);
    }

    proptest! {
        /// Undoing all actions gives the first view, and redoing all gives the last.
        #[test]
        fn undo_and_redo_are_inverse(steps in prop::collection::vec((0_usize..8, 0_u32..9), 0..30)) {
            let (mut history, mut view) = (History::default(), View::default());
            for (kind, number) in steps {
                let edit = match kind {
                    0 => Edit::Select(rows(&[number])),
                    1 => Edit::Isolate(rows(&[number, 9])),
                    2 => Edit::ShowLevel(number as usize % 2),
                    3 => Edit::Tag { column: number.to_string(), value: "v".into() },
                    5 => Edit::GoToStep(number.to_string()),
                    6 => Edit::PassStep(number.to_string()),
                    4 => Edit::Project(if number % 2 == 0 { Method::Pca } else { Method::Umap }),
                    _ => Edit::SaveSelection(number.to_string()),
                };
                history.apply(&mut view, &edit);
            }
            let end = Work::of(&view);
            while history.undoes().is_some() {
                history.go(&mut view, HistoryAction::Undo);
            }
            prop_assert_eq!(Work::of(&view), Work::of(&View::default()));
            while history.redoes().is_some() {
                history.go(&mut view, HistoryAction::Redo);
            }
            prop_assert_eq!(Work::of(&view), end);
        }
    }
}
