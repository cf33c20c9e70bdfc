//! Messages as they are served.

use reeeductio_core::Draft;
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{Message, MessageId, Signature, SpaceId, TopicId};

use crate::cast;

/// A message that is read is written as the same JSON and read as the same message. One that somebody signed
/// verifies, and no longer does once any field but the server's time is another.
pub fn check(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<MessageBody>(data) else {
        return;
    };
    let Ok(message) = Message::try_from(body.clone()) else {
        return;
    };
    let mut json = Vec::new();
    message.write_json(&mut json);
    let written: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(written, serde_json::to_value(&body).unwrap());
    assert_eq!(written.as_object().unwrap().len(), 8, "exactly eight keys");
    let again: MessageBody = serde_json::from_value(written).unwrap();
    assert_eq!(Message::try_from(again).as_ref(), Ok(&message));

    let (space, keys) = (cast::space(), cast::owner());
    if message.verify_by_sender(&space).is_ok() {
        assert_eq!(message.compute_hash(&space), message.message_hash);
        no_other_verifies(&message, &space);
    }
    let draft = Draft {
        space: &space,
        topic: &message.topic_id,
        kind: &message.kind,
        prev_hash: message.prev_hash,
        data: message.data.as_bytes(),
    };
    let signed = draft.message(&keys.user_id(), &keys, message.server_timestamp);
    assert_eq!(signed.verify_by_sender(&space), Ok(()));
    no_other_verifies(&signed, &space);
}

fn no_other_verifies(message: &Message, space: &SpaceId) {
    let changes: [fn(&mut Message); 8] = [
        |message| message.kind.push('x'),
        |message| message.data.push_str("AAAA"),
        |message| message.topic_id = TopicId::parse("elsewhere").unwrap(),
        |message| message.prev_hash = Some(MessageId::of(b"another")),
        |message| message.message_hash = MessageId::of(b"another"),
        |message| message.sender = cast::actors()[4].id,
        |message| message.signature = flipped(&message.signature, 0),
        |message| message.signature = flipped(&message.signature, 63),
    ];
    for change in changes {
        let mut changed = message.clone();
        change(&mut changed);
        if changed != *message {
            assert!(changed.verify_by_sender(space).is_err(), "{changed:?}");
        }
    }
    let elsewhere = cast::actors()[2].keys.space_id();
    assert!(message.verify_by_sender(&elsewhere).is_err());
}

/// The signature with a bit of one byte turned.
fn flipped(signature: &Signature, index: usize) -> Signature {
    let mut bytes = signature.to_bytes();
    bytes[index] ^= 1;
    Signature::from_bytes(bytes)
}
