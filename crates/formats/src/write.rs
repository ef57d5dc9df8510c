//! Vectors to files: `.npy`, `.csv`, `.tsv` and `.bytes`.
//!
//! Every file is written beside its target, synced and renamed: whoever reads the target finds the old file or the
//! whole new one. Numbers stream block by block. `.npy` keeps the type that is stored (`bf16`, which NumPy does not have, becomes `f32`);
//! the others hold the `f32` that readers of the vectors see: text as the shortest decimal that reads back to it,
//! `.bytes` as little-endian bytes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::Range,
    path::Path,
};

use parallax_embedding::{Cancelled, Column, Dtype, Metadata, Progress, Vectors};
use rayon::prelude::*;

use crate::{FormatError, Problem};

/// What vectors are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// A NumPy array in the type that is stored.
    Npy,
    /// Comma-separated with a header: the metadata's columns, then `d0`, `d1` and so on.
    Csv,
    /// Tab-separated numbers and nothing else, as TensorBoard loads them.
    Tsv,
    /// Little-endian `f32` without a header.
    Bytes,
}

impl OutputFormat {
    /// The format that the ending of `path` stands for.
    ///
    /// # Errors
    /// Where it stands for none; the error names those that do.
    pub fn from_path(path: &Path) -> Result<Self, FormatError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        match ending.as_deref() {
            Some("npy") => Ok(Self::Npy),
            Some("csv") => Ok(Self::Csv),
            Some("tsv") => Ok(Self::Tsv),
            Some("bytes") => Ok(Self::Bytes),
            _ => Err(Problem::error(path, "the ending does not name a format that can be written")
                .way_out("End the name in .npy, .csv, .tsv or .bytes")
                .into()),
        }
    }
}

/// Writes `vectors` to `path`. Of `metadata`, CSV alone takes the columns: the other formats have no place for them.
///
/// # Errors
/// Where the file cannot be written, or `progress` was cancelled; the target is then as it was before.
pub fn write_vectors(
    path: &Path,
    format: OutputFormat,
    vectors: &Vectors,
    metadata: Option<&Metadata>,
    progress: &Progress,
) -> Result<(), FormatError> {
    progress.begin("Writing");
    let columns = metadata.map(Metadata::columns).unwrap_or_default();
    write_file(path, |out| match format {
        OutputFormat::Npy => npy(out, vectors, progress),
        OutputFormat::Bytes => write_blocks(out, vectors, progress, |rows, out| {
            f32_bytes(vectors, rows, out);
            Ok(())
        }),
        OutputFormat::Tsv => write_blocks(out, vectors, progress, |rows, out| {
            Table { vectors, columns: &[], delimiter: b'\t' }.rows(rows, out)
        }),
        OutputFormat::Csv => {
            let table = Table { vectors, columns, delimiter: b',' };
            out.write_all(&table.header()?)?;
            write_blocks(out, vectors, progress, |rows, out| table.rows(rows, out))
        }
    })
}

/// Writes the coordinates of a layout, `dims` a row, to `path`, in the format that its ending stands for.
///
/// # Errors
/// Where the ending stands for none, the coordinates are not a whole number of rows, or the file cannot be written.
pub fn write_coordinates(path: &Path, coordinates: &[f32], dims: usize) -> Result<(), FormatError> {
    let format = OutputFormat::from_path(path)?;
    let rows = coordinates.len().checked_div(dims).filter(|rows| rows * dims == coordinates.len());
    let Some(rows) = rows else {
        return Err(Problem::error(path, format!("{} coordinates are not rows of {dims}", coordinates.len())).into());
    };
    let refused = |error: parallax_embedding::VectorsError| Problem::error(path, error.to_string());
    let vectors = Vectors::from_f32(rows, dims, coordinates.to_vec()).map_err(refused)?;
    write_vectors(path, format, &vectors, None, &Progress::default())
}

