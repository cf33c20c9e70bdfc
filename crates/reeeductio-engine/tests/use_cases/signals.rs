//! Signals: told to those that are connected, and to nobody else.

use reeeductio_core::state_entry;
use reeeductio_engine::live::Close;
use reeeductio_proto::Operation;
use serde_json::{Value, json};

use crate::rig::{Member, Rig, keys, space};
use crate::signed_in::{Said, SignedIn};
use crate::spaces::{operator, register};

const NOTHING: [&str; 0] = [];
const NO_FRAMES: [Value; 0] = [];

/// A member that may send and receive signals with the subject `typing`.
async fn peer(rig: &Rig, owner: &Member, seed: u8) -> Member {
    let member = rig.user(owner, seed).await;
    for op in [Operation::Create, Operation::Read] {
        owner.grant(rig, &member, op, "signals/typing").await;
    }
    member
}

/// A stream that tells signals only.
async fn listener<'a>(rig: &'a Rig, member: &Member) -> SignedIn<'a> {
    SignedIn::only(rig, member, json!({"signals": ["*"]})).await
}

/// The code of the refusal, or nothing.
fn code(answers: &[Value]) -> &str {
    assert!(answers.len() <= 1);
    answers
        .first()
        .map_or("", |answer| answer["code"].as_str().unwrap())
}

#[tokio::test]
async fn a_signal_reaches_the_others_that_subscribe_and_may_read_it() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (ada, bob) = (peer(&rig, &owner, 2).await, peer(&rig, &owner, 3).await);
    let stranger = rig.user(&owner, 4).await;
    let mut from = listener(&rig, &ada).await;
    let mut other_device = listener(&rig, &ada).await;
    let mut told = listener(&rig, &bob).await;
    let mut other_subject = SignedIn::only(&rig, &bob, json!({"signals": ["cursor"]})).await;
    let mut may_not = listener(&rig, &stranger).await;
    let mut without = SignedIn::open(&rig, &bob).await;
    let said = Said::new("typing", 7).by(&ada);
    assert_eq!(from.send(&said), NO_FRAMES, "what is taken is not answered");
    let mut expected = said.clone();
    expected["sender"] = json!(ada.id);
    expected["at"] = json!(rig.now());
    assert_eq!(told.frames().await, [expected.clone()]);
    assert_eq!(other_device.frames().await, [expected]);
    for stream in [&mut from, &mut other_subject, &mut may_not, &mut without] {
        assert_eq!(stream.told().await, NOTHING);
    }
    assert_eq!(told.told().await, NOTHING, "once");
}

#[tokio::test]
async fn a_signal_for_one_member_reaches_its_streams_only() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (ada, bob) = (peer(&rig, &owner, 2).await, peer(&rig, &owner, 3).await);
    let eve = peer(&rig, &owner, 4).await;
    let mut from = listener(&rig, &ada).await;
    let mut of_bob = [listener(&rig, &bob).await, listener(&rig, &bob).await];
    let mut of_eve = listener(&rig, &eve).await;
    // As the space's own id, the owner is the same member.
    let mut of_owner = listener(&rig, &owner).await;
    let as_space = rig
        .sign_in(space().to_string().parse().unwrap(), 1)
        .await
        .unwrap();
    let mut of_space = listener(&rig, &as_space).await;
    let to = |id, counter| Said {
        to: Some(id),
        ..Said::new("typing", counter)
    };
    assert_eq!(from.send(&to(bob.id, 1).by(&ada)), NO_FRAMES);
    assert_eq!(from.send(&to(owner.id, 2).by(&ada)), NO_FRAMES);
    assert_eq!(from.send(&to(as_space.id, 3).by(&ada)), NO_FRAMES);
    let nobody = keys(99).user_id();
    assert_eq!(
        from.send(&to(nobody, 4).by(&ada)),
        NO_FRAMES,
        "nobody learns who is there"
    );
    for stream in &mut of_bob {
        let frames = stream.frames().await;
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0]["to"], json!(bob.id));
    }
    for stream in [&mut of_owner, &mut of_space] {
        assert_eq!(stream.told().await, ["typing 2", "typing 3"]);
    }
    assert_eq!(of_eve.told().await, NOTHING);
    let eve_is_woken = of_eve.is_woken(|_| {
        from.send(&to(bob.id, 5).by(&ada));
    });
    assert!(!eve_is_woken, "it costs her stream nothing");
    assert!(of_bob[0].is_woken(|_| {
        from.send(&to(bob.id, 6).by(&ada));
    }));
}

