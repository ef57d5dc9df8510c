//! Rows whose neighbors disagree with their label.
//!
//! A row is suspect if at least half of its nearest neighbors agree on another label, and fewer have
//! its own, as in edited nearest neighbors (D. L. Wilson, 1972), which drops rows that the majority of
//! their neighbors contradicts. Where half have one label and half the other, they contradict neither.
//! Each neighbor counts the same, so that a person can count them too.
//!
//! What a plain majority gets wrong is treated:
//!
//! - Neighbors without a label do not vote, and rows without one are not suspect.
//! - A label of few rows cannot have a majority anywhere. A row of it is not suspect if half of the
//!   label's other rows are among its neighbors.
//! - A label of one row cannot be confirmed by any neighbor. It may be misspelled: such rows are
//!   suspect as others are, and come last.
//! - Of equal rows with different labels, at least one is wrong: they come first. Only a row whose own
//!   label has the majority is not suspect; its twin is.
//! - If more rows are equal than a row has neighbors, all of them vote.

use std::{cmp::Ordering, collections::BTreeMap};

use parallax_embedding::{Cancelled, Column, Metadata, Progress, RowSet};
use parallax_neighbors::{GraphSearch, NeighborGraph};
use rayon::prelude::*;

/// The number of neighbors that vote, unless another is chosen.
pub const VOTERS: usize = 10;

/// The rows whose neighbors disagree with their label.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspects {
    /// The suspects, most suspicious first.
    pub list: Vec<Suspect>,
    /// How many neighbors of each row were asked.
    pub k: usize,
    /// How the neighbors were found.
    pub search: GraphSearch,
    /// How many rows have a label and neighbors.
    pub checked: usize,
    /// How many rows have no label.
    pub unlabeled: usize,
    /// How many rows have a label, but a vector without a distance to others.
    pub without_neighbors: usize,
    /// How many labels only one row has.
    pub single: usize,
}

/// A row whose neighbors disagree with its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspect {
    /// The row.
    pub row: u32,
    /// Its label, as an index of [`Column::values`].
    pub label: u32,
    /// The other label that most of its neighbors have; of several, that of the nearer ones.
    pub proposal: u32,
    /// How many neighbors have a label.
    pub voters: u32,
    /// How many of them have the row's label.
    pub own: u32,
    /// How many of them have the proposed label.
    pub agreeing: u32,
    /// The mean distance to those.
    pub distance: f32,
    /// Whether a row of another label has the same vector.
    pub has_twin: bool,
    /// Whether no other row has its label.
    pub is_single: bool,
}

/// Why the values of a column are not labels to check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLabels {
    /// No row has a value.
    #[error("no row has a value in column {column:?}")]
    Empty {
        /// The column.
        column: String,
    },
    /// All values are equal.
    #[error("all rows have the same value in column {column:?}, {value:?}")]
    Constant {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// Values hardly repeat.
    #[error(
        "column {column:?} has {values} values for {rows} rows, and labels repeat: these are names, numbers, or ids"
    )]
    Unique {
        /// The column.
        column: String,
        /// How many values there are.
        values: usize,
        /// How many rows have one.
        rows: usize,
    },
    /// Values are dates.
    #[error("column {column:?} holds dates, and not labels")]
    Dates {
        /// The column.
        column: String,
    },
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Finds the rows that at least half of their `k` nearest neighbors contradict, and fewer confirm.
///
/// # Errors
/// Returns an error if `column` holds no labels, or `progress` was canceled.
pub fn suspects(column: &Column, graph: &NeighborGraph, k: usize, progress: &Progress) -> Result<Suspects, NoLabels> {
    are_labels(column)?;
    progress.begin("Comparing labels");
    let k = k.min(graph.k());
    let counts = column.counts();
    let codes: Vec<u32> = graph.rows().iter().map(|&row| column.code(row as usize).unwrap_or(NONE)).collect();
    let crowds = Crowds::new(graph, k, &codes, progress)?;
    let points = graph.len();
    let blocks = (0..points.div_ceil(BLOCK)).into_par_iter().map(|block| {
        progress.check()?;
        let points = block * BLOCK..points.min((block + 1) * BLOCK);
        let mut votes = Vec::new();
        Ok(points.filter_map(|point| of(point, graph, k, &codes, &counts, &crowds, &mut votes)).collect())
    });
    let blocks: Vec<Vec<Suspect>> = blocks.collect::<Result<_, Cancelled>>()?;
    let mut list = blocks.concat();
    list.par_sort_unstable_by(Suspect::compare);
    let labeled = column.len() - column.missing();
    let checked = codes.iter().filter(|&&code| code != NONE).count();
    Ok(Suspects {
        list,
        k,
        search: graph.search(),
        checked,
        unlabeled: column.missing(),
        without_neighbors: labeled - checked,
        single: counts.iter().filter(|&&count| count == 1).count(),
    })
}

