//! Colors, type and spacing: one place for all of them.

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Stroke,
    style::{WidgetVisuals, Widgets},
};

/// The name of the heavy font.
pub(crate) const SEMIBOLD: &str = "semibold";

/// The colors of everything but the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// The theme of egui that these colors replace.
    pub base: egui::Theme,
    /// The background behind the cloud, in the middle and at the edge.
    pub stage: [Color32; 2],
    /// Behind panels.
    pub card: Color32,
    /// Behind fields within panels.
    pub inset: Color32,
    /// Borders and rails.
    pub hairline: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub secondary: Color32,
    /// Hints that need not be read.
    pub faint: Color32,
    /// Controls that are active or can be clicked.
    pub accent: Color32,
    /// Behind what is active.
    pub accent_behind: Color32,
    /// What is selected.
    pub selection: Color32,
    /// Warnings.
    pub warning: Color32,
    /// Errors.
    pub error: Color32,
}

/// Light text on a dark stage.
pub static DARK: Tokens = Tokens {
    base: egui::Theme::Dark,
    stage: [rgb(0x12_161D), rgb(0x0B_0E12)],
    card: rgb(0x16_1B22),
    inset: rgb(0x1B_212A),
    hairline: rgb(0x2A_323D),
    text: rgb(0xE6_EAF0),
    secondary: rgb(0x97_A3B3),
    faint: rgb(0x5F_6B7A),
    accent: rgb(0x5A_A9E6),
    accent_behind: rgb(0x1E_3A52),
    selection: rgb(0xFF_FFFF),
    warning: rgb(0xE8_B04A),
    error: rgb(0xF0_7F74),
};

/// Dark text on a light stage.
pub static LIGHT: Tokens = Tokens {
    base: egui::Theme::Light,
    stage: [rgb(0xFF_FFFF), rgb(0xEE_F1F5)],
    card: rgb(0xFF_FFFF),
    inset: rgb(0xF3_F5F8),
    hairline: rgb(0xD9_DFE6),
    text: rgb(0x1B_222B),
    secondary: rgb(0x56_6273),
    faint: rgb(0x87_93A3),
    accent: rgb(0x0B_6BB5),
    accent_behind: rgb(0xDC_EBF8),
    selection: rgb(0x0A_0E14),
    warning: rgb(0x8F_6200),
    error: rgb(0xBE_2F25),
};

/// Dark, with high contrast.
pub static CONTRAST: Tokens = Tokens {
    base: egui::Theme::Dark,
    stage: [rgb(0x00_0000), rgb(0x00_0000)],
    card: rgb(0x00_0000),
    inset: rgb(0x14_1414),
    hairline: rgb(0x9A_9A9A),
    text: rgb(0xFF_FFFF),
    secondary: rgb(0xDC_DCDC),
    faint: rgb(0xA8_A8A8),
    accent: rgb(0x6C_D0FF),
    accent_behind: rgb(0x00_2A44),
    selection: rgb(0xFF_FFFF),
    warning: rgb(0xFF_C83D),
    error: rgb(0xFF_A39B),
};

/// The distance of cards from the edges and from each other, and of their content from their
/// border.
pub const GAP: f32 = 12.0;
/// The gap between controls.
pub const SPACE: f32 = 8.0;
/// The height of a control.
pub const CONTROL: f32 = 28.0;
/// The corners of cards.
pub const CARD_CORNER: CornerRadius = CornerRadius::same(8);
/// The corners of controls.
pub const CORNER: CornerRadius = CornerRadius::same(6);

/// 13 px: most text.
pub const BODY: FontId = FontId::new(13.0, FontFamily::Proportional);
/// 12 px: secondary text.
pub const SECONDARY: FontId = FontId::new(12.0, FontFamily::Proportional);
/// 11 px: captions.
pub const CAPTION: FontId = FontId::new(11.0, FontFamily::Proportional);

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Tokens {
    /// The border of cards and fields.
    #[must_use]
    pub fn border(&self) -> Stroke {
        Stroke::new(1.0, self.hairline)
    }

    /// How controls look.
    #[must_use]
    pub fn widgets(&self) -> Widgets {
        let at_rest = WidgetVisuals {
            bg_fill: self.inset,
            weak_bg_fill: self.inset,
            bg_stroke: self.border(),
            corner_radius: CORNER,
            fg_stroke: Stroke::new(1.0, self.text),
            expansion: 0.0,
        };
        let touched = WidgetVisuals { bg_stroke: Stroke::new(1.0, self.faint), ..at_rest };
        Widgets {
            noninteractive: WidgetVisuals { bg_fill: self.card, weak_bg_fill: self.card, ..at_rest },
            inactive: at_rest,
            hovered: touched,
            active: WidgetVisuals { bg_stroke: Stroke::new(1.0, self.accent), ..at_rest },
            open: touched,
        }
    }
}

/// 13 px, heavy: headers.
#[must_use]
pub fn header() -> FontId {
    FontId::new(13.0, FontFamily::Name(SEMIBOLD.into()))
}

/// 20 px, heavy: the one thing that a card is about.
#[must_use]
pub fn title() -> FontId {
    FontId::new(20.0, FontFamily::Name(SEMIBOLD.into()))
}

/// Heavy, of any size.
#[must_use]
pub fn heavy(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// Returns the contrast ratio of WCAG 2.2, section 1.4.3: (L1 + 0.05) / (L2 + 0.05) of relative luminances.
#[must_use]
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |color: Color32| {
        let linear = egui::Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_enough_contrast() {
        for (tokens, least) in [(&DARK, 4.5), (&LIGHT, 4.5), (&CONTRAST, 7.0)] {
            for text in [tokens.text, tokens.secondary, tokens.accent, tokens.error, tokens.warning] {
                for behind in [tokens.card, tokens.inset, tokens.stage[0], tokens.stage[1]] {
                    let ratio = contrast(text, behind);
                    assert!(ratio >= least, "{text:?} on {behind:?}: {ratio}");
                }
            }
            assert!(contrast(tokens.accent, tokens.accent_behind) >= least, "{tokens:?}");
        }
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-4);
    }

    /// In high contrast, borders are seen as well: 3:1, WCAG 2.2, section 1.4.11.
    #[test]
    fn borders_have_enough_contrast_in_high_contrast() {
        for behind in [CONTRAST.card, CONTRAST.inset, CONTRAST.stage[0]] {
            assert!(contrast(CONTRAST.hairline, behind) >= 3.0);
        }
    }
}
