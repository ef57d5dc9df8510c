//! Vectors to files: `.npy`, `.npz`, `.safetensors`, `.csv`, `.tsv`, `.jsonl` and `.bytes`.
//!
//! Numbers are written block by block, as they are stored: in `.npy` in their own type (`bf16`, which
//! NumPy does not have, becomes `f32`), as text with all of their digits. `.bytes` holds
//! little-endian `f32`; numbers that this rounds are counted and reported.

mod jsonl;
mod npz;
mod number;
mod safetensors;
mod typed;

use std::{
    io::{self, Write},
    ops::Range,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use ndarray::ArrayView2;
use parallax_embedding::{Column, Dtype, Metadata, Progress, RowSet, Vectors};
use rayon::prelude::*;

use crate::{
    FormatError, Problem,
    disk::{Out, Stop, write_rows},
};
pub(crate) use number::{are_f64, f32_bytes, write_number, write_stored};
#[cfg(feature = "parquet")]
pub(crate) use typed::truth;
pub(crate) use typed::{Moments, Typed};

/// The formats that are written, in the order in which lists name them. To add one, put its
/// [`OutputFormat`] in a module of its own and its row here.
pub static OUTPUT_FORMATS: &[&OutputFormat] = &[
    OutputFormat::NPY,
    &npz::OUTPUT,
    &safetensors::OUTPUT,
    OutputFormat::TSV,
    OutputFormat::CSV,
    OutputFormat::JSONL,
    #[cfg(feature = "parquet")]
    &crate::columnar::OUTPUT,
    OutputFormat::BYTES,
];

/// A format in which vectors are written.
#[derive(Debug)]
pub struct OutputFormat {
    /// The ending of its files, without the dot.
    pub ending: &'static str,
    /// Whether it holds text.
    pub text: TextRoom,
    /// The type of its numbers for vectors of a type. Returns `None` if they are text.
    pub stored_as: fn(Dtype) -> Option<Dtype>,
    /// Whether parts are exported to it, and not only whole vectors converted.
    pub is_exported: bool,
    /// How cells are separated, if it is text that [`export`](crate::export) writes line by line.
    pub(crate) delimiter: Option<Delimiter>,
    /// What of a table cannot be written as what it is, in sentences.
    pub(crate) says: fn(&Table<'_>) -> Vec<String>,
    /// Writes the table, and returns how many of its numbers were rounded.
    pub(crate) write: fn(&mut Out<'_>, &Table<'_>, &Progress) -> Result<usize, Stop>,
}

/// The room that a format has for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextRoom {
    /// It holds only numbers.
    None,
    /// It holds text, but not beside vectors.
    Alone,
    /// It holds columns of text beside vectors.
    Beside,
}

/// The separator of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// TSV, which has no quotes.
    Tab,
    /// CSV (RFC 4180).
    Csv,
}

/// What is written: columns of text, then numbers.
pub(crate) struct Table<'a> {
    /// Empty unless the format has room for text.
    pub(crate) columns: Vec<&'a Column>,
    /// The names of the dimensions.
    pub(crate) names: Vec<String>,
    /// `None` if there is only text.
    pub(crate) vectors: Option<&'a Vectors>,
    /// The rows that are written; `None` for all of the vectors.
    pub(crate) rows: Option<&'a RowSet>,
}

