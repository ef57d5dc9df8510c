//! The charts: what the columns hold, of the rows that are shown and selected. A drag over a
//! histogram shows a range, a click on a bar a value, and the other charts follow.

mod histogram;
mod sentence;
mod values;

use egui::{Align, Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2, vec2};
use parallax_look::{
    Tokens,
    icons::Icon,
    theme::{self, BODY, CAPTION, GAP, SECONDARY, SPACE},
    widgets::{self, in_full_on_hover, link, paint_line},
};
use parallax_session::{
    Action, Bars, Brush, Chart, ChartCounts, Comparison, CountedCharts, Difference, Edit, Filter, LeftOut, Shows,
};

use self::{histogram::Histogram, values::values};
use crate::{
    cards::{bottom::HEADER, brushes::range_text},
    format::{count, plural},
    memory::{ChartsMemory, PanelMemory},
    model::ViewModel,
};

/// The least width of a chart.
const LEAST_WIDTH: f32 = 216.0;
/// The gap between charts.
const APART: Vec2 = vec2(20.0, 14.0);
/// The height of the name of a column.
const TITLE: f32 = 22.0;
/// The height of the sentence about the selected rows.
const SENTENCE: f32 = 32.0;
/// The height of a line of text.
const LINE: f32 = 18.0;

/// A chart as it is drawn.
#[derive(Clone, Copy)]
struct Tile<'a> {
    chart: &'a Chart,
    counts: &'a ChartCounts,
    brush: Option<&'a Brush>,
    /// Whether the selected rows are compared with the others.
    is_compared: bool,
    /// How they differ. `None` if one side has no values.
    difference: Option<&'a Difference>,
}

