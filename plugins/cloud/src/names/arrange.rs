//! Which names are where, as a function of the pose of the camera and of which were there before.
//!
//! Each name has a range of scales in which it is active (K. Been, E. Daiches, C. Yap, "Dynamic map
//! labeling", IEEE TVCG 2006): by the radius of its cluster on screen. Clusters are active from any
//! distance, however tight they are. One gives way to the parts within it once it fills the picture,
//! and these come when there is room for their names. At the ends of its range a name fades. In
//! space, unlike on a map, turning the camera brings names in each other's way at any scale. The more
//! important then stays: what is large on screen, or has many of the rows. One in front of which
//! another cluster lies counts for less. Names do not blink: one that has gone stays away for longer
//! than a flight of the camera takes.

use std::time::Duration;

use bevy::prelude::*;
use parallax_session::PlacedName;

use crate::optics::Optics;

/// Where a name belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    /// The index of the part that it names.
    pub part: u32,
    /// The middle of the cluster. Not finite if it has no place.
    pub place: Vec3,
    /// The radius of the cluster in world units.
    pub radius: f32,
    /// Its share of the rows.
    pub share: f32,
    /// The width of the text as a multiple of its height.
    pub width: f32,
    /// The height of the text in logical pixels.
    pub size: f32,
    /// Whether it is within another.
    pub is_part: bool,
    /// Whether others with names are within it.
    pub has_parts: bool,
}

/// Which names are there, by their index among the anchors.
#[derive(Debug, Default)]
pub struct Presence {
    names: Vec<Name>,
    /// Those that are seen, or fade away.
    seen: Vec<u32>,
    before: Option<Duration>,
    is_busy: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Name {
    is_here: bool,
    /// From 0 to 1.
    presence: f32,
    /// Its opacity but for its presence, when it was last there.
    strength: f32,
    /// When it has gone.
    gone: Option<Duration>,
    side: Side,
}

/// Where the name of a small cluster is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Above,
    /// If there is no room above.
    Below,
}

/// How names come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At once, without what was there before: a picture by itself.
    Picture,
    /// At once at this time: motion is reduced.
    Still(Duration),
    /// Fading, at this time.
    Fading(Duration),
}

impl Pace {
    fn now(self) -> Option<Duration> {
        match self {
            Self::Picture => None,
            Self::Still(now) | Self::Fading(now) => Some(now),
        }
    }
}

impl Presence {
    /// Whether names come or go, so that the next picture is another even if the camera rests.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }
}

/// The text heights of clusters and of parts.
pub const SIZES: [f32; 2] = [16.0, 13.0];

/// The radii in pixels over which parts of clusters fade in.
const COMES: [f32; 2] = [26.0, 42.0];
/// The radii over which what has parts fades out, as shares of the shorter side of the free area.
const GOES: [f32; 2] = [0.30, 0.42];

/// How long a name takes to come or go.
const FADE: Duration = Duration::from_millis(160);
/// How long a name that has gone stays away: longer than a flight.
pub const AWAY: Duration = Duration::from_millis(800);

/// The free area in square pixels for each name, and the least and the most names.
const NAME_AREA: f32 = 16_000.0;
const MOST: [usize; 2] = [8, 60];
/// The most names that are tried, and the most clusters that hide what is behind them.
const TRIED: usize = 256;
const HIDING: usize = 24;

/// The least opacity at which a name comes.
const LEAST: f32 = 0.2;
/// The opacity of the farthest names, and of those behind another cluster.
const FAR: f32 = 0.75;
const BEHIND: f32 = 0.65;
/// How much the radius of a cluster counts beside its rows.
const LOOSENESS: f32 = 0.3;
/// How much more a name counts that is there already.
const LOYALTY: f32 = 1.25;
/// The room around a name that comes, and around one that is there.
const MARGINS: [Vec2; 2] = [Vec2::new(12.0, 6.0), Vec2::new(3.0, 1.0)];
const LINE: f32 = 1.25;
/// The radii, as multiples of the height of a name, over which it moves from above or below its cluster
/// into the middle: it would cover a smaller one.
const BESIDE: [f32; 2] = [0.4, 1.4];

/// A name that may be seen.
#[derive(Clone, Copy)]
struct Candidate {
    index: u32,
    center: Vec2,
    /// The radius of its cluster on screen.
    radius: f32,
    away: f32,
    strength: f32,
    rank: f32,
}

