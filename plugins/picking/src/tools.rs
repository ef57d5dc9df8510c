//! Selection tools: a sphere in space, a box or a lasso on screen.
//!
//! While the button is down, the points in the region are found again whenever the pointer, the
//! camera or the points move, and published as [`Region`] for painting. Releasing the button makes
//! one selection of them, unless the region has no area; Esc cancels. Among many points they are found
//! in a task: the count follows the region, and the selection comes once those of the last one are
//! known. A new drag drops what is not known by then.

use std::sync::Arc;

use bevy::{
    picking::{
        hover::HoverMap,
        pointer::{PointerId, PointerLocation, PointerPress},
    },
    prelude::*,
    window::RequestRedraw,
};
use parallax_cloud::{
    Cloud, CloudCamera, CloudRevisions, Phase, SeenPlaces, Side, Sight, SightItem, Style,
    optics::{Drawing, GREATEST_SHARE, Optics, Rings, drawing},
};
use parallax_embedding::RowSet;
use parallax_session::{Combine, Drawn, Edit, Eye, RegionShape, Tool};
use parallax_state::{CurrentView, Do, FrameSystems, MANY, Opened, Pending, Presenting, Region, Wake};

use crate::{
    CLICK_SLACK,
    backend::{PointTarget, Under},
    outline::{Outline, gather, rect_corners, touching_radius},
    surface::visible,
};

/// The distance between the corners of a lasso in pixels.
const LASSO_STEP: f32 = 2.0;

/// A box or a lasso that is narrower than this, in pixels, has no area and selects nothing.
const LEAST_WIDTH: f32 = 2.0;

/// Of many points, this many at least are compared to find the one that is nearest on screen.
const SAMPLE: usize = 1 << 16;

/// The current drag, if any.
#[derive(Resource, Default)]
pub(crate) struct Drag(Option<Gesture>);

/// A drag with a selection tool.
struct Gesture {
    tool: Tool,
    /// The eye in whose picture the drag began.
    eye: Eye,
    /// The path of the pointer in pixels of that picture: all of it for a lasso, or else where it
    /// was pressed and where it is.
    path: Vec<Vec2>,
    /// The center of a sphere.
    middle: Option<Middle>,
    /// Whether the pointer moved far enough not to be a click.
    begun: bool,
    given_up: bool,
    /// How the points change the selection, as the keys said at the press. They may be released
    /// before the button is.
    combine: Combine,
    is_released: bool,
    /// What the rows were last asked for.
    asked: Option<RegionInputs>,
    finding: Pending<Found>,
    found: Option<Found>,
}

/// The points in a region.
struct Found {
    rows: RowSet,
    /// A selection, and what becomes of it.
    selection: [RowSet; 2],
}

/// A region, and what is needed to find the points in it apart from the world.
struct Search {
    shape: Shape,
    optics: Optics,
    /// The places that the picture shows, one or two of each row.
    places: Vec<SeenPlaces>,
    styles: Arc<[Style]>,
}

enum Shape {
    Sphere {
        center: Vec3,
        radius: f32,
    },
    Outline {
        outline: Outline,
        /// How points are drawn, if only those count that are not covered.
        visible: Option<Drawing>,
    },
}

/// Where a sphere has its center.
#[derive(Debug, Clone, Copy)]
enum Middle {
    /// At this place of this row, which is where the pointer was pressed.
    Row(u32, Side),
    /// At this place: no point was pressed.
    Place(Vec3),
}

/// The inputs of the rows found.
#[derive(Debug, Clone, PartialEq)]
struct RegionInputs {
    path: (usize, Option<Vec2>),
    clip_from_world: Mat4,
    revisions: CloudRevisions,
    phase: Phase,
    radius: f32,
    visible_only: bool,
}

/// The points and what is needed to project them.
#[derive(bevy::ecs::system::SystemParam)]
struct Scene<'w, 's> {
    cloud: Res<'w, Cloud>,
    revisions: Res<'w, CloudRevisions>,
    view: Res<'w, CurrentView>,
    presenting: Res<'w, Presenting>,
    opened: Res<'w, Opened>,
    rings: Res<'w, Rings>,
    wake: Res<'w, Wake>,
    cameras: Query<'w, 's, Sight, With<CloudCamera>>,
}

