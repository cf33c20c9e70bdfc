//! A WebSocket's receiving side (RFC 6455), with as little work as possible per frame.

use std::ops::Range;

use anyhow::{Result, bail, ensure};
use reeeductio_proto::api::{STREAM_PROTOCOL, StreamAuth, StreamFrame, StreamSubscription};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::connection::find;

/// Bytes asked for at a time: many frames arrive together.
const PIECE: usize = 32 * 1024;
/// Largest head of an answer to the upgrade.
const HEAD: usize = 16 * 1024;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;

/// A WebSocket that is read.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where in `buffer` the next frame begins.
    at: usize,
}

/// A frame in the buffer.
struct Frame {
    opcode: u8,
    last: bool,
    payload: Range<usize>,
}

impl Socket {
    /// Opens the WebSocket at `path`.
    pub(crate) async fn open(authority: &str, path: &str) -> Result<Self> {
        Self::upgrade(authority, path, "").await
    }

    /// Opens the stream of a space, signs in by the first frame, and reads what answers it: `hello`, and that `subscribe` was taken.
    pub(crate) async fn sign_in(
        authority: &str,
        path: &str,
        token: &str,
        subscribe: Option<StreamSubscription>,
    ) -> Result<Self> {
        let answers = if subscribe.is_some() { 2 } else { 1 };
        let protocol = format!("sec-websocket-protocol: {STREAM_PROTOCOL}\r\n");
        let mut socket = Self::upgrade(authority, path, &protocol).await?;
        let auth = StreamAuth {
            token: token.to_owned(),
            since: String::new(),
            data: false,
            subscribe,
        };
        let auth = serde_json::to_vec(&StreamFrame::Auth(auth))?;
        let length = u16::try_from(auth.len())?;
        ensure!(length >= 126, "a token is longer than that");
        // As below: the mask of zeros changes nothing.
        let mut frame = vec![0x80 | TEXT, 0x80 | 0x7e];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(auth);
        socket.stream.write_all(&frame).await?;
        for _ in 0..answers {
            ensure!(socket.next().await?.is_some(), "the stream was refused");
        }
        Ok(socket)
    }

    async fn upgrade(authority: &str, path: &str, headers: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        // Any 16 bytes do for the key; that the server understood it is not what is measured here.
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut socket = Self {
            stream,
            buffer: Vec::new(),
            at: 0,
        };
        loop {
            if let Some(end) = find(&socket.buffer, b"\r\n\r\n") {
                ensure!(
                    socket.buffer.starts_with(b"HTTP/1.1 101"),
                    "the server does not open a stream: {}",
                    String::from_utf8_lossy(socket.buffer.get(..end).unwrap_or_default())
                );
                socket.at = end + 4;
                return Ok(socket);
            }
            ensure!(socket.buffer.len() < HEAD, "an endless head");
            ensure!(
                socket.fill(1024).await? > 0,
                "the server closed the connection"
            );
        }
    }

    /// The payload of the next text frame; `None` when the server has ended the stream. Pings are answered.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>> {
        let text = loop {
            let Some(frame) = self.frame()? else {
                if self.fill(PIECE).await? == 0 {
                    return Ok(None);
                }
                continue;
            };
            match frame.opcode {
                TEXT if frame.last => break frame.payload,
                TEXT | CONTINUATION => bail!("a message in several frames"),
                PING => self.pong(frame.payload).await?,
                CLOSE => return Ok(None),
                _ => {}
            }
        };
        Ok(self.buffer.get(text))
    }

    /// The next frame, if all of it has arrived.
    fn frame(&mut self) -> Result<Option<Frame>> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let Some((&[first, second], after)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        ensure!(second & 0x80 == 0, "a masked frame from a server");
        let (length, head) = match second {
            126 => match after.first_chunk() {
                Some(bytes) => (usize::from(u16::from_be_bytes(*bytes)), 4),
                None => return Ok(None),
            },
            127 => match after.first_chunk() {
                Some(bytes) => (usize::try_from(u64::from_be_bytes(*bytes))?, 10),
                None => return Ok(None),
            },
            short => (usize::from(short), 2),
        };
        if rest.len() < head + length {
            return Ok(None);
        }
        let start = self.at + head;
        self.at = start + length;
        Ok(Some(Frame {
            opcode: first & 0x0f,
            last: first & 0x80 != 0,
            payload: start..start + length,
        }))
    }

    async fn pong(&mut self, payload: Range<usize>) -> Result<()> {
        let payload = self.buffer.get(payload).unwrap_or_default();
        // Control frames hold at most 125 bytes. A client must mask; the mask of zeros changes nothing.
        let length = u8::try_from(payload.len())?;
        ensure!(length <= 125, "a ping that is too long");
        let mut frame = vec![0x8a, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await?;
        Ok(())
    }

    /// Reads more; drops what was taken.
    async fn fill(&mut self, piece: usize) -> Result<usize> {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.reserve(piece);
        Ok(self.stream.read_buf(&mut self.buffer).await?)
    }
}

/// A text frame as a server sends it.
pub(crate) fn text_frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | TEXT];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A socket to a server that sends these bytes in packets of `piece`, then echoes what it gets.
    async fn sent(bytes: Vec<u8>, piece: usize) -> (Socket, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while find(&request, b"\r\n\r\n").is_none() {
                stream.read_buf(&mut request).await.unwrap();
            }
            let mut answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
            answer.extend(bytes);
            for piece in answer.chunks(piece) {
                stream.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            let mut rest = Vec::new();
            stream.shutdown().await.unwrap();
            stream.read_to_end(&mut rest).await.unwrap();
            rest
        });
        let socket = Socket::open(&authority, "/stream").await.unwrap();
        (socket, server)
    }

    #[tokio::test]
    async fn frames_of_every_length_arrive_however_they_are_cut() {
        let texts = [0, 1, 125, 126, 65_535, 65_536, 70_000].map(|length| vec![b'x'; length]);
        for piece in [3, 1000, 1 << 20] {
            let frames = texts.iter().flat_map(|text| text_frame(text)).collect();
            let (mut socket, _) = sent(frames, piece).await;
            for text in &texts {
                assert_eq!(socket.next().await.unwrap().unwrap(), text);
            }
            assert!(socket.next().await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn a_ping_is_answered_and_not_shown() {
        let mut frames = vec![0x89, 2, b'h', b'i'];
        frames.extend(text_frame(b"message"));
        let (mut socket, server) = sent(frames, 1 << 20).await;
        assert_eq!(socket.next().await.unwrap().unwrap(), b"message");
        drop(socket);
        assert_eq!(server.await.unwrap(), [0x8a, 0x82, 0, 0, 0, 0, b'h', b'i']);
    }

    #[tokio::test]
    async fn a_close_frame_ends_the_stream() {
        let (mut socket, _) = sent(vec![0x88, 0], 1 << 20).await;
        assert!(socket.next().await.unwrap().is_none());
    }
}
