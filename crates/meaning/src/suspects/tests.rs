use parallax_embedding::{ColumnBuilder, Vectors};
use parallax_neighbors::Metric;

use super::*;

const DIGITS: &[u8] = include_bytes!("../../../../assets/digits.npy");
const DIMS: usize = 64;

/// The rows and labels that `tests/data/suspects.py` wrote: vectors, labels, and which are wrong.
fn digits() -> (Vectors, Column, Vec<bool>) {
    let pixels = &DIGITS[DIGITS.len() - 1797 * DIMS..];
    let (mut vectors, mut labels, mut wrong) = (Vec::new(), ColumnBuilder::new("digit"), Vec::new());
    for line in include_str!("../../tests/data/suspects_labels.tsv").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let row: usize = cells[0].parse().unwrap();
        vectors.extend_from_slice(&pixels[row * DIMS..(row + 1) * DIMS]);
        labels.push(Some(cells[1]));
        wrong.push(cells[2] == "1");
    }
    (Vectors::from_u8(wrong.len(), DIMS, vectors).unwrap(), labels.finish(), wrong)
}

fn graph(vectors: &Vectors, k: usize) -> NeighborGraph {
    let all = RowSet::all(vectors.rows());
    NeighborGraph::exact(vectors, &all, &RowSet::EMPTY, k, Metric::Euclidean, &Progress::default()).unwrap()
}

fn column(cells: &[&str]) -> Column {
    let mut builder = ColumnBuilder::new("label");
    cells.iter().for_each(|cell| builder.push(Some(cell)));
    builder.finish()
}

/// Returns the suspects of points on a line.
fn on_a_line(places: &[u8], labels: &[&str], k: usize) -> Suspects {
    let vectors = Vectors::from_u8(places.len(), 1, places.to_vec()).unwrap();
    suspects(&column(labels), &graph(&vectors, k), k, &Progress::default()).unwrap()
}

fn rows(found: &Suspects) -> Vec<u32> {
    found.list.iter().map(|suspect| suspect.row).collect()
}

#[test]
fn suspects_are_those_of_brute_force() {
    let (vectors, labels, _) = digits();
    // A graph with more neighbors is used for fewer.
    for k in [10, 30] {
        let found = suspects(&labels, &graph(&vectors, k), 10, &Progress::default()).unwrap();
        let value = |code: u32| &labels.values()[code as usize];
        let lines = found.list.iter().map(|suspect| {
            let Suspect { row, voters, own, agreeing, .. } = suspect;
            let flags = [suspect.has_twin, suspect.is_single].map(u8::from);
            let (label, proposal) = (value(suspect.label), value(suspect.proposal));
            format!("{row}\t{label}\t{proposal}\t{voters}\t{own}\t{agreeing}\t{}\t{}", flags[0], flags[1])
        });
        let expected: Vec<&str> = include_str!("../../tests/data/suspects.tsv").lines().collect();
        assert_eq!(lines.collect::<Vec<_>>(), expected, "{k}");
        assert_eq!((found.unlabeled, found.without_neighbors, found.single), (20, 0, 1));
        assert_eq!((found.checked, found.k, found.search), (vectors.rows() - 20, 10, GraphSearch::Exact));
    }
}

