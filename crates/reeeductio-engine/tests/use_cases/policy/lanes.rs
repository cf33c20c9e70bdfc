//! Messages in lanes: what the server accepts, and what it refuses by which code.

use reeeductio_core::{Epoch, Key, StateEntry, state_entry};
use reeeductio_engine::{Appended, PageRequest};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{ErrorCode, SealedHeader, Settings, TopicId, encoding};

use super::space::{Note, PolicySpace, topic};
use crate::rig::{Rig, code};

/// The messages of the topic, oldest first, with their numbers.
async fn listed(space: &PolicySpace) -> Vec<(String, u64)> {
    let request = PageRequest {
        from: None,
        to: None,
        limit: 1000,
        verified: None,
    };
    let engine = &space.rig.engine;
    let page = engine.entries(&space.owner.caller, &topic(), request).await;
    let entries = page.unwrap().entries.items;
    entries
        .iter()
        .map(|entry| (entry.message.message_hash.to_string(), entry.leaf.number))
        .collect()
}

#[tokio::test]
async fn two_installations_of_one_member_and_another_member_never_conflict() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let (owner, ada) = (space.owner.clone(), space.user(2).await);
    // All are sealed before the first is sent: each names the newest message of its own lane.
    let bodies = [
        (
            &owner,
            space.seal(&owner, &Note::first("desk").in_lane([1; 8])),
        ),
        (
            &owner,
            space.seal(&owner, &Note::first("phone").in_lane([2; 8])),
        ),
        (
            &ada,
            space.seal(&ada, &Note::first("hello").in_lane([1; 8])),
        ),
    ];
    let mut numbers = Vec::new();
    for (member, body) in bodies {
        numbers.push(space.send(member, body).await.unwrap().number.unwrap());
    }
    let first = numbers[0];
    assert_eq!(numbers, [first, first + 1, first + 2]);
    assert_eq!(listed(&space).await.len(), 3);
}

#[tokio::test]
async fn a_lane_goes_on_after_its_own_last_message_only() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    let second = space
        .post(&owner, &Note::after("two", first))
        .await
        .unwrap();
    // A clone of the store goes on from where the copy was made.
    let cloned = space.post(&owner, &Note::after("other", first)).await;
    assert_eq!(code(cloned), ErrorCode::ChainConflict);
    // Nor does it begin again.
    let again = space.post(&owner, &Note::first("again")).await;
    assert_eq!(code(again), ErrorCode::ChainConflict);
    // Another lane does not go on after this one's messages.
    let foreign = Note::after("three", second).in_lane([7; 8]);
    assert_eq!(
        code(space.post(&owner, &foreign).await),
        ErrorCode::ChainConflict
    );
    space
        .post(&owner, &Note::after("three", second))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_stored_once_also_when_the_lane_went_on() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let body = space.seal(&owner, &Note::first("one"));
    let first = space.send(&owner, body.clone()).await.unwrap();
    assert_eq!(space.send(&owner, body.clone()).await.unwrap(), first);
    space
        .post(&owner, &Note::after("two", first))
        .await
        .unwrap();
    assert_eq!(space.send(&owner, body).await.unwrap(), first);
    assert_eq!(listed(&space).await.len(), 2);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_in_a_restart_is_stored_once_also_when_an_epoch_began_since()
 {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let body = space.seal(&owner, &Note::first("one"));
    let first = space.send(&owner, body.clone()).await.unwrap();
    space.rotate(&owner).await.unwrap();
    assert_eq!(space.send(&owner, body.clone()).await.unwrap(), first);
    // A refusal would have the client seal its draft again: the message would be there twice.
    let restarted = space.rig.again();
    let owner = restarted.owner().await;
    let again = restarted.engine.append(&owner.caller, &topic(), body).await;
    assert_eq!(again.unwrap(), first);
}

#[tokio::test]
async fn a_server_that_shares_the_store_takes_a_message_under_an_epoch_that_it_has_not_heard_of() {
    let [here, there] = Rig::sharing();
    let mut space = PolicySpace::make(here).await;
    let owner = space.owner.clone();
    // Its view is loaded, and a moment old.
    let elsewhere = there.owner().await;
    space.post(&owner, &Note::first("one")).await.unwrap();
    space.rotate(&owner).await.unwrap();
    let body = space.seal(&owner, &Note::first("two").in_lane([2; 8]));
    let posted = there.engine.append(&elsewhere.caller, &topic(), body).await;
    posted.unwrap();
}

#[tokio::test]
async fn a_server_that_shares_the_store_knows_the_authority_that_another_one_has_stored() {
    let [here, there] = Rig::sharing();
    let mut space = PolicySpace::make(here).await;
    let owner = space.owner.clone();
    let elsewhere = there.owner().await;
    let role = state_entry::role("reader", None).unwrap();
    space.command(&owner, &[role]).await.unwrap();
    let body = space.seal(&owner, &Note::first("one"));
    let posted = there.engine.append(&elsewhere.caller, &topic(), body).await;
    posted.unwrap();
}

