//! Signals.

use reeeductio_core::{Identity, SealedError, SealedSignal, SignalPlace, open_signal, seal_signal};
use reeeductio_proto::{MemberId, Signature, SpaceId};
use serde_json::Value;

use crate::{array, cases, epoch, hex, member, of_format, space, vectors};

struct Place {
    space: SpaceId,
    subject: String,
    to: Option<MemberId>,
    sender: MemberId,
    session: [u8; 16],
    counter: u64,
}

impl Place {
    fn of(case: &Value) -> Self {
        Self {
            space: space(case),
            subject: case["subject"].as_str().unwrap().to_owned(),
            to: Some(&case["to"]).filter(|to| !to.is_null()).map(member),
            sender: member(&case["sender"]),
            session: array(&case["session_hex"]),
            counter: case["counter"].as_u64().unwrap(),
        }
    }

    fn place(&self) -> SignalPlace<'_> {
        SignalPlace {
            space: &self.space,
            subject: &self.subject,
            to: self.to.as_ref(),
            sender: &self.sender,
            session: self.session,
            counter: self.counter,
        }
    }
}

#[test]
fn signals_are_sealed_to_the_same_bytes_and_signed() {
    let all = vectors();
    // Alice of the vectors sends them all.
    let alice = Identity::from_seed(&[2; 32]);
    for case in cases(&all, "signals", "valid") {
        let (at, epoch) = (Place::of(case), epoch(case));
        let (body, name) = (hex(&case["body_hex"]), &case["name"]);
        let sealed = seal_signal(&epoch, at.place(), &array(&case["salt_hex"]), &body).unwrap();
        assert_eq!(sealed, hex(&case["sealed_hex"]), "{name}");
        let parsed = SealedSignal::parse(&sealed).unwrap();
        assert_eq!(*open_signal(&epoch, at.place(), &parsed).unwrap(), body);
        let signature = Signature::from_bytes(array(&case["signature_hex"]));
        assert_eq!(at.place().sign(&sealed, &alice), signature, "{name}");
        assert_eq!(at.place().verify(&sealed, &signature), Ok(()), "{name}");
    }
}

#[test]
fn signals_that_no_writer_writes_are_refused() {
    let all = vectors();
    // The reader has this one epoch, whatever space a case names.
    let epoch = epoch(&cases(&all, "signals", "valid")[0]);
    for case in cases(&all, "signals", "invalid") {
        let at = Place::of(case);
        let sealed = hex(&case["sealed_hex"]);
        let opened = SealedSignal::parse(&sealed)
            .map_err(SealedError::from)
            .and_then(|sealed| open_signal(&epoch, at.place(), &sealed));
        let code = match opened.expect_err(case["name"].as_str().unwrap()) {
            SealedError::Epoch(_) => "key.missing",
            SealedError::Commitment => "commitment.mismatch",
            SealedError::Open(_) => "client.open",
            SealedError::Format(error) => of_format(&error),
            other => panic!("{other}"),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}
