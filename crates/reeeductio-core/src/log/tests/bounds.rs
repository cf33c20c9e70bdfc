//! Memory stays bounded, whatever a server shows.

use reeeductio_proto::tree::Frontier;
use reeeductio_proto::{Lane, MemberId};

use super::*;

const HOSTILE: u64 = 1 << 20;

fn member(n: u64) -> MemberId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&n.to_be_bytes());
    MemberId::user(key)
}

fn tail(number: u64) -> Tail {
    Tail {
        leaf: Frontier::default().root(),
        number,
        timestamp: i64::try_from(number).unwrap(),
    }
}

fn lane_record(topic: &TopicId, n: u64) -> LogRecord {
    let hash = MessageId::of(&n.to_be_bytes());
    LogRecord::Lane {
        topic: topic.clone(),
        lane: Lane {
            member: member(n),
            id: [1; 8],
        },
        tail: LaneTail {
            hash,
            prev_hash: None,
            number: n,
            authority: [0; 32],
        },
    }
}

#[test]
fn a_million_lanes_and_topics_take_bounded_memory() {
    let world = World::new();
    let mut log = Log::new(world.space);
    let many: Vec<TopicId> = (0..40_000)
        .map(|n| TopicId::parse(&format!("topic-{n}")).unwrap())
        .collect();
    for (number, topic) in (0..).zip(&many) {
        log.apply(&LogRecord::Topic {
            topic: topic.clone(),
            tail: tail(number),
            is_whole: true,
        });
        log.apply(&lane_record(topic, number));
    }
    let [topics, lanes, ..] = log.remembered();
    assert_eq!((topics, lanes), (16_384, 16_384));
    // All in one topic, and then all over.
    let last = many.last().unwrap();
    for n in 0..HOSTILE {
        log.apply(&lane_record(last, n));
    }
    assert_eq!(log.remembered()[..2], [16_384, 65_536]);
    for (n, topic) in (0..HOSTILE / 4).zip(many.iter().rev().take(16_384).cycle()) {
        log.apply(&lane_record(topic, HOSTILE + n));
    }
    let [topics, lanes, ..] = log.remembered();
    assert_eq!(topics, 16_384);
    assert!(lanes <= 65_536);
}

#[test]
fn a_million_hostile_messages_leave_what_is_remembered_bounded() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "hi");
    let target = world.post(&mut ada, "target");
    let edit = world.change(&mut ada, reeeductio_proto::TargetChange::Edit, target, 1);
    let items = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let find = |id: MessageId| {
        { items.iter() }
            .filter_map(LogItem::verified)
            .find(|message| message.id() == id)
    };
    let (plain, edit) = (find(target).unwrap(), find(edit).unwrap());
    let mut revisions = Revisions::default();
    for number in 0..HOSTILE {
        // Each claims to be another message without a payload, or to change another one.
        let mut message = if number % 2 == 0 {
            plain.clone()
        } else {
            edit.clone()
        };
        let mut shared = message.message.clone().into_message();
        shared.message_hash = MessageId::of(&number.to_be_bytes());
        message.message = crate::VerifiedMessage::new(std::sync::Arc::new(shared));
        message.number = number;
        message.payload = Payload::Missing;
        if let Some(header) = &mut message.header
            && let Some(target) = &mut header.target
        {
            target.message[..8].copy_from_slice(&number.to_be_bytes());
        }
        revisions.note(&message, Some(number));
    }
    assert_eq!(revisions.remembered(), [65_536; 3]);
    // Forgotten messages accuse nobody.
    assert!(revisions.settle(&world.topic, HOSTILE).is_empty());
    // Many changes of one message: the newest ones count.
    let mut revisions = Revisions::default();
    for number in 0..10_000 {
        let mut message = edit.clone();
        message.number = number;
        if let Some(header) = &mut message.header
            && let Some(target) = &mut header.target
        {
            target.revision = u32::try_from(number).unwrap() + 1;
        }
        revisions.note(&message, None);
    }
    let Standing::Edited { revision, .. } = revisions.standing(plain) else {
        panic!("it is edited");
    };
    assert_eq!(revision, 10_000);
    // Many changes of many messages.
    let mut revisions = Revisions::default();
    for number in 0..HOSTILE {
        let mut message = edit.clone();
        message.number = number;
        if let Some(header) = &mut message.header
            && let Some(target) = &mut header.target
        {
            target.message[..8].copy_from_slice(&(number / 64).to_be_bytes());
        }
        revisions.note(&message, None);
    }
    assert!(revisions.remembered()[1] <= 262_144);
}

#[test]
fn a_million_sightings_are_bounded() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "hi");
    let mut log = Log::new(world.space);
    for n in 0..HOSTILE {
        log.apply(&LogRecord::Seen(Box::new(Sighting {
            topic: world.topic.clone(),
            lane: Lane {
                member: member(n),
                id: [1; 8],
            },
            message: MessageId::of(&n.to_be_bytes()),
            number: n,
            seen: Seen {
                incarnation: [1; 8],
                size: n,
                root: [1; 32],
            },
            verdict: SeenVerdict::Unproven,
        })));
    }
    assert_eq!(log.remembered()[2], 65_536);
    assert!(log.ask_seen().is_none());
}

#[test]
fn a_reader_that_goes_backwards_is_bounded_too() {
    let mut world = World::new();
    let ada = Device::new(&world.ada, 1);
    let (message, payload) = world.sealed(&ada, &Post::default());
    world.server.append(message, Some(payload));
    let newest = usize::try_from(world.server.size()).unwrap() - 1;
    let mut entry = entry::Linked::new(&world.space, world.server.entry(newest), [0; 32]);
    let mut cursor = Cursor::new(&entry, 0);
    for n in 0..HOSTILE {
        entry.lane.member = member(n);
        cursor.take(&entry, None);
        cursor.pass(&entry);
    }
    assert_eq!(cursor.lanes(), 65_536);
}

#[test]
fn own_notes_and_incarnations_are_bounded() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let first = reader.log.name_seen().unwrap().0;
    for _ in 0..100 {
        world.post(&mut ada, "hi");
        reader.follow(&world.server, &world.topic).unwrap();
        reader.log.name_seen().unwrap();
    }
    assert_eq!(reader.log.kept_checkpoint(first.size), None);
    let newest = reader.log.checkpoint().unwrap().size;
    assert!(reader.log.kept_checkpoint(newest - 60).is_some());
}
