//! A tour that writes itself: bookmarks with notes, to be edited.
//!
//! [`draft`] shows the whole, the main clusters, rows that stand apart, borders where groups mix, and
//! where the layout tears, each only if it is there; the first note says what was looked for and not
//! found. What is there is decided by `find`, from arrays; `words` writes it down, and `aim` places
//! the camera.

mod aim;
mod find;
#[cfg(test)]
mod tests;
mod words;

use std::{borrow::Cow, fmt::Write as _, sync::Arc};

use ndarray::Array2;
use parallax_embedding::{
    Cancelled, Column, ColumnKind, Embedding, Progress, RowSet,
    wording::{nearest, ordinal},
};
use parallax_meaning::{
    ChosenColumn, ClusterError, Clusters, Names, choose_column, choose_labels, cluster, differences, name_groups,
};
use parallax_neighbors::{NeighborGraph, Place};
use parallax_projection::{ProjectionError, QUALITY_ROWS, Quality, Space, agreement_in, measure};
use parallax_session::{Pick, View, count, named_by_chance, percent, plural, says_nothing};

use super::{Bookmark, KeptLayout};
use aim::Aim;

/// The most clusters and borders that are shown.
const MOST_CLUSTERS: usize = 8;
const MOST_BORDERS: usize = 2;

/// A column with more values has no groups that meet.
const MOST_GROUPS: usize = 60;

/// The rows of a part of the layout that may tear: a hundredth, from these to those.
const TEAR: [usize; 2] = [15, 100];

/// Why nothing was drafted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// It was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The bookmark has no layout.
    #[error("there is no layout to draft a tour of")]
    NoLayout,
    /// No row that is shown has a place.
    #[error("no row that is shown has a place in the layout")]
    NoPlace,
}

/// What a draft is made of.
struct Material<'a> {
    bookmark: &'a Bookmark,
    embedding: &'a Embedding,
    kept: &'a Arc<KeptLayout>,
    /// The rows that are shown.
    rows: RowSet,
    /// Those of them that have a place.
    placed: Vec<u32>,
    /// Where all rows are on screen. Those that are not shown are nowhere.
    places: Array2<f32>,
    aim: Aim,
}

/// What was measured of the layout.
struct Measured {
    graph: Arc<NeighborGraph>,
    quality: Quality,
}

/// Drafts a tour of what `bookmark` shows of `embedding`. The neighbors are those of `space`. The
/// same input gives the same bits.
///
/// # Errors
/// Returns an error if there is nothing to see, or `progress` was canceled.
pub fn draft(
    bookmark: &Bookmark,
    embedding: &Embedding,
    space: &Space,
    progress: &Progress,
) -> Result<Vec<Bookmark>, DraftError> {
    progress.begin("Drafting a tour");
    let material = Material::new(bookmark, embedding)?;
    let measured = material.measured(space, progress)?;
    let clusters = material.clusters(progress)?;
    let mut missing = Vec::new();
    let mut stops = Vec::new();
    let named = match &clusters {
        Ok(clusters) => Some((clusters, material.named(clusters, &mut missing, progress)?)),
        Err(why) => {
            missing.push(format!("clusters ({why})"));
            None
        }
    };
    let titles = named.as_ref().map_or_else(Vec::new, |(clusters, names)| titles(clusters, names.as_ref()));
    if let Some((clusters, names)) = &named {
        stops.extend(material.of_clusters(clusters, (names.as_ref(), &titles), &measured, progress)?);
    }
    match &measured {
        Ok(measured) => {
            let clusters = named.as_ref().map(|(clusters, _)| *clusters);
            material.outliers(measured, &mut stops, &mut missing);
            stops.extend(material.borders(measured, clusters, &titles, (&mut missing, progress))?);
            material.tear(measured, (&mut stops, &mut missing), progress)?;
        }
        Err(_) => missing.push("rows that stand apart, borders, and tears (the neighbors are not known)".to_owned()),
    }
    progress.check()?;
    let mut whole = material.whole(&measured, named.as_ref().map(|(clusters, _)| *clusters), &missing);
    if material.placed.len() > 1 && embedding.are_rows_equal(progress)? {
        whole.note.insert_str(0, "All rows are equal, so that their layout and its clusters mean nothing. ");
    }
    let mut all: Vec<Bookmark> = std::iter::once(whole).chain(stops).collect();
    let names = distinct(all.iter().map(|stop| stop.name.clone()));
    all.iter_mut().zip(names).for_each(|(stop, name)| stop.name = name);
    Ok(all)
}

