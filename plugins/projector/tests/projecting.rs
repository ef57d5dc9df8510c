//! Projections as the window runs them, in the background.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

mod common;

use std::{sync::Arc, time::Duration};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::{ColumnBuilder, Embedding, Metadata, Progress, RowSet, Vectors};
use parallax_meaning::{ClusterSettings, Stability, cluster};
use parallax_neighbors::Metric;
use parallax_projection::{Layout, Space, WithoutPlace, project};
use parallax_projector::ProjectorPlugin;
use parallax_session::{
    Action, Against, Alignment, ApartState, Brush, Compared, CustomAxis, Edit, Export, Exported, ExportedRows,
    HistoryAction, JobAction, JobKind, LabelVerdict, MatchBy, Method, Naming, NeighborQuery, NeighborSpace,
    NeighborhoodState, OpenOptions, Origin, Past, Pick, Projection, Ruling, Search, Side, Spot, Steer, Steps,
    TsneConfig, UmapConfig, View,
};
use parallax_state::{
    ClusterNames, ClusterStability, CurrentApart, CurrentCharts, CurrentCompared, CurrentLayout, CurrentSuspects,
    CurrentView, LayoutComparison, LayoutQuality, Neighborhood, Opened, Running, Shown, StatePlugin, Toasts, Unplaced,
};

use common::{act, until};

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
    let tsne = TsneConfig { perplexity: Some(5.0), iterations, ..TsneConfig::recommended() };
    Projection { method: Method::Tsne, tsne, ..Projection::default() }
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

/// Row 4 is zeros, which have no direction, and row 7 holds a NaN.
#[test]
fn rows_without_a_place_are_found_once_per_layout() {
    let projection = Projection { metric: Metric::Cosine, ..tsne(20) };
    let mut app = app(projection);
    let mut values: Vec<f32> = (0..ROWS * 9).map(|i| (i % 7) as f32 + 1.0).collect();
    values[4 * 9..5 * 9].fill(0.0);
    values[7 * 9] = f32::NAN;
    let vectors = Vectors::from_f32(ROWS, 9, values).unwrap();
    let embedding = Embedding::new("zeros", vectors, &Progress::default()).unwrap();
    app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let are = |zero: RowSet, not_finite: RowSet| {
        move |world: &World| {
            let WithoutPlace { zero: found, not_finite: nan, other } = &*world.resource::<Unplaced>().0;
            (found, nan, other) == (&zero, &not_finite, &RowSet::EMPTY)
        }
    };
    until(&mut app, "both", are(rows(&[4]), rows(&[7])));
    act(&mut app, Action::Edit(Edit::Isolate((0..7).collect())));
    act(&mut app, Action::Edit(Edit::Project(Method::Pca)));
    until(&mut app, "PCA of the first rows", are(rows(&[]), rows(&[])));
    act(&mut app, Action::Edit(Edit::ShowLevel(0)));
    until(&mut app, "PCA of all rows", are(rows(&[]), rows(&[7])));
    act(&mut app, Action::Edit(Edit::Project(Method::Tsne)));
    until(&mut app, "t-SNE again", are(rows(&[4]), rows(&[7])));
}

#[test]
fn run_publishes_steps_and_its_quality() {
    let mut app = app(tsne(40));
    until(&mut app, "the end", |world| steps(world).iteration == 40 && !steps(world).running);
    assert_eq!(steps(app.world()).kl.len(), 40);
    assert!(layout(app.world()).values().iter().all(|x| x.is_finite()));
    until(&mut app, "the quality", |world| world.resource::<LayoutQuality>().figures.is_some());
    let quality = app.world().resource::<LayoutQuality>();
    assert_eq!(quality.kept.len(), ROWS);
    assert!(quality.figures.unwrap().trustworthiness > 0.7, "{quality:?}");
    assert!(quality.errors.len() == ROWS && quality.of_row(7).is_some_and(|of| of.k == 15), "{quality:?}");
}

/// Rows of a group are near each other, and a third of all rows. The column that colored before is still
/// compared while what is measured colors, and none if no column colors.
#[test]
fn layout_that_rests_is_compared_with_distances_and_labels() {
    let mut app = app(tsne(40));
    let agreement = |world: &World| world.resource::<LayoutComparison>().agreement.clone();
    until(&mut app, "the agreement", |world| agreement(world).is_some());
    until(&mut app, "the diagram", |world| world.resource::<LayoutComparison>().shepard.is_some());
    let comparison = app.world().resource::<LayoutComparison>().clone();
    let shepard = comparison.shepard.unwrap().unwrap();
    assert!(shepard.pairs == ROWS * (ROWS - 1) / 2 && shepard.spearman.is_some_and(|rho| rho > 0.3), "{shepard:?}");
    let (column, found) = comparison.agreement.unwrap();
    let found = found.unwrap();
    assert!(column == "group" && found.rows == ROWS && found.vectors.share > 0.95, "{found:?}");
    assert!((found.layout.chance - 19.0 / 59.0).abs() < 0.03, "{found:?}");
    act(&mut app, Action::Edit(Edit::ColorBy(Pick::FalseAndMissing)));
    (0..20).for_each(|_| app.update());
    assert_eq!(agreement(app.world()), Some(("group".to_owned(), Ok(found))));
    act(&mut app, Action::Edit(Edit::ColorBy(Pick::Nothing)));
    assert_eq!(agreement(app.world()), None);
    act(&mut app, Action::Edit(Edit::Project(Method::Pca)));
    until(&mut app, "PCA", shows(Method::Pca));
    let other =
        |world: &World| matches!(&world.resource::<LayoutComparison>().shepard, Some(Ok(found)) if *found != shepard);
    until(&mut app, "its diagram", other);
}

