//! The command measures a server and says so, or says why it cannot.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes
)]

use reeeductio_testkit::TestServer;
use serde_json::Value;
use tokio::process::Command;

fn bench(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio-bench"));
    command.args(["--url", url, "--quick", "--json"]);
    command
}

#[tokio::test]
async fn a_server_is_measured_beside_the_machine() {
    let server = TestServer::start().await;
    let ran = bench(&server.url())
        .args(["--only", "latest"])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    let result: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let figures = result.get("figures").and_then(Value::as_array).unwrap();
    let latest = figures
        .iter()
        .find(|figure| figure.get("key").unwrap() == "latest.32")
        .unwrap_or_else(|| panic!("no latest message in {result:#}"));
    assert!(latest.get("value").and_then(Value::as_f64).unwrap() > 0.0);
    assert!(latest.get("shares").is_some(), "{latest:#}");
}

#[tokio::test]
async fn spaces_with_a_policy_are_measured() {
    let server = TestServer::start().await;
    let ran = bench(&server.url())
        .args(["--only", "lanes,callback,proofs"])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    let result: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let figures = result.get("figures").and_then(Value::as_array).unwrap();
    let figure = |key: &str| {
        let found = figures
            .iter()
            .find(|figure| figure.get("key").unwrap() == key);
        found.unwrap_or_else(|| panic!("no {key} in {result:#}"))
    };
    for key in [
        "lanes.1",
        "lanes.own.32",
        "callback.client",
        "callback.stream",
        "proofs.fill",
        "proofs.checkpoint",
        "proofs.earlier_checkpoint",
        "proofs.consistency",
        "proofs.inclusion",
        "proofs.message",
        "proofs.page",
    ] {
        let value = figure(key).get("value").and_then(Value::as_f64).unwrap();
        assert!(value > 0.0, "{key}: {value}");
    }
    let notes = figure("lanes.50").get("notes").unwrap().to_string();
    assert!(notes.contains("none refused"), "{notes}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let ran = bench("http://127.0.0.1:1").output().await.unwrap();
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(said.contains("127.0.0.1:1"), "{said}");
}
