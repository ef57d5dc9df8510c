//! The names of clusters on the Data card: whether there are any, from which column, and each of
//! them.

use std::collections::HashMap;

use egui::{Align, CursorIcon, Id, Rect, Sense, TextEdit, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_look::{
    Tokens, content_width,
    icons::{self, Icon},
    pasting::FIELD,
    theme::{BODY, CONTROL, SECONDARY, SPACE},
    widgets::{self, hint, in_full_on_hover, link, paint_line},
};
use parallax_meaning::{NamedLevels, choose_column};
use parallax_session::{Action, Combine, Edit, Naming, Pick, Tag};

use crate::{
    cards::{
        data::{column_chooser, no_hint},
        methods::{slider, toggle},
        ramp::LEGEND_ROW,
        stability::{figure, stability},
    },
    format::{capital, count, percent, plural},
    memory::{ColumnDraft, NameDraft, PanelMemory},
    model::ViewModel,
};

/// The most clusters that are listed, at first and at all. What is below them has to stay in reach.
const LISTED: [usize; 2] = [6, 200];
/// The most samples of the slider.
const MOST_SAMPLES: usize = 100;
const LINE: f32 = 18.0;

/// Shows the switch, and beside it what was found, which folds the rest.
pub(crate) fn names_row(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let naming = &model.view.naming;
    let half = (content_width(ui) - SPACE) / 2.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let hint = "Find the clusters of the layout and show their names in the cloud (N)";
        if toggle(ui, half, "Name clusters", naming.shown, hint) {
            memory.names.is_open |= !naming.shown;
            actions.push(Edit::SetNaming(Naming { shown: !naming.shown, ..settings(naming) }).into());
        }
        if naming.shown {
            let (rect, response) = ui.allocate_exact_size(vec2(half, CONTROL), Sense::click());
            let tokens = Tokens::within(ui);
            let text = found(model);
            response
                .widget_info(|| WidgetInfo::selected(WidgetType::CollapsingHeader, true, memory.names.is_open, &text));
            let color = if response.hovered() { tokens.text } else { tokens.secondary };
            paint_line(ui, rect.with_max_x(rect.max.x - 20.0), &text, BODY, color, Align::Max);
            let openness = f32::from(u8::from(memory.names.is_open));
            icons::chevron(ui.painter(), pos2(rect.max.x - 8.0, rect.center().y), openness, color);
            widgets::focus_ring(ui, rect, &response);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                memory.names.is_open = !memory.names.is_open;
            }
        }
    });
}

/// What was found, in a word or two.
fn found(model: &ViewModel<'_>) -> String {
    match model.names {
        _ if model.naming.is_some() => "Looking…".to_owned(),
        Some(Ok(names)) if names.clusters().is_empty() => "No clusters".to_owned(),
        Some(Ok(names)) => plural(names.clusters().len(), "cluster"),
        Some(Err(_)) => "No clusters".to_owned(),
        None => String::new(),
    }
}

