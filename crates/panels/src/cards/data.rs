//! The Data card: what is open, the columns of colors and labels, the legend, and the problems.

use std::borrow::Cow;

use egui::{Align, Color32, Popup, PopupCloseBehavior, Rect, Sense, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Column, ColumnKind, Vectors};
use parallax_formats::{OutputFormat, Problem, Severity, TextRoom};
use parallax_look::{
    Tokens, content_width,
    icons::{self, Icon},
    theme::{BODY, CAPTION, CONTROL, SECONDARY, SPACE},
    widgets::{self, Entry, chooser, hint, in_full_on_hover, paint_line},
};
use parallax_session::{Action, Edit, Exported, ExportedRows, Pick, Since, Table, View};

use crate::{
    ask::Ask,
    cards::{
        brightness, compared, doctor,
        kept::{FALSE_AND_MISSING, NEIGHBORS_KEPT},
        legend, methods, names,
        ramp::LEGEND_ROW,
    },
    format::{bytes, count, plural, shape},
    memory::PanelMemory,
    model::{SourceModel, ViewModel},
};

/// The heights of the path and of the buttons below it.
const PATH: f32 = 18.0;
const BUTTONS: f32 = 26.0;
const FOOT: f32 = PATH + 4.0 + BUTTONS;
const EXPORT_MENU: f32 = 240.0;
/// The width of the link that compares, and the greatest height of what it offers.
const COMPARE: f32 = 84.0;
const COMPARE_MENU: f32 = 240.0;
/// The minimum height of the legend, however small the window, and the height below which the switch of
/// names makes room for it.
const LEAST_LIST: f32 = 2.0 * LEGEND_ROW;
const LOW_LIST: f32 = 4.0 * LEGEND_ROW;
/// The most problems that are listed. The copied text has all.
const LISTED_PROBLEMS: usize = 100;
fn half(ui: &Ui) -> f32 {
    (content_width(ui) - SPACE) / 2.0
}

pub(crate) fn data_card(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let bottom = ui.max_rect().bottom();
    if model.source.is_none() && model.embedding.is_none() {
        let loading = model.loading.is_some();
        hint(ui, if loading { "Loading…" } else { "Nothing is open. Drop a file or a folder on the window." });
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    which(ui, model, actions);
    if model.embedding.is_some() {
        columns(ui, model, actions);
    }
    // In a low window, as with steps in one of 800 pixels, the switch is scrolled with the legend.
    let left = bottom - ui.cursor().top() - FOOT - 12.0;
    let has_names = model.embedding.is_some();
    let is_low = left - CONTROL - 2.0 < LOW_LIST;
    if has_names && !is_low {
        names::names_row(ui, model, memory, actions);
    }
    ui.add_space(4.0);
    let room = (bottom - ui.cursor().top() - FOOT - 8.0).max(LEAST_LIST);
    widgets::scroll(ui, "legend", room, |area, ui| {
        area.show(ui, |ui| {
            names::names(ui, model, memory, actions);
            ui.spacing_mut().item_spacing.y = 0.0;
            if let Some(full) = model.full_brightness {
                brightness::brightness(ui, full);
            }
            legend::color_legend(ui, model, memory, actions);
            if has_names && is_low {
                names::names_row(ui, model, memory, actions);
            }
            problems(ui, model.problems, memory);
        });
    });
    ui.add_space(4.0);
    foot(ui, model, memory, actions);
}

/// Shows the path, and buttons that open other data, show the table, and export files.
fn foot(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let color = Tokens::within(ui).secondary;
    let path = model.source.map(|source| source.path.display().to_string()).unwrap_or_default();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let compare = if model.embedding.is_some() { COMPARE + SPACE } else { 0.0 };
        let residence = model.embedding.map(|embedding| residence(&embedding.vectors));
        path_line(ui, &path, residence, content_width(ui) - compare, color);
        if model.embedding.is_some() {
            compare_link(ui, model, memory, actions);
        }
    });
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let size = vec2((content_width(ui) - 2.0 * SPACE) / 3.0, BUTTONS);
        let open =
            widgets::button(ui, size, "Open…").on_hover_text("Open a file or a folder (Ctrl+O), or drop it here");
        if open.clicked() {
            memory.ask_path(Ask::open());
        }
        let table = &model.view.table;
        let caption = if table.shown { "Hide table" } else { "Table" };
        if !model.columns().is_empty()
            && widgets::button(ui, size, caption).on_hover_text("The metadata as a table (Ctrl+T)").clicked()
        {
            actions.push(Edit::SetTable(Table { shown: !table.shown, ..table.clone() }).into());
        }
        if model.embedding.is_some() {
            let opener = widgets::button(ui, size, "Export…").on_hover_text("Write files of these data");
            Popup::menu(&opener)
                .width(EXPORT_MENU)
                .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                .show(|ui| export(ui, model, memory));
        }
    });
}

