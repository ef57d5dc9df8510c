//! The Projection card: the method, the number of dimensions, and the components on x, y, and z.

use egui::{Align, Popup, Rect, Sense, Ui, WidgetInfo, WidgetType, vec2};
use parallax_look::{
    Tokens, content_width,
    theme::{BODY, CONTROL, SECONDARY, SPACE},
    widgets::{self, Entry, Segment, chooser, focus_ring, hint, paint_caption, paint_line, segmented},
};
use parallax_projection::{Coordinates, MAX_COMPONENTS, Method};
use parallax_session::{Action, Dims, Edit, JobAction, Projection, Steer};

use crate::{
    cards::{methods, quality},
    format::{percent, plural, short_percent, unplaced},
    memory::PanelMemory,
    model::{Job, ViewModel},
};

const AXES: [&str; 3] = ["x", "y", "z"];
const SEGMENTS: f32 = 32.0;
const DIMS: f32 = 80.0;
/// The height of the content for any method.
const STEADY: f32 = 416.0;
/// The share of a low window that the card may take, which leaves room for the card above it.
const MOST_OF_ROOM: f32 = 0.6;
/// The heights of the bars and of their captions.
const CHART: f32 = 64.0;
const CHART_CAPTION: f32 = 14.0;
fn third(ui: &Ui) -> f32 {
    (content_width(ui) - 2.0 * SPACE) / 3.0
}

pub(crate) fn projection_card(ui: &mut Ui, model: &ViewModel<'_>, memory: &PanelMemory, actions: &mut Vec<Action>) {
    let Some(embedding) = model.embedding else {
        hint(ui, "Open data to project it.");
        return;
    };
    let bottom = ui.cursor().top() + STEADY.min(ui.max_rect().height() * MOST_OF_ROOM);
    let mut projection = model.view.projection.clone();
    method(ui, model, embedding.vectors.dims(), actions);
    ui.horizontal(|ui| {
        dims(ui, model, actions);
        space(ui, &mut projection);
    });
    let about = projection.method.about();
    match model.projecting {
        // The fields stay while the layout of what is typed into them is computed.
        job if !about.has_steps && about.has_fields() => {
            if about.coordinates == Coordinates::Axes {
                methods::custom(ui, model, &mut projection);
            } else {
                methods::settings(ui, model, &mut projection, actions);
            }
            if let Some(job) = job {
                widgets::progress(ui, content_width(ui), &job.status.name, job.status.fraction);
            }
        }
        Some(job) if !about.has_steps || model.steps.is_none() => progress(ui, job, actions),
        _ if about.has_steps => methods::settings(ui, model, &mut projection, actions),
        // It was canceled or failed.
        None if model.method != Some(projection.method) => {
            if widgets::button(ui, vec2(content_width(ui), CONTROL), "Run").clicked() {
                actions.push(JobAction::Steer(Steer::Restart).into());
            }
        }
        _ if model.explained_variance.is_empty() => {}
        _ => variance(ui, model, actions),
    }
    if model.layout_dims > 0 && about.coordinates.can_be_chosen() {
        axes(ui, model, actions);
    }
    if let Some(note) = no_component(model) {
        hint(ui, &note);
    }
    if !model.unplaced.is_empty() {
        let color = Tokens::within(ui).warning;
        widgets::paragraph(ui, &unplaced(model.unplaced), SECONDARY, color, 2);
    }
    quality::quality(ui, model, memory, actions);
    // The card is aligned to the bottom. With another height for each method, the choice of methods
    // would jump.
    let used = ui.cursor().top() - ui.spacing().item_spacing.y;
    ui.allocate_space(vec2(0.0, (bottom - used - ui.spacing().item_spacing.y).max(0.0)));
    if projection != model.view.projection {
        actions.push(Edit::Configure(Box::new(projection)).into());
    }
}

/// Shows how the vectors are transformed beforehand, and the metric of the neighbors.
fn space(ui: &mut Ui, projection: &mut Projection) {
    let about = projection.method.about();
    let rest = content_width(ui) - DIMS - SPACE;
    let switch = about.switches.first().filter(|_| methods::has_switch_in_row(about));
    let second = if about.by_neighbors { Some(100.0) } else { switch.map(|_| 80.0) };
    let width = second.map_or(rest, |second| rest - second - SPACE);
    let what = "Subtracts the mean from the vectors and scales each to unit length, before any method";
    projection.sphereize ^= methods::toggle(ui, width, "Sphereize", projection.sphereize, what);
    let Some(width) = second else { return };
    if about.by_neighbors {
        methods::metric(ui, width, projection);
    } else if let Some(switch) = switch {
        methods::turn(ui, width, switch, projection);
    }
}

