//! The engine's side of the panels: gathers what they show, and passes on what the user does.

mod eyes;
mod fonts;
mod hand;
mod jobs;
mod keyboard;

use std::sync::Arc;

use bevy::{
    asset::AssetEventSystems,
    camera::CameraUpdateSystems,
    ecs::message::message_update_system,
    prelude::*,
    tasks::{IoTaskPool, Task, futures::check_ready},
    window::{PrimaryWindow, RequestRedraw},
};
use bevy_egui::{
    EguiContext, EguiContexts, EguiGlobalSettings, EguiPostUpdateSet, EguiPreUpdateSet, EguiPrimaryContextPass,
};
use parallax_cloud::{
    Cloud, CloudAxes, CloudCamera, CloudLabels, CloudNames, CurrentLegend, Drawn, DrawnPoints, Eyes, LabelSystems,
    SecondLabels, Side, Sight, Style,
    optics::{Rings, drawing},
};
use parallax_desktop::{
    RecentFile,
    folder::{self, Listing},
};
use parallax_formats::{EmbeddingInfo, Run};
use parallax_meaning::NamedLevels;
use parallax_panels::{
    Decision, EmbeddingEntry, Job, Marked, PanelMemory, RunEntry, STEP_ROW, STEREO_SLIDERS, SourceModel, Spotted, Told,
    ViewModel,
    format::{count, method, plural, unplaced},
    free_area, free_of_caption, free_of_legend, has_compared_card, has_step_row, has_stereo_sliders, show_labels,
    show_panels,
};
use parallax_projection::Coordinates;
use parallax_session::{
    Action, CommandError, Compared, CustomAxis, Dims, Eye, Half, JobKind, JobStatus, LaidOut, Method, OnScreen, Origin,
    Panel, Past, Pose, StereoMode, ToastAction, Tool, View, render_command,
};
use parallax_state::{
    CameraPose, Chosen, ClusterNames, ClusterStability, CurrentApart, CurrentCharts, CurrentCompared, CurrentHeadset,
    CurrentLayout, CurrentMovement, CurrentSteps, CurrentSuspects, CurrentTour, CurrentView, Do, Hovered,
    LayoutComparison, LayoutQuality, Leaving, Matches, Motion, MovedCameras, Neighborhood, Opened, Pointed,
    PointedHalf, Presenting, Propose, Region, Running, SavedTags, ScreenArea, SecondPose, Shown, TableOrder, Toasts,
    Topic, Torn, Unplaced,
};

pub use fonts::Lookup;
pub use hand::{
    HAND_PANEL_PIXELS, HandPanel, ROOM_SHEET_PIXELS, RoomLabels, RoomSheet, RoomText, RoomTextLook, hand_panel,
    room_labels,
};

use crate::{eyes::Pair, jobs::Watch};

/// Draws the overlay over the first camera.
#[derive(Debug, Default)]
pub struct OverlayPlugin;

/// Whether cards, toolbar and status are drawn; labels in the cloud always are.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlay {
    /// Cards, toolbar and status.
    pub panels: bool,
}

impl Default for Overlay {
    fn default() -> Self {
        Self { panels: true }
    }
}

/// Increased to draw all letters as if none had been drawn before: see [`parallax_look::fonts::draw_anew`].
/// Pictures and movies are then the same whatever was shown while what they show was computed.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LettersAnew(pub u64);

impl Plugin for OverlayPlugin {
    fn build(&self, app: &mut App) {
        // The panels belong to the cloud's camera, whichever other one is there first.
        app.world_mut().get_resource_or_init::<EguiGlobalSettings>().auto_create_primary_context = false;
        app.init_resource::<Memory>()
            .init_resource::<Overlay>()
            .init_resource::<LettersAnew>()
            .init_resource::<Recent>()
            // Labels and rings are drawn where the points are in this frame, not in the last one.
            .configure_sets(
                PostUpdate,
                EguiPostUpdateSet::EndPass
                    .after(TransformSystems::Propagate)
                    .after(CameraUpdateSystems)
                    .after(LabelSystems),
            )
            // New letters are drawn in the frame in which they come up: their texture is uploaded
            // with the other changes.
            .configure_sets(PostUpdate, EguiPostUpdateSet::PostProcessOutput.before(AssetEventSystems))
            .add_systems(First, keyboard::forget.after(message_update_system))
            .add_systems(
                PreUpdate,
                (keyboard::rest, keyboard::chords)
                    .chain()
                    .after(EguiPreUpdateSet::ProcessInput)
                    .before(EguiPreUpdateSet::BeginPass),
            )
            .add_systems(Last, draw_letters_anew)
            .add_systems(EguiPrimaryContextPass, draw)
            .add_plugins((eyes::plugin, hand::plugin));
    }
}

