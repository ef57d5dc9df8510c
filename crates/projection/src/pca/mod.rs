//! Principal component analysis: the directions in which the rows differ most, and the rows along
//! them.
//!
//! It is exact, over all rows: nothing is sampled. The stages are the mean; the covariance of the
//! columns, or the Gram matrix of the rows if there are fewer rows than columns; its greatest
//! eigenpairs; the components, if they have to be computed from those of the Gram matrix; and the
//! rows' coordinates. See I. T. Jolliffe, "Principal Component Analysis", sections 1.1 and 3.5.
//!
//! Products run in `f32` on rows that are shifted and scaled, sums in `f64`: coordinates agree with
//! those of a computation in `f64` to about 1e-6 of the largest. Components along which the rows
//! spread less than a few 1e-4 of what they do along the first are lost in the rounding of those
//! products. The products of [wide](Vectors::is_wide) vectors run in `f64`, in which a spread of
//! 1e-7 is enough: a column of Unix seconds leaves the other columns their components.
//!
//! The sign of an eigenvector is arbitrary. Here the largest loading of a component is positive,
//! the first of them if several are equally large.
//!
//! Memory: the matrix in `f64`, once more while it is put together, and some 50 MB of buffers (more
//! if a single row has millions of columns), besides the layout; [`ProjectionError::TooLarge`] if
//! both rows and columns exceed [`PCA_LIMIT`].

mod coordinates;
mod eigen;
mod shared;
mod source;
#[cfg(test)]
mod tests;
mod tiles;

use ndarray::Array2;
use parallax_embedding::{Progress, RowSet, Vectors};
use rayon::prelude::*;

pub(crate) use self::shared::{Gathered, SharedComponents};
use self::{
    eigen::{Eigenpairs, Search, orthonormalize},
    source::{Columns, Real, Source, Work},
    tiles::{Components, Covariance, Gram},
};
use crate::{Layout, MAX_COMPONENTS, ProjectionError};

/// At most this may be the smaller of the numbers of rows and columns, which takes 2 GiB for the
/// matrix and 1 GiB more while it is assembled.
pub const PCA_LIMIT: usize = 16_384;

/// What to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PcaConfig {
    /// The number of components, if the data has as many.
    pub components: usize,
}

/// Principal component analysis, step by step.
#[derive(Debug)]
pub struct Pca {
    source: Source,
    stage: Stage,
    /// What part of the stage is done.
    part: f64,
    count: usize,
    layout: Layout,
    mean: Vec<f64>,
    components: Vec<f64>,
    explained_variance: Vec<f64>,
    explained_variance_ratio: Vec<f64>,
}

#[derive(Debug)]
enum Stage {
    Mean { blocks: Vec<std::ops::Range<usize>>, next: usize, columns: Columns },
    Matrix(Box<dyn Work>),
    Eigen { search: Search, trace: f64 },
    Components(Box<dyn Work>),
    Coordinates { next_row: usize },
    Finished,
}

/// Blocks of the vectors that one step takes, if it takes blocks.
const BLOCKS_A_STEP: usize = 32;

impl PcaConfig {
    /// Finds as many components as a layout holds.
    #[must_use]
    pub fn recommended() -> Self {
        Self { components: MAX_COMPONENTS }
    }
}

