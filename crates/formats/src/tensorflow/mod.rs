//! TensorFlow checkpoints of both versions: the tensors listed without reading values, matrices
//! read as [`Vectors`].
//!
//! A checkpoint is named by its prefix: `logs/model.ckpt-100` means `model.ckpt-100.index` and its
//! data files (version 2, and the object checkpoints of TensorFlow 2, which are the same files), or
//! the file `model.ckpt-100` itself or its shards (version 1). [`latest`] reads the text file
//! `checkpoint`, which names the prefixes of a folder.
//!
//! Values in one piece are lent from the mapped file, in the stored type; a partitioned variable is
//! assembled in memory. Every checksum is verified: that of the index when a checkpoint is opened,
//! those of the values when they are read. Parsers work on bytes and do not recurse; files are
//! opened here, in `files` and in `state`. Graphs (`.meta`) and strings are not read, and nothing
//! is written.

mod bundle;
mod checksum;
mod fault;
mod files;
mod proto;
mod slices;
mod state;
mod table;
mod tensor;
#[cfg(test)]
mod tests;
mod types;
mod v1;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::{Progress, SharedBytes, Vectors};

use self::{
    bundle::Bundle,
    checksum::Meter,
    fault::Fault,
    slices::{Area, Piece, Slice, assemble, check_cover},
    table::Table,
    tensor::{Matrix, position},
};
pub use self::{
    files::exists,
    state::{CheckpointList, latest},
    tensor::TensorInfo,
};
use crate::{
    FormatError, Problem,
    disk::{READ_BYTES, read_bytes},
};

/// A checkpoint whose tensors are known. Its values stay in the files until they are read.
#[derive(Debug)]
pub struct Checkpoint {
    prefix: PathBuf,
    /// By name.
    tensors: Vec<TensorInfo>,
    layout: Layout,
}

/// The location of the values of each tensor, in the order of the tensors.
#[derive(Debug)]
enum Layout {
    /// Version 2: the entry in the index.
    Bundle(Bundle, Vec<usize>),
    /// Version 1: the files, and the slices with the file that contains each.
    Tables(Vec<PathBuf>, Vec<Vec<(usize, Slice)>>),
}

impl Checkpoint {
    /// Lists the tensors of the checkpoint that `prefix` names. No values are read.
    ///
    /// # Errors
    /// # Errors
    /// If there is no such checkpoint, shards are missing, or the index is
    /// damaged.
    pub fn open(prefix: &Path) -> Result<Self, FormatError> {
        if files::index(prefix).is_file() {
            return Self::open_bundle(prefix);
        }
        let tables = files::tables(prefix)?;
        if tables.is_empty() {
            let problem = Problem::error(
                prefix,
                "there is no checkpoint of this name, neither a file .index nor a file of this very name",
            );
            return Err(FormatError::NotFound(Box::new(
                problem.way_out("Check the name; it has no extension such as .index or .meta"),
            )));
        }
        Self::open_tables(prefix, tables)
    }

    fn open_bundle(prefix: &Path) -> Result<Self, FormatError> {
        let index = files::index(prefix);
        let bundle = Bundle::parse((*read_bytes(&index)?).as_ref()).map_err(Fault::of(&index))?;
        let (tensors, places) = bundle.tensors().unzip();
        Ok(Self { prefix: prefix.to_path_buf(), tensors, layout: Layout::Bundle(bundle, places) })
    }

    fn open_tables(prefix: &Path, paths: Vec<PathBuf>) -> Result<Self, FormatError> {
        let mut tensors: BTreeMap<String, (TensorInfo, Vec<(usize, Slice)>)> = BTreeMap::new();
        for (file, path) in paths.iter().enumerate() {
            for v1::Listed { info, slices } in v1::parse((*read_bytes(path)?).as_ref()).map_err(Fault::of(path))? {
                let (known, parts) = tensors.entry(info.name.clone()).or_insert_with(|| (info.clone(), Vec::new()));
                if *known != info {
                    let what = "its shape or type differs from that in another file of the checkpoint";
                    return Err(Fault::of(path)(Fault::damage(position(&info.name), what)));
                }
                parts.extend(slices.into_iter().map(|slice| (file, slice)));
            }
        }
        let (tensors, slices) = tensors.into_values().unzip();
        Ok(Self { prefix: prefix.to_path_buf(), tensors, layout: Layout::Tables(paths, slices) })
    }

