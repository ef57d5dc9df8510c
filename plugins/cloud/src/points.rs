//! Entities for rows, and their positions.
//!
//! A new layout morphs: the renderer moves the points from their old to their new positions, and
//! the CPU knows both. The places of many points are arranged for the device in a task, and until
//! that is done they stay where they are.

use std::{sync::Arc, time::Duration};

use bevy::{
    prelude::*,
    render::{
        render_resource::Buffer,
        renderer::{RenderDevice, RenderQueue},
    },
    window::RequestRedraw,
};
use parallax_projection::Layout;
use parallax_session::{Arrangement, CloudUnits, Eye, Spot};
use parallax_state::{
    CurrentCompared, CurrentLayout, CurrentView, FrameSystems, MANY, Motion, Opened, Pending, Seen, Tempo, eased,
};

use crate::{
    PointColor, PointFlags, PointIndex,
    columns::Device,
    order::PointSystems,
    places::{Bounds, Places, SharedUnits},
    shuffle::Shuffle,
};

/// The cloud as a whole.
#[derive(Resource, Debug, Default)]
pub struct Cloud {
    /// The radius of a point in world units.
    pub radius: f32,
    /// The number of points that have a position.
    pub placed: usize,
    entities: Vec<Entity>,
    /// The order in which points are drawn.
    pub(crate) shuffle: Arc<Shuffle>,
    /// The places in the layout.
    pub(crate) first: Course,
    /// The places in the embedding that is compared with. Rows without a partner have none.
    pub(crate) second: Option<Course>,
    /// The middle of the second places, and how far they reach from it.
    second_sphere: (Vec3, f32),
    /// How first and second places are shown.
    arrangement: Arrangement,
    /// The buffers that were made in tasks.
    pub(crate) made: Made,
    /// Whether places, and colors and flags, are being made.
    pub(crate) making: [bool; 2],
}

/// Columns of many points that are ready for the device, each with its revision.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) positions: Option<(u64, Buffer)>,
    pub(crate) styles: Option<(u64, Buffer)>,
}

/// Where points are in a picture, apart from the world: a task can keep it while the cloud moves on.
#[derive(Debug, Clone)]
pub struct SeenPlaces {
    first: Course,
    second: Option<Course>,
    share: Option<f32>,
    side: Side,
    shuffle: Arc<Shuffle>,
}

/// Which of its places a row has in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Side {
    /// That in the layout.
    #[default]
    First,
    /// That in the embedding that is compared with.
    Second,
    /// One on the way from the first to the second.
    Between,
}

/// How far the points are in their motion, for those who compare it with what they have seen.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Phase {
    /// The progress of the morph from 0 to 1.
    pub morph: f32,
    second: Option<f32>,
    arrangement: Option<Arrangement>,
}

/// Where points are, and how they move there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course {
    pub(crate) before: Before,
    pub(crate) places: Arc<Places>,
    morph: Timer,
    /// Where rows are that have no place.
    absent: Vec3,
}

/// Where rows without a second place are: the shader does not draw what is there.
pub(crate) const ABSENT: Vec3 = Vec3::splat(f32::MAX);

/// Where the points were when the morph began.
#[derive(Debug, Clone, Default)]
pub(crate) enum Before {
    /// There is no morph.
    #[default]
    Nothing,
    /// At their positions in another layout.
    Places(Arc<Places>),
    /// In the middle of another morph: in world units, by row.
    Seen(Arc<[Vec3]>),
}

