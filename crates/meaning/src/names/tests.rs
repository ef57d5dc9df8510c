use ndarray::Array2;
use parallax_embedding::ColumnBuilder;

use super::*;

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

/// `tests/data/ctfidf.py` computed the scores with NumPy.
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
        let expected = line.split('\t').map(|cell| cell.split_once('=').unwrap());
        for ((word, score), term) in expected.zip(&name.terms) {
            assert_eq!(term.text, word, "{line}");
            assert!((term.score - score.parse::<f64>().unwrap()).abs() < 1e-12, "{line}: {term:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 3 * MOST_WORDS);
}

#[test]
fn stop_words_of_the_language_are_left_out() {
    let english = ["The war of the worlds", "The man and the war", "It is the end of the war"];
    let names = named(&column(english), &[&[0, 1, 2]]);
    assert!(names.notes[0].contains("English") && !names.notes[0].contains("German"), "{names:?}");
    assert!(names.names[0].text.starts_with("war"), "a word of English, although one of German to leave out");
    let german = ["Der Hund war in dem Haus", "Die Katze und der Hund", "Das ist ein Hund"];
    let names = named(&column(german), &[&[0, 1, 2]]);
    assert!(names.notes[0].contains("German"), "{names:?}");
    assert!(names.names[0].text.starts_with("hund") && !names.names[0].text.contains("war"), "{names:?}");
    let titles = ["War heroes", "War stories", "Star War figures"];
    let names = named(&column(titles), &[&[0, 1, 2]]);
    assert!(names.names[0].text.starts_with("war"), "one word makes no language: {names:?}");
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
        let half = texts_of.len() as u32 / 2;
        let groups: [Vec<u32>; 2] = [(0..half).collect(), (half..2 * half).collect()];
        let names = named(&column(texts_of.iter().copied()), &groups.each_ref().map(Vec::as_slice));
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
    let names = named(&column(cells), &[&[0, 1], &[2, 3]]);
    assert!(names.names[0].text.contains("고양이") && names.names[1].text.contains("강아지"), "{names:?}");
}

/// What has no place is neither in a group nor beside it.
#[test]
fn rows_without_a_place_do_not_count() {
    let cells = ["one", "two", "two", "one", "one", "one"];
    let layout = Array2::from_shape_fn((6, 2), |(row, _)| if row < 3 { 1.0 } else { f32::NAN });
    let names = name_groups(&column(cells), &[&[0], &[1, 2]], layout.view(), &Progress::default()).unwrap();
    assert_eq!((names.way, texts(&names)), (Way::Values, vec!["one", "two"]));
    let overall = names.names.iter().map(|name| name.terms[0].overall);
    assert_eq!(overall.collect::<Vec<f64>>(), [1.0 / 3.0, 2.0 / 3.0], "of three rows");
}

#[test]
fn plurals_are_not_named_beside_their_singular() {
    let rows = ["red apples fall", "green apple tree", "apple apples pie", "fast train line", "slow trains run"];
    let names = named(&column(rows), &[&[0, 1, 2], &[3, 4]]);
    assert!(names.names.iter().all(|name| name.text.matches("appl").count() <= 1), "{names:?}");
}

/// Shares are counted by hand.
#[test]
fn categories_are_named_by_what_is_over_represented() {
    let cells = ["a", "a", "a", "b", "b", "b", "b", "c", "a", "b"];
    let names = named(&column(cells), &[&[0, 1, 2, 3], &[4, 5, 6, 7], &[8, 9]]);
    assert_eq!((names.way, texts(&names)), (Way::Values, vec!["a", "b, c", "a"]));
    let term = &names.names[0].terms[0];
    assert_eq!((term.inside, term.overall), (0.75, 0.4));
}

#[test]
fn numbers_are_named_by_their_range() {
    let cells: Vec<String> = (0..200).map(|row| format!("{}", f64::from(row) / 8.0)).collect();
    let rows: Vec<u32> = (0..101).collect();
    let names = named(&column(cells.iter().map(String::as_str)), &[&rows, &[199]]);
    assert_eq!((names.way, texts(&names)), (Way::Range, vec!["c 3.12 to 9.38", "c 24.9"]));
    assert_eq!(figure(-123_456.0) + " " + &figure(0.000_123_4) + " " + &figure(1e20), "-123456 0.000123 1.00e20");
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
    check(&["", "", ""], &[&[0, 1]], "the column is empty");
    check(&["same text"; 500], &[&[0, 1, 2]], "no value is more frequent");
    let ids: Vec<String> = (0..500).map(|id| format!("4711-{id} {id}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let names = named(&column(ids.iter().copied()), &[&[0, 1, 2]]);
    assert_eq!((names.way, texts(&names)), (Way::CentralRows, vec!["4711-1 1, 4711-0 0, 4711-2 2"]));
    let pies: Vec<String> = (0..2000).map(|id| format!("apple pie number {id}")).collect();
    let mixed: Vec<&str> = ids.iter().copied().chain(pies.iter().map(String::as_str)).collect();
    check(&mixed, &[&[0, 1], &[500, 501]], "1 of 2 clusters have no name");
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
fn ten_thousand_groups_are_named() {
    let cells: Vec<String> =
        (0..20_000).map(|row| format!("{} of many", ["red", "blue", "green"][row / 2 % 3])).collect();
    let column = column(cells.iter().map(String::as_str).chain(["a single one more text to be no category"]));
    let groups: Vec<Vec<u32>> = (0..10_000).map(|group| vec![2 * group, 2 * group + 1]).collect();
    let groups: Vec<&[u32]> = groups.iter().map(Vec::as_slice).collect();
    assert_eq!(named(&column, &groups).names.len(), 10_000);
}
