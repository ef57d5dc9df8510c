//! The label doctor: rows whose neighbors disagree with their label, one at a time, most suspicious
//! first.

mod another;
mod beside;
mod queue;

use egui::{Align, Rect, Response, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::Column;
use parallax_look::{
    Tokens,
    icons::Icon,
    theme::{self, BODY, CAPTION, GAP, SECONDARY, SPACE},
    widgets::{self, Entry, chooser, dot, in_full_on_hover, link, paint_line},
};
use parallax_neighbors::GraphSearch;
use parallax_session::{
    Action, CANCELED, CheckedLabels, Edit, Exported, ExportedRows, JobAction, JobKind, LabelVerdict, says_nothing,
};

pub(crate) use self::queue::{Patient, back, checkable, judge, open_or_close, patient, proposed};
use crate::{
    ask::Ask,
    cards::bottom::HEADER,
    commands::{Command, command},
    format::{capital, count, nearest, plural, row_name, short_percent},
    memory::{DoctorMemory, PanelMemory},
    model::ViewModel,
};

/// The height of the sentence at the bottom.
const RULE: f32 = 20.0;
/// The side of the thumbnail of the row.
const PICTURE: f32 = 112.0;
const LINE: f32 = 20.0;
const BUTTON: f32 = 30.0;
/// The greatest width of the row's part.
const WIDEST: f32 = 400.0;
const COLUMNS: f32 = 132.0;
/// A narrower card has the neighbors below the row, and no title.
const NARROW: f32 = 400.0;

/// Shows the card in `rect`.
pub(super) fn doctor_card(
    ui: &mut Ui,
    rect: Rect,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    header(ui, rect.with_max_y(rect.min.y + HEADER), model, actions);
    let body = Rect::from_min_max(pos2(rect.min.x + GAP, rect.min.y + HEADER), rect.max - vec2(GAP, 6.0));
    let secondary = Tokens::within(ui).secondary;
    let Some(patient) = patient(model) else {
        let mut middle = ui.new_child(UiBuilder::new().max_rect(body.shrink2(vec2(0.0, 8.0))));
        widgets::paragraph(&mut middle, &why_none(model), BODY, secondary, 6);
        let size = vec2(middle.available_width(), LINE);
        if is_canceled(model) && link(&mut middle, "Try again", BODY, size, Align::Min).clicked() {
            actions.push(JobAction::Retry(JobKind::Check).into());
        }
        return;
    };
    let foot = body.with_min_y(body.max.y - RULE);
    rule(ui, foot, model, &patient, memory);
    let mut body = body.with_max_y(foot.min.y - 2.0);
    if let Some(vain) = says_nothing(&format!("“{}”", patient.found.column), patient.found.shared.as_ref()) {
        let line = body.with_min_y(body.max.y - RULE);
        said(ui, line, "vain", &capital(&vain), Tokens::within(ui).warning);
        body.max.y = line.min.y;
    }
    if rect.width() < NARROW {
        within(ui, body, "row", |ui| {
            row(ui, model, &patient, memory, actions);
            ui.add_space(4.0);
            beside::neighbors(ui, model, &patient, memory);
        });
        return;
    }
    let left = body.with_max_x(body.min.x + (body.width() * 0.52).min(WIDEST));
    let right = body.with_min_x(left.max.x + GAP);
    within(ui, left, "row", |ui| row(ui, model, &patient, memory, actions));
    within(ui, right, "neighbors of the row", |ui| beside::neighbors(ui, model, &patient, memory));
}

/// Shows a part that is scrolled if the card is low.
fn within(ui: &mut Ui, rect: Rect, name: &str, show: impl FnOnce(&mut Ui)) {
    let mut part = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
    part.set_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    ScrollArea::vertical().id_salt(name).auto_shrink(false).show(&mut part, |ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE, 4.0);
        show(ui);
    });
}

fn header(ui: &mut Ui, rect: Rect, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let layout = egui::Layout::left_to_right(Align::Center);
    let mut line = ui.new_child(UiBuilder::new().max_rect(rect.shrink2(vec2(GAP, 4.0))).layout(layout));
    line.spacing_mut().item_spacing.x = SPACE;
    if rect.width() >= NARROW {
        widgets::text(&mut line, vec2(86.0, 28.0), "Check labels", theme::header(), tokens.text, Align::Min);
    }
    let columns = model.columns();
    let own = |name: &str| model.view.doctor.column.as_deref() == Some(name);
    let entry = |place: usize| {
        let name = columns.get(place).map_or("", Column::name);
        let values = columns.get(place).map_or(0, |column| column.values().len());
        Entry { text: name.into(), hint: plural(values, "value").into(), selected: own(name) }
    };
    let current = Entry {
        text: model.view.doctor.column.as_deref().unwrap_or("Column").into(),
        hint: "".into(),
        selected: false,
    };
    if let Some(chosen) = chooser(&mut line, COLUMNS, "Column of labels", &current, columns.len(), entry)
        && let Some(column) = columns.get(chosen)
    {
        actions.push(Edit::CheckLabels(Some(column.name().to_owned())).into());
    }
    let room = vec2((line.available_width() - 24.0 - SPACE).max(0.0), 28.0);
    widgets::text(&mut line, room, &progress(model), SECONDARY, tokens.secondary, Align::Min);
    if widgets::icon_button(&mut line, 24.0, Icon::Close, "Close the labels", false, false).clicked() {
        actions.push(Edit::CheckLabels(None).into());
    }
}

