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
use parallax_tour::is_tour;

use super::{
    CliError,
    args::{Posture, ShownArgs, WindowArgs},
    check::check_change,
    warnings::{self, Said},
};
use crate::app::{self, WindowOptions};

/// Opens the window with the path.
pub(super) fn run(args: WindowArgs) -> Result<(), CliError> {
    let mut bookmarks = args.bookmarks;
    // Bookmarks without a path show their own data.
    let mut on_data_at_hand = args.path.is_some();
    let is_alone = args.path.is_none() && !bookmarks.is_empty();
    let input = args.input.of_any(args.path);
    let mut origin = input.origin;
    if let Origin::Path { path, options } = &origin {
        if is_tour(path) {
            bookmarks.insert(0, path.clone());
            (origin, on_data_at_hand) = (Origin::Memory, false);
        } else if !path.exists() {
            // A mistyped path is better reported here than in an empty window. The prefix of a
            // checkpoint is not a file.
            parallax_formats::open(path, options)?;
        }
    } else if is_alone {
        origin = Origin::Memory;
    }
    // The same goes for a file of bookmarks.
    let missing = bookmarks.iter().find(|path| !path.exists());
    missing.map_or(Ok(()), |path| Err(FormatError::read(path)(std::io::ErrorKind::NotFound.into())))?;
    let view = View { origin, run: input.run, embedding: input.embedding, ..View::default() };
    let options = WindowOptions { view, bookmarks, on_data_at_hand, ..WindowOptions::default() };
    open(options, &args.shown)
}

/// Looks for a headset. If there is none, says so, and the window opens without.
#[cfg(feature = "xr")]
#[expect(clippy::unnecessary_wraps, reason = "a build without headsets refuses it")]
fn with_headset(options: WindowOptions, posture: Posture) -> Result<WindowOptions, CliError> {
    use std::io::{self, Write as _};
    let posture = match posture {
        Posture::Standing => parallax_immersive::Posture::Standing,
        Posture::Seated => parallax_immersive::Posture::Seated,
    };
    match parallax_immersive::Headset::find(posture) {
        Ok(headset) => Ok(WindowOptions { headset: Some(headset), ..options }),
        Err(why) => {
            // The window says it, too.
            writeln!(io::stderr(), "warning: {why}").ok();
            Ok(WindowOptions { notes: vec![why.to_string()], ..options })
        }
    }
}

#[cfg(not(feature = "xr"))]
fn with_headset(_: WindowOptions, _: Posture) -> Result<WindowOptions, CliError> {
    let what = "this program was built without headsets: build it with `cargo build --features xr`, or leave --xr out";
    Err(CliError::Usage(what.into()))
}

/// Opens the window as `shown` says.
pub(super) fn open(mut options: WindowOptions, shown: &ShownArgs) -> Result<(), CliError> {
    options.view.stereo = shown.stereo.stereo(None)?;
    let has_bookmarks = !(options.bookmarks.is_empty() && options.tour.tour().bookmarks.is_empty());
    if let Some(option) = shown.change.given().filter(|_| has_bookmarks) {
        let what = format!("{option} cannot be used with bookmarks, which have their own views. Leave it out");
        return Err(CliError::Usage(what));
    }
    // A mistake is better reported here than in a window. What the settings say is changed last.
    let before = options.view;
    options.view = shown.change.applied(before.clone())?;
    if shown.change.is_given() {
        let beyond = check_change(&before, &options.view, None)?;
        warnings::show(&Said { notes: &beyond, ..Said::default() });
    }
    options.change = shown.change.patch()?;
    if let Some(posture) = shown.xr {
        options = with_headset(options, posture)?;
    }
    let actions = &shown.actions;
    // Read before the log is created, which may be the same file.
    let replay = actions.replay.as_deref().map(read_log).transpose()?.unwrap_or_default();
    let begin = |path: &Path| File::create(path).map_err(FormatError::write(path));
    let log = actions.log_actions.as_deref().map(begin).transpose()?;
    // A replay starts from the default settings.
    let settings = replay.is_empty().then(parallax_desktop::settings_path).flatten();
    Ok(app::window(WindowOptions { log, replay, settings, ..options })?)
}

fn read_log(path: &Path) -> Result<Vec<LoggedAction>, CliError> {
    let bytes = fs::read(path).map_err(FormatError::read(path))?;
    let text = match str::from_utf8(&bytes) {
        Ok(text) => text,
        // It is cut within a letter.
        Err(error) if error.error_len().is_none() => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        Err(error) => {
            let what = format!("it is not text: {error}");
            return Err(Problem::error(path, what).way_out("Give a file that --log-actions has written").into());
        }
    };
    let broken = |error: log::LogError| {
        Problem::error(path, error.to_string()).way_out("Give a file that --log-actions has written").into()
    };
    let (whole, is_cut) = log::whole_lines(text);
    if is_cut {
        let what = "its last action is left out: the program ended while it was written";
        warnings::show(&Said { notes: &[Problem::warning(path, what)], ..Said::default() });
    }
    log::parse(whole).map_err(broken)
}
