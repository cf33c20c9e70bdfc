use reeeductio_proto::{TargetChange, lp};
use zeroize::Zeroizing;

use super::*;
use crate::epoch::Epoch;
use crate::keys::Key;

struct Context {
    epoch: Epoch,
    space: SpaceId,
    topic: TopicId,
    sender: MemberId,
}

impl Context {
    fn new() -> Self {
        let space = SpaceId::from_public_key([1; 32]);
        Self {
            epoch: Epoch::new(space, 2, Key::new([7; 32])),
            space,
            topic: TopicId::parse("general").unwrap(),
            sender: MemberId::user([2; 32]),
        }
    }

    fn place(&self) -> MessagePlace<'_> {
        MessagePlace {
            space: &self.space,
            topic: &self.topic,
            kind: SEALED,
            sender: &self.sender,
        }
    }

    /// The epoch in the topic.
    fn here(&self) -> TopicEpoch {
        self.epoch.topic(&self.topic)
    }

    fn seal(&self, head: MessageHead, body: &[u8]) -> (SealedHeader, Vec<u8>) {
        seal_message(&self.here(), self.place(), head, &content(body)).unwrap()
    }

    fn open(&self, header: &SealedHeader, payload: &[u8]) -> Result<MessageContent, SealedError> {
        let key = message_key(&self.here(), self.place(), header);
        open_message(&key, self.place(), header, payload)
    }
}

fn content(body: &[u8]) -> MessageContent {
    MessageContent {
        seen: None,
        content_type: "text/plain".to_owned(),
        client_id: [5; 16],
        body: Zeroizing::new(body.to_vec()),
    }
}

const HEAD: MessageHead = MessageHead {
    lane: [3; 8],
    authority: [4; 32],
    salt: [6; 16],
    expires: None,
    target: None,
};

#[test]
fn a_message_opens_where_it_was_sealed_and_its_length_is_padded() {
    let context = Context::new();
    let seen = Some(Seen {
        incarnation: [1; 8],
        size: 9,
        root: [2; 32],
    });
    for length in [0, 1, 100, 1_000, 65_000] {
        let said = MessageContent {
            seen,
            ..content(&vec![b'x'; length])
        };
        let (header, payload) =
            seal_message(&context.here(), context.place(), HEAD, &said).unwrap();
        assert_eq!(context.open(&header, &payload).unwrap(), said);
        assert!(PAYLOAD.contains(&payload.len()), "{}", payload.len());
    }
    let short = context.seal(HEAD, b"a").1.len();
    assert_eq!(context.seal(HEAD, &[b'a'; 100]).1.len(), short);
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_sealed() {
    let context = Context::new();
    let room = 65_536 - 4 - 16 - "text/plain".len() - 16;
    let seal = |said: &MessageContent| seal_message(&context.here(), context.place(), HEAD, said);
    let (header, payload) = seal(&content(&vec![0; room])).unwrap();
    assert_eq!(payload.len(), 65_552);
    context.open(&header, &payload).unwrap();
    let error = seal(&content(&vec![0; room + 3])).unwrap_err();
    assert_eq!(error, SealError::ContentTooLong(3));
    for content_type in ["x".repeat(129), "a\nb".to_owned()] {
        let said = MessageContent {
            content_type,
            ..content(b"")
        };
        assert_eq!(seal(&said).unwrap_err(), SealError::ContentType);
    }
}

#[test]
fn a_ciphertext_that_is_moved_opens_nowhere_else() {
    let context = Context::new();
    let (header, payload) = context.seal(HEAD, b"here");
    let key = message_key(&context.here(), context.place(), &header);
    let other_space = SpaceId::from_public_key([9; 32]);
    let other_topic = TopicId::parse("genera1").unwrap();
    let other_sender = MemberId::user([9; 32]);
    let place = context.place();
    let places = [
        MessagePlace {
            space: &other_space,
            ..place
        },
        MessagePlace {
            topic: &other_topic,
            ..place
        },
        MessagePlace {
            sender: &other_sender,
            ..place
        },
    ];
    for moved in places {
        // A reader derives the key for the place where the message is.
        let derived = message_key(&context.epoch.topic(moved.topic), moved, &header);
        let refused = open_message(&derived, moved, &header, &payload);
        assert_eq!(refused.unwrap_err(), SealedError::Commitment);
        // With the right key, too.
        let refused = open_message(&key, moved, &header, &payload);
        assert_eq!(
            refused.unwrap_err(),
            SealedError::Open(OpenError::Authentication)
        );
    }
    // Another type than the one that all have.
    let kind = MessagePlace {
        kind: "profiles/ada",
        ..place
    };
    let refused = open_message(&key, kind, &header, &payload);
    assert!(matches!(
        refused,
        Err(SealedError::Format(FormatError::Malformed(_)))
    ));

    for (epoch, lane) in [
        (Epoch::new(context.space, 3, Key::new([7; 32])), HEAD.lane),
        (context.epoch.clone(), [8; 8]),
    ] {
        // Another epoch has another root; with the same one the number is authenticated all the same.
        let moved = SealedHeader {
            epoch: epoch.number(),
            lane,
            ..header.clone()
        };
        let derived = message_key(&epoch.topic(place.topic), place, &moved);
        assert!(open_message(&derived, place, &moved, &payload).is_err());
    }
}

#[test]
fn every_field_of_the_signed_part_is_bound_to_the_payload() {
    let context = Context::new();
    let target = Target {
        change: TargetChange::Edit,
        message: [1; 32],
        revision: 1,
    };
    let head = MessageHead {
        expires: Some(1),
        target: Some(target),
        ..HEAD
    };
    let (header, payload) = context.seal(head, b"body");
    let bytes = header.to_bytes();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let Ok(changed) = SealedHeader::parse(&changed) else {
            continue;
        };
        let key = message_key(&context.here(), context.place(), &header);
        assert!(
            open_message(&key, context.place(), &changed, &payload).is_err(),
            "{index}"
        );
        assert!(context.open(&changed, &payload).is_err(), "{index}");
    }
    for index in 0..payload.len() {
        let mut changed = payload.clone();
        changed[index] ^= 1;
        assert_eq!(
            context.open(&header, &changed).unwrap_err(),
            SealedError::Payload
        );
    }
}

