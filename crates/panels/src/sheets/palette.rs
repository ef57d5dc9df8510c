//! The command palette: all commands, found by a few letters.
//!
//! Besides the table of commands it offers what depends on the data: columns to color and label by,
//! tensors, runs, saved selections, exports, recent files. While nothing is typed it lists the
//! commands only.

use std::borrow::Cow;

use egui::{Align, Align2, Context, Id, Key, Modifiers, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, WidgetType, vec2};
use parallax_desktop::RecentFile;
use parallax_embedding::RowSet;
use parallax_look::{
    Tokens,
    icons::{self, Icon},
    pasting::FIELD,
    sheet::{self, Stay},
    theme::{BODY, CONTROL, SECONDARY, SPACE},
    widgets::{self, paint_line, row_background},
};
use parallax_session::{Action, Edit, Exported, ExportedRows, Pick, Theme};

use crate::{
    ask::{self, Ask},
    commands::{Act, COMMANDS, Command, perform},
    memory::{Palette, PanelMemory},
    model::{SourceModel, ViewModel},
    sheets::fuzzy,
};

const ROW: f32 = 30.0;
/// The number of rows in sight.
const ROWS: usize = 12;

/// Something that can be done.
enum Item<'a> {
    Command(&'static Command),
    ColorBy(&'a str),
    LabelBy(&'a str),
    Tensor(&'a str),
    /// A run, by its place and name.
    Run(usize, &'a str),
    Selection(&'a str, &'a RowSet),
    Export(Exported, ExportedRows),
    Theme(Theme),
    Recent(&'a RecentFile),
}

/// An item as it is listed.
struct Row<'a> {
    item: Item<'a>,
    name: Cow<'a, str>,
    marks: Vec<usize>,
    score: i32,
}

pub(crate) fn palette_sheet(
    ctx: &Context,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    palette: &mut Palette,
    actions: &mut Vec<Action>,
) -> Stay {
    sheet::sheet(ctx, "palette", 560.0, Align2::CENTER_TOP, |ui| {
        ui.spacing_mut().item_spacing.y = SPACE;
        let rows = rows(model, &palette.typed);
        let moved = keys(ui, palette, rows.len());
        let entered = field(ui, palette);
        let clicked = list(ui, model, palette, &rows, moved);
        let Some(row) = clicked.or(entered.then_some(palette.place)).and_then(|place| rows.get(place)) else {
            return Stay::Open;
        };
        if row.item.can_be_done(model).is_err() {
            return Stay::Open;
        }
        perform(ui.ctx(), row.item.act(model), model, memory, actions);
        Stay::Close
    })
}

/// Returns the items that fit, the best first.
fn rows<'a>(model: &ViewModel<'a>, typed: &str) -> Vec<Row<'a>> {
    let all = COMMANDS.iter().map(Item::Command).chain(dependent(model).filter(|_| !typed.trim().is_empty()));
    let mut rows: Vec<Row<'a>> = all
        .filter_map(|item| {
            let name = item.name(model);
            let (score, marks) = fuzzy::fit(typed, &name)?;
            let score = score - if item.can_be_done(model).is_ok() { 0 } else { 4 };
            Some(Row { item, name, marks, score })
        })
        .collect();
    if !typed.trim().is_empty() {
        rows.sort_by_key(|row| -row.score);
    }
    rows
}

/// What depends on the data and on the user.
fn dependent<'a>(model: &ViewModel<'a>) -> impl Iterator<Item = Item<'a>> {
    let columns = model.columns();
    let (tensors, runs) = model.source.map_or((&[][..], &[][..]), |source| (source.embeddings, source.runs));
    let has_data = model.embedding.is_some();
    let exports = EXPORTS.iter().filter(move |_| has_data).flat_map(|&what| {
        let rows: &[ExportedRows] = match what {
            Exported::Neighbors => &[ExportedRows::All],
            _ => &[ExportedRows::All, ExportedRows::Shown, ExportedRows::Selected],
        };
        rows.iter().map(move |&rows| Item::Export(what, rows))
    });
    let view = model.view;
    let themes = [Theme::Dark, Theme::Light, Theme::Contrast].into_iter().filter(|theme| *theme != view.theme.next());
    (columns.iter().map(|column| Item::ColorBy(column.name())))
        .chain(columns.iter().map(|column| Item::LabelBy(column.name())))
        .chain(tensors.iter().map(|tensor| Item::Tensor(tensor.name)))
        .chain(runs.iter().enumerate().filter(|_| runs.len() > 1).map(|(place, run)| Item::Run(place, run.name)))
        .chain(view.saved_selections.iter().map(|saved| Item::Selection(&saved.name, &saved.rows)))
        .chain(exports)
        .chain(themes.map(Item::Theme))
        .chain(model.recent.iter().map(Item::Recent))
}

