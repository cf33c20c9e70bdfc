//! Checkpoints on streams of spaces with a policy, and what stands beside their events.

use std::time::Duration;

use reeeductio_proto::Checkpoint;
use serde_json::{Value, json};

use crate::rig::{Member, Rig};
use crate::signed_in::SignedIn;

const POLICY: &[u8] =
    br#"{"version": 1, "home": "server", "history": "static", "suites": [1], "padding": "padme"}"#;

async fn owner_of_space_with_policy(rig: &Rig) -> Member {
    let owner = rig.owner().await;
    owner
        .post(rig, "state", "space/policy", POLICY)
        .await
        .unwrap();
    owner
}

/// The size of the tree of a checkpoint in a frame, which must verify.
fn size(rig: &Rig, frame: &Value) -> u64 {
    let note = frame["checkpoint"].as_str().unwrap();
    let key = rig.engine.log_key().public_key();
    Checkpoint::verify(note, &key).unwrap().size
}

/// The checkpoints that come, once the task that signs them has run.
async fn checkpoints(rig: &Rig, stream: &mut SignedIn<'_>) -> Vec<u64> {
    // Time of the runtime stands still but for what nobody else can do.
    tokio::time::sleep(Duration::from_millis(1)).await;
    let mut frames = stream.frames().await;
    frames.retain(|frame| frame["type"] == "checkpoint");
    frames.iter().map(|frame| size(rig, frame)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_hello_has_a_checkpoint_and_later_ones_come_once_a_second() {
    let rig = Rig::start();
    let owner = owner_of_space_with_policy(&rig).await;
    owner.post(&rig, "state", "a", b"1").await.unwrap();
    let mut stream = SignedIn::open(&rig, &owner).await;
    assert_eq!(size(&rig, &stream.hello), 2);
    assert_eq!(
        checkpoints(&rig, &mut stream).await,
        [0; 0],
        "it has not grown"
    );
    owner.post(&rig, "state", "a", b"2").await.unwrap();
    owner.put(&rig, "entry", b"1").await.unwrap();
    assert_eq!(checkpoints(&rig, &mut stream).await, [4]);
    for value in [b"3", b"4", b"5"] {
        owner.post(&rig, "state", "a", value).await.unwrap();
        assert_eq!(checkpoints(&rig, &mut stream).await, [0; 0]);
    }
    rig.clock.advance(1_000);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        checkpoints(&rig, &mut stream).await,
        [7],
        "one for all of them"
    );
    rig.clock.advance(60_000);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(checkpoints(&rig, &mut stream).await, [0; 0]);
    owner.post(&rig, "state", "a", b"6").await.unwrap();
    assert_eq!(
        checkpoints(&rig, &mut stream).await,
        [8],
        "at once after silence"
    );
}

#[tokio::test(start_paused = true)]
async fn every_stream_of_the_space_is_told_and_those_of_others_are_not() {
    let rig = Rig::start();
    let owner = owner_of_space_with_policy(&rig).await;
    let mut one = SignedIn::open(&rig, &owner).await;
    let mut two = SignedIn::only(&rig, &owner, json!({})).await;
    let config = reeeductio_engine::live::SessionConfig::default();
    let caller = owner.caller.clone();
    let mut by_url = rig.engine.resume_session(caller, config, "").await.unwrap();
    owner.post(&rig, "state", "a", b"1").await.unwrap();
    for stream in [&mut one, &mut two] {
        assert_eq!(checkpoints(&rig, stream).await, [2]);
    }
    let input = reeeductio_engine::live::Input::Wake;
    let effects = by_url.handle(rig.now(), rig.engine.monotonic(), input);
    let sent: Vec<Value> = effects
        .send
        .iter()
        .map(|sent| serde_json::from_slice(sent).unwrap())
        .collect();
    assert_eq!(sent.len(), 3, "hello, message, cursor: {sent:?}");
    assert!(sent[0].get("checkpoint").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_space_without_a_policy_has_no_checkpoints() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::open(&rig, &owner).await;
    assert!(stream.hello.get("checkpoint").is_none());
    owner.post(&rig, "state", "a", b"1").await.unwrap();
    assert_eq!(checkpoints(&rig, &mut stream).await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_open_before_the_policy_is_told() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let mut stream = SignedIn::open(&rig, &owner).await;
    owner_of_space_with_policy(&rig).await;
    assert_eq!(checkpoints(&rig, &mut stream).await, [1]);
}

#[tokio::test]
async fn an_entry_has_its_number_and_its_state_beside_it() {
    let rig = Rig::start();
    let owner = owner_of_space_with_policy(&rig).await;
    let mut stream = SignedIn::only(&rig, &owner, json!({"topics": ["*"], "data": [""]})).await;
    owner.put(&rig, "entry", b"1").await.unwrap();
    rig.engine
        .delete_data(&owner.caller, "entry")
        .await
        .unwrap();
    owner.post(&rig, "state", "a", b"1").await.unwrap();
    let mut frames = stream.frames().await;
    frames.retain(|frame| frame["type"] != "checkpoint");
    let numbers: Vec<_> = frames.iter().map(|frame| frame["n"].clone()).collect();
    assert_eq!(numbers, [json!(1), json!(2), json!(3)]);
    let newest = &frames[2]["prev_hash"];
    assert!(newest.is_string());
    for frame in &frames {
        assert_eq!(&frame["state"], newest);
    }
    let base = Rig::start();
    let owner = base.owner().await;
    let mut stream = SignedIn::only(&base, &owner, json!({"data": [""]})).await;
    owner.put(&base, "entry", b"1").await.unwrap();
    let frames = stream.frames().await;
    assert!(frames[0].get("n").is_none() && frames[0].get("state").is_none());
}
