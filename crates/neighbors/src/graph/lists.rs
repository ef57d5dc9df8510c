//! Lists of neighbors, all of one length, one after the other.

use rayon::prelude::*;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lists {
    pub(super) k: usize,
    /// Row-major, rows x `k`; nearest first.
    pub(super) indices: Vec<u32>,
    pub(super) distances: Vec<f32>,
}

/// Some lists that follow each other.
#[derive(Debug)]
pub(super) struct ListsMut<'a> {
    k: usize,
    indices: &'a mut [u32],
    distances: &'a mut [f32],
}

impl Lists {
    pub(super) fn new(rows: usize, k: usize) -> Self {
        Self { k, indices: vec![0; rows * k], distances: vec![0.0; rows * k] }
    }

    pub(super) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let row = row * self.k..(row + 1) * self.k;
        (&self.indices[row.clone()], &self.distances[row])
    }

    /// The lists in chunks of `rows`. `None` if they are empty.
    pub(super) fn par_chunks_mut(&mut self, rows: usize) -> impl IndexedParallelIterator<Item = ListsMut<'_>> {
        let (k, length) = (self.k, (rows * self.k).max(1));
        let chunks = self.indices.par_chunks_mut(length).zip(self.distances.par_chunks_mut(length));
        chunks.map(move |(indices, distances)| ListsMut { k, indices, distances })
    }
}

impl<'a> ListsMut<'a> {
    pub(super) fn rows(self) -> impl Iterator<Item = (&'a mut [u32], &'a mut [f32])> {
        self.indices.chunks_exact_mut(self.k.max(1)).zip(self.distances.chunks_exact_mut(self.k.max(1)))
    }
}
