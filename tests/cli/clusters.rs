//! `parallax clusters`.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use super::{Ended, IRIS, parallax};

fn clusters(options: &[&str]) -> Ended {
    parallax(&[&["clusters"], &IRIS[..], &["--method", "pca", "--dims", "2"], options].concat())
}

/// Setosa is far from the other two species.
#[test]
fn clusters_are_named_counted_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = ["--min-size", "20", "--min-samples", "5"];
    for (ending, separator) in [("tsv", '\t'), ("csv", ',')] {
        let out = folder.path().join("clusters").with_extension(ending);
        let report = clusters(&[&sizes[..], &["--json", "--out", out.to_str().unwrap()]].concat()).json();
        let found = report["clusters"].as_array().unwrap();
        let rows = |entry: &Value| entry["rows"].as_u64().unwrap();
        let noise = report["noise"].as_u64().unwrap();
        assert_eq!(found.iter().map(rows).sum::<u64>() + noise, 150);
        assert_eq!((&report["column"], &report["named_by"]), (&"class".into(), &"values".into()));
        assert_eq!((&report["min_size"], &report["min_samples"], &report["dims"]), (&20.into(), &5.into(), &2.into()));
        let setosa = found.iter().find(|entry| entry["name"] == "Iris-setosa").unwrap();
        let term = &setosa["terms"][0];
        assert!(rows(setosa) <= 50 && rows(setosa) >= 40, "{setosa}");
        assert_eq!((term["inside"].as_f64(), setosa["center"].as_array().map(Vec::len)), (Some(1.0), Some(2)));
        assert!((term["overall"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert!(setosa["peak"].as_u64().unwrap() < 50 && setosa["death"].as_f64() < setosa["birth"].as_f64());

        let written = fs::read_to_string(&out).unwrap();
        // A name may have commas, in quotes.
        let mut lines = written.lines().map(|line| {
            let (cluster, rest) = line.split_once(separator).unwrap();
            let (name, probability) = rest.rsplit_once(separator).unwrap();
            [cluster, name, probability]
        });
        assert_eq!(lines.next().unwrap(), ["cluster", "name", "probability"]);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for cells in lines {
            let probability: f64 = cells[2].parse().unwrap();
            assert_eq!((cells[0].is_empty(), cells[1].is_empty()), (probability == 0.0, probability == 0.0));
            *counts.entry(cells[0].to_owned()).or_default() += 1;
        }
        assert_eq!(counts.remove("").unwrap_or_default(), noise);
        let sizes = found.iter().map(|entry| (entry["cluster"].to_string(), rows(entry)));
        assert_eq!(counts, sizes.collect());
    }
}

#[test]
fn clusters_says_what_it_chose() {
    let page = clusters(&[]);
    assert_eq!(page.code, 0, "{}", page.err);
    // A cluster of two species is named after neither.
    assert!(
        page.err.contains("1 of 4 clusters has no name from column \"class\": no value is clearly"),
        "{}",
        page.err
    );
    for said in [
        "of 150 rows are in one, ",
        "Clusters of at least 6 rows (5 samples) were chosen for 150 rows; --min-size",
        "Names are from column \"class\", because no column holds texts, and it is the first with categories: 3",
        "CLUSTER  NAME",
        "Iris-setosa",
    ] {
        assert!(page.out.contains(said), "{said}: {}", page.out);
    }
    let page = clusters(&["--name-by", "petal-width"]);
    assert!(page.out.contains("petal-width 0.2 to 0.3"), "{}", page.out);
    let plain = parallax(&["clusters", IRIS[0], "--raw-dims", "4", "--method", "pca"]);
    assert!(plain.out.contains("There are no columns to name clusters after; --metadata gives some."), "{}", plain.out);
}

/// Three columns: one that both heaps share, one that each row has for itself, and a coin.
#[test]
fn clusters_doubts_names_that_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.csv");
    let random =
        |at: u64| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
    let line = |row: usize| {
        let ((x, y), coin) = (heaps(row), ["heads", "tails"][(random(row as u64) >> 9) as usize % 2]);
        format!("{x},{y},{},id_{row},{coin}\n", ["left", "right"][row / 100])
    };
    fs::write(&path, "x,y,side,id,coin\n".to_owned() + &(0..200).map(line).collect::<String>()).unwrap();
    let ask = |column: &str| {
        let path = path.to_str().unwrap();
        parallax(&["clusters", path, "--vectors", "x,y", "--name-by", column, "--json"]).json_beside_warnings()
    };
    let said = |report: &Value| -> Vec<String> {
        let problems = report["problems"].as_array().unwrap().iter();
        problems.map(|problem| format!("{}. {}", problem["message"], problem["way_out"])).collect()
    };
    let side = ask("side");
    assert!(
        said(&side).iter().all(|said| !said.contains("so that each name") && !said.contains("neighbors")),
        "{:?}",
        said(&side)
    );
    let id = ask("id");
    let expected = "so that each name is of single rows and not of what a cluster has in common\". \"Choose --name-by";
    assert!(said(&id).iter().any(|said| said.contains(expected) && said.contains("\"side")), "{:?}", said(&id));
    let term = &id["clusters"][0]["terms"][0];
    assert!(term["text"].is_string() && term["inside"].is_null() && term["overall"].is_null(), "{term}");
    let coin = ask("coin");
    let expected = "neighbors say nothing about “coin”: they share it ";
    assert!(said(&coin).iter().any(|said| said.contains(expected)), "{:?}", said(&coin));

    let equal: Vec<String> = (0..60).map(|row| format!("1,2,{row}")).collect();
    fs::write(&path, format!("x,y,n\n{}\n", equal.join("\n"))).unwrap();
    let report = parallax(&["clusters", path.to_str().unwrap(), "--vectors", "x,y", "--json"]).json_beside_warnings();
    assert!(said(&report).iter().any(|said| said.contains("all rows are equal, so that ")), "{:?}", said(&report));
}

#[test]
fn clusters_without_any_are_a_sentence() {
    let none = clusters(&["--min-size", "100", "--json"]);
    assert!(none.err.contains("two clusters of at least 100 rows need 200 rows, and 150 have a place"), "{}", none.err);
    let report = none.json_beside_warnings();
    assert_eq!((report["clusters"].as_array().map(Vec::len), &report["noise"]), (Some(0), &150.into()));
}

/// Writes a table of places and texts, and finds the clusters of the places.
fn of_table(folder: &Path, rows: impl Iterator<Item = (f64, f64, String)>, options: &[&str]) -> Ended {
    let path = folder.join("table.csv");
    let lines = rows.map(|(x, y, text)| format!("{x:.4},{y:.4},\"{text}\"\n"));
    fs::write(&path, "x,y,text\n".to_owned() + &lines.collect::<String>()).unwrap();
    parallax(&[&["clusters", path.to_str().unwrap(), "--vectors", "x,y"], options].concat())
}

/// Two heaps of a hundred places.
fn heaps(row: usize) -> (f64, f64) {
    let (heap, place) = (row / 100, row % 100);
    (90.0 * heap as f64 + (place % 10) as f64, (place / 10) as f64)
}

#[test]
fn clusters_of_odd_data_are_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let check = |rows: &mut dyn Iterator<Item = (f64, f64, String)>, options: &[&str], said: &[&str]| {
        let ended = of_table(folder.path(), rows, options);
        assert_eq!(ended.code, 0, "{}", ended.err);
        said.iter().for_each(|said| {
            assert!((ended.out.clone() + &ended.err).contains(said), "{said}: {} {}", ended.out, ended.err);
        });
    };
    let named = |text: fn(usize) -> String| {
        (0..200).map(move |row| {
            let (x, y) = heaps(row);
            (x, y, text(row))
        })
    };
    check(
        &mut std::iter::once((1.0, 2.0, "one".to_owned())),
        &[],
        &["No clusters in", "its row is noise", "need 10 rows, and 1 has a place"],
    );
    check(
        &mut named(|_| String::new()).map(|(.., text)| (3.0, 4.0, text)),
        &[],
        &["all 200 rows are noise", "all rows are at one place"],
    );
    let line = (0..150).map(|row| (f64::from(row), 0.0, "a line".to_owned()));
    check(
        &mut line.into_iter(),
        &["--min-samples", "1"],
        &["No clusters in", "all 150 rows are noise", "no two parts of at least 6 rows"],
    );
    check(
        &mut named(|_| String::new()),
        &[],
        &["2 clusters in", "no cluster has a name from column \"text\": no row has a text"],
    );
    check(
        &mut named(|_| "the same text".to_owned()),
        &[],
        &["2 clusters in", "no cluster has a name from column \"text\": all rows have the same text"],
    );
    check(
        &mut named(|row| format!("id-{row:05}")),
        &[],
        &["Names are the texts of the rows nearest the middle of each cluster.", "id-000"],
    );
    let pairs = (0..20_000).map(|row| {
        let heap = row / 2;
        ((heap % 100 * 10) as f64 + f64::from(row as u32 % 2), (heap / 100 * 10) as f64, format!("pair {heap}"))
    });
    check(
        &mut pairs.into_iter(),
        &["--min-size", "2", "--min-samples", "1"],
        &["10,000 clusters in", "20,000 of 20,000 rows are in one, 0 (0.0%) are noise", "\n   9999  "],
    );
}

