//! The command `reeeductio-bench`: the base protocol, measured against any server, beside this machine's limits.
//!
//! The client shares the machine with the server, so it is lean: one thread, plain HTTP/1.1 on kept
//! connections, and messages that are signed before the clock starts wherever their chain allows it.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage.
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

mod append;
mod blobs;
mod callback;
mod chain;
mod command;
mod connection;
mod contended;
mod data;
mod descriptors;
mod fanout;
mod figure;
mod growth;
mod history;
mod idle;
mod lane;
mod lanes;
mod latest;
mod limits;
mod logins;
mod machine;
mod measure;
mod member;
mod outcome;
mod process;
mod proofs;
mod report;
mod rig;
mod role;
mod sealed_space;
mod socket;
mod state;
mod table;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;

use command::Bench;

fn main() -> ExitCode {
    match run(&Bench::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(bench: &Bench) -> anyhow::Result<()> {
    // One thread: the server that is measured needs the other cores.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(bench.run())
}
