//! `reeeductio restore`: the operator says that a server's histories were restored (`docs/restore.md`).

mod begin;
mod finish;
mod key;
mod statements;

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Args, Debug)]
pub(crate) struct Restore {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Make the operator's key, and print its public half for the settings of spaces
    Key {
        /// The file to make; nobody else can read it. Keep it off the server
        file: PathBuf,
    },
    /// Begin a new history for every space with a policy, in a data directory that a backup was put into
    ///
    /// Writes what the operator is to sign. Run it before the server is started.
    Begin(begin::Begin),
    /// Sign the statements with the operator's key, on the machine that has it
    Sign {
        /// The statements that `begin` wrote; they are signed in place
        statements: PathBuf,
        /// The operator's key
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Put the signed statements into the data directory, for members to read
    Finish(finish::Finish),
}

impl Restore {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        match &self.step {
            Step::Key { file } => key::make(file),
            Step::Begin(begin) => begin.run().await,
            Step::Sign { statements, key } => statements::sign(statements, key),
            Step::Finish(finish) => finish.run().await,
        }
    }
}
