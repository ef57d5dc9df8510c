//! Projections as the window runs them: in the background, step by step, steered, kept.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::{ColumnBuilder, Embedding, Metadata, Progress, Vectors};
use parallax_projection::Layout;
use parallax_projector::ProjectorPlugin;
use parallax_session::{
    Action, CustomAxis, Method, Origin, Projection, Search, Side, Steer, Steps, TsneConfig, UmapConfig, View,
};
use parallax_state::{CurrentLayout, CurrentView, Do, LayoutQuality, Opened, StatePlugin};

const ROWS: usize = 60;

/// An app with three groups of rows, named by their group, projected as `projection` says.
fn app(projection: Projection) -> App {
    let value = |row: usize, dim: usize| {
        let noise = (row * 7 + dim * 13) % 11;
        noise as f32 * 0.1 + if row % 3 == dim % 3 { 5.0 } else { 0.0 }
    };
    let values = (0..ROWS).flat_map(|row| (0..9).map(move |dim| value(row, dim))).collect();
    let mut embedding =
        Embedding::new("groups", Vectors::from_f32(ROWS, 9, values).unwrap(), &Progress::default()).unwrap();
    let mut column = ColumnBuilder::new("group");
    (0..ROWS).for_each(|row| column.push(Some(["a", "b", "c"][row % 3])));
    embedding.metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
    let mut app = App::new();
    app.insert_resource(CurrentView::new(View { origin: Origin::Memory, projection, ..View::default() }))
        .add_plugins((MinimalPlugins, StatePlugin, ProjectorPlugin))
        .add_message::<RequestRedraw>();
    app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    app
}

fn tsne(iterations: usize) -> Projection {
    let tsne = TsneConfig { perplexity: 5.0, iterations, ..TsneConfig::recommended() };
    Projection { method: Method::Tsne, tsne, ..Projection::default() }
}

#[track_caller]
fn until(app: &mut App, what: &str, done: impl Fn(&World) -> bool) {
    let started = Instant::now();
    while !done(app.world()) {
        assert!(started.elapsed() < Duration::from_mins(1), "{what} does not come about");
        app.update();
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn act(app: &mut App, action: Action) {
    app.world_mut().write_message(Do(action));
    app.update();
}

fn steps(world: &World) -> Steps {
    world.resource::<CurrentLayout>().steps.clone().unwrap_or_default()
}

fn layout(world: &World) -> Arc<Layout> {
    world.resource::<CurrentLayout>().layout.clone().unwrap()
}

fn shows(method: Method) -> impl Fn(&World) -> bool {
    move |world| world.resource::<CurrentLayout>().method == Some(method)
}

#[test]
fn steps_are_published_and_the_end_is_measured() {
    let mut app = app(tsne(40));
    until(&mut app, "the end", |world| steps(world).iteration == 40 && !steps(world).running);
    assert_eq!(steps(app.world()).kl.len(), 40);
    assert!(layout(app.world()).coordinates.iter().all(|x| x.is_finite()));
    until(&mut app, "the quality", |world| world.resource::<LayoutQuality>().figures.is_some());
    let quality = app.world().resource::<LayoutQuality>();
    assert_eq!(quality.kept.len(), ROWS);
    assert!(quality.figures.unwrap().trustworthiness > 0.7, "{quality:?}");
}

#[test]
fn a_run_rests_goes_on_and_starts_anew() {
    let mut app = app(tsne(1_000_000));
    until(&mut app, "a step", |world| steps(world).iteration > 5);
    act(&mut app, Action::Steer(Steer::Pause));
    until(&mut app, "the rest", |world| !steps(world).running);
    // The step that was under way may still arrive.
    std::thread::sleep(Duration::from_millis(200));
    app.update();
    let resting = steps(app.world()).iteration;
    (0..20).for_each(|_| app.update());
    assert_eq!(steps(app.world()).iteration, resting);
    act(&mut app, Action::Steer(Steer::Resume));
    until(&mut app, "another step", |world| steps(world).iteration > resting && steps(world).running);
    // Far enough that the first steps after another start are seen, however quick they are.
    until(&mut app, "many steps", |world| steps(world).iteration > resting + 20_000);
    let far = steps(app.world()).iteration;
    act(&mut app, Action::Steer(Steer::Restart));
    until(&mut app, "another start", |world| (1..far).contains(&steps(world).iteration));
}

#[test]
fn other_methods_keep_their_layouts() {
    let mut app = app(tsne(30));
    until(&mut app, "the end", |world| steps(world).iteration == 30 && !steps(world).running);
    let before = layout(app.world());
    act(&mut app, Action::Project(Method::Pca));
    until(&mut app, "PCA", shows(Method::Pca));
    assert_eq!(app.world().resource::<CurrentLayout>().steps, None);
    act(&mut app, Action::Project(Method::Tsne));
    app.update();
    assert!(Arc::ptr_eq(&layout(app.world()), &before), "the last layout, at once");
    assert_eq!(steps(app.world()).iteration, 30);
}

#[test]
fn settings_of_a_run_count_from_the_next_start() {
    let mut app = app(tsne(20));
    until(&mut app, "the end", |world| steps(world).iteration == 20 && !steps(world).running);
    let mut other = tsne(20);
    other.tsne.perplexity = 8.0;
    act(&mut app, Action::Configure(Box::new(other)));
    until(&mut app, "the word that it is outdated", |world| steps(world).outdated);
    assert_eq!(steps(app.world()).iteration, 20);
    act(&mut app, Action::Steer(Steer::Restart));
    until(&mut app, "the end", |world| steps(world).iteration == 20 && !steps(world).outdated);
}

#[test]
fn umap_runs_as_well() {
    let umap = UmapConfig { epochs: Some(30), neighbors: 6, ..UmapConfig::recommended() };
    let mut app = app(Projection { method: Method::Umap, umap, ..Projection::default() });
    until(&mut app, "the end", |world| steps(world).iteration == 30 && !steps(world).running);
    assert!(layout(app.world()).coordinates.iter().all(|x| x.is_finite()));
}

/// From group a to group b: they lie apart along the axis, a to the left.
#[test]
fn a_custom_axis_waits_for_its_ends_and_goes_from_one_to_the_other() {
    let side = |text: &str| Side::Search(Search { text: text.into(), ..Search::default() });
    let axes = |right: &str| {
        [CustomAxis::Between { left: side("a"), right: side(right) }, CustomAxis::Component(0), CustomAxis::Off]
    };
    let custom = |right: &str| Projection { method: Method::Custom, axes: axes(right), ..Projection::default() };
    let mut app = app(custom("nothing like it"));
    (0..20).for_each(|_| app.update());
    let current = app.world().resource::<CurrentLayout>();
    assert!(current.layout.is_none());
    assert_eq!(current.ends[..2], [Ok(20), Err("no match".to_owned())]);
    act(&mut app, Action::Configure(Box::new(custom("b"))));
    until(&mut app, "the layout", shows(Method::Custom));
    let layout = layout(app.world());
    let x = |group: usize| (group..ROWS).step_by(3).map(|row| layout.row(row).unwrap()[0]);
    assert!(x(0).fold(f32::MIN, f32::max) < x(1).fold(f32::MAX, f32::min));
    assert!((0..ROWS).all(|row| layout.row(row).unwrap()[2] == 0.0));
}
