//! Disjoint sets of numbers that are joined (R. E. Tarjan, 1975): by size, with halved paths.

/// The sets.
#[derive(Debug)]
pub(super) struct Groups {
    /// The parent of each number, or itself.
    parent: Vec<u32>,
    /// How many are in the set of each that is its own parent.
    size: Vec<u32>,
}

impl Groups {
    /// Each of `count` numbers by itself.
    pub(super) fn new(count: usize) -> Self {
        Self { parent: (0..count as u32).collect(), size: vec![1; count] }
    }

    /// Returns the number that stands for the set of `number`.
    pub(super) fn of(&mut self, mut number: u32) -> u32 {
        loop {
            let parent = self.parent[number as usize];
            if parent == number {
                return number;
            }
            self.parent[number as usize] = self.parent[parent as usize];
            number = parent;
        }
    }

    /// Joins the sets of two numbers. Returns `false` if they are in one already.
    pub(super) fn join(&mut self, ends: [u32; 2]) -> bool {
        let [a, b] = ends.map(|end| self.of(end));
        if a == b {
            return false;
        }
        let (large, small) = if self.size[a as usize] >= self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[small as usize] = large;
        self.size[large as usize] += self.size[small as usize];
        true
    }
}
