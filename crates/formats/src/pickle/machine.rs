//! Python's pickles as values, without running anything.
//!
//! A pickle is a program for a stack machine. What would be calls and objects of classes become
//! [`Value`]s that say what would be called with what. Values refer to each other by number, so
//! they may form circles; those who walk through them take care. Texts and bytes are ranges of the
//! pickle. Each instruction makes one value at most, so the memory is in proportion to the bytes.

use std::{collections::HashMap, ops::Range};

use super::value::{Fault, Id, Made, Pickle, Value};

/// The most values of a pickle: a quarter of a gigabyte, and at most one with what they own.
const MAX_VALUES: usize = 1 << 23;

const LONG: Value = Value::Other("integers of more than 64 bits");
const ESCAPED: Value = Value::Other("texts with escapes");

/// The instructions by which pickles are recognized.
const FIRST: usize = 24;

/// Whether bytes begin with instructions that make sense. Other files may begin with the same two
/// bytes.
pub(super) fn is_begun(bytes: &[u8]) -> bool {
    let mut machine = Machine::new(bytes, 0);
    for _ in 0..FIRST {
        let read = machine.take(1).and_then(|opcode| machine.step(bytes[opcode.start]));
        match read {
            Ok(None) => {}
            Ok(Some(_)) => return true,
            Err(what) => return what == CUT,
        }
    }
    true
}

const CUT: &str = "it is cut short";

