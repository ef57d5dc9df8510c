//! The neighbors that the Inspector lists: of a row, of the mean of several, or of a sum.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::{Embedding, Progress, RowSet, Vectors};
use parallax_meaning::{Query as Sum, QueryError, Resolved, mean};
use parallax_neighbors::{Metric, Neighbor, NeighborsError, nearest, nearest_to};
use parallax_projection::{Frame, Layout, Recipe, Space};
use parallax_session::{
    CANCELED, JobKind, NeighborQuery, NeighborSpace, NeighborhoodState, Spot, Subject, Summed, View,
};
use parallax_state::{CurrentLayout, CurrentView, Neighborhood, Opened};

use crate::{
    job::{Jobs, Slot, whole},
    projecting::Projecting,
};

#[derive(Debug, Clone, PartialEq)]
struct Request {
    subject: Subject,
    query: NeighborQuery,
    /// The embedding, and if the subject is a sum, its metadata.
    of: (u64, Option<u64>),
    /// The column in which a sum looks its labels up.
    column: Option<String>,
    /// The rows to search. `None` for all.
    among: Option<RowSet>,
    /// The revision of the layout, if it is searched, or shows a vector that is no row.
    revision: u64,
}

type Answer = Result<(Vec<Neighbor>, Option<Summed>), Failure>;

/// Why there are no neighbors.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Neighbors(#[from] NeighborsError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("the selected rows have no finite vector")]
    NoMean,
}

#[derive(Resource, Default)]
pub(crate) struct Neighboring(Slot<Request, Answer>);

/// What a job works with.
struct Work {
    embedding: Arc<Embedding>,
    layout: Option<Picture>,
    space: Option<Arc<Space>>,
}

/// The layout on screen.
struct Picture {
    layout: Arc<Layout>,
    frame: Frame,
    /// The coordinates that are seen.
    seen: [Option<usize>; 3],
    /// What made it, if that is known.
    recipe: Option<Recipe>,
}

pub(crate) fn find_neighbors(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    projecting: Res<Projecting>,
    mut neighboring: ResMut<Neighboring>,
    mut neighborhood: ResMut<Neighborhood>,
    mut jobs: Jobs,
) {
    let canceled = jobs.take_cancels().include(JobKind::Neighbors);
    let slot = &mut neighboring.0;
    if jobs.take_retries(JobKind::Neighbors) {
        slot.clear();
        // The list is gone with the job.
        neighborhood.of = None;
    }
    let is_there = |subject: &Subject| match subject {
        Subject::Row(row) => (*row as usize) < opened.rows(),
        Subject::Mean(rows) => !rows.below(opened.rows()).is_empty(),
        Subject::Sum(_) => true,
    };
    let (Some(subject), Some(embedding)) = (view.subject().filter(is_there), &opened.embedding) else {
        if neighborhood.of.is_some() {
            slot.clear();
            *neighborhood = Neighborhood::default();
        }
        return;
    };
    let (query, epoch) = (view.neighbors, opened.epoch);
    let is_sum = matches!(subject, Subject::Sum(_));
    let mut request = Request {
        among: view.isolated().filter(|rows| !matches!(subject, Subject::Row(row) if !rows.contains(row))).cloned(),
        of: (epoch, is_sum.then_some(opened.metadata_revision)),
        column: view.search_column(&embedding.metadata).filter(|_| is_sum).map(|column| column.name().to_owned()),
        revision: revision(&subject, query, &current, &opened),
        query,
        subject: subject.clone(),
    };
    // While a layout changes, a search in it finishes before the next starts.
    if let Some(busy) = slot.busy().filter(|busy| **busy == Request { revision: busy.revision, ..request.clone() }) {
        request.revision = busy.revision;
    }
    if neighborhood.of.as_ref().is_none_or(|of| *of != (subject.clone(), query, epoch)) {
        // The list of the same row by another metric stays until the new one is ready, and that of a
        // sum while it is typed, so that the panel does not flicker.
        let same = neighborhood.of.as_ref().is_some_and(|(before, _, opened)| {
            let is_like = matches!((before, &subject), (Subject::Sum(_), Subject::Sum(_)));
            *opened == epoch && (*before == subject || is_like)
        });
        neighborhood.of = Some((subject, query, epoch));
        if !same {
            neighborhood.state = NeighborhoodState::Computing;
            neighborhood.summed = None;
        }
    }
    let work = || {
        let request = request.clone();
        let with = Work {
            embedding: embedding.clone(),
            layout: current.of(&opened).map(|layout| picture(&view, embedding, &current, layout)),
            space: projecting.space().cloned(),
        };
        whole(move |progress| with.answer(&request, progress))
    };
    slot.want(request.clone(), (JobKind::Neighbors, "Finding neighbors".into()), &jobs.wake, work);
    if canceled && slot.busy().is_some() {
        slot.cancel();
        neighborhood.state = NeighborhoodState::Failed(CANCELED.into());
    }
    match slot.poll(&mut jobs) {
        Some((_, Ok((found, summed)))) => {
            neighborhood.state = NeighborhoodState::Ready(found);
            neighborhood.summed = summed;
        }
        Some((_, Err(failure))) => {
            neighborhood.summed = None;
            neighborhood.state = match failure {
                Failure::Query(QueryError::Unknown { unknown }) => NeighborhoodState::Unknown(unknown),
                failure => NeighborhoodState::Failed(failure.to_string()),
            };
        }
        None => {}
    }
}

/// Returns the revision of the layout if the answer depends on it. That of a method with steps has no
/// place for other vectors, whichever step it is.
fn revision(subject: &Subject, query: NeighborQuery, current: &CurrentLayout, opened: &Opened) -> u64 {
    let has_steps = current.method.is_some_and(|method| method.about().has_steps);
    let is_placed = !matches!(subject, Subject::Row(_)) && !has_steps;
    let counts = current.of(opened).is_some() && (query.space == NeighborSpace::Layout || is_placed);
    if counts { current.revision } else { 0 }
}

