//! How far rows have moved since another step of the training, for colors and the list of those that
//! moved most.

use std::{collections::HashMap, sync::Arc};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Partners, Progress};
use parallax_formats::Source;
use parallax_projection::{Layout, Overlap};
use parallax_session::{JobKind, Metric, Movement, Pick, Since, View};
use parallax_state::{CurrentLayout, CurrentMovement, CurrentView, Opened};

use crate::{
    chain::{Chain, alike},
    job::{Jobs, Slot, Work, whole},
    training::OpenSeries,
};

/// The number of neighbors that are compared.
const NEIGHBORS: usize = 15;

/// How many of those that moved most are listed.
const LISTED: usize = 100;

/// What a movement depends on.
#[derive(Debug, Clone, PartialEq)]
enum Request {
    /// Between these layouts, by these components.
    Layouts([Arc<Layout>; 2], [Option<usize>; 3]),
    /// Between the neighbors of the embeddings at these places of the run.
    Neighbors([usize; 2], Metric, u64),
}

type Found = Result<Ranked, String>;

/// The values of all rows, and which are the greatest.
#[derive(Debug, Clone)]
struct Ranked {
    values: Arc<[f32]>,
    sorted: Arc<[f32]>,
    most: Arc<[u32]>,
}

#[derive(Resource, Default)]
pub(crate) struct Moving {
    slot: Slot<Request, Found>,
    /// Changes of neighbors that were found, by the places of both embeddings.
    known: HashMap<([usize; 2], Metric), Ranked>,
    /// The rows for which they were found, as [`Opened::rows_epoch`].
    of: u64,
    /// What is published.
    shown: Option<(Pick, Request)>,
}

impl Moving {
    /// Takes another listing of the run. `moved` returns the place of an embedding now, and
    /// `is_rewritten` whether the files of one there have changed.
    pub(crate) fn relist(&mut self, moved: impl Fn(usize) -> Option<usize>, is_rewritten: impl Fn(usize) -> bool) {
        let now = |place| moved(place).filter(|place| !is_rewritten(*place));
        let known = std::mem::take(&mut self.known).into_iter();
        self.known =
            known.filter_map(|(([a, b], metric), found)| Some((([now(a)?, now(b)?], metric), found))).collect();
    }
}

pub(crate) fn measure_movement(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (found, chain): (Res<OpenSeries>, Res<Chain>),
    (mut moving, mut movement): (ResMut<Moving>, ResMut<CurrentMovement>),
    mut jobs: Jobs,
) {
    let moving = &mut *moving;
    if moving.of != opened.rows_epoch {
        *moving = Moving { of: opened.rows_epoch, ..Moving::default() };
    }
    let Some(Wanted { request, number, source, embedding }) = wanted(&view, &opened, &current, &found, &chain) else {
        moving.slot.clear();
        moving.shown = None;
        movement.clear();
        return;
    };
    let known = match &request {
        Request::Neighbors(places, metric, _) => moving.known.get(&(*places, *metric)).cloned(),
        Request::Layouts(..) => None,
    };
    let pick = &view.color_by;
    if let Some(known) = known {
        moving.slot.clear();
        if moving.shown.as_ref().is_none_or(|(of, shown)| (of, shown) != (pick, &request)) {
            movement.put(measured(pick, number, known));
            moving.shown = Some((pick.clone(), request));
        }
        return;
    }
    if moving.shown.as_ref().is_some_and(|(of, shown)| (of, shown) == (pick, &request)) {
        return;
    }
    let work = || work(&request, source.clone(), embedding.clone(), opened.place.0);
    moving.slot.want(request.clone(), (JobKind::Measure, "Comparing steps".into()), &jobs.wake, work);
    match moving.slot.poll(&mut jobs) {
        Some((request, Ok(values))) => {
            if let Request::Neighbors(places, metric, _) = &request {
                moving.known.insert((*places, *metric), values.clone());
            }
            movement.put(measured(pick, number, values));
            moving.shown = Some((pick.clone(), request));
        }
        Some((request, Err(why))) => {
            jobs.toasts.warning(format!("Steps are not compared: {why}."), None);
            movement.clear();
            moving.shown = Some((pick.clone(), request));
        }
        None => {}
    }
}

/// The movement that is wanted, and what it is measured of.
struct Wanted<'a> {
    request: Request,
    /// The number of the step that it is measured from.
    number: u64,
    source: &'a Arc<Source>,
    embedding: &'a Arc<Embedding>,
}

/// Returns the movement by which points are colored. `None` if they are not, or if there is no other
/// step, or no layout of it.
fn wanted<'a>(
    view: &View,
    opened: &'a Opened,
    current: &CurrentLayout,
    found: &OpenSeries,
    chain: &Chain,
) -> Option<Wanted<'a>> {
    let (Pick::Moved(since) | Pick::Changed(since)) = view.color_by else { return None };
    let (source, embedding) = (opened.source.as_ref()?, opened.embedding.as_ref()?);
    let steps = alike(found.series.as_ref()?, embedding.rows());
    let at = steps.iter().position(|(_, place)| *place == opened.place.1)?;
    let other = match since {
        Since::Before => at.checked_sub(1)?,
        Since::First => (at > 0).then_some(0)?,
    };
    let (number, place) = steps[other];
    let request = if matches!(view.color_by, Pick::Moved(_)) {
        let before = chain.layout(place)?.picture.layout.clone();
        let now = current.of(opened)?;
        Request::Layouts([before, now.clone()], view.projection.seen(current.method, now.dims()))
    } else {
        Request::Neighbors([place, opened.place.1], view.projection.near().metric, view.projection.seed)
    };
    Some(Wanted { request, number, source, embedding })
}

