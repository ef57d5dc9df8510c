//! Lines and paragraphs of text.

use std::sync::Arc;

use egui::{
    Align, Align2, Color32, FontId, Galley, Painter, Rect, Response, Sense, Ui, Vec2, WidgetInfo, WidgetType,
    text::{CCursor, CCursorRange, LayoutJob, TextFormat, TextWrapping},
    text_edit::TextEditState,
};

use crate::{
    fonts,
    theme::{BODY, CAPTION, SECONDARY, Tokens},
};

/// The most characters that are laid out on one line.
const LONGEST_LINE: usize = 400;

/// Lays out one line of at most `width`.
#[must_use]
pub fn line(painter: &Painter, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    fonts::note(painter.ctx(), text);
    let text: String = text.chars().take(LONGEST_LINE).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping { max_width: width.max(0.0), max_rows: 1, break_anywhere: true, ..TextWrapping::default() };
    job.break_on_newline = false;
    painter.layout_job(job)
}

/// Paints one line into `rect`, vertically centered. Returns whether it was elided.
pub fn paint_line(ui: &Ui, rect: Rect, text: &str, font: FontId, color: Color32, align: Align) -> bool {
    let galley = line(ui.painter(), text, font, color, rect.width());
    let corner = Align2([align, Align::Center]).align_size_within_rect(galley.size(), rect).min;
    let elided = galley.elided;
    ui.painter().galley(corner, galley, color);
    elided
}

/// Paints one line into `rect`, vertically centered, with the characters at `marks` in another
/// color.
pub fn paint_marked(ui: &Ui, rect: Rect, text: &str, marks: &[usize], color: Color32, marked: Color32) {
    // Characters of one color are one section, so that they are kerned.
    let mut runs: Vec<(bool, String)> = Vec::new();
    for (at, c) in text.chars().enumerate().take(LONGEST_LINE) {
        let (is_marked, c) = (marks.contains(&at), if c.is_control() { ' ' } else { c });
        match runs.last_mut() {
            Some((last, run)) if *last == is_marked => run.push(c),
            _ => runs.push((is_marked, c.into())),
        }
    }
    let mut job = LayoutJob::default();
    for (is_marked, run) in &runs {
        job.append(run, 0.0, TextFormat::simple(BODY, if *is_marked { marked } else { color }));
    }
    job.wrap =
        TextWrapping { max_width: rect.width().max(0.0), max_rows: 1, break_anywhere: true, ..TextWrapping::default() };
    job.break_on_newline = false;
    let galley = ui.painter().layout_job(job);
    let corner = Align2([Align::Min, Align::Center]).align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(corner, galley, color);
}

/// Adds a line of text as a widget: elided to its width, and shown in full on hover.
pub fn text(ui: &mut Ui, size: Vec2, text: &str, font: FontId, color: Color32, align: Align) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let elided = ui.is_rect_visible(rect) && paint_line(ui, rect, text, font, color, align);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    in_full_on_hover(response, elided, text)
}

/// Shows `text` on hover if it was elided.
pub fn in_full_on_hover(response: Response, elided: bool, text: &str) -> Response {
    if elided { response.on_hover_text(text.chars().take(10 * LONGEST_LINE).collect::<String>()) } else { response }
}

/// Adds a paragraph of at most `rows` lines.
pub fn paragraph(ui: &mut Ui, text: &str, font: FontId, color: Color32, rows: usize) -> Response {
    fonts::note(ui.ctx(), text);
    let text: String = text.chars().take(10 * LONGEST_LINE).collect();
    let mut job = LayoutJob::single_section(text.clone(), TextFormat::simple(font, color));
    job.wrap = TextWrapping { max_width: ui.available_width(), max_rows: rows, ..TextWrapping::default() };
    let galley = ui.painter().layout_job(job);
    let elided = galley.elided;
    let response = ui.label(galley);
    in_full_on_hover(response, elided, &text)
}

/// Adds a hint where there is no content yet.
pub fn hint(ui: &mut Ui, text: &str) {
    let color = Tokens::within(ui).secondary;
    paragraph(ui, text, SECONDARY, color, 6);
}

/// Paints a small caption, as under a chart.
pub fn paint_caption(ui: &Ui, rect: Rect, text: &str, color: Color32, align: Align) {
    paint_line(ui, rect, text, CAPTION, color, align);
}

/// Selects all of `text`, which the field with this id edits.
pub fn select_all(ctx: &egui::Context, id: egui::Id, text: &str) {
    let mut state = TextEditState::load(ctx, id).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
    state.cursor.set_char_range(Some(all));
    state.store(ctx, id);
}
