//! Progress on standard error: a bar on a terminal, a line for each step elsewhere.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use parallax_embedding::Progress;

/// How often progress is shown. Work that takes less shows nothing.
const PERIOD: Duration = Duration::from_millis(150);

/// The length of the bar in characters.
const WIDTH: usize = 24;

/// Does `work` and shows its progress.
pub(super) fn watched<T>(progress: &Progress, work: impl FnOnce(&Progress) -> T) -> T {
    thread::scope(|scope| {
        let (working, done) = channel();
        scope.spawn(move || watch(progress, &done));
        let result = work(progress);
        drop(working);
        result
    })
}

/// Shows progress until the sender of `done` is dropped. Errors of standard error are ignored.
fn watch(progress: &Progress, done: &Receiver<()>) {
    let mut err = io::stderr();
    let is_terminal = err.is_terminal();
    let mut shown = String::new();
    while done.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        let line = line(&progress.message(), progress.fraction());
        if line != shown {
            if is_terminal { write!(err, "\r\x1b[K{line}") } else { writeln!(err, "{line}") }.ok();
            shown = line;
        }
    }
    if is_terminal && !shown.is_empty() {
        write!(err, "\r\x1b[K").ok();
    }
}

fn line(stage: &str, fraction: f32) -> String {
    let full = (fraction * WIDTH as f32) as usize;
    format!("{stage} [{}{}] {:3.0}%", "#".repeat(full), " ".repeat(WIDTH - full), (fraction * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_bars_fill() {
        assert_eq!(line("PCA", 0.0), "PCA [                        ]   0%");
        assert_eq!(line("PCA", 0.5), "PCA [############            ]  50%");
        assert_eq!(line("PCA", 1.0), "PCA [########################] 100%");
    }
}
