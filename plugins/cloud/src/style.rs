//! Colors and flags follow the view.
//!
//! Those of many points are made in a task, and take the place of the old ones in one step, together
//! with the legend. What changes meanwhile is taken up after that, so that pictures keep coming while
//! a range is dragged.

use std::sync::Arc;

use bevy::{ecs::system::SystemParam, prelude::*, render::renderer::RenderDevice};
use parallax_embedding::{Column, ColumnKind, Embedding, RowSet};
use parallax_projection::Layout;
use parallax_session::{
    ColorScale, Legend, LegendEntry, LegendValue, Movement, MovementOf, Pick, Ramp, Rgb, ScaleKind, Theme, View,
    error_place,
};
use parallax_state::{
    CurrentCompared, CurrentLayout, CurrentMovement, CurrentView, FrameSystems, LayoutQuality, MANY, Matches,
    Neighborhood, Opened, Pending, Seen, Shown, Wake,
};
use rayon::prelude::*;

use crate::{
    Cloud, CloudRevisions, Style,
    columns::{Device, Made},
    optics::Rings,
    order::{PointSystems, StyleSystems},
    palette,
    places::is_whole,
    points::{Making, tell},
    thinning::Thinning,
};

/// The legend of the current colors.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct CurrentLegend(pub Legend);

/// The colors of the stage, for the renderer.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct StagePalette {
    /// The middle and the edge of the background.
    pub stage: [Rgb; 2],
    /// The color of rings and of the outline around selected points.
    pub selection: Rgb,
    /// How far unrelated points fade into the stage.
    pub step_back: f32,
    /// How far the farthest points fade into the stage. 0 if a ramp or a square colors the points,
    /// because their color represents a number.
    pub depth_fade: f32,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CurrentLegend>()
        .init_resource::<Related>()
        .init_resource::<Rings>()
        .init_resource::<Styling>()
        .insert_resource(StagePalette::of(Theme::default()))
        .add_systems(Update, style_points.in_set(FrameSystems::Follow).in_set(StyleSystems).after(PointSystems));
}

impl StagePalette {
    fn of(theme: Theme) -> Self {
        Self {
            stage: palette::stage(theme),
            selection: palette::selection(theme),
            step_back: palette::step_back(theme),
            depth_fade: palette::depth_fade(theme),
        }
    }
}

/// What colors depend on.
type ColorKey = (u64, u64, Pick, ColorScale, Theme, u64);

/// What the colors and flags were last made from, and what is being made.
#[derive(Resource, Default)]
struct Styling {
    colored: Seen<ColorKey>,
    flagged: Seen<[u64; 3]>,
    related: Related,
    layout: Option<Arc<Layout>>,
    coloring: Option<Arc<Coloring>>,
    pending: Pending<Styled>,
}

/// Colors and flags that are ready to be shown.
struct Styled {
    /// The [`Opened::rows_epoch`] of the rows.
    epoch: u64,
    coloring: Arc<Coloring>,
    /// The theme, if the colors are others than before.
    recolored: Option<Theme>,
    related: Related,
    /// Color and flags of each row.
    styles: Arc<[Style]>,
    /// The same in the order of drawing. The renderer makes those of few points.
    made: Option<Made>,
}

/// What the flags of all rows depend on.
struct Flagging {
    related: Related,
    shown: Option<RowSet>,
    placed: WithPlace,
    levels: Arc<[u8]>,
}

/// Which rows have a place.
enum WithPlace {
    All,
    /// Those that have all coordinates of a layout.
    In(Arc<Layout>),
    /// None, before there is a layout.
    No,
}

impl WithPlace {
    fn of(layout: Option<&Arc<Layout>>, is_whole: bool) -> Self {
        layout.map_or(Self::No, |layout| if is_whole { Self::All } else { Self::In(layout.clone()) })
    }

    fn has(&self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::In(layout) => layout.row(row).is_some_and(is_whole),
            Self::No => false,
        }
    }
}

/// What shows colors and flags.
#[derive(SystemParam)]
struct Showing<'w> {
    palette: ResMut<'w, StagePalette>,
    legend: ResMut<'w, CurrentLegend>,
    related: ResMut<'w, Related>,
    rings: ResMut<'w, Rings>,
    cloud: ResMut<'w, Cloud>,
    revisions: ResMut<'w, CloudRevisions>,
}

