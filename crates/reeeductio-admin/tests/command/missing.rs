//! Commands that take something away fail where it is not there, and write nothing.

use reeeductio_testkit::{Member, TestServer};
use serde_json::Value;

use crate::rig::{Admin, keys};

/// A space with a user, a tool and a role, each with some rights.
async fn with_members() -> (TestServer, Admin) {
    let server = TestServer::start().await;
    let admin = Admin::owner(&server.url(), 1);
    let (with_rights, without, tool) = (user(2), user(4), tool(3));
    admin.run(&["user", "add", &with_rights]).done();
    admin.run(&["user", "add", &without]).done();
    admin.run(&["tool", "add", &tool]).done();
    admin.run(&["role", "create", "member"]).done();
    admin.run(&["role", "create", "empty"]).done();
    admin
        .run(&["user", "assign-role", &with_rights, "-r", "member"])
        .done();
    for words in [
        ["role", "grant", "member", "-c", "read"],
        ["role", "grant", "member", "-c", "post"],
        ["user", "grant", &with_rights, "-c", "own"],
        ["tool", "grant", &tool, "-c", "alerts"],
    ] {
        let right = ["--op", "read", "--path", "topics/{any}"];
        admin.run(&[&words[..], &right[..]].concat()).done();
    }
    (server, admin)
}

fn user(seed: u8) -> String {
    keys(seed).user_id().to_string()
}

fn tool(seed: u8) -> String {
    keys(seed).tool_id().to_string()
}

