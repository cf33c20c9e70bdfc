//! Lists are whole, however long.

use std::collections::BTreeSet;

use reeeductio_client::Identity;
use reeeductio_proto::MessageId;
use reeeductio_testkit::{Member, TestServer};
use serde_json::json;

use crate::rig::{Admin, keys};

/// More than the server and the client put on a page.
const USERS: u16 = 1_100;

/// Adds users on top of each other, without asking for the head each time.
async fn add_users(owner: &Member) -> BTreeSet<String> {
    let mut head: Option<MessageId> = None;
    let mut added = BTreeSet::new();
    for number in 0..USERS {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_le_bytes());
        let id = Identity::from_seed(&key).user_id().to_string();
        let body = json!({ "user_id": id }).to_string();
        let kind = format!("auth/users/{id}");
        let answer = owner.post_on("state", &kind, head, body.as_bytes()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        head = Some(MessageId::parse(answer.json["message_hash"].as_str().unwrap()).unwrap());
        added.insert(id);
    }
    added
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_whole_beyond_a_page() {
    let server = TestServer::start().await;
    let owner = server.owner(1).await;
    let mut expected = add_users(&owner).await;
    let admin = Admin::owner(&server.url(), 1);
    let (late, tool) = (keys(2).user_id().to_string(), keys(3).tool_id().to_string());
    admin.run(&["user", "add", &late]).done();
    admin.run(&["tool", "add", &tool]).done();
    let gone = expected.pop_first().unwrap();
    admin.run(&["user", "remove", &gone, "--yes"]).done();
    expected.insert(late);

    let listed = admin.run(&["--output", "json", "user", "list"]).json();
    let listed: Vec<String> = serde_json::from_value(listed["users"].clone()).unwrap();
    assert_eq!(listed.len(), expected.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected);
    let text = admin.run(&["user", "list"]).done();
    assert_eq!(
        text.lines().filter(|line| line.starts_with("  U")).count(),
        expected.len()
    );

    let tools = admin
        .run(&["tool", "list", "--output-format", "json"])
        .json();
    assert_eq!(tools, json!({ "tools": [tool] }));
    assert!(
        admin
            .run(&["tool", "list"])
            .done()
            .contains(&format!("\n  {tool}\n"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_rights_of_a_user_are_not_listed_as_users() {
    let server = TestServer::start().await;
    let admin = Admin::owner(&server.url(), 1);
    let none = admin.run(&["--output", "json", "user", "list"]).json();
    assert_eq!(none, json!({ "users": [] }));
    assert!(
        admin
            .run(&["user", "list"])
            .done()
            .ends_with("has no users\n")
    );
    let user = keys(2).user_id().to_string();
    admin.run(&["user", "add", &user]).done();
    admin.run(&["role", "create", "member"]).done();
    admin
        .run(&["user", "assign-role", &user, "-r", "member"])
        .done();
    let right = ["-c", "c", "--op", "read", "--path", "topics/{any}"];
    admin
        .run(&[&["user", "grant", &user][..], &right[..]].concat())
        .done();
    let listed = admin.run(&["--output", "json", "user", "list"]).json();
    assert_eq!(listed, json!({ "users": [user] }));
}
