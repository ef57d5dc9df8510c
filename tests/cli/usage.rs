//! Arguments, exit codes, and closed pipes.

use std::{fs, io::pipe, path::Path, process::Stdio};

use super::{IRIS, data, parallax};

/// Arguments, exit code, and parts of the sentence.
#[test]
fn errors_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let [cut, out] = ["cut.npy", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let whole = fs::read(data().join("numpy/little_f4.npy")).unwrap();
    fs::write(&cut, &whole[..whole.len() - 5]).unwrap();
    let [iris, dims, four, ..] = IRIS;
    let bookmarks = "fixtures/word2vec_full_bookmarks.txt";
    let packed = folder.path().join("a.parallax").to_str().unwrap().to_owned();
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["inspect", "nowhere.npy"], 2, &["error: nowhere.npy: cannot read: there is no such file"]),
        (&["nowhere.npy"], 2, &["error: nowhere.npy: cannot read: there is no such file"]),
        (&["convert", &cut, "--out", &out], 2, &[&cut, "cut short", "Copy or save the file again"]),
        (&["convert", "numpy/little_f4.npy", "--out", "x.xyz"], 2, &["x.xyz", "End the name in .npy"]),
        (&["convert", "numpy/little_f4.npy", "--out", "no/where/x.npy"], 2, &["no/where/x.npy: cannot write"]),
        (&["convert", "numpy/little_f4.npy"], 2, &["--out <FILE>", "See parallax convert --help"]),
        (&["inspect", "fixtures/runs", "--run", "test"], 2, &["\"test\"", "There are: \"eval\", \"train\""]),
        (&["inspect", "fixtures/runs", "--embedding", "c"], 2, &["no embedding \"c\"", "\"a\", \"b\""]),
        (&["inspect", iris], 2, &["--raw-dims"]),
        (&["inspect", iris, "--raw-dtype", "f16"], 2, &["--raw-dims <D>"]),
        (&["inspect", iris, dims, "0"], 2, &["--raw-dims <D>", "a whole number of at least 1"]),
        (&["neighbors", iris, dims, four, "--row", "150"], 2, &[iris, "no row 150", "150 rows"]),
        (&["neighbors", iris, dims, four, "--row", "-1"], 2, &["--row <N>", "-1 is not in 0..="]),
        (&["neighbors", iris, dims, four, "--row", "0", "-k", "-1"], 2, &["a whole number of at least 1"]),
        (&["inspect", iris, dims, four, "--raw-offset", "-1"], 2, &["a whole number of at least 0"]),
        (&["render", "--out", "x.png", "--perplexity", "5"], 2, &["a setting of tsne, not of pca"]),
        (&["neighbors", iris, dims, four], 2, &["--row <N>|--label <TEXT>|--query <SUM|NUMBERS|FILE>"]),
        (&["neighbors", iris, dims, four, "--row", "0", "--label", "a"], 2, &["cannot be used with"]),
        (&["neighbors", iris, dims, four, "--label", "a"], 1, &["no labels", "--metadata"]),
        (&["apart", iris, dims, four], 2, &["--rows <LIST|COLUMN=VALUE>"]),
        (&["apart", iris, dims, four, "--rows", "a"], 2, &["--rows a is neither a list of rows", "COLUMN=VALUE"]),
        (&["apart", iris, dims, four, "--rows", "0-9,x"], 2, &["as in 0,7,20-29"]),
        (&["apart", iris, dims, four, "--rows", "140-150"], 2, &["no row 150"]),
        (&["apart", iris, dims, four, "--rows", "kind=a"], 2, &["no column", "kind"]),
        (&["apart", iris, dims, four, "--rows", "0-149"], 2, &["there are no rows to compare with", "--against"]),
        (
            &["apart", iris, dims, four, "--rows", "0-9", "--against", "0-9"],
            2,
            &["all rows of one are among those of the other"],
        ),
        (&["neighbors", iris, dims, four, "--row", "0", "--metric", "l2"], 2, &["choose cosine, angle or euclidean"]),
        (&["search", iris, dims, four, "a"], 2, &["no column \"label\"", "--metadata"]),
        (
            &["search", iris, dims, four, "--metadata", IRIS[4], "(", "--regex"],
            2,
            &["\"(\" is not a regular expression"],
        ),
        (&["export", iris, dims, four, "--what", "vectors", "--out", &out, "--rows", "150"], 2, &[iris, "no row 150"]),
        (&["export", iris, dims, four, "--what", "vectors", "--out", &out, "--rows", "3-1"], 2, &["as in 0,7,20-29"]),
        (&["export", iris, dims, four, "--what", "vectors", "--out", &out, "--regex"], 2, &["--search <TEXT>"]),
        (&["export", iris, dims, four, "--what", "metadata", "--out", "x.tsv"], 2, &["no metadata to write"]),
        (&["project", iris, dims, four, "--method", "pca", "--dims", "5", "--out", &out], 2, &["--dims 4 or fewer"]),
        (&["project", iris, dims, "30", "--method", "identity", "--out", &out], 2, &[iris, "Choose pca"]),
        (&["render", "--out", "x.jpg"], 2, &["x.jpg", "End the name in .png"]),
        (&["render", "--out", &out, "--color-by", "colour"], 2, &["PNG"]),
        (&["render", "--out", "x.png", "--color-by", "colour"], 2, &["no column \"colour\"", "There are: \"label\""]),
        (&["render", "--out", "x.png", "--size", "99999x1"], 2, &["at most 8192 pixels"]),
        (&["render", "--out", "x.png", "--run", "a"], 2, &["<PATH>"]),
        (&["render", "--out", "x.png", "--stereo", "3d"], 2, &["side-by-side, top-bottom, cross-eyed, anaglyph"]),
        (&["render", "--out", "x.png", "--eye-distance", "0.1"], 2, &["--stereo"]),
        (&["render", "--out", "x.png", "--stereo", "anaglyph", "--eye-distance", "-1"], 2, &["a number from 0 to 2"]),
        (&["render", "--out", "x.png", "--stereo", "anaglyph", "--eye-distance", "NaN"], 2, &["a number from 0 to 2"]),
        (&["--stereo", "anaglyph", "--eye-distance", "1e9"], 2, &["a number from 0 to 2"]),
        (&["record", "x.ron", "--out", "x", "--stereo", "anaglyph", "--convergence", "0"], 2, &["from 0.05 to 100"]),
        (
            &["--stereo", "anaglyph", "--eye-distance", "2", "--convergence", "1"],
            2,
            &["the eyes cannot be farther apart (2) than what they look at is away (1)"],
        ),
        (
            &["render", "--out", "x.png", "--stereo", "top-bottom", "--size", "9x1"],
            2,
            &["9x1 pixels has no two halves"],
        ),
        (&["config", "write", "iris", "--tensor", "a", "--metadata", "no.tsv"], 2, &["no.tsv", "no such file"]),
        (&["config"], 2, &["requires a subcommand"]),
        (&["tour"], 2, &["requires a subcommand"]),
        (&["tour", "show", "iris/iris_labels.tsv"], 2, &["iris_labels.tsv", "these are not bookmarks"]),
        (&["tour", "export", bookmarks, "--out", "x.ron"], 2, &["end the name in .txt or .json"]),
        (&["tour", "pack", bookmarks, "--out", &packed], 2, &[bookmarks, "its vectors are not known"]),
        (&["inspect", bookmarks], 2, &["a file of bookmarks", "parallax tour show"]),
        (&["demo", "faces"], 2, &["There are: digits, words"]),
        (&["demo", "--replay", "iris/iris_labels.tsv"], 2, &["iris_labels.tsv: line 1, column"]),
        (&["inspect", "iris", "--jsno"], 2, &["'--jsno'", "'--json'"]),
    ];
    for (args, code, parts) in cases {
        let ended = parallax(args);
        assert_eq!((ended.code, ended.out.as_str()), (*code, ""), "{args:?}: {}", ended.err);
        assert!(ended.err.starts_with("error: ") && ended.err.ends_with(".\n"), "{args:?}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{args:?}: {}", ended.err);
        for part in *parts {
            assert!(ended.err.contains(part), "{args:?}: {} lacks {part}", ended.err);
        }
    }
    assert!(!Path::new(&out).exists(), "a failed command writes nothing");
}

