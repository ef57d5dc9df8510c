//! What is new in a source that was listed again: steps, tensors, and runs.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{EmbeddingInfo, Run, Source, Stamp};

/// An embedding that was not listed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What it is.
    pub what: Novelty,
    /// The indices of its run and of it.
    pub place: (usize, usize),
}

/// What is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// A step of a series. It has this number.
    Step(u64),
    /// A tensor.
    Tensor,
    /// Its run, of which it is the first.
    Run,
}

/// Something that is there but cannot be read, as it may be half written: a step of a tensor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unfinished {
    /// The name of the run.
    pub run: String,
    /// The name of the tensor, or the pattern of the files' names.
    pub tensor: String,
    /// Its number, if it is known.
    pub number: Option<u64>,
}

/// Where what was listed before is in a later listing. A place is the indices of a run and of an
/// embedding in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    places: HashMap<(usize, usize), (usize, usize)>,
    /// The places now of those whose files were written to since.
    rewritten: BTreeSet<(usize, usize)>,
}

impl Moves {
    /// From the listing `before`, which was made at the time `since`, to the one `now`.
    #[must_use]
    pub fn of(before: &Source, since: SystemTime, now: &Source) -> Self {
        let mut known: HashMap<(&str, Key<'_>), (usize, usize)> = HashMap::new();
        for (place, run, info) in now.all() {
            keys(info).for_each(|key| _ = known.entry((&run.name, key)).or_insert(place));
        }
        let place_of = |run: &Run, info| keys(info).filter_map(|key| known.get(&(&run.name, key))).min().copied();
        let moved = before.all().filter_map(|(place, run, info)| Some((place, place_of(run, info)?)));
        let places: HashMap<_, _> = moved.collect();
        let is_later =
            |file: &Stamp| fs::metadata(file.path()).and_then(|file| file.modified()).is_ok_and(|at| at >= since);
        // A copy that keeps its time is another file, too.
        let is_rewritten = |(was, is): &(&(usize, usize), &(usize, usize))| {
            let [was, is] = [before.at(**was), now.at(**is)].map(|at| at.map(|(_, info)| &info.origin.files));
            is.is_some_and(|files| files.iter().any(is_later)) || was != is
        };
        let rewritten = places.iter().filter(is_rewritten).map(|(_, is)| *is).collect();
        Self { places, rewritten }
    }

    /// Where the embedding is now that was at `place`. Returns `None` if it is not there any more.
    #[must_use]
    pub fn now(&self, place: (usize, usize)) -> Option<(usize, usize)> {
        self.places.get(&place).copied()
    }

    /// Where it is now, unless its files were written to since.
    #[must_use]
    pub fn unchanged(&self, place: (usize, usize)) -> Option<(usize, usize)> {
        self.now(place).filter(|now| !self.rewritten.contains(now))
    }

    /// The names that embeddings of a run had `before` and others have `now`, or none has, with what they
    /// are called instead. `None` is the name of the one that is shown if none is asked for.
    #[must_use]
    pub fn renamed(&self, before: &Source, now: &Source, run: usize) -> Vec<(Option<String>, String)> {
        let Some(of) = before.runs.get(run) else { return Vec::new() };
        // The newest step is meant by the name of the tensor, too, whether or not it has it.
        let names = of.embeddings.iter().flat_map(|info| [info.name.as_str(), tensor(info)]);
        let mut known = HashSet::new();
        let names = names.filter(|name| known.insert(*name)).map(Some).chain([None]);
        let renamed = |name: Option<&str>| {
            let place = self.now(before.choose(Some(&of.name), name).ok()?)?;
            let (run, info) = now.at(place)?;
            let is_same = now.choose(Some(&run.name), name).ok() == Some(place);
            (!is_same).then(|| (name.map(str::to_owned), info.name.clone()))
        };
        names.filter_map(renamed).collect()
    }
}

impl Source {
    /// The indices of the embedding that was at `place` when this was listed `before`: the same tensor
    /// of the same file, whatever it is called now.
    #[must_use]
    pub fn find(&self, before: &Self, place: (usize, usize)) -> Option<(usize, usize)> {
        let (run, info) = before.at(place)?;
        let (at, run) = self.run_named(&run.name)?;
        Some((at, run.embeddings.iter().position(|other| is_same(info, other))?))
    }

