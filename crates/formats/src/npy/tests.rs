use std::{io::Write as _, path::PathBuf};

use parallax_embedding::Column;
use proptest::prelude::*;

use super::*;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/numpy").join(name)
}

fn bytes(name: &str) -> SharedBytes {
    Arc::new(std::fs::read(data(name)).unwrap())
}

fn read(bytes: SharedBytes) -> Result<Vectors, String> {
    vectors(bytes, Path::new("x.npy"), &Progress::default()).map_err(|error| error.to_string())
}

fn all(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
}

const VALUES: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 100.0, 127.0];

#[test]
fn npy_reads_every_type_order_and_version() {
    #[track_caller]
    fn check(name: &str, dtype: Dtype, expected: &[f32]) {
        let bytes = bytes(name);
        assert_eq!(list(&bytes, Path::new(name)).unwrap().embedding(), Some((2, 3, dtype)), "{name}");
        let vectors = read(bytes).unwrap();
        assert_eq!((vectors.rows(), vectors.dims(), vectors.dtype()), (2, 3, dtype), "{name}");
        assert_eq!(all(&vectors), expected, "{name}");
    }
    let types = [
        ("f2", Dtype::F16),
        ("f4", Dtype::F32),
        ("f8", Dtype::F64),
        ("i1", Dtype::I8),
        ("u1", Dtype::U8),
        ("i2", Dtype::I16),
        ("u2", Dtype::U16),
        ("i4", Dtype::I32),
        ("u4", Dtype::U32),
        ("i8", Dtype::I64),
        ("u8", Dtype::U64),
    ];
    for (name, dtype) in types {
        for order in ["little", "big", "fortran"] {
            check(&format!("{order}_{name}.npy"), dtype, &VALUES);
        }
    }
    check("fortran_big_f4.npy", Dtype::F32, &VALUES);
    check("bool.npy", Dtype::Bool, &[0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    (1..=3).for_each(|version| check(&format!("version_{version}.npy"), Dtype::F32, &VALUES));
}

#[test]
fn npy_reads_fractions_and_non_finite_values() {
    let bits = |name: &str| -> Vec<u32> { all(&read(bytes(name)).unwrap()).into_iter().map(f32::to_bits).collect() };
    let expected = [0.1_f32, -1.5, f32::NAN, f32::INFINITY].map(f32::to_bits);
    assert_eq!(bits("fractions_f4.npy"), expected);
    assert_eq!(bits("fractions_big_f8.npy")[..2], expected[..2]);
    assert_eq!(bits("fractions_big_f8.npy")[3], f32::NEG_INFINITY.to_bits());
}

#[test]
fn little_endian_rows_are_lent_where_they_lie() {
    let bytes = bytes("little_f2.npy");
    let address = (*bytes).as_ref().as_ptr_range();
    let vectors = read(Arc::clone(&bytes)).unwrap();
    assert!(address.contains(&vectors.raw(0..2).as_ptr()));
}

#[test]
fn npy_refuses_other_arrays_by_name() {
    #[track_caller]
    fn check(name: &str, expected: &str) {
        let error = read(bytes(name)).unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert_eq!(list(&bytes(name), Path::new(name)).unwrap().embedding(), None);
    }
    check("one_dimension.npy", "one-dimensional: 5 numbers; an embedding has rows and columns. Reshape it");
    check("three_dimensions.npy", "shape (2, 3, 4) has 3 dimensions; an embedding has 2. Reshape it");
    check("single_number.npy", "a single number");
    check("no_columns.npy", "shape (3, 0)");
    check("objects.npy", "|O (Python objects)");
    check("complex.npy", "<c16 (complex numbers)");
    check("dates.npy", "the array holds dates, not numbers");
    check("texts.npy", "texts of 2 characters, not numbers");
    check("records.npy", "a structured type (records of several fields)");
    assert_eq!(read(bytes("no_rows.npy")).unwrap().rows(), 0);
}

#[test]
fn arrays_of_which_most_is_missing_are_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976, 8), }\n";
    let length = (header.len() as u16).to_le_bytes();
    let path = folder.path().join("short.npy");
    std::fs::write(&path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat()).unwrap();
    let error = crate::open(&path, &crate::OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains("cut short") && error.contains("Copy or save the file again"), "{error}");
}

