//! The dialog for a path: to open something, or to write a file.
//!
//! Panels open it with [`PanelMemory::ask_path`] and say what is done with the path. The user
//! types the path or goes through the folders. The caller of the panels lists the folders
//! ([`PanelMemory::wanted_folder`], [`PanelMemory::put_folder`]).

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use egui::{
    Align, Align2, Context, Id, Key, Modifiers, Pos2, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, WidgetType, vec2,
};
use parallax_desktop::folder::{Entry, Listing};
use parallax_look::{
    Tokens,
    icons::{self, Icon},
    pasting::FIELD,
    sheet::{self, Stay},
    theme::{BODY, CONTROL, CORNER, SECONDARY, SPACE},
    widgets::{self, paint_line, row_background},
};
use parallax_session::Action;

use crate::{
    ask::Then,
    format::bytes,
    memory::{Asking, PanelMemory, Sheet, folder_text},
};

/// The height of the list.
const LIST: f32 = 280.0;
const ROW: f32 = 26.0;

impl PanelMemory {
    /// Returns the folder that the dialog needs to be listed.
    #[must_use]
    pub fn wanted_folder(&self) -> Option<PathBuf> {
        let Some(Sheet::Files(asking)) = &self.sheet else { return None };
        let folder = asking.folder();
        let known = self.listing.as_ref().is_some_and(|listing| listing.folder == folder);
        (!known).then_some(folder)
    }
}

impl Asking {
    /// Returns the folder and the name that are typed.
    fn parts(&self) -> (&str, &str) {
        let end = self.typed.rfind(MAIN_SEPARATOR).map_or(0, |at| at + 1);
        self.typed.split_at(end)
    }

    fn folder(&self) -> PathBuf {
        let (folder, _) = self.parts();
        match folder.strip_prefix('~') {
            Some(rest) => parallax_desktop::home().unwrap_or_default().join(rest.trim_start_matches(MAIN_SEPARATOR)),
            None if folder.is_empty() => PathBuf::from("."),
            None => PathBuf::from(folder),
        }
    }

    /// Returns the path that was typed or picked.
    fn path(&self) -> PathBuf {
        match &self.picked {
            Some(picked) => self.folder().join(picked),
            None if self.name().is_empty() => self.folder(),
            None => self.folder().join(self.name()),
        }
    }

    /// Returns the name that is typed. Only its stem is selected at first: of a name that is typed
    /// over it in full, the extension is there twice, and counts once.
    fn name(&self) -> &str {
        let (_, name) = self.parts();
        let proposed = self.ask.name.as_deref().and_then(|name| name.rfind('.').map(|dot| &name[dot..]));
        let once = proposed.and_then(|extension| name.strip_suffix(extension).filter(|rest| rest.ends_with(extension)));
        once.unwrap_or(name)
    }

    /// Replaces the name by that of `entry`.
    fn pick(&mut self, entry: &Entry) {
        let (folder, _) = self.parts();
        self.typed = format!("{folder}{}", entry.name.to_string_lossy());
        self.picked = Some(entry.name.clone());
    }

    fn enter(&mut self, folder: &Path) {
        self.typed = folder_text(folder) + self.ask.name.as_deref().unwrap_or_default();
        (self.place, self.picked) = (None, None);
        // The field gets the focus again.
        self.focused = false;
    }

    /// Whether there is a file of this name, which would be overwritten.
    fn exists(&self, entries: &[Entry]) -> bool {
        self.ask.name.is_some() && entries.iter().any(|entry| entry.name.to_string_lossy() == self.name())
    }

    /// Returns what was entered and chosen. A file to be written waits until its folder is listed.
    /// If the file exists then, the user must confirm that it is replaced.
    fn unless_unasked(
        &mut self,
        entered: bool,
        chosen: Option<bool>,
        is_known: bool,
        entries: &[Entry],
    ) -> (bool, Option<bool>) {
        if self.ask.name.is_none() {
            return (entered, chosen);
        }
        if !is_known {
            self.waits |= entered || chosen == Some(true);
            return (false, chosen.filter(|chosen| !chosen));
        }
        let waited = std::mem::take(&mut self.waits) && !self.exists(entries);
        (entered || waited, chosen)
    }

    /// Returns the entries to list: all, or those whose names contain what is typed. Hidden files
    /// are listed once a dot is typed.
    fn listed<'a>(&self, entries: &'a [Entry]) -> Vec<&'a Entry> {
        let name = self.parts().1.to_lowercase();
        let written = self.picked.is_none() && self.ask.name.is_none();
        let fits = |entry: &&Entry| {
            let own = entry.name.to_string_lossy().to_lowercase();
            (!own.starts_with('.') || name.starts_with('.')) && (!written || own.contains(&name))
        };
        entries.iter().filter(fits).collect()
    }
}

