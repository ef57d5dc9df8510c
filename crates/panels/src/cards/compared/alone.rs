//! The rows of either that have no partner.

use egui::{Align, Popup, PopupCloseBehavior, ScrollArea, Ui, vec2};
use parallax_embedding::RowSet;
use parallax_look::{
    Tokens,
    theme::{BODY, SECONDARY},
    widgets::{self, link},
};
use parallax_session::{Action, Alone, Edit, Matched};

use super::LINE;
use crate::format::count;

/// The size of the lists.
const ALONE: f32 = 240.0;
const ALONE_HEIGHT: f32 = 240.0;

/// Shows links to the rows that have no partner.
pub(super) fn alone(ui: &mut Ui, matched: &Matched, actions: &mut Vec<Action>) {
    if matched.alone.iter().all(Alone::is_empty) {
        return;
    }
    ui.horizontal(|ui| {
        for (rows, place) in matched.alone.iter().zip(["first", "second"]) {
            if rows.is_empty() {
                continue;
            }
            let text = format!("{} only in the {place}", count(rows.len()));
            let opener = link(ui, &text, SECONDARY, vec2(148.0, LINE + 2.0), Align::Min);
            let opener = opener.on_hover_text(format!("List the rows that are only in the {place}"));
            let close = PopupCloseBehavior::CloseOnClickOutside;
            Popup::menu(&opener).width(ALONE).gap(4.0).close_behavior(close).show(|ui| {
                names_of(ui, rows);
                if place == "first" && link(ui, "Select them", BODY, vec2(ALONE, 24.0), Align::Min).clicked() {
                    actions.push(Edit::Select(rows.rows.iter().copied().collect::<RowSet>()).into());
                    ui.close();
                }
            });
        }
    });
}

/// Lists names of rows.
fn names_of(ui: &mut Ui, rows: &Alone) {
    let tokens = Tokens::within(ui);
    let list = ScrollArea::vertical().max_height(ALONE_HEIGHT);
    list.show_rows(ui, LINE, rows.names.len(), |ui, shown| {
        for name in rows.names.get(shown).unwrap_or_default() {
            widgets::text(ui, vec2(ALONE - 12.0, LINE), name, SECONDARY, tokens.text, Align::Min);
        }
    });
    if rows.names.len() < rows.len() {
        widgets::hint(ui, &format!("The first {} of {}", count(rows.names.len()), count(rows.len())));
    }
}
