//! One run: its configuration and its checkpoint become a listing of embeddings.
//!
//! The embeddings that the configuration names come first, in its order, then the checkpoint's
//! other matrices by name. What cannot be listed is a problem.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::Progress;
use rayon::prelude::*;

use super::{
    CONFIG_NAME, EmbeddingConfig, ProjectorConfig,
    assets::{Asset, Assets},
    discover::Folder,
    older::{self, Checkpoints},
    tagged, tensor_file,
};
use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Run, Severity, Step, UnreadStep,
    disk::folder_of,
    error::counted,
    metadata, moved,
    source::{Content, Read, SpriteOrigin, VectorsReader, tensor_position},
    tensorflow::{self, Checkpoint, CheckpointList, TensorInfo, display_name},
};

/// Part of the names of an optimizer's variables, which have the shapes of the variables that it
/// trains.
pub(super) const OPTIMIZER: &str = ".OPTIMIZER_SLOT";

/// Lists the run in `folder`, a folder of `logdir`.
pub(super) fn list(folder: &Folder, logdir: &Path, options: &OpenOptions) -> (Run, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut config = read_config(folder, &mut problems);
    let config_path = folder.config.clone().unwrap_or_else(|| folder.path.join(CONFIG_NAME));
    let assets =
        Assets { config: &config_path, folder: folder_of(&config_path), logdir, allow_outside: options.allow_outside };
    let template = clean(&mut config, &config_path, &mut problems);
    let found = find_checkpoint(&config, folder, &assets, &mut problems);
    let checkpoints = found.all.iter().map(|prefix| file_name(prefix)).collect();
    let is_named = !config.model_checkpoint_path.is_empty();
    let Checkpoints { newest, number, older, mut failed } = match &found.latest {
        Some(latest) => older::find(latest, &found.all, is_named, &mut problems),
        None => Checkpoints::default(),
    };
    problems.extend(tagged::keep_newest(&mut config, &config_path));
    let lister = Lister { folder: &folder.path, assets, checkpoint: newest, number, tried: found.tried };
    let (embeddings, mut unread) = lister.embeddings(&config, template.as_ref(), &mut problems);
    let embeddings = older::beside(embeddings, &older, &folder.path, &mut problems, &mut failed);
    unread.extend(older::unread(failed, &embeddings));
    let checkpoint = lister.checkpoint.as_ref().map(|(prefix, _)| file_name(prefix));
    (Run { name: folder.name.clone(), checkpoint, checkpoints, embeddings, unread }, problems)
}

/// Lists the checkpoint that `prefix` names as a run of its own.
pub(super) fn list_checkpoint(prefix: &Path, options: &OpenOptions) -> Result<(Run, Vec<Problem>), FormatError> {
    let checkpoint = Checkpoint::open(prefix)?;
    let path = folder_of(prefix);
    let config_path = path.join(CONFIG_NAME);
    let folder = Folder {
        name: ".".to_owned(),
        path: path.to_path_buf(),
        config: config_path.is_file().then(|| config_path.clone()),
    };
    let mut problems = Vec::new();
    let mut config = read_config(&folder, &mut problems);
    let template = clean(&mut config, &config_path, &mut problems);
    // Tensors in files of their own, or of other checkpoints, were not asked for.
    let is_here =
        |name: &str| checkpoint.tensors().iter().any(|tensor| display_name(&tensor.name) == display_name(name));
    config.embeddings.retain(|embedding| embedding.tensor_path.is_empty() && is_here(&embedding.tensor_name));
    let assets = Assets { config: &config_path, folder: path, logdir: path, allow_outside: options.allow_outside };
    let checkpoint = Some((prefix.to_path_buf(), checkpoint));
    let lister = Lister { folder: path, assets, checkpoint, number: None, tried: Vec::new() };
    let (embeddings, unread) = lister.embeddings(&config, template.as_ref(), &mut problems);
    let name = file_name(prefix);
    let run = Run { name: folder.name, checkpoint: Some(name.clone()), checkpoints: vec![name], embeddings, unread };
    Ok((run, problems))
}

/// The configuration; empty if there is none, or if it cannot be read.
fn read_config(folder: &Folder, problems: &mut Vec<Problem>) -> ProjectorConfig {
    let Some(file) = &folder.config else { return ProjectorConfig::default() };
    match ProjectorConfig::read(file) {
        Ok((config, found)) => {
            problems.extend(found);
            config
        }
        Err(error) => {
            problems.extend(error.into_problem());
            ProjectorConfig::default()
        }
    }
}

