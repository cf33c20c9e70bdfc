//! Cached heads of a space's chains, and the messages that are being appended after them.
//!
//! May be stale: another server on the same store may have appended since. It tells when to ask the store, and when
//! to wait for another message, so that of several messages after the same head only one has its signature
//! checked; the others get a 409.

use std::collections::HashMap;
use std::sync::Arc;

use event_listener::{Event, EventListener};
use parking_lot::Mutex;
use reeeductio_backend::Committed;
use reeeductio_proto::{ChainId, MessageId};

use crate::sealed::read_header;

/// Chains of a space that are remembered; one more and the memory starts over.
const CHAINS: usize = 256;

/// Cached heads of one space, and the claims to append after them.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    newest: Mutex<HashMap<ChainId, Head>>,
    claimed: Mutex<HashMap<Slot, Arc<Event>>>,
}

/// The newest message of a chain.
#[derive(Clone, Copy, Debug)]
struct Head {
    hash: MessageId,
    /// Of a lane: the authority that the message names.
    authority: Option<[u8; 32]>,
}

/// A chain, and the `prev_hash` of the message that comes next in it.
type Slot = (ChainId, Option<MessageId>);

/// The right of one message to be appended after a head. Dropping it wakes all that wait for the slot.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    heads: &'a Heads,
    slot: Slot,
}

impl Heads {
    pub(crate) fn remember(&self, commit: &Committed) {
        let (Some(message), Some(chain)) = (commit.event.message(), commit.chain()) else {
            return;
        };
        let header = chain.lane.and_then(|_| read_header(message));
        let head = Head {
            hash: message.message_hash,
            authority: header.map(|header| header.authority),
        };
        let newest = &mut *self.newest.lock();
        if newest.len() >= CHAINS && !newest.contains_key(&chain) {
            newest.clear();
        }
        newest.insert(chain, head);
    }

    /// Returns whether there is a cached head and it is another than `prev_hash`.
    pub(crate) fn have_passed(&self, chain: &ChainId, prev_hash: Option<MessageId>) -> bool {
        let newest = self.newest.lock();
        newest
            .get(chain)
            .is_some_and(|head| Some(head.hash) != prev_hash)
    }

    /// The authority that a message names, if it is the head of this lane.
    pub(crate) fn authority_of(&self, chain: &ChainId, hash: &MessageId) -> Option<[u8; 32]> {
        let newest = self.newest.lock();
        let head = newest.get(chain).filter(|head| head.hash == *hash)?;
        head.authority
    }

    /// Claims the slot after `prev_hash`. If another message has it, returns a listener for when it is free.
    pub(crate) fn claim(
        &self,
        chain: &ChainId,
        prev_hash: Option<MessageId>,
    ) -> Result<Claim<'_>, EventListener> {
        let slot = (chain.clone(), prev_hash);
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
    use reeeductio_proto::TopicId;

    #[test]
    fn one_message_claims_the_slot_after_a_head_and_the_others_are_woken_when_it_is_free() {
        let heads = Heads::default();
        let topic = ChainId::shared(TopicId::parse("general").unwrap());
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
