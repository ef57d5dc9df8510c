//! Two embeddings of the same rows: how alike they are, as a whole and row by row.
//!
//! [`Procrustes`] brings one onto the other and leaves distances, [`Overlap`] says how many of each
//! row's nearest are the same, and [`linear_cka`] compares what the vectors say about which rows are
//! alike, whatever their dimensions. Only rows with a partner take part.

mod moments;
mod overlap;
mod procrustes;
#[cfg(test)]
mod tests;

use parallax_embedding::{Partners, Progress, Vectors};

use self::moments::{Centered, products, sum_of_squares};
pub use self::{
    overlap::Overlap,
    procrustes::{Freedom, Procrustes},
};
use crate::ProjectionError;

/// The linear centered kernel alignment of two embeddings: 1 if they are the same but for a
/// rotation and a factor, 0 if no direction of one goes with any of the other. Returns `None` if all
/// rows of either are equal.
///
/// See S. Kornblith, M. Norouzi, H. Lee, and G. Hinton, "Similarity of Neural Network
/// Representations Revisited", ICML 2019. With fewer rows than dimensions it is close to 1 whatever
/// the vectors are.
///
/// ```
/// use ndarray::array;
/// use parallax_embedding::{Partners, Progress, Vectors};
/// use parallax_projection::linear_cka;
///
/// let one = Vectors::from_array(array![[0.0_f32, 0.0], [3.0, 0.0], [0.0, 1.0], [3.0, 1.0]]);
/// // Turned, twice as large, and with a column that says nothing.
/// let other = Vectors::from_array(array![[0.0_f32, 0.0, 7.0], [0.0, 6.0, 7.0], [2.0, 0.0, 7.0], [2.0, 6.0, 7.0]]);
/// let alike = linear_cka([&one, &other], &Partners::by_order([4, 4]), &Progress::default())?;
/// assert!((alike.unwrap() - 1.0).abs() < 1e-12);
/// # Ok::<(), parallax_projection::ProjectionError>(())
/// ```
///
/// # Errors
/// [`ProjectionError::Cancelled`] if `progress` was canceled.
///
/// # Panics
/// If a partner is not a row.
pub fn linear_cka(
    [first, second]: [&Vectors; 2],
    partners: &Partners,
    progress: &Progress,
) -> Result<Option<f64>, ProjectionError> {
    progress.begin("Comparing similarities");
    let [rows, others] = partners.rows();
    let a = Centered::new(first, rows, progress)?;
    let b = Centered::new(second, others, progress)?;
    let square = |a, b| Ok::<_, ProjectionError>(sum_of_squares(products(a, b, progress)?.as_ref()));
    let own = (square(&a, &a)? * square(&b, &b)?).sqrt();
    Ok((own > 0.0).then_some(square(&a, &b)? / own))
}
