//! Sheets: what lies over everything until it is closed.

use egui::{Align, Align2, Area, Color32, Context, Frame, Id, Margin, Modal, Ui, vec2};

use crate::{
    icons::Icon,
    theme::{self, CARD_CORNER, GAP, Tokens},
    widgets,
};

/// Whether a sheet stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// It stays open.
    Open,
    /// It closes.
    Close,
}

/// Shows `content` on a sheet of at most this `width`, at the top or in the middle. Returns whether
/// it stays open.
pub fn sheet(ctx: &Context, name: &str, width: f32, at: Align2, content: impl FnOnce(&mut Ui) -> Stay) -> Stay {
    let window = ctx.content_rect();
    let shift = if at == Align2::CENTER_TOP { (window.height() * 0.12).min(96.0) } else { 0.0 };
    let area: Area = Modal::default_area(Id::new(name)).fade_in(false).constrain(false).anchor(at, vec2(0.0, shift));
    // Without a default size, the area would be too low for its content.
    let area = area.default_size(vec2(width, window.height() - 2.0 * GAP));
    let response = Modal::new(Id::new(name)).area(area).backdrop_color(Color32::from_black_alpha(90));
    let frame = |tokens: &Tokens| {
        Frame::new().fill(tokens.card).stroke(tokens.border()).corner_radius(CARD_CORNER).inner_margin(Margin::same(12))
    };
    let tokens = Tokens::current(ctx);
    let response = response.frame(frame(tokens)).show(ctx, |ui| {
        ui.set_width(width.min(window.width() - 2.0 * GAP) - 24.0);
        content(ui)
    });
    if response.should_close() { Stay::Close } else { response.inner }
}

/// The headline of a sheet, with the button that closes it.
pub fn headline(ui: &mut Ui, text: &str) -> Stay {
    let tokens = Tokens::within(ui);
    let mut stay = Stay::Open;
    ui.horizontal(|ui| {
        let size = vec2(ui.available_width() - 24.0 - ui.spacing().item_spacing.x, 24.0);
        widgets::text(ui, size, text, theme::header(), tokens.text, Align::Min);
        if widgets::icon_button(ui, 24.0, Icon::Close, "Close", false, false).on_hover_text("Close (Esc)").clicked() {
            stay = Stay::Close;
        }
    });
    stay
}
