//! The greatest eigenvalues of a symmetric matrix, and their vectors.
//!
//! Small matrices are decomposed fully. For large ones a block Krylov space grows from seeded
//! random vectors, one multiplication of the matrix by a block of vectors a step, until the
//! Rayleigh-Ritz approximations in it are eigenvectors to within a measured residual (G. H. Golub
//! and C. F. Van Loan, "Matrix Computations", section 10.3.6). The block is wider than the number
//! of vectors asked for, so that eigenvalues that are equal or close come out all together.
//!
//! A space that has reached its limit is reduced to its best approximations and grows on (K. Wu and
//! H. Simon, "Thick-Restart Lanczos Method for Large Symmetric Eigenvalue Problems", SIAM J. Matrix
//! Anal. Appl. 22, 2000). A matrix of moderate size is decomposed fully instead, which takes less
//! time; so is one whose eigenvalues are too close for either.
//!
//! Eigenvalues far below the greatest then have few right digits. For the smallest matrices they
//! are found by Jacobi's method, which keeps their digits if large and small values are those of
//! different columns (J. Demmel and K. Veselić, "Jacobi's Method is More Accurate than QR", SIAM J.
//! Matrix Anal. Appl. 13, 1992), such as Unix seconds next to ratios.

use faer::{
    Accum, Mat, MatMut, MatRef, Par, Spec,
    diag::Diag,
    dyn_stack::{MemBuffer, MemStack},
    linalg::{
        evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch},
        matmul::matmul,
    },
};
use parallax_embedding::random;
use rayon::prelude::*;

use crate::ProjectionError;

/// Up to this size a full decomposition takes no longer than the growing space does.
const SMALL: usize = 128;

/// Up to this size Jacobi's method takes some hundredths of a second.
const SMALLEST: usize = 64;

/// Eigenvalues less than this part of the greatest justify Jacobi's method.
const GRADED: f64 = 1e-8;

/// Up to this size a full decomposition takes no longer than growing on from a space that has
/// reached its limit.
const MODERATE: usize = 1024;

/// Vectors in a block beyond those asked for.
const SPARE: usize = 6;

/// The space has at most this many blocks ...
const MOST_BLOCKS: usize = 20;

/// ... and at most one in this many of all directions.
const ONE_IN: usize = 2;

/// The number of blocks of best approximations that a space is reduced to.
const KEPT_BLOCKS: usize = 8;

/// After this many steps the matrix is decomposed fully, whatever its size.
const MOST_STEPS: usize = 400;

/// A pair has converged when its residual |Av - av| is at most this part of its own eigenvalue a
/// ...
const OF_OWN: f64 = 1e-8;

/// ... or this part of the greatest: about the rounding of the matrix itself.
const OF_GREATEST: f64 = 1e-13;

/// A vector of which less than this part is left has no direction of its own.
const DEPENDENT: f64 = 1e-10;

/// The counters of random vectors are this far apart from one use to the next, so that they share
/// no number.
const SEEDS_APART: usize = 1 << 31;

/// Eigenvalues in descending order, and their unit vectors one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eigenpairs {
    pub(super) values: Vec<f64>,
    pub(super) vectors: Vec<f64>,
}

/// The search, as steps.
#[derive(Debug)]
pub(super) struct Search {
    size: usize,
    count: usize,
    matrix: Vec<f64>,
    /// Orthonormal vectors one after the other, and the matrix's products with them.
    basis: Vec<f64>,
    images: Vec<f64>,
    /// The matrix within the space: the scalar products of the basis and the images.
    projected: Mat<f64>,
    steps: usize,
}

impl Search {
    /// For the `count` greatest eigenvalues of a symmetric matrix, given column by column.
    pub(super) fn new(matrix: Vec<f64>, size: usize, count: usize) -> Self {
        Self { size, count, matrix, basis: Vec::new(), images: Vec::new(), projected: Mat::new(), steps: 0 }
    }

    /// Grows the space by a block; returns the pairs once they are found.
    ///
    /// # Errors
    /// If a decomposition does not converge.
    pub(super) fn step(&mut self) -> Result<Option<Eigenpairs>, ProjectionError> {
        let limit = (MOST_BLOCKS * self.block()).min(self.size / ONE_IN);
        let is_at_limit = self.columns() + self.block() > limit;
        if self.size <= SMALL || self.steps == MOST_STEPS || (is_at_limit && self.size <= MODERATE) {
            let pairs = full(MatRef::from_column_major_slice(&self.matrix, self.size, self.size), self.count)?;
            let is_graded = pairs.values.last() < pairs.values.first().map(|greatest| greatest * GRADED).as_ref();
            let is_jacobi = is_graded && self.size <= SMALLEST;
            return Ok(Some(if is_jacobi { jacobi(self.matrix.clone(), self.size, self.count) } else { pairs }));
        }
        self.steps += 1;
        let new = self.next_block();
        if is_at_limit {
            self.shrink()?;
        }
        self.grow(new);
        self.ritz()
    }

