//! Entries of the state whose content is at hand: those that were read last, as many as fit.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use reeeductio_proto::{Message, MessageId};

/// Bytes of content that are kept.
const BYTES: usize = 4 << 20;

#[derive(Debug, Default)]
pub(super) struct Bodies {
    messages: HashMap<MessageId, Arc<Message>>,
    /// Ids of the messages, in the order in which they came.
    order: VecDeque<MessageId>,
    bytes: usize,
}

impl Bodies {
    pub(super) fn get(&self, id: &MessageId) -> Option<&Arc<Message>> {
        self.messages.get(id)
    }

    pub(super) fn keep(&mut self, message: Arc<Message>) {
        let id = message.message_hash;
        let bytes = size(&message);
        if self.messages.insert(id, message).is_some() {
            return;
        }
        self.order.push_back(id);
        self.bytes += bytes;
        while self.bytes > BYTES
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(message) = self.messages.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(size(&message));
            }
        }
    }
}

/// Returns about how many bytes a message takes in memory.
fn size(message: &Message) -> usize {
    size_of::<Message>() + message.data.len() + message.kind.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Identity};
    use reeeductio_proto::TopicId;

    #[test]
    fn what_came_last_is_kept_within_the_limit() {
        let owner = Identity::from_seed(&[1; 32]);
        let mut bodies = Bodies::default();
        let messages: Vec<Arc<Message>> = (0..60_u8)
            .map(|n| {
                let draft = Draft {
                    space: &owner.space_id(),
                    topic: &TopicId::state(),
                    kind: "a",
                    prev_hash: None,
                    data: &vec![n; 75_000],
                };
                Arc::new(draft.message(&owner.user_id(), &owner, 1))
            })
            .collect();
        for message in messages.iter().chain(messages.last()) {
            bodies.keep(Arc::clone(message));
        }
        assert!(bodies.bytes <= BYTES && bodies.bytes > BYTES - 150_000);
        assert!(bodies.get(&messages[0].message_hash).is_none());
        assert!(bodies.get(&messages[59].message_hash).is_some());
        assert_eq!(bodies.order.len(), bodies.messages.len());
    }
}
