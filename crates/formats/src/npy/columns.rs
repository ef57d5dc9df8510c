//! One-dimensional arrays as columns of metadata.

use std::fmt::Write as _;

use parallax_embedding::{Column, ColumnBuilder, Dtype};

use super::header::Element;
use crate::write::write_stored;

/// The column of `rows` values of `element`, which lie in `values` one after the other.
pub(super) fn column(name: &str, element: &Element, values: &[u8], rows: usize) -> Column {
    let mut builder = ColumnBuilder::new(name);
    let size = element.size().unwrap_or(0);
    let mut text = String::new();
    for row in 0..rows {
        let value = values.get(row * size..(row + 1) * size).unwrap_or_default();
        text.clear();
        write_value(element, value, &mut text);
        builder.push(Some(&text));
    }
    builder.finish()
}

/// The text of a value; empty if it is missing.
pub(super) fn write_value(element: &Element, value: &[u8], out: &mut String) {
    match element {
        Element::Number { dtype, big_endian } => write_number(*dtype, *big_endian, value, out),
        Element::Text { big_endian, .. } => write_text(*big_endian, value, out),
        Element::Bytes { .. } => out.push_str(&String::from_utf8_lossy(without_padding(value))),
        Element::Time { step, is_duration, big_endian } => {
            let Some(bytes) = value.first_chunk() else { return };
            let count = if *big_endian { i64::from_be_bytes(*bytes) } else { i64::from_le_bytes(*bytes) };
            if *is_duration { step.write_duration(count, out) } else { step.write_date(count, out) }
        }
        Element::Other { .. } => {}
    }
}

/// The number as NumPy prints it; empty for NaN, which is a missing value.
pub(crate) fn write_number(dtype: Dtype, big_endian: bool, value: &[u8], out: &mut String) {
    let mut bytes = [0_u8; 8];
    let bytes_of = &mut bytes[..value.len().min(8)];
    bytes_of.copy_from_slice(&value[..bytes_of.len()]);
    if big_endian {
        bytes_of.reverse();
    }
    let [a, b, c, d, ..] = bytes;
    let narrow = match dtype {
        Dtype::F16 => half::f16::from_le_bytes([a, b]).to_f32(),
        Dtype::Bf16 => half::bf16::from_le_bytes([a, b]).to_f32(),
        _ => f32::from_le_bytes([a, b, c, d]),
    };
    let wide = f64::from_le_bytes(bytes);
    let written = match dtype {
        Dtype::F16 | Dtype::Bf16 | Dtype::F32 if narrow.is_nan() => Ok(()),
        Dtype::F64 if wide.is_nan() => Ok(()),
        Dtype::F16 | Dtype::Bf16 | Dtype::F32 => write!(out, "{narrow:?}"),
        Dtype::F64 => write!(out, "{wide:?}"),
        Dtype::Bool => out.write_str(if a == 0 { "False" } else { "True" }),
        Dtype::I8 | Dtype::U8 | Dtype::I16 | Dtype::U16 | Dtype::I32 | Dtype::U32 | Dtype::I64 | Dtype::U64 => {
            let mut text = Vec::new();
            write_stored(dtype, &bytes, &mut text).unwrap_or_default();
            out.extend(text.into_iter().map(char::from)); // digits are ASCII
            Ok(())
        }
    };
    written.unwrap_or_default(); // writing to memory does not fail
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
