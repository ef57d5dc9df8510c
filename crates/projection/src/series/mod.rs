//! Layouts of the steps of a training that belong together, so that what moves from one to the next is
//! the training and not the method.
//!
//! Principal components are those of the rows of all steps, or of one, or of each. A method that runs
//! in steps begins at the layout of the step before, and the first from nothing. Then a layout may be
//! aligned to the one before it. The chain goes through all steps in their order, so that the same
//! input gives the same bits, whichever step is looked at. Steps are read one at a time, and each
//! layout is handed over when it is done.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use parallax_embedding::{Partners, Progress, Vectors};

use crate::{
    Alignment, Frame, How, Layout, Method, Procrustes, Projected, ProjectionError, Recipe, Space,
    methods::whitened,
    pca::{Gathered, SharedComponents},
    project::project_from,
    run::Start,
};

/// How layouts of steps belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    /// Whose principal components they have. Other methods have none.
    pub basis: Basis,
    /// How each is aligned to the one before it.
    pub align: Alignment,
}

/// The rows whose principal components are the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Those of all steps, as if they stood below each other.
    All,
    /// Those of each step.
    Each,
    /// Those of one step, by its place.
    Step(usize),
}

/// The steps that are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepsOf {
    /// Their number.
    pub count: usize,
    /// The shape that a step must have: rows.
    pub rows: usize,
    /// The shape that a step must have if components are shared: dimensions.
    pub dims: usize,
    /// How many coordinates of a layout are aligned, and kept if it is.
    pub shown: usize,
}

/// Where a chain goes on.
#[derive(Debug, Clone, Default)]
pub struct Begin {
    /// The place of the first step without a layout.
    pub at: usize,
    /// The last layout before it, and the place of its step. `None` if there is none.
    pub after: Option<(usize, Arc<Layout>)>,
}

/// The layout of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepLayout {
    /// What its method has made, aligned.
    pub projected: Projected,
    /// The place of the step at whose layout it began. `None` if it began from nothing.
    pub after: Option<usize>,
    /// How it was aligned, if it was.
    pub aligned: Option<Aligned>,
}

/// How a layout was aligned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aligned {
    /// The place of the step to which it was.
    pub to: usize,
    /// The number of rows that have a place in both.
    pub rows: usize,
    /// See [`Procrustes::residual`].
    pub residual: f64,
    /// See [`Procrustes::scale`].
    pub scale: f64,
    /// See [`Procrustes::reflects`].
    pub reflects: bool,
}

impl Together {
    /// What suits a method: one basis for principal components, and the alignment that suits it.
    #[must_use]
    pub fn of(method: Method) -> Self {
        let basis = if method == Method::Pca { Basis::All } else { Basis::Each };
        Self { basis, align: Alignment::suiting(method, basis == Basis::Each) }
    }
}

impl Alignment {
    /// What suits the layouts of steps: rotation where axes have no meaning of their own, as those of
    /// principal components that are those of each step.
    #[must_use]
    pub fn suiting(method: Method, each_has_its_basis: bool) -> Self {
        match method {
            Method::Tsne | Method::Umap => Self::Rotation,
            Method::Pca if each_has_its_basis => Self::Rotation,
            Method::Pca | Method::Custom | Method::Identity => Self::Nothing,
        }
    }
}

