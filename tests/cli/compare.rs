//! `parallax compare`.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::{Value, json};

use super::{Ended, IRIS, iris, parallax};

/// Writes iris as text: rows in the order of `rows`, turned by a right angle, moved, and named.
fn turned(rows: impl Iterator<Item = usize>, path: &Path) {
    let vectors = iris();
    let mut text = "name\ta\tb\tc\td\n".to_owned();
    for row in rows {
        let [a, b, c, d] = vectors[row * 4..][..4] else { unreachable!() };
        writeln!(text, "flower {row}\t{}\t{}\t{}\t{}", -b, a + 7.0, d, -c).unwrap();
    }
    fs::write(path, text).unwrap();
}

fn plain(path: &Path) {
    let mut text = "name\ta\tb\tc\td\n".to_owned();
    for (row, values) in iris().chunks_exact(4).enumerate() {
        let values: Vec<String> = values.iter().map(f64::to_string).collect();
        writeln!(text, "flower {row}\t{}", values.join("\t")).unwrap();
    }
    fs::write(path, text).unwrap();
}

fn compare(first: &Path, second: &Path, options: &[&str]) -> Ended {
    parallax(&[&["compare", first.to_str().unwrap(), second.to_str().unwrap()], options].concat())
}

/// The picture has both embeddings and the card of figures.
#[test]
fn report_is_a_picture_too() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, out] = ["first.tsv", "second.tsv", "report.png"].map(|name| folder.path().join(name));
    plain(&first);
    turned((0..140).map(|at| at * 3 % 140), &second);
    let picture = ["--picture", out.to_str().unwrap()];
    let refused = compare(&first, &second, &[&picture[..], &["-k", "7"]].concat());
    assert!(refused.err.contains("--picture compares the 15 nearest. Leave out -k"), "{}", refused.err);
    assert!(!out.exists());
    compare(&first, &second, &picture);
    let found = image::open(&out).unwrap().to_rgb8();
    assert_eq!(found.dimensions(), (1440, 900));
    // Points are colored by a ramp, in either half of what is between the cards.
    let is_colored = |x: u32, y: u32| {
        let image::Rgb([r, g, b]) = *found.get_pixel(x, y);
        r.max(g).max(b) - r.min(g).min(b) > 60
    };
    let colored = |columns: std::ops::Range<u32>| {
        columns.flat_map(|x| (80..540).map(move |y| (x, y))).filter(|&(x, y)| is_colored(x, y)).count()
    };
    assert!(colored(335..715) > 500 && colored(715..1100) > 500, "{} {}", colored(335..715), colored(715..1100));
}