impl Pca {
    /// Prepares to find `config.components` components of `vectors`, at most [`MAX_COMPONENTS`].
    ///
    /// There are fewer if there are fewer columns, or fewer than that many rows plus one; but
    /// always one, along which a lone row has its place. Rows of `left_out` take no part and get no
    /// place; it must name those of [`Vectors::non_finite_rows`].
    ///
    /// # Errors
    /// Returns an error if there is no row, no dimension, or no component is asked for; or if both
    /// rows and dimensions exceed [`PCA_LIMIT`].
    pub fn new(vectors: Vectors, left_out: &RowSet, config: PcaConfig) -> Result<Self, ProjectionError> {
        let (rows, dims) = (vectors.rows(), vectors.dims());
        let left_out = left_out.below(rows);
        let (kept, smaller) = (rows - left_out.len(), rows.min(dims));
        match () {
            () if rows == 0 => return Err(ProjectionError::NoRows),
            () if dims == 0 => return Err(ProjectionError::NoDimensions),
            () if kept == 0 => return Err(ProjectionError::no_row(&vectors)),
            () if config.components == 0 => return Err(ProjectionError::NoComponents),
            () if smaller > PCA_LIMIT => {
                return Err(ProjectionError::TooLarge { rows, dims, smaller, limit: PCA_LIMIT });
            }
            () => {}
        }
        let count = config.components.min(MAX_COMPONENTS).min(dims).min((kept - 1).max(1));
        Ok(Self {
            stage: Stage::Mean { blocks: vectors.blocks(), next: 0, columns: Columns::none(dims) },
            source: Source::new(vectors, left_out),
            part: 0.0,
            count,
            layout: Layout::default(),
            mean: Vec::new(),
            components: Vec::new(),
            explained_variance: Vec::new(),
            explained_variance_ratio: Vec::new(),
        })
    }

