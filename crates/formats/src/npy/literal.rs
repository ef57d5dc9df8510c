//! Python literals, as far as they occur in the header of a `.npy` file: dictionaries, tuples,
//! lists, strings, integers, `True`, `False` and `None`.
//!
//! Nothing is evaluated. A literal nests at most [`MAX_DEPTH`] deep.

/// A parsed literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Int(u64),
    Bool(bool),
    None,
    /// A tuple or a list.
    Sequence(Vec<Literal>),
    Dictionary(Vec<(Literal, Literal)>),
}

/// What is wrong, and at which byte of the text.
type Fault = (usize, String);

/// Structured types nest by their fields; real ones are never deeper than this.
const MAX_DEPTH: usize = 32;

/// Reads one literal, with white space around it.
pub(super) fn parse(text: &[u8]) -> Result<Literal, Fault> {
    let mut reader = Reader { text, at: 0 };
    let literal = reader.literal(0)?;
    match reader.peek() {
        None => Ok(literal),
        Some(byte) => Err(reader.unexpected(byte)),
    }
}

impl Literal {
    /// The value of a dictionary's entry.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Dictionary(entries) = self else { return None };
        entries.iter().find(|(key, _)| matches!(key, Self::Text(text) if text == name)).map(|(_, value)| value)
    }

    /// The number as a size in memory.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn unexpected(&self, byte: u8) -> Fault {
        (self.at, format!("unexpected {:?}", char::from(byte)))
    }

    fn literal(&mut self, depth: usize) -> Result<Literal, Fault> {
        if depth > MAX_DEPTH {
            return Err((self.at, "it nests too deep".into()));
        }
        match self.peek() {
            Some(quote @ (b'\'' | b'"')) => self.string(quote),
            Some(b'(') => Ok(Literal::Sequence(self.items(b')', |reader| reader.literal(depth + 1))?)),
            Some(b'[') => Ok(Literal::Sequence(self.items(b']', |reader| reader.literal(depth + 1))?)),
            Some(b'{') => Ok(Literal::Dictionary(self.items(b'}', |reader| reader.entry(depth + 1))?)),
            Some(b'0'..=b'9') => self.number(),
            Some(b'A'..=b'Z') => self.word(),
            Some(byte) => Err(self.unexpected(byte)),
            None => Err((self.at, "it is cut short".into())),
        }
    }

    /// Items between commas, up to `close`; a comma may follow the last.
    fn items<T>(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            if self.peek() == Some(close) {
                self.at += 1;
                return Ok(items);
            }
            items.push(item(self)?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte != close => return Err(self.unexpected(byte)),
                _ => {}
            }
        }
    }

    fn entry(&mut self, depth: usize) -> Result<(Literal, Literal), Fault> {
        let key = self.literal(depth)?;
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(byte) => return Err(self.unexpected(byte)),
            None => return Err((self.at, "it is cut short".into())),
        }
        Ok((key, self.literal(depth)?))
    }

    /// Text up to the same quote. Escapes stay as they are, since no type's name has one.
    fn string(&mut self, quote: u8) -> Result<Literal, Fault> {
        let start = self.at + 1;
        let rest = self.text.get(start..).unwrap_or_default();
        let Some(length) = rest.iter().position(|&byte| byte == quote) else {
            return Err((self.at, "a text is not closed".into()));
        };
        self.at = start + length + 1;
        Ok(Literal::Text(String::from_utf8_lossy(&rest[..length]).into_owned()))
    }

    /// A whole number; Python 2 wrote some with an `L` at the end.
    fn number(&mut self) -> Result<Literal, Fault> {
        let (start, mut number) = (self.at, 0_u64);
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at).copied() {
            let next = number.checked_mul(10).and_then(|number| number.checked_add(u64::from(digit - b'0')));
            number = next.ok_or_else(|| (start, "a number is too large".to_owned()))?;
            self.at += 1;
        }
        self.at += usize::from(self.text.get(self.at) == Some(&b'L'));
        Ok(Literal::Int(number))
    }

    fn word(&mut self) -> Result<Literal, Fault> {
        let words: [(&[u8], Literal); 3] =
            [(b"True", Literal::Bool(true)), (b"False", Literal::Bool(false)), (b"None", Literal::None)];
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, literal) in words {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(literal);
            }
        }
        Err((self.at, "a word that is none of True, False and None".into()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn literals_of_headers_are_read() {
        let text = b"{'descr': [('x', '<f4', (2,)), (\"y\", '|S3')], 'shape': (3L, 4), 'none': None, 'fortran_order': False, }  \n";
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.get("fortran_order"), Some(&Literal::Bool(false)));
        assert_eq!(parsed.get("shape"), Some(&Literal::Sequence(vec![Literal::Int(3), Literal::Int(4)])));
        assert_eq!(parsed.get("none"), Some(&Literal::None));
        let Some(Literal::Sequence(fields)) = parsed.get("descr") else { panic!("a list") };
        assert_eq!(fields.len(), 2);
    }

    #[test]
    fn literal_faults_have_their_byte() {
        #[track_caller]
        fn check(text: &str, byte: usize) {
            assert_eq!(parse(text.as_bytes()).unwrap_err().0, byte, "{text}");
        }
        check("", 0);
        check("{'a' 1}", 5);
        check("(1, 2", 5);
        check("(1 2)", 3);
        check("'abc", 0);
        check("(1, Nope)", 4);
        check("(-1,)", 1);
        check("1 2", 2);
        check("99999999999999999999", 0);
        check(&"(".repeat(100), 33);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(text in "[\\[\\](){}'\":, 0-9TrueNonL]{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _: (Result<_, _>, Result<_, _>) = (parse(text.as_bytes()), parse(&bytes));
        }
    }
}
