//! `reeeductio keeper`: lets newcomers into the channels of an app.

mod file;
mod init;
mod metrics;
mod run;
mod status;
mod stop;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Args, Debug)]
pub(crate) struct KeeperCommand {
    #[command(subcommand)]
    task: KeeperTask,
}

#[derive(Debug, Subcommand)]
enum KeeperTask {
    /// Make a keeper of an app, and a file with its keys; run it again if it was cut short
    Init(init::Init),
    /// Let newcomers in, until SIGTERM or Ctrl-C
    Run(run::Run),
    /// Say whether the keeper works; exits with 3 if it is not the app's, or if requests wait for more than a minute
    Status(status::Status),
}

impl KeeperCommand {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.task {
            KeeperTask::Init(init) => init.run().await,
            KeeperTask::Run(run) => run.run().await,
            KeeperTask::Status(status) => status.run().await,
        }
    }
}
