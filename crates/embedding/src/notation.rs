//! Numbers as people write them in tables: missing values, separators between thousands, decimal
//! commas, percent signs.
//!
//! A column is read as a whole. The plain notation of programming languages is tried first; another
//! one is used only if it fits every value. If two notations fit and give different numbers
//! (`1,234` is 1234 or 1.234), the column stays text.

use std::fmt;

use crate::dates;

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Notation {
    /// The decimal separator: `.` or `,`.
    pub decimal: char,
    /// The separator between thousands. A space stands for every kind of space, and `'` for every
    /// apostrophe.
    pub thousands: Option<char>,
    /// Whether a percent sign follows each number. The number is the one before the sign.
    pub percent: bool,
}

/// Why a column that looks like numbers stays text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Two notations fit and give different numbers.
    Ambiguous {
        /// The code of the first value for which they do.
        code: u32,
    },
    /// Most values are numbers; the one of this code is the first that is not, or is in another
    /// notation.
    Mixed {
        /// The code of that value.
        code: u32,
    },
}

/// What the values of a column are read as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// For each value its number, NaN if it is missing.
    Numbers(Vec<f64>, Notation),
    /// For each value its moment, NaN if it is missing.
    Dates(Vec<f64>),
    /// Text, and the reason if it might have been numbers.
    Text(Option<Doubt>),
}

impl Notation {
    /// The notation of programming languages: `-1234.5e6`.
    pub const PLAIN: Self = Self { decimal: '.', thousands: None, percent: false };

    /// All others, those with the fewest features first.
    const OTHERS: [Self; 7] = {
        const fn of(decimal: char, thousands: Option<char>) -> Notation {
            Notation { decimal, thousands, percent: false }
        }
        [
            of(',', None),
            of('.', Some(',')),
            of(',', Some('.')),
            of('.', Some(' ')),
            of(',', Some(' ')),
            of('.', Some('\'')),
            of(',', Some('\'')),
        ]
    };

    /// All notations: the plain one first, and those with fewer features before others.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        let percent = |notation: Self| Self { percent: true, ..notation };
        let plain = [Self::PLAIN].into_iter();
        plain.clone().chain(Self::OTHERS).chain(plain.chain(Self::OTHERS).map(percent))
    }

    /// The number in `text`, which may be surrounded by white space. Returns `None` if it is not a
    /// number in this notation. `NaN` and `inf` are numbers, and a minus sign may be U+2212.
    ///
    /// ```
    /// use parallax_embedding::Notation;
    ///
    /// assert_eq!(Notation::PLAIN.parse(" -1.5e3 "), Some(-1500.0));
    /// assert_eq!(Notation::PLAIN.parse("1,5"), None);
    /// let german = Notation { decimal: ',', thousands: Some('.'), percent: false };
    /// assert_eq!(german.parse("1.234,5"), Some(1234.5));
    /// ```
    #[must_use]
    pub fn parse(self, text: &str) -> Option<f64> {
        if self == Self::PLAIN
            && let Ok(number) = text.parse()
        {
            return Some(number);
        }
        let text = text.trim();
        let text = if self.percent { text.strip_suffix('%')?.trim_end() } else { text };
        if self.decimal == '.' && self.thousands.is_none() {
            return if text.contains('−') { text.replace('−', "-").parse().ok() } else { text.parse().ok() };
        }
        // Most texts are recognized by their first character.
        if !text.starts_with(|c: char| c.is_ascii_digit() || "+-−.,iInN".contains(c)) {
            return None;
        }
        if !self.fits(text) {
            return None;
        }
        let plain: String = text.chars().filter_map(|c| self.plain(c)).collect();
        plain.parse().ok()
    }

    /// Whether `text` is a number in this notation, and not NaN, which is a missing value.
    #[must_use]
    pub fn reads(self, text: &str) -> bool {
        self.parse(text).is_some_and(|number| !number.is_nan())
    }

    /// Whether it is sure that separators between thousands are such, and not between the numbers
    /// of a list (`640 480`, `226,155,107`) or an address: their number varies, or a decimal part
    /// follows.
    #[must_use]
    pub fn is_sure<'a>(self, values: impl Iterator<Item = &'a str> + Clone) -> bool {
        if self.thousands.is_none_or(|separator| separator == '\'') {
            return true;
        }
        let numbers = values.filter(|text| self.reads(text));
        let count = |text: &str| text.trim().chars().filter(|&c| self.separates(c)).count();
        let mut counts = numbers.clone().map(count);
        let first = counts.next();
        counts.any(|count| Some(count) != first) || numbers.clone().any(|text| text.contains(self.decimal))
    }

    /// What a character becomes in the plain notation.
    fn plain(self, c: char) -> Option<char> {
        match c {
            _ if c == self.decimal => Some('.'),
            _ if self.separates(c) => None,
            '−' => Some('-'),
            _ => Some(c),
        }
    }

    fn separates(self, c: char) -> bool {
        match self.thousands {
            Some(' ') => matches!(c, ' ' | '\u{A0}' | '\u{2009}' | '\u{202F}'),
            Some('\'') => matches!(c, '\'' | '’'),
            other => other == Some(c),
        }
    }

    /// Whether separators are where they may be: three digits after each, one to three before the
    /// first, and no leading zero.
    fn fits(self, text: &str) -> bool {
        let unsigned = text.strip_prefix(['+', '-', '−']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once(self.decimal).unwrap_or((unsigned, ""));
        if fraction.contains(|c| self.separates(c) || c == '.' || c == ',') {
            return false;
        }
        let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let mut groups = whole.split(|c| self.separates(c));
        let first = groups.next().unwrap_or_default();
        let mut rest = groups.peekable();
        if rest.peek().is_none() {
            // Without separators there may be an exponent, or one of the words for infinity.
            return !first.contains(['.', ',']);
        }
        (1..=3).contains(&first.len())
            && !first.starts_with('0')
            && is_digits(first)
            && rest.all(|group| group.len() == 3 && is_digits(group))
    }
}

