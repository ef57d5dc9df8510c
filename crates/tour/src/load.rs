//! Reads a tour from the text of a file (`schema`). Broken parts are left out and reported.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use parallax_embedding::RowSet;
use parallax_formats::{FormatError, Problem};
use parallax_projection::Layout;
use rayon::prelude::*;
use ron::{error::SpannedError, value::RawValue};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Bookmark, KeptLayout, ReadTour, Subject, Tour,
    keys::keys,
    packed::{Budget, Fault, PackedRows},
    paths,
    schema::{BookmarkPart, LayoutPart, RawTourFile, StepsPart, SubjectPart, VERSION, Version},
    sets,
};
use parallax_session::{Steps, View, plural};

/// Reads the tour in `text`, which is that of the file at `path`.
pub(super) fn read(text: &str, path: &Path) -> Result<ReadTour, FormatError> {
    let version = ron::from_str::<Version>(text).map_err(|error| broken(path, &error))?.parallax_tour;
    if version > VERSION {
        let what = format!("this tour is of version {version}; versions up to {VERSION} are read here");
        return Err(Problem::error(path, what).at("line 2").way_out("Open it with a newer Parallax").into());
    }
    let file: RawTourFile<'_> = ron::from_str(text).map_err(|error| broken(path, &error))?;
    let reader = Reader::new(text, path, &file);
    let (seconds, refused) = duration(file.seconds);
    let mut read =
        ReadTour { tour: Tour { bookmarks: Vec::new(), looping: file.looping, seconds }, problems: Vec::new() };
    if let Some(what) = refused {
        read.problems.push(Problem::warning(path, format!("of the whole tour, {what}")));
    }
    let mut lines = Lines { text, ..Lines::default() };
    for (place, raw) in file.bookmarks.iter().enumerate() {
        lines.go_to(raw.get_ron());
        match reader.bookmark(place, raw, &lines, &mut read.problems) {
            Ok(bookmark) => read.tour.bookmarks.push(bookmark),
            Err(problem) => read.problems.push(*problem),
        }
    }
    Ok(read)
}

fn broken(path: &Path, error: &SpannedError) -> FormatError {
    let at = format!("line {}, column {}", error.span.start.line, error.span.start.col);
    let what = format!("this is not a whole tour: {}", lower(&error.code.to_string()));
    Problem::error(path, what).at(at).way_out("Save or copy it again").into()
}

/// The parts that bookmarks share, each unpacked, or the reason why it could not be.
struct Reader<'a> {
    path: &'a Path,
    /// The fields of a view.
    known: BTreeSet<String>,
    subjects: Vec<Result<Arc<Subject>, Fault>>,
    layouts: Vec<Result<Arc<KeptLayout>, Fault>>,
    row_sets: Vec<Result<RowSet, Fault>>,
}

impl<'a> Reader<'a> {
    fn new(text: &str, path: &'a Path, file: &RawTourFile<'a>) -> Self {
        let budget = Budget::of(text.len());
        let unpack = |packed: &PackedRows| packed.unpack(u32::MAX as usize, &budget);
        let row_sets: Vec<_> = file.row_sets.iter().map(unpack).collect();
        let (coordinates, subjects) = rayon::join(
            || file.coordinates.par_iter().map(|packed| packed.unpack(&budget).map(Arc::new)).collect::<Vec<_>>(),
            || file.subjects.par_iter().map(|raw| subject(raw).map(Arc::new)).collect(),
        );
        let layout = |raw: &&RawValue| layout(raw, &coordinates, &row_sets).map(Arc::new);
        let layouts = file.layouts.iter().map(layout).collect();
        Self { path, known: keys_of(&View::default()), subjects, layouts, row_sets }
    }

