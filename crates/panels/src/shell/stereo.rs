//! Stereo in the window: its sliders, and where buttons and messages are for two eyes.

use egui::{Align, Align2, Area, Context, Frame, Id, Margin, Order, Rect, Ui, pos2, vec2};
use parallax_look::{
    Tokens,
    theme::{CONTROL, CORNER, SECONDARY, SPACE},
    widgets,
};
use parallax_session::{Action, Dims, Edit, Stereo, StereoMode};

use crate::model::ViewModel;

/// The height of the sliders with the gap above the status line.
pub const STEREO_SLIDERS: f32 = 42.0;

/// The widths of a caption, a value, and the button.
const CAPTION: f32 = 82.0;
const VALUE: f32 = 40.0;
const BUTTON: f32 = 84.0;

/// The widths of a slider.
const SLIDER: [f32; 2] = [60.0, 150.0];

/// A step of the distance between the eyes and of that of the screen: the sliders have whole numbers.
const STEPS: [f32; 2] = [0.001, 0.05];

/// Returns whether the sliders are shown. In the plane there is no depth.
#[must_use]
pub fn has_stereo_sliders(stereo: Stereo, dims: Dims, panels: bool) -> bool {
    stereo.on && dims == Dims::Three && panels
}

/// Shows sliders for the eyes above the status line, as far as there is room.
pub(crate) fn sliders(ctx: &Context, model: &ViewModel<'_>, free: Rect, actions: &mut Vec<Action>) {
    let Some(eyes) = model.eyes else { return };
    if !has_stereo_sliders(model.view.stereo, model.view.projection.dims, model.view.panels.shown) {
        return;
    }
    let fixed = 2.0 * (CAPTION + VALUE) + BUTTON + 6.0 * SPACE + 24.0;
    let slider = ((free.width() - fixed) / 2.0).min(SLIDER[1]);
    if slider < SLIDER[0] {
        return;
    }
    let bottom = pos2(free.center().x, free.max.y - 26.0);
    let area = Area::new(Id::new("stereo")).order(Order::Middle).pivot(Align2::CENTER_BOTTOM).fixed_pos(bottom);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        let tokens = Tokens::within(ui);
        let frame = Frame::new().fill(tokens.card).stroke(tokens.border()).corner_radius(CORNER);
        frame.inner_margin(Margin::symmetric(12, 2)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = SPACE;
                row(ui, model.view.stereo, eyes, slider, actions);
            });
        });
    });
}

fn row(ui: &mut Ui, stereo: Stereo, eyes: [f32; 2], width: f32, actions: &mut Vec<Action>) {
    let mut new = stereo;
    let most = [Stereo::MOST_APART, Stereo::CONVERGENCE[1]];
    let names = ["Eye distance", "Screen at"];
    let hints =
        ["How far the eyes are apart, in radii of the cloud", "How far away the screen is, in radii of the cloud"];
    let set = [0, 1].map(|which| {
        let (secondary, text) = (Tokens::within(ui).secondary, Tokens::within(ui).text);
        let steps = |length: f32| (length / STEPS[which]).round().max(1.0) as usize;
        widgets::text(ui, vec2(CAPTION, CONTROL), names[which], SECONDARY, secondary, Align::Min)
            .on_hover_text(hints[which]);
        let set = widgets::slider(ui, width, names[which], steps(eyes[which]), steps(most[which]));
        let value = format!("{:.2}", eyes[which]);
        widgets::text(ui, vec2(VALUE, CONTROL), &value, SECONDARY, text, Align::Min);
        set.map(|set| set as f32 * STEPS[which])
    });
    new.eye_distance = set[0].or(new.eye_distance);
    new.convergence = set[1].or(new.convergence);
    let is_automatic = stereo.eye_distance.is_none() && stereo.convergence.is_none();
    let button = ui.add_enabled_ui(!is_automatic, |ui| widgets::button(ui, vec2(BUTTON, 26.0), "Automatic")).inner;
    if button.on_hover_text("Depth that follows from the cloud").clicked() {
        (new.eye_distance, new.convergence) = (None, None);
    }
    if new != stereo {
        actions.push(Edit::SetStereo(new).into());
    }
}

/// Returns where each eye sees what is over both pictures while no panel is shown: in each half of
/// the window, or once if there are no halves.
pub(crate) fn for_eyes(model: &ViewModel<'_>, window: Rect) -> Vec<Rect> {
    let (x, y) = (window.center().x, window.center().y);
    match model.eyes.map(|_| model.view.stereo.mode) {
        None | Some(StereoMode::Anaglyph) => vec![window],
        Some(StereoMode::SideBySide | StereoMode::CrossEyed) => vec![window.with_max_x(x), window.with_min_x(x)],
        Some(StereoMode::TopBottom) => vec![window.with_max_y(y), window.with_min_y(y)],
    }
}
