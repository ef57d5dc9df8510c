//! A walk through a tour, frame by frame, into a movie.
//!
//! Time stops while data load and layouts are computed, and advances by equal steps from frame to
//! frame, however long one takes to draw: the same tour gives the same bits. Still frames are drawn
//! once. Frames are encoded and written by other threads.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use bevy::time::TimeUpdateStrategy;
use parallax_camera::CameraRests;
use parallax_cloud::Cloud;
use parallax_embedding::Progress;
use parallax_formats::{FormatError, MovieFrame, empty_frames, write_frames, write_gif};
use parallax_presentation::PRESENTED;
use parallax_session::{Action, Origin, Present, ShellAction, Stereo, TourAction, View};
use parallax_state::{CurrentView, Motion, Unmeasured};
use parallax_tour::Tour;

use super::{AppError, Headless};

/// What [`record`] draws.
#[derive(Debug)]
pub struct RecordOptions {
    /// The tour.
    pub tour: Tour,
    /// The file that it was read from.
    pub path: PathBuf,
    /// The output: a file that ends in `.gif`, or a folder for PNG files.
    pub out: PathBuf,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Frames a second.
    pub fps: u32,
    /// Whether and how each eye has a picture of its own.
    pub stereo: Stereo,
    /// The duration of each bookmark. `None` for that of the tour.
    pub seconds: Option<f32>,
}

/// What was recorded.
#[derive(Debug, Clone)]
pub struct RecordReport {
    /// The number of frames of the GIF, or of files in the folder.
    pub frames: usize,
    /// How long the movie is, in seconds.
    pub seconds: f64,
    /// The device's name.
    pub adapter: String,
    /// What was wrong with the tour's data.
    pub said: Vec<String>,
}

/// Longer steps would skip parts of flights and morphs: a frame that is shown longer has steps
/// within that are not in the movie.
const LONGEST_STEP: f64 = 0.05;

/// While neither points nor camera move, the caption still changes for this many seconds.
const FADE: f64 = 0.3;

/// At most this many frames wait to be encoded.
const WAITING: usize = 16;

/// A picture that has not arrived from the device after this many frames will not arrive.
const PATIENCE: usize = 600;

/// The number of frames after a step in which systems react to it.
const NOTICING: usize = 3;

/// Walks through `options.tour`, and writes the movie.
///
/// # Errors
/// Returns an error if no device is found, the movie cannot be written, or `progress` was
/// canceled.
pub fn record(options: &RecordOptions, progress: &Progress) -> Result<RecordReport, AppError> {
    if !is_gif(&options.out) {
        empty_frames(&options.out)?;
    }
    let (send, receive) = sync_channel(WAITING);
    thread::scope(|scope| {
        let writer = scope.spawn(move || write(options, receive.into_iter(), progress));
        let walked = Walk::new(options, progress, send).and_then(Walk::walk);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (walked, written) {
            // If the writer has failed, the walk has ended because of that.
            (Ok(_) | Err(AppError::Cancelled), Err(error)) => Err(error.into()),
            (Err(error), _) => Err(error),
            (Ok(report), Ok(frames)) => Ok(RecordReport { frames, ..report }),
        }
    })
}

/// Whether a movie at `path` is a GIF.
#[must_use]
pub fn is_gif(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gif"))
}

fn write(
    options: &RecordOptions,
    frames: impl Iterator<Item = MovieFrame>,
    progress: &Progress,
) -> Result<usize, FormatError> {
    if is_gif(&options.out) {
        write_gif(&options.out, options.size, frames, progress)
    } else {
        write_frames(&options.out, options.size, options.fps, frames, progress)
    }
}

/// The current walk.
struct Walk<'a> {
    headless: Headless,
    options: &'a RecordOptions,
    progress: &'a Progress,
    send: SyncSender<MovieFrame>,
    /// How long each of the frames is shown whose picture has not arrived yet, and the number of
    /// the first.
    staying: VecDeque<f64>,
    first: usize,
    pictures: BTreeMap<usize, Vec<u8>>,
    /// How many steps the frames stay that were drawn.
    steps: usize,
}

impl<'a> Walk<'a> {
    fn new(options: &'a RecordOptions, progress: &'a Progress, send: SyncSender<MovieFrame>) -> Result<Self, AppError> {
        progress.begin("Recording");
        let view = View { origin: Origin::Memory, stereo: options.stereo, ..View::default() };
        let started = Headless::new(view, options.size, true);
        // The writer must not take a movie without frames for a complete one.
        let mut headless = started.inspect_err(|_| progress.cancel())?;
        headless.world_mut().insert_resource(Unmeasured);
        headless.open_tour(options.path.clone(), options.tour.clone());
        let (staying, pictures) = (VecDeque::new(), BTreeMap::new());
        Ok(Self { headless, options, progress, send, staying, first: 0, pictures, steps: 0 })
    }