    /// Does the next part of the work, which takes some milliseconds, or more if there are
    /// thousands of rows and of columns. Does nothing once finished.
    ///
    /// # Errors
    /// Returns an error if a row that was not left out holds a value that is not finite, or if
    /// eigenvalues do not converge.
    pub fn step(&mut self) -> Result<(), ProjectionError> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Finished) {
            Stage::Mean { blocks, next, columns } if self.is_wide() => self.step_mean::<f64>(blocks, next, columns)?,
            Stage::Mean { blocks, next, columns } => self.step_mean::<f32>(blocks, next, columns)?,
            Stage::Matrix(mut matrix) => {
                self.part = matrix.step(&self.source);
                if self.part < 1.0 { Stage::Matrix(matrix) } else { self.decompose(matrix.finish(&self.source)) }
            }
            Stage::Eigen { search, trace } => self.step_eigen(search, trace)?,
            Stage::Components(mut components) => {
                self.part = components.step(&self.source);
                if self.part < 1.0 {
                    Stage::Components(components)
                } else {
                    self.found(components.finish(&self.source))
                }
            }
            Stage::Coordinates { next_row } if self.is_wide() => self.step_coordinates::<f64>(next_row),
            Stage::Coordinates { next_row } => self.step_coordinates::<f32>(next_row),
            Stage::Finished => Stage::Finished,
        };
        Ok(())
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished)
    }

    /// About what part of the work is done, from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        let (start, end) = match self.stage {
            Stage::Mean { .. } => (0.0, 0.1),
            Stage::Matrix(_) => (0.1, 0.7),
            Stage::Eigen { .. } => (0.7, 0.85),
            Stage::Components(_) => (0.85, 0.9),
            Stage::Coordinates { .. } => (0.9, 1.0),
            Stage::Finished => (1.0, 1.0),
        };
        (start + (end - start) * self.part) as f32
    }

    /// Steps until finished, reporting to `progress`.
    ///
    /// # Errors
    /// As [`Pca::step`]; and [`ProjectionError::Cancelled`] if `progress` was canceled. The steps
    /// done so far are kept.
    pub fn run(&mut self, progress: &Progress) -> Result<(), ProjectionError> {
        progress.begin("PCA");
        while !self.is_finished() {
            progress.check()?;
            self.step()?;
            progress.set(self.fraction());
        }
        Ok(())
    }

    /// Each row's coordinates along the components; NaN if a row has no place. Empty until the components
    /// are found, and 0 in rows that are not computed yet.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The coordinates alone.
    #[must_use]
    pub fn into_layout(self) -> Layout {
        self.layout
    }

    /// Each component's share of the variance of the rows; empty until it is found. Zeros if the
    /// rows are all equal.
    #[must_use]
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.explained_variance_ratio
    }

    /// The variance of the rows along each component, divided by one less than the rows; empty
    /// until it is found.
    #[must_use]
    pub fn explained_variance(&self) -> &[f64] {
        &self.explained_variance
    }

    /// The mean of the rows; empty until it is found.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The components, components x dims, row-major and orthonormal; empty until they are found.
    #[must_use]
    pub fn components(&self) -> &[f64] {
        &self.components
    }

    /// Whether rows are read as `f64`.
    fn is_wide(&self) -> bool {
        self.source.vectors.is_wide()
    }

    fn step_mean<T: Real>(
        &mut self,
        blocks: Vec<std::ops::Range<usize>>,
        next: usize,
        mut columns: Columns,
    ) -> Result<Stage, ProjectionError> {
        let end = (next + BLOCKS_A_STEP).min(blocks.len());
        let source = &self.source;
        let of_block = |buffer: &mut Vec<T>, range: &std::ops::Range<usize>| source.columns(range.clone(), buffer);
        let found: Result<Vec<Columns>, _> = blocks[next..end].par_iter().map_init(Vec::new, of_block).collect();
        found?.iter().for_each(|block| columns.merge(block));
        if end < blocks.len() {
            self.part = end as f64 / blocks.len() as f64;
            return Ok(Stage::Mean { blocks, next: end, columns });
        }
        self.part = 0.0;
        self.mean = self.source.center(&columns);
        Ok(Stage::Matrix(if self.uses_gram() {
            Box::new(Gram::<T>::new(&self.source))
        } else {
            Box::new(Covariance::<T>::new(&self.source))
        }))
    }

    fn uses_gram(&self) -> bool {
        self.source.vectors.rows() < self.source.vectors.dims()
    }

    fn decompose(&mut self, matrix: Vec<f64>) -> Stage {
        self.part = 0.0;
        let size = self.source.vectors.rows().min(self.source.vectors.dims());
        let trace = matrix.iter().step_by(size + 1).sum();
        Stage::Eigen { search: Search::new(matrix, size, self.count), trace }
    }

    fn step_eigen(&mut self, mut search: Search, trace: f64) -> Result<Stage, ProjectionError> {
        let Some(Eigenpairs { values, vectors }) = search.step()? else {
            self.part = search.part();
            return Ok(Stage::Eigen { search, trace });
        };
        self.part = 0.0;
        // Rounding can make the least of a few eigenvalues slightly negative.
        let share = |value: &f64| if trace > 0.0 { (value / trace).clamp(0.0, 1.0) } else { 0.0 };
        self.explained_variance_ratio = values.iter().map(share).collect();
        let whole = trace.max(0.0) / self.source.scale().powi(2) / (self.source.kept() - 1).max(1) as f64;
        self.explained_variance = self.explained_variance_ratio.iter().map(|ratio| ratio * whole).collect();
        Ok(match (self.uses_gram(), self.is_wide()) {
            (false, _) => self.found(vectors),
            (true, true) => Stage::Components(Box::new(Components::<f64>::new(&self.source, &vectors, self.count))),
            (true, false) => Stage::Components(Box::new(Components::<f32>::new(&self.source, &vectors, self.count))),
        })
    }

    /// Takes the components, makes them orthonormal, and sets their signs by the rule.
    fn found(&mut self, mut components: Vec<f64>) -> Stage {
        let dims = self.source.vectors.dims();
        settle(&mut components, dims);
        (self.components, self.part) = (components, 0.0);
        // Threads that fill it in take its memory in parallel.
        self.layout = Array2::zeros((self.source.vectors.rows(), self.count)).into();
        Stage::Coordinates { next_row: 0 }
    }

    fn step_coordinates<T: Real>(&mut self, next_row: usize) -> Stage {
        let rows = self.source.vectors.rows();
        let end = coordinates::fill::<T>(&self.source, &self.components, next_row, &mut self.layout);
        self.part = end as f64 / rows as f64;
        if end < rows { Stage::Coordinates { next_row: end } } else { Stage::Finished }
    }
}

/// Makes components orthonormal, and the largest number of each positive.
fn settle(components: &mut [f64], dims: usize) {
    orthonormalize(&[], components, dims);
    for component in components.chunks_exact_mut(dims) {
        let largest = component.iter().fold(0.0_f64, |largest, &x| if x.abs() > largest.abs() { x } else { largest });
        if largest < 0.0 {
            for loading in component {
                *loading = -*loading;
            }
        }
    }
}