/// The pointer and what is under it.
#[derive(bevy::ecs::system::SystemParam)]
struct Pointer<'w, 's> {
    mice: Query<'w, 's, (&'static PointerId, &'static PointerLocation, &'static PointerPress)>,
    map: Option<Res<'w, HoverMap>>,
    target: Res<'w, PointTarget>,
    under: Res<'w, Under>,
    windows: Query<'w, 's, (), With<Window>>,
    keys: Option<Res<'w, ButtonInput<KeyCode>>>,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Drag>().add_systems(Update, drag.before(FrameSystems::Act));
}

impl Drag {
    /// Returns `true` if a region is being drawn or was canceled while the button is still down.
    /// The release is then not a click.
    pub(crate) fn is_under_way(&self) -> bool {
        self.0.as_ref().is_some_and(|gesture| gesture.begun || gesture.given_up)
    }
}

fn drag(
    pointer: Pointer,
    scene: Scene,
    (mut drag, mut region): (ResMut<Drag>, ResMut<Region>),
    mut was_pressed: Local<bool>,
    mut requests: MessageWriter<Do>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some(sight) = scene.cameras.iter().next() else { return };
    let (at, pressed) = pointer.state();
    let just_pressed = !std::mem::replace(&mut *was_pressed, pressed) && pressed;
    if just_pressed && scene.view.tool != Tool::Pointer && !scene.presenting.0.on && pointer.is_over_cloud() {
        let middle = |eye, at| match pointer.under.row {
            Some(row) => Some(Middle::Row(row, pointer.under.side)),
            None => scene.place_at((eye, at), &sight, &sight.optics(eye, scene.cloud.radius)?).map(Middle::Place),
        };
        let tool = scene.view.tool;
        drag.0 = at.and_then(|at| sight.at(at)).map(|(eye, at)| {
            let middle = if tool == Tool::Sphere { middle(eye, at) } else { None };
            Gesture::new(tool, (eye, at), middle, pointer.combine())
        });
    }
    let Some(gesture) = &mut drag.0 else { return };
    if pointer.keys.as_ref().is_some_and(|keys| keys.just_pressed(KeyCode::Escape)) {
        gesture.given_up = true;
    }
    if let Some(at) = at.filter(|_| !gesture.is_released) {
        gesture.follow(sight.in_picture(gesture.eye, at));
    }
    let was_released = gesture.is_released;
    gesture.is_released |= !pressed;
    let combine = gesture.combine;
    let drawn = gesture.draw(&scene, &sight, was_released);
    // Rows that were asked for before others were opened are no rows anymore.
    let is_of_them = gesture.asked.as_ref().is_some_and(|asked| asked.revisions.points == scene.revisions.points);
    let is_wanted = drawn.is_some() && gesture.has_area() && is_of_them;
    if gesture.is_released && !(is_wanted && gesture.finding.is_busy()) {
        let found = gesture.found.take().filter(|_| is_wanted);
        if let Some(Found { rows, selection: [before, after] }) = found {
            let is_known = before == scene.view.selection;
            let selection = if is_known { after } else { combine.apply(&scene.view.selection, &rows) };
            if selection != scene.view.selection {
                requests.write(Do::person(Edit::Select(selection)));
            }
        }
        drag.0 = None;
        region.set_if_neq(Region::default());
        redraw.write(RequestRedraw);
        return;
    }
    let count = gesture.found.as_ref().map_or(0, |found| found.rows.len());
    let parallax = drawn.as_ref().map_or(0.0, |(_, parallax)| *parallax);
    // As the middle between the eyes sees it.
    let shape = drawn.map(|(shape, parallax)| shape.moved([-gesture.eye.side() * parallax, 0.0]));
    let only = scene.cloud.is_pair().then_some(gesture.eye);
    let drawn = (gesture.begun || gesture.given_up).then_some(Drawn { shape, parallax, count, combine, only });
    if region.set_if_neq(Region { drawn }) {
        redraw.write(RequestRedraw);
    }
}

impl Pointer<'_, '_> {
    /// Returns the position of the mouse and whether its primary button is down.
    fn state(&self) -> (Option<Vec2>, bool) {
        let mouse = self.mice.iter().find(|(id, ..)| **id == PointerId::Mouse);
        mouse.map_or((None, false), |(_, location, press)| {
            (location.location.as_ref().map(|location| location.position), press.is_primary_pressed())
        })
    }