/// Where the row is in the queue, and what was decided so far.
fn progress(model: &ViewModel<'_>) -> String {
    let Some(patient) = patient(model) else { return String::new() };
    let tags = &model.view.tags;
    let mut parts = vec![format!("{} of {}", count(patient.place + 1), count(patient.found.queue.len()))];
    if let Some(check) = patient.check {
        let numbers = [(check.changes(tags), "changed"), (check.kept.len(), "kept"), (check.skipped.len(), "skipped")];
        parts.extend(numbers.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n))));
        let mut places = 0..patient.found.queue.len();
        let is_open = |place| patient.found.at(place).is_some_and(|suspect| !check.is_decided(suspect.row, tags));
        if !places.any(is_open) {
            parts.push("all decided".into());
        }
    }
    parts.join(" · ")
}

/// Why there is no row to look at.
fn why_none(model: &ViewModel<'_>) -> String {
    if model.checking.is_some() {
        return "Comparing the labels of neighbors…".into();
    }
    match model.checked() {
        None if model.view.doctor.column.is_none() => "Choose a column of labels.".into(),
        None => "The labels are compared once the data have neighbors.".into(),
        Some(Err(_)) if is_canceled(model) => "The labels are not compared: that was canceled.".into(),
        Some(Err(why)) => format!("{}. Choose another column, or add one with “Add metadata…”.", capital(why)),
        Some(Ok(found)) => {
            let (all, k) = (found.suspects.list.len(), found.suspects.k);
            let nearest = nearest(k);
            let none = format!(
                "No row is suspect: of none do at least half of the {nearest} agree on another label, and fewer have its own."
            );
            if all == 0 {
                none
            } else {
                format!("None of the rows that are shown is suspect; {} of the others.", suspects(all))
            }
        }
    }
}

/// Whether the labels could have been compared, but a person canceled that.
fn is_canceled(model: &ViewModel<'_>) -> bool {
    model.checking.is_none() && matches!(model.checked(), Some(Err(CANCELED)))
}

fn suspects(rows: usize) -> String {
    if rows == 1 { "1 is".into() } else { format!("{} are", count(rows)) }
}

/// Says what is in the queue, and what not.
fn rule(ui: &mut Ui, rect: Rect, model: &ViewModel<'_>, patient: &Patient<'_>, memory: &mut PanelMemory) {
    let changes = patient.check.map_or(0, |check| check.changes(&model.view.tags));
    let mut room = rect;
    if changes > 0 {
        let place = rect.with_min_x(rect.max.x - 52.0);
        room.max.x = place.min.x - SPACE;
        let mut place = ui.new_child(UiBuilder::new().id_salt("export").max_rect(place));
        let hint = "Write the metadata with the changed labels to a file";
        if link(&mut place, "Export…", CAPTION, rect.with_min_x(rect.max.x - 52.0).size(), Align::Max)
            .on_hover_text(hint)
            .clicked()
        {
            memory.ask_path(Ask::export(Exported::Metadata, ExportedRows::All, "metadata.tsv"));
        }
    }
    said(ui, room, "rule", &rule_text(patient.found), Tokens::within(ui).secondary);
}

