//! The colorings by what is measured of the layout, and the way back from them.

use parallax_session::{Action, Edit, View};

use crate::{memory::PanelMemory, model::ViewModel};

/// The name of the coloring by the share of a row's neighbors that the layout keeps.
pub(crate) const NEIGHBORS_KEPT: &str = "Neighbors kept";

/// The name of the coloring by false and missing neighbors.
pub(crate) const FALSE_AND_MISSING: &str = "False and missing";

/// Returns the caption and action that go from what is measured back to what colored the points
/// before. `None` if something else colors them.
pub(crate) fn way_back(model: &ViewModel<'_>, memory: &PanelMemory) -> Option<(String, Action)> {
    if !model.view.color_by.is_measured() {
        return None;
    }
    let before = View { color_by: memory.colored_by.clone(), ..View::default() };
    let column = model.embedding.and_then(|embedding| before.color_column(&embedding.metadata));
    let caption = column.map_or("One color".into(), |column| format!("Color by {}", column.name()));
    Some((caption, Action::Edit(Edit::ColorBy(before.color_by))))
}
