//! Files whose bytes are packed or in another encoding: gzip and zstd around any format, text in
//! UTF-16, and rows as the elements of a JSON array, which become lines.
//!
//! What is inside is read as if it were a file of its own, by [`decoded`]. It is decoded in memory,
//! once for listing and reading, and never more than the [limit]: a few bytes may stand for any
//! number of zeros. A stream of several members (gzip) or frames (zstd) is read whole. A stream that
//! is cut short or damaged is an error with the place in the file. To learn what a file of a folder
//! is, its beginning is [enough](peeked). What is packed in other ways is [refused](packed).

mod packed;
mod utf16;

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use parallax_embedding::{Bytes, Cancelled, Progress, SharedBytes};
use ruzstd::decoding::StreamingDecoder;

use crate::{
    FormatError, Problem,
    delimited::json,
    disk::READ_BYTES,
    source::{Content, Part},
};
pub(crate) use packed::FORMAT as PACKED;

/// What is in a file.
pub(crate) struct Inside {
    /// The file itself if nothing is around it.
    pub(crate) content: Content,
    /// Its bytes. As long as they are kept, they are not decoded again.
    pub(crate) bytes: SharedBytes,
    /// The names of what is around it, the outermost first.
    pub(crate) around: Vec<&'static str>,
    /// What is wrong with it.
    pub(crate) problems: Vec<Problem>,
}

/// What is in `content`, if it is packed or in another encoding.
pub(crate) fn decoded(content: Content, progress: &Progress) -> Result<Inside, FormatError> {
    inside(content, |_| true, progress)
}

/// What is in `content`, if it is packed; numbers may look like text in another encoding.
pub(crate) fn unpacked(content: Content, progress: &Progress) -> Result<Inside, FormatError> {
    inside(content, Coding::is_packed, progress)
}