/// Returns what each cluster is called, in a bookmark and beside others.
fn titles(clusters: &Clusters, names: Option<&(&Column, Names)>) -> Vec<String> {
    let title = |number: usize| {
        let name = names.and_then(|(_, names)| names.names.get(number));
        let text = name.map(|name| words::title(&name.text)).filter(|text| !text.is_empty());
        text.unwrap_or_else(|| format!("Cluster {}", number + 1))
    };
    distinct((0..clusters.len()).map(title))
}

/// Returns the names, those that were there before with a number: `a`, `a (2)`.
fn distinct(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !all.contains(name));
        all.push(free.unwrap_or(name));
    }
    all
}

impl<'a> Material<'a> {
    fn new(bookmark: &'a Bookmark, embedding: &'a Embedding) -> Result<Self, DraftError> {
        let kept = bookmark.seen().ok_or(DraftError::NoLayout)?;
        let view = &bookmark.view;
        let all = embedding.rows().min(kept.layout.rows());
        let rows = view.shown(&embedding.metadata, all).unwrap_or_else(|| RowSet::all(all)).below(all);
        let seen = view.projection.seen(Some(kept.method), kept.layout.dims());
        let places = kept.layout.on_screen(seen, Some(&rows));
        // Points are where isolation puts them; the filter moves none.
        let aim = Aim::new(kept.layout.clone(), (view.projection.dims, seen), view.isolated());
        let placed: Vec<u32> = rows.iter().filter(|&row| aim.place(row).is_some()).collect();
        if placed.is_empty() {
            return Err(DraftError::NoPlace);
        }
        Ok(Self { bookmark, embedding, kept, rows, placed, places, aim })
    }

