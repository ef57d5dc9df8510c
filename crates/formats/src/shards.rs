//! Models in several files: an index says which file has which tensor.
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
    FormatError, OpenOptions, Problem, Source,
    error::counted,
    safetensors,
    source::{Content, Format},
    tensors::{self, Listing},
    torch,
};

pub(crate) static FORMAT: Format =
    Format { words: Some(""), claims: |path| Ok(index_of(path).is_some()), ..Format::new(open) };

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
    let index = index_of(content.path()).unwrap_or_else(|| content.path().to_path_buf());
    let bytes = Content::at(&index).bytes()?;
    let Index { weight_map } = serde_json::from_slice((*bytes).as_ref()).map_err(|error| {
        let what = format!("this is no index of tensors: {error}");
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
    let is_torch = index.to_string_lossy().ends_with(INDEXES[1]);
    let format = if is_torch { "pytorch-sharded" } else { "safetensors-sharded" };
    let mut source = tensors::source(content, format, listing)?;
    for info in source.runs.iter_mut().flat_map(|run| &mut run.embeddings) {
        info.origin.files.push(index.clone());
    }
    Ok(source)
}

/// The tensors that the index says are in `shard`.
fn list(index: &Path, shard: &str, mut names: BTreeSet<&str>) -> Result<Listing, FormatError> {
    let mut components = Path::new(shard).components();
    if !matches!((components.next(), components.next()), (Some(Component::Normal(_)), None)) {
        let problem = Problem::error(index, format!("\"weight_map\" names {shard:?}, which is no file beside it"));
        return Err(problem.way_out("Put the file beside the index, and its name alone into it").into());
    }
    let content = Content::at(&index.with_file_name(shard));
    let is_safetensors = safetensors::matches((*content.bytes()?).as_ref());
    let mut listing = if is_safetensors { safetensors::list(&content)? } else { torch::list(&content)? };
    listing.tensors.retain(|tensor| names.remove(&*tensor.name));
    if let Some(first) = names.first() {
        let count = counted(names.len(), "tensor");
        let what = format!("it does not have {count} of the index, the first of them {first:?}");
        listing.problems.push(Problem::error(content.path(), what).way_out("Copy the file again"));
    }
    Ok(listing)
}
