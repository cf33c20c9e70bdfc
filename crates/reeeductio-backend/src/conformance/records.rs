//! The conformance suite of [`Records`]. Signatures are not checked by records, so made-up ones do.

use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_proto::{
    ChainId, MemberId, Message, MessageId, Position, Signature, SpaceId, StatePath, TopicId,
};

pub use super::changes::{changes_of_data_are_events, entries_are_listed_by_prefix};
pub use super::entries::{entries_of_any_length_come_whole, entries_say_what_is_left_of_a_message};
pub use super::inboxes::item as inbox_item;
pub use super::inboxes::{
    acknowledged_and_expired_items_are_gone, acknowledgement,
    inboxes_are_limited_in_all_and_by_sender, inboxes_are_purged_with_their_space,
    items_are_counted_as_messages, items_are_listed_as_they_were_posted,
    items_stand_or_fall_with_their_judgement, receipts_are_limited, repeated_items_are_stored_once,
};
pub use super::items_left::items_are_heard_of_once_and_in_order;
pub use super::policies::{
    commands_are_stored_whole_or_not_at_all, lanes_of_a_member_are_limited,
    payloads_are_removed_by_their_age, payloads_are_stored_and_counted,
    purges_take_payloads_and_trees, removal_is_counted_once_among_many_messages,
    revisions_follow_one_another,
};
pub use super::preconditions::{
    lanes_are_chains_of_their_own, messages_are_counted_and_limited,
    pages_end_where_their_bytes_do, writes_stand_or_fall_with_the_registration,
    writes_stand_or_fall_with_their_judgement,
};
pub use super::purging::{
    acts_of_the_operator_stand_or_fall_with_their_judgement, purged_spaces_leave_nothing,
    purges_go_by_bytes_too, spaces_are_not_registered_while_they_are_purged,
    spaces_that_an_app_registers_are_not_purged,
};
pub use super::restores::restores_are_kept_with_the_tree_they_ended;
pub use super::trees::{every_event_is_a_leaf, trees_begin_in_empty_spaces};
pub use super::values::{
    blobs_live_as_long_as_their_references, data_is_last_writer_wins, repeated_uploads_cost_no_use,
    values_are_counted_and_limited,
};
use crate::{
    Append, AppendOutcome, CommitSink, Committed, ItemLeft, MessageRange, Order, PageLimit,
    Records, ToolUse,
};

pub(super) const NOW: i64 = 1_700_000_000_000;

pub(super) fn space(number: u8) -> SpaceId {
    SpaceId::from_public_key([number; 32])
}

pub(super) fn topic(name: &str) -> TopicId {
    TopicId::parse(name).unwrap()
}

/// A message of `topic` on top of `prev`, whose id is the hash of `text`.
pub fn message(in_topic: &TopicId, kind: &str, prev: Option<MessageId>, text: &str) -> Message {
    Message {
        message_hash: MessageId::of(text.as_bytes()),
        topic_id: in_topic.clone(),
        kind: kind.to_owned(),
        prev_hash: prev,
        data: text.to_owned(),
        sender: MemberId::user([9; 32]),
        signature: Signature::from_bytes([3; 64]),
        server_timestamp: NOW,
    }
}

/// Adds `message` to its topic's shared chain, unjudged and without limits.
pub fn unjudged(space: SpaceId, message: Message) -> Append {
    Append::new(space, message)
}

async fn append(
    records: &dyn Records,
    space: SpaceId,
    message: Message,
    tool_use: Option<ToolUse>,
) -> AppendOutcome {
    let append = Append {
        tool_use,
        ..unjudged(space, message)
    };
    records.append(append).await.unwrap()
}

pub(super) fn appended(committed: &Committed) -> &Arc<Message> {
    committed.event.message().unwrap()
}

async fn head(records: &dyn Records, space: SpaceId, topic: &TopicId) -> Option<Position> {
    let chain = ChainId::shared(topic.clone());
    records.head(space, &chain).await.unwrap()
}

pub(super) async fn stored(records: &dyn Records, space: SpaceId, message: Message) -> Committed {
    match append(records, space, message, None).await {
        AppendOutcome::Stored(committed) => committed,
        other => panic!("not stored: {other:?}"),
    }
}

/// Stores `count` messages and returns them as stored.
async fn chain(records: &dyn Records, in_space: SpaceId, name: &str, count: usize) -> Vec<Message> {
    let topic = topic(name);
    let mut found: Vec<Message> = Vec::new();
    for number in 0..count {
        let prev = found.last().map(|last| last.message_hash);
        let text = format!("{name} {number}");
        let committed = stored(records, in_space, message(&topic, "n", prev, &text)).await;
        found.push(Message::clone(appended(&committed)));
    }
    found
}

