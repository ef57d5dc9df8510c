//! The targets.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
};

use parallax_embedding::{Embedding, Progress};
use parallax_formats::{
    FormatError, OpenOptions, Problem, combine, metadata, open, siblings, sprite,
    tensorboard::{ProjectorConfig, bookmarks},
};

use crate::{
    Place, limits, parts, repair,
    seeds::{self, files, folders},
};

/// What is done with one kind of file.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    seeds: fn() -> Vec<Vec<u8>>,
    /// To how many bytes one byte of an input may unpack.
    expands: usize,
    run: fn(&Place, &[u8]) -> bool,
}

/// Bytes that each input may take, however short it is.
const BASE: usize = 64 << 20;
/// Deflate makes at most 258 bytes out of two bits.
const DEFLATE: usize = 1032;

impl Target {
    /// Creates a target that does `run`, which returns whether anything could be read.
    #[must_use]
    pub const fn new(name: &'static str, seeds: fn() -> Vec<Vec<u8>>, run: fn(&Place, &[u8]) -> bool) -> Self {
        Self { name, seeds, expands: 1, run }
    }

    const fn expanding(self, expands: usize) -> Self {
        Self { expands, ..self }
    }

    /// Returns inputs to begin with, first those that were once too much for a parser.
    #[must_use]
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        seeds::found(self.name).into_iter().chain((self.seeds)()).collect()
    }

    /// Does with `input` what is done with a file of this kind. Returns whether anything could be read.
    ///
    /// # Panics
    /// If that panics or takes more memory than four times the input and 64 MiB; counted as unpacked
    /// for what is packed. The program must have the allocator [`Counted`](crate::Counted).
    pub fn check(&self, place: &Place, input: &[u8]) -> bool {
        place.clear();
        let mut is_read = false;
        let limit = BASE + 4 * self.expands * input.len();
        let taken = limits::measure(limit, || is_read = (self.run)(place, input));
        assert!(
            taken <= limit,
            "{} takes {taken} bytes for an input of {}; {limit} are justified",
            self.name,
            input.len()
        );
        is_read
    }
}

