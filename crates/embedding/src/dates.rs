//! Dates and times of ISO 8601: read from text, and the calendar they are in.
//!
//! A date has a year, a year and a month, or a year, a month, and a day; a time may follow, after a
//! `T` or a space, and a time zone after that. The calendar is the Gregorian one, also before it
//! was introduced.

use crate::notation::is_missing;

/// The seconds of a day.
pub const DAY: i64 = 86_400;

/// The days of 400 years, after which the calendar is the same again.
pub const ERA: i64 = 146_097;

/// The days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

/// The day of a date, counted from 1970-01-01. The month may be beyond a year, and the day beyond
/// a month.
///
/// ```
/// use parallax_embedding::dates::{civil, day_of};
///
/// assert_eq!((day_of(1970, 1, 1), day_of(2024, 2, 29)), (0, 19_782));
/// assert_eq!(day_of(2023, 14, 1), day_of(2024, 2, 1));
/// assert_eq!(civil(19_782), (2024, 2, 29));
/// ```
#[must_use]
pub fn day_of(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with the day that leap years add.
    let (year, month) = (year + (month - 3).div_euclid(12), (month - 3).rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// The year, month, and day of a day that is counted from 1970-01-01.
#[must_use]
pub fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + DAYS_TO_1970;
    let (era, of_era) = (day.div_euclid(ERA), day.rem_euclid(ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

/// The seconds from the beginning of 1970 to a date, or a date and a time, in UTC if it has a time
/// zone. Returns `None` if `text` is none.
///
/// ```
/// use parallax_embedding::dates::moment;
///
/// assert_eq!(moment("1970-01-02"), Some(86_400.0));
/// assert_eq!(moment("1970-01-01T01:00:00.5+01:00"), Some(0.5));
/// assert_eq!(moment("1970-02-30"), None);
/// ```
#[must_use]
pub fn moment(text: &str) -> Option<f64> {
    parse(text).map(|(seconds, _)| seconds)
}

/// Whether a date has a time, and in which zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    None,
    Local,
    Zoned,
}

fn parse(text: &str) -> Option<(f64, Clock)> {
    let text = text.trim();
    let (year, mut rest) = year(text)?;
    let (mut month, mut day) = (1, 1);
    if let Some(after) = rest.strip_prefix('-') {
        (month, rest) = two(after)?;
        if let Some(after) = rest.strip_prefix('-') {
            (day, rest) = two(after)?;
        } else if !rest.is_empty() {
            return None;
        }
    }
    let number = day_of(year, month, day);
    if civil(number) != (year, month, day) {
        return None;
    }
    let midnight = (number * DAY) as f64;
    match rest.strip_prefix(['T', 't', ' ']) {
        None => rest.is_empty().then_some((midnight, Clock::None)),
        Some(clock) => {
            let (seconds, zone) = time(clock)?;
            Some((midnight + seconds, zone))
        }
    }
}

/// A year of four digits, or of more with a sign.
fn year(text: &str) -> Option<(i64, &str)> {
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let is_signed = unsigned.len() < text.len();
    // Years beyond are not told apart in seconds.
    if digits != 4 && !(is_signed && (4..=9).contains(&digits)) {
        return None;
    }
    Some((sign * unsigned[..digits].parse::<i64>().ok()?, &unsigned[digits..]))
}

/// Two digits, and what follows.
fn two(text: &str) -> Option<(i64, &str)> {
    let digits = text.get(..2)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some((digits.parse().ok()?, &text[2..]))
}

/// The seconds since midnight of a time such as `12:30:00.250Z`, less the offset of its zone.
fn time(text: &str) -> Option<(f64, Clock)> {
    let (hour, rest) = two(text)?;
    let (minute, mut rest) = two(rest.strip_prefix(':')?)?;
    let (mut second, mut fraction) = (0, 0.0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = two(after)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            fraction = format!("0.{}", after.get(..digits).filter(|text| !text.is_empty())?).parse().ok()?;
            rest = &after[digits..];
        }
    }
    // A second of 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (offset, clock) = zone(rest.trim_start())?;
    Some(((hour * 3600 + minute * 60 + second - offset) as f64 + fraction, clock))
}

/// The offset of a time zone in seconds.
fn zone(text: &str) -> Option<(i64, Clock)> {
    if text.is_empty() {
        return Some((0, Clock::Local));
    }
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some((0, Clock::Zoned));
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = two(&text[1..])?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() { (0, rest) } else { two(rest)? };
    (rest.is_empty() && hours < 24 && minutes < 60).then_some((sign * (hours * 3600 + minutes * 60), Clock::Zoned))
}

/// The moments of `values`, NaN for those that are missing, if each other one is a date. Returns
/// `None` if some times have a zone and others do not: nobody knows which of them is first.
pub(crate) fn all<'a>(values: impl Iterator<Item = &'a str>) -> Option<Vec<f64>> {
    let (mut clocks, mut is_any) = ([false; 2], false);
    let one = |text: &str| match parse(text) {
        Some((seconds, clock)) => {
            is_any = true;
            clocks[0] |= clock == Clock::Local;
            clocks[1] |= clock == Clock::Zoned;
            Some(seconds)
        }
        None => is_missing(text).then_some(f64::NAN),
    };
    let moments: Vec<f64> = values.map(one).collect::<Option<_>>()?;
    (is_any && clocks != [true; 2]).then_some(moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python's `datetime` has them, and for the year before 0 NumPy's `datetime64`.
    #[test]
    fn moments_are_seconds_since_1970() {
        let check = |text: &str, seconds: f64| assert_eq!(moment(text), Some(seconds), "{text}");
        check("1970-01-01", 0.0);
        check("2024-02-29", 1_709_164_800.0);
        check("2024-02-29T12:30:15", 1_709_209_815.0);
        check("2024-02-29 12:30", 1_709_209_800.0);
        check("2024-02-29T12:30:15Z", 1_709_209_815.0);
        check("2024-02-29T12:30:15+05:30", 1_709_190_015.0);
        check("2024-02-29T12:30:15-0800", 1_709_238_615.0);
        check("1969-12-31T23:59:59.250", -0.75);
        check("1912-04-15", -1_821_312_000.0);
        check("2001-05", 988_675_200.0);
        check("2001", 978_307_200.0);
        check(" 2024-02-29 ", 1_709_164_800.0);
        check("-0001-12-31", -62_167_305_600.0);
    }

    #[test]
    fn texts_that_are_no_dates_are_refused() {
        for text in [
            "",
            "x",
            "24-02-29",
            "2024-02-30",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-2-9",
            "2024/02/29",
            "20240229",
            "2024-02-29T",
            "2024-02-29T25:00",
            "2024-02-29T12:60",
            "2024-02-29T12",
            "2024-02-29T12:30 CET",
            "2024-02-29T12:30+5",
            "2024-02-29x",
            "12:30",
            "1234-5678",
            "2024-02-29T12:30:15.",
            "2024-0\u{e9}",
        ] {
            assert_eq!(moment(text), None, "{text:?}");
        }
    }

    /// The next day is never more than a step away, over 800 years.
    #[test]
    fn calendar_goes_on_day_by_day() {
        let mut before = civil(day_of(1600, 1, 1));
        assert_eq!(before, (1600, 1, 1));
        for day in day_of(1600, 1, 1) + 1..day_of(2400, 1, 1) {
            let (year, month, date) = civil(day);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let next = match before {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if day == length[month as usize - 1] => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
            assert_eq!((year, month, date), next);
            assert_eq!(day_of(year, month, date), day);
            before = next;
        }
    }

    #[test]
    fn column_is_of_dates_if_all_are() {
        let read = |values: &[&str]| all(values.iter().copied());
        assert_eq!(read(&["1970-01-02", "NaT", "1970-01"]).unwrap()[0], 86_400.0);
        assert!(read(&["1970-01-02", "NA"]).unwrap()[1].is_nan());
        assert_eq!(read(&["1970", "1970-01-01T00:00:00"]), Some(vec![0.0; 2]));
        assert_eq!(read(&["1970-01-02", "soon"]), None);
        assert_eq!(read(&["NA", "-"]), None);
        // A day beside times in a zone is one in UTC; times with and without a zone are not sorted.
        assert!(read(&["1970-01-02", "1970-01-02T00:00:00Z"]).is_some());
        assert_eq!(read(&["1970-01-02T00:00:00", "1970-01-02T00:00:00Z"]), None);
    }
}