/// Shows the link whose menu has what the open embedding can be compared with.
fn compare_link(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let opener = widgets::link(ui, "Compare with…", CAPTION, vec2(COMPARE, PATH), Align::Max)
        .on_hover_text("Compare with another embedding of the same rows");
    let menu = Popup::menu(&opener).width(EXPORT_MENU).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.show(|ui| {
        let width = EXPORT_MENU - 16.0;
        ui.spacing_mut().item_spacing.y = 0.0;
        let with = model.view.compared.as_ref();
        egui::ScrollArea::vertical().max_height(COMPARE_MENU).show(ui, |ui| {
            for (name, other) in compared::others(model) {
                let selected = with.is_some_and(|with| with.is_of(&other));
                let entry = Entry { text: name.into(), hint: "".into(), selected };
                if widgets::menu_row(ui, width, &entry).clicked() {
                    actions.push(Edit::CompareWith(Some(Box::new(other))).into());
                    ui.close();
                }
            }
        });
        let file = Entry { text: "Another file…".into(), hint: "".into(), selected: false };
        if widgets::menu_row(ui, width, &file).clicked() {
            memory.ask_path(compared::ask_second());
            ui.close();
        }
        let end = Entry { text: "End the comparison".into(), hint: "".into(), selected: false };
        if with.is_some() && widgets::menu_row(ui, width, &end).clicked() {
            actions.push(Edit::CompareWith(None).into());
            ui.close();
        }
    });
}

/// Shows the menu of what to export, and of which rows. The path is asked for afterwards.
fn export(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    let width = EXPORT_MENU - 16.0;
    let all = [
        (ExportedRows::All, "All", true),
        (ExportedRows::Shown, "Shown", true),
        (ExportedRows::Selected, "Selected", !model.view.selection.is_empty()),
    ];
    let rows = memory.export_rows.filter(|&rows| rows != ExportedRows::Selected || !model.view.selection.is_empty());
    let rows = rows.unwrap_or(ExportedRows::All);
    let segments =
        all.map(|(these, caption, enabled)| widgets::Segment { caption, hint: "", selected: these == rows, enabled });
    let chosen = widgets::segmented(ui, vec2(width, 28.0), &segments);
    if let Some(&(rows, ..)) = chosen.and_then(|place| all.get(place)) {
        memory.export_rows = Some(rows);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let all = OutputFormat::endings(|format| format.is_exported).join(", ");
    let of_text = OutputFormat::endings(|format| format.is_exported && format.text != TextRoom::None).join(", ");
    for (what, text, hint, name) in [
        (Exported::Metadata, "Metadata", &*of_text, "metadata.tsv"),
        (Exported::Labels, "Labels", &of_text, "labels.tsv"),
        (Exported::Coordinates, "Coordinates", &all, "coordinates.tsv"),
        (Exported::Vectors, "Vectors", &all, "vectors.npy"),
        (Exported::Folder, "Folder for TensorBoard", "to publish", "projector"),
    ] {
        let entry = Entry { text: text.into(), hint: hint.into(), selected: false };
        if widgets::menu_row(ui, width, &entry).clicked() {
            memory.ask_path(Ask::export(what, rows, name));
            ui.close();
        }
    }
}

/// Shows the choice of run and tensor, if there is more than one.
fn which(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let Some(source) = model.source else { return };
    let run = |place: usize| Entry {
        text: source.runs.get(place).map_or("", |run| run.name).into(),
        hint: "".into(),
        selected: place == source.run,
    };
    let embedding = |place: usize| {
        let info = source.embeddings.get(place);
        Entry {
            text: info.map_or("", |info| info.name).into(),
            hint: info.map_or(String::new(), |info| shape(info.rows, info.dims)).into(),
            selected: place == source.embedding,
        }
    };
    let chosen_tensor = |ui: &mut Ui, width: f32| {
        let current = Entry { hint: "".into(), ..embedding(source.embedding) };
        chooser(ui, width, "Tensor", &current, source.embeddings.len(), embedding)
    };
    let (mut new_run, mut new_tensor) = (None, None);
    if source.runs.len() > 1 {
        pair(
            ui,
            ["Run", "Tensor"],
            |ui| new_run = chooser(ui, half(ui), "Run", &run(source.run), source.runs.len(), run),
            |ui| new_tensor = chosen_tensor(ui, half(ui)),
        );
    } else if source.embeddings.len() > 1 && source.can_follow {
        pair(
            ui,
            ["Tensor", &step_text(&source)],
            |ui| new_tensor = chosen_tensor(ui, half(ui)),
            |ui| follow(ui, model, actions),
        );
    } else if source.embeddings.len() > 1 {
        widgets::captions(ui, content_width(ui), &["Tensor"]);
        new_tensor = chosen_tensor(ui, content_width(ui));
        ui.add_space(4.0);
    }
    actions.extend(new_run.filter(|&place| place != source.run).into_iter().flat_map(|run| source.choose_run(run)));
    actions.extend(new_tensor.and_then(|place| source.choose_embedding(place)));
    // Where both choosers take the line, or neither is there, the switch has one of its own.
    if source.can_follow && (source.runs.len() > 1 || source.embeddings.len() < 2) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE;
            follow(ui, model, actions);
            let color = Tokens::within(ui).secondary;
            widgets::text(ui, vec2(half(ui), CONTROL), &step_text(&source), BODY, color, Align::Max);
        });
        ui.add_space(4.0);
    }
}

