//! Text as a format: how it is recognized, listed and read.

use std::sync::Arc;

use parallax_embedding::{Metadata, Progress};

use super::{Delimited, Listing, is_word_vectors, list, vectors};
use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source,
    source::{Content, Format, Listed, MetadataReader, Read, Setting, VectorsReader},
};

pub(crate) static FORMAT: Format = Format {
    endings: &["tsv", "csv", "txt"],
    other_endings: &["tab", "vec"],
    matches,
    takes: &[Setting::Vectors],
    may_be_metadata: true,
    ..Format::new(open)
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

/// One embedding, and the columns that are not its vectors as metadata.
fn open(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let (listing, reader) = listed(content, options.vectors.as_deref())?;
    let info = EmbeddingInfo::new(content.stem(), (shape(&listing), reader.clone()), content);
    let info = if listing.has_labels { info.with_metadata(content, reader) } else { info };
    // Reading the metadata reports the same.
    let problems = if listing.has_labels && options.metadata.is_none() { Vec::new() } else { listing.notes };
    Ok(Source::of(content, listing.format, vec![info], problems))
}

/// The shape of the vectors in the text `content`, and what reads them.
pub(crate) fn matrix(content: &Content) -> Result<Listed, FormatError> {
    let (listing, reader) = listed(content, None)?;
    Ok((shape(&listing), reader))
}

fn listed(content: &Content, choice: Option<&str>) -> Result<(Listing, Arc<Reader>), FormatError> {
    let listing = list((*content.bytes()?).as_ref(), content.path(), choice)?;
    Ok((listing, Arc::new(Reader { content: content.clone(), choice: choice.map(str::to_owned) })))
}

fn shape(listing: &Listing) -> (usize, usize, parallax_embedding::Dtype) {
    (listing.rows, listing.dims, listing.dtype)
}

#[derive(Debug)]
struct Reader {
    content: Content,
    /// The columns that are the vectors, if the user named them.
    choice: Option<String>,
}

impl Reader {
    fn read(&self, progress: &Progress) -> Result<Delimited, FormatError> {
        vectors((*self.content.kept_bytes()?).as_ref(), self.content.path(), self.choice.as_deref(), progress)
    }
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let Delimited { vectors, metadata, notes } = self.read(progress)?;
        Ok(Read { labels: metadata, notes, ..Read::from(vectors) })
    }
}

impl MetadataReader for Reader {
    fn read_metadata(&self, _rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let read = self.read(progress)?;
        Ok((read.metadata.unwrap_or_default(), read.notes))
    }

    fn comes_with_vectors(&self) -> bool {
        true
    }
}