#[test]
fn results_overwrite_neither_what_is_read_nor_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let [table, out] = ["table.tsv", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let text = "a\tb\n1.5\t2.5\n3.5\t4.5\n";
    fs::write(&table, text).unwrap();
    let [iris, dims, four, ..] = IRIS;
    let project = ["project", &table, "--method", "pca", "--out"];
    let other = ["project", iris, dims, four, "--method", "pca", "--out", "x.csv", "--quality-out", "./x.csv"];
    let export = ["export", iris, dims, four, "--metadata", &table, "--what", "metadata", "--out", &table];
    for (words, said) in [
        ([&project[..], &[&table]].concat(), "--out {} is a file that is read"),
        ([&project[..], &[&out, "--quality-out", &table]].concat(), "--quality-out {} is a file that is read"),
        (other.to_vec(), "--quality-out ./x.csv is the file of --out too"),
        (export.to_vec(), "--out {} is a file that is read"),
    ] {
        let ended = parallax(&words);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words:?}");
        assert!(ended.err.contains(&said.replace("{}", &table)), "{words:?}: {}", ended.err);
    }
    assert_eq!(fs::read_to_string(&table).unwrap(), text);
}

#[test]
fn help_names_every_command() {
    let help = parallax(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for command in
        ["inspect", "convert", "project", "neighbors", "apart", "search", "export", "render", "config", "tour", "demo"]
    {
        assert!(help.out.contains(&format!("  {command} ")), "{}", help.out);
    }
}

#[test]
fn closed_pipe_is_success() {
    let args = [&["neighbors"], &IRIS[..], &["--row", "0", "-k", "149"]].concat();
    for args in [&args[..], &["--help"], &["inspect", "fixtures/runs", "--json"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_parallax"));
        let program = program.current_dir(data()).args(args).stdout(writer).stderr(Stdio::piped());
        let output = program.output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{args:?}");
    }
}
