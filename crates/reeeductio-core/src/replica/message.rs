//! Reading one message by its id.

use reeeductio_proto::{ChainId, MessageId, Position};

use super::Replica;
use super::page::PageQuestion;
use crate::chain::ChainError;

/// A message that the server is asked for by its id.
#[derive(Clone, Debug)]
pub struct MessageQuestion {
    chain: ChainId,
    id: MessageId,
    /// Position at which it was seen before the question was asked.
    seen: Option<Position>,
}

impl Replica {
    /// Begins to read one message. `stored` is its position in the local store.
    pub fn ask_message(
        &self,
        chain: &ChainId,
        id: MessageId,
        stored: Option<Position>,
    ) -> MessageQuestion {
        MessageQuestion {
            chain: chain.clone(),
            id,
            seen: stored.or_else(|| self.memory.position(chain, &id)),
        }
    }

    /// Takes the answer as one to a question for its time. An error if the message was seen with another time before.
    pub fn take_message(
        &self,
        question: &MessageQuestion,
        time: i64,
    ) -> Result<PageQuestion, ChainError> {
        match question.seen {
            Some(seen) if seen.timestamp != time => Err(ChainError::Time(question.id)),
            _ => Ok(self.ask_one(&question.chain, time)),
        }
    }
}

impl MessageQuestion {
    /// Believes the answer that there is no such message, unless it was seen before.
    pub fn absent(&self) -> Result<(), ChainError> {
        let Some(seen) = self.seen else {
            return Ok(());
        };
        Err(ChainError::Withheld {
            what: format!("message {} of topic {}", seen.hash, self.chain.topic),
        })
    }
}
