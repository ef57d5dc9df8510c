//! The steps of the open tensor: which there are, and going from one to the next by themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::RowSet;
use parallax_formats::{Moves, Series, SeriesStep, Source};
use parallax_projection::{Layout, Method, ProjectionError};
use parallax_session::{Edit, JobKind, MOST_TRAILS, Past, StepKind, StepMark, StepRow, Training, View, count, plural};
use parallax_state::{CurrentLayout, CurrentSteps, CurrentView, Do, Opened, Presenting, Running, Seen, StepLayouts};

use crate::{
    chain::{Chain, NOT_FINITE, alike, others},
    loading::Loading,
    moving::Moving,
    projecting::Projecting,
};

/// The series that the open embedding is a step of, if it is one.
#[derive(Resource, Default)]
pub(crate) struct OpenSeries {
    pub(crate) series: Option<Arc<Series>>,
    /// Why steps cannot be read that are listed, by the place of their embedding in the run.
    unread: BTreeMap<usize, String>,
    /// The places of the embeddings of which no vector is finite, as far as they were read.
    empty: BTreeSet<usize>,
    /// Increases when it is found anew, and when a step is found that cannot be read.
    revision: u64,
    /// The [`Opened::epoch`] for which it was found, and the listing.
    of: (u64, Option<Arc<Source>>),
    /// The place of its run in the listing, and in the one before.
    run: [usize; 2],
    /// Whether its steps are laid out together, as it was chosen last.
    together: Option<bool>,
}

/// If present, a series has only the steps with these numbers, as if there were no others.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct OnlySteps(pub Vec<u64>);

impl OnlySteps {
    fn of(&self, mut series: Series) -> Series {
        series.steps.retain(|step| self.0.contains(&step.number));
        series.unreadable.retain(|step| self.0.contains(&step.number));
        // What lies between two of them was not asked for.
        series.gaps.clear();
        series
    }
}

/// Returns the steps of the open series, in order, and why one has no layout together with the others.
#[must_use]
pub fn laid_out(world: &World) -> Vec<(SeriesStep, Result<(), String>)> {
    let chain = world.resource::<Chain>();
    let Some(series) = &world.resource::<OpenSeries>().series else { return Vec::new() };
    let (rows, _) = series.shape();
    let outcome = |step: &SeriesStep| match chain.trouble(step.embedding) {
        _ if step.rows != rows => Err(ProjectionError::StepRows { rows: step.rows, expected: rows }.to_string()),
        _ if chain.is_laid_out(step.embedding) => Ok(()),
        Some(why) => Err(why.to_owned()),
        None => Err("it has no layout together with the others".to_owned()),
    };
    series.steps.iter().map(|step| (step.clone(), outcome(step))).collect()
}

impl OpenSeries {
    /// Whether the step with this embedding is known to be unreadable.
    pub(crate) fn is_unread(&self, embedding: usize) -> bool {
        self.unread.contains_key(&embedding)
    }

    /// Whether the step with this embedding is known to have nothing to compare with.
    pub(crate) fn is_marked(&self, embedding: usize) -> bool {
        self.is_unread(embedding) || self.empty.contains(&embedding)
    }

    fn find(&mut self, opened: &Opened, only: Option<&OnlySteps>) {
        let (run, embedding) = opened.place;
        self.of = (opened.epoch, opened.source.clone());
        self.run = [run, self.run[0]];
        let series = opened.source.as_ref().and_then(|source| source.series_of(run, embedding));
        let series = match only {
            Some(only) => series.map(|series| only.of(series)),
            None => series,
        };
        if self.series.as_deref() != series.as_ref() {
            (self.series, self.revision) = (series.map(Arc::new), self.revision + 1);
        }
    }

    /// What is still the same step cannot be read as before.
    fn relist(&mut self, moves: &Moves) {
        let now = |place| moves.unchanged((self.run[1], place)).map(|(_, place)| place);
        let unread = std::mem::take(&mut self.unread).into_iter();
        self.unread = unread.filter_map(|(place, why)| Some((now(place)?, why))).collect();
        self.empty = std::mem::take(&mut self.empty).into_iter().filter_map(now).collect();
    }