#[test]
fn chosen_rows_are_clustered_and_named_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let rows = || {
        (0..200).map(|row| {
            let (x, y) = heaps(row);
            (x, y, format!("tale {} {row}", ["red apple", "slow train"][row / 50 % 2]))
        })
    };
    let out = folder.path().join("out.tsv");
    // Half of each heap.
    let ended = of_table(folder.path(), rows(), &["--rows", "0-49,150-199", "--out", out.to_str().unwrap()]);
    assert!(ended.out.contains("100 of 200 rows are laid out, without the others."), "{}", ended.out);
    assert!(ended.out.contains("2 clusters in") && ended.out.contains("100 of 100 rows are in one"), "{}", ended.out);
    // What all of them have says nothing, and what only others have does not count.
    assert!(ended.out.contains("apple, red") && ended.out.contains("slow, train"), "{}", ended.out);
    let written = fs::read_to_string(&out).unwrap();
    let lines: Vec<&str> = written.lines().skip(1).collect();
    assert_eq!(lines.len(), 200);
    assert!((0..200).all(|row| lines[row].starts_with('\t') == (50..150).contains(&row)));
    let found = of_table(folder.path(), rows(), &["--search", "apple", "--json"]).json_beside_warnings();
    assert_eq!((&found["rows"], &found["chosen"], &found["noise"]), (&200.into(), &100.into(), &0.into()));
    let none = of_table(folder.path(), rows(), &["--search", "pear"]);
    assert!(none.err.contains("no row matches \"pear\""), "{}", none.err);
}