/// Returns whether the values of a column are labels, or why not: labels repeat, so that on average
/// two rows have each, and there are at least two of them.
///
/// # Errors
/// Returns an error if they are not.
pub fn are_labels(column: &Column) -> Result<(), NoLabels> {
    let (values, rows, name) = (column.values().len(), column.len() - column.missing(), || column.name().to_owned());
    match values {
        0 => Err(NoLabels::Empty { column: name() }),
        1 => Err(NoLabels::Constant { column: name(), value: column.values()[0].to_owned() }),
        _ if column.is_of_dates() => Err(NoLabels::Dates { column: name() }),
        _ if 2 * values > rows => Err(NoLabels::Unique { column: name(), values, rows }),
        _ => Ok(()),
    }
}

/// Returns the column whose labels are checked unless another is chosen: the first whose texts repeat,
/// or else that which colors by default, or the first whose numbers repeat.
#[must_use]
pub fn choose_labels(metadata: &Metadata) -> Option<&Column> {
    let texts = metadata.columns().iter().filter(|column| !column.is_numeric());
    let mut columns = texts.chain(metadata.default_color()).chain(metadata.columns());
    columns.find(|column| are_labels(column).is_ok())
}

impl Suspects {
    /// Returns the suspects of these rows, by their places in the list. `None` is all rows.
    #[must_use]
    pub fn among(&self, rows: Option<&RowSet>) -> Vec<u32> {
        let is_among = |place: &u32| rows.is_none_or(|rows| rows.contains(self.list[*place as usize].row));
        (0..self.list.len() as u32).filter(is_among).collect()
    }
}

impl Suspect {
    /// Which comes first in the list: a row with a twin, then one of a label that others have, then
    /// the one whose neighbors agree most on another label and least on its own, then the one that
    /// those are nearer to.
    fn compare(&self, other: &Self) -> Ordering {
        let group = |suspect: &Self| if suspect.has_twin { 0 } else { 1 + u8::from(suspect.is_single) };
        let share = |a: u32, of: u32, b: u32, other: u32| {
            (u64::from(a) * u64::from(other)).cmp(&(u64::from(b) * u64::from(of)))
        };
        group(self)
            .cmp(&group(other))
            .then_with(|| share(other.agreeing, other.voters, self.agreeing, self.voters))
            .then_with(|| share(self.own, self.voters, other.own, other.voters))
            .then_with(|| self.distance.total_cmp(&other.distance))
            .then_with(|| self.row.cmp(&other.row))
    }
}

/// The code of rows without a label.
const NONE: u32 = u32::MAX;

/// The number of points that a thread takes at a time.
const BLOCK: usize = 4096;

/// A label, how many neighbors have it, and the sum of the distances to them.
type Vote = (u32, u32, f64);

/// The points of places with more points than a row has neighbors. A place is that of its first point.
struct Crowds(BTreeMap<u32, Crowd>);

/// How many points at one place have each label.
#[derive(Default)]
struct Crowd {
    counts: BTreeMap<u32, u32>,
    /// How many have a label.
    voters: u32,
    /// The two most frequent labels, the most frequent first.
    most: [Option<(u32, u32)>; 2],
}

impl Crowds {
    fn new(graph: &NeighborGraph, k: usize, codes: &[u32], progress: &Progress) -> Result<Self, Cancelled> {
        let mut crowds: BTreeMap<u32, Crowd> = BTreeMap::new();
        for (point, &code) in codes.iter().enumerate() {
            if point.is_multiple_of(BLOCK) {
                progress.check()?;
            }
            if let Some(first) = Self::place(graph, k, point).filter(|_| code != NONE) {
                let crowd = crowds.entry(first).or_default();
                *crowd.counts.entry(code).or_default() += 1;
                crowd.voters += 1;
            }
        }
        for crowd in crowds.values_mut() {
            for (&code, &count) in &crowd.counts {
                let is_before = |other: (u32, u32)| count > other.1 || count == other.1 && code < other.0;
                let [first, second] = crowd.most;
                if first.is_none_or(is_before) {
                    crowd.most = [Some((code, count)), first];
                } else if second.is_none_or(is_before) {
                    crowd.most[1] = Some((code, count));
                }
            }
        }
        Ok(Self(crowds))
    }

