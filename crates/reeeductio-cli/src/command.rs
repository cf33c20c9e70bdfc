//! The commands and their arguments.

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use reeeductio_server::ServeArgs;

use crate::app::AppCommand;
use crate::backup::Backup;
use crate::channel::ChannelCommand;
use crate::evidence::VerifyEvidence;
use crate::import::Import;
use crate::keeper::KeeperCommand;
use crate::quickstart::Quickstart;
use crate::repair::Repair;
use crate::restore::Restore;
use crate::verify::Verify;

/// Encrypted spaces: messages, state, files and data that the server cannot read.
#[derive(Debug, Parser)]
#[command(name = "reeeductio", version)]
pub(crate) struct Command {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Run the server
    Serve(ServeArgs),
    /// See it work: a server, a space, a text file in it, two members
    Quickstart(Quickstart),
    /// Check everything in a data directory; exits with 3 if something is damaged
    Verify(Verify),
    /// Verify a file that says that a server signed two histories of a space
    VerifyEvidence(VerifyEvidence),
    /// Copy a data directory, also while a server is using it, and check the copy
    Backup(Backup),
    /// Put back from a backup what is damaged; exits with 3 if something is lost
    Repair(Repair),
    /// Tell members that a backup was put in place, by a statement that the operator signs
    Restore(Restore),
    /// Take over the data of the published server; exits with 3 if something was left out
    Import(Import),
    /// Make and manage an app: users who sign up, and channels that they make and join
    App(AppCommand),
    /// Let newcomers into the channels of an app
    Keeper(KeeperCommand),
    /// Look into a channel of an app
    Channel(ChannelCommand),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the reference page of this command
    #[command(hide = true)]
    PrintReference,
}
