//! What can be done with the selection (isolate, invert, save, tag), what it consists of, the
//! levels of isolation, and the saved selections.

use egui::{Align, Id, Key, Popup, PopupCloseBehavior, Rect, Sense, TextEdit, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Column, Embedding, RowSet};
use parallax_look::{
    Tokens, content_width,
    icons::Icon,
    pasting::FIELD,
    theme::{BODY, CONTROL, SECONDARY, SPACE},
    widgets::{self, Entry, dot, hint, in_full_on_hover, link, paint_line},
};
use parallax_session::{Action, Edit, Legend, NeighborhoodState, SavedSelection};

use crate::{
    commands::hides_points,
    format::{count, plural},
    memory::{Drafts, PanelMemory, TagPart},
    model::ViewModel,
};

const BUTTONS: f32 = 4.0;
const CHIP: f32 = 24.0;
const POPUP: f32 = 240.0;
/// The most values that are suggested for a tag, and the most that are listed of a selection.
const OFFERED: usize = 6;
const PARTS: usize = 4;
const PART: f32 = 20.0;

/// Shows the buttons below the selection.
pub(crate) fn buttons(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let around = with_neighbors(model);
    let width = (content_width(ui) - (BUTTONS - 1.0) * 6.0) / BUTTONS;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let size = vec2(width, CONTROL);
        let what = match (model.view.selection.len(), around.len()) {
            (1, 2..) => format!("Show only this point and its {}", plural(around.len() - 1, "neighbor")),
            _ => format!("Show only {}", plural(around.len(), "point")),
        };
        let hides = hides_points(model, &around);
        let isolate = ui.add_enabled_ui(hides.is_ok(), |ui| widgets::button(ui, size, "Isolate")).inner;
        let isolate = isolate.on_hover_text(what).on_disabled_hover_text(hides.err().unwrap_or_default());
        if isolate.clicked() {
            actions.push(Edit::Isolate(around).into());
        }
        let invert = widgets::button(ui, size, "Invert");
        if invert.on_hover_text("Select the points that are not selected").clicked() {
            actions.push(Edit::Select(inverted(model, embedding)).into());
        }
        let save = widgets::button(ui, size, "Save…").on_hover_text("Keep the selection under a name");
        Popup::menu(&save)
            .width(POPUP)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| save_form(ui, model, &mut memory.drafts, actions));
        let tag = widgets::button(ui, size, "Tag…").on_hover_text("Give the selection a value in a column");
        Popup::menu(&tag)
            .width(POPUP)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| tag_form(ui, model, &mut memory.drafts, actions));
    });
}

/// Returns the number of selected rows that isolation or the filter hide.
pub(crate) fn hidden(model: &ViewModel<'_>, drafts: &mut Drafts) -> usize {
    let (Some(shown), selected) = (model.shown, &model.view.selection) else { return 0 };
    let known = drafts.hidden.take().filter(|(rows, within, _)| rows == selected && within == shown);
    let hidden = known.map_or_else(|| selected.difference(shown).len(), |(.., hidden)| hidden);
    drafts.hidden = Some((selected.clone(), shown.clone(), hidden));
    hidden
}

/// Returns the selected rows, and the listed neighbors if there is only one.
pub(crate) fn with_neighbors(model: &ViewModel<'_>) -> RowSet {
    let selection = &model.view.selection;
    match model.neighbors {
        NeighborhoodState::Ready(found) if selection.len() == 1 => {
            selection.iter().chain(found.iter().map(|neighbor| neighbor.row)).collect()
        }
        _ => selection.clone(),
    }
}

/// Returns the rows that are shown and not selected.
pub(crate) fn inverted(model: &ViewModel<'_>, embedding: &Embedding) -> RowSet {
    let shown = model.shown.cloned().unwrap_or_else(|| RowSet::all(embedding.rows()));
    shown.difference(&model.view.selection)
}

fn save_form(ui: &mut Ui, model: &ViewModel<'_>, drafts: &mut Drafts, actions: &mut Vec<Action>) {
    let n = plural(model.view.selection.len(), "point");
    hint(ui, &format!("Save {n} as"));
    let entered = field(ui, "Name of the selection", "Name", &mut drafts.name, true);
    let name = drafts.name.trim();
    let known = model.view.saved_selections.iter().any(|saved| saved.name == name);
    let caption = if known { "Replace" } else { "Save" };
    let ready = !name.is_empty();
    let clicked =
        ui.add_enabled_ui(ready, |ui| widgets::button(ui, vec2(POPUP - 16.0, CONTROL), caption)).inner.clicked();
    if ready && (clicked || entered) {
        actions.push(Edit::SaveSelection(name.to_owned()).into());
        drafts.name.clear();
        ui.close();
    }
}

