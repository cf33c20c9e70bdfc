//! The OpenAPI document: a frame here, the rest derived from the handlers.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use crate::app::AppState;

/// Title, version and the one way to authenticate.
pub(crate) fn frame() -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("rEEEductio")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Encrypted spaces: the server orders, stores and checks what it cannot read.",
                ))
                .license(Some(
                    LicenseBuilder::new().name("MIT OR Apache-2.0").build(),
                ))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("bearer", SecurityScheme::Http(bearer))
                .build(),
        ))
        .build()
}

/// The whole document.
pub fn document() -> OpenApi {
    crate::routes::router().split_for_parts().1
}

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/openapi.json", get(async || Json(document())))
}
