//! Uploads whose answers do not come.

use std::io::{self, Cursor, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use reeeductio_client::transport::TransportError;
use reeeductio_client::{ClientError, Space};
use reeeductio_proto::BlobId;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use crate::meddled::Meddled;
use crate::rig::{Rig, soon};

const CONTENT: &[u8] = b"content";

fn lost() -> TransportError {
    TransportError::Failed("reset".to_owned())
}

/// A handle that has uploaded a file: it knows where files go, and its next one is sent at once.
async fn rig() -> (Rig, Space, Arc<Meddled>) {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let blobs = space.blobs();
    let before = blobs.upload_from(Cursor::new(b"before"), |_| {});
    soon(before).await.unwrap();
    network.requests();
    (rig, space, network)
}

/// True the first time that it is asked about an upload.
fn first_put() -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let puts = AtomicUsize::new(0);
    move |line| line.starts_with("Put blobs/") && puts.fetch_add(1, Ordering::SeqCst) == 0
}

fn lose_first_answer(network: &Meddled) {
    let first = first_put();
    network.on_answer(move |line| {
        let first = first(&line);
        async move { if first { Err(lost()) } else { Ok(()) } }
    });
}

fn lose_first_request(network: &Meddled) {
    let first = first_put();
    network.on_request(move |line| {
        let first = first(&line);
        async move { if first { Err(lost()) } else { Ok(()) } }
    });
}

/// The methods of all requests since the last call.
fn methods(network: &Meddled) -> Vec<String> {
    let lines = network.requests();
    let method = |line: &String| line.split(' ').next().unwrap().to_owned();
    lines.iter().map(method).collect()
}

async fn content(rig: &Rig, id: &BlobId) -> Vec<u8> {
    let download = rig.owner.blobs().download(id).await.unwrap();
    download.bytes().await.unwrap()
}

#[tokio::test]
async fn bytes_are_sent_again_whether_the_request_or_its_answer_was_lost() {
    for lose in [lose_first_answer, lose_first_request] {
        let (rig, space, network) = rig().await;
        lose(&network);
        let id = soon(space.blobs().upload(CONTENT)).await.unwrap();
        assert_eq!(content(&rig, &id).await, CONTENT);
        lose(&network);
        let (id, key) = soon(space.blobs().upload_sealed(CONTENT)).await.unwrap();
        let opened = rig.owner.blobs().download_sealed(&id, &key).await.unwrap();
        assert_eq!(opened, CONTENT);
        assert_eq!(methods(&network), ["Put"; 4]);
    }
}

#[tokio::test]
async fn a_plain_file_is_sent_again_from_its_beginning() {
    for lose in [lose_first_answer, lose_first_request] {
        let (rig, space, network) = rig().await;
        lose(&network);
        let blobs = space.blobs();
        let upload = blobs.upload_from(Cursor::new(CONTENT), |_| {});
        let id = soon(upload).await.unwrap();
        assert_eq!(content(&rig, &id).await, CONTENT);
        assert_eq!(methods(&network), ["Put"; 2]);
    }
}

#[tokio::test]
async fn a_sealed_file_whose_answer_was_lost_is_found_and_not_sent_again() {
    let (rig, space, network) = rig().await;
    lose_first_answer(&network);
    let blobs = space.blobs();
    let upload = blobs.upload_sealed_from(Cursor::new(CONTENT), |_| {});
    let blob = soon(upload).await.unwrap();
    let opened = rig.owner.blobs().download_sealed(&blob.id, &blob.key).await;
    assert_eq!(opened.unwrap(), CONTENT);
    assert_eq!(methods(&network), ["Put", "Get"]);
}

#[tokio::test]
async fn a_sealed_file_that_did_not_arrive_is_not_sent_again_by_itself() {
    let (_rig, space, network) = rig().await;
    lose_first_request(&network);
    let blobs = space.blobs();
    let upload = blobs.upload_sealed_from(Cursor::new(CONTENT), |_| {});
    let error = soon(upload).await.unwrap_err();
    assert!(
        matches!(error, ClientError::Transport(TransportError::Failed(_))),
        "{error:?}"
    );
    assert_eq!(methods(&network), ["Put", "Get"]);
}

/// A source that is read once, and breaks when it is read again from its beginning.
struct Once {
    content: Cursor<&'static [u8]>,
    begun: u8,
}

impl AsyncRead for Once {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.begun > 1 {
            return Poll::Ready(Err(io::Error::other("the disk is gone")));
        }
        Pin::new(&mut self.content).poll_read(context, buffer)
    }
}

impl AsyncSeek for Once {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.begun += u8::from(to == SeekFrom::Start(0));
        Pin::new(&mut self.content).start_seek(to)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.content).poll_complete(context)
    }
}

#[tokio::test]
async fn a_source_that_breaks_while_it_is_sent_is_named_and_nothing_is_sent_again() {
    let (_rig, space, network) = rig().await;
    let source = Once {
        content: Cursor::new(CONTENT),
        begun: 0,
    };
    let error = soon(space.blobs().upload_from(source, |_| {}))
        .await
        .unwrap_err();
    assert_eq!(error.code_text(), "transport.source", "{error:?}");
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    assert_eq!(methods(&network), ["Put"]);
}
