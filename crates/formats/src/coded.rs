//! Files whose bytes are packed or in another encoding: gzip and zstd around any format, text in
//! UTF-16, and rows as the elements of a JSON array, which become lines.
//!
//! What is inside is read as if it were a file of its own, by [`decoded`]. It is decoded in memory,
//! once for listing and once for reading, and never more than the [limit]: a few bytes may stand
//! for any number of zeros. A stream of several members (gzip) or frames (zstd) is read whole. A
//! stream that is cut short or damaged is an error with the place in the file.

mod utf16;

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use parallax_embedding::SharedBytes;
use ruzstd::decoding::StreamingDecoder;

use crate::{
    FormatError, Problem,
    delimited::json,
    source::{Content, Part},
};

/// What is in a file.
pub(crate) struct Inside {
    /// The file itself if nothing is around it.
    pub(crate) content: Content,
    /// Its bytes. As long as they are kept, they are not decoded again.
    pub(crate) bytes: SharedBytes,
    /// The names of what is around it, the outermost first.
    pub(crate) around: Vec<&'static str>,
}

/// What is in `content`, if it is packed or in another encoding.
pub(crate) fn decoded(mut content: Content) -> Result<Inside, FormatError> {
    let mut around: Vec<&'static str> = Vec::new();
    loop {
        let bytes = content.bytes()?;
        let coding = Coding::of((*bytes).as_ref(), content.path());
        let is_packed = matches!(coding, Some(Coding::Gzip | Coding::Zstd));
        let coding = match coding {
            Some(coding) if is_packed || !around.contains(&coding.name()) => coding,
            _ => return Ok(Inside { content, bytes, around }),
        };
        // What is packed may be the file itself, again and again.
        if is_packed && !around.is_empty() {
            let message = format!("{} in {} is not unpacked", coding.name(), around.join(" in "));
            return Err(Problem::error(content.path(), message).way_out("Unpack the file first").into());
        }
        around.push(coding.name());
        content = Content::Part(Arc::new(Decoded::new(content, coding)));
    }
}

/// How bytes are packed or encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zstd,
    Utf16Le,
    Utf16Be,
    /// An array of rows, whose elements become lines.
    JsonArray,
}

impl Coding {
    /// How a file with these bytes is packed or encoded.
    fn of(bytes: &[u8], file: &Path) -> Option<Self> {
        match bytes {
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            _ if is_skippable(bytes) => Some(Self::Zstd),
            _ if utf16::is_text(bytes, u16::from_le_bytes) => Some(Self::Utf16Le),
            _ if utf16::is_text(bytes, u16::from_be_bytes) => Some(Self::Utf16Be),
            _ if json::is_array(bytes, file) => Some(Self::JsonArray),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::JsonArray => "a JSON array",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &["gz", "gzip"],
            Self::Zstd => &["zst", "zstd"],
            Self::Utf16Le | Self::Utf16Be => &[],
            Self::JsonArray => &["json"],
        }
    }

    fn decode(self, bytes: &[u8], file: &Path) -> Result<Vec<u8>, FormatError> {
        let mut out = Unpacked { bytes: Vec::new(), limit: limit(bytes.len()), rest: bytes };
        let unpacked = match self {
            Self::Gzip => out.gzip(),
            Self::Zstd => out.zstd(),
            Self::Utf16Le => return Ok(utf16::decode(bytes, u16::from_le_bytes)),
            Self::Utf16Be => return Ok(utf16::decode(bytes, u16::from_be_bytes)),
            Self::JsonArray => return Ok(json::lines_of_array(bytes)),
        };
        let at = format!("byte {}", bytes.len() - out.rest.len());
        match unpacked {
            Ok(()) => Ok(out.bytes),
            Err(Fault::TooLarge) => {
                let message = format!(
                    "unpacked, the file would be larger than {} MiB, the limit for {} bytes of {}",
                    out.limit >> 20,
                    bytes.len(),
                    self.name()
                );
                Err(Problem::error(file, message)
                    .at(at)
                    .way_out("Unpack it first if it is meant to be so large")
                    .into())
            }
            Err(Fault::Damaged(what)) => {
                let message = format!("the {} data cannot be unpacked: {what}", self.name());
                Err(Problem::error(file, message).at(at).way_out("Copy or pack the file again").into())
            }
        }
    }
}

