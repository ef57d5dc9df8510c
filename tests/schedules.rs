//! All plugins without a device: what their systems may do at the same time, and how rows look.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    any::TypeId,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bevy::{
    camera::RenderTarget,
    ecs::schedule::{InternedScheduleLabel, LogLevel, ScheduleBuildSettings, ScheduleLabel, Schedules},
    picking::pointer::{Location, PointerAction, PointerButton, PointerId, PointerInput},
    prelude::*,
    render::{RenderPlugin, settings::WgpuSettings},
    window::RequestRedraw,
    winit::WinitPlugin,
};
use bevy_egui::{EguiPlugin, EguiPrimaryContextPass};
use bevy_panorbit_camera::PanOrbitCameraPlugin;
use parallax::{
    ParallaxPlugins,
    embedding::{ColumnBuilder, Embedding, Metadata, Progress, Vectors},
    session::{Action, Brush, Edit, HistoryAction, Method, Origin, Pick, PointStyle, Projection, ShellAction, View},
    state::{CurrentView, Do, Motion, Opened, Running},
};
use parallax_camera::{cloud_camera, picture_target};
use parallax_cloud::{Cloud, Style, optics::Optics};

/// Returns the app of all plugins, for a view without data.
fn app() -> App {
    let mut app = App::new();
    let projection = Projection { method: Method::Identity, ..Projection::default() };
    app.insert_resource(CurrentView::new(View { origin: Origin::Memory, projection, ..View::default() }))
        .insert_resource(Motion::Reduced)
        .add_plugins(ParallaxPlugins::Headless.build().set(no_device()));
    #[cfg(feature = "xr")]
    app.add_plugins(parallax_immersive::HandsPlugin);
    app.finish();
    app.cleanup();
    app
}

fn no_device() -> RenderPlugin {
    RenderPlugin { render_creation: WgpuSettings { backends: None, ..default() }.into(), ..default() }
}

/// Takes a schedule out of the app, and prepares it for running. Returns `None` if it has no systems.
fn schedule(app: &mut App, label: InternedScheduleLabel) -> Option<Schedule> {
    let mut schedule = app.world_mut().resource_mut::<Schedules>().remove(label)?;
    schedule.set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Ignore, ..default() });
    schedule.initialize(app.world_mut()).unwrap();
    Some(schedule)
}

fn types(schedule: &Schedule) -> HashSet<TypeId> {
    schedule.systems().unwrap().map(|(_, system)| system.system_type()).collect()
}

/// The schedules in which a plugin may have systems, and the least number of ours in each.
fn schedules() -> [(InternedScheduleLabel, usize); 7] {
    [
        (Startup.intern(), 0),
        (First.intern(), 1),
        (PreUpdate.intern(), 1),
        (Update.intern(), 40),
        (EguiPrimaryContextPass.intern(), 1),
        (PostUpdate.intern(), 1),
        (Last.intern(), 1),
    ]
}

/// Two systems of which one writes what the other reads are in order, unless both are the engine's.
#[test]
fn systems_that_depend_on_each_other_have_an_order() {
    let mut engine = App::new();
    engine
        .add_plugins(DefaultPlugins.set(no_device()).disable::<WinitPlugin>())
        .add_plugins((EguiPlugin::default(), PanOrbitCameraPlugin));
    let mut app = app();
    // One request is as good as another.
    app.allow_ambiguous_resource::<Messages<RequestRedraw>>();
    // A person does one thing after the other.
    app.allow_ambiguous_resource::<Messages<Do>>();
    for (label, least) in schedules() {
        let engine = schedule(&mut engine, label).map(|schedule| types(&schedule)).unwrap_or_default();
        let Some(schedule) = schedule(&mut app, label) else {
            assert_eq!(least, 0, "{label:?}");
            continue;
        };
        let systems: HashMap<_, _> = schedule.systems().unwrap().collect();
        let of_engine = |key| engine.contains(&systems[key].system_type());
        assert!(systems.keys().filter(|key| !of_engine(*key)).count() >= least, "{label:?}");
        let pairs = schedule.graph().conflicting_systems().0.iter().filter(|(a, b, _)| !of_engine(a) || !of_engine(b));
        let names: Vec<_> = pairs.map(|(a, b, _)| [a, b].map(|key| systems[key].name())).collect();
        assert!(names.is_empty(), "{label:?}: {names:?}");
    }
}

/// Points in a ball, of three classes.
fn embedding(rows: usize) -> Embedding {
    let place = |row: usize| [row * 37 % 101, row * 53 % 97, row * 71 % 89].map(|x| x as f32);
    let vectors = Vectors::from_f32(rows, 3, (0..rows).flat_map(place).collect()).unwrap();
    let mut column = ColumnBuilder::new("class");
    (0..rows).for_each(|row| column.push(Some(["a", "b", "c"][row % 3])));
    let metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
    Embedding { metadata, ..Embedding::new("points", vectors, &Progress::default()).unwrap() }
}