/// Gives all points new colors and flags: when the column, its scale, the theme or the embedding
/// changes, or the selection, neighbors, matches or the layout.
fn style_points(
    (view, opened, layout): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (quality, compared, movement): (Res<LayoutQuality>, Res<CurrentCompared>, Res<CurrentMovement>),
    (neighborhood, matches, shown, thinning): (Res<Neighborhood>, Res<Matches>, Res<Shown>, Res<Thinning>),
    mut styling: ResMut<Styling>,
    mut showing: Showing,
    (device, wake): (Option<Res<RenderDevice>>, Res<Wake>),
) {
    let styling = &mut *styling;
    showing.take(styling, opened.rows_epoch);
    if !styling.pending.is_busy() {
        let measured = match &view.color_by {
            pick if pick.is_of_layout() => quality.revision,
            pick if pick.is_of_second() => compared.measured,
            pick if pick.is_of_steps() => movement.revision,
            _ => 0,
        };
        let (scale, theme) = (view.scale, view.theme);
        let key = (opened.rows_epoch, opened.metadata_revision, view.color_by.clone(), scale, theme, measured);
        let is_recolored = styling.colored.changed(key);
        let Some(embedding) = opened.embedding.clone() else {
            if is_recolored {
                *showing.palette = StagePalette::of(theme);
            }
            showing.related.set_if_neq(Related::default());
            return;
        };
        let of = [opened.epoch, shown.revision, thinning.revision];
        let related = Related::of(&view, opened.rows(), &neighborhood, &matches);
        // Points of a layout are not seen before they are at their places.
        let first = &showing.cloud.first;
        let layout = layout.on_screen(&opened).map(|_| first.places.layout()).filter(|_| first.has_places());
        let is_laid_out = layout.map(Arc::as_ptr) != styling.layout.as_ref().map(Arc::as_ptr);
        let is_changed = styling.flagged.changed(of) || styling.related != related || is_laid_out || is_recolored;
        if is_changed {
            let is_first = styling.layout.is_none();
            styling.layout = layout.cloned();
            styling.related = related.clone();
            let flagging = Flagging {
                related,
                shown: shown.rows.clone(),
                placed: WithPlace::of(layout, showing.cloud.is_whole),
                levels: thinning.levels.clone(),
            };
            let color = Coloring::maker(embedding, &view, &quality, &compared, &movement);
            let known = styling.coloring.take().filter(|_| !is_recolored);
            let (rows, epoch, shuffle) = (showing.cloud.len(), opened.rows_epoch, showing.cloud.shuffle.clone());
            // Without places there is nothing to draw.
            let device = Device::for_many(&showing.cloud, device.as_deref()).filter(|_| first.has_places());
            let work = move || {
                let coloring = known.unwrap_or_else(|| Arc::new(color()));
                let styles = flagging.styles(rows, &coloring);
                let made = device.map(|device| device.made("styles", &shuffle, |row| styles[row]));
                let recolored = is_recolored.then_some(theme);
                Styled { epoch, coloring, recolored, related: flagging.related, styles, made }
            };
            let pending = &mut styling.pending;
            if is_first { pending.begin_first(rows, &wake, work) } else { pending.begin(rows, &wake, work) }
        }
        showing.take(styling, opened.rows_epoch);
    }
    tell(&styling.pending, Making::STYLES, &mut showing.cloud);
}

/// The number of rows of one task.
const ROWS_A_TASK: usize = 1 << 16;

impl Showing<'_> {
    /// Shows the colors and flags that are ready, unless there are other rows.
    fn take(&mut self, styling: &mut Styling, epoch: u64) {
        let Some(styled) = styling.pending.take().filter(|styled| styled.epoch == epoch) else { return };
        debug!("{} points have styles", styled.styles.len());
        self.cloud.restyle(styled.styles);
        if let Some(theme) = styled.recolored {
            *self.palette = StagePalette::of(theme);
            if matches!(styled.coloring.legend, Legend::Ramp { .. } | Legend::Square { .. }) {
                self.palette.depth_fade = 0.0;
            }
            self.legend.0 = styled.coloring.legend.clone();
        }
        self.rings.set_if_neq(styled.related.rings());
        self.related.set_if_neq(styled.related);
        self.revisions.styles += 1;
        let revision = self.revisions.styles;
        self.cloud.ready.styles = styled.made.map(|made| (revision, made));
        styling.coloring = Some(styled.coloring);
    }
}

impl Flagging {
    /// Returns color and flags of each of so many rows.
    fn styles(&self, rows: usize, coloring: &Coloring) -> Arc<[Style]> {
        let seen = (self.shown.as_ref(), &self.placed);
        // If all that is marked is hidden, nothing would stand out.
        let fades = self.related.any_is_seen(seen);
        let mut all: Arc<[Style]> = std::iter::repeat_n(Style::default(), rows).collect();
        let fill = |(task, styles): (usize, &mut [Style])| {
            let first = task * ROWS_A_TASK;
            let mut flags = vec![0; styles.len()];
            self.related.mark(first, &mut flags, seen, fades);
            let levels = self.levels.get(first..).unwrap_or_default();
            flags.iter_mut().zip(levels).for_each(|(flags, level)| *flags |= level << Style::LEVEL_SHIFT);
            coloring.fill(first, styles, &flags);
        };
        let styles = Arc::make_mut(&mut all);
        if rows < MANY {
            styles.chunks_mut(ROWS_A_TASK).enumerate().for_each(fill);
        } else {
            styles.par_chunks_mut(ROWS_A_TASK).enumerate().for_each(fill);
        }
        all
    }
}

/// Returns the places of those of `rows` that are among `count` rows from `first` on, counted from there.
fn within(rows: &RowSet, first: usize, count: usize) -> impl Iterator<Item = usize> + '_ {
    let rows = rows.as_slice();
    let at = |end: usize| rows.partition_point(|&row| (row as usize) < end);
    rows[at(first)..at(first + count)].iter().map(move |&row| row as usize - first)
}

