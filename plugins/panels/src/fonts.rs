//! Text in any script: characters that the program's own fonts lack are looked for in the system's
//! fonts.
//!
//! Code that lays out a text notes the characters that no font has ([`note`]). A background task
//! then searches the system's fonts for them, and the fonts that have them are added after the
//! others. Each character is looked for once.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use egui::{Context, FontData, FontFamily, Id};
use parallax_desktop::fonts::{SystemFont, covering};

use crate::theme::BODY;

/// The greatest number of characters of a text that is looked at.
const LONGEST: usize = 400;

/// Characters that were shown and that no font has.
#[derive(Debug, Clone, Default)]
struct Missing(BTreeSet<char>);

/// The search for fonts.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    looked_for: HashSet<char>,
    task: Option<Task<Vec<SystemFont>>>,
}

/// Notes the characters of `text` that no font has. This is cheap for nearly all text.
pub(crate) fn note(ctx: &Context, text: &str) {
    if text.is_ascii() {
        return;
    }
    let foreign = || text.chars().take(LONGEST).filter(|c| !c.is_ascii() && !is_unseen(*c));
    let missing: Vec<char> = ctx.fonts_mut(|fonts| foreign().filter(|&c| !fonts.has_glyph(&BODY, c)).collect());
    if !missing.is_empty() {
        ctx.data_mut(|data| data.get_temp_mut_or_default::<Missing>(id()).0.extend(missing));
    }
}

/// Whether the character has no glyph of its own, as controls, joiners, direction marks and
/// variation selectors.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{feff}' | '\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

fn id() -> Id {
    Id::new("characters without a font")
}

impl Lookup {
    /// Searches for missing characters, and adds the fonts that were found. Returns whether a
    /// search is running.
    pub(crate) fn go_on(&mut self, ctx: &Context) -> bool {
        let missing = ctx.data_mut(|data| std::mem::take(data.get_temp_mut_or_default::<Missing>(id())));
        let was_busy = self.task.is_some();
        if let Some(fonts) = self.task.as_mut().and_then(check_ready) {
            self.task = None;
            add(ctx, fonts);
        }
        let new: Vec<char> = missing.0.into_iter().filter(|c| !self.looked_for.contains(c)).collect();
        if !new.is_empty() && self.task.is_none() && !was_busy {
            self.looked_for.extend(&new);
            self.task = Some(AsyncComputeTaskPool::get().spawn(async move { covering(&new) }));
        }
        was_busy || self.task.is_some()
    }
}

/// Adds `found` after the other fonts.
fn add(ctx: &Context, found: Vec<SystemFont>) {
    if found.is_empty() {
        return;
    }
    let mut fonts = ctx.fonts(|fonts| fonts.definitions().clone());
    for font in found {
        let data = FontData { index: font.index, ..FontData::from_owned(font.bytes) };
        fonts.font_data.insert(font.name.clone(), Arc::new(data));
        let families = fonts.families.iter_mut().filter(|(family, _)| **family != FontFamily::Monospace);
        families.for_each(|(_, names)| names.push(font.name.clone()));
    }
    ctx.set_fonts(fonts);
    ctx.request_repaint();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> Vec<char> {
        let ctx = Context::default();
        let output = ctx.run_ui(egui::RawInput::default(), |ui| note(ui.ctx(), text));
        output.drop_without_applying_deltas();
        ctx.data_mut(|data| data.get_temp_mut_or_default::<Missing>(id()).0.iter().copied().collect())
    }

    #[test]
    fn note_keeps_only_characters_that_no_font_has() {
        assert!(missing("plain, café, “quoted”\u{200d}\u{fe0f}\n").is_empty());
        assert_eq!(missing("漢字 in it, 字 twice"), ['字', '漢']);
    }

    /// A font that was found comes after the others, and its characters are no longer missing.
    #[test]
    fn fonts_that_were_found_are_drawn() {
        let ctx = Context::default();
        let missing = |ctx: &Context| {
            let mut missing = Vec::new();
            let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                let has = |c: &char| ui.ctx().fonts_mut(|fonts| fonts.has_glyph(&BODY, *c));
                missing = ('\u{250}'..'\u{2300}').filter(|c| !has(c)).collect();
            });
            output.drop_without_applying_deltas();
            missing
        };
        let bytes = include_bytes!("../../../assets/fonts/Inter-Regular.otf").to_vec();
        let before: Vec<char> = missing(&ctx);
        add(&ctx, vec![SystemFont { name: "found".into(), bytes, index: 0, characters: Vec::new() }]);
        let after = missing(&ctx);
        assert!(after.len() < before.len(), "{} were missing, {} are", before.len(), after.len());
        assert!(after.iter().all(|c| before.contains(c)), "what was there stays there");
    }
}
