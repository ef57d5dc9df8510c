//! The coloring by the share of a row's neighbors that the layout keeps, and the way back from it.

use parallax_session::{Action, Edit, Pick, View};

use crate::{memory::PanelMemory, model::ViewModel};

/// The name of the coloring by the share of a row's neighbors that the layout keeps.
pub(crate) const NEIGHBORS_KEPT: &str = "Neighbors kept";

/// Returns the caption and action that go from the neighbors kept back to what colored the points
/// before. `None` if something else colors them.
pub(crate) fn way_back(model: &ViewModel<'_>, memory: &PanelMemory) -> Option<(String, Action)> {
    if model.view.color_by != Pick::Reliability {
        return None;
    }
    let before = View { color_by: memory.colored_by.clone(), ..View::default() };
    let column = model.embedding.and_then(|embedding| before.color_column(&embedding.metadata));
    let caption = column.map_or("One color".into(), |column| format!("Color by {}", column.name()));
    Some((caption, Action::Edit(Edit::ColorBy(before.color_by))))
}
