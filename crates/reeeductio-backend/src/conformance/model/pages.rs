//! Reading a topic page by page, as clients do.

use reeeductio_proto::{Message, SpaceId, TopicId};

use crate::{MessageRange, Order, PageLimit, Records};

/// All pages of `limit` messages, each asked for by the time of the last message of the one before.
pub(super) async fn pages(
    records: &dyn Records,
    space: SpaceId,
    topic: &TopicId,
    order: Order,
    limit: usize,
) -> Vec<Message> {
    let mut range = MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order,
        limit: PageLimit::count(limit),
    };
    let mut found: Vec<Message> = Vec::new();
    loop {
        let page = records.messages(space, topic, range).await.unwrap();
        let Some(last) = page.items.last() else {
            return found;
        };
        match order {
            Order::NewestFirst => range.to = last.server_timestamp - 1,
            Order::OldestFirst => range.from = last.server_timestamp + 1,
        }
        found.extend(page.items);
    }
}
