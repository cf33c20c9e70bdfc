use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{Message, Operation, Signature, ToolLimits, TopicId};

use super::super::claim::GRACE;
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
    let asked = page.messages.clone();
    let linked = page.link().unwrap();
    assert!(linked.is_by_owner_only());
    let newest_first: Vec<Message> = linked
        .authorize(&rig.state)
        .unwrap()
        .into_iter()
        .map(VerifiedMessage::into_message)
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
            page.start = Start::After(Anchor::from(&first));
            if page.link().is_ok() {
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
        assert_eq!(rig.link_error(&wrong), "verify.chain_link");
    }
    let mut page = rig.page(&[c, d]);
    page.start = Start::After(Anchor::from(&a));
    assert_eq!(page.clone().link().unwrap_err().code(), "verify.chain_link");
    page.start = Start::After(Anchor::from(&b));
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
    assert_eq!(rig.link_error(&[other]), "verify.unasked");
    let mut page = rig.page(&rig.messages);
    page.space = Identity::from_seed(&[9; 32]).space_id();
    assert_eq!(page.link().unwrap_err().code(), "verify.message_hash");
}

#[test]
fn a_forged_sender_is_refused() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    let message = rig.post(&owner).clone();
    let victim = Identity::from_seed(&[7; 32]);
    let mut renamed = message;
    renamed.sender = victim.user_id();
    assert_eq!(rig.link_error(&[renamed.clone()]), "verify.message_hash");
    renamed.message_hash = renamed.compute_hash(&rig.space);
    assert_eq!(
        rig.link_error(&[renamed.clone()]),
        "verify.message_signature"
    );
    renamed.signature = Signature::from_bytes([0; 64]);
    assert_eq!(rig.link_error(&[renamed]), "verify.message_signature");
}

#[test]
fn a_message_older_than_the_one_it_follows_is_refused() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    rig.post(&owner);
    rig.now -= 2;
    rig.post(&owner);
    assert_eq!(rig.link_error(&rig.messages), "verify.chain_time");
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
    rig.now += 10 * GRACE;
    rig.post(&poster);
    rig.now += 10 * GRACE;
    rig.remove(poster.user_id());
    assert!(rig.verify().is_ok());

    // Judged before the removal, stored after it.
    rig.now += GRACE / 2;
    rig.post(&poster);
    assert!(rig.verify().is_ok());

    rig.now += 2 * GRACE;
    rig.post(&poster);
    assert_eq!(rig.verify().unwrap_err().code(), "verify.unauthorized");
}

#[test]
fn a_grant_counts_until_it_lapses() {
    let (mut rig, _) = Rig::with_poster();
    let guest = Identity::from_seed(&[4; 32]);
    let lapses = rig.now + 10 * GRACE;
    rig.own(&state_entry::user(guest.user_id(), None).unwrap());
    rig.own(&state_entry::role("writer", None).unwrap());
    let create = right(Operation::Create, "topics/general");
    rig.own(&state_entry::right_of_role("writer", "post", &create).unwrap());
    rig.own(&state_entry::role_grant(guest.user_id(), "writer", Some(lapses)).unwrap());
    rig.post(&guest);
    assert!(rig.verify().is_ok());
    rig.now = lapses + 2 * GRACE;
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
        let linked = rig.page(&[message]).link().unwrap();
        linked
            .authorize(&rig.state)
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(verify(&rig, post(&rig, rig.now)), Ok(()));
    assert_eq!(
        verify(&rig, post(&rig, rig.now + 2 * GRACE)),
        Err("verify.unauthorized")
    );
}
