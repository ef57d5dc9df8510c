//! The colors of the themes.

use parallax_look::{
    Tokens,
    theme::{CONTRAST, DARK, LIGHT},
};
use parallax_session::Theme;

/// Returns the colors of a theme.
pub(crate) fn tokens(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
        Theme::Contrast => &CONTRAST,
    }
}
