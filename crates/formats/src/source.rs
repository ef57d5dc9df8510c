//! What a path holds: runs and their embeddings, listed cheaply, loaded one by one.

mod beside;
mod coarse;
mod content;
mod first;
mod format;
mod labels;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::{ColumnKind, Dtype, Embedding, Progress, RowSet};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Change, FormatError, Problem, ProblemKind, Severity, Stamp, Step, UnreadStep, coded, disk::Reading, error::counted,
    steps::named_step, tensorboard::format::LOG_DIRECTORY_NAME, tensorflow::display_name,
};
pub(crate) use beside::{MetadataOrigin, SpriteOrigin};
pub(crate) use content::{Content, Part};
use first::default_place;
pub(crate) use format::{Format, Listed, MetadataReader, Read, Setting, Shape, VectorsReader};
pub(crate) use labels::are_labels;

/// What a path holds.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as it was given.
    pub path: PathBuf,
    /// The name of its format, such as `npy`, `parquet`, or `tensorboard-logdir`.
    pub format: &'static str,
    /// How that was recognized, such as `by its first bytes`.
    pub recognized: String,
    /// The runs in order; single files have one, named `.`.
    pub runs: Vec<Run>,
    /// Problems found. Those of an embedding that can be loaded are returned by [`Source::load`]
    /// again.
    pub problems: Vec<Problem>,
}

/// A folder of a log directory; or the only run of a single file.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The path below the log directory; `.` for the directory itself.
    pub name: String,
    /// The checkpoint that is read, by its prefix's file name.
    pub checkpoint: Option<String>,
    /// All checkpoints that the folder's `checkpoint` file lists, oldest first.
    pub checkpoints: Vec<String>,
    /// The 2-D tensors, those that the configuration names first. Behind each are its older steps, if
    /// other checkpoints have them.
    pub embeddings: Vec<EmbeddingInfo>,
    /// Steps that are there but cannot be listed.
    pub unread: Vec<UnreadStep>,
}

/// An embedding that can be loaded.
#[derive(Debug, Clone)]
pub struct EmbeddingInfo {
    /// The tensor's name.
    pub name: String,
    /// Its shape.
    pub rows: usize,
    /// Its shape.
    pub dims: usize,
    /// The number type as stored.
    pub dtype: Dtype,
    /// The file that holds the values, relative to the run's folder.
    pub source: String,
    /// Whether the configuration (or the command line) names it, or its file has many and this is the
    /// one to show first.
    pub configured: bool,
    /// Whether its values are coordinates in a picture, to be shown as they are.
    pub is_layout: bool,
    /// The metadata beside it.
    pub metadata: Option<MetadataInfo>,
    /// The sprite sheet beside it.
    pub sprite: Option<SpriteInfo>,
    /// The file of bookmarks that the configuration names.
    pub bookmarks: Option<PathBuf>,
    /// The step of a training that it is.
    pub step: Option<Step>,
    /// Whether it is no longer there, and is only listed because it is open: see [`Source::keep`].
    pub is_gone: bool,
    /// The files that it is read from.
    pub(crate) origin: Origin,
}

/// Where the parts of an embedding are read from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) vectors: Arc<dyn VectorsReader>,
    /// The files of the vectors, as they were when it was listed.
    pub(crate) files: Vec<Stamp>,
    /// Which file messages about the vectors name; the source's path if `None`.
    pub(crate) shown: Option<PathBuf>,
    pub(crate) metadata: Option<MetadataOrigin>,
    pub(crate) sprite: Option<SpriteOrigin>,
    /// What was wrong with what the configuration says about this embedding.
    pub(crate) problems: Vec<Problem>,
}

/// A metadata file and its columns (read in full: kinds need it).
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataInfo {
    /// The path in the configuration.
    pub path: String,
    /// The number of rows, without the header.
    pub rows: usize,
    /// The columns in file order.
    pub columns: Vec<ColumnInfo>,
}

/// A column of a metadata file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The column's name.
    pub name: String,
    /// What its cells are read as.
    pub kind: ColumnKind,
    /// The number of distinct values.
    pub distinct: usize,
    /// The number of missing cells.
    pub missing: usize,
    /// The number of cells that hold an infinite number.
    pub not_finite: usize,
}

