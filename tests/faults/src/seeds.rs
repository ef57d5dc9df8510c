//! Files to begin with: those that other programs wrote, from the tests of the workspace, and small
//! ones of what only this program writes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ndarray::Array2;
use parallax_embedding::{ColumnBuilder, Embedding, Metadata, Progress, Vectors};
use parallax_session::{
    Action, Edit, Half, HistoryAction, Look, Naming, Panels, Projection, Search, ShellAction, Stereo, Table, View,
    log::LoggedAction,
};
use parallax_tour::{Bookmark, KeptLayout, Subject, Tour};

use crate::{Place, parts, repair};

/// Larger files are no seeds: a fuzzer would spend its time on reading them.
const MOST_BYTES: u64 = 64 << 10;

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where files that other programs wrote are.
const FOLDERS: [&str; 2] = ["tests/data", "crates/formats/tests/fixtures"];

/// Returns the inputs on which the target of this name once failed.
pub(crate) fn found(target: &str) -> Vec<Vec<u8>> {
    let paths = files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(target));
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

/// Returns the files whose names end in one of `endings`, in order.
pub(crate) fn files(endings: &[&str]) -> Vec<Vec<u8>> {
    let is_named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        endings.iter().any(|ending| name.ends_with(ending))
    };
    let paths = FOLDERS.iter().flat_map(|folder| files_in(&root().join(folder)));
    paths.filter(is_named).filter_map(|path| fs::read(path).ok()).collect()
}

