use super::*;
use reeeductio_proto::TopicId;
use reeeductio_proto::tree::Proof;

fn world() -> (World, Device) {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    for _ in 0..3 {
        world.post(&mut ada, "hi");
    }
    (world, ada)
}

fn reader(world: &World) -> Reader {
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    reader
}

fn offer(reader: &mut Reader, server: &Server, note: &str, asked: Asked) -> Result<(), LogError> {
    let step = reader.log.take_checkpoint(&reader.state, note, asked)?;
    reader.settle(server, step).map(drop)
}

/// The server tells another story from its event `from` on, and signs it with the same key.
fn forked(world: &World, from: u64) -> World {
    let mut other = World::new();
    other.server = world.server.backup(from);
    let mut eve = Device::new(&world.bob, 66);
    while other.server.size() < world.server.size() {
        other.post(&mut eve, "another story");
    }
    other
}

#[test]
fn a_newer_checkpoint_is_accepted_after_its_proof() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    for _ in 0..20 {
        world.post(&mut ada, "more");
        let (asked, size) = (reader.log.ask_checkpoint(), world.server.size());
        offer(&mut reader, &world.server, &world.server.note(size), asked).unwrap();
        assert_eq!(reader.log.checkpoint().unwrap().size, size);
    }
}

#[test]
fn a_checkpoint_that_forgets_is_a_rollback() {
    let (world, _) = world();
    let mut reader = reader(&world);
    let (asked, size) = (reader.log.ask_checkpoint(), world.server.size());
    for smaller in 0..size {
        let error = offer(
            &mut reader,
            &world.server,
            &world.server.note(smaller),
            asked,
        );
        assert_eq!(error.unwrap_err().code(), "verify.rolled_back");
    }
    assert_eq!(reader.log.checkpoint().unwrap().size, size);
    // Also after a restart, and as a page.
    let mut restarted = reader.restarted();
    let backup = world.server.backup(size - 1);
    let question = restarted.log.ask_newest(&world.topic, 10);
    let error = restarted.ask(&backup, question).unwrap_err();
    assert_eq!(error.code(), "verify.rolled_back");
}

#[test]
fn a_late_answer_is_proven_to_belong_to_what_is_known_and_accuses_nobody() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    let late = world.server.clone();
    let question = reader.log.ask_newest(&world.topic, 10);
    let (asked, note) = (reader.log.ask_checkpoint(), late.note(late.size()));
    for _ in 0..5 {
        world.post(&mut ada, "more");
    }
    reader.follow(&world.server, &world.topic).unwrap();
    let size = world.server.size();
    let answer = late.answer(&question);
    drop(reader.take(&world.server, question, answer).unwrap());
    offer(&mut reader, &world.server, &note, asked).unwrap();
    // The known checkpoint stays the newest, also after a restart.
    for reader in [&reader, &reader.restarted()] {
        assert_eq!(reader.log.checkpoint().unwrap().size, size);
    }
    let kept = reader.records.iter().rev().find_map(|record| match record {
        LogRecord::Checkpoint(signed) => Some(signed.checkpoint().size),
        _ => None,
    });
    assert_eq!(kept, Some(size));
}

#[test]
fn a_late_checkpoint_of_another_history_is_evidence() {
    let (mut world, mut ada) = world();
    world.post(&mut ada, "a size that is no power of two");
    let mut reader = reader(&world);
    let asked = reader.log.ask_checkpoint();
    world.post(&mut ada, "more");
    let other = forked(&world, 9);
    let note = other.server.note(other.server.size());
    world.post(&mut ada, "more");
    world.post(&mut ada, "more");
    reader.follow(&world.server, &world.topic).unwrap();
    let error = offer(&mut reader, &world.server, &note, asked).unwrap_err();
    let LogError::SplitView(evidence) = error else {
        panic!("{error}");
    };
    let split = evidence.verify().unwrap();
    assert_eq!(split.smaller.size, other.server.size());
    assert_eq!(split.larger.size, world.server.size());
}

#[test]
fn two_histories_of_one_size_are_evidence_at_once() {
    let (world, _) = world();
    let mut reader = reader(&world);
    let other = forked(&world, 8);
    let note = other.server.note(other.server.size());
    let asked = reader.log.ask_checkpoint();
    let error = offer(&mut reader, &world.server, &note, asked).unwrap_err();
    assert_eq!(error.code(), "verify.split_view");
    // Two members compare what they were shown: whoever gave the note does not matter.
    let again = offer(&mut reader, &world.server, &note, Asked::default()).unwrap_err();
    assert_eq!(again, error);
}

