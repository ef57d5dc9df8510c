//! Bookmarks of the Embedding Projector: JSON, an array of states, as the projector saves and loads
//! them.
//!
//! States are first separated by brackets and quotes alone, so that a broken one does not break the
//! others. Keys that are missing or null have their defaults; unknown keys are ignored. Coordinates
//! are stored as one column per key, with NaN for missing values.

use std::{borrow::Cow, fmt, ops::Range, path::Path};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap as _, SerializeSeq as _},
};

use crate::{FormatError, Problem, delimited::without_mark};

/// A state in the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are the keys; what they mean is the projector's")]
pub struct State {
    pub label: Option<String>,
    pub is_selected: Option<bool>,
    #[serde(rename = "tSNEIteration")]
    pub tsne_iteration: Option<f64>,
    #[serde(rename = "tSNEPerplexity")]
    pub tsne_perplexity: Option<f64>,
    /// The base-10 logarithm of the learning rate.
    #[serde(rename = "tSNELearningRate")]
    pub tsne_learning_rate: Option<f64>,
    #[serde(rename = "tSNEis3d")]
    pub tsne_is_3d: Option<bool>,
    pub umap_is_3d: Option<bool>,
    pub umap_neighbors: Option<f64>,
    pub umap_min_dist: Option<f64>,
    pub pca_component_dimensions: Option<Vec<usize>>,
    pub projections: Projections,
    /// Indices among the filtered rows.
    pub selected_points: Option<Vec<u32>>,
    /// `pca`, `tsne`, `umap` or `custom`.
    pub selected_projection: Option<String>,
    /// The numbers of rows and dimensions.
    pub data_set_dimensions: Option<[usize; 2]>,
    /// The rows that are shown, in the order of the projections; empty for all.
    pub filtered_points: Option<Vec<u32>>,
    pub camera_def: Option<CameraDef>,
    pub selected_color_option_name: Option<String>,
    pub force_categorical_coloring: Option<bool>,
    pub selected_label_option: Option<String>,
    pub custom_selected_search_by_metadata_option: Option<String>,
    pub custom_x_left_text: Option<String>,
    pub custom_x_left_regex: Option<bool>,
    pub custom_x_right_text: Option<String>,
    pub custom_x_right_regex: Option<bool>,
    pub custom_y_up_text: Option<String>,
    pub custom_y_up_regex: Option<bool>,
    pub custom_y_down_text: Option<String>,
    pub custom_y_down_regex: Option<bool>,
    /// Keys of Parallax. The projector ignores them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallax: Option<Extra>,
}

/// What Parallax adds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// The problem of the bookmark, if any.
    pub note: String,
    /// The tensor's name.
    pub embedding: String,
    /// The fingerprint of the vectors, in hexadecimal digits.
    pub fingerprint: Option<String>,
}

/// The position of the projector's camera.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are the keys")]
pub struct CameraDef {
    pub orthographic: bool,
    pub position: [f64; 3],
    pub target: [f64; 3],
    pub zoom: f64,
}

/// Coordinates of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projections {
    rows: usize,
    /// For each of [`KEYS`] its column, if a row has it.
    columns: [Option<Vec<f32>>; KEYS.len()],
}

/// The keys of coordinates.
pub const KEYS: [&str; 18] = [
    "pca-0", "pca-1", "pca-2", "pca-3", "pca-4", "pca-5", "pca-6", "pca-7", "pca-8", "pca-9", "tsne-0", "tsne-1",
    "tsne-2", "umap-0", "umap-1", "umap-2", "linear-x", "linear-y",
];

