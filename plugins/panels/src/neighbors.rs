//! The list of neighbors: by which distance, how many, and how far each is.

use egui::{Align, DragValue, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::Embedding;
use parallax_neighbors::{Metric, Neighbor};
use parallax_session::{Action, NeighborQuery, NeighborSpace};

use crate::{
    PanelMemory,
    format::{count, distance},
    inspector::{ROW, finish_row, leading},
    model::{Neighborhood, ViewModel},
    theme::{self, BODY, CONTROL, SECONDARY, SPACE, Tokens, content_width},
    widgets::{self, Segment, hint, link, paint_line, segmented},
};

/// The most neighbors that can be asked for.
const MOST_NEIGHBORS: usize = 1000;

/// The metric, the number and the list of neighbors.
pub(crate) fn show(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let query = model.view.neighbors;
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.horizontal(|ui| {
        widgets::text(ui, vec2(72.0, 30.0), "Neighbors", theme::header(), tokens.text, Align::Min);
        space(ui, query, actions);
        if let Neighborhood::Ready(found @ [_, ..]) = model.neighbors
            && link(ui, "Copy", SECONDARY, vec2(32.0, 30.0), Align::Max)
                .on_hover_text("Copy the list: rank, row, label, distance")
                .clicked()
        {
            ui.copy_text(as_text(model, found));
        }
    });
    // In the layout there is one distance: that on the screen.
    if query.space == NeighborSpace::Vectors {
        metric(ui, query, actions);
    }
    how_many(ui, query, actions);
    ui.add_space(2.0);
    match model.neighbors {
        Neighborhood::Idle => {}
        Neighborhood::Computing => hint(ui, "Measuring distances…"),
        Neighborhood::Failed(reason) => {
            widgets::paragraph(ui, reason, SECONDARY, tokens.error, 6);
        }
        Neighborhood::Ready([]) => hint(ui, "No other row has a distance to this one."),
        Neighborhood::Ready(found) => neighbor_list(ui, model, embedding, memory, actions, found),
    }
}

/// Where neighbors are near.
fn space(ui: &mut Ui, query: NeighborQuery, actions: &mut Vec<Action>) {
    let all = [
        (NeighborSpace::Vectors, "vectors", "Among the vectors, as they are in the file"),
        (NeighborSpace::Layout, "layout", "In the picture, by its coordinates"),
    ];
    let segments =
        all.map(|(space, caption, hint)| Segment { caption, hint, selected: query.space == space, enabled: true });
    let chosen = segmented(ui, vec2(content_width() - 72.0 - 32.0 - 2.0 * SPACE, 30.0), &segments);
    let space = chosen.and_then(|place| all.get(place)).map(|&(space, ..)| space);
    actions.extend(space.map(|space| Action::SetNeighbors(NeighborQuery { space, ..query })));
}

/// By which distance.
fn metric(ui: &mut Ui, query: NeighborQuery, actions: &mut Vec<Action>) {
    let segments = Metric::ALL.map(|metric| Segment {
        caption: match metric {
            Metric::Cosine => "cosine",
            Metric::Angle => "angle",
            Metric::Euclidean => "euclidean",
        },
        hint: match metric {
            Metric::Cosine => "One minus the cosine of the angle: 0 to 2",
            Metric::Angle => "The angle, in degrees: 0 to 180",
            Metric::Euclidean => "The length of the difference",
        },
        selected: query.metric == metric,
        enabled: true,
    });
    let chosen = segmented(ui, vec2(content_width(), 30.0), &segments);
    let metric = chosen.and_then(|place| Metric::ALL.get(place).copied());
    actions.extend(metric.map(|metric| Action::SetNeighbors(NeighborQuery { metric, ..query })));
}

/// The list as lines of rank, row, label and distance, divided by tabs.
fn as_text(model: &ViewModel<'_>, found: &[Neighbor]) -> String {
    let line = |(place, neighbor): (usize, &Neighbor)| {
        let label = model.name_of(neighbor.row).unwrap_or_default().replace(['\t', '\n', '\r'], " ");
        format!("{}\t{}\t{label}\t{}\n", place + 1, neighbor.row, neighbor.distance)
    };
    let lines: String = found.iter().enumerate().map(line).collect();
    format!("rank\trow\tlabel\tdistance\n{lines}")
}

fn how_many(ui: &mut Ui, query: NeighborQuery, actions: &mut Vec<Action>) {
    let k = query.k;
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        widgets::text(ui, vec2(88.0, CONTROL), "How many", SECONDARY, tokens.secondary, Align::Min);
        let mut new = widgets::slider(ui, content_width() - 88.0 - 64.0 - 2.0 * SPACE, "How many", k, MOST_NEIGHBORS);
        let mut typed = k;
        let number = DragValue::new(&mut typed).range(1..=MOST_NEIGHBORS).update_while_editing(false);
        if ui.add_sized([64.0, CONTROL], number).changed() {
            new = Some(typed);
        }
        let k = new.filter(|&new| new != k);
        actions.extend(k.map(|k| Action::SetNeighbors(NeighborQuery { k, ..query })));
    });
}

fn neighbor_list(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
    found: &[Neighbor],
) {
    let far = found.iter().map(|neighbor| neighbor.distance).filter(|d| d.is_finite()).fold(0.0, f32::max);
    let widest = found.last().map(|last| distance(last.distance)).unwrap_or_default();
    let figures =
        widgets::line(ui.painter(), &widest, SECONDARY, Tokens::within(ui).secondary, 90.0).size().x.max(34.0);
    let height = ui.available_height();
    widgets::scroll(ui, "neighbors", height, |area, ui| {
        area.show_rows(ui, ROW, found.len(), |ui, places| {
            for neighbor in places.filter_map(|place| found.get(place)) {
                neighbor_line(ui, model, embedding, memory, actions, *neighbor, far, figures);
            }
        });
    });
}

fn neighbor_line(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
    neighbor: Neighbor,
    far: f32,
    figures: f32,
) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(), ROW), Sense::click());
    let name = model.name_of(neighbor.row).map_or_else(|| count(neighbor.row as usize), str::to_owned);
    let figure = distance(neighbor.distance);
    let said = format!("{name}, row {}, distance {figure}", count(neighbor.row as usize));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &said));
    widgets::row_background(ui, rect, &response, false);
    let left = leading(ui, model, embedding, memory, neighbor.row, rect);
    let right = rect.max.x - 2.0;
    let room = Rect::from_min_max(pos2(right - figures, rect.min.y), pos2(right, rect.max.y));
    paint_line(ui, room, &figure, SECONDARY, tokens.secondary, Align::Max);
    // Labels are short in one set of data and long in another: the bar begins where it does for all rows.
    let bar_left = rect.min.x + content_width() * 0.56;
    let bar = Rect::from_x_y_ranges(bar_left..=room.min.x - SPACE, rect.center().y - 1.5..=rect.center().y + 1.5);
    ui.painter().rect_filled(bar, 1.5, tokens.hairline.gamma_multiply(0.6));
    let share =
        if far > 0.0 && neighbor.distance.is_finite() { (neighbor.distance / far).clamp(0.0, 1.0) } else { 0.0 };
    ui.painter().rect_filled(bar.with_max_x(bar.min.x + bar.width() * share), 1.5, tokens.accent.gamma_multiply(0.8));
    let room = Rect::from_min_max(pos2(left, rect.min.y), pos2(bar_left - SPACE, rect.max.y));
    let elided = paint_line(ui, room, &name, BODY, tokens.text, Align::Min);
    finish_row(response, elided, &said, neighbor.row, model, actions);
}
