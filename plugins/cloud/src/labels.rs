//! Chooses which points have a label: as many as fit without overlap.
//!
//! Candidates are ranked: selected, then related, then the middle of each category if a category
//! colors the points, then the nearest to the camera. The number of labels depends on the free area
//! of the window, and each part of the window has its share of them, so that the nearest points do
//! not take all. Each label is tried to the right of its point, then left, above and below, and
//! higher ranks are placed first. While the camera moves, a label keeps its side and is replaced
//! only by one that is clearly nearer, and a new label needs a little more room than an existing
//! one. This avoids flicker. If labels are shown in place of points, each is centered on its point
//! and is larger the nearer it is.
//!
//! Widths are estimated from the characters. The painter clips nothing.

use std::collections::HashMap;

use bevy::{camera::CameraUpdateSystems, ecs::system::SystemParam, prelude::*};
use parallax_embedding::random;
use parallax_session::{Eye, LabelRank, LabelSide, Pick, PlacedLabel, PointStyle};
use parallax_state::{CurrentTour, CurrentView, Opened, ScreenArea, Seen};

use crate::{
    Cloud, CloudCamera, CloudNames, CloudRevisions, Phase, Side, Style,
    middles::{MOST_CANDIDATES, Middles},
    optics::{Drawing, OnScreen, Optics, Rings, drawing},
    order::{LabelSystems, NameSystems},
    sight::Sight,
    style::Related,
};

/// The labels to paint, most important first.
#[derive(Resource, Debug, Default)]
pub struct CloudLabels(pub Vec<PlacedLabel>);

/// The labels of the embedding that is compared with: in its picture, or where both are in one picture,
/// those of marked points.
#[derive(Resource, Debug, Default)]
pub struct SecondLabels(pub Vec<PlacedLabel>);

/// Increased to place labels as if nothing had been shown before: otherwise they keep their sides. A
/// movie begins so, whatever was shown while what it shows was computed.
#[derive(Resource, Debug, Default)]
pub struct LabelsAnew(pub u64);

/// The free area of the window in square pixels for each label beside a point.
const LABEL_AREA: f32 = 9000.0;
/// The side of a part of the window that has a share of the labels, in logical pixels, and its
/// share: as many as its area allows.
const PART: f32 = 164.0;
const SHARE: usize = (PART * PART / LABEL_AREA + 0.5) as usize;
/// The largest number of labels: beside points, in place of points, and of selected and related
/// points if no others are shown.
const MOST_LABELS: usize = 250;
const MOST_WORDS: usize = 3000;
const MOST_MARKED: usize = 40;
/// The largest number of selected and related points that are always considered.
const MOST_MARKED_CANDIDATES: usize = 2000;

/// The text height beside points, and the smallest and largest text height in place of points.
const SIZE: f32 = 12.0;
const WORD_SIZES: [f32; 2] = [11.0, 26.0];
/// The text height in place of points, in world units.
const WORD_SHARE: f32 = 0.03;

/// The opacity of the farthest labels, high enough to read.
const LEAST_STRENGTH: f32 = 0.6;
/// The distance from a point's edge to the outer edge of its ring, and of the second ring of selected
/// points.
const RING: f32 = 3.5;
const SECOND_RING: f32 = 8.5;

/// The smallest distance in pixels between labels with the same text. Labels that are already shown
/// may be a little nearer.
const SAME_APART: f32 = 160.0;

/// The line height as a multiple of the text height.
const LINE: f32 = 1.25;
/// The gap between a point and its label.
const GAP: f32 = 4.0;
/// The extra room on each side that a new label needs.
const MARGIN: Vec2 = Vec2::new(5.0, 2.0);
/// An existing label is replaced only if the depth of the new one is greater by this factor.
const LOYALTY: f32 = 1.25;

/// The painter truncates longer labels.
pub const LONGEST_LABEL: usize = 32;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<LabelsAnew>().init_resource::<CloudLabels>().init_resource::<SecondLabels>().add_systems(
        PostUpdate,
        place_labels
            .in_set(LabelSystems)
            .after(NameSystems)
            .after(CameraUpdateSystems)
            .after(TransformSystems::Propagate),
    );
}

