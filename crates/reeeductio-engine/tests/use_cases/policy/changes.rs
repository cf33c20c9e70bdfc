//! Edits and deletes.

use reeeductio_core::state_entry;
use reeeductio_engine::Appended;
use reeeductio_engine::live::SessionConfig;
use reeeductio_proto::{Capability, ErrorCode, Operation, Pattern, Settings, Target, TargetChange};

use super::space::{Note, PolicySpace, topic};
use crate::rig::{Member, Rig, code};
use crate::signed_in::SignedIn;

fn change(of: Appended, revision: u32, change: TargetChange) -> Target {
    Target {
        change,
        message: *of.position.hash.hash(),
        revision,
    }
}

fn edit(of: Appended, revision: u32) -> Note<'static> {
    Note {
        target: Some(change(of, revision, TargetChange::Edit)),
        ..Note::first("edited")
    }
}

fn delete(of: Appended, revision: u32) -> Note<'static> {
    Note {
        target: Some(change(of, revision, TargetChange::Delete)),
        ..Note::first("")
    }
}

async fn payload_of(space: &PolicySpace, of: Appended) -> Option<Vec<u8>> {
    let (engine, hash) = (&space.rig.engine, of.position.hash.to_string());
    let found = engine
        .entry(&space.owner.caller, &topic(), &hash, None)
        .await;
    found.unwrap().0.payload
}

#[tokio::test]
async fn an_edit_takes_the_payloads_it_replaces_away_and_leaves_the_signed_parts() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let ada = space.user(2).await;
    space.rotate(&space.owner.clone()).await.unwrap();
    let first = space.post(&ada, &Note::first("one")).await.unwrap();
    let once = Note {
        prev: Some(first.position.hash),
        ..edit(first, 1)
    };
    let once = space.post(&ada, &once).await.unwrap();
    assert_eq!(payload_of(&space, first).await, None);
    let twice = Note {
        prev: Some(once.position.hash),
        ..edit(first, 2)
    };
    let twice = space.post(&ada, &twice).await.unwrap();
    assert_eq!(payload_of(&space, once).await, None);
    assert!(payload_of(&space, twice).await.is_some());
    let engine = &space.rig.engine;
    let hash = first.position.hash.to_string();
    let (entry, _) = engine
        .entry(&ada.caller, &topic(), &hash, None)
        .await
        .unwrap();
    let revised = entry.revised.unwrap();
    assert_eq!((revised.by, revised.number), (twice.position.hash, 2));

    let gone = Note {
        prev: Some(twice.position.hash),
        ..delete(first, 3)
    };
    let gone = space.post(&ada, &gone).await.unwrap();
    assert_eq!(payload_of(&space, twice).await, None);
    let after = Note {
        prev: Some(gone.position.hash),
        ..edit(first, 4)
    };
    assert_eq!(
        code(space.post(&ada, &after).await),
        ErrorCode::RevisionConflict
    );
}

