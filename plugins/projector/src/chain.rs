//! The layouts of the steps of a training, which belong together.
//!
//! One job computes them in the order of the steps, and hands each over when it is done. They stay
//! until something that they depend on changes, and those of another method or of other rows stay
//! beside them for when they are asked for again. If steps have come after the others, the chain goes on
//! with them; if steps that have come or gone change what all have in common, the layouts that are there
//! stay until all are computed anew. Methods that run in steps take other settings when a
//! person restarts them, as they do for a single embedding.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Progress, RowSet, wording::listed};
use parallax_formats::{FormatError, Moves, Series, Source};
use parallax_projection::{
    Alignment, Basis, Begin, Layout, Method, ProjectionError, Recipe, Space, StepLayout, StepsOf, Together, series_from,
};
use parallax_session::{JobKind, Projection, Steps, count, hundredths, plural};

use crate::{
    Wake,
    job::{Jobs, Slot, whole},
    kept::{LayoutKey, Picture},
    training::has_no_vector,
};

/// The most layouts by which the common scale is found, evenly chosen.
const SCALED_WITH: usize = 16;

/// The most bytes of layouts that are kept besides those that are asked for, and of how many makings.
const KEPT: usize = 1 << 30;
const MAKINGS: usize = 8;

/// The layouts of steps, and the job that computes them.
#[derive(Resource, Default)]
pub(crate) struct Chain {
    /// Those that are asked for.
    now: Links,
    /// Those of other methods, settings, and rows. Those that were left last are at the end.
    left: Vec<Links>,
    slot: Slot<Of, Result<(), String>>,
    arriving: Arrivals,
    /// Increases with each change.
    pub(crate) revision: u64,
}

/// The layouts of steps that belong together.
#[derive(Default)]
struct Links {
    of: Option<Of>,
    /// The settings of the layouts.
    made_by: Arc<Projection>,
    /// By the place of the embedding in the run.
    laid_out: BTreeMap<usize, LaidOut>,
    /// Those by which the common scale is found.
    scaled_with: Arc<[Arc<Layout>]>,
    /// The layouts that take the place of all others once they are complete.
    coming: Option<BTreeMap<usize, LaidOut>>,
    /// Whether steps have come or gone since they were computed.
    has_changed: bool,
    /// Why there are no more layouts.
    failed: Option<String>,
}

/// What layouts of steps depend on.
#[derive(Debug, Clone)]
pub(crate) struct Of {
    series: Arc<Series>,
    key: LayoutKey,
    /// The rows that are laid out. `None` for all.
    rows: Option<RowSet>,
    recipe: Arc<Recipe>,
    together: Together,
}

/// What happened to a step.
#[derive(Debug, Clone)]
enum LaidOut {
    There(Box<(Picture, Option<f64>)>),
    /// Why it has no layout.
    Not(String),
    /// Why it cannot be read.
    Unread(String),
    /// None of its vectors is finite.
    Empty,
}

/// Why a step has no layout that can be read.
pub(crate) const NOT_FINITE: &str = "none of its vectors is finite";

type Arrivals = Arc<Mutex<Vec<(usize, LaidOut)>>>;

/// The source of the steps, and those that are in memory already.
pub(crate) struct Material<'a> {
    pub(crate) source: &'a Arc<Source>,
    /// The open embedding.
    pub(crate) open: (usize, &'a Arc<Embedding>),
}

/// A layout of the chain.
pub(crate) struct Linked<'a> {
    pub(crate) picture: &'a Picture,
    pub(crate) made_by: &'a Arc<Projection>,
    pub(crate) scaled_with: &'a Arc<[Arc<Layout>]>,
}

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        self.is_like(other) && self.recipe == other.recipe
    }
}

impl Of {
    /// Whether layouts that are made like this are wanted: methods that run in steps take other settings
    /// when they are restarted.
    fn serves(&self, wanted: &Self) -> bool {
        self.is_like(wanted) && (self.key.0.about().has_steps || self.recipe == wanted.recipe)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.is_of(&other.series, other.key, other.rows.as_ref()) && self.together == other.together
    }

    fn is_of(&self, series: &Arc<Series>, key: LayoutKey, rows: Option<&RowSet>) -> bool {
        Arc::ptr_eq(&self.series, series) && self.key == key && self.rows.as_ref() == rows
    }

    /// Whether all layouts depend on which steps there are.
    fn shares_all(&self) -> bool {
        (self.key.0, self.together.basis) == (Method::Pca, Basis::All)
    }
}

