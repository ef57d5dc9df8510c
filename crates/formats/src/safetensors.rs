//! safetensors: the length of a header, the header as JSON, then the values, little-endian.
//!
//! ```text
//! {"__metadata__": {"format": "pt"}, "wte": {"dtype": "F16", "shape": [50257, 768], "data_offsets": [0, 77194752]}, ..}
//! ```

use std::{fmt, path::Path};

use parallax_embedding::Dtype;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    FormatError, Problem,
    error::counted,
    source::{Content, Format},
    tensors::{self, Element, Listing, Tensor},
};

pub(crate) static FORMAT: Format = Format {
    endings: &["safetensors"],
    matches,
    ..Format::new(|content, _| tensors::source(content, "safetensors", list(content)?))
};

/// Whether `bytes` begin with the length of a header and the header.
pub(crate) fn matches(bytes: &[u8]) -> bool {
    header_size(bytes).is_some_and(|size| size <= HEADER_BYTES) && bytes.get(8) == Some(&b'{')
}

/// The longest header that is read; the format's own libraries have the same limit.
const HEADER_BYTES: u64 = 100_000_000;

/// Lists the tensors of a file by its header.
///
/// # Errors
/// Returns an error if the file has no whole header.
pub(crate) fn list(content: &Content) -> Result<Listing, FormatError> {
    let (bytes, file) = (content.bytes()?, content.path());
    let bytes = (*bytes).as_ref();
    let Header(entries) = header(bytes, file)?;
    let start = header_size(bytes).map_or(0, |size| size as usize) + 8;
    let mut listing = Listing::default();
    let mut faults = Vec::new();
    for (name, entry) in entries {
        match entry.tensor(&name, content, start, bytes.len()) {
            Ok(tensor) => listing.tensors.push(tensor),
            Err(fault) => faults.push((name, fault)),
        }
    }
    faults.extend(overlapping(&mut listing.tensors));
    if let [(name, fault), others @ ..] = &faults[..] {
        let what = match others.len() {
            0 => fault.clone(),
            others => format!("{fault}; {} more cannot be read either", counted(others, "tensor")),
        };
        let problem = Problem::error(file, what).at(tensors::position(name));
        listing.problems.push(problem.way_out("Copy or save the file again"));
    }
    Ok(listing)
}

/// Takes out the tensors that have bytes of others, and says which. In a whole file each byte is of
/// one tensor.
fn overlapping(tensors: &mut Vec<Tensor>) -> Vec<(String, String)> {
    let mut order: Vec<usize> = (0..tensors.len()).filter(|&at| !tensors[at].place.is_empty()).collect();
    order.sort_by_key(|&at| tensors[at].place.start);
    // The one that reaches furthest so far.
    let (mut furthest, mut faults) = (None::<usize>, Vec::new());
    let mut is_whole = vec![true; tensors.len()];
    for at in order {
        match furthest.filter(|&before| tensors[before].place.end > tensors[at].place.start) {
            Some(before) => {
                let (own, other) = (tensors[at].name.clone(), tensors[before].name.clone());
                faults.push((own, format!("its bytes are also those of tensor {other:?}")));
                is_whole[at] = false;
                is_whole[before] = false;
                furthest = [before, at].into_iter().max_by_key(|&at| tensors[at].place.end);
            }
            None => furthest = Some(at),
        }
    }
    let mut is_whole = is_whole.into_iter();
    tensors.retain(|_| is_whole.next().unwrap_or(true));
    faults
}

fn header_size(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|size| u64::from_le_bytes(*size))
}

fn header(bytes: &[u8], file: &Path) -> Result<Header, FormatError> {
    let bad = |what: String| {
        FormatError::from(Problem::error(file, what).at("byte 0").way_out("Copy or save the file again"))
    };
    let size = header_size(bytes).ok_or_else(|| bad(format!("the file is cut short: it has {} bytes", bytes.len())))?;
    if size > HEADER_BYTES {
        return Err(bad(format!("this is not a safetensors file: its header would have {size} bytes")));
    }
    let header = bytes.get(8..8 + size as usize);
    let header = header.ok_or_else(|| {
        bad(format!("the file is cut short: its header has {size} bytes, and {} are there", bytes.len() - 8))
    })?;
    serde_json::from_slice(header).map_err(|error| {
        let problem = Problem::error(file, format!("the header is not as it should be: {error}"));
        problem.at("byte 8").way_out("Copy or save the file again").into()
    })
}

/// The tensors in the order of the header.
struct Header(Vec<(String, Entry)>);

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

impl Entry {
    /// The tensor, in a file of `size` bytes with values from byte `start` on; or what is wrong.
    fn tensor(self, name: &str, content: &Content, start: usize, size: usize) -> Result<Tensor, String> {
        let element = element(&self.dtype);
        let [begin, end] = self.data_offsets;
        let place = start.checked_add(begin).zip(start.checked_add(end)).filter(|(begin, end)| begin <= end);
        let Some((begin, end)) = place else { return Err(format!("it ends at byte {end}, before byte {begin}")) };
        if end > size {
            return Err(format!("the file is cut short: the tensor ends at byte {end}, and the file has {size}"));
        }
        let values = self.shape.iter().try_fold(1_usize, |count, &side| count.checked_mul(side));
        let value = element.dtype().map(|dtype| if matches!(element, Element::Number(_)) { dtype.size() } else { 1 });
        let needed = value.map(|value| values.and_then(|values| values.checked_mul(value)));
        if needed.is_some_and(|needed| needed != Some(end - begin)) {
            let sides: Vec<String> = self.shape.iter().map(usize::to_string).collect();
            return Err(format!("{} values of {} do not take {} bytes", sides.join(" x "), self.dtype, end - begin));
        }
        Ok(Tensor {
            name: name.to_owned(),
            shape: self.shape,
            strides: None,
            element,
            big_endian: false,
            content: content.clone(),
            place: begin..end,
        })
    }
}

fn element(name: &str) -> Element {
    Element::Number(match name {
        "F64" => Dtype::F64,
        "F32" => Dtype::F32,
        "F16" => Dtype::F16,
        "BF16" => Dtype::Bf16,
        "I64" => Dtype::I64,
        "I32" => Dtype::I32,
        "I16" => Dtype::I16,
        "I8" => Dtype::I8,
        "U64" => Dtype::U64,
        "U32" => Dtype::U32,
        "U16" => Dtype::U16,
        "U8" => Dtype::U8,
        "BOOL" => Dtype::Bool,
        "F8_E4M3" => return Element::F8E4M3,
        "F8_E5M2" => return Element::F8E5M2,
        _ => return Element::Other(name.to_owned()),
    })
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
            } else {
                entries.push((name, map.next_value()?));
            }
        }
        Ok(Header(entries))
    }
}