#[test]
fn run_pauses_continues_and_restarts() {
    let mut app = app(tsne(1_000_000));
    until(&mut app, "a step", |world| steps(world).iteration > 5);
    act(&mut app, Action::Job(JobAction::Steer(Steer::Pause)));
    until(&mut app, "the rest", |world| !steps(world).running);
    // The step that was under way may still arrive.
    std::thread::sleep(Duration::from_millis(200));
    app.update();
    let resting = steps(app.world()).iteration;
    (0..20).for_each(|_| app.update());
    assert_eq!(steps(app.world()).iteration, resting);
    act(&mut app, Action::Job(JobAction::Steer(Steer::Resume)));
    until(&mut app, "another step", |world| steps(world).iteration > resting && steps(world).running);
    // Far enough that the first steps after another start are seen, however quick they are.
    until(&mut app, "many steps", |world| steps(world).iteration > resting + 20_000);
    let far = steps(app.world()).iteration;
    until(&mut app, "the quality", |world| world.resource::<LayoutQuality>().figures.is_some());
    let old = app.world().resource::<LayoutQuality>().of;
    act(&mut app, Action::Job(JobAction::Steer(Steer::Restart)));
    until(&mut app, "another start", |world| (1..far).contains(&steps(world).iteration));
    let quality = app.world().resource::<LayoutQuality>();
    assert!(quality.of.is_none_or(|of| Some(of) > old), "figures of the layout before: {quality:?}");
}

#[test]
fn methods_keep_their_layouts() {
    let mut app = app(tsne(30));
    until(&mut app, "the end", |world| steps(world).iteration == 30 && !steps(world).running);
    let before = layout(app.world());
    act(&mut app, Action::Edit(Edit::Project(Method::Pca)));
    until(&mut app, "PCA", shows(Method::Pca));
    assert_eq!(app.world().resource::<CurrentLayout>().steps, None);
    act(&mut app, Action::Edit(Edit::Project(Method::Tsne)));
    app.update();
    assert!(Arc::ptr_eq(&layout(app.world()), &before), "the last layout, at once");
    assert_eq!(steps(app.world()).iteration, 30);
}

#[test]
fn settings_of_a_run_take_effect_at_its_next_start() {
    let mut app = app(tsne(20));
    until(&mut app, "the end", |world| steps(world).iteration == 20 && !steps(world).running);
    let mut other = tsne(20);
    other.tsne.perplexity = Some(8.0);
    act(&mut app, Action::Edit(Edit::Configure(Box::new(other))));
    until(&mut app, "the word that it is outdated", |world| steps(world).outdated);
    assert_eq!(steps(app.world()).iteration, 20);
    act(&mut app, Action::Job(JobAction::Steer(Steer::Restart)));
    until(&mut app, "the end", |world| steps(world).iteration == 20 && !steps(world).outdated);
}

/// The rows of two groups, isolated while t-SNE of all rows is on screen.
#[test]
fn isolated_rows_keep_their_places_until_a_restart() {
    let mut app = app(tsne(30));
    until(&mut app, "the end", |world| steps(world).iteration == 30 && !steps(world).running);
    let all = layout(app.world());
    let rows: RowSet = (0..ROWS as u32).filter(|row| row % 3 != 0).collect();
    act(&mut app, Action::Edit(Edit::Isolate(rows.clone())));
    app.update();
    let current = app.world().resource::<CurrentLayout>();
    assert!(current.of_more && current.steps.is_none() && Arc::ptr_eq(current.layout.as_ref().unwrap(), &all));
    assert_eq!(app.world().resource::<Shown>().rows.as_ref(), Some(&rows));
    let is_alone = |world: &World| {
        let layout = layout(world);
        (0..ROWS as u32).all(|row| layout.row(row as usize).unwrap()[0].is_finite() == rows.contains(row))
    };
    for steer in [Steer::Restart, Steer::RestartHere] {
        act(&mut app, Action::Job(JobAction::Steer(steer)));
        until(&mut app, "the layout of the isolated", |world| {
            steps(world).iteration == 30 && !steps(world).running && is_alone(world)
        });
    }
    assert!(!app.world().resource::<CurrentLayout>().of_more);
    act(&mut app, Action::Edit(Edit::Project(Method::Pca)));
    until(&mut app, "PCA of the isolated", |world| shows(Method::Pca)(world) && is_alone(world));
    act(&mut app, Action::Edit(Edit::ShowLevel(0)));
    until(&mut app, "PCA of all", |world| layout(world).values().iter().all(|x| x.is_finite()));
    act(&mut app, Action::Edit(Edit::Project(Method::Tsne)));
    app.update();
    assert!(Arc::ptr_eq(&layout(app.world()), &all), "the layout of all was kept");
}

#[test]
fn tags_add_columns_that_filters_can_use() {
    let mut app = app(Projection::default());
    act(&mut app, Action::Edit(Edit::Select(vec![1, 2].into())));
    act(&mut app, Action::Edit(Edit::Tag { column: "mine".into(), value: "odd".into() }));
    act(&mut app, Action::Edit(Edit::Filter(Brush::only("mine", vec![Some("odd".into())]).into())));
    let shown = |world: &World| world.resource::<Shown>().rows.clone();
    until(&mut app, "the filter", |world| shown(world) == Some(vec![1, 2].into()));
    act(&mut app, Action::History(HistoryAction::Undo));
    act(&mut app, Action::History(HistoryAction::Undo));
    until(&mut app, "the metadata as they were", |world| {
        shown(world).is_none() && world.resource::<Opened>().embedding.as_ref().unwrap().metadata.columns().len() == 1
    });
}

