//! Checkpoints of version 1: one table (or one for each shard), in which the empty key lists the
//! tensors and their slices, and each slice has a record that holds its values as a protocol
//! buffer.

use std::borrow::Cow;

use parallax_embedding::{Dtype, Progress};

use super::{
    checksum::Meter,
    fault::Fault,
    proto::{Malformed, Value, fields, varint},
    slices::{Area, Slice},
    table::Table,
    tensor::{Matrix, TensorInfo, is_readable, parse_shape, position, too_new},
};

/// A tensor of which a file holds slices.
#[derive(Debug)]
pub(super) struct Listed {
    /// The shape is that of the whole tensor.
    pub(super) info: TensorInfo,
    pub(super) slices: Vec<Slice>,
}

/// The tensors that a file lists.
pub(super) fn parse(file: &[u8]) -> Result<Vec<Listed>, Fault> {
    const AT: &str = "list of tensors";
    let table = Table::parse(file)?;
    let meta = table.get(b"", &mut Meter::new(&Progress::default(), file.len()))?;
    let meta = meta.ok_or_else(|| Fault::damage(AT, "it is missing: this table is not a checkpoint"))?;
    let malformed = |Malformed| Fault::damage(AT, "it is not a valid protocol buffer");
    let mut tensors = Vec::new();
    // A `SavedTensorSlices` that holds a `SavedTensorSliceMeta`.
    for meta in of_number(&meta, 1).map_err(malformed)? {
        for field in fields(meta) {
            let field = field.map_err(malformed)?;
            match field.number {
                1 => tensors.push(field.value.bytes().and_then(parse_listed).map_err(malformed)?),
                2 if !field.value.bytes().and_then(is_readable).map_err(malformed)? => return Err(too_new(AT)),
                _ => {}
            }
        }
    }
    Ok(tensors)
}

/// The values of `slice`, which covers `area` of `matrix`, in the stored type: lent if the file
/// holds them in that form.
pub(super) fn values<'a>(
    table: &Table<'a>,
    slice: &Slice,
    area: &Area,
    matrix: &Matrix<'_>,
    meter: &mut Meter<'_>,
) -> Result<Cow<'a, [u8]>, Fault> {
    let fault = |what: &str| Fault::damage(position(matrix.name), what);
    let record = table.get(&slice.key(matrix.name.as_bytes()), meter)?;
    let read = match record.ok_or_else(|| fault("one of its slices has no record"))? {
        Cow::Borrowed(record) => parse_record(record, matrix.dtype),
        Cow::Owned(record) => parse_record(&record, matrix.dtype).map(|values| Cow::Owned(values.into_owned())),
    };
    let values = read.map_err(|Malformed| fault("its record is not a valid protocol buffer"))?;
    let (count, size) = (area[0].len() as u128 * area[1].len() as u128, matrix.dtype.size());
    if values.len() as u128 != count * size as u128 {
        return Err(fault(&format!("{count} values should be stored, but there are {}", values.len() / size)));
    }
    Ok(values)
}

/// Reads a `SavedSliceMeta`.
fn parse_listed(message: &[u8]) -> Result<Listed, Malformed> {
    let (mut name, mut shape, mut type_number, mut slices): (&[u8], _, _, _) = (&[], Vec::new(), 0, Vec::new());
    for field in fields(message) {
        let field = field?;
        match field.number {
            1 => name = field.value.bytes()?,
            2 => shape = parse_shape(field.value.bytes()?)?,
            3 => type_number = field.value.varint()?,
            4 => slices.push(Slice::parse(field.value.bytes()?)?),
            _ => {}
        }
    }
    Ok(Listed { info: TensorInfo::new(name, shape, type_number), slices })
}

/// Reads a `SavedTensorSlices` that holds a `SavedSlice`: the little-endian bytes of its values.
fn parse_record(record: &[u8], dtype: Dtype) -> Result<Cow<'_, [u8]>, Malformed> {
    let mut values = Cow::Borrowed(&[][..]);
    for saved in of_number(record, 2)? {
        for tensor in of_number(saved, 3)? {
            add_tensor(tensor, dtype, &mut values)?;
        }
    }
    Ok(values)
}

/// Adds the values of a `TensorProto`.
fn add_tensor<'a>(message: &'a [u8], dtype: Dtype, values: &mut Cow<'a, [u8]>) -> Result<(), Malformed> {
    /// `TensorProto.tensor_content`: the values of any type as they lie in memory.
    const CONTENT: u64 = 4;
    for field in fields(message) {
        let field = field?;
        if field.number == CONTENT {
            add(values, field.value.bytes()?);
        } else if field.number == field_of(dtype) {
            add_values(field.value, dtype, values)?;
        }
    }
    Ok(())
}

/// The field of `TensorProto` that holds values of `dtype`.
fn field_of(dtype: Dtype) -> u64 {
    match dtype {
        Dtype::F32 => 5,
        Dtype::F64 => 6,
        Dtype::I8 | Dtype::U8 | Dtype::I16 | Dtype::U16 | Dtype::I32 => 7,
        Dtype::I64 => 10,
        Dtype::Bool => 11,
        Dtype::F16 | Dtype::Bf16 => 13,
        Dtype::U32 => 16,
        Dtype::U64 => 17,
    }
}

/// Adds one field of the values: many, packed, or a single one.
fn add_values<'a>(value: Value<'a>, dtype: Dtype, values: &mut Cow<'a, [u8]>) -> Result<(), Malformed> {
    match (value, dtype) {
        (Value::Bytes(packed), Dtype::F32 | Dtype::F64) => add(values, packed),
        (Value::Fixed32(single), Dtype::F32) => values.to_mut().extend_from_slice(&single),
        (Value::Fixed64(single), Dtype::F64) => values.to_mut().extend_from_slice(&single),
        (Value::Bytes(mut packed), _) => {
            let values = values.to_mut();
            while !packed.is_empty() {
                add_integer(varint(&mut packed)?, dtype, values)?;
            }
        }
        (Value::Varint(single), _) => add_integer(single, dtype, values.to_mut())?,
        _ => return Err(Malformed),
    }
    Ok(())
}

/// Adds a number that has 64 bits on the wire, if `dtype` can hold it.
fn add_integer(number: u64, dtype: Dtype, values: &mut Vec<u8>) -> Result<(), Malformed> {
    let unused = 64 - 8 * dtype.size() as u32;
    let kept = match dtype {
        Dtype::I8 | Dtype::I16 | Dtype::I32 | Dtype::I64 => {
            ((number << unused).cast_signed() >> unused).cast_unsigned()
        }
        _ => (number << unused) >> unused,
    };
    if kept != number {
        return Err(Malformed);
    }
    values.extend(number.to_le_bytes().iter().take(dtype.size()));
    Ok(())
}

/// Adds bytes, without a copy if they are the first.
fn add<'a>(values: &mut Cow<'a, [u8]>, bytes: &'a [u8]) {
    if values.is_empty() {
        *values = Cow::Borrowed(bytes);
    } else {
        values.to_mut().extend_from_slice(bytes);
    }
}

/// The messages in the fields of that number.
fn of_number(message: &[u8], number: u64) -> Result<Vec<&[u8]>, Malformed> {
    let wanted = fields(message).filter(|field| field.is_ok_and(|field| field.number == number) || field.is_err());
    wanted.map(|field| field.and_then(|field| field.value.bytes())).collect()
}