fn opened(name: &str) -> Result<crate::Source, String> {
    crate::open(&data(name), &crate::OpenOptions::default()).map_err(|error| error.to_string())
}

#[test]
fn records_in_archives_are_arrays_of_their_own() {
    let source = opened("records_beside.npz").unwrap();
    assert_eq!(source.problems.iter().filter(|problem| problem.severity > crate::Severity::Note).count(), 0);
    let infos = &source.runs[0].embeddings;
    let found: Vec<(&str, usize)> = infos.iter().map(|info| (&*info.name, info.dims)).collect();
    assert_eq!(found, [("matrix", 4), ("vector", 2)]);
    let loaded = source.load(0, 1, &Progress::default()).unwrap().embedding;
    assert_eq!(loaded.vectors.row_as::<f32>(1, &mut Vec::new()), [1.5, 2.0]);
    let cells =
        |column: &Column| (0..3).map(|row| column.text(row).unwrap_or("-").to_owned()).collect::<Vec<_>>().join(" ");
    let columns: Vec<String> =
        loaded.metadata.columns().iter().map(|column| format!("{}: {}", column.name(), cells(column))).collect();
    let expected =
        ["table.name: a b c", "when: 2024-02-29 - 1969-12-31", "x: 1.0 2.0 3.0", "y: 4.0 5.0 6.0", "name: 7 8 9"];
    assert_eq!(columns, expected);

    let source = opened("records_alone.npz").unwrap();
    let loaded = source.load(0, 0, &Progress::default()).unwrap().embedding;
    assert_eq!((&*loaded.name, loaded.vectors.dims()), ("table", 2));
    assert_eq!(loaded.vectors.row_as::<f32>(2, &mut Vec::new()), [3.0, 6.0]);
    assert_eq!(loaded.metadata.columns().iter().map(cells).collect::<Vec<_>>(), ["a b c"]);
}

#[test]
fn fields_of_records_are_vectors_and_metadata() {
    let source = opened("records_matrix.npy").unwrap();
    let loaded = source.load(0, 0, &Progress::default()).unwrap();
    assert_eq!(loaded.embedding.name, "point");
    assert_eq!(all(&loaded.embedding.vectors), [1., 2., 3., 4., 5., 6.5]);
    let columns = loaded.embedding.metadata.columns();
    assert_eq!(columns.iter().map(Column::name).collect::<Vec<_>>(), ["name", "year", "day"]);
    assert_eq!(texts(&columns[0]), [Some("a"), Some("Zü"), None]);
    assert_eq!(texts(&columns[1]), [Some("1999"), Some("0"), Some("-1")]);
    assert_eq!(texts(&columns[2]), [Some("1970-01-01"); 3]);
    assert_eq!(source.problems, []);

    let source = opened("records_numbers.npy").unwrap();
    let loaded = source.load(0, 0, &Progress::default()).unwrap();
    assert_eq!((&*loaded.embedding.name, loaded.embedding.vectors.dtype()), ("records_numbers", Dtype::F32));
    assert_eq!(all(&loaded.embedding.vectors), [1., 3., 5., 2., 4., 6.]);
    let columns = loaded.embedding.metadata.columns();
    assert_eq!(columns.iter().map(Column::name).collect::<Vec<_>>(), ["id", "ok"]);
    assert_eq!(texts(&columns[1]), [Some("True"), Some("False")]);
    assert_eq!(source.problems[0].message, "3 fields of the records, \"x\" to \"z\", are the vectors");
    assert!(opened("records_mixed.npy").unwrap_err().contains("no field of them has several numbers"));
}

