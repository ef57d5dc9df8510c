//! PCA as one of the methods. Its components are those that the layouts of a space share.

use std::sync::Arc;

use parallax_embedding::Progress;

use super::about::{About, Coordinates, Switch};
use crate::{Frame, Layout, Projected, ProjectionError, Space, run::Beginning};

pub(super) const ABOUT: About = About {
    command: Some("Project with PCA"),
    coordinates: Coordinates::Components,
    switches: &[Switch {
        name: "whiten",
        caption: "Whiten",
        hint: "Scales all components to equal variance",
        help: "scale all components to equal variance",
        get: |settings| settings.whiten,
        set: |settings, on| settings.whiten = on,
    }],
    ..About::new("pca", "PCA", "Principal component analysis: the directions of greatest variance")
};

/// Lays all rows out along the components that layouts of the space share, each scaled to variance 1
/// if `whiten` is set.
pub(super) fn whole(with: &Beginning<'_>, whiten: bool) -> Result<Projected, ProjectionError> {
    let components = with.space.components(with.near.sphereize, with.progress)?;
    let mut layout = components.layout.clone();
    let mut frame = Frame { scale: components.scale, ..Frame::default() };
    if whiten {
        whitened(Arc::make_mut(&mut layout), &components.explained_variance);
        frame = Frame::default();
    }
    let explained_variance_ratio = components.explained_variance_ratio.clone();
    Ok(Projected { explained_variance_ratio, ..Projected::whole((layout, frame)) })
}

/// What each dimension adds to each coordinate.
pub(super) fn directions(space: &Space, whiten: bool, progress: &Progress) -> Result<Vec<Vec<f64>>, ProjectionError> {
    let components = space.components(false, progress)?;
    let dims = components.directions.len() / components.layout.dims().max(1);
    let scales = components.explained_variance.iter().map(|&variance| match variance > 0.0 {
        true if whiten => components.scale / variance.sqrt(),
        _ if whiten => components.scale,
        _ => 1.0,
    });
    let directions = components.directions.chunks_exact(dims.max(1));
    Ok(directions.zip(scales).map(|(direction, scale)| direction.iter().map(|x| x * scale).collect()).collect())
}

/// Scales each coordinate to variance 1; one without variance stays.
pub(crate) fn whitened(layout: &mut Layout, variances: &[f64]) {
    let scales: Vec<f32> =
        variances.iter().map(|&variance| if variance > 0.0 { variance.sqrt().recip() as f32 } else { 1.0 }).collect();
    for mut place in layout.view_mut().rows_mut() {
        place.iter_mut().zip(&scales).for_each(|(x, scale)| *x *= scale);
    }
}