/// Shows all about the names, if they are unfolded.
pub(crate) fn names(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if !model.view.naming.shown || !memory.names.is_open {
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    let secondary = Tokens::within(ui).secondary;
    let say = |ui: &mut Ui, text: &str| drop(widgets::paragraph(ui, text, SECONDARY, secondary, 4));
    match model.names {
        None if model.method.is_none() => hint(ui, "Clusters are found once there is a layout."),
        None if model.naming.is_none() => hint(ui, "Clusters are found once the layout has come to rest."),
        None => {}
        Some(Err(why)) => say(ui, &format!("No clusters: {why}.")),
        Some(Ok(names)) => say(ui, &summary(names)),
    }
    if let Some(Ok(names)) = model.names.filter(|names| names.is_ok_and(|names| !names.clusters().is_empty())) {
        list(ui, model, names, memory, actions);
        stability(ui, model, actions);
    }
    column(ui, model, actions);
    if let Some(Ok(names)) = model.names {
        if !names.clusters().is_empty() {
            say(ui, &reason(model, names));
        }
        names.notes.iter().for_each(|note| say(ui, &format!("{}.", capital(note))));
        keep(ui, model, names, memory, actions);
    }
    more(ui, model, memory, actions);
    ui.add_space(4.0);
    widgets::divider(ui, content_width(ui));
    ui.add_space(4.0);
}

/// How many clusters there are, and how many rows are in none.
fn summary(names: &NamedLevels) -> String {
    let clusters = names.clusters();
    if let Some(why) = clusters.why_none() {
        return format!("No clusters: {why}.");
    }
    let (noise, placed) = (clusters.noise(), clusters.placed().max(1));
    // The sign stays on the line of its number.
    let share = percent(noise as f64 / placed as f64).replace(' ', "\u{a0}");
    let are = if noise == 1 { "is" } else { "are" };
    format!(
        "{} of at least {}; {} ({share}) {are} noise.",
        plural(clusters.len(), "cluster"),
        plural(clusters.min_size, "row"),
        plural(noise, "row")
    )
}

/// Shows the choice of the column that names are from.
fn column(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    if model.columns().is_empty() {
        hint(ui, "There are no columns to name clusters after. Add metadata, or tag points.");
        return;
    }
    widgets::captions(ui, content_width(ui), &["Named by"]);
    let automatic = || {
        let column = choose_column(&model.embedding?.metadata)?.column.name();
        model.columns().iter().position(|other| other.name() == column)
    };
    let auto = match model.named_by {
        Some((name, Some(_))) => model.columns().iter().position(|column| column.name() == name),
        _ if model.names.is_some() => None,
        _ => automatic(),
    };
    let by = &model.view.naming.by;
    let width = content_width(ui);
    if let Some(by) = column_chooser(ui, "Named by", (width, &[(Pick::Auto, "Auto")]), model, by, auto, no_hint) {
        actions.push(Edit::SetNaming(Naming { by, ..settings(&model.view.naming) }).into());
    }
}

/// Why this column, and how names were made of it.
fn reason(model: &ViewModel<'_>, names: &NamedLevels) -> String {
    let how = names.way.map(|way| format!("Names are {}.", way.describe()));
    let why = model.named_by.and_then(|(name, reason)| Some(format!("From {name}, because {}. ", reason.as_ref()?)));
    why.unwrap_or_default() + &how.unwrap_or_default()
}

fn list(ui: &mut Ui, model: &ViewModel<'_>, names: &NamedLevels, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    ui.add_space(4.0);
    let clusters = names.clusters().len();
    let [at_first, most] = LISTED;
    let listed = clusters.min(if memory.names.is_whole { most } else { at_first });
    for part in 0..listed {
        cluster(ui, model, names, part, memory, actions);
    }
    if clusters > at_first && !memory.names.is_whole {
        let caption = format!("and {} more", count(clusters - listed));
        memory.names.is_whole =
            link(ui, &caption, SECONDARY, vec2(content_width(ui), LINE + 4.0), Align::Min).clicked();
    } else if clusters > listed {
        hint(ui, &format!("and {} more, smaller ones", count(clusters - listed)));
    }
}

/// Shows a cluster. A click selects its rows, a double-click edits its name, and a cross hides it.
fn cluster(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    names: &NamedLevels,
    part: usize,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(content_width(ui), LEGEND_ROW), Sense::hover());
    let cross = Rect::from_center_size(pos2(rect.max.x - 8.0, rect.center().y), vec2(18.0, 18.0));
    let size = count(names.parts()[part].size);
    let rows = widgets::line(ui.painter(), &size, BODY, tokens.secondary, rect.width() / 2.0);
    let mut left = cross.min.x - 6.0 - rows.size().x;
    let place = pos2(left, rect.center().y - rows.size().y / 2.0);
    ui.painter().galley(place, rows, tokens.secondary);
    let found_again = model.stability.and_then(|stability| figure(stability, part, tokens));
    if let Some((text, color)) = &found_again {
        let share = widgets::line(ui.painter(), text, SECONDARY, *color, rect.width() / 2.0);
        left -= 8.0 + share.size().x;
        ui.painter().galley(pos2(left, rect.center().y - share.size().y / 2.0), share, *color);
    }
    let room = rect.with_max_x(left - 6.0);
    if memory.names.draft.as_ref().is_some_and(|draft| draft.part == part && !draft.on_stage) {
        name_field(ui, model, names, room, memory, actions);
        return;
    }
    let (name, found) = (&names.names[part], &names.found[part]);
    let is_hidden = name.is_empty() && !found.is_empty();
    let shown = if name.is_empty() { found } else { name };
    let (text, color) = if shown.is_empty() { ("no name", tokens.faint) } else { (shown.as_str(), tokens.text) };
    let color = if is_hidden { tokens.faint } else { color };
    let response = ui.interact(rect.with_max_x(cross.min.x), ui.id().with(("cluster", part)), Sense::click());
    let said = found_again.map(|(figure, _)| format!(", {figure}")).unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{text}: {size}{said}")));
    let color = if response.hovered() { tokens.accent } else { color };
    let elided = paint_line(ui, room, text, BODY, color, Align::Min);
    widgets::focus_ring(ui, rect, &response);
    let caption = if is_hidden { "Show this name" } else { "Hide this name" };
    if !found.is_empty() || !name.is_empty() {
        let hide = ui.interact(cross, ui.id().with(("hide", part)), Sense::click());
        hide.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{caption}: {text}")));
        let color = if hide.hovered() { tokens.text } else { tokens.faint };
        icons::paint(ui.painter(), if is_hidden { Icon::Check } else { Icon::Close }, cross.center(), color);
        widgets::focus_ring(ui, cross, &hide);
        if hide.on_hover_text(caption).on_hover_cursor(CursorIcon::PointingHand).clicked() {
            actions.push(named(names, part, (!is_hidden).then(String::new)));
        }
    }
    if response.double_clicked() {
        memory.names.draft = Some(NameDraft::new(part, text, false));
    } else if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        let combine = Combine::of(modifiers.shift, false);
        actions.push(Edit::Select(combine.apply(&model.view.selection, &names.rows(part))).into());
    }
    in_full_on_hover(response, elided, text)
        .on_hover_cursor(CursorIcon::PointingHand)
        .on_hover_text("Click to select · Shift+click to add · Double-click to edit the name");
}

