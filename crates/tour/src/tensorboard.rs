//! Bookmarks of the Embedding Projector, converted to ours and back.
//!
//! Its rows are those of the filtered data; ours are those of all data. Rows that it shows alone
//! are isolated here, and every layout that it kept is converted. It does not keep which data a
//! bookmark is of, nor the neighbors, the search, or the theme; it has no identity projection and
//! no third custom axis.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use parallax_embedding::RowSet;
use parallax_formats::{
    FormatError, Problem,
    tensorboard::bookmarks::{self, Extra, Projections, State},
};
use parallax_projection::Layout;

use super::{
    Bookmark, KeptLayout, ReadTour, Subject, Tour,
    packed::{Budget, Fault},
    world::World,
};
use parallax_session::{
    ColorScale, CustomAxis, Dims, Method, Origin, Pick, Projection, ScaleKind, Search, Side, Steps, TsneConfig,
    UmapConfig, View, plural,
};

/// The projector's name for no column.
const NO_COLOR: &str = "No color map";
const PCA: [&str; 10] = ["pca-0", "pca-1", "pca-2", "pca-3", "pca-4", "pca-5", "pca-6", "pca-7", "pca-8", "pca-9"];
const TSNE: [&str; 3] = ["tsne-0", "tsne-1", "tsne-2"];
const UMAP: [&str; 3] = ["umap-0", "umap-1", "umap-2"];
const CUSTOM: [&str; 2] = ["linear-x", "linear-y"];
/// The projector's methods, whose names are ours, and the names of their coordinates.
const THEIRS: [(Method, &[&str]); 4] =
    [(Method::Pca, &PCA), (Method::Tsne, &TSNE), (Method::Umap, &UMAP), (Method::Custom, &CUSTOM)];

/// Reads the bookmarks in `bytes`, the content of the file at `path`.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<ReadTour, FormatError> {
    let (states, mut problems) = bookmarks::parse(bytes, path)?;
    let budget = Budget::of(bytes.len());
    let mut tour = Tour { seconds: Tour::SECONDS, ..Tour::default() };
    for (number, state) in states {
        let name = state.label.clone().unwrap_or_else(|| format!("State {}", number - 1));
        let at = format!("bookmark {number} {name:?}");
        match bookmark(name, &state, &budget) {
            Ok((bookmark, note)) => {
                problems.extend(note.map(|note| Problem::warning(path, note).at(at)));
                tour.bookmarks.push(bookmark);
            }
            Err(fault) => problems.push(Problem::error(path, format!("it is left out: {fault}")).at(at)),
        }
    }
    Ok(ReadTour { tour, problems })
}

fn bookmark(name: String, state: &State, budget: &Budget) -> Result<(Bookmark, Option<String>), Fault> {
    let place = Rows::of(state)?;
    let projection = projection(state)?;
    let layouts = layouts(state, &projection, &place, budget)?;
    let selected = state.selected_points.iter().flatten();
    let selection =
        selected.map(|&at| place.row(at).ok_or_else(|| format!("it selects point {at} of {}", place.shown)));
    let view = View {
        origin: Origin::Kept,
        selection: selection.collect::<Result<RowSet, Fault>>()?,
        isolation: place.alone.clone().into_iter().collect(),
        color_by: color(state),
        scale: ColorScale {
            kind: (state.force_categorical_coloring == Some(true)).then_some(ScaleKind::Categories),
            ..ColorScale::default()
        },
        label_by: state.selected_label_option.clone().map_or(Pick::Auto, Pick::Column),
        projection,
        ..View::default()
    };
    let extra = state.parallax.clone().unwrap_or_default();
    let subject = Subject {
        embedding: extra.embedding,
        rows: place.all,
        dims: state.data_set_dimensions.map_or(0, |[_, dims]| dims),
        fingerprint: extra.fingerprint.and_then(|digits| u64::from_str_radix(&digits, 16).ok()),
        labels: None,
    };
    let subject = Arc::new(subject);
    let mut bookmark = Bookmark { name, note: extra.note, seconds: None, subject, view, layouts, thumbnail: None };
    let seen = bookmark.seen().cloned();
    let camera = state.camera_def.as_ref();
    bookmark.view.pose =
        seen.as_ref().zip(camera).and_then(|(kept, camera)| World::of(kept, &bookmark.view).pose(camera));
    let method = bookmark.view.projection.method;
    let note = seen.is_none().then(|| format!("it shows {method}, of which it keeps no coordinates"));
    Ok((bookmark, note))
}

