//! What is drawn for a headset: the panel beside a hand, one card at a time, and labels.

use egui::{Align, Area, Context, Id, LayerId, Order, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};
use parallax_look::{
    Tokens, column, content_width, dress,
    theme::{BODY, GAP, header},
    widgets::{self, Segment, line, segmented},
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

/// The size of a label in points, and the number of columns and rows of labels on their sheet.
pub const ROOM_LABEL: [u32; 2] = [240, 24];
/// See [`ROOM_LABEL`].
pub const ROOM_SHEET: [u32; 2] = [2, 32];

/// A label in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomText {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub look: RoomTextLook,
}

/// How a label in the room looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomTextLook {
    /// As that of what is pointed at or selected.
    Strong,
    /// As that of any other point, or the name of an axis.
    Plain,
    /// As a number on an axis.
    Number,
}

/// The cards, in the order of their tabs.
const TABS: [(Panel, &str); 4] = [
    (Panel::Data, "Data"),
    (Panel::Projection, "Projection"),
    (Panel::Inspector, "Inspector"),
    (Panel::Bookmarks, "Bookmarks"),
];

/// The space beside the text of a label.
const PADDING: f32 = 7.0;

/// The height of the tabs.
const TAB: f32 = 36.0;

/// The height of the notes of a bookmark.
const NOTE: f32 = 120.0;

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
        if window.sheet.is_some() {
            look_at_the_window(&mut body, window);
        } else {
            card(&mut body, model, memory, actions);
        }
        if ctx.text_edit_focused() {
            keyboard_hint(ui, rect);
        }
    });
    let panels = &mut memory.panels;
    unsaved::ask_before_opening(model, panels, actions);
    window.sheet = panels.sheet.take().or(window.sheet.take());
    window.note = panels.note.take().or(window.note.take());
    window.closing = panels.closing.take().or(window.closing.take());
}

/// Shows the card that is chosen.
fn card(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut HandMemory, actions: &mut Vec<Action>) {
    let panels = &mut memory.panels;
    match memory.shown {
        Panel::Inspector => inspector_card(ui, model, panels, actions),
        Panel::Bookmarks => {
            let rect = note_of_shown(ui, model);
            let mut ui = ui.new_child(column(UiBuilder::new().id_salt("list").max_rect(rect), rect.width()));
            bookmarks_card(&mut ui, model, panels, actions);
        }
        Panel::Data => data_card(ui, model, panels, actions),
        Panel::Projection => projection_card(ui, model, panels, actions),
    }
}

/// Shows the notes of the bookmark that is shown, at the bottom. Returns the rest of the space.
fn note_of_shown(ui: &mut Ui, model: &ViewModel<'_>) -> Rect {
    let rect = ui.max_rect();
    let shown = model.tour.at().and_then(|place| model.tour.tour().bookmarks.get(place));
    let Some(bookmark) = shown.filter(|bookmark| !bookmark.note.is_empty()) else { return rect };
    let place = rect.with_min_y(rect.max.y - NOTE);
    let mut note = ui.new_child(column(UiBuilder::new().id_salt("note").max_rect(place), place.width()));
    let color = Tokens::within(&note).text;
    widgets::paragraph(&mut note, &bookmark.note, BODY, color, 6);
    rect.with_max_y(place.min.y - GAP)
}

/// Says that a dialog is open in the window, and closes it if the person does not want to look there.
fn look_at_the_window(ui: &mut Ui, window: &mut PanelMemory) {
    let color = Tokens::within(ui).text;
    widgets::paragraph(ui, "Look at the window: a dialog is open there.", header(), color, 2);
    ui.add_space(GAP);
    if widgets::button(ui, vec2(content_width(ui), TAB), "Close the dialog").clicked() {
        window.sheet = None;
    }
}

/// Returns the upper left corner of a label on the sheet, in points. The labels are in columns.
#[must_use]
pub fn room_label_corner(place: usize) -> [u32; 2] {
    let [rows, place] = [ROOM_SHEET[1], place as u32];
    [place / rows * ROOM_LABEL[0], place % rows * ROOM_LABEL[1]]
}

/// Draws a sheet of labels, each on a plate of its own, as many as it holds. Returns their widths in
/// points, 0 until the fonts are there.
pub fn show_room_labels(ctx: &Context, theme: Theme, texts: &[RoomText]) -> Vec<f32> {
    if !dress(ctx, tokens(theme), true) {
        return vec![0.0; texts.len()];
    }
    let (tokens, painter) = (tokens(theme), ctx.layer_painter(LayerId::background()));
    let size = ROOM_LABEL.map(|side| side as f32);
    let draw = |(place, label): (usize, &RoomText)| {
        let [x, y] = room_label_corner(place).map(|side| side as f32);
        let (font, color, plate) = match label.look {
            RoomTextLook::Strong => (header(), tokens.text, tokens.card),
            RoomTextLook::Plain => (BODY, tokens.text, tokens.card),
            RoomTextLook::Number => (BODY, tokens.secondary, tokens.stage[0]),
        };
        let galley = line(&painter, &label.text, font, color, size[0] - 2.0 * PADDING);
        let rect = Rect::from_min_size(pos2(x, y), vec2(galley.size().x + 2.0 * PADDING, size[1]));
        painter.rect_filled(rect, 0.0, plate);
        if label.look == RoomTextLook::Strong {
            painter.rect_stroke(rect, 0.0, Stroke::new(1.5, tokens.accent), StrokeKind::Inside);
        }
        painter.galley(pos2(x + PADDING, rect.center().y - galley.size().y / 2.0), galley, color);
        rect.width()
    };
    let most = ROOM_SHEET[0] * ROOM_SHEET[1];
    texts.iter().take(most as usize).enumerate().map(draw).collect()
}

/// Says that text is typed on the keyboard, which a person in a headset does not see.
fn keyboard_hint(ui: &mut Ui, rect: Rect) {
    let (accent, on_it) = (Tokens::within(ui).accent, Tokens::within(ui).card);
    let place = rect.with_min_y(rect.max.y - TAB);
    ui.painter().rect_filled(place, 0.0, accent);
    let text = "Type on the computer’s keyboard. Escape ends it.";
    let mut ui = ui.new_child(UiBuilder::new().id_salt("keyboard").max_rect(place));
    widgets::text(&mut ui, place.size(), text, header(), on_it, Align::Center);
}