impl OutputFormat {
    /// Comma-separated with a header: the metadata's columns, then `d0`, `d1` and so on.
    pub const CSV: &'static Self = &Self {
        ending: "csv",
        text: TextRoom::Beside,
        stored_as: |_| None,
        is_exported: true,
        delimiter: Some(Delimiter::Csv),
        says: |_| Vec::new(),
        write: csv,
    };
    /// Tab-separated numbers and nothing else, as TensorBoard loads them.
    pub const TSV: &'static Self = &Self {
        ending: "tsv",
        text: TextRoom::Alone,
        stored_as: |_| None,
        is_exported: true,
        delimiter: Some(Delimiter::Tab),
        says: |_| Vec::new(),
        write: tsv,
    };
    /// A NumPy array in the type that is stored.
    pub const NPY: &'static Self = &Self {
        ending: "npy",
        text: TextRoom::None,
        stored_as: |dtype| Some(if dtype == Dtype::Bf16 { Dtype::F32 } else { dtype }),
        is_exported: true,
        delimiter: None,
        says: |_| Vec::new(),
        write: |out, table, progress| npy(out, table, progress),
    };
    /// Little-endian `f32` without a header.
    pub const BYTES: &'static Self = &Self {
        ending: "bytes",
        text: TextRoom::None,
        stored_as: |_| Some(Dtype::F32),
        is_exported: false,
        delimiter: None,
        says: |_| Vec::new(),
        write: bytes,
    };

    /// The format for the extension of `path`.
    ///
    /// # Errors
    /// Returns an error that lists the extensions if this one is unknown.
    pub fn from_path(path: &Path) -> Result<&'static Self, FormatError> {
        Self::of(path).ok_or_else(|| {
            Problem::error(path, "files with this extension cannot be written")
                .way_out(format!("End the name in {}", Self::listed(|_| true)))
                .into()
        })
    }

    pub(crate) fn of(path: &Path) -> Option<&'static Self> {
        let ending = path.extension()?;
        OUTPUT_FORMATS.iter().copied().find(|format| ending.eq_ignore_ascii_case(format.ending))
    }

    /// The endings of some formats, as in `.npy, .tsv or .csv`.
    #[must_use]
    pub fn listed(is_meant: impl Fn(&Self) -> bool) -> String {
        let endings = Self::endings(is_meant);
        let mut endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        let last = endings.pop().unwrap_or_default();
        if endings.is_empty() { last } else { format!("{} or {last}", endings.join(", ")) }
    }

    /// The endings of some formats, without dots.
    #[must_use]
    pub fn endings(is_meant: impl Fn(&Self) -> bool) -> Vec<&'static str> {
        OUTPUT_FORMATS.iter().copied().filter(|format| is_meant(format)).map(|format| format.ending).collect()
    }
}

/// Writes `vectors` to `path`, and returns notes on what could not be written as it is stored. Only
/// formats with room [beside](TextRoom::Beside) vectors hold the columns of `metadata`.
///
/// # Errors
/// Returns an error if the file cannot be written, a row is lost ([`Vectors::check`]), or `progress`
/// was canceled; the target is then unchanged.
pub fn write_vectors(
    path: &Path,
    format: &OutputFormat,
    vectors: &Vectors,
    metadata: Option<&Metadata>,
    progress: &Progress,
) -> Result<Vec<Problem>, FormatError> {
    progress.begin("Writing");
    let metadata = metadata.filter(|_| format.text == TextRoom::Beside);
    let columns = metadata.map(Metadata::columns).unwrap_or_default().iter().collect();
    let table = Table { columns, ..Table::of(vectors) };
    write_table(path, format, &table, progress)
}

/// Writes `table` to `path`, and returns notes on what could not be written as it is stored.
pub(crate) fn write_table(
    path: &Path,
    format: &OutputFormat,
    table: &Table<'_>,
    progress: &Progress,
) -> Result<Vec<Problem>, FormatError> {
    let mut rounded = 0;
    write_rows(path, table.vectors, |out| {
        rounded = (format.write)(out, table, progress)?;
        Ok(())
    })?;
    let note = table.vectors.and_then(|vectors| rounding(path, vectors, table.len(), rounded));
    Ok(note.into_iter().chain((format.says)(table).into_iter().map(|what| Problem::note(path, what))).collect())
}

impl<'a> Table<'a> {
    /// All of `vectors`.
    pub(crate) fn of(vectors: &'a Vectors) -> Self {
        let names = (0..vectors.dims()).map(|dim| format!("d{dim}")).collect();
        Self { columns: Vec::new(), names, vectors: Some(vectors), rows: None }
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.map_or_else(|| self.vectors.map_or(0, Vectors::rows), RowSet::len)
    }
}

/// The note that `rounded` of the values of some `rows` were rounded to `f32`.
pub(crate) fn rounding(path: &Path, vectors: &Vectors, rows: usize, rounded: usize) -> Option<Problem> {
    let are = if rounded == 1 { "is" } else { "are" };
    let message = format!(
        "{rounded} of {} numbers {are} rounded: the file holds f32, and the vectors are {}",
        rows * vectors.dims(),
        vectors.dtype()
    );
    (rounded > 0).then(|| Problem::warning(path, message).way_out(exact()))
}

