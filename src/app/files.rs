//! Files that are dropped on the window or chosen in its dialog, and messages about those beside
//! the data.

use std::{fmt::Write as _, path::PathBuf};

use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
    window::{FileDragAndDrop, RequestRedraw},
};
use parallax_formats::{AtHand, FormatError, OpenOptions, Problem, ProblemKind, Severity, combine};
use parallax_session::{Action, Edit, JobAction, Origin, ToastAction, file_name, plural};
use parallax_state::{Chosen, Opened, Propose, Seen, Toasts, Topic};
use parallax_tour::is_tour;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Dropped>().add_systems(Update, (gather, open, explain).chain());
}

type Combined = Result<Found, FormatError>;

/// What was dropped or chosen.
enum Found {
    /// Data, or files that belong to the open data; and the text that was taken for their metadata.
    Data(PathBuf, OpenOptions, Option<PathBuf>),
    /// Bookmarks.
    Bookmarks(Vec<PathBuf>),
}

/// What was dropped or chosen and is being classified.
#[derive(Resource, Default)]
struct Dropped {
    looking: Option<Task<Combined>>,
    waiting: Vec<PathBuf>,
}

/// Files that are dropped at once belong together.
fn gather(
    (mut events, mut chosen): (MessageReader<FileDragAndDrop>, MessageReader<Chosen>),
    mut dropped: ResMut<Dropped>,
) {
    dropped.waiting.extend(chosen.read().map(|Chosen(path)| path.clone()));
    for event in events.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = event {
            dropped.waiting.push(path_buf.clone());
        }
    }
}

/// Finds out what it is, and opens it.
fn open(
    mut dropped: ResMut<Dropped>,
    opened: Res<Opened>,
    mut toasts: ResMut<Toasts>,
    (mut requests, mut redraw): (MessageWriter<Propose>, MessageWriter<RequestRedraw>),
) {
    if dropped.looking.is_none() && dropped.waiting.is_empty() {
        return;
    }
    let dropped = &mut *dropped;
    if dropped.looking.is_none() {
        dropped.looking = Some(look(std::mem::take(&mut dropped.waiting), &opened));
    }
    match dropped.looking.as_mut().and_then(check_ready) {
        Some(Ok(found)) => {
            dropped.looking = None;
            requests.write(Propose(match found {
                Found::Data(path, options, metadata) => {
                    // Columns that are joined stand beside those of the vectors.
                    let replaced = if options.join.is_none() { opened.loaded_metadata.columns().len() } else { 0 };
                    metadata.into_iter().for_each(|text| say_taken(text, replaced, &mut toasts));
                    Action::Edit(Edit::Open(Origin::Path { path, options }))
                }
                Found::Bookmarks(paths) => Action::Job(JobAction::OpenTour(paths)),
            }));
        }
        Some(Err(error)) => {
            dropped.looking = None;
            toasts.end(Topic::Opening);
            toasts.about(Topic::Opening, |toasts| toasts.refused(error));
        }
        None => {}
    }
    redraw.write(RequestRedraw);
}

/// The path that the open data were opened from, if it is a file or a folder.
pub(super) fn path_of(opened: &Opened) -> Option<&PathBuf> {
    opened.source.as_ref().filter(|source| source.format != "demo").map(|source| &source.path)
}

fn look(paths: Vec<PathBuf>, opened: &Opened) -> Task<Combined> {
    let path = path_of(opened).cloned();
    let options = opened.options.clone();
    let rows = opened.embedding.as_ref().map(|embedding| embedding.rows());
    AsyncComputeTaskPool::get().spawn(async move {
        // Bookmarks among other files are ignored; they have to be dropped alone.
        if paths.iter().all(|path| is_tour(path)) {
            return Ok(Found::Bookmarks(paths));
        }
        let at_hand = rows.map(|rows| AtHand { path: path.as_deref(), options: &options, rows });
        let (path, options) = combine(&paths, at_hand)?;
        let beside = options.metadata.clone().filter(|text| paths.contains(text) && !paths.contains(&path));
        Ok(Found::Data(path, options, beside))
    })
}

/// Says that a text was taken for metadata that replace this many columns, and offers to open it as
/// data. Whether it has as many rows as the data is known when it is read.
fn say_taken(text: PathBuf, replaced: usize, toasts: &mut Toasts) {
    let mut said = format!("{} is read as metadata of the open data, not as vectors.", file_name(&text));
    if replaced > 0 {
        _ = write!(said, " It replaces {}.", plural(replaced, "column"));
    }
    let action = Action::Edit(Edit::Open(Origin::Path { path: text, options: OpenOptions::default() }));
    toasts.offer(said, Some(ToastAction { caption: "Open it instead".into(), action }));
}

/// Reports what does not fit in the metadata and the pictures that the user added to the data.
fn explain(opened: Res<Opened>, mut toasts: ResMut<Toasts>, mut epoch: Local<Seen<u64>>) {
    if !epoch.changed(opened.epoch) {
        return;
    }
    toasts.about(Topic::Data, |toasts| {
        let told = opened.problems.iter().filter(|problem| is_told(problem, &opened.options));
        told.for_each(|problem| toasts.problem(problem, None));
    });
}

