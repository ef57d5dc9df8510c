//! Displays: which there are, and a virtual one for programs that open a window where there is none.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// Whether a variable that names a display is set; an empty one counts as unset, as it does for windows.
pub(crate) fn names_display(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// A virtual X server that lives as long as this value.
#[derive(Debug)]
pub(crate) struct VirtualDisplay {
    server: Child,
    name: String,
}

impl VirtualDisplay {
    /// Starts one on a free display number.
    ///
    /// # Errors
    /// A sentence, if Xvfb is not installed or does not start.
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

    /// What the variable `DISPLAY` must be for a program to open its window here.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for VirtualDisplay {
    fn drop(&mut self) {
        // It may have ended by itself; either way there is nothing left to do.
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
