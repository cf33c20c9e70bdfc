use std::io::{Cursor, Write as _};
use std::sync::{Arc, Mutex};

use reeeductio_client::{ClientError, Key, UploadedBlob};
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
        let id = rig.owner.blobs().upload(content.clone()).await.unwrap();
        assert_eq!(id, BlobId::of(&content));
        assert_eq!(rig.owner.blobs().upload(content.clone()).await.unwrap(), id);
        let download = rig.owner.blobs().download(&id).await.unwrap();
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
        .blobs()
        .upload_from(tokio::fs::File::from_std(file), |_| {})
        .await
        .unwrap();
    assert_eq!(id, BlobId::of(&content));

    let target = tempfile::NamedTempFile::new().unwrap();
    let mut writer = tokio::fs::File::create(target.path()).await.unwrap();
    let download = rig.owner.blobs().download(&id).await.unwrap();
    assert_eq!(download.write_to(&mut writer).await.unwrap(), 3_000_000);
    assert_eq!(std::fs::read(target.path()).unwrap(), content);
}

#[tokio::test]
async fn a_sealed_blob_opens_with_its_own_key_only() {
    let rig = Rig::start().await;
    let content = bytes(100_000);
    let (id, key) = rig.owner.blobs().upload_sealed(&content).await.unwrap();
    let (other_id, other_key) = rig.owner.blobs().upload_sealed(&content).await.unwrap();
    assert_ne!(id, other_id);
    assert_eq!(
        rig.owner.blobs().download_sealed(&id, &key).await.unwrap(),
        content
    );
    for wrong in [&other_key, &Key::new([0; 32])] {
        let error = rig
            .owner
            .blobs()
            .download_sealed(&id, wrong)
            .await
            .unwrap_err();
        assert!(matches!(error, ClientError::Open(_)));
    }
    let stored = rig
        .owner
        .blobs()
        .download(&id)
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
    let id = rig.owner.blobs().upload(bytes(10)).await.unwrap();
    let refused = user.blobs().delete(&id).await.unwrap_err();
    assert_eq!(refused.status(), Some(403));
    rig.owner.blobs().delete(&id).await.unwrap();
    let gone = rig.owner.blobs().download(&id).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::BlobNotFound));
}

/// A blob of this content, sealed by streaming, and the sizes that its progress told.
async fn sealed(rig: &Rig, content: &[u8]) -> (UploadedBlob, Vec<u64>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let blobs = rig.owner.blobs();
    let blob = blobs
        .upload_sealed_from(Cursor::new(content.to_vec()), move |done| {
            tell.lock().unwrap().push((done.bytes, done.total));
        })
        .await
        .unwrap();
    let told = told.lock().unwrap().clone();
    assert!(told.iter().all(|(_, total)| *total == Some(blob.size)));
    (blob, told.into_iter().map(|(bytes, _)| bytes).collect())
}

#[tokio::test]
async fn what_is_sealed_in_pieces_opens_whole_and_the_other_way_round() {
    let rig = Rig::start().await;
    for length in [0, 1, 16, 262_144, 1_000_001] {
        let content = bytes(length);
        let (blob, told) = sealed(&rig, &content).await;
        assert_eq!(blob.size, length as u64 + 28);
        assert!(told.is_sorted());
        assert_eq!(told.last(), Some(&blob.size));
        let whole = rig.owner.blobs().download_sealed(&blob.id, &blob.key).await;
        assert_eq!(whole.unwrap(), content);

        let (id, key) = rig.owner.blobs().upload_sealed(&content).await.unwrap();
        let (mut part, mut target) = (Cursor::new(Vec::new()), Vec::new());
        let mut done = 0;
        let blobs = rig.owner.blobs();
        let length = blobs
            .download_sealed_into(&id, &key, &mut part, &mut target, |progress| {
                done = progress.bytes;
                assert_eq!(progress.total, Some(blob.size));
            })
            .await
            .unwrap();
        assert_eq!((length, done), (content.len() as u64, blob.size));
        assert_eq!(target, content);
    }
}

