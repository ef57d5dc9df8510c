//! The options of every command that takes a PATH.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, builder::PossibleValuesParser};
use parallax_embedding::Dtype;
use parallax_formats::{Join, OpenOptions, RawLayout, demo::Demo, raw};
use parallax_session::Origin;

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
    /// Returns the command that lists what is wrong with it, or, if `of_all` is set, with all
    /// embeddings in its path.
    pub(in crate::cli) fn listing(&self, of_all: bool) -> String {
        let Origin::Path { path, options } = &self.origin else { return "parallax inspect".to_owned() };
        let OpenOptions { metadata, sprite, thumbnail, raw, vectors, allow_outside, join, delimiter, header } = options;
        let path_of = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let named = |name: &Option<String>| name.clone().filter(|_| !of_all);
        let with_value = [
            ("--run", named(&self.run)),
            ("--embedding", named(&self.embedding)),
            ("--metadata", path_of(metadata)),
            ("--join", join.as_deref().map(|Join { key, column }| joined(key, column.as_deref()))),
            ("--delimiter", delimiter.map(String::from)),
            ("--header", header.map(|header| if header { "yes" } else { "no" }.to_owned())),
            ("--vectors", vectors.clone()),
            ("--sprite", path_of(sprite)),
            ("--thumbnail", thumbnail.map(|[width, height]| format!("{width}x{height}"))),
            ("--raw-dims", raw.as_ref().map(|raw| raw.dims.to_string())),
            ("--raw-dtype", raw.as_ref().map(|raw| raw.dtype.clone()).filter(|dtype| dtype != "f32")),
            ("--raw-offset", raw.as_ref().map(|raw| raw.offset.to_string()).filter(|offset| offset != "0")),
        ];
        let given = with_value.into_iter().filter_map(|(option, value)| Some(format!("{option} {}", quoted(&value?))));
        let start = format!("parallax inspect {}", quoted(&path.display().to_string()));
        let outside = allow_outside.then(|| "--allow-outside".to_owned());
        // Without it, large files are not read.
        let end = "--check".to_owned();
        std::iter::once(start).chain(given).chain(outside).chain([end]).collect::<Vec<_>>().join(" ")
    }
}

fn joined(key: &str, column: Option<&str>) -> String {
    column.map_or_else(|| key.to_owned(), |column| format!("{key}={column}"))
}

/// Returns `text` as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+:,=@%".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
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
