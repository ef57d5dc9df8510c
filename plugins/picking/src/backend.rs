//! The picking backend: finds the point under the pointer.
//!
//! Of many points only those of the batches are looked at that the pointer may touch. While these are
//! not known, because points move or have just come to rest, nothing is hovered, and a press looks at
//! all points.

use std::cmp::Ordering;

use bevy::{
    picking::{
        backend::{HitData, PointerHits},
        pointer::{PointerId, PointerLocation},
    },
    prelude::*,
    window::RequestRedraw,
};
use bevy_egui::{EguiContext, EguiContextSettings, EguiPickingOrder, PrimaryEguiContext, egui};
use parallax_cloud::{
    Cloud, CloudCamera, CloudLabels, CloudNames, CloudRevisions, Phase, SecondLabels, SeenPlaces, Side, Sight, Style,
    optics::{Drawing, MARKED_RADIUS, MARKED_SCALE, OnScreen, Optics, Rings, SPRITE_SCALE, THUMBNAIL_RADII, drawing},
};
use parallax_session::{Eye, LabelSide, PlacedLabel};
use parallax_state::{CurrentView, Opened, Wake};

use crate::{
    batches::{Few, Resting},
    outline::gather,
    space::Hit,
};

/// The distance in logical pixels within which the nearest point is taken if the pointer is on
/// none.
const SNAP: f32 = 3.0;

/// The entity that represents all points in Bevy's picking, because points are no entities.
#[derive(Resource, Debug)]
pub(crate) struct PointTarget(pub(crate) Entity);

/// The row under the pointer, or the part of the layout whose name is.
#[derive(Resource, Debug, Default)]
pub(crate) struct Under {
    pub(crate) row: Option<u32>,
    /// Which of the places of the row is under the pointer.
    pub(crate) side: Side,
    pub(crate) part: Option<u32>,
}

/// The inputs of a hit. The hit stays the same while they do.
#[derive(PartialEq, Clone)]
pub(crate) struct HitInputs {
    pointer: Vec2,
    clip_from_world: Mat4,
    revisions: CloudRevisions,
    phase: Phase,
    side: Side,
    radius: f32,
    drawing: Drawing,
    /// Whether it was known which points the pointer may touch, or all were looked at.
    is_known: bool,
}

