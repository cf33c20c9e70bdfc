//! The network that the TypeScript half gives: `fetch` and `WebSocket`, behind two small objects.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use js_sys::{Array, Reflect, Uint8Array};
use reeeductio_client::BoxFuture;
use reeeductio_client::transport::{
    Body, Method, Request, Response, Socket, Transport, TransportError, Url,
};
use reeeductio_proto::encoding;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Transport of requests: `Network` of `ts/network.ts`.
    #[derive(Clone)]
    pub type Network;
    /// Begins a request. `headers` are names and values in turns; `body` is absent, bytes, or an array of
    /// them, each to be sent after the other.
    #[wasm_bindgen(method, catch)]
    fn send(
        this: &Network,
        method: &str,
        url: &str,
        headers: Vec<String>,
        body: JsValue,
    ) -> Result<Exchange, JsValue>;
    /// Begins to open a WebSocket, with a protocol if the server must select it.
    #[wasm_bindgen(method, catch)]
    fn connect(this: &Network, url: &str, protocol: Option<&str>) -> Result<Opening, JsValue>;

    /// A request under way.
    type Exchange;
    /// The status, and where they are known the length of the body, its type, and where else to go.
    #[wasm_bindgen(method, catch)]
    async fn head(this: &Exchange) -> Result<Array, JsValue>;
    /// The next bytes of the body; undefined at its end.
    #[wasm_bindgen(method, catch)]
    async fn next(this: &Exchange) -> Result<Option<Uint8Array>, JsValue>;
    /// Ends the request, if it has not ended.
    #[wasm_bindgen(method)]
    fn cancel(this: &Exchange);

    /// A WebSocket on its way.
    type Opening;
    #[wasm_bindgen(method, catch)]
    async fn line(this: &Opening) -> Result<Line, JsValue>;
    /// Closes it, open or not.
    #[wasm_bindgen(method)]
    fn cancel(this: &Opening);

    /// An open WebSocket.
    type Line;
    #[wasm_bindgen(method, catch)]
    fn send(this: &Line, text: &str) -> Result<(), JsValue>;
    /// The next text; undefined when the server has ended the connection. A close code that stands for an HTTP status is thrown
    /// as a failed handshake.
    #[wasm_bindgen(method, catch)]
    async fn next(this: &Line) -> Result<Option<String>, JsValue>;
    /// Ends the connection, if it has not ended.
    #[wasm_bindgen(method)]
    fn close(this: &Line);
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// A network as the client takes it.
pub(crate) fn carried_by(network: Network) -> Arc<dyn Transport> {
    Arc::new(network)
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let method = match request.method {
                Method::Delete => "DELETE",
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Put => "PUT",
            };
            let mut headers = Vec::new();
            let mut header = |name: &str, value: String| headers.extend([name.to_owned(), value]);
            if let Some(bearer) = &request.bearer {
                header("Authorization", format!("Bearer {}", bearer.expose()));
            }
            if let Some(from) = request.from {
                header("Range", format!("bytes={from}-"));
            }
            if let Some(sha256) = &request.sha256 {
                header("x-amz-checksum-sha256", encoding::encode(sha256));
            }
            let (content_type, body) = content(request.body).await?;
            if let Some(content_type) = content_type {
                header("Content-Type", content_type.to_owned());
            }
            let exchange = Self::send(self, method, request.url.expose(), headers, body);
            let exchange = Ended(exchange.map_err(failed)?);
            let head = exchange.0.head().await.map_err(failed)?;
            let (status, length) = (head.get(0).as_f64(), head.get(1).as_f64());
            let length = length.filter(|length| length.is_finite() && *length >= 0.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the other half gives what HTTP can say"
            )]
            Ok(Response {
                status: status.map_or(0, |status| status as u16),
                length: length.map(|length| length as u64),
                content_type: head.get(2).as_string(),
                location: head.get(3).as_string().map(Url::new),
                body: stream::try_unfold(exchange, |exchange| async {
                    let chunk = exchange.0.next().await.map_err(failed)?;
                    Ok(chunk.map(|chunk| (Bytes::from(chunk.to_vec()), exchange)))
                })
                .boxed_local(),
            })
        })
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(async move {
            let opening = Self::connect(self, url.expose(), protocol).map_err(failed)?;
            let mut wanted = Wanted(Some(opening));
            let line = match &wanted.0 {
                Some(opening) => opening.line().await.map_err(failed)?,
                None => return Err(TransportError::Failed("no stream".to_owned())),
            };
            wanted.0 = None;
            Ok(Box::new(Open(line)) as Box<dyn Socket>)
        })
    }
}

/// Body of a request, and its type.
async fn content(body: Body) -> Result<(Option<&'static str>, JsValue), TransportError> {
    const BYTES: Option<&str> = Some("application/octet-stream");
    Ok(match body {
        Body::Empty => (None, JsValue::UNDEFINED),
        Body::Json(json) => (Some("application/json"), Uint8Array::from(&*json).into()),
        Body::Bytes(bytes) => (BYTES, Uint8Array::from(&*bytes).into()),
        // Browsers do not stream what is sent: the pieces wait outside this module's memory.
        Body::Stream { mut chunks, .. } => {
            let pieces = Array::new();
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|error| TransportError::Source(error.to_string()))?;
                pieces.push(&Uint8Array::from(&*chunk));
            }
            (BYTES, pieces.into())
        }
    })
}

/// A request that ends when nobody waits for it any more.
struct Ended(Exchange);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A WebSocket that is not opened when nobody waits for it any more.
struct Wanted(Option<Opening>);

impl Drop for Wanted {
    fn drop(&mut self) {
        if let Some(opening) = self.0.take() {
            opening.cancel();
        }
    }
}

/// A WebSocket that ends when nobody holds it any more.
struct Open(Line);

impl Socket for Open {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(async move { self.0.send(&text).map_err(failed) })
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        Box::pin(async move { self.0.next().await.map_err(failed) })
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(async move {
            self.0.close();
            Ok(())
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// `{kind, message, status?}`, as the other half throws it.
fn failed(thrown: JsValue) -> TransportError {
    let part = |name: &str| Reflect::get(&thrown, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let message = part("message")
        .as_string()
        .unwrap_or_else(|| format!("{thrown:?}"));
    match part("kind").as_string().as_deref() {
        Some("connect") => TransportError::Connect(message),
        Some("handshake") => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the other half gives what HTTP can say"
            )]
            let status = part("status").as_f64().map_or(0, |status| status as u16);
            TransportError::Handshake(status)
        }
        Some("timeout") => TransportError::Timeout,
        Some("url") => TransportError::Url(message),
        _ => TransportError::Failed(message),
    }
}