/// Counters of changes, which readers compare with the last values they saw.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CloudRevisions {
    /// The points themselves.
    pub points: u64,
    /// Their positions.
    pub positions: u64,
    /// Their second positions.
    pub second: u64,
    /// Their colors and flags.
    pub styles: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Cloud>().init_resource::<CloudRevisions>().add_systems(
        Update,
        (spawn_points, size_points, place_points, place_second, morph_points)
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

    /// Returns the place of a row in the order of drawing: of two points at the same depth the later
    /// one is on top.
    #[must_use]
    pub fn slot(&self, row: u32) -> usize {
        self.shuffle.slot(row as usize)
    }

    /// Returns the row at a place in the order of drawing.
    #[must_use]
    pub fn row(&self, slot: usize) -> u32 {
        self.shuffle.row(slot) as u32
    }

    /// Returns the bounding box of the points, and how to convert world units to the layout's
    /// units.
    pub(crate) fn bounds(&self) -> Bounds {
        self.first.places.bounds()
    }

    /// Returns whether no point moves, and nothing is being made that would change the picture.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.morph() >= 1.0 && !self.is_being_made()
    }

    /// Returns whether places, colors, or flags are being made in a task.
    #[must_use]
    pub fn is_being_made(&self) -> bool {
        self.making != [false; 2]
    }

    /// Returns the place of `row` in the layout, in world units, where its point is or will be. `None`
    /// if it has none.
    #[must_use]
    #[inline]
    pub fn place(&self, row: u32) -> Option<Vec3> {
        self.first.places.get(row as usize)
    }

    /// Returns where the points are now in a picture of these places.
    #[must_use]
    pub fn seen(&self, side: Side) -> SeenPlaces {
        let (first, second, shuffle) = (self.first.clone(), self.second.clone(), self.shuffle.clone());
        SeenPlaces { first, second, share: self.share(), side, shuffle }
    }

    /// Returns the eased progress of the morph from 0 to 1: of the places that move longest.
    #[must_use]
    pub fn morph(&self) -> f32 {
        self.second.as_ref().map_or(1.0, Course::morph).min(self.first.morph())
    }

    /// Returns how far the points are in their motion.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let second = self.second.as_ref().map(Course::morph);
        Phase { morph: self.morph(), second, arrangement: second.map(|_| self.arrangement) }
    }

    /// Returns how far the one picture is on the way from the first places to the second.
    pub(crate) fn share(&self) -> Option<f32> {
        self.arrangement.share().filter(|_| self.second.is_some())
    }

    /// Returns whether there are second places, and each have a picture of their own.
    #[must_use]
    pub fn is_pair(&self) -> bool {
        self.second.is_some() && self.arrangement == Arrangement::SideBySide
    }

    /// Returns whether both places of each row are in one picture.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.second.is_some() && self.arrangement == Arrangement::Over
    }

    /// Returns which places the picture of `eye` shows: one of each row, or both.
    pub fn sides(&self, eye: Eye) -> impl DoubleEndedIterator<Item = Side> + use<> {
        [Some(self.side(eye)), self.is_over().then_some(Side::Second)].into_iter().flatten()
    }

    /// Returns which places the picture of `eye` shows; those of the layout if it shows both.
    #[must_use]
    pub fn side(&self, eye: Eye) -> Side {
        match eye {
            _ if self.share().is_some_and(|share| share > 0.0) => Side::Between,
            Eye::Right if self.is_pair() => Side::Second,
            _ => Side::First,
        }
    }

    /// Returns where the point of `row` is now in a picture. `None` if it has no place there.
    #[must_use]
    #[inline]
    pub fn seen_at(&self, side: Side, row: usize) -> Option<Vec3> {
        seen_at((&self.first, self.second.as_ref(), self.share()), side, row)
    }

    /// Returns how far a layout reaches that has the scale of the current one: 1 if it fills the sphere
    /// of radius 1.
    #[must_use]
    pub fn reach_of(&self, layout: &Layout) -> f32 {
        self.first.places.reach_of(layout)
    }

    /// Returns the middle of the second places, and how far they reach from it without outliers, as the
    /// units of the cloud are found. `None` without second places.
    #[must_use]
    pub fn second_sphere(&self) -> Option<(Vec3, f32)> {
        self.second.as_ref().map(|_| self.second_sphere)
    }

    /// Returns where these coordinates of a layout are that has the scale of the current one.
    pub(crate) fn at(&self, coordinates: &[f32]) -> Option<Vec3> {
        self.first.places.at(coordinates)
    }

    /// Returns where the spot of a vector that is no row is now.
    #[must_use]
    pub fn spot(&self, spot: &Spot) -> Option<Vec3> {
        match spot {
            Spot::Projected(coordinates) => self.first.places.at(coordinates),
            Spot::Beside(row) => Some(self.first.seen_at(*row as usize, self.first.places.get(*row as usize)?)),
        }
    }
}

