//! The style of a context.

use egui::{
    Context, FontId, Id, Margin, Shadow, Stroke, Style, TextStyle, Ui,
    style::{HandleShape, ScrollStyle},
    vec2,
};

use crate::{
    fonts,
    theme::{BODY, CAPTION, CARD_CORNER, CONTROL, DARK, SPACE, Tokens, title},
};

/// Gives `ctx` these colors, the style, and the fonts if it has others, within a pass. Returns
/// whether all are in use: fonts are from the next pass on.
pub fn dress(ctx: &Context, tokens: &'static Tokens, reduced_motion: bool) -> bool {
    let dress = Dress { tokens, reduced_motion };
    if Dress::of(ctx) != Some(dress) {
        ctx.data_mut(|data| data.insert_temp(Id::NULL, dress));
        ctx.set_theme(tokens.base);
        ctx.style_mut_of(tokens.base, |style| restyle(style, tokens, reduced_motion));
    }
    fonts::are_ready(ctx)
}

/// What a context is dressed in. It is kept with the data of the context.
#[derive(Clone, Copy, PartialEq)]
struct Dress {
    tokens: &'static Tokens,
    reduced_motion: bool,
}

impl Dress {
    fn of(ctx: &Context) -> Option<Self> {
        ctx.data(|data| data.get_temp(Id::NULL))
    }
}

impl Tokens {
    /// Returns the colors in which `ui` is drawn.
    #[must_use]
    pub fn within(ui: &Ui) -> &'static Self {
        Self::current(ui.ctx())
    }

    /// Returns the colors that [`dress`] has given `ctx`, or [`DARK`] if it has none.
    #[must_use]
    pub fn current(ctx: &Context) -> &'static Self {
        Dress::of(ctx).map_or(&DARK, |dress| dress.tokens)
    }
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

#[cfg(test)]
mod tests {
    use egui::RawInput;

    use super::*;
    use crate::theme::{CONTRAST, LIGHT};

    /// What is drawn has the colors that its context was dressed in last.
    #[test]
    fn drawn_colors_are_those_of_the_dress() {
        let ctx = Context::default();
        assert_eq!(Tokens::current(&ctx), &DARK);
        for tokens in [&DARK, &LIGHT, &CONTRAST, &DARK] {
            // A pass has the style that the context had when it began.
            let dressing = ctx.run_ui(RawInput::default(), |ui| _ = dress(ui.ctx(), tokens, false));
            dressing.drop_without_applying_deltas();
            let drawn = ctx.run_ui(RawInput::default(), |ui| {
                assert_eq!(Tokens::within(ui), tokens);
                assert_eq!(ui.visuals().window_fill, tokens.card);
            });
            drawn.drop_without_applying_deltas();
        }
    }
}