/// Writes a file so that its target is either the old one or the whole new one: beside the target, synced, renamed.
///
/// A target that exists keeps its access rights; a link is followed; a device or a pipe is written to as it is.
pub(crate) fn write_file(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&mut File>) -> Result<(), Stop>,
) -> Result<(), FormatError> {
    replace_file(path, content).map_err(|stop| match stop {
        Stop::Io(source) => FormatError::write(path)(source),
        Stop::Cancelled => FormatError::Cancelled,
    })
}

/// Why writing stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Io(io::Error),
    Cancelled,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Cancelled> for Stop {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

fn replace_file(path: &Path, content: impl FnOnce(&mut BufWriter<&mut File>) -> Result<(), Stop>) -> Result<(), Stop> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let old = fs::metadata(&target).ok();
    match &old {
        Some(old) if old.is_dir() => return Err(io::Error::from(io::ErrorKind::IsADirectory).into()),
        Some(old) if !old.is_file() => return fill(&mut File::options().write(true).open(&target)?, content),
        _ => {}
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = new_file_in(folder)?;
    fill(file.as_file_mut(), content)?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    // The rename itself lasts once the folder is synced; some systems cannot sync one, and the content is safe there too.
    File::open(folder).and_then(|folder| folder.sync_all()).ok();
    Ok(())
}

fn fill(file: &mut File, content: impl FnOnce(&mut BufWriter<&mut File>) -> Result<(), Stop>) -> Result<(), Stop> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    content(&mut out)?;
    Ok(out.flush()?)
}

/// A new file with the access rights that any new file gets; temporary files are their owner's alone otherwise.
fn new_file_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".parallax-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Writes `vectors` as an array of NumPy.
pub(crate) fn npy(out: &mut impl Write, vectors: &Vectors, progress: &Progress) -> Result<(), Stop> {
    out.write_all(&npy_header(vectors.dtype(), vectors.rows(), vectors.dims()))?;
    if vectors.dtype() == Dtype::Bf16 {
        return write_blocks(out, vectors, progress, |rows, out| {
            f32_bytes(vectors, rows, out);
            Ok(())
        });
    }
    write_blocks(out, vectors, progress, |rows, out| {
        out.extend_from_slice(vectors.raw(rows));
        Ok(())
    })
}

/// Version 1.0, padded so that the values begin at a multiple of 64 bytes.
pub(crate) fn npy_header(dtype: Dtype, rows: usize, dims: usize) -> Vec<u8> {
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
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {dims}), }}");
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
    progress: &Progress,
    fill: impl Fn(Range<usize>, &mut Vec<u8>) -> io::Result<()> + Sync,
) -> Result<(), Stop> {
    for batch in vectors.blocks().chunks(2 * rayon::current_num_threads()) {
        progress.advance(batch.first().map_or(0, |rows| rows.start), vectors.rows())?;
        let filled = batch.par_iter().map(|rows| {
            let mut block = Vec::new();
            fill(rows.clone(), &mut block).map(|()| block)
        });
        for block in filled.collect::<io::Result<Vec<_>>>()? {
            out.write_all(&block)?;
        }
    }
    Ok(progress.advance(1, 1)?)
}

/// So many lines are filled by one thread at a time.
const PART: usize = 1 << 11;

/// Fills parts of so many `lines` in parallel, a few at a time, and writes them in order; each is then `seen`.
pub(crate) fn write_parts<P: AsRef<[u8]> + Send>(
    out: &mut impl Write,
    lines: usize,
    progress: &Progress,
    fill: impl Fn(Range<usize>) -> P + Sync,
    seen: impl Fn(P),
) -> Result<(), Stop> {
    let parts: Vec<Range<usize>> = (0..lines).step_by(PART).map(|start| start..(start + PART).min(lines)).collect();
    for batch in parts.chunks(2 * rayon::current_num_threads()) {
        progress.advance(batch.first().map_or(0, |lines| lines.start), lines)?;
        for part in batch.par_iter().map(|lines| fill(lines.clone())).collect::<Vec<P>>() {
            out.write_all(part.as_ref())?;
            seen(part);
        }
    }
    Ok(progress.advance(1, 1)?)
}

