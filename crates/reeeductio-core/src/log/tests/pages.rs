use super::*;

fn world() -> (World, Device, Device) {
    let mut world = World::new();
    let (mut ada, mut bob) = (Device::new(&world.ada, 1), Device::new(&world.bob, 2));
    for n in 0..6 {
        let device = if n % 2 == 0 { &mut ada } else { &mut bob };
        world.post(device, "hello");
        if n == 3 {
            world.write("notes/a", b"x");
        }
    }
    (world, ada, bob)
}

#[test]
fn a_topic_is_read_forward_page_by_page_and_backward_with_the_same_verdicts() {
    let (world, ..) = world();
    let mut follower = Reader::new(world.space);
    follower.limit = 2;
    let forward = follower.follow(&world.server, &world.topic).unwrap();
    assert_eq!(codes(&forward), ["ok"; 6]);
    for limit in [1, 2, 4, 100] {
        let mut reader = Reader::new(world.space);
        reader.limit = limit;
        let backward = reader.history(&world.server, &world.topic).unwrap();
        assert_eq!(codes(&backward), ["ok"; 6], "{limit}");
        assert_eq!(ids(&backward), ids(&forward));
    }
    // A follower reads back as well.
    let again = follower.history(&world.server, &world.topic).unwrap();
    assert_eq!(ids(&again), ids(&forward));
}

#[test]
fn a_client_that_was_away_goes_on_where_it_was_also_after_a_restart() {
    let (mut world, mut ada, _) = world();
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    let mut restarted = reader.restarted();
    let next = world.post(&mut ada, "later");
    world.write("notes/b", b"x");
    let last = world.post(&mut ada, "last");
    for reader in [&mut reader, &mut restarted] {
        let items = reader.follow(&world.server, &world.topic).unwrap();
        assert_eq!(ids(&items), [next, last]);
        assert_eq!(codes(&items), ["ok", "ok"]);
    }
    // A state that was kept earlier than the log is read again from there.
    let mut behind = restarted.restarted();
    behind.state = StateChain::new(world.space);
    behind.read_state(&world.server).unwrap();
    assert_eq!(behind.state.head(), world.state.head());
}

#[test]
fn a_topic_that_is_followed_from_its_newest_messages_takes_what_comes_after() {
    let (mut world, mut ada, mut bob) = world();
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let question = reader.log.ask_newest(&world.topic, 2);
    let page = reader.ask(&world.server, question).unwrap();
    assert_eq!(codes(&page.items), ["ok", "ok"]);
    let new = [world.post(&mut ada, "a"), world.post(&mut bob, "b")];
    let items = reader.follow(&world.server, &world.topic).unwrap();
    assert_eq!(ids(&items), new);
    assert_eq!(codes(&items), ["ok", "ok"]);
}

#[test]
fn a_whole_lane_hidden_from_one_reader_breaks_the_page() {
    let (world, ..) = world();
    let ada = world.ada.user_id();
    for newest_first in [false, true] {
        let mut reader = Reader::new(world.space);
        reader.read_state(&world.server).unwrap();
        let question = if newest_first {
            reader.log.ask_newest(&world.topic, 100)
        } else {
            reader.log.ask_after(&world.topic, 100)
        };
        let mut answer = world.server.answer(&question);
        answer
            .entries
            .retain(|entry| entry.message.message().sender != ada);
        let error = reader.take(&world.server, question, answer).unwrap_err();
        assert_eq!(error.code(), "proof.mismatch", "{newest_first}");
    }
}

