//! Raw numbers without a header: row-major, little-endian, as the standalone TensorBoard
//! projector's `.bytes` files are.
//!
//! What the file does not contain ([`RawLayout`]) comes from the command line. A size that is not a
//! whole number of rows is refused.

use std::{path::Path, sync::Arc};

use parallax_embedding::{Dtype, Progress, SharedBytes, Vectors};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, RawLayout, Source,
    source::{Content, Format, Listed, Read, Setting, VectorsReader},
};

pub(crate) static FORMAT: Format = Format {
    words: Some("raw numbers in any file with --raw-dims"),
    endings: &["bytes"],
    other_endings: &["bin", "raw", "f32", "f16"],
    takes: &[Setting::Raw],
    ..Format::new(open)
};

fn open(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let Some(layout) = options.raw.clone() else {
        let what = "raw numbers do not say how many of them make up a row";
        let way_out =
            "Give --raw-dims D, and where they are not f32 from the first byte on, --raw-dtype and --raw-offset";
        return Err(Problem::error(content.path(), what).way_out(way_out).into());
    };
    let info = EmbeddingInfo::new(content.stem(), matrix(content, layout)?, content);
    Ok(Source::of(content, "raw", vec![info], Vec::new()))
}

/// The shape of the numbers in `content`, and what reads them.
pub(crate) fn matrix(content: &Content, layout: RawLayout) -> Result<Listed, FormatError> {
    let file = content.path();
    let rows = rows((*content.bytes()?).as_ref().len() as u64, file, &layout)?;
    let shape = (rows, layout.dims, dtype(file, &layout.dtype)?);
    Ok((shape, Arc::new(Reader { content: content.clone(), layout })))
}

#[derive(Debug)]
struct Reader {
    content: Content,
    layout: RawLayout,
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        vectors(self.content.kept_bytes(progress)?, self.content.path(), &self.layout).map(Read::from)
    }
}

/// The vectors in raw numbers. They are lent from `bytes` without a copy.
///
/// # Errors
/// Returns an error if the layout is not possible, or the bytes after its offset are not a whole
/// number of rows.
pub fn vectors(bytes: SharedBytes, file: &Path, layout: &RawLayout) -> Result<Vectors, FormatError> {
    let dtype = dtype(file, &layout.dtype)?;
    let rows = rows((*bytes).as_ref().len() as u64, file, layout)?;
    let offset = usize::try_from(layout.offset).unwrap_or(usize::MAX);
    let refused = |error: parallax_embedding::VectorsError| Problem::error(file, error.to_string());
    Ok(Vectors::from_bytes(rows, layout.dims, dtype, bytes, offset).map_err(refused)?)
}

/// The number of rows in a file of `size` bytes.
///
/// # Errors
/// Returns an error if the layout is not possible, or the bytes after its offset are not a whole
/// number of rows.
pub fn rows(size: u64, file: &Path, layout: &RawLayout) -> Result<usize, FormatError> {
    let &RawLayout { dims, offset, .. } = layout;
    let dtype = dtype(file, &layout.dtype)?;
    let row = (dims as u64).saturating_mul(dtype.size() as u64);
    let Some(behind) = size.checked_sub(offset) else {
        let what = format!("the numbers would begin at byte {offset}; the file has {size}");
        return Err(Problem::error(file, what).way_out("Give the header's size as --raw-offset").into());
    };
    if row == 0 {
        let problem = Problem::error(file, "a row of raw numbers has at least one");
        return Err(problem.way_out("Give the numbers in a row as --raw-dims").into());
    }
    let left_over = behind % row;
    if left_over != 0 {
        let what = format!(
            "{behind} bytes are not a whole number of rows of {dims} x {dtype} ({row} bytes each): {left_over} are left over"
        );
        return Err(Problem::error(file, what).way_out("Check --raw-dims, --raw-dtype and --raw-offset").into());
    }
    Ok(usize::try_from(behind / row).unwrap_or(usize::MAX))
}

