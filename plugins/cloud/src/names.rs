//! The names of clusters in the cloud.
//!
//! `arrange` is the mathematics: which names are where, for a pose of the camera. Here it gets the
//! places of this frame, and a frame more while names come and go.

pub mod arrange;

use std::sync::Arc;

use bevy::{
    camera::CameraUpdateSystems,
    prelude::*,
    window::{PrimaryWindow, RequestRedraw},
};
use parallax_meaning::{NamedLevels, Part};
use parallax_session::{Eye, PlacedName};
use parallax_state::{ClusterNames, CurrentView, Motion, Opened, ScreenArea, Seen};

use crate::{
    Cloud, CloudCamera, CloudRevisions, Phase,
    labels::wide,
    order::{LabelSystems, NameSystems},
    sight::{Sight, SightItem},
};
use arrange::{Anchor, Pace, Presence, SIZES, arrange};

/// The names to paint, most important first.
#[derive(Resource, Debug, Default)]
pub struct CloudNames {
    /// The names.
    pub names: Vec<PlacedName>,
    /// Increases when the room that they take changes.
    pub(crate) revision: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CloudNames>().add_systems(
        PostUpdate,
        place_names
            .in_set(NameSystems)
            .in_set(LabelSystems)
            .after(CameraUpdateSystems)
            .after(TransformSystems::Propagate),
    );
}

impl CloudNames {
    /// Returns the name at a place in the picture of `eye`.
    #[must_use]
    pub fn at(&self, place: Vec2, eye: Eye) -> Option<&PlacedName> {
        let is_here = |name: &&PlacedName| {
            let [min, max] = name.area.map(|corner| Vec2::from(corner) + Vec2::X * eye.side() * name.parallax);
            !name.leaves && Rect { min, max }.contains(place)
        };
        self.names.iter().find(is_here)
    }
}

/// The inputs of the names.
#[derive(PartialEq, Clone)]
struct NameInputs {
    names: u64,
    epoch: u64,
    positions: u64,
    clip_from_world: Mat4,
    lean: Vec4,
    viewport: Vec2,
    free: Rect,
    phase: Phase,
    shown: bool,
}

/// What is kept from frame to frame.
#[derive(Default)]
struct Kept {
    of: Option<(u64, Arc<NamedLevels>)>,
    /// One for each part.
    anchors: Vec<Anchor>,
    presence: Presence,
    /// Whether something comes or goes.
    is_busy: bool,
}

fn place_names(
    mut placed: ResMut<CloudNames>,
    (mut seen, mut kept): (Local<Seen<NameInputs>>, Local<Kept>),
    (cloud, revisions): (Res<Cloud>, Res<CloudRevisions>),
    (view, opened, names): (Res<CurrentView>, Res<Opened>, Res<ClusterNames>),
    (screen, motion, time): (Res<ScreenArea>, Res<Motion>, Res<Time<Real>>),
    (cameras, windows): (Query<Sight, With<CloudCamera>>, Query<(), With<PrimaryWindow>>),
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let optics = |sight: SightItem<'_, '_>| sight.optics(Eye::Middle, cloud.radius);
    let Some(optics) = cameras.iter().next().and_then(optics) else { return };
    let window = Rect { min: Vec2::ZERO, max: optics.viewport() };
    let free = screen.free.intersect(window);
    let free = if free.is_empty() { window } else { free };
    let inputs = NameInputs {
        names: names.revision,
        epoch: opened.epoch,
        positions: revisions.positions,
        clip_from_world: optics.clip_from_world(),
        lean: optics.lean(),
        viewport: optics.viewport(),
        free,
        phase: cloud.phase(),
        shown: view.naming.shown,
    };
    if !seen.changed(inputs) && !kept.is_busy {
        return;
    }
    let found = names.of(&opened).filter(|_| view.naming.shown);
    let Some(found) = found else {
        *kept = Kept::default();
        put(&mut placed, Vec::new());
        return;
    };
    let Kept { of, anchors, presence, is_busy } = &mut *kept;
    if of.as_ref().is_none_or(|(revision, _)| *revision != names.revision) {
        // Other names of the same clusters are in the same places.
        if of.as_ref().is_none_or(|(_, before)| !Arc::ptr_eq(&before.levels, &found.levels)) {
            *presence = Presence::default();
        }
        *of = Some((names.revision, found.clone()));
        *anchors = named(found);
    }
    // The clusters are those of the layout. What is compared with it has others.
    let (scale, side) = (cloud.bounds().scale, cloud.side(Eye::Middle));
    for (anchor, part) in anchors.iter_mut().zip(found.parts()).filter(|(anchor, _)| anchor.width > 0.0) {
        anchor.place = cloud.seen_at(side, part.anchor as usize).unwrap_or(Vec3::NAN);
        anchor.radius = part.radius * scale;
    }
    let pace = match *motion {
        Motion::Full => Pace::Fading(time.elapsed()),
        Motion::Reduced if windows.is_empty() => Pace::Picture,
        Motion::Reduced => Pace::Still(time.elapsed()),
    };
    let names = arrange(anchors, &optics, free, presence, pace);
    *is_busy = presence.is_busy();
    if *is_busy {
        redraw.write(RequestRedraw);
    }
    put(&mut placed, names);
}

/// Returns an anchor for each part. Those without a name have no place.
fn named(found: &NamedLevels) -> Vec<Anchor> {
    let rows = found.clusters().placed().max(1) as f32;
    let anchor = |(index, (part, name)): (usize, (&Part, &String))| {
        let is_part = part.within.is_some();
        let (size, share) = (SIZES[usize::from(is_part)], part.size as f32 / rows);
        let (part, width) = (index as u32, width(name));
        Anchor { part, place: Vec3::NAN, radius: 0.0, share, width, size, is_part, has_parts: false }
    };
    let mut anchors: Vec<Anchor> = found.parts().iter().zip(&found.names).enumerate().map(anchor).collect();
    // Each part comes after what it is within.
    for index in (0..anchors.len()).rev() {
        let Some(within) = found.parts()[index].within else { continue };
        anchors[within as usize].has_parts |= anchors[index].width > 0.0 || anchors[index].has_parts;
    }
    anchors
}

/// Returns the width of a name as a multiple of its height. The painter cuts longer ones.
fn width(name: &str) -> f32 {
    name.chars().take(64).map(wide).sum::<f32>().min(PlacedName::LONGEST)
}

fn put(placed: &mut ResMut<CloudNames>, names: Vec<PlacedName>) {
    if placed.names == names {
        return;
    }
    let areas = |names: &[PlacedName]| names.iter().map(|name| name.area).collect::<Vec<_>>();
    let moved = areas(&placed.names) != areas(&names);
    placed.revision += u64::from(moved);
    placed.names = names;
}
