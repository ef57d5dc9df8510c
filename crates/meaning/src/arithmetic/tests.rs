//! What texts mean, by hand and by rule; sums against those of NumPy.

use parallax_embedding::ColumnBuilder;
use proptest::prelude::*;

use super::*;

fn label(text: &str) -> Operand {
    Operand::Label(text.into())
}

/// The terms of a text, without their places.
fn terms(text: &str) -> Vec<(f64, Operand)> {
    match text.parse().unwrap_or_else(|error| panic!("{text}: {error}")) {
        Query::Sum(terms) => terms.into_iter().map(|term| (term.weight, term.operand)).collect(),
        Query::Vector(vector) => panic!("{text}: {vector:?}"),
    }
}

#[test]
fn text_is_a_sum_of_labels_with_weights() {
    let king = || label("king");
    for (text, expected) in [
        ("king", vec![(1.0, king())]),
        ("king - man + woman", vec![(1.0, king()), (-1.0, label("man")), (1.0, label("woman"))]),
        ("  -king−man", vec![(-1.0, label("king−man"))]),
        ("king −man +  woman", vec![(1.0, king()), (-1.0, label("man")), (1.0, label("woman"))]),
        ("2 king - 0.5*man - .5 × woman", vec![(2.0, king()), (-0.5, label("man")), (-0.5, label("woman"))]),
        ("New York - \"San Francisco\"", vec![(1.0, label("New York")), (-1.0, label("San Francisco"))]),
        ("“New York” + \"a \"\"b\"\" + c\"", vec![(1.0, label("New York")), (1.0, label("a \"b\" + c"))]),
        ("well-known - known", vec![(1.0, label("well-known")), (-1.0, label("known"))]),
        ("3 - 5", vec![(1.0, label("3")), (-1.0, label("5"))]),
        ("2 \"3\" + area 51", vec![(2.0, label("3")), (1.0, label("area 51"))]),
        ("#12 - #0", vec![(1.0, Operand::Row(12)), (-1.0, Operand::Row(0))]),
        ("#tag + \"#12\"", vec![(1.0, label("#tag")), (1.0, label("#12"))]),
        ("- - king + - man", vec![(1.0, king()), (-1.0, label("man"))]),
        ("inf - nan", vec![(1.0, label("inf")), (-1.0, label("nan"))]),
        ("東京 - 日本", vec![(1.0, label("東京")), (-1.0, label("日本"))]),
    ] {
        assert_eq!(terms(text), expected, "{text}");
    }
}

#[test]
fn text_of_numbers_is_a_vector() {
    for text in ["1, -2.5, 3e2", "[1 -2.5 300]", "1;-2.5;300", " 1\t-2.5\n300 ", "[ 1, -2.5 , 3e2 ]"] {
        assert_eq!(text.parse(), Ok(Query::Vector(vec![1.0, -2.5, 300.0])), "{text}");
    }
    assert_eq!("[7]".parse(), Ok(Query::Vector(vec![7.0])));
    assert_eq!(terms("7"), [(1.0, label("7"))]);
}

#[test]
fn text_that_is_no_query_says_where_and_why() {
    for (text, at, what) in [
        ("", 1, Malformed::Empty),
        ("  ", 1, Malformed::Empty),
        ("king -", 7, Malformed::NoOperand),
        ("+", 2, Malformed::NoOperand),
        ("é - * man", 5, Malformed::NoOperand),
        ("\"a\" \"b\"", 5, Malformed::NoSign),
        ("king #3", 6, Malformed::NoSign),
        ("king - \"man", 8, Malformed::OpenQuote),
        ("[1, x, 3]", 5, Malformed::NotANumber("x".into())),
        ("[1, inf]", 5, Malformed::NotANumber("inf".into())),
    ] {
        assert_eq!(text.parse::<Query>(), Err(ParseError { at, what }), "{text:?}");
    }
}

fn column(cells: &[&str]) -> Column {
    let mut builder = ColumnBuilder::new("word");
    cells.iter().for_each(|cell| builder.push(Some(cell).filter(|cell| !cell.is_empty()).copied()));
    builder.finish()
}

