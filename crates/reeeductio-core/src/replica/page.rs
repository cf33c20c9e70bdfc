//! Reading a page of a chain: what is asked, what the answer is held against, and what of it is believed.

use reeeductio_proto::{ChainId, Message, MessageId, Position, SpaceId};

use super::Replica;
use super::batch::{Batch, Judged};
use super::memory::Known;
use super::range::Range;
use crate::chain::{
    ChainError, Checked, Item, LinkedPage, Order, Page, Start, StateChain, check_seen, check_times,
};

/// No message is older, Unix milliseconds: programs that page by time ask for what follows 0.
const FIRST_TIME: i64 = 1;

/// Messages that the server is asked for, and what was known of their chain then.
#[derive(Clone, Debug)]
pub struct PageQuestion {
    space: SpaceId,
    chain: ChainId,
    range: Range,
    /// Only what follows this message is wanted; the server is asked for the message as well, so that its absence shows, and because
    /// older servers gave several messages one time.
    after: Option<Position>,
    /// What the first message must follow, if that does not show from the range.
    start: Option<Start>,
    /// Whether the chain is seen without a gap up to the answer's end.
    moves_head: bool,
    known: Known,
}

/// What was asked for after a message was not linked to it.
#[derive(Clone, Debug)]
pub enum NotLinked {
    /// The answer is not a part of the chain.
    Broken(ChainError),
    /// The answer is empty, also of the message that was named: [`PageQuestion::missing`] tells why by the newest messages.
    Missing(Box<PageQuestion>),
}

/// An answer whose messages follow each other.
#[derive(Clone, Debug)]
#[must_use = "what was seen before is not compared yet"]
pub struct LinkedAnswer {
    question: PageQuestion,
    /// The message that was named, and those of its time before it: they were asked for, to be compared, and are not wanted.
    named: Vec<Checked>,
    page: LinkedPage,
    has_more: bool,
}

/// An answer that holds all that was seen before.
#[derive(Clone, Debug)]
#[must_use = "nothing of it is judged yet"]
pub struct ComparedAnswer {
    chain: ChainId,
    page: LinkedPage,
    known: Known,
    moves_head: bool,
    gap: Option<Gap>,
}

/// Messages between what was seen before and an answer. They must be read, which proves that one chain holds both.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The message that was seen before.
    pub after: Position,
    /// The newest message that was known when the answer was asked for: one's own posts between may be seen already.
    pub newest: Option<Position>,
    /// The first message of the answer.
    until: MessageId,
    /// From which time on the answer was to hold all messages.
    covered_from: i64,
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

    /// Takes a message that came unasked, as the answer to a question for its time. `start` is what it must follow.
    pub fn take_pushed(
        &self,
        chain: &ChainId,
        start: Start,
        known: Known,
        message: Checked,
    ) -> Result<LinkedAnswer, ChainError> {
        let range = Range::at(message.position().timestamp);
        // Whatever it must follow, it is not dated before what it names.
        let named = known
            .head
            .filter(|head| message.message().prev_hash == Some(head.hash));
        let start = match (start, named) {
            (Start::Anywhere, Some(named)) => Start::After(named),
            _ => start,
        };
        let question = PageQuestion {
            start: Some(start),
            ..self.ask_page(chain, range, known)
        };
        match question.link(vec![message], false) {
            Ok(linked) => Ok(linked),
            Err(NotLinked::Broken(error)) => Err(error),
            Err(NotLinked::Missing(question)) => Err(question.missing(&[])),
        }
    }

    /// Begins to read what follows a message, up to `limit` messages; from the chain's first one on if none is given. `known` is what
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

    /// The positions that were seen of a chain between two times, both inclusive, as far as they are remembered.
    pub fn seen_between(&self, chain: &ChainId, (from, to): (i64, i64)) -> Vec<Position> {
        self.memory.between(chain, from, to)
    }
}

impl PageQuestion {
    /// The chain.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// What the server is asked for.
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

    /// Why the message that was named is not among those that the server shows.
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

/// Where a message stands in an answer that begins at its time: nothing else comes before it than what has the same time.
fn place_of(after: Position, messages: &[Checked]) -> Option<usize> {
    messages
        .iter()
        .map(Checked::position)
        .take_while(|position| position.timestamp == after.timestamp)
        .position(|position| position.hash == after.hash)
}

impl LinkedAnswer {
    /// Messages in the answer.
    pub fn len(&self) -> usize {
        self.page.messages().count()
    }

    /// Whether the answer holds nothing that was asked for.
    pub fn is_empty(&self) -> bool {
        self.page.messages().next().is_none()
    }

    /// Whether the server says that there is more where nothing can be: before a first message, or after nothing.
    pub fn claims_too_much(&self) -> bool {
        let first = self.page.messages().next();
        let begins = first.is_none_or(|first| first.prev_hash.is_none());
        let newest_first = self.question.range.order() == Order::NewestFirst;
        self.has_more && (self.is_empty() || (newest_first && begins))
    }

    /// The times between which an answer claims to hold all messages, both inclusive. Servers of the first release gave several
    /// messages one time, so the time at which an answer was cut is not covered: the answer that is asked for after it covers it.
    fn covered(&self) -> (i64, i64) {
        let range = self.question.range;
        let (mut from, mut to) = (
            range.lowest().unwrap_or(i64::MIN),
            range.highest().unwrap_or(i64::MAX),
        );
        let mut times = self.page.messages().map(|message| message.server_timestamp);
        if self.has_more {
            match range.order() {
                Order::OldestFirst => {
                    to = times.next_back().map_or(to, |last| last.saturating_sub(1));
                }
                Order::NewestFirst => {
                    from = times.next().map_or(from, |first| first.saturating_add(1));
                }
            }
        }
        (from, to)
    }

