//! What the panels remember from one frame to the next.
//!
//! Plain data in one place. Each panel reads and writes its own part, and all of them may ask for
//! what is done elsewhere: a sheet, a path, a message.

use std::{
    collections::{BTreeSet, HashSet},
    ffi::OsString,
    path::{MAIN_SEPARATOR, Path, PathBuf},
    sync::Arc,
};

use egui::Pos2;
use parallax_desktop::folder::Listing;
use parallax_embedding::{RowSet, Values};
use parallax_look::steady;
use parallax_session::{Action, Brush, ExportedRows, Filter, Panel, Pick};

use crate::{
    ask::Ask,
    textures::{Pictures, Thumbnails},
};

/// What the panels remember from one frame to the next.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub struct PanelMemory {
    /// The heights of the content of the Data, the Projection and the Bookmarks card.
    heights: [f32; 3],
    pub(crate) thumbnails: Thumbnails,
    /// What is being closed though it is not saved.
    pub(crate) closing: Option<Closing>,
    /// Actions that open other data and that the user has agreed to.
    pub(crate) agreed: Vec<Action>,
    /// Whether the window is to be closed.
    pub(crate) is_leaving: bool,
    /// What the user decided about the window, until it is taken.
    pub(crate) decision: Option<Decision>,
    /// The last click on a control.
    pub(crate) click: Option<steady::Click>,
    /// Whether the search field gets the keyboard when it is drawn.
    pub(crate) wants_search: bool,
    /// Whether the hint on the demo was closed.
    pub(crate) knows_demo: bool,
    pub(crate) problems_open: bool,
    pub(crate) drafts: Drafts,
    /// The height of the card at the bottom that the user has set.
    pub(crate) bottom_height: Option<f32>,
    /// The height that the comparison needed when it was last shown.
    pub(crate) compared_height: f32,
    /// The height of its figures then.
    pub(crate) compared_figures: f32,
    pub(crate) table: TableMemory,
    pub(crate) charts: ChartsMemory,
    pub(crate) doctor: DoctorMemory,
    pub(crate) bookmarks: BookmarksMemory,
    pub(crate) slide: SlideMemory,
    /// Whether a tour was presented in the last frame.
    pub(crate) presented: bool,
    pub(crate) legend: LegendMemory,
    pub(crate) names: NamesMemory,
    /// What colored the points before their kept neighbors did.
    pub(crate) colored_by: Pick,
    /// The point whose card is not shown until the pointer leaves it: it was clicked.
    pub(crate) clicked: Option<u32>,
    pub(crate) export_rows: Option<ExportedRows>,
    pub(crate) reduced_motion: bool,
    /// A message to the user.
    pub(crate) note: Option<String>,
    /// A message that something was done, or could not be, with what can be done next.
    pub(crate) told: Option<Told>,
    /// Whether the user has just asked for less motion.
    pub(crate) motion: Option<bool>,
    /// The sheet over everything.
    pub(crate) sheet: Option<Sheet>,
    /// The folder where the next dialog for a path begins.
    pub(crate) folder: Option<PathBuf>,
    /// The folder of the open data.
    pub(crate) source_folder: Option<PathBuf>,
    /// The listing of the folder that the dialog shows.
    pub(crate) listing: Option<Listing>,
    /// The path that is to be opened, until it is taken.
    pub(crate) chosen: Option<PathBuf>,
}

/// A message that something was done, or could not be.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Whether it was done.
    pub is_done: bool,
    /// The text.
    pub text: String,
    /// The caption and the action of a button, if any.
    pub next: Option<(&'static str, Action)>,
}

impl PanelMemory {
    /// Returns `true` if the user has just asked for less motion, and `false` if they asked for
    /// all of it.
    pub fn take_motion(&mut self) -> Option<bool> {
        self.motion.take()
    }

    /// A message to the user.
    pub fn take_note(&mut self) -> Option<String> {
        self.note.take()
    }

    /// Returns what was done, or could not be.
    pub fn take_told(&mut self) -> Option<Told> {
        self.told.take()
    }

