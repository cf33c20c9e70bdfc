//! Items that are told to the streams of their recipient.

use futures_util::FutureExt as _;
use reeeductio_core::state_entry;
use reeeductio_engine::live::Close;
use reeeductio_proto::api::InboxPost;
use serde_json::{Value, json};

use super::{ALL, Letter, acknowledge, raw};
use crate::policy::space::PolicySpace;
use crate::rig::{Member, Rig};
use crate::signed_in::SignedIn;

const NOTHING: [&str; 0] = [];

async fn follow<'a>(rig: &'a Rig, member: &Member) -> SignedIn<'a> {
    SignedIn::only(rig, member, json!({"inbox": true})).await
}

async fn leave(rig: &Rig, by: &Member, to: &Member, item: InboxPost) {
    let to = to.id.to_string();
    rig.engine.post_item(&by.caller, &to, item).await.unwrap();
}

/// Leaves an item whose frame has about 22 KiB, the largest that is told whole.
async fn leave_large(rig: &Rig, by: &Member, to: &Member, number: u8) {
    leave(rig, by, to, raw(by, to.id, number, 16_384)).await;
}

/// The items of an inbox as a stream tells them.
async fn frames_of_inbox(rig: &Rig, member: &Member) -> Vec<Value> {
    let page = rig.engine.inbox(&member.caller, ALL).await.unwrap();
    let frame = |item| {
        let mut frame = serde_json::to_value(reeeductio_engine::item_body(item)).unwrap();
        frame["type"] = json!("inbox");
        frame
    };
    page.items.iter().map(frame).collect()
}

#[tokio::test]
async fn an_item_is_told_once_to_the_streams_of_its_recipient_that_ask() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    let mut told = [follow(rig, &carol).await, follow(rig, &carol).await];
    let mut others = [follow(rig, &ada).await, follow(rig, &bob).await];
    let mut signals = SignedIn::only(rig, &carol, json!({"signals": ["*"]})).await;
    let mut all = SignedIn::open(rig, &carol).await;
    let first = Letter::new(&carol, 1, "one");
    let body = first.seal(&ada, &carol.keys);
    first.post(rig, &ada, &carol).await.unwrap();
    Letter::new(&carol, 2, "two")
        .post(rig, &bob, &carol)
        .await
        .unwrap();
    let expected = frames_of_inbox(rig, &carol).await;
    assert_eq!(expected[0]["sealed"], body.sealed);
    for stream in &mut told {
        assert_eq!(stream.frames().await, expected);
    }
    for stream in others.iter_mut().chain([&mut signals, &mut all]) {
        assert_eq!(stream.told().await, NOTHING);
    }
    // Posted again: it is there already, or was.
    leave(rig, &ada, &carol, body.clone()).await;
    acknowledge(rig, &carol, &[1]).await.unwrap();
    leave(rig, &ada, &carol, body).await;
    assert_eq!(told[0].told().await, NOTHING);
}

#[tokio::test]
async fn an_item_wakes_the_streams_of_its_recipient_only() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    let (mut of_carol, mut of_bob) = (follow(rig, &carol).await, follow(rig, &bob).await);
    for (number, stream, is_woken) in [(1, &mut of_carol, true), (2, &mut of_bob, false)] {
        let item = raw(&ada, carol.id, number, 2_000);
        let woken = stream.is_woken(|_| {
            leave(rig, &ada, &carol, item).now_or_never().unwrap();
        });
        assert_eq!(woken, is_woken, "{number}");
    }
}

#[tokio::test]
async fn items_are_told_from_the_subscription_to_its_end() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, _, carol] = made.three().await;
    let rig = &made.rig;
    let mut stream = SignedIn::only(rig, &carol, json!({})).await;
    let item = |number| raw(&ada, carol.id, number, 2_000);
    leave(rig, &ada, &carol, item(1)).await;
    stream.subscribe(&json!({"inbox": true}));
    assert_eq!(stream.told().await, NOTHING, "it is read");
    leave(rig, &ada, &carol, item(2)).await;
    // Items that wait stay when something else is subscribed to.
    stream.subscribe(&json!({"signals": ["*"], "inbox": true}));
    assert_eq!(stream.told().await, ["inbox"]);
    leave(rig, &ada, &carol, item(3)).await;
    stream.unsubscribe(&json!({"inbox": true}));
    leave(rig, &ada, &carol, item(4)).await;
    assert_eq!(stream.told().await, NOTHING);
    stream.subscribe(&json!({"inbox": true}));
    assert_eq!(stream.told().await, NOTHING, "what had waited is forgotten");
}

#[tokio::test]
async fn a_stream_that_items_are_too_large_or_too_many_for_is_told_to_read_the_inbox() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, bob, carol] = made.three().await;
    let rig = &made.rig;
    let read = [json!({"type": "inbox"})];
    let mut stream = follow(rig, &carol).await;
    leave(rig, &ada, &carol, raw(&ada, carol.id, 1, 16_385)).await;
    assert_eq!(stream.frames().await, read);
    for number in 2..5 {
        leave_large(rig, &ada, &carol, number).await;
    }
    leave(rig, &ada, &carol, raw(&ada, carol.id, 5, 2_000)).await;
    assert_eq!(stream.frames().await, read, "once");
    leave_large(rig, &ada, &carol, 6).await;
    let told = stream.frames().await;
    assert_eq!(told.len(), 1);
    assert!(told[0]["sealed"].is_string(), "there is room again");
    // All streams of the space share what there is room for.
    let mut of_bob = Vec::new();
    for _ in 0..6 {
        of_bob.push(follow(rig, &bob).await);
    }
    for number in 7..9 {
        leave_large(rig, &ada, &bob, number).await;
    }
    let mut whole = 0;
    for stream in &mut of_bob {
        let told = stream.frames().await;
        whole += usize::from(told.len() == 2);
        assert!(told.len() == 2 || told == read);
    }
    assert_eq!(whole, 5);
}

#[tokio::test]
async fn a_removed_member_is_told_of_no_item_that_was_left_before() {
    let mut made = PolicySpace::make(Rig::start()).await;
    let [ada, _, carol] = made.three().await;
    let (owner, rig) = (made.owner.clone(), &made.rig);
    let mut stream = follow(rig, &carol).await;
    leave(rig, &ada, &carol, raw(&ada, carol.id, 1, 2_000)).await;
    let path = state_entry::member_path(carol.id).unwrap();
    owner.post(rig, "state", path.as_str(), b"").await.unwrap();
    assert_eq!(stream.told().await, NOTHING);
    assert_eq!(stream.closed, Some(Close::Revoked));
}
