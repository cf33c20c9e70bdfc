//! Servers that keep blobs in a store of objects and give addresses there.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

use reeeductio_client::{ClientError, Identity, Space};
use reeeductio_proto::{BlobId, encoding};
use serde_json::json;

use crate::http::{Asked, HttpServer, Reply};
use crate::rig::root;

/// The secret part of the address, which only the address may hold.
const SIGNATURE: &str = "X-Amz-Signature=SECRET";

/// How a server tells the address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Json,
    Redirect,
}

/// A store of objects, a server that gives addresses in it, and the owner of a space there.
struct Rig {
    store: HttpServer,
    server: HttpServer,
    owner: Space,
}

type Objects = Arc<Mutex<HashMap<String, Vec<u8>>>>;

impl Rig {
    async fn start(way: Way) -> Self {
        let objects = Objects::default();
        Self::with_store(way, move |asked| of_store(&objects, asked)).await
    }

    async fn with_store(
        way: Way,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let store = HttpServer::start(answer).await;
        let address = store.url.clone();
        Self::with_address(way, store, move |blob| {
            format!("{address}/blobs/{blob}?{SIGNATURE}")
        })
        .await
    }

    async fn with_address(
        way: Way,
        store: HttpServer,
        address: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        let server = HttpServer::start(move |asked| of_server(way, &address, asked)).await;
        let owner = owner(&server.url);
        Self {
            store,
            server,
            owner,
        }
    }
}

fn owner(url: &str) -> Space {
    let keys = Identity::from_seed(&[1; 32]);
    Space::builder(url)
        .open(keys.space_id(), keys.user_id(), keys, &root())
        .unwrap()
}

/// Signs anybody in.
fn signs_in(asked: &Asked) -> Option<Reply> {
    if asked.target.ends_with("/auth/challenge") {
        let challenge = json!({"challenge": "AAAA", "expires_at": 0});
        return Some(Reply::json(200, &challenge));
    }
    asked.target.ends_with("/auth/verify").then(|| {
        let token = json!({"token": "TOKEN", "expires_at": 9_000_000_000_000_000_i64});
        Reply::json(200, &token)
    })
}

fn of_server(way: Way, address: &impl Fn(&str) -> String, asked: &Asked) -> Reply {
    if let Some(reply) = signs_in(asked) {
        return reply;
    }
    assert_eq!(asked.headers["authorization"], "Bearer TOKEN");
    let blob = asked.target.rsplit('/').next().unwrap();
    let url = address(blob);
    if way == Way::Redirect {
        return Reply::Whole(307, vec![("location", url)], Vec::new());
    }
    match asked.method.as_str() {
        "PUT" => Reply::json(201, &json!({"blob_id": blob, "upload_url": url})),
        _ => Reply::json(200, &json!({"blob_id": blob, "download_url": url})),
    }
}

/// Takes what has the checksum that it is to have, and gives ranges.
fn of_store(objects: &Objects, asked: &Asked) -> Reply {
    let (path, query) = asked.target.split_once('?').unwrap();
    assert_eq!(query, SIGNATURE);
    let mut objects = objects.lock().unwrap();
    if asked.method == "PUT" {
        let id = BlobId::of(&asked.body);
        if asked.headers["x-amz-checksum-sha256"] != encoding::encode(id.hash()) {
            return Reply::bytes(400, b"<Error><Code>BadDigest</Code></Error>");
        }
        assert_eq!(asked.headers["content-type"], "application/octet-stream");
        objects.insert(path.to_owned(), asked.body.clone());
        return Reply::bytes(200, b"");
    }
    let Some(object) = objects.get(path) else {
        return Reply::bytes(404, b"<Error><Code>NoSuchKey</Code></Error>");
    };
    let Some(range) = asked.headers.get("range") else {
        return Reply::bytes(200, object);
    };
    let from = range.strip_prefix("bytes=").unwrap().trim_end_matches('-');
    match object.get(from.parse().unwrap()..) {
        Some(rest) if !rest.is_empty() => Reply::bytes(206, rest),
        _ => Reply::bytes(416, b""),
    }
}

#[tokio::test]
async fn blobs_come_back_from_the_store_and_no_token_goes_there() {
    for way in [Way::Json, Way::Redirect] {
        let rig = Rig::start(way).await;
        let content = vec![7; 600_000];
        let id = rig.owner.blobs().upload(content.clone()).await.unwrap();
        let download = rig.owner.blobs().download(&id).await.unwrap();
        assert_eq!(download.bytes().await.unwrap(), content);
        let (id, key) = rig.owner.blobs().upload_sealed(b"content").await.unwrap();
        let opened = rig.owner.blobs().download_sealed(&id, &key).await.unwrap();
        assert_eq!(opened, b"content");
        let asked = rig.store.asked();
        let methods: Vec<&str> = asked.iter().map(|asked| asked.method.as_str()).collect();
        assert_eq!(methods, ["PUT", "GET", "PUT", "GET"]);
        for asked in asked {
            assert_eq!(asked.headers.get("authorization"), None);
            assert!(!format!("{asked:?}").contains("TOKEN"));
        }
    }
}