fn f32_bytes(vectors: &Vectors, rows: Range<usize>, out: &mut Vec<u8>) {
    let mut buffer = Vec::new();
    let values = vectors.block(rows, &mut buffer);
    out.reserve(size_of_val(values));
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

/// Vectors as text, with columns before them.
struct Table<'a> {
    vectors: &'a Vectors,
    columns: &'a [Column],
    delimiter: u8,
}

impl Table<'_> {
    fn writer<W: Write>(&self, out: W) -> csv::Writer<W> {
        csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(out)
    }

    fn header(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut writer = self.writer(&mut out);
        let dims = (0..self.vectors.dims()).map(|dim| format!("d{dim}"));
        writer.write_record(self.columns.iter().map(|column| column.name().to_owned()).chain(dims))?;
        writer.flush()?;
        drop(writer);
        Ok(out)
    }

    fn rows(&self, rows: Range<usize>, out: &mut Vec<u8>) -> io::Result<()> {
        let (mut buffer, mut number) = (Vec::new(), Vec::new());
        let values = self.vectors.block(rows.clone(), &mut buffer);
        let mut writer = self.writer(out);
        for (row, values) in rows.zip(values.chunks_exact(self.vectors.dims().max(1))) {
            for column in self.columns {
                writer.write_field(column.text(row).unwrap_or_default())?;
            }
            for &value in values {
                number.clear();
                write_number(value, &mut number)?;
                writer.write_field(&number)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }
}

/// The shortest decimal that reads back to the same `f32`, with an exponent where the digits would be many.
pub(crate) fn write_number(value: f32, out: &mut Vec<u8>) -> io::Result<()> {
    let size = value.abs();
    if size == 0.0 || (1e-5..1e9).contains(&size) || !size.is_finite() {
        write!(out, "{value}")
    } else {
        write!(out, "{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, sync::Arc};

    use parallax_embedding::ColumnBuilder;
    use proptest::prelude::*;

    use super::*;
    use crate::npy as npy_file;

    fn column(name: &str, cells: &[&str]) -> Column {
        let mut builder = ColumnBuilder::new(name);
        for cell in cells {
            builder.push(Some(cell));
        }
        builder.finish()
    }

    fn written(format: OutputFormat, vectors: &Vectors, metadata: Option<&Metadata>) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_vectors(&path, format, vectors, metadata, &Progress::default()).unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn the_ending_names_the_format() {
        let check = |name: &str| OutputFormat::from_path(Path::new(name)).ok();
        assert_eq!(check("a/b.npy"), Some(OutputFormat::Npy));
        assert_eq!(check("B.TSV"), Some(OutputFormat::Tsv));
        assert_eq!(check("x.y.csv"), Some(OutputFormat::Csv));
        assert_eq!(check("x.bytes"), Some(OutputFormat::Bytes));
        assert_eq!(check("x.txt"), None);
        let error = OutputFormat::from_path(Path::new("npy")).unwrap_err().to_string();
        assert!(error.ends_with("End the name in .npy, .csv, .tsv or .bytes."), "{error}");
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        #[track_caller]
        fn check(value: f32, expected: &str) {
            let mut out = Vec::new();
            write_number(value, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
        check(5.0, "5");
        check(0.1, "0.1");
        check(-0.0, "-0");
        check(16_777_216.0, "16777216");
        check(1e-45, "1e-45");
        check(f32::MAX, "3.4028235e38");
        check(1.0 / 3.0, "0.33333334");
        check(f32::NAN, "NaN");
        check(f32::NEG_INFINITY, "-inf");
    }

    /// CSV as RFC 4180 quotes it; TSV holds numbers alone, whatever is known about the rows.
    #[test]
    fn text_formats() {
        let vectors = Vectors::from_f32(2, 2, vec![1.0, 0.5, -2.0, 1e20]).unwrap();
        let columns = vec![column("na,me", &["a \"b\"", ""]), column("n", &["007", "8"])];
        let metadata = Metadata::new(columns).unwrap();
        let csv = written(OutputFormat::Csv, &vectors, Some(&metadata));
        assert_eq!(String::from_utf8(csv).unwrap(), "\"na,me\",n,d0,d1\n\"a \"\"b\"\"\",007,1,0.5\n,8,-2,1e20\n");
        let tsv = written(OutputFormat::Tsv, &vectors, Some(&metadata));
        assert_eq!(String::from_utf8(tsv).unwrap(), "1\t0.5\n-2\t1e20\n");
        assert_eq!(written(OutputFormat::Bytes, &vectors, None)[..8], [0, 0, 0x80, 0x3F, 0, 0, 0, 0x3F]);
    }

    #[test]
    fn a_cancelled_write_leaves_the_old_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.tsv");
        fs::write(&path, "old").unwrap();
        let progress = Progress::default();
        progress.cancel();
        let vectors = Vectors::from_f32(1, 1, vec![1.0]).unwrap();
        let result = write_vectors(&path, OutputFormat::Tsv, &vectors, None, &progress);
        assert!(matches!(result, Err(FormatError::Cancelled)));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_target_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(folder.path(), |_| Ok(())).unwrap_err();
        assert!(matches!(error, FormatError::Io { doing: "cannot write", .. }));
        let missing: PathBuf = folder.path().join("no/such/file.npy");
        assert!(write_coordinates(&missing, &[1.0], 1).unwrap_err().to_string().contains("no such file or folder"));
        assert!(write_coordinates(Path::new("x.npy"), &[1.0, 2.0, 3.0], 2).is_err());
        assert!(write_coordinates(Path::new("x.npy"), &[1.0], 0).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_rights_kept_and_what_is_no_file_not_replaced() {
        use std::os::unix::{
            fs::{FileTypeExt as _, PermissionsExt as _, symlink},
            net::UnixListener,
        };
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        write_file(&link, |out| Ok(out.write_all(b"new")?)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(write_file(&socket, |out| Ok(out.write_all(b"new")?)).is_err(), "a socket cannot be opened as a file");
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
    }

    const DTYPES: [Dtype; 13] = [
        Dtype::F16,
        Dtype::Bf16,
        Dtype::F32,
        Dtype::F64,
        Dtype::I8,
        Dtype::U8,
        Dtype::I16,
        Dtype::U16,
        Dtype::I32,
        Dtype::U32,
        Dtype::I64,
        Dtype::U64,
        Dtype::Bool,
    ];

    proptest! {
        /// `.npy` keeps each stored bit.
        #[test]
        fn npy_keeps_what_is_stored(dtype in 0..DTYPES.len(), rows in 0_usize..40, dims in 1_usize..9, bytes in prop::collection::vec(any::<u8>(), 40 * 9 * 8)) {
            let dtype = DTYPES[dtype];
            let vectors = Vectors::from_bytes(rows, dims, dtype, Arc::new(bytes), 0).unwrap();
            let file = written(OutputFormat::Npy, &vectors, None);
            prop_assert_eq!((file.len() - rows * dims * if dtype == Dtype::Bf16 { 4 } else { dtype.size() }) % 64, 0);
            let read = npy_file::vectors(Arc::new(file), Path::new("x.npy"), &Progress::default()).unwrap();
            prop_assert_eq!((read.rows(), read.dims()), (rows, dims));
            if dtype == Dtype::Bf16 {
                let (mut a, mut b) = (Vec::new(), Vec::new());
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(read.block(0..rows, &mut a)), bits(vectors.block(0..rows, &mut b)));
            } else {
                prop_assert_eq!(read.dtype(), dtype);
                prop_assert_eq!(read.raw(0..rows), vectors.raw(0..rows));
            }
        }

        /// The text of every `f32` reads back to its bits.
        #[test]
        fn text_reads_back(bits in any::<u32>()) {
            let (value, mut text) = (f32::from_bits(bits), Vec::new());
            write_number(value, &mut text).unwrap();
            let read: f32 = String::from_utf8(text.clone()).unwrap().parse().unwrap();
            prop_assert!(read.to_bits() == bits || value.is_nan() && read.is_nan());
            prop_assert!(text.len() <= 16, "{}", String::from_utf8_lossy(&text));
        }
    }
}
