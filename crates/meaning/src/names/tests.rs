use ndarray::Array2;
use parallax_embedding::{ColumnBuilder, random};

use super::{range::figure, *};

fn column<'a>(cells: impl IntoIterator<Item = &'a str>) -> Column {
    let mut builder = ColumnBuilder::new("c");
    cells.into_iter().for_each(|cell| builder.push(Some(cell)));
    builder.finish()
}

fn named(column: &Column, groups: &[&[u32]]) -> Names {
    let layout = Array2::from_shape_fn((column.len(), 2), |(row, _)| row as f32);
    name_groups(column, groups, layout.view(), &Progress::default()).unwrap()
}

fn texts(named: &Names) -> Vec<&str> {
    named.names.iter().map(|name| name.text.as_str()).collect()
}

/// Names the first half of `texts`, and the second, each with `times` as many rows, that differ by a
/// number.
fn halves(texts: &[&str], times: usize) -> Names {
    let rows = (texts.len() * times) as u32;
    let groups: [Vec<u32>; 2] = [(0..rows / 2).collect(), (rows / 2..rows).collect()];
    let cells: Vec<String> =
        texts.iter().flat_map(|text| (0..times).map(move |number| format!("{text} {number}"))).collect();
    named(&column(cells.iter().map(String::as_str)), &groups.each_ref().map(Vec::as_slice))
}

