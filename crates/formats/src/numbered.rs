//! Files whose names say that they are one of several: `train-00000-of-00002.parquet`.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_how_many_files_there_are() {
        assert_eq!(shard("train-00000-of-00002"), Some(("train", 2)));
        assert_eq!(shard("a-b-00001-of-00012"), Some(("a-b", 12)));
        for name in ["part-0000", "train", "00000-of-00002", "a-0-of-2", "-00000-of-00001"] {
            assert_eq!(shard(name), None, "{name}");
        }
    }
}
