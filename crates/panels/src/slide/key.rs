//! The legend of a slide: the meaning of the colors of the shown points, as far as there is room.

use std::collections::HashSet;

use egui::{Color32, FontId, Mesh, Rect, Shape, Ui, pos2, vec2};
use parallax_embedding::{Column, RowSet};
use parallax_look::{Tokens, theme};
use parallax_session::{Legend, LegendEntry, LegendValue, Rgb};

use super::plate::{MARGIN, Sizes, free_area, layout, plate};
use crate::{
    cards::{brightness::said, paint_square},
    format::count,
    memory::UsedValues,
    model::ViewModel,
};

const TEXT: f32 = 20.0;
const LEAST_TEXT: f32 = 13.0;
const ROW: f32 = 32.0;
const LEAST_ROW: f32 = 20.0;
const DOT: f32 = 8.0;
/// The greatest shares of the window that the legend takes.
const WIDTH: f32 = 0.18;
/// The greatest share of the window that its text takes beside two pictures.
const PAIR_WIDTH: f32 = 0.09;
const HEIGHT: f32 = 0.6;
const RAMP: [f32; 2] = [18.0, 220.0];
/// What is around the text of a category: paddings, the dot, and a gap.
const AROUND: f32 = 2.0 * 20.0 + DOT * 3.0 + 16.0;

/// Returns the part of `window` that is left of the legend, if there is one: its width depends on the
/// window alone, so that pictures do not jump from one bookmark to the next.
#[must_use]
pub(crate) fn free_of_key(window: Rect, legend: &Legend) -> Rect {
    if matches!(legend, Legend::Empty | Legend::Plain(_)) {
        return window;
    }
    let size = Sizes::of_window(window);
    let width = window.width() * PAIR_WIDTH + size.of(AROUND).max(40.0) + size.of(MARGIN);
    window.with_max_x(window.max.x - width)
}

/// Shows the legend on the right.
pub(super) fn slide_key(ui: &Ui, size: &Sizes, model: &ViewModel<'_>, used: &mut UsedValues) {
    let width = size.window.width() * if model.is_of_two() { PAIR_WIDTH } else { WIDTH };
    match model.legend {
        Legend::Empty | Legend::Plain(_) => {}
        Legend::Categories { column, entries } => {
            let seen: Vec<&LegendEntry> = match (model.shown, model.columns().iter().find(|c| c.name() == column)) {
                (Some(shown), Some(cells)) => {
                    used.look(cells, shown, entries);
                    entries.iter().filter(|entry| used.has(entry)).collect()
                }
                _ => entries.iter().filter(|entry| entry.count > 0).collect(),
            };
            categories(ui, size, (column, width), &seen);
        }
        Legend::Ramp { column, low, high, of_dates, stops, .. } => {
            ramp(ui, size, (column, width), [*low, *high].map(model.figure([*low, *high], *of_dates)), stops);
        }
        Legend::Square { colors, .. } => square(ui, size, width, colors),
    }
    if let Some(full) = model.full_brightness {
        brightness(ui, size, &said(full));
    }
}

/// What full brightness is, at the top of the right edge.
fn brightness(ui: &Ui, size: &Sizes, said: &str) {
    let tokens = Tokens::within(ui);
    let font = FontId::proportional(size.of(TEXT).max(LEAST_TEXT));
    let text = layout(ui, said, font, tokens.text, size.window.width() * WIDTH, 2);
    let padding = vec2(size.of(20.0), size.of(14.0));
    let whole = text.size() + 2.0 * padding;
    let corner = size.window.right_top() + vec2(-size.of(MARGIN) - whole.x, size.of(MARGIN));
    let rect = Rect::from_min_size(corner, whole);
    plate(ui, size, rect, said);
    ui.painter().galley(rect.min + padding, text, tokens.text);
}

impl UsedValues {
    fn look(&mut self, cells: &Column, shown: &RowSet, entries: &[LegendEntry]) {
        if self.of.as_ref().is_some_and(|(rows, name)| rows == shown && name == cells.name()) {
            return;
        }
        let mut seen = vec![false; cells.values().len() + 1];
        for row in shown.iter() {
            seen[cells.code(row as usize).map_or(cells.values().len(), |code| code as usize)] = true;
        }
        let listed: HashSet<&str> = entries
            .iter()
            .filter_map(|entry| match &entry.value {
                LegendValue::Value(value) => Some(value.as_str()),
                _ => None,
            })
            .collect();
        let values = (0..cells.values().len()).filter(|code| seen[*code]).map(|code| &cells.values()[code]);
        self.others = values.clone().any(|value| !listed.contains(value));
        self.values = values.filter(|value| listed.contains(value)).map(|value| Some(value.to_owned())).collect();
        if seen[cells.values().len()] {
            self.values.insert(None);
        }
        self.of = Some((shown.clone(), cells.name().to_owned()));
    }

    fn has(&self, entry: &LegendEntry) -> bool {
        entry.listed().map_or(self.others, |value| self.values.contains(&value))
    }
}

