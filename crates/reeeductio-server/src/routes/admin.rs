//! Administration of the server (wire.md 7.1).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reeeductio_proto::api::{
    AdminSpaceBody, ChallengeRequest, ChallengeResponse, ErrorBody, TokenResponse, VerifyRequest,
};

use super::auth::{challenge_body, token_body};
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, Token};

/// Ask for a challenge of the admin space.
#[utoipa::path(post, path = "/admin/auth/challenge", tag = "admin", request_body = ChallengeRequest,
    responses((status = 200, body = ChallengeResponse),
        (status = 404, description = "no admin space", body = ErrorBody)))]
pub(super) async fn challenge(
    State(state): State<AppState>,
    Anyone(body): Anyone<ChallengeRequest>,
) -> Result<Json<ChallengeResponse>, Failure> {
    let space = state.engine.admin_space()?;
    let challenge = state.engine.challenge(space, &body.public_key).await?;
    Ok(challenge_body(challenge))
}

/// Answer a challenge of the admin space.
#[utoipa::path(post, path = "/admin/auth/verify", tag = "admin", request_body = VerifyRequest,
    responses((status = 200, body = TokenResponse),
        (status = 401, description = "wrong challenge or signature", body = ErrorBody)))]
pub(super) async fn verify(
    State(state): State<AppState>,
    Anyone(body): Anyone<VerifyRequest>,
) -> Result<Json<TokenResponse>, Failure> {
    let space = state.engine.admin_space()?;
    let token = state
        .engine
        .verify(space, &body.public_key, &body.challenge, &body.signature)
        .await?;
    Ok(token_body(token))
}

/// The id of the admin space.
#[utoipa::path(get, path = "/admin/space", tag = "admin", security(("bearer" = [])),
    responses((status = 200, body = AdminSpaceBody),
        (status = 401, description = "no token of the admin space", body = ErrorBody)))]
pub(super) async fn space(
    State(state): State<AppState>,
    token: Token,
) -> Result<Json<AdminSpaceBody>, Failure> {
    let member = token.member(&state, state.engine.admin_space()?).await?;
    Ok(Json(AdminSpaceBody {
        space_id: member.space_id().to_string(),
    }))
}

/// Remove a blob from all spaces.
#[utoipa::path(delete, path = "/admin/blobs/{blob_id}", tag = "admin", security(("bearer" = [])),
    responses((status = 204),
        (status = 403, description = "no right to", body = ErrorBody),
        (status = 404, description = "no such blob", body = ErrorBody)))]
pub(super) async fn delete_blob(
    State(state): State<AppState>,
    Path(blob): Path<String>,
    token: Token,
) -> Result<StatusCode, Failure> {
    let member = token.member(&state, state.engine.admin_space()?).await?;
    state.engine.delete_blob_everywhere(&member, &blob).await?;
    Ok(StatusCode::NO_CONTENT)
}
