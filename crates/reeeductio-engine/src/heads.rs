//! What the topics of a space lately ended in, and the messages that are on their way onto those ends.
//!
//! Only a hint: another server on the same store may have appended since. It says when asking the store is worth
//! it, and when waiting for another message is, so that of writers who are behind the same head all but one are told
//! without their signatures being checked.

use std::collections::HashMap;
use std::sync::Arc;

use event_listener::{Event, EventListener};
use parking_lot::Mutex;
use reeeductio_proto::{Message, MessageId, TopicId};

/// Topics of a space that are remembered; one more and the memory starts over.
const TOPICS: usize = 128;

/// The ends of a space's topics.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    newest: Mutex<HashMap<TopicId, MessageId>>,
    claimed: Mutex<HashMap<Behind, Arc<Event>>>,
}

/// The topic of a message, and what it is behind.
type Behind = (TopicId, Option<MessageId>);

/// The place behind a head, for the one message that is on its way there. Whoever waits for it is woken when it is
/// dropped.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    heads: &'a Heads,
    behind: Behind,
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

    /// Whether a message behind `prev_hash` seems to have been overtaken.
    pub(crate) fn have_passed(&self, topic: &TopicId, prev_hash: Option<MessageId>) -> bool {
        let newest = self.newest.lock();
        newest
            .get(topic)
            .is_some_and(|head| Some(*head) != prev_hash)
    }

    /// Claims the place behind `prev_hash`, or says when to look again: another message is on its way there.
    pub(crate) fn claim(
        &self,
        topic: &TopicId,
        prev_hash: Option<MessageId>,
    ) -> Result<Claim<'_>, EventListener> {
        let behind = (topic.clone(), prev_hash);
        let claimed = &mut *self.claimed.lock();
        if let Some(event) = claimed.get(&behind) {
            return Err(event.listen());
        }
        claimed.insert(behind.clone(), Arc::default());
        Ok(Claim {
            heads: self,
            behind,
        })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let event = self.heads.claimed.lock().remove(&self.behind);
        if let Some(event) = event {
            event.notify(usize::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_claims_the_place_behind_a_head_and_the_others_hear_when_it_is_free() {
        let heads = Heads::default();
        let topic = TopicId::parse("general").unwrap();
        let behind = Some(MessageId::from_hash([1; 32]));
        let claim = heads.claim(&topic, behind).unwrap();
        let mut waiting = Box::pin(heads.claim(&topic, behind).unwrap_err());
        let other = heads.claim(&topic, None);
        assert!(other.is_ok(), "behind another head nothing is claimed");
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(claim);
        assert!(waiting.as_mut().poll(&mut context).is_ready());
        drop(other);
        assert!(heads.claimed.lock().is_empty());
    }
}
