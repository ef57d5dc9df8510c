//! The panels as a user meets them: controls are found by their accessible names, clicked and typed
//! into. A module each for cards, sheets, and what is around them.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

use std::{
    cell::Cell,
    collections::VecDeque,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use egui::accesskit::Role;
use egui_kittest::{
    Harness, Node,
    kittest::{NodeT as _, Queryable as _},
};
use parallax_desktop::{
    RecentFile,
    folder::{Entry, Listing},
};
use parallax_embedding::Partners;
use parallax_embedding::{Column, ColumnBuilder, Embedding, Metadata, Progress, RowSet, SpriteSheet, Vectors};
use parallax_formats::{Problem, Severity};
use parallax_meaning::{NamedLevels, Stability};
use parallax_neighbors::{Metric, Neighbor};
use parallax_panels::{
    Ask, EmbeddingEntry, Job, Marked, PanelMemory, RunEntry, SourceModel, ViewModel, free_area, show_panels,
};
use parallax_projection::{Agreement, Resemblance, ResemblanceSettings, SHEPARD_BINS, Shared, Shepard, WithoutPlace};
use parallax_session::{
    Action, Against, Alignment, Alone, ApartState, Arrangement, BothNearest, Brush, CheckedLabels, ColorScale, Combine,
    Compared, ComparedState, Comparison, CountedCharts, CustomAxis, Dims, Drawn, Edit, Export, Exported, ExportedRows,
    Eye, Filter, Found, Half, HistoryAction, JobAction, JobKind, JobStatus, LabelRank, LabelSide, Legend, LegendEntry,
    LegendValue, Likeness, Lines, Look, MatchBy, Matched, Method, Naming, NeighborQuery, NeighborSpace,
    NeighborhoodState, OpenOptions, Origin, OwnCamera, Panel, Panels, Pick, Placed, PlacedLabel, PlacedName,
    PointStyle, Pose, Projection, QualityFigures, Ramp, RegionShape, RowQuality, Said, SavedSelection, ScaleKind,
    Search, SeenAxis, SeenTick, ShellAction, Shows, Side, Sort, Spot, Steer, Steps, Stereo, StereoMode, Summed, Table,
    TableRows, Theme, Toast, ToastAction, Tool, Unknown, View,
};

mod bookmarks;
mod charts;
mod compared;
mod data;
mod doctor;
mod hand;
mod inspector;
mod messages;
mod names;
mod places;
mod presenter;
mod projection;
mod quality;
mod sheets;
mod slide;
mod stage;
mod steps;
mod table;
mod tours;

const QUALITY: QualityFigures = QualityFigures {
    k: 15,
    recall: 0.453,
    trustworthiness: 0.9,
    continuity: 0.9,
    sample: 100,
    approximate: None,
    step: None,
};

/// All that a view model borrows from, what the panels remember, and what was done.
struct World {
    view: View,
    runs: Vec<&'static str>,
    embedding: Option<Embedding>,
    /// The number of the second tensor, if both are steps of one.
    newest: Option<u64>,
    problems: Vec<Problem>,
    legend: Legend,
    variance: Vec<f64>,
    layout_dims: usize,
    hovered: Option<Marked>,
    labels: Vec<PlacedLabel>,
    names: Option<Result<NamedLevels, String>>,
    named_by: Option<(String, Option<String>)>,
    placed_names: Vec<PlacedName>,
    stability: Option<Stability>,
    stabilizing: Option<JobStatus>,
    axes: Vec<SeenAxis>,
    pose: Option<Pose>,
    second_pose: Option<Pose>,
    half: Half,
    /// How far apart the eyes are, and how far away the screen is.
    eyes: Option<[f32; 2]>,
    region: Option<Drawn>,
    neighbors: NeighborhoodState,
    torn: Option<(RowSet, usize)>,
    apart: ApartState,
    telling: Option<JobStatus>,
    compared: Option<ComparedState>,
    comparing: Option<JobStatus>,
    picture: Option<&'static str>,
    summed: Option<Summed>,
    found: Found,
    loading: Option<JobStatus>,
    projecting: Option<JobStatus>,
    toasts: Vec<Toast>,
    memory: PanelMemory,
    /// Jobs, and how long they will take.
    jobs: Vec<(JobStatus, Option<Duration>)>,
    log: VecDeque<Said>,
    shown: Option<RowSet>,
    charts: Option<CountedCharts>,
    comparison: Option<Comparison>,
    suspects: Option<Result<CheckedLabels, String>>,
    suspects_of: String,
    is_out_of_sight: bool,
    undoes: Option<&'static str>,
    redoes: Option<&'static str>,
    recent: Vec<RecentFile>,
    /// The content of the clipboard.
    copied: Vec<String>,
    /// Steps done, all steps, whether it runs.
    steps: Option<(usize, usize, bool)>,
    step_row: Option<parallax_session::StepRow>,
    movement: Option<parallax_session::Movement>,
    laying_out: Option<JobStatus>,
    /// The divergence after each step.
    divergences: Vec<f32>,
    quality: Option<QualityFigures>,
    shepard: Option<Result<Shepard, &'static str>>,
    agreement: Option<(&'static str, Result<Agreement, &'static str>)>,
    row_quality: Option<RowQuality>,
    unplaced: WithoutPlace,
    /// The method of the layout on screen, if it is not the chosen one.
    method: Option<Method>,
    ends: Vec<Result<usize, String>>,
    table: Vec<u32>,
    of_more: bool,
    canceled: bool,
    actions: Vec<Action>,
    colored: Cell<usize>,
}

fn column(name: &str, rows: usize, cell: impl Fn(usize) -> String) -> Column {
    let mut builder = ColumnBuilder::new(name);
    (0..rows).for_each(|row| builder.push(Some(&cell(row))));
    builder.finish()
}

fn embedding(rows: usize, dims: usize) -> Embedding {
    let vectors = Vectors::from_u8(rows, dims, vec![1; rows * dims]).unwrap();
    let mut embedding = Embedding::new("digits", vectors, &Progress::default()).unwrap();
    let columns = vec![
        column("digit", rows, |row| (row % 10).to_string()),
        column("writer", rows, |row| format!("writer {row}")),
        column("score", rows, |row| format!("{}.5", row * 3)),
    ];
    embedding.metadata = Arc::new(Metadata::new(columns).unwrap());
    embedding
}

impl World {
    fn new(rows: usize, dims: usize) -> Self {
        let entry = |name: &str| LegendEntry {
            name: name.into(),
            value: LegendValue::Value(name.into()),
            color: [200, 100, 50],
            count: 1234,
        };
        Self {
            view: View::default(),
            runs: vec!["."],
            embedding: Some(embedding(rows, dims)),
            newest: None,
            problems: Vec::new(),
            legend: Legend::Categories { column: "digit".into(), entries: vec![entry("seven"), entry("eight")] },
            variance: vec![0.4, 0.2, 0.1, 0.05],
            layout_dims: 4,
            hovered: None,
            labels: Vec::new(),
            names: None,
            named_by: None,
            placed_names: Vec::new(),
            stability: None,
            stabilizing: None,
            axes: Vec::new(),
            pose: None,
            second_pose: None,
            half: Half::First,
            eyes: None,
            region: None,
            neighbors: NeighborhoodState::Ready(Vec::new()),
            torn: None,
            apart: ApartState::Idle,
            telling: None,
            compared: None,
            comparing: None,
            picture: None,
            summed: None,
            found: Found::Idle,
            loading: None,
            projecting: None,
            toasts: Vec::new(),
            memory: PanelMemory::default(),
            jobs: Vec::new(),
            log: VecDeque::new(),
            shown: None,
            charts: None,
            comparison: None,
            suspects: None,
            suspects_of: String::new(),
            is_out_of_sight: false,
            undoes: None,
            redoes: None,
            recent: Vec::new(),
            copied: Vec::new(),
            steps: None,
            step_row: None,
            movement: None,
            laying_out: None,
            divergences: vec![2.0, 1.5],
            quality: None,
            shepard: None,
            agreement: None,
            row_quality: None,
            unplaced: WithoutPlace::default(),
            method: None,
            ends: Vec::new(),
            table: (0..rows as u32).collect(),
            of_more: false,
            canceled: false,
            actions: Vec::new(),
            colored: Cell::new(0),
        }
    }

    fn frame(&mut self, ctx: &egui::Context) {
        let colored = &self.colored;
        let color_of = |_: u32| {
            colored.set(colored.get() + 1);
            Some([1, 2, 3])
        };
        let shapes = [("digits", 100, 64), ("words", 7, 3)];
        let step = |name| self.newest.map(|newest| ("words", if name == "words" { newest } else { 100 }));
        let embeddings = shapes.map(|(name, rows, dims)| EmbeddingEntry { name, rows, dims, step: step(name) });
        let entry = |name: &&'static str| RunEntry { name, has_tensor: *name == "test" };
        let runs: Vec<RunEntry<'_>> = self.runs.iter().map(entry).collect();
        let (path, can_follow) = (Path::new("logs"), self.newest.is_some());
        let source = SourceModel { path, runs: &runs, run: 0, embeddings: &embeddings, embedding: 0, can_follow };
        let steps = self.steps.map(|(iteration, iterations, running)| Steps {
            iteration,
            iterations,
            kl: self.divergences.as_slice().into(),
            running,
            outdated: false,
        });
        let job = |status| Job { status, left: None };
        let jobs: Vec<Job<'_>> = self.jobs.iter().map(|(status, left)| Job { status, left: *left }).collect();
        let toasts: Vec<&Toast> = self.toasts.iter().collect();
        let model = ViewModel {
            source: self.embedding.as_ref().map(|_| source),
            embedding: self.embedding.as_ref(),
            problems: &self.problems,
            legend: &self.legend,
            color_of: &color_of,
            explained_variance: &self.variance,
            layout_dims: self.layout_dims,
            steps: steps.as_ref(),
            step_row: self.step_row.as_ref(),
            movement: self.movement.as_ref(),
            laying_out: self.laying_out.as_ref().map(job),
            ends: &self.ends,
            hovered: self.hovered,
            labels: &self.labels,
            names: self.names.as_ref().map(|names| names.as_ref().map_err(String::as_str)),
            named_by: self.named_by.as_ref(),
            placed_names: &self.placed_names,
            stability: self.stability.as_ref(),
            stabilizing: self.stabilizing.as_ref().map(job),
            table: &self.table,
            method: (!self.canceled).then_some(self.method.unwrap_or(self.view.projection.method)),
            quality: self.quality,
            shepard: self.shepard.as_ref().map(|found| found.as_ref().map_err(|why| *why)),
            agreement: self.agreement.as_ref().map(|(column, found)| (*column, found.as_ref().map_err(|why| *why))),
            row_quality: self.row_quality,
            unplaced: &self.unplaced,
            of_more: self.of_more,
            axes: &self.axes,
            pose: self.pose,
            stand: self.pose.unwrap_or(Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 1.0 }),
            second_stand: self.second_pose,
            half: self.half,
            eye: self.eyes.is_none().then_some(Eye::Middle),
            eyes: self.eyes,
            region: self.region.as_ref(),
            neighbors: &self.neighbors,
            apart: &self.apart,
            telling: self.telling.as_ref().map(job),
            compared: self.compared.as_ref(),
            comparing: self.comparing.as_ref().map(job),
            picture: self.picture,
            torn: self.torn.as_ref().map(|(rows, within)| (rows, *within)),
            summed: self.summed.as_ref(),
            found: &self.found,
            loading: self.loading.as_ref().map(job),
            projecting: self.projecting.as_ref().map(job),
            toasts: &toasts,
            jobs: &jobs,
            log: &self.log,
            shown: self.shown.as_ref(),
            charts: self.charts.as_ref(),
            comparison: self.comparison.as_ref(),
            suspects: self.suspects.as_ref().map(|found| found.as_ref().map_err(String::as_str)),
            suspects_of: &self.suspects_of,
            is_in_sight: &|_| !self.is_out_of_sight,
            undoes: self.undoes,
            redoes: self.redoes,
            recent: &self.recent,
            status: "100 points",
            help: "drag to orbit",
            reduced_motion: true,
            ..ViewModel::empty(&self.view)
        };
        let before = self.actions.len();
        show_panels(ctx, &model, &mut self.memory, &mut self.actions);
        ctx.output(|output| {
            for command in &output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    self.copied.push(text.clone());
                }
            }
        });
        for action in &self.actions[before..] {
            if let Action::Edit(edit) = action {
                self.view.apply(edit);
            }
        }
    }

    fn open(self) -> Harness<'static, Self> {
        self.open_at([1440.0, 900.0])
    }

    fn open_at(self, size: [f32; 2]) -> Harness<'static, Self> {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_step_dt(1.0 / 60.0)
            .build_ui_state(|ui, world: &mut Self| world.frame(&ui.ctx().clone()), self);
        harness.run();
        harness
    }
}

