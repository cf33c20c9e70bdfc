//! State and data that are listed and watched.

use std::sync::Arc;

use futures_util::StreamExt;
use reeeductio_client::{
    ClientError, Content, DataChange, DataEntry, Key, MemoryStore, PathPrefix, Space,
    VerifiedMessage, Watch,
};
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataPath, ErrorCode, Operation};
use serde_json::json;

use crate::meddled::Since;
use crate::rig::{Rig, data_path, path, root, soon, topic};

fn prefix(text: &str) -> PathPrefix {
    PathPrefix::parse(text).unwrap()
}

async fn set(space: &Space, at: &str, value: &[u8]) {
    let state = space.state();
    state.set(&path(at), Content::Sealed(value)).await.unwrap();
}

async fn put(space: &Space, at: &str, value: &[u8]) {
    let data = space.data();
    data.set(&data_path(at), Content::Sealed(value))
        .await
        .unwrap();
}

async fn remove(space: &Space, at: &str) {
    space.data().delete(&data_path(at)).await.unwrap();
}

fn shown(space: &Space, entry: &VerifiedMessage) -> String {
    let value = space.state().open_entry(entry).unwrap();
    format!("{}={}", entry.kind, String::from_utf8(value).unwrap())
}

fn shown_data(space: &Space, entry: &DataEntry) -> String {
    let value = space.data().open_entry(entry).unwrap();
    format!("{}={}", entry.path, String::from_utf8(value).unwrap())
}

/// Paths and values of the entries of the state.
async fn listed(space: &Space, below: &str) -> Vec<String> {
    let entries = space.state().list(&prefix(below)).await.unwrap();
    entries.iter().map(|entry| shown(space, entry)).collect()
}

/// Paths and values of the data entries.
async fn listed_data(space: &Space, below: &str) -> Vec<String> {
    let listing = space.data().list(&prefix(below)).await.unwrap();
    assert!(listing.refused.is_empty(), "{:?}", listing.refused);
    let entries = listing.entries.iter();
    entries.map(|entry| shown_data(space, entry)).collect()
}

async fn next(space: &Space, watch: &mut Watch<VerifiedMessage>) -> String {
    shown(space, &soon(watch.next()).await.unwrap().unwrap())
}

async fn next_data(space: &Space, watch: &mut Watch<DataChange>) -> String {
    let change = soon(watch.next()).await.unwrap().unwrap();
    match change.entry {
        Some(entry) => shown_data(space, &entry),
        None => format!("{} removed", change.path),
    }
}

async fn next_few(space: &Space, watch: &mut Watch<DataChange>, count: usize) -> Vec<String> {
    let mut found = Vec::new();
    for _ in 0..count {
        found.push(next_data(space, watch).await);
    }
    found
}

#[tokio::test]
async fn the_state_is_listed_by_prefix_without_what_was_removed() {
    let rig = Rig::start().await;
    let owner = &rig.owner;
    for at in ["tasks/1", "tasks/1/title", "tasks/10", "tasks/2", "other"] {
        set(owner, at, b"v").await;
    }
    set(owner, "tasks/1/title", b"new").await;
    owner.state().delete(&path("tasks/2")).await.unwrap();
    let (fresh, _) = rig.meddled();
    for space in [owner, &fresh, &rig.restarted(&Arc::default()).0] {
        assert_eq!(
            listed(space, "tasks/1").await,
            ["tasks/1=v", "tasks/1/title=new"]
        );
        let all = ["tasks/1=v", "tasks/1/title=new", "tasks/10=v"];
        assert_eq!(listed(space, "tasks").await, all);
        assert_eq!(listed(space, "none").await, [""; 0]);
    }
    let everything = owner.state().list(&PathPrefix::ALL).await.unwrap();
    assert_eq!(everything.len(), 4);
}

#[tokio::test]
async fn a_listing_of_the_state_reads_what_memory_has_let_go_in_few_requests() {
    let rig = Rig::start().await;
    for number in 0..80 {
        let (state, at) = (rig.owner.state(), path(&format!("a/{number}")));
        state
            .set(&at, Content::Plain(&vec![7; 70_000]))
            .await
            .unwrap();
    }
    let (space, network) = rig.meddled();
    let first = space.state().list(&prefix("a")).await.unwrap();
    assert_eq!(first.len(), 80);
    network.requests();
    let again = space.state().list(&prefix("a")).await.unwrap();
    assert_eq!(again.len(), 80);
    assert!(network.requests().len() < 10, "not one for each entry");
}

