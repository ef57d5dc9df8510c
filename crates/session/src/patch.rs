//! The difference between two views as JSON: a merge patch (RFC 7396), the least that turns one into
//! the other. Sets of rows are written as short text.

mod strict;

use std::{fmt, str::FromStr, sync::LazyLock};

use parallax_embedding::RowSet;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use self::strict::Strict;
use crate::View;

/// A change of a view, as a merge patch.
///
/// ```
/// use parallax_session::{Theme, View, ViewPatch};
///
/// let patch: ViewPatch = r#"{"theme":"light","selection":"0-9,17"}"#.parse()?;
/// let view = patch.apply(&View::default())?;
/// assert_eq!((view.theme, view.selection.len()), (Theme::Light, 11));
/// assert_eq!(ViewPatch::between(&View::default(), &view), patch);
/// let error = r#"{"look":{"fgo":1}}"#.parse::<ViewPatch>()?.apply(&view).unwrap_err();
/// assert!(error.to_string().starts_with("there is no look.fgo; there are look.axes, look.fog, "));
/// # Ok::<(), parallax_session::PatchError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ViewPatch(Map<String, Value>);

/// Why a text is no change of a view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Syntax(String),
    /// It is not an object.
    #[error("it must be an object, as in {{\"theme\":\"light\"}}")]
    NoObject,
    /// A view has no such field.
    #[error("there is no {field}; there are {}", known.join(", "))]
    Unknown {
        /// The field, with those around it, as in `look.fog`.
        field: String,
        /// Those that are in its place.
        known: Vec<String>,
    },
    /// A field has a value that it cannot have.
    #[error("{field}: {what}")]
    Wrong {
        /// The field, with those around it.
        field: String,
        /// What was expected there.
        what: String,
    },
}

impl ViewPatch {
    /// Returns the least change that turns `from` into `to`.
    #[must_use]
    pub fn between(from: &View, to: &View) -> Self {
        match difference(&plain(from), &plain(to)) {
            Some(Value::Object(mut fields)) => {
                let projection = &to.projection;
                let automatic = [projection.is_automatic, projection.are_dims_automatic];
                choose(&mut fields, automatic.map(|automatic| automatic.then_some(true)));
                Self(fields)
            }
            _ => Self::default(),
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `view` with the change.
    ///
    /// # Errors
    /// Returns which field is unknown, or what was expected in it.
    pub fn apply(&self, view: &View) -> Result<View, PatchError> {
        let base = plain(view);
        let mut patch = self.0.clone();
        choose(&mut patch, [Some(false); 2]);
        let patch = Value::Object(patch);
        let changed = changed(&base, &[], &patch).map_err(|what| {
            let (field, what) = blamed(&base, &mut Vec::new(), &patch).unwrap_or_else(|| (String::new(), what));
            PatchError::Wrong { field, what }
        })?;
        let places = [value_of(view), value_of(&changed)];
        if let Some(error) = unknown(&mut Vec::new(), &patch, &places.iter().collect::<Vec<_>>()) {
            return Err(error);
        }
        match out_of_range(&self.0, view, &changed) {
            Some((field, what)) => Err(PatchError::Wrong { field: field.to_owned(), what: what.to_owned() }),
            None => Ok(changed),
        }
    }
}

impl FromStr for ViewPatch {
    type Err = PatchError;

    fn from_str(text: &str) -> Result<Self, PatchError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(PatchError::NoObject),
            Err(error) => Err(PatchError::Syntax(error.to_string())),
        }
    }
}

impl fmt::Display for ViewPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.0).map_err(|_error| fmt::Error)?;
        f.write_str(&text)
    }
}

