//! Files to and from the data model: the only crate that touches the file system.
//!
//! [`open`] quickly lists what a path holds (a [`Source`]: runs, embeddings, shapes, problems);
//! [`Source::load`] reads one embedding, with progress. There is one module per format. For any
//! bytes, a parser returns a value or a typed error with its position, and never allocates more
//! than the file's size allows.
//!
//! ```
//! use parallax_embedding::Progress;
//! use parallax_formats::{OpenOptions, open};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("colors.csv");
//! std::fs::write(&path, "name,r,g,b\nred,1,0,0\nteal,0,0.5,0.5\n")?;
//!
//! let source = open(&path, &OpenOptions::default())?;
//! let (run, embedding) = source.choose(None, None)?;
//! let loaded = source.load(run, embedding, &Progress::default())?.embedding;
//! assert_eq!((loaded.rows(), loaded.vectors.dims()), (2, 3));
//! assert_eq!(loaded.metadata.column("name").and_then(|names| names.text(1)), Some("teal"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coded;
#[cfg_attr(not(feature = "parquet"), path = "columnar/absent.rs")]
mod columnar;
mod dates;
pub mod delimited;
pub mod demo;
mod disk;
mod error;
mod export;
mod folder;
mod hierarchy;
mod images;
pub mod metadata;
mod moved;
mod movie;
mod news;
pub mod npy;
mod numbered;
mod open;
mod pack;
mod pickle;
mod picture;
pub mod raw;
mod safetensors;
mod shards;
mod source;
pub mod sprite;
mod steps;
mod strided;
pub mod tensorboard;
pub mod tensorflow;
mod tensors;
mod torch;
mod watch;
mod word2vec;
mod write;

pub use demo::{Demo, demo};
pub use disk::{Change, Stamp, read_bytes, read_whole, write_bytes};
pub use error::{FormatError, Problem, ProblemKind, Severity};
pub use export::{ExportJob, Written, export};
pub use images::{MAX_SHEET_SIDE, Picture, SpriteWritten, pictures, write_sprite};
pub use movie::{MovieFrame, empty_frames, write_frames, write_gif};
pub use news::{Moves, News, Novelty, Unfinished};
pub use open::{AtHand, combine, endings_read, open, open_with};
pub use pack::{is_pack, part, tour_in, write_pack};
pub use picture::{encode_picture, write_annotated_picture, write_picture};
pub use source::{
    ColumnInfo, EmbeddingInfo, Join, Loaded, MetadataInfo, OpenOptions, RawLayout, Run, Source, SpriteInfo,
};
pub use steps::{Gap, Series, SeriesStep, Siblings, Step, UnreadStep, siblings, usual_shape};
pub use watch::{Listing, Watch};
pub use write::{OUTPUT_FORMATS, OutputFormat, TextRoom, write_coordinates, write_vectors};
