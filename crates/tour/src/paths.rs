//! Paths of data in a tour's file: relative to its folder if the data are near it, absolute
//! otherwise.

use std::path::{Path, PathBuf, absolute};

use parallax_session::{Origin, View, lexical};

/// Makes the paths of `view` relative to the folder of the file at `file` if they are in it or in
/// its parent folder. Others are made absolute.
pub(super) fn detach(view: &mut View, file: &Path) {
    let folder = folder_of(&absolute(file).unwrap_or_else(|_| file.to_path_buf()));
    each_path(view, |path| relative(path, &folder));
}

/// Resolves the paths of `view`, which are relative to the folder of the file at `file`.
pub(super) fn attach(view: &mut View, file: &Path) {
    let folder = folder_of(file);
    each_path(view, |path| lexical(&folder.join(path)));
}

fn each_path(view: &mut View, change: impl Fn(&Path) -> PathBuf) {
    let second = view.compared.as_mut().map(|compared| &mut compared.origin);
    for origin in [Some(&mut view.origin), second].into_iter().flatten() {
        let Origin::Path { path, options } = origin else { continue };
        for path in [Some(path), options.metadata.as_mut(), options.sprite.as_mut()].into_iter().flatten() {
            *path = change(path);
        }
    }
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_path_buf()
}

fn relative(path: &Path, folder: &Path) -> PathBuf {
    let Ok(full) = absolute(path) else { return path.to_path_buf() };
    let (full, folder) = (lexical(&full), lexical(folder));
    let within = full.strip_prefix(&folder).map(Path::to_path_buf);
    // Every path is below the root, so it does not count as near.
    let around = folder.parent().filter(|around| around.parent().is_some());
    let beside = || Some(Path::new("..").join(full.strip_prefix(around?).ok()?));
    match within.ok().or_else(beside) {
        Some(relative) if relative.as_os_str().is_empty() => ".".into(),
        Some(relative) => slashed(&relative),
        None => full,
    }
}

/// Returns the path with `/` between folders, which every system reads.
fn slashed(path: &Path) -> PathBuf {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_session::{Compared, OpenOptions};

    fn view(path: &str, metadata: &str) -> View {
        let options = OpenOptions { metadata: Some(metadata.into()), ..OpenOptions::default() };
        let origin = Origin::Path { path: path.into(), options };
        let compared = Some(Compared::with(origin.clone(), None, None));
        View { origin, compared, ..View::default() }
    }

    /// What is compared with is where the data are.
    fn paths(view: &View) -> [&Path; 2] {
        let Origin::Path { path, options } = &view.origin else { panic!("{:?}", view.origin) };
        assert_eq!(view.compared.as_ref().unwrap().origin, view.origin);
        [path, options.metadata.as_deref().unwrap()]
    }

    #[cfg(unix)]
    #[test]
    fn paths_near_the_file_are_relative() {
        let check = |path: &str, written: &str, elsewhere: &str| {
            let mut view = view(path, path);
            detach(&mut view, Path::new("/data/tours/a.ron"));
            assert_eq!(paths(&view), [Path::new(written); 2]);
            attach(&mut view, Path::new("/mnt/x/b.ron"));
            assert_eq!(paths(&view), [Path::new(elsewhere); 2]);
        };
        check("/data/tours/v.npy", "v.npy", "/mnt/x/v.npy");
        check("/data/tours/runs/train", "runs/train", "/mnt/x/runs/train");
        check("/data/tours", ".", "/mnt/x");
        check("/data/v.npy", "../v.npy", "/mnt/v.npy");
        check("/data/./logs/../w.npy", "../w.npy", "/mnt/w.npy");
        check("/home/v.npy", "/home/v.npy", "/home/v.npy");
    }

    #[test]
    fn paths_resolve_for_a_relative_file() {
        let check = |file: &str, path: &str, expected: &str| {
            let mut view = view(path, path);
            attach(&mut view, Path::new(file));
            assert_eq!(paths(&view), [Path::new(expected); 2]);
        };
        check("a.ron", "v.npy", "v.npy");
        check("a.ron", "../v.npy", "../v.npy");
        check("tours/a.ron", "../v.npy", "v.npy");
        check("../a.ron", "../v.npy", "../../v.npy");
        check("a.ron", ".", ".");
    }
}