    /// Returns the path that the user has just chosen to open, whatever it is.
    pub fn take_chosen(&mut self) -> Option<PathBuf> {
        self.chosen.take()
    }

    fn place(panel: Panel) -> Option<usize> {
        match panel {
            Panel::Data => Some(0),
            Panel::Projection => Some(1),
            Panel::Bookmarks => Some(2),
            Panel::Inspector => None,
        }
    }

    /// The height of a card's content when it was last shown.
    pub(crate) fn height(&self, panel: Panel) -> f32 {
        Self::place(panel).map_or(0.0, |place| self.heights[place])
    }

    /// Stores the height of a card's content. Returns whether it has changed.
    pub(crate) fn set_height(&mut self, panel: Panel, height: f32) -> bool {
        let Some(known) = Self::place(panel).map(|place| &mut self.heights[place]) else { return false };
        let differs = (*known - height).abs() > 0.5;
        *known = height;
        differs
    }

    /// Stores the height that the comparison needs, and that of its figures. Returns whether it has changed.
    pub(crate) fn set_compared_height(&mut self, height: f32, figures: f32) -> bool {
        let differs = (self.compared_height - height).abs() > 0.5 || (self.compared_figures - figures).abs() > 0.5;
        (self.compared_height, self.compared_figures) = (height, figures);
        differs
    }

    /// Opens the dialog for a path.
    pub fn ask_path(&mut self, ask: Ask) {
        let folder = ask.folder.clone().or_else(|| self.folder.clone()).unwrap_or_default();
        let typed = folder_text(&folder) + ask.name.as_deref().unwrap_or_default();
        self.listing = None;
        self.sheet = Some(Sheet::Files(Asking {
            ask,
            typed,
            place: None,
            picked: None,
            focused: false,
            waits: false,
            clicked: None,
        }));
    }

    /// Sets the folder where dialogs begin, unless a path was chosen before.
    pub fn start_in(&mut self, folder: PathBuf) {
        self.folder.get_or_insert(folder);
    }

    /// Provides the listing of a folder.
    pub fn put_folder(&mut self, listing: Listing) {
        self.listing = Some(listing);
    }

    /// Asks about what is not saved, before `target` closes.
    pub(crate) fn close(&mut self, target: Target) {
        self.closing = Some(Closing { target, saving: None });
        self.sheet = Some(Sheet::Unsaved);
    }

    /// Asks about what is not saved if the window is to be closed. Returns what the user decided,
    /// once.
    pub fn ask_before_leaving(&mut self, asked: bool) -> Option<Decision> {
        let begins = asked && !std::mem::replace(&mut self.is_leaving, asked);
        if begins {
            self.close(Target::Window);
        }
        self.decision.take().filter(|_| asked).inspect(|_| self.is_leaving = false)
    }
}

impl std::fmt::Debug for PanelMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PanelMemory").field("heights", &self.heights).finish_non_exhaustive()
    }
}

/// The sheet over everything.
pub(crate) enum Sheet {
    /// The command palette.
    Palette(Palette),
    /// All shortcuts.
    Help,
    /// All messages.
    Messages,
    /// The dialog for a path.
    Files(Asking),
    /// The question about what is not saved.
    Unsaved,
}

/// An open dialog.
pub(crate) struct Asking {
    pub(crate) ask: Ask,
    /// The path as typed.
    pub(crate) typed: String,
    /// The row that the arrow keys are at.
    pub(crate) place: Option<usize>,
    /// The name that was picked from the list, which may not be valid Unicode.
    pub(crate) picked: Option<OsString>,
    /// Whether the field has had the focus.
    pub(crate) focused: bool,
    /// Whether the path was chosen before the folder was listed.
    pub(crate) waits: bool,
    /// Where a folder was clicked. Until the pointer moves, a second click there is ignored: it
    /// would hit an entry of that folder.
    pub(crate) clicked: Option<Pos2>,
}

/// What was typed, and the row that the keys are at.
#[derive(Debug, Default)]
pub(crate) struct Palette {
    pub(crate) typed: String,
    pub(crate) place: usize,
}