#[tokio::test]
async fn a_member_is_given_the_state_that_it_may_read() {
    let rig = Rig::start().await;
    set(&rig.owner, "open/1", b"1").await;
    set(&rig.owner, "closed/1", b"1").await;
    let user = rig.user(2, &[(Operation::Read, "state/open/{...}")]).await;
    assert_eq!(listed(&user, "").await, ["open/1=1"]);
    let mut watch = user.state().watch(&PathPrefix::ALL).await.unwrap();
    assert_eq!(next(&user, &mut watch).await, "open/1=1");
    set(&rig.owner, "closed/1", b"2").await;
    set(&rig.owner, "open/2", b"2").await;
    assert_eq!(next(&user, &mut watch).await, "open/2=2");
}

#[tokio::test]
async fn the_state_is_watched_over_lost_connections_each_change_once() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    set(&rig.owner, "a/b", b"1").await;
    set(&rig.owner, "a/bc", b"no").await;
    let mut watch = space.state().watch(&prefix("a/b")).await.unwrap();
    set(&rig.owner, "a/b/c", b"2").await;
    assert_eq!(next(&space, &mut watch).await, "a/b=1");
    assert_eq!(next(&space, &mut watch).await, "a/b/c=2");
    for since in [Since::Kept, Since::Foreign] {
        network.meddle_with_cursors(since);
        network.cut();
        set(&rig.owner, "a/b", b"3").await;
        set(&rig.owner, "a/bc", b"no").await;
        rig.owner.state().delete(&path("a/b")).await.unwrap();
        assert_eq!(next(&space, &mut watch).await, "a/b=3");
        assert_eq!(next(&space, &mut watch).await, "a/b=");
    }
}

#[tokio::test]
async fn data_is_listed_by_prefix_page_by_page() {
    let rig = Rig::start().await;
    for at in ["a", "a/b", "a/b/1", "a/b/2", "a/bc"] {
        put(&rig.owner, at, b"v").await;
    }
    put(&rig.owner, "a/b/2", b"new").await;
    put(&rig.owner, "a/b/gone", b"v").await;
    remove(&rig.owner, "a/b/gone").await;
    let tombstone = rig.owner.data();
    let at = data_path("a/b/empty");
    tombstone.set(&at, Content::Plain(b"")).await.unwrap();
    let expected = ["a/b=v", "a/b/1=v", "a/b/2=new"];
    assert_eq!(listed_data(&rig.owner, "a/b").await, expected);
    let (space, _) = rig.restarted(&Arc::new(MemoryStore::default()));
    assert_eq!(listed_data(&space, "a/b").await, expected);
    let kept = space.data().stored(&data_path("a/b/1")).await.unwrap();
    assert!(kept.is_some(), "what was listed is kept");
    assert_eq!(listed_data(&rig.owner, "").await.len(), 5);
}

#[tokio::test]
async fn data_is_watched_from_its_current_values_on() {
    let rig = Rig::start().await;
    let (space, _) = rig.meddled();
    put(&rig.owner, "a/b", b"1").await;
    put(&rig.owner, "a/b/c", b"2").await;
    put(&rig.owner, "a/bc", b"no").await;
    let mut watch = space.data().watch(&prefix("a/b")).await.unwrap();
    assert_eq!(next_few(&space, &mut watch, 2).await, ["a/b=1", "a/b/c=2"]);
    put(&rig.owner, "a/bc", b"no").await;
    put(&rig.owner, "a/b", b"3").await;
    assert_eq!(next_data(&space, &mut watch).await, "a/b=3");
    put(&space, "a/b", b"4").await;
    remove(&rig.owner, "a/b/c").await;
    put(&rig.owner, "a/b/c", b"5").await;
    let told = ["a/b=4", "a/b/c removed", "a/b/c=5"];
    assert_eq!(next_few(&space, &mut watch, 3).await, told, "its own too");
    let data = rig.owner.data();
    data.set(&data_path("a/b"), Content::Plain(b""))
        .await
        .unwrap();
    assert_eq!(next_data(&space, &mut watch).await, "a/b removed");
}

