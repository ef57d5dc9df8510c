//! What tells the selected rows apart from others.

use egui::{Align, Rect, Sense, Ui, WidgetInfo, WidgetType, vec2};
use parallax_embedding::Embedding;
use parallax_look::{
    Tokens, content_width,
    theme::{BODY, CONTROL, SECONDARY, SPACE},
    widgets::{self, Entry, chooser, hint, in_full_on_hover, link, paint_line},
};
use parallax_session::{
    Action, Against, Apart, ApartState, CANCELED, CustomAxis, Edit, JobAction, JobKind, Method, apart,
};

use crate::{
    format::{count, fixed, plural},
    model::ViewModel,
};

const LINE: f32 = 20.0;
const CAPTION: f32 = 40.0;

/// The dimensions and columns that are listed.
const DIMS: usize = 4;
const COLUMNS: usize = 3;

/// Directions of more dimensions are no axes: bookmarks would be long.
const MOST_DIMS: usize = 4096;

/// Shows the choice of the others, and what tells the selected rows apart from them.
pub(crate) fn apart(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    against: &Against,
    actions: &mut Vec<Action>,
) {
    others(ui, model, against, actions);
    let tokens = Tokens::within(ui);
    match (model.apart, model.telling) {
        (_, Some(job)) => {
            ui.horizontal(|ui| {
                let room = vec2(content_width(ui) - 52.0 - SPACE, CONTROL);
                widgets::text(ui, room, &job.status.message, SECONDARY, tokens.secondary, Align::Min);
                if link(ui, "Cancel", SECONDARY, vec2(52.0, CONTROL), Align::Max).clicked() {
                    actions.push(JobAction::Cancel(Some(job.status.kind)).into());
                }
            });
            widgets::progress(ui, content_width(ui), &job.status.name, job.status.fraction);
        }
        (ApartState::Idle | ApartState::Computing, None) => hint(ui, "Comparing…"),
        (ApartState::Failed(reason), None) => {
            let text = format!("There is nothing to say: {reason}.");
            widgets::paragraph(ui, &text, SECONDARY, tokens.error, 6);
            let size = vec2(content_width(ui), LINE + 2.0);
            if reason == CANCELED && link(ui, "Try again", SECONDARY, size, Align::Min).clicked() {
                actions.push(JobAction::Retry(JobKind::Apart).into());
            }
        }
        (ApartState::Ready(apart), None) => {
            let height = ui.available_height();
            widgets::scroll(ui, "what tells them apart", height, |area, ui| {
                area.show(ui, |ui| evidence(ui, model, embedding, (apart, against), actions));
            });
        }
    }
}

/// Shows the choice of the rows that the selected ones are told apart from.
fn others(ui: &mut Ui, model: &ViewModel<'_>, against: &Against, actions: &mut Vec<Action>) {
    let saved = &model.view.saved_selections;
    let choice = |place: usize| match place.checked_sub(1).and_then(|place| saved.get(place)) {
        Some(saved) => Against::Saved(saved.name.clone()),
        None => Against::Rest,
    };
    let text = |against: &Against| match against {
        Against::Rest => "The other shown points".to_owned(),
        Against::Saved(name) => name.clone(),
    };
    let entry = |place: usize| {
        let rows = place.checked_sub(1).and_then(|place| saved.get(place)).map(|saved| count(saved.rows.len()));
        let choice = choice(place);
        Entry { text: text(&choice).into(), hint: rows.unwrap_or_default().into(), selected: choice == *against }
    };
    let current = Entry { text: text(against).into(), hint: "".into(), selected: false };
    ui.horizontal(|ui| {
        let color = Tokens::within(ui).secondary;
        widgets::text(ui, vec2(CAPTION, CONTROL), "From", SECONDARY, color, Align::Min);
        let width = content_width(ui) - CAPTION - ui.spacing().item_spacing.x;
        let chosen = chooser(ui, width, "Apart from", &current, 1 + saved.len(), entry).map(choice);
        actions.extend(chosen.filter(|chosen| chosen != against).map(|chosen| Edit::TellApart(Some(chosen)).into()));
    });
}

