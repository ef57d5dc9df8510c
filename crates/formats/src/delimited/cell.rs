//! A vector in one cell: `[0.1, 0.2]` as JSON and Python print it, `[0.1 0.2]` as NumPy does, also
//! over several lines, `(0.1, 0.2)`, `array([0.1, 0.2], dtype=float32)`, `{0.1,0.2}` as databases
//! do, or `0.1 0.2`, `0.1;0.2`, `0.1|0.2` without brackets.

use parallax_embedding::{Notation, is_missing};

/// What a cell looks like as a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// This many numbers.
    Vector(usize),
    /// The beginning and the end of a vector: `[0.1 0.2 ... 0.9]`.
    CutShort,
    /// Numbers with commas between other separators, `0,5;0,7`: vectors with decimal commas, or
    /// pairs.
    Unclear,
    /// Anything else.
    Other,
}

/// Without brackets, this many whole numbers are a vector; fewer may be a date, a time or a
/// position.
const MANY: usize = 8;

/// What `cell` looks like.
pub(super) fn look(cell: &str) -> Look {
    // Avoids parsing each of a million labels.
    if !cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return Look::Other;
    }
    let list = List::of(cell);
    if list.is_cut_short() {
        return if list.is_bracketed { Look::CutShort } else { Look::Other };
    }
    let (mut count, mut fractions) = (0, 0);
    for element in list.elements() {
        if list.number(element).is_none() {
            return if list.has_commas_inside() { Look::Unclear } else { Look::Other };
        }
        count += 1;
        fractions += usize::from(element.contains(['.', 'e', 'E']));
    }
    let is_vector = if list.is_bracketed {
        count > usize::from(list.is_amount())
    } else {
        count > 1 && (2 * fractions > count || count >= MANY)
    };
    if is_vector { Look::Vector(count) } else { Look::Other }
}

/// Why a cell is not a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    CutShort,
    NoNumber,
}

/// Passes each number in `cell` and its text to `out`. Returns how many there are: 0 if the cell is
/// empty.
pub(super) fn push(cell: &str, mut out: impl FnMut(f64, &str)) -> Result<usize, Refused> {
    let list = List::of(cell);
    if is_missing(cell) || list.text.is_empty() {
        return Ok(0);
    }
    if list.is_cut_short() {
        return Err(Refused::CutShort);
    }
    let mut count = 0;
    for element in list.elements() {
        out(list.number(element).ok_or(Refused::NoNumber)?, element);
        count += 1;
    }
    Ok(count)
}

/// The numbers of a cell, as one text.
#[derive(Debug, Clone, Copy)]
struct List<'a> {
    text: &'a str,
    /// The separator of its elements, or `None` if it is white space.
    separator: Option<char>,
    is_bracketed: bool,
    is_round: bool,
}

impl<'a> List<'a> {
    fn of(cell: &'a str) -> Self {
        let cell = without_call(cell.trim());
        let mut text = cell;
        while let Some(inner) = without_brackets(text) {
            text = inner;
        }
        let separator = [';', '|', ','].into_iter().find(|separator| text.contains(*separator));
        let text = separator.map_or(text, |separator| text.strip_suffix(separator).unwrap_or(text).trim_end());
        Self {
            text,
            separator,
            is_round: cell.starts_with('('),
            is_bracketed: text.len() < cell.len() && cell.starts_with(['[', '(', '{']),
        }
    }

    /// Whether it is one number in round brackets, as accountants write negative amounts.
    fn is_amount(&self) -> bool {
        self.is_round && self.separator.is_none()
    }

    /// Whether it is numbers with one comma each at most, separated by something else.
    fn has_commas_inside(&self) -> bool {
        let is_end = |c: char| matches!(c, ';' | '|') || c.is_whitespace();
        let is_number = |element: &str| Notation::PLAIN.parse(&element.replacen(',', ".", 1)).is_some();
        let elements = || self.text.split(is_end).filter(|element| !element.is_empty());
        self.text.contains(',') && elements().count() > 1 && elements().all(is_number)
    }

    fn is_cut_short(&self) -> bool {
        self.text.contains("...") || self.text.contains('…')
    }

    fn elements(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (text, separator) = (self.text, self.separator);
        let is_end = move |c: char| separator.map_or(c.is_whitespace(), |separator| c == separator);
        text.split(is_end).map(str::trim).filter(move |element| separator.is_some() || !element.is_empty())
    }

    fn number(&self, element: &str) -> Option<f64> {
        if let Some(number) = Notation::PLAIN.parse(element) {
            return Some(number);
        }
        if !self.is_bracketed {
            return None;
        }
        // `None` and `null` in a list; `np.float32(0.1)` as NumPy 2 prints its numbers; numbers in
        // quotes.
        if !element.is_empty() && is_missing(element) {
            return Some(f64::NAN);
        }
        let inner = element.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        Notation::PLAIN.parse(inner.unwrap_or(element).trim_matches(['"', '\'']))
    }
}

