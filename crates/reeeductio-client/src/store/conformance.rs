//! The conformance suite of [`Store`]. Each function takes an empty store and panics at the first rule that
//! is broken; [`records`] has those of what [`Records`](super::Records) keeps in one.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a conformance suite panics where the store fails"
)]

pub mod records;

use futures_util::future::join_all;

use super::{Change, Durability, MAX_KEY, MAX_VALUE, Pair, Scan, Scanned, Store};

fn pair(key: &[u8], value: &[u8]) -> Pair {
    (key.to_vec(), value.to_vec())
}

fn put(key: &[u8], value: &[u8]) -> Change {
    let (key, value) = pair(key, value);
    Change::Put { key, value }
}

fn raise(key: &[u8], value: &[u8]) -> Change {
    let (key, value) = pair(key, value);
    Change::Raise { key, value }
}

fn insert(key: &[u8], value: &[u8], with: &[(&[u8], &[u8])]) -> Change {
    let with = with.iter().map(|(key, value)| pair(key, value)).collect();
    let (key, value) = pair(key, value);
    Change::Insert { key, value, with }
}

async fn commit(store: &dyn Store, changes: Vec<Change>) {
    store.commit(changes, Durability::Process).await.unwrap();
}

async fn get(store: &dyn Store, key: &[u8]) -> Option<Vec<u8>> {
    let found = store.get(vec![key.to_vec()]).await.unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().flatten()
}

async fn all(store: &dyn Store) -> Vec<Pair> {
    scan(store, &[], &[0xff; 9], usize::MAX, usize::MAX, false)
        .await
        .pairs
}

async fn scan(
    store: &dyn Store,
    from: &[u8],
    to: &[u8],
    limit: usize,
    bytes: usize,
    reverse: bool,
) -> Scanned {
    let (from, to) = (from.to_vec(), to.to_vec());
    let scan = Scan {
        from,
        to,
        limit,
        bytes,
        reverse,
    };
    store.scan(scan).await.unwrap()
}

/// Values are returned in the order of the keys asked for, whatever bytes they hold.
pub async fn values_are_read_back_by_their_keys(store: &dyn Store) {
    assert_eq!(get(store, b"a").await, None);
    let odd: Vec<u8> = (0..=255).rev().collect();
    commit(
        store,
        vec![put(b"a", b"1"), put(b"\0", b""), put(&odd, &odd)],
    )
    .await;
    let keys = [b"a".to_vec(), b"b".to_vec(), odd.clone(), vec![0], vec![97]];
    let found = store.get(keys.to_vec()).await.unwrap();
    let one = Some(b"1".to_vec());
    assert_eq!(found, [one.clone(), None, Some(odd), Some(vec![]), one]);
    assert!(store.get(vec![]).await.unwrap().is_empty());
    commit(store, vec![]).await;
    commit(
        store,
        vec![put(b"a", b"2"), Change::Delete { key: vec![0] }],
    )
    .await;
    assert_eq!(get(store, b"a").await, Some(b"2".to_vec()));
    assert_eq!(get(store, b"\0").await, None);
    store.clear().await.unwrap();
    assert!(all(store).await.is_empty());
}

/// A scan follows the order of unsigned bytes, from the first key inclusive to the last exclusive.
pub async fn ranges_are_in_the_order_of_bytes(store: &dyn Store) {
    let keys: [&[u8]; 6] = [b"\0", b"\0\0", b"a", b"a\0", b"a\xff", b"\x80"];
    let changes = [4, 0, 5, 2, 1, 3];
    for at in changes {
        commit(
            store,
            keys.iter()
                .skip(at)
                .take(1)
                .map(|key| put(key, key))
                .collect(),
        )
        .await;
    }
    let check = async |from: &[u8], to: &[u8], expected: &[&[u8]]| {
        let mut expected: Vec<Pair> = expected.iter().map(|key| pair(key, key)).collect();
        let up = scan(store, from, to, 9, 99, false).await;
        assert!(!up.has_more);
        assert_eq!(up.pairs, expected);
        expected.reverse();
        assert_eq!(scan(store, from, to, 9, 99, true).await.pairs, expected);
    };
    check(b"", b"\xff", &keys).await;
    check(b"\0\0", b"a\xff", &[b"\0\0", b"a", b"a\0"]).await;
    check(b"a", b"a\0", &[b"a"]).await;
    check(b"a", b"a", &[]).await;
    check(b"b", b"a", &[]).await;
    check(b"b", b"c", &[]).await;
}

