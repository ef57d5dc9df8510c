//! The Inspector: search and selection.

use egui::{Align, Frame, Id, Key, Rect, Sense, TextEdit, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Column, Embedding, RowSet};
use parallax_look::{
    Tokens, content_width,
    icons::Icon,
    pasting::FIELD,
    theme::{self, BODY, CONTROL, CORNER, SECONDARY, SPACE},
    widgets::{self, Entry, chooser, hint, in_full_on_hover, link, paint_line},
};
use parallax_projection::WithoutPlace;
use parallax_session::{Action, Edit, Found, RowQuality, Search};

use crate::{
    cards::{
        apart, compared, moved, neighbors,
        rows::{ROW, finish_row, leading},
        selection,
        sum::{self, OfSeveral},
    },
    format::{capital, count, nearest, plural, row_name, short_percent},
    memory::PanelMemory,
    model::ViewModel,
};

/// The most rows that a list shows. Its last line says if there are more.
const LISTED: usize = 10_000;
const THUMBNAIL: f32 = 72.0;
const CELL: f32 = 20.0;
const SELECT_ALL: f32 = 56.0;
const LINE: f32 = 18.0;
/// The letters on the switch that makes the search a sum.
const SUM: &str = "±";

/// Returns the id of the search field, for shortcuts that focus it.
pub(crate) fn search_field() -> Id {
    Id::new("parallax search field")
}

pub(crate) fn inspector_card(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let Some(embedding) = model.embedding else {
        hint(ui, "Open data to search and inspect it.");
        return;
    };
    ui.spacing_mut().item_spacing.y = 6.0;
    search(ui, model, actions);
    selection::levels(ui, model, embedding, actions);
    results(ui, model, embedding, memory, actions);
    match model.view.selection.as_slice() {
        [] if model.view.is_summing() => sum::sum(ui, model, embedding, memory, actions),
        [] => {
            selection::saved(ui, model, actions);
            moved::most_moved(ui, model, embedding, memory, actions);
            if model.view.search.sum {
                sum::help(ui);
            } else if matches!(model.found, Found::Idle) && model.movement.is_none() {
                ui.add_space(4.0);
                hint(ui, "Click a point to inspect it and list its nearest neighbors.");
            }
        }
        &[row] => {
            point(ui, model, embedding, row, memory, actions);
            moved::moved(ui, model, row);
            selection::buttons(ui, model, embedding, memory, actions);
            compared::nearest_in_both(ui, model, row, actions);
            ui.add_space(8.0);
            neighbors::nearest_rows(ui, model, embedding, memory, actions);
        }
        _ => several(ui, model, embedding, memory, actions),
    }
}

/// Returns the note in the header of the card.
pub(crate) fn inspector_note(model: &ViewModel<'_>) -> String {
    match model.view.selection.len() {
        0 => String::new(),
        n => format!("{} selected", count(n)),
    }
}

/// Shows the search field, its switches, the column, and the number of matches.
fn search(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let columns = model.columns();
    if columns.is_empty() {
        // As high as the search, which takes this place with the first tag.
        let size = vec2(content_width(ui), 2.0 * CONTROL + ui.spacing().item_spacing.y);
        let color = Tokens::within(ui).secondary;
        widgets::text(ui, size, "There is no metadata to search.", SECONDARY, color, Align::Min);
        return;
    }
    let mut search = model.view.search.clone();
    let name = model.search_column().map_or("", Column::name);
    if search_line(ui, &mut search, name)
        && let Found::Rows(rows) = model.found
        && !rows.is_empty()
    {
        actions.push(Edit::Select(rows.clone()).into());
    }
    ui.horizontal(|ui| {
        let place = columns.iter().position(|column| column.name() == name).unwrap_or_default();
        let entry = |place: usize| Entry {
            text: columns.get(place).map_or("", Column::name).into(),
            hint: columns.get(place).map_or("", |column| column.kind().name()).into(),
            selected: columns.get(place).is_some_and(|column| column.name() == name),
        };
        let current = Entry { hint: "".into(), ..entry(place) };
        if let Some(chosen) = chooser(ui, 112.0, "Search in", &current, columns.len(), entry) {
            search.column = columns.get(chosen).map(|column| column.name().to_owned());
        }
        outcome(ui, model, &search, actions);
    });
    match model.found {
        Found::Failed(reason) => {
            widgets::paragraph(ui, reason, SECONDARY, Tokens::within(ui).error, 4);
        }
        // A plus is a sign of both.
        Found::Rows(rows) if rows.is_empty() => {
            let size = vec2(content_width(ui), LINE);
            let mut offer = |caption: &str| link(ui, caption, SECONDARY, size, Align::Min).clicked();
            let (may_be_sum, may_be_pattern) = (search.may_be_sum(), search.may_be_pattern());
            search.sum |= may_be_sum && offer("No match as text. Add and subtract rows?");
            search.regex |= may_be_pattern && offer("No match as text. Use as regex?");
        }
        _ => {}
    }
    if search != model.view.search {
        // Neighbors are listed of one thing at a time.
        if search.sum && !model.view.selection.is_empty() {
            actions.push(Edit::Select(RowSet::EMPTY).into());
        }
        actions.push(Edit::Search(search).into());
    }
}

