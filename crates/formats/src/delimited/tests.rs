use proptest::prelude::*;

use super::*;

fn read(text: &[u8], file: &str) -> Result<Delimited, String> {
    vectors(text, Path::new(file), None, &Progress::default()).map_err(|error| error.to_string())
}

fn shape(text: &[u8], file: &str) -> Result<(usize, usize), FormatError> {
    list(text, Path::new(file), None).map(|listed| (listed.rows, listed.dims))
}

fn all(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
}

/// Checks rows of numbers, each label column as `name: cell cell`, and a part of each note.
#[track_caller]
fn check(text: &str, file: &str, rows: &[&[f32]], labels: &[&str], notes: &[&str]) {
    check_read(text.as_bytes(), file, None, rows, labels, notes);
}

/// The same for text of any bytes, and columns that the user names.
#[track_caller]
fn check_read(text: &[u8], file: &str, choice: Option<&str>, rows: &[&[f32]], labels: &[&str], notes: &[&str]) {
    let read = vectors(text, Path::new(file), choice, &Progress::default()).unwrap();
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(all(&read.vectors)), bits(rows.concat()), "{:?}", all(&read.vectors));
    assert_eq!(read.vectors.rows(), rows.len());
    let columns = read.metadata.as_ref().map(Metadata::columns).unwrap_or_default();
    let columns = columns.iter().map(|column| {
        let cells: Vec<&str> = (0..column.len()).map(|row| column.text(row).unwrap_or("-")).collect();
        format!("{}: {}", column.name(), cells.join(" "))
    });
    assert_eq!(columns.collect::<Vec<_>>(), labels);
    let found: Vec<String> = read.notes.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), notes.len(), "{found:?}");
    found.iter().zip(notes).for_each(|(found, note)| assert!(found.contains(note), "{found}"));
    let listed = list(text, Path::new(file), choice).unwrap();
    assert_eq!((listed.rows, listed.dims, listed.has_labels), (rows.len(), read.vectors.dims(), !labels.is_empty()));
}

#[track_caller]
fn refused(text: &[u8], file: &str, expected: &str) {
    assert_eq!(read(text, file).unwrap_err(), format!("{file}: {expected}."));
}

const HEADER: &str = "line 1: the first line is read as a header";

/// Numbers far from zero are `f64` with all of their digits; the same numbers around zero are
/// `f32`.
#[test]
fn numbers_far_from_zero_are_read_as_f64() {
    let f64s = |text: &str, file: &str| {
        let read = read(text.as_bytes(), file).unwrap();
        let listed = list(text.as_bytes(), Path::new(file), None).unwrap();
        let values: Vec<f64> =
            read.vectors.block_as::<f64>(0..read.vectors.rows(), &mut Vec::new()).iter().copied().collect();
        (read.vectors.dtype(), listed.dtype, values)
    };
    let seconds = f64s("1700000000.25\t0.5\n1700000001\t0.25\n\t1\n", "v.tsv");
    assert_eq!((seconds.0, seconds.1), (Dtype::F64, Dtype::F64));
    assert_eq!(seconds.2[..4], [1_700_000_000.25, 0.5, 1_700_000_001.0, 0.25]);
    assert!(seconds.2[4].is_nan());
    for (text, file) in [
        ("a [10000000.1,1]\nb [10000000.2,1]\n".replace(' ', "\t"), "v.tsv"),
        ("a 10000000.1 1\nb 10000000.2 1\n".to_owned(), "v.txt"),
        ("10000000,1;1\n10000000,2;1\n".to_owned(), "v.csv"),
    ] {
        let read = f64s(&text, file);
        assert_eq!((read.0, read.2), (Dtype::F64, vec![10_000_000.1, 1.0, 10_000_000.2, 1.0]), "{text}");
    }
    assert_eq!(f64s("0.123456789012345\t1\n0.2\t-1\n", "v.tsv").0, Dtype::F32);
    // Only a line in the second block needs it.
    let late = format!("{}20000000.1\t1\n", "20000000\t1\n".repeat(200_000));
    let late = f64s(&late, "v.tsv");
    assert_eq!((late.0, late.1, late.2.last_chunk::<2>()), (Dtype::F64, Dtype::F32, Some(&[20_000_000.1, 1.0])));
}

#[test]
fn text_lines_are_rows() {
    let rows: &[&[f32]] = &[&[1.0, 2.5], &[-3.0, 4e5]];
    check("1\t2.5\n-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\n-3\t4e5", "v.tsv", rows, &[], &[]);
    check("\u{FEFF}1\t2.5\r\n\r\n  \n-3\t4e5\r\n\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\t\n-3\t4e5\t\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\n-3\t4e5\t\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\t\n-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1,2.5\n-3,4e5\n", "v.csv", rows, &[], &[]);
    check("\"1\",2.5\n\n\"-3\",4e5\n", "v.csv", rows, &[], &[]);
    check("7\n\n8\n", "v.tsv", &[&[7.0], &[8.0]], &[], &[]);
    check(
        "nan\tinf\n1000\t -Infinity \n",
        "v.tsv",
        &[&[f32::NAN, f32::INFINITY], &[1000.0, f32::NEG_INFINITY]],
        &[],
        &[],
    );
}

/// What the TensorBoard projector made of the same text, if that was right.
#[test]
fn headers_and_labels_are_recognised() {
    let all = "vectors: columns x, y, z (3 numbers); metadata: none";
    check("x\ty\tz\n1\t2\t3\n4\t5\t6\n", "v.tsv", &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]], &[], &[HEADER, all]);
    let label = "vectors: column 2, column 3 (2 numbers); metadata: column 1";
    check("foo\t0.2\t0.5\nbar\t0.1\t5.0\n", "v.tsv", &[&[0.2, 0.5], &[0.1, 5.0]], &["label: foo bar"], &[label]);
    check("1\t0.2\t0.5\n2\t0.1\t5.0\n", "v.tsv", &[&[1.0, 0.2, 0.5], &[2.0, 0.1, 5.0]], &[], &[]);
    let two = "vectors: column 2, column 4 (2 numbers); metadata: column 1, column 3";
    check(
        "a\t1\tx\t5\nb\t2\ty\t6\n",
        "v.tsv",
        &[&[1.0, 5.0], &[2.0, 6.0]],
        &["column 1: a b", "column 3: x y"],
        &[two],
    );
    check(
        "w,x,y\n\"a,b\",1,2\nc,3,4\n",
        "v.csv",
        &[&[1.0, 2.0], &[3.0, 4.0]],
        &["w: a,b c"],
        &[HEADER, "vectors: columns x, y (2 numbers); metadata: w. Choose other columns with --vectors."],
    );
    // Most labels are words, so one that looks like a number is a label as well.
    check(
        "the\t1\n1984\t2\nof\t3\n",
        "v.tsv",
        &[&[1.0], &[2.0], &[3.0]],
        &["label: the 1984 of"],
        &["vectors: column 2 (1 number)"],
    );
}

