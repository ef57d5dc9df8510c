//! The step of a training on a slide: its number, where it is among the others, and how their layouts
//! belong together. A movie of a training has it.

use egui::{FontId, Rect, Ui, vec2};
use parallax_look::{Tokens, theme};
use parallax_session::{StepKind, StepMark, StepRow};

use super::{
    NAME, NOTE,
    plate::{MARGIN, Sizes, layout, plate},
};
use crate::{
    format::{count, plural},
    memory::SlideMemory,
    rail::Rail,
};

/// The share of the window's width that the plate takes, whatever it says: it must not jump.
const WIDTH: f32 = 0.72;
/// In a picture that is narrower, as half of a small movie is, only what is left out is said.
const CRAMPED: f32 = 480.0;
/// The least sizes of type that can be read in a small movie.
const LEAST_NUMBER: f32 = 15.0;
const LEAST_TEXT: f32 = 11.0;

/// Shows the open step of `row`. While points are on their way from the step before (`arrived` is less
/// than 1), the handle is between the two.
pub(super) fn step(ui: &Ui, size: &Sizes, row: &StepRow, arrived: f32, memory: &mut SlideMemory) {
    let Some(mark) = row.marks.get(row.open) else { return };
    if arrived >= 1.0 {
        memory.step = Some(row.open);
    }
    let from = memory.step.filter(|from| *from < row.marks.len()).unwrap_or(row.open);
    let number = |mark: &StepMark| count(mark.number as usize);
    let says = if from == row.open {
        format!("Step {}", number(mark))
    } else {
        format!("Step {} → {}", number(&row.marks[from]), number(mark))
    };
    let tokens = Tokens::within(ui);
    let [heading, body] = [
        theme::heavy((size.of(NAME) * 0.8).max(LEAST_NUMBER)),
        FontId::proportional((size.of(NOTE) * 0.9).max(LEAST_TEXT)),
    ];
    // As wide as it gets.
    let last = row.marks.last().map_or_else(String::new, number);
    let widest = layout(ui, &format!("Step {last} → {last}"), heading.clone(), tokens.text, f32::INFINITY, 1);
    let (padding, gap) = (vec2(size.of(24.0), size.of(12.0)), size.of(24.0).max(8.0));
    let inner = size.window.width() * WIDTH - 2.0 * padding.x;
    let (at, all) = row.of(row.open);
    let place = layout(ui, &format!("{at} of {all}"), body.clone(), tokens.secondary, inner, 1);
    let note = note(row, size.window.width() < CRAMPED);
    let text = layout(ui, &note, body.clone(), tokens.secondary, inner - place.size().x - gap, 1);
    let line = size.of(6.0);
    let whole = vec2(inner, widest.size().y + line + place.size().y) + 2.0 * padding;
    let rect =
        Rect::from_min_size(size.window.left_bottom() + vec2(size.of(MARGIN), -size.of(MARGIN) - whole.y), whole);
    let said = [says.as_str(), note.as_str()].iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>();
    plate(ui, size, rect, &said.join(". "));
    let free = rect.shrink2(padding);
    let heading = layout(ui, &says, heading, tokens.text, widest.size().x + 1.0, 1);
    ui.painter().galley(free.min, heading, tokens.text);
    let rail = free.with_min_x(free.min.x + widest.size().x + gap).with_max_y(free.min.y + widest.size().y);
    let shown = from as f32 + (row.open as f32 - from as f32) * arrived.clamp(0.0, 1.0);
    Rail::sized(rail, row.marks.len(), size.scale.max(0.6) * 1.4).paint(ui.painter(), row, shown, tokens);
    let below = free.min.y + widest.size().y + line;
    let right = free.max.x - place.size().x;
    ui.painter().galley(egui::pos2(free.min.x, below), text, tokens.secondary);
    ui.painter().galley(egui::pos2(right, below), place, tokens.secondary);
}

/// Says what is left out just before the open step, or else, unless there is room for few words, how the
/// layouts belong together.
fn note(row: &StepRow, is_cramped: bool) -> String {
    let before = row.marks[..row.open].iter().rev().take_while(|mark| !is_shown(mark));
    let mut left_out: Vec<String> = before.map(lacks).collect();
    if left_out.is_empty() {
        return if is_cramped { String::new() } else { row.said.clone() };
    }
    left_out.reverse();
    left_out.join(" · ")
}

fn is_shown(mark: &StepMark) -> bool {
    matches!(mark.kind, StepKind::There { is_laid_out: true, .. })
}

/// Says why there is no picture of a step.
fn lacks(mark: &StepMark) -> String {
    let number = count(mark.number as usize);
    match &mark.kind {
        StepKind::Missing { count: 1, .. } => format!("step {number} is missing"),
        StepKind::Missing { count: missing, last } => {
            let steps = plural(usize::try_from(*missing).unwrap_or(usize::MAX), "step");
            format!("{steps} are missing, {number} to {}", count(*last as usize))
        }
        StepKind::Unreadable(_) => format!("step {number} cannot be read"),
        StepKind::There { is_alike: false, .. } => format!("step {number} has other rows"),
        StepKind::There { is_empty: true, .. } => format!("step {number} has no finite vector"),
        StepKind::There { .. } => format!("step {number} has no layout"),
    }
}
