//! The overlay as a user meets it: controls are found by their accessible names, clicked and typed
//! into.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

use std::{cell::Cell, path::Path, sync::Arc};

use egui::accesskit::Role;
use egui_kittest::{
    Harness, Node,
    kittest::{NodeT as _, Queryable as _},
};
use parallax_desktop::{
    RecentFile,
    folder::{Entry, Listing},
};
use parallax_embedding::{Column, ColumnBuilder, Embedding, Metadata, Progress, RowSet, SpriteSheet, Vectors};
use parallax_formats::{Problem, Severity};
use parallax_neighbors::{Metric, Neighbor};
use parallax_panels::{
    Ask, AxisLine, EmbeddingEntry, Found, Job, LabelRole, Marked, Neighborhood, PanelMemory, PlacedLabel, RegionMark,
    RegionShape, RunEntry, Said, SourceModel, Toast, ViewModel, free_area, show,
};
use parallax_projection::WithoutPlace;
use parallax_session::{
    Action, ColorScale, CustomAxis, Dims, Export, Exported, ExportedRows, Filter, JobKind, Legend, LegendEntry,
    LegendValue, Method, NeighborQuery, NeighborSpace, OpenOptions, Origin, Panel, Panels, Pick, PointStyle, Pose,
    Projection, QualityFigures, Ramp, SavedSelection, ScaleKind, Search, Side, Sort, Steer, Steps, Table, TableRows,
    Theme, Tool, View,
};

#[path = "overlay/cards.rs"]
mod cards;

