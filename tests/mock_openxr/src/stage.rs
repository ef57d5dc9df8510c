//! What the script makes of head, hands, and buttons at each frame.

use crate::pose::{Pose, Track};
use crate::profiles;
use crate::report::Report;
use crate::script::{Event, Refuse, Script, Step, System, Tracking};
use glam::Vec3;
use openxr_sys as sys;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::env::var_os;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The time of frame 0, in nanoseconds. Times of OpenXR are greater than 0.
const EPOCH: i64 = 1_000_000_000;

/// Where the LOCAL space is in the STAGE space: at the height of the eyes.
const LOCAL: Pose = Pose::at(Vec3::new(0.0, 1.6, 0.0));

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) system: System,
    pub(crate) frame: u64,
    /// Whether the left and the right controller are connected.
    pub(crate) connected: [bool; 2],
    /// Names of the pictures that are still to be taken.
    pub(crate) pictures: Vec<String>,
    /// Whether the script could be read at the start.
    pub(crate) sound: bool,
    script: Script,
    report: Report,
    head: Track,
    hands: [Track; 2],
    inputs: BTreeMap<String, [f32; 2]>,
    due: VecDeque<Step>,
    last_tick: Option<Instant>,
    handles: u64,
}

impl Stage {
    /// Reads the script that the environment names, and does what it says for frame 0.
    pub(crate) fn set() -> Self {
        let path = |name| var_os(name).map(PathBuf::from);
        let mut stage = Self {
            system: System::default(),
            frame: 0,
            connected: [true; 2],
            pictures: Vec::new(),
            sound: true,
            script: Script::new(path("MOCK_OPENXR_SCRIPT")),
            report: Report::new(path("MOCK_OPENXR_REPORT")),
            head: Track::new(Vec3::new(0.0, 1.6, 0.0)),
            hands: [Track::new(Vec3::new(-0.2, 1.3, -0.3)), Track::new(Vec3::new(0.2, 1.3, -0.3))],
            inputs: BTreeMap::new(),
            due: VecDeque::new(),
            last_tick: None,
            handles: 0,
        };
        stage.sound = stage.read();
        stage.system = stage.due.iter_mut().filter_map(|step| step.system.take()).next_back().unwrap_or_default();
        stage.apply();
        stage
    }

    pub(crate) fn refuses(&self, what: Refuse) -> bool {
        self.system.refuse == Some(what)
    }

    pub(crate) fn report(&mut self, what: &str, fields: Value) {
        self.report.line(self.frame, what, fields);
    }

    /// Returns a number that no object has had before.
    pub(crate) fn handle(&mut self) -> u64 {
        self.handles += 1;
        self.handles
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.script.beside(name)
    }

    /// Begins the clock if it does not yet run.
    pub(crate) fn start(&mut self) {
        self.last_tick.get_or_insert_with(Instant::now);
    }

    /// Returns how long it is until the next frame, or `None` if the clock does not run.
    pub(crate) fn until_next(&self) -> Option<Duration> {
        let next = self.last_tick? + Duration::from_nanos(self.period() as u64);
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Goes on to the next frame, and returns the events that the script has for it.
    pub(crate) fn tick(&mut self) -> Vec<Event> {
        self.read();
        self.frame += 1;
        self.last_tick = Some(Instant::now());
        self.apply()
    }

    pub(crate) fn period(&self) -> i64 {
        (1e9 / self.system.rate) as i64
    }

    pub(crate) fn time(&self, frame: u64) -> sys::Time {
        sys::Time::from_nanos(EPOCH + self.period() * frame as i64)
    }

    fn frame_at(&self, time: sys::Time) -> f64 {
        (time.as_nanos() - EPOCH) as f64 / self.period() as f64
    }

    pub(crate) fn head(&self, time: sys::Time) -> (Pose, Tracking) {
        self.head.at(self.frame_at(time).max(0.0))
    }

    pub(crate) fn hand(&self, hand: usize, time: sys::Time) -> (Pose, Tracking) {
        let (pose, tracking) = self.hands[hand].at(self.frame_at(time).max(0.0));
        (pose, if self.connected[hand] { tracking } else { Tracking::None })
    }

    /// Returns where the origin of a reference space is in the STAGE space.
    pub(crate) fn reference(&self, space: sys::ReferenceSpaceType, time: sys::Time) -> (Pose, Tracking) {
        match space {
            sys::ReferenceSpaceType::VIEW => self.head(time),
            sys::ReferenceSpaceType::LOCAL => (LOCAL, Tracking::Full),
            _ => (Pose::IDENTITY, Tracking::Full),
        }
    }

    /// Returns the value of a source, or `None` if its controller is not connected.
    pub(crate) fn input(&self, source: &str) -> Option<[f32; 2]> {
        let hand = profiles::hand(source)?;
        if !self.connected[hand] {
            return None;
        }
        let value = |path: &str| self.inputs.get(path).copied();
        let part = |end, index: usize| source.strip_suffix(end).and_then(value).map(|stick| [stick[index], 0.0]);
        value(source).or_else(|| part("/x", 0)).or_else(|| part("/y", 1)).or(Some([0.0; 2]))
    }

    /// Returns whether every line could be read.
    fn read(&mut self) -> bool {
        let mut sound = true;
        for step in self.script.read(self.frame) {
            match step {
                Ok(step) => {
                    let frame = step.frame.unwrap_or(self.frame);
                    let [left, right] = &mut self.hands;
                    for (track, to) in [(&mut self.head, &step.head), (left, &step.left), (right, &step.right)] {
                        if let Some(to) = to {
                            track.push(frame, step.over, to);
                        }
                    }
                    self.due.push_back(step);
                }
                Err(message) => {
                    sound = false;
                    self.report("script", json!({"message": message}));
                }
            }
        }
        sound
    }

    /// Does what is due, and returns its events.
    fn apply(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(step) = self.due.pop_front_if(|step| step.frame <= Some(self.frame)) {
            for (hand, to) in [step.left, step.right].into_iter().enumerate() {
                if let Some(connected) = to.and_then(|to| to.connected) {
                    self.connected[hand] = connected;
                }
            }
            self.inputs.extend(step.input.into_iter().map(|(path, input)| (path, input.value())));
            self.pictures.extend(step.picture);
            events.extend(step.event);
        }
        events
    }
}