fn draw_letters_anew(letters: Res<LettersAnew>, mut contexts: Query<&mut EguiContext>, mut last: Local<LettersAnew>) {
    if std::mem::replace(&mut *last, *letters) != *letters {
        contexts.iter_mut().for_each(|mut context| parallax_look::fonts::draw_anew(context.get_mut()));
    }
}

#[derive(Resource, Debug)]
struct Memory {
    panels: PanelMemory,
    jobs: Watch,
    /// The listing of a folder, while it is being read.
    listing: Option<Task<Listing>>,
    fonts: Lookup,
}

impl Default for Memory {
    fn default() -> Self {
        let mut panels = PanelMemory::default();
        std::env::current_dir().into_iter().for_each(|folder| panels.start_in(folder));
        Self { panels, jobs: Watch::default(), listing: None, fonts: Lookup::default() }
    }
}

/// The recent files, the last first.
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
pub struct Recent(pub Vec<RecentFile>);

/// What is drawn.
#[derive(bevy::ecs::system::SystemParam)]
struct Data<'w> {
    view: Res<'w, CurrentView>,
    time: Res<'w, Time<Real>>,
    shown: Res<'w, Shown>,
    recent: Res<'w, Recent>,
    opened: Res<'w, Opened>,
    layout: Res<'w, CurrentLayout>,
    steps: Res<'w, CurrentSteps>,
    movement: Res<'w, CurrentMovement>,
    quality: Res<'w, LayoutQuality>,
    comparison: Res<'w, LayoutComparison>,
    unplaced: Res<'w, Unplaced>,
    legend: Res<'w, CurrentLegend>,
    neighborhood: Res<'w, Neighborhood>,
    torn: Res<'w, Torn>,
    apart: Res<'w, CurrentApart>,
    matches: Res<'w, Matches>,
    charts: Res<'w, CurrentCharts>,
    suspects: Res<'w, CurrentSuspects>,
    table: Res<'w, TableOrder>,
    running: ResMut<'w, Running>,
    toasts: ResMut<'w, Toasts>,
    hovered: Res<'w, Hovered>,
    cloud: Res<'w, Cloud>,
    drawn: Res<'w, Drawn>,
    compared: Res<'w, CurrentCompared>,
    labels: Res<'w, CloudLabels>,
    second_labels: Res<'w, SecondLabels>,
    names: (Res<'w, ClusterNames>, Res<'w, CloudNames>, Res<'w, ClusterStability>),
    region: Res<'w, Region>,
    axes: Res<'w, CloudAxes>,
    tour: Res<'w, CurrentTour>,
    presenting: Res<'w, Presenting>,
    leaving: ResMut<'w, Leaving>,
    tags: Res<'w, SavedTags>,
    cameras: (Res<'w, CameraPose>, Res<'w, SecondPose>, Res<'w, PointedHalf>, Res<'w, MovedCameras>),
    overlay: Res<'w, Overlay>,
    motion: ResMut<'w, Motion>,
    headset: Res<'w, CurrentHeadset>,
}

/// What is drawn, and where it is seen.
#[derive(bevy::ecs::system::SystemParam)]
struct Scene<'w, 's> {
    data: Data<'w>,
    cameras: Query<'w, 's, Sight, With<CloudCamera>>,
    windows: Query<'w, 's, &'static Window, With<PrimaryWindow>>,
}

/// What the panels ask about rows.
#[derive(Clone, Copy)]
struct OfRows<'a> {
    color_of: &'a dyn Fn(u32) -> Option<[u8; 3]>,
    is_in_sight: &'a dyn Fn(u32) -> bool,
}