/// Shows the field with its switches at the right. Returns whether Enter was pressed in it.
fn search_line(ui: &mut Ui, search: &mut Search, column: &str) -> bool {
    let tokens = Tokens::within(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(content_width(ui), CONTROL), Sense::hover());
    let focused = ui.memory(|memory| memory.has_focus(search_field()));
    let border = if focused { egui::Stroke::new(1.0, tokens.accent) } else { tokens.border() };
    ui.painter().rect(rect, CORNER, tokens.inset, border, egui::StrokeKind::Inside);
    let place = UiBuilder::new()
        .max_rect(Rect::from_min_max(rect.min + vec2(9.0, 2.0), rect.max - vec2(3.0, 2.0)))
        .layout(egui::Layout::right_to_left(Align::Center));
    let mut line = ui.new_child(place);
    line.spacing_mut().item_spacing.x = 2.0;
    let is_sum = search.sum;
    let switches = [
        (SUM, "Add and subtract", "Add and subtract rows: “king - man + woman”", &mut search.sum),
        ("Aa", "Match case", "Match case: “Ocean” does not find “ocean”", &mut search.case_sensitive),
        (".*", "Regular expression", "Regular expression: “^pre” finds what begins with “pre”", &mut search.regex),
        ("=", "Whole cell", "Whole cell: “sea” does not find “season”", &mut search.whole),
    ];
    for (letters, name, hint, is_on) in switches.into_iter().filter(|(letters, ..)| !is_sum || *letters == SUM) {
        let button = widgets::icon_button(&mut line, 24.0, Icon::Letters(letters), name, *is_on, false);
        *is_on ^= button.on_hover_text(hint).clicked();
    }
    if !search.text.is_empty()
        && widgets::icon_button(&mut line, 24.0, Icon::Close, "Clear the search", false, false).clicked()
    {
        search.text.clear();
    }
    let shown: String = column.chars().take(24).collect();
    let hint = if is_sum { "a - b + c".into() } else { format!("Search {shown}…") };
    let field = TextEdit::singleline(&mut search.text)
        .char_limit(FIELD)
        .id(search_field())
        .frame(Frame::NONE)
        .margin(vec2(0.0, 0.0))
        .font(BODY)
        .hint_text(hint)
        .vertical_align(Align::Center)
        .desired_width(f32::INFINITY);
    let size = line.available_size();
    let response = line.add_sized(size, field);
    let entered = response.lost_focus() && line.input(|input| input.key_pressed(Key::Enter));
    if !response.has_focus() {
        response.on_hover_text("Search the metadata (/ or Ctrl+F); Enter selects what matches");
    }
    entered
}