/// Seals a plaintext of any kind as an author would who does not keep to the format.
fn sealed_plain(context: &Context, plain: Vec<u8>) -> Result<MessageContent, SealedError> {
    let (mut header, _) = context.seal(HEAD, b"");
    let key = message_key(&context.here(), context.place(), &header);
    let payload = key
        .seal(&associated(&header, context.place()), plain)
        .unwrap();
    header.payload_hash = Sha256::digest(&payload).into();
    context.open(&header, &payload)
}

#[test]
fn plaintexts_that_no_release_writes_are_refused() {
    let context = Context::new();
    let fields = |fields: &[&[u8]]| lp(fields.iter().copied());
    let whole = fields(&[b"", b"t", &[5; 16], b"body"]);
    let padded = |content: &[u8], length: u32, total: usize| {
        let mut plain = [&length.to_be_bytes(), content].concat();
        plain.resize(total, 0);
        plain
    };
    let length = u32::try_from(whole.len()).unwrap();
    assert!(sealed_plain(&context, padded(&whole, length, 192)).is_ok());
    let mut dirty = padded(&whole, length, 192);
    dirty[191] = 1;
    let cases = [
        dirty,
        padded(&whole, length, 191),
        padded(&whole, length, 208),
        padded(&whole, length + 1, 192),
        padded(&whole, length - 1, 192),
        padded(&whole, u32::MAX, 192),
        vec![],
        vec![0; 3],
        padded(&[], 0, 192),
    ];
    for plain in cases {
        let refused = sealed_plain(&context, plain).unwrap_err();
        assert!(
            matches!(refused, SealedError::Format(FormatError::Malformed(_))),
            "{refused}"
        );
    }
    for content in [
        fields(&[b"x", b"t", &[5; 16], b"body"]),
        fields(&[&[0; 47], b"t", &[5; 16], b"body"]),
        fields(&[b"", b"\n", &[5; 16], b"body"]),
        fields(&[b"", &[0xFF], &[5; 16], b"body"]),
        fields(&[b"", &[b't'; 129], &[5; 16], b"body"]),
        fields(&[b"", b"t", &[5; 15], b"body"]),
        fields(&[b"", b"t", &[5; 16]]),
        fields(&[b"", b"t", &[5; 16], b"body", b""]),
    ] {
        let length = u32::try_from(content.len()).unwrap();
        let refused = sealed_plain(&context, padded(&content, length, 192)).unwrap_err();
        assert!(
            matches!(refused, SealedError::Format(FormatError::Malformed(_))),
            "{refused}"
        );
    }
}

