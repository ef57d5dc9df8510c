//! Entities for rows, and where they are.
//!
//! The layout's chosen components, centered and scaled evenly to a sphere of radius 1, are the positions. A new layout
//! morphs: the renderer moves the points from where they were seen to where they belong, and the CPU knows both ends.

use std::sync::Arc;

use bevy::{ecs::system::SystemState, prelude::*, window::RequestRedraw};
use parallax_projection::Layout;
use parallax_session::{Dims, Projection};
use parallax_state::{CurrentLayout, CurrentView, FrameSystems, Opened};

use crate::optics::point_radius;

/// The row of the embedding that a point stands for.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointIndex(pub u32);

/// Where the point belongs, in world units.
#[derive(Component, Debug, Clone, Copy, PartialEq, bytemuck::NoUninit)]
#[repr(transparent)]
pub struct Position(pub Vec3);

/// The point's sRGB color, 0xBBGGRR.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointColor(pub u32);

/// States of a point, as bits.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointFlags(pub u8);

impl PointFlags {
    /// Selected: ringed and in front.
    pub const SELECTED: u8 = 1;
    /// A neighbor of the inspected row, or a match of the search.
    pub const RELATED: u8 = 2;
    /// Neither, while others are: steps back.
    pub const FADED: u8 = 4;
    /// Not drawn: the row has no place in the layout.
    pub const HIDDEN: u8 = 8;
}

/// The cloud as a whole.
#[derive(Resource, Debug, Default)]
pub struct Cloud {
    /// The radius of a point in world units.
    pub radius: f32,
    /// How many points have a place.
    pub placed: usize,
    entities: Vec<Entity>,
    /// Where the points were when the morph began; empty when none is under way.
    from: Vec<Vec3>,
    morph: Timer,
}

/// What has changed since when: counters that readers compare with the last they saw.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CloudRevisions {
    /// The points themselves.
    pub points: u64,
    /// Their positions.
    pub positions: u64,
    /// Their colors and flags.
    pub styles: u64,
}

/// Points come, go and move.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PointSystems;

/// Seconds from one layout to the next.
const MORPH_SECONDS: f32 = 0.6;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Cloud>()
        .init_resource::<CloudRevisions>()
        .add_systems(Update, (spawn, place, advance).chain().in_set(FrameSystems::Follow).in_set(PointSystems));
}

impl Cloud {
    /// The point of `row`.
    #[must_use]
    pub fn entity(&self, row: u32) -> Option<Entity> {
        self.entities.get(row as usize).copied()
    }

    /// The number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// How far the morph is, eased, from 0 to 1.
    #[must_use]
    pub fn morph(&self) -> f32 {
        if self.from.is_empty() { 1.0 } else { 1.0 - (1.0 - self.morph.fraction()).powi(3) }
    }

    /// Where the points were when the morph began; nothing when none is under way.
    #[must_use]
    pub fn from(&self) -> &[Vec3] {
        &self.from
    }

    /// Where the point of `row`, which belongs at `position`, is seen now.
    #[must_use]
    pub fn seen_at(&self, row: usize, position: Vec3) -> Vec3 {
        self.from.get(row).map_or(position, |from| from.lerp(position, self.morph()))
    }
}

/// One entity a row, when there is another embedding.
///
/// All points go before others come: rows of the table then follow the rows of the embedding, which instance numbers in
/// the shader rely on.
fn spawn(world: &mut World, mut epoch: Local<u64>) {
    let opened = world.resource::<Opened>();
    if opened.epoch == *epoch {
        return;
    }
    *epoch = opened.epoch;
    let rows = u32::try_from(opened.rows()).unwrap_or(u32::MAX);
    for entity in std::mem::take(&mut world.resource_mut::<Cloud>().entities) {
        world.despawn(entity);
    }
    let hidden = PointFlags(PointFlags::HIDDEN);
    let point = |row| (PointIndex(row), Position(Vec3::ZERO), PointColor(0), hidden);
    let entities = world.spawn_batch((0..rows).map(point)).collect();
    let mut cloud = world.resource_mut::<Cloud>();
    *cloud = Cloud { radius: point_radius(rows as usize), entities, ..Cloud::default() };
    world.resource_mut::<CloudRevisions>().points += 1;
}

/// Moves the points when there is another layout, or other components of it are shown.
fn place(
    world: &mut World,
    mut done: Local<Option<(u64, u64, Projection)>>,
    mut columns: Local<Option<SystemState<Query<'static, 'static, &'static mut Position>>>>,
) {
    let (layout, opened) = (world.resource::<CurrentLayout>(), world.resource::<Opened>());
    let Some(coordinates) = layout.of(opened).cloned() else { return };
    let projection = world.resource::<CurrentView>().projection.clone();
    let key = (opened.epoch, layout.revision, projection.clone());
    if done.as_ref() == Some(&key) {
        return;
    }
    let anew = done.as_ref().is_none_or(|(epoch, ..)| *epoch != opened.epoch);
    *done = Some(key);

    let places = Places::of(&coordinates, &projection);
    let mut cloud = std::mem::take(&mut *world.resource_mut::<Cloud>());
    let state = columns.get_or_insert_with(|| SystemState::new(world));
    let Ok(mut positions) = state.get_mut(world) else { return };
    let Ok(columns) = positions.contiguous_iter_mut() else { return };
    let mut from = Vec::with_capacity(if anew { 0 } else { cloud.len() });
    let mut row = 0;
    for mut column in columns {
        for position in column.iter_mut() {
            if !anew {
                from.push(cloud.seen_at(row, position.0));
            }
            position.0 = places.get(row).unwrap_or(Vec3::ZERO);
            row += 1;
        }
    }
    cloud.from = from;
    cloud.morph = Timer::from_seconds(MORPH_SECONDS, TimerMode::Once);
    cloud.placed = places.placed;
    *world.resource_mut::<Cloud>() = cloud;
    world.resource_mut::<CloudRevisions>().positions += 1;
}

