//! Orthogonal Procrustes: the rotation that brings one set of points nearest to another.
//!
//! With both sets about their means, the rotation that makes the sum of squared distances least is
//! that of the singular vectors of their products (P. H. Schönemann, "A generalized solution of the
//! orthogonal Procrustes problem", Psychometrika 31, 1966). Without reflection, the direction of
//! the least singular value is turned back (W. Kabsch, "A discussion of the solution for the best
//! rotation to relate two sets of vectors", Acta Cryst. A34, 1978).

use faer::{
    Accum, Mat, MatMut, MatRef, Par, Spec,
    diag::Diag,
    dyn_stack::{MemBuffer, MemStack},
    linalg::{
        matmul::matmul,
        svd::{ComputeSvdVectors, svd, svd_scratch},
    },
};
use parallax_embedding::{Partners, Progress, Vectors};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    MOST_ALIGNED, are_alignable,
    moments::{Centered, Moments},
    rounding::{COMPUTED, epsilon, rounding},
};
use crate::{Layout, ProjectionError};

/// Singular values of at most this part of the greatest are those of directions without points.
const FREE: f64 = 1e-12;

/// What an alignment may do besides moving and rotating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freedom {
    /// Whether it may mirror.
    pub reflection: bool,
    /// Whether it may scale all axes by one factor.
    pub scale: bool,
}

impl Default for Freedom {
    /// Mirroring, as the sign of an axis is arbitrary, and no scaling, as a length means something.
    fn default() -> Self {
        Self { reflection: true, scale: false }
    }
}

/// What brings points onto others, besides moving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// Nothing, not even moving.
    Nothing,
    /// Rotation and reflection: lengths stay.
    Rotation,
    /// Rotation, reflection, and one factor for all axes.
    #[default]
    Scale,
}

impl Alignment {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Rotation, Self::Scale];

    /// Returns what it may do, or `None` if that is nothing.
    #[must_use]
    pub fn freedom(self) -> Option<Freedom> {
        let scale = match self {
            Self::Nothing => return None,
            Self::Rotation => false,
            Self::Scale => true,
        };
        Some(Freedom { reflection: true, scale })
    }
}

/// A move, rotation, and scaling that brings points nearest to their partners.
#[derive(Debug, Clone, PartialEq)]
pub struct Procrustes {
    from: Vec<f64>,
    to: Vec<f64>,
    /// Dims x dims, column-major: scaled rotation of a row, as a row vector from the left.
    map: Vec<f64>,
    scale: f64,
    /// How much larger the target is than the source, by the spread about their means.
    larger: f64,
    reflects: bool,
    /// Whether the rows were brought onto their partners, and do not stay where they are.
    is_fitted: bool,
    residual: f64,
}

impl Procrustes {
    /// Finds how the rows of `from` come nearest to their partners among the rows of `to`.
    ///
    /// ```
    /// use ndarray::array;
    /// use parallax_embedding::{Partners, Progress, Vectors};
    /// use parallax_projection::{Freedom, Procrustes};
    ///
    /// let from = Vectors::from_array(array![[0.0_f32, 0.0], [2.0, 0.0], [2.0, 1.0]]);
    /// // The same, turned by a quarter and moved.
    /// let to = Vectors::from_array(array![[5.0_f32, 5.0], [5.0, 7.0], [4.0, 7.0]]);
    /// let partners = Partners::by_order([3, 3]);
    /// let found = Procrustes::fit([&from, &to], &partners, Freedom::default(), &Progress::default())?;
    /// assert!(found.residual() < 1e-12 && !found.reflects());
    /// let moved = found.distances([&from, &to], &partners, &Progress::default())?;
    /// assert!(moved.iter().all(|&distance| distance < 1e-6));
    /// # Ok::<(), parallax_projection::ProjectionError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the dimensions differ, or are more than [`MOST_ALIGNED`], or if there is no
    /// pair; if singular values do not converge; [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If a partner is not a row.
    pub fn fit(
        vectors: [&Vectors; 2],
        partners: &Partners,
        freedom: Freedom,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        check(vectors, partners)?;
        progress.begin("Aligning");
        Self::of(&Moments::of(vectors, partners, progress)?, freedom)
    }

