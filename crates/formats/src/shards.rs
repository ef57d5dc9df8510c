//! Models in several files: an index says which file has which tensor. Without an index, the names
//! of the files say how many there are.
//!
//! ```text
//! model.safetensors.index.json     {"metadata": {..}, "weight_map": {"wte.weight": "model-00001-of-00002.safetensors", ..}}
//! pytorch_model.bin.index.json     the same for PyTorch's files
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    FormatError, OpenOptions, Problem, Source, Stamp,
    error::counted,
    numbered::shard,
    safetensors,
    source::{Content, Format},
    tensors::{self, Listing},
    torch,
};

pub(crate) static FORMAT: Format = Format {
    words: Some(""),
    claims: |path| Ok(index_of(path).is_some() || files_of(path).is_some()),
    ..Format::new(open)
};

/// The endings of indexes.
const INDEXES: [&str; 2] = [".safetensors.index.json", ".bin.index.json"];

/// The usual indexes of a folder.
const USUAL: [&str; 3] =
    ["model.safetensors.index.json", "diffusion_pytorch_model.safetensors.index.json", "pytorch_model.bin.index.json"];

/// The index that a path is, or that is in a folder.
fn index_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if INDEXES.iter().any(|ending| name.ends_with(ending)) && path.is_file() {
        return Some(path.to_path_buf());
    }
    USUAL.iter().map(|name| path.join(name)).find(|index| index.is_file())
}

/// What an index holds.
#[derive(Deserialize)]
struct Index {
    /// For each tensor the name of its file.
    weight_map: BTreeMap<String, String>,
}

fn open(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let Some(index) = index_of(content.path()) else {
        return open_files(content, files_of(content.path()).unwrap_or_default());
    };
    let bytes = Content::at(&index).bytes()?;
    let Index { weight_map } = serde_json::from_slice((*bytes).as_ref()).map_err(|error| {
        let what = format!("this is not an index of tensors: {error}");
        Problem::error(&index, what).way_out("Copy the file again, or open one of the files beside it")
    })?;
    let mut shards: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (tensor, shard) in &weight_map {
        shards.entry(shard).or_default().insert(tensor);
    }
    let mut listing = Listing::default();
    for (shard, names) in shards {
        match list(&index, shard, names) {
            Ok(Listing { tensors, columns: _, problems }) => {
                listing.tensors.extend(tensors);
                listing.problems.extend(problems);
            }
            Err(error) => listing.problems.extend(error.into_problem()),
        }
    }
    let mut source = tensors::source(content, format_of(index.to_string_lossy().ends_with(INDEXES[1])), listing)?;
    for info in source.runs.iter_mut().flat_map(|run| &mut run.embeddings) {
        info.origin.files.push(Stamp::now(&index));
    }
    Ok(source)
}

/// The tensors that the index says are in `shard`.
fn list(index: &Path, shard: &str, mut names: BTreeSet<&str>) -> Result<Listing, FormatError> {
    let mut components = Path::new(shard).components();
    if !matches!((components.next(), components.next()), (Some(Component::Normal(_)), None)) {
        let problem = Problem::error(index, format!("\"weight_map\" names {shard:?}, which is not a file beside it"));
        return Err(problem.way_out("Put the file beside the index, and its name alone into it").into());
    }
    let content = Content::at(&index.with_file_name(shard));
    let mut listing = list_file(&content)?;
    listing.tensors.retain(|tensor| names.remove(&*tensor.name));
    if let Some(first) = names.first() {
        let count = counted(names.len(), "tensor");
        let what = format!("it does not have {count} of the index, the first of them {first:?}");
        listing.problems.push(Problem::error(content.path(), what).way_out("Copy the file again"));
    }
    Ok(listing)
}

fn list_file(content: &Content) -> Result<Listing, FormatError> {
    let is_safetensors = safetensors::matches((*content.bytes()?).as_ref());
    if is_safetensors { safetensors::list(content) } else { torch::list(content) }
}

fn format_of(is_torch: bool) -> &'static str {
    if is_torch { "pytorch-sharded" } else { "safetensors-sharded" }
}

/// The endings of files that are named as parts of a model.
const ENDINGS: [&str; 2] = ["safetensors", "bin"];

/// The files of a model in a folder without an index, in order. Returns `None` if there are none, or
/// those of several models.
fn files_of(folder: &Path) -> Option<Vec<PathBuf>> {
    let is_part = |path: &PathBuf| model_of(path).is_some_and(|(_, _, count)| count > 1) && path.is_file();
    let entries = folder.read_dir().ok()?.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(is_part).collect();
    files.sort_unstable();
    let first = model_of(files.first()?)?;
    files.iter().all(|file| model_of(file).as_ref() == Some(&first)).then_some(files)
}

/// The name of the model that a file is a part of, the ending, and the number of files.
fn model_of(path: &Path) -> Option<(String, &'static str, usize)> {
    let ending = ENDINGS.into_iter().find(|ending| path.extension().is_some_and(|own| own == *ending))?;
    let (model, count) = shard(path.file_stem()?.to_str()?)?;
    Some((model.to_owned(), ending, count))
}