/// Which formats keep what `f32` does not hold.
fn exact() -> String {
    let is_exact = |format: &OutputFormat| (format.stored_as)(Dtype::F64) != Some(Dtype::F32);
    format!("Write {} to keep all digits", OutputFormat::listed(is_exact))
}

/// Writes the coordinates of a layout, rows x dims, to `path`, in the format of its extension.
///
/// # Errors
/// Returns an error if the extension is unknown, or the file cannot be written.
pub fn write_coordinates(path: &Path, coordinates: ArrayView2<'_, f32>) -> Result<(), FormatError> {
    let format = OutputFormat::from_path(path)?;
    let vectors = Vectors::from_array(coordinates.to_owned());
    write_vectors(path, format, &vectors, None, &Progress::default())?;
    Ok(())
}

/// Writes a NumPy array.
pub(crate) fn npy(out: &mut impl Write, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let Some(vectors) = table.vectors else { return Ok(0) };
    out.write_all(&npy_header(vectors.dtype(), table.len(), vectors.dims()))?;
    write_blocks(out, vectors, table.rows, progress, |rows, out| {
        if vectors.dtype() == Dtype::Bf16 {
            f32_bytes(vectors, rows, out);
        } else {
            out.extend_from_slice(vectors.raw(rows));
        }
        Ok(())
    })?;
    Ok(0)
}

/// Writes little-endian `f32`.
pub(crate) fn bytes(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let Some(vectors) = table.vectors else { return Ok(0) };
    let rounded = AtomicUsize::new(0);
    write_blocks(out, vectors, table.rows, progress, |rows, out| {
        rounded.fetch_add(f32_bytes(vectors, rows, out), Ordering::Relaxed);
        Ok(())
    })?;
    Ok(rounded.into_inner())
}

fn tsv(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let Some(vectors) = table.vectors else { return Ok(0) };
    let lines = Lines { vectors, columns: &[], delimiter: b'\t' };
    write_blocks(out, vectors, table.rows, progress, |rows, out| lines.rows(rows, out)).map(|()| 0)
}

fn csv(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let Some(vectors) = table.vectors else { return Ok(0) };
    let lines = Lines { vectors, columns: &table.columns, delimiter: b',' };
    out.write_all(&lines.header(&table.names)?)?;
    write_blocks(out, vectors, table.rows, progress, |rows, out| lines.rows(rows, out)).map(|()| 0)
}

/// The header of an array of rows x dims.
fn npy_header(dtype: Dtype, rows: usize, dims: usize) -> Vec<u8> {
    let descr = match dtype {
        Dtype::F16 => "<f2",
        Dtype::Bf16 | Dtype::F32 => "<f4",
        Dtype::F64 => "<f8",
        Dtype::I8 => "|i1",
        Dtype::U8 => "|u1",
        Dtype::I16 => "<i2",
        Dtype::U16 => "<u2",
        Dtype::I32 => "<i4",
        Dtype::U32 => "<u4",
        Dtype::I64 => "<i8",
        Dtype::U64 => "<u8",
        Dtype::Bool => "|b1",
    };
    npy_header_of(descr, &format!("({rows}, {dims})"))
}

/// Version 1.0, padded so that the values begin at a multiple of 64 bytes.
fn npy_header_of(descr: &str, shape: &str) -> Vec<u8> {
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let before = 10;
    let length = (before + text.len() + 1).next_multiple_of(64) - before;
    text.extend(std::iter::repeat_n(' ', length - 1 - text.len()));
    text.push('\n');
    [b"\x93NUMPY\x01\x00", &u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()[..], text.as_bytes()].concat()
}

/// Fills blocks of rows in parallel, a few at a time, and writes them in order.
fn write_blocks(
    out: &mut impl Write,
    vectors: &Vectors,
    rows: Option<&RowSet>,
    progress: &Progress,
    fill: impl Fn(Range<usize>, &mut Vec<u8>) -> io::Result<()> + Sync,
) -> Result<(), Stop> {
    let (count, spans) =
        rows.map_or_else(|| (vectors.rows(), vectors.blocks()), |rows| (rows.len(), parts(rows.len())));
    let fill = |span: &Range<usize>| {
        let mut block = Vec::new();
        match rows {
            None => fill(span.clone(), &mut block)?,
            Some(rows) => {
                let mut chosen = rows.as_slice()[span.clone()].iter().map(|&row| row as usize);
                chosen.try_for_each(|row| fill(row..row + 1, &mut block))?;
            }
        }
        Ok(block)
    };
    for batch in spans.chunks(2 * rayon::current_num_threads()) {
        progress.advance(batch.first().map_or(0, |rows| rows.start), count)?;
        for block in batch.par_iter().map(fill).collect::<io::Result<Vec<_>>>()? {
            out.write_all(&block)?;
        }
    }
    Ok(progress.advance(1, 1)?)
}

