//! Arrow IPC: files (Feather version 2) and streams, as batches of rows.
//!
//! A file ends in an index of its messages; a stream is read from message to message. Bodies are
//! lent from the bytes where they are not compressed. Compressed buffers state their length: it is
//! checked before memory is allocated for it.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, OnceLock},
};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::{
    Block, CompressionType, Endianness, Message, MessageHeader, MetadataVersion, RecordBatch as Header,
    convert::try_fb_to_schema,
    reader::{read_dictionary, read_footer_length, read_record_batch},
    root_as_footer, root_as_message,
};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;

use super::table::{Batches, Group, Rows, is_inflated};

/// A file or stream whose messages were found.
#[derive(Debug)]
pub(super) struct Ipc {
    bytes: Buffer,
    schema: SchemaRef,
    /// Dictionaries of all batches.
    dictionaries: Vec<Place>,
    /// Batches, and in a stream dictionaries that replace others.
    rest: Vec<Place>,
    groups: Vec<Group>,
    decoded: OnceLock<Dictionaries>,
}

type Dictionaries = HashMap<i64, ArrayRef>;

/// Where a message lies.
#[derive(Debug, Clone)]
struct Place {
    header: Range<usize>,
    body: Range<usize>,
    /// The rows of a batch; `None` for a dictionary.
    rows: Option<usize>,
}

/// What files begin and end with.
pub(super) const MAGIC: &[u8] = b"ARROW1";
/// What a message in a stream begins with.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Whether bytes begin as a stream does: with a message that holds a schema.
pub(super) fn is_stream(bytes: &[u8]) -> bool {
    let header = next_header(bytes, 0).ok().flatten().and_then(|header| bytes.get(header));
    let message = header.and_then(|header| root_as_message(header).ok());
    bytes.starts_with(&CONTINUATION) && message.is_some_and(|message| message.header_type() == MessageHeader::Schema)
}

impl Ipc {
    /// Finds the messages of a file or a stream.
    pub(super) fn open(bytes: Bytes) -> Result<Self, ArrowError> {
        let buffer = Buffer::from(bytes);
        if buffer.starts_with(MAGIC) { Self::of_file(buffer) } else { Self::of_stream(buffer) }
    }

    fn of_file(bytes: Buffer) -> Result<Self, ArrowError> {
        let cut = || ArrowError::ParseError("the end of the file, where its index is, is missing".to_owned());
        let tail = bytes.last_chunk::<10>().ok_or_else(cut)?;
        let length = read_footer_length(*tail).ok().ok_or_else(cut)?;
        let start = (bytes.len() - 10).checked_sub(length).ok_or_else(cut)?;
        let index = &bytes[start..bytes.len() - 10];
        let footer = root_as_footer(index).map_err(|error| ArrowError::ParseError(error.to_string()))?;
        let schema = footer.schema().ok_or_else(|| ArrowError::ParseError("there is no schema".to_owned()))?;
        let schema = Arc::new(schema_of(schema)?);
        let place = |block: &Block| Place::of_block(&bytes, block);
        let dictionaries = footer.dictionaries().iter().flatten().map(place).collect::<Result<Vec<_>, _>>()?;
        let rest = footer.recordBatches().iter().flatten().map(place).collect::<Result<Vec<_>, _>>()?;
        Self::new(bytes, schema, dictionaries, rest)
    }

    fn of_stream(bytes: Buffer) -> Result<Self, ArrowError> {
        let (mut at, mut schema, mut places) = (0, None, Vec::new());
        while let Some(header) = next_header(&bytes, at)? {
            let message = message(&bytes, &header)?;
            let body = body(&bytes, header.end, message.bodyLength())?;
            at = body.end;
            match message.header_type() {
                MessageHeader::Schema => {
                    schema = message.header_as_schema().map(schema_of).transpose()?.map(Arc::new);
                }
                MessageHeader::RecordBatch | MessageHeader::DictionaryBatch => {
                    let rows = message.header_as_record_batch().map(rows_of).transpose()?;
                    places.push(Place { header, body, rows });
                }
                _ => {}
            }
        }
        let schema = schema.ok_or_else(|| ArrowError::ParseError("there is no schema".to_owned()))?;
        let leading = places.iter().take_while(|place| place.rows.is_none()).count();
        let rest = places.split_off(leading);
        Self::new(bytes, schema, places, rest)
    }

