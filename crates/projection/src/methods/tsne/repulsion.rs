//! How the points push each other apart, exactly or by Barnes-Hut.
//!
//! For a [`Tail`] of v degrees of freedom, a point y is pushed by sum_j q u (y - y_j), where u = 1 /
//! (v + |y - y_j|²) and q = u^((v + 1) / 2), over Z, the sum of q over all ordered pairs. Here the
//! sums are made; see L. van der Maaten, "Accelerating t-SNE using tree-based algorithms", JMLR 15
//! (2014), section 4.2.
//!
//! Among few points every pair is taken. Else points that are close together (a packet of the
//! [`Tree`]) share one walk down the tree, which lists what acts on them: nodes that are narrow for
//! their distance, as one point each, and single points if there is no such node. Then each point
//! of the packet meets the list, eight entries at once.
//!
//! A node is narrow if w² < theta² 2 / (v + 1) (v + d²), with d its distance from the packet's box,
//! and w the width of an evenly filled cube (square) whose points are as far from its center as the
//! node's, by their mean square. The last v is the kernel's own softness: at distances below its
//! root it hardly changes. The factor makes up for how much faster q falls with more degrees. The
//! forces' error falls with theta².

use pulp::Simd;
use rayon::prelude::*;

use super::{
    lanes::{self, Kernel, LANES, Lanes},
    tail::{Cauchy, Student, Tail},
    tree::Tree,
};

/// Up to this many points, every pair is computed.
pub(super) const EXACT: usize = 2000;

/// The number of points that one task takes if every pair is computed.
const EXACT_TASK: usize = 64;

/// Sums over all that pushes.
#[derive(Debug)]
pub(super) struct Repulsion<const D: usize> {
    tree: Tree<D>,
    theta: f32,
    freedom: f32,
    sorted: Vec<[f32; D]>,
    /// For each point the sum of q u (y - y_j).
    pub(super) forces: Vec<[f32; D]>,
    /// The sum of q over all ordered pairs of different points.
    pub(super) z: f64,
}

impl<const D: usize> Repulsion<D> {
    /// With a `theta` of 0 every pair is computed. `freedom` is that of the tail.
    pub(super) fn new(points: usize, theta: f32, freedom: f32) -> Self {
        let theta = if points <= EXACT { 0.0 } else { theta };
        let in_tree = if theta > 0.0 { points } else { 0 };
        Self {
            tree: Tree::new(in_tree),
            theta,
            freedom,
            sorted: vec![[0.0; D]; in_tree],
            forces: vec![[0.0; D]; points],
            z: 0.0,
        }
    }

    pub(super) fn update(&mut self, layout: &[[f32; D]]) {
        if self.freedom == Cauchy.freedom() {
            self.update_with(layout, Cauchy);
        } else {
            self.update_with(layout, Student::new(self.freedom));
        }
    }

    fn update_with(&mut self, layout: &[[f32; D]], tail: impl Tail) {
        if self.theta > 0.0 {
            self.update_by_tree(layout, tail);
        } else {
            self.update_by_pairs(layout, tail);
        }
    }

    fn update_by_pairs(&mut self, layout: &[[f32; D]], tail: impl Tail) {
        let mut all = Sources::default();
        layout.iter().for_each(|place| all.push(place, 1.0));
        let tasks = self.forces.par_chunks_mut(EXACT_TASK).zip(layout.par_chunks(EXACT_TASK));
        let sums: Vec<f64> = tasks
            .map(|(forces, places)| lanes::dispatch(Push { places, sources: &all.blocks, forces, tail }))
            .collect();
        self.z = sums.iter().sum();
    }

    fn update_by_tree(&mut self, layout: &[[f32; D]], tail: impl Tail) {
        self.tree.build(layout);
        let (tree, theta, softness) = (&self.tree, self.theta, tail.freedom());
        let mut rest = &mut self.sorted[..];
        let mut tasks = Vec::with_capacity(tree.packets.len());
        for packet in &tree.packets {
            let (forces, others) = rest.split_at_mut(packet.len());
            tasks.push((&tree.places[packet.start as usize..packet.end as usize], forces));
            rest = others;
        }
        let sums: Vec<f64> = tasks
            .into_par_iter()
            .map_init(Sources::default, |sources, (places, forces)| {
                lanes::dispatch(Walk { tree, theta, softness, places, sources });
                lanes::dispatch(Push { places, sources: &sources.blocks, forces, tail })
            })
            .collect();
        self.z = sums.iter().sum();
        for (&point, force) in self.tree.order.iter().zip(&self.sorted) {
            self.forces[point as usize] = *force;
        }
    }
}

/// Eight points or nodes that repel. The last block is padded with those of mass 0.
#[derive(Debug, Clone, Copy)]
struct Block<const D: usize> {
    centers: [Lanes; D],
    masses: Lanes,
}

/// All that pushes the points of a packet.
#[derive(Debug, Default)]
struct Sources<const D: usize> {
    blocks: Vec<Block<D>>,
    /// How many lanes of the last block are taken.
    taken: usize,
}

