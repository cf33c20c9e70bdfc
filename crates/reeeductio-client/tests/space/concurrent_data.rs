//! Data entries that are read and set at the same time.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use reeeductio_client::{ClientError, Content, Space};
use reeeductio_proto::{DataEntry, Operation};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, soon};

/// Begins to read the entry `one`. The answer, which the server has given, arrives when it is told to.
async fn begin_to_read(
    space: &Space,
    network: &Meddled,
) -> (JoinHandle<Result<DataEntry, ClientError>>, Arc<Notify>) {
    let (given, arrive) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (give, arriving) = (Arc::clone(&given), Arc::clone(&arrive));
    let held = Arc::new(std::sync::Once::new());
    network.on_answer(move |line| {
        let mut first = false;
        if line == "Get data/one" {
            held.call_once(|| first = true);
        }
        let (give, arriving) = (Arc::clone(&give), Arc::clone(&arriving));
        async move {
            if first {
                give.notify_one();
                arriving.notified().await;
            }
            Ok(())
        }
    });
    let space = space.clone();
    let reading = tokio::spawn(async move { space.data().entry(&data_path("one")).await });
    soon(given.notified()).await;
    (reading, arrive)
}

#[tokio::test]
async fn an_entry_set_while_it_is_read_accuses_nobody() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let one = data_path("one");
    space
        .data()
        .set(&one, Content::Plain(b"old"))
        .await
        .unwrap();
    let (reading, arrive) = begin_to_read(&space, &network).await;
    soon(space.data().set(&one, Content::Plain(b"new")))
        .await
        .unwrap();
    arrive.notify_one();
    soon(reading).await.unwrap().unwrap();
    assert_eq!(space.data().value(&one).await.unwrap(), b"new");
}

#[tokio::test]
async fn a_read_that_overtakes_another_accuses_nobody() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let one = data_path("one");
    rig.owner
        .data()
        .set(&one, Content::Plain(b"old"))
        .await
        .unwrap();
    let (reading, arrive) = begin_to_read(&space, &network).await;
    rig.owner
        .data()
        .set(&one, Content::Plain(b"new"))
        .await
        .unwrap();
    assert_eq!(soon(space.data().value(&one)).await.unwrap(), b"new");
    arrive.notify_one();
    soon(reading).await.unwrap().unwrap();
}

/// Sets the entry `one` often at once, by these handles in turn.
async fn set_at_once(handles: &[&Space]) {
    let one = data_path("one");
    let sets = (0..20_u8).zip(handles.iter().cycle()).map(|(n, handle)| {
        let one = &one;
        async move { (handle.data().set(one, Content::Plain(&[n])).await, n) }
    });
    let results = soon(join_all(sets)).await;
    let failures: Vec<&str> = results
        .iter()
        .filter_map(|(result, _)| result.as_ref().err().map(ClientError::code_text))
        .collect();
    assert!(
        failures.is_empty(),
        "{} failed: {failures:?}",
        failures.len()
    );
    let times: BTreeSet<(i64, u8)> = results
        .into_iter()
        .map(|(result, n)| (result.unwrap(), n))
        .collect();
    let (last, n) = *times.last().unwrap();
    let entry = handles[0].data().entry(&one).await.unwrap();
    assert_eq!(entry.signed_at, last);
    assert_eq!(handles[0].data().value(&one).await.unwrap(), [n]);
}

#[tokio::test]
async fn one_path_is_set_often_at_once_by_one_handle() {
    let rig = Rig::start().await;
    rig.owner.session().sign_in().await.unwrap();
    set_at_once(&[&rig.owner]).await;
}

#[tokio::test]
async fn one_path_is_set_often_at_once_by_two_members() {
    let rig = Rig::start().await;
    let rights = [
        (Operation::Read, "data/{...}"),
        (Operation::Write, "data/{...}"),
    ];
    let user = rig.user(2, &rights).await;
    rig.owner.session().sign_in().await.unwrap();
    user.session().sign_in().await.unwrap();
    set_at_once(&[&rig.owner, &user]).await;
}
