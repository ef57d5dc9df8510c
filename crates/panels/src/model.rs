//! What the panels show: borrowed, and filled again for each frame.
//!
//! The panels compute nothing here: whoever fills a [`ViewModel`] has the data. Only the visible
//! rows of long lists are formatted.

use std::{borrow::Cow, collections::VecDeque, fmt, path::Path, sync::LazyLock, time::Duration};

use egui::Pos2;
use parallax_desktop::RecentFile;
use parallax_embedding::{Column, Embedding, RowSet};
use parallax_formats::Problem;
use parallax_meaning::{NamedLevels, Stability, axis::time_text};
use parallax_projection::{Agreement, Shepard, WithoutPlace};
use parallax_session::{
    Action, ApartState, CheckedLabels, CommandError, ComparedState, Comparison, CountedCharts, Drawn, Edit, Eye, Found,
    FullBrightness, Half, HeadsetLink, JobStatus, Legend, Method, Movement, NeighborhoodState, Panel, PanelColumn,
    Pick, PlacedLabel, PlacedName, Pose, Presentation, QualityFigures, Rgb, RowQuality, Said, SeenAxis, StepRow, Steps,
    Summed, Toast, View, row_name,
};
use parallax_tour::OpenTour;

use crate::format::{number_within, short_percent};

