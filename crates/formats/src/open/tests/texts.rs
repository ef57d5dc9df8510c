//! Text, packed text, JSON, and word vectors that other programs wrote (`tests/fixtures/texts`).

use proptest::prelude::*;

use super::*;
use crate::Join;

fn texts(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/texts").join(name)
}

fn words() -> Vec<String> {
    serde_json::from_slice(&fs::read(texts("words.json")).unwrap()).unwrap()
}

#[track_caller]
fn opened(name: &str, options: &OpenOptions, embedding: Option<&str>) -> (Source, Loaded) {
    let source = open(&texts(name), options).unwrap();
    let (run, place) = source.choose(None, embedding).unwrap();
    let loaded = source.load(run, place, &Progress::default()).unwrap();
    (source, loaded)
}

/// What other programs wrote is read as what it was written from.
#[test]
fn files_of_other_programs_hold_the_same_vectors_and_words() {
    let expected = values(&array(&texts("expected.npy")));
    #[rustfmt::skip]
    let table = [
        ("pandas_lines.jsonl", "jsonl", "by its first bytes", "word count score flag"),
        ("pandas_array.json", "jsonl", "a JSON array by its first bytes, and in it: by its first bytes", "word count score flag"),
        ("polars.ndjson", "jsonl", "by its first bytes", "word count score flag"),
        ("datasets.jsonl", "jsonl", "by its first bytes", "word count score flag"),
        ("python.jsonl", "jsonl", "by its first bytes", "word"),
        ("pandas_wide.jsonl", "jsonl", "by its first bytes", "word"),
        ("pandas.csv.gz", "csv", "gzip by its first bytes, and in it: by its ending .csv", "word"),
        ("two_members.csv.gz", "csv", "gzip by its first bytes, and in it: by its ending .csv", "word"),
        ("plain.csv.zst", "csv", "zstd by its first bytes, and in it: by its ending .csv", "word"),
        ("pandas_utf16.csv", "csv", "UTF-16 by its first bytes, and in it: by its ending .csv", "word"),
        ("gensim.bin", "word2vec", "by its first bytes", "word"),
        ("gensim.bin.gz", "word2vec", "gzip by its first bytes, and in it: by its first bytes", "word"),
        ("original.bin", "word2vec", "by its first bytes", "word"),
        ("gensim.vec", "text", "by its ending .vec", "word"),
    ];
    for (name, format, recognized, columns) in table {
        let (source, loaded) = opened(name, &OpenOptions::default(), (name == "python.jsonl").then_some("vector"));
        assert_eq!((source.format, source.recognized.as_str()), (format, recognized), "{name}");
        let Loaded { embedding, problems, .. } = loaded;
        assert_eq!(values(&embedding.vectors), expected, "{name}");
        let found: Vec<&str> = embedding.metadata.columns().iter().map(Column::name).collect();
        assert_eq!(found.join(" "), columns, "{name}");
        let word = embedding.metadata.column("word").unwrap();
        let read: Vec<&str> = (0..24).map(|row| word.text(row).unwrap_or_default()).collect();
        assert_eq!(read, words(), "{name}");
        let worst = problems.iter().map(|problem| problem.severity).max();
        assert!(worst.is_none_or(|worst| worst == Severity::Note), "{name}: {problems:?}");
        if let Some(score) = embedding.metadata.column("score") {
            assert_eq!((score.text(0), score.number(1), score.missing()), (None, Some(0.125), 5), "{name}");
            assert_eq!(embedding.metadata.column("flag").unwrap().text(2), Some("True"), "{name}");
        }
    }
    let (source, loaded) = opened("python.jsonl", &OpenOptions::default(), Some("twice"));
    assert_eq!(values(&loaded.embedding.vectors)[0], 2.0 * expected[0]);
    let names: Vec<_> = source.runs[0].embeddings.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["vector", "twice"]);
    assert!(source.problems.iter().any(|note| note.message.contains("left out: more")), "{:?}", source.problems);
}

