//! The table of the metadata: a card at the bottom, between the others. Only the rows in sight are
//! laid out.
//!
//! It scrolls by rows, not by pixels, so that each of a million rows can be reached.

use std::ops::Range;

use egui::{Align, CursorIcon, Id, Key, Rect, Response, Sense, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Column, Embedding, RowSet};
use parallax_look::{
    Tokens,
    icons::{Icon, chevron},
    theme::{self, BODY, GAP, SECONDARY, SPACE},
    widgets::{self, Segment, dot, in_full_on_hover, paint_line, segmented},
};
use parallax_session::{Action, Edit, Sort, Table, TableRows};

use crate::{
    cards::bottom::HEADER,
    format::{count, plural},
    memory::{PanelMemory, TableMemory},
    model::ViewModel,
    pointed::point_at,
};

const NAMES: f32 = 26.0;
const ROW: f32 = 24.0;
/// The column of row numbers.
const NUMBERS: f32 = 100.0;
const LEAST_COLUMN: f32 = 60.0;
const GREATEST_COLUMN: f32 = 280.0;
const SCROLLBAR: f32 = 10.0;
/// The number of evenly spread rows by whose texts the columns get their widths.
const MEASURED: usize = 200;

/// Shows the table in `rect`.
pub(crate) fn table_card(
    ui: &mut Ui,
    rect: Rect,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    header(ui, rect.with_max_y(rect.min.y + HEADER), model, actions);
    let body = Rect::from_min_max(pos2(rect.min.x + 1.0, rect.min.y + HEADER), rect.max - vec2(1.0, 6.0));
    let Some(embedding) = model.embedding else { return };
    let grid = Grid::new(body, model, embedding, &mut memory.table);
    grid.names(ui, model, memory, actions);
    grid.rows(ui, model, embedding, memory, actions);
}

fn header(ui: &mut Ui, rect: Rect, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let table = &model.view.table;
    let mut line = ui.new_child(
        UiBuilder::new().max_rect(rect.shrink2(vec2(GAP, 4.0))).layout(egui::Layout::left_to_right(Align::Center)),
    );
    line.spacing_mut().item_spacing.x = SPACE;
    widgets::text(&mut line, vec2(44.0, 28.0), "Table", theme::header(), tokens.text, Align::Min);
    let all = [
        (TableRows::Shown, "Shown", "All rows that are shown"),
        (TableRows::Selected, "Selected", "The selected rows"),
        (TableRows::Matching, "Matching", "The rows that match the search"),
    ];
    let segments =
        all.map(|(rows, caption, hint)| Segment { caption, hint, selected: table.rows == rows, enabled: true });
    let room = line.available_width();
    let width = (room - 140.0).clamp(120.0, 240.0);
    let chosen = segmented(&mut line, vec2(width, 28.0), &segments).and_then(|place| all.get(place));
    actions.extend(chosen.map(|&(rows, ..)| Action::Edit(Edit::SetTable(Table { rows, ..table.clone() }))));
    let rest = line.available_width() - 24.0 - SPACE;
    let text = plural(model.table.len(), "row");
    widgets::text(&mut line, vec2(rest.max(0.0), 28.0), &text, SECONDARY, tokens.secondary, Align::Max);
    if widgets::icon_button(&mut line, 24.0, Icon::Close, "Close the table", false, false).clicked() {
        actions.push(Edit::SetTable(Table { shown: false, ..table.clone() }).into());
    }
}

/// Where columns and rows are.
struct Grid {
    body: Rect,
    names: Rect,
    cells: Rect,
    /// For each column its place in the metadata, and its left and right edges.
    columns: Vec<(usize, f32, f32)>,
    /// The rows in sight, by their place in the table.
    places: Range<usize>,
    /// The top of the first of them.
    top: f32,
}

