//! The shell: where everything is, and what is drawn when.

mod card;
mod columns;
mod edges;
mod messages;
mod places;
mod steps;
mod stereo;
mod toolbar;

use egui::{Context, Rect};
use parallax_look::{
    dress,
    pasting::{self, PASTED},
    steady,
    theme::GAP,
};
use parallax_session::{Action, Legend, Panel};

pub(crate) use self::steps::go_to as go_to_step;
use self::{
    card::{Card, HEADER, Hold},
    places::{Places, between_bars},
    steps::above_steps,
};
pub use self::{
    places::free_area,
    steps::{STEP_ROW, has_step_row},
    stereo::{STEREO_SLIDERS, has_stereo_sliders},
};
use crate::{
    cards::{
        bookmarks_card, bookmarks_note, bottom_card, bottom_region, data_card, inspector_card, inspector_note,
        projection_card, projection_note, search_field,
    },
    commands::{drop_escape, shortcuts},
    format::{count, shape},
    memory::PanelMemory,
    model::ViewModel,
    pointed::take_pointed_row,
    sheets::{open_sheet, unsaved},
    slide::{self, show_half, show_slide},
    stage,
    theme::tokens,
};

/// The largest share of the column on the right that the bookmarks take.
const BOOKMARKS: f32 = 0.45;

/// Draws the overlay, and pushes what the user does to `actions`. Returns the row under the
/// pointer in a list.
///
/// The first pass of a context only sets its fonts.
pub fn show_panels(
    ctx: &Context,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) -> Option<u32> {
    if !is_dressed(ctx, model, memory) {
        return None;
    }
    say_what_was_left_out(pasting::tame(ctx), memory);
    let window = ctx.content_rect();
    let places = Places::within(window, &model.view.panels);
    let model = &ViewModel { hidden: places.other.map(|(column, _)| column), ..*model };
    unsaved::go_on(ctx, model, memory, actions);
    let row = show_all(ctx, model, &places, memory, actions);
    unsaved::ask_before_opening(model, memory, actions);
    row
}

/// Says how much of what was pasted was left out.
fn say_what_was_left_out(characters: usize, memory: &mut PanelMemory) {
    if characters > 0 {
        let (taken, rest) = (count(PASTED), count(characters));
        memory.note = Some(format!("The first {taken} characters were pasted: {rest} more were left out."));
    }
}

/// Draws everything. Returns the row under the pointer in a list.
fn show_all(
    ctx: &Context,
    model: &ViewModel<'_>,
    places: &Places,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) -> Option<u32> {
    if model.presentation.on {
        if model.eye.is_some() {
            stage::paint_stage(ctx, model, ctx.content_rect(), memory);
        }
        slide_once(ctx, model, memory, !model.reduced_motion);
        memory.presented = true;
        return None;
    }
    if std::mem::take(&mut memory.presented) {
        // The key that has just ended the presentation.
        drop_escape(ctx);
    }
    if !model.view.color_by.is_measured() && model.view.color_by != memory.colored_by {
        memory.colored_by = model.view.color_by.clone();
    }
    steady::guard(ctx, &mut memory.click);
    memory.source_folder = model
        .source
        .and_then(|source| source.path.parent())
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(Into::into);
    // While a region is drawn, the keys belong to the tool.
    if model.region.is_none() {
        shortcuts(ctx, model, memory, actions);
    }
    let lower = memory.free_of_bottom(places.free, model.view);
    let free = above_steps(model, lower);
    if model.eye.is_some() {
        stage::paint_stage(ctx, model, between_bars(free, &model.view.panels), memory);
    }
    stage::edit_name(ctx, model, memory, actions);
    if model.view.panels.shown {
        toolbar::toolbar(ctx, model, places.toolbar, memory, actions);
        cards(ctx, places, model, memory, actions);
        if let Some(rect) = bottom_region(places.free, model.view, memory) {
            bottom_card(ctx, rect, model, memory, actions);
        }
        edges::card_edges(ctx, places, model, actions);
        toolbar::status_line(ctx, model, lower, memory);
        steps::step_row(ctx, model, lower, memory, actions);
        stage::compasses(ctx, model, between_bars(free, &model.view.panels), actions);
        stereo::sliders(ctx, model, free, actions);
        messages::messages(ctx, model, (free, 0), actions);
    } else {
        for (place, window) in stereo::for_eyes(model, ctx.content_rect()).into_iter().enumerate() {
            toolbar::way_back_button(ctx, (window, place), actions);
            messages::messages(ctx, model, (window.shrink(GAP), place), actions);
        }
    }
    messages::center(ctx, model, free, memory, actions);
    messages::demo(ctx, model, places.toolbar, memory);
    open_sheet(ctx, model, memory, actions);
    take_pointed_row(ctx)
}