    /// The tensors by name, including those that cannot be read as vectors.
    #[must_use]
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The name of the file that holds the values of the tensor called `name`, or the first one if
    /// there are several.
    #[must_use]
    pub fn data_file(&self, name: &str) -> Option<String> {
        let tensor = self.place(name)?;
        let path = match &self.layout {
            Layout::Bundle(bundle, entries) => {
                files::shard(&self.prefix, bundle.first_shard(*entries.get(tensor)?)?, bundle.shards)
            }
            Layout::Tables(paths, slices) => paths.get(slices.get(tensor)?.first()?.0)?.clone(),
        };
        Some(path.file_name()?.to_string_lossy().into_owned())
    }

    /// Checks that the data files of the tensor called `name` are as long as the index says. Their values
    /// are not read. Those of version 1 are in the files that were listed.
    ///
    /// # Errors
    /// If a data file is missing or shorter.
    pub fn check_length(&self, name: &str) -> Result<(), FormatError> {
        let Layout::Bundle(bundle, entries) = &self.layout else { return Ok(()) };
        let Some(entry) = self.place(name).and_then(|place| entries.get(place)) else { return Ok(()) };
        for (shard, needed) in bundle.reaches(*entry) {
            let path = files::shard(&self.prefix, shard, bundle.shards);
            let available = fs::metadata(&path).map_err(FormatError::read(&path))?.len();
            if available < needed {
                let what =
                    format!("its values end at byte {needed}, but the file has {available} bytes: it is cut off");
                return Err(Fault::of(&path)(Fault::damage(position(name), what)));
            }
        }
        Ok(())
    }

    /// Reads the tensor called `name`: rows x dims, in the stored type.
    ///
    /// # Errors
    /// If there is no such tensor, it is not a matrix of numbers, its file is
    /// missing or damaged, or `progress` was canceled.
    pub fn read(&self, name: &str, progress: &Progress) -> Result<Vectors, FormatError> {
        let tensor = self.place(name).ok_or_else(|| self.unknown(name))?;
        let index = self.index();
        let matrix = self.tensors.get(tensor).ok_or_else(|| self.unknown(name))?.matrix().map_err(Fault::of(&index))?;
        progress.begin(format!("Reading {}", display_name(name)));
        let vectors = match &self.layout {
            Layout::Bundle(bundle, entries) => {
                let parts = entries.get(tensor).map_or_else(|| Ok(Vec::new()), |entry| bundle.parts(*entry, &matrix));
                self.read_bundle(bundle, &parts.map_err(Fault::of(&index))?, &matrix, progress)
            }
            Layout::Tables(paths, slices) => {
                read_tables(paths, slices.get(tensor).map(Vec::as_slice).unwrap_or_default(), &matrix, progress)
            }
        }?;
        progress.set(1.0);
        Ok(vectors)
    }

