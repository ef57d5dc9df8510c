//! The embedding that is compared with: how its rows are matched and aligned, how alike the two are, and
//! the rows that agree least.

mod alone;
mod figures;
mod nearest;

use egui::{Align, Rect, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2};
use parallax_look::{
    Tokens,
    icons::Icon,
    theme::{self, BODY, CONTROL, GAP, SECONDARY, SPACE},
    widgets::{self, Entry, Segment, chooser, link, paint_line, segmented},
};
use parallax_session::{
    Action, Alignment, Alone, Arrangement, CANCELED, Compared, ComparedState, Edit, Half, JobAction, JobKind, Likeness,
    MatchBy, Matched, Matching, Origin, OwnCamera, View, row_name, unmatched_rows,
};

pub(crate) use self::nearest::nearest_in_both;
use crate::{
    ask::Ask,
    cards::{
        bottom::HEADER,
        rows::{ROW, finish_row, leading, named},
    },
    format::{capital, count, nearest, plural},
    memory::PanelMemory,
    model::ViewModel,
};

/// The names of the colorings by what is measured of the two.
pub(crate) const NEIGHBORS_SHARED: &str = "Neighbors shared";
pub(crate) const DISTANCE_MOVED: &str = "Distance moved";

const LINE: f32 = 20.0;
/// The height of a line of controls.
const CONTROLS: f32 = 28.0;
/// The widths of the choices of partners and of the alignment, and the least for the names of the two.
const CHOICES: [f32; 2] = [172.0, 150.0];
const LEAST_NAMES: f32 = 60.0;
/// The widths of the choice of arrangements, with whole names and with short ones, of that of cameras,
/// and the least of the slider between the two.
const ARRANGEMENTS: [f32; 2] = [324.0, 190.0];
const CAMERAS: f32 = 152.0;
const LEAST_SLIDER: f32 = 60.0;
/// The way out where rows are not matched, or may be matched wrongly.
const COLUMN_OF_BOTH: &str = "Choose a column of both.";
/// The least width of the list beside the figures, and of those.
const LIST: f32 = 250.0;
const LEAST_FIGURES: f32 = 240.0;
/// The height of the list below the figures: its caption and some rows, or one where there is no room.
const LEAST_LIST: f32 = LINE + 2.0 + 3.0 * ROW;
const SHORTEST_LIST: f32 = LINE + 2.0 + ROW;

/// Returns whether the card is shown: in the place of the table, as long as nothing else is there.
#[must_use]
pub fn has_compared_card(view: &View) -> bool {
    view.compared.is_some() && !view.table.shown && !view.panels.charts && !view.panels.doctor
}

/// Returns the question for the file of the second embedding.
pub(crate) fn ask_second() -> Ask {
    Ask::to_read("Compare with these vectors", |path| {
        let origin = Origin::Path { path, options: parallax_session::OpenOptions::default() };
        Action::Edit(Edit::CompareWith(Some(Box::new(Compared::with(origin, None, None)))))
    })
}

/// Gives each picture a camera of its own, where the one is, or both the one that was used last: what
/// is looked at does not move.
pub(crate) fn set_cameras(model: &ViewModel<'_>, two: bool) -> Vec<Action> {
    let Some(compared) = &model.view.compared else { return Vec::new() };
    let camera = two.then_some(OwnCamera { pose: Some(model.stand) });
    let stay = model.second_stand.filter(|_| !two && model.half == Half::Second).map(Edit::MoveCamera);
    let change = Edit::CompareWith(Some(Box::new(Compared { camera, ..compared.clone() })));
    stay.into_iter().chain([change]).map(Into::into).collect()
}

/// Returns the embeddings of what is open that it can be compared with: other tensors of the run, and
/// the same tensor of other runs, with their names.
pub(crate) fn others(model: &ViewModel<'_>) -> Vec<(String, Compared)> {
    let Some(source) = model.source else { return Vec::new() };
    let tensor = source.embeddings.get(source.embedding).map(|tensor| tensor.name);
    let with = |run: Option<&str>, tensor: &str| {
        Compared::with(model.view.origin.clone(), run.map(str::to_owned), Some(tensor.to_owned()))
    };
    let tensors = source.embeddings.iter().enumerate().filter(|(place, _)| *place != source.embedding);
    let tensors = tensors.map(|(_, entry)| (entry.name.to_owned(), with(model.view.run.as_deref(), entry.name)));
    let runs = source.runs.iter().enumerate().filter(|(place, run)| *place != source.run && run.has_tensor);
    let runs =
        runs.filter_map(|(_, run)| Some((format!("{} of {}", tensor?, run.name), with(Some(run.name), tensor?))));
    tensors.chain(runs).collect()
}

