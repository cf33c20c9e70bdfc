//! Cross-origin requests: any origin, method and header, without credentials (wire.md 11).

use std::time::Duration;

use tower_http::cors::{AllowHeaders, AllowMethods, Any, CorsLayer, ExposeHeaders};

pub(crate) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::any())
        .max_age(Duration::from_mins(10))
}
