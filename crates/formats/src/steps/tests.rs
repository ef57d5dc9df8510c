//! Series of steps in what TensorFlow, PyTorch, and NumPy wrote, and in folders of numbered files.

use std::{fmt::Write as _, fs};

use parallax_embedding::Progress;

use super::*;
use crate::{OpenOptions, Severity, open};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures").join(name)
}

fn opened(path: &Path) -> Source {
    open(path, &OpenOptions::default()).unwrap()
}

fn said(source: &Source) -> String {
    source.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// `tensor: name of each step`.
fn shown(source: &Source) -> Vec<String> {
    let names = |series: &Series| series.steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>().join(" ");
    source.series().iter().map(|series| format!("{}: {}", series.tensor, names(series))).collect()
}

/// A folder with copies of a checkpoint that TensorFlow wrote, one for each name, and the list of
/// those that are `listed`, the last of which is the newest.
fn checkpoints(fixture_name: &str, original: &str, names: &[&str], listed: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture(fixture_name)).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        match file.strip_prefix(original) {
            Some(ending) => names.iter().for_each(|name| {
                fs::copy(&path, root.path().join(format!("{name}{ending}"))).unwrap();
            }),
            None => drop(fs::copy(&path, root.path().join(file)).unwrap()),
        }
    }
    let all: Vec<String> = listed.iter().map(|name| format!("all_model_checkpoint_paths: \"{name}\"")).collect();
    let (newest, all) = (listed.last().unwrap(), all.join("\n"));
    fs::write(root.path().join("checkpoint"), format!("model_checkpoint_path: \"{newest}\"\n{all}\n")).unwrap();
    root
}

#[test]
fn older_checkpoints_of_both_versions_are_steps_behind_the_newest() {
    for (fixture, original) in [("tf_v1", "model.ckpt-100"), ("tf_v2", "model.ckpt-100")] {
        let names = ["m-0", "m-10", "m-9"];
        let root = checkpoints(fixture, original, &names, &["m-0", "m-9", "m-10"]);
        let source = opened(root.path());
        let infos = &source.runs[0].embeddings;
        let names: Vec<&str> = infos.iter().map(|info| info.name.as_str()).collect();
        let expected = [
            "word_embedding",
            "word_embedding:9",
            "word_embedding:00000",
            "dense/kernel",
            "dense/kernel:9",
            "dense/kernel:00000",
        ];
        assert_eq!(names, expected, "{fixture}");
        let steps = ["dense/kernel: dense/kernel:00000 dense/kernel:9 dense/kernel"];
        assert_eq!(shown(&source)[1..], steps);
        let place = |name: &str| source.choose(None, Some(name)).unwrap().1;
        assert_eq!(
            ["word_embedding", "word_embedding:10", "word_embedding:9", "word_embedding:0"].map(place),
            [0, 0, 1, 2]
        );
        assert_eq!(source.choose(None, None).unwrap(), (0, 0));
        let newest = source.load(0, 0, &Progress::default()).unwrap().embedding;
        let older = source.load(0, 1, &Progress::default()).unwrap().embedding;
        assert_eq!((newest.vectors.rows(), older.vectors.rows()), (100, 100));
        assert_eq!(older.metadata, newest.metadata, "the rows are the same");
        assert_eq!(infos[1].metadata, infos[0].metadata);
        assert!(!said(&source).contains("is shown first"), "{}", said(&source));
    }
}

/// A single checkpoint has no steps.
#[test]
fn a_checkpoint_alone_is_listed_as_before() {
    for path in ["runs", "tf_v1", "tf_v2", "tf2_object", "tf_v2/model.ckpt-100.index"] {
        let source = opened(&fixture(path));
        assert!(source.series().is_empty(), "{path}");
        assert!(source.runs.iter().flat_map(|run| &run.embeddings).all(|info| info.step.is_none()), "{path}");
    }
}

/// As the callback of Keras leaves them: the file `checkpoint` names the last one alone.
#[test]
fn checkpoints_that_are_not_listed_are_steps_if_they_are_numbered_likewise() {
    let names = ["cp-0001.ckpt", "cp-0002.ckpt", "cp-0004.ckpt", "cp-0009.ckpt", "other-0003.ckpt"];
    let root = checkpoints("tf_v2", "model.ckpt-100", &names, &["cp-0004.ckpt"]);
    let source = opened(root.path());
    let expected = "word_embedding: word_embedding:1 word_embedding:2 word_embedding";
    assert_eq!(shown(&source)[0], expected);
    let said = said(&source);
    assert!(said.contains("cp-0009.ckpt") && !said.contains("other"), "{said}");
}