#[tokio::test]
async fn a_download_that_broke_off_is_continued_behind_what_came() {
    let rig = Rig::start().await;
    let content = bytes(700_000);
    let id = rig.owner.blobs().upload(content.clone()).await.unwrap();
    let (space, network) = rig.meddled();
    for there in [0, 1, 300_000, content.len()] {
        let mut part = Cursor::new(content[..there].to_vec());
        let seen = Arc::new(Mutex::new(0));
        let see = Arc::clone(&seen);
        network.with(move |_, status, body| {
            if *status != 416 {
                *see.lock().unwrap() = body.len();
            }
        });
        let size = space.blobs().download_into(&id, &mut part, |_| {}).await;
        assert_eq!(size.unwrap(), content.len() as u64);
        assert_eq!(part.into_inner(), content);
        if there > 0 {
            assert_eq!(*seen.lock().unwrap(), content.len() - there);
        }
    }

    // The file holds bytes that are not of this blob.
    for wrong in [vec![7; 1000], [content.as_slice(), b"more"].concat()] {
        let mut part = Cursor::new(wrong);
        let error = space.blobs().download_into(&id, &mut part, |_| {}).await;
        assert_eq!(error.unwrap_err().code_text(), "verify.blob");
    }
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_is_read_from_the_beginning() {
    let rig = Rig::start().await;
    let content = bytes(1000);
    let id = rig.owner.blobs().upload(content.clone()).await.unwrap();
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    let whole = content.clone();
    network.with(move |route, status, body| {
        if route.starts_with("blobs/") {
            *status = 200;
            body.clone_from(&whole);
        }
    });
    let mut part = Cursor::new(content[..10].to_vec());
    space
        .blobs()
        .download_into(&id, &mut part, |_| {})
        .await
        .unwrap();
    assert_eq!(part.into_inner(), content);
}

#[tokio::test]
async fn nothing_unproven_reaches_the_target_or_the_file() {
    let rig = Rig::start().await;
    let content = bytes(600_000);
    let (blob, _) = sealed(&rig, &content).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jpg");
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };

    // Another key: the bytes are the blob's, and do not open.
    let (mut part, mut target) = (Cursor::new(Vec::new()), Vec::new());
    let wrong = Key::new([1; 32]);
    let error = rig
        .owner
        .blobs()
        .download_sealed_into(&blob.id, &wrong, &mut part, &mut target, |_| {})
        .await
        .unwrap_err();
    assert_eq!((error.code_text(), target.len()), ("client.open", 0));

    // Other bytes.
    let (space, network) = rig.meddled();
    network.with(|route, _, body| {
        if route.starts_with("blobs/") {
            *body.last_mut().unwrap() ^= 1;
        }
    });
    let blobs = space.blobs();
    let download = blobs.download_to_file(&blob.id, Some(&blob.key), &path, |_| {});
    assert_eq!(download.await.unwrap_err().code_text(), "verify.blob");
    assert!(names().is_empty());

    // A part of them, and then the rest.
    std::fs::write(folder.path().join("photo.jpg.part"), b"").unwrap();
    network.with(|_, _, _| {});
    let stored = space
        .blobs()
        .download(&blob.id)
        .await
        .unwrap()
        .bytes()
        .await;
    let part = folder.path().join("photo.jpg.part");
    std::fs::write(&part, &stored.unwrap()[..1234]).unwrap();
    let blobs = space.blobs();
    let download = blobs.download_to_file(&blob.id, Some(&blob.key), &path, |_| {});
    assert_eq!(download.await.unwrap(), content.len() as u64);
    assert_eq!(std::fs::read(&path).unwrap(), content);
    assert_eq!(names(), ["photo.jpg"]);

    let plain = rig.owner.blobs().upload(content.clone()).await.unwrap();
    let blobs = rig.owner.blobs();
    let download = blobs.download_to_file(&plain, None, &path, |_| {});
    assert_eq!(download.await.unwrap(), content.len() as u64);
    assert_eq!(names(), ["photo.jpg"]);

    // A part of another blob: it is no fault of the server.
    for key in [Some(&blob.key), None] {
        std::fs::write(&part, b"of another blob").unwrap();
        let id = if key.is_some() { &blob.id } else { &plain };
        let download = blobs.download_to_file(id, key, &path, |_| {});
        assert_eq!(download.await.unwrap(), content.len() as u64);
        assert_eq!(std::fs::read(&path).unwrap(), content);
        assert_eq!(names(), ["photo.jpg"]);
    }
}

#[tokio::test]
async fn a_blob_comes_in_pieces_which_are_opened_and_whose_end_proves_them() {
    let rig = Rig::start().await;
    let blobs = rig.owner.blobs();
    let content = bytes(700_001);
    let (id, key) = blobs.upload_sealed(&content).await.unwrap();
    let mut pieces = blobs.pieces(&id, Some(&key)).await.unwrap();
    assert_eq!(pieces.length(), Some(700_001 + 28));
    let mut opened = Vec::new();
    while let Some(piece) = pieces.next().await.unwrap() {
        opened.extend(piece);
    }
    assert!(opened == content);
    assert_eq!(pieces.next().await.unwrap(), None);

    let mut pieces = blobs.pieces(&id, Some(&Key::new([3; 32]))).await.unwrap();
    let error = loop {
        match pieces.next().await {
            Ok(piece) => assert!(piece.is_some(), "it is taken for proven"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ClientError::Open(_)), "{error}");
    assert_eq!(pieces.next().await.unwrap(), None);
}
