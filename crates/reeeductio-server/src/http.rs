//! Accepting connections and serving them, until told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::config::Config;
use crate::unread::ReadToEnd;

/// A connection's place among those the server admits; given back when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Place(
    #[expect(dead_code, reason = "held, never looked at")] Arc<OwnedSemaphorePermit>,
);

/// Completes when the server begins to stop.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether.
    let _gone = stopping.wait_for(|stopping| *stopping).await;
}

/// Serves `router` on `listener` until `stopping` becomes true, then lets what was accepted finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    config: Arc<Config>,
    mut stopping: watch::Receiver<bool>,
) {
    let admitted = u32::try_from(config.limits.max_connections).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(admitted as usize));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.timeouts.header_seconds))
        .max_buf_size(config.limits.max_header_bytes.max(8192))
        .pipeline_flush(true);
    loop {
        // Beyond the limit connections wait in the listener's backlog.
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = stopped(&mut stopping) => break,
        };
        if let Some((stream, peer, place)) = accepted {
            let served = connection(
                &builder,
                stream,
                peer,
                place,
                router.clone(),
                stopping.clone(),
            );
            tokio::spawn(served);
        }
    }
    drop(listener);
    // Every place given back means that every connection has ended.
    let grace = Duration::from_secs(config.timeouts.shutdown_seconds);
    if timeout(grace, places.acquire_many(admitted)).await.is_err() {
        tracing::warn!("some connections did not end within timeouts.shutdown_seconds");
    }
}

/// Serves one connection. When the server stops, the request being answered is the last.
fn connection(
    builder: &http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> impl Future<Output = ()> + Send + use<> {
    let held = place.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        router
            .clone()
            .oneshot(ReadToEnd::wrap(request).map(Body::new))
    });
    let served = builder
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    async move {
        let mut served = std::pin::pin!(served);
        let ended = tokio::select! {
            ended = served.as_mut() => ended,
            () = stopped(&mut stopping) => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(held);
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, Place)> {
    let place = Place(Arc::new(Arc::clone(places).acquire_owned().await.ok()?));
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small and waited for.
            let _unsupported = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            // Out of file descriptors, most likely: let some close.
            sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
