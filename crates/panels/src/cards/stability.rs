//! How far clusters are found again in layouts of other seeds: asked for, under way, and found.

use egui::{Align, Color32, Ui, vec2};
use parallax_look::{
    Tokens, content_width,
    theme::{SECONDARY, SPACE},
    widgets::{self, link},
};
use parallax_meaning::Stability;
use parallax_session::{Action, JobAction};

use crate::{
    format::{duration, plural, short_percent},
    model::ViewModel,
};

/// The number of seeds, that of the layout at hand among them.
pub(crate) const SEEDS: usize = 5;
const LINE: f32 = 22.0;

/// Why the stability of clusters cannot be asked for.
pub(crate) fn can_measure(model: &ViewModel<'_>) -> Result<(), &'static str> {
    match (model.names, model.method) {
        _ if !model.view.naming.shown => Err("Clusters are not named"),
        (Some(Ok(names)), _) if names.clusters().is_empty() => Err("There are no clusters"),
        (Some(Ok(_)), Some(method)) if !method.about().is_random => {
            Err("The method gives the same layout for every seed")
        }
        (Some(Ok(_)), Some(_)) if model.of_more => Err("Compute the layout of the isolated points first"),
        (Some(Ok(_)), Some(_)) => Ok(()),
        _ => Err("There are no clusters yet"),
    }
}

/// Shows the way to ask for it, its progress, or what the figures are.
pub(crate) fn stability(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let (tokens, width) = (Tokens::within(ui), content_width(ui));
    if let Some(job) = model.stabilizing {
        let left = job.left.map(|left| format!(" · {} left", duration(left))).unwrap_or_default();
        ui.horizontal(|ui| {
            let text = format!("Stability: {}{left}", job.status.message);
            let room = vec2(width - SPACE - 56.0, LINE);
            widgets::text(ui, room, &text, SECONDARY, tokens.secondary, Align::Min);
            if link(ui, "Cancel", SECONDARY, vec2(56.0, LINE), Align::Max).clicked() {
                actions.push(JobAction::Cancel(Some(job.status.kind)).into());
            }
        });
        widgets::progress(ui, width, &job.status.name, job.status.fraction);
        return;
    }
    if let Some(stability) = model.stability {
        let text = format!(
            "Percentages: how often two rows of a cluster are also in one cluster in {} of other seeds. Parts within \
             clusters have none.",
            plural(stability.layouts(), "layout")
        );
        widgets::paragraph(ui, &text, SECONDARY, tokens.secondary, 4);
        return;
    }
    let can = can_measure(model);
    ui.add_enabled_ui(can.is_ok(), |ui| {
        let caption = format!("Stability over {SEEDS} seeds");
        let hint = "Compute the layout with other seeds, and see how often the rows of each cluster stay together";
        let response = link(ui, &caption, SECONDARY, vec2(width, LINE), Align::Min);
        let response = response.on_hover_text(hint).on_disabled_hover_text(can.err().unwrap_or_default());
        if response.clicked() {
            actions.push(JobAction::MeasureStability(SEEDS).into());
        }
    });
}

/// The figure of a cluster, and its color. An unstable one is called so.
pub(crate) fn figure(stability: &Stability, cluster: usize, tokens: &Tokens) -> Option<(String, Color32)> {
    let share = short_percent(stability.share(cluster)?);
    Some(if stability.is_unstable(cluster) {
        (format!("unstable: {share}"), tokens.warning)
    } else {
        (share, tokens.secondary)
    })
}