/// The inputs of the labels.
#[derive(PartialEq, Clone)]
struct LabelInputs {
    revisions: CloudRevisions,
    clip_from_world: Mat4,
    /// That of the right picture.
    second_clip_from_world: Mat4,
    lean: Vec4,
    viewport: Vec2,
    /// The part of the viewport where labels are allowed.
    free: Rect,
    phase: Phase,
    radius: f32,
    metadata: u64,
    middles: u64,
    names: u64,
    label: Pick,
    shown: bool,
    words: bool,
    drawing: Drawing,
    /// See [`LabelsAnew`].
    anew: u64,
    /// The revision of the bookmarks. A restored bookmark has the same labels whatever was shown
    /// before.
    tour: u64,
}

/// What labels depend on besides where they are seen from.
#[derive(SystemParam)]
pub struct Labeling<'w> {
    cloud: Res<'w, Cloud>,
    view: Res<'w, CurrentView>,
    opened: Res<'w, Opened>,
    marked: Res<'w, Related>,
    rings: Res<'w, Rings>,
    middles: Res<'w, Middles>,
}

/// A picture over which labels are spread.
#[derive(Debug, Clone, Copy)]
pub struct Spread<'a> {
    /// How the points are seen.
    pub optics: &'a Optics,
    /// Which of their places are seen.
    pub side: Side,
    /// How they are drawn.
    pub drawing: Drawing,
    /// The part of the picture where labels are allowed.
    pub free: Rect,
    /// What is taken by something else.
    pub taken: &'a [Rect],
    /// Whether labels are in the places of their points.
    pub words: bool,
    /// The greatest number of points that are considered, a fair sample; marked ones always are.
    pub candidates: usize,
    /// Whether no others are.
    pub only_marked: bool,
}

fn place_labels(
    (mut labels, mut second): (ResMut<CloudLabels>, ResMut<SecondLabels>),
    mut seen: Local<Seen<LabelInputs>>,
    labeling: Labeling,
    revisions: Res<CloudRevisions>,
    (tour, screen, names, anew): (Res<CurrentTour>, Res<ScreenArea>, Res<CloudNames>, Res<LabelsAnew>),
    cameras: Query<Sight, With<CloudCamera>>,
) {
    let Labeling { cloud, view, opened, rings, middles, .. } = &labeling;
    let Some(sight) = cameras.iter().next() else { return };
    let seen_by = |eye: Eye| sight.optics(eye, cloud.radius);
    let (Some(optics), Some(second_optics)) = (seen_by(Eye::Middle), seen_by(Eye::Right)) else { return };
    let window = Rect { min: Vec2::ZERO, max: optics.viewport() };
    let free = screen.free.intersect(window);
    let inputs = LabelInputs {
        revisions: *revisions,
        clip_from_world: optics.clip_from_world(),
        second_clip_from_world: second_optics.clip_from_world(),
        lean: optics.lean(),
        viewport: optics.viewport(),
        free: if free.is_empty() { window } else { free },
        phase: cloud.phase(),
        radius: cloud.radius,
        metadata: opened.metadata_revision,
        middles: middles.revision,
        names: names.revision,
        drawing: drawing(view, opened, **rings),
        label: view.label_by.clone(),
        shown: view.labels,
        words: view.points == PointStyle::Labels,
        anew: anew.0,
        tour: tour.revision(),
    };
    let Some(before) = seen.replaced(inputs.clone()) else { return };
    // Keep nothing from other points or after a morph has ended.
    let same = before.is_some_and(|before| {
        let arrives = before.phase.morph < 1.0 && inputs.phase.morph >= 1.0;
        let of = |inputs: &LabelInputs| (inputs.revisions.points, inputs.words, inputs.tour, inputs.anew);
        !arrives && of(&before) == of(&inputs)
    });
    let kept = |labels: &[PlacedLabel]| -> HashMap<u32, LabelSide> {
        labels.iter().filter(|_| same).map(|label| (label.row, label.side)).collect()
    };
    let LabelInputs { free, words, drawing, .. } = inputs;
    let rect = |area: [[f32; 2]; 2]| Rect { min: area[0].into(), max: area[1].into() };
    let taken: Vec<Rect> = names.names.iter().filter(|name| !name.leaves).map(|name| rect(name.area)).collect();
    let side = cloud.side(Eye::Middle);
    let spread = Spread {
        optics: &optics,
        side,
        drawing,
        free,
        taken: &taken,
        words,
        candidates: MOST_CANDIDATES,
        only_marked: false,
    };
    labels.0 = labeling.spread(&spread, &kept(&labels.0));
    second.0 = if cloud.is_pair() {
        let spread = Spread { optics: &second_optics, side: Side::Second, taken: &[], ..spread };
        labeling.spread(&spread, &kept(&second.0))
    } else if cloud.is_over() {
        let taken: Vec<Rect> = taken.iter().copied().chain(labels.0.iter().map(|label| rect(label.area))).collect();
        let spread = Spread { side: Side::Second, taken: &taken, only_marked: true, ..spread };
        labeling.spread(&spread, &kept(&second.0))
    } else {
        Vec::new()
    };
}

