//! The points of rows, and their positions.
//!
//! A new layout morphs: the renderer moves the points from their old to their new positions, and
//! the CPU knows both. The places of many points are arranged for the device in a task, and until
//! that is done they stay where they are.

use std::{sync::Arc, time::Duration};

use bevy::{prelude::*, render::renderer::RenderDevice, window::RequestRedraw};
use parallax_projection::Layout;
use parallax_session::{Arrangement, CloudUnits, Eye, Spot};
use parallax_state::{
    CurrentCompared, CurrentLayout, CurrentView, FrameSystems, MANY, Motion, Opened, Pending, Seen, Tempo, Wake, eased,
};

use crate::{
    Style,
    columns::{Device, Made, forget_lost},
    order::PointSystems,
    places::{Bounds, Places, RowCounts, SharedUnits},
    shuffle::Shuffle,
};

/// The cloud as a whole.
#[derive(Resource, Debug, Default)]
pub struct Cloud {
    /// The radius of a point in world units.
    pub radius: f32,
    /// The number of points that have a position.
    pub placed: usize,
    /// The number of those that are so far from the others that no picture of the whole shows them.
    pub far: usize,
    /// Whether the layout has all coordinates of each row.
    pub(crate) is_whole: bool,
    rows: usize,
    /// Those of all rows. Empty until they are made.
    styles: Arc<[Style]>,
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
    pub(crate) ready: Ready,
    pub(crate) making: Making,
    /// The number of the device that there is. Each one that takes the place of a lost one has the next.
    pub(crate) device: u64,
}

/// Columns of many points that are ready for the device, each with its revision: the rows, their first
/// and second places, and their styles.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    pub(crate) rows: Option<Made>,
    pub(crate) first: Option<(u64, Made)>,
    pub(crate) second: Option<(u64, Made)>,
    pub(crate) styles: Option<(u64, Made)>,
}

impl Ready {
    /// Returns all columns that are there.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut Made> {
        let Self { rows, first, second, styles } = self;
        [first, second, styles].into_iter().flatten().map(|(_, made)| made).chain(rows)
    }
}

/// What is being made in tasks, as bits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Making(u8);

impl Making {
    pub(crate) const FIRST: u8 = 1;
    pub(crate) const SECOND: u8 = 2;
    pub(crate) const STYLES: u8 = 4;

    pub(crate) fn has(self, what: u8) -> bool {
        self.0 & what != 0
    }

    pub(crate) fn set(&mut self, what: u8, is_busy: bool) {
        self.0 = if is_busy { self.0 | what } else { self.0 & !what };
    }
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
        (forget_lost, replace_points, size_points, place_points, place_second, morph_points)
            .chain()
            .in_set(FrameSystems::Follow)
            .in_set(PointSystems),
    );
}

impl Cloud {
    /// Returns the number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns `true` if there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the styles of all points, in the order of rows. There are none until they are made; a task
    /// can keep them.
    #[must_use]
    pub fn styles(&self) -> &Arc<[Style]> {
        &self.styles
    }

    /// Returns the style of the point of `row`.
    #[must_use]
    #[inline]
    pub fn style(&self, row: u32) -> Option<Style> {
        self.styles.get(row as usize).copied()
    }

    /// Returns the style of the point of `row`, unless it is hidden.
    #[must_use]
    #[inline]
    pub fn shown(&self, row: u32) -> Option<Style> {
        self.style(row).filter(|style| !style.is_hidden())
    }