impl SeenPlaces {
    /// Returns the places of a layout as a picture has them that shows nothing else: the first three
    /// coordinates.
    #[must_use]
    pub fn of(layout: &Arc<Layout>) -> Self {
        let seen = [0, 1, 2].map(|axis| (axis < layout.dims()).then_some(axis));
        let places = Arc::new(Places::of(layout, seen, None, None));
        let first = Course { places, ..Course::default() };
        let shuffle = Arc::new(Shuffle::of(layout.rows()));
        Self { first, second: None, share: None, side: Side::First, shuffle }
    }

    /// Returns where the point of `row` is. `None` if it has no place in the picture.
    #[must_use]
    #[inline]
    pub fn at(&self, row: usize) -> Option<Vec3> {
        seen_at((&self.first, self.second.as_ref(), self.share), self.side, row)
    }

    /// Returns which of their places they are.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Returns the place of a row in the order of drawing, as [`Cloud::slot`] does.
    #[must_use]
    pub fn slot(&self, row: u32) -> usize {
        self.shuffle.slot(row as usize)
    }

    /// Returns the row at a place in the order of drawing, as [`Cloud::row`] does.
    #[must_use]
    pub fn row(&self, slot: usize) -> u32 {
        self.shuffle.row(slot) as u32
    }
}

/// Returns where the point of `row` is in a picture of these places.
#[inline]
fn seen_at((first, second, share): (&Course, Option<&Course>, Option<f32>), side: Side, row: usize) -> Option<Vec3> {
    let first_at = || first.places.get(row).map(|place| first.seen_at(row, place));
    match side {
        Side::First => first_at(),
        Side::Second => second?.seen(row),
        Side::Between => first_at().zip(second?.seen(row)).zip(share).map(|((a, b), share)| a.lerp(b, share)),
    }
}

impl Course {
    /// Returns the eased progress of the morph from 0 to 1.
    pub(crate) fn morph(&self) -> f32 {
        match self.before {
            Before::Nothing => 1.0,
            _ => eased(self.morph.fraction(), self.morph.duration()),
        }
    }

    /// Returns where the point of `row`, whose position is `position`, is now.
    #[inline]
    fn seen_at(&self, row: usize, position: Vec3) -> Vec3 {
        self.before_at(row).map_or(position, |before| before.lerp(position, self.morph()))
    }

    /// Returns where the point of `row` is now. `None` if it has no place, or had none before.
    #[inline]
    fn seen(&self, row: usize) -> Option<Vec3> {
        let place = self.places.get(row)?;
        self.before_at(row).is_none_or(|before| before != self.absent).then(|| self.seen_at(row, place))
    }

    /// Returns where the point of `row` was when the current morph began.
    #[inline]
    pub(crate) fn before_at(&self, row: usize) -> Option<Vec3> {
        match &self.before {
            Before::Nothing => None,
            Before::Places(places) => Some(places.get(row).unwrap_or(self.absent)),
            Before::Seen(seen) => seen.get(row).copied(),
        }
    }

    /// Begins the morph of so many rows from the current positions to `places`.
    fn go_to(&mut self, places: Arc<Places>, glide: Duration, rows: usize) {
        let seen = |row| self.places.get(row).map_or(self.absent, |place| self.seen_at(row, place));
        self.before = match self.before {
            Before::Nothing => Before::Places(std::mem::take(&mut self.places)),
            _ => Before::Seen((0..rows).map(seen).collect()),
        };
        self.places = places;
        self.morph = Timer::new(glide, TimerMode::Once);
    }

