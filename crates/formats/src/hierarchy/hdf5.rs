//! HDF5 files, of which `.h5ad` are some.
//!
//! The crate `hdf5_pure` parses them. It is given the bytes through a [`Source`](hdf5_pure::Source)
//! that ends a walk in circles, and what an array promises is compared with what the file can hold
//! before it is read. Should the crate panic on damaged bytes all the same, that ends a thread of
//! its own and becomes an error like others.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use hdf5_pure::{AttrValue, Chunk, ChunkIndex, Dataset, Datatype, DatatypeByteOrder, Error, File, Group, Layout};
use parallax_embedding::{Dtype, SharedBytes};

use super::{Array, Attribute, Element, Member, Node, Store, Stored, columns::integer, fault};
use crate::{
    FormatError, OpenOptions, Problem, Source,
    npy::npz,
    source::{Content, Format},
};

pub(crate) static FORMAT: Format = Format {
    words: Some(".h5ad, .h5, .hdf5, Zarr folders"),
    endings: &["h5ad", "h5", "hdf5"],
    other_endings: &["hdf", "he5", "loom"],
    matches: is_hdf5,
    ..Format::new(list)
};

fn list(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    super::list(content, ["hdf5", "h5ad"], open)
}

/// Whether `bytes` begin as an HDF5 file does, up to some bytes of another program in front.
fn is_hdf5(bytes: &[u8]) -> bool {
    [0, 512, 1024, 2048].iter().any(|&at| bytes.get(at..).is_some_and(|bytes| bytes.starts_with(SIGNATURE)))
}

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Groups and arrays that are listed; a damaged file may have groups that hold themselves.
const MAX_NODES: usize = 20_000;

/// Groups within groups.
const MAX_DEPTH: usize = 32;

struct Hdf5 {
    path: PathBuf,
    size: u64,
    file: File,
    /// Where the file was read first since this was [`NOWHERE`].
    read_first: Arc<AtomicU64>,
}

/// No place in a file.
const NOWHERE: u64 = u64::MAX;

fn open(content: &Content) -> Result<Box<dyn Store>, FormatError> {
    let (bytes, path) = (content.bytes()?, content.path());
    let size = (*bytes).as_ref().len() as u64;
    let budget = AtomicU64::new(READ_AGAIN.saturating_mul(size).saturating_add(READ_BYTES));
    let read_first = Arc::new(AtomicU64::new(NOWHERE));
    let file = isolated(path, || {
        named(path, "", File::from_source(Bytes { all: bytes, size, budget, read_first: Arc::clone(&read_first) }))
    })?;
    Ok(Box::new(Hdf5 { path: path.to_path_buf(), size, file, read_first }))
}

/// The bytes of a file.
struct Bytes {
    all: SharedBytes,
    size: u64,
    /// Bytes that may still be read: fewer than a walk in circles would read.
    budget: AtomicU64,
    read_first: Arc<AtomicU64>,
}

/// How often a file may be read, beyond the first [`READ_BYTES`].
const READ_AGAIN: u64 = 64;
const READ_BYTES: u64 = 1 << 28;

impl hdf5_pure::Source for Bytes {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), hdf5_pure::FormatError> {
        let length = buffer.len() as u64;
        let _: Result<_, _> = self.read_first.compare_exchange(NOWHERE, offset, Ordering::Relaxed, Ordering::Relaxed);
        let spent =
            self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(length.max(1)));
        if spent.is_err() {
            return Err(hdf5_pure::FormatError::Source("its parts refer to one another again and again".to_owned()));
        }
        let bytes =
            usize::try_from(offset).ok().and_then(|start| (*self.all).as_ref().get(start..)?.get(..buffer.len()));
        let short = || hdf5_pure::FormatError::UnexpectedEof {
            expected: usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(buffer.len()),
            available: self.size as usize,
        };
        buffer.copy_from_slice(bytes.ok_or_else(short)?);
        Ok(())
    }
}

/// Does `work`, which calls the crate, in a thread of its own: the crate follows types within types,
/// of which 64 KiB of a header may hold 8,000, by recursion; and if it panics, that is an error
/// about the file.
fn isolated<T: Send>(file: &Path, work: impl FnOnce() -> Result<T, FormatError> + Send) -> Result<T, FormatError> {
    thread::scope(|scope| {
        let worker =
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).map_err(FormatError::read(file))?;
        let wrong = || Problem::error(file, "its parts do not fit together").way_out("Copy or write the file again");
        worker.join().unwrap_or_else(|_| Err(wrong().into()))
    })
}

