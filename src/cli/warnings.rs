//! Warnings: what was left out, guessed or chosen, on standard error whether or not that is a
//! terminal.
//!
//! One line each, the most important first, each once. Of the problems with the data only the first
//! few are shown, and those of other runs and embeddings are only counted.

use std::{
    collections::HashSet,
    io::{self, Write as _},
};

use parallax_formats::{Problem, Severity};

use super::table::count;

/// At most this many problems with the data are shown.
const SHOWN: usize = 8;

/// What to show beside a result.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    /// What the command itself has to say. All of it is shown.
    pub(super) notes: &'a [Problem],
    /// The problems with what was read. The first of them are shown.
    pub(super) problems: &'a [Problem],
    /// A command that lists all of `problems`.
    pub(super) listing: String,
    /// The problems of other runs and embeddings. They are counted.
    pub(super) elsewhere: &'a [Problem],
    /// A command that lists those.
    pub(super) listing_elsewhere: String,
}

/// Shows what is said on standard error.
pub(super) fn show(said: &Said<'_>) {
    let mut err = io::stderr().lock();
    for line in shortened(said) {
        // If standard error is closed, there is nobody to warn.
        writeln!(err, "{line}").ok();
    }
}

/// Returns a line for each problem, the most important first and each once.
pub(super) fn lines(problems: &[Problem]) -> Vec<String> {
    sorted(problems).into_iter().map(|(_, line)| line).collect()
}

/// Returns the severity in words. What does not prevent a command's result is a warning, but
/// something that could not be read is more important than something guessed.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn shortened(said: &Said<'_>) -> Vec<String> {
    let mut problems = sorted(said.problems);
    let rest = problems.split_off(problems.len().min(SHOWN));
    let mut shown = sorted(said.notes);
    shown.extend(problems);
    shown.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let counted = [
        counted(&rest, |number, noun| format!("and {number} more {noun}"), &said.listing),
        counted(
            &sorted(said.elsewhere),
            |number, noun| format!("other runs and embeddings have {number} {noun}"),
            &said.listing_elsewhere,
        ),
    ];
    shown.into_iter().map(|(_, line)| line).chain(counted.into_iter().flatten()).collect()
}

/// Returns a line that counts problems, and the command that lists them. `None` if there are none.
fn counted(problems: &[(Severity, String)], what: impl Fn(String, String) -> String, listing: &str) -> Option<String> {
    let worst = problems.iter().map(|(severity, _)| *severity).max()?;
    let noun = if worst == Severity::Note { "note" } else { "warning" };
    let (ending, them) = if problems.len() == 1 { ("", "it") } else { ("s", "them") };
    let what = what(count(problems.len()), format!("{noun}{ending}"));
    Some(one_line(&format!("{what}: {listing} lists {them}")))
}

fn sorted(problems: &[Problem]) -> Vec<(Severity, String)> {
    let mut seen = HashSet::new();
    let line = |problem: &Problem| one_line(&format!("{}: {problem}", severity(problem.severity)));
    let lines = problems.iter().map(|problem| (problem.severity, line(problem)));
    let mut lines: Vec<(Severity, String)> = lines.filter(|(_, line)| seen.insert(line.clone())).collect();
    // Stable: those of one severity stay in their order.
    lines.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    lines
}

/// Replaces line breaks and control characters that a terminal would act on.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_have_the_most_important_first_and_each_once() {
        let problems = [
            Problem::note("a", "vectors: column v"),
            Problem::warning("a", "2 rows left out"),
            Problem::error("a", "cannot be\nread").way_out("Mend\u{1b}[31m it"),
            Problem::warning("a", "2 rows left out"),
        ];
        let expected = [
            "error: a: cannot be\u{fffd}read. Mend\u{fffd}[31m it.",
            "warning: a: 2 rows left out.",
            "note: a: vectors: column v.",
        ];
        assert_eq!(lines(&problems), expected);
        assert_eq!(shortened(&Said { problems: &problems, ..Said::default() }), expected);
    }

    #[test]
    fn warnings_beyond_the_first_are_counted() {
        let many = |count: usize| (0..count).map(|i| Problem::warning("a", i.to_string())).collect::<Vec<_>>();
        let last = |problems: &[Problem]| {
            shortened(&Said { problems, listing: "parallax inspect a".into(), ..Said::default() }).pop()
        };
        assert_eq!(last(&many(8)).as_deref(), Some("warning: a: 7."));
        assert_eq!(last(&many(9)).as_deref(), Some("and 1 more warning: parallax inspect a lists it"));
        assert_eq!(last(&many(20)).as_deref(), Some("and 12 more warnings: parallax inspect a lists them"));
        assert_eq!(last(&[]), None);
        let notes: Vec<Problem> =
            many(9).into_iter().map(|problem| Problem { severity: Severity::Note, ..problem }).collect();
        assert_eq!(last(&notes).as_deref(), Some("and 1 more note: parallax inspect a lists it"));
    }

    #[test]
    fn notes_of_the_command_are_all_shown_and_other_runs_are_counted() {
        let of =
            |count: usize, file: &str| (0..count).map(|i| Problem::warning(file, i.to_string())).collect::<Vec<_>>();
        let (notes, problems, elsewhere) = (of(9, "note"), of(9, "own"), of(30, "other"));
        let lines = shortened(&Said {
            notes: &notes,
            problems: &problems,
            listing: "a".into(),
            elsewhere: &elsewhere,
            listing_elsewhere: "b".into(),
        });
        let starting = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!([starting("warning: note: "), starting("warning: own: "), starting("warning: other: ")], [9, 8, 0]);
        assert_eq!(
            lines[17..],
            ["and 1 more warning: a lists it", "other runs and embeddings have 30 warnings: b lists them"]
        );
    }
}
