//! Which rows a command takes.

use clap::Args;
use parallax_embedding::RowSet;
use parallax_session::Search;

use super::values::rows;

/// What counts as a match.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
pub(in crate::cli) struct MatchArgs {
    /// Takes the text for a regular expression
    #[arg(long, requires = "search")]
    regex: bool,
    /// Matches whole cells alone
    #[arg(long, requires = "search")]
    whole: bool,
    /// Tells upper from lower case
    #[arg(long, requires = "search")]
    case_sensitive: bool,
    /// The column that is searched [default: the one that names the rows]
    #[arg(long, value_name = "COLUMN", requires = "search")]
    column: Option<String>,
}

impl MatchArgs {
    /// The search for `text`.
    pub(in crate::cli) fn search(&self, text: String) -> Search {
        let Self { regex, whole, case_sensitive, .. } = *self;
        Search { text, regex, case_sensitive, whole, column: self.column.clone() }
    }
}

/// Which rows are meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(in crate::cli) struct RowsArgs {
    /// The rows, counted from 0, as in 0,7,20-29 [default: all]
    #[arg(long, value_name = "LIST", value_parser = rows, conflicts_with = "search")]
    pub(in crate::cli) rows: Option<RowSet>,
    /// The rows that hold this text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(in crate::cli) search: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) matching: MatchArgs,
}
