//! The card at the bottom, between the others: the table, the charts, labels to check, or what is
//! compared with.

use egui::{Area, Context, CursorIcon, Id, Order, Rect, Sense, StrokeKind, Ui, WidgetInfo, WidgetType};
use parallax_look::{
    Tokens,
    theme::{CARD_CORNER, GAP},
};
use parallax_session::{Action, View};

use crate::{
    cards::{
        charts::charts_card,
        compared::{compared_card, has_compared_card},
        doctor::doctor_card,
        table::table_card,
    },
    memory::PanelMemory,
    model::ViewModel,
};

/// The default and the least height of the card.
const HEIGHT: f32 = 300.0;
const LEAST_HEIGHT: f32 = 140.0;
/// The height of its header.
pub(super) const HEADER: f32 = 38.0;

impl PanelMemory {
    /// Returns the part of `free` above the card at the bottom.
    #[must_use]
    pub fn free_of_bottom(&self, free: Rect, view: &View) -> Rect {
        bottom_region(free, view, self).map_or(free, |card| free.with_max_y(card.min.y - GAP))
    }
}

/// The part of `free` that the card takes.
pub(crate) fn bottom_region(free: Rect, view: &View, memory: &PanelMemory) -> Option<Rect> {
    let is_any = view.table.shown || view.panels.charts || view.panels.doctor || has_compared_card(view);
    if !is_any || !view.panels.shown {
        return None;
    }
    let most = (free.height() - 160.0).max(LEAST_HEIGHT);
    // The figures are whole where there is room, also in a picture, which nobody scrolls.
    let usual = if has_compared_card(view) { memory.compared_height.max(HEIGHT) } else { HEIGHT };
    let height = memory.bottom_height.unwrap_or(usual).clamp(LEAST_HEIGHT, most);
    Some(free.with_min_y(free.max.y - height))
}

/// Shows the card in `rect`.
pub(crate) fn bottom_card(
    ctx: &Context,
    rect: Rect,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let (name, what) = match &model.view.panels {
        panels if panels.charts => ("charts", "the charts"),
        panels if panels.doctor => ("labels to check", "the labels"),
        _ if has_compared_card(model.view) => ("compared", "the comparison"),
        _ => ("table", "the table"),
    };
    let area = Area::new(Id::new(name)).order(Order::Middle).fixed_pos(rect.min).constrain(false).fade_in(false);
    area.show(ctx, |ui| {
        ui.set_clip_rect(rect);
        ui.expand_to_include_rect(rect);
        let tokens = Tokens::within(ui);
        ui.painter().rect(rect, CARD_CORNER, tokens.card, tokens.border(), StrokeKind::Inside);
        grip(ui, rect, what, memory);
        if model.view.panels.charts {
            charts_card(ui, rect, model, memory, actions);
        } else if model.view.panels.doctor {
            doctor_card(ui, rect, model, memory, actions);
        } else if has_compared_card(model.view) {
            compared_card(ui, rect, model, memory, actions);
        } else {
            table_card(ui, rect, model, memory, actions);
        }
    });
}

/// The upper edge, which is dragged to change the height.
fn grip(ui: &Ui, rect: Rect, what: &str, memory: &mut PanelMemory) {
    let edge = Rect::from_x_y_ranges(rect.x_range(), rect.min.y - 3.0..=rect.min.y + 4.0);
    let response = ui.interact(edge, Id::new("height of the card at the bottom"), Sense::drag());
    let name = format!("Height of {what}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::ResizeHandle, true, &name));
    if response.dragged() {
        memory.bottom_height = Some(rect.height() - response.drag_delta().y);
    }
    response.on_hover_cursor(CursorIcon::ResizeVertical);
}
