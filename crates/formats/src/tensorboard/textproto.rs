//! Protocol-buffer text format: bytes in, a tree of named values out, each with its line and
//! column.
//!
//! All of the notation is read: `field: value`, messages in `{ }` or `< >` with or without a colon,
//! lists in `[ ]`, comments, `,` and `;` between fields, strings in either quote with C escapes,
//! adjacent strings. The tree has no schema: the caller interprets the fields. The meaning of
//! extensions and of `Any` is not read (their names are kept as written).

use std::fmt::{self, Write as _};

/// The fields of one message in file order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Message {
    /// The fields; a list becomes several fields of the same name.
    pub(crate) fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The position of the name.
    pub(crate) at: Position,
    pub(crate) value: Value,
    /// The position of the value.
    pub(crate) value_at: Position,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A quoted string, its escapes resolved.
    Text(String),
    /// A number, `true`, or an enumeration's name, as written.
    Word(String),
    /// A message.
    Message(Message),
}

/// A position in the text: line and column, both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Text that is not in the notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Position,
    /// What is wrong, without a full stop.
    pub(crate) message: String,
}

/// The greatest depth of nested messages, the same as in protobuf's own readers.
const MAX_DEPTH: usize = 100;

/// Reads a text-format message.
pub(crate) fn parse(bytes: &[u8]) -> Result<Message, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        Fault { at: Cursor::after(&before).position(), message: "a byte that is not UTF-8".to_owned() }
    })?;
    let mut cursor = Cursor { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, column: 1 };
    let message = read_fields(&mut cursor, None, 0)?;
    Ok(message)
}

