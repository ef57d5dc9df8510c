//! Axes with their numbers, and the grid that bounds the cloud.
//!
//! The GPU draws the lines, so that points in front hide them. The panels paint the numbers and
//! names over the cloud. Each axis is the edge of the bounding box that is farthest to the lower
//! left of the picture, where its numbers cover nothing. Custom axes go through the middle instead,
//! from one of their ends to the other.

use bevy::{camera::CameraUpdateSystems, ecs::system::SystemParam, prelude::*};
use parallax_projection::Coordinates;
use parallax_session::{ComparedState, CustomAxis, Dims, Eye, Rgb, SeenAxis, SeenTick, Theme};
use parallax_state::{CurrentCompared, CurrentLayout, CurrentView, Opened, Seen};

use crate::{
    Cloud, CloudCamera, CloudRevisions, LabelSystems, lines::Line, optics::Optics, palette, places::Bounds,
    sight::Sight,
};

/// The axes on screen, for the panels that paint their numbers.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct CloudAxes {
    /// The visible axes.
    pub axes: Vec<SeenAxis>,
    /// Those of the second places, if a camera of their own sees them.
    pub second: Option<Vec<SeenAxis>>,
    /// The lines of axes and grid.
    pub(crate) lines: Vec<Line>,
    /// Those of the second places alone.
    pub(crate) second_lines: Vec<Line>,
    /// Whether they are also those of the second places.
    pub(crate) of_both: bool,
    /// Increases when the lines change.
    pub(crate) revision: u64,
}

/// Custom axes extend a little beyond the cloud, which has radius 1.
const REACH: f32 = 1.1;

/// The approximate distance between two numbers in pixels.
const BETWEEN_TICKS: f32 = 90.0;

/// An axis shorter than this, in pixels, has no numbers: it points at the viewer.
const LEAST_LENGTH: f32 = 60.0;

/// The number of grid cells along an axis without numbers.
const FIELDS: usize = 4;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CloudAxes>().add_systems(
        PostUpdate,
        draw_axes.in_set(LabelSystems).after(CameraUpdateSystems).after(TransformSystems::Propagate),
    );
}

/// The inputs of axes and grid.
#[derive(Debug, Clone, PartialEq)]
struct AxesInputs {
    bounds: Bounds,
    clip_from_world: Mat4,
    lean: Vec4,
    viewport: Vec2,
    axes: bool,
    grid: bool,
    theme: Theme,
    meaning: [Option<[String; 2]>; 3],
    custom: bool,
    dims: Dims,
    radius: f32,
}

/// What axes and grid depend on besides where they are seen from.
#[derive(SystemParam)]
pub struct AxesOf<'w> {
    cloud: Res<'w, Cloud>,
    layout: Res<'w, CurrentLayout>,
    opened: Res<'w, Opened>,
    view: Res<'w, CurrentView>,
}

/// An axis in the world, where it covers nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedAxis {
    /// Its ends.
    pub ends: [Vec3; 2],
    /// The names of the ends. Empty if an end has none.
    pub names: [String; 2],
    /// The places of its numbers.
    pub ticks: Vec<(Vec3, String)>,
    /// The direction away from the cloud on the screen, whose y goes down.
    pub outward: Vec2,
}

