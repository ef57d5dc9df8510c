//! Files that are packed in ways that are not unpacked here: they are recognized, so that the message
//! says what to do.

use crate::{
    FormatError, OpenOptions, Problem, Source,
    source::{Content, Format},
};

/// An ending counts before it: arrays of NumPy and tensors are in zip archives, too.
pub(crate) static FORMAT: Format =
    Format { words: Some(""), matches: |bytes| name(bytes).is_some(), is_guess: true, ..Format::new(refuse) };

fn refuse(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let (name, is_archive) = name((*content.bytes()?).as_ref()).unwrap_or(("an archive", true));
    let (what, way_out) = if is_archive {
        (format!("this is {name}, which is not unpacked here"), "Unpack it first, and open a file or folder of it")
    } else {
        (format!("this is packed with {name}; only gzip and zstd are unpacked here"), "Unpack it first")
    };
    Err(Problem::error(content.path(), what).way_out(way_out).into())
}

/// What bytes are packed with, and whether that is an archive of several files.
fn name(bytes: &[u8]) -> Option<(&'static str, bool)> {
    let starts = |start: &[u8]| bytes.starts_with(start);
    Some(match bytes {
        // A block of bzip2, or its end, begins with digits of pi, or of its root.
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
            if rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90") =>
        {
            ("bzip2", false)
        }
        _ if starts(b"\xFD7zXZ\0") => ("xz", false),
        _ if starts(b"\x04\x22\x4D\x18") => ("lz4", false),
        _ if starts(b"7z\xBC\xAF\x27\x1C") => ("an archive of 7-Zip", true),
        _ if starts(b"Rar!\x1A\x07") => ("a RAR archive", true),
        _ if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") => ("a zip archive without arrays of NumPy", true),
        _ if bytes.get(257..262) == Some(b"ustar") => ("a tar archive", true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_bytes_are_named() {
        let check = |bytes: &[u8], expected: Option<&str>| {
            assert_eq!(name(bytes).map(|(name, _)| name), expected, "{bytes:?}");
        };
        check(b"BZh91AY&SY\0", Some("bzip2"));
        check(b"BZh9 is a text", None);
        check(b"\xFD7zXZ\0\0", Some("xz"));
        check(b"PK\x03\x04\x14", Some("a zip archive without arrays of NumPy"));
        check(&[&[b'x'; 257][..], b"ustar\x0000"].concat(), Some("a tar archive"));
        check(b"a,b\n1,2\n", None);
        check(b"", None);
    }
}
