//! Keeps the second click of a double click from hitting what has come under the pointer by the
//! first.
//!
//! A card that folds, a message that is dismissed or a menu that closes uncovers something else.
//! For a moment that cannot be clicked, unless the pointer moves.

use egui::{Area, Context, Id, Order, Pos2, Rect, Sense, Vec2, pos2};

/// How long a second click may take, in seconds.
const MOMENT: f64 = 0.4;
/// A pointer that moves farther means something else.
const SLACK: f32 = 4.0;

/// A click on a control.
#[derive(Debug, Clone, Copy)]
pub struct Click {
    at: Pos2,
    /// The control.
    rect: Rect,
    time: f64,
}

/// Remembers a click of the last frame, and covers its place while something other than the control
/// is there.
pub fn guard(ctx: &Context, last: &mut Option<Click>) {
    // An area takes a frame to begin with: it is always there, out of sight.
    let middle = uncovered(ctx, last).unwrap_or(pos2(-100.0, -100.0));
    let place = Rect::from_center_size(middle, Vec2::splat(2.0 * SLACK));
    let area = Area::new(Id::new("second click")).order(Order::Tooltip).fixed_pos(place.min);
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        ui.allocate_exact_size(place.size(), Sense::CLICK);
    });
}

/// Returns where the pointer is if it has just clicked a control there that is gone.
fn uncovered(ctx: &Context, last: &mut Option<Click>) -> Option<Pos2> {
    let (time, pointer) = ctx.input(|input| (input.time, input.pointer.latest_pos()));
    let at = pointer?;
    let (clicked, under) = ctx.interaction_snapshot(|snapshot| (snapshot.clicked, snapshot.contains_pointer.clone()));
    let rect_of = |id: Id| ctx.read_response(id).map(|response| response.rect);
    if let Some(rect) = clicked.and_then(rect_of).filter(|rect| rect.contains(at)) {
        *last = Some(Click { at, rect, time });
    }
    last.take_if(|click| click.at.distance(at) > SLACK || time - click.time > MOMENT);
    let click = (*last)?;
    // `Id`s follow from what is laid out before: a control is the same if it is in the same place.
    let is_there = under.iter().filter_map(|id| rect_of(*id)).any(|rect| is_same(rect, click.rect));
    (!is_there).then_some(at)
}

fn is_same(a: Rect, b: Rect) -> bool {
    a.min.distance(b.min) < 0.5 && a.max.distance(b.max) < 0.5
}
