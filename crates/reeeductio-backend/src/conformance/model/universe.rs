//! The few values that histories are made of, so that operations meet each other.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use reeeductio_proto::{
    BlobId, ChainId, DataPath, Lane, MemberId, MessageId, PathPrefix, Position, SpaceId, StatePath,
    TopicId,
};

use crate::{PageLimit, Quota, Quotas, ToolUse};

/// The server's clock, around which times are chosen.
pub(super) const NOW: i64 = 1_700_000_000_000;

const TOPICS: [&str; 4] = ["general", "generale", "general-2", "state"];
const STATE_PATHS: [&str; 12] = [
    // Concerns everybody.
    "auth/roles/x",
    "auth/users/a",
    "auth/users/a/rights/x",
    "auth/users/a/rightsx",
    "auth/users/B",
    "auth0/y",
    "authx",
    "keyring/0",
    "keyringx",
    "profiles/a",
    "space/settings",
    "space0",
];
/// Types of messages outside state: any text.
const TYPES: [&str; 5] = ["chat.text", "a\0b", "", "%_*'\"\\", "\u{e4}\u{1F600}"];
const DATA_PATHS: [&str; 6] = ["a", "A", "a/b", "a/b-c", "a/b/c", "a0"];
const TEXTS: [&str; 4] = ["", "AAAA", "a\0b", "\u{1F600}"];

pub(super) fn all_spaces() -> Vec<SpaceId> {
    [0, 1, 255]
        .map(|n| SpaceId::from_public_key([n; 32]))
        .to_vec()
}

pub(super) fn all_topics() -> Vec<TopicId> {
    TOPICS.map(|name| TopicId::parse(name).unwrap()).to_vec()
}

pub(super) fn all_state_paths() -> Vec<StatePath> {
    STATE_PATHS
        .map(|path| StatePath::parse(path).unwrap())
        .to_vec()
}

pub(super) fn all_lanes() -> Vec<Option<Lane>> {
    let lane = |id| {
        Some(Lane {
            member: MemberId::user([1; 32]),
            id: [id; 8],
        })
    };
    vec![None, lane(1), lane(255)]
}

pub(super) fn all_data_paths() -> Vec<DataPath> {
    DATA_PATHS
        .map(|path| DataPath::parse(path).unwrap())
        .to_vec()
}

pub(super) fn all_members() -> Vec<MemberId> {
    vec![
        MemberId::user([1; 32]),
        MemberId::user([254; 32]),
        MemberId::tool([1; 32]),
        MemberId::tool([7; 32]),
    ]
}

pub(super) fn all_blobs() -> Vec<BlobId> {
    ["one", "two", "three"]
        .map(|content| BlobId::of(content.as_bytes()))
        .to_vec()
}

/// The id of the message that is written as the `serial`th of a history.
pub(super) fn message_id(serial: usize) -> MessageId {
    MessageId::of(format!("message {serial}").as_bytes())
}

/// Mostly the same one, so that much happens in it.
pub(super) fn space() -> impl Strategy<Value = SpaceId> {
    let all = all_spaces();
    prop_oneof![3 => Just(all[1]), 1 => select(all)]
}

pub(super) fn topic() -> impl Strategy<Value = TopicId> {
    select(all_topics())
}

/// A topic, and a type of message that it holds.
pub(super) fn topic_and_type() -> impl Strategy<Value = (TopicId, &'static str)> {
    (topic(), select(&STATE_PATHS[..]), select(&TYPES[..])).prop_map(|(topic, path, other)| {
        let kind = if topic.is_state() { path } else { other };
        (topic, kind)
    })
}

pub(super) fn state_path() -> impl Strategy<Value = StatePath> {
    select(all_state_paths())
}

pub(super) fn lane() -> impl Strategy<Value = Option<Lane>> {
    prop_oneof![4 => Just(None), 1 => select(all_lanes())]
}

pub(super) fn chain() -> impl Strategy<Value = ChainId> {
    (topic(), lane()).prop_map(|(topic, lane)| ChainId { topic, lane })
}

/// The newest `auth/` message that a writer knows; only its time decides.
pub(super) fn position() -> impl Strategy<Value = Option<Position>> {
    let some = time().prop_map(|timestamp| {
        Some(Position {
            hash: MessageId::of(b"known"),
            timestamp,
        })
    });
    prop_oneof![1 => Just(None), 4 => some]
}

pub(super) fn quotas() -> impl Strategy<Value = Quotas> {
    let quota = || {
        let bound = || prop_oneof![2 => Just(None), 1 => (0..40_u64).prop_map(Some)];
        (bound(), bound()).prop_map(|(count, bytes)| Quota { count, bytes })
    };
    let limited = (quota(), quota()).prop_map(|(space, member)| Quotas { space, member });
    prop_oneof![4 => Just(Quotas::default()), 1 => limited]
}

pub(super) fn page_limit() -> impl Strategy<Value = PageLimit> {
    let bytes = prop_oneof![2 => Just(usize::MAX), 1 => 0..20_usize];
    (limit(), bytes).prop_map(|(count, bytes)| PageLimit { count, bytes })
}

pub(super) fn data_path() -> impl Strategy<Value = DataPath> {
    select(all_data_paths())
}

pub(super) fn prefix() -> impl Strategy<Value = PathPrefix> {
    prop_oneof![
        1 => Just(PathPrefix::ALL),
        3 => data_path().prop_map(PathPrefix::from),
    ]
}

pub(super) fn member() -> impl Strategy<Value = MemberId> {
    select(all_members())
}

pub(super) fn blob() -> impl Strategy<Value = BlobId> {
    select(all_blobs())
}

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&TEXTS[..]).prop_map(str::to_owned),
        // Longer than a page of a database.
        1 => any::<u8>().prop_map(|n| format!("{n}").repeat(3000)),
    ]
}

/// A time on the server's clock, which may step back; sometimes one that is far off.
pub(super) fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => NOW - 4..NOW + 24,
        1 => Just(0),
        1 => Just(-1),
    ]
}

/// A bound of a range: also those no message can have.
pub(super) fn bound() -> impl Strategy<Value = i64> {
    prop_oneof![4 => time(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

pub(super) fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..6_usize, 1 => Just(usize::MAX)]
}

pub(super) fn tool_use() -> impl Strategy<Value = Option<ToolUse>> {
    let limit = prop_oneof![Just(None), (0..4_u64).prop_map(Some)];
    let used = (member(), limit).prop_map(|(tool, limit)| Some(ToolUse { tool, limit }));
    prop_oneof![2 => Just(None), 1 => used]
}
