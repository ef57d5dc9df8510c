//! The list of neighbors with their distances, and its settings.

use egui::{Align, DragValue, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Embedding, RowSet};
use parallax_look::{
    Tokens, content_width,
    theme::{self, BODY, CONTROL, SECONDARY, SPACE},
    widgets::{self, Entry, Segment, chooser, hint, link, paint_line, segmented},
};
use parallax_neighbors::{Metric, Neighbor};
use parallax_session::{
    Action, CANCELED, Edit, JobAction, JobKind, Lines, Look, NeighborQuery, NeighborSpace, NeighborhoodState,
};

use crate::{
    cards::{
        rows::{ROW, finish_row, leading},
        sum,
    },
    format::{count, distance, nearest, row_name},
    memory::PanelMemory,
    model::ViewModel,
};

/// The width of the choice of lines.
const LINES: f32 = 128.0;

/// Shows the metric, the number, and the list of neighbors.
pub(crate) fn nearest_rows(
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
        if let NeighborhoodState::Ready(found) = model.neighbors
            && !found.is_empty()
            && link(ui, "Copy", SECONDARY, vec2(32.0, 30.0), Align::Max)
                .on_hover_text("Copy the list: rank, row, label, distance")
                .clicked()
        {
            ui.copy_text(as_text(model, found));
        }
    });
    // In the layout, distances are Euclidean.
    if query.space == NeighborSpace::Vectors {
        metric(ui, query, actions);
    }
    how_many(ui, query, actions);
    if let (Some(torn), NeighborhoodState::Ready(found)) = (model.torn, model.neighbors) {
        lines(ui, model, torn, found.len(), actions);
    }
    ui.add_space(2.0);
    match model.neighbors {
        NeighborhoodState::Idle => {}
        NeighborhoodState::Computing => hint(ui, "Measuring distances…"),
        NeighborhoodState::Failed(reason) => {
            widgets::paragraph(ui, reason, SECONDARY, tokens.error, 6);
            let size = vec2(content_width(ui), CONTROL);
            if reason == CANCELED && link(ui, "Try again", SECONDARY, size, Align::Min).clicked() {
                actions.push(JobAction::Retry(JobKind::Neighbors).into());
            }
        }
        NeighborhoodState::Unknown(unknown) => sum::unknown(ui, model, unknown, actions),
        NeighborhoodState::Ready(found) if found.is_empty() => hint(ui, "No other row has a distance to it."),
        NeighborhoodState::Ready(found) => neighbor_list(ui, model, embedding, memory, actions, found),
    }
}

/// Shows the choice between the vectors and the layout.
fn space(ui: &mut Ui, query: NeighborQuery, actions: &mut Vec<Action>) {
    let all = [
        (NeighborSpace::Vectors, "Vectors", "Neighbors among the vectors, as they are in the file"),
        (NeighborSpace::Layout, "Layout", "Neighbors in the layout, by its coordinates"),
    ];
    let segments =
        all.map(|(space, caption, hint)| Segment { caption, hint, selected: query.space == space, enabled: true });
    let chosen = segmented(ui, vec2(content_width(ui) - 72.0 - 32.0 - 2.0 * SPACE, 30.0), &segments);
    let space = chosen.and_then(|place| all.get(place)).map(|&(space, ..)| space);
    actions.extend(space.map(|space| Action::Edit(Edit::SetNeighbors(NeighborQuery { space, ..query }))));
}

/// Shows the choice of the metric.
fn metric(ui: &mut Ui, query: NeighborQuery, actions: &mut Vec<Action>) {
    let segments = Metric::ALL.map(|metric| Segment {
        caption: match metric {
            Metric::Cosine => "Cosine",
            Metric::Angle => "Angle",
            Metric::Euclidean => "Euclidean",
        },
        hint: match metric {
            Metric::Cosine => "One minus the cosine of the angle: 0 to 2",
            Metric::Angle => "The angle, in degrees: 0 to 180",
            Metric::Euclidean => "The length of the difference",
        },
        selected: query.metric == metric,
        enabled: true,
    });
    let chosen = segmented(ui, vec2(content_width(ui), 30.0), &segments);
    let metric = chosen.and_then(|place| Metric::ALL.get(place).copied());
    actions.extend(metric.map(|metric| Action::Edit(Edit::SetNeighbors(NeighborQuery { metric, ..query }))));
}

/// Says how many neighbors the layout has torn off, and shows the choice of the lines.
fn lines(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    (torn, within): (&RowSet, usize),
    found: usize,
    actions: &mut Vec<Action>,
) {
    let all = [(Lines::All, "All lines"), (Lines::Torn, "Torn lines"), (Lines::Nothing, "No lines")];
    let caption = |lines: Lines| all.iter().find(|(one, _)| *one == lines).map_or("", |(_, caption)| caption);
    let entry = |place: usize| {
        let (lines, caption) = all[place.min(all.len() - 1)];
        Entry { text: caption.into(), hint: "".into(), selected: lines == model.view.look.lines }
    };
    ui.horizontal(|ui| {
        let tokens = Tokens::within(ui);
        let text = format!("{} of {} torn off", count(torn.len()), count(found));
        let room = vec2(content_width(ui) - LINES - SPACE, CONTROL);
        let [least, most] = [found, within].map(nearest);
        widgets::text(ui, room, &text, SECONDARY, tokens.secondary, Align::Min).on_hover_text(format!(
            "Of the {least} by their vectors, {text}: they are not among the {most} in the layout. \
             Lines to them are orange."
        ));
        let current = Entry { text: caption(model.view.look.lines).into(), hint: "".into(), selected: false };
        let chosen = chooser(ui, LINES, "Lines", &current, all.len(), entry).and_then(|place| all.get(place));
        let look = |&(lines, _): &(Lines, &str)| Edit::SetLook(Look { lines, ..model.view.look });
        actions.extend(chosen.map(|chosen| Action::Edit(look(chosen))));
    });
}

