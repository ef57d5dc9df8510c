//! The members of an archive, as arrays.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
    path::Path,
    sync::Arc,
};

use flate2::Crc;
use parallax_embedding::{Progress, SharedBytes};
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use super::super::{Array, header::Header, records::Record};
use crate::{FormatError, Problem, strided::Strided};

/// Deflate makes at most 258 bytes out of two bits.
pub(crate) const MAX_RATIO: u64 = 1032;

/// Bytes that are inflated, or whose checksum is computed, between two checks for cancellation.
const STEP: usize = 1 << 22;

/// More than any header has: the type of a record with a thousand fields takes less.
const HEADER_BYTES: u64 = 1 << 16;

/// An archive in memory.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    zip: ZipArchive<Cursor<&'a [u8]>>,
    file: Arc<Path>,
}

/// A member of an archive with its array's header read.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) file: Arc<Path>,
    pub(super) array: Array,
    pub(super) header: Header,
    /// Where it is, if it is a part of an array of records.
    pub(super) within: Option<Within>,
    index: usize,
    /// The position of a stored member in the archive.
    stored: Option<usize>,
    /// The bytes that the directory says it has.
    size: u64,
    compressed: u64,
    checksum: u32,
}

/// Where a part of an array of records is.
#[derive(Debug, Clone)]
pub(super) struct Within {
    /// The array of records.
    of: Array,
    pub(super) record: Record,
    /// The first byte in the first record.
    pub(super) start: usize,
    /// How the numbers lie, if it is an embedding.
    pub(super) strided: Option<Strided>,
}

/// What a member holds.
pub(super) enum Values {
    /// Bytes of the archive.
    Stored { start: usize, size: usize, checksum: u32 },
    /// The member's own bytes.
    Inflated(Vec<u8>),
}

/// The position of an array in messages.
pub(super) fn position(name: &str) -> String {
    format!("array {name:?}")
}

fn unreadable(file: &Path, label: &str, what: &str) -> Problem {
    Problem::error(file, format!("cannot be read: {what}")).at(label).way_out("Copy or save the file again")
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a SharedBytes, file: &Path) -> Result<Self, FormatError> {
        let bytes: &[u8] = (**bytes).as_ref();
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            let what = format!("this is not a whole .npz archive: {error}");
            Problem::error(file, what).way_out("Copy or save the file again with numpy.savez")
        })?;
        Ok(Self { bytes, zip, file: file.into() })
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The members that are arrays, with each part of records as one of its own, and what is wrong with
    /// the others.
    pub(super) fn members(&mut self) -> (Vec<Member>, Vec<Problem>) {
        let (mut members, mut problems) = (Vec::new(), Vec::new());
        for index in 0..self.zip.len() {
            match self.member(index) {
                Ok(member) => members.push(member),
                Err(error) => problems.extend(error.into_problem()),
            }
        }
        let matrices: Vec<usize> = members.iter().filter_map(|member| Some(member.array.embedding()?.0)).collect();
        let mut parts = Vec::new();
        for member in members {
            match member.parts(&matrices) {
                Ok(own) => parts.extend(own),
                Err(problem) => problems.push(problem),
            }
        }
        tell_apart(&mut parts);
        (parts, problems)
    }

    fn member(&mut self, index: usize) -> Result<Member, FormatError> {
        let (bytes, file) = (self.bytes, Arc::clone(&self.file));
        let label = self
            .zip
            .name_for_index(index)
            .and_then(Result::ok)
            .map_or_else(|| format!("member {index}"), |name| position(name.strip_suffix(".npy").unwrap_or(&name)));
        let mut member = self.zip.by_index(index).map_err(|error| unreadable(&file, &label, &error.to_string()))?;
        let name = String::from_utf8_lossy(member.name_raw());
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let stored = match member.compression() {
            CompressionMethod::Stored => member.data_start().and_then(|start| usize::try_from(start).ok()),
            _ => None,
        };
        let mut head = Vec::new();
        // A damaged checksum shows at the end of small members: what was read before it still is a
        // header.
        let result = member.by_ref().take(HEADER_BYTES).read_to_end(&mut head);
        let header = Header::parse(&head, &file).map_err(|error| match (result.err(), error) {
            (Some(error), _) => unreadable(&file, &label, &error.to_string()).into(),
            (None, FormatError::Data(problem)) => {
                let position = problem.position.as_ref().map_or(label.clone(), |byte| format!("{label}, {byte}"));
                FormatError::Data(Box::new(problem.at(position)))
            }
            (None, error) => error,
        })?;
        let array = Array::new(name, &header);
        let (size, compressed, checksum) = (member.size(), member.compressed_size(), member.crc32());
        let member = Member { file, array, header, within: None, index, stored, size, compressed, checksum };
        member.check_size(bytes.len())?;
        Ok(member)
    }

    /// The header of a member and what it holds: of one that is inflated, what its array needs.
    pub(super) fn read(&mut self, member: &Member, progress: &Progress) -> Result<(Header, Values), FormatError> {
        let now = self.member(member.index)?;
        if now.array != *member.within.as_ref().map_or(&member.array, |within| &within.of) {
            let problem = Problem::error(&*self.file, "the archive has other arrays than when it was listed");
            return Err(member.located(problem.way_out("Open it again")).into());
        }
        let held = if let Some(start) = now.stored {
            let size = usize::try_from(now.size).unwrap_or(usize::MAX);
            Values::Stored { start, size, checksum: now.checksum }
        } else {
            let opened = self.zip.by_index(now.index);
            Values::Inflated(now.inflate(opened.map_err(|error| now.unreadable(&error.to_string()))?, progress)?)
        };
        Ok((now.header, held))
    }

    /// Compares the checksum of a stored member. That of one that is inflated was compared already.
    pub(super) fn check(&self, member: &Member, held: &Values, progress: &Progress) -> Result<(), FormatError> {
        let Values::Stored { start, size, checksum } = held else { return Ok(()) };
        // Reading an array that is cut short reports that it is.
        let Some(bytes) = self.bytes.get(*start..start.saturating_add(*size)) else { return Ok(()) };
        let mut crc = Crc::new();
        for (step, part) in bytes.chunks(STEP).enumerate() {
            progress.advance(step * STEP, bytes.len())?;
            crc.update(part);
        }
        if crc.sum() != *checksum {
            return Err(member.unreadable("its checksum does not fit").into());
        }
        Ok(())
    }
}