/// A point that may get a label.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    row: u32,
    rank: LabelRank,
    seen: OnScreen,
    parallax: f32,
    /// The text height.
    size: f32,
    /// Whether the label is shown in place of the point.
    word: bool,
}

impl Labeling<'_> {
    /// Returns the labels that fit, the most important first. `kept` are those of the picture before.
    #[must_use]
    pub fn spread(&self, spread: &Spread<'_>, kept: &HashMap<u32, LabelSide>) -> Vec<PlacedLabel> {
        let Some(embedding) = &self.opened.embedding else { return Vec::new() };
        let column = self.view.label_column(&embedding.metadata);
        let text = |row: u32| column.and_then(|column| column.code(row as usize));
        let characters = |row: u32| column.and_then(|column| column.text(row as usize)).map_or(8.0, width);
        let most = match (spread.words, self.are_shown()) {
            (true, _) => MOST_WORDS,
            (false, true) => {
                ((spread.free.size().element_product() / LABEL_AREA) as usize).clamp(MOST_MARKED, MOST_LABELS)
            }
            (false, false) => MOST_MARKED,
        };
        let room = Taken::new(spread.optics.viewport(), spread.free, spread.taken);
        arrange(in_sight(spread, self), room, most, kept, (characters, text))
    }

    /// Returns whether points have labels that are not marked.
    fn are_shown(&self) -> bool {
        self.view.labels || self.view.points == PointStyle::Labels
    }
}

impl std::fmt::Debug for Labeling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Labeling").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

/// Returns the points on screen that may get a label.
fn in_sight(spread: &Spread<'_>, labeling: &Labeling<'_>) -> Vec<Candidate> {
    let Spread { optics, side, drawing, free, words, candidates, .. } = *spread;
    let Labeling { cloud, marked, middles, .. } = labeling;
    let rings = drawing.rings;
    // Rows are looked up one by one, so that a million points are not traversed while the camera
    // moves.
    let point = |row: u32| Some((row, cloud.shown(row)?.flags()));
    // Without rings there are too many related points to label them all.
    let is_marked = |(_, flags): &(u32, u8)| rings.has(*flags);
    let rows = if labeling.are_shown() && !spread.only_marked { cloud.len() } else { 0 };
    let all =
        random::sample(rows, candidates).map(|row| row as u32).filter_map(point).filter(|point| !is_marked(point));
    let marked = marked.ringed(rings).filter_map(point).take(MOST_MARKED_CANDIDATES);
    let candidate = |(row, flags): (u32, u8)| {
        let place = cloud.seen_at(side, row as usize)?;
        let (drawn, shape) = optics.draw(place, flags, &drawing)?;
        let ring = match rings.has(flags) {
            true if flags & Style::SELECTED != 0 => SECOND_RING,
            true => RING,
            false => 0.0,
        };
        let seen = OnScreen { radius: drawn.radius * shape.max_element().max(1.0) + ring, ..optics.project(place)? };
        let inside = free.contains(seen.center);
        // Whole pixels, because the painter caches each text size.
        let word = (optics.unit(place) * WORD_SHARE).clamp(WORD_SIZES[0], WORD_SIZES[1]).round();
        let size = if words { word } else { SIZE };
        let rank = match rank(flags) {
            LabelRank::Plain if middles.rows.contains(row) => LabelRank::Middle,
            rank => rank,
        };
        let parallax = optics.parallax(place);
        inside.then_some(Candidate { row, rank, seen, parallax, size, word: words })
    };
    marked.chain(all).filter_map(candidate).collect()
}

