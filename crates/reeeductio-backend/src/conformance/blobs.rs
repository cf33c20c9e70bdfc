//! The examination of [`Blobs`].

use bytes::Bytes;

use crate::{BackendErrorKind, Blobs, ObjectName};

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
    assert_eq!(blobs.list().await.unwrap(), []);

    let content: Vec<u8> = (0..3_000_000_u32)
        .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
        .collect();
    let mut writer = blobs.begin(&name).await.unwrap();
    for piece in content.chunks(70_001) {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    writer.finish().await.unwrap();
    assert_eq!(blobs.size(&name).await.unwrap(), Some(3_000_000));
    assert_eq!(blobs.list().await.unwrap(), std::slice::from_ref(&name));
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
    assert_eq!(blobs.list().await.unwrap().len(), 2);

    blobs.delete(&name).await.unwrap();
    assert_eq!(blobs.size(&name).await.unwrap(), None);
    assert_eq!(blobs.list().await.unwrap(), [empty]);
}