#[test]
fn unreadable_checkpoints_between_good_ones_are_reported_and_the_rest_goes_on() {
    let names = ["m-1", "m-2", "m-3", "m-4", "m-5"];
    let root = checkpoints("tf_v2", "model.ckpt-100", &names, &names);
    let index = root.path().join("m-2.index");
    fs::write(&index, &fs::read(&index).unwrap()[..100]).unwrap();
    let source = opened(root.path());
    let series = &source.series()[0];
    let numbers: Vec<u64> = series.steps.iter().map(|step| step.number).collect();
    assert_eq!((numbers, series.every), (vec![1, 3, 4, 5], Some(1)));
    assert_eq!(series.gaps, [], "what cannot be read is there");
    assert_eq!(series.unreadable.iter().map(|unread| unread.number).collect::<Vec<_>>(), [2]);
    assert!(said(&source).contains("m-2.index"), "{}", said(&source));

    // One that is still being written, the newest: the one before it is taken, and that is said.
    fs::write(root.path().join("m-5.index"), b"").unwrap();
    let source = opened(root.path());
    assert_eq!(source.runs[0].checkpoint.as_deref(), Some("m-4"));
    assert_eq!(shown(&source)[0], "word_embedding: word_embedding:1 word_embedding:3 word_embedding");
    assert!(said(&source).contains("it is read as the newest"), "{}", said(&source));
    let unread: Vec<u64> = source.series()[0].unreadable.iter().map(|unread| unread.number).collect();
    assert_eq!(unread, [2, 5]);
    // A checkpoint that the configuration names is not replaced.
    let config = root.path().join("projector_config.pbtxt");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("model_checkpoint_path: \"m-5\"\n{text}")).unwrap();
    assert!(open(root.path(), &OpenOptions::default()).unwrap_err().to_string().contains("m-5.index"));
}

/// The index says how long the data are. No values are read for that, and each tensor is looked at by
/// itself.
#[test]
fn checkpoints_whose_data_are_cut_off_are_unreadable() {
    let names = ["m-1", "m-2", "m-3", "m-4"];
    let root = checkpoints("tf_v2", "model.ckpt-100", &names, &names);
    let data = |name: &str| root.path().join(format!("{name}.data-00000-of-00001"));
    let (whole, values) = (opened(root.path()), |tensor: &str| {
        let checkpoint = crate::tensorflow::Checkpoint::open(&root.path().join("m-1")).unwrap();
        let shape = &checkpoint.tensors().iter().find(|info| info.name.contains(tensor)).unwrap().shape;
        shape.iter().product::<u64>() * 4
    });
    let length = fs::metadata(data("m-1")).unwrap().len();
    // TensorFlow writes tensors in the order of their names: that of the words is the last, if there are others.
    let cut =
        |name: &str, length: u64| fs::File::options().write(true).open(data(name)).unwrap().set_len(length).unwrap();
    cut("m-2", length - 1);
    cut("m-3", 0);
    let source = opened(root.path());
    assert_eq!(shown(&whole)[0], "word_embedding: word_embedding:1 word_embedding:2 word_embedding:3 word_embedding");
    assert_eq!(shown(&source)[0], "word_embedding: word_embedding:1 word_embedding");
    let unread = |source: &Source, at: usize| -> Vec<(u64, String)> {
        let series = &source.series()[at];
        series.unreadable.iter().map(|step| (step.number, step.problem.to_string())).collect()
    };
    let words = unread(&source, 0);
    assert_eq!(words.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 3]);
    let expected = format!("but the file has {} bytes: it is cut off", length - 1);
    assert!(words[0].1.contains("m-2.data") && words[0].1.contains(&expected), "{}", words[0].1);
    assert!(values("word_embedding") < length);
    assert_eq!(
        unread(&source, 1).iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [3],
        "the other tensor is there"
    );
    // The newest is passed, too, unless nothing else is there.
    cut("m-4", 10);
    let source = opened(root.path());
    assert_eq!(source.runs[0].checkpoint.as_deref(), Some("m-1"));
    assert!(said(&source).contains("it is read as the newest"), "{}", said(&source));
    fs::remove_file(data("m-1")).unwrap();
    let source = opened(root.path());
    assert_eq!(source.runs[0].checkpoint.as_deref(), Some("m-4"));
    assert!(source.load(0, 0, &Progress::default()).unwrap_err().to_string().contains("cut off"));
}

