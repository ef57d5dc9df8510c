//! The changes of a view.

use parallax_embedding::RowSet;
use parallax_projection::Method;
use serde::{Deserialize, Serialize};

use crate::{
    Against, Brush, ColorScale, Compared, Dims, Doctor, Filter, Half, Look, Naming, NeighborQuery, Origin, Panel,
    Panels, Pick, PointStyle, Pose, Projection, Ruling, SavedSelection, Search, Shows, Stereo, Table, Tag, Theme, Tool,
    Training, View,
};

/// A change of the view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Opens data. The view of the data before is discarded.
    Open(Origin),
    /// Allows the configuration of the open data to name files outside its folder.
    AllowOutside,
    /// Chooses a run by name.
    ChooseRun(String),
    /// Chooses an embedding of the run by name.
    ChooseEmbedding(String),
    /// Compares with a second embedding of the same rows, or changes how; `None` ends that.
    CompareWith(Option<Box<Compared>>),
    /// Goes to another step of the same tensor, by the name of its embedding. Its rows are the same.
    GoToStep(String),
    /// The same on the way through several steps, as by dragging, by keys, or while they play. Those in a
    /// row are one step of undo.
    PassStep(String),
    /// Sets how steps are shown.
    SetTraining(Training),
    /// Sets whether the newest step is shown as soon as it appears on disk. It ends when another step or
    /// other data are chosen.
    Follow(bool),
    /// Chooses the column to color by.
    ColorBy(Pick),
    /// Chooses the column to label by.
    LabelBy(Pick),
    /// Chooses the method of projection.
    Project(Method),
    /// Sets all settings of the projection.
    Configure(Box<Projection>),
    /// Switches between two and three dimensions.
    SetDims(Dims),
    /// Chooses the components for x, y, and z, counted from 0.
    SetComponents([usize; 3]),
    /// Sets how the values of the column become colors.
    SetScale(ColorScale),
    /// Hides rows by their values in columns: exactly by these brushes.
    Filter(Filter),
    /// Selects exactly these rows.
    Select(RowSet),
    /// Selects the previously inspected row.
    Back,
    /// Saves the selection under a name.
    SaveSelection(String),
    /// Deletes the saved selection of this name.
    ForgetSelection(String),
    /// Isolates these rows, as far as they are shown.
    Isolate(RowSet),
    /// Goes back to this many levels of isolation; 0 shows all rows.
    ShowLevel(usize),
    /// Sets the value of the selected rows in a column.
    Tag {
        /// The column, which is added if there is none of this name.
        column: String,
        /// The value; an empty one clears the cells.
        value: String,
    },
    /// Adds these tags, in one step.
    TagAll(Vec<Tag>),
    /// Checks the labels of this column, and shows the card for it; `None` hides the card.
    CheckLabels(Option<String>),
    /// Decides about the label of a row.
    Judge(Box<Ruling>),
    /// Shows or hides the names of clusters, and chooses how they are made. Names given by hand
    /// stay.
    SetNaming(Naming),
    /// Gives the cluster of these rows a name: an empty one hides it, and `None` is the one that it
    /// would have.
    NameCluster {
        /// The rows of the cluster.
        rows: RowSet,
        /// The name.
        name: Option<String>,
    },
    /// Searches the metadata.
    Search(Search),
    /// Chooses which neighbors are listed.
    SetNeighbors(NeighborQuery),
    /// Tells the selected rows apart from others, until either change; `None` stops that.
    TellApart(Option<Against>),
    /// Chooses how points are drawn.
    ShowPointsAs(PointStyle),
    /// Shows or hides the labels.
    ShowLabels(bool),
    /// Sets the look of the picture.
    SetLook(Look),
    /// Chooses what a drag over the cloud does.
    Take(Tool),
    /// Sets whether box and lasso select only visible points.
    SelectVisible(bool),
    /// Sets whether and how each eye has a picture of its own.
    SetStereo(Stereo),
    /// Sets the theme: dark, light, or high contrast.
    SetTheme(Theme),
    /// Shows the charts in place of the table, or hides them.
    ShowCharts(bool),
    /// Folds a panel to its header, or unfolds it and shows its column.
    Fold(Panel, bool),
    /// Shows or hides all panels.
    ShowPanels(bool),
    /// Sets the widths of the left and right panels in logical pixels.
    Widen([u16; 2]),
    /// Moves the camera.
    MoveCamera(Pose),
    /// Moves the camera to show everything.
    FitView,
    /// Moves the camera that the picture of the second embedding has for itself.
    MoveSecondCamera(Pose),
    /// Moves that camera to show all second places.
    FitSecondView,
    /// Starts or stops auto-rotation.
    Turn(bool),
    /// Shows and sorts the metadata table, and chooses its rows.
    SetTable(Table),
}

