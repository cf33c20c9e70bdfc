//! The conformance suite of what the sink is told of inboxes.

use std::sync::Arc;

use parking_lot::Mutex;

use super::inboxes::{acknowledge, ada, item, post, posted};
use super::records::space;
use crate::{CommitSink, Committed, InboxItem, ItemLeft, Records};

/// A sink that keeps the items that it receives.
#[derive(Default)]
struct Heard(Mutex<Vec<ItemLeft>>);

impl CommitSink for Heard {
    fn committed(&self, _: &[Committed]) {}

    fn items_left(&self, items: &[ItemLeft]) {
        self.0.lock().extend_from_slice(items);
    }
}

/// The sink gets each new item before its writer's answer, with the time at which it was received.
pub async fn items_are_heard_of_once_and_in_order(records: &dyn Records) {
    let heard = Arc::new(Heard::default());
    let sink = Arc::clone(&heard) as Arc<dyn CommitSink>;
    records.attach(sink).unwrap();
    let mut expected = Vec::new();
    for number in 1..=3 {
        let received_at = posted(records, item(number, 10)).await;
        expected.push(ItemLeft {
            space: space(1),
            recipient: ada(),
            item: InboxItem {
                received_at,
                ..item(number, 10).item
            },
        });
        assert_eq!(*heard.0.lock(), expected);
    }
    let mut other = item(2, 10);
    other.digest = [200; 32];
    let mut too_many = item(4, 10);
    too_many.limits.inbox.count = 3;
    for nothing in [item(1, 10), other, too_many] {
        post(records, nothing).await;
    }
    acknowledge(records, ada(), &[1]).await;
    post(records, item(1, 10)).await;
    assert_eq!(*heard.0.lock(), expected, "nothing was stored");
}
