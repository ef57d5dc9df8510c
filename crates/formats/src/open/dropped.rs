//! Classifies dropped files: vectors, metadata or pictures, several at once.

use std::path::{Path, PathBuf};

use parallax_embedding::Progress;

use super::{claimant, list_as, open, recognized};
use crate::{
    FormatError, OpenOptions, Problem,
    coded::{self, Inside},
    delimited, images,
    metadata::Table,
    source::{Content, Format},
    sprite,
};

/// The open data, to which metadata or pictures may be added.
#[derive(Debug, Clone, Copy)]
pub struct AtHand<'a> {
    /// The path they were opened from; `None` if they are built in.
    pub path: Option<&'a Path>,
    /// What was opened with it.
    pub options: &'a OpenOptions,
    /// The number of vectors.
    pub rows: usize,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something to open: vectors, a configuration, a checkpoint, a folder.
    Data,
    /// Text, which may be vectors or metadata.
    Text,
    /// A picture, or a folder of them.
    Sprite,
}

/// Text with as many rows as there are vectors, with labels and with fewer numbers per row than
/// this, is metadata.
const FEW_NUMBERS: usize = 10;

/// What to open when `paths` are dropped: vectors with their metadata and pictures, or the open
/// data with other metadata or pictures.
///
/// # Errors
/// Returns an error if a file cannot be read or is of an unknown kind, if two are of the same kind,
/// or if there are no vectors for metadata or pictures.
pub fn combine(paths: &[PathBuf], at_hand: Option<AtHand<'_>>) -> Result<(PathBuf, OpenOptions), FormatError> {
    let parts: Vec<(&PathBuf, Kind)> =
        paths.iter().map(|path| Ok((path, part(path)?))).collect::<Result<_, FormatError>>()?;
    let of = |wanted: Kind| parts.iter().filter(move |(_, part)| *part == wanted).map(|(path, _)| *path);
    let sprite = only(of(Kind::Sprite), "pictures")?;
    let mut data = only(of(Kind::Data), "data to open")?;
    let mut texts: Vec<&PathBuf> = of(Kind::Text).collect();
    let real = |path: &Path| path.canonicalize().ok();
    let open = at_hand.and_then(|at_hand| real(at_hand.path?));
    let is_open = |path: &Path| open.is_some() && real(path) == open;
    let beside = |rows: Option<usize>| {
        let is_open = &is_open;
        move |path: &&&PathBuf| !is_open(path) && is_listed_as_metadata(path, rows).unwrap_or(true)
    };
    if data.is_none() {
        // A text is vectors if it is not metadata of the open data.
        let rows = at_hand.filter(|_| texts.len() == 1).map(|at_hand| at_hand.rows);
        let vectors: Vec<&PathBuf> = texts.iter().filter(|path| !beside(rows)(path)).copied().collect();
        data = only(vectors.into_iter(), "vectors")?;
        texts.retain(|path| Some(*path) != data);
        if texts.len() == paths.len() && at_hand.is_none() {
            // Opening it reports what is wrong with it.
            data = texts.pop();
        }
    }
    let metadata = only(texts.into_iter(), "metadata")?;
    match data {
        Some(path) => Ok((path.clone(), with(OpenOptions::default(), metadata, sprite))),
        None => put_beside(at_hand, metadata, sprite),
    }
}

/// The only one of its kind, if there is one.
fn only<'a>(mut paths: impl Iterator<Item = &'a PathBuf>, what: &str) -> Result<Option<&'a PathBuf>, FormatError> {
    let (first, second) = (paths.next(), paths.next());
    match (first, second) {
        (Some(first), Some(second)) => {
            let name = second.file_name().unwrap_or_default().to_string_lossy();
            Err(Problem::error(first, format!("this and {name:?} both hold {what}")).way_out("Drop one of them").into())
        }
        _ => Ok(first),
    }
}

