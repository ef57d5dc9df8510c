//! The minimum spanning tree of places under mutual reachability.
//!
//! Borůvka's rounds over a tree of boxes, searched in pairs of nodes (W. B. March, P. Ram,
//! A. G. Gray, "Fast Euclidean minimum spanning tree", KDD 2010). The mutual reachability of two
//! places is the greatest of their distance and their core distances (Campello, Moulavi, Sander
//! 2013). All weights are squares, as [`square`] rounds them.
//!
//! Threads share the least weight found so far for each group, so that which of several edges of
//! equal weight is taken may differ between runs. What is connected below a given weight does not,
//! and no more than that is used.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use parallax_embedding::{Cancelled, Progress};
use parallax_neighbors::{Place, PlaceNode, PlaceTree, square};
use rayon::prelude::*;

use super::groups::Groups;

/// An edge of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The square of the mutual reachability.
    pub(super) square: f32,
    /// Positions in the order of the leaves.
    pub(super) ends: [u32; 2],
}

/// The group of a node whose points are in several.
const MIXED: u32 = u32::MAX;

/// No edge was found yet.
const NOTHING: u64 = u64::MAX;

/// The points of a node that one thread searches for at a time.
const TASK: usize = 2048;

/// Returns the edges of the tree of all places of `tree`, in no particular order. `core` has the
/// square of the core distance of each, in the order of the leaves.
pub(super) fn spanning_tree<const N: usize>(
    tree: &PlaceTree<N>,
    core: &[f32],
    progress: &Progress,
) -> Result<Vec<Edge>, Cancelled> {
    let count = core.len();
    let mut edges = Vec::with_capacity(count.saturating_sub(1));
    let mut groups = Groups::new(count);
    let mut search = Search::new(tree, core);
    let tasks = search.tasks();
    while edges.len() + 1 < count {
        let groups_left = (count - edges.len()) as f32;
        progress.set(1.0 - groups_left.ln() / (count as f32).ln());
        search.begin(&mut groups);
        tasks.par_iter().try_for_each(|&node| {
            progress.check()?;
            search.join(node, 0, 0.0);
            Ok(())
        })?;
        let mut found = search.found();
        // In this order, no edge closes a cycle with edges of greater weight.
        found.par_sort_unstable_by(|a, b| a.square.total_cmp(&b.square).then(a.ends.cmp(&b.ends)));
        edges.extend(found.into_iter().filter(|edge| groups.join(edge.ends)));
    }
    Ok(edges)
}

struct Search<'a, const N: usize> {
    tree: &'a PlaceTree<N>,
    core: &'a [f32],
    /// The least core distance in each node.
    node_core: Vec<f32>,
    /// The group of each point: one of its points.
    group: Vec<u32>,
    /// The group of all points of each node, or [`MIXED`].
    node_group: Vec<u32>,
    /// For each group the least weight that was found so far, as bits: weights are not negative.
    bound: Vec<AtomicU32>,
    /// For each mixed node what the bounds of its points do not exceed.
    node_bound: Vec<AtomicU32>,
    /// For each point an edge to another group: the weight, then the other end.
    best: Vec<AtomicU64>,
}

impl<'a, const N: usize> Search<'a, N> {
    fn new(tree: &'a PlaceTree<N>, core: &'a [f32]) -> Self {
        let (points, nodes) = (core.len(), tree.nodes().len());
        let least = |node: usize| core[tree.nodes()[node].range()].iter().copied().fold(f32::INFINITY, f32::min);
        Self {
            tree,
            core,
            node_core: (0..nodes).into_par_iter().map(least).collect(),
            group: vec![0; points],
            node_group: vec![0; nodes],
            bound: (0..points).map(|_| AtomicU32::new(0)).collect(),
            node_bound: (0..nodes).map(|_| AtomicU32::new(0)).collect(),
            best: (0..points).map(|_| AtomicU64::new(NOTHING)).collect(),
        }
    }

    /// Returns nodes that have all points, each of them once.
    fn tasks(&self) -> Vec<usize> {
        let (mut tasks, mut stack) = (Vec::new(), vec![0]);
        while let Some(node) = stack.pop() {
            match self.tree.nodes()[node].children(node) {
                Some(children) if self.tree.nodes()[node].range().len() > TASK => stack.extend(children),
                _ => tasks.push(node),
            }
        }
        tasks
    }