    fn number(&self, embedding: usize) -> Option<u64> {
        let series = self.series.as_ref()?;
        Some(series.steps.get(series.place_of(embedding)?)?.number)
    }

    /// Notes that the step with this embedding cannot be read. Returns its number if that is new.
    pub(crate) fn mark(&mut self, embedding: usize, why: &str) -> Option<u64> {
        let number = self.number(embedding)?;
        let before = self.unread.insert(embedding, why.to_owned());
        self.revision += 1;
        before.is_none().then_some(number)
    }

    /// Notes that no vector of the step with this embedding is finite. Returns its number if that is new.
    pub(crate) fn mark_empty(&mut self, embedding: usize) -> Option<u64> {
        let number = self.number(embedding)?;
        let is_new = self.empty.insert(embedding);
        self.revision += u64::from(is_new);
        is_new.then_some(number)
    }
}

/// Finds the series. That of another step of it stays the same, and so do the layouts of its steps.
/// Those of a newer listing of it stay too, as far as its steps are the same.
pub(crate) fn find_series(
    (view, opened, mut loading, only): (Res<CurrentView>, Res<Opened>, ResMut<Loading>, Option<Res<OnlySteps>>),
    mut found: ResMut<OpenSeries>,
    (mut chain, mut projecting, mut moving): (ResMut<Chain>, ResMut<Projecting>, ResMut<Moving>),
    mut requests: MessageWriter<Do>,
) {
    let unread = loading.unread.take();
    let (epoch, before) = (found.of.0, &found.of.1);
    let is_other = epoch != opened.epoch && opened.rows_epoch == opened.epoch;
    let is_listed = matches!((before, &opened.source), (Some(before), Some(now)) if !Arc::ptr_eq(before, now));
    if epoch != opened.epoch || is_listed {
        let before = found.series.clone();
        found.find(&opened, only.as_deref());
        let is_same = before.zip(found.series.as_ref()).is_some_and(|(before, now)| Arc::ptr_eq(&before, now));
        // To a step of other rows and back, the others stay what they are.
        if is_other && (is_listed || !is_same) {
            chain.clear();
            found.unread.clear();
            found.empty.clear();
            found.together = None;
        } else if is_listed {
            let (run, moves) = (found.run[1], loading.moves());
            found.relist(moves);
            chain.relist(found.series.as_ref(), run, moves);
            projecting.relist(moves);
            moving.relist(run, moves);
        }
    }
    if let Some(embedding) = opened.embedding.as_ref().filter(|_| epoch != opened.epoch)
        && has_no_vector(embedding.rows(), &embedding.non_finite)
    {
        // The line of status says it.
        found.mark_empty(opened.place.1);
    }
    if view.training.together.is_some() {
        found.together = view.training.together;
    } else if !view.history().can_stay() && found.together.is_some() {
        // Nothing is chosen in a bookmark of a step, or for a step that was chosen as another embedding.
        let training = Training { together: found.together, ..view.training };
        requests.write(Do::program(Edit::SetTraining(training)));
    }
    let unread = unread.filter(|((run, _), _)| *run == opened.place.0);
    unread.into_iter().for_each(|((_, embedding), why)| _ = found.mark(embedding, &why));
}

/// Whether none of so many vectors is finite.
pub(crate) fn has_no_vector(rows: usize, non_finite: &RowSet) -> bool {
    rows > 0 && non_finite.len() == rows
}

/// Says that a step has no picture.
pub(crate) fn empty_step(number: u64) -> String {
    format!("Step {} has no picture: {NOT_FINITE}. The others go on.", count(number as usize))
}

/// Says that a step cannot be read, and why.
pub(crate) fn unread_step(number: u64, why: &str) -> String {
    format!("Step {} cannot be read: {}. The others go on.", count(number as usize), why.trim_end_matches('.'))
}

