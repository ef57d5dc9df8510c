//! Which embedding is shown first of several, and why.

use super::{EmbeddingInfo, Source, tensor_position};
use crate::{Problem, ProblemKind};

/// The first one that the configuration names, or else the largest; of equal ones, the first. Older
/// steps of a tensor do not count.
pub(super) fn default_place(embeddings: &[EmbeddingInfo]) -> Option<usize> {
    let configured = embeddings.iter().position(|info| info.configured);
    configured.or_else(|| {
        let infos = embeddings.iter().enumerate().filter(|(_, info)| !info.is_older());
        let (place, _) = infos.rev().max_by_key(|(_, info)| size(info))?;
        Some(place)
    })
}

fn size(info: &EmbeddingInfo) -> u128 {
    info.rows as u128 * info.dims as u128
}

impl Source {
    /// A note about the embedding that is shown first, if there are several and neither the
    /// configuration nor the format has chosen one.
    pub(crate) fn shown_first(&self) -> Option<Problem> {
        let infos = &self.runs.first()?.embeddings;
        let candidates: Vec<&EmbeddingInfo> = infos.iter().filter(|info| !info.is_older()).collect();
        let first = infos.get(default_place(infos)?).filter(|first| candidates.len() > 1 && !first.configured)?;
        let is_alone = candidates.iter().filter(|info| size(info) == size(first)).count() == 1;
        let why = if is_alone { "it is the largest" } else { "none is larger, and it is the first of its size" };
        let what = format!("it is shown first of {} embeddings, since {why}", candidates.len());
        let note = Problem::note(first.origin.shown.as_ref().unwrap_or(&self.path), what);
        let note = note.at(tensor_position(&first.name)).kind(ProblemKind::ShownFirst);
        Some(note.way_out("Choose another with --embedding NAME"))
    }
}
