//! The initial places of points.

use super::{UmapConfig, epoch::Place};
use crate::{ProjectionError, random::Random};

/// The length of each axis at the start, as in umap-learn.
const LENGTH: f64 = 10.0;

/// Points are moved by up to this along each axis.
const JITTER: f64 = 1e-3;

/// The scale of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Each axis has [`LENGTH`].
    Stretched,
    /// That of the start.
    Kept,
}

/// The coordinates `start`, points x dims, centered at 0, each axis scaled to [`LENGTH`] unless it
/// has no extent, or `scale` keeps it.
pub(super) fn places(
    start: &[f32],
    points: usize,
    scale: Scale,
    config: &UmapConfig,
) -> Result<Vec<Place>, ProjectionError> {
    let dims = config.dims;
    if start.len() != points * dims {
        return Err(ProjectionError::WrongCount { what: "places to start from", found: start.len() / dims, points });
    }
    if let Some(at) = start.iter().position(|x| !x.is_finite()) {
        return Err(ProjectionError::NonFinitePlace { point: at / dims });
    }
    let random = Random::new(config.seed, 0);
    let mut places = vec![[0.0; 4]; points];
    for axis in 0..dims {
        let values = || start.iter().skip(axis).step_by(dims).copied().map(f64::from);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let stretched = if high > low { LENGTH / (high - low) } else { 0.0 };
        let (middle, scale) = (f64::midpoint(low, high), if scale == Scale::Kept { 1.0 } else { stretched });
        for (point, (place, x)) in places.iter_mut().zip(values()).enumerate() {
            let jitter = random.signed((point * dims + axis) as u64) * JITTER;
            place[axis] = ((x - middle) * scale + jitter) as f32;
        }
    }
    Ok(places)
}
