//! Subscriptions: a stream tells what its client has subscribed to.

use reeeductio_engine::live::{Close, SessionConfig};
use reeeductio_proto::api::StreamSubscription;
use reeeductio_proto::{ErrorCode, Operation};
use serde_json::json;

use crate::rig::{Member, Rig, code};
use crate::signed_in::SignedIn;

async fn say(rig: &Rig, member: &Member, topic: &str, kind: &str) {
    member.post(rig, topic, kind, b"").await.unwrap();
}

async fn put(rig: &Rig, member: &Member, path: &str, value: &[u8]) {
    member.put(rig, path, value).await.unwrap();
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_stream_tells_all_topics_until_it_is_narrowed() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::open(&rig, &owner).await;
    say(&rig, &owner, "one", "1").await;
    assert_eq!(stream.told().await, ["one 1"]);
    stream.subscribe(&json!({"topics": ["two"]}));
    say(&rig, &owner, "one", "2").await;
    assert_eq!(stream.told().await, ["one 2"], "all and one");
    stream.unsubscribe(&json!({"topics": ["*"]}));
    for topic in ["one", "two", "state"] {
        say(&rig, &owner, topic, "3").await;
    }
    assert_eq!(stream.told().await, ["two 3"]);
    stream.subscribe(&json!({"topics": ["state"]}));
    stream.unsubscribe(&json!({"topics": ["two", "never"]}));
    for topic in ["one", "two", "state"] {
        say(&rig, &owner, topic, "4").await;
    }
    assert_eq!(stream.told().await, ["state 4"]);
    stream.subscribe(&json!({"topics": ["*"]}));
    say(&rig, &owner, "one", "5").await;
    assert_eq!(stream.told().await, ["one 5"]);
}

#[tokio::test]
async fn a_stream_that_signs_in_with_a_subscription_tells_nothing_else() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let first = SignedIn::open(&rig, &owner).await;
    let since = first.hello["cursor"].as_str().unwrap();
    for topic in ["one", "two"] {
        say(&rig, &owner, topic, "1").await;
    }
    let only = json!({"topics": ["two"]});
    let mut stream = SignedIn::open_with(&rig, &owner, since, Some(only)).await;
    assert_eq!(stream.hello["resumed"], true);
    assert_eq!(
        stream.told().await,
        ["two 1"],
        "missed before it was opened"
    );
    let mut nothing = SignedIn::only(&rig, &owner, json!({})).await;
    say(&rig, &owner, "two", "2").await;
    assert_eq!(nothing.told().await, NOTHING);
}

#[tokio::test]
async fn the_cursor_passes_over_what_is_not_subscribed_to() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::only(&rig, &owner, json!({"topics": ["one"]})).await;
    say(&rig, &owner, "two", "1").await;
    assert_eq!(stream.told().await, NOTHING);
    stream.subscribe(&json!({"topics": ["two"]}));
    assert_eq!(stream.told().await, NOTHING, "it is history");
    say(&rig, &owner, "two", "2").await;
    assert_eq!(stream.told().await, ["two 2"]);
}

#[tokio::test]
async fn a_subscription_is_no_right() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    let only = json!({"topics": ["secret"], "data": [""], "signals": ["*"], "roster": true});
    let mut stream = SignedIn::only(&rig, &member, only).await;
    say(&rig, &owner, "secret", "1").await;
    put(&rig, &owner, "a", b"1").await;
    assert_eq!(stream.told().await, NOTHING);
    owner
        .grant(&rig, &member, Operation::Read, "topics/secret")
        .await;
    say(&rig, &owner, "secret", "2").await;
    assert_eq!(stream.told().await, ["secret 2"]);
}

#[tokio::test]
async fn data_is_told_below_the_prefixes_and_since_the_last_message_when_it_begins() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    put(&rig, &owner, "a", b"0").await;
    say(&rig, &owner, "one", "1").await;
    let mut stream = SignedIn::open(&rig, &owner).await;
    put(&rig, &owner, "tasks/1", b"1").await;
    put(&rig, &owner, "tasks2", b"1").await;
    say(&rig, &owner, "one", "2").await;
    put(&rig, &owner, "tasks/2", b"1").await;
    assert_eq!(stream.told().await, ["one 2"]);
    stream.subscribe(&json!({"data": ["tasks"]}));
    assert_eq!(stream.told().await, ["tasks/2 MQ=="], "since the message");
    put(&rig, &owner, "tasks/3", b"1").await;
    put(&rig, &owner, "other", b"1").await;
    assert_eq!(stream.told().await, ["tasks/3 MQ=="]);
    stream.subscribe(&json!({"data": ["other"]}));
    put(&rig, &owner, "other", b"2").await;
    assert_eq!(
        stream.told().await,
        ["other Mg=="],
        "not again from the message on"
    );
    stream.unsubscribe(&json!({"data": ["tasks", "other"]}));
    put(&rig, &owner, "tasks/4", b"1").await;
    say(&rig, &owner, "one", "3").await;
    assert_eq!(stream.told().await, ["one 3"]);
}

