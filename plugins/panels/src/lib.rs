//! The egui overlay: cards, toolbar, labels and messages over the cloud.
//!
//! [`show`] draws a [`ViewModel`] and pushes what the person does as [`Action`]s; nothing else changes
//! anything. What belongs to the panels alone (heights, textures, whether the list of problems is open) is in a
//! [`PanelMemory`]. The look comes from [`theme`]; every control has a name for accessibility, by which the tests
//! find it.
//!
//! Nothing here knows the engine, opens a file or computes on data.

mod card;
mod data;
pub mod format;
mod icons;
mod inspector;
mod methods;
mod model;
mod neighbors;
mod overlay;
mod plugin;
mod projection;
mod shortcuts;
mod stage;
pub mod theme;
mod thumbnails;
mod toolbar;
mod widgets;

use egui::{Context, Rect, pos2, vec2};
pub use model::{
    AxisLine, EmbeddingEntry, Found, Job, LabelRole, Marked, Neighborhood, PlacedLabel, RegionMark, RegionShape,
    SourceModel, Toast, ViewModel,
};
use parallax_session::{Action, Panel, Panels, Theme};
pub use plugin::{Overlay, PanelsPlugin};
pub use shortcuts::shortcuts;

use crate::{
    card::{Card, HEADER, Hold},
    format::shape,
    theme::{CARD_WIDTH, GAP},
    thumbnails::Thumbnails,
};

/// What the panels remember from one frame to the next.
#[derive(Default)]
pub struct PanelMemory {
    /// The heights of the Data and the Projection card's content.
    heights: [f32; 2],
    thumbnails: Thumbnails,
    problems_open: bool,
    styled: Option<(Theme, bool)>,
    reduced_motion: bool,
}

/// Draws the overlay, and pushes to `actions` what the person does.
///
/// In the first pass of a context only its fonts are set.
pub fn show(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if !is_dressed(ctx, model, memory) {
        return;
    }
    // While a region is drawn, the keys are the tool's.
    if model.region.is_none() {
        shortcuts(ctx, model, actions);
    }
    let window = ctx.content_rect();
    let free = free_area(window, &model.view.panels);
    stage::show(ctx, model, between_bars(free, &model.view.panels), memory);
    if model.view.panels.shown {
        cards(ctx, window, model, memory, actions);
        toolbar::show(ctx, model, free, actions);
        toolbar::status(ctx, model, free);
        stage::compass(ctx, model, between_bars(free, &model.view.panels), actions);
    } else {
        toolbar::show_way_back(ctx, window, actions);
    }
    overlay::center(ctx, model, free, actions);
    overlay::messages(ctx, model, free, actions);
}

/// Draws the labels in the cloud and nothing else.
pub fn show_labels(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    if is_dressed(ctx, model, memory) {
        stage::show(ctx, model, ctx.content_rect(), memory);
    }
}

/// Gives `ctx` the style and the fonts. Says whether both are there.
fn is_dressed(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) -> bool {
    let style = (model.view.theme, model.reduced_motion);
    if memory.styled != Some(style) {
        theme::apply(ctx, model.view.theme, model.reduced_motion);
        memory.styled = Some(style);
        memory.reduced_motion = model.reduced_motion;
    }
    theme::fonts_are_ready(ctx)
}

/// The part of `window` that no card covers, less the gaps.
#[must_use]
pub fn free_area(window: Rect, panels: &Panels) -> Rect {
    let inner = window.shrink(GAP);
    if !panels.shown {
        return inner;
    }
    let side = CARD_WIDTH + GAP;
    Rect::from_min_max(
        pos2(inner.min.x + side, inner.min.y),
        pos2((inner.max.x - side).max(inner.min.x + side), inner.max.y),
    )
}

/// What of the free area lies between the toolbar and the line of status.
fn between_bars(free: Rect, panels: &Panels) -> Rect {
    if panels.shown { Rect { min: free.min + vec2(0.0, 44.0), max: free.max - vec2(0.0, 22.0) } } else { free }
}

fn cards(ctx: &Context, window: Rect, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let inner = window.shrink(GAP);
    let left = inner.with_max_x(inner.min.x + CARD_WIDTH);
    let projection = Card {
        panel: Panel::Projection,
        title: "Projection",
        note: projection::note(model),
        region: left.with_min_y(left.min.y + HEADER + GAP),
        hold: Hold::Bottom,
    };
    let taken =
        projection.show(ctx, model.view, memory, actions, |ui, _, actions| projection::show(ui, model, actions));
    let size = model.embedding.map(|embedding| shape(embedding.rows(), embedding.vectors.dims())).unwrap_or_default();
    let data = Card {
        panel: Panel::Data,
        title: "Data",
        note: &size,
        region: left.with_max_y(taken.min.y - GAP),
        hold: Hold::Top,
    };
    data.show(ctx, model.view, memory, actions, |ui, memory, actions| data::show(ui, model, memory, actions));
    let inspector = Card {
        panel: Panel::Inspector,
        title: "Inspector",
        note: &inspector::note(model),
        region: inner.with_min_x(inner.max.x - CARD_WIDTH),
        hold: Hold::Fill,
    };
    inspector.show(ctx, model.view, memory, actions, |ui, memory, actions| inspector::show(ui, model, memory, actions));
}

impl PanelMemory {
    fn place(panel: Panel) -> Option<usize> {
        match panel {
            Panel::Data => Some(0),
            Panel::Projection => Some(1),
            Panel::Inspector => None,
        }
    }

    /// The height of a card's content when it was last shown.
    fn height(&self, panel: Panel) -> f32 {
        Self::place(panel).map_or(0.0, |place| self.heights[place])
    }

    /// Remembers the height of a card's content. Says whether it is another.
    fn set_height(&mut self, panel: Panel, height: f32) -> bool {
        let Some(known) = Self::place(panel).map(|place| &mut self.heights[place]) else { return false };
        let differs = (*known - height).abs() > 0.5;
        *known = height;
        differs
    }
}

impl std::fmt::Debug for PanelMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PanelMemory").field("heights", &self.heights).finish_non_exhaustive()
    }
}
