//! The part of a stream beyond messages, once it was signed in to by its first frame (spec/stream.md).

use bytes::Bytes;
use reeeductio_proto::api::{ErrorDetails, SignalBody, StreamSubscription};
use reeeductio_proto::{ErrorCode, MemberId, Subject, View};
use serde::Serialize;

use super::checkpoints;
use super::room::{Presence, RosterPlace, RosterStep};
use super::signal::{Sending, Sent, may_hear};
use super::subscription::Subscription;
use super::verdicts::Verdicts;
use crate::caller::SpaceMember;
use crate::rate::{Bucket, Rate};
use crate::refusal::{Details, Refusal};

/// Changes of a stream's subscription.
const CHANGES: Rate = Rate {
    per_second: 16.0,
    burst: 64.0,
};

/// The part of a session that only such a stream has.
pub(super) struct SignedIn {
    pub(super) subscription: Subscription,
    presence: Presence,
    sent: Sent,
    changes: Bucket,
    /// Number of the next signal.
    heard: u64,
    subjects: Verdicts<Subject>,
    roster: Option<RosterPlace>,
    /// Size of the tree of the checkpoint that was told last.
    checkpoint: u64,
    _checkpoints: checkpoints::Listening,
}

/// Frames that are made for one stream.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Frame<'a> {
    Error {
        code: &'a str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        session: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        counter: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        details: Option<ErrorDetails>,
    },
    Joined {
        member: MemberId,
    },
    Left {
        member: MemberId,
    },
    Roster {
        page: usize,
        members: Vec<MemberId>,
        more: bool,
        count: usize,
    },
    Subscribed,
}

impl Frame<'_> {
    fn text(&self) -> Bytes {
        // Texts and numbers can always be written as JSON.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// The answer to a change of the subscription that was taken.
pub(super) fn subscribed() -> Bytes {
    Frame::Subscribed.text()
}

/// The answer to a frame that is not taken, which is a signal if there is one.
pub(super) fn error(refusal: &Refusal, signal: Option<&SignalBody>) -> Bytes {
    let details = match refusal.details() {
        Some(Details::RetryAfter(seconds)) => Some(ErrorDetails {
            retry_after: Some(*seconds),
            ..ErrorDetails::default()
        }),
        _ => None,
    };
    let frame = Frame::Error {
        code: refusal.code().as_str(),
        message: refusal.to_string(),
        session: signal.map(|signal| signal.session.as_str()),
        counter: signal.map(|signal| signal.counter),
        details,
    };
    frame.text()
}

impl SignedIn {
    /// `monotonic` is the time by that clock.
    pub(super) fn new(caller: &SpaceMember, subscription: Subscription, monotonic: i64) -> Self {
        let mut signed_in = Self {
            presence: Presence::enter(&caller.space, &caller.id, monotonic),
            sent: Sent::new(monotonic),
            changes: Bucket::full(CHANGES, monotonic),
            heard: 0,
            subjects: Verdicts::default(),
            roster: None,
            checkpoint: 0,
            _checkpoints: checkpoints::Listening::to(&caller.space),
            subscription,
        };
        signed_in.heard = signed_in.listen();
        signed_in
    }

    /// Notes that a checkpoint was told.
    pub(super) fn told_checkpoint(&mut self, size: u64) {
        self.checkpoint = size;
    }

    pub(super) fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Changes what the stream tells: adds to it if `more`.
    pub(super) fn change(
        &mut self,
        named: &StreamSubscription,
        more: bool,
        monotonic: i64,
    ) -> Result<(), Refusal> {
        self.changes.take(1.0, CHANGES, monotonic).map_err(|wait| {
            let what = "The stream's subscription is changed too often.";
            Refusal::for_now(ErrorCode::RateLimited, what, wait)
        })?;
        let before = &self.subscription;
        let after = if more {
            before.with(named)
        } else {
            before.without(named)
        }?;
        let heard = !before.subjects().is_empty();
        self.subscription = after;
        let next = self.listen();
        // One that was told of signals already has those that it has not taken yet.
        if !heard {
            self.heard = next;
        }
        Ok(())
    }

    /// Asks to be woken for what is told now. Returns the number of the next signal.
    fn listen(&mut self) -> u64 {
        let wanted = &self.subscription;
        if !wanted.tells_roster() {
            self.roster = None;
        }
        self.presence.listen(
            wanted.subjects(),
            wanted.tells_roster(),
            wanted.tells_inbox(),
        )
    }

    /// Takes a signal of the client.
    pub(super) fn send(
        &mut self,
        signal: &SignalBody,
        sending: Sending<'_>,
    ) -> Result<(), Refusal> {
        self.sent.send(signal, &self.presence, sending)
    }

    /// Tells what there is beyond messages, to a member that is admitted. Returns whether there may be more.
    pub(super) fn tell(
        &mut self,
        caller: &SpaceMember,
        view: &View,
        (now, monotonic): (i64, i64),
        send: &mut Vec<Bytes>,
    ) -> bool {
        if let Some(newest) = caller.space.checkpoints().newest()
            && newest.size > self.checkpoint
        {
            self.checkpoint = newest.size;
            send.push(newest.text);
        }
        if self.presence.event().is_none() {
            return false;
        }
        self.subjects.hold_for(view.version(), now.div_euclid(1000));
        let mut may_hear = |subject: &Subject| {
            self.subjects
                .may_read(subject, |subject| may_hear(caller, view, subject, now))
        };
        let mut more = false;
        send.extend(self.presence.items());
        if self.subscription.tells_roster() {
            if may_hear(&Subject::presence()) {
                let step = self.presence.roster(&mut self.roster, monotonic);
                more |= step.is_some();
                if let Some(step) = step {
                    tell_roster(step, send);
                }
            } else {
                // Told from the beginning should the right come back.
                self.roster = None;
            }
        }
        if !self.subscription.subjects().is_empty() {
            let subjects = self.subscription.subjects();
            let (signals, rest) = self.presence.signals(&mut self.heard, subjects, monotonic);
            more |= rest;
            let told = signals
                .into_iter()
                .filter(|signal| may_hear(&signal.subject));
            send.extend(told.map(|signal| signal.text.clone()));
        }
        more
    }
}

fn tell_roster(step: RosterStep, send: &mut Vec<Bytes>) {
    match step {
        RosterStep::Page {
            number,
            members,
            more,
            count,
        } => {
            let page = Frame::Roster {
                page: number,
                members,
                more,
                count,
            };
            send.push(page.text());
        }
        RosterStep::Changes(changes) => send.extend(changes.into_iter().map(|(member, came)| {
            let change = if came {
                Frame::Joined { member }
            } else {
                Frame::Left { member }
            };
            change.text()
        })),
    }
}
