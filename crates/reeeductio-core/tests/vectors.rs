//! Golden data of the base protocol (`spec/vectors`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    missing_docs
)]

use reeeductio_core::{
    BlobHasher, Draft, Identity, Key, MemberSecrets, OpenError, SealedBlob, SpaceKeys, WrapKey,
    open, open_in, register_space, seal, seal_in, sign_entry, state_entry, user_data_key,
    user_message_key,
};
use reeeductio_proto::{DataPath, MemberId, MessageId, SpaceId, TopicId, encoding};
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

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn sealing_writes_nonce_ciphertext_tag() {
    let data = vectors("aes_gcm");
    let cases = data["vectors"].as_array().unwrap();
    for vector in cases {
        let context = if vector["aad_hex"].is_null() {
            Vec::new()
        } else {
            hex(&vector["aad_hex"])
        };
        let key = Key::new(array(&vector["key_hex"]));
        let plain = hex(&vector["plaintext_hex"]);
        let wire = seal_in(&context, &key, array(&vector["nonce_hex"]), &plain).unwrap();
        assert_eq!(wire, hex(&vector["wire_hex"]), "{}", vector["name"]);
        assert_eq!(encoding::encode(&wire), text(&vector["wire_base64"]));
        assert_eq!(open_in(&context, &key, &wire).unwrap(), plain);
        if context.is_empty() {
            assert_eq!(
                seal(&key, array(&vector["nonce_hex"]), &plain).unwrap(),
                wire
            );
            assert_eq!(open(&key, &wire).unwrap(), plain);
        }
    }
    assert!(cases.len() >= 5);
    assert_eq!(
        SealedBlob::open(&Key::new([0; 32]), &[0; 27]),
        Err(OpenError::Length(27))
    );
}

#[test]
fn credentials_of_both_published_clients_open_and_are_written_alike() {
    let data = vectors("aes_gcm");
    let data = &data["opaque_credential_blob"];
    let key = WrapKey::from_export_key(&hex(&data["export_key_hex"]));
    let user_key: [u8; 32] = array(&data["user_symmetric_key_hex"]);
    for (form, user_key) in [("python_0_1_1", Some(user_key)), ("typescript_0_1_0", None)] {
        let wire = encoding::decode(text(&data[form]["wire_base64"])).unwrap();
        let secrets = key.open(&wire).unwrap();
        assert_eq!(
            secrets.identity.seed().to_vec(),
            hex(&data["private_key_hex"])
        );
        assert_eq!(
            secrets.symmetric_root.expose().to_vec(),
            hex(&data["symmetric_root_hex"])
        );
        assert_eq!(secrets.user_key.as_ref().map(|key| *key.expose()), user_key);
        assert_eq!(key.seal(array(&data["nonce_hex"]), &secrets).unwrap(), wire);
        assert_eq!(wire.len() as u64, data[form]["wire_len"].as_u64().unwrap());
    }
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
            "state_key" => keys.state(),
            "user_data_key" => user_data_key(&user, &space),
            "user_message_key" => user_message_key(&user, &space),
            topic => {
                let topic = topic.trim_start_matches("topic_key[").trim_end_matches(']');
                keys.topic(&TopicId::parse(topic).unwrap())
            }
        };
        assert_eq!(key.expose().to_vec(), hex(&vector["hex"]), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 10);
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
        let sender = MemberId::parse(text("sender")).unwrap();
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
            &MemberId::parse(vector["signed_by"].as_str().unwrap()).unwrap(),
            &identity,
        );
        assert_eq!(serde_json::to_value(body).unwrap(), vector["put_body"]);
    }
}

#[test]
fn blob_ids_are_those_of_published_clients_however_the_bytes_arrive() {
    let data = vectors("blob_auth_registration");
    for vector in data["blob_ids"].as_array().unwrap() {
        let bytes = hex(&vector["data_hex"]);
        for size in [1, 3, 1000] {
            let mut hasher = BlobHasher::default();
            bytes.chunks(size).for_each(|chunk| hasher.update(chunk));
            assert_eq!(hasher.finish().to_string(), text(&vector["blob_id"]));
        }
    }
}