#[test]
fn damage_has_a_position() {
    #[track_caller]
    fn check(bytes: Vec<u8>, expected: &str) {
        assert_eq!(read(Arc::new(bytes)).unwrap_err(), expected);
    }
    let whole = std::fs::read(data("little_f4.npy")).unwrap();
    check(Vec::new(), "x.npy: byte 0: this is not a .npy array. Save it with numpy.save.");
    check(whole[..20].to_vec(), "x.npy: the header is cut short; there are 20 bytes. Copy or save the file again.");
    check(
        whole[..whole.len() - 1].to_vec(),
        "x.npy: the array is cut short: 2 x 3 values of f32 need 24 bytes from byte 128 on, and 23 are there. Copy or save the file again.",
    );
    let with = |at: usize, byte: u8| [&whole[..at], &[byte], &whole[at + 1..]].concat();
    check(
        with(6, 9),
        "x.npy: byte 6: version 9 of the .npy format is not known (1 to 3 are). Save it with numpy.save.",
    );
    check(
        with(10, b'<'),
        "x.npy: byte 10: the header of the array: unexpected '<'. Save the array again with numpy.save.",
    );
}

/// A header that gives a size beyond any file: refused before anything is allocated.
#[test]
fn sizes_beyond_the_file_are_refused() {
    for shape in
        ["(18446744073709551615, 18446744073709551615)", "(4611686018427387904, 4)", "(1, 99999999999999999999999)"]
    {
        for order in ["<f4", ">f4"] {
            let text = format!("{{'descr': '{order}', 'fortran_order': False, 'shape': {shape}, }}\n");
            let length = u16::try_from(text.len()).unwrap().to_le_bytes();
            let file = [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), &[0; 64]].concat();
            assert!(read(Arc::new(file)).is_err(), "{shape} {order}");
        }
    }
}

fn texts(column: &Column) -> Vec<Option<&str>> {
    (0..column.len()).map(|row| column.text(row)).collect()
}

#[test]
fn npz_reads_stored_and_deflated_arrays() {
    for name in ["stored.npz", "deflated.npz"] {
        let (bytes, file, progress) = (bytes(name), Path::new(name), Progress::default());
        let (arrays, problems) = npz::list(&bytes, file).unwrap();
        assert_eq!((arrays.len(), problems), (11, vec![]));
        let embeddings: Vec<&str> = arrays.iter().filter(|a| a.embedding().is_some()).map(|a| &*a.name).collect();
        assert_eq!(embeddings, ["vectors", "other"]);
        assert_eq!(all(&npz::vectors(Arc::clone(&bytes), file, "vectors", &progress).unwrap()), VALUES);
        let other = npz::vectors(Arc::clone(&bytes), file, "other", &progress).unwrap();
        assert_eq!((other.rows(), other.dims(), other.dtype()), (3, 2, Dtype::F64));
        assert_eq!(all(&other), [0.0, 3.0, 1.0, 100.0, 2.0, 127.0]);

        let (columns, problems) = npz::columns(&bytes, file, 2, &progress).unwrap();
        let found: Vec<_> = columns.iter().map(|column| (column.name(), texts(column))).collect();
        let expected = [
            ("digit", vec![Some("7"), Some("-12")]),
            ("name", vec![Some("Zürich"), None]),
            ("code", vec![Some("007"), Some("x")]),
            ("big", vec![Some("ab"), Some("c")]),
            ("flag", vec![Some("True"), Some("False")]),
            // Of an array of objects, whose pickle is read and not run.
            ("things", vec![Some("1"), None]),
        ];
        assert_eq!(found, expected);
        assert_eq!(problems, []);

        let cube = npz::vectors(Arc::clone(&bytes), file, "cube", &progress).unwrap_err().to_string();
        assert!(cube.contains("array \"cube\": shape (2, 3, 4) has 3 dimensions"), "{cube}");
        let missing = npz::vectors(Arc::clone(&bytes), file, "no", &progress).unwrap_err();
        assert!(matches!(missing, FormatError::NotFound(_)));
        assert!(missing.to_string().contains("There are \"vectors\" (2, 3), "), "{missing}");
        assert_eq!(npz::columns(&bytes, file, 5, &progress).unwrap().0[0].name(), "long");
    }
}

