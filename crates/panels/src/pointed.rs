//! The row under the pointer in a list, for whoever marks its point.

use egui::{Context, Id};

/// Records that the pointer is on `row` in a list.
pub(crate) fn point_at(ctx: &Context, row: u32) {
    ctx.data_mut(|data| data.insert_temp(pointed(), row));
}

/// Returns the row of a list that the pointer is on in this frame, and forgets it.
pub(crate) fn take_pointed_row(ctx: &Context) -> Option<u32> {
    ctx.data_mut(|data| data.remove_temp(pointed()))
}

fn pointed() -> Id {
    Id::new("row under the pointer")
}
