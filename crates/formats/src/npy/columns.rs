//! One-dimensional arrays as columns of metadata.

use std::fmt::Write as _;

use parallax_embedding::{Column, ColumnBuilder, Dtype};

use super::header::Element;

/// The column of `rows` values of `element`, which lie in `values` one after the other.
pub(super) fn column(name: &str, element: &Element, values: &[u8], rows: usize) -> Column {
    let mut builder = ColumnBuilder::new(name);
    let size = element.size().unwrap_or(0);
    let mut text = String::new();
    for row in 0..rows {
        let value = values.get(row * size..(row + 1) * size).unwrap_or_default();
        text.clear();
        match element {
            Element::Number { dtype, big_endian } => write_number(*dtype, *big_endian, value, &mut text),
            Element::Text { big_endian, .. } => write_text(*big_endian, value, &mut text),
            Element::Bytes { .. } => text.push_str(&String::from_utf8_lossy(without_padding(value))),
            Element::Other { .. } => {}
        }
        builder.push(Some(&text));
    }
    builder.finish()
}

/// The number as NumPy prints it; empty for NaN, which is a missing value.
fn write_number(dtype: Dtype, big_endian: bool, value: &[u8], out: &mut String) {
    let mut bytes = [0_u8; 8];
    let bytes_of = &mut bytes[..value.len().min(8)];
    bytes_of.copy_from_slice(&value[..bytes_of.len()]);
    if big_endian {
        bytes_of.reverse();
    }
    let [a, b, c, d, ..] = bytes;
    let float = |out: &mut String, number: f64, text: String| {
        if !number.is_nan() {
            out.push_str(&text);
        }
    };
    let written = match dtype {
        Dtype::F16 | Dtype::Bf16 => {
            let number = if dtype == Dtype::F16 {
                half::f16::from_le_bytes([a, b]).to_f32()
            } else {
                half::bf16::from_le_bytes([a, b]).to_f32()
            };
            return float(out, number.into(), format!("{number:?}"));
        }
        Dtype::F32 => {
            let number = f32::from_le_bytes([a, b, c, d]);
            return float(out, number.into(), format!("{number:?}"));
        }
        Dtype::F64 => {
            let number = f64::from_le_bytes(bytes);
            return float(out, number, format!("{number:?}"));
        }
        Dtype::I8 => write!(out, "{}", i8::from_le_bytes([a])),
        Dtype::U8 => write!(out, "{a}"),
        Dtype::I16 => write!(out, "{}", i16::from_le_bytes([a, b])),
        Dtype::U16 => write!(out, "{}", u16::from_le_bytes([a, b])),
        Dtype::I32 => write!(out, "{}", i32::from_le_bytes([a, b, c, d])),
        Dtype::U32 => write!(out, "{}", u32::from_le_bytes([a, b, c, d])),
        Dtype::I64 => write!(out, "{}", i64::from_le_bytes(bytes)),
        Dtype::U64 => write!(out, "{}", u64::from_le_bytes(bytes)),
        Dtype::Bool => out.write_str(if a == 0 { "False" } else { "True" }),
    };
    written.unwrap_or_default(); // writing to a string does not fail
}

/// Code points of four bytes, up to the padding.
fn write_text(big_endian: bool, value: &[u8], out: &mut String) {
    let points = value.as_chunks::<4>().0;
    let end = points.iter().rposition(|point| *point != [0; 4]).map_or(0, |last| last + 1);
    out.extend(points.iter().take(end).map(|point| {
        let point = if big_endian { u32::from_be_bytes(*point) } else { u32::from_le_bytes(*point) };
        char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER)
    }));
}

fn without_padding(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &value[..end]
}