fn resolve(text: &str, labels: &[&str], values: &[f32]) -> Result<Resolved, QueryError> {
    let vectors = Vectors::from_f32(labels.len(), values.len() / labels.len(), values.to_vec()).unwrap();
    let progress = Progress::default();
    let non_finite = vectors.non_finite_rows(&progress).unwrap();
    text.parse::<Query>()?.resolve(&vectors, &non_finite, Some(&column(labels)), &progress)
}

/// NumPy: `v[0] - v[1] + 2 * v[[2, 3]].mean(0)`, and the mean of row 5 alone, as row 4 has a NaN.
#[test]
fn labels_of_several_rows_are_their_mean() {
    let labels = ["king", "man", "Woman", "Woman", "both", "both"];
    let values = [1.0, 0.5, -2.0, 3.0, 4.0, 0.25, 6.0, -1.25, f32::NAN, 1.0, 7.0, 8.0];
    let found = resolve("king - man + 2 woman", &labels, &values).unwrap();
    assert_eq!(found.vector, [13.0, -3.5]);
    assert_eq!(found.rows.as_slice(), [0, 1]);
    let meant: Vec<_> = found.terms.iter().map(|term| (term.weight, &*term.name, term.rows.len())).collect();
    assert_eq!(meant, [(1.0, "king", 1), (-1.0, "man", 1), (2.0, "Woman", 2)]);
    let found = resolve("both", &labels, &values).unwrap();
    assert_eq!((&found.vector[..], found.rows.as_slice()), (&[7.0, 8.0][..], &[][..]));
    assert_eq!(resolve("#1", &labels, &values).unwrap().vector, [-2.0, 3.0]);
    assert_eq!(resolve("1.5, 2", &labels, &values).unwrap().vector, [1.5, 2.0]);
}

/// Exact spellings come before other cases: `US` is not `us`.
#[test]
fn labels_are_found_as_written_before_any_case() {
    let labels = ["us", "US", "King"];
    let row = |text: &str| resolve(text, &labels, &[0.0, 1.0, 2.0]).unwrap().vector[0];
    assert_eq!([row("us"), row("US"), row("king"), row("KING")], [0.0, 1.0, 2.0, 2.0]);
    assert_eq!(resolve("Us", &labels, &[0.0, 1.0, 2.0]).unwrap().terms[0].rows.as_slice(), [0, 1]);
}

#[test]
fn labels_that_are_not_there_offer_the_nearest_spellings() {
    let labels = ["king", "kings", "ring", "woman", "women", "New York", "3-5", "man", "men", "ring"];
    let values = [0.0; 10];
    let near = |text: &str| match resolve(text, &labels, &values) {
        Err(QueryError::Unknown { unknown }) => (unknown.near.clone(), unknown),
        other => panic!("{text}: {other:?}"),
    };
    // Those at one step come first, the frequent ones before.
    for (text, expected) in [
        ("kin", &["king"][..]),
        ("knig", &["king"]),
        ("wring", &["ring"]),
        ("womn", &["woman", "women"]),
        ("newyork", &["New York"]),
        ("king-man+woman", &["king - man + woman"]),
        ("xylophone", &[]),
    ] {
        assert_eq!(near(text).0, expected, "{text}");
    }
    let (_, unknown) = near("3 ring - womn");
    assert_eq!(unknown.to_string(), "no row is labeled “womn” in column “word”. Did you mean woman or women?");
    assert_eq!(unknown.corrected("3 ring - womn", "woman"), "3 ring - woman");
    assert_eq!(near("king - “3-6” + man").1.corrected("king - “3-6” + man", "3-5"), "king - 3-5 + man");
}