/// Shows the card in `rect`.
pub(super) fn compared_card(
    ui: &mut Ui,
    rect: Rect,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(compared) = &model.view.compared else { return };
    let unknown = ComparedState::default();
    let state = model.compared.unwrap_or(&unknown);
    header(ui, rect.with_max_y(rect.min.y + HEADER), model, (compared, state), actions);
    let below = Rect::from_min_max(pos2(rect.min.x + GAP, rect.min.y + HEADER), rect.max - vec2(GAP, 8.0));
    arrangement(ui, below.with_max_y(below.min.y + CONTROLS), model, compared, actions);
    let body = below.with_min_y(below.min.y + CONTROLS + 6.0);
    let Some(Ok(matched)) = &state.matched else {
        let mut part = ui.new_child(UiBuilder::new().max_rect(body));
        let why = state.matched.as_ref().and_then(|matched| matched.as_ref().err());
        waiting(&mut part, model, (compared, state), why.map(String::as_str), memory, actions);
        return;
    };
    let (figures, list, beside) = parts(body, memory.compared_figures);
    let height = within(ui, figures, "likeness", |ui| {
        matching(ui, model, (compared, matched), memory, actions);
        figures::figures(ui, model, (state, matched), compared.align, actions);
    });
    if let Some(Ok(likeness)) = &state.likeness {
        least(ui, list, model, (likeness, &state.names), memory, actions);
    }
    let below = if beside { 0.0 } else { GAP + LEAST_LIST };
    let needed = (body.min.y - rect.min.y + height + below + rect.max.y - body.max.y).ceil();
    if memory.set_compared_height(needed, height) {
        ui.ctx().request_discard("the height of the comparison");
        ui.ctx().request_repaint();
    }
}

/// Where the figures, which have this height, and the list are, and whether they are beside each other: in
/// a narrow card, the list is below, and shorter if they need the room.
fn parts(body: Rect, height: f32) -> (Rect, Rect, bool) {
    let left = body.with_max_x(body.max.x - (body.width() * 0.38).max(LIST) - GAP);
    if left.width() >= LEAST_FIGURES {
        return (left, body.with_min_x(left.max.x + GAP), true);
    }
    let room = (body.height() - height - GAP).max(SHORTEST_LIST);
    let list = body.with_min_y((body.max.y - room).max(body.min.y));
    (body.with_max_y((list.min.y - GAP).max(body.min.y)), list, false)
}

/// Shows a part that is scrolled if the card is low. Returns the height of its content.
fn within(ui: &mut Ui, rect: Rect, name: &str, show: impl FnOnce(&mut Ui)) -> f32 {
    let width = rect.width() - 6.0;
    let mut part = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
    part.set_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    let area = ScrollArea::vertical().id_salt(name).auto_shrink(false);
    let shown = area.show(&mut part, |ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE, 2.0);
        ui.spacing_mut().interact_size.y = LINE;
        // Beside the bar that scrolls.
        ui.set_max_width(width);
        show(ui);
    });
    shown.content_size.y
}

/// Shows the names of the two, how rows are matched and aligned, and the end of the comparison.
fn header(
    ui: &mut Ui,
    rect: Rect,
    model: &ViewModel<'_>,
    (compared, state): (&Compared, &ComparedState),
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let layout = egui::Layout::left_to_right(Align::Center);
    let mut line = ui.new_child(UiBuilder::new().max_rect(rect.shrink2(vec2(GAP, 4.0))).layout(layout));
    line.spacing_mut().item_spacing.x = SPACE;
    widgets::text(&mut line, vec2(66.0, 28.0), "Compare", theme::header(), tokens.text, Align::Min);
    let [first, second] = &state.names;
    let names = if second.is_empty() { String::new() } else { format!("{first} with {second}") };
    let taken = |scale: f32| CHOICES.iter().map(|width| width * scale + SPACE).sum::<f32>() + 24.0;
    let room = |scale: f32| line.available_width() - taken(scale) - SPACE;
    let scale = [1.0, 0.8, 0.6].into_iter().find(|scale| room(*scale) >= LEAST_NAMES).unwrap_or(0.6);
    let room = vec2(room(scale).max(0.0), 28.0);
    widgets::text(&mut line, room, &names, SECONDARY, tokens.secondary, Align::Min);
    let columns = state.matched.as_ref().and_then(|matched| matched.as_ref().ok()).map(|matched| &*matched.columns);
    match_by(&mut line, CHOICES[0] * scale, model, compared, columns.unwrap_or_default(), actions);
    align(&mut line, CHOICES[1] * scale, compared, actions);
    if widgets::icon_button(&mut line, 24.0, Icon::Close, "End the comparison", false, false).clicked() {
        actions.push(Edit::CompareWith(None).into());
    }
}

