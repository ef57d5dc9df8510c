//! Pictures for two eyes.

use clap::Args;
use parallax_session::{Stereo, StereoMode};

use super::values::{convergence, eye_distance};
use crate::cli::CliError;

/// How the cloud is shown to two eyes.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Stereo")]
pub(in crate::cli) struct StereoArgs {
    /// Show a picture to each eye: in halves, or on each other for red and cyan glasses
    #[arg(long, value_name = "side-by-side|top-bottom|cross-eyed|anaglyph")]
    stereo: Option<StereoMode>,
    /// The distance between the eyes; the cloud has radius 1 [default: from the cloud's depth as
    /// seen]
    #[arg(long, value_name = "D", allow_negative_numbers = true, requires = "stereo", value_parser = eye_distance)]
    eye_distance: Option<f32>,
    /// The distance from the eyes of what appears at the screen [default: the middle of the
    /// cloud's depth as seen]
    #[arg(long, value_name = "D", allow_negative_numbers = true, requires = "stereo", value_parser = convergence)]
    convergence: Option<f32>,
}

impl StereoArgs {
    /// Returns the settings, or why they do not fit each other or a picture of this size.
    pub(in crate::cli) fn stereo(&self, size: Option<[u32; 2]>) -> Result<Stereo, CliError> {
        let Self { stereo: mode, eye_distance, convergence } = *self;
        if let (Some(apart), Some(at)) = (eye_distance, convergence)
            && apart > at
        {
            return Err(CliError::Usage(format!(
                "the eyes cannot be farther apart ({apart}) than what they look at is away ({at}). Give a smaller \
                 --eye-distance or a greater --convergence"
            )));
        }
        let [width, height] = size.unwrap_or([u32::MAX; 2]);
        let halved = match mode {
            Some(StereoMode::SideBySide | StereoMode::CrossEyed) => width,
            Some(StereoMode::TopBottom) => height,
            Some(StereoMode::Anaglyph) | None => u32::MAX,
        };
        if halved < 2 {
            return Err(CliError::Usage(format!(
                "a picture of {width}x{height} pixels has no two halves. Give a larger --size"
            )));
        }
        Ok(Stereo { on: mode.is_some(), mode: mode.unwrap_or_default(), eye_distance, convergence })
    }
}
