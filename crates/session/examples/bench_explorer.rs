//! Measures what a user does with a million labeled points, apart from drawing: searching, sorting,
//! filtering, counting, tagging, and undoing the selection of all of them. Prints one JSON line per
//! measurement.
//!
//! The labels are made up, all different, of 10 to 30 letters. Run it with `--release`;
//! `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, hint::black_box, sync::Arc, time::Instant};

use parallax_embedding::{Column, ColumnBuilder, Metadata, Progress, RowSet, random::at as hash};
use parallax_session::{
    Brush, Charts, Edit, Filter, History, HistoryAction, Search, View, compare, count_charts, matches, sorted,
};

const ROWS: usize = 1_000_000;
const RUNS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let table = table()?;
    let label = table.column("label").ok_or("no labels")?;
    search(label)?;
    sort(&table);
    filter(&table);
    tag(&table);
    undo();
    Ok(())
}

/// A table of a million rows: distinct labels, distinct numbers, and ten classes.
fn table() -> Result<Metadata, Box<dyn Error>> {
    let columns =
        [column("label", label), column("number", number), column("class", |row| format!("class {}", hash(row) % 10))];
    measure("explorer_read_column_ms", || column("label", label));
    Ok(Metadata::new(columns.into())?)
}

fn column(name: &str, cell: impl Fn(u64) -> String) -> Column {
    let mut builder = ColumnBuilder::new(name);
    (0..ROWS as u64).for_each(|row| builder.push(Some(&cell(row))));
    builder.finish()
}

/// The slowest of some texts: one that no label has, some that one in thousands has, and one that
/// nearly all have.
fn search(label: &Column) -> Result<(), Box<dyn Error>> {
    let find = |text: &str, regex: bool, case_sensitive: bool| {
        let search = Search { text: text.into(), regex, case_sensitive, ..Search::default() };
        let time = time(|| matches(label, &search, &Progress::default()));
        matches(label, &search, &Progress::default()).map(|rows| {
            println!("{}", serde_json::json!({ "search": text, "regex": regex, "case_sensitive": case_sensitive, "rows": rows.len(), "ms": time }));
            time
        })
    };
    let mut worst = 0.0_f64;
    for text in ["e", "ka", "Kaso", "neri", "zq", "kasoneri mutola", "\u{e9}", "0"] {
        worst = worst.max(find(text, false, false)?).max(find(text, false, true)?);
    }
    print("explorer_substring_ms", worst);
    let mut worst = 0.0_f64;
    for text in ["^ka", "[aeiou]{2}", r"\bka\w+ne", "(ka|so).*(ri|mu)$", "^.{12}$", r"\d+$", "k.*z.*q"] {
        worst = worst.max(find(text, true, false)?);
    }
    print("explorer_regex_ms", worst);
    Ok(())
}

fn sort(table: &Metadata) {
    let rows = RowSet::all(ROWS);
    for name in ["label", "number", "class"] {
        let Some(column) = table.column(name) else { continue };
        measure(&format!("explorer_sort_{name}_ms"), || sorted(column, &rows, false));
    }
}

fn filter(table: &Metadata) {
    let filter = Filter::from(Brush::only("class", vec![Some("class 3".into()), Some("class 7".into())]));
    let rows = RowSet::all(ROWS);
    measure("explorer_filter_rows_ms", || filter.rows(table, &rows));
    let columns = [column("class", |row| format!("class {}", hash(row) % 10)), column("number", number)];
    let columns = columns.into_iter().chain([column("size", |row| format!("{:.3}", (hash(row) % 9973) as f64 / 97.0))]);
    let Ok(table) = Metadata::new(columns.collect()) else { return };
    let range = filter.with(Brush::range("size", [20.0, 40.0]));
    let Ok(charts) = Charts::of(&table, ROWS, &Progress::default()).map(Arc::new) else { return };
    measure("explorer_count_ms", || count_charts(&charts, &range, &table, ROWS, (None, &RowSet::EMPTY)));
    let half = RowSet::all(ROWS / 2);
    measure("explorer_compare_ms", || compare(&charts, &table, ROWS, (None, &half), &Progress::default()));
}

/// A thousand of the distinct labels get one value; the same rows another; and all rows a value in
/// a new column.
fn tag(table: &Metadata) {
    let some: RowSet = (0..1000).map(|row| row * 997).collect();
    measure("explorer_tag_ms", || table.with_value("label", "mine", &some, ROWS));
    let tagged = table.with_value("label", "mine", &some, ROWS);
    measure("explorer_tag_again_ms", || tagged.with_value("label", "yours", &some, ROWS));
    measure("explorer_tag_all_ms", || table.with_value("new", "mine", &RowSet::all(ROWS), ROWS));
}

/// Selects all points, then another one, and undoes that.
fn undo() {
    let (mut history, mut view) = (History::default(), View::default());
    history.apply(&mut view, &Edit::Select(RowSet::all(ROWS)));
    history.apply(&mut view, &Edit::Select(RowSet::from(vec![5])));
    measure("explorer_undo_ms", || {
        history.go(&mut view, HistoryAction::Undo);
        history.go(&mut view, HistoryAction::Redo);
    });
}

fn measure<T>(name: &str, work: impl FnMut() -> T) {
    print(name, time(work));
}

/// The median of some runs, in milliseconds.
fn time<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let result = work();
            let time = start.elapsed().as_secs_f64() * 1e3;
            black_box(&result);
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

fn print(name: &str, value: f64) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "threads": rayon::current_num_threads() }));
}

/// Some syllables, with an occasional capital, a letter outside ASCII in one of fifty, and the
/// row's number in one of four; with the row's number in letters, so that no two are the same.
fn label(row: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ka", "so", "ne", "ri", "mu", "to", "la", "ve", "shi", "on", "da", "el", "quo", "th", "ba", "un"];
    let mut bits = hash(row);
    let mut text = String::new();
    for place in 0..3 + bits % 6 {
        if place == 3 {
            text.push(' ');
        }
        bits = bits.rotate_right(7);
        text.push_str(SYLLABLES[(bits % 16) as usize]);
    }
    if bits.is_multiple_of(3) {
        text[..1].make_ascii_uppercase();
    }
    if bits.is_multiple_of(50) {
        text.push('\u{e9}');
    }
    text.push('-');
    let mut rest = row;
    while rest > 0 {
        text.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
    }
    if bits.is_multiple_of(4) {
        text.push_str(&row.to_string());
    }
    text
}

fn number(row: u64) -> String {
    (hash(row) as f64 / u64::MAX as f64).to_string()
}