/// Returns `[0.1, 0.2]` for `array([0.1, 0.2], dtype=float32)`, and for calls by other names.
fn without_call(text: &str) -> &str {
    let Some((name, rest)) = text.split_once('(') else { return text };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
    let Some(inner) = rest.strip_suffix(')').filter(|_| is_name) else { return text };
    let inner = inner.trim();
    let end = inner.rfind([']', ')']).map_or(inner.len(), |end| end + 1);
    if inner.starts_with(['[', '(']) { &inner[..end] } else { text }
}

/// The text inside brackets that surround all of it.
fn without_brackets(text: &str) -> Option<&str> {
    [('[', ']'), ('(', ')'), ('{', '}')].into_iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        Some(inner.trim())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vectors_in_a_cell_have_many_forms() {
        #[track_caller]
        fn check(cell: &str, expected: &[f64]) {
            assert_eq!(look(cell), Look::Vector(expected.len()), "{cell:?}");
            let mut found = Vec::new();
            assert_eq!(push(cell, |number, _| found.push(number)), Ok(expected.len()), "{cell:?}");
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(expected), "{cell:?}: {found:?}");
        }
        let three: &[f64] = &[0.1, -2.0, 3e-5];
        check("[0.1, -2.0, 3e-5]", three);
        check("[0.1,-2,3e-5]", three);
        check(" [ 0.1 -2.    3e-05] ", three);
        check("[0.1\n -2.\r\n 3e-05]", three);
        check("(0.1, -2.0, 3e-05)", three);
        check("{0.1,-2,0.00003}", three);
        check("[[0.1, -2.0, 3e-05]]", three);
        check("[0.1, -2.0, 3e-05,]", three);
        check("[0.1; -2.0; 3e-05]", three);
        check("0.1 -2.0 3e-05", three);
        check("0.1;-2.0;3e-05", three);
        check("0.1|-2.0|3e-05|", three);
        check("0.1, -2.0, 3e-05", three);
        check("array([0.1, -2.0, 3e-05])", three);
        check("array([ 0.1, -2. ,\n        3e-05], dtype=float32)", three);
        check("np.array([0.1, -2.0, 3e-05])", three);
        check("tensor([0.1, -2.0, 3e-05], device='cuda:0', grad_fn=<X>)", three);
        check("[np.float32(0.1), np.float32(-2.0), np.float32(3e-05)]", three);
        check("['0.1', '-2.0', '3e-05']", three);
        check("[1 2 3]", &[1.0, 2.0, 3.0]);
        check("[7]", &[7.0]);
        check("(7,)", &[7.0]);
        check("1 2 3 4 5 6 7 8", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        check("[0.5, null, None, nan, -inf]", &[0.5, f64::NAN, f64::NAN, f64::NAN, f64::NEG_INFINITY]);
    }

    #[test]
    fn other_cells_are_no_vectors() {
        for cell in [
            "",
            "[]",
            "1",
            "0.5",
            "text",
            "1,234",
            "3,14",
            "1,234,567",
            "12 30",
            "2024 01 02",
            "10 20 30",
            "(a, b)",
            "['drama', 'action']",
            "[0.1, x]",
            "[0.1,, 0.2]",
            "[[0.1, 0.2], [0.3, 0.4]]",
            "[0.1, 0.2",
            "0.1, 0.2]",
            "f(x) = 2",
            "a 0.1 0.2",
            "(1) 2.5",
            "(0.5)",
            "1,5,2",
        ] {
            assert_eq!(look(cell), Look::Other, "{cell:?}");
        }
    }

    #[test]
    fn commas_between_other_separators_are_unclear() {
        for cell in ["0,5;0,7", "[0,5; 0,7; 1]", "10,20|30,40", "0,5 0,7", "[0,5 1 0,7]"] {
            assert_eq!((look(cell), push(cell, |_, _| {})), (Look::Unclear, Err(Refused::NoNumber)), "{cell:?}");
        }
        assert_eq!(look("a,b;c,d 1"), Look::Other);
    }

    #[test]
    fn vectors_cut_short_are_refused() {
        for cell in ["[0.1 0.2 ... 0.9]", "[0.1, 0.2, ..., 0.9]", "array([0.1, ..., 0.9])", "[0.1 … 0.9]"] {
            assert_eq!((look(cell), push(cell, |_, _| {})), (Look::CutShort, Err(Refused::CutShort)), "{cell:?}");
        }
        assert_eq!(look("0.1 ... 0.9"), Look::Other);
    }

    #[test]
    fn empty_cells_hold_no_number() {
        for cell in ["", " ", "[]", "[ ]", "NaN", "None", "null"] {
            assert_eq!(push(cell, |_, _| {}), Ok(0), "{cell:?}");
        }
    }

    proptest! {
        /// No text gives more numbers than it has characters, and what looks like a vector is read
        /// as one.
        #[test]
        fn any_text_is_looked_at(cell in r"[0-9.,;| eE()\[\]{}\na-]{0,40}|.{0,20}") {
            let mut out = Vec::new();
            let pushed = push(&cell, |number, _| out.push(number));
            prop_assert!(out.len() <= cell.len());
            if let Look::Vector(count) = look(&cell) {
                prop_assert_eq!(pushed, Ok(count));
            }
        }
    }
}
