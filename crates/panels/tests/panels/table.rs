//! The table.

use super::*;

#[test]
fn table_sorts_selects_and_scrolls() {
    let mut world = World::new(100_000, 1);
    world.view.table.shown = true;
    let mut harness = world.open();
    let table = harness.state().view.table.clone();
    let by = |descending| Some(Sort { column: "score".into(), descending });
    click(&mut harness, "Sort by score", Action::Edit(Edit::SetTable(Table { sort: by(false), ..table.clone() })));
    click(
        &mut harness,
        "Sort by score, sorted ascending",
        Action::Edit(Edit::SetTable(Table { sort: by(true), ..table.clone() })),
    );
    click(&mut harness, "Sort by score, sorted descending", Action::Edit(Edit::SetTable(table.clone())));
    click(&mut harness, "writer 2", Action::Edit(Edit::Select(RowSet::from(vec![2]))));
    // Selected elsewhere, far from what is in sight.
    harness.state_mut().view.selection = RowSet::from(vec![65_432]);
    harness.run();
    assert!(harness.query_by_label("writer 65432").is_some());
    click(&mut harness, "Selected", Action::Edit(Edit::SetTable(Table { rows: TableRows::Selected, ..table.clone() })));
    click(
        &mut harness,
        "Close the table",
        Action::Edit(Edit::SetTable(Table { shown: false, rows: TableRows::Selected, ..table })),
    );
}
