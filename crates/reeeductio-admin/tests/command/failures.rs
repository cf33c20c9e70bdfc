//! Failures name the field and the fix, with a stable code.

use reeeductio_proto::MemberId;
use reeeductio_testkit::TestServer;
use serde_json::Value;

use crate::rig::{Admin, keys};

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_code_is_told_in_both_forms() {
    let server = TestServer::start().await;
    let mut admin = Admin::owner(&server.url(), 1);
    let user = keys(2).user_id().to_string();
    let add = [
        "user",
        "add",
        &user,
        "--space-id",
        &keys(8).space_id().to_string(),
    ];
    let text = admin.run(&add).failed(1);
    assert!(text.starts_with("Authentication failed: "), "{text}");
    assert!(
        text.matches("(member.unknown)").count() == 1 && text.contains("\n  fix: "),
        "{text}"
    );
    admin.set("REEEDUCTIO_OUTPUT", "json");
    let json: Value = serde_json::from_str(&admin.run(&add).failed(1)).unwrap();
    assert_eq!(json["code"], "member.unknown");
    assert!(
        json["fix"].as_str().unwrap().contains("--space-id"),
        "{json}"
    );
    let error = json["error"].as_str().unwrap();
    assert!(
        !error.is_empty() && !error.contains("member.unknown"),
        "{error}"
    );
}

#[test]
fn malformed_words_are_wrong_usage_and_nothing_is_sent() {
    let admin = Admin::owner("http://127.0.0.1:1", 1);
    let (user, tool) = (keys(2).user_id().to_string(), keys(2).tool_id().to_string());
    // Half of all 32 bytes are no point of the curve.
    let nobody = MemberId::user([2; 32]).to_string();
    let grant = |op, path| {
        vec![
            "user", "grant", &user, "-c", "c", "--op", op, "--path", path,
        ]
    };
    for (words, expected) in [
        (vec!["user", "add", "abc"], "44 characters"),
        (vec!["user", "add", &nobody], "nobody can have the key"),
        (vec!["user", "add", &tool], "a user id (U…)"),
        (vec!["tool", "add", &user], "a tool id (T…)"),
        (grant("look", "topics/x"), "possible values"),
        (grant("read", "nonsense/x"), "--path"),
        (
            vec!["user", "list", "--space-id", "abc"],
            "--space-id is wrong",
        ),
        (vec!["user", "assign-role", &user], "--role"),
        (vec!["nonsense"], "nonsense"),
        (vec!["--output", "xml", "key", "generate"], "xml"),
    ] {
        let said = admin.run(&words).failed(2);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let mut admin = Admin::owner("http://127.0.0.1:1", 1);
    let said = admin.run(&["user", "list"]).failed(1);
    assert!(
        said.contains("transport.connect") && said.contains("--base-url"),
        "{said}"
    );
    admin.set("REEEDUCTIO_BASE_URL", "localhost:8000");
    let said = admin.run(&["user", "list"]).failed(1);
    assert!(said.contains("http://localhost:8000"), "{said}");
}

#[test]
fn a_variable_that_says_nonsense_is_named() {
    let mut admin = Admin::owner("http://127.0.0.1:1", 1);
    admin.set("REEEDUCTIO_OUTPUT", "xml");
    let said = admin.run(&["user", "list"]).failed(2);
    assert!(said.contains("REEEDUCTIO_OUTPUT is \"xml\""), "{said}");
    admin.run(&["--output", "text", "key", "generate"]).done();
}

#[test]
fn wrong_usage_is_json_where_json_is_asked_for() {
    let mut admin = Admin::owner("http://127.0.0.1:1", 1);
    let cases: [(&[&str], &str, &str); 8] = [
        (
            &["user", "add", "--output", "json"],
            "<USER_ID>",
            "user add --help",
        ),
        (&["user", "add", "abc", "--output=json"], "44", "--help"),
        (
            &["--output-format", "json", "user", "add", "abc"],
            "44",
            "--help",
        ),
        (
            &["-o", "json", "space", "usage", "zzz"],
            "zzz",
            "space usage --help",
        ),
        (
            &["--output", "json", "nonsense"],
            "nonsense",
            "reeeductio-admin --help",
        ),
        (&["--output", "json"], "no command", "--help"),
        (&["--output", "json", "user"], "no command", "user --help"),
        (
            &["user", "list", "--nonsense", "--output", "json"],
            "--nonsense",
            "--help",
        ),
    ];
    for (words, error, fix) in cases {
        admin.set("REEEDUCTIO_OUTPUT", "");
        check_usage(&admin.run(words).failed(2), error, fix);
        let bare: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| {
                !matches!(
                    *word,
                    "--output" | "--output=json" | "--output-format" | "-o" | "json"
                )
            })
            .collect();
        admin.set("REEEDUCTIO_OUTPUT", "json");
        check_usage(&admin.run(&bare).failed(2), error, fix);
    }
}

fn check_usage(said: &str, error: &str, fix: &str) {
    let json: Value = serde_json::from_str(said).expect(said);
    assert_eq!(json["code"], "admin.usage", "{said}");
    assert_eq!(json.as_object().unwrap().len(), 3);
    let text = |field: &str| json[field].as_str().unwrap().to_owned();
    assert!(text("error").contains(error), "{said}");
    assert!(text("fix").contains(fix), "{said}");
    assert!(
        !said.contains('\x1b') && !text("error").contains("Usage"),
        "{said}"
    );
}