/// What is equally frequent is that of the newest.
#[test]
fn shape_of_a_series_is_that_of_most_steps() {
    let shape = |shapes: &[(usize, usize)]| {
        let step = |(at, &(rows, dims)): (usize, &(usize, usize))| SeriesStep {
            number: at as u64,
            embedding: at,
            name: String::new(),
            rows,
            dims,
            is_gone: false,
        };
        usual_shape(&shapes.iter().enumerate().map(step).collect::<Vec<_>>())
    };
    assert_eq!(shape(&[]), (0, 0));
    assert_eq!(shape(&[(5, 2), (5, 2), (9, 3)]), (5, 2));
    assert_eq!(shape(&[(9, 3), (5, 2), (5, 2)]), (5, 2));
    assert_eq!(shape(&[(9, 3), (5, 2)]), (5, 2));
    // Most have five rows, and of these most have four dimensions.
    assert_eq!(shape(&[(9, 2), (9, 2), (5, 2), (5, 4), (5, 4)]), (5, 4));
}

#[test]
fn tags_of_add_embedding_are_series_of_their_steps() {
    for writer in ["torch_add_embedding", "tensorboardx_add_embedding"] {
        let source = opened(&fixture(writer));
        assert_eq!(shown(&source), ["digits: digits:00000 digits:00100 digits:00200"], "{writer}");
        let series = &source.series()[0];
        assert_eq!((series.every, series.gaps.len(), series.steps[0].rows), (Some(100), 0, 200));
        let place = |name: &str| source.choose(None, Some(name)).unwrap().1;
        assert_eq!(["digits:100", "digits:00100", "digits"].map(place), [1, 1, 2]);
        assert_eq!(source.choose(None, None).unwrap(), (0, 0), "the first that the configuration names");
    }
}

/// A configuration as PyTorch writes it, with a text of two rows for each of these steps.
fn tagged(steps: impl Iterator<Item = u64>) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let mut config = String::new();
    for step in steps {
        let folder = format!("{step:05}/default");
        fs::create_dir_all(root.path().join(&folder)).unwrap();
        fs::write(root.path().join(&folder).join("tensors.tsv"), "1\t2\n3\t4\n").unwrap();
        let names = format!("tensor_name: \"default:{step:05}\" tensor_path: \"{folder}/tensors.tsv\"");
        writeln!(config, "embeddings {{ {names} }}").unwrap();
    }
    fs::write(root.path().join("projector_config.pbtxt"), config).unwrap();
    root
}

#[test]
fn steps_of_a_tag_that_are_gone_are_unreadable() {
    let root = tagged((0..50).step_by(10));
    fs::remove_dir_all(root.path().join("00020")).unwrap();
    let source = opened(root.path());
    let series = &source.series()[0];
    assert_eq!((series.steps.len(), series.gaps.clone()), (4, vec![]));
    assert_eq!(series.unreadable.iter().map(|unread| unread.number).collect::<Vec<_>>(), [20]);
}

#[test]
fn of_many_steps_the_newest_are_listed() {
    let root = tagged(0..MOST_STEPS as u64 + 20);
    let source = opened(root.path());
    let series = &source.series()[0];
    assert_eq!((series.steps.len(), series.steps[0].number), (MOST_STEPS, 20));
    assert!(said(&source).contains("only the newest 500 of 520 steps of \"default\" are listed"), "{}", said(&source));

    let folder = numbered_files((1..=520).map(|step| (format!("emb_{step}.csv"), "x,y\n1,2\n3,4\n".to_owned())));
    let source = opened(folder.path());
    let series = &source.series()[0];
    assert_eq!((series.steps.len(), series.steps[0].number), (500, 21));
    assert!(said(&source).contains("only the newest 500 of 520 numbered files are listed"), "{}", said(&source));
}

fn numbered_files(files: impl Iterator<Item = (String, String)>) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn files(names: &[(&str, &str)]) -> tempfile::TempDir {
    numbered_files(names.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())))
}

const TWO: &str = "x,y\n1,2\n3,4\n";
const MORE: &str = "x,y\n1,2\n3,4\n5,6\n";
const WIDE: &str = "x,y,z\n1,2,3\n4,5,6\n";