/// A turned copy in another order, without ten of the rows, is the same.
#[test]
fn copies_are_matched_by_label_and_found_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, out] = ["first.tsv", "second.tsv", "out.tsv"].map(|name| folder.path().join(name));
    plain(&first);
    turned((0..140).map(|at| at * 3 % 140), &second);
    let options = ["--metric", "euclidean", "-k", "7", "--json", "--out", out.to_str().unwrap()];
    let report = compare(&first, &second, &options).json_beside_warnings();
    assert_eq!(report["matched"], "by their labels, column \"name\" of both");
    assert_eq!(json!([report["pairs"], report["first"]["alone"], report["second"]["alone"]]), json!([140, 10, 0]));
    let alone: Vec<Value> = (140..150).map(|row| json!({ "row": row, "label": format!("flower {row}") })).collect();
    assert_eq!([&report["first"]["alone_rows"], &report["second"]["alone_rows"]], [&json!(alone), &json!([])]);
    let page = compare(&first, &second, &[]).out;
    assert!(page.contains("Only in the first: flower 140, flower 141, ") && page.contains("flower 149."), "{page}");
    assert!(!page.contains("Those that moved most:") && !page.contains("Only in the second"), "{page}");
    // The order of equal distances is that of the rows.
    let mean = report["overlap"]["mean"].as_f64().unwrap();
    assert!(mean > 0.9, "{mean}");
    assert!((report["linear_cka"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{report}");
    let alignment = &report["alignment"];
    let scale = alignment["scale"].as_f64().unwrap();
    assert!(alignment["residual"].as_f64().unwrap() < 1e-9 && (scale - 1.0).abs() < 1e-6, "{alignment}");
    assert_eq!((&report["align"], &report["most_moved"]), (&json!("scale"), &json!([])));
    let written = fs::read_to_string(&out).unwrap();
    let lines: Vec<Vec<&str>> = written.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["name", "partner", "common", "overlap", "moved"]);
    assert_eq!(lines.len(), 151);
    assert_eq!(lines[4][..2], ["flower 3", "1"]);
    assert_eq!(lines[146][..3], ["flower 145", "", ""]);
}

#[test]
fn rows_are_matched_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.tsv", "second.tsv"].map(|name| folder.path().join(name));
    plain(&first);
    turned((0..150).rev(), &second);
    let by_key = compare(&first, &second, &["--key", "name", "--json"]).json_beside_warnings();
    let by_order = compare(&first, &second, &["--by-order", "--json"]).json_beside_warnings();
    let residual = |report: &Value| report["alignment"]["residual"].as_f64().unwrap();
    assert!(residual(&by_key) < 1e-9 && residual(&by_order) > 0.1, "{} {}", residual(&by_key), residual(&by_order));
    assert_eq!(by_order["pairs"], 150);
    let moved: Vec<f64> =
        by_order["most_moved"].as_array().unwrap().iter().map(|entry| entry["moved"].as_f64().unwrap()).collect();
    assert!(moved.len() == 10 && moved.is_sorted_by(|a, b| a >= b), "{moved:?}");
    assert!(moved[9] >= by_order["alignment"]["moved_90"].as_f64().unwrap(), "{moved:?}");
    let least = by_order["least_alike"].as_array().unwrap();
    assert!(least.iter().all(|entry| entry["row"] == entry["partner"]) && least.len() == 10);
    let page = compare(&first, &second, &["--by-order"]);
    assert!(page.out.contains("150 rows of") && page.out.contains("by their order, as was chosen"), "{}", page.out);
    assert!(page.out.contains("IN THE SECOND") && page.out.contains("Spearman, 11,175 pairs)"), "{}", page.out);
}

/// A pair with a row that is not finite was matched, and is not compared; of rows that are all the same,
/// no figure is made up.
#[test]
fn what_is_left_out_and_what_is_not_defined_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.tsv", "second.tsv"].map(|name| folder.path().join(name));
    plain(&first);
    let constant = |bad: usize| {
        let line = |row: usize| if row == bad { "nan\t1\t2\t3\n" } else { "0.1\t1\t2\t3\n" };
        (0..150).map(line).collect::<String>()
    };
    fs::write(&second, constant(4)).unwrap();
    let report = compare(&first, &second, &["--json"]).json_beside_warnings();
    assert_eq!((&report["pairs"], &report["left_out"]), (&json!(150), &json!(1)), "{report}");
    let why = format!("all rows of {} are the same", second.display());
    for [figure, reason] in
        [["distances", "why_no_distances"], ["linear_cka", "why_no_linear_cka"], ["alignment", "why_no_alignment"]]
    {
        assert_eq!((&report[figure], &report[reason]), (&Value::Null, &json!(why)), "{report}");
    }
    let page = compare(&first, &second, &[]).out;
    assert!(page.starts_with("150 rows of ") && page.contains("1 pair was left out, as"), "{page}");
    assert!(page.contains(&format!("The rank correlation of distances is not defined: {why}.")), "{page}");
    assert!(page.contains(&format!("Linear CKA is not defined: {why}.")), "{page}");
    assert!(page.contains(&format!("The distance moved is not defined: {why}.")), "{page}");
    assert!(!page.contains("Those that moved most"), "{page}");
}