    fn new(bytes: Buffer, schema: SchemaRef, dictionaries: Vec<Place>, rest: Vec<Place>) -> Result<Self, ArrowError> {
        let has_others = rest.iter().any(|place| place.rows.is_none());
        let rows = rest.iter().map(|place| place.rows.unwrap_or(0));
        let total = rows.clone().try_fold(0, usize::checked_add);
        let total = total.ok_or_else(|| ArrowError::ParseError("there are too many rows".to_owned()))?;
        // Batches between which dictionaries change are read in order.
        let groups = if has_others { vec![Group::whole(total)] } else { rows.map(Group::whole).collect() };
        Ok(Self { bytes, schema, dictionaries, rest, groups, decoded: OnceLock::new() })
    }

    fn dictionaries(&self) -> Result<&Dictionaries, ArrowError> {
        if let Some(decoded) = self.decoded.get() {
            return Ok(decoded);
        }
        let mut decoded = HashMap::new();
        for place in &self.dictionaries {
            self.add_dictionary(place, &mut decoded)?;
        }
        Ok(self.decoded.get_or_init(|| decoded))
    }

    fn add_dictionary(&self, place: &Place, dictionaries: &mut Dictionaries) -> Result<(), ArrowError> {
        let message = message(&self.bytes, &place.header)?;
        let dictionary = message.header_as_dictionary_batch().ok_or_else(not_a_batch)?;
        let body = self.body(place, dictionary.data())?;
        read_dictionary(&body, dictionary, &self.schema, dictionaries, &message.version())
    }

    fn batch(&self, place: &Place, dictionaries: &Dictionaries, columns: &[usize]) -> Result<RecordBatch, ArrowError> {
        let message = message(&self.bytes, &place.header)?;
        let batch = message.header_as_record_batch().ok_or_else(not_a_batch)?;
        let body = self.body(place, Some(batch))?;
        let version: MetadataVersion = message.version();
        read_record_batch(&body, batch, Arc::clone(&self.schema), dictionaries, Some(columns), &version)
    }

    /// The body of a message, all of whose buffers lie in it and are no larger than they may be.
    fn body(&self, place: &Place, batch: Option<Header<'_>>) -> Result<Buffer, ArrowError> {
        let body = self.bytes.slice_with_length(place.body.start, place.body.len());
        let batch = batch.ok_or_else(not_a_batch)?;
        let codec = batch.compression().map(|compression| compression.codec());
        if codec == Some(CompressionType::ZSTD) && cfg!(not(feature = "zstd")) {
            return Err(ArrowError::NotYetImplemented("zstd".to_owned()));
        }
        for buffer in batch.buffers().iter().flatten() {
            let start = usize::try_from(buffer.offset()).ok().ok_or_else(cut_short)?;
            let length = usize::try_from(buffer.length()).ok().ok_or_else(cut_short)?;
            let end = start.checked_add(length).ok_or_else(cut_short)?;
            let own = body.get(start..end).ok_or_else(cut_short)?;
            let stated = own.first_chunk().filter(|_| codec.is_some()).map(|bytes| i64::from_le_bytes(*bytes));
            if let Some(stated) = stated.filter(|stated| *stated >= 0)
                && is_inflated(stated as u128, own.len())
            {
                let what = format!("a buffer of {length} bytes says that it holds {stated}");
                return Err(ArrowError::ParseError(what));
            }
        }
        Ok(body)
    }
}

impl Batches for Ipc {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn groups(&self) -> &[Group] {
        &self.groups
    }

