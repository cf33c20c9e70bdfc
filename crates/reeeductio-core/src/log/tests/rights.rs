use reeeductio_proto::Operation;

use super::*;
use crate::Identity;

fn follow(world: &World) -> Vec<&'static str> {
    let items = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let backward = Reader::new(world.space)
        .history(&world.server, &world.topic)
        .unwrap();
    assert_eq!(codes(&backward), codes(&items));
    codes(&items)
}

#[test]
fn a_message_after_the_removal_of_its_sender_is_refused_in_the_same_millisecond_too() {
    let mut world = World::new();
    let mut bob = Device::new(&world.bob, 2);
    world.post(&mut bob, "member");
    let removed = world.bob.clone();
    world.remove(&removed);
    // Whatever time the server gives it.
    world.server.now -= 1;
    world.post(&mut bob, "removed");
    assert_eq!(follow(&world), ["ok", "verify.unauthorized"]);
}

#[test]
fn a_server_that_puts_a_message_before_a_removal_is_caught_by_the_numbers() {
    let mut world = World::new();
    let bob = Device::new(&world.bob, 2);
    let before = world.state.head().map(|head| head.hash);
    let (message, payload) = world.sealed(&bob, &Post::default());
    let removed = world.bob.clone();
    world.remove(&removed);
    world.server.append_at(message, Some(payload), before);
    assert_eq!(follow(&world), ["verify.state_fork"]);
}

#[test]
fn a_removal_that_was_hidden_while_later_messages_were_shown_is_caught_when_it_appears() {
    let mut world = World::new();
    let (mut ada, bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 2));
    let before = world.state.head().map(|head| head.hash);
    let (message, payload) = world.sealed(&bob, &Post::default());
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let removed = world.bob.clone();
    world.remove(&removed);
    // The reader is shown the message with a state that hides the removal.
    world.server.append_at(message, Some(payload), before);
    let shown = reader.follow(&world.server, &world.topic).unwrap();
    assert_eq!(codes(&shown), ["ok"]);
    world.post(&mut ada, "names the removal");
    let caught = reader.follow(&world.server, &world.topic).unwrap_err();
    assert_eq!(caught.code(), "verify.state_fork");
}

#[test]
fn a_message_that_names_a_state_in_another_history_is_refused() {
    let mut world = World::new();
    let ada = Device::new(&world.ada, 1);
    let (message, payload) = world.sealed(&ada, &Post::default());
    let unknown = world.state_message("notes/x", b"").message_hash;
    world
        .server
        .append_at(message, Some(payload), Some(unknown));
    let error = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap_err();
    assert_eq!(error.code(), "verify.state_fork");
}

#[test]
fn what_was_written_with_a_right_stays_after_the_right_is_gone() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 2));
    world.post(&mut bob, "member");
    let removed = world.bob.clone();
    world.remove(&removed);
    world.post(&mut ada, "hi");
    world.admit(&removed);
    world.post(&mut bob, "member again");
    assert_eq!(follow(&world), ["ok"; 3]);
}

#[test]
fn a_stranger_and_a_member_without_the_right_are_refused() {
    let mut world = World::new();
    let mut stranger = Device::new(&Identity::from_seed(&[8; 32]), 1);
    world.post(&mut stranger, "let me in");
    let guest = Identity::from_seed(&[9; 32]);
    world.own(&crate::state_entry::user(guest.user_id(), None).unwrap());
    world.give(&guest, Operation::Create, "topics/guests");
    world.post(&mut Device::new(&guest, 1), "wrong topic");
    assert_eq!(follow(&world), ["verify.unauthorized"; 2]);
}

#[test]
fn a_message_under_a_superseded_epoch_is_refused_and_one_sealed_again_is_not() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "epoch 0");
    // A draft made before the rotation.
    let (late, payload) = world.sealed(&ada, &Post::default());
    assert_eq!(world.rotate(), 1);
    world.server.append(late, Some(payload));
    // The draft is sealed and signed again, behind the lane's head at an honest server.
    world.post(
        &mut Device {
            lane: [7; 8],
            head: None,
            ..ada
        },
        "epoch 1",
    );
    assert_eq!(follow(&world), ["ok", "epoch.superseded", "ok"]);
}

#[test]
fn a_key_id_of_another_epoch_is_refused() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let other = crate::Epoch::new(world.space, 0, crate::Key::new([77; 32]));
    world.epochs.insert(0, other);
    world.post(&mut ada, "a root of my own");
    assert_eq!(follow(&world), ["epoch.superseded"]);
}

#[test]
fn authority_that_was_not_there_yet_or_never_was_is_refused() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    let settings = world.set(|settings| settings.retention_days = None);
    for authority in [[9; 32], *settings.hash()] {
        let post = Post {
            authority: Some(authority),
            ..Post::default()
        };
        world.send(&mut ada, &post);
    }
    // The server has appended it before the authority that it names.
    let before = world.state.head().map(|head| head.hash);
    let carol = Identity::from_seed(&[9; 32]);
    let admitted = world.own(&crate::state_entry::user(carol.user_id(), None).unwrap());
    let post = Post {
        authority: Some(*admitted.hash()),
        ..Post::default()
    };
    let (message, payload) = world.sealed(&bob, &post);
    let mut other = World::new();
    other.server = world.server.backup(world.server.size() - 1);
    other.server.append_at(message, Some(payload), before);
    let event = world.server.events.last().unwrap().message.clone();
    other.server.append(event, None);
    assert_eq!(follow(&other), ["authority.unknown"; 3]);
    // No authority at all is what a message says in a space without any.
    let post = Post {
        authority: Some([0; 32]),
        ..Post::default()
    };
    world.send(&mut bob, &post);
    assert_eq!(follow(&world).last(), Some(&"ok"));
}

#[test]
fn a_message_of_another_place_is_refused() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 0);
    world.post(&mut ada, "without a lane");
    assert_eq!(follow(&world), ["format.malformed"]);
}
