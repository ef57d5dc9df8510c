//! Stereo: a picture for each eye.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How the cloud is shown to two eyes.
///
/// Distances are in the units of the cloud, which has radius 1. They say how a person looks, not
/// what is looked at: a bookmark does not change them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stereo {
    /// Whether each eye has a picture of its own.
    pub on: bool,
    /// How the two pictures are put on the screen.
    pub mode: StereoMode,
    /// The distance between the eyes. `None` follows from the depth of the cloud as it is seen.
    pub eye_distance: Option<f32>,
    /// The distance from the eyes of what appears at the screen. `None` follows from the depth of
    /// the cloud as it is seen.
    pub convergence: Option<f32>,
}

/// How two pictures are put on one screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StereoMode {
    /// The left eye's picture is on the left.
    #[default]
    SideBySide,
    /// The left eye's picture is above the right eye's.
    TopBottom,
    /// The left eye's picture is on the right, for people who cross their eyes.
    CrossEyed,
    /// Both pictures lie on each other, for red and cyan glasses.
    Anaglyph,
}

/// Whether the cloud is also shown in a headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeadsetLink {
    /// The program has not found one, or has lost its runtime.
    #[default]
    Absent,
    /// It is connected, worn or not.
    Connected,
    /// The connection was lost or ended, and can be made again.
    Lost,
}

/// An eye, or the middle between both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Eye {
    /// The left eye.
    Left,
    /// The middle between the eyes: the only eye without stereo.
    Middle,
    /// The right eye.
    Right,
}

impl Stereo {
    /// The greatest distance between the eyes. At 0 both see the same.
    pub const MOST_APART: f32 = 2.0;
    /// The least and the greatest distance of what appears at the screen. Nothing is drawn nearer
    /// than a tenth of the least.
    pub const CONVERGENCE: [f32; 2] = [0.05, 100.0];

    /// Returns the distance between the eyes within its limits. `None` if it is automatic, or not a
    /// number.
    #[must_use]
    pub fn apart(&self) -> Option<f32> {
        self.eye_distance.filter(|apart| apart.is_finite()).map(|apart| apart.clamp(0.0, Self::MOST_APART))
    }

    /// Returns the distance of what appears at the screen within its limits. `None` if it is
    /// automatic, or not a number.
    #[must_use]
    pub fn converges_at(&self) -> Option<f32> {
        let [least, most] = Self::CONVERGENCE;
        self.convergence.filter(|at| at.is_finite()).map(|at| at.clamp(least, most))
    }
}

impl StereoMode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::SideBySide, Self::TopBottom, Self::CrossEyed, Self::Anaglyph];

    /// Returns its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SideBySide => "side-by-side",
            Self::TopBottom => "top-bottom",
            Self::CrossEyed => "cross-eyed",
            Self::Anaglyph => "anaglyph",
        }
    }

    /// Returns its name in a sentence.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::SideBySide => "side by side",
            Self::TopBottom => "top and bottom",
            Self::CrossEyed => "cross-eyed",
            Self::Anaglyph => "anaglyph",
        }
    }
}

impl FromStr for StereoMode {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|mode| mode.name() == name).ok_or_else(|| format!("choose one of {}", names()))
    }
}

impl fmt::Display for StereoMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Eye {
    /// Both eyes.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// Returns where it is: -1 for left, 0 for the middle, 1 for right.
    #[must_use]
    pub fn side(self) -> f32 {
        match self {
            Self::Left => -1.0,
            Self::Middle => 0.0,
            Self::Right => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_parsed_from_their_names() {
        for mode in StereoMode::ALL {
            assert_eq!(mode.name().parse(), Ok(mode));
        }
        assert!("3d".parse::<StereoMode>().is_err_and(|said| said.contains("cross-eyed")));
    }

    /// A log that was written by hand may hold anything.
    #[test]
    fn distances_are_kept_within_their_limits() {
        let check = |value: f32, apart: Option<f32>, at: Option<f32>| {
            let stereo = Stereo { eye_distance: Some(value), convergence: Some(value), ..Stereo::default() };
            assert_eq!((stereo.apart(), stereo.converges_at()), (apart, at), "{value}");
        };
        check(0.5, Some(0.5), Some(0.5));
        check(-1.0, Some(0.0), Some(0.05));
        check(1e9, Some(2.0), Some(100.0));
        check(f32::NAN, None, None);
        check(f32::INFINITY, None, None);
    }
}