/// Memory is taken only as far as it is used.
const STACK: usize = 64 << 20;

/// What the crate returns, its error being one about `path` in the file.
fn named<T>(file: &Path, path: &str, result: Result<T, Error>) -> Result<T, FormatError> {
    result.map_err(|error| {
        let way_out = match &error {
            Error::Format(hdf5_pure::FormatError::SignatureNotFound) => "Check that it is an HDF5 file",
            Error::Format(hdf5_pure::FormatError::UnsupportedFilter(_)) => {
                "Compress it with gzip, as by h5repack -f GZIP=4"
            }
            Error::Format(hdf5_pure::FormatError::InvalidLayoutVersion(_)) => {
                "It is of a newer version: write it without libver=\"latest\", as by h5repack --high=3"
            }
            _ => "Copy or write the file again",
        };
        let problem = Problem::error(file, format!("cannot be read: {error}")).way_out(way_out);
        if path.is_empty() { problem.into() } else { problem.at(format!("{path:?}")).into() }
    })
}

/// A walk through the groups of a file.
#[derive(Default)]
struct Walk {
    nodes: Vec<Node>,
    problems: Vec<Problem>,
    /// Where the descriptions of the groups are that were entered.
    entered: HashSet<u64>,
    /// Paths of groups that were entered by another one.
    again: Vec<String>,
    /// Whether not all is listed.
    is_cut: bool,
}

impl Hdf5 {
    /// Adds what is in a group. What is damaged in it is a problem, and the rest is listed.
    fn walk(&self, group: &Group, path: &str, depth: usize, walk: &mut Walk) {
        self.read_first.store(NOWHERE, Ordering::Relaxed);
        let attributes = attributes(group.attrs());
        // Two names may be those of one group, which may be in itself.
        let place = self.read_first.load(Ordering::Relaxed);
        if place != NOWHERE && !walk.entered.insert(place) {
            return walk.again.push(path.to_owned());
        }
        walk.nodes.push(Node { path: path.to_owned(), array: None, attributes });
        if depth > MAX_DEPTH {
            walk.is_cut = true;
            return;
        }
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        match named(&self.path, path, group.iter_datasets()) {
            Ok(datasets) => datasets.for_each(|(name, dataset)| self.add(&dataset, below(&name), walk)),
            Err(error) => walk.problems.extend(error.into_problem()),
        }
        match named(&self.path, path, group.iter_groups()) {
            Ok(groups) => {
                for (name, group) in groups {
                    if walk.is_full() {
                        return;
                    }
                    self.walk(&group, &below(&name), depth + 1, walk);
                }
            }
            Err(error) => walk.problems.extend(error.into_problem()),
        }
    }

    fn add(&self, dataset: &Dataset, path: String, walk: &mut Walk) {
        if walk.is_full() {
            return;
        }
        match named(&self.path, &path, array(dataset)) {
            Ok(array) => walk.nodes.push(Node { path, array: Some(array), attributes: attributes(dataset.attrs()) }),
            Err(error) => walk.problems.extend(error.into_problem()),
        }
    }

    /// The most bytes that a dataset can hold: those of the file, or what they can be inflated to.
    fn most(&self, dataset: &Dataset) -> Result<u64, Error> {
        const SLACK: u64 = 1 << 20; // values that were never written are not in the file
        let stored = match dataset.layout()? {
            Layout::Chunked { .. } if !dataset.filters().is_empty() => {
                let stored = dataset.chunks()?.iter().fold(0_u64, |sum, chunk| sum.saturating_add(chunk.storage_size));
                stored.min(self.size).saturating_mul(npz::MAX_RATIO)
            }
            _ => self.size,
        };
        Ok(stored.saturating_add(SLACK))
    }
}

impl Walk {
    /// Whether no more may be listed.
    fn is_full(&mut self) -> bool {
        self.is_cut |= self.nodes.len() >= MAX_NODES;
        self.nodes.len() >= MAX_NODES
    }
}

impl Store for Hdf5 {
    fn size(&self) -> u64 {
        self.size
    }

