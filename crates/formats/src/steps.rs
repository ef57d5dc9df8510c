//! Steps of a training: embeddings of a source that are the same tensor at different times.
//!
//! They are found by their names and by what lists them: the checkpoints of a run, the tags of
//! `add_embedding` (`default:00100`), and files of a folder whose names differ in one number. No
//! values are read.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    path::{Path, PathBuf},
};

use crate::{EmbeddingInfo, FormatError, Problem, Run, Source, numbered, tensorboard::format::index_of};

/// The most steps of a series that are listed.
pub(crate) const MOST_STEPS: usize = 500;

/// The embeddings of a run that are one tensor at different steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The place of the run in the source.
    pub run: usize,
    /// The name of the tensor, or the pattern of the files' names, as in `emb_*.npy`. As the name of
    /// an embedding it stands for the newest step.
    pub tensor: String,
    /// The steps in ascending order of their numbers; at least two.
    pub steps: Vec<SeriesStep>,
    /// The difference of most consecutive numbers, if all differences are multiples of it.
    pub every: Option<u64>,
    /// The numbers that are missing between those of [`steps`](Self::steps) and of
    /// [`unreadable`](Self::unreadable).
    pub gaps: Vec<Gap>,
    /// The steps that are there but cannot be listed, in ascending order.
    pub unreadable: Vec<UnreadStep>,
    /// The names of embeddings with the number of another one, which counts.
    pub doubles: Vec<String>,
}

/// A step of a [`Series`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesStep {
    /// Its number.
    pub number: u64,
    /// The place of its embedding in the run.
    pub embedding: usize,
    /// The name of its embedding.
    pub name: String,
    /// The shape of its embedding.
    pub rows: usize,
    /// The shape of its embedding.
    pub dims: usize,
    /// See [`EmbeddingInfo::is_gone`].
    pub is_gone: bool,
}

/// Numbers that are missing: `count` of them, from `first` to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first one.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// How many there are.
    pub count: u64,
}

/// The step that an embedding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What [`Series::tensor`] says.
    pub tensor: String,
    /// Its number.
    pub number: u64,
    /// Whether the newest one has the name of the tensor itself, so that this one is never shown first.
    pub(crate) is_older: bool,
}

/// A step that cannot be listed.
#[derive(Debug, Clone, PartialEq)]
pub struct UnreadStep {
    /// What [`Series::tensor`] says.
    pub tensor: String,
    /// Its number.
    pub number: u64,
    /// Why.
    pub problem: Problem,
}

/// Files beside one whose names differ from its in one number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Siblings {
    /// Their names, with `*` in place of the number.
    pub pattern: String,
    /// The numbers in ascending order, with that of the file itself.
    pub numbers: Vec<u64>,
    /// The folder that shows all of them.
    pub folder: PathBuf,
}

impl Source {
    /// The series of steps in it, in the order of their first embeddings. Embeddings that all have
    /// different dimensions are none: a training does not change them.
    #[must_use]
    pub fn series(&self) -> Vec<Series> {
        self.runs.iter().enumerate().flat_map(|(place, run)| series_of(place, run)).collect()
    }

    /// The series that an embedding of a run is a step of, if it is one.
    #[must_use]
    pub fn series_of(&self, run: usize, embedding: usize) -> Option<Series> {
        series_of(run, self.runs.get(run)?).find(|series| series.place_of(embedding).is_some())
    }
}

impl Series {
    /// The step with the greatest number.
    #[must_use]
    pub fn newest(&self) -> Option<&SeriesStep> {
        self.steps.last()
    }

    /// The shape of most steps: rows and dimensions. Rows are those that most have, and dimensions those
    /// that most of these have; what is equally frequent is that of the newest. Steps of another shape
    /// are the odd ones, whichever is open.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        usual_shape(&self.steps)
    }

    /// The place among [`Series::steps`] of the step with this embedding.
    #[must_use]
    pub fn place_of(&self, embedding: usize) -> Option<usize> {
        self.steps.iter().position(|step| step.embedding == embedding)
    }
}