/// Places up to `most` candidates where nothing else is, as far as they fit. `kept` are the labels of
/// the previous frame.
fn arrange(
    mut candidates: Vec<Candidate>,
    mut taken: Taken,
    most: usize,
    kept: &HashMap<u32, LabelSide>,
    (characters, text): (impl Fn(u32) -> f32, impl Fn(u32) -> Option<u32>),
) -> Vec<PlacedLabel> {
    let claim =
        |candidate: &Candidate| candidate.seen.depth * if kept.contains_key(&candidate.row) { LOYALTY } else { 1.0 };
    candidates.sort_by(|a, b| a.rank.cmp(&b.rank).then(claim(b).total_cmp(&claim(a))).then(a.row.cmp(&b.row)));
    let (near, far) = candidates.iter().fold((f32::MIN, f32::MAX), |(near, far), candidate| {
        (near.max(candidate.seen.depth), far.min(candidate.seen.depth))
    });
    let mut labels = Vec::new();
    let mut said: HashMap<u32, Vec<Vec2>> = HashMap::new();
    let mut shares: HashMap<IVec2, usize> = HashMap::new();
    for candidate in candidates {
        if labels.len() == most {
            break;
        }
        let at = candidate.seen.center;
        let text = text(candidate.row).filter(|_| !candidate.word && candidate.rank > LabelRank::Related);
        let apart = SAME_APART * if kept.contains_key(&candidate.row) { 0.8 } else { 1.0 };
        let is_near = |said: &Vec<Vec2>| said.iter().any(|said| said.distance(at) < apart);
        if candidate.rank > LabelRank::Middle && text.is_some_and(|text| said.get(&text).is_some_and(is_near)) {
            continue;
        }
        let extent = Vec2::new(characters(candidate.row), LINE) * candidate.size;
        let before = kept.get(&candidate.row).copied();
        let share = shares.entry((at / PART).floor().as_ivec2()).or_default();
        // A label that is shown may stay when it crosses into a part that has its share.
        let most_here = if candidate.word { usize::MAX } else { SHARE + usize::from(before.is_some()) };
        if candidate.rank > LabelRank::Middle && *share >= most_here {
            continue;
        }
        let Some((side, area)) = taken.find(&candidate, extent, before) else { continue };
        *share += 1;
        if let Some(text) = text {
            said.entry(text).or_default().push(at);
        }
        // In 2D all points are equally near.
        let depth = if near - far > 1e-4 * near.abs() { (candidate.seen.depth - far) / (near - far) } else { 1.0 };
        let near = if candidate.rank <= LabelRank::Middle { 1.0 } else { depth.max(0.0).sqrt() };
        let strength = LEAST_STRENGTH + (1.0 - LEAST_STRENGTH) * near;
        let Candidate { row, rank, size, parallax, .. } = candidate;
        let area = [area.min, area.max].map(Into::into);
        labels.push(PlacedLabel { row, area, parallax, side, rank, size, strength });
    }
    labels
}

/// Returns why a point with these flags has a label.
fn rank(flags: u8) -> LabelRank {
    match flags {
        _ if flags & Style::SELECTED != 0 => LabelRank::Selected,
        _ if flags & Style::RELATED != 0 => LabelRank::Related,
        _ if flags & Style::FADED == 0 => LabelRank::Plain,
        _ => LabelRank::Faded,
    }
}

/// The sides of a point, in the order in which they are tried.
const BESIDE: [LabelSide; 4] = [LabelSide::Right, LabelSide::Left, LabelSide::Above, LabelSide::Below];

