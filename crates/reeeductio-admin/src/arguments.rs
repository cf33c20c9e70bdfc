//! The commands and the options that all of them take.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::task::Task;

/// Administers spaces and servers.
#[derive(Debug, Parser)]
#[command(
    name = "reeeductio-admin",
    bin_name = "reeeductio-admin",
    version,
    after_help = "Keys come from the credentials file, the environment or a prompt. On the command line they work, \
                  but other users of the machine can see them there.\n\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// Options that all commands take, before and after their names.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The server; default: from the credentials file, otherwise `http://localhost:8000`
    /// (or the variable `REEEDUCTIO_BASE_URL`)
    #[arg(short = 'u', long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// File with the keys and ids, as `space generate -o` writes it; default: `space_creds.json`, if that file
    /// exists and no key is given (or the variable `REEEDUCTIO_CREDENTIALS_FILE`)
    #[arg(short = 'f', long, global = true, value_name = "FILE")]
    pub(crate) credentials_file: Option<PathBuf>,
    /// Form of results and errors (or the variable `REEEDUCTIO_OUTPUT`)
    #[arg(
        long,
        visible_alias = "output-format",
        global = true,
        value_enum,
        value_name = "FORMAT"
    )]
    output: Option<Format>,
    /// The same as --output, before the command's name: after it, -o names a file
    #[arg(short = 'o', value_enum, value_name = "FORMAT")]
    output_first: Option<Format>,
    /// Say what is done and where keys come from, on standard error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Remove things without asking
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
}

/// The form of results and errors.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// JSON, for programs
    Json,
    /// Text, for people
    #[default]
    Text,
}

impl Options {
    /// The form that the command line asks for, else the environment.
    pub(crate) fn format(&self, environment: &Environment) -> Result<Format, Failure> {
        if let Some(format) = self.output.or(self.output_first) {
            return Ok(format);
        }
        let Some(text) = &environment.output else {
            return Ok(Format::default());
        };
        Format::from_str(text, true).map_err(|_| {
            Failure::usage(
                environment::OUTPUT,
                format!("is {text:?}"),
                "set it to text or json, or unset it",
            )
        })
    }
}
