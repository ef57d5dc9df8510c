//! The script: what it can say, and how its file is read while it grows.

use crate::profiles;
use crate::session::MAX_SIZE;
use glam::Quat;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// The file, up to where it has been read.
#[derive(Debug)]
pub(crate) struct Script {
    path: Option<PathBuf>,
    read_to: u64,
    frame: u64,
}

impl Script {
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self { path, read_to: 0, frame: 0 }
    }

    /// Returns the file beside the script that has this name.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.path.as_deref().map_or_else(|| PathBuf::from(name), |path| path.with_file_name(name))
    }

    /// Reads the lines that have been added, and resolves their frames; a line that cannot be read
    /// is an error that says why.
    pub(crate) fn read(&mut self, now: u64) -> Vec<Result<Step, String>> {
        let Some(path) = &self.path else { return Vec::new() };
        let text = match added(path, self.read_to) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("{}: {error}", path.display());
                self.path = None;
                return vec![Err(message)];
            }
        };
        // What is after the last line feed is still being written.
        let Some(end) = text.rfind('\n') else { return Vec::new() };
        self.read_to += end as u64 + 1;
        let lines = text[..end].lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| self.step(line, now).map_err(|error| format!("{error}: {line}"))).collect()
    }

    fn step(&mut self, line: &str, now: u64) -> Result<Step, String> {
        let mut step: Step = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let frame = match (step.frame, step.after) {
            (Some(_), Some(_)) => return Err("both `frame` and `after`".into()),
            (Some(frame), None) if frame < self.frame => {
                return Err(format!("frame {frame} is before frame {} of an earlier line", self.frame));
            }
            (Some(frame), None) => frame.max(now),
            (None, after) => self.frame.max(now) + after.unwrap_or(0),
        };
        if step.head.is_some_and(|head| head.connected.is_some()) {
            return Err("a head has no `connected`".into());
        }
        if step.system.is_some() && now > 0 {
            return Err("`system` is only read at the start".into());
        }
        step.system.as_ref().map_or(Ok(()), System::check)?;
        [step.head, step.left, step.right].iter().flatten().try_for_each(Move::check)?;
        if let Some(path) = step.input.keys().find(|path| !profiles::is_source(path)) {
            return Err(format!("no controller has {path}"));
        }
        self.frame = frame;
        step.frame = Some(frame);
        Ok(step)
    }
}

