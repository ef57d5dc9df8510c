//! Files whose names say that they are one of several: `train-00000-of-00002.parquet`, `7.png`.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    ops::Range,
    path::Path,
};

use crate::{Problem, source::Content};

/// The name and the number of files in a name such as `train-00000-of-00002`.
pub(crate) fn shard(stem: &str) -> Option<(&str, usize)> {
    let (before, of) = stem.rsplit_once("-of-")?;
    let (split, number) = before.rsplit_once('-')?;
    let is_number = |digits: &str| digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(number) || !is_number(of) || split.is_empty() {
        return None;
    }
    Some((split, of.parse().ok()?))
}

/// A note that a file is one of several, which together hold all of `what`.
pub(crate) fn siblings(content: &Content, what: &str) -> Option<Problem> {
    let stem = content.stem();
    let (_, count) = shard(&stem).filter(|(_, count)| *count > 1)?;
    let problem = Problem::note(content.path(), format!("this is one of {count} files"));
    Some(problem.way_out(format!("Open the folder to see all {what}")))
}

/// The most numbers of a name, from its end, that may be that of a step.
const NUMBERS: usize = 8;

/// A name that is one of several by a number in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Numbered {
    /// The name, with `*` in place of the number.
    pub(crate) pattern: String,
    /// The number.
    pub(crate) number: u64,
    /// The name with `*` in place of all numbers, if others of them change in such names, too.
    pub(crate) among: Option<String>,
}

/// For each name, the number in which it differs from others, if there are others that differ in
/// nothing else. If that may be one of several numbers, it is the one by which most names are one of
/// several, or else the last. If no two names differ in one number alone, and all that change grow
/// together, it is the last of those. Parts of one whole, as in `train-00000-of-00002`, and decimal
/// fractions do not count.
pub(crate) fn steps<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Option<Numbered>> {
    let names: Vec<Name<'a>> = names.into_iter().map(Name::of).collect();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate().filter(|(_, name)| !name.numbers.is_empty()) {
        groups.entry(name.starred(0..name.numbers.len())).or_default().push(at);
    }
    let mut steps = vec![None; names.len()];
    for (skeleton, members) in groups.into_iter().filter(|(_, members)| members.len() > 1) {
        let group: Vec<&Name<'_>> = members.iter().map(|&at| &names[at]).collect();
        let places = 0..group[0].numbers.len();
        let changing: Vec<usize> = places.filter(|&place| changes(&group, place)).collect();
        let among = (changing.len() > 1).then_some(skeleton);
        let found = by_one(&group, &changing).or_else(|| by_all(&group, &changing)).unwrap_or_default();
        for (at, (pattern, number)) in found {
            steps[members[at]] = Some(Numbered { pattern, number, among: among.clone() });
        }
    }
    steps
}

/// Members of a group of names, their patterns, and their numbers.
type Found = Vec<(usize, (String, u64))>;