pub(crate) fn find_point(
    pointers: Query<(&PointerId, &PointerLocation)>,
    cameras: Query<(Entity, &Camera, &bevy::camera::RenderTarget, Sight), With<CloudCamera>>,
    windows: Query<Entity, With<bevy::window::PrimaryWindow>>,
    (cloud, revisions, rings): (Res<Cloud>, Res<CloudRevisions>, Res<Rings>),
    (view, opened): (Res<CurrentView>, Res<Opened>),
    (labels, second, names): (Res<CloudLabels>, Res<SecondLabels>, Res<CloudNames>),
    (mut resting, time, wake): (ResMut<Resting>, Res<Time<Real>>, Res<Wake>),
    (target_of_hits, buttons, mut under): (Res<PointTarget>, Option<Res<ButtonInput<MouseButton>>>, ResMut<Under>),
    mut redraw: MessageWriter<RequestRedraw>,
    mut last: Local<Option<(HitInputs, Option<(Side, Hit)>)>>,
    mut output: MessageWriter<PointerHits>,
) {
    *under = Under::default();
    let mouse = pointers.iter().find(|(id, _)| **id == PointerId::Mouse);
    let Some(location) = mouse.and_then(|(_, location)| location.location.as_ref()) else { return };
    let primary = windows.iter().next();
    // While a button is held there is a drag, which needs no hit. Searching a million points in
    // each frame would be wasteful.
    let is_pressed = buttons.as_ref().is_some_and(|held| held.get_just_pressed().len() > 0);
    let held = buttons.is_some_and(|held| held.get_pressed().len() > 0 && held.get_just_pressed().len() == 0);
    for (entity, camera, target, sight) in &cameras {
        let here = target.normalize(primary).is_some_and(|target| target == location.target);
        // What is hit is what the eye sees whose picture is there.
        let Some((eye, pointer)) = sight.at(location.position).filter(|_| here) else { continue };
        // A name is over the points. It is hit while a button is held, too: a click ends where it began.
        let side = cloud.side(eye);
        // The names of clusters are in the picture of the layout alone.
        if let Some(name) = names.at(pointer, eye).filter(|_| side != Side::Second) {
            under.part = Some(name.part);
            let data = HitData::new(entity, 0.0, None, None);
            output.write(PointerHits::new(PointerId::Mouse, vec![(target_of_hits.0, data)], camera.order as f32));
            continue;
        }
        let Some(optics) = sight.optics(eye, cloud.radius) else { continue };
        let mut is_known = true;
        for side in cloud.sides(eye) {
            if let Few::NotYet { are_made } = resting.of((&cloud, &revisions), side, (time.elapsed(), &wake)) {
                is_known = false;
                if !are_made {
                    redraw.write(RequestRedraw);
                }
            }
        }
        let mut inputs = HitInputs {
            pointer,
            clip_from_world: optics.clip_from_world(),
            revisions: *revisions,
            phase: cloud.phase(),
            side,
            radius: cloud.radius,
            drawing: drawing(&view, &opened, *rings),
            is_known: true,
        };
        // What a press has found is there until the button is released.
        inputs.is_known = is_known || is_pressed || last.as_ref().is_some_and(|(before, _)| *before == inputs);
        if held && last.as_ref().is_none_or(|(before, _)| *before != inputs) {
            continue;
        }
        let known = last.as_ref().filter(|(before, _)| *before == inputs).map(|(_, hit)| *hit);
        let drawing = inputs.drawing;
        let hit = known.unwrap_or_else(|| {
            let word = |side: Side| {
                let labels = if side == Side::Second { &second.0 } else { &labels.0 };
                let row = word(labels, eye, inputs.pointer)?;
                Some((side, Hit { row, position: cloud.seen_at(side, row as usize)? }))
            };
            let word = cloud.sides(eye).find_map(word);
            word.or_else(|| {
                let hits = cloud.sides(eye).filter_map(|side| {
                    let few = match resting.of((&cloud, &revisions), side, (time.elapsed(), &wake)) {
                        Few::NotYet { .. } if !is_pressed => return None,
                        Few::NotYet { .. } => Few::All,
                        few => few,
                    };
                    nearest((cloud.styles(), &cloud.seen(side)), &few, &optics, &drawing, inputs.pointer)
                });
                hits.max_by(is_better).map(|(.., side, hit)| (side, hit))
            })
        });
        *last = Some((inputs, hit));
        if let Some((side, hit)) = hit {
            (under.row, under.side) = (Some(hit.row), side);
            let depth = sight.place(eye).distance(hit.position);
            let data = HitData::new(entity, depth, Some(hit.position), None);
            output.write(PointerHits::new(PointerId::Mouse, vec![(target_of_hits.0, data)], camera.order as f32));
        }
    }
}

/// Reports the panels as hits where they cover the pointer.
///
/// egui's own report is about the place of the pointer in the frame before. A press that arrives
/// together with a jump of the pointer, as from a remote desktop, would hit what was there.
pub(crate) fn find_panels(
    pointers: Query<(&PointerId, &PointerLocation)>,
    mut contexts: Query<(Entity, &mut EguiContext, &mut EguiContextSettings, &Camera), With<PrimaryEguiContext>>,
    (order, buttons): (Option<Res<EguiPickingOrder>>, Option<Res<ButtonInput<MouseButton>>>),
    windows: Query<Entity, With<bevy::window::PrimaryWindow>>,
    mut output: MessageWriter<PointerHits>,
) {
    use bevy::camera::NormalizedRenderTarget::Window;
    // A drag that began on the cloud goes on over a panel.
    let dragged = buttons.is_some_and(|held| held.get_pressed().len() > 0 && held.get_just_pressed().len() == 0);
    let order = order.map_or(0.0, |order| order.0);
    for (entity, mut context, mut settings, camera) in &mut contexts {
        if settings.capture_pointer_input {
            settings.capture_pointer_input = false;
        }
        let context = context.get_mut();
        for (pointer, location) in &pointers {
            let Some(location) = &location.location else { continue };
            let here = matches!(&location.target, Window(window) if windows.contains(window.entity()));
            let covers = || context.egui_is_using_pointer() || !dragged && is_over_panel(context, location.position);
            if here && covers() {
                let hit = (entity, HitData::new(entity, 0.0, None, None));
                output.write(PointerHits::new(*pointer, vec![hit], camera.order as f32 + order));
            }
        }
    }
}