#[tokio::test]
async fn what_happened_to_data_while_the_connection_was_away_is_told() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    for at in ["changed", "gone", "same"] {
        put(&rig.owner, at, b"1").await;
    }
    let mut watch = space.data().watch(&PathPrefix::ALL).await.unwrap();
    assert_eq!(next_few(&space, &mut watch, 3).await.len(), 3);
    for (round, since) in [Since::Kept, Since::Foreign, Since::Kept]
        .into_iter()
        .enumerate()
    {
        // The cursor of the greeting must have come, so something is awaited first.
        put(&rig.owner, "ready", format!("{round}").as_bytes()).await;
        assert_eq!(
            next_data(&space, &mut watch).await,
            format!("ready={round}")
        );
        network.meddle_with_cursors(since);
        let mut held = network.hold_streams();
        network.cut();
        soon(held.waiting()).await;
        for value in [b"2", b"3"] {
            put(&rig.owner, "changed", value).await;
        }
        put(&rig.owner, "new", b"1").await;
        remove(&rig.owner, "gone").await;
        remove(&rig.owner, "new").await;
        held.release();
        let mut told = next_few(&space, &mut watch, 2).await;
        told.sort();
        assert_eq!(told, ["changed=3", "gone removed"], "{since:?}");
        put(&rig.owner, "gone", b"1").await;
        assert_eq!(next_data(&space, &mut watch).await, "gone=1");
    }
}

#[tokio::test]
async fn a_live_stream_and_watches_share_a_connection_that_is_made_anew_for_data() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live().await.unwrap();
    put(&rig.owner, "a", b"1").await;
    network.requests();
    let mut first = space.data().watch(&PathPrefix::ALL).await.unwrap();
    let mut second = space.data().watch(&prefix("a")).await.unwrap();
    let mut state = space.state().watch(&PathPrefix::ALL).await.unwrap();
    let connects = network.requests();
    let connects = connects.iter().filter(|line| *line == "Connect").count();
    assert_eq!(connects, 1);
    put(&rig.owner, "a", b"2").await;
    set(&rig.owner, "s", b"3").await;
    for watch in [&mut first, &mut second] {
        assert_eq!(next_few(&space, watch, 2).await, ["a=1", "a=2"]);
    }
    assert_eq!(next(&space, &mut state).await, "s=3");
    assert_eq!(soon(live.next()).await.unwrap().unwrap().kind, "s");
}

#[tokio::test]
async fn watches_are_streams_that_can_be_left_alone() {
    let rig = Rig::start().await;
    put(&rig.owner, "a", b"1").await;
    set(&rig.owner, "a", b"1").await;
    let mut data = rig.owner.data().watch(&PathPrefix::ALL).await.unwrap();
    let mut state = rig.owner.state().watch(&PathPrefix::ALL).await.unwrap();
    let change = soon(StreamExt::next(&mut data)).await.unwrap().unwrap();
    assert_eq!(change.path, data_path("a"));
    let entry = soon(StreamExt::next(&mut state)).await.unwrap().unwrap();
    assert_eq!(entry.kind, "a");
    for n in 0..6 {
        put(&rig.owner, "a", &[b'0' + n]).await;
        // Polled once, and dropped wherever it was.
        let cancelled = tokio::time::timeout(std::time::Duration::ZERO, data.next()).await;
        let change = match cancelled {
            Ok(change) => change.unwrap().unwrap(),
            Err(_) => soon(data.next()).await.unwrap().unwrap(),
        };
        let value = rig.owner.data().open_entry(&change.entry.unwrap()).unwrap();
        assert_eq!(value, [b'0' + n]);
    }
}