impl<const D: usize> Sources<D> {
    #[inline(always)]
    fn push(&mut self, center: &[f32; D], mass: f32) {
        if self.taken.is_multiple_of(LANES) {
            self.blocks.push(Block { centers: [[0.0; LANES]; D], masses: [0.0; LANES] });
            self.taken = 0;
        }
        if let Some(block) = self.blocks.last_mut() {
            for axis in 0..D {
                block.centers[axis][self.taken % LANES] = center[axis];
            }
            block.masses[self.taken % LANES] = mass;
        }
        self.taken += 1;
    }

    fn clear(&mut self) {
        self.blocks.clear();
        self.taken = 0;
    }
}

/// Lists what acts on the points at `places`.
struct Walk<'a, const D: usize> {
    tree: &'a Tree<D>,
    theta: f32,
    softness: f32,
    places: &'a [[f32; D]],
    sources: &'a mut Sources<D>,
}

impl<const D: usize> Kernel for Walk<'_, D> {
    type Output = ();

    #[inline(always)]
    fn work<S: Simd>(self, _: S) {
        let Walk { tree, theta, softness, places, sources } = self;
        sources.clear();
        let (middle, half) = bounds(places);
        // w² = 12 / D times the spread.
        let narrow = theta * theta * D as f32 / 12.0 * (2.0 / (softness + 1.0));
        let mut next = 0;
        while let Some(node) = tree.nodes.get(next) {
            let mut softened = softness;
            for axis in 0..D {
                let apart = ((node.center[axis] - middle[axis]).abs() - half[axis]).max(0.0);
                softened += apart * apart;
            }
            if node.spread < narrow * softened {
                sources.push(&node.center, node.mass);
                next = node.skip as usize;
            } else if node.is_leaf() {
                tree.places[node.start as usize..node.end as usize].iter().for_each(|place| sources.push(place, 1.0));
                next = node.skip as usize;
            } else {
                next += 1;
            }
        }
    }
}

/// The box around `places`: its middle, and half its widths.
#[inline(always)]
fn bounds<const D: usize>(places: &[[f32; D]]) -> ([f32; D], [f32; D]) {
    let (mut low, mut high) = ([f32::INFINITY; D], [f32::NEG_INFINITY; D]);
    for place in places {
        for axis in 0..D {
            low[axis] = low[axis].min(place[axis]);
            high[axis] = high[axis].max(place[axis]);
        }
    }
    let (mut middle, mut half) = ([0.0; D], [0.0; D]);
    for axis in 0..D {
        middle[axis] = f32::midpoint(low[axis], high[axis]);
        half[axis] = high[axis] - middle[axis];
    }
    (middle, half)
}

/// Sums what `sources` do to the points at `places`. Gives the sum of q without that of each point
/// with itself, which is among the sources.
struct Push<'a, const D: usize, T> {
    places: &'a [[f32; D]],
    sources: &'a [Block<D>],
    forces: &'a mut [[f32; D]],
    tail: T,
}

impl<const D: usize, T: Tail> Kernel for Push<'_, D, T> {
    type Output = f64;

    #[inline(always)]
    fn work<S: Simd>(self, _: S) -> f64 {
        let fused = S::F32_LANES > 1;
        let (pairs, last) = self.places.as_chunks::<2>();
        let (force_pairs, last_force) = self.forces.as_chunks_mut::<2>();
        let mut z = 0.0;
        for (pair, forces) in pairs.iter().zip(force_pairs) {
            z += push(pair, self.sources, forces, (self.tail, fused));
        }
        if let (&[place], [force]) = (last, last_force) {
            z += push(&[place], self.sources, std::array::from_mut(force), (self.tail, fused));
        }
        z
    }
}

#[inline(always)]
fn push<const D: usize, const N: usize>(
    places: &[[f32; D]; N],
    sources: &[Block<D>],
    forces: &mut [[f32; D]; N],
    (tail, fused): (impl Tail, bool),
) -> f64 {
    // What a point does to itself, which is among the sources.
    let own = tail.power([1.0 / tail.freedom(); LANES])[0];
    let targets = places.map(|place| place.map(|x| [x; LANES]));
    let mut sums = [[0.0; LANES]; N];
    let mut pushes = [[[0.0; LANES]; D]; N];
    for block in sources {
        for n in 0..N {
            let mut apart = [[0.0; LANES]; D];
            let mut squared = [tail.freedom(); LANES];
            for axis in 0..D {
                apart[axis] = lanes::sub(targets[n][axis], block.centers[axis]);
                squared = lanes::mul_add(apart[axis], apart[axis], squared, fused);
            }
            let u = squared.map(|squared| 1.0 / squared);
            let weighted = lanes::mul(tail.power(u), block.masses);
            sums[n] = lanes::add(sums[n], weighted);
            let weighted = lanes::mul(weighted, u);
            for axis in 0..D {
                pushes[n][axis] = lanes::mul_add(weighted, apart[axis], pushes[n][axis], fused);
            }
        }
    }
    let mut z = 0.0;
    for n in 0..N {
        forces[n] = pushes[n].map(lanes::sum);
        z += f64::from(lanes::sum(sums[n])) - f64::from(own);
    }
    z
}
