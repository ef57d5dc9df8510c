//! The settings of the methods, and the progress of those that have steps.

use std::ops::RangeInclusive;

use egui::{
    Align, DragValue, Frame, Popup, PopupCloseBehavior, Rect, Sense, Stroke, TextEdit, Ui, UiBuilder, WidgetInfo,
    WidgetType, pos2, vec2,
};
use parallax_embedding::Column;
use parallax_look::{
    Tokens, column, content_width,
    icons::Icon,
    pasting::FIELD,
    theme::{BODY, CONTROL, CORNER, SECONDARY, SPACE},
    widgets::{self, Entry, chooser, focus_ring, in_full_on_hover, link, paint_line},
};
use parallax_projection::{About, Coordinates, Lowered, Setting, Switch};
use parallax_session::{Action, CustomAxis, JobAction, Method, Metric, Projection, Search, Side, Steer, Steps};

use crate::{
    format::{count, plural},
    model::ViewModel,
};

const AXES: [&str; 3] = ["x", "y", "z"];
/// The widths of the caption and of the value beside a slider.
const CAPTION: f32 = 88.0;
const VALUE: f32 = 52.0;
const MORE: f32 = 40.0;
const RESTART_HERE: f32 = 136.0;
/// The height of the curve of divergences, and the space for captions left of it and below it.
const CURVE: f32 = 30.0;
const CURVE_LEFT: f32 = 34.0;
const CURVE_FOOT: f32 = 14.0;

/// Shows the settings of a method, and the progress of its steps.
pub(crate) fn settings(ui: &mut Ui, model: &ViewModel<'_>, projection: &mut Projection, actions: &mut Vec<Action>) {
    let about = projection.method.about();
    let points = points(model);
    for setting in about.settings.iter().filter(|setting| !setting.is_further) {
        number(ui, setting, points, projection);
    }
    let further = |ui: &mut Ui, projection: &mut Projection| {
        for setting in about.settings.iter().filter(|setting| setting.is_further) {
            number(ui, setting, points, projection);
        }
        if !has_switch_in_row(about) {
            for switch in about.switches {
                let width = content_width(ui);
                turn(ui, width, switch, projection);
            }
        }
        if about.is_supervised {
            ignored_label(ui, model, projection);
        }
        if about.is_random {
            seed(ui, &mut projection.seed);
        }
    };
    if about.is_supervised {
        supervision(ui, model, projection, further);
    } else if about.is_random || about.settings.iter().any(|setting| setting.is_further) {
        more(ui, |ui| further(ui, projection));
    }
    if about.has_steps {
        commands(ui, model, about.goes_on, actions);
        steps(ui, model, actions);
    }
}

/// Returns `true` if a method's switch is shown beside `Sphereize`, where others have the metric.
pub(crate) fn has_switch_in_row(about: &About) -> bool {
    !about.by_neighbors && about.switches.len() == 1
}

/// Shows a switch of the method.
pub(crate) fn turn(ui: &mut Ui, width: f32, switch: &Switch, projection: &mut Projection) {
    let is_on = (switch.get)(&projection.settings());
    if toggle(ui, width, switch.caption, is_on, switch.hint) {
        projection.turn(switch, !is_on);
    }
}

/// Shows a setting of the method, and below it how its default is lowered.
fn number(ui: &mut Ui, setting: &Setting, points: usize, projection: &mut Projection) {
    let Setting { parts, caption, hint, automatic, .. } = *setting;
    let settings = projection.settings();
    let value = (setting.get)(&settings, points);
    // The left end is the automatic value.
    let least = if automatic.is_some() { 2 } else { 1 };
    let place = value.map_or(1, |x| ((x * parts as f64).round() as usize).max(least));
    let shown = match value {
        None => "Auto".into(),
        Some(x) if parts == 1 => count(x.round() as usize),
        Some(x) => format!("{x:.*}", (parts - 1).ilog10() as usize + 1),
    };
    if let Some(set) = slider(ui, caption, hint, place, (setting.most)(points), &shown) {
        let x = (setting.nearest)(&settings, set as f64 / parts as f64);
        projection.set(setting, Some(x).filter(|_| set >= least));
    }
    lowered(ui, (setting.lowered)(&projection.settings(), points));
}

