use std::io::Write as _;

use reeeductio_client::{ClientError, Key};
use reeeductio_proto::{BlobId, ErrorCode, Operation};

use crate::rig::Rig;

/// Bytes that do not repeat in a way that would hide a wrong order.
fn bytes(length: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .take(length)
        .collect()
}

#[tokio::test]
async fn bytes_come_back_whatever_their_length() {
    let rig = Rig::start().await;
    for length in [0, 1, 65_536, 1_000_001] {
        let content = bytes(length);
        let id = rig.owner.upload_blob(content.clone()).await.unwrap();
        assert_eq!(id, BlobId::of(&content));
        assert_eq!(rig.owner.upload_blob(content.clone()).await.unwrap(), id);
        let download = rig.owner.download_blob(&id).await.unwrap();
        assert_eq!(download.length(), Some(length as u64));
        assert_eq!(download.bytes().await.unwrap(), content);
    }
}

#[tokio::test]
async fn a_file_is_streamed_up_and_down() {
    let rig = Rig::start().await;
    let content = bytes(3_000_000);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&content).unwrap();
    // Where the file stands does not matter: it is sent from its beginning.
    let id = rig
        .owner
        .upload_blob_from(tokio::fs::File::from_std(file))
        .await
        .unwrap();
    assert_eq!(id, BlobId::of(&content));

    let target = tempfile::NamedTempFile::new().unwrap();
    let mut writer = tokio::fs::File::create(target.path()).await.unwrap();
    let download = rig.owner.download_blob(&id).await.unwrap();
    assert_eq!(download.write_to(&mut writer).await.unwrap(), 3_000_000);
    assert_eq!(std::fs::read(target.path()).unwrap(), content);
}

#[tokio::test]
async fn a_sealed_blob_opens_with_its_own_key_only() {
    let rig = Rig::start().await;
    let content = bytes(100_000);
    let (id, key) = rig.owner.upload_encrypted_blob(&content).await.unwrap();
    let (other_id, other_key) = rig.owner.upload_encrypted_blob(&content).await.unwrap();
    assert_ne!(id, other_id);
    assert_eq!(
        rig.owner.download_encrypted_blob(&id, &key).await.unwrap(),
        content
    );
    for wrong in [&other_key, &Key::new([0; 32])] {
        let error = rig
            .owner
            .download_encrypted_blob(&id, wrong)
            .await
            .unwrap_err();
        assert!(matches!(error, ClientError::Open(_)));
    }
    let stored = rig
        .owner
        .download_blob(&id)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(stored.len(), content.len() + 28);
}

#[tokio::test]
async fn a_deleted_blob_is_gone_and_deleting_needs_the_right() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "blobs/{any}")]).await;
    let id = rig.owner.upload_blob(bytes(10)).await.unwrap();
    let refused = user.delete_blob(&id).await.unwrap_err();
    assert_eq!(refused.status(), Some(403));
    rig.owner.delete_blob(&id).await.unwrap();
    let gone = rig.owner.download_blob(&id).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::BlobNotFound));
}
