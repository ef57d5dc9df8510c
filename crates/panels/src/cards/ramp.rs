//! The legend of numbers: a histogram, a bar with the colors of the ramp, handles at its ends, and
//! the choice of the ramp.

use egui::{Align, Color32, CursorIcon, Id, Key, Rect, Sense, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_look::{
    Tokens, content_width,
    ramp::{paint_histogram, paint_ramp},
    theme::{CONTROL, SECONDARY, SPACE},
    widgets::{Entry, chooser, line, link, paint_line, text},
};
use parallax_session::{Action, ColorScale, Edit, Ramp, Rgb, ScaleKind};

use crate::{
    cards::{kept, ticks::time_axis},
    memory::PanelMemory,
    model::ViewModel,
};

/// The height of a row of the legend.
pub(crate) const LEGEND_ROW: f32 = 22.0;
const BAR: f32 = 12.0;
/// The height of the histogram.
const HISTOGRAM: f32 = 32.0;
/// Its least height where there is little room, so that the ends of the range are seen without scrolling.
const LOW_HISTOGRAM: f32 = 8.0;
/// The room above it.
const ABOVE: f32 = 6.0;
const CHOOSER: f32 = 112.0;
/// The share of the range by which an arrow key moves a handle.
const STEP: f64 = 0.01;

/// A range of numbers and its colors.
pub(crate) struct Bar<'a> {
    pub(crate) column: &'a str,
    pub(crate) ramp: Ramp,
    /// The numbers at the ends of the ramp.
    pub(crate) ends: [f64; 2],
    /// The least and the greatest number.
    pub(crate) data: [f64; 2],
    /// Whether they are moments.
    pub(crate) of_dates: bool,
    pub(crate) stops: &'a [Rgb],
    /// The number of rows in each of equal parts of `data`.
    pub(crate) histogram: &'a [usize],
}

impl Bar<'_> {
    pub(crate) fn ramp_legend(
        &self,
        ui: &mut Ui,
        model: &ViewModel<'_>,
        memory: &PanelMemory,
        actions: &mut Vec<Action>,
    ) {
        let scale = model.view.scale;
        let mut new = scale;
        ui.add_space(ABOVE);
        let figure = model.figure(self.ends, self.of_dates);
        let [low, high] = self.ends.map(&figure);
        let rows = if self.of_dates { 1.0 } else { rows_of_ends(ui, &low, &high) };
        let histogram = histogram_height(ui.clip_rect().height(), rows);
        let (all, response) = ui.allocate_exact_size(vec2(content_width(ui), histogram + BAR), Sense::hover());
        let rect = all.with_min_y(all.max.y - BAR);
        response
            .widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{}: {low} to {high}", self.column)));
        let [from, to] = self.span();
        let x = |value: f64| {
            let share = if to > from { ((value - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
            egui::lerp(rect.x_range(), share as f32)
        };
        paint_histogram(ui, all.with_max_y(rect.min.y), self.data.map(x), self.histogram);
        paint_ramp(ui, rect, self.ends.map(x), self.stops);
        for end in [0, 1] {
            if let Some(value) = self.handle(ui, rect, x(self.ends[end]), end, &figure) {
                let mut ends = self.ends;
                ends[end] = value;
                new.range = Some(ends).filter(|[low, high]| low < high);
            }
        }
        if self.of_dates {
            let (row, _) = ui.allocate_exact_size(vec2(content_width(ui), LEGEND_ROW), Sense::hover());
            time_axis(ui, row, self.span(), x);
        } else {
            ends(ui, rows, &low, &high);
        }
        self.choices(ui, scale, &mut new, kept::way_back(model, memory), actions);
        if new != scale {
            actions.push(Edit::SetScale(new).into());
        }
    }

    /// Returns the range of the bar: all numbers and both ends of the ramp.
    fn span(&self) -> [f64; 2] {
        [self.data[0].min(self.ends[0]), self.data[1].max(self.ends[1])]
    }

    /// Shows the handle at an end of the ramp. Returns the number that it was moved to.
    fn handle(&self, ui: &Ui, bar: Rect, x: f32, end: usize, figure: &dyn Fn(f64) -> String) -> Option<f64> {
        let tokens = Tokens::within(ui);
        let name = ["Lower end of the ramp", "Upper end of the ramp"][end];
        // Handles that meet are side by side.
        let outer = [-10.0..=3.0, -3.0..=10.0][end].clone();
        let grip = Rect::from_x_y_ranges(x + outer.start()..=x + outer.end(), bar.y_range()).expand2(vec2(0.0, 4.0));
        let response = ui.interact(grip, Id::new(name), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::slider(true, self.ends[end], name));
        let color =
            if response.hovered() || response.dragged() || response.has_focus() { tokens.accent } else { tokens.text };
        let rect = Rect::from_center_size(pos2(x, bar.center().y), vec2(4.0, bar.height() + 6.0));
        ui.painter().rect(rect, 2.0, color, Stroke::new(1.0, tokens.card), egui::StrokeKind::Outside);
        let [from, to] = self.span();
        let mut moved = None;
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            let share = ((pointer.x - bar.min.x) / bar.width().max(1.0)).clamp(0.0, 1.0);
            moved = Some(from + (to - from) * f64::from(share));
        }
        if response.has_focus() {
            let steps =
                ui.input(|input| input.num_presses(Key::ArrowRight) as f64 - input.num_presses(Key::ArrowLeft) as f64);
            if steps != 0.0 {
                moved = Some((self.ends[end] + steps * STEP * (to - from)).clamp(from, to));
            }
        }
        response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(figure(self.ends[end]));
        moved.filter(|&value| value != self.ends[end])
    }

    /// Shows the choice of the ramp, and links to the whole range and to categories, or the
    /// `way_back` to a column.
    fn choices(
        &self,
        ui: &mut Ui,
        scale: ColorScale,
        new: &mut ColorScale,
        way_back: Option<(String, Action)>,
        actions: &mut Vec<Action>,
    ) {
        let entry = |place: usize| match place.checked_sub(1).and_then(|place| Ramp::ALL.get(place)) {
            Some(ramp) => Entry { text: title(*ramp).into(), hint: "".into(), selected: scale.ramp == Some(*ramp) },
            None => Entry { text: "Auto".into(), hint: "".into(), selected: scale.ramp.is_none() },
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE;
            let current = Entry { text: title(self.ramp).into(), hint: "".into(), selected: false };
            if let Some(place) = chooser(ui, CHOOSER, "Ramp", &current, Ramp::ALL.len() + 1, entry) {
                new.ramp = place.checked_sub(1).and_then(|place| Ramp::ALL.get(place)).copied();
            }
            let size = vec2((content_width(ui) - CHOOSER - 2.0 * SPACE) / 2.0, CONTROL);
            if scale.range.is_some() {
                if link(ui, "Whole range", SECONDARY, size, Align::Center).clicked() {
                    new.range = None;
                }
            } else {
                text(ui, size, "", SECONDARY, Color32::TRANSPARENT, Align::Min);
            }
            if let Some((caption, back)) = way_back {
                if link(ui, &caption, SECONDARY, size, Align::Max).on_hover_text(&caption).clicked() {
                    actions.push(back);
                }
                return;
            }
            let hint = "A color for each value instead of a ramp";
            if link(ui, "As categories", SECONDARY, size, Align::Max).on_hover_text(hint).clicked() {
                new.kind = Some(ScaleKind::Categories);
            }
        });
    }
}

