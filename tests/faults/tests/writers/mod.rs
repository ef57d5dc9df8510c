//! Everything that writes files, each in two versions.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use ndarray::Array2;
use parallax_desktop::Settings;
use parallax_embedding::{ColumnBuilder, Embedding, Metadata, Progress, RowSet, SpriteSheet, Vectors};
use parallax_formats::{
    ExportJob, MovieFrame, OutputFormat, empty_frames, export,
    tensorboard::{EmbeddingConfig, add_embedding},
    write_annotated_picture, write_frames, write_gif, write_sprite, write_vectors,
};
use parallax_session::{Theme, View};
use parallax_tour::{Bookmark, KeptLayout, Subject, Tour, pack_tour, write_tour};

/// What writes a file, or files, into a folder.
pub(crate) struct Writer {
    pub(crate) name: &'static str,
    /// Writes a version, 0 or 1. Each is the same whenever it is written.
    pub(crate) write: fn(&Path, usize) -> Result<(), String>,
    pub(crate) whole: Whole,
}

/// What must be whole at any moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Whole {
    /// All that is written.
    All,
    /// All, or there is no configuration yet: the moment in which new files take their places.
    OnceConfigured,
    /// Each file: a recording may have fewer.
    Each,
}

pub(crate) static WRITERS: &[Writer] = &[
    Writer::all("npy", |folder, version| vectors(folder, "npy", version)),
    Writer::all("npz", |folder, version| vectors(folder, "npz", version)),
    Writer::all("safetensors", |folder, version| vectors(folder, "safetensors", version)),
    Writer::all("tsv", |folder, version| vectors(folder, "tsv", version)),
    Writer::all("csv", |folder, version| vectors(folder, "csv", version)),
    Writer::all("jsonl", |folder, version| vectors(folder, "jsonl", version)),
    Writer::all("parquet", |folder, version| vectors(folder, "parquet", version)),
    Writer::all("bytes", |folder, version| vectors(folder, "bytes", version)),
    Writer::all("metadata", |folder, version| {
        let embedding = embedding(version);
        let job = ExportJob::Metadata { metadata: &embedding.metadata, rows: &RowSet::all(embedding.rows()) };
        done(export(&job, &folder.join("metadata.tsv"), &Progress::default()))
    }),
    Writer::all("coordinates", |folder, version| {
        let layout = layout(version);
        let job = ExportJob::Coordinates { layout: layout.view(), labels: None, rows: &RowSet::all(layout.nrows()) };
        done(export(&job, &folder.join("places.csv"), &Progress::default()))
    }),
    Writer { name: "folder", write: publish, whole: Whole::OnceConfigured },
    Writer::all("config", |folder, version| {
        let shape = vec![version as u32 + 1, 2];
        let config = EmbeddingConfig { tensor_name: "x".into(), tensor_shape: shape, ..EmbeddingConfig::default() };
        done(add_embedding(folder, config))
    }),
    Writer::all("picture", |folder, version| {
        let texts = [("parallax", "a view")];
        done(write_annotated_picture(&folder.join("x.png"), [256, 256], &frame(version).pixels, &texts))
    }),
    Writer::all("sprite", |folder, version| {
        let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/formats/tests/fixtures/images/classes");
        let side = 8 * (version as u32 + 1);
        done(write_sprite(&pictures, &folder.join("s.png"), Some([side, side]), None, &Progress::default()))
    }),
    Writer::all("gif", |folder, version| {
        let frames = (0..4).map(|number| frame(number + version));
        done(write_gif(&folder.join("x.gif"), [256, 256], frames, &Progress::default()))
    }),
    Writer { name: "frames", write: record, whole: Whole::Each },
    Writer::all("tour", |folder, version| done(write_tour(&tour(version), None, &folder.join("t.ron")))),
    Writer::all("bookmarks", |folder, version| done(write_tour(&tour(version), None, &folder.join("t.txt")))),
    Writer::all("pack", |folder, version| {
        done(pack_tour(&tour(version), &embedding(version), &folder.join("t.parallax"), &Progress::default()))
    }),
    Writer::all("settings", |folder, version| {
        let theme = [Theme::Dark, Theme::Light][version];
        Settings { theme, ..Settings::default() }.save(&folder.join("settings.json"))
    }),
];

impl Writer {
    const fn all(name: &'static str, write: fn(&Path, usize) -> Result<(), String>) -> Self {
        Self { name, write, whole: Whole::All }
    }

