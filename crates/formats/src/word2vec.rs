//! Words and their vectors in the binary form of word2vec, as the original program, gensim, and
//! fastText's users write it: a line with the number of words and of dimensions, then for each word
//! its text, a space, and little-endian `f32`. The original program ends each vector with a line
//! end, gensim does not. fastText's own models are recognized and refused.

use std::{path::Path, sync::Arc};

use parallax_embedding::{Column, ColumnBuilder, Dtype, Metadata, Progress, Vectors};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source,
    error::counted,
    source::{Content, Format, MetadataReader, Read, VectorsReader},
};

pub(crate) static FORMAT: Format =
    Format { words: Some("word2vec's binary form"), matches: is_binary, ..Format::new(open) };

/// fastText's models, which are refused with the way out.
pub(crate) static FASTTEXT: Format = Format {
    words: Some(""),
    matches: |bytes| bytes.starts_with(&FASTTEXT_MAGIC.to_le_bytes()),
    ..Format::new(refuse)
};

const FASTTEXT_MAGIC: u32 = 793_712_314;

fn refuse(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let what = "this is a model of fastText, which builds vectors from parts of words; models are not read";
    let way_out = "Open the .vec file that fastText writes beside it, or save the vectors with gensim: \
                   load_facebook_vectors(path).save_word2vec_format(\"words.bin\", binary=True)";
    Err(Problem::error(content.path(), what).way_out(way_out).into())
}

fn open(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let bytes = content.bytes()?;
    let Header { rows, dims, .. } = Header::checked((*bytes).as_ref(), content.path())?;
    let reader = Arc::new(Reader(content.clone()));
    let info = EmbeddingInfo::new(content.stem(), ((rows, dims, Dtype::F32), reader.clone()), content);
    Ok(Source::of(content, "word2vec", vec![info.with_metadata(content, reader)], Vec::new()))
}

#[derive(Debug)]
struct Reader(Content);

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let (bytes, file) = (self.0.kept_bytes(progress)?, self.0.path());
        let Header { rows, dims, .. } = Header::checked((*bytes).as_ref(), file)?;
        let mut values = Vec::with_capacity(rows * dims);
        let words = read((*bytes).as_ref(), file, progress, |numbers| {
            values.extend(numbers.as_chunks().0.iter().copied().map(f32::from_le_bytes));
        })?;
        let (labels, notes) = words.finish(file)?;
        let refused = |error: parallax_embedding::VectorsError| Problem::error(file, error.to_string());
        let vectors = Vectors::from_f32(values.len() / dims, dims, values).map_err(refused)?;
        Ok(Read { labels: Some(labels), notes, ..Read::from(vectors) })
    }
}

impl MetadataReader for Reader {
    fn read_metadata(&self, _rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let (bytes, file) = (self.0.kept_bytes(progress)?, self.0.path());
        read((*bytes).as_ref(), file, progress, |_| ())?.finish(file)
    }

    fn comes_with_vectors(&self) -> bool {
        true
    }
}

/// Whether bytes are words and raw numbers: the first line counts both, and what follows has
/// characters that text does not have.
fn is_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    Header::of(bytes).is_some_and(|header| bytes[header.start..].iter().take(SNIFFED).any(is_control))
}

/// Bytes behind the first line that are examined.
const SNIFFED: usize = 1 << 12;

/// The first line.
struct Header {
    rows: usize,
    dims: usize,
    /// Where the first word begins.
    start: usize,
}

impl Header {
    fn of(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().take(64).position(|&byte| byte == b'\n')?;
        let mut counts = std::str::from_utf8(&bytes[..end]).ok()?.split_ascii_whitespace();
        let (rows, dims) = (counts.next()?.parse().ok()?, counts.next()?.parse().ok()?);
        (counts.next().is_none() && rows > 0 && dims > 0).then_some(Self { rows, dims, start: end + 1 })
    }

    /// The first line, if the file can hold what it counts.
    fn checked(bytes: &[u8], file: &Path) -> Result<Self, Problem> {
        let refused = |what: String| Problem::error(file, what).at("line 1").way_out("Copy or save the file again");
        let header = Self::of(bytes).ok_or_else(|| refused("it does not count words and dimensions".to_owned()))?;
        let (there, row) = (bytes.len() - header.start, header.dims.saturating_mul(4).saturating_add(1));
        if header.rows.saturating_mul(row) > there {
            let counts = [counted(header.rows, "word"), counted(header.dims, "number")].join(" with ");
            return Err(refused(format!(
                "{counts} each need more than the {there} bytes that follow: the file is cut short"
            )));
        }
        Ok(header)
    }
}

/// The words of a file.
struct Words {
    builder: ColumnBuilder,
    /// How many are not UTF-8, and the byte of the first.
    replaced: (usize, usize),
    /// Bytes behind the last vector.
    left_over: usize,
}

impl Words {
    fn finish(self, file: &Path) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let column = self.builder.finish();
        let mut notes: Vec<Problem> = repeated(&column, file).into_iter().collect();
        if let (count @ 1.., first) = self.replaced {
            let what = format!(
                "{} not UTF-8 text; what cannot be read shows as \u{FFFD}",
                if count == 1 { "1 word is".to_owned() } else { format!("{count} words are") }
            );
            notes.push(Problem::warning(file, what).at(format!("byte {first}")));
        }
        if self.left_over > 0 {
            let what =
                format!("{} after the last word that line 1 counts are left out", counted(self.left_over, "byte"));
            notes.push(Problem::warning(file, what).way_out("Check that line 1 has the right number of words"));
        }
        let refused = |error: parallax_embedding::MetadataError| Problem::error(file, error.to_string());
        Ok((Metadata::new(vec![column]).map_err(refused)?, notes))
    }
}