/// The most bytes that a file of `packed` bytes may become: text packs to a tenth, and rows of
/// zeros to a hundredth.
fn limit(packed: usize) -> usize {
    const LEAST: usize = 64 << 20;
    const RATIO: usize = 256;
    const MOST: usize = 16 << 30;
    packed.saturating_mul(RATIO).clamp(LEAST, MOST)
}

/// Why bytes cannot be unpacked.
enum Fault {
    TooLarge,
    Damaged(String),
}

/// Bytes being unpacked.
struct Unpacked<'a> {
    bytes: Vec<u8>,
    limit: usize,
    rest: &'a [u8],
}

impl Unpacked<'_> {
    fn gzip(&mut self) -> Result<(), Fault> {
        loop {
            let mut decoder = flate2::bufread::GzDecoder::new(self.rest);
            let read = fill(&mut self.bytes, &mut decoder, self.limit);
            self.rest = decoder.into_inner();
            read?;
            // Some programs fill the last block with zeros.
            if self.rest.iter().all(|&byte| byte == 0) {
                return Ok(());
            }
        }
    }

    fn zstd(&mut self) -> Result<(), Fault> {
        while !self.rest.is_empty() {
            if is_skippable(self.rest) {
                let size = self.rest.get(4..8).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
                let frame = (size as usize).saturating_add(8);
                self.rest = self.rest.get(frame..).ok_or_else(cut_short)?;
                continue;
            }
            let mut decoder =
                StreamingDecoder::new(&mut self.rest).map_err(|error| Fault::Damaged(error.to_string()))?;
            fill(&mut self.bytes, &mut decoder, self.limit)?;
            let frame = decoder.into_frame_decoder();
            let is_same = |sum| frame.get_calculated_checksum() == Some(sum);
            if !frame.get_checksum_from_data().is_none_or(is_same) {
                return Err(Fault::Damaged("the checksum does not fit".to_owned()));
            }
        }
        Ok(())
    }
}

fn cut_short() -> Fault {
    Fault::Damaged("it is cut short".to_owned())
}

/// Whether bytes begin with a frame of zstd that holds no data.
fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// Reads to the end, but not beyond `limit`.
fn fill(bytes: &mut Vec<u8>, from: &mut impl Read, limit: usize) -> Result<(), Fault> {
    let left = limit.saturating_sub(bytes.len()) as u64;
    let read = from.take(left.saturating_add(1)).read_to_end(bytes);
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => cut_short(),
        _ => Fault::Damaged(error.to_string()),
    })?;
    if bytes.len() > limit { Err(Fault::TooLarge) } else { Ok(()) }
}

/// What is inside of other bytes.
#[derive(Debug)]
struct Decoded {
    outer: Content,
    coding: Coding,
    /// The path of the file, and below it the name without the ending of the coding.
    path: PathBuf,
    /// What was decoded, as long as someone uses it.
    kept: Mutex<Option<Weak<dyn AsRef<[u8]> + Send + Sync>>>,
}

impl Decoded {
    fn new(outer: Content, coding: Coding) -> Self {
        let path = outer.path();
        let has_ending = |ending: &str| coding.endings().iter().any(|own| own.eq_ignore_ascii_case(ending));
        let is_packed = path.extension().is_some_and(|ending| has_ending(&ending.to_string_lossy()));
        let inside = || path.join(path.file_stem().unwrap_or_default());
        let path = match coding {
            // Messages then give the number of the element as that of its line.
            Coding::JsonArray => inside().with_added_extension("jsonl"),
            _ if is_packed => inside(),
            _ => path.to_path_buf(),
        };
        Self { outer, coding, path, kept: Mutex::new(None) }
    }
}

impl Part for Decoded {
    fn file(&self) -> &Path {
        self.outer.file().unwrap_or(&self.path)
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn bytes(&self) -> Result<SharedBytes, FormatError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = kept.as_ref().and_then(Weak::upgrade) {
            return Ok(bytes);
        }
        let outer = self.outer.bytes()?;
        let bytes: SharedBytes = Arc::new(self.coding.decode((*outer).as_ref(), self.outer.path())?);
        *kept = Some(Arc::downgrade(&bytes));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
