//! Both stores pass the conformance suite.
#![allow(missing_docs, clippy::unwrap_used, clippy::allow_attributes)]

use bytes::Bytes;
use futures_util::StreamExt as _;
use reeeductio_backend::{
    BackendErrorKind, Blobs, CopyObjects as _, Discarded, ObjectName, conformance,
};
use reeeductio_backend_objects::Objects;

#[tokio::test]
async fn memory() {
    conformance::blobs::examine(&Objects::memory()).await;
}

#[tokio::test]
async fn folder() {
    let folder = tempfile::tempdir().unwrap();
    conformance::blobs::examine(&Objects::folder(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn what_a_crashed_upload_left_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Objects::folder(folder.path()).unwrap();
    let name = ObjectName::parse("Bname.1").unwrap();
    let mut writer = blobs.begin(&name).await.unwrap();
    writer.write(Bytes::from(vec![1; 2 << 20])).await.unwrap();
    // A crash runs no destructors.
    std::mem::forget(writer);
    let files = || walk(folder.path());
    assert_eq!(files(), 1, "the upload is staged in the folder");
    assert_eq!(blobs.list().count().await, 0);
    let reopened = Objects::folder(folder.path()).unwrap();
    assert_eq!(files(), 0);
    assert_eq!(reopened.list().count().await, 0);
}

#[tokio::test]
async fn an_upload_that_was_left_is_discarded_once_it_is_old_enough() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Objects::folder(folder.path()).unwrap();
    let name = ObjectName::parse("Bname.1").unwrap();
    let mut writer = blobs.begin(&name).await.unwrap();
    writer.write(Bytes::from(vec![1; 2 << 20])).await.unwrap();
    std::mem::forget(writer);
    let young = blobs.discard_unfinished(0).await.unwrap();
    assert_eq!((young, walk(folder.path())), (Discarded::default(), 1));
    let old = blobs.discard_unfinished(i64::MAX).await.unwrap();
    assert_eq!((old.objects, walk(folder.path())), (1, 0));
}

#[tokio::test]
async fn a_copy_shares_its_file_only_when_asked_to() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let blobs = Objects::folder(folder.path()).unwrap();
    let name = ObjectName::parse("Bname.1").unwrap();
    let mut writer = blobs.begin(&name).await.unwrap();
    writer.write(Bytes::from_static(b"01234")).await.unwrap();
    writer.finish().await.unwrap();
    let file = |folder: &std::path::Path| std::fs::metadata(folder.join("na/Bname.1")).unwrap();
    let (full, linked) = (copies.path().join("full"), copies.path().join("linked"));
    assert_eq!(blobs.copy_object(&name, &full, false).unwrap(), Some(5));
    assert_eq!(blobs.copy_object(&name, &linked, true).unwrap(), Some(5));
    let original = file(folder.path()).ino();
    assert_ne!(file(&full).ino(), original);
    assert_eq!(file(&linked).ino(), original);
    assert_eq!(file(&full).permissions().mode() & 0o777, 0o600);
    let shard = std::fs::metadata(full.join("na")).unwrap();
    assert_eq!(shard.permissions().mode() & 0o777, 0o700);
    blobs.delete(&name).await.unwrap();
    assert_eq!(blobs.copy_object(&name, &full, false).unwrap(), None);
}

#[tokio::test]
async fn a_torn_file_is_corrupt_not_short() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Objects::folder(folder.path()).unwrap();
    let name = ObjectName::parse("Bname.1").unwrap();
    let mut writer = blobs.begin(&name).await.unwrap();
    writer
        .write(Bytes::from_static(b"0123456789"))
        .await
        .unwrap();
    writer.finish().await.unwrap();
    std::fs::write(folder.path().join("na").join("Bname.1"), b"01234").unwrap();
    let torn = blobs.read(&name, 0..10).await.unwrap_err();
    assert_eq!(torn.kind(), BackendErrorKind::Corrupt);
}

fn walk(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            if entry.path().is_dir() {
                walk(&entry.path())
            } else {
                1
            }
        })
        .sum()
}
