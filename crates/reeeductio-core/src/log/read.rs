//! The steps of an answer after its proof: messages are judged in the order in which the topic is read.

use reeeductio_proto::{Lane, TopicId};

use super::Log;
use super::cursor::Cursor;
use super::entry::{Linked, Tail};
use super::error::LogError;
use super::judge::{Admitted, Bench, refuse};
use super::lanes::{Following, LaneTail, Lanes};
use super::message::LogItem;
use super::page::Place;
use super::prove::ProvenLog;
use super::reason::Reason;
use super::record::LogRecord;
use crate::chain::StateChain;

/// The judgement on an answer, with what must be kept before it is used.
#[derive(Clone, Debug)]
#[must_use = "the records must be kept, and the log must remember them"]
pub struct Judged {
    /// The messages in the order in which they were asked for.
    pub items: Vec<LogItem>,
    /// Where a reader that goes backwards goes on; `None` for other questions.
    pub cursor: Option<Cursor>,
    /// Whether there is more in this direction, as the server says.
    pub has_more: bool,
    /// Records for the client's store, to be kept in one commit with the messages.
    pub records: Vec<LogRecord>,
    pub(super) changes: Changes,
}

/// Facts that a log remembers of an answer besides its records.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    pub(super) topic: TopicId,
    /// Events that were judged: all before this number.
    pub(super) judged_to: u64,
    /// Events in the tree, if the messages are read with all that follow them.
    pub(super) size: Option<u64>,
    /// The topic was read to its end by a question that was asked when the tree had so many events.
    pub(super) settled: Option<u64>,
    /// The incarnation that was known.
    pub(super) incarnation: Option<[u8; 8]>,
}

impl ProvenLog {
    /// Judges each message, in the view at the message of `state` that its leaf names. `now` is the server's time, Unix milliseconds,
    /// at the latest that it can be: a payload that has expired by then may have been removed.
    ///
    /// Nothing is remembered before [`Log::remember`].
    pub fn judge(self, log: &Log, state: &StateChain, now: i64) -> Result<Judged, LogError> {
        let topic = self.page.question.topic.clone();
        if topic.is_state() {
            return Err(LogError::Answer("the state is taken in, not judged"));
        }
        log.check_still(self.incarnation)?;
        // It was read to its end after the page: a message of it that is still unknown is in another history.
        let named = self
            .page
            .entries
            .iter()
            .filter_map(|entry| entry.entry.state);
        if let Some(unknown) = { named }.find(|named| state.place(named).is_none()) {
            return Err(LogError::State(unknown));
        }
        let known = log.topics.get(&topic);
        if let Some(known) = known {
            self.page.check_known(known.tail)?;
        }
        let has_more = self.page.has_more;
        let is_first = self.previous() == [0; 32];
        let newest = self.page.entries.last().map(Linked::tail);
        let question = self.page.question;
        let is_forward = matches!(question.place, Place::After(_));
        let is_alone = matches!(question.place, Place::One(_));
        let mut bench = Bench::new(log, state, &topic, &self.page.entries, now);
        let admitted = self
            .page
            .entries
            .into_iter()
            .map(|entry| bench.admit(entry));
        let admitted: Vec<Admitted> = admitted.collect();
        let mut reading = Reading {
            topic: &topic,
            state,
            records: log.checkpoint_record().into_iter().collect(),
        };
        let (items, cursor) = match question.place {
            Place::After(tail) => {
                let begun = Lanes::new(tail.is_none());
                let lanes = known.map_or(&begun, |known| &known.lanes);
                // Another answer may have come first.
                let known = known.map(|known| known.tail.number);
                (
                    reading.forward(lanes, known, newest, tail.is_none(), admitted),
                    None,
                )
            }
            Place::Newest(tail) => {
                if known.is_none() && tail.is_none() {
                    reading.begin(&admitted, newest, is_first);
                }
                let restores = log.restores();
                let cursor = admitted.last();
                let cursor = cursor.map(|newest| Cursor::new(&newest.entry, restores));
                Reading::backward(cursor, admitted)
            }
            Place::Before(cursor) => Reading::backward(Some(*cursor), admitted),
            Place::One(_) => (
                admitted.into_iter().map(Admitted::into_item).collect(),
                None,
            ),
        };
        let changes = Changes {
            judged_to: newest.map_or(0, |newest| newest.number.saturating_add(1)),
            size: (!is_alone).then_some(self.size),
            settled: (is_forward && !has_more).then(|| question.asked.size()),
            incarnation: log.incarnation(),
            topic: topic.clone(),
        };
        Ok(Judged {
            items,
            cursor,
            has_more,
            records: reading.records,
            changes,
        })
    }
}

