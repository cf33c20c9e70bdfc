//! A proxy that keeps every byte that passes.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The bytes of one direction of one connection.
type Recording = Arc<Mutex<Vec<u8>>>;

/// A proxy that keeps every byte that passes, both ways.
pub(crate) struct Recorder {
    url: String,
    /// Of each connection, to the server and to the client.
    connections: Arc<Mutex<Vec<[Recording; 2]>>>,
}

impl Recorder {
    /// Listens on a free port, in front of the server at `url`.
    pub(crate) async fn start(url: &str) -> Self {
        let server = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections: Arc<Mutex<Vec<[Recording; 2]>>> = Arc::default();
        let kept = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&server).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let [up, down] = <[Recording; 2]>::default();
                kept.lock()
                    .unwrap()
                    .push([Arc::clone(&up), Arc::clone(&down)]);
                tokio::spawn(pass(from_client, to_server, up));
                tokio::spawn(pass(from_server, to_client, down));
            }
        });
        Self { url, connections }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The bytes of each direction of each connection. Frames that a client sent to a WebSocket are there once more, unmasked.
    pub(crate) fn wire(&self) -> Vec<Vec<u8>> {
        let connections = self.connections.lock().unwrap();
        let recordings = connections.iter().flatten();
        let mut wire: Vec<Vec<u8>> = recordings
            .map(|recording| recording.lock().unwrap().clone())
            .collect();
        let unmasked: Vec<Vec<u8>> = wire.iter().filter_map(|bytes| unmasked(bytes)).collect();
        wire.extend(unmasked);
        wire
    }
}

/// Passes on what comes, keeping it first. The one that writes learns of the end.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, kept: Recording) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        kept.lock().unwrap().extend_from_slice(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    let _ended = to.shutdown().await;
}

/// The payloads of the frames that a client sent after its handshake; `None` if it made none.
fn unmasked(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    if !head.starts_with("get ") || !head.contains("upgrade: websocket") {
        return None;
    }
    let mut rest = &bytes[end..];
    let mut payloads = Vec::new();
    while let [_, length, ..] = rest {
        assert_eq!(length & 0x80, 0x80, "a client masks its frames");
        let (length, header) = match length & 0x7f {
            126 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
            127 => panic!("a frame is that long"),
            short => (usize::from(short), 2),
        };
        let (mask, payload) = rest[header..].split_at(4);
        let payload = &payload[..length];
        payloads.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        rest = &rest[header + 4 + length..];
    }
    assert!(rest.is_empty(), "the recording ends in a frame");
    Some(payloads)
}

#[test]
fn what_a_client_sent_to_a_websocket_is_unmasked() {
    let head = b"GET /stream HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n";
    // The example of RFC 6455, 5.7, and a frame with a longer length.
    let short = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    let long = [&[0x81, 0xfe, 0, 200, 1, 0, 0, 0][..], &[b'y'; 200]].concat();
    let told = unmasked(&[&head[..], &short, &long].concat()).unwrap();
    assert_eq!(told, [&b"Hello"[..], &b"xyyy".repeat(50)].concat());
    assert_eq!(unmasked(b"GET /log HTTP/1.1\r\nhost: x\r\n\r\n"), None);
}