#[test]
fn challenges_are_signed_as_published_clients_do() {
    let data = vectors("blob_auth_registration");
    let vector = &data["challenge"];
    let identity = Identity::from_seed(&array(&vector["seed_hex"]));
    assert_eq!(identity.user_id().to_string(), text(&vector["public_key"]));
    let signature = identity.sign(text(&vector["challenge"]).as_bytes());
    assert_eq!(signature.to_string(), text(&vector["signature"]));
}

#[test]
fn spaces_are_registered_as_published_clients_do() {
    let data = vectors("blob_auth_registration");
    let vector = &data["space_registration"];
    let space = Identity::from_seed(&array(&vector["space_seed_hex"]));
    let created_by = MemberId::parse(text(&vector["json"]["created_by"])).unwrap();
    let created_at = vector["json"]["created_at"].as_i64().unwrap();
    let registration = register_space(&space, created_by, created_at);
    let [entry, index] = state_entry::registration(&registration).unwrap();
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(entry.path.as_str(), text(&vector["state_path"]));
    assert_eq!(json(&entry.value), vector["json"]);
    assert_eq!(index.path.as_str(), text(&vector["index_state_path"]));
    assert_eq!(json(&index.value), vector["index_json"]);
}

/// The server's side, for vectors that were made with another server.
struct ServerSuite;

impl opaque_ke::CipherSuite for ServerSuite {
    type OprfCs = opaque_ke::Ristretto255;
    type KeyExchange = opaque_ke::TripleDh<opaque_ke::Ristretto255, sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

#[test]
fn passwords_registered_by_either_published_client_open() {
    use opaque_ke::{CredentialRequest, ServerLogin, ServerLoginParameters, ServerRegistration};
    use rand_chacha::rand_core::SeedableRng as _;
    use reeeductio_core::password::{PasswordError, PasswordLogin, Stretching};

    let data = vectors("opaque");
    let setup = opaque_ke::ServerSetup::<ServerSuite>::deserialize(&hex(&data["server_setup_hex"]))
        .unwrap();
    let log_in = |vector: &Value, password: &str| {
        let (login, request) =
            PasswordLogin::start([[1; 32], [2; 32]], password.as_bytes()).unwrap();
        let file = ServerRegistration::deserialize(&hex(&vector["password_file_hex"])).unwrap();
        let answer = ServerLogin::<ServerSuite>::start(
            &mut rand_chacha::ChaCha20Rng::from_seed([3; 32]),
            &setup,
            Some(file),
            CredentialRequest::deserialize(&request).unwrap(),
            text(&vector["username"]).as_bytes(),
            ServerLoginParameters::default(),
        )
        .unwrap();
        login.finish(password.as_bytes(), &answer.message.serialize())
    };
    let mut checked = 0;
    for (client, usual) in [
        ("python", Stretching::Python),
        ("typescript", Stretching::TypeScript),
    ] {
        for vector in data[client].as_array().unwrap() {
            let finished = log_in(vector, text(&vector["password"])).unwrap();
            let unusual = vector["username"] == "erin";
            let expected = if unusual { Stretching::Python } else { usual };
            assert_eq!(finished.stretching, expected);
            let key = WrapKey::from_export_key(&hex(&vector["export_key_hex"]));
            let secrets = MemberSecrets {
                identity: Identity::from_seed(&[4; 32]),
                symmetric_root: Key::new([5; 32]),
                user_key: None,
            };
            let sealed = key.seal([6; 12], &secrets).unwrap();
            let opened = finished.wrap_key.open(&sealed).unwrap();
            assert_eq!(opened.identity.public_key(), secrets.identity.public_key());
            checked += 1;
        }
    }
    assert_eq!(checked, 5);
    let refused = log_in(&data["python"][0], "another").unwrap_err();
    assert_eq!(refused, PasswordError::Wrong);
}
