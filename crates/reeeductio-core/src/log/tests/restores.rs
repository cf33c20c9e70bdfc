use reeeductio_proto::Checkpoint;

use super::*;

/// The server is restored from a backup of its first `size` events; the operator says so.
pub(super) fn restore(world: &mut World, size: u64) -> Restore {
    let before = world.server.clone();
    let mut restored = before.backup(size);
    restored.incarnation = [before.incarnation[0] + 1; 8];
    world.server = restored;
    statement(world, &before, size)
}

fn statement(world: &World, before: &Server, size: u64) -> Restore {
    let survived = Checkpoint::verify(&before.note(size), &before.key.public_key()).unwrap();
    let incarnation = world.server.incarnation;
    let text = reeeductio_proto::restore_statement(&survived, incarnation);
    Restore {
        signature: world.operator.sign(&text),
        survived,
        incarnation,
    }
}

pub(super) fn accept(reader: &mut Reader, restore: &Restore) -> Result<Restored, LogError> {
    let (restored, record) = reader.log.accept_restore(&reader.state, restore)?;
    reader.log.go_over(&mut reader.state, &record);
    reader.records.push(record);
    Ok(restored)
}

/// A member returns what is missing, byte for byte and in its order.
fn give_back(world: &mut World, before: &Server, from: u64) {
    for event in &before.events[usize::try_from(from).unwrap()..] {
        world
            .server
            .append(event.message.clone(), event.payload.clone());
    }
}

#[test]
fn a_restore_without_a_statement_is_a_rollback() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let kept = world.post(&mut ada, "kept");
    world.post(&mut ada, "lost");
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    let size = world.server.size();
    restore(&mut world, size - 1);
    let question = reader.log.ask_newest(&world.topic, 10);
    let error = reader.ask(&world.server, question).unwrap_err();
    assert_eq!(error.code(), "verify.rolled_back");
    // Also if the server goes on until it is larger than before, whatever it calls itself.
    ada.head = Some(kept);
    for _ in 0..5 {
        world.post(&mut ada, "after");
    }
    let question = reader.log.ask_newest(&world.topic, 10);
    let error = reader.ask(&world.server, question).unwrap_err();
    assert!(matches!(error, LogError::Incarnation { .. }));
    assert_eq!(error.code(), "verify.rolled_back");
}

#[test]
fn with_a_statement_a_client_goes_on_and_says_what_is_missing() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let kept = world.post(&mut ada, "kept");
    let survived = world.server.size();
    let lost = world.post(&mut ada, "lost");
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    let statement = restore(&mut world, survived);
    let restored = accept(&mut reader, &statement).unwrap();
    assert_eq!(restored.survived, survived);
    assert_eq!(restored.missing, 1);
    assert_eq!(restored.topics, [world.topic.clone()]);
    assert_eq!(restored.state, 0);
    // The installation completes its lane, whose head at the server is one of its entries.
    let before = world.server.clone();
    ada.head = Some(lost);
    let lost_event = { Reader::new(world.space) }
        .follow(&before, &world.topic)
        .unwrap();
    assert_eq!(ids(&lost_event), [kept]);
    for mut reader in [reader.restarted(), reader] {
        assert!(reader.log.undone(&reader.state, 0).is_empty());
        let items = reader.follow(&world.server, &world.topic).unwrap();
        assert_eq!(ids(&items), [kept]);
        assert_eq!(codes(&items), ["ok"]);
    }
}

#[test]
fn a_client_that_was_away_during_a_restore_loses_nothing() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let first = world.post(&mut ada, "first");
    let mut away = Reader::new(world.space);
    away.follow(&world.server, &world.topic).unwrap();
    world.post(&mut ada, "second");
    let size = world.server.size();
    world.post(&mut ada, "lost");
    let before = world.server.clone();
    let statement = restore(&mut world, size);
    give_back(&mut world, &before, size);
    let restored = accept(&mut away, &statement).unwrap();
    assert_eq!((restored.missing, restored.topics.len()), (0, 0));
    let items = away.follow(&world.server, &world.topic).unwrap();
    assert_eq!(codes(&items), ["ok", "ok"]);
    assert!(!ids(&items).contains(&first));
}

#[test]
fn a_removal_that_a_restore_has_lost_stays_in_force() {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 1));
    world.post(&mut ada, "hi");
    let size = world.server.size();
    let removed = world.bob.clone();
    let lane = ada.clone();
    world.remove(&removed);
    world.post(&mut ada, "lost, and not given back");
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    let before = world.server.backup(size + 1);
    world.post(&mut Device::new(&world.ada, 7), "not read");
    let statement = restore(&mut world, size);
    ada = lane;
    let restored = accept(&mut reader, &statement).unwrap();
    assert_eq!((restored.state, restored.missing), (1, 2));
    // The server takes him for a member again.
    let post = Post {
        authority: Some([0; 32]),
        ..Post::default()
    };
    world.send(&mut bob, &post);
    let expected = ["ok", "verify.unauthorized"];
    for mut reader in [reader.restarted(), reader.clone()] {
        let items = reader.follow(&world.server, &world.topic).unwrap();
        assert_eq!(codes(&items), expected);
        let undone = reader.log.undone(&reader.state, world.server.now);
        assert_eq!(undone, [removed.user_id()]);
    }
    // Somebody who has it returns the removal.
    give_back(&mut world, &before, size);
    world.post(&mut ada, "hi again");
    let items = reader.follow(&world.server, &world.topic).unwrap();
    assert_eq!(codes(&items)[..2], expected);
    assert_eq!(codes(&items)[2], "ok");
    let undone = reader.log.undone(&reader.state, world.server.now);
    assert!(undone.is_empty(), "{undone:?}");
}