/// The most rows in the trail of inspected rows.
const TRAIL: usize = 100;

impl Edit {
    /// Returns what it does in a word or two, as in "undo isolate".
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open(_) | Self::AllowOutside => "open",
            Self::ChooseRun(_) => "choose run",
            Self::ChooseEmbedding(_) => "choose tensor",
            Self::CompareWith(_) => "second embedding",
            Self::GoToStep(_) | Self::PassStep(_) | Self::SetTraining(_) | Self::Follow(_) => "step",
            Self::ColorBy(_) | Self::SetScale(_) => "color",
            Self::LabelBy(_) => "label",
            Self::Project(_) => "projection",
            Self::Configure(_) => "settings of the projection",
            Self::SetDims(_) => "dimensions",
            Self::SetComponents(_) => "components",
            Self::Filter(_) => "filter",
            Self::Select(_) => "select",
            Self::Back => "back",
            Self::SaveSelection(_) => "save selection",
            Self::ForgetSelection(_) => "forget selection",
            Self::Isolate(_) => "isolate",
            Self::ShowLevel(_) => "show all",
            Self::Tag { .. } | Self::TagAll(_) => "tag",
            Self::Judge(ruling) => ruling.verdict.name(),
            Self::SetNaming(_) => "names of clusters",
            Self::NameCluster { .. } => "name",
            Self::Search(_) => "search",
            Self::SetNeighbors(_) => "neighbors",
            Self::TellApart(_) => "comparison",
            Self::ShowPointsAs(_) | Self::ShowLabels(_) | Self::SetLook(_) => "look",
            Self::Take(_) | Self::SelectVisible(_) => "tool",
            Self::SetStereo(_) => "stereo",
            Self::SetTheme(_) => "theme",
            Self::Fold(..) | Self::ShowCharts(_) | Self::CheckLabels(_) | Self::ShowPanels(_) | Self::Widen(_) => {
                "panels"
            }
            Self::MoveCamera(_) | Self::FitView | Self::MoveSecondCamera(_) | Self::FitSecondView | Self::Turn(_) => {
                "camera"
            }
            Self::SetTable(_) => "table",
        }
    }

    /// Moves the camera of a picture.
    #[must_use]
    pub fn move_camera(half: Half, pose: Pose) -> Self {
        match half {
            Half::First => Self::MoveCamera(pose),
            Half::Second => Self::MoveSecondCamera(pose),
        }
    }

    /// Moves the camera of a picture to show everything in it.
    #[must_use]
    pub fn fit(half: Half) -> Self {
        match half {
            Half::First => Self::FitView,
            Half::Second => Self::FitSecondView,
        }
    }

    /// Returns what it changes, if many of it in a row, as from a slider, are one step of undo.
    #[must_use]
    pub fn series(&self) -> Option<String> {
        match self {
            Self::Configure(_) => Some("projection".into()),
            Self::PassStep(_) => Some("step".into()),
            Self::CompareWith(Some(compared)) if compared.share().is_some() => {
                // Another alignment is a step of its own.
                Some(format!("way to the second by {:?} and {:?}", compared.matched, compared.align))
            }
            Self::SetScale(_) => Some("scale".into()),
            Self::SetNaming(_) => Some("naming".into()),
            Self::Filter(filter) => match filter.brushes() {
                [.., Brush { column, shows: Shows::Range { .. } }] => Some(format!("range of {column}")),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns `true` if it chooses other data, so that the history starts over.
    #[must_use]
    pub fn chooses_data(&self) -> bool {
        matches!(self, Self::Open(_) | Self::ChooseRun(_) | Self::ChooseEmbedding(_))
    }
}

impl View {
    /// Makes the change.
    ///
    /// Names and rows are not checked: the data may still be loading.
    pub fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Open(origin) => self.open(origin.clone()),
            Edit::AllowOutside => self.allow_outside(),
            Edit::ChooseRun(name) => {
                self.leave_embedding();
                self.run = Some(name.clone());
                self.embedding = None;
            }
            Edit::ChooseEmbedding(name) => {
                self.leave_embedding();
                self.embedding = Some(name.clone());
            }
            Edit::CompareWith(compared) => self.compare_with(compared.as_deref()),
            Edit::GoToStep(name) | Edit::PassStep(name) => self.go_to_step(name),
            Edit::SetTraining(training) => self.training = *training,
            Edit::Follow(follow) => self.follow_newest(*follow),
            Edit::ColorBy(pick) => self.color_by = pick.clone(),
            Edit::LabelBy(pick) => self.label_by = pick.clone(),
            Edit::Project(method) => {
                self.projection.method = *method;
                self.projection.is_automatic = false;
                self.fit();
            }
            Edit::Configure(projection) => {
                let Projection { method, is_automatic, dims, are_dims_automatic, .. } = self.projection;
                let kept = (**projection).clone();
                self.projection = Projection { method, is_automatic, dims, are_dims_automatic, ..kept };
            }
            Edit::SetDims(dims) => {
                self.projection.dims = *dims;
                self.projection.are_dims_automatic = false;
                self.fit();
                self.turning = false;
            }
            Edit::SetComponents(components) => self.projection.components = *components,
            Edit::SetScale(scale) => self.scale = *scale,
            Edit::Filter(filter) => self.hide(filter),
            Edit::Select(rows) => self.select(rows),
            Edit::Back => {
                if let Some(row) = self.trail.pop() {
                    self.selection = RowSet::from(vec![row]);
                    self.apart = None;
                }
            }
            Edit::SaveSelection(name) => {
                self.forget_selection(name);
                self.saved_selections.push(SavedSelection { name: name.clone(), rows: self.selection.clone() });
            }
            Edit::ForgetSelection(name) => self.forget_selection(name),
            Edit::Isolate(rows) => self.isolate(rows),
            Edit::ShowLevel(levels) => self.show_level(*levels),
            Edit::Tag { column, value } => {
                if !self.selection.is_empty() && !column.is_empty() {
                    let rows = self.selection.clone();
                    self.tags.push(Tag { column: column.clone(), value: value.clone(), rows });
                }
            }
            Edit::TagAll(tags) => {
                self.tags.extend(tags.iter().filter(|tag| !tag.rows.is_empty() && !tag.column.is_empty()).cloned());
            }
            Edit::CheckLabels(column) => self.check_labels(column.as_deref()),
            Edit::Judge(ruling) => self.judge(ruling),
            Edit::SetNaming(naming) => {
                let given = std::mem::take(&mut self.naming.given);
                self.naming = Naming { given, ..naming.clone() };
            }
            Edit::NameCluster { rows, name } => self.naming.give(rows, name.as_deref()),
            Edit::Search(search) => self.search = search.clone(),
            Edit::SetNeighbors(query) => self.neighbors = NeighborQuery { k: query.k.max(1), ..*query },
            Edit::TellApart(against) => self.apart.clone_from(against),
            Edit::ShowPointsAs(points) => self.points = *points,
            Edit::ShowLabels(labels) => self.labels = *labels,
            Edit::SetLook(look) => self.look = *look,
            Edit::Take(tool) => self.tool = *tool,
            Edit::SelectVisible(visible) => self.visible_only = *visible,
            Edit::SetStereo(stereo) => self.stereo = *stereo,
            Edit::SetTheme(theme) => self.theme = *theme,
            Edit::Fold(panel, folded) => self.panels.fold(*panel, *folded),
            Edit::ShowPanels(shown) => self.panels.shown = *shown,
            Edit::Widen(widths) => {
                self.panels.widths = widths.map(|width| width.clamp(Panels::LEAST_WIDTH, Panels::MOST_WIDTH));
            }
            Edit::MoveCamera(pose) => self.set_pose(Half::First, Some(*pose)),
            Edit::FitView => self.set_pose(Half::First, None),
            Edit::MoveSecondCamera(pose) => self.set_pose(Half::Second, Some(*pose)),
            Edit::FitSecondView => self.set_pose(Half::Second, None),
            Edit::Turn(turning) => self.turning = *turning && self.projection.dims == Dims::Three,
            Edit::ShowCharts(shown) => {
                self.panels.charts = *shown;
                self.table.shown &= !shown;
                self.panels.doctor &= !shown;
            }
            Edit::SetTable(table) => {
                self.table = table.clone();
                self.panels.charts &= !table.shown;
                self.panels.doctor &= !table.shown;
            }
        }
    }

    fn allow_outside(&mut self) {
        if let Origin::Path { options, .. } = &mut self.origin {
            options.allow_outside = true;
        }
    }

    fn go_to_step(&mut self, name: &str) {
        self.embedding = Some(name.to_owned());
        self.lay_out_together();
        self.follow = false;
    }

    fn follow_newest(&mut self, follow: bool) {
        self.follow = follow;
        if follow {
            self.lay_out_together();
        }
    }

    /// Steps are looked at to see what changes. Who wants layouts of their own keeps them.
    fn lay_out_together(&mut self) {
        self.training.together.get_or_insert(true);
    }

    /// Selects `rows`. Selecting single rows leaves a trail; an empty selection clears it.
    pub(crate) fn select(&mut self, rows: &RowSet) {
        match self.inspected() {
            Some(before) if rows.as_slice() != [before] => self.trail.push(before),
            _ => {}
        }
        self.trail.drain(..self.trail.len().saturating_sub(TRAIL));
        if rows.is_empty() {
            self.trail.clear();
        }
        if self.selection != *rows {
            self.apart = None;
        }
        self.selection = rows.clone();
    }

    /// Isolates `rows`, unless that would show nothing or all of the level before.
    fn isolate(&mut self, rows: &RowSet) {
        let rows = self.isolated().map_or_else(|| rows.clone(), |level| level.intersection(rows));
        if !rows.is_empty() && self.isolated() != Some(&rows) {
            self.isolation.push(rows);
            self.leave(&Against::Rest);
        }
    }

    /// Without a second embedding nothing is measured of it, so it cannot color.
    fn compare_with(&mut self, compared: Option<&Compared>) {
        self.compared = compared.cloned();
        if compared.is_none() && self.color_by.is_of_second() {
            self.color_by = Pick::Auto;
        }
    }

    fn hide(&mut self, filter: &Filter) {
        self.filter = filter.tidy();
        self.leave(&Against::Rest);
    }

    fn show_level(&mut self, levels: usize) {
        self.isolation.truncate(levels);
        self.leave(&Against::Rest);
    }

    fn forget_selection(&mut self, name: &str) {
        self.saved_selections.retain(|saved| saved.name != name);
        self.leave(&Against::Saved(name.to_owned()));
    }

    /// Stops telling the selected rows apart from others that have changed.
    fn leave(&mut self, others: &Against) {
        if self.apart.as_ref() == Some(others) {
            self.apart = None;
        }
    }

    /// Returns a view of other data that keeps preferences (theme, panels, metric).
    fn open(&mut self, origin: Origin) {
        self.leave_embedding();
        self.origin = origin;
        self.run = None;
        self.embedding = None;
        self.color_by = Pick::Auto;
        self.label_by = Pick::Auto;
        self.points = PointStyle::Spheres;
        self.scale = ColorScale::default();
    }

    /// Clears what refers to rows or columns of the embedding.
    fn leave_embedding(&mut self) {
        self.training = Training { playing: false, together: None, ..self.training };
        self.follow = false;
        self.selection = RowSet::EMPTY;
        self.compare_with(None);
        self.apart = None;
        self.trail.clear();
        self.saved_selections.clear();
        self.isolation.clear();
        self.filter = Filter::default();
        self.tags.clear();
        self.doctor = Doctor::default();
        self.panels.doctor = false;
        self.naming = Naming { shown: self.naming.shown, ..Naming::default() };
        self.table.sort = None;
        self.search = Search::default();
        let Projection { axes, supervisor, .. } = Projection::default();
        self.projection =
            Projection { axes, supervisor, components: [0, 1, 2], ..std::mem::take(&mut self.projection) };
        self.pose = None;
    }
}

