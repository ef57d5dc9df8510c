//! How alike the two are, in figures.

use egui::{
    Align, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2,
    text::{LayoutJob, TextFormat, TextWrapping},
    vec2,
};
use parallax_look::{
    Tokens,
    theme::{BODY, SECONDARY, SPACE},
    widgets::{self, link, paint_line},
};
use parallax_neighbors::GraphSearch;
use parallax_session::{Action, Alignment, CANCELED, ComparedState, Edit, Likeness, Matched, Pick, Placed};

use super::{DISTANCE_MOVED, LINE, NEIGHBORS_SHARED, again, progress, sentence};
use crate::{
    format::{count, distance, fixed, nearest, percent, plural, short_percent},
    model::ViewModel,
};

/// The height of the bars of the distribution.
const BARS: f32 = 30.0;
const COLOR: f32 = 44.0;
/// The least width of the name of a figure.
const NAME: f32 = 104.0;

pub(super) fn figures(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    (state, matched): (&ComparedState, &Matched),
    align: Alignment,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    match &state.placed {
        Some(Err(why)) if why == CANCELED => again(ui, actions),
        Some(Err(why)) => {
            let text = format!("The second has no places: {}", sentence(why));
            widgets::paragraph(ui, &text, SECONDARY, tokens.error, 4);
        }
        _ => {}
    }
    match &state.likeness {
        None => progress(ui, model, "Comparing…", actions),
        Some(Err(why)) if why == CANCELED => again(ui, actions),
        Some(Err(why)) => {
            widgets::paragraph(ui, &sentence(why), SECONDARY, tokens.error, 4);
        }
        Some(Ok(likeness)) => {
            left_out(ui, matched, likeness);
            measures(ui, model, (likeness, &state.names), actions);
        }
    }
    if let Some(Ok(placed)) = &state.placed {
        residual(ui, placed, align);
        if state.likeness.is_some() && model.comparing.is_some() {
            progress(ui, model, "", actions);
        }
    }
    if !matched.are_aligned_in_vectors() && matches!(state.placed, Some(Ok(_))) {
        let [first, second] = matched.dims.map(count);
        let why =
            format!("The vectors have {first} and {second} dimensions, so that only their places can be compared");
        figure(ui, DISTANCE_MOVED, "in the layout", &why, Some((model, Pick::FromPartner)), actions);
    }
}

/// Says how many of the rows that were matched are not compared.
fn left_out(ui: &mut Ui, matched: &Matched, likeness: &Likeness) {
    let pairs = matched.pairs.saturating_sub(likeness.found.partners.len());
    if pairs > 0 {
        let text = format!("{} left out, as a row of them is not finite or has no direction.", were(pairs));
        widgets::paragraph(ui, &text, SECONDARY, Tokens::within(ui).secondary, 3);
    }
}

fn were(pairs: usize) -> String {
    format!("{} {}", plural(pairs, "pair"), if pairs == 1 { "was" } else { "were" })
}

fn measures(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    (likeness, names): (&Likeness, &[String; 2]),
    actions: &mut Vec<Action>,
) {
    let found = &likeness.found;
    let names = names.each_ref().map(String::as_str);
    let not_defined = |ui: &mut Ui, name: &str, why: &str, actions: &mut Vec<Action>| {
        let text = format!("not defined: {why}");
        figure(ui, name, &text, &sentence(&text), None, actions);
    };
    let overlap = &found.overlap;
    let chance = format!("{} by chance", percent(overlap.by_chance()));
    let recall = overlap.searches().into_iter().filter_map(|search| match search {
        GraphSearch::Exact => None,
        GraphSearch::Approximate { recall, .. } => Some(recall),
    });
    let recall = recall.reduce(f32::min).map_or(String::new(), |recall| {
        format!(" The nearest were searched for approximately: {} are right.", short_percent(recall.into()))
    });
    let hint = format!(
        "Of the {} of a row in either ({}), as many are nearest in both: the Jaccard index, its mean.{recall}",
        nearest(overlap.k()),
        likeness.metric.name()
    );
    let shared = Some((model, Pick::Shared));
    figure(ui, NEIGHBORS_SHARED, &format!("{} ({chance})", percent(likeness.shared)), &hint, shared, actions);
    distribution(ui, &likeness.common);
    if let Some(distances) = found.distances {
        let within = distances
            .interval
            .map_or(String::new(), |[low, high]| format!(" ({} to {})", fixed(low, 3), fixed(high, 3)));
        let hint = format!("Spearman's rank correlation of the distances of {} pairs of rows", count(distances.pairs));
        figure(ui, "Distances", &format!("{}{within}", fixed(distances.spearman, 3)), &hint, None, actions);
    } else if let Some(why) = found.why_no_distances(names) {
        not_defined(ui, "Distances", &why, actions);
    }
    if let Some(cka) = found.cka {
        let hint =
            "Linear centered kernel alignment: 1 if they are the same but for rotation and scale, 0 if unrelated";
        figure(ui, "Linear CKA", &fixed(cka, 3), hint, None, actions);
    } else if let Some(why) = found.why_no_cka(names) {
        not_defined(ui, "Linear CKA", &why, actions);
    }
    if let Some(moved) = likeness.moved {
        let [half, most] = moved.map(|moved| distance(moved.into()));
        let text = format!("half up to {half}, 9 in 10 up to {most}");
        let hint = "How far the vectors of the first, aligned with the second as chosen, are from their partners";
        figure(ui, DISTANCE_MOVED, &text, hint, Some((model, Pick::FromPartner)), actions);
    } else if let Some(why) = found.why_not_moved(names).filter(|_| found.all_same.contains(&true)) {
        not_defined(ui, DISTANCE_MOVED, &why, actions);
    }
}

