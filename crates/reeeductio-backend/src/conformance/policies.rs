//! The conformance suite of what spaces with a policy store: payloads, revisions, lanes without end, commands.

use reeeductio_proto::{
    ChainId, EventPosition, Lane, MemberId, Message, MessageId, SpaceId, TopicId,
};

use super::records::{NOW, appended, message, space, topic, unjudged};
use crate::{
    Append, AppendAll, AppendOutcome, Committed, MOST_LANES, MessageRange, NewMessage, Order,
    OverQuota, PageLimit, Payload, Purge, Quota, QuotaOf, QuotaUnit, Quotas, Records, Revised,
    Revision, ToolUse,
};

fn id(text: &str) -> MessageId {
    MessageId::of(text.as_bytes())
}

/// A message of the topic `general`, whose id is the hash of `text`, with a payload of `bytes` bytes.
fn with_payload(prev: Option<&str>, text: &str, bytes: usize) -> Append {
    let next = message(&topic("general"), "n", prev.map(id), text);
    Append {
        payload: Some(Payload::new(vec![7; bytes])),
        ..unjudged(space(1), next)
    }
}

async fn bytes_of_messages(records: &dyn Records, of: SpaceId, member: Option<MemberId>) -> u64 {
    records.usage(of, member).await.unwrap().messages.bytes
}

/// Bytes of each message's payload, `None` if it is not there, in the order of events.
async fn payloads(records: &dyn Records, of: SpaceId) -> Vec<Option<usize>> {
    let page = records.events(of, 0, PageLimit::count(100)).await.unwrap();
    let changes = records.changes(of, EventPosition::default(), PageLimit::count(100));
    assert_eq!(changes.await.unwrap(), page);
    let lengths = |committed: &Committed| committed.payload.as_ref().map(|bytes| bytes.len());
    page.items.iter().map(lengths).collect()
}

async fn store(records: &dyn Records, append: Append) -> Committed {
    match records.append(append).await.unwrap() {
        AppendOutcome::Stored(committed) => committed,
        other => panic!("not stored: {other:?}"),
    }
}

/// A payload is told with its message, and counted by quotas, by usage and by the length of pages.
pub async fn payloads_are_stored_and_counted(records: &dyn Records) {
    let (here, ada) = (space(1), MemberId::user([9; 32]));
    let committed = store(records, with_payload(None, "first", 100)).await;
    assert_eq!(committed.payload.as_deref(), Some(&[7; 100][..]));
    assert_eq!(committed.bytes(), 105);
    store(
        records,
        unjudged(
            here,
            message(&topic("general"), "n", Some(id("first")), "2"),
        ),
    )
    .await;
    store(records, with_payload(Some("2"), "third", 0)).await;
    assert_eq!(payloads(records, here).await, [Some(100), None, Some(0)]);
    for member in [None, Some(ada)] {
        let bytes = bytes_of_messages(records, here, member).await;
        assert_eq!(bytes, 6 + 100 + 2 + 6);
    }
    let limited = Append {
        quotas: Quotas {
            space: Quota {
                count: None,
                bytes: Some(200),
            },
            member: Quota::default(),
        },
        ..with_payload(Some("third"), "fourth", 80)
    };
    let over = OverQuota {
        of: QuotaOf::Space,
        unit: QuotaUnit::Bytes,
        limit: 200,
        stored: 114,
    };
    let refused = records.append(limited.clone()).await.unwrap();
    assert_eq!(refused, AppendOutcome::OverQuota(over));
    let shorter = Append {
        payload: Some(Payload::new(vec![7; 79])),
        ..limited
    };
    store(records, shorter).await;
    let limit = PageLimit {
        count: 10,
        bytes: 105,
    };
    let page = records.events(here, 0, limit).await.unwrap();
    assert_eq!((page.items.len(), page.has_more), (1, true));
}