    fn nodes(&self) -> Result<(Vec<Node>, Vec<Problem>), FormatError> {
        let mut walk = Walk::default();
        isolated(&self.path, || {
            self.walk(&self.file.root(), "", 0, &mut walk);
            Ok(())
        })?;
        let Walk { nodes, mut problems, again, is_cut, .. } = walk;
        if let Some(first) = again.first() {
            let are = if again.len() == 1 { "group is" } else { "groups are" };
            let what = format!("{} {are} listed by another name alone, the first of them {first:?}", again.len());
            problems.push(Problem::note(&self.path, what));
        }
        if is_cut {
            let what = format!("only the first {} groups and arrays are listed", nodes.len());
            problems.push(Problem::warning(&self.path, what));
        }
        Ok((nodes, problems))
    }

    fn array(&self, path: &str) -> Result<Box<dyn Stored>, FormatError> {
        let (needed, most, handle) = isolated(&self.path, || named(&self.path, path, self.handle(path)))?;
        match needed {
            Some(needed) if needed <= most => Ok(Box::new(handle)),
            _ => Err(fault(&self.path, path, "it promises more values than a file of this size can hold").into()),
        }
    }
}

/// A dataset that is read.
struct Handle {
    file: PathBuf,
    path: String,
    dataset: Dataset,
    /// The bytes of the file.
    size: u64,
    place: Option<usize>,
    rows_together: usize,
}

impl Hdf5 {
    /// The bytes that a dataset takes, the most that it can take, and what reads it.
    fn handle(&self, path: &str) -> Result<(Option<u64>, u64, Handle), Error> {
        let dataset = self.file.dataset(path)?;
        let size = dataset.element_size()?;
        let needed = dataset.shape()?.iter().try_fold(size, |size, side| size.checked_mul(*side));
        let most = self.most(&dataset)?;
        // Texts are elsewhere in the file; several values may refer to one.
        let is_text = matches!(dataset.datatype()?, Datatype::VariableLength { is_string: true, .. });
        let texts =
            if is_text && needed.is_some_and(|size| size <= most) { dataset.vlen_string_payload_size()? } else { 0 };
        let needed = needed.filter(|_| texts <= self.size);
        let place = match dataset.layout()? {
            Layout::Contiguous { address, size } if Some(size) == needed => address,
            _ => None,
        };
        let place = place.and_then(|place| usize::try_from(place).ok());
        let chunk = dataset.chunk_shape()?;
        let rows_together = chunk.and_then(|sides| usize::try_from(*sides.first()?).ok()).unwrap_or(1);
        let (file, path) = (self.path.clone(), path.to_owned());
        Ok((needed, most, Handle { file, path, dataset, size: self.size, place, rows_together }))
    }
}

impl Handle {
    /// The byte of the file behind the last stored value; 0 where that is not known.
    fn end(&self) -> Result<u64, Error> {
        Ok(match self.dataset.layout()? {
            Layout::Contiguous { address: Some(address), size } => address.saturating_add(size),
            // The crate does not list the chunks of this index.
            Layout::Chunked { index: ChunkIndex::BTreeV2, .. } => 0,
            Layout::Chunked { .. } => {
                let ends = |chunk: &Chunk| chunk.address.saturating_add(chunk.storage_size);
                self.dataset.chunks()?.iter().map(ends).max().unwrap_or(0)
            }
            _ => 0,
        })
    }
}

impl Stored for Handle {
    fn read(&self, rows: Range<usize>) -> Result<Vec<u8>, FormatError> {
        let read = || self.dataset.read_raw_rows(rows.start as u64, rows.len() as u64);
        isolated(&self.file, || named(&self.file, &self.path, read()))
    }

    fn texts(&self, rows: Range<usize>) -> Result<Vec<String>, FormatError> {
        let read = || self.dataset.read_string_rows(rows.start as u64, rows.len() as u64);
        isolated(&self.file, || named(&self.file, &self.path, read()))
    }

    fn check(&self) -> Result<(), FormatError> {
        let end = isolated(&self.file, || named(&self.file, &self.path, self.end()))?;
        if end > self.size {
            let what = format!("it is cut short: its values end at byte {end}, and the file has {}", self.size);
            return Err(fault(&self.file, &self.path, what).into());
        }
        Ok(())
    }

    fn rows_together(&self) -> usize {
        self.rows_together
    }

    fn place(&self) -> Option<usize> {
        self.place
    }
}