fn settle(app: &mut App) {
    for _ in 0..1000 {
        app.update();
        if app.world().resource::<Running>().0.is_empty() {
            (0..2).for_each(|_| app.update());
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("jobs run for too long");
}

/// Returns where the point of a row is on screen.
fn seen(app: &mut App, row: u32) -> Vec2 {
    let world = app.world_mut();
    let cloud = world.resource::<Cloud>();
    let (radius, place) = (cloud.radius, cloud.place(row).unwrap_or_default());
    let (camera, transform) = world.query::<(&Camera, &GlobalTransform)>().single(world).unwrap();
    Optics::of(camera, transform, radius).unwrap().project(place).unwrap().center
}

/// Whether a row is hidden, and which color it has, of so many rows.
type Look = (fn(u32) -> bool, fn(u32, u32) -> u32);

/// The point of each row looks as the row does, whatever is done to points, and a click hits its row.
#[test]
fn styles_are_those_of_the_rows_whatever_is_done_to_points() {
    let brush = Brush::only("class", vec![Some("a".into()), Some("b".into())]);
    for rows in [5000, 40, 9000] {
        let mut app = app();
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(picture_target([600, 450]));
        let target = RenderTarget::Image(target.into());
        app.world_mut().spawn(cloud_camera(target.clone()));
        let check = |app: &mut App, (is_hidden, group): Look, what: &dyn std::fmt::Debug| {
            settle(app);
            let (cloud, view) = (app.world().resource::<Cloud>(), app.world().resource::<CurrentView>());
            assert_eq!((cloud.len(), cloud.styles().len()), (rows as usize, rows as usize), "{what:?}");
            let of = |row: u32| cloud.style(row).unwrap();
            for row in 0..rows {
                let flags = of(row).flags();
                assert_eq!(flags & Style::SELECTED != 0, view.selection.contains(row), "{row}, {what:?}");
                assert_eq!(cloud.shown(row).is_none(), is_hidden(row), "{row}, {what:?}");
                for other in [0, 3, 7] {
                    let is_alike = group(row, rows) == group(other, rows);
                    assert_eq!(of(row).color() == of(other).color(), is_alike, "{row}, {other}, {what:?}");
                }
            }
        };
        let (all, classes): Look = (|_| false, |row, _| row % 3);
        let tagged = |row: u32, rows: u32| u32::from((3..rows / 2).contains(&row));
        for others in [13, 0] {
            app.world_mut().resource_mut::<Opened>().put(embedding(rows as usize + others), Vec::new());
            settle(&mut app);
        }
        check(&mut app, (all, classes), &rows);
        let position = seen(&mut app, 7);
        let pointer = |action| {
            let location = Location { target: target.normalize(None).unwrap(), position };
            PointerInput::new(PointerId::Mouse, location, action)
        };
        for action in [
            PointerAction::Move { delta: Vec2::ZERO },
            PointerAction::Press(PointerButton::Primary),
            PointerAction::Release(PointerButton::Primary),
        ] {
            app.world_mut().write_message(pointer(action));
            app.update();
        }
        check(&mut app, (all, classes), &"a click");
        if rows == 5000 {
            let selection = &app.world().resource::<CurrentView>().selection;
            assert_eq!(selection.as_slice(), [7], "the click hits its point");
        }
        let (no_c, even): (fn(u32) -> bool, fn(u32) -> bool) = (|row| row % 3 == 2, |row| row % 3 == 2 || row % 2 == 1);
        for (action, look) in [
            (Action::Edit(Edit::Select((3..rows / 2).collect())), (all, classes)),
            (Action::Edit(Edit::Tag { column: "mine".into(), value: "some".into() }), (all, classes)),
            (Action::Edit(Edit::ColorBy(Pick::Column("mine".into()))), (all, tagged as _)),
            (Action::Edit(Edit::ShowLabels(true)), (all, tagged)),
            (Action::Edit(Edit::ShowPointsAs(PointStyle::Labels)), (all, tagged)),
            (Action::Edit(Edit::Filter(brush.clone().into())), (no_c, tagged)),
            (Action::Edit(Edit::Isolate((0..rows).step_by(2).collect())), (even, tagged)),
            (Action::Edit(Edit::Project(Method::Pca)), (even, tagged)),
            (Action::Edit(Edit::SetComponents([1, 0, 2])), (even, tagged)),
            (Action::History(HistoryAction::Undo), (even, tagged)),
            (Action::Shell(ShellAction::FlyTo(vec![7].into())), (even, tagged)),
        ] {
            app.world_mut().write_message(Do::person(action.clone()));
            check(&mut app, look, &action);
        }
    }
}
