//! Reading a topic: the question, and the leaves of its answer.

use reeeductio_proto::{MessageId, SpaceId, TopicId};

use super::checkpoints::Asked;
use super::cursor::Cursor;
use super::entry::{Inclusion, Linked, LogAnswer, LogEntry, Tail};
use super::error::LogError;
use crate::chain::Checked;

/// Most messages of an answer.
pub const PAGE: usize = 1_000;
/// Most bytes of payloads of an answer.
const PAGE_BYTES: usize = 128 << 20;

/// Messages of a topic that the server is asked for, and what was known when it was asked.
#[derive(Clone, Debug)]
pub struct LogQuestion {
    pub(super) space: SpaceId,
    pub(super) topic: TopicId,
    pub(super) limit: usize,
    pub(super) place: Place,
    pub(super) asked: Asked,
    /// Messages of the topic `state` before those that are asked for.
    pub(super) state_place: usize,
    /// The owner's newest settings, which may name another key than those that were read.
    pub(super) settings: Option<Checked>,
}

/// The part of a topic that is asked for.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// The messages after one that is known, oldest first; from the first one on if none is.
    After(Option<Tail>),
    /// The newest messages, newest first. One that is known is not after them.
    Newest(Option<Tail>),
    /// The messages before those that a cursor has read, newest first.
    Before(Box<Cursor>),
    /// One message.
    One(MessageId),
}

/// An answer whose leaves were computed.
#[derive(Clone, Debug)]
#[must_use = "whether the messages are in the tree, and where, is not proven yet"]
pub struct LinkedLog {
    pub(super) page: Page,
    pub(super) inclusion: Option<Inclusion>,
}

#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) question: LogQuestion,
    /// Oldest first.
    pub(super) entries: Vec<Linked>,
    pub(super) has_more: bool,
}

impl LogQuestion {
    /// The topic.
    pub fn topic(&self) -> &TopicId {
        &self.topic
    }

    /// Most messages to ask for.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The time after which messages are wanted, oldest first, Unix milliseconds; `None` from the first one on. For other questions
    /// see [`before`](Self::before).
    pub fn after(&self) -> Option<i64> {
        match &self.place {
            Place::After(tail) => tail.map(|tail| tail.timestamp),
            _ => None,
        }
    }

    /// The time before which messages are wanted, newest first, Unix milliseconds; `None` for the newest of all.
    pub fn before(&self) -> Option<i64> {
        match &self.place {
            Place::Before(cursor) => Some(cursor.timestamp()),
            _ => None,
        }
    }

    /// Events in the tree that was known when this was asked; `None` if none is. The server proves with its answer that its tree has grown
    /// from that one.
    pub fn verified(&self) -> Option<u64> {
        Some(self.asked.size()).filter(|size| *size > 0)
    }

    /// Returns whether messages are wanted newest first.
    pub fn is_newest_first(&self) -> bool {
        matches!(self.place, Place::Newest(_) | Place::Before(_))
    }

    /// Gives the message with the newest `space/settings`, which a server can be asked for by its path. A server whose key has changed
    /// signs by the new one, also pages of the state before the change; the owner's signature says that the key was its at some time.
    #[must_use]
    pub fn with_settings(self, settings: Checked) -> Self {
        Self {
            settings: Some(settings),
            ..self
        }
    }

