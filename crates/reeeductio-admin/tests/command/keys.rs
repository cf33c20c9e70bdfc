//! Where keys come from.

use reeeductio_proto::encoding;
use reeeductio_testkit::TestServer;

use crate::rig::{Admin, hex, keys, python_credentials, set_mode};

const NOWHERE: &str = "http://127.0.0.1:1";

fn space_of(outcome: &str) -> &str {
    outcome
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("Space ID:  ")
}

#[test]
fn keys_on_the_command_line_work_with_a_warning_that_does_not_repeat_them() {
    let admin = Admin::at(NOWHERE);
    let base64 = encoding::encode(&[1; 32]);
    let urlsafe = base64
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    for key in [hex(1), base64, urlsafe] {
        for option in ["-k", "--private-key", "--space-key"] {
            let run = admin.run(&["space", "info", option, &key]);
            assert_eq!(run.code, 0, "{}", run.err);
            assert_eq!(space_of(&run.out), keys(1).space_id().to_string());
            assert!(
                run.err
                    .starts_with("warning: --private-key on the command line"),
                "{}",
                run.err
            );
            assert!(!run.err.contains(&key));
        }
    }
    for wrong in ["abc", &"g".repeat(64)] {
        let run = admin.run(&["space", "info", "-k", wrong]).failed(2);
        assert!(
            run.contains("--private-key is wrong") && !run.contains(wrong),
            "{run}"
        );
    }
}

#[test]
fn keys_come_from_the_environment_without_a_warning() {
    let mut admin = Admin::at(NOWHERE);
    admin.set("REEEDUCTIO_PRIVATE_KEY", &hex(3));
    assert_eq!(
        space_of(&admin.run(&["space", "info"]).done()),
        keys(3).space_id().to_string()
    );
    // The command line comes first.
    let run = admin.run(&["space", "info", "-k", &hex(4)]);
    assert_eq!(space_of(&run.out), keys(4).space_id().to_string());
    admin.set("REEEDUCTIO_PRIVATE_KEY", "short");
    let wrong = admin.run(&["space", "info"]).failed(2);
    assert!(wrong.contains("REEEDUCTIO_PRIVATE_KEY is wrong"), "{wrong}");
}

#[test]
fn credentials_files_of_every_client_are_read() {
    let admin = Admin::at(NOWHERE);
    let typescript = serde_json::json!({
        "spaceId": keys(5).space_id(),
        "userId": keys(5).user_id(),
        "privateKeyHex": hex(5),
        "publicKeyHex": "not looked at",
        "symmetricRootHex": hex(9),
    });
    let labels = format!(
        "Space created successfully!\n\nSpace ID:        {}\nPrivate Key:     {}\nSymmetric Root:  {}\n\
         Server:          {NOWHERE}\n",
        keys(5).space_id(),
        hex(5),
        hex(9)
    );
    let base64 = format!(
        "{{\"private_key_hex\": \"{}\"}}",
        encoding::encode(&[5; 32])
    );
    for text in [
        python_credentials(5),
        typescript.to_string(),
        labels,
        base64,
    ] {
        let path = admin.write("creds", &text);
        for option in ["-f", "--credentials-file"] {
            let run = admin
                .run(&[option, path.to_str().unwrap(), "space", "info"])
                .done();
            assert_eq!(space_of(&run), keys(5).space_id().to_string());
        }
        let after = admin.run(&["space", "info", "-f", "creds"]).done();
        assert_eq!(space_of(&after), keys(5).space_id().to_string());
    }
}

#[test]
fn the_file_of_the_guide_is_taken_where_nothing_else_is_said() {
    let mut admin = Admin::at(NOWHERE);
    admin.write("space_creds.json", &python_credentials(5));
    let own = keys(5).space_id().to_string();
    assert_eq!(space_of(&admin.run(&["space", "info"]).done()), own);
    let named = admin.write("other.json", &python_credentials(6));
    admin.set("REEEDUCTIO_CREDENTIALS_FILE", named.to_str().unwrap());
    let other = keys(6).space_id().to_string();
    assert_eq!(space_of(&admin.run(&["space", "info"]).done()), other);
}

#[test]
fn the_file_of_the_guide_is_not_looked_at_when_a_key_is_given() {
    let mut admin = Admin::at(NOWHERE);
    admin.write("space_creds.json", "no credentials");
    let refused = admin.run(&["space", "info"]).failed(2);
    assert!(refused.contains("in space_creds.json"), "{refused}");
    admin.set("REEEDUCTIO_PRIVATE_KEY", &hex(7));
    let run = admin.run(&["space", "info"]).done();
    assert_eq!(space_of(&run), keys(7).space_id().to_string());
}

