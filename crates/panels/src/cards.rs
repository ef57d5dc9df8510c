//! What is on the cards, a module each.

mod bookmarks;
mod data;
mod inspector;
mod kept;
mod legend;
mod methods;
mod neighbors;
mod projection;
mod ramp;
mod rows;
mod selection;
mod table;

pub(crate) use bookmarks::{bookmarks_card, bookmarks_note};
pub(crate) use data::data_card;
pub(crate) use inspector::{inspector_card, inspector_note, search_field};
pub(crate) use projection::{projection_card, projection_note};
pub(crate) use table::{table_card, table_region};
