//! Frames of a client that has signed in by its first one, and what it is told beyond messages.

use reeeductio_proto::api::{SignalBody, StreamFrame};
use reeeductio_proto::{ErrorCode, EventPosition};

use super::super::signal::Sending;
use super::super::signed_in::{error, subscribed};
use super::{Close, Effects, Session};
use crate::authority::Freshness;
use crate::refusal::{Details, Refusal};

impl Session {
    /// Takes a frame of a client that has signed in by its first one.
    pub(super) fn hear(&mut self, now: i64, monotonic: i64, text: &str, effects: &mut Effects) {
        let frame = match StreamFrame::read(text) {
            Ok(StreamFrame::Unknown) => return,
            Ok(frame) => frame,
            Err(malformed) => {
                return refuse(
                    &Refusal::new(ErrorCode::RequestInvalid, malformed.to_string()),
                    effects,
                );
            }
        };
        let Some(signed_in) = &mut self.signed_in else {
            return;
        };
        let (named, more) = match frame {
            StreamFrame::Subscribe(named) => (named, true),
            StreamFrame::Unsubscribe(named) => (named, false),
            StreamFrame::Signal(signal) => {
                if let Err(refusal) = self.send(now, monotonic, &signal, effects) {
                    effects.refused = Some(refusal.code());
                    effects.send.push(error(&refusal, Some(&signal)));
                }
                return;
            }
            StreamFrame::Auth(_) => {
                effects.close = Some(Close::SignedInAgain);
                return;
            }
            StreamFrame::Unknown => return,
        };
        match signed_in.change(&named, more, monotonic) {
            Ok(()) => effects.send.push(subscribed()),
            Err(refusal) => return refuse(&refusal, effects),
        }
        self.verdicts.forget();
        let (before, data) = (self.config.data, signed_in.subscription.tells_data());
        self.config.data = data;
        self.cursor = match (before, data) {
            // As with a cursor that a client names: what changed since the message is told again.
            (false, true) => EventPosition {
                change: 0,
                ..self.cursor
            },
            _ => self.config.passed(self.cursor),
        };
    }

    /// Takes a signal of the client.
    fn send(
        &mut self,
        now: i64,
        monotonic: i64,
        signal: &SignalBody,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let caller = &self.caller;
        let stale = matches!(caller.space.freshness(), Freshness::Stale);
        let Some(authority) = caller.space.peek_authority().filter(|_| !stale) else {
            caller.space.start_following();
            return Err(Refusal::new(
                ErrorCode::ServerBusy,
                "The server does not know the newest rights of the space. Try again.",
            )
            .with(Details::RetryAfter(1)));
        };
        if !caller.is_admitted(&authority.view, now) {
            effects.close = Some(Close::Revoked);
            return Ok(());
        }
        let sending = Sending {
            caller,
            view: &authority.view,
            now,
            monotonic,
        };
        match &mut self.signed_in {
            Some(signed_in) => signed_in.send(signal, sending),
            None => Ok(()),
        }
    }

    /// Tells what there is beyond messages and changes of data.
    pub(super) fn tell_beyond(&mut self, now: i64, monotonic: i64, effects: &mut Effects) {
        let Some(signed_in) = &mut self.signed_in else {
            return;
        };
        let caller = &self.caller;
        // By rights as old as those of a read at most; until they are there, signals wait as for a slow reader.
        if effects.close.is_some() || matches!(caller.space.freshness(), Freshness::Stale) {
            return;
        }
        let Some(authority) = caller.space.peek_authority() else {
            return;
        };
        if !caller.is_admitted(&authority.view, now) {
            effects.close = Some(Close::Revoked);
            return;
        }
        let times = (now, monotonic);
        effects.more |= signed_in.tell(caller, &authority.view, times, &mut effects.send);
    }
}

/// Answers a frame that is not taken.
fn refuse(refusal: &Refusal, effects: &mut Effects) {
    effects.refused = Some(refusal.code());
    effects.send.push(error(refusal, None));
}
