//! Finds the files that a configuration names.
//!
//! A path is relative to the configuration's folder; `~` and `$LOG_DIR` are expanded. If there is
//! no such file, the path may come from another machine, or if it is absolute and leads elsewhere,
//! the log directory may be a copy: the longest end of the path that exists below that folder or the
//! log directory is then read. After following all links, the file has to be in
//! that folder (or, through `$LOG_DIR` or by the end of its path, in the log directory), so that a
//! configuration from a stranger cannot read other files. `--allow-outside` lifts this.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::{Problem, ProblemKind, moved};

/// What paths in a configuration are relative to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assets<'a> {
    /// The configuration, for messages.
    pub(super) config: &'a Path,
    /// The folder that contains it.
    pub(super) folder: &'a Path,
    /// The meaning of `$LOG_DIR`.
    pub(super) logdir: &'a Path,
    /// Whether files outside may be read.
    pub(super) allow_outside: bool,
}

/// A file that a configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asset {
    pub(super) path: PathBuf,
    /// A note if it is not where the configuration says.
    pub(super) notice: Option<Problem>,
}

const LOG_DIR: [&str; 2] = ["$LOG_DIR", "${LOG_DIR}"];

impl Assets<'_> {
    /// The file that `path` names, to be read for `what`, such as "metadata"; or why it is not
    /// read.
    pub(super) fn resolve(&self, path: &str, what: &str) -> Result<Asset, Problem> {
        let full = self.folder.join(self.expand(path));
        let real = match full.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                return self.moved(path, what).ok_or_else(|| {
                    if is_remote(path) {
                        let message = format!("{what} {path:?} is on the network, and nothing is fetched from there");
                        let way_out = "Download the file into the configuration's folder, and name it there";
                        return Problem::error(self.config, message).way_out(way_out);
                    }
                    let reason = match error.kind() {
                        ErrorKind::NotFound => "there is no such file".to_owned(),
                        _ => error.to_string(),
                    };
                    let message = format!("{what} {path:?} cannot be read at {}: {reason}", full.display());
                    let is_relative = self.expand(path).is_relative();
                    Problem::error(self.config, message).way_out(if is_relative {
                        "Correct the path, which is relative to the configuration's folder"
                    } else {
                        "Correct the path, or copy the file below the configuration's folder"
                    })
                });
            }
        };
        if self.allow_outside || self.is_inside(path, &real) {
            return Ok(Asset { path: full, notice: None });
        }
        if Path::new(path).is_absolute()
            && let Some(copy) = self.copied(path, what, &real)
        {
            return Ok(copy);
        }
        let folder = self.folder.display();
        let message = format!("{what} {path:?} lies outside of {folder}, at {}, and is left out", real.display());
        let problem = Problem::error(self.config, message).kind(ProblemKind::OutsideFolder);
        Err(problem.way_out("Copy it into the folder, or allow it with --allow-outside"))
    }

    /// The file that a path from another machine means: the longest end of it that exists below the
    /// folder or the log directory.
    fn moved(&self, path: &str, what: &str) -> Option<Asset> {
        let bases = [self.folder, self.logdir].map(|base| base.canonicalize().ok());
        let is_inside = |real: &Path| self.allow_outside || bases.iter().flatten().any(|base| real.starts_with(base));
        let is_there = |place: &Path| place.is_file() && place.canonicalize().is_ok_and(|real| is_inside(&real));
        let rest = LOG_DIR.iter().find_map(|name| path.strip_prefix(name)).unwrap_or(path);
        let found = moved::find(rest, &[self.folder, self.logdir], is_there)?;
        let notice = Problem::note(self.config, format!("{what} {path:?} {}", moved::reason(path, &found)));
        Some(Asset { path: found, notice: Some(notice.way_out("Correct the path if another file is meant")) })
    }

    /// The file in a copy of the log directory that an absolute path to the `original` means.
    fn copied(&self, path: &str, what: &str, original: &Path) -> Option<Asset> {
        let copy = self.moved(path, what)?;
        let message = format!(
            "{what} {path:?} lies outside of {}; {}, the longest end of the path that exists, is read instead",
            self.folder.display(),
            copy.path.display()
        );
        let notice = Problem::note(self.config, message).kind(ProblemKind::OutsideFolder);
        let notice = notice.way_out("To read the file that is named, add --allow-outside");
        let is_other = copy.path.canonicalize().is_ok_and(|real| real != original);
        is_other.then_some(Asset { notice: Some(notice), ..copy })
    }

    /// The path with `~` and `$LOG_DIR` resolved. It may still be relative.
    pub(super) fn expand(&self, path: &str) -> PathBuf {
        let rest_of = |prefix: &str| {
            let rest = path.strip_prefix(prefix)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
        };
        if let Some(rest) = LOG_DIR.iter().find_map(|name| rest_of(name)) {
            // Absolute, because what a path is joined to must not come before it.
            return std::path::absolute(self.logdir).unwrap_or_else(|_| self.logdir.to_path_buf()).join(rest);
        }
        match (rest_of("~"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        }
    }

    fn is_inside(&self, path: &str, real: &Path) -> bool {
        let from_logdir = LOG_DIR.iter().any(|name| path.starts_with(name));
        let base = if from_logdir { self.logdir } else { self.folder };
        base.canonicalize().is_ok_and(|base| real.starts_with(base))
    }
}

