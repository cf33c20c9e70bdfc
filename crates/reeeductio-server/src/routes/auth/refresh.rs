//! `POST /spaces/{space_id}/auth/refresh`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::TokenResponse;

use super::token_body;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN],);

/// Exchange a valid token for a fresh one.
///
/// Once the sign-in is `server.max_session_hours` ago this is refused, and the client signs in again.
#[utoipa::path(post, path = "/spaces/{space_id}/auth/refresh", tag = "auth",
    security(("bearer" = [])),
    responses((status = 200, description = "A token", body = TokenResponse), Refused))]
pub(in crate::routes) async fn refresh(
    State(state): State<AppState>,
    Path(_space): Path<String>,
    Member(member): Member,
) -> Result<Json<TokenResponse>, Failure> {
    Ok(token_body(state.engine.refresh(&member)?))
}