    /// Is at `places` at once.
    fn jump_to(&mut self, places: Arc<Places>) {
        self.places = places;
        self.before = Before::Nothing;
    }

    /// Advances the morph, and drops its start when it has ended. Returns whether it goes on.
    fn go_on(&mut self, step: Duration) -> bool {
        if !matches!(self.before, Before::Nothing) && self.morph.tick(step).is_finished() {
            self.before = Before::Nothing;
        }
        !matches!(self.before, Before::Nothing)
    }
}

/// Spawns one entity for each row when the rows change.
fn spawn_points(opened: Res<Opened>, mut epoch: Local<Seen<u64>>, mut commands: Commands) {
    if epoch.changed(opened.rows_epoch) {
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
    let point = |row| (PointIndex(row), PointColor(0), hidden);
    let entities = world.spawn_batch((0..rows).map(point)).collect();
    let mut cloud = world.resource_mut::<Cloud>();
    let shuffle = Arc::new(Shuffle::of(rows as usize));
    *cloud = Cloud { radius: point_radius(rows as usize), entities, shuffle, ..Cloud::default() };
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

/// Places that are ready to be shown.
struct Placed {
    places: Arc<Places>,
    /// The number of rows that have one.
    count: usize,
    /// The places in the order of drawing. The renderer makes those of few points.
    buffer: Option<Buffer>,
    /// The [`Opened::rows_epoch`] of the rows, and whether they had no places before.
    epoch: u64,
    anew: bool,
    glide: Duration,
}

/// Moves the points when the layout or the shown components change. What changes while the places of
/// many points are being arranged is taken up after that.
fn place_points(
    (view, opened, layout): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (motion, tempo): (Res<Motion>, Res<Tempo>),
    mut done: Local<Seen<(u64, u64, [Option<usize>; 3])>>,
    (mut units, mut placing): (Local<SharedUnits>, Local<Pending<Placed>>),
    (mut cloud, mut revisions): (ResMut<Cloud>, ResMut<CloudRevisions>),
    (device, queue): (Option<Res<RenderDevice>>, Option<Res<RenderQueue>>),
    mut redraw: MessageWriter<RequestRedraw>,
) {
    show_places(&mut placing, &opened, *motion, (&mut cloud, &mut revisions));
    if let Some(coordinates) = layout.on_screen(&opened).filter(|_| !placing.is_busy()) {
        let components = view.projection.seen(layout.method, coordinates.dims());
        if let Some(before) = done.replaced((opened.rows_epoch, layout.revision, components)) {
            // A change of components takes as long as a change of the method.
            let glide = match before {
                Some((_, revision, _)) if revision != layout.revision => layout.glide,
                _ => tempo.0,
            };
            let anew = before.is_none_or(|(epoch, ..)| epoch != opened.rows_epoch);
            // A layout that includes other rows keeps its scale: the remaining points stay where they are.
            let alone = view.isolated().filter(|_| !layout.of_more);
            let units = units.of(&layout.scaled_with, components);
            let places = Arc::new(Places::of(coordinates, components, alone, units));
            let (rows, epoch, shuffle) = (cloud.len(), opened.rows_epoch, cloud.shuffle.clone());
            let device = Device::for_many(rows, device.as_deref(), queue.as_deref());
            placing.begin(rows, move || {
                let count = places.count(rows);
                let place = |row| places.get(row).unwrap_or_default();
                let buffer = device.map(|device| device.made("positions", &shuffle, place));
                Placed { places, count, buffer, epoch, anew, glide }
            });
        }
        show_places(&mut placing, &opened, *motion, (&mut cloud, &mut revisions));
    }
    if cloud.making[0] != placing.is_busy() {
        cloud.making[0] = placing.is_busy();
    }
    if placing.is_busy() {
        redraw.write(RequestRedraw);
    }
}

/// Moves the points to the places that are ready, unless there are other rows.
fn show_places(
    placing: &mut Pending<Placed>,
    opened: &Opened,
    motion: Motion,
    (cloud, revisions): (&mut ResMut<Cloud>, &mut CloudRevisions),
) {
    // Where many points are within a morph is known to the device alone: they arrive before they go on.
    if cloud.len() >= MANY && cloud.first.morph() < 1.0 {
        return;
    }
    let Some(placed) = placing.take().filter(|placed| placed.epoch == opened.rows_epoch) else { return };
    let rows = cloud.len();
    revisions.positions += 1;
    cloud.placed = placed.count;
    cloud.made.positions = placed.buffer.map(|buffer| (revisions.positions, buffer));
    if placed.anew || motion == Motion::Reduced || placed.glide.is_zero() {
        cloud.first.jump_to(placed.places);
    } else {
        cloud.first.go_to(placed.places, placed.glide, rows);
    }
}

/// Gives the rows their second places when the second embedding was laid out.
fn place_second(
    (view, opened, compared): (Res<CurrentView>, Res<Opened>, Res<CurrentCompared>),
    (motion, tempo): (Res<Motion>, Res<Tempo>),
    mut done: Local<Seen<(u64, u64, bool)>>,
    (mut cloud, mut revisions): (ResMut<Cloud>, ResMut<CloudRevisions>),
) {
    let arrangement = view.compared.as_ref().map_or_else(Arrangement::default, |compared| compared.arrangement);
    if cloud.arrangement != arrangement {
        cloud.arrangement = arrangement;
    }
    if !done.changed((opened.epoch, compared.revision, view.compared.is_some())) {
        return;
    }
    let is_of = compared.epoch == opened.epoch && view.compared.is_some();
    let Some(layout) = compared.layout.as_ref().filter(|_| is_of) else {
        if cloud.second.take().is_some() {
            revisions.second += 1;
        }
        return;
    };
    let places = Arc::new(cloud.first.places.beside(layout));
    let rows = cloud.len();
    let units = CloudUnits::of(rows, |row| places.get(row).map(Vec3::into));
    cloud.second_sphere = (units.center.into(), units.reach);
    match &mut cloud.second {
        Some(second) if *motion == Motion::Full && !tempo.0.is_zero() => second.go_to(places, tempo.0, rows),
        Some(second) => second.jump_to(places),
        None => cloud.second = Some(Course { places, absent: ABSENT, ..Course::default() }),
    }
    revisions.second += 1;
}

/// Advances the morphs.
fn morph_points(time: Res<Time<Real>>, mut cloud: ResMut<Cloud>, mut redraw: MessageWriter<RequestRedraw>) {
    // The first frame after a long pause must not skip the whole morph.
    let step = time.delta().min(std::time::Duration::from_millis(50));
    let is_at_rest = |course: &Course| matches!(course.before, Before::Nothing);
    if is_at_rest(&cloud.first) && cloud.second.as_ref().is_none_or(is_at_rest) {
        return;
    }
    let moves = cloud.first.go_on(step) | cloud.second.as_mut().is_some_and(|second| second.go_on(step));
    if moves {
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
    use ndarray::{Array2, array};
    use parallax_embedding::{Embedding, Progress, Vectors};
    use parallax_projection::Method;
    use parallax_state::StatePlugin;

    use super::*;

    /// A pair of layouts of three rows, of which the second has no place for the last.
    fn compared(arrangement: Arrangement) -> Cloud {
        let layout = |values| Arc::new(Layout::from(values));
        let first =
            Places::of(&layout(array![[-2.0_f32, 0.0], [2.0, 0.0], [0.0, 1.0]]), [Some(0), Some(1), None], None, None);
        let second = first.beside(&layout(array![[-2.0_f32, 1.0], [2.0, -1.0], [f32::NAN, f32::NAN]]));
        let first = Course { places: first.into(), ..Course::default() };
        let second = Some(Course { places: second.into(), absent: ABSENT, ..Course::default() });
        Cloud { first, second, arrangement, ..Cloud::default() }
    }

    #[test]
    fn rows_have_the_place_of_their_picture() {
        // In the units of the layout, whose box is from -2 to 2, and from 0 to 1.
        let check = |cloud: &Cloud, eye, row: usize, expected: Option<[f32; 2]>| {
            let found = cloud.seen_at(cloud.side(eye), row);
            assert_eq!(found, cloud.seen(cloud.side(eye)).at(row));
            let found = found.map(|at| (at / cloud.bounds().scale).truncate() + Vec2::new(0.0, 0.5));
            let is_there = match (found, expected) {
                (Some(found), Some(expected)) => found.distance(expected.into()) < 1e-5,
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_there, "{eye:?} {row}: {found:?}, not {expected:?}");
        };
        let pair = compared(Arrangement::SideBySide);
        assert!(pair.is_pair());
        for eye in [Eye::Left, Eye::Middle] {
            check(&pair, eye, 0, Some([-2.0, 0.0]));
            check(&pair, eye, 2, Some([0.0, 1.0]));
        }
        check(&pair, Eye::Right, 1, Some([2.0, -1.0]));
        check(&pair, Eye::Right, 2, None);
        let over = compared(Arrangement::Over);
        assert!(!over.is_pair());
        for eye in [Eye::Left, Eye::Middle, Eye::Right] {
            assert_eq!(over.sides(eye).collect::<Vec<_>>(), [Side::First, Side::Second]);
            check(&over, eye, 2, Some([0.0, 1.0]));
        }
        assert_eq!(pair.sides(Eye::Right).collect::<Vec<_>>(), [Side::Second]);
        let between = compared(Arrangement::Between(0.25));
        assert!(!between.is_pair());
        for eye in [Eye::Left, Eye::Middle, Eye::Right] {
            check(&between, eye, 0, Some([-2.0, 0.25]));
            check(&between, eye, 2, None);
        }
        check(&compared(Arrangement::Between(0.0)), Eye::Right, 2, Some([0.0, 1.0]));
    }

    /// In the middle of a motion to other places, rows go on from where they are.
    #[test]
    fn second_places_go_on_from_where_they_are() {
        let mut cloud = compared(Arrangement::SideBySide);
        let other = Arc::new(Layout::from(array![[0.0_f32, 0.0], [0.0, 0.0], [0.0, 0.0]]));
        let places = cloud.first.places.beside(&other);
        let second = cloud.second.as_mut().unwrap();
        let before = second.seen(0).unwrap();
        second.go_to(places.into(), Duration::from_secs(1), 3);
        assert_eq!((second.seen(0), second.seen(2)), (Some(before), None));
        assert!(second.go_on(Duration::from_millis(500)));
        let middle = second.seen(0).unwrap();
        assert!(middle != before);
        let back = cloud.first.places.beside(&Arc::new(Layout::from(array![[1.0_f32, 1.0], [0.0, 0.0], [0.0, 0.0]])));
        let second = cloud.second.as_mut().unwrap();
        second.go_to(back.into(), Duration::from_secs(1), 3);
        assert_eq!(second.seen(0), Some(middle));
        assert!(!second.go_on(Duration::from_secs(2)));
        assert!(second.seen(2).is_some());
    }

    /// Another step of a training has the same points, which move to their new places.
    #[test]
    fn points_of_another_step_move() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin, plugin)).add_message::<RequestRedraw>();
        let embedding = || Embedding::new("x", Vectors::from_f32(3, 1, vec![0.0; 3]).unwrap(), &Progress::default());
        let lay_out = |world: &mut World, size: f32| {
            let opened = world.resource::<Opened>();
            let epochs = [opened.epoch, opened.rows_epoch];
            let mut current = world.resource_mut::<CurrentLayout>();
            let layout = Array2::from_shape_fn((3, 2), |(row, dim)| size * (row * (dim + 1)) as f32);
            current.layout = Some(Arc::new(Layout::from(layout)));
            current.method = Some(Method::Pca);
            [current.epoch, current.rows_epoch] = epochs;
            current.glide = Duration::from_secs(1);
            current.revision += 1;
        };
        app.world_mut().resource_mut::<Opened>().put(embedding().unwrap(), Vec::new());
        lay_out(app.world_mut(), 1.0);
        (0..2).for_each(|_| app.update());
        let points = |app: &App| app.world().resource::<Cloud>().entities.clone();
        let before = points(&app);
        assert_eq!((before.len(), app.world().resource::<Cloud>().placed), (3, 3));
        app.world_mut().resource_mut::<Opened>().put_step(embedding().unwrap(), Vec::new());
        app.update();
        let cloud = app.world().resource::<Cloud>();
        assert_eq!((&cloud.entities, cloud.placed), (&before, 3), "until there is a layout, they stay");
        lay_out(app.world_mut(), -1.0);
        app.update();
        assert_eq!(points(&app), before);
        assert!(app.world().resource::<Cloud>().first.before_at(0).is_some(), "they are on their way");
        app.world_mut().resource_mut::<Opened>().put(embedding().unwrap(), Vec::new());
        app.update();
        assert!(points(&app).iter().all(|point| !before.contains(point)), "other rows are other points");
    }

    /// The frame goes on; what changes meanwhile comes next; and what is ready for other rows is dropped.
    #[test]
    fn places_of_many_points_come_when_they_are_ready() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin, plugin)).add_message::<RequestRedraw>();
        let vectors = |rows| Vectors::from_f32(rows, 1, vec![0.0; rows]).unwrap();
        let embedding = |rows| Embedding::new("x", vectors(rows), &Progress::default());
        let lay_out = |world: &mut World, middle: f32| {
            let opened = world.resource::<Opened>();
            let (epochs, rows) = ([opened.epoch, opened.rows_epoch], opened.rows());
            let mut current = world.resource_mut::<CurrentLayout>();
            let mut layout = Array2::from_shape_fn((rows, 1), |(row, _)| [-1.0, middle, 1.0][row % 3]);
            layout[[1, 0]] = f32::NAN;
            current.layout = Some(Arc::new(Layout::from(layout)));
            current.method = Some(Method::Pca);
            [current.epoch, current.rows_epoch] = epochs;
            current.revision += 1;
        };
        let cloud = |app: &App| app.world().resource::<Cloud>().placed;
        let place = |app: &App| app.world().resource::<Cloud>().place(4).map(|place| place.x);
        let until = |app: &mut App, is_there: &dyn Fn(&App) -> bool| {
            (0..100_000).find(|_| {
                app.update();
                is_there(app)
            })
        };
        app.world_mut().resource_mut::<Opened>().put(embedding(MANY).unwrap(), Vec::new());
        lay_out(app.world_mut(), 0.0);
        app.update();
        lay_out(app.world_mut(), 0.5);
        assert!(until(&mut app, &|app| place(app) == Some(0.5)).is_some());
        assert_eq!((cloud(&app), app.world().resource::<Cloud>().place(1)), (MANY - 1, None));
        lay_out(app.world_mut(), 0.25);
        app.update();
        app.world_mut().resource_mut::<Opened>().put(embedding(MANY + 1).unwrap(), Vec::new());
        assert!(until(&mut app, &|app| !app.world().resource::<Cloud>().is_being_made()).is_some());
        assert_eq!((cloud(&app), place(&app)), (0, None), "there is no layout of these rows");
        lay_out(app.world_mut(), 0.75);
        assert!(until(&mut app, &|app| place(app) == Some(0.75)).is_some());
        assert_eq!(cloud(&app), MANY);
    }

    #[test]
    fn point_radius_shrinks_with_the_count() {
        assert!(point_radius(1) <= 0.03 && point_radius(1_000_000) < point_radius(10_000));
    }
}
