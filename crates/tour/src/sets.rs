//! All sets of rows that a view and a projection hold, by name.

use parallax_embedding::RowSet;

use parallax_session::{CustomAxis, Projection, Side, View};

/// Returns the sets of rows in `view`, each with the name of its place, in an order that depends on
/// the view alone.
pub(super) fn of_view(view: &mut View) -> Vec<(String, &mut RowSet)> {
    let View { projection, selection, saved_selections, isolation, tags, doctor, naming, .. } = view;
    let saved = saved_selections.iter_mut().map(|saved| &mut saved.rows);
    let tagged = tags.iter_mut().map(|tag| &mut tag.rows);
    let mut sets = vec![("selection".to_owned(), selection)];
    sets.extend(numbered("isolation", isolation.iter_mut()));
    sets.extend(numbered("saved selection", saved));
    sets.extend(numbered("tag", tagged));
    sets.extend(numbered("named cluster", naming.given.iter_mut().map(|given| &mut given.rows)));
    let (kept, skipped): (Vec<_>, Vec<_>) =
        doctor.checks.iter_mut().map(|check| (&mut check.kept, &mut check.skipped)).unzip();
    sets.extend(numbered("kept labels", kept.into_iter()));
    sets.extend(numbered("skipped labels", skipped.into_iter()));
    sets.extend(of_projection(projection));
    sets
}

/// Returns the sets of rows at the ends of the axes of `projection`, as [`of_view`] does for a
/// view.
pub(super) fn of_projection(projection: &mut Projection) -> Vec<(String, &mut RowSet)> {
    let mut sets = Vec::new();
    for (axis, name) in projection.axes.iter_mut().zip(["x", "y", "z"]) {
        let CustomAxis::Between { left, right } = axis else { continue };
        for (side, end) in [(left, "left"), (right, "right")] {
            if let Side::Rows(rows) = side {
                sets.push((format!("{end} of {name}"), rows));
            }
        }
    }
    sets
}

fn numbered<'a>(name: &str, sets: impl Iterator<Item = &'a mut RowSet>) -> Vec<(String, &'a mut RowSet)> {
    sets.enumerate().map(|(place, rows)| (format!("{name} {}", place + 1), rows)).collect()
}