/// Names the embeddings without a name, and leaves out those that are named twice or not at all.
/// Returns the first one if it is a template: its settings apply to each tensor that the
/// configuration does not name.
fn clean(config: &mut ProjectorConfig, file: &Path, problems: &mut Vec<Problem>) -> Option<EmbeddingConfig> {
    let is_template = |first: &EmbeddingConfig| first.tensor_name.is_empty() && first.tensor_path.is_empty();
    let template = config.embeddings.first().is_some_and(is_template).then(|| config.embeddings.remove(0));
    for (place, embedding) in config.embeddings.iter_mut().enumerate().filter(|(_, e)| e.tensor_name.is_empty()) {
        embedding.tensor_name = file_name(Path::new(&embedding.tensor_path));
        if embedding.tensor_name.is_empty() {
            let number = place + 1 + usize::from(template.is_some());
            let problem = Problem::error(file, "it has neither a tensor_name nor a tensor_path and is left out");
            problems.push(problem.at(format!("embedding {number}")).way_out("Give it one of the two"));
        }
    }
    config.embeddings.retain(|embedding| !embedding.tensor_name.is_empty());
    keep_last(&mut config.embeddings, file, problems);
    template
}

/// Writers that append to a configuration name a tensor once per run of the program; the last entry
/// counts.
fn keep_last(embeddings: &mut Vec<EmbeddingConfig>, file: &Path, problems: &mut Vec<Problem>) {
    let mut kept: Vec<(EmbeddingConfig, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for embedding in embeddings.drain(..) {
        let place = *places.entry(display_name(&embedding.tensor_name).to_owned()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(same) => *same = (embedding, same.1 + 1),
            None => kept.push((embedding, 1)),
        }
    }
    for (embedding, times) in kept.iter().filter(|(_, times)| *times > 1) {
        let problem = Problem::warning(file, format!("it is named {times} times; the last counts"));
        problems.push(problem.at(tensor_position(&embedding.tensor_name)).way_out("Take the others out"));
    }
    embeddings.extend(kept.into_iter().map(|(embedding, _)| embedding));
}

/// The checkpoints of a run.
#[derive(Default)]
struct Found {
    /// The one to read.
    latest: Option<PathBuf>,
    /// All that the `checkpoint` file lists, oldest first.
    all: Vec<PathBuf>,
    /// Where a checkpoint was looked for without success.
    tried: Vec<PathBuf>,
}

/// Finds the checkpoint that the configuration names, or the latest of the folder that it names, or
/// that of the run's folder, or, if a tensor is needed, that of the parent folder.
fn find_checkpoint(
    config: &ProjectorConfig,
    folder: &Folder,
    assets: &Assets<'_>,
    problems: &mut Vec<Problem>,
) -> Found {
    if !config.model_checkpoint_path.is_empty() {
        return named_checkpoint(config, folder, assets, problems);
    }
    let mut folders = Vec::new();
    if config.model_checkpoint_dir.is_empty() {
        folders.push(folder.path.clone());
        folders.extend(folder.path.parent().filter(|_| names_tensor(config)).map(Path::to_path_buf));
    } else {
        let named = assets.expand(&config.model_checkpoint_dir);
        folders.extend([assets.folder.join(&named), named]);
        let is_there = |place: &Path| place.join("checkpoint").is_file();
        if !folders.iter().any(|place| is_there(place))
            && let Some(found) = moved::find(&config.model_checkpoint_dir, &[assets.folder, assets.logdir], is_there)
        {
            let reason = moved::reason(&config.model_checkpoint_dir, &found);
            let message = format!("model_checkpoint_dir {:?} {reason}", config.model_checkpoint_dir);
            problems.push(Problem::note(assets.config, message));
            folders.push(found);
        }
    }
    for place in &folders {
        if let Some(list) = latest(place, problems) {
            return Found { latest: list.latest, all: list.all, tried: vec![place.join("checkpoint")] };
        }
    }
    Found { tried: folders.iter().map(|place| place.join("checkpoint")).collect(), ..Found::default() }
}

/// The checkpoint that the configuration names: as given, or in its folder, or by the longest end
/// of its path that exists in that folder, the run's folder or the log directory.
fn named_checkpoint(
    config: &ProjectorConfig,
    folder: &Folder,
    assets: &Assets<'_>,
    problems: &mut Vec<Problem>,
) -> Found {
    let path = &config.model_checkpoint_path;
    let named = assets.expand(path);
    let here = assets.folder.join(&named);
    let bases = [assets.folder, &folder.path, assets.logdir];
    let mut tried = vec![named, here];
    let mut found = tried.iter().find(|prefix| tensorflow::exists(prefix)).cloned();
    if found.is_none() {
        let last = moved::tails(path).pop().unwrap_or_default();
        tried.extend([assets.folder.join(&last), folder.path.join(&last)]);
        found = moved::find(path, &bases, tensorflow::exists);
        let notice = found.iter().map(|place| format!("model_checkpoint_path {path:?} {}", moved::reason(path, place)));
        problems.extend(notice.map(|message| Problem::note(assets.config, message)));
    }
    if found.is_none() {
        let message = format!("the checkpoint {:?} is not there", config.model_checkpoint_path);
        // If all vectors are in files of their own, it may be only a caption, as in published
        // projectors.
        let is_caption = !config.embeddings.is_empty() && !names_tensor(config);
        let new = if is_caption { Problem::warning } else { Problem::error };
        let problem = new(assets.config.to_path_buf(), message).at("model_checkpoint_path");
        problems.push(problem.way_out(format!("Looked for: {}", paths(&tried))));
    }
    let mut all = latest(&folder.path, &mut Vec::new()).map(|list| list.all).unwrap_or_default();
    let unlisted = found.iter().filter(|prefix| !all.iter().any(|other| file_name(other) == file_name(prefix)));
    let unlisted: Vec<PathBuf> = unlisted.cloned().collect();
    all.extend(unlisted);
    Found { latest: found, all, tried }
}

/// Whether the configuration names a tensor of a checkpoint.
fn names_tensor(config: &ProjectorConfig) -> bool {
    config.embeddings.iter().any(|embedding| embedding.tensor_path.is_empty())
}

/// The checkpoints that the `checkpoint` file of `folder` lists.
fn latest(folder: &Path, problems: &mut Vec<Problem>) -> Option<CheckpointList> {
    match tensorflow::latest(folder) {
        Ok(list) => {
            problems.extend(list.iter().flat_map(|list| list.problems.clone()));
            list
        }
        Err(error) => {
            problems.extend(error.into_problem());
            None
        }
    }
}

/// What listing the embeddings of a run needs to know.
struct Lister<'a> {
    folder: &'a Path,
    assets: Assets<'a>,
    checkpoint: Option<(PathBuf, Checkpoint)>,
    /// The step of the checkpoint, if there are others.
    number: Option<u64>,
    /// Where a checkpoint was looked for.
    tried: Vec<PathBuf>,
}