impl fmt::Display for Notation {
    /// Describes the notation, as in "commas as thousands separators".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousands = self.thousands.map(|separator| match separator {
            ',' => "commas as thousands separators",
            '.' => "points as thousands separators",
            ' ' => "spaces as thousands separators",
            _ => "apostrophes as thousands separators",
        });
        let decimal = (self.decimal == ',').then_some("decimal commas");
        let percent = self.percent.then_some("percent signs");
        let parts: Vec<&str> = [thousands, decimal, percent].into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "plain numbers" } else { "" })?;
        f.write_str(&parts.join(" and "))
    }
}

/// Whether `text` is one of the spellings of a missing value, such as `NaN`, `NA`, `null` or `-`.
/// Blank text is missing too.
///
/// They are those that pandas, R, SQL, Excel, C and the UCI repository write. In a column of texts
/// they may be words, so the other cells of the column decide.
#[must_use]
pub fn is_missing(text: &str) -> bool {
    const SPELLINGS: [&str; 24] = [
        "nan", "na", "n/a", "<na>", "none", "null", "-", "--", "nat", "nil", "missing", "?", ".", "n.a.", "#n/a",
        "#n/a n/a", "#na", "#value!", "#div/0!", "#num!", "1.#ind", "1.#qnan", "–", "—",
    ];
    let text = text.trim();
    if text.len() > 10 {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).filter(|rest| rest.len() > 2).unwrap_or(text);
    text.is_empty() || SPELLINGS.iter().any(|spelling| unsigned.eq_ignore_ascii_case(spelling))
}

/// Whether `text` is a number in some notation, or a word for NaN or infinity.
///
/// ```
/// use parallax_embedding::is_number;
///
/// assert!(["7", "1,5", "1 234", "12 %", "inf"].into_iter().all(is_number));
/// assert!(["", "-", "seven", "2024-01-01"].into_iter().all(|text| !is_number(text)));
/// ```
#[must_use]
pub fn is_number(text: &str) -> bool {
    Notation::PLAIN.parse(text).is_some()
        || (text.bytes().any(|byte| byte.is_ascii_digit())
            && Notation::all().any(|notation| notation.parse(text).is_some()))
}

/// The number in `text`, in the plain notation. Returns `None` for NaN, which is a missing value.
pub(crate) fn plain(text: &str) -> Option<f64> {
    Notation::PLAIN.parse(text).filter(|number| !number.is_nan())
}

/// The number of values that are read in every notation, before a notation is tried on all.
const SAMPLE: usize = 1000;

