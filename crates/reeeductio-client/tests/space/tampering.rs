//! A server, or somebody between, that does not tell the truth.

use reeeductio_client::{ClientError, Content, Identity, Range};
use reeeductio_proto::api::{MessageBody, MessagePage};
use reeeductio_proto::{BlobId, Operation};
use serde_json::{Value, json};

use crate::rig::{Rig, data_path, path, topic};

/// Changes the messages of list answers.
fn listed(
    mut change: impl FnMut(&mut Vec<MessageBody>) + Send + 'static,
) -> impl FnMut(&str, &mut u16, &mut Vec<u8>) + Send + 'static {
    move |route, _, body| {
        if route.starts_with("topics/general/messages?") {
            let mut page: MessagePage = serde_json::from_slice(body).unwrap();
            change(&mut page.messages);
            *body = serde_json::to_vec(&page).unwrap();
        }
    }
}

async fn rig_with_messages() -> Rig {
    let rig = Rig::start().await;
    for n in 0..5 {
        let text = format!("message {n}");
        rig.owner
            .topic(&topic("general"))
            .post(Content::Sealed(text.as_bytes()), "chat.text")
            .await
            .unwrap();
    }
    rig
}

#[tokio::test]
async fn altered_lists_are_refused_with_the_reason() {
    let rig = rig_with_messages().await;
    let (space, network) = rig.meddled();
    let read = async || {
        space
            .topic(&topic("general"))
            .history()
            .all()
            .await
            .map(|all| all.len())
    };
    assert_eq!(read().await.unwrap(), 5);

    let stranger = Identity::from_seed(&[8; 32]).user_id().to_string();
    let refused = async |expected: &str| {
        assert_eq!(read().await.unwrap_err().code_text(), expected);
    };
    network.with(listed(move |all| all[2].sender.clone_from(&stranger)));
    refused("verify.message_hash").await;
    network.with(listed(|all| all[2].data = all[3].data.clone()));
    refused("verify.message_hash").await;
    network.with(listed(|all| all[2].signature = all[3].signature.clone()));
    refused("verify.message_signature").await;
    network.with(listed(|all| all.swap(2, 3)));
    refused("verify.chain_link").await;
    network.with(listed(|all| drop(all.remove(2))));
    refused("verify.chain_link").await;
    network.with(listed(|all| drop(all.remove(0))));
    refused("verify.chain_link").await;
    network.with(listed(|all| all[2].topic_id = "other".to_owned()));
    refused("verify.unasked").await;
    network.with(listed(|all| {
        all[4].server_timestamp = all[3].server_timestamp - 1;
    }));
    refused("verify.chain_time").await;
    network.with(listed(|all| all[2].message_hash.push('x')));
    refused("client.answer").await;
    network.with(|_, _, body| body.truncate(40));
    refused("client.answer").await;
}

#[tokio::test]
async fn a_message_by_somebody_without_the_right_is_refused() {
    let rig = rig_with_messages().await;
    let eve = Identity::from_seed(&[8; 32]);
    let (space, network) = rig.meddled();
    let (id, general) = (space.id(), topic("general"));
    // The server itself lets Eve in behind the chain.
    network.with(listed(move |all| {
        let last = reeeductio_proto::Message::try_from(all[4].clone()).unwrap();
        let forged = reeeductio_core::Draft {
            space: &id,
            topic: &general,
            kind: "chat.text",
            prev_hash: Some(last.message_hash),
            data: b"I am the owner, trust me",
        };
        let mut json = Vec::new();
        forged
            .message(&eve.user_id(), &eve, last.server_timestamp + 1)
            .write_json(&mut json);
        all.push(serde_json::from_slice(&json).unwrap());
    }));
    let page = space.topic(&topic("general")).page(Range::first(10)).await;
    let page = page.unwrap();
    assert_eq!(page.messages.len(), 5);
    let [refused] = page.refused.as_slice() else {
        panic!("one is refused: {page:?}");
    };
    assert_eq!(refused.reason.code(), "verify.unauthorized");
    assert!(!refused.is_forged());
}