    /// Returns the bookmark at `place`, which begins at the line that `lines` has reached. What had
    /// to be left out is added to `problems`.
    fn bookmark(
        &self,
        place: usize,
        raw: &RawValue,
        lines: &Lines<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<Bookmark, Box<Problem>> {
        let position = |line: usize, column: usize, name: &str| {
            let (line, column) = lines.of_part(line, column);
            format!("bookmark {}{name}, line {line}, column {column}", place + 1)
        };
        let skipped = |message: String, at: String| {
            let what = format!("it is left out: {message}");
            Box::new(Problem::error(self.path, what).at(at).way_out("Save it again where it was made"))
        };
        let part = from_raw::<BookmarkPart<&RawValue>>(raw).and_then(|part| {
            let view = from_raw::<View>(part.view).map_err(|error| within(part.view, raw, error))?;
            Ok((part, view))
        });
        let (part, mut view) = part.map_err(|error| {
            let start = error.span.start;
            skipped(lower(&error.code.to_string()), position(start.line, start.col, &named(raw)))
        })?;
        let at = || position(1, 1, &format!(" {:?}", part.name));
        let mut note = |what: String| problems.push(Problem::warning(self.path, what).at(at()));
        self.unknown(part.view.get_ron(), &view).into_iter().for_each(&mut note);
        give_rows(sets::of_view(&mut view), &part.view_rows, &self.row_sets).map_err(|fault| skipped(fault, at()))?;
        let subject = shared(&self.subjects, part.subject, "subject").map_err(|fault| skipped(fault, at()))?;
        cut_rows(&mut view, subject.rows).into_iter().for_each(&mut note);
        let mut layouts = Vec::new();
        for &place in &part.layouts {
            match shared(&self.layouts, place, "layout").and_then(|kept| fitting(kept, place, &subject)) {
                Ok(kept) => layouts.push(kept),
                Err(fault) => note(format!("without a layout: {fault}")),
            }
        }
        let thumbnail = part.thumbnail.as_ref().and_then(|text| match BASE64_STANDARD.decode(text) {
            Ok(png) => Some(png.into()),
            Err(error) => {
                note(format!("without its picture: it is not base64: {error}"));
                None
            }
        });
        if view.pose.is_some_and(|pose| !pose.is_possible()) {
            note("its camera is at no place, and is left out".to_owned());
            view.pose = None;
        }
        let second = view.compared.as_mut().and_then(|compared| compared.camera.as_mut());
        if let Some(camera) = second.filter(|camera| camera.pose.is_some_and(|pose| !pose.is_possible())) {
            note("the camera of its second picture is at no place, and is left out".to_owned());
            camera.pose = None;
        }
        let seconds = part.seconds.map(|seconds| {
            let (seconds, said) = duration(seconds);
            said.into_iter().for_each(&mut note);
            seconds
        });
        paths::attach(&mut view, self.path);
        Ok(Bookmark { name: part.name, note: part.note, seconds, subject, view, layouts, thumbnail })
    }

    /// Returns what the text of `view` has and a view does not: settings of a newer version.
    fn unknown(&self, text: &str, view: &View) -> Option<String> {
        let mut said = keys(text)?;
        said.retain(|key| !self.known.contains(key));
        if !said.is_empty() {
            let own = keys_of(view);
            said.retain(|key| !own.contains(key));
        }
        let names: Vec<String> = said.iter().map(|key| format!("{key:?}")).collect();
        (!names.is_empty()).then(|| format!("what is not known here is left out of it: {}", names.join(", ")))
    }
}

/// Returns the duration in seconds that a bookmark is shown for, and says if it is not `seconds`. 0
/// stands for the default one.
fn duration(seconds: f32) -> (f32, Option<String>) {
    let near = if seconds > 0.0 { Tour::in_range(seconds) } else { Tour::SECONDS };
    let said = || format!("the duration is {seconds:?} seconds, and becomes {near}");
    (near, (near != seconds && seconds != 0.0).then(said))
}

/// Returns a bookmark's name if it can be read although the rest cannot.
fn named(raw: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    from_raw::<Named>(raw).map_or_else(|_| String::new(), |named| format!(" {:?}", named.name))
}

fn from_raw<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, SpannedError> {
    ron::from_str(raw.get_ron())
}

/// Converts an error of `part`, which is a part of `whole`, to one of `whole`.
fn within(part: &RawValue, whole: &RawValue, mut error: SpannedError) -> SpannedError {
    let mut lines = Lines { text: whole.get_ron(), ..Lines::default() };
    lines.go_to(part.get_ron());
    let at = error.span.start;
    (error.span.start.line, error.span.start.col) = lines.of_part(at.line, at.col);
    error
}

/// Counts the lines of a text up to a part of it, from one part to the next.
#[derive(Debug, Default)]
struct Lines<'a> {
    text: &'a str,
    /// The start of the part, and its line.
    at: usize,
    before: usize,
    line_start: usize,
}