/// A revision names its number, and takes the payloads before it away for good; a delete is the last.
pub async fn revisions_follow_one_another(records: &dyn Records) {
    let here = space(1);
    let revise = async |prev: &str, text: &str, target: &str, number, deletes| {
        let append = Append {
            revision: Some(Revision {
                target: id(target),
                number,
                deletes,
            }),
            ..with_payload(Some(prev), text, 10)
        };
        records.append(append).await.unwrap()
    };
    let is_stored = |outcome| matches!(outcome, AppendOutcome::Stored(_));
    let newest = |by: &str, number, deletes| {
        Some(Revised {
            by: id(by),
            number,
            deletes,
        })
    };
    store(records, with_payload(None, "target", 100)).await;
    store(records, with_payload(Some("target"), "other", 50)).await;
    let elsewhere = message(&topic("elsewhere"), "n", None, "elsewhere");
    store(records, unjudged(here, elsewhere)).await;
    for target in ["nothing", "elsewhere"] {
        let refused = revise("other", "edit", target, 1, false).await;
        assert_eq!(refused, AppendOutcome::NoTarget, "{target}");
    }
    for number in [0, 2, u32::MAX] {
        let refused = revise("other", "edit", "target", number, false).await;
        assert_eq!(refused, AppendOutcome::RevisionMoved(None), "{number}");
    }
    // The refused ones have changed nothing.
    let kept = [Some(100), Some(50), None];
    assert_eq!(payloads(records, here).await, kept);
    assert!(is_stored(revise("other", "edit", "target", 1, false).await));
    let gone = [None, Some(50), None, Some(10)];
    assert_eq!(payloads(records, here).await, gone);
    let refused = revise("edit", "again", "target", 1, false).await;
    assert_eq!(
        refused,
        AppendOutcome::RevisionMoved(newest("edit", 1, false))
    );
    let refused = revise("edit", "again", "edit", 1, false).await;
    assert_eq!(refused, AppendOutcome::NoTarget, "it is a revision");
    assert!(is_stored(revise("edit", "delete", "target", 2, true).await));
    let gone = [None, Some(50), None, None, Some(10)];
    assert_eq!(payloads(records, here).await, gone);
    let refused = revise("delete", "late", "target", 3, false).await;
    assert_eq!(
        refused,
        AppendOutcome::RevisionMoved(newest("delete", 2, true))
    );
    // The other message is as it was, and is counted with what is there.
    let bytes = bytes_of_messages(records, here, None).await;
    assert_eq!(bytes, 7 + (6 + 50) + 10 + 5 + (7 + 10));
    let whole = records.message(here, &topic("general"), id("target")).await;
    assert_eq!(whole.unwrap().unwrap().data, "target");
}

/// Payloads go when they expire or are old, the oldest first, and no others; both are counted down.
pub async fn payloads_are_removed_by_their_age(records: &dyn Records) {
    let (here, there) = (space(1), space(2));
    let mut prev = None;
    for (number, expires) in [Some(300), None, Some(100), Some(200)]
        .into_iter()
        .enumerate()
    {
        let text = format!("{number}");
        let payload = Payload {
            expires,
            ..Payload::new(vec![7; 10])
        };
        let append = Append {
            payload: Some(payload),
            ..with_payload(prev.as_deref(), &text, 0)
        };
        store(records, append).await;
        prev = Some(text);
    }
    let other = Append {
        payload: Some(Payload {
            expires: Some(150),
            ..Payload::new(*b"elsewhere")
        }),
        ..unjudged(there, message(&topic("general"), "n", None, "x"))
    };
    store(records, other).await;
    assert_eq!(records.remove_expired(99, 10).await.unwrap(), 0);
    assert_eq!(records.remove_expired(200, 2).await.unwrap(), 2);
    assert_eq!(payloads(records, there).await, [None]);
    let kept = [Some(10), Some(10), None, Some(10)];
    assert_eq!(payloads(records, here).await, kept);
    assert_eq!(records.remove_expired(299, 10).await.unwrap(), 1);
    assert_eq!(records.remove_expired(299, 10).await.unwrap(), 0);
    assert_eq!(bytes_of_messages(records, here, None).await, 8 + 20);
    // A value of the state has no age.
    let value = Append {
        payload: Some(Payload::new(*b"value")),
        ..unjudged(here, message(&TopicId::state(), "profiles/x", None, "y"))
    };
    store(records, value).await;
    assert_eq!(records.remove_older(there, i64::MAX, 10).await.unwrap(), 0);
    assert_eq!(records.remove_older(here, NOW + 1, 10).await.unwrap(), 1);
    let kept = [None, Some(10), None, None, Some(5)];
    assert_eq!(payloads(records, here).await, kept);
    assert_eq!(records.remove_older(here, i64::MAX, 10).await.unwrap(), 1);
    assert_eq!(records.remove_older(here, i64::MAX, 10).await.unwrap(), 0);
    for member in [None, Some(MemberId::user([9; 32]))] {
        let bytes = bytes_of_messages(records, here, member).await;
        assert_eq!(bytes, 8 + 11 + 5);
    }
}