impl<'a> Pickle<'a> {
    /// Reads the pickle that begins at byte `start`.
    pub(crate) fn parse(bytes: &'a [u8], start: usize) -> Result<Self, Fault> {
        let mut machine = Machine::new(bytes, start);
        let from = |at: usize| move |what: String| Fault { byte: at, what };
        loop {
            let at = machine.at;
            let opcode = machine.take(1).map_err(from(at))?.start;
            if let Some(root) = machine.step(bytes[opcode]).map_err(from(at))? {
                return Ok(Self { bytes, values: machine.values, root, end: machine.at });
            }
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// The heights of the stack at marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

type Result<T, E = String> = std::result::Result<T, E>;

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        let memo = HashMap::new();
        Self { bytes, at, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo }
    }
}

impl Machine<'_> {
    /// Follows an instruction. Returns the result at the end.
    fn step(&mut self, opcode: u8) -> Result<Option<Id>> {
        match opcode {
            b'.' => return self.pop().map(Some),
            0x80 => _ = self.take(1)?, // the version
            0x95 => _ = self.take(8)?, // a frame
            b'(' => self.marks.push(self.stack.len()),
            b'0' => self.pop_or_mark()?,
            b'1' => _ = self.items()?,
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'N' => self.push(Value::None)?,
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'I' | b'L' | b'F' | b'J' | b'K' | b'M' | 0x8a | 0x8b | b'G' => self.number(opcode)?,
            b'S' | b'V' | b'T' | b'U' | b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => self.text(opcode)?,
            b']' => self.push(Value::List(Vec::new()))?,
            0x8f => self.push(Value::Set(Vec::new()))?,
            b'}' => self.push(Value::Dict(Vec::new()))?,
            b')' => self.push(Value::Tuple(Vec::new()))?,
            b't' => self.collect(Value::Tuple)?,
            b'l' => self.collect(Value::List)?,
            0x91 => self.collect(Value::Set)?,
            b'd' => {
                let items = pairs(&self.items()?)?;
                self.push(Value::Dict(items))?;
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.push(Value::Tuple(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(&[item])?;
            }
            b'e' | 0x90 => {
                let items = self.items()?;
                self.extend(&items)?;
            }
            b's' => {
                let pair = self.pop_many(2)?;
                self.insert(&pair)?;
            }
            b'u' => {
                let items = self.items()?;
                self.insert(&items)?;
            }
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.remember(opcode)?,
            b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'b' | b'i' | b'o' | b'P' | b'Q' | 0x82..=0x84 => self.object(opcode)?,
            0x98 => {} // what is on the stack is read-only
            0x97 => return Err("it needs buffers that are not in the file".into()),
            opcode => return Err(format!("there is no instruction {opcode:#04x}")),
        }
        Ok(None)
    }

    /// The next `size` bytes.
    fn take(&mut self, size: usize) -> Result<Range<usize>> {
        let end = self.at.checked_add(size).filter(|&end| end <= self.bytes.len());
        let range = self.at..end.ok_or(CUT)?;
        self.at = range.end;
        Ok(range)
    }

    /// The next bytes as an unsigned number.
    fn unsigned<const N: usize>(&mut self) -> Result<u64> {
        let range = self.take(N)?;
        Ok(self.bytes[range].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// As many bytes as a number of `N` bytes before them says.
    fn sized<const N: usize>(&mut self) -> Result<Range<usize>> {
        let size = self.unsigned::<N>()?;
        self.take(usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// The bytes up to the end of the line.
    fn line(&mut self) -> Result<Range<usize>> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(CUT)?;
        let range = self.take(length + 1)?;
        Ok(range.start..range.end - 1)
    }

    fn line_text(&mut self) -> Result<&str> {
        let line = self.line()?;
        std::str::from_utf8(&self.bytes[line]).map_err(|error| error.to_string())
    }

    fn push(&mut self, value: Value) -> Result<()> {
        if self.values.len() >= MAX_VALUES {
            return Err(format!("it has more than {MAX_VALUES} values"));
        }
        self.stack.push(Id(self.values.len() as u32));
        self.values.push(value);
        Ok(())
    }

    /// The height below which nothing is taken from the stack.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<Id> {
        let above = self.stack.get(self.floor()..).unwrap_or_default();
        above.last().copied().ok_or_else(|| "a value is missing".to_owned())
    }

    fn pop_or_mark(&mut self) -> Result<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(|_| ())
    }

    /// The topmost values in their order.
    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        let start = self.stack.len().checked_sub(count).filter(|&start| start >= self.floor());
        Ok(self.stack.split_off(start.ok_or("a value is missing")?))
    }

    /// The values from the topmost mark on.
    fn items(&mut self) -> Result<Vec<Id>> {
        let start = self.marks.pop().ok_or("a mark is missing")?;
        Ok(self.stack.split_off(start.min(self.stack.len())))
    }

    fn collect(&mut self, make: fn(Vec<Id>) -> Value) -> Result<()> {
        let items = self.items()?;
        self.push(make(items))
    }

    /// The value on top of the stack, to be changed.
    fn open(&mut self) -> Result<&mut Value> {
        let top = self.top()?;
        self.values.get_mut(top.0 as usize).ok_or_else(|| "a value is missing".to_owned())
    }

    fn extend(&mut self, items: &[Id]) -> Result<()> {
        match self.open()? {
            Value::List(list) | Value::Set(list) => list.extend_from_slice(items),
            Value::Made(made) => made.elements.extend_from_slice(items),
            _ => return Err("a list is missing".into()),
        }
        Ok(())
    }

    fn insert(&mut self, items: &[Id]) -> Result<()> {
        let items = pairs(items)?;
        match self.open()? {
            Value::Dict(dict) => dict.extend(items),
            Value::Made(made) => made.items.extend(items),
            _ => return Err("a dictionary is missing".into()),
        }
        Ok(())
    }

    fn number(&mut self, opcode: u8) -> Result<()> {
        let value = match opcode {
            b'I' => match self.line_text()? {
                "00" => Value::Bool(false),
                "01" => Value::Bool(true),
                text => text.trim().parse().map_or(LONG, Value::Int),
            },
            b'L' => self.line_text()?.trim().trim_end_matches('L').parse().map_or(LONG, Value::Int),
            b'F' => self.line_text()?.trim().parse().map_or(Value::Other("strange numbers"), Value::Float),
            b'J' => Value::Int((self.unsigned::<4>()? as u32 as i32).into()),
            b'K' => Value::Int(self.unsigned::<1>()? as i64),
            b'M' => Value::Int(self.unsigned::<2>()? as i64),
            b'G' => Value::Float(f64::from_bits(self.unsigned::<8>()?.swap_bytes())),
            _ => {
                let range = if opcode == 0x8a { self.sized::<1>()? } else { self.sized::<4>()? };
                signed(&self.bytes[range]).map_or(LONG, Value::Int)
            }
        };
        self.push(value)
    }

    fn text(&mut self, opcode: u8) -> Result<()> {
        let value = match opcode {
            b'S' => self.quoted()?,
            b'V' => {
                let line = self.line()?;
                if self.bytes[line.clone()].contains(&b'\\') { ESCAPED } else { Value::Text(line) }
            }
            b'T' | b'B' => Value::Bytes(self.sized::<4>()?),
            b'U' | b'C' => Value::Bytes(self.sized::<1>()?),
            b'X' => Value::Text(self.sized::<4>()?),
            0x8c => Value::Text(self.sized::<1>()?),
            0x8d => Value::Text(self.sized::<8>()?),
            _ => Value::Bytes(self.sized::<8>()?),
        };
        // Python 2 wrote text as bytes.
        let is_text = |range: &Range<usize>| self.bytes[range.clone()].is_ascii();
        self.push(match value {
            Value::Bytes(range) if matches!(opcode, b'T' | b'U') && is_text(&range) => Value::Text(range),
            value => value,
        })
    }

    /// A line in quotes.
    fn quoted(&mut self) -> Result<Value> {
        let line = self.line()?;
        let is_quoted = |quote: u8| {
            let text = &self.bytes[line.clone()];
            text.len() >= 2 && text.first() == Some(&quote) && text.last() == Some(&quote) && !text.contains(&b'\\')
        };
        let is_plain = is_quoted(b'\'') || is_quoted(b'"');
        Ok(if is_plain { Value::Text(line.start + 1..line.end - 1) } else { ESCAPED })
    }

    fn remember(&mut self, opcode: u8) -> Result<()> {
        let key = match opcode {
            b'p' | b'g' => {
                self.line_text()?.trim().parse().map_err(|error| format!("a number is expected: {error}"))?
            }
            b'q' | b'h' => self.unsigned::<1>()? as u32,
            0x94 => self.memo.len() as u32,
            _ => self.unsigned::<4>()? as u32,
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            let value = self.memo.get(&key).ok_or_else(|| format!("it refers to value {key}, which is not there"))?;
            self.stack.push(*value);
        } else {
            let top = self.top()?;
            self.memo.insert(key, top);
        }
        Ok(())
    }

    fn object(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            b'c' => self.global(),
            0x93 => match self.pop_many(2)?[..] {
                [module, name] => self.push(Value::Global(module, name)),
                _ => Ok(()),
            },
            b'R' | 0x81 => match self.pop_many(2)?[..] {
                [callable, args] => self.make(callable, args),
                _ => Ok(()),
            },
            0x92 => match self.pop_many(3)?[..] {
                [callable, args, _named] => self.make(callable, args),
                _ => Ok(()),
            },
            b'i' => {
                let args = self.items()?;
                self.global()?;
                let callable = self.pop()?;
                self.push(Value::Tuple(args))?;
                let args = self.pop()?;
                self.make(callable, args)
            }
            b'o' => {
                let mut items = self.items()?.into_iter();
                let callable = items.next().ok_or("a class is missing")?;
                self.push(Value::Tuple(items.collect()))?;
                let args = self.pop()?;
                self.make(callable, args)
            }
            b'b' => {
                let state = self.pop()?;
                if let Value::Made(made) = self.open()? {
                    made.state = Some(state);
                }
                Ok(())
            }
            b'P' => {
                let line = self.line()?;
                self.push(Value::Text(line))?;
                let id = self.pop()?;
                self.push(Value::Persistent(id))
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Value::Persistent(id))
            }
            extension => {
                self.take(1 << (extension - 0x82))?;
                self.push(Value::Other("extensions"))
            }
        }
    }