#[test]
fn lines_that_are_damaged_are_refused_with_line_and_column() {
    let root = folder(&[
        ("broken.jsonl", b"{\"a\": [1, 2]}\n\n{\"a\": [3, 4]\n{\"a\": [5, 6]}\n"),
        ("short.jsonl", b"{\"a\": [1, 2]}\n{\"a\": [3]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n{\"a\": [3, 4]}\n"),
        ("words.jsonl", b"{\"a\": \"x\"}\n{\"a\": \"y\"}\n"),
        ("missing.jsonl", b"{\"a\": [1, null]}\r\n{\"b\": 2}\r\n{\"a\": [5, NaN], \"b\": null}\r\n"),
    ]);
    let said = |name: &str| {
        let source = open(&root.path().join(name), &OpenOptions::default());
        source.and_then(|source| source.load(0, 0, &Progress::default())).unwrap_err().to_string()
    };
    assert!(
        said("broken.jsonl").contains("broken.jsonl: line 3, column 13: the line ends within a value."),
        "{}",
        said("broken.jsonl")
    );
    assert!(said("short.jsonl").contains("line 2: \"a\" is not an array of 2 numbers."), "{}", said("short.jsonl"));
    assert!(said("words.jsonl").contains("no field holds numbers"), "{}", said("words.jsonl"));
    let loaded = load(&root.path().join("missing.jsonl"), None, None);
    assert_eq!(loaded.embedding.non_finite.as_slice(), [0, 1, 2]);
    assert_eq!(loaded.embedding.metadata.column("b").unwrap().text(1), Some("2"));
}

/// A field or a vector that one line has would be a cell of each line.
#[test]
fn lines_with_few_of_the_fields_take_little_memory() {
    let many: String = (0..20_000).fold(String::new(), |text, row| text + &format!("{{\"v\":[1,2],\"{row}\":1}}\n"));
    let wide = format!("{{\"v\":[{}1]}}\n{}", "1,".repeat(20_000), "{}\n".repeat(100_000));
    let root = folder(&[("many.jsonl", many.as_bytes()), ("wide.jsonl", wide.as_bytes())]);
    let loaded = load(&root.path().join("many.jsonl"), None, None);
    assert!(loaded.embedding.metadata.columns().len() < 400);
    assert!(loaded.problems.iter().any(|problem| problem.message.contains("of 20001 fields are read")));
    let said = open(&root.path().join("wide.jsonl"), &OpenOptions::default()).unwrap_err().to_string();
    assert!(said.contains("few of the 100001 lines have the 20001 numbers of a vector"), "{said}");
}

/// Rows of metadata in another order, with one that fits nothing and one key twice.
#[test]
fn metadata_are_joined_by_a_key() {
    for (file, column) in [("joined.csv", None), ("joined.jsonl", Some("word".to_owned()))] {
        let join = Some(Join { key: "token".to_owned(), column });
        let options = OpenOptions { metadata: Some(texts(file)), join: join.map(Box::new), ..OpenOptions::default() };
        for vectors in ["gensim.bin", "pandas_lines.jsonl"] {
            let (_, loaded) = opened(vectors, &options, None);
            let metadata = &loaded.embedding.metadata;
            let numbers: Vec<Option<f64>> = (0..24).map(|row| metadata.column("number").unwrap().number(row)).collect();
            assert!(numbers.iter().enumerate().all(|(row, number)| number.is_none_or(|number| number == row as f64)));
            assert_eq!(numbers.iter().filter(|number| number.is_none()).count(), 2);
            assert_eq!(metadata.column("word").unwrap().text(3), Some("naïve"));
            let said: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
            let has = |part: &str| said.iter().any(|text| text.contains(part));
            assert!(has("2 of 24 vectors have no row of metadata"), "{said:?}");
            assert!(has("1 of 23 keys of metadata fit no vector, the first of them \"gone\""), "{said:?}");
            assert!(has("1 row with a key that an earlier row has, as \"the\""), "{said:?}");
        }
    }
    let said = |vectors: &str, key: &str| {
        let join = Some(Join { key: key.to_owned(), column: None });
        let options =
            OpenOptions { metadata: Some(texts("joined.csv")), join: join.map(Box::new), ..OpenOptions::default() };
        open(&texts(vectors), &options).unwrap_err().to_string()
    };
    assert!(
        said("gensim.bin", "nothing").contains("no column \"nothing\" to join by. There are: \"token\", \"number\"")
    );
    assert!(said("expected.npy", "token").contains("the vectors have no column"), "{}", said("expected.npy", "token"));
    assert!(said("gensim.bin", "number").contains("no value of \"number\""), "{}", said("gensim.bin", "number"));
}