#[test]
fn a_history_that_grows_from_another_one_is_not_accepted() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    let known = reader.log.checkpoint().cloned();
    for _ in 0..4 {
        world.post(&mut ada, "more");
    }
    let other = forked(&world, 8);
    let question = reader.log.ask_after(&TopicId::parse("new").unwrap(), 10);
    let newest = usize::try_from(other.server.size()).unwrap() - 1;
    let mut message = other.server.events[newest].message.clone();
    message.topic_id = question.topic().clone();
    let mut lying = other.server.clone();
    lying.append(message, None);
    let answer = lying.answer(&question);
    let error = reader.take(&lying, question, answer).unwrap_err();
    assert!(["verify.split_view", "verify.rolled_back"].contains(&error.code()));
    assert_eq!(reader.log.checkpoint().cloned(), known);
}

#[test]
fn two_concurrent_answers_of_two_histories_are_not_both_believed() {
    let (mut world, mut ada) = world();
    let reader = reader(&world);
    for _ in 0..3 {
        world.post(&mut ada, "more");
    }
    let base = reader.log.checkpoint().unwrap().size;
    let other = forked(&world, base);
    let asked = reader.log.ask_checkpoint();
    world.post(&mut ada, "one more");
    // Both are asked for, and proven against what was known then. Neither size is the other's.
    let [one, two] = [&world.server, &other.server].map(|server| {
        let note = server.note(server.size());
        let mut log = reader.log.clone();
        match log.take_checkpoint(&reader.state, &note, asked).unwrap() {
            Step::Ask(ask) => (ask, server),
            Step::Done(_) => panic!("it needs a proof"),
        }
    });
    for (first, second) in [(&one, &two), (&two, &one)] {
        let mut reader = reader.clone();
        let accept = |reader: &mut Reader, (ask, server): &(Box<Unsettled<_>>, &Server)| {
            let proof = server.consistency(ask.question());
            let step = ask.clone().answer(&mut reader.log, &proof)?;
            // Each server proves what it can.
            reader.settle(&world.server, step)
        };
        accept(&mut reader, first).unwrap();
        let error = accept(&mut reader, second).unwrap_err();
        assert!(["verify.split_view", "verify.rolled_back"].contains(&error.code()));
    }
}

#[test]
fn a_proof_asked_for_before_the_tree_grew_is_asked_for_again() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    world.post(&mut ada, "more");
    let asked = reader.log.ask_checkpoint();
    let note = world.server.note(world.server.size());
    let Step::Ask(first) = reader
        .log
        .take_checkpoint(&reader.state, &note, asked)
        .unwrap()
    else {
        panic!("it needs a proof");
    };
    world.post(&mut ada, "more");
    reader.follow(&world.server, &world.topic).unwrap();
    let proof = world.server.consistency(first.question());
    let step = first.answer(&mut reader.log, &proof).unwrap();
    // The newer tree begins with the known one, and so does the late one; that they agree must be proven.
    reader.settle(&world.server, step).unwrap();
    assert_eq!(reader.log.checkpoint().unwrap().size, world.server.size());
}

#[test]
fn a_checkpoint_by_another_key_or_of_another_space_or_host_is_refused() {
    let (world, _) = world();
    let mut reader = reader(&world);
    let size = world.server.size();
    let mut lying = world.server.clone();
    lying.key = crate::Identity::from_seed(&[44; 32]);
    let asked = reader.log.ask_checkpoint();
    let error = offer(&mut reader, &lying, &lying.note(size), asked).unwrap_err();
    assert_eq!(error.code(), "signature.mismatch");
    let mut lying = world.server.clone();
    lying.space = world.ada.space_id();
    let error = offer(&mut reader, &lying, &lying.note(size), asked).unwrap_err();
    assert_eq!(error.code(), "verify.unasked");
    let damaged = world.server.note(size).replace('\n', " ");
    let error = offer(&mut reader, &lying, &damaged, asked).unwrap_err();
    assert_eq!(error.code(), "signature.mismatch");
}

