//! Folders of files: what each file in a folder holds is a choice.
//!
//! Files of a known format are listed down to [`DEPTH`] folders below, up to [`FILES`] of them;
//! hidden ones and links to folders are skipped. Files whose names differ in one number are steps of a
//! training; of too many, the newest are listed. Files without a known ending count only if their
//! first bytes are clear; of files that are packed, no more than the beginning is unpacked to learn
//! what they are. A table of labels and a picture beside the only vectors of a folder, or beside files
//! that are the steps of one training, are
//! taken for their metadata and sprite sheet, as if all were dropped at once; a table that also holds
//! a few numbers in each row is metadata if it has as many rows. A file that cannot be listed is a
//! problem.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use parallax_embedding::Progress;
use rayon::prelude::*;

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, ProblemKind, Severity, Source, Step, UnreadStep, coded, columnar,
    error::counted,
    numbered::{self, Numbered},
    open::{self, Kind},
    source::Content,
};

/// How many folders below are searched.
const DEPTH: usize = 5;
/// The most files that are listed.
const FILES: usize = 500;
/// The most files and folders that are looked at.
const ENTRIES: usize = 20_000;

/// The embeddings in the files below `folder`. Returns `None` if there are none.
///
/// # Errors
/// Returns an error if the folder cannot be read, or the only file of a known format in it.
pub(crate) fn search(folder: &Path, options: &OpenOptions) -> Result<Option<Source>, FormatError> {
    let mut search = Search { entries: 0, tasks: Vec::new(), problems: Vec::new() };
    search.walk(folder, DEPTH)?;
    let Search { mut tasks, mut problems, .. } = search;
    problems.extend(number(&mut tasks, folder));
    problems.extend(keep_newest(&mut tasks, folder));
    let options = OpenOptions { vectors: None, raw: None, metadata: None, sprite: None, ..options.clone() };
    let listed: Vec<Option<Result<Source, FormatError>>> =
        tasks.par_iter().map(|task| (!coded::is_packed(&task.path)).then(|| task.list(&options))).collect();
    // What is packed is unpacked into memory, one file at a time.
    let listed = tasks.iter().zip(listed).map(|(task, listed)| (task, listed.unwrap_or_else(|| task.list(&options))));
    let (mut infos, mut failed, mut unread, mut cut) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (task, listed) in listed {
        match listed {
            Ok(source) => {
                let is_here = |problem: &&Problem| problem.kind != Some(ProblemKind::ShownFirst);
                problems.extend(source.problems.iter().filter(is_here).cloned());
                for (info, problem) in checked(named(source, task, folder)) {
                    let Some((step, problem)) = info.step.as_ref().zip(problem) else {
                        infos.push(info);
                        continue;
                    };
                    let problem = Problem { severity: Severity::Warning, ..problem };
                    cut.push(UnreadStep { tensor: step.tensor.clone(), number: step.number, problem: problem.clone() });
                    failed.push(problem);
                }
            }
            Err(error) => {
                let problem = error.into_problem();
                unread.extend(task.step.as_ref().zip(problem.clone()));
                failed.extend(problem);
            }
        }
    }
    if infos.is_empty() {
        // Text may be anything.
        let is_data =
            |problem: &Problem| tasks.iter().any(|task| task.is_clear && problem.file.starts_with(&task.path));
        return failed.into_iter().find(is_data).map_or(Ok(None), |problem| Err(problem.into()));
    }
    problems.extend(failed.into_iter().map(|problem| Problem { severity: Severity::Warning, ..problem }));
    let unread = [unread_of(&unread, &infos), cut].concat();
    let mut source = Source::of(&Content::at(folder), "folder", infos, problems);
    source.runs.iter_mut().for_each(|run| run.unread.clone_from(&unread));
    Ok(Some(source))
}

