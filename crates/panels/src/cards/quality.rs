//! How far the layout can be trusted: the figures below a projection.

use egui::{Align, Ui, vec2};
use parallax_look::{
    Tokens, content_width,
    theme::{SECONDARY, SPACE},
    widgets::{self, link},
};
use parallax_projection::{Agreement, PERMUTATIONS, Shared};
use parallax_session::{Action, Edit, Pick, QualityFigures};

use crate::{
    cards::{
        kept::{self, NEIGHBORS_KEPT},
        shepard,
    },
    format::{count, fixed, nearest, percent, plural, short_percent},
    memory::PanelMemory,
    model::ViewModel,
};

const LINE: f32 = 18.0;

/// How bright a figure of an earlier iteration is.
const PAST: f32 = 0.8;

/// Shows the quality of the layout, a line for each kind of figure.
pub(crate) fn quality(ui: &mut Ui, model: &ViewModel<'_>, memory: &PanelMemory, actions: &mut Vec<Action>) {
    let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 4.0);
    let has_figures = model.quality.is_some() || model.shepard.is_some() || model.agreement.is_some();
    if let Some(shown) = model.method.filter(|shown| has_figures && *shown != model.view.projection.method) {
        unknown(ui, &format!("{} is still on screen, and these are its figures:", shown.about().caption));
    }
    if let Some(quality) = model.quality {
        let before = model.measured_before();
        // The count of iterations is above it.
        let at = before.map_or_else(String::new, |iteration| format!(" at {}", count(iteration)));
        let kept = format!("{NEIGHBORS_KEPT} {}{at}", percent(quality.recall));
        let is_old = before.is_some();
        let old = before.map_or_else(String::new, |iteration| {
            format!(" Measured at iteration {}; the picture has gone on since.", count(iteration))
        });
        let hint = explanation(quality) + &old;
        Line { text: &kept, hint: &hint, pick: Pick::Reliability, there: "Color by this", is_old }
            .show(ui, model, memory, actions);
        let [of_false, missing] = [1.0 - quality.trustworthiness, 1.0 - quality.continuity];
        let errors = format!("False {}, missing {}", short_percent(of_false), short_percent(missing));
        let pick = Pick::FalseAndMissing;
        let hint = format!("{ERRORS}{old}");
        Line { text: &errors, hint: &hint, pick, there: "Color by these", is_old }.show(ui, model, memory, actions);
    }
    match model.shepard {
        Some(Ok(found)) => shepard::shepard(ui, model, found),
        Some(Err(why)) => unknown(ui, &format!("The distances are not compared: {why}.")),
        None => {}
    }
    match model.agreement {
        Some((column, Ok(agreement))) => {
            let color = Tokens::within(ui).secondary;
            widgets::paragraph(ui, &agrees(column, agreement), SECONDARY, color, 2)
                .on_hover_text(agrees_in_full(column, agreement));
        }
        Some((column, Err(why))) => {
            unknown(ui, &format!("Neighbors are not compared by “{column}”: {why}."));
        }
        None => {}
    }
    ui.spacing_mut().item_spacing.y = spacing;
}

/// Says why a figure is missing, or what figures are of.
fn unknown(ui: &mut Ui, why: &str) {
    let color = Tokens::within(ui).secondary;
    widgets::paragraph(ui, why, SECONDARY, color, 3);
}

const ERRORS: &str = "False: how far the ranks of strangers go that are among a row’s nearest in the picture (1 minus \
    trustworthiness). Missing: how far those of its true neighbors go that are not (1 minus continuity). Both as a part of \
    the most possible; places drawn at random have 50 %.";

