//! The sum of rows that is searched for, and the mean of several selected rows: what they stand for,
//! and what to do about a label that is not there.

use egui::{Align, Ui, vec2};
use parallax_embedding::Embedding;
use parallax_look::{
    Tokens, content_width,
    theme::{CONTROL, SECONDARY},
    widgets::{self, Segment, hint, link, segmented},
};
use parallax_session::{Action, Against, Edit, NeighborQuery, NeighborhoodState, Search, Spot, Summed, Unknown};

use crate::{cards::neighbors, format::plural, memory::PanelMemory, model::ViewModel};

/// The height of a spelling that is offered.
const OFFER: f32 = 22.0;

/// The most terms of which it is said how many rows they are.
const SAID: usize = 3;

/// Shows what the sum stands for, and its neighbors.
pub(crate) fn sum(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    embedding: &Embedding,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    meaning(ui, model);
    neighbors::nearest_rows(ui, model, embedding, memory, actions);
}

/// Says how a sum is written.
pub(crate) fn help(ui: &mut Ui) {
    ui.add_space(4.0);
    hint(
        ui,
        "Write labels with + or - between them, as in king - man + woman, to find the rows nearest to the sum of their \
         vectors. A number before a label is its weight, and a label in quotes may have signs in it. #7 is row 7. Numbers \
         alone are a vector.",
    );
}

/// What is shown of several selected rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfSeveral {
    /// The rows themselves.
    Rows,
    /// The neighbors of their mean.
    Mean,
    /// What tells them apart from others.
    Apart,
}

/// Shows the choice of what is shown of several selected rows. Returns what it is.
pub(crate) fn of_several(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) -> OfSeveral {
    let (query, is_apart) = (model.view.neighbors, model.view.apart.is_some());
    let shown = match query.of_mean {
        _ if is_apart => OfSeveral::Apart,
        true => OfSeveral::Mean,
        false => OfSeveral::Rows,
    };
    let all = [
        (OfSeveral::Rows, "These points", "Lists the selected points"),
        (OfSeveral::Mean, "Near mean", "Lists the rows whose vectors are nearest to the mean of the selected ones"),
        (OfSeveral::Apart, "Why apart", "Says what tells the selected points apart from others"),
    ];
    let segments = all.map(|(kind, caption, hint)| Segment { caption, hint, selected: shown == kind, enabled: true });
    let chosen = segmented(ui, vec2(content_width(ui), CONTROL), &segments).and_then(|place| all.get(place));
    match chosen {
        None => {}
        Some((OfSeveral::Apart, ..)) => actions.push(Edit::TellApart(Some(Against::Rest)).into()),
        Some((kind, ..)) => {
            let of_mean = *kind == OfSeveral::Mean;
            actions.extend(is_apart.then(|| Edit::TellApart(None).into()));
            let query = NeighborQuery { of_mean, ..query };
            actions.extend((query != model.view.neighbors).then(|| Edit::SetNeighbors(query).into()));
        }
    }
    shown
}

/// Says what the sum or the mean stands for and where it is, once that is known.
pub(crate) fn meaning(ui: &mut Ui, model: &ViewModel<'_>) {
    let (Some(summed), NeighborhoodState::Ready(_)) = (model.summed, model.neighbors) else { return };
    let text = [means(summed), left_out(summed), place(model, summed)].concat();
    let color = Tokens::within(ui).secondary;
    widgets::paragraph(ui, text.trim(), SECONDARY, color, 6);
    ui.add_space(2.0);
}

/// Says which terms are the mean of several rows.
fn means(summed: &Summed) -> String {
    let several: Vec<String> = summed
        .terms
        .iter()
        .filter(|term| term.rows.len() > 1)
        .map(|term| format!("“{}” is the mean of {}. ", term.name, plural(term.rows.len(), "row")))
        .collect();
    let more = several.len().saturating_sub(SAID);
    let more = if more > 0 { format!("{more} more are means. ") } else { String::new() };
    several.into_iter().take(SAID).chain([more]).collect()
}

fn left_out(summed: &Summed) -> String {
    match summed.left_out {
        0 => String::new(),
        _ if summed.terms.is_empty() => "The selected rows are not listed. ".into(),
        1 => "The row of the sum is not listed. ".into(),
        n => format!("The {} of the sum are not listed. ", plural(n, "row")),
    }
}

/// Says what the mark in the cloud is.
fn place(model: &ViewModel<'_>, summed: &Summed) -> String {
    let method = model.method.map_or("The layout", |method| method.about().caption);
    match &summed.spot {
        Some(Spot::Projected(_)) => format!("The diamond is its place by {method}."),
        Some(Spot::Beside(row)) => {
            format!("{method} has no place for it: the diamond is at the nearest row, {}.", model.name_or_number(*row))
        }
        None => String::new(),
    }
}

/// Says that a label is not there, and offers what is spelled like it.
pub(crate) fn unknown(ui: &mut Ui, model: &ViewModel<'_>, unknown: &Unknown, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let question = if unknown.near.is_empty() { "" } else { " Did you mean" };
    let text = format!("No row is labeled “{}” in “{}”.{question}", unknown.word, unknown.column);
    widgets::paragraph(ui, &text, SECONDARY, tokens.error, 4);
    for near in &unknown.near {
        if link(ui, near, SECONDARY, vec2(content_width(ui), OFFER), Align::Min).clicked() {
            let text = unknown.corrected(&model.view.search.text, near);
            actions.push(Edit::Search(Search { text, ..model.view.search.clone() }).into());
        }
    }
}
