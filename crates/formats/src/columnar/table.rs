//! A table of one file or of several, one after the other.
//!
//! The first file says which columns there are. A column that a later file does not have, or whose
//! values there are of another kind, is missing in its rows. Numbers of other types are of the same
//! kind. Files of a folder such as `label=a` have the column `label`.

use std::{
    fmt::Debug,
    iter,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, FieldRef, Fields, Schema, SchemaRef};
use bytes::Bytes;
use parallax_embedding::{Progress, SharedBytes};

use super::{ipc, ipc::Ipc, nested, parquet, parquet::Parquet, text::are_shown};
use crate::{FormatError, Problem, source::Content};

/// Batches of rows, in order.
pub(super) type Rows<'a> = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + 'a>;

/// A file of rows in groups, some of whose columns can be read alone.
pub(super) trait Batches: Debug + Send + Sync {
    fn schema(&self) -> &SchemaRef;

    /// The groups of rows that can be read alone.
    fn groups(&self) -> &[Group];

    /// Reads `rows` of a group, at most `at_once` at a time: the columns of these indices, which
    /// ascend.
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
    /// The columns of the first file. One that holds nothing there has the type of a later file.
    pub(super) schema: SchemaRef,
    /// The names of the columns that folders of any file name.
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
    /// For each column of the table its index in this file. `None` if its values are missing.
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
    /// Opens files. The bytes of several are mapped, and so are those of one unless they are `kept`.
    pub(super) fn open(members: &[Member], kept: bool) -> Result<Self, FormatError> {
        let mut keys: Vec<String> = Vec::new();
        for (name, _) in members.iter().flat_map(|member| &member.keys) {
            if !keys.contains(name) {
                keys.push(name.clone());
            }
        }
        let schema = Arc::new(Schema::empty());
        let mut table = Self { files: Vec::new(), schema, keys, rows: 0, size: 0, problems: Vec::new() };
        for member in members {
            let (batches, size) = open_file(&member.content, kept && members.len() == 1)?;
            table.add(member, batches, size)?;
        }
        Ok(table)
    }

    /// Adds a file.
    fn add(&mut self, member: &Member, batches: Box<dyn Batches>, size: usize) -> Result<(), FormatError> {
        let path = member.content.path();
        let rows: usize = batches.groups().iter().map(|group| group.rows).fold(0, usize::saturating_add);
        let fields = batches.schema().fields();
        let places = if self.files.is_empty() {
            self.schema = Arc::clone(batches.schema());
            // Two columns may have one name.
            (0..fields.len()).map(Some).collect()
        } else {
            self.places(fields, path)
        };
        self.rows = self.rows.checked_add(rows).filter(|rows| u32::try_from(*rows).is_ok()).ok_or_else(|| {
            Problem::error(path, format!("it says that it has {rows} rows, more than can be shown"))
                .way_out("Copy the file again; if it is whole, divide it")
        })?;
        self.size = self.size.saturating_add(size);
        self.files.push(File { member: member.clone(), batches, places, rows });
        Ok(())
    }

    /// Where the columns are in a later file with these `fields`, and problems if they are not, or
    /// are others.
    fn places(&mut self, fields: &Fields, path: &Path) -> Vec<Option<usize>> {
        let first = self.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_new = |field: &&FieldRef| self.schema.index_of(field.name()).is_err();
        for field in fields.iter().filter(is_new) {
            let message = format!("column {:?} was left out: {first} does not have it", field.name());
            self.problems.push(Problem::warning(path, message));
        }
        let find = |own: &FieldRef| fields.iter().position(|field| field.name() == own.name());
        let mut places: Vec<Option<usize>> = self.schema.fields().iter().map(find).collect();
        for (column, place) in places.iter_mut().enumerate() {
            let own = Arc::clone(&self.schema.fields()[column]);
            match place.map(|place| fields[place].data_type()) {
                Some(here) if here == own.data_type() => {}
                Some(DataType::Null) => *place = None,
                Some(here) if *own.data_type() == DataType::Null => self.retype(column, here),
                _ if !are_shown(own.data_type()) && nested::listed(own.data_type()).is_none() => {}
                None => {
                    let what = format!("is missing: {} in {first}", nested::words(own.data_type()));
                    self.problems.push(Problem::warning(path, format!("column {:?} {what}", own.name())));
                }
                Some(here) => {
                    let [words, of_first] = [here, own.data_type()].map(nested::words);
                    let what = format!("column {:?} differs: {words} here, {of_first} in {first}", own.name());
                    if !are_alike(own.data_type(), here) {
                        *place = None;
                        let problem = Problem::warning(path, format!("{what}; its values here are left out"));
                        self.problems.push(problem.way_out("Write all files with the same columns"));
                    } else if words != of_first {
                        self.problems.push(Problem::note(path, what));
                    }
                }
            }
        }
        places
    }

