//! Taking in what was judged, and the records of earlier runs.

use reeeductio_proto::Checkpoint;

use super::Log;
use super::checkpoints::SignedCheckpoint;
use super::lanes::Unreadable;
use super::message::{LogItem, LogMessage};
use super::read::Judged;
use super::record::LogRecord;
use super::revisions::Withheld;
use super::seen::Sighting;

impl Log {
    /// Remembers what was judged, after its records were kept; no restore may be accepted in between ([`check_judged`](Self::check_judged)).
    /// Returns the payloads of which it is known now that the server withholds them.
    pub fn remember(&mut self, judged: &Judged) -> Vec<Withheld> {
        for record in &judged.records {
            self.apply(record);
        }
        let changes = &judged.changes;
        self.judged_to = self.judged_to.max(changes.judged_to);
        if changes.topic.is_state() {
            return Vec::new();
        }
        for message in judged.items.iter().filter_map(LogItem::verified) {
            self.revisions.note(message, changes.size);
        }
        match changes.settled {
            Some(size) => self.revisions.settle(&changes.topic, size),
            None => Vec::new(),
        }
    }

    /// Takes note of a message that an earlier run has kept: of what it edits or deletes, and whose it is.
    pub fn note_kept(&mut self, message: &LogMessage) {
        self.revisions.note(message, None);
    }

    /// Takes in a record: one that was kept by an earlier run, in the order in which they were kept.
    pub fn apply(&mut self, record: &LogRecord) {
        match record {
            LogRecord::Checkpoint(signed) => {
                self.checkpoints.restore(SignedCheckpoint::clone(signed));
            }
            LogRecord::Named(signed) => self.checkpoints.name(SignedCheckpoint::clone(signed)),
            LogRecord::Topic {
                topic,
                tail,
                is_whole,
            } => {
                self.topics.set_tail(topic, *tail, *is_whole);
                self.judged_to = self.judged_to.max(tail.number.saturating_add(1));
            }
            LogRecord::Lane { topic, lane, tail } => self.topics.set_lane(topic, *lane, *tail),
            LogRecord::State { place, tail } if *place == self.state.len() => {
                self.state.push(*tail);
            }
            LogRecord::State { .. } => {}
            LogRecord::Seen(sighting) => self.sightings.set(Sighting::clone(sighting)),
            LogRecord::Passed { topic, messages } => {
                self.topics.set_unreadable(topic, Unreadable::of(messages));
            }
            LogRecord::Restored {
                before,
                survived,
                begins,
                ..
            } => {
                let begins = Checkpoint::clone(begins);
                self.checkpoints.begin(*before, *survived, begins);
                self.cut(*survived);
            }
        }
    }
}
