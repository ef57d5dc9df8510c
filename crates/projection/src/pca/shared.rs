//! The principal components of the rows of several embeddings together, as of one in which the rows
//! of all stand below each other. They are read one after the other.
//!
//! The sums of products about the mean of each are added, and those of the means themselves (T. F.
//! Chan, G. H. Golub, and R. J. `LeVeque`, "Updating formulae and a pairwise algorithm for computing
//! sample variances", COMPSTAT 1982).

use parallax_embedding::{Progress, RowSet, Vectors};
use rayon::prelude::*;

use super::{
    BLOCKS_A_STEP, coordinates,
    eigen::{Eigenpairs, Search},
    settle,
    source::{Columns, Real, Source, Work as _},
    tiles::Covariance,
};
use crate::{Layout, MAX_COMPONENTS, PCA_LIMIT, ProjectionError, narrow::inverse_power_of_two};

/// What is known of the rows that were added.
#[derive(Debug)]
pub(crate) struct Gathered {
    dims: usize,
    rows: usize,
    mean: Vec<f64>,
    /// The sums of products of deviations from the mean, dims x dims.
    sums: Vec<f64>,
}

/// Components that several embeddings share, and the mean from which they lead.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SharedComponents {
    dims: usize,
    mean: Vec<f64>,
    components: Vec<f64>,
    /// The variance of all rows along each.
    pub(crate) explained_variance: Vec<f64>,
    /// Each as a share of the variance of all rows.
    pub(crate) explained_variance_ratio: Vec<f64>,
}

impl Gathered {
    /// No rows of vectors of `dims` dimensions.
    ///
    /// # Errors
    /// Returns an error if there are no dimensions, or more than [`PCA_LIMIT`].
    pub(crate) fn new(dims: usize, rows: usize) -> Result<Self, ProjectionError> {
        match dims {
            0 => Err(ProjectionError::NoDimensions),
            1..=PCA_LIMIT => Ok(Self { dims, rows: 0, mean: vec![0.0; dims], sums: vec![0.0; dims * dims] }),
            _ => Err(ProjectionError::TooLarge { rows, dims, smaller: dims, limit: PCA_LIMIT }),
        }
    }

    /// Adds the rows of `vectors` that are not left out.
    ///
    /// # Errors
    /// Returns an error if none is left, or one is not finite; [`ProjectionError::Cancelled`] if
    /// `progress` was canceled.
    pub(crate) fn add(
        &mut self,
        vectors: Vectors,
        left_out: &RowSet,
        progress: &Progress,
    ) -> Result<(), ProjectionError> {
        let (rows, is_wide) = (vectors.rows(), vectors.is_wide());
        let mut source = Source::new(vectors, left_out.below(rows));
        let added = source.kept();
        if added == 0 {
            return Err(if rows == 0 { ProjectionError::NoRows } else { ProjectionError::no_row(&source.vectors) });
        }
        let columns = columns_of(&source, is_wide, progress)?;
        let mean = source.center(&columns);
        let sums = if is_wide { products::<f64>(&source, progress)? } else { products::<f32>(&source, progress)? };
        let (before, all) = (self.rows as f64, (self.rows + added) as f64);
        let apart: Vec<f64> = mean.iter().zip(&self.mean).map(|(new, old)| new - old).collect();
        let (weight, unit) = (before * added as f64 / all, source.scale().powi(2).recip());
        let columns = self.sums.chunks_exact_mut(self.dims).zip(sums.chunks_exact(self.dims)).zip(&apart);
        for ((column, sums), other) in columns {
            for ((sum, new), apart) in column.iter_mut().zip(sums).zip(&apart) {
                *sum += new * unit + weight * apart * other;
            }
        }
        self.mean.iter_mut().zip(&apart).for_each(|(mean, apart)| *mean += apart * added as f64 / all);
        self.rows += added;
        Ok(())
    }