    fn read_bundle(
        &self,
        bundle: &Bundle,
        parts: &[bundle::Part<'_>],
        matrix: &Matrix<'_>,
        progress: &Progress,
    ) -> Result<Vectors, FormatError> {
        let numbers: BTreeSet<u32> = parts.iter().map(|(_, entry)| entry.shard).collect();
        let open = |number| {
            let path = files::shard(&self.prefix, number, bundle.shards);
            Ok((number, (read_bytes(&path)?, path)))
        };
        let shards = numbers.into_iter().map(open).collect::<Result<BTreeMap<_, _>, FormatError>>()?;
        let available = shards.values().map(|(data, _)| (**data).as_ref().len() as u128).sum::<u128>();
        if matrix.bytes() > available {
            let what = format!(
                "its values take {} bytes, but its data files have {available}: they are cut off",
                matrix.bytes()
            );
            return Err(Fault::of(&self.index())(Fault::damage(position(matrix.name), what)));
        }
        let mut meter = Meter::new(progress, matrix.bytes() as usize);
        let mut pieces = Vec::with_capacity(parts.len());
        for (area, entry) in parts {
            let Some((data, path)) = shards.get(&entry.shard) else { continue };
            let values = entry.values(matrix.name, (**data).as_ref(), &mut meter).map_err(Fault::of(path))?;
            let bytes = if bundle.big_endian { reversed(values, matrix.dtype.size()) } else { Cow::Borrowed(values) };
            pieces.push(Piece { area: area.clone(), bytes });
        }
        vectors(matrix, pieces, shards.values().map(|(data, _)| data), READ_BYTES).map_err(Fault::of(&self.index()))
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.tensors.iter().position(|tensor| tensor.name == name)
    }

    /// The file that lists the tensors.
    fn index(&self) -> PathBuf {
        match &self.layout {
            Layout::Bundle(..) => files::index(&self.prefix),
            Layout::Tables(paths, _) => paths.first().unwrap_or(&self.prefix).clone(),
        }
    }

    fn unknown(&self, name: &str) -> FormatError {
        const SHOWN: usize = 10;
        let mut names: Vec<String> =
            self.tensors.iter().take(SHOWN).map(|tensor| format!("{:?}", tensor.name)).collect();
        if self.tensors.len() > SHOWN {
            names.push(format!("{} more", self.tensors.len() - SHOWN));
        }
        let problem = Problem::error(self.index(), format!("there is no tensor {name:?} in this checkpoint"));
        let there_are =
            if names.is_empty() { "It has none at all".to_owned() } else { format!("It has {}", names.join(", ")) };
        FormatError::NotFound(Box::new(problem.way_out(there_are)))
    }
}

/// The name of a tensor as people know it: without the suffix by which TensorFlow 2 marks a
/// variable's value, and without the `:0` of TensorFlow 1.
#[must_use]
pub fn display_name(name: &str) -> &str {
    let name = name.strip_suffix(":0").unwrap_or(name);
    name.strip_suffix("/.ATTRIBUTES/VARIABLE_VALUE").unwrap_or(name)
}

fn read_tables(
    paths: &[PathBuf],
    slices: &[(usize, Slice)],
    matrix: &Matrix<'_>,
    progress: &Progress,
) -> Result<Vectors, FormatError> {
    let damage = |what: String| {
        Fault::of(paths.first().map_or(Path::new(""), PathBuf::as_path))(Fault::damage(position(matrix.name), what))
    };
    let area = |(_, slice): &(usize, Slice)| slice.area(matrix.rows, matrix.dims);
    let areas: Option<Vec<Area>> = slices.iter().map(area).collect();
    let areas = areas.ok_or_else(|| damage("one of its slices is not a part of its shape".to_owned()))?;
    check_cover(matrix.rows, matrix.dims, &areas).map_err(damage)?;

    let maps = paths.iter().map(|path| read_bytes(path)).collect::<Result<Vec<SharedBytes>, _>>()?;
    let tables = paths.iter().zip(&maps).map(|(path, bytes)| Table::parse((**bytes).as_ref()).map_err(Fault::of(path)));
    let tables = tables.collect::<Result<Vec<Table<'_>>, _>>()?;
    let mut meter = Meter::new(progress, usize::try_from(matrix.bytes()).unwrap_or(usize::MAX));
    let mut pieces = Vec::with_capacity(slices.len());
    for ((file, slice), area) in slices.iter().zip(areas) {
        let Some((table, path)) = tables.get(*file).zip(paths.get(*file)) else { continue };
        let bytes = v1::values(table, slice, &area, matrix, &mut meter).map_err(Fault::of(path))?;
        pieces.push(Piece { area, bytes });
    }
    vectors(matrix, pieces, maps.iter(), READ_BYTES).map_err(|fault| match fault {
        Fault::Data { what, .. } => damage(what),
        Fault::Cancelled => FormatError::Cancelled,
    })
}

/// The matrix that `pieces` cover: assembled in memory, or lent from the mapped file if that holds
/// it in one piece and it has more than `most` bytes.
fn vectors<'a>(
    matrix: &Matrix<'_>,
    mut pieces: Vec<Piece<'_>>,
    mut maps: impl Iterator<Item = &'a SharedBytes>,
    most: u64,
) -> Result<Vectors, Fault> {
    let only = if pieces.len() == 1 { pieces.pop() } else { None };
    let (bytes, offset): (SharedBytes, usize) = match only.map(|piece| piece.bytes) {
        Some(Cow::Owned(bytes)) => (Arc::new(bytes), 0),
        Some(Cow::Borrowed(values)) if values.len() as u64 <= most => (Arc::new(values.to_vec()), 0),
        Some(Cow::Borrowed(values)) => maps
            .find_map(|map| Some((Arc::clone(map), place_in((**map).as_ref(), values)?)))
            .unwrap_or_else(|| (Arc::new(values.to_vec()), 0)),
        None => (Arc::new(assemble(matrix.dims, matrix.dtype.size(), &pieces)), 0),
    };
    Vectors::from_bytes(matrix.rows, matrix.dims, matrix.dtype, bytes, offset)
        .map_err(|error| Fault::damage(position(matrix.name), error.to_string()))
}

/// The start of `part`, which may be a slice of `whole`, in it.
fn place_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (offset.checked_add(part.len())? <= whole.len()).then_some(offset)
}

/// Big-endian values of `size` bytes as little-endian ones.
fn reversed(values: &[u8], size: usize) -> Cow<'_, [u8]> {
    let mut values = values.to_vec();
    values.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    Cow::Owned(values)
}
