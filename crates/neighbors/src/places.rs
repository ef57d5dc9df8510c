//! Neighbors among places of a few coordinates, exactly, by a tree of boxes.
//!
//! J. L. Bentley, "Multidimensional binary search trees used for associative searching", 1975: each
//! node's points are halved along the axis in which they spread most. Neighbors at the same
//! distance are ordered by number, also when the tree decides where not to search: thousands of
//! points at one place cost no more than others.

use std::{
    array::from_fn,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use parallax_embedding::{Cancelled, Progress};
use rayon::prelude::*;

/// Coordinates of a point; those that the layout does not have are 0.
pub type Place<const N: usize> = [f32; N];

/// The most points in a leaf.
const LEAF: usize = 16;

/// The points that one thread takes at a time.
const CHUNK: usize = 256;

/// A distance and a point number, ordered by distance, then by number.
type Key = u64;

/// Greater than any key.
const NOTHING: Key = Key::MAX;

/// Finite places, arranged so that the nearest others of each are found without looking at all.
///
/// Distances are compared as [`square`] rounds them.
#[derive(Debug)]
pub struct PlaceTree<const N: usize> {
    /// The points in the order of the leaves.
    order: Vec<u32>,
    /// Their places.
    ordered: Vec<Place<N>>,
    /// Parents before children, left before right.
    nodes: Vec<PlaceNode<N>>,
}

/// A part of a [`PlaceTree`]: some points and the box around them.
#[derive(Debug)]
pub struct PlaceNode<const N: usize> {
    /// The least coordinates of its points.
    pub low: Place<N>,
    /// The greatest coordinates of its points.
    pub high: Place<N>,
    /// The least number of its points.
    first_point: u32,
    /// Its range in the order of leaves.
    start: u32,
    end: u32,
    /// The index of the right child, or 0 for a leaf; the left child follows the node.
    right: u32,
}

impl<const N: usize> PlaceTree<N> {
    /// The tree of `places`, all of them finite.
    #[must_use]
    pub fn new(places: &[Place<N>]) -> Self {
        let order: Vec<u32> = (0..places.len() as u32).collect();
        let mut tree = Self { order, ordered: Vec::new(), nodes: Vec::new() };
        tree.add_node(places, 0, places.len());
        tree.ordered = tree.order.iter().map(|&point| places[point as usize]).collect();
        tree
    }

    fn add_node(&mut self, places: &[Place<N>], start: usize, end: usize) -> u32 {
        let (low, high, first_point) = self.around(places, start, end);
        let node = self.nodes.len();
        self.nodes.push(PlaceNode { low, high, first_point, start: start as u32, end: end as u32, right: 0 });
        if end - start > LEAF {
            let widths: Place<N> = from_fn(|axis| high[axis] - low[axis]);
            let axis = (0..N).fold(0, |widest, axis| if widths[axis] > widths[widest] { axis } else { widest });
            let middle = usize::midpoint(start, end);
            self.order[start..end].select_nth_unstable_by(middle - start, |&a, &b| {
                places[a as usize][axis].total_cmp(&places[b as usize][axis]).then(a.cmp(&b))
            });
            self.add_node(places, start, middle);
            self.nodes[node].right = self.add_node(places, middle, end);
        }
        node as u32
    }

    fn around(&self, places: &[Place<N>], start: usize, end: usize) -> (Place<N>, Place<N>, u32) {
        let (mut low, mut high, mut first_point) = ([f32::INFINITY; N], [f32::NEG_INFINITY; N], u32::MAX);
        for &point in &self.order[start..end] {
            for (axis, &x) in places[point as usize].iter().enumerate() {
                (low[axis], high[axis]) = (low[axis].min(x), high[axis].max(x));
            }
            first_point = first_point.min(point);
        }
        (low, high, first_point)
    }

    /// The nodes: parents before children, the root first.
    #[must_use]
    pub fn nodes(&self) -> &[PlaceNode<N>] {
        &self.nodes
    }

    /// The points in the order of the leaves: those of a node are together.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The places of [`PlaceTree::order`].
    #[must_use]
    pub fn ordered(&self) -> &[Place<N>] {
        &self.ordered
    }

    /// For each point of [`PlaceTree::order`] the square of the distance to the last of its `k`
    /// nearest others, or 0 for `k` = 0. There must be more than `k` points.
    ///
    /// # Errors
    /// Returns an error if `progress` was canceled.
    pub fn squares_to_nearest(&self, k: usize, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        let done = AtomicUsize::new(0);
        let of_chunk = |(points, places): (&[u32], &[Place<N>])| {
            progress.advance(done.fetch_add(points.len(), Ordering::Relaxed), self.order.len())?;
            let mut nearest = vec![NOTHING; k];
            let square = |(&point, &place): (&u32, &Place<N>)| {
                nearest.fill(NOTHING);
                self.find(point, place, &mut nearest);
                nearest.last().map_or(0.0, |&key| f32::from_bits((key >> 32) as u32))
            };
            Ok(points.iter().zip(places).map(square).collect::<Vec<f32>>())
        };
        let chunks = self.order.par_chunks(CHUNK).zip(self.ordered.par_chunks(CHUNK));
        let squares: Result<Vec<Vec<f32>>, Cancelled> = chunks.map(of_chunk).collect();
        Ok(squares?.concat())
    }

    /// For each point its `k` nearest others, nearest first: points x `k` numbers, for `k` less
    /// than the points.
    #[must_use]
    pub fn nearest_of_all(&self, k: usize) -> Vec<u32> {
        // In the order of leaves, so that what one query read is still in the cache for the next.
        let of_chunk = |(points, places): (&[u32], &[Place<N>])| -> Vec<u32> {
            points.iter().zip(places).flat_map(|(&point, &place)| self.nearest(point, place, k)).collect()
        };
        let chunks = self.order.par_chunks(CHUNK).zip(self.ordered.par_chunks(CHUNK));
        let found: Vec<Vec<u32>> = chunks.map(of_chunk).collect();
        let mut lists = vec![0; self.order.len() * k];
        let found = found.iter().flat_map(|lists| lists.chunks_exact(k.max(1)));
        for (&point, list) in self.order.iter().zip(found) {
            lists[point as usize * k..][..k].copy_from_slice(list);
        }
        lists
    }

    /// Returns the point with the least key, whatever that is, and its key. `key` returns that of a
    /// point, and `least` of a box, given its corners, one that no point in it is below; either
    /// returns `None` for what does not count.
    #[must_use]
    pub fn first<K: PartialOrd>(
        &self,
        key: impl Fn(u32, Place<N>) -> Option<K>,
        least: impl Fn(Place<N>, Place<N>) -> Option<K>,
    ) -> Option<(u32, K)> {
        let of = |node: usize| least(self.nodes[node].low, self.nodes[node].high).map(|least| (node, least));
        let mut best: Option<(u32, K)> = None;
        let mut waiting: Vec<(usize, K)> = if self.order.is_empty() { None } else { of(0) }.into_iter().collect();
        while let Some((node, least)) = waiting.pop() {
            if best.as_ref().is_some_and(|(_, best)| least > *best) {
                continue;
            }
            let PlaceNode { start, end, right, .. } = self.nodes[node];
            if right != 0 {
                // The one with the lesser key is searched first.
                let [left, right] = [node + 1, right as usize].map(of);
                let is_right_first = left.as_ref().zip(right.as_ref()).is_some_and(|(left, right)| right.1 < left.1);
                waiting.extend(if is_right_first { [left, right] } else { [right, left] }.into_iter().flatten());
                continue;
            }
            let range = start as usize..end as usize;
            for (&point, &place) in self.order[range.clone()].iter().zip(&self.ordered[range]) {
                if let Some(key) = key(point, place)
                    && best.as_ref().is_none_or(|(_, best)| key < *best)
                {
                    best = Some((point, key));
                }
            }
        }
        best
    }

    /// Returns the `k` nearest others of a point, which is at `place`, nearest first, for `k` less than
    /// the points.
    #[must_use]
    pub fn nearest(&self, point: u32, place: Place<N>, k: usize) -> Vec<u32> {
        let mut nearest = vec![NOTHING; k];
        self.find(point, place, &mut nearest);
        nearest.into_iter().map(|key| key as u32).collect()
    }

    fn find(&self, point: u32, place: Place<N>, nearest: &mut [Key]) {
        if !nearest.is_empty() {
            self.search(0, point, place, nearest);
        }
    }

    fn search(&self, node: usize, point: u32, place: Place<N>, nearest: &mut [Key]) {
        let PlaceNode { start, end, right, .. } = self.nodes[node];
        if right == 0 {
            return self.search_leaf(start as usize..end as usize, point, place, nearest);
        }
        let children = [node + 1, right as usize].map(|child| (self.nodes[child].least_key(place), child));
        let [near, far] = if children[0].0 <= children[1].0 { children } else { [children[1], children[0]] };
        for (least, child) in [near, far] {
            if least < nearest[nearest.len() - 1] {
                self.search(child, point, place, nearest);
            }
        }
    }

    fn search_leaf(&self, range: Range<usize>, point: u32, place: Place<N>, nearest: &mut [Key]) {
        for (&other, &at) in self.order[range.clone()].iter().zip(&self.ordered[range]) {
            let key = key(square(place, at), other);
            if key < nearest[nearest.len() - 1] && other != point {
                insert(nearest, key);
            }
        }
    }
}

impl<const N: usize> PlaceNode<N> {
    /// Its range in [`PlaceTree::order`].
    #[must_use]
    #[inline]
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Its children, `node` being its own index. Returns `None` for a leaf.
    #[must_use]
    #[inline]
    pub fn children(&self, node: usize) -> Option<[usize; 2]> {
        (self.right > 0).then_some([node + 1, self.right as usize])
    }

    /// No point of the node has a lesser key, seen from `place`: each step of its distance rounds
    /// to no more than that of a point.
    fn least_key(&self, place: Place<N>) -> Key {
        let nearest = from_fn(|axis| place[axis].clamp(self.low[axis], self.high[axis]));
        key(square(place, nearest), self.first_point)
    }
}

/// Puts `key` into a sorted list, and drops the greatest.
fn insert(nearest: &mut [Key], key: Key) {
    let mut at = nearest.len() - 1;
    while at > 0 && nearest[at - 1] > key {
        nearest[at] = nearest[at - 1];
        at -= 1;
    }
    nearest[at] = key;
}

/// The square of the distance.
#[must_use]
#[inline]
pub fn square<const N: usize>(a: Place<N>, b: Place<N>) -> f32 {
    a.iter().zip(&b).fold(0.0, |sum, (a, b)| sum + (a - b) * (a - b))
}

/// Squares are not negative, so their bits ascend with them.
fn key(square: f32, point: u32) -> Key {
    Key::from(square.to_bits()) << 32 | Key::from(point)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_brute_force<const N: usize>(places: &[Place<N>], k: usize) -> Vec<u32> {
        let of_point = |point: usize| {
            let others = (0..places.len()).filter(move |&other| other != point);
            let mut keys: Vec<Key> =
                others.map(|other| key(square(places[point], places[other]), other as u32)).collect();
            keys.sort_unstable();
            keys.into_iter().take(k).map(|key| key as u32).collect::<Vec<_>>()
        };
        (0..places.len()).flat_map(of_point).collect()
    }

    /// Many equal places and distances among them, as whole numbers have.
    fn places() -> impl Strategy<Value = Vec<Place<3>>> {
        let whole = (-3_i8..4, -3_i8..4, -1_i8..2).prop_map(|(x, y, z)| [f32::from(x), f32::from(y), f32::from(z)]);
        let flat = (-1.0_f32..1.0, -1.0_f32..1.0).prop_map(|(x, y)| [x, y, 0.0]);
        let any = prop::array::uniform3(-1.0_f32..1.0);
        prop_oneof![
            prop::collection::vec(whole, 1..300),
            prop::collection::vec(flat, 1..300),
            prop::collection::vec(any, 1..300)
        ]
    }

    /// The squares of the distances from each point to its nearest others, as the crate `kdtree`
    /// finds them; it does not order points at the same distance.
    fn squares_by_kdtree(places: &[Place<3>], k: usize) -> Vec<f32> {
        let mut tree = kdtree::KdTree::new(3);
        places.iter().zip(0..).for_each(|(&place, point)| tree.add(place, point).unwrap());
        let between = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        let of_place = |place: &Place<3>| {
            tree.nearest(place, k + 1, &between).unwrap().into_iter().skip(1).map(|(square, _)| square)
        };
        places.iter().flat_map(of_place).collect()
    }

    proptest! {
        #[test]
        fn tree_neighbors_match_brute_force(places in places(), k in 0_usize..16) {
            let k = k.min(places.len() - 1);
            prop_assert_eq!(PlaceTree::new(&places).nearest_of_all(k), by_brute_force(&places, k));
        }

        #[test]
        fn squares_to_nearest_match_brute_force(places in places(), k in 0_usize..16) {
            let k = k.min(places.len() - 1);
            let tree = PlaceTree::new(&places);
            let squares = tree.squares_to_nearest(k, &Progress::default()).unwrap();
            for (&point, square_of_last) in tree.order().iter().zip(squares) {
                let mut all: Vec<f32> = places.iter().map(|&other| square(places[point as usize], other)).collect();
                all.sort_by(f32::total_cmp);
                prop_assert_eq!(square_of_last, all[k]); // the first is the point itself
            }
        }

        #[test]
        fn tree_neighbors_are_as_near_as_those_of_another_tree(places in places(), k in 1_usize..16) {
            let k = k.min(places.len() - 1);
            let others = PlaceTree::new(&places).nearest_of_all(k);
            let squares: Vec<f32> = others.iter().enumerate()
                .map(|(at, &other)| square(places[at / k.max(1)], places[other as usize]))
                .collect();
            prop_assert_eq!(squares, squares_by_kdtree(&places, k));
        }

        /// The key is the height above a floor, of the points in a ball.
        #[test]
        fn first_point_is_the_one_that_a_pass_finds(places in places(), floor in -1.0_f32..1.0, ball in 0.0_f32..3.0) {
            let key = |point: u32, [x, y, z]: Place<3>| {
                (square([x, y, z], [0.0; 3]) <= ball * ball && z >= floor).then_some((z, point))
            };
            let least = |low: Place<3>, high: Place<3>| (high[2] >= floor).then_some((low[2], 0));
            let keys = places.iter().zip(0..).filter_map(|(&place, point)| key(point, place));
            let expected = keys.min_by(|a, b| a.partial_cmp(b).unwrap()).map(|key| (key.1, key));
            prop_assert_eq!(PlaceTree::new(&places).first(key, least), expected);
        }

        #[test]
        fn tree_neighbors_match_brute_force_in_ten_dimensions(
            places in prop::collection::vec(prop::array::uniform10(-1.0_f32..1.0), 1..300),
            k in 0_usize..16,
        ) {
            let k = k.min(places.len() - 1);
            prop_assert_eq!(PlaceTree::new(&places).nearest_of_all(k), by_brute_force(&places, k));
        }
    }

    /// A tree that went through all of them for each would take minutes.
    #[test]
    fn tree_handles_many_equal_points() {
        let places = vec![[0.25; 3]; 100_000];
        let lists = PlaceTree::new(&places).nearest_of_all(15);
        assert_eq!(lists[..15], (1..16).collect::<Vec<u32>>());
        assert_eq!(lists[99_999 * 15..], (0..15).collect::<Vec<u32>>());
    }
}