/// Everything that the panels show.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub struct ViewModel<'a> {
    /// What the user has set up.
    pub view: &'a View,
    /// The eye for whose picture the stage is painted. `None` if each eye has a context of its own,
    /// and this one has the panels only.
    pub eye: Option<Eye>,
    /// The picture whose camera keys and commands move; the first if there is one camera.
    pub half: Half,
    /// Where the camera is, or comes to rest.
    pub stand: Pose,
    /// The same of the camera that the second of two pictures has for itself.
    pub second_stand: Option<Pose>,
    /// With stereo, the distance between the eyes, and that of what appears at the screen.
    pub eyes: Option<[f32; 2]>,
    /// The name of the embedding whose picture this is, if pictures are of two.
    pub picture: Option<&'a str>,
    /// What is found out about the embedding that is compared with.
    pub compared: Option<&'a ComparedState>,
    /// That being found out.
    pub comparing: Option<Job<'a>>,
    /// The pointer in the picture of the eye, if it is known to the caller only.
    pub pointer: Option<Pos2>,
    /// What is open. `None` for an array in memory.
    pub source: Option<SourceModel<'a>>,
    /// The open embedding.
    pub embedding: Option<&'a Embedding>,
    /// What was wrong with the source or beside the embedding.
    pub problems: &'a [Problem],
    /// What the colors mean.
    pub legend: &'a Legend,
    /// What full brightness is, if points are shown as their density.
    pub full_brightness: Option<FullBrightness>,
    /// The color of a row in the cloud.
    pub color_of: &'a dyn Fn(u32) -> Option<Rgb>,
    /// The share of the variance of each component of the layout. Empty if the method has no
    /// components.
    pub explained_variance: &'a [f64],
    /// The rows that have no place in the layout, and why.
    pub unplaced: &'a WithoutPlace,
    /// The number of coordinates of the layout; 0 until there is one.
    pub layout_dims: usize,
    /// The work that finds what points are colored by, if that is measured.
    pub coloring: Option<Job<'a>>,
    /// The progress of a method that has steps.
    pub steps: Option<&'a Steps>,
    /// The steps of the open tensor, if there are several.
    pub step_row: Option<&'a StepRow>,
    /// How far the points are on their way to their places, from 0 to 1.
    pub arrived: f32,
    /// How far rows have moved since another step, if points are colored by that.
    pub movement: Option<&'a Movement>,
    /// Their layouts being computed.
    pub laying_out: Option<Job<'a>>,
    /// How far to trust the layout.
    pub quality: Option<QualityFigures>,
    /// How the distances of the layout follow those of the vectors, or why that is not known.
    pub shepard: Option<Result<&'a Shepard, &'a str>>,
    /// A column of labels, and how neighbors agree with them, or why that is not known.
    pub agreement: Option<(&'a str, Result<&'a Agreement, &'a str>)>,
    /// How far to trust the place of the inspected row.
    pub row_quality: Option<RowQuality>,
    /// The number of rows at each end of the custom axes, or why an end has none: left and right of
    /// x, of y, of z.
    pub ends: &'a [Result<usize, String>],
    /// The axes, for their numbers and names.
    pub axes: &'a [SeenAxis],
    /// The pose of the camera in 3D.
    pub pose: Option<Pose>,
    /// The point under the pointer.
    pub hovered: Option<Marked>,
    /// The labels that fit.
    pub labels: &'a [PlacedLabel],
    /// The clusters of the layout and their names, or why there are none.
    pub names: Option<Result<&'a NamedLevels, &'a str>>,
    /// The column that they are from, and why it was chosen if nobody chose it.
    pub named_by: Option<&'a (String, Option<String>)>,
    /// The names of clusters that fit.
    pub placed_names: &'a [PlacedName],
    /// Clusters being found and named.
    pub naming: Option<Job<'a>>,
    /// How far the clusters are found again in layouts of other seeds. `None` until it is measured.
    pub stability: Option<&'a Stability>,
    /// The layouts of other seeds being computed.
    pub stabilizing: Option<Job<'a>>,
    /// A tour being drafted.
    pub drafting: Option<Job<'a>>,
    /// The rows that neither isolation nor the filter hides. `None` if all are shown.
    pub shown: Option<&'a RowSet>,
    /// The charts. `None` until they are counted.
    pub charts: Option<&'a CountedCharts>,
    /// How the selected rows differ from the others, by chart.
    pub comparison: Option<&'a Comparison>,
    /// The rows whose neighbors disagree with their label, or why there are none. `None` until they
    /// are looked for.
    pub suspects: Option<Result<&'a CheckedLabels, &'a str>>,
    /// The column of those labels.
    pub suspects_of: &'a str,
    /// Labels being compared.
    pub checking: Option<Job<'a>>,
    /// Whether the point of a row is in the part of the window that shows the cloud.
    pub is_in_sight: &'a dyn Fn(u32) -> bool,
    /// The rows of the table, in its order.
    pub table: &'a [u32],
    /// The method of the layout on screen. `None` until there is one.
    pub method: Option<Method>,
    /// Whether the layout was computed from more rows than the isolated ones.
    pub of_more: bool,
    /// The region that a selection tool draws.
    pub region: Option<&'a Drawn>,
    /// The neighbors of the inspected row, of the mean of the selected ones, or of a sum.
    pub neighbors: &'a NeighborhoodState,
    /// Those of them that the layout has torn off, and how many of the nearest in the layout count.
    /// `None` if they are not true neighbors of a row, or not compared yet.
    pub torn: Option<(&'a RowSet, usize)>,
    /// What tells the selected rows apart from others.
    pub apart: &'a ApartState,
    /// That being found out.
    pub telling: Option<Job<'a>>,
    /// What the mean or the sum stands for.
    pub summed: Option<&'a Summed>,
    /// Where it is on the screen.
    pub spot: Option<Spotted>,
    /// The result of the search.
    pub found: &'a Found,
    /// Data being loaded.
    pub loading: Option<Job<'a>>,
    /// A layout being computed.
    pub projecting: Option<Job<'a>>,
    /// The background jobs that take long enough to be shown.
    pub jobs: &'a [Job<'a>],
    /// Messages, oldest first.
    pub toasts: &'a [&'a Toast],
    /// The messages so far, oldest first.
    pub log: &'a VecDeque<Said>,
    /// The number of older messages that are not kept.
    pub log_dropped: usize,
    /// The name of the step that undo would revert.
    pub undoes: Option<&'static str>,
    /// The name of the step that redo would repeat.
    pub redoes: Option<&'static str>,
    /// The recent files, newest first.
    pub recent: &'a [RecentFile],
    /// The bookmarks.
    pub tour: &'a OpenTour,
    /// Whether bookmarks that were made on other data are shown on the open data.
    pub on_data_at_hand: bool,
    /// The column of cards for which the window has no room.
    pub hidden: Option<PanelColumn>,
    /// How many tags are neither in a metadata file nor in a bookmark.
    pub unsaved_tags: &'a dyn Fn() -> usize,
    /// The words of the command that draws what is on screen, in a picture of this size, or why there is
    /// none.
    pub command: &'a dyn Fn([u32; 2]) -> Result<Vec<String>, CommandError>,
    /// Whether files are being written.
    pub writing: bool,
    /// The state of the presentation.
    pub presentation: Presentation,
    /// The text of the status line.
    pub status: &'a str,
    /// What the mouse does with the current tool.
    pub help: &'a str,
    /// Whether animations are off.
    pub reduced_motion: bool,
    /// Whether the cloud is also shown in a headset.
    pub headset: HeadsetLink,
}

/// Each row has a place.
static ALL_PLACED: WithoutPlace = WithoutPlace { not_finite: RowSet::EMPTY, zero: RowSet::EMPTY, other: RowSet::EMPTY };

