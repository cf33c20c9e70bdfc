//! Stopping a server that has only just started.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::allow_attributes)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// Starts the command, tells it to stop as soon as it says `ready`, and expects it to stop in order.
fn stop_at_once(arguments: &[&str], ready: &str, signal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_reeeductio"))
        .args(arguments)
        .arg("--data")
        .arg(folder.path())
        .env("SERVER__PORT", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().trim().starts_with(ready)));
    let told = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    let status = child.wait().unwrap();
    assert!(status.success(), "{signal}: {status}");
}

#[test]
fn a_server_that_is_told_to_stop_as_soon_as_it_listens_stops_in_order() {
    for signal in ["-INT", "-TERM"].repeat(10) {
        stop_at_once(&["serve", "--dev"], "listening on", signal);
    }
}

#[test]
fn the_quickstart_may_be_stopped_as_soon_as_it_says_so() {
    for _ in 0..3 {
        stop_at_once(&["quickstart"], "Stop it with Ctrl-C", "-INT");
    }
}