/// Draws the labels in the cloud and the slide of a presentation without animation, so that the
/// same model gives the same picture.
pub fn show_labels(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    if is_dressed(ctx, model, memory) {
        if model.eye.is_some() {
            stage::paint_stage(ctx, model, ctx.content_rect(), memory);
        }
        if model.presentation.on {
            slide_once(ctx, model, memory, false);
        }
    }
}

/// Shows the slide, unless each eye has one.
fn slide_once(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, fades: bool) {
    if model.eye.is_some() || model.is_of_two() {
        show_slide(ctx, model, &mut memory.slide, fades);
    }
}

/// Draws what is over the cloud in the picture of an eye or of one of two embeddings, in a context of its
/// own: the stage within `free`, and what a presentation has in each picture. That of an eye has the
/// slide, which fades if motion does not have to be reduced.
pub fn show_eye(ctx: &Context, model: &ViewModel<'_>, free: Rect, memory: &mut PanelMemory, fades: bool) {
    if is_dressed(ctx, model, memory) {
        stage::paint_stage(ctx, model, free, memory);
        if model.presentation.on && model.picture.is_some() {
            show_half(ctx, model, &mut memory.slide);
        } else if model.presentation.on {
            show_slide(ctx, model, &mut memory.slide, fades && !model.reduced_motion);
        }
    }
}

/// Gives `ctx` the style and the fonts. Returns whether both are in use.
fn is_dressed(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) -> bool {
    memory.reduced_motion = model.reduced_motion;
    dress(ctx, tokens(model.view.theme), model.reduced_motion)
}

/// Returns the part of `window` that the cloud fills while a tour is presented: all but the
/// caption.
#[must_use]
pub fn free_of_caption(window: Rect) -> Rect {
    slide::free_area(window)
}

/// Returns the part of `window` for two pictures while a tour is presented: all but the legend.
#[must_use]
pub fn free_of_legend(window: Rect, legend: &Legend) -> Rect {
    slide::free_of_key(window, legend)
}

fn cards(ctx: &Context, places: &Places, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    places.left.into_iter().for_each(|left| left_cards(ctx, left, model, memory, actions));
    places.right.into_iter().for_each(|right| right_cards(ctx, right, model, memory, actions));
    if let Some((column, strip)) = places.other {
        columns::column_buttons(ctx, column, strip, model, actions);
    }
}

fn left_cards(ctx: &Context, left: Rect, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let projection = Card {
        panel: Panel::Projection,
        title: "Projection",
        note: &projection_note(model),
        region: left.with_min_y(left.min.y + HEADER + GAP),
        hold: Hold::Bottom,
    };
    let taken = projection
        .draw(ctx, model.view, memory, actions, |ui, memory, actions| projection_card(ui, model, memory, actions));
    let size = model.embedding.map(|embedding| shape(embedding.rows(), embedding.vectors.dims())).unwrap_or_default();
    let data = Card {
        panel: Panel::Data,
        title: "Data",
        note: &size,
        region: left.with_max_y(taken.min.y - GAP),
        hold: Hold::Top,
    };
    data.draw(ctx, model.view, memory, actions, |ui, memory, actions| data_card(ui, model, memory, actions));
}

fn right_cards(ctx: &Context, right: Rect, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let kept = Card {
        panel: Panel::Bookmarks,
        title: "Bookmarks",
        note: &bookmarks_note(model),
        region: right.with_min_y(right.max.y - right.height() * BOOKMARKS),
        hold: Hold::Bottom,
    };
    let taken =
        kept.draw(ctx, model.view, memory, actions, |ui, memory, actions| bookmarks_card(ui, model, memory, actions));
    let inspector = Card {
        panel: Panel::Inspector,
        title: "Inspector",
        note: &inspector_note(model),
        region: right.with_max_y(taken.min.y - GAP),
        hold: Hold::Fill,
    };
    inspector.draw(ctx, model.view, memory, actions, |ui, memory, actions| {
        if std::mem::take(&mut memory.wants_search) {
            ui.memory_mut(|memory| memory.request_focus(search_field()));
        }
        inspector_card(ui, model, memory, actions);
    });
}