/// The types of raw numbers.
pub const DTYPES: [Dtype; 13] = [
    Dtype::F32,
    Dtype::F16,
    Dtype::Bf16,
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

/// The number type by its name on the command line.
///
/// # Errors
/// Returns an error if raw numbers cannot have that type.
pub fn dtype(file: &Path, name: &str) -> Result<Dtype, FormatError> {
    DTYPES.into_iter().find(|dtype| dtype.name() == name).ok_or_else(|| {
        let what = format!("raw numbers of type {name:?} are not known");
        let way_out = format!("Use one of {} as --raw-dtype", DTYPES.map(Dtype::name).join(", "));
        Problem::error(file, what).way_out(way_out).into()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout(dims: usize, dtype: &str, offset: u64) -> RawLayout {
        RawLayout { dims, dtype: dtype.into(), offset }
    }

    fn read(bytes: Vec<u8>, layout: &RawLayout) -> Result<Vectors, String> {
        vectors(Arc::new(bytes), Path::new("r.bytes"), layout).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_lie_one_behind_the_other() {
        #[track_caller]
        fn check(bytes: &[u8], layout: RawLayout, rows: usize, last: f32) {
            let vectors = read(bytes.to_vec(), &layout).unwrap();
            assert_eq!((vectors.rows(), vectors.dims()), (rows, layout.dims));
            assert_eq!(vectors.row(rows - 1, &mut Vec::new()).last(), Some(&last));
        }
        check(&[0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], layout(1, "f32", 0), 2, -2.0);
        check(&[7, 0, 0x3C, 0, 0xC0], layout(2, "f16", 1), 1, -2.0);
        check(&[0, 0, 0, 0, 0, 0, 0xF0, 0x3F], layout(1, "f64", 0), 1, 1.0);
        check(&[1, 2, 3, 4, 5, 6], layout(3, "u8", 0), 2, 6.0);
        check(&[0x80, 0x3F, 0x00, 0xC0], layout(1, "bf16", 0), 2, -2.0);
        check(&[9, 0xFE, 0xFF, 0xFF, 0xFF], layout(1, "i32", 1), 1, -2.0);
        check(&[0, 1, 0, 0, 0, 0, 0, 0], layout(1, "u64", 0), 1, 256.0);
        check(&[0, 1], layout(2, "bool", 0), 1, 1.0);
        assert_eq!(read(vec![9; 5], &layout(3, "u8", 5)).unwrap().rows(), 0);
    }

    #[test]
    fn raw_refusals_name_the_numbers() {
        #[track_caller]
        fn check(layout: RawLayout, expected: &str) {
            assert_eq!(read(vec![0; 100], &layout).unwrap_err(), expected);
        }
        check(
            layout(7, "f32", 4),
            "r.bytes: 96 bytes are not a whole number of rows of 7 x f32 (28 bytes each): 12 are left over. Check --raw-dims, \
             --raw-dtype and --raw-offset.",
        );
        check(
            layout(7, "f32", 101),
            "r.bytes: the numbers would begin at byte 101; the file has 100. Give the header's size as --raw-offset.",
        );
        check(
            layout(0, "f32", 0),
            "r.bytes: a row of raw numbers has at least one. Give the numbers in a row as --raw-dims.",
        );
        check(
            layout(1, "i4", 0),
            "r.bytes: raw numbers of type \"i4\" are not known. Use one of f32, f16, bf16, f64, i8, u8, i16, u16, i32, u32, i64, \
             u64, bool as --raw-dtype.",
        );
    }

    /// The flowers of the standalone projector: 150 x 4, and the first row that every textbook
    /// prints.
    #[test]
    fn raw_reads_iris() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/iris_tensors.bytes");
        let Ok(bytes) = std::fs::read(&path) else { return println!("skipped: there is no {}", path.display()) };
        let vectors = read(bytes, &layout(4, "f32", 0)).unwrap();
        assert_eq!((vectors.rows(), vectors.row(0, &mut Vec::new())), (150, &[5.1, 3.5, 1.4, 0.2][..]));
    }

    proptest! {
        #[test]
        fn any_layout_is_read_or_refused(size in 0_usize..200, dims in any::<usize>(), small in 0_usize..20, offset in any::<u64>(), kind in 0..DTYPES.len()) {
            let dtype = DTYPES[kind].name();
            for layout in [layout(dims, dtype, 0), layout(small, dtype, offset), layout(small, dtype, offset % 300)] {
                if let Ok(vectors) = read(vec![1; size], &layout) {
                    prop_assert_eq!(vectors.rows() * vectors.dims() * vectors.dtype().size() + layout.offset as usize, size);
                }
            }
        }
    }
}
