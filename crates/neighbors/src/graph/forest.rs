//! Random trees over the places: each repeatedly halves them by their order along the line between
//! two of them.
//!
//! Near places are likely to end in one leaf (S. Dasgupta and Y. Freund, "Random projection trees
//! and low dimensional manifolds", STOC 2008). Leaves are large, and all pairs within one are
//! compared by a matrix product: that costs less than a walk through small leaves, and finds more.

use parallax_embedding::{Cancelled, Progress};
use rayon::prelude::*;

use super::{
    known::{Entry, Known, Shared, entry, merge, reach},
    space::{LANES, Space, products},
};

/// The most places in a leaf.
const LEAF: usize = 2048;

/// Rows of a leaf that are compared with all of it at a time.
const ROWS: usize = 64;

/// Places that a thread projects at a time.
const ALONE: usize = 1 << 12;

/// Grows a tree, and adds to each place what it meets in its leaf.
pub(super) fn add_tree(space: &Space, known: &mut Known, seed: u64, progress: &Progress) -> Result<(), Cancelled> {
    let mut places: Vec<u32> = (0..space.len() as u32).collect();
    Tree { space, known: &known.share(), seed, progress }.grow(&mut places, 1)
}

#[derive(Debug)]
struct Tree<'a> {
    space: &'a Space,
    known: &'a Shared<'a>,
    seed: u64,
    progress: &'a Progress,
}

impl Tree<'_> {
    /// Grows the node with the given number, with its places.
    fn grow(&self, places: &mut [u32], node: u64) -> Result<(), Cancelled> {
        self.progress.check()?;
        if places.len() <= LEAF {
            return self.compare(places);
        }
        let line = self.line(places, node);
        let mut projected: Vec<(f32, u32)> = vec![(0.0, 0); places.len()];
        let chunks = projected.par_chunks_mut(ALONE).zip(places.par_chunks(ALONE));
        chunks.for_each(|(projected, places)| {
            pulp::Arch::new().dispatch(Project { space: self.space, line: &line, places, projected });
        });
        let half = places.len() / 2;
        projected.select_nth_unstable_by(half, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        places.iter_mut().zip(projected).for_each(|(place, (_, projected))| *place = projected);
        let (near, far) = places.split_at_mut(half);
        let (near, far) = rayon::join(|| self.grow(near, 2 * node), || self.grow(far, 2 * node + 1));
        near.and(far)
    }

    /// The difference of two random places.
    fn line(&self, places: &[u32], node: u64) -> Vec<f32> {
        let random = |draw: u64| random(self.seed, 2 * node + draw) as usize;
        let a = random(0) % places.len();
        let b = (a + 1 + random(1) % (places.len() - 1)) % places.len();
        let of = |at: usize| self.space.coordinates(places[at] as usize..places[at] as usize + 1);
        of(a).iter().zip(of(b)).map(|(a, b)| a - b).collect()
    }

    /// Compares all places of a leaf with each other.
    fn compare(&self, places: &[u32]) -> Result<(), Cancelled> {
        let stride = self.space.stride();
        let (coordinates, squares) = self.centered(places);
        let mut tile = vec![0.0; ROWS * places.len()];
        let mut work = Work::default();
        for (rows, a) in (0..).step_by(ROWS).zip(coordinates.chunks(ROWS * stride)) {
            self.progress.check()?;
            let tile = &mut tile[..a.len() / stride * places.len()];
            products(a, &coordinates, stride, tile);
            for (row, products) in (rows..).zip(tile.chunks_exact(places.len())) {
                let offer = Offer { space: self.space, places, row, squares: &squares, products };
                self.known.with_list(places[row], |list| {
                    pulp::Arch::new().dispatch(InLanes { offer, work: &mut work, list });
                });
            }
        }
        Ok(())
    }

    /// The coordinates of some places minus their mean, so that little cancels, and the squares of
    /// their lengths.
    fn centered(&self, places: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let stride = self.space.stride();
        let of = |place: u32| self.space.coordinates(place as usize..place as usize + 1);
        let mut mean = vec![0.0_f32; stride];
        for &place in places {
            mean.iter_mut().zip(of(place)).for_each(|(mean, x)| *mean += x);
        }
        mean.iter_mut().for_each(|mean| *mean /= places.len() as f32);
        let mut coordinates = Vec::with_capacity(places.len() * stride);
        for &place in places {
            coordinates.extend(of(place).iter().zip(&mean).map(|(x, mean)| x - mean));
        }
        let squares = coordinates.chunks_exact(stride).map(|x| x.iter().map(|x| x * x).sum()).collect();
        (coordinates, squares)
    }
}

