//! The legend of false and missing neighbors: a square of two axes.

use egui::{
    Align, Color32, Mesh, Painter, Rect, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use parallax_look::{
    Tokens, content_width,
    theme::{CAPTION, SECONDARY},
    widgets::{link, paint_line},
};
use parallax_session::{Action, Rgb, error_place};

use crate::{cards::kept, format::short_percent, memory::PanelMemory, model::ViewModel};

const SIDE: f32 = 108.0;
const LINE: f32 = 18.0;
const GAP: f32 = 14.0;
/// What the corners mean, as steps along both sides from 0 to 1.
const CORNERS: [([usize; 2], &str); 4] =
    [([0, 0], "Neither"), ([1, 0], "False: strangers near"), ([0, 1], "Missing: neighbors far"), ([1, 1], "Both")];

/// Shows the square with the name of each axis, what its corners mean, and the means of all rows.
pub(super) fn square(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    (colors, means): (&[Rgb], [f64; 2]),
    memory: &PanelMemory,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    ui.add_space(6.0);
    let size = vec2(content_width(ui), LINE + SIDE + LINE);
    let (all, response) = ui.allocate_exact_size(size, Sense::hover());
    let figures = means.map(short_percent);
    let said = format!("False neighbors {}, missing neighbors {}", figures[0], figures[1]);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &said));
    let square = Rect::from_min_size(pos2(all.min.x, all.min.y + LINE), vec2(SIDE, SIDE));
    let caption = |rect: Rect, text: &str, align: Align| {
        paint_line(ui, rect, text, CAPTION, tokens.secondary, align);
    };
    caption(square.translate(vec2(0.0, -LINE)).with_max_y(square.min.y), "↑ missing", Align::Min);
    let below = Rect::from_min_max(pos2(square.min.x, square.max.y), pos2(square.max.x, all.max.y));
    caption(below, "none", Align::Min);
    caption(below, "false →", Align::Max);
    ui.painter().add(paint_square(square, colors));
    ui.painter().rect_stroke(square, 0.0, tokens.border(), StrokeKind::Outside);
    if means.iter().all(|mean| mean.is_finite()) {
        mark(ui.painter(), on(square, means), tokens);
    }
    let side = colors.len().isqrt();
    let left = square.max.x + GAP;
    for (place, &([x, y], text)) in CORNERS.iter().enumerate() {
        let line = Rect::from_min_max(pos2(left, square.min.y + place as f32 * LINE), all.max)
            .with_max_y(square.min.y + (place + 1) as f32 * LINE);
        let last = side.saturating_sub(1);
        if let Some(&[r, g, b]) = colors.get(y * last * side + x * last) {
            let swatch = Rect::from_center_size(line.left_center() + vec2(5.0, 0.0), vec2(10.0, 10.0));
            ui.painter().rect_filled(swatch, 2.0, Color32::from_rgb(r, g, b));
        }
        paint_line(ui, line.with_min_x(left + 16.0), text, SECONDARY, tokens.text, Align::Min);
    }
    let mean = Rect::from_min_max(pos2(left, square.max.y - LINE), pos2(all.max.x, square.max.y));
    mark(ui.painter(), mean.left_center() + vec2(5.0, 0.0), tokens);
    let text = format!("Mean: {}, {}", figures[0], figures[1]);
    paint_line(ui, mean.with_min_x(left + 16.0), &text, SECONDARY, tokens.secondary, Align::Min);
    response.on_hover_text(
        "Right: how far the ranks of strangers among a row’s nearest go; up: how far those of its missing neighbors go. \
         The ends of the axes are what places drawn at random have (50 % of the most possible). Colors change with the root.",
    );
    if let Some((caption, back)) = kept::way_back(model, memory)
        && link(ui, &caption, SECONDARY, vec2(content_width(ui), 22.0), Align::Max).clicked()
    {
        actions.push(back);
    }
}

/// Returns where errors are on the square.
fn on(square: Rect, [x, y]: [f64; 2]) -> egui::Pos2 {
    let [x, y] = [x, y].map(|error| error_place(error) as f32);
    pos2(egui::lerp(square.x_range(), x), egui::lerp(square.max.y..=square.min.y, y))
}

/// Paints a ring that stands out from any color.
fn mark(painter: &Painter, center: egui::Pos2, tokens: &Tokens) {
    painter.circle_stroke(center, 4.0, Stroke::new(3.5, tokens.card));
    painter.circle_stroke(center, 4.0, Stroke::new(1.5, tokens.text));
}

/// Returns a square of colors: the first are at the bottom.
pub(crate) fn paint_square(rect: Rect, colors: &[Rgb]) -> Shape {
    let side = colors.len().isqrt().max(1);
    let mut mesh = Mesh::default();
    for (at, &[r, g, b]) in colors.iter().enumerate() {
        let [x, y] = [at % side, at / side].map(|step| step as f32 / side as f32);
        let corner = pos2(egui::lerp(rect.x_range(), x), egui::lerp(rect.max.y..=rect.min.y, y));
        let step = rect.width() / side as f32;
        let cell = Rect::from_min_max(pos2(corner.x, corner.y - step), pos2(corner.x + step, corner.y));
        mesh.add_colored_rect(cell, Color32::from_rgb(r, g, b));
    }
    Shape::mesh(mesh)
}
