//! The field in which another label is typed, and the labels that contain what is typed.

use egui::{Align, Id, Key, TextEdit, Ui, WidgetInfo, vec2};
use parallax_embedding::Values;
use parallax_look::{
    pasting::FIELD,
    theme::{BODY, CONTROL, SECONDARY},
    widgets::{Entry, link, menu_row},
};
use parallax_session::{Action, LabelVerdict};

use super::{Patient, judge};
use crate::{memory::PanelMemory, model::ViewModel};

/// The most labels that are listed.
const LISTED: usize = 100;

/// Shows the field. Enter gives the row the label that is typed, or the first that contains it, or if
/// none does the text itself as a new label, which is also in the list; Esc closes it.
pub(super) fn field(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    patient: &Patient<'_>,
    width: f32,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(draft) = &mut memory.doctor.draft else { return };
    let cancel = 52.0;
    let response = ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut draft.text)
            .id(Id::new("another label"))
            .font(BODY)
            .char_limit(FIELD)
            .hint_text("Type a label")
            .vertical_align(Align::Center)
            .margin(vec2(8.0, 5.0));
        let response = ui.add_sized([width - cancel - 8.0, CONTROL], field);
        let text = draft.text.clone();
        response.widget_info(|| WidgetInfo {
            label: Some("Another label".into()),
            ..WidgetInfo::text_edit(true, "", &text, "Type a label")
        });
        let is_over = link(ui, "Cancel", SECONDARY, vec2(cancel, CONTROL), Align::Center).clicked();
        (response, is_over)
    });
    let (response, mut is_over) = response.inner;
    if !draft.begun {
        draft.begun = true;
        response.request_focus();
    }
    let typed = draft.text.trim().to_owned();
    let all = patient.column.values();
    let known = draft.matching.take().filter(|(of, among, _)| *of == typed && among == all);
    let (of, among, labels) = known.unwrap_or_else(|| (typed.clone(), all.clone(), matching(all, &typed).into()));
    draft.matching = Some((of, among, labels.clone()));
    let [entered, given_up] =
        [Key::Enter, Key::Escape].map(|key| response.lost_focus() && ui.input(|input| input.key_pressed(key)));
    let exact = labels.iter().find(|code| patient.value(**code) == typed);
    let first = || {
        let first = exact.or(labels.first()).map(|&code| patient.value(code).to_owned());
        first.or((!typed.is_empty()).then(|| typed.clone()))
    };
    let mut chosen = entered.then(first).flatten();
    is_over |= given_up;
    ui.spacing_mut().item_spacing.y = 0.0;
    for text in labels.iter().take(LISTED).map(|&code| patient.value(code)) {
        let entry = Entry { text: text.into(), hint: "".into(), selected: false };
        if menu_row(ui, width, &entry).clicked() {
            chosen = Some(text.to_owned());
        }
    }
    if exact.is_none() && !typed.is_empty() {
        let hint = if labels.is_empty() { "Enter" } else { "" };
        let entry = Entry { text: format!("New label “{typed}”").into(), hint: hint.into(), selected: false };
        if menu_row(ui, width, &entry).clicked() {
            chosen = Some(typed.clone());
        }
    }
    if let Some(label) = chosen {
        actions.extend(judge(model, LabelVerdict::Change(label)));
        is_over = true;
    }
    if is_over {
        memory.doctor.draft = None;
    }
    memory.doctor.takes_escape = memory.doctor.draft.is_some();
}

/// Returns the labels that contain `typed`, those that begin with it first. Case is ignored.
fn matching(labels: &Values, typed: &str) -> Vec<u32> {
    let wanted = typed.to_lowercase();
    let values = labels.iter().enumerate();
    let place = |(code, value): (usize, &str)| Some((value.to_lowercase().find(&wanted)? > 0, code as u32));
    let mut found: Vec<(bool, u32)> = values.filter_map(place).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, code)| code).collect()
}