/// `tests/data/ctfidf.py` computed the scores with NumPy, and with SciPy which words are clearly more
/// frequent.
#[test]
fn words_score_as_numpy_computes() {
    let mut lines = include_str!("../../tests/data/ctfidf.tsv").lines();
    let mut rows: Vec<(u32, &str)> = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let (group, text) = line.split_once('\t').unwrap();
        rows.push((group.parse().unwrap(), text));
    }
    let column = column(rows.iter().map(|(_, text)| *text));
    let groups: Vec<Vec<u32>> =
        (0..3).map(|group| (0..).zip(&rows).filter(|(_, row)| row.0 == group).map(|(row, _)| row).collect()).collect();
    let groups: Vec<&[u32]> = groups.iter().map(Vec::as_slice).collect();
    let named = named(&column, &groups);
    assert_eq!(named.way, Way::Words);
    let mut compared = 0;
    for (line, name) in lines.zip(&named.names) {
        let expected: Vec<_> = line.split('\t').map(|cell| cell.split_once('=').unwrap()).collect();
        assert_eq!(expected.len(), name.terms.len(), "{line}: {name:?}");
        for ((word, score), term) in expected.into_iter().zip(&name.terms) {
            assert_eq!(term.text, word, "{line}");
            assert!((term.score - score.parse::<f64>().unwrap()).abs() < 1e-12, "{line}: {term:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 7);
}

#[test]
fn stop_words_of_the_language_are_left_out() {
    let of_war = ["The war of the worlds", "The man and the war", "It is the end of the war"];
    let of_peace = ["The peace of the worlds", "The man and the peace", "It is the end of the peace"];
    let names = halves(&[of_war, of_peace].concat(), 8);
    assert_eq!(names.notes, ["stop words are left out: English"]);
    assert_eq!(texts(&names), ["war", "peace"], "a word of English, although one of German to leave out");
    let of_dogs = ["Der Hund war in dem Haus", "Die Katze und der Hund", "Das war ein Hund"];
    let of_birds = ["Der Vogel ist in dem Haus", "Die Katze und der Vogel", "Das ist ein Vogel"];
    let names = halves(&[of_dogs, of_birds].concat(), 8);
    assert_eq!((&*names.notes[0], texts(&names)), ("stop words are left out: German", vec!["hund", "vogel"]));
    let titles =
        ["War heroes", "War stories", "Star War figures", "Peace heroes", "Peace stories", "Star Peace figures"];
    assert_eq!(texts(&halves(&titles, 8)), ["war", "peace"], "one word makes no language");
}

/// Stop words that two languages share are evidence of one only, and rare words of none: in many texts
/// there are some of every language.
#[test]
fn languages_are_not_recognized_by_shared_or_rare_words() {
    let subjects =
        ["war", "men", "the die", "music", "trade", "a man", "law", "art", "the hat", "food", "sport", "land"];
    let places = ["Rome", "China", "Texas", "Peru", "the Alps", "Wales", "Cuba", "Goa", "Chad", "Iran", "Mali"];
    let titles = (0..2000).map(|row| format!("History of {} in {}", subjects[row % 12], places[row / 12 % 11]));
    let titles: Vec<String> = titles.collect();
    let of_war: Vec<u32> = (0..2000).step_by(12).collect();
    let of_men: Vec<u32> = (1..2000).step_by(12).collect();
    let names = named(&column(titles.iter().map(String::as_str)), &[&of_war, &of_men]);
    assert_eq!(names.notes, ["stop words are left out: English"], "{names:?}");
    assert!(names.names[0].text.starts_with("war") && names.names[1].text.starts_with("men"), "{names:?}");
    // Two languages in equal parts are both recognized, near ones too.
    let dutch = "de kat en het huis van een man die niet in de tuin was maar op het dak";
    let german = "die Katze und das Haus von einem Mann der nicht in dem Garten war sondern auf dem Dach";
    let spanish = "el gato y la casa de un hombre que no estaba en el jardín sino sobre el tejado con los otros";
    let portuguese = "o gato e a casa de um homem que não estava no jardim mas sobre o telhado com os outros";
    for (texts, expected) in
        [([dutch, german], ["German", "Dutch"]), ([spanish, portuguese], ["Spanish", "Portuguese"])]
    {
        let names = named(&column(texts), &[&[0, 1]]);
        assert!(expected.iter().all(|language| names.notes[0].contains(language)), "{names:?}");
        assert_eq!(names.notes[0].matches(", ").count(), 1, "{names:?}");
    }
}

#[test]
fn scripts_without_spaces_are_named() {
    let check = |texts_of: &[&str], expected: [&str; 2]| {
        let names = halves(texts_of, 8);
        for (name, expected) in names.names.iter().zip(expected) {
            assert!(name.text.split(", ").any(|term| term == expected), "{expected}: {names:?}");
        }
    };
    check(
        &["机器学习的方法", "学习机器学习", "机器学习很好", "天气很好今天", "今天天气不错", "今天的天气"],
        ["机器学习", "天气"],
    );
    check(
        &["用Python编程的方法", "编程很难", "怎样学编程", "台风将在周末登陆", "台风过后城市积水", "沿海防范台风"],
        ["编程", "台风"],
    );
    check(
        &[
            "機械学習モデルの画像診断",
            "研究者は機械学習で予測した",
            "新しい機械学習チップ",
            "今日の東京の天気は晴れ",
            "明日の天気は雨",
            "週末の天気予報",
        ],
        ["機械学習", "天気"],
    );
    check(
        &[
            "บริษัทเปิดตัวปัญญาประดิษฐ์รุ่นใหม่",
            "ปัญญาประดิษฐ์กำลังเปลี่ยนการแพทย์",
            "นักวิจัยใช้ปัญญาประดิษฐ์",
            "ภาคเหนือมีฝนตกหนัก",
            "เตือนฝนตกหนักในกรุงเทพ",
            "ฝนตกหนักทำให้เที่ยวบินล่าช้า",
        ],
        ["ปัญญาประดิษฐ์", "ฝนตกหนัก"],
    );
    // Words with other particles are one word.
    check(
        &[
            "인공지능은 의료를 바꾼다",
            "인공지능의 방법",
            "새로운 인공지능 칩",
            "태풍이 온다",
            "태풍의 영향",
            "태풍은 북상한다",
        ],
        ["인공지능", "태풍"],
    );
}

#[test]
fn end_of_a_word_that_is_no_particle_stays() {
    let cells = ["고양이 먹이를 샀다", "고양이 장난감이 좋다", "강아지 장난감을 샀다", "강아지 먹이도 좋다"];
    let names = halves(&cells, 10);
    assert!(names.names[0].text.contains("고양이") && names.names[1].text.contains("강아지"), "{names:?}");
}

/// What has no place is neither in a group nor beside it.
#[test]
fn rows_without_a_place_do_not_count() {
    let cells = (0..60).map(|row| if (10..30).contains(&row) { "two" } else { "one" });
    let layout = Array2::from_shape_fn((60, 2), |(row, _)| if row < 30 { 1.0 } else { f32::NAN });
    let (ones, twos): (Vec<u32>, Vec<u32>) = ((0..10).collect(), (10..30).collect());
    let names = name_groups(&column(cells), &[&ones, &twos], layout.view(), &Progress::default()).unwrap();
    assert_eq!((names.way, texts(&names)), (Way::Values, vec!["one", "two"]));
    let overall = names.names.iter().filter_map(|name| name.terms[0].overall);
    assert_eq!(overall.collect::<Vec<f64>>(), [1.0 / 3.0, 2.0 / 3.0], "of three rows");
}

#[test]
fn plurals_are_not_named_beside_their_singular() {
    let of_apples = ["red apples fall", "green apple tree", "apple apples pie"];
    let names = halves(&[of_apples, ["fast train line", "slow trains run", "a train of trains"]].concat(), 20);
    assert!(names.names.iter().all(|name| name.terms.len() == MOST_WORDS), "{names:?}");
    assert!(names.names.iter().all(|name| name.text.matches("appl").count() <= 1), "{names:?}");
}

/// Shares are counted by hand.
#[test]
fn categories_are_named_by_what_is_over_represented() {
    let cells = ["a", "a", "a", "b", "b", "b", "b", "c", "a", "b"];
    let cells = cells.into_iter().flat_map(|cell| [cell; 10]);
    let rows: Vec<u32> = (0..100).collect();
    let names = named(&column(cells), &[&rows[..40], &rows[40..80], &rows[80..]]);
    assert_eq!((names.way, texts(&names)), (Way::Values, vec!["a", "b, c", ""]));
    assert!(names.notes[0].starts_with("1 of 3 clusters has no name"), "{names:?}");
    let term = &names.names[0].terms[0];
    assert_eq!((term.inside, term.overall), (Some(0.75), Some(0.4)));
}

#[test]
fn numbers_are_named_by_their_range() {
    let cells: Vec<String> = (0..200).map(|row| format!("{}", f64::from(row) / 8.0)).collect();
    let rows: Vec<u32> = (0..101).collect();
    let names = named(&column(cells.iter().map(String::as_str)), &[&rows, &rows[..100], &[199]]);
    // `numpy.quantile(numpy.arange(100) / 8, [.25, .75])` is 3.09375 and 9.28125.
    assert_eq!((names.way, texts(&names)), (Way::Range, vec!["c 3.12 to 9.38", "c 3.09 to 9.28", "c 24.9"]));
    assert_eq!(figure(-123_456.0) + " " + &figure(0.000_123_4) + " " + &figure(1e20), "-123456 0.000123 1.00e20");
}

#[test]
fn dates_are_named_by_their_range() {
    let month = |row: u32| format!("{}-{:02}-06", 2018 + row.div_ceil(12), (11 + row) % 12 + 1);
    let hour = |row: u32| format!("2020-03-02T{:02}:{:02}:00", 8 + row / 4, row % 4 * 15);
    // `numpy.quantile` of the moments says 2019-08-13 and 2020-12-29, and 10:03:45 and 14:11:15.
    for (cell, expected) in
        [(&month as &dyn Fn(u32) -> String, "2019-08 to 2020-12"), (&hour, "2020-03-02 10:03 to 2020-03-02 14:11")]
    {
        let cells: Vec<String> = (0..34).map(cell).collect();
        let rows: Vec<u32> = (0..34).collect();
        let names = named(&column(cells.iter().map(String::as_str)), &[&rows]);
        assert_eq!((names.way, texts(&names)), (Way::Range, vec![expected]));
    }
}

/// 12 % of a group and 11.6 % of the others, who are 500,000 each: far beyond chance, but no name.
#[test]
fn slight_excess_is_no_name() {
    let cell = |row: u32| if row % 500_000 < [60_000, 58_000][row as usize / 500_000] { "a" } else { "b" };
    let rows: Vec<u32> = (0..500_000).collect();
    assert!(chance::excess(60_000, 118_000, [500_000, 1_000_000]) < 1e-8);
    assert_eq!(texts(&named(&column((0..1_000_000).map(cell)), &[&rows])), [""]);
}

/// Twenty groups of texts whose words are drawn at random, frequent and rare ones.
#[test]
fn chance_is_no_name() {
    let unit = |place: u64| f64::from(random::unit(random::mix(place)));
    let word = |place: u64| {
        let number = 300_f64.powf(unit(place)) as u32;
        [number / 17 % 17, number % 17].map(|part| char::from(b'a' + part as u8)).iter().collect::<String>() + "word"
    };
    let text = |row: u64| (0..8).map(|at| word(8 * row + at)).collect::<Vec<_>>().join(" ");
    let cells: Vec<String> = (0..2000).map(text).collect();
    let groups: Vec<Vec<u32>> = (0..20).map(|group| (100 * group..100 * (group + 1)).collect()).collect();
    let groups: Vec<&[u32]> = groups.iter().map(Vec::as_slice).collect();
    let names = named(&column(cells.iter().map(String::as_str)), &groups);
    assert_eq!((names.way, texts(&names)), (Way::Words, vec![""; 20]));
    assert!(names.notes.iter().any(|note| note.starts_with("no cluster has a name")), "{names:?}");
}

#[test]
fn markup_is_no_name() {
    let tagged =
        ["<p>Apple&nbsp;pie</p><br/>http://a.org/x?href=1", "<a href='http://b.org'>apple</a> &quot;tart&quot;"];
    let names = halves(&[tagged, ["train station", "slow train"]].concat(), 10);
    assert!(names.names[0].text.starts_with("apple") && names.names[1].text.starts_with("train"), "{names:?}");
    let said = names.names.iter().map(|name| &*name.text).collect::<Vec<_>>().join(", ");
    assert!(
        said.split(", ").all(|word| ["apple", "pie", "tart", "train", "station", "slow"].contains(&word)),
        "{said}"
    );
    // Signs that were taken out before leave words.
    let left = ["br apple br br pie nbsp amp quot", "http www apple amp nbsp br tart"];
    let names = halves(&[left, ["train station at night", "a slow train comes"]].concat(), 10);
    assert!(!["br", "nbsp", "amp", "quot", "http"].iter().any(|word| names.names[0].text.contains(word)), "{names:?}");
    assert!(names.notes[0].contains("HTML"), "{names:?}");
    let guitars = halves(&["loud amp and guitar", "an amp for guitars", "slow train home", "the last train"], 10);
    assert!(guitars.names[0].text.contains("amp"), "{guitars:?}");
}

#[test]
fn repeated_numbers_are_categories_only_if_whole() {
    let cells = |ending: &str| (0..180).map(|row| format!("{}{ending}", row % 9)).collect::<Vec<_>>();
    let rows: Vec<u32> = (0..180).filter(|row| row % 9 < 2).collect();
    let of = |cells: &[String]| named(&column(cells.iter().map(String::as_str)), &[&rows]);
    assert_eq!((of(&cells("")).way, texts(&of(&cells("")))), (Way::Values, vec!["0, 1"]));
    assert_eq!((of(&cells(".5")).way, texts(&of(&cells(".5")))), (Way::Range, vec!["c 0.5 to 1.5"]));
}

#[test]
fn words_of_their_own_are_named_by_the_middle() {
    let cells: Vec<String> = (0..60).map(|row| format!("w{}", "x".repeat(row))).collect();
    let rows: Vec<u32> = (0..11).collect();
    let names = named(&column(cells.iter().map(String::as_str)), &[&rows]);
    assert_eq!((names.way, texts(&names)), (Way::CentralRows, vec!["wxxxxx, wxxxx, wxxxxxx"]));
}

#[test]
fn what_cannot_be_named_is_said() {
    let check = |cells: &[&str], groups: &[&[u32]], expected: &str| {
        let names = named(&column(cells.iter().copied()), groups);
        assert_eq!(names.names.len(), groups.len());
        assert!(names.notes.iter().any(|note| note.contains(expected)), "{expected}: {names:?}");
    };
    check(&["", "", ""], &[&[0, 1]], "no cluster has a name from column \"c\": no row has a text");
    check(&[" "; 500], &[&[0, 1]], "no row has a text");
    check(&["same text"; 500], &[&[0, 1, 2]], "all rows have the same text");
    check(&["same"; 3], &[&[0, 1]], "all rows have the same text");
    check(&["same text", "", "same text"], &[&[0, 1]], "all rows that have a text have the same");
    check(&["7"; 20], &[&[0, 1]], "all rows have the same value");
    check(&["a", "b", "a", "b"], &[&[0, 1], &[2, 3]], "no value is clearly more frequent");
    let ids: Vec<String> = (0..500).map(|id| format!("4711-{id} {id}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let names = named(&column(ids.iter().copied()), &[&[0, 1, 2]]);
    assert_eq!((names.way, texts(&names)), (Way::CentralRows, vec!["4711-1 1, 4711-0 0, 4711-2 2"]));
    assert!(names.names[0].terms.iter().all(|term| term.inside.is_none() && term.overall.is_none()));
    let pies: Vec<String> = (0..2000).map(|id| format!("apple pie number {id}")).collect();
    let mixed: Vec<&str> = ids.iter().copied().chain(pies.iter().map(String::as_str)).collect();
    let of_pies: Vec<u32> = (500..900).collect();
    check(&mixed, &[&[0, 1], &of_pies], "1 of 2 clusters has no name from column \"c\": no word is clearly more");
    assert_eq!(named(&column([]), &[]).names, []);
    assert_eq!(named(&column(["red apple", "red cherry"]), &[&[7, 9]]).names[0].text, "");
}

#[test]
fn column_is_chosen_by_what_it_holds() {
    let named = |name: &str, cell: &dyn Fn(usize) -> String| {
        let mut builder = ColumnBuilder::new(name);
        (0..200).for_each(|row| builder.push(Some(&cell(row))));
        builder.finish()
    };
    let id = named("id", &|row| format!("{row}-x"));
    let number = named("n", &|row| format!("{row}.5"));
    let digit = named("digit", &|row| (row % 10).to_string());
    let title = named("title", &|row| format!("word {} {row}", "so ".repeat(row % 7 + 1)));
    let text = named("text", &|row| format!("word {} {row}", "many ".repeat(row % 20 + 2)));
    let check = |columns: Vec<&Column>, expected: &str, why: &str| {
        let table = Metadata::new(columns.into_iter().cloned().collect()).unwrap();
        let chosen = choose_column(&table).unwrap();
        assert_eq!(chosen.column.name(), expected);
        assert!(chosen.reason.contains(why), "{}", chosen.reason);
    };
    check(vec![&id, &title, &digit, &text], "text", "longest");
    let color = named("color", &|row| ["red", "blue"][row % 2].to_owned());
    let length = named("length", &|row| format!("{}.5", row % 9));
    check(vec![&id, &number, &digit], "digit", "categories: 10");
    check(vec![&length, &digit, &color], "color", "categories: 2");
    check(vec![&number, &id], "id", "labels");
    assert_eq!(choose_column(&Metadata::default()), None);
}

#[test]
fn names_of_single_rows_are_said_if_another_column_is_shared() {
    let named = |name: &str, cell: &dyn Fn(usize) -> String| {
        let mut builder = ColumnBuilder::new(name);
        (0..200).for_each(|row| builder.push(Some(&cell(row))));
        builder.finish()
    };
    let id = named("id", &|row| format!("id_{row}"));
    let word = named("word", &|row| format!("{}x", "ab".repeat(row + 1)));
    let half = named("half", &|row| format!("id_{}", row.min(120)));
    let color = named("color", &|row| ["red", "blue"][row % 2].to_owned());
    let number = named("number", &|row| format!("{row}.5"));
    let metadata = Metadata::new([&id, &word, &half, &color, &number].map(Clone::clone).into()).unwrap();
    for (column, is_said) in [(&id, true), (&word, true), (&half, false), (&color, false), (&number, false)] {
        let found = single_rows(column, &metadata);
        assert_eq!(found.as_ref().map(|(_, better)| better.name()), is_said.then_some("color"), "{}", column.name());
        assert!(found.is_none_or(|(said, _)| said.contains(" has 200 values for 200 rows, so that each name is of ")));
    }
    let alone = Metadata::new(vec![id.clone(), number]).unwrap();
    assert!(single_rows(&id, &alone).is_none(), "there is no better one");
}

#[test]
fn ten_thousand_groups_are_named() {
    let cells: Vec<String> =
        (0..20_000).map(|row| format!("{} of many", ["red", "blue", "green"][row / 2 % 3])).collect();
    let column = column(cells.iter().map(String::as_str).chain(["a single one more text to be no category"]));
    let groups: Vec<Vec<u32>> = (0..10_000).map(|group| vec![2 * group, 2 * group + 1]).collect();
    let groups: Vec<&[u32]> = groups.iter().map(Vec::as_slice).collect();
    assert_eq!(named(&column, &groups).names.len(), 10_000);
}
