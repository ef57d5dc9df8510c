//! Numbers in files: as text with all of their digits, and as `f32`.

use std::{fmt, io, io::Write, ops::Range};

use parallax_embedding::{Column, Dtype, Vectors};

/// Writes the shortest decimal that reads back to the same `f32`, with an exponent if there would
/// be many digits.
pub(crate) fn write_number(value: f32, out: &mut impl Write) -> io::Result<()> {
    shortest(value, value.into(), 1e9, out)
}

/// Writes a number as it is stored: `raw` is one little-endian value of type `dtype`. Integers have
/// all of their digits, floats the shortest decimal that reads back to the same number.
pub(crate) fn write_stored(dtype: Dtype, raw: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut bytes = [0; 8];
    let size = dtype.size().min(raw.len());
    bytes[..size].copy_from_slice(&raw[..size]);
    let [a, b, c, d, ..] = bytes;
    match dtype {
        Dtype::F16 => write_number(half::f16::from_le_bytes([a, b]).to_f32(), out),
        Dtype::Bf16 => write_number(half::bf16::from_le_bytes([a, b]).to_f32(), out),
        Dtype::F32 => write_number(f32::from_le_bytes([a, b, c, d]), out),
        Dtype::F64 => {
            let value = f64::from_le_bytes(bytes);
            shortest(value, value, 1e16, out)
        }
        Dtype::I8 => write!(out, "{}", i8::from_le_bytes([a])),
        Dtype::U8 => write!(out, "{a}"),
        Dtype::I16 => write!(out, "{}", i16::from_le_bytes([a, b])),
        Dtype::U16 => write!(out, "{}", u16::from_le_bytes([a, b])),
        Dtype::I32 => write!(out, "{}", i32::from_le_bytes([a, b, c, d])),
        Dtype::U32 => write!(out, "{}", u32::from_le_bytes([a, b, c, d])),
        Dtype::I64 => write!(out, "{}", i64::from_le_bytes(bytes)),
        Dtype::U64 => write!(out, "{}", u64::from_le_bytes(bytes)),
        Dtype::Bool => write!(out, "{}", u8::from(a != 0)),
    }
}

fn shortest(value: impl fmt::Display + fmt::LowerExp, size: f64, limit: f64, out: &mut impl Write) -> io::Result<()> {
    let size = size.abs();
    if size == 0.0 || (1e-5..limit).contains(&size) || !size.is_finite() {
        write!(out, "{value}")
    } else {
        write!(out, "{value:e}")
    }
}

/// Whether the values of a column are numbers that `f64` holds with all that their texts say: their
/// digits, and which of them differ. `007` is a code, and `1.1` beside `1.10` are versions.
pub(crate) fn are_f64(column: &Column) -> bool {
    let numbers = column.values().iter().map(|text| text.parse::<f64>().ok().filter(|&number| has_all(number, text)));
    let numbers = column.is_numeric().then(|| numbers.collect::<Option<Vec<f64>>>()).flatten();
    numbers.is_some_and(|mut numbers| {
        numbers.sort_unstable_by(f64::total_cmp);
        numbers.windows(2).all(|pair| pair[0] != pair[1])
    })
}

/// Whether a number has all digits of its text, which is not that of a code with leading zeros.
fn has_all(number: f64, text: &str) -> bool {
    let plain = text.trim_start_matches(['-', '+']);
    let mantissa = plain.split(['e', 'E']).next().unwrap_or_default();
    let is_code = mantissa.len() > 1 && mantissa.starts_with('0') && mantissa.as_bytes()[1].is_ascii_digit();
    let digits = mantissa.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
    // `f64` has each number of so many digits.
    !is_code && (digits <= 15 || format!("{number:?}") == text || format!("{number}") == text)
}

/// Appends the values of `rows` as little-endian `f32`, and returns how many of them were rounded.
pub(crate) fn f32_bytes(vectors: &Vectors, rows: Range<usize>, out: &mut Vec<u8>) -> usize {
    let mut buffer = Vec::new();
    let values = vectors.block(rows.clone(), &mut buffer);
    out.reserve(values.len() * size_of::<f32>());
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    if !vectors.is_wide() {
        return 0;
    }
    let stored = vectors.raw(rows).chunks_exact(vectors.dtype().size());
    stored.zip(&values).filter(|(raw, value)| !is_same(vectors.dtype(), raw, **value)).count()
}