fn with(options: OpenOptions, metadata: Option<&PathBuf>, sprite: Option<&PathBuf>) -> OpenOptions {
    OpenOptions {
        metadata: metadata.cloned().or(options.metadata),
        // The thumbnails of another picture have another size.
        thumbnail: options.thumbnail.filter(|_| sprite.is_none()),
        sprite: sprite.cloned().or(options.sprite),
        ..options
    }
}

fn put_beside(
    at_hand: Option<AtHand<'_>>,
    metadata: Option<&PathBuf>,
    sprite: Option<&PathBuf>,
) -> Result<(PathBuf, OpenOptions), FormatError> {
    if let Some(AtHand { path: Some(path), options, .. }) = at_hand {
        return Ok((path.to_path_buf(), with(options.clone(), metadata, sprite)));
    }
    let file = metadata.or(sprite).cloned().unwrap_or_default();
    let what = if metadata.is_some() { "metadata" } else { "a picture" };
    let problem = Problem::error(file, format!("{what} needs a file of vectors beside it, and none is open"));
    Err(problem.way_out("Open the vectors first, or drop both at once").into())
}

fn part(path: &Path) -> Result<Kind, FormatError> {
    if images::holds_pictures_alone(path) {
        return Ok(Kind::Sprite);
    }
    if claimant(path)?.is_some() {
        return Ok(Kind::Data);
    }
    let (content, head) = coded::peeked(Content::at(path))?;
    let bytes = (*head).as_ref();
    match recognized(&content, bytes, &OpenOptions::default()) {
        Some((format, _)) if (format.may_be_metadata)(bytes) => Ok(Kind::Text),
        Some(_) => Ok(Kind::Data),
        None if sprite::probe(bytes, path).is_ok() => Ok(Kind::Sprite),
        // Opening it reports what is read.
        None => open(path, &OpenOptions::default()).map(|_| Kind::Data),
    }
}

/// Whether a text or a table is metadata, of `rows` vectors if that is known. The file is listed.
pub(crate) fn is_listed_as_metadata(path: &Path, rows: Option<usize>) -> Result<bool, FormatError> {
    let Inside { content, bytes, .. } = coded::decoded(Content::at(path), &Progress::default())?;
    let path = content.path();
    let bytes = (*bytes).as_ref();
    let of_columns = recognized(&content, bytes, &OpenOptions::default()).filter(|(format, _)| !is_text(format));
    let listed = match of_columns {
        Some((format, _)) => list_as(format, &content, &OpenOptions::default()).map(|source| {
            let first = source.runs.iter().flat_map(|run| &run.embeddings).next();
            first.map_or((0, true, 0), |info| (info.dims, info.origin.metadata.is_some(), info.rows))
        }),
        None => delimited::list(bytes, path, &delimited::Hints::default())
            .map(|listing| (listing.dims, listing.has_labels, listing.rows)),
    };
    let Ok((dims, has_labels, own)) = listed else { return Ok(true) };
    let Some(rows) = rows else { return Ok(has_labels && dims < 2) };
    let may_be = dims < 2 || has_labels && dims < FEW_NUMBERS;
    let own = if of_columns.is_some() { own } else { Table::parse(bytes, path).rows() };
    Ok(may_be && own.abs_diff(rows) <= 1)
}

fn is_text(format: &Format) -> bool {
    std::ptr::eq(format, &raw const delimited::FORMAT) || std::ptr::eq(format, &raw const delimited::JSON)
}

