//! A server, with TLS in front of it if the test wants it, and what can be asked of it.

use std::net::SocketAddr;
use std::sync::Arc;

use reeeductio_client::transport::{Method, Request, Transport, TransportError, Url};
use reeeductio_client::{Content, Identity, Key, Native, Space};
use reeeductio_proto::TopicId;
use reeeductio_testkit::TestServer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;

/// The address of a server.
pub(crate) fn address(server: &TestServer) -> SocketAddr {
    server
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap()
}

/// Starts TLS in front of a server. If there is an authority for clients, they must have its certificate.
pub(crate) async fn tls(
    server: &TestServer,
    authority: &Authority,
    name: &str,
    clients: Option<&Authority>,
) -> SocketAddr {
    let (certificate, key) = authority.server(name);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = if let Some(clients) = clients {
        let mut roots = RootCertStore::empty();
        roots.add(clients.der()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        config.with_no_client_auth()
    };
    let config = config.with_single_cert(vec![certificate], key).unwrap();

    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = self::address(server);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect(server).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    address
}

/// Asks for `/health` and gives the status.
pub(crate) async fn request(native: &Native, base: &str) -> Result<u16, TransportError> {
    let request = Request::new(Method::Get, Url::new(format!("{base}/health")));
    native.send(request).await.map(|response| response.status)
}

/// Opens the stream of a space without a token. A server that is reached refuses that.
pub(crate) async fn stream(native: &Native, base: &str) -> Result<u16, TransportError> {
    let space = Identity::from_seed(&[1; 32]).space_id();
    let base = base.replacen("http", "ws", 1);
    let url = Url::new(format!("{base}/spaces/{space}/stream"));
    match native.connect(url, None).await {
        Ok(_) => panic!("a stream without a token"),
        Err(TransportError::Handshake(status)) => Ok(status),
        Err(error) => Err(error),
    }
}

/// Posts a message and receives it from the stream.
pub(crate) async fn converse(native: Native, base: &str) {
    let keys = Identity::from_seed(&[1; 32]);
    let (id, member) = (keys.space_id(), keys.user_id());
    let builder = Space::builder(base).transport(Arc::new(native));
    let space = builder.open(id, member, keys, &Key::new([9; 32])).unwrap();
    let mut live = space.live().await.unwrap();
    let topic = TopicId::parse("general").unwrap();
    space
        .topic(&topic)
        .post(Content::Plain(b"hello"), "n")
        .await
        .unwrap();
    let message = live.next().await.unwrap().unwrap();
    assert_eq!(message.bytes().unwrap(), b"hello");
}
