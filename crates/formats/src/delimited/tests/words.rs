//! Words before the vectors.

use super::*;

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
    check("the 0.1 -0.2\rof 1e-5 2\nin 3 4\r\n", "word: the of in", &[said]);
    check("the  0.1  -0.2\nof  1e-5  2\nin  3  4\n", "word: the of in", &[said]);
    check("1984 0.1 -0.2\nof 1e-5 2\nin 3 4\n", "word: 1984 of in", &[said]);
    check("nan 0.1 -0.2\nof 1e-5 2\n- 3 4\n", "word: nan of -", &[said]);
    let twice = "1 word occurs more than once, the first of them \"the\"";
    check("the 0.1 -0.2\nthe 1e-5 2\n\" 3 4\n", "word: the the \"", &[said, twice]);
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

#[test]
fn numeric_words_do_not_take_the_place_of_a_missing_number() {
    let lines = "word 0.5 0.25 0.125\n".repeat(20);
    let error = read(format!("{lines}2008 0.5 0.25\n").as_bytes(), "v.txt").unwrap_err();
    assert!(error.contains("line 21: the line ends in 2 numbers where others end in 3"), "{error}");
}