/// Returns the note in the header of the card.
pub(crate) fn projection_note(model: &ViewModel<'_>) -> String {
    match (model.embedding, model.view.isolated()) {
        (None, _) => String::new(),
        (Some(_), None) => "All rows".into(),
        (Some(_), Some(rows)) if !model.of_more => format!("Of {}", plural(rows.len(), "row")),
        // The layout has more rows than are isolated.
        (Some(embedding), Some(_)) => match model.view.isolation.iter().rev().nth(1) {
            Some(outer) => format!("Of {}", plural(outer.len(), "row")),
            None => format!("Of all {}", plural(embedding.rows(), "row")),
        },
    }
}

fn method(ui: &mut Ui, model: &ViewModel<'_>, vector_dims: usize, actions: &mut Vec<Action>) {
    let too_many =
        format!("Only vectors of up to {MAX_COMPONENTS} dimensions can be shown as they are; these have {vector_dims}");
    let segments = Method::ALL.map(|method| {
        let about = method.about();
        let enabled = about.can_show(vector_dims);
        let hint = if enabled { about.sentence } else { &too_many };
        Segment { caption: about.caption, hint, selected: model.view.projection.method == method, enabled }
    });
    let chosen = segmented(ui, vec2(content_width(ui), SEGMENTS), &segments);
    actions.extend(chosen.and_then(|place| Method::ALL.get(place)).map(|method| Edit::Project(*method).into()));
}

fn dims(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let all = [(Dims::Two, "2D", "A plane, seen from above (2)"), (Dims::Three, "3D", "A cloud in 3D (3)")];
    let segments = all.map(|(dims, caption, hint)| Segment {
        caption,
        hint,
        selected: model.view.projection.dims == dims,
        enabled: true,
    });
    let chosen = segmented(ui, vec2(DIMS, CONTROL), &segments);
    actions.extend(chosen.and_then(|place| all.get(place)).map(|&(dims, ..)| Action::Edit(Edit::SetDims(dims))));
}

/// Shows the progress in the place of the result, with the same height.
fn progress(ui: &mut Ui, job: Job<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let top = ui.cursor().top();
    ui.horizontal(|ui| {
        let size = vec2(content_width(ui) - SPACE - 72.0, CONTROL);
        widgets::text(ui, size, &job.status.name, BODY, tokens.text, Align::Min);
        if widgets::button(ui, vec2(72.0, CONTROL), "Cancel").clicked() {
            actions.push(JobAction::Cancel(Some(job.status.kind)).into());
        }
    });
    widgets::progress(ui, content_width(ui), &job.status.name, job.status.fraction);
    let said = format!("{:.0} %", f64::from(job.status.fraction) * 100.0);
    let (rect, _) = ui.allocate_exact_size(vec2(content_width(ui), 16.0), Sense::hover());
    paint_line(ui, rect.with_max_x(rect.max.x - 48.0), &job.status.message, SECONDARY, tokens.secondary, Align::Min);
    paint_line(ui, rect, &said, SECONDARY, tokens.secondary, Align::Max);
    let height = 16.0 + SPACE + CHART + CHART_CAPTION;
    let used = ui.cursor().top() - SPACE - top;
    ui.add_space((height - used).max(0.0));
}

/// Shows a bar for each component. Those on an axis are highlighted and have the letter of the
/// axis.
fn variance(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let shown = &model.view.projection.components[..model.view.projection.dims.count()];
    let shares = model.explained_variance;
    let mut distinct = shown.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let total: f64 = distinct.iter().filter_map(|&component| shares.get(component)).sum();
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), 16.0), Sense::hover());
    let figure = format!("{} shown", percent(total));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("Explained variance: {figure}")));
    paint_line(ui, rect, "Explained variance", SECONDARY, tokens.secondary, Align::Min);
    paint_line(ui, rect, &figure, SECONDARY, tokens.text, Align::Max);

    let (chart, _) = ui.allocate_exact_size(vec2(content_width(ui), CHART + CHART_CAPTION), Sense::hover());
    let most = shares.iter().copied().filter(|share| share.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
    let step = chart.width() / shares.len().max(1) as f32;
    for (component, &share) in shares.iter().enumerate() {
        let left = chart.min.x + component as f32 * step;
        let column = Rect::from_x_y_ranges(left..=left + step, chart.y_range());
        let height = if share.is_finite() { (share / most).clamp(0.0, 1.0) as f32 } else { 0.0 };
        let letters: String =
            (0..shown.len()).filter(|&axis| shown[axis] == component).map(|axis| AXES[axis]).collect();
        let bar = Bar { column, component, share, height, letters: &letters };
        bar.component_bar(ui, model, actions);
    }
    let base = chart.min.y + CHART;
    ui.painter().hline(chart.x_range(), base + 0.5, tokens.border());
}

