//! How far rows have moved since another step of the training, for colors and the list of those that
//! moved most.

use std::{collections::HashMap, sync::Arc};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Partners, Progress, Vectors};
use parallax_formats::{Loaded, Moves, Source};
use parallax_projection::{Freedom, Layout, Overlap, Procrustes, ProjectionError, directed_pairs};
use parallax_session::{JobKind, Metric, Movement, MovementOf, NEAREST_COMPARED, Pick, Since, View};
use parallax_state::{CurrentLayout, CurrentMovement, CurrentView, Opened};

use crate::{
    chain::{Chain, alike},
    job::{Jobs, Slot, Work, whole},
    loading::Loading,
    training::OpenSeries,
};

/// How many of those that moved most are listed.
const LISTED: usize = 100;

/// The most bytes of movements between embeddings that stay in memory.
const BYTES: usize = 256 << 20;

/// What a movement depends on.
#[derive(Debug, Clone)]
enum Request {
    /// Between these layouts, by these components.
    Layouts([Arc<Layout>; 2], [Option<usize>; 3]),
    /// Between the embeddings at these places of the run.
    Steps([usize; 2], Of),
}

impl PartialEq for Request {
    /// Layouts are the same ones, whatever their values: those of rows without a place are no numbers,
    /// which differ from themselves.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Layouts(a, seen), Self::Layouts(b, others)) => {
                seen == others && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
            }
            (Self::Steps(a, of), Self::Steps(b, others)) => (a, of) == (b, others),
            _ => false,
        }
    }
}

/// What is measured of two embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Neighbors(Metric, u64),
    Vectors,
}

type Found = Result<Ranked, String>;

/// The values of all rows, and which are the greatest.
#[derive(Debug, Clone)]
struct Ranked {
    of: MovementOf,
    values: Arc<[f32]>,
    sorted: Arc<[f32]>,
    most: Arc<[u32]>,
    residual: Option<f64>,
}

#[derive(Resource, Default)]
pub(crate) struct Moving {
    slot: Slot<Request, Found>,
    /// What was found of embeddings, by the places of both.
    known: HashMap<([usize; 2], Of), Ranked>,
    /// The rows for which it was found, as [`Opened::rows_epoch`].
    of: u64,
    /// What is published.
    shown: Option<(Pick, Request)>,
}

impl Moving {
    /// Takes another listing of the run.
    pub(crate) fn relist(&mut self, run: usize, moves: &Moves) {
        let now = |place| moves.unchanged((run, place)).map(|(_, place)| place);
        let known = std::mem::take(&mut self.known).into_iter();
        self.known =
            known.filter_map(|(([a, b], metric), found)| Some((([now(a)?, now(b)?], metric), found))).collect();
        // A place may have another embedding now.
        self.slot.clear();
        self.shown = None;
    }
}

