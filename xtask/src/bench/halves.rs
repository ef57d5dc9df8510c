//! A large `.npy` file of half-precision numbers.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hasher as _},
    io::{self, BufWriter, Write as _},
    path::Path,
};

/// Writes a file of `rows` x `dims` pseudo-random halves between -1 and 1, unless it is there
/// already.
///
/// # Errors
/// Returns an error if writing fails.
pub(super) fn write_npy(path: &Path, rows: usize, dims: usize) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension("unfinished");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
    file.write_all(&header(rows, dims))?;
    for place in 0..(rows * dims) as u64 {
        file.write_all(&half(place).to_le_bytes())?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(unfinished, path)
}

/// The header of version 1.0: magic, version, length, then a literal of Python's; a multiple of 64
/// bytes in all.
fn header(rows: usize, dims: usize) -> Vec<u8> {
    let literal = format!("{{'descr': '<f2', 'fortran_order': False, 'shape': ({rows}, {dims}), }}");
    let before = b"\x93NUMPY\x01\x00".len() + size_of::<u16>();
    let length = (before + literal.len() + 1).next_multiple_of(64) - before;
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((length as u16).to_le_bytes());
    header.extend(format!("{literal:<width$}\n", width = length - 1).bytes());
    header
}

/// The bits of the half at a place: sign and significand by a hash of it, the exponent from
/// 2^-5 to 2^-2.
fn half(place: u64) -> u16 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u64(place);
    let x = hasher.finish();
    let exponent = 10 + ((x >> 20) & 3) as u16; // biased by 15
    (x >> 40) as u16 & 0x83FF | exponent << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_file_is_what_numpy_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/halves.npy");
        write_npy(&path, 3, 5).unwrap();
        let bytes = fs::read(&path).unwrap();
        // As numpy.save begins an array of three rows of five float16.
        let begin = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f2', 'fortran_order': False, 'shape': (3, 5), }";
        assert!(bytes.starts_with(begin) && bytes[127] == b'\n');
        assert!(bytes[begin.len()..127].iter().all(|byte| *byte == b' '));
        assert_eq!(bytes.len(), 128 + 3 * 5 * 2);
    }

    #[test]
    fn halves_are_finite_and_differ() {
        let halves: Vec<u16> = (0..1000).map(half).collect();
        let exponents = halves.iter().map(|half| half >> 10 & 0x1F);
        assert!(exponents.clone().all(|exponent| (10..14).contains(&exponent))); // below 2^-1, normal
        let distinct: std::collections::BTreeSet<_> = halves.iter().collect();
        assert!(distinct.len() > 800, "{} distinct", distinct.len());
    }
}