impl Projections {
    /// Creates coordinates for this many rows, all missing.
    #[must_use]
    pub fn of_rows(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The coordinates of this key, one per row. Returns `None` if no row has it.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<&[f32]> {
        let place = KEYS.iter().position(|known| *known == key)?;
        self.columns[place].as_deref()
    }

    /// Sets the coordinates that have this key. They are ignored if the projector does not know the
    /// key or if their number is not that of the rows.
    pub fn set(&mut self, key: &str, values: Vec<f32>) {
        if let Some(place) = KEYS.iter().position(|known| *known == key).filter(|_| values.len() == self.rows) {
            self.columns[place] = Some(values);
        }
    }

    fn put(&mut self, place: usize, value: f32) {
        let row = self.rows;
        let column = self.columns[place].get_or_insert_default();
        // A key may occur twice.
        column.truncate(row);
        column.resize(row, f32::NAN);
        column.push(value);
    }

    fn finish(mut self) -> Self {
        self.columns.iter_mut().flatten().for_each(|column| column.resize(self.rows, f32::NAN));
        self
    }
}

/// The states in `bytes`, each with its number from 1, and what was wrong with those left out.
///
/// # Errors
/// Returns an error if the bytes are neither an array of states nor a state.
pub fn parse(bytes: &[u8], file: &Path) -> Result<(Vec<(usize, State)>, Vec<Problem>), FormatError> {
    let (parts, ends) = parts(bytes).ok_or_else(|| {
        Problem::error(file, "this is not an array of bookmarks").way_out("Save it again where it was made")
    })?;
    let (mut states, mut problems) = (Vec::new(), Vec::new());
    let mut lines = Lines { bytes, at: 0, line: 1, line_start: 0 };
    for (number, part) in (1..).zip(parts) {
        match serde_json::from_slice::<State>(&bytes[part.clone()]) {
            Ok(state) => states.push((number, state)),
            Err(error) => {
                let at = lines.position(part.start, error.line(), error.column());
                problems.push(broken(file, number, &error, &at));
            }
        }
    }
    if !ends {
        let what = "the file ends before its bookmarks do";
        problems.push(Problem::error(file, what).way_out("Copy or save it again"));
    }
    Ok((states, problems))
}

fn broken(file: &Path, number: usize, error: &serde_json::Error, at: &str) -> Problem {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
    Problem::error(file, format!("it is left out: {what}")).at(format!("bookmark {number}, {at}"))
}

/// The states as the projector loads them.
///
/// # Errors
/// Returns an error if a number has no JSON form.
pub fn to_json(states: &[State]) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(states)
}

/// Whether `head`, the beginning of a file, is that of bookmarks.
#[must_use]
pub fn looks_like(head: &[u8]) -> bool {
    const TELLING: [&str; 7] = [
        "\"dataSetDimensions\"",
        "\"selectedProjection\"",
        "\"pcaComponentDimensions\"",
        "\"tSNEIteration\"",
        "\"filteredPoints\"",
        "\"cameraDef\"",
        "\"pca-0\"",
    ];
    let is_json = text(head).first().is_some_and(|first| b"[{".contains(first));
    is_json && TELLING.iter().any(|key| head.windows(key.len()).any(|part| part == key.as_bytes()))
}

fn text(bytes: &[u8]) -> &[u8] {
    without_mark(bytes).trim_ascii_start()
}

/// The ranges of the values in the top-level array, and whether it ends; a single object counts as
/// one. Returns `None` if there is neither.
fn parts(bytes: &[u8]) -> Option<(Vec<Range<usize>>, bool)> {
    let begin = bytes.len() - text(bytes).len();
    match bytes.get(begin)? {
        b'{' => return Some((std::iter::once(begin..bytes.len()).collect(), true)),
        b'[' => {}
        _ => return None,
    }
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, begin + 1);
    let (mut quoted, mut escaped) = (false, false);
    let mut close = |start: usize, end: usize| {
        if !bytes[start..end].trim_ascii().is_empty() {
            parts.push(start..end);
        }
    };
    for (at, &byte) in bytes.iter().enumerate().skip(begin + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth > 0 => depth -= 1,
            b']' => {
                close(start, at);
                return Some((parts, true));
            }
            b',' if depth == 0 => {
                close(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    close(start, bytes.len());
    Some((parts, false))
}

/// Counts lines, only forward.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
}

impl Lines<'_> {
    /// The position in the file of this line and column of the part that begins at `start`.
    fn position(&mut self, start: usize, line: usize, column: usize) -> String {
        for at in self.at..start {
            if self.bytes[at] == b'\n' {
                (self.line, self.line_start) = (self.line + 1, at + 1);
            }
        }
        self.at = self.at.max(start);
        let column = if line <= 1 { start - self.line_start + column } else { column };
        format!("line {}, column {column}", self.line + line.max(1) - 1)
    }
}

impl<'de> Deserialize<'de> for Projections {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Rows)
    }
}

/// Reads all rows.
struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Projections;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of coordinates")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Projections, E> {
        Ok(Projections::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Projections, A::Error> {
        let mut projections = Projections::default();
        while rows.next_element_seed(Row(&mut projections))?.is_some() {
            projections.rows += 1;
        }
        Ok(projections.finish())
    }
}

/// Reads one row.
struct Row<'a>(&'a mut Projections);

impl<'de> serde::de::DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the coordinates of a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = entries.next_key()? {
            if let Some(place) = KEYS.iter().position(|known| *known == key) {
                let value: Option<f64> = entries.next_value()?;
                self.0.put(place, value.map_or(f32::NAN, |value| value as f32));
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A key, copied only if needed.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Serialize for Projections {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.rows))?;
        (0..self.rows).try_for_each(|row| rows.serialize_element(&RowOf(self, row)))?;
        rows.end()
    }
}

/// A row to write: missing coordinates are left out, as in the projector.
struct RowOf<'a>(&'a Projections, usize);