/// What is being closed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// The window, and the program with it.
    Window,
    /// The bookmarks.
    Tour,
    /// The open data: these actions open others.
    Data(Vec<Action>),
}

/// Something that is being closed.
#[derive(Debug)]
pub(crate) struct Closing {
    pub(crate) target: Target,
    /// What is being saved; `None` while the user is asked.
    pub(crate) saving: Option<Saving>,
}

#[derive(Debug, Default)]
pub(crate) struct Saving {
    pub(crate) part: Option<UnsavedPart>,
    /// The number of frames since nothing was being written.
    pub(crate) waited: u8,
}

/// What can be unsaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnsavedPart {
    Bookmarks,
    Tags,
}

/// What the user decided about the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It stays open.
    Stay,
    /// It closes.
    Close,
}

/// Text that is being typed.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    pub(crate) column: String,
    pub(crate) value: String,
    pub(crate) name: String,
    pub(crate) parts: Option<(RowSet, String, Vec<TagPart>)>,
    /// The selected and the shown rows, and how many of the selected ones are hidden.
    pub(crate) hidden: Option<(RowSet, RowSet, usize)>,
}

/// A value and the number of selected rows that have it.
#[derive(Debug, Clone)]
pub(crate) struct TagPart {
    pub(crate) value: Option<String>,
    pub(crate) rows: usize,
}

/// What the table remembers.
#[derive(Debug, Default)]
pub(crate) struct TableMemory {
    /// The place of the first row in sight. Its fraction is above the visible part.
    pub(crate) first: f64,
    /// How far the columns are moved to the left.
    pub(crate) left: f32,
    /// The names and widths of the columns.
    pub(crate) widths: Vec<(String, f32)>,
    /// Where a selection with Shift begins.
    pub(crate) anchor: Option<usize>,
    /// The selected row that was scrolled to.
    pub(crate) shown: Option<u32>,
}

/// What the charts remember.
#[derive(Debug, Default)]
pub(crate) struct ChartsMemory {
    /// The column whose chart has the pointer or the focus: Esc clears its brush.
    pub(crate) active: Option<String>,
    /// What is dragged.
    pub(crate) drag: Option<ChartDrag>,
}

/// What is remembered while labels are checked.
#[derive(Debug, Default)]
pub(crate) struct DoctorMemory {
    /// Another label that is being typed.
    pub(crate) draft: Option<LabelDraft>,
    /// Whether Esc ends something here: a label is being typed.
    pub(crate) takes_escape: bool,
}

/// A label that is being typed.
#[derive(Debug)]
pub(crate) struct LabelDraft {
    /// The row that gets it.
    pub(crate) row: u32,
    pub(crate) text: String,
    /// Whether the field has had the focus.
    pub(crate) begun: bool,
    /// The labels that contain what is typed, by their codes; what was typed, and all labels.
    pub(crate) matching: Option<(String, Values, Arc<[u32]>)>,
}

impl DoctorMemory {
    /// Lets the user type another label of `row`.
    pub(crate) fn begin(&mut self, row: u32) {
        self.draft = Some(LabelDraft { row, text: String::new(), begun: false, matching: None });
    }
}

/// A drag over the bars of a chart, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChartDrag {
    /// A new range from this bar on.
    From(usize),
    /// The range, which begins this many bars before the pointer and has this many bars.
    Range(isize, usize),
}

/// What the legend remembers from one frame to the next.
#[derive(Debug, Default)]
pub(crate) struct LegendMemory {
    /// The text that filters the entries.
    pub(crate) wanted: String,
    /// The filter before the last click on an entry, which may become a double-click.
    pub(crate) before_click: Option<Filter>,
    /// The brush that shows one value alone, and the one before it.
    pub(crate) alone: Option<(Brush, Option<Brush>)>,
}

/// What the card remembers.
#[derive(Default)]
pub(crate) struct BookmarksMemory {
    pub(crate) pictures: Pictures,
    pub(crate) list: ListMemory,
    /// The name that is being edited.
    pub(crate) renaming: Option<Renaming>,
    pub(crate) note: Option<OpenNote>,
    /// Whether Esc ends something here: a name or notes are being edited, or a row is dragged.
    pub(crate) takes_escape: bool,
    /// The bookmarks that are being chosen.
    pub(crate) chosen: Option<Chosen>,
}