/// Rows 4 and 9 have the label of another group. Neighbors are of all rows, whatever is isolated.
#[test]
fn labels_are_checked_and_changed_ones_are_a_column() {
    let mut app = app(Projection::default());
    let mut labels = ColumnBuilder::new("label");
    let label = |row: usize| if [4, 9].contains(&row) { row + 1 } else { row } % 3;
    (0..ROWS).for_each(|row| labels.push(Some(["a", "b", "c"][label(row)])));
    let mut metadata = app.world().resource::<Opened>().loaded_metadata.columns().to_vec();
    metadata.push(labels.finish());
    let opened = app.world().resource::<Opened>();
    let embedding = Embedding {
        metadata: Arc::new(Metadata::new(metadata).unwrap()),
        ..Embedding::clone(opened.embedding.as_ref().unwrap())
    };
    app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    app.update();
    assert!(app.world().resource::<CurrentSuspects>().found.is_none(), "nothing is compared that is not shown");
    let queue = |world: &World| -> Option<Vec<u32>> {
        let found = world.resource::<CurrentSuspects>().found.clone()?.unwrap();
        Some((0..found.queue.len()).map(|place| found.at(place).unwrap().row).collect())
    };
    act(&mut app, Action::Edit(Edit::CheckLabels(Some("label".into()))));
    until(&mut app, "the suspects", |world| {
        let selection = world.resource::<CurrentView>().selection.clone();
        queue(world).is_some_and(|rows| rows.len() == 2 && selection == RowSet::from(vec![rows[0]]))
    });
    // What is canceled may be done again, although nothing else has changed.
    act(&mut app, Action::Edit(Edit::CheckLabels(Some("group".into()))));
    act(&mut app, Action::Edit(Edit::CheckLabels(Some("label".into()))));
    act(&mut app, Action::Job(JobAction::Cancel(Some(JobKind::Check))));
    (0..20).for_each(|_| app.update());
    act(&mut app, Action::Job(JobAction::Retry(JobKind::Check)));
    let is_found = |world: &World| matches!(&world.resource::<CurrentSuspects>().found, Some(Ok(found)) if found.column == "label");
    until(&mut app, "the suspects again", is_found);
    act(&mut app, Action::Edit(Edit::Isolate(vec![2, 4].into())));
    until(&mut app, "the shown suspect", |world| queue(world) == Some(vec![4]));
    let ruling = Ruling {
        column: "label".into(),
        into: "label (checked)".into(),
        row: 4,
        verdict: LabelVerdict::Change("b".into()),
        next: None,
        recolors: true,
    };
    act(&mut app, Action::Edit(Edit::Judge(Box::new(ruling))));
    let texts = |world: &World| -> Option<Vec<String>> {
        let metadata = world.resource::<Opened>().embedding.as_ref()?.metadata.clone();
        let column = metadata.column("label (checked)")?;
        Some((0..ROWS).map(|row| column.text(row).unwrap_or_default().to_owned()).collect())
    };
    until(&mut app, "the column", |world| texts(world).is_some());
    let expected: Vec<&str> = (0..ROWS).map(|row| ["a", "b", "c"][if row == 9 { 1 } else { row % 3 }]).collect();
    assert_eq!(texts(app.world()).unwrap(), expected, "all labels, with the change");
    assert_eq!(app.world().resource::<CurrentView>().color_by, Pick::Column("label (checked)".into()));
    assert_eq!(queue(app.world()), Some(vec![4]), "the queue is that of the labels as they were");
    act(&mut app, Action::History(HistoryAction::Undo));
    until(&mut app, "the metadata as they were", |world| texts(world).is_none());
}

#[test]
fn columns_without_labels_to_check_are_a_sentence() {
    let mut app = app(Projection::default());
    let mut ids = ColumnBuilder::new("id");
    (0..ROWS).for_each(|row| ids.push(Some(&format!("id {row}"))));
    app.world_mut().resource_mut::<Opened>().set_metadata(Arc::new(Metadata::new(vec![ids.finish()]).unwrap()));
    act(&mut app, Action::Edit(Edit::CheckLabels(Some("id".into()))));
    until(&mut app, "the sentence", |world| {
        let found = world.resource::<CurrentSuspects>().found.as_ref();
        found.is_some_and(|found| found.as_ref().is_err_and(|why| why.contains("60 values for 60 rows")))
    });
}

/// A brush is published by the rows that are shown, and by the counts of the other charts.
#[test]
fn charts_are_counted_while_they_are_shown() {
    let mut app = app(Projection::default());
    let mut size = ColumnBuilder::new("size");
    (0..ROWS).for_each(|row| size.push(Some(&format!("{row}.5"))));
    let mut metadata = app.world().resource::<Opened>().loaded_metadata.columns().to_vec();
    metadata.push(size.finish());
    app.world_mut().resource_mut::<Opened>().set_metadata(Arc::new(Metadata::new(metadata).unwrap()));
    app.update();
    assert!(app.world().resource::<CurrentCharts>().counted.is_none(), "nothing is counted that is not shown");
    act(&mut app, Action::Edit(Edit::ShowCharts(true)));
    let shown = |world: &World| -> Option<Vec<Vec<u32>>> {
        let counted = world.resource::<CurrentCharts>().counted.clone()?;
        Some(counted.counts.iter().map(|counts| counts.shown.bars().to_vec()).collect())
    };
    until(&mut app, "the counts", |world| shown(world).is_some_and(|shown| shown[0] == [20, 20, 20]));
    // Each step is another request; the last one is what remains.
    for end in 1..=10 {
        let brush = Brush::range("size", [0.0, f64::from(3 * end)]);
        act(&mut app, Action::Edit(Edit::Filter(brush.into())));
    }
    until(&mut app, "the counts of the range", |world| {
        shown(world).is_some_and(|shown| shown[0] == [10, 10, 10] && shown[1].iter().sum::<u32>() == 60)
    });
    until(&mut app, "the filter", |world| world.resource::<Shown>().rows == Some(RowSet::all(30)));
    assert!(app.world().resource::<CurrentCharts>().comparison.is_none());
    act(&mut app, Action::Edit(Edit::Select((0..20).collect())));
    until(&mut app, "the comparison", |world| {
        world.resource::<CurrentCharts>().comparison.as_ref().is_some_and(|found| found.order() == [1, 0])
    });
}

