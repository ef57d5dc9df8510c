//! Zarr folders of versions 2 and 3: JSON that describes arrays, and a file for each chunk of them.
//!
//! Chunks may be stored as they are or packed with gzip, zlib, zstd, or Blosc, and hold numbers or
//! texts; several may be in a shard. Links are not followed, so nothing outside the folder is read.

mod blosc;
mod codec;
mod fill;
mod meta;
mod shard;

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use super::{Node, Store, Stored, fault};
use crate::{
    FormatError, Problem,
    disk::read_bytes,
    npy::npz,
    source::{Content, Format},
};
use meta::{Kind, Layout};

pub(crate) static FORMAT: Format = Format {
    words: Some(""), // HDF5 names it
    claims: |path| Ok(DESCRIPTIONS.iter().any(|name| path.join(name).is_file())),
    ..Format::new(|content, _| super::list(content, ["zarr", "zarr"], open))
};

/// The files of which a group or an array has one.
const DESCRIPTIONS: [&str; 3] = ["zarr.json", ".zgroup", ".zarray"];

/// Groups and arrays that are listed.
const MAX_NODES: usize = 20_000;

/// Groups within groups.
const MAX_DEPTH: usize = 32;

/// Bytes of a chunk, and of all chunks that are not stored since they hold one value, that need no
/// further evidence.
const SLACK: u64 = 1 << 26;

struct Zarr {
    folder: PathBuf,
    /// The bytes of all files.
    size: u64,
}

fn open(content: &Content) -> Result<Box<dyn Store>, FormatError> {
    let folder = content.path().to_path_buf();
    fs::read_dir(&folder).map_err(FormatError::read(&folder))?;
    let size = size_of(&folder, 0);
    Ok(Box::new(Zarr { folder, size }))
}

/// The bytes of the files in a folder. Links count as nothing.
fn size_of(folder: &Path, depth: usize) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let sizes = entries.filter_map(|entry| {
        let known = entry.metadata().ok()?; // of the link, if it is one
        Some(if known.is_dir() && depth < MAX_DEPTH { size_of(&entry.path(), depth + 1) } else { known.len() })
    });
    sizes.fold(0, u64::saturating_add)
}