/// The words of a file. The bytes of each vector go to `vector`.
fn read(bytes: &[u8], file: &Path, progress: &Progress, mut vector: impl FnMut(&[u8])) -> Result<Words, FormatError> {
    let header = Header::checked(bytes, file)?;
    let size = 4 * header.dims;
    let mut words = Words { builder: ColumnBuilder::new("word"), replaced: (0, 0), left_over: 0 };
    let mut at = header.start;
    for row in 0..header.rows {
        if row % 4096 == 0 {
            progress.advance(row, header.rows)?;
        }
        at += usize::from(bytes.get(at) == Some(&b'\n'));
        let rest = bytes.get(at..).unwrap_or_default();
        let space = rest.iter().position(|&byte| byte == b' ');
        let parts = space.and_then(|space| Some((&rest[..space], rest.get(space + 1..space + 1 + size)?)));
        let Some((word, numbers)) = parts else {
            let what = format!("the file ends within word {} of {}", row + 1, header.rows);
            return Err(Problem::error(file, what)
                .at(format!("byte {at}"))
                .way_out("Copy or save the file again")
                .into());
        };
        let text = String::from_utf8_lossy(word);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            words.replaced = (words.replaced.0 + 1, if words.replaced.0 == 0 { at } else { words.replaced.1 });
        }
        words.builder.push(Some(&text));
        vector(numbers);
        at += word.len() + 1 + size;
    }
    words.left_over = bytes[at..].trim_ascii().len();
    Ok(words)
}

/// A note if some words occur more than once.
pub(crate) fn repeated(words: &Column, file: &Path) -> Option<Problem> {
    let counts = words.counts();
    let first = counts.iter().position(|&count| count > 1)?;
    let several = counts.iter().filter(|&&count| count > 1).count();
    let occur = if several == 1 { "word occurs" } else { "words occur" };
    let what = format!("{several} {occur} more than once, the first of them {:?}", &words.values()[first]);
    Some(Problem::note(file, what))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(rows: usize, dims: usize, words: &[&[u8]], end: &str) -> Vec<u8> {
        let mut bytes = format!("{rows} {dims}\n").into_bytes();
        for (row, word) in words.iter().enumerate() {
            bytes.extend_from_slice(word);
            bytes.push(b' ');
            bytes.extend((0..dims).flat_map(|dim| (row as f32 + dim as f32 / 10.0).to_le_bytes()));
            bytes.extend_from_slice(end.as_bytes());
        }
        bytes
    }

    /// The words, all numbers, and what was said.
    fn parsed(bytes: &[u8]) -> Result<(Vec<String>, usize, Vec<String>), String> {
        let mut values = 0;
        let words = read(bytes, Path::new("w.bin"), &Progress::default(), |numbers| values += numbers.len() / 4)
            .map_err(|error| error.to_string())?;
        let (metadata, notes) = words.finish(Path::new("w.bin")).unwrap();
        let column = &metadata.columns()[0];
        let words = (0..column.len()).map(|row| column.text(row).unwrap_or_default().to_owned()).collect();
        Ok((words, values, notes.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn both_forms_are_read_and_oddities_said() {
        for end in ["", "\n"] {
            let bytes = file(3, 2, &[b"the", "\u{A0}ö".as_bytes(), b"of"], end);
            assert!(is_binary(&bytes));
            let (words, values, notes) = parsed(&bytes).unwrap();
            assert_eq!((words, values, notes), (vec!["the".into(), "\u{A0}ö".into(), "of".into()], 6, vec![]));
        }
        let (words, _, notes) = parsed(&file(3, 1, &[b"a", b"\xFF", b"a"], "\n")).unwrap();
        assert_eq!(words, ["a", "\u{FFFD}", "a"]);
        assert!(notes[0].contains("1 word occurs more than once, the first of them \"a\""), "{notes:?}");
        assert!(notes[1].contains("byte 11: 1 word is not UTF-8"), "{notes:?}");
        let (_, _, notes) = parsed(&file(1, 1, &[b"a", b"b"], "\n")).unwrap();
        assert!(notes[0].contains("6 bytes after the last word"), "{notes:?}");
    }

    #[test]
    fn text_is_not_taken_for_numbers() {
        for text in ["3 2\nthe 0.1 0.2\nof 0.1 0.2\nM\u{FC}nchen 0.1 0.2\n", "3 2\n", "1 2\n3 4\n", "", "a b\n\0"] {
            assert!(!is_binary(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn counts_that_the_file_cannot_hold_are_refused() {
        let said = |bytes: &[u8]| parsed(bytes).unwrap_err();
        let huge = file(usize::MAX, usize::MAX / 2, &[], "");
        assert!(
            said(&huge).starts_with("w.bin: line 1: ") && said(&huge).contains("the file is cut short"),
            "{}",
            said(&huge)
        );
        let whole = file(3, 2, &[b"the", b"of", b"in"], "\n");
        for length in 4..whole.len() - 1 {
            assert!(parsed(&whole[..length]).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in 0_usize..9, dims in 0_usize..9) {
            let _ = parsed(&bytes);
            let bytes = [format!("{rows} {dims}\n").as_bytes(), &bytes].concat();
            if let Ok((words, values, _)) = parsed(&bytes) {
                prop_assert_eq!((words.len(), values), (rows, rows * dims));
            }
        }
    }
}
