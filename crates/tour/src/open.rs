//! The tour that the user works on.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use parallax_session::{Step, TourAction};

use super::{Bookmark, Tour};

/// An open tour: its bookmarks, which of them is shown, and its file.
#[derive(Debug, Clone)]
pub struct OpenTour {
    tour: Tour,
    at: Option<usize>,
    path: Option<PathBuf>,
    /// One for each bookmark of the tour, in the same order.
    marks: Vec<Mark>,
    saved: Saved,
    unsaved: Unsaved,
    /// The bookmarks that were drafted.
    drafted: Vec<u64>,
    /// The bookmarks that were removed last, and where they were, in their order.
    removed: Vec<(usize, Bookmark, Mark)>,
    revision: u64,
}

/// Identifies a bookmark, and says whether a file has it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    id: u64,
    is_saved: bool,
}

/// What the files of the tour have.
#[derive(Debug, Clone, Default, PartialEq)]
struct Saved {
    /// The bookmarks, in their order.
    ids: Vec<u64>,
    looping: bool,
    seconds: f32,
}

/// The parts of a tour that no file has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsaved {
    /// How many bookmarks are new or changed.
    pub bookmarks: usize,
    /// How many bookmarks of the file were removed.
    pub removed: usize,
    /// Whether the bookmarks of the file are in another order.
    pub order: bool,
    /// Whether the duration of bookmarks or the loop is different.
    pub pace: bool,
}

impl Default for OpenTour {
    fn default() -> Self {
        Self::of(Tour { seconds: Tour::SECONDS, ..Tour::default() })
    }
}

impl OpenTour {
    /// The tour.
    #[must_use]
    pub fn tour(&self) -> &Tour {
        &self.tour
    }

    /// Returns the place of the bookmark that is shown, or was shown last.
    #[must_use]
    pub fn at(&self) -> Option<usize> {
        self.at
    }