/// Finds files whose names differ in one number. Says which one if several change, and that tables are
/// taken for steps.
fn number(tasks: &mut [Task], folder: &Path) -> Vec<Problem> {
    let names: Vec<String> = tasks.iter().map(|task| below(&task.path, folder)).collect();
    let steps = numbered::steps(names.iter().map(String::as_str));
    let (mut notes, mut said) = (Vec::new(), HashSet::new());
    for (name, step) in names.iter().zip(&steps).filter_map(|(name, step)| Some((name, step.as_ref()?))) {
        if step.among.as_ref().is_some_and(|among| said.insert(among.clone())) {
            let what =
                format!("several numbers change in names such as {name:?}, and {} is taken as the step", step.number);
            notes.push(Problem::note(folder, what).way_out("Open a folder with the files of one training alone"));
        }
        if columnar::is_table(Path::new(name)) && said.insert(step.pattern.clone()) {
            let what = format!("the tables {} are taken as steps of a training, not as parts of one", step.pattern);
            notes.push(
                Problem::note(folder, what).way_out("Name parts as in part-00000.parquet to read them as one table"),
            );
        }
    }
    tasks.iter_mut().zip(steps).for_each(|(task, step)| task.step = step);
    notes
}

/// Takes out files if there are too many, the oldest steps if that is enough, and says so.
fn keep_newest(tasks: &mut Vec<Task>, folder: &Path) -> Option<Problem> {
    let (all, excess) = (tasks.len(), tasks.len().checked_sub(FILES + 1)? + 1);
    let mut numbers: Vec<u64> = tasks.iter().filter_map(|task| Some(task.step.as_ref()?.number)).collect();
    numbers.sort_unstable();
    let what = if excess < numbers.len() {
        let (last, mut left) = (numbers[excess - 1], excess);
        tasks.retain(|task| {
            let is_out = left > 0 && task.step.as_ref().is_some_and(|step| step.number <= last);
            left -= usize::from(is_out);
            !is_out
        });
        format!("only the newest {} of {} numbered files are listed", numbers.len() - excess, numbers.len())
    } else {
        tasks.truncate(FILES);
        format!("only the first {FILES} of {all} files are listed")
    };
    Some(Problem::warning(folder, what).way_out("Open a folder further down, or a file"))
}