/// All targets.
pub static TARGETS: &[Target] = &[
    Target::new("npy", || files(&[".npy"]), |place, input| file(place, "x.npy", input)),
    Target::new("npz", || files(&[".npz"]), |place, input| file(place, "x.npz", input)).expanding(DEFLATE),
    Target::new("npz_members", || seeds::members(&[".npz"]), |place, input| archive(place, "x.npz", input)),
    Target::new("torch", || files(&[".pt"]), |place, input| file(place, "x.pt", input)).expanding(DEFLATE),
    Target::new("torch_members", || seeds::members(&[".pt"]), |place, input| archive(place, "x.pt", input)),
    Target::new("pickle", || files(&[".pkl", ".pandas"]), |place, input| file(place, "x.pkl", input)),
    Target::new("safetensors", || files(&[".safetensors"]), |place, input| file(place, "x.safetensors", input)),
    Target::new(
        "shards",
        || {
            folders(&[
                "crates/formats/tests/fixtures/torch/sharded",
                "crates/formats/tests/fixtures/safetensors/sharded",
            ])
        },
        folder,
    ),
    Target::new("parquet", || files(&[".parquet"]), |place, input| file(place, "x.parquet", input)).expanding(DEFLATE),
    Target::new("arrow", || files(&[".arrow", ".arrows", ".feather"]), |place, input| file(place, "x.arrow", input))
        .expanding(DEFLATE),
    Target::new("parquet_folder", || folders(COLUMNAR), folder).expanding(DEFLATE),
    Target::new("hdf5", || files(&[".h5", ".h5ad"]), |place, input| file(place, "x.h5", input)).expanding(DEFLATE),
    Target::new("anndata", || files(&[".h5ad"]), |place, input| file(place, "x.h5ad", input)).expanding(DEFLATE),
    Target::new("zarr", || seeds::members(&[".zarr.zip"]), zarr).expanding(DEFLATE),
    Target::new("word2vec", || files(&["original.bin", "gensim.bin"]), |place, input| file(place, "x.bin", input)),
    Target::new(
        "words",
        || files(&[".vec", "glove_space.txt", "word2vec_header.txt"]),
        |place, input| file(place, "x.txt", input),
    ),
    Target::new("csv", || files(&[".csv"]), |place, input| file(place, "x.csv", input)),
    Target::new("tsv", || files(&[".tsv"]), |place, input| file(place, "x.tsv", input)),
    Target::new("json", || files(&[".json", ".jsonl", ".ndjson"]), |place, input| file(place, "x.jsonl", input)),
    Target::new("packed", || files(&[".gz", ".zst"]), |place, input| file(place, "x.csv.gz", input)).expanding(1 << 15),
    Target::new(
        "unnamed",
        || files(&[".npy", ".pkl", ".safetensors", ".vec", ".json", ".h5", ".arrow"]),
        |place, input| file(place, "x", input),
    )
    .expanding(DEFLATE),
    Target::new("options", seeds::options, folder),
    Target::new("metadata", || files(&["metadata.tsv", "meta_b.tsv", ".csv"]), read_metadata),
    Target::new("sprite", || files(&[".png", ".jpg"]), sheet).expanding(DEFLATE),
    Target::new("images", seeds::images, folder).expanding(DEFLATE),
    Target::new("table_v1", || seeds::tables(""), table_v1).expanding(22),
    Target::new("table_v2", || seeds::tables(".index"), table_v2).expanding(22),
    Target::new("checkpoint", || folders(CHECKPOINTS), folder).expanding(22),
    Target::new("log_directory", || folders(LOG_DIRECTORIES), folder),
    Target::new("config", || files(&[".pbtxt", "config.json"]), config),
    Target::new("bookmarks", || seeds::tours("txt"), tensorboard),
    Target::new("tour", || seeds::tours("ron"), |place, input| tour(&place.write("x.ron", input))).expanding(DEFLATE),
    Target::new(
        "tour_unpacked",
        || seeds::tours("ron").iter().map(|text| repair::tour_parts(&String::from_utf8_lossy(text))).collect(),
        |place, input| tour(&place.write("x.ron", &repair::tour(&parts::split(input)))),
    )
    .expanding(DEFLATE),
    Target::new("pack", || seeds::tours("parallax"), pack).expanding(DEFLATE),
    Target::new("pack_members", seeds::pack_members, |place, input| {
        pack(place, &repair::archive(&parts::split(input)))
    })
    .expanding(DEFLATE),
    Target::new("settings", seeds::settings, settings),
    Target::new("action_log", seeds::logs, action_log),
    Target::new("view", seeds::views, view),
];

const CHECKPOINTS: &[&str] = &[
    "tests/data/fixtures/tf_v1",
    "tests/data/fixtures/tf_v1_partitioned",
    "tests/data/fixtures/tf_v2",
    "tests/data/fixtures/tf_v2_partitioned",
    "tests/data/fixtures/tf_v2_float16",
    "tests/data/fixtures/tf2_object",
    "tests/data/fixtures_tf_extra/v1_sharded",
    "tests/data/fixtures_tf_extra/v2_empty",
    "tests/data/fixtures_tf_extra/v2_many_parts",
    "tests/data/fixtures_tf_extra/v2_columns",
];

const COLUMNAR: &[&str] = &[
    "crates/formats/tests/fixtures/columnar/parts",
    "crates/formats/tests/fixtures/columnar/hive",
    "crates/formats/tests/fixtures/columnar/hub",
    "crates/formats/tests/fixtures/columnar/saved",
    "crates/formats/tests/fixtures/columnar/splits",
];

const LOG_DIRECTORIES: &[&str] = &[
    "tests/data/fixtures/runs",
    "tests/data/fixtures/tensorboardx_add_embedding",
    "tests/data/fixtures/torch_add_embedding",
    "tests/data/trials/t03_tags_with_slash_and_steps",
    "tests/data/trials/t13_moved_abs",
    "tests/data/trials/t13_moved_win",
    "tests/data/fixtures/tensorboardx_add_embedding/00000/plain",
];