/// Lays out the steps of a training, in their order. `space` reads a step by its place and may be asked
/// twice for it; `None` leaves it out. `done` takes the layout of each and its space, or why it has none.
///
/// Rows are the same in all steps: one with another number of rows has no layout. A row that has no
/// place in one step has none there, and comes back among its neighbors.
///
/// ```
/// use std::sync::Arc;
///
/// use ndarray::array;
/// use parallax_embedding::{Progress, RowSet, Vectors};
/// use parallax_projection::{Alignment, Basis, How, ProjectionError, Space, StepsOf, Together, series};
///
/// let step = |turn: f32| {
///     let (sin, cos) = turn.sin_cos();
///     let values = array![[0.0, 0.0], [2.0 * cos, 2.0 * sin], [cos - sin, cos + sin]];
///     Arc::new(Space::new(Vectors::from_array(values), RowSet::EMPTY))
/// };
/// let steps = StepsOf { count: 4, rows: 3, dims: 2, shown: 2 };
/// let together = Together { basis: Basis::Each, align: Alignment::Rotation };
/// let mut residuals = Vec::new();
/// series(
///     &How::Identity.into(),
///     together,
///     steps,
///     |place, _| Ok::<_, ProjectionError>(Some(step(place as f32))),
///     |_, _, layout| {
///         residuals.extend(layout?.aligned.map(|aligned| aligned.residual));
///         Ok(())
///     },
///     &Progress::default(),
/// )?;
/// // Turned copies are the same.
/// assert!(residuals.len() == 3 && residuals.iter().all(|&residual| residual < 1e-10));
/// # Ok::<(), ProjectionError>(())
/// ```
///
/// # Errors
/// Those of `space` and `done`; an error if the basis cannot be found, which is
/// [`ProjectionError::UnreadBasis`] if `space` leaves out all of its steps;
/// [`ProjectionError::Cancelled`] if `progress` was canceled.
pub fn series<E: From<ProjectionError>>(
    recipe: &Recipe,
    together: Together,
    steps: StepsOf,
    space: impl FnMut(usize, &Progress) -> Result<Option<Arc<Space>>, E>,
    done: impl FnMut(usize, &Space, Result<StepLayout, ProjectionError>) -> Result<(), E>,
    progress: &Progress,
) -> Result<(), E> {
    series_from(recipe, together, (steps, Begin::default()), space, done, progress)
}

/// As [`series`], for the steps from a place on, of which those before it have their layouts.
///
/// # Errors
/// Those of [`series`].
pub fn series_from<E: From<ProjectionError>>(
    recipe: &Recipe,
    together: Together,
    (steps, begin): (StepsOf, Begin),
    mut space: impl FnMut(usize, &Progress) -> Result<Option<Arc<Space>>, E>,
    mut done: impl FnMut(usize, &Space, Result<StepLayout, ProjectionError>) -> Result<(), E>,
    progress: &Progress,
) -> Result<(), E> {
    let shared = components(recipe, together.basis, steps, &mut space, progress)?;
    // Principal components of all were read for half of the bar.
    let first = if shared.is_some() { 0.5 } else { 0.0 };
    let mut before = begin.after;
    for place in begin.at..steps.count {
        let part = part(place, steps.count, "Step", first..1.0, progress);
        let Some(space) = space(place, &part)? else { continue };
        let chain = Chain { recipe, together, steps, shared: shared.as_ref() };
        let layout = chain.layout(&space, before.as_ref(), &part);
        match &layout {
            Err(ProjectionError::Cancelled(canceled)) => return Err(ProjectionError::from(*canceled).into()),
            Err(_) => {}
            Ok(layout) => before = Some((place, Arc::clone(&layout.projected.layout))),
        }
        done(place, &space, layout)?;
    }
    Ok(())
}

/// The part of the bar that belongs to a step.
fn part(place: usize, count: usize, what: &str, within: std::ops::Range<f32>, progress: &Progress) -> Progress {
    let share = (within.end - within.start) / count as f32;
    let start = within.start + share * place as f32;
    progress.begin(format!("{what} {} of {count}", place + 1));
    let part = progress.within(start..start + share);
    part.set(0.0);
    part
}

/// The components that all steps share, if they do.
fn components<E: From<ProjectionError>>(
    recipe: &Recipe,
    basis: Basis,
    steps: StepsOf,
    space: &mut impl FnMut(usize, &Progress) -> Result<Option<Arc<Space>>, E>,
    progress: &Progress,
) -> Result<Option<SharedComponents>, E> {
    let of: Vec<usize> = match basis {
        _ if recipe.method() != Method::Pca => return Ok(None),
        Basis::Each => return Ok(None),
        Basis::Step(place) => vec![place],
        Basis::All => (0..steps.count).collect(),
    };
    let mut gathered = Gathered::new(steps.dims, steps.rows.saturating_mul(of.len()))?;
    let (mut is_read, mut refused) = (false, None);
    for (at, &place) in of.iter().enumerate() {
        let part = part(at, of.len(), "Components of step", 0.0..0.5, progress);
        let Some(space) = space(place, &part)? else { continue };
        let added = check(&space, steps, true, &part).and_then(|()| {
            let vectors = space.vectors(recipe.near.sphereize, &part)?;
            gathered.add(vectors, space.left_out(), &part)?;
            Ok(space.check()?)
        });
        match added {
            // It has no layout, either, and is reported then. What is lost midway is in the sums.
            Err(error @ (ProjectionError::Cancelled(_) | ProjectionError::Damaged(_))) => return Err(error.into()),
            Err(error) if basis != Basis::All => return Err(error.into()),
            Err(error) => refused = refused.or(Some(error)),
            Ok(()) => is_read = true,
        }
    }
    if !is_read {
        progress.check().map_err(ProjectionError::from)?;
        return Err(refused.unwrap_or(ProjectionError::UnreadBasis).into());
    }
    Ok(Some(gathered.finish(progress)?))
}

