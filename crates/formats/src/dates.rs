//! Dates and times as ISO 8601 text: written from what files count since 1970, and read back.
//!
//! A time has no fraction of a second, or one of 3, 6, or 9 digits (or more, up to 18), as few as
//! hold it. Years before 0 and after 9999 have a sign.

use std::fmt::Write as _;

use parallax_embedding::dates::{ERA, civil, day_of};

/// What dates and durations are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// This many years.
    Years(u32),
    /// This many months.
    Months(u32),
    /// This many days.
    Days(u32),
    /// This many seconds, divided by ten to this power.
    Seconds(u64, u32),
}

/// The value that stands for a missing one.
const MISSING: i64 = i64::MIN;

const DAY: i128 = 86_400;

impl Step {
    /// The step with NumPy's name for it, such as `D`, or `25s` for 25 seconds.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        let (times, unit) = name.split_at(digits);
        let times: u32 = if times.is_empty() { 1 } else { times.parse().ok()? };
        let seconds = |seconds: u64, digits| Self::Seconds(u64::from(times) * seconds, digits);
        Some(match unit {
            "Y" => Self::Years(times),
            "M" => Self::Months(times),
            "W" => Self::Days(times.checked_mul(7)?),
            "D" => Self::Days(times),
            "h" => seconds(3600, 0),
            "m" => seconds(60, 0),
            "s" => seconds(1, 0),
            "ms" => seconds(1, 3),
            "us" => seconds(1, 6),
            "ns" => seconds(1, 9),
            "ps" => seconds(1, 12),
            "fs" => seconds(1, 15),
            "as" => seconds(1, 18),
            _ => return None,
        })
    }

    /// Writes the date, or the date and the time, that is `count` steps after 1970 began. Writes
    /// nothing if it is missing.
    pub(crate) fn write_date(self, count: i64, out: &mut String) {
        if count == MISSING {
            return;
        }
        let count = i128::from(count);
        match self {
            Self::Years(times) => write_year(1970 + count * i128::from(times), out),
            Self::Months(times) => {
                let months = count * i128::from(times);
                write_year(1970 + months.div_euclid(12), out);
                append(out, format_args!("-{:02}", months.rem_euclid(12) + 1));
            }
            Self::Days(times) => write_day(count * i128::from(times), out),
            Self::Seconds(times, digits) => write_moment(count * i128::from(times), digits, out),
        }
    }

    /// Writes how long `count` steps take. Writes nothing if it is missing.
    pub(crate) fn write_duration(self, count: i64, out: &mut String) {
        if count == MISSING {
            return;
        }
        let sign = if count < 0 { "-" } else { "" };
        let count = i128::from(count).abs();
        match self {
            _ if count == 0 => out.push_str("P0D"),
            Self::Years(times) => append(out, format_args!("{sign}P{}Y", count * i128::from(times))),
            Self::Months(times) => append(out, format_args!("{sign}P{}M", count * i128::from(times))),
            Self::Days(times) => append(out, format_args!("{sign}PT{}S", count * i128::from(times) * DAY)),
            Self::Seconds(times, digits) => {
                let (parts, second) = (count * i128::from(times), 10_i128.pow(digits));
                append(out, format_args!("{sign}PT{}", parts / second));
                if parts % second != 0 {
                    let text = format!("{:0width$}", parts % second, width = digits as usize);
                    append(out, format_args!(".{}", text.trim_end_matches('0')));
                }
                out.push('S');
            }
        }
    }
}

/// The day that a text such as `2024-02-29` is, counted from 1970-01-01. Returns `None` for a text
/// that is not written so.
pub(crate) fn day(text: &str) -> Option<i32> {
    let [year, month, day] = [number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?].map(i64::from);
    let day = day_of(year, month, day);
    is_spelled(text, |out| write_day(day.into(), out)).then_some(day as i32)
}

/// The nanoseconds since 1970 began of a text such as `2024-02-29T12:30:00.250`, and what follows
/// in it: the time zone. Returns `None` for a text that is not written so.
pub(crate) fn moment(text: &str) -> Option<(i128, &str)> {
    let day = day(text.get(..10)?)?;
    let [hour, minute, second] = [number(text, 11..13)?, number(text, 14..16)?, number(text, 17..19)?];
    let fraction = text.get(19..)?.strip_prefix('.').unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (own, zone) = text.split_at_checked(if digits > 0 { 20 + digits } else { 19 })?;
    let parts: i128 = format!("{:0<9}", fraction.get(..digits)?).parse().ok()?;
    let seconds = i128::from(day) * DAY + i128::from(hour * 3600 + minute * 60 + second);
    let moment = seconds * 1_000_000_000 + parts;
    is_spelled(own, |out| write_moment(moment, 9, out)).then_some((moment, zone))
}

/// Whether what `write` writes is `text`.
fn is_spelled(text: &str, write: impl FnOnce(&mut String)) -> bool {
    let mut own = String::new();
    write(&mut own);
    own == text
}