fn inside(mut content: Content, is_meant: fn(Coding) -> bool, progress: &Progress) -> Result<Inside, FormatError> {
    let (mut around, mut problems): (Vec<&'static str>, _) = (Vec::new(), Vec::new());
    let mut bytes = content.bytes()?;
    loop {
        let coding = Coding::of((*bytes).as_ref(), content.path()).filter(|&coding| is_meant(coding));
        let coding = match coding {
            Some(coding) if coding.is_packed() || !around.contains(&coding.name()) => coding,
            _ => return Ok(Inside { content, bytes, around, problems }),
        };
        // What is packed may be the file itself, again and again.
        if coding.is_packed() && !around.is_empty() {
            let message = format!("{} in {} is not unpacked", coding.name(), around.join(" in "));
            return Err(Problem::error(content.path(), message).way_out("Unpack the file first").into());
        }
        if coding.is_utf16() && (*bytes).as_ref().len() % 2 == 1 {
            let what = "the text in UTF-16 has an odd number of bytes; the last one is left out";
            problems.push(Problem::warning(content.path(), what).way_out("Check that the file is whole"));
        }
        around.push(coding.name());
        content = Content::Part(Arc::new(Decoded::new(content, coding)));
        bytes = content.kept_bytes(progress)?;
    }
}

/// What is in `content`, and its first bytes: all of them if nothing is around it. No more of it is
/// decoded.
pub(crate) fn peeked(mut content: Content) -> Result<(Content, SharedBytes), FormatError> {
    let (mut head, mut known) = (content.bytes()?, Vec::new());
    while let Some(coding) = Coding::of((*head).as_ref(), content.path())
        && !known.contains(&coding)
    {
        head = Arc::new(coding.head((*head).as_ref(), content.path()));
        known.push(coding);
        content = Content::Part(Arc::new(Decoded::new(content, coding)));
    }
    Ok((content, head))
}

/// Whether a file is packed.
pub(crate) fn is_packed(path: &Path) -> bool {
    let bytes = if path.is_file() { Content::at(path).bytes().ok() } else { None };
    bytes.is_some_and(|bytes| Coding::of((*bytes).as_ref(), path).is_some_and(Coding::is_packed))
}

/// Bytes by which most formats are recognized.
const HEAD: usize = 1 << 16;

/// A problem with what is inside of a file as one of the file, since there is no file with the name
/// of what is inside.
pub(crate) fn outside(problem: Problem) -> Problem {
    let Some(outer) = problem.file.ancestors().skip(1).find(|path| path.is_file()) else { return problem };
    let (outer, inner) = (outer.to_path_buf(), problem.file.strip_prefix(outer).unwrap_or(&problem.file).to_path_buf());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // The elements of a JSON array are numbered as the lines that they become.
    let is_array =
        inner.extension().is_some_and(|ending| ending == "jsonl") && !name(&outer).starts_with(&name(&inner));
    let position = problem.position.clone();
    let position = if is_array { position.map(|position| position.replacen("line ", "element ", 1)) } else { position };
    let is_decoded = name(&outer).starts_with(&*inner.file_stem().unwrap_or_default().to_string_lossy());
    let member = (!is_decoded).then(|| inner.display().to_string());
    let position = [member, position].into_iter().flatten().reduce(|member, position| format!("{member}, {position}"));
    Problem { file: outer, position, ..problem }
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
    /// One object that holds all rows, which become lines.
    JsonObject,
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
            _ if json::lines_of_object(bytes, file).is_some() => Some(Self::JsonObject),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::JsonArray => "a JSON array",
            Self::JsonObject => "a JSON object of rows",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &["gz", "gzip"],
            Self::Zstd => &["zst", "zstd"],
            Self::Utf16Le | Self::Utf16Be => &[],
            Self::JsonArray | Self::JsonObject => &["json"],
        }
    }

    fn is_packed(self) -> bool {
        matches!(self, Self::Gzip | Self::Zstd)
    }

    fn is_utf16(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// The first bytes of what is inside. Of a damaged stream there are fewer.
    fn head(self, bytes: &[u8], file: &Path) -> Vec<u8> {
        let mut out = Unpacked { bytes: Vec::new(), limit: HEAD, rest: bytes, progress: &Progress::default() };
        let first = &bytes[..bytes.len().min(HEAD)];
        match self {
            // Decoding it whole reports what is wrong with it.
            Self::Gzip => out.gzip().unwrap_or_default(),
            Self::Zstd => out.zstd().unwrap_or_default(),
            Self::Utf16Le => return utf16::decode(first, u16::from_le_bytes, &Progress::default()).unwrap_or_default(),
            Self::Utf16Be => return utf16::decode(first, u16::from_be_bytes, &Progress::default()).unwrap_or_default(),
            Self::JsonArray => return json::lines_of_array(first),
            Self::JsonObject => return json::lines_of_object(bytes, file).unwrap_or_default(),
        }
        out.bytes.truncate(HEAD);
        out.bytes
    }

    fn decode(self, bytes: &[u8], file: &Path, progress: &Progress) -> Result<Vec<u8>, FormatError> {
        progress.check()?;
        let mut out = Unpacked { bytes: Vec::new(), limit: limit(bytes.len()), rest: bytes, progress };
        let unpacked = match self {
            Self::Gzip => out.gzip(),
            Self::Zstd => out.zstd(),
            Self::Utf16Le => return Ok(utf16::decode(bytes, u16::from_le_bytes, progress)?),
            Self::Utf16Be => return Ok(utf16::decode(bytes, u16::from_be_bytes, progress)?),
            Self::JsonArray => return Ok(json::lines_of_array(bytes)),
            Self::JsonObject => return Ok(json::lines_of_object(bytes, file).unwrap_or_default()),
        };
        let at = format!("byte {}", bytes.len() - out.rest.len());
        match unpacked {
            Ok(()) => Ok(out.bytes),
            Err(Fault::Cancelled) => Err(FormatError::Cancelled),
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
    Cancelled,
    TooLarge,
    Damaged(String),
}

/// Bytes being unpacked.
struct Unpacked<'a> {
    bytes: Vec<u8>,
    limit: usize,
    rest: &'a [u8],
    progress: &'a Progress,
}

impl Unpacked<'_> {
    fn gzip(&mut self) -> Result<(), Fault> {
        let total = self.rest.len();
        loop {
            let mut decoder = flate2::bufread::GzDecoder::new(self.rest);
            let read = fill(&mut self.bytes, &mut decoder, self.limit, |decoder| {
                self.progress.advance(total - decoder.get_ref().len(), total)
            });
            self.rest = decoder.into_inner();
            read?;
            // Some programs fill the last block with zeros.
            if self.rest.iter().all(|&byte| byte == 0) {
                return Ok(());
            }
            if !self.rest.starts_with(&[0x1F, 0x8B]) {
                let after = crate::error::counted(self.rest.len(), "byte");
                return Err(Fault::Damaged(format!("after its end comes something else, {after} long")));
            }
        }
    }

    fn zstd(&mut self) -> Result<(), Fault> {
        let (total, progress) = (self.rest.len(), self.progress);
        while !self.rest.is_empty() {
            if is_skippable(self.rest) {
                let size = self.rest.get(4..8).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
                let frame = (size as usize).saturating_add(8);
                self.rest = self.rest.get(frame..).ok_or_else(cut_short)?;
                continue;
            }
            let mut decoder =
                StreamingDecoder::new(&mut self.rest).map_err(|error| Fault::Damaged(error.to_string()))?;
            fill(&mut self.bytes, &mut decoder, self.limit, |decoder| {
                progress.advance(total - decoder.get_ref().len(), total)
            })?;
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

/// Reads to the end, but not beyond `limit`. Calls `advance` now and then.
fn fill<R: Read>(
    bytes: &mut Vec<u8>,
    from: &mut R,
    limit: usize,
    advance: impl Fn(&R) -> Result<(), Cancelled>,
) -> Result<(), Fault> {
    loop {
        advance(from).map_err(|Cancelled| Fault::Cancelled)?;
        let left = limit.saturating_sub(bytes.len()) as u64;
        let read = from.by_ref().take(left.saturating_add(1).min(STEP)).read_to_end(bytes);
        let read = read.map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => cut_short(),
            _ => Fault::Damaged(error.to_string()),
        })?;
        if bytes.len() > limit {
            return Err(Fault::TooLarge);
        }
        if read == 0 {
            return Ok(());
        }
    }
}

/// Bytes that are unpacked between two checks for cancellation.
const STEP: u64 = 4 << 20;

/// What was decoded last, if it has at most 256 MiB: listing a file and reading it decode it once.
/// There is one, since a folder may hold hundreds of such files.
static LAST: Mutex<Option<SharedBytes>> = Mutex::new(None);

/// Frees what was kept between listing and reading.
pub(crate) fn forget() {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// What is inside of other bytes.
#[derive(Debug)]
struct Decoded {
    outer: Content,
    coding: Coding,
    /// The path of the file, and below it the name without the ending of the coding.
    path: PathBuf,
    /// What was decoded, as long as someone uses it.
    kept: Mutex<Option<Weak<dyn Bytes>>>,
}

impl Decoded {
    fn new(outer: Content, coding: Coding) -> Self {
        let path = outer.path();
        let has_ending = |ending: &str| coding.endings().iter().any(|own| own.eq_ignore_ascii_case(ending));
        let is_packed = path.extension().is_some_and(|ending| has_ending(&ending.to_string_lossy()));
        let inside = || path.join(path.file_stem().unwrap_or_default());
        let path = match coding {
            // Messages then give the number of the element as that of its line.
            Coding::JsonArray | Coding::JsonObject => inside().with_added_extension("jsonl"),
            _ if is_packed => inside(),
            _ => path.to_path_buf(),
        };
        Self { outer, coding, path, kept: Mutex::new(None) }
    }
}

impl Part for Decoded {
    fn file(&self) -> &Path {
        self.outer.real_path()
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn bytes(&self, progress: &Progress) -> Result<SharedBytes, FormatError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = kept.as_ref().and_then(Weak::upgrade) {
            return Ok(bytes);
        }
        let outer = match &self.outer {
            Content::Part(part) => part.bytes(progress)?,
            outer => outer.bytes()?,
        };
        if self.coding.is_packed() {
            progress.begin("Unpacking");
        }
        let bytes: SharedBytes = Arc::new(self.coding.decode((*outer).as_ref(), self.outer.path(), progress)?);
        *kept = Some(Arc::downgrade(&bytes));
        if (*bytes).as_ref().len() as u64 <= READ_BYTES {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&bytes));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
