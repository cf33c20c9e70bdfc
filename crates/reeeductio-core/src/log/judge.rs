//! The judgement on each message of a proven page.

use std::collections::HashMap;

use reeeductio_proto::{
    FormatError, MemberId, MessageId, Operation, PAYLOAD, Resource, SealedHeader, Target,
    TargetChange, TopicId,
};
use sha2::{Digest as _, Sha256};

use super::Log;
use super::entry::Linked;
use super::in_force::InForce;
use super::message::{LogItem, LogMessage, Payload};
use super::reason::{LogRefused, Reason};
use crate::chain::{ChainError, Claim, Judge, StateChain, VerifiedMessage};
use crate::sealed::{MessagePlace, check_place};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Knowledge by which the messages of a page are judged, oldest first.
pub(super) struct Bench<'a> {
    log: &'a Log,
    state: &'a StateChain,
    rights: Judge<'a>,
    /// Rights that a restored server has lost, and that stay in force.
    in_force: Option<(&'a InForce, Judge<'a>)>,
    topic: &'a TopicId,
    now: i64,
    /// Senders of the page's own messages, and whether these change others.
    senders: HashMap<MessageId, (MemberId, bool)>,
}

/// A message with the verdict on it alone: its lane is looked at later, in the order in which the topic is read.
pub(super) struct Admitted {
    pub(super) entry: Linked,
    pub(super) verdict: Result<Accepted, Reason>,
    /// The place of the authority that it names; `None` for none.
    pub(super) authority: Option<usize>,
}

