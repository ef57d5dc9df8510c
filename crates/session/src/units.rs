//! The units of the cloud: a layout is centered, and scaled uniformly to a sphere of radius 1.

use parallax_embedding::random;

/// Where the units of the cloud begin in a layout, and how long they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CloudUnits {
    /// The middle of the box around the places.
    pub center: [f32; 3],
    /// The distance from the center that becomes 1.
    pub reach: f32,
    /// The lowest and the highest coordinates.
    pub bounds: [[f32; 3]; 2],
}

/// Places are far from all others if they are farther away from the middle 98 % than this many times the
/// width of these. Of fewer than [`FEW`] places, the width of all but the outermost says less.
const FAR: f32 = 20.0;
const FAR_OF_FEW: f32 = 1000.0;
const FEW: usize = 100;

/// The number of places from which they are found. Looking at each of a million would take as long as
/// moving them.
const SAMPLE: usize = 1 << 15;

impl CloudUnits {
    /// Finds them from `count` places, of which some may be missing, and some so far from all others that
    /// with them nothing would be seen: these are left out.
    #[must_use]
    pub fn of(count: usize, place: impl Fn(usize) -> Option<[f32; 3]>) -> Self {
        let sample: Vec<[f32; 3]> = random::sample(count, SAMPLE).filter_map(place).collect();
        if sample.is_empty() {
            return Self { center: [0.0; 3], reach: 1.0, bounds: [[0.0; 3]; 2] };
        }
        let together = together(sample.clone());
        let end = |of: fn(f32, f32) -> f32, from: f32| -> [f32; 3] {
            std::array::from_fn(|axis| together.iter().map(|at| at[axis]).fold(from, of))
        };
        let (low, high) = (end(f32::min, f32::INFINITY), end(f32::max, f32::NEG_INFINITY));
        let center = std::array::from_fn(|axis| f32::midpoint(low[axis], high[axis]));
        Self { center, reach: reach(&sample, center), bounds: [low, high] }
    }

    /// Returns how far other places, of which some may be missing, reach in these units: 1 if they fill
    /// the sphere. Outliers are left out, as they are from the units.
    #[must_use]
    pub fn reach_of(&self, count: usize, place: impl Fn(usize) -> Option<[f32; 3]>) -> f32 {
        let sample: Vec<[f32; 3]> = random::sample(count, SAMPLE).filter_map(place).collect();
        if sample.is_empty() { 0.0 } else { reach(&sample, self.center) / self.reach }
    }

    /// Returns the place in the cloud of a place in the layout.
    #[must_use]
    pub fn place(&self, at: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|axis| (at[axis] - self.center[axis]) / self.reach)
    }
}

/// Returns the places without those that are far from all others.
fn together(mut places: Vec<[f32; 3]>) -> Vec<[f32; 3]> {
    let skipped = (places.len() / 100).max(1);
    if places.len() < 2 * skipped + 2 {
        return places;
    }
    let mut along = vec![0.0; places.len()];
    let middle: [[f32; 2]; 3] = std::array::from_fn(|axis| {
        along.iter_mut().zip(&places).for_each(|(x, place)| *x = place[axis]);
        [skipped, places.len() - 1 - skipped].map(|rank| *along.select_nth_unstable_by(rank, f32::total_cmp).1)
    });
    let width = middle.iter().map(|[low, high]| high - low).fold(0.0, f32::max);
    let limit = width * if places.len() < FEW { FAR_OF_FEW } else { FAR };
    if limit > 0.0 {
        places.retain(|at| at.iter().zip(middle).all(|(x, [low, high])| *x >= low - limit && *x <= high + limit));
    }
    places
}

/// Returns the distance from the center that becomes 1: that of the farthest place, but at most 2.5
/// times the distance within which 98 % of them lie, so that a few outliers do not shrink the rest to
/// a speck.
fn reach(places: &[[f32; 3]], center: [f32; 3]) -> f32 {
    let away = |at: &[f32; 3]| {
        let away = (0..3).map(|axis| (at[axis] - center[axis]).powi(2)).sum::<f32>().sqrt();
        // Squares may be beyond the range of `f32`.
        let wide = || (0..3).map(|axis| (f64::from(at[axis]) - f64::from(center[axis])).powi(2)).sum::<f64>().sqrt();
        if away.is_finite() { away } else { wide() as f32 }
    };
    let mut distances: Vec<f32> = places.iter().map(away).collect();
    let rank = (distances.len() - 1) * 98 / 100;
    let farthest = distances.iter().copied().fold(0.0, f32::max);
    let most = *distances.select_nth_unstable_by(rank, f32::total_cmp).1;
    let reach = if most > 0.0 { farthest.min(most * 2.5) } else { farthest };
    if reach > 0.0 && reach.is_finite() { reach } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn farthest_place_is_at_1_unless_it_is_an_outlier() {
        let units = CloudUnits::of(3, |row| [Some([-3.0, -2.0, -6.0]), None, Some([3.0, 2.0, 6.0])][row]);
        assert_eq!((units.center, units.reach, units.bounds[1]), ([0.0; 3], 7.0, [3.0, 2.0, 6.0]));
        assert_eq!(units.place([0.0, 7.0, -3.5]), [0.0, 1.0, -0.5]);
        let other = units.reach_of(2, |row| Some([[0.0, 14.0, 0.0], [0.0, -14.0, 0.0]][row]));
        assert_eq!((other, units.reach_of(1, |_| None)), (2.0, 0.0));
        // Two of 300 are 1000 away, all others 1.
        let far = |row: usize| if row < 2 { 1000.0 } else { 1.0 };
        let line = |row: usize| Some([if row.is_multiple_of(2) { far(row) } else { -far(row) }, 0.0, 0.0]);
        assert_eq!(CloudUnits::of(300, line).reach, 2.5);
        // Whatever lies far away on one side, the others are in the middle, and large enough.
        for (count, far) in [(9_usize, 1e30_f32), (9, 3000.0), (150, 1e30), (150, 50.0), (20_000, -1e38)] {
            let outliers = count / 200 + 1;
            let near = |row: usize| Some([(row % 3) as f32 - 1.0, (row % 2) as f32, 0.0]);
            let alone = CloudUnits::of(count - outliers, |row| near(row + outliers));
            let units = CloudUnits::of(count, |row| if row < outliers { Some([far, 0.0, 0.0]) } else { near(row) });
            assert_eq!((units.center, units.bounds), (alone.center, alone.bounds), "{count} with {outliers} at {far}");
            assert!((1.0..=2.5).contains(&(units.reach / alone.reach)), "{} and {}", units.reach, alone.reach);
        }
        // Not far enough.
        let units = CloudUnits::of(9, |row| Some([if row == 8 { 1500.0 } else { row as f32 }, 0.0, 0.0]));
        assert_eq!(units.center, [750.0, 0.0, 0.0]);
        let halves = CloudUnits::of(300, |row| Some([if row % 2 == 0 { -2e30 } else { 2e30 }, 0.0, 0.0]));
        assert_eq!((halves.center, halves.reach), ([0.0; 3], 2e30));
        for empty in [CloudUnits::of(0, |_| None), CloudUnits::of(9, |_| None), CloudUnits::of(9, |_| Some([0.0; 3]))] {
            assert_eq!((empty.center, empty.reach), ([0.0; 3], 1.0));
        }
        // What alternates is seen whole.
        let units = CloudUnits::of(1 << 18, |row| Some([(row % 8) as f32, 0.0, 0.0]));
        assert_eq!(units.bounds, [[0.0; 3], [7.0, 0.0, 0.0]]);
    }
}