fn parts(lines: usize) -> Vec<Range<usize>> {
    (0..lines).step_by(PART).map(|start| start..(start + PART).min(lines)).collect()
}

/// The number of lines that one thread fills at a time.
const PART: usize = 1 << 11;

/// Fills parts of `lines` lines in parallel, a few at a time, and writes them in order; each is
/// then `seen`.
pub(crate) fn write_parts<P: AsRef<[u8]> + Send>(
    out: &mut impl Write,
    lines: usize,
    progress: &Progress,
    fill: impl Fn(Range<usize>) -> P + Sync,
    seen: impl Fn(P),
) -> Result<(), Stop> {
    for batch in parts(lines).chunks(2 * rayon::current_num_threads()) {
        progress.advance(batch.first().map_or(0, |lines| lines.start), lines)?;
        for part in batch.par_iter().map(|lines| fill(lines.clone())).collect::<Vec<P>>() {
            out.write_all(part.as_ref())?;
            seen(part);
        }
    }
    Ok(progress.advance(1, 1)?)
}

/// Vectors as text, with columns before them.
struct Lines<'a> {
    vectors: &'a Vectors,
    columns: &'a [&'a Column],
    delimiter: u8,
}

impl Lines<'_> {
    fn writer<W: Write>(&self, out: W) -> csv::Writer<W> {
        csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(out)
    }

    fn header(&self, names: &[String]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut writer = self.writer(&mut out);
        let names = names.iter().map(String::as_str);
        writer.write_record(self.columns.iter().map(|column| column.name()).chain(names))?;
        writer.flush()?;
        drop(writer);
        Ok(out)
    }

    fn rows(&self, rows: Range<usize>, out: &mut Vec<u8>) -> io::Result<()> {
        let (dtype, mut number) = (self.vectors.dtype(), Vec::new());
        let mut writer = self.writer(out);
        for row in rows {
            for column in self.columns {
                writer.write_field(column.text(row).unwrap_or_default())?;
            }
            for value in self.vectors.raw(row..row + 1).chunks_exact(dtype.size()) {
                number.clear();
                write_stored(dtype, value, &mut number)?;
                writer.write_field(&number)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use parallax_embedding::ColumnBuilder;
    use proptest::prelude::*;

    use super::*;
    use crate::npy as npy_file;
    use crate::raw::DTYPES;

    fn column(name: &str, cells: &[&str]) -> Column {
        let mut builder = ColumnBuilder::new(name);
        for cell in cells {
            builder.push(Some(cell));
        }
        builder.finish()
    }

    fn written(format: &OutputFormat, vectors: &Vectors, metadata: Option<&Metadata>) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_vectors(&path, format, vectors, metadata, &Progress::default()).unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn extension_determines_the_format() {
        let check = |name: &str| OutputFormat::from_path(Path::new(name)).ok().map(|format| format.ending);
        assert_eq!(check("a/b.npy"), Some("npy"));
        assert_eq!(check("B.TSV"), Some("tsv"));
        assert_eq!(check("x.y.csv"), Some("csv"));
        assert_eq!(check("x.bytes"), Some("bytes"));
        assert_eq!(check("x.txt"), None);
        let error = OutputFormat::from_path(Path::new("npy")).unwrap_err().to_string();
        let (first, last) = ("End the name in .npy, .npz, .safetensors, .tsv, .csv, .jsonl", " or .bytes.");
        assert!(error.contains(first) && error.ends_with(last), "{error}");
    }

    /// CSV is quoted by RFC 4180; TSV holds only numbers, whatever the metadata.
    #[test]
    fn csv_has_metadata_and_tsv_only_numbers() {
        let vectors = Vectors::from_f32(2, 2, vec![1.0, 0.5, -2.0, 1e20]).unwrap();
        let columns = vec![column("na,me", &["a \"b\"", ""]), column("n", &["007", "8"])];
        let metadata = Metadata::new(columns).unwrap();
        let csv = written(OutputFormat::CSV, &vectors, Some(&metadata));
        assert_eq!(String::from_utf8(csv).unwrap(), "\"na,me\",n,d0,d1\n\"a \"\"b\"\"\",007,1,0.5\n,8,-2,1e20\n");
        let tsv = written(OutputFormat::TSV, &vectors, Some(&metadata));
        assert_eq!(String::from_utf8(tsv).unwrap(), "1\t0.5\n-2\t1e20\n");
        assert_eq!(written(OutputFormat::BYTES, &vectors, None)[..8], [0, 0, 0x80, 0x3F, 0, 0, 0, 0x3F]);
    }

    /// The values that NumPy finds in the file, some of which neither `f32` nor `f64` holds.
    #[test]
    fn wide_integers_are_written_as_they_are_stored() {
        let file: Arc<Vec<u8>> = Arc::new(include_bytes!("../../../tests/data/values/int64_big.npy").to_vec());
        let vectors = npy_file::vectors(file.clone(), Path::new("x.npy"), &Progress::default()).unwrap();
        assert_eq!(vectors.dtype(), Dtype::I64);
        assert_eq!(written(OutputFormat::NPY, &vectors, None)[128..], file[128..]);
        let first = "-192272249506263660,1036254628842327175,-178159874395239434,-432749348572493886";
        let csv = String::from_utf8(written(OutputFormat::CSV, &vectors, None)).unwrap();
        assert_eq!(csv.lines().nth(1), Some(first));
        let tsv = String::from_utf8(written(OutputFormat::TSV, &vectors, None)).unwrap();
        assert_eq!(tsv.lines().next(), Some(&*first.replace(',', "\t")));
    }

    #[test]
    fn bytes_report_rounded_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.bytes");
        let said = |vectors: &Vectors| {
            let notes = write_vectors(&path, OutputFormat::BYTES, vectors, None, &Progress::default()).unwrap();
            notes.iter().map(|note| note.message.clone()).collect::<Vec<_>>()
        };
        let wide = Vectors::from_f64(2, 2, vec![0.5, 0.1, 10_000_000.25, 7.0]).unwrap();
        assert_eq!(said(&wide), ["2 of 4 numbers are rounded: the file holds f32, and the vectors are f64"]);
        assert!(said(&Vectors::from_f64(1, 2, vec![0.5, 7.0]).unwrap()).is_empty());
    }

    #[test]
    fn cancelled_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.tsv");
        fs::write(&path, "old").unwrap();
        let progress = Progress::default();
        progress.cancel();
        let vectors = Vectors::from_f32(1, 1, vec![1.0]).unwrap();
        let result = write_vectors(&path, OutputFormat::TSV, &vectors, None, &progress);
        assert!(matches!(result, Err(FormatError::Cancelled)));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    proptest! {
        /// `.npy` keeps each stored bit.
        #[test]
        fn npy_keeps_what_is_stored(dtype in 0..DTYPES.len(), rows in 0_usize..40, dims in 1_usize..9, bytes in prop::collection::vec(any::<u8>(), 40 * 9 * 8)) {
            let dtype = DTYPES[dtype];
            let vectors = Vectors::from_bytes(rows, dims, dtype, Arc::new(bytes), 0).unwrap();
            let file = written(OutputFormat::NPY, &vectors, None);
            prop_assert_eq!((file.len() - rows * dims * if dtype == Dtype::Bf16 { 4 } else { dtype.size() }) % 64, 0);
            let read = npy_file::vectors(Arc::new(file), Path::new("x.npy"), &Progress::default()).unwrap();
            prop_assert_eq!((read.rows(), read.dims()), (rows, dims));
            if dtype == Dtype::Bf16 {
                let bits = |values: &Vectors| values.block(0..rows, &mut Vec::new()).iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&read), bits(&vectors));
            } else {
                prop_assert_eq!(read.dtype(), dtype);
                prop_assert_eq!(read.raw(0..rows), vectors.raw(0..rows));
            }
        }
    }
}
