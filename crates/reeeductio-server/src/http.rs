//! Accepting connections and serving them, until told to stop.

use std::net::{IpAddr, SocketAddr};
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

use crate::address::counted;
use crate::config::Config;
use crate::limits::MAX_HEADERS;
use crate::metrics::{DisconnectReason, Metrics};
use crate::patience::{Pace, Patient};
use crate::places::{self, Places};
use crate::unread::ReadToEnd;

/// A connection's place among those the server admits; given back when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Place(#[expect(dead_code, reason = "held, never looked at")] Arc<Admitted>);

/// Counted among the open connections.
struct Admitted {
    metrics: Arc<Metrics>,
    _permit: OwnedSemaphorePermit,
    /// Among those of its address; proxies that are trusted stand for many.
    _address: Option<places::Place<IpAddr>>,
}

impl Admitted {
    fn new(
        permit: OwnedSemaphorePermit,
        address: Option<places::Place<IpAddr>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        metrics.connected();
        Self {
            metrics,
            _permit: permit,
            _address: address,
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.metrics.disconnected();
    }
}

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
    metrics: Arc<Metrics>,
    mut stopping: watch::Receiver<bool>,
) {
    let admitted = u32::try_from(config.limits.max_connections).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(admitted as usize));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.timeouts.header_seconds))
        // Heads up to this size are read; those above the limit are refused with a typed error.
        .max_headers(2 * MAX_HEADERS)
        .max_buf_size(config.limits.max_header_bytes.max(8192).saturating_mul(2));
    let pace = Pace {
        patience: Duration::from_secs(config.timeouts.write_seconds),
        bytes_per_second: config.timeouts.min_bytes_per_second,
    };
    let by_address = Places::new(config.limits.max_connections_per_address);
    let idle = Duration::from_secs(config.timeouts.body_idle_seconds);
    loop {
        // Beyond the limit connections wait in the listener's backlog.
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = stopped(&mut stopping) => break,
        };
        if let Some((stream, peer, permit)) = accepted {
            let proxies = &config.server.trusted_proxies;
            let address = if proxies
                .iter()
                .any(|ip| ip.to_canonical() == peer.ip().to_canonical())
            {
                None
            } else if let Some(place) = by_address.take(counted(peer.ip())) {
                Some(place)
            } else {
                metrics.disconnect(DisconnectReason::AddressLimit);
                continue;
            };
            let admitted = Admitted::new(permit, address, Arc::clone(&metrics));
            let served = Connection {
                stream: Patient::new(stream, pace, Arc::clone(&metrics)),
                peer,
                idle,
                place: Place(Arc::new(admitted)),
                metrics: Arc::clone(&metrics),
            };
            tokio::spawn(served.serve(&builder, router.clone(), stopping.clone()));
        }
    }
    drop(listener);
    // Every place given back means that every connection has ended.
    let grace = Duration::from_secs(config.timeouts.shutdown_seconds);
    if timeout(grace, places.acquire_many(admitted)).await.is_err() {
        tracing::warn!("some connections did not end within timeouts.shutdown_seconds");
    }
}

/// One connection.
struct Connection {
    stream: Patient,
    peer: SocketAddr,
    /// How long a refused body may pause before the connection is closed.
    idle: Duration,
    place: Place,
    metrics: Arc<Metrics>,
}

impl Connection {
    /// Serves it. When the server stops, the request being answered is the last.
    fn serve(
        self,
        builder: &http1::Builder,
        router: Router,
        mut stopping: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let Self {
            stream,
            peer,
            idle,
            place,
            metrics,
        } = self;
        let held = place.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(place.clone());
            router
                .clone()
                .oneshot(ReadToEnd::wrap(request, idle).map(Body::new))
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
                if error.is_timeout() {
                    metrics.disconnect(DisconnectReason::NoRequest);
                }
                tracing::debug!(%error, "a connection ended early");
            }
            drop(held);
        }
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small and waited for.
            let _unsupported = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            // Out of file descriptors, most likely: let some close.
            sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