#[test]
fn separator_and_header_can_be_given() {
    let root = folder(&[("v.txt", b"1|2|3\n4|5|6\n"), ("h.tsv", b"1\t2\n3\t4\n")]);
    let shape = |name: &str, options: OpenOptions| {
        let source = open(&root.path().join(name), &options).unwrap();
        let loaded = source.load(0, 0, &Progress::default()).unwrap();
        (loaded.embedding.vectors.rows(), loaded.embedding.vectors.dims())
    };
    assert_eq!(shape("v.txt", OpenOptions { delimiter: Some('|'), ..OpenOptions::default() }), (2, 3));
    assert_eq!(shape("h.tsv", OpenOptions::default()), (2, 2));
    assert_eq!(shape("h.tsv", OpenOptions { header: Some(true), ..OpenOptions::default() }), (1, 2));
    assert_eq!(shape("h.tsv", OpenOptions { header: Some(false), ..OpenOptions::default() }), (2, 2));
}

/// First bytes count before the ending, and the ending before a guess.
#[test]
fn content_counts_before_the_name() {
    let npy = fs::read(texts("expected.npy")).unwrap();
    let lines = fs::read(texts("polars.ndjson")).unwrap();
    let model = [&793_712_314_u32.to_le_bytes()[..], &[0; 100]].concat();
    let root = folder(&[
        ("array.csv", &npy),
        ("lines.txt", &lines),
        ("table.dat", b"1,2\n3,4\n"),
        ("model.bin", &model),
        ("raw.bin", &[0; 16]),
    ]);
    let raw =
        || OpenOptions { raw: Some(RawLayout { dims: 2, dtype: "f32".into(), offset: 0 }), ..OpenOptions::default() };
    let found = |name: &str, options: OpenOptions| {
        let source = open(&root.path().join(name), &options).unwrap();
        (source.format, source.recognized)
    };
    assert_eq!(found("array.csv", OpenOptions::default()), ("npy", "by its first bytes".to_owned()));
    assert_eq!(found("lines.txt", OpenOptions::default()), ("jsonl", "by its first bytes".to_owned()));
    assert_eq!(found("table.dat", OpenOptions::default()).1, "by its first lines");
    assert_eq!(found("raw.bin", raw()), ("raw", "by --raw-dims".to_owned()));
    let said = open(&root.path().join("model.bin"), &OpenOptions::default()).unwrap_err().to_string();
    assert!(said.contains("this is a model of fastText") && said.contains("save_word2vec_format"), "{said}");
}

#[test]
fn remote_files_of_a_configuration_are_not_fetched() {
    let config = br#"{"embeddings": [{"tensorName": "a", "tensorPath": "https://example.com/a.bytes", "tensorShape": [2, 2]},
        {"tensorName": "b", "tensorPath": "v.bytes", "tensorShape": [2, 3], "metadataPath": "https://example.com/b.tsv"}]}"#;
    let root = folder(&[("oss.json", config), ("v.bytes", &[0; 24])]);
    let source = open(&root.path().join("oss.json"), &OpenOptions::default()).unwrap();
    assert_eq!(source.runs[0].embeddings.len(), 1);
    let said: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said.iter().filter(|text| text.contains("is on the network, and nothing is fetched")).count(),
        2,
        "{said:?}"
    );
}