fn draw_axes(
    axes: AxesOf,
    mut seen: Local<Seen<(AxesInputs, Option<AxesInputs>, CloudRevisions, bool)>>,
    (revisions, compared): (Res<CloudRevisions>, Res<CurrentCompared>),
    mut shown: ResMut<CloudAxes>,
    cameras: Query<Sight, With<CloudCamera>>,
) {
    let Some(sight) = cameras.iter().next() else { return };
    let seen_by = |eye: Eye| sight.optics(eye, axes.cloud.radius);
    let Some(optics) = seen_by(Eye::Middle) else { return };
    let is_same = compared.state.as_ref().is_some_and(ComparedState::has_same_axes);
    // Another camera sees other edges of the box outermost.
    let own = sight.eyes().filter(|eyes| is_same && eyes.own.is_some()).and_then(|_| seen_by(Eye::Right));
    let of_both = is_same && own.is_none();
    let (inputs, second) = (axes.inputs(&optics), own.as_ref().map(|own| axes.inputs(own)));
    if !seen.changed((inputs.clone(), second.clone(), *revisions, of_both)) {
        return;
    }
    let see = |inputs: &AxesInputs, optics: &Optics| {
        let (axes, lines) = inputs.draw(optics);
        (axes.iter().filter_map(|axis| axis.seen(optics)).collect::<Vec<_>>(), lines)
    };
    let (axes, lines) = see(&inputs, &optics);
    let (second, second_lines) = second.zip(own).map(|(inputs, own)| see(&inputs, &own)).unzip();
    let second_lines = second_lines.unwrap_or_default();
    let is_new = (&lines, &second_lines, of_both) != (&shown.lines, &shown.second_lines, shown.of_both);
    let revision = shown.revision + u64::from(is_new);
    shown.set_if_neq(CloudAxes { axes, second, lines, second_lines, of_both, revision });
}

impl AxesOf<'_> {
    /// Returns the axes as they are placed for someone who sees by `optics`, and the lines of axes
    /// and grid with their colors.
    #[must_use]
    pub fn seen_by(&self, optics: &Optics) -> (Vec<PlacedAxis>, Vec<([Vec3; 2], Rgb)>) {
        let (axes, lines) = self.inputs(optics).draw(optics);
        let colored = |line: Line| {
            let [r, g, b, _] = line.color.to_le_bytes();
            (line.ends.map(Into::into), [r, g, b])
        };
        (axes, lines.into_iter().map(colored).collect())
    }

    fn inputs(&self, optics: &Optics) -> AxesInputs {
        let Self { cloud, layout, opened, view } = self;
        let of = layout.on_screen(opened);
        let coordinates = of.and(layout.method).map(|method| method.about().coordinates);
        let custom = coordinates == Some(Coordinates::Axes);
        let components = of.map(|of| view.projection.seen(layout.method, of.dims())).unwrap_or_default();
        AxesInputs {
            bounds: cloud.bounds(),
            clip_from_world: optics.clip_from_world(),
            lean: optics.lean(),
            viewport: optics.viewport(),
            axes: (view.look.axes || custom) && cloud.placed > 0,
            grid: view.look.grid && cloud.placed > 0,
            theme: view.theme,
            meaning: meaning(coordinates, components, &view.projection.axes),
            custom,
            dims: view.projection.dims,
            radius: cloud.radius,
        }
    }
}

impl std::fmt::Debug for AxesOf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AxesOf").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl PlacedAxis {
    /// Returns the axis as it is seen by `optics`.
    fn seen(&self, optics: &Optics) -> Option<SeenAxis> {
        let tick = |(place, text): &(Vec3, String)| {
            let (at, parallax) = (optics.project(*place)?.center.to_array(), optics.parallax(*place));
            Some(SeenTick { at, parallax, text: text.clone() })
        };
        Some(SeenAxis {
            ends: see(self.ends, optics)?.map(Into::into),
            parallax: self.ends.map(|end| optics.parallax(end)),
            names: self.names.clone(),
            ticks: self.ticks.iter().filter_map(tick).collect(),
            outward: self.outward.to_array(),
        })
    }
}

/// Returns the names of the ends of x, y and z. `None` if an axis has no meaning of its own.
fn meaning(
    coordinates: Option<Coordinates>,
    seen: [Option<usize>; 3],
    custom: &[CustomAxis; 3],
) -> [Option<[String; 2]>; 3] {
    let name = |axis: usize| {
        let (component, coordinates) = (seen[axis]?, coordinates?);
        match coordinates.noun() {
            Some(noun) => Some([String::new(), format!("{noun} {}", component + 1)]),
            None if coordinates == Coordinates::Axes => custom[axis].names(),
            None => None,
        }
    };
    [0, 1, 2].map(name)
}