/// What `values` are read as. They are not numbers if all of them are missing.
pub(crate) fn read<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Reading {
    if let Some(numbers) = all(values.clone(), Notation::PLAIN) {
        return Reading::Numbers(numbers, Notation::PLAIN);
    }
    if let Some(moments) = dates::all(values.clone()) {
        return Reading::Dates(moments);
    }
    let mut found: Option<(Vec<f64>, Notation)> = None;
    for notation in Notation::all().skip(1).filter(|&notation| fits(values.clone().take(SAMPLE), notation)) {
        let Some(numbers) = all(values.clone(), notation) else { continue };
        match &found {
            None => found = Some((numbers, notation)),
            Some((known, _)) => {
                if let Some(code) = difference(known, &numbers) {
                    return Reading::Text(Some(Doubt::Ambiguous { code }));
                }
            }
        }
    }
    match found {
        Some((numbers, notation)) if !notation.is_sure(values.clone()) => {
            let code = numbers.iter().position(|number| !number.is_nan()).and_then(|code| u32::try_from(code).ok());
            Reading::Text(code.map(|code| Doubt::Ambiguous { code }))
        }
        Some((numbers, notation)) => Reading::Numbers(numbers, notation),
        None => Reading::Text(doubt(values)),
    }
}

fn fits<'a>(mut values: impl Iterator<Item = &'a str>, notation: Notation) -> bool {
    values.all(|text| notation.reads(text) || is_missing(text))
}

/// The numbers of `values`, if each is a number in `notation` or missing, and at least one is a
/// number.
fn all<'a>(values: impl Iterator<Item = &'a str>, notation: Notation) -> Option<Vec<f64>> {
    let number = |text: &str| match notation.parse(text) {
        Some(number) if !number.is_nan() => Some(number),
        _ => is_missing(text).then_some(f64::NAN),
    };
    let numbers: Vec<f64> = values.map(number).collect::<Option<_>>()?;
    numbers.iter().any(|number| !number.is_nan()).then_some(numbers)
}

/// The code of the first value whose numbers differ.
fn difference(a: &[f64], b: &[f64]) -> Option<u32> {
    let differs = |(a, b): (&f64, &f64)| a != b && !(a.is_nan() && b.is_nan());
    u32::try_from(a.iter().zip(b).position(differs)?).ok()
}

