//! A lane of a topic, whose messages can be sealed and signed long before they are sent.

use anyhow::Result;
use reeeductio_client::random;
use reeeductio_core::{
    Draft, MessageContent, MessageHead, MessagePlace, SEALED, TopicEpoch, seal_message,
};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{MessageId, TopicId, encoding};

use crate::chain::{MESSAGE, Signed};
use crate::connection::Connection;
use crate::member::Member;

/// A lane of a topic.
pub(crate) struct Lane {
    member: Member,
    topic: TopicId,
    epoch: TopicEpoch,
    authority: MessageId,
    id: [u8; 8],
    prev: Option<MessageId>,
}

impl Lane {
    /// A lane without messages, whose messages will name `authority`.
    pub(crate) fn begin(
        member: &Member,
        topic: TopicId,
        epoch: TopicEpoch,
        authority: MessageId,
    ) -> Result<Self> {
        Ok(Self {
            member: member.clone(),
            topic,
            epoch,
            authority,
            id: random()?,
            prev: None,
        })
    }

    /// Seals and signs the next message.
    pub(crate) fn seal(&mut self, connection: &Connection) -> Result<Signed> {
        let content = MessageContent {
            seen: None,
            content_type: "bench".to_owned(),
            client_id: random()?,
            body: MESSAGE.to_vec().into(),
        };
        let head = MessageHead {
            lane: self.id,
            authority: *self.authority.hash(),
            salt: random()?,
            expires: None,
            target: None,
        };
        let member = &self.member;
        let place = MessagePlace {
            space: &member.space,
            topic: &self.topic,
            kind: SEALED,
            sender: &member.id,
        };
        let (header, payload) = seal_message(&self.epoch, place, head, &content)?;
        let data = header.to_bytes();
        let draft = Draft {
            space: &member.space,
            topic: &self.topic,
            kind: SEALED,
            prev_hash: self.prev,
            data: &data,
        };
        let (hash, body) = draft.sign(&member.id, &member.keys);
        self.prev = Some(hash);
        let body = PostMessage {
            payload: Some(encoding::encode(&payload)),
            ..body
        };
        let path = format!("topics/{}/messages", self.topic);
        let body = serde_json::to_vec(&body)?;
        Ok((hash, member.request(connection, "POST", &path, &body)))
    }
}
