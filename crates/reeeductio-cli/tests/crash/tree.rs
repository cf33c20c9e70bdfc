//! The event tree of a space, built anew from its events.

use std::collections::{BTreeMap, HashMap};

use reeeductio_proto::api::{EntryBody, EntryPage};
use reeeductio_proto::tree::{Frontier, TreeHash, empty_root};
use reeeductio_proto::{EventKind, EventLeaf, Message, MessageId, SealedHeader, encoding};
use reeeductio_testkit::Member;
use sha2::{Digest as _, Sha256};

/// One event: a message.
pub(crate) struct Event {
    pub(crate) message: Message,
    /// Digest of the newest message of `state` before it.
    state: [u8; 32],
    header: Option<SealedHeader>,
    /// Whether the server still has the payload.
    pub(crate) has_payload: bool,
}

/// Reads all events of a space without data, by their numbers. Each payload that is there is the one that its message names.
pub(crate) async fn events(member: &Member, topics: &[&str]) -> BTreeMap<u64, Event> {
    let mut events = BTreeMap::new();
    for topic in topics {
        let mut from = 0;
        loop {
            let page = member
                .get(&format!("topics/{topic}/messages?limit=1000&from={from}"))
                .await;
            assert_eq!(page.status, 200, "{page:?}");
            let page: EntryPage = serde_json::from_value(page.json).unwrap();
            for body in page.messages {
                from = body.message.server_timestamp + 1;
                let before = events.insert(body.n, event(body));
                assert!(before.is_none(), "two events have one number");
            }
            if !page.has_more {
                break;
            }
        }
    }
    let last = events.last_key_value().map(|(number, _)| *number + 1);
    assert_eq!(
        last.unwrap_or(0),
        events.len() as u64,
        "an event is missing"
    );
    events
}

fn event(body: EntryBody) -> Event {
    let message = Message::try_from(body.message).unwrap();
    let data = encoding::decode(&message.data).unwrap();
    let header = SealedHeader::parse(&data).ok();
    if let Some(payload) = &body.payload {
        let payload = encoding::decode(payload).unwrap();
        let named = header.as_ref().unwrap().payload_hash;
        assert_eq!(Sha256::digest(payload).as_slice(), named);
    }
    let state = body.state.map(|state| MessageId::parse(&state).unwrap());
    Event {
        state: state.map_or([0; 32], |state| *state.hash()),
        header,
        has_payload: body.payload.is_some(),
        message,
    }
}

/// The root of the tree at each size, from 0.
pub(crate) fn roots(member: &Member, events: &BTreeMap<u64, Event>) -> Vec<TreeHash> {
    let mut frontier = Frontier::default();
    let mut roots = vec![empty_root()];
    let mut newest = HashMap::new();
    for (number, event) in events {
        let topic = &event.message.topic_id;
        let lane = event.header.as_ref().map_or([0; 8], |header| header.lane);
        let leaf = EventLeaf {
            space: &member.space,
            number: *number,
            what: EventKind::Message,
            topic: topic.as_str(),
            lane,
            hash: *event.message.message_hash.hash(),
            timestamp: u64::try_from(event.message.server_timestamp).unwrap(),
            previous: newest.get(topic).copied().unwrap_or([0; 32]),
            state: event.state,
        };
        newest.insert(topic.clone(), leaf.hash());
        frontier.push(leaf.hash());
        roots.push(frontier.root());
    }
    roots
}
