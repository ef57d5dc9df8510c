//! What brushes say.

use parallax_session::{Brush, Shows};

use crate::{
    format::{measure, plural},
    model::ViewModel,
};

/// Returns what the filter shows: of one column its values or its range, of several their names.
pub(super) fn filter_text(model: &ViewModel<'_>) -> String {
    match model.view.filter.brushes() {
        [brush] => brush_text(model, brush),
        brushes => {
            let names: Vec<&str> = brushes.iter().map(|brush| brush.column.as_str()).collect();
            format!("Filtered by {}", names.join(", "))
        }
    }
}

fn brush_text(model: &ViewModel<'_>, brush: &Brush) -> String {
    let column = &brush.column;
    match &brush.shows {
        Shows::Only(values) => format!("{} of {column} shown", plural(values.len(), "value")),
        Shows::AllBut(values) => format!("{} of {column} hidden", plural(values.len(), "value")),
        Shows::Range { from, to, missing } => {
            let ends = range_text(model, column, [*from, *to]);
            format!("{column} {ends}{}", if *missing { " or missing" } else { "" })
        }
    }
}

/// Returns a range as text: `20 to 35`.
pub(super) fn range_text(model: &ViewModel<'_>, column: &str, [from, to]: [f64; 2]) -> String {
    let of_dates = model.columns().iter().any(|other| other.name() == column && other.is_of_dates());
    let [from, to] = [from, to].map(|end| measure(end, to - from, of_dates));
    format!("{from} to {to}")
}