/// Shows on one line which default is too large for the rows.
fn lowered(ui: &mut Ui, lowered: Option<Lowered>) {
    if let Some(Lowered { default, count: rows, .. }) = lowered {
        let text = format!("Lowered from {default}: there are only {}", plural(rows, "row"));
        let color = Tokens::within(ui).secondary;
        widgets::text(ui, vec2(content_width(ui), 16.0), &text, SECONDARY, color, Align::Min);
    }
}

/// Shows a link to settings that are rarely needed.
fn more(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let opener = link(ui, "More…", SECONDARY, vec2(MORE, CONTROL), Align::Max).on_hover_text("More settings");
    let width = content_width(ui);
    Popup::menu(&opener).width(width + 8.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(width);
        // A popup is not within the card that opens it.
        ui.scope_builder(column(UiBuilder::new(), width), content);
    });
}

/// Shows the label that does not count in supervision.
fn ignored_label(ui: &mut Ui, model: &ViewModel<'_>, projection: &mut Projection) {
    let column = projection.supervisor.as_ref().and_then(|name| model.embedding?.metadata.column(name));
    let Some(column) = column else { return };
    let tokens = Tokens::within(ui);
    let hint = "A label that is left out of the supervision, such as “unknown”";
    ui.horizontal(|ui| {
        widgets::text(ui, vec2(CAPTION, CONTROL), "Ignore label", BODY, tokens.secondary, Align::Min)
            .on_hover_text(hint);
        let width = content_width(ui) - CAPTION - ui.spacing().item_spacing.x;
        let field = TextEdit::singleline(&mut projection.ignored_label)
            .char_limit(FIELD)
            .hint_text("None")
            .font(BODY)
            .margin(vec2(8.0, 5.0));
        let response = ui.add_sized(vec2(width, CONTROL), field);
        let text = &projection.ignored_label;
        response.widget_info(|| WidgetInfo {
            label: Some("Ignore label".into()),
            ..WidgetInfo::text_edit(true, "", text, hint)
        });
    });
    let label = projection.ignored_label.as_str();
    if !label.is_empty() && column.values().position(label).is_none() {
        let text = format!("No row has “{label}” as {}.", column.name());
        widgets::paragraph(ui, &text, SECONDARY, tokens.warning, 2);
    }
}

/// Shows the seed.
fn seed(ui: &mut Ui, seed: &mut u64) {
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        widgets::text(ui, vec2(CAPTION, CONTROL), "Seed", BODY, tokens.secondary, Align::Min)
            .on_hover_text("The same seed and settings give the same layout");
        let number = DragValue::new(seed).update_while_editing(false);
        ui.add_sized([VALUE + 40.0, CONTROL], number);
    });
}

/// Returns the number of rows that are laid out.
fn points(model: &ViewModel<'_>) -> usize {
    let Some(embedding) = model.embedding else { return 0 };
    let (all, not_finite) = (embedding.rows(), &embedding.non_finite);
    match model.view.isolated() {
        None => all - not_finite.len(),
        Some(rows) if not_finite.is_empty() => rows.below(all).len(),
        Some(rows) => rows.below(all).difference(not_finite).len(),
    }
}

/// Shows the custom axes, and what the cloud shows until they have a direction.
pub(crate) fn custom(ui: &mut Ui, model: &ViewModel<'_>, projection: &mut Projection) {
    let dims = projection.dims.count();
    for (axis, letter) in AXES.iter().enumerate().take(dims) {
        ui.horizontal(|ui| {
            let color = Tokens::within(ui).accent;
            widgets::text(ui, vec2(16.0, CONTROL), letter, BODY, color, Align::Min);
            kind(ui, model, axis, &mut projection.axes[axis]);
        });
        if let CustomAxis::Between { left, right } = &mut projection.axes[axis] {
            ui.horizontal(|ui| {
                side(ui, model, (axis, "left"), left);
                side(ui, model, (axis, "right"), right);
            });
            let row = vec2(content_width(ui), 16.0);
            ui.allocate_ui_with_layout(row, egui::Layout::left_to_right(Align::Center), |ui| {
                matched(ui, model.ends.get(2 * axis), left);
                matched(ui, model.ends.get(2 * axis + 1), right);
            });
        }
    }
    let waits = model.ends.iter().take(2 * dims).any(Result::is_err);
    let has_axes = |method: Method| method.about().coordinates == Coordinates::Axes;
    let note = match model.method.map(has_axes) {
        Some(true) if waits => "An axis is missing an end. The cloud shows the axes as they were before.".into(),
        Some(true) | None => return,
        Some(false) if waits => format!("An axis is missing an end, so the cloud shows PCA. {}", ways_to_an_end(model)),
        Some(false) => "The axes have no direction, so the cloud shows PCA.".into(),
    };
    widgets::hint(ui, &note);
}

