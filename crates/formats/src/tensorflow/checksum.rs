//! The checksum of TensorFlow's files: CRC-32C, masked, because the checksum of bytes that contain
//! checksums would be weak. It is computed piece by piece, with progress.

use parallax_embedding::{Cancelled, Progress};

/// Bytes between two checks for cancellation.
const STEP: usize = 8 << 20;

/// Counts the bytes that were verified, and reports them as the progress of reading.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    progress: &'a Progress,
    done: usize,
    total: usize,
}

impl<'a> Meter<'a> {
    /// Creates a meter that is complete at `total` bytes.
    pub(super) fn new(progress: &'a Progress, total: usize) -> Self {
        Self { progress, done: 0, total }
    }

    /// The masked checksum of `bytes`.
    pub(super) fn masked(&mut self, bytes: &[u8]) -> Result<u32, Cancelled> {
        let mut crc = 0;
        for step in bytes.chunks(STEP) {
            self.progress.advance(self.done.min(self.total), self.total)?;
            crc = crc32c::crc32c_append(crc, step);
            self.done = self.done.saturating_add(step.len());
        }
        Ok(mask(crc))
    }
}

/// The mask of TensorFlow's tables: rotated right by 15 bits, plus a constant, modulo 2^32.
fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
pub(super) fn masked(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalogue of CRC algorithms gives 0xe3069283 as the CRC-32C of `123456789`.
    #[test]
    fn checksums_are_computed_in_steps_and_cancelled() {
        assert_eq!(masked(b"123456789"), mask(0xe306_9283));
        let progress = Progress::default();
        let long = vec![7_u8; STEP + 5];
        let mut meter = Meter::new(&progress, long.len());
        assert_eq!(meter.masked(&long), Ok(masked(&long)));
        assert!(progress.fraction() > 0.9);
        progress.cancel();
        assert_eq!(meter.masked(&long), Err(Cancelled));
    }
}
