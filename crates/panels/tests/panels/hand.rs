//! The panel beside a hand.

use parallax_panels::{
    HAND_PANEL, HandMemory, ROOM_LABEL, ROOM_SHEET, RoomText, RoomTextLook, room_label_corner, show_hand_panel,
    show_room_labels,
};

use super::*;

/// What the panel keeps from frame to frame, and the actions that it has asked for.
type Kept = (View, HandMemory, PanelMemory, Vec<Action>);

/// The panel, with these data open.
fn panel(embedding: Option<&Embedding>) -> Harness<'_, Kept> {
    let size = HAND_PANEL.map(|side| side as f32);
    Harness::builder().with_size(size).build_ui_state(
        move |ui, (view, memory, window, actions): &mut Kept| {
            let model = ViewModel { embedding, reduced_motion: true, ..ViewModel::empty(view) };
            show_hand_panel(&ui.ctx().clone(), &model, (memory, window), actions);
        },
        (View::default(), HandMemory::default(), PanelMemory::default(), Vec::new()),
    )
}

#[test]
fn hand_panel_shows_the_card_of_the_tab() {
    let mut harness = panel(None);
    harness.run();
    assert!(harness.query_by_label("Save this view").is_none());
    for tab in ["Data", "Projection", "Inspector", "Bookmarks"] {
        harness.get_by_label(tab).click();
        harness.run();
        let shown = harness.get_by_label(tab);
        let area = shown.rect();
        assert!(area.min.x >= 0.0 && area.max.x <= HAND_PANEL[0] as f32, "{tab}: {area:?}");
    }
    harness.get_by_label("Save this view");
    harness.get_by_label("Data").click();
    harness.run();
    assert!(harness.query_by_label("Save this view").is_none() && harness.state().3.is_empty());
}

/// A label is as wide as its text, and never wider than its place on the sheet.
#[test]
fn room_labels_have_the_widths_of_their_texts() {
    let texts = ["i", "a word", "a text of many words that does not fit on any label of this size, however"]
        .map(|text| RoomText { text: text.into(), look: RoomTextLook::Plain });
    let size = [0, 1].map(|side| (ROOM_LABEL[side] * ROOM_SHEET[side]) as f32);
    let mut harness = Harness::builder().with_size(size).build_ui_state(
        |ui, widths: &mut Vec<f32>| *widths = show_room_labels(&ui.ctx().clone(), Theme::Dark, &texts),
        Vec::new(),
    );
    harness.run();
    let widths = harness.state();
    assert!(widths.len() == 3 && widths.is_sorted() && widths[0] > 0.0 && widths[2] <= size[0], "{widths:?}");
}

/// No two labels are in one place, and all are on the sheet.
#[test]
fn room_labels_have_places_of_their_own() {
    let [columns, rows] = ROOM_SHEET;
    let corners: std::collections::BTreeSet<[u32; 2]> = (0..(columns * rows) as usize).map(room_label_corner).collect();
    assert_eq!(corners.len() as u32, columns * rows);
    let is_place = |[x, y]: &[u32; 2]| {
        x % ROOM_LABEL[0] == 0 && y % ROOM_LABEL[1] == 0 && x / ROOM_LABEL[0] < columns && y / ROOM_LABEL[1] < rows
    };
    assert!(corners.iter().all(is_place), "{corners:?}");
}

/// Who wears a headset does not see the keyboard, and is told that it types into the field.
#[test]
fn focused_field_of_the_hand_panel_says_what_types_into_it() {
    let embedding = super::embedding(100, 4);
    let mut harness = panel(Some(&embedding));
    harness.run();
    let said = |harness: &Harness<'_, _>| harness.query_by_label_contains("computer’s keyboard").is_some();
    assert!(!said(&harness));
    harness.get_by_role(egui::accesskit::Role::TextInput).click();
    harness.run();
    assert!(said(&harness));
}

/// The dialog is drawn by the window, which is not here. A person in a headset can close it.
#[test]
fn hand_panel_says_that_a_dialog_is_open_in_the_window() {
    let embedding = super::embedding(100, 4);
    let mut harness = panel(Some(&embedding));
    harness.run();
    let said = |harness: &Harness<'_, _>| harness.query_by_label_contains("Look at the window").is_some();
    harness.get_by_label("Data").click();
    harness.run();
    assert!(!said(&harness));
    harness.get_by_label("Open…").click();
    harness.run();
    assert!(said(&harness) && harness.query_by_label("Open…").is_none());
    harness.get_by_label("Close the dialog").click();
    harness.run();
    assert!(!said(&harness));
    harness.get_by_label("Open…");
}
