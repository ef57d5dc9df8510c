//! What an approximate search knows so far: for each place the nearest others it has met.

use std::sync::{Mutex, PoisonError};

use super::space::Space;

/// An entry: from the highest bit down, the squared distance, the place, and whether the search has
/// looked from there. As numbers, entries are ordered by distance, then by place.
pub(super) type Entry = u64;

/// No place.
pub(super) const NONE: Entry = Entry::MAX;

/// Set in entries that the search has looked from.
pub(super) const SEEN: Entry = 1;

/// The number of lists per lock.
const LOCKED: usize = 64;

#[derive(Debug)]
pub(super) struct Known {
    /// The number of entries in a list.
    pub(super) width: usize,
    /// Row-major, places x `width`, ascending; padded with [`NONE`].
    pub(super) entries: Vec<Entry>,
}

/// The lists, to which many threads add. The final lists do not depend on the order.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    width: usize,
    lists: Vec<Mutex<&'a mut [Entry]>>,
}

impl Known {
    pub(super) fn new(places: usize, width: usize) -> Self {
        Self { width, entries: vec![NONE; places * width] }
    }

    pub(super) fn list(&self, place: u32) -> &[Entry] {
        &self.entries[place as usize * self.width..][..self.width]
    }

    pub(super) fn share(&mut self) -> Shared<'_> {
        let lists = self.entries.chunks_mut(LOCKED * self.width).map(Mutex::new).collect();
        Shared { width: self.width, lists }
    }
}

impl Shared<'_> {
    pub(super) fn with_list<R>(&self, place: u32, change: impl FnOnce(&mut [Entry]) -> R) -> R {
        let (block, row) = (place as usize / LOCKED, place as usize % LOCKED);
        let mut lists = self.lists[block].lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut lists[row * self.width..(row + 1) * self.width])
    }
}

/// The entry for `to` in the list of `from`.
#[inline(always)]
pub(super) fn entry(space: &Space, from: u32, to: u32) -> Entry {
    Entry::from(space.square(from as usize, to as usize).to_bits()) << 32 | Entry::from(to << 1)
}

/// The place that an entry leads to.
pub(super) fn place(entry: Entry) -> u32 {
    entry as u32 >> 1
}

/// The squared distance that a place must not exceed to get into a list.
pub(super) fn reach(list: &[Entry]) -> f32 {
    match list.last() {
        Some(&last) if last != NONE => f32::from_bits((last >> 32) as u32),
        _ => f32::INFINITY,
    }
}

/// Merges the ascending entries `new` into `list`, and drops the last entry for each one added.
/// Returns how many were added. A place that is already in the list stays as it is.
pub(super) fn merge(list: &mut [Entry], new: &[Entry], scratch: &mut Vec<Entry>) -> usize {
    scratch.clear();
    let (mut old, mut new, mut added) = (list.iter().copied().peekable(), new.iter().copied().peekable(), 0);
    while scratch.len() < list.len() {
        match (old.peek(), new.peek()) {
            (Some(&a), Some(&b)) if a >> 1 == b >> 1 => drop(new.next()),
            (Some(&a), Some(&b)) if b < a => {
                scratch.push(b);
                new.next();
                added += 1;
            }
            (Some(&a), _) => {
                scratch.push(a);
                old.next();
            }
            (None, _) => break,
        }
    }
    list.copy_from_slice(scratch);
    added
}
