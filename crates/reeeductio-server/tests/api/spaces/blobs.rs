//! `/spaces/{space_id}/blobs/{blob_id}` (wire.md 6).

use std::convert::Infallible;
use std::io::Error;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, header};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use http_body_util::BodyExt as _;
use reeeductio_backend::memory::MemoryBlobs;
use reeeductio_backend::{BackendError, BlobWriter, Blobs, Discarded, ObjectName, StoredObject};
use serde_json::json;

mod deleting;

use crate::rig::{Answer, Member, Rig, base64, blob_id, message_id, other_version};

/// Larger than two of the engine's chunks.
fn large() -> Vec<u8> {
    (0..2_500_000_u32)
        .map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect()
}

/// A body whose length is not announced, in pieces.
fn chunked(content: &[u8], piece: usize) -> Body {
    let pieces: Vec<_> = content
        .chunks(piece)
        .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
        .collect();
    Body::from_stream(stream::iter(pieces))
}

async fn upload(rig: &Rig, member: &Member, content: &[u8]) -> String {
    let id = blob_id(content);
    let stored = member
        .put_blob(rig, &id, content.to_vec())
        .await
        .expect(201);
    assert_eq!(stored, json!({"blob_id": id, "size": content.len()}));
    id
}

async fn ask(rig: &Rig, member: &Member, method: Method, id: &str, range: &str) -> Answer {
    let mut request = member.blob(method, id, Body::empty());
    if !range.is_empty() {
        request
            .headers_mut()
            .insert(header::RANGE, range.parse().unwrap());
    }
    rig.send(request).await
}

async fn download(rig: &Rig, member: &Member, id: &str) -> Answer {
    ask(rig, member, Method::GET, id, "").await
}

#[tokio::test]
async fn a_blob_comes_back_as_it_was_stored() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for content in [b"hello".to_vec(), large(), vec![0; 1 << 20]] {
        let id = upload(&rig, &owner, &content).await;
        let answer = download(&rig, &owner, &id).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("content-length"), content.len().to_string());
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert_eq!(answer.header("etag"), format!("\"{id}\""));
        assert!(answer.body == content);
    }
}

#[tokio::test]
async fn uploading_again_is_the_same_success() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for _ in 0..3 {
        upload(&rig, &owner, b"again").await;
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_bytes() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, b"hello").await;
    let answer = ask(&rig, &owner, Method::HEAD, &id, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), "5");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert!(answer.body.is_empty());
    let missing = ask(&rig, &owner, Method::HEAD, &blob_id(b"no"), "").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_range_is_206_and_says_what_it_is() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let content = large();
    let id = upload(&rig, &owner, &content).await;
    let size = content.len();
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=0-9", 0..10),
        ("bytes=2499990-", 2_499_990..size),
        ("bytes=-5", size - 5..size),
        ("bytes=-99999999", 0..size),
        ("bytes=1048570-1048580", 1_048_570..1_048_581),
        ("bytes=5-99999999999", 5..size),
        ("bytes=0-18446744073709551615", 0..size),
    ] {
        let answer = ask(&rig, &owner, Method::GET, &id, range).await;
        assert_eq!(answer.status, 206, "{range}");
        let Range { start, end } = expected;
        let shown = format!("bytes {start}-{}/{size}", end - 1);
        assert_eq!(answer.header("content-range"), shown);
        assert_eq!(answer.header("content-length"), (end - start).to_string());
        assert!(answer.body == content[start..end], "{range}");
    }
}

#[tokio::test]
async fn a_range_outside_is_416_and_says_the_size() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, b"hello").await;
    for range in [
        "bytes=5-",
        "bytes=9-10",
        "bytes=-0",
        "bytes=18446744073709551615-",
    ] {
        let refused = ask(&rig, &owner, Method::GET, &id, range).await;
        refused.refused(416, "blob.range_not_satisfiable");
        assert_eq!(refused.header("content-range"), "bytes */5");
    }
}

#[tokio::test]
async fn ranges_that_are_not_understood_give_the_whole_blob() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, b"hello").await;
    for range in [
        "bytes=3-1",
        "bytes=a-b",
        "bytes=",
        "bytes=-",
        "lines=1-2",
        "bytes=0-1,3-4",
        "bytes=+1-2",
        "bytes=99999999999999999999-",
    ] {
        let answer = ask(&rig, &owner, Method::GET, &id, range).await;
        assert_eq!(answer.status, 200, "{range}");
        assert_eq!(&answer.body[..], b"hello", "{range}");
    }
}