#[test]
fn dates_are_columns_of_an_archive() {
    let member = |descr: &str, shape: &str, values: &[u8]| {
        let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = u16::try_from(text.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), values].concat()
    };
    let counts = |counts: [i64; 2]| counts.map(i64::to_le_bytes).concat();
    let members = [
        ("vectors.npy", member("<f4", "(2, 1)", &[0; 8])),
        ("day.npy", member("<M8[D]", "(2,)", &counts([19_782, i64::MIN]))),
        ("span.npy", member("<m8[h]", "(2,)", &counts([1, 0]))),
        ("time.npy", member(">M8[10us]", "(2,)", &[-1_i64, 25_000].map(i64::to_be_bytes).concat())),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in members {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap();
    let source = crate::open(&path, &crate::OpenOptions::default()).unwrap();
    let metadata = source.load(0, 0, &Progress::default()).unwrap().embedding.metadata;
    let column = |name: &str| texts(metadata.column(name).unwrap());
    assert_eq!(column("day"), [Some("2024-02-29"), None]);
    assert_eq!(column("span"), [Some("PT3600S"), Some("P0D")]);
    assert_eq!(column("time"), [Some("1969-12-31T23:59:59.999990"), Some("1970-01-01T00:00:00.250")]);
}

#[test]
fn stored_members_are_lent_where_they_lie() {
    let bytes = bytes("stored.npz");
    let vectors = npz::vectors(Arc::clone(&bytes), Path::new("x.npz"), "vectors", &Progress::default()).unwrap();
    assert!((*bytes).as_ref().as_ptr_range().contains(&vectors.raw(0..2).as_ptr()));
}

/// An archive of one deflated member.
fn deflated(member: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    writer.start_file("a.npy", options).unwrap();
    writer.write_all(member).unwrap();
    writer.finish().unwrap().into_inner()
}

/// An archive of stored members.
fn stored(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn header(descr: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &u16::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat()
}

/// Shapes without values are no arrays, and texts of no characters no column, however many there are.
#[test]
fn archives_that_promise_more_than_they_have_are_refused() {
    let huge = "(1152921504606846976,)";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let opened = |members: &[(&str, &[u8])]| {
        std::fs::write(&path, stored(members)).unwrap();
        crate::open(&path, &crate::OpenOptions::default())
    };
    let (matrix, texts) = (header("<f4", "(1152921504606846976, 2)"), header("<U0", huge));
    let error = opened(&[("a.npy", &matrix), ("b.npy", &texts)]).unwrap_err().to_string();
    assert!(error.contains("array \"a\": cannot be read: its header promises more than"), "{error}");
    let small = [header("<f4", "(2, 2)"), vec![0; 16]].concat();
    let source =
        opened(&[("a.npy", &small), ("b.npy", &header("<U0", "(2,)")), ("c.npy", &header("<f8", huge))]).unwrap();
    assert_eq!((source.runs[0].embeddings.len(), source.problems.len()), (1, 2), "{:?}", source.problems);
    assert!(
        source.problems.iter().any(|problem| problem.message.contains("cannot be a column")),
        "{:?}",
        source.problems
    );
    // A row of no bytes.
    let path = folder.path().join("x.npy");
    std::fs::write(&path, header("<f4", huge)).unwrap();
    assert!(crate::open(&path, &crate::OpenOptions::default()).is_err());
}

#[test]
fn values_that_do_not_fit_their_checksum_are_refused() {
    let mut bytes = std::fs::read(data("stored.npz")).unwrap();
    for name in [&[7_u8, 0, 0, 0, 0, 0, 0, 0, 0xF4][..], &[0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]] {
        let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
        bytes[at] ^= 0x40;
    }
    let (bytes, file): (SharedBytes, _) = (Arc::new(bytes), Path::new("x.npz"));
    let error = npz::vectors(Arc::clone(&bytes), file, "vectors", &Progress::default()).unwrap_err().to_string();
    assert!(error.contains("array \"vectors\": cannot be read: its checksum does not fit"), "{error}");
    let (columns, problems) = npz::columns(&bytes, file, 2, &Progress::default()).unwrap();
    assert!(columns.iter().all(|column| column.name() != "digit"));
    assert!(problems[0].to_string().contains("array \"digit\": cannot be read: its checksum"), "{problems:?}");
}

/// Floats are labels of matrices with equally many rows, and may be biases of others.
#[test]
fn floats_beside_matrices_are_labels_or_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let array = |shape: &str, bytes: usize| [header("<f4", shape), vec![0; bytes]].concat();
    let columns = |second: &str, bytes: usize| {
        let members = [array("(2, 3)", 24), array(second, bytes), array("(2,)", 8)];
        let names = ["a.npy", "b.npy", "bias.npy"];
        let members: Vec<(&str, &[u8])> = names.into_iter().zip(members.iter().map(Vec::as_slice)).collect();
        std::fs::write(&path, stored(&members)).unwrap();
        let source = crate::open(&path, &crate::OpenOptions::default()).unwrap();
        let said: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
        (source.load(0, 0, &Progress::default()).unwrap().embedding.metadata.columns().len(), said.join("\n"))
    };
    assert_eq!(columns("(2, 2)", 16).0, 1);
    let (count, said) = columns("(3, 2)", 24);
    assert!(count == 0 && said.contains("floats beside arrays with several numbers of rows"), "{said}");
}

/// A megabyte of zeros in a kilobyte, after a header of six numbers: only six numbers are inflated.
#[test]
fn no_more_is_inflated_than_the_array_needs() {
    let mut member = std::fs::read(data("little_f4.npy")).unwrap();
    member.extend(vec![0; 1 << 20]);
    let read = |member: &[u8]| npz::vectors(Arc::new(deflated(member)), Path::new("x.npz"), "a", &Progress::default());
    assert_eq!(all(&read(&member).unwrap()), VALUES);
    let short = read(&member[..140]).unwrap_err().to_string();
    assert!(short.contains("promises more than the 140 bytes that it has"), "{short}");
}

#[test]
fn inflating_stops_when_cancelled() {
    let progress = Progress::default();
    progress.cancel();
    let result = npz::vectors(bytes("deflated.npz"), Path::new("x.npz"), "vectors", &progress);
    assert!(matches!(result, Err(FormatError::Cancelled)));
}

/// The digits that the project's benchmarks use: 10,000 labeled pictures, all ten classes.
#[test]
fn mnist_loads_with_its_labels() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mnist_10000x784_u8.npz");
    let Ok(bytes) = std::fs::read(&path) else { return println!("skipped: there is no {}", path.display()) };
    let (bytes, progress): (SharedBytes, _) = (Arc::new(bytes), Progress::default());
    let vectors = npz::vectors(Arc::clone(&bytes), &path, "vectors", &progress).unwrap();
    assert_eq!((vectors.rows(), vectors.dims(), vectors.dtype()), (10_000, 784, Dtype::U8));
    let (columns, problems) = npz::columns(&bytes, &path, 10_000, &progress).unwrap();
    let [labels] = &columns[..] else { panic!("one column: {columns:?}") };
    assert_eq!((labels.name(), labels.values().len(), labels.counts().iter().sum::<usize>()), ("labels", 10, 10_000));
    assert!(problems.is_empty() && labels.is_numeric());
}