    /// The first point at the place of `point`, if all its neighbors are there. Neighbors at the same
    /// distance are in the order of their numbers.
    fn place(graph: &NeighborGraph, k: usize, point: usize) -> Option<u32> {
        let (neighbors, distances) = graph.neighbors(point);
        let is_crowd = k > 0 && distances[k - 1] == 0.0;
        is_crowd.then(|| neighbors[0].min(point as u32))
    }
}

impl Crowd {
    /// What the others say to a row of it with this label.
    fn poll(&self, label: u32) -> Poll {
        let other = self.most.into_iter().flatten().find(|(code, _)| *code != label);
        Poll {
            voters: self.voters - 1,
            own: self.counts.get(&label).map_or(0, |count| count - 1),
            best: other.map(|(code, count)| (code, count, 0.0)),
            has_twin: other.is_some(),
        }
    }
}

/// What the neighbors of a row say to its label.
struct Poll {
    /// How many of them have a label.
    voters: u32,
    /// How many have the row's.
    own: u32,
    /// The other label that most have.
    best: Option<Vote>,
    /// Whether one with another label has the same vector.
    has_twin: bool,
}

/// Asks the `k` nearest of `point`. `votes` is a buffer.
fn poll(point: usize, graph: &NeighborGraph, k: usize, codes: &[u32], votes: &mut Vec<Vote>) -> Poll {
    votes.clear();
    let (label, (neighbors, distances)) = (codes[point], graph.neighbors(point));
    let mut has_twin = false;
    for (&neighbor, &distance) in neighbors.iter().zip(distances).take(k) {
        let code = codes[neighbor as usize];
        if code != NONE {
            add(votes, code, distance.into());
            has_twin |= distance == 0.0 && code != label;
        }
    }
    let others = votes.iter().filter(|(code, ..)| *code != label);
    let most =
        |a: &&Vote, b: &&Vote| a.1.cmp(&b.1).then(mean_distance(b).total_cmp(&mean_distance(a))).then(b.0.cmp(&a.0));
    Poll {
        voters: votes.iter().map(|(_, count, _)| count).sum(),
        own: votes.iter().find(|(code, ..)| *code == label).map_or(0, |(_, count, _)| *count),
        best: others.max_by(most).copied(),
        has_twin,
    }
}

fn mean_distance((_, count, sum): &Vote) -> f64 {
    sum / f64::from(*count)
}

fn add(votes: &mut Vec<Vote>, code: u32, distance: f64) {
    match votes.iter_mut().find(|(other, ..)| *other == code) {
        Some((_, count, sum)) => (*count, *sum) = (*count + 1, *sum + distance),
        None => votes.push((code, 1, distance)),
    }
}

/// Returns the row of `point` if its neighbors contradict its label.
fn of(
    point: usize,
    graph: &NeighborGraph,
    k: usize,
    codes: &[u32],
    counts: &[usize],
    crowds: &Crowds,
    votes: &mut Vec<Vote>,
) -> Option<Suspect> {
    let label = codes[point];
    if label == NONE {
        return None;
    }
    let crowd = Crowds::place(graph, k, point).and_then(|place| crowds.0.get(&place));
    let asked = crowd.map_or_else(|| poll(point, graph, k, codes, votes), |crowd| crowd.poll(label));
    let Poll { voters, own, best, has_twin } = asked;
    let best = best?;
    let mates = counts[label as usize] - 1;
    let is_confirmed = mates > 0 && 2 * own as usize >= mates.min(voters as usize);
    let is_contradicted = 2 * best.1 >= voters && !is_confirmed;
    let is_suspect = is_contradicted || has_twin && 2 * own <= voters;
    is_suspect.then(|| Suspect {
        row: graph.rows()[point],
        label,
        proposal: best.0,
        voters,
        own,
        agreeing: best.1,
        distance: mean_distance(&best) as f32,
        has_twin,
        is_single: mates == 0,
    })
}

#[cfg(test)]
mod tests;
