//! The sentences of a draft. They have figures, and say nothing that was not measured.

use std::fmt::Write as _;

use parallax_embedding::{
    Column, Metadata, RowSet,
    wording::{self, nearest},
};
use parallax_meaning::{Difference, Name, Way};
use parallax_neighbors::GraphSearch;
use parallax_session::{apart::difference_text, count, percent, plural, row_name};

use super::{Material, Measured};

/// A column that differs by less is not told of.
const LEAST_EFFECT: f64 = 0.2;

/// The most rows that are listed by name.
const LISTED: usize = 5;

/// A title is cut off here.
const TITLE: usize = 40;

/// Returns the share of `part` in `whole`.
pub(super) fn of(part: usize, whole: usize) -> String {
    percent(part as f64 / whole.max(1) as f64)
}

/// Returns the text as a short title.
pub(super) fn title(text: &str) -> String {
    let mut letters = text.chars();
    let short: String = letters.by_ref().take(TITLE).collect();
    if letters.next().is_some() { format!("{}…", short.trim_end()) } else { short }
}

/// Says what is open, how it is laid out, and how far to trust it.
pub(super) fn whole(material: &Material<'_>, measured: &Result<Measured, String>) -> String {
    let Material { embedding, kept, bookmark, .. } = material;
    let (rows, dims) = (embedding.rows(), embedding.vectors.dims());
    let projection = &kept.projection;
    let about = kept.method.about();
    let mut layout = format!("{} in {}D", about.noun, bookmark.view.projection.dims.count());
    if about.is_random {
        write!(layout, ", seed {}", projection.seed).ok();
    }
    let mut text = format!("{} of {}, {}. ", plural(rows, "row"), plural(dims, "dimension"), embedding.name);
    write!(text, "The layout: {layout}").ok();
    if let Some(steps) = &kept.steps
        && steps.iteration < steps.iterations
    {
        write!(text, ", stopped at iteration {} of {}", count(steps.iteration), count(steps.iterations)).ok();
    }
    text += ". ";
    let shown = material.rows.len();
    if shown < rows {
        write!(text, "{} of them are shown. ", count(shown)).ok();
    }
    let unplaced = shown - material.placed.len();
    if unplaced > 0 {
        let have = if unplaced == 1 { "has" } else { "have" };
        write!(text, "{} {have} no place in it. ", plural(unplaced, "row")).ok();
    }
    let seen = bookmark.view.projection.seen(Some(kept.method), kept.layout.dims());
    let variance: f64 = seen.into_iter().flatten().filter_map(|at| kept.explained_variance.get(at)).sum();
    if variance > 0.0 {
        write!(text, "Its axes have {} of the variance. ", percent(variance)).ok();
    }
    text + &trust(measured)
}

fn trust(measured: &Result<Measured, String>) -> String {
    let measured = match measured {
        Ok(measured) => measured,
        Err(why) => return format!("How far to trust it was not measured: {why}."),
    };
    let quality = &measured.quality;
    let near = nearest(quality.k);
    let found = match measured.graph.search() {
        GraphSearch::Exact => String::new(),
        GraphSearch::Approximate { recall, .. } => {
            format!(" (found approximately: {} of them are right)", percent(f64::from(recall)))
        }
    };
    let words = match quality.recall {
        0.8.. => "most neighbors that you see are neighbors in the vectors",
        0.5..0.8 => "more than half of the neighbors that you see are neighbors in the vectors",
        _ => "less than half of the neighbors that you see are neighbors in the vectors, so look them up in the list",
    };
    format!(
        "Of a row's {near} in the vectors{found}, {} are among its {near} here: {words}. Trustworthiness {:.2}, continuity {:.2}.",
        percent(quality.recall),
        quality.trustworthiness,
        quality.continuity
    )
}

/// Says what the rows of a cluster have in common.
pub(super) fn common(name: &Name, way: Way, column: &Column) -> String {
    let of = format!("“{}”", column.name());
    let quoted = |terms: &[parallax_meaning::Term]| {
        terms.iter().map(|term| format!("“{}”", term.text)).collect::<Vec<_>>().join(", ")
    };
    match (way, name.terms.as_slice()) {
        (_, []) => String::new(),
        (Way::Values, terms) => {
            let say = |term: &parallax_meaning::Term| {
                let shares = term.inside.zip(term.overall);
                let shares =
                    shares.map(|(inside, all)| format!(" in {} of them and {} of all", percent(inside), percent(all)));
                format!("“{}”{}", term.text, shares.unwrap_or_default())
            };
            format!("Column {of}: {}. ", terms.iter().take(2).map(say).collect::<Vec<_>>().join("; "))
        }
        (Way::Words, terms) => format!("Words that set them apart in column {of}: {}. ", quoted(terms)),
        (Way::CentralRows, terms) => format!("Nearest to their middle, by column {of}: {}. ", quoted(terms)),
        (Way::Range, [term, ..]) => format!("The middle half of them: {}. ", term.text),
    }
}

