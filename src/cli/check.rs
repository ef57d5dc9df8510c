//! Whether the data have what a view names, before anything is drawn.

use parallax_formats::{EmbeddingInfo, FormatError, Problem, Source, open};
use parallax_projection::{Coordinates, MAX_COMPONENTS};
use parallax_session::{CustomAxis, Origin, Pick, Search, Side, View};

use super::{CliError, input::no_column, table::counted};

/// Refuses a view that names columns or components that its data do not have. Returns a warning if it
/// names rows that they do not have, which are left out.
///
/// # Errors
/// Those of opening the data, and which column or component there is not.
pub(super) fn check(view: &View) -> Result<Option<Problem>, CliError> {
    match source(view)? {
        Some(source) => compare(None, view, &source),
        None => Ok(None),
    }
}

/// Does the same with what a change of `before` names in `view`. Data that cannot be opened are not
/// looked into: what shows the view says so.
///
/// # Errors
/// Which column or component there is not.
pub(super) fn check_change(before: &View, view: &View) -> Result<Option<Problem>, CliError> {
    match source(view) {
        Ok(Some(source)) => compare(Some(before), view, &source),
        Ok(None) | Err(_) => Ok(None),
    }
}

/// Returns what the data of `view` consist of, if they are in files or built in.
fn source(view: &View) -> Result<Option<Source>, FormatError> {
    match &view.origin {
        Origin::Path { path, options } => open(path, options).map(Some),
        Origin::Demo(which) => Ok(Some(parallax_formats::demo(*which))),
        Origin::Memory | Origin::Kept => Ok(None),
    }
}

fn compare(before: Option<&View>, view: &View, source: &Source) -> Result<Option<Problem>, CliError> {
    let (run, embedding) = source.choose(view.run.as_deref(), view.embedding.as_deref())?;
    let Some(info) = source.runs.get(run).and_then(|run| run.embeddings.get(embedding)) else { return Ok(None) };
    let known = info.metadata.as_ref().map(|metadata| metadata.columns.as_slice()).unwrap_or_default();
    let names = || known.iter().map(|column| column.name.as_str());
    let old = before.map(columns).unwrap_or_default();
    // A column of tags is made by the view itself.
    let is_there = |name: &str| names().any(|known| known == name) || view.tags.iter().any(|tag| tag.column == name);
    if let Some(unknown) = columns(view).into_iter().find(|name| !old.contains(name) && !is_there(name)) {
        return Err(no_column(unknown, names(), |message| Problem::error(&source.path, message)).into());
    }
    if before.is_none_or(|before| before.projection != view.projection) {
        check_components(view, info)?;
    }
    let row =
        greatest_row(view).filter(|row| *row as usize >= info.rows && before.and_then(greatest_row) != Some(*row));
    Ok(row.map(|row| {
        let what = format!("--view names row {row}, and there are {}", counted(info.rows, "row"));
        Problem::warning(&source.path, what)
    }))
}

/// Returns the columns that a view names.
fn columns(view: &View) -> Vec<&str> {
    let picks = [&view.color_by, &view.label_by, &view.naming.by];
    let picked = picks.into_iter().filter_map(|pick| if let Pick::Column(name) = pick { Some(name) } else { None });
    let sides = view.projection.axes.iter().flat_map(|axis| match axis {
        CustomAxis::Between { left, right } => vec![left, right],
        _ => Vec::new(),
    });
    let searches = sides.filter_map(|side| if let Side::Search(search) = side { Some(search) } else { None });
    let searched = searches.chain([&view.search]).filter_map(|Search { column, .. }| column.as_ref());
    let brushed = view.filter.brushes().iter().map(|brush| &brush.column);
    let sorted = view.table.sort.iter().map(|sort| &sort.column);
    let all = picked.chain(&view.projection.supervisor).chain(searched).chain(brushed).chain(sorted);
    all.chain(&view.doctor.column).map(String::as_str).collect()
}

