//! Signing in (wire.md 7).

use axum::Json;
use axum::extract::State;
use reeeductio_engine::{Challenge, IssuedToken};
use reeeductio_proto::api::{
    ChallengeRequest, ChallengeResponse, ErrorBody, TokenResponse, VerifyRequest,
};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, Token, space_id};

pub(super) fn challenge_body(challenge: Challenge) -> Json<ChallengeResponse> {
    Json(ChallengeResponse {
        challenge: challenge.challenge,
        expires_at: challenge.expires_at,
    })
}

pub(super) fn token_body(token: IssuedToken) -> Json<TokenResponse> {
    Json(TokenResponse {
        token: token.token,
        expires_at: token.expires_at,
    })
}

/// Ask for a challenge to sign.
#[utoipa::path(post, path = "/spaces/{space_id}/auth/challenge", tag = "auth",
    request_body = ChallengeRequest,
    responses((status = 200, body = ChallengeResponse),
        (status = 400, description = "not an id", body = ErrorBody),
        (status = 404, description = "no such space", body = ErrorBody)))]
pub(super) async fn challenge(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Anyone(body): Anyone<ChallengeRequest>,
) -> Result<Json<ChallengeResponse>, Failure> {
    let challenge = state
        .engine
        .challenge(space_id(&space)?, &body.public_key)
        .await?;
    Ok(challenge_body(challenge))
}

/// Answer a challenge and get a token.
#[utoipa::path(post, path = "/spaces/{space_id}/auth/verify", tag = "auth",
    request_body = VerifyRequest,
    responses((status = 200, body = TokenResponse),
        (status = 401, description = "wrong challenge or signature", body = ErrorBody),
        (status = 403, description = "not a member", body = ErrorBody)))]
pub(super) async fn verify(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Anyone(body): Anyone<VerifyRequest>,
) -> Result<Json<TokenResponse>, Failure> {
    let token = state
        .engine
        .verify(
            space_id(&space)?,
            &body.public_key,
            &body.challenge,
            &body.signature,
        )
        .await?;
    Ok(token_body(token))
}

/// Exchange a valid token for a fresh one.
#[utoipa::path(post, path = "/spaces/{space_id}/auth/refresh", tag = "auth",
    security(("bearer" = [])),
    responses((status = 200, body = TokenResponse),
        (status = 401, description = "no valid token", body = ErrorBody)))]
pub(super) async fn refresh(
    State(state): State<AppState>,
    Path(space): Path<String>,
    token: Token,
) -> Result<Json<TokenResponse>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    Ok(token_body(state.engine.refresh(&member)?))
}