/// Removal is counted right however many messages came before and after it.
pub async fn removal_is_counted_once_among_many_messages(records: &dyn Records) {
    let here = space(1);
    let mut prev: Option<String> = None;
    let mut expected = 0;
    for number in 0..700_u64 {
        let text = format!("{number}");
        let mut append = with_payload(prev.as_deref(), &text, 10);
        expected += text.len() as u64 + 1 + 10;
        // One in three replaces the message before it: just counted, or long ago.
        if number % 3 == 2 {
            let target = if number % 2 == 0 {
                number - 1
            } else {
                number / 2 / 3 * 3
            };
            append.revision = Some(Revision {
                target: id(&format!("{target}")),
                number: 1,
                deletes: true,
            });
        }
        match records.append(append).await.unwrap() {
            AppendOutcome::Stored(committed) => {
                expected -= if number % 3 == 2 { 10 } else { 0 };
                assert!(committed.payload.is_some());
            }
            AppendOutcome::RevisionMoved(Some(_)) => {
                let plain = with_payload(prev.as_deref(), &text, 10);
                store(records, plain).await;
            }
            other => panic!("{number}: {other:?}"),
        }
        prev = Some(text);
    }
    assert_eq!(bytes_of_messages(records, here, None).await, expected);
    let all: usize = payloads_of_all(records, here).await;
    let plain: u64 = (0..700)
        .map(|number: u64| number.to_string().len() as u64 + 1)
        .sum();
    assert_eq!(all as u64 + plain, expected);
    let removed = records.remove_older(here, i64::MAX, 1_000).await.unwrap();
    assert_eq!(removed * 10, all);
    for member in [None, Some(MemberId::user([9; 32]))] {
        assert_eq!(bytes_of_messages(records, here, member).await, plain);
    }
}

async fn payloads_of_all(records: &dyn Records, of: SpaceId) -> usize {
    let page = records.events(of, 0, PageLimit::count(10_000)).await;
    let items = page.unwrap().items;
    let bytes = items
        .iter()
        .filter_map(|committed| committed.payload.as_ref());
    bytes.map(|payload| payload.len()).sum()
}

/// A member begins no more lanes in a topic than there may be; others do, and its own go on.
pub async fn lanes_of_a_member_are_limited(records: &dyn Records) {
    let general = topic("general");
    let post = async |member: u8, lane: u16, topic: &TopicId, prev: Option<MessageId>| {
        let mut new = message(
            topic,
            "n",
            prev,
            &format!("{member} {lane} {topic} {prev:?}"),
        );
        new.sender = MemberId::user([member; 32]);
        let (sender, mut id) = (new.sender, [1; 8]);
        id[6..].copy_from_slice(&lane.to_be_bytes());
        let append = Append {
            lane: Some(Lane { member: sender, id }),
            ..unjudged(space(1), new)
        };
        records.append(append).await.unwrap()
    };
    let is_stored = |outcome: &AppendOutcome| matches!(outcome, AppendOutcome::Stored(_));
    let lanes = u16::try_from(MOST_LANES).unwrap();
    for lane in 0..lanes {
        assert!(is_stored(&post(9, lane, &general, None).await));
    }
    let refused = post(9, lanes, &general, None).await;
    assert_eq!(refused, AppendOutcome::LaneLimit);
    assert!(is_stored(&post(8, lanes, &general, None).await));
    assert!(is_stored(&post(10, lanes, &general, None).await));
    assert!(is_stored(&post(9, lanes, &topic("other"), None).await));
    let first = Message::clone(
        &records
            .events(space(1), 0, PageLimit::count(1))
            .await
            .unwrap()
            .items[0]
            .event
            .message()
            .unwrap()
            .clone(),
    );
    let next = post(9, 0, &general, Some(first.message_hash)).await;
    assert!(is_stored(&next), "{next:?}");
    let shared = message(&general, "n", None, "in the shared chain");
    assert!(is_stored(
        &records.append(unjudged(space(1), shared)).await.unwrap()
    ));
}