/// A warning about a file that the user named, or too many or too few rows. Errors are reported
/// elsewhere.
fn is_told(problem: &Problem, options: &OpenOptions) -> bool {
    let named = [&options.metadata, &options.sprite].into_iter().flatten().any(|path| *path == problem.file);
    problem.severity == Severity::Warning && (named || problem.kind == Some(ProblemKind::RowCounts))
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use bevy::prelude::Entity;
    use parallax_embedding::{ColumnBuilder, Embedding, Metadata, Progress, Vectors};
    use parallax_formats::Source;
    use parallax_state::StatePlugin;

    use super::*;

    #[derive(Resource, Default)]
    struct Done(Vec<Action>);

    fn drop_files(files: &[(&str, &str)]) -> (Vec<Action>, Vec<String>) {
        hand_over(files, &[], |world, path_buf| {
            world.write_message(FileDragAndDrop::DroppedFile { window: Entity::PLACEHOLDER, path_buf });
        })
    }

    /// Sends files of these contents while three vectors from `x.npy` with these columns are open.
    /// Returns what is opened and the messages.
    fn hand_over(
        files: &[(&str, &str)],
        columns: &[&str],
        send: impl Fn(&mut World, PathBuf),
    ) -> (Vec<Action>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin, plugin))
            .init_resource::<Done>()
            .add_message::<RequestRedraw>()
            .add_message::<FileDragAndDrop>()
            .add_systems(Last, |mut proposed: MessageReader<Propose>, mut done: ResMut<Done>| {
                done.0.extend(proposed.read().map(|Propose(action)| action.clone()));
            });
        let vectors = Vectors::from_u8(3, 1, vec![1, 2, 3]).unwrap();
        let mut embedding = Embedding::new("x", vectors, &Progress::default()).unwrap();
        let column = |name: &&str| {
            let mut column = ColumnBuilder::new(*name);
            ["a", "b", "c"].iter().for_each(|value| column.push(Some(value)));
            column.finish()
        };
        embedding.metadata = Arc::new(Metadata::new(columns.iter().map(column).collect()).unwrap());
        let source = Source {
            path: "x.npy".into(),
            format: "npy",
            recognized: String::new(),
            runs: Vec::new(),
            problems: Vec::new(),
        };
        let mut opened = app.world_mut().resource_mut::<Opened>();
        opened.put(embedding, Vec::new());
        opened.source = Some(source.into());
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            send(app.world_mut(), path);
        }
        loop {
            app.update();
            let done = app.world().resource::<Done>().0.clone();
            let said: Vec<String> =
                app.world().resource::<Toasts>().list().iter().map(|toast| toast.text.clone()).collect();
            if !done.is_empty() || !said.is_empty() {
                return (done, said);
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn dropped_metadata_are_added_to_open_data() {
        let (done, said) = drop_files(&[("m.tsv", "word\tn\na\t1\nb\t2\nc\t3\n")]);
        let [Action::Edit(Edit::Open(Origin::Path { path, options }))] = &done[..] else { panic!("{done:?} {said:?}") };
        assert_eq!(path.to_str(), Some("x.npy"));
        assert!(options.metadata.as_ref().is_some_and(|path| path.ends_with("m.tsv")));
        assert_eq!(said, ["m.tsv is read as metadata of the open data, not as vectors."]);
    }

    /// Labels are metadata however many there are: the message claims no number of rows.
    #[test]
    fn dropped_metadata_say_that_they_replace_columns() {
        let send = |world: &mut World, path| _ = world.write_message(Chosen(path));
        for content in ["word\nd\ne\nf\n", "word\td\nx\ty\nz\tw\n"] {
            let (_, said) = hand_over(&[("m.tsv", content)], &["p", "q"], send);
            assert_eq!(said, ["m.tsv is read as metadata of the open data, not as vectors. It replaces 2 columns."]);
        }
    }

    /// A file that is chosen in the dialog is what it would be if it were dropped.
    #[test]
    fn chosen_file_is_added_or_opened() {
        let chosen = |name: &str, content: &str| {
            let send = |world: &mut World, path| _ = world.write_message(Chosen(path));
            let (done, said) = hand_over(&[(name, content)], &[], send);
            let [Action::Edit(Edit::Open(Origin::Path { path, options }))] = &done[..] else {
                panic!("{done:?} {said:?}")
            };
            let name = |path: &std::path::Path| path.file_name().unwrap().to_owned();
            (name(path), options.metadata.as_deref().map(name), said.len())
        };
        assert_eq!(chosen("m.tsv", "a\nb\nc\n"), ("x.npy".into(), Some("m.tsv".into()), 1));
        assert_eq!(chosen("v.tsv", "1\t2\n3\t4\n"), ("v.tsv".into(), None, 0));
    }

    #[test]
    fn dropped_unknown_files_are_explained() {
        let (done, said) = drop_files(&[("a.xyz", "\0\u{1}")]);
        assert!(done.is_empty());
        assert!(said[0].contains("What is read: "), "{said:?}");
        let (done, said) = drop_files(&[("a.tsv", "1\t2\n"), ("b.tsv", "3\t4\n")]);
        assert!(done.is_empty() && said[0].contains("both hold vectors"), "{said:?}");
    }

    /// Too many or too few rows, and what is wrong with a file that the user named, are reported;
    /// other warnings wait in their list.
    #[test]
    fn explain_reports_what_does_not_fit() {
        let named = OpenOptions { sprite: Some("s.png".into()), ..OpenOptions::default() };
        let told = |problem: Problem| is_told(&problem, &named);
        assert!(told(Problem::warning("m.tsv", "10 rows of metadata for 48").kind(ProblemKind::RowCounts)));
        assert!(told(Problem::warning("s.png", "there is room for 9 thumbnails, and there are 10 vectors")));
        assert!(!told(Problem::warning("v.tsv", "2 of 3 rows hold a NaN")));
        assert!(!is_told(&Problem::error("s.png", "it is cut short"), &named));
    }
}