/// Says what the alignment has left.
fn residual(ui: &mut Ui, placed: &Placed, align: Alignment) {
    let how = match align {
        Alignment::Nothing => "not aligned",
        Alignment::Rotation => "rotated",
        Alignment::Scale => "rotated and scaled",
    };
    let left =
        placed.residual.map_or(String::new(), |residual| format!("; {} of the spread is left", percent(residual)));
    let text = if placed.in_vectors {
        format!("The vectors of the second are {how}, and projected along the axes of the first{left}.")
    } else {
        format!("The second has a layout of its own, which is {how}{left}.")
    };
    let color = Tokens::within(ui).secondary;
    widgets::paragraph(ui, &text, SECONDARY, color, 4);
}

/// Shows a figure by its name, on two lines if it needs them, and a link that colors by it row by row.
fn figure(
    ui: &mut Ui,
    name: &str,
    value: &str,
    hint: &str,
    color: Option<(&ViewModel<'_>, Pick)>,
    actions: &mut Vec<Action>,
) {
    let tokens = Tokens::within(ui);
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - if color.is_some() { COLOR + SPACE } else { 0.0 };
        let galley = widgets::line(ui.painter(), name, SECONDARY, tokens.secondary, width * 0.5);
        let left = galley.size().x.max(NAME) + SPACE;
        let mut job = LayoutJob::single_section(value.to_owned(), TextFormat::simple(BODY, tokens.text));
        job.wrap = TextWrapping { max_width: width - left, max_rows: 6, ..TextWrapping::default() };
        let said = ui.painter().layout_job(job);
        let line = LINE + 2.0;
        let height = said.size().y.max(line - 4.0) + 4.0;
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{name}: {value}")));
        let top = |height: f32| rect.min.y + (line - height) / 2.0;
        ui.painter().galley(pos2(rect.min.x, top(galley.size().y)), galley, tokens.secondary);
        ui.painter().galley(pos2(rect.min.x + left, rect.min.y + 2.0), said, tokens.text);
        response.on_hover_text(hint);
        let Some((model, pick)) = color else { return };
        if model.view.color_by == pick {
            widgets::text(ui, vec2(COLOR, line), "Colored", SECONDARY, tokens.secondary, Align::Max);
        } else if link(ui, "Color", SECONDARY, vec2(COLOR, line), Align::Max)
            .on_hover_text(format!("Color the points by: {}", name.to_lowercase()))
            .clicked()
        {
            actions.push(Edit::ColorBy(pick).into());
        }
    });
}

/// Shows how many rows have none, one, and so on up to all of their nearest in common.
fn distribution(ui: &mut Ui, counts: &[usize]) {
    let tokens = Tokens::within(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, BARS + 16.0), Sense::hover());
    let last = counts.len().saturating_sub(1);
    let said = format!(
        "None of their nearest in common: {}; all: {}",
        counts.first().map_or(String::new(), |&rows| plural(rows, "row")),
        counts.last().map_or(String::new(), |&rows| plural(rows, "row"))
    );
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &said));
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f32;
    let wide = width / counts.len().max(1) as f32;
    let under = response.hover_pos().map(|at| ((at.x - rect.min.x) / wide) as usize);
    for (common, &rows) in counts.iter().enumerate() {
        let left = rect.min.x + common as f32 * wide;
        let base = rect.min.y + BARS;
        let high = (rows as f32 / most * (BARS - 2.0)).max(if rows > 0 { 1.0 } else { 0.0 });
        let bar = Rect::from_min_max(pos2(left + 1.0, base - high), pos2(left + wide - 1.0, base));
        let color = if under == Some(common) { tokens.accent } else { tokens.accent.gamma_multiply(0.7) };
        ui.painter().rect_filled(bar, 1.0, color);
    }
    let below = rect.with_min_y(rect.min.y + BARS + 1.0);
    paint_line(ui, below, "0 in common", parallax_look::theme::CAPTION, tokens.secondary, Align::Min);
    paint_line(ui, below, &format!("all {last}"), parallax_look::theme::CAPTION, tokens.secondary, Align::Max);
    if let Some((common, &rows)) = under.and_then(|common| Some((common, counts.get(common)?))) {
        response.on_hover_text(format!("{}: {common} of {last} in common", plural(rows, "row")));
    }
}