#[tokio::test]
async fn a_stream_is_woken_by_the_signals_of_others() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = listener(&rig, &owner).await;
    let own = |stream: &mut SignedIn<'_>| {
        assert_eq!(stream.send(&Said::new("typing", 1).by(&owner)), NO_FRAMES);
    };
    assert!(!stream.is_woken(own));
    let mut other = listener(&rig, &owner).await;
    assert!(stream.is_woken(|_| {
        other.send(&Said::new("typing", 1).by(&owner));
    }));
    let mut narrow = SignedIn::only(&rig, &owner, json!({"signals": ["cursor"]})).await;
    assert!(!narrow.is_woken(|_| {
        other.send(&Said::new("typing", 2).by(&owner));
    }));
}

#[tokio::test]
async fn a_server_that_does_not_know_the_newest_rights_takes_and_tells_no_signal() {
    let [one, two] = Rig::pair();
    register(&one, &operator(&one).await, 1).await.unwrap();
    let owner = one.owner().await;
    let (mut from, mut told) = (listener(&one, &owner).await, listener(&one, &owner).await);
    let there = two.owner().await;
    let mut elsewhere = listener(&two, &there).await;
    assert_eq!(from.send(&Said::new("typing", 1).by(&owner)), NO_FRAMES);
    // Nobody has read the store since.
    one.clock.advance(3_000);
    assert_eq!(told.told().await, NOTHING);
    let answers = from.send(&Said::new("typing", 2).by(&owner));
    assert_eq!(code(&answers), "server.busy");
    assert_eq!(answers[0]["details"], json!({"retry_after": 1}));
    // That has begun to read it, in a task of its own.
    let mut heard = Vec::new();
    while heard.is_empty() {
        tokio::task::yield_now().await;
        heard = told.told().await;
    }
    assert_eq!(heard, ["typing 1"]);
    assert_eq!(from.send(&Said::new("typing", 2).by(&owner)), NO_FRAMES);
    assert_eq!(told.told().await, ["typing 2"]);
    assert_eq!(
        elsewhere.told().await,
        NOTHING,
        "signals stay in their process"
    );
}

#[tokio::test]
async fn a_signal_that_is_not_the_members_is_refused_with_its_counter() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (ada, bob) = (peer(&rig, &owner, 2).await, peer(&rig, &owner, 3).await);
    let reader = rig.user(&owner, 4).await;
    owner
        .grant(&rig, &reader, Operation::Read, "signals/{any}")
        .await;
    let mut told = listener(&rig, &bob).await;
    let mut from = listener(&rig, &ada).await;
    let check = |from: &mut SignedIn<'_>, frame: Value, expected: &str| {
        let answers = from.send(&frame);
        assert_eq!(code(&answers), expected, "{frame}");
        assert_eq!(answers[0]["counter"], frame["counter"]);
        assert_eq!(answers[0]["session"], frame["session"]);
    };
    let said = Said::new("typing", 5);
    check(&mut from, said.by(&bob), "signal.bad_signature");
    for (field, other) in [
        ("subject", json!("typing2")),
        ("to", json!(bob.id)),
        ("session", json!("AAAAAAAAAAAAAAAAAAAAAA==")),
        ("counter", json!(6)),
        ("sealed", json!("b3RoZXI=")),
    ] {
        let mut changed = said.by(&ada);
        changed[field] = other;
        // Nobody may send the other subject.
        let expected = match field {
            "subject" => "permission.denied",
            _ => "signal.bad_signature",
        };
        check(&mut from, changed, expected);
    }
    let mut named = said.by(&bob);
    named["sender"] = json!(bob.id);
    check(&mut from, named, "signal.bad_signature");
    check(
        &mut from,
        Said::new("cursor", 5).by(&ada),
        "permission.denied",
    );
    let mut may_only_read = listener(&rig, &reader).await;
    check(&mut may_only_read, said.by(&reader), "permission.denied");
    check(
        &mut from,
        Said::new("presence", 5).by(&ada),
        "request.invalid",
    );
    assert_eq!(told.told().await, NOTHING);
    assert_eq!(
        from.send(&said.by(&ada)),
        NO_FRAMES,
        "none of that has spent a counter"
    );
    assert_eq!(told.told().await, ["typing 5"]);
}

