//! Where cards and toolbar are.

use egui::{Rect, vec2};
use parallax_look::theme::GAP;
use parallax_session::{PanelColumn, Panels};

use super::{columns, toolbar};

/// The least width of a card.
pub(crate) const CARD_WIDTH: f32 = Panels::LEAST_WIDTH as f32;

/// In a narrower window only one column of cards is shown.
const BOTH_COLUMNS: f32 = 1100.0;

/// The least width that the cards leave to the cloud.
const LEAST_CLOUD: f32 = 280.0;

/// Returns the part of `window` that no card covers, without the gaps.
#[must_use]
pub fn free_area(window: Rect, panels: &Panels) -> Rect {
    Places::within(window, panels).free
}

/// The part of the free area between the toolbar and the status line.
pub(crate) fn between_bars(free: Rect, panels: &Panels) -> Rect {
    if panels.shown { Rect { min: free.min + vec2(0.0, 44.0), max: free.max - vec2(0.0, 22.0) } } else { free }
}

/// Where cards and toolbar are.
pub(crate) struct Places {
    /// The column on the left, if it is shown.
    pub(crate) left: Option<Rect>,
    /// The column on the right, if it is shown.
    pub(crate) right: Option<Rect>,
    /// The column that is not shown, and the position of its buttons.
    pub(crate) other: Option<(PanelColumn, Rect)>,
    /// The area that the cards leave.
    pub(crate) free: Rect,
    /// The area of the toolbar.
    pub(crate) toolbar: Rect,
}

impl Places {
    /// Cards on both sides, the toolbar between them, or above them if there is no room between
    /// them. In a narrow window there are cards on one side, and buttons for those of the other.
    pub(crate) fn within(window: Rect, panels: &Panels) -> Self {
        let gap = ((window.width() - 2.0 * CARD_WIDTH) / 3.0).clamp(4.0, GAP);
        let inner = window.shrink2(vec2(gap, GAP));
        let toolbar = inner.with_max_y(inner.min.y + toolbar::HEIGHT);
        if !panels.shown {
            return Self { left: None, right: None, other: None, free: inner, toolbar };
        }
        let [left, right] = panels.widths.map(|width| f32::from(width).max(CARD_WIDTH));
        if window.width() < BOTH_COLUMNS {
            let most = (inner.width() - GAP - LEAST_CLOUD).max(CARD_WIDTH);
            return Self::narrow(inner, toolbar, panels.column, [left, right].map(|width| width.min(most)));
        }
        let room = inner.width() - 2.0 * GAP - LEAST_CLOUD;
        let left = left.min(room - CARD_WIDTH);
        let right = right.min(room - left);
        let free = inner.with_min_x(inner.min.x + left + GAP).with_max_x(inner.max.x - right - GAP);
        let (below, toolbar) = if free.width() < toolbar::LEAST_WIDTH {
            (inner.with_min_y((toolbar.max.y + GAP).min(inner.max.y)), toolbar)
        } else {
            (inner, toolbar.intersect(free))
        };
        Self {
            left: Some(below.with_max_x(below.min.x + left)),
            right: Some(below.with_min_x(below.max.x - right)),
            other: None,
            free: below.intersect(free),
            toolbar,
        }
    }

    fn narrow(inner: Rect, toolbar: Rect, column: PanelColumn, [left, right]: [f32; 2]) -> Self {
        let strip = columns::SIZE;
        match column {
            PanelColumn::Left => {
                let cards = inner.with_max_x(inner.min.x + left);
                let free = inner.with_min_x(cards.max.x + GAP);
                let other = Some((PanelColumn::Right, free.with_min_x(free.max.x - strip)));
                let toolbar = toolbar.intersect(free.with_max_x(free.max.x - strip - GAP));
                Self { left: Some(cards), right: None, other, free, toolbar }
            }
            PanelColumn::Right => {
                let cards = inner.with_min_x(inner.max.x - right);
                let free = inner.with_max_x(cards.min.x - GAP);
                let other = Some((PanelColumn::Left, free.with_max_x(free.min.x + strip)));
                let toolbar = toolbar.intersect(free.with_min_x(free.min.x + strip + GAP));
                Self { left: None, right: Some(cards), other, free, toolbar }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the window, the cards leave room for the cloud, and the toolbar does not lie on
    /// them.
    #[test]
    fn cards_leave_room_for_the_cloud() {
        for width in 640..=2000_u16 {
            for column in [PanelColumn::Left, PanelColumn::Right] {
                for widths in [[308, 308], [560, 560], [308, 560], [560, 308]] {
                    let window = Rect::from_min_size(egui::Pos2::ZERO, vec2(width.into(), 600.0));
                    let places = Places::within(window, &Panels { column, widths, ..Panels::default() });
                    let is_narrow = width < 1100;
                    assert_eq!(places.left.is_some() != places.right.is_some(), is_narrow, "{width}");
                    assert!(places.free.width() >= 279.0, "{width} {widths:?}: {}", places.free);
                    assert!(places.toolbar.width() >= toolbar::LEAST_WIDTH, "{width} {widths:?}");
                    for cards in places.left.iter().chain(&places.right) {
                        assert!(cards.width() >= CARD_WIDTH && !cards.intersects(places.free), "{width}");
                        assert!(!cards.intersects(places.toolbar), "{width}");
                    }
                }
            }
        }
        let small = Places::within(Rect::from_min_size(egui::Pos2::ZERO, vec2(800.0, 600.0)), &Panels::default());
        assert!(small.free.width() > 0.5 * 800.0, "the cloud has most of a small window");
    }
}
