//! Servers that do nothing but the network's part, through the same client.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::connection::{Connection, find};
use crate::figure::Figure;
use crate::measure::{now, repeat};
use crate::process::Meter;
use crate::socket::{Socket, text_frame};

/// Bytes written to a loopback connection at a time.
const PIECE: usize = 256 * 1024;
/// Connections that receive frames.
const RECEIVERS: usize = 200;
/// About the size of a message of 256 bytes as JSON.
const FRAME: usize = 800;

/// A server on threads of its own, as a server process has; ends when dropped.
struct Background {
    authority: String,
    runtime: Option<Runtime>,
}

impl Background {
    /// Runs what `serve` makes of a listener.
    fn start<F>(serve: impl FnOnce(TcpListener) -> F) -> Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let authority = listener.local_addr()?.to_string();
        let entered = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        drop(entered);
        runtime.spawn(serve(listener));
        Ok(Self {
            authority,
            runtime: Some(runtime),
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it would block, which is not allowed within another runtime.
            runtime.shutdown_background();
        }
    }
}

/// Requests as small as a message's, read as JSON and written back.
pub(super) async fn echo(key: &str, connections: usize, time: Duration) -> Result<Figure> {
    let server = Background::start(async |listener: TcpListener| {
        let listener = listener.tap_io(|stream| {
            let _unsupported = stream.set_nodelay(true);
        });
        let router = Router::new().route("/", post(async |Json(body): Json<Value>| Json(body)));
        // It never ends by itself.
        let _ended = axum::serve(listener, router).await;
    })?;
    let body = json!({
        "data": "x".repeat(344), "message_hash": "M".repeat(44), "prev_hash": "M".repeat(44),
        "signature": "x".repeat(88), "type": "bench",
    })
    .to_string();
    let mut workers = Vec::new();
    for _ in 0..connections {
        let mut connection = Connection::open(&server.authority).await?;
        let request = connection.request("POST", "/", "", body.as_bytes());
        workers.push(async move || {
            connection.expect(&request, 200).await?;
            Ok(true)
        });
    }
    let run = repeat(&Meter::default(), time, workers).await?;
    let plural = if connections == 1 { "" } else { "s" };
    Ok(Figure::rate(
        key,
        format!("bare JSON echo, {connections} connection{plural}"),
        "requests/s",
        1.0,
        &run,
    ))
}

/// Bytes from one thread to another over TCP.
pub(super) async fn loopback(time: Duration) -> Result<Figure> {
    let server = Background::start(async |listener: TcpListener| {
        let bytes = vec![7; PIECE];
        if let Ok((mut stream, _)) = listener.accept().await {
            while stream.write_all(&bytes).await.is_ok() {}
        }
    })?;
    let mut stream = TcpStream::connect(&server.authority).await?;
    let mut buffer = vec![0; PIECE];
    let mut bytes = 0;
    let started = now();
    while started.elapsed() < time {
        bytes += stream.read(&mut buffer).await?;
    }
    let took = started.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a count of a benchmark")]
    let rate = bytes as f64 / f64::from(1 << 20) / took.as_secs_f64();
    let mut figure = Figure::amount("loopback", "bytes over loopback TCP", "MiB/s", rate);
    figure.measured_seconds = Some(took.as_secs_f64());
    Ok(figure)
}

/// The same frame to many connections, one write each, as a server that sends each message at once.
pub(super) async fn frames(time: Duration) -> Result<Figure> {
    let (begin, begun) = watch::channel(false);
    let server = Background::start(async move |listener: TcpListener| {
        for _ in 0..RECEIVERS {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(send_frames(stream, begun.clone()));
            }
        }
        std::future::pending::<()>().await;
    })?;
    let mut workers = Vec::new();
    for _ in 0..RECEIVERS {
        let mut socket = Socket::open(&server.authority, "/").await?;
        workers.push(async move || Ok(socket.next().await?.is_some()));
    }
    begin.send_replace(true);
    let run = repeat(&Meter::default(), time, workers).await?;
    let mut figure = Figure::rate(
        "frames",
        "bare WebSocket frames, 200 connections",
        "frames/s",
        1.0,
        &run,
    );
    // Between two frames of a connection are those of all others.
    figure.latency_ms = None;
    Ok(figure)
}

/// Answers an upgrade, then sends frames until the other side is gone.
async fn send_frames(mut stream: TcpStream, mut begun: watch::Receiver<bool>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    while find(&request, b"\r\n\r\n").is_none() {
        stream.read_buf(&mut request).await?;
    }
    stream
        .write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        .await?;
    begun
        .wait_for(|begun| *begun)
        .await
        .context("nobody receives")?;
    let frame = text_frame(&[b'x'; FRAME]);
    loop {
        stream.write_all(&frame).await?;
    }
}
