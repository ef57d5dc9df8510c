//! What the names of columns mean: which of them count, which do not name a feature, and which the
//! user chose.

use std::ops::Range;

use crate::metadata::unique_names;

/// The columns whose names count, such as `d0`, `d1` and so on or `pc1`, `pc2`: the longest run of
/// them, starting at 0 or 1.
///
/// Returns `None` if others count as well (`x1`, `x2`, `y1`, `y2`), or if there are more `numeric`
/// columns outside the run than in it. A run of `d0`, as this program writes it, may be shorter
/// than that.
pub(super) fn counted(names: &[String], numeric: &[bool]) -> Option<Range<usize>> {
    let split: Vec<Option<(&str, u64)>> = names.iter().map(|name| numbered(name)).collect();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in 0..names.len() {
        let Some((prefix, number)) = split[at].filter(|_| numeric[at]) else { continue };
        let follows = |run: &Range<usize>| {
            run.end == at
                && split[at - 1].is_some_and(|(before, last)| before == prefix && last.checked_add(1) == Some(number))
        };
        match runs.last_mut().filter(|run| follows(run)) {
            Some(run) => run.end += 1,
            None => runs.push(at..at + 1),
        }
    }
    let starts_at = |run: &Range<usize>| split[run.start].map_or(u64::MAX, |(_, number)| number);
    let is_ours = |run: &Range<usize>| split[run.start] == Some(("d", 0));
    let longest = runs
        .iter()
        .rev()
        .filter(|run| starts_at(run) <= 1)
        .max_by_key(|run| (run.len() > 1, is_ours(run), run.len()))?
        .clone();
    let outside = (0..names.len()).filter(|at| !longest.contains(at) && numeric[*at]);
    let (others, counting) =
        outside.fold((0, 0), |(all, counting), at| (all + 1, counting + usize::from(split[at].is_some())));
    let plain = longest.len() > 1 && others <= longest.len() && counting == 0;
    (plain || is_ours(&longest)).then_some(longest)
}

/// The letters of a name that ends in a number, such as `pixel` for `pixel_0_7`.
pub(super) fn letters(name: &str) -> Option<String> {
    let (before, _) = numbered(name)?;
    Some(before.chars().filter(|c| c.is_alphabetic()).collect())
}

/// The text before the number that ends a name, and that number.
fn numbered(name: &str) -> Option<(&str, u64)> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (prefix, digits) = name.split_at(name.len() - digits);
    Some((prefix, digits.parse().ok()?))
}

/// Whether a column of this name identifies or describes rows, so that it is not part of a vector
/// if there are better columns.
pub(super) fn is_descriptive(name: &str) -> bool {
    const NAMES: [&str; 57] = [
        "id",
        "ids",
        "idx",
        "index",
        "no",
        "nr",
        "num",
        "number",
        "row",
        "rowid",
        "rownum",
        "rownumber",
        "key",
        "pk",
        "uid",
        "uuid",
        "guid",
        "label",
        "labels",
        "target",
        "targets",
        "class",
        "classes",
        "category",
        "cls",
        "species",
        "outcome",
        "cluster",
        "clusters",
        "group",
        "fold",
        "split",
        "year",
        "month",
        "day",
        "date",
        "time",
        "timestamp",
        "ts",
        "datetime",
        "epoch",
        "hour",
        "weekday",
        "lat",
        "latitude",
        "lon",
        "long",
        "lng",
        "longitude",
        "count",
        "counts",
        "freq",
        "rank",
        "order",
        "zip",
        "zipcode",
        "phone",
    ];
    const ENDINGS: [&str; 6] = ["id", "idx", "index", "label", "class", "cluster"];
    let name = name.trim();
    let lower = name.to_lowercase();
    let letters: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let ends = |ending: &&str| {
        lower.strip_suffix(*ending).is_some_and(|before| {
            let starts_word = name.get(before.len()..).is_some_and(|rest| rest.starts_with(char::is_uppercase));
            before.ends_with(['_', '-', ' ', '.'])
                || (starts_word && before.ends_with(|c: char| c.is_ascii_lowercase()))
        })
    };
    name.is_empty() || letters.starts_with("unnamed") || NAMES.contains(&&*letters) || ENDINGS.iter().any(ends)
}

/// The names of the columns: those of the header, or `column 3` for a column without one.
pub(super) fn all(header: Option<&[String]>, width: usize) -> Vec<String> {
    let name = |at: usize| header.and_then(|names| names.get(at)).filter(|name| !name.is_empty()).cloned();
    unique_names((0..width).map(|at| name(at).unwrap_or_else(|| format!("column {}", at + 1))).collect()).0
}

