//! The region that a selection tool draws.

use bevy::prelude::*;
use parallax_session::Drawn;

/// The region that a selection tool draws while the button is down.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct Region {
    /// The region. `None` if no tool is in use.
    pub drawn: Option<Drawn>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Region>();
}