#[test]
fn numbered_files_of_a_folder_are_a_series() {
    let broken = ("run/emb_0030.npy", "\u{93}NUMPY");
    let root = files(&[
        ("run/emb_0010.csv", TWO),
        ("run/emb_0020.csv", MORE),
        ("run/emb_0040.csv", TWO),
        ("run/emb_0100.csv", TWO),
        ("run/emb_0110.csv", WIDE),
        ("run/final.csv", TWO),
        broken,
    ]);
    let source = opened(root.path());
    let series = source.series();
    assert_eq!(series.len(), 1);
    assert_eq!(series[0].tensor, "run/emb_*.csv");
    let shapes: Vec<_> = series[0].steps.iter().map(|step| (step.number, step.rows, step.dims)).collect();
    assert_eq!(shapes, [(10, 2, 2), (20, 3, 2), (40, 2, 2), (100, 2, 2), (110, 2, 3)]);
    assert_eq!(series[0].place_of(source.choose(None, Some("run/emb_*.csv")).unwrap().1), Some(4));
}

#[test]
fn numbered_files_that_cannot_be_read_are_steps_too() {
    let root = tempfile::tempdir().unwrap();
    let array = fs::read(fixture("tf_v2/expected_word_embedding.npy")).unwrap();
    let all = array.len();
    // Of the third, most is there.
    for (name, length) in [("e1", all), ("e2", 1000), ("e3", all - 4), ("e4", all), ("e5", all)] {
        fs::write(root.path().join(name).with_extension("npy"), &array[..length]).unwrap();
    }
    let source = opened(root.path());
    let series = &source.series()[0];
    assert_eq!(series.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 4, 5]);
    for (unread, number) in series.unreadable.iter().zip([2, 3]) {
        assert_eq!((unread.number, unread.problem.severity), (number, Severity::Warning));
        assert!(unread.problem.file.ends_with(format!("e{number}.npy")));
        assert_eq!(source.problems.iter().filter(|problem| **problem == unread.problem).count(), 1);
    }
    assert_eq!(series.unreadable.len(), 2);
    // A file that is no step is listed, and reading it tells.
    let alone = opened(&root.path().join("e3.npy"));
    assert!(alone.load(0, 0, &Progress::default()).unwrap_err().to_string().contains("cut short"));
}

/// Without the file `checkpoint`, each checkpoint of a folder is a file of its own.
#[test]
fn checkpoints_of_a_folder_whose_data_are_cut_off_or_missing_are_unreadable() {
    let names = ["m-1", "m-2", "m-3", "m-4", "m-5"];
    let root = checkpoints("tf_v2", "model.ckpt-100", &names, &names);
    for name in ["checkpoint", "projector_config.pbtxt", "metadata.tsv"] {
        fs::remove_file(root.path().join(name)).unwrap();
    }
    let data = |name: &str| root.path().join(format!("{name}.data-00000-of-00001"));
    let cut = |name: &str, by: u64| {
        let file = fs::File::options().write(true).open(data(name)).unwrap();
        file.set_len(file.metadata().unwrap().len() - by).unwrap();
    };
    // TensorFlow writes tensors in the order of their names: the words are the last.
    cut("m-2", 1);
    fs::remove_file(data("m-4")).unwrap();
    let source = opened(root.path());
    assert_eq!(source.format, "folder");
    let numbers = |series: &Series| {
        let unread: Vec<u64> = series.unreadable.iter().map(|step| step.number).collect();
        (series.steps.iter().map(|step| step.number).collect::<Vec<_>>(), unread)
    };
    let [kernel, words] = &source.series()[..] else { panic!("{:?}", shown(&source)) };
    assert_eq!(kernel.tensor, "m-*.index: dense/kernel");
    assert_eq!(numbers(kernel), (vec![1, 2, 3, 5], vec![4]), "that of m-2 is there");
    assert_eq!(numbers(words), (vec![1, 3, 5], vec![2, 4]));
    assert!(words.unreadable.iter().all(|step| step.problem.severity == Severity::Warning));
    assert_eq!(said(&source).matches("it is cut off").count(), 1, "{}", said(&source));
}

/// Whatever a file lacks at its end: a step that is listed can be read.
#[test]
fn steps_that_are_cut_short_are_not_listed_as_readable() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut originals = vec![data.join("numpy/records_matrix.npy"), data.join("numpy/big_f4.npy")];
    if cfg!(feature = "hdf5") {
        originals.extend(
            ["nested.h5", "userblock.h5", "earliest.h5", "keras.weights.h5"].map(|name| own.join("hdf5").join(name)),
        );
        originals.push(own.join("hdf5/rows.h5ad"));
    }
    for original in originals {
        let bytes = fs::read(&original).unwrap();
        let ending = original.extension().unwrap().to_str().unwrap();
        let listed = |length: usize| {
            let root = tempfile::tempdir().unwrap();
            for (step, length) in [(1, bytes.len()), (2, length), (3, bytes.len())] {
                fs::write(root.path().join(format!("step_{step}.{ending}")), &bytes[..length]).unwrap();
            }
            let source = opened(root.path());
            for step in source.series().iter().flat_map(|series| &series.steps) {
                let read = source.vectors(0, step.embedding, &Progress::default());
                assert!(read.is_ok(), "{} of {length} bytes, {}: {:?}", original.display(), step.name, read.err());
            }
            source.series().iter().map(|series| series.steps.len()).sum::<usize>()
        };
        let whole = listed(bytes.len());
        assert!(whole > 0 && whole % 3 == 0, "{}", original.display());
        let lengths = (1..12).map(|part| bytes.len() * part / 12).chain([bytes.len() - 1]);
        let least = lengths.map(listed).min().unwrap();
        assert_eq!(least, whole / 3 * 2, "{}: without most of it none is there", original.display());
    }
}

