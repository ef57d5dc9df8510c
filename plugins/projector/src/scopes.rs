//! The layouts that are kept, by rows, method, and number of dimensions. They are computed in
//! `projecting`.

use std::{collections::HashMap, sync::Arc};

use parallax_embedding::RowSet;
use parallax_projection::{Layout, Method, Recipe, Space};
use parallax_session::{Dims, KeptLayout, Projection, Steps};

use crate::stepping::Live;

/// Rows that are laid out together.
pub(crate) struct Scope {
    /// The rows. `None` for all.
    pub(crate) rows: Option<RowSet>,
    pub(crate) space: Arc<Space>,
    pub(crate) kept: HashMap<Key, Kept>,
}

impl Scope {
    /// Returns what a scope of fewer rows shows until a method with steps is started for it.
    pub(crate) fn handed_down(&self) -> HashMap<Key, Kept> {
        let stepping = |(method, _): &Key| matches!(method, Method::Tsne | Method::Umap);
        let taken = |(key, kept): (&Key, &Kept)| {
            let shown = kept.shown.clone().map(|shown| Shown { steps: None, ..shown })?;
            let (recipe, projection) = (kept.recipe.clone(), kept.projection.clone());
            Some((*key, Kept { shown: Some(shown), rests: true, of_more: true, ..Kept::of(recipe, projection) }))
        };
        self.kept.iter().filter(|(key, _)| stepping(key)).filter_map(taken).collect()
    }
}

/// What the layouts of a scope are kept by.
pub(crate) type Key = (Method, Dims);

/// A layout of a scope.
pub(crate) struct Kept {
    pub(crate) recipe: Arc<Recipe>,
    /// The settings of the recipe.
    pub(crate) projection: Arc<Projection>,
    pub(crate) shown: Option<Shown>,
    pub(crate) live: Option<Arc<Live>>,
    /// Whether it comes from a bookmark.
    pub(crate) is_restored: bool,
    /// Whether it is finished, paused, or failed.
    pub(crate) rests: bool,
    pub(crate) start: u64,
    /// Whether it has more rows than the scope.
    pub(crate) of_more: bool,
    /// The layout that the run started from. `None` for the principal components.
    pub(crate) from: Option<Arc<Layout>>,
}

impl Kept {
    pub(crate) fn of(recipe: Arc<Recipe>, projection: Arc<Projection>) -> Self {
        Self {
            recipe,
            projection,
            shown: None,
            live: None,
            is_restored: false,
            rests: false,
            start: 0,
            of_more: false,
            from: None,
        }
    }

    /// Returns whether the user can restart it: it has steps, has more rows than the scope, comes
    /// from a bookmark, or has failed.
    pub(crate) fn restarts(&self) -> bool {
        self.live.is_some() || self.of_more || self.is_restored || self.shown.is_none()
    }

    /// Returns whether its settings can differ from those that it started with.
    pub(crate) fn has_start(&self) -> bool {
        self.live.is_some() || self.is_restored
    }

    /// Returns whether `projection` shows a component that exists but that the bookmark did not
    /// keep.
    pub(crate) fn lacks(&self, projection: &Projection) -> bool {
        let Some(shown) = self.shown.as_ref().filter(|_| self.is_restored) else { return false };
        let most = projection.components[..projection.dims.count()].iter().max().copied().unwrap_or(0);
        (shown.layout.dims..shown.explained_variance.len()).contains(&most)
    }

    pub(crate) fn shows(&self, layout: &Arc<Layout>) -> bool {
        self.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(&shown.layout, layout))
    }

    /// Returns it as a bookmark keeps it. `None` until there is a layout.
    pub(crate) fn keep(&self, (method, dims): Key, rows: Option<&RowSet>) -> Option<Arc<KeptLayout>> {
        let shown = self.shown.as_ref()?;
        Some(Arc::new(KeptLayout {
            method,
            dims,
            rows: rows.cloned(),
            of_more: self.of_more,
            projection: self.projection.clone(),
            layout: shown.layout.clone(),
            explained_variance: shown.explained_variance.clone(),
            steps: shown.steps.as_ref().map(|steps| Steps { running: false, ..steps.clone() }),
        }))
    }
}

/// The part of a layout that is on screen.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) layout: Arc<Layout>,
    pub(crate) explained_variance: Arc<[f64]>,
    pub(crate) steps: Option<Steps>,
}

/// Returns whether two kept layouts are the same.
pub(crate) fn is_same(a: &KeptLayout, b: &KeptLayout) -> bool {
    Arc::ptr_eq(&a.layout, &b.layout)
        && (a.method, a.dims, &a.rows, a.of_more) == (b.method, b.dims, &b.rows, b.of_more)
        && (&a.projection, &a.steps) == (&b.projection, &b.steps)
}
