//! Password login (wire.md 9).

pub(super) mod login_finish;
pub(super) mod login_init;
pub(super) mod register_finish;
pub(super) mod register_init;
pub(super) mod setup;

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use reeeductio_engine::Source;

use crate::address::ClientAddress;

/// Where a request comes from, as the outermost layer found out.
pub(in crate::routes) struct CalledFrom(pub(in crate::routes) Source);

impl<S: Sync> FromRequestParts<S> for CalledFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddress>();
        let source = address.map(|address| Source::from(address.0));
        Ok(Self(source.unwrap_or_default()))
    }
}
