//! The value that stands where no chunk is stored.

use half::{bf16, f16};
use parallax_embedding::Dtype;
use serde_json::Value;

use super::meta::{Kind, Layout};

/// Texts of a fixed length that have another fill value than nothing take at most this many bytes.
const MAX_TEXT: usize = 1 << 16;

/// The bytes of the fill value of an array. Returns `None` if it cannot have that value.
pub(super) fn value(layout: &Layout, given: Option<&Value>) -> Option<Vec<u8>> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Some(Vec::new()) };
    match (layout.kind, layout.dtype) {
        // Values of other types are not read.
        (Kind::Numbers, None) => Some(Vec::new()),
        (Kind::Numbers, Some(dtype)) => {
            let mut bytes = number(dtype, given)?;
            if layout.big_endian {
                bytes.reverse();
            }
            Some(bytes)
        }
        // NumPy's value of nothing is 0 for texts, too.
        _ if given.as_u64() == Some(0) => Some(Vec::new()),
        (Kind::Texts, _) => Some(given.as_str()?.as_bytes().to_vec()),
        (Kind::Points, _) => points(layout, given.as_str()?),
        (Kind::Bytes, _) => given.as_str()?.is_empty().then(Vec::new),
    }
}

/// A text of a fixed number of code points.
fn points(layout: &Layout, text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for point in text.chars().map(u32::from) {
        bytes.extend(if layout.big_endian { point.to_be_bytes() } else { point.to_le_bytes() });
    }
    if text.is_empty() {
        return Some(bytes);
    }
    let size = Some(layout.item).filter(|&size| bytes.len() <= size && size <= MAX_TEXT)?;
    bytes.resize(size, 0);
    Some(bytes)
}

/// A number, little-endian.
fn number(dtype: Dtype, given: &Value) -> Option<Vec<u8>> {
    if !dtype.is_float() {
        return integer(dtype, given);
    }
    let number = match given {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => match &**text {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => return bits(dtype, text),
        },
        _ => return None,
    };
    Some(match dtype {
        Dtype::F16 => f16::from_f64(number).to_le_bytes().to_vec(),
        Dtype::Bf16 => bf16::from_f64(number).to_le_bytes().to_vec(),
        Dtype::F32 => (number as f32).to_le_bytes().to_vec(),
        _ => number.to_le_bytes().to_vec(),
    })
}

/// A float by its bits in hexadecimal digits, as NaNs of a certain kind are written.
fn bits(dtype: Dtype, text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 2 * dtype.size())?;
    let bits = u64::from_str_radix(digits, 16).ok()?;
    Some(bits.to_le_bytes()[..dtype.size()].to_vec())
}

fn integer(dtype: Dtype, given: &Value) -> Option<Vec<u8>> {
    let number = match given {
        Value::Bool(is) => i128::from(*is),
        Value::Number(number) => {
            let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            whole.or_else(|| number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i128))?
        }
        _ => return None,
    };
    let bits = 8 * dtype.size() as u32;
    let (least, most) = match dtype {
        Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        Dtype::Bool => (0, 1),
        _ => (0, (1_i128 << bits) - 1),
    };
    (least..=most).contains(&number).then(|| number.to_le_bytes()[..dtype.size()].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_value_or_are_refused() {
        let check = |dtype: Dtype, given: &str, expected: Option<&[u8]>| {
            let given: Value = serde_json::from_str(given).unwrap();
            assert_eq!(number(dtype, &given).as_deref(), expected, "{given}");
        };
        check(Dtype::F32, "1.5", Some(&1.5_f32.to_le_bytes()));
        check(Dtype::F32, "\"0x7fc00001\"", Some(&[1, 0, 0xC0, 0x7F]));
        check(Dtype::F32, "\"0x7fc0\"", None);
        check(Dtype::F32, "\"-Infinity\"", Some(&f32::NEG_INFINITY.to_le_bytes()));
        check(Dtype::F64, "\"1\"", None);
        check(Dtype::U64, "18446744073709551615", Some(&[0xFF; 8]));
        check(Dtype::I64, "-9223372036854775808", Some(&i64::MIN.to_le_bytes()));
        check(Dtype::I64, "9007199254740993", Some(&9_007_199_254_740_993_i64.to_le_bytes()));
        check(Dtype::U8, "-1", None);
        check(Dtype::U8, "256", None);
        check(Dtype::I16, "2.0", Some(&[2, 0]));
        check(Dtype::I16, "2.5", None);
        check(Dtype::Bool, "true", Some(&[1]));
        check(Dtype::Bool, "[]", None);
    }
}
