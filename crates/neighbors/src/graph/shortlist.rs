//! Shortlists: for each of some places, the others that may still be among its nearest.
//!
//! A shortlist has room for about twice the number of neighbors. When it is full, it is cut to
//! those whose lower bound is at most the k-th least upper bound. If too many are left because
//! their bounds overlap, they are measured, and only the nearest stay. Either way no neighbor is
//! lost.

use super::{
    ListsMut,
    points::{Points, Scratch},
    space::Space,
};

/// The number of squared distances that are compared at a time.
const LANES: usize = 16;

/// What all shortlists of a search share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) points: &'a Points<'a>,
    pub(super) space: &'a Space,
    /// The number of neighbors, which is less than the number of places.
    pub(super) k: usize,
}

/// The shortlists of the places `owners`.
#[derive(Debug)]
pub(super) struct Shortlists<'a> {
    search: Search<'a>,
    owners: Vec<u32>,
    /// Row-major, owners x `capacity`: lower bounds of squared distances, and the places at these
    /// distances.
    squares: Vec<f32>,
    places: Vec<u32>,
    lengths: Vec<usize>,
    /// Places whose squared distance is greater are not among the nearest of an owner.
    reaches: Vec<f32>,
    uppers: Vec<f32>,
    scratch: Scratch,
}

