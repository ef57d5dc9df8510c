//! The chart of numbers and dates: bars side by side, and the range that is shown.

use egui::{
    Align, Color32, CursorIcon, EventFilter, Key, Rect, Response, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use parallax_look::{
    Tokens,
    theme::SECONDARY,
    widgets::{self, paint_line},
};
use parallax_session::{Action, Bars, Brush, ChartCounts, Counts, Edit, Filter, Shows};

use super::{LINE, Tile};
use crate::{
    cards::ticks::{number_axis, time_axis},
    format::{count, measure, plural},
    memory::{ChartDrag, ChartsMemory},
    model::ViewModel,
};

const PLOT: f32 = 64.0;
const AXIS: f32 = 18.0;

/// The bars are drawn by the logarithms of their counts if the highest is this many times as high
/// as half of them.
const SKEWED: u32 = 200;

/// Returns the height of the chart.
pub(super) fn height(counts: &ChartCounts) -> f32 {
    PLOT + AXIS + if is_rest(counts) { LINE } else { 0.0 }
}

/// Whether some rows are in no bar.
fn is_rest(counts: &ChartCounts) -> bool {
    counts.all.missing() + counts.all.others() > 0
}

/// The color of rows that are hidden.
pub(super) fn hidden(tokens: &Tokens) -> Color32 {
    tokens.card.lerp_to_gamma(tokens.faint, 0.4)
}

/// Whether the bars are drawn by the logarithms of their counts: else a few would be seen alone.
pub(super) fn is_logarithmic(tile: &Tile<'_>) -> bool {
    let Bars::Ranges { .. } = tile.chart.bars else { return false };
    let mut counts: Vec<u32> = tile.counts.all.bars().iter().copied().filter(|count| *count > 0).collect();
    counts.sort_unstable();
    let middle = counts.get(counts.len() / 2).copied().unwrap_or(0);
    counts.last().is_some_and(|most| *most > middle.saturating_mul(SKEWED))
}

/// The bars of a column, and their ends.
pub(super) struct Histogram<'a> {
    tile: &'a Tile<'a>,
    edges: &'a [f64],
    of_dates: bool,
}

impl<'a> Histogram<'a> {
    pub(super) fn new(tile: &'a Tile<'a>, edges: &'a [f64], of_dates: bool) -> Self {
        Self { tile, edges, of_dates }
    }

