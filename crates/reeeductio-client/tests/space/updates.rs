//! Values that are changed by a function.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_client::transport::TransportError;
use reeeductio_client::{Content, Protection, Space};
use reeeductio_proto::{ErrorCode, Operation};
use tokio::sync::Notify;

use crate::rig::{Rig, data_path, path, soon};

/// One more than the number that is there.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it is handed to `update`, which may also be told to remove"
)]
fn increment(old: Option<&[u8]>) -> Option<Vec<u8>> {
    let old = old.map_or(0, |old| std::str::from_utf8(old).unwrap().parse().unwrap());
    Some(format!("{}", old + 1_u32).into_bytes())
}

async fn count_state(space: &Space) {
    for _ in 0..50 {
        let updated = space.state().update(&path("count"), increment).await;
        updated.unwrap();
    }
}

async fn count_data(space: &Space) {
    for _ in 0..50 {
        let updated = space.data().update(&data_path("count"), increment).await;
        updated.unwrap();
    }
}

#[tokio::test]
async fn two_members_count_to_a_hundred_in_the_state_beside_other_writers() {
    let rig = Rig::start().await;
    let rights = [
        (Operation::Read, "state/{...}"),
        (Operation::Write, "state/{...}"),
    ];
    let user = rig.user(2, &rights).await;
    let other = async {
        for n in 0..50_u8 {
            let (state, at) = (rig.owner.state(), path("elsewhere"));
            state.set(&at, Content::Plain(&[n])).await.unwrap();
        }
    };
    tokio::join!(count_state(&rig.owner), count_state(&user), other);
    let value = rig.owner.state().open(&path("count")).await.unwrap();
    assert_eq!(value, b"100");
}

#[tokio::test]
async fn two_members_count_to_a_hundred_in_the_data() {
    let rig = Rig::start().await;
    let rights = [
        (Operation::Read, "data/{...}"),
        (Operation::Write, "data/{...}"),
    ];
    let user = rig.user(2, &rights).await;
    tokio::join!(count_data(&rig.owner), count_data(&user));
    let value = rig.owner.data().open(&data_path("count")).await.unwrap();
    assert_eq!(value, b"100");
}

#[tokio::test]
async fn one_handle_counts_at_once() {
    let rig = Rig::start().await;
    let owner = &rig.owner;
    tokio::join!(
        count_data(owner),
        count_data(owner),
        count_state(owner),
        count_state(owner)
    );
    assert_eq!(
        owner.data().open(&data_path("count")).await.unwrap(),
        b"100"
    );
    assert_eq!(owner.state().open(&path("count")).await.unwrap(), b"100");
}

#[tokio::test]
async fn an_update_makes_and_removes_an_entry_and_leaves_one_that_stays_the_same() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let (state, data) = (space.state(), space.data());
    let (at, data_at) = (path("a"), data_path("a"));
    for value in [Some(b"1".to_vec()), None, Some(b"2".to_vec())] {
        let to = |_: Option<&[u8]>| value.clone();
        assert_eq!(state.update(&at, to).await.unwrap(), value);
        assert_eq!(data.update(&data_at, to).await.unwrap(), value);
        let expected = value.clone().unwrap_or_default();
        assert_eq!(rig.owner.state().open(&at).await.unwrap(), expected);
        assert_eq!(rig.owner.data().open(&data_at).await.unwrap(), expected);
        network.requests();
        state.update(&at, to).await.unwrap();
        data.update(&data_at, to).await.unwrap();
        let requests = network.requests();
        let writes = |line: &&String| line.starts_with("Put") || line.starts_with("Post");
        assert_eq!(requests.iter().find(writes), None);
    }
    // Also where it was removed without a tombstone.
    data.delete(&data_at).await.unwrap();
    let seen = data.update_as(&data_at, Protection::Plain, |old| {
        assert_eq!(old, None);
        Some(b"plain".to_vec())
    });
    soon(seen).await.unwrap();
    assert_eq!(data.value(&data_at).await.unwrap(), b"plain");
}

/// Fails the answers to the first so many writes.
fn lose_answers(count: usize) -> impl Fn(String) -> std::future::Ready<Result<(), TransportError>> {
    let lost = Arc::new(AtomicUsize::new(0));
    move |line| {
        let write = line.starts_with("Put entries/") || line == "Post topics/state/messages";
        let loses = write && lost.fetch_add(1, Ordering::SeqCst) < count;
        let answer = if loses {
            Err(TransportError::Failed("reset".to_owned()))
        } else {
            Ok(())
        };
        std::future::ready(answer)
    }
}