/// Shows the charts in `rect`.
pub(super) fn charts_card(
    ui: &mut Ui,
    rect: Rect,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    header(ui, rect.with_max_y(rect.min.y + HEADER), model, actions);
    let body = Rect::from_min_max(pos2(rect.min.x + GAP, rect.min.y + HEADER), rect.max - vec2(1.0, 8.0));
    let color = Tokens::within(ui).secondary;
    memory.charts.active = None;
    let counted = match model.charts {
        _ if model.columns().is_empty() => Err("There is no metadata, and so nothing to chart"),
        None => Err("Counting"),
        Some(counted) => Ok(counted),
    };
    let counted = match counted {
        Ok(counted) => counted,
        Err(why) => {
            paint_line(ui, body, why, SECONDARY, color, Align::Center);
            return;
        }
    };
    let tiles = tiles(model, counted);
    let mut body = ui.new_child(UiBuilder::new().id_salt("charts").max_rect(body));
    body.set_clip_rect(body.max_rect());
    ScrollArea::vertical().auto_shrink(false).show(&mut body, |ui| {
        let width = ui.available_width() - GAP;
        let (places, height) = places(&tiles, width);
        let (all, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        for (tile, place) in tiles.iter().zip(places) {
            let rect = place.translate(all.min.to_vec2());
            if ui.is_rect_visible(rect) {
                tile.show(ui, rect, model, &mut memory.charts, actions);
            }
        }
        let text = left_out(&counted.charts.left_out);
        if !text.is_empty() {
            ui.set_max_width(width);
            widgets::hint(ui, &text);
        }
    });
}

fn header(ui: &mut Ui, rect: Rect, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    let layout = egui::Layout::left_to_right(Align::Center);
    let mut line = ui.new_child(UiBuilder::new().max_rect(rect.shrink2(vec2(GAP, 4.0))).layout(layout));
    line.spacing_mut().item_spacing.x = SPACE;
    widgets::text(&mut line, vec2(48.0, 28.0), "Charts", theme::header(), tokens.text, Align::Min);
    let is_filtered = !model.view.filter.is_empty();
    let rest = if is_filtered { 24.0 + 88.0 + 2.0 * SPACE } else { 24.0 + SPACE };
    let room = vec2((line.available_width() - rest).max(0.0), 28.0);
    widgets::text(&mut line, room, &note(model), SECONDARY, tokens.secondary, Align::Min);
    if is_filtered && link(&mut line, "Remove filter", SECONDARY, vec2(88.0, 28.0), Align::Max).clicked() {
        actions.push(Edit::Filter(Filter::default()).into());
    }
    if widgets::icon_button(&mut line, 24.0, Icon::Close, "Close the charts", false, false).clicked() {
        actions.push(Edit::ShowCharts(false).into());
    }
}

/// Returns what the header says: what is compared, or what can be done.
fn note(model: &ViewModel<'_>) -> String {
    match model.comparison.map(|comparison| comparison.rows) {
        Some([selected, others]) if selected.min(others) >= Comparison::LEAST => {
            format!("{} selected beside {}, most different first", count(selected), plural(others, "other"))
        }
        Some([selected, others]) => {
            let few = if selected < others { "selected" } else { "other" };
            format!("Columns are compared from {} {few} points on", Comparison::LEAST)
        }
        None => "Drag over a chart or click a bar to filter; select points to compare them".into(),
    }
}

/// Returns the charts in the order in which they are shown.
fn tiles<'a>(model: &ViewModel<'a>, counted: &'a CountedCharts) -> Vec<Tile<'a>> {
    let comparison = model.comparison.filter(|comparison| {
        comparison.differences.len() == counted.counts.len() && comparison.rows.iter().min() >= Some(&Comparison::LEAST)
    });
    let order = comparison.map_or_else(|| (0..counted.counts.len()).collect(), Comparison::order);
    let tile = |place: usize| {
        let chart = &counted.charts.charts[place];
        Tile {
            chart,
            counts: &counted.counts[place],
            brush: model.view.filter.of(&chart.column),
            is_compared: comparison.is_some(),
            difference: comparison.and_then(|comparison| comparison.differences[place].as_ref()),
        }
    };
    order.into_iter().map(tile).collect()
}

/// Returns where the charts are, each in the column that ends first, and the height of all.
fn places(tiles: &[Tile<'_>], width: f32) -> (Vec<Rect>, f32) {
    let abreast = (((width + APART.x) / (LEAST_WIDTH + APART.x)) as usize).max(1);
    let wide = (width - (abreast - 1) as f32 * APART.x) / abreast as f32;
    let mut ends = vec![0.0_f32; abreast];
    let place = |tile: &Tile<'_>| {
        let first = (1..abreast).fold(0, |first, column| if ends[column] < ends[first] { column } else { first });
        let corner = pos2(first as f32 * (wide + APART.x), ends[first]);
        let rect = Rect::from_min_size(corner, vec2(wide, tile.height()));
        ends[first] = rect.max.y + APART.y;
        rect
    };
    let places = tiles.iter().map(place).collect();
    (places, ends.into_iter().fold(0.0, f32::max))
}

impl Tile<'_> {
    fn height(&self) -> f32 {
        let bars = match &self.chart.bars {
            Bars::Ranges { .. } => histogram::height(self.counts),
            Bars::Values { .. } => values::height(self.chart, self.counts),
        };
        TITLE + bars + if self.is_compared { SENTENCE } else { 0.0 }
    }

    fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        model: &ViewModel<'_>,
        memory: &mut ChartsMemory,
        actions: &mut Vec<Action>,
    ) {
        let title = rect.with_max_y(rect.min.y + TITLE);
        let top = title.max.y + if self.is_compared { SENTENCE } else { 0.0 };
        self.title(ui, title, model, actions);
        if self.is_compared {
            self.sentence(ui, Rect::from_x_y_ranges(rect.x_range(), title.max.y..=top));
        }
        let bars = rect.with_min_y(top);
        match &self.chart.bars {
            Bars::Ranges { edges, of_dates } => {
                Histogram::new(self, edges, *of_dates).show(ui, bars, model, memory, actions);
            }
            Bars::Values { values: named, others } => values(self, ui, bars, (named, *others), model, actions),
        }
        if ui.rect_contains_pointer(rect) {
            memory.active = Some(self.chart.column.clone());
        }
    }

    /// The name of the column, and its brush.
    fn title(&self, ui: &mut Ui, rect: Rect, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
        let (tokens, column) = (Tokens::within(ui), &self.chart.column);
        let response = ui.interact(rect, ui.id().with(("title", column)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, column));
        let mut room = rect;
        if self.brush.is_some() {
            let corner = rect.with_min_x(rect.max.x - 20.0);
            let mut corner = ui.new_child(UiBuilder::new().id_salt(("remove", column)).max_rect(corner));
            let name = format!("Remove the filter of {column}");
            if widgets::icon_button(&mut corner, 20.0, Icon::Close, &name, false, false).clicked() {
                actions.push(Edit::Filter(model.view.filter.without(column)).into());
            }
            room.max.x -= 24.0;
        }
        let note = self.note(model);
        let width = widgets::line(ui.painter(), &note, CAPTION, tokens.accent, room.width() * 0.6).size().x;
        paint_line(
            ui,
            room,
            &note,
            CAPTION,
            if self.brush.is_some() { tokens.accent } else { tokens.secondary },
            Align::Max,
        );
        let elided = paint_line(ui, room.with_max_x(room.max.x - width - 6.0), column, BODY, tokens.text, Align::Min);
        in_full_on_hover(response, elided, column);
    }

    /// What is shown, or how the bars are scaled.
    fn note(&self, model: &ViewModel<'_>) -> String {
        let state = |values: &[Option<String>], what: &str| format!("{} {what}", plural(values.len(), "value"));
        match self.brush.map(|brush| &brush.shows) {
            Some(Shows::Only(values)) => state(values, "shown"),
            Some(Shows::AllBut(values)) => state(values, "hidden"),
            Some(Shows::Range { from, to, .. }) => range_text(model, &self.chart.column, [*from, *to]),
            None if histogram::is_logarithmic(self) => "log of counts".into(),
            None => String::new(),
        }
    }

    fn sentence(&self, ui: &Ui, rect: Rect) {
        let tokens = Tokens::within(ui);
        let [first, second] = sentence::lines(self);
        let clear = self.difference.is_some_and(Difference::is_clear);
        let color = if clear { tokens.accent } else { tokens.secondary };
        let half = rect.height() / 2.0;
        paint_line(ui, rect.with_max_y(rect.min.y + half), &first, CAPTION, color, Align::Min);
        paint_line(ui, rect.with_min_y(rect.min.y + half), &second, CAPTION, tokens.secondary, Align::Min);
        let response = ui.interact(rect, ui.id().with(("difference", &self.chart.column)), Sense::hover());
        let text = format!("{first}: {second}");
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &text));
        response.on_hover_text(text.as_str());
    }
}

/// Returns which columns have no chart, and why.
fn left_out(columns: &[(String, LeftOut)]) -> String {
    let reasons = [
        (LeftOut::Unique, "texts that hardly repeat"),
        (LeftOut::Numbering, "numbers that count the rows"),
        (LeftOut::Constant, "one value only"),
        (LeftOut::Empty, "no values"),
    ];
    let said = reasons.iter().filter_map(|(why, said)| {
        let names: Vec<&str> = columns.iter().filter(|(_, own)| own == why).map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} ({said})", names.join(", ")))
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { String::new() } else { format!("Without a chart: {}.", said.join("; ")) }
}