/// What a row of steps depends on.
type Depends = (u64, (u64, Past, bool), [u64; 2], (Training, Method), bool, usize);

/// Publishes the row of steps.
pub(crate) fn list_steps(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (found, chain): (Res<OpenSeries>, Res<Chain>),
    (mut steps, mut layouts): (ResMut<CurrentSteps>, ResMut<StepLayouts>),
    mut seen: Local<Seen<Depends>>,
) {
    let now = (
        opened.epoch,
        (current.revision, current.past, current.of_more),
        [found.revision, chain.revision],
        (view.training, view.projection.method),
        chain.is_busy(),
        view.selection.len(),
    );
    if seen.changed(now) {
        steps.0 = found.series.as_ref().and_then(|series| row((series, &found), &view, &opened, &current, &chain));
        let mut places: Vec<usize> = Vec::new();
        if let Some(series) = found.series.as_ref().filter(|_| current.past == Past::Training) {
            places.extend(alike(series).iter().map(|(_, place)| *place));
        }
        let there: Vec<(usize, &Arc<Layout>)> = chain.layouts(&places).collect();
        let open = there.iter().position(|(place, _)| *place == opened.place.1);
        let all: Arc<[Arc<Layout>]> = there.into_iter().map(|(_, layout)| layout.clone()).collect();
        *layouts = StepLayouts { layouts: all, open, of: Some(opened.rows_epoch), revision: layouts.revision + 1 };
    }
}

fn row(
    (series, found): (&Series, &OpenSeries),
    view: &View,
    opened: &Opened,
    current: &CurrentLayout,
    chain: &Chain,
) -> Option<StepRow> {
    let (rows, (_, embedding), unread) = (opened.rows(), opened.place, &found.unread);
    let step = |step: &SeriesStep| {
        let kind = match unread.get(&step.embedding).filter(|_| step.embedding != embedding) {
            Some(why) => StepKind::Unreadable(why.clone()),
            None => StepKind::There {
                name: step.name.clone(),
                is_alike: step.rows == rows,
                is_laid_out: chain.is_laid_out(step.embedding),
                is_gone: step.is_gone,
                is_empty: found.empty.contains(&step.embedding),
            },
        };
        StepMark { number: step.number, kind }
    };
    let mut marks: Vec<StepMark> = series.steps.iter().map(step).collect();
    marks.extend(
        series
            .gaps
            .iter()
            .map(|gap| StepMark { number: gap.first, kind: StepKind::Missing { count: gap.count, last: gap.last } }),
    );
    marks.extend(
        series
            .unreadable
            .iter()
            .map(|unread| StepMark { number: unread.number, kind: StepKind::Unreadable(unread.problem.to_string()) }),
    );
    marks.sort_by_key(|mark| mark.number);
    let place_of = |name: &str| {
        marks.iter().position(|mark| matches!(&mark.kind, StepKind::There { name: other, .. } if other == name))
    };
    let open = series.steps.iter().find(|step| step.embedding == embedding)?;
    let open = place_of(&open.name)?;
    let is_of_other = current.of(opened).is_none() && current.on_screen(opened).is_some();
    let on_screen = current.embedding.as_deref().filter(|_| is_of_other).and_then(place_of);
    let said = said((series, unread), view, opened, current, chain);
    Some(StepRow { marks, open, on_screen, said })
}

