//! Quantiles.

/// Returns the number below which this share of `count` sorted numbers lies, or `None` if there are
/// none; `at` returns the number of a rank. Between two numbers it is interpolated: method 7 of R. J.
/// Hyndman and Y. Fan, "Sample quantiles in statistical packages", 1996, the default of NumPy, R, and
/// pandas.
///
/// ```
/// use parallax_embedding::quantile;
///
/// let sorted = [1.0, 2.0, 4.0, 8.0];
/// assert_eq!(quantile(4, 0.5, |rank| sorted[rank]), Some(3.0));
/// assert_eq!(quantile(4, 0.75, |rank| sorted[rank]), Some(5.0));
/// ```
#[must_use]
pub fn quantile(count: usize, share: f64, at: impl Fn(usize) -> f64) -> Option<f64> {
    let last = count.checked_sub(1)?;
    let place = last as f64 * share.clamp(0.0, 1.0);
    let rank = place.floor() as usize;
    let (low, high) = (at(rank), at(last.min(rank + 1)));
    let part = place - rank as f64;
    // Infinite numbers have no middle.
    Some(if part == 0.0 || low == high { low } else { low + (high - low) * part })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.quantile` printed them.
    #[test]
    fn quantiles_are_those_of_numpy() {
        let check = |sorted: &[f64], expected: [f64; 5]| {
            let found = [0.0, 0.25, 0.5, 0.75, 0.9].map(|share| quantile(sorted.len(), share, |rank| sorted[rank]));
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found.unwrap() - expected).abs() < 1e-12, "{sorted:?}: {found:?}, not {expected}");
            }
        };
        check(&[3.0], [3.0; 5]);
        check(&[1.0, 2.0], [1.0, 1.25, 1.5, 1.75, 1.9]);
        check(&[1.5, 2.5, 7.0, 9.0, 12.0], [1.5, 2.5, 7.0, 9.0, 10.8]);
        check(&[-4.0, -1.0, 0.5, 2.0, 2.0, 8.0], [-4.0, -0.625, 1.25, 2.0, 5.0]);
        assert_eq!(quantile(0, 0.5, |_| 0.0), None);
        assert_eq!(quantile(2, 0.5, |_| f64::INFINITY), Some(f64::INFINITY));
    }
}
