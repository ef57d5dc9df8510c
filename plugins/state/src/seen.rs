//! What a system has acted on.

/// What a system has last acted on. The system compares it with how things are, and acts again if
/// they differ.
#[derive(Debug)]
pub struct Seen<K>(Option<K>);

impl<K> Default for Seen<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq> Seen<K> {
    /// Returns whether `now` is different from what was seen last, which it replaces.
    pub fn changed(&mut self, now: K) -> bool {
        self.replaced(now).is_some()
    }

    /// Returns what was seen last if `now` is different from it, and replaces it. The first time
    /// that is `None`.
    pub fn replaced(&mut self, now: K) -> Option<Option<K>> {
        (self.0.as_ref() != Some(&now)).then(|| self.0.replace(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_changes_when_something_else_is_seen() {
        let mut seen = Seen::default();
        assert_eq!([1, 1, 2, 2, 1].map(|now| seen.changed(now)), [true, false, true, false, true]);
    }

    #[test]
    fn seen_returns_what_was_there_before_a_change() {
        let mut seen = Seen::default();
        assert_eq!([1, 1, 2].map(|now| seen.replaced(now)), [Some(None), None, Some(Some(1))]);
    }
}