#[test]
fn a_file_that_is_none_is_refused_without_repeating_it() {
    let admin = Admin::at(NOWHERE);
    let secret = hex(0xC3);
    let ids = format!("{{\"space_id\": \"{}\"}}", keys(1).space_id());
    let twice = format!("{{\"private_key_hex\": \"{secret}\", \"privateKeyHex\": \"{secret}\"}}");
    let list = format!("{{\"private_key_hex\": [\"{secret}\"]}}");
    for (text, expected) in [
        (secret.as_str(), "private_key_hex in bad.json is missing"),
        (
            &format!("\"{secret}\""),
            "private_key_hex in bad.json is missing",
        ),
        (&ids, "private_key_hex in bad.json is missing"),
        (&twice, "bad.json is not a credentials file: line 1"),
        (&list, "bad.json is not a credentials file: line 1"),
        ("{", "bad.json is not a credentials file: line 1"),
    ] {
        admin.write("bad.json", text);
        let run = admin.run(&["-f", "bad.json", "space", "info"]).failed(2);
        assert!(run.contains(expected) && !run.contains(&secret), "{run}");
    }
    let missing = admin
        .run(&["-f", "missing.json", "space", "info"])
        .failed(1);
    assert!(missing.contains("missing.json: "), "{missing}");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_warned_of() {
    let admin = Admin::at(NOWHERE);
    let path = admin.write("open.json", &python_credentials(1));
    set_mode(&path, 0o644);
    let run = admin.run(&["-f", "open.json", "space", "info"]);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("chmod 600 open.json"), "{}", run.err);
}

#[test]
fn without_a_key_and_a_terminal_nothing_waits() {
    let run = Admin::at(NOWHERE).run(&["space", "info"]).failed(2);
    assert!(
        run.contains("the private key is missing (admin.usage)"),
        "{run}"
    );
    assert!(run.contains("REEEDUCTIO_CREDENTIALS_FILE"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_the_options_then_the_environments_then_the_files() {
    let server = TestServer::start().await;
    let mut admin = Admin::at(NOWHERE);
    let mut credentials: serde_json::Value = serde_json::from_str(&python_credentials(1)).unwrap();
    credentials["base_url"] = server.url().into();
    admin.write("creds.json", &credentials.to_string());
    admin.set("REEEDUCTIO_CREDENTIALS_FILE", "creds.json");
    let failed = admin.run(&["user", "list"]).failed(1);
    assert!(failed.contains("transport.connect"), "{failed}");
    admin.run(&["-u", &server.url(), "user", "list"]).done();
    admin.set("REEEDUCTIO_BASE_URL", "");
    admin.run(&["user", "list"]).done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_acts_in_a_space_of_somebody_else_and_a_tool_as_itself() {
    let server = TestServer::start().await;
    let owner = Admin::owner(&server.url(), 1);
    let (member, tool) = (keys(2).user_id().to_string(), keys(2).tool_id().to_string());
    owner.run(&["user", "add", &member]).done();
    owner.run(&["tool", "add", &tool]).done();
    let path = "state/auth/users/{any}";
    owner
        .run(&[
            "tool", "grant", &tool, "-c", "c", "--op", "create", "--path", path,
        ])
        .done();
    let mut other = Admin::at(&server.url());
    other.set("REEEDUCTIO_PRIVATE_KEY", &hex(2));
    let space = keys(1).space_id().to_string();
    let guest = keys(3).user_id().to_string();
    let add = ["user", "add", &guest, "--space-id", &space];
    let refused = other.run(&add).failed(1);
    assert!(refused.contains("permission.denied"), "{refused}");
    other.set("REEEDUCTIO_SPACE_ID", &space);
    other.set("REEEDUCTIO_MEMBER_ID", &tool);
    other.run(&["user", "add", &guest]).done();
    let wrong = other
        .run(&["user", "list", "--member-id", &guest])
        .failed(2);
    assert!(wrong.contains("--member-id is wrong"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verbose_tells_what_is_done_and_no_secret() {
    let server = TestServer::start().await;
    let admin = Admin::owner(&server.url(), 1);
    let run = admin.run(&["-v", "user", "list"]);
    assert_eq!(run.code, 0);
    assert!(
        run.err.contains("private key: private_key_hex in "),
        "{}",
        run.err
    );
    assert!(run.err.contains("/auth/challenge: 200"), "{}", run.err);
    for secret in [hex(1), hex(9), "Bearer".to_owned(), "eyJ".to_owned()] {
        assert!(!run.err.contains(&secret), "{}", run.err);
    }
}