/// Beginnings of files of every kind, with anything behind them, are listed or refused.
#[test]
fn pseudo_random_files_are_listed_or_refused() {
    let mut state = 15_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let starts: Vec<Vec<u8>> =
        fs::read_dir(texts("")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    let magic: [&[u8]; 14] = [
        b"",
        b"\x93NUMPY\x01\0",
        b"PK\x03\x04",
        b"PAR1",
        b"ARROW1\0\0",
        b"\x89HDF\r\n\x1a\n",
        b"\x1F\x8B\x08\0",
        b"\x28\xB5\x2F\xFD",
        b"\xFF\xFE",
        b"9 9\n",
        b"[{\"",
        b"{\"a\":",
        b"a,b\n1,2\n",
        &[0x10, 0, 0, 0, 0, 0, 0, 0, b'{'],
    ];
    let endings =
        ["npy", "npz", "csv", "tsv", "txt", "bin", "jsonl", "json", "gz", "vec", "pbtxt", "", "parquet", "pt"];
    let root = tempfile::tempdir().unwrap();
    for index in 0..1000 {
        let length = next() % if index % 50 == 0 { 65_536 } else { 2048 };
        let letters = b"0123456789.,;\t\n \"{}[]:-eEnaN\xFF\0";
        let is_text = next() % 2 == 0;
        let mut bytes: Vec<u8> =
            (0..length).map(|_| if is_text { letters[next() % letters.len()] } else { next() as u8 }).collect();
        if next() % 3 == 0 {
            let whole = &starts[next() % starts.len()];
            bytes.splice(0..0, whole[..next() % (whole.len() + 1)].iter().copied());
        } else {
            bytes.splice(0..0, magic[next() % magic.len()].iter().copied());
        }
        let path = root.path().join(format!("x{}.{}", index % 7, endings[next() % endings.len()]));
        fs::write(&path, &bytes).unwrap();
        if let Ok(source) = open(&path, &OpenOptions::default()) {
            for (run, place) in
                source.runs.iter().enumerate().flat_map(|(run, of)| (0..of.embeddings.len()).map(move |at| (run, at)))
            {
                let _ = source.load(run, place, &Progress::default());
            }
        }
        fs::remove_file(&path).unwrap();
    }
}

/// Files of this system, chosen by chance, the same in each run: whatever they are, `inspect` lists or
/// refuses them, soon, and keeps no more memory than they justify.
#[test]
fn files_of_this_system_are_listed_or_refused() {
    const COUNT: usize = 1000;
    /// For a file, and beside it for each megabyte of the file. Programs that run beside take time, too.
    const SECONDS: [f64; 2] = [10.0, 1.0];
    let mut waiting = vec![PathBuf::from("/usr")];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    if files.is_empty() {
        return println!("skipped: there is no /usr with files");
    }
    files.sort();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let before = peak_memory();
    for _ in 0..COUNT {
        let path = &files[next() % files.len()];
        let size = fs::metadata(path).map_or(0, |known| known.len());
        let start = std::time::Instant::now();
        let found = open(path, &OpenOptions::default());
        let seconds = start.elapsed().as_secs_f64();
        let most = SECONDS[0] + SECONDS[1] * size as f64 / f64::from(1 << 20);
        assert!(seconds < most, "{}: {seconds} s for {size} bytes", path.display());
        match found {
            Ok(source) => drop(source),
            Err(error) => assert!(error.to_string().starts_with(&*path.to_string_lossy()), "{error}"),
        }
    }
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        // Other tests run beside it.
        assert!(after - before.min(after) < 2 << 30, "{before} bytes became {after}");
    }
}

/// The most memory that this process has had, on systems that tell.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Each fixture, cut and with a bit flipped.
    #[test]
    fn damaged_texts_are_read_or_refused(place in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(), bit in 0..8) {
        let mut paths: Vec<PathBuf> = fs::read_dir(texts("")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let path = place.get(&paths);
        let mut bytes = fs::read(path).unwrap();
        bytes.truncate(1 + cut.index(bytes.len()));
        let at = flip.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let root = folder(&[(&*path.file_name().unwrap().to_string_lossy(), &bytes)]);
        let path = root.path().join(path.file_name().unwrap());
        if let Ok(source) = open(&path, &OpenOptions::default()) {
            let _ = source.load(0, 0, &Progress::default());
        }
    }
}