/// The log without any message.
static NOTHING_SAID: VecDeque<Said> = VecDeque::new();

/// The tour without any bookmark.
static NO_TOUR: LazyLock<OpenTour> = LazyLock::new(OpenTour::default);

/// What is open, and the runs and embeddings to choose from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceModel<'a> {
    /// The path as given.
    pub path: &'a Path,
    /// The runs.
    pub runs: &'a [RunEntry<'a>],
    /// The index of the open run.
    pub run: usize,
    /// The embeddings of the open run.
    pub embeddings: &'a [EmbeddingEntry<'a>],
    /// The index of the open embedding.
    pub embedding: usize,
    /// Whether newer steps of it may appear, which can be followed.
    pub can_follow: bool,
}

/// A run that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEntry<'a> {
    /// The name.
    pub name: &'a str,
    /// Whether it has a tensor with the name of the open one.
    pub has_tensor: bool,
}

/// An embedding that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingEntry<'a> {
    /// The tensor's name.
    pub name: &'a str,
    /// The number of rows.
    pub rows: usize,
    /// The number of dimensions.
    pub dims: usize,
    /// The tensor of which it is a step, and the number of the step.
    pub step: Option<(&'a str, u64)>,
}

/// A row and the position of its point on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marked {
    /// The row.
    pub row: u32,
    /// The center of its point, as the middle between the eyes sees it.
    pub at: Pos2,
    /// The parallax of its point.
    pub parallax: f32,
    /// The radius of its point.
    pub radius: f32,
}

/// A position on the screen of a vector that is no row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spotted {
    /// The position, as the middle between the eyes sees it.
    pub at: Pos2,
    /// Its parallax.
    pub parallax: f32,
}

/// A background job, and how long it will take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job<'a> {
    /// The job.
    pub status: &'a JobStatus,
    /// The estimated time left, if known.
    pub left: Option<Duration>,
}

impl<'a> SourceModel<'a> {
    /// Returns the action that chooses the embedding at `place`. Another step of the open one keeps what
    /// was done to the rows.
    pub(crate) fn choose_embedding(&self, place: usize) -> Option<Action> {
        let info = self.embeddings.get(place).filter(|_| place != self.embedding)?;
        let tensor = |info: &EmbeddingEntry<'a>| info.step.map(|(tensor, _)| tensor);
        let open = self.embeddings.get(self.embedding).and_then(tensor);
        let is_step = open.is_some() && tensor(info) == open;
        let name = info.name.to_owned();
        Some(Action::Edit(if is_step { Edit::GoToStep(name) } else { Edit::ChooseEmbedding(name) }))
    }

    /// Returns the step that is open, and the newest one of its tensor.
    pub(crate) fn steps(&self) -> Option<[u64; 2]> {
        let (tensor, open) = self.embeddings.get(self.embedding)?.step?;
        let of = self.embeddings.iter().filter_map(|info| info.step).filter(|(other, _)| *other == tensor);
        Some([open, of.map(|(_, number)| number).max()?])
    }

    /// Returns the actions that choose the run at `place`, and in it the tensor with the name of
    /// the open one.
    pub(crate) fn choose_run(&self, place: usize) -> Vec<Action> {
        let Some(run) = self.runs.get(place) else { return Vec::new() };
        let tensor = self.embeddings.get(self.embedding).filter(|_| run.has_tensor);
        let tensor = tensor.map(|tensor| Action::Edit(Edit::ChooseEmbedding(tensor.name.to_owned())));
        std::iter::once(Action::Edit(Edit::ChooseRun(run.name.to_owned()))).chain(tensor).collect()
    }
}

impl<'a> ViewModel<'a> {
    /// Returns whether this is what lies over the pictures of two embeddings, once for both.
    pub(crate) fn is_of_two(&self) -> bool {
        self.eye.is_none() && self.eyes.is_none()
    }