#[test]
fn names_that_count_mark_the_numbers() {
    check(
        "id,n,d0,d1\n7,1,2,3\n8,1,4,5\n",
        "v.csv",
        &[&[2.0, 3.0], &[4.0, 5.0]],
        &["id: 7 8", "n: 1 1"],
        &[HEADER, "vectors: columns d0, d1 (2 numbers); metadata: id, n"],
    );
    check(
        "label,pixel1,pixel2\n5,0,255\n",
        "v.csv",
        &[&[0.0, 255.0]],
        &["label: 5"],
        &[HEADER, "vectors: columns pixel1, pixel2 (2 numbers); metadata: label"],
    );
    check(
        "x1,x2,y1,y2\n1,2,3,4\n",
        "v.csv",
        &[&[1.0, 2.0, 3.0, 4.0]],
        &[],
        &[HEADER, "vectors: columns x1, x2, y1, y2"],
    );
    check("d0,d1\n1,2\n", "v.csv", &[&[1.0, 2.0]], &[], &[HEADER, "vectors: columns d0, d1"]);
    check(
        ",0,1,2\na,.5,.5,1\nb,1,2,3\n",
        "v.csv",
        &[&[0.5, 0.5, 1.0], &[1.0, 2.0, 3.0]],
        &["column 1: a b"],
        &[HEADER, "vectors: columns 0 to 2 (3 numbers); metadata: column 1"],
    );
    check(
        "0,1,2\n.5,1,2\n",
        "v.csv",
        &[&[0.5, 1.0, 2.0]],
        &[],
        &[HEADER, "vectors: columns 0 to 2 (3 numbers); metadata: none"],
    );
    check("0,1,2\n3,4,5\n", "v.csv", &[&[0.0, 1.0, 2.0], &[3.0, 4.0, 5.0]], &[], &[]);
}

const NAN: f32 = f32::NAN;

#[test]
fn vectors_in_cells_are_read_in_every_form() {
    let rows: &[&[f32]] = &[&[0.5, -1.0, 2e-3], &[1.5, 0.0, 3.0]];
    let note = "vectors: column v (3 numbers); metadata: id, text. Choose other columns with --vectors.";
    let labels = ["id: 7 8", "text: a, b c"];
    for [a, b] in [
        ["[0.5, -1.0, 0.002]", "[1.5, 0.0, 3.0]"],
        ["[ 0.5 -1.     2.e-03]", "[1.5 0.  3. ]"],
        ["[0.5\n -1.0\n 0.002]", "[1.5\n 0.0\r\n 3.0]"],
        ["0.5 -1.0 0.002", "1.5 0.0 3.0"],
        ["0.5;-1.0;0.002", "1.5;0.0;3.0"],
        ["0.5|-1.0|0.002", "1.5|0.0|3.0"],
        ["(0.5, -1.0, 0.002)", "(1.5, 0.0, 3.0)"],
        ["{0.5,-1.0,0.002}", "{1.5,0,3}"],
        ["array([0.5, -1.0, 0.002])", "array([1.5, 0. , 3. ], dtype=float32)"],
        ["tensor([0.5, -1.0, 0.002])", "tensor([1.5, 0.0, 3.0], device='cuda:0')"],
        [
            "[np.float64(0.5), np.float64(-1.0), np.float64(0.002)]",
            "[np.float64(1.5), np.float64(0.0), np.float64(3.0)]",
        ],
    ] {
        let csv = format!("id,text,v\n7,\"a, b\",\"{a}\"\n8,c,\"{b}\"\n");
        check(&csv, "v.csv", rows, &labels, &[HEADER, note]);
        let tsv =
            format!("id\ttext\tv\n7\ta, b\t{}\n8\tc\t{}\n", a.replace(['\n', '\r'], ""), b.replace(['\n', '\r'], ""));
        check(&tsv, "v.tsv", rows, &labels, &[HEADER, note]);
    }
    let broken = "id\ttext\tv\n7\ta, b\t\"[0.5\n -1.0 0.002]\"\n8\tc\t\"[1.5 0.0\n 3.0]\"\n";
    check(broken, "v.tsv", rows, &labels, &[QUOTED, HEADER, note]);
}

#[test]
fn vectors_in_cells_need_no_header_and_no_other_column() {
    let rows: &[&[f32]] = &[&[0.5, 1.5], &[2.5, 3.5]];
    let label = "vectors: column 2 (2 numbers); metadata: column 1";
    check("a\t[0.5, 1.5]\nb\t[2.5, 3.5]\n", "v.tsv", rows, &["label: a b"], &[label]);
    check("a\t0.5 1.5\nb\t2.5 3.5\n", "v.txt", rows, &["label: a b"], &[label]);
    let alone = "vectors: column 1 (2 numbers); metadata: none";
    check("[0.5, 1.5]\n[2.5, 3.5]\n", "v.txt", rows, &[], &[alone]);
    check("[0.5, 1.5]\n[2.5, 3.5]\n", "v.jsonl", rows, &[], &[alone]);
    check("\"[0.5, 1.5]\"\n\"[2.5, 3.5]\"\n", "v.csv", rows, &[], &[alone]);
    let named = "vectors: column v (2 numbers); metadata: none";
    check("v\n[0.5 1.5]\n[2.5 3.5]\n", "v.csv", rows, &[], &[HEADER, named]);
}

#[test]
fn missing_and_wrong_vectors_in_cells_are_told() {
    let missing = "line 3, column 2: 2 cells are empty or spelled as missing";
    let note = "vectors: column v (2 numbers)";
    check(
        "id,v\na,\"[1.5, 2]\"\nb,\nc,None\nd,\"[3, 4]\"\n",
        "v.csv",
        &[&[1.5, 2.0], &[NAN, NAN], &[NAN, NAN], &[3.0, 4.0]],
        &["id: a b c d"],
        &[HEADER, note, missing],
    );
    let cut = "the vector is cut short: \"...\" stands for numbers that were not written. Write whole vectors: \
               numpy.set_printoptions(threshold=sys.maxsize), or save them with numpy.save";
    refused(b"id,v\n1,[0.1 0.2 ... 0.9]\n2,[0.1 0.2 ... 0.9]\n", "v.csv", &format!("line 2, column 2: {cut}"));
    refused(b"id,v\n1,[0.1 0.2]\n2,[0.1 0.2]\n3,[0.1 ... 0.2]\n", "v.csv", &format!("line 4, column 2: {cut}"));
    let mend = "Correct the cell, or leave it empty where the vector is missing";
    let rows = "9,[0.1 0.2]\n".repeat(10);
    refused(
        format!("id,v\n{rows}3,[0.1 0.2 0.3]\n").as_bytes(),
        "v.csv",
        &format!("line 12, column 2: \"[0.1 0.2 0.3]\" is not a vector of 2 numbers. {mend}"),
    );
}

