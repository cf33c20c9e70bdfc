//! A proxy: it tunnels and forwards, and all that is sent through it arrives at one server, whatever its name.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Answer to the head of a request, instead of passing it on; the empty answer is silence.
pub(crate) type Refuse = fn(&str) -> Option<String>;

pub(crate) struct TestProxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl TestProxy {
    pub(crate) async fn start(server: SocketAddr, refuse: Refuse) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(serve(client, server, refuse, seen));
            }
        });
        Self { address, heads }
    }

    /// One that passes on everything.
    pub(crate) async fn open(server: SocketAddr) -> Self {
        Self::start(server, |_| None).await
    }

    /// Its URL; `credentials` is empty, or `user:password@`.
    pub(crate) fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}{}", self.address)
    }

    /// The head of the first request of each connection.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    mut client: TcpStream,
    server: SocketAddr,
    refuse: Refuse,
    seen: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut sent = Vec::new();
    while !sent.windows(4).any(|end| end == b"\r\n\r\n") {
        if client.read_buf(&mut sent).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&sent).into_owned();
    seen.lock().unwrap().push(head.clone());
    match refuse(&head) {
        Some(silence) if silence.is_empty() => return std::future::pending().await,
        Some(answer) => return client.write_all(answer.as_bytes()).await,
        None => {}
    }
    let mut server = TcpStream::connect(server).await?;
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    } else {
        server.write_all(&sent).await?;
    }
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
