//! The nearest of the inspected row in both embeddings, beside each other.

use egui::{Align, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_look::{
    Tokens, content_width,
    theme::{self, BODY, SECONDARY, SPACE},
    widgets::{self, hint, paint_line},
};
use parallax_session::{Action, BothNearest};

use super::sentence;
use crate::{
    cards::rows::{finish_row, named},
    format::{nearest, row_name},
    model::ViewModel,
};

const LINE: f32 = 20.0;

/// The most that are listed.
const LISTED: usize = 8;

/// The width of the mark of what both have.
const MARK: f32 = 12.0;

/// Lists the nearest of `row` in both embeddings. What both have is marked.
pub(crate) fn nearest_in_both(ui: &mut Ui, model: &ViewModel<'_>, row: u32, actions: &mut Vec<Action>) {
    let Some(state) = model.compared.filter(|state| matches!(state.matched, Some(Ok(_)))) else { return };
    let tokens = Tokens::within(ui);
    let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
    ui.add_space(8.0);
    match state.nearest.as_ref().filter(|nearest| nearest.of == row) {
        None => hint(ui, "Finding the nearest in both…"),
        Some(BothNearest { found: [Ok(first), Ok(second)], .. }) => {
            let common = first.iter().filter(|&row| second.contains(row)).count();
            let text = match first.len().min(second.len()) {
                1 if common == 1 => "The nearest is the same".to_owned(),
                1 => "The nearest is another".to_owned(),
                least => format!("{common} of the {} are the same", nearest(least)),
            };
            widgets::text(ui, vec2(content_width(ui), LINE), &text, BODY, tokens.text, Align::Min);
            let (lists, names) = ([first, second], &state.names);
            let (captions, _) = ui.allocate_exact_size(vec2(content_width(ui), 18.0), Sense::hover());
            for (rect, name) in halves(captions).into_iter().zip(names) {
                paint_line(ui, rect, name, SECONDARY, tokens.secondary, Align::Min);
            }
            for place in 0..LISTED.min(first.len().max(second.len())) {
                let (line, _) = ui.allocate_exact_size(vec2(content_width(ui), LINE), Sense::hover());
                for (side, rect) in halves(line).into_iter().enumerate() {
                    if let Some(&other) = lists[side].get(place) {
                        entry(ui, model, (rect, side), other, lists[1 - side].contains(&other), actions);
                    }
                }
            }
        }
        Some(BothNearest { found, .. }) => {
            let why = found.iter().find_map(|found| found.as_ref().err());
            let text = format!("It cannot be compared: {}", why.map_or(String::new(), |why| sentence(why)));
            widgets::paragraph(ui, &text, SECONDARY, tokens.secondary, 3);
        }
    }
    ui.add_space(8.0);
    ui.spacing_mut().item_spacing.y = spacing;
}

fn halves(line: Rect) -> [Rect; 2] {
    let half = (line.width() - SPACE) / 2.0;
    [line.with_max_x(line.min.x + half), line.with_min_x(line.max.x - half)]
}

fn entry(
    ui: &Ui,
    model: &ViewModel<'_>,
    (rect, side): (Rect, usize),
    row: u32,
    in_both: bool,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let response = ui.interact(rect, ui.id().with(("nearest in both", side, row)), Sense::click());
    let name = model.name_or_number(row);
    let said = format!("{name}, {}{}", row_name(row), if in_both { ", in both" } else { "" });
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &said));
    widgets::row_background(ui, rect, &response, false);
    let middle = pos2(rect.min.x + 4.0, rect.center().y);
    if in_both {
        ui.painter().circle_filled(middle, 3.0, tokens.accent);
    } else {
        ui.painter().circle_stroke(middle, 3.0, egui::Stroke::new(1.0, tokens.faint));
    }
    let font = if in_both { theme::header() } else { BODY };
    let color = if in_both { tokens.text } else { tokens.secondary };
    let elided = named(ui, rect.with_min_x(rect.min.x + MARK), (&name, &row_name(row)), (font, color));
    finish_row(response, elided, &said, row, model, actions);
}
