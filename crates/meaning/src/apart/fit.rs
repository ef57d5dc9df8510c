//! The linear discriminant.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use parallax_embedding::{Cancelled, Progress, Vectors};
use rayon::prelude::*;

use super::{ALONE, LISTED, check::auc};

/// The rows and columns of a tile of a product.
const TILE: usize = 128;

/// A spread within the sets that is this small beside the numbers themselves is due to rounding.
pub(super) const ROUNDING: f64 = 1e-9;

/// The least spread within the sets, as a part of that of all rows. A dimension that is almost always
/// the same in the rows that are fitted would outweigh all others where it is not.
const LEAST_SPREAD: f64 = 0.3;

/// The least shrinkage, so that there is always an inverse.
const LEAST_SHRINKAGE: f64 = 1e-6;

/// A direction.
#[derive(Debug)]
pub(super) struct Fit {
    /// What each dimension of a row, less `middle`, adds to its score, which is positive on the side
    /// of the first set.
    pub(super) weights: Vec<f64>,
    /// The middle between the means.
    pub(super) middle: Vec<f64>,
    pub(super) shrinkage: f64,
    /// The number of dimensions that are not the same number in all rows.
    pub(super) used: usize,
    pub(super) heaviest: Vec<(usize, f64)>,
}

/// Fits a direction to rows of two sets. Returns it, and the dimensions that alone separate them
/// best. `sample` is of all rows. Returns `None` if no dimension has different means.
pub(super) fn fit(
    vectors: &Vectors,
    sets: [&[u32]; 2],
    sample: &[u32],
    progress: &Progress,
) -> Result<Option<(Fit, Vec<usize>)>, Cancelled> {
    progress.begin("Fitting a direction");
    let overall = spread(vectors, sample, progress)?;
    let mut values = read(vectors, &sets.concat(), progress)?;
    let first = sets[0].len();
    let (mut of_first, mut of_second) = values.view_mut().split_at(Axis(0), first);
    let [mean, other] = [&of_first, &of_second].map(|set| mean(set.view()));
    let alone = best_alone(of_first.view(), of_second.view(), progress)?;
    of_first -= &mean;
    of_second -= &other;
    let spread = root_mean_square(values.view());
    // Dimensions that are the same in all rows say nothing. One that is the same within each set, and
    // not between them, says all.
    let (mut used, mut scales) = (Vec::new(), Vec::new());
    for (dim, (&mean, &other)) in mean.iter().zip(&other).enumerate() {
        let (within, between) = (spread[dim], (mean - other).abs());
        let rounding = ROUNDING * mean.abs().max(other.abs());
        if within > rounding || between > rounding {
            used.push(dim);
            let least = LEAST_SPREAD * overall[dim];
            scales.push(if within.max(least) > rounding { within.max(least) } else { between / 2.0 });
        }
    }
    let mut scaled = Array2::<f64>::zeros((values.nrows(), used.len()));
    for (mut to, from) in scaled.rows_mut().into_iter().zip(values.rows()) {
        to.iter_mut().zip(used.iter().zip(&scales)).for_each(|(to, (&dim, scale))| *to = from[dim] / scale);
    }
    drop(values);
    let steps: Array1<f64> = used.iter().zip(&scales).map(|(&dim, scale)| (mean[dim] - other[dim]) / scale).collect();
    let (solution, shrinkage) = discriminant(scaled.view(), &steps, progress)?;
    let length = solution.dot(&solution).sqrt();
    if !(length > 0.0 && length.is_finite()) {
        return Ok(None);
    }
    let mut weights = vec![0.0; mean.len()];
    used.iter().zip(&scales).zip(&solution).for_each(|((&dim, scale), weight)| weights[dim] = weight / scale);
    let mut heaviest: Vec<(usize, f64)> =
        used.iter().zip(&solution).map(|(&dim, weight)| (dim, weight / length)).collect();
    heaviest.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    heaviest.truncate(LISTED);
    let middle = ((&mean + &other) / 2.0).to_vec();
    Ok(Some((Fit { weights, middle, shrinkage, used: used.len(), heaviest }, alone)))
}

fn read(vectors: &Vectors, rows: &[u32], progress: &Progress) -> Result<Array2<f64>, Cancelled> {
    let mut values = Array2::zeros((rows.len(), vectors.dims()));
    let read = |buffer: &mut Vec<f64>, (row, mut values): (&u32, ndarray::ArrayViewMut1<'_, f64>)| {
        progress.check()?;
        values.assign(&ArrayView1::from(vectors.row_as::<f64>(*row as usize, buffer)));
        Ok(())
    };
    rows.par_iter().zip(values.axis_iter_mut(Axis(0)).into_par_iter()).try_for_each_init(Vec::new, read)?;
    Ok(values)
}

/// Returns the standard deviation of each dimension.
fn spread(vectors: &Vectors, rows: &[u32], progress: &Progress) -> Result<Array1<f64>, Cancelled> {
    let mut values = read(vectors, rows, progress)?;
    let mean = mean(values.view());
    values -= &mean;
    Ok(root_mean_square(values.view()))
}

fn root_mean_square(values: ArrayView2<'_, f64>) -> Array1<f64> {
    let mut sum = Array1::<f64>::zeros(values.ncols());
    values.rows().into_iter().for_each(|row| sum.zip_mut_with(&row, |sum, x| *sum += x * x));
    (sum / values.nrows() as f64).sqrt()
}

