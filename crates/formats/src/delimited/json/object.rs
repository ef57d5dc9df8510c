//! One object that holds all rows: vectors by their words, and what pandas writes with the orients
//! `split`, `index`, `columns`, and `list`. Each row becomes a line.

use std::path::Path;

use super::scan::{Value, fields, items};

/// A field: its name, its value, and the bytes of the value.
type Field<'a> = (String, Value<'a>, &'a [u8]);

/// The rows of the only object in a `file` that is named `.json`, each on a line. Returns `None` if the
/// object is not one of rows.
pub(crate) fn lines_of_object(bytes: &[u8], file: &Path) -> Option<Vec<u8>> {
    let begins = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if !is_named(file) || !begins.starts_with(b"{") {
        return None;
    }
    let fields = of(begins)?;
    split(&fields).or_else(|| lists(&fields)).or_else(|| nested(&fields)).or_else(|| words(&fields))
}

/// Whether the name of a file says that it is one value of JSON, and not lines of them.
pub(super) fn is_named(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

fn of(object: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut found = Vec::new();
    fields(object, &mut |name, value, bytes| found.push((name.to_owned(), value, bytes))).ok()?;
    Some(found)
}

/// `{"columns": [..], "index": [..], "data": [[..], ..]}`. An index that only counts is left out.
fn split(fields: &[Field<'_>]) -> Option<Vec<u8>> {
    let of = |wanted: &str| items(fields.iter().find(|(name, ..)| name == wanted)?.2).ok();
    let (names, data) = (of("columns")?, of("data")?);
    let index = of("index").filter(|index| index.len() == data.len() && !counts(index.iter().copied()));
    let mut out = Vec::new();
    for (row, cells) in data.into_iter().enumerate() {
        let cells = items(cells).ok().filter(|cells| cells.len() == names.len())?;
        let label = index.as_ref().map(|index| (&b"\"index\""[..], index[row]));
        line(&mut out, label.into_iter().chain(names.iter().copied().zip(cells)));
    }
    Some(out)
}

/// `{"vectors": [[..], ..], "labels": [..]}`: lists of equally many values, one of them of arrays.
fn lists(fields: &[Field<'_>]) -> Option<Vec<u8>> {
    let is_list = |(_, value, bytes): &&Field<'_>| matches!(value, Value::Array(..)) && bytes.len() > 2;
    let lists: Vec<(Vec<u8>, Vec<&[u8]>)> =
        fields.iter().filter(is_list).filter_map(|(name, _, bytes)| Some((quoted(name), items(bytes).ok()?))).collect();
    let is_vectors = |list: &&(Vec<u8>, Vec<&[u8]>)| list.1.iter().all(|item| item.starts_with(b"["));
    let rows = lists.iter().find(is_vectors).map(|(_, list)| list.len()).filter(|&rows| rows > 1)?;
    let mut out = Vec::new();
    for row in 0..rows {
        let cells = lists.iter().filter(|(_, list)| list.len() == rows);
        line(&mut out, cells.map(|(name, list)| (&name[..], list[row])));
    }
    Some(out)
}

/// `{"0": {"x": 1, ..}, ..}`, whose keys are rows, or `{"x": {"0": 1, ..}, ..}`, whose keys are columns.
/// Rows of one of them only count, or a row has an array.
fn nested(fields: &[Field<'_>]) -> Option<Vec<u8>> {
    let is_object = |(_, value, _): &Field<'_>| *value == Value::Object;
    if fields.len() < 2 || !fields.iter().all(is_object) {
        return None;
    }
    let inner: Vec<Vec<Field<'_>>> = fields.iter().map(|(.., bytes)| of(bytes)).collect::<Option<_>>()?;
    let mut out = Vec::new();
    let has_array = inner.iter().flatten().any(|(_, value, _)| matches!(value, Value::Array(..)));
    let is_counted = counts(fields.iter().map(|(name, ..)| name.as_bytes()));
    if has_array || is_counted {
        for ((name, ..), cells) in fields.iter().zip(&inner) {
            let (name, cells) = (quoted(name), cells.iter().map(|(name, _, bytes)| (quoted(name), *bytes)));
            let label = (!is_counted).then(|| (b"\"index\"".to_vec(), &name[..]));
            line(&mut out, label.into_iter().chain(cells));
        }
        return Some(out);
    }
    let first = inner.first()?;
    if !counts(first.iter().map(|(name, ..)| name.as_bytes())) || inner.iter().any(|cells| cells.len() != first.len()) {
        return None;
    }
    for row in 0..first.len() {
        line(&mut out, fields.iter().zip(&inner).map(|((name, ..), cells)| (quoted(name), cells[row].2)));
    }
    Some(out)
}

/// `{"king": [..], "queen": [..]}`: arrays of equally many numbers.
fn words(fields: &[Field<'_>]) -> Option<Vec<u8>> {
    let dims = |(_, value, _): &Field<'_>| match value {
        Value::Array(_, Some(length @ 2..)) => Some(*length),
        _ => None,
    };
    let first = dims(fields.first()?)?;
    if fields.len() < 2 || !fields.iter().all(|field| dims(field) == Some(first)) {
        return None;
    }
    let mut out = Vec::new();
    for (name, _, bytes) in fields {
        line(&mut out, [(&b"\"word\""[..], &quoted(name)[..]), (&b"\"vector\""[..], *bytes)]);
    }
    Some(out)
}

/// Adds the object of these names and values.
fn line<N: AsRef<[u8]>, V: AsRef<[u8]>>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = (N, V)>) {
    for (place, (name, value)) in cells.into_iter().enumerate() {
        out.push(if place == 0 { b'{' } else { b',' });
        out.extend_from_slice(name.as_ref());
        out.push(b':');
        // In a text, line breaks are escaped.
        out.extend(value.as_ref().iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    }
    out.extend_from_slice(b"}\n");
}

fn quoted(name: &str) -> Vec<u8> {
    serde_json::Value::from(name).to_string().into_bytes()
}

/// Whether these are the numbers from 0 on.
fn counts<'a>(names: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut names = names.peekable();
    names.peek().is_some() && names.enumerate().all(|(row, name)| name == row.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = lines_of_object(text.as_bytes(), Path::new("x.json"));
        let found = found.map(|lines| String::from_utf8(lines).unwrap());
        assert_eq!(found.as_deref().map(str::trim_end), expected, "{text}");
    }

    /// The texts are what pandas writes of a table with the columns x and y.
    #[test]
    fn objects_of_rows_become_lines() {
        let rows = "{\"x\":1,\"y\":2}\n{\"x\":3,\"y\":4}";
        check(r#"{"columns":["x","y"],"index":[0,1],"data":[[1,2],[3,4]]}"#, Some(rows));
        check(r#"{"0":{"x":1,"y":2},"1":{"x":3,"y":4}}"#, Some(rows));
        check(r#"{"x":{"0":1,"1":3},"y":{"0":2,"1":4}}"#, Some(rows));
        check(
            r#"{"columns":["x"],"index":["a","b"],"data":[[1],[3]]}"#,
            Some("{\"index\":\"a\",\"x\":1}\n{\"index\":\"b\",\"x\":3}"),
        );
        check(
            "{\"king\": [1,\n2], \"a\\\"b\": [3, NaN]}",
            Some("{\"word\":\"king\",\"vector\":[1, 2]}\n{\"word\":\"a\\\"b\",\"vector\":[3, NaN]}"),
        );
        check(
            r#"{"vectors": [[1, 2], [3, 4]], "labels": ["a", "b"], "model": "m"}"#,
            Some("{\"vectors\":[1, 2],\"labels\":\"a\"}\n{\"vectors\":[3, 4],\"labels\":\"b\"}"),
        );
        check(
            r#"{"a": {"v": [1, 2]}, "b": {"v": [3, 4]}}"#,
            Some("{\"index\":\"a\",\"v\":[1, 2]}\n{\"index\":\"b\",\"v\":[3, 4]}"),
        );
    }

    #[test]
    fn other_objects_stay_as_they_are() {
        let texts = [
            r#"{"dim": 3, "name": "m"}"#,
            r#"{"id": 1, "vector": [1, 2]}"#,
            r#"{"a": [1, 2], "b": [1]}"#,
            r#"{"a": [1, 2]}"#,
            r#"{"a": {"x": 1}, "b": {"x": 2}}"#,
            "{\"v\": [1, 2]}\n{\"v\": [3, 4]}\n",
            r#"{"columns": ["x"], "data": [[1, 2]]}"#,
            "{",
            "",
        ];
        texts.iter().for_each(|text| check(text, None));
        assert_eq!(lines_of_object(br#"{"a": [1, 2], "b": [3, 4]}"#, Path::new("x.jsonl")), None);
    }
}
