//! Log directories with every oddity that the projector stumbles over.

use std::{fs, path::PathBuf};

use parallax_embedding::Progress;

use super::*;
use crate::{Loaded, ProblemKind, Source, open};

const TENSORS: &[u8] = b"1\t2\n3\t4\n5\t6\n";

/// A log directory of these files; checkpoint files of a fixture are copied to the folders of
/// `checkpoints`.
fn logdir(files: &[(&str, &[u8])], checkpoints: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: PathBuf, content: &[u8]| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for folder in checkpoints {
        for name in ["checkpoint", "m.ckpt-1.index", "m.ckpt-1.data-00000-of-00001"] {
            write(root.path().join(folder).join(name), &fs::read(fixture("runs/train").join(name)).unwrap());
        }
    }
    for (name, content) in files {
        write(root.path().join(name), content);
    }
    root
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures").join(name)
}

fn config(folder: &str, text: &str) -> (String, Vec<u8>) {
    (Path::new(folder).join(CONFIG_NAME).to_string_lossy().into_owned(), text.as_bytes().to_vec())
}

fn opened(root: &tempfile::TempDir) -> Source {
    open(root.path(), &OpenOptions::default()).unwrap()
}

fn said(source: &Source) -> String {
    source.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// `run: names of its embeddings` of each run.
fn shown(source: &Source) -> Vec<String> {
    let names = |run: &Run| run.embeddings.iter().map(|info| info.name.clone()).collect::<Vec<_>>().join(" ");
    source.runs.iter().map(|run| format!("{}: {}", run.name, names(run))).collect()
}

#[test]
fn bad_runs_do_not_hide_others() {
    let (good, good_text) = config("good", "embeddings { tensor_path: 't.tsv' }");
    let (bad, bad_text) = config("bad", "embeddings {");
    let (gone, gone_text) = config("gone", "embeddings { tensor_path: 'none.tsv' } embeddings { tensor_name: 'x' }");
    let root = logdir(&[(&good, &good_text), ("good/t.tsv", TENSORS), (&bad, &bad_text), (&gone, &gone_text)], &[]);
    let source = opened(&root);
    assert_eq!(shown(&source), ["good: t.tsv"]);
    let said = said(&source);
    assert!(said.contains("bad/projector_config.pbtxt: line 1, column 13: the text ends"), "{said}");
    assert!(said.contains("tensor \"none.tsv\": tensor_path \"none.tsv\" cannot be read"), "{said}");
    assert!(said.contains("tensor \"x\": there is no checkpoint that it could be in. Looked for: "), "{said}");
}

#[test]
fn log_directory_without_embeddings_is_refused_with_the_reason() {
    let error = |root: &tempfile::TempDir| open(root.path(), &OpenOptions::default()).err().unwrap().to_string();
    assert!(error(&logdir(&[("run/events.out.tfevents.1", b"")], &[])).contains("files of events hold no embeddings"));
    assert!(error(&tempfile::tempdir().unwrap()).contains("the folder is empty"));
    assert!(!error(&logdir(&[("a.md", b"")], &[])).contains("empty"));
    let (bad, text) = config("", "embeddings { tensor_name: 5 }");
    assert!(error(&logdir(&[(&bad, &text)], &[])).contains("line 1, column 27: tensor_name takes a string in quotes"));
    let loose = logdir(&[], &["a"]);
    fs::remove_file(loose.path().join("a/checkpoint")).unwrap();
    let source = opened(&loose);
    assert!(source.format == "folder" && shown(&source)[0].contains("a/m.ckpt-1.index"), "{:?}", shown(&source));
    let cut = logdir(&[("m.ckpt-1.index", b"short")], &[""]);
    fs::write(cut.path().join("m.ckpt-1.index"), b"short").unwrap();
    assert!(error(&cut).contains("m.ckpt-1.index: "), "{}", error(&cut));
}

#[test]
fn npz_embeddings_have_the_arrays_names() {
    let text = "embeddings { tensor_path: 'one.tsv' } embeddings { tensor_path: 'sub/two.tsv' } embeddings { }";
    let (name, text) = config("", text);
    let root = logdir(&[(&name, &text), ("one.tsv", TENSORS), ("sub/two.tsv", TENSORS)], &[]);
    let source = opened(&root);
    assert_eq!(shown(&source), [".: one.tsv two.tsv"]);
    assert!(said(&source).contains("embedding 3: it has neither a tensor_name nor a tensor_path"), "{}", said(&source));
}

#[test]
fn repeated_tensors_use_the_last_entry() {
    let text = "embeddings { tensor_name: 'x' tensor_path: 'old.tsv' } embeddings { tensor_name: 'y' tensor_path: 'old.tsv' } \
                embeddings { tensor_name: 'x' tensor_path: 'new.tsv' }";
    let (name, text) = config("", text);
    let root = logdir(&[(&name, &text), ("old.tsv", TENSORS), ("new.tsv", b"7\t8\n")], &[]);
    let source = opened(&root);
    assert_eq!(shown(&source), [".: x y"]);
    assert_eq!(source.runs[0].embeddings[0].rows, 1);
    assert!(said(&source).contains("tensor \"x\": it is named 2 times; the last counts"), "{}", said(&source));
}

/// The first embedding without a name is a template: its metadata goes for every tensor of the
/// checkpoint, its sheet for none.
#[test]
fn templates_apply_to_tensors_that_are_not_named() {
    let text = "embeddings { metadata_path: 'm.tsv' sprite { image_path: 's.png' } } \
                embeddings { tensor_name: 'b' }";
    let (name, text) = config("", text);
    let root = logdir(&[(&name, &text), ("m.tsv", b"x\ny\n")], &[""]);
    let source = opened(&root);
    assert_eq!(shown(&source), [".: b a"]);
    let [b, a] = &source.runs[0].embeddings[..] else { panic!("two embeddings") };
    assert!(b.metadata.is_none() && a.sprite.is_none() && a.origin.sprite.is_none());
    assert_eq!(a.metadata.as_ref().map(|metadata| metadata.path.as_str()), Some("m.tsv"));
}

#[test]
fn checkpoints_are_found_by_every_name_that_a_configuration_may_give() {
    #[track_caller]
    fn check(text: &str, config_folder: &str, checkpoint_folder: &str) {
        let (name, text) = config(config_folder, text);
        let root = logdir(&[(&name, &text)], &[checkpoint_folder]);
        let source = opened(&root);
        let run = source.runs.iter().find(|run| run.embeddings.iter().any(|info| info.configured)).expect("a run");
        assert_eq!((run.checkpoint.as_deref(), run.embeddings.len()), (Some("m.ckpt-1"), 2));
        assert_eq!(source.load(0, 0, &Progress::default()).unwrap().embedding.vectors.dims(), run.embeddings[0].dims);
    }
    let tensor = "embeddings { tensor_name: 'a' }";
    check(tensor, "", "");
    check(&format!("model_checkpoint_path: 'm.ckpt-1' {tensor}"), "", "");
    check(&format!("model_checkpoint_path: '/elsewhere/then/m.ckpt-1' {tensor}"), "", "");
    check(&format!("model_checkpoint_path: '../other/m.ckpt-1' {tensor}"), "run", "other");
    check(&format!("model_checkpoint_path: '$LOG_DIR/other/m.ckpt-1' {tensor}"), "run", "other");
    check(&format!("model_checkpoint_dir: 'sub' {tensor}"), "run", "run/sub");
    check(&format!("model_checkpoint_dir: '$LOG_DIR/sub' {tensor}"), "run", "sub");
    check(tensor, "run", "");
    check(tensor, "run/plugins/org_tensorflow_tensorboard_projector", "run");
}

#[test]
fn missing_checkpoints_are_named_with_the_places_searched() {
    let (name, text) = config(
        "",
        "model_checkpoint_path: 'x/gone' embeddings { tensor_path: 't.tsv' } embeddings { tensor_name: 'a' }",
    );
    let root = logdir(&[(&name, &text), ("t.tsv", TENSORS)], &[""]);
    let source = opened(&root);
    assert_eq!(shown(&source), [".: t.tsv"], "no other checkpoint is taken in its place");
    let looked = format!("Looked for: x/gone, {}", root.path().join("x/gone").display());
    assert!(
        said(&source).contains("model_checkpoint_path: the checkpoint \"x/gone\" is not there"),
        "{}",
        said(&source)
    );
    assert!(said(&source).contains(&looked), "{}", said(&source));
}

#[test]
fn tensors_that_are_no_matrices_or_not_there_are_listed() {
    let source = opened(&logdir(&[], &[""]));
    assert_eq!(shown(&source), [".: a b"]);
    assert!(
        said(&source).contains("1 tensor: left out because it is not a matrix of numbers: save_counter int64 []"),
        "{}",
        said(&source)
    );
    let (name, text) = config(
        "",
        "embeddings { tensor_name: 'save_counter' } embeddings { tensor_name: 'c' } embeddings { tensor_name: 'b:0' }",
    );
    let source = opened(&logdir(&[(&name, &text)], &[""]));
    assert_eq!(shown(&source), [".: b a"]);
    assert!(
        said(&source).contains("tensor \"save_counter\": the tensor is left out: its shape is []"),
        "{}",
        said(&source)
    );
    let missing = "tensor \"c\": the checkpoint m.ckpt-1 has no such tensor. The matrices in it are: a, b";
    assert!(said(&source).contains(missing), "{}", said(&source));
}

#[test]
fn files_outside_are_named_and_need_permission() {
    let text = "embeddings { tensor_path: 't.tsv' metadata_path: '../m.tsv' sprite { image_path: 'no.png' } }";
    let (name, text) = config("run", text);
    let root = logdir(&[(&name, &text), ("run/t.tsv", TENSORS), ("m.tsv", b"x\ny\nz\n")], &[]);
    let source = opened(&root);
    let info = &source.runs[0].embeddings[0];
    assert!(info.metadata.is_none() && info.sprite.is_none());
    assert!(said(&source).contains("metadata_path \"../m.tsv\" lies outside of"), "{}", said(&source));
    assert!(said(&source).contains("image_path \"no.png\" cannot be read"), "{}", said(&source));
    let outside = source.problems.iter().filter(|problem| problem.kind == Some(ProblemKind::OutsideFolder));
    assert!(
        outside.map(|problem| &*problem.message).eq([source
            .problems
            .iter()
            .map(|problem| &*problem.message)
            .find(|said| said.contains("m.tsv"))
            .unwrap()])
    );
    let loaded = source.load(0, 0, &Progress::default()).unwrap();
    assert_eq!((loaded.embedding.rows(), loaded.problems), (3, source.problems), "the vectors show without");

    let allowed = open(root.path(), &OpenOptions { allow_outside: true, ..OpenOptions::default() }).unwrap();
    let metadata = allowed.runs[0].embeddings[0].metadata.clone().unwrap();
    assert_eq!((metadata.path.as_str(), metadata.rows), ("../m.tsv", 3));
}

/// Text first; raw `f32` if the bytes are not text, even if all of them are UTF-8, as zeros are.
#[test]
fn tensor_files_are_text_or_raw_or_arrays() {
    #[track_caller]
    fn check(file: &str, content: &[u8], shape: &str, expected: Result<(usize, usize), &str>) {
        let (name, text) = config("", &format!("embeddings {{ tensor_path: '{file}' {shape} }}"));
        let root = logdir(&[(&name, &text), (file, content)], &[]);
        let loaded =
            open(root.path(), &OpenOptions::default()).and_then(|source| source.load(0, 0, &Progress::default()));
        let shape = |loaded: Loaded| (loaded.embedding.vectors.rows(), loaded.embedding.vectors.dims());
        match (loaded.map(shape), expected) {
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (shape, expected) => assert_eq!(shape.ok(), expected.ok()),
        }
    }
    let raw = |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let npy = fs::read(fixture("tf_v2/expected_dense_kernel.npy")).unwrap();
    let two_by_three = "tensor_shape: 2 tensor_shape: 3";
    check("t.tsv", TENSORS, "", Ok((3, 2)));
    check("t", TENSORS, "", Ok((3, 2)));
    check("t.npy", &npy, "", Ok((array_shape(&npy).0, array_shape(&npy).1)));
    check("t.bytes", &raw(&[0.0; 6]), two_by_three, Ok((2, 3)));
    check("t.tsv", &raw(&[0.1; 6]), two_by_three, Ok((2, 3)));
    check("t", &raw(&[0.0; 6]), two_by_three, Ok((2, 3)));
    check("t.bytes", &raw(&[0.0; 6]), "", Err("Add tensor_shape"));
    check("t.bytes", &raw(&[0.0; 5]), two_by_three, Err("not a whole number of rows"));
    check("t.tsv", b"1\t2\n3\n", "", Err("line 2"));
}

fn array_shape(npy: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(&npy[..128]).into_owned();
    let shape = text.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let (rows, dims) = shape.split_once(", ").unwrap();
    (rows.parse().unwrap(), dims.parse().unwrap())
}

#[test]
fn tensor_shapes_that_do_not_fit_are_reported() {
    let (name, text) = config("", "embeddings { tensor_path: 't.tsv' tensor_shape: [5, 2] }");
    let source = opened(&logdir(&[(&name, &text), ("t.tsv", TENSORS)], &[]));
    assert_eq!(source.runs[0].embeddings[0].rows, 3);
    assert!(said(&source).contains("tensor_shape is [5, 2], but the file holds 3 x 2 numbers"), "{}", said(&source));
}

/// What the library writes, it can open: the round trip through files.
#[test]
fn written_configurations_open() {
    let root = logdir(&[("v.tsv", TENSORS), ("m.tsv", b"label\tn\nx\t1\ny\t2\nz\t3\n")], &[]);
    let embedding = EmbeddingConfig {
        tensor_name: "v".into(),
        tensor_path: "v.tsv".into(),
        metadata_path: "m.tsv".into(),
        ..EmbeddingConfig::default()
    };
    visualize_embeddings(root.path(), &ProjectorConfig { embeddings: vec![embedding], ..ProjectorConfig::default() })
        .unwrap();
    let source = opened(&root);
    assert_eq!((shown(&source), said(&source)), (vec![".: v".to_owned()], String::new()));
    assert_eq!(
        source.load(0, 0, &Progress::default()).unwrap().embedding.metadata.column("label").unwrap().text(2).unwrap(),
        "z"
    );
}
