//! Signals as a stream takes them from its client (spec/stream.md, "Signals").

use reeeductio_proto::api::SignalBody;
use reeeductio_proto::{
    Action, ErrorCode, MemberId, Operation, PublicKey, Resource, Subject, Verdict, View, encoding,
    judge, signal_statement,
};
use serde::Serialize;

use super::room::{Presence, SignalFrame};
use crate::caller::SpaceMember;
use crate::rate::{Bucket, Rate};
use crate::refusal::Refusal;

/// Most bytes of a sealed signal: 16,384 of plaintext, 16 of the tag, 62 before them.
const MOST: usize = 16_462;
/// Bytes that a signal counts as beside its sealed ones: what it costs to check and to send it.
const BESIDE: usize = 512;
/// Bytes of signals of a stream.
const STREAM: Rate = Rate {
    per_second: 32_768.0,
    burst: 131_072.0,
};

/// State of the signals that the client of a stream sends.
#[derive(Debug)]
pub(super) struct Sent {
    /// Session and counter of the last signal that was taken.
    last: Option<([u8; 16], u64)>,
    allowance: Bucket,
}

/// The sender of a signal, and the time.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub(super) caller: &'a SpaceMember,
    pub(super) view: &'a View,
    /// Unix milliseconds.
    pub(super) now: i64,
    pub(super) monotonic: i64,
}

/// A signal as it is sent to those that it is for.
#[derive(Serialize)]
#[serde(tag = "type", rename = "signal")]
struct Body<'a> {
    subject: &'a Subject,
    to: Option<MemberId>,
    sender: &'a MemberId,
    session: &'a str,
    counter: u64,
    sealed: &'a str,
    signature: String,
    at: i64,
}

impl Sent {
    pub(super) fn new(now: i64) -> Self {
        Self {
            last: None,
            allowance: Bucket::full(STREAM, now),
        }
    }

    /// Takes a signal and sends it. One that is refused leaves no trace, but that it was counted.
    pub(super) fn send(
        &mut self,
        signal: &SignalBody,
        presence: &Presence,
        sending: Sending<'_>,
    ) -> Result<(), Refusal> {
        let Sending {
            caller,
            view,
            now,
            monotonic,
        } = sending;
        let (session, sealed) = read(signal)?;
        self.check_order(session, signal.counter)?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let bytes = (sealed.len() + BESIDE) as f64;
        self.allowance
            .take(bytes, STREAM, monotonic)
            .map_err(|wait| too_many("The stream", wait))?;
        presence
            .take_of_member(bytes, monotonic)
            .map_err(|wait| too_many("The member", wait))?;
        may_send(caller, view, &signal.subject, now)?;
        let statement = signal_statement(
            caller.space_id(),
            signal.subject.as_str(),
            signal.to.as_ref(),
            &session,
            signal.counter,
            &sealed,
        );
        view.public_key(&caller.id)
            .map_or_else(|| PublicKey::parse(caller.id.public_key()), Ok)
            .and_then(|key| key.verify(&statement, &signal.signature))
            .map_err(|_| {
                Refusal::field(
                    ErrorCode::SignalBadSignature,
                    "signature",
                    "is not that of the member that signed in. Sign the statement with its key.",
                )
            })?;
        presence
            .send(bytes, monotonic, || frame(signal, caller, now))
            .map_err(|wait| too_many("The space", wait))?;
        self.last = Some((session, signal.counter));
        Ok(())
    }

    fn check_order(&self, session: [u8; 16], counter: u64) -> Result<(), Refusal> {
        let Some((known, last)) = self.last else {
            return Ok(());
        };
        if session != known {
            return Err(invalid(
                "session",
                "must be that of the stream's first signal",
            ));
        }
        if counter <= last {
            return Err(invalid(
                "counter",
                "must be higher than that of the last signal",
            ));
        }
        Ok(())
    }
}

/// The session and the sealed bytes.
fn read(signal: &SignalBody) -> Result<([u8; 16], Vec<u8>), Refusal> {
    if signal.subject.as_str() == Subject::PRESENCE {
        return Err(invalid("subject", "presence is reserved"));
    }
    let session = encoding::decode_array(&signal.session)
        .map_err(|error| Refusal::field(ErrorCode::RequestInvalid, "session", error))?;
    let sealed = encoding::decode(&signal.sealed)
        .map_err(|error| Refusal::field(ErrorCode::RequestInvalid, "sealed", error))?;
    if !(1..=MOST).contains(&sealed.len()) {
        return Err(invalid("sealed", "must have 1 to 16,462 bytes"));
    }
    Ok((session, sealed))
}

fn may_send(caller: &SpaceMember, view: &View, subject: &Subject, now: i64) -> Result<(), Refusal> {
    match judge(view, &caller.id, &action(Operation::Create, subject), now) {
        Verdict::Allow => Ok(()),
        Verdict::Refuse(reason) => Err(Refusal::new(reason.code(), reason.to_string())),
    }
}

/// Returns whether a member may receive signals with a subject.
pub(super) fn may_hear(caller: &SpaceMember, view: &View, subject: &Subject, now: i64) -> bool {
    let action = action(Operation::Read, subject);
    matches!(judge(view, &caller.id, &action, now), Verdict::Allow)
}

fn action(op: Operation, subject: &Subject) -> Action<'_> {
    Action {
        op,
        resource: Resource::Signal(subject),
        owner: None,
    }
}

fn frame(signal: &SignalBody, caller: &SpaceMember, now: i64) -> SignalFrame {
    let body = Body {
        subject: &signal.subject,
        to: signal.to,
        sender: &caller.id,
        session: &signal.session,
        counter: signal.counter,
        sealed: &signal.sealed,
        signature: signal.signature.to_string(),
        at: now,
    };
    SignalFrame {
        subject: signal.subject.clone(),
        to: signal.to.map(|to| caller.space.one_id_of(&to)),
        // Texts and numbers can always be written as JSON.
        text: serde_json::to_vec(&body).unwrap_or_default().into(),
    }
}

fn invalid(field: &'static str, explanation: &str) -> Refusal {
    Refusal::field(ErrorCode::RequestInvalid, field, explanation)
}

fn too_many(whose: &str, wait: u64) -> Refusal {
    let what = format!("{whose} sends too many signals.");
    Refusal::for_now(ErrorCode::RateLimited, what, wait)
}
