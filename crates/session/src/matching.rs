//! Which rows of two embeddings are compared, and what there is to say about it.

use std::fmt;

use parallax_embedding::{Column, Embedding, Partners, wording::listed};

use crate::{
    MatchBy,
    text::{count, plural},
};

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

/// Why rows cannot be matched as asked. Another way may match them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmatched {
    /// The numbers of rows differ, and labels do not say which belong together.
    NothingSuits {
        /// The numbers of rows of each.
        rows: [usize; 2],
    },
    /// There is no such column.
    NoColumn {
        /// The name that was asked for.
        name: String,
        /// Whether it is the second that lacks it.
        in_second: bool,
        /// The names of the columns that there are.
        columns: Vec<String>,
    },
    /// One of the two has fewer than two rows, however they are matched.
    FewRows {
        /// The numbers of rows of each.
        rows: [usize; 2],
    },
    /// Fewer than two rows have a partner.
    TooFew {
        /// How they were matched, as [`Matching::how`].
        how: String,
        /// The number of pairs: 0 or 1.
        pairs: usize,
        /// The numbers of rows of each whose key several rows have.
        unclear: [usize; 2],
        /// The numbers of rows of each.
        rows: [usize; 2],
    },
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said("the second"))
    }
}

impl std::error::Error for Unmatched {}

/// The most columns that are listed.
const LISTED: usize = 8;

impl Unmatched {
    /// Whether another column or order may match them.
    #[must_use]
    pub fn is_by_choice(&self) -> bool {
        !matches!(self, Self::FewRows { .. })
    }

    /// Returns what is wrong with the second embedding, which has this name, beside the first. A sentence
    /// that begins in lower case, without a full stop and without a way out.
    #[must_use]
    pub fn said(&self, second: &str) -> String {
        match self {
            Self::NothingSuits { rows: [here, there] } => format!(
                "there are {} here and {} in {second}, and no labels that most of them have in common",
                plural(*here, "row"),
                count(*there)
            ),
            Self::NoColumn { name, in_second, columns } => {
                let place = if *in_second { format!("in {second}") } else { "here".to_owned() };
                let there_are = match &columns[..] {
                    [] => "and no other".to_owned(),
                    names => format!("but {}", listed(names.iter().map(|name| format!("{name:?}")), LISTED)),
                };
                format!("there is no column {name:?} {place}, {there_are}")
            }
            Self::FewRows { rows: [here, there] } => format!(
                "there are {} here and {} in {second}, and a comparison takes at least two of each",
                plural(*here, "row"),
                count(*there)
            ),
            Self::TooFew { how, pairs, unclear, rows: [here, there] } => {
                let found = if *pairs == 0 { "no row" } else { "only one row" };
                let [of_first, of_second] = unclear.map(count);
                let keys = match unclear {
                    [0, 0] => String::new(),
                    _ => format!("; {of_first} here and {of_second} there have a key that several rows have"),
                };
                format!(
                    "matched {how}, {found} of the {} here has a partner among the {} of {second}{keys}",
                    count(*here),
                    count(*there)
                )
            }
        }
    }
}

/// Returns what there is to say about rows of two embeddings that were not matched: a part of a sentence
/// for those without a partner, and one for those whose key several rows have.
pub fn unmatched_rows(alone: [usize; 2], unclear: [usize; 2]) -> impl Iterator<Item = String> {
    let of_both = |[first, second]: [usize; 2], what: &str| {
        let rows = format!("{} of the first and {} of the second {what}", plural(first, "row"), count(second));
        (first + second > 0).then_some(rows)
    };
    let alone = of_both(alone, "have no partner");
    let unclear = of_both(unclear, "have a key that several rows have, and were left out");
    [alone, unclear].into_iter().flatten()
}

impl Matching {
    /// What [`is_doubtful`](Self::is_doubtful) means, as a sentence without its capital and full stop.
    pub const DOUBT: &str = "no row has the same label in both, so that these may be other rows";

