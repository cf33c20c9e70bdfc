//! Items of the own inbox, as a stream tells them.

use reeeductio_client::{InboxItem, PolicySpace, PolicyStream, StreamEvent, StreamOptions};
use reeeductio_core::state_entry;
use reeeductio_testkit::Member;

use crate::rig::{Rig, keys, soon};

/// A stream that tells of the inbox, once it is connected.
async fn follow(space: &PolicySpace) -> PolicyStream {
    let options = StreamOptions::default().with_inbox();
    let mut stream = soon(space.connect(options)).await.unwrap();
    assert!(matches!(next(&mut stream).await, StreamEvent::Connected));
    stream
}

async fn next(stream: &mut PolicyStream) -> StreamEvent {
    soon(stream.next()).await.unwrap().unwrap()
}

async fn item(stream: &mut PolicyStream) -> InboxItem {
    match next(stream).await {
        StreamEvent::Inbox(item) => *item,
        other => panic!("{other:?}"),
    }
}

async fn leave(from: &PolicySpace, to: &PolicySpace, body: &[u8]) -> [u8; 16] {
    let inbox = from.inbox();
    let item = inbox.seal(to.member(), "a/b", body, None).await.unwrap();
    inbox.leave(&item).await.unwrap();
    item.item()
}

fn body(item: &InboxItem) -> Vec<u8> {
    item.content.as_ref().unwrap().body.to_vec()
}

#[tokio::test]
async fn an_item_is_told_to_its_recipient_and_stays_in_the_inbox() {
    let rig = Rig::start().await;
    let (ada, bob) = (rig.editor(2).await, rig.editor(3).await);
    let (mut of_ada, mut of_bob) = (follow(&ada).await, follow(&bob).await);
    let left = leave(&rig.owner, &ada, b"for Ada").await;
    leave(&ada, &bob, b"for Bob").await;
    let told = item(&mut of_ada).await;
    assert_eq!((told.item, told.sender), (left, rig.owner.member()));
    assert_eq!(body(&told), b"for Ada");
    assert_eq!(body(&item(&mut of_bob).await), b"for Bob", "and no other");
    let page = ada.inbox().items().next_page().await.unwrap().unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(
        (page[0].item, page[0].received_at),
        (told.item, told.received_at)
    );
}

#[tokio::test]
async fn a_large_item_is_told_to_be_there() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let mut stream = follow(&ada).await;
    leave(&rig.owner, &ada, &vec![7; 40_000]).await;
    assert!(matches!(next(&mut stream).await, StreamEvent::InboxChanged));
    let page = ada.inbox().items().next_page().await.unwrap().unwrap();
    assert_eq!(body(&page[0]).len(), 40_000);
}

#[tokio::test]
async fn a_server_that_changes_a_told_item_is_not_believed() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let (builder, network) = rig.meddled();
    let mut stream = follow(&rig.open(2, builder).await.unwrap()).await;
    let (owner, other) = (rig.owner.member().to_string(), ada.member().to_string());
    network.on_frame(move |frame| vec![frame.replace(&owner, &other)]);
    leave(&rig.owner, &ada, b"note").await;
    let error = item(&mut stream).await.content.unwrap_err();
    assert_eq!(error.code(), "signature.mismatch");
    // One without the fields of an item says no more than that there is something.
    network.on_frame(|frame| vec![frame.replace("sealed", "closed")]);
    leave(&rig.owner, &ada, b"note").await;
    assert!(matches!(next(&mut stream).await, StreamEvent::InboxChanged));
}

#[tokio::test]
async fn an_item_for_a_key_that_another_device_has_just_published_is_opened() {
    let rig = Rig::start().await;
    rig.editor(2).await;
    let (builder, network) = rig.meddled();
    let mut stream = follow(&rig.open(2, builder).await.unwrap()).await;
    // The state comes later than the item.
    network.on_frame(|frame| {
        if frame.contains("message_hash") {
            Vec::new()
        } else {
            vec![frame]
        }
    });
    let (space, ada) = (rig.owner.id(), keys(2));
    let key = ada.decryption_key(1).encryption_key().unwrap();
    let signature = ada.sign_encryption_key(&space, &ada.user_id(), &key);
    let id = ada.user_id();
    let entry = state_entry::encryption_key(id, &key.to_published(), &signature).unwrap();
    let device = Member::sign_in(&rig.server.url(), space, id, ada).await;
    let set = device.set_bytes(entry.path.as_str(), entry.value.as_bytes());
    assert_eq!(set.await.status, 201);
    rig.owner.refresh().await.unwrap();
    let inbox = rig.owner.inbox();
    let newest = inbox.seal(id, "a/b", b"newest", None).await.unwrap();
    inbox.leave(&newest).await.unwrap();
    assert_eq!(body(&item(&mut stream).await), b"newest");
}
