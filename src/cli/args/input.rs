//! The options of every command that takes a PATH.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use parallax_formats::{OpenOptions, RawLayout, demo::Demo};
use parallax_session::Origin;

use super::values::{positive, size};

/// A path, and which of the embeddings in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Input {
    pub(in crate::cli) origin: Origin,
    pub(in crate::cli) run: Option<String>,
    pub(in crate::cli) embedding: Option<String>,
}

/// How to read PATH.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Input")]
pub(in crate::cli) struct InputArgs {
    /// The run [default: the first]
    #[arg(long, value_name = "NAME", requires = "path")]
    run: Option<String>,
    /// The embedding [default: the first in the configuration, or else the largest]
    #[arg(long, value_name = "NAME", requires = "path")]
    embedding: Option<String>,
    /// A table with a row for each vector, instead of the one that is found
    #[arg(long, value_name = "FILE", requires = "path")]
    metadata: Option<PathBuf>,
    /// For a text table: the columns that are the vectors, by name; x1..x50 means from one to the
    /// other [default: chosen by names and content]
    #[arg(long, value_name = "COLUMN[,COLUMN...]", requires = "path")]
    vectors: Option<String>,
    /// A picture with a thumbnail for each vector, instead of the one that is found
    #[arg(long, value_name = "FILE", requires = "path")]
    sprite: Option<PathBuf>,
    /// Width and height of a thumbnail in pixels
    #[arg(long, value_name = "WxH", requires = "path", value_parser = size)]
    thumbnail: Option<[u32; 2]>,
    /// For raw numbers: the dimensions of a vector
    #[arg(long, value_name = "D", requires = "path", value_parser = positive)]
    raw_dims: Option<NonZeroUsize>,
    /// For raw numbers: their type [default: f32]
    #[arg(long, value_name = "TYPE", requires = "raw_dims", value_parser = ["f32", "f16", "f64", "u8"])]
    raw_dtype: Option<String>,
    /// For raw numbers: the number of bytes before the first [default: 0]
    #[arg(long, value_name = "BYTES", requires = "raw_dims")]
    raw_offset: Option<u64>,
    /// Allow a configuration to name files outside its folder
    #[arg(long, requires = "path")]
    allow_outside: bool,
}

impl InputArgs {
    /// Returns what to read from `path`.
    pub(in crate::cli) fn of(self, path: PathBuf) -> Input {
        let dtype = self.raw_dtype.unwrap_or_else(|| "f32".to_owned());
        let offset = self.raw_offset.unwrap_or_default();
        let options = OpenOptions {
            metadata: self.metadata,
            sprite: self.sprite,
            thumbnail: self.thumbnail,
            raw: self.raw_dims.map(|dims| RawLayout { dims: dims.get(), dtype, offset }),
            vectors: self.vectors,
            allow_outside: self.allow_outside,
        };
        Input { origin: Origin::Path { path, options }, run: self.run, embedding: self.embedding }
    }

    /// Returns what to read from `path`, or the digits demo without one.
    pub(in crate::cli) fn of_any(self, path: Option<PathBuf>) -> Input {
        match path {
            Some(path) => self.of(path),
            None => Input { origin: Origin::Demo(Demo::Digits), run: None, embedding: None },
        }
    }
}