    /// Begins a round with these groups.
    fn begin(&mut self, groups: &mut Groups) {
        let infinite = f32::INFINITY.to_bits();
        self.group.iter_mut().zip(0..).for_each(|(group, point)| *group = groups.of(point));
        self.bound.iter_mut().chain(&mut self.node_bound).for_each(|bound| *bound.get_mut() = infinite);
        for (point, best) in self.best.iter_mut().enumerate() {
            let (group, edge) = (self.group[point], best.get_mut());
            if *edge != NOTHING && self.group[*edge as u32 as usize] != group {
                let bound = self.bound[group as usize].get_mut();
                *bound = (*bound).min((*edge >> 32) as u32);
            } else {
                *edge = NOTHING;
            }
        }
        for (index, node) in self.tree.nodes().iter().enumerate().rev() {
            self.node_group[index] = match node.children(index) {
                Some([left, right]) if self.node_group[left] == self.node_group[right] => self.node_group[left],
                Some(_) => MIXED,
                None => {
                    let groups = &self.group[node.range()];
                    if groups.iter().all(|group| *group == groups[0]) { groups[0] } else { MIXED }
                }
            };
        }
    }

    /// Looks for edges from the points of `from` to those of `to`, none of which weighs less than
    /// `least`.
    fn join(&self, from: usize, to: usize, least: f32) {
        let group = self.node_group[from];
        if group != MIXED && group == self.node_group[to] || least >= self.bound_of(from) {
            return;
        }
        let [a, b] = [from, to].map(|node| &self.tree.nodes()[node]);
        let (own, others) = (a.children(from), b.children(to));
        match (own, others) {
            (None, None) => self.join_leaves(from, to),
            (Some(own), others) if others.is_none() || a.range().len() > b.range().len() => {
                own.into_iter().for_each(|own| self.join(own, to, self.least(own, to)));
                self.lower_bound_of(from, own);
            }
            (_, Some(others)) => {
                let [mut near, mut far] = others.map(|other| (self.least(from, other), other));
                if far.0 < near.0 || far.0 == near.0 && self.is_within(from, far.1) {
                    (near, far) = (far, near);
                }
                self.join(from, near.1, near.0);
                self.join(from, far.1, far.0);
            }
            (Some(_), None) => {}
        }
    }

    fn join_leaves(&self, from: usize, to: usize) {
        let [own, others] = [from, to].map(|node| self.tree.nodes()[node].range());
        let places = self.tree.ordered();
        let mut greatest = 0.0_f32;
        for point in own {
            let group = self.group[point];
            let bound = &self.bound[group as usize];
            let mut best = f32::from_bits(bound.load(Relaxed));
            let is_apart = group != self.node_group[to];
            if is_apart && self.core[point] < best && to_box(places[point], &self.tree.nodes()[to]) < best {
                let mut found = NOTHING;
                for other in others.clone() {
                    let weight = square(places[point], places[other]).max(self.core[point]).max(self.core[other]);
                    if weight < best && self.group[other] != group {
                        (best, found) = (weight, u64::from(weight.to_bits()) << 32 | other as u64);
                    }
                }
                if found != NOTHING {
                    self.best[point].store(found, Relaxed);
                    bound.fetch_min(best.to_bits(), Relaxed);
                }
            }
            greatest = greatest.max(best);
        }
        self.node_bound[from].store(greatest.to_bits(), Relaxed);
    }

    /// No edge from a point of `a` to one of `b` weighs less: each step rounds to no more than that
    /// of a point.
    fn least(&self, a: usize, b: usize) -> f32 {
        let nodes = self.tree.nodes();
        let gap = |axis: usize| {
            let (a, b) = (&nodes[a], &nodes[b]);
            (b.low[axis] - a.high[axis]).max(a.low[axis] - b.high[axis]).max(0.0)
        };
        let gaps: Place<N> = std::array::from_fn(gap);
        square(gaps, [0.0; N]).max(self.node_core[a]).max(self.node_core[b])
    }

    fn is_within(&self, a: usize, b: usize) -> bool {
        let [a, b] = [a, b].map(|node| self.tree.nodes()[node].range());
        b.start <= a.start && a.end <= b.end
    }

    fn bound_of(&self, node: usize) -> f32 {
        let bound = match self.node_group[node] {
            MIXED => &self.node_bound[node],
            group => &self.bound[group as usize],
        };
        f32::from_bits(bound.load(Relaxed))
    }

    fn lower_bound_of(&self, node: usize, children: [usize; 2]) {
        let [left, right] = children.map(|child| self.bound_of(child));
        self.node_bound[node].store(left.max(right).to_bits(), Relaxed);
    }

    /// Returns for each group an edge of the least weight that was found.
    fn found(&mut self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (point, best) in self.best.iter_mut().enumerate() {
            let best = *best.get_mut();
            let bound = self.bound[self.group[point] as usize].get_mut();
            // The first point that has it takes it.
            if best != NOTHING && (best >> 32) as u32 == *bound {
                *bound = NOTHING as u32;
                edges.push(Edge { square: f32::from_bits((best >> 32) as u32), ends: [point as u32, best as u32] });
            }
        }
        edges
    }
}

/// The square of the distance from a place to the box of a node.
fn to_box<const N: usize>(place: Place<N>, node: &PlaceNode<N>) -> f32 {
    square(place, std::array::from_fn(|axis| place[axis].clamp(node.low[axis], node.high[axis])))
}