/// Says in which other column the rows differ most from the rest, if they clearly do.
pub(super) fn differs(found: &[Difference], metadata: &Metadata, named_by: Option<&str>) -> String {
    let others = found.iter().filter_map(|found| Some((found, metadata.columns().get(found.column)?)));
    let mut told = others.filter(|(difference, column)| {
        Some(column.name()) != named_by && difference.effect >= LEAST_EFFECT && difference.is_clear()
    });
    told.next().map_or_else(String::new, |(difference, column)| {
        let how = difference_text(difference, column, ["the cluster", "the rest"]);
        let of = if named_by.is_some() { "Of the other columns, " } else { "Column " };
        format!("{of}“{}” differs most: {how}. ", column.name())
    })
}

/// Says how many times as much something is.
pub(super) fn times(factor: f64) -> String {
    const MOST: f64 = 1000.0;
    if factor > MOST { format!("more than {} times", count(MOST as usize)) } else { format!("{factor:.1} times") }
}

/// Lists rows by their labels.
pub(super) fn listed(rows: &[u32], labels: Option<&Column>) -> String {
    let name = |&row: &u32| match labels.and_then(|labels| labels.text(row as usize)) {
        Some(text) => format!("“{}”", title(text)),
        None => row_name(row),
    };
    wording::listed(rows.iter().map(name), LISTED)
}

/// Says how much of their neighbors rows keep.
pub(super) fn keep(rows: &RowSet, measured: &Result<Measured, String>) -> String {
    let Ok(measured) = measured else { return String::new() };
    let (mut sum, mut points) = (0.0, 0_usize);
    for (row, share) in measured.graph.rows().iter().zip(&measured.quality.kept) {
        if rows.contains(*row) {
            (sum, points) = (sum + f64::from(*share), points + 1);
        }
    }
    if points == 0 {
        return String::new();
    }
    let (own, all) = (percent(sum / points as f64), percent(measured.quality.recall));
    format!("On average they keep {own} of their {} in the vectors, all rows {all}.", nearest(measured.quality.k))
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{ColumnBuilder, Progress, random};
    use parallax_meaning::differences;

    use super::*;

    /// A column that is the same for all but the first 40 rows, and twelve of chance.
    #[test]
    fn what_chance_makes_is_not_told() {
        const ROWS: u32 = 400;
        let number = |column: u64, row: u32| random::unit(column * u64::from(ROWS) + u64::from(row));
        let column = |name: String, cell: &dyn Fn(u32) -> String| {
            let mut column = ColumnBuilder::new(name);
            (0..ROWS).for_each(|row| column.push(Some(&cell(row))));
            column.finish()
        };
        let real = column("real".into(), &|row| format!("{:.6}", number(99, row) + if row < 40 { 0.5 } else { 0.0 }));
        let noise = (0..12).map(|at| {
            let letter = |row| if number(at, row) < 0.5 { "a" } else { "b" };
            let cell = |row| if at % 2 == 0 { format!("{:.6}", number(at, row)) } else { letter(row).to_owned() };
            column(format!("noise {at}"), &cell)
        });
        let metadata = Metadata::new(noise.chain([real]).collect()).unwrap();
        let said = |from: u32, named_by| {
            let rows: RowSet = (from..from + 40).collect();
            let others = rows.complement(ROWS as usize);
            let found = differences(&metadata, &rows, &others, &Progress::default()).unwrap();
            let is_tempting = found.iter().any(|found| found.column < 12 && found.effect >= LEAST_EFFECT);
            (differs(&found, &metadata, named_by), is_tempting)
        };
        let (told, _) = said(0, None);
        assert!(told.starts_with("Column “real” differs most: higher in ") && told.contains("in the rest"), "{told}");
        assert_eq!(said(0, Some("real")).0, "");
        let (told, _) = said(0, Some("noise 3"));
        assert!(told.starts_with("Of the other columns, “real” differs most: higher in "), "{told}");
        let of_chance: Vec<(String, bool)> = (1..10).map(|part| said(part * 40, None)).collect();
        assert!(of_chance.iter().all(|(told, _)| told.is_empty()), "{of_chance:?}");
        assert!(of_chance.iter().any(|(_, is_tempting)| *is_tempting), "effects that are large by chance");
    }

    #[test]
    fn factors_are_of_a_size_that_says_something() {
        let said = [1.25, 999.96, 1e18, f64::INFINITY].map(times);
        assert_eq!(said, ["1.2 times", "1000.0 times", "more than 1,000 times", "more than 1,000 times"]);
    }

    #[test]
    fn long_texts_are_cut_off() {
        assert_eq!(title("short"), "short");
        assert_eq!(title(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
    }

    #[test]
    fn rows_are_listed_by_label_or_number() {
        assert_eq!(listed(&[3, 1], None), "row 3, row 1");
        assert_eq!(listed(&[0, 1, 2, 3, 4, 5, 6], None), "row 0, row 1, row 2, row 3, row 4, and 2 more");
    }
}
