//! The JSON that describes a group or an array.

use std::{collections::BTreeMap, fs, path::Path};

use parallax_embedding::Dtype;
use serde_json::Value;

use super::{
    super::{Array, Attribute, Element},
    codec::Codec,
    fill,
    shard::Shard,
};
use crate::{FormatError, Problem, disk::read_bytes};

/// A group or an array.
pub(super) struct Described {
    /// `None` for a group.
    pub(super) layout: Option<Layout>,
    pub(super) attributes: BTreeMap<String, Attribute>,
}

/// How the values of an array are stored.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) shape: Vec<usize>,
    /// Rows and columns of a chunk; arrays of more dimensions are not read.
    pub(super) chunk: [usize; 2],
    pub(super) kind: Kind,
    pub(super) dtype: Option<Dtype>,
    pub(super) big_endian: bool,
    /// Bytes of a value.
    pub(super) item: usize,
    /// Whether a chunk is stored column by column.
    pub(super) by_columns: bool,
    /// The value of chunks that are not stored: bytes of a number, or of a text of a fixed length, or
    /// a text as UTF-8.
    pub(super) fill: Vec<u8>,
    pub(super) codecs: Vec<Codec>,
    /// How chunks are found in files of several.
    pub(super) shard: Option<Shard>,
    /// What is before the numbers of a chunk in its name, and what between them.
    name: (&'static str, char),
}

/// What values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Numbers,
    /// Texts of a fixed number of code points.
    Points,
    /// Texts of a fixed number of bytes.
    Bytes,
    /// Texts of any length.
    Texts,
}

/// Bytes of a description.
const MAX_JSON: u64 = 1 << 24;

/// What the folder is. Returns `None` if it is none of Zarr's.
pub(super) fn read(folder: &Path) -> Result<Option<Described>, FormatError> {
    let in_folder = |name: &str| json(&folder.join(name));
    if let Some(value) = in_folder("zarr.json")? {
        let attributes = attributes(value.get("attributes"));
        let is_array = value.get("node_type").and_then(Value::as_str) == Some("array");
        let layout = is_array.then(|| version_3(&value)).transpose();
        return Ok(Some(Described { layout: layout.map_err(|what| refused(folder, what))?, attributes }));
    }
    let own = in_folder(".zattrs")?;
    let attributes = attributes(own.as_ref());
    if let Some(value) = in_folder(".zarray")? {
        let layout = Some(version_2(&value).map_err(|what| refused(folder, what))?);
        return Ok(Some(Described { layout, attributes }));
    }
    Ok(in_folder(".zgroup")?.map(|_| Described { layout: None, attributes }))
}

/// Why an array cannot be read, and what to do.
type Refusal = (String, &'static str);

fn refused(folder: &Path, (what, way_out): Refusal) -> FormatError {
    Problem::error(folder, what).way_out(way_out).into()
}

fn json(path: &Path) -> Result<Option<Value>, FormatError> {
    let Some(known) = fs::metadata(path).ok().filter(fs::Metadata::is_file) else { return Ok(None) };
    let wrong = |what: String| Problem::error(path, what).way_out("Copy or write the folder again");
    if known.len() > MAX_JSON {
        return Err(wrong(format!("a description has at most {MAX_JSON} bytes")).into());
    }
    let bytes = read_bytes(path)?;
    let value =
        serde_json::from_slice((*bytes).as_ref()).map_err(|error| wrong(format!("this is not JSON: {error}")))?;
    Ok(Some(value))
}

fn attributes(value: Option<&Value>) -> BTreeMap<String, Attribute> {
    let known = |value: &Value| match value {
        Value::String(text) => Some(Attribute::Texts(vec![text.clone()])),
        Value::Array(values) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
            let integers = || values.iter().map(Value::as_i64).collect::<Option<Vec<_>>>();
            texts.map(Attribute::Texts).or_else(|| integers().map(Attribute::Integers))
        }
        Value::Number(number) => Some(Attribute::Integers(vec![number.as_i64()?])),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    };
    let members = value.and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), known(value)?))).collect()
}

const WRITE_AGAIN: &str = "Copy or write the folder again";

fn sides(value: Option<&Value>) -> Result<Vec<usize>, Refusal> {
    let side = |value: &Value| value.as_u64().and_then(|side| usize::try_from(side).ok());
    let sides = value.and_then(Value::as_array).and_then(|sides| sides.iter().map(side).collect::<Option<Vec<_>>>());
    sides.ok_or_else(|| ("the shape of the array is missing".to_owned(), WRITE_AGAIN))
}

