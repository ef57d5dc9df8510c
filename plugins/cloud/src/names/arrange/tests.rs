use std::collections::BTreeMap;

use super::*;

const SIZE: Vec2 = Vec2::new(1200.0, 800.0);
const FREE: Rect = Rect { min: Vec2::new(320.0, 40.0), max: Vec2::new(1180.0, 780.0) };

/// A camera that orbits the middle at a distance.
fn optics(yaw: f32, pitch: f32, distance: f32) -> Optics {
    let eye = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-pitch) * Vec3::new(0.0, 0.0, distance);
    let view = Mat4::look_at_rh(eye, Vec3::ZERO, Vec3::Y);
    Optics::new(Mat4::perspective_infinite_reverse_rh(0.8, SIZE.x / SIZE.y, 0.01), view, SIZE, 1.0, 0.01)
}

fn flat(height: f32, focus: Vec3) -> Optics {
    let half = Vec2::new(height * SIZE.x / SIZE.y, height) / 2.0;
    let lens = Mat4::orthographic_rh(-half.x, half.x, -half.y, half.y, 10.0, 0.0);
    Optics::new(lens, Mat4::from_translation(-focus.with_z(5.0)), SIZE, 1.0, 0.01)
}

/// Clusters in a ball, each with parts around its middle.
fn anchors(clusters: u32, parts: u32) -> Vec<Anchor> {
    let number = |i: u32, step: u32| (i.wrapping_mul(step) % 1009) as f32 / 504.5 - 1.0;
    let place = |i: u32| Vec3::new(number(i, 383), number(i, 647), number(i, 71));
    let anchor = |part: u32, place: Vec3, radius: f32, is_part: bool| Anchor {
        part,
        place,
        radius,
        share: 1.0 / clusters as f32,
        width: 3.0 + (part % 9) as f32,
        size: SIZES[usize::from(is_part)],
        is_part,
        has_parts: !is_part && parts > 0,
    };
    let radius = |i: u32| 0.03 + 0.12 * (1.0 + number(i, 29)) / 2.0;
    let coarse = (0..clusters).map(|i| anchor(i, 0.8 * place(i + 1), radius(i), false));
    let fine = (0..clusters * parts).map(|i| {
        let of = i % clusters;
        let at = 0.8 * place(of + 1) + radius(of) * place(i + 977);
        anchor(clusters + i, at, 0.4 * radius(of), true)
    });
    coarse.chain(fine).collect()
}

fn rect(name: &PlacedName) -> Rect {
    let [min, max] = name.area.map(Vec2::from);
    Rect { min, max }
}

fn at_once(anchors: &[Anchor], optics: &Optics) -> Vec<PlacedName> {
    arrange(anchors, optics, FREE, &mut Presence::default(), Pace::Picture)
}

#[test]
fn names_overlap_nothing_and_lie_in_the_free_part() {
    let anchors = anchors(40, 12);
    for step in 0..60_u16 {
        let step = f32::from(step);
        let names = at_once(&anchors, &optics(0.1 * step, 0.5 - 0.01 * step, 4.0 - 0.05 * step));
        assert!(names.len() > 2, "{} at {step}", names.len());
        for (index, name) in names.iter().enumerate() {
            let area = rect(name);
            assert!(FREE.contains(area.min) && FREE.contains(area.max), "{area:?}");
            assert!(names[..index].iter().all(|other| !overlap(rect(other), area)), "at {step}");
        }
    }
}

/// How a camera flies: its yaw, pitch, and distance at a share of the way.
type Flight = fn(f32) -> [f32; 3];

/// Flights: a turn, a flight into the cloud, out of it, over it, and a shake to and fro.
const FLIGHTS: [Flight; 5] = [
    |share| [2.5 * share, 0.2, 3.0],
    |share| [0.4 * share, 0.2, 3.4 - 2.8 * share],
    |share| [-0.3 * share, 0.1 * share, 0.5 + 3.0 * share],
    |share| [1.2 * share, 1.2 * share - 0.4, 2.0],
    |share| [0.25 * (share * 40.0).sin(), 0.2, 2.5 + 0.2 * (share * 31.0).cos()],
];