fn draw(
    mut contexts: EguiContexts,
    mut scene: Scene,
    mut memory: ResMut<Memory>,
    mut area: ResMut<ScreenArea>,
    mut pointed: ResMut<Pointed>,
    (mut proposed, mut chosen): (MessageReader<Propose>, MessageWriter<Chosen>),
    (mut requests, mut redraw): (MessageWriter<Do>, MessageWriter<RequestRedraw>),
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if area.set_if_neq(scene.data.area(ctx.content_rect(), &memory.panels)) {
        redraw.write(RequestRedraw);
    }
    let mut actions: Vec<Action> = proposed.read().map(|Propose(action)| action.clone()).collect();
    let mut row = None;
    let Memory { panels, jobs, listing, fonts } = &mut *memory;
    let data = &mut scene.data;
    if let Some(decision) = panels.ask_before_leaving(*data.leaving == Leaving::Asked) {
        *data.leaving = if decision == Decision::Close { Leaving::Yes } else { Leaving::No };
        redraw.write(RequestRedraw);
    }
    jobs.look(&data.running.0, data.time.elapsed());
    let is_panel_shown = data.overlay.panels;
    scene.with_model(jobs, area.free, |model| {
        if is_panel_shown {
            row = show_panels(ctx, model, panels, &mut actions);
        } else {
            show_labels(ctx, model, panels);
        }
    });
    let data = &mut scene.data;
    pointed.set_if_neq(Pointed(row));
    if data.take_from(panels, &mut chosen) {
        redraw.write(RequestRedraw);
    }
    let needs_fonts = look_for_fonts(ctx, fonts, &mut data.running);
    if list_folder(panels, listing) || needs_fonts {
        redraw.write(RequestRedraw);
    }
    requests.write_batch(actions.into_iter().map(Do::person));
    Ok(())
}

/// Goes on with the search for the fonts of a context. Returns whether it is running. Code that
/// waits for running jobs waits for the fonts too.
fn look_for_fonts(ctx: &egui::Context, fonts: &mut Lookup, running: &mut ResMut<Running>) -> bool {
    let is_running = fonts.go_on(ctx);
    if is_running {
        let name = "Looking for fonts".into();
        running.bypass_change_detection().0.push(JobStatus {
            kind: JobKind::Fonts,
            name,
            message: String::new(),
            fraction: 0.0,
        });
    }
    is_running
}

fn rect(rect: egui::Rect) -> Rect {
    Rect::new(rect.min.x, rect.min.y, rect.max.x, rect.max.y)
}