fn work(request: &Request, source: Arc<Source>, embedding: Arc<Embedding>, run: usize) -> Work<Found> {
    match request.clone() {
        Request::Layouts(layouts, seen) => whole(move |_| Ok(Ranked::of(distances(&layouts, seen)))),
        Request::Neighbors([other, _], metric, seed) => whole(move |progress| {
            let other = source.vectors(run, other, progress).map_err(|error| error.to_string())?.embedding;
            changed([&other, &embedding], metric, seed, progress).map(Ranked::of)
        }),
    }
}

/// Returns the distance of each row between two layouts, NaN if it lacks a place in one of them.
fn distances(layouts: &[Arc<Layout>; 2], seen: [Option<usize>; 3]) -> Arc<[f32]> {
    let distance = |row: usize| {
        let [a, b] = [0, 1].map(|at: usize| layouts[at].seen(row, seen));
        let square = |(a, b): ([f32; 3], [f32; 3])| (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f32>();
        a.zip(b).map_or(f32::NAN, |pair| square(pair).sqrt())
    };
    (0..layouts[1].rows()).map(distance).collect()
}

/// Returns the share of each row's nearest that are others in the second embedding.
fn changed(embeddings: [&Embedding; 2], metric: Metric, seed: u64, progress: &Progress) -> Result<Arc<[f32]>, String> {
    let [first, second] = embeddings;
    let rows = [first.rows(), second.rows()];
    let partners = Partners::by_order(rows).without([&first.non_finite, &second.non_finite]);
    let overlap = Overlap::measure([&first.vectors, &second.vectors], &partners, NEIGHBORS, metric, seed, progress)
        .map_err(|error| error.to_string())?;
    let mut changed = vec![f32::NAN; rows[1]];
    let k = overlap.k() as f32;
    for (&row, &common) in partners.rows()[1].iter().zip(overlap.common()) {
        changed[row as usize] = 1.0 - common as f32 / k;
    }
    Ok(changed.into())
}

impl Ranked {
    /// Finds the rows that moved most; of equal ones the first.
    fn of(values: Arc<[f32]>) -> Self {
        let mut rows: Vec<u32> = (0..values.len() as u32).filter(|&row| values[row as usize].is_finite()).collect();
        rows.sort_by(|&a, &b| values[b as usize].total_cmp(&values[a as usize]).then(a.cmp(&b)));
        let sorted = rows.iter().rev().map(|&row| values[row as usize]).collect();
        rows.truncate(LISTED);
        Self { values, sorted, most: rows.into() }
    }
}

fn measured(pick: &Pick, since: u64, Ranked { values, sorted, most }: Ranked) -> Movement {
    let unmeasured = values.len() - sorted.len();
    Movement { is_share: matches!(pick, Pick::Changed(_)), since, values, sorted, most, unmeasured }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use parallax_embedding::Vectors;

    use super::*;

    #[test]
    fn rows_that_moved_most_come_first() {
        let nan = f32::NAN;
        let layouts = [
            array![[0.0, 0.0], [1.0, 1.0], [nan, nan], [2.0, 0.0]],
            array![[3.0, 4.0], [1.0, 1.0], [0.0, 0.0], [2.0, 7.0]],
        ];
        let layouts = layouts.map(|layout| Arc::new(Layout::from(layout)));
        let values = distances(&layouts, [Some(0), Some(1), None]);
        assert_eq!((&values[..2], values[3]), (&[5.0, 0.0][..], 7.0));
        let movement = measured(&Pick::Moved(Since::Before), 100, Ranked::of(values));
        assert_eq!((&*movement.most, movement.unmeasured), (&[3, 0, 1][..], 1));
    }

    /// Two far groups change places with each other: within each, all neighbors are the same. The last
    /// row changes the group, and with it all its neighbors.
    #[test]
    fn neighbors_of_a_row_that_changes_its_group_change() {
        let group = |row: usize, is_second: bool| {
            let side = row.is_multiple_of(2) ^ (row == 80 && is_second);
            if side == is_second { 1000.0 } else { 0.0 }
        };
        let embedding = |is_second: bool| {
            let values = (0..81).flat_map(|row| [group(row, is_second), (row * row % 97) as f32]).collect();
            Embedding::new("x", Vectors::from_f32(81, 2, values).unwrap(), &Progress::default()).unwrap()
        };
        let (first, second) = (embedding(false), embedding(true));
        let values = changed([&first, &second], Metric::Euclidean, 42, &Progress::default()).unwrap();
        assert_eq!(values[80], 1.0);
        assert!(values[..80].iter().all(|&share| share < 0.2), "{values:?}");
    }
}