impl Chain {
    /// Asks for the layouts of the steps of `series`, of all rows or of `rows`. `restarts` says whether
    /// what is there is computed anew with the settings as they are now.
    pub(crate) fn want(
        &mut self,
        (series, together): (&Arc<Series>, Together),
        (key, recipe, projection): (LayoutKey, &Arc<Recipe>, &Projection),
        (rows, restarts): (Option<&RowSet>, bool),
        material: &Material<'_>,
        wake: &Wake,
    ) {
        let of = Of { series: series.clone(), key, rows: rows.cloned(), recipe: recipe.clone(), together };
        let is_shown = self.now.serves(&of) && !restarts;
        if is_shown && !self.now.has_changed {
            return;
        }
        if !is_shown {
            self.halt();
            self.leave();
            let known = self.left.iter().position(|links| links.serves(&of));
            let known = known.map(|known| self.left.remove(known)).filter(|_| !restarts);
            let made_by = Arc::new(projection.clone());
            self.now = known.unwrap_or_else(|| Links { of: Some(of), made_by, ..Links::default() });
        }
        self.revision += 1;
        let steps = alike(series);
        let begin = self.now.go_on(&steps);
        let Some(of) = self.now.of.clone().filter(|_| begin.at < steps.len()) else { return };
        let (arriving, waking, source) = (self.arriving.clone(), wake.clone(), material.source.clone());
        let open = (material.open.0, material.open.1.clone());
        let name = format!("Laying out {}", plural(steps.len() - begin.at, "step"));
        self.slot.want(of.clone(), (JobKind::Training, name), wake, || {
            whole(move |progress| {
                let hand_over = |embedding: usize, laid_out: LaidOut| {
                    arriving.lock().unwrap_or_else(PoisonError::into_inner).push((embedding, laid_out));
                    waking.call();
                };
                waking.beside(|| compute(&of, begin, &source, &open, hand_over, progress))
            })
        });
    }

    /// Ends the job. What it has made stays.
    fn halt(&mut self) {
        self.slot.clear();
        self.take_arrivals();
        // What it is about to hand over is of another time.
        self.arriving = Arrivals::default();
        self.now.has_changed |= self.now.coming.take().is_some();
    }

    /// Keeps the layouts that are there for when they are asked for again, as far as there is room.
    fn leave(&mut self) {
        let left = std::mem::take(&mut self.now);
        if !left.laid_out.is_empty() {
            self.left.push(left);
        }
        let mut bytes = 0;
        let fits = |links: &&Links| {
            bytes += links.bytes();
            bytes <= KEPT
        };
        let kept = self.left.iter().rev().take(MAKINGS).take_while(fits).count();
        self.left.drain(..self.left.len() - kept);
    }

    /// Takes another listing of the series, of the run that had this place. Layouts stay up to the first
    /// step that is another one; all that are of the same step if none depends on that before it.
    pub(crate) fn relist(&mut self, series: Option<&Arc<Series>>, run: usize, moves: &Moves) {
        let Some(series) = series else {
            self.clear();
            return;
        };
        // What was not complete goes on.
        let goes_on = self.is_busy();
        self.halt();
        self.now.has_changed |= goes_on;
        self.now.relist(series, run, moves);
        self.left.iter_mut().for_each(|links| links.relist(series, run, moves));
        self.revision += 1;
    }

    /// Takes the layouts that were handed over. Returns whether there were any.
    fn take_arrivals(&mut self) -> bool {
        let arrived = std::mem::take(&mut *self.arriving.lock().unwrap_or_else(PoisonError::into_inner));
        let has_arrived = !arrived.is_empty();
        let Links { laid_out, coming, .. } = &mut self.now;
        coming.as_mut().unwrap_or(laid_out).extend(arrived);
        has_arrived
    }

    /// Takes what has arrived. What is canceled stays as far as it is.
    pub(crate) fn go_on(&mut self, jobs: &mut Jobs, is_canceled: bool) {
        if is_canceled && self.is_busy() {
            self.slot.cancel();
            self.take_arrivals();
            self.now.coming = None;
            self.now.failed = Some("canceled".to_owned());
            self.revision += 1;
        }
        let has_arrived = self.take_arrivals();
        let ended = self.slot.poll(jobs).map(|(_, ended)| ended);
        let now = &mut self.now;
        if let Some(ended) = &ended {
            now.failed = ended.clone().err();
            if let Some(complete) = now.coming.take().filter(|_| ended.is_ok()) {
                now.laid_out = complete;
            }
        }
        if has_arrived && now.coming.is_none() || ended.is_some() {
            now.scaled_with = now.evenly_chosen();
            self.revision += 1;
        }
    }

