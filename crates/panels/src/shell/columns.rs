//! The buttons in a narrow window that show the other column of cards.

use egui::{Area, Context, Id, Order, Rect, Vec2, pos2};
use parallax_look::{icons::Icon, widgets::icon_button};
use parallax_session::{Action, Edit, Panel, PanelColumn};

use crate::model::ViewModel;

/// The size of a button.
pub(crate) const SIZE: f32 = 36.0;
const GAP: f32 = 6.0;

/// The cards of a column, and how their buttons look.
fn cards(column: PanelColumn) -> [(Panel, &'static str, Icon); 2] {
    match column {
        PanelColumn::Left => [(Panel::Data, "Data", Icon::Data), (Panel::Projection, "Projection", Icon::Axes)],
        PanelColumn::Right => {
            [(Panel::Inspector, "Inspector", Icon::Search), (Panel::Bookmarks, "Bookmarks", Icon::Bookmark)]
        }
    }
}

/// Shows the buttons of `column` from `corner` down, at its inner edge.
pub(crate) fn column_buttons(
    ctx: &Context,
    column: PanelColumn,
    strip: Rect,
    model: &ViewModel<'_>,
    actions: &mut Vec<Action>,
) {
    let area = Area::new(Id::new("other column")).order(Order::Middle).fixed_pos(pos2(strip.min.x, strip.min.y));
    area.constrain(false).fade_in(false).show(ctx, |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(0.0, GAP);
        for (panel, name, icon) in cards(column) {
            let text = format!("Show {name}");
            let is_noted = panel == Panel::Inspector && !model.view.selection.is_empty();
            if icon_button(ui, SIZE, icon, &text, is_noted, true).on_hover_text(text.as_str()).clicked() {
                actions.push(Edit::Fold(panel, false).into());
            }
        }
    });
}
