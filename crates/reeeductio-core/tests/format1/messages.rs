//! Sealed messages and keys that reveal one.

use reeeductio_core::{
    Identity, MessageContent, MessageHead, MessageKey, MessagePlace, SealedError, Seen,
    message_key, open_message, seal_message,
};
use reeeductio_proto::{
    MemberId, MessageId, SealedHeader, SpaceId, Target, TargetChange, TopicId, encoding,
    message_hash,
};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{array, bytes, cases, epoch, hex, member, number, of_format, space, vectors};

struct Place {
    space: SpaceId,
    topic: TopicId,
    kind: String,
    sender: MemberId,
}

impl Place {
    fn of(case: &Value) -> Self {
        Self {
            space: space(case),
            topic: TopicId::parse(case["topic"].as_str().unwrap()).unwrap(),
            kind: case["type"].as_str().unwrap().to_owned(),
            sender: member(&case["sender"]),
        }
    }

    fn place(&self) -> MessagePlace<'_> {
        MessagePlace {
            space: &self.space,
            topic: &self.topic,
            kind: &self.kind,
            sender: &self.sender,
        }
    }
}

fn seen(case: &Value) -> Option<Seen> {
    let seen = case["seen"].as_object()?;
    Some(Seen {
        incarnation: array(&seen["incarnation_hex"]),
        size: seen["size"].as_u64().unwrap(),
        root: array(&seen["root_hex"]),
    })
}

fn target(case: &Value) -> Option<Target> {
    let change = case["change"].as_object()?;
    Some(Target {
        change: if change["delete"].as_bool().unwrap() {
            TargetChange::Delete
        } else {
            TargetChange::Edit
        },
        message: array(&change["target_hex"]),
        revision: number(&change["revision"]),
    })
}

#[test]
fn messages_are_sealed_to_the_same_bytes_and_signed() {
    let all = vectors();
    for case in cases(&all, "messages", "valid") {
        let at = Place::of(case);
        let epoch = epoch(case).topic(&at.topic);
        let head = MessageHead {
            lane: array(&case["lane_hex"]),
            authority: array(&case["authority_hex"]),
            salt: array(&case["salt_hex"]),
            expires: case["expires"].as_u64(),
            target: target(case),
        };
        let content = MessageContent {
            seen: seen(case),
            content_type: case["content_type"].as_str().unwrap().to_owned(),
            client_id: array(&case["client_id_hex"]),
            body: Zeroizing::new(bytes(case, "body")),
        };
        let (header, payload) = seal_message(&epoch, at.place(), head, &content).unwrap();
        assert_eq!(
            header.to_bytes(),
            hex(&case["data_hex"]),
            "{}",
            case["name"]
        );
        let digest = *MessageId::of(&payload).hash();
        assert_eq!(
            digest,
            array::<32>(&case["payload_sha256_hex"]),
            "{}",
            case["name"]
        );
        let key = message_key(&epoch, at.place(), &header);
        assert_eq!(
            open_message(&key, at.place(), &header, &payload).unwrap(),
            content
        );

        let identity = Identity::from_seed(&array(&case["seed_hex"]));
        let previous = case["prev_hash"].as_str();
        let previous = previous.map(|id| MessageId::parse(id).unwrap());
        let data = encoding::encode(&header.to_bytes());
        let hash = message_hash(
            &at.space,
            &at.topic,
            &at.kind,
            previous.as_ref(),
            &data,
            &at.sender,
        );
        assert_eq!(hash.to_string(), case["message_hash"].as_str().unwrap());
        let signature = identity.sign(&hash.to_bytes());
        assert_eq!(signature.to_string(), case["signature"].as_str().unwrap());
    }
}

#[test]
fn messages_that_no_writer_writes_are_refused() {
    let all = vectors();
    let of_case = |case: &Value| {
        let header = match SealedHeader::parse(&hex(&case["data_hex"])) {
            Ok(header) => header,
            Err(error) => return of_format(&error),
        };
        assert_eq!(
            case["reader"], "open",
            "{}: the header is read",
            case["name"]
        );
        let at = Place::of(case);
        let epoch = epoch(case).topic(&at.topic);
        if header.epoch != epoch.number() || header.key_id != epoch.key_id() {
            return "key.missing";
        }
        let key = message_key(&epoch, at.place(), &header);
        let opened = open_message(&key, at.place(), &header, &bytes(case, "payload"));
        match opened.expect_err(case["name"].as_str().unwrap()) {
            SealedError::Payload => "payload.mismatch",
            SealedError::Commitment => "commitment.mismatch",
            SealedError::Open(_) => "client.open",
            SealedError::Format(error) => of_format(&error),
            other => panic!("{other}"),
        }
    };
    for case in cases(&all, "messages", "invalid") {
        assert_eq!(of_case(case), case["error"], "{}", case["name"]);
    }
}

#[test]
fn one_message_is_revealed_by_its_key() {
    let all = vectors();
    let open = |case: &Value| {
        let at = Place::of(case);
        let header = SealedHeader::parse(&hex(&case["data_hex"])).unwrap();
        let key = [hex(&case["key_hex"]), hex(&case["nonce_hex"])].concat();
        let key = MessageKey::from_bytes(&key.try_into().unwrap());
        open_message(&key, at.place(), &header, &hex(&case["payload_hex"]))
    };
    for case in cases(&all, "revealed_keys", "valid") {
        assert_eq!(**open(case).unwrap().body, hex(&case["body_hex"]));
    }
    for case in cases(&all, "revealed_keys", "invalid") {
        let code = match open(case).unwrap_err() {
            SealedError::Commitment => "commitment.mismatch",
            SealedError::Payload => "payload.mismatch",
            SealedError::Open(_) => "client.open",
            other => panic!("{other}"),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}