/// For each series of `infos`, the steps whose files cannot be listed.
fn unread_of(unread: &[(&Numbered, Problem)], infos: &[EmbeddingInfo]) -> Vec<UnreadStep> {
    let mut tensors: Vec<&str> = infos.iter().filter_map(|info| Some(&*info.step.as_ref()?.tensor)).collect();
    tensors.sort_unstable();
    tensors.dedup();
    let of = |(step, problem): &(&Numbered, Problem)| {
        let is_of = |tensor: &&&str| {
            tensor.strip_prefix(&*step.pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
        };
        let problem = Problem { severity: Severity::Warning, ..problem.clone() };
        let unread =
            |tensor: &&str| UnreadStep { tensor: (*tensor).to_owned(), number: step.number, problem: problem.clone() };
        tensors.iter().filter(is_of).map(unread).collect::<Vec<_>>()
    };
    unread.iter().flat_map(of).collect()
}

/// The path below `folder`, as a name.
fn below(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
}

/// A file to list, and what belongs to it.
struct Task {
    path: PathBuf,
    metadata: Option<PathBuf>,
    sprite: Option<PathBuf>,
    /// Whether it is surely data, and not any text.
    is_clear: bool,
    /// Its number, if it is one of several numbered files.
    step: Option<Numbered>,
}

impl Task {
    fn list(&self, options: &OpenOptions) -> Result<Source, FormatError> {
        let mut source = open::list_path(&Content::at(&self.path), options, &Progress::default())?;
        for info in source.runs.iter_mut().flat_map(|run| &mut run.embeddings) {
            open::put_beside(info, self.metadata.as_deref(), self.sprite.as_deref());
        }
        Ok(source)
    }
}

/// Returns the number of rows that each of the files has, if it is the same: steps of one training have the
/// same rows, and parts of one table need not.
fn common_rows(files: &[(PathBuf, bool)]) -> Option<usize> {
    let all: Vec<Option<usize>> = files.par_iter().map(|(path, _)| rows(path)).collect();
    let first = all.first().copied().flatten()?;
    all.iter().all(|rows| *rows == Some(first)).then_some(first)
}

/// Returns the pattern of the names of `files`, if they differ in one number alone.
fn one_series(files: &[(PathBuf, bool)]) -> Option<String> {
    let names: Vec<String> =
        files.iter().map(|(path, _)| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    let steps = numbered::steps(names.iter().map(String::as_str));
    let pattern = steps.first()?.as_ref()?.pattern.clone();
    steps.iter().all(|step| step.as_ref().is_some_and(|step| step.pattern == pattern)).then_some(pattern)
}

/// The rows of the only embedding in the file at `path`.
fn rows(path: &Path) -> Option<usize> {
    let source = open::list_path(&Content::at(path), &OpenOptions::default(), &Progress::default()).ok()?;
    let mut infos = source.runs.iter().flat_map(|run| &run.embeddings);
    infos.next().map(|info| info.rows).filter(|_| infos.next().is_none())
}

/// The embeddings of the file of `task`, named after it.
fn named(source: Source, task: &Task, folder: &Path) -> Vec<EmbeddingInfo> {
    let infos: Vec<EmbeddingInfo> = source.runs.into_iter().flat_map(|run| run.embeddings).collect();
    let (file, is_one) = (below(&task.path, folder), infos.len() == 1);
    let name = |info: EmbeddingInfo| {
        let of = |file: &str| if is_one { file.to_owned() } else { format!("{file}: {}", info.name) };
        let step = task.step.as_ref();
        let step = step.map(|step| Step { tensor: of(&step.pattern), number: step.number, is_older: false });
        EmbeddingInfo { name: of(&file), step, source: file.clone(), configured: false, ..info }
    };
    infos.into_iter().map(name).collect()
}

/// Says which steps are cut short: each is one of several, of which the others are shown. A file that is
/// none is listed, and reading it tells.
fn checked(infos: Vec<EmbeddingInfo>) -> Vec<(EmbeddingInfo, Option<Problem>)> {
    let check = |info: EmbeddingInfo| {
        let checked = if info.step.is_some() { info.origin.vectors.check() } else { Ok(()) };
        let problem = checked.err().and_then(FormatError::into_problem);
        (info, problem)
    };
    infos.into_par_iter().map(check).collect()
}

struct Search {
    entries: usize,
    tasks: Vec<Task>,
    problems: Vec<Problem>,
}

impl Search {
    fn walk(&mut self, folder: &Path, depth: usize) -> Result<(), FormatError> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(FormatError::read(folder))? {
            let entry = entry.map_err(FormatError::read(folder))?;
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let kind = entry.file_type().map_err(FormatError::read(folder))?;
            self.entries += 1;
            if self.entries == ENTRIES {
                let what = format!("only the first {ENTRIES} files and folders were looked at");
                self.problems.push(Problem::warning(folder, what).way_out("Open a folder further down"));
            }
            if self.entries >= ENTRIES {
                break;
            }
            // A link to a folder may lead back.
            let is_file = kind.is_file() || kind.is_symlink() && entry.path().is_file();
            if !is_hidden && (is_file || kind.is_dir()) {
                paths.push((entry.path(), kind.is_dir()));
            }
        }
        paths.sort();
        let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(_, is_folder)| *is_folder);
        self.add(files.into_iter().map(|(path, _)| path).collect());
        for (path, _) in folders {
            if open::kind(&path).is_ok_and(|kind| kind == Some(Kind::Data)) {
                self.tasks.push(Task { path, metadata: None, sprite: None, is_clear: true, step: None });
            } else if depth > 0 && self.entries < ENTRIES {
                let walked = self.walk(&path, depth - 1);
                self.problems.extend(walked.err().and_then(FormatError::into_problem));
            }
        }
        Ok(())
    }

    /// Adds the files of one folder.
    fn add(&mut self, files: Vec<PathBuf>) {
        let (mut data, mut texts, mut sprites) = (Vec::new(), Vec::new(), Vec::new());
        for path in files {
            match open::kind(&path) {
                Ok(Some(Kind::Data)) => data.push((path, true)),
                Ok(Some(Kind::Text)) => texts.push(path),
                Ok(Some(Kind::Sprite)) => sprites.push(path),
                Ok(None) => {}
                Err(error) => self.problems.extend(error.into_problem()),
            }
        }
        let is_metadata =
            |path: &PathBuf, rows: Option<usize>| open::is_listed_as_metadata(path, rows).unwrap_or(false);
        let (mut metadata, mut texts): (Vec<PathBuf>, Vec<PathBuf>) =
            texts.into_iter().partition(|path| is_metadata(path, None));
        // A table with labels and a few numbers in each row describes the only other vectors, or each step.
        if let ([table], []) = (&texts[..], &metadata[..]) {
            if let [(vectors, _)] = &data[..]
                && let Some(rows) = rows(vectors).filter(|&rows| is_metadata(table, Some(rows)))
            {
                let name = vectors.file_name().unwrap_or_default().to_string_lossy();
                let what =
                    format!("it is read as the metadata of {name:?}, since each of them has {}", counted(rows, "row"));
                let way_out = "Open this file alone if it holds vectors";
                self.problems.push(Problem::note(table, what).way_out(way_out));
                metadata.append(&mut texts);
            } else if one_series(&data).is_some()
                && common_rows(&data).is_some_and(|rows| is_metadata(table, Some(rows)))
            {
                metadata.append(&mut texts);
            }
        }
        // Beside a table, an array of one dimension is rather a part of it.
        let (lists, tables): (Vec<PathBuf>, Vec<PathBuf>) =
            metadata.into_iter().partition(|path| path.extension().is_some_and(|ending| ending == "npy"));
        let (mut metadata, lists) =
            if tables.len() == 1 { (tables, lists) } else { ([tables, lists].concat(), Vec::new()) };
        if let [table] = &metadata[..] {
            let name = table.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.problems.extend(lists.into_iter().map(|path| {
                let what = format!("the file is left out, since {name:?} is the metadata");
                Problem::note(path, what).way_out("Open the vectors, with this file as --metadata")
            }));
        }
        data.extend(texts.into_iter().map(|path| (path, false)));
        data.sort();
        let is_alone = data.len() == 1 && metadata.len() < 2 && sprites.len() < 2;
        if let Some(pattern) = one_series(&data)
            && metadata.len() < 2
            && sprites.len() < 2
            && metadata.iter().all(|table| common_rows(&data).is_some_and(|rows| open::has_lines_for(table, rows)))
        {
            let (metadata, sprite) = (metadata.pop(), sprites.pop());
            let shared = [(&metadata, "metadata"), (&sprite, "sprite sheet")];
            self.problems.extend(shared.into_iter().filter_map(|(path, what)| {
                let what = format!("it is read as the {what} of each of the {} files {pattern:?}", data.len());
                Some(Problem::note(path.as_ref()?, what).way_out("Move it elsewhere if it describes other rows"))
            }));
            self.tasks.extend(data.into_iter().map(|(path, is_clear)| Task {
                path,
                is_clear,
                metadata: metadata.clone(),
                sprite: sprite.clone(),
                step: None,
            }));
            return;
        }
        if data.is_empty() || !is_alone {
            let way_out = "Open the vectors, with this file as --metadata";
            let what = "the file holds no vectors, and is left out";
            let note = |path: PathBuf| Problem::note(path, what).way_out(way_out);
            self.problems.extend(metadata.drain(..).map(note));
            // A folder of many pictures is no fault.
            if let ([path], false) = (&sprites[..], data.is_empty()) {
                let what = "it is not known which of the files this picture belongs to, and it is left out";
                let way_out = "Open the vectors, with this file as --sprite";
                self.problems.push(Problem::note(path, what).way_out(way_out));
            }
            sprites.clear();
        }
        let (mut metadata, mut sprites) = (metadata.into_iter(), sprites.into_iter());
        self.tasks.extend(data.into_iter().map(|(path, is_clear)| Task {
            path,
            is_clear,
            metadata: metadata.next(),
            sprite: sprites.next(),
            step: None,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = "1\t2\t3\n4\t5\t6\n7\t8\t9\n";

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        root
    }

    #[test]
    fn files_of_a_folder_are_choices_with_what_is_beside_them() {
        let root = folder(&[
            ("a/vectors.tsv", VECTORS.as_bytes()),
            ("a/metadata.tsv", b"word\tcount\na\t1\nb\t2\nc\t3\n"),
            ("b/x.csv", b"x,y\n1,2\n3,4\n"),
            ("b/y.csv", b"x,y\n1,2\n3,4\n5,6\n"),
            ("b/broken.npy", b"\x93NUMPY\x01"),
            (".hidden/z.csv", b"x,y\n1,2\n3,4\n"),
            ("README.md", b"# 1 2 3\n"),
        ]);
        crate::write_picture(&root.path().join("a/sprite.png"), [4, 4], &[0; 64]).unwrap();
        let source = crate::open(root.path(), &OpenOptions::default()).unwrap();
        let names: Vec<_> = source.runs[0].embeddings.iter().map(|info| (info.name.as_str(), info.rows)).collect();
        assert_eq!(names, [("a/vectors.tsv", 3), ("b/x.csv", 2), ("b/y.csv", 3)]);
        assert_eq!((source.format, source.recognized.as_str()), ("folder", "by what is in the folder"));
        let loaded = source.load(0, 0, &Progress::default()).unwrap();
        assert_eq!(loaded.embedding.metadata.column("word").unwrap().text(2), Some("c"));
        assert!(source.problems.iter().any(|problem| problem.file.ends_with("b/broken.npy")), "{:?}", source.problems);
    }

    /// What opening a folder of `files` shows: names, dimensions, and columns of metadata.
    fn shown(files: &[(&str, &[u8])]) -> Vec<(String, usize, Vec<String>)> {
        let root = folder(files);
        let source = crate::open(root.path(), &OpenOptions::default()).unwrap();
        let columns = |info: &EmbeddingInfo| {
            let columns = info.metadata.iter().flat_map(|metadata| &metadata.columns);
            columns.map(|column| column.name.clone()).collect()
        };
        let infos = source.runs.iter().flat_map(|run| &run.embeddings);
        infos.map(|info| (info.name.clone(), info.dims, columns(info))).collect()
    }

    #[test]
    fn a_table_with_as_many_rows_as_the_only_vectors_is_their_metadata() {
        let npy = array("'<f4'", "(3, 4)", &[0; 48]);
        let table = b"name,height,width\na,1,2\nb,3,4\nc,5,6\n";
        let names = ["name", "height", "width"].map(str::to_owned).to_vec();
        let vectors = || ("x.npy".to_owned(), 4, Vec::new());
        assert_eq!(shown(&[("x.npy", &npy), ("metadata.csv", table)]), [("x.npy".to_owned(), 4, names)]);
        let longer = [&table[..], b"d,7,8\ne,9,9\n"].concat();
        let rivals = shown(&[("x.npy", &npy), ("y.csv", &longer)]);
        assert_eq!((&rivals[0], rivals.len()), (&vectors(), 2), "{rivals:?}");
        let two = shown(&[("x.npy", &npy), ("y.csv", table), ("z.csv", table)]);
        assert_eq!((&two[0], two.len()), (&vectors(), 3), "{two:?}");
    }

    #[test]
    fn arrays_of_one_dimension_are_metadata_of_the_only_vectors() {
        let npy = array("'<f4'", "(3, 4)", &[0; 48]);
        let labels = array("'|i1'", "(3,)", &[7, 8, 9]);
        let texts = array("'|S2'", "(3,)", b"a\0b\0cd");
        let one = |column: &str| [("X.npy".to_owned(), 4, vec![column.to_owned()])];
        assert_eq!(shown(&[("X.npy", &npy), ("y.npy", &labels)]), one("y"));
        assert_eq!(shown(&[("X.npy", &npy), ("names.npy", &texts)]), one("names"));
        let table = b"kind\nu\nv\nw\n";
        assert_eq!(shown(&[("X.npy", &npy), ("y.npy", &labels), ("meta.csv", table)]), one("kind"));
        let root = folder(&[("X.npy", &npy), ("other/texts.npy", &texts)]);
        let options = OpenOptions { metadata: Some(root.path().join("other/texts.npy")), ..OpenOptions::default() };
        let source = crate::open(&root.path().join("X.npy"), &options).unwrap();
        let metadata = source.load(0, 0, &Progress::default()).unwrap().embedding.metadata;
        let column = metadata.column("texts").unwrap();
        assert_eq!([0, 1, 2].map(|row| column.text(row)), [Some("a"), Some("b"), Some("cd")]);
        let dropped = [root.path().join("X.npy"), root.path().join("other/texts.npy")];
        let (path, options) = crate::combine(&dropped, None).unwrap();
        assert_eq!((path, options.metadata), (dropped[0].clone(), Some(dropped[1].clone())));
    }

    #[test]
    fn a_table_beside_numbered_files_is_the_metadata_of_each() {
        let npy = array("'<f4'", "(3, 4)", &[0; 48]);
        let (labels, step) = (b"name\tkind\na\tu\nb\tv\nc\tw\n", |name: &'static str| (name, &npy[..]));
        let columns = |files: &[(&str, &[u8])]| {
            shown(files).into_iter().map(|(name, _, columns)| (name, columns.len())).collect::<Vec<_>>()
        };
        let named =
            |names: &[&str], count: usize| names.iter().map(|name| ((*name).to_owned(), count)).collect::<Vec<_>>();
        for table in ["labels.tsv", "metadata.tsv", "words.csv"] {
            let table = (table, if table.ends_with("csv") { &b"name,kind\na,u\nb,v\nc,w\n"[..] } else { labels });
            let steps = [step("emb_001.npy"), step("emb_002.npy"), step("emb_010.npy"), table];
            assert_eq!(columns(&steps), named(&["emb_001.npy", "emb_002.npy", "emb_010.npy"], 2), "{table:?}");
        }
        // Labels that are numbers.
        let steps = [step("emb_001.npy"), step("emb_002.npy"), ("labels.tsv", b"7\n1\n0\n")];
        assert_eq!(columns(&steps), named(&["emb_001.npy", "emb_002.npy"], 1));
        // Parts of one table are no steps: its first labels would be those of each part.
        let all = b"name\tkind\na\tu\nb\tv\nc\tw\nd\tu\ne\tv\nf\tw\n";
        let parts = [step("part_0.npy"), step("part_1.npy"), ("labels.tsv", &all[..])];
        assert_eq!(columns(&parts), named(&["part_0.npy", "part_1.npy"], 0));
        let short = array("'<f4'", "(2, 4)", &[0; 32]);
        let parts = [step("part_0.npy"), ("part_1.npy", &short[..]), ("labels.tsv", labels)];
        assert_eq!(columns(&parts), named(&["part_0.npy", "part_1.npy"], 0));
        // It may be that of either, or neither.
        let files = [step("emb_001.npy"), step("emb_002.npy"), step("other.npy"), ("labels.tsv", labels)];
        assert_eq!(columns(&files), named(&["emb_001.npy", "emb_002.npy", "other.npy"], 0));
        let root = folder(&[step("emb_001.npy"), step("emb_002.npy"), ("labels.tsv", labels)]);
        let source = crate::open(root.path(), &OpenOptions::default()).unwrap();
        let notes: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
        let said = "it is read as the metadata of each of the 2 files \"emb_*.npy\"";
        assert!(notes.iter().any(|note| note.contains("labels.tsv") && note.contains(said)), "{notes:?}");
        let loaded = source.load(0, 1, &Progress::default()).unwrap();
        assert_eq!(loaded.embedding.metadata.column("name").unwrap().text(2), Some("c"));
    }

    /// A `.npy` file, as NumPy's format says.
    fn array(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\0", &u16::try_from(header.len()).unwrap().to_le_bytes()[..], header.as_bytes(), values]
            .concat()
    }

    #[test]
    fn folders_without_data_are_refused() {
        let said = |files: &[(&str, &[u8])]| {
            let root = folder(files);
            crate::open(root.path(), &OpenOptions::default()).unwrap_err().to_string()
        };
        assert!(said(&[("notes.txt", b"a text\n"), ("x.bin", &[0; 5])]).contains("neither this folder nor one below"));
        assert!(said(&[("cut.npy", b"\x93NUMPY\x01")]).contains("cut.npy: "));
        assert!(said(&[]).contains("the folder is empty"));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_back_are_not_followed() {
        let root = folder(&[("a/x.csv", b"x,y\n1,2\n3,4\n")]);
        std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
        let source = crate::open(root.path(), &OpenOptions::default()).unwrap();
        assert_eq!(source.runs[0].embeddings.len(), 1);
    }
}