impl Lister<'_> {
    /// The embeddings, and the steps of `add_embedding` that cannot be listed.
    fn embeddings(
        &self,
        config: &ProjectorConfig,
        template: Option<&EmbeddingConfig>,
        problems: &mut Vec<Problem>,
    ) -> (Vec<EmbeddingInfo>, Vec<UnreadStep>) {
        let (mut infos, mut taken, mut unread) = (Vec::<EmbeddingInfo>::new(), Vec::new(), Vec::new());
        let mut failed: Vec<(Option<Step>, Problem)> = Vec::new();
        // To learn the shape of a text takes reading all of it.
        let is_file = |embedding: &EmbeddingConfig| !embedding.tensor_path.is_empty();
        let files = config.embeddings.par_iter().map(|embedding| is_file(embedding).then(|| self.file(embedding)));
        let files: Vec<Option<Result<EmbeddingInfo, Problem>>> = files.collect();
        let steps = tagged::steps(config);
        for ((embedding, file), step) in config.embeddings.iter().zip(files).zip(steps) {
            match file.unwrap_or_else(|| self.named(embedding, &mut taken)) {
                Ok(mut info) => {
                    self.add_beside(&mut info, embedding);
                    info.step = info.step.or(step);
                    infos.push(info);
                }
                Err(problem) => failed.push((step, problem)),
            }
        }
        for (step, mut problem) in failed {
            let Some(Step { tensor, number, .. }) = step else {
                problems.push(problem);
                continue;
            };
            // The others go on.
            if infos.iter().any(|info| info.step.as_ref().is_some_and(|step| step.tensor == tensor)) {
                problem.severity = Severity::Warning;
            }
            unread.push(UnreadStep { tensor, number, problem: problem.clone() });
            problems.push(problem);
        }
        let Some((prefix, checkpoint)) = &self.checkpoint else { return (infos, unread) };
        let rest = checkpoint.tensors().iter().filter(|tensor| !taken.contains(&tensor.name));
        let (slots, rest): (Vec<_>, Vec<_>) = rest.partition(|tensor| tensor.name.contains(OPTIMIZER));
        let (matrices, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|tensor| shape(tensor).is_ok());
        for tensor in matrices {
            let mut info = self.tensor(prefix, checkpoint, tensor);
            info.configured = false;
            // A sheet shows the rows of one tensor, so that of a template does not apply to all.
            if let Some(template) = template {
                self.add_beside(&mut info, &EmbeddingConfig { sprite: None, ..template.clone() });
            }
            infos.push(info);
        }
        problems.extend(left_out(prefix, &others, &slots));
        (infos, unread)
    }

    /// The embedding of a tensor that the configuration names. The tensor is added to `taken`.
    fn named(&self, embedding: &EmbeddingConfig, taken: &mut Vec<String>) -> Result<EmbeddingInfo, Problem> {
        let name = &embedding.tensor_name;
        let fault = |message: String| Problem::error(self.assets.config, message).at(tensor_position(name));
        let Some((prefix, checkpoint)) = &self.checkpoint else {
            let way_out = format!("Looked for: {}", paths(&self.tried));
            return Err(fault("there is no checkpoint that it could be in".to_owned()).way_out(way_out));
        };
        let tensors = checkpoint.tensors();
        let same = |tensor: &&TensorInfo| display_name(&tensor.name) == display_name(name);
        let found = tensors.iter().find(|tensor| tensor.name == *name).or_else(|| tensors.iter().find(same));
        let Some(tensor) = found else {
            let names: Vec<_> = tensors.iter().filter(|t| shape(t).is_ok()).map(|t| display_name(&t.name)).collect();
            let way_out = format!("The matrices in it are: {}", names.join(", "));
            return Err(fault(format!("the checkpoint {} has no such tensor", file_name(prefix))).way_out(way_out));
        };
        taken.push(tensor.name.clone());
        shape(tensor)
            .map_err(|what| fault(format!("the tensor is left out: {what}")).way_out("Name a matrix of numbers"))?;
        Ok(self.tensor(prefix, checkpoint, tensor))
    }

    fn tensor(&self, prefix: &Path, checkpoint: &Checkpoint, tensor: &TensorInfo) -> EmbeddingInfo {
        let mut info = listed(prefix, checkpoint, tensor, self.folder);
        info.configured = true;
        info.step = self.number.map(|number| Step { tensor: info.name.clone(), number, is_older: false });
        info
    }

    /// The embedding of a file of vectors that the configuration names.
    fn file(&self, embedding: &EmbeddingConfig) -> Result<EmbeddingInfo, Problem> {
        let at = |problem: Problem| problem.at(tensor_position(&embedding.tensor_name));
        let Asset { path, notice } = self.assets.resolve(&embedding.tensor_path, "tensor_path").map_err(at)?;
        let content = Content::File(path);
        let listed = tensor_file::list(&content, &embedding.tensor_shape);
        let (listed, notes) = listed.map_err(|error| {
            error.into_problem().unwrap_or_else(|| at(Problem::error(self.assets.config, "canceled")))
        })?;
        let mut info = EmbeddingInfo::new(display_name(&embedding.tensor_name).to_owned(), listed, &content);
        info.source = content.relative_to(self.folder);
        info.configured = true;
        let notes = notes.into_iter().map(|note| Problem::warning(self.assets.config, note));
        info.origin.problems = notice.into_iter().chain(notes).map(at).collect();
        Ok(info)
    }

    /// Adds the metadata, the sprite sheet and the bookmarks that the configuration gives an
    /// embedding.
    fn add_beside(&self, info: &mut EmbeddingInfo, embedding: &EmbeddingConfig) {
        let (position, mut problems) = (tensor_position(&info.name), Vec::new());
        let mut find = |path: &str, what: &str| match self.assets.resolve(path, what) {
            Ok(Asset { path, notice }) => {
                problems.extend(notice.map(|notice| notice.at(&*position)));
                Some(path)
            }
            Err(problem) => {
                problems.push(problem.at(&*position));
                None
            }
        };
        if !embedding.metadata_path.is_empty() {
            let shown = embedding.metadata_path.clone();
            let found = find(&shown, "metadata_path");
            info.origin.metadata = found.map(|path| metadata::text_beside(Content::File(path), shown));
        }
        if let Some(sprite) = embedding.sprite.as_ref().filter(|sprite| !sprite.image_path.is_empty()) {
            let thumbnail = <[u32; 2]>::try_from(sprite.single_image_dim.as_slice()).ok();
            let shown = sprite.image_path.clone();
            let found = find(&shown, "image_path");
            info.origin.sprite = found.map(|path| SpriteOrigin { content: Content::File(path), thumbnail, shown });
        }
        if !embedding.bookmarks_path.is_empty() {
            info.bookmarks = find(&embedding.bookmarks_path, "bookmarks_path");
        }
        info.origin.problems.extend(problems);
    }
}