#[tokio::test]
async fn a_member_lists_and_watches_what_it_keeps_for_itself() {
    let rig = Rig::start().await;
    let keys = reeeductio_client::Identity::from_seed(&[1; 32]);
    let space = Space::builder(&rig.server.url())
        .user_key(Key::new([5; 32]))
        .open(rig.owner.id(), keys.user_id(), keys, &root())
        .unwrap();
    let own = space.user_data();
    own.set(&data_path("a/1"), b"1").await.unwrap();
    put(&rig.owner, "a/1", b"not this").await;
    let listing = own.list(&prefix("a")).await.unwrap();
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(own.open_entry(&listing.entries[0]).unwrap(), b"1");
    let mut watch = own.watch(&PathPrefix::ALL).await.unwrap();
    soon(watch.next()).await.unwrap().unwrap();
    let at = data_path("a/1");
    let updated = own.update(&at, |old| {
        assert_eq!(old, Some(&b"1"[..]));
        Some(b"2".to_vec())
    });
    assert_eq!(updated.await.unwrap().unwrap(), b"2");
    let change = soon(watch.next()).await.unwrap().unwrap();
    assert_eq!(own.open_entry(&change.entry.unwrap()).unwrap(), b"2");
}

/// The answer of the published server, which has no such routes.
fn is_unsupported<T: std::fmt::Debug>(result: Result<T, ClientError>) -> bool {
    matches!(result, Err(error @ ClientError::Unsupported(_)) if error.code_text() == "client.unsupported")
}

#[tokio::test]
async fn a_server_without_listings_is_told_apart_from_an_empty_one() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    put(&rig.owner, "a", b"1").await;
    network.with(|route, status, body| {
        if route.starts_with("entries") {
            *status = 404;
            *body = br#"{"detail": "Not Found"}"#.to_vec();
        }
    });
    assert!(is_unsupported(space.data().list(&PathPrefix::ALL).await));
    assert!(is_unsupported(space.data().watch(&PathPrefix::ALL).await));
    let at: DataPath = data_path("a");
    let update = space.data().update(&at, |_| Some(b"2".to_vec())).await;
    assert!(is_unsupported(update));
    let requests = network.requests();
    let put = requests.iter().filter(|line| line.starts_with("Put data/"));
    assert_eq!(put.count(), 0, "nothing is written without its condition");
}

#[tokio::test]
async fn a_watch_of_data_ends_with_the_membership_and_says_why() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "data/{...}")]).await;
    put(&rig.owner, "a", b"1").await;
    let mut watch = user.data().watch(&PathPrefix::ALL).await.unwrap();
    assert_eq!(next_data(&user, &mut watch).await, "a=1");
    rig.owner.members().remove(&user.member()).await.unwrap();
    let refused = soon(watch.next()).await.unwrap().unwrap_err();
    assert_eq!(refused.code_text(), "member.unknown");
    assert!(soon(watch.next()).await.is_none());
}

#[tokio::test]
async fn changes_that_were_overtaken_are_passed_over_and_accuse_nobody() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    put(&rig.owner, "a", b"old").await;
    let old = rig.owner.data().entry(&data_path("a")).await.unwrap();
    put(&rig.owner, "a", b"new").await;
    let mut watch = space.data().watch(&PathPrefix::ALL).await.unwrap();
    assert_eq!(next_data(&space, &mut watch).await, "a=new");
    // As after a stream was resumed, or where a listing was faster than the stream.
    let mut late = serde_json::to_value(DataBody::from(&old)).unwrap();
    late["type"] = "data".into();
    late["path"] = "a".into();
    network.push(late.to_string());
    let removed = json!({"type": "data_removed", "path": "a", "signed_at": old.signed_at});
    network.push(removed.to_string());
    put(&rig.owner, "b", b"1").await;
    assert_eq!(next_data(&space, &mut watch).await, "b=1");
}

