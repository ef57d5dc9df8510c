//! Whether the data have what a view names, before anything is drawn.

use parallax_embedding::{Column, RowSet, wording::listed};
use parallax_formats::{EmbeddingInfo, FormatError, Problem, Source, open};
use parallax_projection::{Coordinates, MAX_COMPONENTS};
use parallax_session::{Brush, CustomAxis, Origin, Pick, Shows, View};

use super::{CliError, context::Context, input::no_column, table::counted};

/// Refuses a view that names columns or components that its data do not have. Returns warnings of rows
/// and values that they do not have, which are left out. What is not in `options`, `--view` has added.
///
/// # Errors
/// Those of opening the data, and which column or component there is not.
pub(super) fn check(options: &View, view: &View, context: &Context) -> Result<Vec<Problem>, CliError> {
    let Some(source) = source(view)? else { return Ok(Vec::new()) };
    let rows = compare((&View::default(), options), view, &source)?;
    Ok(rows.into_iter().chain(check_values(options, view, &source, context)?).collect())
}

/// Does the same with what a change of `before` names in `view`; values are looked for with a `context`
/// in which the data can be loaded. Data that cannot be read are not looked into: what shows the view
/// says so.
///
/// # Errors
/// Which column or component there is not.
pub(super) fn check_change(before: &View, view: &View, context: Option<&Context>) -> Result<Vec<Problem>, CliError> {
    let Ok(Some(source)) = source(view) else { return Ok(Vec::new()) };
    let rows = compare((before, before), view, &source)?;
    let values = context.map(|context| check_values(before, view, &source, context).unwrap_or_default());
    Ok(rows.into_iter().chain(values.into_iter().flatten()).collect())
}

/// Returns a warning for each value that a brush of `view` names, and not one of `before`, if its
/// column in the data does not have it. Loads the data only if there is such a brush.
fn check_values(before: &View, view: &View, source: &Source, context: &Context) -> Result<Vec<Problem>, CliError> {
    let brushes = view.filter.brushes();
    let new: Vec<(usize, &Brush, &[Option<String>])> = brushes
        .iter()
        .enumerate()
        .filter(|(_, brush)| !before.filter.brushes().contains(brush))
        .filter_map(|(number, brush)| match &brush.shows {
            Shows::Only(values) | Shows::AllBut(values) => Some((number, brush, values.as_slice())),
            Shows::Range { .. } => None,
        })
        .collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let (run, embedding) = source.choose(view.run.as_deref(), view.embedding.as_deref())?;
    let loaded = context.work(|progress| source.load(run, embedding, progress))?;
    let metadata = &loaded.embedding.metadata;
    let mut said = Vec::new();
    for (number, brush, values) in new {
        let Some(column) = metadata.column(&brush.column) else { continue };
        let is_tagged = |value: &str| view.tags.iter().any(|tag| tag.column == brush.column && tag.value == value);
        let is_known = |value: &str| column.values().position(value).is_some() || is_tagged(value);
        let unknown = values.iter().flatten().find(|value| !is_known(value));
        said.extend(unknown.map(|value| {
            let what = format!("--view, filter[{number}].values: no row has {value:?} in column {:?}", brush.column);
            Problem::warning(&source.path, what).way_out(known_values(column))
        }));
    }
    Ok(said)
}

/// The values that are listed of a column.
const LISTED: usize = 8;