    /// What leaves the rows of `from` where they are, whose [`Procrustes::residual`] says how far they are
    /// from their partners among the rows of `to`.
    ///
    /// # Errors
    /// Returns an error if the dimensions differ, or are more than [`MOST_ALIGNED`], or if there is no
    /// pair; [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If a partner is not a row.
    pub fn none(vectors: [&Vectors; 2], partners: &Partners, progress: &Progress) -> Result<Self, ProjectionError> {
        check(vectors, partners)?;
        progress.begin("Aligning");
        let [rows, others] = partners.rows();
        let sides = [Centered::new(vectors[0], rows, progress)?, Centered::new(vectors[1], others, progress)?];
        let apart: Vec<f64> = sides[0].mean().iter().zip(sides[1].mean()).map(|(a, b)| a - b).collect();
        let dims = apart.len();
        // Of a chunk: the squared distances of pairs, and the spread of each side.
        let sums: Vec<[f64; 3]> = sides[0]
            .chunks()
            .into_par_iter()
            .map(|chunk| {
                progress.check()?;
                let [a, b] = sides.each_ref().map(|side| side.gather(chunk.clone()));
                let between = a.iter().zip(&b).zip(apart.iter().cycle()).map(|((a, b), apart)| (a - b + apart).powi(2));
                Ok([between.sum(), square(&a), square(&b)])
            })
            .collect::<Result<_, ProjectionError>>()?;
        let [left, spread, target] = [0, 1, 2].map(|at| sums.iter().map(|sums| sums[at]).sum());
        let residual = residual(left, [spread, target], 1.0, &sides);
        let mut map = vec![0.0; dims * dims];
        map.iter_mut().step_by(dims + 1).for_each(|number| *number = 1.0);
        let (from, to) = (vec![0.0; dims], vec![0.0; dims]);
        Ok(Self { from, to, map, scale: 1.0, larger: 1.0, reflects: false, is_fitted: false, residual })
    }

    /// The same from what is known of the rows, which have the same dimensions.
    pub(super) fn of(moments: &Moments<'_>, freedom: Freedom) -> Result<Self, ProjectionError> {
        let Moments { sides: [a, b], squares, products } = moments;
        let [spread, target] = squares.each_ref().map(|squares| squares.iter().sum::<f64>());
        let Rotation { mut map, fit, reflects } = Rotation::of(products.as_ref(), freedom.reflection)?;
        let scale = if freedom.scale && spread > 0.0 { fit / spread } else { 1.0 };
        map.iter_mut().for_each(|number| *number *= scale);
        let image = scale * scale * spread;
        let left = image + target - 2.0 * scale * fit;
        let residual = residual(left, [image, target], scale, &moments.sides);
        let larger = if spread > 0.0 && target > 0.0 { (target / spread).sqrt() } else { 1.0 };
        let (from, to) = (a.mean().to_vec(), b.mean().to_vec());
        Ok(Self { from, to, map, scale, larger, reflects, is_fitted: true, residual })
    }

    /// The same with the scale that makes the image as large as the target, to look at both beside each
    /// other: the scale that leaves least makes what fits badly small. The residual is still that of
    /// the fit.
    #[must_use]
    pub fn as_large(&self) -> Self {
        let factor = if self.scale > 0.0 { self.larger / self.scale } else { 1.0 };
        let map = self.map.iter().map(|number| number * factor).collect();
        Self { map, scale: self.scale * factor, ..self.clone() }
    }

