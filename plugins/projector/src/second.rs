//! The second embedding of the same rows: loads it, matches its rows with those of the open one, gives
//! them places in the layout on screen, and measures how alike the two are.
//!
//! Everything has the row numbers of the open embedding: the vectors of the second are put in that
//! order (`Shadow`) once, so that recipes, isolated rows, and colors apply to both. Where the
//! order is the same already, they are shared.

mod shadow;

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Progress, RowSet};
use parallax_formats::{FormatError, Problem, Severity, Source};
use parallax_neighbors::{Metric, nearest};
use parallax_projection::{Layout, ProjectionError, Resemblance, ResemblanceSettings};
use parallax_session::{
    Alignment, BothNearest, CANCELED, Compared, ComparedState, JobKind, Likeness, MatchBy, Matching, NEAREST_COMPARED,
    Origin, file_name,
};
use parallax_state::{CurrentCompared, CurrentLayout, CurrentView, Opened};

use self::shadow::{Laid, LayOut, Shadow};
use crate::{
    Failed,
    job::{Jobs, Slot, whole},
    loading::{self, load_from},
    projecting::Projecting,
};

/// The most bytes of layouts that are kept for when they are asked for again.
const KEPT: usize = 256 << 20;

/// The seed of approximate neighbors.
const SEED: u64 = 42;

/// The data: by [`Opened::epoch`] and [`Opened::rows_epoch`], and where the second is from.
#[derive(Debug, Clone, PartialEq)]
struct Of {
    epoch: u64,
    rows: u64,
    origin: Origin,
    run: Option<String>,
    embedding: Option<String>,
}

/// A second embedding as it was loaded.
struct Second {
    embedding: Arc<Embedding>,
    title: Title,
    /// Whether it is from the open source.
    is_here: bool,
    /// What it is called beside the open one, and that one beside it.
    names: [String; 2],
    problems: Vec<String>,
}

/// Why there is no shadow.
struct NotMatched {
    what: String,
    /// Whether rows matched in another way may have partners.
    is_unmatched: bool,
}

/// What a layout depends on: the shadow, [`CurrentLayout::revision`], the coordinates on screen, and
/// the alignment.
type LayoutOf = (u64, u64, [Option<usize>; 3], Alignment);

/// A layout that is kept as long as that of the open embedding is, beside which it lies: when rows that were
/// isolated are shown among the others again, both come back.
struct KeptLayout {
    beside: Weak<Layout>,
    /// The coordinates on screen, and the alignment.
    of: ([Option<usize>; 3], Alignment),
    laid: Laid,
}

impl KeptLayout {
    fn is_of(&self, how: &LayOut) -> bool {
        self.beside.as_ptr() == Arc::as_ptr(&how.layout) && self.of == (how.seen, how.align)
    }

    fn bytes(&self) -> usize {
        size_of_val(self.laid.layout.values()) + size_of_val(&*self.laid.away)
    }
}

#[derive(Resource, Default)]
pub(crate) struct Comparer {
    of: Option<Of>,
    loading: Slot<Of, Result<Second, String>>,
    second: Option<Arc<Second>>,
    matching: Slot<MatchBy, Result<Shadow, NotMatched>>,
    shadow: Option<Arc<Shadow>>,
    /// The number of shadows so far.
    serial: u64,
    measuring: Slot<((u64, Metric), Alignment), Result<Likeness, String>>,
    /// What was measured last of a shadow by a metric. Another alignment changes little of it.
    measured: Option<((u64, Metric), Arc<Likeness>)>,
    placing: Slot<LayoutOf, Result<Laid, String>>,
    /// Layouts of this shadow, the last one at the end.
    kept: Vec<KeptLayout>,
    nearest: Slot<(u64, u32, Metric), BothNearest>,
}

