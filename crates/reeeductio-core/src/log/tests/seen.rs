use super::*;

fn seen_of(server: &Server, size: u64) -> Seen {
    Seen {
        incarnation: server.incarnation,
        size,
        root: server.root(size),
    }
}

/// Reads to the end, and takes note of what each message says that its author has seen.
fn read(reader: &mut Reader, world: &World) -> Vec<Suspicion> {
    let items = reader.follow(&world.server, &world.topic).unwrap();
    let mut suspicions = Vec::new();
    for message in items.iter().filter_map(LogItem::verified) {
        let Opened::Content(content) = message.open(&world.space, &world.epochs) else {
            panic!("it opens");
        };
        if let Some(seen) = content.seen {
            match reader.log.note_seen(message, seen) {
                Ok(record) => reader.records.push(record),
                Err(suspicion) => suspicions.push(*suspicion),
            }
        }
    }
    suspicions
}

/// Compares what can be compared, with the server's proofs.
fn compare(reader: &mut Reader, server: &Server) -> Vec<Suspicion> {
    let mut suspicions = Vec::new();
    while let Some(question) = reader.log.ask_seen() {
        let proof = question
            .consistency()
            .map(|question| server.consistency(question));
        match reader.log.take_seen(question, &proof.unwrap_or_default()) {
            Ok(records) => reader.records.extend(records),
            Err(found) => suspicions.extend(found),
        }
    }
    suspicions
}

fn say(world: &mut World, device: &mut Device, seen: Seen) {
    let post = Post {
        seen: Some(seen),
        ..Post::default()
    };
    world.send(device, &post);
}

fn lane(device: &Device) -> reeeductio_proto::Lane {
    reeeductio_proto::Lane {
        member: device.identity.user_id(),
        id: device.lane,
    }
}

#[test]
fn what_honest_members_have_seen_is_proven_also_after_a_restart() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    let sizes = [0, 1, 2, 4, 7, 8];
    for size in sizes {
        let seen = seen_of(&world.server, size);
        say(&mut world, &mut ada, seen);
        say(&mut world, &mut bob, seen);
        let mut reader = Reader::new(world.space);
        assert!(read(&mut reader, &world).is_empty());
        assert!(compare(&mut reader, &world.server).is_empty(), "{size}");
        for reader in [&reader.restarted(), &reader] {
            for device in [&ada, &bob] {
                let sighting = reader.log.sighting(&world.topic, &lane(device)).unwrap();
                assert_eq!(sighting.verdict, SeenVerdict::Proven);
                assert_eq!(sighting.seen, seen);
            }
        }
    }
}

#[test]
fn an_own_message_names_the_newest_checkpoint_and_its_note_is_kept() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let mut author = Reader::new(world.space);
    assert!(author.log.name_seen().is_none());
    author.read_state(&world.server).unwrap();
    let (seen, record) = author.log.name_seen().unwrap();
    author.records.push(record);
    assert_eq!(seen, seen_of(&world.server, world.server.size()));
    for _ in 0..3 {
        say(&mut world, &mut ada, seen);
    }
    author.follow(&world.server, &world.topic).unwrap();
    for author in [&author, &author.restarted()] {
        let kept = author.log.kept_checkpoint(seen.size).unwrap();
        assert_eq!(kept.note(), world.server.note(seen.size));
    }
    let mut reader = Reader::new(world.space);
    assert!(read(&mut reader, &world).is_empty());
    assert!(compare(&mut reader, &world.server).is_empty());
}

#[test]
fn an_invented_seen_is_a_suspicion_that_the_server_can_deny() {
    for size in [3, 4, 6, 8] {
        let mut world = World::new();
        let mut ada = Device::new(&world.ada, 1);
        for _ in 0..3 {
            world.post(&mut ada, "hi");
        }
        let invented = Seen {
            root: [9; 32],
            ..seen_of(&world.server, size)
        };
        say(&mut world, &mut ada, invented);
        world.post(&mut ada, "more");
        let mut reader = Reader::new(world.space);
        assert!(read(&mut reader, &world).is_empty());
        let suspicions = compare(&mut reader, &world.server);
        let [suspicion] = suspicions.as_slice() else {
            panic!("one lane is suspicious");
        };
        assert_eq!(suspicion.sighting.lane, lane(&ada));
        assert_eq!(suspicion.size(), size);
        let answer = suspicion
            .clarify(&reader.state, &world.server.note(size))
            .unwrap();
        assert!(matches!(answer, Clarified::Denied(_)));
        // A checkpoint of another size clarifies nothing.
        assert!(
            suspicion
                .clarify(&reader.state, &world.server.note(size + 1))
                .is_err()
        );
        // It is asked once.
        assert!(reader.log.ask_seen().is_none());
    }
}

#[test]
fn a_member_that_has_seen_more_than_there_was_lies_or_the_server_does() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let future = Seen {
        size: world.server.size() + 5,
        root: [9; 32],
        ..seen_of(&world.server, 1)
    };
    say(&mut world, &mut ada, future);
    let mut reader = Reader::new(world.space);
    assert_eq!(read(&mut reader, &world).len(), 1);
    assert!(reader.log.ask_seen().is_none());
}

#[test]
fn two_histories_shown_to_two_members_become_evidence_once_they_read_each_other() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    world.post(&mut ada, "for both");
    // Bob is shown a history without what Ada writes next.
    let mut for_bob = World::new();
    for_bob.server = world.server.clone();
    let mut bobs = Reader::new(world.space);
    for_bob.post(&mut bob, "for Bob alone");
    for_bob.post(&mut bob, "for Bob alone");
    bobs.follow(&for_bob.server, &world.topic).unwrap();
    let (seen, _) = bobs.log.name_seen().unwrap();
    world.post(&mut ada, "hidden from Bob");
    world.post(&mut ada, "hidden from Bob");
    // His next message reaches Ada.
    let mut bob = Device::new(&world.bob, 2);
    say(&mut world, &mut bob, seen);
    world.post(&mut ada, "more");
    let mut adas = Reader::new(world.space);
    assert!(read(&mut adas, &world).is_empty());
    let suspicions = compare(&mut adas, &world.server);
    assert_eq!(suspicions.len(), 1);
    // A server that signs what Bob has seen has signed two histories.
    let clarified = suspicions[0]
        .clarify(&adas.state, &for_bob.server.note(seen.size))
        .unwrap();
    let Clarified::Evidence(evidence) = clarified else {
        panic!("{clarified:?}");
    };
    evidence.verify().unwrap();
    // One that denies it is convicted by the note that Bob kept.
    let clarified = suspicions[0]
        .clarify(&adas.state, &world.server.note(seen.size))
        .unwrap();
    let Clarified::Denied(denied) = clarified else {
        panic!("{clarified:?}");
    };
    let kept = bobs.log.kept_checkpoint(seen.size).unwrap();
    let evidence = denied
        .evidence(kept, &reeeductio_proto::tree::Proof::default())
        .unwrap();
    evidence.verify().unwrap();
}

#[test]
fn what_was_seen_of_a_larger_tree_or_another_incarnation_is_unproven() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let other = Seen {
        incarnation: [7; 8],
        ..seen_of(&world.server, 3)
    };
    say(&mut world, &mut ada, other);
    let mut reader = Reader::new(world.space);
    assert!(read(&mut reader, &world).is_empty());
    assert!(reader.log.ask_seen().is_none());
    let sighting = reader.log.sighting(&world.topic, &lane(&ada)).unwrap();
    assert_eq!(sighting.verdict, SeenVerdict::Unproven);
}