    /// Gives a column in which the files so far have nothing the type that it has in a later one.
    fn retype(&mut self, column: usize, data: &DataType) {
        let retyped = |(at, field): (usize, &FieldRef)| {
            if at == column { Arc::new(field.as_ref().clone().with_data_type(data.clone())) } else { Arc::clone(field) }
        };
        let fields: Fields = self.schema.fields().iter().enumerate().map(retyped).collect();
        self.schema = Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone()));
        self.files.iter_mut().for_each(|file| file.places[column] = None);
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
        let places: Vec<usize> = columns.iter().filter_map(|&column| file.places[column]).collect();
        // Columns of one name in the table may be one in the file.
        let mut distinct = places.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let order: Vec<usize> = places.iter().filter_map(|place| distinct.binary_search(place).ok()).collect();
        let is_in_order = order.iter().copied().eq(0..distinct.len());
        let damaged = |error: ArrowError| fault(&file.member.content, &error);
        let mut batches: Rows<'_> = if distinct.is_empty() {
            Box::new(empty(part.rows.len(), at_once))
        } else {
            let within = part.within.clone();
            guarded(|| file.batches.read(part.group, within, &distinct, at_once)).map_err(damaged)?
        };
        let mut at = part.rows.start;
        while let Some(batch) = guarded(|| batches.next().transpose()).map_err(damaged)? {
            let batch = if is_in_order { batch } else { batch.project(&order).map_err(damaged)? };
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

    /// The types that a column has in those files that have it.
    pub(super) fn types(&self, column: usize) -> impl Iterator<Item = &DataType> {
        self.files.iter().filter_map(move |file| {
            let place = file.places.get(column).copied().flatten()?;
            Some(file.batches.schema().fields().get(place)?.data_type())
        })
    }

    /// Whether all files with rows have a column.
    pub(super) fn is_everywhere(&self, column: usize) -> bool {
        self.files.iter().all(|file| file.rows == 0 || file.places[column].is_some())
    }

    /// The first file.
    pub(super) fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |file| file.member.content.path())
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

    /// The file that a row of the table is in, and which row of it that is.
    pub(super) fn place(&self, row: usize) -> (&Path, usize) {
        let mut left = row;
        for file in &self.files {
            if left < file.rows {
                return (file.member.content.path(), left);
            }
            left -= file.rows;
        }
        (self.path(), row)
    }

    /// The row of its file that a row of the table is.
    pub(super) fn row_in_file(&self, part: &Part, row: usize) -> usize {
        row - self.files[..part.file].iter().map(|file| file.rows).sum::<usize>()
    }
}

/// Whether values of two types can be in one column.
fn are_alike(one: &DataType, other: &DataType) -> bool {
    are_shown(one) && are_shown(other) || nested::listed(one).is_some() && nested::listed(other).is_some()
}

/// Batches of `rows` rows without columns.
fn empty(rows: usize, at_once: usize) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
    let mut left = rows;
    iter::from_fn(move || {
        let count = left.min(at_once.max(1));
        left -= count;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        (count > 0).then(|| RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options))
    })
}

/// Opens a file by its first bytes, and returns its size.
fn open_file(content: &Content, kept: bool) -> Result<(Box<dyn Batches>, usize), FormatError> {
    let bytes =
        Bytes::from_owner(Lent(if kept { content.kept_bytes(&Progress::default())? } else { content.bytes()? }));
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