/// Which of all rows are the rows of a state.
struct Rows {
    /// The number of all rows.
    all: usize,
    /// The number of rows of the state.
    shown: usize,
    /// The rows in the order of the state, unless it has all of them.
    filtered: Option<Vec<u32>>,
    alone: Option<RowSet>,
}

impl Rows {
    fn of(state: &State) -> Result<Self, Fault> {
        let shown = state.projections.rows();
        let said = state.data_set_dimensions.map(|[rows, _]| rows);
        let Some(filtered) = state.filtered_points.clone().filter(|filtered| !filtered.is_empty()) else {
            let rows = said.unwrap_or(shown);
            if rows != shown && shown > 0 {
                return Err(format!("it has coordinates for {shown} of {rows} points"));
            }
            return Ok(Self { all: shown, shown, filtered: None, alone: None });
        };
        if filtered.len() != shown && shown > 0 {
            return Err(format!("it has coordinates for {} and shows {}", plural(shown, "point"), filtered.len()));
        }
        let least = filtered.iter().max().map_or(0, |last| *last as usize + 1);
        // The projector stores how many rows it shows; only our files store how many there are.
        let rows = said.filter(|rows| *rows > filtered.len() || *rows >= least).unwrap_or(least);
        if rows < least {
            return Err(format!("it shows row {} of {}", least - 1, plural(rows, "row")));
        }
        let alone = RowSet::from(filtered.clone());
        if alone.len() < filtered.len() {
            return Err("it shows a row twice".to_owned());
        }
        Ok(Self { all: rows, shown: filtered.len(), filtered: Some(filtered), alone: Some(alone) })
    }

    /// Returns the row at this index of the state.
    fn row(&self, at: u32) -> Option<u32> {
        match &self.filtered {
            Some(filtered) => filtered.get(at as usize).copied(),
            None => ((at as usize) < self.shown).then_some(at),
        }
    }
}

fn dims_of(is_3d: bool) -> Dims {
    if is_3d { Dims::Three } else { Dims::Two }
}

fn projection(state: &State) -> Result<Projection, Fault> {
    let plain = Projection::default();
    let components = state.pca_component_dimensions.clone().unwrap_or_default();
    let name = state.selected_projection.as_deref().unwrap_or("pca");
    let method = THEIRS.iter().map(|(method, _)| *method).find(|method| method.name() == name);
    let method = method.ok_or_else(|| format!("it is of a projection that is not known, {name:?}"))?;
    let dims = match method {
        Method::Tsne => dims_of(state.tsne_is_3d.unwrap_or(true)),
        Method::Umap => dims_of(state.umap_is_3d.unwrap_or(true)),
        Method::Custom => Dims::Two,
        _ => dims_of(components.len() != 2),
    };
    let column = state.custom_selected_search_by_metadata_option.clone();
    let side = |text: &Option<String>, regex: Option<bool>| {
        let text = text.clone().unwrap_or_default();
        Side::Search(Search { text, regex: regex.unwrap_or(false), column: column.clone(), ..Search::default() })
    };
    let x = CustomAxis::Between {
        left: side(&state.custom_x_left_text, state.custom_x_left_regex),
        right: side(&state.custom_x_right_text, state.custom_x_right_regex),
    };
    let y = CustomAxis::Between {
        left: side(&state.custom_y_down_text, state.custom_y_down_regex),
        right: side(&state.custom_y_up_text, state.custom_y_up_regex),
    };
    let rate = state.tsne_learning_rate.map(|power| 10_f64.powf(power) as f32).filter(|rate| rate.is_finite());
    Ok(Projection {
        method,
        dims,
        components: std::array::from_fn(|axis| components.get(axis).copied().unwrap_or(axis)),
        tsne: TsneConfig {
            perplexity: state.tsne_perplexity.map(|perplexity| perplexity as f32),
            learning_rate: rate.or(plain.tsne.learning_rate),
            ..plain.tsne
        },
        umap: UmapConfig {
            neighbors: state.umap_neighbors.map(|neighbors| neighbors as usize),
            min_dist: state.umap_min_dist.unwrap_or(plain.umap.min_dist),
            ..plain.umap
        },
        axes: [x, y, CustomAxis::Off],
        ..plain
    })
}

