//! The slide: all that lies over the cloud while a tour is presented.
//!
//! The bookmark's name and notes are on the lower left, the legend is on the right, the place in
//! the tour at the bottom. Without a bookmark, as in a movie of a training, the step is on the lower
//! left. There can be a spot around the pointer, and a blank screen. Sizes are scaled with the height of
//! the window, so that a slide looks the same on any screen that is wider than high.
//!
//! With stereo, each eye sees all of it. Two embeddings side by side are one slide: all of it is there
//! once, with the legend beside the pictures, but for the step, which is that of the first embedding and
//! in its picture.

mod key;
mod plate;
mod steps;

use std::sync::Arc;

use egui::{Area, Color32, Context, FontId, Galley, Id, LayerId, Mesh, Order, Pos2, Rect, Shape, Ui, Vec2, vec2};
use parallax_look::{Tokens, theme};
use parallax_session::Eye;
use parallax_tour::Bookmark;

pub(crate) use self::{key::free_of_key, plate::free_area};
use self::{
    key::slide_key,
    plate::{MARGIN, Sizes, layout, plate},
    steps::step,
};
use crate::{memory::SlideMemory, model::ViewModel};

const NAME: f32 = 40.0;
const NOTE: f32 = 22.0;
/// The least sizes of type that can be read from a distance.
const LEAST_NAME: f32 = 22.0;
const LEAST_NOTE: f32 = 14.0;
/// The share of the width to which texts are wrapped.
const WIDTH: f32 = 0.6;
const NAME_ROWS: usize = 2;
const NOTE_ROWS: usize = 6;
const SPOT: f32 = 0.09;
/// The opacity of the darkness around the spot.
const DIM: u8 = 190;
const FADE: f32 = 0.2;

/// Shows the slide. `fades` is `false` if motion is reduced, and in pictures that must be the same
/// each time.
pub(crate) fn show_slide(ctx: &Context, model: &ViewModel<'_>, memory: &mut SlideMemory, fades: bool) {
    let window = ctx.content_rect();
    let size = Sizes::of_window(window);
    let at = model.tour.at();
    let bookmark = at.and_then(|at| model.tour.tour().bookmarks.get(at));
    let strength = if fades { appearing(ctx, memory, at) } else { 1.0 };
    let area = Area::new(Id::new("slide")).order(Order::Middle).fixed_pos(window.min).constrain(false);
    area.interactable(false).fade_in(false).show(ctx, |ui| {
        ui.expand_to_include_rect(window);
        ui.multiply_opacity(strength);
        match (bookmark, model.step_row) {
            (Some(bookmark), _) => caption(ui, &size, bookmark),
            (None, Some(row)) if !model.is_of_two() => step(ui, &size, row, model.arrived, memory),
            (None, _) => {}
        }
        slide_key(ui, &size, model, &mut memory.used);
        place(ui, &size, model);
    });
    let seconds = if fades { FADE } else { 0.0 };
    let share = |name: &str, on: bool| ctx.animate_bool_with_time(Id::new(name), on, seconds);
    let pointer = model.pointer.or_else(|| ctx.input(|input| input.pointer.latest_pos()));
    spot(ctx, &size, pointer, share("spot", model.presentation.spot));
    blank(ctx, window, share("blank", model.presentation.blank));
}

/// Shows what belongs to the picture of one of two embeddings alone: the step, in that of the first.
pub(crate) fn show_half(ctx: &Context, model: &ViewModel<'_>, memory: &mut SlideMemory) {
    let (None, Some(row), Some(Eye::Left)) = (model.tour.at(), model.step_row, model.eye) else { return };
    let size = Sizes::of_window(ctx.content_rect());
    let area = Area::new(Id::new("slide")).order(Order::Middle).fixed_pos(size.window.min).constrain(false);
    area.interactable(false).fade_in(false).show(ctx, |ui| {
        ui.expand_to_include_rect(size.window);
        step(ui, &size, row, model.arrived, memory);
    });
}

/// How far the slide has appeared.
fn appearing(ctx: &Context, memory: &mut SlideMemory, at: Option<usize>) -> f32 {
    let now = ctx.input(|input| input.time);
    let Some(at) = at else { return 1.0 };
    if memory.shown.is_none_or(|(shown, _)| shown != at) {
        memory.shown = Some((at, now));
    }
    let since = memory.shown.map_or(0.0, |(_, since)| now - since) as f32;
    if since < FADE {
        ctx.request_repaint();
    }
    (since / FADE).clamp(0.0, 1.0)
}

