//! Presentations of a tour, and the thumbnails of its bookmarks.
//!
//! - `playback`: a presentation begins and ends, and advances automatically.
//! - `keys`: the keys of a presentation, including those of clickers, and the click that shows the
//!   next bookmark.
//! - `pointer`: hidden while it rests.
//! - `presenter`: the presenter's view, in a window of its own.
//! - `thumbnail`: a small picture of each bookmark, drawn by the program itself.
//!
//! This plugin moves neither points nor camera: it determines which bookmark is shown, and how long
//! the transition takes. The caption and everything else over the cloud belong to the panels.

mod keys;
mod playback;
mod pointer;
mod presenter;
mod thumbnail;

use bevy::prelude::*;

pub use playback::{PRESENTED, Playback};
pub use presenter::until_next_second;

/// Adds presentations and thumbnails.
#[derive(Debug, Default)]
pub struct PresentationPlugin;

impl Plugin for PresentationPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((keys::plugin, playback::plugin, pointer::plugin, presenter::plugin, thumbnail::plugin));
    }
}