/// All that a view model borrows from, what the panels remember, and what was done.
struct World {
    view: View,
    runs: Vec<&'static str>,
    embedding: Option<Embedding>,
    problems: Vec<Problem>,
    legend: Legend,
    variance: Vec<f64>,
    layout_dims: usize,
    hovered: Option<Marked>,
    labels: Vec<PlacedLabel>,
    axes: Vec<AxisLine>,
    pose: Option<Pose>,
    region: Option<(RegionShape, usize)>,
    neighbors: Vec<Neighbor>,
    found: Option<RowSet>,
    search_error: Option<&'static str>,
    loading: Option<Job<'static>>,
    projecting: Option<Job<'static>>,
    toasts: Vec<Toast<'static>>,
    memory: PanelMemory,
    jobs: Vec<Job<'static>>,
    log: Vec<Said<'static>>,
    shown: Option<RowSet>,
    undoes: Option<&'static str>,
    redoes: Option<&'static str>,
    recent: Vec<RecentFile>,
    /// The content of the clipboard.
    copied: Vec<String>,
    /// Steps done, all steps, whether it runs.
    steps: Option<(usize, usize, bool)>,
    /// The divergence after each step.
    divergences: Vec<f32>,
    quality: Option<QualityFigures>,
    unplaced: WithoutPlace,
    /// The method of the layout on screen, if it is not the chosen one.
    method: Option<Method>,
    ends: Vec<Result<usize, String>>,
    table: Vec<u32>,
    of_more: bool,
    cancelled: bool,
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
            problems: Vec::new(),
            legend: Legend::Categories { column: "digit".into(), entries: vec![entry("seven"), entry("eight")] },
            variance: vec![0.4, 0.2, 0.1, 0.05],
            layout_dims: 4,
            hovered: None,
            labels: Vec::new(),
            axes: Vec::new(),
            pose: None,
            region: None,
            neighbors: Vec::new(),
            found: None,
            search_error: None,
            loading: None,
            projecting: None,
            toasts: Vec::new(),
            memory: PanelMemory::default(),
            jobs: Vec::new(),
            log: Vec::new(),
            shown: None,
            undoes: None,
            redoes: None,
            recent: Vec::new(),
            copied: Vec::new(),
            steps: None,
            divergences: vec![2.0, 1.5],
            quality: None,
            unplaced: WithoutPlace::default(),
            method: None,
            ends: Vec::new(),
            table: (0..rows as u32).collect(),
            of_more: false,
            cancelled: false,
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
        let embeddings = shapes.map(|(name, rows, dims)| EmbeddingEntry { name, rows, dims });
        let entry = |name: &&'static str| RunEntry { name, has_tensor: *name == "test" };
        let runs: Vec<RunEntry<'_>> = self.runs.iter().map(entry).collect();
        let source =
            SourceModel { path: Path::new("logs"), runs: &runs, run: 0, embeddings: &embeddings, embedding: 0 };
        let steps = self.steps.map(|(iteration, iterations, running)| Steps {
            iteration,
            iterations,
            kl: self.divergences.as_slice().into(),
            running,
            outdated: false,
        });
        let model = ViewModel {
            source: self.embedding.as_ref().map(|_| source),
            embedding: self.embedding.as_ref(),
            problems: &self.problems,
            legend: &self.legend,
            color_of: &color_of,
            explained_variance: &self.variance,
            layout_dims: self.layout_dims,
            steps: steps.as_ref(),
            ends: &self.ends,
            hovered: self.hovered,
            labels: &self.labels,
            table: &self.table,
            method: (!self.cancelled).then_some(self.method.unwrap_or(self.view.projection.method)),
            quality: self.quality,
            unplaced: &self.unplaced,
            of_more: self.of_more,
            axes: &self.axes,
            pose: self.pose,
            region: self.region.as_ref().map(|(shape, count)| RegionMark { shape, count: *count, sign: "+ " }),
            neighbors: Neighborhood::Ready(&self.neighbors),
            found: match (&self.found, self.search_error) {
                (_, Some(error)) => Found::Failed(error),
                (Some(rows), None) => Found::Rows(rows),
                (None, None) => Found::Idle,
            },
            loading: self.loading,
            projecting: self.projecting,
            toasts: &self.toasts,
            jobs: &self.jobs,
            log: &self.log,
            shown: self.shown.as_ref(),
            undoes: self.undoes,
            redoes: self.redoes,
            recent: &self.recent,
            status: "100 points",
            help: "drag to orbit",
            reduced_motion: true,
            ..ViewModel::empty(&self.view)
        };
        let before = self.actions.len();
        show(ctx, &model, &mut self.memory, &mut self.actions);
        ctx.output(|output| {
            for command in &output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    self.copied.push(text.clone());
                }
            }
        });
        for action in &self.actions[before..] {
            self.view.apply(action);
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

#[test]
fn buttons_say_what_they_do() {
    let mut harness = World::new(100, 64).open();
    click(&mut harness, "2D", Action::SetDims(Dims::Two));
    click(&mut harness, "3D", Action::SetDims(Dims::Three));
    click(&mut harness, "Show in 2D", Action::SetDims(Dims::Two));
    click(&mut harness, "Show in 3D", Action::SetDims(Dims::Three));
    click(&mut harness, "Fit to view", Action::FitView);
    click(&mut harness, "Auto-rotate", Action::Turn(true));
    click(&mut harness, "Labels", Action::ShowLabels(true));
    click(&mut harness, "Light theme", Action::SetTheme(Theme::Light));
    click(&mut harness, "High contrast", Action::SetTheme(Theme::Contrast));
    click(&mut harness, "Dark theme", Action::SetTheme(Theme::Dark));
    click(&mut harness, "Hide panels", Action::ShowPanels(false));
    assert!(harness.query_by_label("Inspector").is_none());
    click(&mut harness, "Show panels", Action::ShowPanels(true));
}

#[test]
fn compass_turns_the_camera() {
    let mut world = World::new(100, 64);
    let pose = Pose { focus: [0.1, 0.2, 0.0], yaw: 0.5, pitch: 0.3, radius: 2.0 };
    (world.pose, world.view.pose) = (Some(pose), Some(pose));
    let mut harness = world.open();
    let quarter = std::f32::consts::FRAC_PI_2;
    for (name, yaw, pitch) in [("x", quarter, 0.0), ("−x", -quarter, 0.0), ("y", 0.0, quarter), ("z", 0.0, 0.0)] {
        click(&mut harness, &format!("View from {name}"), Action::MoveCamera(Pose { yaw, pitch, ..pose }));
    }
    harness.state_mut().pose = None;
    harness.run();
    assert!(harness.query_by_label("View from x").is_none(), "a plane has no other sides");
}

/// Esc cancels the region; it must not clear the selection as well.
#[test]
fn keys_belong_to_the_tool_while_a_region_is_drawn() {
    let mut world = World::new(100, 64);
    world.view.selection = vec![3].into();
    world.region = Some((RegionShape::Circle { center: egui::pos2(700.0, 400.0), radius: 50.0 }, 7));
    let mut harness = world.open();
    let corners = |count| RegionShape::Outline(vec![egui::pos2(5.0, 5.0); count]);
    for shape in [RegionShape::Nothing, corners(3), corners(0)] {
        harness.state_mut().region = Some((shape, 0));
        harness.key_press(egui::Key::Escape);
        harness.run();
        assert_eq!(harness.state().actions, []);
    }
    harness.state_mut().region = None;
    harness.run();
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert_eq!(harness.state().actions, [Action::Select(RowSet::EMPTY)]);
}

#[test]
fn choosers_set_what_was_chosen() {
    let mut world = World::new(100, 64);
    world.runs = vec!["train", "eval", "test"];
    let mut harness = world.open();
    choose(&mut harness, "Color by", "score", Action::ColorBy(Pick::Column("score".into())));
    choose(&mut harness, "Color by", "None", Action::ColorBy(Pick::Nothing));
    choose(&mut harness, "Label by", "writer", Action::LabelBy(Pick::Column("writer".into())));
    choose(&mut harness, "Run", "eval", Action::ChooseRun("eval".into()));
    choose(&mut harness, "Tensor", "words", Action::ChooseEmbedding("words".into()));
    harness.get_by_label("Run").click();
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("test").click();
    harness.run();
    let with_tensor = [Action::ChooseRun("test".into()), Action::ChooseEmbedding("digits".into())];
    assert_eq!(harness.state().actions, with_tensor, "a run with a tensor of the same name");
    choose(&mut harness, "Component of y", "4", Action::SetComponents([0, 3, 2]));
    choose(&mut harness, "Component 1: 40.0 %", "Show as z", Action::SetComponents([2, 3, 0]));
}

#[test]
fn single_run_is_not_offered_as_a_choice() {
    let harness = World::new(100, 64).open();
    assert!(harness.query_by_label("Run").is_none() && harness.query_by_label("Tensor").is_some());
}

#[test]
fn search_follows_its_field_and_switches() {
    let mut harness = World::new(100, 64).open();
    harness.get_by_role(egui::accesskit::Role::TextInput).focus();
    harness.run();
    harness.get_by_role(egui::accesskit::Role::TextInput).type_text("wr");
    harness.run();
    let searched = Search { text: "wr".into(), ..Search::default() };
    assert_eq!(harness.state().actions, [Action::Search(searched.clone())]);
    click(&mut harness, "Regular expression", Action::Search(Search { regex: true, ..searched.clone() }));
    let exact = Search { regex: true, case_sensitive: true, ..searched };
    click(&mut harness, "Match case", Action::Search(exact.clone()));
    choose(&mut harness, "Search in", "digit", Action::Search(Search { column: Some("digit".into()), ..exact }));
}

#[test]
fn search_lists_and_selects_its_matches() {
    let mut world = World::new(100, 64);
    world.view.search.text = "x".into();
    world.found = Some(RowSet::from(vec![4, 40]));
    let mut harness = world.open();
    assert!(harness.query_by_label("2 matches").is_some());
    click(&mut harness, "writer 40, row 40", Action::Select(RowSet::from(vec![40])));
    click(&mut harness, "Select all", Action::Select(RowSet::from(vec![4, 40])));
    click(&mut harness, "Clear the selection", Action::Select(RowSet::EMPTY));
    click(&mut harness, "Clear the search", Action::Search(Search::default()));
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

#[test]
fn selection_is_isolated_inverted_saved_and_tagged() {
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let mut world = World::new(100, 4);
    world.view.selection = rows(&[3, 5, 7]);
    let mut harness = world.open();
    assert!(harness.query_by_label("3: 1 of the selected").is_some());
    fill(&mut harness, "Save…", "Name of the selection", "odd", &Action::SaveSelection("odd".into()));
    let tag = Action::Tag { column: "digit".into(), value: "4".into() };
    harness.get_by_label("Tag…").click();
    harness.run();
    harness.get_by_label("Column to tag").focus();
    harness.run();
    harness.get_by_label("Column to tag").type_text("digit");
    harness.run();
    harness.state_mut().actions.clear();
    click(&mut harness, "4", tag);
    fill(&mut harness, "Tag…", "Value", "x", &Action::Tag { column: "digit".into(), value: "4x".into() });
}

#[test]
fn isolation_goes_back_by_level() {
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let mut world = World::new(100, 64);
    world.view.selection = rows(&[3, 5, 7]);
    let mut harness = world.open();
    click(&mut harness, "Isolate", Action::Isolate(rows(&[3, 5, 7])));
    assert!(harness.query_by_label("All 100").is_some() && harness.query_by_label("points isolated").is_some());
    click(&mut harness, "3: 1 of the selected", Action::Select(rows(&[3])));
    click(&mut harness, "Isolate", Action::Isolate(rows(&[3])));
    click(&mut harness, "3", Action::ShowLevel(1));
    click(&mut harness, "All 100", Action::ShowLevel(0));
    assert!(harness.query_by_label("points isolated").is_none());
    click(&mut harness, "Invert", Action::Select(rows(&[3]).complement(100)));
}

#[test]
fn previous_point_is_selected_again() {
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![7]);
    world.neighbors = vec![Neighbor { row: 3, distance: 0.1116 }];
    let mut harness = world.open();
    assert!(harness.query_by_label("Previous point").is_none());
    click(&mut harness, "writer 3, row 3, distance 0.112", Action::Select(RowSet::from(vec![3])));
    click(&mut harness, "Previous point", Action::Back);
    assert_eq!(harness.state().view.inspected(), Some(7));
    let layout = NeighborQuery { space: NeighborSpace::Layout, ..NeighborQuery::default() };
    click(&mut harness, "Layout", Action::SetNeighbors(layout));
    assert!(harness.query_by_label("Euclidean").is_none(), "the layout has one distance");
}

#[test]
fn saved_selections_are_selected_and_forgotten() {
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let mut world = World::new(100, 64);
    world.view.saved_selections = vec![SavedSelection { name: "odd".into(), rows: rows(&[3, 5]) }];
    let mut harness = world.open();
    click(&mut harness, "odd, 2 points", Action::Select(rows(&[3, 5])));
    click(&mut harness, "Forget odd", Action::ForgetSelection("odd".into()));
}

#[test]
fn table_sorts_selects_and_scrolls() {
    let mut world = World::new(100_000, 1);
    world.view.table.shown = true;
    let mut harness = world.open();
    let table = harness.state().view.table.clone();
    let by = |descending| Some(Sort { column: "score".into(), descending });
    click(&mut harness, "Sort by score", Action::SetTable(Table { sort: by(false), ..table.clone() }));
    click(&mut harness, "Sort by score, sorted ascending", Action::SetTable(Table { sort: by(true), ..table.clone() }));
    click(&mut harness, "Sort by score, sorted descending", Action::SetTable(table.clone()));
    click(&mut harness, "writer 2", Action::Select(RowSet::from(vec![2])));
    // Selected elsewhere, far from what is in sight.
    harness.state_mut().view.selection = RowSet::from(vec![65_432]);
    harness.run();
    assert!(harness.query_by_label("writer 65432").is_some());
    click(&mut harness, "Selected", Action::SetTable(Table { rows: TableRows::Selected, ..table.clone() }));
    click(
        &mut harness,
        "Close the table",
        Action::SetTable(Table { shown: false, rows: TableRows::Selected, ..table }),
    );
}

#[test]
fn legend_hides_values_and_shows_one_alone() {
    let mut harness = World::new(100, 64).open();
    let filter = |values: &[&str], only: bool| {
        let values = values.iter().map(|&value| Some(value.to_owned())).collect();
        Action::Filter(Some(Filter { column: "digit".into(), values, only }))
    };
    click(&mut harness, "seven: 1,234", filter(&["seven"], false));
    assert!(harness.query_by_label("1 value of digit hidden").is_some());
    click(&mut harness, "eight: 1,234", filter(&["seven", "eight"], false));
    click(&mut harness, "Show all", Action::Filter(None));
    harness.state_mut().actions.clear();
    harness.get_by_label("eight: 1,234").click_modifiers(egui::Modifiers::ALT);
    harness.run();
    assert_eq!(harness.state().actions.last(), Some(&filter(&["eight"], true)));
    assert!(harness.query_by_label("1 value of digit shown").is_some());
}

/// A second double-click on a value shows again what was shown before the first. Each is one step
/// of undo: the step of its first click is taken back.
#[test]
fn legend_double_click_shows_alone_and_goes_back() {
    let mut harness = World::new(100, 64).open();
    let filter = |values: &[&str], only: bool| {
        let values = values.iter().map(|&value| Some(value.to_owned())).collect();
        Some(Filter { column: "digit".into(), values, only })
    };
    let height = harness.get_by_label("Export…").rect().min.y;
    click(&mut harness, "seven: 1,234", Action::Filter(filter(&["seven"], false)));
    assert_eq!(harness.get_by_label("Export…").rect().min.y, height, "nothing moves");
    let before = harness.state().view.filter.clone();
    for expected in [filter(&["eight"], true), before] {
        harness.state_mut().actions.clear();
        // Far from the last click.
        (0..60).for_each(|_| harness.step());
        let at = harness.get_by_label("eight: 1,234").rect().center();
        for pressed in [true, false, true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            harness.event(egui::Event::PointerMoved(at));
            harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        harness.run();
        let [Action::Filter(_), Action::Undo, Action::Filter(found)] = &harness.state().actions[..] else {
            panic!("{:?}", harness.state().actions)
        };
        assert_eq!(*found, expected);
    }
}

#[test]
fn ramp_is_chosen_and_its_ends_are_moved() {
    let mut world = World::new(100, 64);
    world.view.color_by = Pick::Column("score".into());
    let stops = vec![[0, 0, 0], [255, 255, 255]];
    world.legend = Legend::Ramp {
        column: "score".into(),
        ramp: Ramp::Viridis,
        low: 0.0,
        high: 100.0,
        data: [0.0, 100.0],
        stops,
        histogram: vec![5; 64],
        missing: None,
        infinite: 0,
    };
    let mut harness = world.open();
    let scale = |ramp, range| Action::SetScale(ColorScale { ramp, range, ..ColorScale::default() });
    choose(&mut harness, "Ramp", "Inferno", scale(Some(Ramp::Inferno), None));
    harness.get_by_label("Lower end of the ramp").focus();
    harness.run();
    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::ArrowRight);
    harness.run();
    assert_eq!(harness.state().actions, [scale(Some(Ramp::Inferno), Some([1.0, 100.0]))]);
    click(&mut harness, "Whole range", scale(Some(Ramp::Inferno), None));
    let kind = Some(ScaleKind::Categories);
    let categories = ColorScale { kind, ramp: Some(Ramp::Inferno), range: None };
    click(&mut harness, "As categories", Action::SetScale(categories));
}

#[test]
fn menus_are_walked_by_the_arrow_keys() {
    use egui::Key::{ArrowDown, ArrowUp, Enter};
    let check = |columns: usize, keys: &[egui::Key], expected: Pick| {
        let mut world = World::new(40, 4);
        let names: Vec<String> = (0..columns).map(|place| format!("c{place}")).collect();
        let columns = names.iter().map(|name| column(name, 40, |row| format!("{name} {row}"))).collect();
        world.embedding.as_mut().unwrap().metadata = Arc::new(Metadata::new(columns).unwrap());
        world.view.color_by = Pick::Column("c0".into());
        let mut harness = world.open();
        harness.get_by_label("Color by").click();
        harness.run();
        harness.state_mut().actions.clear();
        for key in keys {
            harness.key_press(*key);
            harness.run();
        }
        assert_eq!(harness.state().actions, [Action::ColorBy(expected)], "{keys:?}");
        assert!(harness.query_by_label("None").is_none(), "the menu is closed");
    };
    check(2, &[ArrowDown, Enter], Pick::Auto);
    check(2, &[ArrowDown, ArrowDown, Enter], Pick::Nothing);
    check(2, &[ArrowDown, ArrowDown, ArrowDown, ArrowUp, Enter], Pick::Nothing);
    check(2, &[ArrowDown, ArrowDown, ArrowDown, ArrowDown, ArrowDown, Enter], Pick::Column("c1".into()));
    // A long menu has a filter, which has the keyboard.
    check(30, &[ArrowDown, ArrowDown, Enter], Pick::Nothing);
    let far = [[ArrowDown; 25].as_slice(), &[Enter]].concat();
    check(30, &far, Pick::Column("c21".into()));
}

#[test]
fn long_menu_is_filtered() {
    let mut world = World::new(40, 4);
    let columns = (0..30).map(|place| column(&format!("c{place}"), 40, |row| format!("{place} {row}"))).collect();
    world.embedding.as_mut().unwrap().metadata = Arc::new(Metadata::new(columns).unwrap());
    let mut harness = world.open();
    fill(&mut harness, "Label by", "Filter", "C27", &Action::LabelBy(Pick::Column("c27".into())));
}

#[test]
fn cancelled_projection_can_be_run() {
    let mut world = World::new(100, 64);
    world.cancelled = true;
    click(&mut world.open(), "Run", Action::Steer(Steer::Restart));
}

#[test]
fn method_with_steps_is_run_on_isolated_rows() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Tsne;
    world.view.isolation = vec![RowSet::from(vec![1, 2, 3])];
    world.of_more = true;
    let mut harness = world.open();
    click(&mut harness, "Run on these 3 rows", Action::Steer(Steer::Restart));
}