    /// An estimate of what part of the search is done.
    pub(super) fn part(&self) -> f64 {
        const USUAL_STEPS: f64 = 10.0;
        self.steps as f64 / (self.steps as f64 + USUAL_STEPS)
    }

    fn block(&self) -> usize {
        self.count + SPARE
    }

    /// The number of vectors of the space.
    fn columns(&self) -> usize {
        self.basis.len() / self.size
    }

    /// The vectors that the space grows by: what is new in the images of those that it grew by
    /// last.
    fn next_block(&self) -> Vec<f64> {
        let length = self.block() * self.size;
        let mut new = match self.images.len().checked_sub(length) {
            Some(last) => self.images[last..].to_vec(),
            None => (0..length).map(noise).collect(),
        };
        orthonormalize(&self.basis, &mut new, self.size);
        new
    }

    /// Makes the best approximations the whole space.
    fn shrink(&mut self) -> Result<(), ProjectionError> {
        let kept = KEPT_BLOCKS * self.block();
        let Eigenpairs { values, vectors } = full(self.projected.as_ref(), kept)?;
        (self.basis, self.images) = (self.combine(&self.basis, &vectors), self.combine(&self.images, &vectors));
        self.projected = Mat::from_fn(kept, kept, |row, column| if row == column { values[row] } else { 0.0 });
        Ok(())
    }

    /// Takes orthonormal vectors into the space, to which they are orthogonal.
    fn grow(&mut self, new: Vec<f64>) {
        let (size, before) = (self.size, self.columns());
        let new_images = self.product(&new);
        self.basis.extend(new);
        let (columns, added) = (self.columns(), new_images.len() / size);
        let mut projected = Mat::zeros(columns, columns);
        projected.submatrix_mut(0, 0, before, before).copy_from(&self.projected);
        let mut products = projected.subcols_mut(before, added);
        let basis = MatRef::from_column_major_slice(&self.basis, size, columns).transpose();
        let images = MatRef::from_column_major_slice(&new_images, size, added);
        matmul(products.as_mut(), Accum::Replace, basis, images, 1.0, Par::Seq);
        let mirrored = products.subrows(0, before).transpose().to_owned();
        projected.submatrix_mut(before, 0, added, before).copy_from(mirrored);
        self.projected = projected;
        self.images.extend(new_images);
    }

    /// The matrix times a block of vectors. Each part of the result is computed by one thread.
    fn product(&self, vectors: &[f64]) -> Vec<f64> {
        const ROWS: usize = 64;
        let size = self.size;
        let vectors = MatRef::from_column_major_slice(vectors, size, vectors.len() / size);
        let parts: Vec<Mat<f64>> = self
            .matrix
            .par_chunks(ROWS * size)
            .map(|columns| {
                let rows = MatRef::from_column_major_slice(columns, size, columns.len() / size).transpose();
                let mut part = Mat::zeros(rows.nrows(), vectors.ncols());
                matmul(&mut part, Accum::Replace, rows, vectors, 1.0, Par::Seq);
                part
            })
            .collect();
        (0..vectors.ncols()).flat_map(|i| parts.iter().flat_map(move |part| part.col(i).iter().copied())).collect()
    }

    /// The best approximations in the space, if all of them have converged.
    fn ritz(&self) -> Result<Option<Eigenpairs>, ProjectionError> {
        let inner = full(self.projected.as_ref(), self.count)?;
        let (vectors, images) = (self.combine(&self.basis, &inner.vectors), self.combine(&self.images, &inner.vectors));
        let greatest = inner.values.first().copied().unwrap_or(0.0);
        let mut pairs = vectors.chunks_exact(self.size).zip(images.chunks_exact(self.size)).zip(&inner.values);
        let all_converged = pairs.all(|((vector, image), &value)| {
            let square: f64 = vector.iter().zip(image).map(|(v, av)| (av - value * v).powi(2)).sum();
            square.sqrt() <= (OF_OWN * value).max(OF_GREATEST * greatest)
        });
        Ok(all_converged.then_some(Eigenpairs { values: inner.values, vectors }))
    }