    /// The indices of the newest step of the tensor that was at `place` when this was listed `before`.
    /// Returns `None` if there is no embedding of the tensor any more.
    #[must_use]
    pub fn newest_of(&self, before: &Self, place: (usize, usize)) -> Option<(usize, usize)> {
        let (run, info) = before.at(place)?;
        let (at, run) = self.run_named(&run.name)?;
        let here = self.find(before, place).and_then(|place| self.at(place));
        let tensor = tensor(here.map_or(info, |(_, info)| info));
        let series = self.series().into_iter().find(|series| series.run == at && series.tensor == tensor);
        let newest = series.and_then(|series| series.newest().map(|step| step.embedding));
        let alone = || run.embeddings.iter().position(|info| self::tensor(info) == tensor);
        Some((at, newest.or_else(alone)?))
    }

    /// What is listed now and was not `before`, in order. Embeddings whose files are not there yet do
    /// not count, nor do steps that are older than all that were listed of their tensor.
    #[must_use]
    pub fn news(&self, before: &Self) -> Vec<News> {
        let news = |(at, run): (usize, &Run)| {
            let Some((_, old)) = before.run_named(&run.name) else {
                let first = run.embeddings.iter().position(EmbeddingInfo::is_there);
                return first.map(|first| News { what: Novelty::Run, place: (at, first) }).into_iter().collect();
            };
            self.news_of_run((at, run), old)
        };
        self.runs.iter().enumerate().flat_map(news).collect::<Vec<_>>()
    }

    fn news_of_run(&self, (at, run): (usize, &Run), old: &Run) -> Vec<News> {
        let known: HashSet<Key<'_>> = old.embeddings.iter().flat_map(keys).collect();
        let is_known = |info: &EmbeddingInfo| keys(info).any(|key| known.contains(&key));
        let series: Vec<_> = self.series().into_iter().filter(|series| series.run == at).collect();
        let step = |place: usize, info: &EmbeddingInfo| {
            let of =
                series.iter().find(|series| Some(&series.tensor) == info.step.as_ref().map(|step| &step.tensor))?;
            let number = of.steps.get(of.place_of(place)?)?.number;
            // Some that were there have come to be listed, as those of a second checkpoint.
            let known = of.steps.iter().filter(|step| run.embeddings.get(step.embedding).is_some_and(is_known));
            let is_newer = known.map(|step| step.number).max().is_none_or(|last| number > last);
            Some(is_newer.then_some(Novelty::Step(number)))
        };
        let infos = run.embeddings.iter().enumerate().filter(|(_, info)| !is_known(info) && info.is_there());
        infos
            .filter_map(|(place, info)| {
                let what = step(place, info).unwrap_or(Some(Novelty::Tensor))?;
                Some(News { what, place: (at, place) })
            })
            .collect()
    }

    /// Takes out what is [news](Self::news) and was written to less than the time `rest` ago: it may be
    /// half written. Returns it.
    pub fn postpone(&mut self, before: &Self, rest: Duration) -> BTreeSet<Unfinished> {
        let is_young = |file: &PathBuf| {
            let age = fs::metadata(file).and_then(|file| file.modified()).map(|at| at.elapsed());
            matches!(age, Ok(Ok(age)) if age < rest)
        };
        let (mut young, mut runs, mut places) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for News { what, place } in self.news(before) {
            let Some((run, info)) = self.at(place).filter(|(_, info)| info.paths().iter().any(is_young)) else {
                continue;
            };
            young.insert(Unfinished::of(run, info));
            if what == Novelty::Run {
                runs.insert(place.0)
            } else {
                places.insert(place)
            };
        }
        for (run, embedding) in places.into_iter().rev() {
            self.runs[run].embeddings.remove(embedding);
        }
        runs.into_iter().rev().for_each(|run| drop(self.runs.remove(run)));
        young
    }

