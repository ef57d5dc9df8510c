//! `parallax apart`.

use serde_json::{Value, json};

use super::{IRIS, parallax};

fn apart(options: &[&str]) -> super::Ended {
    parallax(&[&["apart"], &IRIS[..], options].concat())
}

/// Among Fisher's irises, setosa is linearly separable from both others, and those overlap.
#[test]
fn irises_are_told_apart_as_fisher_did() {
    let answer = |rows: &str, against: &str| apart(&["--rows", rows, "--against", against, "--json"]).json();
    let setosa = answer("class=Iris-setosa", "rest");
    assert_eq!(json!([setosa["sets"], setosa["rows"]]), json!([["class=Iris-setosa", "the rest"], [50, 100]]));
    let direction = &setosa["direction"];
    assert_eq!(
        json!([direction["fitted"], direction["checked"], direction["told"], direction["auc"]]),
        json!([[25, 50], [25, 50], [25, 50], 1.0])
    );
    assert_eq!((&direction["mistaken"], &direction["is_clear"]), (&json!([]), &json!(true)));
    assert_eq!(direction["unit"].as_array().unwrap().len(), 4);
    let others = answer("class=Iris-versicolor", "class=Iris-virginica");
    let accuracy = others["direction"]["balanced_accuracy"].as_f64().unwrap();
    assert!((0.9..1.0).contains(&accuracy), "{accuracy}");
    // The same rows by their numbers, in a table with other columns first.
    let numbers = answer("50-99", "100-149");
    assert_eq!(numbers["direction"]["unit"], others["direction"]["unit"]);
    assert_eq!(numbers["columns"][0]["effect"], 1.0, "{}", numbers["columns"]);
}

#[test]
fn sentences_say_what_separates_and_what_does_not() {
    let page = apart(&["--search", "setosa", "--column", "class"]);
    assert_eq!(page.code, 0, "{}", page.err);
    for part in ["Apart: a direction of the vectors", "a balanced accuracy of 100 %", "AUC  ", "Ledoit"] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
    let few = apart(&["--rows", "7"]);
    assert!(few.code == 0 && few.out.contains("Too few rows to check: 1 and 149 have a finite vector"), "{}", few.out);
    // Every other row: two halves of the same flowers.
    let even: Vec<String> = (0..150).step_by(2).map(|row| row.to_string()).collect();
    let halves = apart(&["--rows", &even.join(","), "--json"]).json();
    assert_eq!(halves["direction"]["is_clear"], false);
    let sentence = halves["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("Not apart: ") && sentence.ends_with("No column differs clearly."), "{sentence}");
    let none = apart(&["--rows", "class=rose"]);
    assert!(none.code == 1 && none.err.contains("no row has \"rose\" in column \"class\""), "{}", none.err);
}

/// The column that chose the rows differs in any case. Numbers are found by their size.
#[test]
fn rows_are_chosen_by_a_number_and_another_column_differs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let row = |row: usize| format!("{row},{},{}.0,{}", row * 7 % 5, row % 2, ["a", "b"][row % 2]);
    let rows: Vec<String> = (0..60).map(row).collect();
    std::fs::write(at("v.csv"), format!("x,y,half,kind\n{}\n", rows.join("\n"))).unwrap();
    let apart = |options: &[&str]| parallax(&[&["apart", &at("v.csv"), "--vectors", "x,y"], options].concat());
    let told = apart(&["--rows", "half=1", "--json"]).json_beside_warnings();
    assert_eq!(told["rows"], json!([30, 30]));
    let sentence = told["sentence"].as_str().unwrap();
    let expected = "Of the other columns, kind differs most: b in 100 % of half=1, 0 % of the rest.";
    assert!(sentence.contains(expected), "{sentence}");
    let found = apart(&["--search", "a", "--column", "kind"]);
    assert!(found.out.contains("Of the other columns, half differs most: "), "{}", found.out);
}

#[test]
fn threads_change_nothing_and_seeds_the_halves() {
    let answer = |options: &[&str]| {
        let mut answer = apart(&[&["--rows", "50-99", "--against", "100-149", "--json"], options].concat()).json();
        answer.as_object_mut().unwrap().retain(|key, _| !["seconds", "threads", "seed"].contains(&key.as_str()));
        answer
    };
    let one: Value = answer(&["--threads", "1"]);
    assert_eq!(one, answer(&["--threads", "3"]));
    assert_ne!(one, answer(&["--seed", "7"]));
}