fn version_2(value: &Value) -> Result<Layout, Refusal> {
    let type_name = value.get("dtype").and_then(Value::as_str).unwrap_or("records");
    let filters = value.get("filters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let id = |codec: &Value| codec.get("id").and_then(Value::as_str).unwrap_or("?").to_owned();
    let is_texts = matches!(filters, [filter] if id(filter) == "vlen-utf8");
    if let Some(filter) = filters.first().filter(|_| !is_texts) {
        return Err(packed(&id(filter), VERSION_3));
    }
    let big_endian = type_name.starts_with('>');
    let rest = type_name.trim_start_matches(['<', '>', '|', '=']);
    let (class, size) = rest.split_at(rest.len().min(1));
    let size: usize = size.parse().unwrap_or(0);
    let (kind, dtype, item) = match class {
        "O" if is_texts => (Kind::Texts, None, 1),
        "U" => (Kind::Points, None, size.saturating_mul(4)),
        "S" => (Kind::Bytes, None, size),
        _ => (Kind::Numbers, dtype(rest), dtype(rest).map_or(size, Dtype::size)),
    };
    let codecs = match value.get("compressor").filter(|compressor| !compressor.is_null()) {
        Some(compressor) => vec![codec(&id(compressor), VERSION_3)?],
        None => Vec::new(),
    };
    let separator = if value.get("dimension_separator").and_then(Value::as_str) == Some("/") { '/' } else { '.' };
    let by_columns = value.get("order").and_then(Value::as_str) == Some("F");
    let layout = Layout {
        shape: sides(value.get("shape"))?,
        chunk: [1, 1],
        kind,
        dtype,
        big_endian,
        item: item.max(1),
        by_columns,
        fill: Vec::new(),
        codecs,
        shard: None,
        name: ("", separator),
    };
    layout.with(&sides(value.get("chunks"))?, value.get("fill_value"))
}

fn version_3(value: &Value) -> Result<Layout, Refusal> {
    let named = |value: &Value| {
        let name = value.get("name").and_then(Value::as_str).or(value.as_str());
        name.unwrap_or("?").to_owned()
    };
    let setting =
        |value: Option<&Value>, name: &str| value.and_then(|value| value.get("configuration")?.get(name)).cloned();
    let is_big_endian = |codec: Option<&Value>| setting(codec, "endian").is_some_and(|endian| endian == "big");
    let data_type = value.get("data_type");
    let type_name = data_type.map_or_else(|| "?".to_owned(), named);
    let length = setting(data_type, "length_bytes").and_then(|length| length.as_u64()).unwrap_or(0) as usize;
    let (kind, dtype) = match &*type_name {
        "string" => (Kind::Texts, None),
        "fixed_length_utf32" => (Kind::Points, None),
        "null_terminated_bytes" => (Kind::Bytes, None),
        name => (Kind::Numbers, dtype(name)),
    };
    let listed = |value: Option<Value>| value.and_then(|value| value.as_array().cloned()).unwrap_or_default();
    let outer = sides(setting(value.get("chunk_grid"), "chunk_shape").as_ref())?;
    let mut given = listed(value.get("codecs").cloned());
    let (mut chunk, mut shard) = (outer.clone(), None);
    if let [only] = &*given
        && named(only) == "sharding_indexed"
    {
        let inner = sides(setting(Some(only), "chunk_shape").as_ref())?;
        let index = listed(setting(Some(only), "index_codecs"));
        let names: Vec<String> = index.iter().map(named).collect();
        let is_at_end = setting(Some(only), "index_location").is_none_or(|place| place == "end");
        let has_checksum = names.len() == 2 && names[1] == "crc32c";
        let is_known = names.first().is_some_and(|name| name == "bytes") && (names.len() == 1 || has_checksum);
        let fits = inner.len() == outer.len()
            && inner.iter().zip(&outer).all(|(&inner, outer)| inner > 0 && outer % inner == 0);
        if !is_known || is_big_endian(index.first()) || !fits {
            return Err(("its shards have an index of an unusual form, which is not read".to_owned(), NO_SHARDS));
        }
        let along =
            |side: usize| outer.get(side).zip(inner.get(side)).map_or(1, |(outer, inner)| (outer / inner).max(1));
        shard = Some(Shard { chunks: [along(0), along(1)], is_at_end, has_checksum });
        given = listed(setting(Some(only), "codecs"));
        chunk = inner;
    }
    let (mut codecs, mut big_endian) = (Vec::new(), false);
    for given in &given {
        match &*named(given) {
            "bytes" => big_endian = is_big_endian(Some(given)),
            "vlen-utf8" if kind == Kind::Texts => {}
            "sharding_indexed" => {
                return Err((
                    "its shards are in shards, or packed as a whole, which is not read".to_owned(),
                    NO_SHARDS,
                ));
            }
            "transpose" => {
                let what = "its chunks have another order of dimensions than its shape, which is not read";
                return Err((
                    what.to_owned(),
                    "Write it in the order of its rows, as by zarr.create_array(.., order=\"C\")",
                ));
            }
            name => codecs.push(codec(name, ZSTD)?),
        }
    }
    let encoding = value.get("chunk_key_encoding");
    let separator = setting(encoding, "separator").and_then(|separator| separator.as_str()?.chars().next());
    let name = match encoding.map(named).as_deref() {
        Some("v2") => ("", separator.unwrap_or('.')),
        _ => ("c", separator.unwrap_or('/')),
    };
    let name = (name.0, if name.1 == '/' { '/' } else { '.' });
    let layout = Layout {
        shape: sides(value.get("shape"))?,
        chunk: [1, 1],
        kind,
        dtype,
        big_endian,
        item: dtype.map_or(length.max(1), Dtype::size),
        by_columns: false,
        fill: Vec::new(),
        codecs,
        shard,
        name,
    };
    layout.with(&chunk, value.get("fill_value"))
}

/// The number type by its name in version 2 (without the order of bytes) or 3.
fn dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "f2" | "float16" => Dtype::F16,
        "bfloat16" => Dtype::Bf16,
        "f4" | "float32" => Dtype::F32,
        "f8" | "float64" => Dtype::F64,
        "i1" | "int8" => Dtype::I8,
        "u1" | "uint8" => Dtype::U8,
        "i2" | "int16" => Dtype::I16,
        "u2" | "uint16" => Dtype::U16,
        "i4" | "int32" => Dtype::I32,
        "u4" | "uint32" => Dtype::U32,
        "i8" | "int64" => Dtype::I64,
        "u8" | "uint64" => Dtype::U64,
        "b1" | "bool" => Dtype::Bool,
        _ => return None,
    })
}