    /// What cannot be read now, and may be half written.
    #[must_use]
    pub fn unfinished(&self) -> BTreeSet<Unfinished> {
        let of_run = |run: &Run| {
            let unread = run.unread.iter().map(|unread| Unfinished {
                run: run.name.clone(),
                tensor: unread.tensor.clone(),
                number: Some(unread.number),
            });
            let missing = run.embeddings.iter().filter(|info| !info.is_there() && !info.is_gone);
            unread.chain(missing.map(|info| Unfinished::of(run, info))).collect::<Vec<_>>()
        };
        self.runs.iter().flat_map(of_run).collect()
    }

    /// What was listed, and has lost its files since: it is gone, and will not become complete.
    #[must_use]
    pub fn vanished(&self) -> BTreeSet<Unfinished> {
        let was_there = |info: &EmbeddingInfo| info.origin.files.iter().all(Stamp::is_there);
        let gone = self.all().filter(|(_, _, info)| !info.is_gone && was_there(info) && !info.is_there());
        gone.map(|(_, run, info)| Unfinished::of(run, info)).collect()
    }

    /// All embeddings with their places.
    fn all(&self) -> impl Iterator<Item = ((usize, usize), &Run, &EmbeddingInfo)> {
        let runs = self.runs.iter().enumerate();
        runs.flat_map(|(at, run)| {
            let infos = run.embeddings.iter().enumerate();
            infos.map(move |(place, info)| ((at, place), run, info))
        })
    }

    /// Adds the embedding that was at `place` when this was listed `before`, if it is not listed any
    /// more: it is still open, and [gone](EmbeddingInfo::is_gone). Returns its indices.
    pub fn keep(&mut self, before: &Self, place: (usize, usize)) -> Option<(usize, usize)> {
        if let Some(found) = self.find(before, place) {
            return Some(found);
        }
        let (run, info) = before.at(place)?;
        let at = self.run_named(&run.name).map(|(at, _)| at);
        let at = at.unwrap_or_else(|| {
            self.runs.push(Run { embeddings: Vec::new(), unread: Vec::new(), ..run.clone() });
            self.runs.len() - 1
        });
        let mut info = EmbeddingInfo { is_gone: true, ..info.clone() };
        let infos = &mut self.runs.get_mut(at)?.embeddings;
        if infos.iter().any(|other| other.name == info.name) {
            info.name = format!("{} ({})", info.name, info.source);
        }
        infos.push(info);
        Some((at, infos.len() - 1))
    }

    fn run_named(&self, name: &str) -> Option<(usize, &Run)> {
        self.runs.iter().enumerate().find(|(_, run)| run.name == name)
    }
}

impl Unfinished {
    fn of(run: &Run, info: &EmbeddingInfo) -> Self {
        let number = info.step.as_ref().map(|step| step.number);
        Self { run: run.name.clone(), tensor: tensor(info).to_owned(), number }
    }
}

impl EmbeddingInfo {
    /// Whether all files of its vectors are there.
    fn is_there(&self) -> bool {
        self.origin.files.iter().all(|file| file.path().exists())
    }
}

/// What the newest of the steps of an embedding's tensor is called.
fn tensor(info: &EmbeddingInfo) -> &str {
    info.step.as_ref().map_or(&info.name, |step| &step.tensor)
}

/// The first file of an embedding, and its name or that of its tensor. Two embeddings with a common one
/// are the same: a checkpoint that is no step yet has the name of the tensor, and gets another one later.
type Key<'a> = (&'a Path, &'a str);

fn keys(info: &EmbeddingInfo) -> impl Iterator<Item = Key<'_>> {
    let file = info.origin.files.first().map_or(Path::new(&info.source), Stamp::path);
    [(file, info.name.as_str()), (file, tensor(info))].into_iter()
}

