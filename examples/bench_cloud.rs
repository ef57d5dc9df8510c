//! Measures a cloud of a million points: the frame in which they appear, the bytes of a point in the
//! program, and the time of the main thread for a frame that orbits, also beside a second embedding, that moves every point, and
//! that changes nothing. For what is answered in a task it also measures the time until the answer is
//! there (`_answer_ms`), and the slowest frame until then.
//! Prints one JSON line for each measurement.
//!
//! Give a number of points to measure another cloud than that of a million, without a second embedding,
//! bookmarks, and words: `bench_cloud 10000000`.
//!
//! The driver and the device are not measured: a software driver would take nearly all the time.
//! The time of a frame is that of the main schedule (views, jobs, points, camera, picking, panels)
//! and of extraction (the upload).

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{
    camera::RenderTarget,
    picking::pointer::{Location, PointerAction, PointerButton, PointerId, PointerInput},
    prelude::*,
    window::RequestRedraw,
};
use ndarray::Array2;
use parallax::{
    app::Headless,
    embedding::{ColumnBuilder, Embedding, Metadata, Progress, RowSet, Vectors},
    formats::write_coordinates,
    own_memory_bytes,
    projection::{How, Layout, Method, Projected, Space, project},
    session::{
        Action, Brush, Compared, Dims, Edit, Filter, Found, HistoryAction, OpenOptions, Origin, Pick, PointStyle, Pose,
        Present, Projection, Search, ShellAction, Table, Tool, TourAction, View,
    },
    state::{CurrentCompared, CurrentTour, CurrentView, Hovered, Matches, Motion, Opened, StatePlugin, Wake},
    tour::{Bookmark, KeptLayout, Subject, Tour},
};
use parallax_cloud::{Cloud, CloudLabels, CloudPlugin, CloudRevisions, FrameBudget};

const ROWS: usize = 1_000_000;
const FRAMES: usize = 9;

/// The number of steps between bookmarks. A software renderer is slow with a million points.
const STEPS: usize = 3;

/// The number of frames to wait for a step to move something.
const STEP_FRAMES: usize = 60;

/// The longest time in which an answer is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

fn main() -> Result<(), Box<dyn Error>> {
    let rows = std::env::args().nth(1).map(|rows| rows.parse()).transpose()?;
    let mut embedding = ball_of(rows.unwrap_or(ROWS))?;
    spawning(embedding.clone());
    embedding.metadata = named(&embedding.metadata, embedding.rows())?.into();
    if rows.is_some() {
        return frames(embedding);
    }
    let projected = project(
        &How::Identity.into(),
        &Space::new(embedding.vectors.clone(), embedding.non_finite.clone()),
        &Progress::default(),
    )?;
    comparing(embedding.clone(), &projected)?;
    tours(embedding.clone(), projected)?;
    frames(embedding)?;
    words()?;
    Ok(())
}

/// Without a renderer: the frame in which a million points appear, and their memory once they have their
/// colors.
fn spawning(embedding: Embedding) {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatePlugin, CloudPlugin)).add_message::<RequestRedraw>();
    app.update();
    let before = own_memory_bytes();
    app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    let started = std::time::Instant::now();
    app.update();
    print("cloud_spawn_ms", started.elapsed().as_secs_f64() * 1e3, "ms");
    while app.world().resource::<Cloud>().is_being_made() {
        app.update();
    }
    let points = app.world().resource::<Cloud>().len();
    print("cloud_bytes_per_point", own_memory_bytes().saturating_sub(before) as f64 / points as f64, "bytes");
}

