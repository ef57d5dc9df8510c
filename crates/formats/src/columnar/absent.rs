//! What stands for Parquet and Arrow if the program is built without them: the same formats, which
//! say so.

use std::path::Path;

use crate::{
    FormatError, Problem,
    source::{Content, Format},
};

pub(crate) static PARQUET: Format = Format {
    words: Some(""),
    endings: &["parquet"],
    other_endings: &["pq", "parq"],
    matches: |bytes| bytes.starts_with(b"PAR1"),
    may_be_metadata: |_| true,
    table: Some(|content, _| refuse(content)),
    ..Format::new(|content, _| refuse(content))
};

pub(crate) static ARROW: Format = Format {
    words: Some(""),
    endings: &["feather", "arrow"],
    other_endings: &["ipc", "arrows"],
    matches: |bytes| bytes.starts_with(b"ARROW1"),
    may_be_metadata: |_| true,
    table: Some(|content, _| refuse(content)),
    ..Format::new(|content, _| refuse(content))
};

/// Claims no folder.
pub(crate) static FOLDER: Format = Format { words: Some(""), ..Format::new(|content, _| refuse(content)) };

/// Whether a file is read as a table: none is.
pub(crate) fn is_table(_: &Path) -> bool {
    false
}

fn refuse<T>(content: &Content) -> Result<T, FormatError> {
    let what = "Parquet and Arrow are not read: this program was built without the feature `parquet`";
    Err(Problem::error(content.path(), what).way_out("Build it with that feature, or convert the file").into())
}

#[cfg(test)]
mod tests {
    use crate::{OpenOptions, open};

    #[test]
    fn the_missing_feature_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("a.parquet", &b""[..]), ("b.feather", b""), ("c", b"PAR1"), ("d", b"ARROW1")] {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes).unwrap();
            let error = open(&file, &OpenOptions::default()).unwrap_err().to_string();
            assert!(error.contains("this program was built without the feature `parquet`"), "{error}");
        }
    }
}
