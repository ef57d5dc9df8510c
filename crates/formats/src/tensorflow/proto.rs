//! The protocol-buffer wire format: bytes in, numbered fields out, one after another. It has no
//! schema and does not recurse: a nested message is returned as bytes, which the caller reads in
//! turn. Groups, which are deprecated, are refused.

/// The bytes are not in the wire format, or a field does not have the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: Value<'a>,
}

/// What a field holds on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of a message in the order of the wire. An error ends the iteration.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a>(&'a [u8]);

/// The fields of `message`.
pub(super) fn fields(message: &[u8]) -> Fields<'_> {
    Fields(message)
}

/// Takes a varint off the front of `bytes`.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Malformed)?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return Err(Malformed);
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed)
}

/// Takes `count` bytes off the front of `bytes`.
pub(super) fn take<'a>(bytes: &mut &'a [u8], count: u64) -> Result<&'a [u8], Malformed> {
    let count = usize::try_from(count).map_err(|_too_large| Malformed)?;
    let (taken, rest) = bytes.split_at_checked(count).ok_or(Malformed)?;
    *bytes = rest;
    Ok(taken)
}

impl<'a> Value<'a> {
    pub(super) fn varint(self) -> Result<u64, Malformed> {
        if let Self::Varint(value) = self { Ok(value) } else { Err(Malformed) }
    }

    /// A signed number, encoded as `int32` and `int64` are.
    pub(super) fn signed(self) -> Result<i64, Malformed> {
        self.varint().map(u64::cast_signed)
    }

    /// A signed number that must not be negative: a size or an offset.
    pub(super) fn size(self) -> Result<u64, Malformed> {
        self.varint().and_then(|value| if i64::try_from(value).is_ok() { Ok(value) } else { Err(Malformed) })
    }

    pub(super) fn fixed32(self) -> Result<u32, Malformed> {
        if let Self::Fixed32(value) = self { Ok(u32::from_le_bytes(value)) } else { Err(Malformed) }
    }

    pub(super) fn bytes(self) -> Result<&'a [u8], Malformed> {
        if let Self::Bytes(value) = self { Ok(value) } else { Err(Malformed) }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = field(&mut self.0);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn field<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>, Malformed> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => Value::Varint(varint(rest)?),
        1 => Value::Fixed64(fixed(rest)?),
        2 => {
            let length = varint(rest)?;
            Value::Bytes(take(rest, length)?)
        }
        5 => Value::Fixed32(fixed(rest)?),
        _ => return Err(Malformed),
    };
    Ok(Field { number: tag >> 3, value })
}

fn fixed<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Malformed> {
    let (&bytes, after) = rest.split_first_chunk().ok_or(Malformed)?;
    *rest = after;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The examples of the encoding guide of protocol buffers.
    #[test]
    fn wire_format_examples_of_the_guide_are_read() {
        #[track_caller]
        fn check(message: &[u8], expected: &[(u64, Value<'_>)]) {
            let read: Vec<_> = fields(message).map(|field| field.map(|field| (field.number, field.value))).collect();
            assert_eq!(read, expected.iter().copied().map(Ok).collect::<Vec<_>>());
        }
        check(&[], &[]);
        check(&[0x08, 0x96, 0x01], &[(1, Value::Varint(150))]);
        check(b"\x12\x07testing", &[(2, Value::Bytes(b"testing"))]);
        check(&[0x1a, 0x03, 0x08, 0x96, 0x01], &[(3, Value::Bytes(&[0x08, 0x96, 0x01]))]);
        check(&[0x35, 1, 2, 3, 4, 0x08, 0x01], &[(6, Value::Fixed32([1, 2, 3, 4])), (1, Value::Varint(1))]);
        let minus_two = [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        check(&minus_two, &[(1, Value::Varint((-2_i64).cast_unsigned()))]);
    }

    #[test]
    fn wire_format_faults_are_errors() {
        #[track_caller]
        fn check(message: &[u8]) {
            assert_eq!(fields(message).last(), Some(Err(Malformed)));
        }
        check(&[0x08]);
        check(&[0x0b]);
        check(&[0x12, 0x05, 1, 2]);
        check(&[0x35, 1, 2, 3]);
        check(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]);
        assert_eq!(Value::Varint(u64::MAX).size(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn json_arrays_of_any_bytes_end(message in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(fields(&message).count() <= message.len());
        }
    }
}
