//! What is said about what has appeared on disk.

use std::{collections::BTreeSet, path::Path};

use parallax_formats::{EmbeddingInfo, News, Novelty, Siblings, Source, Unfinished, UnreadStep};
use parallax_session::{Action, Edit, OpenOptions, Origin, ToastAction, count};

/// A message, and its button.
pub(super) type Message = (String, Option<ToastAction>);

/// Says what is new in `source`: the newest step of what is open at `place`, or else what comes first.
pub(super) fn said(source: &Source, news: &[News], place: (usize, usize)) -> Option<Message> {
    let (_, shown) = source.at(place)?;
    let of_shown = |(_, _, info): &(&News, u64, &EmbeddingInfo)| tensor(info) == tensor(shown);
    let steps = news.iter().filter_map(|news| match news.what {
        Novelty::Step(number) => Some((news, number, source.at(news.place)?.1)),
        Novelty::Tensor | Novelty::Run => None,
    });
    let mut steps: Vec<_> = steps.filter(|(news, ..)| news.place.0 == place.0).filter(of_shown).collect();
    steps.sort_by_key(|(_, number, _)| *number);
    if let [first, ..] = steps.as_slice()
        && let Some((_, number, info)) = steps.last()
    {
        let tensor = tensor(info);
        let text = match steps.len() {
            1 => format!("Step {} of {tensor} has appeared.", count(*number as usize)),
            steps => {
                let [first, last] = [first.1, *number].map(|number| count(number as usize));
                format!("{steps} steps of {tensor} have appeared, from {first} to {last}.")
            }
        };
        let caption = if steps.len() == 1 { "Show it" } else { "Show the last" };
        return Some((text, Some(button(caption, Edit::GoToStep(info.name.clone())))));
    }
    let first = news.iter().find(|news| news.place.0 == place.0).or(news.first())?;
    let (run, info) = source.at(first.place)?;
    let is_here = first.place.0 == place.0;
    let within = if is_here { String::new() } else { format!(" in the run {}", run.name) };
    let can_show = is_here || first.what == Novelty::Run;
    let show = |edit: Edit| can_show.then(|| button("Show it", edit));
    Some(match first.what {
        Novelty::Step(number) => (
            format!("Step {} of {} has appeared{within}.", count(number as usize), tensor(info)),
            show(Edit::ChooseEmbedding(info.name.clone())),
        ),
        Novelty::Tensor => {
            (format!("{} has appeared{within}.", info.name), show(Edit::ChooseEmbedding(info.name.clone())))
        }
        Novelty::Run => (format!("The run {} has appeared.", run.name), show(Edit::ChooseRun(run.name.clone()))),
    })
}

/// Says that a file has appeared beside that of `origin`, and is numbered like it.
pub(super) fn beside(origin: &Origin, before: Option<&Siblings>, now: Option<&Siblings>) -> Option<Message> {
    let (Origin::Path { path, .. }, now) = (origin, now?) else { return None };
    let own = number_of(path, &now.pattern);
    let is_known = |number: &u64| before.is_some_and(|before| before.numbers.contains(number));
    let is_new = |number: &&u64| !is_known(number) && own != Some(**number);
    let number = now.numbers.iter().rev().find(is_new)?;
    let text = format!("Step {} of {} has appeared beside it.", count(*number as usize), now.pattern);
    let origin = Origin::Path { path: now.folder.clone(), options: OpenOptions::default() };
    Some((text, Some(button("Open the folder", Edit::Open(origin)))))
}

/// The number in the name of the file at `path`, which has this pattern.
fn number_of(path: &Path, pattern: &str) -> Option<u64> {
    let (before, after) = pattern.split_once('*')?;
    path.file_name()?.to_str()?.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}

/// Says that what is open is gone from disk. Both listings have it at a place; the later one keeps it.
pub(super) fn gone(
    (before, was): (&Source, (usize, usize)),
    (source, place): (&Source, (usize, usize)),
) -> Option<String> {
    let info = source.at(place).map(|(_, info)| info).filter(|info| info.is_gone)?;
    if before.at(was).is_some_and(|(_, info)| info.is_gone) {
        return None;
    }
    let what = match &info.step {
        Some(step) => format!("Step {} of {}", count(step.number as usize), step.tensor),
        None => info.name.clone(),
    };
    Some(format!("{what} is gone from disk. It stays while it is open."))
}

/// Returns a message that also says what is gone.
pub(super) fn both(said: Option<Message>, gone: Option<String>) -> Option<Message> {
    match (said, gone) {
        (Some((said, action)), Some(gone)) => Some((format!("{said} {gone}"), action)),
        (said, gone) => said.or(gone.map(|gone| (gone, None))),
    }
}

/// Says what is waited for, and why if that is known. Returns `None` if that is nothing.
pub(super) fn waits(source: &Source, unfinished: &BTreeSet<Unfinished>) -> Option<String> {
    let Unfinished { run, tensor, number } = unfinished.first()?;
    let unread = source.runs.iter().filter(|of| of.name == *run).flat_map(|run| &run.unread);
    let is_it = |step: &&UnreadStep| step.tensor == *tensor && Some(step.number) == *number;
    let why = unread.filter(is_it).map(|step| format!(": {}", step.problem.message)).next().unwrap_or_default();
    let within = if run == "." { String::new() } else { format!(" in the run {run}") };
    let step = number.map(|number| format!("step {} of ", count(number as usize))).unwrap_or_default();
    let others = if unfinished.len() > 1 { format!(", and {} more", unfinished.len() - 1) } else { String::new() };
    Some(format!("{step}{tensor}{within} has not become complete yet{others}{why}; it is listed once it is"))
}

fn button(caption: &str, edit: Edit) -> ToastAction {
    ToastAction { caption: caption.into(), action: Action::Edit(edit) }
}

fn tensor(info: &EmbeddingInfo) -> &str {
    info.step.as_ref().map_or(&info.name, |step| &step.tensor)
}