/// Shows the number of matches, or what the switches mean while the field is empty.
fn outcome(ui: &mut Ui, model: &ViewModel<'_>, search: &Search, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let room = vec2(content_width(ui) - (ui.cursor().left() - ui.min_rect().left()), CONTROL);
    match model.found {
        Found::Idle if model.view.is_summing() => {
            let clears = !model.view.selection.is_empty();
            if clears && link(ui, "Back to the sum", SECONDARY, room, Align::Max).clicked() {
                actions.push(Edit::Select(RowSet::EMPTY).into());
            }
        }
        // The switches are explained where the results will be.
        Found::Idle if search.sum => {}
        Found::Idle if ui.memory(|memory| memory.has_focus(search_field())) => {
            widgets::text(ui, room, "Aa case · .* regex · = whole", SECONDARY, tokens.secondary, Align::Max);
        }
        // An error has lines of its own.
        Found::Idle | Found::Failed(_) => {}
        Found::Rows(rows) if rows.is_empty() => {
            if !search.may_be_pattern() && !search.may_be_sum() {
                widgets::text(ui, room, "No match", SECONDARY, tokens.secondary, Align::Max);
            }
        }
        Found::Rows(rows) => {
            let room = vec2(room.x - SELECT_ALL - SPACE, CONTROL);
            widgets::text(ui, room, &matched(rows.len()), SECONDARY, tokens.secondary, Align::Max);
            if *rows == model.view.selection {
                widgets::text(ui, vec2(SELECT_ALL, CONTROL), "Selected", SECONDARY, tokens.secondary, Align::Max);
            } else if link(ui, "Select all", SECONDARY, vec2(SELECT_ALL, CONTROL), Align::Max).clicked() {
                actions.push(Edit::Select(rows.clone()).into());
            }
        }
    }
}

fn matched(n: usize) -> String {
    if n == 1 { "1 match".into() } else { format!("{} matches", count(n)) }
}

/// Lists the matching rows. They share the height with the selection, if there is one.
fn results(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Found::Rows(rows) = model.found else { return };
    // The selection has a list of its own.
    if rows.is_empty() || *rows == model.view.selection {
        return;
    }
    let room = ui.available_height();
    let height = if model.view.selection.is_empty() { room } else { (room * 0.25).clamp(2.0 * ROW, 6.0 * ROW) };
    let column = model.search_column();
    list(ui, "results", rows, height, |ui, row| {
        let name = column.and_then(|column| column.text(row as usize));
        row_line(ui, model, embedding, memory, actions, row, name);
    });
    if !model.view.selection.is_empty() {
        widgets::divider(ui, content_width(ui));
    }
}

/// Shows a list of rows. Only visible rows are laid out.
fn list(ui: &mut Ui, name: &str, rows: &RowSet, height: f32, mut line: impl FnMut(&mut Ui, u32)) {
    let shown = rows.len().min(LISTED);
    let lines = shown + usize::from(shown < rows.len());
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    widgets::scroll(ui, name, height, |area, ui| {
        area.show_rows(ui, ROW, lines, |ui, places| {
            for place in places {
                if let Some(&row) = rows.as_slice().get(place).filter(|_| place < shown) {
                    line(ui, row);
                } else {
                    let text = format!("The first {} of {}", count(shown), count(rows.len()));
                    let color = Tokens::within(ui).secondary;
                    widgets::text(ui, vec2(content_width(ui), ROW), &text, SECONDARY, color, Align::Center);
                }
            }
        });
    });
    ui.spacing_mut().item_spacing.y = spacing;
}

/// Shows a row in a list: thumbnail, color, label, number. A click selects it.
fn row_line(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
    row: u32,
    name: Option<&str>,
) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), ROW), Sense::click());
    let number = row_name(row);
    let said = name.map_or(number.clone(), |name| format!("{name}, {number}"));
    let selected = model.view.selection.contains(row);
    response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, &said));
    widgets::row_background(ui, rect, &response, selected && model.view.selection.len() == 1);
    let left = leading(ui, model, embedding, memory, row, rect);
    let color = tokens.secondary;
    let beside = if name.is_some() { &number } else { "" };
    let figure = widgets::line(ui.painter(), beside, SECONDARY, color, rect.width() / 2.0);
    let right = rect.max.x - SPACE - figure.size().x;
    ui.painter().galley(pos2(right, rect.center().y - figure.size().y / 2.0), figure, color);
    let room = Rect::from_min_max(pos2(left, rect.min.y), pos2(right - SPACE, rect.max.y));
    let elided = paint_line(ui, room, name.unwrap_or(&number), BODY, tokens.text, Align::Min);
    finish_row(response, elided, &said, row, model, actions);
}