/// How many messages the state of the space has.
async fn writes(server: &TestServer) -> usize {
    let owner: Member = server.owner(1).await;
    let page = owner.get("topics/state/messages").await;
    page.json["messages"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_taken_away() {
    let (server, admin) = with_members().await;
    let before = writes(&server).await;
    let (other, nobody) = (user(4), user(9));
    let (nothing, tool, user) = (tool(9), tool(3), user(2));
    let cases: [(&[&str], &[&str]); 15] = [
        (
            &["role", "revoke", "member", "-c", "raed"],
            &["role member has no right raed, only post, read", "--cap-id"],
        ),
        (
            &["role", "revoke", "empty", "-c", "read"],
            &["role empty has no right read, and no other"],
        ),
        (
            &["role", "revoke", "membre", "-c", "read"],
            &["has no role membre, only empty, member"],
        ),
        (
            &["user", "revoke", &user, "-c", "read"],
            &[
                &user,
                "has no right read of its own, only own",
                "the roles member",
            ],
        ),
        (
            &["user", "revoke", &other, "-c", "read"],
            &[&other, "has no right read of its own, and no other"],
        ),
        (
            &["user", "revoke", &nobody, "-c", "read"],
            &[&nobody, "is not in space", "user list"],
        ),
        (
            &["tool", "revoke", &tool, "-c", "alert"],
            &["has no right alert of its own, only alerts"],
        ),
        (
            &["tool", "revoke", &nothing, "-c", "alerts"],
            &[&nothing, "is not in space", "tool list"],
        ),
        (
            &["user", "unassign-role", &user, "-r", "nosuch"],
            &[&user, "has no role nosuch, only member"],
        ),
        (
            &["user", "unassign-role", &other, "-r", "member"],
            &["has no role member, and no other"],
        ),
        (
            &["user", "unassign-role", &nobody, "-r", "member"],
            &[&nobody, "user list"],
        ),
        (&["user", "remove", &nobody], &[&nobody, "user list"]),
        (&["tool", "remove", &nothing], &[&nothing, "tool list"]),
        (&["user", "revoke-tokens", &nobody], &[&nobody, "user list"]),
        (
            &["tool", "revoke-tokens", &nothing],
            &[&nothing, "tool list"],
        ),
    ];
    for (words, expected) in cases {
        // Nobody is asked for a yes first.
        let said = admin.run(words).failed(1);
        assert!(
            said.starts_with("Not found: ") && said.contains("(admin.not_found)"),
            "{words:?} {said}"
        );
        for expected in expected {
            assert!(said.contains(expected), "{words:?} {said}");
        }
        let json = admin
            .run(&[words, &["--yes", "--output", "json"]].concat())
            .failed(1);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["code"], "admin.not_found");
    }
    assert_eq!(writes(&server).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_not_there() {
    let (_server, admin) = with_members().await;
    let (user, tool) = (user(2), tool(3));
    let removals: [&[&str]; 6] = [
        &["role", "revoke", "member", "-c", "read", "-y"],
        &["user", "revoke", &user, "-c", "own", "-y"],
        &["user", "unassign-role", &user, "-r", "member", "-y"],
        &["user", "remove", &user, "-y"],
        &["tool", "revoke", &tool, "-c", "alerts", "-y"],
        &["tool", "remove", &tool, "-y"],
    ];
    for words in removals {
        admin.run(words).done();
        let again = admin.run(words).failed(1);
        assert!(again.contains("(admin.not_found)"), "{words:?} {again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_ends_its_own_tokens_and_is_not_removed() {
    let (_server, admin) = with_members().await;
    let owner = user(1);
    admin.run(&["user", "revoke-tokens", &owner]).done();
    let refused = admin.run(&["user", "remove", &owner, "-y"]).failed(1);
    assert!(
        refused.contains("is the owner of space") && refused.contains("(admin.not_found)"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_without_rights_is_told_what_is_missing() {
    let (server, _admin) = with_members().await;
    let member = Admin::owner(&server.url(), 4);
    let space = keys(1).space_id().to_string();
    let own = user(4);
    let words = ["user", "remove", "--space-id", &space, "-y"];
    let missing = member.run(&[&words[..], &[&user(9)]].concat()).failed(1);
    assert!(missing.contains("(admin.not_found)"), "{missing}");
    let refused = member.run(&[&words[..], &[&user(2)]].concat()).failed(1);
    assert!(refused.contains("(permission.denied)"), "{refused}");
    // Its own tokens, without a right.
    let tokens = ["user", "revoke-tokens", &own, "--space-id", &space];
    member.run(&tokens).done();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_given_needs_its_role_and_its_member_first() {
    let (_server, admin) = with_members().await;
    let (known, nobody, tool, nothing) = (user(2), user(9), tool(3), tool(9));
    let right = ["-c", "c", "--op", "read", "--path", "topics/{any}"];
    let path = "state/auth/users/{any}/roles/boss";
    let assigning = ["-c", "c", "--op", "create", "--path", path];
    let no_role = |role| format!("has no role {role}, only empty, member");
    let (no_user, no_tool) = (
        format!("user {nobody} is not in space"),
        format!("tool {nothing} is not in space"),
    );
    let cases: [(&[&str], &[&str], &str, &str); 7] = [
        (
            &["user", "assign-role", &known],
            &["-r", "nosuch"],
            &no_role("nosuch"),
            "role create nosuch",
        ),
        (
            &["user", "assign-role", &nobody],
            &["-r", "member"],
            &no_user,
            &format!("user add {nobody}"),
        ),
        (
            &["user", "assign-role", &nobody],
            &["-r", "nosuch"],
            &no_user,
            &format!("user add {nobody}"),
        ),
        (
            &["role", "grant", "nosuch"],
            &right,
            &no_role("nosuch"),
            "role create nosuch",
        ),
        (
            &["user", "grant", &nobody],
            &right,
            &no_user,
            &format!("user add {nobody}"),
        ),
        (
            &["tool", "grant", &nothing],
            &right,
            &no_tool,
            &format!("tool add {nothing}"),
        ),
        (
            &["user", "grant", &known],
            &assigning,
            &no_role("boss"),
            "role create boss",
        ),
    ];
    for (words, options, problem, fix) in cases {
        let refused = admin.run(&[words, options].concat()).failed(1);
        assert!(
            refused.starts_with("Validation error: ")
                && refused.contains("(auth.invalid_entry)")
                && refused.contains(problem)
                && refused.contains(&format!("`reeeductio-admin {fix}` first")),
            "{refused}"
        );
        assert!(!refused.contains("auth/"), "{refused}");
    }
    // Guests of the published clients may be invited into a role that is not there yet.
    admin
        .run(&[&["tool", "grant", &tool], &assigning[..]].concat())
        .done();
}
