//! Futures and streams that a program leaves alone, as `select!` and `timeout` do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt as _, StreamExt, future, poll};
use reeeductio_client::transport::TransportError;
use reeeductio_client::{Content, MemoryStore, Records, Store};
use reeeductio_proto::ChainId;
use tokio::sync::watch;

use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, path, soon, topic};

/// Requests whose line matches wait until they are released. `asked` counts those that wait or waited.
struct Held {
    asked: Arc<AtomicUsize>,
    release: watch::Sender<bool>,
}

fn hold(
    network: &Meddled,
    answers: bool,
    matches: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Held {
    let asked = Arc::new(AtomicUsize::new(0));
    let (release, released) = watch::channel(false);
    let counted = Arc::clone(&asked);
    let passage = move |line: String| {
        let mut released = released.clone();
        let wait = matches(&line);
        let counted = Arc::clone(&counted);
        async move {
            if wait {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = released.wait_for(|released| *released).await;
            }
            Ok(())
        }
    };
    if answers {
        network.on_answer(passage);
    } else {
        network.on_request(passage);
    }
    Held { asked, release }
}

/// Polls a future until `there`, which must come before its end.
async fn poll_until<F: Future + Unpin>(future: &mut F, there: impl Fn() -> bool) {
    let polls = async {
        while !there() {
            assert!(poll!(&mut *future).is_pending(), "it ended");
            tokio::task::yield_now().await;
        }
    };
    soon(polls).await;
}

#[tokio::test]
async fn a_history_that_is_left_alone_while_it_signs_in_keeps_nobody_from_posting() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let held = hold(&network, false, |line| line.contains("auth/"));
    let general = space.topic(&topic("general"));
    let mut history = general.history();
    {
        // A program's `select!` or `timeout`, which another branch wins.
        let mut next = Box::pin(history.next());
        poll_until(&mut next, || held.asked.load(Ordering::SeqCst) > 0).await;
    }
    held.release.send_replace(true);
    soon(general.post(Content::Plain(b"x"), "n")).await.unwrap();
    drop(history);
}

#[tokio::test]
async fn a_history_that_is_left_alone_behind_another_sign_in_keeps_nobody_from_posting() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let held = hold(&network, false, |line| line.contains("auth/"));
    let session = space.session();
    let signing = tokio::spawn(async move { session.sign_in().await });
    soon(async {
        while held.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let general = space.topic(&topic("general"));
    let mut history = general.history();
    assert!(history.next().now_or_never().is_none());
    held.release.send_replace(true);
    soon(signing).await.unwrap().unwrap();
    soon(general.post(Content::Plain(b"x"), "n")).await.unwrap();
    drop(history);
}

#[tokio::test]
async fn a_stream_that_is_kept_in_the_middle_of_a_step_keeps_nobody_from_posting() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let held = hold(&network, false, |line| line.contains("auth/"));
    let general = space.topic(&topic("general"));
    // By the trait: the stream cannot know that nobody will poll it for a while.
    let mut history = general.history();
    let mut next = StreamExt::next(&mut history);
    poll_until(&mut next, || held.asked.load(Ordering::SeqCst) > 0).await;
    held.release.send_replace(true);
    let posted = soon(general.post(Content::Plain(b"x"), "n")).await.unwrap();
    while let Some(message) = soon(StreamExt::next(&mut history)).await {
        assert_eq!(message.unwrap().position(), posted);
    }
}

#[test]
fn a_stream_that_has_lost_its_step_with_its_runtime_says_so_once() {
    let serving = tokio::runtime::Runtime::new().unwrap();
    let rig = serving.block_on(Rig::start());
    let (space, network) = rig.meddled();
    let first = tokio::runtime::Runtime::new().unwrap();
    let mut live = first.block_on(async {
        let mut live = soon(space.topic(&topic("general")).live_after(None))
            .await
            .unwrap();
        let held = hold(&network, false, |line| line.contains("topics/general"));
        let mut next = StreamExt::next(&mut live);
        poll_until(&mut next, || held.asked.load(Ordering::SeqCst) > 0).await;
        live
    });
    drop(first);
    let second = tokio::runtime::Runtime::new().unwrap();
    second.block_on(async {
        let lost = soon(StreamExt::next(&mut live)).await.unwrap().unwrap_err();
        assert_eq!(lost.code_text(), "client.interrupted");
        assert!(soon(StreamExt::next(&mut live)).await.is_none());
        assert!(soon(live.next()).await.is_none());
    });
}

