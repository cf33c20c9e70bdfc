//! Cached heads of a space's topics, and the messages that are being appended after them.
//!
//! May be stale: another server on the same store may have appended since. It tells when to ask the store, and when
//! to wait for another message, so that of several messages after the same head only one has its signature
//! checked; the others get a 409.

use std::collections::HashMap;
use std::sync::Arc;

use event_listener::{Event, EventListener};
use parking_lot::Mutex;
use reeeductio_proto::{Message, MessageId, TopicId};

/// Topics of a space that are remembered; one more and the memory starts over.
const TOPICS: usize = 128;

/// Cached heads of one space, and the claims to append after them.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    newest: Mutex<HashMap<TopicId, MessageId>>,
    claimed: Mutex<HashMap<Slot, Arc<Event>>>,
}

/// A topic, and the `prev_hash` of the message that comes next in it.
type Slot = (TopicId, Option<MessageId>);

/// The right of one message to be appended after a head. Dropping it wakes all that wait for the slot.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    heads: &'a Heads,
    slot: Slot,
}

impl Heads {
    pub(crate) fn remember(&self, message: &Message) {
        let newest = &mut *self.newest.lock();
        if let Some(head) = newest.get_mut(&message.topic_id) {
            *head = message.message_hash;
            return;
        }
        if newest.len() >= TOPICS {
            newest.clear();
        }
        newest.insert(message.topic_id.clone(), message.message_hash);
    }

    /// Returns whether there is a cached head and it is another than `prev_hash`.
    pub(crate) fn have_passed(&self, topic: &TopicId, prev_hash: Option<MessageId>) -> bool {
        let newest = self.newest.lock();
        newest
            .get(topic)
            .is_some_and(|head| Some(*head) != prev_hash)
    }

    /// Claims the slot after `prev_hash`. If another message has it, returns a listener for when it is free.
    pub(crate) fn claim(
        &self,
        topic: &TopicId,
        prev_hash: Option<MessageId>,
    ) -> Result<Claim<'_>, EventListener> {
        let slot = (topic.clone(), prev_hash);
        let claimed = &mut *self.claimed.lock();
        if let Some(event) = claimed.get(&slot) {
            return Err(event.listen());
        }
        claimed.insert(slot.clone(), Arc::default());
        Ok(Claim { heads: self, slot })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let event = self.heads.claimed.lock().remove(&self.slot);
        if let Some(event) = event {
            event.notify(usize::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_claims_the_slot_after_a_head_and_the_others_are_woken_when_it_is_free() {
        let heads = Heads::default();
        let topic = TopicId::parse("general").unwrap();
        let head = Some(MessageId::from_hash([1; 32]));
        let claim = heads.claim(&topic, head).unwrap();
        let mut waiting = Box::pin(heads.claim(&topic, head).unwrap_err());
        let other = heads.claim(&topic, None);
        assert!(other.is_ok(), "the slot after another head is free");
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(claim);
        assert!(waiting.as_mut().poll(&mut context).is_ready());
        drop(other);
        assert!(heads.claimed.lock().is_empty());
    }
}