/// The largest number of selected points with rings. One outline surrounds more.
const MOST_SELECTED_RINGS: usize = 50;
/// The largest number of neighbors or matches with rings.
const MOST_RELATED_RINGS: usize = 1000;

/// The rows that are marked.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub(crate) struct Related {
    selected: RowSet,
    others: RowSet,
}

impl Related {
    fn of(view: &View, rows: usize, neighborhood: &Neighborhood, matches: &Matches) -> Self {
        let neighbors = neighborhood.found().iter().map(|neighbor| neighbor.row);
        let is_search = view.selection.is_empty() && !neighborhood.is_of_sum();
        let others = if is_search { matches.0.rows().clone() } else { neighbors.collect() };
        Self { selected: view.selection.below(rows), others: others.below(rows) }
    }

    /// Returns the rows, selected ones first, without duplicates.
    pub(crate) fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.selected.iter().chain(self.others.iter().filter(|&row| !self.selected.contains(row)))
    }

    /// Returns the rows whose points have rings, without duplicates.
    pub(crate) fn ringed(&self, rings: Rings) -> impl Iterator<Item = u32> + '_ {
        let selected = if rings.selected { self.selected.as_slice() } else { &[] };
        let others = if rings.related { self.others.as_slice() } else { &[] };
        let is_new = move |row: &u32| !rings.selected || !self.selected.contains(*row);
        selected.iter().copied().chain(others.iter().copied().filter(is_new))
    }

    /// Returns which kinds of points have rings. Too many rings would hide the points.
    fn rings(&self) -> Rings {
        Rings { selected: self.selected.len() <= MOST_SELECTED_RINGS, related: self.others.len() <= MOST_RELATED_RINGS }
    }

    /// Returns `true` if no row is marked.
    pub(crate) fn is_empty(&self) -> bool {
        self.selected.is_empty() && self.others.is_empty()
    }

    /// Returns `true` if any row is selected.
    pub(crate) fn has_selected(&self) -> bool {
        !self.selected.is_empty()
    }

    /// Returns `true` if any marked row is `shown` and `placed`.
    fn any_is_seen(&self, (shown, placed): (Option<&RowSet>, &WithPlace)) -> bool {
        self.rows().any(|row| shown.is_none_or(|shown| shown.contains(row)) && placed.has(row as usize))
    }

    /// Sets the flags of the rows from `first` on. Rows that are not `shown` or not `placed`
    /// are hidden. The others are faded if `fades`.
    fn mark(&self, first: usize, flags: &mut [u8], (shown, placed): (Option<&RowSet>, &WithPlace), fades: bool) {
        let (count, hidden) = (flags.len(), if shown.is_some() { Style::HIDDEN } else { 0 });
        let unrelated = if fades { Style::FADED } else { 0 };
        flags.fill(unrelated | hidden);
        for row in within(&self.selected, first, count) {
            flags[row] = Style::SELECTED | hidden;
        }
        for row in within(&self.others, first, count) {
            flags[row] = flags[row] & !Style::FADED | Style::RELATED;
        }
        for row in shown.into_iter().flat_map(|shown| within(shown, first, count)) {
            flags[row] &= !Style::HIDDEN;
        }
        if !matches!(placed, WithPlace::All) {
            let unplaced = flags.iter_mut().enumerate().filter(|(row, _)| !placed.has(first + row));
            unplaced.for_each(|(_, flags)| *flags |= Style::HIDDEN);
        }
    }
}

/// The color of each row, and the legend.
struct Coloring {
    values: Values,
    missing: Rgb,
    /// The color of each of the column's values, or colors at even steps along the ramp or the sides
    /// of the square.
    colors: Vec<Rgb>,
    /// The ends of the ramp.
    range: [f64; 2],
    legend: Legend,
}

/// What determines the color of a row.
enum Values {
    /// Nothing.
    None,
    /// The value in a column: a category, a number, or a date.
    Of(Column),
    /// A number for each row.
    Measured(Arc<[f32]>),
    /// False and missing neighbors of each row.
    Errors(Arc<[[f32; 2]]>),
}

/// The number of colors of a ramp.
const STEPS: usize = 256;

/// The number of colors along a side of the square.
const SIDE: usize = 32;

/// The number of bars of a histogram.
const BARS: usize = 64;

impl Coloring {
    /// Returns what makes the coloring of this view. It looks at all rows.
    fn maker(
        embedding: Arc<Embedding>,
        view: &View,
        quality: &LayoutQuality,
        compared: &CurrentCompared,
        movement: &CurrentMovement,
    ) -> impl FnOnce() -> Self + Send + use<> {
        let view = view.clone();
        let (kept, errors) = (quality.kept.clone(), quality.errors.clone());
        let (shared, moved) = (compared.shared.clone(), compared.moved.clone());
        let (movement, why_not) = (movement.movement.clone(), movement.why_not);
        move || {
            let rows = embedding.rows();
            match view.color_by {
                Pick::Reliability => Self::shares("Neighbors kept", kept, rows, &view),
                Pick::Shared => Self::shares("Neighbors shared", shared, rows, &view),
                Pick::FromPartner => Self::lengths("Distance moved", moved, rows, &view),
                Pick::FalseAndMissing => Self::errors(errors, rows, view.theme),
                Pick::Moved(_) | Pick::MovedInVectors(_) | Pick::Changed(_) => {
                    Self::movement((movement.as_ref(), why_not), rows, &view)
                }
                _ => Self::of(&embedding, &view),
            }
        }
    }