/// The name of the column, then a dot and a name for each value. Values without room are counted.
fn categories(ui: &Ui, size: &Sizes, (column, width): (&str, f32), entries: &[&LegendEntry]) {
    if entries.is_empty() {
        return;
    }
    let tokens = Tokens::within(ui);
    let row = size.of(ROW).max(LEAST_ROW);
    let most = (size.window.height() * HEIGHT / row).floor().max(2.0) as usize;
    let fitting = if entries.len() > most { most - 1 } else { entries.len() };
    let font = FontId::proportional(size.of(TEXT).max(LEAST_TEXT));
    let indent = size.of(DOT * 3.0).max(16.0);
    let rest = entries.len() - fitting;
    let more = (rest > 0).then(|| format!("and {} more", count(rest)));
    let names = entries[..fitting].iter().map(|entry| (entry.name.as_str(), Some(entry.color)));
    let lines: Vec<_> = std::iter::once((column, None))
        .chain(names)
        .chain(more.as_deref().map(|more| (more, None)))
        .enumerate()
        .map(|(place, (text, color))| {
            let font = if place == 0 { theme::heavy(font.size) } else { font.clone() };
            (layout(ui, text, font, tokens.text, width - indent, 1), color)
        })
        .collect();
    let widest = lines.iter().map(|(text, color)| text.size().x + color.map_or(0.0, |_| indent)).fold(0.0, f32::max);
    let padding = vec2(size.of(20.0), size.of(14.0));
    let rect = on_the_right(size, vec2(widest, row * lines.len() as f32) + 2.0 * padding);
    let shown: Vec<&str> = entries[..fitting].iter().map(|entry| entry.name.as_str()).collect();
    let more = more.map_or(String::new(), |more| format!(", {more}"));
    plate(ui, size, rect, &format!("{column}: {}{more}", shown.join(", ")));
    for (place, (text, color)) in lines.into_iter().enumerate() {
        let left = pos2(rect.min.x + padding.x, rect.min.y + padding.y + row * (place as f32 + 0.5));
        let radius = size.of(DOT).max(5.0);
        if let Some([r, g, b]) = color {
            ui.painter().circle_filled(left + vec2(radius, 0.0), radius, Color32::from_rgb(r, g, b));
        }
        let indent = if color.is_some() { indent } else { 0.0 };
        let corner = left + vec2(indent, -text.size().y / 2.0);
        ui.painter().galley(corner, text, tokens.text);
    }
}

/// The name of the column, and the ramp between its ends.
fn ramp(ui: &Ui, size: &Sizes, (column, width): (&str, f32), [low, high]: [String; 2], stops: &[Rgb]) {
    let tokens = Tokens::within(ui);
    let font = FontId::proportional(size.of(TEXT).max(LEAST_TEXT));
    let name = layout(ui, column, theme::heavy(font.size), tokens.text, width, 1);
    let ends = [&high, &low].map(|end| layout(ui, end, font.clone(), tokens.text, width, 1));
    let padding = vec2(size.of(20.0), size.of(14.0));
    let gap = size.of(10.0).max(6.0);
    let bar = vec2(size.of(RAMP[0]).max(10.0), size.of(RAMP[1]).max(100.0));
    let beside = ends.iter().map(|end| end.size().x).fold(0.0, f32::max);
    let inner = vec2(name.size().x.max(bar.x + gap + beside), name.size().y + gap + bar.y);
    let rect = on_the_right(size, inner + 2.0 * padding);
    plate(ui, size, rect, &format!("{column}: {low} to {high}"));
    let corner = rect.min + padding;
    let top = corner.y + name.size().y + gap;
    ui.painter().galley(corner, name, tokens.text);
    let bar = Rect::from_min_size(pos2(corner.x, top), bar);
    ui.painter().add(Shape::mesh(gradient(bar, stops)));
    let [high, low] = ends;
    let left = bar.max.x + gap;
    let bottom = bar.max.y - low.size().y;
    ui.painter().galley(pos2(left, bar.min.y), high, tokens.text);
    ui.painter().galley(pos2(left, bottom), low, tokens.text);
}

/// The square of false and missing neighbors, between the names of its axes.
fn square(ui: &Ui, size: &Sizes, width: f32, colors: &[Rgb]) {
    let tokens = Tokens::within(ui);
    let font = FontId::proportional(size.of(TEXT).max(LEAST_TEXT));
    let [missing, of_false] =
        ["↑ missing neighbors", "false neighbors →"].map(|text| layout(ui, text, font.clone(), tokens.text, width, 1));
    let (padding, gap) = (vec2(size.of(20.0), size.of(14.0)), size.of(8.0).max(5.0));
    let side = missing.size().x.max(of_false.size().x);
    let inner = vec2(side, missing.size().y + gap + side + gap + of_false.size().y);
    let rect = on_the_right(size, inner + 2.0 * padding);
    plate(ui, size, rect, "False and missing neighbors");
    let corner = rect.min + padding;
    let square = Rect::from_min_size(pos2(corner.x, corner.y + missing.size().y + gap), vec2(side, side));
    ui.painter().galley(corner, missing, tokens.text);
    ui.painter().add(paint_square(square, colors));
    let right = square.max.x - of_false.size().x;
    ui.painter().galley(pos2(right, square.max.y + gap), of_false, tokens.text);
}

/// The last of the stops at the top.
fn gradient(rect: Rect, stops: &[Rgb]) -> Mesh {
    let mut mesh = Mesh::default();
    let steps = stops.len().saturating_sub(1).max(1) as f32;
    for (place, &[r, g, b]) in stops.iter().enumerate() {
        let y = egui::lerp(rect.max.y..=rect.min.y, place as f32 / steps);
        mesh.colored_vertex(pos2(rect.min.x, y), Color32::from_rgb(r, g, b));
        mesh.colored_vertex(pos2(rect.max.x, y), Color32::from_rgb(r, g, b));
        if place > 0 {
            let end = place as u32 * 2;
            mesh.add_triangle(end - 2, end - 1, end);
            mesh.add_triangle(end - 1, end, end + 1);
        }
    }
    mesh
}

/// A rectangle of this size at the right, vertically centered above the caption.
fn on_the_right(size: &Sizes, whole: egui::Vec2) -> Rect {
    let free = free_area(size.window);
    let corner = pos2(free.max.x - size.of(MARGIN) - whole.x, free.center().y - whole.y / 2.0);
    Rect::from_min_size(corner, whole)
}
