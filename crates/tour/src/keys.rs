//! The names of all fields in a RON text, whatever types they belong to.

use std::{collections::BTreeSet, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Returns the fields in `text`, each with those that contain it, as in
/// `projection.tsne.perplexity`; empty if the text is not RON.
pub(super) fn keys(text: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut deserializer = ron::Deserializer::from_str(text).ok()?;
    Keys { within: String::new(), found: &mut found }.deserialize(&mut deserializer).ok()?;
    Some(found)
}

struct Keys<'a> {
    within: String,
    found: &'a mut BTreeSet<String>,
}

impl Keys<'_> {
    fn same(&mut self) -> Keys<'_> {
        Keys { within: self.within.clone(), found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A value without fields has no names.
macro_rules! plain {
    ($($visit:ident($type:ty)),*) => { $(fn $visit<E: Error>(self, _: $type) -> Result<(), E> { Ok(()) })* };
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    plain!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str), visit_char(char));

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.same())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            let within = if self.within.is_empty() { key } else { format!("{}.{key}", self.within) };
            entries.next_value_seed(Keys { within: within.clone(), found: self.found })?;
            self.found.insert(within);
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<(), A::Error> {
        let (_, content): (IgnoredAny, _) = variant.variant()?;
        content.newtype_variant_seed(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_session::View;

    #[test]
    fn fields_are_found_at_any_depth() {
        let text = "(a: 1, b: Some((c: [(d: x), (e: Named(f: 2))])), g: \"h: 1\", i: None, j: Tuple(1, (k: -2.5)))";
        let found = keys(text).unwrap();
        let expected = ["a", "b", "b.c", "b.c.d", "b.c.e", "b.c.e.f", "g", "i", "j", "j.k"];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(keys("(a: "), None);
    }

    #[test]
    fn fields_of_a_view_are_all_found() {
        let found = keys(&ron::to_string(&View::default()).unwrap()).unwrap();
        assert!(found.contains("projection.tsne.perplexity") && found.contains("look.fog"), "{found:?}");
    }
}