fn frames(embedding: Embedding) -> Result<(), Box<dyn Error>> {
    let rows = embedding.rows();
    let view = View {
        origin: Origin::Memory,
        projection: Projection { method: Method::Identity, ..Projection::default() },
        ..View::default()
    };
    // What the device draws is not measured.
    let budget = FrameBudget::Points(20_000);
    // As a window does, tasks leave a core to the frame.
    let wake = Wake(Some(Arc::new(|| {})));
    let mut headless =
        Headless::with(view, [826, 775], true, |app| _ = app.insert_resource(budget).insert_resource(wake))?;
    headless.put_embedding(embedding);
    headless.settle();
    print("cloud_orbit_cpu_ms", orbit(&mut headless), "ms");
    let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1]];
    print(
        "cloud_moving_cpu_ms",
        median(&mut headless, |frame| Action::Edit(Edit::SetComponents(orders[frame % 3]))),
        "ms",
    );

    let table = |shown| Action::Edit(Edit::SetTable(Table { shown, ..Table::default() }));
    print("explorer_table_ms", median_of_two(&mut headless, [&table(true), &table(false)]), "ms");
    headless.settle();
    selecting(&mut headless);
    headless.settle();
    answers(&mut headless)?;
    headless.settle();
    let revisions = *headless.world().resource::<CloudRevisions>();
    headless.world_mut().resource_mut::<Messages<RequestRedraw>>().clear();
    let mut redraws = 0;
    for _ in 0..FRAMES {
        headless.frame();
        redraws += headless.world_mut().resource_mut::<Messages<RequestRedraw>>().drain().count();
    }
    // Columns are uploaded when their revision changes: 12 bytes for a position, 4 for a style.
    let after = *headless.world().resource::<CloudRevisions>();
    let (moved, restyled) = (after.positions != revisions.positions, after.styles != revisions.styles);
    let uploaded = rows * (usize::from(moved) * 12 + usize::from(restyled) * 4);
    print("cloud_still_uploaded_bytes", uploaded as f64, "bytes");
    print("cloud_still_draws", redraws as f64, "frames asked for");
    Ok(())
}

/// A million points and as many places of a second embedding, side by side: the time of the main thread
/// for a frame that orbits.
fn comparing(embedding: Embedding, projected: &Projected) -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("bench_cloud_{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("second.npy");
    let turned: Vec<[f32; 3]> = projected.layout.places().map(|place| [place[1], place[2], place[0]]).collect();
    write_coordinates(&path, Array2::from(turned).view())?;
    let second = Origin::Path { path, options: OpenOptions::default() };
    let view = View {
        origin: Origin::Memory,
        projection: Projection { method: Method::Identity, ..Projection::default() },
        compared: Some(Compared::with(second, None, None)),
        ..View::default()
    };
    let mut headless = Headless::new(view, [826, 775], true)?;
    headless.put_embedding(embedding);
    headless.settle();
    let has_places = headless.world().resource::<CurrentCompared>().layout.is_some();
    std::fs::remove_dir_all(&folder)?;
    if !has_places {
        return Err("the second embedding has no places".into());
    }
    print("compared_orbit_cpu_ms", orbit(&mut headless), "ms");
    Ok(())
}

/// Steps between two bookmarks with different layouts and poses: the time of the main thread until
/// the first frame of the morph, and for a frame of it.
fn tours(embedding: Embedding, projected: Projected) -> Result<(), Box<dyn Error>> {
    let tour = tour(&embedding, &projected);
    let view = View { origin: Origin::Memory, ..tour.bookmarks[0].view.clone() };
    let mut headless = Headless::new(view, [826, 775], true)?;
    headless.put_embedding(embedding);
    headless.world_mut().insert_resource(Motion::Full);
    headless.world_mut().resource_mut::<CurrentTour>().files_mut().join("tour.ron".into(), tour);
    headless.act(Action::Shell(ShellAction::Present(Present::On(true))));
    headless.settle();
    let (mut first, mut way) = (Vec::new(), Vec::new());
    for turn in 1..=STEPS {
        headless.act(Action::Tour(TourAction::Show(turn % 2)));
        let is_moving = |headless: &Headless| headless.world().resource::<Cloud>().morph() < 1.0;
        let mut until = 0.0;
        for _ in 0..STEP_FRAMES {
            until += headless.frame().as_secs_f64() * 1e3;
            if is_moving(&headless) {
                break;
            }
        }
        if !is_moving(&headless) {
            return Err("a step between bookmarks moved nothing".into());
        }
        first.push(until);
        way.extend((0..FRAMES).map(|_| headless.frame().as_secs_f64() * 1e3));
        headless.settle();
    }
    print("tours_step_ms", middle_of(first), "ms");
    print("tours_way_cpu_ms", middle_of(way), "ms");
    Ok(())
}