/// Shows the form of a tag: the column and the value. A new column is added to the metadata.
fn tag_form(ui: &mut Ui, model: &ViewModel<'_>, drafts: &mut Drafts, actions: &mut Vec<Action>) {
    let columns = model.columns();
    let width = POPUP - 16.0;
    let is_new = drafts.column.is_empty();
    if field(ui, "Column to tag", "Column, old or new", &mut drafts.column, is_new) {
        ui.ctx().memory_mut(|memory| memory.request_focus(field_id("Value")));
    }
    let column = columns.iter().find(|column| column.name() == drafts.column.trim());
    if column.is_none() {
        let written = drafts.column.to_lowercase();
        let names = columns.iter().map(Column::name).filter(|name| name.to_lowercase().contains(&written));
        if let Some(name) = suggestions(ui, width, names) {
            drafts.column = name.to_owned();
            ui.ctx().memory_mut(|memory| memory.request_focus(field_id("Value")));
        }
    }
    let hint = "Value (leave empty to clear)";
    let mut applies = field(ui, "Value", hint, &mut drafts.value, !is_new);
    if let Some(column) = column.filter(|column| column.values().len() <= parallax_session::MANY_VALUES)
        && let Some(value) = suggestions(ui, width, offered(column, &drafts.value))
    {
        drafts.value = value.to_owned();
        applies = true;
    }
    let (name, value) = (drafts.column.trim().to_owned(), drafts.value.trim().to_owned());
    if let Some(warning) = column.and_then(|column| warning(column, &value)) {
        let color = Tokens::within(ui).warning;
        widgets::paragraph(ui, &warning, SECONDARY, color, 2);
    }
    let n = plural(model.view.selection.len(), "point");
    let caption = match (column, value.is_empty()) {
        (None, _) if !name.is_empty() => format!("Tag {n} in a new column"),
        (_, true) => "Clear tag".to_owned(),
        _ => format!("Tag {n}"),
    };
    let clicked =
        ui.add_enabled_ui(!name.is_empty(), |ui| widgets::button(ui, vec2(width, CONTROL), &caption)).inner.clicked();
    if !name.is_empty() && (clicked || applies) {
        actions.push(Edit::Tag { column: name, value }.into());
        ui.close();
    }
}

/// Shows suggestions for the field above. Returns the one that was clicked.
fn suggestions<'a>(ui: &mut Ui, width: f32, texts: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    let mut chosen = None;
    for text in texts.into_iter().take(OFFERED) {
        let entry = Entry { text: text.into(), hint: "".into(), selected: false };
        if widgets::menu_row(ui, width, &entry).clicked() {
            chosen = Some(text);
        }
    }
    ui.spacing_mut().item_spacing.y = spacing;
    chosen
}

/// Returns values of the column that begin with `written`, ignoring case.
fn offered<'a>(column: &'a Column, written: &str) -> Vec<&'a str> {
    let written = written.to_lowercase();
    let values = column.values().iter();
    values.filter(|value| value.to_lowercase().starts_with(&written)).take(OFFERED).collect()
}

/// Returns a warning if the value turns a column of numbers into text.
fn warning(column: &Column, value: &str) -> Option<String> {
    let is_number = value.is_empty() || value.parse::<f64>().is_ok_and(f64::is_finite);
    (column.is_numeric() && !is_number)
        .then(|| format!("“{value}” is not a number, so {} becomes text.", column.name()))
}

fn field_id(name: &str) -> Id {
    Id::new("field of the selection").with(name)
}

/// Shows a field with an accessible name, which takes the focus if `first`. Its text is selected if
/// it gets the focus other than by a click, so that typing replaces it. Returns whether Enter was
/// pressed in it.
fn field(ui: &mut Ui, name: &str, hint: &str, text: &mut String, first: bool) -> bool {
    let edit = TextEdit::singleline(text)
        .char_limit(FIELD)
        .id(field_id(name))
        .hint_text(hint)
        .font(BODY)
        .margin(vec2(8.0, 5.0));
    let response = ui.add_sized(vec2(POPUP - 16.0, CONTROL), edit);
    response.widget_info(|| WidgetInfo { label: Some(name.into()), ..WidgetInfo::text_edit(true, "", &*text, hint) });
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if first && !entered && ui.memory(egui::Memory::focused).is_none() {
        response.request_focus();
    }
    if response.gained_focus() && !ui.input(|input| input.pointer.any_down()) {
        widgets::select_all(ui.ctx(), response.id, text);
    }
    entered
}

