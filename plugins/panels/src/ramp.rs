//! The legend of numbers: a bar with the ramp's colors, handles at its ends, and which ramp it is.

use egui::{
    Align, Color32, CursorIcon, Id, Key, Mesh, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use parallax_session::{Action, ColorScale, Ramp, Rgb, ScaleKind};

use crate::{
    format::number,
    legend::LEGEND_ROW,
    model::ViewModel,
    theme::{CONTROL, SECONDARY, SPACE, Tokens, content_width},
    widgets::{Entry, chooser, link, paint_line, text},
};

const BAR: f32 = 12.0;
const CHOOSER: f32 = 112.0;
/// A press of an arrow moves a handle by so much of the whole range.
const STEP: f64 = 0.01;

/// Numbers, and the colors that they have.
pub(crate) struct Bar<'a> {
    pub(crate) column: &'a str,
    pub(crate) ramp: Ramp,
    /// The numbers at the ends of the ramp.
    pub(crate) ends: [f64; 2],
    /// The least and the greatest number.
    pub(crate) data: [f64; 2],
    pub(crate) stops: &'a [Rgb],
}

impl Bar<'_> {
    pub(crate) fn show(&self, ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
        let tokens = Tokens::within(ui);
        let scale = model.view.scale;
        let mut new = scale;
        ui.add_space(6.0);
        let (rect, response) = ui.allocate_exact_size(vec2(content_width(), BAR), Sense::hover());
        let [low, high] = self.ends.map(number);
        response
            .widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{}: {low} to {high}", self.column)));
        let [from, to] = self.span();
        let x = |value: f64| {
            let share = if to > from { ((value - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
            egui::lerp(rect.x_range(), share as f32)
        };
        self.paint(ui, rect, self.ends.map(x));
        for end in [0, 1] {
            if let Some(value) = self.handle(ui, rect, x(self.ends[end]), end) {
                let mut ends = self.ends;
                ends[end] = value;
                new.range = Some(ends).filter(|[low, high]| low < high);
            }
        }
        let (line, _) = ui.allocate_exact_size(vec2(content_width(), LEGEND_ROW), Sense::hover());
        paint_line(ui, line, &low, SECONDARY, tokens.secondary, Align::Min);
        paint_line(ui, line, &high, SECONDARY, tokens.secondary, Align::Max);
        self.choices(ui, scale, &mut new);
        if new != scale {
            actions.push(Action::SetScale(new));
        }
    }

    /// From where to where the bar reaches: over all numbers, and over the ends where they lie beyond.
    fn span(&self) -> [f64; 2] {
        [self.data[0].min(self.ends[0]), self.data[1].max(self.ends[1])]
    }

    /// Fills the bar: the ramp between its ends, the colors of the ends beyond.
    fn paint(&self, ui: &Ui, rect: Rect, [low, high]: [f32; 2]) {
        let color = |&[r, g, b]: &Rgb| Color32::from_rgb(r, g, b);
        let (Some(first), Some(last)) = (self.stops.first().map(color), self.stops.last().map(color)) else { return };
        let mut places = vec![(rect.min.x, first)];
        let count = (self.stops.len() - 1).max(1) as f32;
        places.extend(
            self.stops.iter().enumerate().map(|(i, stop)| (egui::lerp(low..=high, i as f32 / count), color(stop))),
        );
        places.push((rect.max.x, last));
        let mut mesh = Mesh::default();
        for (place, &(x, color)) in places.iter().enumerate() {
            mesh.colored_vertex(pos2(x, rect.min.y), color);
            mesh.colored_vertex(pos2(x, rect.max.y), color);
            if place > 0 {
                let end = place as u32 * 2;
                mesh.add_triangle(end - 2, end - 1, end);
                mesh.add_triangle(end - 1, end, end + 1);
            }
        }
        ui.painter().add(Shape::mesh(mesh));
    }

    /// The handle at an end of the ramp; where it was moved to.
    fn handle(&self, ui: &Ui, bar: Rect, x: f32, end: usize) -> Option<f64> {
        let tokens = Tokens::within(ui);
        let name = ["Lower end of the ramp", "Upper end of the ramp"][end];
        // The two lie side by side where they meet.
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
        response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(number(self.ends[end]));
        moved.filter(|&value| value != self.ends[end])
    }

    /// Which ramp, the whole range again, and categories in place of numbers.
    fn choices(&self, ui: &mut Ui, scale: ColorScale, new: &mut ColorScale) {
        let entry = |place: usize| match place.checked_sub(1).and_then(|place| Ramp::ALL.get(place)) {
            Some(ramp) => Entry { text: ramp.name().into(), hint: "".into(), selected: scale.ramp == Some(*ramp) },
            None => Entry { text: "Auto".into(), hint: "".into(), selected: scale.ramp.is_none() },
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE;
            let current = Entry { text: self.ramp.name().into(), hint: "".into(), selected: false };
            if let Some(place) = chooser(ui, CHOOSER, "Ramp", &current, Ramp::ALL.len() + 1, entry) {
                new.ramp = place.checked_sub(1).and_then(|place| Ramp::ALL.get(place)).copied();
            }
            let size = vec2((content_width() - CHOOSER - 2.0 * SPACE) / 2.0, CONTROL);
            if scale.range.is_some() {
                if link(ui, "Whole range", SECONDARY, size, Align::Center).clicked() {
                    new.range = None;
                }
            } else {
                text(ui, size, "", SECONDARY, Color32::TRANSPARENT, Align::Min);
            }
            let hint = "A color a value in place of a ramp";
            if link(ui, "As categories", SECONDARY, size, Align::Max).on_hover_text(hint).clicked() {
                new.kind = Some(ScaleKind::Categories);
            }
        });
    }
}

/// Below the categories of a column of numbers: the way to a ramp.
pub(crate) fn as_numbers(ui: &mut Ui, model: &ViewModel<'_>, column: &str, actions: &mut Vec<Action>) {
    let is_numeric = model.columns().iter().any(|other| other.name() == column && other.is_numeric());
    if !is_numeric {
        return;
    }
    let hint = "Colors along a ramp in place of a color a value";
    if link(ui, "As numbers", SECONDARY, vec2(content_width(), LEGEND_ROW), Align::Max).on_hover_text(hint).clicked() {
        actions.push(Action::SetScale(ColorScale { kind: Some(ScaleKind::Numbers), ..model.view.scale }));
    }
}