/// Returns the view as JSON. Going through text keeps numbers short: `0.1` and not the nearest `f64` of
/// the nearest `f32`.
fn value_of(view: &View) -> Value {
    serde_json::to_string(view).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Returns the view as JSON with short rows, without what is `null`: that is as if it were missing.
fn plain(view: &View) -> Value {
    let mut value = value_of(view);
    shorten(&mut value);
    drop_nulls(&mut value);
    value
}

/// Says in a change that names the method or the dimensions whether they are automatic, unless it says
/// so itself: who names one has chosen it.
fn choose(patch: &mut Map<String, Value>, automatic: [Option<bool>; 2]) {
    let Some(Value::Object(projection)) = patch.get_mut("projection") else { return };
    for ((named, field), automatic) in
        [("method", "is_automatic"), ("dims", "are_dims_automatic")].into_iter().zip(automatic)
    {
        let is_open = projection.contains_key(named) && !projection.contains_key(field);
        if let Some(automatic) = automatic.filter(|_| is_open) {
            projection.insert(field.to_owned(), Value::Bool(automatic));
        }
    }
}

/// The fields that hold sets of rows, or lists of them.
const ROWS: [&str; 5] = ["rows", "selection", "isolation", "kept", "skipped"];

fn shorten(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if ROWS.contains(&name.as_str()) {
                    shorten_rows(value);
                } else {
                    shorten(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        _ => {}
    }
}

fn shorten_rows(value: &mut Value) {
    let Value::Array(items) = value else { return };
    let rows: Option<Vec<u32>> = items.iter().map(|item| u32::try_from(item.as_u64()?).ok()).collect();
    match rows {
        // An empty list may be one of sets.
        Some(rows) if !rows.is_empty() => *value = Value::String(RowSet::from(rows).to_text()),
        _ => items.iter_mut().for_each(shorten_rows),
    }
}

fn drop_nulls(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    fields.retain(|_, value| !value.is_null());
    fields.values_mut().for_each(drop_nulls);
}

/// The usual view, with what is `null`.
static USUAL: LazyLock<Value> = LazyLock::new(|| value_of(&View::default()));

/// Adds what is `null` in `usual`: some fields must be there.
fn fill_nulls(value: &mut Value, usual: &Value) {
    let (Value::Object(fields), Value::Object(usual)) = (value, usual) else { return };
    for (name, usual) in usual {
        match fields.get_mut(name) {
            Some(value) => fill_nulls(value, usual),
            None if usual.is_null() => drop(fields.insert(name.clone(), Value::Null)),
            None => {}
        }
    }
}

/// Returns the patch that makes `to` of `from`. `None` if they are equal.
fn difference(from: &Value, to: &Value) -> Option<Value> {
    let (Value::Object(before), Value::Object(after)) = (from, to) else {
        return (from != to).then(|| to.clone());
    };
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let new = after.iter().filter_map(|(name, value)| {
        let changed = match before.get(name) {
            Some(old) => difference(old, value)?,
            None => value.clone(),
        };
        Some((name.clone(), changed))
    });
    let fields: Map<String, Value> = gone.chain(new).collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

/// Changes `value` as RFC 7396 says.
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(fields) = value else { return };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), change);
        }
    }
}

/// Returns the view `base` with `patch` at a place within it, or what was expected.
fn changed(base: &Value, at: &[String], patch: &Value) -> Result<View, String> {
    let whole =
        at.iter().rev().fold(patch.clone(), |patch, name| Value::Object([(name.clone(), patch)].into_iter().collect()));
    let mut value = base.clone();
    merge(&mut value, &whole);
    fill_nulls(&mut value, &USUAL);
    View::deserialize(Strict::of(&value)).map_err(|error| error.to_string())
}

/// Returns the innermost field of `patch` that makes no view by itself, and what was expected there.
fn blamed(base: &Value, at: &mut Vec<String>, patch: &Value) -> Option<(String, String)> {
    let what = changed(base, at, patch).err()?;
    if let Value::Object(fields) = patch {
        for (name, part) in fields {
            at.push(name.clone());
            let found = blamed(base, at, part);
            at.pop();
            // What is missing is missing around the field, not in it.
            if !part.is_object() && what.starts_with("missing field") {
                continue;
            }
            // The name of a variant is what its field holds.
            if what.starts_with(&format!("unknown variant `{name}`")) {
                continue;
            }
            if found.is_some() {
                return found;
            }
        }
    }
    Some((at.join("."), what))
}

/// Whether a brush has a range that shows nothing. A filter leaves those out.
fn is_no_range(brush: &Value) -> bool {
    let ends = brush.get("range").and_then(Value::as_array);
    ends.and_then(|ends| Some((ends.first()?.as_f64()?, ends.get(1)?.as_f64()?))).is_some_and(|(from, to)| from >= to)
}