impl Scene<'_, '_> {
    /// Builds the view model of the window's context, and passes it to `then`. The cloud is in the part
    /// `free` of the window.
    fn with_model(&self, watch: &Watch, free: Rect, then: impl FnOnce(&ViewModel<'_>)) {
        let color_of = |row: u32| self.data.cloud.style(row).map(Style::color);
        let eyes = self.cameras.iter().next().and_then(|sight| sight.eyes().cloned());
        let is_in_sight = |row: u32| self.seen_at(row).is_none_or(|at| free.contains(at));
        let of_rows = OfRows { color_of: &color_of, is_in_sight: &is_in_sight };
        self.data.with_model((self.hovered(Eye::Middle), self.spot()), eyes.as_ref(), watch, of_rows, then);
    }

    /// Returns the point under the pointer, as the middle between the eyes sees it, or in the picture of
    /// one of two embeddings.
    fn hovered(&self, eye: Eye) -> Option<Marked> {
        let row = self.data.hovered.0.filter(|_| self.cursor().is_some())?;
        let pointer = self.pointer().map_or(Vec2::ZERO, |at| Vec2::new(at.x, at.y));
        let away = |marked: &Marked| Vec2::new(marked.at.x, marked.at.y).distance_squared(pointer);
        let marks = self.data.cloud.sides(eye).filter_map(|side| self.marked(eye, side, row));
        marks.min_by(|a, b| away(a).total_cmp(&away(b)))
    }

    /// Returns a place of a row in the picture of `eye`.
    fn marked(&self, eye: Eye, side: Side, row: u32) -> Option<Marked> {
        let eye = if side == Side::Second && self.data.cloud.is_pair() { eye } else { Eye::Middle };
        let optics = self.cameras.iter().next()?.optics(eye, self.data.cloud.radius)?;
        // What is hovered is drawn as large as what is selected.
        let drawing = drawing(&self.data.view, &self.data.opened, Rings { selected: true, related: false });
        let place = self.data.cloud.seen_at(side, row as usize)?;
        let (seen, shape) = optics.draw(place, Style::SELECTED, &drawing)?;
        let radius = seen.radius * shape.max_element().max(1.0);
        let (at, parallax) = (egui::pos2(seen.center.x, seen.center.y), optics.parallax(place));
        Some(Marked { row, at, parallax, radius })
    }

    /// Returns where the point of a row is in the picture whose camera moves, as the middle between the
    /// eyes sees it. `None` if it has none.
    fn seen_at(&self, row: u32) -> Option<Vec2> {
        let eye = if self.data.half() == Half::Second { Eye::Right } else { Eye::Middle };
        let optics = self.cameras.iter().next()?.optics(eye, self.data.cloud.radius)?;
        let drawing = drawing(&self.data.view, &self.data.opened, Rings { selected: true, related: false });
        let place = self.data.cloud.seen_at(self.data.cloud.side(eye), row as usize)?;
        // What is behind the camera is out of sight.
        Some(optics.draw(place, Style::SELECTED, &drawing).map_or(Vec2::NEG_INFINITY, |(seen, _)| seen.center))
    }

    /// Returns where the sum or the mean is whose neighbors are listed.
    fn spot(&self) -> Option<Spotted> {
        let place = self.data.cloud.spot(self.data.neighborhood.summed.as_ref()?.spot.as_ref()?)?;
        let optics = self.cameras.iter().next()?.optics(Eye::Middle, self.data.cloud.radius)?;
        let drawing = drawing(&self.data.view, &self.data.opened, Rings { selected: true, related: false });
        let (seen, _) = optics.draw(place, Style::SELECTED, &drawing)?;
        Some(Spotted { at: egui::pos2(seen.center.x, seen.center.y), parallax: optics.parallax(place) })
    }

    fn cursor(&self) -> Option<Vec2> {
        self.windows.iter().next().and_then(Window::cursor_position)
    }

    /// Returns the pointer in the picture where it is.
    fn pointer(&self) -> Option<egui::Pos2> {
        let (_, at) = self.cameras.iter().next()?.at(self.cursor()?)?;
        Some(egui::pos2(at.x, at.y))
    }
}

/// Lists the folder that the dialog shows. Returns whether that is still running.
fn list_folder(panels: &mut PanelMemory, listing: &mut Option<Task<Listing>>) -> bool {
    if let Some(read) = listing.as_mut().and_then(check_ready) {
        *listing = None;
        panels.put_folder(read);
        return true;
    }
    if listing.is_none()
        && let Some(folder) = panels.wanted_folder()
    {
        *listing = Some(IoTaskPool::get().spawn(async move { folder::list(&folder) }));
    }
    listing.is_some()
}

impl Data<'_> {
    /// Returns where the cloud is in the window.
    fn area(&self, window: egui::Rect, memory: &PanelMemory) -> ScreenArea {
        let mut panels = self.view.panels.clone();
        panels.shown &= self.overlay.panels;
        let presenting = self.presenting.0.on;
        let free = free_area(window, &panels);
        let free = if panels.shown { memory.free_of_bottom(free, &self.view) } else { free };
        // The toolbar and the status line are in the free area, but the cloud keeps clear of them.
        let mut free = rect(if presenting { free_of_caption(window) } else { free });
        let bare = presenting || !panels.shown;
        if !bare {
            let sliders = has_stereo_sliders(self.view.stereo, self.view.projection.dims, panels.shown);
            let sliders = sliders && !self.cloud.is_pair();
            let steps = has_step_row(self.steps.0.as_ref(), panels.shown);
            let below = 24.0 + if sliders { STEREO_SLIDERS } else { 0.0 } + if steps { STEP_ROW } else { 0.0 };
            (free.min.y, free.max.y) = (free.min.y + 40.0, free.max.y - below);
        }
        let eyes = Some(self.view.stereo).filter(|stereo| stereo.on && self.opened.embedding.is_some());
        let pair = match eyes {
            _ if self.cloud.is_pair() => Some(Pair::Embeddings),
            eyes => eyes.map(|stereo| Pair::Eyes(stereo.mode)),
        };
        let beside_legend = presenting && pair == Some(Pair::Embeddings);
        let (free, bare) =
            if beside_legend { (rect(free_of_legend(window, &self.legend.0)), false) } else { (free, bare) };
        eyes::screen_area(pair, Vec2::new(window.width(), window.height()), free, bare, presenting)
    }