/// The bookmark whose notes are open.
pub(crate) struct OpenNote {
    pub(crate) place: usize,
    /// Its name. If another bookmark is in its place, the notes are closed.
    pub(crate) of: String,
    /// Whether the field gets the keyboard when it is drawn.
    pub(crate) begins: bool,
}

/// Some bookmarks of a tour, by their places.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// How many bookmarks there were. If the number has changed, the choice ends.
    pub(crate) of: usize,
    pub(crate) places: BTreeSet<usize>,
}

impl BookmarksMemory {
    /// Returns whether Esc ended something here in the last frame, and resets it.
    pub(crate) fn take_escape(&mut self) -> bool {
        std::mem::take(&mut self.takes_escape)
    }

    /// Lets the user choose some of `of` bookmarks to save.
    pub(crate) fn choose(&mut self, of: usize) {
        self.chosen = Some(Chosen { of, places: BTreeSet::new() });
    }
}

/// What is remembered of the names of clusters.
#[derive(Default)]
pub(crate) struct NamesMemory {
    /// Whether they are unfolded, and the sizes too.
    pub(crate) is_open: bool,
    pub(crate) is_more: bool,
    /// Whether all clusters are listed.
    pub(crate) is_whole: bool,
    /// A name that is being edited.
    pub(crate) draft: Option<NameDraft>,
    /// The name of the column that clusters are to be kept as.
    pub(crate) column: Option<ColumnDraft>,
}

/// The name of a column that is being edited.
pub(crate) struct ColumnDraft {
    pub(crate) name: String,
    /// Whether the field had the focus.
    pub(crate) begun: bool,
}

/// The name of a cluster that is being edited.
pub(crate) struct NameDraft {
    pub(crate) part: usize,
    pub(crate) text: String,
    /// Whether the field is in the cloud, not on the card.
    pub(crate) on_stage: bool,
    /// Whether the field has had the focus.
    pub(crate) begun: bool,
}

impl NameDraft {
    pub(crate) fn new(part: usize, text: &str, on_stage: bool) -> Self {
        Self { part, text: text.to_owned(), on_stage, begun: false }
    }
}

/// What the list remembers.
#[derive(Default)]
pub(crate) struct ListMemory {
    /// The row that is dragged.
    pub(crate) dragged: Option<usize>,
    /// The row to scroll to.
    pub(crate) reveal: Option<usize>,
    /// The row that gets the focus when it is drawn.
    pub(crate) focus: Option<usize>,
    /// The bookmark that was shown last.
    pub(crate) shown: Option<usize>,
    /// How far the list was scrolled, and how much of it was in sight.
    pub(crate) seen: [f64; 2],
}

/// A name that is being edited.
pub(crate) struct Renaming {
    pub(crate) place: usize,
    pub(crate) was: String,
    pub(crate) text: String,
    /// Whether the field has had the focus.
    pub(crate) begun: bool,
}

/// What a slide remembers.
#[derive(Default)]
pub(crate) struct SlideMemory {
    /// The bookmark that is shown, and since when.
    pub(crate) shown: Option<(usize, f64)>,
    /// The place of the step where the points rested last.
    pub(crate) step: Option<usize>,
    pub(crate) used: UsedValues,
}

/// The values of the shown rows, found once for the same rows and column.
#[derive(Default)]
pub(crate) struct UsedValues {
    pub(crate) of: Option<(RowSet, String)>,
    pub(crate) values: HashSet<Option<String>>,
    /// Whether any row has a value for which no color is listed.
    pub(crate) others: bool,
}

/// Returns a folder as text that a name can be appended to.
pub(crate) fn folder_text(folder: &Path) -> String {
    let mut text = folder.to_string_lossy().into_owned();
    if !text.is_empty() && !text.ends_with(MAIN_SEPARATOR) {
        text.push(MAIN_SEPARATOR);
    }
    text
}
