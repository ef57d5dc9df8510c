//! TensorFlow's number types (its `DataType` enumeration) and the matching types here.

use parallax_embedding::Dtype;

/// The number type for TensorFlow's type `number`, if there is one, and the type's name.
///
/// Complex and quantized numbers, and those of fewer than eight bits or of eight-bit floats, cannot
/// be vectors.
pub(super) fn of(number: u64) -> (Option<Dtype>, &'static str) {
    let numeric = |dtype: Dtype, name| (Some(dtype), name);
    match number {
        1 => numeric(Dtype::F32, "float32"),
        2 => numeric(Dtype::F64, "float64"),
        3 => numeric(Dtype::I32, "int32"),
        4 => numeric(Dtype::U8, "uint8"),
        5 => numeric(Dtype::I16, "int16"),
        6 => numeric(Dtype::I8, "int8"),
        7 => (None, "string"),
        8 => (None, "complex64"),
        9 => numeric(Dtype::I64, "int64"),
        10 => numeric(Dtype::Bool, "bool"),
        11 => (None, "qint8"),
        12 => (None, "quint8"),
        13 => (None, "qint32"),
        14 => numeric(Dtype::Bf16, "bfloat16"),
        15 => (None, "qint16"),
        16 => (None, "quint16"),
        17 => numeric(Dtype::U16, "uint16"),
        18 => (None, "complex128"),
        19 => numeric(Dtype::F16, "float16"),
        20 => (None, "resource"),
        21 => (None, "variant"),
        22 => numeric(Dtype::U32, "uint32"),
        23 => numeric(Dtype::U64, "uint64"),
        24 => (None, "float8_e5m2"),
        25 => (None, "float8_e4m3fn"),
        26 => (None, "float8_e4m3fnuz"),
        27 => (None, "float8_e4m3b11fnuz"),
        28 => (None, "float8_e5m2fnuz"),
        29 => (None, "int4"),
        30 => (None, "uint4"),
        31 => (None, "int2"),
        32 => (None, "uint2"),
        33 => (None, "float4_e2m1fn"),
        _ => (None, "a type that is not known"),
    }
}