/// A component in the chart.
struct Bar<'a> {
    /// The area of the bar and its caption.
    column: Rect,
    component: usize,
    share: f64,
    /// The height as a share of the chart.
    height: f32,
    /// The axes that show it.
    letters: &'a str,
}

impl Bar<'_> {
    /// Shows the bar. A click opens a menu of the axes.
    fn component_bar(&self, ui: &Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
        let tokens = Tokens::within(ui);
        let response = ui.interact(self.column, ui.id().with(("component", self.component)), Sense::click());
        let name = format!("Component {}: {}", self.component + 1, percent(self.share));
        let shown = !self.letters.is_empty();
        response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, shown, &name));
        let base = self.column.max.y - CHART_CAPTION;
        let top = (base - (CHART - 2.0) * self.height).min(base - 1.0);
        let color = match (shown, response.hovered()) {
            (true, _) => tokens.accent,
            (false, true) => tokens.faint,
            (false, false) => tokens.hairline,
        };
        let rect = Rect::from_x_y_ranges(self.column.min.x + 4.0..=self.column.max.x - 4.0, top..=base);
        ui.painter().rect_filled(rect, 2.0, color);
        let number = (self.component + 1).to_string();
        let (text, color) = if shown { (self.letters, tokens.accent) } else { (&*number, tokens.secondary) };
        paint_caption(ui, self.column.with_min_y(base + 1.0), text, color, Align::Center);
        focus_ring(ui, self.column, &response);
        Popup::menu(&response).width(112.0).show(|ui| self.menu(ui, model, actions));
        response.on_hover_text(name).on_hover_cursor(egui::CursorIcon::PointingHand);
    }

    fn menu(&self, ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
        let projection = &model.view.projection;
        ui.spacing_mut().item_spacing.y = 0.0;
        for (axis, letter) in AXES.iter().enumerate().take(projection.dims.count()) {
            let selected = projection.components[axis] == self.component;
            let entry = Entry { text: format!("Show as {letter}").into(), hint: "".into(), selected };
            if widgets::menu_row(ui, 112.0, &entry).clicked() && !selected {
                actions.push(Edit::SetComponents(with(projection.components, axis, self.component)).into());
            }
        }
    }
}

/// Shows the choice of the component of each axis, with its share of the variance.
fn axes(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let components = model.view.projection.components;
    let count = model.view.projection.dims.count();
    ui.spacing_mut().item_spacing.y = 2.0;
    widgets::captions(ui, third(ui), &AXES[..count]);
    ui.horizontal(|ui| {
        for (axis, name) in AXES.iter().enumerate().take(count) {
            let entry = |component: usize| Entry {
                text: component.saturating_add(1).to_string().into(),
                hint: model
                    .explained_variance
                    .get(component)
                    .map_or(String::new(), |&share| short_percent(share))
                    .into(),
                selected: component == components[axis],
            };
            let chosen = chooser(
                ui,
                third(ui),
                &format!("Component of {name}"),
                &entry(components[axis]),
                model.layout_dims,
                entry,
            );
            if let Some(component) = chosen.filter(|&component| component != components[axis]) {
                actions.push(Edit::SetComponents(with(components, axis, component)).into());
            }
        }
    });
}

/// Returns which axis has no component, if the layout has fewer components than axes.
fn no_component(model: &ViewModel<'_>) -> Option<String> {
    let projection = &model.view.projection;
    if model.layout_dims == 0 || !projection.method.about().coordinates.can_be_chosen() {
        return None;
    }
    let shown = &projection.components[..projection.dims.count()];
    let axis = shown.iter().position(|&component| component >= model.layout_dims)?;
    let are = if model.layout_dims == 1 { "is" } else { "are" };
    Some(format!("There {are} only {}, so {} is 0.", plural(model.layout_dims, "component"), AXES[axis]))
}

/// Returns the components with `component` on `axis`. If it is on another axis, the two are
/// swapped.
fn with(components: [usize; 3], axis: usize, component: usize) -> [usize; 3] {
    let mut changed = components;
    if let Some(other) = components.iter().position(|&known| known == component) {
        changed[other] = components[axis];
    }
    changed[axis] = component;
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_swaps_components_of_two_axes() {
        assert_eq!(with([0, 1, 2], 0, 5), [5, 1, 2]);
        assert_eq!(with([0, 1, 2], 0, 2), [2, 1, 0]);
        assert_eq!(with([0, 1, 2], 1, 1), [0, 1, 2]);
    }
}