/// Returns bookmarks of the points as they are, and with other axes.
fn tour(embedding: &Embedding, projected: &Projected) -> Tour {
    let subject = Arc::new(Subject::of(embedding, None));
    let turned: Vec<[f32; 3]> = projected.layout.places().map(|place| [place[1], place[2], place[0]]).collect();
    let turned = Arc::new(Layout::from(Array2::from(turned)));
    let bookmark = |name: &str, method: Method, layout: Arc<Layout>, yaw: f32| {
        let projection = Projection { method, ..Projection::default() };
        let kept = KeptLayout {
            method,
            dims: Dims::Three,
            rows: None,
            of_more: false,
            projection: Arc::new(projection.clone()),
            layout,
            explained_variance: [].into(),
            steps: None,
        };
        let pose = Some(Pose { focus: [0.0; 3], yaw, pitch: 0.3, radius: 4.0 });
        Bookmark {
            name: name.into(),
            note: String::new(),
            seconds: None,
            subject: subject.clone(),
            view: View { origin: Origin::Memory, projection, pose, ..View::default() },
            layouts: vec![kept.into()],
            thumbnail: Some([].into()),
        }
    };
    let bookmarks = vec![
        bookmark("as it is", Method::Identity, projected.layout.clone(), 0.0),
        bookmark("turned", Method::Pca, turned, 1.0),
    ];
    Tour { bookmarks, looping: true, seconds: Tour::SECONDS }
}

/// The time of the main thread for a frame in which the pointer moves over the points, draws a
/// region around half of them, or in which all of them are selected or deselected.
fn selecting(headless: &mut Headless) {
    let middle = Vec2::new(413.0, 387.0);
    let around = |frame: usize, radius: f32| middle + Vec2::from_angle(frame as f32 * 0.4) * radius;
    mouse(headless, middle, PointerAction::Move { delta: Vec2::ZERO });
    let started = Instant::now();
    // Which of many points may be under the pointer is found out in a task.
    while headless.world().resource::<Hovered>().0.is_none() && started.elapsed() < PATIENCE {
        headless.frame();
        std::thread::sleep(Duration::from_millis(5));
    }
    print("explorer_hover_ready_ms", started.elapsed().as_secs_f64() * 1e3, "ms");
    let hover =
        (0..FRAMES).map(|frame| mouse(headless, around(frame, 60.0), PointerAction::Move { delta: Vec2::ZERO }));
    print("explorer_hover_ms", middle_of(hover.collect()), "ms");
    for (name, tool, visible_only) in [
        ("explorer_box_ms", Tool::Box, false),
        ("explorer_lasso_ms", Tool::Lasso, false),
        ("explorer_lasso_visible_ms", Tool::Lasso, true),
        ("explorer_sphere_ms", Tool::Sphere, false),
    ] {
        headless.act(Action::Edit(Edit::Take(tool)));
        headless.act(Action::Edit(Edit::SelectVisible(visible_only)));
        mouse(headless, middle, PointerAction::Move { delta: Vec2::ZERO });
        mouse(headless, middle, PointerAction::Press(PointerButton::Primary));
        let go = |frame| mouse(headless, around(frame, 150.0), PointerAction::Move { delta: Vec2::ZERO });
        let times = (0..FRAMES).map(go).collect();
        mouse(headless, around(FRAMES - 1, 150.0), PointerAction::Release(PointerButton::Primary));
        print(name, middle_of(times), "ms");
    }
    headless.act(Action::Edit(Edit::Take(Tool::Pointer)));
    let all = RowSet::all(headless.world().resource::<Opened>().rows());
    print(
        "explorer_select_all_ms",
        median_of_two(headless, [&Action::Edit(Edit::Select(all)), &Action::Edit(Edit::Select(RowSet::EMPTY))]),
        "ms",
    );
    print(
        "explorer_undo_seen_ms",
        median_of_two(headless, [&Action::History(HistoryAction::Undo), &Action::History(HistoryAction::Redo)]),
        "ms",
    );
    let digit = |value: &str| Action::Edit(Edit::Filter(Brush::only("digit", vec![Some(value.into())]).into()));
    print("explorer_filter_ms", median_of_two(headless, [&digit("3"), &digit("4")]), "ms");
    headless.act(Action::Edit(Edit::Filter(Filter::default())));
    headless.act(Action::Edit(Edit::ShowCharts(true)));
    headless.settle();
    let height = |range: [f64; 2]| Action::Edit(Edit::Filter(Brush::range("height", range).into()));
    print("explorer_brush_ms", median_of_two(headless, [&height([-0.5, 0.1]), &height([-0.5, 0.2])]), "ms");
    headless.act(Action::Edit(Edit::ShowCharts(false)));
    headless.act(Action::Edit(Edit::Filter(Filter::default())));
    let by = |column: &str| Action::Edit(Edit::ColorBy(Pick::Column(column.into())));
    print("explorer_color_ms", median_of_two(headless, [&by("height"), &by("digit")]), "ms");
}