/// Shows the inspected point: its label, thumbnail, and cells.
fn point(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    row: u32,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(6.0);
    let label = model.label_column();
    let cells: Vec<&Column> = embedding
        .metadata
        .columns()
        .iter()
        .filter(|column| label.is_none_or(|label| label.name() != column.name()))
        .collect();
    let beside = if embedding.sprite.is_some() { 2.min(cells.len()) } else { 0 };
    ui.horizontal_top(|ui| {
        let mut width = content_width(ui);
        if embedding.sprite.is_some() {
            let (place, _) = ui.allocate_exact_size(vec2(THUMBNAIL, THUMBNAIL), Sense::hover());
            memory.thumbnails.paint(ui, embedding, row, place);
            ui.add_space(4.0);
            width = ui.available_width();
        }
        ui.vertical(|ui| {
            heading(ui, model, row, width, actions);
            cells[..beside].iter().for_each(|column| cell(ui, column, row, width));
        });
    });
    let rest = &cells[beside..];
    if !rest.is_empty() {
        ui.add_space(4.0);
        let height = (ui.available_height() - 8.0 * ROW).clamp(2.0 * CELL, 8.0 * CELL);
        widgets::scroll(ui, "cells", height, |area, ui| {
            area.show_rows(ui, CELL, rest.len(), |ui, places| {
                places.filter_map(|place| rest.get(place)).for_each(|column| cell(ui, column, row, content_width(ui)));
            });
        });
    }
    if let Some(why) = unplaced(model.unplaced, embedding, row) {
        let color = Tokens::within(ui).warning;
        widgets::paragraph(ui, why, SECONDARY, color, 2);
    }
    if let Some(quality) = model.row_quality {
        let color = Tokens::within(ui).secondary;
        let at = model.measured_before().map_or_else(String::new, |step| format!(" At iteration {}.", count(step)));
        widgets::paragraph(ui, &(trust(quality) + &at), SECONDARY, color, 2);
    }
    if model.shown.is_some_and(|shown| !shown.contains(row)) {
        let color = Tokens::within(ui).warning;
        widgets::paragraph(ui, "This point is hidden.", SECONDARY, color, 1);
    }
    ui.add_space(6.0);
}

/// Says how far the place of a row can be trusted.
fn trust(RowQuality { k, strangers, errors }: RowQuality) -> String {
    if strangers == 0 {
        return match k {
            1 => "Its nearest here is its true neighbor.".to_owned(),
            _ => format!("Its {k} nearest here are its {k} true neighbors."),
        };
    }
    let [of_false, missing] = errors.map(|error| short_percent(error.into()));
    let are = if strangers == 1 { "is a stranger" } else { "are strangers" };
    let went = if strangers == 1 { "1 true neighbor is".into() } else { format!("{strangers} true neighbors are") };
    let who = if k == 1 { nearest(1) } else { format!("{strangers} of its {}", nearest(k)) };
    capital(&format!("{who} here {are}, {went} missing: false {of_false}, missing {missing}."))
}

/// Returns why a row has no point. `None` if it has one, or is not among the rows that are laid
/// out.
fn unplaced(unplaced: &WithoutPlace, embedding: &Embedding, row: u32) -> Option<&'static str> {
    if embedding.non_finite.contains(row) {
        Some("This row holds a NaN, an infinity, or a number beyond 3.4e38, so it has no place in the cloud.")
    } else if unplaced.zero.contains(row) {
        Some("This row is a zero vector. It has no direction, so it has no place in this layout.")
    } else if unplaced.other.contains(row) {
        Some("This row is not part of this layout.")
    } else {
        None
    }
}