/// Returns each of these folders of the tests as one input.
pub(crate) fn folders(names: &[&str]) -> Vec<Vec<u8>> {
    let whole = names.iter().map(|name| {
        let folder = root().join(name);
        let files = files_in(&folder).into_iter().filter_map(|path| {
            let name = path.strip_prefix(&folder).ok()?.to_string_lossy().into_owned();
            Some((name, fs::read(&path).ok()?))
        });
        let files: Vec<_> =
            files.filter(|(name, _)| !name.contains("expected") && !name.contains("tfevents")).collect();
        parts::join(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
    });
    whole.filter(|input| input.len() as u64 <= MOST_BYTES).collect()
}

/// Returns vectors with a folder of pictures.
pub(crate) fn images() -> Vec<Vec<u8>> {
    let folder = root().join("crates/formats/tests/fixtures/images/classes");
    let paths = files_in(&folder);
    let vectors: Vec<String> = (0..paths.len()).map(|row| format!("{row},{}.5", row * 7 % 5)).collect();
    let vectors = vectors.join("\n");
    let pictures = paths
        .iter()
        .filter_map(|path| Some((format!("p/{}", path.strip_prefix(&folder).ok()?.display()), fs::read(path).ok()?)));
    let pictures: Vec<(String, Vec<u8>)> = pictures.collect();
    let rest: [(&str, &[u8]); 2] =
        [("options.json", br#"{"sprite":"p","thumbnail":[8,8]}"#), ("x.csv", vectors.as_bytes())];
    vec![parts::join(rest.into_iter().chain(pictures.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))]
}

/// Returns one input of each table of TensorFlow: the values (of `DATA`), if `ending` is that of an index, and the blocks.
pub(crate) fn tables(ending: &str) -> Vec<Vec<u8>> {
    let paths = files_in(&root().join("tests/data")).into_iter();
    let tables = paths.filter(|path| path.to_string_lossy().ends_with(ending) || ending.is_empty());
    let input = |path: PathBuf| {
        let blocks = repair::table_parts(&fs::read(&path).ok()?)?;
        let values = fs::read(path.with_extension("data-00000-of-00001")).unwrap_or_default();
        let blocks = blocks.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let input = parts::join([("data", values.as_slice())].into_iter().chain(blocks));
        (input.len() as u64 <= MOST_BYTES).then_some(input)
    };
    tables.filter_map(input).collect()
}

/// Returns the files below `folder` that are small enough, in order.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let below = |path: PathBuf| if path.is_dir() { files_in(&path) } else { vec![path] };
    let is_small = |path: &PathBuf| fs::metadata(path).is_ok_and(|known| known.len() <= MOST_BYTES);
    entries.into_iter().flat_map(below).filter(is_small).collect()
}

/// Returns a tour of few rows, with what a bookmark may keep.
fn tour() -> (Tour, Embedding) {
    let vectors: Vec<f32> = (0..24).map(|place| (place * 7 % 11) as f32).collect();
    let layout = Array2::from_shape_fn((8, 3), |(row, dim)| (row * (dim + 1)) as f32);
    let mut labels = ColumnBuilder::new("word");
    ["a", "b", "c", "a", "", "e", "f", "g"].iter().for_each(|cell| labels.push(Some(cell)));
    let labels = labels.finish();
    // Eight rows of three numbers, and of a label each.
    let vectors = Vectors::from_f32(8, 3, vectors).unwrap_or_else(|error| unreachable!("{error}"));
    let mut embedding = Embedding::new("x", vectors, &Progress::default()).unwrap_or_else(|_| unreachable!());
    embedding.metadata = Arc::new(Metadata::new(vec![labels.clone()]).unwrap_or_default());
    let projection = Projection::default();
    let kept = KeptLayout {
        method: projection.method,
        dims: projection.dims,
        rows: None,
        of_more: false,
        projection: Arc::new(projection),
        layout: Arc::new(layout.into()),
        explained_variance: [0.5, 0.25, 0.125].into(),
        steps: None,
    };
    let isolated = KeptLayout { rows: Some((2..7).collect()), of_more: true, ..kept.clone() };
    let mut view = View::default();
    view.apply(&Edit::Select((1..4).collect()));
    let bookmark = |number: usize, layouts| Bookmark {
        name: format!("Bookmark {number}"),
        note: "A note.".to_owned(),
        seconds: Some(3.0),
        subject: Arc::new(Subject::of(&embedding, Some(&labels))),
        view: view.clone(),
        layouts,
        thumbnail: None,
    };
    let bookmarks = vec![bookmark(1, vec![Arc::new(kept)]), bookmark(2, vec![Arc::new(isolated)])];
    (Tour { bookmarks, looping: true, seconds: 4.0 }, embedding)
}

/// Returns tours as files of this ending.
pub(crate) fn tours(ending: &str) -> Vec<Vec<u8>> {
    let (tour, embedding) = tour();
    let Ok(place) = Place::new() else { return Vec::new() };
    let path = place.path(&format!("tour.{ending}"));
    let written = if ending == "parallax" {
        parallax_tour::pack_tour(&tour, &embedding, &path, &Progress::default()).is_ok()
    } else {
        parallax_tour::write_tour(&tour, None, &path).is_ok()
    };
    if written { fs::read(&path).into_iter().collect() } else { Vec::new() }
}

/// Returns the members of packed tours.
pub(crate) fn pack_members() -> Vec<Vec<u8>> {
    tours("parallax").iter().filter_map(|pack| repair::members(pack)).collect()
}

/// Returns the members of the archives whose names end so.
pub(crate) fn members(endings: &[&str]) -> Vec<Vec<u8>> {
    let inputs = files(endings).into_iter().filter_map(|archive| repair::members(&archive));
    inputs.filter(|input| input.len() as u64 <= MOST_BYTES).collect()
}

/// Returns views, whole and in parts, as text.
pub(crate) fn views() -> Vec<Vec<u8>> {
    let small =
        [r#"{"theme":"light","panels":{"shown":false}}"#, r#"{"projection":{"method":"umap"},"color_by":"none"}"#];
    let whole = serde_json::to_vec(&View::default()).ok();
    small.iter().map(|text| text.as_bytes().to_vec()).chain(whole).collect()
}

/// Returns a log of actions.
pub(crate) fn logs() -> Vec<Vec<u8>> {
    let edits = [
        Edit::Select((0..9).collect()),
        Edit::Configure(Box::default()),
        Edit::SetLook(Look::default()),
        Edit::Search(Search { text: "a.*b".into(), regex: true, ..Search::default() }),
        Edit::SetNaming(Naming::default()),
        Edit::SetStereo(Stereo::default()),
        Edit::SetTable(Table::default()),
        Edit::Tag { column: "tags".into(), value: "x".into() },
        Edit::FitView,
    ];
    let actions = edits.into_iter().map(Action::Edit);
    let actions =
        actions.chain([Action::History(HistoryAction::Undo), ShellAction::fly(Half::First, (0..3).collect()).into()]);
    let lines = actions
        .enumerate()
        .filter_map(|(second, action)| LoggedAction { seconds: second as f64, action }.to_line().ok());
    vec![lines.collect::<String>().into_bytes()]
}

/// Returns settings.
pub(crate) fn settings() -> Vec<Vec<u8>> {
    let settings = parallax_desktop::Settings { panels: Panels::default(), ..Default::default() };
    let recent = r#"{"theme":"contrast","recent":["/x.npy",{"path":"/y.csv","options":{"metadata":"/m.tsv","thumbnail":[28,28],"raw":{"dims":3,"dtype":"f32","offset":0}}}]}"#;
    serde_json::to_vec(&settings).into_iter().chain([recent.as_bytes().to_vec()]).collect()
}

/// Returns tables that are read as options say, with what is joined to them.
pub(crate) fn options() -> Vec<Vec<u8>> {
    let table: &[u8] = b"name;x1;x2;x3\na;1;2;3\nb;4;5;6\nc;7;8,5;9\n";
    let metadata: &[u8] = b"name,kind\nb,1\na,2\nx,3\n";
    let options = [
        r#"{"vectors":"x1..x3","delimiter":";","header":true}"#,
        r#"{"vectors":"x1,x3","metadata":"m.csv","join":{"key":"name","column":"name"}}"#,
        r#"{"metadata":"m.csv","join":{"key":"name"},"header":false}"#,
        r#"{"raw":{"dims":3,"dtype":"f32","offset":2}}"#,
        r#"{"raw":{"dims":2,"dtype":"u8","offset":0},"sprite":"s.png","thumbnail":[1,1]}"#,
    ];
    let input =
        |options: &&str| parts::join([("options.json", options.as_bytes()), ("x.csv", table), ("m.csv", metadata)]);
    options.iter().map(input).collect()
}
