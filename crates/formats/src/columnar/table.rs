//! A table of one file or of several, one after the other.
//!
//! The first file says which columns there are. A column that a later file does not have is missing
//! in its rows. Files of a folder such as `label=a` have the column `label`.

use std::{
    fmt::Debug,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, FieldRef, Schema, SchemaRef};
use bytes::Bytes;
use parallax_embedding::SharedBytes;

use super::{ipc, ipc::Ipc, nested, parquet, parquet::Parquet};
use crate::{FormatError, Problem, source::Content};

/// Batches of rows, in order.
pub(super) type Rows<'a> = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + 'a>;

/// A file of rows in groups, some of whose columns can be read alone.
pub(super) trait Batches: Debug + Send + Sync {
    fn schema(&self) -> &SchemaRef;

    /// The groups of rows that can be read alone.
    fn groups(&self) -> &[Group];

    /// Reads `rows` of a group, at most `at_once` at a time: the columns of these indices.
    fn read<'a>(
        &'a self,
        group: usize,
        rows: Range<usize>,
        columns: &'a [usize],
        at_once: usize,
    ) -> Result<Rows<'a>, ArrowError>;
}

/// A group of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) rows: usize,
    /// Whether a part of it can be read alone.
    pub(super) is_divisible: bool,
}

impl Group {
    /// A group that is read as a whole.
    pub(super) fn whole(rows: usize) -> Self {
        Self { rows, is_divisible: false }
    }
}

/// A file of a table, which is not open.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) content: Content,
    /// The columns that its folders name, and their values in all of its rows.
    pub(super) keys: Vec<(String, String)>,
}

/// A table whose files are open.
#[derive(Debug)]
pub(super) struct Table {
    files: Vec<File>,
    /// The columns of the first file.
    pub(super) schema: SchemaRef,
    /// The names of the columns that folders name.
    pub(super) keys: Vec<String>,
    pub(super) rows: usize,
    /// The bytes of all files.
    pub(super) size: usize,
    /// Files that were left out, and columns that are missing or differ.
    pub(super) problems: Vec<Problem>,
}

#[derive(Debug)]
struct File {
    member: Member,
    batches: Box<dyn Batches>,
    /// For each column of the table its index in this file.
    places: Vec<Option<usize>>,
    rows: usize,
}

/// Rows of a group of a file, and which rows of the table they are.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) file: usize,
    group: usize,
    within: Range<usize>,
    pub(super) rows: Range<usize>,
}

/// Compressed data that becomes more than this many times longer is not what it seems.
const RATIO: u128 = 1 << 12;
/// Smaller data may be compressed more: a column of one value takes a few bytes.
const ALWAYS: u128 = 1 << 26;

/// Whether `bytes` in memory are more than `stored` bytes in a file justify.
pub(super) fn is_inflated(bytes: u128, stored: usize) -> bool {
    bytes > ALWAYS && bytes / RATIO > stored as u128
}

impl Table {
    /// Opens files, of which there is at least one. The bytes of several are mapped, and so are those
    /// of one unless they are `kept`.
    pub(super) fn open(members: &[Member], kept: bool) -> Result<Self, FormatError> {
        let mut table: Option<Self> = None;
        for member in members {
            let (batches, size) = open_file(&member.content, kept && members.len() == 1)?;
            let Some(table) = &mut table else {
                let schema = Arc::clone(batches.schema());
                let keys = member.keys.iter().map(|(name, _)| name.clone()).collect();
                let (files, problems) = (Vec::new(), Vec::new());
                let first = table.insert(Self { files, schema, keys, rows: 0, size: 0, problems });
                first.add(member, batches, size)?;
                continue;
            };
            table.add(member, batches, size)?;
        }
        table.ok_or_else(|| Problem::error("", "there is no file").into())
    }

