//! Keeps what a person looks at in the part of the window that is free.
//!
//! A pose is that of a picture, of which cards cover a part. If a person opens or closes cards, or
//! arranges two embeddings in another way, another part is free: a camera that was moved then goes to
//! where the sphere that filled the free part fills it again. One that was not moved fits the cloud
//! into it anyway. What else changes the free part, such as the size of the window, leaves the camera
//! where it is.

use bevy::prelude::*;
use parallax_session::{Edit, Half, Panels, Pose, View};
use parallax_state::{CurrentCompared, CurrentView, Do, MovedCameras, ScreenArea, Settled};

use crate::pose::{are_near, frame, framed_sphere};

/// The number of frames after a change in which the free part may change with it.
const FRAMES: u8 = 3;

/// What covers the cloud, as the view says.
#[derive(Debug, Clone, PartialEq)]
struct Covered {
    panels: Panels,
    table: bool,
    compares: bool,
    is_pair: bool,
}

/// The poses of the view, and the free part that they were seen in.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    covered: Option<Covered>,
    poses: [Option<Pose>; 2],
    area: ScreenArea,
    /// The free part before a change, and the number of frames since then.
    before: Option<(ScreenArea, u8)>,
}

/// Moves cameras when a person changes which part of the window is free.
pub(crate) fn keep(
    (view, area): (Res<CurrentView>, Res<ScreenArea>),
    (moved, compared): (Res<MovedCameras>, Res<CurrentCompared>),
    mut settled: MessageReader<Settled>,
    mut framing: Local<Framing>,
    mut requests: MessageWriter<Do>,
) {
    // The pose of a bookmark is that of its own arrangement.
    let is_restored = settled.read().any(|settled| matches!(settled, Settled::Restored(_)));
    // A camera that is on its way keeps what it will show.
    let now = moved.within(&view);
    let has_failed = compared.state.as_ref().is_some_and(|state| state.why_not().is_some());
    let moves = framing.follow(&view, (&area, now), is_restored, has_failed);
    requests.write_batch(moves.into_iter().map(Do::program));
}

impl Covered {
    fn of(view: &View) -> Self {
        Self {
            panels: view.panels.clone(),
            table: view.table.shown,
            compares: view.compared.is_some(),
            is_pair: view.is_side_by_side(),
        }
    }
}

impl Framing {
    /// Returns the movements of cameras that keep what is looked at.
    fn follow(
        &mut self,
        view: &View,
        (area, now): (&ScreenArea, [Option<Pose>; 2]),
        is_restored: bool,
        has_failed: bool,
    ) -> Vec<Edit> {
        let covered = Covered::of(view);
        let poses = Half::BOTH.map(|half| view.pose_of(half));
        let shown = self.covered.replace(covered.clone());
        if is_restored || shown.is_none() {
            self.before = None;
        } else if shown.is_some_and(|shown| shown != covered) {
            self.before = Some((self.area, 0));
        } else if poses != self.poses {
            // Chosen in the free part as it is.
            self.before = self.before.map(|(_, frames)| (*area, frames));
        }
        (self.poses, self.area) = (poses, *area);
        // The second embedding may still be loading.
        let is_arranged = area.compares == covered.is_pair || has_failed;
        let Some((before, frames)) = self.before else { return Vec::new() };
        if before == *area {
            self.before =
                (!is_arranged || frames < FRAMES).then_some((before, if is_arranged { frames + 1 } else { 0 }));
            return Vec::new();
        }
        self.before = (!is_arranged).then_some((*area, 0));
        let dims = view.projection.dims;
        let has_camera = |half: Half| half == Half::First || (before.compares && area.compares);
        let moved = |half: Half| {
            poses[half as usize].filter(|_| has_camera(half))?;
            let pose = now[half as usize]?;
            let to = frame(dims, area, framed_sphere(dims, &before, &pose), (pose.yaw, pose.pitch));
            (!are_near(&to, &pose)).then_some((half, to))
        };
        let moves: Vec<(Half, Pose)> = Half::BOTH.into_iter().filter_map(moved).collect();
        moves.iter().for_each(|(half, to)| self.poses[*half as usize] = Some(*to));
        moves.into_iter().map(|(half, to)| Edit::move_camera(half, to)).collect()
    }
}

#[cfg(test)]
mod tests {
    use parallax_session::{Arrangement, Compared, Dims};

    use super::*;

    impl Framing {
        /// With cameras that rest.
        fn see(&mut self, view: &View, area: &ScreenArea, is_restored: bool) -> Vec<Edit> {
            self.follow(view, (area, Half::BOTH.map(|half| view.pose_of(half))), is_restored, false)
        }
    }

    const POSE: Pose = Pose { focus: [0.1, -0.2, 0.3], yaw: 0.4, pitch: 0.2, radius: 2.0 };