#[tokio::test]
async fn messages_other_than_those_asked_for_are_refused() {
    let rig = rig_with_messages().await;
    let (space, network) = rig.meddled();
    let all = space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    let (first, second) = (all[0].message_hash, all[1].message_hash);
    let late = Range::since(all[3].server_timestamp, 10);
    let mut kept: Option<Vec<MessageBody>> = None;
    network.with(listed(move |all| match &kept {
        None => kept = Some(all.clone()),
        Some(kept) => all.clone_from(kept),
    }));
    space
        .topic(&topic("general"))
        .page(Range::first(10))
        .await
        .unwrap();
    let error = space.topic(&topic("general")).page(late).await.unwrap_err();
    assert_eq!(error.code_text(), "client.answer");

    let mut first_body: Option<Vec<u8>> = None;
    network.with(move |_, _, body| match &first_body {
        None => first_body = Some(body.clone()),
        Some(first) => body.clone_from(first),
    });
    space.topic(&topic("general")).message(first).await.unwrap();
    let error = space
        .topic(&topic("general"))
        .message(second)
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "client.answer");
}

#[tokio::test]
async fn a_reader_notices_when_what_it_read_is_gone() {
    let rig = rig_with_messages().await;
    let (space, network) = rig.meddled();
    let mut reader = space.topic(&topic("general")).history();
    assert_eq!(reader.next_page().await.unwrap().unwrap().messages.len(), 5);
    assert!(reader.next_page().await.unwrap().is_none());
    network.with(listed(Vec::clear));
    assert_eq!(
        reader.next_page().await.unwrap_err().code_text(),
        "verify.withheld"
    );
}

#[tokio::test]
async fn a_state_that_is_rolled_back_is_refused() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    rig.owner
        .state()
        .set(&path("a"), Content::Sealed(b"old"))
        .await
        .unwrap();
    rig.owner
        .state()
        .set(&path("b"), Content::Sealed(b"other"))
        .await
        .unwrap();

    assert_eq!(space.state().open(&path("a")).await.unwrap(), b"old");
    assert_eq!(space.state().open(&path("b")).await.unwrap(), b"other");
    rig.owner
        .state()
        .set(&path("a"), Content::Sealed(b"new"))
        .await
        .unwrap();
    // Once the client has seen the new one, by whatever way, it takes the old one no more.
    space.state().page(Range::first(10)).await.unwrap();
    network.with(|route, _, body| {
        if route.starts_with("topics/state/messages?") {
            let mut page: MessagePage = serde_json::from_slice(body).unwrap();
            page.messages.retain(|message| message.prev_hash.is_none());
            *body = serde_json::to_vec(&page).unwrap();
        }
    });
    let error = space.state().open(&path("a")).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.withheld");
}

#[tokio::test]
async fn a_second_history_of_the_state_is_refused() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    for n in 0..3 {
        rig.owner
            .state()
            .set(&path("a"), Content::Plain(&[n]))
            .await
            .unwrap();
    }
    space.state().page(Range::first(10)).await.unwrap();
    network.with(|route, _, body| {
        if route.starts_with("topics/state/messages?") {
            let mut page: Value = serde_json::from_slice(body).unwrap();
            page["messages"] = json!([]);
            *body = page.to_string().into();
        }
    });
    let error = space.state().entry(&path("a")).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.withheld");
}

#[tokio::test]
async fn data_swapped_between_paths_is_refused() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let (one, two) = (data_path("one"), data_path("two"));
    rig.owner
        .data()
        .set(&one, Content::Sealed(b"1"))
        .await
        .unwrap();
    rig.owner
        .data()
        .set(&two, Content::Sealed(b"2"))
        .await
        .unwrap();
    let mut kept: Option<Vec<u8>> = None;
    network.with(move |route, _, body| {
        if route.starts_with("data/") {
            kept.get_or_insert_with(|| body.clone()).clone_into(body);
        }
    });
    assert_eq!(space.data().open(&one).await.unwrap(), b"1");
    let error = space.data().open(&two).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.data_signature");
}