#[test]
fn search_shows_why_a_pattern_is_broken() {
    let mut world = World::new(100, 64);
    world.search_error = Some("unclosed group");
    assert!(world.open().query_by_label("unclosed group").is_some());
}

#[test]
fn neighbors_are_listed_with_their_distance() {
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![7]);
    world.neighbors = vec![Neighbor { row: 3, distance: 0.1116 }, Neighbor { row: 9, distance: f32::NAN }];
    let mut harness = world.open();
    assert!(harness.query_by_label("writer 7, row 7").is_some());
    assert!(harness.query_by_label("score: 21.5").is_some());
    click(
        &mut harness,
        "Euclidean",
        Action::SetNeighbors(NeighborQuery { metric: Metric::Euclidean, ..NeighborQuery::default() }),
    );
    click(&mut harness, "writer 3, row 3, distance 0.112", Action::Select(RowSet::from(vec![3])));
    assert!(harness.query_by_label("writer 9, row 9, distance –").is_some());
}

#[test]
fn folded_card_hides_its_content() {
    let mut harness = World::new(100, 64).open();
    assert!(harness.query_by_label("seven: 1,234").is_some());
    click(&mut harness, "Data", Action::Fold(Panel::Data, true));
    assert!(harness.query_by_label("seven: 1,234").is_none());
    click(&mut harness, "Data", Action::Fold(Panel::Data, false));
    assert!(harness.query_by_label("seven: 1,234").is_some());
}

