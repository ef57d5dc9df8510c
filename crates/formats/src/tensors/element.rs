//! The number types of tensors.

use std::{fmt, sync::Arc};

use half::f16;
use parallax_embedding::{Dtype, Progress, Vectors};
use rayon::prelude::*;

use crate::FormatError;

/// What a value of a tensor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Element {
    Number(Dtype),
    /// Eight bits: a sign, four bits of exponent, three of fraction; no infinities.
    F8E4M3,
    /// Eight bits, the upper half of an `f16`.
    F8E5M2,
    /// A type that is not read, by its name.
    Other(String),
}

impl Element {
    /// The type with this name in PyTorch, such as `float32`.
    pub(crate) fn named(name: &str) -> Self {
        Self::Number(match name {
            "float64" | "double" => Dtype::F64,
            "float32" | "float" => Dtype::F32,
            "float16" | "half" => Dtype::F16,
            "bfloat16" => Dtype::Bf16,
            "int8" => Dtype::I8,
            "int16" | "short" => Dtype::I16,
            "int32" | "int" => Dtype::I32,
            "int64" | "long" => Dtype::I64,
            "uint8" => Dtype::U8,
            "uint16" => Dtype::U16,
            "uint32" => Dtype::U32,
            "uint64" => Dtype::U64,
            "bool" => Dtype::Bool,
            "float8_e4m3fn" => return Self::F8E4M3,
            "float8_e5m2" => return Self::F8E5M2,
            _ => return Self::Other(name.to_owned()),
        })
    }

    /// The type that its values are read as. Returns `None` if they are not read.
    pub(crate) fn dtype(&self) -> Option<Dtype> {
        match self {
            Self::Number(dtype) => Some(*dtype),
            Self::F8E4M3 | Self::F8E5M2 => Some(Dtype::F16),
            Self::Other(_) => None,
        }
    }

    /// The type of as many bytes that the values are before they are [decoded](Self::decoded).
    pub(super) fn stored(&self) -> Option<Dtype> {
        match self {
            Self::Number(dtype) => Some(*dtype),
            Self::F8E4M3 | Self::F8E5M2 => Some(Dtype::U8),
            Self::Other(_) => None,
        }
    }

    /// The vectors of values that were read as [stored](Self::stored), and what was done to them.
    pub(super) fn decoded(
        &self,
        vectors: Vectors,
        progress: &Progress,
    ) -> Result<(Vectors, Option<String>), FormatError> {
        let decode: fn(u8) -> f16 = match self {
            Self::F8E4M3 => e4m3,
            Self::F8E5M2 => e5m2,
            Self::Number(_) | Self::Other(_) => return Ok((vectors, None)),
        };
        progress.begin("Decoding numbers");
        let table: Vec<f16> = (0..=u8::MAX).map(decode).collect();
        let mut values = vec![0_u8; vectors.raw(0..vectors.rows()).len() * 2];
        values.par_chunks_mut(PART).zip(vectors.raw(0..vectors.rows()).par_chunks(PART / 2)).try_for_each(
            |(values, stored)| {
                for (value, &stored) in values.as_chunks_mut::<2>().0.iter_mut().zip(stored) {
                    *value = table[usize::from(stored)].to_le_bytes();
                }
                progress.check()
            },
        )?;
        let note = format!("the numbers are {self} and are read as f16, which holds all of them exactly");
        // As many values as there were.
        let decoded = Vectors::from_bytes(vectors.rows(), vectors.dims(), Dtype::F16, Arc::new(values), 0);
        Ok((decoded.unwrap_or(vectors), Some(note)))
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(dtype) => dtype.fmt(f),
            Self::F8E4M3 => f.write_str("f8_e4m3"),
            Self::F8E5M2 => f.write_str("f8_e5m2"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// Bytes that are decoded between two checks for cancellation.
const PART: usize = 1 << 20;

/// The number of eight bits with four bits of exponent. All of them are numbers of `f16`.
fn e4m3(bits: u8) -> f16 {
    let (exponent, fraction) = (i32::from(bits >> 3 & 15), f32::from(bits & 7));
    let size = match (exponent, bits & 7) {
        (15, 7) => f32::NAN,
        (0, _) => fraction * 2_f32.powi(-9),
        _ => (1.0 + fraction / 8.0) * 2_f32.powi(exponent - 7),
    };
    f16::from_f32(if bits & 0x80 == 0 { size } else { -size })
}

/// The number of eight bits with five bits of exponent.
fn e5m2(bits: u8) -> f16 {
    f16::from_bits(u16::from(bits) << 8)
}