    /// The sum of the squared distances that are left, as a part of the spread: the sum of squared
    /// distances from the mean, of the target or of the image, whichever is larger. It is from 0 to 2;
    /// where neither is much larger, 1 is nothing in common. With [`Freedom::scale`] it is from 0 to 1,
    /// and SciPy's `disparity`. Where nothing is aligned it has no bound, as the means may lie far apart. What
    /// is nothing but rounding is 0.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.residual
    }

    /// The factor by which it scales; 1 without [`Freedom::scale`].
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether it mirrors.
    #[must_use]
    pub fn reflects(&self) -> bool {
        self.reflects
    }

    /// The rotation times the scale, dims x dims: the image of a row is the row less its mean, times
    /// this, plus the mean of the target.
    #[must_use]
    pub fn map(&self) -> MatRef<'_, f64> {
        let dims = self.from.len();
        MatRef::from_column_major_slice(&self.map, dims, dims)
    }

    /// The mean of the rows that were fitted, and that of their partners.
    pub(crate) fn means(&self) -> [&[f64]; 2] {
        [&self.from, &self.to]
    }

    /// The direction in which a row lies as far as its image does in `direction`, both seen from the
    /// means.
    pub(crate) fn before(&self, direction: &[f64]) -> Vec<f64> {
        let map = self.map();
        let along = |at: usize| direction.iter().enumerate().map(|(to, d)| map[(at, to)] * d).sum();
        (0..self.from.len()).map(along).collect()
    }

    /// The distance between the image of each row and its partner, pair by pair. It is 0 if it is nothing
    /// but rounding, by how long the two are, how many numbers they have, and the type of the numbers.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If the vectors are not those of [`Procrustes::fit`].
    pub fn distances(
        &self,
        [from, to]: [&Vectors; 2],
        partners: &Partners,
        progress: &Progress,
    ) -> Result<Vec<f32>, ProjectionError> {
        let [rows, others] = partners.rows();
        let a = Centered::about(from, rows, self.from.clone());
        let b = Centered::about(to, others, self.to.clone());
        let dims = self.from.len();
        // From the origin, as the numbers are stored: rows are about their means here.
        let means = self.scale * self.scale * square(&self.from) + square(&self.to);
        // Of each pair: the distance, and the squared lengths of the image and of the target.
        let found: Vec<Vec<[f64; 2]>> = a
            .chunks()
            .into_par_iter()
            .map(|chunk| {
                progress.check()?;
                let images = self.images(&a.gather(chunk.clone()));
                let targets = b.gather(chunk);
                let pairs = images.chunks_exact(dims.max(1)).zip(targets.chunks_exact(dims.max(1)));
                Ok(pairs
                    .map(|(image, target)| [distance(image, target), square(image) + square(target) + means])
                    .collect())
            })
            .collect::<Result<_, ProjectionError>>()?;
        let found = found.concat();
        let epsilon = epsilon([from, to]);
        // The means that were fitted carry the rounding of all rows.
        let pairs = found.len().max(1) as f64;
        let of_means = found.iter().map(|[_, squares]| squares).sum::<f64>() / pairs / pairs;
        let carried = if self.is_fitted { rounding(of_means, dims, epsilon) } else { 0.0 };
        let settled = |[distance, squares]: &[f64; 2]| {
            let least = rounding(*squares, dims, epsilon) + carried;
            if *distance > least { *distance as f32 } else { 0.0 }
        };
        Ok(found.iter().map(settled).collect())
    }

    /// Moves each place of `layout` like the rows of `from`. Rows without a place keep none.
    ///
    /// # Panics
    /// If the layout has other dimensions than what was fitted.
    #[must_use]
    pub fn apply(&self, layout: &Layout) -> Layout {
        let dims = self.from.len();
        assert_eq!(layout.dims(), dims, "the dimensions that were fitted");
        let mut moved = layout.clone();
        let mut view = moved.view_mut();
        for mut row in view.rows_mut() {
            let place: Vec<f64> = row.iter().zip(&self.from).map(|(&x, mean)| f64::from(x) - mean).collect();
            let image = self.images(&place);
            row.iter_mut().zip(image.iter().zip(&self.to)).for_each(|(x, (image, mean))| *x = (image + mean) as f32);
        }
        moved
    }

    /// Rows about the mean of `from`, row-major, as rows about the mean of `to`.
    fn images(&self, rows: &[f64]) -> Vec<f64> {
        let dims = self.from.len();
        let count = rows.len() / dims.max(1);
        let mut images = vec![0.0; rows.len()];
        let out = MatMut::from_row_major_slice_mut(&mut images, count, dims);
        matmul(out, Accum::Replace, MatRef::from_row_major_slice(rows, count, dims), self.map(), 1.0, Par::Seq);
        images
    }
}

