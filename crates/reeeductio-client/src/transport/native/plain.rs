//! No TLS: for programs that speak to their own machine only, and build in half the time.

use std::error::Error;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_with_config, connect_async_with_config,
};

use crate::transport::{TransportError, Url};

/// There is nothing to set.
#[derive(Clone, Debug, Default)]
pub(super) struct TlsSettings;

/// Stands in for TLS in a build without it.
#[derive(Clone, Debug)]
pub(super) struct Tls;

#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "with TLS there is something to set up"
)]
impl Tls {
    pub(super) fn new(_settings: &TlsSettings) -> Result<Self, TransportError> {
        Ok(Self)
    }

    pub(super) fn secure(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder
    }

    /// Refuses an address that needs TLS, before anything is sent.
    pub(super) fn check(&self, url: &Url) -> Result<(), TransportError> {
        let scheme = url.expose().split(':').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss") {
            return Err(TransportError::Tls(
                "this program was built without it; build it with the feature `tls` of reeeductio-client"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Opens a WebSocket, through a tunnel if there is one.
    pub(super) async fn connect(
        &self,
        request: Request,
        tunnel: Option<TcpStream>,
        config: WebSocketConfig,
    ) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, SocketError> {
        let config = Some(config);
        let (socket, _) = match tunnel {
            Some(tunnel) => {
                client_async_with_config(request, MaybeTlsStream::Plain(tunnel), config).await?
            }
            None => connect_async_with_config(request, config, true).await?,
        };
        Ok(socket)
    }
}

/// Without TLS there are no certificates.
pub(super) fn certificate_refused(_error: &(dyn Error + 'static)) -> Option<TransportError> {
    None
}

/// Without TLS no failure is one of it.
pub(super) fn is_not_tls(_error: &(dyn Error + 'static)) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_needs_tls_is_refused() {
        let check = |url: &str| Tls.check(&Url::new(url.to_owned()));
        assert_eq!(check("http://127.0.0.1:8000"), Ok(()));
        assert_eq!(check("ws://127.0.0.1:8000/x?y=https:"), Ok(()));
        for url in ["https://example.org", "wss://example.org", "HTTPS://x"] {
            assert!(matches!(check(url), Err(TransportError::Tls(_))), "{url}");
        }
    }
}
