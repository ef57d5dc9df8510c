//! Which rows a command takes.

use clap::Args;
use parallax_session::Search;

use super::values::{RowList, rows};

/// What counts as a match.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Search")]
pub(in crate::cli) struct MatchArgs {
    /// The text is a regular expression
    #[arg(long, requires = "search")]
    regex: bool,
    /// Match only whole cells
    #[arg(long, requires = "search")]
    whole: bool,
    /// Case counts
    #[arg(long, requires = "search")]
    case_sensitive: bool,
    /// The column to search [default: the column of labels]
    #[arg(long, value_name = "COLUMN", requires = "search")]
    column: Option<String>,
}

impl MatchArgs {
    /// Returns the search for `text`.
    pub(in crate::cli) fn search(&self, text: String) -> Search {
        let Self { regex, whole, case_sensitive, .. } = *self;
        Search { text, regex, case_sensitive, whole, sum: false, column: self.column.clone() }
    }
}

/// The rows to use.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rows")]
pub(in crate::cli) struct RowsArgs {
    /// The numbers of the rows, from 0, as in 0,7,20-29; each counts once, in
    /// the order of the data [default: all]
    #[arg(long, value_name = "LIST", allow_negative_numbers = true, value_parser = rows, conflicts_with = "search")]
    pub(in crate::cli) rows: Option<RowList>,
    /// The rows that contain this text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(in crate::cli) search: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) matching: MatchArgs,
}

impl RowsArgs {
    /// Returns whether rows were listed more than once or out of order.
    pub(in crate::cli) fn is_reordered(&self) -> bool {
        self.rows.as_ref().is_some_and(|list| list.is_reordered)
    }
}