/// Shows the label of the point at 20 px, its number, and the button that clears the selection.
fn heading(ui: &mut Ui, model: &ViewModel<'_>, row: u32, width: f32, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let number = row_name(row);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::hover());
    let clear = Rect::from_min_max(pos2(rect.max.x - 24.0, rect.min.y), rect.max);
    let mut inner = rect.with_max_x(clear.min.x - 4.0);
    if let Some(&before) = model.view.trail.last() {
        let back = Rect::from_min_size(pos2(clear.min.x - 24.0, rect.min.y), vec2(24.0, 28.0));
        inner.max.x = back.min.x - 4.0;
        back_button(ui, model, back, before, actions);
    }
    let Some(name) = model.name_of(row) else {
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &number));
        paint_line(ui, inner, &number, theme::title(), tokens.text, Align::Min);
        clear_button(ui, clear, actions);
        return;
    };
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{name}, {number}")));
    let figure = widgets::line(ui.painter(), &number, SECONDARY, tokens.secondary, inner.width() / 2.0);
    let title = widgets::line(ui.painter(), name, theme::title(), tokens.text, inner.width() - figure.size().x - SPACE);
    if title.elided {
        // A sentence is set smaller, on several lines.
        ui.painter().galley(pos2(inner.min.x, rect.center().y - figure.size().y / 2.0), figure, tokens.secondary);
        clear_button(ui, clear, actions);
        ui.scope(|ui| {
            ui.set_max_width(width);
            widgets::paragraph(ui, name, theme::header(), tokens.text, 4);
        });
        ui.add_space(4.0);
        return;
    }
    let end = inner.min.x + title.size().x + SPACE;
    let top = rect.center().y - title.size().y / 2.0;
    let baseline = top + title.size().y - 5.0;
    ui.painter().galley(pos2(end, baseline - figure.size().y + 2.0), figure, tokens.secondary);
    ui.painter().galley(pos2(inner.min.x, top), title, tokens.text);
    clear_button(ui, clear, actions);
}

/// Shows the button that goes back to the row that was inspected before.
fn back_button(ui: &mut Ui, model: &ViewModel<'_>, rect: Rect, before: u32, actions: &mut Vec<Action>) {
    let name = model.name_or_number(before);
    let mut place = ui.new_child(UiBuilder::new().max_rect(rect));
    if widgets::icon_button(&mut place, 24.0, Icon::Letters("←"), "Previous point", false, false)
        .on_hover_text(format!("Previous point: {name} (Alt+Left)"))
        .clicked()
    {
        actions.push(Edit::Back.into());
    }
}

fn clear_button(ui: &mut Ui, rect: Rect, actions: &mut Vec<Action>) {
    let mut place = ui.new_child(UiBuilder::new().max_rect(rect));
    if widgets::icon_button(&mut place, 24.0, Icon::Close, "Clear the selection", false, false)
        .on_hover_text("Clear the selection (Esc)")
        .clicked()
    {
        actions.push(Edit::Select(RowSet::EMPTY).into());
    }
}

/// Shows the name of a column on the left and the cell of the row on the right.
fn cell(ui: &mut Ui, column: &Column, row: u32, width: f32) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CELL), Sense::hover());
    let value = column.text(row as usize);
    let said = format!("{}: {}", column.name(), value.unwrap_or("missing"));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &said));
    let key = widgets::line(ui.painter(), column.name(), SECONDARY, tokens.secondary, width * 0.45);
    let room = rect.with_min_x(rect.min.x + key.size().x + SPACE);
    let elided_key = key.elided;
    ui.painter().galley(pos2(rect.min.x, rect.center().y - key.size().y / 2.0), key, tokens.secondary);
    let color = if value.is_some() { tokens.text } else { tokens.faint };
    let elided = paint_line(ui, room, value.unwrap_or("–"), SECONDARY, color, Align::Max);
    in_full_on_hover(response, elided || elided_key, &said);
}

/// Shows what is selected, if it is more than one row.
fn several(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let selection = &model.view.selection;
    ui.spacing_mut().item_spacing.y = 4.0;
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), 28.0), Sense::hover());
    let hidden = match selection::hidden(model, &mut memory.drafts) {
        0 => String::new(),
        n if n == selection.len() => ", hidden".into(),
        n => format!(", {} hidden", count(n)),
    };
    let title = plural(selection.len(), "point") + &hidden;
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &title));
    paint_line(ui, rect.with_max_x(rect.max.x - 28.0), &title, theme::title(), tokens.text, Align::Min);
    clear_button(ui, rect.with_min_x(rect.max.x - 24.0), actions);
    selection::buttons(ui, model, embedding, memory, actions);
    selection::parts(ui, model, memory, actions);
    selection::saved(ui, model, actions);
    match (sum::of_several(ui, model, actions), &model.view.apart) {
        (OfSeveral::Apart, Some(against)) => apart::apart(ui, model, embedding, against, actions),
        (OfSeveral::Mean, _) => {
            sum::meaning(ui, model);
            neighbors::nearest_rows(ui, model, embedding, memory, actions);
        }
        _ => {
            let height = ui.available_height();
            list(ui, "selection", selection, height, |ui, row| {
                row_line(ui, model, embedding, memory, actions, row, model.name_of(row));
            });
        }
    }
}
