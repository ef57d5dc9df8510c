//! Sparse matrices of SciPy, as `scipy.sparse.save_npz` writes them: archives of NumPy with the arrays
//! of a matrix by rows (CSR) or by columns (CSC). They become dense, within the limits for those in
//! files of AnnData. Of other forms, the way out is said.

use std::{collections::BTreeMap, ops::Range};

use parallax_embedding::{Progress, SharedBytes};

use super::{Array, Attribute, Element, Node, Opener, Store, Stored, Tree, fault, matrix::Matrix};
use crate::{
    FormatError, OpenOptions, Problem, Source,
    npy::npz,
    source::{Content, Format},
};

pub(crate) static FORMAT: Format = Format { words: Some(""), matches: npz::is_sparse, ..Format::new(list) };

fn list(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let store = open(content)?;
    let (nodes, problems) = store.nodes()?;
    let opener = Opener { content: content.clone(), size: store.size(), open };
    let tree = Tree::new(nodes);
    let Some(root) = tree.node("") else { return Err(fault(content.path(), "", "it holds nothing").into()) };
    let refused = |what: String, way_out: &str| Problem::error(content.path(), what).way_out(way_out);
    let Some(matrix) = Matrix::sparse(&tree, root) else {
        let form = root.text("encoding-type").unwrap_or("?");
        let what =
            format!("this is a sparse matrix of SciPy in the form {form:?}; those in the forms csr and csc are read");
        return Err(refused(what, "Save it as one, as by scipy.sparse.save_npz(file, matrix.tocsr())").into());
    };
    if let Some(what) = opener.too_dense(&matrix) {
        let way_out = "Save fewer dimensions, as by sklearn.decomposition.TruncatedSVD(50).fit_transform(matrix)";
        return Err(refused(format!("this sparse matrix of SciPy {what}"), way_out).into());
    }
    let info = opener.info(content.stem(), matrix, None);
    Ok(Source::of(content, "scipy-sparse", vec![info], problems))
}

fn open(content: &Content) -> Result<Box<dyn Store>, FormatError> {
    Ok(Box::new(Archive { content: content.clone(), bytes: content.bytes()? }))
}

/// An archive as a group with arrays in it.
struct Archive {
    content: Content,
    bytes: SharedBytes,
}

impl Archive {
    fn values(&self, name: &str) -> Result<(Array, Vec<u8>), FormatError> {
        let (shape, number, values) = npz::values(&self.bytes, self.content.path(), name, &Progress::default())?;
        let element = match number {
            Some((dtype, big_endian)) => Element::Number { dtype, big_endian },
            None => Element::Text,
        };
        Ok((Array { shape, element }, values))
    }

    /// The form of the matrix, such as `csr`.
    fn form(&self) -> Result<String, FormatError> {
        let (_, values) = self.values("format")?;
        // Bytes, or texts of four bytes for each character.
        Ok(values.into_iter().filter(|byte| *byte != 0).map(char::from).collect())
    }

    fn shape(&self) -> Result<Vec<i64>, FormatError> {
        let (array, values) = self.values("shape")?;
        let Element::Number { dtype, big_endian } = array.element else { return Ok(Vec::new()) };
        let number = |value: &[u8]| i64::try_from(super::columns::integer(dtype, big_endian, value)?).ok();
        Ok(values.chunks_exact(dtype.size()).filter_map(number).collect())
    }
}

impl Store for Archive {
    fn size(&self) -> u64 {
        (*self.bytes).as_ref().len() as u64
    }

    fn nodes(&self) -> Result<(Vec<Node>, Vec<Problem>), FormatError> {
        let attributes = BTreeMap::from([
            ("encoding-type".to_owned(), Attribute::Texts(vec![self.form()?])),
            ("shape".to_owned(), Attribute::Integers(self.shape()?)),
        ]);
        let mut nodes = vec![Node { path: String::new(), array: None, attributes }];
        let (arrays, problems) = npz::list(&self.bytes, self.content.path())?;
        for array in arrays {
            let Some((dtype, big_endian)) = npz::number(&self.bytes, self.content.path(), &array.name)? else {
                continue;
            };
            let stored = Array { shape: array.shape, element: Element::Number { dtype, big_endian } };
            // As `part` of `matrix` names them.
            nodes.push(Node { path: format!("/{}", array.name), array: Some(stored), attributes: BTreeMap::new() });
        }
        Ok((nodes, problems))
    }

    fn array(&self, path: &str) -> Result<Box<dyn Stored>, FormatError> {
        let name = path.trim_start_matches('/');
        let (array, values) = self.values(name)?;
        let Element::Number { dtype, .. } = array.element else {
            return Err(fault(self.content.path(), name, "it holds no numbers").into());
        };
        Ok(Box::new(Values { size: dtype.size(), values }))
    }
}

/// The values of an array of one dimension.
struct Values {
    /// The bytes of one.
    size: usize,
    values: Vec<u8>,
}

impl Stored for Values {
    fn read(&self, rows: Range<usize>) -> Result<Vec<u8>, FormatError> {
        let place = rows.start.saturating_mul(self.size)..rows.end.saturating_mul(self.size);
        // Fewer are a fault that the reader tells.
        Ok(self.values.get(place).unwrap_or_default().to_vec())
    }

    fn texts(&self, _rows: Range<usize>) -> Result<Vec<String>, FormatError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::open;

    fn fixture(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scipy").join(name)
    }

    /// What `matrix.toarray()` is, by `make.py` beside the fixtures.
    #[test]
    fn sparse_matrices_are_read_as_scipy_makes_them_dense() {
        let expected = crate::npy::vectors(
            crate::disk::read_bytes(&fixture("dense.npy")).unwrap(),
            Path::new("dense.npy"),
            &Progress::default(),
        )
        .unwrap();
        for name in ["csr.npz", "csc.npz", "packed.npz", "twice.npz"] {
            let source = open(&fixture(name), &OpenOptions::default()).unwrap();
            assert_eq!((source.format, &source.problems[..]), ("scipy-sparse", &[][..]), "{name}");
            let vectors = source.load(0, 0, &Progress::default()).unwrap().embedding.vectors;
            assert_eq!((vectors.rows(), vectors.dims(), vectors.dtype()), (7, 5, expected.dtype()), "{name}");
            assert_eq!(vectors.raw(0..7), expected.raw(0..7), "{name}");
        }
    }

    #[test]
    fn other_sparse_forms_name_the_way_out() {
        for name in ["coo", "bsr", "dia"] {
            let error = open(&fixture(&format!("{name}.npz")), &OpenOptions::default()).unwrap_err().to_string();
            assert!(error.contains(&format!("in the form {name:?}")) && error.contains(".tocsr()"), "{error}");
        }
        let error = open(&fixture("vast.npz"), &OpenOptions::default()).unwrap_err().to_string();
        assert!(error.contains("dense it would take") && error.contains("TruncatedSVD"), "{error}");
    }

    #[test]
    fn damaged_sparse_matrices_are_read_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("m.npz");
        let whole = std::fs::read(fixture("csr.npz")).unwrap();
        let try_it = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            if let Ok(source) = open(&file, &OpenOptions::default()) {
                let _: Result<_, _> = source.load(0, 0, &Progress::default());
            }
        };
        (0..whole.len()).step_by(7).for_each(|length| try_it(&whole[..length]));
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            try_it(&bytes);
        }
    }
}
