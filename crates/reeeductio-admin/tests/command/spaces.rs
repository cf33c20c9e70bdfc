//! `space` and `key`.

use reeeductio_testkit::TestServer;

use crate::rig::{Admin, closed_server, hex, keys, python_credentials};

/// Nothing listens there, and nothing is meant to be asked.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn a_generated_space_goes_into_a_new_file_that_only_its_owner_reads() {
    let admin = Admin::at(NOWHERE);
    let said = admin.run(&["space", "generate", "-o", "new.json"]).done();
    let text = std::fs::read_to_string(admin.path("new.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["private_key_hex", "symmetric_root_hex"] {
        let secret = written[key].as_str().unwrap();
        assert_eq!(secret.len(), 64);
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.contains(written["space_id"].as_str().unwrap()));
    assert_eq!(written["base_url"], NOWHERE);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(admin.path("new.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let refused = admin
        .run(&["space", "generate", "-o", "new.json"])
        .failed(1);
    assert!(refused.contains("name a new file"), "{refused}");
    assert_eq!(
        std::fs::read_to_string(admin.path("new.json")).unwrap(),
        text
    );
}

#[test]
fn generated_credentials_are_credentials() {
    let admin = Admin::at(NOWHERE);
    let words = ["--output", "json", "space", "generate"];
    let printed = admin.run(&words).json();
    let fields: Vec<&String> = printed.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "private_key_hex",
            "public_key_hex",
            "space_id",
            "symmetric_root_hex",
            "user_id"
        ]
    );
    admin.write("printed.json", &printed.to_string());
    let text = admin.run(&["space", "generate"]).done();
    admin.write("labels.txt", &text);
    admin.run(&["space", "generate", "-o", "out.json"]).done();
    for file in ["printed.json", "labels.txt", "out.json"] {
        let info = admin.run(&["-f", file, "space", "info"]).done();
        let space = info
            .lines()
            .next()
            .unwrap()
            .trim_start_matches("Space ID:  ")
            .to_owned();
        let source = std::fs::read_to_string(admin.path(file)).unwrap();
        assert!(source.contains(&space), "{file}");
    }
}

#[test]
fn o_means_a_format_before_the_command_and_a_file_after_it() {
    let admin = Admin::at(NOWHERE);
    admin.run(&["-o", "json", "space", "generate"]).json();
    admin
        .run(&["space", "generate", "--output-format", "json"])
        .json();
    let both = admin
        .run(&["-o", "json", "space", "generate", "-o", "a.json"])
        .json();
    assert_eq!(both["credentials_file"], "a.json");
    let mistaken = admin.run(&["space", "generate", "-o", "json"]).failed(2);
    assert!(mistaken.contains("--output json"), "{mistaken}");
}