/// Opens a file of this name, which was dropped on the window.
fn file(place: &Place, name: &str, input: &[u8]) -> bool {
    let path = place.write(name, input);
    said(combine(std::slice::from_ref(&path), None));
    open_all(&path, &OpenOptions::default())
}

fn archive(place: &Place, name: &str, input: &[u8]) -> bool {
    file(place, name, &repair::archive(&parts::split(input)))
}

/// Opens a folder, or, if one of its files is `options.json`, the file after it with these options.
fn folder(place: &Place, input: &[u8]) -> bool {
    let files = parts::split(input);
    let mut paths: Vec<PathBuf> = files.iter().map(|(name, bytes)| place.write(&format!("x/{name}"), bytes)).collect();
    let options = files.iter().position(|(name, _)| name == "options.json");
    let options = options.and_then(|at| Some((at, serde_json::from_slice::<OpenOptions>(files[at].1).ok()?)));
    let is_read = match options {
        Some((at, mut options)) => {
            paths.remove(at);
            let here = |named: &mut Option<PathBuf>| {
                if let Some(named) = named {
                    *named = place.path("x").join(named.file_name().unwrap_or_default());
                }
            };
            here(&mut options.metadata);
            here(&mut options.sprite);
            paths.get(at).is_some_and(|path| open_all(path, &options))
        }
        None => open_all(&place.path("x"), &OpenOptions::default()),
    };
    paths.truncate(3);
    said(combine(&paths, None));
    is_read
}

fn zarr(place: &Place, input: &[u8]) -> bool {
    for (name, bytes) in parts::split(input) {
        place.write(&format!("x.zarr/{name}"), bytes);
    }
    open_all(&place.path("x.zarr"), &OpenOptions::default())
}

fn table_v1(place: &Place, input: &[u8]) -> bool {
    file(place, "m.ckpt-1", &repair::table(&parts::split(input)))
}

fn table_v2(place: &Place, input: &[u8]) -> bool {
    let files = parts::split(input);
    let values = files.iter().find(|(name, _)| name == "data").map_or(&[][..], |(_, bytes)| bytes);
    place.write("m.ckpt-1.data-00000-of-00001", values);
    file(place, "m.ckpt-1.index", &repair::table(&files))
}

/// Opens a path and reads what is listed, as the program does.
fn open_all(path: &Path, options: &OpenOptions) -> bool {
    let Some(source) = said(open(path, options)) else { return false };
    let mut is_read = false;
    say(&source.problems);
    let mut left: usize = 8;
    for (run, embeddings) in source.runs.iter().map(|run| run.embeddings.len()).enumerate() {
        for embedding in 0..embeddings.min(left) {
            let info = source.at((run, embedding)).map(|(_, info)| (info.rows, info.dims));
            if let Some(loaded) = said(source.load(run, embedding, &Progress::default())) {
                say(&loaded.problems);
                look_at(&loaded.embedding);
                is_read = true;
                let shape = (loaded.embedding.rows(), loaded.embedding.vectors.dims());
                // Text may turn out to have fewer rows than its listing has found.
                assert!(info.is_some_and(|(_, dims)| dims == shape.1), "listed as {info:?}, and read as {shape:?}");
            }
        }
        left = left.saturating_sub(embeddings);
    }
    said(siblings(path));
    is_read
}

/// Uses an embedding as views do.
fn look_at(embedding: &Embedding) {
    let (rows, mut buffer) = (embedding.rows(), Vec::new());
    for row in [0, rows / 2, rows.wrapping_sub(1)].into_iter().filter(|&row| row < rows) {
        assert_eq!(embedding.vectors.row(row, &mut buffer).len(), embedding.vectors.dims());
        for column in embedding.metadata.columns() {
            black_box((column.text(row), column.number(row), column.code(row)));
        }
        black_box(embedding.sprite.as_ref().map(|sheet| sheet.image(row)));
    }
    black_box(embedding.fingerprint());
    assert!(embedding.non_finite.iter().all(|row| (row as usize) < rows));
    for column in embedding.metadata.columns() {
        black_box((column.range(), column.counts(), column.missing()));
    }
}