/// Lets the morph run, frame by frame, and lets go of its beginning when it is over.
fn advance(time: Res<Time<Real>>, mut cloud: ResMut<Cloud>, mut redraw: MessageWriter<RequestRedraw>) {
    if cloud.from.is_empty() {
        return;
    }
    // The first frame after a long rest must not skip the whole way.
    let step = time.delta().min(std::time::Duration::from_millis(50));
    if cloud.morph.tick(step).is_finished() {
        cloud.from = Vec::new();
    }
    redraw.write(RequestRedraw);
}

/// A layout's chosen components, centered and evenly scaled.
struct Places {
    layout: Arc<Layout>,
    components: [Option<usize>; 3],
    center: Vec3,
    scale: f32,
    placed: usize,
}

impl Places {
    fn of(layout: &Arc<Layout>, projection: &Projection) -> Self {
        let exists = |component: usize| (component < layout.dims).then_some(component);
        let [x, y, z] = projection.components.map(exists);
        let components = [x, y, z.filter(|_| projection.dims == Dims::Three)];
        let mut places = Self { layout: layout.clone(), components, center: Vec3::ZERO, scale: 1.0, placed: 0 };
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        let mut placed = 0;
        for position in (0..places.rows()).filter_map(|row| places.raw(row)) {
            (low, high) = (low.min(position), high.max(position));
            placed += 1;
        }
        places.placed = placed;
        if places.placed > 0 {
            places.center = (low + high) / 2.0;
            places.scale = places.reach().recip();
        }
        places
    }

    fn rows(&self) -> usize {
        self.layout.coordinates.len().checked_div(self.layout.dims).unwrap_or(0)
    }

    /// The distance from the center that becomes 1: the farthest point's, but no more than 2.5 times what 98 of 100
    /// points keep within, lest a few outliers make a speck of the rest.
    fn reach(&self) -> f32 {
        let mut distances: Vec<f32> =
            (0..self.rows()).filter_map(|row| self.raw(row)).map(|at| at.distance(self.center)).collect();
        let place = (distances.len() - 1) * 98 / 100;
        let (_, &mut most, rest) = distances.select_nth_unstable_by(place, f32::total_cmp);
        let farthest = rest.iter().copied().fold(most, f32::max);
        let reach = if most > 0.0 { farthest.min(most * 2.5) } else { farthest };
        if reach > 0.0 && reach.is_finite() { reach } else { 1.0 }
    }

    fn raw(&self, row: usize) -> Option<Vec3> {
        let start = row * self.layout.dims;
        let coordinates = self.layout.coordinates.get(start..start + self.layout.dims)?;
        let position = self.components.map(|component| component.map_or(0.0, |component| coordinates[component]));
        Vec3::from(position).is_finite().then_some(position.into())
    }

    fn get(&self, row: usize) -> Option<Vec3> {
        self.raw(row).map(|position| (position - self.center) * self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(dims: usize, coordinates: Vec<f32>, projection: &Projection) -> Places {
        Places::of(&Arc::new(Layout { dims, coordinates }), projection)
    }

    #[test]
    fn axes_share_one_scale_and_the_farthest_point_is_at_one() {
        let places = places(3, vec![-10.0, 0.0, 0.0, 10.0, 2.0, 0.0, 0.0, 1.0, 0.0], &Projection::default());
        let (a, b) = (places.get(0).unwrap(), places.get(1).unwrap());
        assert!((a.length() - 1.0).abs() < 1e-6 && (b.length() - 1.0).abs() < 1e-6);
        assert!(((b - a).x / (b - a).y - 10.0).abs() < 1e-4, "the shape stays as it is");
    }

    #[test]
    fn few_outliers_do_not_make_a_speck_of_the_rest() {
        let mut coordinates: Vec<f32> = (0..300).map(|i| (i % 20) as f32 - 9.5).collect();
        coordinates[0] = 1e6;
        let places = places(1, coordinates, &Projection::default());
        assert!(places.scale > 1.0 / 1e7);
        let scaled: Vec<f32> = (1..300).filter_map(|row| places.get(row)).map(|p| p.x).collect();
        assert!(scaled.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn rows_without_a_place_and_components_that_are_not_there() {
        let nan = f32::NAN;
        let projection = Projection { components: [1, 0, 7], ..Projection::default() };
        let places = places(2, vec![1.0, 2.0, nan, 0.0, 3.0, 4.0], &projection);
        assert_eq!((places.placed, places.get(1)), (2, None));
        assert!(places.get(0).unwrap().z == 0.0 && places.get(2).unwrap().x > 0.0);
        for (dims, coordinates) in [(0, vec![]), (2, vec![]), (2, vec![5.0, 5.0, 5.0, 5.0]), (3, vec![nan; 3])] {
            let places = super::tests::places(dims, coordinates, &Projection::default());
            assert!((0..3).filter_map(|row| places.get(row)).all(|at| at == Vec3::ZERO));
        }
    }
}