/// Shows the switch that follows the newest step.
fn follow(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let follow = model.view.follow;
    let hint = "Show the newest step as soon as it appears on disk";
    if methods::toggle(ui, half(ui), "Follow", follow, hint) {
        actions.push(Edit::Follow(!follow).into());
    }
}

/// Which step is open, and which one is the newest.
fn step_text(source: &SourceModel<'_>) -> String {
    match source.steps() {
        Some([open, newest]) if open == newest => format!("Step {}", count(open as usize)),
        Some([open, newest]) => format!("Step {} of {}", count(open as usize), count(newest as usize)),
        None => String::new(),
    }
}

/// Shows two choosers side by side under their captions.
fn pair(ui: &mut Ui, captions: [&str; 2], left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    widgets::captions(ui, half(ui), &captions);
    ui.horizontal(|ui| {
        left(ui);
        right(ui);
    });
    ui.add_space(4.0);
}

/// Shows the choice of the columns of colors and labels.
fn columns(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let is_measured = model.step_row.is_some() || model.view.compared.is_some();
    if model.columns().is_empty() && !is_measured {
        return;
    }
    let (mut color, mut label) = (None, None);
    check_link(ui, model, actions);
    let automatic = View::default();
    let place = |column: &Column| model.columns().iter().position(|other| other.name() == column.name());
    let metadata = model.embedding.map(|embedding| &*embedding.metadata);
    let auto_color = metadata.and_then(|metadata| automatic.color_column(metadata)).and_then(place);
    let auto_label = metadata.and_then(|metadata| automatic.label_column(metadata)).and_then(place);
    pair(
        ui,
        ["Color by", "Label by"],
        |ui| {
            let by = &model.view.color_by;
            let of_steps = if model.step_row.is_some() { COLORS_OF_STEPS } else { &[] };
            let of_two = if model.view.compared.is_some() { COLORS_OF_TWO } else { &[] };
            let others = [COLORS, of_steps, of_two].concat();
            color = column_chooser(ui, "Color by", (half(ui), &others), model, by, auto_color, color_hint);
        },
        |ui| {
            let by = &model.view.label_by;
            label = column_chooser(ui, "Label by", (half(ui), LABELS), model, by, auto_label, no_hint);
        },
    );
    actions.extend(color.map(|color| Edit::ColorBy(color).into()));
    actions.extend(label.map(|label| Edit::LabelBy(label).into()));
}

/// Shows the link that checks the labels by which points are colored, beside the caption of the colors.
fn check_link(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let Some(name) = doctor::checkable(model) else { return };
    let size = vec2(72.0, 18.0);
    let place = Rect::from_min_size(ui.cursor().min + vec2(half(ui) - size.x, 0.0), size);
    let mut place = ui.new_child(UiBuilder::new().id_salt("check labels").max_rect(place));
    let hint = format!("Look at rows whose neighbors disagree with their {name} (Ctrl+L)");
    if widgets::link(&mut place, "Check labels", CAPTION, size, Align::Max).on_hover_text(hint).clicked() {
        actions.push(Edit::CheckLabels(Some(name.to_owned())).into());
    }
}