impl Grid {
    fn new(body: Rect, model: &ViewModel<'_>, embedding: &Embedding, memory: &mut TableMemory) -> Self {
        let names = body.with_max_y(body.min.y + NAMES);
        let cells = Rect::from_min_max(pos2(body.min.x, names.max.y), pos2(body.max.x - SCROLLBAR, body.max.y));
        let columns = embedding.metadata.columns();
        measure(memory, columns);
        let all: f32 = NUMBERS + memory.widths.iter().map(|(_, width)| width).sum::<f32>();
        memory.left = memory.left.clamp(0.0, (all - cells.width()).max(0.0));
        let mut x = cells.min.x + NUMBERS - memory.left;
        let mut spans = Vec::with_capacity(columns.len());
        for (place, (_, width)) in memory.widths.iter().enumerate() {
            if x + width > cells.min.x + NUMBERS && x < cells.max.x {
                spans.push((place, x, x + width));
            }
            x += width;
        }
        let lines = f64::from(cells.height() / ROW);
        let last = (model.table.len() as f64 - lines).max(0.0);
        follow_selection(memory, model, lines);
        memory.first = memory.first.clamp(0.0, last);
        let first = memory.first.floor() as usize;
        let end = (first + lines.ceil() as usize + 1).min(model.table.len());
        let top = cells.min.y - (memory.first.fract() as f32) * ROW;
        Self { body, names, cells, columns: spans, places: first.min(end)..end, top }
    }

    /// The names of the columns. Clicks sort ascending, descending, and not at all.
    fn names(&self, ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
        let tokens = Tokens::within(ui);
        ui.painter().rect_filled(self.names, 0.0, tokens.inset);
        let numbers = self.names.with_max_x(self.names.min.x + NUMBERS);
        paint_line(ui, numbers.shrink2(vec2(GAP, 0.0)), "Row", SECONDARY, tokens.secondary, Align::Max);
        let clip = ui.clip_rect();
        ui.set_clip_rect(self.names.with_min_x(numbers.max.x).intersect(clip));
        for &(place, left, right) in &self.columns {
            let Some(column) = model.columns().get(place) else { continue };
            let rect = Rect::from_x_y_ranges(left..=right, self.names.y_range());
            name(ui, model, column, rect, actions);
            let edge = Rect::from_x_y_ranges(right - 4.0..=right + 3.0, self.names.y_range());
            let response = ui.interact(edge, Id::new("width of a column").with(place), Sense::drag());
            let label = format!("Width of {}", column.name());
            response.widget_info(|| WidgetInfo::labeled(WidgetType::ResizeHandle, true, &label));
            if let Some((_, width)) = memory.table.widths.get_mut(place).filter(|_| response.dragged()) {
                *width = (*width + response.drag_delta().x).max(LEAST_COLUMN / 2.0);
            }
            response.on_hover_cursor(CursorIcon::ResizeHorizontal);
        }
        ui.set_clip_rect(clip);
    }

    fn rows(
        &self,
        ui: &mut Ui,
        model: &ViewModel<'_>,
        embedding: &Embedding,
        memory: &mut PanelMemory,
        actions: &mut Vec<Action>,
    ) {
        let clip = ui.clip_rect();
        ui.set_clip_rect(self.cells.intersect(clip));
        if model.table.is_empty() {
            let color = Tokens::within(ui).secondary;
            paint_line(ui, self.cells, "No row", SECONDARY, color, Align::Center);
        }
        for place in self.places.clone() {
            let Some(&row) = model.table.get(place) else { break };
            let y = self.top + (place - self.places.start) as f32 * ROW;
            let rect = Rect::from_x_y_ranges(self.cells.x_range(), y..=y + ROW);
            let response = self.line(ui, model, embedding, row, rect);
            if response.hovered() {
                point_at(ui.ctx(), row);
            }
            if response.clicked() {
                select(ui, model, &mut memory.table, place, row, actions);
            }
        }
        ui.set_clip_rect(clip);
        let pointed = ui.rect_contains_pointer(self.cells);
        self.scroll(ui, model, &mut memory.table, pointed);
    }