fn mean(values: ArrayView2<'_, f64>) -> Array1<f64> {
    let mut sum = Array1::zeros(values.ncols());
    values.rows().into_iter().for_each(|row| sum += &row);
    sum / values.nrows() as f64
}

/// Returns the dimensions whose order alone separates the sets best, the best first.
fn best_alone(
    first: ArrayView2<'_, f64>,
    second: ArrayView2<'_, f64>,
    progress: &Progress,
) -> Result<Vec<usize>, Cancelled> {
    let of = |dim: usize| {
        progress.check()?;
        let sets = [first, second].map(|set| set.column(dim).to_vec());
        Ok(((auc(&sets) - 0.5).abs(), dim))
    };
    let mut order = (0..first.ncols()).into_par_iter().map(of).collect::<Result<Vec<_>, Cancelled>>()?;
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    Ok(order.into_iter().filter(|(apart, _)| *apart > 0.0).map(|(_, dim)| dim).take(ALONE).collect())
}

/// Returns the inverse of the shrunk covariance of `values`, whose mean is 0, times `steps`, and the
/// shrinkage.
///
/// With fewer rows than dimensions the products of rows take the place of those of columns (the
/// identity of Woodbury).
fn discriminant(
    values: ArrayView2<'_, f64>,
    steps: &Array1<f64>,
    progress: &Progress,
) -> Result<(Array1<f64>, f64), Cancelled> {
    let (rows, dims) = (values.nrows() as f64, values.ncols() as f64);
    let has_few_rows = values.nrows() < values.ncols();
    let products = products(if has_few_rows { values } else { values.reversed_axes() }, progress)?;
    let squares: Vec<f64> = values.rows().into_iter().map(|row| row.dot(&row)).collect();
    // As in Ledoit and Wolf (2004), lemma 3.2 to 3.4, in the notation of the paper: m, d², and b².
    let variance = squares.iter().sum::<f64>() / rows / dims;
    let norm = products.iter().map(|x| x * x).sum::<f64>() / (rows * rows);
    let away = norm / dims - variance * variance;
    let noise = (squares.iter().map(|x| x * x).sum::<f64>() / rows - norm) / (rows * dims);
    let shrinkage = if noise >= away { 1.0 } else { (noise / away).max(LEAST_SHRINKAGE) };
    // A spread of 0 in all dimensions: each of them separates the sets.
    let toward = if variance > 0.0 { shrinkage * variance } else { 1.0 };
    let share = (1.0 - shrinkage) / rows;
    if !has_few_rows {
        return Ok((solve(&products, share, toward, steps, progress)?, shrinkage));
    }
    let inner = solve(&products, share, toward, &values.dot(steps), progress)?;
    Ok(((steps - &(values.t().dot(&inner) * share)) / toward, shrinkage))
}

/// Returns the products of all pairs of rows. Each is summed by one thread, in the same order
/// whatever the number of threads.
fn products(rows: ArrayView2<'_, f64>, progress: &Progress) -> Result<Array2<f64>, Cancelled> {
    let count = rows.nrows();
    let tile = |at: usize| s![at..(at + TILE).min(count), ..];
    let starts = || (0..count).step_by(TILE);
    let pairs: Vec<(usize, usize)> =
        starts().flat_map(|a| starts().filter(move |&b| b >= a).map(move |b| (a, b))).collect();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let product = |&(a, b): &(usize, usize)| {
        progress.advance(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed), pairs.len())?;
        Ok(rows.slice(tile(a)).dot(&rows.slice(tile(b)).t()))
    };
    let tiles = pairs.par_iter().map(product).collect::<Result<Vec<_>, Cancelled>>()?;
    let mut all = Array2::zeros((count, count));
    for (&(a, b), tile) in pairs.iter().zip(&tiles) {
        all.slice_mut(s![a..a + tile.nrows(), b..b + tile.ncols()]).assign(tile);
        all.slice_mut(s![b..b + tile.ncols(), a..a + tile.nrows()]).assign(&tile.t());
    }
    Ok(all)
}

/// Solves `(share * products + toward * identity) x = right` by conjugate gradients (M. R. Hestenes
/// and E. Stiefel, 1952).
fn solve(
    products: &Array2<f64>,
    share: f64,
    toward: f64,
    right: &Array1<f64>,
    progress: &Progress,
) -> Result<Array1<f64>, Cancelled> {
    /// Where to stop: this part of the right side is left.
    const TOLERANCE: f64 = 1e-10;
    const MOST_STEPS: usize = 2000;
    let mut found = Array1::<f64>::zeros(right.len());
    let (mut left, mut along) = (right.clone(), right.clone());
    let start = left.dot(&left);
    let mut square = start;
    for _ in 0..MOST_STEPS {
        if square <= TOLERANCE * TOLERANCE * start {
            break;
        }
        progress.check()?;
        let image = products.dot(&along) * share + &along * toward;
        let step = square / along.dot(&image);
        found.scaled_add(step, &along);
        left.scaled_add(-step, &image);
        let next = left.dot(&left);
        along = &left + &(along * (next / square));
        square = next;
    }
    Ok(found)
}
