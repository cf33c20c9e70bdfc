use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{Message, Operation, Position, Signature, ToolLimits, TopicId};

/// Longer than any difference between clocks.
const LONG: i64 = 60_000;

use super::super::*;
use super::{Rig, right, rights};
use crate::state_entry;
use crate::{Draft, Identity};

#[test]
fn a_page_comes_back_in_the_order_it_was_asked_for() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    for _ in 0..3 {
        rig.post(&owner);
    }
    let oldest_first: Vec<Message> = rig
        .verify()
        .unwrap()
        .into_iter()
        .map(VerifiedMessage::into_message)
        .collect();
    assert_eq!(oldest_first, rig.messages);

    let mut page = rig.page(&rig.messages);
    page.order = Order::NewestFirst;
    page.start = Start::Anywhere;
    page.messages.reverse();
    let asked: Vec<Message> = rig.messages.iter().rev().cloned().collect();
    let linked = page.link().unwrap();
    assert_eq!(linked.needs_state_of(), None);
    let newest_first: Vec<Message> = linked
        .judge(&rig.state)
        .unwrap()
        .into_iter()
        .map(|item| item.into_result().unwrap().into_message())
        .collect();
    assert_eq!(newest_first, asked);
}

#[test]
fn every_altered_byte_of_a_message_is_refused_but_those_of_its_time() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    rig.post(&owner);
    let first = rig.messages[0].clone();
    rig.post(&owner);
    let good = rig.messages[1].clone();
    let mut json = Vec::new();
    good.write_json(&mut json);

    let mut accepted = 0;
    for index in 0..json.len() {
        for bit in 0..8 {
            let mut altered = json.clone();
            altered[index] ^= 1 << bit;
            let Ok(body) = serde_json::from_slice::<MessageBody>(&altered) else {
                continue;
            };
            let Ok(message) = Message::try_from(body) else {
                continue;
            };
            let mut page = rig.page(std::slice::from_ref(&message));
            page.start = Start::After(Position::from(&first));
            let items = page.link().map(|linked| linked.judge(&rig.state).unwrap());
            if items.is_ok_and(|mut items| items.remove(0).into_result().is_ok()) {
                accepted += 1;
                assert_eq!(
                    Message {
                        server_timestamp: good.server_timestamp,
                        ..message
                    },
                    good,
                    "byte {index}, bit {bit}"
                );
            }
        }
    }
    assert!(
        accepted > 0,
        "the time is not signed, so some alterations of it must pass"
    );
}

#[test]
fn messages_left_out_moved_or_doubled_are_refused() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    for _ in 0..4 {
        rig.post(&owner);
    }
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| rig.messages[index].clone());
    for wrong in [
        vec![a.clone(), c.clone(), d.clone()],
        vec![a.clone(), c.clone(), b.clone(), d.clone()],
        vec![a.clone(), a.clone(), b.clone()],
        vec![b.clone(), c.clone()],
    ] {
        assert_eq!(rig.error(&wrong), "verify.chain_link");
    }
    let mut page = rig.page(&[c, d]);
    page.start = Start::After(Position::from(&a));
    assert_eq!(page.clone().link().unwrap_err().code(), "verify.chain_link");
    page.start = Start::After(Position::from(&b));
    assert!(page.link().is_ok());
}

#[test]
fn a_message_from_another_topic_or_space_is_refused() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    rig.post(&owner);
    let other = rig.signed(
        &TopicId::parse("other").unwrap(),
        &owner,
        "chat.text",
        b"hi",
        &[],
    );
    assert_eq!(rig.error(&[other]), "verify.unasked");
    rig.space = Identity::from_seed(&[9; 32]).space_id();
    assert_eq!(rig.error(&rig.messages), "verify.message_hash");
}

#[test]
fn a_forged_sender_is_refused() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    let message = rig.post(&owner).clone();
    let victim = Identity::from_seed(&[7; 32]);
    let mut renamed = message;
    renamed.sender = victim.user_id();
    assert_eq!(rig.error(&[renamed.clone()]), "verify.message_hash");
    renamed.message_hash = renamed.compute_hash(&rig.space);
    assert_eq!(rig.error(&[renamed.clone()]), "verify.message_signature");
    renamed.signature = Signature::from_bytes([0; 64]);
    assert_eq!(rig.error(&[renamed]), "verify.message_signature");
}

#[test]
fn a_message_older_than_the_one_it_follows_is_refused() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    rig.post(&owner);
    rig.now -= 2;
    rig.post(&owner);
    assert_eq!(rig.error(&rig.messages), "verify.chain_time");
}

#[test]
fn a_stranger_and_a_member_without_the_right_are_refused() {
    let (mut rig, poster) = Rig::with_poster();
    rig.post(&poster);
    assert!(rig.verify().is_ok());

    let stranger = Identity::from_seed(&[3; 32]);
    rig.post(&stranger);
    assert_eq!(
        rig.verify().unwrap_err(),
        ChainError::Unauthorized {
            what: format!("message {}", rig.messages[1].message_hash),
            sender: stranger.user_id(),
        }
    );
    rig.own(&state_entry::user(stranger.user_id(), None).unwrap());
    rig.own(&rights(&stranger, &right(Operation::Read, "topics/{any}")));
    assert_eq!(rig.verify().unwrap_err().code(), "verify.unauthorized");
}