/// Returns how the user can set an end of an axis.
fn ways_to_an_end(model: &ViewModel<'_>) -> &'static str {
    match (model.columns().is_empty(), model.view.selection.is_empty()) {
        (false, false) => "Type what is at the ends, or click “sel” to take the selected points.",
        (false, true) => "Type what is at the ends, or select points for one of them.",
        (true, false) => "Click “sel” to take the selected points. There is no metadata to search.",
        (true, true) => "Select points for one of the ends. There is no metadata to search.",
    }
}

/// Shows the choice of the metric, for methods that depend on neighbors.
pub(crate) fn metric(ui: &mut Ui, width: f32, projection: &mut Projection) {
    let name = |metric: Metric| match metric {
        Metric::Cosine => "Cosine",
        Metric::Angle => "Angle",
        Metric::Euclidean => "Euclidean",
    };
    let entry = |place: usize| {
        let metric = Metric::ALL.get(place).copied().unwrap_or_default();
        Entry { text: name(metric).into(), hint: "".into(), selected: metric == projection.metric }
    };
    let current = Entry { text: name(projection.metric).into(), hint: "".into(), selected: false };
    if let Some(&chosen) =
        chooser(ui, width, "Distance", &current, Metric::ALL.len(), entry).and_then(|place| Metric::ALL.get(place))
    {
        projection.metric = chosen;
    }
}

/// Shows a switch. Returns whether it was clicked.
pub(crate) fn toggle(ui: &mut Ui, width: f32, caption: &str, is_on: bool, hint: &str) -> bool {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, ui.is_enabled(), is_on, caption));
    let fill = if is_on { tokens.accent_behind } else { tokens.inset };
    ui.painter().rect(rect, CORNER, fill, tokens.border(), egui::StrokeKind::Inside);
    let color = match (is_on, response.hovered()) {
        (true, _) => tokens.accent,
        (false, true) => tokens.text,
        (false, false) => tokens.secondary,
    };
    paint_line(ui, rect.shrink2(vec2(4.0, 0.0)), caption, BODY, color, Align::Center);
    focus_ring(ui, rect, &response);
    response.on_hover_text(hint).clicked()
}

/// Shows a slider from 1 to `most` with its name and value. Returns the new value if it was changed.
pub(crate) fn slider(ui: &mut Ui, name: &str, hint: &str, value: usize, most: usize, shown: &str) -> Option<usize> {
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        widgets::text(ui, vec2(CAPTION, CONTROL), name, BODY, tokens.secondary, Align::Min).on_hover_text(hint);
        let width = content_width(ui) - CAPTION - VALUE - 2.0 * ui.spacing().item_spacing.x;
        let set = widgets::slider(ui, width, name, value.min(most), most);
        widgets::text(ui, vec2(VALUE, CONTROL), shown, BODY, tokens.text, Align::Max);
        set
    })
    .inner
}

/// Shows the column of the supervision and its strength, and beside it a link to `further`
/// settings.
fn supervision(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    projection: &mut Projection,
    further: impl FnOnce(&mut Ui, &mut Projection),
) {
    let columns = model.columns();
    if columns.is_empty() {
        more(ui, |ui| further(ui, projection));
        return;
    }
    let tokens = Tokens::within(ui);
    let named = |place: usize| columns.get(place).map_or("", Column::name);
    let chosen = projection.supervisor.clone();
    let entry = |place: usize| match place {
        0 => Entry { text: "No column".into(), hint: "".into(), selected: chosen.is_none() },
        _ => Entry {
            text: named(place - 1).into(),
            hint: "".into(),
            selected: chosen.as_deref() == Some(named(place - 1)),
        },
    };
    ui.horizontal(|ui| {
        widgets::text(ui, vec2(CAPTION, CONTROL), "Supervise", BODY, tokens.secondary, Align::Min)
            .on_hover_text("Keeps rows together that have the same value in a column");
        let text = chosen.clone().unwrap_or_else(|| "No column".into());
        let current = Entry { text: text.into(), hint: "".into(), selected: false };
        let width = content_width(ui) - CAPTION - MORE - 2.0 * ui.spacing().item_spacing.x;
        if let Some(place) = chooser(ui, width, "Supervise by", &current, columns.len() + 1, entry) {
            projection.supervisor = (place > 0).then(|| named(place - 1).to_owned());
            projection.supervision = if place > 0 { projection.supervision.max(0.5) } else { 0.0 };
        }
        more(ui, |ui| further(ui, projection));
    });
    if projection.supervisor.is_some() {
        let hundredths = (projection.supervision * 100.0).round() as usize;
        let hint = "The weight of the column";
        if let Some(set) = slider(ui, "Strength", hint, hundredths.max(1), 100, &format!("{hundredths} %")) {
            projection.supervision = set as f32 / 100.0;
        }
    }
}

