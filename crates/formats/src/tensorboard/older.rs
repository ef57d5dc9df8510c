//! The older checkpoints of a run: the same tensors at other steps of its training.
//!
//! They are those that the file `checkpoint` lists, and those beside the newest whose names differ
//! from its in a smaller number. If the newest cannot be read, as it is still being written, the one
//! before it is taken. Only indexes are read.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::run::{file_name, listed, shape};
use crate::{
    EmbeddingInfo, FormatError, Problem, Severity, Step, UnreadStep,
    disk::folder_of,
    error::counted,
    numbered,
    steps::{MOST_STEPS, step_name},
    tensorflow::{Checkpoint, TensorInfo, display_name},
};

/// The most embeddings of older checkpoints that are listed, if those are more than [`LEAST_STEPS`].
const MOST_EMBEDDINGS: usize = 5000;

/// So many checkpoints are listed however many tensors they have.
const LEAST_STEPS: usize = 20;

/// The checkpoints of a run.
#[derive(Default)]
pub(super) struct Checkpoints {
    /// The one whose tensors are listed by their own names.
    pub(super) newest: Option<(PathBuf, Checkpoint)>,
    /// Its step, if there are others.
    pub(super) number: Option<u64>,
    /// The others and their steps, the greatest first.
    pub(super) older: Vec<(u64, PathBuf)>,
    /// What cannot be read.
    pub(super) failed: Vec<Failed>,
}

/// A checkpoint that cannot be read, or a tensor of it.
pub(super) struct Failed {
    number: u64,
    /// The tensor, or `None` for all.
    tensor: Option<String>,
    problem: Problem,
}

/// The checkpoints of which `latest` is the newest, and `all` those that the file `checkpoint` lists.
/// If the configuration has named the newest, no other is taken for it.
pub(super) fn find(latest: &Path, all: &[PathBuf], is_named: bool, problems: &mut Vec<Problem>) -> Checkpoints {
    let own = file_name(latest);
    let others = all.iter().filter(|prefix| file_name(prefix) != own).cloned();
    let listed: Vec<PathBuf> = others.collect();
    let loose = loose(latest, &listed);
    let prefixes: Vec<&PathBuf> = listed.iter().chain(&loose).collect();
    let names: Vec<String> = [own.clone()].into_iter().chain(prefixes.iter().map(|prefix| file_name(prefix))).collect();
    let ways = numbered::steps(names.iter().map(String::as_str));
    let pattern = ways.first().and_then(Option::as_ref).map(|way| way.pattern.as_str());
    let number = |place: usize| {
        let way = ways[place].as_ref().filter(|way| Some(way.pattern.as_str()) == pattern);
        way.map(|way| way.number)
    };
    let listed_number = |place: usize| number(place).or_else(|| numbered::last_number(&names[place]));
    let newest = listed_number(0).filter(|_| !prefixes.is_empty());
    let (mut others, mut without, mut later): (BTreeMap<u64, PathBuf>, Vec<&str>, Vec<&str>) = Default::default();
    for (at, prefix) in prefixes.iter().enumerate() {
        let name = names[at + 1].as_str();
        if newest.is_none() && at < listed.len() {
            without.push(name);
            continue;
        }
        match if at < listed.len() { listed_number(at + 1) } else { number(at + 1) } {
            Some(number) if at >= listed.len() && newest.is_some_and(|newest| number > newest) => later.push(name),
            Some(number) if Some(number) != newest && !others.contains_key(&number) => {
                others.insert(number, (*prefix).clone());
            }
            None if at >= listed.len() => {}
            _ => without.push(name),
        }
    }
    problems.extend(not_steps(latest, &without, &later));
    let mut order: Vec<(Option<u64>, PathBuf)> = vec![(newest, latest.to_path_buf())];
    order.extend(others.into_iter().rev().map(|(number, prefix)| (Some(number), prefix)));
    first_readable(order, is_named, problems)
}