#[test]
fn a_space_that_names_no_server_is_not_believed() {
    let mut world = World::new();
    world.set(|settings| settings.server = None);
    let mut reader = Reader::new(world.space);
    let error = reader.read_state(&world.server).unwrap_err();
    assert_eq!(error, LogError::NoKey("server"));
}

#[test]
fn a_key_that_the_owner_has_changed_is_found_by_old_and_new_readers() {
    let (mut world, mut ada) = world();
    let mut old = reader(&world);
    world.server.key = crate::Identity::from_seed(&[45; 32]);
    let key = world.server.key.public_key();
    world.set(|settings| {
        if let Some(server) = &mut settings.server {
            server.log_key = key;
        }
    });
    world.post(&mut ada, "under the new key");
    old.read_state(&world.server).unwrap();
    assert_eq!(
        codes(&old.follow(&world.server, &world.topic).unwrap()),
        ["ok"]
    );
    let mut new = Reader::new(world.space);
    new.limit = 1;
    assert_eq!(
        codes(&new.follow(&world.server, &world.topic).unwrap()),
        ["ok"; 4]
    );
}

/// Takes a page of the topic up to its next step.
fn prove(
    reader: &mut Reader,
    question: LogQuestion,
    answer: LogAnswer,
) -> Result<Step<ProvenLog>, LogError> {
    question.link(answer)?.prove(&mut reader.log, &reader.state)
}

#[test]
fn a_page_that_proves_its_tree_to_have_grown_needs_no_other_question() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    let mut asked = 0;
    for _ in 0..40 {
        world.post(&mut ada, "more");
        world.post(&mut ada, "and more");
        let known = reader.log.checkpoint().unwrap().size;
        let question = reader.log.ask_after(&world.topic, 10);
        let answer = world.server.answer(&question);
        let step = prove(&mut reader, question.clone(), answer.clone()).unwrap();
        let is_settled = step.done().is_some();
        // From a power of two another proof is asked for, which could show a tree that does not grow from it.
        assert_eq!(is_settled, !known.is_power_of_two(), "{known}");
        asked += usize::from(!is_settled);
        drop(reader.take(&world.server, question, answer).unwrap());
        assert_eq!(reader.log.checkpoint().unwrap().size, world.server.size());
    }
    assert!(asked > 1, "it was seen");
}

#[test]
fn a_page_with_a_proof_of_another_tree_is_a_rollback() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    while reader.log.checkpoint().unwrap().size.is_power_of_two() {
        world.post(&mut ada, "more");
        reader.follow(&world.server, &world.topic).unwrap();
    }
    world.post(&mut ada, "more");
    let question = reader.log.ask_after(&world.topic, 10);
    let honest = world.server.answer(&question);
    let lies: [fn(&mut Proof); 3] = [
        |proof| proof.0[0] = [9; 32],
        |proof| proof.0.truncate(proof.0.len() - 1),
        |proof| proof.0.push([0; 32]),
    ];
    for lie in lies {
        let mut answer = honest.clone();
        lie(answer
            .inclusion
            .as_mut()
            .unwrap()
            .consistency
            .as_mut()
            .unwrap());
        let refused = prove(&mut reader.clone(), question.clone(), answer);
        assert_eq!(refused.unwrap_err().code(), "verify.rolled_back");
    }
    let other = forked(&world, 2);
    let mut eve = Device::new(&world.bob, 67);
    let mut other = other;
    other.post(&mut eve, "longer");
    let answer = other.server.answer(&question);
    assert!(prove(&mut reader.clone(), question.clone(), answer).is_err());
    let step = prove(&mut reader, question, honest).unwrap();
    assert!(step.done().is_some());
}

#[test]
fn a_proof_from_a_tree_that_others_have_outgrown_meanwhile_is_asked_for_again() {
    let (mut world, mut ada) = world();
    let mut reader = reader(&world);
    world.post(&mut ada, "more");
    let question = reader.log.ask_after(&world.topic, 10);
    for _ in 0..2 {
        world.post(&mut ada, "more");
    }
    reader.follow(&world.server, &world.topic).unwrap();
    world.post(&mut ada, "more");
    let answer = world.server.answer(&question);
    let step = prove(&mut reader, question.clone(), answer.clone()).unwrap();
    assert!(step.done().is_none());
    drop(reader.take(&world.server, question, answer).unwrap());
}