#[cfg(test)]
mod tests {
    use parallax_neighbors::Metric;

    use super::*;
    use crate::NeighborSpace;

    const EUCLIDEAN: NeighborQuery =
        NeighborQuery { space: NeighborSpace::Vectors, metric: Metric::Euclidean, k: 100, of_mean: false };

    #[test]
    fn another_step_keeps_what_refers_to_rows() {
        let rows = RowSet::from(vec![1, 2]);
        let done = [Edit::Select(rows.clone()), Edit::Isolate((0..9).collect()), Edit::ColorBy(Pick::Nothing)];
        let before = after(&done);
        let mut view = before.clone();
        view.apply(&Edit::GoToStep("emb:100".into()));
        assert_eq!((view.embedding.as_deref(), view.training.together), (Some("emb:100"), Some(true)));
        let Training { playing, trails, .. } = view.training;
        assert!(!playing && trails);
        assert_eq!(View { embedding: None, training: Training::default(), ..view.clone() }, before);
        // Who wants layouts of their own keeps them.
        view.apply(&Edit::SetTraining(Training { together: Some(false), ..view.training }));
        view.apply(&Edit::GoToStep("emb:200".into()));
        view.apply(&Edit::Follow(true));
        assert_eq!(view.training.together, Some(false));
        view.apply(&Edit::ChooseEmbedding("other".into()));
        assert_eq!((view.training.together, view.selection.len()), (None, 0));
        // Who follows sees the training and not what the method makes of each step.
        view.apply(&Edit::Follow(true));
        assert_eq!(view.training.together, Some(true));
    }