#[tokio::test]
async fn the_id_is_the_hash_of_the_bytes() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let put = async |id: &str| owner.put_blob(&rig, id, "hello").await;
    put(&blob_id(b"other"))
        .await
        .refused(400, "blob.id_mismatch");
    let good = blob_id(b"hello");
    for id in [
        "zzz",
        &message_id(b"hello"),
        &good.to_lowercase(),
        &format!("{good}="),
        &other_version(&good),
    ] {
        put(id).await.refused(400, "blob.invalid_id");
    }
    let get = download(&rig, &owner, "zzz").await;
    get.refused(400, "blob.invalid_id");
    download(&rig, &owner, &good)
        .await
        .refused(404, "blob.not_found");
}

#[tokio::test]
async fn too_large_is_413_by_its_header_and_while_streaming() {
    let rig = Rig::with(|plan| plan.engine.limits.blob = 1000);
    let owner = rig.owner(1).await;
    let content = [7; 1001];
    let id = blob_id(&content);
    let mut announced = owner.blob(Method::PUT, &id, "short");
    announced
        .headers_mut()
        .insert(header::CONTENT_LENGTH, "1001".parse().unwrap());
    rig.send(announced).await.refused(413, "blob.too_large");
    let streamed = owner.put_blob(&rig, &id, chunked(&content, 100)).await;
    streamed.refused(413, "blob.too_large");
    download(&rig, &owner, &id)
        .await
        .refused(404, "blob.not_found");
    let content = [7; 1000];
    let stored = owner
        .put_blob(&rig, &blob_id(&content), chunked(&content, 1))
        .await;
    assert_eq!(stored.expect(201)["size"], 1000);
}

#[tokio::test]
async fn a_client_asks_whether_a_size_is_accepted() {
    let rig = Rig::with(|plan| {
        plan.engine.limits.blob = 1000;
        plan.engine.limits.storage.blobs.member.bytes = Some(900);
    });
    let owner = rig.owner(1).await;
    let ask = async |size: &str| owner.get(&rig, &format!("blob-check?size={size}")).await;
    for size in ["0", "900"] {
        ask(size).await.expect(204);
    }
    ask("901").await.refused(403, "quota.exceeded");
    for size in ["1001", "18446744073709551615"] {
        ask(size).await.refused(413, "blob.too_large");
    }
    for size in ["", "-1", "1.5", "a", "18446744073709551616"] {
        ask(size).await.refused(422, "request.invalid");
    }
    upload(&rig, &owner, &[7; 899]).await;
    ask("1").await.expect(204);
    ask("2").await.refused(403, "quota.exceeded");
    let other = rig.owner(2).await;
    let path = owner.path("blob-check?size=1");
    rig.get(&path).await.refused(401, "token.missing");
    let mut foreign = other.blob(Method::GET, "x", Body::empty());
    *foreign.uri_mut() = path.parse().unwrap();
    rig.send(foreign).await.refused(401, "token.wrong_space");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = blob_id(b"hello");
    let pieces = stream::iter([Ok(Bytes::from_static(b"hello")), Err(Error::other("gone"))]);
    let cut = owner.put_blob(&rig, &id, Body::from_stream(pieces)).await;
    cut.refused(422, "request.invalid");
    download(&rig, &owner, &id)
        .await
        .refused(404, "blob.not_found");
}

#[tokio::test]
async fn an_uploader_deletes_its_own_reference_and_only_that() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let id = upload(&rig, &ann, b"shared").await;
    let delete = async |member: &Member| ask(&rig, member, Method::DELETE, &id, "").await;
    let refused = delete(&bob).await.refused(403, "permission.denied");
    assert_eq!(
        refused["error"],
        "Only the member who uploaded the blob or the owner of the space may delete it."
    );
    upload(&rig, &bob, b"shared").await;
    delete(&ann).await.expect(204);
    assert_eq!(download(&rig, &ann, &id).await.status, 200);
    delete(&bob).await.expect(204);
    download(&rig, &ann, &id)
        .await
        .refused(404, "blob.not_found");
    delete(&bob).await.refused(404, "blob.not_found");
}

#[tokio::test]
async fn a_blob_of_another_space_is_nowhere() {
    let rig = Rig::start();
    let (here, there) = (rig.owner(1).await, rig.owner(2).await);
    let id = upload(&rig, &here, b"secret").await;
    let elsewhere = download(&rig, &there, &id).await;
    let nowhere = download(&rig, &there, &blob_id(b"nothing")).await;
    elsewhere.refused(404, "blob.not_found");
    assert_eq!(elsewhere.body, nowhere.body);
    let delete = ask(&rig, &there, Method::DELETE, &id, "").await;
    delete.refused(404, "blob.not_found");
    // A member that holds the bytes may refer to them, and lets go without taking them from others.
    upload(&rig, &there, b"secret").await;
    ask(&rig, &there, Method::DELETE, &id, "").await.expect(204);
    assert_eq!(download(&rig, &here, &id).await.status, 200);
}