#[tokio::test]
async fn a_watch_that_fell_far_behind_lists_again() {
    let rig = Rig::start().await;
    let (space, _) = rig.meddled();
    put(&rig.owner, "gone", b"1").await;
    let mut watch = space.data().watch(&PathPrefix::ALL).await.unwrap();
    assert_eq!(next_data(&space, &mut watch).await, "gone=1");
    // Another stream takes everything, so that all of it has come.
    let mut beside = space.data().watch(&prefix("last")).await.unwrap();
    let value = vec![b'x'; 900_000];
    for number in 0..5 {
        put(&rig.owner, &format!("large/{number}"), &value).await;
    }
    remove(&rig.owner, "gone").await;
    put(&rig.owner, "last", b"1").await;
    assert_eq!(next_data(&space, &mut beside).await, "last=1");
    let mut told = Vec::new();
    while told.len() < 7 {
        let change = soon(watch.next()).await.unwrap().unwrap();
        let removed = if change.entry.is_none() {
            " removed"
        } else {
            ""
        };
        told.push(format!("{}{removed}", change.path));
    }
    let mut expected = vec!["gone removed".to_owned(), "last".to_owned()];
    expected.extend((0..5).map(|number| format!("large/{number}")));
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_entry_that_is_not_to_be_believed_hides_no_other() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    for at in ["a", "b", "c"] {
        put(&rig.owner, at, b"1").await;
    }
    network.with(|route, _, body| {
        if route.starts_with("entries") {
            let text = String::from_utf8(std::mem::take(body)).unwrap();
            *body = text.replacen("\"path\":\"b\"", "\"path\":\"bb\"", 1).into();
        }
    });
    let listing = space.data().list(&PathPrefix::ALL).await.unwrap();
    let paths: Vec<String> = listing
        .entries
        .iter()
        .map(|one| one.path.to_string())
        .collect();
    assert_eq!(paths, ["a", "c"]);
    assert_eq!(listing.refused.len(), 1);
    assert_eq!(listing.refused[0].path, data_path("bb"));
    let mut watch = space.data().watch(&PathPrefix::ALL).await.unwrap();
    assert_eq!(next_data(&space, &mut watch).await, "a=1");
    let refused = soon(watch.next()).await.unwrap().unwrap_err();
    assert_eq!(refused.code_text(), "verify.data_signature");
    assert_eq!(next_data(&space, &mut watch).await, "c=1");
}

#[tokio::test]
async fn a_listing_leaves_out_an_entry_that_may_not_be_read_any_more_when_it_is_asked_for_again() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    put(&space, "a", b"1").await;
    put(&space, "b", b"1").await;
    let taken = Arc::new(AtomicBool::new(false));
    let (own, over) = (space.clone(), Arc::clone(&taken));
    network.on_answer(move |line| {
        let (own, over) = (own.clone(), Arc::clone(&over));
        let listed = line == "Get entries" && !over.load(Ordering::SeqCst);
        async move {
            if listed {
                // It is overtaken by the member's own write, and then by one that the member may not read.
                put(&own, "a", b"2").await;
                over.store(true, Ordering::SeqCst);
            }
            Ok(())
        }
    });
    network.with(move |route, status, body| {
        if route == "data/a" && taken.load(Ordering::SeqCst) {
            *status = 403;
            *body = br#"{"code": "permission.denied", "error": "not yours"}"#.to_vec();
        }
    });
    let listed = soon(space.data().list(&PathPrefix::ALL)).await;
    let listed = listed.map(|listed| listed.entries.len());
    assert_eq!(listed.map_err(|error| error.to_string()), Ok(1));
}

#[tokio::test]
async fn a_member_who_may_read_nothing_below_a_path_is_told_so_instead_of_waiting() {
    let rig = Rig::start().await;
    put(&rig.owner, "lists/a", b"x").await;
    set(&rig.owner, "lists/a", b"x").await;
    let rights = [
        (Operation::Read, "data/own/{...}"),
        (Operation::Read, "state/own/{...}"),
        (Operation::Read, "topics/open"),
    ];
    let user = rig.user(2, &rights).await;
    let lists = prefix("lists");
    let refused = [
        user.data().list(&lists).await.map(drop),
        user.data().watch(&lists).await.map(drop),
        user.state().list(&lists).await.map(drop),
        user.state().watch(&lists).await.map(drop),
        user.topic(&topic("closed")).live().await.map(drop),
    ];
    for each in refused {
        let error = each.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::PermissionDenied), "{error}");
    }
    // Where there is nothing yet, and for a part of what is below.
    for below in ["own", "own/x", ""] {
        let below = prefix(below);
        assert!(user.data().list(&below).await.unwrap().entries.is_empty());
        user.data().watch(&below).await.unwrap();
    }
    user.topic(&topic("open")).live().await.unwrap();
}
