//! Text in any script: characters that the program's own fonts lack are looked for in the system's
//! fonts.
//!
//! A thread searches the system's fonts for the characters that the panels have noted
//! ([`parallax_look::fonts`]), and the fonts that have them are added after the others. Each
//! character is looked for once.

use std::{
    collections::HashSet,
    thread::{self, JoinHandle},
};

use egui::{Context, FontData};
use parallax_desktop::fonts::{SystemFont, covering};
use parallax_look::fonts::{add, take_missing};

/// The search for fonts.
#[derive(Debug, Default)]
pub struct Lookup {
    looked_for: HashSet<char>,
    search: Option<JoinHandle<Vec<SystemFont>>>,
}

impl Lookup {
    /// Searches for missing characters, and adds the fonts that were found. Returns whether a
    /// search is running.
    pub fn go_on(&mut self, ctx: &Context) -> bool {
        let was_busy = self.search.is_some();
        if let Some(search) = self.search.take_if(|search| search.is_finished()) {
            // A search that panics finds nothing.
            let found = search.join().unwrap_or_default();
            add(
                ctx,
                found
                    .into_iter()
                    .map(|font| (font.name, FontData { index: font.index, ..FontData::from_owned(font.bytes) })),
            );
        }
        let new: Vec<char> = take_missing(ctx).filter(|c| !self.looked_for.contains(c)).collect();
        if !new.is_empty() && !was_busy {
            self.looked_for.extend(&new);
            self.search = thread::Builder::new().name("fonts".into()).spawn(move || covering(&new)).ok();
        }
        was_busy || self.search.is_some()
    }
}