    fn of(embedding: &Embedding, view: &View) -> Self {
        let rows = embedding.rows();
        let Some(column) = view.color_column(&embedding.metadata) else {
            let plain = palette::plain(view.theme);
            let legend = Legend::Plain(plain);
            return Self { values: Values::None, missing: plain, colors: Vec::new(), range: [0.0; 2], legend };
        };
        let missing = column.missing() + rows.saturating_sub(column.len());
        let missing = missing_entry("missing", missing, view.theme);
        let numbers = match view.scale.kind {
            Some(kind) => kind == ScaleKind::Numbers,
            None => matches!(column.kind(), ColumnKind::Number | ColumnKind::Date),
        };
        match column.range().filter(|_| numbers) {
            Some((low, high)) => {
                let numbers = column.measures().unwrap_or_default().iter().copied().zip(column.counts());
                let histogram = histogram(numbers, [low, high]);
                let scale = ([low, high], histogram, column.not_finite());
                Self::ramp(Values::Of(column.clone()), column.name(), scale, missing, view)
            }
            None => Self::categories(column, missing, view.theme),
        }
    }

    /// Colors rows by a share of their neighbors.
    fn shares(name: &str, shares: Arc<[f32]>, rows: usize, view: &View) -> Self {
        Self::measured(name, (shares, [0.0, 1.0]), rows, view)
    }

    /// Colors rows by how far they have gone.
    fn lengths(name: &str, lengths: Arc<[f32]>, rows: usize, view: &View) -> Self {
        let most = lengths.iter().copied().filter(|length| length.is_finite()).fold(0.0, f32::max);
        // What has not moved has the color of no motion, however little anything has.
        let most = if most > 0.0 { f64::from(most) } else { 1.0 };
        Self::measured(name, (lengths, [0.0, most]), rows, view)
    }

    fn measured(name: &str, (values, range): (Arc<[f32]>, [f64; 2]), rows: usize, view: &View) -> Self {
        let unknown = rows - values.iter().take(rows).filter(|value| value.is_finite()).count();
        let missing = missing_entry("not measured", unknown, view.theme);
        let histogram = histogram(values.iter().map(|&value| (value.into(), 1)), range);
        Self::ramp(Values::Measured(values), name, (range, histogram, 0), missing, view)
    }

    /// Colors rows by how far they have moved since another step.
    fn movement((movement, why_not): (Option<&Movement>, &str), rows: usize, view: &View) -> Self {
        let Some(Movement { of, since, values, .. }) = movement else {
            return Self::lengths(&format!("Moved: {why_not}"), Arc::default(), rows, view);
        };
        let values = values.clone();
        let name = format!("{} since step {since}", of.name());
        match of {
            MovementOf::Neighbors { .. } => Self::shares(&name, values, rows, view),
            MovementOf::Layout | MovementOf::Vectors => Self::lengths(&name, values, rows, view),
        }
    }

    /// Colors rows by their false and missing neighbors.
    fn errors(errors: Arc<[[f32; 2]]>, rows: usize, theme: Theme) -> Self {
        let known: Vec<&[f32; 2]> = errors.iter().take(rows).filter(|errors| errors[0].is_finite()).collect();
        let mean = |of: usize| known.iter().map(|errors| f64::from(errors[of])).sum::<f64>() / known.len() as f64;
        let colors: Vec<Rgb> = (0..SIDE * SIDE)
            .map(|at| palette::square(theme, [at % SIDE, at / SIDE].map(|step| step as f32 / (SIDE - 1) as f32)))
            .collect();
        let missing = missing_entry("not measured", rows - known.len(), theme);
        let legend = Legend::Square { colors: colors.clone(), means: [mean(0), mean(1)], missing };
        Self { values: Values::Errors(errors), missing: palette::missing(theme), colors, range: [0.0; 2], legend }
    }

    /// Colors numbers within `data`, whose parts have as many rows as `histogram` says, and
    /// `infinite` numbers beyond.
    fn ramp(
        values: Values,
        name: &str,
        (data, histogram, infinite): ([f64; 2], Vec<usize>, usize),
        missing: Option<LegendEntry>,
        view: &View,
    ) -> Self {
        let of_dates = matches!(&values, Values::Of(column) if column.is_of_dates());
        // The beginning of 1970 is no middle.
        let (ramp, range) = if of_dates {
            (view.scale.ramp.unwrap_or(Ramp::Viridis), view.scale.range.unwrap_or(data))
        } else {
            (view.scale.ramp_for(data), view.scale.range_for(data))
        };
        let at = |place: usize, last: usize| palette::ramp(view.theme, ramp, place as f32 / last as f32);
        let stops = (0..=32).map(|place| at(place, 32)).collect();
        let [low, high] = range;
        let column = name.into();
        let legend = Legend::Ramp { column, ramp, low, high, data, of_dates, stops, histogram, missing, infinite };
        let colors = (0..STEPS).map(|place| at(place, STEPS - 1)).collect();
        let mut coloring = Self { values, missing: palette::missing(view.theme), colors, range, legend };
        if let Values::Of(column) = &coloring.values {
            let measures = column.measures().unwrap_or_default();
            let color = |&measure: &f64| coloring.along(measure);
            coloring.colors = match measures.len() {
                ..MANY => measures.iter().map(color).collect(),
                _ => measures.par_iter().map(color).collect(),
            };
        }
        coloring
    }