fn is_over_panel(context: &egui::Context, at: Vec2) -> bool {
    context.layer_id_at(egui::pos2(at.x, at.y)).is_some_and(|layer| layer.order != egui::Order::Background)
}

/// Returns the row whose label is shown in place of its point and is under the pointer, in the
/// picture of `eye`.
fn word(labels: &[PlacedLabel], eye: Eye, pointer: Vec2) -> Option<u32> {
    let area = |label: &PlacedLabel| {
        let [min, max] = label.area.map(|corner| Vec2::from(corner) + Vec2::X * eye.side() * label.parallax);
        Rect { min, max }
    };
    let is_here = |label: &&PlacedLabel| label.side == LabelSide::Middle && area(label).contains(pointer);
    labels.iter().find(is_here).map(|label| label.row)
}

/// How far the pointer is from a point in pixels, its depth, its place in the order of drawing, which
/// of its places it is, and the point.
type Candidate = (f32, f32, usize, Side, Hit);

/// Returns the point under the pointer that is nearest to the eye. If there is none, returns the
/// nearest to the pointer.
fn nearest(
    (styles, places): (&[Style], &SeenPlaces),
    few: &Few<'_>,
    optics: &Optics,
    drawing: &Drawing,
    pointer: Vec2,
) -> Option<Candidate> {
    // The quick test assumes spheres, so larger shapes need more slack.
    let (scale, least) =
        if drawing.thumbnails.is_some() { (SPRITE_SCALE, THUMBNAIL_RADII.x * SPRITE_SCALE) } else { (1.0, 0.0) };
    let reach = |is_marked: bool| {
        let (larger, more) = if is_marked { (MARKED_SCALE, MARKED_RADIUS) } else { (1.0, 0.0) };
        (scale * larger, SNAP + least * larger + more)
    };
    let look = |row, position, flags| {
        let (scale, slack) = reach(drawing.rings.has(flags));
        if !optics.may_touch(position, pointer, scale, slack) {
            return None;
        }
        let (seen, shape) = optics.draw(position, flags, drawing)?;
        let miss = miss(&seen, pointer, shape);
        let candidate = || (miss, seen.depth, places.slot(row), places.side(), Hit { row, position });
        (miss <= SNAP).then(candidate)
    };
    match few {
        Few::Batches(batches) => {
            let (scale, slack) = reach(drawing.rings != Rings::default());
            let mut best: Option<Candidate> = None;
            for (foremost, rows) in batches.near((optics, pointer, scale, slack), (styles, drawing)) {
                if best.is_some_and(|(miss, depth, ..)| miss == 0.0 && depth > foremost) {
                    break;
                }
                let visible = |row: u32| styles.get(row as usize).filter(|style| !style.is_hidden());
                let found = rows.iter().filter_map(|&row| {
                    let style = visible(row)?;
                    look(row, places.at(row as usize)?, style.flags())
                });
                best = found.chain(best).max_by(is_better);
            }
            best
        }
        Few::All | Few::NotYet { .. } => gather(styles, places, look).into_iter().max_by(is_better),
    }
}

/// Of two points at the same depth the one that is drawn later is on top, and a second place over a
/// first one.
fn is_better(a: &Candidate, b: &Candidate) -> Ordering {
    let drawn = |&(_, _, slot, side, _): &Candidate| (side == Side::Second, slot);
    b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)).then_with(|| drawn(a).cmp(&drawn(b)))
}

