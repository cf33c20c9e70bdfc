//! wire.md 14.2 and 14.3.

use std::sync::Arc;

use axum::http::Method;
use reeeductio_backend::Messages as _;
use reeeductio_backend::conformance::records::unjudged;
use reeeductio_proto::{ChainId, Message, MessageId, Signature, TopicId};
use serde_json::json;

use super::{MESSAGES, assign_reader, forget, forgetful};
use crate::rig::{Member, Post, Rig, START, blob_id, tool_id};

/// Timestamps of a topic in the order of its chain.
async fn chain(rig: &Rig, owner: &Member) -> Vec<i64> {
    let page = owner
        .get(rig, &format!("{MESSAGES}?limit=1000"))
        .await
        .expect(200);
    let mut previous = json!(null);
    let mut times = Vec::new();
    for message in page["messages"].as_array().unwrap() {
        assert_eq!(message["prev_hash"], previous);
        previous = message["message_hash"].clone();
        times.push(message["server_timestamp"].as_i64().unwrap());
    }
    times
}

#[tokio::test]
async fn equal_milliseconds_make_no_fork() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let first = owner.say(&rig, "general", b"0").await;
    for number in 1..20 {
        owner.say(&rig, "general", &[number]).await;
        // The first of the same millisecond is no longer the head.
        let fork = Post::new("general", "chat.text", Some(&first), &[number, 1]);
        owner.post(&rig, &fork).await.refused(409, "chain.conflict");
    }
    assert_eq!(
        chain(&rig, &owner).await,
        (START..START + 20).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_clock_that_steps_back_makes_no_fork() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for step in [0, 50, -1000, 1, -5] {
        rig.clock.advance(step);
        owner.say(&rig, "general", &step.to_be_bytes()).await;
    }
    rig.clock.advance(100_000);
    owner.say(&rig, "general", b"later").await;
    let now = rig.now();
    assert_eq!(
        chain(&rig, &owner).await,
        [START, START + 50, START + 51, START + 52, START + 53, now]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_writers_at_once_one_wins() {
    let rig = Arc::new(Rig::start());
    let owner = rig.owner(1).await;
    let mut head: Option<String> = None;
    for round in 0..20_u8 {
        let writers: Vec<_> = (0..8_u8)
            .map(|writer| {
                let (rig, owner) = (Arc::clone(&rig), owner.clone());
                let post = Post::new("general", "t", head.as_deref(), &[round, writer]);
                tokio::spawn(async move { owner.post(&rig, &post).await })
            })
            .collect();
        let mut winners = Vec::new();
        for writer in writers {
            let answer = writer.await.unwrap();
            if answer.status == 201 {
                winners.push(answer.json()["message_hash"].as_str().unwrap().to_owned());
            } else {
                answer.refused(409, "chain.conflict");
            }
        }
        assert_eq!(winners.len(), 1);
        head = winners.pop();
    }
    let times = chain(&rig, &owner).await;
    assert_eq!(times.len(), 20);
    assert!(times.is_sorted_by(|one, next| one < next));
}

#[tokio::test]
async fn refresh_gives_a_fresh_token() {
    let rig = Rig::start();
    let mut owner = rig.owner(1).await;
    rig.clock.advance(23 * 3_600_000);
    let fresh = owner
        .call(&rig, Method::POST, "auth/refresh", None)
        .await
        .expect(200);
    assert_eq!(fresh["expires_at"], START + 47 * 3_600_000);
    rig.clock.advance(3_600_000);
    let late = owner.call(&rig, Method::POST, "auth/refresh", None).await;
    late.refused(401, "token.expired");
    owner.token = fresh["token"].as_str().unwrap().to_owned();
    owner.get(&rig, "state").await.expect(200);
}

/// Fills the state with entries that are none of the server's business, without asking it to sign them.
async fn fill_state(rig: &Rig, owner: &Member, count: usize) {
    let mut prev = None;
    if let Some(head) = rig
        .records
        .head(owner.space, &ChainId::state())
        .await
        .unwrap()
    {
        prev = Some(head.hash);
    }
    for number in 0..count {
        let hash = MessageId::of(&number.to_be_bytes());
        let message = Message {
            message_hash: hash,
            topic_id: TopicId::state(),
            kind: format!("filler/{number}"),
            prev_hash: prev,
            data: String::new(),
            sender: owner.id,
            signature: Signature::from_bytes([0; 64]),
            server_timestamp: START,
        };
        let append = unjudged(owner.space, message);
        rig.records.append(append).await.unwrap();
        prev = Some(hash);
    }
}

#[tokio::test]
async fn rights_count_after_ten_thousand_state_messages() {
    let rig = forgetful();
    let owner = rig.owner(1).await;
    fill_state(&rig, &owner, 10_500).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "r", "read", MESSAGES).await;
    for _ in 0..2 {
        member.get(&rig, MESSAGES).await.expect(200);
        forget(&rig).await;
    }
}

#[tokio::test]
async fn five_thousand_state_messages_later_a_role_counts() {
    let rig = forgetful();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    assign_reader(&rig, &owner, member.id).await;
    // Among them enough of `auth/` to need several pages when it is read again.
    fill_state(&rig, &owner, 3_800).await;
    let mut head = owner.head(&rig, "state").await;
    for number in 0..1_200 {
        let path = format!("auth/roles/r{number}");
        let post = Post::new("state", &path, head.as_deref(), b"{}");
        let created = owner.post(&rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
    }
    for _ in 0..2 {
        member.get(&rig, MESSAGES).await.expect(200);
        member
            .get(&rig, "topics/other/messages")
            .await
            .refused(403, "permission.denied");
        forget(&rig).await;
    }
    owner.set(&rig, "auth/roles/reader/rights/r0", b"").await;
    for _ in 0..2 {
        member
            .get(&rig, MESSAGES)
            .await
            .refused(403, "permission.denied");
        forget(&rig).await;
    }
}

#[tokio::test]
async fn a_view_that_was_put_away_is_read_again_as_it_was() {
    let rig = forgetful();
    let owner = rig.owner(1).await;
    let (member, removed) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let tool = rig.tool(&owner, 4, json!({"use_limit": 2})).await;
    owner
        .grant(&rig, &tool, "w", "create", "topics/{any}")
        .await;
    owner
        .grant(&rig, &member, "a/b", "read", "topics/general/messages")
        .await;
    owner
        .set(&rig, &format!("auth/users/{}", removed.id), b"")
        .await;
    tool.post(&rig, &Post::new("one", "t", None, b""))
        .await
        .expect(201);
    forget(&rig).await;
    member.get(&rig, MESSAGES).await.expect(200);
    removed
        .get(&rig, MESSAGES)
        .await
        .refused(401, "token.revoked");
    tool.post(&rig, &Post::new("two", "t", None, b""))
        .await
        .expect(201);
    forget(&rig).await;
    let over = tool.post(&rig, &Post::new("three", "t", None, b"")).await;
    over.refused(403, "tool.use_limit");
}

#[tokio::test]
async fn an_empty_blob_comes_back() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = blob_id(b"");
    let stored = owner.put_blob(&rig, &id, "").await.expect(201);
    assert_eq!(stored, json!({"blob_id": id, "size": 0}));
    let empty = owner.get(&rig, &format!("blobs/{id}")).await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    assert_eq!(empty.header("content-length"), "0");
    assert_eq!(empty.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn the_owner_removes_a_members_blob() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let id = blob_id(b"shared");
    for member in [&ann, &bob] {
        member.put_blob(&rig, &id, "shared").await.expect(201);
    }
    let delete = owner
        .call(&rig, Method::DELETE, &format!("blobs/{id}"), None)
        .await;
    delete.expect(204);
    for member in [&owner, &ann, &bob] {
        let gone = member.get(&rig, &format!("blobs/{id}")).await;
        gone.refused(404, "blob.not_found");
    }
}

#[tokio::test]
async fn a_refused_write_is_no_use_of_a_tool() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let tool = rig
        .tool(
            &owner,
            2,
            json!({"tool_id": tool_id(2).to_string(), "use_limit": 1}),
        )
        .await;
    owner.grant(&rig, &tool, "w", "create", MESSAGES).await;
    let wrong = crate::rig::message_id(b"wrong");
    for (topic, prev, status) in [
        ("secret", None, 403),
        ("general", Some(wrong.as_str()), 409),
    ] {
        let post = Post::new(topic, "t", prev, b"");
        assert_eq!(tool.post(&rig, &post).await.status, status);
    }
    tool.try_set(&rig, "a", b"1")
        .await
        .refused(403, "permission.denied");
    let mismatch = tool.put_blob(&rig, &blob_id(b"a"), "b").await;
    mismatch.refused(400, "blob.id_mismatch");
    let post = Post::new("general", "t", None, b"");
    tool.post(&rig, &post).await.expect(201);
}

#[tokio::test]
async fn data_answers_with_the_signed_time() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let stored = owner
        .put_data(&rig, "a", b"1", START - 30_000)
        .await
        .expect(200);
    assert_eq!(stored["signed_at"], START - 30_000);
    assert_eq!(
        owner.get(&rig, "data/a").await.expect(200)["signed_at"],
        START - 30_000
    );
}

#[tokio::test]
async fn equal_times_do_not_overwrite() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.put_data(&rig, "a", b"1", START).await.expect(200);
    owner
        .put_data(&rig, "a", b"2", START)
        .await
        .refused(400, "data.stale");
    // Sending the same again is the same success.
    owner.put_data(&rig, "a", b"1", START).await.expect(200);
    assert_eq!(owner.get(&rig, "data/a").await.expect(200)["data"], "MQ==");
}

#[tokio::test]
async fn a_deleted_entry_cannot_be_replayed() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.put_data(&rig, "a", b"1", START).await.expect(200);
    owner
        .call(&rig, Method::DELETE, "data/a", None)
        .await
        .expect(204);
    owner
        .put_data(&rig, "a", b"1", START)
        .await
        .refused(400, "data.stale");
    owner
        .get(&rig, "data/a")
        .await
        .refused(404, "data.not_found");
    owner.put_data(&rig, "a", b"2", START + 1).await.expect(200);
}