/// Whatever the camera does within the time of a flight, no name comes twice or goes twice, and none
/// is in the way of another, whether names fade or motion is reduced.
#[test]
fn no_name_comes_and_goes_twice_on_a_flight() {
    let anchors = anchors(60, 8);
    let paces: [fn(Duration) -> Pace; 2] = [Pace::Fading, Pace::Still];
    for (number, (flight, pace)) in FLIGHTS.into_iter().flat_map(|flight| paces.map(|pace| (flight, pace))).enumerate()
    {
        let mut presence = Presence::default();
        let mut here: BTreeMap<u32, (bool, usize, usize)> = BTreeMap::new();
        let mut changes = 0;
        // Half a second of rest, and a flight of 600 ms in frames of 10 ms.
        for frame in 0..110_u16 {
            let share = (f32::from(frame) - 50.0).max(0.0) / 60.0;
            let [yaw, pitch, distance] = flight(share * share * (3.0 - 2.0 * share));
            let now = pace(Duration::from_millis(10 * u64::from(frame)));
            let names = arrange(&anchors, &optics(yaw, pitch, distance), FREE, &mut presence, now);
            let staying: Vec<&PlacedName> = names.iter().filter(|name| !name.leaves).collect();
            for (index, name) in staying.iter().enumerate() {
                let is_free = |other: &&PlacedName| !overlap(rect(other), rect(name));
                assert!(staying[..index].iter().all(is_free), "flight {number} at {frame}: {name:?}");
            }
            assert!(matches!(now, Pace::Fading(_)) || names.iter().all(|name| !name.leaves), "nothing moves by itself");
            if frame == 50 {
                here.values_mut().for_each(|(_, comes, goes)| (*comes, *goes) = (0, 0));
            }
            for part in 0..anchors.len() as u32 {
                let is_here = staying.iter().any(|name| name.part == part);
                let (before, comes, goes) = here.entry(part).or_default();
                *comes += usize::from(is_here && !*before);
                *goes += usize::from(!is_here && *before);
                changes += usize::from(is_here != *before && frame > 50);
                *before = is_here;
            }
        }
        for (part, (_, comes, goes)) in here {
            assert!(comes <= 1 && goes <= 1, "flight {number}: {part} comes {comes} times and goes {goes} times");
        }
        assert!(changes > 0, "flight {number} changes something");
    }
}

/// Opacity is continuous in time.
#[test]
fn no_name_pops() {
    let anchors = anchors(40, 6);
    for flight in FLIGHTS {
        let mut presence = Presence::default();
        let mut before: BTreeMap<u32, f32> = BTreeMap::new();
        for frame in 0..160_u16 {
            let [yaw, pitch, distance] = flight((f32::from(frame) / 160.0).min(1.0) * 0.5);
            let now = Duration::from_millis(10 * u64::from(frame));
            let names = arrange(&anchors, &optics(yaw, pitch, distance), FREE, &mut presence, Pace::Fading(now));
            let strengths: BTreeMap<u32, f32> = names.iter().map(|name| (name.part, name.strength)).collect();
            for (part, strength) in &strengths {
                let known = before.get(part).copied().unwrap_or_default();
                assert!((strength - known).abs() < 0.5, "{part}: {known} to {strength} at {frame}");
            }
            before = strengths;
        }
    }
}

#[test]
fn names_become_finer_as_one_goes_nearer() {
    let anchors = anchors(6, 20);
    let parts = |optics: &Optics| {
        let names = at_once(&anchors, optics);
        let parts = names.iter().filter(|name| anchors[name.part as usize].is_part).count();
        (names.len() - parts, parts)
    };
    let (far, near) = (parts(&flat(4.0, Vec3::ZERO)), parts(&flat(0.12, anchors[0].place)));
    assert!(far.0 >= 3 && far.1 == 0, "only clusters from far: {far:?}");
    let within = anchors.iter().filter(|anchor| anchor.is_part).count();
    assert!(near.1 > 0 && within > near.1, "parts from near: {near:?}");
    // The cluster that fills the picture gives way.
    let middle = Anchor { place: Vec3::ZERO, radius: 0.3, ..anchors[0] };
    assert_eq!(
        (at_once(&[middle], &flat(4.0, Vec3::ZERO)).len(), at_once(&[middle], &flat(0.5, Vec3::ZERO)).len()),
        (1, 0)
    );
    let whole = Anchor { has_parts: false, ..middle };
    assert_eq!(at_once(&[whole], &flat(0.5, Vec3::ZERO)).len(), 1, "what has no parts stays");
}

/// Thirty clusters of one pixel and less on a ring, where there is room for all.
#[test]
fn tight_clusters_are_named_from_any_distance() {
    let around = |part: u32| {
        let (sin, cos) = (part as f32 * std::f32::consts::TAU / 30.0).sin_cos();
        let place = Vec3::new(0.85 * cos, 0.85 * sin, 0.0);
        Anchor { part, place, radius: 1e-3, share: 0.03, width: 2.0, ..anchors(1, 0)[0] }
    };
    let ring: Vec<Anchor> = (0..30).map(around).collect();
    assert_eq!(at_once(&ring, &optics(0.0, 0.0, 2.9)).len(), 30);
    let small = at_once(&ring, &optics(0.0, 0.0, 60.0));
    assert!((1..4).contains(&small.len()), "a small picture has room for few: {}", small.len());
}