/// Puts the name of their array before the names of fields that something else has as well.
fn tell_apart(members: &mut [Member]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    members.iter().for_each(|member| *counts.entry(member.array.name.clone()).or_default() += 1);
    for member in members {
        if let Some(within) = member.within.as_ref().filter(|_| counts[&member.array.name] > 1) {
            member.array.name = format!("{}.{}", within.of.name, member.array.name);
        }
    }
}

impl Values {
    /// The member's bytes, which may be in those of the archive.
    pub(super) fn bytes<'a>(&'a self, archive: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Stored { start, size, .. } => {
                let bytes = archive.get(*start..).unwrap_or_default();
                bytes.get(..*size).unwrap_or(bytes)
            }
            Self::Inflated(values) => values,
        }
    }
}

impl Member {
    /// Its first side.
    pub(super) fn rows(&self) -> Option<usize> {
        self.array.shape.first().copied()
    }

    /// The arrays in an array of records, or the member itself. `matrices` are the rows of the other
    /// arrays' embeddings.
    fn parts(self, matrices: &[usize]) -> Result<Vec<Self>, Problem> {
        let (Some(record), &[rows]) = (self.header.record.clone(), &self.array.shape[..]) else {
            return Ok(vec![self]);
        };
        if rows.checked_mul(record.size()).is_none_or(|size| size as u64 > self.size) {
            let what = format!("its header promises more than the {} bytes that it has", self.size);
            return Err(self.unreadable(&what));
        }
        let parts = record.parts(rows, &self.array.name, !matrices.contains(&rows));
        let parts = parts.into_iter().map(|part| {
            let header = Header { element: part.element, shape: part.shape, record: None, ..self.header };
            let array = Array::new(part.name, &header);
            let (of, record) = (self.array.clone(), record.clone());
            let within = Some(Within { of, record, start: part.start, strided: part.strided });
            Self { array, header, within, file: Arc::clone(&self.file), ..self }
        });
        Ok(parts.collect())
    }

    /// A problem with it.
    pub(super) fn located(&self, problem: Problem) -> Problem {
        problem.at(position(&self.array.name))
    }

    fn unreadable(&self, what: &str) -> Problem {
        unreadable(&self.file, &position(&self.array.name), what)
    }

    /// Refuses an array that promises more than the member, or an archive of so many bytes, can hold.
    /// A member that is cut short is listed if half of it is there, and reading it tells.
    fn check_size(&self, archive: usize) -> Result<(), Problem> {
        let needed = self.needed().unwrap_or(u64::MAX);
        let compressed = self.compressed.min(archive as u64);
        if needed > self.size {
            let what = format!("its header promises more than the {} bytes that it has", self.size);
            return Err(self.unreadable(&what));
        }
        match self.stored {
            Some(start) if (start as u64).saturating_add(needed / 2) > archive as u64 => {
                Err(self.unreadable("most of it is missing"))
            }
            None if needed / MAX_RATIO > compressed => {
                Err(self.unreadable(&format!("{needed} bytes cannot come out of {compressed} compressed ones")))
            }
            _ => Ok(()),
        }
    }

    /// The bytes that the array needs: all of the member if that is not known, since they are objects
    /// or of another type. Returns `None` if there cannot be so many.
    fn needed(&self) -> Option<u64> {
        match self.header.element.size() {
            None => Some(self.size),
            Some(_) => Some(self.header.data_size()?.checked_add(self.header.data)? as u64),
        }
    }

    /// Inflates it up to what its array needs.
    fn inflate(&self, mut source: ZipFile<'_, Cursor<&[u8]>>, progress: &Progress) -> Result<Vec<u8>, FormatError> {
        let needed = usize::try_from(self.needed().unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        progress.begin(format!("Inflating {}", self.array.name));
        let mut inflated = Vec::new();
        inflated.try_reserve_exact(needed).map_err(|error| self.unreadable(&error.to_string()))?;
        while inflated.len() < needed {
            progress.advance(inflated.len(), needed)?;
            let step = STEP.min(needed - inflated.len()) as u64;
            let read = source.by_ref().take(step).read_to_end(&mut inflated);
            if read.map_err(|error| self.unreadable(&error.to_string()))? == 0 {
                let what = format!("it ends after {} of {needed} bytes", inflated.len());
                return Err(self.unreadable(&what).into());
            }
        }
        // The checksum is compared at the end: one more read reaches it.
        if needed as u64 == self.size {
            source.read(&mut [0]).map_err(|error| self.unreadable(&error.to_string()))?;
        }
        Ok(inflated)
    }
}