#[tokio::test]
async fn what_is_no_signal_is_refused() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut from = listener(&rig, &owner).await;
    let with = |field: &str, value: Value| {
        let mut frame = Said::new("typing", 1).by(&owner);
        frame[field] = value;
        frame
    };
    let large = |length| Said {
        sealed: vec![7; length],
        ..Said::new("typing", 1)
    };
    for (frame, is_signal) in [
        (with("subject", json!("Typing")), false),
        (with("subject", json!("a".repeat(65))), false),
        (with("to", json!("bob")), false),
        (with("counter", json!(-1)), false),
        (with("counter", json!(1.5)), false),
        (with("signature", json!("AAAA")), false),
        (with("sealed", json!(null)), false),
        (with("session", json!("AAAA")), true),
        (with("sealed", json!("")), true),
        (with("sealed", json!("====")), true),
        (large(16_463).by(&owner), true),
    ] {
        let answers = from.send(&frame);
        assert_eq!(code(&answers), "request.invalid", "{frame}");
        assert_eq!(answers[0].get("counter").is_some(), is_signal, "{frame}");
    }
    let without_to = {
        let mut frame = large(16_462).by(&owner);
        frame.as_object_mut().unwrap().remove("to");
        frame
    };
    assert_eq!(from.send(&without_to), NO_FRAMES, "for all");
}

#[tokio::test]
async fn a_counter_that_does_not_rise_and_another_session_are_refused() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut told = listener(&rig, &owner).await;
    let mut from = listener(&rig, &owner).await;
    let first = Said::new("typing", 5).by(&owner);
    assert_eq!(from.send(&first), NO_FRAMES);
    let other = Said {
        session: [2; 16],
        ..Said::new("typing", 9)
    };
    let replayed = [first, Said::new("typing", 4).by(&owner), other.by(&owner)];
    for frame in &replayed {
        assert_eq!(code(&from.send(frame)), "request.invalid");
    }
    assert_eq!(from.send(&Said::new("cursor", 8).by(&owner)), NO_FRAMES);
    let last = Said::new("typing", u64::MAX).by(&owner);
    assert_eq!(from.send(&last), NO_FRAMES);
    assert_eq!(code(&from.send(&last)), "request.invalid");
    let expected = format!("typing {}", u64::MAX);
    assert_eq!(told.told().await, ["typing 5", "cursor 8", &expected]);
}

