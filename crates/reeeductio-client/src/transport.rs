//! The seam between the client and the network.
//!
//! Natively it is filled by [`Native`]; a browser or a test fills it with its own.

#[cfg(not(target_arch = "wasm32"))]
mod native;

use std::fmt;
use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use reeeductio_proto::ClientCode;
use reeeductio_proto::api::STREAM_REFUSED;
use zeroize::Zeroizing;

#[cfg(not(target_arch = "wasm32"))]
pub use native::{Native, NativeBuilder, Timeouts};

use crate::platform::{BoxFuture, BoxStream, MaybeSync};

/// Carries requests and streams to a server.
pub trait Transport: fmt::Debug + MaybeSync {
    /// Sends a request and returns the answer as soon as its head is there. Redirects are not followed: a
    /// token must not travel to another address.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;

    /// Opens a WebSocket. If a protocol is named, it is offered in `Sec-WebSocket-Protocol`, and it is an error if the server
    /// does not select it.
    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>>;
}

/// An open WebSocket. Pings of the protocol are answered below this.
pub trait Socket: MaybeSync {
    /// Sends a text frame.
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>>;

    /// The next text frame; `None` when the server has ended the connection. If it did so with a close code that
    /// [`TransportError::of_close_code`] knows, that error. Cancelling loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>>;

    /// Ends the connection.
    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>>;
}

/// A URL, which may carry a token and is therefore not printed whole.
#[derive(Clone)]
pub struct Url(Zeroizing<String>);

impl Url {
    /// Takes the text as it is.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split('?').next().unwrap_or_default();
        write!(f, "{shown:?}")
    }
}

/// HTTP method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Remove.
    Delete,
    /// Read.
    Get,
    /// Add.
    Post,
    /// Store.
    Put,
}

/// A request.
#[derive(Debug)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Target URL; may carry a token, so it is never printed whole.
    pub url: Url,
    /// The token for `Authorization: Bearer`.
    pub bearer: Option<Bearer>,
    /// With a download, the first byte wanted: `Range: bytes=…-`.
    pub from: Option<u64>,
    /// The SHA-256 of what goes along, for stores of objects: `x-amz-checksum-sha256`.
    pub sha256: Option<[u8; 32]>,
    /// Request body.
    pub body: Body,
}

impl Request {
    /// A request without a token and with nothing that goes along.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            bearer: None,
            from: None,
            sha256: None,
            body: Body::Empty,
        }
    }
}

/// A token: wiped when dropped, never printed.
#[derive(Clone)]
pub struct Bearer(Zeroizing<String>);

impl Bearer {
    pub(crate) fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }

    /// The token.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}

/// Body of a request.
pub enum Body {
    /// Bytes, as `application/octet-stream`.
    Bytes(Bytes),
    /// Nothing.
    Empty,
    /// JSON.
    Json(Bytes),
    /// Bytes that are made while they are sent, as `application/octet-stream`.
    Stream {
        /// How many there are.
        length: u64,
        /// The bytes.
        chunks: BoxStream<'static, io::Result<Bytes>>,
    },
}

impl Body {
    /// A copy, unless the body can be sent once only.
    pub(crate) fn repeat(&self) -> Option<Self> {
        match self {
            Self::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Self::Empty => Some(Self::Empty),
            Self::Json(bytes) => Some(Self::Json(bytes.clone())),
            Self::Stream { .. } => None,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Empty => f.write_str("nothing"),
            Self::Json(bytes) => write!(f, "{} bytes of JSON", bytes.len()),
            Self::Stream { length, .. } => write!(f, "{length} streamed bytes"),
        }
    }
}

/// An answer, its body still on the way.
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type`, where the server gives one.
    pub content_type: Option<String>,
    /// Where else to go, where the server says it.
    pub location: Option<Url>,
    /// Length of the body, where the server says it.
    pub length: Option<u64>,
    /// The body.
    pub body: BoxStream<'static, Result<Bytes, TransportError>>,
}

impl Response {
    /// The whole body, which must not be longer than `limit` bytes.
    pub(crate) async fn collect(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.body.next().await {
            let chunk = chunk?;
            if whole.len() + chunk.len() > limit {
                return Err(TransportError::TooLong(limit));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("location", &self.location)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Why no answer came. Whether the server acted on the request is not known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The connection could not be made.
    #[error("cannot connect: {0}; check the address and that the server runs")]
    Connect(String),
    /// The connection broke, or what came is not HTTP or WebSocket.
    #[error("the connection failed: {0}")]
    Failed(String),
    /// A WebSocket was not opened, or its server refused to serve it. The HTTP status is 0 where the host does not say it: browsers
    /// do not.
    #[error("the stream was not opened{}", if *.0 == 0 { String::new() } else { format!(": HTTP status {}", .0) })]
    Handshake(u16),
    /// A proxy's URL cannot be used, or the proxy does not accept its user and password.
    #[error("{0}")]
    Proxy(String),
    /// The source of the request body could not be read.
    #[error("reading what was to be sent: {0}")]
    Source(String),
    /// The server took too long.
    #[error("the server did not answer in time")]
    Timeout,
    /// TLS cannot be set up, or a certificate is not accepted.
    #[error("TLS: {0}")]
    Tls(String),
    /// The answer is longer than any honest one.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// Not an address that can be used.
    #[error("not an http:// or https:// address: {0}")]
    Url(String),
}

impl TransportError {
    /// The error for the code with which a server closed a WebSocket: a [`Handshake`](Self::Handshake) error if the code is 4000 and an HTTP
    /// status (spec/stream.md). Others end a stream without an error.
    pub fn of_close_code(code: u16) -> Option<Self> {
        let status = code.checked_sub(STREAM_REFUSED)?;
        (400..600)
            .contains(&status)
            .then_some(Self::Handshake(status))
    }

    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        self.client_code().as_str()
    }

    /// The stable code.
    pub fn client_code(&self) -> ClientCode {
        match self {
            Self::Connect(_) => ClientCode::TransportConnect,
            Self::Failed(_) => ClientCode::TransportFailed,
            Self::Handshake(_) => ClientCode::TransportHandshake,
            Self::Proxy(_) => ClientCode::TransportProxy,
            Self::Source(_) => ClientCode::TransportSource,
            Self::Timeout => ClientCode::TransportTimeout,
            Self::Tls(_) => ClientCode::TransportTls,
            Self::TooLong(_) => ClientCode::TransportTooLong,
            Self::Url(_) => ClientCode::TransportUrl,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_of_refusals_are_told_from_others() {
        let status = |code| match TransportError::of_close_code(code) {
            Some(TransportError::Handshake(status)) => status,
            None => 0,
            Some(other) => panic!("{other}"),
        };
        assert_eq!([4401, 4403, 4429, 4503].map(status), [401, 403, 429, 503]);
        for other in [
            0, 1000, 1008, 1013, 3401, 4000, 4101, 4302, 4399, 4600, 4999,
        ] {
            assert_eq!(status(other), 0, "{other}");
        }
    }

    #[test]
    fn tokens_are_not_printed() {
        let request = Request {
            method: Method::Get,
            url: Url::new("http://h/stream?token=SECRET".to_owned()),
            bearer: Some(Bearer::new("SECRET".to_owned())),
            from: None,
            sha256: None,
            body: Body::Json(Bytes::from_static(b"SECRET")),
        };
        assert_eq!(
            format!("{request:?}"),
            "Request { method: Get, url: \"http://h/stream\", bearer: Some(Bearer(..)), \
             from: None, sha256: None, body: 6 bytes of JSON }"
        );
    }
}
