//! What options ask for, what is said about a choice, and the names that messages have.

use std::io::Write as _;

use super::*;
use crate::Join;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(dims: usize, dtype: &str) -> OpenOptions {
    OpenOptions { raw: Some(RawLayout { dims, dtype: dtype.into(), offset: 0 }), ..OpenOptions::default() }
}

fn notes(source: &Source) -> Vec<String> {
    source.problems.iter().map(ToString::to_string).collect()
}

/// What a person says about raw numbers counts before all that the bytes may be.
#[test]
fn raw_numbers_are_read_from_any_file() {
    let root = folder(&[
        ("pickle.dat", b"\x80\x02}.\x00\x00\x00\x00"),
        ("text.txt", b"abcdefgh"),
        ("wide.txt", b"a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0"),
        ("x.npy", b"\x93NUMPY\x01\x00"),
        ("packed.f32.gz", &gzip(&[0; 16])),
    ]);
    let shape = |name: &str, options: &OpenOptions| {
        let source = open(&root.path().join(name), options).unwrap();
        assert!(source.recognized.ends_with("by --raw-dims"), "{}", source.recognized);
        let vectors = source.load(0, 0, &Progress::default()).unwrap().embedding.vectors;
        (vectors.rows(), vectors.dims(), vectors.dtype())
    };
    assert_eq!(shape("pickle.dat", &raw(2, "f32")), (1, 2, Dtype::F32));
    assert_eq!(shape("text.txt", &raw(4, "u8")), (2, 4, Dtype::U8));
    assert_eq!(shape("wide.txt", &raw(5, "u16")), (2, 5, Dtype::U16));
    assert_eq!(shape("x.npy", &raw(4, "i16")), (1, 4, Dtype::I16));
    assert_eq!(shape("packed.f32.gz", &raw(2, "f32")), (2, 2, Dtype::F32));
}

#[test]
fn options_without_a_use_are_refused() {
    let npy = fs::read(fixture("tf_v2/expected_dense_kernel.npy")).unwrap();
    let root =
        folder(&[("x.npy", &npy), ("l.jsonl", b"{\"v\": [1, 2]}\n{\"v\": [3, 4]}\n"), ("f/a.csv", b"x,y\n1,2\n")]);
    let said = |name: &str, options: OpenOptions| open(&root.path().join(name), &options).unwrap_err().to_string();
    let default = OpenOptions::default;
    let delimiter = || OpenOptions { delimiter: Some(';'), ..default() };
    assert!(said("x.npy", delimiter()).contains("--delimiter ; says how a text table is read, and this is not one"));
    assert!(said("l.jsonl", delimiter()).ends_with("Leave --delimiter out."));
    assert!(said("f", delimiter()).contains("and this is not one"));
    assert!(said("x.npy", OpenOptions { header: Some(true), ..default() }).ends_with("Leave --header out."));
    assert!(
        said("x.npy", OpenOptions { vectors: Some("a".into()), ..default() }).contains("--vectors a names columns")
    );
    assert!(said("f", raw(2, "f32")).contains("--raw-dims 2 says how raw numbers lie in a file, and this is not one"));
    let thumbnail = said("x.npy", OpenOptions { thumbnail: Some([2, 2]), ..default() });
    assert!(thumbnail.contains("there is no picture. Name it with --sprite"), "{thumbnail}");
}

#[test]
fn what_is_shown_first_of_several_is_said() {
    let root = folder(&[
        ("a.csv", b"x,y\n1,2\n3,4\n"),
        ("b.csv", b"x,y\n1,2\n3,4\n5,6\n"),
        ("two.jsonl", b"{\"v\": [1, 2], \"w\": [1, 2]}\n{\"v\": [3, 4], \"w\": [5, 6]}\n"),
    ]);
    let source = open(root.path(), &OpenOptions::default()).unwrap();
    let said = notes(&source);
    let expected = "tensor \"b.csv\": it is shown first of 4 embeddings, since it is the largest. Choose another with --embedding NAME.";
    assert_eq!(said.iter().filter(|said| said.contains("shown first")).count(), 1, "{said:?}");
    assert!(said.iter().any(|said| said.ends_with(expected)), "{said:?}");
    let is_said = |is_named: bool| {
        let (here, elsewhere) = source.split(source.problems.clone(), (0, 1), is_named);
        here.iter().chain(&elsewhere).any(|problem| problem.message.contains("shown first"))
    };
    assert!(is_said(false) && !is_said(true), "a person who names an embedding has chosen");
    let source = open(&root.path().join("two.jsonl"), &OpenOptions::default()).unwrap();
    let said = notes(&source);
    assert!(said.iter().any(|said| said.contains("none is larger, and it is the first of its size")), "{said:?}");
}