fn added(path: &PathBuf, from: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut text = String::new();
    if file.metadata()?.len() > from {
        file.seek(SeekFrom::Start(from))?;
        file.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// One line.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    pub(crate) frame: Option<u64>,
    after: Option<u64>,
    pub(crate) over: u64,
    pub(crate) system: Option<System>,
    pub(crate) head: Option<Move>,
    pub(crate) left: Option<Move>,
    pub(crate) right: Option<Move>,
    pub(crate) input: BTreeMap<String, Input>,
    pub(crate) event: Option<Event>,
    pub(crate) picture: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct System {
    pub(crate) size: [u32; 2],
    pub(crate) rate: f64,
    pub(crate) views: u32,
    pub(crate) profile: String,
    pub(crate) refuse: Option<Refuse>,
}

impl Default for System {
    fn default() -> Self {
        Self {
            size: [512, 512],
            rate: 90.0,
            views: 2,
            profile: "/interaction_profiles/oculus/touch_controller".into(),
            refuse: None,
        }
    }
}

impl System {
    fn check(&self) -> Result<(), String> {
        if !(1..=2).contains(&self.views) {
            return Err(format!("{} views; there can be 1 or 2", self.views));
        }
        if !(1.0..=1000.0).contains(&self.rate) {
            return Err(format!("the rate {} is not between 1 and 1000", self.rate));
        }
        if !self.size.iter().all(|side| (1..=MAX_SIZE).contains(side)) {
            return Err(format!("the size {:?} is not between 1 and {MAX_SIZE}", self.size));
        }
        if profiles::is_profile(&self.profile) { Ok(()) } else { Err(format!("no profile {}", self.profile)) }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refuse {
    Loader,
    Version,
    Headset,
    Session,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Move {
    pub(crate) position: Option<[f32; 3]>,
    pub(crate) toward: Option<[f32; 3]>,
    pub(crate) orientation: Option<[f32; 4]>,
    pub(crate) tracking: Option<Tracking>,
    pub(crate) connected: Option<bool>,
}

impl Move {
    fn check(&self) -> Result<(), String> {
        match self.orientation {
            Some(_) if self.toward.is_some() => Err("both `toward` and `orientation`".into()),
            Some(quaternion) if (Quat::from_array(quaternion).length() - 1.0).abs() > 0.01 => {
                Err(format!("the length of the quaternion {quaternion:?} is not 1"))
            }
            _ => Ok(()),
        }
    }
}

/// What is known of a pose; the least last.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tracking {
    Full,
    Inferred,
    Orientation,
    None,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Input {
    Pressed(bool),
    Value(f32),
    Stick([f32; 2]),
}

impl Input {
    pub(crate) fn value(self) -> [f32; 2] {
        match self {
            Self::Pressed(pressed) => [f32::from(u8::from(pressed)), 0.0],
            Self::Value(value) => [value, 0.0],
            Self::Stick(value) => value,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Focused,
    Visible,
    Synchronized,
    Stopping,
    Ready,
    Exit,
    SessionLossPending,
    SessionLost,
    InstanceLossPending,
    InstanceLost,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn frames(steps: Vec<Result<Step, String>>) -> Vec<Option<u64>> {
        steps.into_iter().map(|step| step.ok().and_then(|step| step.frame)).collect()
    }

    #[test]
    fn script_counts_frames_and_reads_what_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script.jsonl");
        let mut file = File::create(&path).unwrap();
        writeln!(file, "# why\n\n{{\"frame\": 3}}\n{{\"after\": 4}}\n{{}}\n{{\"frame\": 9}}").unwrap();
        let mut script = Script::new(Some(path));
        assert_eq!(frames(script.read(0)), [Some(3), Some(7), Some(7), Some(9)]);
        assert!(script.read(5).is_empty());
        write!(file, "{{\"after\": 1}}\n{{\"after\"").unwrap();
        assert_eq!(frames(script.read(5)), [Some(10)]);
        writeln!(file, ": 2}}").unwrap();
        assert_eq!(frames(script.read(50)), [Some(52)]);
    }

    #[test]
    fn example_of_the_documentation_is_a_script() {
        let lines = include_str!("lib.rs").lines().filter_map(|line| line.strip_prefix("//! "));
        let example = lines.skip_while(|line| *line != "```text").skip(1).take_while(|line| *line != "```");
        let mut script = Script::new(None);
        let steps = example.filter(|line| !line.starts_with('#')).map(|line| script.step(line, 0));
        assert_eq!(frames(steps.collect()), [0, 0, 30, 60, 63, 68, 68, 78].map(Some));
    }

    #[test]
    fn script_refuses_what_it_does_not_know() {
        let mut script = Script::new(None);
        for (line, message) in [
            (r#"{"hed": {}}"#, "unknown field `hed`"),
            (r#"{"frame": 1, "after": 1}"#, "both"),
            (r#"{"event": "rain"}"#, "unknown variant `rain`"),
            (r#"{"head": {"connected": true}}"#, "a head has no"),
            (r#"{"left": {"toward": [0, 0, 0], "orientation": [0, 0, 0, 1]}}"#, "both"),
            (r#"{"left": {"orientation": [0, 0, 0, 2]}}"#, "is not 1"),
            (r#"{"system": {"views": 3}}"#, "3 views"),
            (r#"{"system": {"rate": 0}}"#, "the rate 0"),
            (r#"{"system": {"size": [0, 9]}}"#, "the size"),
            (r#"{"system": {"profile": "/none"}}"#, "no profile"),
            (r#"{"input": {"/user/hand/left/input/q/click": true}}"#, "no controller has"),
        ] {
            let error = script.step(line, 0).unwrap_err();
            assert!(error.contains(message), "{line}: {error}");
        }
        script.step(r#"{"frame": 5}"#, 0).unwrap();
        assert!(script.step(r#"{"frame": 4}"#, 0).unwrap_err().contains("before frame 5"));
        assert!(script.step(r#"{"system": {}}"#, 1).unwrap_err().contains("only read at the start"));
    }
}
