//! A client that goes on from its snapshot judges as one that has read everything.

use reeeductio_proto::{BlobId, EpochEntry, Operation, Shard, roster_hash};

use super::*;
use crate::{Draft, Identity, StateEntry, state_entry};

/// An epoch that nobody has a root of.
fn epoch(world: &World, issuer: &Identity, at: i64, roster_hash: [u8; 32]) -> StateEntry {
    let entry = EpochEntry {
        number: 1,
        commitment: [7; 32],
        previous: None,
        issuer: issuer.user_id(),
        at,
        roster_hash,
        shards: vec![Shard {
            blob: BlobId::of(b"shard"),
            first: world.owner.user_id(),
        }],
    };
    state_entry::epoch(&entry).unwrap()
}

/// Appends an entry past the server's checks, and returns why it has no authority.
fn append(world: &mut World, by: &Identity, entry: &StateEntry) -> Option<String> {
    let draft = Draft {
        space: &world.space,
        topic: &TopicId::state(),
        kind: entry.path.as_str(),
        prev_hash: world.state.head().map(|head| head.hash),
        data: entry.value.as_bytes(),
    };
    let message = draft.message(&by.user_id(), by, 0);
    let id = message.message_hash;
    let n = world.server.append(message, None);
    world.take(n);
    world.state.refusal(&id).map(str::to_owned)
}

#[test]
fn what_the_owner_writes_against_the_rules_does_not_exist_after_a_restart_either() {
    let mut world = World::new();
    let (owner, bob) = (world.owner.clone(), world.bob.user_id());
    let at = world.state.head().unwrap().timestamp;
    // Of other members than the roster's, and a key that Bob has not signed.
    let for_others = epoch(&world, &owner, at, [9; 32]);
    let key = owner.decryption_key(0).encryption_key().unwrap();
    let signature = owner.sign_encryption_key(&world.space, &bob, &key);
    let named = state_entry::encryption_key(bob, &key.to_published(), &signature).unwrap();
    for entry in [&for_others, &named] {
        assert!(append(&mut world, &owner, entry).is_some());
        assert_eq!(world.state.entry(&entry.path), None);
    }
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    for reader in [reader.restarted(), reader] {
        let view = reader.state.view();
        assert_eq!(view.newest_epoch().unwrap().entry.number, 0);
        assert_eq!(view.encryption_key(&bob), None);
        assert_ne!(view.newest_authority(), reader.state.head());
    }
}

#[test]
fn an_epoch_that_names_too_old_a_time_has_no_effect_after_a_restart_either() {
    let mut world = World::new();
    let (ada, bob) = (world.ada.clone(), world.bob.clone());
    world.give(&ada, Operation::Create, "state/notes/{any}");
    world.give(&bob, Operation::Create, "state/keyring/{any}");
    let old = world.state.head().unwrap().timestamp;
    let note = StateEntry {
        path: reeeductio_proto::StatePath::parse("notes/one").unwrap(),
        value: "x".to_owned(),
    };
    assert_eq!(append(&mut world, &ada, &note), None);
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let mut restarted = reader.restarted();
    let roster = roster_hash(&world.space, 1, &world.state.view().roster(old));
    let backdated = epoch(&world, &bob, old, roster);
    assert!(append(&mut world, &bob, &backdated).is_some());
    for reader in [&mut restarted, &mut reader] {
        reader.read_state(&world.server).unwrap();
        let newest = reader.state.view().newest_epoch();
        assert_eq!(newest.unwrap().entry.number, 0);
    }
}