/// What files hold that are parts of one model, and which are missing.
fn open_files(content: &Content, files: Vec<PathBuf>) -> Result<Source, FormatError> {
    let mut listing = Listing::default();
    for file in &files {
        match list_file(&Content::at(file)) {
            Ok(Listing { tensors, columns: _, problems }) => {
                listing.tensors.extend(tensors);
                listing.problems.extend(problems);
            }
            Err(error) => listing.problems.extend(error.into_problem()),
        }
    }
    let (model, ending, count) = files.first().and_then(|file| model_of(file)).unwrap_or_default();
    if let missing @ 1.. = count.saturating_sub(files.len()) {
        let are = if missing == 1 { "is" } else { "are" };
        let what = format!("{missing} of the {count} files of {model:?} {are} not there");
        let problem = Problem::warning(content.path(), what);
        listing.problems.push(problem.way_out("Their tensors are missing; copy them into the folder"));
    }
    tensors::source(content, format_of(ending == ENDINGS[1]), listing)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use parallax_embedding::Progress;
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::open;

    const FILES: [&str; 2] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/safetensors/sharded")
    }

    /// A folder with files of the model.
    fn folder(files: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs::copy(fixtures().join(file), folder.path().join(file)).unwrap();
        }
        folder
    }

    /// For each matrix its file, as the index of Transformers has it.
    fn places() -> Vec<(String, String)> {
        let bytes = fs::read(fixtures().join(USUAL[0])).unwrap();
        let Index { weight_map } = serde_json::from_slice(&bytes).unwrap();
        let source = open(&fixtures(), &OpenOptions::default()).unwrap();
        let is_matrix = |(name, _): &(String, String)| names(&source).contains(name);
        weight_map.into_iter().filter(is_matrix).collect()
    }

    fn names(source: &Source) -> Vec<String> {
        let mut names: Vec<String> = source.runs[0].embeddings.iter().map(|info| info.name.clone()).collect();
        names.sort_unstable();
        names
    }

    fn load_all(path: &Path) {
        let Ok(source) = open(path, &OpenOptions::default()) else { return };
        for embedding in 0..source.runs[0].embeddings.len() {
            if let Ok(loaded) = source.load(0, embedding, &Progress::default()) {
                assert!(loaded.embedding.rows() <= 1 << 20);
            }
        }
    }

    #[test]
    fn files_without_an_index_are_one_model() {
        let all = folder(&FILES);
        let source = open(all.path(), &OpenOptions::default()).unwrap();
        let mut expected: Vec<String> = places().into_iter().map(|(name, _)| name).collect();
        expected.sort_unstable();
        assert!(expected.iter().all(|name| names(&source).contains(name)), "{:?}", names(&source));
        assert_eq!(source.format, "safetensors-sharded");
        let is_missing = |problem: &Problem| problem.message.contains("not there");
        assert!(!source.problems.iter().any(is_missing), "{:?}", source.problems);

        let some = folder(&FILES[1..]);
        let source = open(some.path(), &OpenOptions::default()).unwrap();
        let said = source.problems.iter().find(|problem| is_missing(problem)).unwrap();
        assert_eq!(said.message, "1 of the 2 files of \"model\" is not there");
        let file = open(&some.path().join(FILES[1]), &OpenOptions::default()).unwrap();
        let said: Vec<String> = file.problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains("this is one of 2 files. Open the folder to see all tensors")));
        // Files of two models are not one.
        fs::copy(fixtures().join(FILES[0]), some.path().join("other-00001-of-00003.safetensors")).unwrap();
        assert!(files_of(some.path()).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// Those tensors are listed that are where the index says they are.
        #[test]
        fn any_index_leads_to_what_is_there(picks in prop::collection::btree_map(0_usize..5, 0_usize..5, 0..5)) {
            let places = places();
            let files = [FILES[0], FILES[1], "gone-00001-of-00001.safetensors", "../x.safetensors", "a/b.safetensors"];
            let of = |at: usize| places.get(at).map_or_else(|| format!("gone {at}"), |(name, _)| name.clone());
            let map: BTreeMap<String, &str> = picks.iter().map(|(&at, &file)| (of(at), files[file])).collect();
            let expected: Vec<String> = map
                .iter()
                .filter(|(name, file)| places.iter().any(|(own, place)| own == *name && place == *file))
                .map(|(name, _)| name.clone())
                .collect();
            let folder = folder(&FILES);
            fs::write(folder.path().join(USUAL[0]), serde_json::json!({ "weight_map": map }).to_string()).unwrap();
            match open(folder.path(), &OpenOptions::default()) {
                Ok(source) => {
                    prop_assert_eq!(names(&source), expected.clone());
                    prop_assert_eq!(map.len() > expected.len(), source.problems.iter().any(|problem| problem.severity != crate::Severity::Note));
                }
                Err(_) => prop_assert!(expected.is_empty()),
            }
        }

        #[test]
        fn damaged_models_are_read_or_refused(file in 0_usize..3, cut in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), has_index in any::<bool>()) {
            let folder = folder(&FILES);
            if has_index || file == 2 {
                fs::copy(fixtures().join(USUAL[0]), folder.path().join(USUAL[0])).unwrap();
            }
            let path = folder.path().join([FILES[0], FILES[1], USUAL[0]][file]);
            let mut bytes = fs::read(&path).unwrap();
            for (at, byte) in &flips {
                let at = at.index(bytes.len());
                bytes[at] ^= byte;
            }
            fs::write(&path, &bytes).unwrap();
            load_all(folder.path());
            fs::write(&path, &bytes[..cut.index(bytes.len() + 1)]).unwrap();
            load_all(folder.path());
        }
    }
}