#[test]
fn queries_without_a_vector_say_why() {
    let values = [0.0, f32::NAN];
    let said = |text: &str| resolve(text, &["a", "b"], &values).unwrap_err().to_string();
    assert!(said("#2").starts_with("there is no row 2: the vectors have 2 rows"), "{}", said("#2"));
    assert!(said("a - b").starts_with("“b” has no finite vector"));
    assert!(said("1, 2").starts_with("the query has 2 numbers, and the vectors have 1 dimensions"));
    let vectors = Vectors::from_f32(1, 1, vec![1.0]).unwrap();
    let query: Query = "a".parse().unwrap();
    let error = query.resolve(&vectors, &RowSet::EMPTY, None, &Progress::default()).unwrap_err();
    assert!(error.to_string().contains("#0 - #1"), "{error}");
    let progress = Progress::default();
    progress.cancel();
    assert_eq!(query.resolve(&vectors, &RowSet::EMPTY, Some(&column(&["a"])), &progress), Err(QueryError::Cancelled));
}

/// Labels that are hard to write: signs, quotes, numbers, spaces at the ends.
fn any_label() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1,3}",
        "[ab 1+\\-\"*#.−“”]{1,6}",
        "[0-9]{1,3}",
        "#[0-9]{1,3}",
        "[a-z]{1,3} [a-z0-9]{1,3}",
        "\\PC{1,5}"
    ]
}

fn any_operand() -> impl Strategy<Value = Operand> {
    prop_oneof![4 => any_label().prop_map(Operand::Label), 1 => any::<u32>().prop_map(Operand::Row)]
}

fn any_weight() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1.0), Just(-1.0), -1e6..1e6, Just(1e-300)]
}

proptest! {
    #[test]
    fn query_is_read_as_it_is_written(sum in prop::collection::vec((any_weight(), any_operand()), 1..6)) {
        let terms = sum.iter().cloned().map(|(weight, operand)| Term { weight, operand, span: 0..0 }).collect();
        let text = Query::Sum(terms).to_string();
        prop_assert_eq!(super::tests::terms(&text), sum, "{}", text);
    }

    #[test]
    fn vector_is_read_as_it_is_written(values in prop::collection::vec(-1e30_f64..1e30, 0..8)) {
        let text = Query::Vector(values.clone()).to_string();
        prop_assert_eq!(text.parse(), Ok(Query::Vector(values)), "{}", text);
    }

    /// Any text is a query or an error with a place within it, and operands are where they are said to
    /// be.
    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof!["\\PC{0,20}", "[ab 1+\\-\"*#.,\\[\\]−“”\n]{0,20}"]) {
        match text.parse::<Query>() {
            Ok(Query::Sum(terms)) => for term in terms {
                let written = &text[term.span];
                let weighted = super::tests::terms(&format!("1 * {written}"));
                prop_assert_eq!(&weighted[..], &[(1.0, term.operand.clone())][..], "{}", written);
                // Alone, a number in front is a weight, and brackets or several numbers are a vector.
                let is_led = written.starts_with(|first: char| first.is_ascii_digit() || first == '.');
                let is_weighted = is_led && written.contains(char::is_whitespace);
                if is_weighted || written.starts_with('[') || matches!(written.parse(), Ok(Query::Vector(_))) {
                    continue;
                }
                let found = super::tests::terms(written);
                prop_assert_eq!(&found[..], &[(1.0, term.operand)][..], "{}", written);
            },
            Ok(Query::Vector(_)) => {}
            Err(error) => prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1),
        }
    }

    /// Linear: the vector of a sum is the sum of the vectors.
    #[test]
    fn sum_of_rows_is_the_sum_of_their_vectors(
        values in prop::collection::vec(-100_i8..100, 12),
        sum in prop::collection::vec((-4_i8..5, 0_u32..4), 1..6),
    ) {
        let values: Vec<f32> = values.into_iter().map(f32::from).collect();
        let terms = sum.iter().map(|&(weight, row)| Term { weight: weight.into(), operand: Operand::Row(row), span: 0..0 });
        let text = Query::Sum(terms.collect()).to_string();
        let found = resolve(&text, &["a", "b", "c", "d"], &values).unwrap();
        for dim in 0..3 {
            let expected: f64 =
                sum.iter().map(|&(weight, row)| f64::from(weight) * f64::from(values[row as usize * 3 + dim])).sum();
            prop_assert_eq!(found.vector[dim], expected);
        }
    }
}
