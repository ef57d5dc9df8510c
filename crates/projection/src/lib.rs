//! Projections: from the vectors of an embedding to a few coordinates per row.
//!
//! A projection is a state machine: `new` validates and fails with a sentence, `step` does a part
//! of the work, `is_finished` returns whether it is done, and `layout` lends the coordinates
//! ([`Layout`]). The same input gives the same bits for any number of threads: work is split by the
//! shape of the data alone, and sums run in a fixed order.
//!
//! [`Pca`] finds the directions of greatest variance; [`identity`] takes vectors of few dimensions
//! as they are; [`Tsne`] and [`Umap`] keep neighbors together; [`custom()`] uses axes of one's own
//! choice. Vectors are not normalized or otherwise changed beforehand. Nothing here reads files or
//! draws.
//!
//! [`project`] runs any method to its end:
//!
//! ```
//! use ndarray::array;
//! use parallax_embedding::{Progress, RowSet, Vectors};
//! use parallax_projection::{How, Space, project};
//!
//! // Four points of a line through space, and how far they are from their mean.
//! let vectors = Vectors::from_array(array![[0.0_f32, 0.0, 0.0], [1.0, 2.0, 2.0], [2.0, 4.0, 4.0], [3.0, 6.0, 6.0]]);
//! let space = Space::new(vectors, RowSet::default());
//! let projected = project(&How::Pca { whiten: false }.into(), &space, &Progress::default())?;
//! let along: Vec<f32> = projected.layout.places().map(|place| place[0].abs()).collect();
//! assert_eq!(along, [4.5, 1.5, 1.5, 4.5]);
//! assert_eq!(projected.explained_variance_ratio[0], 1.0);
//! # Ok::<(), parallax_projection::ProjectionError>(())
//! ```

mod asked;
mod compare;
mod error;
mod fit;
mod layout;
mod methods;
mod narrow;
mod pca;
mod placing;
mod project;
mod projected;
mod quality;
mod random;
mod run;
mod series;
mod space;
mod sphereize;
mod without_place;

pub use compare::{
    Alignment, DistanceAgreement, Freedom, MOST_ALIGNED, Overlap, Procrustes, Resemblance, ResemblanceSettings,
    are_alignable, directed_pairs, finite_pairs, linear_cka,
};
pub use error::{OWN_COMPONENTS, ProjectionError};
pub use fit::{COMPONENTS, Lowered};
pub use layout::Layout;
pub use methods::*;
pub use narrow::{Frame, Offset};
pub use pca::{PCA_LIMIT, Pca, PcaConfig};
pub use project::{Recipe, measure, project};
pub use projected::{Categories, Projected};
pub use quality::{
    Agreement, PERMUTATIONS, QUALITY_NEIGHBORS, QUALITY_ROWS, Quality, Reference, SHEPARD_BINS, Shared, Shepard,
    agreement, agreement_around, agreement_in, shepard, spearman,
};
pub use run::{LearningRate, Nearness, Run, Steering};
pub use series::{Aligned, Basis, Begin, StepLayout, StepsOf, Together, series, series_from};
pub use space::{Components, Space};
pub use sphereize::sphereize;
pub use without_place::WithoutPlace;

/// The most coordinates that a layout has: as many components as the TensorBoard projector offers.
pub const MAX_COMPONENTS: usize = 10;
