//! Pictures as textures, made when they come into sight.

mod pictures;
mod thumbnails;

pub(crate) use pictures::{Pictures, picture};
pub(crate) use thumbnails::Thumbnails;
