//! The list of bookmarks. Only the rows in sight are laid out.
//!
//! Rows are reordered by dragging, or with Alt and the arrow keys. The arrow keys alone move the
//! focus.

use std::ops::Range;

use egui::{EventFilter, Key, Modifiers, Rect, Response, Sense, Stroke, Ui, pos2, vec2};
use parallax_look::{Tokens, content_width, widgets};
use parallax_session::{Action, TourAction};

use super::row::{self, ROW, focus};
use crate::{
    memory::{OpenNote, PanelMemory},
    model::ViewModel,
};

/// The height of open notes.
const NOTE: f32 = 84.0;
/// The distance from an end of the list at which a dragged row scrolls it.
const EDGE: f32 = 20.0;
const STEP: f32 = 8.0;

/// Where rows are.
struct Places {
    /// The corner of the list's part in sight.
    corner: egui::Pos2,
    /// How far it is scrolled.
    offset: f64,
    /// The width of the rows.
    width: f32,
    count: usize,
    /// The row below which notes are open.
    note: Option<usize>,
}

pub(super) fn bookmark_list(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    height: f32,
    actions: &mut Vec<Action>,
) {
    let bookmarks = &model.tour.tour().bookmarks;
    let is_there = |note: &OpenNote| bookmarks.get(note.place).is_some_and(|bookmark| bookmark.name == note.of);
    memory.bookmarks.note.take_if(|note| !is_there(note));
    let note = memory.bookmarks.note.as_ref().map(|note| note.place);
    let corner = ui.cursor().min;
    let mut places = Places { corner, offset: 0.0, width: content_width(ui), count: bookmarks.len(), note };
    let list = &mut memory.bookmarks.list;
    if list.shown != model.tour.at() {
        list.shown = model.tour.at();
        list.reveal = list.shown;
    }
    let reveal = list.reveal.take().map(|place| places.offset_showing(place, list.seen));
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    widgets::scroll(ui, "bookmarks", height, |area, ui| {
        let area = reveal.into_iter().fold(area, |area, offset| area.vertical_scroll_offset(offset as f32));
        area.show_viewport(ui, |ui, seen| {
            ui.allocate_exact_size(vec2(places.width, places.top(places.count) as f32), Sense::hover());
            places.offset = f64::from(seen.min.y);
            memory.bookmarks.list.seen = [places.offset, f64::from(seen.height())];
            for place in places.in_sight(seen.height()) {
                line(ui, model, memory, &places, place, actions);
            }
            drag(ui, memory, &places, seen.height(), actions);
        });
    });
    ui.spacing_mut().item_spacing.y = spacing;
}

/// A bookmark's row, and its notes if they are open.
fn line(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    places: &Places,
    place: usize,
    actions: &mut Vec<Action>,
) {
    let rect = places.rect(place);
    let Some(response) = row::bookmark_row(ui, model, memory, place, rect, actions) else { return };
    if response.drag_started_by(egui::PointerButton::Primary) && memory.bookmarks.chosen.is_none() {
        memory.bookmarks.list.dragged = Some(place);
    }
    if memory.bookmarks.list.focus.take_if(|wanted| *wanted == place).is_some() {
        response.request_focus();
    } else if response.has_focus() {
        keys(ui, memory, &response, places, place, actions);
    }
    if places.note == Some(place) {
        let rect = Rect::from_min_size(rect.left_bottom(), vec2(rect.width(), NOTE));
        row::note(ui, model, memory, place, rect.shrink2(vec2(0.0, 2.0)), actions);
    }
}

/// Handles keys for the focused row.
fn keys(
    ui: &Ui,
    memory: &mut PanelMemory,
    response: &Response,
    places: &Places,
    place: usize,
    actions: &mut Vec<Action>,
) {
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let last = places.count - 1;
    let (above, below) = (place.saturating_sub(1), (place + 1).min(last));
    let mut go = None;
    for (key, to) in [(Key::ArrowUp, above), (Key::ArrowDown, below)] {
        // With Alt first: `NONE` matches keys with Alt, too.
        if pressed(Modifiers::ALT, key) {
            if to != place {
                actions.push(TourAction::Move { from: place, to }.into());
            }
            go = Some(to);
        } else if pressed(Modifiers::NONE, key) {
            go = Some(to);
        }
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        actions.push(TourAction::Remove(place).into());
    }
    if let Some(to) = go.filter(|to| *to != place) {
        focus(ui, memory, to);
    }
}

