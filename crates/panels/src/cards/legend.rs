//! The legend: what the colors mean. A click hides or shows a value.

use egui::{Align, Color32, CursorIcon, Rect, Sense, Stroke, TextEdit, Ui, WidgetInfo, WidgetType, pos2, vec2};
use parallax_embedding::{Column, Embedding};
use parallax_look::{
    Tokens, content_width,
    pasting::FIELD,
    theme::{BODY, CONTROL, SECONDARY},
    widgets::{self, dot, in_full_on_hover, link, paint_line},
};
use parallax_session::{Action, Brush, Edit, Filter, HistoryAction, Legend, LegendEntry, Shows};

use crate::{
    cards::{
        brushes::filter_text,
        ramp::{self, Bar, LEGEND_ROW},
        square,
    },
    format::count,
    memory::{LegendMemory, PanelMemory},
    model::ViewModel,
};

/// Legends with more entries have a filter.
const FILTERED: usize = 30;
/// Values of at most this many characters are listed in two columns.
const SHORT: usize = 12;
const GUTTER: f32 = 24.0;

pub(crate) fn color_legend(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if let Some(job) = model.coloring.filter(|_| has_no_color(model)) {
        widgets::hint(ui, &format!("The colors are not there yet. {}…", job.status.name));
    }
    match model.legend {
        Legend::Empty | Legend::Plain(_) => {}
        Legend::Categories { column, entries } => {
            categories(ui, model, column, entries, memory, actions);
            ramp::as_numbers(ui, model, column, actions);
        }
        Legend::Ramp { column, ramp, low, high, data, of_dates, stops, histogram, missing, infinite } => {
            let ends = [*low, *high];
            let bar = Bar { column, ramp: *ramp, ends, data: *data, of_dates: *of_dates, stops, histogram };
            bar.ramp_legend(ui, model, memory, actions);
            if let Some(entry) = missing {
                let (rect, _) = ui.allocate_exact_size(vec2(content_width(ui), LEGEND_ROW), Sense::hover());
                let values = Values { column, entries: std::slice::from_ref(entry) };
                values.entry(ui, model, rect, entry, memory, actions);
            }
            if *infinite > 0 {
                let text = format!("{} infinite, colored as the nearest end", count(*infinite));
                let color = Tokens::within(ui).secondary;
                widgets::text(ui, vec2(content_width(ui), LEGEND_ROW), &text, SECONDARY, color, Align::Min);
            }
        }
        Legend::Square { colors, means, missing } => {
            square::square(ui, model, (colors, *means), memory, actions);
            if let Some(entry) = missing {
                let (rect, _) = ui.allocate_exact_size(vec2(content_width(ui), LEGEND_ROW), Sense::hover());
                let values = Values { column: "", entries: std::slice::from_ref(entry) };
                values.entry(ui, model, rect, entry, memory, actions);
            }
        }
    }
    shown_values(ui, model, actions);
}

/// Returns whether no point has a color of what is measured.
fn has_no_color(model: &ViewModel<'_>) -> bool {
    let rows = model.embedding.map_or(0, Embedding::rows);
    match model.legend {
        Legend::Ramp { missing: Some(missing), .. } | Legend::Square { missing: Some(missing), .. } => {
            missing.count >= rows
        }
        _ => false,
    }
}

/// Shows that a filter is active, and a link that removes it. Where values can be filtered, the
/// line is always there, so that the click that filters moves nothing.
fn shown_values(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let tokens = Tokens::within(ui);
    if model.view.filter.is_empty() {
        if can_be_filtered(model) {
            let text = "Click to hide, double-click to show alone";
            widgets::text(ui, vec2(content_width(ui), CONTROL), text, SECONDARY, tokens.secondary, Align::Min);
        }
        return;
    }
    ui.horizontal(|ui| {
        let text = filter_text(model);
        let room = vec2(content_width(ui) - 64.0, CONTROL);
        widgets::text(ui, room, &text, SECONDARY, tokens.secondary, Align::Min);
        if link(ui, "Show all", SECONDARY, vec2(56.0, CONTROL), Align::Max).clicked() {
            actions.push(Edit::Filter(Filter::default()).into());
        }
    });
}

/// Returns `true` if the legend has values that a click hides.
fn can_be_filtered(model: &ViewModel<'_>) -> bool {
    let has_values = match model.legend {
        Legend::Empty | Legend::Plain(_) => false,
        Legend::Categories { entries, .. } => !entries.is_empty(),
        Legend::Ramp { missing, .. } | Legend::Square { missing, .. } => missing.is_some(),
    };
    has_values && !model.view.color_by.is_measured()
}