/// Returns the area of a text of this size on a side of a point.
fn area_on(side: LabelSide, seen: &OnScreen, extent: Vec2) -> Rect {
    let (half, away) = (extent / 2.0, seen.radius + GAP);
    let middle = match side {
        LabelSide::Right => Vec2::new(away + half.x, 0.0),
        LabelSide::Left => Vec2::new(-away - half.x, 0.0),
        LabelSide::Above => Vec2::new(0.0, -away - half.y + GAP / 2.0),
        LabelSide::Below => Vec2::new(0.0, away + half.y - GAP / 2.0),
        LabelSide::Middle => Vec2::ZERO,
    };
    Rect::from_center_half_size(seen.center + middle, half)
}

/// Returns the width of a text as a multiple of its height: about half for each letter, and a full
/// height for each Chinese, Japanese or Korean character.
pub(crate) fn width(text: &str) -> f32 {
    text.chars().take(LONGEST_LABEL).map(wide).sum()
}

/// The estimated width of a character, likewise.
pub(crate) fn wide(character: char) -> f32 {
    if character >= '\u{1100}' { 1.05 } else { 0.54 }
}

/// The areas of the screen that are taken. Each is stored in all cells that it touches, so that an
/// area is compared only with those nearby.
struct Taken {
    free: Rect,
    columns: usize,
    cells: Vec<Vec<Rect>>,
}

/// The size of a cell.
const CELL: Vec2 = Vec2::new(64.0, 24.0);

impl Taken {
    /// Returns the areas that are taken in a picture of this size, outside of whose `free` part
    /// nothing may be.
    fn new(size: Vec2, free: Rect, areas: &[Rect]) -> Self {
        let count = (size / CELL).ceil().max(Vec2::ONE);
        let cells = vec![Vec::new(); count.x as usize * count.y as usize];
        let mut taken = Self { free, columns: count.x as usize, cells };
        areas.iter().for_each(|area| taken.take(*area));
        taken
    }

    fn take(&mut self, area: Rect) {
        self.cells_of(area).for_each(|cell| self.cells[cell].push(area));
    }

    /// Takes a free area at a point: where its label was `before`, or else the first free side.
    fn find(&mut self, candidate: &Candidate, extent: Vec2, before: Option<LabelSide>) -> Option<(LabelSide, Rect)> {
        let beside = if candidate.word { &[LabelSide::Middle][..] } else { &BESIDE };
        let kept = before.filter(|side| beside.contains(side));
        let margin = if candidate.word { MARGIN / 2.0 } else { MARGIN };
        let sides = kept.into_iter().map(|side| (side, Vec2::ZERO)).chain(beside.iter().map(|&side| (side, margin)));
        for (side, margin) in sides {
            let area = area_on(side, &candidate.seen, extent);
            let room = Rect { min: area.min - margin, max: area.max + margin };
            if self.is_free(room) {
                self.take(area);
                return Some((side, area));
            }
        }
        None
    }

    fn is_free(&self, area: Rect) -> bool {
        let inside = self.free.contains(area.min) && self.free.contains(area.max);
        let overlaps = |other: &Rect| {
            area.min.x < other.max.x && other.min.x < area.max.x && area.min.y < other.max.y && other.min.y < area.max.y
        };
        inside && !self.cells_of(area).any(|cell| self.cells[cell].iter().any(overlaps))
    }