#[tokio::test]
async fn a_flood_is_refused_by_its_bytes_for_the_stream_and_the_member() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut told = listener(&rig, &owner).await;
    let large = |counter| Said {
        sealed: vec![7; 16_384 - 512],
        ..Said::new("typing", counter)
    };
    let flood = |stream: &mut SignedIn<'_>, first: u64| {
        let mut taken = 0;
        loop {
            let answers = stream.send(&large(first + taken).by(&owner));
            if let Some(answer) = answers.first() {
                assert_eq!(answer["code"], "rate.limited");
                assert_eq!(answer["details"], json!({"retry_after": 1}));
                return taken;
            }
            taken += 1;
        }
    };
    let mut first = listener(&rig, &owner).await;
    assert_eq!(flood(&mut first, 1), 8, "128 KiB for a stream");
    let small = Said::new("typing", 100).by(&owner);
    assert_eq!(code(&first.send(&small)), "rate.limited");
    let mut second = listener(&rig, &owner).await;
    assert_eq!(flood(&mut second, 1), 8);
    let mut third = listener(&rig, &owner).await;
    assert_eq!(flood(&mut third, 1), 0, "256 KiB for a member");
    rig.clock.advance(1_000);
    assert_eq!(first.send(&small), NO_FRAMES);
    assert_eq!(flood(&mut second, 9), 2);
    assert_eq!(
        told.told().await.len(),
        13,
        "the newest 256 KiB of frames are kept"
    );
    // Others still send.
    let ada = peer(&rig, &owner, 2).await;
    let mut of_ada = listener(&rig, &ada).await;
    assert_eq!(of_ada.send(&Said::new("typing", 1).by(&ada)), NO_FRAMES);
    assert_eq!(told.told().await, ["typing 1"]);
}

#[tokio::test]
async fn false_signatures_are_counted_too() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (ada, bob) = (peer(&rig, &owner, 2).await, peer(&rig, &owner, 3).await);
    let mut from = listener(&rig, &ada).await;
    let said = Said {
        sealed: vec![7; 16_384],
        ..Said::new("typing", 1)
    };
    let forged = said.by(&bob);
    let mut checked = 0;
    while code(&from.send(&forged)) == "signal.bad_signature" {
        checked += 1;
        assert!(checked < 100, "each costs the server a check");
    }
    assert_eq!(checked, 7);
}

#[tokio::test]
async fn a_slow_reader_loses_signals_and_no_messages() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let wanted = json!({"topics": ["one"], "signals": ["typing"]});
    let mut slow = SignedIn::only(&rig, &owner, wanted).await;
    let mut from = listener(&rig, &owner).await;
    for counter in 0..60 {
        let said = Said {
            sealed: vec![7; 15_000],
            ..Said::new("typing", counter)
        };
        assert_eq!(from.send(&said.by(&owner)), NO_FRAMES);
        let kind = counter.to_string();
        owner.post(&rig, "one", &kind, b"").await.unwrap();
        rig.clock.advance(500);
    }
    let told = slow.told().await;
    let messages: Vec<_> = told
        .iter()
        .filter(|frame| frame.starts_with("one"))
        .collect();
    assert_eq!(messages.len(), 60);
    let signals: Vec<_> = told
        .iter()
        .filter(|frame| frame.starts_with("typing"))
        .collect();
    assert!(
        (5..=13).contains(&signals.len()),
        "256 KiB: {}",
        signals.len()
    );
    assert_eq!(signals.last().unwrap().as_str(), "typing 59");
    rig.clock.advance(5_000);
    from.send(&Said::new("typing", 60).by(&owner));
    rig.clock.advance(10_000);
    assert_eq!(slow.told().await, NOTHING, "too old");
}

#[tokio::test]
async fn a_right_given_or_taken_counts_for_the_next_signal() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = peer(&rig, &owner, 2).await;
    let mut told = listener(&rig, &ada).await;
    let mut from = listener(&rig, &owner).await;
    assert_eq!(from.send(&Said::new("typing", 1).by(&owner)), NO_FRAMES);
    assert_eq!(told.told().await, ["typing 1"]);
    for right in ["read", "create"] {
        let path = format!("auth/users/{}/rights/cap_{right}", ada.id);
        owner.post(&rig, "state", &path, b"").await.unwrap();
    }
    assert_eq!(from.send(&Said::new("typing", 2).by(&owner)), NO_FRAMES);
    assert_eq!(told.told().await, NOTHING);
    assert_eq!(
        code(&told.send(&Said::new("typing", 1).by(&ada))),
        "permission.denied"
    );
    owner
        .grant(&rig, &ada, Operation::Read, "signals/{any}")
        .await;
    assert_eq!(from.send(&Said::new("typing", 3).by(&owner)), NO_FRAMES);
    assert_eq!(told.told().await, ["typing 3"]);
}