impl AxesInputs {
    fn draw(&self, optics: &Optics) -> (Vec<PlacedAxis>, Vec<Line>) {
        let [grid_color, axis_color] = palette::lines(self.theme).map(|[r, g, b]| u32::from_le_bytes([r, g, b, 0]));
        let (mut axes, mut lines) = (Vec::new(), Vec::new());
        let mut divisions = [0, 1, 2].map(|axis| self.evenly(axis));
        if self.axes {
            for (axis, divisions) in divisions.iter_mut().enumerate().take(self.dims.count()) {
                let Some(names) = &self.meaning[axis] else { continue };
                let Some((ends, outward)) = self.place(axis, optics) else { continue };
                let Some(seen) = see(ends, optics) else { continue };
                let values = self.ticks(axis, ends, seen[0].distance(seen[1]));
                *divisions = values.iter().map(|(place, _)| *place).collect();
                let tick = |(place, text): (f32, String)| (with(ends[0], axis, place), text);
                lines.push(line(ends, axis_color));
                let ticks = values.into_iter().map(tick).collect();
                axes.push(PlacedAxis { ends, names: names.clone(), ticks, outward });
            }
        }
        if self.grid {
            lines.extend(self.grid(optics, &divisions).into_iter().map(|ends| line(ends, grid_color)));
        }
        (axes, lines)
    }

    /// Returns the ends of an axis and the direction away from the cloud.
    fn place(&self, axis: usize, optics: &Optics) -> Option<([Vec3; 2], Vec2)> {
        if self.custom {
            let end = |at: f32| with(Vec3::ZERO, axis, at);
            let ends = [end(-REACH), end(REACH)];
            let [a, b] = see(ends, optics)?;
            return Some((ends, across(b - a)));
        }
        let [b, c] = others(axis);
        let edges = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| {
            let sides = [self.bounds.low, self.bounds.high];
            let corner = with(with(Vec3::ZERO, b, sides[i][b]), c, sides[j][c]);
            [with(corner, axis, self.bounds.low[axis]), with(corner, axis, self.bounds.high[axis])]
        });
        let middle = optics.project((self.bounds.low + self.bounds.high) / 2.0)?.center;
        let seen = edges.into_iter().filter_map(|edge| {
            let [from, to] = see(edge, optics)?;
            let outward = across(to - from);
            Some((outward.dot((from + to) / 2.0 - middle), edge, outward))
        });
        let outermost = seen.max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((outermost.1, outermost.2))
    }

    /// Returns round numbers along an axis that is `pixels` long on screen, with their positions in
    /// world units.
    fn ticks(&self, axis: usize, ends: [Vec3; 2], pixels: f32) -> Vec<(f32, String)> {
        let Bounds { center, scale, .. } = self.bounds;
        let (low, high) = (ends[0][axis], ends[1][axis]);
        if pixels < LEAST_LENGTH || scale <= 0.0 || high <= low {
            return Vec::new();
        }
        let value = |world: f32| f64::from(world) / f64::from(scale) + f64::from(center[axis]);
        let most = (pixels / BETWEEN_TICKS).clamp(2.0, 10.0);
        let step = round_step((value(high) - value(low)) / f64::from(most));
        let place = |value: f64| ((value - f64::from(center[axis])) * f64::from(scale)) as f32;
        round_numbers(value(low), value(high), step).map(|number| (place(number), text(number, step))).collect()
    }

    /// Returns positions that divide the box evenly along an axis.
    fn evenly(&self, axis: usize) -> Vec<f32> {
        let (low, high) = (self.bounds.low[axis], self.bounds.high[axis]);
        (0..=FIELDS).map(|field| low + (high - low) * field as f32 / FIELDS as f32).collect()
    }

    /// Returns the outlines of the box's far sides and the lines across them at `divisions`.
    fn grid(&self, optics: &Optics, divisions: &[Vec<f32>; 3]) -> Vec<[Vec3; 2]> {
        let Bounds { low, high, .. } = self.bounds;
        let sides: Vec<(usize, f32)> = match self.dims {
            Dims::Two => vec![(2, low[2])],
            Dims::Three => (0..3)
                .map(|axis| (axis, if optics.is_beyond(axis, (low + high) / 2.0) { low[axis] } else { high[axis] }))
                .collect(),
        };
        let mut lines = Vec::new();
        for (normal, place) in sides {
            let [a, b] = others(normal);
            for (along, across) in [(a, b), (b, a)] {
                let ends = [low[across], high[across]];
                for &at in divisions[across].iter().chain(&ends) {
                    let start = with(with(Vec3::ZERO, normal, place), across, at);
                    lines.push([with(start, along, low[along]), with(start, along, high[along])]);
                }
            }
        }
        lines
    }
}