/// The time until an answer is there, whose work grows with the data, and the slowest frame until then.
fn answers(headless: &mut Headless) -> Result<(), Box<dyn Error>> {
    let styles = |headless: &Headless| headless.world().resource::<CloudRevisions>().styles;
    for column in ["digit", "height"] {
        let before = styles(headless);
        let by = Action::Edit(Edit::ColorBy(Pick::Column(column.into())));
        answer(headless, &format!("color_{column}"), by, |headless| styles(headless) != before)?;
    }
    let before = headless.world().resource::<CloudRevisions>().positions;
    answer(headless, "moving", Action::Edit(Edit::SetComponents([1, 2, 0])), |headless| {
        headless.world().resource::<CloudRevisions>().positions != before
    })?;
    let before = styles(headless);
    let all = RowSet::all(headless.world().resource::<Opened>().rows());
    answer(headless, "select_all", Action::Edit(Edit::Select(all)), |headless| styles(headless) != before)?;
    let before = styles(headless);
    answer(headless, "undo", Action::History(HistoryAction::Undo), |headless| styles(headless) != before)?;
    let before = styles(headless);
    let tenth = Brush::only("digit", vec![Some("3".into())]);
    answer(headless, "filter", Action::Edit(Edit::Filter(tenth.into())), |headless| styles(headless) != before)?;
    let before = styles(headless);
    answer(headless, "unfilter", Action::Edit(Edit::Filter(Filter::default())), |headless| styles(headless) != before)?;
    let search = Search { text: "77".into(), ..Search::default() };
    answer(
        headless,
        "search",
        Action::Edit(Edit::Search(search)),
        |headless| matches!(&headless.world().resource::<Matches>().0, Found::Rows(rows) if !rows.is_empty()),
    )?;
    let before = styles(headless);
    answer(headless, "search_off", Action::Edit(Edit::Search(Search::default())), |headless| {
        styles(headless) != before
    })?;
    let middle = Vec2::new(413.0, 387.0);
    for (name, tool) in [("box", Tool::Box), ("lasso", Tool::Lasso), ("sphere", Tool::Sphere)] {
        headless.act(Action::Edit(Edit::Select(RowSet::EMPTY)));
        headless.act(Action::Edit(Edit::Take(tool)));
        headless.settle();
        let go = |step: usize| middle + Vec2::from_angle(step as f32 * 0.5) * 150.0;
        let press = if tool == Tool::Lasso { go(0) } else { middle - 100.0 };
        mouse(headless, press, PointerAction::Move { delta: Vec2::ZERO });
        mouse(headless, press, PointerAction::Press(PointerButton::Primary));
        (1..13).for_each(|step| _ = mouse(headless, go(step), PointerAction::Move { delta: Vec2::ZERO }));
        let end = if tool == Tool::Lasso { go(12) } else { middle + 130.0 };
        point(headless, end, PointerAction::Release(PointerButton::Primary));
        until(headless, name, |headless| !headless.world().resource::<CurrentView>().selection.is_empty())?;
        let count = headless.world().resource::<CurrentView>().selection.len();
        print(&format!("explorer_{name}_rows"), count as f64, "rows");
    }
    headless.act(Action::Edit(Edit::Take(Tool::Pointer)));
    headless.act(Action::Edit(Edit::Select(RowSet::EMPTY)));
    Ok(())
}

/// Asks for something, and measures until it is there.
fn answer(
    headless: &mut Headless,
    name: &str,
    action: Action,
    is_there: impl Fn(&Headless) -> bool,
) -> Result<(), Box<dyn Error>> {
    headless.act(action);
    until(headless, name, is_there)
}

/// Draws frames until something is there.
fn until(headless: &mut Headless, name: &str, is_there: impl Fn(&Headless) -> bool) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    while !is_there(headless) {
        slowest = slowest.max(headless.frame());
        if started.elapsed() > PATIENCE {
            return Err(format!("there is no answer: {name}").into());
        }
    }
    print(&format!("explorer_{name}_answer_ms"), started.elapsed().as_secs_f64() * 1e3, "ms");
    print(&format!("explorer_{name}_frame_ms"), slowest.as_secs_f64() * 1e3, "ms");
    headless.settle();
    Ok(())
}

