//! Posting: a message goes behind the head of its topic, and when the head has moved it is signed again.

use reeeductio_core::{Draft, NONCE_LENGTH, seal};
use reeeductio_proto::api::{HeadBody, MessageCreated};
use reeeductio_proto::{ErrorCode, MessageId, TopicId};

use super::Space;
use super::heads::Guess;
use crate::error::{ClientError, Head};
use crate::platform::{pause, random};
use crate::transport::Method;

/// Attempts to get a message in between those of others.
const ATTEMPTS: u32 = 64;
/// Longest pause between attempts, in milliseconds.
const LONGEST_PAUSE: u16 = 64;

/// A message that the server has stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Posted {
    /// Its id.
    pub message_hash: MessageId,
    /// Unix milliseconds, by the server's clock.
    pub server_timestamp: i64,
}

impl Space {
    /// Posts bytes as they are. The server, and whoever reads its disk, can read them.
    pub async fn post_message(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
    ) -> Result<Posted, ClientError> {
        let head = self.inner.heads.of(topic).await;
        let mut head = head.lock().await;
        // Taken, and put back only when it is known: whatever goes wrong, it is asked for again.
        let mut prev_hash = match std::mem::take(&mut *head) {
            Guess::Known(known) => known,
            Guess::Unknown => self.head_to_follow(topic).await?,
        };
        for attempt in 0..ATTEMPTS {
            match self.post_once(topic, kind, data, prev_hash).await? {
                Outcome::Stored(posted) => {
                    self.keep_own(&self.draft(topic, kind, data, prev_hash), posted)
                        .await;
                    *head = Guess::Known(Some(posted.message_hash));
                    return Ok(posted);
                }
                Outcome::Moved(now) => prev_hash = now,
                Outcome::MovedUnsaid => prev_hash = self.head_to_follow(topic).await?,
            }
            pause(longest_pause(attempt)).await?;
        }
        Err(ClientError::Conflict {
            topic: topic.to_string(),
            attempts: ATTEMPTS,
        })
    }

    /// Seals bytes with the topic's key and posts them.
    pub async fn post_encrypted_message(
        &self,
        topic: &TopicId,
        kind: &str,
        plain: &[u8],
    ) -> Result<Posted, ClientError> {
        let key = self.inner.keys.topic(topic);
        let sealed = seal(&key, random::<NONCE_LENGTH>()?, plain)?;
        self.post_message(topic, kind, &sealed).await
    }

    /// Posts bytes as they are behind `prev_hash` and nowhere else: if the head of the topic is another, the
    /// server refuses with [`ErrorCode::ChainConflict`].
    pub async fn post_message_after(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
        prev_hash: Option<MessageId>,
    ) -> Result<Posted, ClientError> {
        let head = self.inner.heads.of(topic).await;
        let mut head = head.lock().await;
        *head = Guess::Unknown;
        let (hash, created) = self.send_post(topic, kind, data, prev_hash).await;
        let posted = stored(hash, &created?)?;
        self.keep_own(&self.draft(topic, kind, data, prev_hash), posted)
            .await;
        *head = Guess::Known(Some(hash));
        Ok(posted)
    }

    /// Seals bytes with the topic's key and posts them behind `prev_hash` and nowhere else, like
    /// [`post_message_after`](Self::post_message_after).
    pub async fn post_encrypted_message_after(
        &self,
        topic: &TopicId,
        kind: &str,
        plain: &[u8],
        prev_hash: Option<MessageId>,
    ) -> Result<Posted, ClientError> {
        let key = self.inner.keys.topic(topic);
        let sealed = seal(&key, random::<NONCE_LENGTH>()?, plain)?;
        self.post_message_after(topic, kind, &sealed, prev_hash)
            .await
    }

    /// The id of the topic's newest message, by asking the server; `None` while the topic is empty.
    pub async fn head(&self, topic: &TopicId) -> Result<Option<MessageId>, ClientError> {
        let newest = self.newest(topic).await?;
        Ok(newest.map(|message| message.message_hash))
    }

    /// The head as far as it can be known: who may post but not read begins with a guess, which the first
    /// conflict corrects.
    async fn head_to_follow(&self, topic: &TopicId) -> Result<Option<MessageId>, ClientError> {
        match self.head(topic).await {
            Err(error) if error.status() == Some(403) => Ok(None),
            other => other,
        }
    }

    async fn post_once(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
        prev_hash: Option<MessageId>,
    ) -> Result<Outcome, ClientError> {
        let (hash, created) = self.send_post(topic, kind, data, prev_hash).await;
        let error = match created {
            Ok(created) => return stored(hash, &created).map(Outcome::Stored),
            Err(error) => error,
        };
        let Some(refusal) = error.refusal() else {
            return Err(error);
        };
        let conflict = refusal.status == 409
            && (refusal.code.is_empty() || refusal.code == ErrorCode::ChainConflict.as_str());
        match &refusal.head {
            _ if !conflict => Err(error),
            None => Ok(Outcome::MovedUnsaid),
            Some(Head::Empty) => Ok(Outcome::Moved(None)),
            Some(Head::Message(head)) => moved_to(hash, head),
        }
    }

    async fn send_post(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
        prev_hash: Option<MessageId>,
    ) -> (MessageId, Result<MessageCreated, ClientError>) {
        let draft = self.draft(topic, kind, data, prev_hash);
        let connection = self.connection();
        let (hash, body) = draft.sign(&connection.member(), connection.identity());
        let path = format!("topics/{topic}/messages");
        (hash, connection.submit(Method::Post, &path, &body).await)
    }

    fn draft<'a>(
        &'a self,
        topic: &'a TopicId,
        kind: &'a str,
        data: &'a [u8],
        prev_hash: Option<MessageId>,
    ) -> Draft<'a> {
        Draft {
            space: &self.inner.id,
            topic,
            kind,
            prev_hash,
            data,
        }
    }
}

enum Outcome {
    /// The head is another: this.
    Moved(Option<MessageId>),
    /// The head is another, and the server does not say which.
    MovedUnsaid,
    Stored(Posted),
}

fn moved_to(sent: MessageId, head: &HeadBody) -> Result<Outcome, ClientError> {
    let hash = parse_hash("details.head.message_hash", &head.message_hash)?;
    if hash == sent {
        // The message is there: it was sent twice on its way.
        return Ok(Outcome::Stored(Posted {
            message_hash: sent,
            server_timestamp: head.server_timestamp,
        }));
    }
    Ok(Outcome::Moved(Some(hash)))
}

fn stored(sent: MessageId, created: &MessageCreated) -> Result<Posted, ClientError> {
    let hash = parse_hash("message_hash", &created.message_hash)?;
    if hash != sent {
        return Err(ClientError::Answer(format!(
            "posted message {sent}, and the server stored {hash}"
        )));
    }
    Ok(Posted {
        message_hash: hash,
        server_timestamp: created.server_timestamp,
    })
}

fn parse_hash(field: &str, text: &str) -> Result<MessageId, ClientError> {
    MessageId::parse(text).map_err(|error| ClientError::answer(field, error))
}

/// Nothing at first, since most conflicts are with one other writer; then longer with every attempt.
fn longest_pause(attempt: u32) -> u16 {
    if attempt == 0 {
        return 0;
    }
    1_u16
        .checked_shl(attempt)
        .map_or(LONGEST_PAUSE, |longest| longest.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let pauses: Vec<u16> = [0, 1, 2, 5, 6, 7, 15, 16, 63]
            .into_iter()
            .map(longest_pause)
            .collect();
        assert_eq!(pauses, [0, 2, 4, 32, 64, 64, 64, 64, 64]);
    }
}