/// Returns the first number of `after` that a picture cannot have, and what it could be. What is as it
/// was `before` may be what a file has.
fn out_of_range(patch: &Map<String, Value>, before: &View, after: &View) -> Option<(&'static str, &'static str)> {
    let is_within = |most: f32, [before, after]: [f32; 2]| before == after || (0.0..=most).contains(&after);
    if after.pose.is_some_and(|pose| !pose.is_possible()) {
        return Some(("pose", "no camera can be there; its numbers must be finite, and its radius above 0"));
    }
    if after.isolation != before.isolation && after.isolation.iter().any(RowSet::is_empty) {
        return Some(("isolation", "a level without rows would show nothing"));
    }
    if patch.get("filter").and_then(Value::as_array).is_some_and(|brushes| brushes.iter().any(is_no_range)) {
        return Some(("filter", "a range is from a number to a greater one"));
    }
    if !is_within(10.0, [before.look.size, after.look.size]) {
        return Some(("look.size", "points are from 0 to 10 times the usual size"));
    }
    (!is_within(1.0, [before.look.fog, after.look.fog])).then_some(("look.fog", "it is from 0 to 1"))
}

/// Returns the first field of `patch` that none of `places` has: the view before and after it.
fn unknown(at: &mut Vec<String>, patch: &Value, places: &[&Value]) -> Option<PatchError> {
    let Value::Object(changes) = patch else { return None };
    let objects: Vec<&Map<String, Value>> = places.iter().filter_map(|place| place.as_object()).collect();
    // Files of older versions have one of what became a list; a change is as the list is.
    if places.iter().any(|place| place.is_array()) && !changes.is_empty() {
        return Some(PatchError::Wrong { field: at.join("."), what: "expected a list, as in [{…}]".to_owned() });
    }
    // What is no object there was written in another form, and read.
    if objects.is_empty() {
        return None;
    }
    for (name, change) in changes {
        at.push(name.clone());
        let within: Vec<&Value> = objects.iter().filter_map(|fields| fields.get(name)).collect();
        if within.is_empty() {
            let around = &at[..at.len() - 1];
            let known = objects.iter().flat_map(|fields| fields.keys());
            let mut known: Vec<String> =
                known.map(|name| around.iter().chain([name]).cloned().collect::<Vec<_>>().join(".")).collect();
            known.sort_unstable();
            known.dedup();
            return Some(PatchError::Unknown { field: at.join("."), known });
        }
        if let Some(error) = unknown(at, change, &within) {
            return Some(error);
        }
        at.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Brush, Demo, Dims, LabelCheck, Method, Origin, Pick, Pose};

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn patches_merge_as_the_standard_says() {
        for (value, patch, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            let [mut value, patch, expected] =
                [value, patch, expected].map(|text| serde_json::from_str::<Value>(text).unwrap());
            merge(&mut value, &patch);
            assert_eq!(value, expected, "{patch}");
        }
    }

    #[test]
    fn difference_is_the_least_that_is_needed() {
        let before = View::default();
        let mut after = View { origin: Origin::Demo(Demo::Words), color_by: Pick::Nothing, ..View::default() };
        after.look.fog = 0.1;
        after.selection = (0..5000).collect();
        after.isolation = vec![(0..9000).collect(), (0..9000).step_by(2).collect()];
        after.filter = Brush::only("kind", vec![None, Some("a".into())]).into();
        after.pose = Some(Pose { focus: [0.1, 0.0, -1e-7], yaw: 0.3, pitch: 0.0, radius: 2.0 });
        let check = LabelCheck { column: "a".into(), kept: (0..400).collect(), ..LabelCheck::default() };
        after.doctor.checks.push(check);
        let patch = ViewPatch::between(&before, &after);
        let packed = after.isolation[1].to_text();
        assert_eq!(
            patch.to_string(),
            format!(
                r#"{{"color_by":"nothing","doctor":{{"checks":[{{"column":"a","into":"","kept":"0-399","skipped":[]}}]}},"filter":[{{"column":"kind","only":true,"values":[null,"a"]}}],"isolation":["0-8999","{packed}"],"look":{{"fog":0.1}},"origin":{{"demo":"words"}},"pose":{{"focus":[0.1,0.0,-1e-7],"pitch":0.0,"radius":2.0,"yaw":0.3}},"selection":"0-4999"}}"#
            )
        );
        assert_eq!(patch.apply(&before).unwrap(), after);
        let back = ViewPatch::between(&after, &before);
        assert_eq!(back.apply(&after).unwrap(), before);
        assert!(back.to_string().contains(r#""pose":null"#) && ViewPatch::between(&after, &after).is_empty());
        assert!(patch.to_string().parse::<ViewPatch>().unwrap() == patch);
    }

    #[test]
    fn change_that_names_a_method_or_dimensions_has_chosen_them() {
        let usual = View::default();
        assert!(usual.projection.is_automatic && usual.projection.are_dims_automatic);
        let after = |text: &str| text.parse::<ViewPatch>().unwrap().apply(&usual).unwrap().projection;
        let umap = after(r#"{"projection":{"method":"umap"}}"#);
        assert!(umap.method == Method::Umap && !umap.is_automatic && umap.are_dims_automatic);
        let plane = after(r#"{"projection":{"dims":"two"}}"#);
        assert!(plane.dims == Dims::Two && plane.is_automatic && !plane.are_dims_automatic);
        let automatic = after(r#"{"projection":{"method":"umap","is_automatic":true}}"#);
        assert!(automatic.is_automatic);
        let to = View { projection: automatic, ..usual.clone() };
        assert_eq!(ViewPatch::between(&usual, &to).apply(&usual).unwrap(), to);
    }

    #[test]
    fn errors_name_the_field_and_what_was_expected() {
        let check = |text: &str, expected: &str| {
            let said = text.parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).unwrap_err().to_string();
            assert!(said.starts_with(expected), "{text}: {said}");
        };
        check("{", "it is not JSON: EOF while parsing an object at line 1 column 1");
        check("3", "it must be an object, as in ");
        check(r#"{"them":"light"}"#, "there is no them; there are apart, color_by, doctor, ");
        check(r#"{"look":{"fog":1,"fgo":null}}"#, "there is no look.fgo; there are look.axes, look.fog, look.grid, ");
        check(r#"{"theme":"blue"}"#, "theme: unknown variant `blue`, expected one of `dark`, `light`, `contrast`");
        check(r#"{"labels":true,"look":{"fog":"x"}}"#, r#"look.fog: invalid type: string "x", expected f32"#);
        let brush = |field: &str| {
            format!(r#"{{"filter":[{{"column":"a"}},{{"column":"label","values":["1"],"{field}":true}}]}}"#)
        };
        check(&brush("onyl"), "filter: unknown field `onyl`, expected one of `column`, `values`, `only`, `range`, ");
        assert!(brush("only").parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).is_ok());
        check(r#"{"filter":{"column":"label","onyl":true}}"#, "filter: expected a list");
        check(r#"{"tags":[{"column":"a","value":"b","rows":"1","row":"2"}]}"#, "tags: unknown field `row`");
        let axis = r#"{"projection":{"axes":[{"between":{"left":{"search":{"text":"a","regx":true}},"right":{"rows":"1"}}}]}}"#;
        check(axis, "projection.axes: unknown field `regx`");
        check(r#"{"filter":[{"column":"a","range":[50,20]}]}"#, "filter: a range is from a number to a greater one");
        check(r#"{"isolation":[""]}"#, "isolation: a level without rows would show nothing");
        check(r#"{"look":{"size":-1e30}}"#, "look.size: points are from 0 to 10 times");
        check(r#"{"look":{"size":1e30}}"#, "look.size: ");
        check(r#"{"look":{"fog":1.5}}"#, "look.fog: it is from 0 to 1");
        check(r#"{"selection":"5-2"}"#, "selection: rows are numbers and ranges, as in 0,7,20-29");
        check(
            r#"{"selection":7}"#,
            "selection: invalid type: integer `7`, expected rows: a list of numbers, or ranges",
        );
        check(r#"{"pose":{"yaw":1}}"#, "pose: missing field `focus`");
        check(r#"{"pose":{"focus":[0,0,0],"yaw":0,"pitch":0,"radius":0}}"#, "pose: no camera can be there");
        check(r#"{"color_by":{"colum":"x"}}"#, "color_by: unknown variant `colum`");
    }
}
