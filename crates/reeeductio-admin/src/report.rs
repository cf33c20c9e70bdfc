//! Output on standard output and standard error.

use std::io::{IsTerminal as _, Write};

use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Format;
use crate::environment::no_color;
use crate::failure::Failure;

const RED: &str = "1;31";
const YELLOW: &str = "1;33";

/// Writes results to standard output and everything else to standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) format: Format,
    pub(crate) verbose: bool,
}

impl Report {
    /// The result.
    pub(crate) fn answer(self, answer: &Answer) {
        let text = match self.format {
            Format::Json => &answer.json,
            Format::Text => &answer.text,
        };
        line(&mut std::io::stdout(), text);
    }

    /// Why there is no result.
    pub(crate) fn failure(self, failure: &Failure) {
        let mut to = std::io::stderr();
        if self.format == Format::Json {
            let object = json!({
                "error": failure.to_string(),
                "code": failure.code(),
                "fix": failure.fix(),
            });
            return line(&mut to, &object.to_string());
        }
        let heading = paint(failure.heading(), RED);
        line(
            &mut to,
            &format!("{heading}: {failure} ({})", failure.code()),
        );
        line(&mut to, &format!("  fix: {}", failure.fix()));
    }

    /// How far long work is, for somebody who watches. The next such line takes its place.
    pub(crate) fn progress(self, text: &str) {
        let mut to = std::io::stderr();
        if self.format == Format::Text && to.is_terminal() {
            let _closed = write!(to, "\r{text}\x1b[K\r");
            let _closed = to.flush();
        }
    }

    /// Prints a detail, with `-v` only.
    pub(crate) fn detail(self, text: &str) {
        if self.verbose {
            line(&mut std::io::stderr(), text);
        }
    }
}

/// Warns of something that does not stop the command.
pub(crate) fn warning(text: &str) {
    let heading = paint("warning", YELLOW);
    line(&mut std::io::stderr(), &format!("{heading}: {text}"));
}

/// A secret is where others see it.
pub(crate) fn warn_of_secret(option: &str, instead: &str) {
    warning(&format!(
        "{option} on the command line is seen by other users of this machine and kept by the shell; \
         use {instead}"
    ));
}

fn paint(text: &str, colour: &str) -> String {
    if std::io::stderr().is_terminal() && !no_color() {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// A closed output is the reader's wish, not a failure.
fn line(to: &mut impl Write, text: &str) {
    let _closed = writeln!(to, "{text}");
    let _closed = to.flush();
}
