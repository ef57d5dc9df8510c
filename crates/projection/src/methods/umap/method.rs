//! UMAP as one of the methods.

use super::{Supervision, Umap, UmapConfig};
use crate::{
    Categories, ProjectionError, QUALITY_NEIGHBORS,
    methods::about::{About, Flag, MOST_NEIGHBORS, MOST_STEPS, Setting},
    run::{Beginning, Engine, Run, of_points},
};

pub(in crate::methods) const ABOUT: About = About {
    command: Some("Project with UMAP"),
    has_steps: true,
    is_random: true,
    by_neighbors: true,
    is_supervised: true,
    settings: &[
        Setting {
            flag: Some(Flag {
                value: "K",
                is_whole: true,
                help: "the number of neighbors of a row, itself included",
                default: "15, or all rows if there are fewer",
            }),
            is_count: true,
            most: |points| points.clamp(2, MOST_NEIGHBORS),
            get: |settings, points| Some(settings.umap.neighbors_for(points) as f64),
            set: |settings, x| settings.umap.neighbors = Some(x as usize),
            nearest: |_, x| x.max(2.0),
            lowered: |settings, points| settings.umap.lowered(points),
            ..Setting::new(
                "neighbors",
                "Neighbors",
                "The number of neighbors of a point. Few show local detail, many the global structure",
            )
        },
        Setting {
            flag: Some(Flag {
                value: "D",
                is_whole: false,
                help: "the minimum distance between rows in the layout",
                default: "0.1",
            }),
            parts: 100,
            most: |_| 100,
            get: |settings, _| Some(settings.umap.min_dist),
            set: |settings, x| settings.umap.min_dist = x,
            nearest: |settings, x| x.min(settings.umap.spread),
            ..Setting::new("min-dist", "Min distance", "The minimum distance between points")
        },
        Setting {
            flag: Some(Flag { value: "S", is_whole: false, help: "the scale of the layout", default: "1" }),
            is_further: true,
            parts: 10,
            most: |_| 100,
            get: |settings, _| Some(settings.umap.spread),
            set: |settings, x| settings.umap.spread = x,
            nearest: |settings, x| x.max(settings.umap.min_dist),
            ..Setting::new(
                "spread",
                "Spread",
                "The scale of the distances between points, to which the minimum distance is relative",
            )
        },
        Setting {
            flag: Some(Flag {
                value: "N",
                is_whole: true,
                help: "the number of steps",
                default: "500, or 200 for more than 10,000 rows",
            }),
            is_count: true,
            is_further: true,
            most: |_| MOST_STEPS,
            get: |settings, _| settings.umap.epochs.map(|epochs| epochs as f64),
            set: |settings, x| settings.umap.epochs = Some(x as usize),
            automatic: Some(|settings| settings.umap.epochs = None),
            ..Setting::new(
                "iterations",
                "Steps",
                "The number of steps. The left end of the slider depends on the number of rows",
            )
        },
    ],
    ..About::new("umap", "UMAP", "Keeps neighbors together, and more of the arrangement of groups")
};

/// Prepares a run. `labels` count by their weight, from 0 to 1.
pub(in crate::methods) fn run(
    with: &Beginning<'_>,
    config: &UmapConfig,
    labels: Option<&(Categories, f64)>,
) -> Result<Run, ProjectionError> {
    let rows = with.space.vectors(with.near.sphereize, with.progress)?.rows();
    // As many as the quality needs: otherwise a second graph would soon be built.
    let k = config.neighbors_for(rows).saturating_sub(1).max(QUALITY_NEIGHBORS);
    let is_after = with.start.is_after();
    Run::new(with, k, config.dims, ABOUT.title, |graph, start| {
        let categories = labels.map(|(labels, weight)| (of_points(labels, graph), *weight));
        let supervision = categories.as_ref().map(|(categories, weight)| Supervision { categories, weight: *weight });
        let umap = match (supervision, is_after) {
            (supervision, true) => Umap::after(graph, start.values(), supervision, config.after(graph.len()))?,
            (Some(supervision), false) => Umap::supervised(graph, start.values(), supervision, config.clone())?,
            (None, false) => Umap::new(graph, start.values(), config.clone())?,
        };
        Ok(Box::new(umap))
    })
}

impl Engine for Umap {
    fn step(&mut self) -> Result<(), ProjectionError> {
        self.step()
    }

    fn is_finished(&self) -> bool {
        self.is_finished()
    }

    fn iteration(&self) -> usize {
        self.iteration()
    }

    fn iterations(&self) -> usize {
        self.epochs()
    }

    fn layout(&self) -> &[f32] {
        self.layout()
    }
}