/// Shows the buttons of a method that has steps.
fn commands(ui: &mut Ui, model: &ViewModel<'_>, perturbs: bool, actions: &mut Vec<Action>) {
    if model.of_more {
        for_these(ui, model, actions);
        return;
    }
    let steps = model.steps;
    let is_running = steps.is_some_and(|steps| steps.running);
    let is_finished = steps.is_some_and(|steps| steps.iteration >= steps.iterations);
    let first = if is_running {
        Some(("Pause", Steer::Pause))
    } else {
        (steps.is_some() && (perturbs || !is_finished)).then_some(("Continue", Steer::Resume))
    };
    let again = if steps.is_some_and(|steps| steps.outdated) { "Apply" } else { "Restart" };
    let entries =
        [first, Some((again, Steer::Restart)), (perturbs && steps.is_some()).then_some(("Perturb", Steer::Perturb))];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let size = vec2((content_width(ui) - 2.0 * ui.spacing().item_spacing.x) / 3.0, CONTROL);
        for (caption, steer) in entries.into_iter().flatten() {
            let button = widgets::button(ui, size, caption);
            if button.on_hover_text(explanation(steer, again)).clicked() {
                actions.push(JobAction::Steer(steer).into());
            }
        }
    });
}

/// Shows the button that starts the method for the isolated rows, which are in their places among
/// more.
fn for_these(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let rows = plural(model.view.isolated().map_or(0, parallax_embedding::RowSet::len), "row");
    let (caption, hint) =
        (format!("Run on these {rows}"), "They are still in their places among all rows; this lays them out alone");
    if widgets::button(ui, vec2(content_width(ui), CONTROL), &caption).on_hover_text(hint).clicked() {
        actions.push(JobAction::Steer(Steer::Restart).into());
    }
}

fn explanation(steer: Steer, again: &str) -> &'static str {
    match steer {
        Steer::Pause => "Stops until you continue",
        Steer::Resume => "Continues from the last iteration",
        Steer::Restart if again == "Apply" => "Restarts with the changed settings",
        Steer::Restart => "Starts again from the principal components",
        Steer::RestartHere => "Starts again from the layout that is shown, with the settings as they are now",
        Steer::Perturb => "Moves all points a little at random, to free points that are stuck",
    }
}

/// Shows the progress of the method, its divergence by iteration, and a link that restarts it from here.
fn steps(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let Some(steps @ &Steps { iteration, iterations, ref kl, .. }) = model.steps else { return };
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        let done = format!("Iteration {} of {}", count(iteration), count(iterations));
        let room = vec2(content_width(ui) - RESTART_HERE - SPACE, 18.0);
        widgets::text(ui, room, &done, SECONDARY, tokens.text, Align::Min);
        let again = link(ui, "Restart from this layout", SECONDARY, vec2(RESTART_HERE, 18.0), Align::Max);
        if again.on_hover_text(explanation(Steer::RestartHere, "")).clicked() {
            actions.push(JobAction::Steer(Steer::RestartHere).into());
        }
    });
    if kl.len() >= 2 {
        curve(ui, steps);
    } else if iteration < iterations {
        widgets::progress(ui, content_width(ui), "Iterations", iteration as f32 / iterations.max(1) as f32);
    }
}