/// The indices of the columns that `choice` names: one name, several separated by commas, or
/// `x1..x50` for a range.
///
/// # Errors
/// Returns the name that does not exist.
pub(super) fn chosen(choice: &str, names: &[String]) -> Result<Vec<usize>, String> {
    let mut places = in_choice(choice, names)?;
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

/// Whether `choice` names columns in another order than that of the table, in which they are read.
pub(super) fn is_reordered(choice: &str, names: &[String]) -> bool {
    in_choice(choice, names).is_ok_and(|places| !places.is_sorted())
}

/// What to say about such a choice.
pub(super) const REORDERED: &str = "; the dimensions are in the order of the file, not in that of --vectors";

fn in_choice(choice: &str, names: &[String]) -> Result<Vec<usize>, String> {
    let place = |name: &str| names.iter().position(|other| other == name.trim());
    if let Some(place) = place(choice) {
        return Ok(vec![place]);
    }
    let mut places = Vec::new();
    for part in choice.split(',') {
        if let Some(place) = place(part) {
            places.push(place);
            continue;
        }
        let ends = part.split_once("..").and_then(|(from, to)| Some((place(from)?, place(to)?)));
        match ends {
            Some((from, to)) if from <= to => places.extend(from..=to),
            _ => return Err(part.trim().to_owned()),
        }
    }
    Ok(places)
}

/// The choice that names columns: `x1..x50,y` for runs of them.
pub(super) fn choice(places: &[usize], names: &[String]) -> String {
    let runs = places.chunk_by(|a, b| a + 1 == *b).flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{}..{}", names[*first], names[*last])],
        few => few.iter().map(|&place| names[place].clone()).collect(),
    });
    runs.collect::<Vec<_>>().join(",")
}

/// Columns for a message: runs of names that count as `pc1 to pc50`, and only the first few.
pub(super) fn shown(places: &[usize], names: &[String]) -> String {
    const LISTED: usize = 5;
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &at in places {
        let follows = |last: usize| {
            let numbers = numbered(&names[last]).zip(numbered(&names[at]));
            last + 1 == at && numbers.is_some_and(|((a, i), (b, j))| a == b && i.checked_add(1) == Some(j))
        };
        match parts.last_mut().filter(|(_, last)| follows(*last)) {
            Some((_, last)) => *last = at,
            None => parts.push((at, at)),
        }
    }
    let more = parts.len().saturating_sub(LISTED);
    let text = parts.iter().take(LISTED).map(|&(first, last)| match last - first {
        0 => names[first].clone(),
        1 => format!("{}, {}", names[first], names[last]),
        _ => format!("{} to {}", names[first], names[last]),
    });
    let text = text.collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn counting_names_are_the_longest_run_of_them() {
        #[track_caller]
        fn check(line: &str, expected: Option<Range<usize>>) {
            let names = names(line);
            assert_eq!(counted(&names, &vec![true; names.len()]), expected, "{line}");
        }
        check("id,n,d0,d1", Some(2..4));
        check("label,pixel1,pixel2", Some(1..3));
        check("id,pc1,pc2,pc3,score", Some(1..4));
        check("0,1,2,target", Some(0..3));
        check("x1,x2,y1,y2", None);
        check("a,b,c,x1,x2", None);
        check("d0", Some(0..1));
        check("a,b,c,d0", Some(3..4));
        check("x7,x8", None);
        check("dim_001,dim_002", Some(0..2));
        check("a,b", None);
        check("x18446744073709551615,x0", None);
        assert_eq!(counted(&names("x1,x2,text1"), &[true, true, false]), Some(0..2));
    }

    #[test]
    fn descriptive_names_are_recognised() {
        for name in [
            "id",
            "ID",
            "Idx",
            "index",
            "",
            "Unnamed: 0",
            "user_id",
            "movieId",
            "docID",
            "Label",
            "target",
            "class",
            "cluster_label",
            "lat",
            "Longitude",
            "year",
            "row id",
        ] {
            assert!(is_descriptive(name), "{name:?}");
        }
        for name in
            ["x", "pc1", "acid", "humid", "liquid", "void", "sepal_length", "y", "İid", "length", "dim_0", "N", "%"]
        {
            assert!(!is_descriptive(name), "{name:?}");
        }
    }

    #[test]
    fn columns_are_chosen_by_name_list_and_range() {
        let names = names("id,x1,x2,x3,a b");
        assert_eq!(chosen("x2", &names), Ok(vec![2]));
        assert_eq!(chosen("x3, x1", &names), Ok(vec![1, 3]));
        assert!(is_reordered("x3, x1", &names) && !is_reordered("x1..x3,a b", &names));
        assert_eq!(chosen("x1..x3,a b", &names), Ok(vec![1, 2, 3, 4]));
        assert_eq!(chosen("x3..x1", &names), Err("x3..x1".to_owned()));
        assert_eq!(chosen("x1,y", &names), Err("y".to_owned()));
        assert_eq!(chosen("a,b", &["a,b".to_owned()]), Ok(vec![0]));
    }

    #[test]
    fn columns_are_shown_in_few_words() {
        let names = names("id,pc1,pc2,pc3,a,b,c,d,e,f");
        assert_eq!(shown(&[1, 2, 3], &names), "pc1 to pc3");
        assert_eq!(shown(&[0, 1, 2], &names), "id, pc1, pc2");
        assert_eq!(shown(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &names), "id, pc1 to pc3, a, b, c and 3 more");
    }
}
