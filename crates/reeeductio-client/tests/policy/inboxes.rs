//! Items that members leave for each other.

use reeeductio_client::{InboxItem, PolicySpace};

use crate::rig::{Rig, soon};

async fn items(space: &PolicySpace) -> Vec<InboxItem> {
    let mut all = Vec::new();
    let mut walk = space.inbox().items();
    while let Some(page) = soon(walk.next_page()).await.unwrap() {
        all.extend(page);
    }
    all
}

fn shown(items: &[InboxItem]) -> Vec<String> {
    let shown = |item: &InboxItem| match &item.content {
        Ok(content) => format!(
            "{}: {}",
            content.content_type,
            String::from_utf8(content.body.to_vec()).unwrap()
        ),
        Err(error) => error.code().to_owned(),
    };
    items.iter().map(shown).collect()
}

#[tokio::test]
async fn an_item_is_there_for_its_recipient_until_it_is_acknowledged() {
    let rig = Rig::start().await;
    let (ada, bob) = (rig.editor(2).await, rig.editor(3).await);
    let inbox = rig.owner.inbox();
    for body in ["one", "two"] {
        let item = inbox.seal(ada.member(), "text/plain", body.as_bytes(), None);
        inbox.leave(&item.await.unwrap()).await.unwrap();
    }
    let found = items(&ada).await;
    assert_eq!(shown(&found), ["text/plain: one", "text/plain: two"]);
    assert_eq!(found[0].sender, rig.owner.member());
    assert!(items(&bob).await.is_empty());
    ada.inbox().acknowledge(&[found[0].item]).await.unwrap();
    ada.inbox().acknowledge(&[found[0].item]).await.unwrap();
    assert_eq!(shown(&items(&ada).await), ["text/plain: two"]);
}

#[tokio::test]
async fn an_item_whose_answer_was_lost_is_left_once() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder).await.unwrap();
    let item = space
        .inbox()
        .seal(ada.member(), "a/b", b"once", None)
        .await
        .unwrap();
    network.on_answer(|line| async move {
        use reeeductio_client::transport::TransportError;
        if line.contains("inbox") {
            return Err(TransportError::Timeout);
        }
        Ok(())
    });
    let lost = space.inbox().leave(&item).await.unwrap_err();
    assert_eq!(lost.code_text(), "transport.timeout");
    network.on_answer(|_| async { Ok(()) });
    space.inbox().leave(&item).await.unwrap();
    assert_eq!(shown(&items(&ada).await), ["a/b: once"]);
}

#[tokio::test]
async fn a_server_that_changes_an_item_or_its_sender_is_not_believed() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    let inbox = rig.owner.inbox();
    let item = inbox
        .seal(ada.member(), "a/b", b"note", None)
        .await
        .unwrap();
    inbox.leave(&item).await.unwrap();
    let (builder, network) = rig.meddled();
    let space = rig.open(2, builder).await.unwrap();
    let (owner, other) = (rig.owner.member().to_string(), ada.member().to_string());
    network.with(move |path, _, body| {
        if path.starts_with("inbox") {
            let text = String::from_utf8(std::mem::take(body)).unwrap();
            *body = text.replace(&owner, &other).into_bytes();
        }
    });
    assert_eq!(shown(&items(&space).await), ["signature.mismatch"]);
    network.with(|path, _, body| {
        if path.starts_with("inbox") {
            let text = String::from_utf8(std::mem::take(body)).unwrap();
            *body = text.replace("\"expires\":0", "\"expires\":9").into_bytes();
        }
    });
    assert_eq!(shown(&items(&space).await), ["signature.mismatch"]);
}

#[tokio::test]
async fn nothing_is_left_for_somebody_who_is_no_member() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    rig.owner.members().remove(ada.member()).await.unwrap();
    let inbox = rig.owner.inbox();
    let error = inbox
        .seal(ada.member(), "a/b", b"note", None)
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "client.argument", "{error}");
    assert!(error.to_string().contains("recipient"), "{error}");
}