    /// Returns the file that it was last read from or written to.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether nothing of it would be lost if it were closed.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.unsaved == Unsaved::default()
    }

    /// What would be lost if it were closed.
    #[must_use]
    pub fn unsaved(&self) -> Unsaved {
        self.unsaved
    }

    /// Increases with each change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether removed bookmarks can be put back.
    #[must_use]
    pub fn can_put_back(&self) -> bool {
        !self.removed.is_empty()
    }

    /// Whether bookmarks that were drafted are still there.
    #[must_use]
    pub fn has_drafts(&self) -> bool {
        self.marks.iter().any(|mark| self.drafted.contains(&mark.id))
    }

    /// Returns the bookmarks that can be put back.
    pub fn removed(&self) -> impl ExactSizeIterator<Item = &Bookmark> {
        self.removed.iter().map(|(_, bookmark, _)| bookmark)
    }

    /// Returns where a step leads, or `None` if there is no such bookmark.
    #[must_use]
    pub fn place_of(&self, step: Step) -> Option<usize> {
        let last = self.tour.bookmarks.len().checked_sub(1)?;
        match (step, self.at) {
            (Step::First, _) | (Step::Next, None) => Some(0),
            (Step::Last, _) | (Step::Previous, None) => Some(last),
            (Step::Next, Some(at)) => (at < last).then_some(at + 1),
            (Step::Previous, Some(at)) => at.checked_sub(1),
        }
    }

    /// Applies `action` to the tour. `capture` makes a bookmark of the current view, or none if
    /// there is nothing to see. Returns the place of the bookmark to show.
    pub fn apply(&mut self, action: &TourAction, capture: impl FnOnce() -> Option<Bookmark>) -> Option<usize> {
        let known = |place: usize| place < self.tour.bookmarks.len();
        match action {
            TourAction::Show(place) => return self.show(Some(*place).filter(|place| known(*place))),
            TourAction::Step(step) => return self.show(self.place_of(*step)),
            TourAction::UseDataAtHand(_) => return None,
            TourAction::Close => {
                let revision = self.revision + 1;
                *self = Self { revision, ..Self::default() };
                return None;
            }
            TourAction::PutBack if self.removed.is_empty() => return None,
            TourAction::RemoveDrafts if !self.has_drafts() => return None,
            TourAction::Update(place)
            | TourAction::Rename(place, _)
            | TourAction::Note(place, _)
            | TourAction::Stay(place, _)
            | TourAction::Duplicate(place)
            | TourAction::Remove(place)
                if !known(*place) =>
            {
                return None;
            }
            TourAction::Move { from, to } if !known(*from) || !known(*to) => return None,
            _ => {}
        }
        if self.change(action, capture) {
            self.unsaved = self.compare();
            self.revision += 1;
        }
        None
    }

    /// Appends the bookmarks of the file at `path`. Returns the place of the first of them.
    pub fn join(&mut self, path: PathBuf, tour: Tour) -> Option<usize> {
        let first = self.tour.bookmarks.len();
        let revision = self.revision + 1;
        if first == 0 {
            *self = Self { path: Some(path), revision, ..Self::of(tour) };
            return (!self.tour.bookmarks.is_empty()).then_some(0);
        }
        if tour.bookmarks.is_empty() {
            return None;
        }
        let ids = self.free_ids();
        let marks: Vec<Mark> = ids.zip(&tour.bookmarks).map(|(id, _)| Mark { id, is_saved: true }).collect();
        self.saved.ids.extend(marks.iter().map(|mark| mark.id));
        self.marks.extend(marks);
        self.tour.bookmarks.extend(tour.bookmarks);
        // Each bookmark is in its own file, and all of them together are in none.
        self.path = None;
        self.unsaved = self.compare();
        self.revision = revision;
        Some(first)
    }

    /// Appends bookmarks that no file of the user has, with the pace of their tour if there were none. Returns
    /// the place of the last of them.
    pub fn take_up(&mut self, tour: Tour) -> Option<usize> {
        if self.tour.bookmarks.is_empty() {
            (self.tour.looping, self.tour.seconds) = (tour.looping, tour.seconds);
        }
        let marks: Vec<Mark> =
            self.free_ids().zip(&tour.bookmarks).map(|(id, _)| Mark { id, is_saved: false }).collect();
        self.marks.extend(marks);
        self.tour.bookmarks.extend(tour.bookmarks);
        self.unsaved = self.compare();
        self.revision += 1;
        self.tour.bookmarks.len().checked_sub(1)
    }

    /// Appends bookmarks that the program has drafted, but for those that are there already. One takes
    /// the place of an earlier draft with the same selection, such as a cluster that has another name
    /// now, unless that was edited. Returns how many are new. [`TourAction::RemoveDrafts`] removes them,
    /// and those that were drafted before.
    pub fn add_drafts(&mut self, mut drafts: Vec<Bookmark>) -> usize {
        let is_same = |a: &Bookmark, b: &Bookmark| {
            (&a.name, &a.note, &a.view.selection, &a.subject) == (&b.name, &b.note, &b.view.selection, &b.subject)
        };
        drafts.retain(|draft| !self.tour.bookmarks.iter().any(|known| is_same(known, draft)));
        let added = drafts.len();
        if added == 0 {
            return 0;
        }
        let mut replaced = Vec::new();
        drafts.retain_mut(|draft| {
            let is_of = |(mark, known): (&Mark, &Bookmark)| {
                let selection = &known.view.selection;
                self.drafted.contains(&mark.id)
                    && !replaced.contains(&mark.id)
                    && !selection.is_empty()
                    && (selection, &known.subject) == (&draft.view.selection, &draft.subject)
            };
            let Some(place) = self.marks.iter().zip(&self.tour.bookmarks).position(is_of) else { return true };
            std::mem::swap(&mut self.tour.bookmarks[place], draft);
            self.marks[place].is_saved = false;
            replaced.push(self.marks[place].id);
            false
        });
        let ids = self.free_ids();
        let ids: Vec<u64> = ids.zip(&drafts).map(|(id, _)| id).collect();
        self.marks.extend(ids.iter().map(|&id| Mark { id, is_saved: false }));
        self.drafted.extend(ids);
        self.tour.bookmarks.extend(drafts);
        self.unsaved = self.compare();
        self.revision += 1;
        added
    }

    /// The tour that is part of the program. It is in no file, and need not be saved.
    #[must_use]
    pub fn demo() -> Self {
        Self::of(super::demo_tour())
    }

    /// A tour that is saved as it is.
    fn of(tour: Tour) -> Self {
        let marks = (0..).zip(&tour.bookmarks).map(|(id, _)| Mark { id, is_saved: true }).collect();
        let open = Self {
            tour,
            at: None,
            path: None,
            marks,
            saved: Saved::default(),
            unsaved: Unsaved::default(),
            drafted: Vec::new(),
            removed: Vec::new(),
            revision: 0,
        };
        Self { saved: open.to_be_saved(), ..open }
    }

    /// Records that all of it was written to `path`.
    pub fn set_saved(&mut self, path: PathBuf) {
        self.path = Some(path);
        self.marks.iter_mut().for_each(|mark| mark.is_saved = true);
        self.saved = self.to_be_saved();
        self.unsaved = Unsaved::default();
    }

    /// What a file would hold.
    fn to_be_saved(&self) -> Saved {
        let ids = self.marks.iter().map(|mark| mark.id).collect();
        Saved { ids, looping: self.tour.looping, seconds: self.tour.seconds }
    }

    /// What differs from the file.
    fn compare(&self) -> Unsaved {
        if self.marks.is_empty() {
            // Nothing is here that could be lost.
            return Unsaved::default();
        }
        let now: HashSet<u64> = self.marks.iter().map(|mark| mark.id).collect();
        let before: HashSet<u64> = self.saved.ids.iter().copied().collect();
        let stayed = self.marks.iter().map(|mark| mark.id).filter(|id| before.contains(id));
        let expected = self.saved.ids.iter().copied().filter(|id| now.contains(id));
        Unsaved {
            bookmarks: self.marks.iter().filter(|mark| !mark.is_saved).count(),
            removed: before.difference(&now).count(),
            order: !stayed.eq(expected),
            pace: (self.tour.looping, self.tour.seconds) != (self.saved.looping, self.saved.seconds),
        }
    }

    /// Numbers that no bookmark has or had.
    fn free_ids(&self) -> std::ops::RangeFrom<u64> {
        let used = self.marks.iter().chain(self.removed.iter().map(|(.., mark)| mark)).map(|mark| mark.id);
        used.chain(self.saved.ids.iter().copied()).max().map_or(0, |last| last + 1)..
    }

    /// Sets the picture of the bookmark at `place` if its name is still `name`.
    pub fn set_thumbnail(&mut self, place: usize, name: &str, png: std::sync::Arc<[u8]>) {
        if let Some(bookmark) = self.tour.bookmarks.get_mut(place).filter(|bookmark| bookmark.name == name) {
            bookmark.thumbnail = Some(png);
            self.revision += 1;
        }
    }

    /// Returns a name that no bookmark has.
    #[must_use]
    pub fn free_name(&self) -> String {
        let taken = |name: &str| self.tour.bookmarks.iter().any(|bookmark| bookmark.name == name);
        let first = self.tour.bookmarks.len() + 1;
        let names = (first..).map(|number| format!("Bookmark {number}"));
        names.into_iter().find(|name| !taken(name)).unwrap_or_default()
    }

    fn show(&mut self, place: Option<usize>) -> Option<usize> {
        if place.is_some() && place != self.at {
            self.at = place;
            self.revision += 1;
        }
        place
    }

    /// A person has changed the bookmark at `place`: it has to be saved, and is no draft any more.
    fn edited(&mut self, place: usize) {
        let mark = &mut self.marks[place];
        mark.is_saved = false;
        self.drafted.retain(|id| *id != mark.id);
    }

    /// Changes the bookmarks; all places exist. Returns whether anything has changed.
    fn change(&mut self, action: &TourAction, capture: impl FnOnce() -> Option<Bookmark>) -> bool {
        match action {
            TourAction::Add(name) => {
                let Some(bookmark) = capture() else { return false };
                let name = if name.trim().is_empty() { self.free_name() } else { name.trim().to_owned() };
                let place = self.at.map_or(self.tour.bookmarks.len(), |at| at + 1);
                self.insert(place, Bookmark { name, ..bookmark }, None);
                self.at = Some(place);
            }
            TourAction::Update(place) => {
                let Some(bookmark) = capture() else { return false };
                let old = &mut self.tour.bookmarks[*place];
                let (name, note) = (std::mem::take(&mut old.name), std::mem::take(&mut old.note));
                *old = Bookmark { name, note, seconds: old.seconds, ..bookmark };
                self.edited(*place);
                self.at = Some(*place);
            }
            TourAction::Rename(place, name) => {
                let bookmark = &mut self.tour.bookmarks[*place];
                if name.trim().is_empty() || bookmark.name == *name {
                    return false;
                }
                bookmark.name.clone_from(name);
                self.edited(*place);
            }
            TourAction::Note(place, note) => {
                let bookmark = &mut self.tour.bookmarks[*place];
                if bookmark.note == *note {
                    return false;
                }
                bookmark.note.clone_from(note);
                self.edited(*place);
            }
            TourAction::Stay(place, seconds) => {
                self.tour.bookmarks[*place].seconds = seconds.filter(|seconds| *seconds > 0.0).map(Tour::in_range);
                self.edited(*place);
            }
            TourAction::Move { from, to } => {
                let bookmark = self.tour.bookmarks.remove(*from);
                self.tour.bookmarks.insert(*to, bookmark);
                let mark = self.marks.remove(*from);
                self.marks.insert(*to, mark);
                self.at = self.at.map(|at| moved(at, *from, *to));
            }
            TourAction::Duplicate(place) => {
                let copy = self.tour.bookmarks[*place].clone();
                self.insert(place + 1, Bookmark { name: format!("{} (copy)", copy.name), ..copy }, None);
            }
            TourAction::Remove(place) => {
                self.removed = vec![(*place, self.tour.bookmarks.remove(*place), self.marks.remove(*place))];
                self.at = match self.at {
                    Some(at) if at == *place => None,
                    at => at.map(|at| at - usize::from(at > *place)),
                };
            }
            TourAction::RemoveDrafts => {
                let stays: Vec<bool> = self.marks.iter().map(|mark| !self.drafted.contains(&mark.id)).collect();
                let before = |place: usize| stays[..place].iter().filter(|stays| **stays).count();
                self.at = self.at.filter(|&at| stays[at]).map(before);
                let bookmarks = std::mem::take(&mut self.tour.bookmarks);
                let all = bookmarks.into_iter().zip(std::mem::take(&mut self.marks)).enumerate();
                self.removed.clear();
                for (place, (bookmark, mark)) in all {
                    if stays[place] {
                        self.tour.bookmarks.push(bookmark);
                        self.marks.push(mark);
                    } else {
                        self.removed.push((place, bookmark, mark));
                    }
                }
            }
            TourAction::PutBack => {
                for (place, bookmark, mark) in std::mem::take(&mut self.removed) {
                    self.insert(place.min(self.tour.bookmarks.len()), bookmark, Some(mark));
                }
            }
            TourAction::Pace(seconds) => self.tour.seconds = Tour::in_range(*seconds),
            TourAction::Loop(looping) => self.tour.looping = *looping,
            TourAction::Show(_) | TourAction::Step(_) | TourAction::Close | TourAction::UseDataAtHand(_) => {
                return false;
            }
        }
        true
    }

    /// Inserts a bookmark; without a `mark` it is new.
    fn insert(&mut self, place: usize, bookmark: Bookmark, mark: Option<Mark>) {
        let mark = mark.unwrap_or_else(|| Mark { id: self.free_ids().start, is_saved: false });
        self.tour.bookmarks.insert(place, bookmark);
        self.marks.insert(place, mark);
        self.at = self.at.map(|at| at + usize::from(at >= place));
    }
}