/// Opens the first of `order` that can be read, of which all matrices are there as far as the lengths of
/// files tell. If all are cut off, that is the first of them: other tensors of it may be there.
fn first_readable(order: Vec<(Option<u64>, PathBuf)>, is_named: bool, problems: &mut Vec<Problem>) -> Checkpoints {
    let (mut failed, mut unread, mut newest, mut cut) = (Vec::new(), Vec::new(), None, None);
    let mut rest = order.into_iter();
    for (number, prefix) in rest.by_ref() {
        let error = match Checkpoint::open(&prefix) {
            Ok(checkpoint) => match check_lengths(&checkpoint).err().filter(|_| !is_named) {
                None => {
                    newest = Some((number, (prefix, checkpoint)));
                    break;
                }
                Some(error) => {
                    cut.get_or_insert((number, (prefix, checkpoint), unread.len()));
                    error
                }
            },
            Err(error) => error,
        };
        let problem = error.into_problem();
        failed.extend(number.zip(problem.clone()).map(|(number, problem)| Failed { number, tensor: None, problem }));
        unread.push(problem);
        if is_named {
            break;
        }
    }
    if let (None, Some((number, found, place))) = (&newest, cut) {
        // To read it says what is cut off.
        failed.retain(|failed: &Failed| Some(failed.number) != number);
        unread.remove(place);
        newest = Some((number, found));
    }
    problems.extend(unread.into_iter().flatten());
    let Some((number, (prefix, checkpoint))) = newest else { return Checkpoints { failed, ..Checkpoints::default() } };
    if !failed.is_empty() {
        let what = "it is read as the newest, since the newer ones cannot be read";
        problems.push(Problem::note(&prefix, what));
    }
    let older = if number.is_some() {
        rest.filter_map(|(number, prefix)| Some((number?, prefix))).collect()
    } else {
        Vec::new()
    };
    Checkpoints { newest: Some((prefix, checkpoint)), number, older, failed }
}

/// Checks that the matrices of a checkpoint are there as far as the lengths of its files tell.
fn check_lengths(checkpoint: &Checkpoint) -> Result<(), FormatError> {
    let is_shown = |tensor: &&TensorInfo| shape(tensor).is_ok() && !tensor.name.contains(super::run::OPTIMIZER);
    checkpoint.tensors().iter().filter(is_shown).try_for_each(|tensor| checkpoint.check_length(&tensor.name))
}

/// The prefixes of checkpoints of version 2 beside `latest` that are not `listed`.
fn loose(latest: &Path, listed: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(entries) = folder_of(latest).read_dir() else { return Vec::new() };
    let known: BTreeSet<String> = listed.iter().map(|prefix| file_name(prefix)).chain([file_name(latest)]).collect();
    let prefix = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.ok()?.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".index")?;
        (!known.contains(stem)).then(|| latest.with_file_name(stem))
    };
    let mut prefixes: Vec<PathBuf> = entries.filter_map(prefix).collect();
    prefixes.sort();
    prefixes
}

/// What there is to say about checkpoints that are no older steps of `latest`.
fn not_steps(latest: &Path, without: &[&str], later: &[&str]) -> impl Iterator<Item = Problem> {
    let note = |names: &[&str], why: &str| {
        let are = if names.len() == 1 { "is" } else { "are" };
        let what =
            format!("{} beside it {are} left out, since {why}: {}", counted(names.len(), "checkpoint"), shown(names));
        (!names.is_empty()).then(|| Problem::note(latest, what).way_out("Open its file .index to see one"))
    };
    let why = "a step has a number of its own at the same place of its name";
    let later_why = "their numbers are greater, but the file \"checkpoint\" does not list them";
    note(without, why).into_iter().chain(note(later, later_why))
}

fn shown(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let more = if names.len() > SHOWN { format!(", and {} more", names.len() - SHOWN) } else { String::new() };
    names[..names.len().min(SHOWN)].join(", ") + &more
}