/// What can be chosen besides a column.
const COLORS: &[(Pick, &str)] = &[
    (Pick::Auto, "Auto"),
    (Pick::Nothing, "None"),
    (Pick::Reliability, NEIGHBORS_KEPT),
    (Pick::FalseAndMissing, FALSE_AND_MISSING),
];

/// The same with several steps of a training.
const COLORS_OF_STEPS: &[(Pick, &str)] = &[
    (Pick::Moved(Since::Before), "Moved since the step before"),
    (Pick::Moved(Since::First), "Moved since the first step"),
    (Pick::MovedInVectors(Since::Before), "Vectors moved since before"),
    (Pick::MovedInVectors(Since::First), "Vectors moved since first"),
    (Pick::Changed(Since::Before), "New neighbors since before"),
    (Pick::Changed(Since::First), "New neighbors since first"),
];

/// Returns what is shown of a choice where there is room for few letters: others begin with the same.
fn short(pick: &Pick) -> Option<&'static str> {
    Some(match pick {
        Pick::Moved(Since::Before) => "Moved, 1 step",
        Pick::Moved(Since::First) => "Moved since 1st",
        Pick::MovedInVectors(Since::Before) => "Vectors, 1 step",
        Pick::MovedInVectors(Since::First) => "Vectors since 1st",
        Pick::Changed(Since::Before) => "New, 1 step",
        Pick::Changed(Since::First) => "New since 1st",
        Pick::Shared => "Shared nearest",
        _ => return None,
    })
}

/// The same while two embeddings are compared.
const COLORS_OF_TWO: &[(Pick, &str)] =
    &[(Pick::Shared, compared::NEIGHBORS_SHARED), (Pick::FromPartner, compared::DISTANCE_MOVED)];

const LABELS: &[(Pick, &str)] = &[(Pick::Auto, "Auto"), (Pick::Nothing, "Row number")];

/// Shows a choice of `others` and then the columns. Returns what was chosen, if it is new.
pub(crate) fn column_chooser(
    ui: &mut Ui,
    name: &str,
    (width, others): (f32, &[(Pick, &'static str)]),
    model: &ViewModel<'_>,
    pick: &Pick,
    automatic: Option<usize>,
    hint: impl Fn(&Column) -> String,
) -> Option<Pick> {
    let columns = model.columns();
    let none = others.iter().find(|(pick, _)| *pick == Pick::Nothing).map_or("", |(_, name)| *name);
    let named = |place: usize| columns.get(place).map_or("", |column| column.name());
    let hinted = |place: usize| columns.get(place).map_or(String::new(), &hint);
    let entry = |place: usize| {
        if let Some((other, text)) = others.get(place) {
            let hint = if *other == Pick::Auto { automatic.map_or(none, named) } else { "" };
            return Entry { text: (*text).into(), hint: hint.into(), selected: pick == other };
        }
        let place = place - others.len();
        let selected = matches!(pick, Pick::Column(chosen) if chosen == named(place));
        Entry { text: named(place).into(), hint: hinted(place).into(), selected }
    };
    let shown = match pick {
        Pick::Auto => automatic,
        Pick::Column(chosen) => columns.iter().position(|column| column.name() == chosen),
        _ => None,
    };
    let measured = others.iter().find(|(other, _)| other == pick && other.is_measured());
    let otherwise = measured.map_or(none, |(pick, name)| short(pick).unwrap_or(name));
    let current = Entry {
        text: shown.map_or(otherwise, named).into(),
        hint: shown.map_or(String::new(), |place| short_hint(&hinted(place))).into(),
        selected: false,
    };
    let chosen = chooser(ui, width, name, &current, columns.len() + others.len(), entry)?;
    let new = match others.get(chosen) {
        Some((other, _)) => other.clone(),
        None => Pick::Column(columns.get(chosen - others.len())?.name().to_owned()),
    };
    (new != *pick).then_some(new)
}

/// Returns a note on how a column colors.
fn color_hint(column: &Column) -> String {
    match column.kind() {
        ColumnKind::Number => "ramp".into(),
        ColumnKind::Date => "dates".into(),
        ColumnKind::Category | ColumnKind::Text => plural(column.values().len(), "value"),
    }
}

/// Returns no note: any column can label.
pub(crate) fn no_hint(_: &Column) -> String {
    String::new()
}

/// Returns the first word: the closed chooser has room for the number only.
fn short_hint(hint: &str) -> String {
    hint.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Shows the problems of the source below their number, which folds them.
fn problems(ui: &mut Ui, problems: &[Problem], memory: &mut PanelMemory) {
    if problems.is_empty() {
        return;
    }
    let tokens = Tokens::within(ui);
    let color = |problem: &Problem| match problem.severity {
        Severity::Note => tokens.accent,
        Severity::Warning => tokens.warning,
        Severity::Error => tokens.error,
    };
    // The worst first.
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let worst = problems.first().map_or(tokens.warning, |problem| color(problem));
    let notes = problems.iter().filter(|problem| problem.severity == Severity::Note).count();
    ui.add_space(6.0);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui) - 24.0, 26.0), Sense::click());
    let title = match (problems.len() - notes, notes) {
        (0, notes) => plural(notes, "note"),
        (faults, 0) => plural(faults, "problem"),
        (faults, notes) => format!("{}, {}", plural(faults, "problem"), plural(notes, "note")),
    };
    response.widget_info(|| WidgetInfo::selected(WidgetType::CollapsingHeader, true, memory.problems_open, &title));
    icons::paint(ui.painter(), Icon::Alert, pos2(rect.min.x + 7.0, rect.center().y), worst);
    let inner = rect.with_min_x(rect.min.x + 20.0);
    paint_line(ui, inner, &title, BODY, tokens.text, Align::Min);
    let openness = f32::from(u8::from(memory.problems_open));
    icons::chevron(ui.painter(), pos2(rect.max.x + 20.0, rect.center().y), openness, tokens.secondary);
    if response.clone().on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        memory.problems_open = !memory.problems_open;
        if memory.problems_open {
            // Below a long legend there would be room for a line of them.
            response.scroll_to_me(Some(Align::TOP));
        }
    }
    if !memory.problems_open {
        return;
    }
    for problem in problems.iter().take(LISTED_PROBLEMS) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (mark, _) = ui.allocate_exact_size(vec2(14.0, 16.0), Sense::hover());
            ui.painter().circle_filled(mark.center(), 2.5, color(problem));
            ui.vertical(|ui| {
                ui.set_width(content_width(ui) - 32.0);
                let text = egui::RichText::new(problem.to_string()).font(SECONDARY).color(tokens.secondary);
                ui.add(egui::Label::new(text).wrap().selectable(true));
            });
        });
        ui.add_space(4.0);
    }
    if problems.len() > LISTED_PROBLEMS {
        hint(ui, &format!("and {} more, included in “Copy all”", count(problems.len() - LISTED_PROBLEMS)));
    }
    if widgets::link(ui, "Copy all", SECONDARY, vec2(56.0, 22.0), Align::Min).clicked() {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        ui.copy_text(all.join("\n"));
    }
}

