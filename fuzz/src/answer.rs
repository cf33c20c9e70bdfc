//! The answers of a server, as a client reads them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use futures_util::stream;
use reeeductio_client::transport::{Request, Response, Socket, TransportError, Url};
use reeeductio_client::{Key, Range, Space, Transport};
use reeeductio_proto::{BlobId, DataPath, Message, MessageId, StatePath, TopicId};

use crate::cast::{owner, space};
use crate::rig::now;

/// The status as a number, and the body.
///
/// Whatever a server answers, the client hands over only what is signed, what was asked for, and what follows the
/// message before it; of a blob, only the bytes with its id.
pub fn check(data: &[u8]) {
    let (status, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (&b"200"[..], data),
    };
    let status = std::str::from_utf8(status)
        .ok()
        .and_then(|status| status.parse().ok());
    let network = network(Script {
        status: status.unwrap_or(200),
        body: Bytes::copy_from_slice(body),
        ..Script::default()
    });
    let topic = TopicId::parse("general").unwrap();
    for range in [Range::first(10), Range::last(10)] {
        if let Ok(page) = now(reader(&network).topic(&topic).page(range)) {
            let mut messages: Vec<&Message> =
                page.messages.iter().map(|message| &**message).collect();
            if range == Range::last(10) {
                messages.reverse();
            }
            assert!(messages.len() <= 10);
            follow_each_other(&topic, &messages);
        }
    }
    if let Ok(message) = now(reader(&network).topic(&topic).message(MessageId::of(b""))) {
        panic!("nothing has this id: {message:?}");
    }
    let path = DataPath::parse("presence/alice").unwrap();
    if let Ok(entry) = now(reader(&network).data().entry(&path)) {
        assert_eq!(entry.path, path);
        assert_eq!(entry.verify_by_signer(&space()), Ok(()));
        assert!(space().is_owned_by(&entry.signed_by));
    }
    let path = StatePath::parse("profile").unwrap();
    assert!(
        now(reader(&network).state().entry(&path)).is_err(),
        "the chain of state is empty"
    );
    assert!(download(&network, &BlobId::of(b"another blob")).is_none());
    if let Some(bytes) = download(&network, &BlobId::of(body)) {
        assert_eq!(bytes, body);
    }
}

fn download(network: &Arc<dyn Transport>, id: &BlobId) -> Option<Vec<u8>> {
    let download = now(reader(network).blobs().download(id)).ok()?;
    now(download.bytes()).ok()
}

fn follow_each_other(topic: &TopicId, messages: &[&Message]) {
    for message in messages {
        assert_eq!(message.topic_id, *topic);
        assert_eq!(message.verify_by_sender(&space()), Ok(()));
        assert!(space().is_owned_by(&message.sender));
    }
    for pair in messages.windows(2) {
        assert_eq!(pair[1].prev_hash, Some(pair[0].message_hash));
        assert!(pair[0].server_timestamp <= pair[1].server_timestamp);
    }
}

/// The scripted answers of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    status: u16,
    body: Bytes,
    frames: Vec<String>,
    pongs: Pongs,
    connected: Arc<AtomicBool>,
}

/// How many frames the client has sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pongs(Arc<AtomicUsize>);

impl Script {
    /// A stream of these frames.
    pub(crate) fn of_frames(frames: &[String]) -> (Self, Pongs) {
        let script = Self {
            status: 404,
            frames: frames.to_vec(),
            ..Self::default()
        };
        let pongs = script.pongs.clone();
        (script, pongs)
    }
}

impl Pongs {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A network with a server that says what the script says. Signing in works, and the chain of state is empty.
pub(crate) fn network(script: Script) -> Arc<dyn Transport> {
    Arc::new(script)
}

/// The owner, at the other end of the network.
pub(crate) fn reader(network: &Arc<dyn Transport>) -> Space {
    let (keys, root) = (owner(), Key::new([9; 32]));
    let network = Arc::clone(network);
    Space::builder("http://server")
        .transport(network)
        .open(space(), keys.user_id(), keys, &root)
        .unwrap()
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let url = request.url.expose();
        let (status, body) = if url.ends_with("/auth/challenge") {
            (
                200,
                Bytes::from_static(br#"{"challenge": "AAAA", "expires_at": 0}"#),
            )
        } else if url.ends_with("/auth/verify") {
            let token = br#"{"token": "token", "expires_at": 9000000000000000000}"#;
            (200, Bytes::from_static(token))
        } else if url.contains("/topics/state/") {
            (
                200,
                Bytes::from_static(br#"{"messages": [], "has_more": false}"#),
            )
        } else {
            (self.status, self.body.clone())
        };
        let response = Response {
            status,
            content_type: None,
            location: None,
            length: Some(body.len() as u64),
            body: Box::pin(stream::iter([Ok(body)])),
        };
        ready(Ok(response)).boxed()
    }

    fn connect(
        &self,
        _url: Url,
        _protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        // A second connection is refused, which ends the stream once all frames are read.
        if self.connected.swap(true, Ordering::Relaxed) {
            return ready(Err(TransportError::Handshake(403))).boxed();
        }
        let socket = Frames {
            frames: self.frames.clone().into_iter(),
            pongs: self.pongs.clone(),
        };
        ready(Ok(Box::new(socket) as Box<dyn Socket>)).boxed()
    }
}

struct Frames {
    frames: std::vec::IntoIter<String>,
    pongs: Pongs,
}

impl Socket for Frames {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        assert_eq!(text, "pong");
        self.pongs.0.fetch_add(1, Ordering::Relaxed);
        ready(Ok(())).boxed()
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        ready(Ok(self.frames.next())).boxed()
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        ready(Ok(())).boxed()
    }
}