/// Only the head can be built upon, and times increase even if the clock stands still or goes back.
pub async fn appends_compare_with_the_head(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    assert_eq!(head(records, here, &general).await, None);
    let first = stored(records, here, message(&general, "n", None, "first")).await;
    let twice = append(records, here, message(&general, "n", None, "first"), None).await;
    let head = Position {
        hash: appended(&first).message_hash,
        timestamp: NOW,
    };
    assert!(matches!(twice, AppendOutcome::HeadMoved(Some(found)) if found == head));
    assert_eq!(
        super::records::head(records, here, &general).await,
        Some(head)
    );
    // wire.md 14.2.1: the same millisecond, and an earlier one.
    let second = stored(
        records,
        here,
        message(&general, "n", Some(head.hash), "second"),
    )
    .await;
    assert_eq!(appended(&second).server_timestamp, NOW + 1);
    let mut early = message(&general, "n", Some(appended(&second).message_hash), "third");
    early.server_timestamp = 5;
    let third = stored(records, here, early).await;
    assert_eq!(appended(&third).server_timestamp, NOW + 2);
    let fork = append(
        records,
        here,
        message(&general, "n", Some(head.hash), "fork"),
        None,
    )
    .await;
    assert!(
        matches!(fork, AppendOutcome::HeadMoved(Some(found)) if found.hash == appended(&third).message_hash)
    );
    let unfounded = message(&topic("other"), "n", Some(head.hash), "x");
    assert!(matches!(
        append(records, here, unfounded, None).await,
        AppendOutcome::HeadMoved(None)
    ));
}

/// Messages are read back as they were stored, by id and by range, in both directions.
pub async fn messages_are_listed_by_time(records: &dyn Records) {
    let here = space(1);
    let all = chain(records, here, "general", 7).await;
    chain(records, here, "generale", 2).await;
    chain(records, space(2), "general", 1).await;
    let general = topic("general");
    let list = async |from, to, order, limit| {
        let range = MessageRange {
            from,
            to,
            order,
            limit: PageLimit::count(limit),
        };
        let page = records.messages(here, &general, range).await.unwrap();
        page.items
    };
    assert_eq!(list(i64::MIN, i64::MAX, Order::OldestFirst, 100).await, all);
    assert_eq!(
        list(i64::MIN, i64::MAX, Order::OldestFirst, 3).await,
        all[..3]
    );
    let newest: Vec<Message> = all.iter().rev().take(2).cloned().collect();
    assert_eq!(list(0, i64::MAX, Order::NewestFirst, 2).await, newest);
    for (from, to, expected, has_more) in [
        (0, i64::MAX, &all[6..], true),
        (NOW + 5, NOW + 6, &all[6..], true),
        (NOW + 6, NOW + 6, &all[6..], false),
        (0, NOW + 5, &all[5..6], true),
        (NOW + 7, i64::MAX, &[], false),
    ] {
        let range = MessageRange {
            from,
            to,
            order: Order::NewestFirst,
            limit: PageLimit::count(1),
        };
        let page = records.messages(here, &general, range).await.unwrap();
        assert_eq!(page.items, expected, "{from}..={to}");
        assert_eq!(page.has_more, has_more, "{from}..={to}");
    }
    assert_eq!(
        list(NOW + 2, NOW + 4, Order::OldestFirst, 100).await,
        all[2..5]
    );
    assert_eq!(list(NOW + 7, NOW + 9, Order::OldestFirst, 100).await, []);
    let one = records
        .message(here, &general, all[3].message_hash)
        .await
        .unwrap();
    assert_eq!(one.as_deref(), Some(&all[3]));
    assert_eq!(
        records
            .message(space(2), &general, all[3].message_hash)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        records
            .message(here, &topic("generale"), all[3].message_hash)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        records.topics(here).await.unwrap(),
        [topic("general"), topic("generale")]
    );
    assert_eq!(
        records.spaces(None, 10).await.unwrap(),
        [space(1), space(2)]
    );
    assert_eq!(
        records.spaces(Some(space(1)), 10).await.unwrap(),
        [space(2)]
    );
}

/// Text is text: nothing is folded, cut or escaped.
pub async fn text_is_kept_as_it_is(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    let mut prev = None;
    for kind in ["a\0b", "A", "a", "ä|\u{1F600}", "%_*'\"\\", ""] {
        let mut next = message(&general, kind, prev, kind);
        next.message_hash = MessageId::of(format!("{prev:?}{kind}").as_bytes());
        let committed = stored(records, here, next).await;
        prev = Some(appended(&committed).message_hash);
        let read = records
            .message(here, &general, appended(&committed).message_hash)
            .await
            .unwrap();
        assert_eq!(read.unwrap().kind, kind);
    }
}