/// The embedding of a tensor of the checkpoint that `prefix` names.
pub(super) fn listed(prefix: &Path, checkpoint: &Checkpoint, tensor: &TensorInfo, folder: &Path) -> EmbeddingInfo {
    let shape = shape(tensor).unwrap_or((0, 0, parallax_embedding::Dtype::F32));
    let file = checkpoint.data_file(&tensor.name).unwrap_or_else(|| file_name(prefix));
    let content = Content::File(prefix.with_file_name(file));
    let reader = Arc::new(TensorReader { prefix: prefix.to_path_buf(), name: tensor.name.clone() });
    let mut info = EmbeddingInfo::new(display_name(&tensor.name).to_owned(), (shape, reader), &content);
    info.source = content.relative_to(folder);
    info.origin.shown = None;
    info
}

/// Reads a tensor of a checkpoint.
#[derive(Debug)]
struct TensorReader {
    prefix: PathBuf,
    name: String,
}

impl VectorsReader for TensorReader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        Checkpoint::open(&self.prefix)?.read(&self.name, progress).map(Read::from)
    }

    fn check(&self) -> Result<(), FormatError> {
        Checkpoint::open(&self.prefix)?.check_length(&self.name)
    }
}

/// The rows, dimensions and number type of a tensor, or why it is not a matrix of numbers.
pub(super) fn shape(tensor: &TensorInfo) -> Result<crate::source::Shape, String> {
    let sides = &tensor.shape;
    let Some(dtype) = tensor.dtype else { return Err(format!("it holds values of type {}", tensor.type_name)) };
    match sides[..] {
        [rows, dims] if dims > 0 => match (usize::try_from(rows), usize::try_from(dims)) {
            (Ok(rows), Ok(dims)) => Ok((rows, dims, dtype)),
            _ => Err(format!("its shape {sides:?} is beyond this machine")),
        },
        _ => Err(format!("its shape is {sides:?}, and an embedding has rows and columns")),
    }
}

