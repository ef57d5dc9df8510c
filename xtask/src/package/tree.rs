//! The files of a package, as below `/usr` or `~/.local`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::failed;
use crate::Failure;

/// The files beside the program, by their names in the folder of assets.
const ASSETS: [(&str, &str); 4] = [
    ("package/parallax.desktop", "share/applications/parallax.desktop"),
    ("package/parallax.xml", "share/mime/packages/parallax.xml"),
    ("package/org.parallax.Parallax.metainfo.xml", "share/metainfo/org.parallax.Parallax.metainfo.xml"),
    ("package/copyright", "share/doc/parallax/copyright"),
];

/// Where the parts of a package are.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// The folder `assets`.
    pub(super) assets: &'a Path,
    /// The folder of the workspace.
    pub(super) root: &'a Path,
    pub(super) program: &'a Path,
    /// The folder that the example `manual` has written.
    pub(super) manual: &'a Path,
    pub(super) notices: &'a Path,
}

/// Files, and where each goes.
#[derive(Debug)]
pub(super) struct Tree(Vec<(PathBuf, PathBuf)>);

impl Tree {
    /// Lists the files of a package.
    ///
    /// # Errors
    /// Returns an error if a folder cannot be listed.
    pub(super) fn new(parts: &Parts<'_>) -> Result<Self, Failure> {
        let doc = Path::new("share/doc/parallax");
        let mut files = vec![
            (parts.program.to_owned(), PathBuf::from("bin/parallax")),
            (parts.root.join("CHANGELOG.md"), doc.join("NEWS.md")),
            (parts.notices.to_owned(), doc.join("third-party.html")),
        ];
        files.extend(ASSETS.map(|(from, to)| (parts.assets.join(from), PathBuf::from(to))));
        for icon in below(&parts.assets.join("icon"))? {
            files.extend(place_of_icon(&icon).map(|to| (icon.clone(), to)));
        }
        for page in below(parts.manual)? {
            let place = page.strip_prefix(parts.manual).map(|place| Path::new("share").join(place));
            files.extend(place.ok().map(|place| (page.clone(), place)));
        }
        Ok(Self(files))
    }

    /// Copies the files into `folder`.
    ///
    /// # Errors
    /// Returns an error that names the file that cannot be copied.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        for (from, to) in &self.0 {
            let to = folder.join(to);
            fs::create_dir_all(to.parent().unwrap_or(folder)).map_err(failed(&to))?;
            fs::copy(from, &to).map_err(failed(from))?;
        }
        Ok(())
    }
}

/// Returns where an icon goes: `48.png` is as many pixels wide, and a vector picture fits any size.
fn place_of_icon(file: &Path) -> Option<PathBuf> {
    let (size, ending) = (file.file_stem()?.to_str()?, file.extension()?.to_str()?);
    let folder = match ending {
        "svg" => "scalable".to_owned(),
        "png" => format!("{size}x{size}"),
        _ => return None,
    };
    Some(Path::new("share/icons/hicolor").join(folder).join("apps/parallax").with_extension(ending))
}

/// Returns all files below `folder`, by name.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).map_err(failed(folder))?;
    for entry in entries {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            files.extend(below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_go_where_desktops_look() {
        let check = |file: &str, expected: Option<&str>| {
            assert_eq!(place_of_icon(Path::new(file)).as_deref(), expected.map(Path::new), "{file}");
        };
        check("assets/icon/48.png", Some("share/icons/hicolor/48x48/apps/parallax.png"));
        check("assets/icon/parallax.svg", Some("share/icons/hicolor/scalable/apps/parallax.svg"));
        check("assets/icon/make.sh", None);
    }

    #[test]
    fn files_are_copied_to_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fs::create_dir_all(at("manual/man/man1")).unwrap();
        fs::write(at("manual/man/man1/parallax.1"), "page").unwrap();
        fs::write(at("program"), "program").unwrap();
        let parts = Parts {
            assets: &root.join("assets"),
            root: &root,
            program: &at("program"),
            manual: &at("manual"),
            notices: &at("program"),
        };
        Tree::new(&parts).unwrap().write(&at("tree")).unwrap();
        assert_eq!(fs::read_to_string(at("tree/share/man/man1/parallax.1")).unwrap(), "page");
        let expected = [
            "bin/parallax",
            "share/applications/parallax.desktop",
            "share/icons/hicolor/16x16/apps/parallax.png",
            "share/icons/hicolor/512x512/apps/parallax.png",
            "share/doc/parallax/copyright",
        ];
        for file in expected {
            assert!(at("tree").join(file).is_file(), "{file}");
        }
        fs::remove_file(at("program")).unwrap();
        let said = Tree::new(&parts).unwrap().write(&at("again")).unwrap_err().sentence;
        assert!(said.contains("program: "), "{said}");
    }
}
