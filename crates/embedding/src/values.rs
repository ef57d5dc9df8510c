//! Distinct texts in one piece of memory.
//!
//! A million labels are one allocation for their bytes and one for their ends. This takes half the
//! memory of a million boxed strings, is copied in milliseconds, and is searched as one haystack.
//! [`Gathering`] collects texts, each once.

use std::{
    hash::{BuildHasher as _, RandomState},
    ops::{Index, Range},
    sync::Arc,
};

/// The distinct texts of a column in order of first appearance. Cloning is cheap: they are shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// All texts, one after the other.
    text: Arc<String>,
    /// Where each ends.
    ends: Arc<Vec<usize>>,
}

impl Values {
    /// The number of texts.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts, by ascending code.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator + Clone {
        (0..self.len()).map(|code| &self[code])
    }

    /// The code of `text`. Returns `None` if it is not among them.
    #[must_use]
    pub fn position(&self, text: &str) -> Option<usize> {
        let (mut start, bytes) = (0, self.text.as_bytes());
        self.ends.iter().position(|&end| {
            let found = end - start == text.len() && &bytes[start..end] == text.as_bytes();
            start = end;
            found
        })
    }

    /// All texts one after the other, with nothing between them.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The range of the text of `code` in [`Values::text`].
    ///
    /// # Panics
    /// Panics if there is no such code.
    #[must_use]
    pub fn span(&self, code: usize) -> Range<usize> {
        code.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[code]
    }

    /// These texts, then those of `other`. The two have no text in common.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        let ends = self.ends.iter().copied().chain(other.ends.iter().map(|end| end + self.text.len()));
        Self { ends: Arc::new(ends.collect()), text: Arc::new([self.text.as_str(), &other.text].concat()) }
    }

    /// The texts that are `kept`, in their order, then `added`.
    pub(crate) fn edited(&self, kept: &[bool], added: Option<&str>) -> Self {
        let mut text = String::with_capacity(self.text.len() + added.map_or(0, str::len));
        let mut ends = Vec::with_capacity(self.len() + usize::from(added.is_some()));
        let mut code = 0;
        // What stays together is copied together.
        for run in kept.chunk_by(|a, b| a == b) {
            let codes = code..code + run.len();
            code = codes.end;
            if run[0] {
                let span = self.span(codes.start).start..self.ends[codes.end - 1];
                ends.extend(self.ends[codes].iter().map(|end| end - span.start + text.len()));
                text.push_str(&self.text[span]);
            }
        }
        if let Some(added) = added {
            text.push_str(added);
            ends.push(text.len());
        }
        Self { text: text.into(), ends: ends.into() }
    }
}

impl Index<usize> for Values {
    type Output = str;

    fn index(&self, code: usize) -> &str {
        &self.text[self.span(code)]
    }
}

/// Texts being collected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathering {
    text: String,
    ends: Vec<usize>,
    /// A table with open addressing: for each text a part of its hash and its code, or [`FREE`]. As
    /// long as a power of two.
    slots: Vec<(u32, u32)>,
    hasher: RandomState,
}

const FREE: u32 = u32::MAX;

impl Gathering {
    /// The code of `text`, which is added if it is new.
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if self.slots.len() < 2 * (self.ends.len() + 1) {
            self.grow();
        }
        let hash = self.hasher.hash_one(text) as u32;
        let mut slot = self.slot(hash);
        loop {
            match self.slots[slot] {
                (_, FREE) => break,
                (other, code) if other == hash && self.get(code as usize) == text => return code,
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
        let code = u32::try_from(self.ends.len()).unwrap_or(FREE);
        self.slots[slot] = (hash, code);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        code
    }

    pub(crate) fn finish(self) -> Values {
        let Self { mut text, mut ends, .. } = self;
        text.shrink_to_fit();
        ends.shrink_to_fit();
        Values { text: text.into(), ends: ends.into() }
    }

    fn get(&self, code: usize) -> &str {
        let start = code.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[code]]
    }

    fn slot(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        let length = (4 * self.slots.len()).max(16);
        for (hash, code) in std::mem::replace(&mut self.slots, vec![(0, FREE); length]) {
            let mut slot = self.slot(hash);
            while code != FREE && self.slots[slot].1 != FREE {
                slot = (slot + 1) & (length - 1);
            }
            if code != FREE {
                self.slots[slot] = (hash, code);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gathered(texts: &[String]) -> (Values, Vec<u32>) {
        let mut gathering = Gathering::default();
        let codes = texts.iter().map(|text| gathering.code(text)).collect();
        (gathering.finish(), codes)
    }

    proptest! {
        /// Each text is stored once, in order of first appearance, and is found again.
        #[test]
        fn texts_are_gathered_once(texts in prop::collection::vec("[ab\u{e9}]{0,3}", 0..200)) {
            let (values, codes) = gathered(&texts);
            let mut distinct: Vec<&str> = Vec::new();
            for text in &texts {
                if !distinct.contains(&&**text) {
                    distinct.push(text);
                }
            }
            prop_assert_eq!(values.iter().collect::<Vec<_>>(), &distinct[..]);
            prop_assert_eq!(values.text(), distinct.concat());
            for (text, code) in texts.iter().zip(codes) {
                prop_assert_eq!(&values[code as usize], &**text);
                prop_assert_eq!(values.position(text), Some(code as usize));
            }
            prop_assert_eq!(values.position("c"), None);
        }

        #[test]
        fn values_are_edited_as_a_list_is(texts in prop::collection::vec("[a-z]{0,3}", 0..40), kept in prop::collection::vec(any::<bool>(), 40), added in prop::option::of("[a-z]{1,3}")) {
            let (values, _) = gathered(&texts);
            let stays = values.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(text, _)| text);
            let expected: Vec<&str> = stays.chain(added.as_deref()).collect();
            let edited = values.edited(&kept[..values.len()], added.as_deref());
            prop_assert_eq!(edited.iter().collect::<Vec<_>>(), expected);
        }
    }
}
