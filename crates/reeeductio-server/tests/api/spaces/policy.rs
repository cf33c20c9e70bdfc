//! Spaces with a policy: commands, pages with their proofs, checkpoints (spec/protocol.md).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::Method;
use reeeductio_proto::api::EntryPage;
use reeeductio_proto::tree::Proof;
use reeeductio_proto::{Checkpoint, EventKind, EventLeaf, Message, encoding};
use reeeductio_server::{DiskSpace, Disks};
use serde_json::{Value, json};

use crate::rig::{Member, Post, Rig, START};

const POLICY: &str = r#"{"version": 1, "home": "server", "history": "static", "suites": [1], "padding": "padme", "later": [1]}"#;

/// Messages for the state, each after the one before.
fn chain(member: &Member, entries: &[(&str, &str)]) -> Vec<Value> {
    let mut prev: Option<String> = None;
    let sign = |(path, value): &(&str, &str)| {
        let post = Post::new("state", path, prev.as_deref(), value.as_bytes()).body(member);
        prev = post["message_hash"].as_str().map(str::to_owned);
        post
    };
    entries.iter().map(sign).collect()
}

pub(crate) async fn command(
    rig: &Rig,
    member: &Member,
    messages: Vec<Value>,
) -> crate::rig::Answer {
    let body = json!({"messages": messages});
    member.call(rig, Method::POST, "commands", Some(body)).await
}

