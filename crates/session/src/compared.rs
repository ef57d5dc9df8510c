//! The second embedding of the same rows.

use std::sync::Arc;

use parallax_embedding::Embedding;
use parallax_projection::{Alignment, Resemblance, are_alignable};
use serde::{Deserialize, Serialize};

use crate::{Metric, Origin, Pose, plural, row_name, unmatched_rows};

/// A second embedding of the same rows, and how it is shown beside the open one.
///
/// Rows are those of the open embedding. A row whose partner has a vector has a second place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Where it is from.
    pub origin: Origin,
    /// The run, or `None` for the first.
    #[serde(default)]
    pub run: Option<String>,
    /// The embedding, or `None` for the default one of the run.
    #[serde(default)]
    pub embedding: Option<String>,
    /// How its rows are found that belong to those of the open embedding.
    #[serde(default)]
    pub matched: MatchBy,
    /// How it is brought onto the open embedding.
    #[serde(default)]
    pub align: Alignment,
    /// How the two are shown.
    #[serde(default)]
    pub arrangement: Arrangement,
    /// The camera of the second picture, side by side. `None`: both pictures have one camera.
    #[serde(default)]
    pub camera: Option<OwnCamera>,
}

/// A camera that the picture of the second embedding has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct OwnCamera {
    /// Its pose, or `None` to show all second places.
    #[serde(default)]
    pub pose: Option<Pose>,
}

/// One of two pictures side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Half {
    /// That of the open embedding, on the left; or the only picture.
    #[default]
    First,
    /// That of the second embedding, on the right.
    Second,
}

/// How the rows of two embeddings are matched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBy {
    /// As fits: see [`Matching::suiting`](crate::Matching::suiting).
    #[default]
    Automatic,
    /// By their order.
    Order,
    /// By equal values of a column of each.
    Columns {
        /// The column of the open embedding.
        key: String,
        /// The column of the second.
        column: String,
    },
}

/// How two embeddings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    /// In two pictures: the open one on the left.
    #[default]
    SideBySide,
    /// In one picture, with both places of each row: those of the second as rings.
    Over,
    /// In one picture, on the way from the open one (0) to the second (1).
    Between(f32),
}

/// What is found out about the second embedding. Whatever is `None` is still being found out.
#[derive(Debug, Clone, Default)]
pub struct ComparedState {
    /// The names of the open one and the second, as short as tells them apart.
    pub names: [String; 2],
    /// The rows that belong together, or why nothing is compared.
    pub matched: Option<Result<Matched, String>>,
    /// Whether nothing is compared because of how rows were matched: another way may do.
    pub is_unmatched: bool,
    /// How alike the two are, or why that is not known.
    pub likeness: Option<Result<Arc<Likeness>, String>>,
    /// How the second is brought onto the open one, or why it has no places.
    pub placed: Option<Result<Placed, String>>,
    /// The nearest of the inspected row in both.
    pub nearest: Option<BothNearest>,
}

/// The rows of two embeddings that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// How they were matched, as the end of "Rows were matched".
    pub how: String,
    /// See [`Matching::is_doubtful`](crate::Matching::is_doubtful).
    pub is_doubtful: bool,
    /// The numbers of rows of each.
    pub rows: [usize; 2],
    /// The numbers of dimensions of each.
    pub dims: [usize; 2],
    /// The number of rows that belong together.
    pub pairs: usize,
    /// The rows of each that have no partner.
    pub alone: [Alone; 2],
    /// The numbers of rows of each whose key several rows have.
    pub unclear: [usize; 2],
    /// What was wrong with the second, or beside it.
    pub problems: Vec<String>,
    /// The columns of the second that can be matched by.
    pub columns: Vec<String>,
}

/// Rows that have no partner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alone {
    /// All of them, in ascending order.
    pub rows: Arc<[u32]>,
    /// The names of the first [`MOST_ALONE`].
    pub names: Vec<String>,
}