/// Attributes that are texts or whole numbers; those of other types are left out.
fn attributes(read: Result<HashMap<String, AttrValue>, Error>) -> BTreeMap<String, Attribute> {
    let known = |(name, value): (String, AttrValue)| {
        let texts = || Some(Attribute::Texts(value.as_strings()?.to_vec()));
        let integers = || Some(Attribute::Integers(value.to_i64s()?));
        Some((name, texts().or_else(integers)?))
    };
    read.unwrap_or_default().into_iter().filter_map(known).collect()
}

fn array(dataset: &Dataset) -> Result<Array, Error> {
    let side = |side: u64| usize::try_from(side).unwrap_or(usize::MAX);
    let shape = dataset.shape()?.into_iter().map(side).collect();
    Ok(Array { shape, element: element(&dataset.datatype()?) })
}

fn element(datatype: &Datatype) -> Element {
    let other = |words: &str| Element::Other(words.to_owned());
    if let Some((dtype, big_endian)) = number(datatype) {
        return Element::Number { dtype, big_endian };
    }
    match datatype {
        Datatype::String { .. } | Datatype::VariableLength { is_string: true, .. } => Element::Text,
        Datatype::Enumeration { base_type, members, .. } => match number(base_type) {
            Some((dtype, big_endian)) => {
                let value = |value: &[u8]| integer(dtype, big_endian, value).and_then(|code| i64::try_from(code).ok());
                let names = members.iter().filter_map(|member| Some((value(&member.value)?, member.name.clone())));
                Element::Named { dtype, big_endian, names: names.collect() }
            }
            None => other("categories"),
        },
        Datatype::Compound { size, members } => {
            let members = members.iter().filter_map(|member| {
                let (offset, size) = (usize::try_from(member.byte_offset).ok()?, member.datatype.type_size() as usize);
                let element = match element(&member.datatype) {
                    Element::Text if !matches!(member.datatype, Datatype::String { .. }) => other("texts"),
                    Element::Record { .. } => other("records"),
                    element => element,
                };
                Some(Member { name: member.name.clone(), offset, size, element })
            });
            Element::Record { size: *size as usize, members: members.collect() }
        }
        Datatype::FixedPoint { .. } | Datatype::FloatingPoint { .. } => other("numbers of an unusual type"),
        Datatype::Reference { .. } => other("references"),
        Datatype::VariableLength { .. } | Datatype::Array { .. } => other("lists"),
        _ => other("bytes"),
    }
}

/// The type of numbers, and whether their first byte is the most significant one.
fn number(datatype: &Datatype) -> Option<(Dtype, bool)> {
    let big_endian = |order: &DatatypeByteOrder| match order {
        DatatypeByteOrder::LittleEndian => Some(false),
        DatatypeByteOrder::BigEndian => Some(true),
        DatatypeByteOrder::Vax => None,
    };
    match datatype {
        Datatype::FixedPoint { size, byte_order, layout } => {
            let dtype = match (size, layout.signed) {
                (1, true) => Dtype::I8,
                (1, false) => Dtype::U8,
                (2, true) => Dtype::I16,
                (2, false) => Dtype::U16,
                (4, true) => Dtype::I32,
                (4, false) => Dtype::U32,
                (8, true) => Dtype::I64,
                (8, false) => Dtype::U64,
                _ => return None,
            };
            let is_whole = layout.bit_offset == 0 && u32::from(layout.bit_precision) == size * 8;
            Some((dtype, big_endian(byte_order)?)).filter(|_| is_whole)
        }
        Datatype::FloatingPoint { size, byte_order, layout } => {
            let dtype = match (size, layout.exponent_size, layout.mantissa_size) {
                (2, 5, 10) => Dtype::F16,
                (2, 8, 7) => Dtype::Bf16,
                (4, 8, 23) => Dtype::F32,
                (8, 11, 52) => Dtype::F64,
                _ => return None,
            };
            Some((dtype, big_endian(byte_order)?))
        }
        // As h5py writes booleans.
        Datatype::Enumeration { size: 1, members, .. } => {
            let is =
                |name: &str, value: u8| members.iter().any(|member| member.name == name && member.value == [value]);
            (members.len() == 2 && is("FALSE", 0) && is("TRUE", 1)).then_some((Dtype::Bool, false))
        }
        _ => None,
    }
}
