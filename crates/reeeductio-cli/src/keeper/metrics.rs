//! Counters of a keeper, and the page that a Prometheus server reads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use reeeductio_client::{KeeperAct, now};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Longest request that is read.
const REQUEST: usize = 8_192;
/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Counters since the program was started.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    admitted: AtomicU64,
    refused: AtomicU64,
    kept: AtomicU64,
    ignored: AtomicU64,
    /// Items that the last pass has left.
    left: AtomicU64,
    /// Unix milliseconds of the end of the last pass; 0 before.
    passed_at: AtomicI64,
    is_connected: AtomicBool,
}

impl Metrics {
    pub(super) fn count(&self, act: &KeeperAct) {
        let counter = match act {
            KeeperAct::Admitted { .. } => &self.admitted,
            KeeperAct::Refused { .. } => &self.refused,
            KeeperAct::Kept { .. } => &self.kept,
            KeeperAct::Ignored { .. } => &self.ignored,
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn passed(&self, left: u64) {
        self.left.store(left, Ordering::Relaxed);
        self.passed_at.store(now(), Ordering::Relaxed);
    }

    pub(super) fn connected(&self, is_connected: bool) {
        self.is_connected.store(is_connected, Ordering::Relaxed);
    }

    /// Serves the page at `address` from now on.
    pub(super) async fn serve(self: &Arc<Self>, address: SocketAddr) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
        let bound = listener.local_addr()?;
        let metrics = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                if let Ok((connection, _)) = listener.accept().await {
                    // One at a time: there is one reader, and a slow one gives way.
                    let _gone = timeout(PATIENCE, metrics.answer(connection)).await;
                } else {
                    // Too many files are open, say. That passes.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        });
        Ok(bound)
    }

    async fn answer(&self, mut connection: TcpStream) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < REQUEST {
            if connection.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let (status, page) = if request.starts_with(b"GET /metrics ") {
            ("200 OK", self.page())
        } else {
            ("404 Not Found", "GET /metrics\n".to_owned())
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{page}",
            page.len()
        );
        connection.write_all(answer.as_bytes()).await?;
        connection.shutdown().await
    }

    fn page(&self) -> String {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let is_connected = u64::from(self.is_connected.load(Ordering::Relaxed));
        // Whole seconds are enough, and no fraction is lost on the way.
        let passed_at = self.passed_at.load(Ordering::Relaxed) / 1_000;
        let rows = [
            (
                "admitted_total",
                "counter",
                get(&self.admitted),
                "Users that were let in, or were members already.",
            ),
            (
                "refused_total",
                "counter",
                get(&self.refused),
                "Requests that were refused.",
            ),
            (
                "kept_total",
                "counter",
                get(&self.kept),
                "Channels that the keeper was given.",
            ),
            (
                "ignored_total",
                "counter",
                get(&self.ignored),
                "Items that are none for a keeper.",
            ),
            (
                "left",
                "gauge",
                get(&self.left),
                "Items that the last pass has left for the next.",
            ),
            (
                "connected",
                "gauge",
                is_connected,
                "Whether the server tells the keeper of requests.",
            ),
            (
                "last_pass_timestamp_seconds",
                "gauge",
                u64::try_from(passed_at).unwrap_or(0),
                "End of the last pass; 0 before the first.",
            ),
        ];
        let lines = rows.map(|(name, kind, value, help)| {
            let name = format!("reeeductio_keeper_{name}");
            format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
        });
        lines.concat()
    }
}