/// Shows a line of text, in full under the pointer.
fn said(ui: &mut Ui, rect: Rect, id: &str, text: &str, color: egui::Color32) {
    let response = ui.interact(rect, ui.id().with(id), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    let elided = paint_line(ui, rect, text, CAPTION, color, Align::Min);
    in_full_on_hover(response, elided, text);
}

fn rule_text(found: &CheckedLabels) -> String {
    let suspects = &found.suspects;
    let mut parts = vec![format!(
        "Listed if at least half of the {} neighbors ({}) agree on another label, and fewer have the row’s own",
        nearest(suspects.k),
        found.metric.name()
    )];
    if let GraphSearch::Approximate { recall, .. } = suspects.search {
        parts.push(format!("neighbors are approximate: {} are right", short_percent(recall.into())));
    }
    let numbers = [(suspects.unlabeled, "without a label"), (suspects.without_neighbors, "without a distance")];
    parts.extend(numbers.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", plural(*n, "row"))));
    match suspects.single {
        0 => {}
        1 => parts.push("1 label of one row, which comes last".into()),
        n => parts.push(format!("{} labels of one row each, which come last", count(n))),
    }
    parts.join(" · ")
}

/// Shows the row: what it is, its label, what its neighbors say, and what can be decided.
fn row(ui: &mut Ui, model: &ViewModel<'_>, patient: &Patient<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let width = ui.available_width() - 6.0;
    let has_picture = patient.embedding.sprite.is_some();
    ui.horizontal_top(|ui| {
        let mut room = width;
        if has_picture {
            let (place, _) = ui.allocate_exact_size(Vec2::splat(PICTURE), Sense::hover());
            memory.thumbnails.paint(ui, patient.embedding, patient.suspect.row, place);
            room -= PICTURE + SPACE + 4.0;
            ui.add_space(4.0);
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_width(room);
            facts(ui, model, patient, room);
        });
    });
    if memory.doctor.draft.as_ref().is_some_and(|draft| draft.row != patient.suspect.row) {
        memory.doctor.draft = None;
    }
    ui.add_space(2.0);
    if memory.doctor.draft.is_some() {
        another::field(ui, model, patient, width, memory, actions);
    } else {
        buttons(ui, model, patient, width, &mut memory.doctor, actions);
    }
}

fn facts(ui: &mut Ui, model: &ViewModel<'_>, patient: &Patient<'_>, width: f32) {
    let tokens = Tokens::within(ui);
    if patient.embedding.sprite.is_none()
        && let Some(text) = text_of(model, patient, patient.suspect.row)
    {
        widgets::paragraph(ui, text, BODY, tokens.text, 4);
        ui.add_space(4.0);
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, 26.0), Sense::hover());
    let label = patient.value(patient.suspect.label);
    let number = row_name(patient.suspect.row);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{label}, {number}")));
    let mut left = rect.min.x;
    if let Some(color) = patient.color_of(model, patient.suspect.row) {
        dot(ui.painter(), pos2(left + 5.0, rect.center().y), color);
        left += 16.0;
    }
    let figure = widgets::line(ui.painter(), &number, SECONDARY, tokens.secondary, width / 2.0);
    let title =
        widgets::line(ui.painter(), label, theme::title(), tokens.text, rect.max.x - left - figure.size().x - SPACE);
    let end = left + title.size().x + SPACE;
    let elided = title.elided;
    ui.painter().galley(pos2(left, rect.center().y - title.size().y / 2.0), title, tokens.text);
    ui.painter().galley(pos2(end, rect.center().y - figure.size().y / 2.0 + 2.0), figure, tokens.secondary);
    in_full_on_hover(response, elided, label);
    widgets::paragraph(ui, &patient.opinion(), BODY, tokens.text, 2);
    if let Some(note) = patient.note() {
        widgets::text(ui, vec2(width, LINE), note, SECONDARY, tokens.warning, Align::Min);
    }
    if let Some(decision) = patient.decision(model) {
        widgets::text(ui, vec2(width, LINE), &decision, SECONDARY, tokens.accent, Align::Min);
    }
}

/// Returns the text of a row: its label in the cloud, or else its first text, but not the label that
/// is checked.
fn text_of<'a>(model: &ViewModel<'a>, patient: &Patient<'a>, row: u32) -> Option<&'a str> {
    let doctor = &model.view.doctor;
    let is_other =
        |column: &&Column| column.name() != patient.column.name() && doctor.source_of(column.name()).is_none();
    let labels = model.label_column().filter(is_other);
    let texts = || model.columns().iter().filter(is_other).find(|column| !column.is_numeric());
    labels.or_else(texts)?.text(row as usize)
}

fn buttons(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    patient: &Patient<'_>,
    width: f32,
    memory: &mut DoctorMemory,
    actions: &mut Vec<Action>,
) {
    let two = vec2((width - SPACE) / 2.0, BUTTON);
    let three = vec2((width - 2.0 * SPACE) / 3.0, BUTTON);
    let [label, proposal] = [patient.suspect.label, patient.suspect.proposal].map(|code| patient.value(code));
    ui.horizontal(|ui| {
        if button(ui, two, &format!("Keep {label}"), "keep label").clicked() {
            actions.extend(judge(model, LabelVerdict::Keep));
        }
        if button(ui, two, &format!("Change to {proposal}"), "change label").clicked() {
            actions.extend(judge(model, LabelVerdict::Change(proposal.to_owned())));
        }
    });
    ui.horizontal(|ui| {
        if button(ui, three, "Other…", "other label").clicked() {
            memory.begin(patient.suspect.row);
        }
        if button(ui, three, "Skip", "skip label").clicked() {
            actions.extend(judge(model, LabelVerdict::Skip));
        }
        ui.add_enabled_ui(patient.place > 0, |ui| {
            if button(ui, three, "Back", "label before").clicked() {
                actions.extend(back(model));
            }
        });
    });
}

/// A button for a command, with its key.
fn button(ui: &mut Ui, size: Vec2, caption: &str, id: &str) -> Response {
    let tokens = Tokens::within(ui);
    let key = command(id).and_then(Command::shortcut).unwrap_or_default();
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), caption));
    widgets::field(ui, rect, &response);
    let color = |color| if ui.is_enabled() { color } else { tokens.faint };
    let inner = rect.shrink2(vec2(10.0, 0.0));
    paint_line(ui, inner.with_min_x(inner.max.x - 16.0), &key, SECONDARY, color(tokens.secondary), Align::Max);
    let elided = paint_line(ui, inner.with_max_x(inner.max.x - 18.0), caption, BODY, color(tokens.text), Align::Min);
    widgets::focus_ring(ui, rect, &response);
    in_full_on_hover(response, elided, caption)
}
