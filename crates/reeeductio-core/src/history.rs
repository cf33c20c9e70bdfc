//! Believing a server only what can be checked.

use reeeductio_proto::{Message, MessageError, MessageId, SpaceId, TopicId};

/// A page of messages is not what it claims to be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// A message does not follow the one before it.
    #[error(
        "message {message} does not follow {expected:?}: something is missing, added or reordered"
    )]
    Chain {
        /// The message.
        message: MessageId,
        /// What its `prev_hash` should be.
        expected: Option<MessageId>,
    },
    /// A message is not its sender's.
    #[error("message {message}: {error}")]
    Message {
        /// The message.
        message: MessageId,
        /// What is wrong.
        error: MessageError,
    },
    /// Timestamps do not increase.
    #[error("message {0} is not later than the one before it")]
    Order(MessageId),
    /// A message of another topic.
    #[error("message {0} is of another topic")]
    Topic(MessageId),
}

/// Checks messages, oldest first: topic, hash, signature, links and times. `after` is the message that
/// comes before the first, if it is known; `None` leaves the first one's link unchecked, `Some(None)`
/// says that the first is the topic's first.
pub fn verify_page(
    space: &SpaceId,
    topic: &TopicId,
    messages: &[Message],
    after: Option<Option<MessageId>>,
) -> Result<(), HistoryError> {
    let mut expected = after;
    let mut last = None;
    for message in messages {
        let id = message.message_hash;
        if message.topic_id != *topic {
            return Err(HistoryError::Topic(id));
        }
        message
            .verify_by_sender(space)
            .map_err(|error| HistoryError::Message { message: id, error })?;
        if let Some(expected) = expected
            && expected != message.prev_hash
        {
            return Err(HistoryError::Chain {
                message: id,
                expected,
            });
        }
        if last.is_some_and(|last| last >= message.server_timestamp) {
            return Err(HistoryError::Order(id));
        }
        expected = Some(Some(id));
        last = Some(message.server_timestamp);
    }
    Ok(())
}
