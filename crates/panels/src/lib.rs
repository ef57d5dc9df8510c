//! The panels: cards, toolbar, sheets, labels, and messages over the cloud, without an engine.
//!
//! [`show_panels`] draws a [`ViewModel`] and pushes what the user does as
//! [`Action`](parallax_session::Action)s; it changes nothing else. State that belongs to the panels
//! alone (heights, textures, whether the list of problems is open) is in a [`PanelMemory`]. The look
//! comes from [`parallax_look`]. Every control has an accessible name, by which the tests find it.
//!
//! While a tour is presented, a slide (`slide`) replaces all of that. [`show_presenter`] fills a
//! window of its own, and [`show_hand_panel`] a panel beside a hand in a headset.
//!
//! All commands are in one table (`commands`), from which the toolbar, the shortcuts and the
//! palette are made.
//!
//! Nothing here opens a file or computes on data.

mod ask;
mod cards;
mod commands;
pub mod format;
mod hand;
mod memory;
mod model;
mod pointed;
mod presenter;
mod rail;
mod sheets;
mod shell;
mod slide;
mod stage;
mod textures;
mod theme;

pub use ask::Ask;
pub use cards::has_compared_card;
pub use hand::{
    HAND_PANEL, HandMemory, ROOM_LABEL, ROOM_SHEET, RoomText, RoomTextLook, room_label_corner, show_hand_panel,
    show_room_labels,
};
pub use memory::{Decision, PanelMemory, Told};
pub use model::{EmbeddingEntry, Job, Marked, RunEntry, SourceModel, Spotted, ViewModel};
pub use presenter::{PresenterMemory, PresenterModel, show_presenter};
pub use shell::{
    STEP_ROW, STEREO_SLIDERS, free_area, free_of_caption, free_of_legend, has_step_row, has_stereo_sliders, show_eye,
    show_labels, show_panels,
};
pub use stage::PICTURE_TITLE;