/// Points on a grid, so that many distances are equal, some rows are, and votes are tied: the rule as the
/// manual words it, counted from all distances.
#[test]
fn suspects_are_those_that_the_words_of_the_rule_give() {
    const ROWS: usize = 300;
    const K: usize = 10;
    for seed in 0..5_u64 {
        let draw = |at: usize| parallax_embedding::random::unit((seed << 32) + at as u64);
        let place = |row: usize| {
            [0, 1].map(|axis| (draw(row * 4 + axis) * 12.0) as u8 + if row.is_multiple_of(3) { 4 } else { 0 })
        };
        // The last rows are one crowd.
        let places: Vec<[u8; 2]> = (0..ROWS).map(|row| place(row.min(ROWS - 15))).collect();
        let label = |row: usize| match draw(row * 4 + 2) {
            chance if chance < 0.01 => "rare",
            chance if chance < 0.2 => "a",
            _ => ["b", "c"][usize::from(row.is_multiple_of(3))],
        };
        let labels: Vec<&str> = (0..ROWS).map(label).collect();
        let vectors = Vectors::from_u8(ROWS, 2, places.concat()).unwrap();
        let found = suspects(&column(&labels), &graph(&vectors, K), K, &Progress::default()).unwrap();

        let square = |a: usize, b: usize| {
            (0..2).map(|axis| (i32::from(places[a][axis]) - i32::from(places[b][axis])).pow(2)).sum::<i32>()
        };
        let (mut expected, mut ties) = (Vec::new(), 0);
        for row in 0..ROWS {
            let mut nearest: Vec<(i32, usize)> =
                (0..ROWS).filter(|&other| other != row).map(|other| (square(row, other), other)).collect();
            nearest.sort_unstable();
            let crowd = nearest.iter().filter(|(square, _)| *square == 0).count();
            nearest.truncate(K.max(crowd));
            let have = |label: &str| nearest.iter().filter(|(_, other)| labels[*other] == label).count();
            let own = have(labels[row]);
            let other = labels.iter().filter(|label| **label != labels[row]).map(|label| have(label)).max().unwrap();
            let mates = labels.iter().filter(|label| **label == labels[row]).count() - 1;
            let is_tie = 2 * other >= nearest.len() && own == other;
            ties += usize::from(is_tie);
            let is_rare_and_there = mates > 0 && 2 * own >= mates;
            let is_contradicted = 2 * other >= nearest.len() && !is_tie && !is_rare_and_there;
            let has_twin = nearest.iter().any(|&(square, at)| square == 0 && labels[at] != labels[row]);
            if is_contradicted || has_twin && 2 * own <= nearest.len() {
                expected.push(row as u32);
            }
        }
        let mut rows = rows(&found);
        rows.sort_unstable();
        assert_eq!(rows, expected, "{seed}");
        assert!(ties > 0, "{seed}: votes are tied");
    }
}

/// 2 % of the digits have a wrong label, and some more rows are copies with another one. All are
/// found, and of as many suspects at least nine of ten are wrong.
#[test]
fn planted_errors_come_first() {
    let (vectors, labels, wrong) = digits();
    let found = suspects(&labels, &graph(&vectors, VOTERS), VOTERS, &Progress::default()).unwrap();
    let planted = wrong.iter().filter(|wrong| **wrong).count();
    let is_wrong = |row: &u32| wrong[*row as usize];
    let rows = rows(&found);
    let hits = rows[..planted].iter().copied().filter(is_wrong).count();
    assert!(hits as f64 >= 0.9 * planted as f64, "{hits} of {planted}");
    let all = rows.iter().copied().filter(is_wrong).count();
    assert!(all as f64 >= 0.95 * planted as f64, "{all} of {planted} in {}", rows.len());
}