/// The name and the notes.
fn caption(ui: &Ui, size: &Sizes, bookmark: &Bookmark) {
    let tokens = Tokens::within(ui);
    let (name, note) = (bookmark.name.trim(), bookmark.note.trim());
    let width = size.window.width() * WIDTH;
    let padding = vec2(size.of(24.0), size.of(16.0));
    let fonts = [theme::heavy(size.of(NAME).max(LEAST_NAME)), FontId::proportional(size.of(NOTE).max(LEAST_NOTE))];
    let [heading, body] = fonts;
    let texts: Vec<Arc<Galley>> = [(name, heading, tokens.text, NAME_ROWS), (note, body, tokens.text, NOTE_ROWS)]
        .into_iter()
        .filter(|(text, ..)| !text.is_empty())
        .map(|(text, font, color, rows)| layout(ui, text, font, color, width, rows))
        .collect();
    if texts.is_empty() {
        return;
    }
    let gap = size.of(8.0);
    let height: f32 = texts.iter().map(|text| text.size().y + gap).sum::<f32>() - gap;
    let widest = texts.iter().map(|text| text.size().x).fold(0.0, f32::max);
    let margin = size.of(MARGIN);
    let whole = vec2(widest, height) + 2.0 * padding;
    let rect = Rect::from_min_size(size.window.left_bottom() + vec2(margin, -margin - whole.y), whole);
    let said = if note.is_empty() { name.to_owned() } else { format!("{name}. {note}") };
    plate(ui, size, rect, said.trim_start_matches(". "));
    let mut corner = rect.min + padding;
    for text in texts {
        let height = text.size().y;
        ui.painter().galley(corner, text, tokens.text);
        corner.y += height + gap;
    }
}

/// The place in the tour, as a number and as a line along the bottom.
fn place(ui: &Ui, size: &Sizes, model: &ViewModel<'_>) {
    let tokens = Tokens::within(ui);
    let (all, Some(at)) = (model.tour.tour().bookmarks.len(), model.tour.at()) else { return };
    let sign = if model.presentation.automatic { "▶ " } else { "" };
    let text = format!("{sign}{} / {all}", at + 1);
    let font = FontId::proportional(size.of(NOTE).max(LEAST_NOTE));
    let galley = layout(ui, &text, font, tokens.text, f32::INFINITY, 1);
    let padding = vec2(size.of(14.0), size.of(8.0));
    let whole = galley.size() + 2.0 * padding;
    let rect = Rect::from_min_size(size.window.max - Vec2::splat(size.of(MARGIN)) - whole, whole);
    plate(ui, size, rect, &text);
    ui.painter().galley(rect.min + padding, galley, tokens.text);
    let line = size.window.with_min_y(size.window.max.y - size.of(5.0).max(2.0));
    let share = (at + 1) as f32 / all.max(1) as f32;
    ui.painter().rect_filled(line.with_max_x(line.min.x + line.width() * share), 0.0, tokens.accent);
}

/// Darkness with a soft circle around the pointer left out.
fn spot(ctx: &Context, size: &Sizes, pointer: Option<Pos2>, strength: f32) {
    let Some(pointer) = pointer.filter(|_| strength > 0.0) else { return };
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::new("spot")));
    let dark = Color32::from_black_alpha((f32::from(DIM) * strength) as u8);
    let radius = size.window.height() * SPOT;
    let far = size.window.size().length() + size.window.distance_to_pos(pointer);
    let rings = [(radius * 0.8, Color32::TRANSPARENT), (radius * 1.2, dark), (far, dark)];
    painter.add(Shape::mesh(annulus(pointer, &rings)));
}

/// Rings about a center, from the innermost to the outermost, that fade into each other.
fn annulus(center: Pos2, rings: &[(f32, Color32)]) -> Mesh {
    const STEPS: u32 = 96;
    let mut mesh = Mesh::default();
    for step in 0..STEPS {
        let way = Vec2::angled(std::f32::consts::TAU * step as f32 / STEPS as f32);
        rings.iter().for_each(|(radius, color)| mesh.colored_vertex(center + way * *radius, *color));
    }
    let count = rings.len() as u32;
    for step in 0..STEPS {
        let (this, next) = (step * count, (step + 1) % STEPS * count);
        for ring in 0..count.saturating_sub(1) {
            mesh.add_triangle(this + ring, this + ring + 1, next + ring);
            mesh.add_triangle(next + ring, this + ring + 1, next + ring + 1);
        }
    }
    mesh
}

/// Black, in any theme.
fn blank(ctx: &Context, window: Rect, strength: f32) {
    if strength > 0.0 {
        let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::new("blank")));
        painter.rect_filled(window, 0.0, Color32::from_black_alpha((255.0 * strength) as u8));
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn spot_is_a_hole_in_the_dark() {
        let rings = [(10.0, Color32::TRANSPARENT), (20.0, Color32::BLACK), (90.0, Color32::BLACK)];
        let mesh = annulus(pos2(5.0, 5.0), &rings);
        assert!(mesh.is_valid() && mesh.indices.len() == 96 * 2 * 2 * 3);
        let nearest = mesh.vertices.iter().map(|vertex| vertex.pos.distance(pos2(5.0, 5.0))).fold(f32::MAX, f32::min);
        assert!((nearest - 10.0).abs() < 1e-3, "nothing lies within");
    }
}
