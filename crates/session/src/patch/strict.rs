//! Reads JSON as the types say, and says where it cannot be read, in plain words.
//!
//! Fields in lists that the types do not have are refused: a list is replaced as a whole, so nothing
//! in it is compared with what was there before, and a field with a mistake in its name would be as
//! if it were missing.

use std::fmt::{self, Display};

use serde::{
    Deserialize as _,
    de::{
        self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
        Unexpected, VariantAccess, Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use super::PatchError;
use crate::plural;

/// A value, and whether it is in a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strict<'a> {
    value: &'a Value,
    listed: bool,
}

/// What cannot be read, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// The names and numbers around it, the innermost first.
    path: Vec<Place>,
    what: What,
}

#[derive(Debug)]
enum Place {
    Field(String),
    Item(usize),
}

#[derive(Debug)]
enum What {
    /// There is no such field; there are these in its place.
    Unknown(&'static [&'static str]),
    /// There must be such a field.
    Missing(&'static str),
    /// What was expected.
    Said(String),
}

impl Fault {
    fn said(what: String) -> Self {
        Self { path: Vec::new(), what: What::Said(what) }
    }

    fn within(mut self, place: Place) -> Self {
        self.path.push(place);
        self
    }

    fn within_field(self, name: &str) -> Self {
        self.within(Place::Field(name.to_owned()))
    }
}

impl From<Fault> for PatchError {
    fn from(Fault { path, what }: Fault) -> Self {
        match what {
            What::Missing(name) => Self::Wrong { field: joined(path.iter().rev()), what: missing(name) },
            What::Said(what) => Self::Wrong { field: joined(path.iter().rev()), what },
            What::Unknown(known) => {
                let around = joined(path.iter().skip(1).rev());
                let beside = |name: &&str| if around.is_empty() { (*name).into() } else { format!("{around}.{name}") };
                // What is in another place cannot be moved into a list.
                Self::unknown(joined(path.iter().rev()), known.iter().map(beside).collect(), std::iter::empty())
            }
        }
    }
}

fn missing(name: &str) -> String {
    format!("{name} is missing")
}

