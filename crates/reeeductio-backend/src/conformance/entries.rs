//! Entries: messages of spaces with a tree, with all that is stored of them.

use reeeductio_proto::MessageId;

use super::records::{message, space, topic, unjudged};
use super::trees::{begun, store};
use crate::{Append, MessageRange, Order, PageLimit, Payload, Records, Revised, Revision};

/// Entries say what has become of a message, and end their pages by the bytes of payloads too.
pub async fn entries_say_what_is_left_of_a_message(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    begun(records, here).await;
    let post = |prev: Option<&str>, text: &str| {
        let prev = prev.map(|text| MessageId::of(text.as_bytes()));
        Append {
            payload: Some(Payload::new(vec![7; 100])),
            ..unjudged(here, message(&general, "sealed", prev, text))
        }
    };
    store(records, post(None, "target")).await;
    store(records, post(Some("target"), "other")).await;
    let edit = Append {
        revision: Some(Revision {
            target: MessageId::of(b"target"),
            number: 1,
            deletes: false,
        }),
        ..post(Some("other"), "edit")
    };
    store(records, edit).await;
    let all = async |bytes| {
        let range = MessageRange {
            from: 0,
            to: i64::MAX,
            order: Order::OldestFirst,
            limit: PageLimit { count: 10, bytes },
        };
        records.entries(here, &general, range).await.unwrap()
    };
    let page = all(usize::MAX).await;
    let [target, other, edit] = &page.items[..] else {
        panic!("{page:?}");
    };
    let revised = Revised {
        by: MessageId::of(b"edit"),
        number: 1,
        deletes: false,
    };
    assert_eq!((&target.payload, target.revised), (&None, Some(revised)));
    assert_eq!((&other.payload, other.revised), (&Some(vec![7; 100]), None));
    assert_eq!((&edit.payload, edit.revised), (&Some(vec![7; 100]), None));
    assert_eq!(all(7).await.items.len(), 2, "the second has more bytes");
    assert_eq!(all(6).await.items.len(), 1);
    assert!(all(111).await.has_more);
    // A space without a tree has no entries.
    store(
        records,
        unjudged(space(2), message(&general, "n", None, "base")),
    )
    .await;
    let id = MessageId::of(b"base");
    assert_eq!(records.entry(space(2), &general, id).await.unwrap(), None);
}

/// Pages of many messages, and of long ones, are whole, however they are read.
pub async fn entries_of_any_length_come_whole(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    begun(records, here).await;
    let mut prev = None;
    let mut expected = Vec::new();
    for (n, bytes) in [1_usize, 60_000, 2, 40_000, 65_552]
        .into_iter()
        .chain([10; 15])
        .enumerate()
    {
        let name = format!("message {n}");
        let payload = vec![u8::try_from(n).unwrap(); bytes];
        let sealed = Append {
            payload: Some(Payload::new(payload.clone())),
            ..unjudged(here, message(&general, "sealed", prev, &name))
        };
        store(records, sealed).await;
        let id = MessageId::of(name.as_bytes());
        let entry = records.entry(here, &general, id).await.unwrap().unwrap();
        assert_eq!(entry.payload.as_ref(), Some(&payload), "alone: {n}");
        expected.push(payload);
        prev = Some(id);
    }
    for (order, count) in [
        (Order::OldestFirst, 100),
        (Order::OldestFirst, 3),
        (Order::NewestFirst, 20),
        (Order::NewestFirst, 4),
    ] {
        let range = MessageRange {
            from: 0,
            to: i64::MAX,
            order,
            limit: PageLimit::count(count),
        };
        let page = records.entries(here, &general, range).await.unwrap();
        let read: Vec<Vec<u8>> = page
            .items
            .into_iter()
            .filter_map(|entry| entry.payload)
            .collect();
        let mut all = expected.clone();
        if order == Order::NewestFirst {
            all.reverse();
        }
        all.truncate(count);
        assert_eq!(read, all, "{order:?} {count}");
    }
}
