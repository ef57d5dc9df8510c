//! What the rows of all lists have in common.

use egui::{Align, Color32, FontId, Rect, Response, Ui, pos2, vec2};
use parallax_embedding::{Embedding, RowSet};
use parallax_look::{
    Tokens,
    theme::{SECONDARY, SPACE},
    widgets::{self, dot, in_full_on_hover, paint_line},
};
use parallax_session::{Action, Edit};

use crate::{memory::PanelMemory, model::ViewModel, pointed::point_at};

/// The height of a row.
pub(crate) const ROW: f32 = 28.0;

/// Paints the thumbnail and the color of a row at the left of `rect`. Returns where the text
/// begins.
pub(crate) fn leading(
    ui: &Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    row: u32,
    rect: Rect,
) -> f32 {
    let mut left = rect.min.x;
    if embedding.sprite.is_some() {
        let place = Rect::from_min_size(pos2(left, rect.center().y - 12.0), vec2(24.0, 24.0));
        memory.thumbnails.paint(ui, embedding, row, place);
        left = place.max.x + SPACE;
    } else {
        left += 3.0;
    }
    if let Some(color) = (model.color_of)(row) {
        dot(ui.painter(), pos2(left + 5.0, rect.center().y), color);
    }
    left + 18.0
}

/// Adds what all rows in lists do: a click selects, and hovering shows elided text in full.
pub(crate) fn finish_row(
    response: Response,
    elided: bool,
    said: &str,
    row: u32,
    model: &ViewModel<'_>,
    actions: &mut Vec<Action>,
) {
    if response.hovered() {
        point_at(&response.ctx, row);
    }
    if response.clicked() && model.view.inspected() != Some(row) {
        actions.push(Edit::Select(RowSet::from(vec![row])).into());
    }
    in_full_on_hover(response, elided, said);
}

/// Paints what a row is called, and its number on the right if there is room. Returns whether the name
/// is elided.
pub(crate) fn named(ui: &Ui, rect: Rect, (name, number): (&str, &str), (font, color): (FontId, Color32)) -> bool {
    let tokens = Tokens::within(ui);
    let wide = widgets::line(ui.painter(), name, font.clone(), color, f32::INFINITY).size().x;
    let figure = widgets::line(ui.painter(), number, SECONDARY, tokens.secondary, rect.width());
    if name != number && wide + SPACE + figure.size().x <= rect.width() {
        let at = pos2(rect.max.x - figure.size().x, rect.center().y - figure.size().y / 2.0);
        ui.painter().galley(at, figure, tokens.secondary);
    }
    paint_line(ui, rect, name, font, color, Align::Min)
}
