//! The log of what a person did: JSON lines, each with the seconds since the start.
//!
//! ```json
//! {"seconds":1.25,"action":{"edit":{"select":[17]}}}
//! ```

use serde::{Deserialize, Serialize};

use crate::Action;

/// An action and its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedAction {
    /// Seconds since the start.
    pub seconds: f64,
    /// The action.
    pub action: Action,
}

/// A line that is not a logged action.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct LogError {
    line: usize,
    column: usize,
    message: String,
}

impl LoggedAction {
    /// Returns the line of the log with its line break.
    ///
    /// # Errors
    /// Returns an error if a number in the action is NaN. No action of the user has one.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|line| line + "\n")
    }
}

/// Parses a log. Blank lines are skipped.
///
/// # Errors
/// Returns an error at the first line that is not a logged action.
pub fn parse(text: &str) -> Result<Vec<LoggedAction>, LogError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| LogError {
                line: index + 1,
                column: error.column(),
                message: error.to_string(),
            })
        })
        .collect()
}

/// Returns the lines of a log that are whole, and whether its last one is not: that of a program that
/// was killed while it wrote it.
#[must_use]
pub fn whole_lines(text: &str) -> (&str, bool) {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let last = &text[start..];
    // Half a number is a fault at the end.
    let at_end = |error: serde_json::Error| error.is_eof() || error.column() >= last.len();
    let is_cut = !last.trim().is_empty() && serde_json::from_str::<serde::de::IgnoredAny>(last).is_err_and(at_end);
    if is_cut { (&text[..start], true) } else { (text, false) }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::RowSet;
    use proptest::prelude::*;

    use super::*;
    use crate::Edit;

    #[test]
    fn log_lines_have_action_and_time() {
        let logged = LoggedAction { seconds: 1.25, action: Edit::Select(RowSet::from(vec![17])).into() };
        assert_eq!(logged.to_line().unwrap(), "{\"seconds\":1.25,\"action\":{\"edit\":{\"select\":[17]}}}\n");
        assert_eq!(parse(&(logged.to_line().unwrap() + "\n")).unwrap(), [logged]);
    }

    #[test]
    fn log_of_a_killed_program_lacks_at_most_its_last_action() {
        let line =
            |row: u32| LoggedAction { seconds: 1.0, action: Edit::Select(vec![row].into()).into() }.to_line().unwrap();
        let (first, log) = (line(1), [line(1), line(2)].concat());
        for length in first.len() + 1..log.len() - 1 {
            assert_eq!(whole_lines(&log[..length]), (&*first, true), "{length} bytes");
        }
        assert_eq!(
            whole_lines(&log[..log.len() - 1]),
            (&log[..log.len() - 1], false),
            "only its line break is missing"
        );
        for whole in [&*log, &first, "", "\n"] {
            assert_eq!(whole_lines(whole), (whole, false));
        }
        assert!(!whole_lines("{\"seconds\": fly").1, "it is wrong, and not cut");
    }

    #[test]
    fn log_errors_name_the_line() {
        let error = parse(
            "\n{\"seconds\":0,\"action\":{\"edit\":\"fit_view\"}}\n{\"seconds\":0,\"action\":{\"edit\":\"fly\"}}\n",
        )
        .unwrap_err();
        assert!(error.to_string().starts_with("line 3, column"), "{error}");
    }

    proptest! {
        #[test]
        fn log_parser_accepts_or_refuses_any_text(text in ".{0,200}") {
            parse(&text).ok();
        }
    }
}
