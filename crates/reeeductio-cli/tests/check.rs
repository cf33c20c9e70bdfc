//! `serve --check`: whether the server would start, as an operator or a deployment script asks.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reeeductio_testkit::{Member, ServerProcess, TestServer};
use serde_json::Value;
use tempfile::TempDir;

/// Runs the check on a data directory, with variables in the environment.
fn check(data: &Path, variables: &[(&str, &str)], json: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio"));
    command.args(["serve", "--check", "--data"]).arg(data);
    if json {
        command.arg("--json");
    }
    // Any port that is free.
    command.env("SERVER__PORT", "0");
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn text_of(output: &Output) -> String {
    text(&output.stdout)
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
        "ok: database: there is none yet",
        "ok: free space for data: ",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }
    assert!(!report.contains("FAILED"), "{report}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
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
    fs::write(&secret, [7; 32]).unwrap();
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
    let expected = ["database", "free space for data", "free space for blobs"];
    assert_eq!(failed, expected, "{report}");
    let permissions = &report["checks"][4];
    let advice = permissions["message"].as_str().unwrap();
    assert!(advice.contains("chmod 600"), "{advice}");
    assert_eq!(
        (&permissions["ok"], &permissions["warning"]),
        (&true.into(), &true.into())
    );
}

#[test]
fn a_server_on_which_no_space_can_exist_passes_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), &[], false);
    let report = text_of(&output);
    assert_eq!(output.status.code(), Some(0), "{report}");
    let warning = report
        .lines()
        .find(|line| line.starts_with("warning: spaces: "));
    let warning = warning.unwrap_or_else(|| panic!("no warning: {report}"));
    for key in ["admin.space_id", "admin.auto_create_spaces"] {
        assert!(warning.contains(key), "{key}: {warning}");
    }
    let admin = "SIqI4910CfGV_VLbLTy6XXLKZwm_HZQSG_N0iAG0D29c";
    for variable in [
        ("ADMIN__SPACE_ID", admin),
        ("ADMIN__AUTO_CREATE_SPACES", "true"),
    ] {
        let report = text_of(&check(folder.path(), &[variable], false));
        assert!(report.contains("ok: spaces: "), "{report}");
        assert!(!report.contains("warning: spaces"), "{report}");
    }
    let json: Value = serde_json::from_slice(&check(folder.path(), &[], true).stdout).unwrap();
    assert_eq!(json["ok"], true);
    let warned = |check: &&Value| check["warning"] == true;
    let checks = json["checks"].as_array().unwrap();
    let warned: Vec<&Value> = checks.iter().filter(warned).collect();
    assert_eq!(warned[0]["name"], "spaces", "{json}");
}

#[test]
fn the_report_says_who_registers_spaces_or_what_contradicts_itself() {
    let folder = tempfile::tempdir().unwrap();
    let app = "SIqI4910CfGV_VLbLTy6XXLKZwm_HZQSG_N0iAG0D29c";
    let apps = format!("[\"{app}\"]");
    let by_app = [("SPACES__CREATION", "app"), ("SPACES__APPS", &*apps)];
    let report = text_of(&check(folder.path(), &by_app, false));
    let line = format!("ok: spaces: they are registered in {app}");
    assert!(report.contains(&line), "{report}");
    let open = [("SPACES__CREATION", "open")];
    let report = text_of(&check(folder.path(), &open, false));
    assert!(report.contains("ok: spaces: each exists"), "{report}");
    let both = [by_app[0], by_app[1], ("ADMIN__AUTO_CREATE_SPACES", "true")];
    let output = check(folder.path(), &both, false);
    let report = text_of(&output);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(
        report.contains("spaces.creation: contradicts admin.auto_create_spaces"),
        "{report}"
    );
}

