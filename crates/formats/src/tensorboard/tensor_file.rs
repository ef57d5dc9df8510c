//! The form of a file that a configuration names as `tensor_path`.
//!
//! TensorBoard reads text and, if the bytes are not UTF-8, raw `f32` of the shape in the
//! configuration. Here a `.npy` array is read too, `.bytes` is always raw, and a zero byte, which
//! numbers have and text never has, tells the two apart if all bytes happen to be UTF-8.

use parallax_embedding::Progress;

use crate::{
    FormatError, Problem, RawLayout, coded, delimited, npy, raw,
    source::{Content, Listed},
};

/// The shape of the file and what reads it, and how the configured shape does not fit.
pub(super) fn list(content: &Content, configured: &[u32]) -> Result<(Listed, Vec<String>), FormatError> {
    let listed = matrix(&coded::decoded(content.clone(), &Progress::default())?.content, configured)?;
    let (rows, dims) = (listed.0.0 as u64, listed.0.1 as u64);
    let fits = configured.is_empty() || configured.iter().map(|&side| u64::from(side)).eq([rows, dims]);
    let note = format!("tensor_shape is {configured:?}, but the file holds {rows} x {dims} numbers, which count");
    Ok((listed, if fits { Vec::new() } else { vec![note] }))
}

fn matrix(content: &Content, configured: &[u32]) -> Result<Listed, FormatError> {
    let path = content.path();
    let has_ending = |ending: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
    let bytes = content.bytes()?;
    let bytes = (*bytes).as_ref();
    if has_ending("npy") || npy::is_npy(bytes) {
        return npy::matrix(content);
    }
    let is_bytes = has_ending("bytes");
    match *configured {
        _ if !is_bytes && delimited::is_text(bytes) => delimited::matrix(content),
        [_, dims] => raw::matrix(content, RawLayout { dims: dims as usize, dtype: "f32".to_owned(), offset: 0 }),
        // Its reader reports where the text is wrong.
        _ if has_ending("tsv") || has_ending("csv") || has_ending("txt") => delimited::matrix(content),
        _ => {
            let message =
                "the file holds raw numbers, and the configuration does not say how many of them make up a row";
            let way_out = "Add tensor_shape: ROWS and tensor_shape: COLUMNS to the embedding";
            Err(Problem::error(path, message).way_out(way_out).into())
        }
    }
}
