//! The options that every command with a PATH takes.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use parallax_formats::{OpenOptions, RawLayout, demo::Demo};
use parallax_session::Origin;

use super::values::{positive, size};

/// The path, and which of the embeddings in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Input {
    pub(in crate::cli) origin: Origin,
    pub(in crate::cli) run: Option<String>,
    pub(in crate::cli) embedding: Option<String>,
}

/// What may be said about a PATH.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Input")]
pub(in crate::cli) struct InputArgs {
    /// The run [default: the first]
    #[arg(long, value_name = "NAME", requires = "path")]
    run: Option<String>,
    /// The embedding [default: the first that the configuration names, else the largest]
    #[arg(long, value_name = "NAME", requires = "path")]
    embedding: Option<String>,
    /// A table with a row for each vector, in the place of the one found
    #[arg(long, value_name = "FILE", requires = "path")]
    metadata: Option<PathBuf>,
    /// For a text table: the columns that are the vectors, by name; x1..x50 means from one to the
    /// other [default: the columns that are convincing]
    #[arg(long, value_name = "COLUMN[,COLUMN...]", requires = "path")]
    vectors: Option<String>,
    /// A picture with a thumbnail for each vector, in the place of the one found
    #[arg(long, value_name = "FILE", requires = "path")]
    sprite: Option<PathBuf>,
    /// Width and height of a thumbnail in pixels
    #[arg(long, value_name = "WxH", requires = "path", value_parser = size)]
    thumbnail: Option<[u32; 2]>,
    /// For raw numbers: how many of them make up a vector
    #[arg(long, value_name = "D", requires = "path", value_parser = positive)]
    raw_dims: Option<NonZeroUsize>,
    /// For raw numbers: their type [default: f32]
    #[arg(long, value_name = "TYPE", requires = "raw_dims", value_parser = ["f32", "f16", "f64", "u8"])]
    raw_dtype: Option<String>,
    /// For raw numbers: how many bytes come before the first [default: 0]
    #[arg(long, value_name = "BYTES", requires = "raw_dims")]
    raw_offset: Option<u64>,
    /// Lets a configuration name files outside of its folder
    #[arg(long, requires = "path")]
    allow_outside: bool,
}

impl InputArgs {
    /// What is to be read from `path`.
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

    /// What is to be read from `path`; without one, the digits demo.
    pub(in crate::cli) fn of_any(self, path: Option<PathBuf>) -> Input {
        match path {
            Some(path) => self.of(path),
            None => Input { origin: Origin::Demo(Demo::Digits), run: None, embedding: None },
        }
    }
}