/// Shows the Kullback-Leibler divergence by step, with its range on the left and the steps below.
fn curve(ui: &mut Ui, &Steps { iterations, ref kl, .. }: &Steps) {
    let tokens = Tokens::within(ui);
    let (all, response) = ui.allocate_exact_size(vec2(content_width(ui), CURVE + CURVE_FOOT), Sense::hover());
    let chart = Rect::from_min_max(pos2(all.min.x + CURVE_LEFT, all.min.y), pos2(all.max.x, all.min.y + CURVE));
    let finite = kl.iter().filter(|kl| kl.is_finite());
    let (low, high) = finite.fold((f32::MAX, 0.0_f32), |(low, high), &kl| (low.min(kl), high.max(kl)));
    let last = kl.last().copied().unwrap_or_default();
    let said = format!("KL divergence {last:.3}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &said));
    ui.painter().vline(chart.min.x, chart.y_range(), tokens.border());
    ui.painter().hline(chart.x_range(), chart.max.y, tokens.border());
    let steps = iterations.max(kl.len()).max(2);
    let every = (kl.len() / content_width(ui) as usize).max(1);
    let place = |(number, kl): (usize, &f32)| {
        let x = egui::lerp(chart.x_range(), number as f32 / (steps - 1) as f32);
        let height = (kl - low) / (high - low).max(f32::MIN_POSITIVE);
        pos2(x, egui::lerp(chart.max.y - 2.0..=chart.min.y + 2.0, height))
    };
    let line = kl.iter().enumerate().step_by(every).map(place).collect();
    ui.painter().add(egui::Shape::line(line, Stroke::new(1.5, tokens.accent)));
    let beside = |top: f32| Rect::from_min_size(pos2(all.min.x, top), vec2(CURVE_LEFT - 4.0, CURVE_FOOT));
    for (value, top) in [(high, chart.min.y - 1.0), (low, chart.max.y - CURVE_FOOT + 1.0)] {
        widgets::paint_caption(ui, beside(top), &format!("{value:.2}"), tokens.secondary, Align::Max);
    }
    let below = Rect::from_min_max(pos2(chart.min.x, chart.max.y + 1.0), all.max);
    widgets::paint_caption(ui, below, "1", tokens.secondary, Align::Min);
    widgets::paint_caption(ui, below, &said, tokens.secondary, Align::Center);
    widgets::paint_caption(ui, below, &count(steps), tokens.secondary, Align::Max);
    response.on_hover_text(
        "How much the distances in the layout differ from the neighborhoods of the vectors, by iteration",
    );
}

/// Shows the choice of what an axis runs along.
fn kind(ui: &mut Ui, model: &ViewModel<'_>, axis: usize, chosen: &mut CustomAxis) {
    const COMPONENTS: RangeInclusive<usize> = 1..=5;
    let most = model.embedding.map_or(0, |embedding| embedding.vectors.dims()).min(*COMPONENTS.end());
    let text = |choice: &CustomAxis| match choice {
        CustomAxis::Between { .. } => "Between two searches".to_owned(),
        CustomAxis::Along { ends: [left, right], .. } => format!("From {left} to {right}"),
        CustomAxis::Component(component) => format!("Component {}", component + 1),
        CustomAxis::Random => "A random direction".to_owned(),
        CustomAxis::Off => "Off".to_owned(),
    };
    let choice = |place: usize| match place {
        0 => {
            let search = || Side::Search(Search::default());
            CustomAxis::Between { left: search(), right: search() }
        }
        1 => CustomAxis::Off,
        2 => CustomAxis::Random,
        _ => CustomAxis::Component(place - 3),
    };
    let is_same = |choice: &CustomAxis| {
        std::mem::discriminant(choice) == std::mem::discriminant(chosen) && text(choice) == text(chosen)
    };
    let entry = |place: usize| {
        let choice = choice(place);
        Entry { text: text(&choice).into(), hint: "".into(), selected: is_same(&choice) }
    };
    let current = Entry { text: text(chosen).into(), hint: "".into(), selected: false };
    let width = content_width(ui) - 16.0 - ui.spacing().item_spacing.x;
    let name = format!("What {} runs along", AXES[axis]);
    if let Some(place) = chooser(ui, width, &name, &current, 3 + most, entry)
        && !is_same(&choice(place))
    {
        *chosen = choice(place);
    }
}

/// Shows the field for one end of an axis. It takes a search or the selected rows.
fn side(ui: &mut Ui, model: &ViewModel<'_>, (axis, name): (usize, &str), side: &mut Side) {
    let tokens = Tokens::within(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(half(ui), CONTROL), Sense::hover());
    ui.painter().rect(rect, CORNER, tokens.inset, tokens.border(), egui::StrokeKind::Inside);
    let place = UiBuilder::new()
        .max_rect(Rect::from_min_max(rect.min + vec2(8.0, 2.0), rect.max - vec2(3.0, 2.0)))
        .id_salt(("side", axis, name))
        .layout(egui::Layout::right_to_left(Align::Center));
    let mut line = ui.new_child(place);
    line.spacing_mut().item_spacing.x = 1.0;
    let end = format!("{name} of {}", AXES[axis]);
    let is_rows = matches!(side, Side::Rows(_));
    if (is_rows || !model.view.selection.is_empty()) && takes_rows(&mut line, &end, is_rows) {
        *side = if is_rows { Side::Search(Search::default()) } else { Side::Rows(model.view.selection.clone()) };
    }
    match side {
        Side::Rows(rows) => {
            let size = line.available_size();
            let text = plural(rows.len(), "chosen row");
            widgets::text(&mut line, size, &text, BODY, tokens.text, Align::Min);
        }
        Side::Search(search) => {
            search_field(&mut line, (axis, name), &example(model, name), search);
        }
    }
}

/// Shows the button that takes the selected rows for an end of an axis, or goes back to a search.
/// Returns whether it is clicked.
fn takes_rows(line: &mut Ui, end: &str, is_rows: bool) -> bool {
    let taken = "Take the selected rows for this end";
    widgets::icon_button(line, 22.0, Icon::Letters("sel"), &format!("{taken}: {end}"), is_rows, false)
        .on_hover_text(if is_rows { "Search instead" } else { taken })
        .clicked()
}

/// Shows the search for the rows at an end of an axis.
fn search_field(line: &mut Ui, (axis, name): (usize, &str), example: &str, search: &mut Search) {
    let caption = format!("Regular expression, {name} of {}", AXES[axis]);
    let regex = widgets::icon_button(line, 22.0, Icon::Letters(".*"), &caption, search.regex, false);
    if regex.on_hover_text("Regular expression").clicked() {
        search.regex = !search.regex;
    }
    let field = TextEdit::singleline(&mut search.text)
        .char_limit(FIELD)
        .id(egui::Id::new(("end", axis, name)))
        .frame(Frame::NONE)
        .margin(vec2(0.0, 0.0))
        .font(BODY)
        .hint_text(example)
        .vertical_align(Align::Center)
        .desired_width(f32::INFINITY);
    let size = line.available_size();
    let response = line.add_sized(size, field);
    let (text, label) = (&search.text, format!("Search for the {name} end of {}", AXES[axis]));
    response
        .widget_info(|| WidgetInfo { label: Some(label.clone()), ..WidgetInfo::text_edit(true, "", text, example) });
}

fn half(ui: &Ui) -> f32 {
    (content_width(ui) - SPACE) / 2.0
}

/// Returns an example for an end of an axis: a label of the data, another one for each end.
fn example(model: &ViewModel<'_>, name: &str) -> String {
    if model.columns().is_empty() {
        return "Select points".into();
    }
    let place = usize::from(name == "right");
    let labels = model.label_column().map(|column| column.values().iter().take(2));
    let label = labels.and_then(|mut labels| labels.nth(place));
    label.map_or_else(|| name.to_owned(), |label| format!("e.g. {}", label.chars().take(24).collect::<String>()))
}

/// Shows the number of rows at an end, or what is wrong with it.
fn matched(ui: &mut Ui, end: Option<&Result<usize, String>>, side: &mut Side) {
    let tokens = Tokens::within(ui);
    if let (Some(Err(_)), Side::Search(search)) = (end, &mut *side)
        && search.may_be_pattern()
    {
        let clicked = link(ui, "No match. Use as regex?", SECONDARY, vec2(half(ui), 16.0), Align::Min).clicked();
        search.regex = clicked;
        return;
    }
    let (text, color) = match end {
        Some(Ok(rows)) => (plural(*rows, "row"), tokens.secondary),
        Some(Err(why)) => (why.clone(), tokens.error),
        None => (String::new(), tokens.secondary),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(half(ui), 16.0), Sense::hover());
    let elided = paint_line(ui, rect, &text, SECONDARY, color, Align::Min);
    in_full_on_hover(response, elided, &text);
}
