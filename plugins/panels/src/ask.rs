//! What a path is asked for.

use std::{fmt, path::PathBuf};

use parallax_session::{Action, Export, Exported, ExportedRows, OpenOptions, Origin};

/// A question for a path, and what is done with the answer.
pub struct Ask {
    pub(crate) title: String,
    pub(crate) verb: &'static str,
    /// The name of a file to be written, as it is proposed.
    pub(crate) name: Option<String>,
    /// The folder where the choice begins; nothing: where the last one ended.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) then: Box<dyn Fn(PathBuf) -> Action + Send + Sync>,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Ask {
    /// Asks for something to read; what is done with it says `then`.
    pub fn to_read(title: impl Into<String>, then: impl Fn(PathBuf) -> Action + Send + Sync + 'static) -> Self {
        Self { title: title.into(), verb: "Open", name: None, folder: None, then: Box::new(then) }
    }

    /// Asks for a file or a folder to write, called `name` unless the person says otherwise.
    pub fn to_write(
        title: impl Into<String>,
        name: impl Into<String>,
        then: impl Fn(PathBuf) -> Action + Send + Sync + 'static,
    ) -> Self {
        Self { title: title.into(), verb: "Save", name: Some(name.into()), folder: None, then: Box::new(then) }
    }

    /// Begins in `folder`.
    #[must_use]
    pub fn starting_in(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..self }
    }

    /// Asks for data to open.
    #[must_use]
    pub fn open() -> Self {
        Self::to_read("Open a file or a folder", |path| {
            Action::Open(Origin::Path { path, options: OpenOptions::default() })
        })
    }

    /// Asks where to write.
    #[must_use]
    pub fn export(what: Exported, rows: ExportedRows, name: &str) -> Self {
        let title = format!("Export {} {}", exported(what), of_rows(what, rows));
        Self::to_write(title.trim(), name, move |path| Action::Export(Export { what, rows, path }))
    }
}

/// What is exported, in a word or two.
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

/// Of which rows; neighbors are those of one row.
pub(crate) fn of_rows(what: Exported, rows: ExportedRows) -> &'static str {
    match (what, rows) {
        (Exported::Neighbors, _) => "",
        (_, ExportedRows::All) => "of all rows",
        (_, ExportedRows::Shown) => "of the shown rows",
        (_, ExportedRows::Selected) => "of the selection",
    }
}