    /// Sums of the space's vectors, or of their images, by each of some lists of weights.
    fn combine(&self, vectors: &[f64], weights: &[f64]) -> Vec<f64> {
        let (size, columns) = (self.size, self.columns());
        let count = weights.len() / columns;
        let mut out = vec![0.0; size * count];
        let vectors = MatRef::from_column_major_slice(vectors, size, columns);
        let weights = MatRef::from_column_major_slice(weights, columns, count);
        matmul(
            MatMut::from_column_major_slice_mut(&mut out, size, count),
            Accum::Replace,
            vectors,
            weights,
            1.0,
            Par::Seq,
        );
        out
    }
}

/// The `count` greatest of all eigenvalues of a symmetric matrix, of which the lower triangle is
/// read.
fn full(matrix: MatRef<'_, f64>, count: usize) -> Result<Eigenpairs, ProjectionError> {
    let size = matrix.nrows();
    let (mut values, mut vectors) = (Diag::zeros(size), Mat::zeros(size, size));
    let scratch = self_adjoint_evd_scratch::<f64>(size, ComputeEigenvectors::Yes, Par::Seq, Spec::default());
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    self_adjoint_evd(matrix, values.as_mut(), Some(vectors.as_mut()), Par::Seq, stack, Spec::default())
        .map_err(|_no_convergence| ProjectionError::NoConvergence { size })?;
    let greatest = || (size.saturating_sub(count)..size).rev();
    Ok(Eigenpairs {
        values: greatest().map(|i| values.column_vector()[i]).collect(),
        vectors: greatest().flat_map(|i| vectors.col(i).iter().copied()).collect(),
    })
}

