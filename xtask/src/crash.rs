//! `cargo xtask crash`: the crash test for as many rounds as wanted.

use anyhow::Result;

use crate::run::{self, cargo};

/// Rounds without `--rounds`.
pub(crate) const ROUNDS: u32 = 100;

/// Kills a server under writers `rounds` times and checks each time what it kept.
pub(crate) fn run(rounds: u32) -> Result<()> {
    run::run(
        cargo()
            .args(["test", "--package", "reeeductio-cli", "--test", "crash"])
            .env("REEEDUCTIO_CRASH_ROUNDS", rounds.to_string()),
    )
}
