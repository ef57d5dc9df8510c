//! The rows that moved most since another step of a training, and how far the inspected one did.

use egui::{Align, Rect, ScrollArea, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Embedding, RowSet};
use parallax_look::{
    Tokens, content_width,
    theme::{BODY, SECONDARY, SPACE},
    widgets::{self, hint, link, paint_line},
};
use parallax_session::{Action, Edit, Movement, MovementOf};

use crate::{
    cards::rows::{ROW, finish_row, leading, named},
    format::{count, nearest, number_within, percent, plural, row_name, short_percent},
    memory::PanelMemory,
    model::ViewModel,
};

/// The width of the figures.
const FIGURES: f32 = 64.0;

/// The height of the list if the selection is below it.
const HEIGHT: f32 = 320.0;

/// Says what the figures are, as in "Moved since step 100".
pub(crate) fn said(movement: &Movement) -> String {
    format!("{} since step {}", movement.of.name(), count(movement.since as usize))
}

/// Lists the rows that moved most.
pub(crate) fn most_moved(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(movement) = model.movement else { return };
    let tokens = Tokens::within(ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let select = 72.0;
        let size = vec2(content_width(ui) - select, 20.0);
        widgets::text(ui, size, &said(movement), SECONDARY, tokens.secondary, Align::Min);
        let all = format!("Select {}", movement.most.len());
        let hint = "Select the rows of this list";
        if !movement.most.is_empty()
            && link(ui, &all, SECONDARY, vec2(select, 20.0), Align::Max).on_hover_text(hint).clicked()
        {
            actions.push(Edit::Select(movement.most.iter().copied().collect::<RowSet>()).into());
        }
    });
    if movement.most.is_empty() && !movement.sorted.is_empty() {
        hint(
            ui,
            if matches!(movement.of, MovementOf::Neighbors { .. }) { "No row has any" } else { "No row has moved" },
        );
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("most moved").max_height(HEIGHT).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        movement.most.len(),
        |ui, shown| {
            for &row in movement.most.get(shown).unwrap_or_default() {
                line(ui, model, embedding, memory, actions, movement, row);
            }
        },
    );
    if movement.unmeasured > 0 {
        hint(ui, &format!("{} without {} in one of the two", plural(movement.unmeasured, "row"), missing(movement)));
    }
    if let MovementOf::Neighbors { nearest: k, metric } = movement.of {
        hint(ui, &format!("Of the {} by {}, as chosen in the list of neighbors", nearest(k), metric.name()));
    }
    if let Some(residual) = movement.residual {
        let step = count(movement.since as usize);
        ui.add_space(4.0);
        hint(ui, &format!("Step {step}, rotated onto this one, leaves {} of the spread", percent(residual)));
    }
}

/// Says how far the inspected row moved.
pub(crate) fn moved(ui: &mut Ui, model: &ViewModel<'_>, row: u32) {
    let Some(movement) = model.movement else { return };
    let value = movement.values.get(row as usize).copied().unwrap_or(f32::NAN);
    let text = if value.is_finite() {
        let less = movement.sorted.partition_point(|other| *other < value);
        let share = short_percent(less as f64 / movement.sorted.len().max(1) as f64);
        format!("{}: {}, more than {share} of the rows", said(movement), figure(movement, value))
    } else {
        format!("{}: without {} in one of the two", said(movement), missing(movement))
    };
    hint(ui, &text);
}

fn line(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
    movement: &Movement,
    row: u32,
) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), ROW), Sense::click());
    let (name, number) = (model.name_of(row), row_name(row));
    let figure = figure(movement, movement.values.get(row as usize).copied().unwrap_or(f32::NAN));
    let called = name.map_or_else(|| number.clone(), |name| format!("{name}, {number}"));
    let said = format!("{called}, {figure}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &said));
    widgets::row_background(ui, rect, &response, false);
    let left = leading(ui, model, embedding, memory, row, rect);
    let right = rect.max.x - 2.0;
    let room = Rect::from_min_max(pos2(right - FIGURES, rect.min.y), pos2(right, rect.max.y));
    paint_line(ui, room, &figure, SECONDARY, tokens.secondary, Align::Max);
    let room = Rect::from_min_max(pos2(left, rect.min.y), pos2(room.min.x - SPACE, rect.max.y));
    let elided = named(ui, room, (name.unwrap_or(&number), &number), (BODY, tokens.text));
    finish_row(response, elided, &said, row, model, actions);
}

/// What a row has none of if it is not measured.
fn missing(movement: &Movement) -> &'static str {
    match movement.of {
        MovementOf::Layout => "a place",
        MovementOf::Vectors | MovementOf::Neighbors { .. } => "finite values",
    }
}

fn figure(movement: &Movement, value: f32) -> String {
    let most = movement.most.first().map_or(0.0, |&row| movement.values[row as usize]);
    match movement.of {
        MovementOf::Neighbors { .. } => short_percent(value.into()),
        MovementOf::Layout | MovementOf::Vectors => number_within(value.into(), most.into()),
    }
}
