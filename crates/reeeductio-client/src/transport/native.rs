//! The network of the operating system: reqwest and tokio-tungstenite, with the feature `tls` over rustls.

mod builder;
mod environment;
mod failure;
#[cfg(not(feature = "tls"))]
mod plain;
mod proxies;
#[cfg(feature = "tls")]
mod tls;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _, stream};
use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use reeeductio_proto::encoding;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Body, Method, Request, Response, Socket, Transport, TransportError, Url};
use failure::{handshake_failed, request_failed, socket_failed};
#[cfg(not(feature = "tls"))]
use plain as tls;
use proxies::{Proxies, Proxy, ProxySettings};
use tls::{Tls, TlsSettings};
use upload::{Upload, chunked, patience};

pub use builder::NativeBuilder;

/// Longest frame that is accepted: far above the longest message, far below what hurts.
const LONGEST_FRAME: usize = 16 << 20;

/// Where stores of objects are told what they are to have got.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// How long to wait for a server, and for a proxy on the way to it. Whatever takes longer is [`TransportError::Timeout`].
///
/// There is no limit on a request as a whole: blobs take as long as they take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection, with the tunnel of a proxy and TLS; of a WebSocket, until it is open. 10 seconds if not said.
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

/// The network of the operating system. Connections are kept and shared.
///
/// Unless the [builder](Self::builder) says otherwise, the certificate authorities of the web are trusted and no
/// proxy is used. Without the feature `tls` an `https://` address is [`TransportError::Tls`].
#[derive(Clone, Debug)]
pub struct Native {
    http: reqwest::Client,
    proxies: Proxies,
    tls: Tls,
    timeouts: Timeouts,
}

impl Native {
    /// A builder with the default settings.
    pub fn builder() -> NativeBuilder {
        NativeBuilder::default()
    }

    /// Short for `Native::builder().timeouts(timeouts).build()`. Nothing is sent yet.
    pub fn new(timeouts: Timeouts) -> Result<Self, TransportError> {
        Self::builder().timeouts(timeouts).build()
    }

    fn with(
        timeouts: Timeouts,
        proxies: &ProxySettings,
        tls: &TlsSettings,
    ) -> Result<Self, TransportError> {
        let tls = Tls::new(tls)?;
        let http = tls.secure(reqwest::Client::builder());
        let (proxies, http) = Proxies::set_up(proxies, http)?;
        let http = http
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(timeouts.connect)
            .build()
            .map_err(|error| TransportError::Tls(error.to_string()))?;
        Ok(Self {
            http,
            proxies,
            tls,
            timeouts,
        })
    }

    /// The proxy through which a server is reached. A URL that cannot be read is refused elsewhere.
    fn proxy(&self, url: &Url) -> Option<Proxy> {
        self.proxies.find(&url.expose().parse().ok()?)
    }
}

impl Transport for Native {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.tls.check(&request.url)?;
            let proxy = self.proxy(&request.url);
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
                .map_err(|error| request_failed(error, proxy.as_ref()))?;
            let status = response.status();
            // In a tunnel the answer is the server's.
            if let Some(proxy) = &proxy
                && status == reqwest::StatusCode::PROXY_AUTHENTICATION_REQUIRED
                && response.url().scheme() == "http"
            {
                return Err(proxy.wants_credentials());
            }
            Ok(Response {
                status: status.as_u16(),
                content_type: header(&response, &reqwest::header::CONTENT_TYPE),
                location: header(&response, &reqwest::header::LOCATION).map(Url::new),
                length: response.content_length(),
                body: stream::try_unfold(response, move |response| next_chunk(response, idle))
                    .boxed(),
            })
        })
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(async move {
            self.tls.check(&url)?;
            let config = WebSocketConfig::default()
                .max_message_size(Some(LONGEST_FRAME))
                .max_frame_size(Some(LONGEST_FRAME));
            let request = url.expose().into_client_request();
            let mut request = request.map_err(handshake_failed)?;
            if let Some(protocol) = protocol {
                let protocol = HeaderValue::from_static(protocol);
                let headers = request.headers_mut();
                headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
            }
            let opening = async {
                let tunnel = match self.proxies.find(request.uri()) {
                    Some(proxy) => Some(proxy.tunnel(request.uri()).await?),
                    None => None,
                };
                let socket = self.tls.connect(request, tunnel, config);
                socket.await.map_err(handshake_failed)
            };
            let socket = timeout(self.timeouts.connect, opening)
                .await
                .map_err(|_| TransportError::Timeout)??;
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
                    Some(Ok(Frame::Close(frame))) => {
                        let code = frame.map(|frame| frame.code.into());
                        let refused = code.and_then(TransportError::of_close_code);
                        return refused.map_or(Ok(None), Err);
                    }
                    Some(Err(SocketError::ConnectionClosed)) | None => return Ok(None),
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
        .map_err(|error| request_failed(error, None))?;
    Ok(chunk.map(|chunk| (chunk, response)))
}

/// Returns the value of a header, if it is text.
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
