//! The egui overlay: cards, toolbar, labels and messages over the cloud.
//!
//! [`show`] draws a [`ViewModel`] and pushes what the user does as [`Action`]s; it changes
//! nothing else. State that belongs to the panels alone (heights, textures, whether the list of
//! problems is open) is in a [`PanelMemory`]. The look comes from [`theme`]. Every control has an
//! accessible name, by which the tests find it.
//!
//! While a tour is presented, a slide (`slide`) replaces all of that. [`show_presenter`] fills a
//! window of its own.
//!
//! All commands are in one table (`commands`), from which the toolbar, the shortcuts and the
//! palette are made.
//!
//! Only `plugin` depends on the engine. Nothing here opens a file or computes on data.

mod ask;
mod bookmarks;
mod card;
mod closing;
mod columns;
mod commands;
mod data;
mod edges;
mod files;
mod fonts;
pub mod format;
mod fuzzy;
mod help;
mod icons;
mod inspector;
mod jobs;
mod keyboard;
mod legend;
mod log;
mod methods;
mod model;
mod neighbors;
mod overlay;
mod palette;
mod pasting;
mod pictures;
mod plugin;
mod presenter;
mod projection;
mod ramp;
mod selection;
mod sheet;
mod shortcuts;
mod slide;
mod stage;
mod steady;
mod table;
pub mod theme;
mod thumbnails;
mod toolbar;
mod widgets;

use std::path::PathBuf;

pub use ask::Ask;
pub use closing::Decision;
use egui::{Context, Rect, vec2};
pub use model::{
    AxisLine, EmbeddingEntry, Found, Job, LabelRole, Marked, Neighborhood, PlacedLabel, RegionMark, RegionShape,
    RunEntry, Said, SourceModel, Toast, ViewModel,
};
use parallax_desktop::folder::Listing;
use parallax_session::{Action, Panel, PanelColumn, Panels, Pick, Theme, View};
pub use plugin::{Overlay, PanelsPlugin, Recent};
pub use presenter::{PresenterMemory, PresenterModel, show_presenter};

use crate::{
    card::{Card, HEADER, Hold},
    format::shape,
    theme::{CARD_WIDTH, GAP},
    thumbnails::Thumbnails,
};

/// The largest share of the column on the right that the bookmarks take.
const BOOKMARKS: f32 = 0.45;

/// In a narrower window only one column of cards is shown.
const BOTH_COLUMNS: f32 = 1100.0;

/// The least width that the cards leave to the cloud.
const LEAST_CLOUD: f32 = 280.0;

/// What the panels remember from one frame to the next.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub struct PanelMemory {
    /// The heights of the content of the Data, the Projection and the Bookmarks card.
    heights: [f32; 3],
    thumbnails: Thumbnails,
    /// What is being closed though it is not saved.
    closing: Option<closing::Closing>,
    /// Actions that open other data and that the user has agreed to.
    agreed: Vec<Action>,
    /// Whether the window is to be closed.
    is_leaving: bool,
    /// What the user decided about the window, until it is taken.
    decision: Option<Decision>,
    /// The last click on a control.
    click: Option<steady::Click>,
    /// Whether the search field gets the keyboard when it is drawn.
    wants_search: bool,
    /// Whether the hint on the demo was closed.
    knows_demo: bool,
    problems_open: bool,
    drafts: selection::Drafts,
    table: table::Memory,
    bookmarks: bookmarks::Memory,
    slide: slide::Memory,
    /// Whether a tour was presented in the last frame.
    presented: bool,
    legend: legend::Memory,
    /// What colored the points before their kept neighbors did.
    colored_by: Pick,
    /// The point whose card is not shown until the pointer leaves it: it was clicked.
    clicked: Option<u32>,
    export_rows: Option<parallax_session::ExportedRows>,
    styled: Option<(Theme, bool)>,
    reduced_motion: bool,
    /// A message to the user.
    note: Option<String>,
    /// Whether the user has just asked for less motion.
    motion: Option<bool>,
    /// The sheet over everything.
    sheet: Option<sheet::Sheet>,
    /// The folder where the next dialog for a path begins.
    folder: Option<PathBuf>,
    /// The folder of the open data.
    source_folder: Option<PathBuf>,
    /// The listing of the folder that the dialog shows.
    listing: Option<Listing>,
    /// The path that is to be opened, until it is taken.
    chosen: Option<PathBuf>,
}