pub(crate) fn compare_embeddings(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    projecting: Res<Projecting>,
    (mut comparer, mut published): (ResMut<Comparer>, ResMut<CurrentCompared>),
    (mut jobs, mut failed): (Jobs, ResMut<Failed>),
) {
    let comparer = &mut *comparer;
    let canceled = jobs.take_cancels().include(JobKind::Compare);
    let retried = jobs.take_retries(JobKind::Compare);
    // Data that are chosen and not loaded yet have rows of their own.
    let is_settled = !view.history().can_stay();
    let wanted = view.compared.as_ref().zip(opened.embedding.as_ref()).filter(|_| is_settled);
    let Some((compared, embedding)) = wanted else {
        if comparer.of.is_some() || published.state.is_some() {
            *comparer = Comparer { serial: comparer.serial, ..Comparer::default() };
            reset(&mut published, None, opened.epoch);
        }
        return;
    };
    let of = Of {
        epoch: opened.epoch,
        rows: opened.rows_epoch,
        origin: compared.origin.clone(),
        run: compared.run.clone(),
        embedding: compared.embedding.clone(),
    };
    if comparer.of.as_ref() != Some(&of) || retried {
        // Another step of the open one has the same rows: the second stays, and so does its picture until
        // there is another.
        let stays = !retried && comparer.of.as_ref().is_some_and(|known| Of { epoch: of.epoch, ..known.clone() } == of);
        let here = Here { origin: view.origin.clone(), source: opened.source.clone(), place: opened.place };
        let second = comparer.second.take().filter(|_| stays).and_then(|second| second.beside(&here).ok());
        let layout = published.layout.take().filter(|_| second.is_some());
        *comparer = Comparer { of: Some(of.clone()), serial: comparer.serial, ..Comparer::default() };
        reset(&mut published, Some(ComparedState::default()), opened.epoch);
        published.layout = layout;
        if let Some(second) = second {
            comparer.loading.assume(of.clone());
            comparer.second = Some(Arc::new(second));
        }
    }
    if canceled {
        comparer.cancel(&mut published);
    }
    let before = published.revision;
    comparer.load(of, &view.origin, &opened, &mut published, &mut jobs);
    comparer.match_rows(compared, embedding, &mut published, &mut jobs);
    let rests = current.steps.as_ref().is_none_or(|steps| !steps.running);
    if let (Some(layout), Some(space), true) = (current.of(&opened), projecting.space(), rests) {
        let seen = view.projection.seen(current.method, layout.dims());
        let how = LayOut {
            projection: current.made_by.clone(),
            label_by: view.label_by.clone(),
            layout: layout.clone(),
            frame: current.frame.clone(),
            seen,
            align: compared.align,
        };
        comparer.place(how, current.revision, (embedding, space), &mut published, &mut jobs);
    }
    // As the Inspector lists neighbors.
    let metric = view.neighbors.metric;
    comparer.measure((compared, metric), embedding, &mut published, &mut jobs);
    comparer.find_nearest(view.inspected(), metric, embedding, &mut published, &mut jobs);
    if published.revision != before
        && let Some(state) = &published.state
        && let Some(why) = state.why_not()
    {
        // How rows are matched is said from the open one's side.
        let path = path(if state.is_unmatched { &view.origin } else { &compared.origin });
        let of_path = format!("{}: ", path.display());
        failed.0 = Some(Problem::error(path, why.strip_prefix(&of_path).unwrap_or(why)));
    }
}

/// Keeps a layout, in place of those that lie beside none any more, and of the first ones if there are too
/// many.
fn keep(kept: &mut Vec<KeptLayout>, new: KeptLayout) {
    kept.retain(|old| old.beside.strong_count() > 0);
    kept.push(new);
    while kept.len() > 1 && kept.iter().map(KeptLayout::bytes).sum::<usize>() > KEPT {
        kept.remove(0);
    }
}

/// Returns what messages are about.
fn path(origin: &Origin) -> PathBuf {
    match origin {
        Origin::Path { path, .. } => path.clone(),
        other => loading::name(other).into(),
    }
}

fn reset(published: &mut CurrentCompared, state: Option<ComparedState>, epoch: u64) {
    let (revision, measured) = (published.revision + 1, published.measured + 1);
    *published = CurrentCompared { state, epoch, revision, measured, ..CurrentCompared::default() };
}

/// What a job is called.
fn job(name: &str) -> (JobKind, String) {
    (JobKind::Compare, name.to_owned())
}

impl Comparer {
    /// Cancels what is running. It says so in place of its result.
    fn cancel(&mut self, published: &mut CurrentCompared) {
        let Some(state) = &mut published.state else { return };
        let canceled = || CANCELED.to_owned();
        if self.loading.busy().is_some() || self.matching.busy().is_some() {
            state.matched = Some(Err(canceled()));
        }
        if self.placing.busy().is_some() {
            state.placed = Some(Err(canceled()));
        }
        if self.measuring.busy().is_some() {
            state.likeness = Some(Err(canceled()));
        }
        self.loading.cancel();
        self.matching.cancel();
        self.placing.cancel();
        self.measuring.cancel();
    }

