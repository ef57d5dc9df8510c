//! The questions for a path, and what is done with the answers.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use parallax_session::{Action, Export, Exported, ExportedRows, JobAction};
use parallax_tour::OpenTour;

/// A question for a path, and what is done with the answer.
pub struct Ask {
    pub(crate) title: String,
    pub(crate) verb: &'static str,
    /// The proposed name of a file to be written.
    pub(crate) name: Option<String>,
    /// The folder where the dialog begins. If `None`, it is that of the last path.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) then: Then,
}

/// What is done with a path.
pub(crate) enum Then {
    /// An action is made of it.
    Do(Box<dyn Fn(PathBuf) -> Action + Send + Sync>),
    /// It is opened as what it turns out to be.
    Open,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Ask {
    /// Asks for something to read. `then` makes the action.
    pub fn to_read(title: impl Into<String>, then: impl Fn(PathBuf) -> Action + Send + Sync + 'static) -> Self {
        Self { title: title.into(), verb: "Open", name: None, folder: None, then: Then::Do(Box::new(then)) }
    }

    /// Asks for a file or a folder to write, with a proposed `name`.
    pub fn to_write(
        title: impl Into<String>,
        name: impl Into<String>,
        then: impl Fn(PathBuf) -> Action + Send + Sync + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            verb: "Save",
            name: Some(name.into()),
            folder: None,
            then: Then::Do(Box::new(then)),
        }
    }

    /// Begins in `folder`.
    #[must_use]
    pub fn starting_in(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..self }
    }

    /// Under another title.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// Asks for data to open, or for metadata or pictures of the open data.
    #[must_use]
    pub fn open() -> Self {
        Self { title: "Open a file or a folder".into(), verb: "Open", name: None, folder: None, then: Then::Open }
    }

    /// Asks for a file of bookmarks to open.
    #[must_use]
    pub fn open_bookmarks() -> Self {
        Self::to_read("Open bookmarks", |path| Action::Job(JobAction::OpenTour(vec![path])))
    }

    /// Asks where to save bookmarks: all, or those at these places.
    #[must_use]
    pub fn save_bookmarks(tour: &OpenTour, places: Option<Vec<usize>>) -> Self {
        let title = if places.is_some() { "Save some bookmarks" } else { "Save all bookmarks" };
        let stem = if places.is_some() { None } else { tour.path().and_then(Path::file_stem) };
        let name = stem.map_or_else(|| "bookmarks".into(), |stem| stem.to_string_lossy());
        Self::beside_tour(tour, title, &format!("{name}.ron"), places)
    }

    /// Asks where to save all bookmarks in the format of the TensorBoard projector.
    #[must_use]
    pub fn save_tensorboard(tour: &OpenTour) -> Self {
        Self::beside_tour(tour, "Save bookmarks for TensorBoard", "bookmarks.txt", None)
    }

    /// Begins in the folder of the tour's file.
    fn beside_tour(tour: &OpenTour, title: &str, name: &str, places: Option<Vec<usize>>) -> Self {
        let ask =
            Self::to_write(title, name, move |path| Action::Job(JobAction::SaveTour { path, places: places.clone() }));
        let folder = tour.path().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        Self { folder: folder.map(Into::into), ..ask }
    }

    /// Asks where to write an export.
    #[must_use]
    pub fn export(what: Exported, rows: ExportedRows, name: &str) -> Self {
        let title = format!("Export {} {}", exported(what), of_rows(what, rows));
        Self::to_write(title.trim(), name, move |path| Action::Job(JobAction::Export(Export { what, rows, path })))
    }
}

/// Saves all bookmarks to their file. Returns a question for a path if they have no file, or one
/// whose format cannot hold all of them.
pub(crate) fn save_bookmarks(tour: &OpenTour) -> Result<Action, Ask> {
    match tour.path().filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ron"))) {
        Some(path) => Ok(Action::Job(JobAction::SaveTour { path: path.to_path_buf(), places: None })),
        None => Err(Ask::save_bookmarks(tour, None)),
    }
}

/// Returns what is exported, in a word or two.
pub(crate) fn exported(what: Exported) -> &'static str {
    match what {
        Exported::Coordinates => "coordinates",
        Exported::Vectors => "vectors",
        Exported::Metadata => "metadata",
        Exported::Labels => "labels",
        Exported::Neighbors => "the neighbors",
        Exported::Folder => "a folder for TensorBoard",
    }
}

/// Returns which rows are exported. Neighbors are always those of one row.
pub(crate) fn of_rows(what: Exported, rows: ExportedRows) -> &'static str {
    match (what, rows) {
        (Exported::Neighbors, _) => "",
        (_, ExportedRows::All) => "of all rows",
        (_, ExportedRows::Shown) => "of the shown rows",
        (_, ExportedRows::Selected) => "of the selection",
    }
}
