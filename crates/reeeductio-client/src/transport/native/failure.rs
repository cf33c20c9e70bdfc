//! Errors of the underlying libraries, as errors of the client.

use std::error::Error;

use tokio_tungstenite::tungstenite::Error as SocketError;

use super::proxies::Proxy;
use super::tls::{certificate_refused, is_not_tls};
use crate::transport::TransportError;

/// A request that failed, on the way through a proxy if there is one.
pub(super) fn request_failed(error: reqwest::Error, proxy: Option<&Proxy>) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    if error.is_builder() {
        return TransportError::Url(innermost(&error.without_url()));
    }
    let connect = error.is_connect();
    // The URL may hold what should not be shown.
    let error = error.without_url();
    if let Some(refused) = certificate_refused(&error) {
        return refused;
    }
    let cause = innermost(&error);
    match proxy {
        Some(proxy) if connect => proxy.failed(&cause),
        None if connect => TransportError::Connect(cause),
        _ => TransportError::Failed(cause),
    }
}

/// A WebSocket that was not opened.
pub(super) fn handshake_failed(error: SocketError) -> TransportError {
    match error {
        SocketError::Http(response) => TransportError::Handshake(response.status().as_u16()),
        SocketError::Io(error) => certificate_refused(&error)
            .unwrap_or_else(|| TransportError::Connect(innermost(&error))),
        SocketError::Url(error) => TransportError::Url(error.to_string()),
        other => socket_failed(&other),
    }
}

/// An open WebSocket that broke.
pub(super) fn socket_failed(error: &SocketError) -> TransportError {
    TransportError::Failed(error.to_string())
}

/// The innermost cause: the outer ones only say that something failed.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    if is_not_tls(error) {
        return "no TLS is spoken there, so http:// or another port may be meant".to_owned();
    }
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