    /// Adds a file, or a problem if its rows cannot be some of this table.
    fn add(&mut self, member: &Member, batches: Box<dyn Batches>, size: usize) -> Result<(), FormatError> {
        let path = member.content.path();
        let rows: usize = batches.groups().iter().map(|group| group.rows).fold(0, usize::saturating_add);
        let fields = batches.schema().fields();
        let find = |own: &FieldRef| fields.iter().position(|field| field.name() == own.name());
        let mut places: Vec<Option<usize>> = self.schema.fields().iter().map(find).collect();
        if self.files.is_empty() {
            // Two columns may have one name.
            places = (0..fields.len()).map(Some).collect();
        }
        let first = self.files.first().map_or(path, |file| file.member.content.path());
        let first = first.file_name().unwrap_or_default().to_string_lossy();
        for (own, place) in self.schema.fields().iter().zip(&places) {
            let (what, other) = match place.map(|place| fields[place].data_type()) {
                Some(other) if other == own.data_type() => continue,
                None => ("is missing", String::new()),
                Some(other) => ("differs", format!("{} here, ", nested::words(other))),
            };
            let of_first = nested::words(own.data_type());
            let message = format!("column {:?} {what}: {other}{of_first} in {first}", own.name());
            if nested::is_list(own.data_type()) {
                let message = format!("{message}; the file was left out");
                self.problems.push(Problem::warning(path, message).way_out("Write all files with the same columns"));
                return Ok(());
            }
            self.problems.push(Problem::warning(path, message));
        }
        let is_new = |field: &&FieldRef| self.schema.index_of(field.name()).is_err();
        for field in fields.iter().filter(is_new) {
            let message = format!("column {:?} was left out: {first} does not have it", field.name());
            self.problems.push(Problem::warning(path, message));
        }
        self.rows = self.rows.checked_add(rows).filter(|rows| u32::try_from(*rows).is_ok()).ok_or_else(|| {
            Problem::error(path, format!("it says that it has {rows} rows, more than can be shown"))
                .way_out("Copy the file again; if it is whole, divide it")
        })?;
        self.size = self.size.saturating_add(size);
        self.files.push(File { member: member.clone(), batches, places, rows });
        Ok(())
    }

    /// The parts of all rows; of about `rows` each if groups may be divided.
    pub(super) fn parts(&self, rows: Option<usize>) -> Vec<Part> {
        let (mut parts, mut start) = (Vec::new(), 0);
        for (file, own) in self.files.iter().enumerate() {
            for (group, own) in own.batches.groups().iter().enumerate() {
                let step = rows.filter(|_| own.is_divisible).unwrap_or(own.rows).max(1);
                for from in (0..own.rows).step_by(step) {
                    let within = from..own.rows.min(from + step);
                    let rows = start..start + within.len();
                    start = rows.end;
                    parts.push(Part { file, group, within, rows });
                }
            }
        }
        parts
    }

    /// Calls `each` with the batches of a part and their rows until it returns `false`. Batches have
    /// the columns of these indices, without those that the file does not have.
    ///
    /// # Errors
    /// Returns an error if the file is damaged, and those of `each`.
    pub(super) fn for_each(
        &self,
        part: &Part,
        columns: &[usize],
        at_once: usize,
        mut each: impl FnMut(Range<usize>, &RecordBatch) -> Result<bool, FormatError>,
    ) -> Result<(), FormatError> {
        let file = &self.files[part.file];
        let columns: Vec<usize> = columns.iter().filter_map(|&column| file.places[column]).collect();
        let damaged = |error: ArrowError| fault(&file.member.content, &error);
        let within = part.within.clone();
        let mut batches = guarded(|| file.batches.read(part.group, within, &columns, at_once)).map_err(damaged)?;
        let mut at = part.rows.start;
        while let Some(batch) = guarded(|| batches.next().transpose()).map_err(damaged)? {
            let rows = at..at + batch.num_rows();
            if rows.end > part.rows.end {
                break;
            }
            if !each(rows.clone(), &batch)? {
                return Ok(());
            }
            at = rows.end;
        }
        if at == part.rows.end {
            return Ok(());
        }
        let what = format!("there are other rows than the {} that the file says it has", file.rows);
        Err(Problem::error(file.member.content.path(), what).way_out("Copy or write the file again").into())
    }

