//! How a setting that adapts unless it was asked for is stored in files: `None`, or `Some` value.
//!
//! Older files have a plain number. If that is the default, nobody asked for it. JSON has no `Some`,
//! so a default that was asked for is written as a list of one number: `[30.0]`.

use std::{fmt, marker::PhantomData};

use serde::{Deserializer, Serialize, Serializer, de};

/// A number that a person can ask for.
pub(crate) trait Number: Serialize + Copy + PartialEq {
    /// Returns `None` if the type does not hold `x`.
    fn from_f64(x: f64) -> Option<Self>;
}

impl Number for f32 {
    fn from_f64(x: f64) -> Option<Self> {
        Some(x as Self)
    }
}

impl Number for usize {
    fn from_f64(x: f64) -> Option<Self> {
        (x >= 0.0 && x.fract() == 0.0 && x < f64::from(u32::MAX)).then_some(x as Self)
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn serialize<const DEFAULT: usize, T: Number, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(asked) if is_default::<DEFAULT, T>(*asked) => [*asked].serialize(serializer),
        value => value.serialize(serializer),
    }
}

pub(crate) fn deserialize<'de, const DEFAULT: usize, T: Number, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Visitor::<DEFAULT, T> { is_plain: true, setting: PhantomData })
}

fn is_default<const DEFAULT: usize, T: Number>(value: T) -> bool {
    T::from_f64(DEFAULT as f64) == Some(value)
}

struct Visitor<const DEFAULT: usize, T> {
    /// Whether the value is a plain number.
    is_plain: bool,
    setting: PhantomData<T>,
}

impl<'de, const DEFAULT: usize, T: Number> de::Visitor<'de> for Visitor<DEFAULT, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("None, a number, or a list of one number")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        let number: Option<f64> = list.next_element()?;
        if list.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(de::Error::invalid_length(2, &self));
        }
        let number = number.ok_or_else(|| de::Error::invalid_length(0, &self))?;
        Self { is_plain: false, ..self }.visit_f64(number)
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Option<T>, E> {
        let value = T::from_f64(x).ok_or_else(|| E::invalid_value(de::Unexpected::Float(x), &self))?;
        Ok(Some(value).filter(|value| !self.is_plain || !is_default::<DEFAULT, T>(*value)))
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

#[cfg(test)]
mod tests {
    use crate::{TsneConfig, UmapConfig};

    /// JSON, and the perplexity and neighbors that it means.
    #[test]
    fn settings_are_read_as_they_were_asked_for() {
        for (perplexity, neighbors, expected) in [
            ("30.0", "15", (None, None)),
            ("null", "null", (None, None)),
            ("[30.0]", "[15]", (Some(30.0), Some(15))),
            ("12.5", "7", (Some(12.5), Some(7))),
        ] {
            let mut tsne = serde_json::to_value(TsneConfig::recommended()).unwrap();
            let mut umap = serde_json::to_value(UmapConfig::recommended()).unwrap();
            tsne["perplexity"] = serde_json::from_str(perplexity).unwrap();
            umap["neighbors"] = serde_json::from_str(neighbors).unwrap();
            let tsne: TsneConfig = serde_json::from_value(tsne).unwrap();
            let umap: UmapConfig = serde_json::from_value(umap).unwrap();
            assert_eq!((tsne.perplexity, umap.neighbors), expected, "{perplexity} {neighbors}");
            let again = serde_json::to_string(&tsne).unwrap();
            assert_eq!(serde_json::from_str::<TsneConfig>(&again).unwrap().perplexity, expected.0, "{again}");
        }
        for bad in ["[]", "[1.0,2.0]", "\"30\""] {
            let mut tsne = serde_json::to_value(TsneConfig::recommended()).unwrap();
            tsne["perplexity"] = serde_json::from_str(bad).unwrap();
            assert!(serde_json::from_value::<TsneConfig>(tsne).is_err(), "{bad}");
        }
    }
}
