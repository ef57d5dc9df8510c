//! `.safetensors`: the vectors as one tensor, in their own type.

use std::io::Write as _;

use parallax_embedding::{Dtype, Progress};

use super::{OutputFormat, Table, TextRoom, write_blocks};
use crate::disk::{Out, Stop};

pub(super) static OUTPUT: OutputFormat = OutputFormat {
    ending: "safetensors",
    text: TextRoom::None,
    stored_as: Some,
    is_exported: false,
    delimiter: None,
    says: |_| Vec::new(),
    write,
};

fn write(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let Some(vectors) = table.vectors else { return Ok(0) };
    let (rows, dims, dtype) = (table.len(), vectors.dims(), vectors.dtype());
    let size = rows * dims * dtype.size();
    let mut header = format!(
        "{{\"vectors\":{{\"dtype\":\"{}\",\"shape\":[{rows},{dims}],\"data_offsets\":[0,{size}]}}}}",
        name(dtype)
    );
    // The values begin at a multiple of 8 bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    write_blocks(out, vectors, table.rows, progress, |rows, out| {
        out.extend_from_slice(vectors.raw(rows));
        Ok(())
    })?;
    Ok(0)
}

fn name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F16 => "F16",
        Dtype::Bf16 => "BF16",
        Dtype::F32 => "F32",
        Dtype::F64 => "F64",
        Dtype::I8 => "I8",
        Dtype::U8 => "U8",
        Dtype::I16 => "I16",
        Dtype::U16 => "U16",
        Dtype::I32 => "I32",
        Dtype::U32 => "U32",
        Dtype::I64 => "I64",
        Dtype::U64 => "U64",
        Dtype::Bool => "BOOL",
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use half::bf16;
    use parallax_embedding::{RowSet, Vectors};

    use super::*;
    use crate::{OpenOptions, open, write::write_table};

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.safetensors");
        let values: Vec<u8> =
            [1.0, 2.0, 3.0, 4.0, 5.0, -6.5].iter().flat_map(|&x| bf16::from_f32(x).to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(3, 2, Dtype::Bf16, std::sync::Arc::new(values), 0).unwrap();
        let rows = RowSet::from_iter([0, 2]);
        let table = Table { rows: Some(&rows), ..Table::of(&vectors) };
        write_table(&path, &OUTPUT, &table, &Progress::default()).unwrap();
        let source = open(&path, &OpenOptions::default()).unwrap();
        let read = source.load(0, 0, &Progress::default()).unwrap().embedding.vectors;
        assert_eq!((read.rows(), read.dims(), read.dtype()), (2, 2, Dtype::Bf16));
        assert_eq!(read.row(1, &mut Vec::new()), [5.0, -6.5]);

        let python = std::env::var("PARALLAX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        // NumPy has no bf16: the bits are compared.
        let script = "import sys, safetensors
file = safetensors.deserialize(open(sys.argv[1], 'rb').read())
print([(name, what['dtype'], what['shape'], bytes(what['data']).hex()) for name, what in file])";
        let has_module = Command::new(&python).args(["-c", "import safetensors"]).output();
        if !has_module.is_ok_and(|output| output.status.success()) {
            return println!("skipped: {python} has no safetensors");
        }
        let output = Command::new(&python).args(["-c", script]).arg(&path).output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().trim(),
            "[('vectors', 'BF16', [2, 2], '803f0040a040d0c0')]"
        );
    }
}