    /// Applies what a person has done to the panels that is no action. Returns whether the window
    /// has to be drawn again.
    fn take_from(&mut self, panels: &mut PanelMemory, chosen: &mut MessageWriter<Chosen>) -> bool {
        if let Some(reduced) = panels.take_motion() {
            *self.motion = if reduced { Motion::Reduced } else { Motion::Full };
        }
        let (path, note) = (panels.take_chosen(), panels.take_note());
        let told = panels.take_told();
        let is_changed = path.is_some() || note.is_some() || told.is_some();
        chosen.write_batch(path.map(Chosen));
        note.into_iter().for_each(|note| _ = self.toasts.warning(note, None));
        if let Some(Told { is_done, text, next }) = told {
            let next = next.map(|(caption, action)| ToastAction { caption: caption.to_owned(), action });
            self.toasts.replace(Topic::Command, |toasts| {
                if is_done {
                    toasts.offer(text, next)
                } else {
                    toasts.warning(text, next)
                };
            });
        }
        is_changed
    }

    /// Builds the view model, and passes it to `then`.
    fn with_model(
        &self,
        (hovered, spot): (Option<Marked>, Option<Spotted>),
        eyes: Option<&Eyes>,
        watch: &Watch,
        OfRows { color_of, is_in_sight }: OfRows<'_>,
        then: impl FnOnce(&ViewModel<'_>),
    ) {
        let (runs, embeddings, jobs) = (self.runs(), self.embeddings(), self.jobs(watch));
        let (toasts, status, is_pair) = (self.toasts.list(), self.status(eyes), self.cloud.is_pair());
        let (layout, (stand, second_stand)) = (self.layout.of(&self.opened), self.stands());
        // Those of both places are in one picture.
        let both = if self.cloud.is_over() { [&*self.labels.0, &*self.second_labels.0].concat() } else { Vec::new() };
        // One eye alone must not see the compass.
        let has_compass = eyes.is_none() || is_pair || self.view.stereo.mode == StereoMode::Anaglyph;
        then(&ViewModel {
            view: &self.view,
            eye: eyes.is_none().then_some(Eye::Middle),
            half: if eyes.is_some() { self.half() } else { Half::First },
            stand,
            second_stand: second_stand.filter(|_| eyes.is_some()),
            eyes: eyes.filter(|_| !is_pair).map(|eyes| [eyes.apart, eyes.convergence]),
            picture: None,
            compared: self.compared.state.as_ref().filter(|_| self.compared.epoch == self.opened.epoch),
            comparing: self.job(JobKind::Compare, watch),
            pointer: None,
            source: self.source(&runs, &embeddings),
            embedding: self.opened.embedding.as_deref(),
            problems: &self.opened.problems,
            legend: &self.legend.0,
            full_brightness: self.drawn.points().full,
            color_of,
            unplaced: &self.unplaced.0,
            explained_variance: if layout.is_some() { &self.layout.explained_variance } else { &[] },
            // A bookmark keeps the components that it shows; the others can be computed.
            layout_dims: layout.map_or(0, |layout| layout.dims().max(self.layout.explained_variance.len())),
            coloring: self.coloring(watch),
            steps: self.layout.steps.as_ref().filter(|_| layout.is_some()),
            step_row: self.steps.0.as_ref(),
            arrived: self.cloud.morph(),
            movement: self.movement.movement.as_ref(),
            laying_out: self.job(JobKind::Training, watch),
            quality: self.quality.figures.filter(|_| layout.is_some()),
            shepard: self.comparison.shepard.as_ref().map(|found| found.as_deref().map_err(String::as_str)),
            agreement: self
                .comparison
                .agreement
                .as_ref()
                .map(|(column, found)| (&**column, found.as_ref().map_err(String::as_str))),
            row_quality: self.view.inspected().and_then(|row| self.quality.of_row(row)).filter(|_| layout.is_some()),
            ends: &self.layout.ends,
            axes: &self.axes.axes,
            pose: Some(stand)
                .filter(|_| self.view.projection.dims == Dims::Three && self.cloud.placed > 0 && has_compass),
            hovered,
            spot,
            summed: self.neighborhood.summed.as_ref(),
            torn: self
                .torn
                .of
                .filter(|row| self.view.inspected() == Some(*row))
                .map(|_| (&self.torn.rows, self.torn.within)),
            apart: &self.apart.0,
            telling: self.job(JobKind::Apart, watch),
            labels: if self.cloud.is_over() { &both } else { &self.labels.0 },
            names: self.found_names(),
            named_by: self.names.0.column.as_ref(),
            placed_names: &self.names.1.names,
            naming: self.job(JobKind::Name, watch),
            stability: self.names.0.of(&self.opened).and_then(|names| self.names.2.of(names)),
            stabilizing: self.job(JobKind::Stability, watch),
            drafting: self.job(JobKind::Draft, watch),
            shown: self.shown.rows.as_ref(),
            charts: self.charts.counted.as_deref(),
            comparison: self.charts.comparison.as_deref(),
            suspects: self
                .suspects
                .found
                .as_ref()
                .filter(|_| self.suspects.epoch == self.opened.epoch)
                .map(|found| found.as_ref().map_err(String::as_str)),
            suspects_of: &self.suspects.column,
            checking: self.job(JobKind::Check, watch),
            is_in_sight,
            table: &self.table.rows,
            method: self.layout.method.filter(|_| layout.is_some()),
            of_more: layout.is_some() && self.layout.of_more,
            region: self.region.drawn.as_ref(),
            neighbors: &self.neighborhood.state,
            found: &self.matches.0,
            loading: self.job(JobKind::Load, watch),
            projecting: self.job(JobKind::Project, watch),
            jobs: &jobs,
            toasts: &toasts,
            log: self.toasts.log(),
            log_dropped: self.toasts.dropped(),
            undoes: self.view.history().undoes(),
            redoes: self.view.history().redoes(),
            recent: &self.recent.0,
            tour: &self.tour,
            on_data_at_hand: self.tour.on_data_at_hand,
            hidden: None,
            unsaved_tags: &|| self.tags.unsaved(&self.view, &self.tour),
            command: &|size| self.command(size),
            writing: self.running.0.iter().any(|job| job.kind == JobKind::Export),
            presentation: self.presenting.0,
            status: &status,
            help: self.help(),
            reduced_motion: *self.motion == Motion::Reduced,
            headset: self.headset.0,
        });
    }

    /// Returns the picture whose camera keys and commands move.
    fn half(&self) -> Half {
        if self.have_two_cameras() { self.cameras.2.0 } else { Half::First }
    }

    /// Returns where the camera is or comes to rest, and that of the second picture if it has its own.
    fn stands(&self) -> (Pose, Option<Pose>) {
        let (CameraPose(first), SecondPose(second)) = (&*self.cameras.0, &*self.cameras.1);
        (*first, second.filter(|_| self.have_two_cameras()))
    }

    /// Returns whether there are two pictures with a camera each.
    fn have_two_cameras(&self) -> bool {
        self.cloud.is_pair() && self.view.has_two_cameras()
    }

    /// Returns the words of the command that draws what is on screen.
    fn command(&self, size: [u32; 2]) -> Result<Vec<String>, CommandError> {
        let layout = LaidOut { by: &self.layout.made_by, steps: self.layout.steps.as_ref(), past: self.layout.past };
        // The number of a bookmark is that in its file.
        let place = self.tour.at().filter(|_| layout.past == Past::Bookmark && self.tour.is_saved());
        let shown = place.and_then(|place| {
            let bookmark = self.tour.tour().bookmarks.get(place)?;
            let mut kept = bookmark.layouts.iter().map(|kept| &kept.layout);
            let is_shown = kept.any(|kept| self.layout.layout.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, kept)));
            is_shown.then_some((self.tour.path()?, place + 1, &bookmark.view))
        });
        // A camera may still be on its way. Everything is shown beside the panels, and a picture has none.
        let (first, second) = self.stands();
        let [pose, own] = self.cameras.3.within(&self.view);
        let mut view = View { pose: pose.or(Some(first)), ..View::clone(&self.view) };
        if let Some(second) = second
            && let Some(camera) = view.compared.as_mut().and_then(|compared| compared.camera.as_mut())
        {
            camera.pose = own.or(Some(second));
        }
        render_command(&OnScreen { view: &view, layout, bookmark: shown, size })
    }

    /// Returns the clusters of what is open and their names, or why there are none.
    fn found_names(&self) -> Option<Result<&NamedLevels, &str>> {
        let names = &self.names.0;
        let found = names.found.as_ref().filter(|_| names.epoch == self.opened.epoch)?;
        Some(found.as_deref().map_err(String::as_str))
    }

    /// Returns the runs of the source.
    fn runs(&self) -> Vec<RunEntry<'_>> {
        let Some(source) = self.opened.source.as_deref() else { return Vec::new() };
        let tensor = self.opened.info();
        let has_tensor =
            |run: &Run| run.embeddings.iter().any(|info| tensor.is_some_and(|tensor| tensor.name == info.name));
        source.runs.iter().map(|run| RunEntry { name: &run.name, has_tensor: has_tensor(run) }).collect()
    }

    /// Returns the embeddings of the open run.
    fn embeddings<'a>(&'a self) -> Vec<EmbeddingEntry<'a>> {
        let run = self.opened.source.as_deref().and_then(|source| source.runs.get(self.opened.place.0));
        let entries = run.into_iter().flat_map(|run| &run.embeddings);
        let step = |entry: &'a EmbeddingInfo| entry.step.as_ref().map(|step| (step.tensor.as_str(), step.number));
        let entry = |entry: &'a EmbeddingInfo| EmbeddingEntry {
            name: &entry.name,
            rows: entry.rows,
            dims: entry.dims,
            step: step(entry),
        };
        entries.map(entry).collect()
    }

    fn source<'a>(&'a self, runs: &'a [RunEntry<'a>], embeddings: &'a [EmbeddingEntry<'a>]) -> Option<SourceModel<'a>> {
        let source = self.opened.source.as_deref()?;
        let (run, embedding) = self.opened.place;
        let has_steps = || source.runs.iter().flat_map(|run| &run.embeddings).any(|info| info.step.is_some());
        let can_follow = matches!(self.view.origin, Origin::Path { .. }) && (source.is_log_directory() || has_steps());
        Some(SourceModel { path: &source.path, runs, run, embeddings, embedding, can_follow })
    }

    /// Returns the jobs that are listed: those that take a while and are not shown elsewhere.
    fn jobs(&self, watch: &Watch) -> Vec<Job<'_>> {
        let now = self.time.elapsed();
        let beside = |job: &&JobStatus| match job.kind {
            // It is shown in the middle of the window while nothing else is open.
            JobKind::Load => self.opened.embedding.is_some(),
            JobKind::Compare => !self.view.panels.shown || !has_compared_card(&self.view),
            JobKind::Check => !self.view.panels.shown || !self.view.panels.doctor,
            JobKind::Name | JobKind::Stability => !self.view.panels.shown || !self.view.panels.is_open(Panel::Data),
            JobKind::Apart => !self.view.panels.shown || !self.view.panels.is_open(Panel::Inspector),
            JobKind::Draft => !self.view.panels.shown || !self.view.panels.is_open(Panel::Bookmarks),
            JobKind::Training => !self.view.panels.shown,
            JobKind::Project => !self.view.panels.shown || !self.view.panels.is_open(Panel::Projection),
            _ => true,
        };
        let told = self.running.0.iter().filter(|job| watch.tells(job, now)).filter(beside);
        told.map(|status| Job { status, left: watch.left(status, now) }).collect()
    }

    /// Returns the job of this kind that runs.
    fn job(&self, kind: JobKind, watch: &Watch) -> Option<Job<'_>> {
        let status = self.running.0.iter().find(|job| job.kind == kind)?;
        Some(Job { status, left: watch.left(status, self.time.elapsed()) })
    }

    /// Returns the work that finds what points are colored by, if that is measured.
    fn coloring(&self, watch: &Watch) -> Option<Job<'_>> {
        let by = &self.view.color_by;
        let of_layout = by.is_of_layout() || by.is_of_steps();
        let kinds: &[JobKind] = if of_layout { &[JobKind::Measure, JobKind::Project] } else { &[JobKind::Compare] };
        kinds.iter().filter(|_| by.is_measured()).find_map(|kind| self.job(*kind, watch))
    }

    /// Returns the status line: what is shown, by what method, to which eyes.
    fn status(&self, eyes: Option<&Eyes>) -> String {
        let Some(layout) = self.layout.of(&self.opened) else { return String::new() };
        let (rows, placed) = (self.opened.rows(), self.cloud.placed);
        let shown = self.shown.rows.as_ref().map(parallax_embedding::RowSet::len);
        let method = method(self.layout.method.unwrap_or(Method::Identity));
        let dims = self.view.projection.dims.count().min(layout.dims());
        let points = match shown {
            Some(shown) => format!("{} of {}", count(shown), plural(rows, "point")),
            None => plural(placed, "point"),
        };
        let seed = if self.is_random() { format!(" · seed {}", self.layout.made_by.seed) } else { String::new() };
        let unplaced =
            if self.unplaced.0.is_empty() { String::new() } else { format!(" · {}", unplaced(&self.unplaced.0)) };
        let drawn = drawn(self.drawn.points());
        let far = match self.cloud.far {
            0 => String::new(),
            far => format!(" · {} far outside", count(far)),
        };
        format!("{points} · {method} {dims}D{seed}{unplaced}{far}{}{drawn}", self.pictures(eyes))
    }

    /// Returns the end of the status line: what is compared with, and how the eyes see.
    fn pictures(&self, eyes: Option<&Eyes>) -> String {
        if self.cloud.is_pair() {
            let pauses = if self.view.stereo.on { ", stereo pauses" } else { "" };
            let cameras = if self.have_two_cameras() { ", a camera each" } else { "" };
            return format!(" · two embeddings side by side{cameras}{pauses}");
        }
        if let (true, Some(compared)) = (self.cloud.is_over(), &self.compared.state) {
            return format!(" · {} over it, as rings{}", compared.names[1], self.eyes(eyes));
        }
        let share = self.view.compared.as_ref().and_then(Compared::share);
        if let (Some(share), Some(compared), true) = (share, &self.compared.state, self.compared.layout.is_some()) {
            let at = format!(" · {:.0} % of the way to {}", share * 100.0, compared.names[1]);
            return at + &self.eyes(eyes);
        }
        self.eyes(eyes)
    }

    /// Says how the eyes see.
    fn eyes(&self, eyes: Option<&Eyes>) -> String {
        let Some(eyes) = eyes else { return String::new() };
        let mode = self.view.stereo.mode.said();
        match self.view.projection.dims {
            Dims::Two => format!(" · {mode}, a plane without depth"),
            Dims::Three => {
                let [apart, at] = [eyes.apart, eyes.convergence].map(distance);
                format!(" · {mode}, eyes {apart} apart, screen at {at}")
            }
        }
    }

    /// Whether the layout depends on its seed.
    fn is_random(&self) -> bool {
        self.layout.method.map(Method::about).is_some_and(|about| {
            let has_axes = about.coordinates == Coordinates::Axes;
            about.is_random || has_axes && self.layout.made_by.axes.contains(&CustomAxis::Random)
        })
    }

    /// What the mouse does now.
    fn help(&self) -> &'static str {
        if self.opened.embedding.is_none() {
            return "";
        }
        match self.view.tool {
            Tool::Sphere => return "Drag to select what is near · Shift adds · Alt removes",
            Tool::Box | Tool::Lasso => return "Drag around points to select them · Shift adds · Alt removes",
            Tool::Pointer => {}
        }
        match self.view.projection.dims {
            Dims::Two => "Drag to pan · Wheel to zoom · Click to select",
            Dims::Three => "Drag to orbit · Shift to pan · Wheel to zoom",
        }
    }
}

/// Returns the part of the status line that says what of the points is not drawn. Empty if everything is.
fn drawn(DrawnPoints { drawn, fitting, all, thumbnails, .. }: DrawnPoints) -> String {
    if drawn < fitting {
        return format!(" · drawing {} of {}", count(drawn), count(all));
    }
    if fitting < all {
        return format!(" · {} of {} drawn, the device has no memory for more", count(fitting), count(all));
    }
    thumbnails.map_or_else(String::new, |[there, all]| {
        format!(" · {} of {}, the device has no room for more", count(there), plural(all, "thumbnail"))
    })
}

/// Writes a distance in the cloud with two digits that say something.
fn distance(x: f32) -> String {
    let places = match x {
        0.095.. | 0.0 => 2,
        0.0095.. => 3,
        _ => 4,
    };
    format!("{x:.places$}")
}