impl Zarr {
    fn folder_of(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.folder.clone() } else { self.folder.join(path) }
    }

    fn walk(&self, path: &str, depth: usize, nodes: &mut Vec<Node>, problems: &mut Vec<Problem>) -> bool {
        let folder = self.folder_of(path);
        let node = match meta::read(&folder) {
            Ok(Some(node)) => node,
            Ok(None) => return true,
            Err(error) => {
                problems.extend(error.into_problem());
                return true;
            }
        };
        let is_group = node.layout.is_none();
        let path_or_name = if path.is_empty() && !is_group { self.name() } else { path.to_owned() };
        let array = node.layout.map(|layout| layout.array());
        nodes.push(Node { path: path_or_name, array, attributes: node.attributes });
        if !is_group || depth >= MAX_DEPTH || nodes.len() >= MAX_NODES {
            return !is_group || nodes.len() < MAX_NODES && depth < MAX_DEPTH;
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
        let within = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let mut names: Vec<String> = within.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        let below = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        names.iter().map(below).all(|path| self.walk(&path, depth + 1, nodes, problems))
    }

    /// The name of the only array, if the folder is one.
    fn name(&self) -> String {
        self.folder.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Store for Zarr {
    fn size(&self) -> u64 {
        self.size
    }

    fn nodes(&self) -> Result<(Vec<Node>, Vec<Problem>), FormatError> {
        let (mut nodes, mut problems) = (Vec::new(), Vec::new());
        if !self.walk("", 0, &mut nodes, &mut problems) {
            let what = format!("only the first {} groups and arrays are listed", nodes.len());
            problems.push(Problem::warning(&self.folder, what));
        }
        Ok((nodes, problems))
    }

    fn array(&self, path: &str) -> Result<Box<dyn Stored>, FormatError> {
        let is_whole = self.folder.join(".zarray").is_file() || path == self.name() && !self.folder.join(path).is_dir();
        let folder = if is_whole { self.folder.clone() } else { self.folder_of(path) };
        let wrong = |what: &str| FormatError::from(fault(&self.folder, path, what));
        let node = meta::read(&folder)?.ok_or_else(|| wrong("there is no array"))?;
        let layout = node.layout.ok_or_else(|| wrong("this is a group"))?;
        let most = self.size.saturating_mul(npz::MAX_RATIO).saturating_add(SLACK);
        if layout.bytes().is_none_or(|needed| needed > most) {
            return Err(wrong("it promises more values than files of this size can hold"));
        }
        Ok(Box::new(Handle { file: self.folder.clone(), path: path.to_owned(), folder, layout }))
    }
}

/// An array that is read.
struct Handle {
    file: PathBuf,
    path: String,
    folder: PathBuf,
    layout: Layout,
}

impl Handle {
    /// The values of a chunk in the order of rows, or nothing if it is not stored.
    fn chunk(&self, place: [usize; 2]) -> Result<Option<Vec<u8>>, FormatError> {
        let layout = &self.layout;
        let (key, number) = layout.find(place);
        let wrong = |what: &str| FormatError::from(fault(&self.file, &self.path, format!("{key}: {what}")));
        let file = self.folder.join(&key);
        match fs::symlink_metadata(&file) {
            Ok(known) if known.is_file() => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            _ => return Err(wrong("this is not a file")),
        }
        let stored = read_bytes(&file)?;
        let stored: &[u8] = (*stored).as_ref();
        let stored = match layout.shard.zip(number) {
            Some((shard, number)) => match shard.chunk(stored, number).map_err(|what| wrong(&what))? {
                Some(chunk) => chunk,
                None => return Ok(None),
            },
            None => stored,
        };
        let most = (stored.len() as u64).saturating_mul(npz::MAX_RATIO).saturating_add(SLACK);
        let expected = match layout.kind {
            Kind::Numbers | Kind::Points | Kind::Bytes => Some(layout.chunk_bytes()),
            Kind::Texts => None,
        };
        if expected.is_some_and(|expected| expected as u64 > most) {
            return Err(wrong("its chunks are too large for what is stored of them"));
        }
        let limit = expected.unwrap_or(usize::try_from(most).unwrap_or(usize::MAX));
        let values = codec::decoded(&layout.codecs, stored, limit).map_err(|what| wrong(&what))?;
        if expected.is_some_and(|expected| expected != values.len()) {
            return Err(wrong("it has another number of values than a chunk"));
        }
        Ok(Some(if layout.by_columns { self.turned(&values) } else { values }))
    }

    /// The values of a chunk that is stored column by column.
    fn turned(&self, values: &[u8]) -> Vec<u8> {
        let ([rows, columns], size) = (self.layout.chunk, self.layout.item);
        let mut turned = Vec::with_capacity(values.len());
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            turned.extend_from_slice(&values[(column * rows + row) * size..][..size]);
        }
        turned
    }
}

impl Stored for Handle {
    fn read(&self, rows: Range<usize>) -> Result<Vec<u8>, FormatError> {
        let Layout { shape, chunk, item, .. } = &self.layout;
        let (columns, [chunk_rows, chunk_columns]) = (shape.get(1).copied().unwrap_or(1), *chunk);
        let line = columns * item;
        let mut values = vec![0_u8; rows.len() * line];
        if self.layout.fill.iter().any(|&byte| byte != 0) {
            values.chunks_exact_mut(*item).for_each(|value| value.copy_from_slice(&self.layout.fill));
        }
        for chunk_row in rows.start / chunk_rows..rows.end.div_ceil(chunk_rows) {
            for chunk_column in 0..columns.div_ceil(chunk_columns) {
                let Some(stored) = self.chunk([chunk_row, chunk_column])? else { continue };
                let first_column = chunk_column * chunk_columns;
                let width = chunk_columns.min(columns - first_column) * item;
                let first_row = chunk_row * chunk_rows;
                for row in rows.start.max(first_row)..rows.end.min(first_row + chunk_rows) {
                    let from = (row - first_row) * chunk_columns * item;
                    let to = (row - rows.start) * line + first_column * item;
                    values[to..to + width].copy_from_slice(&stored[from..from + width]);
                }
            }
        }
        Ok(values)
    }

    fn texts(&self, rows: Range<usize>) -> Result<Vec<String>, FormatError> {
        let chunk_rows = self.layout.chunk[0];
        if self.layout.kind != Kind::Texts {
            let read = self.read(rows)?;
            let text = |value: &[u8]| codec::text(self.layout.kind, self.layout.big_endian, value);
            return Ok(read.chunks_exact(self.layout.item.max(1)).map(text).collect());
        }
        let mut texts = Vec::with_capacity(rows.len());
        for chunk_row in rows.start / chunk_rows..rows.end.div_ceil(chunk_rows) {
            let first = chunk_row * chunk_rows;
            let (start, end) = (rows.start.max(first), rows.end.min(first + chunk_rows));
            let Some(stored) = self.chunk([chunk_row, 0])? else {
                let fill = String::from_utf8_lossy(&self.layout.fill);
                texts.resize(texts.len() + (end - start), fill.into_owned());
                continue;
            };
            let read = codec::texts(&stored).and_then(|read| Some(read.get(start - first..end - first)?.to_vec()));
            let short = || fault(&self.file, &self.path, format!("chunk {chunk_row} has fewer texts than it says"));
            texts.extend(read.ok_or_else(short)?.into_iter().map(str::to_owned));
        }
        Ok(texts)
    }

    fn rows_together(&self) -> usize {
        self.layout.chunk[0]
    }
}