/// Vectors of words come in files named after their dimensions.
#[test]
fn files_that_all_have_other_dimensions_are_no_series() {
    let root = files(&[("glove.2d.csv", TWO), ("glove.3d.csv", WIDE)]);
    assert!(opened(root.path()).series().is_empty());
}

#[test]
fn numbers_that_occur_twice_count_once() {
    let root = files(&[("e1.csv", TWO), ("e01.csv", TWO), ("e2.csv", TWO)]);
    let series = &opened(root.path()).series()[0];
    assert_eq!((series.steps.len(), series.doubles.len()), (2, 1));
}

#[test]
fn a_single_numbered_file_leads_to_its_folder() {
    let root = files(&[("e1.csv", TWO), ("e5.csv", TWO), ("f.csv", TWO), ("e/e2.csv", TWO)]);
    let found = siblings(&root.path().join("e5.csv")).unwrap().unwrap();
    assert_eq!((found.pattern.as_str(), found.numbers.as_slice()), ("e*.csv", &[1, 5][..]));
    let problem = found.problem(&root.path().join("e5.csv")).to_string();
    assert!(problem.contains("this is one of 2 numbered files, e*.csv. Open the folder"), "{problem}");
    assert_eq!(siblings(&root.path().join("f.csv")).unwrap(), None);
    assert_eq!(siblings(root.path()).unwrap(), None);
    let root = checkpoints("tf_v2", "model.ckpt-100", &["m-1", "m-2"], &["m-2"]);
    for name in ["m-1", "m-1.index", "m-1.data-00000-of-00001"] {
        let found = siblings(&root.path().join(name)).unwrap().unwrap();
        assert_eq!((found.pattern.as_str(), found.numbers.as_slice()), ("m-*.index", &[1, 2][..]));
    }
}

#[test]
fn gaps_are_what_a_regular_sequence_lacks() {
    let gap = |first, last, count| Gap { first, last, count };
    for (numbers, expected) in [
        (&[][..], (None, vec![])),
        (&[5], (None, vec![])),
        (&[5, 7], (None, vec![])),
        (&[0, 100, 200], (Some(100), vec![])),
        (&[0, 100, 200, 500], (Some(100), vec![gap(300, 400, 2)])),
        (&[1, 2, 4, 8, 16], (None, vec![])),
        (&[1, 2, 3, 4, u64::MAX], (Some(1), vec![gap(5, u64::MAX - 1, u64::MAX - 5)])),
        (&[0, 100, 200, 250], (None, vec![])),
        (&[0, 100, 200, 350, 450], (None, vec![])),
    ] {
        let (every, missing) = expected;
        assert_eq!(regular(numbers), every, "{numbers:?}");
        assert_eq!(every.map_or_else(Vec::new, |every| gaps(numbers[0], every, numbers.to_vec())), missing);
    }
}

/// Of the numbers from the first to the last, every one of the sequence is there or in a gap, once.
#[test]
fn numbers_that_are_there_are_in_no_gap() {
    let gap = |first, last, count| Gap { first, last, count };
    for (numbers, unread, expected) in [
        (&[0, 100, 200, 400][..], &[300][..], vec![]),
        (&[0, 100, 200, 600], &[400], vec![gap(300, 300, 1), gap(500, 500, 1)]),
        (&[0, 100, 200, 500], &[350], vec![gap(300, 300, 1), gap(400, 400, 1)]),
        (&[100, 200, 300], &[600], vec![gap(400, 500, 2)]),
        (&[200, 300, 400], &[0, 50], vec![gap(100, 100, 1)]),
    ] {
        let every = regular(numbers).unwrap();
        assert_eq!(gaps(numbers[0], every, [numbers, unread].concat()), expected, "{numbers:?} {unread:?}");
    }
}