/// A copy that is three times as large is the same by default, and not if scale counts.
#[test]
fn larger_copy_agrees_and_rows_that_agree_are_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.tsv", "second.tsv"].map(|name| folder.path().join(name));
    let of = |factor: f64, path: &Path, named: &str| {
        let mut text = "name\ta\tb\tc\td\n".to_owned();
        for (row, values) in iris().chunks_exact(4).enumerate() {
            // No two distances are equal.
            let values: Vec<String> = values
                .iter()
                .enumerate()
                .map(|(at, x)| ((x + (row * (at + 2)) as f64 * 1e-3) * factor).to_string())
                .collect();
            writeln!(text, "{named} {row}\t{}", values.join("\t")).unwrap();
        }
        fs::write(path, text).unwrap();
    };
    of(1.0, &first, "flower");
    of(3.0, &second, "flower");
    let ended = compare(&first, &second, &[]);
    assert!(ended.out.contains("scaled by 3.000 onto the second, leaves 0"), "{}", ended.out);
    let agree = "All rows agree: each has the same 15 nearest by cosine in both, and none has moved but for rounding.";
    assert!(ended.out.contains(agree) && !ended.out.contains("The least alike"), "{}", ended.out);
    let report = compare(&first, &second, &["--json"]).json_beside_warnings();
    assert_eq!((&report["least_alike"], &report["most_moved"]), (&json!([]), &json!([])));
    let rotated = compare(&first, &second, &["--align", "rotation"]).out;
    assert!(rotated.contains("All rows agree: each has the same 15 nearest by cosine in both."), "{rotated}");
    assert!(rotated.contains("leaves 44.4% of the spread") && rotated.contains("Those that moved most:"), "{rotated}");
    let none = compare(&first, &second, &["--align", "none", "--json"]).json_beside_warnings();
    assert!(none["alignment"]["scale"] == 1.0 && none["align"] == "none", "{none}");
    assert!(none["alignment"]["residual"].as_f64().unwrap() > 0.5, "{none}");
    // Rows that are matched by their order alone may be others.
    of(1.0, &second, "tree");
    let ended = compare(&first, &second, &[]);
    assert!(ended.err.contains("no row has the same label in both, so that these may be other rows"), "{}", ended.err);
    assert!(ended.out.contains("by their order, as both have 150 rows, although no row has"), "{}", ended.out);
}

/// Of two embeddings of one folder, what is wrong with the folder is said once.
#[test]
fn warnings_of_a_folder_are_said_once() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["e1.tsv", "e2.tsv", "e4.tsv"] {
        plain(&folder.path().join(name));
    }
    fs::write(folder.path().join("e3.npy"), "no array").unwrap();
    let path = folder.path().to_str().unwrap();
    let ended = parallax(&["compare", path, "--embedding", "e1.tsv", "--other-embedding", "e2.tsv"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let mut lines: Vec<&str> = ended.err.lines().collect();
    assert!(!lines.is_empty());
    let all = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), all, "{}", ended.err);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let few = folder.path().join("few.tsv");
    turned(0..5, &few);
    let check = |args: &[&str], said: &str| {
        let ended = parallax(args);
        assert!(ended.code == 2 && ended.err.contains(said), "{}", ended.err);
    };
    let few = few.to_str().unwrap();
    let other = folder.path().join("other.tsv");
    turned(0..6, &other);
    check(&["compare", few], "this would be compared with itself. Name another file");
    check(&["compare", few, few], "this would be compared with itself");
    check(&["compare", few, other.to_str().unwrap(), "--key", "nothing"], "there is no column \"nothing\"");
    check(&[&["compare"], &IRIS[..1], &[few], &IRIS[1..]].concat(), "no labels that most of them have in common");
    check(&["compare", few, few, "--out", "o.npy"], "has no place for labels");
}

/// The file that has no values is named, and both if both have none.
#[test]
fn file_without_values_is_the_one_that_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, line: &str| {
        let path = folder.path().join(name);
        fs::write(&path, line.repeat(20)).unwrap();
        path
    };
    let [good, bad, other] = [("good.tsv", "1\t2\n"), ("bad.tsv", "nan\t1\n"), ("other.tsv", "1\tinf\n")]
        .map(|(name, line)| write(name, line));
    let zeros = write("zeros.tsv", "0\t0\n");
    fs::write(&good, (0..20).map(|row| format!("{row}\t{}\n", row * row % 7 + 1)).collect::<Vec<_>>().concat())
        .unwrap();
    let shown = |path: &Path| path.display().to_string();
    let head = "of the rows that belong together,";
    for (first, second, expected) in [
        (&good, &bad, format!("error: {}: {head} none of this one is finite. Correct", shown(&bad))),
        (&bad, &good, format!("error: {}: {head} none of this one is finite. Correct", shown(&bad))),
        (
            &bad,
            &other,
            format!("error: {}: {head} none of this one is finite, and none of {}.", shown(&bad), shown(&other)),
        ),
        (
            &good,
            &zeros,
            format!("error: {}: {head} none of this one has a direction, as zeros have none.", shown(&zeros)),
        ),
    ] {
        let ended = compare(first, second, &[]);
        assert!(ended.code == 2 && ended.err.contains(&expected), "{expected}\n{}", ended.err);
    }
}

