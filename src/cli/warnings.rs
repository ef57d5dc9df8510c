//! Warnings: what was left out, guessed or chosen, on standard error whether or not that is a
//! terminal.
//!
//! One line each, the most important first, each once; if there are many, the rest is counted.

use std::{
    collections::HashSet,
    io::{self, Write as _},
};

use parallax_formats::{Problem, Severity};

use super::table::count;

/// At most this many lines are shown.
const SHOWN: usize = 8;

/// Shows `problems` on standard error. `listing` is a command that lists all of them.
pub(super) fn show(problems: &[Problem], listing: &str) {
    let mut err = io::stderr().lock();
    for line in shortened(problems, listing) {
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

fn shortened(problems: &[Problem], listing: &str) -> Vec<String> {
    let mut lines = sorted(problems);
    let rest = lines.split_off(lines.len().min(SHOWN));
    let worst = rest.iter().map(|(severity, _)| *severity).max();
    let mut shown: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    if let Some(worst) = worst {
        let noun = if worst == Severity::Note { "note" } else { "warning" };
        let (ending, them) = if rest.len() == 1 { ("", "it") } else { ("s", "them") };
        shown.push(format!("and {} more {noun}{ending}: {listing} lists {them}", count(rest.len())));
    }
    shown
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
        assert_eq!(shortened(&problems, "parallax inspect a"), expected);
    }

    #[test]
    fn warnings_beyond_the_first_are_counted() {
        let many = |count: usize| (0..count).map(|i| Problem::warning("a", i.to_string())).collect::<Vec<_>>();
        let last = |count: usize| shortened(&many(count), "parallax inspect a").pop();
        assert_eq!(last(8).as_deref(), Some("warning: a: 7."));
        assert_eq!(last(9).as_deref(), Some("and 1 more warning: parallax inspect a lists it"));
        assert_eq!(last(20).as_deref(), Some("and 12 more warnings: parallax inspect a lists them"));
        assert_eq!(shortened(&[], "parallax inspect a"), [""; 0]);
        let notes: Vec<Problem> =
            many(9).into_iter().map(|problem| Problem { severity: Severity::Note, ..problem }).collect();
        assert_eq!(shortened(&notes, "x").pop().as_deref(), Some("and 1 more note: x lists it"));
    }
}
