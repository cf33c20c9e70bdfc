//! Golden data of the base protocol (`spec/vectors`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    missing_docs
)]

use reeeductio_core::{
    Draft, Identity, Key, OpenError, SealedBlob, SpaceKeys, open, seal, sign_entry, user_data_key,
};
use reeeductio_proto::{DataPath, MessageId, SpaceId, TopicId, encoding};
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = format!(
        "{}/../../spec/vectors/{name}.json",
        env!("CARGO_MANIFEST_DIR")
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

#[test]
fn sealing_writes_nonce_ciphertext_tag() {
    let data = vectors("aes_gcm");
    let mut checked = 0;
    for vector in data["vectors"].as_array().unwrap() {
        // The base protocol's spaces use no associated data.
        if !vector["aad_hex"].is_null() && !hex(&vector["aad_hex"]).is_empty() {
            continue;
        }
        let key = Key::new(array(&vector["key_hex"]));
        let plain = hex(&vector["plaintext_hex"]);
        let wire = seal(&key, array(&vector["nonce_hex"]), &plain);
        assert_eq!(wire, hex(&vector["wire_hex"]), "{}", vector["name"]);
        assert_eq!(
            encoding::encode(&wire),
            vector["wire_base64"].as_str().unwrap()
        );
        assert_eq!(open(&key, &wire).unwrap(), plain);
        checked += 1;
    }
    assert!(
        checked >= 3,
        "only {checked} vectors without associated data"
    );
    assert_eq!(
        SealedBlob::open(&Key::new([0; 32]), &[0; 27]),
        Err(OpenError::Length(27))
    );
}

#[test]
fn keys_derive_as_published_clients_do() {
    let data = vectors("key_derivation");
    let space = SpaceId::parse(data["space_id"].as_str().unwrap()).unwrap();
    let keys = SpaceKeys::derive(&Key::new(array(&data["symmetric_root_hex"])), &space);
    let user = Key::new(array(&data["user_symmetric_key_hex"]));
    let mut checked = 0;
    for vector in data["keys"].as_array().unwrap() {
        let name = vector["name"].as_str().unwrap();
        let key = match name {
            "message_key" => keys.message().clone(),
            "data_key" => keys.data().clone(),
            "state_key" => keys.topic(&TopicId::state()),
            "user_data_key" => user_data_key(&user, &space),
            // No client uses it.
            "user_message_key" => continue,
            topic => {
                let topic = topic.trim_start_matches("topic_key[").trim_end_matches(']');
                keys.topic(&TopicId::parse(topic).unwrap())
            }
        };
        assert_eq!(key.expose().to_vec(), hex(&vector["hex"]), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 9);
}

#[test]
fn messages_are_hashed_and_signed_as_published_clients_do() {
    let data = vectors("messages");
    for vector in data["chain"]
        .as_array()
        .unwrap()
        .iter()
        .chain(data["misc"].as_array().unwrap())
    {
        let text = |name: &str| vector[name].as_str().unwrap();
        let Ok(raw) = encoding::decode(text("data")) else {
            continue;
        };
        let identity = Identity::from_seed(&array(&vector["sender_seed_hex"]));
        let sender = reeeductio_proto::MemberId::parse(text("sender")).unwrap();
        let draft = Draft {
            space: &SpaceId::parse(text("space_id")).unwrap(),
            topic: &TopicId::parse(text("topic_id")).unwrap(),
            kind: text("type"),
            prev_hash: vector["prev_hash"]
                .as_str()
                .filter(|hash| !hash.is_empty())
                .map(|hash| MessageId::parse(hash).unwrap()),
            data: &raw,
        };
        let (hash, body) = draft.sign(&sender, &identity);
        assert_eq!(hash.to_string(), text("message_hash"));
        assert_eq!(hash.to_bytes().to_vec(), hex(&vector["signed_bytes_hex"]));
        assert_eq!(body.signature, text("signature"));
    }
}

#[test]
fn data_entries_are_signed_as_published_clients_do() {
    for vector in vectors("data_signatures")["vectors"].as_array().unwrap() {
        let identity = Identity::from_seed(&array(&vector["seed_hex"]));
        let Ok(path) = DataPath::parse(vector["path"].as_str().unwrap()) else {
            continue;
        };
        let body = sign_entry(
            &SpaceId::parse(vector["space_id"].as_str().unwrap()).unwrap(),
            &path,
            &hex(&vector["data_hex"]),
            vector["signed_at"].as_i64().unwrap(),
            &reeeductio_proto::MemberId::parse(vector["signed_by"].as_str().unwrap()).unwrap(),
            &identity,
        );
        assert_eq!(serde_json::to_value(body).unwrap(), vector["put_body"]);
    }
}