/// Expects the rows in order of their distance by brute force.
#[test]
fn neighbors_are_found_in_the_layout_and_among_isolated_rows() {
    let mut app = app(Projection::default());
    until(&mut app, "PCA", shows(Method::Pca));
    let of_three = |world: &World| {
        let layout = layout(world);
        let place = |row: u32| Vec3::from_slice(&layout.row(row as usize).unwrap()[..3]);
        let mut rows: Vec<u32> = (0..ROWS as u32).filter(|&row| row != 7).collect();
        rows.sort_by(|&a, &b| place(a).distance(place(7)).total_cmp(&place(b).distance(place(7))));
        rows.truncate(5);
        rows
    };
    let query = NeighborQuery { space: NeighborSpace::Layout, k: 5, ..NeighborQuery::default() };
    act(&mut app, Action::Edit(Edit::SetNeighbors(query)));
    act(&mut app, Action::Edit(Edit::Select(vec![7].into())));
    let found = |world: &World| -> Vec<u32> {
        world.resource::<Neighborhood>().found().iter().map(|neighbor| neighbor.row).collect()
    };
    until(&mut app, "neighbors in the layout", |world| found(world).len() == 5);
    let distances = app.world().resource::<Neighborhood>().found().iter().map(|neighbor| neighbor.distance);
    assert!(distances.is_sorted());
    let mut rows = found(app.world());
    let mut expected = of_three(app.world());
    rows.sort_unstable();
    expected.sort_unstable();
    assert_eq!(rows, expected);
    act(&mut app, Action::Edit(Edit::Isolate(vec![7, 8, 9, 12].into())));
    act(&mut app, Action::Edit(Edit::SetNeighbors(NeighborQuery { space: NeighborSpace::Vectors, ..query })));
    until(&mut app, "neighbors among the isolated", |world| {
        let mut rows = found(world);
        rows.sort_unstable();
        rows == [8, 9, 12]
    });
}

/// Group "a" is apart from the rest. Undo brings back what was found before, without a new job.
#[test]
fn selected_rows_are_told_apart_until_they_change() {
    let mut app = app(Projection::default());
    let group = |first: u32| (first..ROWS as u32).step_by(3).collect::<RowSet>();
    let state = |world: &World| match &world.resource::<CurrentApart>().0 {
        ApartState::Ready(apart) => Some(apart.clone()),
        _ => None,
    };
    act(&mut app, Action::Edit(Edit::Select(group(0))));
    act(&mut app, Action::Edit(Edit::SaveSelection("a".into())));
    act(&mut app, Action::Edit(Edit::TellApart(Some(Against::Rest))));
    until(&mut app, "the rest", |world| state(world).is_some());
    let found = state(app.world()).unwrap();
    let check = found.direction.as_ref().unwrap().check.clone();
    assert_eq!((found.rows, check.rows, check.told), ([20, 40], [10, 20], [10, 20]));
    act(&mut app, Action::Edit(Edit::Select(group(1))));
    assert!(matches!(app.world().resource::<CurrentApart>().0, ApartState::Idle));
    act(&mut app, Action::Edit(Edit::TellApart(Some(Against::Saved("a".into())))));
    until(&mut app, "the saved rows", |world| state(world).is_some_and(|found| found.rows == [20, 20]));
    let before = state(app.world()).unwrap();
    act(&mut app, Action::Edit(Edit::Select(vec![1].into())));
    act(&mut app, Action::History(HistoryAction::Undo));
    until(&mut app, "the same answer", |world| state(world).is_some_and(|found| Arc::ptr_eq(&found, &before)));
    act(&mut app, Action::Edit(Edit::Select(group(0))));
    act(&mut app, Action::Edit(Edit::TellApart(Some(Against::Saved("a".into())))));
    let failed = |world: &World| matches!(&world.resource::<CurrentApart>().0, ApartState::Failed(why) if why.starts_with("all rows of one"));
    until(&mut app, "the same rows", failed);
}

/// PCA projects a sum as it projects rows; t-SNE has no place for it.
#[test]
fn sum_of_rows_has_neighbors_and_a_place() {
    let mut app = app(Projection::default());
    until(&mut app, "PCA", |world| world.resource::<CurrentLayout>().layout.is_some());
    let search = |text: &str| Action::Edit(Edit::Search(Search { text: text.into(), sum: true, ..Search::default() }));
    act(&mut app, search("#7 - #8 + #9"));
    let summed = |world: &World| world.resource::<Neighborhood>().summed.clone();
    until(&mut app, "the neighbors of the sum", |world| summed(world).is_some());
    let Some(Spot::Projected(place)) = summed(app.world()).unwrap().spot else { panic!("PCA has a place for it") };
    let layout = layout(app.world());
    let row = |row: usize| layout.row(row).unwrap();
    let reach = layout.values().iter().fold(0.0_f32, |reach, x| reach.max(x.abs()));
    for (at, x) in place.iter().enumerate() {
        assert!((x - (row(7)[at] - row(8)[at] + row(9)[at])).abs() < 1e-3 * reach, "{at}: {place:?}");
    }
    let found = app.world().resource::<Neighborhood>().found().iter().map(|neighbor| neighbor.row);
    assert!(found.clone().count() > 0 && found.into_iter().all(|row| ![7, 8, 9].contains(&row)));
    act(&mut app, search("nobody - #8"));
    until(&mut app, "the label that is not there", |world| {
        matches!(world.resource::<Neighborhood>().state, NeighborhoodState::Unknown(_) | NeighborhoodState::Failed(_))
    });
    act(&mut app, search("#7 - #8"));
    act(&mut app, Action::Edit(Edit::Project(Method::Umap)));
    until(&mut app, "a place at the nearest row", |world| {
        let nearest = world.resource::<Neighborhood>().found().first().map(|neighbor| neighbor.row);
        nearest.is_some() && summed(world).and_then(|summed| summed.spot) == nearest.map(Spot::Beside)
    });
}