    /// Returns `true` if no panel is between the mouse and the cloud.
    fn is_over_cloud(&self) -> bool {
        let hits = self.map.as_ref().and_then(|map| map.get(&PointerId::Mouse));
        hits.is_none_or(|hits| hits.keys().all(|&hit| hit == self.target.0 || self.windows.contains(hit)))
    }

    fn combine(&self) -> Combine {
        let held = |keys: [KeyCode; 2]| self.keys.as_ref().is_some_and(|held| held.any_pressed(keys));
        Combine::of(held([KeyCode::ShiftLeft, KeyCode::ShiftRight]), held([KeyCode::AltLeft, KeyCode::AltRight]))
    }
}

impl Gesture {
    fn new(tool: Tool, (eye, at): (Eye, Vec2), middle: Option<Middle>, combine: Combine) -> Self {
        let (asked, finding, found) = (None, Pending::default(), None);
        let (path, [begun, given_up, is_released]) = (vec![at], [false; 3]);
        Self { tool, eye, path, middle, begun, given_up, combine, is_released, asked, finding, found }
    }

    /// Adds a position of the pointer.
    fn follow(&mut self, at: Vec2) {
        self.begun |= self.path[0].distance(at) > CLICK_SLACK;
        match self.tool {
            Tool::Lasso if self.path.last().is_none_or(|last| last.distance(at) >= LASSO_STEP) => self.path.push(at),
            Tool::Lasso => {}
            _ => {
                self.path.truncate(1);
                self.path.push(at);
            }
        }
    }

    /// Whether the region is more than a line.
    fn has_area(&self) -> bool {
        let Some(&to) = self.path.last() else { return false };
        match self.tool {
            Tool::Box => (to - self.path[0]).abs().min_element() >= LEAST_WIDTH,
            Tool::Lasso => width(&self.path) >= LEAST_WIDTH,
            Tool::Sphere | Tool::Pointer => true,
        }
    }

    /// Finds the points in the region, as the eye sees them in whose picture it is drawn; if it was
    /// released before, those that were asked for. Returns its shape and parallax, or `None` if there is
    /// none yet.
    fn draw(&mut self, scene: &Scene, sight: &SightItem<'_, '_>, was_released: bool) -> Option<(RegionShape, f32)> {
        let (from, to) = (self.path[0], *self.path.last()?);
        if !self.begun || self.given_up {
            return None;
        }
        let optics = &sight.optics(self.eye, scene.cloud.radius)?;
        let mut parallax = 0.0;
        let inputs = RegionInputs {
            path: (self.path.len(), self.path.last().copied()),
            clip_from_world: optics.clip_from_world(),
            revisions: *scene.revisions,
            phase: scene.cloud.phase(),
            radius: scene.cloud.radius,
            visible_only: scene.view.visible_only,
        };
        let (shape, region) = match self.tool {
            Tool::Sphere => {
                let center = match self.middle? {
                    Middle::Row(row, side) => scene.place_of(side, row)?,
                    Middle::Place(place) => place,
                };
                let ray = optics.ray(to)?;
                parallax = sight.optics(Eye::Middle, scene.cloud.radius)?.parallax(center);
                let radius = touching_radius(center, ray.origin, *ray.direction);
                let middle = optics.project(center)?.center;
                let shape = RegionShape::Circle { center: middle.into(), radius: middle.distance(to) };
                (shape, Asked::Sphere(center, radius))
            }
            Tool::Box => (RegionShape::Outline(rect_corners(from, to).map(Into::into).into()), Asked::Box(from, to)),
            _ => (RegionShape::Outline(self.path.iter().map(Vec2::to_array).collect()), Asked::Path),
        };
        self.found = self.finding.take().or(self.found.take());
        // While others are found, only what the button leaves is asked for.
        let waits = self.finding.is_busy() && !self.is_released;
        if !was_released && !waits && self.asked.as_ref() != Some(&inputs) {
            let shape = match region {
                Asked::Sphere(center, radius) => Shape::Sphere { center, radius },
                Asked::Box(from, to) => scene.outline(Outline::rect(from, to)),
                Asked::Path => scene.outline(Outline::new(&self.path)),
            };
            let search = scene.search(self.eye, shape, *optics);
            self.asked = Some(inputs);
            let (combine, before) = (self.combine, scene.view.selection.clone());
            self.finding.begin(search.styles.len(), &scene.wake, move || {
                let rows = RowSet::from(search.rows());
                let after = combine.apply(&before, &rows);
                Found { rows, selection: [before, after] }
            });
            self.found = self.finding.take().or(self.found.take());
        }
        Some((shape, parallax))
    }
}

/// What is asked for, before it is prepared for many points.
enum Asked {
    Sphere(Vec3, f32),
    Box(Vec2, Vec2),
    Path,
}

/// Returns how far the path goes at most from the line through its start and the corner that is
/// farthest from it.
fn width(path: &[Vec2]) -> f32 {
    let Some((&from, rest)) = path.split_first() else { return 0.0 };
    let ways = rest.iter().map(|&at| at - from);
    let Some(longest) = ways.clone().max_by(|a, b| a.length_squared().total_cmp(&b.length_squared())) else {
        return 0.0;
    };
    let along = longest.normalize_or_zero();
    ways.map(|way| along.perp_dot(way).abs()).fold(0.0, f32::max)
}

impl Scene<'_, '_> {
    /// Returns the current place of `row`, the first or the second.
    fn place_of(&self, side: Side, row: u32) -> Option<Vec3> {
        self.cloud.seen_at(side, row as usize)
    }