    /// Values in the order of [`ordered_values`] get the palette's colors. If there are more values
    /// than colors, the most frequent get them, and the legend counts the others.
    fn categories(column: &Column, missing: Option<LegendEntry>, theme: Theme) -> Self {
        let counts = column.counts();
        let mut order = ordered_values(column);
        if order.len() > palette::CATEGORIES {
            order.sort_by_key(|&code| std::cmp::Reverse(counts[code]));
        }
        let mut colors = vec![palette::other(theme); counts.len()];
        for (place, &code) in order.iter().enumerate().take(palette::CATEGORIES) {
            colors[code] = palette::category(theme, place);
        }
        let entry = |&code: &usize| {
            let name = column.values()[code].to_string();
            LegendEntry { value: LegendValue::Value(name.clone()), name, color: colors[code], count: counts[code] }
        };
        let mut entries: Vec<LegendEntry> = order.iter().take(palette::CATEGORIES).map(entry).collect();
        let rest = order.get(palette::CATEGORIES..).unwrap_or_default();
        if !rest.is_empty() {
            entries.push(LegendEntry {
                name: format!("other ({} values)", rest.len()),
                value: LegendValue::Others(rest.len()),
                color: palette::other(theme),
                count: rest.iter().map(|&code| counts[code]).sum(),
            });
        }
        entries.extend(missing);
        let legend = Legend::Categories { column: column.name().into(), entries };
        Self { values: Values::Of(column.clone()), missing: palette::missing(theme), colors, range: [0.0; 2], legend }
    }

    /// Sets the styles of the rows from `first` on, which have these flags.
    fn fill(&self, first: usize, styles: &mut [Style], flags: &[u8]) {
        let place = |error: f32| (error_place(error.into()) * (SIDE - 1) as f64).round() as usize;
        match &self.values {
            Values::None => self.each(first, styles, flags, |_| None),
            Values::Of(column) => {
                let codes = column.codes().get(first..).unwrap_or_default();
                let color = |row: usize| self.colors.get(*codes.get(row - first)? as usize).copied();
                self.each(first, styles, flags, color);
            }
            Values::Measured(values) => self.each(first, styles, flags, |row| {
                values.get(row).filter(|value| value.is_finite()).map(|&value| self.along(value.into()))
            }),
            Values::Errors(errors) => self.each(first, styles, flags, |row| {
                let [x, y] = errors.get(row).filter(|errors| errors[0].is_finite())?.map(place);
                Some(self.colors[y * SIDE + x])
            }),
        }
    }

    /// Does so with the color of each row; rows without one are missing.
    fn each(&self, first: usize, styles: &mut [Style], flags: &[u8], color: impl Fn(usize) -> Option<Rgb>) {
        for (row, (style, &flags)) in (first..).zip(styles.iter_mut().zip(flags)) {
            *style = Style::new(color(row).unwrap_or(self.missing), flags);
        }
    }

    /// Returns the ramp's color for a number.
    #[inline]
    fn along(&self, number: f64) -> Rgb {
        let [low, high] = self.range;
        let share = if high > low { (number - low) / (high - low) } else { f64::from(u8::from(number > low)) };
        // Rounded: shares are not negative.
        self.colors[((share.clamp(0.0, 1.0) * (STEPS - 1) as f64 + 0.5) as usize).min(STEPS - 1)]
    }
}

/// Counts how many of the `numbers`, each of which occurs that many times, are in each of [`BARS`]
/// equal parts of the range. Those beyond it are left out.
fn histogram(numbers: impl Iterator<Item = (f64, usize)>, [low, high]: [f64; 2]) -> Vec<usize> {
    let mut bars = vec![0; BARS];
    for (number, count) in numbers.filter(|(number, _)| (low..=high).contains(number)) {
        // Halves, because the range may be wider than the largest number.
        let share = if high > low { (number / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) } else { 0.5 };
        bars[((share * BARS as f64) as usize).min(BARS - 1)] += count;
    }
    bars
}

fn missing_entry(name: &str, count: usize, theme: Theme) -> Option<LegendEntry> {
    let color = palette::missing(theme);
    (count > 0).then(|| LegendEntry { name: name.into(), value: LegendValue::Missing, color, count })
}

