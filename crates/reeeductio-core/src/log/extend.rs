//! Taking messages of the topic `state` into the chain.

use super::Log;
use super::entry::Linked;
use super::error::LogError;
use super::judge::{check_payload, refuse};
use super::message::{LogItem, LogMessage, Payload};
use super::prove::ProvenLog;
use super::read::{Changes, Judged};
use super::reason::Reason;
use super::record::LogRecord;
use crate::chain::{Checked, StateChain, VerifiedMessage};

impl ProvenLog {
    /// Takes messages of the topic `state` into the chain, which judges each, and gives them in their order.
    pub fn extend(self, log: &mut Log, state: &mut StateChain) -> Result<Judged, LogError> {
        let topic = self.page.question.topic.clone();
        let first = self.page.question.state_place;
        if !topic.is_state() {
            return Err(LogError::Answer("the messages are not of the state"));
        }
        log.check_still(self.incarnation)?;
        let mut records: Vec<LogRecord> = log.checkpoint_record().into_iter().collect();
        for (place, entry) in (first..).zip(&self.page.entries) {
            let tail = entry.tail();
            match log.state.get(place) {
                Some(known) if *known == tail => {}
                Some(known) => return Err(LogError::Forked(known.number)),
                // Events that were judged since would have named it.
                None if tail.number < log.judged_to => return Err(LogError::State(entry.id())),
                None => records.push(LogRecord::State { place, tail }),
            }
        }
        let messages = self
            .page
            .entries
            .iter()
            .map(|entry| entry.entry.message.clone());
        state.extend(messages.collect::<Vec<Checked>>())?;
        log.catch_up(state);
        let entries = self.page.entries.into_iter();
        let items = entries.map(|entry| state_item(state, entry)).collect();
        Ok(Judged {
            items,
            cursor: None,
            has_more: self.page.has_more,
            records,
            changes: Changes {
                topic,
                judged_to: 0,
                size: None,
                settled: None,
                incarnation: log.incarnation(),
            },
        })
    }
}

fn state_item(state: &StateChain, mut entry: Linked) -> LogItem {
    let message = entry.entry.message.shared();
    if let Err(error) = state.authorize_state(&message) {
        return refuse(&entry, Reason::Chain(error));
    }
    let payload = entry.entry.payload.take();
    let (header, payload) = match (payload, entry.header.clone()) {
        (Some(bytes), Ok(header)) => match check_payload(&header, bytes) {
            Ok(payload) => (Some(header), payload),
            Err(reason) => return refuse(&entry, reason),
        },
        (Some(_), Err(error)) => return refuse(&entry, Reason::Format(error)),
        (None, _) => (None, Payload::Plain),
    };
    LogItem::Verified(Box::new(LogMessage {
        message: VerifiedMessage::new(message),
        header,
        payload,
        number: entry.entry.number,
        may_change_others: false,
    }))
}
