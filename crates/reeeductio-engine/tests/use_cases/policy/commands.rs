//! Several messages as one step.

use reeeductio_core::{StateEntry, state_entry};
use reeeductio_proto::{Applied, ErrorCode, MemberId, StatePath, View};

use super::space::{Note, PolicySpace};
use crate::rig::{Rig, code, keys, space};

fn value(path: &str, value: &str) -> StateEntry {
    StateEntry {
        path: StatePath::parse(path).unwrap(),
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn a_member_and_the_epoch_that_shuts_it_out_are_one_command() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let (owner, ada) = (space.owner.clone(), space.user(2).await);
    space.rotate(&owner).await.unwrap();
    let late = space.seal(&ada, &Note::first("late"));

    // The epoch is begun in the view after the removal.
    let removal = value(state_entry::member_path(ada.id).unwrap().as_str(), "");
    let before = space.view.clone();
    apply(
        &mut space.view,
        &space.owner.id,
        &removal,
        space.head.unwrap(),
    );
    let (epoch, keys) = space.begin(&owner).await;
    space.view = before;
    let stored = space.command(&owner, &[removal, epoch]).await.unwrap();
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[1].number, stored[0].number.map(|number| number + 1));
    space.keys.keep(&space.view, keys).unwrap();
    assert!(space.view.is_epoch_current(space.rig.now()));
    assert!(!space.view.roster(space.rig.now()).contains(&ada.id));
    assert_eq!(code(space.send(&ada, late).await), ErrorCode::TokenRevoked);
    space
        .post(&owner, &Note::first("without her"))
        .await
        .unwrap();
}

/// Takes in an entry as if it were stored after the head.
fn apply(view: &mut View, sender: &MemberId, entry: &StateEntry, head: reeeductio_proto::Position) {
    let draft = reeeductio_core::Draft {
        space: &space(),
        topic: &reeeductio_proto::TopicId::state(),
        kind: entry.path.as_str(),
        prev_hash: Some(head.hash),
        data: entry.value.as_bytes(),
    };
    let message = draft.message(sender, &keys(1), head.timestamp + 1);
    assert_eq!(view.apply(&message), Applied::Changed);
}

#[tokio::test]
async fn of_a_command_with_one_bad_message_nothing_is_stored() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let head = space.state_head().await;
    let good = value("profiles/ada", "{}");
    let entries = [
        good.clone(),
        value("auth/roles/reader", r#"{"role_id": "writer"}"#),
        good.clone(),
    ];
    assert_eq!(
        code(space.command(&owner, &entries).await),
        ErrorCode::AuthInvalidEntry
    );
    assert_eq!(space.state_head().await, head);
    let mut posts = space.sign(&owner, &[good.clone(), good]);
    let signature = posts[0].signature.clone();
    posts[1].signature = signature;
    let refused = space.rig.engine.command(&owner.caller, posts).await;
    assert_eq!(code(refused), ErrorCode::MessageBadSignature);
    assert_eq!(space.state_head().await, head);
}

#[tokio::test]
async fn each_message_is_judged_by_the_state_after_the_one_before() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let role = state_entry::role("reader", None).unwrap();
    let ada = keys(2).user_id();
    let entries = [
        role,
        state_entry::user(ada, None).unwrap(),
        state_entry::role_grant(ada, "reader", None).unwrap(),
    ];
    space.command(&owner, &entries).await.unwrap();
    // In the other order the role does not exist yet.
    let bob = keys(3).user_id();
    let entries = [
        state_entry::user(bob, None).unwrap(),
        state_entry::role_grant(bob, "writer", None).unwrap(),
        state_entry::role("writer", None).unwrap(),
    ];
    assert_eq!(
        code(space.command(&owner, &entries).await),
        ErrorCode::AuthInvalidEntry
    );
}

#[tokio::test]
async fn a_command_whose_answer_was_lost_is_carried_out_once() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let posts = space.sign(&owner, &[value("a", "1"), value("b", "2")]);
    let first = space
        .rig
        .engine
        .command(&owner.caller, posts.clone())
        .await
        .unwrap();
    space.read_state().await;
    let again = space
        .rig
        .engine
        .command(&owner.caller, posts)
        .await
        .unwrap();
    assert_eq!(again, first);
    // Another one on the same head is refused.
    let late = first[0].position;
    space.head = None;
    let posts = space.sign(&owner, &[value("c", "3")]);
    let refused = space.rig.engine.command(&owner.caller, posts).await;
    assert_eq!(code(refused), ErrorCode::ChainConflict);
    assert!(space.state_head().await.unwrap().timestamp > late.timestamp);
}

#[tokio::test]
async fn a_command_whose_answer_was_lost_in_a_restart_is_carried_out_once() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let posts = space.sign(&owner, &[value("a", "1"), value("b", "2")]);
    let first = space.rig.engine.command(&owner.caller, posts.clone()).await;
    space.read_state().await;
    let restarted = space.rig.again();
    let owner = restarted.owner().await;
    let again = restarted.engine.command(&owner.caller, posts).await;
    assert_eq!(again.unwrap(), first.unwrap());
}