/// Shows the levels of isolation, from all rows to those that are shown. The line is there without
/// isolation too, so that isolating moves nothing.
pub(crate) fn levels(ui: &mut Ui, model: &ViewModel<'_>, embedding: &Embedding, actions: &mut Vec<Action>) {
    let levels = &model.view.isolation;
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let sizes = std::iter::once(embedding.rows()).chain(levels.iter().map(RowSet::len));
        for (level, rows) in sizes.enumerate() {
            let text = if level == 0 && rows != 1 { format!("All {}", count(rows)) } else { count(rows) };
            let size = widgets::line(ui.painter(), &text, SECONDARY, tokens.text, 120.0).size() + vec2(4.0, 6.0);
            if level == levels.len() {
                widgets::text(ui, size, &text, SECONDARY, tokens.text, Align::Center);
                let noun = if rows == 1 { "point" } else { "points" };
                let figure = if level == 0 { noun.to_owned() } else { format!("{noun} isolated") };
                widgets::text(ui, vec2(100.0, size.y), &figure, SECONDARY, tokens.secondary, Align::Min);
            } else {
                let what = if level == 0 { "Show all points again" } else { "Go back to these points" };
                if link(ui, &text, SECONDARY, size, Align::Center).on_hover_text(what).clicked() {
                    actions.push(Edit::ShowLevel(level).into());
                }
                widgets::text(ui, vec2(8.0, size.y), "›", SECONDARY, tokens.secondary, Align::Center);
            }
        }
    });
}

/// Shows the saved selections. A click selects, Shift+click adds, and Alt+click subtracts.
pub(crate) fn saved(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let saved = &model.view.saved_selections;
    if saved.is_empty() {
        return;
    }
    let tokens = Tokens::within(ui);
    widgets::text(ui, vec2(content_width(ui), 18.0), "Saved selections", SECONDARY, tokens.secondary, Align::Min);
    let height = (saved.len() as f32 * CHIP).min(4.0 * CHIP);
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    widgets::scroll(ui, "saved selections", height, |area, ui| {
        // Rows are as high as what is in them, not as other controls.
        ui.spacing_mut().interact_size.y = CHIP;
        area.show_rows(ui, CHIP, saved.len(), |ui, places| {
            places.filter_map(|place| saved.get(place)).for_each(|saved| saved_line(ui, model, saved, actions));
        });
    });
    ui.spacing_mut().item_spacing.y = spacing;
}

fn saved_line(ui: &mut Ui, model: &ViewModel<'_>, saved: &SavedSelection, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui) - CHIP, CHIP), Sense::click());
        let is_selected = model.view.selection == saved.rows;
        let said = format!("{}, {}", saved.name, plural(saved.rows.len(), "point"));
        response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, is_selected, &said));
        widgets::row_background(ui, rect, &response, is_selected);
        let inner = rect.shrink2(vec2(6.0, 0.0));
        let figure = count(saved.rows.len());
        let figure = widgets::line(ui.painter(), &figure, SECONDARY, tokens.secondary, inner.width() / 2.0);
        let room = inner.with_max_x(inner.max.x - figure.size().x - SPACE);
        let corner = pos2(inner.max.x - figure.size().x, inner.center().y - figure.size().y / 2.0);
        ui.painter().galley(corner, figure, tokens.secondary);
        let elided = paint_line(ui, room, &saved.name, BODY, tokens.text, Align::Min);
        if response.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            let rows = match (modifiers.shift, modifiers.alt) {
                (true, true) => model.view.selection.intersection(&saved.rows),
                (true, false) => model.view.selection.union(&saved.rows),
                (false, true) => model.view.selection.difference(&saved.rows),
                (false, false) => saved.rows.clone(),
            };
            actions.push(Edit::Select(rows).into());
        }
        let response = in_full_on_hover(response, elided, &saved.name);
        response.on_hover_text("Click to select · Shift+click to add · Alt+click to subtract · Both to intersect");
        let forget = format!("Forget {}", saved.name);
        if widgets::icon_button(ui, CHIP, Icon::Close, &forget, false, false).on_hover_text(&forget).clicked() {
            actions.push(Edit::ForgetSelection(saved.name.clone()).into());
        }
    });
}

