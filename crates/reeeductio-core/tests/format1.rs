//! Vectors of sealed format 1 (`spec/vectors/format1.json`), which another implementation wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    missing_docs
)]

use reeeductio_core::{
    EncryptionKey, EncryptionKeyError, Epoch, Identity, Key, MessageContent, MessageHead,
    MessageKey, MessagePlace, OpenError, PreviousError, Record, SealedError, Seen, UnwrapError,
    WrapContext, message_key, open_message, read_shard, roster_hash, seal_message, write_shards,
};
use reeeductio_proto::{
    FormatError, MemberId, MessageId, SealedHeader, Signature, SpaceId, Target, TargetChange,
    TopicId, encoding, lp, message_hash,
};
use serde_json::Value;
use zeroize::Zeroizing;

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../spec/vectors/format1.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex(value).try_into().unwrap()
}

/// Bytes, or a run of one byte.
fn bytes(case: &Value, name: &str) -> Vec<u8> {
    if let Some(length) = case[format!("{name}_length")].as_u64() {
        let [byte] = array(&case[format!("{name}_byte_hex")]);
        return vec![byte; usize::try_from(length).unwrap()];
    }
    hex(&case[format!("{name}_hex")])
}

fn space(case: &Value) -> SpaceId {
    SpaceId::parse(case["space"].as_str().unwrap()).unwrap()
}

fn member(value: &Value) -> MemberId {
    MemberId::parse(value.as_str().unwrap()).unwrap()
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn cases<'a>(all: &'a Value, section: &str, kind: &str) -> &'a Vec<Value> {
    let cases = all[section][kind].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

fn of_format(error: &FormatError) -> &'static str {
    match error {
        FormatError::Unknown { .. } => "format.unknown",
        _ => "format.malformed",
    }
}