/// Places the names within the `free` part of the picture, most important first. Those that fade
/// away come last.
pub fn arrange(
    anchors: &[Anchor],
    optics: &Optics,
    free: Rect,
    presence: &mut Presence,
    pace: Pace,
) -> Vec<PlacedName> {
    let now = pace.now();
    presence.names.resize(anchors.len(), Name::default());
    presence.is_busy = false;
    let mut candidates = candidates(anchors, optics, free, presence);
    rank(anchors, &mut candidates, presence);
    let nearness = nearness(&candidates);
    let most = ((free.size().element_product() / NAME_AREA) as usize).clamp(MOST[0], MOST[1]);
    let mut placed: Vec<(Candidate, Rect)> = Vec::new();
    for candidate in candidates {
        if placed.len() == most {
            break;
        }
        let name = presence.names[candidate.index as usize];
        let anchor = &anchors[candidate.index as usize];
        let margin = MARGINS[usize::from(name.is_here)];
        let fitting = |side: Side| {
            let area = within(free, area(anchor, candidate.center, candidate.radius, side));
            let room = Rect { min: area.min - margin, max: area.max + margin };
            (!placed.iter().any(|(_, taken)| overlap(room, *taken))).then_some((side, area))
        };
        // A name that is there does not change sides.
        let sides = if name.is_here { [name.side; 2] } else { [Side::Above, Side::Below] };
        let Some((side, area)) = sides.into_iter().find_map(fitting) else { continue };
        if now.zip(name.gone).is_some_and(|(now, gone)| now.saturating_sub(gone) < AWAY) {
            presence.is_busy = true;
            continue;
        }
        presence.names[candidate.index as usize].side = side;
        placed.push((candidate, area));
    }
    for (candidate, _) in &placed {
        presence.names[candidate.index as usize].strength = candidate.strength * nearness(candidate);
    }
    presence.go_on(&placed, pace);
    let part = |index: u32| anchors[index as usize].part;
    let at = |index: u32| anchors[index as usize].place;
    let size = |index: u32| anchors[index as usize].size;
    let name = |index: u32, area: Rect, strength: f32, leaves: bool| PlacedName {
        part: part(index),
        area: [area.min, area.max].map(Into::into),
        parallax: optics.parallax(at(index)),
        size: size(index),
        strength,
        leaves,
    };
    let here = placed.iter().map(|(candidate, area)| {
        let Name { presence, strength, .. } = presence.names[candidate.index as usize];
        name(candidate.index, *area, strength * presence, false)
    });
    let leaving = presence.seen.iter().filter(|&&index| !presence.names[index as usize].is_here).filter_map(|&index| {
        let anchor = &anchors[index as usize];
        let center = optics.center(anchor.place).filter(|center| free.contains(*center))?;
        let Name { presence, strength, side, .. } = presence.names[index as usize];
        let area = within(free, area(anchor, center, anchor.radius * optics.unit(anchor.place), side));
        Some(name(index, area, strength * presence, true))
    });
    here.chain(leaving).collect()
}

/// Returns what is on screen at a scale at which its name is active.
fn candidates(anchors: &[Anchor], optics: &Optics, free: Rect, presence: &Presence) -> Vec<Candidate> {
    let span = free.size().min_element();
    let candidate = |(index, anchor): (usize, &Anchor)| {
        if !anchor.place.is_finite() {
            return None;
        }
        let center = optics.center(anchor.place).filter(|center| free.contains(*center))?;
        let unit = optics.unit(anchor.place);
        let radius = anchor.radius * unit;
        let strength = active(anchor, radius, span);
        let least = if presence.names[index].is_here { 0.5 * LEAST } else { LEAST };
        (strength >= least).then(|| {
            let away = optics.away(anchor.place);
            Candidate { index: index as u32, center, radius, away, strength, rank: importance(anchor) * unit }
        })
    };
    anchors.iter().enumerate().filter_map(candidate).collect()
}

/// Returns how active a name is whose cluster has this radius on screen.
fn active(anchor: &Anchor, radius: f32, span: f32) -> f32 {
    let comes = if anchor.is_part { smooth(COMES, radius) } else { 1.0 };
    let goes = if anchor.has_parts { smooth(GOES.map(|share| share * span), radius) } else { 0.0 };
    comes * (1.0 - goes)
}

/// Returns how important a name is, as a length in the world: the radius of a disc which would have its
/// rows if all of them were spread evenly over one of radius 1, as large as the cloud; and a part of
/// the radius that its cluster has. A tight cluster of many rows counts for more than a loose one of few.
fn importance(anchor: &Anchor) -> f32 {
    anchor.share.max(0.0).sqrt() + LOOSENESS * anchor.radius
}

