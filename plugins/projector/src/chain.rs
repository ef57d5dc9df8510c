//! The layouts of the steps of a training, which belong together.
//!
//! One job computes them in the order of the steps, and hands each over when it is done. They stay
//! until something that they depend on changes. If steps have come after the others, the chain goes on
//! with them; if those change what all have in common, the layouts that are there stay until all are
//! computed anew. Methods that run in steps take other settings when a
//! person restarts them, as they do for a single embedding.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Progress};
use parallax_formats::{FormatError, Series, Source};
use parallax_projection::{
    Alignment, Basis, Begin, Layout, Method, ProjectionError, Recipe, Space, StepLayout, StepsOf, Together, series_from,
};
use parallax_session::{JobKind, Projection, Steps, plural};

use crate::{
    Wake,
    job::{Jobs, Slot, whole},
    kept::{LayoutKey, Picture},
};

/// The most layouts by which the common scale is found, evenly chosen.
const SCALED_WITH: usize = 16;

/// The layouts of steps, and the job that computes them.
#[derive(Resource, Default)]
pub(crate) struct Chain {
    of: Option<Of>,
    /// The settings of the layouts.
    pub(crate) made_by: Arc<Projection>,
    /// By the place of the embedding in the run.
    laid_out: BTreeMap<usize, LaidOut>,
    /// Those by which the common scale is found.
    scaled_with: Arc<[Arc<Layout>]>,
    slot: Slot<Of, Result<(), String>>,
    arriving: Arrivals,
    /// The layouts that take the place of all others once they are complete.
    coming: Option<BTreeMap<usize, LaidOut>>,
    /// Whether steps have come after those that have layouts.
    has_grown: bool,
    /// Why there are no more layouts.
    failed: Option<String>,
    /// Increases with each change.
    pub(crate) revision: u64,
}

/// What layouts of steps depend on.
#[derive(Debug, Clone)]
pub(crate) struct Of {
    /// The number of the attempt.
    attempt: u64,
    series: Arc<Series>,
    key: LayoutKey,
    recipe: Arc<Recipe>,
    together: Together,
}

/// What happened to a step.
#[derive(Debug, Clone)]
enum LaidOut {
    There(Box<(Picture, Option<f64>)>),
    /// Why it has no layout.
    Not(String),
}

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
    pub(crate) scaled_with: &'a Arc<[Arc<Layout>]>,
}

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.series, &other.series)
            && (self.attempt, self.key, self.together) == (other.attempt, other.key, other.together)
            && self.recipe == other.recipe
    }
}

impl Chain {
    /// Asks for the layouts of the steps of `series`. `restarts` says whether what is there is computed
    /// anew with the settings as they are now.
    pub(crate) fn want(
        &mut self,
        (series, together): (&Arc<Series>, Together),
        (key, recipe, projection): (LayoutKey, &Arc<Recipe>, &Projection),
        restarts: bool,
        material: &Material<'_>,
        wake: &Wake,
    ) {
        let attempt = self.of.as_ref().map_or(0, |of| of.attempt) + u64::from(restarts);
        let mut of = Of { attempt, series: series.clone(), key, recipe: recipe.clone(), together };
        if let Some(known) = self.of.as_ref().filter(|_| !restarts)
            && key.0.about().has_steps
        {
            of.recipe = known.recipe.clone();
            if of != *known {
                of.recipe = recipe.clone();
            }
        }
        let (is_known, has_grown) = (self.of.as_ref() == Some(&of), std::mem::take(&mut self.has_grown));
        if is_known && !has_grown {
            return;
        }
        let steps = alike(series, material.open.1.rows());
        let begin = if is_known { self.go_on_from(&of, &steps) } else { self.begin_anew(projection) };
        self.failed = None;
        self.arriving = Arrivals::default();
        self.revision += 1;
        self.of = Some(of.clone());
        if begin.at == steps.len() {
            return;
        }
        let (arriving, waking, source) = (self.arriving.clone(), wake.clone(), material.source.clone());
        let open = (material.open.0, material.open.1.clone());
        let name = format!("Laying out {}", plural(steps.len() - begin.at, "step"));
        let request = of.clone();
        self.slot.want(request, (JobKind::Training, name), wake, || {
            whole(move |progress| {
                let hand_over = |embedding: usize, laid_out: LaidOut| {
                    arriving.lock().unwrap_or_else(PoisonError::into_inner).push((embedding, laid_out));
                    waking.call();
                };
                waking.beside(|| compute(&of, begin, &source, &open, hand_over, progress))
            })
        });
    }