    /// Matches rows as `by` says.
    ///
    /// # Errors
    /// Returns an error if a column is missing, if nothing suits, or if fewer than two rows have a partner.
    pub fn of(first: &Embedding, second: &Embedding, by: &MatchBy) -> Result<Self, Unmatched> {
        let rows = [first.rows(), second.rows()];
        if rows.iter().any(|&rows| rows < 2) {
            return Err(Unmatched::FewRows { rows });
        }
        let sure = |partners, how| Self { partners, how, is_doubtful: false };
        let found = match by {
            MatchBy::Automatic => Self::suiting(first, second).ok_or(Unmatched::NothingSuits { rows })?,
            MatchBy::Order => sure(Partners::by_order(rows), "by their order, as was chosen".to_owned()),
            MatchBy::Columns { key, column } => {
                let own = column_of(first, key, false)?;
                let other = column_of(second, column, true)?;
                sure(Partners::by_key(own, other), format!("by {}, as was chosen", columns(own, other)))
            }
        };
        let (pairs, unclear) = (found.partners.len(), found.partners.unclear());
        if pairs < 2 { Err(Unmatched::TooFew { how: found.how, pairs, unclear, rows }) } else { Ok(found) }
    }

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

fn column_of<'a>(embedding: &'a Embedding, name: &str, in_second: bool) -> Result<&'a Column, Unmatched> {
    let columns = || embedding.metadata.columns().iter().map(|column| column.name().to_owned()).collect();
    embedding.metadata.column(name).ok_or_else(|| Unmatched::NoColumn {
        name: name.to_owned(),
        in_second,
        columns: columns(),
    })
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

    #[test]
    fn rows_are_matched_as_asked_or_it_is_said_why_not() {
        let matched = |a: &[&str], b: &[&str], by: &MatchBy| -> Result<(Vec<u32>, String), String> {
            let found = Matching::of(&embedding(a), &embedding(b), by).map_err(|why| why.said("b.npy"))?;
            assert!(!found.is_doubtful);
            Ok((found.partners.rows()[1].to_vec(), found.how))
        };
        let columns = |key: &str, column: &str| MatchBy::Columns { key: key.into(), column: column.into() };
        let [one, other] = [&["cat", "dog", "cow"][..], &["dog", "cat"]];
        let found = |rows: &[u32], how: &str| Ok((rows.to_vec(), how.to_owned()));
        assert_eq!(matched(one, other, &MatchBy::Order), found(&[0, 1], "by their order, as was chosen"));
        let by_word = columns("word", "word");
        assert_eq!(matched(one, other, &by_word), found(&[1, 0], "by column \"word\" of both, as was chosen"));
        let why = |a: &[&str], b: &[&str], by: &MatchBy| matched(a, b, by).unwrap_err();
        assert_eq!(
            why(&["a", "b", "c"], &["x", "y"], &MatchBy::Automatic),
            "there are 3 rows here and 2 in b.npy, and no labels that most of them have in common"
        );
        assert_eq!(why(one, other, &columns("word", "token")), "there is no column \"token\" in b.npy, but \"word\"");
        assert_eq!(why(&["", ""], other, &by_word), "there is no column \"word\" here, and no other");
        assert_eq!(
            why(&["a", "b"], &["b", "c"], &by_word),
            "matched by column \"word\" of both, as was chosen, only one row of the 2 here has a partner among the 2 of b.npy"
        );
        assert_eq!(
            why(&["a", "a"], &["a", "c"], &by_word),
            "matched by column \"word\" of both, as was chosen, no row of the 2 here has a partner among the 2 of b.npy; \
             2 here and 1 there have a key that several rows have"
        );
    }

    #[test]
    fn rows_that_were_not_matched_are_counted() {
        let said = |alone, unclear| unmatched_rows(alone, unclear).collect::<Vec<_>>();
        assert_eq!(said([0; 2], [0; 2]), [""; 0]);
        assert_eq!(
            said([1, 2], [0, 3]),
            [
                "1 row of the first and 2 of the second have no partner",
                "0 rows of the first and 3 of the second have a key that several rows have, and were left out"
            ]
        );
    }
}