    /// Ends what is being computed, and forgets what is there.
    pub(crate) fn clear(&mut self) {
        if self.now.of.is_some() || !self.left.is_empty() {
            *self = Self { revision: self.revision + 1, ..Self::default() };
        }
    }

    /// Whether layouts of `series` are those that are asked for, computed or under way: of all rows, or
    /// of `rows`.
    pub(crate) fn is_of(&self, series: &Arc<Series>, key: LayoutKey, rows: Option<&RowSet>) -> bool {
        self.now.of.as_ref().is_some_and(|of| of.is_of(series, key, rows))
    }

    /// Whether there are layouts of `rows`, those that are asked for or others.
    pub(crate) fn has(&self, series: &Arc<Series>, key: LayoutKey, rows: &RowSet) -> bool {
        let all = [&self.now].into_iter().chain(&self.left);
        all.filter_map(|links| links.of.as_ref()).any(|of| of.is_of(series, key, Some(rows)))
    }

    /// Whether `layout` is that of the embedding at `place` among layouts that are kept for when they are
    /// asked for again.
    pub(crate) fn has_made(
        &self,
        layout: &Arc<Layout>,
        (series, key, rows): (&Arc<Series>, LayoutKey, Option<&RowSet>),
        place: usize,
    ) -> bool {
        let is_it = |links: &&Links| {
            let is_of = links.of.as_ref().is_some_and(|of| of.is_of(series, key, rows));
            is_of
                && matches!(links.laid_out.get(&place), Some(LaidOut::There(there)) if Arc::ptr_eq(&there.0.layout, layout))
        };
        self.left.iter().any(|links| is_it(&links))
    }

    /// Returns the rows of the layouts, if they are of some.
    pub(crate) fn rows(&self) -> Option<&RowSet> {
        self.now.of.as_ref()?.rows.as_ref()
    }

    /// Returns the method of the layouts.
    pub(crate) fn method(&self) -> Option<Method> {
        self.now.of.as_ref().map(|of| of.key.0)
    }

    /// Returns the layout of the embedding at this place in the run.
    pub(crate) fn layout(&self, embedding: usize) -> Option<Linked<'_>> {
        let Links { laid_out, made_by, scaled_with, .. } = &self.now;
        match laid_out.get(&embedding)? {
            LaidOut::There(there) => Some(Linked { picture: &there.0, made_by, scaled_with }),
            LaidOut::Not(_) | LaidOut::Unread(_) | LaidOut::Empty => None,
        }
    }

    /// Returns all layouts in the order of `places`, those that are there.
    pub(crate) fn layouts<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = (usize, &'a Arc<Layout>)> {
        places.iter().filter_map(|&place| Some((place, &self.layout(place)?.picture.layout)))
    }

    /// Marks in a layout whether a restart would make another one.
    pub(crate) fn outdate(&mut self, embedding: usize, recipe: Option<&Arc<Recipe>>) {
        let Links { of: Some(of), laid_out, .. } = &mut self.now else { return };
        let is_outdated = recipe.is_some_and(|recipe| !of.recipe.starts_like(recipe));
        if let Some(LaidOut::There(there)) = laid_out.get_mut(&embedding)
            && let Some(steps) = &mut there.0.steps
        {
            steps.outdated = is_outdated;
        }
    }

    /// Returns why the embedding at this place in the run has no layout and gets none.
    pub(crate) fn trouble(&self, embedding: usize) -> Option<&str> {
        match self.now.laid_out.get(&embedding) {
            Some(LaidOut::There(_)) => None,
            Some(LaidOut::Not(why) | LaidOut::Unread(why)) => Some(why),
            Some(LaidOut::Empty) => Some(NOT_FINITE),
            None => self.now.failed.as_deref(),
        }
    }

    /// Returns the steps that cannot be read, by the place of their embedding in the run, and why.
    pub(crate) fn unread(&self) -> impl Iterator<Item = (usize, &str)> {
        self.handed_over().filter_map(|(place, laid_out)| match laid_out {
            LaidOut::Unread(why) => Some((*place, why.as_str())),
            LaidOut::There(_) | LaidOut::Not(_) | LaidOut::Empty => None,
        })
    }

    /// Returns the places of the embeddings of which no vector is finite.
    pub(crate) fn empty(&self) -> impl Iterator<Item = usize> {
        self.handed_over().filter(|(_, laid_out)| matches!(laid_out, LaidOut::Empty)).map(|(place, _)| *place)
    }

    fn handed_over(&self) -> impl Iterator<Item = (&usize, &LaidOut)> {
        self.now.laid_out.iter().chain(self.now.coming.iter().flatten())
    }

    /// Whether layouts are being computed.
    pub(crate) fn is_busy(&self) -> bool {
        self.slot.busy().is_some()
    }

    /// Returns whether the embedding at this place in the run has a layout.
    pub(crate) fn is_laid_out(&self, embedding: usize) -> bool {
        self.layout(embedding).is_some()
    }

    /// Says how the layouts belong together, and how much is left after the alignment.
    pub(crate) fn said(&self, embedding: usize) -> String {
        self.now.said(embedding)
    }
}

