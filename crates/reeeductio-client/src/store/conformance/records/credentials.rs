//! Credentials.

use std::sync::Arc;

use super::{records, space};
use crate::store::Store;
use crate::store::records::all_credentials;

/// Credentials are kept by space: the first ones stay until they are replaced or deleted, and nothing else deletes them.
pub async fn credentials_are_kept_by_space(store: Arc<dyn Store>) {
    let (one, two) = (records(&store, 1), records(&store, 2));
    assert!(one.credentials().await.unwrap().is_none());
    assert!(all_credentials(&store).await.unwrap().is_empty());
    let added = one.add_credentials(b"first").await.unwrap();
    assert_eq!(added.as_slice(), b"first");
    let added = one.add_credentials(b"second").await.unwrap();
    assert_eq!(added.as_slice(), b"first");
    assert!(two.credentials().await.unwrap().is_none());

    let long = vec![7; 5000];
    two.put_credentials(&long).await.unwrap();
    one.put_credentials(b"").await.unwrap();
    let kept = one.credentials().await.unwrap().unwrap();
    assert!(kept.is_empty());
    let all = all_credentials(&store).await.unwrap();
    let mut expected = vec![(space(1), Vec::new()), (space(2), long)];
    expected.sort_by_key(|(space, _)| *space.as_bytes());
    let all: Vec<_> = all
        .iter()
        .map(|(space, bytes)| (*space, bytes.to_vec()))
        .collect();
    assert_eq!(all, expected);

    one.forget_seen().await.unwrap();
    one.delete_messages(None, None).await.unwrap();
    assert!(one.credentials().await.unwrap().is_some());
    one.delete_credentials().await.unwrap();
    assert!(one.credentials().await.unwrap().is_none());
    assert!(two.credentials().await.unwrap().is_some());
    one.delete_credentials().await.unwrap();

    // Of several that are added at once, all get the same.
    let choices = [b"x", b"y", b"z"].map(|bytes| one.add_credentials(bytes));
    let added = futures_util::future::join_all(choices).await;
    let kept = one.credentials().await.unwrap().unwrap();
    for added in added {
        assert_eq!(added.unwrap(), kept);
    }
}
