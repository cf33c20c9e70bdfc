//! A directory with a bit of everything.

use reeeductio_proto::encoding;
use serde_json::{Value, json};

use crate::target::{Target, owner, served};
use crate::upstream::{Author, Space, Upstream};

const TIME: i64 = 1_700_000_000_000;

/// A space with a user, a tool, a topic, entries, password login and a counter.
fn space(upstream: &Upstream) -> (Space, Author, Author) {
    let space = upstream.space(1);
    let (user, tool) = (Author::user(2), Author::tool(3));
    let entries = [
        (
            format!("auth/users/{}", user.id),
            json!({"user_id": user.id}),
        ),
        (
            format!("auth/users/{}/rights/post", user.id),
            json!({"op": "write", "path": "topics/{any}/messages"}),
        ),
        (
            format!("auth/tools/{}", tool.id),
            json!({"tool_id": tool.id, "use_limit": 9}),
        ),
        ("profiles/ada".to_owned(), json!("hello")),
    ];
    space.state(&space.owner, None, &entries, TIME);
    let first = space.chain("general", None, &["one", "two"], TIME + 10);
    let third = space.message(&user, "general", Some(first[1]), b"three", TIME + 20);
    space.store(&third);
    space.entry(&space.owner, "notes/today", b"sun", TIME);
    space.entry(&user, "user/notes", b"", TIME);
    space.entry(&space.owner, "opaque/server/setup", &[7; 128], TIME);
    space.uses(&tool, 4);
    (space, user, tool)
}

#[tokio::test]
async fn everything_is_taken_over_and_served_and_nothing_in_the_source_changes() {
    let upstream = Upstream::new();
    let (space, user, _) = space(&upstream);
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let blob = upstream.blob(&large, &[(space.id, space.owner.id), (space.id, user.id)]);
    let empty = upstream.blob(b"", &[(space.id, user.id)]);
    let before = upstream.files();
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    assert_eq!(imported.tally("messages"), [7, 7, 0]);
    assert_eq!(imported.tally("entries"), [3, 3, 0]);
    assert_eq!(imported.tally("blobs"), [3, 3, 0]);
    assert_eq!(imported.tally("tools"), [1, 1, 0]);
    assert_eq!(upstream.files(), before);
    let verified = target.verify();
    assert_eq!(
        [
            &verified["messages"],
            &verified["entries"],
            &verified["blobs"]
        ],
        [7, 3, 2]
    );
    assert_eq!(verified["ineffective"], Value::Array(Vec::new()));

    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    let messages = served(&owner, "general").await;
    let times: Vec<i64> = messages.iter().map(|(_, time)| *time).collect();
    assert_eq!(times, [TIME + 10, TIME + 11, TIME + 20]);
    let entry = owner.get("data/notes/today").await;
    assert_eq!(entry.json["data"], encoding::encode(b"sun"));
    assert_eq!(owner.get("state/profiles/ada").await.status, 200);
    assert_eq!(owner.get_blob(&blob.to_string()).await.unwrap().1, large);
    assert_eq!(owner.get_blob(&empty.to_string()).await.unwrap().1, b"");
    // The chain goes on where it was.
    assert_eq!(owner.post("general", b"four").await.status, 201);
}

#[tokio::test]
async fn a_tool_goes_on_with_the_uses_it_has_left() {
    let upstream = Upstream::new();
    let (space, _, tool) = space(&upstream);
    let head = space.typed(&space.owner, "logs", "n", None, b"0", TIME);
    space.store(&head);
    let target = Target::new();
    target.import(&upstream);
    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    let right = json!({"op": "create", "path": "topics/logs/messages"});
    let path = format!("auth/tools/{}/rights/log", tool.id);
    assert_eq!(owner.set(&path, &right).await.status, 201);
    let member =
        reeeductio_testkit::Member::sign_in(&server.url(), space.id, tool.id, tool.keys.clone())
            .await;
    let mut prev = Some(head.message_hash);
    for left in (0..5).rev() {
        let answer = member.post_on("logs", "n", prev, &[left]).await;
        assert_eq!(answer.status, 201, "{left}");
        prev = owner.head("logs").await;
    }
    let refused = member.post_on("logs", "n", prev, b"x").await;
    assert_eq!(refused.refusal(), (403, "tool.use_limit"));
}

#[test]
fn a_second_run_changes_nothing() {
    let upstream = Upstream::new();
    let (space, _, _) = space(&upstream);
    upstream.blob(b"bytes", &[(space.id, space.owner.id)]);
    let target = Target::new();
    target.import(&upstream);
    let before = target.rows();
    assert!(!before.is_empty());
    let again = target.import(&upstream);
    assert_eq!(again.code, Some(0));
    assert_eq!(again.tally("messages"), [7, 0, 7]);
    assert_eq!(again.tally("entries"), [3, 0, 3]);
    assert_eq!(again.tally("blobs"), [1, 0, 1]);
    assert_eq!(again.tally("tools"), [1, 0, 1]);
    assert_eq!(again.report["retimed"], 0);
    assert_eq!(target.rows(), before);
    target.verify();
}

#[tokio::test]
async fn what_the_source_got_since_is_added_and_what_the_target_got_stays() {
    let upstream = Upstream::new();
    let (space, _, _) = space(&upstream);
    let other = space.chain("other", None, &["a"], TIME);
    let target = Target::new();
    target.import(&upstream);
    space.chain("other", Some(other[0]), &["b", "c"], TIME + 5);
    let server = target.serve().await;
    let member = owner(&server, &space).await;
    assert_eq!(member.post("general", b"here").await.status, 201);
    // One at a time: the target is the server's while it runs.
    let refused = target.command(upstream.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("in use"));
    let _served = server.stop().await;
    let again = target.import(&upstream);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(again.tally("messages"), [10, 2, 8]);
    assert_eq!(target.verify()["messages"], 11);
}

#[tokio::test]
async fn the_admin_space_brings_the_spaces_registered_in_it() {
    let upstream = Upstream::new();
    let (admin, registered) = (upstream.space(8), upstream.space(9));
    upstream.space(10).chain("general", None, &["x"], TIME);
    registered.chain("general", None, &["x"], TIME);
    let entry = reeeductio_core::register_space(&registered.owner.keys, admin.owner.id, TIME);
    let entry = serde_json::to_value(entry).unwrap();
    let forged = (format!("spaces/{}", admin.id), entry.clone());
    let entries = [(format!("spaces/{}", registered.id), entry), forged];
    admin.state(&admin.owner, None, &entries, TIME);
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(0));
    assert_eq!(imported.remarks(), ["state.registration"]);
    let path = target.path();
    let server = reeeductio_testkit::TestServer::start_with(|config| {
        config.data_dir = path;
        config.admin.auto_create_spaces = Some(false);
        config.admin.space_id = Some(admin.id.to_string());
    })
    .await;
    let owner = owner(&server, &registered).await;
    assert_eq!(served(&owner, "general").await.len(), 1);
    let url = format!(
        "{}/spaces/{}/auth/challenge",
        server.url(),
        upstream.space(11).id
    );
    let unknown = owner
        .http()
        .post(url)
        .json(&json!({"public_key": owner.id}));
    assert_eq!(unknown.send().await.unwrap().status(), 404);
}
