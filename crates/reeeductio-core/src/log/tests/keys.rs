use std::collections::HashMap;

use super::*;
use crate::{Epoch, SealedError};

/// Opens a message, or lets it wait.
fn open(
    waiting: &mut Waiting,
    message: Box<LogMessage>,
    world: &World,
    keys: &HashMap<u32, Epoch>,
) -> Opened {
    let opened = message.open(&world.space, keys);
    if matches!(opened, Opened::KeyMissing { .. }) {
        waiting.keep(message).unwrap();
    }
    opened
}

#[test]
fn a_message_whose_key_comes_late_waits_and_opens_in_its_order() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    world.post(&mut ada, "epoch 0");
    world.rotate();
    for _ in 0..3 {
        world.post(&mut ada, "Ada, epoch 1");
        world.post(&mut bob, "Bob, epoch 1");
    }
    let items = Reader::new(world.space)
        .history(&world.server, &world.topic)
        .unwrap();
    let order = ids(&items);
    let mut keys = HashMap::from([(0, world.epochs[&0].clone())]);
    let mut waiting = Waiting::default();
    // They are read newest first, and one twice.
    for item in items.iter().rev().chain(&items[3..4]) {
        let message = item.clone().into_result().unwrap();
        let opened = open(&mut waiting, message, &world, &keys);
        let is_first = item.verified().unwrap().id() == order[0];
        assert_eq!(matches!(opened, Opened::Content(_)), is_first);
    }
    assert_eq!(waiting.len(), 6);
    assert!(waiting.bytes() > 6 * 208);
    assert!(waiting.take(0).is_empty());
    keys.insert(1, world.epochs[&1].clone());
    let ready = waiting.take(1);
    let ready_ids: Vec<MessageId> = ready.iter().map(|message| message.id()).collect();
    assert_eq!(ready_ids, order[1..]);
    for message in ready {
        assert!(matches!(
            message.open(&world.space, &keys),
            Opened::Content(_)
        ));
    }
    assert!(waiting.is_empty());
    assert_eq!(waiting.bytes(), 0);
}

#[test]
fn waiting_messages_are_bounded_in_count_and_bytes_and_given_back_beyond() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "hi");
    let items = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let message = items[0].clone().into_result().unwrap();
    let fill = |payload: usize, count: u64| {
        let mut waiting = Waiting::default();
        let mut refused = 0;
        for number in 0..count {
            let mut next = message.clone();
            next.number = number;
            next.payload = Payload::Here(vec![0; payload]);
            refused += u64::from(waiting.keep(next).is_err());
        }
        assert_eq!(waiting.len() as u64 + refused, count);
        assert!(waiting.bytes() <= 16 << 20);
        waiting.len()
    };
    assert_eq!(fill(208, 5_000), 4_096);
    let large = fill(65_552, 400);
    assert!((250..256).contains(&large), "{large}");
}

#[test]
fn what_its_author_sealed_wrongly_opens_for_nobody_and_is_said_so() {
    let mut world = World::new();
    let ada = Device::new(&world.ada, 1);
    // Under the keys of another root, but with the epoch's key id.
    let wrong = Epoch::new(world.space, 0, crate::Key::new([99; 32]));
    let right = world.epochs.insert(0, wrong).unwrap();
    let (message, payload) = world.sealed(&ada, &Post::default());
    let data = reeeductio_proto::encoding::decode(&message.data).unwrap();
    let mut header = reeeductio_proto::SealedHeader::parse(&data).unwrap();
    header.key_id = right.key_id();
    let draft = crate::Draft {
        space: &world.space,
        topic: &world.topic,
        kind: crate::SEALED,
        prev_hash: None,
        data: &header.to_bytes(),
    };
    let message = draft.message(&world.ada.user_id(), &world.ada, 0);
    world.server.append(message, Some(payload));
    let items = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let message = items[0].verified().unwrap();
    let opened = message.open(&world.space, &HashMap::from([(0, right)]));
    assert_eq!(opened, Opened::Unreadable(SealedError::Commitment));
}

#[test]
fn a_root_of_another_history_is_no_key_and_accuses_no_author() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "hi");
    let items = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let message = items[0].verified().unwrap();
    // A restored server lost an epoch that this client has the root of, and members began another one of its number.
    let lost = Epoch::new(world.space, 0, crate::Key::new([99; 32]));
    let opened = message.open(&world.space, &HashMap::from([(0, lost)]));
    assert_eq!(opened, Opened::KeyMissing { epoch: 0 });
}

#[test]
fn a_sealed_value_of_the_state_opens_and_a_plain_one_is_plain() {
    use crate::{MessageContent, MessageHead, MessagePlace, seal_message};
    let mut world = World::new();
    let sender = world.owner.user_id();
    let topic = TopicId::state();
    let place = MessagePlace {
        space: &world.space,
        topic: &topic,
        kind: "notes/secret",
        sender: &sender,
    };
    let head = MessageHead {
        lane: [0; 8],
        authority: [0; 32],
        salt: [1; 16],
        expires: None,
        target: None,
    };
    let content = MessageContent {
        seen: None,
        content_type: "text".to_owned(),
        client_id: [1; 16],
        body: zeroize::Zeroizing::new(b"secret".to_vec()),
    };
    let (header, payload) =
        seal_message(&world.epochs[&0].topic(place.topic), place, head, &content).unwrap();
    let message = world.state_message("notes/secret", &header.to_bytes());
    let n = world.server.append(message, Some(payload));
    world.take(n);
    world.write("notes/plain", b"x");
    let items = Reader::new(world.space).read_state(&world.server).unwrap();
    let opened = |at: usize| {
        items[at]
            .verified()
            .unwrap()
            .open(&world.space, &world.epochs)
    };
    let last = items.len() - 1;
    assert_eq!(opened(last), Opened::Plain);
    assert_eq!(opened(last - 1), Opened::Content(content));
}