/// Shows how the two are arranged, and what belongs to an arrangement, each always in the same place.
fn arrangement(ui: &mut Ui, rect: Rect, model: &ViewModel<'_>, compared: &Compared, actions: &mut Vec<Action>) {
    let layout = egui::Layout::left_to_right(Align::Center);
    let mut line = ui.new_child(UiBuilder::new().id_salt("arrangement").max_rect(rect).layout(layout));
    line.spacing_mut().item_spacing.x = SPACE;
    let is_narrow = rect.width() < ARRANGEMENTS[0] + CAMERAS + LEAST_SLIDER + 2.0 * SPACE;
    let width = ARRANGEMENTS[usize::from(is_narrow)];
    let way = compared.share();
    let is = |arrangement| compared.arrangement == arrangement;
    let arrange =
        |arrangement| Action::from(Edit::CompareWith(Some(Box::new(Compared { arrangement, ..compared.clone() }))));
    let segments = [
        (["Side by side", "Beside"], "Each in a picture", is(Arrangement::SideBySide)),
        (["Over each other", "Over"], "Both in one picture, the second as rings", is(Arrangement::Over)),
        (["One to the other", "Between"], "One picture, in which points go from one to the other", way.is_some()),
    ];
    let segments = segments.map(|(captions, hint, selected)| Segment {
        caption: captions[usize::from(is_narrow)],
        hint,
        selected,
        enabled: true,
    });
    match segmented(&mut line, vec2(width, CONTROLS), &segments) {
        Some(0) => actions.push(arrange(Arrangement::SideBySide)),
        Some(1) => actions.push(arrange(Arrangement::Over)),
        Some(_) if way.is_none() => actions.push(arrange(Arrangement::Between(0.0))),
        _ => {}
    }
    cameras(&mut line, model, is(Arrangement::SideBySide), actions);
    let room = line.available_width().max(LEAST_SLIDER);
    let slider = line.add_enabled_ui(way.is_some(), |line| {
        widgets::share_slider(line, room, "Way to the second embedding", way.unwrap_or(0.0))
    });
    slider.response.on_disabled_hover_text(format!("The way to the second: choose “{}”", segments[2].caption));
    actions.extend(slider.inner.filter(|_| way.is_some()).map(|share| arrange(Arrangement::Between(share))));
}

/// Shows whether both pictures have one camera, or one each. Other arrangements have one picture.
fn cameras(line: &mut Ui, model: &ViewModel<'_>, is_pair: bool, actions: &mut Vec<Action>) {
    let are_two = model.view.has_two_cameras();
    let no_pair = "Only side by side: there is one picture";
    let segment = |caption, hint, selected| Segment {
        caption,
        hint: if is_pair { hint } else { no_pair },
        selected: selected && is_pair,
        enabled: is_pair,
    };
    let segments = [
        segment("1 camera", "Both pictures have one camera: that of the picture used last", !are_two),
        segment("2 cameras", "Each picture has a camera of its own; keys move that of the picture used last", are_two),
    ];
    if let Some(place) = segmented(line, vec2(CAMERAS, CONTROLS), &segments) {
        actions.extend(set_cameras(model, place == 1));
    }
}

/// Shows the choice of the alignment.
fn align(line: &mut Ui, width: f32, compared: &Compared, actions: &mut Vec<Action>) {
    let said = |align: Alignment| match align {
        Alignment::Nothing => "Not aligned",
        Alignment::Rotation => "Rotated",
        Alignment::Scale => "Rotated and scaled",
    };
    let entry = |place: usize| {
        let align = Alignment::ALL[place.min(2)];
        Entry { text: said(align).into(), hint: "".into(), selected: align == compared.align }
    };
    let current = Entry { text: said(compared.align).into(), hint: "".into(), selected: false };
    let chosen = chooser(line, width, "Alignment", &current, 3, entry).and_then(|place| Alignment::ALL.get(place));
    if let Some(&align) = chosen {
        actions.push(Edit::CompareWith(Some(Box::new(Compared { align, ..compared.clone() }))).into());
    }
}

