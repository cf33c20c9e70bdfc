//! TLS by rustls.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
};

use crate::transport::{TransportError, Url};

/// TLS with the certificate authorities of the web. The provider is an argument, never a global.
#[derive(Clone, Debug)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    pub(super) fn new() -> Result<Self, TransportError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Has the HTTP client use it.
    pub(super) fn secure(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder.tls_backend_preconfigured(ClientConfig::clone(&self.0))
    }

    /// Every address can be reached.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "without TLS some cannot"
    )]
    pub(super) fn check(&self, _url: &Url) -> Result<(), TransportError> {
        Ok(())
    }

    /// Opens a WebSocket.
    pub(super) async fn connect(
        &self,
        url: &str,
        config: WebSocketConfig,
    ) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, SocketError> {
        let connector = Connector::Rustls(Arc::clone(&self.0));
        connect_async_tls_with_config(url, Some(config), true, Some(connector))
            .await
            .map(|(socket, _)| socket)
    }
}
