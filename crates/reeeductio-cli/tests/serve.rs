//! The messages of `serve` when it starts, and when it cannot.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

fn serve(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio"));
    command.args(["serve", "--data"]).arg(data).args(words);
    command
        .env("SERVER__HOST", "127.0.0.1")
        .env("SERVER__PORT", "0");
    command
}

/// Starts a server, waits until it listens, and gives its log and the line with its address.
fn started(mut command: Command) -> (String, String) {
    let mut server = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let mut log = String::new();
    let mut written = server.stderr.take().unwrap();
    written.read_to_string(&mut log).unwrap();
    (log, line)
}

#[test]
fn a_server_on_which_no_space_can_exist_says_so_when_it_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = started(serve(folder.path(), &[]));
    let warning = log.lines().find(|line| line.contains("WARN"));
    let warning = warning.unwrap_or_else(|| panic!("no warning: {log}"));
    for key in ["admin.space_id", "admin.auto_create_spaces"] {
        assert!(warning.contains(key), "{key}: {warning}");
    }
    let admin = (
        "ADMIN__SPACE_ID",
        "SIqI4910CfGV_VLbLTy6XXLKZwm_HZQSG_N0iAG0D29c",
    );
    for (name, value) in [admin, ("ADMIN__AUTO_CREATE_SPACES", "true")] {
        let mut command = serve(folder.path(), &[]);
        command.env(name, value);
        let (log, _) = started(command);
        assert!(!log.contains("WARN"), "{name}: {log}");
    }
}

#[test]
fn the_port_of_the_command_line_wins_over_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = serve(folder.path(), &["--dev", "--port", "0"]);
    command.env("SERVER__PORT", &port);
    let (log, line) = started(command);
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{log}");
}

#[test]
fn a_port_that_is_taken_is_reported_once_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = serve(folder.path(), &["--dev", "--port", &port])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    let cause = "Address already in use";
    assert_eq!(errors.matches(cause).count(), 1, "{errors}");
    for part in [&*port, "stop", "server.port", "--port"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
}

#[test]
fn the_help_says_that_dev_limits_no_rates() {
    let output = Command::new(env!("CARGO_BIN_EXE_reeeductio"))
        .args(["serve", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = help.split_whitespace().collect();
    assert!(words.join(" ").contains("no rate limits"), "{help}");
}
