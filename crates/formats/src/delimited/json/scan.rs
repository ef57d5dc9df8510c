//! Finds the fields of a line of JSON. Numbers keep their text, which parsers of JSON do not give.

use std::{borrow::Cow, path::Path};

use serde::de::IgnoredAny;

/// Where in the line something is wrong, and what.
pub(super) type Failed = (usize, &'static str);

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// Its text.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// With its brackets, and how many numbers it holds if it holds nothing else.
    Array(&'a [u8], Option<usize>),
    Object,
}

impl Value<'_> {
    /// The cell of metadata. It is empty for what is missing or nested.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Null | Self::Array(..) | Self::Object => String::new(),
            // As other formats read truth values.
            Self::Bool(value) => (if value { "True" } else { "False" }).to_owned(),
            Self::Number(text) => text.to_owned(),
            Self::Text(text) => text.into_owned(),
        }
    }
}

/// The name of the vector if a line is an array of numbers.
const VECTOR: &str = "vector";

/// Whether bytes are lines of JSON: objects, or in a `file` that is named so anything.
pub(crate) fn is_rows(bytes: &[u8], file: Option<&Path>) -> bool {
    if file.is_some_and(super::is_named) {
        return true;
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let is_whole = line.len() < bytes.len() || !matches!(row(line, &mut |_, _| ()), Err((_, CUT_SHORT)));
    let first = bytes.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    first.is_some_and(|first| first.starts_with(b"\"")) && is_whole && line.trim_ascii_end().ends_with(b"}")
}

/// Whether bytes are an array of objects, or of arrays in a `file` that is named so.
pub(crate) fn is_array(bytes: &[u8], file: &Path) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let Some(inner) = bytes.strip_prefix(b"[").map(<[u8]>::trim_ascii_start) else { return false };
    let is_object = inner.strip_prefix(b"{").is_some_and(|inner| inner.trim_ascii_start().starts_with(b"\""));
    is_object || inner.starts_with(b"[") && super::is_named(file)
}

/// The elements of an array, each on a line of its own. The length stays the same.
pub(crate) fn lines_of_array(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    out[..start].fill(b' ');
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for byte in &mut out[start..] {
        if in_text {
            in_text = *byte != b'"' || is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            continue;
        }
        match *byte {
            b'"' => in_text = true,
            b'[' | b'{' => {
                depth += 1;
                if depth == 1 {
                    *byte = b' ';
                }
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    *byte = b'\n';
                }
            }
            b',' if depth == 1 => *byte = b'\n',
            b'\n' | b'\r' => *byte = b' ',
            _ => {}
        }
    }
    out
}

const CUT_SHORT: &str = "the line ends within a value";

/// Passes each field of the object in `line` to `field`. An array is the field [`VECTOR`].
pub(super) fn row<'a>(line: &'a [u8], field: &mut impl FnMut(&str, Value<'a>)) -> Result<(), Failed> {
    let mut scanner = Scanner { bytes: line, at: 0 };
    scanner.skip_white();
    if scanner.peek()? == b'[' {
        let value = scanner.value()?;
        field(VECTOR, value);
        return scanner.end();
    }
    fields(line, &mut |name, value, _| field(name, value))
}

/// Passes each field of an object, and the bytes of its value, to `field`.
pub(super) fn fields<'a>(object: &'a [u8], field: &mut impl FnMut(&str, Value<'a>, &'a [u8])) -> Result<(), Failed> {
    let mut scanner = Scanner { bytes: object, at: 0 };
    scanner.skip_white();
    scanner.expect(b'{', "an object in braces is expected")?;
    scanner.skip_white();
    if scanner.peek()? == b'}' {
        scanner.at += 1;
        return scanner.end();
    }
    loop {
        scanner.skip_white();
        let name = scanner.text()?;
        scanner.skip_white();
        scanner.expect(b':', "a colon is expected")?;
        scanner.skip_white();
        let start = scanner.at;
        let value = scanner.value()?;
        field(&name, value, &object[start..scanner.at]);
        scanner.skip_white();
        match scanner.peek()? {
            b',' => scanner.at += 1,
            b'}' => break,
            _ => return Err((scanner.at, "a comma or the end of the object is expected")),
        }
    }
    scanner.at += 1;
    scanner.end()
}

