//! The kernel by which points of a layout are similar: Student's t distribution.
//!
//! For `v` degrees of freedom the similarity of two points at distance d is q = w^((v + 1) / 2), with
//! w = 1 / (1 + d²/v). One degree gives the heaviest tail in use, that of L. van der Maaten and G.
//! Hinton, "Visualizing data using t-SNE", JMLR 9 (2008), in which q = w. In D dimensions D - 1
//! degrees fit a tail whose volume grows as theirs: L. van der Maaten, "Learning a parametric
//! embedding by preserving local structure", AISTATS 2009. Less than one shows finer clusters: D.
//! Kobak et al., "Heavy-tailed kernels reveal a finer cluster structure in t-SNE visualisations",
//! ECML 2019.
//!
//! The loops use u = 1 / (v + d²) = w / v instead: it costs no multiplication more than one degree
//! does, and the factors cancel between q and its sum Z.

use super::lanes::{self, Lanes};

/// A tail, as the loops over pairs need it.
pub(super) trait Tail: Copy + Send + Sync {
    /// The degrees of freedom.
    fn freedom(self) -> f32;

    /// u^((v + 1) / 2).
    fn power(self, u: Lanes) -> Lanes;
}

/// One degree of freedom, where a power is nothing to compute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cauchy;

/// Any number of halves of a degree, by multiplications and square roots, which are the same bits
/// everywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Student {
    freedom: f32,
    /// (v + 1) / 2 in quarters.
    quarters: u32,
}

impl Student {
    pub(super) fn new(freedom: f32) -> Self {
        Self { freedom, quarters: (2.0 * (freedom + 1.0)).round() as u32 }
    }
}

impl Tail for Cauchy {
    #[inline(always)]
    fn freedom(self) -> f32 {
        1.0
    }

    #[inline(always)]
    fn power(self, u: Lanes) -> Lanes {
        u
    }
}

impl Tail for Student {
    #[inline(always)]
    fn freedom(self) -> f32 {
        self.freedom
    }

    #[inline(always)]
    fn power(self, u: Lanes) -> Lanes {
        let mut power = [1.0; lanes::LANES];
        for _ in 0..self.quarters / 4 {
            power = lanes::mul(power, u);
        }
        if !self.quarters.is_multiple_of(4) {
            let root = u.map(f32::sqrt);
            if self.quarters & 2 != 0 {
                power = lanes::mul(power, root);
            }
            if self.quarters & 1 != 0 {
                power = lanes::mul(power, root.map(f32::sqrt));
            }
        }
        power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_match_the_standard_library() {
        for freedom in [0.5_f32, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 10.0] {
            for u in [1e-6_f32, 0.003, 0.5, 1.0, 2.0] {
                let expected = f64::from(u).powf(f64::midpoint(f64::from(freedom), 1.0));
                let found = f64::from(Student::new(freedom).power([u; lanes::LANES])[0]);
                assert!((found / expected - 1.0).abs() < 1e-6 || expected < 1e-30, "{freedom} {u}: {found} {expected}");
            }
        }
    }
}