/// Lays out the visible entries; there may be a hundred thousand.
fn categories(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    column: &str,
    entries: &[LegendEntry],
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let wanted = if entries.len() > FILTERED { filter(ui, memory) } else { String::new() };
    let places: Vec<usize> = (0..entries.len())
        .filter(|&place| wanted.is_empty() || entries[place].name.to_lowercase().contains(&wanted))
        .collect();
    let short = entries.iter().take(FILTERED).all(|entry| entry.name.chars().count() <= SHORT);
    let abreast = if short { 2 } else { 1 };
    let width = if short { (content_width(ui) - GUTTER) / 2.0 } else { content_width(ui) };
    let lines = places.len().div_ceil(abreast);
    let (all, _) = ui.allocate_exact_size(vec2(content_width(ui), lines as f32 * LEGEND_ROW), Sense::hover());
    let seen = ui.clip_rect().intersect(all);
    let line = |y: f32| (((y - all.min.y) / LEGEND_ROW).max(0.0) as usize).min(lines);
    let values = Values { column, entries };
    for (at, &place) in
        places.iter().enumerate().take(line(seen.max.y + LEGEND_ROW) * abreast).skip(line(seen.min.y) * abreast)
    {
        let corner = vec2((at % abreast) as f32 * (width + GUTTER), (at / abreast) as f32 * LEGEND_ROW);
        let rect = Rect::from_min_size(all.min + corner, vec2(width, LEGEND_ROW));
        values.entry(ui, model, rect, &entries[place], memory, actions);
    }
}

/// Shows a field that filters the values by name. Returns its text in lower case.
fn filter(ui: &mut Ui, memory: &mut PanelMemory) -> String {
    let hint = "Filter the legend";
    let field = TextEdit::singleline(&mut memory.legend.wanted)
        .char_limit(FIELD)
        .hint_text(hint)
        .font(BODY)
        .margin(vec2(8.0, 5.0));
    let response = ui.add_sized(vec2(content_width(ui), CONTROL), field);
    let text = &memory.legend.wanted;
    response.widget_info(|| WidgetInfo { label: Some(hint.into()), ..WidgetInfo::text_edit(true, "", text, hint) });
    text.trim().to_lowercase()
}

/// Returns whether rows of the entry are shown. Values that are not listed are shown unless others
/// are shown alone.
fn is_shown(entry: &LegendEntry, brush: &Brush, column: &Column) -> bool {
    entry.listed().map_or(!matches!(brush.shows, Shows::Only(_)), |value| brush.shows(column, value.as_deref()))
}

/// The values of a column with their colors.
struct Values<'a> {
    column: &'a str,
    entries: &'a [LegendEntry],
}

