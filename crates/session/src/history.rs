//! Undo and redo, whatever the action.

use parallax_embedding::RowSet;

use crate::{Action, ColorScale, Filter, Pick, Projection, SavedSelection, Tag, View};

/// What a person has done to one embedding, step by step, and can go back on.
///
/// A step is the work as it was before an action; nothing is written per action. Where the camera stands, which panels are open and
/// what is searched for is not work: going back does not move the person.
#[derive(Debug, Clone, Default)]
pub struct History {
    past: Vec<Step>,
    future: Vec<Step>,
    /// Where the person was before they chose other data, until these are there.
    left: Option<Box<(View, Self)>>,
}

#[derive(Debug, Clone)]
struct Step {
    name: &'static str,
    work: Work,
    /// Whether the next action of this name belongs to the same step.
    open: bool,
}

/// The part of a view that undo brings back.
#[derive(Debug, Clone, PartialEq)]
struct Work {
    projection: Projection,
    color_by: Pick,
    label_by: Pick,
    scale: ColorScale,
    selection: RowSet,
    trail: Vec<u32>,
    saved_selections: Vec<SavedSelection>,
    isolation: Vec<RowSet>,
    filter: Option<Filter>,
    tags: Vec<Tag>,
}

/// So many steps are kept.
const STEPS: usize = 200;

impl History {
    /// Does `action` to `view`, undo and redo among them.
    pub fn apply(&mut self, view: &mut View, action: &Action) {
        match action {
            Action::Undo => Self::go(view, &mut self.past, &mut self.future),
            Action::Redo => Self::go(view, &mut self.future, &mut self.past),
            Action::Open(_) | Action::ChooseRun(_) | Action::ChooseEmbedding(_) => {
                self.leave(view);
                view.apply(action);
            }
            Action::Stay => self.stay(view),
            _ => self.step(view, action),
        }
    }

    /// Puts `restored` in the place of `view`, as one step where both are of the same data.
    pub fn restore(&mut self, view: &mut View, restored: View) {
        if (&view.origin, &view.run, &view.embedding) == (&restored.origin, &restored.run, &restored.embedding) {
            let name = Action::Tour(crate::TourAction::Step(crate::Step::Next)).name();
            self.change(view, (name, false), |view| *view = restored);
        } else {
            self.leave(view);
            *view = restored;
        }
    }

    /// Begins with other data. Until these are there, there is a way back.
    fn leave(&mut self, view: &View) {
        let left = self.left.take().unwrap_or_else(|| Box::new((view.clone(), std::mem::take(self))));
        *self = Self { left: Some(left), ..Self::default() };
    }

    /// The data that the person chose are there: there is no way back to those before.
    pub fn arrived(&mut self) {
        self.left = None;
    }

    /// Whether the data that the person chose are not there yet.
    #[must_use]
    pub fn can_stay(&self) -> bool {
        self.left.is_some()
    }

    /// All is as it was, but for what belongs to the person rather than to the data.
    fn stay(&mut self, view: &mut View) {
        if let Some(left) = self.left.take() {
            let (before, history) = *left;
            let View { theme, panels, .. } = std::mem::replace(view, before);
            (view.theme, view.panels) = (theme, panels);
            *self = history;
        }
    }

    /// What undo would take back.
    #[must_use]
    pub fn undoes(&self) -> Option<&'static str> {
        self.past.last().map(|step| step.name)
    }

    /// What redo would do again.
    #[must_use]
    pub fn redoes(&self) -> Option<&'static str> {
        self.future.last().map(|step| step.name)
    }

    fn step(&mut self, view: &mut View, action: &Action) {
        self.change(view, (action.name(), action.is_gradual()), |view| view.apply(action));
    }

    fn change(&mut self, view: &mut View, (name, gradual): (&'static str, bool), change: impl FnOnce(&mut View)) {
        let before = Work::of(view);
        change(view);
        if Work::of(view) == before {
            return;
        }
        self.future.clear();
        if !self.past.last().is_some_and(|last| last.open && last.name == name) {
            self.past.push(Step { name, work: before, open: gradual });
            self.past.drain(..self.past.len().saturating_sub(STEPS));
        }
    }

    fn go(view: &mut View, from: &mut Vec<Step>, to: &mut Vec<Step>) {
        if let Some(step) = from.pop() {
            to.push(Step { name: step.name, work: Work::of(view), open: false });
            step.work.put(view);
        }
    }
}