/// How many of the nearest are compared in the window: of two embeddings, and of two steps. Both are those of
/// the Inspector's list, by its metric.
pub const NEAREST_COMPARED: usize = 15;

/// The most rows without a partner that are listed.
pub const MOST_ALONE: usize = 1000;

/// How alike two embeddings are.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// As a whole, and pair by pair. Rows of both are those of the open embedding.
    pub found: Resemblance,
    /// The distance by which rows are neighbors.
    pub metric: Metric,
    /// The rows that do not have all nearest in common, from the least alike on, and how many they have.
    pub least: Vec<(u32, u32)>,
    /// The mean Jaccard index of the nearest.
    pub shared: f64,
    /// How many rows have 0, 1, and so on of their nearest in common.
    pub common: Vec<usize>,
    /// The median distance moved, and the one that 9 in 10 do not exceed, if it is measured.
    pub moved: Option<[f32; 2]>,
}

/// How the second embedding got its places.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Whether it was aligned in the vectors rather than through its layout.
    pub in_vectors: bool,
    /// The spread that is left after the alignment, or without one if there is none, as a share. `None` if
    /// the vectors have too many dimensions for that.
    pub residual: Option<f64>,
    /// The number of rows with a second place.
    pub rows: usize,
}

/// The nearest of a row in both embeddings, nearest first, among the rows with a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BothNearest {
    /// The row.
    pub of: u32,
    /// Them, or why there are none.
    pub found: [Result<Vec<u32>, String>; 2],
}

impl Matched {
    /// Returns whether one is brought onto the other in the vectors.
    #[must_use]
    pub fn are_aligned_in_vectors(&self) -> bool {
        are_alignable(self.dims)
    }

    /// Returns what there is to say about it: how rows were matched, and how many have no partner.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let how = format!("its rows were matched {}: {}", self.how, plural(self.pairs, "pair"));
        [how].into_iter().chain(unmatched_rows(self.alone.each_ref().map(Alone::len), self.unclear))
    }
}

