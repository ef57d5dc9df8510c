//! How Parallax looks, without what it shows: themes, fonts, icons, and controls for [`egui`].
//!
//! [`dress`] gives a context its colors and fonts. What is drawn then takes them from there
//! ([`Tokens::within`]). Every control has an accessible name, by which tests find it.
//!
//! ```
//! use egui::{Context, RawInput, vec2};
//! use parallax_look::{dress, theme, widgets};
//!
//! let ctx = Context::default();
//! let mut drawn = None;
//! // The first pass only sets the fonts.
//! for _ in 0..2 {
//!     let output = ctx.run_ui(RawInput::default(), |ui| {
//!         if dress(ui.ctx(), &theme::LIGHT, false) {
//!             drawn = Some(widgets::button(ui, vec2(84.0, theme::CONTROL), "Open…").rect.size());
//!         }
//!     });
//!     output.drop_without_applying_deltas();
//! }
//! assert_eq!(drawn, Some(vec2(84.0, theme::CONTROL)));
//! ```

mod column;
mod dress;
pub mod fonts;
pub mod icons;
pub mod pasting;
pub mod ramp;
pub mod sheet;
pub mod steady;
pub mod theme;
pub mod widgets;

pub use column::{column, content_width};
pub use dress::dress;
pub use theme::Tokens;
