//! The `reeeductio` command.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 `verify`, `backup` or `repair`
//! found damage, `import` left something out, `keeper status` found that the
//! keeper does not work, or `channel audit` an admission that was not the keeper's.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::allow_attributes
    )
)]

mod app;
mod backup;
mod channel;
mod command;
mod directory;
mod evidence;
mod import;
mod keeper;
mod password;
mod private_file;
mod quickstart;
mod reference;
mod repair;
mod report;
mod restore;
mod server_url;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use tokio::runtime::Builder;

use command::{Command, Task};

/// A server's memory has peaks. This allocator gives it back to the system afterwards.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    match command.task {
        Task::Serve(serve) => runtime.block_on(serve.run())?,
        Task::Quickstart(quickstart) => runtime.block_on(quickstart.run())?,
        Task::Verify(verify) => return runtime.block_on(verify.run()),
        Task::VerifyEvidence(verify) => return verify.run(),
        Task::Backup(backup) => return runtime.block_on(backup.run()),
        Task::Repair(repair) => return runtime.block_on(repair.run()),
        Task::Restore(restore) => runtime.block_on(restore.run())?,
        Task::Import(import) => return runtime.block_on(import.run()),
        Task::App(app) => runtime.block_on(app.run())?,
        Task::Keeper(keeper) => return runtime.block_on(keeper.run()),
        Task::Channel(channel) => return runtime.block_on(channel.run()),
        Task::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Command::command(),
                "reeeductio",
                &mut std::io::stdout(),
            );
        }
        Task::PrintReference => reference::print(),
    }
    Ok(ExitCode::SUCCESS)
}
