//! The marks of the steps of a training on a line, as the window's row of steps and a slide have them.

use egui::{Painter, Pos2, Rect, Stroke, vec2};
use parallax_look::Tokens;
use parallax_session::{StepKind, StepMark, StepRow};

/// Marks that are nearer to each other are thinner, and still nearer ones are left out.
const ROOM_FOR_DOTS: f32 = 9.0;
const ROOM_FOR_TICKS: f32 = 3.0;

/// Where marks are: at equal distances.
pub(crate) struct Rail {
    left: Pos2,
    apart: f32,
    count: usize,
    /// How large marks are, 1 in the row of steps.
    size: f32,
}

impl Rail {
    pub(crate) fn of(rect: Rect, count: usize) -> Self {
        Self::sized(rect, count, 1.0)
    }

    pub(crate) fn sized(rect: Rect, count: usize, size: f32) -> Self {
        let rail = rect.shrink2(vec2(8.0 * size, 0.0));
        let apart = rail.width().max(0.0) / count.saturating_sub(1).max(1) as f32;
        Self { left: rail.left_center(), apart, count, size }
    }

    /// Returns where a place is, which may lie between two marks.
    pub(crate) fn at(&self, place: f32) -> Pos2 {
        self.left + vec2(self.apart * place, 0.0)
    }

    /// Returns the place of the mark that is nearest to `x`.
    pub(crate) fn place(&self, x: f32) -> usize {
        let place = ((x - self.left.x) / self.apart.max(f32::EPSILON)).round().max(0.0);
        (place as usize).min(self.count.saturating_sub(1))
    }

    /// Paints the marks, with the handle at `shown`.
    pub(crate) fn paint(&self, painter: &Painter, row: &StepRow, shown: f32, tokens: &Tokens) {
        let last = row.marks.len().saturating_sub(1) as f32;
        let size = |length: f32| length * self.size;
        let stroke = |width: f32, color| Stroke::new(size(width), color);
        painter.line_segment([self.at(0.0), self.at(last)], stroke(2.0, tokens.hairline));
        painter.line_segment([self.at(0.0), self.at(shown)], stroke(2.0, tokens.accent));
        for (place, mark) in row.marks.iter().enumerate() {
            let (at, is_past) = (self.at(place as f32), place as f32 <= shown);
            let color = if is_past { tokens.accent } else { tokens.secondary };
            match &mark.kind {
                StepKind::There { is_gone: true, .. } => {
                    painter.circle(at, size(3.5), tokens.card, stroke(1.2, tokens.error));
                }
                StepKind::Missing { .. } | StepKind::There { is_empty: true, .. } => {
                    painter.circle(at, size(3.5), tokens.card, stroke(1.2, tokens.secondary));
                }
                StepKind::There { is_laid_out, .. } if self.apart >= size(ROOM_FOR_DOTS) => {
                    painter.circle_filled(at, size(if *is_laid_out { 3.5 } else { 2.0 }), color);
                }
                StepKind::There { .. } if self.apart >= size(ROOM_FOR_TICKS) => {
                    let half = vec2(0.0, size(3.0));
                    painter.line_segment([at - half, at + half], stroke(1.0, color));
                }
                StepKind::There { .. } => {}
                StepKind::Unreadable(_) => {
                    let half = vec2(size(2.0), size(2.0));
                    painter.circle(at, size(4.0), tokens.card, stroke(1.2, tokens.error));
                    painter.line_segment([at - half, at + half], stroke(1.2, tokens.error));
                }
            }
        }
        if let Some(on_screen) = row.on_screen {
            painter.circle(self.at(on_screen as f32), size(5.0), tokens.card, stroke(1.5, tokens.text));
        }
        let is_gone = |mark: &StepMark| matches!(mark.kind, StepKind::There { is_gone: true, .. });
        let handle = if row.marks.get(row.open).is_some_and(is_gone) { tokens.error } else { tokens.accent };
        painter.circle(self.at(shown), size(6.5), handle, stroke(1.5, tokens.text));
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn marks_are_found_where_they_are_painted() {
        for count in [1, 2, 10, 500] {
            let rail = Rail::of(Rect::from_min_size(pos2(100.0, 0.0), vec2(300.0, 24.0)), count);
            for place in 0..count {
                let at = rail.at(place as f32);
                assert!((108.0..=392.01).contains(&at.x));
                assert_eq!(rail.place(at.x), place);
            }
            assert_eq!((rail.place(-1e6), rail.place(1e6)), (0, count - 1));
        }
    }
}