    fn read<'a>(
        &'a self,
        group: usize,
        _: Range<usize>,
        columns: &'a [usize],
        at_once: usize,
    ) -> Result<Rows<'a>, ArrowError> {
        let whole: Rows<'a> = if self.groups.len() == self.rest.len() {
            let batch = self.batch(&self.rest[group], self.dictionaries()?, columns)?;
            Box::new(std::iter::once(Ok(batch)))
        } else {
            let mut dictionaries = self.dictionaries()?.clone();
            Box::new(self.rest.iter().filter_map(move |place| match place.rows {
                Some(_) => Some(self.batch(place, &dictionaries, columns)),
                None => self.add_dictionary(place, &mut dictionaries).err().map(Err),
            }))
        };
        // Slices of a batch, so that what is made of one is small.
        Ok(Box::new(whole.flat_map(move |batch| -> Rows<'a> {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => return Box::new(std::iter::once(Err(error))),
            };
            let starts = (0..batch.num_rows()).step_by(at_once.max(1));
            Box::new(starts.map(move |start| Ok(batch.slice(start, at_once.min(batch.num_rows() - start)))))
        })))
    }
}

impl Place {
    fn of_block(bytes: &[u8], block: &Block) -> Result<Self, ArrowError> {
        let start = usize::try_from(block.offset()).ok().ok_or_else(cut_short)?;
        let header = next_header(bytes, start)?.ok_or_else(cut_short)?;
        let message = message(bytes, &header)?;
        let rows = message.header_as_record_batch().map(rows_of).transpose()?;
        let length = usize::try_from(block.metaDataLength()).ok().ok_or_else(cut_short)?;
        let body = body(bytes, start.checked_add(length).ok_or_else(cut_short)?, message.bodyLength())?;
        Ok(Self { header, body, rows })
    }
}

/// The header of the message that begins at byte `at`. Returns `None` at the end of the stream.
///
/// # Errors
/// Returns an error if the header is cut short.
fn next_header(bytes: &[u8], at: usize) -> Result<Option<Range<usize>>, ArrowError> {
    let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { return Ok(None) };
    // Before version 0.15, the length came first.
    let prefix = if rest.starts_with(&CONTINUATION) { 4 } else { 0 };
    let length = rest.get(prefix..).and_then(<[u8]>::first_chunk::<4>).ok_or_else(cut_short)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length == 0 {
        return Ok(None);
    }
    let start = at + prefix + 4;
    let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or_else(cut_short)?;
    Ok(Some(start..end))
}

fn message<'a>(bytes: &'a [u8], header: &Range<usize>) -> Result<Message<'a>, ArrowError> {
    root_as_message(bytes.get(header.clone()).ok_or_else(cut_short)?)
        .map_err(|error| ArrowError::ParseError(format!("a message cannot be read: {error}")))
}

fn body(bytes: &[u8], start: usize, length: i64) -> Result<Range<usize>, ArrowError> {
    let length = usize::try_from(length).ok().ok_or_else(cut_short)?;
    start.checked_add(length).filter(|end| *end <= bytes.len()).map(|end| start..end).ok_or_else(cut_short)
}

fn rows_of(batch: Header<'_>) -> Result<usize, ArrowError> {
    usize::try_from(batch.length())
        .ok()
        .ok_or_else(|| ArrowError::ParseError("a batch has a negative length".to_owned()))
}

fn schema_of(schema: arrow_ipc::Schema<'_>) -> Result<arrow_schema::Schema, ArrowError> {
    if schema.endianness() != Endianness::Little {
        return Err(ArrowError::NotYetImplemented("the numbers are big-endian".to_owned()));
    }
    try_fb_to_schema(schema)
}

fn cut_short() -> ArrowError {
    ArrowError::ParseError("the file is cut short".to_owned())
}

fn not_a_batch() -> ArrowError {
    ArrowError::ParseError("a message is not of its kind".to_owned())
}
