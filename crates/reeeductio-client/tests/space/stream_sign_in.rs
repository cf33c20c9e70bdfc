//! Tokens of streams: in the first frame with our server, in the URL with a published one, and never told to anybody else.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reeeductio_client::transport::{Native, Timeouts, Transport, TransportError, Url};
use reeeductio_client::{Content, Identity, LiveMessages, LiveOptions, Space};
use reeeductio_testkit::TestServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::meddled::Since;
use crate::rig::{Rig, root, soon, topic};

fn swift() -> LiveOptions {
    LiveOptions {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
        ..LiveOptions::default()
    }
}

async fn post(space: &Space, n: u8) {
    let topic = space.topic(&topic("general"));
    topic.post(Content::Plain(&[n]), "n").await.unwrap();
}

async fn expect(live: &mut LiveMessages, n: u8) {
    let message = soon(live.next()).await.unwrap().unwrap();
    assert_eq!(message.bytes().unwrap(), [n]);
}

/// Failures of opening a stream, as a program gets them natively and in a browser.
fn failures() -> Vec<TransportError> {
    vec![
        TransportError::Handshake(503),
        TransportError::Connect("refused".to_owned()),
        TransportError::Handshake(0),
        TransportError::Failed("reset".to_owned()),
        TransportError::Handshake(403),
        TransportError::Timeout,
    ]
}

#[tokio::test]
async fn no_url_holds_a_token_whatever_fails() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live_with(swift()).await.unwrap();
    let mut tokens = vec![space.session().token().await.unwrap()];
    for n in 0..3 {
        network.cut();
        network.unreachable(failures());
        post(&rig.owner, n).await;
        expect(&mut live, n).await;
        tokens.push(space.session().token().await.unwrap());
    }
    let urls = network.urls();
    let stream = format!("/spaces/{}/stream", rig.owner.id());
    let streams = urls.iter().filter(|url| url.starts_with("ws"));
    let streams: Vec<_> = streams.collect();
    assert!(streams.len() > 3 * failures().len());
    assert!(streams.iter().all(|url| url.ends_with(&stream)));
    for url in &urls {
        assert!(tokens.iter().all(|token| !url.contains(token.expose())));
        assert!(!url.contains("token"), "{url}");
    }
}

#[tokio::test]
async fn a_published_server_gets_the_token_in_the_url_whatever_fails() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    network.meddle_with_cursors(Since::Removed);
    let mut live = space.live_with(swift()).await.unwrap();
    post(&rig.owner, 0).await;
    expect(&mut live, 0).await;
    network.cut();
    network.unreachable(failures());
    post(&rig.owner, 1).await;
    expect(&mut live, 1).await;
    let urls = network.urls();
    let streams = urls.iter().filter(|url| url.starts_with("ws"));
    let mut streams = streams.peekable();
    assert!(streams.peek().is_some());
    assert!(streams.all(|url| url.contains("/stream?token=ey")));
}

/// A server that takes what is said to it, bytes first and connections later, to another one.
struct Wire {
    url: String,
    said: Arc<Mutex<Vec<u8>>>,
    cuts: watch::Sender<u32>,
}

impl Wire {
    async fn to(server: &TestServer) -> Self {
        let address = server.url().strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Vec::new()));
        let cuts = watch::Sender::new(0);
        let (heard, cut) = (Arc::clone(&said), cuts.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = tokio::net::TcpStream::connect(&address).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let (heard, mut cut) = (Arc::clone(&heard), cut.subscribe());
                tokio::spawn(async move {
                    let outward = async {
                        let mut part = vec![0; 4096];
                        while let Ok(count @ 1..) = from_client.read(&mut part).await {
                            heard.lock().unwrap().extend_from_slice(&part[..count]);
                            to_server.write_all(&part[..count]).await?;
                        }
                        Ok::<_, std::io::Error>(())
                    };
                    let homeward = tokio::io::copy(&mut from_server, &mut to_client);
                    tokio::select! {
                        biased;
                        _ = cut.changed() => {}
                        _ = outward => {}
                        _ = homeward => {}
                    }
                });
            }
        });
        Self { url, said, cuts }
    }
}

#[tokio::test]
async fn no_request_line_on_the_wire_holds_a_token() {
    let rig = Rig::start().await;
    let wire = Wire::to(&rig.server).await;
    let keys = Identity::from_seed(&[1; 32]);
    let space = Space::builder(&wire.url)
        .open(rig.owner.id(), keys.user_id(), keys, &root())
        .unwrap();
    let mut live = space.live_with(swift()).await.unwrap();
    for n in 0..3 {
        post(&rig.owner, n).await;
        expect(&mut live, n).await;
        wire.cuts.send_modify(|cuts| *cuts += 1);
    }
    post(&rig.owner, 3).await;
    expect(&mut live, 3).await;
    let said = wire.said.lock().unwrap();
    let said = String::from_utf8_lossy(&said);
    // The bytes of all connections follow each other: a line may begin with a frame of another one.
    let stream = format!("GET /spaces/{}/stream HTTP/1.1", space.id());
    assert!(said.matches(&stream).count() >= 4);
    let mut lines = said.lines().filter(|line| line.ends_with(" HTTP/1.1"));
    assert!(lines.all(|line| !line.contains("token")));
}

#[tokio::test]
async fn a_token_that_the_first_frame_is_refused_for_is_replaced() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let mut live = space.live_with(swift()).await.unwrap();
    // A server with another secret does not resume: then only topics that are known are read.
    post(&rig.owner, 0).await;
    expect(&mut live, 0).await;
    let port = rig.server.url().rsplit(':').next().unwrap().parse();
    let Rig { server, owner } = rig;
    let folder = server.stop().await;
    network.requests();
    let _server = TestServer::start_with(|config| {
        config.server.port = port.unwrap();
        config.data_dir = folder.path().to_owned();
        config.server.jwt_secret = Some("another secret of thirty-two bytes".into());
    })
    .await;
    post(&owner, 1).await;
    expect(&mut live, 1).await;
    let requests = network.requests();
    let logins = requests.iter().filter(|line| *line == "Post auth/verify");
    assert_eq!(logins.count(), 1, "{requests:?}");
    drop(space);
}

#[tokio::test]
async fn a_server_that_selects_no_protocol_is_not_connected_to() {
    let rig = Rig::start().await;
    let token = rig.owner.session().token().await.unwrap();
    let base = rig.server.url().replacen("http", "ws", 1);
    // With a token in the URL our server does not select one.
    let url = format!(
        "{base}/spaces/{}/stream?token={}",
        rig.owner.id(),
        token.expose()
    );
    let native = Native::new(Timeouts::default()).unwrap();
    let opened = native.connect(Url::new(url), Some("reeeductio.stream.v2"));
    let error = opened.await.err().unwrap();
    assert!(matches!(error, TransportError::Failed(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains(token.expose()));
}
