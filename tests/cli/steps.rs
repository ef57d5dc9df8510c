//! `parallax steps`.

use std::{fmt::Write as _, fs};

use serde_json::{Value, json};

use super::{data, parallax};

#[test]
fn steps_json_lists_what_add_embedding_wrote() {
    let step = |number: u64| {
        json!({
            "number": number, "embedding": format!("digits:{number:05}"), "rows": 200, "dims": 64,
            "source": format!("{number:05}/digits/tensors.tsv")
        })
    };
    let expected = json!({
        "format": "tensorboard-logdir",
        "series": [{
            "run": ".", "tensor": "digits", "every": 100, "steps": [step(0), step(100), step(200)], "missing": [],
            "unreadable": [], "doubles": []
        }],
        "siblings": null, "problems": []
    });
    assert_eq!(parallax(&["steps", "fixtures/torch_add_embedding", "--json"]).json(), expected);
    let page = parallax(&["steps", "fixtures/torch_add_embedding"]).out;
    assert!(page.contains("tensorboard-logdir, 3 steps of 1 tensor\n"), "{page}");
    assert!(page.contains("Steps of digits: 0, 100, 200.\n"), "{page}");
    let plain = parallax(&["steps", "fixtures/torch_add_embedding", "--json", "--embedding", "plain:00000"]);
    assert_eq!(plain.json()["series"], json!([]));
}

/// A checkpoint that TensorFlow wrote, under three names, one of them cut.
#[test]
fn steps_of_checkpoints_are_listed_and_older_ones_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let original = data().join("fixtures/runs/train");
    let mut checkpoint = "model_checkpoint_path: \"m-30\"\n".to_owned();
    for step in ["m-10", "m-20", "m-30"] {
        for ending in [".index", ".data-00000-of-00001"] {
            fs::copy(original.join(format!("m.ckpt-1{ending}")), folder.path().join(format!("{step}{ending}")))
                .unwrap();
        }
        writeln!(checkpoint, "all_model_checkpoint_paths: \"{step}\"").unwrap();
    }
    fs::write(folder.path().join("checkpoint"), checkpoint).unwrap();
    let path = folder.path().to_str().unwrap();
    let listing = parallax(&["inspect", path, "--json"]).json();
    let names: Vec<&Value> =
        listing["runs"][0]["embeddings"].as_array().unwrap().iter().map(|info| &info["name"]).collect();
    assert_eq!(names, ["a", "a:20", "a:10", "b", "b:20", "b:10"]);
    let rows = |name: &str| {
        parallax(&["inspect", path, "--json", "--embedding", name]).json()["runs"][0]["embeddings"][0].clone()
    };
    assert_eq!(rows("b:30")["name"], "b");
    assert_eq!(rows("b:20")["source"], "m-20.data-00000-of-00001");
    let neighbors = |name: &str| {
        parallax(&["neighbors", path, "--row", "3", "--json", "--embedding", name]).json_beside_warnings()["neighbors"]
            .clone()
    };
    assert_eq!(neighbors("a:10"), neighbors("a"));

    fs::write(folder.path().join("m-20.index"), b"half").unwrap();
    let listing = parallax(&["steps", path, "--json"]).json();
    let series = &listing["series"][0];
    assert_eq!(series["tensor"], "a");
    assert_eq!(series["unreadable"][0]["number"], 20);
    let numbers: Vec<&Value> = series["steps"].as_array().unwrap().iter().map(|step| &step["number"]).collect();
    assert_eq!(numbers, [10, 30]);
    let page = parallax(&["steps", path]).out;
    assert!(page.contains("Unreadable steps of a: 20.\n") && page.contains("m-20.index"), "{page}");
}

#[test]
fn a_numbered_file_leads_to_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    for step in [1, 2, 3] {
        fs::copy(data().join("numpy/little_f8.npy"), folder.path().join(format!("emb_{step:04}.npy"))).unwrap();
    }
    let file = folder.path().join("emb_0002.npy");
    let ended = parallax(&["steps", file.to_str().unwrap()]);
    assert!(ended.code == 0 && ended.out.contains(", no steps\n"), "{}", ended.out);
    assert!(ended.out.contains("one of 3 numbered files, emb_*.npy. Open the folder "), "{}", ended.out);
    let listing = parallax(&["steps", folder.path().to_str().unwrap(), "--json"]).json_beside_warnings();
    assert_eq!(listing["series"][0]["tensor"], "emb_*.npy");
    assert_eq!(listing["series"][0]["steps"].as_array().unwrap().len(), 3);
}

/// What cannot be recorded is said before anything is drawn.
#[test]
fn movies_of_no_steps_are_refused() {
    let (torch, plain) = ("fixtures/torch_add_embedding", "fixtures/tf_v2");
    let bookmarks = "fixtures/word2vec_full_bookmarks.txt";
    for (path, options, expected) in [
        (torch, "--steps 0,300", "--steps names step 300, which is not there. There are: 0, 100, 200"),
        (torch, "--steps 100", "--steps names step 100 alone. Name several steps, or all"),
        (torch, "--steps 100,100", "names step 100 alone"),
        (torch, "--steps 0,100 --basis 200", "--basis names step 200, which --steps leaves out. There are: 0, 100"),
        (torch, "--steps all --method tsne --basis all", "--basis chooses the components of pca, and tsne has none"),
        (torch, "--steps all --align scale", "with one basis for all steps their axes are the same"),
        (torch, "--steps all --perplexity 5", "a setting of tsne, not of pca"),
        (torch, "--steps all --color-by nothing", "no column \"nothing\""),
        (torch, "--steps all --embedding plain:00000", "this embedding has no steps"),
        (plain, "--steps all", "this embedding has no steps"),
        (bookmarks, "--steps all", "--steps records the steps of a training, and this is a tour. Leave --steps out"),
        (bookmarks, "--method pca", "--method cannot be used with a tour"),
        (bookmarks, "--basis all", "--steps <all|A,B,C>"),
        (torch, "--seconds 1", "it is a folder, and no tour. Give a file of bookmarks, or record the steps"),
    ] {
        let words: Vec<&str> = ["record", path, "--out", "x.gif"].into_iter().chain(options.split(' ')).collect();
        let ended = parallax(&words);
        assert!(ended.code == 2 && ended.err.contains(expected), "{path} {options}: {}", ended.err);
    }
}