/// Returns the action that names the rows of `part`; with `None` as it would be named by itself.
fn named(names: &NamedLevels, part: usize, name: Option<String>) -> Action {
    Edit::NameCluster { rows: names.rows(part), name }.into()
}

/// The field for a name. Enter or a click elsewhere sets it; an empty one is the name that was
/// found. Esc leaves it as it was.
pub(crate) fn name_field(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    names: &NamedLevels,
    rect: Rect,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(draft) = &mut memory.names.draft else { return };
    let id = Id::new("name of a cluster");
    let field = TextEdit::singleline(&mut draft.text)
        .id(id)
        .font(BODY)
        .char_limit(FIELD)
        .vertical_align(Align::Center)
        .margin(vec2(4.0, 0.0));
    let response = ui.put(rect.expand2(vec2(4.0, 0.0)), field);
    let text = draft.text.clone();
    response.widget_info(|| WidgetInfo {
        label: Some("Name of the cluster".into()),
        ..WidgetInfo::text_edit(true, "", &text, "")
    });
    if !draft.begun {
        draft.begun = true;
        response.request_focus();
        widgets::select_all(ui.ctx(), id, &text);
        return;
    }
    if response.has_focus() {
        return;
    }
    let (part, is_given_up) = (draft.part, ui.input(|input| input.key_pressed(egui::Key::Escape)));
    memory.names.draft = None;
    let (text, found) = (text.trim(), names.found.get(part).map_or("", String::as_str));
    if !is_given_up && names.names.get(part).is_some_and(|name| name != text) {
        let name = (!text.is_empty() && text != found).then(|| text.to_owned());
        let is_given = model.view.naming.given.iter().any(|given| given.rows == names.rows(part));
        if name.is_some() || is_given {
            actions.push(named(names, part, name));
        }
    }
}