fn line(ends: [Vec3; 2], color: u32) -> Line {
    Line { ends: ends.map(Into::into), color }
}

fn see(ends: [Vec3; 2], optics: &Optics) -> Option<[Vec2; 2]> {
    let [a, b] = ends.map(|end| optics.project(end).map(|seen| seen.center));
    Some([a?, b?])
}

fn with(mut at: Vec3, axis: usize, value: f32) -> Vec3 {
    at[axis] = value;
    at
}

fn others(axis: usize) -> [usize; 2] {
    [(axis + 1) % 3, (axis + 2) % 3]
}

/// Returns the perpendicular of a direction on screen that points to the lower left.
fn across(direction: Vec2) -> Vec2 {
    let across = direction.perp().normalize_or(Vec2::Y);
    if across.dot(Vec2::new(-0.5, 1.0)) < 0.0 { -across } else { across }
}

/// Returns the smallest of 1, 2 and 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    if !least.is_finite() || least <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    // The logarithm may be off by a rounding error.
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|lead| lead * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// Returns the multiples of `step` from `low` to `high`.
fn round_numbers(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let (first, last) = ((low / step - 1e-4).ceil(), (high / step + 1e-4).floor());
    let count = if last >= first { (last - first) as usize + 1 } else { 0 };
    (0..count.min(100)).map(move |place| (first + place as f64) * step)
}

