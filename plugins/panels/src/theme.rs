//! Colors, type and spacing: one place for all of them.

use std::{cell::Cell, sync::Arc};

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, Style,
    TextStyle, Ui,
    style::{HandleShape, ScrollStyle, Visuals, WidgetVisuals, Widgets},
    vec2,
};
use parallax_session::{Panels, Theme};

/// The colors of everything but the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
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

const DARK: Tokens = Tokens {
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

const LIGHT: Tokens = Tokens {
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

const CONTRAST: Tokens = Tokens {
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
/// The width of a card at least.
pub const CARD_WIDTH: f32 = Panels::LEAST_WIDTH as f32;
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

thread_local! {
    static CONTENT_WIDTH: Cell<f32> = const { Cell::new(CARD_WIDTH - 2.0 * GAP) };
}

/// The width of the content of the card that is being drawn.
pub(crate) fn content_width() -> f32 {
    CONTENT_WIDTH.get()
}

/// Draws the content of a card with this width.
pub(crate) fn with_content_width<T>(width: f32, draw: impl FnOnce() -> T) -> T {
    let before = CONTENT_WIDTH.replace(width);
    let drawn = draw();
    CONTENT_WIDTH.set(before);
    drawn
}

const SEMIBOLD: &str = "semibold";

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Tokens {
    /// The colors of a theme.
    #[must_use]
    pub const fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
            Theme::Contrast => &CONTRAST,
        }
    }

    /// Returns the colors in which `ui` is drawn.
    pub(crate) fn within(ui: &Ui) -> &'static Self {
        Self::drawn(ui.visuals())
    }

    /// Returns the colors of the current theme.
    pub(crate) fn current(ctx: &Context) -> &'static Self {
        Self::drawn(&ctx.global_style().visuals)
    }

    /// Each theme is known by the color of its cards.
    fn drawn(visuals: &Visuals) -> &'static Self {
        [&DARK, &LIGHT, &CONTRAST].into_iter().find(|tokens| tokens.card == visuals.window_fill).unwrap_or(&DARK)
    }

    /// The border of cards and fields.
    pub(crate) fn border(&self) -> Stroke {
        Stroke::new(1.0, self.hairline)
    }

    /// How controls look.
    pub(crate) fn widgets(&self) -> Widgets {
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
pub(crate) fn heavy(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// Gives `ctx` the style and the fonts if it has others. Returns whether both are in use.
pub(crate) fn dress(ctx: &Context, theme: Theme, reduced_motion: bool, styled: &mut Option<(Theme, bool)>) -> bool {
    if styled.replace((theme, reduced_motion)) != Some((theme, reduced_motion)) {
        apply(ctx, theme, reduced_motion);
    }
    fonts_are_ready(ctx)
}

/// Gives `ctx` the fonts if it has others. They can be used from the next pass on.
fn fonts_are_ready(ctx: &Context) -> bool {
    let ready = ctx.fonts(|fonts| fonts.definitions().families.contains_key(&FontFamily::Name(SEMIBOLD.into())));
    if !ready {
        ctx.set_fonts(fonts());
        ctx.request_discard("fonts");
        ctx.request_repaint();
    }
    ready
}

fn fonts() -> FontDefinitions {
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

/// Gives `ctx` the theme's style.
fn apply(ctx: &Context, theme: Theme, reduced_motion: bool) {
    let egui_theme = match theme {
        Theme::Dark | Theme::Contrast => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    };
    ctx.set_theme(egui_theme);
    ctx.style_mut_of(egui_theme, |style| restyle(style, Tokens::of(theme), reduced_motion));
}

fn restyle(style: &mut Style, tokens: &Tokens, reduced_motion: bool) {
    style.text_styles = [
        (TextStyle::Small, CAPTION),
        (TextStyle::Body, BODY),
        (TextStyle::Button, BODY),
        (TextStyle::Heading, title()),
        (TextStyle::Monospace, FontId::monospace(12.0)),
    ]
    .into();
    style.animation_time = if reduced_motion { 0.0 } else { 0.18 };
    if reduced_motion {
        style.scroll_animation = egui::style::ScrollAnimation::none();
    }
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.spacing.item_spacing = vec2(SPACE, SPACE);
    style.spacing.button_padding = vec2(SPACE, 4.0);
    style.spacing.interact_size = vec2(CONTROL, CONTROL);
    style.spacing.menu_margin = Margin::same(4);
    style.spacing.window_margin = Margin::same(8);
    style.spacing.tooltip_width = 360.0;
    style.spacing.scroll = ScrollStyle {
        bar_width: 6.0,
        floating_width: 3.0,
        bar_outer_margin: 1.0,
        handle_min_length: 24.0,
        ..ScrollStyle::floating()
    };
    let visuals = &mut style.visuals;
    visuals.widgets = tokens.widgets();
    visuals.override_text_color = None;
    visuals.selection.bg_fill = tokens.accent_behind;
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.hyperlink_color = tokens.accent;
    visuals.faint_bg_color = tokens.inset;
    visuals.extreme_bg_color = tokens.inset;
    visuals.text_edit_bg_color = Some(tokens.inset);
    visuals.weak_text_color = Some(tokens.faint);
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.error;
    visuals.window_fill = tokens.card;
    visuals.window_stroke = tokens.border();
    visuals.window_corner_radius = CARD_CORNER;
    visuals.menu_corner_radius = CARD_CORNER;
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    visuals.panel_fill = tokens.stage[1];
    visuals.handle_shape = HandleShape::Circle;
    // A blinking cursor would redraw the cloud all the time.
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(1.5, tokens.accent);
    // Disabled controls have a color of their own: blended in linear light, half of white would be
    // gray.
    visuals.disabled_alpha = 1.0;
}

/// Contrast ratio of WCAG 2.2, section 1.4.3: (L1 + 0.05) / (L2 + 0.05) of relative luminances.
pub(crate) fn contrast(a: Color32, b: Color32) -> f32 {
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

    /// Drawn cards know their theme.
    #[test]
    fn themes_have_different_cards() {
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            let ctx = Context::default();
            apply(&ctx, theme, false);
            let drawn = ctx.run_ui(egui::RawInput::default(), |ui| {
                assert_eq!(Tokens::within(ui), Tokens::of(theme));
                assert_eq!(Tokens::current(ui.ctx()), Tokens::of(theme));
            });
            drawn.drop_without_applying_deltas();
        }
    }

    /// In high contrast, borders are seen as well: 3:1, WCAG 2.2, section 1.4.11.
    #[test]
    fn borders_have_enough_contrast_in_high_contrast() {
        for behind in [CONTRAST.card, CONTRAST.inset, CONTRAST.stage[0]] {
            assert!(contrast(CONTRAST.hairline, behind) >= 3.0);
        }
    }

    /// The fonts draw each character as it is: no × for the x in `10x20`, and no arrow for `->`.
    #[test]
    fn letters_do_not_depend_on_their_neighbors() {
        let ctx = Context::default();
        ctx.set_fonts(fonts());
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
        ctx.set_fonts(fonts());
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
