use super::*;
use crate::keys::Key;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

struct Context {
    epoch: Epoch,
    space: SpaceId,
    sender: MemberId,
    other: MemberId,
}

impl Context {
    fn new() -> Self {
        let space = identity(1).space_id();
        Self {
            epoch: Epoch::new(space, 2, Key::new([7; 32])),
            space,
            sender: identity(2).user_id(),
            other: identity(3).user_id(),
        }
    }

    fn place(&self) -> SignalPlace<'_> {
        SignalPlace {
            space: &self.space,
            subject: "typing",
            to: None,
            sender: &self.sender,
            session: [4; 16],
            counter: 9,
        }
    }

    fn seal(&self, body: &[u8]) -> Vec<u8> {
        seal_signal(&self.epoch, self.place(), &[6; 16], body).unwrap()
    }

    /// Every place that differs from [`place`](Self::place) in one thing.
    fn others<'a>(&'a self, space: &'a SpaceId) -> [SignalPlace<'a>; 6] {
        let place = self.place();
        let (other, subject) = (&self.other, "cursor");
        [
            SignalPlace { space, ..place },
            SignalPlace { subject, ..place },
            SignalPlace {
                to: Some(other),
                ..place
            },
            SignalPlace {
                sender: other,
                ..place
            },
            SignalPlace {
                session: [5; 16],
                ..place
            },
            SignalPlace {
                counter: 10,
                ..place
            },
        ]
    }
}

fn open(
    epoch: &Epoch,
    place: SignalPlace<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    open_signal(epoch, place, &SealedSignal::parse(sealed)?)
}

#[test]
fn a_signal_opens_and_verifies_where_it_was_sent_and_nowhere_else() {
    let context = Context::new();
    let (epoch, place) = (&context.epoch, context.place());
    let sealed = context.seal(b"hello");
    assert_eq!(sealed.len(), 270);
    assert_eq!(open(epoch, place, &sealed).unwrap().as_slice(), b"hello");
    let signature = place.sign(&sealed, &identity(2));
    assert_eq!(place.verify(&sealed, &signature), Ok(()));

    let space = identity(9).space_id();
    for other in context.others(&space) {
        let refused = open(epoch, other, &sealed).unwrap_err();
        assert_eq!(refused, SealedError::Commitment, "{other:?}");
        assert!(other.verify(&sealed, &signature).is_err(), "{other:?}");
    }
    let forged = place.sign(&sealed, &identity(3));
    assert!(place.verify(&sealed, &forged).is_err());
    assert!(place.verify(&context.seal(b"hullo"), &signature).is_err());
}

#[test]
fn a_signal_that_is_changed_cut_off_or_of_a_later_format_does_not_open() {
    let context = Context::new();
    let sealed = context.seal(b"hello");
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 0x40;
        let refused = open(&context.epoch, context.place(), &changed);
        assert!(refused.is_err(), "{index}");
    }
    for length in 0..sealed.len() {
        let refused = SealedSignal::parse(&sealed[..length]).unwrap_err();
        assert!(matches!(refused, FormatError::Malformed(_)), "{length}");
    }
    let with = |index: usize| {
        let mut changed = sealed.clone();
        changed[index] = 2;
        SealedSignal::parse(&changed).unwrap_err().to_string()
    };
    assert_eq!(with(0), "signal format 2 is not known to this release");
    assert_eq!(with(1), "suite 2 is not known to this release");
}

#[test]
fn a_signal_of_an_epoch_whose_root_is_not_there_names_the_epoch() {
    let context = Context::new();
    let sealed = context.seal(b"hello");
    let later = Epoch::new(context.space, 3, Key::new([7; 32]));
    let other = Epoch::new(context.space, 2, Key::new([8; 32]));
    for epoch in [later, other] {
        let refused = open(&epoch, context.place(), &sealed).unwrap_err();
        assert_eq!(refused, SealedError::Epoch(2));
    }
}

#[test]
fn a_signal_that_no_reader_takes_is_not_sealed() {
    let context = Context::new();
    let seal = |epoch: &Epoch, place, body: &[u8]| seal_signal(epoch, place, &[6; 16], body);
    let (epoch, place) = (&context.epoch, context.place());
    let long = "a".repeat(65);
    for subject in ["", "Typing", "a/b", "a b", "ä", &long] {
        let place = SignalPlace { subject, ..place };
        assert!(matches!(seal(epoch, place, b""), Err(SealError::Place(_))));
        let sealed = context.seal(b"");
        let refused = open(epoch, place, &sealed);
        assert!(matches!(refused, Err(SealedError::Format(_))), "{subject}");
    }
    let subject = &long[1..];
    let place = SignalPlace { subject, ..place };
    let most = seal(epoch, place, &[1; 16_380]).unwrap();
    assert_eq!(open(epoch, place, &most).unwrap().len(), 16_380);
    let refused = seal(epoch, place, &[1; 16_382]).unwrap_err();
    assert_eq!(refused, SealError::ContentTooLong(2));
    let elsewhere = Epoch::new(identity(9).space_id(), 2, Key::new([7; 32]));
    let refused = seal(&elsewhere, place, b"").unwrap_err();
    assert!(matches!(refused, SealError::Place(_)));
}
