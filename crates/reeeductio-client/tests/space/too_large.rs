//! Uploads that are larger than the server takes.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use reeeductio_client::transport::TransportError;
use reeeductio_client::{ClientError, Space};
use reeeductio_proto::ErrorCode;
use reeeductio_testkit::TestServer;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use crate::rig::{Rig, owner};

/// Bytes of a blob that the server takes.
const LARGEST: u64 = 1 << 20;
/// Bytes of the source.
const LENGTH: u64 = 16 << 20;

/// A long source of zeros that counts what is read of it.
struct Zeros {
    at: u64,
    read: Arc<AtomicU64>,
}

impl Zeros {
    fn new() -> (Self, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        let source = Self {
            at: 0,
            read: Arc::clone(&read),
        };
        (source, read)
    }
}

impl AsyncRead for Zeros {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = usize::try_from(LENGTH - self.at).unwrap();
        let count = left.min(buffer.remaining());
        buffer.initialize_unfilled_to(count).fill(0);
        buffer.advance(count);
        self.at += count as u64;
        self.read.fetch_add(count as u64, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Zeros {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(from) => LENGTH.strict_add_signed(from),
            SeekFrom::Current(from) => self.at.strict_add_signed(from),
        };
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.at))
    }
}

/// The server takes no such blob, and what was read until the client knew is less than all of it.
async fn is_refused_early<T>(upload: impl AsyncFnOnce(Space, Zeros) -> Result<T, ClientError>) {
    let server = TestServer::start_with(|config| config.server.max_blob_size = LARGEST).await;
    let (source, read) = Zeros::new();
    let refused = upload(owner(&server, 1), source).await;
    let error = refused.err().expect("it was stored");
    assert_eq!(error.code(), Some(ErrorCode::BlobTooLarge), "{error:?}");
    let read = read.load(Ordering::SeqCst);
    assert!(read < LENGTH, "{read} of {LENGTH} bytes were read");
}

#[tokio::test]
async fn a_sealed_upload_that_is_too_large_is_refused_before_all_of_it_is_sealed() {
    is_refused_early(async |space, source| space.blobs().upload_sealed_from(source, |_| {}).await)
        .await;
}

#[tokio::test]
async fn a_plain_upload_that_is_too_large_is_refused_before_all_of_it_is_read() {
    is_refused_early(async |space, source| space.blobs().upload_from(source, |_| {}).await).await;
}

#[tokio::test]
async fn beyond_a_quota_a_sealed_upload_is_refused_early_and_a_plain_one_that_is_stored_is_not() {
    let server =
        TestServer::start_with(|config| config.quotas.member_blob_bytes = LENGTH + LENGTH / 2)
            .await;
    let owner = owner(&server, 1);
    let (first, _) = Zeros::new();
    let id = owner.blobs().upload_from(first, |_| {}).await.unwrap();
    let (again, _) = Zeros::new();
    assert_eq!(owner.blobs().upload_from(again, |_| {}).await.unwrap(), id);
    let (source, read) = Zeros::new();
    let refused = owner.blobs().upload_sealed_from(source, |_| {}).await;
    assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::QuotaExceeded));
    assert_eq!(read.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_accepting_server_is_asked_once_and_then_sent_the_file() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    network.requests();
    let (source, _) = Zeros::new();
    let id = space.blobs().upload_from(source, |_| {}).await.unwrap();
    let put = format!("Put blobs/{id}");
    assert_eq!(network.requests(), ["Get blob-check", &put]);
}

#[tokio::test]
async fn a_question_that_gets_no_answer_of_ours_decides_nothing() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    for (status, body) in [
        (404, r#"{"detail":"Not Found"}"#),
        (
            404,
            r#"{"detail":"Not Found","code":"request.route_not_found"}"#,
        ),
        (405, r#"{"detail":"Method Not Allowed"}"#),
        (200, "<html>"),
        (500, "Internal Server Error"),
    ] {
        network.with(move |route, changed, bytes| {
            if route.starts_with("blob-check") {
                *changed = status;
                *bytes = body.into();
            }
        });
        let (source, _) = Zeros::new();
        space.blobs().upload_from(source, |_| {}).await.unwrap();
    }
    // As browsers say it of an answer without CORS headers.
    network.on_request(async |line| match line.as_str() {
        "Get blob-check" => Err(TransportError::Failed("Failed to fetch".to_owned())),
        _ => Ok(()),
    });
    let (source, _) = Zeros::new();
    space.blobs().upload_from(source, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_question_that_a_proxy_answers_with_a_page_of_its_own_decides_nothing() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    space.session().sign_in().await.unwrap();
    network.with(|route, status, body| {
        if route.starts_with("blob-check") {
            (*status, *body) = (404, b"<html>404 Not Found</html>".to_vec());
        }
    });
    let (source, _) = Zeros::new();
    let uploaded = space.blobs().upload_from(source, |_| {}).await.map(drop);
    assert_eq!(uploaded.map_err(|error| error.to_string()), Ok(()));
}