    pub(super) fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        model: &ViewModel<'_>,
        memory: &mut ChartsMemory,
        actions: &mut Vec<Action>,
    ) {
        let plot = rect.with_max_y(rect.min.y + PLOT);
        let axis = Rect::from_x_y_ranges(rect.x_range(), plot.max.y..=plot.max.y + AXIS);
        let range = self.range();
        let response = ui.interact(plot, ui.id().with(("plot", self.column())), Sense::click_and_drag());
        let rows = plural(self.tile.counts.shown.bars().iter().sum::<u32>() as usize, "row");
        let [low, high] = [self.edges[0], self.high()].map(|end| self.text(end));
        response.widget_info(|| {
            WidgetInfo::labeled(
                WidgetType::Label,
                true,
                format!("Histogram of {}: {low} to {high}, {rows}", self.column()),
            )
        });
        self.paint(ui, plot, range);
        let x = |measure: f64| self.x(plot, measure);
        if self.of_dates {
            time_axis(ui, axis, [self.edges[0], self.high()], x);
        } else {
            number_axis(ui, axis, [self.edges[0], self.high()], x);
        }
        let ends = range.unwrap_or([0, self.edges.len() - 1]);
        let dragged = self.drag(&response, plot, ends, range.is_some(), memory);
        let moved = [0, 1].into_iter().find_map(|end| self.handle(ui, plot, ends, end, range.is_some(), memory));
        if response.double_clicked() && range.is_some() {
            actions.push(Edit::Filter(model.view.filter.without(self.column())).into());
        } else if let Some(ends) = dragged.or(moved).filter(|new| range != Some(*new)) {
            actions.push(Edit::Filter(model.view.filter.with(self.brush(ends))).into());
        }
        if is_rest(self.tile.counts) {
            self.rest(ui, Rect::from_min_size(axis.left_bottom(), vec2(rect.width(), LINE)), model, actions);
        }
        self.hint(response, plot);
    }

    fn column(&self) -> &str {
        &self.tile.chart.column
    }

    fn high(&self) -> f64 {
        self.edges[self.edges.len() - 1]
    }

    fn text(&self, x: f64) -> String {
        measure(x, self.high() - self.edges[0], self.of_dates)
    }

    fn x(&self, plot: Rect, measure: f64) -> f32 {
        let (low, high) = (self.edges[0], self.high());
        egui::lerp(plot.x_range(), ((measure - low) / (high - low)).clamp(0.0, 1.0) as f32)
    }

    /// Returns the bar at this place, or the nearest one.
    fn bar_at(&self, plot: Rect, x: f32) -> usize {
        let (low, high) = (self.edges[0], self.high());
        let measure = low + (high - low) * f64::from((x - plot.min.x) / plot.width());
        self.edges.partition_point(|edge| *edge <= measure).saturating_sub(1).min(self.edges.len() - 2)
    }

    /// Returns the edge nearest to this place.
    fn edge_at(&self, plot: Rect, x: f32) -> usize {
        let away = |edge: usize| (self.x(plot, self.edges[edge]) - x).abs();
        (0..self.edges.len()).min_by(|a, b| away(*a).total_cmp(&away(*b))).unwrap_or(0)
    }

    /// Returns the range that is shown, as the nearest edges.
    fn range(&self) -> Option<[usize; 2]> {
        let Shows::Range { from, to, .. } = self.tile.brush?.shows else { return None };
        let last = self.edges.len() - 1;
        let first = self.edges.partition_point(|edge| *edge <= from).saturating_sub(1).min(last - 1);
        Some([first, self.edges.partition_point(|edge| *edge < to).clamp(first + 1, last)])
    }

    fn brush(&self, ends: [usize; 2]) -> Brush {
        let mut brush = Brush::range(self.column(), ends.map(|end| self.edges[end]));
        if let (Shows::Range { missing, .. }, Some(Shows::Range { missing: before, .. })) =
            (&mut brush.shows, self.tile.brush.map(|brush| &brush.shows))
        {
            *missing = *before;
        }
        brush
    }

    /// Paints the range, and the bars of all, shown, and selected rows.
    fn paint(&self, ui: &Ui, plot: Rect, range: Option<[usize; 2]>) {
        let tokens = Tokens::within(ui);
        let ChartCounts { all, shown, selected } = self.tile.counts;
        if let Some([from, to]) = range {
            let [from, to] = [from, to].map(|edge| self.x(plot, self.edges[edge]));
            ui.painter().rect_filled(Rect::from_x_y_ranges(from..=to, plot.y_range()), 0.0, tokens.accent_behind);
        }
        // Selected rows are drawn as if they were as many as all rows: distributions are compared.
        let times = f64::from(all.total()) / f64::from(selected.total().max(1));
        let highest = |rows: &[u32]| f64::from(rows.iter().copied().max().unwrap_or(0));
        let most = highest(all.bars()).max(highest(selected.bars()) * times).max(1.0);
        let is_logarithmic = is_logarithmic(self.tile);
        let share = |rows: f64| if is_logarithmic { (1.0 + rows).ln() / (1.0 + most).ln() } else { rows / most };
        let floor = plot.max.y;
        ui.painter().hline(plot.x_range(), floor, tokens.border());
        for (place, ends) in self.edges.windows(2).enumerate() {
            let [left, right] = [ends[0], ends[1]].map(|edge| self.x(plot, edge));
            let bar = |rows: u32, times: f64, inset: f32, color: Color32| {
                if rows > 0 {
                    // A single row must be visible beside a million others.
                    let height = (share(f64::from(rows) * times) as f32 * (plot.height() - 4.0)).max(1.0);
                    let width = (right - left - 0.5).max(0.75);
                    let left = left + width * inset;
                    let bar = Rect::from_x_y_ranges(left..=left + width * (1.0 - 2.0 * inset), floor - height..=floor);
                    ui.painter().rect_filled(bar, 0.0, color);
                }
            };
            let is_in = range.is_none_or(|[from, to]| (from..to).contains(&place));
            bar(all.bars()[place], 1.0, 0.0, hidden(tokens));
            if is_in {
                bar(shown.bars()[place], 1.0, 0.0, tokens.faint);
            }
            bar(selected.bars()[place], times, 0.22, tokens.accent);
        }
    }

    /// Returns the range that is dragged: a new one, or within the old one that one.
    fn drag(
        &self,
        response: &Response,
        plot: Rect,
        ends: [usize; 2],
        is_brushed: bool,
        memory: &mut ChartsMemory,
    ) -> Option<[usize; 2]> {
        let pointer = response.interact_pointer_pos()?;
        let bar = self.bar_at(plot, pointer.x);
        if response.drag_started() {
            // The press, not where the pointer is when it counts as a drag.
            let pressed = response.ctx.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
            let bar = self.bar_at(plot, pressed.x);
            let within = is_brushed && (ends[0]..ends[1]).contains(&bar);
            let moved = ChartDrag::Range(ends[0] as isize - bar as isize, ends[1] - ends[0]);
            memory.drag = Some(if within { moved } else { ChartDrag::From(bar) });
        }
        if !response.dragged() {
            return None;
        }
        Some(match memory.drag? {
            ChartDrag::From(first) => [first.min(bar), first.max(bar) + 1],
            ChartDrag::Range(before, bars) => {
                let last = (self.edges.len() - 1 - bars) as isize;
                let first = (bar as isize + before).clamp(0, last) as usize;
                [first, first + bars]
            }
        })
    }

    /// Shows an end of the range, which the arrow keys move by a bar. Returns the new range.
    fn handle(
        &self,
        ui: &Ui,
        plot: Rect,
        ends: [usize; 2],
        end: usize,
        is_brushed: bool,
        memory: &mut ChartsMemory,
    ) -> Option<[usize; 2]> {
        let tokens = Tokens::within(ui);
        let at = self.edges[ends[end]];
        let x = self.x(plot, at);
        let outer = [-6.0..=3.0, -3.0..=6.0][end].clone();
        let grip = Rect::from_x_y_ranges(x + outer.start()..=x + outer.end(), plot.y_range());
        let response = ui.interact(grip, ui.id().with(("end", self.column(), end)), Sense::click_and_drag());
        let name = format!("{} {}", self.column(), ["from", "to"][end]);
        response.widget_info(|| WidgetInfo::slider(true, at, &name));
        let is_held = response.hovered() || response.dragged() || response.has_focus();
        if is_brushed || is_held {
            let rect = Rect::from_center_size(pos2(x, plot.center().y), vec2(3.0, plot.height() * 0.5));
            ui.painter().vline(x, plot.y_range(), (1.0, tokens.accent));
            ui.painter().rect_filled(rect, 1.5, if is_held { tokens.text } else { tokens.accent });
        }
        let mut edge = ends[end];
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            edge = self.edge_at(plot, pointer.x);
        }
        if response.has_focus() {
            memory.active = Some(self.column().to_owned());
            let filter = EventFilter { horizontal_arrows: true, escape: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            let presses = |key| ui.input(|input| input.num_presses(key));
            edge = (edge + presses(Key::ArrowRight)).saturating_sub(presses(Key::ArrowLeft));
        }
        response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(self.text(at));
        let mut new = ends;
        new[end] = if end == 0 { edge.min(ends[1] - 1) } else { edge.clamp(ends[0] + 1, self.edges.len() - 1) };
        (new != ends).then_some(new)
    }

    /// Shows the rows that are in no bar. A click hides or shows those without a value.
    fn rest(&self, ui: &Ui, rect: Rect, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
        let (tokens, all) = (Tokens::within(ui), &self.tile.counts.all);
        let is_shown = match self.tile.brush.map(|brush| &brush.shows) {
            None => true,
            Some(Shows::Only(values)) => values.contains(&None),
            Some(Shows::AllBut(values)) => !values.contains(&None),
            Some(Shows::Range { missing, .. }) => *missing,
        };
        let (missing, infinite) = (all.missing() as usize, all.others() as usize);
        let parts =
            [(missing, if is_shown { "missing" } else { "missing, hidden" }), (infinite, "infinite, not in the chart")];
        let parts = parts.iter().filter(|(rows, _)| *rows > 0).map(|(rows, what)| format!("{} {what}", count(*rows)));
        let text = parts.collect::<Vec<_>>().join(" · ");
        let sense = if missing > 0 { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, ui.id().with(("rest", self.column())), sense);
        let said = format!("{}: {text}", self.column());
        response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, missing > 0, is_shown, &said));
        let color = if response.hovered() && missing > 0 { tokens.accent } else { tokens.secondary };
        paint_line(ui, rect, &text, SECONDARY, color, Align::Min);
        widgets::focus_ring(ui, rect, &response);
        if response.clicked() {
            actions.push(Edit::Filter(self.without_missing(&model.view.filter, model)).into());
        }
        if missing > 0 {
            response
                .on_hover_cursor(CursorIcon::PointingHand)
                .on_hover_text("Click to hide or show rows without a value");
        }
    }

    fn without_missing(&self, filter: &Filter, model: &ViewModel<'_>) -> Filter {
        let column = self.column();
        let brush = self.tile.brush.cloned().unwrap_or_else(|| Brush::all_but(column, Vec::new()));
        if let Shows::Range { from, to, missing } = brush.shows {
            return filter.with(Brush { shows: Shows::Range { from, to, missing: !missing }, ..brush });
        }
        match model.columns().iter().find(|other| other.name() == column) {
            Some(cells) => filter.with(brush.toggled(cells, &None)),
            None => filter.clone(),
        }
    }

    /// Says what the bar under the pointer has.
    fn hint(&self, response: Response, plot: Rect) {
        let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) else { return };
        let bar = self.bar_at(plot, pointer.x);
        let ChartCounts { all, shown, selected } = self.tile.counts;
        let of = |counts: &Counts| count(counts.bars()[bar] as usize);
        let [from, to] = [self.edges[bar], self.edges[bar + 1]].map(|end| self.text(end));
        let selected = if selected.total() > 0 { format!(" · {} selected", of(selected)) } else { String::new() };
        let text = format!(
            "{from} to {to}: {} of {}{selected}\nDrag to show a range, double-click to show all",
            of(shown),
            of(all)
        );
        response.on_hover_cursor(CursorIcon::Crosshair).on_hover_text_at_pointer(text);
    }
}