#[test]
fn unavailable_controls_are_disabled() {
    let mut harness = World::new(100, 64).open();
    for name in ["Images", "As is"] {
        assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
        harness.get_by_label(name).click();
        harness.run();
    }
    assert_eq!(harness.state().actions, []);

    let mut world = World::new(100, 3);
    let sheet = SpriteSheet::new([20, 20], [2, 2], vec![0; 1600]).unwrap();
    world.embedding.as_mut().unwrap().sprite = Some(Arc::new(sheet));
    let mut harness = world.open();
    click(&mut harness, "Images", Action::ShowPointsAs(PointStyle::Sprites));
    click(&mut harness, "As is", Action::Project(Method::Identity));
}

#[test]
fn long_list_lays_out_visible_rows_only() {
    let mut world = World::new(100_000, 1);
    world.found = Some((0..1_000_000).collect());
    let mut harness = world.open();
    harness.state_mut().colored.set(0);
    harness.step();
    let colored = harness.state().colored.get();
    assert!((10..100).contains(&colored), "{colored} rows were laid out for one frame");
    assert!(harness.query_by_label("1,000,000 matches").is_some());
}

#[test]
fn keys_act_unless_a_text_is_typed() {
    #[track_caller]
    fn check(harness: &mut Harness<'_, World>, key: egui::Key, expected: Action) {
        harness.state_mut().actions.clear();
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().actions, [expected], "{key:?}");
    }
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![1]);
    world.view.search.text = "x".into();
    let mut harness = world.open();
    check(&mut harness, egui::Key::F, Action::FitView);
    check(&mut harness, egui::Key::Num2, Action::SetDims(Dims::Two));
    check(&mut harness, egui::Key::Num3, Action::SetDims(Dims::Three));
    check(&mut harness, egui::Key::R, Action::Turn(true));
    check(&mut harness, egui::Key::L, Action::ShowLabels(true));
    check(&mut harness, egui::Key::T, Action::SetTheme(Theme::Light));
    check(&mut harness, egui::Key::Tab, Action::ShowPanels(false));
    check(&mut harness, egui::Key::F4, Action::ShowPanels(true));
    check(&mut harness, egui::Key::Escape, Action::Search(Search::default()));
    check(&mut harness, egui::Key::Escape, Action::Select(RowSet::EMPTY));

    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::Slash);
    harness.run();
    assert!(harness.get_by_role(egui::accesskit::Role::TextInput).is_focused());
    harness.key_press(egui::Key::T);
    harness.key_press(egui::Key::F);
    harness.run();
    assert_eq!(harness.state().actions, []);
}

#[test]
fn messages_are_acted_on_and_dismissed() {
    let mut world = World::new(100, 64);
    let action = Box::leak(Box::new(Action::AllowOutside));
    world.toasts =
        vec![Toast { id: 7, severity: Some(Severity::Error), text: "a.tsv: no", action: Some(("Allow", action)) }];
    let mut harness = world.open();
    harness.get_by_label("Allow").click();
    harness.run();
    assert_eq!(harness.state().actions, [Action::AllowOutside, Action::Dismiss(7)]);
    click(&mut harness, "Dismiss", Action::Dismiss(7));
}