impl<'a> Shortlists<'a> {
    pub(super) fn new(search: Search<'a>, owners: Vec<u32>) -> Self {
        let count = owners.len();
        let room = count * capacity(search.k);
        Self {
            search,
            owners,
            squares: vec![0.0; room],
            places: vec![0; room],
            lengths: vec![0; count],
            reaches: vec![f32::INFINITY; count],
            uppers: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Offers the places from `first` on to each owner, given the products of their coordinates,
    /// owners x places; if those places own shortlists, given as `others`, offers the owners to
    /// them as well.
    pub(super) fn offer(&mut self, products: &[f32], first: usize, others: Option<&mut Self>) {
        pulp::Arch::new().dispatch(Offer { to: self, products, first, others });
    }

    #[inline(always)]
    fn offer_in_lanes(&mut self, products: &[f32], first: usize, mut others: Option<&mut Self>) {
        let space = self.search.space;
        let width = products.len() / self.owners.len();
        let lower = &space.lower()[first..first + width];
        for (row, products) in products.chunks_exact(width).enumerate() {
            let own = space.lower()[self.owners[row] as usize];
            for (at, (lower, products)) in (0..).step_by(LANES).zip(lower.chunks(LANES).zip(products.chunks(LANES))) {
                let squares = squares(own, lower, products);
                let reach = self.reaches[row];
                let mut is_near = is_any(&squares, |_, square| square <= reach);
                if let Some(others) = &others {
                    let reaches = &others.reaches[at..at + lower.len()];
                    is_near |= match reaches.as_array::<LANES>() {
                        Some(reaches) => is_any(&squares, |lane, square| square <= reaches[lane]),
                        None => true,
                    };
                }
                if is_near {
                    self.admit(row, first, at, &squares[..lower.len()], others.as_deref_mut());
                }
            }
        }
    }

    /// Adds the places from `first + at` on that are near enough. In `others` they begin at `at`.
    #[inline(never)]
    fn admit(&mut self, row: usize, first: usize, at: usize, squares: &[f32], mut others: Option<&mut Self>) {
        let owner = self.owners[row];
        for (column, &square) in (at..).zip(squares) {
            let place = (first + column) as u32;
            if square <= self.reaches[row] && place != owner {
                self.push(row, square, place);
            }
            if let Some(others) = &mut others
                && square <= others.reaches[column]
            {
                others.push(column, square, owner);
            }
        }
    }

    fn push(&mut self, row: usize, square: f32, place: u32) {
        let capacity = capacity(self.search.k);
        let at = row * capacity + self.lengths[row];
        (self.squares[at], self.places[at]) = (square, place);
        self.lengths[row] += 1;
        if self.lengths[row] == capacity {
            self.cut(row);
            if self.lengths[row] > usize::midpoint(self.search.k, capacity) {
                self.cut_to_measure(row);
            }
        }
    }

    /// Drops the places that the bounds show to be farther than the k nearest.
    fn cut(&mut self, row: usize) {
        let Search { space, k, .. } = self.search;
        let start = row * capacity(k);
        let all = start..start + self.lengths[row];
        let own = space.width()[self.owners[row] as usize];
        let upper = |(&square, &place): (&f32, &u32)| square + own + space.width()[place as usize];
        self.uppers.clear();
        self.uppers.extend(self.squares[all.clone()].iter().zip(&self.places[all.clone()]).map(upper));
        if self.uppers.len() < k {
            return;
        }
        let kth = *self.uppers.select_nth_unstable_by(k - 1, f32::total_cmp).1;
        self.reaches[row] = self.reaches[row].min(space.reach(kth));
        let mut kept = start;
        for at in all {
            if self.squares[at] <= self.reaches[row] {
                (self.squares[kept], self.places[kept]) = (self.squares[at], self.places[at]);
                kept += 1;
            }
        }
        self.lengths[row] = kept - start;
    }

    /// Measures all places, and drops all but the k nearest.
    fn cut_to_measure(&mut self, row: usize) {
        let k = self.search.k;
        let start = row * capacity(k);
        self.measure(row);
        let mut nearest: Vec<u32> = self.scratch.measured.iter().take(k).map(|&(_, place)| place).collect();
        nearest.sort_unstable();
        let mut kept = start;
        for at in start..start + self.lengths[row] {
            if nearest.binary_search(&self.places[at]).is_ok() {
                (self.squares[kept], self.places[kept]) = (self.squares[at], self.places[at]);
                kept += 1;
            }
        }
        self.lengths[row] = kept - start;
        let own = self.search.space.width()[self.owners[row] as usize];
        let kept = self.squares[start..kept].iter().zip(&self.places[start..kept]);
        let farthest = kept.map(|(&square, &place)| square + own + self.search.space.width()[place as usize]);
        let reach = self.search.space.reach(farthest.fold(f32::NEG_INFINITY, f32::max));
        self.reaches[row] = self.reaches[row].min(reach);
    }

    fn measure(&mut self, row: usize) {
        let start = row * capacity(self.search.k);
        let places = self.places[start..start + self.lengths[row]].iter().copied();
        self.search.points.measure(self.owners[row], places, &mut self.scratch);
    }

    /// Measures what is left, and writes the nearest of each owner.
    pub(super) fn finish(&mut self, lists: ListsMut<'_>) {
        for (row, (indices, distances)) in lists.rows().enumerate() {
            self.cut(row);
            self.measure(row);
            for ((index, distance), &(to, place)) in indices.iter_mut().zip(distances).zip(&self.scratch.measured) {
                (*index, *distance) = (place, to);
            }
        }
    }
}

/// The arguments of [`Shortlists::offer`].
struct Offer<'o, 'a> {
    to: &'o mut Shortlists<'a>,
    products: &'o [f32],
    first: usize,
    others: Option<&'o mut Shortlists<'a>>,
}

impl pulp::WithSimd for Offer<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.to.offer_in_lanes(self.products, self.first, self.others);
    }
}

/// The capacity of a shortlist for `k` neighbors.
const fn capacity(k: usize) -> usize {
    2 * k + 64
}

/// The lower bounds of some squared distances; those beyond the last are infinite.
#[inline(always)]
fn squares(own: f32, lower: &[f32], products: &[f32]) -> [f32; LANES] {
    if let (Some(lower), Some(products)) = (lower.as_array::<LANES>(), products.as_array::<LANES>()) {
        return std::array::from_fn(|lane| (own + lower[lane]) - 2.0 * products[lane]);
    }
    let mut squares = [f32::INFINITY; LANES];
    for (square, (lower, product)) in squares.iter_mut().zip(lower.iter().zip(products)) {
        *square = (own + lower) - 2.0 * product;
    }
    squares
}

#[inline(always)]
fn is_any(squares: &[f32; LANES], is_near: impl Fn(usize, f32) -> bool) -> bool {
    squares.iter().enumerate().fold(false, |found, (lane, &square)| found | is_near(lane, square))
}