fn color(state: &State) -> Pick {
    match state.selected_color_option_name.as_deref() {
        None | Some(NO_COLOR) => Pick::Nothing,
        Some(column) => Pick::Column(column.to_owned()),
    }
}

fn layouts(
    state: &State,
    projection: &Projection,
    place: &Rows,
    budget: &Budget,
) -> Result<Vec<Arc<KeptLayout>>, Fault> {
    let all = [
        (Method::Pca, if projection.method == Method::Pca { projection.dims } else { Dims::Three }, &PCA[..]),
        (Method::Tsne, dims_of(state.tsne_is_3d.unwrap_or(true)), &TSNE),
        (Method::Umap, dims_of(state.umap_is_3d.unwrap_or(true)), &UMAP),
        (Method::Custom, Dims::Two, &CUSTOM),
    ];
    let mut layouts = Vec::new();
    for (method, dims, keys) in all {
        let most = if method == Method::Pca { keys.len() } else { dims.count() };
        let columns: Vec<&[f32]> = keys[..most].iter().map_while(|key| state.projections.column(key)).collect();
        if columns.len() < 2 {
            continue;
        }
        let dims = if columns.len() == 2 { Dims::Two } else { dims };
        let layout = Arc::new(layout(&columns, place, budget)?);
        let steps = (method == Method::Tsne).then(|| {
            let iteration = state.tsne_iteration.unwrap_or(0.0) as usize;
            Steps { iteration, iterations: iteration, ..Steps::default() }
        });
        layouts.push(Arc::new(KeptLayout {
            method,
            dims,
            rows: place.alone.clone(),
            of_more: false,
            projection: Arc::new(Projection { method, dims, ..projection.clone() }),
            layout,
            explained_variance: Arc::default(),
            steps,
        }));
    }
    Ok(layouts)
}

fn layout(columns: &[&[f32]], place: &Rows, budget: &Budget) -> Result<Layout, Fault> {
    let dims = columns.len();
    budget.take(place.all.saturating_mul(dims), size_of::<f32>())?;
    let mut layout = Layout::unplaced(place.all, dims);
    let mut places = layout.view_mut();
    for (at, column) in columns.iter().enumerate() {
        for (point, value) in (0..).zip(*column) {
            let row = place.row(point).ok_or("it has coordinates of more points than it shows")?;
            places[[row as usize, at]] = *value;
        }
    }
    Ok(layout)
}

/// Returns the bookmarks in the projector's form, and what it cannot hold.
pub(super) fn write(bookmarks: &[&Bookmark], path: &Path) -> Result<(Vec<u8>, Vec<Problem>), FormatError> {
    let mut problems = Vec::new();
    let states: Vec<State> = (1..)
        .zip(bookmarks)
        .map(|(number, bookmark)| {
            let (state, lost) = state(bookmark);
            let at = format!("bookmark {number} {:?}", bookmark.name);
            problems.extend(lost.into_iter().map(|lost| Problem::warning(path, lost).at(at.clone())));
            state
        })
        .collect();
    let json = bookmarks::to_json(&states);
    let json = json.map_err(|error| Problem::error(path, format!("the bookmarks cannot be written: {error}")))?;
    Ok((json, problems))
}

