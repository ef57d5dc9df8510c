//! `parallax demo`: the window on built-in data.

use parallax_session::{Origin, View};

use super::{CliError, args::DemoArgs, window};
use crate::app::WindowOptions;

/// Opens the window.
pub(super) fn run(args: &DemoArgs) -> Result<(), CliError> {
    let view = View { origin: Origin::Demo(args.demo), ..View::default() };
    window::open(WindowOptions { view, ..WindowOptions::default() }, &args.actions)
}
