//! How far something is, on one line of a terminal.

use std::io::{IsTerminal as _, Write as _};

/// A line that shows how far something is. Where progress does not go to a terminal it shows nothing.
pub(crate) struct Meter {
    shown: Option<String>,
    terminal: bool,
}

impl Meter {
    /// Shows nothing at all unless `wanted`.
    pub(crate) fn new(wanted: bool) -> Self {
        Self {
            shown: None,
            terminal: wanted && std::io::stderr().is_terminal(),
        }
    }

    /// Shows that so many bytes of `what` are done.
    pub(crate) fn show(&mut self, what: &str, done: u64, total: u64) {
        if !self.terminal {
            return;
        }
        let line = format!("{what}: {} of {} MiB", done >> 20, total >> 20);
        if self.shown.as_ref() != Some(&line) {
            // A closed output is the reader's wish, not a failure.
            let _closed = write!(std::io::stderr(), "\r\x1b[K{line}");
            self.shown = Some(line);
        }
    }

    /// Takes the line away.
    pub(crate) fn end(&mut self) {
        if self.shown.take().is_some() {
            let _closed = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