    fn line(&self, ui: &mut Ui, model: &ViewModel<'_>, embedding: &Embedding, row: u32, rect: Rect) -> Response {
        let tokens = Tokens::within(ui);
        let response = ui.interact(rect.intersect(self.cells), Id::new("row of the table").with(row), Sense::click());
        let selected = model.view.selection.contains(row);
        let said = model.name_or_number(row);
        response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, &said));
        widgets::row_background(ui, rect.shrink2(vec2(4.0, 0.0)), &response, selected);
        let numbers = rect.with_max_x(rect.min.x + NUMBERS);
        if let Some(color) = (model.color_of)(row) {
            dot(ui.painter(), pos2(rect.min.x + GAP + 2.0, rect.center().y), color);
        }
        paint_line(ui, numbers.shrink2(vec2(GAP, 0.0)), &count(row as usize), SECONDARY, tokens.secondary, Align::Max);
        let clip = ui.clip_rect();
        ui.set_clip_rect(clip.with_min_x(clip.min.x.max(numbers.max.x)));
        let mut full = None;
        for &(place, left, right) in &self.columns {
            let Some(column) = embedding.metadata.columns().get(place) else { continue };
            let cell = Rect::from_x_y_ranges(left..=right, rect.y_range()).shrink2(vec2(SPACE, 0.0));
            let text = column.text(row as usize);
            let (color, align) = match (text, column.is_numeric()) {
                (None, _) => (tokens.faint, Align::Min),
                (_, true) => (tokens.text, Align::Max),
                (_, false) => (tokens.text, Align::Min),
            };
            let elided = paint_line(ui, cell, text.unwrap_or("–"), BODY, color, align);
            if elided && ui.rect_contains_pointer(cell) {
                full = text;
            }
        }
        ui.set_clip_rect(clip);
        match full {
            Some(text) => in_full_on_hover(response, true, text),
            None => response,
        }
    }

    /// Scrolls by the wheel, the keys and the scroll bar.
    fn scroll(&self, ui: &mut Ui, model: &ViewModel<'_>, memory: &mut TableMemory, pointed: bool) {
        let lines = f64::from(self.cells.height() / ROW);
        if pointed {
            let wheel = ui.input(egui::InputState::smooth_scroll_delta);
            memory.first -= f64::from(wheel.y / ROW);
            memory.left -= wheel.x;
        }
        let focused = ui.memory(egui::Memory::focused);
        let in_table = focused.is_some_and(|id| {
            self.places
                .clone()
                .any(|place| model.table.get(place).is_some_and(|row| Id::new("row of the table").with(row) == id))
        });
        if in_table {
            let keys =
                [(Key::PageDown, lines - 1.0), (Key::PageUp, 1.0 - lines), (Key::End, f64::MAX), (Key::Home, f64::MIN)];
            for (key, step) in keys {
                if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key)) {
                    memory.first += step;
                }
            }
        }
        let all = model.table.len() as f64;
        let last = (all - lines).max(0.0);
        memory.first = memory.first.clamp(0.0, last);
        if all > lines {
            let rail = Rect::from_min_max(pos2(self.cells.max.x, self.cells.min.y), self.body.max);
            bar(ui, rail, memory, lines / all, last);
        }
    }
}

/// The scroll bar.
fn bar(ui: &Ui, rail: Rect, memory: &mut TableMemory, part: f64, last: f64) {
    let tokens = Tokens::within(ui);
    let response = ui.interact(rail, Id::new("scroll the table"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(true, memory.first, "Scroll the table"));
    let height = (rail.height() * part as f32).clamp(28.0, rail.height());
    let room = rail.height() - height;
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let share = ((pointer.y - rail.min.y - height / 2.0) / room.max(1.0)).clamp(0.0, 1.0);
        memory.first = f64::from(share) * last;
    }
    let top = rail.min.y + room * (memory.first / last.max(1.0)) as f32;
    let width = if response.hovered() || response.dragged() { 6.0 } else { 4.0 };
    let thumb = Rect::from_min_size(pos2(rail.center().x - width / 2.0, top), vec2(width, height));
    ui.painter().rect_filled(thumb, width / 2.0, tokens.faint);
}