    fn load(&mut self, of: Of, open: &Origin, opened: &Opened, published: &mut CurrentCompared, jobs: &mut Jobs) {
        let name = format!("Loading {}", loading::name(&of.origin));
        let wanted = of.clone();
        self.loading.want(of, (JobKind::Compare, name), &jobs.wake, || {
            let source = opened.source.clone().filter(|_| *open == wanted.origin);
            let here = Here { origin: open.clone(), source: opened.source.clone(), place: opened.place };
            whole(move |progress| read(&wanted, source, &here, progress))
        });
        let Some((_, read)) = self.loading.poll(jobs) else { return };
        let Some(state) = &mut published.state else { return };
        match read {
            Ok(second) => {
                state.names.clone_from(&second.names);
                self.second = Some(Arc::new(second));
            }
            Err(why) => {
                state.matched = Some(Err(why));
                published.revision += 1;
            }
        }
    }

    fn match_rows(
        &mut self,
        compared: &Compared,
        embedding: &Arc<Embedding>,
        published: &mut CurrentCompared,
        jobs: &mut Jobs,
    ) {
        let Some(second) = &self.second else { return };
        let work = || {
            let (open, second, by) = (embedding.clone(), second.clone(), compared.matched.clone());
            whole(move |progress| {
                let matching = Matching::of(&open, &second.embedding, &by);
                let matching = matching
                    .map_err(|why| NotMatched { what: why.said(&second.names[1]), is_unmatched: why.is_by_choice() })?;
                Shadow::of(&open, (&second.embedding, &second.problems), matching, progress)
                    .map_err(|error| NotMatched { what: said(&error), is_unmatched: false })
            })
        };
        self.matching.want(compared.matched.clone(), job("Matching rows"), &jobs.wake, work);
        let Some((_, shadow)) = self.matching.poll(jobs) else { return };
        let (names, layout) = (second.names.clone(), published.layout.take());
        self.serial += 1;
        self.kept.clear();
        reset(published, Some(ComparedState { names, ..ComparedState::default() }), published.epoch);
        let Some(state) = &mut published.state else { return };
        match shadow {
            Ok(shadow) => {
                state.matched = Some(Ok(shadow.matched.clone()));
                self.shadow = Some(Arc::new(shadow));
                published.layout = layout;
            }
            Err(NotMatched { what, is_unmatched }) => {
                state.matched = Some(Err(what));
                state.is_unmatched = is_unmatched;
                self.shadow = None;
            }
        }
    }

    fn place(
        &mut self,
        how: LayOut,
        revision: u64,
        (embedding, space): (&Arc<Embedding>, &Arc<parallax_projection::Space>),
        published: &mut CurrentCompared,
        jobs: &mut Jobs,
    ) {
        let Some(shadow) = &self.shadow else { return };
        let request = (self.serial, revision, how.seen, how.align);
        let known = self.kept.iter().find(|kept| kept.is_of(&how)).map(|kept| kept.laid.clone());
        let laid = if let Some(known) = known.filter(|_| !self.placing.is_for(&request)) {
            self.placing.assume(request);
            Ok(known)
        } else {
            let (beside, of) = (Arc::downgrade(&how.layout), (how.seen, how.align));
            let work = || {
                let (shadow, embedding, space) = (shadow.clone(), embedding.clone(), space.clone());
                let names = self.second.as_ref().map(|second| second.names.clone()).unwrap_or_default();
                whole(move |progress| how.place(&shadow, &names, (&embedding, &space), progress))
            };
            self.placing.want(request, job("Placing the second embedding"), &jobs.wake, work);
            let Some((_, laid)) = self.placing.poll(jobs) else { return };
            laid.inspect(|laid| keep(&mut self.kept, KeptLayout { beside, of, laid: laid.clone() }))
        };
        let Some(state) = &mut published.state else { return };
        match laid {
            Ok(Laid { layout, placed, away }) => {
                state.placed = Some(Ok(placed));
                published.layout = Some(layout);
                published.revision += 1;
                // Otherwise it is measured in the vectors.
                if !shadow.matched.are_aligned_in_vectors() {
                    published.moved = away;
                    published.measured += 1;
                }
            }
            // What is on screen belongs to another layout.
            Err(why) => {
                state.placed = Some(Err(why));
                published.layout = None;
                published.revision += 1;
            }
        }
    }