fn state(bookmark: &Bookmark) -> (State, Vec<String>) {
    let mut lost = Vec::new();
    let Bookmark { view, subject, .. } = bookmark;
    let rows = view.isolated().map_or_else(|| RowSet::all(subject.rows), |rows| rows.below(subject.rows));
    let projections = projections(bookmark, &rows, &mut lost);
    let positions = rows.as_slice();
    let selected = view.selection.iter().filter_map(|row| positions.binary_search(&row).ok());
    let selected: Vec<u32> = selected.map(|at| at as u32).collect();
    if selected.len() < view.selection.len() {
        lost.push("selected rows that are not shown are no longer selected".to_owned());
    }
    let tagged: BTreeSet<&str> = view.tags.iter().map(|tag| &*tag.column).collect();
    if !tagged.is_empty() {
        let colors = matches!(&view.color_by, Pick::Column(column) if tagged.contains(&**column));
        let and = if colors { ", and what they color" } else { "" };
        let columns: Vec<String> = tagged.iter().map(|column| format!("{column:?}")).collect();
        let column = if columns.len() == 1 { "column" } else { "columns" };
        lost.push(format!("its tags are left out ({column} {}){and}", columns.join(", ")));
    }
    if !view.filter.is_empty() {
        lost.push("its filter is left out: the projector shows what it hides".to_owned());
    }
    let world = bookmark.seen().map(|kept| World::of(kept, view));
    // If the number of rows is not known, write what the projector itself would.
    let is_known =
        subject.fingerprint.is_some() || rows.as_slice().last().is_none_or(|last| *last as usize + 1 != subject.rows);
    let count = if view.isolated().is_some() && !is_known { rows.len() } else { subject.rows };
    let mut state = State {
        label: Some(bookmark.name.clone()),
        is_selected: Some(false),
        projections,
        selected_points: Some(selected),
        data_set_dimensions: Some([count, subject.dims]),
        filtered_points: view.isolated().is_some().then(|| positions.to_vec()),
        camera_def: world.map(|world| world.camera(view)),
        selected_color_option_name: Some(match &view.color_by {
            Pick::Column(column) => column.clone(),
            _ => NO_COLOR.to_owned(),
        }),
        force_categorical_coloring: Some(view.scale.kind == Some(ScaleKind::Categories)),
        parallax: Some(Extra {
            note: bookmark.note.clone(),
            embedding: subject.embedding.clone(),
            fingerprint: subject.fingerprint.map(|fingerprint| format!("{fingerprint:x}")),
        }),
        ..State::default()
    };
    state.selected_label_option = match &view.label_by {
        Pick::Column(column) => Some(column.clone()),
        _ => subject.labels.as_ref().map(|labels| labels.name().to_owned()),
    };
    settings(bookmark, &mut state, &mut lost);
    (state, lost)
}

