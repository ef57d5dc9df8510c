//! The files of a checkpoint, by its prefix.

use std::path::{Path, PathBuf};

use super::fault::COPY_AGAIN;
use crate::{FormatError, Problem};

/// The placeholder for the number of a shard in the names of sharded checkpoints of version 1.
const ANY_SHARD: &str = "-?????-of-";

/// Whether `prefix` names a checkpoint: its index, or at least one of its files, exists.
#[must_use]
pub fn exists(prefix: &Path) -> bool {
    index(prefix).is_file() || tables(prefix).map_or(true, |tables| !tables.is_empty())
}

/// The index of a checkpoint of version 2.
pub(super) fn index(prefix: &Path) -> PathBuf {
    with_suffix(prefix, ".index")
}

/// A data file of a checkpoint of version 2.
pub(super) fn shard(prefix: &Path, shard: u32, shards: u32) -> PathBuf {
    with_suffix(prefix, &format!(".data-{shard:05}-of-{shards:05}"))
}

/// The files of a checkpoint of version 1: the one called `prefix`, or its shards; empty if there
/// is no such checkpoint.
///
/// TensorFlow names a sharded one `model.ckpt-100-?????-of-00002`; `model.ckpt-100` is understood
/// as well.
pub(super) fn tables(prefix: &Path) -> Result<Vec<PathBuf>, FormatError> {
    if prefix.is_file() {
        return Ok(vec![prefix.to_path_buf()]);
    }
    let (Some(name), Some(folder)) = (prefix.file_name().and_then(|name| name.to_str()), prefix.parent()) else {
        return Ok(Vec::new());
    };
    let (stem, total) = match name.rsplit_once(ANY_SHARD) {
        Some((stem, total)) => (stem, total.parse::<usize>().ok()),
        None => (name, None),
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(listing) = folder.read_dir() else { return Ok(Vec::new()) };
    let mut shards: Vec<(usize, usize, PathBuf)> = listing
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let (shard, of) = parse_shard(path.file_name()?.to_str()?.strip_prefix(stem)?)?;
            total.is_none_or(|total| total == of).then_some((of, shard, path))
        })
        .collect();
    shards.sort_unstable();
    check_complete(prefix, &shards)?;
    Ok(shards.into_iter().map(|(_, _, path)| path).collect())
}

/// Checks that the sorted shards (total, number, path) are complete and of one checkpoint.
fn check_complete(prefix: &Path, shards: &[(usize, usize, PathBuf)]) -> Result<(), FormatError> {
    let (Some((first, _, _)), Some((last, _, _))) = (shards.first(), shards.last()) else { return Ok(()) };
    if first != last {
        let what = format!("there are shards of two checkpoints of this name: of {first} and of {last}");
        let way_out = format!("Name the one that is meant, as in {}{ANY_SHARD}{last:05}", prefix.display());
        return Err(Problem::error(prefix, what).way_out(way_out).into());
    }
    let missing = shards.iter().enumerate().find(|(n, (_, shard, _))| n != shard).map(|(n, _)| n);
    match missing.or_else(|| (shards.len() != *last).then_some(shards.len())) {
        Some(missing) => {
            let what = format!("its shard {missing:05}-of-{last:05} is missing");
            Err(Problem::error(prefix, what).way_out(COPY_AGAIN).into())
        }
        None => Ok(()),
    }
}

/// The numbers in `-00001-of-00002`.
fn parse_shard(suffix: &str) -> Option<(usize, usize)> {
    let (shard, of) = suffix.strip_prefix('-')?.split_once("-of-")?;
    let number = |digits: &str| {
        (digits.len() >= 5 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
    };
    Some((number(shard)?, number(of)?))
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_found_counted_and_not_mixed() {
        #[track_caller]
        fn check(files: &[&str], prefix: &str, expected: Result<&[&str], &str>) {
            let folder = tempfile::tempdir().unwrap();
            for file in files {
                std::fs::write(folder.path().join(file), b"").unwrap();
            }
            let found = tables(&folder.path().join(prefix));
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
                    assert_eq!(names, expected);
                }
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (found, _) => panic!("{found:?}"),
            }
        }
        let two = ["m-00000-of-00002", "m-00001-of-00002"];
        check(&[], "m", Ok(&[]));
        check(&["m", "m-00000-of-00001"], "m", Ok(&["m"]));
        check(&two, "m", Ok(&two));
        check(&two, "m-?????-of-00002", Ok(&two));
        check(&two, "m-?????-of-00003", Ok(&[]));
        check(&two[1..], "m", Err("its shard 00000-of-00002 is missing"));
        check(&two[..1], "m", Err("its shard 00001-of-00002 is missing"));
        check(&[two[0], two[1], "m-00000-of-00001"], "m", Err("of 1 and of 2"));
        check(&[two[0], two[1], "m-00000-of-00001"], "m-?????-of-00001", Ok(&["m-00000-of-00001"]));
        check(&["m-0-of-1", "m-x0000-of-00001", "m.meta", "mm"], "m", Ok(&[]));
    }
}
