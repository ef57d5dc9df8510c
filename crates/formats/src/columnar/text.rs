//! Values as text: dates and times as ISO 8601, decimal numbers with all digits, floats as Python
//! writes them. NaN is a missing value.

use std::fmt::{Debug, Display, Write as _};

use arrow_array::{
    Array, ArrowPrimitiveType,
    cast::AsArray,
    temporal_conversions as time,
    types::{
        Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType,
        DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type,
        Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType,
        Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
        TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};

use super::nested;

/// Whether values of this type have a text.
pub(super) fn are_shown(data: &DataType) -> bool {
    match data {
        DataType::Dictionary(_, values) => are_shown(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Interval(_) => false,
        data => data.is_temporal() || data.is_decimal() || nested::number(data).is_some(),
    }
}

/// Writes the text of a row's value, and returns whether there is one.
type Show<'a> = Box<dyn Fn(usize, &mut String) -> bool + 'a>;

/// The texts of an array.
pub(super) struct Cells<'a> {
    array: &'a dyn Array,
    show: Show<'a>,
}

impl<'a> Cells<'a> {
    pub(super) fn of(array: &'a dyn Array) -> Self {
        Self { array, show: show(array) }
    }

    /// Writes the text of a row's value, and returns whether there is one.
    pub(super) fn write(&self, row: usize, out: &mut String) -> bool {
        self.array.is_valid(row) && (self.show)(row, out)
    }
}

fn show(array: &dyn Array) -> Show<'_> {
    match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            Box::new(|row, out| written(out, texts.value(row)))
        }
        DataType::LargeUtf8 => {
            let texts = array.as_string::<i64>();
            Box::new(|row, out| written(out, texts.value(row)))
        }
        DataType::Utf8View => {
            let texts = array.as_string_view();
            Box::new(|row, out| written(out, texts.value(row)))
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(|row, out| written(out, if values.value(row) { "True" } else { "False" }))
        }
        DataType::Int8 => whole::<Int8Type>(array),
        DataType::UInt8 => whole::<UInt8Type>(array),
        DataType::Int16 => whole::<Int16Type>(array),
        DataType::UInt16 => whole::<UInt16Type>(array),
        DataType::Int32 => whole::<Int32Type>(array),
        DataType::UInt32 => whole::<UInt32Type>(array),
        DataType::Int64 => whole::<Int64Type>(array),
        DataType::UInt64 => whole::<UInt64Type>(array),
        DataType::Float16 => each::<Float16Type>(array, |value, out| float(value.to_f32(), out)),
        DataType::Float32 => each::<Float32Type>(array, float),
        DataType::Float64 => each::<Float64Type>(array, float),
        DataType::Decimal32(digits, scale) => decimal::<Decimal32Type>(array, *digits, *scale),
        DataType::Decimal64(digits, scale) => decimal::<Decimal64Type>(array, *digits, *scale),
        DataType::Decimal128(digits, scale) => decimal::<Decimal128Type>(array, *digits, *scale),
        DataType::Decimal256(digits, scale) => decimal::<Decimal256Type>(array, *digits, *scale),
        DataType::Date32 => {
            each::<Date32Type>(array, |days, out| debug(time::date32_to_datetime(days).map(|time| time.date()), out))
        }
        DataType::Date64 => moment::<Date64Type>(array, 1000, None),
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref();
            match unit {
                TimeUnit::Second => moment::<TimestampSecondType>(array, 1, zone),
                TimeUnit::Millisecond => moment::<TimestampMillisecondType>(array, 1000, zone),
                TimeUnit::Microsecond => moment::<TimestampMicrosecondType>(array, 1_000_000, zone),
                TimeUnit::Nanosecond => moment::<TimestampNanosecondType>(array, 1_000_000_000, zone),
            }
        }
        DataType::Time32(TimeUnit::Second) => clock::<Time32SecondType>(array),
        DataType::Time32(_) => clock::<Time32MillisecondType>(array),
        DataType::Time64(TimeUnit::Microsecond) => clock::<Time64MicrosecondType>(array),
        DataType::Time64(_) => clock::<Time64NanosecondType>(array),
        DataType::Duration(TimeUnit::Second) => span::<DurationSecondType>(array),
        DataType::Duration(TimeUnit::Millisecond) => span::<DurationMillisecondType>(array),
        DataType::Duration(TimeUnit::Microsecond) => span::<DurationMicrosecondType>(array),
        DataType::Duration(TimeUnit::Nanosecond) => span::<DurationNanosecondType>(array),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = Cells::of(&**dictionary.values());
            // Without values, all rows are missing.
            let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
            Box::new(move |row, out| keys.get(row).is_some_and(|&key| values.write(key, out)))
        }
        _ => Box::new(|_, _| false),
    }
}