/// Ten thousand words drawn as points: the time of the main thread for a frame that orbits.
fn words() -> Result<(), Box<dyn Error>> {
    let rows = 10_000;
    let embedding = ball_of(rows)?;
    let label = parallax::session::Pick::Column("height".into());
    let projection = Projection { method: Method::Identity, ..Projection::default() };
    let view =
        View { origin: Origin::Memory, projection, points: PointStyle::Labels, label_by: label, ..View::default() };
    let mut headless = Headless::new(view, [1440, 900], true)?;
    headless.put_embedding(embedding);
    headless.settle();
    let mut pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.3, radius: 3.0 };
    let turn = |_| {
        pose.yaw += 0.02;
        Action::Edit(Edit::MoveCamera(pose))
    };
    print("words_orbit_cpu_ms", median(&mut headless, turn), "ms");
    print("words_shown", headless.world().resource::<CloudLabels>().0.len() as f64, "words");
    Ok(())
}

/// Returns the median time, in milliseconds of the main thread, of the slowest frame after each of
/// two actions in turn.
fn median_of_two(headless: &mut Headless, actions: [&Action; 2]) -> f64 {
    let mut slowest = |action: &Action| {
        headless.act(action.clone());
        // A job may take some frames to finish.
        let frame = |_| {
            let time = headless.frame().as_secs_f64() * 1e3;
            std::thread::sleep(std::time::Duration::from_millis(20));
            time
        };
        (0..4).map(frame).fold(0.0, f64::max)
    };
    middle_of((0..FRAMES).map(|turn| slowest(actions[turn % 2])).collect())
}

/// Returns the milliseconds of the main thread for a frame with a mouse event.
fn mouse(headless: &mut Headless, position: Vec2, action: PointerAction) -> f64 {
    point(headless, position, action);
    headless.frame().as_secs_f64() * 1e3
}

/// Does something with the mouse in the next frame.
fn point(headless: &mut Headless, position: Vec2, action: PointerAction) {
    let world = headless.world_mut();
    let target = world.query::<&RenderTarget>().single(world).ok().and_then(|target| target.normalize(None));
    if let Some(target) = target {
        world.write_message(PointerInput::new(PointerId::Mouse, Location { target, position }, action));
    }
}

/// Returns the median milliseconds of the main thread for a frame that orbits.
fn orbit(headless: &mut Headless) -> f64 {
    let mut pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.3, radius: 4.0 };
    median(headless, |_| {
        pose.yaw += 0.05;
        Action::Edit(Edit::MoveCamera(pose))
    })
}

/// Returns the median milliseconds of the main thread for the frame after each action.
fn median(headless: &mut Headless, action: impl FnMut(usize) -> Action) -> f64 {
    let times = (0..FRAMES).map(action).map(|action| {
        headless.act(action);
        headless.frame().as_secs_f64() * 1e3
    });
    middle_of(times.collect())
}

fn middle_of(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Returns a ball of points, evenly spread along a spiral.
fn ball_of(rows: usize) -> Result<Embedding, Box<dyn Error>> {
    let point = |row: usize| {
        let share = (row as f32 + 0.5) / rows as f32;
        let (height, angle) = (1.0 - 2.0 * share, row as f32 * 2.399_963);
        let (across, radius) = ((1.0 - height * height).sqrt(), ((row * 7919 % rows) as f32 / rows as f32).cbrt());
        [radius * across * angle.cos(), radius * height, radius * across * angle.sin()]
    };
    let vectors = Vectors::from_f32(rows, 3, (0..rows).flat_map(point).collect())?;
    let mut embedding = Embedding::new("ball", vectors, &Progress::default())?;
    let column = |name: &str, cell: &dyn Fn(usize) -> String| {
        let mut column = ColumnBuilder::new(name);
        (0..rows).for_each(|row| column.push(Some(&cell(row))));
        column.finish()
    };
    let columns = vec![
        column("digit", &|row| (row * 7919 % 10).to_string()),
        column("height", &|row| format!("{:.4}", 1.0 - 2.0 * row as f32 / rows as f32)),
    ];
    embedding.metadata = Metadata::new(columns)?.into();
    Ok(embedding)
}

/// Returns a table with a name of its own for each row, too.
fn named(metadata: &Metadata, rows: usize) -> Result<Metadata, Box<dyn Error>> {
    let mut names = ColumnBuilder::new("name");
    (0..rows).for_each(|row| names.push(Some(&format!("row {row}"))));
    Ok(Metadata::new([vec![names.finish()], metadata.columns().to_vec()].concat())?)
}

fn print(name: &str, value: f64, unit: &str) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "unit": unit }));
}
