//! Words of a shell, and the options that say what is open.

use std::path::{Path, PathBuf};

use parallax_formats::{Join, OpenOptions};

use crate::Origin;

/// Returns `words` as one line of a POSIX shell.
#[must_use]
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Returns `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+:,=@%".contains(character);
    // Some shells replace a word that begins with an equals sign.
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Returns an option with its value, in one word if the value looks like an option.
pub(super) fn option(name: &str, value: &str) -> Vec<String> {
    if value.starts_with('-') { vec![format!("{name}={value}")] } else { vec![name.to_owned(), value.to_owned()] }
}

/// Returns the options of a command that open the path of `origin` as it does, besides the path
/// itself.
#[must_use]
pub fn opening_options(origin: &Origin, run: Option<&str>, embedding: Option<&str>) -> Vec<String> {
    let Origin::Path { options, .. } = origin else { return Vec::new() };
    let OpenOptions { metadata, sprite, thumbnail, raw, vectors, allow_outside, join, delimiter, header } = options;
    let path_of = |path: &Option<PathBuf>| path.as_deref().map(as_argument);
    let with_value = [
        ("--run", run.map(str::to_owned)),
        ("--embedding", embedding.map(str::to_owned)),
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
    let mut words: Vec<String> =
        with_value.into_iter().filter_map(|(name, value)| Some(option(name, &value?))).flatten().collect();
    words.extend(allow_outside.then(|| "--allow-outside".to_owned()));
    words
}

fn joined(key: &str, column: Option<&str>) -> String {
    column.map_or_else(|| key.to_owned(), |column| format!("{key}={column}"))
}

/// Returns `path` as an argument, which no command takes for an option.
#[must_use]
pub fn as_argument(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') { format!("./{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_if_a_shell_would_change_them() {
        let words = ["a/b.npy", "--size=8x8", "it's", "", "a b", "$x", "=x", "~", "a\nb", "été", "{\"a\":1}"];
        let expected = "a/b.npy --size=8x8 'it'\\''s' '' 'a b' '$x' '=x' '~' 'a\nb' été '{\"a\":1}'";
        assert_eq!(command_line(words), expected);
    }

    #[test]
    fn values_are_not_taken_for_options() {
        assert_eq!(option("--color-by", "-x"), ["--color-by=-x"]);
        assert_eq!(option("--color-by", "x"), ["--color-by", "x"]);
        assert_eq!(as_argument(Path::new("-x.npy")), "./-x.npy");
    }
}
