//! Shards of version 3: files that each have several chunks, and an index of where these are.

/// How the chunks of a shard are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    /// Rows and columns of chunks.
    pub(super) chunks: [usize; 2],
    /// Whether the index is at the end of the file, rather than at its start.
    pub(super) is_at_end: bool,
    /// Whether the index ends in a checksum (CRC-32C).
    pub(super) has_checksum: bool,
}

impl Shard {
    /// The place of the shard that has the chunk at `place`, and the number of the chunk in it.
    pub(super) fn find(&self, [row, column]: [usize; 2]) -> ([usize; 2], usize) {
        let [rows, columns] = self.chunks;
        ([row / rows, column / columns], row % rows * columns + column % columns)
    }

    /// The chunk of this number in a shard, or `None` if it is not stored; or why it cannot be read.
    pub(super) fn chunk<'a>(&self, shard: &'a [u8], number: usize) -> Result<Option<&'a [u8]>, String> {
        const SHORT: &str = "it is shorter than its index says";
        let [rows, columns] = self.chunks;
        let checksum = if self.has_checksum { 4 } else { 0 };
        let length = rows.saturating_mul(columns).saturating_mul(16).saturating_add(checksum);
        let start = if self.is_at_end { shard.len().checked_sub(length).ok_or(SHORT)? } else { 0 };
        let index = shard.get(start..).and_then(|index| index.get(..length)).ok_or(SHORT)?;
        let index = match index.split_last_chunk() {
            Some((index, sum)) if self.has_checksum => {
                if crc32c::crc32c(index) != u32::from_le_bytes(*sum) {
                    return Err("the checksum of its index does not fit".to_owned());
                }
                index
            }
            _ => index,
        };
        let numbers = index.as_chunks::<8>().0;
        let at = |place: usize| numbers.get(place).map(|number| u64::from_le_bytes(*number)).ok_or(SHORT);
        let (start, length) = (at(2 * number)?, at(2 * number + 1)?);
        if (start, length) == (u64::MAX, u64::MAX) {
            return Ok(None);
        }
        let range = usize::try_from(start).ok().zip(usize::try_from(length).ok());
        let chunk = range.and_then(|(start, length)| shard.get(start..)?.get(..length));
        chunk.map(Some).ok_or_else(|| SHORT.to_owned())
    }
}