/// A command is stored as a whole or not at all, with one judgement, quota and tool for all of it.
pub async fn commands_are_stored_whole_or_not_at_all(records: &dyn Records) {
    let here = space(1);
    let tool = MemberId::tool([5; 32]);
    let command = |texts: &[&str], prev: Option<&str>| {
        let mut prev = prev.map(id);
        let messages = texts.iter().map(|text| {
            let next = message(&TopicId::state(), "profiles/x", prev, text);
            prev = Some(next.message_hash);
            NewMessage {
                message: next,
                payload: Some(Payload::new(text.as_bytes())),
            }
        });
        AppendAll {
            space: here,
            messages: messages.collect(),
            lane: None,
            begins_tree: None,
            judged: None,
            tool_use: None,
            quotas: Quotas::default(),
        }
    };
    let all = async |append: AppendAll| records.append_all(append).await.unwrap();
    let AppendOutcome::Stored(stored) = all(command(&["a", "b", "c"], None)).await else {
        panic!("not stored");
    };
    let times: Vec<_> = stored
        .iter()
        .map(|one| appended(one).server_timestamp)
        .collect();
    assert_eq!(times, [NOW, NOW + 1, NOW + 2]);
    let head = records
        .head(here, &ChainId::state())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(head.hash, id("c"));
    let moved = all(command(&["d", "e"], Some("b"))).await;
    assert_eq!(moved, AppendOutcome::HeadMoved(Some(head)));
    let limited = AppendAll {
        quotas: Quotas {
            space: Quota::default(),
            member: Quota {
                count: Some(4),
                bytes: None,
            },
        },
        ..command(&["d", "e"], Some("c"))
    };
    let over = OverQuota {
        of: QuotaOf::Member,
        unit: QuotaUnit::Items,
        limit: 4,
        stored: 3,
    };
    assert_eq!(all(limited).await, AppendOutcome::OverQuota(over));
    let by_tool = |limit| AppendAll {
        tool_use: Some(ToolUse { tool, limit }),
        ..command(&["d", "e"], Some("c"))
    };
    assert_eq!(all(by_tool(Some(1))).await, AppendOutcome::ToolUsedUp);
    assert_eq!(records.last_event(here).await.unwrap(), 3);
    assert!(matches!(
        all(by_tool(Some(2))).await,
        AppendOutcome::Stored(_)
    ));
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 2);
    assert_eq!(payloads(records, here).await, [Some(1); 5]);
    // Messages that are no command are refused, whatever is stored.
    let mut broken = command(&["f", "g"], Some("e"));
    broken.messages[1].message.prev_hash = Some(id("x"));
    let mut split = command(&["f", "g"], Some("e"));
    split.messages[1].message.topic_id = topic("other");
    let mut several = command(&["f", "g"], Some("e"));
    several.messages[1].message.sender = tool;
    let long: Vec<String> = (0..=AppendAll::MOST).map(|n| format!("long {n}")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let none = command(&[], Some("e"));
    let too_many = command(&long, Some("e"));
    for wrong in [broken, split, several, none, too_many] {
        assert!(records.append_all(wrong).await.is_err());
    }
    assert_eq!(records.last_event(here).await.unwrap(), 5);
    let most = all(command(&long[1..], Some("e"))).await;
    assert!(matches!(most, AppendOutcome::Stored(_)), "{most:?}");
}

/// Payloads, revisions and trees go with their space.
pub async fn purges_take_payloads_and_trees(records: &dyn Records) {
    let here = space(1);
    let purge = async |count| {
        let purge = Purge {
            space: here,
            operator: None,
            apps: Vec::new(),
            limit: PageLimit::count(count),
        };
        match records.purge(purge).await.unwrap() {
            crate::PurgeOutcome::Purged(purged) => purged.has_more,
            other => panic!("{other:?}"),
        }
    };
    for round in 0..2 {
        let policy = Append {
            begins_tree: Some([round; 8]),
            ..with_payload(None, "policy", 5)
        };
        store(records, policy.clone()).await;
        let mut prev = "policy".to_owned();
        for number in 0..70 {
            let text = format!("{number}");
            store(records, with_payload(Some(&prev), &text, 5)).await;
            prev = text;
        }
        let edit = Append {
            revision: Some(Revision {
                target: id("3"),
                number: 1,
                deletes: false,
            }),
            ..with_payload(Some(&prev), "edit", 5)
        };
        store(records, edit).await;
        records.renew_tree(here, [round + 7; 8]).await.unwrap();
        assert_eq!(records.tree(here).await.unwrap().unwrap().size, 72);
        let begins_again = Append {
            begins_tree: Some([9; 8]),
            ..unjudged(here, message(&topic("general"), "n", None, "again"))
        };
        let mut is_begun = false;
        while purge(5).await {
            let refused = records.append(begins_again.clone()).await.unwrap();
            let is_refused = matches!(
                refused,
                AppendOutcome::SpaceNotEmpty | AppendOutcome::PurgeUnfinished
            );
            assert!(is_refused, "{refused:?}");
            is_begun = true;
        }
        assert!(is_begun, "it took several steps");
        assert_eq!(records.tree(here).await.unwrap(), None);
        assert_eq!(records.restores(here).await.unwrap(), []);
        assert_eq!(records.remove_older(here, i64::MAX, 10).await.unwrap(), 0);
        assert_eq!(bytes_of_messages(records, here, None).await, 0);
        let all = MessageRange {
            from: i64::MIN,
            to: i64::MAX,
            order: Order::OldestFirst,
            limit: PageLimit::count(10),
        };
        let entries = records.entries(here, &topic("general"), all).await.unwrap();
        assert_eq!(entries.items, []);
    }
}
