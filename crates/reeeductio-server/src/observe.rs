//! The operator's view of each request: an id, an access log line, metrics. Never a token: of the URL
//! only the path is written, which holds none, and no header is.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use reeeductio_proto::ErrorCode;
use tokio::time::{Instant, timeout};

use crate::address::ClientAddress;
use crate::answer::Failure;
use crate::app::AppState;

/// Header that names a request in the logs of every proxy that passes it on.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn observe(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(&state, &request);
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let proxies = &state.config.server.trusted_proxies;
    let address = peer.map(|peer| ClientAddress::find(peer, request.headers(), proxies));
    if let Some(address) = address {
        request.extensions_mut().insert(address);
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let allowed = state
        .limits
        .head(request.uri(), request.headers())
        .and_then(|()| {
            address.map_or(Ok(()), |address| {
                state.limits.address(address, state.engine.monotonic())
            })
        });
    let patience = Duration::from_secs(state.config.timeouts.request_seconds);
    let in_flight = state.metrics.begin();
    let mut response = match allowed {
        // Blobs and streams take as long as they take; they have limits of their own.
        Ok(()) if route.contains("/blobs/") || route.ends_with("/stream") => {
            next.run(request).await
        }
        Ok(()) => timeout(patience, next.run(request))
            .await
            .unwrap_or_else(|_| {
                Failure::new(ErrorCode::RequestTimeout, "The request took too long.")
                    .into_response()
            }),
        Err(failure) => failure.into_response(),
    };
    drop(in_flight);
    let elapsed = started.elapsed();
    if let Some(code) = response.extensions().get::<ErrorCode>() {
        state.metrics.refused(*code);
    }
    state
        .metrics
        .finished(method.as_str(), &route, response.status().as_u16(), elapsed);
    if state.config.logging.enable_access_log {
        let bytes = response
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("-");
        tracing::info!(
            target: "access",
            method = %method,
            path = %path,
            status = response.status().as_u16(),
            duration_ms = elapsed.as_secs_f64() * 1000.0,
            bytes,
            address = address.map(|address| tracing::field::display(address.0)),
            request.id = id.to_str().unwrap_or_default(),
        );
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The id a proxy in front gave the request, or a new one.
fn request_id(state: &AppState, request: &Request) -> HeaderValue {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    request
        .headers()
        .get(REQUEST_ID)
        .filter(|value| {
            (1..=64).contains(&value.len()) && value.as_bytes().iter().all(|c| plain(*c))
        })
        .cloned()
        .unwrap_or_else(|| {
            let number = state.metrics.next_request();
            HeaderValue::from_str(&format!("{:x}-{number:x}", state.metrics.started_at()))
                .unwrap_or_else(|_| HeaderValue::from_static("-"))
        })
}
