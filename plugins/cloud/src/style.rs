//! Colors and flags follow the view.

use std::sync::Arc;

use bevy::{ecs::system::SystemState, prelude::*};
use parallax_embedding::{Column, ColumnKind, Embedding, RowSet};
use parallax_session::{Legend, LegendEntry, LegendValue, Pick, Rgb, Theme};
use parallax_state::{CurrentLayout, CurrentView, FrameSystems, LayoutQuality, Matches, Neighborhood, Opened, Shown};

use crate::{
    palette,
    points::{CloudRevisions, PointColor, PointFlags, PointSystems},
};

/// The legend of the colors at hand.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct CurrentLegend(pub Legend);

/// The colors of the stage, for the renderer.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagePalette {
    /// Middle and edge of the background.
    pub stage: [Rgb; 2],
    /// The ring around what is selected.
    pub selection: Rgb,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CurrentLegend>()
        .insert_resource(StagePalette::of(Theme::default()))
        .add_systems(Update, (color, flag).chain().in_set(FrameSystems::Follow).after(PointSystems));
}

impl StagePalette {
    fn of(theme: Theme) -> Self {
        Self { stage: palette::stage(theme), selection: palette::selection(theme) }
    }
}

/// Recolors all points when the column, the theme or the embedding is another.
fn color(
    world: &mut World,
    mut done: Local<Option<(u64, u64, Pick, Theme, u64)>>,
    mut columns: Local<Option<SystemState<Query<'static, 'static, &'static mut PointColor>>>>,
) {
    let (opened, view) = (world.resource::<Opened>(), world.resource::<CurrentView>());
    let quality = world.resource::<LayoutQuality>();
    let reliability = (view.color_by == Pick::Reliability).then(|| quality.kept.clone());
    let measured = if reliability.is_some() { quality.revision } else { 0 };
    let key = (opened.epoch, opened.metadata_revision, view.color_by.clone(), view.theme, measured);
    if done.as_ref() == Some(&key) {
        return;
    }
    let theme = view.theme;
    let embedding = opened.embedding.clone();
    *done = Some(key);
    world.insert_resource(StagePalette::of(theme));
    let Some(embedding) = embedding else { return };
    let coloring = match &reliability {
        Some(kept) => Coloring::reliability(kept, embedding.rows(), theme),
        None => Coloring::of(&embedding, world.resource::<CurrentView>()),
    };

    let state = columns.get_or_insert_with(|| SystemState::new(world));
    let Ok(mut colors) = state.get_mut(world) else { return };
    let Ok(columns) = colors.contiguous_iter_mut() else { return };
    let mut row = 0;
    for mut column in columns {
        for color in column.iter_mut() {
            let [r, g, b] = coloring.color(row);
            color.0 = u32::from_le_bytes([r, g, b, 0]);
            row += 1;
        }
    }
    let legend = coloring.legend;
    world.insert_resource(CurrentLegend(legend));
    world.resource_mut::<CloudRevisions>().styles += 1;
}

/// Sets the flags of all points when selection, neighbors, matches or the layout are others.
fn flag(
    world: &mut World,
    mut done: Local<Option<((u64, u64, u64), Arc<Related>)>>,
    mut columns: Local<Option<SystemState<Query<'static, 'static, &'static mut PointFlags>>>>,
) {
    let (opened, layout) = (world.resource::<Opened>(), world.resource::<CurrentLayout>());
    let related = Related::of(world);
    let shown = world.resource::<Shown>();
    let key = (opened.epoch, layout.revision, shown.revision);
    if done.as_ref().is_some_and(|(known, last)| *known == key && **last == related) {
        return;
    }
    let shown = shown.rows.clone();
    let layout = layout.of(opened).cloned();
    let related = Arc::new(related);
    *done = Some((key, related.clone()));

    let placed = |row: usize| {
        layout.as_ref().is_some_and(|layout| {
            let start = row * layout.dims;
            let values = layout.coordinates.get(start..start + layout.dims);
            values.is_some_and(|values| values.iter().all(|value| value.is_finite()))
        })
    };
    let state = columns.get_or_insert_with(|| SystemState::new(world));
    let Ok(mut flags) = state.get_mut(world) else { return };
    let Ok(columns) = flags.contiguous_iter_mut() else { return };
    let unrelated = if related.is_empty() { 0 } else { PointFlags::FADED };
    let mut shown_rows = shown.as_ref().map(|rows| rows.iter().peekable());
    let mut is_shown =
        |row: usize| shown_rows.as_mut().is_none_or(|rows| rows.next_if(|&next| next as usize == row).is_some());
    let mut row = 0;
    for mut column in columns {
        for flags in column.iter_mut() {
            flags.0 = unrelated | if is_shown(row) && placed(row) { 0 } else { PointFlags::HIDDEN };
            row += 1;
        }
    }
    let cloud = world.resource::<crate::Cloud>();
    let mark = |row: u32, flag: u8| Some((cloud.entity(row)?, flag));
    let selected = related.selected.iter().filter_map(|row| mark(row, PointFlags::SELECTED));
    let others = related.others.iter().filter_map(|row| mark(row, PointFlags::RELATED));
    let marks: Vec<(Entity, u8)> = selected.chain(others).collect();
    for (entity, flag) in marks {
        if let Some(mut flags) = world.get_mut::<PointFlags>(entity) {
            flags.0 = flags.0 & !PointFlags::FADED | flag;
        }
    }
    world.resource_mut::<CloudRevisions>().styles += 1;
}

