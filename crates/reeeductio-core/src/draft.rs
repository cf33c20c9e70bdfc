//! A message before it is signed.

use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId, encoding, message_hash};

use crate::identity::Identity;

/// A message before it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The topic.
    pub topic: &'a TopicId,
    /// Its type; in the topic `state`, the path.
    pub kind: &'a str,
    /// The head of the topic.
    pub prev_hash: Option<MessageId>,
    /// What the server stores: sealed, unless it is meant to be read by the server.
    pub data: &'a [u8],
}

impl Draft<'_> {
    /// Signs it as `sender`, who holds the key of `identity`. Returns the id and the request body.
    pub fn sign(&self, sender: &MemberId, identity: &Identity) -> (MessageId, PostMessage) {
        let data = encoding::encode(self.data);
        let hash = message_hash(
            self.space,
            self.topic,
            self.kind,
            self.prev_hash.as_ref(),
            &data,
            sender,
        );
        let body = PostMessage {
            kind: self.kind.to_owned(),
            prev_hash: self.prev_hash.map(|hash| hash.to_string()),
            data,
            message_hash: hash.to_string(),
            signature: identity.sign(&hash.to_bytes()).to_string(),
        };
        (hash, body)
    }
}