/// A space with a policy, a value and a removed value.
pub(crate) async fn made(rig: &Rig) -> Member {
    let owner = rig.owner(1).await;
    let entries = [("space/policy", POLICY), ("a/b", "1"), ("a/b", "")];
    let done = command(rig, &owner, chain(&owner, &entries))
        .await
        .expect(201);
    let numbers: Vec<u64> = done["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["n"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [0, 1, 2]);
    owner
}

fn hashes(proof: &Value) -> Proof {
    let hashes = proof["hashes"].as_array().unwrap();
    let hash = |text: &Value| encoding::decode_array(text.as_str().unwrap()).unwrap();
    Proof(hashes.iter().map(hash).collect())
}

async fn log_key(rig: &Rig) -> [u8; 32] {
    let log = rig.get("/log").await.expect(200);
    assert_eq!(log["host"], "test.example");
    encoding::decode_array(log["log_key"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_page_has_all_that_its_proof_needs() {
    let rig = Rig::start();
    let owner = made(&rig).await;
    let key = log_key(&rig).await;
    for path in ["state", "topics/state/messages"] {
        let page = owner
            .get(&rig, &format!("{path}?limit=2"))
            .await
            .expect(200);
        let first = page["messages"][0].as_object().unwrap();
        let mut keys: Vec<&str> = first.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "data",
                "message_hash",
                "n",
                "payload",
                "prev_hash",
                "sender",
                "server_timestamp",
                "signature",
                "state",
                "topic_id",
                "type"
            ]
        );
        assert_eq!(
            (&page["previous"], &page["has_more"]),
            (&Value::Null, &json!(true))
        );
        let page: EntryPage = serde_json::from_value(page).unwrap();
        let mut previous = [0; 32];
        for entry in &page.messages {
            assert_eq!(entry.payload, None);
            let message = Message::try_from(entry.message.clone()).unwrap();
            let state = entry
                .state
                .as_deref()
                .map(reeeductio_proto::MessageId::parse);
            previous = EventLeaf {
                space: &owner.space,
                number: entry.n,
                what: EventKind::Message,
                topic: "state",
                lane: [0; 8],
                hash: *message.message_hash.hash(),
                timestamp: u64::try_from(message.server_timestamp).unwrap(),
                previous,
                state: state.map_or([0; 32], |state| *state.unwrap().hash()),
            }
            .hash();
        }
        let proof = page.proof.unwrap();
        let checkpoint = Checkpoint::verify(&proof.checkpoint, &key).unwrap();
        assert_eq!(
            (checkpoint.size, checkpoint.origin.space()),
            (3, owner.space)
        );
        let proof = hashes(&json!({"hashes": proof.hashes}));
        proof
            .verify_inclusion(&previous, 1, checkpoint.size, &checkpoint.root)
            .unwrap();
    }
}

#[tokio::test]
async fn one_message_is_proven_like_a_page_of_it() {
    let rig = Rig::start();
    let owner = made(&rig).await;
    let page = owner.get(&rig, "state?limit=1").await.expect(200);
    let hash = page["messages"][0]["message_hash"].as_str().unwrap();
    let one = owner
        .get(&rig, &format!("topics/state/messages/{hash}"))
        .await
        .expect(200);
    assert_eq!(one["proof"], page["proof"]);
    assert!(one["proof"].get("consistency").is_none());
    // Both prove what the caller has verified, if it says so.
    let path = format!("topics/state/messages/{hash}?verified=2");
    let one = owner.get(&rig, &path).await.expect(200);
    for path in [
        "state?limit=1&verified=2",
        "topics/state/messages?limit=1&verified=2",
    ] {
        assert_eq!(
            one["proof"],
            owner.get(&rig, path).await.expect(200)["proof"]
        );
    }
    let consistency = owner.get(&rig, "proofs?from=2&size=3").await.expect(200);
    assert_eq!(one["proof"]["consistency"], consistency["hashes"]);
    for refused in [
        format!("topics/state/messages/{hash}?verified=x"),
        "state?verified=-1".to_owned(),
    ] {
        owner
            .get(&rig, &refused)
            .await
            .refused(422, "request.invalid");
    }
    assert_eq!(one["previous"], Value::Null);
    assert_eq!(one["n"], 0);
    // A topic without messages has nothing to prove.
    let empty = owner.get(&rig, "topics/general/messages").await.expect(200);
    assert_eq!(
        empty,
        json!({"messages": [], "has_more": false, "previous": null, "proof": null})
    );
}

#[tokio::test]
async fn proofs_are_asked_for_by_leaf_or_by_size() {
    let rig = Rig::start();
    let owner = made(&rig).await;
    let key = log_key(&rig).await;
    let note = owner.get(&rig, "checkpoint").await.expect(200);
    let note = note["checkpoint"].as_str().unwrap().to_owned();
    let checkpoint = Checkpoint::verify(&note, &key).unwrap();
    let proof = owner.get(&rig, "proofs?leaf=2&size=3").await.expect(200);
    assert_eq!(hashes(&proof).0.len(), 1);
    let proof = owner.get(&rig, "proofs?from=3&size=3").await.expect(200);
    let (size, root) = (checkpoint.size, &checkpoint.root);
    hashes(&proof)
        .verify_consistency((size, root), (size, root))
        .unwrap();
    // A checkpoint of fewer events, which is the beginning of the newest.
    let note = owner.get(&rig, "checkpoint?size=2").await.expect(200);
    let note = note["checkpoint"].as_str().unwrap().to_owned();
    let older = Checkpoint::verify(&note, &key).unwrap();
    assert_eq!((older.size, &older.origin), (2, &checkpoint.origin));
    let proof = owner.get(&rig, "proofs?from=2&size=3").await.expect(200);
    hashes(&proof)
        .verify_consistency((2, &older.root), (size, root))
        .unwrap();
    owner.get(&rig, "checkpoint?size=0").await.expect(200);
    for size in ["4", "x", "-1"] {
        let refused = owner.get(&rig, &format!("checkpoint?size={size}")).await;
        refused.refused(422, "request.invalid");
    }
    for query in [
        "leaf=3&size=3",
        "leaf=0&size=4",
        "from=0&size=3",
        "from=4&size=3",
        "leaf=0",
        "size=3",
        "leaf=0&from=1&size=3",
        "leaf=-1&size=3",
        "leaf=x&size=3",
        "leaf=0&size=1e3",
    ] {
        let refused = owner.get(&rig, &format!("proofs?{query}")).await;
        refused.refused(422, "request.invalid");
    }
}

#[tokio::test]
async fn spaces_without_a_policy_answer_as_before_and_have_no_log() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let posted = owner.try_say(&rig, "general", b"hi").await.expect(201);
    assert_eq!(posted["n"], Value::Null);
    assert_eq!(posted["server_timestamp"], START);
    owner
        .get(&rig, "checkpoint")
        .await
        .refused(404, "space.no_policy");
    owner
        .get(&rig, "proofs?leaf=0&size=1")
        .await
        .refused(404, "space.no_policy");
    let refused = command(&rig, &owner, chain(&owner, &[("a/b", "1")])).await;
    refused.refused(404, "space.no_policy");
}

#[tokio::test]
async fn what_is_not_allowed_in_a_space_with_a_policy_is_refused_by_its_code() {
    let rig = Rig::start();
    let owner = made(&rig).await;
    let plain = owner.try_say(&rig, "general", b"hi").await;
    plain.refused(400, "format.required");
    let again = owner.try_set(&rig, "space/policy", POLICY.as_bytes()).await;
    again.refused(409, "space.policy_fixed");
    let keyring = owner.try_set(&rig, "keyring/0", b"{}").await;
    keyring.refused(400, "auth.invalid_entry");
    owner
        .try_set(&rig, "keyring/x", b"{}")
        .await
        .refused(400, "keyring.invalid");
}

#[tokio::test]
async fn a_full_disk_takes_removals_by_a_command_and_nothing_large() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let rig = Rig::with(|plan| {
        plan.config.limits.min_free_bytes = Some(1_000_000);
        let free = Arc::clone(&free);
        let measure = move |_: &Path| {
            let free = free.load(Ordering::SeqCst);
            Ok(DiskSpace {
                free,
                size: 1 << 40,
            })
        };
        plan.disks = Some(Disks::measured(&plan.config, measure));
    });
    let owner = made(&rig).await;
    free.store(999_999, Ordering::SeqCst);
    rig.clock.advance(500);
    let head = owner.get(&rig, "state?limit=100").await.expect(200);
    let head = head["messages"][2]["message_hash"].as_str().unwrap();
    let value =
        |bytes: usize| Post::new("state", "a/b", Some(head), &vec![b'x'; bytes]).body(&owner);
    // As by itself: `a_full_disk_is_told_and_takes_no_writes_until_there_is_room_again`.
    let large = command(&rig, &owner, vec![value(10_000)]).await;
    large.refused(503, "storage.full");
    let mut sealed = value(10);
    sealed["payload"] = json!(encoding::encode(&vec![7; 60_000]));
    command(&rig, &owner, vec![sealed.clone()])
        .await
        .refused(503, "storage.full");
    let path = "topics/state/messages";
    let alone = owner.call(&rig, Method::POST, path, Some(sealed)).await;
    alone.refused(503, "storage.full");
    command(&rig, &owner, vec![value(10)]).await.expect(201);
}