/// One note that lists the tensors that are not matrices, and one that counts those of optimizers.
fn left_out(prefix: &Path, others: &[&TensorInfo], slots: &[&TensorInfo]) -> Vec<Problem> {
    let mut problems = Vec::new();
    // The object graph is part of the format, not a variable.
    let listed = others.iter().filter(|tensor| tensor.name != "_CHECKPOINTABLE_OBJECT_GRAPH");
    let listed: Vec<String> = listed
        .map(|tensor| format!("{} {} {:?}", display_name(&tensor.name), tensor.type_name, tensor.shape))
        .collect();
    if !listed.is_empty() {
        let why = if listed.len() == 1 { "it is not a matrix" } else { "they are not matrices" };
        let what = format!("left out because {why} of numbers: {}", listed.join(", "));
        problems.push(Problem::note(prefix, what).at(counted(listed.len(), "tensor")));
    }
    if !slots.is_empty() {
        let why = if slots.len() == 1 { "it belongs" } else { "they belong" };
        let what = format!("left out because {why} to an optimizer ({OPTIMIZER})");
        let problem = Problem::note(prefix, what).at(counted(slots.len(), "tensor"));
        problems.push(problem.way_out("Name one as tensor_name in the configuration to see it"));
    }
    problems
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn paths(paths: &[PathBuf]) -> String {
    let mut shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.dedup();
    shown.join(", ")
}