#[test]
fn messages_left_out_before_or_after_what_is_known_are_noticed() {
    let (mut world, mut ada, _) = world();
    let mut reader = Reader::new(world.space);
    reader.limit = 3;
    reader.follow(&world.server, &world.topic).unwrap();
    world.post(&mut ada, "hidden");
    world.post(&mut ada, "shown");
    let question = reader.log.ask_after(&world.topic, 10);
    let newest = usize::try_from(world.server.size()).unwrap() - 1;
    let answer = world.server.answer_of(&[newest], false);
    let error = reader.take(&world.server, question, answer).unwrap_err();
    assert_eq!(error, LogError::NotLinked);
    // The same with another leaf before it: then the message is not in the tree.
    let question = reader.log.ask_after(&world.topic, 10);
    let mut answer = world.server.answer_of(&[newest], false);
    answer.previous = reader.log.tail(&world.topic).map(|tail| tail.leaf);
    let error = reader.take(&world.server, question, answer).unwrap_err();
    assert_eq!(error, LogError::Proof);
    // And backward.
    let question = reader.log.ask_newest(&world.topic, 2);
    let page = reader.ask(&world.server, question).unwrap();
    let question = reader
        .log
        .ask_before(&world.topic, page.cursor.unwrap(), 2)
        .unwrap();
    let mut later = question.clone();
    later.limit = 1;
    let mut answer = world.server.answer(&question);
    answer.entries.remove(0);
    answer.inclusion = world.server.answer(&later).inclusion;
    let error = reader.take(&world.server, later, answer).unwrap_err();
    assert_eq!(error.code(), "proof.mismatch");
    // With a proof of what it shows, it is not what comes before.
    let older = world.server.answer(&question).entries[1].number;
    let answer = world
        .server
        .answer_of(&[usize::try_from(older).unwrap()], true);
    let error = reader.take(&world.server, question, answer).unwrap_err();
    assert_eq!(error, LogError::NotLinked);
}

#[test]
fn one_forged_message_is_refused_and_hides_none_of_the_others() {
    let (world, ..) = world();
    for newest_first in [false, true] {
        let mut reader = Reader::new(world.space);
        reader.read_state(&world.server).unwrap();
        let question = if newest_first {
            reader.log.ask_newest(&world.topic, 100)
        } else {
            reader.log.ask_after(&world.topic, 100)
        };
        let mut answer = world.server.answer(&question);
        let mut forged = answer.entries[2].message.message().clone();
        World::forge(&mut forged);
        answer.entries[2].message = crate::chain::Checked::new(&world.space, forged);
        let judged = reader.take(&world.server, question, answer).unwrap();
        let mut expected = ["ok"; 6];
        expected[2] = "verify.message_hash";
        assert_eq!(codes(&judged.items), expected);
    }
}

#[test]
fn a_sender_that_was_exchanged_makes_nobody_elses_lane_wrong() {
    let (mut world, mut ada, _) = world();
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let question = reader.log.ask_after(&world.topic, 100);
    let mut answer = world.server.answer(&question);
    let last_of_ada = 4;
    let mut forged = answer.entries[last_of_ada].message.message().clone();
    forged.sender = world.bob.user_id();
    answer.entries[last_of_ada].message = crate::chain::Checked::new(&world.space, forged);
    let judged = reader.take(&world.server, question, answer).unwrap();
    assert_eq!(codes(&judged.items)[last_of_ada], "verify.message_hash");
    let mut again = reader.restarted();
    // In the next answer, too, the lane goes on over what could not be read.
    world.post(&mut ada, "next");
    for reader in [&mut reader, &mut again] {
        let items = reader.follow(&world.server, &world.topic).unwrap();
        assert_eq!(codes(&items), ["ok"]);
    }
}

#[test]
fn a_message_in_a_later_format_is_refused_and_hides_none_of_the_others() {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let (mut later, payload) = world.sealed(&ada, &Post::default());
    let mut data = reeeductio_proto::encoding::decode(&later.data).unwrap();
    data[0] = 2;
    let draft = crate::Draft {
        space: &world.space,
        topic: &world.topic,
        kind: "sealed",
        prev_hash: None,
        data: &data,
    };
    later = draft.message(&later.sender, &world.ada, 0);
    ada.head = Some(later.message_hash);
    world.server.append(later, Some(payload));
    world.post(&mut ada, "next");
    let items = Reader::new(world.space).follow(&world.server, &world.topic);
    assert_eq!(codes(&items.unwrap()), ["format.unknown", "ok"]);
}

#[test]
fn a_payload_that_was_exchanged_is_refused() {
    let (mut world, ..) = world();
    let last = world.server.events.len() - 1;
    world.server.events[last].payload = Some(vec![0; 208]);
    let items = Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap();
    assert_eq!(codes(&items)[5], "payload.mismatch");
}

