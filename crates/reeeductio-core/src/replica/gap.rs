//! Messages missing between an answer and what was seen before.

use reeeductio_proto::{ChainId, Message, MessageId, Position};

use crate::chain::ChainError;

/// Messages between what was seen before and an answer. They must be read, which proves that one chain holds both.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The message that was seen before.
    pub after: Position,
    /// Whether that is the head, up to which the chain is seen without a gap.
    pub from_head: bool,
    /// The newest message that was known when the answer was asked for: one's own posts between may be seen already.
    pub newest: Option<Position>,
    /// The first message of the answer.
    pub(super) until: MessageId,
    /// Time from which on the answer was to hold all messages.
    pub(super) covered_from: i64,
}

impl Gap {
    /// Compares messages that follow the last known one with the answer. Returns whether they reach it.
    pub fn reaches<'a>(
        &self,
        messages: impl Iterator<Item = &'a Message>,
    ) -> Result<bool, ChainError> {
        for message in messages {
            if message.message_hash == self.until {
                return Ok(true);
            }
            if message.server_timestamp >= self.covered_from {
                return Err(ChainError::Withheld {
                    what: format!(
                        "message {} of topic {}",
                        message.message_hash, message.topic_id
                    ),
                });
            }
        }
        Ok(false)
    }

    /// Returns the error for a chain that ends before the answer is reached.
    pub fn unreached(&self, chain: &ChainId, last: Position) -> ChainError {
        ChainError::Forked {
            topic: chain.topic.clone(),
            known: last.hash,
            found: self.until,
        }
    }
}