#[test]
fn umap_runs_to_its_end() {
    let umap = UmapConfig { epochs: Some(30), neighbors: Some(6), ..UmapConfig::recommended() };
    let mut app = app(Projection { method: Method::Umap, umap, ..Projection::default() });
    until(&mut app, "the end", |world| steps(world).iteration == 30 && !steps(world).running);
    assert!(layout(app.world()).values().iter().all(|x| x.is_finite()));
}

/// An axis from group a to group b: all of a is left of all of b.
#[test]
fn custom_axis_shows_pca_until_both_ends_have_rows() {
    let side = |text: &str| Side::Search(Search { text: text.into(), ..Search::default() });
    let axes = |right: &str| {
        [CustomAxis::Between { left: side("a"), right: side(right) }, CustomAxis::Component(0), CustomAxis::Off]
    };
    let custom = |right: &str| Projection { method: Method::Custom, axes: axes(right), ..Projection::default() };
    let mut app = app(custom("nothing like it"));
    until(&mut app, "PCA in its place", shows(Method::Pca));
    let current = app.world().resource::<CurrentLayout>();
    assert_eq!(current.ends[..2], [Ok(20), Err("No match".to_owned())]);
    act(&mut app, Action::Edit(Edit::Configure(Box::new(custom("b")))));
    until(&mut app, "the layout", shows(Method::Custom));
    let along = layout(app.world());
    let x = |group: usize| (group..ROWS).step_by(3).map(|row| along.row(row).unwrap()[0]);
    assert!(x(0).fold(f32::MIN, f32::max) < x(1).fold(f32::MAX, f32::min));
    assert!((0..ROWS).all(|row| along.row(row).unwrap()[2] == 0.0));
    // The axes stay while another end is typed, and when the user comes back from another method.
    act(&mut app, Action::Edit(Edit::Configure(Box::new(custom("bx")))));
    (0..20).for_each(|_| app.update());
    assert!(Arc::ptr_eq(&layout(app.world()), &along));
    act(&mut app, Action::Edit(Edit::Project(Method::Pca)));
    until(&mut app, "PCA", shows(Method::Pca));
    act(&mut app, Action::Edit(Edit::Project(Method::Custom)));
    until(&mut app, "the axes again", shows(Method::Custom));
    assert!(Arc::ptr_eq(&layout(app.world()), &along));
}

/// The axes that were shown stay on screen, though others have been typed.
#[test]
fn run_of_another_method_ends_when_custom_axes_without_a_match_are_shown() {
    let end = |text: &str| Side::Search(Search { text: text.into(), ..Search::default() });
    let axes = |right: &str| {
        [CustomAxis::Between { left: end("a"), right: end(right) }, CustomAxis::Component(0), CustomAxis::Off]
    };
    let by = |method, right| Projection { method, axes: axes(right), ..tsne(1_000_000) };
    let mut app = app(by(Method::Custom, "b"));
    until(&mut app, "the axes", shows(Method::Custom));
    act(&mut app, Action::Edit(Edit::Project(Method::Tsne)));
    until(&mut app, "a run", |world| steps(world).running);
    act(&mut app, Action::Edit(Edit::Configure(Box::new(by(Method::Tsne, "bx")))));
    act(&mut app, Action::Edit(Edit::Project(Method::Custom)));
    let computes = |world: &World| world.resource::<Running>().0.iter().any(|job| job.kind == JobKind::Project);
    until(&mut app, "the axes alone", |world| shows(Method::Custom)(world) && !computes(world));
}

/// Both ends are the same rows, so there is no direction between them.
#[test]
fn custom_axis_without_a_direction_shows_pca() {
    let side = || Side::Search(Search { text: "a".into(), ..Search::default() });
    let axes = [CustomAxis::Between { left: side(), right: side() }, CustomAxis::Component(0), CustomAxis::Off];
    let mut app = app(Projection { method: Method::Custom, axes, ..Projection::default() });
    until(&mut app, "PCA in its place", shows(Method::Pca));
    let said: Vec<&str> = app.world().resource::<Toasts>().list().iter().map(|toast| &*toast.text).collect();
    assert!(matches!(&said[..], [text] if text.contains("no direction between them")), "{said:?}");
}

#[test]
fn tag_reports_its_points_and_offers_to_color_by_it() {
    let mut app = app(Projection::default());
    let said = |world: &World| {
        let toast = world.resource::<Toasts>().list().pop().cloned();
        toast.map(|toast| (toast.text, toast.actions.into_iter().next().map(|offer| (offer.caption, offer.action))))
    };
    let tag = |app: &mut App, rows: &[u32], column: &str, value: &str| {
        act(app, Action::Edit(Edit::Select(rows.to_vec().into())));
        act(app, Action::Edit(Edit::Tag { column: column.into(), value: value.into() }));
    };
    tag(&mut app, &[1, 2, 5], "mine", "odd");
    let by = |name: &str| Action::Edit(Edit::ColorBy(Pick::Column(name.into())));
    let offer = Some(("Color by mine".to_owned(), by("mine")));
    until(&mut app, "the offer", |world| said(world) == Some(("3 points tagged.".into(), offer.clone())));
    act(&mut app, by("mine"));
    tag(&mut app, &[1], "mine", "even");
    until(&mut app, "the word", |world| said(world) == Some(("1 point tagged.".into(), None)));
    tag(&mut app, &[1, 2], "mine", "");
    until(&mut app, "the word", |world| said(world) == Some(("Tag cleared from 2 points.".into(), None)));
    let count = app.world().resource::<Toasts>().log().len();
    act(&mut app, Action::History(HistoryAction::Undo));
    let is_there = |world: &World| {
        let embedding = world.resource::<Opened>().embedding.clone().unwrap();
        embedding.metadata.column("mine").unwrap().text(1) == Some("even")
    };
    until(&mut app, "the tag again", is_there);
    assert_eq!(app.world().resource::<Toasts>().log().len(), count, "going back says nothing");
}

