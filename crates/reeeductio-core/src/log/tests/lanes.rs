use super::*;

fn read(world: &World) -> (Vec<LogItem>, Vec<LogItem>) {
    let forward = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let backward = Reader::new(world.space)
        .history(&world.server, &world.topic)
        .unwrap();
    assert_eq!(ids(&forward), ids(&backward));
    (forward, backward)
}

/// The server appends a message that it has already, or one that it should have refused.
fn replay(world: &mut World, id: MessageId) {
    let found = { world.server.events.iter() }.find(|event| event.message.message_hash == id);
    let event = found.unwrap().clone();
    world.server.append(event.message, event.payload);
}

#[test]
fn two_devices_of_one_member_write_lanes_of_their_own_in_any_order() {
    let mut world = World::new();
    let mut devices = [Device::new(&world.ada, 1), Device::new(&world.ada, 2)];
    // Both were offline, and send what they have one after the other.
    for n in [0, 0, 1, 0, 1, 1] {
        world.post(&mut devices[n], "hi");
    }
    let (forward, backward) = read(&world);
    assert_eq!(codes(&forward), ["ok"; 6]);
    assert_eq!(codes(&backward), ["ok"; 6]);
}

#[test]
fn a_lost_store_begins_a_new_lane() {
    let mut world = World::new();
    let mut lost = Device::new(&world.ada, 1);
    world.post(&mut lost, "before");
    let mut new = Device::new(&world.ada, 2);
    world.post(&mut new, "after");
    assert_eq!(codes(&read(&world).0), ["ok", "ok"]);
}

#[test]
fn a_replayed_lane_entry_is_refused() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let first = world.post(&mut ada, "first");
    let second = world.post(&mut ada, "second");
    replay(&mut world, first);
    replay(&mut world, second);
    world.post(&mut ada, "third");
    let (forward, backward) = read(&world);
    let (no, ok) = ("verify.chain_link", "ok");
    assert_eq!(codes(&forward), [ok, ok, no, no, ok]);
    // Each message is shown once, whichever of them is read first.
    assert_eq!(codes(&backward), [no, no, ok, ok, ok]);
}

#[test]
fn reordered_lane_entries_are_refused() {
    let mut world = World::new();
    let ada = Device::new(&world.ada, 1);
    let (first, payload) = world.sealed(&ada, &Post::default());
    let next = Device {
        head: Some(first.message_hash),
        ..ada
    };
    let (second, second_payload) = world.sealed(&next, &Post::default());
    world.server.append(second, Some(second_payload));
    world.server.append(first, Some(payload));
    let (forward, backward) = read(&world);
    assert_eq!(codes(&forward), ["verify.chain_link", "ok"]);
    assert_eq!(codes(&backward), ["verify.chain_link", "ok"]);
}

#[test]
fn a_lane_that_a_cloned_store_continues_is_refused_and_the_other_goes_on() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "before");
    let mut clone = ada.clone();
    let own = world.post(&mut ada, "own");
    world.post(&mut clone, "clone");
    world.post(&mut ada, "own again");
    world.post(&mut clone, "clone again");
    let forward = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    let expected = ["ok", "ok", "verify.fork", "ok", "verify.chain_link"];
    assert_eq!(codes(&forward), expected);
    let LogItem::Refused(refused) = &forward[2] else {
        panic!("the clone is refused");
    };
    assert_eq!(refused.reason, Reason::LaneForked(own));
    // Page by page and after a restart it is the same.
    let mut reader = Reader::new(world.space);
    reader.limit = 2;
    reader.read_state(&world.server).unwrap();
    let question = reader.log.ask_after(&world.topic, 2);
    drop(reader.ask(&world.server, question).unwrap());
    let rest = reader
        .restarted()
        .follow(&world.server, &world.topic)
        .unwrap();
    assert_eq!(codes(&rest), expected[2..]);
}

#[test]
fn a_lane_that_begins_in_its_middle_is_refused_if_the_topic_was_read_from_its_beginning() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let (left_out, _) = world.sealed(&ada, &Post::default());
    ada.head = Some(left_out.message_hash);
    world.post(&mut ada, "second");
    let (forward, _) = read(&world);
    assert_eq!(codes(&forward), ["verify.chain_link"]);
}

#[test]
fn authority_that_is_rolled_back_in_a_lane_is_refused() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let old = *world.state.view().newest_authority().unwrap().hash.hash();
    let carol = crate::Identity::from_seed(&[9; 32]);
    world.admit(&carol);
    world.post(&mut ada, "knows of Carol");
    let post = Post {
        authority: Some(old),
        ..Post::default()
    };
    world.send(&mut ada, &post);
    world.post(&mut ada, "knows again");
    let (forward, backward) = read(&world);
    assert_eq!(codes(&forward), ["ok", "authority.older", "ok"]);
    // Backward it is the older one that does not fit.
    assert_eq!(codes(&backward)[2], "ok");
    assert!(codes(&backward).contains(&"authority.older"));
}

#[test]
fn a_member_has_no_more_lanes_than_are_allowed() {
    let mut world = World::new();
    for lane in 0..=LANES_OF_MEMBER {
        let mut device = Device::new(&world.ada, 1);
        device.lane[..2].copy_from_slice(&u16::try_from(lane).unwrap().to_be_bytes());
        world.post(&mut device, "hi");
    }
    let mut bob = Device::new(&world.bob, 1);
    world.post(&mut bob, "hi");
    for limit in [100, 1_000] {
        let mut reader = Reader::new(world.space);
        reader.limit = limit;
        let items = reader.follow(&world.server, &world.topic).unwrap();
        let mut expected = vec!["ok"; LANES_OF_MEMBER];
        expected.extend(["lane.limit", "ok"]);
        assert_eq!(codes(&items), expected);
    }
}