#[tokio::test]
async fn whether_a_token_is_at_hand_is_said_while_somebody_signs_in() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let held = hold(&network, false, |line| line.contains("auth/"));
    let session = space.session();
    let mut signing = Box::pin(session.sign_in());
    poll_until(&mut signing, || held.asked.load(Ordering::SeqCst) > 0).await;
    assert!(!space.session().is_signed_in());
}

#[test]
fn a_stream_whose_runtime_has_ended_in_a_pause_goes_on_in_another() {
    let serving = tokio::runtime::Runtime::new().unwrap();
    let rig = serving.block_on(Rig::start());
    serving.block_on(async {
        let general = rig.owner.topic(&topic("general"));
        general.post(Content::Plain(b"a"), "n").await.unwrap();
    });
    let (space, network) = rig.meddled();
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&failures);
    network.on_request(move |line| {
        let counted = Arc::clone(&counted);
        async move {
            if line.contains("topics/general/messages") {
                counted.fetch_add(1, Ordering::SeqCst);
                return Err(TransportError::Failed("away".to_owned()));
            }
            Ok(())
        }
    });
    let first = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut live = first.block_on(async {
        let mut live = soon(space.topic(&topic("general")).live_after(None))
            .await
            .unwrap();
        {
            let mut next = Box::pin(live.next());
            poll_until(&mut next, || failures.load(Ordering::SeqCst) > 2).await;
        }
        live
    });
    drop(first);
    network.on_request(|_| async { Ok(()) });
    let second = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let message = second.block_on(async { soon(live.next()).await.unwrap().unwrap() });
    assert_eq!(message.bytes().unwrap(), b"a");
}

#[tokio::test]
async fn a_reading_that_hangs_and_was_given_up_is_not_waited_for_by_the_next() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    network.on_request(move |line| {
        let number = if line.contains("topics/state") {
            counted.fetch_add(1, Ordering::SeqCst)
        } else {
            1
        };
        async move {
            if number == 0 {
                // One request of all goes astray.
                future::pending::<()>().await;
            }
            Ok(())
        }
    });
    let members = space.members();
    {
        let mut given_up = Box::pin(members.authority());
        poll_until(&mut given_up, || asked.load(Ordering::SeqCst) > 0).await;
    }
    soon(members.authority()).await.unwrap();
}

#[tokio::test]
async fn a_reading_that_was_given_up_keeps_nothing_after_a_restore_was_accepted() {
    let rig = Rig::start().await;
    rig.owner
        .state()
        .set(&path("a"), Content::Plain(b"lost"))
        .await
        .unwrap();
    let store = Arc::new(MemoryStore::default());
    let (space, network) = rig.restarted(&store);
    let held = hold(&network, true, |line| line.contains("topics/state"));
    let members = space.members();
    {
        let mut given_up = Box::pin(members.authority());
        poll_until(&mut given_up, || held.asked.load(Ordering::SeqCst) > 0).await;
    }
    space.accept_restore().await.unwrap();
    // Nothing is answered from here on but what was on its way.
    network.on_request(|_| async { Err(TransportError::Timeout) });
    held.release.send_replace(true);
    soon(members.authority()).await.unwrap_err();
    let records = Records::new(Arc::clone(&store) as Arc<dyn Store>, space.id());
    assert_eq!(records.head(&ChainId::state()).await.unwrap(), None);
}

#[tokio::test]
async fn a_removal_whose_answer_is_late_does_not_forget_what_was_set_after_it() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let (space, network) = rig.restarted(&store);
    let at = data_path("d");
    space.data().set(&at, Content::Plain(b"old")).await.unwrap();
    let data = space.data();
    let held = hold(&network, true, |line| line.starts_with("Delete"));
    let mut removing = Box::pin(data.delete(&at));
    poll_until(&mut removing, || held.asked.load(Ordering::SeqCst) > 0).await;
    let other = data.clone();
    let path = at.clone();
    let setting = tokio::spawn(async move { other.set(&path, Content::Plain(b"newer")).await });
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
    held.release.send_replace(true);
    soon(removing).await.unwrap();
    soon(setting).await.unwrap().unwrap();
    let stored = data.stored(&at).await.unwrap();
    assert!(
        stored.is_some(),
        "what was written last is not in the store"
    );
}
