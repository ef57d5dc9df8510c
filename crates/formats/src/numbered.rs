//! Files whose names say that they are one of several: `train-00000-of-00002.parquet`, `7.png`.

use std::{cmp::Ordering, collections::HashMap, ops::Range, path::Path};

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

/// A name that differs from others in one number alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Numbered {
    /// The name, with `*` in place of the number.
    pub(crate) pattern: String,
    /// The number.
    pub(crate) number: u64,
}

/// For each name, the number in which it differs from others, if there are others that differ in
/// nothing else. If that may be one of several numbers, it is the one with the most others, or else
/// the last. Parts of one whole, as in `train-00000-of-00002`, and decimal fractions do not count.
pub(crate) fn steps<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Option<Numbered>> {
    let ways: Vec<Vec<Numbered>> = names.into_iter().map(numbers).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for way in ways.iter().flatten() {
        *counts.entry(&way.pattern).or_default() += 1;
    }
    let chosen = ways.iter().map(|ways| ways.iter().max_by_key(|way| counts[&*way.pattern]));
    let chosen: Vec<Option<&Numbered>> = chosen.collect();
    let mut kept: HashMap<&str, usize> = HashMap::new();
    for way in chosen.iter().flatten() {
        *kept.entry(&way.pattern).or_default() += 1;
    }
    chosen.into_iter().map(|way| way.filter(|way| kept[&*way.pattern] > 1).cloned()).collect()
}

/// The ways in which a name is a pattern with a number, in the order of the numbers.
fn numbers(name: &str) -> Vec<Numbered> {
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    if shard(&stem).is_some() {
        return Vec::new();
    }
    let mut found: Vec<Numbered> = digits(name)
        .rev()
        .filter_map(|place| {
            let number = name[place.clone()].parse().ok()?;
            Some(Numbered { pattern: format!("{}*{}", &name[..place.start], &name[place.end..]), number })
        })
        .take(NUMBERS)
        .collect();
    found.reverse();
    found
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
