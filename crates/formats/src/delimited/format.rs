//! Text as a format: how it is recognized, listed and read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parallax_embedding::{Metadata, Progress};

use super::{Delimited, Hints, Listing, is_word_vectors, json, json_table, list, vectors};
use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source, Stamp,
    source::{Content, Format, Listed, MetadataReader, Read, Setting, VectorsReader},
};

pub(crate) static FORMAT: Format = Format {
    endings: &["tsv", "csv", "txt"],
    other_endings: &["tab", "vec"],
    matches,
    is_guess: true,
    takes: &[Setting::Vectors, Setting::Text],
    may_be_metadata: |_| true,
    ..Format::new(open)
};

pub(crate) static JSON: Format = Format {
    endings: &json::ENDINGS,
    other_endings: &["json"],
    matches: |bytes| json::is_rows(bytes, None),
    takes: &[Setting::Vectors],
    may_be_metadata: |_| true,
    table: Some(|content, progress| json_table((*content.kept_bytes(progress)?).as_ref(), content.path(), progress)),
    ..Format::new(open_json)
};

/// The number of bytes that are examined if the extension is unknown.
const SNIFFED: usize = 1 << 16;

fn matches(bytes: &[u8]) -> bool {
    let first = bytes.get(..SNIFFED).unwrap_or(bytes);
    !bytes.is_empty() && (is_text(first) || is_word_vectors(first))
}

/// Whether bytes, which may end within a character, are text. Text has no zero bytes; numbers do.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !bytes.contains(&0)
}

/// One embedding, or one for each column of vectors, and the other columns as metadata.
fn open(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let (listing, reader) = listed(content, hints(options))?;
    if options.vectors.is_none() && listing.embeddings.len() > 1 {
        return several(content, options, listing.format, listing.embeddings);
    }
    let info = EmbeddingInfo::new(content.stem(), (shape(&listing), reader.clone()), content);
    let info = if listing.has_labels { info.with_metadata(content, reader) } else { info };
    // Reading the metadata reports the same.
    let problems = if listing.has_labels && options.metadata.is_none() { Vec::new() } else { listing.notes };
    Ok(Source::of(content, listing.format, vec![info], problems))
}

/// An embedding for each field of vectors, or one of the fields of numbers.
fn open_json(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let fields = match &options.vectors {
        Some(choice) => vec![choice.clone()],
        None => json::vector_fields((*content.bytes()?).as_ref(), content.path())?,
    };
    if fields.len() < 2 { open(content, options) } else { several(content, options, "jsonl", fields) }
}

/// An embedding for each of these columns.
fn several(
    content: &Content,
    options: &OpenOptions,
    format: &'static str,
    columns: Vec<String>,
) -> Result<Source, FormatError> {
    let (mut infos, mut problems) = (Vec::new(), Vec::new());
    for column in columns {
        let (listing, reader) = listed(content, Hints { vectors: Some(column.clone()), ..hints(options) })?;
        let info = EmbeddingInfo::new(column, (shape(&listing), reader.clone()), content);
        if listing.has_labels {
            infos.push(info.with_metadata(content, reader));
        } else {
            infos.push(info);
            problems.extend(listing.notes);
        }
    }
    Ok(Source::of(content, format, infos, problems))
}

/// The shape of the vectors in the text `content`, and what reads them.
pub(crate) fn matrix(content: &Content) -> Result<Listed, FormatError> {
    let (listing, reader) = listed(content, Hints::default())?;
    Ok((shape(&listing), reader))
}

fn listed(content: &Content, hints: Hints) -> Result<(Listing, Arc<Reader>), FormatError> {
    let listing = list((*content.bytes()?).as_ref(), content.path(), &hints)?;
    Ok((listing, Arc::new(Reader { content: content.clone(), hints, kept: Mutex::default() })))
}

fn hints(options: &OpenOptions) -> Hints {
    Hints { vectors: options.vectors.clone(), delimiter: options.delimiter, header: options.header }
}

fn shape(listing: &Listing) -> (usize, usize, parallax_embedding::Dtype) {
    (listing.rows, listing.dims, listing.dtype)
}

#[derive(Debug)]
struct Reader {
    content: Content,
    hints: Hints,
    /// What reading the metadata has read of the file in this state, as its vectors are usually read
    /// next.
    kept: Mutex<Option<(Option<Stamp>, Delimited)>>,
}

impl Reader {
    fn read(&self, progress: &Progress) -> Result<Delimited, FormatError> {
        vectors((*self.content.kept_bytes(progress)?).as_ref(), self.content.path(), &self.hints, progress)
    }

    fn stamp(&self) -> Option<Stamp> {
        self.content.file().map(Stamp::now)
    }

    fn kept(&self) -> MutexGuard<'_, Option<(Option<Stamp>, Delimited)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let kept = self.kept().take().filter(|(stamp, _)| *stamp == self.stamp());
        let Delimited { vectors, metadata, notes } = kept.map_or_else(|| self.read(progress), |(_, read)| Ok(read))?;
        Ok(Read { labels: metadata, notes, ..Read::from(vectors) })
    }

    fn forget(&self) {
        *self.kept() = None;
    }
}

impl MetadataReader for Reader {
    fn read_metadata(&self, _rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let stamp = self.stamp();
        let read = self.read(progress)?;
        let found = (read.metadata.clone().unwrap_or_default(), read.notes.clone());
        *self.kept() = Some((stamp, read));
        Ok(found)
    }

    fn comes_with_vectors(&self) -> bool {
        true
    }
}