/// With the perplexity that the message offers, the run starts automatically.
#[test]
fn perplexity_that_is_too_large_offers_the_largest_possible() {
    let mut projection = tsne(20);
    projection.tsne.perplexity = Some(40.0);
    let mut app = app(projection);
    until(&mut app, "the message", |world| !world.resource::<Toasts>().list().is_empty());
    let offered = app.world().resource::<Toasts>().list()[0].actions.first().cloned().unwrap();
    assert_eq!(offered.caption, "Use a perplexity of 19");
    act(&mut app, offered.action);
    until(&mut app, "the end", |world| steps(world).iteration == 20);
}

#[test]
fn neighbors_that_are_too_many_offer_the_largest_possible() {
    let umap = UmapConfig { epochs: Some(10), neighbors: Some(90), ..UmapConfig::recommended() };
    let mut app = app(Projection { method: Method::Umap, umap, ..Projection::default() });
    until(&mut app, "the message", |world| !world.resource::<Toasts>().list().is_empty());
    let offered = app.world().resource::<Toasts>().list()[0].actions.first().cloned().unwrap();
    assert_eq!(offered.caption, "Use 60 neighbors");
    act(&mut app, offered.action);
    until(&mut app, "the end", |world| steps(world).iteration == 10);
}

/// Reads the files with the readers of `formats`.
#[test]
fn exported_files_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(Projection::default());
    until(&mut app, "PCA", shows(Method::Pca));
    let write = |app: &mut App, what, rows, name: &str| {
        act(app, Action::Job(JobAction::Export(Export { what, rows, path: folder.path().join(name) })));
    };
    write(&mut app, Exported::Labels, ExportedRows::Selected, "none.tsv");
    let said = |world: &World| world.resource::<Toasts>().list().last().map(|toast| toast.text.clone());
    assert_eq!(said(app.world()).unwrap(), "Nothing is selected. Select points first, or export all.");
    act(&mut app, Action::Edit(Edit::Select(vec![2, 5].into())));
    act(&mut app, Action::Edit(Edit::Tag { column: "mine".into(), value: "odd".into() }));
    until(&mut app, "the tag", |world| {
        world.resource::<Opened>().embedding.as_ref().unwrap().metadata.columns().len() == 2
    });
    write(&mut app, Exported::Metadata, ExportedRows::Selected, "metadata.tsv");
    write(&mut app, Exported::Coordinates, ExportedRows::Selected, "coordinates.npy");
    until(&mut app, "the files", |world| {
        said(world).is_some_and(|text| text.starts_with("Saved 2 rows to ") && text.ends_with("coordinates.npy."))
    });
    let text = std::fs::read_to_string(folder.path().join("metadata.tsv")).unwrap();
    assert_eq!(text, "group\tmine\nc\todd\nc\todd\n");
    let source = parallax_formats::open(&folder.path().join("coordinates.npy"), &OpenOptions::default()).unwrap();
    let vectors = source.load(0, 0, &Progress::default()).unwrap().embedding.vectors;
    assert_eq!((vectors.rows(), vectors.dims()), (2, 3));
    assert_eq!(vectors.row(1, &mut Vec::new()), &layout(app.world()).row(5).unwrap()[..3]);
}

fn naming(shown: bool) -> Naming {
    Naming { shown, min_size: Some(8), min_samples: Some(3), ..Naming::default() }
}

/// Names come once they are asked for, follow what is chosen about them, and a name that was given
/// stays with its rows.
#[test]
fn clusters_are_found_and_named_when_they_are_shown() {
    let mut app = app(Projection::default());
    until(&mut app, "a layout", |world| world.resource::<CurrentLayout>().layout.is_some());
    (0..20).for_each(|_| app.update());
    assert!(app.world().resource::<ClusterNames>().found.is_none(), "nobody asked");
    act(&mut app, Action::Edit(Edit::SetNaming(naming(true))));
    let found = |world: &World| {
        let names = world.resource::<ClusterNames>().of(world.resource::<Opened>())?.clone();
        let rows = (0..names.clusters().len()).map(|part| (names.names[part].clone(), names.rows(part))).collect();
        Some::<Vec<(String, RowSet)>>(rows)
    };
    until(&mut app, "names", |world| found(world).is_some());
    let groups = found(app.world()).unwrap();
    let mut names: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c"]);
    let rows = groups.iter().find(|(name, _)| name == "b").unwrap().1.clone();
    act(&mut app, Action::Edit(Edit::NameCluster { rows: rows.clone(), name: Some("mine".into()) }));
    let is_mine = |world: &World| found(world).is_some_and(|all| all.contains(&("mine".to_owned(), rows.clone())));
    until(&mut app, "the given name", is_mine);
    act(&mut app, Action::History(HistoryAction::Undo));
    until(&mut app, "the name before", |world| !is_mine(world));
}