/// Shows the sentence, the figures, and what can be done with them.
fn evidence(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    (apart, against): (&Apart, &Against),
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.set_max_width(content_width(ui));
    let tokens = Tokens::within(ui);
    let [other, caption] = match against {
        Against::Rest => ["the others", "The others"],
        Against::Saved(name) => [name.as_str(), name],
    };
    let named = ["the selection", other];
    let metadata = &embedding.metadata;
    widgets::paragraph(ui, &apart::sentence(apart, metadata, named, &[]), BODY, tokens.text, 12);
    ui.add_space(6.0);
    if let Ok(separation) = &apart.direction {
        for [caption, figure] in apart::figures(&separation.check, ["The selection", caption]) {
            figure_line(ui, &caption, &figure, "Measured on rows that were left out of the fit");
        }
        let heaviest: Vec<String> = separation.weights.iter().take(DIMS).map(|(dim, _)| count(dim + 1)).collect();
        figure_line(ui, "Dimensions by weight", &heaviest.join(" · "), "Counted from 1, the heaviest first");
        for single in &separation.alone {
            let [caption, figure] = apart::alone(single);
            let hint =
                "How often the selection has the higher or the lower number of a pair, among rows that were left out";
            figure_line(ui, &caption, &figure, hint);
        }
    }
    for difference in apart.columns.iter().take(COLUMNS) {
        let Some(column) = metadata.columns().get(difference.column) else { continue };
        let figure = format!("effect {}", fixed(difference.effect, 2));
        figure_line(ui, column.name(), &figure, &apart::difference_text(difference, column, named));
    }
    let Ok(separation) = &apart.direction else { return };
    ui.add_space(4.0);
    let wrong = &separation.mistaken;
    let size = vec2(content_width(ui), LINE + 2.0);
    if !wrong.is_empty() {
        let caption = format!("Select the {} on the wrong side", plural(wrong.len(), "point"));
        let hint = "Of the rows that were left out of the fit. Undo comes back here.";
        if link(ui, &caption, SECONDARY, size, Align::Min).on_hover_text(hint).clicked() {
            actions.push(Edit::Select(wrong.iter().copied().collect()).into());
        }
    }
    let direction = &separation.unit;
    if direction.len() <= MOST_DIMS && separation.check.is_clear() {
        let hint = "Lay all points out along this direction, the selection to the right (custom axes). In place of principal \
                    components, along which they spread much farther, the other axes become random directions.";
        if link(ui, "Use as the x axis", SECONDARY, size, Align::Min).on_hover_text(hint).clicked() {
            let view = model.view;
            let saved = view.saved_selections.iter().find(|saved| saved.rows == view.selection);
            let own = saved.map_or_else(|| plural(apart.rows[0], "point"), |saved| saved.name.clone());
            let ends = [other.to_owned(), own];
            let mut projection = view.projection.clone();
            projection.axes[0] = CustomAxis::Along { direction: direction.clone(), ends };
            for axis in &mut projection.axes[1..] {
                if matches!(axis, CustomAxis::Component(_)) {
                    *axis = CustomAxis::Random;
                }
            }
            actions.push(Edit::Configure(Box::new(projection)).into());
            actions.push(Edit::Project(Method::Custom).into());
        }
    }
    ui.add_space(4.0);
    widgets::paragraph(ui, &apart::method(separation), SECONDARY, tokens.secondary, 6);
}

/// Shows a caption on the left and a figure on the right.
fn figure_line(ui: &mut Ui, caption: &str, figure: &str, hint: &str) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(content_width(ui), LINE), Sense::hover());
    let said = format!("{caption}: {figure}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &said));
    let value = widgets::line(ui.painter(), figure, SECONDARY, tokens.text, rect.width() * 0.7);
    let room = Rect::from_min_max(rect.min, egui::pos2(rect.max.x - value.size().x - SPACE, rect.max.y));
    let elided = paint_line(ui, room, caption, SECONDARY, tokens.secondary, Align::Min);
    paint_line(ui, rect, figure, SECONDARY, tokens.text, Align::Max);
    in_full_on_hover(response, elided, caption).on_hover_text(hint);
}
