//! `parallax tour`.

use std::{fs, path::Path, sync::Arc};

use parallax::{
    embedding::Progress,
    formats::{Demo, OpenOptions, open},
    session::View,
    tour::{Bookmark, Subject, Tour, read_tour, write_tour},
};
use serde_json::{Value, json};

use super::{parallax, values};

/// Lists, joins, and exports the bookmark of the TensorBoard projector's demo.
#[test]
fn tour_commands_list_join_and_export_bookmarks() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let bookmarks = "fixtures/word2vec_full_bookmarks.txt";
    let shown = |file: &str| parallax(&["tour", "show", file, "--json"]).json();
    let listing = shown(bookmarks);
    let first = json!({
        "number": 1, "name": "Politics: \"Bad\" to \"Good\"", "note": "", "seconds": null, "method": "custom", "dims": 2,
        "shown": 101, "rows": 7032, "selected": 1,
        "layouts": [{ "method": "pca", "dims": 3, "placed": 101 }, { "method": "custom", "dims": 2, "placed": 101 }],
        "data": "coordinates alone", "embedding": "", "vector_dims": 200, "has_picture": false
    });
    assert_eq!(listing["bookmarks"], json!([first]));
    let ended = parallax(&["tour", "import", bookmarks, bookmarks, "--out", &at("two.ron")]);
    assert_eq!((ended.code, ended.out), (0, format!("Wrote 2 bookmarks to {}.\n", at("two.ron"))));
    let two = shown(&at("two.ron"));
    assert_eq!((two["bookmarks"].as_array().map(Vec::len), &two["problems"]), (Some(2), &json!([])));
    assert_eq!(two["bookmarks"][1]["layouts"], listing["bookmarks"][0]["layouts"]);
    let ended = parallax(&["tour", "export", &at("two.ron"), "--out", &at("two.txt")]);
    assert_eq!((ended.code, ended.out), (0, format!("Wrote 2 bookmarks to {}.\n", at("two.txt"))));
    let states: Value = serde_json::from_str(&fs::read_to_string(at("two.txt")).unwrap()).unwrap();
    assert_eq!(
        (states[1]["dataSetDimensions"].clone(), states[1]["selectedProjection"].clone()),
        (json!([101, 200]), json!("custom"))
    );
    let page = parallax(&["tour", "show", bookmarks]).out;
    assert!(page.starts_with("fixtures/word2vec_full_bookmarks.txt: 1 bookmark\n"), "{page}");
    assert!(page.contains("custom 2D") && page.contains("coordinates alone"), "{page}");
}

/// The same input gives the same file, and what it says is there.
#[test]
fn tours_are_not_taken_for_data() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rows: Vec<String> = (0..40_usize).map(|row| format!("{row},{},{}", row * row % 7, row * 5 % 11)).collect();
    fs::write(at("v.csv"), format!("x,y,z\n{}\n", rows.join("\n"))).unwrap();
    let made = parallax(&["tour", "draft", &at("v.csv"), "--method", "pca", "--out", &at("a.ron")]);
    assert_eq!(made.code, 0, "{}", made.err);
    let (tour, out) = (at("a.ron"), at("b.ron"));
    for command in
        [&["tour", "draft", &tour, "--out", &out][..], &["neighbors", &tour, "--row", "0"], &["clusters", &tour]]
    {
        let ended = parallax(command);
        let said = "it is a tour, which has bookmarks of data, and not the vectors. Give the file of the vectors; ";
        assert!(ended.code == 2 && ended.err.contains(said), "{command:?}: {}", ended.err);
    }
}

