//! Messages, verified and given.

use std::sync::Arc;

use reeeductio_proto::{Message, MessageId, TopicId};

use super::{chain, give, message, records, save, times};
use crate::store::Store;
use crate::store::records::count_messages;
use reeeductio_core::replica::Range;

/// Messages are read back as they were saved, in their space and topic only, and saving again changes nothing.
pub async fn messages_are_kept_as_they_are(store: Arc<dyn Store>) {
    let (one, two) = (records(&store, 1), records(&store, 2));
    let first = message(1, "general", "chat.text", 5, None);
    let second = message(1, "general", "ü|\"x\"\u{0}", 6, Some(first.message_hash));
    let other = message(2, "general", "", -7, None);
    save(&one, &[first.clone(), second.clone()]).await;
    save(&two, std::slice::from_ref(&other)).await;
    let mut altered = first.clone();
    altered.server_timestamp = 9;
    save(&one, &[altered, second.clone()]).await;

    let general = chain("general");
    let id = &first.message_hash;
    let read = one.message(&general, id).await.unwrap();
    assert_eq!(read, Some(first.clone()));
    let read = one.message(&general, &second.message_hash).await.unwrap();
    assert_eq!(read, Some(second.clone()));
    assert_eq!(one.message(&chain("other"), id).await.unwrap(), None);
    assert_eq!(two.message(&general, id).await.unwrap(), None);
    let all = Range::first(10);
    assert_eq!(two.messages(&general, all).await.unwrap(), [other]);
    assert_eq!(one.messages(&general, all).await.unwrap(), [first, second]);
    assert_eq!(one.count().await.unwrap(), 2);
    assert_eq!(count_messages(&*store, None).await.unwrap(), 3);
}

/// Ranges hold both ends; from after to is newest first; the limit cuts at the far end.
pub async fn ranges_follow_the_rules_of_a_server(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let all: Vec<Message> = [3, 1, 5, 2, 4]
        .into_iter()
        .map(|time| message(1, "general", &format!("k{time}"), time, None))
        .collect();
    save(&records, &all).await;
    save(&records, &[message(1, "general2", "k", 3, None)]).await;
    let check = async |from: Option<i64>, to: Option<i64>, limit: usize, expected: &[i64]| {
        let range = Range { from, to, limit };
        let found = records.messages(&chain("general"), range).await;
        assert_eq!(times(&found.unwrap()), expected, "{range:?}");
    };
    check(None, None, 10, &[1, 2, 3, 4, 5]).await;
    check(None, None, 2, &[1, 2]).await;
    check(None, None, 0, &[]).await;
    check(Some(2), Some(4), 10, &[2, 3, 4]).await;
    check(Some(4), Some(2), 10, &[4, 3, 2]).await;
    check(Some(4), Some(2), 2, &[4, 3]).await;
    check(Some(3), None, 10, &[3, 4, 5]).await;
    check(None, Some(3), 10, &[1, 2, 3]).await;
    check(Some(i64::MAX), Some(i64::MIN), 1, &[5]).await;
    check(Some(i64::MIN), Some(i64::MAX), usize::MAX, &[1, 2, 3, 4, 5]).await;
    check(Some(6), None, 10, &[]).await;
}

/// Messages of one time come in the order of their links, wherever a limit cuts.
pub async fn messages_of_one_time_follow_their_links(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let mut linked = vec![message(1, "general", "k", 4, None)];
    for n in 1..9 {
        let prev = linked.last().map(|message| message.message_hash);
        let time = if n < 8 { 5 } else { 6 };
        linked.push(message(1, "general", "k", time, prev));
    }
    let mut shuffled = linked.clone();
    shuffled.sort_by_key(|message| message.message_hash);
    save(&records, &shuffled).await;
    for limit in 1..=10 {
        let ranges = [
            Range::first(limit),
            Range::since(4, limit),
            Range::last(limit),
        ];
        for range in ranges {
            let mut expected = linked.clone();
            if range.is_newest_first() {
                expected.reverse();
            }
            expected.truncate(limit);
            let found = records.messages(&chain("general"), range).await;
            assert_eq!(found.unwrap(), expected, "{range:?}");
        }
    }
}