/// Writes a path as in `filter[1].range`.
fn joined<'a>(path: impl Iterator<Item = &'a Place>) -> String {
    path.fold(String::new(), |text, place| match place {
        Place::Field(name) if text.is_empty() => name.clone(),
        Place::Field(name) => format!("{text}.{name}"),
        Place::Item(number) => format!("{text}[{number}]"),
    })
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Missing(name) => f.write_str(&missing(name)),
            What::Said(what) => f.write_str(what),
            What::Unknown(known) => write!(f, "there are {}", known.join(", ")),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(what: T) -> Self {
        Self::said(what.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::said(format!("expected {}, found {}", wanted(expected), given(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        Self::said(format!("expected {}, found {}", wanted(expected), plural(found, "item")))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::said(format!("expected one of {}, found {found}{}", known.join(", "), named(found, known)))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self { path: vec![Place::Field(found.to_owned())], what: What::Unknown(known) }
    }

    fn missing_field(name: &'static str) -> Self {
        Self { path: Vec::new(), what: What::Missing(name) }
    }
}

/// Shows how a name is given to a choice that needs one, if there is one among those `known`.
fn named(found: &str, known: &[&str]) -> String {
    let named = [("column", "a column"), ("saved", "a saved selection")];
    let choice = named.into_iter().find(|(choice, _)| known.contains(choice));
    choice.map_or_else(String::new, |(choice, what)| format!("; {what} is written {{\"{choice}\":{found:?}}}"))
}

/// Says what a type expects, of which serde has only names of types.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "a boolean" => "true or false".into(),
        "a string" | "a character" | "path string" => "a text, as in \"label\"".into(),
        "f32" | "f64" => "a number".into(),
        "u8" => "a whole number from 0 to 255".into(),
        "u16" => "a whole number from 0 to 65535".into(),
        "u32" | "u64" | "usize" => "a whole number from 0 on".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "a sequence" => "a list, as in […]".into(),
        "a map" => "an object, as in {…}".into(),
        _ if text.starts_with("struct ") => "an object, as in {…}".into(),
        _ => match text.strip_prefix("an array of length ").or_else(|| text.strip_prefix("a tuple of size ")) {
            Some(length) => format!("a list of {length}"),
            None => text,
        },
    }
}

/// Says what is there instead.
fn given(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Unit | Unexpected::Option => "null".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "an object".into(),
        other => other.to_string(),
    }
}

impl<'a> Strict<'a> {
    /// Returns a value that is in no list.
    pub(super) fn of(value: &'a Value) -> Self {
        Self { value, listed: false }
    }

    fn within(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::Array(items) => {
                let mut list = Items { rest: items, taken: 0 };
                let read = visitor.visit_seq(&mut list)?;
                let more = list.rest.len();
                if more == 0 { Ok(read) } else { Err(Fault::said(format!("{} too many", plural(more, "item")))) }
            }
            Value::Object(fields) => visitor.visit_map(Object { of: self, rest: fields.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let fields = self.value.as_object();
        let unknown = fields.and_then(|fields| fields.keys().find(|name| !known.contains(&name.as_str())));
        let refused = |name: &String| de::Error::unknown_field(name, known);
        if let Some(name) = unknown.filter(|_| self.listed) {
            return Err(refused(name));
        }
        let has = known.join(", ");
        self.deserialize_any(visitor).map_err(|fault: Fault| match (&fault.what, unknown) {
            // One that is missing here may be the one that is misspelled.
            (What::Missing(_), Some(name)) if fault.path.is_empty() => refused(name),
            (What::Missing(name), None) if fault.path.is_empty() => {
                Fault::said(format!("{}; it has {has}", missing(name)))
            }
            _ => fault,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let expected = variants.join(", ");
        let found = match self.value {
            Value::String(variant) => return visitor.visit_enum(Chosen { variant, content: None }),
            Value::Object(fields) => {
                if let [(variant, value)] = fields.iter().collect::<Vec<_>>()[..] {
                    return visitor.visit_enum(Chosen { variant, content: Some(self.within(value)) });
                }
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                match names.as_slice() {
                    [] => "none".to_owned(),
                    // A patch adds one beside what was there.
                    names => format!("{}; set the one to null that is to go", names.join(" and ")),
                }
            }
            other => other.to_string(),
        };
        Err(Fault::said(format!("expected one of {expected}, found {found}")))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

/// The items of a list.
struct Items<'a> {
    rest: &'a [Value],
    taken: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((value, rest)) = self.rest.split_first() else { return Ok(None) };
        let number = self.taken;
        (self.rest, self.taken) = (rest, number + 1);
        let item = seed.deserialize(Strict { value, listed: true });
        item.map(Some).map_err(|fault| fault.within(Place::Item(number)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The fields of an object.
struct Object<'a> {
    of: Strict<'a>,
    rest: serde_json::map::Iter<'a>,
    /// The field whose name was read last.
    value: Option<(&'a String, &'a Value)>,
}

impl<'de> MapAccess<'de> for Object<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.value = self.rest.next();
        self.value.map(|(name, _)| seed.deserialize(name.as_str().into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, value) = self.value.take().ok_or_else(|| Fault::said("a value is missing".into()))?;
        seed.deserialize(self.of.within(value)).map_err(|fault| fault.within_field(name))
    }
}

/// A variant of an enum, and what is in it.
struct Chosen<'a> {
    variant: &'a str,
    content: Option<Strict<'a>>,
}

impl<'de> EnumAccess<'de> for Chosen<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        Ok((seed.deserialize(self.variant.into_deserializer())?, self))
    }
}

impl<'de> Chosen<'de> {
    fn content<T>(self, read: impl FnOnce(Strict<'de>) -> Result<T, Fault>) -> Result<T, Fault> {
        let Self { variant, content } = self;
        let Some(content) = content else {
            return Err(Fault::said(format!("{variant} needs a value, as in {{\"{variant}\":…}}")));
        };
        read(content).map_err(|fault| fault.within_field(variant))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.content.is_none() {
            return Ok(());
        }
        let variant = self.variant;
        self.content(<()>::deserialize).map_err(|_fault| {
            Fault::said(format!("{variant} takes no value; write \"{variant}\" alone, without the braces"))
        })
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.content(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.content(|content| content.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, known: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.content(|content| content.deserialize_struct("", known, visitor))
    }
}