/// The bytes of each element of an array.
pub(super) fn items(array: &[u8]) -> Result<Vec<&[u8]>, Failed> {
    let (mut scanner, mut found) = (Scanner { bytes: array, at: 0 }, Vec::new());
    scanner.expect(b'[', "an array in brackets is expected")?;
    scanner.skip_white();
    while scanner.peek()? != b']' {
        let start = scanner.at;
        scanner.value()?;
        found.push(&array[start..scanner.at]);
        scanner.skip_white();
        match scanner.peek()? {
            b',' => scanner.at += 1,
            b']' => break,
            _ => return Err((scanner.at, "a comma or the end of the array is expected")),
        }
        scanner.skip_white();
    }
    Ok(found)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn skip_white(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    fn peek(&self) -> Result<u8, Failed> {
        self.bytes.get(self.at).copied().ok_or((self.bytes.len(), CUT_SHORT))
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Failed> {
        if self.peek()? != byte {
            return Err((self.at, what));
        }
        self.at += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Failed> {
        self.skip_white();
        if self.at == self.bytes.len() { Ok(()) } else { Err((self.at, "there is more after the end of the object")) }
    }

    fn value(&mut self) -> Result<Value<'a>, Failed> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.text().map(Value::Text),
            b'[' => {
                let array = self.nested()?;
                let count = count_numbers(array);
                if count.is_none() {
                    valid(array).map_err(|what| (start, what))?;
                }
                Ok(Value::Array(array, count))
            }
            b'{' => {
                let object = self.nested()?;
                valid(object).map_err(|what| (start, what))?;
                Ok(Value::Object)
            }
            _ => {
                let rest = &self.bytes[start..];
                let length = rest.iter().take_while(|&&byte| is_word(byte)).count();
                self.at += length;
                let word = std::str::from_utf8(&rest[..length]).unwrap_or_default();
                match word {
                    "null" => Ok(Value::Null),
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    "" => Err((start, "a value is expected")),
                    _ if is_number(word) => Ok(Value::Number(word)),
                    _ => Err((start, "this is neither a number nor true, false, or null")),
                }
            }
        }
    }

    /// The text in quotes.
    fn text(&mut self) -> Result<Cow<'a, str>, Failed> {
        let start = self.at;
        self.expect(b'"', "a text in quotes is expected")?;
        let mut has_escape = false;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    has_escape = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = &self.bytes[start..self.at];
        let inner = &quoted[1..quoted.len() - 1];
        let plain =
            std::str::from_utf8(inner).map_err(|error| (start + 1 + error.valid_up_to(), "this is not UTF-8"))?;
        if !has_escape {
            return Ok(Cow::Borrowed(plain));
        }
        let text = serde_json::from_slice(quoted).ok();
        text.map(Cow::Owned).ok_or((start, "the text has an escape that is not one"))
    }

    /// An array or object, with what is in it.
    fn nested(&mut self) -> Result<&'a [u8], Failed> {
        let (start, mut depth) = (self.at, 0_usize);
        loop {
            match self.peek()? {
                b'"' => {
                    self.text()?;
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(&self.bytes[start..self.at]);
            }
        }
    }
}

fn valid(nested: &[u8]) -> Result<(), &'static str> {
    let is_valid = serde_json::from_slice::<IgnoredAny>(nested).is_ok();
    if is_valid { Ok(()) } else { Err("the array or object is damaged") }
}

