//! Vectors in a cell.

use super::*;

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
    check("[0.5, 1.5]\n[2.5, 3.5]\n", "v.jsonl", rows, &[], &["vectors: the field \"vector\""]);
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
fn vectors_in_brackets_are_not_cut_apart() {
    let error = read(b"w0 [0.1, 0.2, 0.3, 0.4]\nw1 [0.5, 0.6, 0.7, 0.8]\n", "v.txt").unwrap_err();
    assert!(error.contains("the vectors in brackets are cut apart by commas"), "{error}");
}
