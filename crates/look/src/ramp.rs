//! Ramps of colors, and histograms of what they color.

use egui::{Color32, Mesh, Rect, Shape, Ui, pos2};

use crate::theme::Tokens;

/// Paints a ramp between two positions, and the colors of its ends beyond them.
pub fn paint_ramp(ui: &Ui, rect: Rect, [low, high]: [f32; 2], stops: &[[u8; 3]]) {
    let color = |&[r, g, b]: &[u8; 3]| Color32::from_rgb(r, g, b);
    let (Some(first), Some(last)) = (stops.first().map(color), stops.last().map(color)) else { return };
    let mut places = vec![(rect.min.x, first)];
    let count = (stops.len() - 1).max(1) as f32;
    places.extend(stops.iter().enumerate().map(|(i, stop)| (egui::lerp(low..=high, i as f32 / count), color(stop))));
    places.push((rect.max.x, last));
    let mut mesh = Mesh::default();
    for (place, &(x, color)) in places.iter().enumerate() {
        mesh.colored_vertex(pos2(x, rect.min.y), color);
        mesh.colored_vertex(pos2(x, rect.max.y), color);
        if place > 0 {
            let end = place as u32 * 2;
            mesh.add_triangle(end - 2, end - 1, end);
            mesh.add_triangle(end - 1, end, end + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
}

/// Paints `counts` as a histogram between two positions: one bar each, side by side.
pub fn paint_histogram(ui: &Ui, rect: Rect, [left, right]: [f32; 2], counts: &[usize]) {
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 || right <= left {
        return;
    }
    let tokens = Tokens::within(ui);
    let width = (right - left) / counts.len() as f32;
    for (place, &rows) in counts.iter().enumerate().filter(|(_, rows)| **rows > 0) {
        // A single row must be visible beside a million others.
        let height = (rows as f32 / most as f32 * (rect.height() - 3.0)).max(1.0);
        let x = left + place as f32 * width;
        let bottom = rect.max.y - 2.0;
        let bar = Rect::from_x_y_ranges(x..=x + (width - 0.5).max(0.5), bottom - height..=bottom);
        ui.painter().rect_filled(bar, 0.0, tokens.faint);
    }
}
