//! The difference between two views as JSON: a merge patch (RFC 7396), the least that turns one into
//! the other. Sets of rows are written as short text.

mod strict;

use std::{fmt, str::FromStr, sync::LazyLock};

use parallax_embedding::{RowSet, wording::listed};
use serde::Deserialize as _;
use serde_json::{Map, Value};
use strsim::osa_distance;

use self::strict::{Fault, Strict};
use crate::{Against, Half, NeighborQuery, View};

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
/// assert!(error.to_string().starts_with("there is no look.fgo; did you mean look.fog? There are also look.axes, "));
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
    #[error("there is no {field}; {}", offer(near, known))]
    Unknown {
        /// The field, with those around it, as in `look.fog`.
        field: String,
        /// Those that are spelled like it, the most similar first: in its place, and then in others.
        near: Vec<String>,
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

/// The most fields that are listed.
const LISTED: usize = 8;

/// The most spellings that are offered.
const OFFERED: usize = 2;

/// Says what may have been meant, and what there is.
fn offer(near: &[String], known: &[String]) -> String {
    match near {
        [] => format!("there are {}", listed(known, LISTED)),
        near => {
            let others = known.iter().filter(|known| !near.contains(known));
            format!("did you mean {}? There are also {}", near.join(" or "), listed(others, LISTED))
        }
    }
}

impl PatchError {
    /// Returns the error that there is no `field`, but those that are `known` in its place, and
    /// `elsewhere` in a view.
    fn unknown(field: String, known: Vec<String>, elsewhere: impl Iterator<Item = String>) -> Self {
        let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let wanted = name(&field);
        let most = wanted.chars().count() / 3;
        let away = |path: String, is_elsewhere: bool| {
            let found = name(&path);
            let is_begun = most > 0 && found.starts_with(&wanted);
            let steps = if is_begun { 1.min(found.len() - wanted.len()) } else { osa_distance(&wanted, &found) };
            (steps <= most).then_some((steps, is_elsewhere, path))
        };
        let beside = known.iter().filter_map(|path| away(path.clone(), false));
        let elsewhere = elsewhere.filter(|path| !known.contains(path));
        let mut near: Vec<(usize, bool, String)> =
            beside.chain(elsewhere.filter_map(|path| away(path, true))).collect();
        near.sort_unstable();
        // What is written alike in another place is not offered beside what is in this one.
        let least = near.first().map(|(steps, is_elsewhere, _)| (*steps, *is_elsewhere));
        let near = near.into_iter().filter(|(steps, is_elsewhere, _)| Some((*steps, *is_elsewhere)) == least);
        Self::Unknown { field, near: near.map(|(.., path)| path).take(OFFERED).collect(), known }
    }
}

/// Returns the paths of all fields in `value`, but those in lists.
fn fields_of(value: &Value, around: &str) -> Vec<String> {
    let Value::Object(fields) = value else { return Vec::new() };
    let of_field = |(name, value): (&String, &Value)| {
        let path = if around.is_empty() { name.clone() } else { format!("{around}.{name}") };
        let within = fields_of(value, &path);
        [path].into_iter().chain(within)
    };
    fields.iter().flat_map(of_field).collect()
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
        let changed = changed(&base, &patch)?;
        let places = [value_of(view), value_of(&changed)];
        if let Some(error) = unknown(&mut Vec::new(), &patch, &places.iter().collect::<Vec<_>>()) {
            return Err(error);
        }
        match nonsense(&self.0, view, &changed) {
            Some((field, what)) => Err(PatchError::Wrong { field, what }),
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

/// Returns the view `base` with `patch`, or where it is none.
fn changed(base: &Value, patch: &Value) -> Result<View, Fault> {
    let mut value = base.clone();
    merge(&mut value, patch);
    fill_nulls(&mut value, &USUAL);
    View::deserialize(Strict::of(&value))
}

const NO_CAMERA: &str = "no camera can be there; its numbers must be finite, and its radius above 0";

/// Returns the first field of `after` that says nothing a picture can show, and what it could say. What
/// is as it was `before` may be what a file has.
fn nonsense(patch: &Map<String, Value>, before: &View, after: &View) -> Option<(String, String)> {
    let no_picture = || {
        let is_within = |most: f32, [before, after]: [f32; 2]| before == after || (0.0..=most).contains(&after);
        if after.pose.is_some_and(|pose| !pose.is_possible()) {
            return Some(("pose", NO_CAMERA));
        }
        if after.pose_of(Half::Second).is_some_and(|pose| !pose.is_possible()) {
            return Some(("compared.camera.pose", NO_CAMERA));
        }
        if !is_within(10.0, [before.look.size, after.look.size]) {
            return Some(("look.size", "points are from 0 to 10 times the usual size; give a number in between"));
        }
        let k = after.neighbors.k;
        if k != before.neighbors.k && !(1..=NeighborQuery::MOST).contains(&k) {
            return Some(("neighbors.k", "from 1 to 1,000 neighbors are listed; give a number in between"));
        }
        let is_possible = is_within(1.0, [before.look.fog, after.look.fog]);
        (!is_possible).then_some(("look.fog", "it is from 0 to 1; give a number in between"))
    };
    let no_picture = no_picture().map(|(field, what)| (field.to_owned(), what.to_owned()));
    no_picture
        .or_else(|| no_level(before, after))
        .or_else(|| patch.get("filter").and_then(no_range))
        .or_else(|| no_pattern(before, after))
        .or_else(|| no_selection(before, after))
}

fn no_level(before: &View, after: &View) -> Option<(String, String)> {
    let empty = after.isolation.iter().position(RowSet::is_empty).filter(|_| after.isolation != before.isolation)?;
    let what = "a level without rows would show nothing; give it rows, or [] as the isolation to show all";
    Some((format!("isolation[{empty}]"), what.into()))
}

/// A filter leaves out what is no range.
fn no_range(filter: &Value) -> Option<(String, String)> {
    let ends = |brush: &Value| {
        let ends = brush.get("range")?.as_array()?;
        Some([ends.first()?.as_f64()?, ends.get(1)?.as_f64()?])
    };
    let mut all = filter.as_array()?.iter().enumerate().filter_map(|(number, brush)| Some((number, ends(brush)?)));
    let (number, [from, to]) = all.find(|(_, [from, to])| from >= to)?;
    let turned = if from > to { format!("; did you mean [{to},{from}]?") } else { String::new() };
    Some((format!("filter[{number}].range"), format!("a range is from a number to a greater one{turned}")))
}

fn no_pattern(before: &View, after: &View) -> Option<(String, String)> {
    let known = before.searches();
    let new = after.searches().into_iter().filter(|search| !known.contains(search));
    new.filter(|(_, search)| search.regex).find_map(|(path, search)| {
        Some((format!("{path}.text"), format!("{}; correct it, or leave regex out", search.fault()?)))
    })
}

fn no_selection(before: &View, after: &View) -> Option<(String, String)> {
    let Some(Against::Saved(name)) = after.apart.as_ref().filter(|_| after.apart != before.apart) else { return None };
    let names: Vec<String> = after.saved_selections.iter().map(|saved| format!("{:?}", saved.name)).collect();
    if after.saved_selections.iter().any(|saved| saved.name == *name) {
        return None;
    }
    let known = match names.as_slice() {
        [] => "there is none: add it to saved_selections, or give \"rest\" instead".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    Some(("apart.saved".into(), format!("no saved selection is named {name:?}; {known}")))
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
            let elsewhere = fields_of(&USUAL, "").into_iter();
            return Some(PatchError::unknown(at.join("."), known, elsewhere));
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
            for word in ["struct", "usize", "f32", "u32", "variant", "invalid", "`"] {
                assert!(!said.contains(word), "{text}: {said}");
            }
        };
        check("{", "it is not JSON: EOF while parsing an object at line 1 column 1");
        check("3", "it must be an object, as in ");
        check(
            r#"{"them":"light"}"#,
            "there is no them; did you mean theme? There are also apart, color_by, compared, ",
        );
        check(
            r#"{"look":{"fog":1,"fgo":null}}"#,
            "there is no look.fgo; did you mean look.fog? There are also look.axes, look.edl, look.grid, ",
        );
        check(r#"{"look":5}"#, "look: expected an object, as in {…}, found 5");
        check(r#"{"theme":"blue"}"#, "theme: expected one of dark, light, contrast, found blue");
        check(r#"{"theme":3}"#, "theme: expected one of dark, light, contrast, found 3");
        check(r#"{"theme":{}}"#, "theme: expected one of dark, light, contrast, found none");
        check(r#"{"theme":{"dark":1}}"#, "theme: dark takes no value; write \"dark\" alone");
        check(r#"{"labels":true,"look":{"fog":"x"}}"#, r#"look.fog: expected a number, found the text "x""#);
        check(r#"{"labels":"x"}"#, r#"labels: expected true or false, found the text "x""#);
        check(r#"{"trail":[1,-5]}"#, "trail[1]: expected a whole number from 0 on, found -5");
        check(r#"{"neighbors":{"k":1.5}}"#, "neighbors.k: expected a whole number from 0 on, found 1.5");
        check(r#"{"panels":{"folded":["dta"]}}"#, "panels.folded[0]: expected one of data, projection, ");
        let brush = |field: &str| {
            format!(r#"{{"filter":[{{"column":"a"}},{{"column":"label","values":["1"],"{field}":true}}]}}"#)
        };
        check(
            &brush("onyl"),
            "there is no filter[1].onyl; did you mean filter[1].only? There are also filter[1].column, ",
        );
        assert!(brush("only").parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).is_ok());
        check(r#"{"filter":[{"values":["1"]}]}"#, "filter[0]: column is missing");
        check(r#"{"filter":[{"column":7}]}"#, "filter[0].column: expected a text, as in \"label\", found 7");
        check(r#"{"filter":7}"#, "filter: expected brushes, as in [{\"column\":…}], found 7");
        check(r#"{"filter":{"column":"label","onyl":true}}"#, "filter: expected a list");
        check(
            r#"{"tags":[{"column":"a","value":"b","rows":"1","row":"2"}]}"#,
            "there is no tags[0].row; did you mean tags[0].rows? There are also tags[0].column, tags[0].value",
        );
        let axis = |search: &str| {
            format!(
                r#"{{"projection":{{"axes":[{{"between":{{"left":{{"search":{{"text":"a(",{search}}}}},"right":{{"rows":"1"}}}}}},"random","off"]}}}}"#
            )
        };
        check(
            &axis("\"regx\":true"),
            "there is no projection.axes[0].between.left.search.regx; did you mean projection.axes[0].between.left.search.regex? ",
        );
        check(&axis("\"regex\":true"), "projection.axes[0].between.left.search.text: not a regular expression: ");
        assert!(axis("\"regex\":false").parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).is_ok());
        check(
            r#"{"search":{"text":"[a","regex":true}}"#,
            "search.text: not a regular expression: unclosed character class",
        );
        let range = r#"{"filter":[{"column":"b"},{"column":"a","range":[50,20]}]}"#;
        check(range, "filter[1].range: a range is from a number to a greater one; did you mean [20,50]?");
        check(r#"{"filter":[{"column":"a","range":[50]}]}"#, "filter[0].range: expected a list of 2, found 1 item");
        check(r#"{"filter":[{"column":"a","range":[1,2,3]}]}"#, "filter[0].range: 1 item too many");
        check(r#"{"isolation":["1-5",""]}"#, "isolation[1]: a level without rows would show nothing; ");
        check(r#"{"look":{"size":-1e30}}"#, "look.size: points are from 0 to 10 times");
        check(r#"{"look":{"size":-5}}"#, "look.size: points are from 0 to 10 times");
        check(r#"{"look":{"size":1e30}}"#, "look.size: ");
        check(r#"{"look":{"fog":1.5}}"#, "look.fog: it is from 0 to 1");
        check(r#"{"selection":"5-2"}"#, "selection: rows are numbers and ranges, as in 0,7,20-29");
        check(
            r#"{"selection":7}"#,
            "selection: expected rows: a list of numbers, or ranges such as \"0,7,20-29\", found 7",
        );
        check(r#"{"pose":{"yaw":1}}"#, "pose: focus is missing; it has focus, yaw, pitch, radius");
        check(
            r#"{"pose":{"distance":1}}"#,
            "there is no pose.distance; there are pose.focus, pose.yaw, pose.pitch, pose.radius",
        );
        check(
            r#"{"pose":{"focus":[0,0,0],"yaw":0,"pitch":0,"radus":2}}"#,
            "there is no pose.radus; did you mean pose.radius?",
        );
        let neighbors = "neighbors.k: from 1 to 1,000 neighbors are listed; give a number in between";
        check(r#"{"neighbors":{"k":0}}"#, neighbors);
        check(r#"{"neighbors":{"k":1001}}"#, neighbors);
        check(r#"{"pose":{"focus":[0,0,0],"yaw":0,"pitch":0,"radius":0}}"#, "pose: no camera can be there");
        check(r#"{"color_by":{"colum":"x"}}"#, "color_by: expected one of auto, nothing, column, ");
        check(r#"{"color_by":"column"}"#, "color_by: column needs a value, as in {\"column\":…}");
        check(r#"{"color_by":{"column":null}}"#, "color_by: expected one of auto, ");
        check(r#"{"apart":{"saved":"mine"}}"#, "apart.saved: no saved selection is named \"mine\"; there is none");
        let saved = r#"{"apart":{"saved":"mine"},"saved_selections":[{"name":"yours","rows":"1"}]}"#;
        check(saved, "apart.saved: no saved selection is named \"mine\"; there are \"yours\"");
        let mine = saved.replace("yours", "mine");
        assert!(mine.parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).is_ok());
    }

    #[test]
    fn choices_that_need_a_name_show_how_it_is_written() {
        let written = |text: &str, ending: &str| {
            let said = text.parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).unwrap_err().to_string();
            assert!(said.ends_with(ending), "{text}: {said}");
        };
        written(r#"{"color_by":"nope"}"#, r#", found nope; a column is written {"column":"nope"}"#);
        written(r#"{"label_by":"nope"}"#, r#"; a column is written {"column":"nope"}"#);
        written(r#"{"apart":"mine"}"#, r#"found mine; a saved selection is written {"saved":"mine"}"#);
        written(r#"{"theme":"drak"}"#, "found drak");
    }

    #[test]
    fn unknown_field_is_offered_those_spelled_like_it() {
        for (text, expected) in [
            (r#"{"colour_by":"auto"}"#, "there is no colour_by; did you mean color_by? There are also apart, "),
            (r#"{"color":"auto"}"#, "there is no color; did you mean color_by? "),
            (r#"{"fog":0.5}"#, "there is no fog; did you mean look.fog? "),
            (r#"{"k":5}"#, "there is no k; did you mean neighbors.k? "),
            (r#"{"look":{"theme":"light"}}"#, "there is no look.theme; did you mean theme? "),
            (r#"{"look":{"Fog":1}}"#, "there is no look.Fog; did you mean look.fog? "),
            (r#"{"wallpaper":1}"#, "there is no wallpaper; there are apart, "),
        ] {
            let said = text.parse().and_then(|patch: ViewPatch| patch.apply(&View::default())).unwrap_err().to_string();
            assert!(said.starts_with(expected), "{text}: {said}");
            assert!(said.split(", ").count() <= LISTED + 1, "{said}");
        }
    }

    #[test]
    fn one_choice_is_given_for_another() {
        let colored = View { color_by: Pick::Column("a".into()), ..View::default() };
        let apply = |text: &str| text.parse::<ViewPatch>().unwrap().apply(&colored);
        assert_eq!(apply(r#"{"color_by":"reliability"}"#).unwrap().color_by, Pick::Reliability);
        assert_eq!(apply(r#"{"color_by":{"column":"b"}}"#).unwrap().color_by, Pick::Column("b".into()));
        let said = apply(r#"{"color_by":{"colum":"b"}}"#).unwrap_err().to_string();
        assert!(said.ends_with("found colum and column; set the one to null that is to go"), "{said}");
    }
}
