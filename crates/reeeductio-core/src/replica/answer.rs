//! Steps of an answer: linked, compared with what was seen, judged.

use reeeductio_proto::{ChainId, Message, Position};

use super::batch::{Batch, Judged};
use super::gap::Gap;
use super::memory::Known;
use super::page::PageQuestion;
use crate::chain::{
    ChainError, Checked, Item, LinkedPage, Order, Start, StateChain, check_seen, check_times,
};

/// An answer whose messages follow each other.
#[derive(Clone, Debug)]
#[must_use = "what was seen before is not compared yet"]
pub struct LinkedAnswer {
    pub(super) question: PageQuestion,
    /// The message that was named, and those of its time before it: they were asked for, to be compared, and are not wanted.
    pub(super) named: Vec<Checked>,
    pub(super) page: LinkedPage,
    pub(super) has_more: bool,
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

impl LinkedAnswer {
    /// Returns the number of messages in the answer.
    pub fn len(&self) -> usize {
        self.page.messages().count()
    }

    /// Returns whether the answer holds nothing that was asked for.
    pub fn is_empty(&self) -> bool {
        self.page.messages().next().is_none()
    }

    /// Returns whether the server says that there is more where nothing can be: before a first message, or after nothing.
    pub fn claims_too_much(&self) -> bool {
        let first = self.page.messages().next();
        let begins = first.is_none_or(|first| first.prev_hash.is_none());
        let newest_first = self.question.range.order() == Order::NewestFirst;
        self.has_more && (self.is_empty() || (newest_first && begins))
    }

    /// Returns the times between which an answer claims to hold all messages, both inclusive. Servers of the first release gave
    /// several messages one time, so the time at which an answer was cut is not covered: the answer asked for after it covers it.
    fn covered(&self) -> (i64, i64) {
        let range = self.question.range;
        let (mut from, mut to) = (
            range.lowest().unwrap_or(i64::MIN),
            range.highest().unwrap_or(i64::MAX),
        );
        if self.question.pushed {
            // It tells that nothing is between the message it follows and itself.
            let to = to.saturating_sub(1);
            return match self.question.start {
                Some(Start::After(before)) => (before.timestamp.saturating_add(1), to),
                Some(Start::Genesis) => (i64::MIN, to),
                _ => (from, to),
            };
        }
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

    /// Returns the times between which, both inclusive, the answer is to be compared with what was seen: to be looked up in the
    /// local store or with [`Replica::seen_between`](super::Replica::seen_between). `None` if nothing of it was known when the
    /// question was asked.
    pub fn compared_times(&self) -> Option<(i64, i64)> {
        let (from, to) = self.covered();
        let to = to.min(self.question.known.newest?.timestamp);
        // The message right before the answer, too.
        let from = from.saturating_sub(1);
        (from <= to).then_some((from, to))
    }

    /// Compares the answer with what was seen between the [`compared_times`](Self::compared_times).
    pub fn compare(self, seen: &[Position]) -> Result<ComparedAnswer, ChainError> {
        let (from, to) = self.covered();
        let Known { head, newest } = self.question.known;
        check_times(seen.iter().copied().chain(head), self.page.messages())?;
        let covered = |position: &Position| (from..=to).contains(&position.timestamp);
        // Only messages known when the question was asked: anything before the newest was stored before it.
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
            moves_head: self.question.moves_head && self.follows_head(gap.as_ref()),
            chain: self.question.chain,
            page: self.page,
            known: self.question.known,
            gap,
        })
    }

    /// Returns whether the chain is seen without a gap from its head up to the answer, once the gap before the answer is closed.
    fn follows_head(&self, gap: Option<&Gap>) -> bool {
        let Some(head) = self.question.known.head else {
            return true;
        };
        let mut messages = self.page.messages();
        let follows = match (gap, messages.clone().next()) {
            (Some(gap), _) => gap.after == head,
            (None, Some(first)) => first.topic_id.is_state() || first.prev_hash == Some(head.hash),
            (None, None) => false,
        };
        follows
            || self.question.after == Some(head)
            || messages.any(|message| message.message_hash == head.hash)
    }

    /// Returns the gap before the answer. `before` was seen right before the first time that the answer covers.
    fn gap(&self, covered_from: i64, before: Vec<Position>) -> Option<Gap> {
        let first = self.page.messages().next()?;
        // The state is always read from its beginning.
        if first.topic_id.is_state() || self.question.after.is_some() || !self.question.moves_head {
            return None;
        }
        let time = first.server_timestamp;
        let covered_from = if self.question.pushed {
            time.saturating_add(1)
        } else {
            covered_from
        };
        let head = self.question.known.head;
        // A head dated like the first message need not be covered: a server that lies gives its time to another message, and older
        // servers did.
        let shown = |head: &Position| {
            let mut positions = self.page.messages().map(Position::from);
            positions.any(|position| position == *head)
        };
        let head = head.filter(|head| head.timestamp <= time && !shown(head));
        let before = match self.question.range.order() {
            Order::OldestFirst => before,
            // The answer may begin later than was asked for.
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
            from_head: head == Some(after),
            newest: self.question.known.newest,
            until: first.message_hash,
            covered_from,
        })
    }
}

impl ComparedAnswer {
    /// Returns the messages, oldest first. None of them is judged yet.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + Clone {
        self.page.messages()
    }

    /// Returns the gap that must be read first.
    pub fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// Returns the time up to which the state must have been read to judge the answer; `None` if it needs none.
    pub fn needs_state_of(&self) -> Option<i64> {
        self.page.needs_state_of()
    }

    /// Extends the state by the messages of the answer.
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
        let newest_first = self.page.order() == Order::NewestFirst;
        let items = self.page.judge(state)?;
        // A refused message moves no head: nobody has signed a forged one, and it would be missed in every honest answer.
        let verified = |item: &&Item| matches!(item, Item::Verified(_));
        let last = if newest_first {
            items.iter().find(verified)
        } else {
            items.iter().rfind(verified)
        };
        let moves = |last: &Position| {
            let head = self.known.head;
            self.moves_head && head.is_none_or(|head| last.timestamp >= head.timestamp)
        };
        let last = last.map(Item::position).filter(moves);
        let heads = last.map(|last| (self.chain, last));
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
