//! The toolbar at the top and the line of status at the bottom.

use egui::{
    Align, Area, Color32, Context, Id, Order, Painter, Popup, Rect, Sense, StrokeKind, Ui, Vec2, WidgetInfo,
    WidgetType, pos2, vec2,
};
use parallax_look::{
    Tokens,
    icons::Icon,
    theme::SECONDARY,
    widgets::{self, Entry, icon_button, line},
};
use parallax_session::{Action, Edit};

use crate::{
    commands::{Command, command, hover_text, perform},
    memory::{PanelMemory, Sheet},
    model::ViewModel,
    theme::tokens,
};

/// The commands that have a button, by group.
const GROUPS: [&[&str]; 3] = [
    &["pointer", "sphere", "box", "lasso"],
    &["dims", "fit", "turn"],
    &["labels", "images", "charts", "theme", "panels"],
];

/// What is in the menu of the last button, besides the buttons that have no room.
const FURTHER: [&str; 7] = ["palette", "open", "undo", "redo", "stereo", "messages", "help"];

/// The height of the toolbar, and the width of a button if there is room.
pub(crate) const HEIGHT: f32 = 36.0;

/// The size of buttons, the gaps between them, and the gaps between groups. They are smaller if the
/// window is narrow.
const SPACIOUS: [f32; 3] = [HEIGHT, 6.0, 22.0];
const TIGHT: [f32; 3] = [29.0, 2.0, 10.0];

/// The least width of the toolbar.
pub(crate) const LEAST_WIDTH: f32 = 7.0 * (TIGHT[0] + TIGHT[1]) + TIGHT[2];

/// The least width of the status line. In less room it is not shown.
const LEAST_STATUS: f32 = 80.0;

/// How far the plate behind the status and the help reaches beyond the text.
const PLATE: Vec2 = vec2(6.0, 3.0);

/// How many buttons there are, and their sizes.
struct Row {
    sizes: [f32; 3],
    shown: usize,
}

impl Row {
    /// Returns the row with as many buttons as `width` has room for.
    fn within(width: f32) -> Self {
        let all: usize = GROUPS.iter().map(|group| group.len()).sum();
        for sizes in [SPACIOUS, TIGHT] {
            if Self::width(sizes, all) <= width {
                return Self { sizes, shown: all };
            }
        }
        let shown = (0..all).rev().find(|&shown| Self::width(TIGHT, shown) <= width).unwrap_or(0);
        Self { sizes: TIGHT, shown }
    }

    /// Returns the width of the first `shown` buttons and that of the menu.
    fn width([size, gap, group]: [f32; 3], shown: usize) -> f32 {
        (1..=shown).map(|place| size + if ends_group(place) { group } else { gap }).sum::<f32>() + size
    }
}

/// Whether a group ends before the button at this place.
fn ends_group(place: usize) -> bool {
    let mut end = 0;
    GROUPS[..GROUPS.len() - 1].iter().any(|group| {
        end += group.len();
        end == place
    })
}

fn buttons() -> impl Iterator<Item = &'static Command> {
    GROUPS.into_iter().flatten().filter_map(|id| command(id))
}

/// Shows the toolbar centered at the top of `room`.
pub(crate) fn toolbar(
    ctx: &Context,
    model: &ViewModel<'_>,
    room: Rect,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let row = Row::within(room.width());
    let [size, gap, group] = row.sizes;
    let left_top = pos2((room.center().x - Row::width(row.sizes, row.shown) / 2.0).round(), room.min.y);
    let area = Area::new(Id::new("toolbar")).order(Order::Middle).fixed_pos(left_top).constrain(false).fade_in(false);
    area.show(ctx, |ui| {
        ui.spacing_mut().item_spacing = Vec2::ZERO;
        ui.horizontal(|ui| {
            for (place, command) in buttons().take(row.shown).enumerate() {
                if place > 0 {
                    ui.add_space(if ends_group(place) { group } else { gap });
                }
                button(ui, size, command, model, memory, actions);
            }
            ui.add_space(if row.shown == 0 { 0.0 } else { gap });
            more(ui, size, row.shown, model, memory, actions);
        });
    });
}

fn button(
    ui: &mut Ui,
    size: f32,
    command: &Command,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let can = command.can_be_done(model);
    let icon = command.picture(model).unwrap_or(Icon::More);
    let (name, on) = (command.name(model), command.is_on(model));
    let response = ui
        .add_enabled_ui(can.is_ok(), |ui| icon_button(ui, size, icon, &name, on, true))
        .inner
        .on_hover_text(hover_text(command, model))
        .on_disabled_hover_text(can.err().unwrap_or_default());
    if response.clicked() {
        perform(ui.ctx(), command.act(model), model, memory, actions);
    }
}

