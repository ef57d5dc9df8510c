//! The points in a binary tree over their Morton order, for Barnes-Hut.
//!
//! A point's Morton code interleaves the bits of its coordinates; sorted by it, points that are
//! close are near in the list, and each node of the tree is a range of the list, split at its
//! highest differing bit (as in T. Karras, "Maximizing parallelism in the construction of BVHs,
//! octrees, and k-d trees", HPG 2012). Nodes are stored in the order of a walk, each with the index
//! of the node where the walk continues after it, so that a walk is one pass without a stack.

use std::ops::Range;

/// The points of a layout, sorted, and their tree.
#[derive(Debug)]
pub(super) struct Tree<const D: usize> {
    /// The numbers of the points, in Morton order. Kept from one building to the next, since it
    /// changes little.
    pub(super) order: Vec<u32>,
    /// Their places, in that order.
    pub(super) places: Vec<[f32; D]>,
    pub(super) nodes: Vec<Node<D>>,
    /// Ranges of points that are close together, in order, each with at most [`PACKET`].
    pub(super) packets: Vec<Range<u32>>,
    keys: Vec<u64>,
    spare: Vec<u64>,
}

/// A range of points as one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<const D: usize> {
    /// The center of mass.
    pub(super) center: [f32; D],
    /// The number of points.
    pub(super) mass: f32,
    /// The mean squared distance of the points from the center.
    pub(super) spread: f32,
    /// The index of the next node for a walk that does not enter this one.
    pub(super) skip: u32,
    /// The points.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Nodes of at most this many points are not split.
const LEAF: usize = 8;

/// Points that are walked together: enough to share the walk, few enough to be close.
const PACKET: usize = 48;

/// Bits of a digit of the radix sort.
const DIGIT: u32 = 11;

impl<const D: usize> Tree<D> {
    /// Bits of a coordinate in a Morton code: 16 in the plane, 10 in space, where a cell is a
    /// thousandth of the layout's width.
    const BITS: u32 = 32 / D as u32;

    pub(super) fn new(points: usize) -> Self {
        Self {
            order: (0..points as u32).collect(),
            places: vec![[0.0; D]; points],
            nodes: Vec::new(),
            packets: Vec::new(),
            keys: vec![0; points],
            spare: vec![0; points],
        }
    }

    /// Sorts the points of `layout` and builds their tree.
    pub(super) fn build(&mut self, layout: &[[f32; D]]) {
        self.sort(layout);
        for (place, &point) in self.places.iter_mut().zip(&self.order) {
            *place = layout[point as usize];
        }
        self.nodes.clear();
        self.packets.clear();
        if !layout.is_empty() {
            self.split(0..layout.len(), false);
        }
    }

    fn sort(&mut self, layout: &[[f32; D]]) {
        let (mut low, mut high) = ([f32::INFINITY; D], [f32::NEG_INFINITY; D]);
        for place in layout {
            for axis in 0..D {
                low[axis] = low[axis].min(place[axis]);
                high[axis] = high[axis].max(place[axis]);
            }
        }
        let widest = (0..D).map(|axis| high[axis] - low[axis]).fold(f32::MIN_POSITIVE, f32::max);
        let cells = ((1_u32 << Self::BITS) - 1) as f32;
        let scale = cells / widest;
        for (key, &point) in self.keys.iter_mut().zip(&self.order) {
            let place = &layout[point as usize];
            let code = (0..D).fold(0, |code, axis| {
                let cell = ((place[axis] - low[axis]) * scale).clamp(0.0, cells) as u32;
                code | (spread_bits::<D>(cell) << axis)
            });
            *key = u64::from(code) << 32 | u64::from(point);
        }
        for digit in 0..(Self::BITS * D as u32).div_ceil(DIGIT) {
            sort_by_digit(&self.keys, &mut self.spare, 32 + digit * DIGIT);
            std::mem::swap(&mut self.keys, &mut self.spare);
        }
        for (point, &key) in self.order.iter_mut().zip(&self.keys) {
            *point = key as u32;
        }
    }

    /// Adds the node of `range` and all below it, and returns its index. `packed`: whether a packet
    /// holds it already.
    fn split(&mut self, range: Range<usize>, packed: bool) -> usize {
        let (here, count) = (self.nodes.len(), range.len());
        if !packed && count <= PACKET {
            self.packets.push(range.start as u32..range.end as u32);
        }
        let packed = count <= PACKET;
        self.nodes.push(Node::of(&self.places[range.clone()], range.clone()));
        if count > LEAF {
            let middle = self.middle(range.clone());
            let left = self.split(range.start..middle, packed);
            let right = self.split(middle..range.end, packed);
            self.nodes[here] = Node::joined(&self.nodes[left], &self.nodes[right]);
        }
        self.nodes[here].skip = self.nodes.len() as u32;
        here
    }

    /// Where `range` is split: where its highest differing bit changes, or in half where all codes
    /// are equal.
    fn middle(&self, range: Range<usize>) -> usize {
        let keys = &self.keys[range.clone()];
        let differing = (keys[0] ^ keys[keys.len() - 1]) >> 32;
        let Some(bit) = differing.checked_ilog2() else { return range.start + range.len() / 2 };
        range.start + keys.partition_point(|key| key >> (32 + bit) & 1 == 0)
    }
}

