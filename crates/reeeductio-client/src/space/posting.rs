//! Posting: a message goes after the head of its topic, and when the head has moved it is signed again.

use reeeductio_core::Draft;
use reeeductio_core::replica::Batch;
use reeeductio_proto::{ChainId, ErrorCode, Message, MessageId, Position, TopicId};

use super::Space;
use super::heads::Guess;
use super::retry::Persistence;
use super::topic::Place;
use crate::error::{ClientError, Head};
use crate::source::read_position;
use crate::transport::TransportError;

/// Attempts to get a message in between those of others.
const ATTEMPTS: u32 = 64;
/// Longest pause between attempts, in milliseconds.
const LONGEST_PAUSE: u16 = 64;

impl Space {
    /// Posts a message whose content is as it is to be stored.
    pub(super) async fn post(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
        place: Place,
    ) -> Result<Position, ClientError> {
        match place {
            Place::End => self.post_to_end(topic, kind, data).await,
            Place::After(prev_hash) => self.post_after(topic, kind, data, prev_hash).await,
        }
    }

    async fn post_to_end(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
    ) -> Result<Position, ClientError> {
        let head = self.inner.heads.of(topic).await;
        let mut head = head.lock().await;
        // Taken, and put back only when it is known: whatever goes wrong, it is asked for again.
        let mut prev_hash = match std::mem::take(&mut *head) {
            Guess::Known(known) => known,
            Guess::Unknown => self.head_to_follow(topic).await?,
        };
        for attempt in 0..ATTEMPTS {
            let message = self.sign(topic, kind, data, prev_hash);
            match self.append(&message).await? {
                Outcome::Stored(position) => {
                    self.keep_own(message, position).await;
                    *head = Guess::Known(Some(position.hash));
                    return Ok(position);
                }
                Outcome::Moved(Some(now), _) => prev_hash = now,
                Outcome::Moved(None, _) => prev_hash = self.head_to_follow(topic).await?,
            }
            self.inner.jitter.pause(longest_pause(attempt)).await;
        }
        Err(ClientError::Conflict {
            topic: topic.to_string(),
            attempts: ATTEMPTS,
        })
    }

    async fn post_after(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
        prev_hash: Option<MessageId>,
    ) -> Result<Position, ClientError> {
        let head = self.inner.heads.of(topic).await;
        let mut head = head.lock().await;
        *head = Guess::Unknown;
        let message = self.sign(topic, kind, data, prev_hash);
        match self.append(&message).await? {
            Outcome::Stored(position) => {
                self.keep_own(message, position).await;
                *head = Guess::Known(Some(position.hash));
                Ok(position)
            }
            Outcome::Moved(_, refusal) => Err(refusal),
        }
    }

    /// The id of the topic's newest message, by asking the server.
    pub(super) async fn head(&self, topic: &TopicId) -> Result<Option<MessageId>, ClientError> {
        let newest = self.newest_position(topic).await?;
        Ok(newest.map(|newest| newest.hash))
    }

    /// The head as far as it can be known: a member that may post but not read begins with a guess, which the first
    /// conflict corrects.
    async fn head_to_follow(&self, topic: &TopicId) -> Result<Option<MessageId>, ClientError> {
        match self.head(topic).await {
            Err(error) if error.status() == Some(403) => Ok(None),
            other => other,
        }
    }

    /// Sends a message until it is decided whether it is in its chain.
    pub(super) async fn append(&self, message: &Message) -> Result<Outcome, ClientError> {
        let chain = ChainId::shared(message.topic_id.clone());
        let mut persistence = Persistence::new(&self.inner.jitter);
        loop {
            let error = match self.source().append(message).await {
                Ok(position) => return stored(message, position),
                Err(error) => error,
            };
            if let Some(head) = moved(&error)? {
                match head {
                    Some(Some(head)) if head.hash == message.message_hash => {
                        return Ok(Outcome::Stored(head));
                    }
                    head if persistence.in_doubt() => {
                        // It may have been stored, and others may have posted after it.
                        match self.source().message(&chain, &message.message_hash).await {
                            Ok(found) => return stored(message, Position::from(&found)),
                            Err(absent) if absent.is_not_found() => {
                                return Ok(Outcome::Moved(hash_of(head), error));
                            }
                            Err(error) if persistence.is_worth_it(&error).await => continue,
                            Err(error) => return Err(error),
                        }
                    }
                    head => return Ok(Outcome::Moved(hash_of(head), error)),
                }
            }
            let timed_out = matches!(error, ClientError::Transport(TransportError::Timeout));
            if persistence.is_worth_it(&error).await {
                continue;
            }
            if persistence.in_doubt() || timed_out {
                // Whatever the last answer says, an earlier one may have been lost.
                let found = self.source().message(&chain, &message.message_hash).await;
                if let Ok(found) = found {
                    return stored(message, Position::from(&found));
                }
            }
            return Err(error);
        }
    }

    pub(super) fn sign(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
        prev_hash: Option<MessageId>,
    ) -> Message {
        let draft = Draft {
            space: &self.inner.id,
            topic,
            kind,
            prev_hash,
            data,
        };
        let connection = self.connection();
        draft.message(&connection.member(), connection.identity(), 0)
    }

    /// Remembers one's own message. Others may have posted before it what was not read yet: then it is not
    /// where the topic was seen up to, and still must be there from now on.
    async fn keep_own(&self, mut message: Message, position: Position) {
        message.server_timestamp = position.timestamp;
        let chain = ChainId::shared(message.topic_id.clone());
        let known = self.known(&chain).await;
        let follows =
            known.is_ok_and(|known| known.head.map(|head| head.hash) == message.prev_hash);
        let batch = Batch {
            messages: vec![message.into()],
            heads: follows.then_some((chain, position)).into_iter().collect(),
            ..Batch::default()
        };
        // The message is posted: an error here would have it posted again. The next look at the topic
        // meets the failing store too, and says so.
        let _kept = self.keep(batch).await;
    }
}

/// The outcome of sending a message.
pub(super) enum Outcome {
    /// The head is another than the message names: this one, if the server says which. With the refusal.
    Moved(Option<Option<MessageId>>, ClientError),
    Stored(Position),
}

/// Where the topic ends by a conflict, as far as it says; `None` if the error is none.
fn moved(error: &ClientError) -> Result<Option<Option<Option<Position>>>, ClientError> {
    let Some(refusal) = error.refusal() else {
        return Ok(None);
    };
    let conflict = refusal.status == 409
        && (refusal.code.is_empty() || refusal.code == ErrorCode::ChainConflict.as_str());
    if !conflict {
        return Ok(None);
    }
    Ok(Some(match &refusal.head {
        None => None,
        Some(Head::Empty) => Some(None),
        Some(Head::Message(head)) => Some(Some(read_position("details.head.message_hash", head)?)),
    }))
}

fn hash_of(head: Option<Option<Position>>) -> Option<Option<MessageId>> {
    head.map(|head| head.map(|head| head.hash))
}

fn stored(sent: &Message, position: Position) -> Result<Outcome, ClientError> {
    if position.hash != sent.message_hash {
        return Err(ClientError::Answer(format!(
            "posted message {}, and the server stored {}",
            sent.message_hash, position.hash
        )));
    }
    Ok(Outcome::Stored(position))
}

/// Nothing at first, since most conflicts are with one other writer; then longer with every attempt.
pub(super) fn longest_pause(attempt: u32) -> u16 {
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