struct InMemory(SharedBytes);

impl std::fmt::Debug for InMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InMemory")
    }
}

impl crate::source::Part for InMemory {
    fn file(&self) -> &Path {
        Path::new("x")
    }

    fn path(&self) -> &Path {
        Path::new("x")
    }

    fn bytes(&self, _progress: &Progress) -> Result<SharedBytes, FormatError> {
        Ok(Arc::clone(&self.0))
    }
}

fn try_all(bytes: Vec<u8>) {
    let (bytes, file, progress): (SharedBytes, _, _) = (Arc::new(bytes), Path::new("x"), Progress::default());
    let size = (*bytes).as_ref().len();
    if let Ok(vectors) = vectors(Arc::clone(&bytes), file, &progress) {
        assert!(vectors.raw(0..vectors.rows()).len() <= size);
    }
    let _: Result<_, _> = list(&bytes, file);
    if let Ok(header) = Header::parse((*bytes).as_ref(), file) {
        let part = Content::Part(Arc::new(InMemory(Arc::clone(&bytes))));
        if let Some(Ok(source)) = records::open(&part, &header) {
            let _: Vec<_> = (0..source.runs[0].embeddings.len()).map(|at| source.load(0, at, &progress)).collect();
        }
    }
    let _: Result<_, _> = npz::list(&bytes, file);
    for name in ["vectors", "other"] {
        let _: Result<_, _> = npz::vectors(Arc::clone(&bytes), file, name, &progress);
    }
    let _: Result<_, _> = npz::columns(&bytes, file, 2, &progress);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn damaged_files_are_read_or_refused(file in 0..8_usize, cut in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        let names = ["little_f4.npy", "fortran_big_f4.npy", "records.npy", "version_2.npy", "stored.npz", "deflated.npz", "records_matrix.npy", "records_numbers.npy", "records_beside.npz", "records_alone.npz"];
        let mut bytes = std::fs::read(data(names[file])).unwrap();
        for (at, byte) in &flips {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
        }
        try_all(bytes.clone());
        bytes.truncate(cut.index(bytes.len() + 1));
        try_all(bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), header in "[\\(\\)\\[\\]\\{\\}'<>f48,: 0-9a-zTF_]{0,80}") {
        try_all([b"\x93NUMPY\x01\x00", &bytes[..]].concat());
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        try_all([b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &bytes[..]].concat());
        try_all(bytes);
    }

    /// Rearranged values are the transposed and swapped ones, whatever the size of the blocks.
    #[test]
    fn any_order_reads_as_its_values(rows in 1_usize..600, dims in 1_usize..300, fortran in any::<bool>(), big in any::<bool>()) {
        let value = |row: usize, dim: usize| (row * 331 + dim) as f32;
        let mut raw = Vec::new();
        let places: Vec<(usize, usize)> = if fortran {
            (0..dims).flat_map(|dim| (0..rows).map(move |row| (row, dim))).collect()
        } else {
            (0..rows).flat_map(|row| (0..dims).map(move |dim| (row, dim))).collect()
        };
        for (row, dim) in places {
            raw.extend(if big { value(row, dim).to_be_bytes() } else { value(row, dim).to_le_bytes() });
        }
        let (order, fortran) = (if big { '>' } else { '<' }, if fortran { "True" } else { "False" });
        let text = format!("{{'descr': '{order}f4', 'fortran_order': {fortran}, 'shape': ({rows}, {dims}), }}\n");
        let length = u16::try_from(text.len()).unwrap().to_le_bytes();
        let vectors = read(Arc::new([b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), &raw].concat())).unwrap();
        let expected: Vec<f32> = (0..rows).flat_map(|row| (0..dims).map(move |dim| value(row, dim))).collect();
        prop_assert_eq!(all(&vectors), expected);
    }
}