/// The digits in `range` as a number.
fn number(text: &str, range: std::ops::Range<usize>) -> Option<i32> {
    let digits = text.get(range).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

/// Writes the time that is `parts` of a second, divided by ten to the power of `digits`, after 1970
/// began.
fn write_moment(parts: i128, digits: u32, out: &mut String) {
    let second = 10_i128.pow(digits);
    let (seconds, parts) = (parts.div_euclid(second), parts.rem_euclid(second));
    let (day, seconds) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    write_day(day, out);
    append(out, format_args!("T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    if parts != 0 {
        let text = format!("{parts:0width$}", width = digits as usize);
        let length = text.trim_end_matches('0').len().next_multiple_of(3).min(text.len());
        append(out, format_args!(".{}", &text[..length]));
    }
}

/// Writes the day that is `day` days after 1970-01-01.
fn write_day(day: i128, out: &mut String) {
    // The calendar is the same every 400 years, and dates of NumPy go beyond the days of an i64.
    let (era, day) = (day.div_euclid(ERA.into()), day.rem_euclid(ERA.into()));
    let (year, month, day) = civil(day as i64);
    write_year(era * 400 + i128::from(year), out);
    append(out, format_args!("-{month:02}-{day:02}"));
}

fn write_year(year: i128, out: &mut String) {
    if (0..=9999).contains(&year) {
        append(out, format_args!("{year:04}"));
    } else {
        append(out, format_args!("{year:+05}"));
    }
}

fn append(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).unwrap_or_default(); // memory takes all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(step: &str, count: i64) -> String {
        let mut text = String::new();
        Step::named(step).unwrap().write_date(count, &mut text);
        text
    }

    fn duration(step: &str, count: i64) -> String {
        let mut text = String::new();
        Step::named(step).unwrap().write_duration(count, &mut text);
        text
    }

    /// As `numpy.datetime_as_string` has them, but for zeros at the end of fractions.
    #[test]
    fn dates_are_written_by_their_step() {
        assert_eq!(date("Y", 31), "2001");
        assert_eq!(date("M", -1), "1969-12");
        assert_eq!(date("D", 0), "1970-01-01");
        assert_eq!(date("D", 19_782), "2024-02-29");
        assert_eq!(date("D", -25_509), "1900-02-28");
        assert_eq!(date("D", -25_508), "1900-03-01");
        assert_eq!(date("W", 1), "1970-01-08");
        assert_eq!(date("D", -719_529), "-0001-12-31");
        assert_eq!(date("D", 2_932_897), "+10000-01-01");
        assert_eq!(date("h", 25), "1970-01-02T01:00:00");
        assert_eq!(date("25s", 2), "1970-01-01T00:00:50");
        assert_eq!(date("ms", -1), "1969-12-31T23:59:59.999");
        assert_eq!(date("us", 250_000), "1970-01-01T00:00:00.250");
        assert_eq!(date("ns", 1_500), "1970-01-01T00:00:00.000001500");
        assert_eq!(date("as", 1), "1970-01-01T00:00:00.000000000000000001");
        assert_eq!(date("ns", i64::MIN), "");
        for unit in ["Y", "M", "W", "D", "h", "s", "as"] {
            assert!(!date(unit, i64::MAX).is_empty() && !date(unit, i64::MIN + 1).is_empty());
        }
        assert_eq!(["", "x", "4", "99999999999s"].map(Step::named), [None; 4]);
    }

    #[test]
    fn durations_are_written_by_their_step() {
        assert_eq!(duration("Y", 3), "P3Y");
        assert_eq!(duration("M", -14), "-P14M");
        assert_eq!(duration("D", 2), "PT172800S");
        assert_eq!(duration("ms", 1_250), "PT1.25S");
        assert_eq!(duration("s", 0), "P0D");
        assert_eq!(duration("s", i64::MIN), "");
    }

    #[test]
    fn texts_are_read_if_they_would_be_written_so() {
        for day_of in (-719_528..2_932_897).step_by(977) {
            assert_eq!(day(&date("D", day_of)), Some(day_of as i32));
        }
        for bad in
            ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-01", "2024-01-01 ", "+024-01-01", "2024/01/01", ""]
        {
            assert_eq!(day(bad), None, "{bad}");
        }
        assert_eq!(moment("1970-01-01T00:00:01"), Some((1_000_000_000, "")));
        assert_eq!(moment("1969-12-31T23:59:59.999Z"), Some((-1_000_000, "Z")));
        assert_eq!(moment("1970-01-01T00:00:00.000000250+02:00"), Some((250, "+02:00")));
        for bad in [
            "1970-01-01 00:00:01",
            "1970-01-01T24:00:00",
            "1970-01-01T00:60:00",
            "1970-01-01T00:00:60",
            "1970-01-01T00:00:00.5",
            "1970-01-01T00:00:00.500000",
            "1970-01-01T00:00:00.1234567891",
            "1970-01-01T00:00:0\u{e9}",
            "1970-01-01T00:00",
        ] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }
}
