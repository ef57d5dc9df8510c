//! The file that describes a runtime to the loader.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use serde_json::Value;

/// The greatest size of a file that is read, in bytes. Real ones have some hundred.
const MOST: u64 = 1 << 20;

/// Returns why the loader cannot use the runtime that `file` describes, to follow on "but".
pub(super) fn trouble(file: &Path) -> String {
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => return format!("it cannot be read: {error}"),
    };
    let manifest: Value = match serde_json::from_slice(&text) {
        Ok(manifest) => manifest,
        Err(error) => return format!("it is not JSON: {error}"),
    };
    let Some(library) = manifest["runtime"]["library_path"].as_str() else {
        return "it names no library (\u{201c}library_path\u{201d} in \u{201c}runtime\u{201d})".into();
    };
    // Only a bare name is looked for in the folders of the system.
    let is_bare = Path::new(library).components().count() == 1;
    let place = file.parent().unwrap_or(Path::new("")).join(library);
    if !is_bare && !place.exists() {
        return format!("its library {} does not exist", place.display());
    }
    let library = if is_bare { Path::new(library) } else { &place };
    let causes = "it may be broken or of another kind of computer, or its service may not run";
    format!("its library {} does not work: {causes}", library.display())
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(file)?.take(MOST).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn trouble_says_what_is_wrong_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("broken.so"), "no library").unwrap();
        let file = folder.path().join("runtime.json");
        for (text, expected) in [
            ("", "it is not JSON: EOF"),
            ("libruntime.so", "it is not JSON: expected value at line 1"),
            ("[1]", "it names no library"),
            (r#"{"runtime": {"name": "Some"}}"#, "it names no library"),
            (r#"{"runtime": {"library_path": "./missing.so"}}"#, "missing.so does not exist"),
            (r#"{"runtime": {"library_path": "./broken.so"}}"#, "broken.so does not work"),
            (r#"{"runtime": {"library_path": "libof-the-system.so"}}"#, "libof-the-system.so does not work"),
        ] {
            fs::write(&file, text).unwrap();
            let why = trouble(&file);
            assert!(why.contains(expected), "{text}: {why}");
        }
        assert!(trouble(&folder.path().join("none.json")).contains("it cannot be read: "));
        assert!(trouble(folder.path()).contains("it cannot be read: "));
    }
}