/// A picture is matched as the figures are, by the same options, which its errors name.
#[test]
fn pictures_are_matched_by_the_same_options() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, few, out] =
        ["first.tsv", "second.tsv", "few.tsv", "out.png"].map(|name| folder.path().join(name));
    plain(&first);
    turned((0..150).rev(), &second);
    fs::write(
        &few,
        "name\ta\tb\n".to_owned() + &(0..140).map(|row| format!("tree {row}\t{row}\t1\n")).collect::<Vec<_>>().concat(),
    )
    .unwrap();
    let render = |second: &Path, options: &[&str]| {
        let [first, second, out] = [&first, second, &out].map(|path| path.to_str().unwrap());
        parallax(&[&["render", first, "--compare", second, "--size", "64x64", "--out", out], options].concat())
    };
    for options in [&["--by-order"][..], &["--key", "name"], &["--key", "name=name"]] {
        let figures = compare(&first, &second, &[options, &["--json"]].concat()).json_beside_warnings();
        let said = format!("matched {}: 150 pairs", figures["matched"].as_str().unwrap());
        let ended = render(&second, options);
        assert!(ended.code == 0 && ended.err.contains(&said), "{said}\n{}", ended.err);
    }
    let way_out = "Give a column that both have with --key, or --by-order.";
    for (options, what) in [
        (&[][..], "and no labels that most of them have in common"),
        (&["--key", "kind"], "there is no column \"kind\" here, but \"name\""),
        (&["--key", "name"], "no row of the 150 here has a partner among the 140 of"),
    ] {
        for ended in [render(&few, options), compare(&first, &few, options)] {
            let said = &ended.err;
            assert!(ended.code == 2 && said.contains(what) && said.contains(way_out), "{what}\n{said}");
            assert!(said.contains(&format!("error: {}: ", first.display())), "{said}");
        }
    }
    let ended = render(&few, &["--by-order"]);
    assert!(
        ended.code == 0 && ended.err.contains("10 rows of the first and 0 of the second have no partner"),
        "{}",
        ended.err
    );
}

/// Unrelated embeddings have figures about zero, which have no sign once they are rounded to it.
#[test]
fn zero_has_no_sign() {
    let folder = tempfile::tempdir().unwrap();
    let value = |at: u64, salt: u64| {
        let mut bits = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03));
        bits ^= bits >> 31;
        bits = bits.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (bits ^ (bits >> 29)) % 1000
    };
    let write = |salt: u64| {
        let path = folder.path().join(format!("{salt}.tsv"));
        let line = |row: u64| (0..6).map(|dim| value(row * 6 + dim, salt).to_string()).collect::<Vec<_>>().join("\t");
        fs::write(&path, (0..1500).map(|row| line(row) + "\n").collect::<String>()).unwrap();
        path
    };
    let first = write(1);
    let mut negative = 0;
    for salt in 2..14 {
        let second = write(salt);
        let report = compare(&first, &second, &["--json"]);
        let page = compare(&first, &second, &[]).out;
        assert!(!page.contains("-0.000") && !report.out.contains("-0.0,"), "{page}{}", report.out);
        let report = report.json_beside_warnings();
        let figures = [&report["linear_cka"], &report["distances"]["spearman"]].map(|x| x.as_f64().unwrap());
        negative += figures.into_iter().filter(|x| (-0.0005..0.0).contains(x)).count();
    }
    assert!(negative > 0, "some are rounded to zero from below");
}