#[test]
fn work_shows_where_its_result_will_and_can_be_cancelled() {
    let job = Job { name: "PCA", message: "Covariance", fraction: 0.4, ..Job::default() };
    let mut world = World::new(100, 64);
    world.projecting = Some(job);
    let mut harness = world.open();
    click(&mut harness, "Cancel", Action::Cancel);

    let mut world = World::new(0, 0);
    world.embedding = None;
    world.loading = Some(Job { name: "Loading x.npy", ..job });
    let mut harness = world.open();
    assert!(harness.query_all_by_label("Loading x.npy").next().is_some());
    click(&mut harness, "Cancel", Action::Cancel);
}

#[test]
fn problems_unfold_to_their_full_text() {
    let mut world = World::new(100, 64);
    let problem = Problem::error("logs/a.tsv", "7 cells where row 1 has 5").at("line 3");
    let text = problem.to_string();
    world.problems = vec![problem];
    let mut harness = world.open();
    assert!(harness.query_by_label(&text).is_none());
    harness.get_by_label("1 problem").click();
    harness.run();
    assert!(harness.query_by_label(&text).is_some());
}

#[test]
fn notes_are_told_from_problems() {
    let mut world = World::new(100, 64);
    world.problems = vec![Problem::note("a.csv", "vectors: column v (5 numbers)")];
    assert!(world.open().query_by_label("1 note").is_some());
    let mut world = World::new(100, 64);
    world.problems = vec![Problem::note("a.csv", "a choice"), Problem::warning("a.csv", "a guess")];
    assert!(world.open().query_by_label("1 problem, 1 note").is_some());
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

#[track_caller]
fn configured(action: &Action) -> &Projection {
    let Action::Configure(projection) = action else { panic!("{action:?}") };
    projection
}

#[test]
fn choice_of_the_method_does_not_move() {
    let mut harness = World::new(100, 3).open();
    let place = harness.get_by_label("t-SNE").rect();
    for (name, method) in [
        ("t-SNE", Method::Tsne),
        ("UMAP", Method::Umap),
        ("Custom", Method::Custom),
        ("As is", Method::Identity),
        ("PCA", Method::Pca),
    ] {
        click(&mut harness, name, Action::Project(method));
        harness.run();
        assert_eq!(harness.get_by_label("t-SNE").rect(), place, "{name}");
    }
}

#[test]
fn method_with_steps_is_paused_continued_and_restarted() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Tsne;
    world.steps = Some((10, 100, true));
    let mut harness = world.open();
    assert!(harness.query_by_label("Step 10 of 100").is_some());
    assert!(harness.query_by_label("KL divergence 1.500").is_some());
    click(&mut harness, "Restart from this layout", Action::Steer(Steer::RestartHere));
    click(&mut harness, "Pause", Action::Steer(Steer::Pause));
    click(&mut harness, "Restart", Action::Steer(Steer::Restart));
    click(&mut harness, "Perturb", Action::Steer(Steer::Perturb));
    harness.state_mut().steps = Some((10, 100, false));
    harness.run();
    click(&mut harness, "Continue", Action::Steer(Steer::Resume));
    harness.state_mut().steps = Some((100, 100, false));
    harness.run();
    click(&mut harness, "Continue", Action::Steer(Steer::Resume));
}

#[test]
fn settings_of_the_projection_are_changed() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Tsne;
    let mut harness = world.open();
    assert!(configured(&acted(&mut harness, "Sphereize")).sphereize);
    harness.get_by_label("Distance").click();
    harness.run();
    assert_eq!(configured(&acted(&mut harness, "Cosine")).metric, Metric::Cosine);
    harness.get_by_label("Supervise by").click();
    harness.run();
    let set = acted(&mut harness, "writer");
    assert_eq!((configured(&set).supervisor.as_deref(), configured(&set).supervision), (Some("writer"), 0.5));
    harness.get_by_role_and_label(Role::Slider, "Perplexity").focus();
    harness.run();
    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::ArrowRight);
    harness.run();
    assert_eq!(configured(&harness.state().actions[0].clone()).tsne.perplexity, Some(31.0));
}

#[test]
fn ends_of_custom_axes_are_typed() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Custom;
    world.ends = vec![Ok(12), Err("No match".into())];
    let mut harness = world.open();
    assert!(configured(&acted(&mut harness, "Regular expression, left of x")).axes[0].names().is_some());
    harness.get_by_label("Search for the left end of x").focus();
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("Search for the left end of x").type_text("good");
    harness.run();
    let typed = harness.state().actions.last().cloned().unwrap();
    assert!(configured(&typed).axes[0].names().unwrap().contains(&"good".to_owned()), "{typed:?}");
    harness.get_by_label("What y runs along").click();
    harness.run();
    assert_eq!(configured(&acted(&mut harness, "A random direction")).axes[1], CustomAxis::Random);
}

/// Empty and nearly empty data, and numbers that are not finite, in a window too small and one of
/// the usual size.
#[test]
fn degenerate_models_are_drawn() {
    let nan = f32::NAN;
    for size in [[1.0, 1.0], [900.0, 600.0]] {
        for (rows, dims) in [(0, 0), (0, 5), (1, 1), (2, 3)] {
            let mut world = World::new(rows, dims);
            world.variance = vec![f64::NAN, f64::INFINITY, -1.0];
            world.layout_dims = 1;
            world.view.projection.components = [usize::MAX, 0, 0];
            world.view.selection = RowSet::from(vec![u32::MAX]);
            world.neighbors = vec![Neighbor { row: u32::MAX, distance: f32::INFINITY }];
            world.hovered = Some(Marked { row: u32::MAX, at: egui::pos2(nan, nan), radius: nan });
            let label =
                |area, role| PlacedLabel { row: 1, area, align: egui::Align::Max, size: nan, strength: nan, role };
            let axis = |end: f32| AxisLine {
                ends: [egui::pos2(500.0, end), egui::pos2(500.0, 300.0)],
                names: ["left".into(), String::new()],
                ticks: vec![(egui::pos2(nan, 5.0), "1".into()), (egui::pos2(500.0, 300.0), "2".into())],
                outward: egui::vec2(nan, 1.0),
            };
            world.axes = vec![axis(nan), axis(300.0), axis(200.0)];
            world.labels = vec![
                label(egui::Rect::from_min_size(egui::pos2(5.0, 5.0), egui::vec2(40.0, 12.0)), LabelRole::Word),
                label(egui::Rect::NAN, LabelRole::Selected),
            ];
            world.projecting = Some(Job { name: "", message: "", fraction: nan, ..Job::default() });
            world.legend = Legend::Ramp {
                column: "c".into(),
                ramp: Ramp::Viridis,
                low: f64::NAN,
                high: f64::INFINITY,
                data: [f64::NAN; 2],
                stops: vec![],
                histogram: vec![0, 3],
                missing: None,
                infinite: 0,
            };
            world.found = Some(RowSet::from(vec![0, u32::MAX]));
            world.open_at(size);
        }
        let mut nothing = World::new(0, 0);
        nothing.embedding = None;
        nothing.legend = Legend::Empty;
        assert!(nothing.open_at(size).query_by_label("parallax PATH").is_some());
    }
}