/// Shows the most frequent values of the selected rows in the column that colors. A click selects
/// only the rows with that value.
pub(crate) fn parts(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let Some(column) = model.embedding.and_then(|embedding| model.view.color_column(&embedding.metadata)) else {
        return;
    };
    if column.values().len() > parallax_session::MANY_VALUES {
        return;
    }
    let selection = &model.view.selection;
    let known = memory.drafts.parts.take().filter(|(rows, name, _)| rows == selection && name == column.name());
    let (rows, name, parts) =
        known.unwrap_or_else(|| (selection.clone(), column.name().to_owned(), consists(column, selection)));
    let tokens = Tokens::within(ui);
    for part in parts.iter().take(PARTS) {
        part_line(ui, model, column, part, actions);
    }
    if parts.len() > PARTS {
        let rest: usize = parts[PARTS..].iter().map(|part| part.rows).sum();
        let text = format!("{} of {}", plural(rest, "point"), plural(parts.len() - PARTS, "other value"));
        widgets::text(ui, vec2(content_width(ui), PART), &text, SECONDARY, tokens.secondary, Align::Min);
    }
    memory.drafts.parts = Some((rows, name, parts));
}

fn part_line(ui: &mut Ui, model: &ViewModel<'_>, column: &Column, part: &TagPart, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), PART), Sense::click());
    let name = part.value.as_deref().unwrap_or("missing");
    let said = format!("{name}: {} of the selected", count(part.rows));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &said));
    widgets::row_background(ui, rect, &response, false);
    if let Some(color) = legend_color(model.legend, name) {
        dot(ui.painter(), pos2(rect.min.x + 8.0, rect.center().y), color);
    }
    let share = part.rows as f32 / model.view.selection.len().max(1) as f32;
    let bar = Rect::from_x_y_ranges(
        rect.min.x + content_width(ui) * 0.5..=rect.max.x - 56.0,
        rect.center().y - 1.5..=rect.center().y + 1.5,
    );
    ui.painter().rect_filled(bar, 1.5, tokens.hairline.gamma_multiply(0.6));
    ui.painter().rect_filled(bar.with_max_x(bar.min.x + bar.width() * share), 1.5, tokens.accent.gamma_multiply(0.8));
    let room = Rect::from_min_max(pos2(rect.min.x + 20.0, rect.min.y), pos2(bar.min.x - SPACE, rect.max.y));
    let elided = paint_line(ui, room, name, SECONDARY, tokens.text, Align::Min);
    let figures = rect.with_min_x(bar.max.x + 4.0);
    paint_line(ui, figures, &count(part.rows), SECONDARY, tokens.secondary, Align::Max);
    if response.clicked() {
        let value = part.value.as_deref();
        let rows = model.view.selection.iter().filter(|&row| column.text(row as usize) == value).collect();
        actions.push(Edit::Select(rows).into());
    }
    in_full_on_hover(response, elided, name).on_hover_text("Select only these of the selected points");
}

/// Returns the values of the rows, the most frequent first.
fn consists(column: &Column, rows: &RowSet) -> Vec<TagPart> {
    let mut counts = vec![0; column.values().len() + 1];
    for row in rows.iter() {
        counts[column.code(row as usize).map_or(column.values().len(), |code| code as usize)] += 1;
    }
    let part = |(code, &rows): (usize, &usize)| TagPart {
        value: (code < column.values().len()).then(|| column.values()[code].to_owned()),
        rows,
    };
    let mut parts: Vec<TagPart> = counts.iter().enumerate().map(part).filter(|part| part.rows > 0).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.rows));
    parts
}

fn legend_color(legend: &Legend, name: &str) -> Option<[u8; 3]> {
    let Legend::Categories { entries, .. } = legend else { return None };
    entries.iter().find(|entry| entry.name == name).map(|entry| entry.color)
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;

    use super::*;

    #[test]
    fn parts_of_a_selection_are_sorted_by_frequency() {
        let mut builder = ColumnBuilder::new("c");
        ["a", "b", "", "b", "a", "b"].iter().for_each(|cell| builder.push(Some(cell)));
        let column = builder.finish();
        let parts = consists(&column, &RowSet::from(vec![0, 1, 2, 3, 9]));
        let parts: Vec<(Option<&str>, usize)> = parts.iter().map(|part| (part.value.as_deref(), part.rows)).collect();
        assert_eq!(parts, [(Some("b"), 2), (None, 2), (Some("a"), 1)]);
        assert_eq!(warning(&column, "x"), None);
        assert_eq!(offered(&column, "B"), ["b"]);
    }
}
