//! The neighbors of the row that is looked at, each with its label.

use egui::{Align, Rect, Response, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_look::{
    Tokens,
    theme::{self, BODY, SECONDARY},
    widgets::{self, dot, in_full_on_hover, paint_line},
};

use super::{Patient, text_of};
use crate::{
    format::{nearest, row_name},
    memory::PanelMemory,
    model::ViewModel,
    pointed::point_at,
};

/// The least and the greatest side of a thumbnail, and the gap between two.
const THUMBNAILS: [f32; 2] = [44.0, 72.0];
const APART: f32 = 10.0;
/// How many are beside each other if there is room.
const ABREAST: f32 = 5.0;
/// The height of the label below a thumbnail.
const LABEL: f32 = 18.0;
const ROW: f32 = 24.0;

/// Shows the neighbors: pictures in a grid, or texts in a list.
pub(super) fn neighbors(ui: &mut Ui, model: &ViewModel<'_>, patient: &Patient<'_>, memory: &mut PanelMemory) {
    let graph = &patient.found.graph;
    let Ok(point) = graph.rows().binary_search(&patient.suspect.row) else { return };
    let k = patient.found.suspects.k;
    let rows: Vec<u32> = graph.neighbors(point).0.iter().take(k).map(|&other| graph.rows()[other as usize]).collect();
    let width = ui.available_width() - 6.0;
    let tokens = Tokens::within(ui);
    let caption =
        if rows.len() == 1 { "The nearest".to_owned() } else { format!("The {}, nearest first", nearest(rows.len())) };
    widgets::text(ui, vec2(width, 18.0), &caption, SECONDARY, tokens.secondary, Align::Min);
    if patient.embedding.sprite.is_none() {
        ui.spacing_mut().item_spacing.y = 0.0;
        rows.iter().for_each(|&row| line(ui, width, row, model, patient));
        return;
    }
    let side = (width / ABREAST - APART).clamp(THUMBNAILS[0], THUMBNAILS[1]).floor();
    let abreast = ((width / (side + APART)) as usize).max(1);
    ui.spacing_mut().item_spacing = vec2(0.0, 6.0);
    for rows in rows.chunks(abreast) {
        ui.horizontal(|ui| {
            for &row in rows {
                let (rect, response) = ui.allocate_exact_size(vec2(side + APART, side + LABEL), Sense::hover());
                let picture = Rect::from_min_size(rect.min, vec2(side, side));
                memory.thumbnails.paint(ui, patient.embedding, row, picture);
                let below = Rect::from_min_max(pos2(rect.min.x, picture.max.y), pos2(picture.max.x, rect.max.y));
                label(ui, below, row, model, patient, (Align::Center, &response));
            }
        });
    }
}

/// A neighbor without a picture: its label and its text.
fn line(ui: &mut Ui, width: f32, row: u32, model: &ViewModel<'_>, patient: &Patient<'_>) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let name = text_of(model, patient, row).map_or_else(|| row_name(row), str::to_owned);
    let middle = rect.min.x + width * 0.36;
    label(ui, rect.with_max_x(middle - 6.0), row, model, patient, (Align::Min, &response));
    let elided = paint_line(ui, rect.with_min_x(middle), &name, BODY, Tokens::within(ui).secondary, Align::Min);
    in_full_on_hover(response, elided, &name);
}

/// The label of a neighbor: that of the row is bold, and others have their color.
fn label(
    ui: &Ui,
    rect: Rect,
    row: u32,
    model: &ViewModel<'_>,
    patient: &Patient<'_>,
    (align, response): (Align, &Response),
) {
    let tokens = Tokens::within(ui);
    let value = patient.column.code(row as usize).map(|code| patient.value(code));
    let text = value.unwrap_or("no label");
    let is_own = value == Some(patient.value(patient.suspect.label));
    let font = if is_own { theme::header() } else { BODY };
    let color = if value.is_none() { tokens.faint } else { tokens.text };
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{text}, {}", row_name(row))));
    let mut room = rect;
    if let Some(own) = patient.color_of(model, row) {
        let size = widgets::line(ui.painter(), text, font.clone(), color, rect.width() - 14.0).size().x;
        let left = if align == Align::Min { rect.min.x } else { rect.center().x - f32::midpoint(size, 14.0) };
        dot(ui.painter(), pos2(left + 5.0, rect.center().y), own);
        room.min.x = left + 14.0;
    }
    paint_line(ui, room, text, font, color, Align::Min);
    if response.hovered() {
        point_at(&response.ctx, row);
    }
}