/// Returns the list as lines of rank, row, label, and distance, separated by tabs.
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
        let room = content_width(ui) - 88.0 - 64.0 - 2.0 * SPACE;
        let mut new = widgets::slider(ui, room, "How many", k, NeighborQuery::MOST);
        let mut typed = k;
        let number = DragValue::new(&mut typed).range(1..=NeighborQuery::MOST).update_while_editing(false);
        if ui.add_sized([64.0, CONTROL], number).changed() {
            new = Some(typed);
        }
        let k = new.filter(|&new| new != k);
        actions.extend(k.map(|k| Action::Edit(Edit::SetNeighbors(NeighborQuery { k, ..query }))));
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
    let span = Span::of(found);
    let widest = found.last().map(|last| distance(last.distance)).unwrap_or_default();
    let figures =
        widgets::line(ui.painter(), &widest, SECONDARY, Tokens::within(ui).secondary, 90.0).size().x.max(34.0);
    let height = ui.available_height();
    widgets::scroll(ui, "neighbors", height, |area, ui| {
        area.show_rows(ui, ROW, found.len(), |ui, places| {
            for neighbor in places.filter_map(|place| found.get(place)) {
                neighbor_line(ui, model, embedding, memory, actions, *neighbor, span, figures);
            }
        });
    });
}

/// The least and the greatest distance in the list.
#[derive(Debug, Clone, Copy)]
struct Span {
    near: f64,
    far: f64,
}

impl Span {
    fn of(found: &[Neighbor]) -> Self {
        let distances = found.iter().map(|neighbor| neighbor.distance).filter(|distance| distance.is_finite());
        let start = Self { near: f64::INFINITY, far: f64::NEG_INFINITY };
        distances.fold(start, |span, d| Self { near: span.near.min(d), far: span.far.max(d) })
    }

    /// Returns a number from 1 for the nearest of the list to 0 for the farthest. `None` if all are
    /// equally far, or `distance` is not finite.
    fn nearness(self, distance: f64) -> Option<f32> {
        let is_between = self.far > self.near && distance.is_finite();
        is_between.then(|| ((self.far - distance) / (self.far - self.near)) as f32)
    }
}

fn neighbor_line(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
    neighbor: Neighbor,
    span: Span,
    figures: f32,
) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), ROW), Sense::click());
    let (name, number) = (model.name_of(neighbor.row), row_name(neighbor.row));
    let figure = distance(neighbor.distance);
    let called = name.map_or_else(|| number.clone(), |name| format!("{name}, {number}"));
    let said = format!("{called}, distance {figure}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &said));
    widgets::row_background(ui, rect, &response, false);
    let left = leading(ui, model, embedding, memory, neighbor.row, rect);
    let right = rect.max.x - 2.0;
    let room = Rect::from_min_max(pos2(right - figures, rect.min.y), pos2(right, rect.max.y));
    paint_line(ui, room, &figure, SECONDARY, tokens.secondary, Align::Max);
    // The bar begins at the same place in all rows, whatever the length of the labels.
    let bar_left = rect.min.x + content_width(ui) * 0.56;
    let bar = Rect::from_x_y_ranges(bar_left..=room.min.x - SPACE, rect.center().y - 1.5..=rect.center().y + 1.5);
    if let Some(nearness) = span.nearness(neighbor.distance) {
        ui.painter().rect_filled(bar, 1.5, tokens.hairline.gamma_multiply(0.6));
        let filled = bar.with_max_x(bar.min.x + bar.width() * nearness);
        ui.painter().rect_filled(filled, 1.5, tokens.accent.gamma_multiply(0.8));
    }
    let room = Rect::from_min_max(pos2(left, rect.min.y), pos2(bar_left - SPACE, rect.max.y));
    let elided = paint_line(ui, room, name.unwrap_or(&number), BODY, tokens.text, Align::Min);
    finish_row(response, elided, &said, neighbor.row, model, actions);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearness_runs_from_the_nearest_to_the_farthest_of_the_list() {
        let span = |distances: &[f64]| {
            Span::of(&distances.iter().map(|&distance| Neighbor { row: 0, distance }).collect::<Vec<_>>())
        };
        let three = span(&[0.5, 1.0, 1.5, f64::NAN]);
        assert_eq!([0.5, 1.0, 1.5].map(|d| three.nearness(d)), [Some(1.0), Some(0.5), Some(0.0)]);
        assert_eq!(three.nearness(f64::NAN), None);
        for equal in [span(&[]), span(&[f64::NAN]), span(&[2.0]), span(&[2.0, 2.0])] {
            assert_eq!(equal.nearness(2.0), None, "{equal:?}");
        }
    }
}