pub(crate) fn path_sheet(
    ctx: &Context,
    memory: &mut PanelMemory,
    asking: &mut Asking,
    actions: &mut Vec<Action>,
) -> Stay {
    let title = asking.ask.title.clone();
    sheet::sheet(ctx, "files", 560.0, Align2::CENTER_CENTER, |ui| {
        ui.spacing_mut().item_spacing.y = SPACE;
        if sheet::headline(ui, &title) == Stay::Close {
            return Stay::Close;
        }
        let folder = asking.folder();
        let listing = memory.listing.as_ref().filter(|listing| listing.folder == folder);
        let entries = listing.and_then(|listing| listing.entries.as_deref().ok()).unwrap_or_default();
        let listed = asking.listed(entries);
        let moved = keys(ui, asking, &listed);
        let entered = field(ui, asking);
        places(ui, asking, memory.source_folder.as_deref());
        let clicked = list(ui, asking, &listed, moved, nothing_listed(listing, &listed));
        let trouble = listing.and_then(|listing| listing.entries.as_ref().err());
        let chosen = foot(ui, asking, entries, trouble.map(String::as_str));
        let (entered, chosen) = asking.unless_unasked(entered, chosen, listing.is_some(), entries);
        let pointer = ui.input(|input| input.pointer.interact_pos());
        let is_again = asking.clicked.is_some() && asking.clicked == pointer;
        let clicked = if is_again { Clicked::Nothing } else { clicked };
        asking.clicked.take_if(|_| !is_again);
        match answer(asking, &listed, entered, clicked, chosen, pointer) {
            Answer::None => Stay::Open,
            Answer::Cancel => Stay::Close,
            Answer::Path(path) => {
                memory.folder = path.parent().map(Path::to_path_buf);
                match &asking.ask.then {
                    Then::Do(then) => actions.push(then(path)),
                    Then::Open => memory.chosen = Some(path),
                }
                Stay::Close
            }
        }
    })
}

/// Returns why nothing is listed. Empty if something is, or if the folder cannot be read.
fn nothing_listed(listing: Option<&Listing>, listed: &[&Entry]) -> &'static str {
    match listing.map(|listing| listing.entries.as_deref()) {
        _ if !listed.is_empty() => "",
        None => "Reading the folder…",
        Some(Ok([])) => "This folder is empty",
        Some(Ok(_)) => "No name here contains what is typed",
        Some(Err(_)) => "",
    }
}

/// What the user did in a frame.
enum Answer {
    None,
    Cancel,
    Path(PathBuf),
}

/// What was clicked in the list.
enum Clicked {
    Nothing,
    Once(usize),
    Twice(usize),
}

fn answer(
    asking: &mut Asking,
    listed: &[&Entry],
    entered: bool,
    clicked: Clicked,
    chosen: Option<bool>,
    pointer: Option<Pos2>,
) -> Answer {
    let place = match clicked {
        Clicked::Nothing if entered => asking.place,
        Clicked::Nothing => None,
        Clicked::Once(place) | Clicked::Twice(place) => Some(place),
    };
    if let Some(entry) = place.and_then(|place| listed.get(place)) {
        if entry.is_folder {
            let folder = asking.folder().join(&entry.name);
            asking.enter(&folder);
            asking.clicked = pointer;
            return Answer::None;
        }
        asking.pick(entry);
        if asking.ask.name.is_some() {
            // The user is first told that there is such a file.
            asking.place = None;
            return Answer::None;
        }
        if entered || matches!(clicked, Clicked::Twice(_)) {
            return Answer::Path(asking.path());
        }
        return Answer::None;
    }
    match chosen {
        Some(false) => Answer::Cancel,
        Some(true) => Answer::Path(asking.path()),
        None if entered && is_complete(asking) => Answer::Path(asking.path()),
        None => Answer::None,
    }
}

/// Whether what is typed is a complete path. A file to be written needs a name.
fn is_complete(asking: &Asking) -> bool {
    !asking.typed.is_empty() && (asking.ask.name.is_none() || !asking.parts().1.is_empty())
}

