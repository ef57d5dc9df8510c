//! An array of one dimension in a file of its own: a label for each row of other vectors, as in
//! `X.npy` and `y.npy`.

use std::path::Path;

use parallax_embedding::{Column, Metadata, MetadataError, Progress};

use super::{Header, columns, header::Element, records};
use crate::{FormatError, Problem, pickle, source::Content};

/// Whether bytes begin with the header of an array of one dimension that holds no vectors.
pub(super) fn is_list(bytes: &[u8]) -> bool {
    Header::parse(bytes, Path::new("")).is_ok_and(|header| header.shape.len() == 1 && header.record.is_none())
}

/// The values of an array of one dimension as a column called as the file, or the fields of records
/// beside their vectors.
pub(super) fn table(content: &Content, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let (bytes, file) = (content.kept_bytes(progress)?, content.path());
    let header = Header::parse((*bytes).as_ref(), file)?;
    if header.record.is_some() {
        return records::table(content, &header, progress);
    }
    let refused = |error: MetadataError| Problem::error(file, error.to_string());
    let column = column(&content.stem(), &header, (*bytes).as_ref());
    let column = column.map_err(|(what, way_out)| Problem::error(file, what).way_out(way_out))?;
    Ok((Metadata::new(vec![column]).map_err(refused)?, Vec::new()))
}

/// The column, or what the array is instead and what to do.
fn column(name: &str, header: &Header, bytes: &[u8]) -> Result<Column, (String, &'static str)> {
    let &[rows] = &header.shape[..] else {
        let what = "the file holds vectors, and no columns of metadata";
        return Err((what.to_owned(), "Name a table, or an array of one dimension, with a value for each vector"));
    };
    let texts = "Save it as numbers or texts, as by array.astype(str)";
    if header.element.is_object() {
        let column = pickle::objects(name, bytes, header.data).filter(|column| column.len() == rows);
        let what = "its objects are not all numbers and texts, or are not written as NumPy does";
        return column.ok_or_else(|| (what.to_owned(), texts));
    }
    if matches!(header.element, Element::Other { .. }) || header.element.size() == Some(0) {
        return Err((format!("the array holds {} and cannot be a column", header.element), texts));
    }
    let end = header.data_size().and_then(|size| header.data.checked_add(size));
    let values = end.and_then(|end| bytes.get(header.data..end));
    let values = values.ok_or_else(|| ("the array is cut short".to_owned(), "Copy or save the file again"))?;
    Ok(columns::column(name, &header.element, values, rows))
}
