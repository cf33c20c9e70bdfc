//! The OpenAPI document: a frame here, the rest derived from the handlers.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use reeeductio_proto::api::{EntryPage, ErrorBody, ProvenEntry};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use utoipa::{PartialSchema, ToSchema};

use crate::app::AppState;

/// Title, version and the one way to authenticate.
pub(crate) fn frame() -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .build();
    let mut schemas = vec![(ErrorBody::name().into_owned(), ErrorBody::schema())];
    ErrorBody::schemas(&mut schemas);
    // Routes that answer with a message, or a page of them, answer with these in spaces with a policy.
    schemas.push((EntryPage::name().into_owned(), EntryPage::schema()));
    EntryPage::schemas(&mut schemas);
    schemas.push((ProvenEntry::name().into_owned(), ProvenEntry::schema()));
    ProvenEntry::schemas(&mut schemas);
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
                .schemas_from_iter(schemas)
                .security_scheme("bearer", SecurityScheme::Http(bearer))
                .build(),
        ))
        .build()
}

/// The whole document.
pub fn document() -> OpenApi {
    let mut document = crate::routes::router().split_for_parts().1;
    let paths = std::mem::take(&mut document.paths.paths);
    document.paths.paths = paths
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
    document
}

/// The document as it is sent: made once, and shared by all who read it.
static SENT: LazyLock<Bytes> = LazyLock::new(|| {
    let json = serde_json::to_vec(&document());
    json.unwrap_or_default().into()
});

pub(crate) fn routes() -> Router<AppState> {
    let json = [(header::CONTENT_TYPE, "application/json")];
    Router::new().route("/openapi.json", get(async move || (json, SENT.clone())))
}