    fn measure(
        &mut self,
        (compared, metric): (&Compared, Metric),
        embedding: &Arc<Embedding>,
        published: &mut CurrentCompared,
        jobs: &mut Jobs,
    ) {
        let Some(shadow) = &self.shadow else { return };
        let (align, of) = (compared.align, (self.serial, metric));
        let work = || {
            let (shadow, embedding) = (shadow.clone(), embedding.clone());
            let names = self.second.as_ref().map(|second| second.names.clone()).unwrap_or_default();
            let known = self.measured.as_ref().filter(|(known, _)| *known == of).map(|(_, likeness)| likeness.clone());
            whole(move |progress| {
                let known = known.map(|known| known.found.clone());
                let found = likeness(&shadow, &embedding, (align, metric), known, progress);
                found.map_err(|error| said_of(&error, &names))
            })
        };
        self.measuring.want((of, align), job("Comparing embeddings"), &jobs.wake, work);
        let Some((_, measured)) = self.measuring.poll(jobs) else { return };
        let Some(state) = &mut published.state else { return };
        let measured = measured.map(Arc::new);
        // What colors points belongs to what was measured before.
        published.shared = Arc::default();
        if shadow.matched.are_aligned_in_vectors() {
            published.moved = Arc::default();
        }
        published.measured += 1;
        if let Ok(likeness) = &measured {
            let rows = likeness.found.partners.rows()[0];
            let by_row = |values: &mut dyn Iterator<Item = f32>| {
                let mut of_rows = vec![f32::NAN; embedding.rows()];
                rows.iter().zip(values).for_each(|(&row, value)| of_rows[row as usize] = value);
                Arc::from(of_rows)
            };
            published.shared = by_row(&mut likeness.found.overlap.jaccard());
            if let Some((_, moved)) = &likeness.found.moved {
                published.moved = by_row(&mut moved.iter().copied());
            }
            self.measured = Some((of, likeness.clone()));
        }
        state.likeness = Some(measured);
    }

    fn find_nearest(
        &mut self,
        row: Option<u32>,
        metric: Metric,
        embedding: &Arc<Embedding>,
        published: &mut CurrentCompared,
        jobs: &mut Jobs,
    ) {
        let Some((shadow, row)) = self.shadow.as_ref().zip(row.filter(|&row| (row as usize) < embedding.rows())) else {
            self.nearest.clear();
            return;
        };
        let work = || {
            let (shadow, embedding) = (shadow.clone(), embedding.clone());
            whole(move |progress| both_nearest(&shadow, &embedding, (row, metric), progress))
        };
        let name = (JobKind::Neighbors, "Finding neighbors in both".to_owned());
        self.nearest.want((self.serial, row, metric), name, &jobs.wake, work);
        if let (Some((_, found)), Some(state)) = (self.nearest.poll(jobs), &mut published.state) {
            state.nearest = Some(found);
        }
    }
}

/// What is open.
struct Here {
    origin: Origin,
    source: Option<Arc<Source>>,
    place: (usize, usize),
}

/// Reads the second embedding, from the open `source` if it is there.
fn read(of: &Of, source: Option<Arc<Source>>, here: &Here, progress: &Progress) -> Result<Second, String> {
    let is_here = source.is_some();
    let source =
        source.map_or_else(|| loading::list(&of.origin, progress).map(Arc::new), Ok).map_err(|error| unread(&error))?;
    let (place, loaded) =
        load_from(&source, of.run.as_deref(), of.embedding.as_deref(), progress).map_err(|error| unread(&error))?;
    let title = title(Some(&source), &of.origin, place);
    // Those of the open source are on the Data card.
    let is_known = |problem: &Problem| is_here && source.problems.contains(problem);
    let problems = loaded.problems.iter().filter(|problem| problem.severity != Severity::Note && !is_known(problem));
    let problems = problems.map(ToString::to_string).collect();
    Second { embedding: Arc::new(loaded.embedding), title, is_here, names: <[String; 2]>::default(), problems }
        .beside(here)
}

impl Second {
    /// Returns it with names beside what is open, or an error if it is that itself.
    fn beside(&self, open: &Here) -> Result<Self, String> {
        let first = title(open.source.as_deref(), &open.origin, open.place);
        let Title { run, tensor, .. } = &self.title;
        if self.is_here && (run, tensor) == (&first.run, &first.tensor) {
            return Err(format!("{tensor} is the open embedding itself. Choose another one"));
        }
        let names = told_apart([&first, &self.title], self.is_here);
        let (embedding, title, problems) = (self.embedding.clone(), self.title.clone(), self.problems.clone());
        Ok(Self { embedding, title, is_here: self.is_here, names, problems })
    }
}

fn title(source: Option<&Source>, origin: &Origin, place: (usize, usize)) -> Title {
    let found = source.and_then(|source| source.at(place));
    let (file, folder) = match origin {
        Origin::Path { path, .. } => (file_name(path), path.parent().map(file_name).unwrap_or_default()),
        other => (loading::name(other), String::new()),
    };
    Title {
        file,
        folder,
        run: found.map(|(run, _)| run.name.clone()).unwrap_or_default(),
        tensor: found.map(|(_, tensor)| tensor.name.clone()).unwrap_or_default(),
    }
}