/// The `count` greatest eigenvalues of a symmetric matrix by Jacobi's method: rotations in the
/// planes of two axes, in a fixed order, until nothing is left off the diagonal.
fn jacobi(mut matrix: Vec<f64>, size: usize, count: usize) -> Eigenpairs {
    const MOST_SWEEPS: usize = 30;
    let mut vectors = vec![0.0; size * size];
    vectors.iter_mut().step_by(size + 1).for_each(|value| *value = 1.0);
    for _ in 0..MOST_SWEEPS {
        let mut is_diagonal = true;
        for p in 0..size {
            for q in p + 1..size {
                let (pp, qq, pq) = (matrix[p * size + p], matrix[q * size + q], matrix[p * size + q]);
                if pq.abs() <= f64::EPSILON * (pp * qq).abs().sqrt() {
                    continue;
                }
                is_diagonal = false;
                let theta = (qq - pp) / (2.0 * pq);
                let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                rotate(&mut matrix, size, [p, q], tangent);
                let cosine = tangent.hypot(1.0).recip();
                for i in 0..size {
                    let (x, y) = (vectors[p * size + i], vectors[q * size + i]);
                    vectors[p * size + i] = cosine * (x - tangent * y);
                    vectors[q * size + i] = cosine * (y + tangent * x);
                }
            }
        }
        if is_diagonal {
            break;
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| matrix[b * size + b].total_cmp(&matrix[a * size + a]));
    order.truncate(count);
    Eigenpairs {
        values: order.iter().map(|&i| matrix[i * size + i]).collect(),
        vectors: order.iter().flat_map(|&i| &vectors[i * size..(i + 1) * size]).copied().collect(),
    }
}

/// Rotates a symmetric matrix by the angle of `tangent` in the plane of the axes `p` and `q`, where
/// its value becomes zero.
fn rotate(matrix: &mut [f64], size: usize, [p, q]: [usize; 2], tangent: f64) {
    let cosine = tangent.hypot(1.0).recip();
    let pq = matrix[p * size + q];
    for i in (0..size).filter(|&i| i != p && i != q) {
        let (x, y) = (matrix[p * size + i], matrix[q * size + i]);
        let [x, y] = [cosine * (x - tangent * y), cosine * (y + tangent * x)];
        (matrix[p * size + i], matrix[i * size + p]) = (x, x);
        (matrix[q * size + i], matrix[i * size + q]) = (y, y);
    }
    matrix[p * size + p] -= tangent * pq;
    matrix[q * size + q] += tangent * pq;
    (matrix[p * size + q], matrix[q * size + p]) = (0.0, 0.0);
}

/// Makes `block` orthonormal, and orthogonal to the orthonormal `basis`; all vectors have `size`
/// values and follow each other. A vector that depends on those before it, or is zero, is replaced
/// by a random one.
pub(super) fn orthonormalize(basis: &[f64], block: &mut [f64], size: usize) {
    // Once leaves the rounding of what was removed, which is large compared with the rest if nearly
    // all was removed. Twice is enough (Golub and Van Loan, section 5.2.8): of the basis from the
    // block, and of each vector from the next.
    for _ in 0..2 {
        let lengths: Vec<f64> = block.chunks_exact(size).map(norm).collect();
        project_out(basis, block, size);
        for (i, length) in lengths.into_iter().enumerate() {
            let (before, rest) = block.split_at_mut(i * size);
            orthonormalize_one(basis, before, &mut rest[..size], length, i + 1);
        }
    }
}

/// Makes `vector`, which had `length` before it was made orthogonal to `basis`, orthogonal to
/// `before` as well and a unit vector; or replaces it, by one that depends on `seed`.
fn orthonormalize_one(basis: &[f64], before: &[f64], vector: &mut [f64], mut length: f64, seed: usize) {
    let size = vector.len();
    let mut place = seed * size;
    project_out(before, vector, size);
    project_out(before, vector, size);
    while norm(vector) <= DEPENDENT * length {
        place += SEEDS_APART;
        vector.iter_mut().enumerate().for_each(|(i, value)| *value = noise(place + i));
        length = norm(vector);
        project_out(basis, vector, size);
        project_out(before, vector, size);
    }
    let length = norm(vector);
    for value in vector {
        *value /= length;
    }
}

/// Takes from the vectors of `block` their parts along the orthonormal vectors of `basis`.
fn project_out(basis: &[f64], block: &mut [f64], size: usize) {
    if basis.is_empty() {
        return;
    }
    let basis = MatRef::from_column_major_slice(basis, size, basis.len() / size);
    let columns = block.len() / size;
    let mut block = MatMut::from_column_major_slice_mut(block, size, columns);
    let mut parts = Mat::zeros(basis.ncols(), columns);
    matmul(&mut parts, Accum::Replace, basis.transpose(), block.as_ref(), 1.0, Par::Seq);
    matmul(block.as_mut(), Accum::Add, basis, &parts, -1.0, Par::Seq);
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// A number between -0.5 and 0.5 that depends on `place` alone.
fn noise(place: usize) -> f64 {
    (random::at(place as u64) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix with these eigenvalues: reflections (I - 2vv') of a diagonal.
    fn with_eigenvalues(values: &[f64]) -> Vec<f64> {
        let size = values.len();
        let mut matrix = vec![0.0; size * size];
        values.iter().enumerate().for_each(|(i, &value)| matrix[i * (size + 1)] = value);
        for seed in 0..3 {
            let mut v: Vec<f64> = (0..size).map(|i| noise(seed * size + i)).collect();
            let length = norm(&v);
            for x in &mut v {
                *x /= length;
            }
            for _ in 0..2 {
                for column in matrix.chunks_exact_mut(size) {
                    let part: f64 = column.iter().zip(&v).map(|(x, v)| x * v).sum();
                    column.iter_mut().zip(&v).for_each(|(x, v)| *x -= 2.0 * part * v);
                }
                let transposed = (0..size * size).map(|at| matrix[at % size * size + at / size]).collect();
                matrix = transposed;
            }
        }
        matrix
    }

    /// The search finds the eigenvalues that the matrix was made with and vectors that are theirs;
    /// returns its steps.
    #[track_caller]
    fn check(values: &[f64]) -> usize {
        let (size, count) = (values.len(), 10);
        let matrix = with_eigenvalues(values);
        let mut search = Search::new(matrix.clone(), size, count);
        let mut steps = 1;
        let pairs = loop {
            match search.step().unwrap() {
                Some(pairs) => break pairs,
                None => steps += 1,
            }
        };
        let mut expected = values.to_vec();
        expected.sort_by(|a, b| b.total_cmp(a));
        for ((vector, value), expected) in pairs.vectors.chunks_exact(size).zip(&pairs.values).zip(&expected) {
            assert!(
                (value - expected).abs() <= OF_OWN * expected + 1e-12 * values[0].abs(),
                "{value}, expected {expected}"
            );
            let image = matrix.chunks_exact(size).map(|row| row.iter().zip(vector).map(|(a, v)| a * v).sum::<f64>());
            let square: f64 = image.zip(vector).map(|(av, v)| (av - value * v).powi(2)).sum();
            assert!(square.sqrt() <= 1e-7 * expected + 1e-12 * values[0], "residual {} at {value}", square.sqrt());
        }
        steps
    }

    fn spectrum(size: usize, value: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..size).map(|i| value(i as f64)).collect()
    }

    #[test]
    fn falling_spectra_converge_in_few_steps() {
        assert!(check(&spectrum(600, |i| 0.9_f64.powf(i))) <= 8);
        assert!(check(&spectrum(600, |i| 1.0 / (1.0 + i))) <= 12);
        assert!(check(&spectrum(600, |i| 10_f64.powf(-i))) <= 4);
    }

    #[test]
    fn equal_and_close_eigenvalues_are_all_found() {
        assert!(check(&spectrum(400, |i| if i < 10.0 { 3.0 } else { 1.0 })) <= 3);
        check(&spectrum(400, |i| 2.0 + f64::from(u8::from(i < 9.0)) + 1e-9 * i));
        assert_eq!(check(&[1.0; 300]), 1);
        assert_eq!(check(&[0.0; 300]), 1);
        assert!(check(&spectrum(300, |i| if i < 3.0 { 5.0 - i } else { 0.0 })) <= 2, "the rank is less than the block");
    }

    /// A space of 20 blocks is not enough for eigenvalues this close; one that is reduced and grows
    /// on is.
    #[test]
    fn large_matrices_are_not_decomposed_fully() {
        let steps = check(&spectrum(1100, |i| 2.0 - 1e-3 * i));
        assert!(steps > MOST_BLOCKS && steps < MOST_STEPS, "{steps}");
    }

    /// A flat spectrum does not converge in the growing space, and a small matrix has none: both
    /// end in the full solver.
    #[test]
    fn spectra_that_do_not_converge_are_decomposed_fully() {
        assert!(check(&spectrum(300, |i| 1.0 - 1e-5 * i)) > 3);
        assert_eq!(check(&spectrum(60, |i| 60.0 - i)), 1);
        assert_eq!(check(&spectrum(12, |i| 2.0 + i)), 1);
    }

    /// The matrix of D K D, with D = diag(1, 1e-7, 1e-9), has eigenvalues that are those of K's
    /// Schur complements, times the squares of D, to about 1e-14.
    #[test]
    fn small_eigenvalues_of_graded_matrices_keep_their_digits() {
        let scales = [1.0, 1e-7, 1e-9];
        let k = [[4.0, 1.0, 1.0], [1.0, 3.0, 1.0], [1.0, 1.0, 2.0]];
        let matrix: Vec<f64> = (0..9).map(|at| k[at / 3][at % 3] * scales[at / 3] * scales[at % 3]).collect();
        let expected = [4.0, 2.75e-14, (2.0 - 0.25 - 0.75 * 0.75 / 2.75) * 1e-18];
        let pairs = Search::new(matrix, 3, 3).step().unwrap().unwrap();
        for (value, expected) in pairs.values.iter().zip(expected) {
            assert!((value / expected - 1.0).abs() < 1e-3, "{value}, expected {expected}");
        }
    }

    #[test]
    fn jacobi_finds_the_eigenvalues_of_the_full_solver() {
        for values in [spectrum(40, |i| 0.3_f64.powf(i)), spectrum(30, |i| if i < 3.0 { 5.0 - i } else { 0.0 })] {
            let (size, matrix) = (values.len(), with_eigenvalues(&values));
            let pairs = jacobi(matrix.clone(), size, 5);
            for ((vector, value), expected) in pairs.vectors.chunks_exact(size).zip(&pairs.values).zip(&values) {
                assert!((value - expected).abs() < 1e-13 * values[0], "{value}, expected {expected}");
                let image =
                    matrix.chunks_exact(size).map(|row| row.iter().zip(vector).map(|(a, v)| a * v).sum::<f64>());
                let square: f64 = image.zip(vector).map(|(av, v)| (av - value * v).powi(2)).sum();
                assert!(square.sqrt() < 1e-13 * values[0]);
            }
        }
    }

    #[test]
    fn dependent_vectors_are_replaced() {
        let size = 20;
        let mut basis: Vec<f64> = (0..size * 3).map(noise).collect();
        orthonormalize(&[], &mut basis, size);
        let mut block = [&basis[..size], &vec![0.0; size], &vec![1.0; size], &vec![1.0; size]].concat();
        orthonormalize(&basis, &mut block, size);
        let all = [basis, block].concat();
        for (i, a) in all.chunks_exact(size).enumerate() {
            for (j, b) in all.chunks_exact(size).enumerate() {
                let product: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14, "{i} and {j}: {product}");
            }
        }
    }
}
