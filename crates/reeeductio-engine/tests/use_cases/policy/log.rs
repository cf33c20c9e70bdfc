//! Checkpoints, and proofs of what a page holds.

use reeeductio_backend::Entry;
use reeeductio_engine::PageRequest;
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{Checkpoint, ErrorCode, EventKind, EventLeaf, SealedHeader, encoding};

use super::space::{Note, PolicySpace, topic};
use crate::rig::{Rig, code, space};

/// The leaf of an entry, from its fields alone.
fn leaf(entry: &Entry, previous: TreeHash) -> TreeHash {
    let message = &entry.message;
    let data = encoding::decode(&message.data).unwrap();
    let lane = match SealedHeader::parse(&data) {
        Ok(header) if !message.topic_id.is_state() => header.lane,
        _ => [0; 8],
    };
    EventLeaf {
        space: &space(),
        number: entry.leaf.number,
        what: EventKind::Message,
        topic: message.topic_id.as_str(),
        lane,
        hash: *message.message_hash.hash(),
        timestamp: u64::try_from(message.server_timestamp).unwrap(),
        previous,
        state: entry.leaf.state.map_or([0; 32], |state| *state.hash()),
    }
    .hash()
}

fn read(from: Option<i64>, to: Option<i64>, limit: usize) -> PageRequest {
    PageRequest {
        from,
        to,
        limit,
        verified: None,
    }
}

async fn checkpoint(space: &PolicySpace) -> Checkpoint {
    let key = space.rig.engine.log_key().public_key();
    let note = space
        .rig
        .engine
        .checkpoint(&space.owner.caller)
        .await
        .unwrap();
    Checkpoint::verify(&note, &key).unwrap()
}

#[tokio::test]
async fn a_page_is_proven_whole_by_the_leaf_of_its_newest_message() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    for lane in 1..=5 {
        space
            .post(&owner, &Note::first("x").in_lane([lane; 8]))
            .await
            .unwrap();
        space.rig.clock.advance(1);
        owner.put(&space.rig, "counter", &[lane]).await.unwrap();
    }
    let engine = &space.rig.engine;
    let key = engine.log_key().public_key();
    for request in [
        read(None, None, 3),
        read(Some(i64::MAX), Some(0), 2),
        read(None, None, 100),
    ] {
        let page = engine
            .entries(&owner.caller, &topic(), request)
            .await
            .unwrap();
        let mut entries: Vec<&Entry> = page.entries.items.iter().collect();
        entries.sort_by_key(|entry| entry.leaf.number);
        let mut hash = entries[0].previous;
        for entry in &entries {
            hash = leaf(entry, hash);
        }
        let inclusion = page.inclusion.unwrap();
        let proven = Checkpoint::verify(&inclusion.checkpoint, &key).unwrap();
        let newest = entries.last().unwrap().leaf.number;
        inclusion
            .proof
            .verify_inclusion(&hash, newest, proven.size, &proven.root)
            .unwrap();
    }
}

#[tokio::test]
async fn checkpoints_cover_what_was_acknowledged_and_follow_from_each_other() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let mut before = checkpoint(&space).await;
    let mut last = None;
    for _ in 0..20 {
        let note = match last {
            None => Note::first("x"),
            Some(last) => Note::after("x", last),
        };
        let stored = space.post(&owner, &note).await.unwrap();
        let now = checkpoint(&space).await;
        assert_eq!(now.size, stored.number.unwrap() + 1);
        assert_eq!(now.origin, before.origin);
        let engine = &space.rig.engine;
        let proof = engine
            .prove_consistency(&owner.caller, before.size, now.size)
            .await;
        proof
            .unwrap()
            .verify_consistency((before.size, &before.root), (now.size, &now.root))
            .unwrap();
        (before, last) = (now, Some(stored));
    }
}

#[tokio::test]
async fn proofs_are_of_trees_that_there_are() {
    let space = PolicySpace::make(Rig::start()).await;
    let (engine, owner) = (&space.rig.engine, &space.owner.caller);
    let size = checkpoint(&space).await.size;
    for (leaf, of) in [(size, size), (0, size + 1), (0, 0), (u64::MAX, u64::MAX)] {
        let refused = engine.prove_inclusion(owner, leaf, of).await;
        assert_eq!(code(refused), ErrorCode::RequestInvalid);
    }
    for (from, of) in [(0, size), (size + 1, size), (1, size + 1), (1, u64::MAX)] {
        let refused = engine.prove_consistency(owner, from, of).await;
        assert_eq!(code(refused), ErrorCode::RequestInvalid);
    }
    engine.prove_inclusion(owner, 0, size).await.unwrap();
    engine.prove_consistency(owner, size, size).await.unwrap();
}

#[tokio::test]
async fn a_server_that_starts_again_goes_on_with_the_same_history() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    space.post(&owner, &Note::first("x")).await.unwrap();
    let before = checkpoint(&space).await;
    let again = space.rig.again();
    let owner = again.owner().await;
    let note = again.engine.checkpoint(&owner.caller).await.unwrap();
    let after = Checkpoint::verify(&note, &again.engine.log_key().public_key()).unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_page_proves_that_its_tree_has_grown_from_the_verified_one() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let before = checkpoint(&space).await;
    let first = space.post(&owner, &Note::first("x")).await.unwrap();
    space.post(&owner, &Note::after("x", first)).await.unwrap();
    let now = checkpoint(&space).await;
    let engine = &space.rig.engine;
    let page = async |verified| {
        let request = PageRequest {
            verified,
            ..read(None, None, 10)
        };
        let page = engine.entries(&owner.caller, &topic(), request).await;
        page.unwrap().inclusion.unwrap()
    };
    for old in [&before, &now] {
        let proven = page(Some(old.size)).await;
        assert_eq!(
            proven.proof,
            page(None).await.proof,
            "the other proof is as it is"
        );
        let (old, now) = ((old.size, &old.root), (now.size, &now.root));
        proven
            .consistency
            .unwrap()
            .verify_consistency(old, now)
            .unwrap();
    }
    for none in [None, Some(0), Some(now.size + 1), Some(u64::MAX)] {
        assert_eq!(page(none).await.consistency, None, "{none:?}");
    }
    let hash = first.position.hash.to_string();
    let (_, one) = engine
        .entry(&owner.caller, &topic(), &hash, Some(before.size))
        .await
        .unwrap();
    assert_eq!(one.consistency, page(Some(before.size)).await.consistency);
}