/// Shows how far it is, or why there is nothing to compare, with ways out.
fn waiting(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    (compared, state): (&Compared, &ComparedState),
    why: Option<&str>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let Some(why) = why else {
        progress(ui, model, "Loading…", actions);
        return;
    };
    let text = match why {
        CANCELED => "Nothing is compared: that was canceled.".to_owned(),
        why if state.is_unmatched => format!("{} {COLUMN_OF_BOTH}", sentence(why)),
        why => sentence(why),
    };
    widgets::paragraph(ui, &text, BODY, tokens.error, 5);
    ui.add_space(4.0);
    if why == CANCELED {
        again(ui, actions);
    } else if !state.names[1].is_empty() {
        labels_link(ui, model, compared, memory);
    }
}

/// Shows a link that asks for the labels of the second embedding, if it is a file without any.
fn labels_link(ui: &mut Ui, model: &ViewModel<'_>, compared: &Compared, memory: &mut PanelMemory) {
    let Origin::Path { options, .. } = &compared.origin else { return };
    if options.metadata.is_some() || compared.origin == model.view.origin {
        return;
    }
    if link(ui, "Add its labels…", SECONDARY, vec2(96.0, CONTROL), Align::Min)
        .on_hover_text("A table with a row for each vector of the second, to match rows by")
        .clicked()
    {
        let compared = compared.clone();
        memory.ask_path(Ask::to_read("Metadata for the vectors that are compared with", move |path| {
            let mut compared = compared.clone();
            if let Origin::Path { options, .. } = &mut compared.origin {
                options.metadata = Some(path);
            }
            Action::Edit(Edit::CompareWith(Some(Box::new(compared))))
        }));
    }
}

fn sentence(why: &str) -> String {
    format!("{}.", capital(why).trim_end_matches('.'))
}

fn again(ui: &mut Ui, actions: &mut Vec<Action>) {
    let size = vec2(ui.available_width(), LINE);
    if link(ui, "Try again", BODY, size, Align::Min).clicked() {
        actions.push(JobAction::Retry(JobKind::Compare).into());
    }
}

/// Shows the job that runs, or another text if none has begun.
fn progress(ui: &mut Ui, model: &ViewModel<'_>, otherwise: &str, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let Some(job) = model.comparing else {
        widgets::text(ui, vec2(ui.available_width(), LINE), otherwise, SECONDARY, tokens.secondary, Align::Min);
        return;
    };
    let width = ui.available_width().min(420.0);
    ui.horizontal(|ui| {
        let text = if job.status.message.is_empty() { &job.status.name } else { &job.status.message };
        widgets::text(ui, vec2(width - 60.0, CONTROL), text, SECONDARY, tokens.secondary, Align::Min);
        if link(ui, "Cancel", SECONDARY, vec2(52.0, CONTROL), Align::Max).clicked() {
            actions.push(JobAction::Cancel(Some(job.status.kind)).into());
        }
    });
    widgets::progress(ui, width, &job.status.name, job.status.fraction);
}

/// Says how rows are matched, and which are not.
fn matching(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    (compared, matched): (&Compared, &Matched),
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    let text = matched_text(matched);
    widgets::paragraph(ui, &text, SECONDARY, tokens.secondary, 8);
    if matched.columns.is_empty() {
        labels_link(ui, model, compared, memory);
    }
    alone::alone(ui, matched, actions);
    if let [first, ..] = &matched.problems[..] {
        let text = format!("{} with the second: {first}", plural(matched.problems.len(), "problem"));
        widgets::paragraph(ui, &text, SECONDARY, tokens.warning, 3).on_hover_text(matched.problems.join("\n"));
    }
    if matched.is_doubtful {
        let text = format!("{} {COLUMN_OF_BOTH}", sentence(Matching::DOUBT));
        widgets::paragraph(ui, &text, SECONDARY, tokens.warning, 4);
    }
    ui.add_space(4.0);
}

fn matched_text(matched: &Matched) -> String {
    let [rows, others] = matched.rows.map(count);
    let paired = format!("{} of {rows} and {others} were matched {}", plural(matched.pairs, "row"), matched.how);
    let absent = unmatched_rows(matched.alone.each_ref().map(Alone::len), matched.unclear);
    [paired].into_iter().chain(absent).collect::<Vec<_>>().join("; ") + "."
}