    /// Whether the file of a part has a column.
    pub(super) fn has(&self, part: &Part, column: usize) -> bool {
        self.files[part.file].places[column].is_some()
    }

    /// The value of the column `key` that the folders of a part name.
    pub(super) fn key(&self, part: &Part, key: usize) -> Option<&str> {
        let keys = &self.files[part.file].member.keys;
        keys.iter().find(|(name, _)| *name == self.keys[key]).map(|(_, value)| value.as_str())
    }

    /// The file of a part.
    pub(super) fn content(&self, part: &Part) -> &Content {
        &self.files[part.file].member.content
    }

    /// The row of its file that a row of the table is.
    pub(super) fn row_in_file(&self, part: &Part, row: usize) -> usize {
        row - self.files[..part.file].iter().map(|file| file.rows).sum::<usize>()
    }
}

/// Opens a file by its first bytes, and returns its size.
fn open_file(content: &Content, kept: bool) -> Result<(Box<dyn Batches>, usize), FormatError> {
    let bytes = Bytes::from_owner(Lent(if kept { content.kept_bytes()? } else { content.bytes()? }));
    let size = bytes.len();
    let opened: Result<Box<dyn Batches>, ArrowError> = if bytes.starts_with(parquet::MAGIC) {
        guarded(|| Parquet::open(bytes)).map(|file| Box::new(file) as _)
    } else if bytes.starts_with(ipc::MAGIC) || ipc::is_stream(&bytes) {
        guarded(|| Ipc::open(bytes)).map(|file| Box::new(file) as _)
    } else if bytes.starts_with(b"FEA1") {
        let problem = Problem::error(content.path(), "this is version 1 of Feather, which is not read");
        return Err(problem.way_out("Write it again, as in pyarrow.feather.write_feather(table, path)").into());
    } else if bytes.starts_with(b"PARE") {
        let problem = Problem::error(content.path(), "the file is encrypted");
        return Err(problem.way_out("Write it without encryption").into());
    } else {
        let problem = Problem::error(content.path(), "the content is neither Parquet nor Arrow");
        return Err(problem.way_out("Copy the file again, or correct the ending of its name").into());
    };
    Ok((opened.map_err(|error| fault(content, &error))?, size))
}

/// Does `work` of the libraries that decode. Some damaged files make them panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowError> {
    let gave_up = || ArrowError::ParseError("its parts contradict each other".to_owned());
    // What they were working on is dropped.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(gave_up()))
}

/// Shared bytes as an owner of [`Bytes`].
struct Lent(SharedBytes);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// What to say about bytes that cannot be read.
fn fault(content: &Content, error: &ArrowError) -> FormatError {
    let text = error.to_string();
    if cfg!(not(feature = "zstd")) && text.to_lowercase().contains("zstd") {
        let what = "the file is compressed with Zstandard, and this program was built without the feature `zstd`";
        return Problem::error(content.path(), what)
            .way_out("Write it with another compression, or build with it")
            .into();
    }
    let what = if let ArrowError::NotYetImplemented(what) = error {
        format!("this is not read: {what}")
    } else {
        let detail = text.split_once(": ").map_or(&*text, |(_, detail)| detail);
        format!("the file is damaged: {}", detail.trim().trim_end_matches('.'))
    };
    Problem::error(content.path(), what).way_out("Copy or write the file again").into()
}

/// The columns of a schema that keep data frames' indices, by pandas' description.
pub(super) fn index_columns(schema: &Schema) -> Vec<String> {
    let described = schema.metadata().get("pandas").and_then(|text| serde_json::from_str(text).ok());
    let described: serde_json::Value = described.unwrap_or_default();
    let columns = described["index_columns"].as_array().into_iter().flatten();
    columns.filter_map(|column| column.as_str().map(str::to_owned)).collect()
}
