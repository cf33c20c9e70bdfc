//! The commands.

mod auth;
mod blob;
mod id;
mod key;
mod opaque;
mod present;
mod right;
mod role;
mod space;
mod tool;
mod user;

use clap::{CommandFactory as _, Subcommand};
use clap_complete::Shell;

use crate::answer::Answer;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::reference;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Sign in as who operates the server
    #[command(subcommand)]
    Auth(auth::AuthTask),
    /// Delete blobs, as who operates the server
    #[command(subcommand)]
    Blob(blob::BlobTask),
    /// Make keys and look at ids
    #[command(subcommand)]
    Key(key::KeyTask),
    /// Let people log in with passwords that the server never sees
    #[command(subcommand)]
    Opaque(opaque::OpaqueTask),
    /// Define roles and give them rights
    #[command(subcommand)]
    Role(role::RoleTask),
    /// Make spaces and register them
    #[command(subcommand)]
    Space(space::SpaceTask),
    /// Add tools, which are accounts for programs, and give them rights
    #[command(subcommand)]
    Tool(tool::ToolTask),
    /// Add users, and give them rights and roles
    #[command(subcommand)]
    User(user::UserTask),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the reference page of this command
    #[command(hide = true)]
    PrintReference,
}

impl Task {
    /// Does it.
    pub(crate) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Auth(task) => task.run(session).await,
            Self::Blob(task) => task.run(session).await,
            Self::Key(task) => task.run(),
            Self::Opaque(task) => task.run(session).await,
            Self::Role(task) => task.run(session).await,
            Self::Space(task) => task.run(session).await,
            Self::Tool(task) => task.run(session).await,
            Self::User(task) => task.run(session).await,
            Self::Completions { shell } => Ok(completions(*shell)),
            Self::PrintReference => Ok(Answer::script(&reference::page())),
        }
    }
}

fn completions(shell: Shell) -> Answer {
    let mut bytes = Vec::new();
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        "reeeductio-admin",
        &mut bytes,
    );
    Answer::script(String::from_utf8_lossy(&bytes).trim_end())
}
