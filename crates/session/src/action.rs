//! The vocabulary of intent: all that a person can do.

use parallax_embedding::RowSet;
use parallax_neighbors::Metric;
use parallax_projection::Method;
use serde::{Deserialize, Serialize};

use crate::{Dims, Origin, Panel, Pick, PointStyle, Pose, Projection, Search, Theme, View};

/// One thing that a person does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Opens data; the view of the data before is left.
    Open(Origin),
    /// Lets the configuration of what is open name files outside of its folder.
    AllowOutside,
    /// Chooses a run by name.
    ChooseRun(String),
    /// Chooses an embedding of the run by name.
    ChooseEmbedding(String),
    /// Chooses the column that colors.
    ColorBy(Pick),
    /// Chooses the column that names.
    LabelBy(Pick),
    /// Chooses the method of projection.
    Project(Method),
    /// Sets how the vectors become coordinates, all settings at once.
    Configure(Box<Projection>),
    /// Steers a projection that has steps.
    Steer(Steer),
    /// Switches between plane and space.
    SetDims(Dims),
    /// Chooses the components that are x, y and z, from 0.
    SetComponents([usize; 3]),
    /// Selects these rows and no others.
    Select(RowSet),
    /// Searches the metadata.
    Search(Search),
    /// Chooses the distance of the neighbor list.
    SetMetric(Metric),
    /// Chooses the length of the neighbor list.
    SetNeighborCount(usize),
    /// Chooses what stands for a point.
    ShowPointsAs(PointStyle),
    /// Draws labels beside the points, or not.
    ShowLabels(bool),
    /// Dark or light.
    SetTheme(Theme),
    /// Folds a panel to its header, or unfolds it.
    Fold(Panel, bool),
    /// Shows the panels, or the cloud alone.
    ShowPanels(bool),
    /// Moves the camera.
    MoveCamera(Pose),
    /// Moves the camera to where it sees everything.
    FitView,
    /// Lets the camera go around by itself, or stops it.
    Turn(bool),
    /// Cancels what is running in the background.
    Cancel,
    /// Takes a message off the screen, by its number.
    Dismiss(u64),
}

/// What a person does to a projection that has steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steer {
    /// Rests.
    Pause,
    /// Goes on; a finished one for as many steps again.
    Resume,
    /// Starts anew, with the settings as they are now.
    Restart,
    /// Shakes all points.
    Perturb,
}

impl View {
    /// Does `action` to the view. Actions that are about the program rather than what is seen leave it as it is.
    ///
    /// Names and rows that the data do not have are taken as they come: the data may still be loading.
    pub fn apply(&mut self, action: &Action) {
        match action {
            Action::Open(origin) => self.open(origin.clone()),
            Action::AllowOutside => {
                if let Origin::Path { options, .. } = &mut self.origin {
                    options.allow_outside = true;
                }
            }
            Action::ChooseRun(name) => {
                self.leave_embedding();
                self.run = Some(name.clone());
                self.embedding = None;
            }
            Action::ChooseEmbedding(name) => {
                self.leave_embedding();
                self.embedding = Some(name.clone());
            }
            Action::ColorBy(pick) => self.color_by = pick.clone(),
            Action::LabelBy(pick) => self.label_by = pick.clone(),
            Action::Project(method) => {
                self.projection.method = *method;
                self.pose = None;
            }
            Action::Configure(projection) => {
                let Projection { method, dims, .. } = self.projection;
                self.projection = Projection { method, dims, ..(**projection).clone() };
            }
            Action::SetDims(dims) => {
                self.projection.dims = *dims;
                self.pose = None;
                self.turning = false;
            }
            Action::SetComponents(components) => self.projection.components = *components,
            Action::Select(rows) => self.selection = rows.clone(),
            Action::Search(search) => self.search = search.clone(),
            Action::SetMetric(metric) => self.neighbors.metric = *metric,
            Action::SetNeighborCount(k) => self.neighbors.k = (*k).max(1),
            Action::ShowPointsAs(points) => self.points = *points,
            Action::ShowLabels(labels) => self.labels = *labels,
            Action::SetTheme(theme) => self.theme = *theme,
            Action::Fold(panel, folded) => {
                self.panels.folded.retain(|other| other != panel);
                if *folded {
                    self.panels.folded.push(*panel);
                    self.panels.folded.sort_unstable();
                }
            }
            Action::ShowPanels(shown) => self.panels.shown = *shown,
            Action::MoveCamera(pose) => self.pose = Some(*pose),
            Action::FitView => self.pose = None,
            Action::Turn(turning) => self.turning = *turning && self.projection.dims == Dims::Three,
            Action::Cancel | Action::Steer(_) | Action::Dismiss(_) => {}
        }
    }

    /// A fresh look at other data: what concerns the person's taste (theme, panels, metric) stays.
    fn open(&mut self, origin: Origin) {
        self.leave_embedding();
        self.origin = origin;
        self.run = None;
        self.embedding = None;
        self.color_by = Pick::Auto;
        self.label_by = Pick::Auto;
        self.points = PointStyle::Spheres;
    }

    /// Drops what refers to rows or columns of the embedding at hand.
    fn leave_embedding(&mut self) {
        self.selection = RowSet::EMPTY;
        self.search = Search::default();
        let Projection { axes, supervisor, .. } = Projection::default();
        self.projection =
            Projection { axes, supervisor, components: [0, 1, 2], ..std::mem::take(&mut self.projection) };
        self.pose = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(actions: &[Action]) -> View {
        let mut view = View::default();
        actions.iter().for_each(|action| view.apply(action));
        view
    }

    #[test]
    fn other_data_start_afresh_and_taste_stays() {
        let origin = Origin::Path { path: "x.npy".into(), options: crate::OpenOptions::default() };
        let view = after(&[
            Action::SetTheme(Theme::Light),
            Action::SetMetric(Metric::Euclidean),
            Action::Select(RowSet::from(vec![3, 1])),
            Action::ColorBy(Pick::Nothing),
            Action::SetComponents([4, 5, 6]),
            Action::Open(origin.clone()),
        ]);
        let taste = View { theme: Theme::Light, origin, ..View::default() };
        assert_eq!(view, View { neighbors: crate::NeighborQuery { metric: Metric::Euclidean, k: 100 }, ..taste });
    }

    #[test]
    fn another_run_leaves_the_embedding_of_the_last() {
        let view = after(&[Action::ChooseEmbedding("b".into()), Action::ChooseRun("eval".into())]);
        assert_eq!((view.run.as_deref(), view.embedding), (Some("eval"), None));
    }

    #[test]
    fn folding_twice_is_folding_once() {
        let view = after(&[Action::Fold(Panel::Data, true), Action::Fold(Panel::Data, true)]);
        assert!(!view.panels.is_open(Panel::Data) && view.panels.is_open(Panel::Inspector));
        assert!(after(&[Action::Fold(Panel::Data, true), Action::Fold(Panel::Data, false)]).panels.folded.is_empty());
    }

    #[test]
    fn a_plane_does_not_turn() {
        assert!(!after(&[Action::Turn(true), Action::SetDims(Dims::Two)]).turning);
        assert!(!after(&[Action::SetDims(Dims::Two), Action::Turn(true)]).turning);
    }

    /// A view that lacks a field that came later still reads.
    #[test]
    fn views_of_older_versions_stay_readable() {
        let view: View = serde_json::from_str(r#"{"theme":"light","panels":{"shown":false}}"#).unwrap();
        assert_eq!((view.theme, view.panels.shown, view.neighbors.k), (Theme::Light, false, 100));
    }
}