    /// Returns the cells that an area touches.
    fn cells_of(&self, area: Rect) -> impl Iterator<Item = usize> + use<> {
        let columns = self.columns;
        let last = UVec2::new(columns as u32, (self.cells.len() / columns) as u32) - 1;
        let [low, high] = [area.min, area.max].map(|corner| (corner / CELL).max(Vec2::ZERO).as_uvec2().min(last));
        (low.y..=high.y).flat_map(move |y| (low.x..=high.x).map(move |x| y as usize * columns + x as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area_of(label: &PlacedLabel) -> Rect {
        let [min, max] = label.area.map(Vec2::from);
        Rect { min, max }
    }

    const VIEWPORT: Vec2 = Vec2::new(600.0, 400.0);
    const WINDOW: Rect = Rect { min: Vec2::ZERO, max: VIEWPORT };

    fn nothing() -> Taken {
        Taken::new(VIEWPORT, WINDOW, &[])
    }

    /// Points scattered over the screen, later ones nearer. `rank` returns the rank of each.
    fn candidates(count: u32, word: bool, rank: impl Fn(u32) -> LabelRank, shift: Vec2) -> Vec<Candidate> {
        let number = |i: u32, step: u32| (i * step % 1009) as f32 / 1009.0;
        let candidate = |row: u32| Candidate {
            row,
            rank: rank(row),
            seen: OnScreen {
                center: Vec2::new(number(row, 383), number(row, 647)) * VIEWPORT + shift * (0.5 + number(row, 71)),
                radius: 3.0,
                depth: 0.1 + 0.1 * row as f32 / count as f32,
            },
            parallax: 0.0,
            size: SIZE,
            word,
        };
        (0..count).map(candidate).collect()
    }

    fn names(row: u32) -> f32 {
        2.0 + (row % 7) as f32
    }

    fn first(candidates: Vec<Candidate>) -> Vec<PlacedLabel> {
        arrange(candidates, nothing(), 250, &HashMap::new(), (names, |_| None))
    }

    fn overlap(a: &Rect, b: &Rect) -> bool {
        let both = a.intersect(*b);
        both.width() > 1e-3 && both.height() > 1e-3
    }

    #[test]
    fn labels_do_not_overlap_and_lie_on_screen() {
        for word in [false, true] {
            let labels = first(candidates(800, word, |_| LabelRank::Plain, Vec2::ZERO));
            assert!(labels.len() > 30, "{} labels", labels.len());
            for (place, label) in labels.iter().enumerate() {
                let area = area_of(label);
                assert!(area.min.cmpge(Vec2::ZERO).all() && area.max.cmple(VIEWPORT).all(), "{label:?}");
                assert!(!labels[..place].iter().any(|other| overlap(&area_of(other), &area)), "{label:?}");
                assert_eq!(label.side == LabelSide::Middle, word);
            }
        }
    }

    #[test]
    fn labels_are_placed_by_rank_then_by_nearness() {
        let rank = |row: u32| if row % 100 == 7 { LabelRank::Selected } else { LabelRank::Faded };
        let labels = first(candidates(800, false, rank, Vec2::ZERO));
        assert!(labels[..8].iter().all(|label| label.row % 100 == 7 && label.strength == 1.0));
        assert!(labels[8..].iter().all(|label| label.rank == LabelRank::Faded));
        let nearest = candidates(800, false, |_| LabelRank::Plain, Vec2::ZERO);
        assert!(first(nearest)[0].row > 790);
    }

    #[test]
    fn labels_keep_to_the_free_part_of_the_window() {
        let free = Rect::new(150.0, 40.0, 450.0, 380.0);
        let points = candidates(800, false, |_| LabelRank::Plain, Vec2::ZERO);
        let labels = arrange(points, Taken::new(VIEWPORT, free, &[]), 250, &HashMap::new(), (names, |_| None));
        assert!(labels.len() > 20 && labels.iter().all(|label| free.union(area_of(label)) == free), "{labels:?}");
    }

    #[test]
    fn labels_avoid_what_is_taken() {
        let taken = [Rect::new(100.0, 50.0, 300.0, 350.0), Rect::new(450.0, 0.0, 520.0, 90.0)];
        let points = candidates(800, false, |_| LabelRank::Plain, Vec2::ZERO);
        let room = Taken::new(VIEWPORT, WINDOW, &taken);
        let labels = arrange(points, room, 250, &HashMap::new(), (names, |_| None));
        assert!(labels.len() > 10, "{} labels", labels.len());
        assert!(!labels.iter().any(|label| taken.iter().any(|taken| overlap(taken, &area_of(label)))), "{labels:?}");
    }

    /// The nearest points, all on the left, do not take the labels of those on the right.
    #[test]
    fn labels_are_spread_over_the_window() {
        let mut points = candidates(3000, false, |_| LabelRank::Plain, Vec2::ZERO);
        for point in &mut points {
            point.seen.depth = 0.1 + 0.1 * (1.0 - point.seen.center.x / VIEWPORT.x);
        }
        let labels = arrange(points, nothing(), 60, &HashMap::new(), (names, |_| None));
        let right = labels.iter().filter(|label| label.area[0][0] > VIEWPORT.x * 2.0 / 3.0).count();
        assert!(right * 5 > labels.len() && labels.len() > 20, "{right} of {}", labels.len());
    }

    #[test]
    fn labels_of_the_same_text_lie_apart() {
        let points = candidates(800, false, |_| LabelRank::Plain, Vec2::ZERO);
        let text = |row: u32| Some(row % 3);
        let labels = arrange(points, nothing(), 250, &HashMap::new(), (names, text));
        let places = candidates(800, false, |_| LabelRank::Plain, Vec2::ZERO);
        for (place, a) in labels.iter().enumerate() {
            for b in labels[..place].iter().filter(|b| text(b.row) == text(a.row)) {
                let apart = places[a.row as usize].seen.center.distance(places[b.row as usize].seen.center);
                assert!(apart >= SAME_APART, "{a:?} {b:?}");
            }
        }
        assert!(labels.len() > 15);
    }

    #[test]
    fn labels_of_category_middles_come_first_and_far_ones_stay_readable() {
        let rank = |row: u32| if row < 5 { LabelRank::Middle } else { LabelRank::Plain };
        let labels = first(candidates(800, false, rank, Vec2::ZERO));
        // They are the farthest points. One may not fit at the edge.
        let middles: Vec<&PlacedLabel> = labels.iter().take_while(|label| label.row < 5).collect();
        assert!(middles.len() >= 4 && middles.iter().all(|label| label.strength == 1.0), "{middles:?}");
        assert!(labels.iter().all(|label| label.strength >= LEAST_STRENGTH));
    }

    #[test]
    fn label_takes_another_side_if_one_is_taken() {
        let mut two = candidates(2, false, |_| LabelRank::Plain, Vec2::ZERO);
        two[0].seen.center = Vec2::new(300.0, 200.0);
        two[1].seen.center = Vec2::new(304.0, 203.0);
        let sides: Vec<LabelSide> = first(two).iter().map(|label| label.side).collect();
        assert_eq!(sides, [LabelSide::Right, LabelSide::Left]);
    }

    /// The points drift at different speeds. Hardly any label disappears and returns, or changes
    /// sides twice, within three frames.
    #[test]
    fn labels_stay_while_the_camera_moves() {
        let mut frames: Vec<Vec<PlacedLabel>> = Vec::new();
        for frame in 0..60_u8 {
            let points = candidates(300, false, |_| LabelRank::Plain, Vec2::new(0.7, 0.4) * f32::from(frame));
            let kept = frames.last().map(|labels| labels.iter().map(|label| (label.row, label.side)).collect());
            frames.push(arrange(points, nothing(), 250, &kept.unwrap_or_default(), (names, |_| None)));
        }
        let has = |frame: &[PlacedLabel], row: u32| frame.iter().any(|label| label.row == row);
        let (mut gone, mut flickers) = (0, 0);
        for frames in frames.windows(3) {
            for label in &frames[0] {
                flickers += usize::from(!has(&frames[1], label.row) && has(&frames[2], label.row));
                gone += usize::from(!has(&frames[1], label.row));
            }
            for label in &frames[1] {
                let before = frames[0].iter().find(|before| before.row == label.row);
                let moved = before.is_some_and(|before| before.side != label.side);
                let after = frames[2].iter().find(|after| after.row == label.row);
                flickers += usize::from(moved && after.is_some_and(|after| after.side != label.side));
            }
        }
        let shown: usize = frames.iter().map(Vec::len).sum();
        assert!(gone * 50 < shown && flickers * 1000 < shown, "{gone} of {shown} went, {flickers} flickered");
    }

    #[test]
    fn width_doubles_for_wide_characters() {
        assert!(width("漢字") > 1.9 * width("ab") && width("") == 0.0);
        assert_eq!(width(&"x".repeat(1000)), width(&"x".repeat(LONGEST_LABEL)));
    }
}