/// Whether both are the same tensor of the same file.
fn is_same(one: &EmbeddingInfo, other: &EmbeddingInfo) -> bool {
    keys(one).any(|key| keys(other).any(|other| other == key))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{OpenOptions, open};

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures").join(name)
    }

    fn opened(path: &Path) -> Source {
        open(path, &OpenOptions::default()).unwrap()
    }

    /// Adds a checkpoint that TensorFlow wrote under the name `name`, and lists it as the newest.
    fn save(folder: &Path, name: &str) {
        for entry in fs::read_dir(fixture("tf_v2")).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            if let Some(ending) = file.strip_prefix("model.ckpt-100") {
                fs::copy(&path, folder.join(format!("{name}{ending}"))).unwrap();
            }
        }
        let state = folder.join("checkpoint");
        let all = fs::read_to_string(&state).unwrap_or_default();
        let rest: Vec<String> = all.lines().skip(1).map(|line| format!("{line}\n")).collect();
        let rest = rest.concat();
        fs::write(&state, format!("model_checkpoint_path: \"{name}\"\n{rest}all_model_checkpoint_paths: \"{name}\"\n"))
            .unwrap();
    }

    fn name(source: &Source, place: Option<(usize, usize)>) -> &str {
        place.and_then(|place| source.at(place)).map_or("", |(_, info)| &info.name)
    }

    fn news<'a>(now: &'a Source, before: &Source) -> Vec<(&'a str, Novelty)> {
        now.news(before).iter().map(|news| (name(now, Some(news.place)), news.what)).collect()
    }

    #[test]
    fn step_that_is_shown_is_found_under_its_new_name_when_newer_ones_appear() {
        let root = tempfile::tempdir().unwrap();
        save(root.path(), "m-1");
        let one = opened(root.path());
        let place = one.choose(None, Some("word_embedding")).unwrap();
        assert_eq!(one.newest_of(&one, place), Some(place));
        save(root.path(), "m-2");
        let two = opened(root.path());
        assert_eq!(
            news(&two, &one),
            [("dense/kernel", Novelty::Step(2)), ("word_embedding", Novelty::Step(2))],
            "the first checkpoint is not new"
        );
        assert_eq!(name(&two, two.find(&one, place)), "word_embedding:1");
        assert_eq!(name(&two, two.newest_of(&one, place)), "word_embedding");
        save(root.path(), "m-3");
        let three = opened(root.path());
        assert_eq!(news(&three, &two)[1], ("word_embedding", Novelty::Step(3)));
        let second = two.choose(None, Some("word_embedding")).unwrap();
        assert_eq!(name(&three, three.find(&two, second)), "word_embedding:2");
        assert_eq!(news(&three, &three), []);
    }

    #[test]
    fn step_that_vanishes_can_be_kept_and_its_tensor_is_followed() {
        let root = tempfile::tempdir().unwrap();
        save(root.path(), "m-1");
        let before = opened(root.path());
        let place = before.choose(None, Some("word_embedding")).unwrap();
        for file in ["m-1.index", "m-1.data-00000-of-00001", "checkpoint"] {
            fs::remove_file(root.path().join(file)).unwrap();
        }
        save(root.path(), "m-2");
        let mut now = opened(root.path());
        assert_eq!(now.find(&before, place), None);
        assert_eq!(name(&now, now.newest_of(&before, place)), "word_embedding");
        let kept = now.keep(&before, place);
        assert_eq!(name(&now, kept), "word_embedding (m-1.data-00000-of-00001)");
        let kept = kept.unwrap();
        assert!(now.at(kept).is_some_and(|(_, info)| info.is_gone) && now.unfinished().is_empty());
        assert_eq!(now.keep(&now.clone(), kept), Some(kept), "what is listed is not added");
    }

    /// Where everything is now, by looking for one after the other.
    #[test]
    fn moves_are_where_each_is_found() {
        let root = tempfile::tempdir().unwrap();
        ["m-1", "m-2", "m-3"].into_iter().for_each(|name| save(root.path(), name));
        let (before, since) = (opened(root.path()), SystemTime::now());
        ["m-1.index", "m-1.data-00000-of-00001"].into_iter().for_each(|file| {
            fs::remove_file(root.path().join(file)).unwrap();
        });
        save(root.path(), "m-4");
        // m-2 is replaced by another file, which is older.
        let data = fs::File::options().append(true).open(root.path().join("m-2.data-00000-of-00001")).unwrap();
        data.set_modified(since - Duration::from_hours(1)).unwrap();
        let now = opened(root.path());
        let moves = Moves::of(&before, since, &now);
        let places: Vec<(usize, usize)> = before.all().map(|(place, ..)| place).collect();
        assert_eq!(places.len(), 6);
        for place in places {
            let number = before.at(place).unwrap().1.step.as_ref().unwrap().number;
            assert_eq!(moves.now(place), now.find(&before, place), "{number}");
            assert_eq!((moves.now(place).is_some(), moves.unchanged(place).is_some()), (number > 1, number > 2));
        }
        let mut renamed = moves.renamed(&before, &now, 0);
        renamed.retain(|(name, _)| name.as_deref().is_none_or(|name| name.starts_with("word")));
        let newest = "word_embedding:3".to_owned();
        assert_eq!(renamed, [(Some("word_embedding".to_owned()), newest.clone()), (None, newest)]);
    }

    #[test]
    fn what_was_written_a_moment_ago_is_postponed() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(root.path().join(name), "x,y\n1,2\n3,4\n").unwrap();
        ["e1.csv", "e2.csv"].into_iter().for_each(write);
        let before = opened(root.path());
        ["e3.csv", "e4.csv"].into_iter().for_each(write);
        let old = fs::File::options().append(true).open(root.path().join("e3.csv")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
        let mut now = opened(root.path());
        let young = now.postpone(&before, Duration::from_secs(30));
        let expected = Unfinished { run: ".".into(), tensor: "e*.csv".into(), number: Some(4) };
        assert_eq!(young, BTreeSet::from([expected]));
        assert_eq!(news(&now, &before), [("e3.csv", Novelty::Step(3))]);
        assert_eq!(news(&opened(root.path()), &now), [("e4.csv", Novelty::Step(4))], "it comes later");
    }

    #[test]
    fn checkpoint_without_its_data_is_unfinished_and_no_news() {
        let root = tempfile::tempdir().unwrap();
        save(root.path(), "m-1");
        let before = opened(root.path());
        assert!(before.unfinished().is_empty());
        save(root.path(), "m-2");
        fs::remove_file(root.path().join("m-2.data-00000-of-00001")).unwrap();
        let now = opened(root.path());
        assert_eq!(news(&now, &before), []);
        assert!(now.unfinished().iter().any(|it| it.tensor == "word_embedding" && it.number == Some(2)));
    }

    #[test]
    fn numbered_files_are_steps_and_other_files_are_tensors() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(root.path().join(name), "x,y\n1,2\n3,4\n").unwrap();
        write("e1.csv");
        let one = opened(root.path());
        write("e2.csv");
        write("other.csv");
        let two = opened(root.path());
        assert_eq!(news(&two, &one), [("e2.csv", Novelty::Step(2)), ("other.csv", Novelty::Tensor)]);
        assert_eq!(name(&two, two.newest_of(&one, (0, 0))), "e2.csv");
        let run = root.path().join("run");
        fs::create_dir(&run).unwrap();
        assert_eq!(news(&opened(root.path()), &two), []);
    }

    #[test]
    fn new_runs_are_news_once() {
        let root = tempfile::tempdir().unwrap();
        for run in ["a", "b"] {
            fs::create_dir(root.path().join(run)).unwrap();
        }
        save(&root.path().join("a"), "m-1");
        let one = opened(root.path());
        save(&root.path().join("b"), "m-1");
        let two = opened(root.path());
        assert_eq!(news(&two, &one), [("dense/kernel", Novelty::Run)]);
    }
}
