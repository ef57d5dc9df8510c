//! Eight numbers at once, as arrays that the compiler keeps in vector registers.

use pulp::{Arch, Simd, WithSimd};

/// The number of lanes.
pub(super) const LANES: usize = 8;

pub(super) type Lanes = [f32; LANES];

/// Work on [`Lanes`] that is compiled for the widest instructions that the CPU has.
///
/// `work` must be `#[inline(always)]`, and so must everything that it calls.
pub(super) trait Kernel {
    type Output;
    fn work<S: Simd>(self, simd: S) -> Self::Output;
}

struct Widest<K>(K);

impl<K: Kernel> WithSimd for Widest<K> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> K::Output {
        self.0.work(simd)
    }
}

pub(super) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    Arch::new().dispatch(Widest(kernel))
}

#[inline(always)]
pub(super) fn map2(a: Lanes, b: Lanes, f: impl Fn(f32, f32) -> f32) -> Lanes {
    let mut result = a;
    for lane in 0..LANES {
        result[lane] = f(a[lane], b[lane]);
    }
    result
}

/// a b + c. `fused`: whether the CPU multiplies and adds in one instruction; else that would take a
/// function.
#[inline(always)]
pub(super) fn mul_add(a: Lanes, b: Lanes, c: Lanes, fused: bool) -> Lanes {
    let mut result = c;
    for lane in 0..LANES {
        result[lane] = if fused { a[lane].mul_add(b[lane], c[lane]) } else { a[lane] * b[lane] + c[lane] };
    }
    result
}

#[inline(always)]
pub(super) fn sub(a: Lanes, b: Lanes) -> Lanes {
    map2(a, b, |a, b| a - b)
}

#[inline(always)]
pub(super) fn mul(a: Lanes, b: Lanes) -> Lanes {
    map2(a, b, |a, b| a * b)
}

#[inline(always)]
pub(super) fn add(a: Lanes, b: Lanes) -> Lanes {
    map2(a, b, |a, b| a + b)
}

/// The sum of all lanes, in the order of a tree.
#[inline(always)]
pub(super) fn sum(a: Lanes) -> f32 {
    ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
}