    fn after(edits: &[Edit]) -> View {
        let mut view = View::default();
        edits.iter().for_each(|edit| view.apply(edit));
        view
    }

    #[test]
    fn open_resets_the_view_and_keeps_preferences() {
        let origin = Origin::Path { path: "x.npy".into(), options: crate::OpenOptions::default() };
        let view = after(&[
            Edit::SetTheme(Theme::Light),
            Edit::SetNeighbors(EUCLIDEAN),
            Edit::Select(RowSet::from(vec![3, 1])),
            Edit::ColorBy(Pick::Nothing),
            Edit::SetComponents([4, 5, 6]),
            Edit::Open(origin.clone()),
        ]);
        let taste = View { theme: Theme::Light, origin, ..View::default() };
        assert_eq!(view, View { neighbors: EUCLIDEAN, ..taste });
    }

    #[test]
    fn choosing_a_run_clears_the_embedding() {
        let view = after(&[Edit::ChooseEmbedding("b".into()), Edit::ChooseRun("eval".into())]);
        assert_eq!((view.run.as_deref(), view.embedding), (Some("eval"), None));
    }

    #[test]
    fn folding_a_folded_panel_does_nothing() {
        let view = after(&[Edit::Fold(Panel::Data, true), Edit::Fold(Panel::Data, true)]);
        assert!(!view.panels.is_open(Panel::Data) && view.panels.is_open(Panel::Inspector));
        assert!(after(&[Edit::Fold(Panel::Data, true), Edit::Fold(Panel::Data, false)]).panels.folded.is_empty());
    }