impl Serialize for RowOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = serializer.serialize_map(None)?;
        for (key, column) in KEYS.iter().zip(&self.0.columns) {
            if let Some(value) = column.as_ref().map(|column| column[self.1]).filter(|value| value.is_finite()) {
                entries.serialize_entry(key, &value)?;
            }
        }
        entries.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(Vec<(usize, State)>, Vec<String>), String> {
        let (states, problems) = parse(text.as_bytes(), Path::new("b.txt")).map_err(|error| error.to_string())?;
        Ok((states, problems.iter().map(ToString::to_string).collect()))
    }

    fn fixture() -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures/word2vec_full_bookmarks.txt");
        std::fs::read(path).unwrap()
    }

    /// The values that TensorBoard itself reads from its demo's file.
    #[test]
    fn bookmarks_of_the_projector_demo_are_read() {
        let bytes = fixture();
        assert!(looks_like(&bytes[..4096]));
        let (states, problems) = parse(&bytes, Path::new("b.txt")).unwrap();
        assert_eq!((states.len(), problems), (1, vec![]));
        let state = &states[0].1;
        assert_eq!(state.label.as_deref(), Some("Politics: \"Bad\" to \"Good\""));
        assert_eq!(
            (state.selected_projection.as_deref(), state.data_set_dimensions),
            (Some("custom"), Some([101, 200]))
        );
        assert_eq!((state.projections.rows(), state.filtered_points.as_ref().unwrap().len()), (101, 101));
        assert_eq!((state.filtered_points.as_ref().unwrap()[0], &state.selected_points), (822, &Some(vec![35])));
        assert_eq!(state.projections.column("linear-y").unwrap()[100], -1.514_978_7);
        assert_eq!((state.projections.column("tsne-0"), state.umap_is_3d), (None, None));
        let camera = state.camera_def.as_ref().unwrap();
        assert!(camera.orthographic && camera.position[2] == 4.0 && (camera.zoom - 1.0526).abs() < 1e-4);
        assert_eq!((state.custom_x_left_text.as_deref(), state.custom_x_left_regex), (Some("^bad$"), Some(true)));
    }

    /// What is written is read back unchanged, and the keys are those of the projector.
    #[test]
    fn written_bookmarks_have_the_projectors_keys() {
        let (states, _) = parse(&fixture(), Path::new("b.txt")).unwrap();
        let json = to_json(&[states[0].1.clone()]).unwrap();
        assert_eq!(parse(&json, Path::new("c.txt")).unwrap().0, states);
        let [theirs, ours] = [&fixture(), &json].map(|json| serde_json::from_slice::<serde_json::Value>(json).unwrap());
        for (key, value) in theirs[0].as_object().unwrap() {
            if key == "projections" {
                continue;
            }
            let number =
                |value: &serde_json::Value| value.as_f64().map_or_else(|| value.to_string(), |x| x.to_string());
            assert!(number(&ours[0][key]) == number(value) || key == "cameraDef", "{key}: {}", ours[0][key]);
        }
    }

    #[test]
    fn bookmarks_may_lack_fields_or_hold_null() {
        let (states, problems) = read(
            "\u{feff} {\"label\": null, \"projections\": [{\"pca-0\": 1, \"x\": [{}]}, {}, {\"pca-1\": null, \"pca-0\": 2e0}]}",
        )
        .unwrap();
        assert_eq!((states.len(), problems.len()), (1, 0));
        let projections = &states[0].1.projections;
        let column = |key: &str| projections.column(key).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            (column("pca-0"), column("pca-1")),
            (vec!["1".into(), "NaN".into(), "2".into()], vec!["NaN".to_owned(); 3])
        );
        assert_eq!(read("[]").unwrap(), (vec![], vec![]));
    }

    #[test]
    fn broken_states_are_named_and_the_others_read() {
        let text = "[{\"label\":\"a ] , \\\" }\"},\n {\"label\":\n 7},{\"tSNEPerplexity\":\"x\"}, {\"label\":\"d\"}";
        let (states, problems) = read(text).unwrap();
        assert_eq!(states.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 4]);
        let expected = [
            "b.txt: bookmark 2, line 3, column 2: it is left out: invalid type: integer `7`, expected a string.",
            "b.txt: bookmark 3, line 3, column 25: it is left out: invalid type: string \"x\", expected f64.",
            "b.txt: the file ends before its bookmarks do. Copy or save it again.",
        ];
        assert_eq!(problems, expected);
        assert_eq!(
            read("1,2").unwrap_err(),
            "b.txt: this is not an array of bookmarks. Save it again where it was made."
        );
    }

    proptest! {
        #[test]
        fn damaged_bookmarks_are_read_or_refused(at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
            let mut bytes = fixture();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _: Result<_, _> = parse(&bytes, Path::new("b.txt"));
            bytes.truncate(cut.index(bytes.len()));
            let _: Result<_, _> = parse(&bytes, Path::new("b.txt"));
        }
    }
}