impl Work {
    fn of(view: &View) -> Self {
        Self {
            projection: view.projection.clone(),
            color_by: view.color_by.clone(),
            label_by: view.label_by.clone(),
            scale: view.scale,
            selection: view.selection.clone(),
            trail: view.trail.clone(),
            saved_selections: view.saved_selections.clone(),
            isolation: view.isolation.clone(),
            filter: view.filter.clone(),
            tags: view.tags.clone(),
        }
    }

    fn put(self, view: &mut View) {
        if self.projection.dims != view.projection.dims {
            // A pose in space means nothing in the plane.
            view.pose = None;
        }
        view.projection = self.projection;
        view.color_by = self.color_by;
        view.label_by = self.label_by;
        view.scale = self.scale;
        view.selection = self.selection;
        view.trail = self.trail;
        view.saved_selections = self.saved_selections;
        view.isolation = self.isolation;
        view.filter = self.filter;
        view.tags = self.tags;
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
    fn undo_brings_back_the_work_and_leaves_the_person_where_they_are() {
        let (mut history, mut view) = (History::default(), View::default());
        for action in [
            Action::Select(rows(&[1, 2])),
            Action::SetTheme(Theme::Light),
            Action::Isolate(rows(&[1, 2, 3])),
            Action::Tag { column: "mine".into(), value: "x".into() },
        ] {
            history.apply(&mut view, &action);
        }
        let done = view.clone();
        assert_eq!(history.undoes(), Some("tag"));
        history.apply(&mut view, &Action::Undo);
        assert_eq!((view.tags.len(), view.isolation.len(), history.undoes()), (0, 1, Some("isolate")));
        history.apply(&mut view, &Action::Undo);
        history.apply(&mut view, &Action::Undo);
        history.apply(&mut view, &Action::Undo);
        assert_eq!(view, View { theme: Theme::Light, ..View::default() });
        (0..4).for_each(|_| history.apply(&mut view, &Action::Redo));
        assert_eq!(view, done);
    }

    #[test]
    fn a_slider_is_one_step_and_other_data_none() {
        let (mut history, mut view) = (History::default(), View::default());
        for seed in 0..5 {
            let projection = Projection { seed, ..view.projection.clone() };
            history.apply(&mut view, &Action::Configure(Box::new(projection)));
        }
        history.apply(&mut view, &Action::Undo);
        assert_eq!((view.projection.seed, history.undoes()), (42, None));
        history.apply(&mut view, &Action::SetDims(Dims::Two));
        history.apply(&mut view, &Action::Open(Origin::Demo(Demo::Digits)));
        assert_eq!(history.undoes(), None);
    }

    proptest! {
        /// Whatever is done: all of it undone is the beginning, and done again the end.
        #[test]
        fn undo_and_redo_are_inverse(steps in prop::collection::vec((0_usize..6, 0_u32..9), 0..30)) {
            let (mut history, mut view) = (History::default(), View::default());
            for (kind, number) in steps {
                let action = match kind {
                    0 => Action::Select(rows(&[number])),
                    1 => Action::Isolate(rows(&[number, 9])),
                    2 => Action::ShowLevel(number as usize % 2),
                    3 => Action::Tag { column: number.to_string(), value: "v".into() },
                    4 => Action::Project(if number % 2 == 0 { Method::Pca } else { Method::Umap }),
                    _ => Action::SaveSelection(number.to_string()),
                };
                history.apply(&mut view, &action);
            }
            let end = Work::of(&view);
            while history.undoes().is_some() {
                history.apply(&mut view, &Action::Undo);
            }
            prop_assert_eq!(Work::of(&view), Work::of(&View::default()));
            while history.redoes().is_some() {
                history.apply(&mut view, &Action::Redo);
            }
            prop_assert_eq!(Work::of(&view), end);
        }
    }
}