/// Cards do not overlap in a low window either, whatever they hold.
#[test]
fn cards_do_not_overlap() {
    for size in [[1100.0, 600.0], [1440.0, 900.0]] {
        let mut world = World::new(100, 64);
        world.runs = vec!["train", "eval"];
        let name = |i: usize| format!("a name of a category that is much longer than a card is wide, number {i}");
        let entries = (0..60)
            .map(|i| LegendEntry { name: name(i), value: LegendValue::Value(name(i)), color: [i as u8; 3], count: i })
            .collect();
        world.legend = Legend::Categories { column: "digit".into(), entries };
        let harness = world.open_at(size);
        let header = |name: &str| harness.get_by_label(name).rect();
        let path = harness.get_by_label("logs").rect();
        assert!(path.max.y < header("Projection").min.y, "{size:?}");
        let axis = harness.get_by_label("Component of x").rect();
        assert!(axis.max.y <= size[1] - 12.0, "{axis:?} in {size:?}");
        let tools = ["Pointer", "More"].map(|name| harness.get_by_label(name).rect());
        assert!(header("Data").max.x < tools[0].min.x && tools[1].max.x < header("Inspector").min.x, "{size:?}");
        let free = free_area(egui::Rect::from_min_size(egui::Pos2::ZERO, size.into()), &Panels::default());
        assert!(header("Data").max.x < free.min.x && free.max.x < header("Inspector").min.x);
    }
}

/// Presses keys together and returns what was done.
fn press(harness: &mut Harness<'_, World>, modifiers: egui::Modifiers, key: egui::Key) -> Vec<Action> {
    harness.state_mut().actions.clear();
    harness.key_press_modifiers(modifiers, key);
    harness.run();
    harness.state().actions.clone()
}

#[test]
fn keys_with_others_do_what_they_say() {
    use egui::{Key, Modifiers};
    let mut world = World::new(10, 64);
    world.view.selection = RowSet::from(vec![1, 2]);
    world.view.trail = vec![5];
    world.undoes = Some("isolate");
    world.redoes = Some("tag");
    let mut harness = world.open();
    let ctrl = Modifiers::COMMAND;
    let ctrl_shift = Modifiers { shift: true, ..Modifiers::COMMAND };
    let pairs = [
        (ctrl, Key::Z, Action::Undo),
        (ctrl_shift, Key::Z, Action::Redo),
        (ctrl, Key::Y, Action::Redo),
        (Modifiers::ALT, Key::ArrowLeft, Action::Back),
        (Modifiers::SHIFT, Key::F, Action::FlyTo(RowSet::from(vec![5]))),
        (ctrl, Key::I, Action::Select((0..10).filter(|row| *row != 5).collect())),
        (Modifiers::NONE, Key::Enter, Action::Isolate((0..10).filter(|row| *row != 5).collect())),
        (Modifiers::NONE, Key::Backspace, Action::ShowLevel(0)),
        (ctrl, Key::A, Action::Select((0..10).collect())),
        (ctrl, Key::D, Action::Select(RowSet::EMPTY)),
        (Modifiers::NONE, Key::B, Action::Take(Tool::Box)),
        (Modifiers::NONE, Key::Escape, Action::Take(Tool::Pointer)),
        (Modifiers::NONE, Key::X, Action::SelectVisible(true)),
        (ctrl, Key::Num1, Action::Fold(Panel::Data, true)),
    ];
    for (modifiers, key, expected) in pairs {
        assert_eq!(press(&mut harness, modifiers, key), [expected], "{modifiers:?} {key:?}");
    }
    // Nothing is selected anymore.
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), []);
}

#[test]
fn shown_rows_are_selected_and_inverted() {
    let mut world = World::new(10, 64);
    world.shown = Some(RowSet::from(vec![2, 3, 4]));
    world.view.selection = RowSet::from(vec![3]);
    let mut harness = world.open();
    let inverted = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::I);
    assert_eq!(inverted, [Action::Select(RowSet::from(vec![2, 4]))]);
    let all = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::A);
    assert_eq!(all, [Action::Select(RowSet::from(vec![2, 3, 4]))]);
}

/// Opens the palette, types, presses Enter.
fn command(harness: &mut Harness<'_, World>, typed: &str) -> Vec<Action> {
    press(harness, egui::Modifiers::COMMAND, egui::Key::K);
    let field = harness.get_by_label("Command");
    field.type_text(typed);
    harness.run();
    press(harness, egui::Modifiers::NONE, egui::Key::Enter)
}

#[test]
fn palette_finds_commands_by_their_letters() {
    let mut world = World::new(100, 64);
    world.view.saved_selections = vec![SavedSelection { name: "odd ones".into(), rows: RowSet::from(vec![1, 3]) }];
    world.recent = vec![recent("/data/of late.npy")];
    let mut harness = world.open();
    for (typed, expected) in [
        ("fit", Action::FitView),
        ("color score", Action::ColorBy(Pick::Column("score".into()))),
        ("label by writer", Action::LabelBy(Pick::Column("writer".into()))),
        ("umap", Action::Project(Method::Umap)),
        ("odd ones", Action::Select(RowSet::from(vec![1, 3]))),
        ("fly", Action::FlyTo(RowSet::from(vec![1, 3]))),
        ("high contrast", Action::SetTheme(Theme::Contrast)),
        ("tensor words", Action::ChooseEmbedding("words".into())),
    ] {
        assert_eq!(command(&mut harness, typed), [expected], "{typed}");
        assert!(harness.query_by_label("Command").is_none(), "{typed}: the palette closes");
    }
    let opened = command(&mut harness, "late");
    assert!(matches!(&opened[..], [Action::Open(Origin::Path { path, .. })] if path.ends_with("of late.npy")));
}

#[test]
fn palette_follows_arrows_and_closes_on_escape() {
    use egui::{Key, Modifiers};
    let mut harness = World::new(100, 64).open();
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_label("Command").type_text("project with");
    harness.run();
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), [Action::Project(Method::Tsne)]);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_label("Command").type_text("qqqq");
    harness.run();
    assert!(harness.query_by_label("No command has these letters.").is_some());
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), []);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Escape), [], "it closes and does nothing else");
    assert!(harness.query_by_label("Command").is_none());
}