    /// Gives all points these styles.
    pub(crate) fn restyle(&mut self, styles: Arc<[Style]>) {
        self.styles = styles;
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
        self.making != Making::default()
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

    /// Returns whether rows are on the way between their two places. The device knows where that is only
    /// of rows at rest.
    fn is_between(&self) -> bool {
        matches!(self.arrangement, Arrangement::Between(_))
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

    /// Returns the results of `look` for the points of the rows from `first` on that have these styles, are not
    /// hidden, and have a place. It gets the row, where its point is, and its flags.
    pub fn find<T>(&self, first: usize, styles: &[Style], look: impl Fn(u32, Vec3, u8) -> Option<T>) -> Vec<T> {
        let of = |((row, style), place): ((usize, &Style), Option<Vec3>)| look(row as u32, place?, style.flags());
        let styles = (first..).zip(styles);
        // At rest, places are read in one go.
        if self.side == Side::First && matches!(self.first.before, Before::Nothing) {
            let places = self.first.places.from(first);
            styles.zip(places).filter(|((_, style), _)| !style.is_hidden()).filter_map(of).collect()
        } else {
            let shown = styles.filter(|(_, style)| !style.is_hidden());
            shown.map(|point| (point, self.at(point.0))).filter_map(of).collect()
        }
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

    /// Returns whether there are places.
    pub(crate) fn has_places(&self) -> bool {
        self.places.layout().rows() > 0
    }

    /// Returns whether so many points have to arrive before they go on: where many are within a morph is
    /// known to the device alone.
    fn is_busy(&self, rows: usize) -> bool {
        rows >= MANY && self.morph() < 1.0
    }

    /// Returns where the point of `row` will be, or where rows are that have no place.
    #[inline]
    pub(crate) fn end(&self, row: usize) -> Vec3 {
        self.places.get(row).unwrap_or(self.absent)
    }

    /// Returns where it was when the current morph began.
    #[inline]
    pub(crate) fn start(&self, row: usize) -> Vec3 {
        self.before_at(row).unwrap_or(self.absent)
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

    /// Advances the morph, and drops its start when it has ended.
    fn go_on(&mut self, step: Duration) {
        if !matches!(self.before, Before::Nothing) && self.morph.tick(step).is_finished() {
            self.before = Before::Nothing;
        }
    }
}

/// Has as many points as there are rows when the rows change. They have no places and no styles yet.
fn replace_points(
    opened: Res<Opened>,
    mut epoch: Local<Seen<u64>>,
    (mut cloud, mut revisions): (ResMut<Cloud>, ResMut<CloudRevisions>),
) {
    if epoch.changed(opened.rows_epoch) {
        let rows = opened.rows();
        *cloud = Cloud {
            radius: point_radius(rows),
            rows,
            shuffle: Arc::new(Shuffle::of(rows)),
            device: cloud.device,
            ..Cloud::default()
        };
        revisions.points += 1;
    }
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
    counts: RowCounts,
    /// The places in the order of drawing. The renderer makes those of few points.
    made: Option<Made>,
    /// The rows in that order, if they had no places before.
    rows: Option<Made>,
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
    (device, wake): (Option<Res<RenderDevice>>, Res<Wake>),
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
            let (coordinates, alone) = (coordinates.clone(), alone.cloned());
            let (rows, epoch, shuffle) = (cloud.len(), opened.rows_epoch, cloud.shuffle.clone());
            let device = Device::for_many(&cloud, device.as_deref());
            let work = move || {
                let places = Arc::new(Places::of(&coordinates, components, alone.as_ref(), units));
                let counts = places.counts(rows);
                let place = |row| places.get(row).unwrap_or_default();
                let made = device.as_ref().map(|device| device.made("positions", &shuffle, place));
                let rows = device.filter(|_| anew).map(|device| device.made("rows", &shuffle, |row| row as u32));
                Placed { places, counts, made, rows, epoch, anew, glide }
            };
            if anew { placing.begin_first(rows, &wake, work) } else { placing.begin(rows, &wake, work) }
        }
        show_places(&mut placing, &opened, *motion, (&mut cloud, &mut revisions));
    }
    tell(&placing, Making::FIRST, &mut cloud);
}

/// Says whether something is being made.
pub(crate) fn tell<T: Send + 'static>(pending: &Pending<T>, what: u8, cloud: &mut ResMut<Cloud>) {
    if cloud.making.has(what) != pending.is_busy() {
        cloud.making.set(what, pending.is_busy());
    }
}

/// Moves the points to the places that are ready, unless there are other rows.
fn show_places(
    placing: &mut Pending<Placed>,
    opened: &Opened,
    motion: Motion,
    (cloud, revisions): (&mut ResMut<Cloud>, &mut CloudRevisions),
) {
    if cloud.first.is_busy(cloud.len()) {
        return;
    }
    let Some(placed) = placing.take().filter(|placed| placed.epoch == opened.rows_epoch) else { return };
    let rows = cloud.len();
    debug!("{rows} points have places");
    revisions.positions += 1;
    (cloud.placed, cloud.far) = (placed.counts.placed, placed.counts.far);
    cloud.is_whole = placed.counts.whole == rows;
    cloud.ready.first = placed.made.map(|made| (revisions.positions, made));
    if placed.rows.is_some() {
        cloud.ready.rows = placed.rows;
    }
    if placed.anew || motion == Motion::Reduced || placed.glide.is_zero() || cloud.is_between() {
        cloud.first.jump_to(placed.places);
    } else {
        cloud.first.go_to(placed.places, placed.glide, rows);
    }
}

/// Second places that are ready to be shown.
struct PlacedSecond {
    places: Arc<Places>,
    /// Their middle, and how far they reach from it.
    sphere: (Vec3, f32),
    /// The places in the order of drawing. The renderer makes those of few points.
    made: Option<Made>,
    /// The [`Opened::epoch`] of the rows.
    epoch: u64,
}

/// Gives the rows their second places when the second embedding was laid out. Those of many rows are
/// arranged in a task.
fn place_second(
    (view, opened, compared): (Res<CurrentView>, Res<Opened>, Res<CurrentCompared>),
    (motion, tempo): (Res<Motion>, Res<Tempo>),
    (mut done, mut placing): (Local<Seen<(u64, u64, u64)>>, Local<Pending<PlacedSecond>>),
    (mut cloud, mut revisions): (ResMut<Cloud>, ResMut<CloudRevisions>),
    (device, wake): (Option<Res<RenderDevice>>, Res<Wake>),
) {
    let arrangement = view.compared.as_ref().map_or_else(Arrangement::default, |compared| compared.arrangement);
    if cloud.arrangement != arrangement {
        cloud.arrangement = arrangement;
        if cloud.is_between() {
            let Cloud { first, second, .. } = &mut *cloud;
            [Some(first), second.as_mut()].into_iter().flatten().for_each(|course| course.before = Before::Nothing);
        }
    }
    let is_of = compared.epoch == opened.epoch && view.compared.is_some();
    if let Some(layout) = compared.layout.as_ref().filter(|_| is_of && cloud.first.has_places()) {
        let glide = if *motion == Motion::Full && !cloud.is_between() { tempo.0 } else { Duration::ZERO };
        show_second(&mut placing, (opened.epoch, glide), (&mut cloud, &mut revisions));
        // They have the units of the first places.
        if !placing.is_busy() && done.changed((opened.epoch, compared.revision, revisions.positions)) {
            let places = Arc::new(cloud.first.places.beside(layout));
            let (rows, epoch, shuffle) = (cloud.len(), opened.epoch, cloud.shuffle.clone());
            let device = Device::for_many(&cloud, device.as_deref());
            placing.begin(rows, &wake, move || {
                let units = CloudUnits::of(rows, |row| places.get(row).map(Vec3::into));
                let place = |row| places.get(row).unwrap_or(ABSENT);
                let made = device.map(|device| device.made("second positions", &shuffle, place));
                PlacedSecond { places, sphere: (units.center.into(), units.reach), made, epoch }
            });
            show_second(&mut placing, (opened.epoch, glide), (&mut cloud, &mut revisions));
        }
    } else {
        (*done, *placing) = (Seen::default(), Pending::default());
        if cloud.second.is_some() {
            (cloud.second, cloud.ready.second) = (None, None);
            revisions.second += 1;
        }
    }
    tell(&placing, Making::SECOND, &mut cloud);
}

/// Moves the rows to the second places that are ready, unless there are others.
fn show_second(
    placing: &mut Pending<PlacedSecond>,
    (epoch, glide): (u64, Duration),
    (cloud, revisions): (&mut ResMut<Cloud>, &mut CloudRevisions),
) {
    let rows = cloud.len();
    if cloud.second.as_ref().is_some_and(|second| second.is_busy(rows)) {
        return;
    }
    let Some(placed) = placing.take().filter(|placed| placed.epoch == epoch) else { return };
    cloud.second_sphere = placed.sphere;
    match &mut cloud.second {
        Some(second) if !glide.is_zero() => second.go_to(placed.places, glide, rows),
        Some(second) => second.jump_to(placed.places),
        None => cloud.second = Some(Course { places: placed.places, absent: ABSENT, ..Course::default() }),
    }
    revisions.second += 1;
    cloud.ready.second = placed.made.map(|made| (revisions.second, made));
}

/// Advances the morphs.
fn morph_points(time: Res<Time<Real>>, mut cloud: ResMut<Cloud>, mut redraw: MessageWriter<RequestRedraw>) {
    // The first frame after a long pause must not skip the whole morph.
    let step = time.delta().min(std::time::Duration::from_millis(50));
    let is_at_rest = |course: &Course| matches!(course.before, Before::Nothing);
    if is_at_rest(&cloud.first) && cloud.second.as_ref().is_none_or(is_at_rest) {
        return;
    }
    cloud.first.go_on(step);
    cloud.second.iter_mut().for_each(|second| second.go_on(step));
    // Also once they have arrived: many that are to go on wait for that.
    redraw.write(RequestRedraw);
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
        second.go_on(Duration::from_millis(500));
        let middle = second.seen(0).unwrap();
        assert!(middle != before);
        let back = cloud.first.places.beside(&Arc::new(Layout::from(array![[1.0_f32, 1.0], [0.0, 0.0], [0.0, 0.0]])));
        let second = cloud.second.as_mut().unwrap();
        second.go_to(back.into(), Duration::from_secs(1), 3);
        assert_eq!(second.seen(0), Some(middle));
        second.go_on(Duration::from_secs(2));
        assert_eq!(second.morph(), 1.0);
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
        let points = |app: &App| app.world().resource::<CloudRevisions>().points;
        let before = points(&app);
        let cloud = app.world().resource::<Cloud>();
        assert_eq!((cloud.len(), cloud.placed), (3, 3));
        app.world_mut().resource_mut::<Opened>().put_step(embedding().unwrap(), Vec::new());
        app.update();
        assert_eq!((points(&app), app.world().resource::<Cloud>().placed), (before, 3), "until then they stay");
        lay_out(app.world_mut(), -1.0);
        app.update();
        assert_eq!(points(&app), before);
        assert!(app.world().resource::<Cloud>().first.before_at(0).is_some(), "they are on their way");
        app.world_mut().resource_mut::<Opened>().put(embedding().unwrap(), Vec::new());
        app.update();
        assert_eq!(points(&app), before + 1, "other rows are other points");
        assert_eq!(app.world().resource::<Cloud>().place(0), None);
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
