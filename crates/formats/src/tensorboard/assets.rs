//! Where the files lie that a configuration names.
//!
//! A path is relative to the configuration's folder; `~` and `$LOG_DIR` expand. Once all links are followed the file has to lie
//! in that folder (or, through `$LOG_DIR`, in the log directory), so that a configuration from a stranger cannot show files
//! that are none of its own; the owner may allow it.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::Problem;

/// What paths in one configuration are relative to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assets<'a> {
    /// The configuration, for messages.
    pub(super) config: &'a Path,
    /// The folder that it lies in.
    pub(super) folder: &'a Path,
    /// What `$LOG_DIR` stands for.
    pub(super) logdir: &'a Path,
    /// Whether files outside are read.
    pub(super) allow_outside: bool,
}

const LOG_DIR: [&str; 2] = ["$LOG_DIR", "${LOG_DIR}"];

impl Assets<'_> {
    /// The file that `path` names, to be read for `what`, such as "metadata"; or why it is not read.
    pub(super) fn resolve(&self, path: &str, what: &str) -> Result<PathBuf, Problem> {
        let full = self.folder.join(self.expand(path));
        let real = full.canonicalize().map_err(|error| {
            let reason = match error.kind() {
                ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => error.to_string(),
            };
            let message = format!("{what} {path:?} cannot be read at {}: {reason}", full.display());
            Problem::error(self.config, message)
                .way_out("Correct the path, which is relative to the configuration's folder")
        })?;
        if self.allow_outside || self.is_inside(path, &real) {
            return Ok(full);
        }
        let folder = self.folder.display();
        let message = format!("{what} {path:?} lies outside of {folder}, at {}, and is left out", real.display());
        Err(Problem::error(self.config, message).way_out("Copy it into the folder, or allow it with --allow-outside"))
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
        check("$LOG_DIRECTORY", Some("cannot be read"));
        if cfg!(unix) {
            check("link_in.tsv", None);
            check("link_out.tsv", outside);
        }
    }
}