/// Says what the layout on screen is to those of the other steps.
fn said(
    (series, unread): (&Series, &BTreeMap<usize, String>),
    view: &View,
    opened: &Opened,
    current: &CurrentLayout,
    chain: &Chain,
) -> String {
    let (embedding, rows, (usual, _)) = (opened.place.1, opened.rows(), series.shape());
    let shown = current.of(opened);
    let linked = chain.layout(embedding).zip(shown).is_some_and(|(of, shown)| Arc::ptr_eq(&of.picture.layout, shown));
    let mut parts = Vec::new();
    if linked {
        parts.push(chain.said(embedding));
        if current.of_more {
            parts.push("of all rows".to_owned());
        }
    } else if shown.is_some() && current.past == Past::Bookmark {
        parts.push("the layout of a bookmark".to_owned());
    } else if view.training.together != Some(true) {
        return "each step has a layout of its own: how points move is the method, too".to_owned();
    } else if rows != usual {
        let (rows, usual) = (plural(rows, "row"), count(usual));
        parts.push(format!("its own layout: it has {rows}, and the other steps have {usual}"));
    } else if shown.is_some() && current.method != Some(view.projection.method) {
        parts.extend(current.method.map(|method| format!("still by {}", method.about().title)));
    } else if let Some(why) = chain.trouble(embedding).filter(|_| chain.method() == Some(view.projection.method)) {
        parts.push(format!("its own layout: {why}"));
    } else if chain.is_busy() && shown.is_some() {
        parts.push("its own layout until it is laid out with the others".to_owned());
    } else if !chain.is_busy() {
        parts.push("its own layout".to_owned());
    }
    parts.push(others(series, |place| place == embedding || unread.contains_key(&place)));
    let selected = view.selection.len();
    if view.training.trails && selected > MOST_TRAILS && linked {
        parts.push(format!("trails of at most {MOST_TRAILS} selected rows"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// Goes to the next step when the one on screen has been there for its time.
pub(crate) fn play_steps(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (steps, chain, running, presenting): (Res<CurrentSteps>, Res<Chain>, Res<Running>, Res<Presenting>),
    time: Res<Time<Real>>,
    mut shown: Local<Option<Duration>>,
    (mut requests, mut redraw): (MessageWriter<Do>, MessageWriter<RequestRedraw>),
) {
    let Some(row) = steps.0.as_ref().filter(|_| view.training.playing && !presenting.0.on) else {
        *shown = None;
        return;
    };
    redraw.write(RequestRedraw);
    // Steps of other rows are other embeddings, and those without a picture are passed.
    let next = |after: Option<usize>| {
        row.alike().find(|&place| !row.is_empty(place) && after.is_none_or(|after| place > after))
    };
    let Some(so_far) = &mut *shown else {
        *shown = Some(Duration::ZERO);
        // From the last step it goes back to the first.
        if next(Some(row.open)).is_none() {
            go_to(row, next(None), &mut requests);
        }
        return;
    };
    let runs = |kind| running.0.iter().any(|job| job.kind == kind);
    let is_loading = runs(JobKind::Load);
    // A step that cannot be laid out is passed after its time, too.
    let will_be_seen = current.of(&opened).is_none() && (runs(JobKind::Project) || runs(JobKind::Training));
    let is_asked =
        view.embedding.as_deref().is_none_or(|name| row.step(row.open).is_some_and(|(open, _)| open == name));
    if is_loading || !is_asked || will_be_seen {
        return;
    }
    // The first frame after a long pause is no time of this step.
    *so_far += time.delta().min(Duration::from_millis(100));
    if *so_far < view.training.speed.stay() {
        return;
    }
    match next(Some(row.open)).or_else(|| next(None).filter(|_| view.training.looping)) {
        Some(next) if waits_for(row, next, &view, &chain) => {}
        Some(next) => {
            *so_far = Duration::ZERO;
            go_to(row, Some(next), &mut requests);
        }
        None => {
            requests.write(Do::program(Edit::SetTraining(Training { playing: false, ..view.training })));
        }
    }
}

/// Whether the layout of a step will come.
fn waits_for(row: &StepRow, place: usize, view: &View, chain: &Chain) -> bool {
    let is_laid_out =
        matches!(row.marks.get(place).map(|mark| &mark.kind), Some(StepKind::There { is_laid_out: true, .. }));
    view.training.together == Some(true) && !is_laid_out && chain.is_busy()
}

fn go_to(row: &StepRow, place: Option<usize>, requests: &mut MessageWriter<Do>) {
    if let Some((name, _)) = place.and_then(|place| row.step(place)) {
        requests.write(Do::program(Edit::PassStep(name.to_owned())));
    }
}