/// Shows the path of the data. A long path loses its beginning, because its end says more.
fn path_line(ui: &mut Ui, path: &str, residence: Option<String>, width: f32, color: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, PATH), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, path));
    let fits = |text: &str| widgets::line(ui.painter(), text, SECONDARY, color, f32::INFINITY).size().x <= rect.width();
    let shown = shortened(path, fits);
    let elided = shown != path;
    paint_line(ui, rect, &shown, SECONDARY, color, Align::Min);
    match residence {
        Some(residence) if elided => response.on_hover_text(format!("{path}\n{residence}")),
        Some(residence) => response.on_hover_text(residence),
        None => in_full_on_hover(response, elided, path),
    };
}

/// Says how large the vectors are, and where they lie: files that are larger than memory can be open.
fn residence(vectors: &Vectors) -> String {
    let size = vectors.rows() as u64 * vectors.dims() as u64 * vectors.dtype().size() as u64;
    let place = if vectors.mapped_from().is_some() { "read from the file when they are needed" } else { "in memory" };
    format!("Vectors: {} of {}, {place}", bytes(size), vectors.dtype())
}

/// Returns `path` without as many of its first characters as needed to fit.
fn shortened(path: &str, fits: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if fits(path) {
        return path.into();
    }
    let starts: Vec<usize> = path.char_indices().map(|(start, _)| start).skip(1).collect();
    let place = starts.partition_point(|&start| !fits(&format!("…{}", &path[start..])));
    format!("…{}", starts.get(place).map_or("", |&start| &path[start..])).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortened_path_keeps_its_end() {
        let check =
            |path: &str, expected: &str| assert_eq!(shortened(path, |text| text.chars().count() <= 8), expected);
        check("a/b.npy", "a/b.npy");
        check("/home/someone/x.npy", "…e/x.npy");
        check("ééééééééé", "…ééééééé");
        assert_eq!(shortened("abc", |_| false), "…");
    }
}
