//! Which of many tensors is shown first.

use super::Tensor;

/// Names of the table of token vectors in models, without `.weight`, the surest first.
const TABLES: [&str; 12] = [
    "word_embeddings",
    "embed_tokens",
    "wte",
    "tok_embeddings",
    "token_embedding",
    "token_embeddings",
    "embed_in",
    "embeddings",
    "embedding",
    "embed",
    "vectors",
    "shared",
];

/// Words in names of tensors that have vectors of something else than tokens.
const OTHERS: [&str; 7] = ["position", "pos_", "patch", "token_type", "rotary", "norm", "proj"];

/// The place of the matrix that is shown first, and why. Returns `None` if there is one at most.
pub(super) fn find(matrices: &[Tensor]) -> Option<(usize, &'static str)> {
    if matrices.len() < 2 {
        return None;
    }
    let named = matrices.iter().enumerate().filter_map(|(place, tensor)| Some((rank(&tensor.name)?, place)));
    if let Some((_, place)) = named.min() {
        return Some((place, "its name is that of a table of embeddings"));
    }
    // One number in each row is rather a column.
    let rows = |tensor: &Tensor| {
        let (rows, dims) = (tensor.shape.first().copied(), tensor.shape.last().copied());
        (dims > Some(1), rows)
    };
    let (place, _) = matrices.iter().enumerate().rev().max_by_key(|(_, tensor)| rows(tensor))?;
    Some((place, "it has the most rows"))
}

/// How sure it is that a name is that of a table of vectors, 0 for the surest.
fn rank(name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    if OTHERS.iter().any(|other| name.contains(other)) {
        return None;
    }
    let last = name.strip_suffix(".weight").unwrap_or(&name).rsplit(['.', '/']).next()?;
    let place = TABLES.iter().position(|table| last == *table);
    place.or_else(|| last.contains("embed").then_some(TABLES.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_tokens_are_known_by_name() {
        let best = |names: &[&'static str]| names.iter().copied().filter_map(|name| Some((rank(name)?, name))).min();
        let check = |names: &[&'static str]| assert_eq!(best(names).map(|(_, name)| name), names.last().copied());
        check(&[
            "embeddings.position_embeddings.weight",
            "embeddings.token_type_embeddings.weight",
            "embeddings.word_embeddings.weight",
        ]);
        check(&["transformer.wpe.weight", "transformer.wte.weight"]);
        check(&["lm_head.weight", "model.layers.0.mlp.down_proj.weight", "model.embed_tokens.weight"]);
        check(&["bias", "user_embed_table.weight"]);
        check(&["decoder.embed", "x/embeddings"]);
        assert_eq!(best(&["a", "lm_head.weight", "embeddings.LayerNorm.weight", "patch_embed.proj.weight"]), None);
    }
}