/// Formats a multiple of `step` with just enough digits to tell it from the next.
fn text(number: f64, step: f64) -> String {
    let number = if number.abs() < step * 1e-6 { 0.0 } else { number };
    let text = if step < 1e-4 || number.abs() >= 1e6 {
        let figures = (number.abs().max(step).log10().floor() - step.log10().floor()).max(0.0) as usize;
        format!("{number:.figures$e}")
    } else {
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        format!("{number:.decimals$}")
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use parallax_projection::Method;

    use super::*;

    #[test]
    fn steps_are_round() {
        for (least, step) in [(0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (5.1, 10.0), (0.013, 0.02), (4e7, 5e7)] {
            assert!((round_step(least) / step - 1.0).abs() < 1e-9, "{least}: {}", round_step(least));
        }
        assert!([0.0, f64::NAN, f64::INFINITY, -1.0].into_iter().all(|least| round_step(least) == 1.0));
    }

    #[test]
    fn ticks_are_round_numbers_within_the_axis() {
        let texts = |low, high, step| round_numbers(low, high, step).map(|x| text(x, step)).collect::<Vec<_>>();
        assert_eq!(texts(-0.31, 0.2, 0.1), ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2"]);
        assert_eq!(texts(-7.0, 11.0, 5.0), ["−5", "0", "5", "10"]);
        assert_eq!(texts(1.1e-5, 3e-5, 1e-5), ["2e−5", "3e−5"]);
        assert_eq!(texts(2.4e6, 4.1e6, 5e5), ["2.5e6", "3.0e6", "3.5e6", "4.0e6"]);
        assert_eq!(texts(0.1, 0.2, 1.0), [""; 0]);
    }

    /// An orthographic camera in front of the cloud.
    fn optics() -> Optics {
        let clip_from_view = Mat4::orthographic_rh(-2.0, 2.0, -2.0, 2.0, 20.0, 0.0);
        let view_from_world = Mat4::from_translation(Vec3::new(0.0, 0.0, -10.0)) * Mat4::from_rotation_x(0.3);
        Optics::new(clip_from_view, view_from_world, Vec2::splat(800.0), 1.0, 0.01)
    }

    fn inputs(custom: bool) -> AxesInputs {
        let optics = optics();
        AxesInputs {
            bounds: Bounds {
                low: Vec3::splat(-1.0),
                high: Vec3::splat(1.0),
                center: Vec3::new(50.0, 0.0, 0.0),
                scale: 0.1,
            },
            clip_from_world: optics.clip_from_world(),
            lean: Vec4::ZERO,
            viewport: optics.viewport(),
            axes: true,
            grid: true,
            theme: Theme::Dark,
            meaning: [0, 1, 2].map(|axis| Some([String::new(), format!("{axis}")])),
            custom,
            dims: Dims::Three,
            radius: 0.01,
        }
    }

    fn seen(custom: bool) -> Vec<SeenAxis> {
        inputs(custom).draw(&optics()).0.iter().filter_map(|axis| axis.seen(&optics())).collect()
    }

    #[test]
    fn axes_lie_at_the_lower_left_with_numbers_of_the_layout() {
        let axes = seen(false);
        let texts: Vec<&str> = axes[0].ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["40", "45", "50", "55", "60"]);
        let middle = Vec2::splat(400.0);
        let middle_of = |axis: &SeenAxis| (Vec2::from(axis.ends[0]) + Vec2::from(axis.ends[1])) / 2.0 - middle;
        assert!(middle_of(&axes[0]).y > 150.0, "x lies at the bottom: {:?}", axes[0]);
        assert!(middle_of(&axes[1]).x < -150.0 && axes[1].outward[0] < -0.9, "y lies on the left: {:?}", axes[1]);
        assert!(axes.iter().all(|axis| Vec2::from(axis.outward).dot(middle_of(axis)) > 0.0));
        let at = |text: &str| Vec2::from(axes[0].ticks.iter().find(|tick| tick.text == text).unwrap().at);
        assert!((at("50") - (at("40") + at("60")) / 2.0).length() < 1e-3, "evenly");
    }

    #[test]
    fn custom_axes_go_through_the_middle() {
        let axes = seen(true);
        let [from, to] = axes[0].ends.map(Vec2::from);
        let middle = (from + to) / 2.0;
        assert!((middle - Vec2::splat(400.0)).length() < 1e-3);
    }

    /// Seen from above and in front, the grid is below, behind, and on one side.
    #[test]
    fn grid_is_behind_the_cloud() {
        let (_, lines) = inputs(false).draw(&optics());
        let grid = palette::lines(Theme::Dark)[0];
        let of_grid: Vec<_> = lines.iter().filter(|line| line.color.to_le_bytes()[..3] == grid).collect();
        let on = |axis: usize, side: f32| {
            of_grid.iter().filter(|line| line.ends.iter().all(|end| end[axis] == side)).count()
        };
        assert!(on(1, -1.0) > on(1, 1.0) && on(2, -1.0) > on(2, 1.0), "{of_grid:?}");
        let (_, plane) = AxesInputs { dims: Dims::Two, ..inputs(false) }.draw(&optics());
        let mut of_plane = plane.iter().filter(|line| line.color.to_le_bytes()[..3] == grid);
        assert!(of_plane.all(|line| line.ends.iter().all(|end| end[2] == -1.0)), "one side: {plane:?}");
    }

    #[test]
    fn axes_without_meaning_are_not_drawn() {
        let seen = [Some(2), Some(0), None];
        let custom = [CustomAxis::Off, CustomAxis::Random, CustomAxis::Off];
        let names = |method: Method| {
            meaning(Some(method.about().coordinates), seen, &custom).map(|names| names.map(|[_, right]| right))
        };
        assert_eq!(names(Method::Pca), [Some("Component 3".into()), Some("Component 1".into()), None]);
        assert_eq!(names(Method::Identity)[0], Some("Dimension 3".into()));
        assert_eq!(names(Method::Custom), [None, Some("Random direction".into()), None]);
        assert_eq!((names(Method::Tsne), names(Method::Umap)), ([None, None, None], [None, None, None]));
    }
}