    /// A window between cards, with a card below from this height on.
    fn single(bottom: f32) -> ScreenArea {
        let free = Rect::new(320.0, 60.0, 900.0, bottom);
        ScreenArea { window: Vec2::new(1280.0, 800.0), free, pictures: None, compares: false }
    }

    fn pair() -> ScreenArea {
        let window = Vec2::new(290.0, 440.0);
        let free = Rect::new(0.0, 30.0, window.x, window.y);
        ScreenArea { window, free, pictures: Some([free; 2]), compares: true }
    }

    fn view(arrangement: Option<Arrangement>, pose: Pose) -> View {
        let compared = Compared::with(View::default().origin, None, Some("b".into()));
        let compared = arrangement.map(|arrangement| Compared { arrangement, ..compared });
        View { pose: Some(pose), compared, ..View::default() }
    }

    /// What fills the free part is the same sphere before and after.
    fn is_kept([from, to]: [&ScreenArea; 2], edits: &[Edit]) -> Pose {
        let [Edit::MoveCamera(pose)] = edits else { panic!("{edits:?}") };
        let spheres = [(from, &POSE), (to, pose)].map(|(area, pose)| framed_sphere(Dims::Three, area, pose));
        let [(center, reach), (other, again)] = spheres;
        assert!(center.distance(other) < 1e-4 && (reach - again).abs() < 1e-4, "{spheres:?}");
        *pose
    }

    #[test]
    fn another_arrangement_keeps_what_fills_the_free_part() {
        let mut framing = Framing::default();
        let beside = view(Some(Arrangement::SideBySide), POSE);
        assert_eq!(framing.see(&beside, &pair(), false), []);
        let over = view(Some(Arrangement::Over), POSE);
        // The free part follows in the next frame.
        assert_eq!(framing.see(&over, &pair(), false), []);
        let moved = is_kept([&pair(), &single(500.0)], &framing.see(&over, &single(500.0), false));
        assert_eq!(framing.see(&view(Some(Arrangement::Over), moved), &single(500.0), false), [], "once");
        // Back again, to the same pose.
        framing.see(&view(Some(Arrangement::SideBySide), moved), &single(500.0), false);
        let back = framing.see(&view(Some(Arrangement::SideBySide), moved), &pair(), false);
        assert!(matches!(&back[..], [Edit::MoveCamera(pose)] if are_near(pose, &POSE)), "{back:?}");
    }

    /// The card comes at once, the second picture when it is loaded.
    #[test]
    fn a_comparison_that_begins_keeps_it_twice() {
        let mut framing = Framing::default();
        framing.see(&view(None, POSE), &single(780.0), false);
        let beside = |pose: Pose| view(Some(Arrangement::SideBySide), pose);
        framing.see(&beside(POSE), &single(780.0), false);
        let once = is_kept([&single(780.0), &single(500.0)], &framing.see(&beside(POSE), &single(500.0), false));
        (0..9).for_each(|_| assert_eq!(framing.see(&beside(once), &single(500.0), false), []));
        is_kept([&single(780.0), &pair()], &framing.see(&beside(once), &pair(), false));
    }

    #[test]
    fn a_bookmark_and_what_nobody_chose_are_left_as_they_are() {
        let mut framing = Framing::default();
        let beside = view(Some(Arrangement::SideBySide), POSE);
        framing.see(&beside, &pair(), false);
        let over = view(Some(Arrangement::Over), POSE);
        assert_eq!(framing.see(&over, &pair(), true), []);
        assert_eq!(framing.see(&over, &single(500.0), false), [], "it was restored");
        assert_eq!(framing.see(&over, &single(470.0), false), [], "another size of the window");
        let mut table = over.clone();
        table.table.shown = true;
        // The same part is free: what changes it later is something else.
        (0..9).for_each(|_| assert_eq!(framing.see(&table, &single(470.0), false), []));
        assert_eq!(framing.see(&table, &single(400.0), false), []);
    }

    /// A camera that is on its way keeps what it will show, and a second embedding that cannot be read is
    /// not waited for.
    #[test]
    fn moving_cameras_and_failed_comparisons_are_seen_as_they_are() {
        let mut framing = Framing::default();
        framing.see(&view(None, POSE), &single(780.0), false);
        let mut opened = view(None, POSE);
        opened.table.shown = true;
        let on_its_way = Pose { yaw: 1.4, ..POSE };
        framing.see(&opened, &single(780.0), false);
        let edits = framing.follow(&opened, (&single(500.0), [Some(on_its_way), None]), false, false);
        let [Edit::MoveCamera(to)] = &edits[..] else { panic!("{edits:?}") };
        assert_eq!(to.yaw, on_its_way.yaw);
        // The pair never comes.
        let beside = view(Some(Arrangement::SideBySide), *to);
        let mut seen = |bottom: f32| framing.follow(&beside, (&single(bottom), [Some(*to), None]), false, true);
        (0..9).for_each(|_| assert_eq!(seen(500.0), []));
        assert_eq!(seen(400.0), [], "another size of the window");
    }
}