/// The button for the menu of commands that have no room or no button.
fn more(
    ui: &mut Ui,
    size: f32,
    shown: usize,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let response = icon_button(ui, size, Icon::More, "More", false, true).on_hover_text("More");
    let chosen = Popup::menu(&response).width(250.0).gap(4.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.set_width(240.0);
        let mut chosen = None;
        for command in buttons().skip(shown).chain(FURTHER.iter().filter_map(|id| command(id))) {
            let entry = Entry {
                text: command.name(model),
                hint: command.shortcut().unwrap_or_default().into(),
                selected: command.is_on(model),
            };
            let can = command.can_be_done(model);
            let row = ui.add_enabled_ui(can.is_ok(), |ui| widgets::menu_row(ui, 240.0, &entry)).inner;
            if row.on_disabled_hover_text(can.err().unwrap_or_default()).clicked() {
                chosen = Some(command);
            }
        }
        chosen
    });
    if let Some(command) = chosen.and_then(|shown| shown.inner) {
        perform(ui.ctx(), command.act(model), model, memory, actions);
    }
}

/// Shows a button that shows the panels while they are hidden.
pub(crate) fn way_back_button(ctx: &Context, (window, place): (Rect, usize), actions: &mut Vec<Action>) {
    let left_top = pos2(window.max.x - 12.0 - HEIGHT, window.min.y + 12.0);
    Area::new(Id::new(("way back", place)))
        .order(Order::Middle)
        .fixed_pos(left_top)
        .constrain(false)
        .fade_in(false)
        .show(ctx, |ui| {
            let shown = icon_button(ui, HEIGHT, Icon::Panels, "Show panels", false, true)
                .on_hover_text("Show panels (Tab or F4)");
            if shown.clicked() {
                actions.push(Edit::ShowPanels(true).into());
            }
        });
}

/// Shows the status at the lower left of `free`, which opens the messages, and the help at the
/// lower right, as far as there is room.
pub(crate) fn status_line(ctx: &Context, model: &ViewModel<'_>, free: Rect, memory: &mut PanelMemory) {
    if free.width() < LEAST_STATUS {
        return;
    }
    let painter = crate::stage::behind_panels(ctx, "status");
    let tokens = tokens(model.view.theme);
    let color = tokens.secondary;
    let status = line(&painter, model.status, SECONDARY, color, free.width());
    let size = status.size();
    if !model.status.is_empty() {
        let place = Rect::from_min_size(pos2(free.min.x, free.max.y - size.y), size);
        way_to_messages(ctx, model, place, memory);
    }
    let help = line(&painter, model.help, SECONDARY, color, f32::INFINITY);
    if !model.help.is_empty() && help.size().x <= free.width() - size.x - 24.0 {
        let place = Rect::from_min_size(free.max - help.size(), help.size());
        paint_plate(&painter, place.expand2(PLATE), plate(tokens), tokens);
        painter.galley(place.min, help, color);
    }
}

/// The color behind text over the cloud, which may be of any color there. It is opaque: blended in
/// linear light, a translucent one would be gray on a light stage.
fn plate(tokens: &Tokens) -> Color32 {
    tokens.stage[1]
}

/// Paints what lies behind text over the cloud. Without a border, its blended corners would be darker than
/// itself on a light stage, and all there is to see of it where the stage has its color.
fn paint_plate(painter: &Painter, rect: Rect, color: Color32, tokens: &Tokens) {
    painter.rect(rect, 4.0, color, tokens.border(), StrokeKind::Inside);
}

/// The status, which is a button.
fn way_to_messages(ctx: &Context, model: &ViewModel<'_>, text: Rect, memory: &mut PanelMemory) {
    let place = text.expand2(PLATE);
    let area = Area::new(Id::new("way to messages")).order(Order::Middle).fixed_pos(place.min);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        let (rect, response) = ui.allocate_exact_size(place.size(), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, model.status));
        let tokens = Tokens::within(ui);
        let behind = if response.hovered() { tokens.inset } else { plate(tokens) };
        paint_plate(ui.painter(), rect, behind, tokens);
        widgets::paint_line(ui, text, model.status, SECONDARY, tokens.secondary, Align::Min);
        widgets::focus_ring(ui, rect, &response);
        if response.on_hover_text("Messages so far (Ctrl+M)").clicked() {
            memory.sheet = Some(Sheet::Messages);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toolbar_buttons_are_commands_with_icons() {
        let view = parallax_session::View::default();
        let model = ViewModel::empty(&view);
        let ids = GROUPS.into_iter().flatten().chain(&FURTHER);
        assert!(ids.into_iter().all(|id| command(id).is_some()));
        assert!(buttons().all(|command| command.picture(&model).is_some()));
    }

    #[test]
    fn toolbar_shows_as_many_buttons_as_fit() {
        let mut before = 0;
        for width in 0..900 {
            let row = Row::within(width as f32);
            assert!(row.shown >= before, "a wider window shows no less");
            assert!(Row::width(row.sizes, row.shown) <= (width as f32).max(TIGHT[0]), "{width}");
            before = row.shown;
        }
        assert_eq!(before, buttons().count());
        assert!(Row::within(LEAST_WIDTH).shown >= 6);
    }
}
