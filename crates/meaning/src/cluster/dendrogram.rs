//! Single linkage: how places join as the distance grows.

use std::ops::Range;

use super::{groups::Groups, spanning::Edge};

/// A binary tree whose leaves are points. Nodes below [`Dendrogram::points`] are leaves, and parents
/// come after children.
#[derive(Debug)]
pub(super) struct Dendrogram {
    children: Vec<[u32; 2]>,
    /// The square at which the children of each inner node join.
    squares: Vec<f32>,
    /// The points below each inner node.
    sizes: Vec<u32>,
    /// Where the points below each node begin in `order`.
    starts: Vec<u32>,
    /// The points; those below a node are together.
    order: Vec<u32>,
}

impl Dendrogram {
    /// Joins `points` by the edges of a spanning tree.
    pub(super) fn new(points: usize, mut edges: Vec<Edge>) -> Self {
        edges.sort_unstable_by(|a, b| a.square.total_cmp(&b.square).then(a.ends.cmp(&b.ends)));
        let mut groups = Groups::new(points);
        let mut node_of: Vec<u32> = (0..points as u32).collect();
        let mut this = Self {
            children: Vec::with_capacity(edges.len()),
            squares: Vec::with_capacity(edges.len()),
            sizes: Vec::with_capacity(edges.len()),
            starts: vec![0; points + edges.len()],
            order: vec![0; points],
        };
        for (edge, node) in edges.into_iter().zip(points as u32..) {
            let children = edge.ends.map(|end| node_of[groups.of(end) as usize]);
            this.sizes.push(children.iter().map(|&child| this.size_among(points, child)).sum());
            this.children.push(children);
            this.squares.push(edge.square);
            groups.join(edge.ends);
            node_of[groups.of(edge.ends[0]) as usize] = node;
        }
        for inner in (0..this.children.len()).rev() {
            let ([left, right], start) = (this.children[inner], this.starts[points + inner]);
            this.starts[left as usize] = start;
            this.starts[right as usize] = start + this.size_among(points, left);
        }
        (0..points).for_each(|point| this.order[this.starts[point] as usize] = point as u32);
        this
    }

    fn size_among(&self, points: usize, node: u32) -> u32 {
        (node as usize).checked_sub(points).map_or(1, |inner| self.sizes[inner])
    }

    pub(super) fn points(&self) -> usize {
        self.order.len()
    }

    /// The node above all. Returns `None` without points.
    pub(super) fn root(&self) -> Option<u32> {
        self.starts.len().checked_sub(1).map(|root| root as u32)
    }

    /// The number of points below `node`.
    pub(super) fn size(&self, node: u32) -> usize {
        self.size_among(self.points(), node) as usize
    }

    /// The points below `node`.
    pub(super) fn below(&self, node: u32) -> &[u32] {
        let start = self.starts[node as usize] as usize;
        &self.order[Range { start, end: start + self.size(node) }]
    }

    /// The square at which the parts of `node` join, and these parts: all that join at this very
    /// distance, so that they do not depend on the order of equal edges. Returns `None` for a leaf.
    pub(super) fn parts(&self, node: u32, parts: &mut Vec<u32>) -> Option<f32> {
        let inner = |node: u32| (node as usize).checked_sub(self.points());
        let square = self.squares[inner(node)?];
        parts.clear();
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            match inner(node) {
                Some(inner) if self.squares[inner] == square => stack.extend(self.children[inner]),
                _ => parts.push(node),
            }
        }
        Some(square)
    }
}
