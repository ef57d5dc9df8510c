//! The options of every command that takes a PATH.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use clap::{Args, builder::PossibleValuesParser};
use parallax_embedding::Dtype;
use parallax_formats::{Join, OpenOptions, RawLayout, demo::Demo, raw};
use parallax_session::{Origin, as_argument, command_line, opening_options};

use super::values::{delimiter, join, positive, size, whole, yes_or_no};

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
    /// Join the rows of --metadata by equal values of this column, instead of by order; the column
    /// beside the vectors has the same name, or COLUMN, or holds their labels
    #[arg(long, value_name = "KEY[=COLUMN]", requires = "metadata", value_parser = join)]
    join: Option<Join>,
    /// For a text table: the character between cells, such as |, or its name: tab, space, comma,
    /// semicolon, or bar; for that of --metadata if PATH is no text table [default: chosen by name
    /// and content]
    #[arg(long, value_name = "CHARACTER", requires = "path", value_parser = delimiter)]
    delimiter: Option<char>,
    /// For a text table: whether the first line names the columns; for that of --metadata if PATH is
    /// no text table [default: chosen by content]
    #[arg(long, value_name = "yes|no", requires = "path", value_parser = yes_or_no)]
    header: Option<bool>,
    /// For a text table: the columns that are the vectors, by name; x1..x50 means from one to the
    /// other [default: chosen by names and content]
    #[arg(long, value_name = "COLUMN[,COLUMN...]", requires = "path")]
    vectors: Option<String>,
    /// A picture with a thumbnail for each vector, instead of the one that is found; or a folder of
    /// pictures
    #[arg(long, value_name = "FILE|FOLDER", requires = "path")]
    sprite: Option<PathBuf>,
    /// Width and height of a thumbnail in pixels [default for a folder: up to 64x64]
    #[arg(long, value_name = "WxH", requires = "path", value_parser = size)]
    thumbnail: Option<[u32; 2]>,
    /// For raw numbers: the dimensions of a vector
    #[arg(long, value_name = "D", allow_negative_numbers = true, requires = "path", value_parser = positive)]
    raw_dims: Option<NonZeroUsize>,
    /// For raw numbers: their type [default: f32]
    #[arg(long, value_name = "TYPE", requires = "raw_dims", value_parser = PossibleValuesParser::new(raw::DTYPES.map(Dtype::name)))]
    raw_dtype: Option<String>,
    /// For raw numbers: the number of bytes before the first [default: 0]
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true, requires = "raw_dims", value_parser = whole)]
    raw_offset: Option<u64>,
    /// Allow a configuration to name files outside its folder
    #[arg(long, requires = "path")]
    allow_outside: bool,
}

impl Input {
    /// Returns the files that it names.
    pub(in crate::cli) fn files(&self) -> Vec<&Path> {
        let Origin::Path { path, options } = &self.origin else { return Vec::new() };
        [Some(path), options.metadata.as_ref(), options.sprite.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .collect()
    }

    /// Returns the command that lists what is wrong with it, or, if `of_all` is set, with all
    /// embeddings in its path.
    pub(in crate::cli) fn listing(&self, of_all: bool) -> String {
        let Origin::Path { path, .. } = &self.origin else { return "parallax inspect".to_owned() };
        let named = |name: &Option<String>| name.clone().filter(|_| !of_all);
        let (run, embedding) = (named(&self.run), named(&self.embedding));
        let mut words = vec!["parallax".to_owned(), "inspect".to_owned(), as_argument(path)];
        words.extend(opening_options(&self.origin, run.as_deref(), embedding.as_deref()));
        // Without it, large files are not read.
        words.push("--check".to_owned());
        command_line(words.iter().map(String::as_str))
    }
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
            join: self.join.map(Box::new),
            delimiter: self.delimiter,
            header: self.header,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_repeats_the_options() {
        let args = InputArgs {
            run: Some("r 9".into()),
            metadata: Some("it's.tsv".into()),
            join: join("a=b").ok(),
            delimiter: delimiter("bar").ok(),
            header: Some(false),
            raw_dims: NonZeroUsize::new(4),
            ..InputArgs::default()
        };
        let input = args.of("logs".into());
        let expected = r"parallax inspect logs --run 'r 9' --metadata 'it'\''s.tsv' --join a=b --delimiter '|' --header no --raw-dims 4 --check";
        assert_eq!(input.listing(false), expected);
        assert_eq!(input.listing(true), expected.replace(" --run 'r 9'", ""));
    }
}