#[test]
fn columns_that_tell_rows_apart_are_no_vectors() {
    let xy: &[&[f32]] = &[&[0.5, 1.5], &[2.5, 3.5], &[4.5, 5.5]];
    let said = |metadata: &str| format!("vectors: columns x, y (2 numbers); metadata: {metadata}");
    for id in ["id", "Index", "Unnamed: 0", "user_id", "docId", "label", "target", "class", "year", "cluster"] {
        let text = format!("{id},x,y\n7,0.5,1.5\n3,2.5,3.5\n5,4.5,5.5\n");
        check(&text, "v.csv", xy, &[&format!("{id}: 7 3 5")], &[HEADER, &said(id)]);
    }
    // Without a name, as pandas writes its index, or by counting.
    let counts = |name: &str| format!("{name:?} numbers the rows, so it is metadata");
    check(",x,y\n0,0.5,1.5\n1,2.5,3.5\n2,4.5,5.5\n", "v.csv", xy, &["column 1: 0 1 2"], &[HEADER, &said("column 1")]);
    check("k,x,y\n1,0.5,1.5\n2,2.5,3.5\n3,4.5,5.5\n", "v.csv", xy, &["k: 1 2 3"], &[HEADER, &counts("k"), &said("k")]);
    let headless = "vectors: column 2, column 3 (2 numbers); metadata: column 1";
    check("0\t0.5\t1.5\n1\t2.5\t3.5\n2\t4.5\t5.5\n", "v.tsv", xy, &["label: 0 1 2"], &[&counts("column 1"), headless]);
    // The same whole numbers beside whole numbers may be values.
    check("1\t5\n2\t6\n3\t8\n", "v.tsv", &[&[1.0, 5.0], &[2.0, 6.0], &[3.0, 8.0]], &[], &[]);
    let run = "vectors: columns pc1 to pc3 (3 numbers); metadata: id, text, score";
    check(
        "id,text,pc1,pc2,pc3,score\n1,a,1,2,3,9\n2,b,4,5,6,9\n",
        "v.csv",
        &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]],
        &["id: 1 2", "text: a b", "score: 9 9"],
        &[HEADER, run],
    );
}

#[test]
fn unsure_columns_are_refused_by_name() {
    refused(
        b"id,text\n1,a\n2,b\n3,c\n",
        "v.csv",
        "it is not clear which columns are the vectors: id holds numbers; text does not. Choose with --vectors, as in --vectors \"id\"",
    );
    refused(
        b"word\tcount\na\t1\nb\t2\n",
        "v.tsv",
        "it is not clear which columns are the vectors: count holds numbers; word does not. Choose with --vectors, as in --vectors \"count\"",
    );
    refused(
        b"name,lat,lon\na,1.5,2\nb,2.5,3\n",
        "v.csv",
        "it is not clear which columns are the vectors: lat, lon hold numbers; name does not. Choose with --vectors, as in --vectors \"lat,lon\"",
    );
    refused(
        b"title,author,genre,rating,pages\na,b,c,4.5,300\nd,e,f,3.5,200\n",
        "v.csv",
        "it is not clear which columns are the vectors: rating, pages hold numbers; title, author, genre do not. \
         Choose with --vectors, as in --vectors \"rating,pages\"",
    );
    refused(
        b"a\t1,234\nb\t2,345\n",
        "v.tsv",
        "line 1: \"column 2\": \"1,234\" can be read in two ways. \
         Write the numbers with decimal points and no thousands separators",
    );
}

#[test]
fn columns_are_those_that_a_person_names() {
    let table = "id,name,x1,x2,x3,v\n1,a,1,2,3,[0.5 0.5]\n2,b,4,5,6,[1.5 1.5]\n".as_bytes();
    let check = |choice: &str, rows: &[&[f32]], said: &str| {
        let read = vectors(table, Path::new("v.csv"), Some(choice), &Progress::default()).unwrap();
        assert_eq!((all(&read.vectors), read.vectors.dims()), (rows.concat(), rows[0].len()), "{choice}");
        assert!(read.notes.iter().any(|note| note.message == said), "{:?}", read.notes);
    };
    check("x2", &[&[2.0], &[5.0]], "vectors: column x2 (1 number); metadata: id, name, x1, x3, v");
    check("x1,x3", &[&[1.0, 3.0], &[4.0, 6.0]], "vectors: columns x1, x3 (2 numbers); metadata: id, name, x2, v");
    check(
        "x1..x3",
        &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]],
        "vectors: columns x1 to x3 (3 numbers); metadata: id, name, v",
    );
    check(
        "id, v",
        &[&[1.0, 0.5, 0.5], &[2.0, 1.5, 1.5]],
        "vectors: columns id, v (3 numbers); metadata: name, x1 to x3",
    );
    let said =
        |choice: &str| vectors(table, Path::new("v.csv"), Some(choice), &Progress::default()).unwrap_err().to_string();
    assert_eq!(said("z"), "v.csv: there is no column \"z\". There are: id, name, x1 to x3, v.");
    assert!(said("name").contains("\"name\" holds no numbers"), "{}", said("name"));
}

#[test]
fn separators_are_those_that_cut_the_lines_into_numbers() {
    let rows: &[&[f32]] = &[&[1.0, 2.5], &[-3.0, 4e5]];
    let by = |separator: &str| format!("cells are separated by {separator}");
    check("1,2.5\n-3,4e5\n", "v.tsv", rows, &[], &[&by("commas")]);
    check("1;2.5\n-3;4e5\n", "v.csv", rows, &[], &[&by("semicolons")]);
    check("1\t2.5\n-3\t4e5\n", "v.csv", rows, &[], &[&by("tabs")]);
    check("1, 2.5\n-3, 4e5\n", "v.txt", rows, &[], &[&by("commas")]);
    let spaces = "vectors: the last 2 numbers of each line";
    check("1 2.5\n-3 4e5\n", "v.csv", rows, &[], &[spaces]);
    // What NumPy's `savetxt` writes, with a header and without, and with a width.
    check("# x y\n1.0e+00 2.5e+00\n-3.0e+00 4.0e+05\n", "v.txt", rows, &[], &["line 1 is read as a header", spaces]);
    check("   1.000      2.500\n  -3.000 400000.000\n", "v.txt", rows, &[], &[spaces]);
    check("x y\n1 2.5\n-3 4e5\n", "v.txt", rows, &[], &["line 1 is read as a header", spaces]);
    let comma = "numbers are read with decimal commas";
    check("1;2,5\n-3;400000,0\n", "v.csv", rows, &[], &[&by("semicolons"), comma]);
    check("1\t2,5\n-3\t400000,0\n", "v.tsv", rows, &[], &[comma]);
    let vectors = "vectors: columns x, y (2 numbers); metadata: w";
    check("w;x;y\na;1;2,5\nb;-3;400000,0\n", "v.csv", rows, &["w: a b"], &[&by("semicolons"), HEADER, comma, vectors]);
    check("sep=;\r\n1;2.5\r\n-3;4e5\r\n", "v.csv", rows, &[], &[&by("semicolons")]);
    check("sep=,\n1,2.5\n-3,4e5\n", "v.csv", rows, &[], &[]);
    refused(b"sep=;\n1;2\n3;4;5\n", "v.csv", "line 3: 3 cells where the first line has 2. Give each row as many cells");
    check("1\t2.5\r-3\t4e5\r", "v.tsv", rows, &[], &[CR_ALONE]);
    check("1,2.5\r-3,4e5\r", "v.csv", rows, &[], &[CR_ALONE]);
    check("1 2.5\r-3 4e5\r", "v.txt", rows, &[], &[spaces]);
    refused(
        b"1\t2\rx\t3\r4\t5\r",
        "v.tsv",
        "line 2, column 1: \"x\" is not a number. Correct the cell, leave it empty where the value is missing, or \
         choose other columns with --vectors",
    );
}

