//! TLS by rustls.

mod settings;

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, ClientConfig, InvalidMessage};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    connect_async_tls_with_config,
};

use crate::transport::{TransportError, Url};

pub(super) use settings::TlsSettings;

/// TLS with the authorities and the identity of its settings.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    pub(super) fn new(settings: &TlsSettings) -> Result<Self, TransportError> {
        Ok(Self(Arc::new(settings.client_config()?)))
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

    /// Opens a WebSocket, through a tunnel if there is one.
    pub(super) async fn connect(
        &self,
        request: Request,
        tunnel: Option<TcpStream>,
        config: WebSocketConfig,
    ) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, SocketError> {
        let connector = Some(Connector::Rustls(Arc::clone(&self.0)));
        let config = Some(config);
        let (socket, _) = match tunnel {
            Some(tunnel) => {
                client_async_tls_with_config(request, tunnel, config, connector).await?
            }
            None => connect_async_tls_with_config(request, config, true, connector).await?,
        };
        Ok(socket)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The configuration holds the private key of the client.
        f.write_str("Tls(..)")
    }
}

/// The error for a certificate that one side does not accept, if that is what failed. Trying again does not
/// help, unlike with other failures of TLS: those may come from a line that broke.
pub(super) fn certificate_refused(error: &(dyn Error + 'static)) -> Option<TransportError> {
    refusal(of_tls(error)?).map(TransportError::Tls)
}

/// Returns whether what answered does not speak TLS.
pub(super) fn is_not_tls(error: &(dyn Error + 'static)) -> bool {
    let not_tls = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    of_tls(error) == Some(&not_tls)
}

fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        // `source` of an I/O error is not what it holds, but the source of that.
        let held = error.downcast_ref().and_then(io::Error::get_ref);
        next = held.map_or_else(|| error.source(), |held| Some(held));
    }
    None
}

fn refusal(error: &rustls::Error) -> Option<String> {
    use AlertDescription as Alert;

    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => Some(
            "no trusted authority issued the server's certificate; \
             `NativeBuilder::root_certificate_pem` adds one"
                .to_owned(),
        ),
        rustls::Error::InvalidCertificate(_) => Some(error.to_string()),
        rustls::Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRequired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate),
        ) => Some(format!(
            "the server does not accept this client's certificate ({alert:?}); \
             `NativeBuilder::client_identity_pem` sets one"
        )),
        _ => None,
    }
}