/// Of what is in a packed file, messages have the name of the file.
#[test]
fn messages_name_files_that_exist() {
    let wide: Vec<u8> = "x,y\n1,2\n3,4\n".encode_utf16().flat_map(u16::to_le_bytes).chain([b'\n']).collect();
    let root = folder(&[
        ("x.csv.gz", &gzip(b"name,x,y\na,1,2\nb,3,4\n")),
        ("bad.jsonl.gz", &gzip(b"{\"v\": [1, 2]}\n{\"v\": [3, 4]}\n{\"v\": 5]\n")),
        ("rows.json", b"[{\"v\": [1, 2]}, {\"v\": [3, 4]}, {\"v\": 5]"),
        ("odd.csv", &[b"\xFF\xFE", &wide[..]].concat()),
    ]);
    let path = |name: &str| root.path().join(name);
    let source = open(&path("x.csv.gz"), &OpenOptions::default()).unwrap();
    let loaded = source.load(0, 0, &Progress::default()).unwrap();
    assert!(!source.problems.is_empty());
    for problem in source.problems.iter().chain(&loaded.problems) {
        assert_eq!(problem.file, path("x.csv.gz"));
    }
    let failed = |name: &str| {
        let source = open(&path(name), &OpenOptions::default());
        source.and_then(|source| source.load(0, 0, &Progress::default())).unwrap_err().to_string()
    };
    assert!(
        failed("bad.jsonl.gz").starts_with(&format!("{}: line 3", path("bad.jsonl.gz").display())),
        "{}",
        failed("bad.jsonl.gz")
    );
    assert!(
        failed("rows.json").starts_with(&format!("{}: element 3", path("rows.json").display())),
        "{}",
        failed("rows.json")
    );
    let source = open(&path("odd.csv"), &OpenOptions::default()).unwrap();
    assert_eq!((source.runs[0].embeddings[0].rows, source.problems[0].severity), (2, Severity::Warning));
    assert!(source.problems[0].message.contains("an odd number of bytes"), "{:?}", source.problems);
}

/// Once for listing and loading; and no more than the beginning for files of a folder that are of no
/// known format.
#[test]
fn packed_files_are_unpacked_once() {
    let zeros = gzip(&vec![0; 80 << 20]);
    let root = folder(&[("x.csv.gz", &gzip(b"x,y\n1,2\n3,4\n")), ("zeros.gz", &zeros)]);
    // More than the limit, so unpacking it whole would be an error that is listed.
    let source = open(root.path(), &OpenOptions::default()).unwrap();
    let names: Vec<&str> = source.runs[0].embeddings.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["x.csv.gz"]);
    assert!(source.problems.iter().all(|problem| !problem.file.ends_with("zeros.gz")), "{:?}", source.problems);
    let progress = Progress::default();
    progress.cancel();
    let canceled = crate::open_with(&root.path().join("zeros.gz"), &OpenOptions::default(), &progress);
    assert!(matches!(canceled, Err(FormatError::Cancelled)));
}

