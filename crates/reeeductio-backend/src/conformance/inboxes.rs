//! The conformance suite of inboxes.

use futures_util::future::join_all;
use reeeductio_proto::{MemberId, Position, Signature, TopicId};

use super::purging::purge_step;
use super::records::{NOW, appended, message, space, stored};
use crate::{
    AcknowledgeItems, AcknowledgeItemsOutcome, InboxFull, InboxItem, InboxLimits, InboxRange,
    Judged, Moved, OverQuota, PageLimit, PostItem, PostItemOutcome, Quota, QuotaOf, QuotaUnit,
    Quotas, RECEIPT_TIME, RECEIPTS, Records, Tally, ToolUse, Usage,
};

/// Long after every time of these tests.
const LATE: i64 = NOW + 1_000 * RECEIPT_TIME;

pub(super) fn ada() -> MemberId {
    MemberId::user([9; 32])
}

fn bob() -> MemberId {
    MemberId::user([2; 32])
}

/// The item `number` from Bob to Ada, with so many bytes.
pub fn item(number: u32, bytes: usize) -> PostItem {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    PostItem {
        space: space(1),
        recipient: ada(),
        item: InboxItem {
            id,
            sender: bob(),
            sealed: vec![number.to_be_bytes()[3]; bytes].into(),
            signature: Signature::from_bytes([5; 64]),
            expires: u64::from(number),
            received_at: NOW,
        },
        digest: [number.to_be_bytes()[3]; 32],
        kept_until: LATE,
        judged: None,
        tool_use: None,
        limits: InboxLimits::default(),
        quotas: Quotas::default(),
    }
}

pub(super) async fn post(records: &dyn Records, post: PostItem) -> PostItemOutcome {
    records.post_item(post).await.unwrap()
}

/// When a new item was received.
pub(super) async fn posted(records: &dyn Records, item: PostItem) -> i64 {
    match post(records, item).await {
        PostItemOutcome::Stored {
            received_at,
            is_new: true,
        } => received_at,
        other => panic!("not stored: {other:?}"),
    }
}

/// Acknowledges items from Bob to Ada.
pub fn acknowledgement(numbers: &[u32]) -> AcknowledgeItems {
    AcknowledgeItems {
        space: space(1),
        recipient: ada(),
        items: numbers
            .iter()
            .map(|number| item(*number, 0).item.id)
            .collect(),
        now: NOW,
        judged: None,
    }
}

pub(super) async fn acknowledge(
    records: &dyn Records,
    recipient: MemberId,
    numbers: &[u32],
) -> usize {
    let acknowledge = AcknowledgeItems {
        recipient,
        ..acknowledgement(numbers)
    };
    match records.acknowledge_items(acknowledge).await.unwrap() {
        AcknowledgeItemsOutcome::Removed(removed) => removed,
        moved @ AcknowledgeItemsOutcome::JudgementMoved(_) => panic!("{moved:?}"),
    }
}

/// The items of an inbox, and whether there are more.
async fn list(
    records: &dyn Records,
    recipient: MemberId,
    after: i64,
    limit: PageLimit,
) -> (Vec<InboxItem>, bool) {
    let range = InboxRange {
        after,
        now: NOW,
        limit,
    };
    let page = records.inbox(space(1), recipient, range).await.unwrap();
    (page.items, page.has_more)
}

const ALL: PageLimit = PageLimit::count(1000);

async fn numbers(records: &dyn Records, recipient: MemberId) -> Vec<u64> {
    let (items, _) = list(records, recipient, i64::MIN, ALL).await;
    items.iter().map(|item| item.expires).collect()
}

async fn used(records: &dyn Records, member: Option<MemberId>) -> Tally {
    records.usage(space(1), member).await.unwrap().messages
}

fn tally(count: u64, bytes: u64) -> Tally {
    Tally { count, bytes }
}