#[test]
fn answers_of_another_form_than_asked_for_are_refused() {
    let (world, ..) = world();
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let question = reader.log.ask_after(&world.topic, 3);
    let honest = world.server.answer(&question);
    let code = |change: &dyn Fn(&mut LogAnswer)| {
        let mut answer = honest.clone();
        change(&mut answer);
        question.clone().link(answer).unwrap_err().code()
    };
    assert_eq!(
        code(&|answer| answer.entries.extend(answer.entries.clone())),
        "client.answer"
    );
    assert_eq!(code(&|answer| answer.inclusion = None), "client.answer");
    assert_eq!(code(&|answer| answer.entries.clear()), "client.answer");
    assert_eq!(
        code(&|answer| answer.entries.reverse()),
        "verify.chain_time"
    );
    assert_eq!(
        code(&|answer| answer.entries[1].number = 0),
        "verify.chain_time"
    );
    let other = reader.log.ask_after(&TopicId::parse("other").unwrap(), 3);
    assert_eq!(
        other.link(honest.clone()).unwrap_err().code(),
        "verify.unasked"
    );
    // Everything that the leaf holds is bound by the proof.
    let changes: [fn(&mut LogEntry); 3] = [
        |entry| entry.state = None,
        |entry| entry.number += 1,
        |entry| entry.payload = None,
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let mut answer = honest.clone();
        change(answer.entries.last_mut().unwrap());
        let linked = question.clone().link(answer).unwrap();
        let proven = linked.prove(&mut reader.log.clone(), &reader.state);
        // The payload alone is not: that is what makes it removable.
        assert_eq!(proven.is_ok(), n == 2);
    }
}

#[test]
fn one_message_is_read_by_its_id_without_moving_what_is_known() {
    let (world, ..) = world();
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    let id = ids(&Reader::new(world.space)
        .follow(&world.server, &world.topic)
        .unwrap())[3];
    let place = world
        .server
        .events
        .iter()
        .position(|event| event.message.message_hash == id);
    let question = reader.log.ask_message(&world.topic, id);
    let answer = world.server.answer_of(&[place.unwrap()], false);
    let judged = reader
        .take(&world.server, question.clone(), answer)
        .unwrap();
    assert_eq!(ids(&judged.items), [id]);
    assert_eq!(codes(&judged.items), ["ok"]);
    assert_eq!(reader.log.tail(&world.topic), None);
    let other = world.server.answer_of(&[place.unwrap() - 1], false);
    assert_eq!(question.link(other).unwrap_err().code(), "verify.unasked");
}

#[test]
fn a_leaf_beside_the_tree_in_the_place_of_a_known_one_is_noticed() {
    let (mut world, mut ada, _) = world();
    let mut reader = Reader::new(world.space);
    reader.follow(&world.server, &world.topic).unwrap();
    // The next leaf names another one than the topic's newest: it was never in the tree.
    let mut beside = World::new();
    let number = world.server.size() - 1;
    beside.server = world.server.backup(number);
    beside.server.now -= 1;
    beside.post(&mut Device::new(&world.bob, 66), "in its place");
    let place = usize::try_from(number).unwrap();
    world.server.events[place] = beside.server.events[place].clone();
    world.post(&mut ada, "next");
    let question = reader.log.ask_newest(&world.topic, 3);
    let error = reader.ask(&world.server, question).unwrap_err();
    assert_eq!(error, LogError::Forked(number));
    let error = reader.follow(&world.server, &world.topic).unwrap_err();
    assert_eq!(error, LogError::NotLinked);
}

#[test]
fn a_time_that_no_leaf_holds_is_refused() {
    let (world, ..) = world();
    let mut reader = Reader::new(world.space);
    reader.read_state(&world.server).unwrap();
    for time in [-1, i64::MIN] {
        let question = reader.log.ask_after(&world.topic, 100);
        let mut answer = world.server.answer(&question);
        let mut message = answer.entries[0].message.message().clone();
        message.server_timestamp = time;
        let id = message.message_hash;
        answer.entries[0].message = crate::chain::Checked::new(&world.space, message);
        let refused = reader.take(&world.server, question, answer);
        assert_eq!(refused.unwrap_err(), LogError::Order(id));
    }
}
