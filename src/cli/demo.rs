//! `parallax demo`: the window on built-in data.

use parallax_session::{Origin, View};

use super::{CliError, args::DemoArgs, window};

/// Opens the window.
pub(super) fn run(args: &DemoArgs) -> Result<(), CliError> {
    window::open(View { origin: Origin::Demo(args.demo), ..View::default() }, &args.actions)
}