/// The newest message of a path is its entry, and prefixes are of whole segments.
pub async fn state_is_found_by_path(records: &dyn Records) {
    let here = space(1);
    let paths = [
        "auth/users/a",
        "auth/users/a/rights/x",
        "auth/users/a/rightsx",
        "auth/users/a",
        "keyring/0",
        "space/settings",
        "profiles/a",
        "authx/y",
        "keyring0/y",
        "spacex",
    ];
    let mut prev = None;
    let mut written = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let next = message(&TopicId::state(), path, prev, &format!("{number}"));
        let committed = stored(records, here, next).await;
        prev = Some(appended(&committed).message_hash);
        written.push(Message::clone(appended(&committed)));
    }
    chain(records, here, "general", 1).await;
    let entry = async |path: &str| {
        let path = StatePath::parse(path).unwrap();
        records
            .state_entry(here, &path)
            .await
            .unwrap()
            .map(|entry| Message::clone(&entry))
    };
    assert_eq!(entry("auth/users/a").await.as_ref(), Some(&written[3]));
    assert_eq!(entry("auth/users").await, None);
    let authority = async |after, limit| {
        let limit = PageLimit::count(limit);
        let page = records.authority_entries(here, after, limit).await.unwrap();
        (page.items, page.has_more)
    };
    assert_eq!(
        authority(i64::MIN, 100).await,
        (written[..6].to_vec(), false)
    );
    assert_eq!(authority(i64::MIN, 6).await, (written[..6].to_vec(), false));
    assert_eq!(
        authority(written[0].server_timestamp, 2).await,
        (written[1..3].to_vec(), true)
    );
    assert_eq!(authority(i64::MAX, 2).await, (Vec::new(), false));
}

/// A sink that writes down what it receives.
#[derive(Default)]
struct Heard(Mutex<Vec<(SpaceId, u64, MessageId)>>);

impl CommitSink for Heard {
    fn committed(&self, batch: &[Committed]) {
        let heard = batch.iter().map(|commit| {
            (
                commit.space,
                commit.event.position.message,
                appended(commit).message_hash,
            )
        });
        self.0.lock().extend(heard);
    }

    fn items_left(&self, _: &[ItemLeft]) {}
}

/// Events are numbered per space without gaps, and the sink gets each before its writer's answer.
pub async fn events_are_numbered_and_heard_in_order(records: &dyn Records) {
    let heard = Arc::new(Heard::default());
    records
        .attach(Arc::clone(&heard) as Arc<dyn CommitSink>)
        .unwrap();
    assert!(
        records.attach(Arc::new(Heard::default())).is_err(),
        "there is one sink"
    );
    let here = space(1);
    assert_eq!(records.last_event(here).await.unwrap(), 0);
    let mut expected = Vec::new();
    for number in 0..5_u64 {
        let name = if number % 2 == 0 { "even" } else { "odd" };
        let head = head(records, here, &topic(name)).await;
        let next = message(
            &topic(name),
            "n",
            head.map(|head| head.hash),
            &format!("{number}"),
        );
        let committed = stored(records, here, next).await;
        assert_eq!(committed.event.position.message, number + 1);
        expected.push((here, number + 1, appended(&committed).message_hash));
        assert_eq!(*heard.0.lock(), expected);
    }
    chain(records, space(2), "even", 1).await;
    assert_eq!(records.last_event(here).await.unwrap(), 5);
    let events = records.events(here, 2, PageLimit::count(2)).await.unwrap();
    let found: Vec<_> = events
        .items
        .iter()
        .map(|commit| {
            (
                commit.space,
                commit.event.position.message,
                appended(commit).message_hash,
            )
        })
        .collect();
    assert_eq!(found, expected[2..4]);
    assert!(events.has_more);
    let other = records
        .events(space(2), 0, PageLimit::count(10))
        .await
        .unwrap();
    assert_eq!(other.items[0].event.position.message, 1);
    assert!(!other.has_more);
}

/// A tool's uses are counted with what they were for, and only if that was stored.
pub async fn tools_are_counted_with_their_writes(records: &dyn Records) {
    let (here, alerts) = (space(1), topic("alerts"));
    let tool = MemberId::tool([5; 32]);
    let limited = Some(ToolUse {
        tool,
        limit: Some(2),
    });
    let first = message(&alerts, "n", None, "1");
    let second = message(&alerts, "n", Some(first.message_hash), "2");
    let third = message(&alerts, "n", Some(second.message_hash), "3");
    assert!(matches!(
        append(records, here, second.clone(), limited).await,
        AppendOutcome::HeadMoved(None)
    ));
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 0);
    assert!(matches!(
        append(records, here, first, limited).await,
        AppendOutcome::Stored(_)
    ));
    assert!(matches!(
        append(records, here, second, limited).await,
        AppendOutcome::Stored(_)
    ));
    assert!(matches!(
        append(records, here, third.clone(), limited).await,
        AppendOutcome::ToolUsedUp
    ));
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 2);
    assert_eq!(records.tool_uses(space(2), tool).await.unwrap(), 0);
    let free = Some(ToolUse { tool, limit: None });
    assert!(matches!(
        append(records, here, third, free).await,
        AppendOutcome::Stored(_)
    ));
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 3);
    records.raise_tool_uses(here, tool, 7).await.unwrap();
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 7);
    records.raise_tool_uses(here, tool, 5).await.unwrap();
    assert_eq!(records.tool_uses(here, tool).await.unwrap(), 7);
}

/// After closing nothing is written any more.
pub async fn closing_ends_writing(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    records.ready().await.unwrap();
    stored(records, here, message(&general, "n", None, "1")).await;
    records.close().await.unwrap();
    let late = message(&general, "n", Some(MessageId::of(b"1")), "2");
    assert!(records.append(unjudged(here, late)).await.is_err());
    assert!(records.ready().await.is_err());
}