fn name(ui: &mut Ui, model: &ViewModel<'_>, column: &Column, rect: Rect, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let response = ui.interact(rect, Id::new("column of the table").with(column.name()), Sense::click());
    let table = &model.view.table;
    let sort = table.sort.as_ref().filter(|sort| sort.column == column.name());
    let said = match sort {
        None => format!("Sort by {}", column.name()),
        Some(sort) if sort.descending => format!("Sort by {}, sorted descending", column.name()),
        Some(_) => format!("Sort by {}, sorted ascending", column.name()),
    };
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &said));
    let inner = rect.shrink2(vec2(SPACE, 0.0));
    let room = if sort.is_some() { inner.with_max_x(inner.max.x - 12.0) } else { inner };
    let color = if sort.is_some() || response.hovered() { tokens.text } else { tokens.secondary };
    let align = if column.is_numeric() { Align::Max } else { Align::Min };
    let elided = paint_line(ui, room, column.name(), SECONDARY, color, align);
    if let Some(sort) = sort {
        chevron(
            ui.painter(),
            pos2(inner.max.x - 3.0, rect.center().y),
            if sort.descending { 1.0 } else { -1.0 },
            tokens.accent,
        );
    }
    widgets::focus_ring(ui, rect, &response);
    if response.clicked() {
        let by = |descending| Some(Sort { column: column.name().to_owned(), descending });
        let sort = match sort {
            None => by(false),
            Some(sort) if !sort.descending => by(true),
            Some(_) => None,
        };
        actions.push(Edit::SetTable(Table { sort, ..table.clone() }).into());
    }
    in_full_on_hover(response, elided, column.name()).on_hover_cursor(CursorIcon::PointingHand);
}

/// Selects the row that was clicked. Ctrl adds or removes it; Shift selects the range from the last
/// one.
fn select(ui: &Ui, model: &ViewModel<'_>, memory: &mut TableMemory, place: usize, row: u32, actions: &mut Vec<Action>) {
    let modifiers = ui.input(|input| input.modifiers);
    let selection = &model.view.selection;
    let rows = if let Some(anchor) = memory.anchor.filter(|_| modifiers.shift) {
        let range = anchor.min(place)..=anchor.max(place).min(model.table.len() - 1);
        let between: RowSet = model.table[range].iter().copied().collect();
        if modifiers.command { selection.union(&between) } else { between }
    } else {
        memory.anchor = Some(place);
        let mut rows = if modifiers.command { selection.clone() } else { RowSet::EMPTY };
        rows.toggle(row);
        rows
    };
    // The row is in sight: there is no need to scroll to it.
    memory.shown = Some(row);
    actions.push(Edit::Select(rows).into());
}

/// Scrolls to the row that was selected elsewhere.
fn follow_selection(memory: &mut TableMemory, model: &ViewModel<'_>, lines: f64) {
    let inspected = model.view.inspected();
    if inspected.is_none() || memory.shown == inspected {
        return;
    }
    memory.shown = inspected;
    let Some(place) = model.table.iter().position(|&row| Some(row) == inspected) else { return };
    let place = place as f64;
    if place < memory.first || place + 1.0 > memory.first + lines {
        memory.first = place - (lines / 2.0).floor();
    }
}

/// Measures the columns if they have changed since the last frame.
fn measure(memory: &mut TableMemory, columns: &[Column]) {
    let same = memory.widths.len() == columns.len()
        && columns.iter().zip(&memory.widths).all(|(column, (name, _))| column.name() == name);
    if same {
        return;
    }
    let known = std::mem::take(&mut memory.widths);
    memory.widths = columns
        .iter()
        .map(|column| {
            let name = column.name();
            let before = known.iter().find(|(known, _)| known == name).map(|&(_, width)| width);
            let step = column.len().div_ceil(MEASURED).max(1);
            let longest = (0..column.len()).step_by(step).filter_map(|row| column.text(row));
            let longest = longest.chain([name]).map(|text| text.chars().take(60).count()).max().unwrap_or(0);
            let width = (longest as f32 * 7.2 + 2.0 * SPACE + 12.0).clamp(LEAST_COLUMN, GREATEST_COLUMN);
            (name.to_owned(), before.unwrap_or(width))
        })
        .collect();
}