fn changes(group: &[&Name<'_>], place: usize) -> bool {
    group.iter().any(|name| name.numbers[place].1 != group[0].numbers[place].1)
}

/// The names that differ from others in the number at one of these places alone: that by which there
/// are most, of several the last.
fn by_one(group: &[&Name<'_>], changing: &[usize]) -> Option<Found> {
    let by = |&place: &usize| {
        let patterns: Vec<String> = group.iter().map(|name| name.starred([place])).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        patterns.iter().for_each(|pattern| *counts.entry(pattern).or_default() += 1);
        let is_one_of_several: Vec<bool> = patterns.iter().map(|pattern| counts[&**pattern] > 1).collect();
        let ways = patterns.into_iter().zip(group).map(|(pattern, name)| (pattern, name.numbers[place].1));
        let found = ways.enumerate().zip(is_one_of_several);
        found.filter(|(_, is_one_of_several)| *is_one_of_several).map(|(way, _)| way).collect::<Found>()
    };
    changing.iter().map(by).max_by_key(Vec::len).filter(|found| !found.is_empty())
}

/// All names by the last of several numbers that grow together.
fn by_all(group: &[&Name<'_>], changing: &[usize]) -> Option<Found> {
    let last = *changing.last()?;
    let mut sorted = group.to_vec();
    sorted.sort_by_key(|name| name.numbers[last].1);
    let grows = |two: &[&Name<'_>]| {
        let [before, after] = [0, 1].map(|at| &two[at].numbers);
        before[last].1 < after[last].1 && changing.iter().all(|&place| before[place].1 <= after[place].1)
    };
    let way = |name: &&Name<'_>| (name.starred(changing.iter().copied()), name.numbers[last].1);
    sorted.windows(2).all(grows).then(|| group.iter().map(way).enumerate().collect())
}

/// A name, and the numbers in it by which it may be one of several.
struct Name<'a> {
    text: &'a str,
    numbers: Vec<(Range<usize>, u64)>,
}

impl<'a> Name<'a> {
    fn of(text: &'a str) -> Self {
        let stem = Path::new(text).file_stem().unwrap_or_default().to_string_lossy();
        if shard(&stem).is_some() {
            return Self { text, numbers: Vec::new() };
        }
        let number = |place: Range<usize>| Some((place.clone(), text[place].parse().ok()?));
        let mut numbers: Vec<(Range<usize>, u64)> = digits(text).rev().filter_map(number).take(NUMBERS).collect();
        numbers.reverse();
        Self { text, numbers }
    }

    /// The name with `*` in place of the numbers at these places, which ascend.
    fn starred(&self, places: impl IntoIterator<Item = usize>) -> String {
        let (mut starred, mut end) = (String::new(), 0);
        for place in places {
            let range = &self.numbers[place].0;
            starred = starred + &self.text[end..range.start] + "*";
            end = range.end;
        }
        starred + &self.text[end..]
    }
}

/// The last number in a name.
pub(crate) fn last_number(name: &str) -> Option<u64> {
    digits(name).next_back().and_then(|place| name[place].parse().ok())
}

/// Where the whole numbers in a name are.
fn digits(name: &str) -> impl DoubleEndedIterator<Item = Range<usize>> {
    let bytes = name.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let mut places: Vec<Range<usize>> = Vec::new();
    for at in (0..bytes.len()).filter(|&at| is_digit(Some(at))) {
        match places.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => places.push(at..at + 1),
        }
    }
    let is_point = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'.');
    places.retain(|place| {
        let is_fraction = is_point(place.start.checked_sub(1)) && is_digit(place.start.checked_sub(2));
        let has_fraction = is_point(Some(place.end)) && is_digit(Some(place.end + 1));
        !is_fraction && !has_fraction
    });
    places.into_iter()
}

/// The order of two names, with whole numbers in them by their values: `a2` before `a10`. Names that
/// differ only in leading zeros are equal.
pub(crate) fn by_number(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let ((one, rest), (other, other_rest)) = match (piece(a), piece(b)) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.is_some().cmp(&other.is_some()),
        };
        let by_value = || {
            let [one, other] = [one, other].map(|digits| digits.trim_start_matches('0'));
            one.len().cmp(&other.len()).then_with(|| one.cmp(other))
        };
        let are_numbers = [one, other].iter().all(|piece| piece.starts_with(|first: char| first.is_ascii_digit()));
        let order = if are_numbers { by_value() } else { one.cmp(other) };
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest, other_rest);
    }
}

