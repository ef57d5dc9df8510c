//! Entities for rows, and their positions.
//!
//! A new layout morphs: the renderer moves the points from their old to their new positions, and
//! the CPU knows both.

use std::time::Duration;

use bevy::{prelude::*, window::RequestRedraw};
use parallax_session::Spot;
use parallax_state::{CurrentLayout, CurrentView, FrameSystems, Motion, Opened, Seen, Tempo, eased};

use crate::{
    PointColor, PointFlags, PointIndex, Position,
    order::PointSystems,
    places::{Bounds, Places},
};

/// The cloud as a whole.
#[derive(Resource, Debug, Default)]
pub struct Cloud {
    /// The radius of a point in world units.
    pub radius: f32,
    /// The number of points that have a position.
    pub placed: usize,
    entities: Vec<Entity>,
    pub(crate) before: Before,
    places: Places,
    morph: Timer,
}

/// Where the points were when the morph began.
#[derive(Debug, Default)]
pub(crate) enum Before {
    /// There is no morph.
    #[default]
    Nothing,
    /// At their positions in another layout.
    Places(Places),
    /// In the middle of another morph: in world units, by row.
    Seen(Vec<Vec3>),
}

/// Counters of changes, which readers compare with the last values they saw.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CloudRevisions {
    /// The points themselves.
    pub points: u64,
    /// Their positions.
    pub positions: u64,
    /// Their colors and flags.
    pub styles: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Cloud>().init_resource::<CloudRevisions>().add_systems(
        Update,
        (spawn_points, size_points, place_points, morph_points)
            .chain()
            .in_set(FrameSystems::Follow)
            .in_set(PointSystems),
    );
}

impl Cloud {
    /// Returns the point of `row`.
    #[must_use]
    pub fn entity(&self, row: u32) -> Option<Entity> {
        self.entities.get(row as usize).copied()
    }

    /// Returns the number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Returns `true` if there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Returns the bounding box of the points, and how to convert world units to the layout's
    /// units.
    pub(crate) fn bounds(&self) -> Bounds {
        self.places.bounds()
    }

    /// Returns the eased progress of the morph from 0 to 1.
    #[must_use]
    pub fn morph(&self) -> f32 {
        match self.before {
            Before::Nothing => 1.0,
            _ => eased(self.morph.fraction(), self.morph.duration()),
        }
    }

    /// Returns where the point of `row`, whose position is `position`, is now.
    #[must_use]
    #[inline]
    pub fn seen_at(&self, row: usize, position: Vec3) -> Vec3 {
        self.before_at(row).map_or(position, |before| before.lerp(position, self.morph()))
    }

    /// Returns where the spot of a vector that is no row is now.
    #[must_use]
    pub fn spot(&self, spot: &Spot) -> Option<Vec3> {
        match spot {
            Spot::Projected(coordinates) => self.places.at(coordinates),
            Spot::Beside(row) => Some(self.seen_at(*row as usize, self.places.get(*row as usize)?)),
        }
    }

    /// Returns where the point of `row` was when the current morph began.
    #[inline]
    pub(crate) fn before_at(&self, row: usize) -> Option<Vec3> {
        match &self.before {
            Before::Nothing => None,
            Before::Places(places) => Some(places.get(row).unwrap_or(Vec3::ZERO)),
            Before::Seen(seen) => seen.get(row).copied(),
        }
    }

    /// Begins the morph from the current positions to `places`.
    fn go_to(&mut self, places: Places, glide: Duration) {
        let seen = |row| self.seen_at(row, self.places.get(row).unwrap_or(Vec3::ZERO));
        self.before = match self.before {
            Before::Nothing => Before::Places(std::mem::take(&mut self.places)),
            _ => Before::Seen((0..self.entities.len()).map(seen).collect()),
        };
        self.places = places;
        self.morph = Timer::new(glide, TimerMode::Once);
    }
}

/// Spawns one entity for each row when the embedding changes.
fn spawn_points(opened: Res<Opened>, mut epoch: Local<Seen<u64>>, mut commands: Commands) {
    if epoch.changed(opened.epoch) {
        let rows = u32::try_from(opened.rows()).unwrap_or(u32::MAX);
        commands.queue(move |world: &mut World| replace_points(world, rows));
    }
}

/// Despawns all points before others are spawned, so that rows of the table follow the rows of the
/// embedding. Instance numbers in the shader rely on this.
fn replace_points(world: &mut World, rows: u32) {
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

/// Sets the point size from the number of points and the view's factor.
fn size_points(view: Res<CurrentView>, mut cloud: ResMut<Cloud>) {
    let size = view.look.size;
    let radius = point_radius(cloud.len()) * if size.is_finite() { size.clamp(0.05, 20.0) } else { 1.0 };
    if (cloud.radius - radius).abs() > f32::EPSILON * radius {
        cloud.radius = radius;
    }
}

/// Moves the points when the layout or the shown components change.
fn place_points(
    (view, opened, layout): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (motion, tempo): (Res<Motion>, Res<Tempo>),
    mut done: Local<Seen<(u64, u64, [Option<usize>; 3])>>,
    (mut cloud, mut revisions): (ResMut<Cloud>, ResMut<CloudRevisions>),
    mut positions: Query<&mut Position>,
) {
    let Some(coordinates) = layout.of(&opened) else { return };
    let components = view.projection.seen(layout.method, coordinates.dims());
    let Some(before) = done.replaced((opened.epoch, layout.revision, components)) else { return };
    // A change of components takes as long as a change of the method.
    let glide = match before {
        Some((_, revision, _)) if revision != layout.revision => layout.glide,
        _ => tempo.0,
    };
    let anew = before.is_none_or(|(epoch, ..)| epoch != opened.epoch);
    // A layout that includes other rows keeps its scale: the remaining points stay where they are.
    let alone = view.isolated().filter(|_| !layout.of_more);
    let places = Places::of(coordinates, components, alone);
    let mut placed = 0;
    if let Ok(columns) = positions.contiguous_iter_mut() {
        let mut first = 0;
        for mut column in columns {
            // Readers use `CloudRevisions`: marking a million components as changed would cost as
            // much as moving them.
            let column = column.bypass_change_detection();
            placed += places.fill(first, column);
            first += column.len();
        }
    }
    let still = *motion == Motion::Reduced || glide.is_zero();
    cloud.placed = placed;
    if anew || still {
        cloud.places = places;
        cloud.before = Before::Nothing;
    } else {
        cloud.go_to(places, glide);
    }
    revisions.positions += 1;
}

/// Advances the morph, and drops its start when it has ended.
fn morph_points(time: Res<Time<Real>>, mut cloud: ResMut<Cloud>, mut redraw: MessageWriter<RequestRedraw>) {
    if matches!(cloud.before, Before::Nothing) {
        return;
    }
    // The first frame after a long pause must not skip the whole morph.
    let step = time.delta().min(std::time::Duration::from_millis(50));
    if cloud.morph.tick(step).is_finished() {
        cloud.before = Before::Nothing;
    } else {
        redraw.write(RequestRedraw);
    }
}

/// Returns the radius of each of `count` points in world units, so that they cover about the same
/// part of the cloud, which has radius 1.
fn point_radius(count: usize) -> f32 {
    (0.25 / (count.max(1) as f32).cbrt()).min(0.03)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_radius_shrinks_with_the_count() {
        assert!(point_radius(1) <= 0.03 && point_radius(1_000_000) < point_radius(10_000));
    }
}