impl Siblings {
    /// What to say about them, with the way out.
    #[must_use]
    pub fn problem(&self, path: &Path) -> Problem {
        let what = format!("this is one of {} numbered files, {}", self.numbers.len(), self.pattern);
        let way_out = format!("Open the folder {} to see them as steps", self.folder.display());
        Problem::note(path, what).way_out(way_out)
    }
}

/// The files beside the one at `path` that are numbered like it; `None` if there are none, or if it
/// is a folder. A checkpoint is named by its prefix or one of its files.
///
/// # Errors
/// Returns an error if the folder cannot be read.
pub fn siblings(path: &Path) -> Result<Option<Siblings>, FormatError> {
    if path.is_dir() {
        return Ok(None);
    }
    let file = index_of(path).unwrap_or_else(|| path.to_path_buf());
    let Some(own) = file.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Ok(None) };
    let folder = crate::disk::folder_of(&file);
    let mut names = Vec::new();
    for entry in folder.read_dir().map_err(FormatError::read(folder))? {
        let entry = entry.map_err(FormatError::read(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != own && !name.starts_with('.') && !entry.path().is_dir() {
            names.push(name);
        }
    }
    names.push(own);
    let ways = numbered::steps(names.iter().map(String::as_str));
    let Some(Some(own)) = ways.last() else { return Ok(None) };
    let alike = ways.iter().flatten().filter(|way| way.pattern == own.pattern);
    let mut numbers: Vec<u64> = alike.map(|way| way.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let pattern = own.pattern.clone();
    Ok((numbers.len() > 1).then(|| Siblings { pattern, numbers, folder: folder.to_path_buf() }))
}

/// The shape of most of these steps, which are in order: see [`Series::shape`].
#[must_use]
pub fn usual_shape(steps: &[SeriesStep]) -> (usize, usize) {
    let rows = most_frequent(steps.iter().map(|step| step.rows));
    (rows, most_frequent(steps.iter().filter(|step| step.rows == rows).map(|step| step.dims)))
}

/// The number that occurs most often, or 0 if there is none; of equally frequent ones that which comes
/// last.
fn most_frequent(numbers: impl Iterator<Item = usize>) -> usize {
    let mut found: HashMap<usize, (usize, usize)> = HashMap::new();
    for (at, number) in numbers.enumerate() {
        let (count, last) = found.entry(number).or_default();
        (*count, *last) = (*count + 1, at);
    }
    found.into_iter().max_by_key(|(_, rank)| *rank).map_or(0, |(number, _)| number)
}

/// The place of the embedding that `name` means as a step: `TENSOR:NUMBER`, or the newest of `TENSOR`.
pub(crate) fn named_step(embeddings: &[EmbeddingInfo], name: &str) -> Option<usize> {
    let steps = || embeddings.iter().enumerate().filter_map(|(at, info)| Some((at, info.step.as_ref()?)));
    let numbered = name.rsplit_once(':').and_then(|(tensor, number)| Some((tensor, number.parse::<u64>().ok()?)));
    let is_named =
        |step: &Step| numbered.is_some_and(|(tensor, number)| step.tensor == tensor && step.number == number);
    let newest = || steps().filter(|(_, step)| step.tensor == name).max_by_key(|(_, step)| step.number);
    steps().find(|(_, step)| is_named(step)).or_else(newest).map(|(at, _)| at)
}

/// The name of the step `number` of `tensor`. `NAME:0` is TensorFlow's name of a tensor, so that the
/// first step is written as `add_embedding` does.
pub(crate) fn step_name(tensor: &str, number: u64) -> String {
    if number == 0 { format!("{tensor}:00000") } else { format!("{tensor}:{number}") }
}

fn series_of(place: usize, run: &Run) -> impl Iterator<Item = Series> {
    let mut order: Vec<&str> = Vec::new();
    let mut members: HashMap<&str, Vec<(u64, usize)>> = HashMap::new();
    for (at, info) in run.embeddings.iter().enumerate() {
        let Some(step) = &info.step else { continue };
        let of_tensor = members.entry(&step.tensor).or_insert_with(|| {
            order.push(&step.tensor);
            Vec::new()
        });
        of_tensor.push((step.number, at));
    }
    order.into_iter().filter_map(move |tensor| {
        let (steps, doubles) = sorted(members.remove(tensor)?, &run.embeddings);
        let mut dims: Vec<usize> = steps.iter().map(|step| step.dims).collect();
        dims.sort_unstable();
        if !dims.windows(2).any(|two| two[0] == two[1]) {
            return None;
        }
        let numbers: Vec<u64> = steps.iter().map(|step| step.number).collect();
        let mut unreadable: Vec<UnreadStep> = run
            .unread
            .iter()
            .filter(|unread| unread.tensor == tensor && !numbers.contains(&unread.number))
            .cloned()
            .collect();
        unreadable.sort_by_key(|unread| unread.number);
        unreadable.dedup_by_key(|unread| unread.number);
        let every = regular(&numbers);
        let there = numbers.iter().copied().chain(unreadable.iter().map(|unread| unread.number));
        let gaps = every.map_or_else(Vec::new, |every| gaps(numbers[0], every, there.collect()));
        Some(Series { run: place, tensor: tensor.to_owned(), steps, every, gaps, unreadable, doubles })
    })
}

/// The steps by number, and the names of those whose number another one has.
fn sorted(members: Vec<(u64, usize)>, infos: &[EmbeddingInfo]) -> (Vec<SeriesStep>, Vec<String>) {
    let mut steps: BTreeMap<u64, SeriesStep> = BTreeMap::new();
    let mut doubles = Vec::new();
    for (number, embedding) in members {
        let info = &infos[embedding];
        let step = SeriesStep {
            number,
            embedding,
            name: info.name.clone(),
            rows: info.rows,
            dims: info.dims,
            is_gone: info.is_gone,
        };
        match steps.entry(number) {
            Entry::Vacant(vacant) => drop(vacant.insert(step)),
            Entry::Occupied(_) => doubles.push(step.name),
        }
    }
    (steps.into_values().collect(), doubles)
}

/// The difference of most consecutive numbers, if there are three or more numbers, more than half of
/// the differences are equal, and all are multiples of it. `numbers` ascend.
fn regular(numbers: &[u64]) -> Option<u64> {
    let differences = || numbers.windows(2).map(|two| two[1] - two[0]);
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    differences().for_each(|difference| *counts.entry(difference).or_default() += 1);
    let all = numbers.len().saturating_sub(1);
    let (&every, &count) = counts.iter().rev().max_by_key(|(_, count)| **count)?;
    let is_regular = all > 1 && 2 * count > all && differences().all(|difference| difference % every == 0);
    is_regular.then_some(every)
}

/// What the sequence that goes on from `first` in both directions by `every` lacks between two of
/// `there`.
fn gaps(first: u64, every: u64, mut there: Vec<u64>) -> Vec<Gap> {
    there.sort_unstable();
    let (every, phase) = (u128::from(every), u128::from(first % every));
    let gap = |two: &[u64]| {
        let [from, to] = [two[0], two[1]].map(u128::from);
        // The first number of the sequence behind `from`, and how many of it are before `to`.
        let next = from + 1 + (phase + every - (from + 1) % every) % every;
        let count = to.saturating_sub(next).div_ceil(every);
        let number = |number: u128| u64::try_from(number).ok();
        let last = number((next + count * every).checked_sub(every)?)?;
        (count > 0).then_some(Gap { first: number(next)?, last, count: number(count)? })
    };
    there.windows(2).filter_map(gap).collect()
}

#[cfg(test)]
mod tests;