/// Whether `raw`, a value of a wide type, is the number `value`.
fn is_same(dtype: Dtype, raw: &[u8], value: f32) -> bool {
    let (wide, narrow) = (raw.as_array::<8>().copied(), raw.as_array::<4>().copied());
    match (dtype, wide, narrow) {
        (Dtype::F64, Some(bytes), _) => {
            let stored = f64::from_le_bytes(bytes);
            stored.to_bits() == f64::from(value).to_bits() || stored.is_nan()
        }
        // No `f32` that an integer is rounded to is beyond the range of `i128`.
        (Dtype::I64, Some(bytes), _) => i128::from(i64::from_le_bytes(bytes)) == value as i128,
        (Dtype::U64, Some(bytes), _) => i128::from(u64::from_le_bytes(bytes)) == value as i128,
        (Dtype::I32, _, Some(bytes)) => i128::from(i32::from_le_bytes(bytes)) == value as i128,
        (Dtype::U32, _, Some(bytes)) => i128::from(u32::from_le_bytes(bytes)) == value as i128,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn text(dtype: Dtype, raw: &[u8]) -> String {
        let mut out = Vec::new();
        write_stored(dtype, raw, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_the_shortest_decimal() {
        #[track_caller]
        fn check(value: f32, expected: &str) {
            assert_eq!(text(Dtype::F32, &value.to_le_bytes()), expected);
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

    #[test]
    fn stored_numbers_are_written_with_all_of_their_digits() {
        assert_eq!(text(Dtype::I64, &(-192_272_249_506_263_660_i64).to_le_bytes()), "-192272249506263660");
        assert_eq!(text(Dtype::U64, &u64::MAX.to_le_bytes()), "18446744073709551615");
        assert_eq!(text(Dtype::I32, &i32::MIN.to_le_bytes()), "-2147483648");
        assert_eq!(text(Dtype::U32, &u32::MAX.to_le_bytes()), "4294967295");
        assert_eq!(text(Dtype::F64, &10_000_000.1_f64.to_le_bytes()), "10000000.1");
        assert_eq!(text(Dtype::F64, &1_700_000_000.123_456_f64.to_le_bytes()), "1700000000.123456");
        assert_eq!(text(Dtype::F64, &0.1_f64.to_le_bytes()), "0.1");
        assert_eq!(text(Dtype::F64, &1e300_f64.to_le_bytes()), "1e300");
        assert_eq!(text(Dtype::F16, &half::f16::from_f32(1.5).to_le_bytes()), "1.5");
        assert_eq!(text(Dtype::Bf16, &half::bf16::from_f32(3.140_625).to_le_bytes()), "3.140625");
        assert_eq!(text(Dtype::I8, &[0x80]), "-128");
        assert_eq!(text(Dtype::U8, &[255]), "255");
        assert_eq!(text(Dtype::I16, &i16::MIN.to_le_bytes()), "-32768");
        assert_eq!(text(Dtype::U16, &u16::MAX.to_le_bytes()), "65535");
        assert_eq!(text(Dtype::Bool, &[7]), "1");
    }

    #[test]
    fn columns_are_numbers_if_these_say_all_that_the_texts_do() {
        let check = |cells: &[&str], expected: bool| {
            let mut column = parallax_embedding::ColumnBuilder::new("c");
            cells.iter().for_each(|cell| column.push(Some(cell)));
            assert_eq!(are_f64(&column.finish()), expected, "{cells:?}");
        };
        check(&["1.50", "2", "-3e5", ""], true);
        check(&["0.30000000000000004", "-0.1", "0"], true);
        check(&["12345678901234567", ""], false);
        check(&["12345678901234568", "1"], true);
        check(&["007", "8"], false);
        check(&["-07", "8"], false);
        check(&["1.1", "1.10"], false);
        check(&["a", "1"], false);
    }

    /// 2^24 + 1 is the first integer that `f32` lacks; 2^58 + 1 is one that `f64` lacks too.
    #[test]
    fn numbers_that_f32_rounds_are_counted() {
        #[track_caller]
        fn check(dtype: Dtype, values: &[[u8; 8]], expected: usize) {
            let raw: Vec<u8> = values.iter().flat_map(|value| &value[..dtype.size()]).copied().collect();
            let vectors = Vectors::from_bytes(values.len(), 1, dtype, Arc::new(raw), 0).unwrap();
            let mut out = Vec::new();
            assert_eq!(f32_bytes(&vectors, 0..values.len(), &mut out), expected, "{dtype}");
            assert_eq!(out.len(), 4 * values.len());
        }
        let floats = [0.5_f64, 0.1, -0.0, f64::NAN, f64::INFINITY, 1e300, 16_777_217.0];
        check(Dtype::F64, &floats.map(f64::to_le_bytes), 3);
        let integers = [1_i64 << 24, (1 << 24) + 1, 1 << 58, (1 << 58) + 1, i64::MAX, i64::MIN];
        check(Dtype::I64, &integers.map(i64::to_le_bytes), 3);
        check(Dtype::U64, &[1_u64 << 63, u64::MAX].map(u64::to_le_bytes), 1);
        check(Dtype::I32, &[(1_u64 << 24) + 1, 7].map(u64::to_le_bytes), 1);
        check(Dtype::U32, &[u64::from(u32::MAX), 7].map(u64::to_le_bytes), 1);
        check(Dtype::I16, &[7_u64, 8].map(u64::to_le_bytes), 0);
    }

    proptest! {
        #[test]
        fn text_of_f32_reads_back(bits in any::<u32>()) {
            let (value, text) = (f32::from_bits(bits), text(Dtype::F32, &bits.to_le_bytes()));
            let read: f32 = text.parse().unwrap();
            prop_assert!(read.to_bits() == bits || value.is_nan() && read.is_nan());
            prop_assert!(text.len() <= 16, "{}", text);
        }

        #[test]
        fn text_of_f64_reads_back(bits in any::<u64>()) {
            let (value, text) = (f64::from_bits(bits), text(Dtype::F64, &bits.to_le_bytes()));
            let read: f64 = text.parse().unwrap();
            prop_assert!(read.to_bits() == bits || value.is_nan() && read.is_nan());
            prop_assert!(text.len() <= 26, "{}", text);
        }
    }
}