/// A sprite sheet's header.
#[derive(Debug, Clone, PartialEq)]
pub struct SpriteInfo {
    /// The path in the configuration.
    pub path: String,
    /// The width of the whole sheet in pixels.
    pub width: u32,
    /// The height of the whole sheet in pixels.
    pub height: u32,
    /// Width and height of one thumbnail.
    pub thumbnail: [u32; 2],
}

/// Options that say how a path is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenOptions {
    /// A metadata file that replaces the one found.
    pub metadata: Option<PathBuf>,
    /// A sprite sheet that replaces the one found, or a folder of pictures.
    pub sprite: Option<PathBuf>,
    /// Width and height of one thumbnail.
    pub thumbnail: Option<[u32; 2]>,
    /// How raw numbers are laid out.
    pub raw: Option<RawLayout>,
    /// The columns of a table that are the vectors: one name, several separated by commas, or a
    /// range such as `x1..x50`.
    pub vectors: Option<String>,
    /// Whether a configuration may name files outside its folder.
    pub allow_outside: bool,
    /// How rows of the metadata file find their vectors, if not by their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join: Option<Box<Join>>,
    /// The ASCII character between the cells of a text table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether the first line of a text table names its columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

/// The columns whose equal values join rows of metadata and vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The column of the metadata file.
    pub key: String,
    /// The column beside the vectors; the one of the same name, or else their labels, if `None`.
    #[serde(default)]
    pub column: Option<String>,
}

/// How a file of raw numbers is laid out: row-major, little-endian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawLayout {
    /// The number of values in a row.
    pub dims: usize,
    /// One of the [types](crate::raw::DTYPES), by its name.
    pub dtype: String,
    /// The number of bytes before the first number.
    pub offset: u64,
}

/// An embedding that was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The embedding.
    pub embedding: Embedding,
    /// Problems with metadata and pictures, without which the embedding is shown.
    pub problems: Vec<Problem>,
    /// The files that it was read from, with their sizes and times.
    pub files: Vec<Stamp>,
}

impl Loaded {
    /// The same, unless rows are lost. What is said about files that changed while they were read is
    /// added: they may have been read in two states.
    fn checked(mut self) -> Result<Self, FormatError> {
        self.embedding.vectors.check()?;
        let is_changed = |file: &&Stamp| file.change(&Stamp::now(file.path())) == Some(Change::Other);
        let warning = |file: &Stamp| {
            let what = "it was written to while it was read, so old and new values may be mixed";
            Problem::warning(file.path(), what).way_out("Read it again once it is complete")
        };
        self.problems.extend(self.files.iter().filter(is_changed).map(warning));
        Ok(self)
    }
}

impl Source {
    /// What `content`, one file or folder, holds. `format` is the name that `inspect` shows. What is
    /// wrong with the rest of it is a warning: nobody has asked for that.
    pub(crate) fn of(
        content: &Content,
        format: &'static str,
        embeddings: Vec<EmbeddingInfo>,
        mut problems: Vec<Problem>,
    ) -> Self {
        if !embeddings.is_empty() {
            problems.iter_mut().for_each(|problem| problem.severity = problem.severity.min(Severity::Warning));
        }
        let run = Run { name: ".".to_owned(), embeddings, ..Run::default() };
        Self { path: content.path().to_path_buf(), format, recognized: String::new(), runs: vec![run], problems }
    }