#[test]
fn a_message_is_revealed_by_its_key_and_no_other_one_is() {
    let context = Context::new();
    let (one, first) = context.seal(HEAD, b"one");
    let head = MessageHead {
        salt: [9; 16],
        ..HEAD
    };
    let (two, second) = context.seal(head, b"two");
    let revealed = message_key(&context.here(), context.place(), &one).expose();
    let key = MessageKey::from_bytes(&revealed);
    let opened = open_message(&key, context.place(), &one, &first).unwrap();
    assert_eq!(&**opened.body, b"one");
    let refused = open_message(&key, context.place(), &two, &second).unwrap_err();
    assert_eq!(refused, SealedError::Commitment);
    assert_eq!(format!("{key:?}"), "MessageKey(..)");
    assert_eq!(format!("{opened:?}"), "MessageContent { seen: None, .. }");
}

#[test]
fn a_value_of_the_state_is_bound_to_its_path() {
    let state = Context {
        topic: TopicId::state(),
        ..Context::new()
    };
    let at = |kind| MessagePlace {
        kind,
        ..state.place()
    };
    let head = MessageHead {
        lane: [0; 8],
        ..HEAD
    };
    let sealed = seal_message(&state.here(), at("profiles/ada"), head, &content(b"Ada"));
    let (header, payload) = sealed.unwrap();
    let key = message_key(&state.here(), at("profiles/ada"), &header);
    assert!(open_message(&key, at("profiles/ada"), &header, &payload).is_ok());
    let moved = open_message(&key, at("profiles/ben"), &header, &payload);
    assert_eq!(
        moved.unwrap_err(),
        SealedError::Open(OpenError::Authentication)
    );
}

#[test]
fn what_no_reader_would_open_is_not_sealed() {
    let (topic, state) = (Context::new(), TopicId::state());
    let in_state = MessagePlace {
        topic: &state,
        kind: "profiles/ada",
        ..topic.place()
    };
    let kind = MessagePlace {
        kind: "chat.text",
        ..topic.place()
    };
    let edit = |revision| {
        Some(Target {
            change: TargetChange::Edit,
            message: [1; 32],
            revision,
        })
    };
    let head = |lane, target| MessageHead {
        lane: [lane; 8],
        target,
        ..HEAD
    };
    let elsewhere = Epoch::new(SpaceId::from_public_key([9; 32]), 2, Key::new([7; 32]));
    let elsewhere = elsewhere.topic(&topic.topic);
    let (ours, in_the_state) = (&topic.here(), &topic.epoch.topic(&state));
    for (epoch, place, head) in [
        (ours, topic.place(), head(0, None)),
        (ours, topic.place(), head(3, edit(0))),
        (ours, kind, HEAD),
        (in_the_state, in_state, HEAD),
        (in_the_state, in_state, head(0, edit(1))),
        (in_the_state, topic.place(), HEAD),
        (&elsewhere, topic.place(), HEAD),
    ] {
        let refused = seal_message(epoch, place, head, &content(b"x")).unwrap_err();
        assert!(matches!(refused, SealError::Place(_)), "{place:?} {head:?}");
    }
    for (ours, place, head) in [
        (ours, topic.place(), head(3, edit(1))),
        (in_the_state, in_state, head(0, None)),
    ] {
        let (header, payload) = seal_message(ours, place, head, &content(b"x")).unwrap();
        let key = message_key(ours, place, &header);
        assert!(open_message(&key, place, &header, &payload).is_ok());
    }
}