    /// Measures the layout, or says why not.
    fn measured(&self, space: &Space, progress: &Progress) -> Result<Result<Measured, String>, DraftError> {
        if self.kept.layout.rows() > QUALITY_ROWS {
            return Ok(Err(format!("there are more than {} rows", count(QUALITY_ROWS))));
        }
        // Those of a picture, which shows at most three coordinates.
        let near = self.bookmark.view.projection.near();
        match measure(&self.kept.layout.first(3), near, space, progress) {
            Ok((graph, quality)) => Ok(Ok(Measured { graph, quality })),
            Err(ProjectionError::Cancelled(cancelled)) => Err(cancelled.into()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    fn clusters(&self, progress: &Progress) -> Result<Result<Clusters, String>, DraftError> {
        let settings = self.bookmark.view.naming.cluster_settings(self.places.nrows());
        match cluster(self.places.view(), &settings, progress) {
            Ok(clusters) => Ok(match clusters.why_none() {
                Some(why) => Err(why),
                None => Ok(clusters),
            }),
            Err(ClusterError::Cancelled(cancelled)) => Err(cancelled.into()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// Names the clusters, by the column that the picture would name them by.
    fn named(
        &self,
        clusters: &Clusters,
        missing: &mut Vec<String>,
        progress: &Progress,
    ) -> Result<Option<(&Column, Names)>, Cancelled> {
        let metadata = &self.embedding.metadata;
        let chosen = match &self.bookmark.view.naming.by {
            Pick::Column(name) => metadata.column(name),
            _ => None,
        };
        let suiting = || choose_column(metadata).map(|ChosenColumn { column, .. }| column);
        let Some(column) = chosen.or_else(suiting) else { return Ok(None) };
        let groups: Vec<&[u32]> = clusters.iter().map(|branch| clusters.rows_of(branch)).collect();
        let names = name_groups(column, &groups, self.places.view(), progress)?;
        if let Some(why) = named_by_chance(column, names.way, self.places.view(), progress)? {
            missing.push(format!("names of clusters ({why})"));
            return Ok(None);
        }
        Ok(Some((column, names)))
    }

    /// A bookmark of the same data that selects `rows`, and looks at them.
    fn stop(&self, name: String, note: String, rows: &[u32], view: View) -> Bookmark {
        let pose = self.aim.at(rows);
        let selection = rows.iter().copied().collect();
        // What is compared are the rows that were selected.
        let mut view = View { selection, pose, apart: None, trail: Vec::new(), turning: false, ..view };
        // A second picture shows the same part of the cloud.
        view.compared.iter_mut().for_each(|compared| compared.camera = None);
        Bookmark {
            name,
            note: note.trim_end().to_owned(),
            view,
            thumbnail: None,
            seconds: None,
            ..self.bookmark.clone()
        }
    }

    fn view(&self) -> View {
        let mut view = self.bookmark.view.clone();
        view.search = parallax_session::Search::default();
        view
    }

    fn with_names(&self) -> View {
        let mut view = self.view();
        view.naming.shown = true;
        view
    }

    fn whole(&self, measured: &Result<Measured, String>, clusters: Option<&Clusters>, missing: &[String]) -> Bookmark {
        let mut note = words::whole(self, measured);
        if let Some(clusters) = clusters {
            let (all, noise) = (clusters.len(), clusters.noise());
            write!(note, " {}, {} in none.", plural(all, "cluster"), plural(noise, "row")).ok();
            if all > MOST_CLUSTERS {
                write!(note, " The {MOST_CLUSTERS} largest follow.").ok();
            }
        }
        if !missing.is_empty() {
            write!(note, " Looked for and not found: {}.", missing.join("; ")).ok();
        }
        let view = if clusters.is_some() { self.with_names() } else { self.view() };
        let mut whole = self.stop("The whole".to_owned(), note, &[], view);
        whole.view.pose = None;
        whole
    }

    fn of_clusters(
        &self,
        clusters: &Clusters,
        (names, titles): (Option<&(&Column, Names)>, &[String]),
        measured: &Result<Measured, String>,
        progress: &Progress,
    ) -> Result<Vec<Bookmark>, Cancelled> {
        let mut stops = Vec::new();
        for (number, branch) in clusters.iter().enumerate().take(MOST_CLUSTERS) {
            let rows = clusters.row_set(branch);
            let mut note = format!(
                "{} of {} ({}). ",
                plural(rows.len(), "row"),
                count(clusters.placed()),
                words::of(rows.len(), clusters.placed())
            );
            let name = names.and_then(|(_, names)| names.names.get(number));
            if let (Some((column, names)), Some(name)) = (names, name) {
                note += &words::common(name, names.way, column);
            }
            let metadata = &self.embedding.metadata;
            let others: RowSet = self.placed.iter().copied().collect::<RowSet>().difference(&rows);
            let found = differences(metadata, &rows, &others, progress)?;
            note += &words::differs(&found, metadata, names.map(|(column, _)| column.name()));
            note += &words::keep(&rows, measured);
            stops.push(self.stop(titles[number].clone(), note, rows.as_slice(), self.with_names()));
        }
        Ok(stops)
    }

    fn labels(&self) -> Option<&Column> {
        self.bookmark.view.label_column(&self.embedding.metadata)
    }

    fn outliers(&self, measured: &Measured, stops: &mut Vec<Bookmark>, missing: &mut Vec<String>) {
        let k = measured.quality.k;
        let found = find::outliers(&measured.graph, k, |row| self.rows.contains(row));
        let without = match found.crowded {
            0 => String::new(),
            crowded => format!(", without {} at no distance from {}", plural(crowded, "row"), plural(k, "other")),
        };
        let kth = if k == 1 { nearest(1) } else { format!("{} nearest", ordinal(k)) };
        if found.rows.is_empty() {
            missing.push(format!(
                "rows that stand apart (none is shown whose {kth} in the vectors is farther than {} quartile ranges above the third quartile of all rows{without})",
                find::FAR_OUT
            ));
            return;
        }
        let the = if found.count > found.rows.len() {
            format!("The {} farthest of {} rows", found.rows.len(), count(found.count))
        } else {
            plural(found.rows.len(), "row")
        };
        let note = format!(
            "{the} far from all others in the vectors: {}. The {kth} of the farthest is {} as far from it as that of the median row{without}.",
            words::listed(&found.rows, self.labels()),
            words::times(found.times),
        );
        let mut stop = self.stop("Rows that stand apart".to_owned(), note, &found.rows, self.view());
        // They lie anywhere.
        stop.view.pose = None;
        stops.push(stop);
    }

    /// Borders between the values of the column of colors that was chosen, or else of labels, or else
    /// between clusters.
    fn borders(
        &self,
        measured: &Measured,
        clusters: Option<&Clusters>,
        titles: &[String],
        (missing, progress): (&mut Vec<String>, &Progress),
    ) -> Result<Vec<Bookmark>, Cancelled> {
        let metadata = &self.embedding.metadata;
        let is_grouping = |column: &&Column| {
            column.kind() == ColumnKind::Category && (2..=MOST_GROUPS).contains(&column.values().len())
        };
        let chosen = match &self.bookmark.view.color_by {
            Pick::Column(name) => metadata.column(name),
            _ => None,
        };
        let column = chosen.filter(is_grouping).or_else(|| choose_labels(metadata).filter(is_grouping));
        let group = |row: u32| match (column, clusters) {
            _ if !self.rows.contains(row) => None,
            (Some(column), _) => column.code(row as usize),
            (None, Some(clusters)) => clusters.label(row as usize),
            (None, None) => None,
        };
        // Where labels are anywhere, there are rows between any two of them.
        let shared = agreement_in(group, &measured.graph, progress)?;
        let of = column.map_or_else(|| "the cluster".to_owned(), |column| format!("“{}”", column.name()));
        if let Some(why) = says_nothing(&of, shared.as_ref()) {
            missing.push(format!("borders ({why})"));
            return Ok(Vec::new());
        }
        let found = find::borders(&measured.graph, measured.quality.k, group);
        let what =
            column.map_or_else(|| "two clusters".to_owned(), |column| format!("two values of “{}”", column.name()));
        if found.is_empty() {
            missing.push(format!(
                "borders (there are no {} rows with about half of their neighbors on the other side, between {what})",
                find::LEAST_BORDER
            ));
        }
        let name = |group: u32| match column {
            Some(column) => Cow::from(words::title(&column.values()[group as usize])),
            None => Cow::from(&titles[group as usize]),
        };
        let stop = |border: &find::Border| {
            let [a, b] = border.groups.map(name);
            let k = measured.quality.k;
            let of = column.map_or(String::new(), |column| format!(" of column “{}”", column.name()));
            let mut note = format!(
                "{} of “{a}” and “{b}”{of} have a third to two thirds of their {} in the vectors on the other side, and at least {} of the {k} on either",
                plural(border.rows.len(), "row"),
                nearest(k),
                find::least_of_both(k),
            );
            // Labels that are the groups say nothing new.
            if self.labels().map(Column::name) != column.map(Column::name) {
                write!(note, ": {}", words::listed(&border.rows, self.labels())).ok();
            }
            note.push('.');
            let mut view = self.view();
            if let Some(column) = column {
                view.color_by = Pick::Column(column.name().to_owned());
            }
            self.stop(format!("Between {a} and {b}"), note, &border.rows, view)
        };
        Ok(found.iter().take(MOST_BORDERS).map(stop).collect())
    }

    fn tear(
        &self,
        measured: &Measured,
        (stops, missing): (&mut Vec<Bookmark>, &mut Vec<String>),
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let known = measured.graph.rows().iter().zip(&measured.quality.kept);
        let shown = known.filter(|(row, _)| self.rows.contains(**row));
        let found: Vec<(u32, Place<3>, f32)> =
            shown.filter_map(|(&row, &kept)| Some((row, self.aim.place(row)?, kept))).collect();
        let (rows, rest): (Vec<u32>, Vec<(Place<3>, f32)>) =
            found.into_iter().map(|(row, place, kept)| (row, (place, kept))).unzip();
        let (places, kept): (Vec<Place<3>>, Vec<f32>) = rest.into_iter().unzip();
        // Four parts of that size fit.
        let size = (rows.len() / 100).clamp(TEAR[0], TEAR[1]).min(rows.len() / 4);
        if size == 0 {
            let there = if rows.len() == 1 { "is" } else { "are" };
            missing.push(format!("a part that tears (there {there} only {} in the layout)", plural(rows.len(), "row")));
            return Ok(());
        }
        let tear = match find::tear(&rows, &places, &kept, size, progress)? {
            Ok(tear) => tear,
            Err(why) => {
                missing.push(match why {
                    find::Untorn::Everywhere(kept) => {
                        format!("a part that tears (all rows keep only {} of their neighbors)", percent(kept))
                    }
                    find::Untorn::Even => format!(
                        "a part that tears ({} side by side that keep at most half as many neighbors as all do, and fewer than by chance)",
                        plural(size + 1, "row")
                    ),
                });
                return Ok(());
            }
        };
        let note = format!(
            "Around {}, {} side by side keep {} of their {} in the vectors; all rows keep {}. What is near here is mostly not near there. Colors: the share of neighbors that is kept.",
            words::listed(&tear.rows[..1], self.labels()),
            plural(tear.rows.len(), "row"),
            percent(tear.kept),
            nearest(measured.quality.k),
            percent(measured.quality.recall),
        );
        let view = View { color_by: Pick::Reliability, ..self.view() };
        stops.push(self.stop("Where the layout tears".to_owned(), note, &tear.rows, view));
        Ok(())
    }
}
