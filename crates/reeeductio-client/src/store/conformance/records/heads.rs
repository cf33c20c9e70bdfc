//! Records that only move forward: heads, signed times, state entries, the authority.

use std::sync::Arc;

use reeeductio_core::Identity;
use reeeductio_proto::{ChainId, DataPath, Lane, Position};

use super::{chain, message, path, records, save};
use crate::store::{Batch, Entry, Snapshot, Store};

/// Heads, signed times and newest entries never go back, and stay when messages are deleted.
pub async fn heads_and_signed_times_only_grow(store: Arc<dyn Store>) {
    let (one, two) = (records(&store, 1), records(&store, 2));
    let general = chain("general");
    let lane = ChainId {
        lane: Some(Lane {
            member: Identity::from_seed(&[1; 32]).user_id(),
            id: [3; 8],
        }),
        ..general.clone()
    };
    let data = DataPath::parse("presence/ann @ home").unwrap();
    let name = path("profiles/ann");
    let sender = Identity::from_seed(&[1; 32]).user_id();
    let position = |time: i64| {
        let message = message(1, "general", &time.to_string(), time, None);
        Position::from(&message)
    };
    let entry = |time: i64| Entry {
        position: position(time),
        sender,
    };
    assert_eq!(one.head(&general).await.unwrap(), None);
    assert_eq!(one.signed_time(&data).await.unwrap(), None);
    assert_eq!(one.entry(&name).await.unwrap(), None);
    for (time, expected) in [(-1, -1), (5, 5), (4, 5), (i64::MIN, 5), (256, 256)] {
        let batch = Batch {
            messages: vec![message(1, "general", &time.to_string(), time, None).into()],
            heads: vec![(general.clone(), position(time))],
            signed_times: vec![(data.clone(), time)],
            entries: vec![(name.clone(), entry(time))],
            ..Batch::default()
        };
        one.save(batch).await.unwrap();
        assert_eq!(one.head(&general).await.unwrap(), Some(position(expected)));
        assert_eq!(one.signed_time(&data).await.unwrap(), Some(expected));
        assert_eq!(one.entry(&name).await.unwrap(), Some(entry(expected)));
    }
    assert_eq!(two.head(&general).await.unwrap(), None);
    assert_eq!(one.head(&chain("other")).await.unwrap(), None);
    assert_eq!(one.head(&lane).await.unwrap(), None);
    let batch = Batch {
        heads: vec![(lane.clone(), position(1))],
        ..Batch::default()
    };
    one.save(batch).await.unwrap();
    assert_eq!(one.head(&lane).await.unwrap(), Some(position(1)));
    assert_eq!(one.delete_messages(None, None).await.unwrap(), 5);
    assert_eq!(one.head(&general).await.unwrap(), Some(position(256)));
    assert_eq!(one.signed_time(&data).await.unwrap(), Some(256));
    assert_eq!(one.entry(&name).await.unwrap(), Some(entry(256)));
    store.clear().await.unwrap();
    assert_eq!(one.head(&general).await.unwrap(), None);
    assert_eq!(one.signed_time(&data).await.unwrap(), None);
    save(&one, &[message(1, "general", "k", 1, None)]).await;
    assert_eq!(one.count().await.unwrap(), 1);
}

/// Entries are listed below a path, segment by segment, from any place on.
pub async fn entries_are_listed_below_a_path(store: Arc<dyn Store>) {
    let records = records(&store, 1);
    let entry = Entry {
        position: Position::from(&message(1, "state", "k", 1, None)),
        sender: Identity::from_seed(&[1; 32]).user_id(),
    };
    let all = ["a", "a-b", "a.b/c", "a/b", "a/b/c", "a/c", "ab/c", "b"];
    let batch = Batch {
        entries: all.iter().map(|name| (path(name), entry)).collect(),
        ..Batch::default()
    };
    records.save(batch).await.unwrap();
    let check = async |below: Option<&str>, after: Option<&str>, limit: usize, found: &[&str]| {
        let (below, after) = (below.map(path), after.map(path));
        let listed = records.entries(below.as_ref(), after.as_ref(), limit).await;
        let listed = listed.unwrap();
        let names: Vec<&str> = listed.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, found);
        assert!(listed.iter().all(|(_, listed)| *listed == entry));
    };
    check(None, None, 99, &all).await;
    check(Some("a"), None, 99, &["a/b", "a/b/c", "a/c"]).await;
    check(Some("a"), None, 2, &["a/b", "a/b/c"]).await;
    check(Some("a"), Some("a/b/c"), 2, &["a/c"]).await;
    check(Some("a"), Some("Z"), 1, &["a/b"]).await;
    check(None, Some("ab"), 2, &["ab/c", "b"]).await;
    check(Some("b"), None, 99, &[]).await;
}

/// The last snapshot replaces the one before.
pub async fn the_last_snapshot_is_kept(store: Arc<dyn Store>) {
    let (one, two) = (records(&store, 1), records(&store, 2));
    assert_eq!(one.snapshot().await.unwrap(), None);
    for (time, bytes) in [(5, &b"five"[..]), (4, b"")] {
        let snapshot = Snapshot {
            position: Position::from(&message(1, "state", "k", time, None)),
            bytes: bytes.to_vec(),
        };
        let batch = Batch {
            snapshot: Some(snapshot.clone()),
            ..Batch::default()
        };
        one.save(batch).await.unwrap();
        assert_eq!(one.snapshot().await.unwrap(), Some(snapshot));
    }
    assert_eq!(two.snapshot().await.unwrap(), None);
}