fn written(out: &mut String, text: &str) -> bool {
    out.push_str(text);
    true
}

fn each<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    show: impl Fn(T::Native, &mut String) -> bool + 'a,
) -> Show<'a> {
    let values = array.as_primitive::<T>();
    Box::new(move |row, out| show(values.value(row), out))
}

fn whole<T: ArrowPrimitiveType<Native: Display>>(array: &dyn Array) -> Show<'_> {
    each::<T>(array, |value, out| write!(out, "{value}").is_ok())
}

fn float<T: Debug + PartialEq>(value: T, out: &mut String) -> bool {
    #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
    let is_number = value == value;
    is_number && write!(out, "{value:?}").is_ok()
}

fn decimal<T: DecimalType + ArrowPrimitiveType>(array: &dyn Array, digits: u8, scale: i8) -> Show<'_> {
    each::<T>(array, move |value, out| written(out, &T::format_decimal(value, digits, scale)))
}

/// Dates and times are written as their `Debug` does, which is ISO 8601. Those beyond the calendar
/// have no text.
fn debug(value: Option<impl Debug>, out: &mut String) -> bool {
    value.is_some_and(|value| write!(out, "{value:?}").is_ok())
}

/// Moments, of which a second has as many as `second`.
fn moment<'a, T: ArrowPrimitiveType<Native = i64>>(
    array: &'a dyn Array,
    second: i64,
    zone: Option<&'a str>,
) -> Show<'a> {
    let minutes = zone.map(|zone| offset(zone).unwrap_or(0));
    let shift = minutes.unwrap_or(0) * 60 * second;
    let suffix = match minutes {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(minutes) => {
            let (sign, size) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
            format!("{sign}{:02}:{:02}", size / 60, size % 60)
        }
    };
    each::<T>(array, move |value, out| {
        debug(value.checked_add(shift).and_then(time::as_datetime::<T>), out) && written(out, &suffix)
    })
}

/// The minutes that a time zone such as `+02:00` is ahead. Returns `None` if it has a name: names
/// would need a database of them.
fn offset(zone: &str) -> Option<i64> {
    let (sign, size) = match zone.split_at_checked(1)? {
        ("+", size) => (1, size),
        ("-", size) => (-1, size),
        _ => return None,
    };
    let digits: String = size.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { minutes.parse::<i64>().ok()? };
    let hours: i64 = hours.parse().ok()?;
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (60 * hours + minutes))
}

/// Whether a time zone has a name other than that of UTC.
pub(super) fn is_named(zone: &str) -> bool {
    offset(zone).is_none() && !matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Z")
}

fn clock<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array) -> Show<'_> {
    each::<T>(array, |value, out| debug(time::as_time::<T>(value.into()), out))
}

fn span<T: ArrowPrimitiveType<Native = i64>>(array: &dyn Array) -> Show<'_> {
    each::<T>(array, |value, out| time::as_duration::<T>(value).is_some_and(|span| write!(out, "{span}").is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_told_from_names() {
        let check = |zone: &str, expected| assert_eq!(offset(zone), expected, "{zone}");
        check("+02:00", Some(120));
        check("-0530", Some(-330));
        check("+09", Some(540));
        for zone in ["", "+", "UTC", "Europe/Berlin", "+2", "+25:00", "+01:75", "\u{e9}+02:00", "+\u{e9}2"] {
            check(zone, None);
        }
        assert!(is_named("Europe/Berlin") && !is_named("UTC") && !is_named("+02:00"));
    }
}