#[test]
fn encryption_keys_derive_and_are_signed() {
    let all = vectors();
    for case in cases(&all, "encryption_keys", "valid") {
        let identity = Identity::from_seed(&array(&case["seed_hex"]));
        let (space, id) = (space(case), member(&case["member"]));
        let key = identity.decryption_key(number(&case["generation"]));
        let key = key.encryption_key().unwrap();
        assert_eq!(key.as_bytes(), hex(&case["public_key_hex"]));
        let signature = identity.sign_encryption_key(&space, &id, &key);
        assert_eq!(signature.to_bytes(), array(&case["signature_hex"]));
    }
    for case in cases(&all, "encryption_keys", "invalid") {
        let read = EncryptionKey::verify(
            &space(case),
            &member(&case["member"]),
            number(&case["generation"]),
            &hex(&case["public_key_hex"]),
            &Signature::from_bytes(array(&case["signature_hex"])),
        );
        let code = match read {
            Err(EncryptionKeyError::Key) => "format.malformed",
            Err(EncryptionKeyError::Signature(_)) => "signature.mismatch",
            other => panic!("{}: {other:?}", case["name"]),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}

fn unwrap(case: &Value) -> Result<Epoch, UnwrapError> {
    let identity = Identity::from_seed(&array(&case["seed_hex"]));
    let key = identity.decryption_key(number(&case["generation"]));
    let context = WrapContext {
        space: &space(case),
        recipient: &member(&case["recipient"]),
        issuer: &member(&case["issuer"]),
        epoch: number(&case["epoch"]),
        commitment: &array(&case["commitment_hex"]),
    };
    key.unwrap(context, &hex(&case["sealed_hex"]))
}

#[test]
fn wraps_of_another_implementation_open() {
    let all = vectors();
    for case in cases(&all, "wraps", "valid") {
        let epoch = unwrap(case).unwrap();
        assert_eq!(*epoch.root().expose(), array(&case["root_hex"]));
    }
    for case in cases(&all, "wraps", "invalid") {
        let code = match unwrap(case).unwrap_err() {
            UnwrapError::Authentication => "client.open",
            UnwrapError::Format(error) => of_format(&error),
            UnwrapError::Root(_) => "keyring.wrong_root",
            other => panic!("{}: {other}", case["name"]),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}

fn epoch(case: &Value) -> Epoch {
    let root = Key::new(array(&case["root_hex"]));
    Epoch::new(space(case), number(&case["epoch"]), root)
}

#[test]
fn epochs_commit_to_their_roots_and_give_the_one_before() {
    let all = vectors();
    for case in cases(&all, "epochs", "valid") {
        let epoch = epoch(case);
        assert_eq!(*epoch.commitment(), array(&case["commitment_hex"]));
        assert_eq!(epoch.key_id(), array(&case["key_id_hex"]));
        for (topic, key) in case["topic_keys_hex"].as_object().unwrap() {
            let topic = TopicId::parse(topic).unwrap();
            assert_eq!(*epoch.topic_key(&topic).expose(), array(key));
        }
        if case["previous_hex"].is_string() {
            let commitment = array(&case["commitment_before_hex"]);
            let sealed = hex(&case["previous_hex"]);
            let before = epoch.open_previous(&sealed, &commitment).unwrap();
            assert_eq!(epoch.seal_previous(&before).unwrap(), sealed);
        }
    }
    for case in cases(&all, "epochs", "invalid") {
        let commitment = array(&case["commitment_before_hex"]);
        let opened = epoch(case).open_previous(&hex(&case["previous_hex"]), &commitment);
        let code = match opened.unwrap_err() {
            PreviousError::Open(OpenError::Length(_)) => "format.malformed",
            PreviousError::Open(_) => "client.open",
            PreviousError::Wrong(_) => "keyring.wrong_root",
            other => panic!("{}: {other}", case["name"]),
        };
        assert_eq!(code, case["error"], "{}", case["name"]);
    }
}

/// The bytes of a shard with these members, in this order, each with the same wrap.
fn shard_of(case: &Value, wraps: &[Value]) -> Vec<u8> {
    let members = case["members"].as_array().unwrap();
    let wrap = hex(&wraps[usize::try_from(case["wrap"].as_u64().unwrap()).unwrap()]["sealed_hex"]);
    let mut bytes = vec![1, u8::try_from(members.len()).unwrap()];
    for id in members {
        bytes.extend_from_slice(&member(id).to_bytes());
        bytes.extend(lp([wrap.as_slice()]));
    }
    bytes
}

#[test]
fn shards_and_rosters_are_the_same_bytes() {
    let all = vectors();
    let wraps = cases(&all, "wraps", "valid");
    for case in cases(&all, "shards", "valid") {
        let wrap =
            hex(&wraps[usize::try_from(case["wrap"].as_u64().unwrap()).unwrap()]["sealed_hex"]);
        let members = case["members"].as_array().unwrap();
        let records: Vec<Record> = members
            .iter()
            .map(|id| Record {
                member: member(id),
                wrap: wrap.clone(),
            })
            .collect();
        let written = write_shards(records.clone()).unwrap();
        assert_eq!(written.len(), 1, "{}", case["name"]);
        let digest = MessageId::of(&written[0].1);
        assert_eq!(
            *digest.hash(),
            array::<32>(&case["shard_sha256_hex"]),
            "{}",
            case["name"]
        );
        assert_eq!(read_shard(&written[0].1).unwrap(), records);
    }
    for case in cases(&all, "shards", "invalid") {
        // One that begins before the end of the one before it is refused by whoever reads both.
        if !case["after"].is_null() {
            continue;
        }
        let shard = if case["shard_hex"].is_string() {
            hex(&case["shard_hex"])
        } else {
            shard_of(case, wraps)
        };
        let error = read_shard(&shard).unwrap_err();
        assert_eq!(of_format(&error), case["error"], "{}", case["name"]);
    }
    for case in all["rosters"].as_array().unwrap() {
        let members: Vec<MemberId> = case["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(member)
            .collect();
        let hash = roster_hash(&space(case), number(&case["epoch"]), &members);
        assert_eq!(hash, array(&case["roster_hash_hex"]));
    }
}

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
        let (at, epoch) = (Place::of(case), epoch(case));
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
        let (at, epoch) = (Place::of(case), epoch(case));
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
