//! The members of PyTorch's archives.

use std::{
    io::{Cursor, Read as _},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::{Progress, SharedBytes};
use zip::{CompressionMethod, ZipArchive};

use crate::{
    FormatError, Problem,
    npy::npz::MAX_RATIO,
    source::{Content, Part},
};

/// The member with the objects.
const PICKLE: &str = "data.pkl";

/// Whether bytes are such an archive.
pub(super) fn is_torch(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| prefix(&archive).is_some())
}

/// The folder that all members are in, with a slash at its end.
fn prefix(archive: &ZipArchive<Cursor<&[u8]>>) -> Option<String> {
    let folders = archive.file_names().filter_map(|name| name.ok()?.strip_suffix(PICKLE).map(str::to_owned));
    let folders = folders.filter(|folder| folder.is_empty() || folder.ends_with('/'));
    folders.min_by_key(String::len)
}

pub(super) struct Archive<'a> {
    content: &'a Content,
    members: ZipArchive<Cursor<&'a [u8]>>,
    prefix: String,
    size: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(content: &'a Content, bytes: &'a SharedBytes) -> Result<Self, FormatError> {
        let bytes: &[u8] = (**bytes).as_ref();
        let bad = |what: String| Problem::error(content.path(), what).way_out("Copy or save the file again");
        let members = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| bad(format!("this is not a whole file of PyTorch: {error}")))?;
        let prefix = prefix(&members).ok_or_else(|| bad(format!("the archive has no {PICKLE}")))?;
        Ok(Self { content, members, prefix, size: bytes.len() as u64 })
    }

    /// What has the bytes of a member with objects, and where.
    pub(super) fn member(&mut self, name: &str) -> Result<(Content, Range<usize>), FormatError> {
        // Objects that are deflated are inflated to be listed.
        let limit = self.size.saturating_mul(16).max(1 << 26);
        let found = match self.find(name) {
            Ok((_, range)) if range.len() as u64 > limit => {
                Err(format!("{} bytes of objects are too many", range.len()))
            }
            found => found,
        };
        found.map_err(|what| {
            let problem = Problem::error(self.content.path(), what).at(name.to_owned());
            problem.way_out("Copy or save the file again").into()
        })
    }

    /// What has the numbers of a storage, and where; or what is wrong.
    pub(super) fn storage(&mut self, key: &str) -> Result<(Content, Range<usize>), String> {
        self.find(&format!("data/{key}")).map_err(|what| format!("the member with its numbers: {what}"))
    }

    /// Whether numbers are stored big-endian. Files without a word about it are little-endian.
    pub(super) fn is_big_endian(&mut self) -> bool {
        let Some(index) = self.members.index_for_name(&format!("{}byteorder", self.prefix)) else { return false };
        let mut text = Vec::new();
        let read = self.members.by_index(index).map(|member| member.take(8).read_to_end(&mut text));
        matches!(read, Ok(Ok(_))) && text == b"big"
    }

    fn find(&mut self, name: &str) -> Result<(Content, Range<usize>), String> {
        let name = format!("{}{name}", self.prefix);
        let index = self.members.index_for_name(&name).ok_or("there is no such member")?;
        let member = self.members.by_index(index).map_err(|error| error.to_string())?;
        let (size, packed) = (member.size(), member.compressed_size());
        if member.compression() == CompressionMethod::Stored {
            let start = member.data_start().filter(|start| start.checked_add(size).is_some_and(|end| end <= self.size));
            let start = start.ok_or("it is cut short")? as usize;
            return Ok((self.content.clone(), start..start + size as usize));
        }
        if size / MAX_RATIO > packed.min(self.size) {
            return Err(format!("{size} bytes cannot come out of {packed} deflated ones"));
        }
        let path = self.content.path().join(&name);
        let part = Deflated { archive: self.content.clone(), index, size, path };
        Ok((Content::Part(Arc::new(part)), 0..usize::try_from(size).map_err(|error| error.to_string())?))
    }
}

/// A member that is deflated. PyTorch stores them as they are; other programs pack archives again.
#[derive(Debug)]
struct Deflated {
    archive: Content,
    index: usize,
    size: u64,
    path: PathBuf,
}

impl Part for Deflated {
    fn file(&self) -> &Path {
        self.archive.real_path()
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn bytes(&self, _progress: &Progress) -> Result<SharedBytes, FormatError> {
        let bytes = self.archive.bytes()?;
        let mut inflated = Vec::new();
        let read = ZipArchive::new(Cursor::new((*bytes).as_ref()))
            .and_then(|mut archive| Ok(archive.by_index(self.index)?.take(self.size).read_to_end(&mut inflated)?));
        read.map_err(|error| {
            let what = format!("cannot be read: {error}");
            Problem::error(&self.path, what).way_out("Copy or save the file again")
        })?;
        Ok(Arc::new(inflated))
    }
}
