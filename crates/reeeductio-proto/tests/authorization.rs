//! Golden data of the authorization rules (`spec/vectors/authorization_roles.json`), as a server admits
//! entries and as everybody reads them in a chain.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes,
    missing_docs
)]

use ed25519_dalek::SigningKey;
use reeeductio_proto::{
    Action, Applied, DataPath, ErrorCode, MemberId, Message, MessageId, Operation, Resource,
    Signature, SpaceId, StatePath, StateWrite, TopicId, Verdict, View, encoding, judge,
    judge_state_write,
};
use serde_json::Value;

const START: i64 = 1_760_000_000_000;

fn public_key(seed: u8) -> [u8; 32] {
    SigningKey::from_bytes(&[seed; 32])
        .verifying_key()
        .to_bytes()
}

fn member(name: &str) -> MemberId {
    match name {
        "owner" | "@o" => MemberId::user(public_key(1)),
        "@a" => MemberId::user(public_key(2)),
        "@b" => MemberId::user(public_key(3)),
        "@c" => MemberId::user(public_key(4)),
        "@t" => MemberId::tool(public_key(5)),
        "@u" => MemberId::tool(public_key(6)),
        other => panic!("{other} is nobody"),
    }
}

fn with_ids(text: &str) -> String {
    ["@o", "@a", "@b", "@c", "@t", "@u"]
        .iter()
        .fold(text.to_owned(), |text, name| {
            text.replace(name, &member(name).to_string())
        })
}

/// Returns the server's decision on the entry as a new one, and whether it changes the view when it is in the chain.
fn write(
    view: &mut View,
    author: MemberId,
    path: &str,
    data: String,
    now: i64,
) -> (Result<(), ErrorCode>, bool) {
    let state_path = StatePath::parse(path).unwrap();
    let entry = StateWrite {
        path: &state_path,
        data: &data,
        existing: None,
        prev: None,
    };
    let admitted = judge_state_write(view, &author, &entry, now).map_err(|refusal| refusal.code());
    let message = Message {
        message_hash: MessageId::of(b""),
        topic_id: TopicId::state(),
        kind: path.to_owned(),
        prev_hash: None,
        data,
        sender: author,
        signature: Signature::from_bytes([0; 64]),
        server_timestamp: now,
    };
    (admitted, view.apply(&message) == Applied::Changed)
}

fn may(view: &View, name: &str, op: &str, resource: &str, now: i64) -> bool {
    let (kind, rest) = resource.split_once('/').unwrap();
    let (state, data, topic) = (
        StatePath::parse(rest),
        DataPath::parse(rest),
        TopicId::parse(rest.trim_end_matches("/messages")),
    );
    let resource = match kind {
        "state" => Resource::State(state.as_ref().unwrap()),
        "data" => Resource::Data(data.as_ref().unwrap()),
        _ => Resource::Topic(topic.as_ref().unwrap()),
    };
    let action = Action {
        op: Operation::parse(op).unwrap(),
        resource,
        owner: None,
    };
    judge(view, &member(name), &action, now) == Verdict::Allow
}

#[test]
fn roles_are_given_as_the_vectors_say() {
    let file = format!(
        "{}/../../spec/vectors/authorization_roles.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    for case in data["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let mut view = View::new(SpaceId::from_public_key(public_key(1)));
        let mut now = START;
        for step in case["steps"].as_array().unwrap() {
            now += 1;
            let text = |at: usize| step[at].as_str().unwrap();
            let data = match &step[2] {
                Value::Null => String::new(),
                body => encoding::encode(with_ids(&body.to_string()).as_bytes()),
            };
            let (admitted, taken_in) =
                write(&mut view, member(text(0)), &with_ids(text(1)), data, now);
            match text(3) {
                "ok" => assert_eq!((admitted, taken_in), (Ok(()), true), "{name}: {step}"),
                "stored" => assert_eq!(
                    (admitted, taken_in),
                    (Err(ErrorCode::AuthInvalidEntry), true),
                    "{name}: {step}"
                ),
                "refused" => assert!(admitted.is_err() && !taken_in, "{name}: {step}"),
                other => panic!("{other} is no outcome"),
            }
        }
        for row in case["allowed"].as_array().unwrap() {
            let text = |at: usize| row[at].as_str().unwrap();
            assert_eq!(
                may(&view, text(0), text(1), &with_ids(text(2)), now),
                row[3].as_bool().unwrap(),
                "{name}: {row}"
            );
        }
    }
}