/// Whether the table at `path` has a line for each of so many rows, and perhaps a header. `false` if its
/// lines cannot be counted.
pub(crate) fn has_lines_for(path: &Path, rows: usize) -> bool {
    let Ok(Inside { content, bytes, .. }) = coded::decoded(Content::at(path), &Progress::default()) else {
        return false;
    };
    let bytes = (*bytes).as_ref();
    match recognized(&content, bytes, &OpenOptions::default()).filter(|(format, _)| !is_text(format)) {
        Some((format, _)) => list_as(format, &content, &OpenOptions::default()).is_ok_and(|source| {
            let infos = source.runs.iter().flat_map(|run| &run.embeddings);
            infos.map(|info| info.rows).next() == Some(rows)
        }),
        None => Table::parse(bytes, content.path()).rows().abs_diff(rows) <= 1,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const VECTORS: &str = "1\t2\t3\n4\t5\t6\n7\t8\t9\n";
    const LABELS: &str = "word\tcount\na\t1\nb\t2\nc\t3\n";

    /// A folder with files of each kind.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("vectors.tsv", VECTORS.as_bytes());
        write("others.tsv", VECTORS.as_bytes());
        write("labels.tsv", LABELS.as_bytes());
        write("words.txt", b"one\ntwo\nthree\n");
        write("figures.txt", b"1\n2\n3\n");
        write("unknown.xyz", &[0, 159, 146, 150]);
        crate::write_picture(&folder.path().join("sprite.png"), [2, 2], &[0; 16]).unwrap();
        folder
    }

    /// The result of dropping `names` on three vectors of `x.npy`: the names of what is opened, of
    /// the metadata and of the sprite.
    #[track_caller]
    fn check(names: &[&str], is_open: bool, expected: [&str; 3]) {
        let folder = folder();
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.path().join(name)).collect();
        let options = OpenOptions::default();
        let at_hand = AtHand { path: Some(Path::new("x.npy")), options: &options, rows: 3 };
        let (path, options) = combine(&paths, is_open.then_some(at_hand)).unwrap();
        let name =
            |path: Option<&PathBuf>| path.map_or("", |path| path.file_name().unwrap().to_str().unwrap()).to_owned();
        let found = [name(Some(&path)), name(options.metadata.as_ref()), name(options.sprite.as_ref())];
        assert_eq!(found, expected.map(str::to_owned), "{names:?}");
    }

    #[test]
    fn dropped_files_are_put_where_they_belong() {
        check(&["vectors.tsv"], false, ["vectors.tsv", "", ""]);
        check(&["vectors.tsv"], true, ["vectors.tsv", "", ""]);
        check(&["labels.tsv"], true, ["x.npy", "labels.tsv", ""]);
        check(&["words.txt"], true, ["x.npy", "words.txt", ""]);
        check(&["figures.txt"], true, ["x.npy", "figures.txt", ""]);
        check(&["sprite.png"], true, ["x.npy", "", "sprite.png"]);
        check(&["sprite.png", "labels.tsv"], true, ["x.npy", "labels.tsv", "sprite.png"]);
        check(&["labels.tsv", "vectors.tsv", "sprite.png"], false, ["vectors.tsv", "labels.tsv", "sprite.png"]);
        check(&["words.txt", "vectors.tsv"], true, ["vectors.tsv", "words.txt", ""]);
        check(&["labels.tsv"], false, ["labels.tsv", "", ""]);
    }

    /// It has as many rows as itself.
    #[test]
    fn open_data_are_not_their_own_metadata() {
        let folder = folder();
        let labels = folder.path().join("labels.tsv");
        let options = OpenOptions::default();
        let spelled = folder.path().join("./labels.tsv");
        let at_hand = AtHand { path: Some(&spelled), options: &options, rows: 3 };
        assert_eq!(combine(std::slice::from_ref(&labels), Some(at_hand)).unwrap(), (labels.clone(), options.clone()));
    }

    #[test]
    fn dropped_files_that_conflict_are_refused() {
        let folder = folder();
        let options = OpenOptions::default();
        let said = |names: &[&str], path: Option<&str>| {
            let paths: Vec<PathBuf> = names.iter().map(|name| folder.path().join(name)).collect();
            let at_hand = AtHand { path: path.map(Path::new), options: &options, rows: 3 };
            combine(&paths, Some(at_hand)).unwrap_err().to_string()
        };
        assert!(said(&["vectors.tsv", "others.tsv"], Some("x.npy")).contains("both hold vectors"));
        assert!(said(&["unknown.xyz"], Some("x.npy")).contains("neither the name's ending nor the content"));
        assert!(said(&["labels.tsv"], None).contains("needs a file of vectors beside it"));
        assert!(said(&["none.tsv"], None).contains("there is no such file"));
    }
}