impl Links {
    fn serves(&self, wanted: &Of) -> bool {
        self.of.as_ref().is_some_and(|of| of.serves(wanted))
    }

    /// Returns where the chain goes on, of which the first steps may have layouts.
    fn go_on(&mut self, steps: &[(u64, usize)]) -> Begin {
        self.failed = None;
        let has_changed = std::mem::take(&mut self.has_changed);
        let at = steps.iter().take_while(|(_, place)| self.laid_out.contains_key(place)).count();
        let is_incomplete = at < steps.len() && !self.laid_out.is_empty();
        if (has_changed || is_incomplete) && self.of.as_ref().is_some_and(Of::shares_all) {
            self.coming = Some(BTreeMap::new());
            return Begin::default();
        }
        if has_changed {
            self.scaled_with = self.evenly_chosen();
        }
        let mut last = steps[..at].iter().enumerate().rev();
        let layout = |place| match self.laid_out.get(place)? {
            LaidOut::There(there) => Some(there.0.layout.clone()),
            LaidOut::Not(_) | LaidOut::Unread(_) | LaidOut::Empty => None,
        };
        let after = last.find_map(|(at, (_, place))| Some((at, layout(place)?)));
        Begin { at, after }
    }

    fn relist(&mut self, series: &Arc<Series>, run: usize, moves: &Moves) {
        let Some(of) = &mut self.of else { return };
        if of.series.shape() != series.shape() {
            // What was the odd step is now the usual one, and the other way round.
            *self = Self::default();
            return;
        }
        let (before, now) = (alike(&of.series), alike(series));
        let unchanged = |place| moves.unchanged((run, place)).map(|(_, place)| place);
        let is_same = |(old, new): &(&(u64, usize), &(u64, usize))| old.0 == new.0 && unchanged(old.1) == Some(new.1);
        let first: Vec<_> = before.iter().zip(&now).take_while(is_same).collect();
        self.has_changed |= before.len() != now.len() || first.len() < now.len();
        let is_chained = of.key.0.about().has_steps || of.together.align != Alignment::Nothing;
        let stays: BTreeMap<usize, usize> = if is_chained {
            first.into_iter().map(|(old, new)| (old.1, new.1)).collect()
        } else {
            let is_there = |place: &usize| now.iter().any(|(_, there)| there == place);
            before.iter().filter_map(|(_, old)| Some((*old, unchanged(*old).filter(is_there)?))).collect()
        };
        if let Basis::Step(place) = &mut of.together.basis {
            let basis = before.get(*place).and_then(|(_, old)| stays.get(old));
            let Some(there) = basis.and_then(|basis| now.iter().position(|(_, new)| new == basis)) else {
                // Its components are gone, and with them what is along them.
                *self = Self::default();
                return;
            };
            *place = there;
        }
        of.series = Arc::clone(series);
        let laid_out = std::mem::take(&mut self.laid_out);
        let stay = |(place, laid_out)| Some((*stays.get(&place)?, laid_out));
        self.laid_out = laid_out.into_iter().filter_map(stay).collect();
    }

    fn bytes(&self) -> usize {
        let layouts = self.laid_out.values().map(|laid_out| match laid_out {
            LaidOut::There(there) => size_of_val(there.0.layout.values()),
            LaidOut::Not(_) | LaidOut::Unread(_) | LaidOut::Empty => 0,
        });
        layouts.sum()
    }

    fn said(&self, embedding: usize) -> String {
        let Some(of) = &self.of else { return String::new() };
        let Together { basis, align } = of.together;
        let number = |place: usize| alike(&of.series).get(place).map_or(0, |step| step.0);
        let mut parts = Vec::new();
        match (of.key.0, basis) {
            (Method::Pca, Basis::All) => parts.push("components of all steps".to_owned()),
            (Method::Pca, Basis::Step(place)) => parts.push(format!("components of step {}", number(place))),
            (Method::Pca, Basis::Each) => parts.push("components of each step".to_owned()),
            (method, _) if method.about().has_steps => parts.push("each begins at the one before".to_owned()),
            _ => {}
        }
        match align {
            Alignment::Nothing => {}
            Alignment::Rotation => parts.push("rotated onto it".to_owned()),
            Alignment::Scale => parts.push("rotated and scaled onto it".to_owned()),
        }
        if let Some(LaidOut::There(there)) = self.laid_out.get(&embedding)
            && let Some(residual) = there.1
        {
            parts.push(format!("{} % left", hundredths(residual, 1)));
        }
        parts.join(" · ")
    }