/// It may be asked for before there are clusters. It is that of the layouts of the next two seeds.
#[test]
fn stability_of_clusters_is_measured_when_it_is_asked_for() {
    let mut app = app(tsne(120));
    act(&mut app, Action::Edit(Edit::SetNaming(naming(true))));
    act(&mut app, Action::Job(JobAction::MeasureStability(3)));
    let found = |world: &World| {
        let names = world.resource::<ClusterNames>().of(world.resource::<Opened>())?;
        Some((names.levels.clone(), world.resource::<ClusterStability>().of(names)?.clone()))
    };
    until(&mut app, "the stability", |world| found(world).is_some());
    let (levels, measured) = found(app.world()).unwrap();
    let clusters = levels.clusters();
    assert!(clusters.len() > 1 && measured.layouts() == 2);
    let embedding = app.world().resource::<Opened>().embedding.clone().unwrap();
    let space = Space::new(embedding.vectors.clone(), embedding.non_finite.clone());
    let mut expected = Stability::new(clusters);
    for seed in [1, 2] {
        let projection = Projection { seed: tsne(120).seed + seed, ..tsne(120) };
        let recipe = projection.recipe(&embedding.metadata, None).unwrap();
        let layout = project(&recipe, &space, &Progress::default()).unwrap().layout;
        let settings = ClusterSettings { min_size: Some(8), min_samples: Some(3) };
        expected.compare(clusters, &cluster(layout.view(), &settings, &Progress::default()).unwrap());
    }
    assert_eq!(measured, expected);
    act(&mut app, Action::Edit(Edit::SetNaming(Naming { min_size: Some(9), ..naming(true) })));
    until(&mut app, "other clusters", |world| found(world).is_none());
    // Runs that are perturbed are not those of other seeds.
    let said = |world: &World| world.resource::<Toasts>().list().last().map(|toast| toast.text.clone());
    act(&mut app, Action::Job(JobAction::Steer(Steer::Perturb)));
    until(&mut app, "the end", |world| {
        world.resource::<CurrentLayout>().past == Past::Perturbed && !steps(world).running
    });
    act(&mut app, Action::Job(JobAction::MeasureStability(3)));
    until(&mut app, "the refusal", |world| said(world).is_some_and(|text| text.contains("the layout was perturbed")));
    act(&mut app, Action::Edit(Edit::Project(Method::Pca)));
    until(&mut app, "PCA", shows(Method::Pca));
    act(&mut app, Action::Job(JobAction::MeasureStability(3)));
    until(&mut app, "the reason", |world| said(world).is_some_and(|text| text.contains("same layout for every seed")));
}

/// Twenty rows with names, and a copy in another order that is turned, mirrored, moved, and twice as
/// large, without the last two rows. Returns an app that shows the first, and the second.
fn named_pair(projection: Projection, folder: &std::path::Path) -> (App, Compared) {
    let value = |row: usize, dim: usize| ((row * row * 31 + dim * 17 + row * dim * 7) % 23) as f32 - 11.0;
    let rows: Vec<[f32; 3]> = (0..20).map(|row| [0, 1, 2].map(|dim| value(row, dim))).collect();
    let vectors = Vectors::from_f32(20, 3, rows.concat()).unwrap();
    let mut embedding = Embedding::new("first", vectors, &Progress::default()).unwrap();
    let mut column = ColumnBuilder::new("name");
    (0..20).for_each(|row| column.push(Some(&format!("row {row}"))));
    embedding.metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
    let order: Vec<usize> = (0..20).map(|at| at * 7 % 20).filter(|&row| row < 18).collect();
    let turned = |row: usize| {
        let [x, y, z] = rows[row];
        format!("{}\t{}\t{}\n", 2.0 * y + 5.0, 2.0 * x, 7.0 - 2.0 * z)
    };
    let (path, names) = (folder.join("second.tsv"), folder.join("names.tsv"));
    std::fs::write(&path, order.iter().map(|&row| turned(row)).collect::<String>()).unwrap();
    let of_names: Vec<String> = order.iter().map(|row| format!("row {row}")).collect();
    std::fs::write(&names, of_names.join("\n")).unwrap();
    let options = OpenOptions { metadata: Some(names), ..OpenOptions::default() };
    let compared = Compared::with(Origin::Path { path, options }, None, None);
    let mut app = app(projection);
    app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    (app, compared)
}

fn compare(app: &mut App, compared: &Compared) {
    act(app, Action::Edit(Edit::CompareWith(Some(Box::new(compared.clone())))));
}

fn is_placed(world: &World) -> bool {
    let state = &world.resource::<CurrentCompared>().state;
    state.as_ref().is_some_and(|state| state.placed.is_some() && state.likeness.is_some())
}

