//! Starting and stopping a server.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use reeeductio_backend::{BackendError, Clock};
use reeeductio_engine::{Engine, Refusal};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{AppState, router};
use crate::config::{Config, ConfigError};
use crate::disk::Disks;
use crate::memory::release_after_peaks;
use crate::wiring::binding::Binding;
use crate::{expiry, http, sweep, wiring};

/// The server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// `serve --check` found that the server cannot start, and said why.
    #[error("{0} of the checks failed")]
    Check(usize),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory cannot be used.
    #[error("data directory: {0}")]
    Directory(String),
    /// The engine refuses its ports.
    #[error(transparent)]
    Engine(#[from] Refusal),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {}", remedy(.source))]
    Listen {
        /// Host and port.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The storage cannot be opened.
    #[error(transparent)]
    Storage(BackendError),
}

/// Advice about an address that cannot be listened on. The cause is the error's source.
fn remedy(cause: &std::io::Error) -> &'static str {
    match cause.kind() {
        ErrorKind::AddrInUse => {
            "stop the program that uses it, or choose another port (server.port, --port)"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need a right: choose another one (server.port, --port)"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine does not have this address: change server.host"
        }
        _ => "check server.host and server.port",
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    state: AppState,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    sweeping: JoinHandle<()>,
    expiring: JoinHandle<()>,
    /// Keeps other servers from the blobs until the storage is closed.
    _binding: Option<Arc<Binding>>,
}

/// Starts a server and returns once it accepts connections.
pub async fn serve(config: Config) -> Result<RunningServer, StartError> {
    serve_with_clock(config, wiring::clock()).await
}

/// [`serve`] by a clock of the caller's choice.
pub async fn serve_with_clock(
    config: Config,
    clock: Arc<dyn Clock>,
) -> Result<RunningServer, StartError> {
    config.check()?;
    let (engine, binding) = wiring::engine(&config, clock)?;
    let disks = Disks::of(&config);
    listen(config, engine, disks, Some(Arc::new(binding))).await
}

/// [`serve`] around an engine on ports of the caller's choice; of `config` only what concerns HTTP counts.
pub async fn serve_engine(config: Config, engine: Engine) -> Result<RunningServer, StartError> {
    listen(config, engine, Disks::unknown(), None).await
}

async fn listen(
    config: Config,
    engine: Engine,
    disks: Disks,
    binding: Option<Arc<Binding>>,
) -> Result<RunningServer, StartError> {
    let address = format!("{}:{}", config.server.host, config.server.port);
    let unlisted = |source| StartError::Listen {
        address: address.clone(),
        source,
    };
    let listener = TcpListener::bind(&address).await.map_err(unlisted)?;
    let bound = listener.local_addr().map_err(unlisted)?;
    let (stop, stopping) = watch::channel(false);
    let state = AppState::new(config, engine, disks, stopping.clone());
    let releasing = release_after_peaks(Arc::clone(&state.memory), stopping.clone());
    tokio::spawn(releasing);
    let serving = tokio::spawn(http::serve(
        listener,
        router(state.clone()),
        Arc::clone(&state.config),
        Arc::clone(&state.metrics),
        stopping.clone(),
    ));
    let sweeping = tokio::spawn(sweep::sweep(
        Arc::clone(&state.engine),
        Arc::clone(&state.metrics),
        binding.clone(),
        stopping.clone(),
    ));
    let expiring = tokio::spawn(expiry::expire(Arc::clone(&state.engine), stopping));
    Ok(RunningServer {
        _binding: binding,
        address: bound,
        state,
        stop,
        serving,
        sweeping,
        expiring,
    })
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same application without the socket: what is written there is seen here.
    pub fn router(&self) -> Router {
        router(self.state.clone())
    }

    /// Stops accepting, finishes what was accepted, and closes the storage.
    pub async fn stop(self) -> Result<(), Refusal> {
        self.stop.send_replace(true);
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the accept loop failed");
        }
        if let Err(error) = self.sweeping.await {
            tracing::error!(%error, "the sweeper failed");
        }
        if let Err(error) = self.expiring.await {
            tracing::error!(%error, "the removal of old payloads failed");
        }
        self.state.engine.close().await
    }
}