/// Whether a path is the address of a file on another machine, as in published configurations.
fn is_remote(path: &str) -> bool {
    path.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_files_below_the_folder_are_read() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("run");
        fs::create_dir_all(folder.join("sub")).unwrap();
        for file in ["outside.tsv", "run/inside.tsv", "run/sub/deep.tsv"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../outside.tsv", folder.join("link_out.tsv")).unwrap();
            std::os::unix::fs::symlink("sub/deep.tsv", folder.join("link_in.tsv")).unwrap();
        }
        let config = folder.join("projector_config.pbtxt");
        let strict = Assets { config: &config, folder: &folder, logdir: root.path(), allow_outside: false };
        let check = |path: &str, part: Option<&str>| {
            let said = strict.resolve(path, "metadata").err().map(|problem| problem.to_string());
            assert_eq!(said.is_some(), part.is_some(), "{path}: {said:?}");
            assert!(said.unwrap_or_default().contains(part.unwrap_or_default()), "{path}");
            let is_there = !part.is_some_and(|part| part.contains("cannot be read"));
            assert_eq!(Assets { allow_outside: true, ..strict }.resolve(path, "metadata").is_ok(), is_there, "{path}");
        };
        let outside = Some("lies outside of");
        check("inside.tsv", None);
        check("sub/../inside.tsv", None);
        check("sub/deep.tsv", None);
        check(folder.join("inside.tsv").to_str().unwrap(), None);
        check("$LOG_DIR/outside.tsv", None);
        check("${LOG_DIR}/run/inside.tsv", None);
        check("../outside.tsv", outside);
        check(root.path().join("outside.tsv").to_str().unwrap(), outside);
        check("$LOG_DIR/..", outside);
        check("~", outside);
        check("none.tsv", Some("\"none.tsv\" cannot be read at"));
        check("sub\\none.tsv", Some("cannot be read at"));
        check("/elsewhere/none.tsv", Some("cannot be read at"));
        check("$LOG_DIRECTORY", Some("cannot be read"));
        if cfg!(unix) {
            check("link_in.tsv", None);
            check("link_out.tsv", outside);
        }
    }

    #[test]
    fn absolute_paths_into_the_original_of_a_copy_are_read_in_the_copy() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["orig", "copy"] {
            fs::create_dir_all(root.path().join(folder).join("run")).unwrap();
            fs::write(root.path().join(folder).join("run/m.tsv"), folder).unwrap();
        }
        fs::write(root.path().join("orig/only.tsv"), "").unwrap();
        let (logdir, named) = (root.path().join("copy"), root.path().join("orig/run/m.tsv"));
        let folder = logdir.join("run");
        let config = folder.join("projector_config.pbtxt");
        let assets = Assets { config: &config, folder: &folder, logdir: &logdir, allow_outside: false };
        let found = assets.resolve(named.to_str().unwrap(), "metadata_path").unwrap();
        assert_eq!(fs::read_to_string(found.path).unwrap(), "copy");
        let said = found.notice.unwrap().to_string();
        assert!(said.contains("is read instead") && said.contains("--allow-outside"), "{said}");
        let outside = Assets { allow_outside: true, ..assets };
        let found = outside.resolve(named.to_str().unwrap(), "metadata_path").unwrap();
        assert_eq!((fs::read_to_string(found.path).unwrap(), found.notice), ("orig".to_owned(), None));
        let only = root.path().join("orig/only.tsv");
        assert!(assets.resolve(only.to_str().unwrap(), "metadata_path").is_err());
        assert!(assets.resolve("../../orig/run/m.tsv", "metadata_path").is_err(), "a relative path means one file");
    }

    #[test]
    fn paths_of_another_machine_are_found_by_their_ends() {
        let root = tempfile::tempdir().unwrap();
        let logs = root.path().join("logs");
        let folder = logs.join("run7");
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::create_dir_all(logs.join("shared")).unwrap();
        for file in ["secret.tsv", "logs/run7/m.tsv", "logs/run7/sub/m.tsv", "logs/shared/all.tsv", "logs/top.tsv"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        let config = folder.join("projector_config.pbtxt");
        let assets = Assets { config: &config, folder: &folder, logdir: &logs, allow_outside: false };
        let check = |path: &str, expected: Option<&str>| {
            let found = assets.resolve(path, "metadata");
            assert_eq!(
                found.as_ref().ok().map(|asset| asset.path.clone()),
                expected.map(|file| logs.join(file)),
                "{path}"
            );
            let said = found.ok().and_then(|asset| asset.notice).map(|notice| notice.to_string());
            assert_eq!(
                said.as_ref().is_some_and(|said| said.contains("backslashes")),
                path.contains('\\') && expected.is_some()
            );
            assert_eq!(said.is_some(), expected.is_some(), "{path}: that it is elsewhere is said");
        };
        check("/output/run7/m.tsv", Some("run7/m.tsv"));
        check("/output/run7/sub/m.tsv", Some("run7/sub/m.tsv"));
        check("D:\\logs\\run7\\sub\\m.tsv", Some("run7/sub/m.tsv"));
        check("sub\\m.tsv", Some("run7/sub/m.tsv"));
        check("$LOG_DIR\\top.tsv", Some("top.tsv"));
        check("/data/shared/all.tsv", Some("shared/all.tsv"));
        check("logs/run7/m.tsv", Some("run7/m.tsv"));
        check("\\\\server\\logs\\top.tsv", Some("top.tsv"));
        check("/elsewhere/secret.tsv", None);
        check("/elsewhere/../../secret.tsv", None);
        check("..\\..\\secret.tsv", None);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../../secret.tsv", folder.join("link.tsv")).unwrap();
            check("/output/run7/link.tsv", None);
        }
    }
}