/// The rows that stand out.
#[derive(Debug, PartialEq, Default)]
struct Related {
    selected: RowSet,
    others: RowSet,
}

impl Related {
    fn of(world: &World) -> Self {
        let view = world.resource::<CurrentView>();
        let rows = world.resource::<Opened>().rows();
        let neighbors = world.resource::<Neighborhood>().found().iter().map(|neighbor| neighbor.row);
        let mut others: RowSet = neighbors.collect();
        if view.selection.is_empty() {
            others = world.resource::<Matches>().rows.clone();
        }
        Self { selected: view.selection.below(rows), others: others.below(rows) }
    }

    fn is_empty(&self) -> bool {
        self.selected.is_empty() && self.others.is_empty()
    }
}

/// The color of each row, and what the colors mean.
struct Coloring<'a> {
    column: Option<&'a Column>,
    /// In place of a column: a number from 0 to 1 for each row.
    shares: Option<&'a [f32]>,
    theme: Theme,
    /// For each of the column's values its color; for numbers on a ramp nothing.
    by_code: Vec<Rgb>,
    range: (f64, f64),
    legend: Legend,
}

impl<'a> Coloring<'a> {
    fn of(embedding: &'a Embedding, view: &CurrentView) -> Self {
        let theme = view.theme;
        let rows = embedding.rows();
        let Some(column) = view.color_column(&embedding.metadata) else {
            let legend = Legend::Plain(palette::plain(theme));
            return Self { column: None, shares: None, theme, by_code: Vec::new(), range: (0.0, 0.0), legend };
        };
        let known: usize = (0..rows.min(column.len())).filter(|&row| column.code(row).is_some()).count();
        let missing = (known < rows).then(|| LegendEntry {
            name: "missing".into(),
            value: LegendValue::Missing,
            color: palette::missing(theme),
            count: rows - known,
        });
        match column.range().filter(|_| column.kind() == ColumnKind::Number) {
            Some(range) => Self::ramp(column, theme, range, missing),
            None => Self::categories(column, theme, rows, missing),
        }
    }

    /// By the share of a row's true neighbors that are its neighbors in the layout.
    fn reliability(kept: &'a [f32], rows: usize, theme: Theme) -> Self {
        let stops = (0..=16_u8).map(|i| palette::ramp(theme, f32::from(i) / 16.0)).collect();
        let unknown = rows - kept.iter().take(rows).filter(|share| share.is_finite()).count();
        let missing = (unknown > 0).then(|| LegendEntry {
            name: "not measured".into(),
            value: LegendValue::Missing,
            color: palette::missing(theme),
            count: unknown,
        });
        let legend = Legend::Ramp { column: "neighbors kept".into(), low: 0.0, high: 1.0, stops, missing };
        Self { column: None, shares: Some(kept), theme, by_code: Vec::new(), range: (0.0, 1.0), legend }
    }

    fn ramp(column: &'a Column, theme: Theme, range: (f64, f64), missing: Option<LegendEntry>) -> Self {
        let stops = (0..=16_u8).map(|i| palette::ramp(theme, f32::from(i) / 16.0)).collect();
        let legend = Legend::Ramp { column: column.name().into(), low: range.0, high: range.1, stops, missing };
        Self { column: Some(column), shares: None, theme, by_code: Vec::new(), range, legend }
    }

