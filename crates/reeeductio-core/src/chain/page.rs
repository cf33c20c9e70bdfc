//! Messages as they come from a server, and the checks that need nothing but themselves.

use reeeductio_proto::{Message, MessageId, Operation, Position, Resource, SpaceId, TopicId};

use super::claim::{Claim, GRACE, first_false};
use super::error::ChainError;
use super::signed::check_signatures;
use super::state::StateChain;
use super::verified::VerifiedMessage;

/// A message whose place is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anchor {
    /// The message.
    pub message_hash: MessageId,
    /// Its time, Unix milliseconds.
    pub server_timestamp: i64,
}

impl From<&Message> for Anchor {
    fn from(message: &Message) -> Self {
        Self {
            message_hash: message.message_hash,
            server_timestamp: message.server_timestamp,
        }
    }
}

impl From<Position> for Anchor {
    fn from(position: Position) -> Self {
        Self {
            message_hash: position.hash,
            server_timestamp: position.timestamp,
        }
    }
}

impl From<Anchor> for Position {
    fn from(anchor: Anchor) -> Self {
        Self {
            hash: anchor.message_hash,
            timestamp: anchor.server_timestamp,
        }
    }
}

/// In which order a server lists messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// By rising time.
    OldestFirst,
    /// By falling time.
    NewestFirst,
}

/// What the oldest message of a page must follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Start {
    /// This message.
    After(Anchor),
    /// Anything: the page is from the middle of a topic that was not read before.
    Anywhere,
    /// Nothing: it is the first message of its topic.
    Genesis,
}

/// Messages as they came, nothing checked.
#[derive(Clone, Debug)]
pub struct Page {
    /// The space that was asked for.
    pub space: SpaceId,
    /// The topic that was asked for.
    pub topic: TopicId,
    /// The order that was asked for.
    pub order: Order,
    /// What the oldest message must follow.
    pub start: Start,
    /// The messages.
    pub messages: Vec<Message>,
}

/// Messages that are what their senders signed and follow each other without a gap.
#[derive(Clone, Debug)]
#[must_use = "whether the senders were allowed to post is not checked yet"]
pub struct LinkedPage {
    space: SpaceId,
    topic: TopicId,
    order: Order,
    /// Oldest first.
    messages: Vec<Message>,
}

impl Page {
    /// Checks topic, hash, signature, links and times of all messages.
    pub fn link(self) -> Result<LinkedPage, ChainError> {
        let Self {
            space,
            topic,
            order,
            start,
            mut messages,
        } = self;
        if order == Order::NewestFirst {
            messages.reverse();
        }
        check_links(&topic, start, &messages)?;
        check_signatures(&space, &messages)?;
        Ok(LinkedPage {
            space,
            topic,
            order,
            messages,
        })
    }
}

impl LinkedPage {
    /// Whether all messages are the owner's, whose authority needs no state.
    pub fn is_by_owner_only(&self) -> bool {
        self.messages
            .iter()
            .all(|message| self.space.is_owned_by(&message.sender))
    }

    /// Checks that each sender was allowed to post when it did, and gives the messages in the order in
    /// which they came.
    ///
    /// `state` must have been read up to now. Messages of the topic `state` must be in it.
    pub fn authorize(self, state: &StateChain) -> Result<Vec<VerifiedMessage>, ChainError> {
        if self.topic.is_state() {
            for message in &self.messages {
                state.authorize_state(message)?;
            }
        } else {
            self.check_senders(state)?;
        }
        let mut messages = self.messages;
        if self.order == Order::NewestFirst {
            messages.reverse();
        }
        Ok(messages.into_iter().map(VerifiedMessage::new).collect())
    }

    fn check_senders(&self, state: &StateChain) -> Result<(), ChainError> {
        let claims: Vec<Claim<'_>> = self
            .messages
            .iter()
            .map(|message| Claim {
                member: message.sender,
                ops: &[Operation::Create],
                resource: Resource::Topic(&self.topic),
                from: message.server_timestamp.saturating_sub(GRACE),
                to: message.server_timestamp,
            })
            .collect();
        let unauthorized = first_false(self.space, state.view(), state.auth_history(), &claims)
            .and_then(|index| self.messages.get(index));
        match unauthorized {
            None => Ok(()),
            Some(message) => Err(ChainError::Unauthorized {
                what: format!("message {}", message.message_hash),
                sender: message.sender,
            }),
        }
    }
}

/// Checks, oldest first, that each message is of the topic and follows the one before it.
pub(super) fn check_links(
    topic: &TopicId,
    start: Start,
    messages: &[Message],
) -> Result<(), ChainError> {
    let mut before = start;
    for message in messages {
        let id = message.message_hash;
        if message.topic_id != *topic {
            return Err(ChainError::topic(id, topic));
        }
        let follows = match before {
            Start::After(anchor) => message.prev_hash == Some(anchor.message_hash),
            Start::Anywhere => true,
            Start::Genesis => message.prev_hash.is_none(),
        };
        if !follows {
            let expected = match before {
                Start::After(anchor) => anchor.message_hash.to_string(),
                Start::Anywhere | Start::Genesis => "nothing, as a first message does".to_owned(),
            };
            return Err(ChainError::Link {
                message: id,
                expected,
            });
        }
        // Servers before this one gave equal times to messages of one millisecond.
        if let Start::After(anchor) = before
            && message.server_timestamp < anchor.server_timestamp
        {
            return Err(ChainError::Time(id));
        }
        before = Start::After(Anchor::from(message));
    }
    Ok(())
}