/// Shows the choice of how rows are matched. `columns` are those of the second embedding.
fn match_by(
    ui: &mut Ui,
    width: f32,
    model: &ViewModel<'_>,
    compared: &Compared,
    columns: &[String],
    actions: &mut Vec<Action>,
) {
    // What both have comes first to mind.
    let mut keys: Vec<MatchBy> = vec![MatchBy::Automatic, MatchBy::Order];
    let names = || model.columns().iter().map(parallax_embedding::Column::name);
    let both = names().filter(|name| columns.is_empty() || columns.iter().any(|column| column == name));
    keys.extend(both.map(|name| MatchBy::Columns { key: name.to_owned(), column: name.to_owned() }));
    if !keys.contains(&compared.matched) {
        keys.push(compared.matched.clone());
    }
    let said = |by: &MatchBy| match by {
        MatchBy::Automatic => "Rows matched as fits".to_owned(),
        MatchBy::Order => "Rows by their order".to_owned(),
        MatchBy::Columns { key, column } if key == column => format!("Rows by {key}"),
        MatchBy::Columns { key, column } => format!("Rows by {key} = {column}"),
    };
    let entry = |place: usize| Entry {
        text: keys.get(place).map(said).unwrap_or_default().into(),
        hint: "".into(),
        selected: keys.get(place) == Some(&compared.matched),
    };
    let current = Entry { text: said(&compared.matched).into(), hint: "".into(), selected: false };
    if let Some(matched) =
        chooser(ui, width, "Rows are matched", &current, keys.len(), entry).and_then(|place| keys.get(place))
    {
        let matched = matched.clone();
        actions.push(Edit::CompareWith(Some(Box::new(Compared { matched, ..compared.clone() }))).into());
    }
}

/// Lists the rows from the least alike on, without those that agree in all.
fn least(
    ui: &mut Ui,
    rect: Rect,
    model: &ViewModel<'_>,
    (likeness, names): (&Likeness, &[String; 2]),
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(embedding) = model.embedding else { return };
    let tokens = Tokens::within(ui);
    let k = likeness.found.overlap.k();
    let by = format!("{} by {}", nearest(k), likeness.metric.name());
    let names = names.each_ref().map(String::as_str);
    if let Some(none) = likeness.found.why_none_differ(names, &by).map(|why| format!("{}.", capital(&why))) {
        let mut part = ui.new_child(UiBuilder::new().id_salt("none is unlike").max_rect(rect));
        widgets::paragraph(&mut part, &none, SECONDARY, tokens.secondary, 5);
        return;
    }
    let caption = Rect::from_min_size(rect.min, vec2(rect.width(), LINE));
    let right = caption.with_max_x(caption.max.x - 6.0);
    let taken = widgets::line(ui.painter(), &by, SECONDARY, tokens.secondary, f32::INFINITY).size().x;
    let room = right.with_max_x(right.max.x - taken - SPACE);
    paint_line(ui, room, "Agree least", SECONDARY, tokens.secondary, Align::Min);
    paint_line(ui, right, &by, SECONDARY, tokens.secondary, Align::Max);
    let list = rect.with_min_y(caption.max.y + 2.0);
    let mut part = ui.new_child(UiBuilder::new().id_salt("least alike").max_rect(list));
    part.set_clip_rect(list.expand(2.0).intersect(ui.clip_rect()));
    part.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("least alike").auto_shrink(false);
    area.show_rows(&mut part, ROW, likeness.least.len(), |ui, places| {
        for &(row, common) in places.filter_map(|place| likeness.least.get(place)) {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 6.0, ROW), Sense::click());
            let number = row_name(row);
            let name = model.name_of(row);
            let called = name.map_or_else(|| number.clone(), |name| format!("{name}, {number}"));
            let said = format!("{called}, {common} of {k}");
            let selected = model.view.inspected() == Some(row);
            response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, &said));
            widgets::row_background(ui, rect, &response, selected);
            let left = leading(ui, model, embedding, memory, row, rect);
            let right = rect.with_max_x(rect.max.x - SPACE);
            paint_line(
                ui,
                right.with_min_x(right.max.x - 40.0),
                &count(common as usize),
                SECONDARY,
                tokens.secondary,
                Align::Max,
            );
            let room = Rect::from_min_max(pos2(left, rect.min.y), pos2(right.max.x - 44.0, rect.max.y));
            let elided = named(ui, room, (name.unwrap_or(&number), &number), (BODY, tokens.text));
            finish_row(response, elided, &said, row, model, actions);
        }
    });
}