#[tokio::test]
async fn an_update_whose_answers_were_lost_happens_once() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    for at in ["a", "b"] {
        network.on_answer(lose_answers(2));
        let value = soon(space.data().update(&data_path(at), increment)).await;
        assert_eq!(value.unwrap().unwrap(), b"1");
        network.on_answer(lose_answers(2));
        let value = soon(space.state().update(&path(at), increment)).await;
        assert_eq!(value.unwrap().unwrap(), b"1");
    }
    assert_eq!(rig.owner.data().open(&data_path("a")).await.unwrap(), b"1");
    assert_eq!(rig.owner.state().open(&path("a")).await.unwrap(), b"1");
}

#[tokio::test]
async fn an_update_of_data_that_may_have_been_replaced_is_not_repeated() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let at = data_path("a");
    let other = rig.owner.clone();
    let first = Arc::new(AtomicUsize::new(0));
    network.on_answer(move |line| {
        let (other, at) = (other.clone(), data_path("a"));
        let first = line == "Put entries/a" && first.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                other.data().update(&at, increment).await.unwrap();
                return Err(TransportError::Failed("reset".to_owned()));
            }
            Ok(())
        }
    });
    let unknown = soon(space.data().update(&at, increment)).await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::DataStale));
    assert_eq!(rig.owner.data().open(&at).await.unwrap(), b"2");
}

#[tokio::test]
async fn an_update_of_the_state_is_found_by_its_id_also_if_another_followed() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let other = rig.owner.clone();
    let first = Arc::new(AtomicUsize::new(0));
    network.on_answer(move |line| {
        let other = other.clone();
        let write = line == "Post topics/state/messages";
        let first = write && first.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                other.state().update(&path("a"), increment).await.unwrap();
                return Err(TransportError::Failed("reset".to_owned()));
            }
            Ok(())
        }
    });
    let value = soon(space.state().update(&path("a"), increment)).await;
    assert_eq!(value.unwrap().unwrap(), b"1", "what it has written itself");
    assert_eq!(rig.owner.state().open(&path("a")).await.unwrap(), b"2");
}

#[tokio::test]
async fn an_update_of_what_may_not_be_read_is_refused() {
    let rig = Rig::start().await;
    let write = [(Operation::Write, "state/{...}")];
    let user = rig.user(2, &write).await;
    rig.owner
        .state()
        .set(&path("auth-like/secret"), Content::Sealed(b"1"))
        .await
        .unwrap();
    let user_reads = user.state().entry(&path("auth-like/secret")).await.is_ok();
    let updated = user
        .state()
        .update(&path("auth-like/secret"), increment)
        .await;
    assert_eq!(updated.is_ok(), user_reads, "as with a read");
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_happens_once_also_if_it_is_sent_again_late() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let at = data_path("a");
    let (arrived, late) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let first = Arc::new(AtomicUsize::new(0));
    let (stored, go) = (Arc::clone(&arrived), Arc::clone(&late));
    network.on_answer(move |line| {
        let (stored, go) = (Arc::clone(&stored), Arc::clone(&go));
        let first = line == "Put entries/a" && first.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                stored.notify_one();
                go.notified().await;
                return Err(TransportError::Failed("reset".to_owned()));
            }
            Ok(())
        }
    });
    // The machine sleeps while the answer is on its way.
    let sleeps = async {
        arrived.notified().await;
        rig.server.set_clock(5 * 60_000);
        late.notify_one();
    };
    let data = space.data();
    let (updated, ()) = tokio::join!(soon(data.update(&at, increment)), sleeps);
    let there = rig.owner.data().open(&at).await.unwrap();
    let there = String::from_utf8(there).unwrap();
    assert_eq!(there, "1", "the update said {updated:?}");
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_not_said_to_be_refused() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let at = data_path("a");
    network.on_answer(lose_answers(1));
    let puts = Arc::new(AtomicUsize::new(0));
    network.with(move |route, status, body| {
        // The second attempt meets a server that is busy.
        if route.starts_with("entries/") && puts.fetch_add(1, Ordering::SeqCst) == 1 {
            *status = 503;
            *body = br#"{"code": "server.busy", "error": "busy"}"#.to_vec();
        }
    });
    let updated = soon(space.data().update(&at, increment)).await;
    assert_eq!(rig.owner.data().open(&at).await.unwrap(), b"1");
    let known = match &updated {
        Ok(value) => value.as_deref() == Some(b"1"),
        // "Nobody can tell."
        Err(error) => error.code() == Some(ErrorCode::DataStale),
    };
    assert!(known, "a program would update again after {updated:?}");
}
