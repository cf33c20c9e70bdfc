//! What the topics of a space lately ended in.
//!
//! Only a hint: another server on the same store may have appended since. It says when asking the store is worth
//! it, so that a writer who was overtaken is told before its signature is checked.

use std::collections::HashMap;

use parking_lot::Mutex;
use reeeductio_proto::{Message, MessageId, TopicId};

/// Topics of a space that are remembered; one more and the memory starts over.
const TOPICS: usize = 128;

/// The newest messages of a space's topics.
#[derive(Debug, Default)]
pub(crate) struct Heads(Mutex<HashMap<TopicId, MessageId>>);

impl Heads {
    pub(crate) fn remember(&self, message: &Message) {
        let heads = &mut *self.0.lock();
        if let Some(head) = heads.get_mut(&message.topic_id) {
            *head = message.message_hash;
            return;
        }
        if heads.len() >= TOPICS {
            heads.clear();
        }
        heads.insert(message.topic_id.clone(), message.message_hash);
    }

    /// Whether a message behind `prev_hash` seems to have been overtaken.
    pub(crate) fn have_passed(&self, topic: &TopicId, prev_hash: Option<MessageId>) -> bool {
        let heads = self.0.lock();
        heads
            .get(topic)
            .is_some_and(|head| Some(*head) != prev_hash)
    }
}
