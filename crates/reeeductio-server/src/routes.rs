//! The table of routes. Each is declared beside its handler; the OpenAPI document is derived from them.

mod admin;
mod auth;
mod blobs;
mod commands;
mod data;
mod inbox;
mod log;
mod messages;
mod numbers;
mod opaque;
mod operations;
mod refusals;
mod state;
mod stream;

use axum::routing;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(crate::openapi::frame())
        // Signing in
        .routes(routes!(auth::challenge::challenge))
        .routes(routes!(auth::verify::verify))
        .routes(routes!(auth::refresh::refresh))
        // Messages and state
        .routes(routes!(
            messages::list::list_messages,
            messages::post::post_message
        ))
        .routes(routes!(messages::get::get_message))
        .routes(routes!(state::history::list_state))
        .routes(routes!(state::get::get_state, state::put::put_state))
        .route(
            "/spaces/{space_id}/state/",
            routing::get(state::get::no_path),
        )
        .routes(routes!(commands::post_command))
        // Inboxes
        .routes(routes!(
            inbox::list::list_inbox,
            inbox::acknowledge::acknowledge_items
        ))
        .routes(routes!(inbox::post::post_item))
        // Log
        .routes(routes!(log::key::get_log_key))
        .routes(routes!(log::checkpoint::get_checkpoint))
        .routes(routes!(log::proofs::get_proof))
        .routes(routes!(log::restores::get_restores))
        // Data
        .routes(routes!(
            data::get::get_data,
            data::put::put_data,
            data::delete::delete_data
        ))
        .routes(routes!(data::list::list_data))
        .routes(routes!(data::replace::replace_data))
        .route(
            "/spaces/{space_id}/data/",
            routing::get(data::listing::nothing),
        )
        .route(
            "/spaces/{space_id}/data",
            routing::get(data::listing::redirect),
        )
        // Blobs
        .routes(routes!(
            blobs::get::get_blob,
            blobs::put::put_blob,
            blobs::delete::delete_blob
        ))
        .routes(routes!(blobs::check::check_blob))
        // Password login
        .routes(routes!(opaque::setup::opaque_setup))
        .routes(routes!(opaque::register_init::opaque_register_init))
        .routes(routes!(opaque::register_finish::opaque_register_finish))
        .routes(routes!(opaque::login_init::opaque_login_init))
        .routes(routes!(opaque::login_finish::opaque_login_finish))
        // Live
        .routes(routes!(stream::stream))
        // Administration
        .routes(routes!(admin::challenge::admin_challenge))
        .routes(routes!(admin::verify::admin_verify))
        .routes(routes!(admin::space::admin_space))
        .routes(routes!(admin::delete_blob::admin_delete_blob))
        .routes(routes!(admin::list_spaces::admin_list_spaces))
        .routes(routes!(admin::space_usage::admin_space_usage))
        .routes(routes!(admin::purge_space::admin_purge_space))
        // Operations
        .routes(routes!(operations::health::health))
        .routes(routes!(operations::ready::ready))
        .routes(routes!(operations::metrics::metrics))
}