/// Whether a byte may be part of a number or a word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Whether a word is a number of JSON, or one that only Python writes. It is not parsed: that takes
/// longer.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    if matches!(digits, "NaN" | "Infinity") {
        return true;
    }
    let (mantissa, exponent) = digits.split_once(['e', 'E']).map_or((digits, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent = |text: &str| {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        !text.is_empty() && are_digits(text)
    };
    !whole.is_empty() && are_digits(whole) && are_digits(fraction) && exponent.is_none_or(is_exponent)
}

/// How many numbers an array holds; `null` counts as one. Returns `None` if something else is in it.
fn count_numbers(array: &[u8]) -> Option<usize> {
    let inner = array.strip_prefix(b"[")?.strip_suffix(b"]")?;
    if inner.trim_ascii().is_empty() {
        return Some(0);
    }
    let is_one = |text: &[u8]| text == b"null" || std::str::from_utf8(text).is_ok_and(is_number);
    let mut count = 0;
    for element in elements(array) {
        if !is_one(element) {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Each number in an array of numbers; `null` as `NaN`.
pub(super) fn numbers(array: &[u8]) -> impl Iterator<Item = &str> {
    let text = |element| std::str::from_utf8(element).unwrap_or_default();
    elements(array).map(text).map(|text| if text == "null" { "NaN" } else { text })
}

fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let inner = array.get(1..array.len().saturating_sub(1)).unwrap_or_default();
    inner.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn named(line: &[u8]) -> Result<Vec<(String, Value<'_>)>, Failed> {
        let mut fields = Vec::new();
        row(line, &mut |name, value| fields.push((name.to_owned(), value)))?;
        Ok(fields)
    }

    #[test]
    fn values_keep_their_text() {
        let line = br#" {"a": 1.50, "b":"x\u00e4\n\"", "c":[1, null,-2e-3], "d" : {"e": ["]"]}, "f":true,"g":null, "h": -Infinity} "#;
        let expected = [
            ("a", Value::Number("1.50")),
            ("b", Value::Text("xä\n\"".into())),
            ("c", Value::Array(b"[1, null,-2e-3]", Some(3))),
            ("d", Value::Object),
            ("f", Value::Bool(true)),
            ("g", Value::Null),
            ("h", Value::Number("-Infinity")),
        ];
        assert_eq!(named(line).unwrap(), expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(named(b"{}").unwrap(), []);
        assert_eq!(named(b"[1,2]").unwrap()[0].1, Value::Array(b"[1,2]", Some(2)));
    }

    #[test]
    fn faults_have_their_place() {
        let place = |line: &[u8]| named(line).unwrap_err().0;
        assert_eq!(place(b"{\"a\": 1"), 7);
        assert_eq!(place(b"{\"a\" 1}"), 5);
        assert_eq!(place(b"{\"a\": 1} x"), 9);
        assert_eq!(place(b"{\"a\": 01x}"), 6);
        assert_eq!(place(b"{\"a\": nul}"), 6);
        assert_eq!(place(b"{\"a\": \"\xFF\"}"), 7);
        assert_eq!(place(b"{\"a\": [1, {]}"), 6);
        assert_eq!(place(b"1"), 0);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "[{}\\[\\]\",:\\\\ue1a. ]{0,40}") {
            let _ = (named(&bytes), named(text.as_bytes()), is_rows(&bytes, None), lines_of_array(&bytes));
            let _ = (is_rows(text.as_bytes(), None), lines_of_array(text.as_bytes()));
        }

        /// What this accepts `serde_json` accepts too, but for numbers that Python writes.
        #[test]
        fn objects_of_another_writer_are_read(text in ".*", number in any::<f64>(), list in prop::collection::vec(any::<f32>(), 0..5)) {
            let written = json!({ "t": text, "n": number, "l": list, "o": { "x": text } }).to_string();
            let found = named(written.as_bytes()).unwrap();
            prop_assert!(found.contains(&("t".to_owned(), Value::Text(text.into()))));
            prop_assert_eq!(found.len(), 4);
            let array = lines_of_array(format!("[{written},\n{written}]").as_bytes());
            prop_assert_eq!(array.split(|&byte| byte == b'\n').filter(|line| named(line).is_ok()).count(), 2);
        }
    }
}
