//! Which columns are the vectors.

use super::*;

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
    let why = "line 2: \"code\" holds numbers and other values, such as \"0A\". \
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

#[test]
fn tokens_do_not_beat_an_embedding() {
    let text = "text\tinput_ids\tembedding\na\t[1, 2, 3, 4]\t[0.5, 1.5]\nb\t[5, 6, 7, 8]\t[2.5, 3.5]\n";
    assert_eq!(summary(text, "v.tsv").0, "column embedding (2 numbers); metadata: text, input_ids");
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
