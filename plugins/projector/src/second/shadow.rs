//! The second embedding in the order of the open one's rows, and its places.

use std::sync::{Arc, Mutex, PoisonError};

use parallax_embedding::{Embedding, Number, Partners, Progress, RowSet, Vectors};
use parallax_projection::{Frame, Layout, Procrustes, ProjectionError, Recipe, Space, finite_pairs, project};
use parallax_session::{Alignment, Alone, Matched, Matching, Pick, Placed, Projection, View};

use super::{placed, said_of};

/// The second embedding with the row numbers of the open one.
pub(super) struct Shadow {
    pub(super) matched: Matched,
    pub(super) vectors: Vectors,
    /// The rows without a partner, or whose partner is not finite.
    pub(super) left_out: RowSet,
    /// The rows without a partner.
    alone: RowSet,
    /// The vectors, and what was computed from them.
    space: Arc<Space>,
    /// What brings all rows onto the open ones, by the alignments that were asked for.
    onto: Mutex<Vec<(Alignment, Arc<Procrustes>)>>,
}

/// How the second embedding is laid out: as the open one is.
pub(super) struct LayOut {
    pub(super) projection: Arc<Projection>,
    pub(super) label_by: Pick,
    pub(super) layout: Arc<Layout>,
    pub(super) frame: Frame,
    pub(super) seen: [Option<usize>; 3],
    pub(super) align: Alignment,
}

/// A layout of the second embedding, in the coordinates on screen.
#[derive(Clone)]
pub(super) struct Laid {
    pub(super) layout: Arc<Layout>,
    pub(super) placed: Placed,
    /// The distance of the two places of each row. NaN if it has one or none.
    pub(super) away: Arc<[f32]>,
}

impl Shadow {
    /// Puts `second`, which has these problems, in the order of the rows of `open`, as they were matched.
    pub(super) fn of(
        open: &Embedding,
        (second, problems): (&Embedding, &[String]),
        Matching { partners, how, is_doubtful }: Matching,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let [rows, others] = partners.rows();
        let is_in_order = rows.len() == open.rows() && rows == others && open.rows() == second.rows();
        let bad = |other: u32| second.non_finite.contains(other);
        let with: RowSet = rows.iter().zip(others).filter(|(_, other)| !bad(**other)).map(|(&row, _)| row).collect();
        let vectors = if is_in_order {
            second.vectors.clone()
        } else {
            ordered(&second.vectors, open.rows(), &partners, progress)?
        };
        let columns = second.metadata.columns().iter().map(|column| column.name().to_owned()).collect();
        let matched = Matched {
            how,
            is_doubtful,
            rows: [open.rows(), second.rows()],
            dims: [open.vectors.dims(), second.vectors.dims()],
            pairs: partners.len(),
            alone: [Alone::of(partners.alone()[0], open), Alone::of(partners.alone()[1], second)],
            unclear: partners.unclear(),
            problems: problems.to_vec(),
            columns,
        };
        let left_out = with.complement(open.rows());
        let alone = rows.iter().copied().collect::<RowSet>().complement(open.rows());
        let space = Arc::new(Space::new(vectors.clone(), left_out.clone()));
        Ok(Self { matched, vectors, left_out, alone, space, onto: Mutex::default() })
    }

    /// Returns the rows that have a partner, each its own.
    pub(super) fn matched_rows(&self) -> Partners {
        let [rows, _] = self.matched.rows;
        Partners::by_order([rows, rows]).without([&self.alone, &self.alone])
    }

    /// Returns what brings the rows onto those of `open`, and how much it leaves.
    fn onto(
        &self,
        open: &Embedding,
        align: Alignment,
        progress: &Progress,
    ) -> Result<Arc<Procrustes>, ProjectionError> {
        let mut known = self.onto.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, onto)) = known.iter().find(|(of, _)| *of == align) {
            return Ok(onto.clone());
        }
        let partners = finite_pairs(&self.matched_rows(), [&open.non_finite, &self.left_out])?;
        let onto = Arc::new(aligned([&self.vectors, &open.vectors], &partners, align, progress)?);
        known.push((align, onto.clone()));
        Ok(onto)
    }
}

