//! Files whose names say that they are one of several: `train-00000-of-00002.parquet`, `7.png`.

use std::cmp::Ordering;

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
    fn names_tell_how_many_files_there_are() {
        assert_eq!(shard("train-00000-of-00002"), Some(("train", 2)));
        assert_eq!(shard("a-b-00001-of-00012"), Some(("a-b", 12)));
        for name in ["part-0000", "train", "00000-of-00002", "a-0-of-2", "-00000-of-00001"] {
            assert_eq!(shard(name), None, "{name}");
        }
    }
}
