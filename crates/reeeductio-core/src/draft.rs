//! A message before it is signed.

use std::fmt;

use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{MemberId, Message, MessageId, SpaceId, TopicId, encoding, message_hash};

use crate::identity::Identity;

/// A message before it is signed (wire.md 3.2). If the head of the topic has moved, sign it again behind
/// the new one.
#[derive(Clone, Copy)]
pub struct Draft<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The topic.
    pub topic: &'a TopicId,
    /// Its type; in the topic `state`, the path.
    pub kind: &'a str,
    /// The head of the topic, `None` for its first message.
    pub prev_hash: Option<MessageId>,
    /// The data that the server stores: sealed, unless the server is meant to read it.
    pub data: &'a [u8],
}

impl Draft<'_> {
    /// Signs it as `sender`, who holds the key of `identity`. Returns the id and the request body.
    pub fn sign(&self, sender: &MemberId, identity: &Identity) -> (MessageId, PostMessage) {
        let message = self.message(sender, identity, 0);
        let body = PostMessage::from(&message);
        (message.message_hash, body)
    }

    /// Signs it and gives it the form in which it is served once the server has set its time.
    pub fn message(
        &self,
        sender: &MemberId,
        identity: &Identity,
        server_timestamp: i64,
    ) -> Message {
        let data = encoding::encode(self.data);
        let hash = message_hash(
            self.space,
            self.topic,
            self.kind,
            self.prev_hash.as_ref(),
            &data,
            sender,
        );
        Message {
            message_hash: hash,
            topic_id: self.topic.clone(),
            kind: self.kind.to_owned(),
            prev_hash: self.prev_hash,
            data,
            sender: *sender,
            signature: identity.sign(&hash.to_bytes()),
            server_timestamp,
        }
    }
}

impl fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the data: it may not be sealed.
        f.debug_struct("Draft")
            .field("topic", &self.topic)
            .field("kind", &self.kind)
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}
