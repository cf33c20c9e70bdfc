//! The conformance suite of [`LocalStore`]. Each function takes an empty store and panics at the first
//! rule that is broken.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a conformance suite panics where the store fails"
)]

use reeeductio_core::chain::Anchor;
use reeeductio_core::{Draft, Identity};
use reeeductio_proto::{DataPath, Message, MessageId, SpaceId, TopicId};

use super::{Batch, LocalStore};
use crate::space::Range;

/// A message of the owner whose key is made of `seed`.
pub fn message(seed: u8, topic: &str, kind: &str, time: i64, prev: Option<MessageId>) -> Message {
    let owner = Identity::from_seed(&[seed; 32]);
    let draft = Draft {
        space: &owner.space_id(),
        topic: &TopicId::parse(topic).unwrap(),
        kind,
        prev_hash: prev,
        data: b"content \"with\" | \xff bytes",
    };
    draft.message(&owner.user_id(), &owner, time)
}

fn space(seed: u8) -> SpaceId {
    Identity::from_seed(&[seed; 32]).space_id()
}

fn topic(name: &str) -> TopicId {
    TopicId::parse(name).unwrap()
}

async fn save(store: &dyn LocalStore, seed: u8, messages: &[Message]) {
    let batch = Batch {
        messages: messages.to_vec(),
        ..Batch::default()
    };
    store.save(&space(seed), batch).await.unwrap();
}

fn times(messages: &[Message]) -> Vec<i64> {
    messages
        .iter()
        .map(|message| message.server_timestamp)
        .collect()
}

/// What is saved is read back as it was, in its space and topic only, and saving again changes nothing.
pub async fn messages_are_kept_as_they_are(store: &dyn LocalStore) {
    let first = message(1, "general", "chat.text", 5, None);
    let second = message(1, "general", "ü|\"x\"\u{0}", 6, Some(first.message_hash));
    let other = message(2, "general", "chat.text", 7, None);
    save(store, 1, &[first.clone(), second.clone()]).await;
    save(store, 2, std::slice::from_ref(&other)).await;
    let mut altered = first.clone();
    altered.server_timestamp = 9;
    save(store, 1, &[altered, second.clone()]).await;

    let general = topic("general");
    let read = async |seed: u8, name: &str, id: &MessageId| {
        let read = store.message(&space(seed), &topic(name), id).await;
        read.unwrap()
    };
    assert_eq!(
        read(1, "general", &first.message_hash).await,
        Some(first.clone())
    );
    assert_eq!(read(1, "general", &second.message_hash).await, Some(second));
    assert_eq!(read(1, "other", &first.message_hash).await, None);
    assert_eq!(read(2, "general", &first.message_hash).await, None);
    let listed = store.messages(&space(2), &general, Range::first(10)).await;
    assert_eq!(listed.unwrap(), [other]);
    assert_eq!(store.count(Some(&space(1))).await.unwrap(), 2);
    assert_eq!(store.count(None).await.unwrap(), 3);
}

/// Ranges hold both ends; from after to is newest first; the limit cuts at the far end.
pub async fn ranges_follow_the_rules_of_a_server(store: &dyn LocalStore) {
    let all: Vec<Message> = [3, 1, 5, 2, 4]
        .into_iter()
        .map(|time| message(1, "general", &format!("k{time}"), time, None))
        .collect();
    save(store, 1, &all).await;
    let check = async |from: Option<i64>, to: Option<i64>, limit: usize, expected: &[i64]| {
        let range = Range { from, to, limit };
        let found = store.messages(&space(1), &topic("general"), range).await;
        assert_eq!(times(&found.unwrap()), expected, "{range:?}");
    };
    check(None, None, 10, &[1, 2, 3, 4, 5]).await;
    check(None, None, 2, &[1, 2]).await;
    check(Some(2), Some(4), 10, &[2, 3, 4]).await;
    check(Some(4), Some(2), 10, &[4, 3, 2]).await;
    check(Some(4), Some(2), 2, &[4, 3]).await;
    check(Some(3), None, 10, &[3, 4, 5]).await;
    check(None, Some(3), 10, &[1, 2, 3]).await;
    check(Some(i64::MAX), Some(i64::MIN), 1, &[5]).await;
    check(Some(i64::MIN), Some(i64::MAX), usize::MAX, &[1, 2, 3, 4, 5]).await;
    check(Some(6), None, 10, &[]).await;

    // Servers of the first release gave several messages one time.
    let twins: Vec<Message> = ["b", "a", "c"]
        .into_iter()
        .map(|kind| message(1, "twins", kind, 1, None))
        .collect();
    save(store, 1, &twins).await;
    let found = store
        .messages(&space(1), &topic("twins"), Range::first(10))
        .await;
    assert_eq!(found.unwrap(), twins);
}

/// Heads and signed times never go back, and stay when messages are deleted.
pub async fn heads_and_signed_times_only_grow(store: &dyn LocalStore) {
    let general = topic("general");
    let path = DataPath::parse("presence/ann @ home").unwrap();
    let anchor = |time: i64| {
        let message = message(1, "general", &time.to_string(), time, None);
        Anchor::from(&message)
    };
    assert_eq!(store.head(&space(1), &general).await.unwrap(), None);
    assert_eq!(store.signed_time(&space(1), &path).await.unwrap(), None);
    for (time, expected) in [(5, 5), (4, 5), (6, 6)] {
        let batch = Batch {
            messages: vec![message(1, "general", &time.to_string(), time, None)],
            heads: vec![(general.clone(), anchor(time))],
            signed_times: vec![(path.clone(), time)],
        };
        store.save(&space(1), batch).await.unwrap();
        let head = store.head(&space(1), &general).await.unwrap();
        assert_eq!(head, Some(anchor(expected)));
        let signed = store.signed_time(&space(1), &path).await.unwrap();
        assert_eq!(signed, Some(expected));
    }
    assert_eq!(store.head(&space(2), &general).await.unwrap(), None);
    assert_eq!(store.head(&space(1), &topic("other")).await.unwrap(), None);
    let deleted = store.delete_messages(&space(1), None, None).await.unwrap();
    assert_eq!(deleted, 3);
    let head = store.head(&space(1), &general).await.unwrap();
    assert_eq!(head, Some(anchor(6)));
    let signed = store.signed_time(&space(1), &path).await.unwrap();
    assert_eq!(signed, Some(6));
    store.clear().await.unwrap();
    assert_eq!(store.head(&space(1), &general).await.unwrap(), None);
    assert_eq!(store.signed_time(&space(1), &path).await.unwrap(), None);
}

/// Messages are deleted by space, topic and time.
pub async fn messages_are_deleted_by_topic_and_time(store: &dyn LocalStore) {
    for name in ["one", "two"] {
        for time in 1..=3 {
            save(
                store,
                1,
                &[message(1, name, &format!("k{time}"), time, None)],
            )
            .await;
        }
    }
    save(store, 2, &[message(2, "one", "k", 1, None)]).await;
    let one = topic("one");
    let delete = async |topic: Option<&TopicId>, before: Option<i64>| {
        let deleted = store.delete_messages(&space(1), topic, before).await;
        deleted.unwrap()
    };
    assert_eq!(delete(Some(&one), Some(3)).await, 2);
    assert_eq!(delete(Some(&one), Some(3)).await, 0);
    let left = store.messages(&space(1), &one, Range::first(10)).await;
    assert_eq!(times(&left.unwrap()), [3]);
    assert_eq!(delete(None, Some(2)).await, 1);
    assert_eq!(delete(None, None).await, 3);
    assert_eq!(store.count(None).await.unwrap(), 1);
}
