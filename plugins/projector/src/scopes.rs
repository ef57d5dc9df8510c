//! The layouts that are kept, by rows, method, and number of dimensions.
//!
//! Isolated rows are a scope of their own. It begins with what the scope before hands down.

use std::{collections::HashMap, sync::Arc};

use parallax_embedding::{Column, Metadata, RowSet};
use parallax_projection::{How, Recipe, Space};
use parallax_tour::KeptLayout;

use crate::kept::{Effect, Event, Kept, LayoutKey, Wanted, next};

#[cfg(test)]
mod tests;

/// The scopes, one of which is the current one.
pub(crate) struct Scopes {
    /// The scope of all rows, then those of isolated rows, the newest last.
    list: Vec<Scope>,
    /// The index of the current scope.
    at: usize,
    /// The current layout. `None` if the scope has just been entered.
    key: Option<LayoutKey>,
}

/// Rows that are laid out together.
struct Scope {
    /// The rows. `None` for all.
    rows: Option<RowSet>,
    space: Arc<Space>,
    kept: HashMap<LayoutKey, Kept>,
}

/// The number of scopes that are kept besides that of all rows.
const SCOPES: usize = 8;

impl Scopes {
    /// Creates the scope of all rows.
    pub(crate) fn new(space: Arc<Space>) -> Self {
        Self { list: vec![Scope { rows: None, space, kept: HashMap::new() }], at: 0, key: None }
    }

    /// Enters the scope of `rows`. Until it has layouts of its own, methods with steps show that of
    /// more rows.
    pub(crate) fn enter(&mut self, rows: Option<&RowSet>) {
        if self.rows() == rows {
            return;
        }
        self.key = None;
        let known = self.list.iter().position(|scope| scope.rows.as_ref() == rows);
        self.at = known.unwrap_or_else(|| {
            let kept = self.list[self.at].kept.iter();
            let kept = kept.filter_map(|(key, kept)| Some((*key, kept.hand_down(*key)?))).collect();
            self.add(rows, kept)
        });
        while self.list.len() > SCOPES + 1 {
            let oldest = if self.at == 1 { 2 } else { 1 };
            self.list.remove(oldest);
            self.at -= usize::from(self.at > oldest);
        }
    }

    /// Adds a scope. Returns its index.
    fn add(&mut self, rows: Option<&RowSet>, kept: HashMap<LayoutKey, Kept>) -> usize {
        let all = &self.list[0].space;
        let space = rows.map_or_else(|| all.clone(), |rows| Arc::new(Space::within(all, rows)));
        self.list.push(Scope { rows: rows.cloned(), space, kept });
        self.list.len() - 1
    }

    /// Makes `key` the current layout, and tells it what happens.
    pub(crate) fn tell(&mut self, key: LayoutKey, wanted: Option<Wanted<'_>>, event: Event) -> Effect {
        if self.key.replace(key) != Some(key) {
            self.tell(key, wanted, Event::Enter);
        }
        let kept = &mut self.list[self.at].kept;
        let (next, effect) = next(kept.remove(&key), wanted, event);
        kept.extend(next.map(|next| (key, next)));
        effect
    }

    /// Returns the layout `key` of the current scope.
    pub(crate) fn kept(&self, key: LayoutKey) -> Option<&Kept> {
        self.list[self.at].kept.get(&key)
    }

    /// Returns the rows of the current scope, `None` for all.
    pub(crate) fn rows(&self) -> Option<&RowSet> {
        self.list[self.at].rows.as_ref()
    }

    /// Returns the space of the current scope.
    pub(crate) fn space(&self) -> &Arc<Space> {
        &self.list[self.at].space
    }

    /// Takes over the layouts of a bookmark.
    pub(crate) fn restore(&mut self, layouts: &[Arc<KeptLayout>], metadata: &Metadata, label: Option<&Column>) {
        for brought in layouts {
            let known = self.list.iter().position(|scope| scope.rows == brought.rows);
            let place = known.unwrap_or_else(|| self.add(brought.rows.as_ref(), HashMap::new()));
            let kept = &mut self.list[place].kept;
            let key = (brought.method, brought.dims);
            let picture = kept.get(&key).and_then(Kept::picture);
            if picture.is_none_or(|picture| !Arc::ptr_eq(&picture.layout, &brought.layout)) {
                // Axes without a direction in these data cannot be computed, but their layout can
                // be shown.
                let nothing = || Recipe { near: brought.projection.near(), how: How::Identity };
                let recipe = brought.projection.recipe(metadata, label).unwrap_or_else(|_| nothing());
                kept.insert(key, Kept::restore(brought, recipe));
            }
        }
    }

    /// Returns the space of all rows.
    pub(crate) fn whole(&self) -> &Arc<Space> {
        &self.list[0].space
    }

    /// Returns the index of the current scope.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Returns the layouts of all rows and of the isolated ones, as a bookmark keeps them.
    pub(crate) fn layouts(&self) -> Vec<Arc<KeptLayout>> {
        let scopes = self.list.iter().enumerate().filter(|&(place, _)| place == 0 || place == self.at);
        let mut list: Vec<Arc<KeptLayout>> = scopes
            .flat_map(|(_, scope)| scope.kept.iter().filter_map(|(key, kept)| kept.keep(*key, scope.rows.as_ref())))
            .collect();
        list.sort_by_key(|kept| (kept.rows.is_some(), kept.method.name(), kept.dims.count()));
        list
    }
}