fn read_metadata(place: &Place, input: &[u8]) -> bool {
    let mut is_read = false;
    for name in ["m.tsv", "m.csv"] {
        if let Some((metadata, problems)) = said(metadata::open(&place.write(name, input), 20)) {
            assert!(metadata.columns().iter().all(|column| column.len() == metadata.rows()));
            say(&problems);
            is_read |= metadata.rows() > 0;
        }
    }
    is_read
}

fn sheet(_place: &Place, input: &[u8]) -> bool {
    let input = repair::png(input);
    let (file, mut is_read) = (Path::new("s.png"), false);
    for thumbnail in [[1, 1], [8, 8], [28, 28]] {
        if let Some((_, problems)) = said(sprite::decode(&input, file, Some(thumbnail), 20)) {
            say(&problems);
            is_read = true;
        }
    }
    is_read
}

fn config(_place: &Place, input: &[u8]) -> bool {
    let Some((config, problems)) = said(ProjectorConfig::parse(input, Path::new("projector_config.pbtxt"))) else {
        return false;
    };
    say(&problems);
    let again = |text: String| ProjectorConfig::parse(text.as_bytes(), Path::new("c")).map(|(config, _)| config).ok();
    assert_eq!(again(config.to_pbtxt()).as_ref(), Some(&config), "as text");
    assert_eq!(again(config.to_json()).as_ref(), Some(&config), "as JSON");
    true
}

fn tensorboard(place: &Place, input: &[u8]) -> bool {
    if let Some((_, problems)) = said(bookmarks::parse(input, Path::new("b.txt"))) {
        say(&problems);
    }
    tour(&place.write("x.txt", input))
}

fn pack(place: &Place, input: &[u8]) -> bool {
    let path = place.write("x.parallax", input);
    let is_tour = tour(&path);
    open_all(&path, &OpenOptions::default()) && is_tour
}

/// Reads a tour, and shows its bookmarks without their data.
fn tour(path: &Path) -> bool {
    let Some(read) = said(parallax_tour::read_tour(path)) else { return false };
    say(&read.problems);
    for (place, bookmark) in read.tour.bookmarks.iter().enumerate().take(8) {
        black_box((read.tour.seconds(place), bookmark.seen()));
        if let Some(embedding) = parallax_tour::rebuild(bookmark) {
            look_at(&embedding);
            black_box(parallax_tour::fit(bookmark, &embedding));
        }
    }
    !read.tour.bookmarks.is_empty()
}

fn settings(place: &Place, input: &[u8]) -> bool {
    let path = place.write("settings.json", input);
    let (settings, fault) = parallax_desktop::Settings::load(&path);
    settings.save(&path).unwrap_or_else(|why| panic!("settings that were read cannot be written: {why}"));
    assert_eq!(parallax_desktop::Settings::load(&path), (settings, None));
    fault.is_none()
}

fn action_log(_place: &Place, input: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(input) else { return false };
    let (whole, _) = parallax_session::log::whole_lines(text);
    let read = parallax_session::log::parse(whole).map_err(|error| error.to_string());
    for action in read.iter().flatten() {
        // Infinite numbers have no text.
        let Ok(line) = action.to_line() else { continue };
        if let parallax_session::Action::Edit(edit) = &action.action {
            let mut view = parallax_session::View::default();
            view.apply(edit);
        }
        parallax_session::log::parse(&line).ok();
    }
    read.is_ok_and(|actions| !actions.is_empty())
}

fn view(_place: &Place, input: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(input) else { return false };
    let mut is_read = false;
    if let Ok(patch) = text.parse::<parallax_session::ViewPatch>() {
        let changed = patch.apply(&parallax_session::View::default()).map_err(|error| error.to_string());
        is_read = changed.is_ok();
    }
    if let Ok(view) = serde_json::from_str::<parallax_session::View>(text) {
        black_box(view.searches());
    }
    is_read
}

/// What was read; or an error, which is put in words.
fn said<T>(read: Result<T, FormatError>) -> Option<T> {
    read.map_err(|error| error.to_string()).ok()
}

fn say(problems: &[Problem]) {
    problems.iter().for_each(|problem| drop(problem.to_string()));
}
