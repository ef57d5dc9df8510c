//! Parquet files as batches of rows, by row group.

use std::ops::Range;

use ::parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
        },
    },
    basic::Compression,
};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;

use super::table::{Batches, Group, Rows};

/// What files begin and end with.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// A file whose footer was read.
#[derive(Debug)]
pub(super) struct Parquet {
    bytes: Bytes,
    footer: ArrowReaderMetadata,
    groups: Vec<Group>,
}

impl Parquet {
    pub(super) fn open(bytes: Bytes) -> Result<Self, ArrowError> {
        let footer = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new())?;
        let mut groups = Vec::new();
        for group in footer.metadata().row_groups() {
            let rows = usize::try_from(group.num_rows())
                .ok()
                .ok_or_else(|| ArrowError::ParseError("a row group has a negative length".to_owned()))?;
            groups.push(Group { rows, is_divisible: true });
            for column in group.columns() {
                if matches!(column.compression(), Compression::ZSTD(_)) && cfg!(not(feature = "zstd")) {
                    return Err(ArrowError::NotYetImplemented("zstd".to_owned()));
                }
            }
        }
        Ok(Self { bytes, footer, groups })
    }
}

impl Batches for Parquet {
    fn schema(&self) -> &SchemaRef {
        self.footer.schema()
    }

    fn groups(&self) -> &[Group] {
        &self.groups
    }

    fn read<'a>(
        &'a self,
        group: usize,
        rows: Range<usize>,
        columns: &'a [usize],
        at_once: usize,
    ) -> Result<Rows<'a>, ArrowError> {
        let mask = ProjectionMask::roots(self.footer.parquet_schema(), columns.iter().copied());
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.footer.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(at_once);
        if rows.len() < self.groups[group].rows {
            let selectors = vec![RowSelector::skip(rows.start), RowSelector::select(rows.len())];
            builder = builder.with_row_selection(RowSelection::from(selectors));
        }
        Ok(Box::new(builder.build()?))
    }
}