#[test]
fn palette_lists_unavailable_commands() {
    let mut harness = World::new(100, 64).open();
    assert_eq!(command(&mut harness, "isolate the"), []);
    assert!(harness.get_by_label("Isolate the selection").accesskit_node().is_disabled());
}

#[test]
fn help_sheet_lists_the_shortcuts() {
    let mut harness = World::new(100, 64).open();
    press(&mut harness, egui::Modifiers::NONE, egui::Key::F1);
    for entry in ["Fit to view: F or Home", "Undo: Ctrl+Z", "Commands…: Ctrl+K or Ctrl+Shift+P"] {
        assert!(harness.query_by_label(entry).is_some(), "{entry}");
    }
    harness.get_by_label("Close").click();
    harness.run();
    assert!(harness.query_by_label("Undo: Ctrl+Z").is_none());
}

#[test]
fn log_lists_earlier_messages() {
    let mut harness = World::new(100, 64).open();
    harness.get_by_label("100 points").click();
    harness.run();
    assert!(harness.query_by_label("There are no messages yet.").is_some());
    press(&mut harness, egui::Modifiers::NONE, egui::Key::Escape);
    let ago = std::time::Duration::from_secs(130);
    harness.state_mut().log = vec![Said { severity: None, text: "Wrote a.tsv.", ago }];
    press(&mut harness, egui::Modifiers::COMMAND, egui::Key::M);
    assert!(harness.query_by_label("Wrote a.tsv.").is_some() && harness.query_by_label("2 min ago").is_some());
    harness.get_by_label("Copy all").click();
    harness.run();
    assert_eq!(harness.state().copied, ["2 min ago: Wrote a.tsv."]);
}

/// The shortcut of a field is not typed into it.
#[test]
fn search_shortcut_is_not_typed_into_the_field() {
    let mut harness = World::new(100, 64).open();
    harness.event(egui::Event::Key {
        key: egui::Key::Slash,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    });
    harness.input_mut().events.push(egui::Event::Text("/".into()));
    harness.run();
    assert!(harness.get_by_role(Role::TextInput).is_focused());
    assert!(harness.state().actions.is_empty(), "{:?}", harness.state().actions);
}

#[test]
fn long_job_shows_its_time_left_and_can_be_cancelled() {
    let mut world = World::new(100, 64);
    let left = Some(std::time::Duration::from_secs(75));
    world.jobs = vec![Job { name: "Writing a.npy", message: "Rows", fraction: 0.4, left, cancel: None }];
    let mut harness = world.open();
    assert!(harness.query_by_label("1 min left · 40 %").is_some());
    click(&mut harness, "Cancel", Action::Cancel);
}

/// A recent file, with the metadata that was opened with it.
fn recent(path: &str) -> RecentFile {
    let options = OpenOptions { metadata: Some("/data/m.tsv".into()), ..OpenOptions::default() };
    RecentFile { path: path.into(), options }
}

#[test]
fn several_jobs_are_cancelled_one_by_one() {
    let mut world = World::new(100, 64);
    let job = |name, cancel| Job { name, message: "Rows", fraction: 0.4, left: None, cancel };
    world.jobs = vec![job("Sorting", Some(JobKind::Sort)), job("Writing", Some(JobKind::Export)), job("Tagging", None)];
    let mut harness = world.open();
    click(&mut harness, "Cancel: Sorting", Action::CancelJob(JobKind::Sort));
    click(&mut harness, "Cancel: Writing", Action::CancelJob(JobKind::Export));
    assert!(harness.query_by_label("Cancel: Tagging").is_none(), "it cannot be done without");
    click(&mut harness, "Cancel all", Action::Cancel);
}

/// Megabytes from the clipboard do not block the window and do not become a name; what is left out
/// is reported.
#[test]
fn pasted_text_is_cut_and_reported() {
    let mut harness = World::new(100, 64).open();
    press(&mut harness, egui::Modifiers::COMMAND, egui::Key::F);
    let pasted = "a\nb\0".repeat(2_500_000);
    harness.input_mut().events.push(egui::Event::Paste(pasted));
    harness.run();
    let searched = harness.state().actions.iter().rev().find_map(|action| match action {
        Action::Search(search) => Some(search.text.clone()),
        _ => None,
    });
    let searched = searched.unwrap();
    assert_eq!(searched.chars().count(), 4096);
    assert!(searched.starts_with("a b a b "), "{:?}", &searched[..8]);
    let note = harness.state_mut().memory.take_note().unwrap();
    assert!(note.contains("9,995,904 more were left out"), "{note}");
    assert_eq!(harness.state_mut().memory.take_note(), None);
}

/// A folder as the dialog gets it.
fn folder(path: &str, entries: &[(&str, bool)]) -> Listing {
    let entry = |&(name, is_folder): &(&str, bool)| Entry { name: name.into(), is_folder, bytes: 2000 };
    Listing { folder: path.into(), entries: Ok(entries.iter().map(entry).collect()) }
}

#[test]
fn dialog_opens_the_chosen_file() {
    use egui::{Key, Modifiers};
    let mut world = World::new(100, 64);
    world.memory.start_in("/data".into());
    let mut harness = world.open();
    press(&mut harness, Modifiers::COMMAND, Key::O);
    let wanted = harness.state().memory.wanted_folder();
    assert_eq!(wanted.as_deref(), Some(Path::new("/data/")));
    harness.state_mut().memory.put_folder(folder("/data/", &[("runs", true), ("a.npy", false), (".hidden", false)]));
    harness.run();
    assert!(harness.state().memory.wanted_folder().is_none());
    assert!(harness.query_by_label(".hidden").is_none());
    harness.get_by_label("Folder runs").click();
    harness.run();
    assert_eq!(harness.state().memory.wanted_folder().as_deref(), Some(Path::new("/data/runs/")));
    harness.state_mut().memory.put_folder(folder("/data/runs/", &[("b.npy", false), ("c.npy", false)]));
    harness.run();
    harness.get_by_label("Path").type_text("c");
    harness.run();
    assert!(harness.query_by_label("b.npy").is_none(), "the list follows what is written");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    let opened = press(&mut harness, Modifiers::NONE, Key::Enter);
    let [Action::Open(Origin::Path { path, .. })] = &opened[..] else { panic!("{opened:?}") };
    assert_eq!(path, Path::new("/data/runs/c.npy"));
    assert!(harness.query_by_label("Path").is_none());
}