/// Returns the layout on screen and what made it.
fn picture(view: &View, embedding: &Embedding, current: &CurrentLayout, layout: &Arc<Layout>) -> Picture {
    let label = view.label_column(&embedding.metadata);
    let recipe = current.method.and_then(|method| {
        let made_by = parallax_session::Projection { method, ..(*current.made_by).clone() };
        made_by.recipe(&embedding.metadata, label).ok()
    });
    let seen = view.projection.seen(current.method, layout.dims());
    Picture { layout: layout.clone(), frame: current.frame.clone(), seen, recipe }
}

impl Work {
    /// Searches the vectors, or the coordinates that are seen.
    fn answer(&self, request: &Request, progress: &Progress) -> Answer {
        let Request { subject, query, among, .. } = request;
        let embedding = &*self.embedding;
        let outside = among.as_ref().map_or(RowSet::EMPTY, |rows| rows.complement(embedding.rows()));
        let seen = self.layout.as_ref().filter(|_| query.space == NeighborSpace::Layout);
        let seen = seen.and_then(Picture::places);
        if let Subject::Row(row) = subject {
            let found = match (query.space, seen) {
                (NeighborSpace::Layout, None) => Vec::new(),
                (NeighborSpace::Layout, Some((places, unplaced))) => {
                    nearest(&places, *row, query.k, Metric::Euclidean, &outside.union(&unplaced), progress)?
                }
                (NeighborSpace::Vectors, _) => {
                    let left_out = outside.union(&embedding.non_finite);
                    nearest(&embedding.vectors, *row, query.k, query.metric, &left_out, progress)?
                }
            };
            return Ok((found, None));
        }
        let Resolved { vector, rows, terms } = self.resolve(request, progress)?;
        let left_out = outside.union(&embedding.non_finite).union(&rows);
        let found = nearest_to(&embedding.vectors, &vector, query.k, query.metric, &left_out, progress)?;
        let spot = found.iter().find_map(|near| self.spot(&vector, near.row, progress));
        let found = match (query.space, seen, &spot) {
            (NeighborSpace::Vectors, ..) => found,
            (NeighborSpace::Layout, Some((places, unplaced)), Some(spot)) => {
                let place = self.layout.as_ref().and_then(|picture| picture.of(spot)).unwrap_or_default();
                nearest_to(&places, &place, query.k, Metric::Euclidean, &left_out.union(&unplaced), progress)?
            }
            (NeighborSpace::Layout, ..) => Vec::new(),
        };
        Ok((found, Some(Summed { terms, left_out: rows.len(), spot })))
    }

    /// Returns the vector of a sum or a mean.
    fn resolve(&self, request: &Request, progress: &Progress) -> Result<Resolved, Failure> {
        let Embedding { vectors, metadata, non_finite, .. } = &*self.embedding;
        match &request.subject {
            Subject::Sum(text) => {
                let labels = request.column.as_ref().and_then(|name| metadata.column(name));
                let query: Sum = text.parse().map_err(QueryError::from)?;
                Ok(query.resolve(vectors, non_finite, labels, progress)?)
            }
            Subject::Mean(rows) => {
                let rows = rows.below(vectors.rows());
                let mean = mean(vectors, &rows.difference(non_finite), progress).map_err(QueryError::from)?;
                Ok(Resolved { vector: mean.ok_or(Failure::NoMean)?, rows, terms: Vec::new() })
            }
            &Subject::Row(row) => {
                let mut buffer = Vec::new();
                let vector = vectors.row_as::<f64>(row as usize, &mut buffer).to_vec();
                Ok(Resolved { vector, rows: vec![row].into(), terms: Vec::new() })
            }
        }
    }

    /// Returns where the layout shows `vector`, whose nearest row is `nearest`. Returns `None` if
    /// that has no place.
    fn spot(&self, vector: &[f64], nearest: u32, progress: &Progress) -> Option<Spot> {
        let picture = self.layout.as_ref()?;
        let row = picture.layout.row(nearest as usize)?;
        let is_placed = row.iter().all(|x| x.is_finite());
        let projected = picture.recipe.as_ref().zip(self.space.as_ref()).and_then(|(recipe, space)| {
            recipe.place(vector, nearest, (&picture.layout, &picture.frame), space, progress).ok()?
        });
        is_placed.then(|| projected.map_or(Spot::Beside(nearest), Spot::Projected))
    }
}

impl Picture {
    /// Returns the coordinates on screen as vectors, and the rows that have no place.
    fn places(&self) -> Option<(Vectors, RowSet)> {
        let layout = &self.layout;
        let values: Vec<f32> = layout.places().flat_map(|row| self.shown(row)).collect();
        let is_unplaced = |&row: &u32| layout.row(row as usize).is_none_or(|row| !row.iter().all(|x| x.is_finite()));
        let unplaced = RowSet::all(layout.rows()).iter().filter(is_unplaced).collect();
        let dims = self.seen.iter().flatten().count();
        Some((Vectors::from_f32(layout.rows(), dims, values).ok()?, unplaced))
    }

    /// Returns the coordinates on screen of a spot.
    fn of(&self, spot: &Spot) -> Option<Vec<f64>> {
        let place = match spot {
            Spot::Projected(place) => place,
            Spot::Beside(row) => self.layout.row(*row as usize)?,
        };
        Some(self.shown(place).map(f64::from).collect())
    }

    fn shown<'a>(&'a self, place: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.seen.iter().flatten().filter_map(|&at| place.get(at).copied())
    }
}
