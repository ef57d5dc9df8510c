//! What is drawn for a headset: the panel beside a hand, one card at a time, and labels.

use egui::{Area, Context, Id, LayerId, Order, Rect, UiBuilder, pos2, vec2};
use parallax_look::{
    Tokens, column, dress,
    theme::{BODY, GAP},
    widgets::{Segment, line, segmented},
};
use parallax_session::{Action, Panel, Theme};

use crate::{
    cards::{bookmarks_card, data_card, inspector_card, projection_card},
    memory::PanelMemory,
    model::ViewModel,
    sheets::unsaved,
    theme::tokens,
};

/// The size of the panel in points.
pub const HAND_PANEL: [u32; 2] = [420, 560];

/// The size of a label in points, and the number of labels on a sheet, one below the other.
pub const ROOM_LABEL: [u32; 2] = [240, 24];
/// See [`ROOM_LABEL`].
pub const ROOM_LABELS: usize = 8;

/// The cards, in the order of their tabs.
const TABS: [(Panel, &str); 4] = [
    (Panel::Data, "Data"),
    (Panel::Projection, "Projection"),
    (Panel::Inspector, "Inspector"),
    (Panel::Bookmarks, "Bookmarks"),
];

/// The height of the tabs.
const TAB: f32 = 36.0;

/// What the panel remembers.
#[derive(Debug)]
pub struct HandMemory {
    panels: PanelMemory,
    shown: Panel,
}

impl Default for HandMemory {
    fn default() -> Self {
        Self { panels: PanelMemory::default(), shown: Panel::Inspector }
    }
}

/// Draws the panel over all of `ctx`, and pushes what the user does to `actions`.
///
/// Sheets, such as the dialog for a path, need a keyboard: they open in the window, whose memory is
/// `window`.
pub fn show_hand_panel(
    ctx: &Context,
    model: &ViewModel<'_>,
    (memory, window): (&mut HandMemory, &mut PanelMemory),
    actions: &mut Vec<Action>,
) {
    if !dress(ctx, tokens(model.view.theme), model.reduced_motion) {
        return;
    }
    let rect = ctx.content_rect();
    let area = Area::new(Id::new("hand")).order(Order::Middle).fixed_pos(rect.min);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        ui.expand_to_include_rect(rect);
        ui.painter().rect_filled(rect, 0.0, Tokens::within(ui).card);
        let inner = rect.shrink(GAP);
        let tabs =
            TABS.map(|(panel, caption)| Segment { caption, hint: "", selected: panel == memory.shown, enabled: true });
        let mut top = ui.new_child(UiBuilder::new().id_salt("tabs").max_rect(inner));
        if let Some(place) = segmented(&mut top, vec2(inner.width(), TAB), &tabs) {
            memory.shown = TABS[place].0;
        }
        let body = inner.with_min_y(inner.min.y + TAB + GAP);
        let mut body = ui.new_child(column(UiBuilder::new().id_salt("body").max_rect(body), inner.width()));
        body.set_clip_rect(inner);
        card(&mut body, model, memory, actions);
    });
    let panels = &mut memory.panels;
    unsaved::ask_before_opening(model, panels, actions);
    window.sheet = panels.sheet.take().or(window.sheet.take());
    window.note = panels.note.take().or(window.note.take());
    window.closing = panels.closing.take().or(window.closing.take());
}

/// Shows the card that is chosen.
fn card(ui: &mut egui::Ui, model: &ViewModel<'_>, memory: &mut HandMemory, actions: &mut Vec<Action>) {
    let panels = &mut memory.panels;
    match memory.shown {
        Panel::Inspector => inspector_card(ui, model, panels, actions),
        Panel::Bookmarks => bookmarks_card(ui, model, panels, actions),
        Panel::Data => data_card(ui, model, panels, actions),
        Panel::Projection => projection_card(ui, model, panels, actions),
    }
}

/// Draws a sheet of labels, each on a plate of its own. Returns their widths in points, 0 until the
/// fonts are there.
pub fn show_room_labels(ctx: &Context, theme: Theme, texts: &[String]) -> Vec<f32> {
    if !dress(ctx, tokens(theme), true) {
        return vec![0.0; texts.len()];
    }
    let (tokens, painter) = (tokens(theme), ctx.layer_painter(LayerId::background()));
    let size = ROOM_LABEL.map(|side| side as f32);
    let draw = |(place, text): (usize, &String)| {
        let corner = pos2(0.0, place as f32 * size[1]);
        let galley = line(&painter, text, BODY, tokens.text, size[0] - 2.0 * GAP);
        let plate = Rect::from_min_size(corner, vec2(galley.size().x + 2.0 * GAP, size[1]));
        painter.rect_filled(plate, 0.0, tokens.card);
        painter.galley(pos2(corner.x + GAP, plate.center().y - galley.size().y / 2.0), galley, tokens.text);
        plate.width()
    };
    texts.iter().take(ROOM_LABELS).enumerate().map(draw).collect()
}