    /// Returns the place under the pointer at the depth of the point that is nearest to the pointer
    /// on screen: of many points, that of a fair sample.
    fn place_at(&self, (eye, at): (Eye, Vec2), sight: &SightItem<'_, '_>, optics: &Optics) -> Option<Vec3> {
        let rows = self.cloud.len();
        let slots = if rows < MANY { rows } else { SAMPLE };
        let away = self.cloud.sides(eye).flat_map(|side| {
            let places = self.cloud.seen(side);
            (0..slots).filter_map(move |slot| {
                let row = places.row(slot);
                self.cloud.shown(row)?;
                let place = places.at(row as usize)?;
                Some((optics.center(place)?.distance(at), row, place))
            })
        });
        let (.., nearest) = away.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        let ray = optics.ray(at)?;
        let forward = sight.forward(eye);
        let distance = (nearest - ray.origin).dot(forward) / ray.direction.dot(forward);
        Some(ray.origin + *ray.direction * distance)
    }

    /// Returns an outline within which points count with their centers. If the view says so, only
    /// those that are not covered.
    fn outline(&self, outline: Outline) -> Shape {
        let visible = self.view.visible_only.then(|| drawing(&self.view, &self.opened, *self.rings));
        Shape::Outline { outline, visible }
    }

    fn search(&self, eye: Eye, shape: Shape, optics: Optics) -> Search {
        let places = self.cloud.sides(eye).map(|side| self.cloud.seen(side)).collect();
        Search { shape, optics, places, styles: self.cloud.styles().clone() }
    }
}

impl Search {
    /// Returns the rows whose points are in the region at any of their places.
    fn rows(&self) -> Vec<u32> {
        let mut rows = Vec::new();
        self.places.iter().for_each(|places| rows.append(&mut self.rows_of(places)));
        rows
    }