/// Returns the distance of the pointer from the point's edge in pixels; 0 inside.
fn miss(seen: &OnScreen, pointer: Vec2, shape: Vec2) -> f32 {
    let away = pointer - seen.center;
    if shape == Vec2::ZERO {
        return (away.length() - seen.radius).max(0.0);
    }
    (away.abs() - shape * seen.radius).max_element().max(0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array2;

    use super::*;
    use crate::batches::Batches;

    /// A thousand pixels over clouds with ties: a dense core, many points in one place, some outliers, and
    /// rows without a place, seen from outside, from within, and flat. Some are hidden, some marked.
    #[test]
    fn batches_find_the_point_that_a_pass_finds() {
        let mut seed = 0;
        let mut number = || {
            seed += 1;
            parallax_embedding::random::unit(seed) * 2.0 - 1.0
        };
        let mut found = [0; 3];
        for (count, dims, far) in [(1, 3, 40.0), (700, 3, 40.0), (20_000, 3, 40.0), (20_000, 2, 40.0), (900, 3, 1e30)] {
            let coordinates = Array2::from_shape_fn((count, dims), |(row, _)| match row % 50 {
                0 => 0.25,
                1 if row % 400 == 1 => far,
                1 if row % 400 == 201 => -far,
                2 => f32::NAN,
                3 => (number() * 8.0).round() / 8.0,
                _ => number() * number().abs(),
            });
            let places = SeenPlaces::of(&Arc::new(coordinates.into()));
            let flags = |row| match row % 23 {
                0 => Style::HIDDEN,
                1 => Style::SELECTED,
                2 => Style::RELATED | 3 << Style::LEVEL_SHIFT,
                _ => Style::FADED,
            };
            let styles: Vec<Style> = (0..count).map(|row| Style::new([1, 2, 3], flags(row))).collect();
            let batches = Batches::of(&places, count);
            for look in 0..250 {
                let size = Vec2::new(800.0, 600.0);
                let at = Vec2::new(number(), number()) * size * 0.6 + size / 2.0;
                let lens = if look % 3 == 0 {
                    Mat4::orthographic_rh(-1.2, 1.2, -0.9, 0.9, 20.0, 0.0)
                } else {
                    Mat4::perspective_infinite_reverse_rh(1.0, size.x / size.y, 0.01)
                };
                let eye = Vec3::new(number(), number(), number()) * if look % 2 == 0 { 3.0 } else { 0.5 };
                let optics = Optics::new(lens, Mat4::look_at_rh(eye, Vec3::ZERO, Vec3::Y), size, 1.0, 0.01);
                let rings = Rings { selected: look % 4 == 0, related: look % 5 == 0 };
                let drawing = Drawing { rings, thumbnails: (look % 7 == 0).then_some(Vec2::new(2.0, 1.0)) };
                let of = |few| nearest((&styles, &places), &few, &optics, &drawing, at);
                let (expected, hit) = (of(Few::All), of(Few::Batches(&batches)));
                assert_eq!(hit, expected, "{count} x {dims}, {far}, {look}");
                found[hit.map_or(0, |hit| if hit.0 > 0.0 { 1 } else { 2 })] += 1;
            }
        }
        assert!(found.iter().all(|count| *count > 20), "none, beside, on a point: {found:?}");
    }

    #[test]
    fn miss_is_round_for_spheres_and_square_for_thumbnails() {
        let seen = OnScreen { center: Vec2::new(100.0, 50.0), radius: 10.0, depth: 0.5 };
        let corner = seen.center + Vec2::splat(9.0);
        assert!(miss(&seen, corner, Vec2::ZERO) > 2.0);
        assert_eq!(miss(&seen, corner, Vec2::ONE), 0.0);
        assert_eq!(miss(&seen, seen.center + Vec2::new(0.0, 9.9), Vec2::ZERO), 0.0);
        assert_eq!(miss(&seen, seen.center + Vec2::new(0.0, 12.0), Vec2::new(1.0, 0.5)), 7.0);
    }
}
