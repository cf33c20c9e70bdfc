//! The conformance suite of [`Blobs`].

use bytes::Bytes;
use futures_util::TryStreamExt as _;

use crate::{
    BackendErrorKind, Blobs, Clock as _, Discarded, ObjectName, StoredObject, SystemClock,
};

/// All of it.
pub async fn examine(blobs: &dyn Blobs) {
    let name = ObjectName::parse("Bname.0001").unwrap();
    assert_eq!(blobs.size(&name).await.unwrap(), None);
    assert_eq!(blobs.read(&name, 0..1).await.unwrap(), None);
    blobs.delete(&name).await.unwrap();

    // Nothing is visible before it is finished, nothing of what was dropped or aborted.
    let mut writer = blobs.begin(&name).await.unwrap();
    writer.write(Bytes::from_static(b"never")).await.unwrap();
    assert_eq!(blobs.size(&name).await.unwrap(), None);
    drop(writer);
    let mut writer = blobs.begin(&name).await.unwrap();
    writer.write(Bytes::from_static(b"never")).await.unwrap();
    writer.abort().await.unwrap();
    assert_eq!(names(blobs).await, []);

    let content: Vec<u8> = (0..3_000_000_u32)
        .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
        .collect();
    let mut writer = blobs.begin(&name).await.unwrap();
    for piece in content.chunks(70_001) {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    writer.finish().await.unwrap();
    assert_eq!(blobs.size(&name).await.unwrap(), Some(3_000_000));
    assert_eq!(names(blobs).await, std::slice::from_ref(&name));
    let listed: Vec<StoredObject> = blobs.list().try_collect().await.unwrap();
    assert_eq!(listed[0].size, 3_000_000);
    let modified = listed[0].modified;
    // The listing speaks of the store's clock; one that is a year off would make a sweep useless or worse.
    assert!((modified - SystemClock::default().now()).abs() < 365 * 86_400_000);
    assert!(blobs.location(&name).contains(name.as_str()));
    let middle = blobs
        .read(&name, 1_000_000..2_000_000)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(middle, content[1_000_000..2_000_000]);
    assert_eq!(
        blobs.read(&name, 5..5).await.unwrap().unwrap(),
        Bytes::new()
    );
    let beyond = blobs.read(&name, 2_999_999..3_000_001).await.unwrap_err();
    assert_eq!(beyond.kind(), BackendErrorKind::Corrupt);

    let empty = ObjectName::parse("Bempty.0002").unwrap();
    blobs.begin(&empty).await.unwrap().finish().await.unwrap();
    assert_eq!(blobs.size(&empty).await.unwrap(), Some(0));
    assert_eq!(names(blobs).await.len(), 2);

    blobs.delete(&name).await.unwrap();
    assert_eq!(blobs.size(&name).await.unwrap(), None);
    assert_eq!(names(blobs).await, std::slice::from_ref(&empty));

    // A finished object is kept, however old; an upload in progress is spared while it is young.
    let mut writer = blobs.begin(&name).await.unwrap();
    writer.write(Bytes::from(vec![1; 2 << 20])).await.unwrap();
    let long_ago = modified - 365 * 86_400_000;
    assert_eq!(
        blobs.discard_unfinished(long_ago).await.unwrap(),
        Discarded::default()
    );
    writer.finish().await.unwrap();
    let far_ahead = modified + 365 * 86_400_000;
    assert_eq!(
        blobs.discard_unfinished(far_ahead).await.unwrap(),
        Discarded::default()
    );
    assert_eq!(names(blobs).await.len(), 2);
}

async fn names(blobs: &dyn Blobs) -> Vec<ObjectName> {
    let listed: Vec<StoredObject> = blobs.list().try_collect().await.unwrap();
    listed.into_iter().map(|object| object.name).collect()
}