/// Returns the order of a column's values: numbers and dates ascending, texts by first
/// appearance.
fn ordered_values(column: &Column) -> Vec<usize> {
    let mut order: Vec<usize> = (0..column.values().len()).collect();
    if let Some(measures) = column.measures() {
        order.sort_by(|&a, &b| measures[a].total_cmp(&measures[b]));
    }
    order
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use parallax_embedding::{ColumnBuilder, Metadata, Progress, Vectors};

    fn legend(cells: &[&str], rows: usize) -> (Legend, Vec<Rgb>) {
        scaled(cells, rows, ColorScale::default())
    }

    fn scaled(cells: &[&str], rows: usize, scale: ColorScale) -> (Legend, Vec<Rgb>) {
        let mut builder = ColumnBuilder::new("c");
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        let vectors = Vectors::from_f32(rows, 1, vec![0.0; rows]).unwrap();
        let mut embedding = Embedding::new("e", vectors, &Progress::default()).unwrap();
        embedding.metadata = Arc::new(Metadata::new(vec![builder.finish()]).unwrap());
        let view = View { color_by: Pick::Column("c".into()), scale, ..View::default() };
        let coloring = Coloring::of(&embedding, &view);
        let colors = colors(&coloring, rows);
        (coloring.legend, colors)
    }

    fn colors(coloring: &Coloring, rows: usize) -> Vec<Rgb> {
        let mut styles = vec![Style::default(); rows];
        coloring.fill(0, &mut styles, &vec![0; rows]);
        styles.into_iter().map(Style::color).collect()
    }

    #[test]
    fn categories_are_ordered_and_missing_cells_counted() {
        let (legend, colors) = legend(&["10", "9", "9", "", "10"], 7);
        let Legend::Categories { entries, .. } = legend else { panic!("{legend:?}") };
        let counts: Vec<(&str, usize)> = entries.iter().map(|entry| (entry.name.as_str(), entry.count)).collect();
        assert_eq!(counts, [("9", 2), ("10", 2), ("missing", 3)]);
        assert_eq!(colors[1], palette::category(Theme::Dark, 0));
        assert_eq!(colors[6], palette::missing(Theme::Dark));
    }

    fn categories(cells: &[String]) -> (Vec<LegendEntry>, Vec<Rgb>) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let (legend, colors) = legend(&cells, cells.len());
        let Legend::Categories { entries, .. } = legend else { panic!("{legend:?}") };
        (entries, colors)
    }

    #[test]
    fn categories_have_a_color_each_up_to_256() {
        for count in [1_usize, 20, 40, 256] {
            let cells: Vec<String> = (0..count * 3).map(|i| format!("v{}", i % count)).collect();
            let (entries, colors) = categories(&cells);
            let distinct: std::collections::HashSet<Rgb> = colors.iter().copied().collect();
            assert_eq!((entries.len(), distinct.len()), (count, count));
            assert!(!distinct.contains(&palette::other(Theme::Dark)));
        }
    }

    #[test]
    fn categories_beyond_the_palette_are_counted_as_other() {
        // The value v0 is the rarest.
        let mut cells: Vec<String> = (0..300).flat_map(|i| vec![format!("v{i}"); i / 10 + 1]).collect();
        cells.push(String::new());
        let (entries, colors) = categories(&cells);
        assert_eq!(entries.len(), palette::CATEGORIES + 2);
        let other = palette::other(Theme::Dark);
        let [.., rest, missing] = &entries[..] else { panic!("{entries:?}") };
        let rows = colors.iter().filter(|color| **color == other).count();
        assert_eq!((&rest.value, rest.count, rest.color), (&LegendValue::Others(44), rows, other));
        assert_eq!((&missing.value, missing.count), (&LegendValue::Missing, 1));
        assert!(entries[..palette::CATEGORIES].iter().all(|entry| entry.color != other && entry.count >= 5));
        assert_eq!(entries.iter().map(|entry| entry.count).sum::<usize>(), cells.len());
    }

    /// Brute force: each bar counts the numbers between its ends; the greatest belongs to the last
    /// bar.
    #[test]
    fn histogram_counts_the_numbers_between_the_ends_of_each_bar() {
        let numbers: Vec<f64> = (0..1000).map(|i| f64::from(i * i % 377) * 0.5 - 40.0).collect();
        let range = [-40.0, 148.0];
        let bars = histogram(numbers.iter().map(|&number| (number, 3)), range);
        let end = |bar: usize| range[0] + (range[1] - range[0]) * bar as f64 / BARS as f64;
        for (bar, &count) in bars.iter().enumerate() {
            let within = |&&number: &&f64| number >= end(bar) && (number < end(bar + 1) || bar == BARS - 1);
            assert_eq!(count, 3 * numbers.iter().filter(within).count(), "{bar}");
        }
        let odd = [(f64::NAN, 1), (f64::INFINITY, 1), (f64::NEG_INFINITY, 1), (2.0, 7)];
        assert_eq!(histogram(odd.into_iter(), [2.0, 2.0]).iter().sum::<usize>(), 7);
        let vast = [f64::MIN, f64::MAX];
        assert_eq!(histogram([(f64::MAX, 2), (0.0, 1)].into_iter(), vast)[BARS - 1], 2);
    }

    #[test]
    fn infinite_numbers_have_the_colors_of_the_ends_and_are_counted() {
        let cells: Vec<String> = (0..60).map(|i| format!("{i}.5")).collect();
        let others = ["inf", "-inf", "NaN"];
        let cells: Vec<&str> = others.into_iter().chain(cells.iter().map(String::as_str)).collect();
        let (legend, colors) = legend(&cells, 63);
        let Legend::Ramp { ramp, data, missing, infinite, .. } = legend else { panic!("{legend:?}") };
        assert_eq!((data, missing.map(|entry| entry.count), infinite), ([0.5, 59.5], Some(1), 2));
        let at = |share: f32| palette::ramp(Theme::Dark, ramp, share);
        assert_eq!(colors[..4], [at(1.0), at(0.0), palette::missing(Theme::Dark), at(0.0)]);
    }

    /// The colors of rows without errors, with one, with both, and by chance; one is not measured.
    #[test]
    fn errors_are_colored_by_their_roots() {
        let errors = [[0.0, 0.0], [0.5, 0.0], [0.0, 0.125], [0.9, 0.5], [f32::NAN; 2]];
        let coloring = Coloring::errors(errors.into(), 6, Theme::Light);
        let at = |x, y| palette::square(Theme::Light, [x, y]);
        let half = 16.0 / 31.0;
        let expected = [at(0.0, 0.0), at(1.0, 0.0), at(0.0, half), at(1.0, 1.0)];
        let colors = colors(&coloring, 6);
        assert_eq!(colors[..4], expected);
        assert_eq!(colors[4..], [palette::missing(Theme::Light); 2]);
        let Legend::Square { colors, means, missing } = coloring.legend else { panic!("{:?}", coloring.legend) };
        assert!((means[0] - 1.4 / 4.0).abs() < 1e-7 && (means[1] - 0.625 / 4.0).abs() < 1e-7, "{means:?}");
        assert_eq!((colors.len(), missing.map(|entry| entry.count)), (SIDE * SIDE, Some(2)));
    }

    #[test]
    fn numbers_are_colored_along_the_ramp() {
        let cells: Vec<String> = (0..60).map(|i| format!("{i}.5")).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let (legend, colors) = legend(&cells, 60);
        let Legend::Ramp { ramp, low, high, data, missing, .. } = legend else { panic!("{legend:?}") };
        assert_eq!((ramp, [low, high], data, missing), (Ramp::Viridis, [0.5, 59.5], [0.5, 59.5], None));
        assert_eq!(colors[0], palette::ramp(Theme::Dark, ramp, 0.0));
        assert_eq!(colors[59], palette::ramp(Theme::Dark, ramp, 1.0));
    }

    #[test]
    fn range_clamps_the_ramp_and_zero_is_the_middle_of_a_diverging_one() {
        let cells: Vec<String> = (0..41).map(|i| format!("{}.25", i - 10)).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let range = ColorScale { ramp: Some(Ramp::Inferno), range: Some([0.0, 10.0]), ..ColorScale::default() };
        let (legend, colors) = scaled(&cells, 41, range);
        let Legend::Ramp { ramp: Ramp::Inferno, low: 0.0, high: 10.0, data: [-10.25, 30.25], .. } = legend else {
            panic!("{legend:?}")
        };
        assert!(colors[..10].iter().all(|color| *color == colors[0]) && colors[21..].iter().all(|c| *c == colors[40]));
        assert_ne!(colors[0], colors[40]);
        let (legend, colors) = scaled(&["-1.5", "0.25", "3.25", "-0.25"], 4, ColorScale::default());
        let Legend::Ramp { ramp: Ramp::Coolwarm, low: -3.25, high: 3.25, .. } = legend else { panic!("{legend:?}") };
        assert!(colors[0][2] > colors[0][0] && colors[2][0] > colors[2][2], "blue below 0, red above: {colors:?}");
    }

    #[test]
    fn scale_kind_overrides_the_kind_of_the_column() {
        let cells = ["1", "2", "2", "3", "1", "3"];
        let kind = |kind| ColorScale { kind: Some(kind), ..ColorScale::default() };
        assert!(matches!(scaled(&cells, 6, ColorScale::default()).0, Legend::Categories { .. }));
        assert!(matches!(scaled(&cells, 6, kind(ScaleKind::Numbers)).0, Legend::Ramp { high: 3.0, .. }));
        let texts = ["a", "b", "b", "a"];
        assert!(
            matches!(scaled(&texts, 4, kind(ScaleKind::Numbers)).0, Legend::Categories { .. }),
            "no number in them"
        );
        let (legend, _) = scaled(&["1.5", "2.5", "3.5"], 3, kind(ScaleKind::Categories));
        assert!(matches!(legend, Legend::Categories { entries, .. } if entries.len() == 3));
    }

    /// Also dates on both sides of 1970, and few of them.
    #[test]
    fn dates_are_colored_along_a_ramp_of_time() {
        let (legend, colors) = legend(&["1969-01-01", "1971-01-01", "1969-01-01", ""], 4);
        let Legend::Ramp { ramp: Ramp::Viridis, low, high, of_dates: true, missing: Some(_), .. } = legend else {
            panic!("{legend:?}")
        };
        assert_eq!([low, high], [-31_536_000.0, 31_536_000.0]);
        assert_eq!(colors[..2], [0.0, 1.0].map(|share| palette::ramp(Theme::Dark, Ramp::Viridis, share)));
    }

    #[test]
    fn constant_column_has_a_color() {
        let (_, colors) =
            scaled(&["0.5", "0.5"], 3, ColorScale { kind: Some(ScaleKind::Numbers), ..ColorScale::default() });
        assert_eq!(colors[0], palette::ramp(Theme::Dark, Ramp::Viridis, 0.0));
        assert_eq!(colors[2], palette::missing(Theme::Dark));
    }

    /// Checked row by row, for any start of a task.
    #[test]
    fn flags_mark_each_row() {
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let related = Related { selected: rows(&[1, 5, 6]), others: rows(&[2, 6, 9]) };
        let place = |(row, _)| if row == 5 { f32::NAN } else { 0.0 };
        let placed = WithPlace::In(Arc::new(ndarray::Array2::from_shape_fn((10, 1), place).into()));
        let shown = rows(&[0, 1, 2, 3, 5, 6, 7]);
        for first in 0..10 {
            let mut flags = vec![255; 10 - first];
            related.mark(first, &mut flags, (Some(&shown), &placed), true);
            for (row, flags) in (first..).zip(flags) {
                let row_u32 = row as u32;
                let (selected, other) = (related.selected.contains(row_u32), related.others.contains(row_u32));
                let hidden = !shown.contains(row_u32) || row == 5;
                let bit = |is: bool, flag: u8| if is { flag } else { 0 };
                let expected = bit(selected, Style::SELECTED)
                    | bit(other, Style::RELATED)
                    | bit(!selected && !other, Style::FADED)
                    | bit(hidden, Style::HIDDEN);
                assert_eq!(flags, expected, "row {row} from {first}");
            }
        }
    }

    /// Row by row, for few points and many, on any number of threads.
    #[test]
    fn styles_are_the_color_and_the_flags_of_each_row() {
        let (theme, every) =
            (Theme::Dark, |step: usize, rows: usize| (0..rows as u32).step_by(step).collect::<RowSet>());
        for (rows, is_column) in [(1000, false), (1000, true), (MANY + 1000, false), (MANY + 1000, true)] {
            let view = View { theme, ..View::default() };
            let share = |row: usize| (row % 101) as f32 / 100.0;
            let coloring = if is_column {
                let mut builder = ColumnBuilder::new("x");
                (0..rows).for_each(|row| builder.push(Some(&f64::from(share(row)).to_string())));
                let scale = ([0.0, 1.0], Vec::new(), 0);
                Coloring::ramp(Values::Of(builder.finish()), "x", scale, None, &view)
            } else {
                Coloring::shares("x", (0..rows).map(share).collect(), rows, &view)
            };
            let place = |(row, _)| if row % 11 == 0 { f32::NAN } else { row as f32 };
            let flagging = Flagging {
                related: Related { selected: every(3, rows), others: every(5, rows) },
                shown: Some(every(2, rows)),
                placed: WithPlace::In(Arc::new(ndarray::Array2::from_shape_fn((rows, 1), place).into())),
                levels: (0..rows / 2).map(|row| (row % 16) as u8).collect(),
            };
            let expected: Vec<Style> = (0..rows)
                .map(|row| {
                    let step = (f64::from((row % 101) as f32 / 100.0) * 255.0).round() as f32;
                    let color = palette::ramp(theme, Ramp::Viridis, step / 255.0);
                    let bits = [(row % 3 == 0, 1), (row % 5 == 0, 2), (row % 3 != 0 && row % 5 != 0, 4)];
                    let bits = bits.into_iter().chain([(row % 2 != 0 || row % 11 == 0, 8)]);
                    let marks: u8 = bits.filter(|(is, _)| *is).map(|(_, bit)| bit).sum();
                    let level = if row < rows / 2 { (row % 16) as u8 } else { 0 };
                    Style::new(color, marks | level << 4)
                })
                .collect();
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let styles = pool.install(|| flagging.styles(rows, &coloring));
                assert!(*styles == expected[..], "{rows} rows, {threads} threads");
            }
        }
    }

    /// Row 5 has no place.
    #[test]
    fn nothing_fades_if_all_marked_rows_are_hidden() {
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let place = |(row, _)| if row == 5 { f32::NAN } else { 0.0 };
        let placed = WithPlace::In(Arc::new(ndarray::Array2::from_shape_fn((10, 1), place).into()));
        let check = |selected: &[u32], others: &[u32], shown: Option<&[u32]>, expected: bool| {
            let related = Related { selected: rows(selected), others: rows(others) };
            let shown = shown.map(rows);
            assert_eq!(related.any_is_seen((shown.as_ref(), &placed)), expected, "{related:?} {shown:?}");
        };
        check(&[], &[], None, false);
        check(&[3], &[], None, true);
        check(&[5], &[], None, false);
        check(&[3, 5], &[], Some(&[1, 5]), false);
        check(&[3, 5], &[], Some(&[3]), true);
        check(&[3], &[4], Some(&[4]), true);
    }
}
