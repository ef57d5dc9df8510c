//! A walk through a tour, or through the steps of a training, frame by frame, into a movie.
//!
//! Time stops while data load and layouts are computed, and advances by equal steps from frame to
//! frame, however long one takes to draw: the same tour gives the same bits. Still frames are drawn
//! once. Frames are encoded and written by other threads.

mod steps;

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use bevy::time::TimeUpdateStrategy;
use parallax_camera::CameraRests;
use parallax_cloud::{Cloud, LabelsAnew};
use parallax_embedding::Progress;
use parallax_formats::{FormatError, MovieFrame, SeriesStep, empty_frames, write_frames, write_gif};
use parallax_presentation::PRESENTED;
use parallax_session::{Action, Origin, Present, ShellAction, Stereo, TourAction, View};
use parallax_state::{CurrentView, Motion, Unmeasured};
use parallax_tour::Tour;

use super::{AppError, Headless, RenderSaid};

/// What [`record`] draws.
#[derive(Debug)]
pub struct RecordOptions {
    /// What is walked through.
    pub of: Recorded,
    /// The output: a file that ends in `.gif`, or a folder for PNG files.
    pub out: PathBuf,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Frames a second.
    pub fps: u32,
    /// Whether and how each eye has a picture of its own.
    pub stereo: Stereo,
    /// The duration of each bookmark or step. `None` for that of the tour, or for 0.8 seconds.
    pub seconds: Option<f32>,
}

/// What is walked through.
#[derive(Debug)]
pub enum Recorded {
    /// A tour, and the file that it was read from.
    Tour(Tour, PathBuf),
    /// The steps of a training.
    Steps(Box<RecordedSteps>),
}

/// The steps of a training that are recorded.
#[derive(Debug)]
pub struct RecordedSteps {
    /// What is shown of each.
    pub view: View,
    /// The steps, in order.
    pub steps: Vec<SeriesStep>,
    /// Whether these are all of them.
    pub are_all: bool,
    /// The number of the step that is the second embedding beside all others. It is not beside itself.
    pub itself: Option<u64>,
    /// Whether a person has named the embedding.
    pub is_named: bool,
}

/// What was recorded of the steps of a training.
#[derive(Debug, Clone, Default)]
pub struct StepsReport {
    /// Those in the movie.
    pub shown: Vec<SeriesStep>,
    /// The numbers of those that are not, and why.
    pub left_out: Vec<(u64, String)>,
    /// The numbers between which points jump, because steps between them have no picture.
    pub jumps: Vec<[u64; 2]>,
    /// What there is to say about the data and the layouts.
    pub said: RenderSaid,
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
    /// What was recorded of the steps of a training. Empty for a tour.
    pub steps: StepsReport,
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
        let view = match &options.of {
            Recorded::Tour(..) => View { origin: Origin::Memory, ..View::default() },
            Recorded::Steps(of) => of.first_view(),
        };
        let view = View { stereo: options.stereo, ..view };
        let started = Headless::new(view, options.size, true);
        // The writer must not take a movie without frames for a complete one.
        let mut headless = started.inspect_err(|_| progress.cancel())?;
        headless.world_mut().insert_resource(Unmeasured);
        let (staying, pictures) = (VecDeque::new(), BTreeMap::new());
        Ok(Self { headless, options, progress, send, staying, first: 0, pictures, steps: 0 })
    }

    fn walk(mut self) -> Result<RecordReport, AppError> {
        let walked = match &self.options.of {
            Recorded::Tour(tour, path) => self.walk_tour(tour, path),
            Recorded::Steps(of) => self.walk_steps(of),
        };
        let walked = walked.and_then(|steps| self.wait().map(|()| steps));
        if walked.is_err() {
            self.progress.cancel();
        }
        let steps = walked?;
        Ok(RecordReport {
            frames: 0,
            seconds: self.steps as f64 / f64::from(self.options.fps),
            adapter: self.headless.adapter(),
            said: self.headless.said(),
            steps,
        })
    }

    fn walk_tour(&mut self, tour: &Tour, path: &Path) -> Result<StepsReport, AppError> {
        self.headless.open_tour(path.to_owned(), tour.clone());
        let count = tour.bookmarks.len();
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
                self.headless.world_mut().resource_mut::<LabelsAnew>().0 += 1;
                self.headless.world_mut().insert_resource(Motion::Full);
                self.pass(FADE);
            } else {
                self.go()?;
            }
            self.stay(self.options.seconds.unwrap_or_else(|| tour.seconds(place)))?;
        }
        Ok(StepsReport::default())
    }

    /// Waits for the pictures that have not arrived yet.
    fn wait(&mut self) -> Result<(), AppError> {
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
                // What was shown meanwhile, and for how many frames, is another each time.
                self.headless.draw_letters_anew();
                return self.hand_on();
            }
            if busy {
                frames = 0;
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Draws the transition to a bookmark or a step.
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

    /// Draws for so many seconds what is in place: once, if nothing turns.
    fn stay(&mut self, seconds: f32) -> Result<(), AppError> {
        let frames = (f64::from(seconds) / self.step()).round().max(1.0) as usize;
        let turns = self.headless.world().resource::<CurrentView>().turning;
        if !turns {
            return self.draw(frames);
        }
        (0..frames).try_for_each(|_| self.draw(1))
    }

    fn is_in_place(&self) -> bool {
        let world = self.headless.world();
        world.resource::<Cloud>().is_at_rest() && world.resource::<CameraRests>().0
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
        // Pictures that were asked of a device that is lost do not come.
        if self.pictures.keys().next().is_some_and(|next| *next > self.first + WAITING) {
            return Err(AppError::LostDevice);
        }
        while let Some(pixels) = self.pictures.remove(&self.first) {
            let Some(seconds) = self.staying.pop_front() else { break };
            self.first += 1;
            // If the receiver is gone, it has an error to report.
            self.send.send(MovieFrame { pixels, seconds }).map_err(|_hung_up| AppError::Cancelled)?;
        }
        Ok(())
    }
}