/// The part of the spread that is `left`, if the images and their targets have these spreads.
fn residual(left: f64, spreads: [f64; 2], scale: f64, [a, b]: &[Centered<'_>; 2]) -> f64 {
    let larger = spreads[0].max(spreads[1]);
    if larger <= 0.0 {
        return 0.0;
    }
    let pairs = a.len().max(1) as f64;
    let means = scale * scale * square(a.mean()) + square(b.mean());
    let of_row = rounding((spreads[0] + spreads[1]) / pairs + means, a.dims(), epsilon([a.vectors(), b.vectors()]));
    // What is left is the difference of sums.
    let least = of_row * of_row * pairs / larger + COMPUTED * f64::EPSILON * a.dims() as f64;
    Some(left / larger).filter(|&share| share > least).unwrap_or(0.0)
}

/// Returns an error if rows cannot be aligned with their partners.
fn check([from, to]: [&Vectors; 2], partners: &Partners) -> Result<(), ProjectionError> {
    let dims = from.dims();
    if dims != to.dims() {
        return Err(ProjectionError::OtherDimensions { first: dims, second: to.dims() });
    }
    if !are_alignable([dims; 2]) {
        return Err(ProjectionError::TooWide { dims, limit: MOST_ALIGNED });
    }
    if partners.is_empty() {
        return Err(ProjectionError::NoPartners { unclear: partners.unclear() });
    }
    Ok(())
}

fn square(numbers: &[f64]) -> f64 {
    numbers.iter().map(|number| number * number).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// The best rotation.
struct Rotation {
    /// Dims x dims, column-major.
    map: Vec<f64>,
    /// The sum of the products of rotated rows with their partners.
    fit: f64,
    reflects: bool,
}

impl Rotation {
    /// From the products of the columns of both sets.
    fn of(products: MatRef<'_, f64>, may_reflect: bool) -> Result<Self, ProjectionError> {
        let dims = products.nrows();
        let (mut u, mut v) = (Mat::zeros(dims, dims), Mat::zeros(dims, dims));
        let mut values = Diag::zeros(dims);
        let full = ComputeSvdVectors::Full;
        let mut memory = MemBuffer::new(svd_scratch::<f64>(dims, dims, full, full, Par::Seq, Spec::default()));
        let stack = MemStack::new(&mut memory);
        svd(products, values.as_mut(), Some(u.as_mut()), Some(v.as_mut()), Par::Seq, stack, Spec::default())
            .map_err(|_no_convergence| ProjectionError::NoConvergence { size: dims })?;
        let values = values.column_vector();
        let mut fit: f64 = values.iter().sum();
        let mut reflects = u.determinant() * v.determinant() < 0.0;
        // The points may lie in a plane: a mirror that changes nothing is none.
        let is_free = |last: usize| values[last] <= FREE * values[0];
        if let Some(last) = dims.checked_sub(1).filter(|&last| reflects && (!may_reflect || is_free(last))) {
            fit -= 2.0 * values[last];
            u.col_mut(last).iter_mut().for_each(|number| *number = -*number);
            reflects = false;
        }
        let mut map = vec![0.0; dims * dims];
        let out = MatMut::from_column_major_slice_mut(&mut map, dims, dims);
        matmul(out, Accum::Replace, u.as_ref(), v.transpose(), 1.0, Par::Seq);
        Ok(Self { map, fit, reflects })
    }
}
