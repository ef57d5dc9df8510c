//! Arrays in a tree of groups, as files of HDF5 and Zarr have them.
//!
//! A [`Store`] lists the tree and lends its arrays; what they mean is the same for all stores:
//! [`anndata`] knows the conventions of AnnData (`.h5ad`, scanpy), [`scipy`] those of sparse matrices
//! of SciPy, and [`plain`] takes every 2-D array for an embedding. [`matrix`] reads vectors, and [`columns`] metadata.

mod anndata;
mod columns;
#[cfg(feature = "hdf5")]
mod hdf5;
mod matrix;
mod plain;
mod scipy;
#[cfg(test)]
mod tests;
mod zarr;

use std::{collections::BTreeMap, ops::Range, path::Path, sync::Arc};

use parallax_embedding::Dtype;

#[cfg(feature = "hdf5")]
pub(crate) use hdf5::FORMAT as HDF5;
pub(crate) use scipy::FORMAT as SCIPY;
pub(crate) use zarr::FORMAT as ZARR;

use crate::{EmbeddingInfo, FormatError, Problem, Source, npy::npz, source::Content};

/// HDF5 in a build without it: such files are recognized and refused.
#[cfg(not(feature = "hdf5"))]
pub(crate) static HDF5: crate::source::Format = crate::source::Format {
    words: Some(""),
    endings: &["h5ad", "h5", "hdf5"],
    matches: |bytes| bytes.starts_with(b"\x89HDF\r\n\x1a\n"),
    ..crate::source::Format::new(|content, _| {
        let what = "HDF5 files are not read by this build of the program";
        Err(Problem::error(content.path(), what).way_out("Build it with the feature hdf5").into())
    })
};

/// A tree of groups and arrays.
pub(crate) trait Store: Send + Sync {
    /// The bytes of all files of the store.
    fn size(&self) -> u64;

    /// All groups and arrays, each group before what is in it, and what could not be listed.
    fn nodes(&self) -> Result<(Vec<Node>, Vec<Problem>), FormatError>;

    /// The array at `path`.
    ///
    /// # Errors
    /// Returns an error if there is none, or it promises more values than the store can hold.
    fn array(&self, path: &str) -> Result<Box<dyn Stored>, FormatError>;
}

/// An array that can be read.
pub(crate) trait Stored: Send + Sync {
    /// The values of these rows (the first dimension), one after the other.
    fn read(&self, rows: Range<usize>) -> Result<Vec<u8>, FormatError>;

    /// The texts of these rows.
    fn texts(&self, rows: Range<usize>) -> Result<Vec<String>, FormatError>;

    /// Says what is missing of the values, as far as that can be told without reading them.
    ///
    /// # Errors
    /// Returns an error if the file ends before them.
    fn check(&self) -> Result<(), FormatError> {
        Ok(())
    }

    /// How many rows are stored together, and so are best read together.
    fn rows_together(&self) -> usize {
        1
    }

    /// The byte of the file at which all values lie one after the other, if they do.
    fn place(&self) -> Option<usize> {
        None
    }
}

/// A store that is opened again for each reading, so that no file is kept open.
#[derive(Clone)]
pub(crate) struct Opener {
    content: Content,
    size: u64,
    open: fn(&Content) -> Result<Box<dyn Store>, FormatError>,
}

/// A group or an array.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Names separated by `/`; empty for the root.
    pub(crate) path: String,
    /// `None` for a group.
    pub(crate) array: Option<Array>,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// The shape and type of an array.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) element: Element,
}

/// What an array holds.
#[cfg_attr(not(feature = "hdf5"), expect(dead_code, reason = "only HDF5 has records and numbers with names"))]
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    Number {
        dtype: Dtype,
        big_endian: bool,
    },
    Text,
    /// Numbers with names.
    Named {
        dtype: Dtype,
        big_endian: bool,
        names: Arc<[(i64, String)]>,
    },
    /// Records of this many bytes.
    Record {
        size: usize,
        members: Arc<[Member]>,
    },
    /// Something else, in words.
    Other(String),
}

/// A member of a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) offset: usize,
    /// The bytes that it takes.
    pub(crate) size: usize,
    /// A text in a record is one of `size` bytes, padded.
    pub(crate) element: Element,
}

/// What a node says about itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Attribute {
    Texts(Vec<String>),
    Integers(Vec<i64>),
}

/// The nodes of a store by their paths.
pub(crate) struct Tree {
    nodes: Vec<Node>,
    places: BTreeMap<String, usize>,
}

