//! `parallax demo`: opens the window with built-in data.

use parallax_session::{Origin, View};
use parallax_tour::OpenTour;

use super::{
    CliError,
    args::{DemoArgs, DemoChoice},
    window,
};
use crate::app::WindowOptions;

/// Opens the window.
pub(super) fn run(args: &DemoArgs) -> Result<(), CliError> {
    let options = match args.demo {
        DemoChoice::Data(demo) => {
            let view = View { origin: Origin::Demo(demo), ..View::default() };
            WindowOptions { view, ..WindowOptions::default() }
        }
        // The bookmarks name their data.
        DemoChoice::Tour => {
            let view = View { origin: Origin::Memory, ..View::default() };
            WindowOptions { view, tour: OpenTour::demo(), ..WindowOptions::default() }
        }
    };
    window::open(options, &args.shown)
}
