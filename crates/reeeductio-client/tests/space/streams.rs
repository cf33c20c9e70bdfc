//! Histories and live messages as streams.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, poll};
use reeeductio_client::{ClientError, Content, Identity, Position, VerifiedMessage};
use reeeductio_proto::Operation;
use tokio::sync::Notify;

use crate::history::listing;
use crate::rig::{Rig, path, soon, topic};

/// The content of a message, or the code of an error.
fn told(item: Result<VerifiedMessage, ClientError>) -> String {
    match item {
        Ok(message) => String::from_utf8(message.bytes().unwrap()).unwrap(),
        Err(error) => error.code_text().to_owned(),
    }
}

async fn post(rig: &Rig, name: &str, texts: &[&str]) {
    for text in texts {
        let posted = rig
            .owner
            .topic(&topic(name))
            .post(Content::Plain(text.as_bytes()), "n")
            .await;
        posted.unwrap();
    }
}

#[tokio::test]
async fn a_history_goes_on_from_its_cursor_and_after_its_end() {
    let rig = Rig::start().await;
    post(&rig, "one", &["a", "b", "c"]).await;
    let one = rig.owner.topic(&topic("one"));
    let mut history = one.history();
    assert_eq!(history.cursor(), None);
    let first = history.next().await.unwrap().unwrap();
    assert_eq!(first.bytes().unwrap(), b"a");
    assert_eq!(history.cursor(), Some(Position::from(&*first)));

    let rest = one.history_after(history.cursor());
    let rest: Vec<String> = rest.map(told).collect().await;
    assert_eq!(rest, ["b", "c"]);

    let page = history.next_page().await.unwrap().unwrap();
    assert_eq!((page.messages.len(), page.has_more), (2, false));
    assert!(history.next().await.is_none());
    post(&rig, "one", &["d"]).await;
    assert_eq!(history.next().await.map(told).unwrap(), "d");
    assert!(history.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_forged_message_is_an_error_in_its_place_and_hides_nothing() {
    let rig = Rig::start().await;
    post(&rig, "general", &["a", "b", "c", "d"]).await;
    let (space, network) = rig.meddled();
    let stranger = Identity::from_seed(&[8; 32]).user_id().to_string();
    listing(&network, move |all| all[1].sender.clone_from(&stranger));
    let general = space.topic(&topic("general"));
    let items: Vec<String> = general.history().map(told).collect().await;
    assert_eq!(items, ["a", "verify.message_hash", "c", "d"]);
    let all: Result<Vec<_>, _> = general.history().try_collect().await;
    assert_eq!(all.unwrap_err().code_text(), "verify.message_hash");
}

#[tokio::test]
async fn a_topic_live_gives_its_own_messages_only() {
    let rig = Rig::start().await;
    post(&rig, "one", &["old"]).await;
    let one = rig.owner.topic(&topic("one"));
    let mut from_now = soon(one.live()).await.unwrap();
    let mut all = soon(one.live_after(None)).await.unwrap();
    // By somebody whose right is given by messages that neither stream gives.
    let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    rig.owner
        .state()
        .set(&path("a"), Content::Plain(b"state"))
        .await
        .unwrap();
    for name in ["other", "one"] {
        let there = user.topic(&topic(name));
        there.post(Content::Plain(b"new"), "n").await.unwrap();
    }
    assert_eq!(soon(from_now.next()).await.map(told).unwrap(), "new");
    assert_eq!(soon(all.next()).await.map(told).unwrap(), "old");
    let last = soon(all.next()).await.unwrap().unwrap();
    assert_eq!(last.bytes().unwrap(), b"new");

    post(&rig, "one", &["newest"]).await;
    let mut rest = soon(one.live_after(Some(Position::from(&*last))))
        .await
        .unwrap();
    assert_eq!(soon(rest.next()).await.map(told).unwrap(), "newest");
}

#[tokio::test]
async fn a_stream_that_nobody_polls_keeps_no_one_from_reading_the_state() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
    let general = topic("general");
    user.topic(&general)
        .post(Content::Plain(b"by the user"), "n")
        .await
        .unwrap();
    let (space, network) = rig.meddled();
    let (asked, answered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asking, answering) = (Arc::clone(&asked), Arc::clone(&answered));
    network.on_answer(move |line| {
        let (asking, answering) = (Arc::clone(&asking), Arc::clone(&answering));
        async move {
            if line.contains("state") {
                asking.notify_one();
                answering.notified().await;
                answering.notify_one();
            }
            Ok(())
        }
    });
    // Left alone where it waits for the state.
    let mut history = space.topic(&general).history();
    {
        let mut next = Box::pin(history.next());
        let mut asked = Box::pin(asked.notified());
        while poll!(&mut asked).is_pending() {
            assert!(poll!(&mut next).is_pending());
            tokio::task::yield_now().await;
        }
    }
    answered.notify_one();
    soon(space.members().authority()).await.unwrap();
    let message = soon(history.next()).await.unwrap().unwrap();
    assert_eq!(message.bytes().unwrap(), b"by the user");
}