/// Lists values that a column has.
fn known_values(column: &Column) -> String {
    let values = column.values();
    match values.len() {
        0 => "All its cells are empty".to_owned(),
        _ => format!("There are: {}", listed(values.iter().map(|value| format!("{value:?}")), LISTED)),
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

/// Compares what is new in `view` with the data. What is in `before` is not looked into, and what is
/// in `options` is not from `--view`.
fn compare((before, options): (&View, &View), view: &View, source: &Source) -> Result<Option<Problem>, CliError> {
    let place = source.choose(view.run.as_deref(), view.embedding.as_deref())?;
    let Some((_, info)) = source.at(place) else { return Ok(None) };
    let known = info.metadata.as_ref().map(|metadata| metadata.columns.as_slice()).unwrap_or_default();
    let names = || known.iter().map(|column| column.name.as_str());
    let [old, optional] = [before, options].map(columns);
    // A column of tags is made by the view itself.
    let is_there = |name: &str| names().any(|known| known == name) || view.tags.iter().any(|tag| tag.column == name);
    let is_in = |known: &[(String, &str)], name: &str| known.iter().any(|(_, known)| *known == name);
    let unknown = columns(view).into_iter().find(|(_, name)| !is_in(&old, name) && !is_there(name));
    if let Some((path, name)) = unknown {
        let of_view = if is_in(&optional, name) { String::new() } else { format!("--view, {path}: ") };
        return Err(no_column(name, names(), |message| Problem::error(&source.path, of_view + &message)).into());
    }
    if before.projection != view.projection {
        check_components(view, info)?;
    }
    let [old, new] = [before, view].map(row_sets);
    let beyond = |(_, rows): &&(String, &RowSet)| rows.as_slice().last().is_some_and(|row| *row as usize >= info.rows);
    let new: Vec<&(String, &RowSet)> = new.iter().filter(beyond).filter(|set| !old.contains(set)).collect();
    let Some(row) = new.iter().filter_map(|(_, rows)| rows.as_slice().last()).max() else { return Ok(None) };
    let kept = |(path, rows): &&(String, &RowSet)| {
        let known = rows.as_slice().partition_point(|row| (*row as usize) < info.rows);
        format!("{path} has {} of its {}", known, counted(rows.len(), "row"))
    };
    let what = format!("--view names row {row}, and there are {}", counted(info.rows, "row"));
    Ok(Some(Problem::warning(&source.path, format!("{what}: {} left", listed(new.iter().map(kept), SETS)))))
}

/// Returns the columns that a view names, with their places in it.
fn columns<'a>(view: &'a View) -> Vec<(String, &'a str)> {
    let mut found: Vec<(String, &'a str)> = Vec::new();
    for (path, pick) in [("color_by", &view.color_by), ("label_by", &view.label_by), ("naming.by", &view.naming.by)] {
        if let Pick::Column(name) = pick {
            found.push((format!("{path}.column"), name));
        }
    }
    let mut add = |path: String, name: Option<&'a String>| found.extend(name.map(|name| (path, name.as_str())));
    add("projection.supervisor".into(), view.projection.supervisor.as_ref());
    for (path, search) in view.searches() {
        add(format!("{path}.column"), search.column.as_ref());
    }
    for (number, brush) in view.filter.brushes().iter().enumerate() {
        add(format!("filter[{number}].column"), Some(&brush.column));
    }
    add("table.sort.column".into(), view.table.sort.as_ref().map(|sort| &sort.column));
    add("doctor.column".into(), view.doctor.column.as_ref());
    found
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

/// The sets of rows that are listed.
const SETS: usize = 3;

/// Returns the sets of rows that a view names, with their places in it.
fn row_sets(view: &View) -> Vec<(String, &RowSet)> {
    let isolation = view.isolation.iter().enumerate().map(|(level, rows)| (format!("isolation[{level}]"), rows));
    let tags = view.tags.iter().enumerate().map(|(number, tag)| (format!("tags[{number}]"), &tag.rows));
    let given = view.naming.given.iter().enumerate();
    let given = given.map(|(number, given)| (format!("naming.given[{number}]"), &given.rows));
    let saved = view.saved_selections.iter().enumerate();
    let saved = saved.map(|(number, saved)| (format!("saved_selections[{number}]"), &saved.rows));
    [("selection".to_owned(), &view.selection)]
        .into_iter()
        .chain(isolation)
        .chain(tags)
        .chain(given)
        .chain(saved)
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use parallax_embedding::RowSet;
    use parallax_formats::demo::Demo;
    use parallax_session::{Brush, Projection, Tag};

    use super::*;
    use crate::cli::args::Cli;

    fn context() -> Context {
        let globals = Cli::try_parse_from(["parallax", "--progress", "never"]).unwrap().globals;
        Context::new(&globals, std::time::Instant::now())
    }

    fn digits(change: impl FnOnce(&mut View)) -> View {
        let mut view = View { origin: Origin::Demo(Demo::Digits), ..View::default() };
        change(&mut view);
        view
    }

    /// The digits have 1797 rows of 64 numbers, and a column of labels.
    #[test]
    fn what_the_data_do_not_have_is_refused() {
        let context = &context();
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
        let paths = [
            "color_by.column",
            "label_by.column",
            "naming.by.column",
            "filter[0].column",
            "search.column",
            "projection.supervisor",
            "doctor.column",
        ];
        for (view, path) in cases.into_iter().zip(paths) {
            for found in [check(&own, &view, context), check_change(&own, &view, None)] {
                let said = found.unwrap_err().to_string();
                let expected = format!("--view, {path}: there is no column \"nowhere\". There are: \"label\"");
                assert!(said.contains(&expected), "{said}");
            }
            let said = check(&view, &view, context).unwrap_err().to_string();
            assert!(said.contains(": there is no column \"nowhere\"") && !said.contains("--view"), "{said}");
            assert!(check_change(&view, &view, None).is_ok(), "it was there before");
            let tag = Tag { column: column(), value: "x".into(), rows: RowSet::from(vec![1]) };
            assert!(check(&own, &View { tags: vec![tag], ..view }, context).is_ok());
        }
        let showing = |components| digits(|view| view.projection = Projection { components, ..Projection::default() });
        assert!(check(&own, &showing([0, 1, 9]), context).is_ok());
        let said = check(&own, &showing([0, 99, 2]), context).unwrap_err().to_string();
        assert!(said.starts_with("--view: there is no component 99. Choose from 0 to 9"), "{said}");
        assert!(check_change(&showing([0, 99, 2]), &showing([0, 99, 2]), None).is_ok());
    }

    #[test]
    fn rows_beyond_the_data_are_a_warning() {
        let context = &context();
        let own = digits(|_| {});
        assert!(check(&own, &own, context).unwrap().is_empty());
        for (view, kept) in [
            (digits(|view| view.selection = vec![1797].into()), "selection has 0 of its 1 row left"),
            (digits(|view| view.isolation = vec![vec![3, 1797].into()]), "isolation[0] has 1 of its 2 rows left"),
        ] {
            for found in [check(&own, &view, context), check_change(&own, &view, None)] {
                let said: Vec<String> = found.unwrap().iter().map(ToString::to_string).collect();
                assert_eq!(said.len(), 1);
                let expected = format!("--view names row 1797, and there are 1,797 rows: {kept}");
                assert!(said[0].contains(&expected), "{said:?}");
            }
            assert!(check_change(&view, &view, None).unwrap().is_empty());
        }
    }
}