    #[test]
    fn charts_and_table_take_turns() {
        let table = |shown| Edit::SetTable(Table { shown, ..Table::default() });
        for (edits, expected) in [
            (vec![table(true), Edit::ShowCharts(true)], (true, false)),
            (vec![Edit::ShowCharts(true), table(true)], (false, true)),
            (vec![Edit::ShowCharts(true), table(false)], (true, false)),
            (vec![table(true), Edit::ShowCharts(false)], (false, true)),
        ] {
            let view = after(&edits);
            assert_eq!((view.panels.charts, view.table.shown), expected, "{edits:?}");
        }
    }

    #[test]
    fn panel_widths_are_limited() {
        assert_eq!(after(&[Edit::Widen([0, u16::MAX])]).panels.widths, [Panels::LEAST_WIDTH, Panels::MOST_WIDTH]);
        assert_eq!(after(&[Edit::Widen([400, 320])]).panels.widths, [400, 320]);
    }

    #[test]
    fn isolation_levels_are_nested() {
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let view = after(&[
            Edit::Isolate(rows(&[1, 2, 3, 4])),
            Edit::Isolate(rows(&[3, 4, 5])),
            Edit::Isolate(rows(&[3, 4])),
            Edit::Isolate(rows(&[7])),
            Edit::Isolate(RowSet::EMPTY),
        ]);
        assert_eq!(view.isolation, [rows(&[1, 2, 3, 4]), rows(&[3, 4])]);
        let view = after(&[Edit::Isolate(rows(&[1, 2])), Edit::Isolate(rows(&[1])), Edit::ShowLevel(1)]);
        assert_eq!(view.isolated(), Some(&rows(&[1, 2])));
        assert_eq!(after(&[Edit::Isolate(rows(&[1, 2])), Edit::ShowLevel(0)]).isolated(), None);
    }

