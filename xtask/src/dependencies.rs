//! What CI checks of dependencies: their licenses, where they come from, and which crates may be
//! there, by cargo-deny and `deny.toml`.
//!
//! Known vulnerabilities are looked up in a database on the network, so `cargo deny check` by
//! itself does that, and not CI.

use parallax_machine::System;

use crate::{
    Failure,
    workspace::{Workspace, succeed},
};

/// What needs no network.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

/// Checks the dependencies. Returns what was not done, and why, if cargo-deny is not installed.
///
/// # Errors
/// Returns an error if a dependency is refused.
pub(crate) fn check(workspace: &Workspace) -> Result<Option<String>, Failure> {
    if !System::inspect().has_program("cargo-deny") {
        let what = CHECKS.join(", ");
        return Ok(Some(format!("{what} of dependencies, since cargo-deny is missing: cargo install cargo-deny")));
    }
    succeed(&mut workspace.cargo(&[&["deny", "check"], &CHECKS[..]].concat()))?;
    Ok(None)
}