    /// Creates a model of `view` with nothing open.
    #[must_use]
    pub fn empty(view: &'a View) -> Self {
        Self {
            view,
            eye: Some(Eye::Middle),
            half: Half::First,
            stand: Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 1.0 },
            second_stand: None,
            eyes: None,
            picture: None,
            compared: None,
            comparing: None,
            pointer: None,
            source: None,
            embedding: None,
            problems: &[],
            legend: &Legend::Empty,
            full_brightness: None,
            color_of: &|_| None,
            unplaced: &ALL_PLACED,
            explained_variance: &[],
            layout_dims: 0,
            coloring: None,
            steps: None,
            step_row: None,
            arrived: 1.0,
            movement: None,
            laying_out: None,
            quality: None,
            shepard: None,
            agreement: None,
            row_quality: None,
            ends: &[],
            axes: &[],
            pose: None,
            hovered: None,
            labels: &[],
            names: None,
            named_by: None,
            placed_names: &[],
            naming: None,
            stability: None,
            stabilizing: None,
            drafting: None,
            shown: None,
            charts: None,
            comparison: None,
            suspects: None,
            suspects_of: "",
            checking: None,
            is_in_sight: &|_| true,
            table: &[],
            method: None,
            of_more: false,
            region: None,
            neighbors: &NeighborhoodState::Idle,
            torn: None,
            apart: &ApartState::Idle,
            telling: None,
            summed: None,
            spot: None,
            found: &Found::Idle,
            loading: None,
            projecting: None,
            jobs: &[],
            toasts: &[],
            log: &NOTHING_SAID,
            log_dropped: 0,
            undoes: None,
            redoes: None,
            recent: &[],
            tour: &NO_TOUR,
            on_data_at_hand: false,
            hidden: None,
            unsaved_tags: &|| 0,
            command: &|_| Err(CommandError::NoFile),
            writing: false,
            presentation: Presentation::default(),
            status: "",
            help: "",
            reduced_motion: false,
            headset: HeadsetLink::Absent,
        }
    }

    /// Returns how far right of where the middle between the eyes sees it something is painted that
    /// has this parallax.
    pub(crate) fn beside(&self, parallax: f32) -> egui::Vec2 {
        let side = self.eye.map_or(0.0, Eye::side);
        egui::vec2(if parallax.is_finite() { side * parallax } else { 0.0 }, 0.0)
    }

    /// Whether the card is unfolded, in a column that is shown.
    #[must_use]
    pub(crate) fn is_seen(&self, panel: Panel) -> bool {
        self.view.panels.is_open(panel) && self.hidden != Some(panel.column())
    }

    /// Returns the step that the quality of the layout is of, if it is an earlier one than is shown:
    /// while a run goes on, it is measured now and then.
    pub(crate) fn measured_before(&self) -> Option<usize> {
        let (step, steps) = (self.quality?.step?, self.steps?);
        (steps.iteration != step).then_some(step)
    }

    /// Returns the columns of the metadata.
    #[must_use]
    pub fn columns(&self) -> &'a [Column] {
        self.embedding.map_or(&[], |embedding| embedding.metadata.columns())
    }

    /// Returns the column of the row labels.
    #[must_use]
    pub fn label_column(&self) -> Option<&'a Column> {
        self.view.label_column(&self.embedding?.metadata)
    }

    /// Returns the column that is searched.
    #[must_use]
    pub fn search_column(&self) -> Option<&'a Column> {
        self.view.search_column(&self.embedding?.metadata)
    }

    /// Returns the label of the row, or `None` if it has none.
    #[must_use]
    pub fn name_of(&self, row: u32) -> Option<&'a str> {
        self.label_column()?.text(row as usize)
    }

    /// Returns the label of the row, or its number as in `row 5,521`.
    #[must_use]
    pub fn name_or_number(&self, row: u32) -> Cow<'a, str> {
        self.name_of(row).map_or_else(|| row_name(row).into(), Cow::from)
    }

    /// Returns how numbers or dates between the ends of a ramp are written: neighbors kept are
    /// percentages, as on the Projection card.
    pub(crate) fn figure(&self, [low, high]: [f64; 2], of_dates: bool) -> impl Fn(f64) -> String + use<> {
        let is_share = matches!(self.view.color_by, Pick::Reliability | Pick::Shared | Pick::Changed(_));
        move |x| match x {
            moment if of_dates => time_text(moment, high - low),
            0.0 if is_share => "0 %".into(),
            share if is_share => short_percent(share),
            x => number_within(x, high - low),
        }
    }

    /// Returns the rows whose neighbors disagree with their label in the column that is checked, or
    /// why there are none.
    pub(crate) fn checked(&self) -> Option<Result<&'a CheckedLabels, &'a str>> {
        let is_current = self.view.panels.doctor && self.view.doctor.column.as_deref() == Some(self.suspects_of);
        self.suspects.filter(|_| is_current)
    }

    /// Whether a job is running.
    pub(crate) fn is_busy(&self) -> bool {
        self.loading.is_some() || self.projecting.is_some() || self.laying_out.is_some() || !self.jobs.is_empty()
    }
}

impl fmt::Debug for ViewModel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewModel").field("view", self.view).field("source", &self.source).finish_non_exhaustive()
    }
}