/// What `content` holds. `name` is that of the format, and `name_of_cells` that of the format with
/// AnnData in it.
fn list(
    content: &Content,
    [name, name_of_cells]: [&'static str; 2],
    open: fn(&Content) -> Result<Box<dyn Store>, FormatError>,
) -> Result<Source, FormatError> {
    let store = open(content)?;
    let (nodes, mut problems) = store.nodes()?;
    let opener = Opener { content: content.clone(), size: store.size(), open };
    let tree = Tree::new(nodes);
    let is_cells = anndata::is_one(&tree);
    let infos = if is_cells { anndata::list } else { plain::list }(&opener, &tree, &mut problems);
    if infos.is_empty() {
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        let nothing = || {
            let what = "it holds no 2-D array of numbers";
            Problem::error(content.path(), what).way_out("Write an array of rows and columns into it")
        };
        return Err(problems.into_iter().next().unwrap_or_else(nothing).into());
    }
    Ok(Source::of(content, if is_cells { name_of_cells } else { name }, infos, problems))
}

impl Opener {
    fn open(&self) -> Result<Box<dyn Store>, FormatError> {
        (self.open)(&self.content)
    }

    fn file(&self) -> &Path {
        self.content.path()
    }

    /// The bytes that a sparse matrix may take once it is dense: few if the file is small, since a
    /// shape alone proves nothing.
    fn most_dense(&self) -> u64 {
        self.size.saturating_mul(npz::MAX_RATIO).saturating_add(1 << 26).min(matrix::MAX_DENSE)
    }

    /// What to say about a sparse matrix that would take too much memory. Returns `None` if it is not
    /// so large, or not sparse.
    fn too_dense(&self, matrix: &matrix::Matrix) -> Option<String> {
        let (size, most) = (matrix.dense_bytes()?, self.most_dense());
        let [size_in_gib, most_in_gib] = [size as f64, most as f64].map(|bytes| bytes / f64::from(1 << 30));
        let shape = format!("of {} x {}", matrix.rows, matrix.dims);
        let what = format!("{shape} is left out: dense it would take {size_in_gib:.1} GiB, more than {most_in_gib:.1}");
        (size > u128::from(most)).then_some(what)
    }

    /// An embedding of this store.
    fn info(&self, name: String, matrix: matrix::Matrix, columns: Option<&Arc<columns::Columns>>) -> EmbeddingInfo {
        let shape = (matrix.rows, matrix.dims, matrix.dtype);
        let reader = Arc::new(matrix::Reader { opener: self.clone(), matrix });
        let info = EmbeddingInfo::new(name, (shape, reader), &self.content);
        match columns {
            Some(columns) => info.with_metadata(&self.content, Arc::clone(columns) as _),
            None => info,
        }
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Opener").field(&self.content).finish()
    }
}

impl Tree {
    fn new(nodes: Vec<Node>) -> Self {
        let places = nodes.iter().enumerate().map(|(place, node)| (node.path.clone(), place)).collect();
        Self { nodes, places }
    }

    fn node(&self, path: &str) -> Option<&Node> {
        self.places.get(path).map(|&place| &self.nodes[place])
    }

    fn array(&self, path: &str) -> Option<&Array> {
        self.node(path)?.array.as_ref()
    }

    /// All arrays and their paths.
    fn arrays(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.nodes.iter().filter_map(|node| Some((&*node.path, node.array.as_ref()?)))
    }

    /// What is in the group at `path`, by name.
    fn children<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let name = move |node: &'a Node| {
            let name = node.path.strip_prefix(path)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, node))
        };
        self.nodes.iter().filter_map(name)
    }
}

impl Node {
    /// The text of an attribute that has one.
    fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name)? {
            Attribute::Texts(texts) => texts.first().map(String::as_str),
            Attribute::Integers(_) => None,
        }
    }

    /// The whole numbers of an attribute.
    fn integers(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name)? {
            Attribute::Integers(integers) => Some(integers),
            Attribute::Texts(_) => None,
        }
    }

    /// The texts of an attribute.
    fn texts(&self, name: &str) -> Option<&[String]> {
        match self.attributes.get(name)? {
            Attribute::Texts(texts) => Some(texts),
            Attribute::Integers(_) => None,
        }
    }
}

impl Array {
    /// Its type in words.
    fn words(&self) -> String {
        match &self.element {
            Element::Number { dtype, .. } => dtype.to_string(),
            Element::Text => "texts".to_owned(),
            Element::Named { .. } => "categories".to_owned(),
            Element::Record { .. } => "records".to_owned(),
            Element::Other(words) => words.clone(),
        }
    }
}

/// An error about the array or group at `path`.
fn fault(file: &Path, path: &str, what: impl Into<String>) -> Problem {
    Problem::error(file, what).at(format!("{path:?}")).way_out("Copy or write the file again")
}