/// What an embedding could be called.
#[derive(Clone)]
struct Title {
    file: String,
    folder: String,
    run: String,
    tensor: String,
}

/// Returns names that are as short as tells the two apart.
fn told_apart(both: [&Title; 2], same_file: bool) -> [String; 2] {
    let is_other = |of: fn(&Title) -> &String| of(both[0]) != of(both[1]);
    let is_other_tensor = is_other(|title| &title.tensor);
    let by: fn(&Title) -> String = match () {
        () if same_file && is_other(|title| &title.run) && is_other_tensor => {
            |title| format!("{}/{}", title.run, title.tensor)
        }
        () if same_file && is_other_tensor => |title| title.tensor.clone(),
        () if same_file => |title| title.run.clone(),
        () if is_other(|title| &title.file) => |title| title.file.clone(),
        () if is_other(|title| &title.folder) => |title| format!("{}/{}", title.folder, title.file),
        () if is_other_tensor => |title| format!("{}: {}", title.file, title.tensor),
        () => |title| title.file.clone(),
    };
    both.map(by)
}

fn unread(error: &FormatError) -> String {
    match error {
        FormatError::Cancelled => CANCELED.to_owned(),
        error => error.to_string().trim_end_matches('.').to_owned(),
    }
}

fn said(error: &ProjectionError) -> String {
    match error {
        ProjectionError::Cancelled(_) => CANCELED.to_owned(),
        error => error.to_string(),
    }
}

/// The same of two embeddings that have these names.
fn said_of(error: &ProjectionError, [first, second]: &[String; 2]) -> String {
    if error.at_fault().is_some() { error.of_pair([first, second]) } else { said(error) }
}

/// Measures how alike the two are, from what is `known` under another alignment, if anything.
fn likeness(
    shadow: &Shadow,
    embedding: &Embedding,
    (align, metric): (Alignment, Metric),
    known: Option<Resemblance>,
    progress: &Progress,
) -> Result<Likeness, ProjectionError> {
    let settings = ResemblanceSettings { k: NEAREST_COMPARED, metric, align, seed: SEED };
    let vectors = [&embedding.vectors, &shadow.vectors];
    let non_finite = [&embedding.non_finite, &shadow.left_out];
    let found = match known {
        Some(known) => known.aligned(vectors, align, progress)?,
        None => Resemblance::measure(vectors, non_finite, &shadow.matched_rows(), settings, progress)?,
    };
    vectors.into_iter().try_for_each(parallax_embedding::Vectors::check)?;
    Ok(Likeness::of(found, metric))
}

/// Finds the nearest of a row in both, among the rows with a partner.
fn both_nearest(
    shadow: &Shadow,
    embedding: &Embedding,
    (row, metric): (u32, Metric),
    progress: &Progress,
) -> BothNearest {
    let left_out = shadow.left_out.union(&embedding.non_finite);
    let found = [&embedding.vectors, &shadow.vectors].map(|vectors| {
        if shadow.left_out.contains(row) {
            return Err("it has no partner with values".to_owned());
        }
        let found =
            nearest(vectors, row, NEAREST_COMPARED, metric, &left_out, progress).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|neighbor| neighbor.row).collect())
    });
    BothNearest { of: row, found }
}

/// Returns the rows that have a place.
fn placed(layout: &Layout) -> RowSet {
    let rows = layout.places().enumerate().filter(|(_, place)| place.iter().all(|x| x.is_finite()));
    rows.map(|(row, _)| row as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_tells_them_apart() {
        let title = |words: [&str; 4]| {
            let [folder, file, run, tensor] = words.map(str::to_owned);
            Title { file, folder, run, tensor }
        };
        let check = |a: [&str; 4], b: [&str; 4], same_file: bool, expected: [&str; 2]| {
            assert_eq!(told_apart([&title(a), &title(b)], same_file), expected);
        };
        check(["x", "a.npy", "", "a"], ["y", "b.npy", "", "b"], false, ["a.npy", "b.npy"]);
        check(["x", "a.npy", "", "a"], ["y", "a.npy", "", "a"], false, ["x/a.npy", "y/a.npy"]);
        check(["x", "a", "train", "t"], ["x", "a", "eval", "t"], true, ["train", "eval"]);
        check(["x", "a", "train", "t"], ["x", "a", "train", "u"], true, ["t", "u"]);
        check(["x", "a", "train", "t"], ["x", "a", "eval", "u"], true, ["train/t", "eval/u"]);
        check(["x", "a", "", "t"], ["x", "a", "", "u"], false, ["a: t", "a: u"]);
    }
}