#[test]
fn turned_copy_is_matched_by_its_names_and_lies_on_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (mut app, second) = named_pair(Projection::default(), folder.path());
    until(&mut app, "the layout", shows(Method::Pca));
    compare(&mut app, &second);
    until(&mut app, "the comparison", is_placed);
    let compared = app.world().resource::<CurrentCompared>();
    let state = compared.state.as_ref().unwrap();
    let matched = state.matched.as_ref().unwrap().as_ref().unwrap();
    let alone = matched.alone.each_ref().map(|alone| (alone.rows.len(), alone.names.len()));
    assert_eq!((matched.pairs, alone, matched.rows), (18, [(2, 2), (0, 0)], [20, 18]));
    assert!(matched.how.starts_with("by their labels"), "{}", matched.how);
    let placed = state.placed.as_ref().unwrap().as_ref().unwrap();
    assert!(placed.in_vectors && placed.residual.unwrap() < 1e-9 && placed.rows == 18, "{placed:?}");
    let likeness = state.likeness.as_ref().unwrap().as_ref().unwrap();
    assert!((likeness.found.cka.unwrap() - 1.0).abs() < 1e-6);
    assert!(compared.moved[..18].iter().all(|moved| *moved < 1e-3) && compared.moved[18].is_nan());
    assert!(compared.shared[..18].iter().all(|shared| shared.is_finite()) && compared.shared[19].is_nan());
    let (first, second_places) = (layout(app.world()), compared.layout.clone().unwrap());
    for row in 0..20 {
        let [at, expected] = [&second_places, &first].map(|layout| layout.row(row).unwrap()[..2].to_vec());
        let is_there = at.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-3);
        assert_eq!(is_there, row < 18, "{row}: {at:?} {expected:?}");
    }
    // Rows that are isolated are laid out by themselves, in both.
    act(&mut app, Action::Edit(Edit::Isolate((4..12).collect())));
    let isolated = |world: &World| {
        let state = world.resource::<CurrentCompared>().state.as_ref();
        state.and_then(|state| state.placed.as_ref()?.as_ref().ok()).is_some_and(|placed| placed.rows == 8)
    };
    until(&mut app, "the isolated rows", isolated);
    // What was laid out before comes back as it was, without being computed again, as that of the first does.
    let places = |world: &World| world.resource::<CurrentCompared>().layout.clone().unwrap();
    let of_isolated = places(app.world());
    for (way, expected) in [(HistoryAction::Undo, &second_places), (HistoryAction::Redo, &of_isolated)] {
        act(&mut app, Action::History(way));
        until(&mut app, "the layout before", |world| Arc::ptr_eq(&places(world), expected));
    }
    assert!(isolated(app.world()));
    // The nearest of a row, by the numbers of the first.
    act(&mut app, Action::Edit(Edit::Select(vec![5].into())));
    let nearest = |world: &World| world.resource::<CurrentCompared>().state.as_ref()?.nearest.clone();
    until(&mut app, "the nearest", |world| nearest(world).is_some());
    let found = nearest(app.world()).unwrap();
    assert!(found.of == 5 && found.found[0].as_ref().is_ok_and(|found| found.len() == 15 && !found.contains(&19)));
    act(&mut app, Action::Edit(Edit::Select(vec![19].into())));
    until(&mut app, "that there are none", |world| nearest(world).is_some_and(|nearest| nearest.of == 19));
    assert!(nearest(app.world()).unwrap().found.iter().all(Result::is_err));
    act(&mut app, Action::History(HistoryAction::Undo));
    (0..4).for_each(|_| act(&mut app, Action::History(HistoryAction::Undo)));
    app.update();
    let compared = app.world().resource::<CurrentCompared>();
    assert!(compared.state.is_none() && compared.layout.is_none() && compared.shared.is_empty());
}

/// The axes of t-SNE mean nothing, so the second is brought onto the first through its layout.
#[test]
fn second_layout_of_a_method_without_axes_is_aligned() {
    let folder = tempfile::tempdir().unwrap();
    let (mut app, second) = named_pair(tsne(60), folder.path());
    let is_done = |world: &World| steps(world).iteration == 60 && !steps(world).running;
    until(&mut app, "the layout", is_done);
    compare(&mut app, &second);
    until(&mut app, "the comparison", is_placed);
    let placed = |app: &App| {
        let state = app.world().resource::<CurrentCompared>().state.clone().unwrap();
        state.placed.unwrap().unwrap()
    };
    let scaled = placed(&app);
    assert!(!scaled.in_vectors && scaled.residual.is_some_and(|left| (0.0..=1.0).contains(&left)), "{scaled:?}");
    let of = |world: &World| world.resource::<CurrentCompared>().layout.clone();
    let before = of(app.world()).unwrap();
    compare(&mut app, &Compared { align: Alignment::Nothing, ..second });
    until(&mut app, "another alignment", |world| of(world).is_some_and(|layout| !Arc::ptr_eq(&layout, &before)));
    // As far as what was not brought onto the first lies from it, by the definition.
    let (first, found) = (layout(app.world()), of(app.world()).unwrap());
    let mut pairs: Vec<[[f64; 3]; 2]> = Vec::new();
    for row in 0..18 {
        pairs.push([&first, &found].map(|layout| [0, 1, 2].map(|axis| f64::from(layout.row(row).unwrap()[axis]))));
    }
    let spread = |side: usize| {
        let mean = [0, 1, 2].map(|axis| pairs.iter().map(|pair| pair[side][axis]).sum::<f64>() / 18.0);
        pairs.iter().flat_map(|pair| (0..3).map(|axis| (pair[side][axis] - mean[axis]).powi(2))).sum::<f64>()
    };
    let apart: f64 = pairs.iter().flat_map(|[a, b]| (0..3).map(|axis| (a[axis] - b[axis]).powi(2))).sum();
    let (expected, residual) = (apart / spread(0).max(spread(1)), placed(&app).residual.unwrap());
    assert!((residual - expected).abs() < 1e-6 * expected, "{residual} {expected}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (mut app, second) = named_pair(Projection::default(), folder.path());
    until(&mut app, "the layout", shows(Method::Pca));
    let why = |world: &World| {
        let state = world.resource::<CurrentCompared>().state.as_ref()?;
        state.matched.as_ref()?.as_ref().err().cloned()
    };
    let mut check = |compared: Compared, expected: &str| {
        compare(&mut app, &compared);
        until(&mut app, expected, |world| why(world).is_some_and(|why| why.contains(expected)));
    };
    let columns = |column: &str| MatchBy::Columns { key: "name".into(), column: column.into() };
    check(Compared { matched: columns("word"), ..second.clone() }, "no column \"word\" in second.tsv");
    let missing = Origin::Path { path: folder.path().join("missing.npy"), options: OpenOptions::default() };
    check(Compared::with(missing, None, None), "missing.npy");
    let path = folder.path().join("few.tsv");
    std::fs::write(&path, "1\t2\n3\t4\n5\t7\n").unwrap();
    let few = Compared::with(Origin::Path { path, options: OpenOptions::default() }, None, None);
    check(few.clone(), "20 rows here and 3 in few.tsv");
    // By their order, three rows have partners, in a plane.
    compare(&mut app, &Compared { matched: MatchBy::Order, ..few });
    until(&mut app, "the comparison", is_placed);
    let compared = app.world().resource::<CurrentCompared>();
    let placed = compared.state.as_ref().unwrap().placed.clone().unwrap().unwrap();
    assert!(!placed.in_vectors && placed.rows == 3, "{placed:?}");
    assert!(compared.moved[0].is_finite() && compared.moved[3].is_nan(), "in the layout, as the dimensions differ");
}