/// The digits or the character that a name begins with, and the rest of it.
fn piece(name: &str) -> Option<(&str, &str)> {
    let first = name.chars().next()?;
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name.split_at_checked(digits.max(first.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_in_the_order_of_their_values() {
        let names =
            ["", "0.png", "1.png", "2.png", "10.png", "a", "a/2", "a/10", "a2", "a2b", "a02c", "a10", "b1", "\u{e9}1"];
        for (place, name) in names.iter().enumerate() {
            for (other_place, other) in names.iter().enumerate() {
                assert_eq!(by_number(name, other), place.cmp(&other_place), "{name} {other}");
            }
        }
        assert_eq!(by_number("a01", "a1"), Ordering::Equal);
        let long = "9".repeat(50);
        assert_eq!(by_number(&long, &format!("1{long}")), Ordering::Less);
    }

    #[test]
    fn steps_are_names_that_differ_in_one_number() {
        #[track_caller]
        fn check(names: &[&str], expected: &[Option<(&str, u64)>]) {
            let found = steps(names.iter().copied());
            let found: Vec<_> = found.iter().map(|way| way.as_ref().map(|way| (&*way.pattern, way.number))).collect();
            assert_eq!(found, expected);
        }
        check(
            &["emb_0001.npy", "emb_0010.npy", "labels.tsv", "emb_0010.csv"],
            &[Some(("emb_*.npy", 1)), Some(("emb_*.npy", 10)), None, None],
        );
        // The number of dimensions is the same in both; the number of the run is not that of the step.
        check(&["d64_s1.npy", "d64_s2.npy"], &[Some(("d64_s*.npy", 1)), Some(("d64_s*.npy", 2))]);
        check(
            &["r1/s1", "r1/s2", "r2/s1", "r2/s2"],
            &[Some(("r1/s*", 1)), Some(("r1/s*", 2)), Some(("r2/s*", 1)), Some(("r2/s*", 2))],
        );
        check(
            &["checkpoint-500/w.npy", "checkpoint-1000/w.npy"],
            &[Some(("checkpoint-*/w.npy", 500)), Some(("checkpoint-*/w.npy", 1000))],
        );
        // As many are one of several by the number of the run; more by that of the step.
        check(&["r1_s1", "r2_s1", "r1_s2", "r2_s2", "r1_s3", "r2_s3"], &{
            let of = |run: &'static str, step| Some((run, step));
            [of("r1_s*", 1), of("r2_s*", 1), of("r1_s*", 2), of("r2_s*", 2), of("r1_s*", 3), of("r2_s*", 3)]
        });
        check(
            &["r1_s1", "r2_s1", "r3_s1", "r3_s2"],
            &[Some(("r*_s1", 1)), Some(("r*_s1", 2)), Some(("r*_s1", 3)), None],
        );
        // All change together.
        check(&["run3_step100", "run4_step200"], &[Some(("run*_step*", 100)), Some(("run*_step*", 200))]);
        check(&["2021-01-05", "2021-02-17", "2021-03-02"], &[None, None, None]);
        check(&["a2_b1", "a1_b2"], &[None, None]);
        let among: Vec<Option<String>> = steps(["r3_s100", "r3_s200", "r4_s100", "e1", "e2"])
            .into_iter()
            .map(|way| way.and_then(|way| way.among))
            .collect();
        assert_eq!(among, [Some("r*_s*".to_owned()), Some("r*_s*".to_owned()), None, None, None]);
        check(&["epoch1_loss0.5.npy", "epoch2_loss0.4.npy"], &[None, None]);
        check(&["x-00000-of-00002.npy", "x-00001-of-00002.npy"], &[None, None]);
        check(&["lr0.1.npy", "lr0.2.npy"], &[None, None]);
        check(&["1", ""], &[None, None]);
        let long = "9".repeat(30);
        check(&[&long, "8"], &[None, None]);
        assert_eq!(["model.ckpt-100", "cp-0004.ckpt", "model"].map(last_number), [Some(100), Some(4), None]);
    }

    #[test]
    fn names_tell_how_many_files_there_are() {
        assert_eq!(shard("train-00000-of-00002"), Some(("train", 2)));
        assert_eq!(shard("a-b-00001-of-00012"), Some(("a-b", 12)));
        for name in ["part-0000", "train", "00000-of-00002", "a-0-of-2", "-00000-of-00001"] {
            assert_eq!(shard(name), None, "{name}");
        }
    }
}