#[test]
fn what_keeps_a_server_from_starting_fails() {
    let folder = tempfile::tempdir().unwrap();
    let failed = |variables: &[(&str, &str)], named: &str| {
        let output = check(folder.path(), variables, false);
        let report = text_of(&output);
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert!(report.contains(named), "{named}: {report}");
    };
    failed(
        &[("SERVER__HOST", "8.8.8.8")],
        "FAILED: address: server.host",
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let taken = [("SERVER__HOST", "127.0.0.1"), ("SERVER__PORT", &*port)];
    failed(&taken, "FAILED: address: 127.0.0.1:");
    let secret = folder.path().join("token.secret");
    fs::write(&secret, "short").unwrap();
    failed(&[], "FAILED: token secret: ");
    fs::remove_file(&secret).unwrap();
    fs::create_dir(&secret).unwrap();
    failed(&[], "FAILED: token secret: ");
    fs::remove_dir(&secret).unwrap();
    let key = folder.path().join("log.key");
    fs::write(&key, "short").unwrap();
    failed(&[], "FAILED: log key: ");
    fs::remove_file(&key).unwrap();
    failed(&[("SERVER__LOG_HOST", "a/b")], "server.log_host");
    assert_eq!(check(folder.path(), &[], false).status.code(), Some(0));
}

/// Needs a folder that cannot be written, which there is none of for the user root.
#[cfg(unix)]
#[test]
fn a_subfolder_of_blobs_that_cannot_be_written_fails() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("blobs").join("ab");
    fs::create_dir_all(&inner).unwrap();
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o555)).unwrap();
    let root = fs::write(inner.join("probe"), "").is_ok();
    let output = check(folder.path(), &[], false);
    let report = text_of(&output);
    assert_eq!(output.status.success(), root, "{report}");
    assert_eq!(
        report.contains("FAILED: blob subfolders: "),
        !root,
        "{report}"
    );
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
fn readable_by_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(path, open).unwrap();
}

#[test]
fn a_data_directory_that_is_a_file_fails() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = check(file.path(), &[], false);
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stdout);
    assert!(report.contains("FAILED: data directory"), "{report}");
}

/// A server on a new folder, and the owner of a space on it who has posted a message.
async fn serving(folder: &TempDir) -> (ServerProcess, Member) {
    let binary = Path::new(env!("CARGO_BIN_EXE_reeeductio"));
    let server = ServerProcess::start(binary, folder.path());
    let owner = Member::sign_in_owner(server.url(), [1; 32]).await;
    assert_eq!(owner.post("general", b"before").await.status, 201);
    (server, owner)
}

/// Every file in the folder itself, with its length.
fn files(folder: &Path) -> BTreeSet<(PathBuf, u64)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.path(), entry.metadata().unwrap().len()))
        .collect()
}

#[tokio::test]
async fn a_server_is_not_disturbed_by_a_check_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (server, owner) = serving(&folder).await;
    for round in 0..5 {
        let text = format!("beside check {round}");
        let (checked, posted) = tokio::join!(
            tokio::task::spawn_blocking({
                let data = folder.path().to_owned();
                move || check(&data, &[], false)
            }),
            owner.post("general", text.as_bytes())
        );
        assert_eq!(posted.status, 201);
        let checked = checked.unwrap();
        let report = text_of(&checked);
        assert_eq!(checked.status.code(), Some(0), "{report}");
        assert!(report.contains("ok: database: it opens"), "{report}");
    }
    server.kill();
    // The files that a killed server leaves are not touched either, and open.
    let before = files(folder.path());
    let checked = check(folder.path(), &[], false);
    assert_eq!(checked.status.code(), Some(0), "{}", text_of(&checked));
    assert_eq!(files(folder.path()), before);
    let (_server, owner) = serving(&folder).await;
    let page = owner.get("topics/general/messages").await;
    assert_eq!(page.json["messages"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn a_damaged_database_fails_with_its_name_and_the_cure() {
    let server = TestServer::start().await;
    let owner = server.owner(1).await;
    assert_eq!(owner.post("general", b"before").await.status, 201);
    let folder = server.stop().await;
    let database = folder.path().join("reeeductio.db");
    let file = OpenOptions::new().write(true).open(&database).unwrap();
    let cut_off = || file.set_len(4096).unwrap();
    let garbage = || fs::write(&database, "x".repeat(50_000)).unwrap();
    let of_another_program = || {
        fs::remove_file(&database).unwrap();
        rusqlite::Connection::open(&database)
            .unwrap()
            .execute_batch("CREATE TABLE t (n); PRAGMA user_version = 3;")
            .unwrap();
    };
    let damages: [&dyn Fn(); 3] = [&cut_off, &garbage, &of_another_program];
    for damage in damages {
        damage();
        let before = files(folder.path());
        let checked = check(folder.path(), &[], false);
        let report = text_of(&checked);
        assert_eq!(checked.status.code(), Some(1), "{report}");
        let failed = format!(
            "FAILED: database: open the database: {}",
            database.display()
        );
        assert!(report.contains(&failed), "{report}");
        assert!(report.contains("docs/damage.md"), "{report}");
        assert_eq!(files(folder.path()), before);
    }
}
