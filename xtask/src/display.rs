//! Displays: finds them, and starts a virtual one if there is none.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// Returns `true` if the variable names a display. An empty one counts as unset.
pub(crate) fn names_display(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// A virtual X server that is stopped on drop.
#[derive(Debug)]
pub(crate) struct VirtualDisplay {
    server: Child,
    name: String,
}

impl VirtualDisplay {
    /// Starts a server on a free display number.
    ///
    /// # Errors
    /// Returns a sentence if Xvfb is not installed or does not start.
    pub(crate) fn start() -> Result<Self, String> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                format!("there is no display, and Xvfb cannot be started ({error}): apt-get install xvfb")
            })?;
        let mut number = String::new();
        let read = server.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut number));
        let display = Self { server, name: format!(":{}", number.trim()) };
        match read {
            Some(Ok(1..)) => Ok(display),
            _ => Err("there is no display, and Xvfb does not start".into()),
        }
    }

    /// Returns the value of `DISPLAY` for programs that open a window here.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for VirtualDisplay {
    fn drop(&mut self) {
        // It may have exited already.
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
