//! The presenter's view: the bookmark that the audience sees, the next one, the notes, and the
//! time.
//!
//! It fills a window of its own, on a screen that only the presenter sees. The owner of that window
//! draws it.

use std::time::Duration;

use egui::{
    Align, Area, Context, FontId, Id, Key, Order, Rect, RichText, ScrollArea, Sense, StrokeKind, Ui, UiBuilder,
    WidgetInfo, WidgetType, pos2, vec2,
};
use parallax_look::{
    Tokens, dress, fonts,
    theme::{self, CORNER},
    widgets::{self, focus_ring, paint_line},
};
use parallax_session::{Action, Present, Presentation, ShellAction, Step, Theme, TourAction, plural};
use parallax_tour::{Bookmark, Tour};

use crate::{
    textures::{Pictures, picture},
    theme::tokens,
};

/// The height of the window for which sizes are given. They are scaled for others, within bounds.
const HEIGHT: f32 = 800.0;
const SCALES: [f32; 2] = [0.7, 2.0];
const MARGIN: f32 = 20.0;
const CLOCK: f32 = 48.0;
const NAME: f32 = 40.0;
const BUTTONS: f32 = 48.0;
/// The share of the width for the current bookmark, and the share of the height for its picture.
const SHOWN: f32 = 0.6;
const PICTURE: f32 = 0.55;
/// The greatest number of characters of notes that are laid out.
const LONGEST_NOTE: usize = 20_000;

/// What the presenter's view shows.
#[derive(Debug, Clone, Copy)]
pub struct PresenterModel<'a> {
    /// The bookmarks.
    pub tour: &'a Tour,
    /// The one that is shown now.
    pub at: Option<usize>,
    /// How long the presentation has been going on.
    pub elapsed: Duration,
    /// How long this bookmark has been shown.
    pub on_this: Duration,
    /// The time of day as text.
    pub clock: &'a str,
    /// The colors.
    pub theme: Theme,
    /// How the tour is being shown.
    pub presentation: Presentation,
}

/// What the presenter's view remembers from one frame to the next.
#[derive(Default)]
pub struct PresenterMemory {
    pictures: Pictures,
}

impl std::fmt::Debug for PresenterMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresenterMemory").finish_non_exhaustive()
    }
}

/// Draws the presenter's view over the whole window of `ctx`, and pushes what the presenter does to
/// `actions`.
///
/// The first pass of a context only sets its fonts.
pub fn show_presenter(
    ctx: &Context,
    model: &PresenterModel<'_>,
    memory: &mut PresenterMemory,
    actions: &mut Vec<Action>,
) {
    if !dress(ctx, tokens(model.theme), true) {
        return;
    }
    // The same key presents from the main window.
    if !model.presentation.on && ctx.input(|input| input.key_pressed(Key::F5)) {
        actions.push(ShellAction::Present(Present::On(true)).into());
    }
    let window = ctx.content_rect();
    let scale = (window.height() / HEIGHT).clamp(SCALES[0], SCALES[1]);
    let area = Area::new(Id::new("presenter")).order(Order::Middle).fixed_pos(window.min).constrain(false);
    area.fade_in(false).show(ctx, |ui| {
        ui.expand_to_include_rect(window);
        ui.painter().rect_filled(window, 0.0, Tokens::within(ui).stage[1]);
        let inner = window.shrink(MARGIN * scale);
        let (clock, buttons) = (CLOCK * scale, BUTTONS * scale);
        times(ui, model, inner.with_max_y(inner.min.y + clock), scale);
        let gap = MARGIN * scale * 0.7;
        let body = Rect::from_min_max(inner.min + vec2(0.0, clock + gap), inner.max - vec2(0.0, buttons + gap));
        let split = body.min.x + body.width() * SHOWN;
        shown(ui, model, memory, body.with_max_x(split - gap), scale);
        next(ui, model, memory, body.with_min_x(split + gap), scale);
        keys(ui, model, inner.with_min_y(inner.max.y - buttons), scale, actions);
    });
}