    /// Values in the order of [`ordered_values`] get the palette's colors; where there are more than colors, the most frequent
    /// get them.
    fn categories(column: &'a Column, theme: Theme, rows: usize, missing: Option<LegendEntry>) -> Self {
        let mut counts = vec![0; column.values().len()];
        for code in (0..rows).filter_map(|row| column.code(row)) {
            counts[code as usize] += 1;
        }
        let mut order = ordered_values(column);
        if order.len() > palette::CATEGORIES {
            order.sort_by_key(|&code| std::cmp::Reverse(counts[code]));
        }
        let mut by_code = vec![palette::other(theme); counts.len()];
        let mut entries = Vec::new();
        for (place, &code) in order.iter().enumerate().take(palette::CATEGORIES) {
            by_code[code] = palette::category(theme, place);
            entries.push(LegendEntry {
                name: column.values()[code].to_string(),
                value: LegendValue::Value(column.values()[code].to_string()),
                color: by_code[code],
                count: counts[code],
            });
        }
        let rest = order.get(palette::CATEGORIES..).unwrap_or_default();
        if !rest.is_empty() {
            let count = rest.iter().map(|&code| counts[code]).sum();
            entries.push(LegendEntry {
                name: format!("other ({} values)", rest.len()),
                value: LegendValue::Others(rest.len()),
                color: palette::other(theme),
                count,
            });
        }
        entries.extend(missing);
        let legend = Legend::Categories { column: column.name().into(), entries };
        Self { column: Some(column), shares: None, theme, by_code, range: (0.0, 0.0), legend }
    }

    fn color(&self, row: usize) -> Rgb {
        if let Some(shares) = self.shares {
            let share = shares.get(row).copied().filter(|share| share.is_finite());
            return share.map_or(palette::missing(self.theme), |share| palette::ramp(self.theme, share));
        }
        let Some(column) = self.column else { return palette::plain(self.theme) };
        let Some(code) = column.code(row) else { return palette::missing(self.theme) };
        if let Some(&color) = self.by_code.get(code as usize) {
            return color;
        }
        let (low, high) = self.range;
        let share = column.number(row).map_or(0.0, |number| (number - low) / (high - low));
        palette::ramp(self.theme, share as f32)
    }
}

/// The places of a column's values: numbers ascending, texts in order of first appearance.
fn ordered_values(column: &Column) -> Vec<usize> {
    let mut order: Vec<usize> = (0..column.values().len()).collect();
    if column.is_numeric() {
        let number = |code: usize| column.values()[code].trim().parse().unwrap_or(f64::NAN);
        order.sort_by(|&a, &b| number(a).total_cmp(&number(b)));
    }
    order
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{ColumnBuilder, Metadata, Progress, Vectors};
    use parallax_session::View;

    use super::*;

    fn legend(cells: &[&str], rows: usize) -> (Legend, Vec<Rgb>) {
        let mut builder = ColumnBuilder::new("c");
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        let vectors = Vectors::from_f32(rows, 1, vec![0.0; rows]).unwrap();
        let mut embedding = Embedding::new("e", vectors, &Progress::default()).unwrap();
        embedding.metadata = Arc::new(Metadata::new(vec![builder.finish()]).unwrap());
        let view = CurrentView::new(View { color_by: Pick::Column("c".into()), ..View::default() });
        let coloring = Coloring::of(&embedding, &view);
        let colors = (0..rows).map(|row| coloring.color(row)).collect();
        (coloring.legend, colors)
    }

    #[test]
    fn categories_are_counted_in_their_natural_order_and_the_missing_named() {
        let (legend, colors) = legend(&["10", "9", "9", "", "10"], 7);
        let Legend::Categories { entries, .. } = legend else { panic!("{legend:?}") };
        let counts: Vec<(&str, usize)> = entries.iter().map(|entry| (entry.name.as_str(), entry.count)).collect();
        assert_eq!(counts, [("9", 2), ("10", 2), ("missing", 3)]);
        assert_eq!(colors[1], palette::category(Theme::Dark, 0));
        assert_eq!(colors[6], palette::missing(Theme::Dark));
    }

    #[test]
    fn beyond_the_palette_the_most_frequent_have_colors() {
        let cells: Vec<String> = (0..30).flat_map(|i| vec![format!("v{i}"); i + 2]).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let (legend, _) = legend(&cells, cells.len());
        let Legend::Categories { entries, .. } = legend else { panic!("{legend:?}") };
        assert_eq!(entries.len(), palette::CATEGORIES + 1);
        assert_eq!((entries[0].name.as_str(), entries[20].name.as_str()), ("v29", "other (10 values)"));
        assert_eq!(entries.iter().map(|entry| entry.count).sum::<usize>(), cells.len());
    }

    #[test]
    fn numbers_run_along_the_ramp() {
        let cells: Vec<String> = (0..60).map(|i| format!("{i}.5")).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let (legend, colors) = legend(&cells, 60);
        assert!(matches!(legend, Legend::Ramp { low: 0.5, high: 59.5, missing: None, .. }), "{legend:?}");
        assert_eq!(colors[0], palette::ramp(Theme::Dark, 0.0));
        assert_eq!(colors[59], palette::ramp(Theme::Dark, 1.0));
    }
}
