//! The Shepard diagram: distances of the vectors against distances in the layout, as a density.

use egui::{
    Align, Color32, Mesh, Popup, PopupCloseBehavior, Rect, Sense, Shape, StrokeKind, Ui, WidgetInfo, WidgetType, pos2,
    vec2,
};
use parallax_look::{
    Tokens,
    theme::{self, CAPTION, SECONDARY},
    widgets::{self, paint_line},
};
use parallax_projection::{SHEPARD_BINS, Shepard};
use parallax_session::Metric;

use super::quality::beside;
use crate::{
    format::{count, fixed, number, number_within},
    model::ViewModel,
};

const PLOT: f32 = 288.0;
/// The room for numbers left of the plot, and for lines of text.
const LEFT: f32 = 44.0;
const LINE: f32 = 18.0;
const WIDTH: f32 = LEFT + PLOT + 8.0;
/// The share of the scale at which a single pair begins, so that it is seen.
const LEAST: f32 = 0.2;

/// Shows the rank correlation of distances, and a link to the diagram.
pub(super) fn shepard(ui: &mut Ui, model: &ViewModel<'_>, shepard: &Shepard) {
    let text = format!("Distances: Spearman’s ρ {}", rho(shepard));
    let hint = format!(
        "How well the order of distances in the picture follows that of the vectors, from −1 to 1. From {}.",
        pairs(shepard)
    );
    let opener = beside(ui, (&text, Tokens::within(ui).secondary), &hint, "Shepard diagram")
        .on_hover_text("Distances of the vectors and in the picture");
    Popup::menu(&opener)
        .width(WIDTH + 16.0)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| diagram(ui, model.view.projection.metric, shepard));
}

fn diagram(ui: &mut Ui, metric: Metric, shepard: &Shepard) {
    let tokens = Tokens::within(ui);
    ui.set_width(WIDTH + 8.0);
    let size = vec2(WIDTH + 8.0, 5.0 * LINE + PLOT + 6.0);
    let (all, response) = ui.allocate_exact_size(size, Sense::hover());
    let all = all.shrink2(vec2(4.0, 2.0));
    let said = format!("Shepard diagram: Spearman’s rho {}, {}", rho(shepard), pairs(shepard));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &said));
    let line = |top: f32| Rect::from_min_max(pos2(all.min.x, top), pos2(all.max.x, top + LINE));
    paint_line(ui, line(all.min.y), "Shepard diagram", theme::header(), tokens.text, Align::Min);
    let figure = format!("ρ {}", rho(shepard));
    paint_line(ui, line(all.min.y), &figure, SECONDARY, tokens.text, Align::Max);
    paint_line(ui, line(all.min.y + LINE), "↑ distance in the picture", SECONDARY, tokens.secondary, Align::Min);
    let plot = Rect::from_min_size(pos2(all.min.x + LEFT, all.min.y + 2.0 * LINE + 4.0), vec2(PLOT, PLOT));
    ui.painter().add(density(plot, tokens, &shepard.counts));
    ui.painter().rect_stroke(plot, 0.0, tokens.border(), StrokeKind::Outside);
    for part in [0.0, 0.5, 1.0] {
        let [x, y] = shepard.greatest.map(|most| tick(f64::from(part) * most, most));
        let at = pos2(egui::lerp(plot.x_range(), part), egui::lerp(plot.max.y..=plot.min.y, part));
        let room = Rect::from_center_size(pos2(at.x, plot.max.y + 10.0), vec2(80.0, LINE));
        let (room, align) = match part {
            0.0 => (room.with_min_x(plot.min.x), Align::Min),
            1.0 => (room.with_max_x(plot.max.x), Align::Max),
            _ => (room, Align::Center),
        };
        paint_line(ui, room, &x, CAPTION, tokens.secondary, align);
        let middle = at.y.clamp(plot.min.y + 6.0, plot.max.y - 6.0);
        let room = Rect::from_min_max(pos2(all.min.x, middle - 9.0), pos2(plot.min.x - 6.0, middle + 9.0));
        paint_line(ui, room, &y, CAPTION, tokens.secondary, Align::Max);
    }
    let below = line(plot.max.y + LINE);
    let of = match metric {
        Metric::Euclidean => "distance of the vectors (Euclidean) →",
        Metric::Cosine => "distance of the vectors (1 − cosine) →",
        Metric::Angle => "distance of the vectors (degrees) →",
    };
    paint_line(ui, below, of, SECONDARY, tokens.secondary, Align::Max);
    foot(ui, line(below.max.y), shepard);
}