/// Each inbox lists its own items as they were posted, in the order in which they came, also if the clock stands or goes back.
pub async fn items_are_listed_as_they_were_posted(records: &dyn Records) {
    let mut expected = Vec::new();
    for (number, at) in [(1, NOW), (2, NOW), (3, NOW - 50), (4, NOW + 50)] {
        let mut post = item(number, 10);
        post.item.received_at = at;
        let received_at = posted(records, post.clone()).await;
        expected.push(InboxItem {
            received_at,
            ..post.item
        });
    }
    let times = expected.iter().map(|item| item.received_at);
    assert_eq!(times.collect::<Vec<_>>(), [NOW, NOW + 1, NOW + 2, NOW + 50]);
    let elsewhere = [
        PostItem {
            recipient: bob(),
            ..item(5, 10)
        },
        PostItem {
            space: space(2),
            ..item(6, 10)
        },
    ];
    for post in elsewhere {
        assert_eq!(posted(records, post).await, NOW);
    }
    let of = |after, limit| list(records, ada(), after, limit);
    assert_eq!(of(i64::MIN, ALL).await, (expected.clone(), false));
    assert_eq!(numbers(records, bob()).await, [5]);
    let nobody = MemberId::user([3; 32]);
    assert_eq!(numbers(records, nobody).await, [0; 0]);
    // Page by page.
    let two = PageLimit::count(2);
    assert_eq!(of(i64::MIN, two).await, (expected[..2].to_vec(), true));
    assert_eq!(of(NOW + 1, two).await, (expected[2..].to_vec(), false));
    assert_eq!(of(NOW + 50, two).await, (Vec::new(), false));
    let bytes = PageLimit {
        count: 9,
        bytes: 11,
    };
    assert_eq!(of(i64::MIN, bytes).await, (expected[..2].to_vec(), true));
}

/// An item is one however often it is posted, also after it was acknowledged; its id stands for no other.
pub async fn repeated_items_are_stored_once(records: &dyn Records) {
    let first = item(1, 10);
    let other = PostItem {
        digest: [200; 32],
        ..item(1, 10)
    };
    assert_eq!(posted(records, first.clone()).await, NOW);
    let again = PostItemOutcome::Stored {
        received_at: NOW,
        is_new: false,
    };
    let mut later = first.clone();
    later.item.received_at = NOW + 100;
    assert_eq!(post(records, later.clone()).await, again);
    assert_eq!(post(records, other.clone()).await, PostItemOutcome::Exists);
    // In another inbox it is another item.
    let elsewhere = PostItem {
        recipient: bob(),
        ..first.clone()
    };
    assert_eq!(posted(records, elsewhere).await, NOW);
    assert_eq!(acknowledge(records, ada(), &[1]).await, 1);
    assert_eq!(post(records, later.clone()).await, again);
    assert_eq!(post(records, other.clone()).await, PostItemOutcome::Exists);
    assert_eq!(numbers(records, ada()).await, [0; 0]);
    assert_eq!(used(records, Some(bob())).await, tally(1, 10));
    // The receipt ends.
    let ends = NOW + RECEIPT_TIME;
    let remove = async |now| records.remove_expired_items(now, 10).await.unwrap();
    assert_eq!(remove(ends - 1).await, 0);
    assert_eq!(post(records, other.clone()).await, PostItemOutcome::Exists);
    assert_eq!(remove(ends).await, 1);
    assert_eq!(posted(records, other).await, NOW);
    // It is not kept longer than the item would have been.
    let short = PostItem {
        kept_until: NOW + 5,
        ..item(2, 10)
    };
    posted(records, short).await;
    assert_eq!(acknowledge(records, ada(), &[2]).await, 1);
    assert_eq!(remove(NOW + 4).await, 0);
    assert_eq!(remove(NOW + 5).await, 1);
}

/// One sender fills its own part of an inbox, and no more; all of them together fill the inbox.
pub async fn inboxes_are_limited_in_all_and_by_sender(records: &dyn Records) {
    let limits = |inbox, sender| InboxLimits { inbox, sender };
    let by = |sender, number, bytes, limits| {
        let mut post = item(number, bytes);
        post.item.sender = sender;
        PostItem { limits, ..post }
    };
    let carol = MemberId::user([3; 32]);
    let counts = limits(tally(3, 1000), tally(2, 1000));
    for number in [1, 2] {
        posted(records, by(bob(), number, 10, counts)).await;
    }
    let full = |full| PostItemOutcome::Full(full);
    let third = by(bob(), 3, 10, counts);
    assert_eq!(
        post(records, third.clone()).await,
        full(InboxFull::OfSender)
    );
    // A repeated item needs no room.
    let again = post(records, by(bob(), 1, 10, counts)).await;
    assert!(matches!(
        again,
        PostItemOutcome::Stored { is_new: false, .. }
    ));
    posted(records, by(carol, 4, 10, counts)).await;
    let fifth = by(carol, 5, 10, counts);
    assert_eq!(post(records, fifth.clone()).await, full(InboxFull::InAll));
    assert_eq!(acknowledge(records, ada(), &[1]).await, 1);
    posted(records, fifth).await;
    assert_eq!(post(records, third).await, full(InboxFull::InAll));
    assert_eq!(acknowledge(records, ada(), &[2, 4, 5]).await, 3);
    // By bytes.
    let bytes = limits(tally(100, 30), tally(100, 20));
    posted(records, by(bob(), 6, 11, bytes)).await;
    let too_long = by(bob(), 7, 10, bytes);
    assert_eq!(post(records, too_long).await, full(InboxFull::OfSender));
    posted(records, by(bob(), 8, 9, bytes)).await;
    let too_long = by(carol, 9, 11, bytes);
    assert_eq!(post(records, too_long).await, full(InboxFull::InAll));
    posted(records, by(carol, 10, 10, bytes)).await;
    // Another inbox has room.
    let elsewhere = PostItem {
        recipient: bob(),
        ..by(carol, 11, 20, bytes)
    };
    posted(records, elsewhere).await;
}