#[test]
fn words_are_what_stands_before_the_numbers() {
    let rows: &[&[f32]] = &[&[0.1, -0.2], &[1e-5, 2.0], &[3.0, 4.0]];
    let said = "vectors: the last 2 numbers of each line; metadata: the words before them";
    let counts = "line 1 is read as the number of rows and of dimensions";
    let check = |text: &str, words: &str, notes: &[&str]| check(text, "w.txt", rows, &[words], notes);
    check("the 0.1 -0.2\nof 1e-5 2\n, 3 4\n", "word: the of ,", &[said]);
    check(". . . 0.1 -0.2\nat name@domain.com 1e-5 2\nof 3 4\n", "word: . . . at name@domain.com of", &[said]);
    check("3 2\nthe 0.1 -0.2 \nof 1e-5 2 \n</s> 3 4 \n", "word: the of </s>", &[counts, said]);
    check("3\t2\nthe\t0.1\t-0.2\nof\t1e-5\t2\nin\t3\t4\n", "word: the of in", &[counts, said]);
    check("the 0.1 -0.2\r\nof 1e-5 2\r\nin 3 4", "word: the of in", &[said]);
    check("the  0.1  -0.2\nof  1e-5  2\nin  3  4\n", "word: the of in", &[said]);
    check("1984 0.1 -0.2\nof 1e-5 2\nin 3 4\n", "word: 1984 of in", &[said]);
    check("nan 0.1 -0.2\nof 1e-5 2\n- 3 4\n", "word: nan of -", &[said]);
    check("the 0.1 -0.2\nthe 1e-5 2\n\" 3 4\n", "word: the the \"", &[said]);
    check("\u{A0} 0.1 -0.2\nof 1e-5 2\nin 3 4\n", "word: \u{A0} of in", &[said]);
    check("word d0 d1\nthe 0.1 -0.2\nof 1e-5 2\nin 3 4\n", "word: the of in", &["line 1 is read as a header", said]);
    let fewer = "line 1: the file should have 4 rows of 3 numbers; it has 3 of 2. Check that the file is complete.";
    check("4 3\nthe 0.1 -0.2\nof 1e-5 2\nin 3 4\n", "word: the of in", &[fewer, counts, said]);
    let bytes = b"M\xFCnchen 0.1 -0.2\nof 1e-5 2\nin 3 4\n";
    let replaced = "line 1, column 1: 1 word is not UTF-8 text";
    check_read(bytes, "w.vec", None, rows, &["word: M\u{FFFD}nchen of in"], &[said, replaced]);
    refused(
        b"the 0.1 0.2 0.3\nof 0.1 0.2 0.3\nin 0.1 0.2 0.3\nto 0.1 0.2 0.3\nis 0.1 0.2 0.3\nit 0.1 0.2 0.3\n\
          as 0.1 0.2 0.3\nan 0.1 0.2 0.3\nby 0.1 0.2 0.3\n- 0.1 0.2\n",
        "w.txt",
        "line 10: the line ends in 2 numbers where others end in 3. Complete the line, or delete it",
    );
}

#[test]
fn quoted_cells_of_tab_separated_text_are_read_if_that_fits() {
    let rows: &[&[f32]] = &[&[1.0, 2.0], &[3.0, 4.0]];
    let said = "vectors: columns x, y (2 numbers); metadata: w";
    let check = |text: &str, words: &str, notes: &[&str]| check(text, "v.tsv", rows, &[words], notes);
    check("w\tx\ty\n\"a\tb\"\t1\t2\n\"c\nd\"\t3\t4\n", "w: a\tb c\nd", &[QUOTED, HEADER, said]);
    check("w\tx\ty\n\"a \"\"b\"\"\t\"\t1\t2\nc\t3\t4\n", "w: a \"b\"\t c", &[QUOTED, HEADER, said]);
    // Plain text that fits keeps its quotes.
    check("w\tx\ty\n\"a\"\t1\t2\nc\"\t3\t4\n", "w: \"a\" c\"", &[HEADER, said]);
    check("w\tx\ty\n\"a\t1\t2\nc\t3\t4\n", "w: \"a c", &[HEADER, said]);
}

#[test]
fn empty_cells_are_missing_and_not_zero() {
    let missing = "line 1, column 2: 1 cell is empty or spelled as missing; read as NaN, not as 0";
    check("1\t\t3\n", "v.tsv", &[&[1.0, f32::NAN, 3.0]], &[], &[missing]);
    let spelled = "line 1, column 2: 2 cells are empty or spelled";
    check(
        "1\tNA\n2\t-\n3\t4\n5\tnan\n",
        "v.tsv",
        &[&[1.0, NAN], &[2.0, NAN], &[3.0, 4.0], &[5.0, NAN]],
        &[],
        &[spelled],
    );
}