/// Draws a line where the dragged row would go, and moves the row when it is dropped.
fn drag(ui: &Ui, memory: &mut PanelMemory, places: &Places, height: f32, actions: &mut Vec<Action>) {
    let list = &mut memory.bookmarks.list;
    let Some(from) = list.dragged else { return };
    let (pointer, is_down) = ui.input(|input| (input.pointer.latest_pos(), input.pointer.primary_down()));
    let Some(pointer) = pointer.filter(|_| !ui.input(|input| input.key_pressed(Key::Escape))) else {
        list.dragged = None;
        return;
    };
    let gap = places.gap_at(pointer.y);
    let to = if gap > from { gap - 1 } else { gap };
    if !is_down {
        list.dragged = None;
        if to != from && from < places.count {
            actions.push(TourAction::Move { from, to }.into());
        }
        return;
    }
    memory.bookmarks.takes_escape = true;
    ui.set_cursor_icon(egui::CursorIcon::Grabbing);
    let y = places.y(places.top(gap)).clamp(places.corner.y + 1.0, places.corner.y + height - 1.0);
    let tokens = Tokens::within(ui);
    let ends = [pos2(places.corner.x, y), pos2(places.corner.x + places.width, y)];
    ui.painter().line_segment(ends, Stroke::new(2.0, tokens.accent));
    ui.painter().circle_filled(ends[0] + vec2(3.0, 0.0), 3.0, tokens.accent);
    let (above, below) = (places.offset, places.top(places.count) - places.offset - f64::from(height));
    let push = if pointer.y < places.corner.y + EDGE && above > 0.5 {
        STEP
    } else if pointer.y > places.corner.y + height - EDGE && below > 0.5 {
        -STEP
    } else {
        0.0
    };
    if push != 0.0 {
        ui.scroll_with_delta(vec2(0.0, push));
        ui.ctx().request_repaint();
    }
}

impl Places {
    /// Returns how far the top of the row is below the beginning of the list.
    fn top(&self, place: usize) -> f64 {
        let note = self.note.is_some_and(|note| note < place);
        place as f64 * f64::from(ROW) + if note { f64::from(NOTE) } else { 0.0 }
    }

    /// Returns where that is on the screen.
    fn y(&self, top: f64) -> f32 {
        self.corner.y + (top - self.offset) as f32
    }

    fn rect(&self, place: usize) -> Rect {
        Rect::from_min_size(pos2(self.corner.x, self.y(self.top(place))), vec2(self.width, ROW))
    }

    /// Returns the rows in sight if the visible part has this height.
    fn in_sight(&self, height: f32) -> Range<usize> {
        let first = ((self.offset - f64::from(NOTE)) / f64::from(ROW)).max(0.0) as usize;
        let last = ((self.offset + f64::from(height)) / f64::from(ROW)).ceil().max(0.0) as usize;
        first.min(self.count)..last.min(self.count)
    }

    /// Returns the nearest gap between rows, as the number of rows above it.
    fn gap_at(&self, y: f32) -> usize {
        let distance = |gap: &usize| (self.y(self.top(*gap)) - y).abs();
        let about = ((self.offset + f64::from(y - self.corner.y)) / f64::from(ROW)).max(0.0) as usize;
        let near = about.saturating_sub(3)..=(about + 2).min(self.count);
        near.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(self.count)
    }

    /// Returns how far to scroll to bring the row into sight, given what is in sight now.
    fn offset_showing(&self, place: usize, [offset, height]: [f64; 2]) -> f64 {
        let (top, bottom) = (self.top(place), self.top(place) + f64::from(ROW));
        if top < offset || height < f64::from(ROW) {
            top
        } else if bottom > offset + height {
            bottom - height
        } else {
            offset
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: usize, note: Option<usize>, offset: f64) -> Places {
        Places { corner: pos2(10.0, 100.0), offset, width: 284.0, count, note }
    }

    /// Rows have no gaps and none in sight is left out, even far down in a very long list.
    #[test]
    fn rows_have_no_gaps_in_any_list() {
        let row = f64::from(ROW);
        for (offset, note) in [(0.0, None), (999_990.0 * row + 7.0, None), (70.0, Some(0)), (4.0 * row, Some(3))] {
            let places = places(1_000_000, note, offset);
            let seen = places.in_sight(200.0);
            let rects: Vec<Rect> = seen.clone().map(|place| places.rect(place)).collect();
            assert!(rects[0].min.y <= 100.0 && rects.last().unwrap().max.y >= 300.0, "{offset}: {rects:?}");
            for (place, pair) in seen.zip(rects.windows(2)) {
                let between = if note == Some(place) { NOTE } else { 0.0 };
                assert!((pair[1].min.y - pair[0].max.y - between).abs() < 1e-3, "{offset}: {pair:?}");
            }
        }
        assert_eq!(places(3, None, 0.0).in_sight(400.0), 0..3);
    }

    #[test]
    fn dragged_row_goes_to_the_nearest_gap() {
        let check = |places: &Places, y: f32, expected: usize| assert_eq!(places.gap_at(y), expected, "{y}");
        let plain = places(4, None, 0.0);
        check(&plain, -50.0, 0);
        check(&plain, 100.0 + 0.4 * ROW, 0);
        check(&plain, 100.0 + 0.6 * ROW, 1);
        check(&plain, 100.0 + 3.9 * ROW, 4);
        check(&plain, 5000.0, 4);
        let with_note = places(4, Some(0), 0.0);
        check(&with_note, 100.0 + ROW + 0.9 * NOTE, 1);
        check(&with_note, 100.0 + 1.6 * ROW + NOTE, 2);
    }

    #[test]
    fn row_is_scrolled_into_sight_by_the_least_distance() {
        let places = places(10, None, 0.0);
        let row = f64::from(ROW);
        let check = |place, seen: [f64; 2], expected: f64| assert_eq!(places.offset_showing(place, seen), expected);
        check(1, [0.0, 3.0 * row], 0.0);
        check(5, [0.0, 3.0 * row], 3.0 * row);
        check(1, [4.0 * row, 3.0 * row], row);
    }
}