#[tokio::test]
async fn state_whose_answer_was_lost_in_a_restart_is_stored_once() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let [post] = space.sign(&owner, &[value("a", "1")]).try_into().unwrap();
    let state = reeeductio_proto::TopicId::state();
    let engine = &space.rig.engine;
    let first = engine.append(&owner.caller, &state, post.clone()).await;
    space.read_state().await;
    let restarted = space.rig.again();
    let owner = restarted.owner().await;
    let again = restarted.engine.append(&owner.caller, &state, post).await;
    assert_eq!(again.unwrap(), first.unwrap());
}

#[tokio::test]
async fn a_member_without_the_right_learns_nothing_about_blobs_by_a_command() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let (owner, ada) = (space.owner.clone(), space.user(2).await);
    let (epoch, _) = space.begin(&owner).await;
    let stored: serde_json::Value = serde_json::from_str(&epoch.value).unwrap();
    let named = stored["shards"][0]["blob"].as_str().unwrap().to_owned();
    let missing = reeeductio_proto::BlobId::from_hash([7; 32]).to_string();
    let guess = StateEntry {
        value: epoch.value.replace(&named, &missing),
        ..epoch.clone()
    };
    for entry in [epoch, guess] {
        let refused = space.command(&ada, &[entry]).await;
        assert_eq!(code(refused), ErrorCode::PermissionDenied);
    }
}

#[tokio::test]
async fn the_admin_space_takes_no_policy_alone_or_in_a_command() {
    let rig = Rig::with(|config| config.admin_space = Some(space()));
    let owner = rig.owner().await;
    let policy = reeeductio_proto::Policy::new(reeeductio_proto::History::Static);
    let policy = state_entry::policy(&policy).unwrap();
    assert_eq!(
        code(owner.set(&rig, &policy).await),
        ErrorCode::SpacePolicyFixed
    );
    let draft = reeeductio_core::Draft {
        space: &space(),
        topic: &reeeductio_proto::TopicId::state(),
        kind: policy.path.as_str(),
        prev_hash: None,
        data: policy.value.as_bytes(),
    };
    let (_, post) = draft.sign(&owner.id, &owner.keys);
    let together = rig.engine.command(&owner.caller, vec![post]).await;
    assert_eq!(code(together), ErrorCode::SpacePolicyFixed);
}

#[tokio::test]
async fn a_command_has_1_to_64_messages_and_a_mebibyte() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let many: Vec<StateEntry> = (0..65).map(|n| value(&format!("n/{n}"), "x")).collect();
    assert_eq!(
        code(space.command(&owner, &many).await),
        ErrorCode::RequestTooLarge
    );
    assert_eq!(
        code(space.command(&owner, &[]).await),
        ErrorCode::RequestInvalid
    );
    let large = "x".repeat(70_000);
    let large: Vec<StateEntry> = (0..12).map(|n| value(&format!("n/{n}"), &large)).collect();
    assert_eq!(
        code(space.command(&owner, &large).await),
        ErrorCode::RequestTooLarge
    );
    assert_eq!(space.command(&owner, &many[..64]).await.unwrap().len(), 64);
}

#[tokio::test]
async fn messages_of_a_command_follow_each_other() {
    let space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let mut posts = space.sign(&owner, &[value("a", "1"), value("b", "2")]);
    posts.swap(0, 1);
    let refused = space.rig.engine.command(&owner.caller, posts).await;
    assert_eq!(code(refused), ErrorCode::MessageInvalidPrevHash);
}

#[tokio::test]
async fn an_epoch_whose_shards_are_not_stored_is_refused() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let (epoch, _) = space.begin(&owner).await;
    let blob = space.view.newest_epoch().unwrap().entry.shards[0].blob;
    assert!(epoch.value.contains("shards"));
    // The same entry with a blob that nobody has stored.
    let stored: serde_json::Value = serde_json::from_str(&epoch.value).unwrap();
    let named = stored["shards"][0]["blob"].as_str().unwrap().to_owned();
    let missing = reeeductio_proto::BlobId::from_hash([7; 32]).to_string();
    let forged = StateEntry {
        value: epoch.value.replace(&named, &missing),
        ..epoch.clone()
    };
    assert_eq!(
        code(space.command(&owner, &[forged]).await),
        ErrorCode::KeyringShardMissing
    );
    space
        .command(&owner, std::slice::from_ref(&epoch))
        .await
        .unwrap();
    // The same number again.
    assert_eq!(
        code(space.command(&owner, &[epoch]).await),
        ErrorCode::KeyringEpochTaken
    );
    let _ = blob;
}

#[tokio::test]
async fn of_two_who_begin_an_epoch_at_once_one_succeeds_and_the_other_uses_it() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let (one, _) = space.begin(&owner).await;
    let (two, _) = space.begin(&owner).await;
    let posts = [space.sign(&owner, &[one]), space.sign(&owner, &[two])];
    let [one, two] = posts.map(|posts| space.rig.engine.command(&owner.caller, posts));
    let (one, two) = tokio::join!(one, two);
    let refused = match (one, two) {
        (Ok(_), refused) | (refused, Ok(_)) => refused,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(refused), ErrorCode::ChainConflict);
}