/// How often rows stay together is counted here from what layouts of other seeds give by themselves.
#[test]
fn stability_is_that_of_layouts_of_other_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let out = |seed: &str| folder.path().join(seed).with_extension("tsv");
    let settings =
        ["--method", "tsne", "--iterations", "120", "--perplexity", "8", "--min-size", "8", "--min-samples", "4"];
    let of = |seed: &str, options: &[&str]| {
        let path = out(seed);
        let arguments = [
            &["clusters"],
            &IRIS[..],
            &settings[..],
            &["--dims", "2", "--seed", seed, "--json", "--out", path.to_str().unwrap()],
            options,
        ];
        let report = parallax(&arguments.concat()).json_beside_warnings();
        let cells = fs::read_to_string(&path).unwrap();
        let cells = cells.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect::<Vec<String>>());
        (report, cells.collect::<Vec<_>>())
    };
    let (report, rows) = of("7", &["--seeds", "3"]);
    assert_eq!(report["other_seeds"], serde_json::json!([8, 9]));
    let others = ["8", "9"].map(|seed| of(seed, &[]).1);
    let found = report["clusters"].as_array().unwrap();
    assert!(found.len() > 2, "{report}");
    let mut shares = Vec::new();
    for entry in found {
        let cluster = entry["cluster"].to_string();
        let members: Vec<usize> = (0..150).filter(|&row| rows[row][0] == cluster).collect();
        let pairs: Vec<[usize; 2]> =
            members.iter().enumerate().flat_map(|(place, &b)| members[..place].iter().map(move |&a| [a, b])).collect();
        let share = |other: &Vec<Vec<String>>| {
            let together = pairs.iter().filter(|[a, b]| !other[*a][0].is_empty() && other[*a][0] == other[*b][0]);
            together.count() as f64 / pairs.len() as f64
        };
        let expected = others.iter().map(share).sum::<f64>() / 2.0;
        let share = entry["stability"].as_f64().unwrap();
        assert!((share - expected).abs() < 1e-12, "{entry}: {expected}");
        assert!((rows[members[0]][3].parse::<f64>().unwrap() - expected).abs() < 1e-12);
        shares.push(share);
    }
    assert!(shares.iter().any(|&share| share < 1.0), "{shares:?}");
}

#[test]
fn clusters_refuses_what_it_cannot_do() {
    let check = |options: &[&str], said: &str| {
        let ended = clusters(options);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{options:?}");
        assert!(ended.err.contains(said), "{options:?}: {}", ended.err);
    };
    check(&["--name-by", "nothing"], "there is no column \"nothing\"");
    check(&["--min-size", "1"], "--min-size is at least 2");
    check(&["--min-samples", "151"], "must be from 1 to the 150 rows with a place, not 151");
    check(&["--out", "x.npy"], "an array of numbers has no place for names");
    check(&["--perplexity", "9"], "--perplexity is a setting of tsne, not of pca");
    check(&["--seeds", "5"], "that of pca is the same for each. Leave it out, or choose --method tsne or umap");
    check(&["--seeds", "1"], "--seeds");
    check(&["--rows", "150"], "there is no row 150");
}