const EXPORTS: [Exported; 6] = [
    Exported::Coordinates,
    Exported::Vectors,
    Exported::Metadata,
    Exported::Labels,
    Exported::Neighbors,
    Exported::Folder,
];

impl Item<'_> {
    fn name(&self, model: &ViewModel<'_>) -> Cow<'static, str> {
        match self {
            Self::Command(command) => command.name(model),
            Self::ColorBy(column) => format!("Color by {column}").into(),
            Self::LabelBy(column) => format!("Label by {column}").into(),
            Self::Tensor(name) => format!("Choose tensor {name}").into(),
            Self::Run(_, name) => format!("Choose run {name}").into(),
            Self::Selection(name, _) => format!("Select {name}").into(),
            Self::Export(what, rows) => {
                let of = ask::of_rows(*what, *rows);
                format!("Export {}{}{of}…", ask::exported(*what), if of.is_empty() { "" } else { " " }).into()
            }
            Self::Theme(Theme::Dark) => "Dark theme".into(),
            Self::Theme(Theme::Light) => "Light theme".into(),
            Self::Theme(Theme::Contrast) => "High contrast".into(),
            Self::Recent(file) => format!("Open recent: {file}").into(),
        }
    }

    /// Returns its kind, or its keys.
    fn hint(&self) -> Cow<'static, str> {
        match self {
            Self::Command(command) => command.shortcut().map_or(command.group.name().into(), Cow::from),
            Self::ColorBy(_) | Self::LabelBy(_) => "Column".into(),
            Self::Tensor(_) | Self::Run(..) | Self::Recent(_) | Self::Export(..) => "Files".into(),
            Self::Selection(_, rows) => crate::format::plural(rows.len(), "point").into(),
            Self::Theme(_) => "Look".into(),
        }
    }

    fn can_be_done(&self, model: &ViewModel<'_>) -> Result<(), &'static str> {
        let selected = !model.view.selection.is_empty();
        match self {
            Self::Command(command) => command.can_be_done(model),
            Self::Export(Exported::Neighbors, _) if model.view.inspected().is_none() => Err("No point is inspected"),
            Self::Export(_, ExportedRows::Selected) if !selected => Err("Nothing is selected"),
            Self::Export(_, ExportedRows::Shown) if model.shown.is_none() => Err("All rows are shown"),
            Self::Export(Exported::Metadata, _) if model.columns().is_empty() => Err("There is no metadata"),
            Self::Export(Exported::Coordinates, _) if model.layout_dims == 0 => Err("There is no layout yet"),
            _ => Ok(()),
        }
    }

    fn act(&self, model: &ViewModel<'_>) -> Act {
        match self {
            Self::Command(command) => command.act(model),
            Self::ColorBy(column) => Act::Do(Edit::ColorBy(Pick::Column((*column).to_owned())).into()),
            Self::LabelBy(column) => Act::Do(Edit::LabelBy(Pick::Column((*column).to_owned())).into()),
            Self::Tensor(name) => {
                let place = |source: &SourceModel<'_>| source.embeddings.iter().position(|info| info.name == *name);
                let choice = |source: SourceModel<'_>| source.choose_embedding(place(&source)?);
                Act::All(model.source.and_then(choice).into_iter().collect())
            }
            Self::Run(place, _) => Act::All(model.source.map(|source| source.choose_run(*place)).unwrap_or_default()),
            Self::Selection(_, rows) => Act::Do(Edit::Select((*rows).clone()).into()),
            Self::Export(what, rows) => Act::Ask(Ask::export(*what, *rows, file_name(*what))),
            Self::Theme(theme) => Act::Do(Edit::SetTheme(*theme).into()),
            Self::Recent(file) => Act::Do(Edit::Open(file.origin()).into()),
        }
    }
}