#[test]
fn dialog_writes_to_the_typed_path() {
    let mut world = World::new(100, 64);
    world.memory.start_in("/data".into());
    world.memory.ask_path(Ask::export(Exported::Labels, ExportedRows::All, "labels.tsv"));
    let mut harness = world.open();
    assert!(harness.query_by_label("Export labels of all rows").is_some());
    harness.state_mut().memory.put_folder(folder("/data/", &[("labels.tsv", false)]));
    harness.run();
    assert!(harness.query_by_label("There is a labels.tsv already; it will be replaced.").is_some());
    let export = Export { what: Exported::Labels, rows: ExportedRows::All, path: "/data/labels.tsv".into() };
    click(&mut harness, "Replace", Action::Export(export));
}

#[test]
fn dialog_reports_folders_that_cannot_be_listed() {
    let mut world = World::new(100, 64);
    world.memory.start_in("/none".into());
    world.memory.ask_path(Ask::open());
    let mut harness = world.open();
    let listing = Listing { folder: "/none/".into(), entries: Err("There is no folder /none.".into()) };
    harness.state_mut().memory.put_folder(listing);
    harness.run();
    assert!(harness.query_by_label("There is no folder /none.").is_some());
    harness.get_by_label("Cancel").click();
    harness.run();
    assert!(harness.query_by_label("Path").is_none() && harness.state().actions.is_empty());
}

/// The toolbar does not overlap cards in any window from 640 pixels on, and commands without room
/// are in the menu.
#[test]
fn toolbar_does_not_overlap_the_cards() {
    for width in (640..1500).step_by(20) {
        let mut harness = World::new(100, 64).open_at([width as f32, 700.0]);
        let rect = |name: &str| harness.get_by_label(name).rect();
        let (first, more) = (rect("Pointer"), rect("More"));
        let others: &[&str] = if width < 1100 { &["Show Inspector", "Show Bookmarks"] } else { &["Inspector"] };
        for name in others.iter().chain(&["Data"]) {
            let other = rect(name);
            assert!(!other.intersects(first.union(more)), "{width}: {name} {other:?}, {first:?}, {more:?}");
        }
        assert!(first.min.x >= 0.0 && more.max.x <= width as f32, "{width}");
        harness.get_by_label("More").click();
        harness.run();
        assert!(harness.query_by_label("Hide panels").is_some(), "{width}");
    }
}

#[test]
fn recent_files_are_offered_if_nothing_is_open() {
    let mut world = World::new(0, 0);
    world.embedding = None;
    world.recent = vec![recent("/data/words.npy")];
    let mut harness = world.open();
    let opened = acted(&mut harness, "words.npy");
    assert_eq!(opened, Action::Open(recent("/data/words.npy").origin()), "with what stood beside it");
    harness.get_by_label("Open…").click();
    harness.run();
    assert!(harness.query_by_label("Path").is_some());
}

#[test]
fn cards_are_made_wider_by_their_inner_edge() {
    let mut harness = World::new(100, 64).open();
    let path = harness.get_by_label("logs").rect().width();
    let edge = harness.get_by_label("Width of the left cards").rect().center();
    harness.drag_at(edge);
    harness.run();
    harness.hover_at(edge + egui::vec2(60.0, 0.0));
    harness.run();
    harness.drop_at(edge + egui::vec2(60.0, 0.0));
    harness.run();
    assert_eq!(harness.state().view.panels.widths, [368, 308]);
    assert_eq!(harness.get_by_label("Data").rect().width(), 368.0);
    assert_eq!(harness.get_by_label("logs").rect().width(), path + 60.0, "the content follows");
    harness.get_by_label("Width of the right cards").focus();
    harness.run();
    let widened = press(&mut harness, egui::Modifiers::NONE, egui::Key::ArrowLeft);
    assert_eq!(widened, [Action::Widen([368, 324])]);
    assert_eq!(harness.get_by_label("Inspector").rect().width(), 324.0);
}

#[test]
fn narrow_window_shows_one_column() {
    let mut harness = World::new(100, 64).open_at([1099.0, 700.0]);
    assert!(harness.query_by_label("Data").is_some() && harness.query_by_label("Inspector").is_none());
    click(&mut harness, "Show Bookmarks", Action::Fold(Panel::Bookmarks, false));
    assert!(harness.query_by_label("Data").is_none() && harness.query_by_label("Inspector").is_some());
    click(&mut harness, "Show Data", Action::Fold(Panel::Data, false));
    let to_inspector = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::F);
    assert_eq!(to_inspector, [Action::Fold(Panel::Inspector, false)], "the search field is in the other column");
    harness.set_size(egui::vec2(1100.0, 700.0));
    harness.run();
    assert!(harness.query_by_label("Data").is_some() && harness.query_by_label("Inspector").is_some());
}

/// Wide cards give way if the window has no room for them.
#[test]
fn wide_cards_do_not_overlap() {
    for width in (1100..1400).step_by(60) {
        let mut world = World::new(100, 64);
        world.view.panels.widths = [560, 560];
        let harness = world.open_at([width as f32, 700.0]);
        let [data, inspector] = ["Data", "Inspector"].map(|name| harness.get_by_label(name).rect());
        assert!(data.max.x < inspector.min.x && inspector.max.x <= width as f32, "{width}: {data:?} {inspector:?}");
    }
}

#[test]
fn motion_can_be_turned_on_again() {
    let mut harness = World::new(100, 64).open();
    assert_eq!(command(&mut harness, "reduce motion"), []);
    assert_eq!(harness.state_mut().memory.take_motion(), Some(false));
}

/// From the first control on, Tab reaches every one that can be clicked, and each has a name.
#[test]
fn keyboard_reaches_every_control() {
    let mut harness = World::new(100, 64).open();
    press(&mut harness, egui::Modifiers::NONE, egui::Key::F6);
    let clickable =
        |role: Role| matches!(role, Role::Button | Role::RadioButton | Role::ComboBox | Role::TextInput | Role::Slider);
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let names = harness.root().children_recursive().filter(Node::is_focused).map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.placeholder().map(Into::into)).unwrap_or_default()
        });
        reached.extend(names);
        press(&mut harness, egui::Modifiers::NONE, egui::Key::Tab);
    }
    let controls: Vec<(Role, String)> = harness
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| clickable(node.role()) && !node.is_disabled())
        .map(|node| (node.role(), node.label().or_else(|| node.placeholder().map(Into::into)).unwrap_or_default()))
        .collect();
    assert!(controls.len() > 20);
    for (role, name) in controls {
        assert!(!name.is_empty(), "a {role:?} has no name");
        assert!(reached.contains(&name), "{role:?} {name} is not reached; reached are {reached:?}");
    }
}
