//! Columns: what is drawn in one has its width, however deep it is nested.
//!
//! egui's available width is that of the innermost layout, and what reaches beyond it makes it
//! wider. Rows of one width therefore ask for that of their column.

use egui::{Ui, UiBuilder, UiStackInfo};

/// The tag of a column's [`Ui`]. Its value is the width.
const WIDTH: &str = "width of the column";

/// Makes what `builder` builds a column of this width.
pub fn column(builder: UiBuilder, width: f32) -> UiBuilder {
    builder.ui_stack_info(UiStackInfo::default().with_tag_value(WIDTH, width))
}

/// Returns the width of the innermost column that `ui` is in, or the available width if it is in
/// none.
#[must_use]
pub fn content_width(ui: &Ui) -> f32 {
    let width = ui.stack().iter().find_map(|level| level.tags().get_downcast(WIDTH).copied());
    width.unwrap_or_else(|| ui.available_width())
}

#[cfg(test)]
mod tests {
    use egui::{Context, RawInput, vec2};

    use super::*;

    /// Neither a narrower layout nor content that reaches beyond it change the width.
    #[test]
    fn content_width_is_that_of_the_column() {
        let ctx = Context::default();
        let output = ctx.run_ui(RawInput::default(), |ui| {
            assert_eq!(content_width(ui), ui.available_width());
            ui.scope_builder(column(UiBuilder::new(), 200.0), |ui| {
                ui.horizontal(|ui| {
                    ui.allocate_space(vec2(500.0, 10.0));
                    assert_eq!(content_width(ui), 200.0);
                });
                assert_eq!(content_width(ui), 200.0);
                ui.scope_builder(column(UiBuilder::new(), 80.0), |ui| assert_eq!(content_width(ui), 80.0));
                assert_eq!(content_width(ui), 200.0);
            });
        });
        output.drop_without_applying_deltas();
    }
}