    fn evenly_chosen(&self) -> Arc<[Arc<Layout>]> {
        let all: Vec<&Arc<Layout>> = self
            .laid_out
            .values()
            .filter_map(|laid_out| match laid_out {
                LaidOut::There(there) => Some(&there.0.layout),
                LaidOut::Not(_) | LaidOut::Unread(_) | LaidOut::Empty => None,
            })
            .collect();
        let count = all.len().min(SCALED_WITH);
        // With the first and the last.
        let place = |at: usize| at * (all.len() - 1) / (count - 1).max(1);
        (0..count).map(|at| all[place(at)].clone()).collect()
    }
}

/// Returns the steps that have as many rows as most: their numbers, and the places of their embeddings.
pub(crate) fn alike(series: &Series) -> Vec<(u64, usize)> {
    let (rows, _) = series.shape();
    let alike = series.steps.iter().filter(|step| step.rows == rows);
    alike.map(|step| (step.number, step.embedding)).collect()
}

/// Computes all layouts, and hands each over.
fn compute(
    of: &Of,
    begin: Begin,
    source: &Source,
    (open, embedding): &(usize, Arc<Embedding>),
    hand_over: impl Fn(usize, LaidOut),
    progress: &Progress,
) -> Result<(), String> {
    let steps = alike(&of.series);
    let (rows, dims) = of.series.shape();
    let shape = StepsOf { count: steps.len(), rows, dims, shown: of.key.1.count() };
    let place = |at: usize| steps[at].1;
    let space = |at: usize, progress: &Progress| -> Result<Option<Arc<Space>>, ProjectionError> {
        let (vectors, non_finite) = if place(at) == *open {
            (embedding.vectors.clone(), embedding.non_finite.clone())
        } else {
            match source.vectors(of.series.run, place(at), progress) {
                Ok(loaded) => (loaded.embedding.vectors, loaded.embedding.non_finite),
                Err(FormatError::Cancelled) => return Ok(None),
                Err(error) => {
                    hand_over(place(at), LaidOut::Unread(error.to_string()));
                    return Ok(None);
                }
            }
        };
        if has_no_vector(vectors.rows(), &non_finite) {
            hand_over(place(at), LaidOut::Empty);
            return Ok(None);
        }
        let whole = Arc::new(Space::new(vectors, non_finite));
        // A file that has other rows by now is refused.
        let rows = of.rows.as_ref().filter(|_| whole.rows() == shape.rows);
        Ok(Some(rows.map_or_else(|| whole.clone(), |rows| Arc::new(Space::within(&whole, rows)))))
    };
    let done = |at: usize, _: &Space, layout: Result<StepLayout, ProjectionError>| {
        let laid_out = match layout {
            Ok(layout) => there(layout),
            Err(error) => LaidOut::Not(error.to_string()),
        };
        hand_over(place(at), laid_out);
        Ok(())
    };
    match series_from(&of.recipe, of.together, (shape, begin), space, done, progress) {
        Ok(()) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn there(StepLayout { projected, aligned, .. }: StepLayout) -> LaidOut {
    let steps = projected.iterations.map(|iterations| Steps { iteration: iterations, iterations, ..Steps::default() });
    let picture = Picture {
        layout: projected.layout,
        frame: projected.frame,
        explained_variance: projected.explained_variance_ratio.into(),
        steps,
    };
    LaidOut::There(Box::new((picture, aligned.map(|aligned| aligned.residual))))
}

/// Says which steps have other rows than most and take no part, without those that `is_unread` knows.
/// Empty if there is none.
pub(crate) fn others(series: &Series, is_unread: impl Fn(usize) -> bool) -> String {
    const SHOWN: usize = 3;
    let (rows, _) = series.shape();
    let odd = series.steps.iter().filter(|step| step.rows != rows && !is_unread(step.embedding));
    let numbers: Vec<String> = odd.map(|step| count(step.number as usize)).collect();
    match numbers.len() {
        0 => String::new(),
        1 => format!("step {} has other rows", numbers[0]),
        _ => format!("steps {} have other rows", listed(numbers, SHOWN)),
    }
}