impl Alone {
    /// Returns the rows with their names: the label that is shown first, or else the number.
    #[must_use]
    pub fn of(rows: &[u32], embedding: &Embedding) -> Self {
        let labels = embedding.metadata.default_label();
        let label = |row: u32| labels.and_then(|labels| labels.text(row as usize)).filter(|label| !label.is_empty());
        let names = rows.iter().take(MOST_ALONE).map(|&row| label(row).map_or_else(|| row_name(row), str::to_owned));
        Self { rows: rows.into(), names: names.collect() }
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Likeness {
    /// What was found, and what is shown of it as a whole.
    #[must_use]
    pub fn of(found: Resemblance, metric: Metric) -> Self {
        let (rows, common) = (found.partners.rows()[0], found.overlap.common());
        let least = found.least_alike().into_iter().map(|pair| (rows[pair], common[pair])).collect();
        let moved = found.usually_moved();
        let (shared, common) = (found.overlap.mean(), found.overlap.counts());
        Self { found, metric, least, shared, common, moved }
    }
}

impl ComparedState {
    /// Returns whether the second is laid out along the axes of the open one.
    #[must_use]
    pub fn has_same_axes(&self) -> bool {
        matches!(&self.placed, Some(Ok(placed)) if placed.in_vectors)
    }

    /// Returns why the second has no picture.
    #[must_use]
    pub fn why_not(&self) -> Option<&str> {
        let matched = self.matched.as_ref().and_then(|matched| matched.as_ref().err());
        matched.or_else(|| self.placed.as_ref().and_then(|placed| placed.as_ref().err())).map(String::as_str)
    }
}

impl Compared {
    /// The second embedding as it is shown at first.
    #[must_use]
    pub fn with(origin: Origin, run: Option<String>, embedding: Option<String>) -> Self {
        Self {
            origin,
            run,
            embedding,
            matched: MatchBy::default(),
            align: Alignment::default(),
            arrangement: Arrangement::default(),
            camera: None,
        }
    }

    /// Returns whether it is the same embedding as `other`, however each is shown.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        (&self.origin, &self.run, &self.embedding) == (&other.origin, &other.run, &other.embedding)
    }

    /// Returns the way from the open embedding to the second, within its ends.
    #[must_use]
    pub fn share(&self) -> Option<f32> {
        self.arrangement.share()
    }
}

impl Half {
    /// The first and the second.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];
}

impl Arrangement {
    /// Returns the way from the open embedding to the second, within its ends.
    #[must_use]
    pub fn share(self) -> Option<f32> {
        match self {
            Self::SideBySide | Self::Over => None,
            Self::Between(share) if share.is_finite() => Some(share.clamp(0.0, 1.0)),
            Self::Between(_) => Some(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, History, HistoryAction, View, ViewPatch};

    fn second() -> Compared {
        Compared::with(Origin::Path { path: "b.npy".into(), options: crate::OpenOptions::default() }, None, None)
    }

    #[test]
    fn comparison_is_undone_as_a_step_and_a_dragged_slider_as_one() {
        let (mut history, mut view) = (History::default(), View::default());
        let compare = |history: &mut History, view: &mut View, compared: Compared| {
            history.apply(view, &Edit::CompareWith(Some(Box::new(compared))));
        };
        compare(&mut history, &mut view, second());
        for step in 0..=10 {
            let arrangement = Arrangement::Between(f32::from(step as u8) / 10.0);
            compare(&mut history, &mut view, Compared { arrangement, ..second() });
        }
        assert_eq!(view.compared.as_ref().and_then(Compared::share), Some(1.0));
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!(view.compared, Some(second()));
        let between = Compared { arrangement: Arrangement::Between(0.5), ..second() };
        let aligned = Compared { align: Alignment::Rotation, ..between.clone() };
        [&between, &aligned].into_iter().for_each(|compared| compare(&mut history, &mut view, compared.clone()));
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!(view.compared, Some(between), "another alignment is a step of its own");
        history.go(&mut view, HistoryAction::Undo);
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!((view.compared.clone(), history.undoes()), (None, None));
        view.apply(&Edit::CompareWith(Some(Box::new(second()))));
        view.apply(&Edit::ChooseEmbedding("other".into()));
        assert_eq!(view.compared, None, "its rows are those of the open embedding");
    }

    const POSE: Pose = Pose { focus: [0.0, 0.5, 0.0], yaw: 0.25, pitch: 0.0, radius: 2.0 };

    /// The camera is not the work. A comparison that comes back has the camera that it had.
    #[test]
    fn second_camera_is_not_undone() {
        let (mut history, mut view) = (History::default(), View::default());
        let own = Compared { camera: Some(OwnCamera::default()), ..second() };
        let compare = |compared: &Compared| Edit::CompareWith(Some(Box::new(compared.clone())));
        for edit in [
            compare(&second()),
            compare(&own),
            Edit::Select(vec![3].into()),
            Edit::MoveSecondCamera(POSE),
            Edit::CompareWith(None),
        ] {
            history.apply(&mut view, &edit);
        }
        let moved = Some(Compared { camera: Some(OwnCamera { pose: Some(POSE) }), ..second() });
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!((&view.compared, history.undoes()), (&moved, Some("select")));
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!((&view.compared, history.undoes()), (&moved, Some("second embedding")), "two cameras are no step");
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!(view.compared, None);
        history.go(&mut view, HistoryAction::Redo);
        assert_eq!(view.compared, moved);
    }

    #[test]
    fn second_camera_moves_alone_and_forgets_its_pose_with_the_dimensions() {
        let own = Compared { camera: Some(OwnCamera::default()), ..second() };
        let mut view = View { compared: Some(own), ..View::default() };
        view.apply(&Edit::MoveSecondCamera(POSE));
        assert_eq!(Half::BOTH.map(|half| view.pose_of(half)), [None, Some(POSE)]);
        view.apply(&Edit::MoveCamera(Pose { yaw: 1.0, ..POSE }));
        view.apply(&Edit::FitSecondView);
        assert_eq!(Half::BOTH.map(|half| view.pose_of(half).map(|pose| pose.yaw)), [Some(1.0), None]);
        assert!(view.has_two_cameras());
        view.apply(&Edit::MoveSecondCamera(POSE));
        view.apply(&Edit::SetDims(crate::Dims::Two));
        assert_eq!(Half::BOTH.map(|half| view.pose_of(half)), [None; 2]);
        view.apply(&Edit::CompareWith(Some(Box::new(second()))));
        view.apply(&Edit::MoveSecondCamera(POSE));
        assert_eq!((view.pose_of(Half::Second), view.has_two_cameras()), (None, false), "there is one camera");
    }

    #[test]
    fn cameras_are_chosen_by_a_change_of_the_view() {
        let view = View { compared: Some(second()), ..View::default() };
        let changed = |patch: &str| {
            let changed = patch.parse::<ViewPatch>().unwrap().apply(&view);
            changed.map(|view| view.compared.unwrap().camera).map_err(|error| error.to_string())
        };
        assert_eq!(changed(r#"{"compared":{"camera":{}}}"#), Ok(Some(OwnCamera::default())));
        let posed = r#"{"compared":{"camera":{"pose":{"focus":[0,0.5,0],"yaw":0.25,"pitch":0,"radius":2}}}}"#;
        assert_eq!(changed(posed), Ok(Some(OwnCamera { pose: Some(POSE) })));
        let wrong = changed(&posed.replace(r#""radius":2"#, r#""radius":0"#)).unwrap_err();
        assert!(wrong.starts_with("compared.camera.pose: no camera can be there"), "{wrong}");
        for pose in [None, Some(POSE)] {
            let own = Compared { camera: Some(OwnCamera { pose }), ..second() };
            let two = View { compared: Some(own), ..View::default() };
            for (from, to) in [(&view, &two), (&two, &view)] {
                let patch = ViewPatch::between(from, to).to_string();
                assert_eq!(patch.parse::<ViewPatch>().unwrap().apply(from).as_ref(), Ok(to), "{patch}");
            }
        }
    }

    #[test]
    fn comparison_is_kept_as_a_change_of_the_view() {
        let compared = Compared {
            matched: MatchBy::Columns { key: "word".into(), column: "token".into() },
            align: Alignment::Rotation,
            arrangement: Arrangement::Between(0.25),
            camera: Some(OwnCamera { pose: Some(POSE) }),
            ..second()
        };
        let view = View { compared: Some(compared), ..View::default() };
        let patch = ViewPatch::between(&View::default(), &view);
        assert_eq!(patch.to_string().parse::<ViewPatch>().unwrap().apply(&View::default()).unwrap(), view);
        let over =
            r#"{"compared":{"origin":{"path":{"path":"b.npy"}},"arrangement":"over"}}"#.parse::<ViewPatch>().unwrap();
        let expected = Compared { arrangement: Arrangement::Over, ..second() };
        assert_eq!(over.apply(&View::default()).unwrap().compared, Some(expected));
        let short = r#"{"compared":{"origin":{"path":{"path":"b.npy"}}}}"#.parse::<ViewPatch>().unwrap();
        assert_eq!(short.apply(&View::default()).unwrap().compared, Some(second()));
        let wrong = r#"{"compared":{"origin":{"path":{"path":"b.npy"}},"algin":"nothing"}}"#.parse::<ViewPatch>();
        assert!(wrong.unwrap().apply(&View::default()).is_err());
    }

    #[test]
    fn share_is_within_its_ends() {
        let share = |x: f32| Compared { arrangement: Arrangement::Between(x), ..second() }.share();
        assert_eq!([-1.0, 0.3, 2.0, f32::NAN].map(share), [Some(0.0), Some(0.3), Some(1.0), Some(0.0)]);
    }
}