impl Message {
    /// The strings of the fields called `name`, in order.
    pub(crate) fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |field| field.name == name).filter_map(|field| match &field.value {
            Value::Text(text) => Some(text.as_str()),
            Value::Word(_) | Value::Message(_) => None,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// `text` as a string literal on one line, which every text-format reader resolves to `text` again.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control.is_ascii_control() => write!(quoted, "\\{:03o}", u32::from(control)).unwrap_or_default(),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Reads fields up to `close`, or up to the end of the text if there is none.
fn read_fields(cursor: &mut Cursor<'_>, close: Option<(char, Position)>, depth: usize) -> Result<Message, Fault> {
    let mut message = Message::default();
    loop {
        cursor.skip_blank();
        match (cursor.peek(), close) {
            (None, None) => return Ok(message),
            (None, Some((bracket, opened))) => {
                return cursor.fault(format!("the text ends before the {bracket:?} for {opened}"));
            }
            (Some(next), Some((bracket, _))) if next == bracket => {
                cursor.bump();
                return Ok(message);
            }
            _ => read_field(cursor, &mut message.fields, depth)?,
        }
        cursor.skip_blank();
        if matches!(cursor.peek(), Some(',' | ';')) {
            cursor.bump();
        }
    }
}

fn read_field(cursor: &mut Cursor<'_>, fields: &mut Vec<Field>, depth: usize) -> Result<(), Fault> {
    let at = cursor.position();
    let name = read_name(cursor)?;
    cursor.skip_blank();
    let colon = cursor.peek() == Some(':');
    if colon {
        cursor.bump();
        cursor.skip_blank();
    }
    if cursor.peek() != Some('[') {
        let value_at = cursor.position();
        let value = read_value(cursor, colon, depth)?;
        fields.push(Field { name, at, value, value_at });
        return Ok(());
    }
    let opened = cursor.position();
    cursor.bump();
    cursor.skip_blank();
    while cursor.peek() != Some(']') {
        let value_at = cursor.position();
        let value = read_value(cursor, colon, depth)?;
        fields.push(Field { name: name.clone(), at, value, value_at });
        cursor.skip_blank();
        match cursor.peek() {
            Some(',') => {
                cursor.bump();
                cursor.skip_blank();
                if cursor.peek() == Some(']') {
                    return cursor.fault("a value is expected after the comma");
                }
            }
            Some(']') => {}
            Some(_) => return cursor.fault("a comma or \"]\" is expected in the list"),
            None => return cursor.fault(format!("the text ends before the ']' for {opened}")),
        }
    }
    cursor.bump();
    Ok(())
}

/// A field's name; that of an extension or of an `Any` is in brackets, which are kept.
fn read_name(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    if cursor.peek() == Some('[') {
        let name = cursor.take_while(|c| c != ']' && c != '\n');
        if cursor.peek() != Some(']') {
            return cursor.fault("the bracket of the field's name does not close on this line");
        }
        cursor.bump();
        return Ok(format!("{name}]"));
    }
    let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() {
        return match cursor.peek() {
            Some(found) => cursor.fault(format!("a field's name is expected, not {found:?}")),
            None => cursor.fault("a field's name is expected, not the end of the text"),
        };
    }
    Ok(name.to_owned())
}

/// One value. Only a message may follow the name without a colon.
fn read_value(cursor: &mut Cursor<'_>, colon: bool, depth: usize) -> Result<Value, Fault> {
    let at = cursor.position();
    match cursor.peek() {
        Some(open @ ('{' | '<')) => {
            if depth == MAX_DEPTH {
                return cursor.fault(format!("messages lie more than {MAX_DEPTH} deep within each other"));
            }
            cursor.bump();
            let close = if open == '{' { '}' } else { '>' };
            read_fields(cursor, Some((close, at)), depth + 1).map(Value::Message)
        }
        _ if !colon => cursor.fault("\":\" or a message in braces is expected after the field's name"),
        Some('"' | '\'') => read_strings(cursor, at).map(Value::Text),
        _ => {
            let mut word = String::new();
            if cursor.peek() == Some('-') {
                cursor.bump();
                cursor.skip_blank();
                word.push('-');
            }
            let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
            word.push_str(cursor.take_while(in_word));
            match (word.as_str(), cursor.peek()) {
                ("" | "-", Some(found)) => cursor.fault(format!("a value is expected, not {found:?}")),
                ("" | "-", None) => cursor.fault("a value is expected, not the end of the text"),
                _ => Ok(Value::Word(word)),
            }
        }
    }
}

/// One or more adjacent strings, as one. Escapes may write a character byte by byte, so only the
/// whole is checked.
fn read_strings(cursor: &mut Cursor<'_>, at: Position) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    while let Some(quote @ ('"' | '\'')) = cursor.peek() {
        let opened = cursor.position();
        cursor.bump();
        loop {
            match cursor.peek() {
                Some(end) if end == quote => break cursor.bump(),
                Some('\\') => read_escape(cursor, &mut bytes)?,
                Some('\n') | None => {
                    return Err(Fault { at: opened, message: "the string is not closed on its line".to_owned() });
                }
                Some(other) => {
                    bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    cursor.bump();
                }
            }
        }
        cursor.skip_blank();
    }
    String::from_utf8(bytes)
        .map_err(|_not_utf8| Fault { at, message: "the string's escapes do not make up UTF-8".to_owned() })
}

fn read_escape(cursor: &mut Cursor<'_>, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let at = cursor.position();
    cursor.bump();
    let unknown = || Err(Fault { at, message: "an unknown escape in the string".to_owned() });
    let Some(kind) = cursor.peek() else { return unknown() };
    if kind.is_digit(8) {
        let too_large = |_| Fault { at, message: "an octal escape beyond \\377".to_owned() };
        bytes.push(u8::try_from(cursor.take_digits(3, 8)).map_err(too_large)?);
        return Ok(());
    }
    cursor.bump();
    match kind {
        'a' => bytes.push(7),
        'b' => bytes.push(8),
        'f' => bytes.push(12),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(11),
        '\\' | '\'' | '"' | '?' => bytes.push(kind as u8),
        'x' | 'X' if cursor.peek().is_some_and(|c| c.is_ascii_hexdigit()) => {
            bytes.push(cursor.take_digits(2, 16) as u8);
        }
        'u' | 'U' => {
            let length = if kind == 'u' { 4 } else { 8 };
            let before = cursor.column;
            let code = cursor.take_digits(length, 16);
            match char::from_u32(code).filter(|_| cursor.column - before == length) {
                Some(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                None => return unknown(),
            }
        }
        _ => return unknown(),
    }
    Ok(())
}

/// The rest of the text, and where it begins.
struct Cursor<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Cursor<'a> {
    /// The position after `text`.
    fn after(text: &str) -> Self {
        let line = text.matches('\n').count() + 1;
        let column = text.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Self { rest: "", line, column }
    }

    fn position(&self) -> Position {
        Position { line: self.line, column: self.column }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) {
        let mut rest = self.rest.chars();
        match rest.next() {
            Some('\n') => (self.line, self.column) = (self.line + 1, 1),
            Some(_) => self.column += 1,
            None => {}
        }
        self.rest = rest.as_str();
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let start = self.rest;
        while self.peek().is_some_and(&belongs) {
            self.bump();
        }
        start.get(..start.len() - self.rest.len()).unwrap_or_default()
    }

    /// The number in at most `most` digits of `radix`.
    fn take_digits(&mut self, most: usize, radix: u32) -> u32 {
        let mut number = 0_u32;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(radix)) else { break };
            number = number.saturating_mul(radix).saturating_add(digit);
            self.bump();
        }
        number
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.peek() != Some('#') {
                break;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at: self.position(), message: message.into() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message on one line: names and values without their positions.
    fn show(message: &Message) -> String {
        let value = |value: &Value| match value {
            Value::Text(text) => format!("{text:?}"),
            Value::Word(word) => word.clone(),
            Value::Message(message) => format!("{{{}}}", show(message)),
        };
        let field = |field: &Field| format!("{}={}", field.name, value(&field.value));
        message.fields.iter().map(field).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text.as_bytes()).map(|message| show(&message)).as_deref(), Ok(expected), "{text}");
    }

    #[track_caller]
    fn refused(text: &[u8], at: (usize, usize), part: &str) {
        let fault = parse(text).expect_err("a fault is expected");
        assert_eq!((fault.at.line, fault.at.column), at, "{fault:?}");
        assert!(fault.message.contains(part), "{fault:?}");
    }

    #[test]
    fn textproto_reads_every_notation() {
        check("", "");
        check("\u{feff}# only a comment", "");
        check("a: 1 b: 'x'", "a=1 b=\"x\"");
        check("a:1,b:2;c:3,", "a=1 b=2 c=3");
        check("m { a: 1 } m: { a: 2 } m < a: 3 > m: <a:4>", "m={a=1} m={a=2} m={a=3} m={a=4}");
        check("s: [1, 2 ,3] s: 4 e: []", "s=1 s=2 s=3 s=4");
        check("m [{a: 1}, <a: 2>]", "m={a=1} m={a=2}");
        check("a: - 1.5e-3 b: -inf c: true d: 0x1F", "a=-1.5e-3 b=-inf c=true d=0x1F");
        check("a # one\n : # two\n 1 # three", "a=1");
        check("[some.ext]: 1 [type.example/x.Y] { a: 2 }", "[some.ext]=1 [type.example/x.Y]={a=2}");
    }

    #[test]
    fn strings_resolve_their_escapes() {
        check(
            r#"a: "one" 'two' # and
                 "three""#,
            "a=\"onetwothree\"",
        );
        check(r#"a: "\a\b\f\n\r\t\v\\\'\"\?""#, "a=\"\\u{7}\\u{8}\\u{c}\\n\\r\\t\\u{b}\\\\'\\\"?\"");
        check(r#"a: "\303\251\x41\u00e9\U0001F600 é""#, "a=\"éAé😀 é\"");
        check(r#"a: "\0012""#, "a=\"\\u{1}2\"");
        check("a: \"it's # no comment\"", "a=\"it's # no comment\"");
    }

    #[test]
    fn faults_say_line_and_column() {
        refused(b"a: 1\n  b 2", (2, 5), "\":\" or a message");
        refused(b"a: \"x\n", (1, 4), "not closed");
        refused(b"a: 'x\\", (1, 6), "escape");
        refused(b"a: '\\q'", (1, 5), "escape");
        refused(b"a: '\\400'", (1, 5), "beyond");
        refused(b"a: '\\377'", (1, 4), "UTF-8");
        refused(b"a: '\\ud800'", (1, 5), "escape");
        refused(b"m {\n a: 1", (2, 6), "ends before the '}' for line 1, column 3");
        refused(b"m { a: 1 >", (1, 10), "a field's name");
        refused(b"s: [1 2]", (1, 7), "comma");
        refused(b"s: [1,]", (1, 7), "after the comma");
        refused(b"s: [1", (1, 6), "ends before");
        refused(b"a: 1,,", (1, 6), "a field's name");
        refused(b"a:", (1, 3), "a value");
        refused("é: 1".as_bytes(), (1, 1), "a field's name");
        refused(b"a: 1\n\xC3\xA9\xFF", (2, 2), "UTF-8");
        refused(b"[ext\n]: 1", (1, 5), "bracket");
    }

    #[test]
    fn nesting_depth_is_bounded() {
        let nested = |depth: usize| "m{".repeat(depth) + &"}".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        refused(nested(MAX_DEPTH + 1).as_bytes(), (1, 202), "deep");
        refused("m{".repeat(1_000_000).as_bytes(), (1, 202), "deep");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes).ok();
        }

        /// Words of the notation in any order reach deeper than random bytes do.
        #[test]
        fn any_words_are_read_or_refused(words in prop::collection::vec("[a{}<>\\[\\]:,;#'\"\\\\ \n01x-]{0,3}", 0..60)) {
            let text = words.concat();
            if let Err(fault) = parse(text.as_bytes()) {
                prop_assert!(fault.at.line <= text.matches('\n').count() + 1);
            }
        }

        #[test]
        fn quoted_strings_read_back(text in any::<String>()) {
            let message = parse(format!("a: {}", quote(&text)).as_bytes()).unwrap();
            prop_assert_eq!(message.texts("a").collect::<Vec<_>>(), [text.as_str()]);
        }
    }
}
