//! Chooses which thumbnails to leave out where they would overlap.
//!
//! Each point has a level. Level 0 has at most one point in each cell of a coarse grid over the
//! layout. Each further level adds points, at most one in each cell of a grid twice as fine that
//! has none yet. The points up to a level are therefore spread about evenly, and the renderer shows
//! the thumbnails up to the level whose cells are as large on screen as a thumbnail: more as the
//! camera comes nearer. Levels depend only on the layout, so that nothing flickers while the camera
//! turns.

use std::{collections::HashSet, sync::Arc};

use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
    window::RequestRedraw,
};
use parallax_session::PointStyle;
use parallax_state::{CurrentView, FrameSystems};

use crate::{
    Cloud, CloudRevisions,
    optics::COARSEST,
    order::{PointSystems, StyleSystems},
};

/// The last level, for points that nearly coincide with others.
const LAST: u8 = 15;

/// The level of each row. Empty while no thumbnails are shown or the levels are being computed.
#[derive(Resource, Debug, Default)]
pub(crate) struct Thinning {
    pub(crate) levels: Arc<[u8]>,
    /// Increases when the levels change.
    pub(crate) revision: u64,
    of: Option<CloudRevisions>,
    task: Option<Task<Vec<u8>>>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Thinning>()
        .add_systems(Update, thin_thumbnails.in_set(FrameSystems::Follow).after(PointSystems).before(StyleSystems));
}

/// Computes the levels in the background when thumbnails are shown and the points have moved.
fn thin_thumbnails(
    (view, revisions): (Res<CurrentView>, Res<CloudRevisions>),
    mut thinning: ResMut<Thinning>,
    cloud: Res<Cloud>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if view.points != PointStyle::Sprites {
        if thinning.of.is_some() {
            *thinning = Thinning { revision: thinning.revision + 1, ..Thinning::default() };
        }
        return;
    }
    let of = CloudRevisions { styles: 0, ..*revisions };
    if thinning.of != Some(of) {
        thinning.of = Some(of);
        let (rows, places) = (cloud.len(), cloud.first.places.clone());
        let place = move |row| places.get(row).unwrap_or_default();
        let work = async move { levels(&(0..rows).map(place).collect::<Vec<Vec3>>()) };
        thinning.task = Some(AsyncComputeTaskPool::get().spawn(work));
    }
    if thinning.task.is_none() {
        return;
    }
    redraw.write(RequestRedraw);
    if let Some(levels) = thinning.task.as_mut().and_then(check_ready) {
        thinning.task = None;
        thinning.levels = levels.into();
        thinning.revision += 1;
    }
}

/// Returns the level of each place.
fn levels(places: &[Vec3]) -> Vec<u8> {
    let mut levels = vec![LAST; places.len()];
    let mut left: Vec<usize> = (0..places.len()).collect();
    let mut taken: Vec<usize> = Vec::new();
    for level in 0..LAST {
        let side = COARSEST * 0.5_f32.powi(level.into());
        let cell = |place: usize| (places[place] / side).floor().as_ivec3();
        let mut cells: HashSet<IVec3> = taken.iter().map(|&place| cell(place)).collect();
        left.retain(|&place| {
            let is_first = cells.insert(cell(place));
            if is_first {
                levels[place] = level;
                taken.push(place);
            }
            !is_first
        });
        if left.is_empty() {
            break;
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_one_point_for_each_cell_and_leave_no_cell_empty() {
        let number = |i: u32, step: u32| (i * step % 1009) as f32 / 504.5 - 1.0;
        let places: Vec<Vec3> = (0..800).map(|i| Vec3::new(number(i, 383), number(i, 647), number(i, 71))).collect();
        let levels = levels(&places);
        for level in 0..6_u8 {
            let cell = |place: &Vec3| (place / (COARSEST * 0.5_f32.powi(level.into()))).floor().as_ivec3();
            let all: HashSet<IVec3> = places.iter().map(cell).collect();
            let own = places.iter().zip(&levels).filter(|(_, of)| **of == level).map(|(place, _)| cell(place));
            let own: Vec<IVec3> = own.collect();
            assert_eq!(own.iter().collect::<HashSet<_>>().len(), own.len(), "level {level}");
            let upto = places.iter().zip(&levels).filter(|(_, of)| **of <= level);
            assert_eq!(upto.map(|(place, _)| cell(place)).collect::<HashSet<_>>(), all, "level {level}");
        }
        assert!(levels.iter().any(|&level| level > 2));
    }

    #[test]
    fn points_on_one_place_are_left_to_the_last_level() {
        assert_eq!(levels(&[Vec3::ONE; 3]), [0, LAST, LAST]);
        assert_eq!(levels(&[]), [0_u8; 0]);
    }
}