/// Moves through the list with the arrow keys. Returns whether it did.
fn keys(ui: &Ui, asking: &mut Asking, listed: &[&Entry]) -> bool {
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
    let Some(last) = listed.len().checked_sub(1) else {
        asking.place = None;
        return false;
    };
    let steps = down as i64 - up as i64;
    if steps != 0 {
        let from = asking.place.map_or(-1, |place| place as i64);
        asking.place = Some((from + steps).clamp(0, last as i64) as usize);
    }
    asking.place = asking.place.map(|place| place.min(last));
    steps != 0
}

/// The field for the path. Returns whether Enter was pressed in it.
fn field(ui: &mut Ui, asking: &mut Asking) -> bool {
    let id = Id::new("path field");
    let edit = TextEdit::singleline(&mut asking.typed)
        .char_limit(FIELD)
        .id(id)
        .font(BODY)
        .margin(vec2(SPACE, 4.0))
        .vertical_align(Align::Center);
    let response = ui.add_sized(vec2(ui.available_width(), CONTROL), edit.hint_text("Path"));
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(asking.typed.clone()),
        ..WidgetInfo::labeled(WidgetType::TextEdit, true, "Path")
    });
    if response.changed() {
        (asking.place, asking.picked) = (None, None);
        let anew = begun_anew(&asking.typed).to_owned();
        move_cursor_back(ui.ctx(), id, asking.typed.chars().count() - anew.chars().count());
        asking.typed = anew;
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !asking.focused || entered {
        asking.focused = true;
        response.request_focus();
        select_name(ui.ctx(), id, asking);
    }
    entered
}

/// Returns the path from the last separator or `~` on that directly follows a separator: typing one
/// there begins a new path.
fn begun_anew(typed: &str) -> &str {
    let anew = ["//", "/~", "\\\\", "\\~"].iter().filter_map(|mark| Some(typed.rfind(mark)? + 1)).max();
    anew.filter(|&at| at > 1).map_or(typed, |at| &typed[at..])
}

/// Moves the cursor back after the first `removed` characters of its text were removed.
fn move_cursor_back(ctx: &Context, id: Id, removed: usize) {
    let Some(mut state) = egui::text_edit::TextEditState::load(ctx, id).filter(|_| removed > 0) else { return };
    let moved = state.cursor.char_range().map(|mut range| {
        for cursor in [&mut range.primary, &mut range.secondary] {
            cursor.index.0 = cursor.index.0.saturating_sub(removed);
        }
        range
    });
    state.cursor.set_char_range(moved);
    state.store(ctx, id);
}

/// Puts the cursor at the end of the path, or selects the proposed name without its extension.
fn select_name(ctx: &Context, id: Id, asking: &Asking) {
    use egui::text::{CCursor, CCursorRange};
    let all = asking.typed.chars().count();
    let (folder, name) = asking.parts();
    let stem = name.rfind('.').map_or(name, |dot| &name[..dot]).chars().count();
    let from = folder.chars().count();
    let range = match asking.ask.name {
        Some(_) => CCursorRange::two(CCursor::new(from), CCursor::new(from + stem)),
        None => CCursorRange::one(CCursor::new(all)),
    };
    let mut state = egui::text_edit::TextEditState::load(ctx, id).unwrap_or_default();
    state.cursor.set_char_range(Some(range));
    state.store(ctx, id);
}

/// Buttons for folders that are often needed.
fn places(ui: &mut Ui, asking: &mut Asking, source: Option<&Path>) {
    let above = asking.folder().parent().filter(|above| !above.as_os_str().is_empty()).map(Path::to_path_buf);
    let places = [
        ("Folder above", above),
        ("Home", parallax_desktop::home()),
        ("Beside the data", source.map(Path::to_path_buf)),
    ];
    ui.horizontal(|ui| {
        for (name, folder) in places {
            if let Some(folder) = folder
                && widgets::button(ui, vec2(116.0, 26.0), name).on_hover_text(folder.display().to_string()).clicked()
            {
                asking.enter(&folder);
            }
        }
    });
}

fn list(ui: &mut Ui, asking: &Asking, listed: &[&Entry], moved: bool, nothing: &str) -> Clicked {
    let mut clicked = Clicked::Nothing;
    let width = ui.available_width();
    let (tokens, top) = (Tokens::within(ui), ui.cursor().min);
    let frame = egui::Rect::from_min_size(top, vec2(width, LIST));
    ui.painter().rect_filled(frame, CORNER, tokens.inset);
    if !nothing.is_empty() {
        let response = ui.interact(frame, ui.id().with("nothing listed"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, nothing));
        paint_line(ui, frame, nothing, BODY, tokens.secondary, Align::Center);
    }
    let mut area = ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST).auto_shrink([false, false]);
    if let Some(place) = asking.place.filter(|_| moved) {
        area = area.vertical_scroll_offset((place as f32 * ROW - LIST / 2.0).max(0.0));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, ROW, listed.len(), |ui, places| {
        for place in places {
            let Some(entry) = listed.get(place) else { continue };
            let marked = asking.place == Some(place) || asking.picked.as_ref() == Some(&entry.name);
            let response = row(ui, width - SPACE, entry, marked);
            if response.double_clicked() {
                clicked = Clicked::Twice(place);
            } else if response.clicked() {
                clicked = Clicked::Once(place);
            }
        }
    });
    ui.spacing_mut().item_spacing.y = SPACE;
    ui.add_space(SPACE);
    clicked
}