    /// Computes the leaves of an answer, and checks that they follow each other.
    pub fn link(self, answer: LogAnswer) -> Result<LinkedLog, LogError> {
        let LogAnswer {
            mut entries,
            has_more,
            previous,
            inclusion,
        } = answer;
        self.check_form(&entries, has_more, inclusion.is_some())?;
        if self.is_newest_first() {
            entries.reverse();
        }
        let mut before = previous.unwrap_or_default();
        let mut linked: Vec<Linked> = Vec::with_capacity(entries.len());
        for entry in entries {
            let message = entry.message.message();
            let id = message.message_hash;
            let is_asked = match &self.place {
                Place::One(asked) => id == *asked,
                _ => true,
            };
            if message.topic_id != self.topic || !is_asked {
                return Err(LogError::Unasked(id));
            }
            // A leaf holds no such time: the same leaf could be shown with many.
            if message.server_timestamp < 0 {
                return Err(LogError::Order(id));
            }
            let state = entry.state.or(message.prev_hash);
            if self.topic.is_state() && (state != message.prev_hash || entry.state != state) {
                return Err(LogError::State(id));
            }
            if linked
                .last()
                .is_some_and(|last| !follows(&entry, last.tail()))
            {
                return Err(LogError::Order(id));
            }
            let next = Linked::new(&self.space, entry, before);
            before = next.leaf;
            linked.push(next);
        }
        let page = Page {
            question: self,
            entries: linked,
            has_more,
        };
        Ok(LinkedLog { page, inclusion })
    }

    fn check_form(
        &self,
        entries: &[LogEntry],
        has_more: bool,
        is_proven: bool,
    ) -> Result<(), LogError> {
        let payloads = entries.iter().filter_map(|entry| entry.payload.as_ref());
        if entries.len() > self.limit || payloads.map(Vec::len).sum::<usize>() > PAGE_BYTES {
            return Err(LogError::Answer("it holds more than was asked for"));
        }
        if entries.is_empty() == is_proven {
            return Err(LogError::Answer(
                "a proof belongs to messages, and messages to a proof",
            ));
        }
        if entries.is_empty() && has_more {
            return Err(LogError::Answer(
                "it holds nothing, and says that there is more",
            ));
        }
        match &self.place {
            // The page before a known message is never empty.
            Place::Before(_) | Place::One(_) if entries.is_empty() => {
                Err(LogError::RolledBack("the topic"))
            }
            Place::Newest(Some(_)) if entries.is_empty() => Err(LogError::RolledBack("the topic")),
            _ => Ok(()),
        }
    }
}

fn follows(entry: &LogEntry, before: Tail) -> bool {
    entry.number > before.number && entry.message.position().timestamp > before.timestamp
}

impl Page {
    /// Checks what the page begins and ends with against what was known when it was asked for.
    pub(super) fn check_ends(&self) -> Result<(), LogError> {
        let (Some(oldest), Some(newest)) = (self.entries.first(), self.entries.last()) else {
            return Ok(());
        };
        let is_first = oldest.previous == [0; 32];
        if self.question.is_newest_first() && is_first == self.has_more {
            return Err(LogError::Answer("it ends where the topic does not begin"));
        }
        match &self.question.place {
            Place::After(tail) => {
                if oldest.previous != tail.map_or([0; 32], |tail| tail.leaf) {
                    return Err(LogError::NotLinked);
                }
                if tail.is_some_and(|tail| !follows(&oldest.entry, tail)) {
                    return Err(LogError::Order(oldest.id()));
                }
            }
            Place::Newest(Some(tail)) => {
                if newest.entry.number < tail.number {
                    return Err(LogError::RolledBack("the end of the topic"));
                }
            }
            Place::Before(cursor) => {
                if newest.leaf != cursor.previous() {
                    return Err(LogError::NotLinked);
                }
                if !cursor.is_after(newest.tail()) {
                    return Err(LogError::Order(newest.id()));
                }
            }
            Place::Newest(None) | Place::One(_) => {}
        }
        Ok(())
    }

    /// Checks that a known leaf is where it was, if the page holds its number.
    pub(super) fn check_known(&self, tail: Tail) -> Result<(), LogError> {
        let within = match (self.entries.first(), self.entries.last()) {
            (Some(first), Some(last)) => {
                (first.entry.number..=last.entry.number).contains(&tail.number)
            }
            _ => false,
        };
        if within && !self.entries.iter().any(|entry| entry.tail() == tail) {
            return Err(LogError::Forked(tail.number));
        }
        Ok(())
    }
}
