//! Types of columns: which are lists of numbers, and what a list holds.

use std::{borrow::Cow, sync::Arc};

use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType,
    cast::AsArray,
    types::{
        Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
        UInt32Type, UInt64Type,
    },
};
use arrow_schema::DataType;
use parallax_embedding::{Dtype, Number};

/// The type of numbers in memory.
pub(super) fn number(data: &DataType) -> Option<Dtype> {
    Some(match data {
        DataType::Float16 => Dtype::F16,
        DataType::Float32 => Dtype::F32,
        DataType::Float64 => Dtype::F64,
        DataType::Int8 => Dtype::I8,
        DataType::UInt8 => Dtype::U8,
        DataType::Int16 => Dtype::I16,
        DataType::UInt16 => Dtype::U16,
        DataType::Int32 => Dtype::I32,
        DataType::UInt32 => Dtype::U32,
        DataType::Int64 => Dtype::I64,
        DataType::UInt64 => Dtype::U64,
        DataType::Boolean => Dtype::Bool,
        _ => return None,
    })
}

/// The numbers of an array as bytes of a type: their own, or `f32` or `f64`. Returns `None` for
/// another type.
pub(super) fn bytes(array: &ArrayRef, dtype: Dtype) -> Option<Cow<'_, [u8]>> {
    let own = number(array.data_type())?;
    let raw = match own {
        Dtype::Bool => Cow::Owned(array.as_boolean().values().iter().map(u8::from).collect()),
        Dtype::F16 => raw::<Float16Type>(array),
        Dtype::F32 => raw::<Float32Type>(array),
        Dtype::F64 => raw::<Float64Type>(array),
        Dtype::I8 => raw::<Int8Type>(array),
        Dtype::U8 => raw::<UInt8Type>(array),
        Dtype::I16 => raw::<Int16Type>(array),
        Dtype::U16 => raw::<UInt16Type>(array),
        Dtype::I32 => raw::<Int32Type>(array),
        Dtype::U32 => raw::<UInt32Type>(array),
        Dtype::I64 => raw::<Int64Type>(array),
        Dtype::U64 => raw::<UInt64Type>(array),
        Dtype::Bf16 => return None,
    };
    match dtype {
        _ if dtype == own => Some(raw),
        Dtype::F32 => Some(Cow::Owned(converted::<f32>(own, &raw))),
        Dtype::F64 => Some(Cow::Owned(converted::<f64>(own, &raw))),
        _ => None,
    }
}

fn raw<T: ArrowPrimitiveType>(array: &ArrayRef) -> Cow<'_, [u8]> {
    Cow::Borrowed(array.as_primitive::<T>().values().inner().as_slice())
}

fn converted<T: Number>(own: Dtype, raw: &[u8]) -> Vec<u8> {
    let mut values = vec![T::default(); raw.len() / own.size()];
    T::decode(own, raw, &mut values);
    bytemuck::cast_slice(&values).to_vec()
}

/// How many numbers of an array `f64` does not hold.
pub(super) fn rounded(array: &ArrayRef) -> usize {
    fn count<T: ArrowPrimitiveType>(array: &ArrayRef, is_held: impl Fn(T::Native) -> bool) -> usize {
        array.as_primitive::<T>().iter().flatten().filter(|&number| !is_held(number)).count()
    }
    match array.data_type() {
        DataType::Int64 => count::<Int64Type>(array, |number| (number as f64) as i128 == i128::from(number)),
        DataType::UInt64 => count::<UInt64Type>(array, |number| (number as f64) as i128 == i128::from(number)),
        _ => 0,
    }
}

/// The type of the items of lists.
fn item(data: &DataType) -> Option<&DataType> {
    match data {
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Some(field.data_type())
        }
        _ => None,
    }
}

/// Whether the values are lists, or lists of lists.
pub(super) fn is_list(data: &DataType) -> bool {
    item(data).is_some()
}

/// The type of the numbers in lists, or in lists of lists. Returns `None` if the values are others.
pub(super) fn listed(data: &DataType) -> Option<Dtype> {
    let item = item(data)?;
    number(item).or_else(|| listed(item))
}

/// A type in words, for messages.
pub(super) fn words(data: &DataType) -> String {
    match data {
        // As `datasets` keeps pictures.
        DataType::Struct(fields) if fields.iter().map(|field| &**field.name()).eq(["bytes", "path"]) => {
            "pictures".to_owned()
        }
        DataType::Struct(_) => "records".to_owned(),
        DataType::Map(..) => "maps".to_owned(),
        DataType::Union(..) => "unions".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytes".to_owned()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Dictionary(_, values) => format!("categories of {}", words(values)),
        data => match (item(data), number(data)) {
            (Some(item), _) => format!("lists of {}", words(item)),
            (None, Some(number)) => number.to_string(),
            (None, None) => data.to_string().to_lowercase(),
        },
    }
}

/// The items of rows: where those of each row lie among all.
pub(super) struct Items {
    pub(super) all: ArrayRef,
    /// For each row the first item and the one after the last; `None` if the row is missing.
    pub(super) rows: Vec<Option<(usize, usize)>>,
}

impl Items {
    /// The items of lists, or of lists of lists; or a value for each row.
    pub(super) fn of(array: &ArrayRef) -> Self {
        let mut items =
            Self { all: Arc::clone(array), rows: (0..array.len()).map(|row| Some((row, row + 1))).collect() };
        while is_list(items.all.data_type()) {
            items = items.opened();
        }
        items
    }

    fn opened(self) -> Self {
        let Self { all, rows } = self;
        match all.data_type() {
            DataType::List(_) => {
                let list = all.as_list::<i32>();
                let ends = list.value_offsets();
                Self::within(&all, list.values(), rows, |row| (ends[row] as usize, ends[row + 1] as usize))
            }
            DataType::LargeList(_) => {
                let list = all.as_list::<i64>();
                let ends = list.value_offsets();
                Self::within(&all, list.values(), rows, |row| (ends[row] as usize, ends[row + 1] as usize))
            }
            _ => {
                let list = all.as_fixed_size_list();
                let length = list.value_length() as usize;
                Self::within(&all, list.values(), rows, |row| (row * length, (row + 1) * length))
            }
        }
    }

    /// The rows, each of which is a range of `lists`, as ranges of their items. A row with a missing
    /// list is missing; lists of one row lie one after the other.
    fn within(
        lists: &ArrayRef,
        all: &ArrayRef,
        rows: Vec<Option<(usize, usize)>>,
        span: impl Fn(usize) -> (usize, usize),
    ) -> Self {
        let range = |(from, to): (usize, usize)| {
            if from == to {
                return Some((0, 0));
            }
            let is_there = lists.null_count() == 0 || (from..to).all(|list| lists.is_valid(list));
            is_there.then(|| (span(from).0, span(to - 1).1))
        };
        let rows = rows.into_iter().map(|row| row.and_then(range)).collect();
        Self { all: Arc::clone(all), rows }
    }
}