/// Returns the proposed name of a file.
pub(crate) fn file_name(what: Exported) -> &'static str {
    match what {
        Exported::Coordinates => "coordinates.tsv",
        Exported::Vectors => "vectors.npy",
        Exported::Metadata => "metadata.tsv",
        Exported::Labels => "labels.tsv",
        Exported::Neighbors => "neighbors.tsv",
        Exported::Folder => "projector",
    }
}

/// Moves through the list with the arrow keys. Returns whether it did.
fn keys(ui: &Ui, palette: &mut Palette, rows: usize) -> bool {
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as i64;
    let steps =
        pressed(Key::ArrowDown) - pressed(Key::ArrowUp) + ROWS as i64 * (pressed(Key::PageDown) - pressed(Key::PageUp));
    let last = rows.saturating_sub(1) as i64;
    palette.place = (palette.place as i64 + steps).clamp(0, last) as usize;
    steps != 0
}

/// The field. Returns whether Enter was pressed.
fn field(ui: &mut Ui, palette: &mut Palette) -> bool {
    let edit = TextEdit::singleline(&mut palette.typed)
        .char_limit(FIELD)
        .id(Id::new("palette field"))
        .font(BODY)
        .margin(vec2(SPACE, 4.0))
        .vertical_align(Align::Center)
        .hint_text("What do you want to do?");
    let response = ui.add_sized(vec2(ui.available_width(), CONTROL + 4.0), edit);
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(palette.typed.clone()),
        ..WidgetInfo::labeled(WidgetType::TextEdit, true, "Command")
    });
    if response.changed() {
        palette.place = 0;
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !response.has_focus() {
        response.request_focus();
    }
    entered
}

/// Shows the rows. Returns the one that was clicked.
fn list(ui: &mut Ui, model: &ViewModel<'_>, palette: &Palette, rows: &[Row<'_>], moved: bool) -> Option<usize> {
    let width = ui.available_width() - SPACE;
    if rows.is_empty() {
        widgets::hint(ui, "No command has these letters.");
        return None;
    }
    let window = ui.ctx().content_rect().height();
    let height = ROW * (rows.len().min(ROWS) as f32).min((window * 0.6 / ROW).floor().max(2.0));
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
    if moved {
        area = area.vertical_scroll_offset((palette.place as f32 * ROW - (height - ROW) / 2.0).max(0.0));
    }
    let mut clicked = None;
    area.show_rows(ui, ROW, rows.len(), |ui, places| {
        for place in places {
            let Some(row) = rows.get(place) else { continue };
            if list_row(ui, model, width, row, place == palette.place) {
                clicked = Some(place);
            }
        }
    });
    clicked
}

fn list_row(ui: &mut Ui, model: &ViewModel<'_>, width: f32, row: &Row<'_>, marked: bool) -> bool {
    let tokens = Tokens::within(ui);
    let refused = row.item.can_be_done(model).err();
    let on = matches!(row.item, Item::Command(command) if command.is_on(model));
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, refused.is_none(), marked, &row.name));
    row_background(ui, rect, &response, marked);
    let inner = rect.shrink2(vec2(SPACE, 0.0));
    let icon = match &row.item {
        Item::Command(_) if on => Some(Icon::Check),
        Item::Command(command) => command.picture(model),
        _ => None,
    };
    if let Some(icon) = icon {
        let color = if on { tokens.accent } else { tokens.secondary };
        icons::paint(ui.painter(), icon, inner.left_center() + vec2(8.0, 0.0), color);
    }
    let hint = refused.map_or_else(|| row.item.hint(), Cow::Borrowed);
    let galley = widgets::line(ui.painter(), &hint, SECONDARY, tokens.secondary, inner.width() * 0.5);
    let room = egui::Rect::from_min_max(inner.min + vec2(28.0, 0.0), inner.max - vec2(galley.size().x + 8.0, 0.0));
    ui.painter().galley(
        Align2::RIGHT_CENTER.align_size_within_rect(galley.size(), inner).min,
        galley,
        tokens.secondary,
    );
    let color = if refused.is_some() { tokens.secondary } else { tokens.text };
    if row.marks.is_empty() {
        paint_line(ui, room, &row.name, BODY, color, Align::Min);
    } else {
        widgets::paint_marked(ui, room, &row.name, &row.marks, color, tokens.accent);
    }
    response.clicked()
}
