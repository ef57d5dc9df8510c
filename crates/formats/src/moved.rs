//! Paths that were written on another machine.

use std::path::{Path, PathBuf};

/// The ends of `path`, longest first, the whole path first of all: `logs/run/m.tsv`, `run/m.tsv`,
/// `m.tsv`.
///
/// They are relative even if `path` is not, have the separators of this machine, and never lead
/// upward.
pub(crate) fn tails(path: &str) -> Vec<PathBuf> {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    let start = parts.iter().rposition(|part| *part == "..").map_or(0, |last| last + 1);
    (start..parts.len()).map(|from| parts[from..].iter().collect()).collect()
}

/// The first of the ends of `path` for which `is_there` returns `true` in one of `folders`.
pub(crate) fn find(path: &str, folders: &[&Path], is_there: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let places = tails(path).into_iter().flat_map(|tail| folders.iter().map(move |folder| folder.join(&tail)));
    places.into_iter().find(|place| is_there(place))
}

/// Why a file that is named as `path` in another file is read at `found`, as the second half of a
/// sentence.
pub(crate) fn reason(path: &str, found: &Path) -> String {
    let backslashes = if path.contains('\\') && cfg!(not(windows)) { ", with backslashes as separators" } else { "" };
    format!("is read at {}, the longest end of the path that exists{backslashes}", found.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_the_ends_of_a_path_longest_first() {
        #[track_caller]
        fn check(path: &str, expected: &[&str]) {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(tails(path), expected, "{path}");
        }
        check("/output/run7/m.tsv", &["output/run7/m.tsv", "run7/m.tsv", "m.tsv"]);
        check("D:\\logs\\m.tsv", &["D:/logs/m.tsv", "logs/m.tsv", "m.tsv"]);
        check("\\\\server\\share\\m.tsv", &["server/share/m.tsv", "share/m.tsv", "m.tsv"]);
        check("sub\\m.tsv", &["sub/m.tsv", "m.tsv"]);
        check("./a//m.tsv", &["a/m.tsv", "m.tsv"]);
        check("../../a/m.tsv", &["a/m.tsv", "m.tsv"]);
        check("a/../..", &[]);
        check("", &[]);
    }
}