/// Returns the height of the histogram in a part of the card that is so high, above so many rows.
fn histogram_height(seen: f32, rows: f32) -> f32 {
    (seen - ABOVE - BAR - rows * LEGEND_ROW).clamp(LOW_HISTOGRAM, HISTOGRAM)
}

/// Returns in how many rows the numbers at the ends are. Long ones are below each other.
fn rows_of_ends(ui: &Ui, low: &str, high: &str) -> f32 {
    let color = Tokens::within(ui).secondary;
    let width = |text: &str| line(ui.painter(), text, SECONDARY, color, content_width(ui)).size().x;
    if width(low) + SPACE + width(high) > content_width(ui) { 2.0 } else { 1.0 }
}

/// Shows the numbers at the ends of the ramp in so many rows.
fn ends(ui: &mut Ui, rows: f32, low: &str, high: &str) {
    let tokens = Tokens::within(ui);
    let (ends, _) = ui.allocate_exact_size(vec2(content_width(ui), rows * LEGEND_ROW), Sense::hover());
    let row = vec2(content_width(ui), LEGEND_ROW);
    let [first, last] = [ends.min, ends.max - row].map(|corner| Rect::from_min_size(corner, row));
    paint_line(ui, first, low, SECONDARY, tokens.secondary, Align::Min);
    paint_line(ui, last, high, SECONDARY, tokens.secondary, Align::Max);
}

/// Returns the name of a ramp as a title.
fn title(ramp: Ramp) -> &'static str {
    match ramp {
        Ramp::Viridis => "Viridis",
        Ramp::Cividis => "Cividis",
        Ramp::Inferno => "Inferno",
        Ramp::Coolwarm => "Coolwarm",
        Ramp::Twilight => "Twilight",
    }
}

/// Shows the link from categories to a ramp, below the categories of a column of numbers or dates.
pub(crate) fn as_numbers(ui: &mut Ui, model: &ViewModel<'_>, column: &str, actions: &mut Vec<Action>) {
    let Some(column) = model.columns().iter().find(|other| other.name() == column) else { return };
    let caption = if column.is_of_dates() { "As dates" } else { "As numbers" };
    if column.measures().is_none() {
        return;
    }
    let hint = "Colors along a ramp instead of a color for each value";
    if link(ui, caption, SECONDARY, vec2(content_width(ui), LEGEND_ROW), Align::Max).on_hover_text(hint).clicked() {
        actions.push(Edit::SetScale(ColorScale { kind: Some(ScaleKind::Numbers), ..model.view.scale }).into());
    }
}