    /// Reads metadata and pictures of the embeddings as far as needed for a listing, and collects
    /// their problems.
    pub(crate) fn describe(&mut self, options: &OpenOptions, progress: &Progress) {
        let infos: Vec<&mut EmbeddingInfo> = self.runs.iter_mut().flat_map(|run| &mut run.embeddings).collect();
        let infos: Vec<_> = infos.into_iter().enumerate().filter(|(_, info)| !info.is_older()).collect();
        let is_alone = infos.len() == 1;
        let describe = |(place, info): (usize, &mut EmbeddingInfo)| (place, info.describe(is_alone, progress));
        let mut problems: Vec<(usize, Vec<Problem>)> = infos.into_par_iter().map(describe).collect();
        problems.extend(self.describe_older(progress));
        let first = self.runs.first().and_then(|run| default_place(&run.embeddings));
        let problems = problems.into_iter().flat_map(|(place, problems)| {
            problems.into_iter().map(move |problem| (Some(place) == first, coded::outside(problem)))
        });
        let ours = problems.filter(|(is_first, problem)| {
            // A file named on the command line is meant for one embedding, so it is expected not to
            // fit the others.
            let is_named = [&options.metadata, &options.sprite].into_iter().flatten().any(|path| *path == problem.file);
            *is_first || !is_named
        });
        for (_, problem) in ours {
            // Embeddings of one file share what is wrong with it.
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Describes older steps: what is beside the newest is beside each that has as many rows. Returns
    /// their problems, and where each is among all embeddings.
    fn describe_older(&mut self, progress: &Progress) -> Vec<(usize, Vec<Problem>)> {
        let (mut before, mut found) = (0, Vec::new());
        for run in &mut self.runs {
            let mut newest = None;
            for place in 0..run.embeddings.len() {
                let (others, rest) = run.embeddings.split_at_mut(place);
                let Some(info) = rest.first_mut() else { continue };
                if !info.is_older() {
                    newest = Some(place);
                    continue;
                }
                match newest.and_then(|newest: usize| others.get(newest)).filter(|newest| newest.rows == info.rows) {
                    Some(newest) => {
                        info.metadata.clone_from(&newest.metadata);
                        info.sprite.clone_from(&newest.sprite);
                        info.origin.metadata.clone_from(&newest.origin.metadata);
                    }
                    None => found.push((before + place, info.describe(false, progress))),
                }
            }
            before += run.embeddings.len();
        }
        found
    }

    /// The run and the embedding in it with these indices.
    #[must_use]
    pub fn at(&self, (run, embedding): (usize, usize)) -> Option<(&Run, &EmbeddingInfo)> {
        let run = self.runs.get(run)?;
        Some((run, run.embeddings.get(embedding)?))
    }

    /// The indices of a run and of an embedding in it: by name if given, otherwise the first run,
    /// and the first embedding that the configuration names, or else the largest. An embedding
    /// named without a run is looked for in all of them. `TENSOR:NUMBER` names a step of a
    /// [series](Source::series), and `TENSOR` the newest.
    ///
    /// # Errors
    /// Returns an error that lists the names if a name does not exist.
    pub fn choose(&self, run: Option<&str>, embedding: Option<&str>) -> Result<(usize, usize), FormatError> {
        let runs: Vec<usize> = match run {
            Some(name) => vec![self.run_place(name)?],
            None if embedding.is_some() => (0..self.runs.len()).collect(),
            None => (0..self.runs.len().min(1)).collect(),
        };
        let place = |&run: &usize| {
            let embeddings = &self.runs.get(run)?.embeddings;
            embedding
                .map_or_else(|| default_place(embeddings), |name| named_place(embeddings, name))
                .map(|at| (run, at))
        };
        runs.iter().find_map(place).ok_or_else(|| {
            let here = runs.iter().filter_map(|&run| self.runs.get(run));
            let names = here.flat_map(|run| &run.embeddings).map(|info| info.name.as_str());
            let way_out = format!("There are: {}", listed(names));
            let problem = match embedding {
                Some(name) => Problem::error(&self.path, format!("there is no embedding {name:?}")).way_out(way_out),
                None => Problem::error(&self.path, "there is no embedding"),
            };
            FormatError::NotFound(Box::new(problem))
        })
    }

    fn run_place(&self, name: &str) -> Result<usize, FormatError> {
        self.runs.iter().position(|run| run.name == name.trim_end_matches('/')).ok_or_else(|| {
            let names = listed(self.runs.iter().map(|run| run.name.as_str()));
            let problem = Problem::error(&self.path, format!("there is no run {name:?}"));
            FormatError::NotFound(Box::new(problem.way_out(format!("There are: {names}"))))
        })
    }

    /// Whether it is a log directory, to which a training adds.
    #[must_use]
    pub fn is_log_directory(&self) -> bool {
        self.format == LOG_DIRECTORY_NAME
    }

    /// Reads an embedding by its indices, as returned by [`Source::choose`].
    ///
    /// # Errors
    /// Returns an error if the vectors cannot be read; a fault in metadata or pictures becomes a
    /// problem of the result instead.
    pub fn load(&self, run: usize, embedding: usize, progress: &Progress) -> Result<Loaded, FormatError> {
        let reading = Reading::begin();
        let loaded = reading.checked(self.load_whole(run, embedding, progress))?;
        loaded.checked()
    }

    fn load_whole(&self, run: usize, embedding: usize, progress: &Progress) -> Result<Loaded, FormatError> {
        let info = self.info(run, embedding)?;
        let files = info.files();
        let (mut embedding, mut problems) = outside(self.vectors_of(info, progress))?;
        let Origin { metadata, sprite, .. } = &info.origin;
        let (rows, labels) = (embedding.rows(), Arc::clone(&embedding.metadata));
        let (columns, sheet) =
            beside::load(metadata.as_ref(), sprite.as_ref(), rows, &labels, progress, &mut problems)?;
        if !columns.columns().is_empty() {
            embedding.metadata = columns;
        }
        embedding.sprite = sheet.or(embedding.sprite);
        coded::forget();
        let problems = problems.into_iter().map(coded::outside).collect();
        Ok(Loaded { embedding, problems, files })
    }

    /// Reads the vectors of an embedding without the files beside them.
    ///
    /// # Errors
    /// See [`Source::load`].
    pub fn vectors(&self, run: usize, embedding: usize, progress: &Progress) -> Result<Loaded, FormatError> {
        let info = self.info(run, embedding)?;
        let files = info.files();
        let reading = Reading::begin();
        let (embedding, problems) = reading.checked(outside(self.vectors_of(info, progress)))?;
        Loaded { embedding, problems, files }.checked()
    }

    fn info(&self, run: usize, embedding: usize) -> Result<&EmbeddingInfo, FormatError> {
        self.at((run, embedding)).map(|(_, info)| info).ok_or_else(|| {
            let message = format!("there is no embedding number {embedding} in run number {run}");
            FormatError::NotFound(Box::new(Problem::error(&self.path, message)))
        })
    }

    /// The vectors, with the labels that come with them, and what is wrong with them.
    fn vectors_of(&self, info: &EmbeddingInfo, progress: &Progress) -> Result<(Embedding, Vec<Problem>), FormatError> {
        progress.begin("Reading vectors");
        let read = info.origin.vectors.read_vectors(progress)?;
        progress.check()?;
        let mut embedding = Embedding::new(info.name.clone(), read.vectors, progress)?;
        let mut problems = [info.origin.problems.as_slice(), &read.notes].concat();
        problems.extend(self.unplaced(info, &embedding));
        let coarse = coarse::find(&embedding.vectors, progress)?;
        problems.extend(coarse.map(|coarse| self.coarse(info, &embedding, &coarse)));
        problems.extend(self.merged(info, &coarse::merged(&embedding.vectors, progress)?));
        problems.extend(self.equal(info, &embedding, progress)?);
        embedding.metadata = read.labels.unwrap_or_default().into();
        embedding.sprite = read.sprite.map(Arc::new);
        Ok((embedding, problems))
    }

    /// Whether a problem is about another run than `run`, or about another embedding of it than
    /// `embedding`, if one is given.
    #[must_use]
    pub fn is_elsewhere(&self, problem: &Problem, run: usize, embedding: Option<usize>) -> bool {
        self.is_of_other_run(problem, run)
            || embedding.is_some_and(|embedding| self.is_of_other_embedding(problem, run, embedding))
    }

    /// Whether the file of a problem is in the folder of another run.
    fn is_of_other_run(&self, problem: &Problem, run: usize) -> bool {
        let depth = |run: &Run| {
            let folder = if run.name == "." { self.path.clone() } else { self.path.join(&run.name) };
            problem.file.starts_with(&folder).then(|| folder.components().count())
        };
        let deepest = self.runs.iter().filter_map(depth).max();
        deepest.is_some() && self.runs.get(run).and_then(depth) != deepest
    }

    fn is_of_other_embedding(&self, problem: &Problem, run: usize, embedding: usize) -> bool {
        let infos = self.infos(run);
        let is_of_one = is_of_tensor(problem) || infos.iter().any(|info| info.is_meant_by(problem));
        is_of_one && !infos.get(embedding).is_some_and(|info| info.is_meant_by(problem))
    }

    /// Splits problems: those that concern an embedding, its own first, and those of other runs and
    /// embeddings. Unless a person named the embedding, those of embeddings that cannot be listed
    /// concern it: they may be why it was chosen. If a person named it, why another one would be shown
    /// first is left out.
    #[must_use]
    pub fn split(
        &self,
        problems: Vec<Problem>,
        (run, embedding): (usize, usize),
        is_named: bool,
    ) -> (Vec<Problem>, Vec<Problem>) {
        let infos = self.infos(run);
        let is_unlisted = |problem: &Problem| !infos.iter().any(|info| info.is_meant_by(problem));
        let is_elsewhere = |problem: &Problem| {
            self.is_of_other_run(problem, run)
                || self.is_of_other_embedding(problem, run, embedding) && (is_named || !is_unlisted(problem))
        };
        let is_asked = |problem: &Problem| !is_named || problem.kind != Some(ProblemKind::ShownFirst);
        let (elsewhere, mut here): (Vec<_>, Vec<_>) = problems.into_iter().filter(is_asked).partition(is_elsewhere);
        let info = infos.get(embedding);
        here.sort_by_key(|problem| !info.is_some_and(|info| info.is_meant_by(problem)));
        (here, elsewhere)
    }

    fn infos(&self, run: usize) -> &[EmbeddingInfo] {
        self.runs.get(run).map_or(&[], |run| &run.embeddings)
    }

    /// The problems of rows that have no place.
    fn unplaced(&self, info: &EmbeddingInfo, embedding: &Embedding) -> impl Iterator<Item = Problem> {
        let beyond = embedding.vectors.rows_beyond_f32(&embedding.non_finite);
        let non_finite = embedding.non_finite.iter().filter(|&row| !beyond.contains(row)).collect::<RowSet>();
        let kinds = [
            (non_finite, "a NaN or an infinity"),
            (beyond, "a number beyond 3.4e38, the greatest coordinate that there is"),
        ];
        let found = kinds.into_iter().filter_map(|(rows, what)| Some((rows.len(), rows.iter().next()?, what)));
        found.map(|(count, first, what)| {
            let (hold, them) = if count == 1 {
                ("holds", format!("row {first}; it has"))
            } else {
                ("hold", format!("the first of them row {first}; they have"))
            };
            let rows = embedding.rows();
            let rows = counted(rows, "row");
            let message = format!("{count} of {rows} {hold} {what}, {them} no place in a layout");
            self.warning(info, message).way_out("Correct the values to see them")
        })
    }

    /// The problem of dimensions that `f32` is too coarse for.
    fn coarse(&self, info: &EmbeddingInfo, embedding: &Embedding, coarse: &coarse::Coarse) -> Problem {
        let ([least, greatest], dims) = (coarse.range, embedding.vectors.dims());
        let are = if coarse.count == 1 { "is" } else { "are" };
        let message = format!(
            "{} of {} {are} too far from zero for f32, the first of them d{}: few f32 lie between {least} and {greatest}, and rows that differed may be equal",
            coarse.count,
            counted(dims, "dimension"),
            coarse.first
        );
        self.warning(info, message).way_out("Write the file as f64, or with the mean taken off, to keep all digits")
    }

    /// The problem of dimensions with integers that `f64` cannot tell apart.
    fn merged(&self, info: &EmbeddingInfo, dims: &[usize]) -> Option<Problem> {
        let (first, hold) = (dims.first()?, if dims.len() == 1 { "holds" } else { "hold" });
        let message = format!(
            "{} of {} {hold} different integers that f64 cannot tell apart, the first of them d{first}; layouts take them as equal",
            dims.len(),
            counted(info.dims, "dimension")
        );
        Some(self.warning(info, message).way_out("Write the high and the low digits as two columns to tell them apart"))
    }

    /// The problem of rows that are all equal, which methods that begin at random places would spread as
    /// if they differed.
    fn equal(
        &self,
        info: &EmbeddingInfo,
        embedding: &Embedding,
        progress: &Progress,
    ) -> Result<Option<Problem>, FormatError> {
        let placed = embedding.rows() - embedding.non_finite.len();
        if placed < 2 || !embedding.are_rows_equal(progress)? {
            return Ok(None);
        }
        let what = "all rows are equal, so that distances, layouts, and clusters of them mean nothing";
        let problem = self.warning(info, what.to_owned()).way_out("Look at how the vectors were written");
        Ok(Some(problem))
    }

    fn warning(&self, info: &EmbeddingInfo, message: String) -> Problem {
        let file = info.origin.shown.as_ref().unwrap_or(&self.path);
        Problem::warning(file, message).at(tensor_position(&info.name))
    }
}

impl EmbeddingInfo {
    /// The vectors in `content`, which `vectors` reads.
    pub(crate) fn new(name: String, ((rows, dims, dtype), vectors): Listed, content: &Content) -> Self {
        let origin = Origin {
            vectors,
            files: content.file().map(Stamp::now).into_iter().collect(),
            shown: Some(content.path().to_path_buf()),
            metadata: None,
            sprite: None,
            problems: Vec::new(),
        };
        Self {
            name,
            rows,
            dims,
            dtype,
            source: content.real_path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
            configured: false,
            is_layout: false,
            metadata: None,
            sprite: None,
            bookmarks: None,
            step: None,
            is_gone: false,
            origin,
        }
    }

    /// Adds metadata that `reader` reads from the file of the vectors.
    #[must_use]
    pub(crate) fn with_metadata(mut self, content: &Content, reader: Arc<dyn MetadataReader>) -> Self {
        self.origin.metadata = Some(MetadataOrigin::new(content, reader, self.source.clone()));
        self
    }

    /// Whether it is a step that is behind the newest.
    pub(crate) fn is_older(&self) -> bool {
        self.step.as_ref().is_some_and(|step| step.is_older)
    }

    fn describe(&mut self, is_alone: bool, progress: &Progress) -> Vec<Problem> {
        let mut problems = self.origin.problems.clone();
        // Of many embeddings only one is looked at at a time, and to keep the metadata of all would
        // take their memory.
        let list = |metadata: &mut MetadataOrigin| metadata.list(self.rows, is_alone, &mut problems, progress);
        self.metadata = self.origin.metadata.as_mut().and_then(list);
        if !is_alone {
            self.origin.vectors.forget();
        }
        if let Some(sprite) = &self.origin.sprite {
            let metadata = &self.origin.metadata;
            let known = metadata.as_ref().map_or_else(|| Some(Arc::default()), |metadata| metadata.kept(self.rows));
            self.sprite = sprite.list(self.rows, known.as_deref(), &mut problems);
        }
        problems
    }

    /// The files that it is read from, in their current state.
    fn files(&self) -> Vec<Stamp> {
        self.paths().iter().map(|path| Stamp::now(path)).filter(Stamp::is_there).collect()
    }

    /// Whether a problem is about this embedding, by its position or else its file.
    fn is_meant_by(&self, problem: &Problem) -> bool {
        if is_of_tensor(problem) {
            problem.position.as_deref() == Some(&*tensor_position(&self.name))
        } else {
            self.paths().contains(&problem.file)
        }
    }

    /// The files that it and what is beside it are read from.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.origin.files.iter().map(|file| file.path().to_path_buf()).collect();
        let metadata = self.origin.metadata.as_ref().and_then(MetadataOrigin::file);
        let sprite = self.origin.sprite.as_ref().and_then(|sprite| sprite.content.file());
        paths.extend(metadata.into_iter().chain(sprite).map(Path::to_path_buf));
        // An archive holds both vectors and metadata.
        paths.dedup();
        paths
    }
}

/// The position of problems of the embedding `name`.
pub(crate) fn tensor_position(name: &str) -> String {
    format!("tensor {:?}", display_name(name))
}

/// Whether a problem is at such a position.
fn is_of_tensor(problem: &Problem) -> bool {
    problem.position.as_deref().is_some_and(|position| position.starts_with("tensor \""))
}

/// What was read, with problems of what is in packed files as those of the files.
fn outside<T>(read: Result<(T, Vec<Problem>), FormatError>) -> Result<(T, Vec<Problem>), FormatError> {
    let (value, problems) = read.map_err(|error| error.map(coded::outside))?;
    Ok((value, problems.into_iter().map(coded::outside).collect()))
}

fn named_place(embeddings: &[EmbeddingInfo], name: &str) -> Option<usize> {
    let exact = embeddings.iter().position(|info| info.name == name);
    let canonical = display_name(name);
    let same = || embeddings.iter().position(|info| display_name(&info.name) == canonical);
    // `NAME:0` is the first step if there is one, and otherwise TensorFlow's name of a tensor.
    exact.or_else(|| named_step(embeddings, name)).or_else(same)
}

/// Names for a message, quoted.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