impl LayOut {
    /// Places the rows of the second embedding that have a place in the layout of the open one: along
    /// the same axes if the method has axes and the dimensions are the same, or else in a layout of
    /// their own, which is brought onto the other.
    pub(super) fn place(
        &self,
        shadow: &Shadow,
        names: &[String; 2],
        (open, space): (&Embedding, &Space),
        progress: &Progress,
    ) -> Result<Laid, String> {
        let view = View { label_by: self.label_by.clone(), ..View::default() };
        // The rows of a recipe, as the ends of an axis, are those of both.
        let recipe = self.projection.recipe(&open.metadata, view.label_column(&open.metadata));
        let recipe = recipe.map_err(|error| error.to_string())?;
        self.place_by(&recipe, shadow, (open, space), progress).map_err(|error| said_of(&error, names))
    }

    fn place_by(
        &self,
        recipe: &Recipe,
        shadow: &Shadow,
        (open, space): (&Embedding, &Space),
        progress: &Progress,
    ) -> Result<Laid, ProjectionError> {
        let here = placed(&self.layout);
        let absent = shadow.left_out.union(&here.complement(open.rows()));
        // The rotation of more dimensions has no room.
        let has_room = shadow.matched.are_aligned_in_vectors();
        if has_room || open.vectors.dims() == shadow.vectors.dims() && self.align == Alignment::Nothing {
            let onto = if has_room { Some(shadow.onto(open, self.align, progress)?) } else { None };
            let moves = onto.as_deref().filter(|_| self.align != Alignment::Nothing);
            let of = (&*self.layout, &self.frame);
            let others = (&shadow.vectors, &absent);
            if let Some(found) = recipe.place_all(others, moves, of, space, progress)? {
                let residual = onto.map(|onto| onto.residual());
                return Ok(self.laid(found.on_screen(self.seen, None).into(), true, residual));
            }
        }
        let own = Space::within(&shadow.space, &absent.complement(open.rows()));
        let found: Layout = project(recipe, &own, progress)?.layout.on_screen(self.seen, None).into();
        let to: Layout = self.layout.on_screen(self.seen, None).into();
        let without = placed(&found).complement(open.rows());
        let partners = Partners::by_order([open.rows(); 2]).without([&without, &without]);
        let [from, target] = [&found, &to].map(|layout| Vectors::from_array(layout.view().to_owned()));
        let onto = aligned([&from, &target], &partners, self.align, progress)?;
        let found = if self.align == Alignment::Nothing { found } else { onto.apply(&found) };
        Ok(self.laid(found, false, Some(onto.residual())))
    }

    fn laid(&self, layout: Layout, in_vectors: bool, residual: Option<f64>) -> Laid {
        let axes = [Some(0), Some(1), self.seen[2].map(|_| 2)];
        let away = self.layout.distances_to(&layout, [self.seen, axes]);
        let placed = Placed { in_vectors, residual, rows: placed(&layout).len() };
        Laid { layout: Arc::new(layout), placed, away: away.into() }
    }
}

/// Returns what brings rows onto others. Both are as large in their pictures, if scaling is allowed.
fn aligned(
    vectors: [&Vectors; 2],
    partners: &Partners,
    align: Alignment,
    progress: &Progress,
) -> Result<Procrustes, ProjectionError> {
    let Some(freedom) = align.freedom() else { return Procrustes::none(vectors, partners, progress) };
    let onto = Procrustes::fit(vectors, partners, freedom, progress)?;
    Ok(if freedom.scale { onto.as_large() } else { onto })
}

/// Returns the vectors in the order of `rows` others. Those without a partner are zeros.
fn ordered(
    vectors: &Vectors,
    rows: usize,
    partners: &Partners,
    progress: &Progress,
) -> Result<Vectors, ProjectionError> {
    progress.begin("Putting rows in order");
    let dims = vectors.dims();
    let found = if vectors.is_wide() {
        Vectors::from_f64(rows, dims, gathered(vectors, rows, partners, progress)?)?
    } else {
        Vectors::from_f32(rows, dims, gathered(vectors, rows, partners, progress)?)?
    };
    vectors.check()?;
    Ok(found)
}

fn gathered<T: Number + Default>(
    vectors: &Vectors,
    rows: usize,
    partners: &Partners,
    progress: &Progress,
) -> Result<Vec<T>, ProjectionError> {
    let dims = vectors.dims();
    let mut values = vec![T::default(); rows * dims];
    let mut buffer = Vec::new();
    let [here, there] = partners.rows();
    for (pair, (&row, &other)) in here.iter().zip(there).enumerate() {
        if pair % 1024 == 0 {
            progress.advance(pair, here.len())?;
        }
        values[row as usize * dims..][..dims].copy_from_slice(vectors.row_as::<T>(other as usize, &mut buffer));
    }
    Ok(values)
}