/// A column of which three quarters are numbers in some notation, but not all in the same one.
fn doubt<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<Doubt> {
    let any = |text: &str| {
        let bare = text.trim().trim_end_matches('%').trim_end();
        bare.contains(|c: char| c.is_ascii_digit()) && is_number(bare)
    };
    let sample = || values.clone().take(SAMPLE).enumerate().filter(|(_, text)| !is_missing(text));
    let (all, numbers) = sample().fold((0, 0), |(all, numbers), (_, text)| (all + 1, numbers + usize::from(any(text))));
    if 4 * numbers < 3 * all || numbers < 3 {
        return None;
    }
    // In the notation of the first number the others do not fit, or they are not numbers at all.
    let first = sample().find(|(_, text)| any(text))?.1;
    let percent = first.trim().ends_with('%');
    let candidates = || Notation::all().filter(|own| own.percent == percent);
    let fitting = |text: &str| candidates().any(|own| own.reads(first) && own.reads(text));
    let odd = sample().find(|(_, text)| !any(text)).or_else(|| sample().find(|(_, text)| !fitting(text)));
    let (code, _) = odd.or_else(|| sample().next())?;
    Some(Doubt::Mixed { code: u32::try_from(code).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the numbers of a column, `NaN` for a missing one, and how the notation is described.
    #[track_caller]
    fn check(values: &[&str], numbers: &[f64], notation: &str) {
        let Reading::Numbers(found, its) = read(values.iter().copied()) else {
            panic!("{values:?}: {:?}", read(values.iter().copied()))
        };
        assert!(difference(&found, numbers).is_none() && found.len() == numbers.len(), "{values:?}: {found:?}");
        assert_eq!(its.to_string(), notation, "{values:?}");
    }

    #[track_caller]
    fn text(values: &[&str], doubt: Option<Doubt>) {
        assert_eq!(read(values.iter().copied()), Reading::Text(doubt), "{values:?}");
    }

    const NAN: f64 = f64::NAN;

    #[test]
    fn missing_values_beside_numbers_have_many_spellings() {
        for spelling in [
            "nan", "NaN", "NAN", "-nan", "+nan", "NA", "na", "N/A", "n/a", "<NA>", "None", "none", "null", "NULL", "-",
            "--", "–", "—", " ", "\t", " - ", "#N/A", "#N/A N/A", "-1.#IND", "1.#QNAN", "NaT", ".", "?", "N.A.",
            "#DIV/0!",
        ] {
            check(&["1.5", spelling, "2"], &[1.5, NAN, 2.0], "plain numbers");
            text(&["one", spelling, "two"], None);
        }
        text(&["nan", "None"], None);
        text(&["", ""], None);
        text(&[], None);
    }

    #[test]
    fn infinities_are_numbers() {
        let (inf, minus) = (f64::INFINITY, f64::NEG_INFINITY);
        check(&["inf", "-inf", "Infinity", "+INF", "1e999", "0"], &[inf, minus, inf, inf, inf, 0.0], "plain numbers");
        check(&["1,5", "-inf"], &[1.5, minus], "decimal commas");
    }

    #[test]
    fn notations_are_those_that_fit_the_whole_column() {
        check(&["−5", "7", "−0.5"], &[-5.0, 7.0, -0.5], "plain numbers");
        check(&["007", "1e3", "+5", ".5", "5.", " 7 "], &[7.0, 1000.0, 5.0, 0.5, 5.0, 7.0], "plain numbers");
        check(&["1,234,567", "89"], &[1_234_567.0, 89.0], "commas as thousands separators");
        check(&["1,234.5", "-999", "12,345"], &[1234.5, -999.0, 12345.0], "commas as thousands separators");
        check(&["1.234.567", "89"], &[1_234_567.0, 89.0], "points as thousands separators and decimal commas");
        check(&["1.234,5", "−7"], &[1234.5, -7.0], "points as thousands separators and decimal commas");
        check(&["3,15", "1.000,5", "NA"], &[3.15, 1000.5, NAN], "points as thousands separators and decimal commas");
        check(&["3,15", "2", "-0,5"], &[3.15, 2.0, -0.5], "decimal commas");
        check(&["0,123", "1,234"], &[0.123, 1.234], "decimal commas");
        check(&["1234,567", "1,5e3"], &[1234.567, 1500.0], "decimal commas");
        check(&["1 234 567", "12"], &[1_234_567.0, 12.0], "spaces as thousands separators");
        check(&["1\u{202F}234,5", "12"], &[1234.5, 12.0], "spaces as thousands separators and decimal commas");
        check(&["1'234.50", "7"], &[1234.5, 7.0], "apostrophes as thousands separators");
        check(&["12.5 %", "3%", "-"], &[12.5, 3.0, NAN], "percent signs");
        check(&["12,5 %", "3%"], &[12.5, 3.0], "decimal commas and percent signs");
        check(&["1e−5", "−2"], &[1e-5, -2.0], "plain numbers");
        check(&["1'234", "5'678"], &[1234.0, 5678.0], "apostrophes as thousands separators");
        check(&["1,234,567%", "3%"], &[1_234_567.0, 3.0], "commas as thousands separators and percent signs");
        // A point is a decimal point unless something contradicts it.
        check(&["1.234", "2.345"], &[1.234, 2.345], "plain numbers");
    }

    #[test]
    fn unclear_columns_stay_text_and_say_why() {
        text(&["1,234", "5,678"], Some(Doubt::Ambiguous { code: 0 }));
        text(&["567", "1,234", "NA"], Some(Doubt::Ambiguous { code: 1 }));
        text(&["12,345%"], Some(Doubt::Ambiguous { code: 0 }));
        for list in [["640 480", "800 600"], ["226,155,107", "12,200,100"], ["10.168.100.200", "10.155.100.201"]] {
            text(&list, Some(Doubt::Ambiguous { code: 0 }));
        }
        text(&["1", "2", "3", "4", "x"], Some(Doubt::Mixed { code: 4 }));
        text(&["1", "2", "3", "40 %"], Some(Doubt::Mixed { code: 3 }));
        text(&["1,234,567", "3,14", "2", "5"], Some(Doubt::Mixed { code: 1 }));
        text(&["1,23,456", "2", "3", "1,5,6"], None);
        text(&["12,34,567", "1", "2", "3"], Some(Doubt::Mixed { code: 0 }));
        text(&["1", "2", "x"], None);
        text(&["a", "b", "1"], None);
        text(&["2024-01-01", "2024-01-02", "2024-01-03", "soon"], None);
        text(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], None);
        text(&["%", "%", "%"], None);
    }
}