/// Items are messages to the quotas of the space and the sender, and a use of a tool, once.
pub async fn items_are_counted_as_messages(records: &dyn Records) {
    let bytes = |bytes| Quota {
        count: None,
        bytes: Some(bytes),
    };
    let of_member = |limit| PostItem {
        quotas: Quotas {
            member: bytes(limit),
            ..Quotas::default()
        },
        ..item(1, 10)
    };
    let over = OverQuota {
        of: QuotaOf::Member,
        unit: QuotaUnit::Bytes,
        limit: 9,
        stored: 0,
    };
    let outcome = post(records, of_member(9)).await;
    assert_eq!(outcome, PostItemOutcome::OverQuota(over));
    posted(records, of_member(10)).await;
    for of in [None, Some(bob())] {
        assert_eq!(used(records, of).await, tally(1, 10));
    }
    assert_eq!(used(records, Some(ada())).await, tally(0, 0));
    let of_space = PostItem {
        quotas: Quotas {
            space: bytes(19),
            ..Quotas::default()
        },
        ..item(2, 10)
    };
    let over = OverQuota {
        of: QuotaOf::Space,
        limit: 19,
        stored: 10,
        ..over
    };
    let outcome = post(records, of_space).await;
    assert_eq!(outcome, PostItemOutcome::OverQuota(over));
    acknowledge(records, ada(), &[1]).await;
    assert_eq!(used(records, None).await, tally(0, 0));

    let tool = MemberId::tool([7; 32]);
    let by_tool = |number| {
        let mut post = item(number, 10);
        post.item.sender = tool;
        post.tool_use = Some(ToolUse {
            tool,
            limit: Some(1),
        });
        post
    };
    posted(records, by_tool(3)).await;
    let again = post(records, by_tool(3)).await;
    assert!(matches!(
        again,
        PostItemOutcome::Stored { is_new: false, .. }
    ));
    assert_eq!(records.tool_uses(space(1), tool).await.unwrap(), 1);
    let second = post(records, by_tool(4)).await;
    assert_eq!(second, PostItemOutcome::ToolUsedUp);
    // A message beside it is counted together with it.
    let note = message(&TopicId::parse("general").unwrap(), "n", None, "note");
    stored(records, space(1), note).await;
    assert_eq!(used(records, None).await, tally(2, 10 + 5));
}

/// Items that are acknowledged or expire are not there any more; to acknowledge them again is no error.
pub async fn acknowledged_and_expired_items_are_gone(records: &dyn Records) {
    for (number, kept) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        let post = PostItem {
            kept_until: NOW + kept,
            ..item(number, 10)
        };
        posted(records, post).await;
    }
    // Somebody else has none of them, nor one that never was.
    assert_eq!(acknowledge(records, bob(), &[1]).await, 0);
    assert_eq!(acknowledge(records, ada(), &[9]).await, 0);
    assert_eq!(acknowledge(records, ada(), &[1, 9, 1]).await, 1);
    assert_eq!(acknowledge(records, ada(), &[1]).await, 0);
    assert_eq!(numbers(records, ada()).await, [2, 3, 4]);
    assert_eq!(used(records, None).await, tally(3, 30));
    // Not listed from its time on, removed when it is its turn: the oldest first.
    let at = async |now| {
        let range = InboxRange {
            after: i64::MIN,
            now,
            limit: ALL,
        };
        let page = records.inbox(space(1), ada(), range).await.unwrap();
        page.items.len()
    };
    assert_eq!((at(NOW + 9).await, at(NOW + 10).await), (3, 2));
    let remove = async |now, limit| records.remove_expired_items(now, limit).await.unwrap();
    assert_eq!(remove(NOW + 9, 10).await, 0);
    assert_eq!(remove(NOW + 20, 1).await, 1);
    assert_eq!(numbers(records, ada()).await, [3, 4]);
    // The receipt of the first ends, too.
    assert_eq!(remove(NOW + 30, 10).await, 2);
    assert_eq!(numbers(records, ada()).await, [4]);
    for of in [None, Some(bob())] {
        assert_eq!(used(records, of).await, tally(1, 10));
    }
    assert_eq!(remove(i64::MAX, 10).await, 1);
    assert_eq!(used(records, None).await, tally(0, 0));
}