#[tokio::test]
async fn an_old_data_entry_is_refused_once_a_newer_one_was_seen() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let one = data_path("one");
    rig.owner
        .data()
        .set(&one, Content::Sealed(b"old"))
        .await
        .unwrap();
    space.session().sign_in().await.unwrap();
    let kept = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = std::sync::Arc::clone(&kept);
    network.with(move |_, _, body| keep.lock().unwrap().clone_from(body));
    space.data().entry(&one).await.unwrap();
    network.with(|_, _, _| {});
    rig.owner
        .data()
        .set(&one, Content::Sealed(b"new"))
        .await
        .unwrap();
    space.data().entry(&one).await.unwrap();
    let old = kept.lock().unwrap().clone();
    network.with(move |_, _, body| body.clone_from(&old));
    let error = space.data().entry(&one).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.rolled_back");
}

#[tokio::test]
async fn a_data_entry_by_somebody_without_the_right_is_refused() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Write, "data/own/{any}")]).await;
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    let (id, eve) = (space.id(), Identity::from_seed(&[2; 32]));
    assert_eq!(user.member(), eve.user_id());
    network.with(move |route, status, body| {
        let Some(at) = route.strip_prefix("data/") else {
            return;
        };
        let signed = reeeductio_core::sign_entry(
            &id,
            &data_path(at),
            b"forged",
            reeeductio_client::now(),
            &eve.user_id(),
            &eve,
        );
        *status = 200;
        *body = serde_json::to_vec(&signed).unwrap();
    });
    assert_eq!(
        space.data().value(&data_path("own/a")).await.unwrap(),
        b"forged"
    );
    let error = space
        .data()
        .value(&data_path("shared/a"))
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "verify.unauthorized");
}

#[tokio::test]
async fn other_blob_bytes_are_refused() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let id = space.blobs().upload(&b"the truth"[..]).await.unwrap();
    network.with(|route, _, body| {
        if route.starts_with("blobs/") {
            body[0] ^= 1;
        }
    });
    let download = space.blobs().download(&id).await.unwrap();
    let error = download.bytes().await.unwrap_err();
    assert!(matches!(error, ClientError::BlobMismatch(found) if found == id));
    let mut download = space.blobs().download(&id).await.unwrap();
    assert!(download.next().await.unwrap().is_some());
    assert!(download.next().await.is_err());
    assert_eq!(id, BlobId::of(b"the truth"));
}

#[tokio::test]
async fn a_post_that_the_server_stores_as_another_is_an_error() {
    let rig = rig_with_messages().await;
    let (space, network) = rig.meddled();
    let first = rig
        .owner
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap()[0]
        .message_hash;
    network.with(move |route, status, body| {
        if *status == 201 && route.ends_with("/messages") {
            *body = json!({"message_hash": first.to_string(), "server_timestamp": 1})
                .to_string()
                .into();
        }
    });
    let error = space
        .topic(&topic("general"))
        .post(Content::Plain(b"x"), "n")
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "client.answer");
}

#[tokio::test]
async fn conflicts_without_end_are_given_up() {
    let rig = rig_with_messages().await;
    let (space, network) = rig.meddled();
    network.with(|route, status, body| {
        if route.ends_with("/messages") {
            *status = 409;
            *body = json!({"detail": "Chain conflict"}).to_string().into();
        }
    });
    let error = space
        .topic(&topic("general"))
        .post(Content::Plain(b"x"), "n")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ClientError::Conflict { attempts: 64, .. }),
        "{error}"
    );
    assert_eq!(error.code_text(), "chain.conflict");
}