#[test]
fn small_cluster_is_named_below_if_there_is_no_room_above() {
    let first = Anchor { place: Vec3::ZERO, radius: 1e-3, share: 0.1, width: 2.0, ..anchors(1, 0)[0] };
    let second = Anchor { part: 1, place: Vec3::new(0.0, -0.04, 0.0), share: 0.05, ..first };
    let third = Anchor { part: 2, share: 0.01, ..second };
    let names = at_once(&[first, second, third], &flat(4.0, Vec3::ZERO));
    let sides: Vec<_> = names.iter().map(|name| (name.part, rect(name).center().y < SIZE.y / 2.0)).collect();
    assert_eq!(sides, [(0, true), (1, false)], "and the third has no room");
}

#[test]
fn rows_count_beside_size() {
    let tight = Anchor { place: Vec3::ZERO, radius: 0.002, share: 0.03, has_parts: false, ..anchors(1, 0)[0] };
    let loose = Anchor { part: 1, place: Vec3::new(0.02, 0.02, 0.0), radius: 0.05, share: 5e-5, ..tight };
    let first = |of: &[Anchor]| at_once(of, &flat(4.0, Vec3::ZERO))[0].part;
    assert_eq!(first(&[loose, tight]), 0, "30,000 rows of a million before 50");
    let large = Anchor { radius: 0.3, share: 0.02, ..loose };
    assert_eq!(first(&[tight, large]), 1, "of about as many rows, the larger one");
}

/// A name leaves its cluster visible, and does not jump as one goes nearer.
#[test]
fn name_of_a_small_cluster_is_above_it() {
    let of = Anchor { place: Vec3::ZERO, radius: 0.01, has_parts: false, ..anchors(1, 0)[0] };
    let middle = |height: f32| rect(&at_once(&[of], &flat(height, Vec3::ZERO))[0]).center().y - SIZE.y / 2.0;
    let below = |height: f32| middle(height) + 0.5 * LINE * of.size + of.radius * SIZE.y / height;
    assert!(below(8.0) < 0.0 && below(2.0) < 0.0, "{} {}", below(8.0), below(2.0));
    assert_eq!(middle(0.2), 0.0, "in the middle of a large one");
    let heights = (0..400).map(|step| 8.0 * 0.99_f32.powi(step));
    let places: Vec<f32> = heights.map(middle).collect();
    assert!(places.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1.0), "{places:?}");
}

#[test]
fn names_behind_a_cluster_are_dimmed_and_give_way() {
    let front = Anchor { place: Vec3::new(0.0, 0.0, 0.6), radius: 0.2, has_parts: false, ..anchors(1, 0)[0] };
    let behind = Anchor { part: 1, place: Vec3::new(0.0, 0.1, -0.6), radius: 0.2, ..front };
    let beside = Anchor { place: Vec3::new(0.9, 0.1, -0.6), ..behind };
    let strength = |other: Anchor| {
        let names = at_once(&[front, other], &optics(0.0, 0.0, 3.0));
        names.iter().find(|name| name.part == 1).map(|name| name.strength).unwrap()
    };
    assert!(strength(behind) < 0.75 * strength(beside), "{} {}", strength(behind), strength(beside));
    let dense = Anchor { share: 50.0 * front.share, ..behind };
    assert!(strength(dense) > 0.97 * strength(beside), "what has few rows hides few");
    let same = Anchor { place: Vec3::new(0.0, 0.0, -0.6), radius: 0.3, ..behind };
    let names = at_once(&[same, front], &optics(0.0, 0.0, 3.0));
    assert_eq!(names.iter().map(|name| name.part).collect::<Vec<_>>(), [0], "the one in front");
}

/// After names have come and gone, a picture at rest stays as it is.
#[test]
fn names_come_to_rest() {
    let anchors = anchors(60, 8);
    let mut presence = Presence::default();
    let mut last = Vec::new();
    for frame in 0..300_u16 {
        let share = (f32::from(frame) / 60.0).min(1.0);
        let [yaw, pitch, distance] = FLIGHTS[0](share);
        let now = Duration::from_millis(10 * u64::from(frame));
        last = arrange(&anchors, &optics(yaw, pitch, distance), FREE, &mut presence, Pace::Fading(now));
    }
    assert!(!presence.is_busy() && last.iter().all(|name| !name.leaves));
    let [yaw, pitch, distance] = FLIGHTS[0](1.0);
    let again =
        arrange(&anchors, &optics(yaw, pitch, distance), FREE, &mut presence, Pace::Fading(Duration::from_secs(9)));
    assert_eq!(last, again);
}
