//! What a person asks for: the vocabulary of panels, keys, logs, and remote clients.
//!
//! Each kind of action has one place that serves it. As text, an action is an object of its kind:
//!
//! ```
//! use parallax_session::{Action, Edit, JobAction};
//!
//! let select: Action = Edit::Select(vec![17].into()).into();
//! assert_eq!(serde_json::to_string(&select)?, r#"{"edit":{"select":[17]}}"#);
//! let cancel: Action = serde_json::from_str(r#"{"job":{"cancel":null}}"#)?;
//! assert_eq!(cancel, JobAction::Cancel(None).into());
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::path::PathBuf;

use parallax_embedding::RowSet;
use serde::{Deserialize, Serialize};

use crate::{Edit, Export, Half, JobKind, Present};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Changes the view.
    Edit(Edit),
    /// Undoes or redoes an edit.
    History(HistoryAction),
    /// Starts, controls, or cancels background work.
    Job(JobAction),
    /// Changes the bookmarks, or shows one.
    Tour(TourAction),
    /// Concerns what is around the view: the presentation, flights of the camera, messages.
    Shell(ShellAction),
}

/// Undoes or redoes an edit of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryAction {
    /// Undoes the last step.
    Undo,
    /// Redoes the last undone step.
    Redo,
}

/// Starts, controls, or cancels background work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobAction {
    /// Reads the open data again, for example after it changed on disk.
    Reload,
    /// Controls a projection that runs in steps.
    Steer(Steer),
    /// Lays the rows out with this many seeds, and finds how often the rows of each cluster stay
    /// together.
    MeasureStability(usize),
    /// Writes a file.
    Export(Export),
    /// Opens files of bookmarks, in this order, and appends them.
    OpenTour(Vec<PathBuf>),
    /// Takes up the work in this file, which was left behind when the program was killed.
    TakeUp(PathBuf),
    /// Removes the work in this file, which was left behind when the program was killed. Other files are
    /// never removed.
    Discard(PathBuf),
    /// Saves bookmarks to a file.
    SaveTour {
        /// The file. Its extension determines the format.
        path: PathBuf,
        /// The places of those to save, or `None` for all.
        places: Option<Vec<usize>>,
    },
    /// Appends bookmarks that show what there is to see, as a draft.
    DraftTour,
    /// Cancels the job of this kind, or all jobs if `None`. Jobs that would leave the view half done
    /// go on: see [`JobKind::can_be_canceled`].
    Cancel(Option<JobKind>),
    /// Does the job of this kind again that was canceled: of what lists neighbors, checks labels,
    /// compares embeddings, or tells rows apart. Other jobs have a way of their own to begin again.
    Retry(JobKind),
}

/// Concerns what is around the view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShellAction {
    /// Presents the bookmarks.
    Present(Present),
    /// Moves the camera to show these rows.
    FlyTo(RowSet),
    /// Moves the camera that the picture of the second embedding has for itself to show these rows.
    FlySecondTo(RowSet),
    /// Closes a message, by its number.
    Dismiss(u64),
    /// Shows the cloud in the headset again, after the connection was lost.
    EnterHeadset,
}

impl ShellAction {
    /// Moves the camera of a picture to show these rows.
    #[must_use]
    pub fn fly(half: Half, rows: RowSet) -> Self {
        match half {
            Half::First => Self::FlyTo(rows),
            Half::Second => Self::FlySecondTo(rows),
        }
    }
}

/// What the user does to a tour. Places count from 0. An action on a place that does not exist does
/// nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TourAction {
    /// Saves the view as a bookmark of this name, after the current one. If the name is empty, a
    /// free one is used.
    Add(String),
    /// Updates this one to the current view.
    Update(usize),
    /// Shows this one.
    Show(usize),
    /// Shows the next or the previous one.
    Step(Step),
    /// Renames it.
    Rename(usize, String),
    /// Sets its notes.
    Note(usize, String),
    /// Sets its duration in seconds, or the duration of the tour if `None`.
    Stay(usize, Option<f32>),
    /// Moves it to another place among them.
    Move {
        /// Where it is.
        from: usize,
        /// Its place after the move.
        to: usize,
    },
    /// Inserts a copy after it.
    Duplicate(usize),
    /// Removes it.
    Remove(usize),
    /// Puts back what was removed last.
    PutBack,
    /// Removes those that were drafted.
    RemoveDrafts,
    /// Sets the seconds per bookmark when the tour advances automatically.
    Pace(f32),
    /// Sets whether the tour loops.
    Loop(bool),
    /// Closes the tour.
    Close,
    /// Sets whether bookmarks are applied to the open data rather than shown on their own.
    UseDataAtHand(bool),
}

/// The target of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The next.
    Next,
    /// The previous.
    Previous,
    /// The first.
    First,
    /// The last.
    Last,
}

/// Controls a projection that runs in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steer {
    /// Pauses.
    Pause,
    /// Continues; if finished, for as many steps again.
    Resume,
    /// Restarts with the current settings.
    Restart,
    /// Restarts from the current layout.
    RestartHere,
    /// Shakes all points.
    Perturb,
}

impl From<Edit> for Action {
    fn from(edit: Edit) -> Self {
        Self::Edit(edit)
    }
}

impl From<HistoryAction> for Action {
    fn from(way: HistoryAction) -> Self {
        Self::History(way)
    }
}

impl From<JobAction> for Action {
    fn from(action: JobAction) -> Self {
        Self::Job(action)
    }
}

impl From<TourAction> for Action {
    fn from(action: TourAction) -> Self {
        Self::Tour(action)
    }
}

impl From<ShellAction> for Action {
    fn from(action: ShellAction) -> Self {
        Self::Shell(action)
    }
}
