//! `serve --check`: whether the server would start, as an operator or a deployment script asks.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the check on a data directory, with variables in the environment.
fn check(data: &Path, variables: &[(&str, &str)], json: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio"));
    command.args(["serve", "--check", "--data"]).arg(data);
    if json {
        command.arg("--json");
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_server_that_can_start_passes_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let variables = [("SERVER__PORT", "0")];
    let output = check(&data, &variables, false);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{report}");
    for line in [
        "ok: configuration: ",
        "ok: data directory: ",
        "ok: permissions: ",
        "ok: free space for data: ",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }
    assert!(!report.contains("FAILED"), "{report}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_value_that_cannot_be_right_fails_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, key) in [
        ("LIMITS__MAX_CONNECTIONS", "0", "limits.max_connections"),
        ("LOGGING__LEVEL", "loud", "logging.level"),
        (
            "LIMITS__REQUESTS_PER_SECOND_PER_MEMBER",
            "-1",
            "limits.requests_per_second_per_member",
        ),
    ] {
        let output = check(folder.path(), &[(name, value)], false);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let report = text(&output.stdout);
        assert!(report.contains("FAILED: configuration: "), "{report}");
        assert!(report.contains(key), "{report}");
    }
}

#[test]
fn the_report_as_json_names_each_check() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("token.secret");
    std::fs::write(&secret, [7; 32]).unwrap();
    readable_by_all(&secret);
    let full = ("LIMITS__MIN_FREE_BYTES", "1000000000000000000");
    let output = check(folder.path(), &[full], true);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], false);
    let failed: Vec<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    let expected = ["permissions", "free space for data", "free space for blobs"];
    assert_eq!(failed, expected, "{report}");
    let advice = report["checks"][3]["message"].as_str().unwrap();
    assert!(advice.contains("chmod 600"), "{advice}");
}

#[cfg(unix)]
fn readable_by_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(path, open).unwrap();
}

#[test]
fn a_data_directory_that_is_a_file_fails() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = check(file.path(), &[], false);
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stdout);
    assert!(report.contains("FAILED: data directory"), "{report}");
}
