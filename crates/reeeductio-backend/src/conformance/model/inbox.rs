//! Writes to inboxes, and looks into them.

use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};
use reeeductio_proto::{MemberId, Signature, SpaceId};

use super::query::Query;
use super::universe;
use super::write::{Terms, Write, terms};
use crate::{
    AcknowledgeItems, InboxItem, InboxLimits, InboxRange, PageLimit, PostItem, Tally, ToolUse,
};

/// An item to be posted.
#[derive(Clone, Debug)]
pub struct ItemPost {
    space: SpaceId,
    recipient: MemberId,
    sender: MemberId,
    id: [u8; 16],
    /// Which of the items with this id.
    version: u8,
    bytes: usize,
    time: i64,
    kept_until: i64,
    tool_use: Option<ToolUse>,
    limits: InboxLimits,
}

/// Acknowledged items.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    space: SpaceId,
    recipient: MemberId,
    items: Vec<[u8; 16]>,
    time: i64,
}

impl ItemPost {
    pub(super) fn settle(self, terms: Terms) -> PostItem {
        PostItem {
            space: self.space,
            recipient: self.recipient,
            item: InboxItem {
                id: self.id,
                sender: self.sender,
                sealed: vec![self.version; self.bytes].into(),
                signature: Signature::from_bytes([self.version; 64]),
                expires: u64::from(self.version),
                received_at: self.time,
            },
            digest: [self.version; 32],
            kept_until: self.kept_until,
            judged: terms.judged(self.sender),
            tool_use: self.tool_use,
            limits: self.limits,
            quotas: terms.quotas,
        }
    }
}

impl Acknowledged {
    pub(super) fn settle(self, terms: Terms) -> AcknowledgeItems {
        AcknowledgeItems {
            space: self.space,
            recipient: self.recipient,
            items: self.items,
            now: self.time,
            judged: terms.judged(self.recipient),
        }
    }
}

fn id() -> impl Strategy<Value = [u8; 16]> {
    (0..6_u8).prop_map(|id| [id; 16])
}

fn limits() -> impl Strategy<Value = InboxLimits> {
    let tally = || (1..5_u64, 1_000..20_000_u64).prop_map(|(count, bytes)| Tally { count, bytes });
    (tally(), tally()).prop_map(|(inbox, sender)| InboxLimits { inbox, sender })
}

fn post() -> impl Strategy<Value = ItemPost> {
    use universe::{member, space, time, tool_use};
    // Longer than a page of a database, too.
    let bytes = prop_oneof![3 => 0..40_usize, 1 => 4_000..9_000_usize];
    let content = (id(), 0..2_u8, bytes, time(), time());
    ((space(), member(), member()), content, tool_use(), limits()).prop_map(
        |((space, recipient, sender), content, tool_use, limits)| {
            let (id, version, bytes, time, kept_until) = content;
            ItemPost {
                space,
                recipient,
                sender,
                id,
                version,
                bytes,
                time,
                kept_until,
                tool_use,
                limits,
            }
        },
    )
}

/// Any write to an inbox.
pub(super) fn write() -> impl Strategy<Value = Write> {
    use universe::{limit, member, space, time};
    let post = (post(), terms()).prop_map(|(post, terms)| Write::PostItem(post, terms));
    let acknowledged =
        (space(), member(), vec(id(), 0..4), time()).prop_map(|(space, recipient, items, time)| {
            Acknowledged {
                space,
                recipient,
                items,
                time,
            }
        });
    let acknowledge =
        (acknowledged, terms()).prop_map(|(items, terms)| Write::AcknowledgeItems(items, terms));
    let expire = (time(), limit()).prop_map(|(now, limit)| Write::RemoveExpiredItems(now, limit));
    prop_oneof![6 => post, 3 => acknowledge, 1 => expire]
}

/// Any look into an inbox.
pub(super) fn query() -> impl Strategy<Value = Query> {
    use universe::{bound, member, page_limit, space, time};
    let range = (bound(), time(), page_limit()).prop_map(|(after, now, limit)| InboxRange {
        after,
        now,
        limit,
    });
    (space(), member(), range).prop_map(|(space, member, range)| Query::Inbox(space, member, range))
}

/// All that is in an inbox.
pub(super) fn whole(space: SpaceId, recipient: MemberId) -> Query {
    let range = InboxRange {
        after: i64::MIN,
        now: i64::MIN,
        limit: PageLimit::count(usize::MAX),
    };
    Query::Inbox(space, recipient, range)
}
