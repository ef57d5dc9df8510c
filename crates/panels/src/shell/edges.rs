//! The inner edges of the cards, which are dragged to resize them.

use egui::{Area, Context, CursorIcon, Id, Key, Order, Rect, Sense, Stroke, Ui, WidgetInfo, pos2};
use parallax_look::{Tokens, theme::GAP};
use parallax_session::{Action, Edit, Panels};

use crate::{model::ViewModel, shell::places::Places};

/// How far an arrow key moves an edge.
const STEP: f32 = 16.0;

/// Shows the edges in the gap between the cards and the cloud.
pub(crate) fn card_edges(ctx: &Context, places: &Places, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let [left, right] = model.view.panels.widths;
    let strip = |x: f32, cards: Rect| Rect::from_x_y_ranges(x..=x + GAP, cards.y_range());
    if let Some(cards) = places.left
        && let Some(new) = edge(ctx, "Width of the left cards", strip(cards.max.x, cards), cards.width(), 1.0)
    {
        actions.push(Edit::Widen([new, right]).into());
    }
    if let Some(cards) = places.right
        && let Some(new) = edge(ctx, "Width of the right cards", strip(cards.min.x - GAP, cards), cards.width(), -1.0)
    {
        actions.push(Edit::Widen([left, new]).into());
    }
}

/// Returns the new width of the cards that end at `strip` and are `width` wide, if it has changed.
/// They grow to the right if `toward` is 1, and to the left if it is -1.
fn edge(ctx: &Context, name: &str, strip: Rect, width: f32, toward: f32) -> Option<u16> {
    if strip.width() < 1.0 {
        return None;
    }
    let area = Area::new(Id::new(name)).order(Order::Middle).fixed_pos(strip.min).constrain(false).fade_in(false);
    let moved = area.show(ctx, |ui| handle(ui, name, strip, width, toward)).inner;
    let limits = f32::from(Panels::LEAST_WIDTH)..=f32::from(Panels::MOST_WIDTH);
    let new = (width + toward * moved?).clamp(*limits.start(), *limits.end()).round();
    (new != width).then_some(new as u16)
}

/// Returns how far the edge was moved.
fn handle(ui: &mut Ui, name: &str, strip: Rect, width: f32, toward: f32) -> Option<f32> {
    let (rect, response) = ui.allocate_exact_size(strip.size(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(true, f64::from(width), name));
    if response.hovered() || response.dragged() || response.has_focus() {
        let stroke = Stroke::new(2.0, Tokens::within(ui).accent);
        ui.painter().line_segment([rect.center_top(), rect.center_bottom()], stroke);
    }
    let response = response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    if response.double_clicked() {
        return Some(toward * (f32::from(Panels::LEAST_WIDTH) - width));
    }
    if response.has_focus() {
        let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
        let steps = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        return (steps != 0.0).then_some(steps * STEP);
    }
    // Movement beyond the limits does not count, so that the edge stays under the pointer.
    let pointer = response.interact_pointer_pos().filter(|_| response.dragged())?;
    Some(pointer.x - pos2(rect.center().x, 0.0).x)
}
