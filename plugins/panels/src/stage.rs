//! What is painted over the cloud, under the cards: axes, labels, and the region that a selection tool draws.

use std::borrow::Cow;

use egui::{Color32, Context, Galley, Id, LayerId, Order, Painter, Pos2, Stroke, Vec2, pos2, vec2};

use crate::{
    format::{count, plural},
    model::{Marked, RegionShape, ViewModel},
    theme::{self, BODY, GAP, SECONDARY, Tokens},
    widgets::line,
};

/// Longer labels in the cloud are elided to so many pixels.
const LABEL_WIDTH: f32 = 220.0;

/// Paints all of it.
pub(crate) fn show(ctx: &Context, model: &ViewModel<'_>) {
    axes(ctx, model);
    labels(ctx, model);
    region(ctx, model);
}

/// A painter under the cards and over the cloud.
pub(crate) fn behind_panels(ctx: &Context, name: &str) -> Painter {
    ctx.layer_painter(LayerId::new(Order::Background, Id::new(name)))
}

/// Labels of points: those that found room, the selected, the one under the pointer.
fn labels(ctx: &Context, model: &ViewModel<'_>) {
    let painter = behind_panels(ctx, "cloud labels");
    let tokens = Tokens::of(model.view.theme);
    let emphasized = |row: u32| {
        model.hovered.is_some_and(|hovered| hovered.row == row) || model.selected.iter().any(|marked| marked.row == row)
    };
    for label in model.labels.iter().filter(|label| !emphasized(label.row)) {
        let name = model.name_of(label.row).map_or_else(|| Cow::from(count(label.row as usize)), Cow::from);
        let galley = line(&painter, &name, SECONDARY, Color32::PLACEHOLDER, LABEL_WIDTH);
        let strength = if label.strength.is_finite() { label.strength.clamp(0.0, 1.0) } else { 1.0 };
        let corner = label.at - vec2(0.0, galley.size().y / 2.0);
        halo(&painter, corner, &galley, tokens.stage[0].gamma_multiply(strength), 1.0);
        painter.galley_with_override_text_color(corner, galley, tokens.text.gamma_multiply(strength));
    }
    for marked in model.selected.iter().filter(|marked| model.hovered.is_none_or(|hovered| hovered.row != marked.row)) {
        marked_label(&painter, model, *marked, tokens);
    }
    if let Some(hovered) = model.hovered {
        marked_label(&painter, model, hovered, tokens);
    }
}

/// The axes of a custom projection, faint behind what is written, and the names of their ends.
fn axes(ctx: &Context, model: &ViewModel<'_>) {
    let painter = behind_panels(ctx, "axes");
    let tokens = Tokens::of(model.view.theme);
    for axis in model.axes.iter().filter(|axis| axis.ends.iter().all(|end| end.is_finite())) {
        painter.line_segment(axis.ends, Stroke::new(1.0, tokens.faint.gamma_multiply(0.6)));
        for (at, name) in axis.ends.iter().zip(&axis.names).filter(|(_, name)| !name.is_empty()) {
            let galley = line(&painter, name, BODY, Color32::PLACEHOLDER, LABEL_WIDTH);
            let corner = *at - galley.size() / 2.0;
            halo(&painter, corner, &galley, tokens.stage[0], 1.5);
            painter.galley_with_override_text_color(corner, galley, tokens.text);
        }
    }
}

/// Name and row number to the right of a point; to the left where there is no room.
fn marked_label(painter: &Painter, model: &ViewModel<'_>, marked: Marked, tokens: &Tokens) {
    if !marked.at.is_finite() {
        return;
    }
    let number = format!("row {}", count(marked.row as usize));
    let font = theme::header();
    let mut galleys = Vec::new();
    if let Some(name) = model.name_of(marked.row) {
        galleys.push((line(painter, name, font, Color32::PLACEHOLDER, LABEL_WIDTH), tokens.text));
        galleys.push((line(painter, &number, BODY, Color32::PLACEHOLDER, LABEL_WIDTH), tokens.text));
    } else {
        galleys.push((line(painter, &number, font, Color32::PLACEHOLDER, LABEL_WIDTH), tokens.text));
    }
    let width = galleys.iter().map(|(galley, _)| galley.size().x + 6.0).sum::<f32>() - 6.0;
    let clear = marked.radius.clamp(0.0, 64.0) + 9.0;
    let right = marked.at.x + clear;
    let fits = right + width <= painter.clip_rect().max.x - GAP;
    let mut x = if fits { right } else { marked.at.x - clear - width };
    for (galley, color) in galleys {
        let corner = pos2(x, marked.at.y - galley.size().y / 2.0);
        x += galley.size().x + 6.0;
        halo(painter, corner, &galley, tokens.stage[0], 1.5);
        painter.galley_with_override_text_color(corner, galley, color);
    }
}

/// Paints `galley` around its place, so that what follows stands out from any background.
fn halo(painter: &Painter, corner: Pos2, galley: &std::sync::Arc<Galley>, color: Color32, width: f32) {
    for eighth in 0..8_u8 {
        let shift = Vec2::angled(std::f32::consts::TAU * f32::from(eighth) / 8.0) * width;
        painter.galley_with_override_text_color(corner + shift, galley.clone(), color);
    }
}

/// The outline of the region that a tool draws, and how many points it holds.
fn region(ctx: &Context, model: &ViewModel<'_>) {
    let Some(region) = model.region else { return };
    let painter = behind_panels(ctx, "region");
    let tokens = Tokens::of(model.view.theme);
    let color = tokens.selection;
    let stroke = Stroke::new(1.5, color);
    let top = match region.shape {
        RegionShape::Circle { center, radius } if center.is_finite() && radius.is_finite() => {
            painter.circle(*center, *radius, color.gamma_multiply(0.06), stroke);
            *center - vec2(0.0, *radius)
        }
        RegionShape::Outline(corners) if corners.iter().all(|corner| corner.is_finite()) => {
            let closing = corners.first().into_iter().chain(corners.last()).copied().collect();
            painter.line(corners.clone(), stroke);
            painter.line(closing, Stroke::new(1.0, color.gamma_multiply(0.6)));
            corners.iter().copied().min_by(|a, b| a.y.total_cmp(&b.y)).unwrap_or_default()
        }
        _ => return,
    };
    let text = format!("{}{}", region.sign, plural(region.count, "point"));
    let galley = line(&painter, &text, theme::header(), Color32::PLACEHOLDER, LABEL_WIDTH);
    let size = galley.size();
    let corner = pos2(top.x - size.x / 2.0, (top.y - size.y - 6.0).max(painter.clip_rect().min.y + 6.0));
    halo(&painter, corner, &galley, tokens.stage[0], 1.5);
    painter.galley_with_override_text_color(corner, galley, tokens.text);
}