    fn walk(mut self) -> Result<RecordReport, AppError> {
        let walked = self.walk_through();
        if walked.is_err() {
            self.progress.cancel();
        }
        walked?;
        Ok(RecordReport {
            frames: 0,
            seconds: self.steps as f64 / f64::from(self.options.fps),
            adapter: self.headless.adapter(),
            said: self.headless.said(),
        })
    }

    fn walk_through(&mut self) -> Result<(), AppError> {
        let count = self.options.tour.bookmarks.len();
        for place in 0..count {
            self.progress.advance(place, count).map_err(|_canceled| AppError::Cancelled)?;
            // The first is shown at once, without a transition.
            let first = if place == 0 {
                Action::Shell(ShellAction::Present(Present::On(true)))
            } else {
                Action::Tour(TourAction::Show(place))
            };
            self.headless.act(first);
            self.settle()?;
            if place == 0 {
                self.headless.world_mut().insert_resource(Motion::Full);
                self.pass(FADE);
            } else {
                self.go()?;
            }
            self.stay(place)?;
        }
        for _ in 0..PATIENCE {
            if self.staying.is_empty() {
                return Ok(());
            }
            self.hold()?;
        }
        Err(AppError::NoPicture)
    }

    /// Lets the program do what a step requests, while time stops.
    fn settle(&mut self) -> Result<(), AppError> {
        let mut frames = 0;
        loop {
            self.hold()?;
            frames += 1;
            let busy = self.headless.is_busy();
            if !busy && frames >= NOTICING && self.headless.has_its_eyes() {
                return Ok(());
            }
            if busy {
                frames = 0;
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Draws the transition to a bookmark.
    fn go(&mut self) -> Result<(), AppError> {
        let frames = |seconds: f64| (seconds / self.step()).ceil() as usize;
        let (least, most) = (frames(FADE), frames(PRESENTED.as_secs_f64() * 2.0));
        for drawn in 0..most {
            if drawn >= least && self.is_in_place() {
                break;
            }
            self.draw(1)?;
        }
        Ok(())
    }

    /// Draws a bookmark that is in place: once, if nothing turns.
    fn stay(&mut self, place: usize) -> Result<(), AppError> {
        let seconds = self.options.seconds.unwrap_or_else(|| self.options.tour.seconds(place));
        let frames = (f64::from(seconds) / self.step()).round().max(1.0) as usize;
        let turns = self.headless.world().resource::<CurrentView>().turning;
        if !turns {
            return self.draw(frames);
        }
        (0..frames).try_for_each(|_| self.draw(1))
    }

    fn is_in_place(&self) -> bool {
        let world = self.headless.world();
        world.resource::<Cloud>().morph() >= 1.0 && world.resource::<CameraRests>().0
    }

    /// Seconds from frame to frame.
    fn step(&self) -> f64 {
        f64::from(self.options.fps).recip()
    }

    /// Advances time by a step, and takes a picture that is shown for this many steps.
    fn draw(&mut self, frames: usize) -> Result<(), AppError> {
        let parts = (self.step() / LONGEST_STEP - 1e-9).ceil().max(1.0);
        self.set_time(Duration::from_secs_f64(self.step() / parts));
        for _ in 1..parts as usize {
            self.headless.frame();
        }
        self.headless.frame_with_picture(self.first + self.staying.len());
        self.staying.push_back(self.step() * frames as f64);
        self.steps += frames;
        self.hand_on()
    }

    /// Advances time by this many seconds that are not in the movie.
    fn pass(&mut self, seconds: f64) {
        self.set_time(Duration::from_secs_f64(LONGEST_STEP));
        for _ in 0..(seconds / LONGEST_STEP).ceil() as usize {
            self.headless.frame();
        }
    }

    /// Draws a frame while time stops.
    fn hold(&mut self) -> Result<(), AppError> {
        self.set_time(Duration::ZERO);
        self.headless.frame();
        self.hand_on()
    }

    fn set_time(&mut self, step: Duration) {
        self.headless.world_mut().insert_resource(TimeUpdateStrategy::ManualDuration(step));
    }

    /// Passes on the pictures that have arrived, in order.
    fn hand_on(&mut self) -> Result<(), AppError> {
        self.progress.check().map_err(|_canceled| AppError::Cancelled)?;
        self.pictures.extend(self.headless.pictures());
        while let Some(pixels) = self.pictures.remove(&self.first) {
            let Some(seconds) = self.staying.pop_front() else { break };
            self.first += 1;
            // If the receiver is gone, it has an error to report.
            self.send.send(MovieFrame { pixels, seconds }).map_err(|_hung_up| AppError::Cancelled)?;
        }
        Ok(())
    }
}