/// The parts with which a message is handed out.
pub(super) struct Accepted {
    header: SealedHeader,
    payload: Payload,
    may_change_others: bool,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        log: &'a Log,
        state: &'a StateChain,
        topic: &'a TopicId,
        entries: &[Linked],
        now: i64,
    ) -> Self {
        let signed = entries
            .iter()
            .filter(|entry| entry.entry.message.forgery().is_none());
        let senders = signed.map(|entry| {
            let changes = entry
                .header
                .as_ref()
                .is_ok_and(|header| header.target.is_some());
            (entry.id(), (entry.lane.member, changes))
        });
        Self {
            senders: senders.collect(),
            rights: state.judge(),
            in_force: log.in_force.as_ref().map(|lost| (lost, lost.judge())),
            log,
            state,
            topic,
            now,
        }
    }

    pub(super) fn admit(&mut self, mut entry: Linked) -> Admitted {
        let named = entry.header.as_ref().ok().map(|header| header.authority);
        let authority = named.and_then(|named| self.state.authority_place(&named));
        let payload = entry.entry.payload.take();
        Admitted {
            verdict: self.judge(&entry, payload, authority),
            authority,
            entry,
        }
    }

    fn judge(
        &mut self,
        entry: &Linked,
        payload: Option<Vec<u8>>,
        authority: Option<usize>,
    ) -> Result<Accepted, Reason> {
        if let Some(forgery) = entry.entry.message.forgery() {
            return Err(Reason::Chain(forgery));
        }
        let header = entry.header.clone()?;
        let message = entry.message();
        let sender = &message.sender;
        let place = MessagePlace {
            space: &self.log.space,
            topic: self.topic,
            kind: &message.kind,
            sender,
        };
        check_place(&header, place)?;
        let place = self.place(entry)?;
        if !self.may(entry, Operation::Create, place) {
            return Err(Reason::Chain(ChainError::Unauthorized {
                what: format!("message {}", entry.id()),
                sender: *sender,
            }));
        }
        let epoch = self.state.epoch_at(place);
        if !epoch.is_some_and(|epoch| {
            (epoch.entry.number, epoch.entry.key_id()) == (header.epoch, header.key_id)
        }) {
            return Err(Reason::Epoch(header.epoch));
        }
        let is_known = header.authority == [0; 32] || authority.is_some();
        if !is_known || authority.is_some_and(|authority| authority > place) {
            return Err(Reason::AuthorityUnknown);
        }
        let target = header.target;
        Ok(Accepted {
            may_change_others: match target {
                None => false,
                Some(target) => self.judge_change(entry, &target, place)?,
            },
            payload: match payload {
                Some(payload) => check_payload(&header, payload)?,
                None => self.missing(entry, &header, place),
            },
            header,
        })
    }

    /// The place of the message of `state` that the leaf names, if that was the newest one before the event.
    fn place(&self, entry: &Linked) -> Result<usize, Reason> {
        let newest = self.log.state_before(entry.entry.number);
        let named = entry.entry.state.and_then(|id| self.state.place(&id));
        match named {
            Some(named) if Some(named) == newest => Ok(named),
            _ => Err(Reason::StatePlace),
        }
    }

    fn may(&mut self, entry: &Linked, op: Operation, place: usize) -> bool {
        let timestamp = entry.message().server_timestamp;
        let claim = Claim {
            member: entry.lane.member,
            ops: &[op],
            resource: Resource::Topic(self.topic),
            from: timestamp,
            to: timestamp,
        };
        if !self.rights.holds_at(&claim, place) {
            return false;
        }
        match &mut self.in_force {
            Some((lost, rights)) if lost.covers(entry.entry.number) => {
                rights.holds_at(&claim, lost.place(self.state, place))
            }
            _ => true,
        }
    }

    /// Judges an edit or a delete, and returns whether its sender may change what others wrote.
    fn judge_change(
        &mut self,
        entry: &Linked,
        target: &Target,
        place: usize,
    ) -> Result<bool, Reason> {
        let settings = self.state.settings_at(place);
        if !settings.is_some_and(|settings| settings.mutable) {
            return Err(Reason::NotMutable);
        }
        let op = match target.change {
            TargetChange::Edit => Operation::Modify,
            TargetChange::Delete => Operation::Delete,
        };
        let may_change_others = self.may(entry, op, place);
        let id = MessageId::from_hash(target.message);
        let known = self.senders.get(&id).copied();
        match known.or_else(|| self.log.revisions.sender(&id)) {
            Some((_, true)) => Err(Reason::Target),
            Some((sender, false)) if sender != entry.lane.member && !may_change_others => {
                Err(Reason::NotAuthor)
            }
            _ => Ok(may_change_others),
        }
    }

    /// Why a payload is not there.
    fn missing(&self, entry: &Linked, header: &SealedHeader, place: usize) -> Payload {
        let now = u64::try_from(self.now).unwrap_or_default();
        if header.expires.is_some_and(|expires| expires <= now) {
            return Payload::Expired;
        }
        let age = self.now.saturating_sub(entry.message().server_timestamp);
        let kept = self.state.settings_since(place);
        let shortest = kept.filter_map(|settings| settings.retention_days).min();
        match shortest {
            Some(days) if i64::from(days).saturating_mul(DAY) <= age => Payload::NotRetained,
            _ => Payload::Missing,
        }
    }
}

/// Checks that a payload is the one that the signed part names.
pub(super) fn check_payload(header: &SealedHeader, bytes: Vec<u8>) -> Result<Payload, Reason> {
    if Sha256::digest(&bytes).as_slice() != header.payload_hash {
        return Err(Reason::Payload);
    }
    if !PAYLOAD.contains(&bytes.len()) {
        return Err(FormatError::Malformed("a payload has 208 to 65,552 bytes").into());
    }
    Ok(Payload::Here(bytes))
}

impl Admitted {
    /// Returns whether the message is not its claimed sender's, so that its lane is not known.
    pub(super) fn is_forged(&self) -> bool {
        self.entry.entry.message.forgery().is_some()
    }

    /// Hands out the message, or says why not.
    pub(super) fn into_item(self) -> LogItem {
        match self.verdict {
            Err(reason) => refuse(&self.entry, reason),
            Ok(accepted) => LogItem::Verified(Box::new(LogMessage {
                message: VerifiedMessage::new(self.entry.entry.message.shared()),
                header: Some(accepted.header),
                payload: accepted.payload,
                number: self.entry.entry.number,
                may_change_others: accepted.may_change_others,
            })),
        }
    }
}

pub(super) fn refuse(entry: &Linked, reason: Reason) -> LogItem {
    LogItem::Refused(Box::new(LogRefused {
        topic: entry.message().topic_id.clone(),
        message: entry.id(),
        number: entry.entry.number,
        sender: entry.lane.member,
        reason,
    }))
}
