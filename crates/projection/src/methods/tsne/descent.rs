//! The layout on its way down the gradient, with momentum and a gain for each coordinate.
//!
//! For a tail of v degrees of freedom the gradient of the Kullback-Leibler divergence is 2 (v + 1) / v
//! times v (sum_j p u (y - y_j) - 1/Z sum_j q u (y - y_j)), with u and q as in [`super::tail`]. As is
//! the custom, the first factor, which is 4 for one degree, is left to the learning rate. Gains: R. A. Jacobs, "Increased
//! rates of convergence through learning rate adaptation", Neural Networks 1 (1988), with the
//! constants of van der Maaten's programs.

use pulp::Simd;
use rayon::prelude::*;

use super::{
    affinities::Affinities,
    attraction::{Met, attract},
    lanes::{self, Kernel},
    repulsion::Repulsion,
};
use crate::random::Random;

/// How a step is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) exaggeration: f32,
    pub(super) learning_rate: f32,
    pub(super) momentum: f32,
}

#[derive(Debug)]
pub(super) struct Descent<const D: usize> {
    pub(super) layout: Vec<[f32; D]>,
    next: Vec<[f32; D]>,
    motions: Vec<Motion<D>>,
    repulsion: Repulsion<D>,
    freedom: f32,
}

/// How a point moves.
#[derive(Debug, Clone, Copy)]
struct Motion<const D: usize> {
    velocity: [f32; D],
    gains: [f32; D],
}

/// The number of points that one task takes.
const TASK: usize = 256;

const GAIN_RAISE: f32 = 0.2;
const GAIN_DECAY: f32 = 0.8;
const LEAST_GAIN: f32 = 0.01;

/// No point moves farther in one step: it keeps a layout together whatever the learning rate.
const LONGEST_STEP: f32 = 5.0;

impl<const D: usize> Descent<D> {
    pub(super) fn new(layout: Vec<[f32; D]>, theta: f32, freedom: f32) -> Self {
        let points = layout.len();
        Self {
            next: layout.clone(),
            layout,
            motions: vec![Motion { velocity: [0.0; D], gains: [1.0; D] }; points],
            repulsion: Repulsion::new(points, theta, freedom),
            freedom,
        }
    }

    /// Goes one step, drawn by the affinities `pulling`; gives (v + 1) / 2 sum p ln(v + |y_i - y_j|²) +
    /// ln Z by `affinities`, which are of the same pairs, of the layout from which it went.
    pub(super) fn step(&mut self, affinities: &Affinities, pulling: &Affinities, pace: Pace) -> f64 {
        self.repulsion.update(&self.layout);
        let freedom = self.freedom;
        let alone = f64::from(freedom).powf(-f64::midpoint(f64::from(freedom), 1.0));
        let z = self.repulsion.z.max(f64::from(f32::EPSILON) * alone * self.layout.len() as f64);
        let (layout, forces) = (&self.layout, &self.repulsion.forces);
        let tasks = self.next.par_chunks_mut(TASK).zip(self.motions.par_chunks_mut(TASK)).enumerate();
        let sums: Vec<(f64, [f64; D])> = tasks
            .map(|(task, (next, motions))| {
                let first = task * TASK;
                lanes::dispatch(Advance {
                    affinities,
                    pulling,
                    layout,
                    forces,
                    z: z as f32,
                    pace,
                    freedom,
                    first,
                    next,
                    motions,
                })
            })
            .collect();
        let mut mean = [0.0; D];
        for (_, sum) in &sums {
            (0..D).for_each(|axis| mean[axis] += sum[axis] / layout.len() as f64);
        }
        let mean = mean.map(|mean| mean as f32);
        for place in &mut self.next {
            (0..D).for_each(|axis| place[axis] -= mean[axis]);
        }
        std::mem::swap(&mut self.layout, &mut self.next);
        sums.iter().map(|(logs, _)| logs).sum::<f64>() * f64::midpoint(f64::from(freedom), 1.0) + z.ln()
    }

    /// Moves each point by noise of `amount` times the layout's radius (root mean square).
    pub(super) fn perturb(&mut self, amount: f32, random: Random) {
        let squares = self.layout.iter().flatten().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
        let radius = (squares / self.layout.len().max(1) as f64).sqrt() as f32;
        for (place, x) in self.layout.iter_mut().flatten().enumerate() {
            *x += amount * radius * random.normal(place as u64);
        }
    }
}

/// Moves the points from `first` on.
struct Advance<'a, const D: usize> {
    affinities: &'a Affinities,
    pulling: &'a Affinities,
    layout: &'a [[f32; D]],
    forces: &'a [[f32; D]],
    z: f32,
    pace: Pace,
    freedom: f32,
    first: usize,
    next: &'a mut [[f32; D]],
    motions: &'a mut [Motion<D>],
}

impl<const D: usize> Kernel for Advance<'_, D> {
    /// The sum of the affinities' logarithms, and that of the new places.
    type Output = (f64, [f64; D]);

    #[inline(always)]
    fn work<S: Simd>(self, simd: S) -> (f64, [f64; D]) {
        let (mut logs, mut sum, mut met) = (0.0, [0.0; D], Met::new());
        for (offset, (next, motion)) in self.next.iter_mut().zip(self.motions).enumerate() {
            let point = self.first + offset;
            let (pull, log) = attract(simd, self.affinities, self.pulling, self.layout, point, self.freedom, &mut met);
            logs += f64::from(log);
            let mut gradient = [0.0; D];
            for axis in 0..D {
                let force = self.pace.exaggeration * pull[axis] - self.forces[point][axis] / self.z;
                gradient[axis] = self.freedom * force;
            }
            motion.follow(&gradient, self.pace);
            for axis in 0..D {
                next[axis] = self.layout[point][axis] + motion.velocity[axis];
                sum[axis] += f64::from(next[axis]);
            }
        }
        (logs, sum)
    }
}

impl<const D: usize> Motion<D> {
    #[inline(always)]
    fn follow(&mut self, gradient: &[f32; D], pace: Pace) {
        let mut squared = 0.0;
        for axis in 0..D {
            let (velocity, gain) = (&mut self.velocity[axis], &mut self.gains[axis]);
            // A step against the gradient was a good one.
            let steady = gradient[axis] * *velocity <= 0.0;
            *gain = if steady { *gain + GAIN_RAISE } else { (*gain * GAIN_DECAY).max(LEAST_GAIN) };
            *velocity = pace.momentum * *velocity - pace.learning_rate * *gain * gradient[axis];
            squared += *velocity * *velocity;
        }
        if squared > LONGEST_STEP * LONGEST_STEP {
            let shorten = LONGEST_STEP / squared.sqrt();
            self.velocity.iter_mut().for_each(|velocity| *velocity *= shorten);
        }
    }
}