    /// Does the same with one of the places of rows. What the others cover counts as visible.
    fn rows_of(&self, places: &SeenPlaces) -> Vec<u32> {
        let Self { shape, optics, styles, .. } = self;
        let (outline, visible_as) = match shape {
            Shape::Sphere { center, radius } => {
                let reach = radius * radius;
                let inside = |row, place: Vec3, _| (place.distance_squared(*center) <= reach).then_some(row);
                return gather(styles, places, inside);
            }
            Shape::Outline { outline, visible } => (outline, visible),
        };
        let inside = |row, place, _| optics.center(place).is_some_and(|at| outline.contains(at)).then_some(row);
        let rows = gather(styles, places, inside);
        let Some(drawing) = visible_as.as_ref().filter(|_| !rows.is_empty()) else { return rows };
        // A point whose center is near the edge may be visible beyond it.
        let margin = (optics.viewport().y * GREATEST_SHARE).min(64.0);
        let screen = Rect::from_corners(Vec2::ZERO, optics.viewport());
        let area = outline.bounds().inflate(margin).intersect(screen);
        visible(rows, area, (styles, places, optics), drawing)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// A line that is drawn by hand, forth and back, is still a line, whatever its direction.
    #[test]
    fn line_has_no_area() {
        #[track_caller]
        fn check(tool: Tool, path: &[[f32; 2]], expected: bool) {
            let mut gesture = Gesture::new(tool, (Eye::Middle, path[0].into()), None, Combine::Replace);
            path.iter().for_each(|&at| gesture.follow(at.into()));
            assert_eq!(gesture.has_area(), expected, "{tool:?} {path:?}");
        }
        check(Tool::Lasso, &[[10.0, 10.0], [200.0, 105.5], [400.0, 205.0], [90.0, 50.0]], false);
        check(Tool::Lasso, &[[10.0, 10.0], [200.0, 10.0], [200.0, 60.0]], true);
        check(Tool::Lasso, &[[0.0, 0.0], [60.0, 60.0], [60.0, 0.0], [0.0, 60.0]], true);
        check(Tool::Box, &[[10.0, 10.0], [300.0, 10.0]], false);
        check(Tool::Box, &[[10.0, 10.0], [11.0, 300.0]], false);
        check(Tool::Box, &[[10.0, 10.0], [300.0, 14.0]], true);
        check(Tool::Sphere, &[[10.0, 10.0], [300.0, 10.0]], true);
    }

    /// Of few points and of many, some of them hidden, without a place, or far away, and on any number of
    /// threads.
    #[test]
    fn region_has_the_points_that_are_in_it() {
        for count in [3000, MANY + 3000] {
            let number = |at: usize| parallax_embedding::random::unit(at as u64) * 2.0 - 1.0;
            let coordinates = Array2::from_shape_fn((count, 3), |(row, axis)| match row % 40 {
                0 => 0.125,
                1 if axis == 0 => f32::NAN,
                2 if row % 400 == 2 => 40.0,
                2 if row % 400 == 202 => -40.0,
                _ => number(row * 3 + axis),
            });
            let places = SeenPlaces::of(&Arc::new(coordinates.into()));
            let flags = |row| if row % 7 == 0 { Style::HIDDEN } else { 0 };
            let styles: Arc<[Style]> = (0..count).map(|row| Style::new([1, 2, 3], flags(row))).collect();
            let (size, view) = (Vec2::new(800.0, 600.0), Mat4::look_at_rh(Vec3::splat(1.5), Vec3::ZERO, Vec3::Y));
            let lens = Mat4::perspective_infinite_reverse_rh(1.0, size.x / size.y, 0.01);
            let optics = Optics::new(lens, view, size, 1.0, 0.01);
            let (from, to) = (Vec2::new(380.5, 200.5), Vec2::new(500.5, 420.5));
            let center = Vec3::new(0.1, 0.0, -0.1);
            let shapes: [(Shape, &dyn Fn(Vec3) -> bool); 2] = [
                (Shape::Sphere { center, radius: 0.125 }, &|place| place.distance_squared(center) <= 0.015_625),
                (Shape::Outline { outline: Outline::rect(from, to), visible: None }, &|place| {
                    let clip = optics.clip_from_world() * place.extend(1.0);
                    let at = (Vec2::new(clip.x, -clip.y) / clip.w + 1.0) * size / 2.0;
                    clip.w > 0.0 && at.cmpgt(from).all() && at.cmplt(to).all()
                }),
            ];
            for (shape, is_in) in shapes {
                let is_there = |&row: &u32| row % 7 != 0 && places.at(row as usize).is_some_and(is_in);
                let expected: Vec<u32> = (0..count as u32).filter(is_there).collect();
                assert!(expected.len() > 100 && expected.len() < count * 9 / 10, "{}", expected.len());
                let search = Search { shape, optics, places: vec![places.clone()], styles: styles.clone() };
                for threads in [1, 3] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    assert!(pool.install(|| search.rows()) == expected, "{count} points, {threads} threads");
                }
            }
        }
    }
}