    #[test]
    fn selection_of_single_rows_leaves_a_trail() {
        let one = |row: u32| Edit::Select(RowSet::from(vec![row]));
        let view = after(&[one(4), one(5), one(5), one(6), Edit::Back]);
        assert_eq!((view.inspected(), &view.trail[..]), (Some(5), &[4][..]));
        let view = after(&[one(4), one(5), Edit::Back, Edit::Back]);
        assert_eq!((view.inspected(), view.trail.len()), (Some(4), 0));
        assert!(after(&[one(4), one(5), Edit::Select(RowSet::EMPTY)]).trail.is_empty());
    }

    #[test]
    fn saved_selection_replaces_one_of_the_same_name() {
        let select = |rows: &[u32]| Edit::Select(RowSet::from(rows.to_vec()));
        let save = |name: &str| Edit::SaveSelection(name.into());
        let view = after(&[select(&[1]), save("a"), save("b"), select(&[2, 3]), save("a")]);
        let names: Vec<(&str, usize)> =
            view.saved_selections.iter().map(|saved| (&*saved.name, saved.rows.len())).collect();
        assert_eq!(names, [("b", 1), ("a", 2)]);
    }

    #[test]
    fn comparison_ends_when_its_rows_change() {
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let (rest, saved) = (Against::Rest, Against::Saved("a".into()));
        let begin = |against: &Against| {
            vec![
                Edit::Select(rows(&[7])),
                Edit::Select(rows(&[1, 2])),
                Edit::SaveSelection("a".into()),
                Edit::Select(rows(&[1, 3])),
                Edit::TellApart(Some(against.clone())),
            ]
        };
        let filter = Edit::Filter(Filter::default());
        for (against, edit, stays) in [
            (&rest, Edit::Select(rows(&[1, 3])), true),
            (&rest, Edit::Select(rows(&[4])), false),
            (&saved, Edit::Select(RowSet::EMPTY), false),
            (&saved, Edit::Back, false),
            (&rest, filter.clone(), false),
            (&saved, filter, true),
            (&rest, Edit::Isolate(rows(&[1, 2, 3])), false),
            (&saved, Edit::Isolate(rows(&[1, 2, 3])), true),
            (&rest, Edit::ShowLevel(0), false),
            (&rest, Edit::SaveSelection("a".into()), true),
            (&saved, Edit::SaveSelection("b".into()), true),
            (&saved, Edit::SaveSelection("a".into()), false),
            (&saved, Edit::ForgetSelection("a".into()), false),
            (&saved, Edit::TellApart(None), false),
        ] {
            let view = after(&[begin(against), vec![edit.clone()]].concat());
            assert_eq!(view.apart.is_some(), stays, "{against:?}, {edit:?}");
        }
    }

    #[test]
    fn auto_rotation_stops_in_two_dimensions() {
        assert!(!after(&[Edit::Turn(true), Edit::SetDims(Dims::Two)]).turning);
        assert!(!after(&[Edit::SetDims(Dims::Two), Edit::Turn(true)]).turning);
    }

    /// Glasses and displays belong to who looks.
    #[test]
    fn bookmark_leaves_stereo_as_it_is() {
        let stereo = Stereo { on: true, mode: crate::StereoMode::Anaglyph, ..Stereo::default() };
        let (flat, deep) = (View::default(), after(&[Edit::SetStereo(stereo), Edit::SetTheme(Theme::Light)]));
        assert_eq!((flat.shown_to(&deep).stereo, deep.shown_to(&flat).stereo), (stereo, Stereo::default()));
        assert_eq!(deep.shown_to(&flat).theme, Theme::Light);
    }

    /// A view without newer fields can be read.
    #[test]
    fn views_of_older_versions_stay_readable() {
        let view: View = serde_json::from_str(r#"{"theme":"light","panels":{"shown":false}}"#).unwrap();
        assert_eq!((view.theme, view.panels.shown, view.neighbors.k), (Theme::Light, false, 100));
    }
}
