//! `parallax [PATH]`: the window.

use std::{
    fs::{self, File},
    path::Path,
};

use parallax_formats::{FormatError, Problem};
use parallax_session::{
    Origin, View,
    log::{self, LoggedAction},
};

use super::{
    CliError,
    args::{ActionArgs, WindowArgs},
};
use crate::app::{self, WindowOptions};

/// Opens the window on the path.
pub(super) fn run(args: WindowArgs) -> Result<(), CliError> {
    let input = args.input.of_any(args.path);
    if let Origin::Path { path, options } = &input.origin
        && !path.exists()
    {
        // A slip of the pen is better told where it was made than in an empty window. The prefix of a checkpoint is no file.
        parallax_formats::open(path, options)?;
    }
    let view = View { origin: input.origin, run: input.run, embedding: input.embedding, ..View::default() };
    open(view, &args.actions)
}

/// Opens the window on a view.
pub(super) fn open(view: View, actions: &ActionArgs) -> Result<(), CliError> {
    // Read before the log is begun, which may be the same file.
    let replay = actions.replay.as_deref().map(read_log).transpose()?.unwrap_or_default();
    let begin = |path: &Path| File::create(path).map_err(FormatError::write(path));
    let log = actions.log_actions.as_deref().map(begin).transpose()?;
    // What is done again is done where it was done: with the usual settings.
    let settings = replay.is_empty().then(parallax_desktop::settings_path).flatten();
    Ok(app::window(WindowOptions { view, log, replay, settings })?)
}

fn read_log(path: &Path) -> Result<Vec<LoggedAction>, CliError> {
    let text = fs::read_to_string(path).map_err(FormatError::read(path))?;
    let broken = |error: log::LogError| {
        Problem::error(path, error.to_string()).way_out("Give a file that --log-actions has written").into()
    };
    log::parse(&text).map_err(broken)
}
