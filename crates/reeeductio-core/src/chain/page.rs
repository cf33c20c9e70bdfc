//! Messages as they come from a server: their links, and the judgement on each.

use reeeductio_proto::{Message, Operation, Position, Resource, SpaceId, TopicId};

use super::checked::Checked;
use super::error::ChainError;
use super::item::{Item, Refused};
use super::past::Claim;
use super::state::StateChain;
use super::verified::VerifiedMessage;

/// In which order a server lists messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// By rising time.
    OldestFirst,
    /// By falling time.
    NewestFirst,
}

/// Required predecessor of the oldest message of a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Start {
    /// This message.
    After(Position),
    /// Anything: the page is from the middle of a topic that was not read before.
    Anywhere,
    /// Nothing: it is the first message of its topic.
    Genesis,
}

/// Messages as they came.
#[derive(Clone, Debug)]
pub struct Page {
    /// The space that was asked for.
    pub space: SpaceId,
    /// The topic that was asked for.
    pub topic: TopicId,
    /// The order that was asked for.
    pub order: Order,
    /// Required predecessor of the oldest message.
    pub start: Start,
    /// The messages, each checked for itself.
    pub messages: Vec<Checked>,
}

/// Messages that follow each other without a gap.
#[derive(Clone, Debug)]
#[must_use = "whether the senders were allowed to post is not checked yet"]
pub struct LinkedPage {
    space: SpaceId,
    topic: TopicId,
    order: Order,
    /// Oldest first.
    messages: Vec<Checked>,
}

impl Page {
    /// Checks topic, links and times of all messages. Errors in a single message are reported when it is
    /// [judged](LinkedPage::judge).
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
        check_links(&topic, start, messages.iter().map(Checked::message))?;
        Ok(LinkedPage {
            space,
            topic,
            order,
            messages,
        })
    }
}

impl LinkedPage {
    /// The messages, oldest first. They may be forged, and their senders without the right.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + Clone {
        self.messages.iter().map(Checked::message)
    }

    /// The order that was asked for.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The messages, oldest first, for a state to be [extended](StateChain::extend) by.
    pub fn into_messages(self) -> Vec<Checked> {
        self.messages
    }

    /// The time up to which the state must have been read to judge the messages; `None` if all are the owner's, whose authority
    /// needs no state.
    pub fn needs_state_of(&self) -> Option<i64> {
        self.messages
            .iter()
            .map(Checked::message)
            .filter(|message| self.topic.is_state() || !self.space.is_owned_by(&message.sender))
            .map(|message| message.server_timestamp)
            .max()
    }

    /// Judges each message for itself: whether it is its sender's, and whether the sender was allowed to post when it did.
    /// Gives them in the order in which they were asked for.
    ///
    /// `state` must have been read up to the time that [`needs_state_of`](Self::needs_state_of) says. Messages of the topic
    /// `state` must be in it.
    pub fn judge(self, state: &StateChain) -> Result<Vec<Item>, ChainError> {
        let mut judge = state.judge();
        let mut items = Vec::with_capacity(self.messages.len());
        for checked in self.messages {
            let message = checked.message();
            let verdict = match checked.forgery() {
                Some(forgery) => Err(forgery),
                None if self.topic.is_state() => state.authorize_state(message),
                None => {
                    let claim = Claim {
                        member: message.sender,
                        ops: &[Operation::Create],
                        resource: Resource::Topic(&self.topic),
                        from: message.server_timestamp,
                        to: message.server_timestamp,
                    };
                    if judge.holds(&claim) {
                        Ok(())
                    } else {
                        Err(ChainError::Unauthorized {
                            what: format!("message {}", message.message_hash),
                            sender: message.sender,
                        })
                    }
                }
            };
            items.push(match verdict {
                Ok(()) => Item::Verified(VerifiedMessage::new(checked.into_message()?)),
                // Another history, not another message.
                Err(error @ ChainError::NotInChain(_)) => return Err(error),
                Err(reason) => Item::Refused(Box::new(Refused::new(message, reason))),
            });
        }
        if self.order == Order::NewestFirst {
            items.reverse();
        }
        Ok(items)
    }
}

/// Checks, oldest first, that each message is of the topic and follows the one before it.
pub(super) fn check_links<'a>(
    topic: &TopicId,
    start: Start,
    messages: impl Iterator<Item = &'a Message>,
) -> Result<(), ChainError> {
    let mut before = start;
    for message in messages {
        let id = message.message_hash;
        if message.topic_id != *topic {
            return Err(ChainError::topic(id, topic));
        }
        let follows = match before {
            Start::After(position) => message.prev_hash == Some(position.hash),
            Start::Anywhere => true,
            Start::Genesis => message.prev_hash.is_none(),
        };
        if !follows {
            let expected = match before {
                Start::After(position) => position.hash.to_string(),
                Start::Anywhere | Start::Genesis => "nothing, as a first message does".to_owned(),
            };
            return Err(ChainError::Link {
                message: id,
                expected,
            });
        }
        // Servers before this one gave equal times to messages of one millisecond.
        if let Start::After(position) = before
            && message.server_timestamp < position.timestamp
        {
            return Err(ChainError::Time(id));
        }
        before = Start::After(Position::from(message));
    }
    Ok(())
}