#[tokio::test]
async fn a_server_that_shares_the_store_knows_the_policy_that_another_one_has_stored() {
    let [here, there] = Rig::sharing();
    // Its view is loaded before there is a policy.
    let elsewhere = there.owner().await;
    let mut space = PolicySpace::make(here).await;
    let owner = space.owner.clone();
    let body = space.seal(&owner, &Note::first("one"));
    let posted = there.engine.append(&elsewhere.caller, &topic(), body).await;
    posted.unwrap();
}

#[tokio::test]
async fn a_message_under_a_superseded_epoch_is_refused_and_taken_under_the_new_one() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let draft = space.seal(&owner, &Note::first("draft"));
    space.rotate(&owner).await.unwrap();
    assert_eq!(
        code(space.send(&owner, draft).await),
        ErrorCode::EpochSuperseded
    );
    space.post(&owner, &Note::first("draft")).await.unwrap();
    // The number of the newest epoch does not do: the key must be its, too.
    let forged = Epoch::new(crate::rig::space(), 1, Key::new([3; 32]));
    let body = space.seal_under(&forged, &owner, &Note::first("x").in_lane([5; 8]));
    assert_eq!(
        code(space.send(&owner, body).await),
        ErrorCode::EpochSuperseded
    );
}

#[tokio::test]
async fn nothing_is_taken_of_a_member_after_its_removal() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let ada = space.user(2).await;
    let body = space.seal(&ada, &Note::first("late"));
    space.remove(ada.id).await;
    // The clock stands still: it is the order that counts, not the time.
    assert_eq!(code(space.send(&ada, body).await), ErrorCode::TokenRevoked);
}

#[tokio::test]
async fn authority_is_one_that_there_is_and_never_goes_back_in_a_lane() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let epoch = space.keys.iter().last().unwrap().clone();
    let older = *space.view.newest_authority().unwrap().hash.hash();
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    space.user(2).await;
    let newer = *space.view.newest_authority().unwrap().hash.hash();
    let second = space.seal_with(&epoch, &owner, &Note::after("two", first), newer);
    let second = space.send(&owner, second).await.unwrap();

    let note = Note::after("three", second);
    let back = space.seal_with(&epoch, &owner, &note, older);
    assert_eq!(
        code(space.send(&owner, back).await),
        ErrorCode::AuthorityOlder
    );
    let none = space.seal_with(&epoch, &owner, &note, [0; 32]);
    assert_eq!(
        code(space.send(&owner, none).await),
        ErrorCode::AuthorityOlder
    );
    for unknown in [[9; 32], *second.position.hash.hash()] {
        let body = space.seal_with(&epoch, &owner, &note, unknown);
        assert_eq!(
            code(space.send(&owner, body).await),
            ErrorCode::AuthorityUnknown
        );
    }
    // Another lane begins with what its author had read.
    let other = space.seal_with(&epoch, &owner, &Note::first("x").in_lane([4; 8]), older);
    space.send(&owner, other).await.unwrap();
    let same = space.seal_with(&epoch, &owner, &note, newer);
    space.send(&owner, same).await.unwrap();
}

#[tokio::test]
async fn authority_never_goes_back_also_on_a_server_that_has_just_started() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let epoch = space.keys.iter().last().unwrap().clone();
    let older = *space.view.newest_authority().unwrap().hash.hash();
    space.user(2).await;
    let first = space.post(&owner, &Note::first("one")).await.unwrap();
    let again = space.rig.again();
    let owner = again.owner().await;
    let back = space.seal_with(&epoch, &owner, &Note::after("two", first), older);
    let refused = again.engine.append(&owner.caller, &topic(), back).await;
    assert_eq!(code(refused), ErrorCode::AuthorityOlder);
}

#[tokio::test]
async fn messages_of_such_a_space_are_in_sealed_format_1_and_in_no_other() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let good = space.seal(&owner, &Note::first("x"));
    let header = SealedHeader::parse(&encoding::decode(&good.data).unwrap()).unwrap();
    let payload = encoding::decode(good.payload.as_ref().unwrap()).unwrap();

    // The base protocol's messages have no payload.
    let base = owner.post(&space.rig, "general", "chat.text", b"hi").await;
    assert_eq!(code(base), ErrorCode::FormatRequired);
    // A type would tell the server what the message is.
    let typed = PostMessage {
        kind: "chat.text".to_owned(),
        ..good.clone()
    };
    assert_eq!(
        code(space.send(&owner, typed).await),
        ErrorCode::FormatMalformed
    );
    // A zero lane is the state's.
    let zero = SealedHeader {
        lane: [0; 8],
        ..header.clone()
    };
    let body = PolicySpace::sign_sealed(&owner, None, &zero, &payload);
    assert_eq!(
        code(space.send(&owner, body).await),
        ErrorCode::FormatMalformed
    );
    // Another payload, also one of the right length.
    let mut other = payload.clone();
    other[0] ^= 1;
    let body = PolicySpace::sign_sealed(&owner, None, &header, &other);
    assert_eq!(
        code(space.send(&owner, body).await),
        ErrorCode::PayloadMismatch
    );
    // Too short and too long, before anything is hashed.
    for length in [0, 207, 65_553] {
        let body = PolicySpace::sign_sealed(&owner, None, &header, &vec![0; length]);
        assert_eq!(
            code(space.send(&owner, body).await),
            ErrorCode::FormatMalformed
        );
    }
    // A format of a later release.
    let mut data = header.to_bytes();
    data[0] = 2;
    let later = PostMessage {
        data: encoding::encode(&data),
        ..good.clone()
    };
    assert_eq!(
        code(space.send(&owner, later).await),
        ErrorCode::FormatUnknown
    );
    let mut data = header.to_bytes();
    data.pop();
    let short = PostMessage {
        data: encoding::encode(&data),
        ..good.clone()
    };
    assert_eq!(
        code(space.send(&owner, short).await),
        ErrorCode::FormatMalformed
    );
    // The signature covers `data`: with another one the hash does not fit.
    let mut data = header.to_bytes();
    data[20] ^= 1;
    let swapped = PostMessage {
        data: encoding::encode(&data),
        ..good.clone()
    };
    assert_eq!(
        code(space.send(&owner, swapped).await),
        ErrorCode::MessageHashMismatch
    );
    space.send(&owner, good).await.unwrap();
}

