//! What is on the cards, a module each.

mod apart;
mod bookmarks;
mod bottom;
pub(crate) mod brightness;
mod brushes;
mod charts;
mod compared;
mod data;
mod doctor;
mod inspector;
mod kept;
mod legend;
mod methods;
mod moved;
mod names;
mod neighbors;
mod projection;
mod quality;
mod ramp;
mod rows;
mod selection;
mod shepard;
mod square;
mod stability;
mod sum;
mod table;
mod ticks;

pub(crate) use bookmarks::{bookmarks_card, bookmarks_note};
pub(crate) use bottom::{bottom_card, bottom_region};
pub use compared::has_compared_card;
pub(crate) use compared::{ask_second, set_cameras};
pub(crate) use data::data_card;
pub(crate) use doctor::{
    back as label_before, judge as judge_label, open_or_close as check_labels, patient, proposed as proposed_label,
};
pub(crate) use inspector::{inspector_card, inspector_note, search_field};
pub(crate) use names::name_field;
pub(crate) use projection::{projection_card, projection_note};
pub(crate) use square::paint_square;
pub(crate) use stability::{SEEDS, can_measure, figure};