impl Lines<'_> {
    /// Moves on to `part`, which is a part of the text.
    fn go_to(&mut self, part: &str) {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len());
        for at in self.at..start {
            if self.text.as_bytes()[at] == b'\n' {
                (self.before, self.line_start) = (self.before + 1, at + 1);
            }
        }
        self.at = self.at.max(start);
    }

    /// Returns the position in the text of this line and column of the part.
    fn of_part(&self, line: usize, column: usize) -> (usize, usize) {
        (self.before + line, if line == 1 { self.at - self.line_start + column } else { column })
    }
}

fn subject(raw: &RawValue) -> Result<Subject, Fault> {
    let SubjectPart { embedding, rows, dims, fingerprint, labels } = part(raw)?;
    let labels = labels.map(|labels| labels.unpack()).transpose()?;
    Ok(Subject { embedding, rows, dims, fingerprint, labels })
}

fn layout(
    raw: &RawValue,
    coordinates: &[Result<Arc<Layout>, Fault>],
    row_sets: &[Result<RowSet, Fault>],
) -> Result<KeptLayout, Fault> {
    let mut part: LayoutPart = part(raw)?;
    give_rows(sets::of_projection(&mut part.projection), &part.projection_rows, row_sets)?;
    Ok(KeptLayout {
        method: part.method,
        dims: part.dims,
        rows: part.rows.map(|place| shared(row_sets, place, "set of rows")).transpose()?,
        of_more: part.of_more,
        projection: Arc::new(part.projection),
        layout: shared(coordinates, part.coordinates, "coordinates")?,
        explained_variance: part.explained_variance.into(),
        steps: part.steps.map(steps).transpose()?,
    })
}

fn steps(part: StepsPart) -> Result<Steps, Fault> {
    let bytes = part.kl.map_or(Ok(Vec::new()), |kl| kl.unpack())?;
    let kl = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let StepsPart { iteration, iterations, outdated, .. } = part;
    Ok(Steps { iteration, iterations, kl, running: false, outdated })
}

fn part<T: DeserializeOwned>(raw: &RawValue) -> Result<T, Fault> {
    ron::from_str(raw.get_ron()).map_err(|error| lower(&error.code.to_string()))
}

/// Returns the part at `place`, or why it is missing.
fn shared<T: Clone>(parts: &[Result<T, Fault>], place: usize, name: &str) -> Result<T, Fault> {
    let part = parts.get(place).ok_or_else(|| format!("there is no {name} {place} in the file"))?;
    part.clone().map_err(|fault| format!("{name} {place}: {fault}"))
}

/// Returns `kept` if its number of rows is that of `subject`.
fn fitting(kept: Arc<KeptLayout>, place: usize, subject: &Subject) -> Result<Arc<KeptLayout>, Fault> {
    let rows = kept.layout.rows();
    if rows == subject.rows {
        return Ok(kept);
    }
    Err(format!("layout {place} has {} where the data have {}", plural(rows, "row"), subject.rows))
}

/// Replaces the sets that are named in `places` by their rows.
fn give_rows(
    sets: Vec<(String, &mut RowSet)>,
    places: &BTreeMap<String, usize>,
    row_sets: &[Result<RowSet, Fault>],
) -> Result<(), Fault> {
    for (name, set) in sets {
        if let Some(&place) = places.get(&name) {
            *set = shared(row_sets, place, "set of rows")?;
        }
    }
    Ok(())
}

/// Removes rows from `view` that data of `rows` rows do not have. Returns a problem for each place.
fn cut_rows(view: &mut View, rows: usize) -> Vec<String> {
    // If nothing is known of the data, there is nothing to compare with.
    if rows == 0 {
        return Vec::new();
    }
    let mut said = Vec::new();
    for (name, set) in sets::of_view(view) {
        let within = set.below(rows);
        if within.len() < set.len() {
            let beyond = set.len() - within.len();
            let are = if beyond == 1 { "is" } else { "are" };
            said.push(format!("{name}: {} {are} beyond the {rows} of the data", plural(beyond, "row")));
            *set = within;
        }
    }
    view.trail.retain(|&row| (row as usize) < rows);
    said
}

/// Returns the fields of `view` as text.
fn keys_of(view: &View) -> BTreeSet<String> {
    ron::to_string(view).ok().and_then(|text| keys(&text)).unwrap_or_default()
}

/// Sentences begin after a colon here.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