    /// Forgets all layouts.
    fn begin_anew(&mut self, projection: &Projection) -> Begin {
        self.made_by = Arc::new(projection.clone());
        self.laid_out.clear();
        self.coming = None;
        self.scaled_with = Arc::default();
        Begin::default()
    }

    /// Returns where the chain goes on, of which the first steps have layouts.
    fn go_on_from(&mut self, of: &Of, steps: &[(u64, usize)]) -> Begin {
        let at = steps.iter().take_while(|(_, place)| self.laid_out.contains_key(place)).count();
        if at < steps.len() && (of.key.0, of.together.basis) == (Method::Pca, Basis::All) {
            self.coming = Some(BTreeMap::new());
            return Begin::default();
        }
        let mut last = steps[..at].iter().enumerate().rev();
        let after = last.find_map(|(at, (_, place))| Some((at, self.layout(*place)?.picture.layout.clone())));
        Begin { at, after }
    }

    /// Takes another listing of the series. `moved` returns the place of an embedding now, and
    /// `is_rewritten` whether the files of one there have changed. Layouts stay up to the first step
    /// that is another one.
    pub(crate) fn relist(
        &mut self,
        series: Option<&Arc<Series>>,
        moved: impl Fn(usize) -> Option<usize>,
        is_rewritten: impl Fn(usize) -> bool,
    ) {
        let (Some(of), Some(series)) = (&mut self.of, series) else {
            self.clear();
            return;
        };
        let same = of.series.steps.iter().zip(&series.steps).take_while(|(old, new)| {
            (old.number, old.rows, old.dims) == (new.number, new.rows, new.dims)
                && moved(old.embedding) == Some(new.embedding)
                && !is_rewritten(new.embedding)
        });
        let places: BTreeMap<usize, usize> = same.map(|(old, new)| (old.embedding, new.embedding)).collect();
        of.series = Arc::clone(series);
        self.slot.clear();
        self.take_arrivals();
        self.coming = None;
        let laid_out = std::mem::take(&mut self.laid_out);
        let stay = |(place, laid_out)| Some((*places.get(&place)?, laid_out));
        self.laid_out = laid_out.into_iter().filter_map(stay).collect();
        self.has_grown = true;
        self.revision += 1;
    }

    /// Takes the layouts that were handed over. Returns whether there were any.
    fn take_arrivals(&mut self) -> bool {
        let arrived = std::mem::take(&mut *self.arriving.lock().unwrap_or_else(PoisonError::into_inner));
        let has_arrived = !arrived.is_empty();
        self.coming.as_mut().unwrap_or(&mut self.laid_out).extend(arrived);
        has_arrived
    }

    /// Takes what has arrived. What is canceled stays as far as it is.
    pub(crate) fn go_on(&mut self, jobs: &mut Jobs, is_canceled: bool) {
        if is_canceled && self.slot.busy().is_some() {
            self.slot.cancel();
            self.take_arrivals();
            self.coming = None;
            self.failed = Some("canceled".to_owned());
            self.revision += 1;
        }
        let has_arrived = self.take_arrivals();
        let ended = self.slot.poll(jobs).map(|(_, ended)| ended);
        if let Some(ended) = &ended {
            self.failed = ended.clone().err();
            if let Some(complete) = self.coming.take().filter(|_| ended.is_ok()) {
                self.laid_out = complete;
            }
        }
        if has_arrived && self.coming.is_none() || ended.is_some() {
            self.scaled_with = self.evenly_chosen();
            self.revision += 1;
        }
    }

    /// Ends what is being computed, and forgets what is there.
    pub(crate) fn clear(&mut self) {
        if self.of.is_some() {
            *self = Self { revision: self.revision + 1, ..Self::default() };
        }
    }