/// Draws the overlay, and pushes what the user does to `actions`. Returns the row under the
/// pointer in a list.
///
/// The first pass of a context only sets its fonts.
pub fn show(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) -> Option<u32> {
    if !is_dressed(ctx, model, memory) {
        return None;
    }
    pasting::tame(ctx, memory);
    let window = ctx.content_rect();
    let places = Places::within(window, &model.view.panels);
    let model = &ViewModel { hidden: places.other.map(|(column, _)| column), ..*model };
    closing::go_on(ctx, model, memory, actions);
    let row = show_all(ctx, model, &places, memory, actions);
    closing::ask_before_opening(model, memory, actions);
    row
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
        stage::show(ctx, model, ctx.content_rect(), memory);
        slide::show(ctx, model, &mut memory.slide, !model.reduced_motion);
        memory.presented = true;
        return None;
    }
    if std::mem::take(&mut memory.presented) {
        // The key that has just ended the presentation.
        shortcuts::drop_escape(ctx);
    }
    if model.view.color_by != Pick::Reliability && model.view.color_by != memory.colored_by {
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
        shortcuts::shortcuts(ctx, model, memory, actions);
    }
    let free = memory.free_of_table(places.free, model.view);
    stage::show(ctx, model, between_bars(free, &model.view.panels), memory);
    if model.view.panels.shown {
        toolbar::show(ctx, model, places.toolbar, memory, actions);
        cards(ctx, places, model, memory, actions);
        if let Some(rect) = table::region(places.free, model.view, &memory.table) {
            table::show(ctx, rect, model, memory, actions);
        }
        edges::show(ctx, places, model, actions);
        toolbar::status(ctx, model, free, memory);
        stage::compass(ctx, model, between_bars(free, &model.view.panels), actions);
    } else {
        toolbar::show_way_back(ctx, ctx.content_rect(), actions);
    }
    overlay::center(ctx, model, free, memory, actions);
    overlay::demo(ctx, model, places.toolbar, memory);
    overlay::messages(ctx, model, free, actions);
    sheet::show(ctx, model, memory, actions);
    widgets::take_pointed_row(ctx)
}

/// Draws the labels in the cloud and the slide of a presentation without animation, so that the
/// same model gives the same picture.
pub fn show_labels(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    if is_dressed(ctx, model, memory) {
        stage::show(ctx, model, ctx.content_rect(), memory);
        if model.presentation.on {
            slide::show(ctx, model, &mut memory.slide, false);
        }
    }
}

/// Gives `ctx` the style and the fonts. Returns whether both are in use.
fn is_dressed(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) -> bool {
    memory.reduced_motion = model.reduced_motion;
    theme::dress(ctx, model.view.theme, model.reduced_motion, &mut memory.styled)
}

/// Returns the part of `window` that the cloud fills while a tour is presented: all but the
/// caption.
#[must_use]
pub fn free_of_caption(window: Rect) -> Rect {
    slide::free_area(window)
}

/// Returns the part of `window` that no card covers, without the gaps.
#[must_use]
pub fn free_area(window: Rect, panels: &Panels) -> Rect {
    Places::within(window, panels).free
}

/// The part of the free area between the toolbar and the status line.
fn between_bars(free: Rect, panels: &Panels) -> Rect {
    if panels.shown { Rect { min: free.min + vec2(0.0, 44.0), max: free.max - vec2(0.0, 22.0) } } else { free }
}