    /// Between which times, both inclusive, the answer is to be compared with what was seen: to be looked up in the local store or
    /// with [`Replica::seen_between`]. `None` if nothing of it was known when the question was asked.
    pub fn compared_times(&self) -> Option<(i64, i64)> {
        let (from, to) = self.covered();
        let to = to.min(self.question.known.newest?.timestamp);
        // What stands right before the answer, too.
        let from = from.saturating_sub(1);
        (from <= to).then_some((from, to))
    }

    /// Compares the answer with what was seen between the [`compared_times`](Self::compared_times).
    pub fn compare(self, seen: &[Position]) -> Result<ComparedAnswer, ChainError> {
        let (from, to) = self.covered();
        let Known { head, newest } = self.question.known;
        check_times(seen.iter().copied().chain(head), self.page.messages())?;
        let covered = |position: &Position| (from..=to).contains(&position.timestamp);
        // Only what was known when the question was asked: anything before the newest was stored before it.
        let asked = |position: &Position| {
            newest.is_some_and(|newest| {
                position.timestamp < newest.timestamp || position.hash == newest.hash
            })
        };
        let expected: Vec<Position> = seen
            .iter()
            .copied()
            .chain(head)
            .filter(covered)
            .filter(asked)
            .collect();
        let topic = &self.question.chain.topic;
        let named = self.named.iter().map(Checked::message);
        check_seen(topic, &expected, named.chain(self.page.messages()))?;
        let before = seen.iter().filter(|position| position.timestamp < from);
        let gap = self.gap(from, before.copied().collect());
        Ok(ComparedAnswer {
            chain: self.question.chain,
            page: self.page,
            known: self.question.known,
            moves_head: self.question.moves_head,
            gap,
        })
    }

    /// `before` was seen right before the first time that the answer covers.
    fn gap(&self, covered_from: i64, before: Vec<Position>) -> Option<Gap> {
        let first = self.page.messages().next()?;
        // The state is always read from its beginning.
        if first.topic_id.is_state() || self.question.after.is_some() || !self.question.moves_head {
            return None;
        }
        let time = first.server_timestamp;
        let head = self.question.known.head;
        // Dated like the first one, it need not be covered: the same time is given to another message by a server that lies, and
        // was by older ones.
        let shown = |head: &Position| {
            let mut positions = self.page.messages().map(Position::from);
            positions.any(|position| position == *head)
        };
        let head = head.filter(|head| head.timestamp <= time && !shown(head));
        let before = match self.question.range.order() {
            Order::OldestFirst => before,
            // It may begin later than was asked for.
            Order::NewestFirst => Vec::new(),
        };
        let nearest = before.into_iter().chain(head);
        let known: Vec<Position> = nearest.collect();
        if known
            .iter()
            .any(|position| first.prev_hash == Some(position.hash))
        {
            return None;
        }
        let after = known
            .into_iter()
            .max_by_key(|position| position.timestamp)?;
        Some(Gap {
            after,
            newest: self.question.known.newest,
            until: first.message_hash,
            covered_from: if self.question.range.order() == Order::OldestFirst {
                covered_from
            } else {
                time
            },
        })
    }
}

impl Gap {
    /// Compares messages that follow the last known one with the answer. Says whether they reach it.
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

    /// The error if the chain ends before the answer is reached.
    pub fn unreached(&self, chain: &ChainId, last: Position) -> ChainError {
        ChainError::Forked {
            topic: chain.topic.clone(),
            known: last.hash,
            found: self.until,
        }
    }
}

impl ComparedAnswer {
    /// The messages, oldest first: nothing of them is judged yet.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + Clone {
        self.page.messages()
    }

    /// What must be read first; see [`Gap`].
    pub fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// The time up to which the state must have been read to judge the answer; `None` if it needs none.
    pub fn needs_state_of(&self) -> Option<i64> {
        self.page.needs_state_of()
    }

    /// Extends the state by its messages.
    pub fn extend(self, state: &mut StateChain) -> Result<Judged<()>, ChainError> {
        let last = self.page.messages().next_back().map(Position::from);
        let messages = self.page.into_messages();
        state.extend(messages.clone())?;
        let batch = Batch {
            messages: messages
                .into_iter()
                .map(Checked::into_message)
                .collect::<Result<_, _>>()?,
            heads: last.map(|last| (self.chain, last)).into_iter().collect(),
            ..Batch::default()
        };
        Ok(Judged::new((), batch))
    }

    /// Judges each message for itself, by a state that was read up to [`needs_state_of`](Self::needs_state_of).
    pub fn judge(self, state: &StateChain) -> Result<Judged<Vec<Item>>, ChainError> {
        let last = self.page.messages().next_back().map(Position::from);
        let moves = |last: &Position| {
            let head = self.known.head;
            self.moves_head && head.is_none_or(|head| last.timestamp >= head.timestamp)
        };
        let heads = last.filter(moves).map(|last| (self.chain, last));
        let items = self.page.judge(state)?;
        let messages = items.iter().filter_map(|item| match item {
            Item::Verified(message) => Some(message.shared()),
            Item::Refused(_) => None,
        });
        let batch = Batch {
            messages: messages.collect(),
            heads: heads.into_iter().collect(),
            ..Batch::default()
        };
        Ok(Judged::new(items, batch))
    }
}