/// A scan stops at its limit of pairs or bytes, returns at least one pair, and tells whether there is more.
pub async fn scans_stop_at_their_limits(store: &dyn Store) {
    commit(
        store,
        vec![put(b"a", b"12345"), put(b"b", b"12"), put(b"c", b"1234")],
    )
    .await;
    let check = async |limit: usize, bytes: usize, reverse: bool, expected: &[u8], more: bool| {
        let found = scan(store, b"", b"z", limit, bytes, reverse).await;
        let keys: Vec<u8> = found.pairs.into_iter().flat_map(|(key, _)| key).collect();
        assert_eq!((keys.as_slice(), found.has_more), (expected, more));
    };
    check(3, 14, false, b"abc", false).await;
    check(2, 14, false, b"ab", true).await;
    check(0, 14, false, b"", true).await;
    check(3, 13, false, b"ab", true).await;
    check(3, 8, false, b"a", true).await;
    check(3, 0, false, b"a", true).await;
    check(3, 8, true, b"cb", true).await;
    check(1, 0, true, b"c", true).await;
    check(usize::MAX, usize::MAX, true, b"cba", false).await;
}

/// An insert changes nothing if its key is there, and what comes with it neither.
pub async fn inserts_keep_what_is_there(store: &dyn Store) {
    commit(store, vec![insert(b"a", b"1", &[(b"b", b"1")])]).await;
    commit(
        store,
        vec![insert(b"a", b"2", &[(b"b", b"2"), (b"c", b"2")])],
    )
    .await;
    assert_eq!(all(store).await, [pair(b"a", b"1"), pair(b"b", b"1")]);
    commit(store, vec![insert(b"d", b"3", &[(b"b", b"3")])]).await;
    assert_eq!(get(store, b"b").await, Some(b"3".to_vec()));
}

/// A raise keeps the greater value, by unsigned bytes.
pub async fn raises_keep_the_greater_value(store: &dyn Store) {
    for (value, expected) in [
        (&b"5"[..], &b"5"[..]),
        (b"4", b"5"),
        (b"4999", b"5"),
        (b"50", b"50"),
        (b"5", b"50"),
        (b"\x80", b"\x80"),
        (b"\x7f\xff", b"\x80"),
    ] {
        commit(store, vec![raise(b"a", value)]).await;
        assert_eq!(get(store, b"a").await.as_deref(), Some(expected));
    }
}

/// Changes of one commit see those before them.
pub async fn changes_follow_each_other(store: &dyn Store) {
    let delete = || Change::Delete { key: b"a".to_vec() };
    let changes = vec![
        put(b"a", b"9"),
        delete(),
        raise(b"a", b"3"),
        insert(b"a", b"8", &[]),
        raise(b"a", b"4"),
        put(b"b", b"1"),
        insert(b"c", b"1", &[(b"b", b"2")]),
    ];
    commit(store, changes).await;
    let expected = [pair(b"a", b"4"), pair(b"b", b"2"), pair(b"c", b"1")];
    assert_eq!(all(store).await, expected);
}

/// Keys and values that are too long are refused, and nothing else of their commit is applied.
pub async fn a_commit_with_a_refused_change_changes_nothing(store: &dyn Store) {
    let long = vec![7; MAX_KEY];
    commit(store, vec![put(&long, b"1")]).await;
    assert_eq!(get(store, &long).await, Some(b"1".to_vec()));
    let too_long = vec![7; MAX_KEY + 1];
    for (refused, what) in [
        (put(b"", b""), "key"),
        (put(&too_long, b""), "key"),
        (raise(&too_long, b""), "key"),
        (
            Change::Delete {
                key: too_long.clone(),
            },
            "key",
        ),
        (insert(b"b", b"", &[(&too_long, b"")]), "key"),
        (put(b"b", &vec![0; MAX_VALUE + 1]), "value"),
    ] {
        for durability in [Durability::Process, Durability::Disk] {
            let changes = vec![put(b"a", b"1"), refused.clone(), put(b"c", b"1")];
            let error = store.commit(changes, durability).await.unwrap_err();
            assert_eq!(error.code(), "store.length");
            assert!(error.to_string().contains(what), "{error}");
        }
    }
    assert_eq!(all(store).await, [pair(&long, b"1")]);
}

/// Of several inserts of one key at once, one is applied, whole.
pub async fn inserts_at_once_do_not_mix(store: &dyn Store) {
    let commits = (0..20_u8).map(|n| {
        let changes = vec![
            insert(b"a", &[n], &[(b"b", &[n]), (b"c", &[n])]),
            insert(&[b'd', n], &[n], &[]),
            raise(b"e", &[n]),
        ];
        let durability = if n % 2 == 0 {
            Durability::Disk
        } else {
            Durability::Process
        };
        store.commit(changes, durability)
    });
    for done in join_all(commits).await {
        done.unwrap();
    }
    let first = get(store, b"a").await;
    assert!(first.is_some());
    assert_eq!(get(store, b"b").await, first);
    assert_eq!(get(store, b"c").await, first);
    assert_eq!(get(store, b"e").await, Some(vec![19]));
    assert_eq!(scan(store, b"d", b"e", 99, 99, false).await.pairs.len(), 20);
}