/// Paints the number of pairs, and which color stands for how many.
fn foot(ui: &Ui, line: Rect, shepard: &Shepard) {
    let tokens = Tokens::within(ui);
    let most = shepard.counts.iter().copied().max().unwrap_or(0);
    paint_line(ui, line, &pairs(shepard), SECONDARY, tokens.secondary, Align::Min);
    let most = widgets::line(ui.painter(), &count(most as usize), SECONDARY, tokens.secondary, 60.0);
    let end = line.max.x - most.size().x;
    ui.painter().galley(pos2(end, line.center().y - most.size().y / 2.0), most, tokens.secondary);
    let bar = Rect::from_min_max(pos2(end - 66.0, line.center().y - 4.0), pos2(end - 6.0, line.center().y + 4.0));
    let mut mesh = Mesh::default();
    for step in 0..30_u8 {
        let [from, to] = [step, step + 1].map(|step| egui::lerp(bar.x_range(), f32::from(step) / 30.0));
        let share = LEAST + (1.0 - LEAST) * f32::from(step) / 29.0;
        mesh.add_colored_rect(Rect::from_x_y_ranges(from..=to, bar.y_range()), shade(tokens, share));
    }
    ui.painter().add(Shape::mesh(mesh));
    paint_line(ui, line.with_max_x(bar.min.x - 6.0), "1", SECONDARY, tokens.secondary, Align::Max);
}

/// Returns the density: more pairs are further from the background, by the logarithm.
fn density(plot: Rect, tokens: &Tokens, counts: &[u32]) -> Shape {
    let most = counts.iter().copied().max().unwrap_or(0).max(2);
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(plot, tokens.inset);
    let step = plot.width() / SHEPARD_BINS as f32;
    for (at, &pairs) in counts.iter().enumerate().filter(|(_, pairs)| **pairs > 0) {
        let [x, y] = [at % SHEPARD_BINS, at / SHEPARD_BINS].map(|part| part as f32 * step);
        let cell = Rect::from_min_max(
            pos2(plot.min.x + x, plot.max.y - y - step),
            pos2(plot.min.x + x + step, plot.max.y - y),
        );
        let share = f64::from(pairs).ln() / f64::from(most).ln();
        mesh.add_colored_rect(cell, shade(tokens, LEAST + (1.0 - LEAST) * share as f32));
    }
    Shape::mesh(mesh)
}

/// Returns the color of a share of the scale: from the background over the accent to the text.
fn shade(tokens: &Tokens, share: f32) -> Color32 {
    const ACCENT: f32 = 0.65;
    let mix = |a: Color32, b: Color32, part: f32| a.lerp_to_gamma(b, part);
    if share < ACCENT {
        mix(tokens.inset, tokens.accent, share / ACCENT)
    } else {
        mix(tokens.accent, tokens.text, (share - ACCENT) / (1.0 - ACCENT))
    }
}

fn tick(distance: f64, most: f64) -> String {
    if distance == 0.0 {
        "0".into()
    } else if most.is_normal() {
        number_within(distance, most)
    } else {
        number(distance)
    }
}

fn rho(shepard: &Shepard) -> String {
    shepard.spearman.map_or_else(|| "undefined".into(), |rho| fixed(rho, 3))
}

/// Says how many pairs were compared.
fn pairs(shepard: &Shepard) -> String {
    let pairs = count(shepard.pairs);
    if shepard.is_whole { format!("all {pairs} pairs") } else { format!("{pairs} pairs drawn at random") }
}