/// Returns where the bookmark at `at` is after one has moved.
fn moved(at: usize, from: usize, to: usize) -> usize {
    if at == from {
        to
    } else if from < at && at <= to {
        at - 1
    } else if to <= at && at < from {
        at + 1
    } else {
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use parallax_session::View;

    fn bookmark(name: &str) -> Bookmark {
        Bookmark {
            name: name.into(),
            note: String::new(),
            seconds: None,
            subject: std::sync::Arc::default(),
            view: View::default(),
            layouts: Vec::new(),
            thumbnail: None,
        }
    }

    fn tour_of(names: &[&str]) -> OpenTour {
        let bookmarks = names.iter().map(|name| bookmark(name)).collect();
        let mut open = OpenTour::default();
        open.join("a.ron".into(), Tour { bookmarks, ..Tour::default() });
        open
    }

    fn names(open: &OpenTour) -> Vec<&str> {
        open.tour.bookmarks.iter().map(|bookmark| &*bookmark.name).collect()
    }

    fn act(open: &mut OpenTour, action: &TourAction) -> Option<usize> {
        open.apply(action, || Some(bookmark("")))
    }

    #[test]
    fn new_bookmark_comes_after_the_current_one() {
        let mut open = tour_of(&["a", "b"]);
        assert_eq!(act(&mut open, &TourAction::Show(0)), Some(0));
        act(&mut open, &TourAction::Add("x".into()));
        act(&mut open, &TourAction::Add(String::new()));
        assert_eq!((names(&open), open.at, open.is_saved()), (vec!["a", "x", "Bookmark 4", "b"], Some(2), false));
        assert_eq!(open.apply(&TourAction::Add("y".into()), || None), None);
        assert_eq!(open.tour.bookmarks.len(), 4);
    }

    #[test]
    fn durations_have_a_range() {
        for (seconds, expected) in [(2.5, 2.5), (1e-9, 0.1), (1e30, 86_400.0), (f32::INFINITY, 86_400.0)] {
            let mut open = tour_of(&["a"]);
            act(&mut open, &TourAction::Pace(seconds));
            act(&mut open, &TourAction::Stay(0, Some(seconds)));
            assert_eq!((open.tour.seconds, open.tour.bookmarks[0].seconds), (expected, Some(expected)));
        }
    }

    #[test]
    fn steps_end_at_the_ends() {
        let mut open = tour_of(&["a", "b"]);
        let mut step = |step| act(&mut open, &TourAction::Step(step));
        assert_eq!([step(Step::Next), step(Step::Next), step(Step::Next)], [Some(0), Some(1), None]);
        assert_eq!([step(Step::Previous), step(Step::Previous)], [Some(0), None]);
        assert_eq!([step(Step::Last), step(Step::First)], [Some(1), Some(0)]);
        assert_eq!(act(&mut OpenTour::default(), &TourAction::Step(Step::Next)), None);
    }

    #[test]
    fn removed_bookmark_can_be_put_back() {
        let mut open = tour_of(&["a", "b", "c"]);
        act(&mut open, &TourAction::Show(2));
        act(&mut open, &TourAction::Remove(1));
        assert_eq!((names(&open), open.at), (vec!["a", "c"], Some(1)));
        act(&mut open, &TourAction::PutBack);
        assert_eq!((names(&open), open.at, open.can_put_back()), (vec!["a", "b", "c"], Some(2), false));
        act(&mut open, &TourAction::Remove(7));
        assert_eq!(open.tour.bookmarks.len(), 3);
    }

    #[test]
    fn drafts_are_removed_together() {
        let mut open = tour_of(&["a", "b"]);
        open.add_drafts(vec![bookmark("x")]);
        open.add_drafts(vec![bookmark("y"), bookmark("z")]);
        assert_eq!((names(&open), open.unsaved().bookmarks), (vec!["a", "b", "x", "y", "z"], 3));
        act(&mut open, &TourAction::Move { from: 4, to: 0 });
        act(&mut open, &TourAction::Remove(3));
        act(&mut open, &TourAction::Show(2));
        act(&mut open, &TourAction::RemoveDrafts);
        assert_eq!((names(&open), open.at(), open.is_saved()), (vec!["a", "b"], Some(1), true));
        assert!(open.can_put_back() && open.removed().len() == 2);
        act(&mut open, &TourAction::PutBack);
        assert_eq!((names(&open), open.at(), open.has_drafts()), (vec!["z", "a", "b", "y"], Some(2), true));
        act(&mut open, &TourAction::RemoveDrafts);
        act(&mut open, &TourAction::RemoveDrafts);
        act(&mut open, &TourAction::Add("c".into()));
        assert_eq!(names(&open), ["a", "b", "c"]);
    }

    #[test]
    fn edited_drafts_are_not_removed() {
        let mut open = tour_of(&[]);
        open.add_drafts(["v", "w", "x", "y", "z"].map(bookmark).to_vec());
        let edits = [
            TourAction::Rename(0, "a".into()),
            TourAction::Note(1, "Mine.".into()),
            TourAction::Stay(2, Some(9.0)),
            TourAction::Update(3),
        ];
        edits.iter().for_each(|edit| _ = act(&mut open, edit));
        act(&mut open, &TourAction::RemoveDrafts);
        assert_eq!((names(&open), open.has_drafts()), (vec!["a", "w", "x", "y"], false));
    }

    /// Named by another column, a cluster has another name and is the same.
    #[test]
    fn drafts_of_the_same_rows_take_the_place_of_those_before() {
        let of = |name: &str, row: u32| {
            let mut bookmark = bookmark(name);
            bookmark.view.selection = vec![row, row + 1].into();
            bookmark
        };
        let mut open = tour_of(&["a"]);
        open.add_drafts(vec![of("x", 1), of("y", 5), bookmark("all")]);
        act(&mut open, &TourAction::Note(1, "Mine.".into()));
        assert_eq!(open.add_drafts(vec![of("x2", 1), of("y2", 5), of("y3", 5), bookmark("all of them")]), 4);
        assert_eq!(names(&open), ["a", "x", "y2", "all", "x2", "y3", "all of them"]);
        act(&mut open, &TourAction::RemoveDrafts);
        assert_eq!(names(&open), ["a", "x"]);
    }

    #[test]
    fn drafts_that_are_there_are_not_added_again() {
        let mut open = tour_of(&["a"]);
        assert_eq!(open.add_drafts(vec![bookmark("x"), bookmark("y")]), 2);
        let revision = open.revision();
        assert_eq!((open.add_drafts(vec![bookmark("y"), bookmark("x")]), open.revision()), (0, revision));
        act(&mut open, &TourAction::Rename(1, "mine".into()));
        assert_eq!(open.add_drafts(vec![bookmark("x"), bookmark("y")]), 1);
        assert_eq!(names(&open), ["a", "mine", "y", "x"]);
    }

    #[test]
    fn joined_files_have_no_path_and_nothing_unsaved() {
        let mut open = tour_of(&["a"]);
        assert!(open.is_saved() && open.path().is_some());
        assert_eq!(open.join("b.ron".into(), tour_of(&["b"]).tour), Some(1));
        assert_eq!((names(&open), open.path(), open.is_saved()), (vec!["a", "b"], None, true));
        act(&mut open, &TourAction::Move { from: 0, to: 1 });
        assert_eq!(open.unsaved(), Unsaved { order: true, ..Unsaved::default() });
    }

    #[test]
    fn unsaved_names_only_what_no_file_holds() {
        let check = |actions: &[TourAction], expected: Unsaved| {
            let mut open = tour_of(&["a", "b", "c"]);
            for action in actions {
                act(&mut open, action);
            }
            assert_eq!(open.unsaved(), expected, "{actions:?}");
            assert_eq!(open.is_saved(), expected == Unsaved::default());
            open.set_saved("b.ron".into());
            assert!(open.is_saved(), "{actions:?}");
        };
        let none = Unsaved::default();
        let add = || TourAction::Add("x".into());
        let there = TourAction::Move { from: 0, to: 2 };
        let back = TourAction::Move { from: 2, to: 0 };
        check(&[TourAction::Show(1), TourAction::Step(Step::Next)], none);
        check(&[add()], Unsaved { bookmarks: 1, ..none });
        check(&[add(), add()], Unsaved { bookmarks: 2, ..none });
        check(&[add(), TourAction::Remove(3)], none);
        check(&[TourAction::Rename(0, "A".into()), TourAction::Note(0, "n".into())], Unsaved { bookmarks: 1, ..none });
        check(&[TourAction::Rename(0, "a".into())], none);
        check(&[TourAction::Update(2)], Unsaved { bookmarks: 1, ..none });
        check(&[TourAction::Stay(1, Some(2.0))], Unsaved { bookmarks: 1, ..none });
        check(std::slice::from_ref(&there), Unsaved { order: true, ..none });
        check(&[there, back], none);
        check(&[TourAction::Remove(1)], Unsaved { removed: 1, ..none });
        check(&[TourAction::Remove(1), TourAction::PutBack], none);
        check(&[TourAction::Duplicate(0)], Unsaved { bookmarks: 1, ..none });
        check(&[TourAction::Loop(true)], Unsaved { pace: true, ..none });
        check(&[TourAction::Loop(true), TourAction::Loop(false)], none);
        check(&[add(), TourAction::Close], none);
        check(&[TourAction::Remove(0), TourAction::Remove(0), TourAction::Remove(0)], none);
    }

    proptest! {
        /// Moving bookmarks loses none, and the current one stays the same.
        #[test]
        fn moving_keeps_all_bookmarks_and_the_current_one(moves in prop::collection::vec((0_usize..6, 0_usize..6), 0..20), at in 0_usize..5) {
            let mut open = tour_of(&["a", "b", "c", "d", "e"]);
            act(&mut open, &TourAction::Show(at));
            let shown = names(&open)[at].to_owned();
            for (from, to) in moves {
                act(&mut open, &TourAction::Move { from, to });
                prop_assert_eq!(names(&open)[open.at.unwrap()], &shown);
            }
            let mut all = names(&open);
            all.sort_unstable();
            prop_assert_eq!(all, ["a", "b", "c", "d", "e"]);
        }
    }
}