fn check_components(view: &View, info: &EmbeddingInfo) -> Result<(), CliError> {
    let projection = &view.projection;
    let shown = &projection.components[..projection.dims.count()];
    let of_axis = |axis: &CustomAxis| if let CustomAxis::Component(component) = axis { Some(*component) } else { None };
    let components = info.dims.min(MAX_COMPONENTS);
    let (count, chosen) = match projection.method.about().coordinates {
        Coordinates::Components => (components, shown.to_vec()),
        Coordinates::Dimensions => (info.dims, shown.to_vec()),
        Coordinates::Axes => (components, projection.axes.iter().filter_map(of_axis).collect()),
        Coordinates::Places => return Ok(()),
    };
    // The usual three are left out where there are fewer.
    match chosen.into_iter().find(|component| *component >= count.max(3)) {
        Some(component) => {
            let last = count.max(3) - 1;
            Err(CliError::Usage(format!("--view: there is no component {component}. Choose from 0 to {last}")))
        }
        None => Ok(()),
    }
}

/// Returns the greatest row that a view names.
fn greatest_row(view: &View) -> Option<u32> {
    let tagged = view.tags.iter().map(|tag| &tag.rows);
    let named = view.naming.given.iter().map(|given| &given.rows);
    let saved = view.saved_selections.iter().map(|saved| &saved.rows);
    let sets = view.isolation.iter().chain([&view.selection]).chain(tagged).chain(named).chain(saved);
    sets.filter_map(|rows| rows.as_slice().last().copied()).max()
}

#[cfg(test)]
mod tests {
    use parallax_embedding::RowSet;
    use parallax_formats::demo::Demo;
    use parallax_session::{Brush, Projection, Tag};

    use super::*;

    fn digits(change: impl FnOnce(&mut View)) -> View {
        let mut view = View { origin: Origin::Demo(Demo::Digits), ..View::default() };
        change(&mut view);
        view
    }

    /// The digits have 1797 rows of 64 numbers, and a column of labels.
    #[test]
    fn what_the_data_do_not_have_is_refused() {
        let own = digits(|_| {});
        let column = || "nowhere".to_owned();
        let cases = [
            digits(|view| view.color_by = Pick::Column(column())),
            digits(|view| view.label_by = Pick::Column(column())),
            digits(|view| view.naming.by = Pick::Column(column())),
            digits(|view| view.filter = Brush::only("nowhere", vec![None]).into()),
            digits(|view| view.search.column = Some(column())),
            digits(|view| view.projection.supervisor = Some(column())),
            digits(|view| view.doctor.column = Some(column())),
        ];
        for view in cases {
            for found in [check(&view), check_change(&own, &view)] {
                assert!(found.unwrap_err().to_string().contains("there is no column \"nowhere\""), "{view:?}");
            }
            assert!(check_change(&view, &view).is_ok(), "it was there before");
            let tag = Tag { column: column(), value: "x".into(), rows: RowSet::from(vec![1]) };
            assert!(check(&View { tags: vec![tag], ..view }).is_ok());
        }
        let showing = |components| digits(|view| view.projection = Projection { components, ..Projection::default() });
        assert!(check(&showing([0, 1, 9])).is_ok());
        let said = check(&showing([0, 99, 2])).unwrap_err().to_string();
        assert!(said.starts_with("--view: there is no component 99. Choose from 0 to 9"), "{said}");
        assert!(check_change(&showing([0, 99, 2]), &showing([0, 99, 2])).is_ok());
    }

    #[test]
    fn rows_beyond_the_data_are_a_warning() {
        let own = digits(|_| {});
        assert!(check(&own).unwrap().is_none());
        for view in [
            digits(|view| view.selection = vec![1797].into()),
            digits(|view| view.isolation = vec![vec![3, 1797].into()]),
        ] {
            for found in [check(&view), check_change(&own, &view)] {
                let said = found.unwrap().unwrap().to_string();
                assert!(said.contains("--view names row 1797, and there are 1,797 rows"), "{said}");
            }
            assert!(check_change(&view, &view).unwrap().is_none());
        }
    }
}
