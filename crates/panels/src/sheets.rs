//! The sheets over everything, one at a time: the palette, lists, and questions.

mod fuzzy;
mod messages;
mod palette;
mod path;
mod shortcuts;
pub(crate) mod unsaved;

use egui::Context;
use parallax_look::sheet::Stay;
use parallax_session::Action;

use crate::{
    memory::{PanelMemory, Sheet},
    model::ViewModel,
};

/// Shows the open sheet, and pushes what it does to `actions`. It may open another one.
pub(crate) fn open_sheet(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let Some(mut sheet) = memory.sheet.take() else { return };
    let stay = match &mut sheet {
        Sheet::Palette(palette) => palette::palette_sheet(ctx, model, memory, palette, actions),
        Sheet::Help => shortcuts::shortcuts_sheet(ctx),
        Sheet::Messages => messages::messages_sheet(ctx, model),
        Sheet::Unsaved => unsaved::unsaved_sheet(ctx, model, memory, actions),
        Sheet::Files(asking) => path::path_sheet(ctx, memory, asking, actions),
    };
    if stay == Stay::Open && memory.sheet.is_none() {
        memory.sheet = Some(sheet);
    } else {
        ctx.request_repaint();
    }
}