#[test]
fn tour_draft_writes_bookmarks_with_notes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let vectors: Vec<String> = (0..300)
        .map(|row| {
            let [x, y] = [row % 10, row / 10 % 10].map(|at| f64::from(at) + f64::from(row * 37 % 11) / 40.0);
            let (far, kind) = [(0.0, "ant"), (60.0, "bee"), (-90.0, "cat")][row as usize / 100];
            if row == 299 { "500,500,500,cat".to_owned() } else { format!("{},{y},{},{kind}", x + far, far / 2.0) }
        })
        .collect();
    fs::write(at("v.csv"), format!("x,y,z,kind\n{}\n", vectors.join("\n"))).unwrap();
    let ended = parallax(&["tour", "draft", &at("v.csv"), "--method", "identity", "--out", &at("a.ron")]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let listing = parallax(&["tour", "show", &at("a.ron"), "--json"]).json();
    let of = |field: &str| -> Vec<Value> {
        listing["bookmarks"].as_array().unwrap().iter().map(|bookmark| bookmark[field].clone()).collect()
    };
    assert_eq!(of("name"), ["The whole", "ant", "bee", "cat", "Rows that stand apart"]);
    assert_eq!(of("selected"), [0, 100, 100, 99, 1]);
    let notes = of("note");
    let has = |place: usize, text: &str| assert!(notes[place].as_str().unwrap().contains(text), "{}", notes[place]);
    has(0, "300 rows of 3 dimensions");
    has(0, "99.9 % are among its 15 nearest here: most neighbors");
    has(0, "3 clusters, 1 row in none.");
    has(0, "Looked for and not found: borders");
    has(1, "100 rows of 300 (33 %). Column “kind”: “ant” in 100 % of them and 33 % of all.");
    has(4, "1 row far from all others in the vectors: “cat”.");
    parallax(&["tour", "draft", &at("v.csv"), "--method", "identity", "--out", &at("b.ron"), "--threads", "1"]);
    assert_eq!(fs::read(at("a.ron")).unwrap(), fs::read(at("b.ron")).unwrap());
    let packed = parallax(&["tour", "draft", &at("v.csv"), "--method", "pca", "--out", &at("c.parallax")]);
    assert_eq!(packed.code, 0, "{}", packed.err);
    assert_eq!(parallax(&["tour", "show", &at("c.parallax"), "--json"]).json()["bookmarks"][0]["rows"], 300);
    let refused = parallax(&["tour", "draft", &at("v.csv"), "--out", &at("v.csv")]);
    assert_eq!(refused.code, 2);
}

/// The listing is printed, and the first reason is the error.
#[test]
fn tour_show_fails_if_no_bookmark_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.txt").to_str().unwrap().to_owned();
    let whole = fs::read(super::data().join("fixtures/word2vec_full_bookmarks.txt")).unwrap();
    fs::write(&cut, &whole[..5000]).unwrap();
    for options in [&[][..], &["--json"]] {
        let ended = parallax(&[&["tour", "show", &cut], options].concat());
        assert_eq!(ended.code, 2, "{options:?}");
        assert!(ended.err.starts_with(&format!("error: {cut}: ")) && ended.err.lines().count() == 1, "{}", ended.err);
        assert!(!ended.out.contains(ended.err.trim_end()), "{}", ended.out);
        assert!(ended.out.starts_with(&format!("{cut}: 0 bookmarks")) || ended.out.starts_with('{'), "{}", ended.out);
    }
}

/// Two bookmarks show some rows each. The packed tour has only these rows, and opens without other
/// files.
#[test]
fn tour_pack_keeps_the_rows_of_bookmarks() {
    let folder = tempfile::tempdir().unwrap();
    let (tour, out) = (folder.path().join("a.ron"), folder.path().join("a.parallax"));
    let digits = parallax::formats::demo(Demo::Digits).load(0, 0, &Progress::default()).unwrap().embedding;
    let subject = Arc::new(Subject::of(&digits, digits.metadata.default_label()));
    let bookmark = |rows: [u32; 3]| Bookmark {
        name: "some".into(),
        note: String::new(),
        seconds: None,
        subject: Arc::clone(&subject),
        view: View {
            isolation: vec![rows.into_iter().collect()],
            selection: [rows[1]].into_iter().collect(),
            ..View::default()
        },
        layouts: Vec::new(),
        thumbnail: None,
    };
    let bookmarks = vec![bookmark([5, 6, 9]), bookmark([9, 11, 1796])];
    write_tour(&Tour { bookmarks, ..Tour::default() }, None, &tour).unwrap();
    let [tour, out] = [&tour, &out].map(|path| path.to_str().unwrap());
    let ended = parallax(&["tour", "pack", tour, "--out", out]);
    assert_eq!((ended.code, &*ended.err), (0, ""), "{}", ended.out);
    let listing = parallax(&["inspect", out, "--json"]).json();
    let info = &listing["runs"][0]["embeddings"][0];
    assert_eq!(
        (&listing["format"], &info["rows"], &info["dims"], &info["dtype"]),
        (&json!("parallax"), &json!(5), &json!(64), &json!("u8"))
    );
    let read = read_tour(Path::new(out)).unwrap();
    assert_eq!(read.problems, []);
    let source = open(Path::new(out), &OpenOptions::default()).unwrap();
    let packed = source.load(0, 0, &Progress::default()).unwrap().embedding;
    let last = &read.tour.bookmarks[1];
    assert!(last.subject.is(&packed));
    assert_eq!((last.view.isolated().unwrap().as_slice(), last.view.selection.as_slice()), (&[2, 3, 4][..], &[3][..]));
    assert_eq!(values(&packed.vectors)[4 * 64..], values(&digits.vectors)[1796 * 64..]);
    assert_eq!(packed.sprite.unwrap().image(4), digits.sprite.unwrap().image(1796));
}
