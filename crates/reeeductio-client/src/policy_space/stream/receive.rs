//! Believing signals.

use std::collections::{HashMap, VecDeque};

use reeeductio_core::{SealedError, SealedSignal, SignalPlace, open_signal};
use reeeductio_proto::{
    Action, ClientCode, ErrorCode, FormatError, MemberId, MemberKind, Operation, PublicKey,
    Resource, SignatureError, Subject, Verdict, View, judge, signal_statement,
};

use super::frame::SignalFrame;
use super::{PolicySpace, Signal};
use crate::error::ClientError;
use crate::platform::now;

/// Why a signal is not handed out.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// Its sender is no member, or has no right to send signals of the subject.
    #[error("its sender has no right to send signals of the subject")]
    Unauthorized,
    /// It is not what its sender signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is sealed under an epoch that is neither the newest one nor the one before.
    #[error("it is sealed under epoch {0}, which is neither the newest one nor the one before")]
    Epoch(u32),
    /// Its bytes are not a signal in a format that this release reads.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The key of its epoch is not there, or the state cannot be read on.
    #[error(transparent)]
    State(#[from] ClientError),
}

impl SignalError {
    /// The stable code, as text.
    pub fn code(&self) -> &str {
        match self {
            Self::Unauthorized => ClientCode::VerifyUnauthorized.as_str(),
            Self::Signature(_) => ClientCode::SignatureMismatch.as_str(),
            Self::Epoch(_) => ErrorCode::EpochSuperseded.as_str(),
            Self::Format(FormatError::Unknown { .. }) => ErrorCode::FormatUnknown.as_str(),
            Self::Format(_) | Self::Sealed(SealedError::Format(_)) => {
                ErrorCode::FormatMalformed.as_str()
            }
            Self::Sealed(SealedError::Commitment) => ClientCode::CommitmentMismatch.as_str(),
            Self::Sealed(_) => ClientCode::Open.as_str(),
            Self::State(error) => error.code_text(),
        }
    }
}

/// Sessions of which the last counter is known.
const SESSIONS: usize = 4_096;

/// The last counters of the sessions that were heard, the oldest forgotten first.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    last: HashMap<(MemberId, [u8; 16]), u64>,
    order: VecDeque<(MemberId, [u8; 16])>,
}

impl Sessions {
    /// Returns whether the counter rises, and remembers it.
    fn rises(&mut self, sender: MemberId, session: [u8; 16], counter: u64) -> bool {
        let key = (sender, session);
        if let Some(last) = self.last.get_mut(&key) {
            let rises = *last < counter;
            *last = (*last).max(counter);
            return rises;
        }
        if self.order.len() == SESSIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.last.remove(&oldest);
        }
        self.order.push_back(key);
        self.last.insert(key, counter);
        true
    }
}

impl PolicySpace {
    /// Verifies and opens a signal; `None` for one that was heard before, and one for somebody else.
    pub(super) async fn receive(
        &self,
        frame: &SignalFrame,
        sessions: &mut Sessions,
    ) -> Result<Option<Signal>, SignalError> {
        let own = self.member();
        if frame.to.is_some_and(|to| self.one_name_of(to) != own) {
            return Ok(None);
        }
        let (session, bytes) = (frame.session()?, frame.sealed()?);
        let sealed = SealedSignal::parse(&bytes)?;
        let id = self.id();
        let place = SignalPlace {
            space: &id,
            subject: frame.subject.as_str(),
            to: frame.to.as_ref(),
            sender: &frame.sender,
            session,
            counter: frame.counter,
        };
        // Before the state is read on for it.
        self.check_signature(frame, &session, &bytes)?;
        self.check_right(frame, sealed.epoch).await?;
        self.find_root(sealed.epoch).await?;
        let opened = self.with(|known| {
            let epoch = known.roots.get(sealed.epoch)?;
            Some(open_signal(epoch, place, &sealed))
        });
        let body = opened.ok_or(SignalError::Epoch(sealed.epoch))??;
        if !sessions.rises(frame.sender, session, frame.counter) {
            return Ok(None);
        }
        Ok(Some(Signal {
            subject: frame.subject.clone(),
            sender: self.one_name_of(frame.sender),
            is_direct: frame.to.is_some(),
            body,
            at: frame.at,
        }))
    }

    fn check_signature(
        &self,
        frame: &SignalFrame,
        session: &[u8; 16],
        sealed: &[u8],
    ) -> Result<(), SignalError> {
        let statement = signal_statement(
            self.id(),
            frame.subject.as_str(),
            frame.to.as_ref(),
            session,
            frame.counter,
            sealed,
        );
        let key = self.with_view(|view| view.public_key(&frame.sender));
        let key = key.map_or_else(|| PublicKey::parse(frame.sender.public_key()), Ok)?;
        Ok(key.verify(&statement, &frame.signature)?)
    }

    /// Reads the state on if it does not know the right or the epoch yet.
    async fn check_right(&self, frame: &SignalFrame, epoch: u32) -> Result<(), SignalError> {
        let look = |view: &View| (may_send(view, frame), is_recent(view, epoch));
        if self.with_view(look) != (true, true) {
            self.follow_state().await?;
        }
        match self.with_view(look) {
            (false, _) => Err(SignalError::Unauthorized),
            (true, false) => Err(SignalError::Epoch(epoch)),
            (true, true) => Ok(()),
        }
    }

    /// The owner has one name.
    fn one_name_of(&self, member: MemberId) -> MemberId {
        match member.kind() {
            MemberKind::Space if self.id().is_owned_by(&member) => {
                MemberId::user(*member.public_key())
            }
            _ => member,
        }
    }
}

fn may_send(view: &View, frame: &SignalFrame) -> bool {
    let action = Action {
        op: Operation::Create,
        resource: Resource::Signal(&frame.subject),
        owner: None,
    };
    frame.subject.as_str() != Subject::PRESENCE
        && judge(view, &frame.sender, &action, now()) == Verdict::Allow
}

/// Only of the newest epoch, and of the one before it for those who were slower: a server that keeps signals can show them again only
/// so long.
fn is_recent(view: &View, epoch: u32) -> bool {
    view.newest_epoch().is_some_and(|newest| {
        let newest = newest.entry.number;
        epoch == newest || epoch.checked_add(1) == Some(newest)
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_counter_must_rise_and_old_sessions_are_forgotten() {
        let mut sessions = Sessions::default();
        let ada = MemberId::user([1; 32]);
        assert!(sessions.rises(ada, [1; 16], 5));
        assert!(!sessions.rises(ada, [1; 16], 5));
        assert!(!sessions.rises(ada, [1; 16], 4));
        assert!(sessions.rises(ada, [1; 16], 6));
        assert!(sessions.rises(ada, [2; 16], 1), "another session");
        for number in 0..SESSIONS as u128 {
            assert!(sessions.rises(MemberId::user([2; 32]), number.to_be_bytes(), 1));
        }
        assert_eq!(sessions.last.len(), SESSIONS);
        assert_eq!(sessions.order.len(), SESSIONS);
    }
}