#[tokio::test]
async fn a_file_goes_over_once_and_a_download_is_continued() {
    for way in [Way::Json, Way::Redirect] {
        let rig = Rig::start(way).await;
        let content: Vec<u8> = (0..=255_u8).cycle().take(700_000).collect();
        let source = Cursor::new(content.clone());
        let blobs = rig.owner.blobs();
        let blob = blobs.upload_sealed_from(source, |_| {});
        let blob = blob.await.unwrap();
        let sent: usize = rig.server.asked().iter().map(|put| put.body.len()).sum();
        assert!(sent < 1000, "only the signing in: {sent} bytes");
        assert_eq!(rig.store.asked()[0].body.len() as u64, blob.size);

        let whole = rig.owner.blobs().download(&blob.id).await.unwrap();
        let whole = whole.bytes().await.unwrap();
        for there in [0, 1, 300_000, whole.len()] {
            rig.store.asked();
            let mut part = Cursor::new(whole[..there].to_vec());
            let blobs = rig.owner.blobs();
            let download = blobs.download_into(&blob.id, &mut part, |_| {});
            assert_eq!(download.await.unwrap(), blob.size);
            assert_eq!(part.into_inner(), whole);
            let range = rig.store.asked()[0].headers.get("range").cloned();
            assert_eq!(range, (there > 0).then(|| format!("bytes={there}-")));
        }
    }
}

#[tokio::test]
async fn other_bytes_from_the_store_are_refused() {
    let rig = Rig::with_store(Way::Json, |_| Reply::bytes(200, b"something else")).await;
    let id = rig.owner.blobs().upload(b"content".to_vec()).await.unwrap();
    let download = rig.owner.blobs().download(&id).await.unwrap();
    let error = download.bytes().await.unwrap_err();
    assert!(matches!(error, ClientError::BlobMismatch(_)), "{error}");
}

#[tokio::test]
async fn an_address_leads_to_bytes_and_not_to_a_further_address() {
    for way in [Way::Json, Way::Redirect] {
        let onwards = |_: &Asked| {
            let location = "http://127.0.0.1:9/elsewhere".to_owned();
            Reply::Whole(307, vec![("location", location)], Vec::new())
        };
        let rig = Rig::with_store(way, onwards).await;
        let id = BlobId::of(b"content");
        let download = rig.owner.blobs().download(&id).await.unwrap_err();
        let upload = rig.owner.blobs().upload(b"content".to_vec()).await;
        for error in [download, upload.unwrap_err()] {
            assert_eq!(error.status(), Some(307));
            assert!(error.to_string().contains("the store"), "{error}");
        }

        // JSON that looks like an address is read as the bytes of the blob here, and they do not match its id.
        let url = json!({"download_url": "http://127.0.0.1:9/elsewhere"});
        let rig = Rig::with_store(way, move |_| Reply::json(200, &url)).await;
        let download = rig.owner.blobs().download(&id).await.unwrap();
        let error = download.bytes().await.unwrap_err();
        assert_eq!(error.code_text(), "verify.blob");
    }
}

#[tokio::test]
async fn only_addresses_of_the_web_are_followed() {
    for way in [Way::Json, Way::Redirect] {
        for url in ["file:///etc/passwd", "ftp://h/b", "//h/b", "/b", "h", ""] {
            let store = HttpServer::start(|_| unreachable!()).await;
            let rig = Rig::with_address(way, store, move |_| url.to_owned()).await;
            let upload = rig.owner.blobs().upload(b"content".to_vec()).await;
            let download = rig.owner.blobs().download(&BlobId::of(b"content")).await;
            for error in [upload.unwrap_err(), download.unwrap_err()] {
                assert_eq!(error.code_text(), "client.answer", "{url}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn what_the_store_refuses_is_told_without_the_address() {
    let rig = Rig::with_store(Way::Json, |_| Reply::bytes(403, b"<Error/>")).await;
    let id = BlobId::of(b"content");
    let download = rig.owner.blobs().download(&id).await.unwrap_err();
    let upload = rig.owner.blobs().upload(b"content".to_vec()).await;
    for error in [download, upload.unwrap_err()] {
        assert_eq!(error.status(), Some(403));
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
    let empty = Rig::start(Way::Json).await;
    let gone = empty.owner.blobs().download(&id).await.unwrap_err();
    assert!(gone.is_not_found());
}

#[tokio::test]
async fn a_server_that_has_taken_a_file_is_not_asked_again_where_files_go() {
    let taking = HttpServer::start(|asked| {
        let blob = asked.target.rsplit('/').next().unwrap();
        match signs_in(asked) {
            Some(reply) => reply,
            None if BlobId::of(&asked.body).is_text(blob) => {
                Reply::json(201, &json!({"blob_id": blob, "size": asked.body.len()}))
            }
            None => Reply::json(400, &json!({"detail": "Blob ID mismatch"})),
        }
    })
    .await;
    let owner = owner(&taking.url);
    owner.session().sign_in().await.unwrap();
    for (content, puts) in [(b"one", vec![0, 3]), (b"two", vec![3])] {
        taking.asked();
        let source = Cursor::new(content.to_vec());
        owner.blobs().upload_from(source, |_| {}).await.unwrap();
        let asked = taking.asked();
        let sent: Vec<usize> = asked.iter().map(|asked| asked.body.len()).collect();
        assert_eq!(sent, puts);
    }
}
