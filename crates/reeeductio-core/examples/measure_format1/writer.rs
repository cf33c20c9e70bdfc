//! Messages in both formats.

use reeeductio_core::{
    Draft, Epoch, Identity, Key, MessageContent, MessageHead, MessagePlace, SEALED, SpaceKeys,
    TopicEpoch, message_key, open, open_message, seal, seal_message,
};
use reeeductio_proto::{MemberId, Message, SealedHeader, SpaceId, TopicId, encoding};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::Result;
use crate::turns::{Work, in_turns};

/// A member who writes in both formats, and reads what it wrote.
pub(crate) struct Writer {
    identity: Identity,
    space: SpaceId,
    topic: TopicId,
    sender: MemberId,
    /// The key of the topic in format 0.
    key: Key,
    epoch: TopicEpoch,
}

/// A message of format 1, as it is served.
struct Served {
    message: Message,
    payload: String,
}

impl Writer {
    pub(crate) fn new() -> Result<Self> {
        let (identity, root) = (Identity::from_seed(&[2; 32]), Key::new([7; 32]));
        let space = Identity::from_seed(&[1; 32]).space_id();
        let topic = TopicId::parse("general")?;
        Ok(Self {
            sender: identity.user_id(),
            key: SpaceKeys::derive(&root, &space).topic(&topic),
            epoch: Epoch::new(space, 1, root).topic(&topic),
            identity,
            space,
            topic,
        })
    }

    /// Microseconds of each work in format 0 and 1, in turns, and the ratio of both.
    pub(crate) fn measure(&self, length: usize, turns: usize) -> Result<Value> {
        let body = vec![b'x'; length];
        let content = MessageContent {
            seen: None,
            content_type: "text/plain".to_owned(),
            client_id: [5; 16],
            body: Zeroizing::new(body.clone()),
        };
        let sealed = seal(&self.key, [1; 12], &body)?;
        let (header, payload) = self.seal(&content)?;
        let (old, new) = (self.post(&body)?, self.post_sealed(&content)?);
        let mut report = serde_json::Map::new();
        let mut compare = |name: &str, zero: Work<'_>, one: Work<'_>| -> Result<()> {
            report.insert(name.to_owned(), in_turns(turns, zero, one)?);
            Ok(())
        };
        compare(
            "seal",
            &mut || Ok(seal(&self.key, [1; 12], &body)?.len()),
            &mut || Ok(self.seal(&content)?.1.len()),
        )?;
        compare(
            "open",
            &mut || Ok(open(&self.key, &sealed)?.len()),
            &mut || Ok(self.open(&header.to_bytes(), &payload)?.body.len()),
        )?;
        compare(
            "seal and sign",
            &mut || Ok(self.post(&body)?.data.len()),
            &mut || Ok(self.post_sealed(&content)?.payload.len()),
        )?;
        compare(
            "verify and open",
            &mut || {
                old.verify_by_sender(&self.space)?;
                Ok(open(&self.key, &encoding::decode(&old.data)?)?.len())
            },
            &mut || {
                new.message.verify_by_sender(&self.space)?;
                let payload = encoding::decode(&new.payload)?;
                let data = encoding::decode(&new.message.data)?;
                Ok(self.open(&data, &payload)?.body.len())
            },
        )?;
        Ok(report.into())
    }

    fn place(&self) -> MessagePlace<'_> {
        MessagePlace {
            space: &self.space,
            topic: &self.topic,
            kind: SEALED,
            sender: &self.sender,
        }
    }

    fn seal(&self, content: &MessageContent) -> Result<(SealedHeader, Vec<u8>)> {
        let head = MessageHead {
            lane: [3; 8],
            authority: [4; 32],
            salt: [6; 16],
            expires: None,
            target: None,
        };
        Ok(seal_message(&self.epoch, self.place(), head, content)?)
    }

    fn open(&self, data: &[u8], payload: &[u8]) -> Result<MessageContent> {
        let header = SealedHeader::parse(data)?;
        let key = message_key(&self.epoch, self.place(), &header);
        Ok(open_message(&key, self.place(), &header, payload)?)
    }

    fn sign(&self, data: &[u8]) -> Message {
        let draft = Draft {
            space: &self.space,
            topic: &self.topic,
            kind: SEALED,
            prev_hash: None,
            data,
        };
        draft.message(&self.sender, &self.identity, 0)
    }

    fn post(&self, body: &[u8]) -> Result<Message> {
        Ok(self.sign(&seal(&self.key, [1; 12], body)?))
    }

    fn post_sealed(&self, content: &MessageContent) -> Result<Served> {
        let (header, payload) = self.seal(content)?;
        Ok(Served {
            message: self.sign(&header.to_bytes()),
            payload: encoding::encode(&payload),
        })
    }
}