/// A topic that is read, message by message.
struct Reading<'a> {
    topic: &'a TopicId,
    state: &'a StateChain,
    records: Vec<LogRecord>,
}

impl Reading<'_> {
    fn forward(
        &mut self,
        lanes: &Lanes,
        known: Option<u64>,
        newest: Option<Tail>,
        is_whole: bool,
        admitted: Vec<Admitted>,
    ) -> Vec<LogItem> {
        let mut lanes = lanes.follow();
        let mut items = Vec::with_capacity(admitted.len());
        for admitted in admitted {
            let number = admitted.entry.entry.number;
            let verdict = match known {
                Some(known) if number <= known => Ok(()),
                _ => self.follow(&mut lanes, &admitted),
            };
            items.push(match verdict {
                Ok(()) => admitted.into_item(),
                Err(reason) => refuse(&admitted.entry, reason),
            });
        }
        self.keep(lanes, newest, is_whole);
        items
    }

    /// Begins to follow a topic of which nothing is known, from its newest messages on.
    fn begin(&mut self, admitted: &[Admitted], newest: Option<Tail>, is_whole: bool) {
        let lanes = Lanes::new(is_whole);
        let mut lanes = lanes.follow();
        for admitted in admitted {
            // A message that does not fit is refused while the page is read backwards.
            drop(self.follow(&mut lanes, admitted));
        }
        self.keep(lanes, newest, is_whole);
    }

    fn keep(&mut self, lanes: Following<'_>, newest: Option<Tail>, is_whole: bool) {
        let Some(tail) = newest else {
            return;
        };
        let topic = self.topic.clone();
        self.records.push(LogRecord::Topic {
            topic,
            tail,
            is_whole,
        });
        let (added, passed) = lanes.into_added();
        let mut added: Vec<(Lane, LaneTail)> = added.into_iter().collect();
        added.sort_unstable_by_key(|(_, tail)| tail.number);
        let topic = || self.topic.clone();
        self.records
            .extend(added.into_iter().map(|(lane, tail)| LogRecord::Lane {
                topic: topic(),
                lane,
                tail,
            }));
        self.records
            .extend(passed.map(|messages| LogRecord::Passed {
                topic: topic(),
                messages,
            }));
    }

    /// Goes on to the next message of a lane, whatever its sender was allowed to: what follows it names it.
    fn follow(&self, lanes: &mut Following<'_>, admitted: &Admitted) -> Result<(), Reason> {
        let entry = &admitted.entry;
        if admitted.is_forged() {
            lanes.pass(entry);
            return Ok(());
        }
        lanes.check(entry)?;
        let before = lanes.authority(&entry.lane);
        let newest = self.state.authority_place(&before);
        let is_older = admitted.authority < newest;
        let named = entry
            .header
            .as_ref()
            .map_or(before, |header| header.authority);
        let is_newer = admitted.authority > newest;
        lanes.advance(entry, if is_newer { named } else { before });
        if is_older && admitted.verdict.is_ok() {
            return Err(Reason::AuthorityOlder);
        }
        Ok(())
    }

    fn backward(cursor: Option<Cursor>, admitted: Vec<Admitted>) -> (Vec<LogItem>, Option<Cursor>) {
        let Some(mut cursor) = cursor else {
            return (Vec::new(), None);
        };
        let mut items = Vec::with_capacity(admitted.len());
        for admitted in admitted.into_iter().rev() {
            cursor.go_before(&admitted.entry);
            if admitted.is_forged() {
                cursor.pass(&admitted.entry);
                items.push(admitted.into_item());
                continue;
            }
            let verdict = cursor.check(&admitted.entry, admitted.authority);
            items.push(match verdict {
                Ok(()) => {
                    cursor.take(&admitted.entry, admitted.authority);
                    admitted.into_item()
                }
                Err(reason) => refuse(&admitted.entry, reason),
            });
        }
        (items, Some(cursor))
    }
}