#[test]
fn what_is_packed_otherwise_is_to_be_unpacked() {
    let tar = [&[b'x'; 257][..], b"ustar\x0000", &[0; 512]].concat();
    let root = folder(&[
        ("v.csv.bz2", b"BZh91AY&SY\x01\x02\x03"),
        ("v.csv.xz", b"\xFD7zXZ\0\0\x04"),
        ("v.tar.gz", &gzip(&tar)),
        ("v.zip", b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0"),
    ]);
    let said = |name: &str| open(&root.path().join(name), &OpenOptions::default()).unwrap_err().to_string();
    assert!(said("v.csv.bz2").ends_with("packed with bzip2; only gzip and zstd are unpacked here. Unpack it first."));
    assert!(said("v.csv.xz").contains("packed with xz"), "{}", said("v.csv.xz"));
    assert!(said("v.tar.gz").contains("v.tar.gz: this is a tar archive"), "{}", said("v.tar.gz"));
    assert!(said("v.zip").contains("Unpack it first, and open a file or folder of it"), "{}", said("v.zip"));
}

#[test]
fn keys_that_are_numbers_are_joined_by_value() {
    let root = folder(&[
        ("v.csv", b"id,x,y\n0,1.5,2.5\n1,3.5,4.5\n2,5.5,6.5\n"),
        ("m.csv", b"id,name\n2.0,c\n0.0,a\n1.0,b\n"),
    ]);
    let join = Some(Box::new(Join { key: "id".into(), column: None }));
    let options = OpenOptions { metadata: Some(root.path().join("m.csv")), join, ..OpenOptions::default() };
    let source = open(&root.path().join("v.csv"), &options).unwrap();
    let loaded = source.load(0, 0, &Progress::default()).unwrap();
    let names = loaded.embedding.metadata.column("name").unwrap();
    assert_eq!((0..3).filter_map(|row| names.text(row)).collect::<String>(), "abc");
    assert!(
        notes(&source).iter().any(|note| note.contains("keys are compared as numbers: \"0\"")),
        "{:?}",
        notes(&source)
    );
}

#[test]
fn sheets_that_do_not_fit_are_said_when_they_are_listed() {
    let root = folder(&[("v.csv", b"x,y\n1,2\n3,4\n5,6\n"), ("p/a.png", &png(2, 2)), ("p/b.png", &png(2, 2))]);
    fs::write(root.path().join("s.png"), png(5, 2)).unwrap();
    let listed = |sprite: &str, thumbnail| {
        let sprite = Some(root.path().join(sprite));
        let source = open(&root.path().join("v.csv"), &OpenOptions { sprite, thumbnail, ..OpenOptions::default() });
        source.map_or_else(|error| error.to_string(), |source| notes(&source).join("\n"))
    };
    let said = listed("s.png", Some([2, 2]));
    assert!(said.contains("do not fill the sheet of 5x2; left over at the right: 1, at the bottom: 0"), "{said}");
    assert!(said.contains("2 x 1 = 2 thumbnails for 3 rows"), "{said}");
    let said = listed("p", None);
    assert!(said.contains("there are 2 pictures for 3 rows, and no column with their names"), "{said}");
}

#[test]
fn bars_separate_cells() {
    let root = folder(&[("v.csv", b"name|x|y\na|1|2\nb|3|4\n"), ("odd.csv", b"name,x\na,1\nb,oops\n")]);
    let said = |name: &str| open(&root.path().join(name), &OpenOptions::default()).unwrap_err().to_string();
    let source = open(&root.path().join("v.csv"), &OpenOptions::default()).unwrap();
    assert!(notes(&source).join("\n").contains("cells are separated by bars"), "{:?}", notes(&source));
    assert!(said("odd.csv").contains("odd.csv: line 3: \"x\" holds numbers and other values"), "{}", said("odd.csv"));
    let options = OpenOptions { vectors: Some("y,x".into()), delimiter: Some('|'), ..OpenOptions::default() };
    let source = open(&root.path().join("v.csv"), &options).unwrap();
    assert!(
        notes(&source).join("\n").contains("in the order of the file, not in that of --vectors"),
        "{:?}",
        notes(&source)
    );
}

#[test]
fn a_text_of_metadata_is_read_as_a_person_says() {
    let npy = fs::read(fixture("tf_v2/expected_dense_kernel.npy")).unwrap();
    let lines = (0..20).map(|row| format!("a{row}:{row}\n")).collect::<Vec<_>>().concat();
    let root = folder(&[
        ("x.npy", &npy),
        ("v.csv", b"x,y\n1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n"),
        ("m.txt", lines.as_bytes()),
        ("m.jsonl", b"{\"a\": 1}\n"),
    ]);
    let opened = |name: &str, metadata: &str| {
        let (metadata, delimiter, header) = (Some(root.path().join(metadata)), Some(':'), Some(false));
        open(&root.path().join(name), &OpenOptions { metadata, delimiter, header, ..OpenOptions::default() })
    };
    let source = opened("x.npy", "m.txt").unwrap();
    let info = source.runs[0].embeddings[0].metadata.as_ref().unwrap();
    let names: Vec<&str> = info.columns.iter().map(|column| &*column.name).collect();
    assert_eq!((&names[..], info.rows), (&["column 1", "column 2"][..], source.runs[0].embeddings[0].rows));
    let refused = opened("x.npy", "m.jsonl").unwrap_err().to_string();
    assert!(refused.contains("m.jsonl: --delimiter says how a text table is read"), "{refused}");
    let (metadata, header) = (Some(root.path().join("m.txt")), Some(true));
    let source = open(&root.path().join("v.csv"), &OpenOptions { metadata, header, ..OpenOptions::default() }).unwrap();
    assert!(notes(&source).join("\n").contains("v.csv is read; the separator and the header of this table"));
}

/// The last line is the header, or a row, and comments are not counted.
#[test]
fn comments_above_a_table_are_told_from_rows() {
    let root = folder(&[
        ("pandas.csv", b"# made by me, today\n# 2\na,b,name\n1.5,2,x\n2.5,3,y\n"),
        ("names.csv", b"# a,b\n1.5,2\n2.5,3\n"),
        ("bare.csv", b"#comment\n1.5,2,7.5\n2.5,3,1.5\n"),
        ("words.tsv", b"#\t1.5\t2\n##\t2.5\t3\nx\t2.5\t3\n"),
        ("glove.txt", b"# 1.5 2.5\n## 2.5 3.5\nx 2.5 3.5\n"),
        ("broken.csv", b"# one\n# two\na,b\n1,2\n3,4\n5,x,6\n"),
    ]);
    let check = |name: &str, [rows, dims]: [usize; 2], comments: usize| {
        let source = open(&root.path().join(name), &OpenOptions::default()).unwrap();
        let vectors = source.load(0, 0, &Progress::default()).unwrap().embedding.vectors;
        assert_eq!((vectors.rows(), vectors.dims()), (rows, dims), "{name}");
        let said = notes(&source).join("\n");
        let is_said = said.contains(if comments == 1 { "as a comment" } else { "as comments" });
        assert_eq!(is_said, comments > 0, "{name}: {said}");
    };
    check("pandas.csv", [2, 2], 2);
    check("names.csv", [2, 2], 0);
    check("bare.csv", [2, 3], 1);
    check("words.tsv", [3, 2], 0);
    check("glove.txt", [3, 2], 0);
    let source = open(&root.path().join("broken.csv"), &OpenOptions::default()).unwrap();
    let error = source.load(0, 0, &Progress::default()).unwrap_err().to_string();
    assert!(error.contains("line 6"), "{error}");
    let metadata = Some(root.path().join("pandas.csv"));
    let source = open(&root.path().join("names.csv"), &OpenOptions { metadata, ..OpenOptions::default() }).unwrap();
    let columns = &source.runs[0].embeddings[0].metadata.as_ref().unwrap().columns;
    assert_eq!(columns.iter().map(|column| &*column.name).collect::<Vec<_>>(), ["a", "b", "name"]);
}

#[test]
fn each_column_of_vectors_is_an_embedding() {
    let rows: Vec<String> =
        (0..6).map(|row| format!("n{row},\"[{row}.5, 1, 2]\",\"[1, {row}.25]\",\"[1, 2, {row}]\"\n")).collect();
    let root = folder(&[("v.csv", format!("name,a,b,tokens\n{}", rows.concat()).as_bytes())]);
    let source = open(&root.path().join("v.csv"), &OpenOptions::default()).unwrap();
    let infos = &source.runs[0].embeddings;
    let found: Vec<(&str, usize)> = infos.iter().map(|info| (&*info.name, info.dims)).collect();
    assert_eq!(found, [("a", 3), ("b", 2)]);
    for place in 0..2 {
        let loaded = source.load(0, place, &Progress::default()).unwrap();
        let names: Vec<&str> =
            loaded.embedding.metadata.columns().iter().map(parallax_embedding::Column::name).collect();
        assert_eq!(names, ["name", "tokens"]);
    }
    let vectors = source.load(0, 1, &Progress::default()).unwrap().embedding.vectors;
    assert_eq!(vectors.row_as::<f64>(3, &mut Vec::new()), [1.0, 3.25]);
    assert!(
        notes(&source)
            .join("\n")
            .contains("vectors: column b (2 numbers); metadata: name, tokens; other embeddings: a")
    );
}

#[test]
fn numbers_of_rows_are_metadata_at_either_end() {
    let lines = |separator: &str, is_first: bool| -> String {
        let line = |row: usize| {
            let (id, numbers) = (format!("{}", 1000 + row * 7), format!("0.{row}1{separator}1.{row}{separator}2.5"));
            if is_first { format!("{id}{separator}{numbers}\n") } else { format!("{numbers}{separator}{id}\n") }
        };
        (0..20).map(line).collect()
    };
    let said = |name: &str, text: &str| {
        let root = folder(&[(name, text.as_bytes())]);
        let source = open(&root.path().join(name), &OpenOptions::default()).unwrap();
        (source.runs[0].embeddings[0].dims, notes(&source).join("\n"))
    };
    for (name, separator) in [("v.csv", ","), ("v.tsv", "\t")] {
        for is_first in [true, false] {
            let (dims, said) = said(name, &lines(separator, is_first));
            assert!(dims == 3 && said.contains("as identifiers do, so it is metadata"), "{name}: {said}");
        }
    }
    let (dims, said) = said("v.txt", &lines(" ", false));
    assert!(dims == 4 && said.contains("the last number of each line is another large whole number"), "{said}");
}
