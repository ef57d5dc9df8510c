//! The displays that the environment names, and whether they answer.

use std::{
    env, io,
    path::{Path, PathBuf},
};

use crate::Use;

/// A display that a variable of the environment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// The variable.
    pub variable: &'static str,
    /// Its value.
    pub value: String,
    /// [`Use::X11`] or [`Use::Wayland`].
    pub windows: Use,
    /// Whether somebody listens there.
    pub answer: Answer,
}

/// Whether a display answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A server accepts connections.
    Yes,
    /// It does not, for this reason.
    No(String),
    /// It is on another machine, which was not asked.
    Elsewhere,
}

/// Returns the displays that the environment names, those of Wayland first, as windows prefer them.
#[must_use]
pub fn displays() -> Vec<Display> {
    named(|name| env::var(name).ok())
        .into_iter()
        .map(|(variable, value, windows)| {
            let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
            let answer = match socket(&value, windows, runtime.as_deref()) {
                Err(why) => Answer::No(why.to_owned()),
                Ok(None) => Answer::Elsewhere,
                Ok(Some(path)) => match connect(&path) {
                    Ok(()) => Answer::Yes,
                    Err(error) => Answer::No(format!("{}: {error}", path.display())),
                },
            };
            Display { variable, value, windows, answer }
        })
        .collect()
}

/// Returns the variables that name a display. An empty one counts as unset.
fn named(variable: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String, Use)> {
    let variables = [("WAYLAND_DISPLAY", Use::Wayland), ("DISPLAY", Use::X11)];
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    variables.into_iter().filter_map(|(name, windows)| Some((name, value(name)?, windows))).collect()
}

/// Why a text names no display of X11.
const FORM: &str = "it is not the name of a display, such as :0";

/// Returns the socket of a display, or `None` if it is on another machine, or why none has this name.
///
/// For X11, `:1.0` is screen 0 of display 1 on this machine, and `host:1` is on another; a path, as
/// macOS has it, is a socket by itself. For Wayland, the name is relative to `runtime`.
fn socket(value: &str, windows: Use, runtime: Option<&Path>) -> Result<Option<PathBuf>, &'static str> {
    if value.starts_with('/') {
        return Ok(Some(value.into()));
    }
    if windows == Use::Wayland {
        let runtime = runtime.ok_or("its socket would be in XDG_RUNTIME_DIR, which is not set")?;
        return Ok(Some(runtime.join(value)));
    }
    let (host, display) = value.rsplit_once(':').ok_or(FORM)?;
    let number = display.split('.').next().unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FORM);
    }
    Ok(["", "unix"].contains(&host).then(|| Path::new("/tmp/.X11-unix").join(format!("X{number}"))))
}

#[cfg(unix)]
fn connect(socket: &Path) -> io::Result<()> {
    std::os::unix::net::UnixStream::connect(socket).map(drop)
}

#[cfg(not(unix))]
fn connect(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_are_sockets_or_elsewhere() {
        let check = |value, windows, expected: Option<&str>| {
            let found = socket(value, windows, Some(Path::new("/run/user/7")));
            assert_eq!(found, Ok(expected.map(PathBuf::from)), "{value}");
        };
        check(":99", Use::X11, Some("/tmp/.X11-unix/X99"));
        check(":1.0", Use::X11, Some("/tmp/.X11-unix/X1"));
        check("unix:2", Use::X11, Some("/tmp/.X11-unix/X2"));
        check("desk.example:10.0", Use::X11, None);
        check("/private/tmp/x/org.xquartz:0", Use::X11, Some("/private/tmp/x/org.xquartz:0"));
        check("wayland-0", Use::Wayland, Some("/run/user/7/wayland-0"));
        check("/tmp/way", Use::Wayland, Some("/tmp/way"));
        assert_eq!(socket("/tmp/way", Use::Wayland, None), Ok(Some("/tmp/way".into())));
        assert!(socket("wayland-0", Use::Wayland, None).unwrap_err().contains("XDG_RUNTIME_DIR"));
        for value in ["nonsense", ":", ":x", "host:"] {
            assert!(socket(value, Use::X11, None).unwrap_err().contains("such as :0"), "{value}");
        }
    }

    #[test]
    fn empty_variables_name_no_display() {
        let set = |name: &str| Some(if name == "DISPLAY" { ":0".to_owned() } else { String::new() });
        assert_eq!(named(set), [("DISPLAY", ":0".to_owned(), Use::X11)]);
        assert_eq!(named(|_| None), []);
    }

    #[cfg(unix)]
    #[test]
    fn sockets_answer_while_somebody_listens() {
        let path = env::temp_dir().join(format!("parallax-display-{}", std::process::id()));
        assert!(connect(&path).is_err());
        let server = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(connect(&path).is_ok());
        drop(server);
        assert!(connect(&path).is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