/// Fills in how far along a line each of some places is, and the place.
struct Project<'a> {
    space: &'a Space,
    line: &'a [f32],
    places: &'a [u32],
    projected: &'a mut [(f32, u32)],
}

impl pulp::WithSimd for Project<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let line = self.line.as_chunks::<LANES>().0;
        for (projected, &place) in self.projected.iter_mut().zip(self.places) {
            let coordinates = self.space.coordinates(place as usize..place as usize + 1).as_chunks::<LANES>().0;
            let mut sums = [0.0_f32; LANES];
            for (line, coordinates) in line.iter().zip(coordinates) {
                for lane in 0..LANES {
                    sums[lane] += line[lane] * coordinates[lane];
                }
            }
            *projected = (sums.iter().sum(), place);
        }
    }
}

/// Room for the candidates of one place.
#[derive(Debug, Default)]
struct Work {
    near: Vec<(f32, u32)>,
    entries: Vec<Entry>,
    merged: Vec<Entry>,
}

/// All places of a leaf, for the list of the one in some row, and the products of their
/// coordinates.
struct Offer<'a> {
    space: &'a Space,
    places: &'a [u32],
    row: usize,
    /// Of the lengths of all places of the leaf.
    squares: &'a [f32],
    products: &'a [f32],
}

struct InLanes<'a> {
    offer: Offer<'a>,
    work: &'a mut Work,
    list: &'a mut [Entry],
}

impl pulp::WithSimd for InLanes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { offer, work, list } = self;
        offer.find_near(reach(list), &mut work.near);
        if work.near.len() > list.len() {
            work.near.select_nth_unstable_by(list.len() - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            work.near.truncate(list.len());
        }
        let owner = offer.places[offer.row];
        work.entries.clear();
        for &(_, place) in &work.near {
            work.entries.push(entry(offer.space, owner, place));
        }
        work.entries.sort_unstable();
        merge(list, &work.entries, &mut work.merged);
    }
}

impl Offer<'_> {
    /// Leaves in `near` the places whose squared distance is at most `reach`, with that distance
    /// minus a number that is the same for all.
    #[inline(always)]
    fn find_near(&self, reach: f32, near: &mut Vec<(f32, u32)>) {
        let within = reach - self.squares[self.row];
        near.clear();
        let chunks = self.squares.chunks(LANES).zip(self.products.chunks(LANES)).zip(self.places.chunks(LANES));
        for ((squares, products), places) in chunks {
            let mut sizes = [f32::NAN; LANES];
            for (size, (square, product)) in sizes.iter_mut().zip(squares.iter().zip(products)) {
                *size = square - 2.0 * product;
            }
            let mut is_any = false;
            for size in sizes {
                is_any |= size <= within;
            }
            if is_any {
                for (size, &place) in sizes.into_iter().zip(places) {
                    if size <= within {
                        near.push((size, place));
                    }
                }
            }
        }
        near.retain(|&(_, place)| place != self.places[self.row]);
    }
}

/// A number that depends on `seed` and `place` alone. The mixing is a variant of `SplitMix64`: another
/// would give other graphs.
pub(super) fn random(seed: u64, place: u64) -> u64 {
    let mut x = (seed ^ place.wrapping_mul(0xD1B5_4A32_D192_ED03)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    for multiplier in [0xBF58_476D_1CE4_E5B9_u64, 0x94D0_49BB_1331_11EB] {
        x = (x ^ (x >> 30)).wrapping_mul(multiplier);
        x ^= x >> 27;
    }
    (x ^ (x >> 31)) >> 1
}