#[tokio::test]
async fn a_removed_member_neither_sends_nor_hears() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (ada, bob) = (peer(&rig, &owner, 2).await, peer(&rig, &owner, 3).await);
    let (mut of_ada, mut of_bob) = (listener(&rig, &ada).await, listener(&rig, &bob).await);
    let mut from = listener(&rig, &owner).await;
    for member in [&ada, &bob] {
        let path = format!("auth/users/{}", member.id);
        owner.post(&rig, "state", &path, b"").await.unwrap();
    }
    assert_eq!(of_ada.send(&Said::new("typing", 1).by(&ada)), NO_FRAMES);
    assert_eq!(of_ada.closed, Some(Close::Revoked));
    assert_eq!(from.send(&Said::new("typing", 1).by(&owner)), NO_FRAMES);
    assert_eq!(of_bob.told().await, NOTHING);
    assert_eq!(of_bob.closed, Some(Close::Revoked));
    assert_eq!(from.told().await, NOTHING);
}

#[tokio::test]
async fn a_subscription_to_signals_begins_with_the_next_one() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stays = listener(&rig, &owner).await;
    let mut from = listener(&rig, &owner).await;
    let mut late = SignedIn::only(&rig, &owner, json!({})).await;
    from.send(&Said::new("typing", 1).by(&owner));
    late.subscribe(&json!({"signals": ["typing"]}));
    assert_eq!(late.told().await, NOTHING);
    from.send(&Said::new("typing", 2).by(&owner));
    late.subscribe(&json!({"signals": ["cursor"]}));
    from.send(&Said::new("cursor", 3).by(&owner));
    assert_eq!(
        late.told().await,
        ["typing 2", "cursor 3"],
        "none is lost by more"
    );
    late.unsubscribe(&json!({"signals": ["typing"]}));
    from.send(&Said::new("typing", 4).by(&owner));
    from.send(&Said::new("cursor", 5).by(&owner));
    assert_eq!(late.told().await, ["cursor 5"]);
    assert_eq!(stays.told().await.len(), 5);
}

#[tokio::test]
async fn a_tool_signals_by_its_own_rights_until_it_expires() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let id = keys(5).tool_id();
    let until = rig.now() + 60_000;
    let limits = reeeductio_proto::ToolLimits {
        use_limit: None,
        expires_at: Some(until),
    };
    owner
        .set(&rig, &state_entry::tool(id, None, limits).unwrap())
        .await
        .unwrap();
    let tool = rig.sign_in(id, 5).await.unwrap();
    owner
        .grant(&rig, &tool, Operation::Write, "signals/{any}")
        .await;
    let mut told = listener(&rig, &owner).await;
    let mut from = listener(&rig, &tool).await;
    assert_eq!(from.send(&Said::new("typing", 1).by(&tool)), NO_FRAMES);
    assert_eq!(told.frames().await[0]["sender"], json!(tool.id));
    rig.clock.advance(60_001);
    assert_eq!(from.send(&Said::new("typing", 2).by(&tool)), NO_FRAMES);
    assert_eq!(from.closed, Some(Close::Revoked));
    assert_eq!(told.told().await, NOTHING);
}

#[tokio::test]
async fn a_member_that_connects_again_may_not_send_more() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = peer(&rig, &owner, 2).await;
    let mut sent = 0;
    for _ in 0..8 {
        let mut from = listener(&rig, &ada).await;
        for counter in 1..=8 {
            let said = Said {
                sealed: vec![1; 16_000],
                ..Said::new("typing", counter)
            };
            sent += usize::from(code(&from.send(&said.by(&ada))).is_empty());
        }
    }
    // 256 KiB at once for all streams of a member.
    assert!(sent <= 16, "{sent} signals of 16,512 bytes in no time");
}