/// A text in a rectangle, with its content as its accessible name.
fn text(ui: &Ui, rect: Rect, text: &str, font: FontId, color: egui::Color32, align: Align) {
    let response = ui.interact(rect, ui.id().with((rect.min.x as i32, rect.min.y as i32, "text")), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    paint_line(ui, rect, text, font, color, align);
}

/// The place in the tour, the time of day, and the time since the start.
fn times(ui: &Ui, model: &PresenterModel<'_>, rect: Rect, scale: f32) {
    let tokens = Tokens::within(ui);
    let all = model.tour.bookmarks.len();
    let place = model.at.map_or_else(|| plural(all, "bookmark"), |at| format!("{} of {all}", at + 1));
    let third = rect.width() / 3.0;
    let column = |from: f32| Rect::from_min_size(rect.min + vec2(from * third, 0.0), vec2(third, rect.height()));
    text(ui, column(0.0), &place, theme::heavy(22.0 * scale), tokens.text, Align::Min);
    text(ui, column(1.0), model.clock, theme::heavy(34.0 * scale), tokens.text, Align::Center);
    let (upper, lower) = column(2.0).split_top_bottom_at_fraction(0.5);
    let since = format!("{} since the start", stopwatch(model.elapsed));
    text(ui, upper, &since, FontId::proportional(17.0 * scale), tokens.text, Align::Max);
    let on_this = format!("{} on this", stopwatch(model.on_this));
    text(ui, lower, &on_this, FontId::proportional(15.0 * scale), tokens.secondary, Align::Max);
}

/// A span of time to the second: `0:07`, `12:34`, `1:02:03`.
fn stopwatch(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// The bookmark that is shown, large, and its notes below.
fn shown(ui: &mut Ui, model: &PresenterModel<'_>, memory: &mut PresenterMemory, rect: Rect, scale: f32) {
    let tokens = Tokens::within(ui);
    let Some(bookmark) = model.at.and_then(|at| model.tour.bookmarks.get(at)) else {
        let size = FontId::proportional(18.0 * scale);
        text(ui, rect, "No bookmark is shown yet.", size, tokens.secondary, Align::Center);
        return;
    };
    let name = rect.with_max_y(rect.min.y + NAME * scale);
    text(ui, name, &bookmark.name, theme::heavy(24.0 * scale), tokens.text, Align::Min);
    let picture = Rect::from_min_size(name.left_bottom(), vec2(rect.width(), rect.height() * PICTURE));
    show_picture(ui, memory, bookmark, picture, model.presentation.blank);
    note(ui, &bookmark.note, rect.with_min_y(picture.max.y + MARGIN * scale * 0.5), scale);
}

fn show_picture(ui: &Ui, memory: &mut PresenterMemory, bookmark: &Bookmark, rect: Rect, is_blank: bool) {
    picture(ui, &mut memory.pictures, bookmark, rect);
    if is_blank {
        let tokens = Tokens::within(ui);
        ui.painter().rect_filled(rect, 4.0, egui::Color32::from_black_alpha(200));
        let plate = Rect::from_center_size(rect.center(), vec2(240.0_f32.min(rect.width()), 32.0));
        ui.painter().rect_filled(plate, CORNER, tokens.card);
        text(ui, plate, "The screen is blank", theme::header(), tokens.warning, Align::Center);
    }
}

/// The notes, in large type.
fn note(ui: &mut Ui, note: &str, rect: Rect, scale: f32) {
    let tokens = Tokens::within(ui);
    ui.painter().rect(rect, CORNER, tokens.card, tokens.border(), StrokeKind::Inside);
    let inner = rect.shrink(12.0 * scale);
    if note.trim().is_empty() {
        let line = inner.with_max_y(inner.min.y + 24.0 * scale);
        text(ui, line, "No notes", FontId::proportional(16.0 * scale), tokens.secondary, Align::Min);
        return;
    }
    let written: String = note.chars().take(LONGEST_NOTE).collect();
    fonts::note(ui.ctx(), &written);
    let mut place = ui.new_child(UiBuilder::new().id_salt("note").max_rect(inner));
    ScrollArea::vertical().max_height(inner.height()).auto_shrink([false, false]).show(&mut place, |ui| {
        let text = RichText::new(written).font(FontId::proportional(22.0 * scale)).color(tokens.text);
        ui.add(egui::Label::new(text).wrap());
    });
}

/// The next bookmark.
fn next(ui: &Ui, model: &PresenterModel<'_>, memory: &mut PresenterMemory, rect: Rect, scale: f32) {
    let tokens = Tokens::within(ui);
    let title = rect.with_max_y(rect.min.y + NAME * scale);
    let next = following(model.tour, model.at).and_then(|place| model.tour.bookmarks.get(place));
    let (said, color) = match next {
        Some(bookmark) => (format!("Next: {}", bookmark.name), tokens.text),
        None => ("This is the last bookmark".to_owned(), tokens.secondary),
    };
    text(ui, title, &said, FontId::proportional(18.0 * scale), color, Align::Min);
    let Some(bookmark) = next else { return };
    let picture = Rect::from_min_size(title.left_bottom(), vec2(rect.width(), rect.height() * PICTURE * 0.8));
    show_picture(ui, memory, bookmark, picture, false);
    if !bookmark.note.trim().is_empty() {
        note_ahead(ui, &bookmark.note, rect.with_min_y(picture.max.y + MARGIN * scale * 0.5), scale);
    }
}

/// The beginning of its notes.
fn note_ahead(ui: &Ui, note: &str, rect: Rect, scale: f32) {
    let color = Tokens::within(ui).secondary;
    fonts::note(ui.ctx(), note);
    let font = FontId::proportional(15.0 * scale);
    let rows = (rect.height() / (20.0 * scale)).floor().max(0.0) as usize;
    let text: String = note.chars().take(2000).collect();
    let mut job = egui::text::LayoutJob::simple(text, font, color, rect.width());
    job.wrap.max_rows = rows;
    if rows > 0 {
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(rect.min, galley, color);
    }
}

/// Returns which bookmark is next.
fn following(tour: &Tour, at: Option<usize>) -> Option<usize> {
    let next = at.map_or(0, |at| at + 1);
    let first = (tour.looping && !tour.bookmarks.is_empty()).then_some(0);
    if next < tour.bookmarks.len() { Some(next) } else { first }
}

/// What the presenter can do: large buttons with their keys.
fn keys(ui: &mut Ui, model: &PresenterModel<'_>, rect: Rect, scale: f32, actions: &mut Vec<Action>) {
    let Presentation { on, blank, automatic, spot, .. } = model.presentation;
    let step = |step| Action::Tour(TourAction::Step(step));
    let buttons = [
        ("Previous", false, true, step(Step::Previous)),
        ("Next", false, true, step(Step::Next)),
        ("Blank", blank, on, Action::Shell(ShellAction::Present(Present::Blank(!blank)))),
        ("Automatic", automatic, on, Action::Shell(ShellAction::Present(Present::Automatic(!automatic)))),
        ("Spot", spot, on, Action::Shell(ShellAction::Present(Present::Spot(!spot)))),
        (if on { "End" } else { "Present" }, false, true, Action::Shell(ShellAction::Present(Present::On(!on)))),
    ];
    let gap = 10.0 * scale;
    let width = (rect.width() - gap * (buttons.len() - 1) as f32) / buttons.len() as f32;
    for (place, (caption, is_on, can, action)) in buttons.into_iter().enumerate() {
        let corner = pos2(rect.min.x + place as f32 * (width + gap), rect.min.y);
        let place = Rect::from_min_size(corner, vec2(width, rect.height()));
        if key(ui, place, caption, (is_on, can), scale).clicked() {
            actions.push(action);
        }
    }
}

/// A button that is on or off, and enabled or not.
fn key(ui: &Ui, rect: Rect, caption: &str, (is_on, can): (bool, bool), scale: f32) -> egui::Response {
    let tokens = Tokens::within(ui);
    let response = ui.interact(rect, ui.id().with(caption), if can { Sense::click() } else { Sense::hover() });
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, can, is_on, caption));
    widgets::field(ui, rect, &response);
    if is_on {
        let stroke = egui::Stroke::new(1.0, tokens.accent);
        ui.painter().rect(rect, CORNER, tokens.accent_behind, stroke, StrokeKind::Inside);
    }
    let font = if is_on { theme::heavy(16.0 * scale) } else { FontId::proportional(16.0 * scale) };
    let color = match (can, is_on) {
        (false, _) => tokens.faint,
        (true, true) => tokens.accent,
        (true, false) => tokens.text,
    };
    paint_line(ui, rect, caption, font, color, Align::Center);
    focus_ring(ui, rect, &response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_formatted_as_on_a_stopwatch() {
        let check = |seconds, expected: &str| assert_eq!(stopwatch(Duration::from_secs(seconds)), expected);
        check(0, "0:00");
        check(67, "1:07");
        check(754, "12:34");
        check(3723, "1:02:03");
    }
}