/// Puts the older steps of each tensor of the newest checkpoint behind it, the newest first. What
/// cannot be read is added to `failed`.
pub(super) fn beside(
    infos: Vec<EmbeddingInfo>,
    older: &[(u64, PathBuf)],
    folder: &Path,
    problems: &mut Vec<Problem>,
    failed: &mut Vec<Failed>,
) -> Vec<EmbeddingInfo> {
    let tensors: BTreeSet<&str> =
        infos.iter().filter(|info| is_of_checkpoint(info)).map(|info| info.name.as_str()).collect();
    let Some((_, first)) = older.first().filter(|_| !tensors.is_empty()) else { return infos };
    let most = (MOST_EMBEDDINGS / tensors.len()).clamp(LEAST_STEPS, MOST_STEPS);
    if older.len() > most {
        let what = format!("only the newest {most} of {} older checkpoints are listed", older.len());
        problems.push(Problem::warning(folder_of(first), what).way_out("Open the file .index of another to see it"));
    }
    let read: Vec<_> =
        older.par_iter().take(most).map(|(number, prefix)| (*number, list(prefix, &tensors, folder))).collect();
    let mut found: BTreeMap<String, Vec<(u64, EmbeddingInfo)>> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for (number, listed) in read {
        let mut fails = |tensor: Option<String>, problem: Problem| {
            let problem = Problem { severity: Severity::Warning, ..problem };
            failed.push(Failed { number, tensor, problem: problem.clone() });
            problems.push(problem);
        };
        match listed {
            Ok(Listed { infos, cut, others: unknown }) => {
                others.extend(unknown);
                cut.into_iter().for_each(|(tensor, problem)| fails(Some(tensor), problem));
                infos.into_iter().for_each(|info| found.entry(info.name.clone()).or_default().push((number, info)));
            }
            Err(problem) => fails(None, problem),
        }
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(String::as_str).collect();
        let what =
            format!("the newest checkpoint lacks {} of older ones: {}", counted(names.len(), "tensor"), shown(&names));
        problems.push(Problem::note(folder_of(first), what).way_out("Open the file .index of an older one to see it"));
    }
    let with_older = |info: EmbeddingInfo| {
        let steps = if is_of_checkpoint(&info) { found.remove(&info.name) } else { None };
        let steps: Vec<EmbeddingInfo> =
            steps.into_iter().flatten().map(|(number, older)| as_step(older, number, &info)).collect();
        [info].into_iter().chain(steps)
    };
    infos.into_iter().flat_map(with_older).collect()
}

/// For each series of the checkpoints, the steps that cannot be read.
pub(super) fn unread(failed: Vec<Failed>, infos: &[EmbeddingInfo]) -> Vec<UnreadStep> {
    let tensors: Vec<&str> =
        infos.iter().filter(|info| is_of_checkpoint(info)).map(|info| info.name.as_str()).collect();
    let of = |Failed { number, tensor: only, problem }: Failed| {
        let is_meant = |tensor: &&&str| only.as_ref().is_none_or(|only| only == **tensor);
        let unread = |tensor: &&str| UnreadStep { tensor: (*tensor).to_owned(), number, problem: problem.clone() };
        tensors.iter().filter(is_meant).map(unread).collect::<Vec<_>>()
    };
    failed.into_iter().flat_map(of).collect()
}

/// Whether it is a tensor of the newest checkpoint, and there are others.
fn is_of_checkpoint(info: &EmbeddingInfo) -> bool {
    info.step.as_ref().is_some_and(|step| step.tensor == info.name)
}

/// The matrices of an older checkpoint.
struct Listed {
    /// Those that are called like tensors of the newest.
    infos: Vec<EmbeddingInfo>,
    /// The names of those of them that are cut off, and why.
    cut: Vec<(String, Problem)>,
    /// The names of the others.
    others: Vec<String>,
}

/// The matrices of a checkpoint, of which some are called like one of `tensors`.
fn list(prefix: &Path, tensors: &BTreeSet<&str>, folder: &Path) -> Result<Listed, Problem> {
    let problem =
        |error: FormatError| error.into_problem().unwrap_or_else(|| Problem::error(prefix, "it was not read"));
    let checkpoint = Checkpoint::open(prefix).map_err(problem)?;
    let is_slot = |name: &str| name.contains(super::run::OPTIMIZER);
    let matrices = checkpoint.tensors().iter().filter(|tensor| shape(tensor).is_ok());
    let (known, others): (Vec<_>, Vec<_>) = matrices.partition(|tensor| tensors.contains(display_name(&tensor.name)));
    let (mut infos, mut cut) = (Vec::new(), Vec::new());
    for tensor in known {
        match checkpoint.check_length(&tensor.name) {
            Ok(()) => infos.push(listed(prefix, &checkpoint, tensor, folder)),
            Err(error) => cut.push((display_name(&tensor.name).to_owned(), problem(error))),
        }
    }
    let others = others.into_iter().filter(|tensor| !is_slot(&tensor.name));
    let others = others.map(|tensor| display_name(&tensor.name).to_owned()).collect();
    Ok(Listed { infos, cut, others })
}

/// An older step of `newest`, with what is beside that.
fn as_step(mut older: EmbeddingInfo, number: u64, newest: &EmbeddingInfo) -> EmbeddingInfo {
    older.name = step_name(&newest.name, number);
    older.step = Some(Step { tensor: newest.name.clone(), number, is_older: true });
    older.bookmarks.clone_from(&newest.bookmarks);
    older.origin.metadata.clone_from(&newest.origin.metadata);
    older.origin.sprite.clone_from(&newest.origin.sprite);
    older
}
