//! The application: what the handlers share, and the layers around them.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::Request;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use reeeductio_engine::Engine;
use reeeductio_proto::ErrorCode;
use tokio::sync::watch;

use crate::answer::Failure;
use crate::config::Config;
use crate::cors::cors;
use crate::disk::Disks;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::{docs, observe, openapi, routes};

/// Never becomes true: an embedding program ends streams by dropping their connections.
static NEVER: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Shared state of the handlers. Every layer clones it for every request: one count, not one for each part.
#[derive(Clone, Debug)]
pub(crate) struct AppState(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: Arc<Config>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) disks: Disks,
    /// Becomes true when the server begins to stop.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl AppState {
    /// `stopping` becomes true when streams and connections are to end.
    pub(crate) fn new(
        config: Config,
        engine: Engine,
        disks: Disks,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self(Arc::new(Shared {
            memory: Arc::new(Memory::new(&config)),
            disks,
            limits: Arc::new(Limits::new(&config.limits)),
            metrics: Arc::new(Metrics::new(engine.now())),
            engine: Arc::new(engine),
            config: Arc::new(config),
            stopping,
        }))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The application around an engine, without a socket: for tests and for embedding. Of no disk it says that
/// it is full.
pub fn app(config: Config, engine: Engine) -> Router {
    app_on(config, engine, Disks::unknown())
}

/// [`app`] that stores on `disks`.
pub fn app_on(config: Config, engine: Engine, disks: Disks) -> Router {
    router(AppState::new(config, engine, disks, NEVER.subscribe()))
}

/// All routes with everything around them.
pub(crate) fn router(state: AppState) -> Router {
    let (routes, _) = routes::router().split_for_parts();
    routes
        .merge(docs::routes())
        .merge(openapi::routes())
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(
            state.clone(),
            observe::observe,
        ))
        .layer(cors())
        .with_state(state)
}

async fn no_route(_request: Request<axum::body::Body>) -> Response {
    Failure::new(ErrorCode::RouteNotFound, "Not Found").into_response()
}

async fn no_method(_request: Request<axum::body::Body>) -> Response {
    Failure::new(ErrorCode::MethodNotAllowed, "Method Not Allowed").into_response()
}
