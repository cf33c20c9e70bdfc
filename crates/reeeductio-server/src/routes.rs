//! The table of routes. Each is declared beside its handler; the OpenAPI document is derived from them.

mod admin;
mod auth;
mod blobs;
mod data;
mod messages;
mod opaque;
mod operations;
mod state;
mod stream;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(crate::openapi::frame())
        // Signing in
        .routes(routes!(auth::challenge))
        .routes(routes!(auth::verify))
        .routes(routes!(auth::refresh))
        // Messages and state
        .routes(routes!(messages::list, messages::post))
        .routes(routes!(messages::fetch))
        .routes(routes!(state::history))
        .routes(routes!(state::get, state::put))
        .route(
            "/spaces/{space_id}/state/",
            axum::routing::get(state::empty_path),
        )
        // Data
        .routes(routes!(data::get, data::put, data::delete))
        .route(
            "/spaces/{space_id}/data/",
            axum::routing::get(data::no_listing),
        )
        .route(
            "/spaces/{space_id}/data",
            axum::routing::get(data::redirect),
        )
        // Blobs
        .routes(routes!(blobs::download, blobs::upload, blobs::delete))
        // Password login
        .routes(routes!(opaque::setup))
        .routes(routes!(opaque::register_init))
        .routes(routes!(opaque::register_finish))
        .routes(routes!(opaque::login_init))
        .routes(routes!(opaque::login_finish))
        // Live
        .routes(routes!(stream::stream))
        // Administration
        .routes(routes!(admin::challenge))
        .routes(routes!(admin::verify))
        .routes(routes!(admin::space))
        .routes(routes!(admin::delete_blob))
        // Operations
        .routes(routes!(operations::health))
        .routes(routes!(operations::ready))
        .routes(routes!(operations::metrics))
}
