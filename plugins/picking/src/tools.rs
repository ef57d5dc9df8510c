//! Selection tools: a sphere in space, a box or a lasso on screen.
//!
//! While the button is down, the points in the region are found again whenever the pointer, the
//! camera or the points move, and published as [`Region`] for painting. Releasing the button makes
//! one selection of them, unless the region has no area; Esc cancels. With a million points a frame
//! of the drag takes tens of milliseconds (`explorer_*_ms` in the benchmark), the cost of showing
//! the count.

use bevy::{
    picking::{
        hover::HoverMap,
        pointer::{PointerId, PointerLocation, PointerPress},
    },
    prelude::*,
    window::RequestRedraw,
};
use parallax_cloud::{
    Cloud, CloudCamera, CloudRevisions, Phase, Side, Sight, SightItem,
    optics::{Optics, Rings, drawing},
};
use parallax_embedding::RowSet;
use parallax_session::{Combine, Drawn, Edit, Eye, RegionShape, Tool};
use parallax_state::{CurrentView, Do, FrameSystems, Opened, Presenting, Region};

use crate::{
    CLICK_SLACK,
    backend::{PointTarget, Under},
    outline::{Outline, Points, gather, rect_corners, touching_radius},
    surface::visible,
};

/// The distance between the corners of a lasso in pixels.
const LASSO_STEP: f32 = 2.0;

/// A box or a lasso that is narrower than this, in pixels, has no area and selects nothing.
const LEAST_WIDTH: f32 = 2.0;

/// The current drag, if any.
#[derive(Resource, Debug, Default)]
pub(crate) struct Drag(Option<Gesture>);

/// A drag with a selection tool.
#[derive(Debug)]
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
    found: Option<(RegionInputs, RowSet)>,
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
    points: Points<'w, 's>,
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
    if let Some(at) = at {
        gesture.follow(sight.in_picture(gesture.eye, at));
    }
    let combine = gesture.combine;
    let drawn = gesture.draw(&scene, &sight);
    if !pressed {
        let found = gesture.found.take().filter(|_| drawn.is_some() && gesture.has_area());
        if let Some((_, rows)) = found {
            let selection = combine.apply(&scene.view.selection, &rows);
            if selection != scene.view.selection {
                requests.write(Do::person(Edit::Select(selection)));
            }
        }
        drag.0 = None;
        region.set_if_neq(Region::default());
        redraw.write(RequestRedraw);
        return;
    }
    let count = gesture.found.as_ref().map_or(0, |(_, rows)| rows.len());
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
        Self { tool, eye, path: vec![at], middle, begun: false, given_up: false, combine, found: None }
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

    /// Finds the points in the region, as the eye sees them in whose picture it is drawn. Returns
    /// its shape and parallax, or `None` if there is none yet.
    fn draw(&mut self, scene: &Scene, sight: &SightItem<'_, '_>) -> Option<(RegionShape, f32)> {
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
        let is_known = self.found.as_ref().is_some_and(|(known, _)| *known == inputs);
        let (shape, rows) = match self.tool {
            Tool::Sphere => {
                let center = match self.middle? {
                    Middle::Row(row, side) => scene.place_of(side, row)?,
                    Middle::Place(place) => place,
                };
                let ray = optics.ray(to)?;
                parallax = sight.optics(Eye::Middle, scene.cloud.radius)?.parallax(center);
                let radius = touching_radius(center, ray.origin, *ray.direction);
                let middle = optics.project(center)?.center;
                let rows = (!is_known).then(|| scene.within_sphere(self.eye, center, radius));
                (RegionShape::Circle { center: middle.into(), radius: middle.distance(to) }, rows)
            }
            Tool::Box => {
                let rows = (!is_known).then(|| scene.within(self.eye, &Outline::rect(from, to), optics));
                (RegionShape::Outline(rect_corners(from, to).map(Into::into).into()), rows)
            }
            _ => {
                let rows = (!is_known).then(|| scene.within(self.eye, &Outline::new(&self.path), optics));
                (RegionShape::Outline(self.path.iter().map(Vec2::to_array).collect()), rows)
            }
        };
        if let Some(rows) = rows {
            self.found = Some((inputs, rows.into()));
        }
        Some((shape, parallax))
    }
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
        let (_, position, _) = self.points.get(self.cloud.entity(row)?).ok()?;
        self.cloud.seen_at(side, row as usize, position.0)
    }

    /// Returns the points as they are in the picture of `eye`, those with two places there twice.
    fn gather<T: Send + 'static>(&self, eye: Eye, look: impl Fn(u32, Vec3, u8) -> Option<T> + Sync) -> Vec<T> {
        self.cloud.sides(eye).flat_map(|side| gather(&self.points, (&self.cloud, side), &look)).collect()
    }

    /// Returns the place under the pointer at the depth of the point that is nearest to the pointer
    /// on screen.
    fn place_at(&self, (eye, at): (Eye, Vec2), sight: &SightItem<'_, '_>, optics: &Optics) -> Option<Vec3> {
        let away = self.gather(eye, |_, place, _| Some((optics.center(place)?.distance(at), place)));
        let (_, nearest) = away.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let ray = optics.ray(at)?;
        let forward = sight.forward(eye);
        let distance = (nearest - ray.origin).dot(forward) / ray.direction.dot(forward);
        Some(ray.origin + *ray.direction * distance)
    }

    fn within_sphere(&self, eye: Eye, center: Vec3, radius: f32) -> Vec<u32> {
        let reach = radius * radius;
        self.gather(eye, |row, place, _| (place.distance_squared(center) <= reach).then_some(row))
    }

    /// Returns the rows whose points have their centers within `outline`. If the view says so, only
    /// those that are not covered.
    fn within(&self, eye: Eye, outline: &Outline, optics: &Optics) -> Vec<u32> {
        self.cloud.sides(eye).flat_map(|side| self.within_of(side, outline, optics)).collect()
    }

    /// Does the same with one of the places of rows. What the others cover counts as visible.
    fn within_of(&self, side: Side, outline: &Outline, optics: &Optics) -> Vec<u32> {
        let inside = |row, place, _| optics.center(place).is_some_and(|at| outline.contains(at)).then_some(row);
        let rows = gather(&self.points, (&self.cloud, side), inside);
        if !self.view.visible_only || rows.is_empty() {
            return rows;
        }
        // A point whose center is near the edge may be visible beyond it.
        let margin = (optics.viewport().y * parallax_cloud::optics::GREATEST_SHARE).min(64.0);
        let screen = Rect::from_corners(Vec2::ZERO, optics.viewport());
        let area = outline.bounds().inflate(margin).intersect(screen);
        visible(rows, area, (&self.points, &self.cloud, side, optics), &drawing(&self.view, &self.opened, *self.rings))
    }
}

#[cfg(test)]
mod tests {
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
}