#[tokio::test]
async fn a_space_without_a_policy_takes_no_payloads_and_no_commands() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let made = PolicySpace::make(Rig::start()).await;
    let role = state_entry::role("reader", None).unwrap();
    owner.set(&rig, &role).await.unwrap();
    let mut made = made;
    let body = made.seal(&owner, &Note::first("x"));
    let refused = rig.engine.append(&owner.caller, &topic(), body).await;
    assert_eq!(code(refused), ErrorCode::FormatUnknown);
    let refused = rig
        .engine
        .command(&owner.caller, made.sign(&owner, &[role]))
        .await;
    assert_eq!(code(refused), ErrorCode::SpaceNoPolicy);
    let refused = rig.engine.checkpoint(&owner.caller).await;
    assert_eq!(code(refused), ErrorCode::SpaceNoPolicy);
}

#[tokio::test]
async fn a_policy_comes_first_or_never() {
    let policy = state_entry::policy(&reeeductio_proto::Policy::new(
        reeeductio_proto::History::Rotate,
    ))
    .unwrap();
    // After a message in a topic.
    let rig = Rig::start();
    let owner = rig.owner().await;
    owner
        .post(&rig, "general", "chat.text", b"hi")
        .await
        .unwrap();
    assert_eq!(
        code(owner.set(&rig, &policy).await),
        ErrorCode::SpacePolicyFixed
    );
    // After an entry of the state.
    let rig = Rig::start();
    let owner = rig.owner().await;
    let role = state_entry::role("reader", None).unwrap();
    owner.set(&rig, &role).await.unwrap();
    assert_eq!(
        code(owner.set(&rig, &policy).await),
        ErrorCode::SpacePolicyFixed
    );
    // After data that was removed again.
    let rig = Rig::start();
    let owner = rig.owner().await;
    owner.put(&rig, "a", b"1").await.unwrap();
    rig.engine.delete_data(&owner.caller, "a").await.unwrap();
    assert_eq!(
        code(owner.set(&rig, &policy).await),
        ErrorCode::SpacePolicyFixed
    );
    // A second one.
    let rig = Rig::start();
    let owner = rig.owner().await;
    owner.set(&rig, &policy).await.unwrap();
    assert_eq!(
        code(owner.set(&rig, &policy).await),
        ErrorCode::SpacePolicyFixed
    );
}

#[tokio::test]
async fn a_member_has_256_lanes_in_a_topic() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let mut first: Option<Appended> = None;
    for lane in 1..=256_u64 {
        let note = Note::first("x").in_lane(lane.to_be_bytes());
        let appended = space.post(&owner, &note).await.unwrap();
        first.get_or_insert(appended);
    }
    let more = Note::first("x").in_lane([255; 8]);
    assert_eq!(code(space.post(&owner, &more).await), ErrorCode::LaneLimit);
    let goes_on = Note::after("y", first.unwrap()).in_lane(1_u64.to_be_bytes());
    space.post(&owner, &goes_on).await.unwrap();
    // Another member's are not counted with them.
    let ada = space.user(2).await;
    space.post(&ada, &Note::first("x")).await.unwrap();
}

#[tokio::test]
async fn values_of_the_state_may_be_sealed() {
    let mut space = PolicySpace::make(Rig::start()).await;
    let owner = space.owner.clone();
    let settings = state_entry::settings(&Settings::default()).unwrap();
    space.command(&owner, &[settings]).await.unwrap();
    let plain = StateEntry {
        path: reeeductio_proto::StatePath::parse("profiles/ada").unwrap(),
        value: "{}".to_owned(),
    };
    space.command(&owner, &[plain]).await.unwrap();
    let body = space.seal(&owner, &Note::first("x"));
    let refused = space
        .rig
        .engine
        .append(&owner.caller, &TopicId::state(), body)
        .await;
    // Its lane is not zero, and `sealed` is no path that it was sealed for.
    assert_eq!(code(refused), ErrorCode::FormatMalformed);
}