#[test]
fn keys_are_made_and_ids_explained() {
    let admin = Admin::at(NOWHERE);
    let made = admin
        .run(&["key", "generate", "--output-format", "json"])
        .json();
    for (field, kind) in [
        ("user_id", "USER"),
        ("space_id", "SPACE"),
        ("tool_id", "TOOL"),
    ] {
        let id = made[field].as_str().unwrap();
        let said = admin.run(&["key", "info", id]).done();
        assert_eq!(said, format!("Type: {kind}\nID:   {id}\n"));
    }
    let json = admin.run(&[
        "key",
        "info",
        made["user_id"].as_str().unwrap(),
        "-o",
        "json",
    ]);
    json.failed(2);
    assert!(
        admin
            .run(&["key", "generate"])
            .done()
            .contains("Private Key: ")
    );
    admin.run(&["key", "info", "abc"]).failed(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_administers_the_server_registers_a_given_space() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let space = admin.write("space.json", &python_credentials(5));
    let space = space.to_str().unwrap();
    let user = keys(6).user_id().to_string();
    let unknown = admin.run(&["-f", space, "user", "add", &user]).failed(1);
    assert!(
        unknown.starts_with("Not found: ") && unknown.contains("space.unknown"),
        "{unknown}"
    );
    let made = admin
        .run(&["space", "create", "--space", space, "--output", "json"])
        .json();
    assert_eq!(made["space_id"], keys(5).space_id().to_string());
    assert!(made.get("private_key_hex").is_none());
    admin.run(&["-f", space, "user", "add", &user]).done();
    // Again, as after a failure half way.
    admin.run(&["space", "create", "--space", space]).done();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_new_space_can_go_straight_into_a_file() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let said = admin.run(&["space", "create", "-o", "space.json"]).done();
    assert!(said.contains("Credentials in:  space.json") && !said.contains("Private Key"));
    let user = keys(6).user_id().to_string();
    let added = admin
        .run(&["-f", "space.json", "user", "add", &user])
        .done();
    let space = added.lines().last().unwrap().trim_start_matches("Space: ");
    assert!(said.contains(space));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_the_admin_space_registers_by_right() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let member = keys(41).user_id().to_string();
    let file = admin.write("member.json", &python_credentials(41));
    let create = [
        "-f",
        file.to_str().unwrap(),
        "space",
        "create",
        "-o",
        "theirs.json",
    ];
    admin.run(&["user", "add", &member]).done();
    let refused = admin.run(&create).failed(1);
    assert!(refused.contains("Permission denied: "), "{refused}");
    assert!(
        refused.contains("go on with --space theirs.json"),
        "{refused}"
    );
    let role = "space-creator";
    admin.run(&["role", "create", role]).done();
    for (name, path) in [
        ("a", "state/spaces/{any}"),
        ("b", "state/users/{self}/spaces/{any}"),
    ] {
        admin
            .run(&[
                "role", "grant", role, "-c", name, "--op", "create", "--path", path,
            ])
            .done();
    }
    admin
        .run(&["user", "assign-role", &member, "-r", role])
        .done();
    let file = file.to_str().unwrap();
    admin
        .run(&["-f", file, "space", "create", "--space", "theirs.json"])
        .done();
    admin.run(&["-f", "theirs.json", "user", "list"]).done();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_admin_space_a_space_exists_from_its_first_use() {
    let server = TestServer::start().await;
    let admin = Admin::owner(&server.url(), 1);
    let made = admin.run(&["space", "create", "--output", "json"]).json();
    assert_eq!(made["space_id"], keys(1).space_id().to_string());
    admin.run(&["space", "generate", "-o", "other.json"]).done();
    let said = admin
        .run(&["space", "create", "--space", "other.json"])
        .done();
    assert!(said.starts_with("Space ready"), "{said}");
    let no_admin = admin.run(&["auth", "test"]).failed(1);
    assert!(no_admin.contains("admin.not_configured"), "{no_admin}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_register_a_space_and_is_told_how() {
    let server = closed_server(40).await;
    let stranger = Admin::owner(&server.url(), 7);
    let refused = stranger.run(&["space", "create"]).failed(1);
    assert!(
        refused.contains("space.unknown") && refused.contains("--space FILE"),
        "{refused}"
    );
    let refused = stranger.run(&["auth", "test"]).failed(1);
    assert!(refused.starts_with("Authentication failed: "), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_root_becomes_the_new_spaces() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let made = admin.run(&["--output", "json", "space", "create", "-s", &hex(0xAB)]);
    assert!(
        made.err.starts_with("warning: --symmetric-root"),
        "{}",
        made.err
    );
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(made["symmetric_root_hex"], hex(0xAB));
    assert_eq!(made["base_url"], server.url());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_told_the_admin_space() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let space = keys(40).space_id().to_string();
    assert!(
        admin
            .run(&["auth", "test"])
            .done()
            .contains(&format!("Admin Space ID: {space}"))
    );
    let json = admin.run(&["--output", "json", "auth", "test"]).json();
    assert_eq!(json["admin_space_id"], space);
}
