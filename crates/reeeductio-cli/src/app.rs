//! `reeeductio app`: an app, as its owner sees it.

mod create;
mod file;
mod manage;

use clap::{Args, Subcommand};

pub(crate) use file::{AppFile, AppFileArgument};

#[derive(Args, Debug)]
pub(crate) struct AppCommand {
    #[command(subcommand)]
    task: AppTask,
}

#[derive(Debug, Subcommand)]
enum AppTask {
    /// Make an app, and a file with the keys of its owner; run it again if it was cut short
    Create(create::Create),
    /// Keys by which clients that nobody is signed in to read the directory and register users
    Keys(manage::Keys),
    /// Users of the app
    Users(manage::Users),
    /// List the channels that everybody may list
    Channels(manage::Channels),
}

impl AppCommand {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        match &self.task {
            AppTask::Create(create) => create.run().await,
            AppTask::Keys(keys) => keys.run().await,
            AppTask::Users(users) => users.run().await,
            AppTask::Channels(channels) => channels.run().await,
        }
    }
}
