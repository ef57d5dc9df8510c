//! Steps of a training that stay in memory, so that going back to one does not read it again.

use std::{collections::VecDeque, sync::Arc};

use parallax_formats::{Loaded, Moves, Source};

/// How many bytes of vectors stay in memory besides those that are open.
const BYTES: usize = 1 << 30;

/// What was loaded last from a source, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    source: Option<Arc<Source>>,
    loaded: VecDeque<((usize, usize), Loaded)>,
}

impl Remembered {
    /// Keeps what was loaded from a place in `source`: a run and an embedding in it. What is of another
    /// source is dropped, and so is the oldest if there is not enough room.
    pub(crate) fn keep(&mut self, source: &Arc<Source>, place: (usize, usize), loaded: &Loaded) {
        if !self.is_of(source) {
            *self = Self { source: Some(source.clone()), loaded: VecDeque::new() };
        }
        self.loaded.retain(|(known, _)| *known != place);
        self.loaded.push_back((place, loaded.clone()));
        while self.loaded.iter().map(|(_, loaded)| bytes(loaded)).sum::<usize>() > BYTES && self.loaded.len() > 1 {
            self.loaded.pop_front();
        }
    }

    /// Returns what was loaded from a place in `source`, if it is still there.
    pub(crate) fn recall(&self, source: &Arc<Source>, place: (usize, usize)) -> Option<Loaded> {
        let loaded = self.loaded.iter().filter(|_| self.is_of(source));
        loaded.rev().find(|(known, _)| *known == place).map(|(_, loaded)| loaded.clone())
    }

    /// Takes another listing of the source. What is the same in it stays.
    pub(crate) fn relist(&mut self, source: &Arc<Source>, moves: &Moves) {
        self.source = Some(source.clone());
        self.loaded.retain_mut(|(place, _)| {
            let now = moves.unchanged(*place);
            *place = now.unwrap_or(*place);
            now.is_some()
        });
    }

    /// Forgets everything, because files have changed.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn is_of(&self, source: &Arc<Source>) -> bool {
        self.source.as_ref().is_some_and(|known| Arc::ptr_eq(known, source))
    }
}

fn bytes(loaded: &Loaded) -> usize {
    let vectors = &loaded.embedding.vectors;
    vectors.rows() * vectors.dims() * vectors.dtype().size()
}
