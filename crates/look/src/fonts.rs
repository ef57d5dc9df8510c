//! The fonts, and which characters they lack.
//!
//! Code that lays out a text notes the characters that no font has ([`note`]). Whoever looks for
//! fonts on the machine takes them ([`take_missing`]) and adds what was found ([`add`]).

use std::{collections::BTreeSet, sync::Arc};

use egui::{Context, FontData, FontDefinitions, FontFamily, Id};

use crate::theme::{BODY, SEMIBOLD};

/// The greatest number of characters of a text that is looked at.
const LONGEST: usize = 400;

/// Characters that were shown and that no font has.
#[derive(Debug, Clone, Default)]
struct Missing(BTreeSet<char>);

/// Notes the characters of `text` that no font has. This is cheap for nearly all text.
pub fn note(ctx: &Context, text: &str) {
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

/// Returns the characters that were noted since the last call.
pub fn take_missing(ctx: &Context) -> impl Iterator<Item = char> + use<> {
    ctx.data_mut(|data| std::mem::take(data.get_temp_mut_or_default::<Missing>(id()))).0.into_iter()
}

/// Adds fonts after those that are there, by their names.
pub fn add(ctx: &Context, found: impl IntoIterator<Item = (String, FontData)>) {
    let mut found = found.into_iter().peekable();
    if found.peek().is_none() {
        return;
    }
    let mut fonts = ctx.fonts(|fonts| fonts.definitions().clone());
    for (name, data) in found {
        fonts.font_data.insert(name.clone(), Arc::new(data));
        let families = fonts.families.iter_mut().filter(|(family, _)| **family != FontFamily::Monospace);
        families.for_each(|(_, names)| names.push(name.clone()));
    }
    ctx.set_fonts(fonts);
    ctx.request_repaint();
}

/// Draws all letters anew from the next pass on, as if none had been drawn before. Each letter is drawn
/// once into a texture, in the order in which they come up, and where it lies there changes its edges on
/// the screen by rounding.
pub fn draw_anew(ctx: &Context) {
    // Only then are there fonts.
    if ctx.cumulative_pass_nr() == 0 {
        return;
    }
    let mut fonts = ctx.fonts(|fonts| fonts.definitions().clone());
    // Other definitions make the context forget the texture.
    let family = FontFamily::Name("anew".into());
    if fonts.families.remove(&family).is_none() {
        let names = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
        fonts.families.insert(family, names);
    }
    ctx.set_fonts(fonts);
}

/// Gives `ctx` the fonts if it has others. Returns whether they can be used, which is from the next
/// pass on.
pub(crate) fn are_ready(ctx: &Context) -> bool {
    let ready = ctx.fonts(|fonts| fonts.definitions().families.contains_key(&FontFamily::Name(SEMIBOLD.into())));
    if !ready {
        ctx.set_fonts(definitions());
        ctx.request_discard("fonts");
        ctx.request_repaint();
    }
    ready
}

fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let own: [(&str, &'static [u8], FontFamily); 2] = [
        ("Inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf"), FontFamily::Proportional),
        (
            "Inter SemiBold",
            include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
            FontFamily::Name(SEMIBOLD.into()),
        ),
    ];
    let fallbacks = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    for (name, bytes, family) in own {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
        let names = std::iter::once(name.to_owned()).chain(fallbacks.iter().cloned()).collect();
        fonts.families.insert(family, names);
    }
    fonts
}

#[cfg(test)]
mod tests {
    use egui::{Color32, FontId};

    use super::*;
    use crate::theme::{CAPTION, SECONDARY, header, heavy, title};

    fn missing(text: &str) -> Vec<char> {
        let ctx = Context::default();
        let output = ctx.run_ui(egui::RawInput::default(), |ui| note(ui.ctx(), text));
        output.drop_without_applying_deltas();
        take_missing(&ctx).collect()
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
        add(&ctx, [("found".into(), FontData::from_owned(bytes))]);
        let after = missing(&ctx);
        assert!(after.len() < before.len(), "{} were missing, {} are", before.len(), after.len());
        assert!(after.iter().all(|c| before.contains(c)), "what was there stays there");
    }

    /// A letter lies elsewhere in the texture if others came before it, unless they are forgotten.
    #[test]
    fn letters_that_are_drawn_anew_lie_where_they_would_have_first() {
        let place = |before: &[&str], anew: bool| {
            let ctx = Context::default();
            let show = |text: &str| {
                let mut place = None;
                let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                    let galley = ui.painter().layout_no_wrap(text.into(), BODY, Color32::WHITE);
                    place = galley.rows[0].glyphs.first().map(|glyph| glyph.uv_rect.min);
                });
                output.drop_without_applying_deltas();
                place.unwrap()
            };
            before.iter().for_each(|text| _ = show(text));
            if anew {
                draw_anew(&ctx);
            }
            show("Step")
        };
        let first = place(&["x"], true);
        assert_ne!(place(&["x", "Loading 45 %"], false), first);
        assert_eq!(place(&["x", "Loading 45 %"], true), first);
        assert_eq!(place(&["x", "Loading 45 %", "Loading 46 %"], true), first);
    }

    /// The fonts draw each character as it is: no × for the x in `10x20`, and no arrow for `->`.
    #[test]
    fn letters_do_not_depend_on_their_neighbors() {
        let ctx = Context::default();
        ctx.set_fonts(definitions());
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let drawn = |text: &str, font: &FontId| {
                let galley = ui.painter().layout_no_wrap(text.into(), font.clone(), Color32::WHITE);
                let glyphs = galley.rows.iter().flat_map(|row| &row.glyphs);
                glyphs.map(|glyph| (glyph.chr, glyph.advance_width)).collect::<Vec<_>>()
            };
            for font in [FontId::proportional(100.0), heavy(100.0)] {
                for text in ["10x20", "0x1f", "a->b"] {
                    let alone = text.chars().flat_map(|c| drawn(&c.to_string(), &font));
                    for ((c, width), alone) in drawn(text, &font).into_iter().zip(alone) {
                        // Kerning takes a few percent; × is wider than x by more.
                        assert!((width - alone.1).abs() < 4.0, "{c} of {text}: {width}, alone {}", alone.1);
                    }
                }
            }
        });
        output.drop_without_applying_deltas();
    }

    /// All digits have the same width, so that numbers do not jump when they change.
    #[test]
    fn digits_have_one_width() {
        let ctx = Context::default();
        ctx.set_fonts(definitions());
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            for font in [BODY, SECONDARY, CAPTION, header(), title()] {
                let width = |c| ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&font, c));
                for digit in '1'..='9' {
                    assert!((width(digit) - width('0')).abs() < 0.05, "{digit} in {font:?}");
                }
            }
        });
        output.drop_without_applying_deltas();
    }
}