    /// Checks that `tree` is that of one of the `versions`, as far as it must be.
    pub(crate) fn check(&self, tree: &Tree, versions: &[Tree]) {
        let name = self.name;
        let is_version = || versions.contains(tree);
        match self.whole {
            Whole::All => assert!(is_version(), "{name}: {:?} is of no version", shown(tree)),
            Whole::OnceConfigured => {
                // There are two configurations, and one of them may be there alone: of the files beside it.
                let is_config = |file: &String| file.contains("config");
                let is_all_of = |version: &Tree| {
                    let is_there = |(file, bytes)| tree.get(file).map_or(is_config(file), |has| has == bytes);
                    version.iter().all(is_there) && tree.keys().all(|file| version.contains_key(file))
                };
                let is_configured = tree.keys().any(is_config);
                assert!(versions.iter().any(is_all_of) || !is_configured, "{name}: {:?} looks finished", shown(tree));
            }
            Whole::Each => {
                let is_whole = |(file, bytes): (&String, &Vec<u8>)| {
                    versions.iter().any(|version| version.get(file).is_some_and(|whole| whole == bytes))
                };
                assert!(tree.iter().all(is_whole), "{name}: {:?} has half a file", shown(tree));
            }
        }
    }
}

/// Files with their names.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// Returns the files in `folder`, and how many unfinished ones there are.
pub(crate) fn tree(folder: &Path) -> (Tree, usize) {
    let (mut tree, mut unfinished) = (Tree::new(), 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with(".parallax-") {
            unfinished += 1;
        } else {
            tree.insert(name, fs::read(&path).unwrap());
        }
    }
    (tree, unfinished)
}

fn shown(tree: &Tree) -> Vec<(&String, usize)> {
    tree.iter().map(|(name, bytes)| (name, bytes.len())).collect()
}

fn done<T>(result: Result<T, parallax_formats::FormatError>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

fn rows(version: usize) -> usize {
    2000 + 1000 * version
}

fn layout(version: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows(version), 3), |(row, dim)| ((row * 31 + dim * 7) % 997) as f32 / 7.0)
}

fn embedding(version: usize) -> Embedding {
    let values = (0..rows(version) * 16).map(|place| (place * 31 % 1009) as f32 / 7.0).collect();
    let vectors = Vectors::from_f32(rows(version), 16, values).unwrap();
    let mut embedding = Embedding::new("x", vectors, &Progress::default()).unwrap();
    let mut words = ColumnBuilder::new("word");
    (0..rows(version)).for_each(|row| words.push(Some(&format!("w{row}"))));
    embedding.metadata = Arc::new(Metadata::new(vec![words.finish()]).unwrap());
    let pixels: Vec<u8> = (0..64 * 64 * 4 * 4).map(|place| (place * 37 % 251) as u8).collect();
    embedding.sprite = Some(Arc::new(SpriteSheet::new([128, 128], [2, 2], pixels).unwrap()));
    embedding
}

fn vectors(folder: &Path, ending: &str, version: usize) -> Result<(), String> {
    let (path, embedding) = (folder.join("x").with_extension(ending), embedding(version));
    let format = OutputFormat::from_path(&path).unwrap();
    done(write_vectors(&path, format, &embedding.vectors, Some(&embedding.metadata), &Progress::default()))
}

fn publish(folder: &Path, version: usize) -> Result<(), String> {
    let embedding = embedding(version);
    let job = ExportJob::Folder { embedding: &embedding, rows: &RowSet::all(embedding.rows()) };
    done(export(&job, folder, &Progress::default()))
}

fn frame(version: usize) -> MovieFrame {
    let pixels = (0..256 * 256 * 4).map(|place| if place % 4 == 3 { 255 } else { (place * (version + 3) % 256) as u8 });
    MovieFrame { pixels: pixels.collect(), seconds: 0.1 }
}

fn record(folder: &Path, version: usize) -> Result<(), String> {
    let frames = (0..4).map(|number| frame(number + version));
    done(empty_frames(folder).and_then(|()| write_frames(folder, [256, 256], 10, frames, &Progress::default())))
}

fn tour(version: usize) -> Tour {
    let embedding = embedding(version);
    let projection = parallax_session::Projection::default();
    let layout = KeptLayout {
        method: projection.method,
        dims: projection.dims,
        rows: None,
        of_more: false,
        projection: Arc::new(projection),
        layout: Arc::new(layout(version).into()),
        explained_variance: [0.5].into(),
        steps: None,
    };
    let bookmark = Bookmark {
        name: "One".into(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject::of(&embedding, None)),
        view: View::default(),
        layouts: vec![Arc::new(layout)],
        thumbnail: None,
    };
    Tour { bookmarks: vec![bookmark], looping: false, seconds: 6.0 }
}
