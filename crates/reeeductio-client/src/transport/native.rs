//! The network of the operating system: reqwest and tokio-tungstenite, with the feature `tls` over rustls.

#[cfg(not(feature = "tls"))]
mod plain;
#[cfg(feature = "tls")]
mod tls;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _, stream};
use reeeductio_proto::encoding;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Body, Method, Request, Response, Socket, Transport, TransportError, Url};
#[cfg(not(feature = "tls"))]
use plain::Tls;
#[cfg(feature = "tls")]
use tls::Tls;
use upload::{Upload, chunked, patience};

/// Longest frame that is accepted: far above the longest message, far below what hurts.
const LONGEST_FRAME: usize = 16 << 20;

/// Where stores of objects are told what they are to have got.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// How long to wait for a server. Whatever takes longer is [`TransportError::Timeout`].
///
/// There is no limit on a request as a whole: blobs take as long as they take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection; of a WebSocket, until it is open. 10 seconds if not said.
    pub connect: Duration,
    /// For the next part of a request to be taken, for the answer to begin, and for each next part of it.
    /// 30 seconds if not said. With a request that has a body, a second more for each 16 KiB of what the
    /// system may hold of it: up to 256 seconds.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
        }
    }
}

/// The network of the operating system. Connections are kept and shared; proxies are not used.
///
/// A server at an `https://` address is trusted by the certificate authorities of the web. Without the feature
/// `tls` such an address is [`TransportError::Tls`].
#[derive(Clone, Debug)]
pub struct Native {
    http: reqwest::Client,
    tls: Tls,
    timeouts: Timeouts,
}

impl Native {
    /// Ready to connect; nothing is sent yet.
    pub fn new(timeouts: Timeouts) -> Result<Self, TransportError> {
        let tls = Tls::new()?;
        let http = tls
            .secure(reqwest::Client::builder())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(timeouts.connect)
            .build()
            .map_err(|error| TransportError::Tls(error.to_string()))?;
        Ok(Self {
            http,
            tls,
            timeouts,
        })
    }
}

impl Transport for Native {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.tls.check(&request.url)?;
            let method = match request.method {
                Method::Delete => reqwest::Method::DELETE,
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Put => reqwest::Method::PUT,
            };
            let mut builder = self.http.request(method, request.url.expose());
            if let Some(bearer) = &request.bearer {
                builder = builder.bearer_auth(bearer.expose());
            }
            if let Some(from) = request.from {
                builder = builder.header(reqwest::header::RANGE, format!("bytes={from}-"));
            }
            if let Some(sha256) = &request.sha256 {
                builder = builder.header(CHECKSUM, encoding::encode(sha256));
            }
            let idle = self.timeouts.idle;
            let upload = Arc::new(Upload::default());
            let patience = patience(idle, length(&request.body));
            let sending = with_body(builder, request.body, &upload).send();
            let response = upload
                .while_moving(patience, sending)
                .await
                .ok_or(TransportError::Timeout)?
                .map_err(failed)?;
            Ok(Response {
                status: response.status().as_u16(),
                content_type: header(&response, &reqwest::header::CONTENT_TYPE),
                location: header(&response, &reqwest::header::LOCATION).map(Url::new),
                length: response.content_length(),
                body: stream::try_unfold(response, move |response| next_chunk(response, idle))
                    .boxed(),
            })
        })
    }

    fn connect(&self, url: Url) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(async move {
            self.tls.check(&url)?;
            let config = WebSocketConfig::default()
                .max_message_size(Some(LONGEST_FRAME))
                .max_frame_size(Some(LONGEST_FRAME));
            let opening = self.tls.connect(url.expose(), config);
            let socket = timeout(self.timeouts.connect, opening)
                .await
                .map_err(|_| TransportError::Timeout)?
                .map_err(handshake_failed)?;
            Ok(Box::new(NativeSocket {
                socket,
                idle: self.timeouts.idle,
            }) as Box<dyn Socket>)
        })
    }
}

struct NativeSocket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// How long the server may take to take a frame.
    idle: Duration,
}

impl Socket for NativeSocket {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(async move {
            timeout(self.idle, self.socket.send(Frame::text(text)))
                .await
                .map_err(|_| TransportError::Timeout)?
                .map_err(|error| socket_failed(&error))
        })
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        Box::pin(async move {
            loop {
                match self.socket.next().await {
                    Some(Ok(Frame::Text(text))) => return Ok(Some(text.as_str().to_owned())),
                    Some(Ok(Frame::Close(_)) | Err(SocketError::ConnectionClosed)) | None => {
                        return Ok(None);
                    }
                    Some(Err(error)) => return Err(socket_failed(&error)),
                    // Pings are answered below; binary frames are not part of the protocol.
                    Some(Ok(_)) => {}
                }
            }
        })
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(async move {
            match timeout(self.idle, self.socket.close(None)).await {
                Ok(Ok(()) | Err(SocketError::ConnectionClosed)) => Ok(()),
                Ok(Err(error)) => Err(socket_failed(&error)),
                Err(_) => Err(TransportError::Timeout),
            }
        })
    }
}

async fn next_chunk(
    mut response: reqwest::Response,
    idle: Duration,
) -> Result<Option<(Bytes, reqwest::Response)>, TransportError> {
    let chunk = timeout(idle, response.chunk())
        .await
        .map_err(|_| TransportError::Timeout)?
        .map_err(failed)?;
    Ok(chunk.map(|chunk| (chunk, response)))
}

/// What a header says, if that is text.
fn header(response: &reqwest::Response, name: &reqwest::header::HeaderName) -> Option<String> {
    let value = response.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

fn length(body: &Body) -> u64 {
    match body {
        Body::Bytes(bytes) | Body::Json(bytes) => bytes.len() as u64,
        Body::Empty => 0,
        Body::Stream { length, .. } => *length,
    }
}

fn with_body(
    builder: reqwest::RequestBuilder,
    body: Body,
    upload: &Arc<Upload>,
) -> reqwest::RequestBuilder {
    use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};

    const BYTES: &str = "application/octet-stream";
    match body {
        Body::Bytes(bytes) => {
            let length = bytes.len() as u64;
            let chunks = chunked(bytes);
            with_body(builder, Body::Stream { length, chunks }, upload)
        }
        Body::Empty => builder,
        Body::Json(bytes) => builder.header(CONTENT_TYPE, "application/json").body(bytes),
        Body::Stream { length, chunks } => builder
            .header(CONTENT_TYPE, BYTES)
            .header(CONTENT_LENGTH, length)
            .body(reqwest::Body::wrap_stream(upload.watch(chunks))),
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    if error.is_builder() {
        return TransportError::Url(causes(&error.without_url()));
    }
    let connect = error.is_connect();
    // The URL may hold what should not be shown.
    let causes = causes(&error.without_url());
    if connect {
        TransportError::Connect(causes)
    } else {
        TransportError::Failed(causes)
    }
}

fn handshake_failed(error: SocketError) -> TransportError {
    match error {
        SocketError::Http(response) => TransportError::Handshake(response.status().as_u16()),
        SocketError::Io(error) => TransportError::Connect(error.to_string()),
        SocketError::Url(error) => TransportError::Url(error.to_string()),
        other => socket_failed(&other),
    }
}

fn socket_failed(error: &SocketError) -> TransportError {
    TransportError::Failed(error.to_string())
}

/// The innermost cause: the outer ones only say that something failed.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