#[test]
fn what_a_removed_member_posted_before_stays_valid_and_what_comes_after_is_refused() {
    let (mut rig, poster) = Rig::with_poster();
    rig.now += 10 * LONG;
    rig.post(&poster);
    rig.now += 10 * LONG;
    rig.remove(poster.user_id());
    assert!(rig.verify().is_ok());

    // In the millisecond of the removal nobody can say which was first.
    rig.now -= 1;
    rig.post(&poster);
    assert!(rig.verify().is_ok());

    rig.post(&poster);
    assert_eq!(rig.verify().unwrap_err().code(), "verify.unauthorized");
}

#[test]
fn a_grant_counts_until_it_lapses() {
    let (mut rig, _) = Rig::with_poster();
    let guest = Identity::from_seed(&[4; 32]);
    let lapses = rig.now + 10 * LONG;
    rig.own(&state_entry::user(guest.user_id(), None).unwrap());
    rig.own(&state_entry::role("writer", None).unwrap());
    let create = right(Operation::Create, "topics/general");
    rig.own(&state_entry::right_of_role("writer", "post", &create).unwrap());
    rig.own(&state_entry::role_grant(guest.user_id(), "writer", Some(lapses)).unwrap());
    rig.post(&guest);
    assert!(rig.verify().is_ok());
    rig.now = lapses + 2 * LONG;
    rig.post(&guest);
    assert_eq!(rig.verify().unwrap_err().code(), "verify.unauthorized");
}

#[test]
fn an_expired_tool_posts_no_more() {
    let (mut rig, _) = Rig::with_poster();
    let bell = Identity::from_seed(&[5; 32]);
    let limits = ToolLimits {
        use_limit: None,
        expires_at: Some(rig.now + 10),
    };
    rig.own(&state_entry::tool(bell.tool_id(), None, limits).unwrap());
    let create = right(Operation::Create, "topics/general/messages/{any}");
    rig.own(&state_entry::right_of_member(bell.tool_id(), "ring", &create).unwrap());
    let post = |rig: &Rig, now| {
        Draft {
            space: &rig.space,
            topic: &rig.topic,
            kind: "bell",
            prev_hash: None,
            data: b"",
        }
        .message(&bell.tool_id(), &bell, now)
    };
    let verify = |rig: &Rig, message| {
        let verified = rig.verify_these(&[message]);
        verified.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(verify(&rig, post(&rig, rig.now)), Ok(()));
    assert_eq!(
        verify(&rig, post(&rig, rig.now + 2 * LONG)),
        Err("verify.unauthorized")
    );
}

#[test]
fn a_bad_message_does_not_hide_the_good_ones_around_it() {
    let (mut rig, poster) = Rig::with_poster();
    let (owner, stranger) = (rig.owner.clone(), Identity::from_seed(&[3; 32]));
    for by in [&owner, &stranger, &poster, &owner, &poster] {
        rig.post(by);
    }
    rig.messages[3].data.push_str("AAAA");
    let items = rig.page(&rig.messages).link().unwrap().judge(&rig.state);
    let verdicts: Vec<Option<&str>> = items
        .unwrap()
        .into_iter()
        .map(|item| {
            item.into_result()
                .err()
                .map(|refused| refused.reason.code())
        })
        .collect();
    let expected = [
        None,
        Some("verify.unauthorized"),
        None,
        Some("verify.message_hash"),
        None,
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn each_message_is_judged_by_the_rights_of_its_own_time() {
    let (mut rig, poster) = Rig::with_poster();
    let guest = Identity::from_seed(&[4; 32]);
    rig.now += 10 * LONG;
    for round in 0..3 {
        // Long before it is let in, while it is in, and after it was put out again; the other is in all the time.
        rig.post(&guest);
        rig.now += 2 * LONG;
        rig.own(&state_entry::user(guest.user_id(), None).unwrap());
        rig.own(&rights(&guest, &right(Operation::Create, "topics/{any}")));
        rig.post(&guest);
        rig.post(&poster);
        rig.now += LONG;
        rig.remove(guest.user_id());
        rig.post(&guest);
        rig.post(&poster);
        rig.now += LONG;
        let items = rig.page(&rig.messages).link().unwrap().judge(&rig.state);
        let refused = items
            .unwrap()
            .into_iter()
            .map(|item| item.into_result().is_err());
        let refused: Vec<bool> = refused.collect();
        assert_eq!(refused.len(), 5 * (round + 1));
        for chunk in refused.chunks(5) {
            assert_eq!(chunk, [true, false, false, true, false]);
        }
    }
}

#[test]
fn a_right_whose_entry_ran_ahead_of_the_clock_counts_for_messages_right_before_it() {
    let (mut rig, _) = Rig::with_poster();
    let guest = Identity::from_seed(&[4; 32]);
    rig.now += 10 * LONG;
    rig.own(&state_entry::user(guest.user_id(), None).unwrap());
    rig.own(&rights(&guest, &right(Operation::Create, "topics/{any}")));
    rig.now -= 20_000;
    rig.post(&guest);
    assert!(rig.verify().is_ok());
    rig.messages.clear();
    rig.now -= 2 * LONG;
    rig.post(&guest);
    assert_eq!(rig.verify().unwrap_err().code(), "verify.unauthorized");
}