#[test]
fn suspects_do_not_depend_on_the_number_of_threads() {
    let (vectors, labels, _) = digits();
    let graph = graph(&vectors, VOTERS);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| suspects(&labels, &graph, VOTERS, &Progress::default()).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn of_equal_rows_the_one_that_others_contradict_is_suspect() {
    // Two at 10, and around them three of a.
    let found = on_a_line(&[10, 10, 11, 12, 13, 60, 61, 62], &["a", "b", "a", "a", "a", "b", "b", "b"], 3);
    assert_eq!(rows(&found), [1]);
    assert!(found.list[0].has_twin);
    // Neighbors cannot say which of them is right: both are.
    let found = on_a_line(&[10, 10, 11, 12, 60, 61], &["a", "b", "c", "c", "a", "b"], 3);
    assert_eq!(rows(&found)[..2], [0, 1]);
}

#[test]
fn all_of_a_crowd_of_equal_rows_vote() {
    let labels: Vec<&str> = (0..30).map(|row| if row < 12 { "a" } else { "b" }).collect();
    let found = on_a_line(&[7; 30], &labels, 5);
    // The five nearest of each, by number, are a.
    assert_eq!(rows(&found), (0..12).collect::<Vec<u32>>());
    assert_eq!((found.list[0].voters, found.list[0].own, found.list[0].agreeing), (29, 11, 18));
}

/// 200,000 equal rows with 100,000 labels take no time to speak of: labels are counted once.
#[test]
fn crowds_of_many_labels_are_counted_once() {
    let points = 200_000_u32;
    let neighbors = |point: u32| (0..6).filter(move |&other| other != point).take(5);
    let indices: Vec<u32> = (0..points).flat_map(neighbors).collect();
    let distances = vec![0.0; indices.len()];
    let graph = NeighborGraph::from_lists((0..points).collect(), 5, indices, distances);
    let cells: Vec<String> = (0..points).map(|row| (row / 2).to_string()).collect();
    let labels = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    let progress = Progress::default();
    let found = suspects(&labels, &graph, 5, &progress).unwrap();
    // The others of each pair agree, and all other rows do not: half of no others is none.
    assert_eq!(found.list.len(), points as usize);
    assert!(found.list[0].has_twin && found.list[0].voters == points - 1, "{:?}", found.list[0]);
    progress.cancel();
    assert_eq!(suspects(&labels, &graph, 5, &progress), Err(NoLabels::Cancelled(Cancelled)));
}

#[test]
fn rare_labels_are_confirmed_by_few() {
    let places = [10, 11, 12, 13, 14, 15, 16, 17, 100, 101];
    let near = on_a_line(&places, &["a", "a", "a", "r", "r", "a", "a", "a", "a", "a"], 6);
    assert_eq!(rows(&near), [0_u32; 0], "each of r has the other");
    let far = on_a_line(&places, &["a", "a", "a", "r", "a", "a", "a", "a", "a", "r"], 4);
    assert_eq!(rows(&far), [3, 9]);
    let single = on_a_line(&places, &["a", "a", "a", "r", "b", "b", "b", "b", "b", "a"], 3);
    assert_eq!((rows(&single), single.single), (vec![9, 3], 1), "a label of one row comes last");
}

#[test]
fn rows_without_a_label_neither_vote_nor_are_suspect() {
    let found = on_a_line(&[10, 11, 12, 13, 14, 15], &["a", "", "", "b", "b", "a"], 3);
    assert_eq!((found.unlabeled, found.checked), (2, 4));
    let first = found.list.iter().find(|suspect| suspect.row == 0).unwrap();
    assert_eq!((first.voters, first.agreeing), (1, 1));
}

#[test]
fn columns_without_labels_are_refused_with_a_sentence() {
    let check = |cells: &[&str], expected: &str| {
        assert_eq!(are_labels(&column(cells)).unwrap_err().to_string(), expected);
    };
    check(&["", ""], "no row has a value in column \"label\"");
    check(&["a", "a", ""], "all rows have the same value in column \"label\", \"a\"");
    let ids = "column \"label\" has 3 values for 4 rows, and labels repeat: these are names, numbers, or ids";
    check(&["a", "b", "c", "c"], ids);
    check(&["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"], "column \"label\" holds dates, and not labels");
    assert!(are_labels(&column(&["1", "1", "2", "2"])).is_ok());
}

#[test]
fn graphs_without_neighbors_have_no_suspects() {
    let found = on_a_line(&[1, 2, 3, 4], &["a", "b", "a", "b"], 0);
    assert_eq!((found.list.len(), found.checked), (0, 4));
}

#[test]
fn suspects_among_rows_keep_their_order() {
    let (vectors, labels, _) = digits();
    let found = suspects(&labels, &graph(&vectors, VOTERS), VOTERS, &Progress::default()).unwrap();
    let every_second: RowSet = (0..vectors.rows() as u32).step_by(2).collect();
    let places = found.among(Some(&every_second));
    assert!(places.is_sorted() && places.iter().all(|&place| found.list[place as usize].row.is_multiple_of(2)));
    assert_eq!(found.among(None).len(), found.list.len());
}

/// Numbers that repeat may be measurements.
#[test]
fn texts_are_labels_rather_than_numbers() {
    let table = |columns: &[(&str, [&str; 4])]| {
        let column = |(name, cells): &(&str, [&str; 4])| {
            let mut builder = ColumnBuilder::new(*name);
            cells.iter().for_each(|cell| builder.push(Some(cell)));
            builder.finish()
        };
        Metadata::new(columns.iter().map(column).collect()).unwrap()
    };
    let (name, size, kind) =
        (("name", ["p", "q", "r", "s"]), ("size", ["1", "1", "2", "2"]), ("kind", ["a", "b", "a", "b"]));
    let chosen = |columns: &[_]| choose_labels(&table(columns)).map(|column| column.name().to_owned());
    assert_eq!(chosen(&[name, size, kind]).as_deref(), Some("kind"));
    assert_eq!(chosen(&[name, size]).as_deref(), Some("size"));
    assert_eq!(chosen(&[name]), None);
}
