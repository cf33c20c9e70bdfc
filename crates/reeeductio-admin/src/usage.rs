//! Arguments that cannot be understood, told as every other failure is.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory as _, Error, FromArgMatches as _, ValueEnum as _};

use crate::arguments::{Arguments, Format, Options};
use crate::environment::Environment;
use crate::failure::Failure;

/// The arguments that can be understood, although some cannot.
pub(crate) struct Understood {
    matches: Option<ArgMatches>,
    /// Value of `--output`, which may come after an argument that cannot be understood.
    output: Option<Format>,
}

impl Understood {
    /// Reads what can be read.
    pub(crate) fn read(arguments: &[OsString]) -> Self {
        let command = Arguments::command().ignore_errors(true);
        Self {
            matches: command.try_get_matches_from(arguments).ok(),
            output: output(arguments),
        }
    }

    /// The form that errors are wanted in, as far as that is said.
    pub(crate) fn format(&self) -> Format {
        if let Some(format) = self.output {
            return format;
        }
        let options = self
            .matches
            .as_ref()
            .and_then(|matches| Options::from_arg_matches(matches).ok());
        let environment = Environment::read().ok();
        options
            .zip(environment)
            .and_then(|(options, environment)| options.format(&environment).ok())
            .unwrap_or_default()
    }

    /// The command that was named, with those above it.
    fn command(&self) -> String {
        let mut words = vec!["reeeductio-admin"];
        let mut at = self.matches.as_ref();
        while let Some((name, below)) = at.and_then(ArgMatches::subcommand) {
            words.push(name);
            at = Some(below);
        }
        words.join(" ")
    }

    /// The failure to tell.
    pub(crate) fn failure(&self, error: &Error) -> Failure {
        let help = format!("{} --help", self.command());
        if matches!(
            error.kind(),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
        ) {
            return Failure::Arguments {
                problem: "no command is named".to_owned(),
                fix: format!("`{help}` lists the commands"),
            };
        }
        let rendered = error.render().to_string();
        // The paragraphs are the problem, possible help, and where to look for more.
        let mut paragraphs = rendered.split("\n\n").map(one_line);
        let problem = paragraphs.next().unwrap_or_default();
        let mut fix: Vec<String> = paragraphs
            .filter(|text| !text.is_empty() && !text.starts_with("For more information"))
            .collect();
        fix.push(format!("see `{help}`"));
        Failure::Arguments {
            problem: problem.trim_start_matches("error: ").to_owned(),
            fix: fix.join("; "),
        }
    }
}

fn output(arguments: &[OsString]) -> Option<Format> {
    let mut words = arguments
        .iter()
        .take_while(|word| *word != "--")
        .map(|word| word.to_str().unwrap_or_default());
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        if matches!(name, "--output" | "--output-format") {
            return Format::from_str(value.or_else(|| words.next())?, false).ok();
        }
    }
    None
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
