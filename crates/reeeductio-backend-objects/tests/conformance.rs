//! Both stores sit the examination.
#![allow(missing_docs, clippy::unwrap_used, clippy::allow_attributes)]

use bytes::Bytes;
use reeeductio_backend::{BackendErrorKind, Blobs, ObjectName, conformance};
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
    assert_eq!(blobs.list().await.unwrap(), []);
    let reopened = Objects::folder(folder.path()).unwrap();
    assert_eq!(files(), 0);
    assert_eq!(reopened.list().await.unwrap(), []);
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
