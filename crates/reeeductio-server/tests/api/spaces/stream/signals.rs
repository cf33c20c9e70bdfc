//! Subscriptions, signals, the roster and checkpoints over a socket (spec/stream.md).

use reeeductio_proto::{MemberId, signal_statement};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::signing_in::knock;
use super::{Client, reader};
use crate::rig::{Bound, Member, Plan, base64, sign};

/// Opens a stream that tells only this.
pub(super) async fn only(bound: &Bound, member: &Member, subscribe: &Value) -> (Client, Value) {
    let mut client = knock(bound, member.space).await;
    let auth = json!({"type": "auth", "token": member.token, "subscribe": subscribe});
    client.say(&auth).await;
    let hello = client.next().await;
    assert_eq!(hello["type"], "hello");
    assert_eq!(client.next().await, json!({"type": "subscribed"}));
    (client, hello)
}

/// A signal, made here without the code under test but for the statement, whose vectors are in spec/vectors.
fn signal(member: &Member, to: Option<MemberId>, counter: u64, sealed: &[u8]) -> Value {
    let session = [1; 16];
    let statement = signal_statement(
        member.space,
        "typing",
        to.as_ref(),
        &session,
        counter,
        sealed,
    );
    json!({
        "type": "signal",
        "subject": "typing",
        "to": to,
        "session": base64(&session),
        "counter": counter,
        "sealed": base64(sealed),
        "signature": sign(&member.key, &statement),
    })
}

/// A reader that may send and receive signals.
async fn peer(bound: &Bound, owner: &Member, seed: u8) -> Member {
    let member = reader(bound, owner, seed).await;
    owner
        .grant(&bound.rig, &member, "s", "write", "signals/{any}")
        .await;
    member
}

fn signals() -> Value {
    json!({"signals": ["typing"]})
}

#[tokio::test]
async fn a_signal_of_the_largest_size_goes_from_one_socket_to_another() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let ada = peer(&bound, &owner, 2).await;
    let (mut from, _) = only(&bound, &ada, &signals()).await;
    let (mut told, _) = only(&bound, &owner, &signals()).await;
    let largest = signal(&ada, Some(owner.id), u64::MAX - 1, &vec![7; 16_462]);
    from.say(&largest).await;
    let mut expected = largest;
    expected["sender"] = json!(ada.id);
    expected["at"] = json!(bound.rig.now());
    assert_eq!(told.next().await, expected);
    from.say(&signal(&ada, None, u64::MAX, b"1")).await;
    assert_eq!(told.next().await["sealed"], "MQ==");
}

#[tokio::test]
async fn a_refused_signal_is_answered_counted_and_does_not_end_the_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = reader(&bound, &owner, 2).await;
    let (mut told, _) = only(&bound, &owner, &signals()).await;
    let (mut from, _) = only(&bound, &member, &signals()).await;
    from.say(&signal(&member, None, 3, b"1")).await;
    let answer = from.next().await;
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("create signals/typing"), "{message}");
    assert_eq!(
        answer,
        json!({
            "type": "error",
            "code": "permission.denied",
            "message": message,
            "session": base64(&[1; 16]),
            "counter": 3,
        })
    );
    // With the key of another: the owner's, which may.
    let forged = Member {
        key: member.key.clone(),
        ..owner.clone()
    };
    told.say(&signal(&forged, None, 1, b"1")).await;
    assert_eq!(told.next().await["code"], "signal.bad_signature");
    for code in ["permission.denied", "signal.bad_signature"] {
        let refused = format!("reeeductio_refusals_total{{code=\"{code}\"}}");
        assert_eq!(bound.metric(&refused).await, 1);
    }
    from.say(&json!({"type": "subscribe", "topics": ["general"]}))
        .await;
    assert_eq!(from.next().await, json!({"type": "subscribed"}));
    owner.say(&bound.rig, "general", b"hello").await;
    assert_eq!(from.next().await["topic_id"], "general");
}

#[tokio::test]
async fn a_subscription_to_sign_in_with_that_is_refused_closes_the_stream() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    for subscribe in [
        json!({"topics": ["NO"]}),
        json!({"topics": (0..300).map(|n| format!("t{n}")).collect::<Vec<_>>()}),
        json!("all"),
    ] {
        let mut client = knock(&bound, owner.space).await;
        let auth = json!({"type": "auth", "token": owner.token, "subscribe": subscribe});
        client.say(&auth).await;
        let (code, messages) = client.ended().await;
        assert_eq!((code.map(u16::from), messages), (Some(4422), 0));
    }
}