#[tokio::test]
async fn of_two_edits_from_two_devices_one_is_first_and_the_other_is_told() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    space
        .post(&owner, &edit(first, 1).in_lane([2; 8]))
        .await
        .unwrap();
    let other = edit(first, 1).in_lane([3; 8]);
    assert_eq!(
        code(space.post(&owner, &other).await),
        ErrorCode::RevisionConflict
    );
    space
        .post(&owner, &edit(first, 2).in_lane([3; 8]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stream_does_not_tell_a_payload_that_was_removed_before() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    // Keeps what is told at hand.
    let config = SessionConfig::default();
    let open = space
        .rig
        .engine
        .signed_in_session(owner.caller.clone(), config, "", None);
    let _open = open.await.unwrap();
    let since = SignedIn::open(&space.rig, &owner).await.hello["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = space.post(&owner, &Note::first("secret")).await.unwrap();
    let removed = delete(first, 1).in_lane([2; 8]);
    space.post(&owner, &removed).await.unwrap();
    assert_eq!(payload_of(&space, first).await, None);
    let mut resumed = SignedIn::open_with(&space.rig, &owner, &since, None).await;
    let frames = resumed.frames().await;
    let hash = first.position.hash.to_string();
    let told = frames.iter().find(|frame| frame["message_hash"] == hash);
    assert_eq!(told.unwrap()["payload"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_stream_does_not_tell_a_payload_that_has_expired() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let open = SignedIn::open(&space.rig, &owner).await;
    let since = open.hello["cursor"].as_str().unwrap().to_owned();
    drop(open);
    let config = SessionConfig::default();
    let engine = &space.rig.engine;
    let open = engine.signed_in_session(owner.caller.clone(), config, "", None);
    let _open = open.await.unwrap();
    let note = Note {
        expires: Some(u64::try_from(space.rig.now() + 1_000).unwrap()),
        ..Note::first("secret")
    };
    space.post(&owner, &note).await.unwrap();
    space.rig.clock.advance(1_000);
    assert_eq!(space.rig.engine.remove_expired().await.unwrap(), 1);
    let mut resumed = SignedIn::open_with(&space.rig, &owner, &since, None).await;
    let frames = resumed.frames().await;
    let told: Vec<_> = frames.iter().map(|frame| &frame["payload"]).collect();
    assert_eq!(told, [&serde_json::Value::Null]);
}

#[tokio::test]
async fn an_edit_whose_answer_was_lost_is_stored_once() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    let body = space.seal(&owner, &edit(first, 1).in_lane([2; 8]));
    let stored = space.send(&owner, body.clone()).await.unwrap();
    assert_eq!(space.send(&owner, body).await.unwrap(), stored);
}

async fn allow(space: &mut PolicySpace, member: &Member, op: Operation) {
    let right = Capability {
        op,
        path: Pattern::parse("topics/{any}").unwrap(),
        must_be_owner: false,
        expires_at: None,
    };
    let name = format!("may_{}", op.as_str());
    let entry = state_entry::right_of_member(member.id, &name, &right).unwrap();
    let owner = space.owner.clone();
    space.command(&owner, &[entry]).await.unwrap();
}

#[tokio::test]
async fn what_another_wrote_is_changed_by_right_alone() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let (owner, ada) = (space.owner.clone(), space.user(2).await);
    space.rotate(&owner).await.unwrap();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    for note in [edit(first, 1), delete(first, 1)] {
        assert_eq!(
            code(space.post(&ada, &note).await),
            ErrorCode::PermissionDenied
        );
    }
    allow(&mut space, &ada, Operation::Modify).await;
    assert_eq!(
        code(space.post(&ada, &delete(first, 1)).await),
        ErrorCode::PermissionDenied
    );
    let edited = space.post(&ada, &edit(first, 1)).await.unwrap();
    allow(&mut space, &ada, Operation::Delete).await;
    let deleted = Note {
        prev: Some(edited.position.hash),
        ..delete(first, 2)
    };
    space.post(&ada, &deleted).await.unwrap();
}

#[tokio::test]
async fn a_space_that_is_not_mutable_keeps_its_messages_as_they_are() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    let fixed = state_entry::settings(&Settings::default()).unwrap();
    space.command(&owner, &[fixed]).await.unwrap();
    let changed = edit(first, 1).in_lane([2; 8]);
    assert_eq!(
        code(space.post(&owner, &changed).await),
        ErrorCode::PermissionDenied
    );
    assert!(payload_of(&space, first).await.is_some());
}

#[tokio::test]
async fn a_change_names_a_message_of_its_topic_that_is_none_itself() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    let edited = space
        .post(&owner, &edit(first, 1).in_lane([2; 8]))
        .await
        .unwrap();
    let of_edit = edit(edited, 1).in_lane([3; 8]);
    assert_eq!(
        code(space.post(&owner, &of_edit).await),
        ErrorCode::FormatMalformed
    );
    let mut nowhere = edit(first, 1).in_lane([3; 8]);
    nowhere.target = nowhere.target.map(|target| Target {
        message: [9; 32],
        ..target
    });
    assert_eq!(
        code(space.post(&owner, &nowhere).await),
        ErrorCode::MessageNotFound
    );
}

#[tokio::test]
async fn a_payload_is_removed_when_it_expires_or_its_space_keeps_it_no_longer() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let now = space.rig.now();
    let note = Note {
        expires: Some(u64::try_from(now + 1000).unwrap()),
        ..Note::first("short")
    };
    let short = space.post(&owner, &note).await.unwrap();
    let long = space
        .post(&owner, &Note::first("long").in_lane([2; 8]))
        .await
        .unwrap();
    assert_eq!(space.rig.engine.remove_expired().await.unwrap(), 0);
    space.rig.clock.advance(1000);
    assert_eq!(space.rig.engine.remove_expired().await.unwrap(), 1);
    assert_eq!(payload_of(&space, short).await, None);

    assert_eq!(space.rig.engine.enforce_retention().await.unwrap(), 0);
    let settings = Settings {
        retention_days: Some(1),
        ..Settings::default()
    };
    let entry = state_entry::settings(&settings).unwrap();
    space.command(&owner, &[entry]).await.unwrap();
    assert_eq!(space.rig.engine.enforce_retention().await.unwrap(), 0);
    assert!(payload_of(&space, long).await.is_some());
    space.rig.clock.advance(24 * 60 * 60 * 1000 + 1);
    assert_eq!(space.rig.engine.enforce_retention().await.unwrap(), 1);
    // The token has expired by now.
    space.owner = space.rig.owner().await;
    assert_eq!(payload_of(&space, long).await, None);
}