/// Explains what the figures are of.
fn explanation(quality: QualityFigures) -> String {
    let QualityFigures { k, recall, trustworthiness, continuity, sample, approximate, .. } = quality;
    let near = nearest(k);
    let found = approximate.map_or(String::new(), |share| {
        format!(" The true neighbors were searched for approximately: {} of them are right.", percent(f64::from(share)))
    });
    format!(
        "Of the {near} of a row, {} are among its {near} in the picture. Trustworthiness {trustworthiness:.3} falls \
         with strangers among them, continuity {continuity:.3} with neighbors that went missing; ranks were counted among {}.{found}",
        percent(recall),
        plural(sample, "row")
    )
}

/// A figure, and a link that colors the points by it.
struct Line<'a> {
    text: &'a str,
    hint: &'a str,
    pick: Pick,
    there: &'static str,
    /// Whether it is of an earlier iteration than is shown.
    is_old: bool,
}

impl Line<'_> {
    fn show(self, ui: &mut Ui, model: &ViewModel<'_>, memory: &PanelMemory, actions: &mut Vec<Action>) {
        let there = || (self.there.to_owned(), Action::Edit(Edit::ColorBy(self.pick.clone())));
        let back = kept::way_back(model, memory).filter(|_| model.view.color_by == self.pick);
        let (caption, color) = back.unwrap_or_else(there);
        let secondary = Tokens::within(ui).secondary;
        let of_text = if self.is_old { secondary.gamma_multiply(PAST) } else { secondary };
        if beside(ui, (self.text, of_text), self.hint, &caption).clicked() {
            actions.push(color);
        }
    }
}

/// Shows a figure and a link beside it.
pub(super) fn beside(ui: &mut Ui, (text, color): (&str, egui::Color32), hint: &str, caption: &str) -> egui::Response {
    let row = vec2(content_width(ui), LINE);
    ui.allocate_ui_with_layout(row, egui::Layout::left_to_right(Align::Center), |ui| {
        // The figure is never cut off; the name of a column may be.
        let width = widgets::line(ui.painter(), text, SECONDARY, color, f32::INFINITY).size().x.ceil() + 1.0;
        let rest = content_width(ui) - SPACE - width;
        widgets::text(ui, vec2(width, LINE), text, SECONDARY, color, Align::Min).on_hover_text(hint);
        link(ui, caption, SECONDARY, vec2(rest, LINE), Align::Max)
    })
    .inner
}

/// Says how often neighbors share a label.
fn agrees(column: &str, agreement: &Agreement) -> String {
    let Shared { share, chance, .. } = agreement.layout;
    let p =
        if agreement.layout.z.is_some() { format!(" ({})", significance(agreement.layout.p)) } else { String::new() };
    format!(
        "Neighbors share “{column}” {} of the time, by their vectors {}; by chance {}{p}",
        short_percent(share),
        short_percent(agreement.vectors.share),
        short_percent(chance)
    )
}

fn agrees_in_full(column: &str, agreement: &Agreement) -> String {
    let of = |shared: Shared| {
        let z = shared.z.map_or(String::new(), |z| format!(", z = {}, {}", fixed(z, 1), significance(shared.p)));
        let deviation = percent(shared.deviation);
        format!("{}, by chance {} ± {deviation}{z}", percent(shared.share), percent(shared.chance))
    };
    let Agreement { k, rows, left_out, vectors, layout } = *agreement;
    let out = if left_out == 0 {
        String::new()
    } else {
        format!(" Without a value, and left out: {}.", plural(left_out, "row"))
    };
    format!(
        "How many of the {} of a row have its “{column}”, for {}. In the picture: {}. By their vectors: {}. Chance is \
         the mean of {} permutations of the values.{out}",
        nearest(k),
        plural(rows, "row"),
        of(layout),
        of(vectors),
        count(PERMUTATIONS)
    )
}

/// Says how rare a share as large is by chance. The least that permutations can show is one of them
/// and the data.
fn significance(p: f64) -> String {
    let least = 1.0 / (PERMUTATIONS as f64 + 1.0);
    if p <= least { "p < 0.005".into() } else { format!("p = {p:.2}") }
}