/// Refuses a step of another shape, and one without a finite row.
fn check(space: &Space, steps: StepsOf, has_basis: bool, progress: &Progress) -> Result<(), ProjectionError> {
    let StepsOf { rows, dims, .. } = steps;
    if space.rows() != rows {
        return Err(ProjectionError::StepRows { rows: space.rows(), expected: rows });
    }
    if has_basis && space.dims() != dims {
        return Err(ProjectionError::StepDimensions { dims: space.dims(), expected: dims });
    }
    // Along shared components, it would have a layout without a place.
    if rows > 0 && space.left_out().len() == rows {
        return Err(ProjectionError::no_row(&space.vectors(false, progress)?));
    }
    Ok(())
}

/// What the layouts of a series have in common.
struct Chain<'a> {
    recipe: &'a Recipe,
    together: Together,
    steps: StepsOf,
    shared: Option<&'a SharedComponents>,
}

impl Chain<'_> {
    /// The layout of a step, which follows the one `before` it.
    fn layout(
        &self,
        space: &Space,
        before: Option<&(usize, Arc<Layout>)>,
        progress: &Progress,
    ) -> Result<StepLayout, ProjectionError> {
        check(space, self.steps, self.shared.is_some(), progress)?;
        let start = before.map_or(Start::Components, |(_, layout)| Start::After(layout));
        let has_steps = self.recipe.method().about().has_steps;
        let mut projected = match self.shared {
            Some(shared) => self.along(shared, space, progress)?,
            None => project_from(self.recipe, space, start, progress)?,
        };
        let aligned = match before {
            Some((to, layout)) => self.align(&mut projected, *to, layout, progress)?,
            None => None,
        };
        if self.together.align != Alignment::Nothing && projected.layout.dims() > self.steps.shown {
            projected.layout = projected.layout.first(self.steps.shown).into();
        }
        let after = before.filter(|_| has_steps).map(|(place, _)| *place);
        Ok(StepLayout { projected, after, aligned })
    }

    /// The rows along components that all steps share.
    fn along(
        &self,
        shared: &SharedComponents,
        space: &Space,
        progress: &Progress,
    ) -> Result<Projected, ProjectionError> {
        let vectors = space.vectors(self.recipe.near.sphereize, progress)?;
        let mut layout = shared.layout(vectors, space.left_out(), progress)?;
        space.check()?;
        if matches!(self.recipe.how, How::Pca { whiten: true }) {
            whitened(&mut layout, &shared.explained_variance);
        }
        let explained_variance_ratio = shared.explained_variance_ratio.clone();
        Ok(Projected { explained_variance_ratio, ..Projected::whole((layout, Frame::default())) })
    }

    /// Brings a layout onto the one before it, by the rows that have a place in both. Layouts of other
    /// dimensions, or without such rows, stay where they are.
    fn align(
        &self,
        projected: &mut Projected,
        to: usize,
        before: &Layout,
        progress: &Progress,
    ) -> Result<Option<Aligned>, ProjectionError> {
        let Some(freedom) = self.together.align.freedom() else { return Ok(None) };
        let layout = projected.layout.first(self.steps.shown);
        let [from, onto] = [&layout, before].map(|layout| Vectors::from_array(layout.view().to_owned()));
        let [missing, others] = [from.non_finite_rows(progress)?, onto.non_finite_rows(progress)?];
        let partners = Partners::by_order([layout.rows(), before.rows()]).without([&missing, &others]);
        if partners.is_empty() || layout.dims() != before.dims() {
            return Ok(None);
        }
        let found = Procrustes::fit([&from, &onto], &partners, freedom, progress)?;
        projected.layout = found.apply(&layout).into();
        Ok(Some(Aligned {
            to,
            rows: partners.len(),
            residual: found.residual(),
            scale: found.scale(),
            reflects: found.reflects(),
        }))
    }
}