fn row(ui: &mut Ui, width: f32, entry: &Entry, marked: bool) -> egui::Response {
    let tokens = Tokens::within(ui);
    let name = entry.name.to_string_lossy();
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
    let called = if entry.is_folder { format!("Folder {name}") } else { name.to_string() };
    response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, marked, &called));
    row_background(ui, rect, &response, marked);
    let inner = rect.shrink2(vec2(SPACE, 0.0));
    if entry.is_folder {
        icons::paint(ui.painter(), Icon::Folder, inner.left_center() + vec2(8.0, 0.0), tokens.secondary);
    } else {
        paint_line(ui, inner, &bytes(entry.bytes), SECONDARY, tokens.secondary, Align::Max);
    }
    let room = egui::Rect::from_min_max(inner.min + vec2(24.0, 0.0), inner.max - vec2(72.0, 0.0));
    let color = if marked { tokens.accent } else { tokens.text };
    let elided = paint_line(ui, room, &name, BODY, color, Align::Min);
    widgets::in_full_on_hover(response, elided, &name)
}

/// A note and the buttons. Returns `true` if the path was chosen, and `false` if the dialog was
/// canceled.
fn foot(ui: &mut Ui, asking: &Asking, entries: &[Entry], trouble: Option<&str>) -> Option<bool> {
    let tokens = Tokens::within(ui);
    let name = asking.name();
    let exists = asking.exists(entries);
    let is_folder = asking.ask.name.is_none() && name.is_empty();
    let (verb, note, color) = match (trouble, exists, is_folder) {
        (Some(trouble), ..) => (asking.ask.verb, trouble.to_owned(), tokens.error),
        (None, true, _) => ("Replace", format!("There is a {name} already; it will be replaced."), tokens.warning),
        (None, false, true) => ("Open folder", String::new(), tokens.secondary),
        (None, false, false) => (asking.ask.verb, String::new(), tokens.secondary),
    };
    let mut chosen = None;
    ui.horizontal(|ui| {
        let room = ui.available_width() - 2.0 * (104.0 + SPACE);
        widgets::text(ui, vec2(room, CONTROL), &note, SECONDARY, color, Align::Min);
        if widgets::button(ui, vec2(104.0, CONTROL), "Cancel").clicked() {
            chosen = Some(false);
        }
        let complete = is_complete(asking);
        let go = ui.add_enabled_ui(complete, |ui| widgets::primary(ui, vec2(104.0, CONTROL), verb)).inner;
        if go.on_disabled_hover_text("A name is missing").clicked() {
            chosen = Some(true);
        }
    });
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Ask;

    #[test]
    fn path_can_be_begun_anew_after_another() {
        let check = |typed: &str, expected: &str| assert_eq!(begun_anew(typed), expected);
        check("/a/b/c.npy", "/a/b/c.npy");
        check("/a/b//data/x", "/data/x");
        check("/a/b/~/x", "~/x");
        check("//server/x", "//server/x");
        check("~/x", "~/x");
        check("", "");
    }

    #[test]
    fn extension_typed_twice_counts_once() {
        let check = |typed: &str, expected: &str| {
            let mut memory = PanelMemory::default();
            memory.ask_path(Ask::to_write("Save", "tags.tsv", |_| Action::Edit(parallax_session::Edit::AllowOutside)));
            let Some(Sheet::Files(mut asking)) = memory.sheet.take() else { unreachable!() };
            typed.clone_into(&mut asking.typed);
            assert_eq!(asking.path(), Path::new(expected), "{typed}");
        };
        check("/a/t.tsv.tsv", "/a/t.tsv");
        check("/a/t.tsv", "/a/t.tsv");
        check("/a/t.csv.tsv", "/a/t.csv.tsv");
        check("/a/t.tsv.gz", "/a/t.tsv.gz");
        check("/a/t", "/a/t");
    }
}