/// Long lists are read page by page, and nothing is lost between two pages.
pub async fn long_lists_are_whole(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let first = message(1, "general", "k", 0, None);
    // Nothing here checks hashes or signatures, which take long to make.
    let all: Vec<Message> = (0..2500_u32)
        .map(|n| {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            Message {
                message_hash: MessageId::from_hash(hash),
                server_timestamp: i64::from(n / 2),
                ..first.clone()
            }
        })
        .collect();
    save(&records, &all).await;
    let general = chain("general");
    for limit in [1, 1000, 1024, 2048, 2499, usize::MAX] {
        let expected = &all[..limit.min(all.len())];
        let found = records.messages(&general, Range::first(limit)).await;
        assert!(found.unwrap() == expected, "the first {limit}");
        let found = records.messages(&general, Range::last(limit)).await;
        let expected = all.iter().rev().take(limit);
        assert!(found.unwrap().iter().eq(expected), "the last {limit}");
    }
    assert_eq!(records.count().await.unwrap(), 2500);
    let deleted = records.delete_messages(None, Some(600)).await;
    assert_eq!(deleted.unwrap(), 1200);
    let left = records.messages(&general, Range::first(9999)).await;
    assert!(left.unwrap() == all[1200..]);
}

/// Messages are deleted by space, topic and time.
pub async fn messages_are_deleted_by_topic_and_time(store: Arc<dyn Store>) {
    let (first, second) = (records(&store, 1), records(&store, 2));
    for name in ["one", "two", "one2"] {
        for time in 1..=3 {
            let message = message(1, name, &format!("k{time}"), time, None);
            save(&first, &[message]).await;
        }
    }
    save(&second, &[message(2, "one", "k", 1, None)]).await;
    let one = TopicId::parse("one").unwrap();
    let delete = async |topic: Option<&TopicId>, before: Option<i64>| {
        first.delete_messages(topic, before).await.unwrap()
    };
    assert_eq!(delete(Some(&one), Some(3)).await, 2);
    assert_eq!(delete(Some(&one), Some(3)).await, 0);
    let left = first.messages(&chain("one"), Range::first(10)).await;
    assert_eq!(times(&left.unwrap()), [3]);
    let gone = message(1, "one", "k1", 1, None).message_hash;
    assert_eq!(first.message(&chain("one"), &gone).await.unwrap(), None);
    assert_eq!(delete(None, Some(2)).await, 2);
    assert_eq!(delete(None, None).await, 5);
    assert_eq!(count_messages(&*store, None).await.unwrap(), 1);
}

/// Given messages are apart from those that the client has verified, and are listed with them.
pub async fn given_messages_are_apart(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let all = records.all_messages();
    let general = chain("general");
    let messages: Vec<Message> = (1..=6)
        .map(|time| message(1, "general", &format!("k{time}"), time, None))
        .collect();
    let [one, two, three, four, five, six] = messages.as_slice() else {
        return;
    };
    save(&records, &[two.clone(), three.clone(), six.clone()]).await;
    let mut altered = three.clone();
    altered.server_timestamp = 9;
    give(
        &records,
        &[
            one.clone(),
            two.clone(),
            altered,
            four.clone(),
            five.clone(),
        ],
    )
    .await;

    assert_eq!(records.count().await.unwrap(), 3);
    assert_eq!(
        records.message(&general, &one.message_hash).await.unwrap(),
        None
    );
    let seen = records.messages(&general, Range::first(9)).await.unwrap();
    assert_eq!(times(&seen), [2, 3, 6]);
    for expected in &messages {
        let found = all.message(&general, &expected.message_hash).await.unwrap();
        assert_eq!(found.as_ref(), Some(expected));
    }
    for limit in 1..=7 {
        let first = all.messages(&general, Range::first(limit)).await.unwrap();
        assert_eq!(first, messages[..limit.min(6)]);
        let last = all.messages(&general, Range::last(limit)).await.unwrap();
        assert!(last.iter().eq(messages.iter().rev().take(limit)));
    }
    assert_eq!(all.count().await.unwrap(), 6);
    assert_eq!(count_messages(&*store, None).await.unwrap(), 6);
    assert_eq!(all.delete(None, Some(5)).await.unwrap(), 4);
    assert_eq!(
        times(&all.messages(&general, Range::first(9)).await.unwrap()),
        [5, 6, 9]
    );
    assert_eq!(all.delete(Some(&general.topic), None).await.unwrap(), 3);
    assert_eq!(all.count().await.unwrap(), 0);
}
