//! A page that shows the API, without anything from elsewhere.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

use crate::app::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/docs", get(async || Html(include_str!("docs/page.html"))))
}