/// What to do about an array of version 2, and about one of version 3.
const VERSION_3: &str = "Write it as Zarr version 3, as by anndata.settings.zarr_write_format = 3, or as .h5ad";
const NO_SHARDS: &str = "Write it without shards, as by zarr.create_array(.., shards=None)";
const ZSTD: &str = "Write it with zstd, as by zarr.create_array(.., compressors=zarr.codecs.ZstdCodec())";

fn codec(name: &str, way_out: &'static str) -> Result<Codec, Refusal> {
    match name {
        "gzip" => Ok(Codec::Gzip),
        "zlib" => Ok(Codec::Zlib),
        "zstd" => Ok(Codec::Zstd),
        "blosc" => Ok(Codec::Blosc),
        "crc32c" => Ok(Codec::Checksum),
        _ => Err(packed(name, way_out)),
    }
}

fn packed(name: &str, way_out: &'static str) -> Refusal {
    (format!("its chunks are packed with {name}; gzip, zlib, zstd, and Blosc are read here"), way_out)
}

impl Layout {
    /// The same with these sides of a chunk, and this value where none is stored.
    fn with(mut self, chunk: &[usize], fill: Option<&Value>) -> Result<Self, Refusal> {
        if chunk.len() != self.shape.len() || chunk.contains(&0) {
            return Err(("the shape of its chunks does not fit".to_owned(), WRITE_AGAIN));
        }
        self.chunk = [chunk.first().copied().unwrap_or(1), chunk.get(1).copied().unwrap_or(1)];
        self.by_columns &= chunk.len() == 2;
        self.fill = fill::value(&self, fill).ok_or_else(|| {
            let what = format!("its fill value {} is not read", fill.unwrap_or(&Value::Null));
            (what, "Write it with 0 as its fill value")
        })?;
        Ok(self)
    }

    /// What the array is to others.
    pub(super) fn array(&self) -> Array {
        let is_read = (1..=2).contains(&self.shape.len());
        let element = match (self.kind, self.dtype) {
            _ if !is_read => Element::Other("values".to_owned()),
            (Kind::Numbers, Some(dtype)) => Element::Number { dtype, big_endian: self.big_endian },
            (Kind::Numbers, None) => Element::Other("values of an unusual type".to_owned()),
            (Kind::Points | Kind::Bytes | Kind::Texts, _) => Element::Text,
        };
        Array { shape: self.shape.clone(), element }
    }

    /// The bytes of all values.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.shape.iter().try_fold(self.item as u64, |size, &side| size.checked_mul(side as u64))
    }

    /// The bytes of a chunk, or more than there can be.
    pub(super) fn chunk_bytes(&self) -> usize {
        self.chunk[0].saturating_mul(self.chunk[1]).saturating_mul(self.item)
    }

    /// The path below the array of the file that has a chunk, and the number of the chunk in it if it is
    /// a shard.
    pub(super) fn find(&self, place: [usize; 2]) -> (String, Option<usize>) {
        match self.shard.map(|shard| shard.find(place)) {
            Some((place, number)) => (self.key(place), Some(number)),
            None => (self.key(place), None),
        }
    }

    fn key(&self, place: [usize; 2]) -> String {
        let (start, separator) = self.name;
        let numbers = place[..self.shape.len().min(2)].iter().map(usize::to_string);
        let start = Some(start).filter(|start| !start.is_empty()).map(str::to_owned);
        start.into_iter().chain(numbers).collect::<Vec<_>>().join(&separator.to_string())
    }
}
