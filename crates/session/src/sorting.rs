//! Rows in the order of a column.

use std::cmp::Ordering;

use parallax_embedding::{Column, RowSet};

/// `rows` by their value in `column`: numbers by size, texts by their letters, upper and lower case alike; rows without a value come last. Rows with
/// equal values keep their order, whichever the direction.
#[must_use]
pub fn sorted(column: &Column, rows: &RowSet, descending: bool) -> Vec<u32> {
    let places = places(column);
    let mut keyed: Vec<(u32, u32)> = rows
        .iter()
        .map(|row| {
            let place = column.code(row as usize).map(|code| places[code as usize]);
            (place.map_or(u32::MAX, |place| if descending { u32::MAX - 1 - place } else { place }), row)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// For each of the column's values its place in the order of all.
fn places(column: &Column) -> Vec<u32> {
    let values = column.values();
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    if column.is_numeric() {
        let number = |&code: &u32| values[code as usize].trim().parse().unwrap_or(f64::NAN);
        order.sort_by(|a, b| number(a).total_cmp(&number(b)));
    } else {
        let lower: Vec<String> = values.iter().map(|value| value.to_lowercase()).collect();
        let compare = |&a: &u32, &b: &u32| -> Ordering {
            let (a, b) = (a as usize, b as usize);
            lower[a].cmp(&lower[b]).then_with(|| values[a].cmp(&values[b]))
        };
        order.sort_unstable_by(compare);
    }
    let mut places = vec![0; values.len()];
    for (place, code) in order.into_iter().enumerate() {
        places[code as usize] = place as u32;
    }
    places
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;

    use super::*;

    #[track_caller]
    fn check(cells: &[&str], descending: bool, expected: &[u32]) {
        let mut builder = ColumnBuilder::new("c");
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        assert_eq!(sorted(&builder.finish(), &RowSet::all(cells.len()), descending), expected, "{cells:?}");
    }

    #[test]
    fn numbers_by_size_texts_by_letters_and_the_missing_last() {
        check(&["10", "9", "", "-1", "9"], false, &[3, 1, 4, 0, 2]);
        check(&["10", "9", "", "-1", "9"], true, &[0, 1, 4, 3, 2]);
        check(&["b", "Zebra", "a", "", "B", "10"], false, &[5, 2, 4, 0, 1, 3]);
        check(&["b", "Zebra", "a", "", "B", "10"], true, &[1, 0, 4, 2, 5, 3]);
        check(&[], true, &[]);
    }
}
