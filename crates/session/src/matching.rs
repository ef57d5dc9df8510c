//! Which rows of two embeddings are compared if nobody says.

use parallax_embedding::{Column, Embedding, Partners};

use crate::text::plural;

/// The rows that belong together, and why they were taken so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// The rows.
    pub partners: Partners,
    /// How they were matched, as the end of "Rows were matched".
    pub how: String,
    /// Whether no row has the label of its partner, so that they may be other rows.
    pub is_doubtful: bool,
}

impl Matching {
    /// Matches rows by their order if there are as many with the same labels; else by their labels
    /// if those of at least half of the smaller embedding name one row of each; else by their order
    /// if there are as many. Returns `None` if nothing of this fits.
    #[must_use]
    pub fn suiting(first: &Embedding, second: &Embedding) -> Option<Self> {
        let rows = [first.rows(), second.rows()];
        let in_order = |how: String| Some(Self { partners: Partners::by_order(rows), how, is_doubtful: false });
        let is_as_many = rows[0] == rows[1];
        let as_many = || format!("by their order, as both have {}", plural(rows[0], "row"));
        let labels = [first, second].map(|embedding| embedding.metadata.default_label());
        let [Some(one), Some(other)] = labels else {
            return if is_as_many { in_order(as_many()) } else { None };
        };
        let differing = (0..rows[0]).filter(|&row| one.text(row) != other.text(row)).count();
        if is_as_many && differing == 0 {
            return in_order("by their order, in which their labels are the same".to_owned());
        }
        let by_labels = Partners::by_key(one, other);
        if 2 * by_labels.len() >= rows[0].min(rows[1]).max(1) {
            let how = format!("by their labels, {}", columns(one, other));
            return Some(Self { partners: by_labels, how, is_doubtful: false });
        }
        let differ = match differing {
            all if all == rows[0] => "no row has the same label in both".to_owned(),
            some => format!("the labels differ in {}", plural(some, "row")),
        };
        let doubt = format!("{}, although {differ}", as_many());
        let is_doubtful = differing == rows[0];
        if is_as_many { Some(Self { is_doubtful, ..in_order(doubt)? }) } else { None }
    }
}

fn columns(one: &Column, other: &Column) -> String {
    if one.name() == other.name() {
        format!("column {:?} of both", one.name())
    } else {
        format!("column {:?} of the first and {:?} of the second", one.name(), other.name())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parallax_embedding::{ColumnBuilder, Metadata, Progress, Vectors};

    use super::*;

    fn embedding(labels: &[&str]) -> Embedding {
        let vectors = Vectors::from_f32(labels.len(), 1, vec![0.0; labels.len()]).unwrap();
        let mut embedding = Embedding::new("x", vectors, &Progress::default()).unwrap();
        if labels.iter().any(|label| !label.is_empty()) {
            let mut column = ColumnBuilder::new("word");
            labels.iter().for_each(|label| column.push(Some(label)));
            embedding.metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
        }
        embedding
    }

    #[test]
    fn rows_are_matched_by_what_fits() {
        let pairs = |a: &[&str], b: &[&str]| {
            let Matching { partners, how, is_doubtful } = Matching::suiting(&embedding(a), &embedding(b))?;
            assert_eq!(is_doubtful, how.contains("no row has"), "{how}");
            let [first, second] = partners.rows();
            let pairs: Vec<(u32, u32)> = first.iter().copied().zip(second.iter().copied()).collect();
            Some((pairs, how))
        };
        let found = |pairs: &[(u32, u32)], how: &str| Some((pairs.to_vec(), how.to_owned()));
        assert_eq!(
            pairs(&["cat", "cat"], &["cat", "cat"]),
            found(&[(0, 0), (1, 1)], "by their order, in which their labels are the same")
        );
        assert_eq!(
            pairs(&["cat", "dog"], &["dog", "cat"]),
            found(&[(0, 1), (1, 0)], "by their labels, column \"word\" of both")
        );
        assert_eq!(
            pairs(&["cat", "cat"], &["dog", "cat"]),
            found(&[(0, 0), (1, 1)], "by their order, as both have 2 rows, although the labels differ in 1 row")
        );
        assert_eq!(
            pairs(&["cat", "cow"], &["dog", "hen"]),
            found(&[(0, 0), (1, 1)], "by their order, as both have 2 rows, although no row has the same label in both")
        );
        assert_eq!(pairs(&["", ""], &["", ""]), found(&[(0, 0), (1, 1)], "by their order, as both have 2 rows"));
        assert_eq!(pairs(&["a", "b", "c"], &["x", "y"]), None);
        assert_eq!(pairs(&["", "", ""], &["", ""]), None);
    }
}
