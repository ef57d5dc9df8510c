//! The picture of the window, drawn without a window or display.
//!
//! [`Headless`] owns the app, runs its frames and waits for the device after each, so that timings
//! include the device's work. The app itself loads and projects what the view asks for.

use std::{
    fmt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use bevy::{
    app::SubApps,
    camera::RenderTarget,
    image::Image,
    prelude::*,
    render::{
        render_resource::PollType,
        renderer::{RenderAdapterInfo, RenderDevice},
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
};
use parallax_camera::{cloud_camera, fit, picture_target};
use parallax_cloud::{Drawn, Eyes};
use parallax_embedding::{Embedding, quantile};
use parallax_formats::{FormatError, Problem};
use parallax_overlay::{LettersAnew, Overlay};
use parallax_projection::WithoutPlace;
use parallax_projector::Failed;
use parallax_session::{
    Action, Dims, Edit, Half, JobKind, Matching, Origin, Pose, StereoMode, TourAction, View, count, plural,
};
use parallax_state::{
    ClusterNames, CurrentCompared, CurrentLayout, CurrentTour, CurrentView, Do, Motion, Opened, Requests, Running,
    ScreenArea, SecondPose, Shown, Toasts, Took, Unmeasured, Unplaced,
};
use parallax_tour::Tour;

use super::{AppError, describe::describe, error::guarded};
use crate::{ParallaxPlugins, peak_memory_bytes};

/// What [`render`] draws.
#[derive(Debug)]
pub struct RenderOptions {
    /// The view. For a bookmark, one without data, of which only the stereo counts.
    pub view: View,
    /// The bookmark to show: the tour, the file that it was read from, and the
    /// index in it.
    pub bookmark: Option<(Tour, PathBuf, usize)>,
    /// The PNG file to write.
    pub out: PathBuf,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Whether cards, toolbar and status are in the picture.
    pub panels: bool,
    /// Turns the camera once around in this many frames, and measures them.
    pub frames: Option<usize>,
    /// When the program started.
    pub started: Instant,
}

/// What was drawn, and how long it took.
#[derive(Debug, Clone)]
pub struct RenderReport {
    /// The number of rows of the embedding.
    pub rows: usize,
    /// The number of rows that are shown and have a place: the points that are drawn.
    pub points: usize,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// How each eye saw its picture. `None` for one eye.
    pub stereo: Option<StereoReport>,
    /// The device's name.
    pub adapter: String,
    /// The time of each stage.
    pub seconds: RenderSeconds,
    /// The median time of a measured frame, in milliseconds.
    pub frame_ms_median: Option<f64>,
    /// The 99th percentile of the time of a measured frame, in milliseconds.
    pub frame_ms_p99: Option<f64>,
    /// The peak memory of the process.
    pub peak_memory_bytes: u64,
    /// What there is to say beside the picture.
    pub said: RenderSaid,
    /// The rows without a place, by the reason.
    pub without_place: WithoutPlace,
}

/// The eyes of a picture, in the units of the cloud, which has radius 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StereoReport {
    /// How their pictures lie in the picture.
    pub mode: StereoMode,
    /// The distance between them; 0 before a plane.
    pub eye_distance: f32,
    /// The distance from them of what appears at the screen.
    pub convergence: f32,
}

/// What there is to say beside a picture.
#[derive(Debug, Clone, Default)]
pub struct RenderSaid {
    /// About the layout: which defaults were lowered, and what its coordinates stand for.
    pub notes: Vec<Problem>,
    /// What is wrong with the data.
    pub problems: Vec<Problem>,
    /// What is wrong with other runs of the same path.
    pub elsewhere: Vec<Problem>,
}

/// Seconds of each stage. Loading begins while the device starts.
#[derive(Debug, Clone, Copy, Default)]
pub struct RenderSeconds {
    /// Reading. `None` for a bookmark.
    pub load: Option<f64>,
    /// Projecting. `None` for a bookmark, which keeps its layout.
    pub projection: Option<f64>,
    /// Starting engine and device.
    pub device: f64,
    /// From data and device to the picture in memory.
    pub first_frame: f64,
    /// From the start of the program to the picture on disk.
    pub total: f64,
}

/// An app without window that draws into an image.
pub struct Headless {
    apps: SubApps,
    target: Handle<Image>,
}

/// The way out where rows of two embeddings are not matched, and where they may be matched wrongly.
pub(crate) const MATCH_OTHERWISE: &str = "Give a column that both have with --key, or --by-order";
pub(crate) const MATCH_BY_KEY: &str = "Match them by a column that both have with --key";

/// A picture takes at most this many frames in which no job runs to settle: fonts, layout of the
/// cards, readback.
const SETTLING_FRAMES: usize = 600;

/// How long jobs run until they are looked at again.
const WATCH: Duration = Duration::from_millis(5);

/// Draws `options.view` into a PNG file.
///
/// # Errors
/// Returns an error if the data cannot be loaded or projected, no device is found, or the file
/// cannot be written.
pub fn render(options: RenderOptions) -> Result<RenderReport, AppError> {
    let starting = Instant::now();
    let mut headless = Headless::new(options.view, options.size, options.panels)?;
    let device = starting.elapsed().as_secs_f64();
    if let Some((tour, path, place)) = &options.bookmark {
        headless.open_tour(path.clone(), tour.clone());
        headless.act(Action::Tour(TourAction::Show(*place)));
    }
    headless.load();
    let is_named = headless.world().resource::<CurrentView>().embedding.is_some();
    let mut said = if options.bookmark.is_some() { RenderSaid::default() } else { headless.said_of_data(is_named)? };
    let drawing = Instant::now();
    headless.settle();
    headless.draw_letters_anew();
    said.notes.extend(headless.said_of_names(&options.out));
    said.notes.extend(headless.said_of_far(&options.out));
    said.notes.extend(headless.said_of_density(&options.out));
    let picture = headless.picture()?;
    said.notes.extend(headless.said_of_thumbnails(&options.out));
    let first_frame = drawing.elapsed().as_secs_f64();
    let stereo = headless.stereo();
    let texts = describe(headless.world(), options.size, stereo);
    let texts: Vec<(&str, &str)> = texts.iter().map(|(keyword, text)| (*keyword, text.as_str())).collect();
    parallax_formats::write_annotated_picture(&options.out, options.size, &picture, &texts)?;
    let total = options.started.elapsed().as_secs_f64();
    let frames = options.frames.map(|frames| headless.turn(frames)).unwrap_or_default();
    if let Some((_, path, _)) = &options.bookmark {
        let shown = headless.said();
        said.notes.extend(shown.iter().map(|text| Problem::warning(path, text.trim_end_matches('.'))));
    }
    let took = |kind| headless.world().resource::<Took>().0.get(&kind).map(Duration::as_secs_f64);
    let [load, projection] =
        if options.bookmark.is_none() { [JobKind::Load, JobKind::Project].map(took) } else { [None; 2] };
    Ok(RenderReport {
        rows: headless.world().resource::<Opened>().rows(),
        points: headless.points(),
        size: options.size,
        stereo,
        adapter: headless.adapter(),
        seconds: RenderSeconds { load, projection, device, first_frame, total },
        frame_ms_median: quantile(frames.len(), 0.5, |rank| frames[rank]),
        frame_ms_p99: quantile(frames.len(), 0.99, |rank| frames[rank]),
        peak_memory_bytes: peak_memory_bytes(),
        said,
        without_place: WithoutPlace::clone(&headless.world().resource::<Unplaced>().0),
    })
}

impl Headless {
    /// Returns how many points are drawn.
    fn points(&self) -> usize {
        let world = self.world();
        let layout = world.resource::<CurrentLayout>().on_screen(world.resource::<Opened>());
        match (&world.resource::<Shown>().rows, layout) {
            (Some(rows), Some(layout)) => {
                let is_placed = |row: u32| layout.row(row as usize).is_some_and(|at| at.iter().all(|x| x.is_finite()));
                rows.iter().filter(|&row| is_placed(row)).count()
            }
            _ => world.resource::<parallax_cloud::Cloud>().placed,
        }
    }

    /// Starts the engine. Nothing is drawn before [`Headless::settle`].
    ///
    /// # Errors
    /// [`AppError::NoAdapter`].
    pub fn new(view: View, size: [u32; 2], panels: bool) -> Result<Self, AppError> {
        Self::with(view, size, panels, |_| {})
    }

    /// Starts the engine with what `more` adds to the app.
    ///
    /// # Errors
    /// [`AppError::NoAdapter`].
    pub fn with(view: View, size: [u32; 2], panels: bool, more: impl FnOnce(&mut App)) -> Result<Self, AppError> {
        guarded(|| {
            let mut app = App::new();
            if !panels {
                app.insert_resource(Unmeasured);
            }
            app.insert_resource(CurrentView::new(view))
                .insert_resource(Motion::Reduced)
                .add_plugins(ParallaxPlugins::Headless)
                .insert_resource(Overlay { panels });
            more(&mut app);
            app.finish();
            app.cleanup();
            let target = app.world_mut().resource_mut::<Assets<Image>>().add(picture_target(size));
            app.world_mut().spawn(cloud_camera(RenderTarget::Image(target.clone().into())));
            Ok(Self { apps: std::mem::take(app.sub_apps_mut()), target })
        })
    }

    /// The app's world.
    #[must_use]
    pub fn world(&self) -> &World {
        self.apps.main.world()
    }

    /// The app's world, mutable.
    pub fn world_mut(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    /// Sets an embedding instead of what the view would load. It is projected as the view says.
    pub fn put_embedding(&mut self, embedding: Embedding) {
        self.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    }

    /// Waits until what the view asks for is loaded and projected. Nothing is drawn meanwhile, which
    /// would take time from it.
    fn load(&mut self) {
        loop {
            self.world_mut().run_schedule(Update);
            if !self.is_busy() {
                return;
            }
            thread::sleep(WATCH);
        }
    }

    /// Returns whether a job runs, a request waits, a bookmark waits to be shown, or what many points
    /// need is being made.
    pub(super) fn is_busy(&self) -> bool {
        let world = self.world();
        !world.resource::<Requests>().is_empty()
            || world.resource::<CurrentTour>().wanted.is_some()
            || !world.resource::<Running>().0.is_empty()
            || world.resource::<parallax_cloud::Cloud>().is_being_made()
    }

    /// Returns what there is to say about what the view shows, of which a person has named the embedding
    /// or not.
    ///
    /// # Errors
    /// Returns why it cannot be loaded or projected.
    pub(super) fn said_of_data(&mut self, is_named: bool) -> Result<RenderSaid, AppError> {
        let failed = self.world_mut().resource_mut::<Failed>().0.take();
        let world = self.world();
        let is_unmatched = world.resource::<CurrentCompared>().state.as_ref().is_some_and(|state| state.is_unmatched);
        if let Some(problem) = failed {
            let problem = if is_unmatched { problem.way_out(MATCH_OTHERWISE) } else { problem };
            return Err(FormatError::from(problem).into());
        }
        let (view, opened) = (world.resource::<CurrentView>(), world.resource::<Opened>());
        let (Some(embedding), Some(source)) = (&opened.embedding, &opened.source) else {
            return Ok(RenderSaid::default());
        };
        let projection = &view.projection;
        let recipe = projection
            .recipe(&embedding.metadata, view.label_column(&embedding.metadata))
            .map_err(|error| FormatError::from(Problem::error(&source.path, error.to_string())))?;
        let unplaced = &world.resource::<Unplaced>().0;
        let (points, dims) = (embedding.rows() - unplaced.len(), embedding.vectors.dims());
        let frame = &world.resource::<CurrentLayout>().frame;
        let notes = recipe.notes(frame, points, dims, projection.dims.count());
        let notes = notes.into_iter().map(|note| Problem::note(&source.path, note));
        let mut notes: Vec<Problem> = notes.chain(Problem::rewritten(&embedding.vectors)).collect();
        if view.color_by.is_of_second() && view.compared.is_none() {
            let what = "nothing is compared with, so that there are no colors by it";
            notes.push(Problem::warning(&source.path, what).way_out("Give --compare, or other colors"));
        }
        let (mut problems, elsewhere) = source.split(opened.problems.clone(), opened.place, is_named);
        if let (Some(of), Some(state)) = (&view.compared, &world.resource::<CurrentCompared>().state) {
            let path = if let Origin::Path { path, .. } = &of.origin { path } else { &source.path };
            let prefix = format!("{}: ", path.display());
            let said = |text: &str| text.strip_prefix(&prefix).unwrap_or(text).trim_end_matches('.').to_owned();
            if let Some(why) = state.why_not() {
                return Err(FormatError::from(Problem::error(path, said(why))).into());
            }
            if let Some(Ok(matched)) = &state.matched {
                notes.extend(matched.notes().map(|note| Problem::note(path, note)));
                let doubt = || Problem::warning(&source.path, Matching::DOUBT).way_out(MATCH_BY_KEY);
                notes.extend(matched.is_doubtful.then(doubt));
                problems.extend(matched.problems.iter().map(|problem| Problem::warning(path, said(problem))));
            }
        }
        Ok(RenderSaid { notes, problems, elsewhere })
    }

    /// Says how many points the picture does not show because they are far from all others.
    fn said_of_far(&self, out: &Path) -> Option<Problem> {
        let cloud = self.world().resource::<parallax_cloud::Cloud>();
        let far = plural(cloud.far, "point");
        let said = || format!("far outside of the picture: {far} of {}", count(cloud.placed));
        (cloud.far > 0).then(|| Problem::note(out, said()))
    }

    /// Says which names of clusters are drawn, or why there are none.
    fn said_of_names(&self, out: &Path) -> Option<Problem> {
        let names = self.world().resource::<ClusterNames>();
        let said = match (names.found.as_ref()?, &names.column) {
            (Err(why), _) => format!("no clusters are named: {why}"),
            (Ok(found), _) if found.clusters().is_empty() => {
                format!("no clusters are named: {}", found.clusters().why_none()?)
            }
            (Ok(_), None) => "no clusters are named, because there are no columns: --metadata gives some".to_owned(),
            (Ok(_), Some((column, Some(why)))) => format!("clusters are named by column {column:?}, because {why}"),
            (Ok(found), Some((_, None))) => found.notes.first()?.clone(),
        };
        Some(Problem::note(out, said))
    }

    /// Says what the brightness of a density means.
    fn said_of_density(&self, out: &Path) -> Option<Problem> {
        let full = self.world().resource::<Drawn>().points().full?;
        let said = format!("{} is fully bright with {} or more", full.cell(), plural(full.points as usize, "point"));
        Some(Problem::note(out, said))
    }

    /// Says that the device has too little room for some thumbnails.
    fn said_of_thumbnails(&self, out: &Path) -> Option<Problem> {
        let [there, all] = self.world().resource::<Drawn>().points().thumbnails?;
        let all = plural(all, "thumbnail");
        Some(Problem::warning(out, format!("the device has room for {there} of {all}; other points are dots")))
    }

    /// Opens a tour that was read from `path`. None of its bookmarks is shown yet.
    pub(super) fn open_tour(&mut self, path: PathBuf, tour: Tour) {
        self.world_mut().resource_mut::<CurrentTour>().files_mut().join(path, tour);
    }

    /// The warnings that a user would have seen.
    pub(super) fn said(&self) -> Vec<String> {
        let log = self.world().resource::<Toasts>().log().iter();
        log.filter(|said| said.severity.is_some()).map(|said| said.text.clone()).collect()
    }

    /// Applies an action, as a click would.
    pub fn act(&mut self, action: impl Into<Action>) {
        self.world_mut().write_message(Do::person(action));
    }

    /// Draws one frame and waits until the device is done. Returns the time of the main thread
    /// before the renderer: views, jobs, points, camera, panels, and the upload to the device.
    pub fn frame(&mut self) -> Duration {
        let SubApps { main, sub_apps } = &mut self.apps;
        let started = Instant::now();
        main.run_default_schedule();
        for app in sub_apps.values_mut() {
            app.extract(main.world_mut());
        }
        let ours = started.elapsed();
        for app in sub_apps.values_mut() {
            app.update();
        }
        main.world_mut().clear_trackers();
        // An error here means that the device is lost; the picture will not come, and `picture`
        // says so.
        self.world()
            .resource::<RenderDevice>()
            .wgpu_device()
            .poll(PollType::Wait { submission_index: None, timeout: None })
            .ok();
        ours
    }

    /// Draws until all requests are served, no job runs, and no point moves. Points that move are
    /// waited for during a limited number of frames; jobs, however long they take.
    pub fn settle(&mut self) {
        let panels = self.world().resource::<Overlay>().panels;
        // The first frame has no fonts yet; the second measures the cards.
        let mut settling = Settling { least: if panels { 4 } else { 2 }, ..Settling::default() };
        loop {
            self.frame();
            let busy = self.is_busy();
            let moving = self.world().resource::<parallax_cloud::Cloud>().morph() < 1.0;
            if settling.ends(busy, moving || !self.has_its_eyes()) {
                return;
            }
            if busy {
                thread::sleep(WATCH);
            }
        }
    }

    /// Draws a frame in which no letter depends on what was drawn before.
    pub(super) fn draw_letters_anew(&mut self) {
        self.world_mut().resource_mut::<LettersAnew>().0 += 1;
        self.frame();
    }

    /// Returns whether the eyes that the view asks for are open, and no others.
    pub(super) fn has_its_eyes(&mut self) -> bool {
        let world = self.world_mut();
        let wanted = world.resource::<ScreenArea>().pictures.is_some();
        world.query::<&Eyes>().iter(world).any(|eyes| eyes.are_open) == wanted
    }

    /// Returns the current picture, RGBA.
    ///
    /// # Errors
    /// [`AppError::NoPicture`] if the device does not return it.
    pub fn picture(&mut self) -> Result<Vec<u8>, AppError> {
        let target = self.target.clone();
        self.world_mut().insert_resource(Captured::default());
        self.world_mut().spawn(Screenshot::image(target)).observe(
            |capture: On<ScreenshotCaptured>, mut captured: ResMut<Captured>| {
                captured.0.clone_from(&capture.image.data);
            },
        );
        for _ in 0..SETTLING_FRAMES {
            self.frame();
            if let Some(pixels) = self.world_mut().resource_mut::<Captured>().0.take() {
                return Ok(pixels);
            }
        }
        Err(AppError::NoPicture)
    }

    /// Draws one frame and requests a picture of it, which arrives a few frames later under this
    /// number.
    pub(super) fn frame_with_picture(&mut self, number: usize) {
        self.world_mut().init_resource::<Pictures>();
        let target = self.target.clone();
        self.world_mut().spawn(Screenshot::image(target)).observe(
            move |capture: On<ScreenshotCaptured>, mut pictures: ResMut<Pictures>| {
                pictures.0.extend(capture.image.data.clone().map(|pixels| (number, pixels)));
            },
        );
        self.frame();
    }

    /// Returns the pictures that have arrived since the last call, and their numbers.
    pub(super) fn pictures(&mut self) -> Vec<(usize, Vec<u8>)> {
        self.world_mut()
            .get_resource_mut::<Pictures>()
            .map(|mut pictures| std::mem::take(&mut pictures.0))
            .unwrap_or_default()
    }

    /// Returns how the eyes see the picture, if there are two.
    fn stereo(&mut self) -> Option<StereoReport> {
        let world = self.world_mut();
        if world.resource::<ScreenArea>().compares {
            return None;
        }
        let mode = world.resource::<CurrentView>().stereo.mode;
        let eyes = world.query::<&Eyes>().iter(world).next()?;
        Some(StereoReport { mode, eye_distance: eyes.apart, convergence: eyes.convergence })
    }

    /// The device's name.
    #[must_use]
    pub fn adapter(&self) -> String {
        self.world().resource::<RenderAdapterInfo>().name.clone()
    }

    /// Turns the camera, or both of them, once around in `frames` frames. Returns the milliseconds of
    /// each, ascending.
    pub fn turn(&mut self, frames: usize) -> Vec<f64> {
        let dims = self.world().resource::<CurrentView>().projection.dims;
        let area = *self.world().resource::<ScreenArea>();
        let start = self.world().resource::<CurrentView>().pose.unwrap_or_else(|| fit(dims, &area));
        let second = self.world().resource::<SecondPose>().0;
        let starts: Vec<(Half, Pose)> =
            Half::BOTH.into_iter().zip([Some(start), second]).filter_map(|(half, pose)| Some((half, pose?))).collect();
        let mut times: Vec<f64> = (1..=frames)
            .map(|frame| {
                let around = std::f32::consts::TAU * frame as f32 / frames as f32;
                // A plane cannot be turned: the camera moves by a tiny amount instead, so that each
                // frame is drawn again.
                for (half, mut pose) in starts.iter().copied() {
                    if dims == Dims::Three {
                        pose.yaw += around;
                    } else {
                        pose.focus[0] += around.sin() * 0.1;
                    }
                    self.act(Edit::move_camera(half, pose));
                }
                let started = Instant::now();
                self.frame();
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times
    }
}

/// Counts frames until a picture has settled.
#[derive(Debug, Default)]
struct Settling {
    /// The least number of frames.
    least: usize,
    frames: usize,
    /// The frames in which no job ran.
    idle: usize,
}

impl Settling {
    /// Counts a frame in which jobs ran (`busy`) or points moved. Returns whether it was the last.
    fn ends(&mut self, busy: bool, moving: bool) -> bool {
        self.frames += 1;
        self.idle += usize::from(!busy);
        !busy && (self.frames >= self.least && !moving || self.idle >= SETTLING_FRAMES)
    }
}

impl fmt::Debug for Headless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headless").field("target", &self.target).finish_non_exhaustive()
    }
}

#[derive(Resource, Default)]
struct Captured(Option<Vec<u8>>);

#[derive(Resource, Default)]
struct Pictures(Vec<(usize, Vec<u8>)>);

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of frames until `busy` and `moving`, of the frame's number, have settled.
    fn frames_until_settled(busy: impl Fn(usize) -> bool, moving: impl Fn(usize) -> bool) -> usize {
        let mut settling = Settling { least: 4, ..Settling::default() };
        (1..=1_000_000).find(|&frame| settling.ends(busy(frame), moving(frame))).unwrap()
    }

    #[test]
    fn picture_settles_only_after_all_jobs() {
        let (never, always) = (|_| false, |_| true);
        assert_eq!(frames_until_settled(never, never), 4);
        assert_eq!(frames_until_settled(|frame| frame < 3, never), 4);
        assert_eq!(frames_until_settled(never, |frame| frame < 9), 9);
        // A job of minutes.
        let long = 40 * SETTLING_FRAMES;
        assert_eq!(frames_until_settled(|frame| frame < long, never), long);
        assert_eq!(frames_until_settled(|frame| frame < long, |frame| frame < long + 9), long + 9);
        assert_eq!(frames_until_settled(never, always), SETTLING_FRAMES);
    }
}