#[test]
fn a_statement_by_another_key_or_about_another_history_changes_nothing() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "hi");
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    let (before, size) = (world.server.clone(), world.server.size());
    let good = restore(&mut world, size - 1);
    let refused = |reader: &Reader, restore: &Restore| {
        reader
            .log
            .accept_restore(&reader.state, restore)
            .unwrap_err()
            .code()
    };
    let mut forged = good.clone();
    forged.signature = world.server.key.sign(b"");
    assert_eq!(refused(&reader, &forged), "signature.mismatch");
    let mut changed = good.clone();
    changed.survived.size -= 1;
    assert_eq!(refused(&reader, &changed), "signature.mismatch");
    // The operator's own, of another incarnation, or that forks the known tree at its size.
    let mut other = before.clone();
    other.incarnation = [9; 8];
    assert_eq!(
        refused(&reader, &statement(&world, &other, size)),
        "verify.rolled_back"
    );
    let mut foreign = World::new();
    while foreign.server.size() < size {
        foreign.write("notes/x", b"");
    }
    let fork = statement(&world, &foreign.server, size);
    assert_eq!(refused(&reader, &fork), "verify.rolled_back");
    // Once it is accepted it is not accepted again, and what comes late from before is not held against anybody.
    let late = reader.log.ask_newest(&world.topic, 10);
    accept(&mut reader, &good).unwrap();
    assert_eq!(refused(&reader, &good), "verify.rolled_back");
    let answer = before.answer(&late);
    let error = reader.take(&before, late, answer).unwrap_err();
    assert_eq!(error, LogError::Stale);
    // A space that names no operator cannot be restored.
    let mut silent = World::new();
    silent.set(|settings| settings.operator_key = None);
    let mut reader = Reader::new(silent.space);
    reader.read_state(&silent.server).unwrap();
    let size = silent.server.size();
    let unnamed = restore(&mut silent, size - 1);
    assert_eq!(refused(&reader, &unnamed), "signature.mismatch");
}

#[test]
fn a_restored_server_must_go_on_from_what_survived() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    for _ in 0..4 {
        world.post(&mut ada, "hi");
    }
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    let size = world.server.size();
    let good = restore(&mut world, size - 1);
    accept(&mut reader, &good).unwrap();
    // It shows a history without one of the survived events.
    let mut lying = world.server.backup(size - 3);
    lying.incarnation = world.server.incarnation;
    world.server = lying;
    for _ in 0..6 {
        world.post(&mut ada, "another");
    }
    let question = reader.log.ask_newest(&world.topic, 3);
    let error = reader.ask(&world.server, question).unwrap_err();
    assert_eq!(error.code(), "verify.rolled_back");
}

#[test]
fn what_was_proven_before_a_restore_is_not_judged_after_it() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    world.post(&mut ada, "hi");
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let question = reader.log.ask_after(&world.topic, 10);
    let linked = question
        .clone()
        .link(world.server.answer(&question))
        .unwrap();
    let proven = linked
        .prove(&mut reader.log, &reader.state)
        .unwrap()
        .done()
        .unwrap();
    let size = world.server.size();
    let statement = restore(&mut world, size - 1);
    accept(&mut reader, &statement).unwrap();
    let late = proven.judge(&reader.log, &reader.state, world.server.now);
    assert_eq!(late.unwrap_err(), LogError::Stale);
}

#[test]
fn a_lost_edit_and_a_lost_payload_are_forgotten() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let posted = world.post(&mut ada, "first");
    let size = world.server.size();
    let before = ada.clone();
    world.change(&mut ada, reeeductio_proto::TargetChange::Edit, posted, 1);
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let withheld = world.post(&mut ada, "withheld");
    world.drop_payload(withheld);
    let question = reader.log.ask_after(&world.topic, 100);
    drop(reader.ask(&world.server, question).unwrap());
    let statement = restore(&mut world, size);
    accept(&mut reader, &statement).unwrap();
    let mut ada = Device {
        lane: [2; 8],
        head: None,
        ..before
    };
    let edit = world.change(&mut ada, reeeductio_proto::TargetChange::Edit, posted, 1);
    world.post(&mut ada, "next");
    let items = reader.follow(&world.server, &world.topic).unwrap();
    drop(reader.follow(&world.server, &world.topic).unwrap());
    world.post(&mut ada, "and on");
    drop(reader.follow(&world.server, &world.topic).unwrap());
    assert_eq!(reader.withheld, []);
    let first = items[0].verified().unwrap();
    let standing = reader.log.revisions().standing(first);
    assert_eq!(
        standing,
        Standing::Edited {
            by: edit,
            revision: 1
        }
    );
    assert_eq!(reader.log.revisions().refused(first), []);
}

#[test]
fn a_reading_backwards_goes_on_before_what_survived_and_is_cut_off_after_it() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    for _ in 0..4 {
        world.post(&mut ada, "hi");
    }
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let mut cursors = Vec::new();
    for limit in [1, 3] {
        let question = reader.log.ask_newest(&world.topic, limit);
        cursors.push(reader.ask(&world.server, question).unwrap().cursor.unwrap());
    }
    let size = world.server.size();
    let statement = restore(&mut world, size - 2);
    accept(&mut reader, &statement).unwrap();
    let cut: Vec<bool> = { cursors.iter() }
        .map(|cursor| reader.log.is_cut_off(cursor))
        .collect();
    assert_eq!(cut, [true, false]);
    let rest = reader.log.ask_before(&world.topic, cursors.remove(1), 10);
    let rest = reader.ask(&world.server, rest.unwrap()).unwrap();
    assert_eq!(codes(&rest.items), ["ok"]);
}