/// Nothing is stored or removed by a member whose rights may have changed since it was judged.
pub async fn items_stand_or_fall_with_their_judgement(records: &dyn Records) {
    posted(records, item(1, 10)).await;
    let path = format!("auth/users/{}", bob());
    let next = message(&TopicId::state(), &path, None, "1");
    let committed = stored(records, space(1), next).await;
    let newest = Position::from(&**appended(&committed));
    let moved = Moved::Authority(newest);
    for (authority, stands) in [(None, false), (Some(newest), true)] {
        let judged = Some(Judged {
            member: bob(),
            authority,
            registration: None,
        });
        let outcome = post(
            records,
            PostItem {
                judged,
                ..item(2, 10)
            },
        )
        .await;
        let refused = PostItemOutcome::JudgementMoved(moved);
        assert_eq!(outcome != refused, stands, "{outcome:?}");
        let acknowledge = AcknowledgeItems {
            judged,
            ..acknowledgement(&[1])
        };
        let outcome = records.acknowledge_items(acknowledge).await.unwrap();
        let refused = AcknowledgeItemsOutcome::JudgementMoved(moved);
        assert_eq!(outcome != refused, stands, "{outcome:?}");
    }
    assert_eq!(numbers(records, ada()).await, [2]);
}

/// Inboxes go with their space, step by step, and those of other spaces stay.
pub async fn inboxes_are_purged_with_their_space(records: &dyn Records) {
    let topic = TopicId::parse("general").unwrap();
    stored(records, space(1), message(&topic, "n", None, "1")).await;
    for number in 1..=5 {
        posted(records, item(number, 10)).await;
    }
    let elsewhere = PostItem {
        space: space(2),
        ..item(6, 10)
    };
    posted(records, elsewhere.clone()).await;
    acknowledge(records, ada(), &[1, 2]).await;
    let mut removed = 0;
    loop {
        let step = purge_step(records, space(1), None).await.unwrap();
        removed += step.removed;
        assert!(step.removed <= 2);
        let left = used(records, None).await.count;
        assert_eq!(left, 4 - removed, "what is left is counted");
        if !step.has_more {
            break;
        }
    }
    assert_eq!(removed, 4);
    assert_eq!(numbers(records, ada()).await, [0; 0]);
    for of in [None, Some(bob())] {
        let usage = records.usage(space(1), of).await.unwrap();
        assert_eq!(usage, Usage::default());
    }
    // Receipts, too.
    posted(records, item(1, 10)).await;
    let again = post(records, elsewhere).await;
    assert!(matches!(
        again,
        PostItemOutcome::Stored { is_new: false, .. }
    ));
}

/// Of an inbox with very many acknowledged items the receipts that end first go.
pub async fn receipts_are_limited(records: &dyn Records) {
    let most = u32::try_from(RECEIPTS).unwrap();
    // Those of low numbers end first.
    let kept = |number| PostItem {
        kept_until: NOW + 1 + i64::from(number),
        ..item(number, 1)
    };
    let all: Vec<u32> = (0..=most).collect();
    for some in all.chunks(500) {
        let posts = some.iter().map(|number| post(records, kept(*number)));
        join_all(posts).await;
        assert_eq!(acknowledge(records, ada(), some).await, some.len());
    }
    let is_new = async |number| match post(records, kept(number)).await {
        PostItemOutcome::Stored { is_new, .. } => is_new,
        other => panic!("{other:?}"),
    };
    assert!(is_new(0).await);
    assert!(!is_new(1).await && !is_new(most).await);
}