#[tokio::test]
async fn data_begins_also_for_a_stream_that_is_behind() {
    let rig = Rig::with(|config| config.limits.live_ring_bytes = 1);
    let owner = rig.owner().await;
    say(&rig, &owner, "one", "1").await;
    let mut stream = SignedIn::open(&rig, &owner).await;
    for path in ["a", "b", "c"] {
        put(&rig, &owner, path, b"1").await;
    }
    assert_eq!(stream.told().await, NOTHING);
    assert_eq!(stream.reads, 0);
    stream.subscribe(&json!({"data": [""]}));
    assert_eq!(stream.told().await, ["a MQ==", "b MQ==", "c MQ=="]);
    assert!(stream.reads > 0);
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::only(&rig, &owner, json!({"topics": ["one"]})).await;
    for wrong in [
        json!({"type": "subscribe", "topics": ["two", "NO"]}),
        json!({"type": "subscribe", "topics": ["two"], "data": ["/"]}),
        json!({"type": "subscribe", "topics": ["two"], "signals": [""]}),
        json!({"type": "subscribe", "topics": "two"}),
        json!({"type": "unsubscribe", "topics": ["one", "NO"]}),
        json!({"type": "unsubscribe", "topics": ["one"], "roster": 1}),
    ] {
        let answer = stream.send(&wrong);
        assert_eq!(answer.len(), 1, "{wrong}");
        assert_eq!(answer[0]["type"], "error", "{wrong}");
        assert_eq!(answer[0]["code"], "request.invalid", "{wrong}");
        assert!(answer[0].get("counter").is_none());
    }
    say(&rig, &owner, "two", "1").await;
    say(&rig, &owner, "one", "1").await;
    assert_eq!(stream.told().await, ["one 1"]);
    let wrong = StreamSubscription {
        topics: vec!["NO".to_owned()],
        ..StreamSubscription::default()
    };
    let config = SessionConfig::default();
    let caller = owner.caller.clone();
    let refused = rig
        .engine
        .signed_in_session(caller, config, "", Some(&wrong))
        .await;
    assert_eq!(code(refused), ErrorCode::RequestInvalid);
}

#[tokio::test]
async fn thousands_of_subscriptions_are_refused() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::only(&rig, &owner, json!({})).await;
    let names = |count: usize| (0..count).map(|n| format!("topic-{n}")).collect::<Vec<_>>();
    let mut subscribe = |topics: Vec<String>| {
        let answer = stream.send(&json!({"type": "subscribe", "topics": topics}));
        answer[0]["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(subscribe(names(257)), "request.invalid");
    assert_eq!(subscribe(names(256)), "");
    assert_eq!(subscribe(names(1)), "", "it is there");
    assert_eq!(subscribe(vec!["more".to_owned()]), "request.invalid");
    for _ in 4..64 {
        assert_eq!(subscribe(Vec::new()), "");
    }
    assert_eq!(subscribe(Vec::new()), "rate.limited");
    rig.clock.advance(1_000);
    for _ in 0..16 {
        assert_eq!(subscribe(Vec::new()), "");
    }
    assert_eq!(subscribe(Vec::new()), "rate.limited");
}

#[tokio::test]
async fn other_frames_are_ignored_and_a_second_sign_in_ends_the_stream() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::open(&rig, &owner).await;
    for ignored in [
        json!({"type": "later", "topics": 1}),
        json!({"topics": ["a"]}),
        json!("signal"),
        json!(null),
    ] {
        assert_eq!(stream.send(&ignored), Vec::<serde_json::Value>::new());
    }
    assert_eq!(stream.closed, None);
    stream.send(&json!({"type": "auth", "token": "x"}));
    assert_eq!(stream.closed, Some(Close::SignedInAgain));
}