/// Goes from 0 to 1 between two ends.
fn smooth([from, to]: [f32; 2], x: f32) -> f32 {
    let share = ((x - from) / (to - from).max(1e-6)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Sorts the candidates, the most important first, and dims those that lie behind others.
fn rank(anchors: &[Anchor], candidates: &mut Vec<Candidate>, presence: &Presence) {
    let first = |a: &Candidate, b: &Candidate| b.rank.total_cmp(&a.rank).then(a.index.cmp(&b.index));
    let larger = |a: &Candidate, b: &Candidate| b.radius.total_cmp(&a.radius).then(a.index.cmp(&b.index));
    let mut hiding: Vec<Candidate> =
        candidates.iter().copied().filter(|of| !anchors[of.index as usize].is_part).collect();
    if hiding.len() > HIDING {
        hiding.select_nth_unstable_by(HIDING, larger);
        hiding.truncate(HIDING);
    }
    // What is hidden comes last among what is tried, not before.
    if candidates.len() > 2 * TRIED {
        candidates.select_nth_unstable_by(2 * TRIED, first);
        candidates.truncate(2 * TRIED);
    }
    for candidate in &mut *candidates {
        let Anchor { radius, share, .. } = anchors[candidate.index as usize];
        let behind = hiding.iter().map(|front| {
            let gap = candidate.away - front.away;
            let of = &anchors[front.index as usize];
            // Half of a cluster is hidden where another begins to be in front of it.
            let depth = smooth([0.5, 1.5].map(|part| part * (of.radius + radius)), gap);
            // A few rows hide few.
            let rows = (of.share / share.max(f32::MIN_POSITIVE)).min(1.0);
            depth
                * rows
                * (1.0 - smooth([0.6, 1.1].map(|share| share * front.radius), candidate.center.distance(front.center)))
        });
        let behind = behind.fold(0.0, f32::max);
        candidate.strength *= 1.0 - (1.0 - BEHIND) * behind;
        let is_here = presence.names[candidate.index as usize].is_here;
        candidate.rank *= (1.0 - 0.5 * behind) * if is_here { LOYALTY } else { 1.0 };
    }
    candidates.sort_unstable_by(first);
    candidates.truncate(TRIED);
}

/// Returns how strong a candidate is by its distance: 1 for the nearest, and for all in a plane.
fn nearness(candidates: &[Candidate]) -> impl Fn(&Candidate) -> f32 + use<> {
    let ends = candidates.iter().map(|of| of.away).fold((f32::MAX, f32::MIN), |(a, b), x| (a.min(x), b.max(x)));
    move |candidate| {
        let span = ends.1 - ends.0;
        let far = if span > 1e-3 { (candidate.away - ends.0) / span } else { 0.0 };
        1.0 - (1.0 - FAR) * far
    }
}

impl Presence {
    /// Lets names come and go.
    fn go_on(&mut self, placed: &[(Candidate, Rect)], pace: Pace) {
        let step = match (pace, self.before) {
            // The first frame after a long pause is no long step.
            (Pace::Fading(now), Some(before)) => {
                now.saturating_sub(before).min(Duration::from_millis(100)).div_duration_f32(FADE)
            }
            (Pace::Fading(_), None) => 0.0,
            (Pace::Picture | Pace::Still(_), _) => 1.0,
        };
        let now = pace.now();
        self.before = now;
        let stay: std::collections::BTreeSet<u32> = placed.iter().map(|(candidate, _)| candidate.index).collect();
        for &index in &self.seen {
            let name = &mut self.names[index as usize];
            if name.is_here && !stay.contains(&index) {
                (name.is_here, name.gone) = (false, now);
            }
            if !name.is_here {
                name.presence = (name.presence - step).max(0.0);
                self.is_busy |= name.presence > 0.0;
            }
        }
        self.seen.retain(|index| !stay.contains(index) && self.names[*index as usize].presence > 0.0);
        for (Candidate { index, .. }, _) in placed {
            let name = &mut self.names[*index as usize];
            (name.is_here, name.presence) = (true, (name.presence + step).min(1.0));
            self.is_busy |= name.presence < 1.0;
            self.seen.push(*index);
        }
        self.seen.sort_unstable();
    }
}

/// Returns the area of the name of a cluster with this middle and radius on screen: in its middle, or
/// beside it if the cluster is small.
fn area(anchor: &Anchor, center: Vec2, radius: f32, side: Side) -> Rect {
    let size = Vec2::new(anchor.width, LINE) * anchor.size;
    let beside = 1.0 - smooth(BESIDE.map(|share| share * anchor.size), radius);
    let away = beside * (1.5 * radius + 0.7 * size.y);
    let away = if side == Side::Above { -away } else { away };
    Rect::from_center_size(center + Vec2::Y * away, size)
}

/// Returns the area moved into `free`, if it is no larger.
fn within(free: Rect, area: Rect) -> Rect {
    let low = (free.min - area.min).max(Vec2::ZERO);
    let high = (area.max - free.max).max(Vec2::ZERO);
    Rect { min: area.min + low - high, max: area.max + low - high }
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.min.x < b.max.x && b.min.x < a.max.x && a.min.y < b.max.y && b.min.y < a.max.y
}

#[cfg(test)]
mod tests;