fn settings(bookmark: &Bookmark, state: &mut State, lost: &mut Vec<String>) {
    let projection = &bookmark.view.projection;
    let of = |method: Method| bookmark.layouts.iter().find(|kept| kept.method == method);
    let is_3d = |method: Method| {
        let kept = of(method).map(|kept| kept.dims);
        let own = (projection.method == method).then_some(projection.dims);
        own.or(kept).unwrap_or(Dims::Three) == Dims::Three
    };
    let steps = of(Method::Tsne).and_then(|kept| kept.steps.as_ref());
    let points = bookmark.subject.rows;
    state.tsne_iteration = Some(steps.map_or(0.0, |steps| steps.iteration as f64));
    state.tsne_perplexity = Some(f64::from(projection.tsne.perplexity_for(points)).clamp(2.0, 100.0));
    let rate = projection.tsne.learning_rate.map_or(1.0, |rate| f64::from(rate).log10());
    state.tsne_learning_rate = Some(rate.clamp(-3.0, 2.0));
    state.tsne_is_3d = Some(is_3d(Method::Tsne));
    state.umap_is_3d = Some(is_3d(Method::Umap));
    state.umap_neighbors = Some(projection.umap.neighbors_for(points).clamp(5, 50) as f64);
    state.umap_min_dist = Some(projection.umap.min_dist.clamp(0.0, 0.99));
    // What the projector does not know looks most like PCA.
    let method = if is_theirs(projection.method) { projection.method } else { Method::Pca };
    let is_flat = method == Method::Pca && projection.dims == Dims::Two;
    state.pca_component_dimensions = Some(projection.components[..if is_flat { 2 } else { 3 }].to_vec());
    state.selected_projection = Some(method.name().to_owned());
    let [x, y, _] = &projection.axes;
    let [left, right] = ends(x, projection.method, lost);
    let [down, up] = ends(y, projection.method, lost);
    let column = [&left, &right, &down, &up].into_iter().find_map(|search| search.column.clone());
    state.custom_selected_search_by_metadata_option = column.or_else(|| state.selected_label_option.clone());
    (state.custom_x_left_text, state.custom_x_left_regex) = (Some(left.text), Some(left.regex));
    (state.custom_x_right_text, state.custom_x_right_regex) = (Some(right.text), Some(right.regex));
    (state.custom_y_down_text, state.custom_y_down_regex) = (Some(down.text), Some(down.regex));
    (state.custom_y_up_text, state.custom_y_up_regex) = (Some(up.text), Some(up.regex));
}

fn is_theirs(method: Method) -> bool {
    THEIRS.iter().any(|(theirs, _)| *theirs == method)
}

/// Returns the searches at both ends of an axis.
fn ends(axis: &CustomAxis, method: Method, lost: &mut Vec<String>) -> [Search; 2] {
    let mut end = |side: &Side| match side {
        Side::Search(search) => search.clone(),
        Side::Rows(_) => {
            if method == Method::Custom {
                lost.push("an end of an axis is rows that were chosen, not a text: it is left empty".to_owned());
            }
            Search::default()
        }
    };
    match axis {
        CustomAxis::Between { left, right } => [end(left), end(right)],
        _ => [Search::default(), Search::default()],
    }
}

/// Returns the coordinates of `rows` in every layout that the projector has an equivalent for.
fn projections(bookmark: &Bookmark, rows: &RowSet, lost: &mut Vec<String>) -> Projections {
    let mut projections = Projections::of_rows(rows.len());
    let seen = bookmark.seen();
    if seen.is_none() {
        lost.push("it has no coordinates, without which the projector does not show it".to_owned());
    }
    let shown = bookmark.view.projection.method;
    let is_other = !is_theirs(shown);
    for (method, keys) in THEIRS {
        // The shown layout comes before the others; one that the projector does not know takes the
        // place of PCA's.
        let of = |kept: &&Arc<KeptLayout>| kept.method == method;
        let kept = match seen {
            Some(seen) if is_other && method == Method::Pca => Some(seen),
            Some(seen) if seen.method == method => Some(seen),
            _ => bookmark.layouts.iter().find(of),
        };
        let Some(kept) = kept else { continue };
        for (at, key) in keys.iter().enumerate().take(kept.layout.dims()) {
            let value = |row: u32| kept.layout.row(row as usize).map_or(f32::NAN, |place| place[at]);
            projections.set(key, rows.iter().map(value).collect());
        }
        if method == Method::Custom && kept.layout.dims() > 2 {
            lost.push("the projector's own axes are two: the third is left out".to_owned());
        }
    }
    if is_other {
        lost.push(format!("the projector does not have the projection {shown}: it calls it PCA"));
    }
    projections
}
