//! The panel beside a hand.

use parallax_panels::{HAND_PANEL, HandMemory, ROOM_LABEL, ROOM_LABELS, show_hand_panel, show_room_labels};

use super::*;

#[test]
fn hand_panel_shows_the_card_of_the_tab() {
    let size = HAND_PANEL.map(|side| side as f32);
    let state = (View::default(), HandMemory::default(), PanelMemory::default(), Vec::new());
    let mut harness = Harness::builder().with_size(size).build_ui_state(
        |ui, (view, memory, window, actions): &mut (View, HandMemory, PanelMemory, Vec<Action>)| {
            let embedding = None;
            let model = ViewModel { embedding, reduced_motion: true, ..ViewModel::empty(view) };
            show_hand_panel(&ui.ctx().clone(), &model, (memory, window), actions);
        },
        state,
    );
    harness.run();
    assert!(harness.query_by_label("Save this view").is_none());
    for tab in ["Data", "Projection", "Inspector", "Bookmarks"] {
        harness.get_by_label(tab).click();
        harness.run();
        let shown = harness.get_by_label(tab);
        let area = shown.rect();
        assert!(area.min.x >= 0.0 && area.max.x <= size[0], "{tab}: {area:?}");
    }
    harness.get_by_label("Save this view");
    harness.get_by_label("Data").click();
    harness.run();
    assert!(harness.query_by_label("Save this view").is_none() && harness.state().3.is_empty());
}

/// A label is as wide as its text, and never wider than its place on the sheet.
#[test]
fn room_labels_have_the_widths_of_their_texts() {
    let texts: Vec<String> =
        ["i", "a word", "a text of many words that does not fit on any label of this size, however"]
            .map(Into::into)
            .into();
    let size = [ROOM_LABEL[0] as f32, ROOM_LABEL[1] as f32 * ROOM_LABELS as f32];
    let mut harness = Harness::builder().with_size(size).build_ui_state(
        |ui, widths: &mut Vec<f32>| *widths = show_room_labels(&ui.ctx().clone(), Theme::Dark, &texts),
        Vec::new(),
    );
    harness.run();
    let widths = harness.state();
    assert!(widths.len() == 3 && widths.is_sorted() && widths[0] > 0.0 && widths[2] <= size[0], "{widths:?}");
}