#[tokio::test]
async fn a_stream_that_is_subscribed_is_told_that_and_a_base_stream_everything_it_was() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let mut base = Client::open(&bound, &owner).await;
    let (mut client, _) = only(&bound, &owner, &json!({"topics": ["other"]})).await;
    // On a stream of the base protocol these are ignored, like everything else.
    for frame in [
        json!({"type": "unsubscribe", "topics": ["*"]}),
        json!({"type": "subscribe", "topics": 7, "roster": true}),
        signal(&owner, None, 1, b"1"),
        json!({"type": "auth", "token": owner.token}),
    ] {
        base.say(&frame).await;
    }
    base.exchange_pings().await;
    let general = owner.say(&bound.rig, "general", b"1").await;
    let other = owner.say(&bound.rig, "other", b"1").await;
    assert_eq!(client.next().await["message_hash"], json!(other));
    for hash in [general, other] {
        assert_eq!(base.next().await["message_hash"], json!(hash));
    }
}

#[tokio::test]
async fn connections_that_begin_and_end_are_told_to_those_who_follow() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let ada = peer(&bound, &owner, 2).await;
    let (mut client, _) = only(&bound, &owner, &json!({"roster": true})).await;
    let roster = client.next().await;
    let alone =
        json!({"type": "roster", "page": 0, "members": [owner.id], "more": false, "count": 1});
    assert_eq!(roster, alone);
    let (of_ada, _) = only(&bound, &ada, &json!({})).await;
    assert_eq!(
        client.next().await,
        json!({"type": "joined", "member": ada.id})
    );
    drop(of_ada);
    assert_eq!(
        client.next().await,
        json!({"type": "left", "member": ada.id})
    );
}

#[tokio::test]
async fn a_reader_that_takes_nothing_loses_signals_and_no_messages() {
    let bound = Bound::with(|plan: &mut Plan| plan.engine.limits.live_ring_bytes = 100_000).await;
    let owner = bound.rig.owner(1).await;
    let wanted = json!({"topics": ["general"], "signals": ["*"]});
    let (mut slow, _) = only(&bound, &owner, &wanted).await;
    let mut senders = Vec::new();
    for seed in 2..7 {
        let member = peer(&bound, &owner, seed).await;
        let (client, _) = only(&bound, &member, &json!({})).await;
        senders.push((member, client));
    }
    // Far more than the rings and the sockets hold, as fast as each may.
    let mut posted = Vec::new();
    let signals = 900;
    for counter in 0..signals / 5 {
        for (member, client) in &mut senders {
            client
                .feed(&signal(member, None, counter, &[7; 15_800]))
                .await;
            // An error would come before the answer.
            client.exchange_pings().await;
        }
        bound.rig.clock.advance(500);
        if counter % 10 == 0 {
            posted.push(json!(owner.say(&bound.rig, "general", b"1").await));
        }
    }
    posted.push(json!(owner.say(&bound.rig, "general", b"last").await));
    let (mut heard, mut messages) = (0, Vec::new());
    while messages.last() != posted.last() {
        let frame = slow.next().await;
        match frame["type"].as_str() {
            Some("signal") => heard += 1,
            Some("chat.text") => messages.push(frame["message_hash"].clone()),
            _ => {}
        }
    }
    assert_eq!(messages, posted);
    assert!((1..signals).contains(&heard), "{heard}");
}

#[tokio::test]
async fn a_flood_of_refused_signals_holds_up_nobody() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let (mut from, _) = only(&bound, &owner, &json!({})).await;
    let (mut other, _) = only(&bound, &owner, &json!({"topics": ["general"]})).await;
    let flood = Message::text(signal(&owner, None, 1, &[7; 16_000]).to_string());
    for _ in 0..50 {
        from.send(flood.clone()).await;
    }
    let said = owner.say(&bound.rig, "general", b"1").await;
    assert_eq!(other.next().await["message_hash"], json!(said));
    // The first was taken; after it the counter does not rise.
    for _ in 0..49 {
        assert_eq!(from.next().await["code"], "request.invalid");
    }
}

#[tokio::test]
async fn checkpoints_come_with_the_hello_and_when_the_tree_grows() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let policy = json!({"version": 1, "home": "server", "history": "static", "suites": [1], "padding": "padme"});
    owner
        .set(&bound.rig, "space/policy", policy.to_string().as_bytes())
        .await;
    let (mut client, hello) = only(&bound, &owner, &json!({})).await;
    let size = |note: &Value| note.as_str().unwrap().lines().nth(1).unwrap().to_owned();
    assert_eq!(size(&hello["checkpoint"]), "1");
    owner.set(&bound.rig, "a", b"1").await;
    let frame = client.next().await;
    assert_eq!(frame["type"], "checkpoint");
    assert_eq!(size(&frame["checkpoint"]), "2");
}
