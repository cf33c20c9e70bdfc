//! Kill -9 under writers: what was acknowledged is there, and `verify` finds nothing damaged.
//!
//! `REEEDUCTIO_CRASH_ROUNDS` sets the number of rounds; the default keeps a test run short, and
//! `cargo xtask crash --rounds N` runs more.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

mod base;
mod keys;
mod ledger;
mod policy;
mod tree;
mod writers;

use std::path::Path;
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

/// How often the server is killed; `default` if nothing else is asked for.
fn rounds(default: usize) -> usize {
    let asked = std::env::var("REEEDUCTIO_CRASH_ROUNDS").ok();
    asked.map_or(default, |rounds| rounds.parse().unwrap())
}

fn verify(data: &Path) {
    let checked = Command::new(BINARY)
        .arg("verify")
        .arg(data)
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{report}");
}
