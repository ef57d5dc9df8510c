//! Reads JSON as the types say, and refuses fields in lists that the types do not have.
//!
//! A list is replaced as a whole, so nothing in it is compared with what was there before, and a field
//! with a mistake in its name would be as if it were missing.

use serde::{
    Deserialize as _,
    de::{
        DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Map, Value};

/// A value, and whether it is in a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strict<'a> {
    value: &'a Value,
    listed: bool,
}

impl<'a> Strict<'a> {
    /// Returns a value that is in no list.
    pub(super) fn of(value: &'a Value) -> Self {
        Self { value, listed: false }
    }

    fn within(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    fn map<V: Visitor<'a>>(self, fields: &'a Map<String, Value>, visitor: V) -> Result<V::Value, Error> {
        let entries = fields.iter().map(|(name, value)| (name.as_str(), self.within(value)));
        MapDeserializer::new(entries).deserialize_any(visitor)
    }
}

impl<'de> IntoDeserializer<'de, Error> for Strict<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Array(items) => {
                SeqDeserializer::new(items.iter().map(|value| Self { value, listed: true })).deserialize_any(visitor)
            }
            Value::Object(fields) => self.map(fields, visitor),
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let unknown = self.value.as_object().filter(|_| self.listed);
        match unknown.and_then(|fields| fields.keys().find(|name| !known.contains(&name.as_str()))) {
            Some(name) => Err(Error::unknown_field(name, known)),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.iter().next()) {
            Some((variant, value)) => visitor.visit_enum(Chosen { variant, content: self.within(value) }),
            None => self.value.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

/// A variant of an enum, and what is in it.
struct Chosen<'a> {
    variant: &'a str,
    content: Strict<'a>,
}

impl<'de> EnumAccess<'de> for Chosen<'de> {
    type Error = Error;
    type Variant = Strict<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Error> {
        Ok((seed.deserialize(self.variant.into_deserializer())?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Strict<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        <()>::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, known: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_struct("", known, visitor)
    }
}