    /// A global by two lines.
    fn global(&mut self) -> Result<()> {
        let (module, name) = (self.line()?, self.line()?);
        self.push(Value::Text(module))?;
        self.push(Value::Text(name))?;
        match self.pop_many(2)?[..] {
            [module, name] => self.push(Value::Global(module, name)),
            _ => Ok(()),
        }
    }

    fn make(&mut self, callable: Id, args: Id) -> Result<()> {
        let made = Made { callable, args, state: None, items: Vec::new(), elements: Vec::new() };
        self.push(Value::Made(Box::new(made)))
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("a key has no value".into());
    }
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}

/// A number in two's complement. Returns `None` if it has more than 64 bits.
fn signed(bytes: &[u8]) -> Option<i64> {
    let fill = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xFF } else { 0 };
    let mut wide = [fill; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_and_texts_are_read_in_each_spelling() {
        let check = |bytes: &[u8], expected: Value| {
            let pickle = Pickle::parse(bytes, 0).unwrap();
            assert_eq!((pickle.value(pickle.root), pickle.end), (&expected, bytes.len()), "{bytes:?}");
        };
        check(b"I-7\n.", Value::Int(-7));
        check(b"I01\n.", Value::Bool(true));
        check(b"L9L\n.", Value::Int(9));
        check(b"F0.5\n.", Value::Float(0.5));
        check(b"J\xfe\xff\xff\xff.", Value::Int(-2));
        check(b"M\x01\x02.", Value::Int(513));
        check(b"\x8a\x01\xff.", Value::Int(-1));
        check(b"\x8a\x00.", Value::Int(0));
        check(b"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", LONG);
        check(b"G\x3f\xe0\x00\x00\x00\x00\x00\x00.", Value::Float(0.5));
        check(b"S'ab'\n.", Value::Text(2..4));
        check(b"S'a\\n'\n.", ESCAPED);
        check(b"U\x02ab.", Value::Text(2..4));
        check(b"U\x01\xff.", Value::Bytes(2..3));
        check(b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x01x.", Value::Text(13..14));
    }

    #[test]
    fn faults_have_their_byte() {
        let check = |bytes: &[u8], byte: usize, expected: &str| {
            let fault = Pickle::parse(bytes, 0).unwrap_err();
            assert_eq!((fault.byte, &*fault.what), (byte, expected), "{bytes:?}");
        };
        check(b"", 0, "it is cut short");
        check(b"N", 1, "it is cut short");
        check(b".", 0, "a value is missing");
        check(b"N(.", 2, "a value is missing");
        check(b"h\x05.", 0, "it refers to value 5, which is not there");
        check(b"NNu.", 2, "a mark is missing");
        check(b"}(Nu.", 3, "a key has no value");
        check(b"X\xff\xff\xff\xff.", 0, "it is cut short");
        check(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", 0, "it is cut short");
        check(b"\xff.", 0, "there is no instruction 0xff");
    }

    #[test]
    fn pickles_are_told_from_other_bytes() {
        let check = |bytes: &[u8], expected: bool| assert_eq!(is_begun(bytes), expected, "{bytes:?}");
        check(b"\x80\x02}q\x00.", true);
        check(b"\x80\x04N.", true);
        check(b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00]", true);
        check(b"\x80\x02X\xff\x00\x00\x00a", true);
        check(b"\x80\x02\x00\x00\x00\x00", false);
        check(b"\x80\x02NNu.", false);
        check(b"\x80\x03.", false);
        check(b"\x80\x02\x80\x3f\x00\x00\x00\x40", false);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), picks in prop::collection::vec(0_usize..36, 0..200)) {
            const OPCODES: &[u8] = b"(01N\x88K\x01]})tld\x85\x86\x87aesuq\x01h\x01cx\nRbQ\x81\x932o.";
            let _: (Result<_, _>, Result<_, _>) = (Pickle::parse(&bytes, 0), Pickle::parse(&bytes, 7));
            let program: Vec<u8> = picks.iter().map(|&pick| OPCODES[pick % OPCODES.len()]).collect();
            if let Ok(pickle) = Pickle::parse(&program, 0) {
                prop_assert!(pickle.count() <= 2 * program.len());
            }
        }
    }
}
