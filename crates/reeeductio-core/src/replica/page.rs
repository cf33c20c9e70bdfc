//! Reading a page of a chain: the question, and the knowledge when it is asked.

use reeeductio_proto::{ChainId, Position, SpaceId};

use super::Replica;
use super::answer::LinkedAnswer;
use super::memory::Known;
use super::range::Range;
use crate::chain::{ChainError, Checked, Order, Page, Start, check_seen};

/// Earliest time of a message, Unix milliseconds: programs that page by time ask for what follows 0.
const FIRST_TIME: i64 = 1;

/// Messages that the server is asked for, and what was known of their chain then.
#[derive(Clone, Debug)]
pub struct PageQuestion {
    pub(super) space: SpaceId,
    pub(super) chain: ChainId,
    pub(super) range: Range,
    /// Message after which all others are wanted. The server is asked for it as well, so that its absence shows, and because older
    /// servers gave several messages one time.
    pub(super) after: Option<Position>,
    /// Place of the first message in the chain, if that does not show from the range.
    pub(super) start: Option<Start>,
    /// Whether the chain is seen without a gap up to the answer's end, if it is up to the answer's beginning.
    pub(super) moves_head: bool,
    /// Whether the answer is one message that came unasked: it tells nothing of others of its time.
    pub(super) pushed: bool,
    pub(super) known: Known,
}

/// Reason why the messages of an answer do not link to each other, or to the message they were asked for after.
#[derive(Clone, Debug)]
pub enum NotLinked {
    /// The answer is not a part of the chain.
    Broken(ChainError),
    /// The answer is empty and lacks the message that was named, too: [`PageQuestion::missing`] tells why by the newest messages.
    Missing(Box<PageQuestion>),
}

impl Replica {
    /// Begins to read a page. `known` is what is known of the chain now.
    pub fn ask_page(&self, chain: &ChainId, range: Range, known: Known) -> PageQuestion {
        PageQuestion {
            space: self.space,
            chain: chain.clone(),
            range,
            after: None,
            start: None,
            moves_head: true,
            pushed: false,
            known,
        }
    }

    /// Begins to read one message of a time, wherever it stands.
    pub(super) fn ask_one(&self, chain: &ChainId, time: i64) -> PageQuestion {
        PageQuestion {
            start: Some(Start::Anywhere),
            moves_head: false,
            ..self.ask_page(chain, Range::at(time), Known::default())
        }
    }

    /// Takes a message that came unasked, as the answer to a question for its time. `start` is its place. If that is after a message,
    /// this one is the head of `known`.
    pub fn take_pushed(
        &self,
        chain: &ChainId,
        start: Start,
        known: Known,
        message: Checked,
    ) -> Result<LinkedAnswer, ChainError> {
        let range = Range::at(message.position().timestamp);
        // With any start, it is not dated before the message it names.
        let named = known
            .head
            .filter(|head| message.message().prev_hash == Some(head.hash));
        // A stream may have begun after messages that were not read.
        let moves_head = match start {
            Start::After(before) => self.memory.known(chain).head == Some(before),
            Start::Anywhere | Start::Genesis => true,
        };
        let start = match (start, named) {
            (Start::Anywhere, Some(named)) => Start::After(named),
            _ => start,
        };
        let question = PageQuestion {
            start: Some(start),
            moves_head,
            pushed: true,
            ..self.ask_page(chain, range, known)
        };
        match question.link(vec![message], false) {
            Ok(linked) => Ok(linked),
            Err(NotLinked::Broken(error)) => Err(error),
            Err(NotLinked::Missing(question)) => Err(question.missing(&[])),
        }
    }

    /// Begins to read the messages after a message, up to `limit`; from the chain's first one on if none is given. `known` is what
    /// is known of the chain now.
    pub fn ask_after(
        &self,
        chain: &ChainId,
        after: Option<Position>,
        limit: usize,
        known: Known,
    ) -> PageQuestion {
        let range = after.map_or(Range::first(limit), |after| {
            Range::since(after.timestamp, limit)
        });
        PageQuestion {
            after,
            ..self.ask_page(chain, range, known)
        }
    }

    /// Returns the positions that were seen of a chain between two times, both inclusive, as far as they are remembered.
    pub fn seen_between(&self, chain: &ChainId, (from, to): (i64, i64)) -> Vec<Position> {
        self.memory.between(chain, from, to)
    }
}

impl PageQuestion {
    /// Returns the chain that is read.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// Asks without moving the head: the chain is not seen without a gap up to the answer's beginning.
    #[must_use]
    pub fn keeping_head(self) -> Self {
        Self {
            moves_head: false,
            ..self
        }
    }

    /// Returns the range that the server is asked for.
    pub fn range(&self) -> Range {
        self.range
    }

    /// Checks that the messages of an answer follow each other, and the message that was named.
    pub fn link(
        self,
        mut messages: Vec<Checked>,
        has_more: bool,
    ) -> Result<LinkedAnswer, NotLinked> {
        let mut named = Vec::new();
        let start = match self.after {
            Some(after) => {
                let Some(place) = place_of(after, &messages) else {
                    if messages.is_empty() {
                        return Err(NotLinked::Missing(Box::new(self)));
                    }
                    return Err(NotLinked::Broken(self.missing(&messages)));
                };
                named.extend(messages.drain(..=place));
                Start::After(after)
            }
            None if self.start.is_none() && self.begins_the_chain(has_more) => Start::Genesis,
            None => self.start.unwrap_or(Start::Anywhere),
        };
        let page = Page {
            space: self.space,
            topic: self.chain.topic.clone(),
            order: self.range.order(),
            start,
            messages,
        };
        match page.link() {
            Ok(page) => Ok(LinkedAnswer {
                question: self,
                named,
                page,
                has_more,
            }),
            Err(error) => Err(NotLinked::Broken(error)),
        }
    }

    /// Returns the error that says why the message that was named is not among those that the server shows.
    pub fn missing(&self, shown: &[Checked]) -> ChainError {
        let topic = &self.chain.topic;
        let known: Vec<Position> = self.after.into_iter().collect();
        let hash = self.after.map(|after| after.hash.to_string());
        match check_seen(topic, &known, shown.iter().map(Checked::message)) {
            Err(error) => error,
            Ok(()) => ChainError::Withheld {
                what: format!("message {} of topic {topic}", hash.unwrap_or_default()),
            },
        }
    }

    fn begins_the_chain(&self, has_more: bool) -> bool {
        let from_start = self
            .range
            .lowest()
            .is_none_or(|lowest| lowest <= FIRST_TIME);
        from_start && (self.range.order() == Order::OldestFirst || !has_more)
    }
}

/// Returns the index of a message in an answer that begins at its time: only messages of the same time come before it.
fn place_of(after: Position, messages: &[Checked]) -> Option<usize> {
    messages
        .iter()
        .map(Checked::position)
        .take_while(|position| position.timestamp == after.timestamp)
        .position(|position| position.hash == after.hash)
}
