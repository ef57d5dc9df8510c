//! `parallax clusters`.

use std::{collections::BTreeMap, fs};

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
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    for said in [
        "of 150 rows are in one, ",
        "Clusters of at least 6 rows (5 samples) were chosen for 150 rows; --min-size",
        "Names are from column \"class\", because no column holds texts, and it is the first with categories: 3",
        "CLUSTER  NAME",
        "Iris-setosa",
    ] {
        assert!(page.out.contains(said), "{said}: {}", page.out);
    }
    let page = clusters(&["--column", "petal-width"]);
    assert!(page.out.contains("petal-width 0.2 to 0.3"), "{}", page.out);
    let plain = parallax(&["clusters", IRIS[0], "--raw-dims", "4", "--method", "pca"]);
    assert!(plain.out.contains("There are no columns to name clusters after; --metadata gives some."), "{}", plain.out);
}

#[test]
fn clusters_without_any_are_a_sentence() {
    let none = clusters(&["--min-size", "100", "--json"]);
    assert!(none.err.contains("two clusters of at least 100 rows need 200 rows, and 150 have a place"), "{}", none.err);
    let report = none.json_beside_warnings();
    assert_eq!((report["clusters"].as_array().map(Vec::len), &report["noise"]), (Some(0), &150.into()));
}

#[test]
fn clusters_refuses_what_it_cannot_do() {
    let check = |options: &[&str], said: &str| {
        let ended = clusters(options);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{options:?}");
        assert!(ended.err.contains(said), "{options:?}: {}", ended.err);
    };
    check(&["--column", "nothing"], "there is no column \"nothing\"");
    check(&["--min-size", "1"], "--min-size is at least 2");
    check(&["--min-samples", "151"], "must be from 1 to the 150 rows with a place, not 151");
    check(&["--out", "x.npy"], "an array of numbers has no place for names");
    check(&["--perplexity", "9"], "--perplexity is a setting of tsne, not of pca");
}