impl Values<'_> {
    /// Shows an entry. A click hides or shows the value; a double-click or Alt+click shows it
    /// alone, or again what was shown before; Shift+click selects its points.
    fn entry(
        &self,
        ui: &mut Ui,
        model: &ViewModel<'_>,
        rect: Rect,
        entry: &LegendEntry,
        memory: &mut PanelMemory,
        actions: &mut Vec<Action>,
    ) {
        let tokens = Tokens::within(ui);
        let id = ui.id().with(("legend", &entry.name));
        // What is measured is not a column, so it cannot be filtered.
        let is_column = !model.view.color_by.is_measured();
        let response = ui.interact(rect, id, if is_column { Sense::click() } else { Sense::hover() });
        let column = model.columns().iter().find(|column| column.name() == self.column);
        let brush = model.view.filter.of(self.column).zip(column);
        let is_shown = brush.is_none_or(|(brush, column)| is_shown(entry, brush, column));
        let figure = count(entry.count);
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::Checkbox, true, is_shown, format!("{}: {figure}", entry.name))
        });
        let middle = pos2(rect.min.x + 5.0, rect.center().y);
        let [r, g, b] = entry.color;
        let (name_color, figure_color) =
            if is_shown { (tokens.text, tokens.secondary) } else { (tokens.faint, tokens.faint) };
        if is_shown {
            dot(ui.painter(), middle, entry.color);
        } else {
            ui.painter().circle_stroke(middle, 4.0, Stroke::new(1.5, Color32::from_rgb(r, g, b).gamma_multiply(0.7)));
        }
        let figure = widgets::line(ui.painter(), &figure, BODY, figure_color, rect.width() / 2.0);
        let left = rect.max.x - figure.size().x;
        let room = Rect::from_min_max(pos2(rect.min.x + 18.0, rect.min.y), pos2(left - 6.0, rect.max.y));
        ui.painter().galley(pos2(left, rect.center().y - figure.size().y / 2.0), figure, figure_color);
        let name_color = if response.hovered() && is_column { tokens.accent } else { name_color };
        let elided = paint_line(ui, room, &entry.name, BODY, name_color, Align::Min);
        widgets::focus_ring(ui, rect, &response);
        let modifiers = ui.input(|input| input.modifiers);
        let whole = &model.view.filter;
        if response.clicked() && modifiers.shift {
            actions.extend(self.select(model, entry));
        } else if response.clicked() && modifiers.alt {
            actions.push(self.alone_or_back(entry, whole, &mut memory.legend));
        } else if response.double_clicked() {
            // Its first click was a step of its own, which is taken back.
            let before = memory.legend.before_click.take().unwrap_or_default();
            actions
                .extend([Action::History(HistoryAction::Undo), self.alone_or_back(entry, &before, &mut memory.legend)]);
        } else if response.clicked()
            && let Some(column) = column
        {
            memory.legend.before_click = Some(whole.clone());
            let brush = self.toggled(entry, whole.of(self.column), column);
            actions.push(Edit::Filter(whole.with(brush)).into());
        }
        let response = in_full_on_hover(response, elided, &entry.name);
        if is_column {
            response
                .on_hover_cursor(CursorIcon::PointingHand)
                .on_hover_text(
                    "Click to hide · Double-click or Alt+click to show it alone, and again to go back · Shift+click to select",
                );
        }
    }

    /// Returns the values that are listed.
    fn colored(&self) -> impl Iterator<Item = Option<String>> {
        self.entries.iter().filter_map(LegendEntry::listed)
    }

    fn alone(&self, entry: &LegendEntry) -> Brush {
        match entry.listed() {
            Some(value) => Brush::only(self.column, vec![value]),
            None => Brush::all_but(self.column, self.colored().collect()),
        }
    }

    /// Shows the entry alone, or, if it is shown alone already, what was shown before. Other
    /// columns are filtered as they are `now`.
    fn alone_or_back(&self, entry: &LegendEntry, now: &Filter, memory: &mut LegendMemory) -> Action {
        let alone = self.alone(entry);
        let before = now.of(self.column).cloned();
        let brush = if before.as_ref() == Some(&alone) {
            memory.alone.take().filter(|(known, _)| *known == alone).and_then(|(_, before)| before)
        } else {
            memory.alone = Some((alone.clone(), before));
            Some(alone)
        };
        Edit::Filter(brush.map_or_else(|| now.without(self.column), |brush| now.with(brush))).into()
    }

    fn toggled(&self, entry: &LegendEntry, brush: Option<&Brush>, column: &Column) -> Brush {
        let brush = brush.cloned().unwrap_or_else(|| Brush::all_but(self.column, Vec::new()));
        if let Some(value) = entry.listed() {
            return brush.toggled(column, &value);
        }
        // To hide the others, show the listed values that are shown; to show them, hide those that
        // are not.
        let hides_others = matches!(brush.shows, Shows::Only(_));
        let values = self.colored().filter(|value| brush.shows(column, value.as_deref()) != hides_others).collect();
        if hides_others { Brush::all_but(self.column, values) } else { Brush::only(self.column, values) }
    }

    fn select(&self, model: &ViewModel<'_>, entry: &LegendEntry) -> Option<Action> {
        let embedding = model.embedding?;
        let all = model.shown.cloned().unwrap_or_else(|| parallax_embedding::RowSet::all(embedding.rows()));
        Some(Action::Edit(Edit::Select(Filter::from(self.alone(entry)).rows(&embedding.metadata, &all))))
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;
    use parallax_session::LegendValue;

    use super::*;

    fn entry(value: LegendValue) -> LegendEntry {
        LegendEntry { name: format!("{value:?}"), value, color: [0; 3], count: 1 }
    }

    /// The values a and b, the values that are not listed, and missing cells: each entry is hidden,
    /// shown again, and shown alone.
    #[test]
    fn legend_entry_hides_and_shows_its_rows() {
        let a = || LegendValue::Value("a".into());
        let entries = [
            entry(a()),
            entry(LegendValue::Value("b".into())),
            entry(LegendValue::Others(2)),
            entry(LegendValue::Missing),
        ];
        let values = Values { column: "c", entries: &entries };
        let cells = [Some("a"), Some("b"), Some("x"), Some("y"), None];
        let mut column = ColumnBuilder::new("c");
        cells.iter().for_each(|cell| column.push(*cell));
        let column = &column.finish();
        let shown = |brush: &Brush| cells.map(|cell| brush.shows(column, cell));
        let [t, f] = [true, false];
        for (place, without) in [(0, [f, t, t, t, t]), (1, [t, f, t, t, t]), (2, [t, t, f, f, t]), (3, [t, t, t, t, f])]
        {
            let entry = &entries[place];
            let hidden = values.toggled(entry, None, column);
            assert_eq!(shown(&hidden), without, "{entry:?}");
            assert!(!is_shown(entry, &hidden, column), "{entry:?}");
            assert_eq!(shown(&values.toggled(entry, Some(&hidden), column)), [t; 5], "{entry:?}");
            assert_eq!(shown(&values.alone(entry)), without.map(|shown| !shown), "{entry:?}");
            assert!(is_shown(entry, &values.alone(entry), column));
        }
        let both = values.toggled(&entries[2], Some(&values.toggled(&entries[0], None, column)), column);
        assert_eq!(shown(&both), [f, t, f, f, t]);
        assert_eq!(shown(&values.toggled(&entries[2], Some(&both), column)), [f, t, t, t, t]);
    }
}
