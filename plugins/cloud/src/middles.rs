//! Finds the point in the middle of each category, whose label is placed before others.

use bevy::prelude::*;
use parallax_embedding::{RowSet, random};
use parallax_session::{ColorScale, Legend, Pick};
use parallax_state::{CurrentView, FrameSystems, Opened, Seen, Shown};

use crate::{Cloud, CloudRevisions, CurrentLegend, order::StyleSystems, palette::CATEGORIES};

/// The largest number of points that are considered for a label: a fair sample.
pub(crate) const MOST_CANDIDATES: usize = 20_000;

/// For each category that has a color, the row whose point is nearest to the mean of its points.
/// Empty if no category colors the points or no labels are shown.
#[derive(Resource, Debug, Default)]
pub(crate) struct Middles {
    pub(crate) rows: RowSet,
    /// Increases when the rows change.
    pub(crate) revision: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Middles>().add_systems(Update, find_middles.in_set(FrameSystems::Follow).after(StyleSystems));
}

fn find_middles(
    (cloud, revisions, legend): (Res<Cloud>, Res<CloudRevisions>, Res<CurrentLegend>),
    (view, opened, shown): (Res<CurrentView>, Res<Opened>, Res<Shown>),
    mut seen: Local<Seen<(bool, [u64; 3], Pick, ColorScale)>>,
    mut middles: ResMut<Middles>,
) {
    let inputs = [opened.metadata_revision, revisions.positions, shown.revision];
    if !seen.changed((view.labels, inputs, view.color_by.clone(), view.scale)) {
        return;
    }
    let column = opened.embedding.as_ref().and_then(|embedding| view.color_column(&embedding.metadata));
    let column = column.filter(|_| view.labels && matches!(legend.0, Legend::Categories { .. }));
    let rows = column.map_or(RowSet::EMPTY, |column| {
        // The same sample as for labels: other points could not get a label.
        let place = |row: usize| {
            let row = u32::try_from(row).ok()?;
            cloud.shown(row)?;
            Some((row, cloud.place(row)?))
        };
        let points =
            random::sample(cloud.len(), MOST_CANDIDATES).filter_map(|row| Some((column.code(row)?, place(row)?)));
        of(points.map(|(code, (row, at))| (code as usize, row, at)).collect())
    });
    if rows != middles.rows {
        *middles = Middles { rows, revision: middles.revision + 1 };
    }
}

/// Returns the rows in the middle of the largest categories, given the category, row and place of
/// each point.
fn of(points: Vec<(usize, u32, Vec3)>) -> RowSet {
    let categories = points.iter().map(|(category, ..)| category + 1).max().unwrap_or(0);
    let mut sums = vec![(Vec3::ZERO, 0_u32); categories];
    for &(category, _, at) in &points {
        sums[category].0 += at;
        sums[category].1 += 1;
    }
    let mut nearest = vec![(f32::INFINITY, 0_u32); categories];
    for &(category, row, at) in &points {
        let away = at.distance_squared(sums[category].0 / sums[category].1 as f32);
        if away < nearest[category].0 {
            nearest[category] = (away, row);
        }
    }
    let mut order: Vec<usize> = (0..categories).filter(|&category| sums[category].1 > 0).collect();
    order.sort_by_key(|&category| std::cmp::Reverse(sums[category].1));
    order.iter().take(CATEGORIES).map(|&category| nearest[category].1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_of_a_category_is_its_point_nearest_to_the_mean() {
        let place = |x: f32| Vec3::new(x, 0.0, 0.0);
        let points = vec![
            (1, 0, place(0.0)),
            (1, 1, place(10.0)),
            (1, 2, place(6.0)),
            (4, 3, place(-1.0)),
            (0, 4, place(3.0)),
            (0, 5, place(3.5)),
            (0, 6, place(5.0)),
        ];
        assert_eq!(of(points).as_slice(), [2, 3, 5]);
        assert_eq!(of(Vec::new()), RowSet::EMPTY);
    }
}
