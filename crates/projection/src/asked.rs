//! How a setting that adapts unless it was asked for is stored in files: `None`, or `Some` value.
//!
//! Older files have a plain number. If that is the default, nobody asked for it.

use std::{fmt, marker::PhantomData};

use serde::{Deserializer, Serialize, Serializer, de};

use crate::{TsneConfig, UmapConfig};

/// A number with a default that adapts.
pub(crate) trait Setting: Serialize + Copy + PartialEq {
    const DEFAULT: Self;

    /// Returns `None` if the type does not hold `x`.
    fn from_f64(x: f64) -> Option<Self>;
}

impl Setting for f32 {
    const DEFAULT: Self = TsneConfig::PERPLEXITY as Self;

    fn from_f64(x: f64) -> Option<Self> {
        Some(x as Self)
    }
}

impl Setting for usize {
    const DEFAULT: Self = UmapConfig::NEIGHBORS;

    fn from_f64(x: f64) -> Option<Self> {
        (x >= 0.0 && x.fract() == 0.0 && x < f64::from(u32::MAX)).then_some(x as Self)
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn serialize<T: Setting, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Setting, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Visitor { is_plain: true, setting: PhantomData })
}

struct Visitor<T> {
    /// Whether the value is a plain number.
    is_plain: bool,
    setting: PhantomData<T>,
}

impl<'de, T: Setting> de::Visitor<'de> for Visitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("None or a number")
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Option<T>, E> {
        let value = T::from_f64(x).ok_or_else(|| E::invalid_value(de::Unexpected::Float(x), &self))?;
        Ok(Some(value).filter(|value| !self.is_plain || *value != T::DEFAULT))
    }

    fn visit_u64<E: de::Error>(self, x: u64) -> Result<Option<T>, E> {
        self.visit_f64(x as f64)
    }

    fn visit_i64<E: de::Error>(self, x: i64) -> Result<Option<T>, E> {
        self.visit_f64(x as f64)
    }

    fn visit_none<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(Self { is_plain: false, ..self })
    }
}