/// Where cards and toolbar are.
struct Places {
    /// The column on the left, if it is shown.
    left: Option<Rect>,
    /// The column on the right, if it is shown.
    right: Option<Rect>,
    /// The column that is not shown, and the position of its buttons.
    other: Option<(PanelColumn, Rect)>,
    /// The area that the cards leave.
    free: Rect,
    /// The area of the toolbar.
    toolbar: Rect,
}

impl Places {
    /// Cards on both sides, the toolbar between them, or above them if there is no room between
    /// them. In a narrow window there are cards on one side, and buttons for those of the other.
    fn within(window: Rect, panels: &Panels) -> Self {
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

fn cards(ctx: &Context, places: &Places, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    places.left.into_iter().for_each(|left| left_cards(ctx, left, model, memory, actions));
    places.right.into_iter().for_each(|right| right_cards(ctx, right, model, memory, actions));
    if let Some((column, strip)) = places.other {
        columns::show(ctx, column, strip, model, actions);
    }
}

fn left_cards(ctx: &Context, left: Rect, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let projection = Card {
        panel: Panel::Projection,
        title: "Projection",
        note: &projection::note(model),
        region: left.with_min_y(left.min.y + HEADER + GAP),
        hold: Hold::Bottom,
    };
    let taken = projection
        .show(ctx, model.view, memory, actions, |ui, memory, actions| projection::show(ui, model, memory, actions));
    let size = model.embedding.map(|embedding| shape(embedding.rows(), embedding.vectors.dims())).unwrap_or_default();
    let data = Card {
        panel: Panel::Data,
        title: "Data",
        note: &size,
        region: left.with_max_y(taken.min.y - GAP),
        hold: Hold::Top,
    };
    data.show(ctx, model.view, memory, actions, |ui, memory, actions| data::show(ui, model, memory, actions));
}

fn right_cards(ctx: &Context, right: Rect, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let kept = Card {
        panel: Panel::Bookmarks,
        title: "Bookmarks",
        note: &bookmarks::note(model),
        region: right.with_min_y(right.max.y - right.height() * BOOKMARKS),
        hold: Hold::Bottom,
    };
    let taken =
        kept.show(ctx, model.view, memory, actions, |ui, memory, actions| bookmarks::show(ui, model, memory, actions));
    let inspector = Card {
        panel: Panel::Inspector,
        title: "Inspector",
        note: &inspector::note(model),
        region: right.with_max_y(taken.min.y - GAP),
        hold: Hold::Fill,
    };
    inspector.show(ctx, model.view, memory, actions, |ui, memory, actions| {
        if std::mem::take(&mut memory.wants_search) {
            ui.memory_mut(|memory| memory.request_focus(inspector::search_field()));
        }
        inspector::show(ui, model, memory, actions);
    });
}

impl PanelMemory {
    /// Returns the part of `free` above the table.
    #[must_use]
    pub fn free_of_table(&self, free: Rect, view: &View) -> Rect {
        table::region(free, view, &self.table).map_or(free, |table| free.with_max_y(table.min.y - GAP))
    }

    /// Returns `true` if the user has just asked for less motion, and `false` if they asked for
    /// all of it.
    pub fn take_motion(&mut self) -> Option<bool> {
        self.motion.take()
    }

    /// A message to the user.
    pub fn take_note(&mut self) -> Option<String> {
        self.note.take()
    }

    /// Returns the path that the user has just chosen to open, whatever it is.
    pub fn take_chosen(&mut self) -> Option<PathBuf> {
        self.chosen.take()
    }

    fn place(panel: Panel) -> Option<usize> {
        match panel {
            Panel::Data => Some(0),
            Panel::Projection => Some(1),
            Panel::Bookmarks => Some(2),
            Panel::Inspector => None,
        }
    }

    /// The height of a card's content when it was last shown.
    fn height(&self, panel: Panel) -> f32 {
        Self::place(panel).map_or(0.0, |place| self.heights[place])
    }

    /// Stores the height of a card's content. Returns whether it has changed.
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