/// Shows the form that keeps the clusters as a column of tags.
fn keep(ui: &mut Ui, model: &ViewModel<'_>, names: &NamedLevels, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if names.clusters().is_empty() {
        return;
    }
    let Some(ColumnDraft { name: column, begun }) = &mut memory.names.column else {
        let width = content_width(ui);
        if link(ui, "Keep as column…", SECONDARY, vec2(width, LINE + 4.0), Align::Min).clicked() {
            memory.names.column = Some(ColumnDraft { name: "cluster".to_owned(), begun: false });
        }
        return;
    };
    let mut is_done = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let label = "Name of the column";
        let field = TextEdit::singleline(column).char_limit(FIELD).hint_text(label).font(BODY);
        let field = field.margin(vec2(8.0, 5.0));
        let response = ui.add_sized(vec2(content_width(ui) - 72.0, CONTROL), field);
        response.widget_info(|| WidgetInfo {
            label: Some(label.into()),
            ..WidgetInfo::text_edit(true, "", column.as_str(), label)
        });
        if !std::mem::replace(begun, true) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let is_ready = !column.trim().is_empty();
        let clicked =
            ui.add_enabled_ui(is_ready, |ui| widgets::button(ui, vec2(64.0, CONTROL), "Keep")).inner.clicked();
        if is_ready && (clicked || entered) {
            actions.push(Edit::TagAll(tags(names, column.trim())).into());
            is_done = true;
        }
    });
    let is_known = model.columns().iter().any(|known| known.name() == column.trim());
    if is_known {
        let text =
            format!("There is a column {} already: its cells are replaced where there is a cluster.", column.trim());
        widgets::paragraph(ui, &text, SECONDARY, Tokens::within(ui).warning, 2);
    }
    if is_done {
        memory.names.column = None;
    }
}

/// Returns a tag for each cluster: its name, with a number if another has the same.
fn tags(names: &NamedLevels, column: &str) -> Vec<Tag> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let tag = |part: usize| {
        let name = [&names.names[part], &names.found[part]].into_iter().find(|name| !name.is_empty());
        let name = name.cloned().unwrap_or_else(|| format!("cluster {}", part + 1));
        let number = seen.entry(name.clone()).or_default();
        *number += 1;
        let value = if *number == 1 { name } else { format!("{name} ({number})") };
        Tag { column: column.to_owned(), value, rows: names.rows(part) }
    };
    (0..names.clusters().len()).map(tag).collect()
}

/// Shows the sizes, if they are unfolded.
fn more(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let naming = &model.view.naming;
    let is_automatic = naming.min_size.is_none() && naming.min_samples.is_none();
    ui.horizontal(|ui| {
        let caption = if memory.names.is_more { "Less" } else { "More…" };
        if link(ui, caption, SECONDARY, vec2(64.0, LINE + 4.0), Align::Min).clicked() {
            memory.names.is_more = !memory.names.is_more;
        }
        let rest = content_width(ui) - 64.0 - ui.spacing().item_spacing.x;
        if !is_automatic && link(ui, "Automatic sizes", SECONDARY, vec2(rest, LINE + 4.0), Align::Max).clicked() {
            let automatic = Naming { min_size: None, min_samples: None, ..settings(naming) };
            actions.push(Edit::SetNaming(automatic).into());
        }
    });
    if !memory.names.is_more {
        return;
    }
    let clusters = model.names.and_then(Result::ok).map(|names| names.clusters());
    let shown = |set: Option<usize>, found: Option<usize>| match (set, found) {
        (Some(set), _) => (set, count(set)),
        (None, Some(found)) => (found, count(found)),
        (None, None) => (1, "Auto".to_owned()),
    };
    let placed = clusters.map_or(2, |clusters| clusters.placed().max(2));
    let (size, text) = shown(naming.min_size, clusters.map(|clusters| clusters.min_size));
    let hint = "The least rows of a cluster. More rows give fewer clusters";
    if let Some(set) = slider(ui, "Least rows", hint, size, (placed / 2).max(2), &text) {
        actions.push(Edit::SetNaming(Naming { min_size: Some(set.max(2)), ..settings(naming) }).into());
    }
    let (samples, text) = shown(naming.min_samples, clusters.map(|clusters| clusters.min_samples));
    let hint = "How many rows must be near for a row to be dense. More samples leave more rows as noise";
    if let Some(set) = slider(ui, "Samples", hint, samples, placed.min(MOST_SAMPLES), &text) {
        actions.push(Edit::SetNaming(Naming { min_samples: Some(set), ..settings(naming) }).into());
    }
}

/// The settings without what was named by hand, which they do not change.
fn settings(naming: &Naming) -> Naming {
    let Naming { shown, by, min_size, min_samples, .. } = naming;
    Naming { shown: *shown, by: by.clone(), min_size: *min_size, min_samples: *min_samples, given: Vec::new() }
}
