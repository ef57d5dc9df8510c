//! Defaults that adapt to the number of rows.
//!
//! A default that is too large for the rows is lowered, and [`Lowered`] describes it. A setting
//! that was asked for is used as it is, or refused with the largest possible value.

use std::fmt;

/// The components that are shown if no number is asked for and there are as many.
pub const COMPONENTS: usize = 3;

/// A default that is lowered because there are too few rows or dimensions for it.
///
/// Its text is a sentence without a full stop, as in `perplexity 30 needs 91 rows; 9 is used for 30
/// rows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lowered {
    /// The setting's name.
    pub setting: &'static str,
    /// Whether the setting is a number of what it is named after, as in `15 neighbors`.
    pub is_count: bool,
    /// Its default.
    pub default: usize,
    /// The value that is used instead.
    pub used: usize,
    /// What there is too little of: `row` or `dimension`.
    pub of: &'static str,
    /// How many of these the default needs.
    pub needs: usize,
    /// How many of these there are.
    pub count: usize,
}

impl Lowered {
    /// Returns the setting if `used` is less than its default.
    pub(crate) fn of_rows(
        (setting, is_count): (&'static str, bool),
        (default, needs): (usize, usize),
        used: usize,
        rows: usize,
    ) -> Option<Self> {
        let lowered = Self { setting, is_count, default, used, of: "row", needs, count: rows };
        (rows > 0 && used < default).then_some(lowered)
    }

    /// Returns the lowered number of components if there are fewer than [`COMPONENTS`] of `points`
    /// of vectors of `dims`.
    pub(crate) fn components(points: usize, dims: usize) -> Option<Self> {
        if points == 0 || dims == 0 {
            return None;
        }
        let of_rows = (points - 1).max(1);
        let (used, of, needs, count) = if of_rows < dims {
            (of_rows, "row", COMPONENTS + 1, points)
        } else {
            (dims, "dimension", COMPONENTS, dims)
        };
        let (setting, is_count) = ("components", true);
        let lowered = Self { setting, is_count, default: COMPONENTS, used, of, needs, count };
        (used < COMPONENTS).then_some(lowered)
    }
}

impl fmt::Display for Lowered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, is_count, default, used, of, needs, count } = *self;
        if is_count {
            write!(f, "{default} {setting} need {needs} {of}s; {used} {}", if used == 1 { "is" } else { "are" })?;
        } else {
            write!(f, "{setting} {default} needs {needs} {of}s; {used} is")?;
        }
        write!(f, " used for {count} {of}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parallax_embedding::{Progress, RowSet, Vectors};

    use crate::{Along, Axis, How, Layout, ProjectionError, Recipe, Space, TsneConfig, UmapConfig, project};

    fn space(rows: usize) -> Space {
        let value = |i: usize| ((i * 37 + i / 3 * 11) % 101) as f32 - 50.0;
        Space::new(Vectors::from_f32(rows, 3, (0..rows * 3).map(value).collect()).unwrap(), RowSet::EMPTY)
    }

    fn tsne(perplexity: Option<f32>) -> How {
        let config = TsneConfig { dims: 2, perplexity, iterations: 20, ..TsneConfig::recommended() };
        How::Tsne { config, labels: None }
    }

    fn umap(neighbors: Option<usize>) -> How {
        let config = UmapConfig { dims: 2, neighbors, epochs: Some(10), ..UmapConfig::recommended() };
        How::Umap { config, labels: None }
    }

    fn laid_out(how: How, rows: usize) -> Result<Arc<Layout>, ProjectionError> {
        project(&how.into(), &space(rows), &Progress::default()).map(|projected| projected.layout)
    }

    /// Rows, then the perplexity and the neighborhood that are used.
    const USED: [(usize, f32, usize); 13] = [
        (1, 1.0, 1),
        (2, 1.0, 2),
        (3, 1.0, 3),
        (4, 1.0, 4),
        (5, 2.0, 5),
        (8, 3.0, 8),
        (10, 3.0, 10),
        (11, 3.0, 11),
        (15, 4.0, 15),
        (30, 9.0, 15),
        (90, 29.0, 15),
        (91, 30.0, 15),
        (10_000, 30.0, 15),
    ];

    #[test]
    fn default_settings_adapt_to_the_rows() {
        for (rows, perplexity, neighbors) in USED {
            let (tsne, umap) = (TsneConfig::recommended(), UmapConfig::recommended());
            assert_eq!((tsne.perplexity_for(rows), umap.neighbors_for(rows)), (perplexity, neighbors), "{rows}");
            assert_eq!(tsne.lowered(rows).is_some(), rows < 91, "{rows}");
            assert_eq!(umap.lowered(rows).is_some(), rows < 15, "{rows}");
        }
    }

    #[test]
    fn default_settings_never_refuse_rows() {
        let pca = || How::Pca { whiten: false };
        let custom =
            || How::Custom { axes: vec![Along::Axis(Axis::Direction(vec![1.0, 0.0, 0.0])), Along::Component(0)] };
        for rows in [1, 2, 3, 4, 5, 10, 30, 91] {
            for how in [pca(), tsne(None), umap(None), custom(), How::Identity] {
                let method = Recipe::from(how.clone()).method();
                let layout = laid_out(how, rows).unwrap_or_else(|error| panic!("{method} of {rows} rows: {error}"));
                assert!(layout.rows() == rows && layout.values().iter().all(|x| x.is_finite()), "{method} {rows}");
            }
        }
        for how in [pca(), tsne(None), umap(None), custom(), How::Identity] {
            assert_eq!(laid_out(how, 0), Err(ProjectionError::NoRows));
        }
    }

    #[test]
    fn settings_asked_for_are_refused_with_the_largest_possible() {
        for (how, rows, largest) in [
            (tsne(Some(30.0)), 30, "9.6"),
            (tsne(Some(30.0)), 90, "29.6"),
            (tsne(Some(5.0)), 5, "2.0"),
            (umap(Some(15)), 8, "8"),
            (umap(Some(31)), 30, "30"),
        ] {
            let error = laid_out(how.clone(), rows).unwrap_err().to_string();
            assert!(error.contains(&format!("largest possible is {largest}")), "{rows}: {error}");
            let allowed = match how {
                How::Tsne { .. } => tsne(largest.parse().ok()),
                _ => umap(largest.parse().ok()),
            };
            laid_out(allowed, rows).unwrap_or_else(|error| panic!("{largest} for {rows} rows: {error}"));
        }
        laid_out(tsne(Some(30.0)), 91).unwrap();
        laid_out(umap(Some(15)), 15).unwrap();
    }

    #[test]
    fn lowered_defaults_say_so() {
        let said = |how: How, rows| Recipe::from(how).lowered(rows, 4).map(|lowered| lowered.to_string());
        let expected = "perplexity 30 needs 91 rows; 9 is used for 30 rows";
        assert_eq!(said(tsne(None), 30).as_deref(), Some(expected));
        let expected = "15 neighbors need 15 rows; 8 are used for 8 rows";
        assert_eq!(said(umap(None), 8).as_deref(), Some(expected));
        assert_eq!((said(tsne(None), 91), said(tsne(Some(9.0)), 30), said(umap(Some(8)), 8)), (None, None, None));
        let pca = |rows, dims| {
            Recipe::from(How::Pca { whiten: false }).lowered(rows, dims).map(|lowered| lowered.to_string())
        };
        assert_eq!(pca(2, 9).as_deref(), Some("3 components need 4 rows; 1 is used for 2 rows"));
        assert_eq!(pca(9, 2).as_deref(), Some("3 components need 3 dimensions; 2 are used for 2 dimensions"));
        assert_eq!((pca(4, 3), pca(0, 3), said(How::Identity, 1)), (None, None, None));
    }

    /// Points, dimensions, and wanted coordinates; then the notes.
    #[test]
    fn layouts_have_notes_about_what_was_not_asked_for() {
        let made = |how: How, dims: usize, scale: f64| {
            let values = (0..40 * dims).map(|i| ((i * 37 % 101) as f64) * scale).collect();
            let space = Space::new(Vectors::from_f64(40, dims, values).unwrap(), RowSet::EMPTY);
            let recipe = Recipe::from(how);
            (project(&recipe, &space, &Progress::default()).unwrap(), recipe)
        };
        let pca = || How::Pca { whiten: false };
        for (how, dims, wanted, scale, expected) in [
            (How::Identity, 5, 3, 1.0, &["identity shows the first 3 of 5 dimensions"][..]),
            (How::Identity, 5, 5, 1.0, &[]),
            (pca(), 5, 3, 1.0, &[]),
            (pca(), 2, 3, 1.0, &["3 components need 3 dimensions; 2 are used for 2 dimensions"]),
            (pca(), 2, 2, 1.0, &[]),
            (tsne(None), 5, 2, 1.0, &["perplexity 30 needs 91 rows; 13 is used for 40 rows"]),
            (pca(), 5, 3, 1e-50, &["coordinates are multiplied by"]),
        ] {
            let (projected, recipe) = made(how, dims, scale);
            let notes = recipe.notes(&projected.frame, 40, dims, wanted);
            let fits = notes.iter().zip(expected).all(|(note, expected)| note.starts_with(expected));
            assert!(notes.len() == expected.len() && fits, "{notes:?}, expected {expected:?}");
        }
    }
}
