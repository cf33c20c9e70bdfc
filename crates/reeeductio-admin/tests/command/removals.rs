//! Commands that remove something ask first.

use reeeductio_proto::BlobId;
use reeeductio_testkit::{Member, TestServer};

use crate::rig::{Admin, closed_server, keys, python_credentials};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_removed_unasked() {
    let server = TestServer::start().await;
    let admin = Admin::owner(&server.url(), 1);
    let (user, tool) = (keys(2).user_id().to_string(), keys(3).tool_id().to_string());
    admin.run(&["user", "add", &user, "-d", "a person"]).done();
    admin
        .run(&["tool", "add", &tool, "--use-limit", "1"])
        .done();
    admin.run(&["role", "create", "r", "-d", "a role"]).done();
    admin.run(&["user", "assign-role", &user, "-r", "r"]).done();
    let right = ["-c", "c", "--op", "write", "--path", "topics/{any}"];
    for words in [
        ["user", "grant", user.as_str()],
        ["tool", "grant", tool.as_str()],
        ["role", "grant", "r"],
    ] {
        admin.run(&[&words[..], &right[..]].concat()).done();
    }
    let removals: [&[&str]; 6] = [
        &["user", "revoke", &user, "-c", "c"],
        &["user", "unassign-role", &user, "-r", "r"],
        &["user", "remove", &user],
        &["role", "revoke", "r", "-c", "c"],
        &["tool", "revoke", &tool, "-c", "c"],
        &["tool", "remove", &tool],
    ];
    for words in removals {
        // A yes on standard input is not one at a terminal.
        let refused = admin.run_with_input(words, "y\n").failed(2);
        assert!(refused.contains("--yes is missing"), "{refused}");
    }
    let listed = admin.run(&["--output", "json", "user", "list"]).json();
    assert_eq!(listed["users"][0], user);
    let space = keys(1).space_id();
    let posting = Member::sign_in(&server.url(), space, keys(2).user_id(), keys(2)).await;
    // By the right, then by nothing but the role, then by nothing, then as nobody.
    let outcomes = ["", "", "permission.denied", "token.revoked"];
    for (at, expected) in outcomes.into_iter().enumerate() {
        let head = posting.head("alerts").await;
        let answer = posting.post_on("alerts", "t", head, b"!").await;
        assert_eq!(answer.code(), expected, "{answer:?}");
        let done = admin.run(&[removals[at], &["-y"]].concat()).done();
        assert!(done.contains(&format!("Space: {space}")), "{done}");
    }
    for words in &removals[outcomes.len()..] {
        admin.run(&[words, &["--yes"][..]].concat()).done();
    }
    for kind in ["user", "tool"] {
        let none = admin.run(&["--output", "json", kind, "list"]).json();
        assert_eq!(none[format!("{kind}s")], serde_json::json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_tokens_are_refused_and_their_members_sign_in_again() {
    let server = TestServer::start().await;
    let admin = Admin::owner(&server.url(), 1);
    let (space, user, tool) = (keys(1).space_id(), keys(2).user_id(), keys(3).tool_id());
    admin.run(&["user", "add", &user.to_string()]).done();
    admin.run(&["tool", "add", &tool.to_string()]).done();
    let url = server.url();
    let user = Member::sign_in(&url, space, user, keys(2)).await;
    let tool = Member::sign_in(&url, space, tool, keys(3)).await;
    let owner = server.owner(1).await;
    let members = [&owner, &user, &tool];
    // Whose tokens each command revokes; the state of the space is readable by all members.
    let (user_id, tool_id) = (user.id.to_string(), tool.id.to_string());
    let commands: [(&[&str], usize, &str); 3] = [
        (
            &["user", "revoke-tokens", &user_id],
            1,
            "Tokens of user ended",
        ),
        (
            &["tool", "revoke-tokens", &tool_id],
            2,
            "Tokens of tool ended",
        ),
        (&["space", "revoke-tokens", "--yes"], 0, "All tokens ended"),
    ];
    let refused = admin.run_with_input(&["space", "revoke-tokens"], "y\n");
    assert!(refused.failed(2).contains("fix: pass --yes"));
    let mut revoked: Vec<usize> = Vec::new();
    for (words, whose, said) in commands {
        for (at, member) in members.iter().enumerate() {
            let expected = if revoked.contains(&at) {
                "token.revoked"
            } else {
                ""
            };
            let answer = member.get("topics/state/messages").await;
            assert_eq!(answer.code(), expected, "{words:?}: {answer:?}");
        }
        let done = admin.run(words).done();
        assert!(
            done.contains(said) && done.contains(&space.to_string()),
            "{done}"
        );
        revoked.push(whose);
    }
    for member in members {
        let refused = member.get("topics/state/messages").await;
        assert_eq!(refused.refusal(), (401, "token.revoked"));
        assert_eq!(member.try_sign_in().await.status, 200);
    }
    // The command has signed in anew each time.
    admin.run(&["user", "list"]).done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_deleted_from_all_spaces_after_a_yes() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let space = admin.write("space.json", &python_credentials(1));
    admin
        .run(&["space", "create", "--space", space.to_str().unwrap()])
        .done();
    let owner = server.owner(1).await;
    let blob = BlobId::of(b"bytes").to_string();
    assert_eq!(owner.put_blob(&blob, b"bytes".to_vec()).await.status, 201);
    let unasked = admin.run(&["blob", "delete", &blob]).failed(2);
    assert!(unasked.contains("fix: pass --yes"), "{unasked}");
    assert_eq!(
        admin.run(&["blob", "delete", &blob, "--yes"]).done(),
        format!("Blob deleted: {blob}\n")
    );
    let gone = admin.run(&["blob", "delete", &blob, "--yes"]).failed(1);
    assert!(
        gone.starts_with("Not found: ") && gone.contains("(blob.not_found)"),
        "{gone}"
    );
    admin.run(&["blob", "delete", "zzz", "--yes"]).failed(2);
}
