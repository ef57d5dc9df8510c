//! The condensed tree: what is left of single linkage if parts below a size only fall off.
//!
//! As R. J. G. B. Campello, D. Moulavi, J. Sander (2013) define it, with the clusters of the
//! greatest excess of mass. Parts that separate at the same distance do so at once, so that the tree
//! does not depend on the order of equal distances.

use super::dendrogram::Dendrogram;

/// A branch of the tree, numbered parents first.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) parent: Option<u32>,
    pub(super) size: u32,
    /// The square at which it separates from its parent.
    pub(super) birth: f32,
    /// The square at which it falls apart.
    pub(super) death: f32,
    /// The least of its points.
    first: u32,
    pub(super) stability: f64,
    /// The greatest density at which one of its own points or children leaves it.
    pub(super) densest: f64,
}

/// The tree, and where each point leaves it.
#[derive(Debug)]
pub(super) struct Condensed {
    pub(super) branches: Vec<Raw>,
    /// The branch that each point falls off.
    pub(super) owner: Vec<u32>,
    /// The square at which it does.
    pub(super) left: Vec<f32>,
    floor: f64,
}

impl Condensed {
    /// The tree of parts of at least `min_size` points, which is at least 2. Distances below `floor`
    /// count as `floor`.
    pub(super) fn new(dendrogram: &Dendrogram, min_size: usize, floor: f64) -> Self {
        let points = dendrogram.points();
        let mut this = Self { branches: Vec::new(), owner: vec![0; points], left: vec![f32::INFINITY; points], floor };
        if let Some(root) = dendrogram.root() {
            this.grow(dendrogram, root, min_size);
            this.sort();
            this.weigh();
        }
        this
    }

    fn grow(&mut self, dendrogram: &Dendrogram, root: u32, min_size: usize) {
        self.begin(None, dendrogram.size(root), f32::INFINITY);
        let (mut stack, mut parts) = (vec![(root, 0_u32)], Vec::new());
        while let Some((node, branch)) = stack.pop() {
            let Some(square) = dendrogram.parts(node, &mut parts) else { continue };
            let is_large = |part: &u32| dendrogram.size(*part) >= min_size;
            for &part in parts.iter().filter(|part| !is_large(part)) {
                for &point in dendrogram.below(part) {
                    (self.owner[point as usize], self.left[point as usize]) = (branch, square);
                }
            }
            parts.retain(is_large);
            if let [only] = parts[..] {
                stack.push((only, branch));
                continue;
            }
            self.branches[branch as usize].death = square;
            for &part in &parts {
                stack.push((part, self.begin(Some(branch), dendrogram.size(part), square)));
            }
        }
    }

    fn begin(&mut self, parent: Option<u32>, size: usize, birth: f32) -> u32 {
        let (size, first) = (size as u32, u32::MAX);
        self.branches.push(Raw { parent, size, birth, death: 0.0, first, stability: 0.0, densest: 0.0 });
        self.branches.len() as u32 - 1
    }

    /// Numbers the branches in depth first order, the largest of siblings first.
    fn sort(&mut self) {
        for (point, &owner) in self.owner.iter().enumerate() {
            let first = &mut self.branches[owner as usize].first;
            *first = (*first).min(point as u32);
        }
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.branches.len()];
        for branch in (1..self.branches.len()).rev() {
            let Raw { parent, first, .. } = self.branches[branch];
            let parent = parent.unwrap_or_default() as usize;
            self.branches[parent].first = self.branches[parent].first.min(first);
            children[parent].push(branch as u32);
        }
        let mut new_of = vec![0; self.branches.len()];
        let (mut sorted, mut stack) = (Vec::with_capacity(self.branches.len()), vec![0_u32]);
        while let Some(branch) = stack.pop() {
            new_of[branch as usize] = sorted.len() as u32;
            let mut raw = self.branches[branch as usize].clone();
            raw.parent = raw.parent.map(|parent| new_of[parent as usize]);
            sorted.push(raw);
            let below = &mut children[branch as usize];
            // The last is taken first.
            below.sort_by_key(|&child| {
                let Raw { size, first, .. } = self.branches[child as usize];
                (size, std::cmp::Reverse(first))
            });
            stack.append(below);
        }
        self.branches = sorted;
        self.owner.iter_mut().for_each(|owner| *owner = new_of[*owner as usize]);
    }

    /// Sums stabilities in the order of points, whatever the order of the dendrogram is.
    fn weigh(&mut self) {
        for point in 0..self.owner.len() {
            self.leave(self.owner[point], self.left[point], 1);
        }
        for branch in 1..self.branches.len() {
            let Raw { parent, birth, size, .. } = self.branches[branch];
            self.leave(parent.unwrap_or_default(), birth, size);
        }
    }

    fn leave(&mut self, branch: u32, square: f32, size: u32) {
        let born = self.density(self.branches[branch as usize].birth);
        let density = self.density(square);
        let branch = &mut self.branches[branch as usize];
        branch.stability += (density - born) * f64::from(size);
        branch.densest = branch.densest.max(density);
    }

    /// The inverse of a distance.
    pub(super) fn density(&self, square: f32) -> f64 {
        1.0 / f64::from(square).sqrt().max(self.floor)
    }

    /// Returns which branches are clusters: those that have no less stability than the best clusters
    /// below them together. The root is none. A branch of more than `most` points gives way to the
    /// clusters below it if these have most of its points.
    pub(super) fn chosen(&self, most: usize) -> Vec<bool> {
        let count = self.branches.len();
        // The stability and the points of the best clusters below each.
        let (mut below, mut is_best) = (vec![(0.0_f64, 0_u32); count], vec![false; count]);
        for branch in (1..count).rev() {
            let Raw { stability, parent, size, .. } = self.branches[branch];
            let (stability_below, size_below) = below[branch];
            let gives_way = size as usize > most && size_below > size / 2;
            is_best[branch] = stability >= stability_below && !gives_way;
            let best = if is_best[branch] { (stability, size) } else { below[branch] };
            let above = &mut below[parent.unwrap_or_default() as usize];
            *above = (above.0 + best.0, above.1 + best.1);
        }
        // A branch within a cluster is none.
        let mut is_within = vec![false; count];
        for branch in 1..count {
            let parent = self.branches[branch].parent.unwrap_or_default() as usize;
            is_within[branch] = is_within[parent] || is_best[parent];
        }
        is_best.iter().zip(is_within).map(|(is_best, is_within)| *is_best && !is_within).collect()
    }
}