/// A job at 40 percent.
fn running(kind: JobKind, name: &str, message: &str) -> JobStatus {
    JobStatus { kind, name: name.into(), message: message.into(), fraction: 0.4 }
}

/// Clicks what is called `name` and expects one action of it.
#[track_caller]
fn click(harness: &mut Harness<'_, World>, name: &str, expected: Action) {
    harness.state_mut().actions.clear();
    harness.get_by_label(name).click();
    harness.run();
    assert_eq!(harness.state().actions, [expected], "{name}");
}

#[track_caller]
fn choose(harness: &mut Harness<'_, World>, chooser: &str, entry: &str, expected: Action) {
    harness.get_by_label(chooser).click();
    harness.run();
    click(harness, entry, expected);
}

/// Presses keys together and returns what was done.
fn press(harness: &mut Harness<'_, World>, modifiers: egui::Modifiers, key: egui::Key) -> Vec<Action> {
    harness.state_mut().actions.clear();
    harness.key_press_modifiers(modifiers, key);
    harness.run();
    harness.state().actions.clone()
}

/// Opens what is called `opener`, and presses Enter after typing `text` into the field called
/// `field`.
#[track_caller]
fn fill(harness: &mut Harness<'_, World>, opener: &str, field: &str, text: &str, expected: &Action) {
    harness.get_by_label(opener).click();
    harness.run();
    harness.get_by_label(field).focus();
    harness.run();
    harness.get_by_label(field).type_text(text);
    harness.run();
    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(harness.state().actions, std::slice::from_ref(expected), "{opener}");
}

/// The one action after a click on what is called `name`.
#[track_caller]
fn acted(harness: &mut Harness<'_, World>, name: &str) -> Action {
    harness.state_mut().actions.clear();
    harness.get_by_label(name).click();
    harness.run();
    let [action] = &harness.state().actions[..] else { panic!("{name}: {:?}", harness.state().actions) };
    action.clone()
}

/// Opens the palette, types, presses Enter.
fn command(harness: &mut Harness<'_, World>, typed: &str) -> Vec<Action> {
    press(harness, egui::Modifiers::COMMAND, egui::Key::K);
    let field = harness.get_by_label("Command");
    field.type_text(typed);
    harness.run();
    press(harness, egui::Modifiers::NONE, egui::Key::Enter)
}