    /// The components of all rows that were added, as many as a layout holds.
    ///
    /// # Errors
    /// Returns an error if there is no row, or eigenvalues do not converge;
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    pub(crate) fn finish(mut self, progress: &Progress) -> Result<SharedComponents, ProjectionError> {
        let (dims, rows) = (self.dims, self.rows);
        if rows == 0 {
            return Err(ProjectionError::NoRows);
        }
        let trace: f64 = self.sums.iter().step_by(dims + 1).sum();
        let scale = inverse_power_of_two(trace);
        self.sums.iter_mut().for_each(|sum| *sum *= scale);
        let mut search = Search::new(self.sums, dims, MAX_COMPONENTS.min(dims).min((rows - 1).max(1)));
        let Eigenpairs { values, mut vectors } = loop {
            progress.check()?;
            if let Some(found) = search.step()? {
                break found;
            }
        };
        settle(&mut vectors, dims);
        let share = |value: &f64| if trace > 0.0 { (value / (trace * scale)).clamp(0.0, 1.0) } else { 0.0 };
        let explained_variance_ratio: Vec<f64> = values.iter().map(share).collect();
        let whole = trace.max(0.0) / (rows - 1).max(1) as f64;
        Ok(SharedComponents {
            dims,
            mean: self.mean,
            components: vectors,
            explained_variance: explained_variance_ratio.iter().map(|ratio| ratio * whole).collect(),
            explained_variance_ratio,
        })
    }
}

impl SharedComponents {
    /// The rows of `vectors` along the components; NaN if a row is left out.
    ///
    /// # Errors
    /// Returns an error if the dimensions are others, or a row that is not left out is not finite;
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    pub(crate) fn layout(
        &self,
        vectors: Vectors,
        left_out: &RowSet,
        progress: &Progress,
    ) -> Result<Layout, ProjectionError> {
        let (rows, is_wide) = (vectors.rows(), vectors.is_wide());
        if vectors.dims() != self.dims {
            return Err(ProjectionError::OtherDimensions { first: self.dims, second: vectors.dims() });
        }
        let mut layout = Layout::unplaced(rows, self.explained_variance.len());
        let mut source = Source::new(vectors, left_out.below(rows));
        if source.kept() == 0 {
            return Ok(layout);
        }
        let columns = columns_of(&source, is_wide, progress)?;
        source.center_at(&self.mean, &columns);
        let mut next = 0;
        while next < rows {
            progress.check()?;
            next = if is_wide {
                coordinates::fill::<f64>(&source, &self.components, next, &mut layout)
            } else {
                coordinates::fill::<f32>(&source, &self.components, next, &mut layout)
            };
        }
        Ok(layout)
    }
}

fn columns_of(source: &Source, is_wide: bool, progress: &Progress) -> Result<Columns, ProjectionError> {
    if is_wide { summed::<f64>(source, progress) } else { summed::<f32>(source, progress) }
}

/// Sums and extremes of the columns.
fn summed<T: Real>(source: &Source, progress: &Progress) -> Result<Columns, ProjectionError> {
    let mut columns = Columns::none(source.vectors.dims());
    for blocks in source.vectors.blocks().chunks(BLOCKS_A_STEP) {
        progress.check()?;
        let of_block = |buffer: &mut Vec<T>, range: &std::ops::Range<usize>| source.columns(range.clone(), buffer);
        let found: Result<Vec<Columns>, _> = blocks.par_iter().map_init(Vec::new, of_block).collect();
        found?.iter().for_each(|block| columns.merge(block));
    }
    Ok(columns)
}

/// The sums of products of deviations from the mean, as they are read.
fn products<T: Real>(source: &Source, progress: &Progress) -> Result<Vec<f64>, ProjectionError> {
    let mut matrix = Box::new(Covariance::<T>::new(source));
    loop {
        let part = matrix.step(source);
        progress.set(part as f32);
        progress.check()?;
        if part >= 1.0 {
            return Ok(matrix.finish(source));
        }
    }
}