/// Numbers that no `f64` holds are infinite or rounded; those beyond `f32` make the vectors `f64`.
#[test]
fn numbers_that_lose_digits_are_told() {
    let said = |text: &str| {
        let read = read(text.as_bytes(), "v.tsv").unwrap();
        (read.vectors.dtype(), read.notes.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let infinite = "v.tsv: line 3, column 1: 1 number is beyond what 64-bit floats hold, so read as infinite.";
    assert_eq!(said("1\t2\n\n1e400\t2\n"), (Dtype::F32, vec![infinite.to_owned()]));
    assert_eq!(said("1\t2\n\n1e39\t2\n"), (Dtype::F64, vec![]));
    let rounded = "v.tsv: line 1, column 1: 2 whole numbers are beyond 2^53 and rounded, since text is read as floats.";
    assert_eq!(said("9007199254740993\t2\n9007199254740995\t3\n9007199254740996\t3\n").1, [rounded]);
    let long = "v.tsv: line 2, column 2: numbers have more digits than 32-bit floats hold and are rounded";
    let (dtype, notes) = said("0.1\t0.3\n0.2\t0.1234567890123\n");
    assert!(dtype == Dtype::F32 && notes.len() == 1 && notes[0].starts_with(long), "{notes:?}");
    // Long, and exact.
    assert_eq!(said("0.5000000000000\t1.00000000000e+00\n0.2\t3\n").1, Vec::<String>::new());
}

#[test]
fn text_faults_name_line_and_column() {
    refused(
        b"1\t2\n\n1\t2\t3\n4\t5\n",
        "v.tsv",
        "line 3: 3 cells where the first line has 2. Give each row as many cells",
    );
    refused(b"1\t2\r\n\r\n1\r\n", "v.tsv", "line 3: 1 cell where the first line has 2. Give each row as many cells");
    let way_out = "Correct the cell, leave it empty where the value is missing, or choose other columns with --vectors";
    refused(b"1\t2\n3\tx\n5\t6\n", "v.tsv", &format!("line 2, column 2: \"x\" is not a number. {way_out}"));
    refused(b"\"1\",2\n\n\n3,x\n5,6\n", "v.csv", &format!("line 4, column 2: \"x\" is not a number. {way_out}"));
    let utf8 = "this is not UTF-8 text. Save the file as UTF-8; a file of raw numbers opens with --raw-dims";
    refused(b"1\t2\n\x003\t\xFF\n", "v.tsv", &format!("byte 7: {utf8}"));
    refused(b"\xEF\xBB\xBFM\xFC\t2\n", "v.tsv", &format!("byte 4: {utf8}"));
    refused(b"", "v.tsv", "the file is empty. Write one row per line, its numbers separated by tabs");
    refused(b"x,y\n", "v.csv", "there is no row of numbers. Write one row per line, its numbers separated by commas");
    refused(b"a\tb\nc\td\n", "v.tsv", "no column holds numbers. Separate the numbers by tabs");
}

/// A fault far after the first block has its line number, the earliest fault is reported, and
/// blocks keep their order.
#[test]
fn text_blocks_keep_order_and_line_numbers() {
    let line = |row: usize| format!("w{row}\t{row}\t0.5\n");
    let mut text: String = (0..300_000).map(line).collect();
    assert!(text.len() > 3 * BLOCK);
    let whole = read(text.as_bytes(), "v.tsv").unwrap();
    assert_eq!(whole.vectors.rows(), 300_000);
    let expected: Vec<f32> = (0..300_000).flat_map(|row| [row as f32, 0.5]).collect();
    assert_eq!(all(&whole.vectors), expected);
    let labels = whole.metadata.unwrap();
    assert_eq!(labels.columns()[0].text(299_999), Some("w299999"));
    text.push_str("bad\tx\t1\nworse\t1\n");
    let error = read(text.as_bytes(), "v.tsv").unwrap_err();
    assert!(error.starts_with("v.tsv: line 300001, column 2: \"x\" is not a number"), "{error}");
    let early = format!("a\t1\n{text}");
    assert!(
        read(early.as_bytes(), "v.tsv").unwrap_err().starts_with("v.tsv: line 2: 3 cells where the first line has 2")
    );
}

#[test]
fn reading_text_stops_when_cancelled() {
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(vectors(b"1\t2\n", Path::new("v.tsv"), None, &progress), Err(FormatError::Cancelled)));
}

/// What the vectors of `text` are, as the last note says it, and the other notes.
#[track_caller]
fn summary(text: &str, file: &str) -> (String, Vec<String>) {
    let read = vectors(text.as_bytes(), Path::new(file), None, &Progress::default()).unwrap();
    let mut notes: Vec<String> = read.notes.iter().map(|note| note.message.clone()).collect();
    notes.retain(|note| !note.contains("first line is read as a header"));
    let at = notes.iter().position(|note| note.starts_with("vectors: "));
    let summary = at.map_or_else(|| format!("{} numbers", read.vectors.dims()), |at| notes.remove(at));
    (summary.trim_start_matches("vectors: ").to_owned(), notes)
}

/// Rows of `columns`, each a text for a row's number, under `header` if it is not empty.
fn table(header: &str, separator: &str, rows: usize, columns: &[fn(usize) -> String]) -> String {
    let row = |row: usize| columns.iter().map(|column| column(row)).collect::<Vec<_>>().join(separator) + "\n";
    let header = if header.is_empty() { String::new() } else { header.replace(',', separator) + "\n" };
    header + &(0..rows).map(row).collect::<String>()
}

const FRACTION: fn(usize) -> String = |row| format!("{}.{}", row % 7, row * 37 % 100);
const CLASS: fn(usize) -> String = |row| (row % 3).to_string();

/// Tables of sklearn, UCI and Kaggle have a class in the first or the last column.
#[test]
fn classes_and_times_among_numbers_are_metadata() {
    let columns = &[FRACTION, FRACTION, CLASS];
    let why = "holds only a few whole numbers from 0 to 2, as classes do, so it is metadata";
    assert_eq!(
        summary(&table("a,b,y", ",", 30, columns), "v.csv"),
        ("columns a, b (2 numbers); metadata: y".to_owned(), vec![format!("\"y\" {why}")])
    );
    assert_eq!(
        summary(&table("", ",", 30, &[CLASS, FRACTION, FRACTION]), "v.csv"),
        ("column 2, column 3 (2 numbers); metadata: column 1".to_owned(), vec![format!("\"column 1\" {why}")])
    );
    // The rows of TSV without a header are the vectors, as TensorBoard writes them.
    let part = "\"column 3\" holds only a few whole numbers from 0 to 2, as classes do, and is part of the vectors";
    assert_eq!(summary(&table("", "\t", 30, columns), "v.tsv"), ("3 numbers".to_owned(), vec![part.to_owned()]));
    let seconds: fn(usize) -> String = |row| (1_700_000_000 + row * 977 % 5000).to_string();
    assert_eq!(
        summary(&table("a,made,b", ",", 30, &[FRACTION, seconds, FRACTION]), "v.csv"),
        (
            "columns a, b (2 numbers); metadata: made".to_owned(),
            vec!["\"made\" holds times since 1970, so it is metadata".to_owned()]
        )
    );
    let pixels: Vec<String> = (0..9).map(|at| format!("p{}_{}", at / 3, at % 3)).collect();
    let nine = table(&format!("{},y", pixels.join(",")), ",", 30, &[CLASS; 10]);
    let why = "\"y\" is the only column whose name does not end in a number, so it is metadata".to_owned();
    let (vectors, notes) = summary(&nine, "v.csv");
    assert!(vectors.contains("(9 numbers); metadata: y") && notes == [why], "{vectors} {notes:?}");
    // Not classes: too many for the rows, with a gap, or beside whole numbers only.
    let gap: fn(usize) -> String = |row| (row % 3 * 20).to_string();
    let whole: fn(usize) -> String = |row| (row * 7 % 19).to_string();
    for (rows, columns) in [(9, columns), (30, &[FRACTION, FRACTION, gap])] {
        let expected = ("columns a, b, y (3 numbers); metadata: none".to_owned(), vec![]);
        assert_eq!(summary(&table("a,b,y", ",", rows, columns), "v.csv"), expected);
    }
    // Beside whole numbers only, they may be values.
    let part = part.replace("column 3", "y");
    let expected = ("columns a, b, y (3 numbers); metadata: none".to_owned(), vec![part]);
    assert_eq!(summary(&table("a,b,y", ",", 30, &[whole, whole, CLASS]), "v.csv"), expected);
    for (values, why) in [
        (|row| format!("17{}.25", 11_000_000 + row * 977), "holds times since 1970"),
        (|row| format!("17{}", 11_000_000_000_000_000_u64 + row as u64 * 977), "holds times since 1970"),
        (|row| (40 + row * row).to_string(), "always increases"),
    ] as [(fn(usize) -> String, &str); 3]
    {
        let (vectors, notes) = summary(&table("a,at,b", ",", 30, &[FRACTION, values, FRACTION]), "v.csv");
        let why = format!("\"at\" {why}, so it is metadata");
        assert_eq!((&*vectors, &notes), ("columns a, b (2 numbers); metadata: at", &vec![why]));
    }
    let id: fn(usize) -> String = |row| (842_302 + row * 7919 % 10_007).to_string();
    let (vectors, notes) = summary(&table("", ",", 30, &[id, FRACTION, FRACTION]), "v.csv");
    let why = "\"column 1\" holds another whole number in each row, as identifiers do, so it is metadata".to_owned();
    assert_eq!((&*vectors, notes), ("column 2, column 3 (2 numbers); metadata: column 1", vec![why]));
    // Three rows that happen to increase are no order.
    let few = "food,kcal,fat,iron\na,10,0.5,2\nb,20,0.25,1\nc,30,0.75,3\n";
    assert_eq!(summary(few, "v.csv").0, "columns kcal, fat, iron (3 numbers); metadata: food");
}

#[test]
fn columns_that_are_not_read_are_told() {
    let mixed = "code\tx\ty\n0A\t1.5\t2.5\n1\t2\t3.5\n2\t0\t4.5\n3B\t4\t5.5\n";
    let why = "\"code\" holds numbers and other values, such as \"0A\", so it is metadata";
    assert_eq!(summary(mixed, "v.tsv"), ("columns x, y (2 numbers); metadata: code".to_owned(), vec![why.to_owned()]));
    let ragged = "id\tv\n1\t[1, 2, 3]\n2\t[1, 2]\n3\t[1]\n";
    let why = "line 3: \"v\": this vector has 2 numbers, and the first one has 3. Give each row as many numbers";
    refused(ragged.as_bytes(), "v.tsv", why);
    let commas = "id\tv\n1\t0,5;0,7\n2\t0,25;1,5\n";
    let why = "line 2: \"v\": \"0,5;0,7\" can be read in two ways. \
               Write the numbers with decimal points and no thousands separators";
    refused(commas.as_bytes(), "v.tsv", why);
    let only = "code\n0A\n1\n2\n3B\n";
    let why = "\"code\" holds numbers and other values, such as \"0A\". \
               Correct the cells, or leave them empty where the value is missing";
    refused(only.as_bytes(), "v.csv", why);
    // More columns than the vector in a cell has numbers.
    let pair = "name\tx0\tx1\tx2\tx3\tx4\tat\na\t1\t2\t3\t4\t5\t1.5,2.5\nb\t4\t5\t6\t7\t8\t1.5,2.5\n";
    assert_eq!(summary(pair, "v.tsv"), ("columns x0 to x4 (5 numbers); metadata: name, at".to_owned(), vec![]));
}

/// What `write.table` of R writes, with and without quotes, and `csv.QUOTE_ALL` of Python.
#[test]
fn names_of_rows_and_quoted_cells_are_read() {
    let unnamed = "the header has one name fewer than each row has cells, so the first column has no name";
    for (text, file) in [
        ("x\ty\na\t1.5\t2\nb\t3\t4\n", "v.tsv"),
        ("\"x\"\t\"y\"\n\"a\"\t1.5\t2\n\"b\"\t3\t4\n", "v.tsv"),
        ("x,y\na,1.5,2\nb,3,4\n", "v.csv"),
    ] {
        let read = read(text.as_bytes(), file).unwrap();
        let metadata = read.metadata.unwrap();
        assert_eq!(
            (all(&read.vectors), metadata.columns()[0].text(1)),
            (vec![1.5, 2.0, 3.0, 4.0], Some("b")),
            "{text}"
        );
        assert!(read.notes.iter().any(|note| note.message == unnamed), "{:?}", read.notes);
        assert_eq!(list(text.as_bytes(), Path::new(file), None).unwrap().rows, 2);
    }
    let spaced = read(b"x y\na 1.5 2\nb 3 4\n", "v.txt").unwrap();
    assert_eq!((all(&spaced.vectors), spaced.vectors.rows()), (vec![1.5, 2.0, 3.0, 4.0], 2));
    let numbered = read(b"x y z\n1 0.5 2 3\n2 3 4 5\n", "v.txt").unwrap();
    assert_eq!((all(&numbered.vectors), numbered.vectors.dims()), (vec![0.5, 2.0, 3.0, 3.0, 4.0, 5.0], 3));
    // A quote inside that is not doubled is text.
    let inner = read(b"w\tx\ty\n\"He said \"hi\" to\"\t1\t2\n\"a\"\t3\t4\n", "v.tsv").unwrap();
    assert_eq!(inner.metadata.unwrap().columns()[0].text(0), Some("\"He said \"hi\" to\""));
    let missing = read(b"\"w\"\t\"x\"\t\"y\"\n\"a\"\t1\t2\nNA\t3\t4\n", "v.tsv").unwrap();
    assert_eq!(missing.metadata.unwrap().columns()[0].text(0), Some("a"));
    let quoted = "\"w\"\t\"x\"\t\"y\"\n\"a\"\t\"1.5\"\t\"2\"\n\"b\"\t\"3\"\t\"4\"\n";
    let said = "vectors: columns x, y (2 numbers); metadata: w";
    check(quoted, "v.tsv", &[&[1.5, 2.0], &[3.0, 4.0]], &["w: a b"], &[QUOTED, HEADER, said]);
}

/// node2vec and `DeepWalk` name nodes by numbers.
#[test]
fn words_may_be_numbers() {
    let node = |node: usize| format!("{node} 0.5 {} 1 -2\n", node * 2);
    let nodes: String = (0..40).map(node).collect();
    let shape = |text: &str| {
        let read = read(text.as_bytes(), "v.txt").unwrap();
        let words = read.metadata.map(|metadata| metadata.columns()[0].text(7).unwrap_or("-").to_owned());
        (read.vectors.rows(), read.vectors.dims(), words)
    };
    assert_eq!(shape(&format!("40 4\n{nodes}")), (40, 4, Some("7".to_owned())));
    assert_eq!(shape(&nodes), (40, 4, Some("7".to_owned())));
    // The same numbers several times, or without fractions, may be values.
    assert_eq!(shape(&nodes.repeat(2)), (80, 5, None));
    assert_eq!(shape(&nodes.replace(".5", "5")), (40, 5, None));
    let most: String = (0..40).map(|at| if at % 5 < 2 { format!("w{}", node(at)) } else { node(at) }).collect();
    assert_eq!(shape(&most), (40, 4, Some("7".to_owned())));
    assert_eq!(shape(&format!("40 4\n{most}")), (40, 4, Some("7".to_owned())));
}

/// `savetxt` of whole numbers, and lists of them in a cell.
#[test]
fn numbers_with_spaces_between_them_are_not_one_number() {
    let line = |row: usize| format!("{} {} {}\n", 100 + row % 150, 100 + row * 7 % 150, 100 + row * 11 % 150);
    let text: String = (0..50).map(line).collect();
    assert_eq!(shape(text.as_bytes(), "v.txt").unwrap(), (50, 3));
    assert_eq!(shape(text.as_bytes(), "v.csv").unwrap(), (50, 3));
    assert_eq!(shape(b"age pressure\n1 512\n7 234\n9 881\n", "v.txt").unwrap(), (3, 2));
    let words = "the 0.5 1 2\nof 0.25 1 3\n7 234 567 890\nin 0.5 1 1\n";
    assert_eq!(shape(words.as_bytes(), "v.txt").unwrap(), (4, 3));
    let colors: fn(usize) -> String = |row| format!("{} 155 107", 100 + row);
    let address: fn(usize) -> String = |row| format!("192.168.100.{}", 100 + row);
    for column in [colors, address] {
        let (vectors, notes) = summary(&table("x,y,c", ",", 30, &[FRACTION, FRACTION, column]), "v.csv");
        assert_eq!(vectors, "columns x, y (2 numbers); metadata: c");
        assert!(notes[0].contains("can be read in two ways, so the column is metadata"), "{notes:?}");
    }
}

#[test]
fn missing_values_in_lines_of_numbers_are_not_words() {
    for column in [0, 1, 3] {
        let row = |row: usize| {
            let cell =
                |at: usize| if at == column && row.is_multiple_of(5) { "NA".to_owned() } else { format!("{row}.5") };
            (0..4).map(cell).collect::<Vec<_>>().join(" ") + "\n"
        };
        let text: String = (0..50).map(row).collect();
        let read = read(text.as_bytes(), "v.txt").unwrap();
        assert_eq!((read.vectors.rows(), read.vectors.dims(), read.metadata), (50, 4, None), "{column}");
    }
}

/// `describe().T.to_csv()` of pandas, `confint` of R, and tables by year or wavelength.
#[test]
fn names_of_columns_may_look_like_numbers() {
    let shape = |text: &str| shape(text.as_bytes(), "v.csv").unwrap();
    assert_eq!(shape(",std,mean,25%,50%\na,5,0.5,1.5,2\nb,5,0.25,1,2\n"), (2, 4));
    assert_eq!(shape("\"\",\"2.5 %\",\"97.5 %\"\n\"a\",0.5,0.25\n\"b\",0.125,1\n"), (2, 2));
    assert_eq!(shape("country,1990,1991,1992,1993\na,1.5,2,3,5\nb,2,3,5,7.5\n"), (2, 4));
    assert_eq!(shape("400,410,420,430\n1.5,2,3,5\n2,3,5,7.5\n"), (2, 4));
    assert_eq!(shape("10 %,20 %\n30 %,5 %\n1 %,2 %\n"), (3, 2));
    assert_eq!(shape("a,1,2,3,5\nb,2,3,5,7\n"), (2, 4));
    // pandas numbers the columns; without an index, and with one.
    assert_eq!(shape("0,1,2,3\n5,1,7,2\n3,3,4,9\n"), (2, 4));
    assert_eq!(shape(",0,1,2,3\n0,5,1,7,2\n1,3,3,4,9\n"), (2, 4));
    assert_eq!(shape("word,0,1,2,3\na,5,1,7,2\nb,3,3,4,9\n"), (2, 4));
    assert_eq!(shape("0,1,2,3\n4,5,6,7\n8,9,10,11\n"), (3, 4));
}

/// A decimal comma is not where a line is cut, if semicolons cut it too.
#[test]
fn semicolons_beat_decimal_commas() {
    let read = |text: &str| {
        let read = vectors(text.as_bytes(), Path::new("v.csv"), Some("x"), &Progress::default()).unwrap();
        all(&read.vectors)
    };
    assert_eq!(read("name;x\nn0;0,25\nn1;1,5\n"), [0.25, 1.5]);
    assert_eq!(read("name;city;x\nn0;a;0,25\nn1;b;1,5\n"), [0.25, 1.5]);
    assert_eq!(read("a;b;c;n;m;x\np;q;r;1;2;0,25\np;q;r;2;3;1,5\n"), [0.25, 1.5]);
    assert_eq!(read("x\n0,25\n1,5\n"), [0.25, 1.5]);
}

#[test]
fn tokens_do_not_beat_an_embedding() {
    let text = "text\tinput_ids\tembedding\na\t[1, 2, 3, 4]\t[0.5, 1.5]\nb\t[5, 6, 7, 8]\t[2.5, 3.5]\n";
    assert_eq!(summary(text, "v.tsv").0, "column embedding (2 numbers); metadata: text, input_ids");
}

#[test]
fn vectors_in_brackets_are_not_cut_apart() {
    let lines = "{\"text\": \"a\", \"embedding\": [1, 2, 3, 4, 5]}\n".repeat(3);
    let error = read(lines.as_bytes(), "v.jsonl").unwrap_err();
    assert!(error.contains("this looks like JSON Lines, which is not read"), "{error}");
    let error = read(b"w0 [0.1, 0.2, 0.3, 0.4]\nw1 [0.5, 0.6, 0.7, 0.8]\n", "v.txt").unwrap_err();
    assert!(error.contains("the vectors in brackets are cut apart by commas"), "{error}");
}

#[test]
fn losses_within_a_vector_in_a_cell_are_told() {
    let notes = |cell: &str| {
        let text = format!("id\tv\n1\t[0.5, 2]\n2\t{cell}\n");
        read(text.as_bytes(), "v.tsv").unwrap().notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
    };
    assert!(notes("[null, 2]").contains("line 3, column 2: 1 cell is empty or spelled as missing"));
    assert!(notes("[1e400, 2]").contains("line 3, column 2: 1 number is beyond what 64-bit floats hold"));
    assert!(notes("[9007199254740993, 2]").contains("line 3, column 2: 1 whole number is beyond 2^53"));
}

/// A place, a size or a box beside columns of numbers is not taken for the vector.
#[test]
fn short_vectors_in_a_cell_do_not_beat_more_columns() {
    for text in [
        "name\tx0\tx1\tx2\tat\na\t1\t2\t3\t1.5,2.5\nb\t4\t5\t6\t1.5,2.5\n",
        "name\tsize\ta\tb\na\t1.5,2.5\t0.5\t0.25\nb\t1.5,2.5\t0.75\t0.125\n",
        "p\tq\tr\ts\tbox\n0.5\t1\t2\t3\t[0,2,3,4]\n0.25\t1\t2\t3\t[1,2,3,4]\n",
    ] {
        let error = read(text.as_bytes(), "v.tsv").unwrap_err();
        assert!(error.contains("--vectors"), "{error}");
    }
    let vectors = "score\tv\n0.5\t[1,2,3]\n0.25\t[4,5,6]\n";
    assert_eq!(all(&read(vectors.as_bytes(), "v.tsv").unwrap().vectors), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

/// Each column has a notation of its own; two decimal separators in one table are worth a warning.
#[test]
fn notations_of_vectors_are_those_of_their_columns() {
    let said = |text: &str, file: &str| {
        let read = vectors(text.as_bytes(), Path::new(file), None, &Progress::default()).unwrap();
        let said = read.notes.iter().filter(|note| note.message.contains("read with"));
        (all(&read.vectors), said.map(|note| (note.severity, note.message.clone())).collect::<Vec<_>>())
    };
    let note = |what: &str| vec![(crate::Severity::Note, what.to_owned())];
    let version = "name;x;y;version\na;0,01;1,02;1.0\nb;0,11;1,12;1.1\n";
    let warning = ["x, y are read with decimal commas", "version is read with decimal points"];
    let warning = warning.map(|what| (crate::Severity::Warning, what.to_owned())).to_vec();
    assert_eq!(said(version, "v.csv"), (vec![0.01, 1.02, 1.0, 0.11, 1.12, 1.1], warning));
    for (text, values, what) in [
        ("1.234,5\t2\n-7,25\t3\n", [1234.5, 2.0, -7.25, 3.0], "points as thousands separators and decimal commas"),
        ("1,234,567\t2\n89\t3\n", [1_234_567.0, 2.0, 89.0, 3.0], "commas as thousands separators"),
        ("12.5%\t2\n3%\t3\n", [12.5, 2.0, 3.0, 3.0], "percent signs"),
        ("0,5\t1,234\n2,5\t2,345\n", [0.5, 1.234, 2.5, 2.345], "decimal commas"),
    ] {
        let found = said(text, "v.tsv");
        assert_eq!(found, (values.to_vec(), note(&format!("numbers are read with {what}"))), "{text}");
    }
    assert_eq!(said("\u{2212}0.5\t2\n1\t3\n", "v.tsv"), (vec![-0.5, 2.0, 1.0, 3.0], vec![]));
    // A point before three digits may be a thousands separator beside decimal commas.
    refused(
        b"0,5;1.234\n0,25;2.345\n",
        "v.csv",
        "line 1: \"column 2\": \"1.234\" can be read in two ways. \
         Write the numbers with decimal points and no thousands separators",
    );
}

#[test]
fn numeric_words_do_not_take_the_place_of_a_missing_number() {
    let lines = "word 0.5 0.25 0.125\n".repeat(20);
    let error = read(format!("{lines}2008 0.5 0.25\n").as_bytes(), "v.txt").unwrap_err();
    assert!(error.contains("line 21: the line ends in 2 numbers where others end in 3"), "{error}");
}

/// `SummaryWriter.add_embedding` of PyTorch: shapes that fit the sprite sheet and the labels beside
/// them.
#[test]
fn tables_of_other_programs_are_read() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures/tensorboardx_add_embedding/00000");
    let digits = std::fs::read(folder.join("digits/tensors.tsv")).unwrap();
    let labels = std::fs::read_to_string(folder.join("digits/metadata.tsv")).unwrap();
    let read = read(&digits, "tensors.tsv").unwrap();
    assert_eq!((read.vectors.rows(), read.notes, read.metadata), (labels.lines().count() - 1, vec![], None));
    let text = std::str::from_utf8(&digits).unwrap();
    let expected: Vec<f32> = text.split_whitespace().map(|cell| cell.parse().unwrap()).collect();
    assert_eq!(all(&read.vectors), expected);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[01.a\t\n\r,;\" e_\\[\\]-]{0,60}", lines in prop::collection::vec("(a|1|[.] [.]|-) ([01][.]5 ?){2,3}", 0..6)) {
        let lines = lines.join("\n");
        for bytes in [&bytes[..], text.as_bytes(), lines.as_bytes()] {
            for file in ["v.tsv", "v.csv"] {
                let probed = shape(bytes, file);
                if let Ok(read) = read(bytes, file) {
                    prop_assert!(read.vectors.rows() * read.vectors.dims() <= bytes.len());
                    prop_assert_eq!(probed.unwrap(), (read.vectors.rows(), read.vectors.dims()));
                }
            }
        }
    }

    /// What the writer writes comes back bit for bit, labels and all.
    #[test]
    fn written_text_reads_back(
        (dims, bits) in (2_usize..6).prop_flat_map(|dims| (Just(dims), prop::collection::vec(prop::collection::vec(any::<u32>(), dims), 1..20))),
        cells in prop::collection::vec("[a-z\", \n7]{0,6}", 20)
    ) {
        let rows = bits.len();
        let values: Vec<f32> = bits.concat().into_iter().map(f32::from_bits).map(|v| if v.is_nan() { f32::NAN } else { v }).collect();
        let source = Vectors::from_f32(rows, dims, values.clone()).unwrap();
        let mut builder = ColumnBuilder::new("na\"me");
        cells.iter().take(rows).for_each(|cell| builder.push(Some(cell)));
        let metadata = Metadata::new(vec![builder.finish()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, format) in [("v.tsv", crate::OutputFormat::Tsv), ("v.csv", crate::OutputFormat::Csv)] {
            let path = folder.path().join(name);
            crate::write_vectors(&path, format, &source, Some(&metadata), &Progress::default()).unwrap();
            let read = read(&std::fs::read(&path).unwrap(), name).unwrap();
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&all(&read.vectors)), bits(&values));
            if name == "v.csv" {
                prop_assert_eq!(read.metadata.as_ref(), Some(&metadata));
            }
        }
    }
}
