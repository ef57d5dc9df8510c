//! The chart of values: a line for each with a bar.

use egui::{Align, CursorIcon, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::Column;
use parallax_look::{
    Tokens,
    theme::SECONDARY,
    widgets::{self, paint_line},
};
use parallax_session::{Action, Brush, Chart, ChartCounts, Counts, Edit, Filter, Shows};

use super::{LINE, Tile};
use crate::{
    format::{count, plural},
    model::ViewModel,
};

/// The greatest share of the width that the names take.
const NAMES: f32 = 0.36;

/// How many rows a bar stands for.
struct Bar {
    all: u32,
    shown: u32,
    selected: u32,
}

/// Returns the height of the chart.
pub(super) fn height(chart: &Chart, counts: &ChartCounts) -> f32 {
    let lines = chart.bars.len() + usize::from(counts.all.others() > 0) + usize::from(counts.all.missing() > 0);
    lines as f32 * LINE
}

/// Shows the bars of `named` values and of the `others`.
pub(super) fn values(
    tile: &Tile<'_>,
    ui: &mut Ui,
    rect: Rect,
    (named, others): (&[String], usize),
    model: &ViewModel<'_>,
    actions: &mut Vec<Action>,
) {
    let ChartCounts { all, shown, selected } = tile.counts;
    let bar = |of: &dyn Fn(&Counts) -> u32| Bar { all: of(all), shown: of(shown), selected: of(selected) };
    let mut lines: Vec<(String, Option<Option<String>>, Bar)> = Vec::new();
    for (place, value) in named.iter().enumerate() {
        let at = |counts: &Counts| counts.bars().get(place).copied().unwrap_or(0);
        lines.push((value.clone(), Some(Some(value.clone())), bar(&at)));
    }
    if all.others() > 0 {
        lines.push((plural(others, "other"), None, bar(&|counts| counts.others())));
    }
    if all.missing() > 0 {
        lines.push(("missing".into(), Some(None), bar(&|counts| counts.missing())));
    }
    // Selected rows are drawn as if they were as many as all rows: distributions are compared.
    let times = f64::from(all.total()) / f64::from(selected.total().max(1));
    let most =
        lines.iter().map(|(_, _, bar)| f64::from(bar.all).max(f64::from(bar.selected) * times)).fold(1.0, f64::max);
    // As wide as the greatest number, so that filtering moves nothing.
    let widest = count(lines.iter().map(|(_, _, bar)| bar.all).max().unwrap_or(0) as usize);
    let color = Tokens::within(ui).secondary;
    let width = |text: &str| widgets::line(ui.painter(), text, SECONDARY, color, rect.width() * NAMES).size().x.ceil();
    let names = lines.iter().map(|(name, ..)| width(name)).fold(0.0, f32::max);
    let widths = [names, width(&widest)];
    for (place, (name, value, bar)) in lines.iter().enumerate() {
        let corner = pos2(rect.min.x, rect.min.y + place as f32 * LINE);
        let line = Rect::from_min_size(corner, vec2(rect.width(), LINE));
        show(tile, ui, line, (name, value.as_ref(), bar), (times, most, widths), model, actions);
    }
}

fn show(
    tile: &Tile<'_>,
    ui: &mut Ui,
    rect: Rect,
    (name, value, bar): (&str, Option<&Option<String>>, &Bar),
    (times, most, [names, figures]): (f64, f64, [f32; 2]),
    model: &ViewModel<'_>,
    actions: &mut Vec<Action>,
) {
    let (tokens, column) = (Tokens::within(ui), &tile.chart.column);
    let cells = model.columns().iter().find(|other| other.name() == column);
    let is_shown = match (tile.brush.zip(cells), value) {
        (None, _) => true,
        (Some((brush, cells)), Some(value)) => brush.shows(cells, value.as_deref()),
        (Some((brush, _)), None) => !matches!(brush.shows, Shows::Only(_)),
    };
    let sense = if value.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.id().with(("bar", column, name)), sense);
    let said = format!("{column} {name}: {}", count(bar.shown as usize));
    response.widget_info(|| match value {
        Some(_) => WidgetInfo::selected(WidgetType::Checkbox, true, is_shown, &said),
        None => WidgetInfo::labeled(WidgetType::Label, true, &said),
    });
    let names = rect.with_max_x(rect.min.x + names);
    let figures = rect.with_min_x(rect.max.x - figures);
    let track = Rect::from_x_y_ranges(names.max.x + 8.0..=figures.min.x - 8.0, rect.y_range()).shrink2(vec2(0.0, 3.0));
    let of = |rows: u32, times: f64| {
        let width = (f64::from(rows) * times / most) as f32 * track.width();
        // A single row must be visible beside a million others.
        track.with_max_x(track.min.x + if rows > 0 { width.max(1.0) } else { 0.0 })
    };
    ui.painter().rect_filled(of(bar.all, 1.0), 1.0, super::histogram::hidden(tokens));
    if is_shown {
        ui.painter().rect_filled(of(bar.shown, 1.0), 1.0, tokens.faint);
    }
    ui.painter().rect_filled(of(bar.selected, times).shrink2(vec2(0.0, 3.0)), 1.0, tokens.accent);
    let color = match (is_shown, response.hovered() && value.is_some()) {
        (_, true) => tokens.accent,
        (true, false) => tokens.text,
        (false, false) => tokens.faint,
    };
    paint_line(ui, names, name, SECONDARY, color, Align::Min);
    let color = if is_shown { tokens.secondary } else { tokens.faint };
    paint_line(ui, figures, &count(bar.shown as usize), SECONDARY, color, Align::Max);
    widgets::focus_ring(ui, rect, &response);
    let Some(value) = value else { return };
    if response.clicked()
        && let Some(cells) = cells
    {
        let filter = toggled(&model.view.filter, tile.brush, column, value.as_deref(), cells);
        actions.push(Edit::Filter(filter).into());
    }
    let selected =
        if bar.selected > 0 { format!(" · {} selected", count(bar.selected as usize)) } else { String::new() };
    let [all, shown] = [bar.all, bar.shown].map(|rows| count(rows as usize));
    let hint = if tile.brush.is_some() { "Click to show or hide it" } else { "Click to show it alone" };
    response
        .on_hover_cursor(CursorIcon::PointingHand)
        .on_hover_text(format!("{name}: {shown} of {all}{selected}\n{hint}"));
}

/// Returns the filter after a click on a value: the first click shows it alone, further ones show
/// or hide others. If none is left, all are shown.
fn toggled(filter: &Filter, brush: Option<&Brush>, column: &str, value: Option<&str>, cells: &Column) -> Filter {
    let value = value.map(str::to_owned);
    match brush.cloned().map(|brush| brush.toggled(cells, &value)) {
        None => filter.with(Brush::only(column, vec![value])),
        Some(Brush { shows: Shows::Only(values), .. }) if values.is_empty() => filter.without(column),
        Some(brush) => filter.with(brush),
    }
}