#[tokio::test]
async fn there_are_no_other_routes_for_blobs() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let post = owner.call(&rig, Method::POST, "blobs", None).await;
    post.refused(404, "request.route_not_found");
    let id = blob_id(b"");
    owner
        .get(&rig, &format!("blobs/{id}/download"))
        .await
        .refused(404, "request.route_not_found");
}

/// Blobs whose bytes go bad after the first read.
struct Failing {
    blobs: MemoryBlobs,
    good_until: u64,
}

#[async_trait::async_trait]
impl Blobs for Failing {
    async fn begin(&self, name: &ObjectName) -> Result<Box<dyn BlobWriter>, BackendError> {
        self.blobs.begin(name).await
    }

    async fn read(
        &self,
        name: &ObjectName,
        range: Range<u64>,
    ) -> Result<Option<Bytes>, BackendError> {
        let start = range.start;
        let bytes = self.blobs.read(name, range).await?;
        Ok(bytes.map(|bytes| {
            let mut bytes = bytes.to_vec();
            if start >= self.good_until {
                bytes[0] ^= 1;
            }
            bytes.into()
        }))
    }

    async fn size(&self, name: &ObjectName) -> Result<Option<u64>, BackendError> {
        self.blobs.size(name).await
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), BackendError> {
        self.blobs.delete(name).await
    }

    fn list(&self) -> BoxStream<'_, Result<StoredObject, BackendError>> {
        self.blobs.list()
    }

    async fn discard_unfinished(&self, before: i64) -> Result<Discarded, BackendError> {
        self.blobs.discard_unfinished(before).await
    }

    fn location(&self, name: &ObjectName) -> String {
        self.blobs.location(name)
    }
}

fn failing(good_until: u64) -> Rig {
    Rig::with(|plan| {
        plan.blobs = Arc::new(Failing {
            blobs: MemoryBlobs::default(),
            good_until,
        });
    })
}

#[tokio::test]
async fn damage_in_the_first_chunk_is_a_clean_error() {
    let rig = failing(0);
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, &large()).await;
    let refused = download(&rig, &owner, &id).await;
    refused.refused(500, "storage.corrupt");
}

#[tokio::test]
async fn damage_in_a_later_chunk_breaks_the_answer_off() {
    let rig = failing(1 << 20);
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, &large()).await;
    let request = owner.blob(Method::GET, &id, Body::empty());
    let response = rig.response(request).await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let mut received = 0;
    let ended = loop {
        match body.frame().await {
            Some(Ok(frame)) => received += frame.into_data().unwrap().len(),
            other => break other,
        }
    };
    assert!(ended.unwrap().is_err());
    assert_eq!(received, 1 << 20);
}

#[tokio::test]
async fn a_blob_is_answered_in_a_type_that_is_not_json() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, br#"{"detail": "looks like an error"}"#).await;
    let answer = download(&rig, &owner, &id).await;
    assert!(!answer.header("content-type").contains("json"));
    assert_eq!(
        base64(&answer.body),
        base64(br#"{"detail": "looks like an error"}"#)
    );
}

#[tokio::test]
async fn a_blob_that_is_deleted_as_its_download_begins_is_not_found_and_no_damage() {
    let deleting = Arc::new(deleting::Deleting::default());
    let rig = Rig::with(|plan| {
        plan.records = Arc::clone(&deleting.records);
        plan.blobs = Arc::clone(&deleting) as Arc<_>;
    });
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, &large()).await;
    deleting.at_the_next_read(owner.space, &id);
    let refused = download(&rig, &owner, &id).await;
    refused.refused(404, "blob.not_found");
}

#[tokio::test]
async fn a_blob_that_is_deleted_during_its_download_ends_the_answer_without_being_damage() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let id = upload(&rig, &owner, &large()).await;
    let response = rig
        .response(owner.blob(Method::GET, &id, Body::empty()))
        .await;
    assert_eq!(response.status(), 200);
    let deleted = rig
        .send(owner.blob(Method::DELETE, &id, Body::empty()))
        .await;
    assert!(deleted.status < 300);
    let mut body = response.into_body();
    let ended = loop {
        match body.frame().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("a part passes for the whole"),
        }
    };
    let why = std::error::Error::source(&ended).map_or(ended.to_string(), ToString::to_string);
    assert!(why.contains("There is no such blob"), "{why}");
}
