use reeeductio_proto::{Capability, MemberId, Operation};

use super::restores::{accept, restore};
use super::*;

/// Members go on from what the server has: nobody gives back what is lost.
fn forget_lost(world: &mut World) {
    world.state = StateChain::new(world.space);
    for n in 0..world.server.events.len() {
        if world.server.events[n].message.topic_id.is_state() {
            world.take(n as u64);
        }
    }
}

/// A message of a member for the state, stored by the server.
fn write_as(world: &mut World, author: &crate::Identity, entry: &crate::StateEntry) {
    let draft = crate::Draft {
        space: &world.space,
        topic: &TopicId::state(),
        kind: entry.path.as_str(),
        prev_hash: world.state.head().map(|head| head.hash),
        data: entry.value.as_bytes(),
    };
    let message = draft.message(&author.user_id(), author, 0);
    let id = message.message_hash;
    let n = world.server.append(message, None);
    world.take(n);
    assert_eq!(world.state.refusal(&id), None);
}

#[test]
fn others_that_write_on_after_a_restore_are_believed_and_nobody_whom_a_removed_member_lets_in() {
    let mut world = World::new();
    let bob = world.bob.clone();
    let right = Capability::new(Operation::Create, "state/auth/users/{any}").unwrap();
    let right = crate::state_entry::right_of_member(bob.user_id(), "users", &right);
    world.own(&right.unwrap());
    let size = world.server.size();
    world.remove(&bob);
    let dave = crate::Identity::from_seed(&[8; 32]);
    world.admit(&dave);
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let statement = restore(&mut world, size);
    assert!(accept(&mut reader, &statement).unwrap().state > 1);
    forget_lost(&mut world);

    // By the server's chain he may do so.
    let mallory = crate::Identity::from_seed(&[7; 32]);
    let entry = crate::state_entry::user(mallory.user_id(), None).unwrap();
    write_as(&mut world, &bob, &entry);
    world.give(&mallory, Operation::Create, "topics/{any}");
    let carol = crate::Identity::from_seed(&[9; 32]);
    world.admit(&carol);
    world.rotate();
    for (author, lane) in [(&mallory, 1), (&carol, 2), (&bob, 3), (&dave, 4)] {
        world.post(&mut Device::new(author, lane), "hi");
    }
    let ada = world.ada.clone();
    world.post(&mut Device::new(&ada, 5), "hi");
    // Dave is no member of the server's any more, whatever was known.
    let (no, ok) = ("verify.unauthorized", "ok");
    let now = world.server.now;
    for mut reader in [reader.restarted(), reader.clone()] {
        let items = reader.follow(&world.server, &world.topic).unwrap();
        assert_eq!(codes(&items), [no, ok, no, no, ok]);
        let mut undone = [bob.user_id(), mallory.user_id()];
        undone.sort_unstable_by_key(MemberId::to_bytes);
        assert_eq!(reader.log.undone(&reader.state, now), undone);
        for reader in [&mut reader.restarted(), &mut reader] {
            let items = reader.history(&world.server, &world.topic).unwrap();
            assert_eq!(codes(&items), [no, ok, no, no, ok]);
        }
    }
    // The owner decides again.
    world.remove(&bob);
    world.remove(&mallory);
    world.admit(&dave);
    world.rotate();
    world.post(&mut Device::new(&dave, 6), "hi");
    let items = reader.follow(&world.server, &world.topic).unwrap();
    assert_eq!(codes(&items), [no, ok, no, no, ok, ok]);
    assert!(
        reader
            .log
            .undone(&reader.state, world.server.now)
            .is_empty()
    );
}

#[test]
fn a_second_restore_keeps_in_force_what_the_first_has_lost() {
    let mut world = World::new();
    let (bob, ada) = (world.bob.clone(), world.ada.clone());
    let size = world.server.size();
    world.remove(&bob);
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let first = restore(&mut world, size);
    accept(&mut reader, &first).unwrap();
    forget_lost(&mut world);
    world.admit(&crate::Identity::from_seed(&[9; 32]));
    reader.read_state(&world.server).unwrap();
    // This time it loses an admission. It goes back behind the first restore, too.
    let second = restore(&mut world, size - 1);
    let restored = accept(&mut reader, &second).unwrap();
    assert!(restored.state > 1, "{restored:?}");
    forget_lost(&mut world);
    world.rotate();
    for (author, lane) in [(&bob, 1), (&ada, 2)] {
        world.post(&mut Device::new(author, lane), "hi");
    }
    for mut reader in [reader.restarted(), reader] {
        let items = reader.follow(&world.server, &world.topic).unwrap();
        assert_eq!(codes(&items), ["verify.unauthorized", "ok"]);
    }
}

#[test]
fn values_that_are_kept_at_hand_are_those_that_the_restored_server_has() {
    let mut world = World::new();
    let path = reeeductio_proto::StatePath::parse("notice").unwrap();
    let notice = |value: &str| crate::StateEntry {
        path: path.clone(),
        value: value.to_owned(),
    };
    world.own(&notice("kept"));
    let size = world.server.size();
    world.own(&notice("lost"));
    let mut reader = Reader::new(world.space);
    reader.state = StateChain::keeping(world.space, &["notice"]);
    reader.read_state(&world.server).unwrap();
    let at_hand = |reader: &Reader| {
        let newest = reader.state.newest(&path);
        newest.and_then(|newest| newest.data.map(str::to_owned))
    };
    assert_eq!(at_hand(&reader).as_deref(), Some("bG9zdA=="));
    let statement = restore(&mut world, size);
    accept(&mut reader, &statement).unwrap();
    assert_eq!(at_hand(&reader), None);
    reader.read_state(&world.server).unwrap();
    assert_eq!(at_hand(&reader).as_deref(), Some("a2VwdA=="));
    // The state in force judges, and keeps no values.
    let in_force = reader.log.in_force().unwrap().to_bytes();
    let holds_value = |value: &[u8]| in_force.windows(value.len()).any(|part| part == value);
    assert!(!holds_value(b"bG9zdA=="));
}