impl<const D: usize> Node<D> {
    /// Center and spread of few points; of more, [`joined`](Self::joined) sets them.
    fn of(places: &[[f32; D]], range: Range<usize>) -> Self {
        let mass = places.len() as f32;
        let mut node =
            Self { center: [0.0; D], mass, spread: 0.0, skip: 0, start: range.start as u32, end: range.end as u32 };
        if places.len() <= LEAF {
            for axis in 0..D {
                let mean = places.iter().map(|place| place[axis]).sum::<f32>() / mass;
                node.center[axis] = mean;
                node.spread += places.iter().map(|place| (place[axis] - mean).powi(2)).sum::<f32>() / mass;
            }
        }
        node
    }

    fn joined(left: &Self, right: &Self) -> Self {
        let mass = left.mass + right.mass;
        let (of_left, of_right) = (left.mass / mass, right.mass / mass);
        let mut center = [0.0; D];
        let mut apart = 0.0;
        for axis in 0..D {
            center[axis] = left.center[axis] * of_left + right.center[axis] * of_right;
            apart += (left.center[axis] - right.center[axis]).powi(2);
        }
        let spread = left.spread * of_left + right.spread * of_right + apart * of_left * of_right;
        Self { center, mass, spread, skip: 0, start: left.start, end: right.end }
    }

    pub(super) fn is_leaf(&self) -> bool {
        (self.end - self.start) as usize <= LEAF
    }
}

/// The low bits of `cell` with D - 1 zeros between each two.
fn spread_bits<const D: usize>(cell: u32) -> u32 {
    let steps: &[(u32, u32)] = if D == 2 {
        &[(8, 0x00ff_00ff), (4, 0x0f0f_0f0f), (2, 0x3333_3333), (1, 0x5555_5555)]
    } else {
        &[(16, 0x0300_00ff), (8, 0x0300_f00f), (4, 0x030c_30c3), (2, 0x0924_9249)]
    };
    steps.iter().fold(cell, |bits, &(shift, mask)| (bits | bits << shift) & mask)
}

/// Copies `from` to `to`, sorted stably by the [`DIGIT`] bits from `shift` on.
fn sort_by_digit(from: &[u64], to: &mut [u64], shift: u32) {
    let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
    let mut next = [0_u32; 1 << DIGIT];
    from.iter().for_each(|&key| next[digit(key)] += 1);
    let mut total = 0;
    for count in &mut next {
        total += std::mem::replace(count, total);
    }
    for &key in from {
        let place = &mut next[digit(key)];
        to[*place as usize] = key;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn check<const D: usize>(layout: &[[f32; D]]) {
        let mut tree = Tree::<D>::new(layout.len());
        tree.build(layout);
        let mut order = tree.order.clone();
        order.sort_unstable();
        assert!(order.iter().enumerate().all(|(point, &found)| point as u32 == found), "each point once");
        assert!(tree.keys.is_sorted_by_key(|key| key >> 32));
        let ends: Vec<u32> = tree.packets.iter().flat_map(|packet| [packet.start, packet.end]).collect();
        assert!(ends[0] == 0 && ends[ends.len() - 1] as usize == layout.len(), "packets hold all points");
        assert!(ends[1..ends.len() - 1].chunks_exact(2).all(|pair| pair[0] == pair[1]));
        assert!(tree.packets.iter().all(|packet| packet.len() <= PACKET && !packet.is_empty()));
        for node in &tree.nodes {
            let places = &tree.places[node.start as usize..node.end as usize];
            let (mut spread, count) = (0.0, places.len() as f64);
            for axis in 0..D {
                let mean = places.iter().map(|place| f64::from(place[axis])).sum::<f64>() / count;
                assert!((f64::from(node.center[axis]) - mean).abs() < 1e-4 * (1.0 + mean.abs()));
                spread += places.iter().map(|place| (f64::from(place[axis]) - mean).powi(2)).sum::<f64>() / count;
            }
            assert_eq!(node.mass as usize, places.len());
            assert!((f64::from(node.spread) - spread).abs() < 1e-3 * spread + 1e-6, "{} {spread}", node.spread);
        }
        let mut leaves = Vec::new();
        let mut place = 0;
        while let Some(node) = tree.nodes.get(place) {
            leaves.extend(node.is_leaf().then_some(node.start..node.end).into_iter().flatten());
            place = if node.is_leaf() { node.skip as usize } else { place + 1 };
        }
        assert!(leaves.into_iter().eq(0..layout.len() as u32), "leaves hold each point once, in order");
    }

    #[test]
    fn nodes_hold_their_points() {
        let random = Random::new(1, 0);
        let clustered = |i: u64| random.normal(i) * if i.is_multiple_of(7) { 100.0 } else { 0.01 };
        check(&(0..3000).map(|i| [clustered(2 * i), clustered(2 * i + 1)]).collect::<Vec<_>>());
        check(&(0..3000).map(|i| [clustered(3 * i), clustered(3 * i + 1), clustered(3 * i + 2)]).collect::<Vec<_>>());
        check(&[[1.0_f32, 2.0, 3.0]; 1000]);
        check(&[[0.0_f32, 0.0]]);
    }

    #[test]
    fn bits_are_spread() {
        for cell in [0_u32, 1, 2, 3, 0x155, 0x2aa, 0x3ff] {
            let slow = |gap: u32| (0..10).fold(0, |code, bit| code | (cell >> bit & 1) << (bit * gap));
            assert_eq!((spread_bits::<2>(cell), spread_bits::<3>(cell)), (slow(2), slow(3)), "{cell}");
        }
    }
}
