//! The keyboard.

use egui::{Context, FocusDirection, Key, Modifiers};
use parallax_embedding::RowSet;
use parallax_session::{Action, Dims, Panel, Search};

use crate::{inspector, model::ViewModel, toolbar};

/// Turns pressed keys into actions, unless a text is being written. [`show`](crate::show) calls it.
///
/// F, Home: fit. 2, 3: dimensions. R: turn. L: labels. I: images. T: theme. Tab, F4: panels. /, Ctrl+F: search. Esc: the first
/// that there is of: a running job (cancelled), a search (cleared), a selection (cleared).
pub fn shortcuts(ctx: &Context, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    if model.embedding.is_some() && ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
        focus_search(ctx, model, actions);
        return;
    }
    if ctx.text_edit_focused() || egui::Popup::is_any_open(ctx) {
        return;
    }
    let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (view, has_data) = (model.view, model.embedding.is_some());
    if pressed(Key::F) || pressed(Key::Home) {
        actions.push(Action::FitView);
    }
    for (key, dims) in [(Key::Num2, Dims::Two), (Key::Num3, Dims::Three)] {
        if pressed(key) && view.projection.dims != dims {
            actions.push(Action::SetDims(dims));
        }
    }
    if pressed(Key::R) && view.projection.dims == Dims::Three {
        actions.push(Action::Turn(!view.turning));
    }
    if pressed(Key::L) {
        actions.push(Action::ShowLabels(!view.labels));
    }
    if pressed(Key::I) && model.embedding.is_some_and(|embedding| embedding.sprite.is_some()) {
        actions.push(toolbar::images(model));
    }
    if pressed(Key::T) {
        actions.push(Action::SetTheme(view.theme.next()));
    }
    if pressed(Key::Slash) && has_data {
        focus_search(ctx, model, actions);
    }
    // Tab also leads from one control to the next: it does so once a control has the focus.
    let tab = ctx.memory(|memory| memory.focused().is_none()) && pressed(Key::Tab);
    if tab {
        ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
    if tab || pressed(Key::F4) {
        actions.push(Action::ShowPanels(!view.panels.shown));
    }
    if pressed(Key::Escape) {
        actions.extend(escape(model));
    }
}

fn focus_search(ctx: &Context, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    if !model.view.panels.shown {
        actions.push(Action::ShowPanels(true));
    }
    if !model.view.panels.is_open(Panel::Inspector) {
        actions.push(Action::Fold(Panel::Inspector, false));
    }
    ctx.memory_mut(|memory| memory.request_focus(inspector::search_field()));
}

fn escape(model: &ViewModel<'_>) -> Option<Action> {
    if model.loading.is_some() || model.projecting.is_some() {
        Some(Action::Cancel)
    } else if !model.view.search.text.is_empty() {
        Some(Action::Search(Search { text: String::new(), ..model.view.search.clone() }))
    } else if !model.view.selection.is_empty() {
        Some(Action::Select(RowSet::EMPTY))
    } else {
        None
    }
}