pub(crate) fn measure_movement(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (found, chain, loading): (Res<OpenSeries>, Res<Chain>, Res<Loading>),
    (mut moving, mut movement): (ResMut<Moving>, ResMut<CurrentMovement>),
    mut jobs: Jobs,
) {
    let moving = &mut *moving;
    if moving.of != opened.rows_epoch {
        *moving = Moving { of: opened.rows_epoch, ..Moving::default() };
    }
    let wanted = match wanted(&view, &opened, &current, &found, &chain) {
        Ok(wanted) => wanted,
        Err(why_not) => {
            moving.slot.clear();
            moving.shown = None;
            movement.clear(why_not);
            return;
        }
    };
    let Wanted { request, number, source, embedding } = wanted;
    let known = match &request {
        Request::Steps(places, of) => moving.known.get(&(*places, *of)).cloned(),
        Request::Layouts(..) => None,
    };
    let pick = &view.color_by;
    if let Some(known) = known {
        moving.slot.clear();
        if moving.shown.as_ref().is_none_or(|(of, shown)| (of, shown) != (pick, &request)) {
            movement.put(measured(number, known));
            moving.shown = Some((pick.clone(), request));
        }
        return;
    }
    if moving.shown.as_ref().is_some_and(|(of, shown)| (of, shown) == (pick, &request)) {
        return;
    }
    let work = || {
        let run = opened.place.0;
        let other = match &request {
            Request::Steps([other, _], _) => Other {
                recalled: loading.remembered.recall(source, (run, *other)),
                source: source.clone(),
                place: (run, *other),
            },
            Request::Layouts(layouts, seen) => return between_layouts(layouts.clone(), *seen),
        };
        between_steps(&request, other, embedding.clone())
    };
    moving.slot.want(request.clone(), (JobKind::Measure, "Comparing steps".into()), &jobs.wake, work);
    match moving.slot.poll(&mut jobs) {
        Some((request, Ok(values))) => {
            if let Request::Steps(places, of) = &request {
                let bytes = |found: &Ranked| 2 * size_of_val(&*found.values);
                if moving.known.values().map(bytes).sum::<usize>() + bytes(&values) > BYTES {
                    moving.known.clear();
                }
                moving.known.insert((*places, *of), values.clone());
            }
            movement.put(measured(number, values));
            moving.shown = Some((pick.clone(), request));
        }
        Some((request, Err(why))) => {
            jobs.toasts.warning(format!("Steps are not compared: {why}."), None);
            movement.clear("the steps cannot be compared");
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

/// Returns the movement by which points are colored, or why there is none.
fn wanted<'a>(
    view: &View,
    opened: &'a Opened,
    current: &CurrentLayout,
    found: &OpenSeries,
    chain: &Chain,
) -> Result<Wanted<'a>, &'static str> {
    const NO_STEP: &str = "there is no step to compare with";
    let (Pick::Moved(since) | Pick::MovedInVectors(since) | Pick::Changed(since)) = view.color_by else {
        return Err(NO_STEP);
    };
    let (source, embedding) = opened.source.as_ref().zip(opened.embedding.as_ref()).ok_or(NO_STEP)?;
    let mut steps = alike(found.series.as_ref().ok_or(NO_STEP)?);
    steps.retain(|(_, place)| *place == opened.place.1 || !found.is_marked(*place));
    let at = steps.iter().position(|(_, place)| *place == opened.place.1).filter(|at| *at > 0).ok_or(NO_STEP)?;
    let (number, place) = match since {
        Since::Before => steps[at - 1],
        Since::First => steps[0],
    };
    let places = [place, opened.place.1];
    let request = match view.color_by {
        Pick::Moved(_) => {
            // Layouts of two methods have nothing in common.
            let together = |place| chain.layout(place).map(|linked| &linked.picture.layout);
            let now = current.of(opened).filter(|now| together(opened.place.1).is_some_and(|of| Arc::ptr_eq(of, now)));
            let (before, now) = together(place).zip(now).ok_or("the steps are not laid out together")?;
            Request::Layouts([before.clone(), now.clone()], view.projection.seen(current.method, now.dims()))
        }
        Pick::MovedInVectors(_) => Request::Steps(places, Of::Vectors),
        _ => Request::Steps(places, Of::Neighbors(view.neighbors.metric, view.projection.seed)),
    };
    Ok(Wanted { request, number, source, embedding })
}

/// The other step, which may still be in memory.
struct Other {
    recalled: Option<Loaded>,
    source: Arc<Source>,
    place: (usize, usize),
}

impl Other {
    fn read(self, progress: &Progress) -> Result<Embedding, String> {
        let (run, embedding) = self.place;
        let loaded = match self.recalled {
            Some(loaded) => loaded,
            None => self.source.vectors(run, embedding, progress).map_err(|error| error.to_string())?,
        };
        Ok(loaded.embedding)
    }
}

fn between_layouts(layouts: [Arc<Layout>; 2], seen: [Option<usize>; 3]) -> Work<Found> {
    let [before, now] = layouts;
    whole(move |_| Ok(Ranked::of(MovementOf::Layout, before.distances_to(&now, [seen; 2]).into(), None)))
}

fn between_steps(request: &Request, other: Other, embedding: Arc<Embedding>) -> Work<Found> {
    let neighbors = match request {
        Request::Steps(_, Of::Neighbors(metric, seed)) => Some((*metric, *seed)),
        _ => None,
    };
    whole(move |progress| {
        let other = other.read(progress)?;
        if let Some((metric, seed)) = neighbors {
            let (nearest, values) = changed([&other, &embedding], metric, seed, progress)?;
            return Ok(Ranked::of(MovementOf::Neighbors { nearest, metric }, values, None));
        }
        let (values, residual) = moved([&other, &embedding], progress).map_err(|error| error.to_string())?;
        Ok(Ranked::of(MovementOf::Vectors, values, Some(residual)))
    })
}

/// Returns how many nearest are compared, and the share of each row's that are others in the second
/// embedding.
fn changed(
    embeddings: [&Embedding; 2],
    metric: Metric,
    seed: u64,
    progress: &Progress,
) -> Result<(usize, Arc<[f32]>), String> {
    let [first, second] = embeddings;
    let rows = [first.rows(), second.rows()];
    let vectors = [&first.vectors, &second.vectors];
    let partners = Partners::by_order(rows).without([&first.non_finite, &second.non_finite]);
    let said = |error: ProjectionError| error.to_string();
    let partners = directed_pairs(vectors, partners, metric, progress).map_err(said)?;
    let overlap = Overlap::measure(vectors, &partners, NEAREST_COMPARED, metric, seed, progress).map_err(said)?;
    let mut changed = vec![f32::NAN; rows[1]];
    let k = overlap.k();
    for (&row, &common) in partners.rows()[1].iter().zip(overlap.common()) {
        changed[row as usize] = 1.0 - common as f32 / k as f32;
    }
    Ok((k, changed.into()))
}

/// Returns how far the vector of each row of the second is from that of the first, which is rotated
/// onto it, and what is left of the spread.
fn moved(embeddings: [&Embedding; 2], progress: &Progress) -> Result<(Arc<[f32]>, f64), ProjectionError> {
    let [first, second] = embeddings;
    let (vectors, rows) = ([&first.vectors, &second.vectors], [first.rows(), second.rows()]);
    let partners = Partners::by_order(rows).without([&first.non_finite, &second.non_finite]);
    let onto = Procrustes::fit(vectors, &partners, Freedom::default(), progress)?;
    let found = onto.distances(vectors, &partners, progress)?;
    vectors.into_iter().try_for_each(Vectors::check)?;
    let mut moved = vec![f32::NAN; rows[1]];
    partners.rows()[1].iter().zip(found).for_each(|(&row, distance)| moved[row as usize] = distance);
    Ok((moved.into(), onto.residual()))
}

impl Ranked {
    /// Finds the rows that moved most; of equal ones the first. What is 0 has not.
    fn of(of: MovementOf, values: Arc<[f32]>, residual: Option<f64>) -> Self {
        let mut rows: Vec<u32> = (0..values.len() as u32).filter(|&row| values[row as usize].is_finite()).collect();
        rows.sort_by(|&a, &b| values[b as usize].total_cmp(&values[a as usize]).then(a.cmp(&b)));
        let sorted = rows.iter().rev().map(|&row| values[row as usize]).collect();
        rows.retain(|&row| values[row as usize] > 0.0);
        rows.truncate(LISTED);
        Self { of, values, sorted, most: rows.into(), residual }
    }
}

fn measured(since: u64, Ranked { of, values, sorted, most, residual }: Ranked) -> Movement {
    let unmeasured = values.len() - sorted.len();
    Movement { of, since, residual, values, sorted, most, unmeasured }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_that_moved_most_come_first() {
        let nan = f32::NAN;
        let layouts = [
            array![[0.0, 0.0], [1.0, 1.0], [nan, nan], [2.0, 0.0]],
            array![[3.0, 4.0], [1.0, 1.0], [0.0, 0.0], [2.0, 7.0]],
        ];
        let layouts = layouts.map(|layout| Arc::new(Layout::from(layout)));
        let request = Request::Layouts(layouts.clone(), [Some(0), Some(1), None]);
        assert_eq!(request, request.clone(), "it is asked for once, although a row has no place");
        let values = layouts[0].distances_to(&layouts[1], [[Some(0), Some(1), None]; 2]);
        assert_eq!((&values[..2], values[3]), (&[5.0, 0.0][..], 7.0));
        let movement = measured(100, Ranked::of(MovementOf::Layout, values.into(), None));
        assert_eq!((&*movement.most, movement.unmeasured), (&[3, 0][..], 1), "one stays, and one has no place");
    }

    /// All rows are turned by a right angle and shifted, and a pair of opposite ones moves away from the
    /// mean, which neither turns nor shifts the others.
    #[test]
    fn vectors_move_by_what_no_rotation_explains() {
        let corners = [[4.0, 0.0], [-4.0, 0.0], [0.0, 3.0], [0.0, -3.0], [f32::NAN, 1.0]];
        let turned = corners.map(|[x, y]| [10.0 - y - y.signum() * f32::from(y.abs() == 3.0), 5.0 + x]);
        let embedding = |rows: [[f32; 2]; 5]| {
            let vectors = Vectors::from_f32(5, 2, rows.concat()).unwrap();
            Embedding::new("x", vectors, &Progress::default()).unwrap()
        };
        let (first, second) = (embedding(corners), embedding(turned));
        let (values, residual) = moved([&first, &second], &Progress::default()).unwrap();
        for (found, expected) in values.iter().zip([0.0, 0.0, 1.0, 1.0]) {
            assert!((found - expected).abs() < 1e-5, "{values:?}");
        }
        assert!(values[4].is_nan());
        // 2 of 2 * 16 + 2 * 16.
        assert!((residual - 2.0 / 64.0).abs() < 1e-9, "{residual}");
        let other = Embedding::new("y", Vectors::from_f32(5, 3, vec![0.0; 15]).unwrap(), &Progress::default()).unwrap();
        let why = moved([&other, &second], &Progress::default()).unwrap_err().to_string();
        assert!(why.contains("3 and 2 dimensions"), "{why}");
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
        let (nearest, values) = changed([&first, &second], Metric::Euclidean, 42, &Progress::default()).unwrap();
        assert_eq!(nearest, NEAREST_COMPARED);
        assert_eq!(values[80], 1.0);
        assert!(values[..80].iter().all(|&share| share < 0.2), "{values:?}");
    }
}
