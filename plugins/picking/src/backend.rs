//! The picking backend: finds the point under the pointer.

use bevy::{
    picking::{
        backend::{HitData, PointerHits},
        pointer::{PointerId, PointerLocation},
    },
    prelude::*,
};
use bevy_egui::{EguiContext, EguiContextSettings, EguiPickingOrder, PrimaryEguiContext, egui};
use parallax_cloud::{
    Cloud, CloudCamera, CloudLabels, CloudNames, CloudRevisions, Phase, SecondLabels, Side, Sight,
    optics::{Drawing, MARKED_RADIUS, MARKED_SCALE, OnScreen, Optics, Rings, SPRITE_SCALE, THUMBNAIL_RADII, drawing},
};
use parallax_session::{Eye, LabelSide, PlacedLabel};
use parallax_state::{CurrentView, Opened};

use crate::{
    outline::{Points, gather},
    space::Hit,
};

/// The distance in logical pixels within which the nearest point is taken if the pointer is on
/// none.
const SNAP: f32 = 3.0;

/// The entity that represents all points in Bevy's picking.
///
/// Points cannot be targets themselves: picking adds a component to what is hovered, which would
/// move a point to another table and break the order on which instance numbers rely.
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
}

pub(crate) fn find_point(
    pointers: Query<(&PointerId, &PointerLocation)>,
    cameras: Query<(Entity, &Camera, &bevy::camera::RenderTarget, Sight), With<CloudCamera>>,
    windows: Query<Entity, With<bevy::window::PrimaryWindow>>,
    (cloud, revisions, rings): (Res<Cloud>, Res<CloudRevisions>, Res<Rings>),
    (view, opened): (Res<CurrentView>, Res<Opened>),
    (labels, second, names): (Res<CloudLabels>, Res<SecondLabels>, Res<CloudNames>),
    points: Points,
    (target_of_hits, buttons, mut under): (Res<PointTarget>, Option<Res<ButtonInput<MouseButton>>>, ResMut<Under>),
    mut last: Local<Option<(HitInputs, Option<(Side, Hit)>)>>,
    mut output: MessageWriter<PointerHits>,
) {
    *under = Under::default();
    let mouse = pointers.iter().find(|(id, _)| **id == PointerId::Mouse);
    let Some(location) = mouse.and_then(|(_, location)| location.location.as_ref()) else { return };
    let primary = windows.iter().next();
    // While a button is held there is a drag, which needs no hit. Searching a million points in
    // each frame would be wasteful.
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
        let inputs = HitInputs {
            pointer,
            clip_from_world: optics.clip_from_world(),
            revisions: *revisions,
            phase: cloud.phase(),
            side,
            radius: cloud.radius,
            drawing: drawing(&view, &opened, *rings),
        };
        if held && last.as_ref().is_none_or(|(before, _)| *before != inputs) {
            continue;
        }
        let known = last.as_ref().filter(|(before, _)| *before == inputs).map(|(_, hit)| *hit);
        let drawing = inputs.drawing;
        let hit = known.unwrap_or_else(|| {
            let word = |side: Side| {
                let labels = if side == Side::Second { &second.0 } else { &labels.0 };
                let row = word(labels, eye, inputs.pointer)?;
                let (_, position, _) = points.get(cloud.entity(row)?).ok()?;
                Some((side, Hit { row, position: cloud.seen_at(side, row as usize, position.0)? }))
            };
            let word = cloud.sides(eye).find_map(word);
            word.or_else(|| nearest((&cloud, eye, &points), &optics, &drawing, inputs.pointer))
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

/// Returns the point under the pointer that is nearest to the eye. If there is none, returns the
/// nearest to the pointer.
fn nearest(
    (cloud, eye, points): (&Cloud, Eye, &Points),
    optics: &Optics,
    drawing: &Drawing,
    pointer: Vec2,
) -> Option<(Side, Hit)> {
    // The quick test assumes spheres, so larger shapes need more slack.
    let (scale, least) =
        if drawing.thumbnails.is_some() { (SPRITE_SCALE, THUMBNAIL_RADII.x * SPRITE_SCALE) } else { (1.0, 0.0) };
    let hits = cloud.sides(eye).flat_map(|side| {
        gather(points, (cloud, side), |row, position, flags| {
            let (larger, more) = if drawing.rings.has(flags) { (MARKED_SCALE, MARKED_RADIUS) } else { (1.0, 0.0) };
            if !optics.may_touch(position, pointer, scale * larger, SNAP + least * larger + more) {
                return None;
            }
            let (seen, shape) = optics.draw(position, flags, drawing)?;
            let miss = miss(&seen, pointer, shape);
            (miss <= SNAP).then_some((miss, seen.depth, (side, Hit { row, position })))
        })
    });
    // Of two points at the same depth the one that is drawn later is on top, and a second place over a first
    // one.
    let drawn = |(side, hit): &(Side, Hit)| (*side == Side::Second, cloud.slot(hit.row));
    let better = |a: &(f32, f32, (Side, Hit)), b: &(f32, f32, (Side, Hit))| {
        b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)).then_with(|| drawn(&a.2).cmp(&drawn(&b.2)))
    };
    hits.max_by(better).map(|(.., hit)| hit)
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
    use super::*;

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