    /// Whether there are layouts of `series`, computed or under way.
    pub(crate) fn is_of(&self, series: &Arc<Series>, key: LayoutKey) -> bool {
        self.of.as_ref().is_some_and(|of| Arc::ptr_eq(&of.series, series) && of.key == key)
    }

    /// Returns the layout of the embedding at this place in the run.
    pub(crate) fn layout(&self, embedding: usize) -> Option<Linked<'_>> {
        match self.laid_out.get(&embedding)? {
            LaidOut::There(there) => Some(Linked { picture: &there.0, scaled_with: &self.scaled_with }),
            LaidOut::Not(_) => None,
        }
    }

    /// Returns all layouts in the order of `places`, those that are there.
    pub(crate) fn layouts<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = (usize, &'a Arc<Layout>)> {
        places.iter().filter_map(|&place| Some((place, &self.layout(place)?.picture.layout)))
    }

    /// Marks in a layout whether a restart would make another one.
    pub(crate) fn outdate(&mut self, embedding: usize, recipe: Option<&Arc<Recipe>>) {
        let Some(of) = &self.of else { return };
        let is_outdated = recipe.is_some_and(|recipe| !of.recipe.starts_like(recipe));
        if let Some(LaidOut::There(there)) = self.laid_out.get_mut(&embedding)
            && let Some(steps) = &mut there.0.steps
        {
            steps.outdated = is_outdated;
        }
    }

    /// Returns why the embedding at this place in the run has no layout and gets none.
    pub(crate) fn trouble(&self, embedding: usize) -> Option<&str> {
        match self.laid_out.get(&embedding) {
            Some(LaidOut::There(_)) => None,
            Some(LaidOut::Not(why)) => Some(why),
            None => self.failed.as_deref(),
        }
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
        let Some(of) = &self.of else { return String::new() };
        let Together { basis, align } = of.together;
        let number = |place: usize| of.series.steps.get(place).map_or(0, |step| step.number);
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
            parts.push(format!("{:.1} % left", residual * 100.0));
        }
        parts.join(" · ")
    }

    fn evenly_chosen(&self) -> Arc<[Arc<Layout>]> {
        let all: Vec<&Arc<Layout>> = self
            .laid_out
            .values()
            .filter_map(|laid_out| match laid_out {
                LaidOut::There(there) => Some(&there.0.layout),
                LaidOut::Not(_) => None,
            })
            .collect();
        let count = all.len().min(SCALED_WITH);
        // With the first and the last.
        let place = |at: usize| at * (all.len() - 1) / (count - 1).max(1);
        (0..count).map(|at| all[place(at)].clone()).collect()
    }
}

/// Returns the steps that have as many rows as the open one: their numbers, and the places of their
/// embeddings.
pub(crate) fn alike(series: &Series, rows: usize) -> Vec<(u64, usize)> {
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
    let steps = alike(&of.series, embedding.rows());
    let shown = of.key.1.count();
    let shape = StepsOf { count: steps.len(), rows: embedding.rows(), dims: embedding.vectors.dims(), shown };
    let place = |at: usize| steps[at].1;
    let space = |at: usize, progress: &Progress| -> Result<Option<Arc<Space>>, ProjectionError> {
        if place(at) == *open {
            return Ok(Some(Arc::new(Space::new(embedding.vectors.clone(), embedding.non_finite.clone()))));
        }
        match source.vectors(of.series.run, place(at), progress) {
            Ok(loaded) => {
                let Embedding { vectors, non_finite, .. } = loaded.embedding;
                Ok(Some(Arc::new(Space::new(vectors, non_finite))))
            }
            Err(FormatError::Cancelled) => Ok(None),
            Err(error) => {
                hand_over(place(at), LaidOut::Not(error.to_string()));
                Ok(None)
            }
        }
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

/// Says how many steps have other rows and take no part. Empty if none has.
pub(crate) fn others(series: &Series, rows: usize) -> String {
    match series.steps.len() - alike(series, rows).len() {
        0 => String::new(),
        count => format!("{} of other rows", plural(count, "step")),
    }
}
