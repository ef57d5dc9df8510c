//! What the values of a column are, for formats that keep types.

use parallax_embedding::Column;

use super::are_f64;
use crate::dates;

/// What all values of a column are, by their texts: each is spelled as it is read back.
pub(crate) enum Typed {
    Signed,
    Unsigned,
    Float,
    Bool,
    Days,
    Moments(Moments),
    Text,
}

impl Typed {
    pub(crate) fn of(column: &Column) -> Self {
        let values = column.values();
        let all = |is: &dyn Fn(&str) -> bool| !values.is_empty() && values.iter().all(is);
        // `007` is a text.
        let is_signed = |text: &str| text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
        let is_unsigned = |text: &str| text.parse::<u64>().is_ok_and(|number| number.to_string() == text);
        if all(&is_signed) {
            Self::Signed
        } else if all(&is_unsigned) {
            Self::Unsigned
        } else if are_f64(column) {
            Self::Float
        } else if all(&|text| truth(text).is_some()) {
            Self::Bool
        } else if all(&|text| dates::day(text).is_some()) {
            Self::Days
        } else {
            Moments::of(column).map_or(Self::Text, Self::Moments)
        }
    }
}

/// A truth value as it is read back.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

/// How dates with times are stored.
pub(crate) struct Moments {
    /// Whether some have more digits than microseconds.
    pub(crate) are_nanoseconds: bool,
    /// Whether they are in UTC, not without a time zone.
    pub(crate) are_in_utc: bool,
}

impl Moments {
    /// Returns `None` if some values are others, or beyond the range of the type.
    fn of(column: &Column) -> Option<Self> {
        let (mut are_nanoseconds, mut are_in_utc) = (false, None);
        for text in column.values().iter() {
            let (nanoseconds, zone) = dates::moment(text)?;
            are_nanoseconds |= nanoseconds % 1000 != 0;
            let is_in_utc = zone == "Z";
            if !(is_in_utc || zone.is_empty()) || *are_in_utc.get_or_insert(is_in_utc) != is_in_utc {
                return None;
            }
        }
        let moments = Self { are_nanoseconds, are_in_utc: are_in_utc? };
        column.values().iter().all(|text| moments.count(text).is_some()).then_some(moments)
    }

    /// The microseconds, or nanoseconds, of a text since 1970 began.
    pub(crate) fn count(&self, text: &str) -> Option<i64> {
        let (nanoseconds, _) = dates::moment(text)?;
        i64::try_from(if self.are_nanoseconds { nanoseconds } else { nanoseconds / 1000 }).ok()
    }
}
